# SPDX-License-Identifier: Apache-2.0
"""The page of what was set aside, over a real house whose desk could not work on one message."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from cocket.pipeline import Instance, QueueFilter
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.assessment.poison import lodge_crafted, with_nul
from tests.simulators.workbench_house import PASSWORD
from tests.workbench.base.test_browser import COMPLAINTS
from tests.workbench.conftest import Enter, Screen, said


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("house"))
    made.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(3)], principal=trader("ACME"))
    lodge_crafted(made, "BAD", with_nul)
    lodge_crafted(made, "WORSE", with_nul)
    lodge_crafted(made, "R1-AGAIN", with_nul)
    made.desk()
    people = (("officer.c", "officer"), ("head.c", "supervisor"), ("auditor.d", "auditor"))
    for name, role in people:
        made.house.governance.accounts.put_officer(name, name.title(), role, None, PASSWORD)
    yield made
    made.house.close()


@pytest.fixture
def house(built: Built) -> Instance:
    return built.house


def test_an_officer_has_no_such_page_and_is_told_on_the_message(enter: Enter, built: Built) -> None:
    client = enter("officer.c")
    assert client.get("/set-aside").status_code == 403
    assert 'href="/set-aside"' not in client.get("/queue").text
    line = built.house.operations.set_aside.set_aside_list(officer("supervisor")).lines[0]
    told = said(client.get(f"/messages/{line.message}"))
    assert "This message was set aside" in told
    assert "The database refused" in told
    consignment = built.house.queries.records.queue(officer("supervisor"), QueueFilter(state="all")).lines[0]
    assert "set aside" not in said(client.get(f"/consignments/{consignment.id}"))


def test_an_auditor_sees_why_and_may_not_act(enter: Enter, built: Built) -> None:
    client = enter("auditor.d")
    told = said(client.get("/set-aside"))
    assert "The database refused" in told
    assert "waiting for you" in told
    assert "Try again" not in told
    line = built.house.operations.set_aside.set_aside_list(officer("supervisor")).lines[0]
    page = client.get(f"/set-aside/{line.id}/retry")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert token
    answer = client.post(f"/set-aside/{line.id}/retry", data={"csrf": token[1], "reason": "x"})
    assert answer.status_code == 403


def test_a_supervisor_has_it_tried_again_with_a_reason_and_closes_it(enter: Enter, built: Built) -> None:
    client = enter("head.c")
    line = built.house.operations.set_aside.set_aside_list(officer("supervisor")).lines[-1]
    page = client.get(f"/set-aside/{line.id}/retry")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert token
    answer = client.post(f"/set-aside/{line.id}/retry", data={"csrf": token[1], "reason": " "})
    assert answer.status_code == 422
    assert "Give a reason" in said(answer)
    answer = client.post(f"/set-aside/{line.id}/retry", data={"csrf": token[1], "reason": "repaired"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/set-aside")
    assert "is about to be retried" in said(client.get("/set-aside"))
    answer = client.post(f"/set-aside/{line.id}/close", data={"csrf": token[1], "reason": "sent anew"})
    assert answer.status_code == 303
    assert "is about to be retried" not in said(client.get("/set-aside"))
    assert "closed" in said(client.get("/set-aside?state=all"))
    assert client.get("/set-aside/01a22437-9667-79d3-b3bb-07c567e6e694/retry").status_code == 404


def test_the_page_speaks_french(enter: Enter) -> None:
    client = enter("head.c")
    told = said(client.get("/set-aside", headers={"accept-language": "fr"}))
    assert "Mis de côté" in told
    assert "Could" not in told
    assert "Try again" not in told


def test_in_a_browser_nothing_is_hard_to_use(open_screen: Callable[..., Screen]) -> None:
    for size in ({"width": 1280, "height": 800}, {"width": 360, "height": 740}):
        screen = open_screen(viewport=size)
        page = screen.sign_in("head.c")
        screen.go("/set-aside")
        assert page.evaluate(COMPLAINTS) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if size["width"] > 1000:
            screen.picture("set-aside")
        page.get_by_role("link", name="Try again").first.click()
        page.get_by_label("Reason").fill("the program was repaired")
        assert page.evaluate(COMPLAINTS) == []
