# SPDX-License-Identifier: Apache-2.0
"""Partner administrations on the pages of a real house: who sees what they told, and answers what they asked."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import msgspec
import pytest

from cocket.workbench import build_app as build_workbench
from tests.messages import declaration
from tests.pipeline.partners.given import SIONE, Side, two_houses
from tests.pipeline.partners.test_notices import CARD, OVERDUE, REQUEST, SEIZURE, told
from tests.pipeline.queries.test_mirror import lodged
from tests.simulators.doors import open_door
from tests.workbench.base.test_real_instance import text_of
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    with two_houses(tmp_path_factory.mktemp("pages")) as sides:
        one, other = sides
        for kind, text in (
            ("seizure", SEIZURE),
            ("assistance", REQUEST),
            ("assistance", OVERDUE),
            ("model-card", CARD),
        ):
            assert told(one, kind, text) == ""
        for name, role, office in (
            ("anna", "analyst", None),
            ("omar", "officer", None),
            ("near", "analyst", "XAPRT001"),
        ):
            other.built.house.governance.accounts.put_officer(name, name, role, office, PASSWORD)
        yield sides


def token(page: str) -> str:
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def test_a_request_is_answered_by_page_and_the_partner_gets_the_answer(two: tuple[Side, Side]) -> None:
    one, other = two
    with served(build_workbench(other.built.house)) as address:
        pages = {}
        for name in ("anna", "omar", "near"):
            with httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client:
                client.post("/sign-in", data={"name": name, "password": PASSWORD})
                pages[name] = client.get("/administration/partners")
        assert [pages[name].status_code for name in ("anna", "omar", "near")] == [200, 403, 403]
        shown = text_of(pages["anna"].text)
        for words in ("S-1", "A-1", "overdue", "Request for assistance", "Model and its evidence", "from XA"):
            assert words in shown
        ids = {each.kept.notice.reference: each.id for each in other.notices.notices(SIONE)}
        with httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client:
            client.post("/sign-in", data={"name": "anna", "password": PASSWORD})
            card = text_of(client.get(f"/administration/partners/{ids['M-1']}").text)
            assert "precision among the first 5 %" in card and "0.31" in card and "1 200" in card
            looked = client.get(f"/administration/partners/{ids['A-1']}").text
            assert "<form" not in looked.partition('id="steps"')[2].partition("</section>")[0]
            assert client.get("/administration/partners/nothing").status_code == 404
        with httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client:
            client.post("/sign-in", data={"name": "sione", "password": PASSWORD})
            place = f"/administration/partners/{ids['A-1']}"
            form = {"csrf": token(client.get(place).text), "state": "answered", "words": ""}
            refused = client.post(f"{place}/answer", data=form)
            assert (refused.status_code, "Say what is answered" in refused.text) == (422, True)
            done = client.post(f"{place}/answer", data={**form, "words": "Declared at 12,000 EUR."})
            assert done.status_code == 303
            assert "on its way" in client.get(place).text
    other.send()
    (ours,) = [each for each in one.notices.notices(SIONE) if each.kept.notice.reference == "A-1"]
    assert (ours.kept.state, ours.kept.steps[-1].words) == ("answered", "Declared at 12,000 EUR.")


def test_a_message_is_a_page_that_leads_to_what_it_holds(two: tuple[Side, Side]) -> None:
    _, other = two
    (request,) = [each for each in other.notices.notices(SIONE) if each.kept.notice.reference == "A-2"]
    with (
        served(build_workbench(other.built.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client,
    ):
        place = f"/administration/partners/messages/{request.kept.message}"
        assert client.get(place).status_code == 303
        client.post("/sign-in", data={"name": "anna", "password": PASSWORD})
        assert f'href="{place}"' in client.get("/administration/partners").text
        page = client.get(place)
        shown = text_of(page.text)
        for words in (
            "from XA",
            "Purpose control",
            "one-and-two",
            "Signed by the key",
            "Request for assistance A-2",
            "The answer",
        ):
            assert words in shown, words
        assert f'href="/administration/partners/{request.id}"' in page.text
        assert client.get("/administration/partners/messages/nothing").status_code == 404
        notice = text_of(client.get(f"/administration/partners/{request.id}").text)
        assert f"signed by the key {request.kept.steps[0].by}" in notice
        client.post("/sign-out", data={"csrf": token(page.text)})
        client.post("/sign-in", data={"name": "near", "password": PASSWORD})
        assert client.get(place).status_code == 403


def test_an_overdue_request_is_in_the_inbox_of_those_who_may_answer_it_and_of_no_one_else(
    two: tuple[Side, Side],
) -> None:
    one, other = two
    inbox = other.built.house.queries.inbox
    people = {
        name: msgspec.structs.replace(SIONE, id=name, roles=(role,))
        for name, role in (("anna", "analyst"), ("omar", "officer"))
    }
    waiting = len([each for each in other.notices.notices(SIONE, "XA", is_open=True) if each.kept.direction == "in"])
    found = inbox.inbox(SIONE)
    assert (found.requests, found.late_requests) == (waiting, 1) and waiting >= 1
    for person in (*people.values(), msgspec.structs.replace(SIONE, office="XAPRT001")):
        assert (inbox.inbox(person).requests, inbox.inbox(person).late_requests) == (0, 0)
    assert inbox.asks(SIONE)[0] - inbox.asks(people["omar"])[0] == waiting
    assert one.built.house.queries.inbox.inbox(SIONE).requests == 0  # it waits for the partner
    with (
        served(build_workbench(other.built.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client,
    ):
        client.post("/sign-in", data={"name": "sione", "password": PASSWORD})
        page = client.get("/inbox")
        assert "waits for an answer 1 overdue" in text_of(page.text) and 'href="/administration/partners"' in page.text


def test_a_seizure_stands_in_the_dossier_that_it_is_about(two: tuple[Side, Side]) -> None:
    _, other = two
    dossier = lodged(other.built, declaration("R1"))
    with (
        served(build_workbench(other.built.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client,
    ):
        client.post("/sign-in", data={"name": "omar", "password": PASSWORD})
        page = text_of(client.get(f"/consignments/{dossier}").text)
    assert "What partner administrations report" in page
    assert "narcotics" in page and "S-1" in page


def test_a_key_is_of_no_use_where_a_signature_is_asked_for(two: tuple[Side, Side]) -> None:
    _, other = two
    from cocket.api import build_app
    from cocket.gate import make_key

    key = make_key("agency")
    other.built.house.governance.accounts.add_key(key, "agency", ["agency"], ["OTHER"])
    with open_door(build_app(other.built.house)) as port:
        for path in ("messages", "receipts"):
            answer = httpx.post(
                f"http://127.0.0.1:{port}/v1/exchange/{path}",
                headers={"authorization": f"Bearer {key}"},
                content=b"{}",
                trust_env=False,
            )
            assert answer.status_code == 401
