# SPDX-License-Identifier: Apache-2.0
"""How audits end, and what a closed one teaches."""

from __future__ import annotations

from datetime import date

import pytest

from cocket.control import audit as work
from cocket.control.audit import (
    AuditCase,
    Close,
)
from cocket.risk import Facts
from cocket.risk.facts import ItemFacts
from tests.control.test_audit import NOW, SEED, case, codes, finding, fixed_lines


def whole(conclusion: str = "conform") -> AuditCase:
    at_work = case("in-progress")
    for place in range(len(at_work.lines)):
        at_work = work.find(at_work, finding(at_work, place, conclusion if place == 0 else "conform"))
    return at_work


@pytest.mark.parametrize(
    ("of", "ending", "code"),
    [
        (case("in-progress"), {"result": "compliant"}, "audit-open"),
        (whole("irregular"), {"result": "compliant"}, "audit-compliant"),
        (whole("not-verified"), {"result": "compliant"}, "audit-unverified"),
        (whole(), {"result": "irregular", "recommendation": "x"}, "audit-irregular"),
        (whole("irregular"), {"result": "irregular", "recommendation": " "}, "audit-recommendation"),
        (whole(), {"result": "compliant", "follow_up": NOW.date()}, "audit-follow-up"),
    ],
)
def test_an_ending_that_contradicts_the_findings_is_refused(
    of: AuditCase, ending: dict[str, object], code: str
) -> None:
    assert codes(lambda: work.close(of, Close(seed=SEED, **ending), NOW)) == [code]  # type: ignore[arg-type]


def test_a_closed_audit_tells_its_seed_and_its_sample_can_be_drawn_again() -> None:
    ended = work.close(whole(), Close(result="compliant", seed=SEED, follow_up=date(2028, 1, 1)), NOW)
    assert (ended.state, ended.closed, ended.result) == ("closed", NOW, "compliant")
    assert ended.sample is not None
    work.verify_sample(ended.sample, fixed_lines(12), bytes.fromhex(ended.seed or ""))


# Learning


def test_a_closed_audit_gives_one_label_a_consignment_from_its_audited_lines() -> None:
    ended = work.close(whole("irregular"), Close(result="irregular", recommendation="pay", seed=SEED), NOW)
    consignments = sorted({one.line.consignment for one in ended.lines})
    items = tuple(ItemFacts(number=n, hs=f"64039{n}") for n in (1, 2, 3))
    facts = {name: Facts(id=name, day=20500.0, importer="T1", items=items) for name in consignments}
    labels = list(work.outcomes_of(ended, facts))
    assert [label.facts.id for label in labels] == consignments
    assert {label.returned for label in labels} == {NOW.timestamp() / 86_400}
    guilty = ended.lines[0].line.consignment
    assert [label.facts.id for label in labels if label.found] == [guilty]
    for label in labels:
        drawn = {one.line.item for one in ended.lines if one.line.consignment == label.facts.id}
        assert {item.number for item in label.facts.items} == drawn
        assert ended.sample is not None
        assert label.propensity == pytest.approx(0.5 * ended.sample.chances[label.facts.id])


def test_what_is_not_closed_not_verified_or_not_known_teaches_nothing() -> None:
    facts = {f"c{n:02d}": Facts(id=f"c{n:02d}", day=1.0, items=(ItemFacts(),) * 3) for n in range(4)}
    assert list(work.outcomes_of(whole("irregular"), facts)) == []
    ended = work.close(whole("not-verified"), Close(result="not-concluded", recommendation="x", seed=SEED), NOW)
    unverified = ended.lines[0].line
    alone = [one.line.name for one in ended.lines if one.line.consignment == unverified.consignment] == [
        unverified.name
    ]
    assert alone is (unverified.consignment not in {label.facts.id for label in work.outcomes_of(ended, facts)})
    assert list(work.outcomes_of(ended, {})) == []


def test_a_line_the_trader_disclosed_is_a_label_without_a_chance() -> None:
    at_work = whole()
    told = work.find(at_work, finding(at_work, 0, "irregular", consignment="elsewhere", item=1, is_disclosed=True))
    ended = work.close(told, Close(result="irregular", recommendation="pay", seed=SEED), NOW)
    (label,) = work.outcomes_of(ended, {"elsewhere": Facts(id="elsewhere", day=1.0, items=(ItemFacts(),))})
    assert (label.found, label.propensity) == (True, None)
