# SPDX-License-Identifier: Apache-2.0
"""Who examines and what is asked first, on the pages over a real house."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from cocket.gate import make_key
from cocket.governance import Principal
from cocket.pipeline import Instance, QueueFilter
from cocket.pipeline.risk import rule_deeds
from cocket.risk.rules import Rule
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.simulators.workbench_house import PASSWORD
from tests.workbench.base.test_browser import COMPLAINTS
from tests.workbench.conftest import Enter, Screen, said

NAMES = ("ana", "ben", "cy")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.75)
    for name in NAMES:
        made.house.governance.accounts.put_officer(name, name.title(), "officer", None, PASSWORD)
    made.house.governance.accounts.put_officer("dee", "Dee", "analyst", None, PASSWORD)
    monkeypatch.setattr(rule_deeds, "SHADOW_DAYS", 0)
    ask_first(made)
    made.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(6)], principal=trader("ACME"))
    made.desk()
    yield made
    made.house.close()


def ask_first(made: Built) -> None:
    """A rule, published by two people, that asks for a query on everything."""
    author, second = (Principal(id=name, kind="officer", roles=("analyst",)) for name in ("anna", "boris"))
    one = Rule(
        code="ask-first",
        says="ask {importer} for the contract",
        when="size(items) > 0",
        asks="query",
        source="order 1/2026",
        expires=datetime.now(UTC).date() + timedelta(days=90),
    )
    made.house.governance.accounts.put_officer("boris", "Boris", "analyst", None, PASSWORD)
    made.house.risk.rules.add_rules(author, [one])
    made.house.risk.rules.test_rule(author, one.code)
    made.house.risk.rules.shadow_rule(author, one.code)
    wanted = made.house.risk.rules.proposed_publication(author, one.code)
    waits = made.house.governance.second_person.propose(author, wanted, make_key).proposal
    assert made.house.governance.second_person.vote(second, waits.id, waits.digest, make_key).is_done


@pytest.fixture
def house(built: Built) -> Instance:
    return built.house


def ordered(built: Built) -> tuple[str, str, str]:
    """A consignment with an order, the order, and its examiner."""
    lines = built.house.queries.records.queue(officer("supervisor"), QueueFilter(limit=50)).lines
    line = next(line for line in lines if line.order and line.order.examiner)
    assert line.order is not None and line.order.examiner is not None
    return line.id, line.order.id, line.order.examiner


def token(page: httpx.Response) -> dict[str, str]:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return {"csrf": found[1]}


def test_an_officer_sees_his_own_orders_and_what_is_asked_first(built: Built, enter: Enter) -> None:
    consignment, _, examiner = ordered(built)
    client = enter(examiner)
    mine = client.get("/queue?mine=yes")
    assert f"/consignments/{consignment}?mine=yes" in mine.text and "you" in said(mine)
    other = next(name for name in NAMES if name != examiner)
    assert f"/consignments/{consignment}" not in enter(other).get("/queue?mine=yes").text
    told = said(enter(examiner).get(f"/consignments/{consignment}"))
    assert f"Examiner {examiner} you" in told
    assert "A rule requires asking the declarant first. Ask about a declared value" in told
    assert "Ask the declarant first" in said(client.get("/queue"))


def test_who_stands_by_takes_over_with_a_reason_and_an_analyst_is_not_offered_it(built: Built, enter: Enter) -> None:
    consignment, order, examiner = ordered(built)
    at = f"/consignments/{consignment}/orders/{order}/take-over"
    assert at not in enter("dee").get(f"/consignments/{consignment}").text
    assert at not in enter(examiner).get(f"/consignments/{consignment}").text
    other = next(name for name in NAMES if name != examiner)
    client = enter(other)
    assert at in client.get(f"/consignments/{consignment}").text
    form = client.get(at)
    assert client.post(at, data=token(form)).status_code == 422
    assert client.post(at, data={**token(form), "reason": "she is ill"}).status_code == 303
    told = said(client.get(f"/consignments/{consignment}"))
    assert f"Examiner {other} you" in told and f"{other} took the order over: she is ill" in told


def test_in_a_browser_it_is_taken_over_by_keys(built: Built, open_screen: Callable[..., Screen]) -> None:
    consignment, _, examiner = ordered(built)
    screen = open_screen()
    page = screen.sign_in(next(name for name in NAMES if name != examiner))
    screen.go(f"/consignments/{consignment}")
    page.keyboard.press("t")
    page.locator("#act textarea").fill("she is ill")
    assert page.evaluate(COMPLAINTS) == []
    page.locator("#act button.act").click()
    page.get_by_text("The order is now assigned to you.").wait_for()
