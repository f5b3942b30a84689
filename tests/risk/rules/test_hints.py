# SPDX-License-Identifier: Apache-2.0
"""What fools the author of a rule, seen in its text and on a past."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from cocket.risk import Case, Facts, ItemFacts, Outcome, Past, PastCase
from cocket.risk.rules import Rule, bind, hints_in_text, read_form, try_rule, write_cel

TODAY = date(2026, 11, 29)


def rule(when: str) -> Rule:
    return Rule(code="tried-out", says="x", when=when, source="s", expires=date(2027, 1, 1))


def case(number: int, *items: tuple[str, int], importer: str | None = "A1") -> PastCase:
    goods = tuple(
        ItemFacts(number=place, hs=hs, value=Decimal(value)) for place, (hs, value) in enumerate(items, start=1)
    )
    facts = Facts(id=f"c{number}", day=20_700.0 + number, office="XA", importer=importer, items=goods)
    return PastCase(case=Case(facts=facts), propensity=0.5)


def past(*cases: PastCase) -> Past:
    return Past(cases, {})


def codes(when: str, *cases: PastCase) -> dict[str, tuple[int, int]]:
    test = try_rule(rule(when), past(*cases), TODAY)
    return {f"{hint.code} {','.join(map(str, hint.lines))}".strip(): (hint.count, hint.of) for hint in test.hints}


CHEAP_COOLING = 'items.exists(i, i.hs.startsWith("8415")) && items.exists(i, i.value < 100.0)'


def test_two_conditions_on_two_items_are_pointed_out_and_bound() -> None:
    (hint,) = hints_in_text(CHEAP_COOLING)
    assert (hint.code, hint.lines) == ("two-items", (1, 2))
    assert write_cel(bind(read_form(CHEAP_COOLING))) == ('items.exists(i, i.hs.startsWith("8415") && i.value < 100.0)')
    assert hints_in_text('items.exists(i, i.hs.startsWith("8415") && i.value < 100.0)') == ()
    assert hints_in_text(CHEAP_COOLING.replace("&&", "||")) == ()


def test_hits_that_only_different_items_meet_are_counted() -> None:
    apart = case(1, ("84151000", 5_000), ("61091000", 50))
    together = case(2, ("84151000", 50))
    found = codes(CHEAP_COOLING, apart, together, case(3, ("61091000", 500)))
    assert found["two-items-met"] == (1, 2)
    assert "two-items-met" not in codes(CHEAP_COOLING, together, case(3, ("61091000", 500)))


def test_a_rule_that_is_always_or_never_true_is_said_to_be() -> None:
    several = [case(number, ("84151000", 50)) for number in range(3)]
    assert codes("size(items) > 0", *several) == {"always": (3, 3)}
    assert codes('office == "XB"', *several) == {"never": (0, 3)}
    assert codes('office == "XA" && value > 1000000.0', *several)["part-always 1"] == (3, 3)
    assert codes('office == "XB" && has(declared.importer)', *several)["part-never 1"] == (0, 3)


def test_what_is_not_stated_is_counted_by_the_part_that_asks() -> None:
    several = [case(1, ("84151000", 50), importer=None), case(2, ("84151000", 50)), case(3, ("84151000", 50))]
    found = codes('importer != "B" && items.exists(i, i.value < 100.0)', *several)
    assert found["part-unknown 1"] == (1, 3)
    assert codes('importer != "B"', *several)["unknown"] == (1, 3)
    assert [hint.code for hint in hints_in_text("importer != null && value > 1.0")] == ["null"]


def test_parts_that_are_tried_change_no_figure_of_the_rule() -> None:
    cases = [case(number, ("84151000", 50 if number % 2 else 5_000)) for number in range(10)]
    results = {one.case.facts.id: Outcome(facts=one.case.facts, returned=20_800.0, found=True) for one in cases[:4]}
    alone = "items.exists(i, i.value < 100.0)"
    test = try_rule(rule(f'{alone} && office == "XA"'), Past(tuple(cases), results), TODAY, duties={"c1": 7.0})
    plain = try_rule(rule(alone), Past(tuple(cases), results), TODAY, duties={"c1": 7.0})
    assert test.figures == msgspec.structs.replace(plain.figures)
    assert (test.figures.hits, test.figures.examined, test.figures.duty) == (5, 2, 7.0)
    assert (test.newest_found, test.newest_clear) == (("c1", "c3"), ())


def test_the_load_is_of_hits_that_no_rule_in_force_had() -> None:
    cases = [case(number, ("84151000", 50 if number < 4 else 5_000), importer=None) for number in range(10)]
    first = "items.exists(i, i.value < 100.0)"
    in_force = [msgspec.structs.replace(rule(first), code="in-force")]
    both = msgspec.structs.replace(rule('office == "XA"'), share=0.5)
    test = try_rule(both, past(*cases), TODAY, in_force)
    assert (test.per_day, test.added_per_day) == (1.0, 0.5 * 6 / 10)
    new = [case(number, ("84151000", 50)) for number in range(10)]  # each hit by a built-in rule too: importer-new
    assert try_rule(both, past(*new), TODAY).added_per_day == 0
