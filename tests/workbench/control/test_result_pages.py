# SPDX-License-Identifier: Apache-2.0
"""The result form beyond the common case, its amendment, and the pages of intelligence."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest

from tests.simulators.workbench_house import SimulatedHouse
from tests.workbench.base.test_pages import ORDER, form, text_of

Enter = Callable[..., httpx.Client]

REPORT = {
    "threat": "weapons",
    "source": "B",
    "information": "2",
    "handling": "restricted",
    "text": "pistols in engine blocks <x>",
    "PARTY": "ACME TRADING",
    "expires": "2999-01-01",
}


def test_each_item_shows_what_was_declared_of_it(enter: Enter) -> None:
    page = text_of(enter().get(f"{ORDER}/result"))
    assert "Item 1 differs: used cars" in page
    assert "Value found, item 1 Declared: 41200.00 USD." in page
    assert "Origin found, item 2 Not declared" in page


@pytest.mark.parametrize("act", ["result", "release", "take-over", "reopen"])
def test_no_act_reaches_an_order_by_the_address_of_another_dossier(
    enter: Enter, house: SimulatedHouse, act: str
) -> None:
    client, elsewhere = enter(), ORDER.replace("consignment-0", "consignment-1")
    answer = client.post(f"{elsewhere}/{act}", data=form(depth="full", found="no", reason="why not"))
    assert answer.status_code == 404
    assert house.recorded == []
    assert client.get(f"{ORDER}/result").status_code == 200


def test_the_parts_that_most_do_not_need_are_folded_away_until_they_hold_something(enter: Enter) -> None:
    client = enter()
    assert '<details class="more" open' not in client.get(f"{ORDER}/result").text
    answer = client.post(f"{ORDER}/result", data=form(depth="full", found="yes", **{"item-2-value": "much"}))
    assert answer.status_code == 422
    opened = re.findall(r"<details class=\"more\" open>\s*<summary>(.*?)</summary>", answer.text)
    assert len(opened) == 1 and opened[0].startswith("Item 2")
    assert 'aria-describedby="item-2-value-hint item-2-value-problem" aria-invalid="true"' in answer.text


def test_a_whole_result_is_recorded_and_shown(enter: Enter, house: SimulatedHouse) -> None:
    fields = form(
        depth="full",
        found="yes",
        offence="not-declared",
        **{
            "item-1-value": "60 000 USD",
            "seizure-1-goods": "watches <gold>",
            "seizure-1-quantity": "60 NMB",
            "seizure-1-detection": "scanner",
            "evidence-1-name": "scan.png",
            "evidence-1-sha256": "ab" * 32,
            "evidence-1-kept": "store 4",
        },
    )
    page = text_of(enter().post(f"{ORDER}/result", data=fields, follow_redirects=True))
    ((_, result),) = house.recorded
    assert [item.differences for item in result.items] == [("value",)]
    assert "Seized: watches <gold> 60 NMB · Scanner" in page
    assert "Evidence: scan.png" in page and "store 4" in page


def test_a_result_that_waits_is_not_called_not_examined_and_can_be_amended(enter: Enter, house: SimulatedHouse) -> None:
    client = enter()
    fields = form(depth="partial", found="pending", sample_number="L-7")
    page = client.post(f"{ORDER}/result", data=fields, follow_redirects=True)
    assert "With the laboratory" in page.text and "<b>Not examined</b>" not in page.text
    amend = re.search(r'href="([^"]+/results/[^"]+)">Amend', page.text)
    assert amend
    again = client.get(amend[1])
    assert 'value="L-7"' in again.text and 'value="pending" checked' in again.text
    assert '<input type="hidden" name="amends" value="result-1">' in again.text
    assert client.get(f"{ORDER}/results/another").status_code == 404


def test_a_declaration_of_many_items_is_shown_in_parts(
    enter: Enter, house: SimulatedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = tuple(house.control.officer_acts.declared_items(next(iter(_principals(house))), "order-0")[:1]) * 250
    import msgspec

    numbered = tuple(msgspec.structs.replace(one, item=n) for n, one in enumerate(many, 1))
    monkeypatch.setattr(house.control.officer_acts, "declared_items", lambda *_: numbered)
    client = enter()
    page = client.get(f"{ORDER}/result").text
    assert 'id="item-100-value"' in page and 'id="item-101-value"' not in page and 'id="item-251-value"' in page
    last = client.get(f"{ORDER}/result?first-item=201").text
    assert "items 201 to 250 of 250" in last and 'id="item-250-value"' in last
    for odd in ("0", "-5", "²", "9" * 30):
        assert client.get(f"{ORDER}/result", params={"first-item": odd}).status_code == 200


def _principals(house: SimulatedHouse) -> list[object]:
    from cocket.workbench.base.visits import principal_of

    return [principal_of(house.people["officer.a"])]


def test_a_report_is_entered_and_read_by_whom_it_is_for(enter: Enter, house: SimulatedHouse) -> None:
    client = enter("analyst.b")
    page = client.post("/intelligence/new", data={"csrf": "csrf-analyst.b", **REPORT}, follow_redirects=True)
    assert "Report entered and sealed." in page.text
    assert "pistols in engine blocks &lt;x&gt;" in page.text
    assert "Weapons and strategic goods Active · B2 · Restricted · asks for R Red" in text_of(page)
    assert "pistols" not in enter("officer.a").get("/intelligence").text


def test_a_report_with_a_gap_keeps_what_was_entered_and_says_each_problem_beside_its_field(enter: Enter) -> None:
    client = enter("analyst.b")
    answer = client.post("/intelligence/new", data={"csrf": "csrf-analyst.b", **REPORT, "source": "", "PARTY": "ab"})
    assert answer.status_code == 422
    assert "Grade the source." in answer.text and "pistols in engine blocks" in answer.text
    answer = client.post("/intelligence/new", data={"csrf": "csrf-analyst.b", **REPORT, "PARTY": "ab"})
    assert answer.status_code == 422
    assert '<p class="problem" id="PARTY-problem">ab is not a valid party</p>' in answer.text


def test_a_report_is_ended_with_a_reason(enter: Enter, house: SimulatedHouse) -> None:
    client = enter("head.c")
    token = {"csrf": "csrf-head.c"}
    client.post("/intelligence/new", data={**token, **REPORT})
    assert client.post("/intelligence/report-0/end", data={**token, "reason": " "}).status_code == 422
    page = client.post("/intelligence/report-0/end", data={**token, "reason": "withdrawn"}, follow_redirects=True)
    assert "Report ended." in page.text and "pistols" not in page.text
    assert "pistols" in client.get("/intelligence?state=all").text


def test_the_statistics_tell_what_nobody_looked_at_apart(enter: Enter) -> None:
    page = text_of(enter("head.c").get("/statistics"))
    assert "141 irregular 447 conform 16 with the laboratory 37 not examined" in page
    assert "Intelligence 14 11" in page
