# SPDX-License-Identifier: Apache-2.0
"""Evidence tables, what they add to a score, and the paired test: helps where goods are alike, is refused where they are not."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from random import Random

import msgspec
import pytest

from cocket.errors import UnreadableError
from cocket.risk import Facts, ItemFacts
from cocket.risk.joint import (
    Cell,
    EvidenceTable,
    GivenCounts,
    JointCard,
    ModelFigures,
    RandomCase,
    adjust,
    card_beside,
    card_of,
    compare,
    estimated_evidence,
    give_counts,
    lifts_of,
    partner_evidence,
    pull_of,
    table_of,
)
from cocket.risk.joint.table import cells_of, check_card, check_table, counts_of
from cocket.simulation.administrations import Terms, run

DAYS = date(2026, 1, 1), date(2026, 6, 30)


def case(
    number: int, cell: tuple[str, str] = ("87", "XB"), *, found: bool = False, score: float | None = 0.1
) -> RandomCase:
    return RandomCase(id=f"C{number}", day=DAYS[0], cells=(cell,), score=score, found=found, flow="import")


def table(*cells: tuple[str, str, int, int], least: int = 10) -> EvidenceTable:
    return EvidenceTable(
        since=DAYS[0],
        until=DAYS[1],
        least=least,
        cells=tuple(Cell(hs2=a, origin=b, examined=c, found=d) for a, b, c, d in cells),
    )


def test_small_cells_go_together_and_are_not_even_in_the_totals_where_they_stay_small() -> None:
    counts = {("87", "XB"): (40, 7), ("22", "XB"): (9, 3), ("22", "XC"): (4, 0)}
    made = table_of(counts, DAYS, 10)
    assert [(one.hs2, one.origin, one.examined, one.found) for one in made.cells] == [
        ("", "", 13, 3),
        ("87", "XB", 40, 7),
    ]
    assert (made.withheld, made.examined, made.found) == (2, 53, 10)
    alone = table_of({("87", "XB"): (40, 7), ("22", "XB"): (9, 3)}, DAYS, 10)
    assert (alone.withheld, alone.examined, alone.found) == (1, 40, 7)
    assert table_of(counts, DAYS, 1).least == 5  # never lower, whatever is asked
    assert check_table(made, DAYS[1]) == made


def test_a_table_of_another_that_cannot_be_is_refused_in_words() -> None:
    good = table(("87", "XB", 40, 7))
    for wrong, why in (
        (table(("87", "XB", 40, 41)), "41 finds in 40"),
        (table(("87", "XB", 40, -1)), "below 0"),
        (table(), "no cell"),
        (msgspec.structs.replace(good, until=date(2026, 7, 1)), "2026-07-01 is still to come"),
        (table(("87", "XB", 2**70, 2**69)), "counts more than 1,099,511,627,776"),
        (msgspec.structs.replace(good, withheld=2**70), "says that more than"),
        (table(("87", "XB", 9, 1)), "fewer than 10"),
        (table(("87", "XB", 40, 7), ("87", "XB", 20, 1)), "twice"),
        (table(("8x", "XB", 40, 7)), "is none"),
        (table(("87", "<b>", 40, 7)), "is none"),
        (table(("87", "XB", 2**60, 7)), "the most that one administration can have examined"),
        (table(("87", "XB", 40, 7), least=1), "fewer than 5"),
        (msgspec.structs.replace(good, until=date(2025, 1, 1)), "last day"),
        (msgspec.structs.replace(good, features="trader"), "laid out"),
        (msgspec.structs.replace(good, withheld=-1), "cells"),
    ):
        with pytest.raises(UnreadableError, match=why):
            check_table(wrong, DAYS[1])
    assert check_table(good, DAYS[1]) == good


def test_a_card_of_another_that_cannot_be_is_refused_in_words() -> None:
    good = JointCard(
        model="m", trained_rows=9, trained_examined=5, trained_found=2, trained_since=DAYS[0], trained_until=DAYS[1]
    )
    assert check_card(good, DAYS[1]) == good and check_card(JointCard(), DAYS[1]) == JointCard()
    huge = ModelFigures(group="import", examined=2**70, found=1, rate=None, order=None)
    for change, why in (
        ({"trained_until": date(2026, 7, 1)}, "still to come"),
        ({"trained_until": date(2025, 7, 1)}, "before its first"),
        ({"trained_found": 6}, "6 finds in 5"),
        ({"trained_rows": -1}, "goods items"),
        ({"figures": (huge,)}, "counts more than"),
        ({"figures": (msgspec.structs.replace(huge, examined=-1, found=-1),)}, "below 0"),
    ):
        with pytest.raises(UnreadableError, match=why):
            check_card(msgspec.structs.replace(good, **change), DAYS[1])


def test_a_table_given_again_shows_nothing_of_fewer_examinations_than_the_least() -> None:
    """One cell of 75 examinations and 20 finds was given, and with one examination more again."""
    first = give_counts({("52", "XB"): (75, 20), ("22", "XC"): (9, 2)}, DAYS, 10)
    assert [(one.examined, one.found) for one in first.table.cells] == [(75, 20)] and first.same == 0
    again = give_counts({("52", "XB"): (76, 21), ("22", "XC"): (9, 2)}, DAYS, 10, first)
    # one new in 52 and nine never given: together they are ten, and are given as such
    assert cells_in(again) == {("", ""): (10, 3), ("52", "XB"): (75, 20)}
    alone = give_counts({("52", "XB"): (76, 21), ("22", "XC"): (8, 2)}, DAYS, 10, first)
    assert alone.table.cells == first.table.cells and alone.same == 2
    grown = give_counts({("52", "XB"): (85, 21), ("22", "XC"): (9, 2)}, DAYS, 10, alone)
    assert cells_in(grown) == {("52", "XB"): (85, 21)} and grown.same == 1
    shrunk = give_counts({("52", "XB"): (84, 30), ("22", "XC"): (19, 2)}, DAYS, 10, grown)
    assert cells_in(shrunk) == {("52", "XB"): (85, 21), ("22", "XC"): (19, 2)} and shrunk.same == 1
    changed = give_counts({("52", "XB"): (95, 20), ("22", "XC"): (19, 2)}, DAYS, 10, shrunk)
    assert changed.table.cells == shrunk.table.cells  # finds were taken back: nothing is said of them
    assert give_counts({}, DAYS, 10, shrunk).table.cells == shrunk.table.cells


def cells_in(given: GivenCounts) -> dict[tuple[str, str], tuple[int, int]]:
    return {(one.hs2, one.origin): (one.examined, one.found) for one in given.table.cells}


def test_whatever_is_found_and_changed_any_two_tables_of_the_same_days_differ_by_none_or_by_the_least() -> None:
    draw = Random(8)
    for _ in range(60):
        counts: dict[tuple[str, str], tuple[int, int]] = {}
        given: list[GivenCounts] = []
        for _ in range(8):
            for _ in range(draw.choice((1, 3, 12, 40))):
                cell = (draw.choice(("", "22", "52", "87")), draw.choice(("", "XB", "XC")))
                examined, found = counts.get(cell, (0, 0))
                if draw.random() < 0.1 and examined:
                    counts[cell] = examined - 1, max(0, min(examined - 1, found - draw.randrange(2)))
                else:
                    counts[cell] = examined + 1, found + (draw.random() < 0.3)
            given.append(give_counts(counts, DAYS, 10, given[-1] if given else None))
        tables = [cells_in(one) for one in given]
        for place, later in enumerate(tables):
            for earlier in tables[:place]:
                assert earlier.keys() <= later.keys()
                for cell, (examined, found) in later.items():
                    more = examined - earlier.get(cell, (0, 0))[0], found - earlier.get(cell, (0, 0))[1]
                    assert more == (0, 0) or (more[0] >= 10 and 0 <= more[1] <= more[0])
            counted = sum(each[2] for each in given[place].counted)
            assert sum(each[0] for each in later.values()) == counted  # no examination stands in two cells


def test_models_that_learnt_from_nearly_the_same_results_do_not_say_from_how_many() -> None:
    first = JointCard(model="a", trained_rows=2000, trained_examined=1000, trained_found=200)
    second = msgspec.structs.replace(first, model="b", trained_examined=1001, trained_found=201)
    assert card_beside(first, [], 10) == card_beside(first, [first], 10) == first
    told = card_beside(second, [first], 10)
    assert (told.model, told.trained_rows, told.trained_examined, told.trained_found) == ("b", None, None, None)
    far = msgspec.structs.replace(second, trained_examined=1010)
    assert card_beside(far, [first, told], 10) == far
    assert card_beside(msgspec.structs.replace(first, model="c"), [far, first], 10).trained_examined is None


def test_goods_of_a_declaration_are_told_by_chapter_and_origin_and_what_is_unknown_stays_unknown() -> None:
    items = (
        ItemFacts(hs="8703231910", origin="XB", value=Decimal(5)),
        ItemFacts(hs="87033219", origin="XB"),
        ItemFacts(hs="2", origin=None),
        ItemFacts(hs=None, origin="xb"),
    )
    assert cells_of(Facts(id="1", day=0.0, items=items)) == (("87", "XB"), ("", ""))
    assert cells_of(Facts(id="1", day=0.0)) == ()
    cases = [case(1, found=True), msgspec.structs.replace(case(2), cells=())]
    assert counts_of(cases) == {("87", "XB"): (1, 1), ("", ""): (1, 0)}


def test_a_table_tells_how_much_more_often_than_usual_there_and_small_cells_say_little() -> None:
    told = lifts_of(table(("87", "XB", 2000, 400), ("22", "XC", 2000, 20), ("22", "XB", 10, 2)))
    high, cell = told.of((("22", "XC"), ("87", "XB")))
    assert cell == ("87", "XB") and 0.5 < high <= 2.0
    assert told.of((("22", "XC"),))[0] < -0.5
    small = told.of((("22", "XB"),))[0]
    assert abs(small) < high
    assert told.of((("99", "XZ"),))[0] == 0.0 and told.of(()) == (0.0, ("", ""))
    twice = lifts_of(table(("87", "XB", 4000, 800), ("22", "XC", 4000, 40)))
    less = lifts_of(table(("87", "XB", 4000, 800), ("22", "XC", 4000, 40)), {("87", "XB"): (4000, 800)})
    assert less.of((("87", "XB"),))[0] < twice.of((("87", "XB"),))[0]  # what we put in ourselves is out


def test_a_score_moves_by_log_odds_and_one_at_an_end_of_the_scale_stays() -> None:
    assert adjust(0.5, 1.0, 1.0) == pytest.approx(0.731, abs=1e-3)
    assert adjust(adjust(0.2, 1.3, 0.4), -0.52, 1.0) == pytest.approx(0.2)
    assert (adjust(0.0, 2.0, 1.0), adjust(1.0, -2.0, 1.0), adjust(0.3, 2.0, 0.0)) == (0.0, 1.0, pytest.approx(0.3))
    told = partner_evidence("XB", ("87", "XC"), (40, 9), 0.7, (0.1, 0.2))
    assert (told.arguments["found"], told.arguments["examined"]) == ("9", "40")
    for one in (told, estimated_evidence("XB", ("87", "XC"), 0.7, (0.1, 0.2))):
        assert one.code == told.code and one.arguments["times"] == "2.0" and one.weight is not None and one.weight > 0
        assert set(re.findall(r"{(\w+)}", one.message)) == set(one.arguments)
    assert "estimated" not in told.message


def test_a_table_says_which_goods_it_counted_and_which_it_estimates() -> None:
    """A table had no goods of chapter 73 from XA, and a reason said what was found in them."""
    lifts = lifts_of(table(("73", "XB", 400, 20), ("61", "XA", 400, 80)), {("61", "XA"): (100, 30)})
    assert lifts.counts == {("73", "XB"): (400, 20), ("61", "XA"): (300, 50)}
    lift, cell = lifts.of((("73", "XA"),))
    assert lift and cell == ("73", "XA") and cell not in lifts.counts


def test_a_card_has_figures_with_intervals_and_leaves_small_groups_out() -> None:
    draw = Random(1)
    cases = [case(n, found=draw.random() < 0.2, score=draw.random()) for n in range(60)]
    cases += [msgspec.structs.replace(case(100 + n), flow="export") for n in range(6)]
    made = card_of(cases, 10)
    assert [(one.group, one.examined) for one in made.figures] == [("", 66)]  # all but imports would be six exports
    cases += [msgspec.structs.replace(case(200 + n), flow="transit") for n in range(4)]
    made = card_of(cases, 10)
    assert [(one.group, one.examined) for one in made.figures] == [("", 70), ("import", 60)]
    few = [*cases, case(300, found=True, score=None)]
    assert card_of(few, 10).figures == ()  # beside the table of 71 they would tell of one
    whole = made.figures[0]
    assert whole.rate is not None and whole.rate.low < whole.rate.value < whole.rate.high
    assert whole.order is not None and whole.order.low < 0.6
    assert card_of([], 10).figures == ()


def test_too_small_a_draw_teaches_no_weight_and_says_so() -> None:
    lifts = lifts_of(table(("87", "XB", 2000, 400), ("22", "XC", 2000, 20)))
    assert compare([], lifts, 0.1, 1.0).verdict == "too-few"
    few = [case(n, found=n % 4 == 0) for n in range(150)]
    made = compare(few, lifts, 0.1, 1.0)
    assert made.verdict == "too-few" and made.more is None and made.pull.weight == 0.0
    unscored = [case(n, found=n % 4 == 0, score=None) for n in range(2000)]
    assert compare(unscored, lifts, 0.1, 1.0).cases == 0


def drawn(agrees: int, seed: int = 3) -> tuple[list[RandomCase], EvidenceTable]:
    """A draw in which goods of one kind are risky; and a table that says so (1), tells nothing of it (0), or its opposite (-1)."""
    draw = Random(seed)
    cases = []
    for number in range(2400):
        is_risky = number % 4 == 0
        cell = ("87", "XB") if is_risky else ("22", "XC")
        chance = 0.16 if is_risky else 0.02
        cases.append(case(number, cell, found=draw.random() < chance, score=0.02 + 0.1 * draw.random()))
    finds = {1: (400, 50), 0: (100, 100), -1: (50, 400)}[agrees]
    return cases, table(("87", "XB", 2000, finds[0]), ("22", "XC", 2000, finds[1]))


def test_the_paired_test_says_helps_not_shown_and_harms() -> None:
    cases, good = drawn(1)
    helped = compare(cases, lifts_of(good), 0.1, 1.0)
    assert helped.verdict == "helps" and helped.more is not None and helped.more.low > 0
    assert helped.shares.with_it - helped.shares.without == helped.shares.only_with - helped.shares.only_without
    assert helped.gain is not None and helped.gain.low > 0 and 0.3 < helped.pull.weight <= 1.0
    nothing = compare(cases, lifts_of(drawn(0)[1]), 0.1, 1.0)
    assert nothing.verdict == "not-shown" and nothing.pull.weight == 0.0
    opposite = compare(cases, lifts_of(drawn(-1)[1]), 0.1, 1.0)
    assert opposite.verdict == "harms" and opposite.pull.weight == 0.0 and opposite.pull.agreement < 0
    held = compare(cases, lifts_of(good), 0.1, 0.05)
    assert held.gain is not None and held.gain.value < helped.gain.value
    shuffled = list(reversed(cases))
    assert compare(shuffled, lifts_of(good), 0.1, 1.0) == helped


def test_finds_drawn_by_lot_are_hardly_ever_said_to_be_helped() -> None:
    lifts = lifts_of(drawn(1)[1])
    verdicts = []
    for seed in range(20):
        draw = Random(seed)
        cells = (("87", "XB"), ("22", "XC"))
        cases = [
            case(n, cells[n % 2], found=draw.random() < 0.06, score=0.02 + 0.1 * draw.random()) for n in range(600)
        ]
        verdicts.append(compare(cases, lifts, 0.1, 1.0).verdict)
    assert verdicts.count("helps") <= 2


def test_with_known_truth_a_like_partner_finds_more_and_an_unlike_one_is_not_believed() -> None:
    like, unlike = (run(Terms(likeness=(one,), later=4000), 2) for one in (1.0, -1.0))
    assert like.alone < like.anyway < like.best and like.comparison.verdict == "helps"
    assert unlike.anyway == unlike.alone == unlike.decided and unlike.comparison.pull.weight == 0.0


def test_the_weight_is_held_back_by_its_error_and_never_turned_round() -> None:
    cases, good = drawn(1)
    lifts = lifts_of(good)
    few, many = pull_of(cases[:400], lifts), pull_of(cases, lifts)
    assert few.error is not None and many.error is not None and few.error > many.error
    assert 0.0 <= few.weight <= 1.0
    blank = pull_of(cases, lifts_of(table(("01", "XZ", 100, 5))))
    assert (blank.weight, blank.error) == (0.0, None)
    assert msgspec.json.decode(msgspec.json.encode(blank), type=type(blank)) == blank
