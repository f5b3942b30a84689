# SPDX-License-Identifier: Apache-2.0
"""The pages on rules, over the real house."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.pipeline.risk import rules
from cocket.risk.rules import Rule
from cocket.workbench import build_app
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.workbench.base.test_real_instance import text_of, token
from tests.workbench.conftest import Screen, served

PASSWORD = "seal and cord and wax"
RULE = Rule(
    code="first-of-importer",
    says="{importer} is seen for the first time in this office",
    when="seen('importer', 90) < 1.0 && items.exists(i, i.value > 100)",
    asks="yellow",
    source="order 1/2026",
    expires=datetime.now(UTC).date() + timedelta(days=90),
)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, administration="Alphaland Customs")
    for name, role in (("anna", "analyst"), ("boris", "analyst"), ("olga", "officer")):
        made.house.governance.accounts.put_officer(name, name.title(), role, None, PASSWORD)
    made.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(12)], principal=trader("ACME"))
    made.desk()
    made.house.risk.rules.add_rules(made_by("anna"), [RULE])
    yield made
    made.house.close()


def made_by(name: str) -> Any:
    from cocket.governance import Principal

    return Principal(id=name, kind="officer", roles=("analyst",))


@pytest.fixture
def address(built: Built) -> Iterator[str]:
    with served(build_app(built.house)) as address:
        yield address


@pytest.fixture
def enter(address: str) -> Iterator[Callable[[str], httpx.Client]]:
    clients: list[httpx.Client] = []

    def entered(name: str) -> httpx.Client:
        client = httpx.Client(base_url=address, headers={"origin": address})
        clients.append(client)
        assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).headers["location"] == "/"
        return client

    yield entered
    for client in clients:
        client.close()


def act(client: httpx.Client, step: str, **fields: str) -> httpx.Response:
    page = client.get("/rules/first-of-importer").text
    return client.post(f"/rules/first-of-importer/{step}", data={"csrf": token(page), **fields})


def test_a_rule_is_tried_shadowed_and_published_by_somebody_else(
    enter: Callable[[str], httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, boris = enter("anna"), enter("boris")
    assert "Draft" in text_of(anna.get("/rules").text)
    assert act(anna, "publish").status_code == 422
    assert act(anna, "test").status_code == 303
    assert "12 declarations" in text_of(anna.get("/rules/first-of-importer").text)
    assert act(anna, "shadow").status_code == 303
    assert "someone else must publish" in text_of(anna.get("/rules/first-of-importer").text)
    refused = act(anna, "publish")
    assert refused.status_code == 422 and "someone else must publish it" in text_of(refused.text)
    early = act(boris, "publish")
    assert early.status_code == 422 and "shadow for 7 days" in text_of(early.text)
    monkeypatch.setattr(rules, "SHADOW_DAYS", 0)
    assert act(boris, "publish").status_code == 303
    page = text_of(boris.get("/rules/first-of-importer").text)
    assert "Published" in page and "anna" in page and "boris" in page


def test_a_rule_ends_only_with_a_reason(enter: Callable[[str], httpx.Client]) -> None:
    boris = enter("boris")
    refused = act(boris, "end")
    assert refused.status_code == 422 and "Give a reason" in text_of(refused.text)
    assert act(boris, "end", reason="finds nothing").status_code == 303
    assert "finds nothing" in text_of(boris.get("/rules/first-of-importer").text)


def test_an_officer_has_no_rules_and_an_unknown_rule_is_not_found(enter: Callable[[str], httpx.Client]) -> None:
    olga, anna = enter("olga"), enter("anna")
    assert olga.get("/rules").status_code == 403
    assert "/rules" not in olga.get("/queue").text
    assert anna.get("/rules/no-such-rule").status_code == 404


def test_the_review_pack_is_one_page_without_scripts_or_addresses(enter: Callable[[str], httpx.Client]) -> None:
    pack = enter("anna").get("/rules/review").text
    assert "first-of-importer" in pack and "<script" not in pack and "http" not in pack.replace("http-equiv", "")


def test_the_pages_look_right_in_a_browser(chromium: Any, address: str, enter: Callable[[str], httpx.Client]) -> None:
    anna = enter("anna")
    act(anna, "test")
    act(anna, "shadow")
    screen = Screen(chromium, address, PASSWORD)
    try:
        screen.sign_in("boris")
        screen.go("/rules")
        assert screen.page.get_by_role("link", name="first-of-importer").is_visible()
        screen.picture("rules", full_page=True)
        screen.go("/rules/first-of-importer")
        assert screen.page.get_by_role("button", name="Publish and seal").is_visible()
        screen.picture("rule", full_page=True)
        assert screen.complaints == []
    finally:
        screen.close()
