# SPDX-License-Identifier: Apache-2.0
"""The pages on rules, over the real house; and a rule from idea to publication, by two people in real browsers."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from cocket.languages import ENGLISH
from cocket.pipeline.risk import rule_deeds
from cocket.pipeline.risk.rulebooks import RuleFile
from cocket.risk.rules import Rule
from cocket.workbench import build_app
from cocket.workbench.risk.rule_labels import sentence_of
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
    early = act(anna, "publish")
    assert early.status_code == 422 and "shadow for 7 days" in text_of(early.text)
    monkeypatch.setattr(rule_deeds, "SHADOW_DAYS", 0)
    assert act(anna, "publish").status_code == 303
    page = anna.get("/rules/first-of-importer").text
    (where,) = set(re.findall(r'href="(/waiting/[0-9a-f-]+)"', page))
    own = anna.get(where).text
    assert "With a second person" in text_of(page) and f'action="{where}/approve"' not in own
    refused = anna.post(f"{where}/approve", data={"csrf": token(own), "digest": digest(boris.get(where).text)})
    assert refused.status_code == 400 and "address" not in text_of(refused.text)
    assert "This was not done" in text_of(refused.text) and "You proposed this yourself" in text_of(refused.text)
    assert "boris" not in text_of(anna.get("/rules/first-of-importer").text)
    read = boris.get(where).text
    assert "+ code: first-of-importer" in text_of(read)
    assert boris.post(f"{where}/approve", data={"csrf": token(read), "digest": digest(read)}).status_code == 303
    page = text_of(boris.get("/rules/first-of-importer").text)
    assert "Published" in page and "anna" in page and "boris" in page


def digest(page: str) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


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
        assert screen.page.get_by_role("button", name="Propose to publish").is_visible()
        screen.picture("rule", full_page=True)
        assert screen.complaints == []
    finally:
        screen.close()


ENTERED = {
    "code": "dear-goods",
    "says": "{importer} declares goods of a high value",
    "source": "analysis 2026/17",
    "asks": "yellow",
    "share": "100",
    "expires": "",
    "lists": "",
}


def entered(**more: str) -> dict[str, str]:
    day = (datetime.now(UTC).date() + timedelta(days=60)).isoformat()
    line = {"joins": "all", "field-0": "item.value", "scope-0": "one", "comparison-0": "over", "value-0": "100"}
    return {**ENTERED, **line, "expires": day, "when": "", "was": "", **more}


def post(client: Any, **more: str) -> Any:
    return client.post("/rules/desk", data={"csrf": token(client.get("/rules/desk").text), **entered(**more)})


def when_of(page: str) -> str:
    found = re.search(r'<textarea id="when"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def test_a_rule_goes_from_idea_to_publication_in_two_browsers(
    chromium: Any,
    address: str,
    built: Built,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rule_deeds, "SHADOW_DAYS", 0)
    expect = pytest.importorskip("playwright.sync_api").expect
    anna, boris = Screen(chromium, address, PASSWORD), Screen(chromium, address, PASSWORD)
    try:
        page = anna.sign_in("anna")
        anna.go("/rules")
        page.get_by_role("link", name="Write a rule").click()
        page.get_by_label("Field of line 1").select_option("item.value")
        page.get_by_label("Comparison of line 1").select_option("over")
        page.get_by_label("Value of line 1").fill("100")
        page.get_by_label("Value of line 1").blur()
        expect(page.locator("#when")).to_have_value(re.compile(r"i\.value > 100\.0"))
        page.get_by_role("button", name="Add a line").click()
        page.get_by_label("Field of line 2").select_option("item.packages")
        expect(page.get_by_label("Comparison of line 2")).to_have_value("under")
        page.get_by_label("On which items line 2 must hold").select_option("one")
        page.wait_for_load_state("networkidle")
        page.get_by_label("Value of line 2").fill("100 000")
        page.get_by_label("Value of line 2").blur()
        page.get_by_text("may be met by two different items: 1, 2").wait_for()
        page.get_by_role("button", name="Bind them to one item").click()
        expect(page.locator("#when")).to_have_value(re.compile(r"^[^!]*items\.exists(?!.*items\.exists)", re.DOTALL))
        page.get_by_label("Short name").fill("dear-goods")
        page.get_by_label("What the officer reads").fill("{importer} declares goods of a high value")
        page.get_by_label("Based on").fill("analysis 2026/17")
        page.get_by_role("button", name="Try it on the past").last.click()
        page.get_by_role("heading", name="On the past").wait_for()
        said = page.locator("#trial").inner_text()
        assert "12 declarations" in said and "Load it adds a day" in said and "Nothing was drawn at random yet" in said
        assert page.locator("#trial tbody a").count() == 12
        assert built.house.risk.rules.rules(made_by("boris"))[0].code == "first-of-importer"
        anna.picture("rule-desk", full_page=True)
        page.get_by_role("button", name="Save as a draft").click()
        page.wait_for_url("**/rules/dear-goods")
        page.get_by_role("button", name="Test it on past declarations").click()
        page.get_by_role("button", name="Run it in shadow").click()
        page.get_by_role("button", name="Propose to publish").click()
        assert page.locator("[aria-current=step]").inner_text() == "With a second person"
        page = boris.sign_in("boris")
        boris.go("/waiting")
        page.get_by_role("link", name="dear-goods").click()
        assert "+ code: dear-goods" in page.locator("#changes + pre").inner_text()
        page.get_by_text("As proposed, in full").click()
        page.get_by_role("button", name="Approve").click()
        boris.go("/rules/dear-goods")
        assert page.locator("[aria-current=step]").inner_text() == "Published"
        page.get_by_role("button", name="Measure it and seal the figures").click()
        assert page.locator("[aria-current=step]").inner_text() == "Measured"
        page.get_by_label("Why it is to end").fill("the season is over")
        page.get_by_role("button", name="End it").click()
        assert page.locator("[aria-current=step]").inner_text() == "Ended"
        assert anna.complaints + boris.complaints == []
    finally:
        anna.close()
        boris.close()
    files = [msgspec.json.decode(body, type=RuleFile) for body in built.bodies("rule")]
    mine = [file for file in files if file.rule.code == "dear-goods"]
    assert [file.state for file in mine] == ["draft", "tested", "shadow", "published", "published", "ended"]
    assert (mine[-1].author, mine[-1].publisher, mine[-1].ended_by) == ("anna", "boris", "boris")
    assert mine[-1].worth is not None and mine[-1].rule.when == (
        "items.exists(i, i.value > 100.0 && i.packages < 100000.0)"
    )


def test_a_rule_is_saved_tested_and_run_in_shadow_at_once(enter: Any, built: Built) -> None:
    anna = enter("anna")
    begun = post(anna, do="shadow")
    assert (begun.status_code, begun.headers["location"]) == (303, "/rules/dear-goods")
    files = [msgspec.json.decode(body, type=RuleFile) for body in built.bodies("rule")]
    assert [file.state for file in files if file.rule.code == "dear-goods"] == ["draft", "tested", "shadow"]
    page = text_of(anna.get("/rules/dear-goods").text)
    assert "In shadow since" in page and "Propose to publish" in page
    assert post(anna, do="shadow", code="cheap-goods", says="").status_code == 422
    assert "cheap-goods" not in anna.get("/rules").text


def test_a_changed_text_counts_and_the_sentences_follow_it(enter: Any) -> None:
    anna = enter("anna")
    page = post(anna, when='office == "XA"', was="something else").text
    assert when_of(page) == 'office == "XA"'
    assert re.search(r'value="office" selected', page) and 'value="XA"' in page


def test_a_text_the_form_cannot_show_locks_the_form_and_says_which_part(enter: Any) -> None:
    anna = enter("anna")
    page = post(anna, when="size(items) > 2 && value > 1.0", was="").text
    assert "The form cannot show this part" in text_of(page) and "size(items) &gt; 2" in page
    assert 'name="field-0"' not in page
    saved = anna.post(
        "/rules/desk",
        data={
            "csrf": token(page),
            **{name: text for name, text in entered(do="save").items() if "-0" not in name},
            "when": "size(items) > 2 && value > 1.0",
            "was": "size(items) > 2 && value > 1.0",
        },
    )
    assert saved.status_code == 303
    assert "size(items) &gt; 2 &amp;&amp; value &gt; 1.0" in anna.get("/rules/dear-goods").text


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_saved(enter: Any) -> None:
    anna = enter("anna")
    refused = post(anna, do="save", code="Not A Code", says="", expires="soon", share="0", **{"value-0": "dear"})
    said = text_of(refused.text)
    assert refused.status_code == 422
    for sentence in (
        "Enter a short name",
        "Enter what the officer reads",
        "Write the day",
        "Enter a share",
        "Enter a number",
    ):
        assert sentence in said
    refused = post(anna, do="try", when="importer ==", was="")
    assert refused.status_code == 422 and "This is not a condition yet" in text_of(refused.text)
    assert "Not A Code" not in anna.get("/rules").text
    reserved = post(anna, do="save", code="desk")
    assert reserved.status_code == 422 and "reserved" in text_of(reserved.text)


def test_lists_of_the_rule_may_be_asked_and_a_broken_one_is_pointed_out(enter: Any) -> None:
    anna = enter("anna")
    more = {"field-0": "item.hs", "comparison-0": "on-list", "value-0": "chapters"}
    page = post(anna, do="try", lists="chapters: 22, 24", **more)
    assert page.status_code == 200 and when_of(page.text) == 'items.exists(i, hs_on_list("chapters", i.hs))'
    refused = post(anna, do="try", lists="chapters 22", **more)
    assert refused.status_code == 422 and "Write each list on a line" in text_of(refused.text)


def test_only_who_writes_rules_has_the_desk_and_may_propose_one(enter: Any) -> None:
    olga, anna = enter("olga"), enter("anna")
    assert olga.get("/rules/desk").status_code == 403
    assert (
        olga.post("/rules/desk", data={"csrf": token(olga.get("/queue").text), **entered(do="save")}).status_code == 403
    )
    page = anna.get("/rules/first-of-importer").text
    anna.post("/rules/first-of-importer/test", data={"csrf": token(page)})
    refused = olga.post("/rules/first-of-importer/publish", data={"csrf": token(olga.get("/queue").text)})
    assert refused.status_code == 403


def test_another_version_begins_from_the_rule_as_it_is(enter: Any) -> None:
    page = enter("anna").get("/rules/desk?code=first-of-importer").text
    assert 'value="first-of-importer"' in page and "declarations of this importer" in text_of(page)
    assert enter("anna").get("/rules/desk?code=no-such-rule").status_code == 404


def test_where_nothing_is_declared_a_sentence_names_its_places() -> None:
    says = "goods of {importer} from {export_country}"
    assert sentence_of(says, ENGLISH.translate) == "goods of [importer] from [export country]"
    assert sentence_of(says, str.upper) == "goods of [IMPORTER] from [EXPORT COUNTRY]"
    assert sentence_of("nothing is left open", str.upper) == "nothing is left open"
