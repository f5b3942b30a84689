# SPDX-License-Identifier: Apache-2.0
"""A pilot by page over a real house: planned, refused, looked at, stopped, reported, and answered; and the same over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import msgspec
import pytest

from cocket.governance.proposals import Proposal
from cocket.pipeline.trials.pilots import PilotDeed
from cocket.trials.pilots.protocol import check_plan
from cocket.workbench import build_app
from cocket.workbench.trials.pilots import _design_for
from tests.houses import Built, officer
from tests.pipeline.trials.test_pilots import ANNA, OFFICES, SIONE, TODAY, at, built, examine, plan, sealed
from tests.workbench.base.test_real_instance import text_of, token
from tests.workbench.conftest import served
from tests.workbench.walked import PASSWORD, signed_in

__all__ = ["built"]

PEOPLE = (
    ("ana", "analyst", None),
    ("aud", "auditor", None),
    ("otto", "officer", OFFICES[0]),
    ("sup", "supervisor", OFFICES[0]),
)


@pytest.fixture
def address(built: Built) -> Iterator[str]:
    for name, role, office in PEOPLE:
        built.house.governance.accounts.put_officer(name, name, role, office, PASSWORD)
    with served(build_app(built.house)) as found:
        yield found


def post(client: httpx.Client, page: str, path: str, **fields: str) -> httpx.Response:
    return client.post(path, data={"csrf": token(client.get(page).text), **fields})


FORM = {
    "title": "Score <b>first</b>", "question": "More finds?", "treatment": "They see the score.", "measure": "finds",
    "design": "wedge", "applies": "record", "offices": " ".join(OFFICES), "period_days": "8", "periods": "5", "lock_days": "30",
    "base": "20", "effect": "10,5", "cell_size": "50", "icc": "0.01", "cac": "0.8", "basis": "guess", "estimator": "constant",
    "alpha": "0.05", "looks": "3 5", "stop-harm": "0.05", "board": "the board",
}  # fmt: skip


def test_a_plan_is_made_from_the_page_alone(address: str, built: Built) -> None:
    first = (TODAY + timedelta(days=30)).isoformat()
    with signed_in(address, "ana") as ana:
        assert "Plan a pilot" in ana.get("/trials/pilots").text
        page = ana.get("/trials/pilots/new").text
        assert " ".join(sorted(OFFICES)) in page or all(one in page for one in OFFICES)
        power = post(ana, "/trials/pilots/new", "/trials/pilots/power", **FORM, first=first)
        assert power.status_code == 200
        assert "of 100 such pilots find it" in power.text
        assert "●" in power.text
        for bad, said in (
            ({"first": "soon"}, "Enter a day"),
            ({"first": TODAY.isoformat()}, "before its first day"),
            ({"base": "much"}, "holds none"),
            ({"offices": "A B"}, "at least 6 offices"),
            ({"cell_size": "inf"}, "holds none"),
        ):
            refused = post(ana, "/trials/pilots/new", "/trials/pilots", **{**FORM, "first": first, **bad})
            assert refused.status_code == 422, bad
            assert said in refused.text
            assert "More finds?" in refused.text, "what was entered stays"
        done = post(ana, "/trials/pilots/new", "/trials/pilots", **FORM, first=first)
        assert done.status_code == 303
        board = ana.get(done.headers["location"]).text
        assert "Who switches when" in board
        assert "&lt;b&gt;first" in board
        assert "Look now" not in board, "it has not begun"
        said = " ".join(text_of(board).split())
        for part in (
            "Question More finds?",
            "Share without the treatment, of 100 20.00",
            "Smallest difference worth finding, of 100 10.50",
            "(ICC) 0.01",
            "(CAC) 0.8",
            "Where these come from guess",
            "Periods after which the board looks 3 5",
            "Limit 0.05 · the board",
            "Hours of work expected a week not recorded",
            "how people are informed not recorded",
            "300 pilots simulated",
        ):
            assert part in said, part
        assert "Score &lt;b&gt;first" in ana.get("/trials/pilots").text
        place = done.headers["location"].split("?")[0]
        pilot = place.rsplit("/", 1)[1]
        later = msgspec.structs.replace(at(built, TODAY).pilot(ANNA, pilot).record.protocol.plan, alpha=0.1)
        wanted = {"plan": msgspec.json.encode(later).decode()}
        change = Proposal(kind="pilot-change", subject=pilot, after=wanted, reason="as the <board> asked")
        deed = PilotDeed(built.stores, lambda: TODAY)
        deed.carry_out(change, SIONE, None, lambda name: name)
        said = " ".join(text_of(ana.get(place).text).split())
        assert "First plan sealed" in said and "· ana" in said
        assert "Version 2, sealed by sione" in said and "as the <board> asked" in said
        assert "Error that is accepted, both sides 0.05 0.1" in said
        assert "Stop the pilot" in said
        stop = Proposal(kind="pilot-stop", subject=pilot, reason="not now")
        deed.carry_out(stop, SIONE, None, lambda name: name)
        said = ana.get(place).text
        assert "Look now" not in said and "Stop the pilot" not in said


def test_the_form_begins_with_what_can_be_sealed_with_the_offices_of_the_past(address: str, built: Built) -> None:
    with signed_in(address, "ana") as ana:
        page = ana.get("/trials/pilots/new").text
        fields = dict(re.findall(r'name="([\w-]+)"[^>]*? value="([^"]*)"', page))
        chosen = dict(re.findall(r'<select[^>]*name="(\w+)".*?<option value="([\w-]+)" selected', page, re.DOTALL))
        fields |= chosen
        assert (fields["design"], fields["periods"], fields["looks"]) == ("wedge", "7", "4 5 7"), "six offices"
        words = {"title": "T", "question": "Q?", "treatment": "X", "first": (TODAY + timedelta(days=9)).isoformat()}
        done = post(ana, "/trials/pilots/new", "/trials/pilots", **{**fields, **words})
        assert done.status_code == 303, done.text
        small = post(ana, "/trials/pilots/new", "/trials/pilots/power", **{**fields, **words, "effect": "1"}).text
        assert "With all else as it stands, this would do:" in small
        assert "a smallest difference of" in small
    few = _design_for(3)
    assert few == {"design": "consignments"}
    for offices in range(6, 20):
        made = _design_for(offices)
        periods, looks = int(made["periods"]), tuple(map(int, made["looks"].split()))
        codes = tuple(f"XA{one}" for one in range(offices))
        check_plan(plan(offices=codes, periods=periods, looks=looks, first=TODAY + timedelta(days=9)), TODAY)


def test_a_board_looks_stops_and_takes_the_report_away(address: str, built: Built) -> None:
    made = sealed(built)
    examine(built)
    place = f"/trials/pilots/{made.id}"
    with signed_in(address, "ana") as ana:
        assert "A planned look is due" in ana.get(place).text
        assert ana.get(f"{place}/report.html").status_code == 400
        assert post(ana, place, f"{place}/look", hours="3,5").status_code == 303
        board = ana.get(place).text
        assert "A stop rule says stop" in board
        assert "Bounds of the planned looks" in board
        again = post(ana, place, f"{place}/look")
        assert again.status_code == 422
        assert "Nothing has changed" in again.text
        for form in ("html", "json", "pdf", "docx"):
            if form in ("pdf", "docx"):
                pytest.importorskip({"pdf": "typst", "docx": "docx"}[form])
            one, two = ana.get(f"{place}/report.{form}"), ana.get(f"{place}/report.{form}")
            assert one.status_code == 200, form
            assert one.content == two.content
        assert ana.get(f"{place}/report.exe").status_code == 404
        assert ana.get("/trials/pilots/nothing").status_code == 404
    with signed_in(address, "aud") as aud:
        assert aud.get(place).status_code == 200
        assert "Look now" not in aud.get(place).text
        assert aud.get("/trials/pilots/new").status_code == 403
        assert post(aud, place, f"{place}/look").status_code == 403
    for name in ("otto", "sup"):
        with signed_in(address, name) as bound:
            assert bound.get("/trials/pilots").status_code == 403
            assert bound.get(place).status_code == 403
            assert bound.get(f"{place}/report.json").status_code == 403


def test_a_running_pilot_is_stopped_by_page(address: str, built: Built) -> None:
    made = sealed(built, period_days=20)
    place = f"/trials/pilots/{made.id}"
    with signed_in(address, "ana") as ana:
        assert post(ana, place, f"{place}/stop", reason="").status_code == 422
        assert post(ana, place, f"{place}/stop", reason="queue").status_code == 303
    assert at(built, TODAY).pilot(officer("auditor"), made.id).standing == "running", "a second person is asked for"


def test_three_questions_are_asked_at_the_dossier(address: str, built: Built) -> None:
    made = sealed(built)
    consignment = examine(built)
    with built.stores.database.transaction() as connection:
        (office,) = connection.execute("select office from consignment where id = %s", (consignment,)).fetchone()
    built.house.governance.accounts.put_officer("own", "own", "officer", office, PASSWORD)
    place = f"/consignments/{consignment}"
    with signed_in(address, "own") as own:
        assert "Answer three questions" in own.get(place).text
        fields = {"pilot": made.id, "useful": "yes", "time": "same", "alone": "no", "words": "<i>fine</i>"}
        bad = post(own, f"{place}/pilot", f"{place}/pilot", **{**fields, "time": ""})
        assert bad.status_code == 422
        assert post(own, f"{place}/pilot", f"{place}/pilot", **fields).status_code == 303
        assert "Answer three questions" not in own.get(place).text
        assert own.get(f"{place}/pilot").status_code == 404
    with signed_in(address, "ana") as ana:
        assert "Answer three questions" not in ana.get(place).text
        assert ana.get(f"{place}/pilot").status_code == 404
