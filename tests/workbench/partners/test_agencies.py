# SPDX-License-Identifier: Apache-2.0
"""Pages of other agencies, the calendar of joint inspections, and a trader's appointments, in one house, by people who sign in."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from cocket.workbench import build_app
from tests.houses import Built, build
from tests.pipeline.partners.test_agencies import PLANT, SIONE, TEXT, agree, appointment, held, lodged
from tests.workbench.base.test_real_instance import text_of
from tests.workbench.conftest import served
from tests.workbench.intake.test_own_lodge import fields

PASSWORD = "seal and cord and wax"
PEOPLE = {
    "sione": ("supervisor", ()), "vea": ("supervisor", ()), "pat": ("agency", ("PLANT",)), "vic": ("agency", ("VET",)),
    "tina": ("trader", ("ACME",)),
}  # fmt: skip


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    for name, (role, senders) in PEOPLE.items():
        made.house.governance.accounts.put_officer(name, name.title(), role, None, PASSWORD, senders=senders)
    agree(made, "PLANT")
    agree(made, "VET", kind="veterinary")
    yield made
    made.house.close()


def test_agencies_customs_and_the_trader_meet_at_one_appointment(built: Built) -> None:
    dossier = lodged(built, "GUEST-PAGE")
    office = built.house.queries.records.dossier(SIONE, dossier).summary.office or ""
    day = (datetime.now(UTC).date() + timedelta(days=2)).isoformat()
    with served(build_app(built.house)) as address, contextlib.ExitStack() as stack:
        browsers = {}
        for name in PEOPLE:
            browsers[name] = stack.enter_context(
                httpx.Client(base_url=address, headers={"origin": address}, timeout=60)
            )
            browsers[name].post("/sign-in", data={"name": name, "password": PASSWORD})

        def post(name: str, at: str, path: str, **sent: str) -> httpx.Response:
            token = fields(browsers[name].get(at))["csrf"]
            return browsers[name].post(path, data={"csrf": token, **sent})

        again = TEXT.format(
            name="plant",
            other="PLANT service",
            sender="PLANT",
            codes='["06"]',
            fields='["office"]',
            kind="plant-health",
        )
        given = built.house.governance.agreements.propose_agreement(SIONE, "a.toml", again.encode())
        asked = text_of(browsers["vea"].get(f"/waiting/{given.proposal.id}").text)
        for words in (
            "What would be agreed",
            "With PLANT service",
            "Plant protection",
            "Commodity codes: 06",
            "What is agreed now",
        ):
            assert words in asked, asked
        assert "Commodity codes: *" in text_of(browsers["vea"].get("/administration/agreements/plant").text)
        for page in ("/administration/agreements", "/administration/agreements/plant"):
            assert "Other agency" in browsers["sione"].get(page).text
        assert dossier in browsers["pat"].get("/agency").text
        assert "There is no more." in browsers["pat"].get(f"/agency?after={'0' * 8}-0000-7000-8000-{'0' * 12}").text
        assert browsers["pat"].get("/agency?after=nowhere").status_code == 404
        week = f"/appointments?first={day}"
        opened = post(
            "sione",
            week,
            "/appointments/slots",
            office=office,
            day=day,
            begins="08:00",
            minutes="60",
            count="2",
            places="1",
            place="shed 3",
        )
        assert opened.status_code == 303, opened.text
        assert (
            post(
                "sione",
                week,
                "/appointments/slots",
                office=office,
                day=day,
                begins="08:00",
                minutes="x",
                count="2",
                places="1",
            ).status_code
            == 422
        )
        slots = [one.slot.id for one in built.house.partners.appointments.calendar(SIONE, office, None, 7).slots]
        for name in ("pat", "vic"):
            assert browsers[name].get("/").headers["location"] == "/agency"
            for slot in slots:
                assert (
                    post(
                        name, f"/agency/calendar?first={day}", "/agency/calendar/attendance", slot=slot, places="1"
                    ).status_code
                    == 303
                )
            here = f"/agency/consignments/{dossier}"
            assert dossier in browsers[name].get("/agency").text
            assert post(name, here, f"{here}/hold", word="held", reason="", law="x").status_code == 422
            held = post(
                name, here, f"{here}/hold", word="held", reason="live plants", law="Act 7, s. 12", examines="yes"
            )
            assert held.status_code == 303, held.text
            assert "held" in text_of(browsers[name].get(here).text)
            for refused in ("/queue", f"/consignments/{dossier}", "/appointments", "/own"):
                assert browsers[name].get(refused).status_code == 404, refused
        token = fields(browsers["pat"].get(here))["csrf"]
        sent = {"csrf": token, "outcome": "treated", "words": "heat treated"}
        assert (
            browsers["pat"].post(f"{here}/result", data=sent, files={"paper": ("log.txt", b"56 C")}).status_code == 303
        )
        assert post("pat", here, f"{here}/permit", type="N851", number="PC7", permit_word="refused").status_code == 422
        assert post("pat", here, f"{here}/permit", type="N851", number="PC7", permit_word="accepted").status_code == 303
        assert "log.txt" in browsers["pat"].get(here).text
        assert "PLANT, VET" in text_of(browsers["sione"].get(week).text)
        assert "Held by PLANT, VET" in text_of(browsers["sione"].get("/queue?state=all").text)
        held = text_of(browsers["sione"].get("/queue?state=held").text)
        assert "Held by other agencies" in held and "Held by PLANT, VET" in held
        shown = browsers["sione"].get(f"/consignments/{dossier}").text
        verdict = shown.partition('<dl class="verdict">')[2].partition("</dl>")[0]
        assert "data-held" in verdict and "PLANT, VET" in verdict and shown.count("data-held") == 1
        assert "Nothing unusual" not in shown or "Nothing unusual for customs, but held by PLANT, VET" in shown
        work = f"/consignments/{dossier}/agencies"
        assert "heat treated" in text_of(browsers["sione"].get(work).text)
        assert post("sione", work, f"{work}/override", hold="PLANT/", reason="").status_code == 422
        assert post("sione", work, f"{work}/override", hold="PLANT/", reason="court order").status_code == 303
        for waits in ("/waiting", "/inbox"):
            assert "End the hold of PLANT on" in text_of(browsers["sione"].get(waits).text)
        own = text_of(browsers["tina"].get("/own/appointments").text)
        assert "Held by PLANT" in own and "Act 7, s. 12" in own and "shed 3" in own and "live plants" not in own
        assert (
            post(
                "tina", "/own/appointments", "/own/appointments/move", consignment=dossier, slot=slots[1], reason=""
            ).status_code
            == 422
        )
        assert (
            post(
                "tina", "/own/appointments", "/own/appointments/move", consignment=dossier, slot=slots[1], reason="ill"
            ).status_code
            == 303
        )
        assert appointment(built, dossier).slot == slots[1]
        assert (
            post(
                "vic",
                f"/agency/calendar?first={day}",
                "/agency/calendar/move",
                consignment=dossier,
                slot=slots[0],
                reason="away",
            ).status_code
            == 303
        )
        assert post("sione", week, "/appointments/end", consignment=dossier, missed="").status_code == 422
        if folder := os.environ.get("COCKET_AGENCY_PAGES"):
            for name, path in (
                ("pat", "/agency"),
                ("pat", here),
                ("sione", week),
                ("pat", f"/agency/calendar?first={day}"),
                ("tina", "/own/appointments"),
                ("sione", work),
            ):
                Path(folder, f"{name}{path.split('?')[0].replace('/', '_')}.html").write_text(
                    browsers[name].get(path).text
                )


def test_no_page_offers_a_release_of_goods_that_an_agency_holds(built: Built) -> None:
    dossier = lodged(built, "GUEST-NO-RELEASE")
    built.house.control.officer_acts.override(SIONE, dossier, "red", "look at it")
    order = built.house.queries.records.dossier(SIONE, dossier).summary.order
    assert order is not None
    here = f"/consignments/{dossier}"
    release, why = f"{here}/orders/{order.id}/release", "No release before the agency lets the goods go"
    with served(build_app(built.house)) as address, httpx.Client(base_url=address, timeout=60) as sione:
        sione.headers["origin"] = address
        sione.post("/sign-in", data={"name": "sione", "password": PASSWORD})
        csrf = fields(sione.get(release))["csrf"]
        shown = sione.get(here).text
        assert "Release…" in text_of(shown) and "data-unreleased" not in shown
        held(built, PLANT, dossier, examines=False)
        shown = sione.get(here).text
        assert "Release…" not in text_of(shown) and shown.count("data-unreleased") == 1
        assert f"Held by PLANT · {why}" in text_of(shown) and f'href="{here}/agencies"' in shown
        form = sione.get(release)
        assert why in text_of(form.text) and f'action="{release}' not in form.text
        sent = sione.post(release, data={"csrf": csrf, "reason": "seen on the way"})
        assert sent.status_code == 422 and why in text_of(sent.text)
        holds = text_of(sione.get(f"{here}/holds").text)
        assert "PLANT works here itself: only it releases what it holds." in holds
        held(built, PLANT, dossier, is_held=False)
        assert "works here itself" not in sione.get(f"{here}/holds").text
        assert "Release…" in text_of(sione.get(here).text)
        assert sione.post(release, data={"csrf": csrf, "reason": "seen on the way"}).status_code == 303
