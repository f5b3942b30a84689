# SPDX-License-Identifier: Apache-2.0
"""Readiness, use cases and recommendations on the pages of a real house, by forms alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from cocket.trials.lessons.sharing import FORMAT, CardFile, shared_card, write_file
from cocket.workbench import build_app
from tests.houses import Built
from tests.pipeline.trials.test_lessons import SIONE, furnished
from tests.trials.lessons.given import card, measured
from tests.workbench.base.test_real_instance import token
from tests.workbench.conftest import said, served

PASSWORD = "seal and cord and wax"
NEW = {
    "title": "Chance beside rules", **dict.fromkeys(("problem", "data", "method", "lesson", "recommendation"), "Plain words."),
    "status": "pilot", "begins": "2026-03-01", "measure-messages": "yes", "measure-random-hit-rate": "yes",
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = furnished(tmp_path_factory.mktemp("pages"))
    made.house.credentials.certificates.rotate_issuer_key(SIONE)
    accounts = made.house.governance.accounts
    for name, role, office in (
        ("anna", "analyst", None),
        ("aud", "auditor", None),
        ("near", "analyst", "XAPRT001"),
        ("omar", "officer", None),
    ):
        accounts.put_officer(name, name, role, office, PASSWORD)
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def browser(built: Built) -> Iterator[httpx.Client]:
    with (
        served(build_app(built.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as one,
    ):
        yield one


def enter(browser: httpx.Client, name: str) -> httpx.Client:
    browser.cookies.clear()
    assert browser.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
    return browser


def send(browser: httpx.Client, path: str, /, at: str = "", **fields: Any) -> httpx.Response:
    page = browser.get(at or path)
    assert page.status_code == 200, page.text[:500]
    return browser.post(path, data={"csrf": token(page.text), **fields})


def test_a_question_is_answered_and_its_step_priced_beside_what_is_measured(browser: httpx.Client) -> None:
    anna = enter(browser, "anna")
    assert "Not answered" in said(anna.get("/trials/readiness"))
    here = {"at": "/trials/readiness"}
    fields = {"level": "4", "evidence": "Order 7 of 2025", "on": "2025-07-01"}
    assert send(anna, "/trials/readiness/answers/ai-data", **here, **fields).status_code == 303
    assert send(anna, "/trials/readiness/costs/ai-data", **here, low="10", high="20", currency="EUR").status_code == 303
    page = said(anna.get("/trials/readiness"))
    assert "Order 7 of 2025" in page
    assert "More is said than is measured." in page
    assert "EUR 10.00 – 20.00" in page
    for wrong in ({"level": "9"}, {"level": "3", "evidence": ""}, {"level": "3", "evidence": "x", "on": "never"}):
        refused = send(anna, "/trials/readiness/answers/ai-law", **here, **wrong)
        assert refused.status_code == 422
        assert 'role="alert"' in refused.text
    assert send(anna, "/trials/readiness/costs/ai-law", **here, low="ten").status_code == 422
    for ending in ("html", "csv", "json"):
        file = anna.get(f"/trials/readiness/report.{ending}")
        assert "attachment" in file.headers["content-disposition"]
        assert b"Order 7 of 2025" in file.content


def test_a_use_case_goes_from_the_form_to_the_second_person_and_out(browser: httpx.Client) -> None:
    sione = enter(browser, "sione")
    made = send(sione, "/trials/use-cases", at="/trials/use-cases/new", **NEW)
    assert made.status_code == 303, said(made)
    here = made.headers["location"]
    page = said(sione.get(here))
    assert "Result, measured here" in page
    assert "Chance chose no examination in these days." in page
    form = sione.get(f"{here}/change").text
    assert 'name="measure-messages" value="yes" checked' in form
    changed = send(sione, f"{here}/change", **{**NEW, "status": "stopped", "failed": "The feed broke."})
    assert changed.status_code == 303
    assert "The feed broke." in said(sione.get(here))
    wrong = send(sione, f"{here}/change", **{**NEW, "lesson": "<b>x</b>"})
    assert wrong.status_code == 422
    assert "contains markup" in said(wrong)
    assert "<b>x</b>" not in wrong.text
    assert sione.get(f"{here}/file.json").status_code == 404
    assert send(sione, f"{here}/share", at=here, reason="Betania asked.").status_code == 303
    vea = enter(browser, "vea")
    proposal = re.search(r"/waiting/[0-9a-f-]{30,}", vea.get("/waiting").text)
    assert proposal is not None
    waiting = vea.get(proposal[0])
    assert "Give the use case Chance beside rules to other administrations" in said(waiting)
    digest = re.search(r'name="digest" value="([0-9a-f]+)"', waiting.text)
    assert digest is not None
    approved = vea.post(
        f"{proposal[0]}/approve", data={"csrf": token(waiting.text), "digest": digest[1], "back": "/waiting"}
    )
    assert approved.status_code == 303
    assert vea.get(f"{here}/file.json").json()["signature"]


def test_a_file_of_another_administration_is_shown_as_its_word(browser: httpx.Client) -> None:
    anna = enter(browser, "anna")
    page = anna.get("/trials/use-cases")
    told = shared_card(card(measured(), title="Of another country"))
    file = CardFile(format=FORMAT, origin="did:web:c.example", administration="Gammaland Customs", card=told)
    headers = {"x-csrf-token": token(page.text)}
    answer = anna.post("/trials/use-cases/taken", content=write_file(file), headers=headers)
    assert answer.status_code == 200, said(answer)
    assert "Imported, unverified. The file is not signed." in said(answer)
    here = re.search(r"/trials/use-cases/taken/\w+", answer.text)
    assert here is not None
    shown = said(anna.get(here[0]))
    assert "Its figures are the word of its origin; nothing here was measured by us." in shown
    assert "unverified" in said(anna.get("/trials/use-cases"))
    assert anna.post("/trials/use-cases/taken", content=b"<html>", headers=headers).status_code == 422


def test_a_year_is_read_proposed_and_kept_as_published(browser: httpx.Client, built: Built) -> None:
    year = datetime.now(UTC).year
    sione = enter(browser, "sione")
    assert "failures first" in said(sione.get(f"/trials/years/{year}"))
    assert sione.get(f"/trials/years/{year}/report.html").status_code == 404
    assert send(sione, f"/trials/years/{year}", reason="For the council.").status_code == 303
    (one,) = [one for one in built.house.governance.second_person.waiting(SIONE) if one.proposal.kind == "lesson-year"]
    vea = enter(browser, "vea")
    waiting = vea.get(f"/waiting/{one.proposal.id}")
    vea.post(
        f"/waiting/{one.proposal.id}/approve",
        data={"csrf": token(waiting.text), "digest": one.proposal.digest, "back": "/waiting"},
    )
    for ending in ("html", "json"):
        assert vea.get(f"/trials/years/{year}/report.{ending}").status_code == 200
    assert sione.get("/trials/years/1800").status_code in (400, 422)
    assert sione.get("/trials/years/x").status_code in (400, 404, 422)


def test_a_recommendation_is_made_decided_and_judged_by_forms(browser: httpx.Client) -> None:
    anna, today = enter(browser, "anna"), datetime.now(UTC).date()
    days = {"since": today - timedelta(days=9), "until": today - timedelta(days=1), "look_on": today}
    fields = {
        "title": "Go on", "text": "It works.", "made": str(today - timedelta(days=10)), "measure": "messages", "low": "0", "high": "5",
        "confidence": "0,9", **{name: str(day) for name, day in days.items()},
    }  # fmt: skip
    made = send(anna, "/trials/recommendations", **fields)
    assert made.status_code == 303, said(made)
    here = made.headers["location"]
    assert send(anna, f"{here}/decide", at=here, decision="accepted", reason="It costs nothing.").status_code == 303
    assert send(anna, f"{here}/decide", at=here, decision="accepted", reason="").status_code == 422
    assert send(anna, f"{here}/judge", at=here).status_code == 303
    page = said(anna.get(here))
    assert "Came true (recorded afterwards, so it does not count)" in page
    assert "/judge" not in anna.get(here).text
    assert send(anna, f"{here}/judge", at=here).status_code == 422
    for wrong in ({"low": "many"}, {"since": "soon"}, {"made": ""}, {"title": ""}):
        refused = send(anna, "/trials/recommendations", **{**fields, **wrong})
        assert refused.status_code == 422
        assert 'role="alert"' in refused.text


def test_an_auditor_sees_no_form_and_others_see_nothing(browser: httpx.Client) -> None:
    places = (
        "/trials/readiness",
        "/trials/use-cases",
        f"/trials/years/{datetime.now(UTC).year}",
        "/trials/recommendations",
    )
    aud = enter(browser, "aud")
    for path in places:
        page = aud.get(path)
        assert page.status_code == 200
        assert f'action="{path}' not in page.text
    assert aud.get("/trials/use-cases/new").status_code == 403
    for name in ("near", "omar"):
        other = enter(browser, name)
        assert "/trials/readiness" not in other.get("/queue").text
        for path in places:
            assert other.get(path).status_code in (403, 404), (name, path)
