# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date
from random import Random

import pytest

from cocket.risk.rules import Looked, Named, measure_rules
from cocket.risk.rules.pack import PROPOSALS, Pack, caveats_of, standing, write_pack

TODAY = date(2026, 11, 26)


def world(seed: int, rate: float, rule_rate: float) -> list[Looked]:
    """Cases of which a rule sends some to examination for sure, and chance one in ten of the others."""
    dice = Random(seed)
    cases = []
    for number in range(4000):
        is_hit = dice.random() < 0.1
        chance = 1.0 if is_hit else 0.1
        is_bad = dice.random() < (rule_rate if is_hit else rate)
        is_examined = dice.random() < chance
        cases.append(
            Looked(
                id=str(number),
                day=20_000 + number / 100,
                hits=("rule",) if is_hit else (),
                is_examined=is_examined,
                is_drawn=is_examined and not is_hit,
                found=is_bad and is_examined,
                duty=100.0 if is_bad and is_examined else 0.0,
                chance=chance,
                held_days=2.0 if is_examined else None,
            )
        )
    return cases


def test_the_truth_lies_in_the_intervals_about_as_often_as_they_say() -> None:
    rate, rule_rate = 0.04, 0.12
    truth = 0.9 * rate + 0.1 * rule_rate
    inside, lifts = 0, 0
    for seed in range(60):
        (figures,) = measure_rules(world(seed, rate, rule_rate), [Named(code="rule", kind="cel")], TODAY)
        assert figures.random is not None and figures.lift is not None
        inside += figures.random.low <= truth <= figures.random.high
        lifts += figures.lift.low <= rule_rate / truth <= figures.lift.high
    assert inside >= 52 and lifts >= 52


def test_nothing_is_said_of_chance_where_chance_drew_nothing() -> None:
    cases = [
        Looked(
            id=str(n),
            day=1.0,
            hits=("red",) if n < 6 else (),
            is_examined=n < 6,
            found=n < 3,
            chance=1.0 if n < 6 else 0.0,
        )
        for n in range(200)
    ]
    cases += [Looked(id="x", day=1.0, hits=("green",))]
    red, green = measure_rules(cases, [Named(code="red", kind="host"), Named(code="green", kind="host")], TODAY)
    assert red.random is None and red.lift is None
    assert (red.state, red.why) == ("unmeasured", "no random draws")
    assert (green.state, green.why) == ("unmeasured", "none examined")


@pytest.mark.parametrize(
    ("random", "of_it", "why", "draw"),
    [(19, 19, "few draws", 31), (60, 19, "few drawn", 4), (60, 20, "", 0), (0, 0, "no random draws", 50)],
)
def test_with_fewer_than_twenty_draws_no_figure_is_told_but_how_many_more_to_draw(
    random: int, of_it: int, why: str, draw: int
) -> None:
    cases = [
        Looked(
            id=f"d{n}",
            day=1.0,
            hits=("rule",) if n < of_it else (),
            is_examined=True,
            is_drawn=True,
            chance=0.1,
            found=n % 4 == 0,
        )
        for n in range(random)
    ]
    cases += [Looked(id=f"e{n}", day=1.0, hits=("rule",), is_examined=True, found=n < 9, chance=1.0) for n in range(10)]
    cases += [Looked(id=f"r{n}", day=1.0, hits=("rule",) if n < 100 else (), chance=0.1) for n in range(600)]
    (one,) = measure_rules(cases, [Named(code="rule", kind="cel")], TODAY)
    assert one.why in ((why,) if why else ("", "holds one")) and one.draw == draw
    assert (one.lift is None, one.found_in_all is None) == (bool(why), bool(why))
    assert (one.random is None) == (random < 20)
    assert (one.state == "unmeasured") == bool(why)
    assert not why or f"cannot say yet: draw {draw} more at random" in standing(one)


def test_what_chance_drew_of_its_hits_matters_not_where_nearly_all_were_examined() -> None:
    drawn = [Looked(id=f"d{n}", day=1.0, is_examined=True, is_drawn=True, chance=0.1, found=n < 3) for n in range(60)]
    hits = [Looked(id=f"e{n}", day=1.0, hits=("rule",), is_examined=True, found=n < 60, chance=1.0) for n in range(95)]
    few = [Looked(id=f"h{n}", day=1.0, hits=("rule",), is_examined=n < 1, is_drawn=n < 1, chance=0.1) for n in range(5)]
    (one,) = measure_rules([*drawn, *hits, *few], [Named(code="rule", kind="host")], TODAY)
    assert (one.state, one.draw) == ("works", 0) and one.lift is not None


def test_what_an_officer_sent_to_examination_speaks_for_itself_alone() -> None:
    drawn = [Looked(id=f"d{n}", day=1.0, is_examined=True, is_drawn=True, chance=0.02) for n in range(40)]
    sent = [Looked(id=f"o{n}", day=1.0, is_examined=True, found=True, chance=0.02) for n in range(20)]
    rest = [Looked(id=f"r{n}", day=1.0, chance=0.02) for n in range(1940)]
    (figures,) = measure_rules([*drawn, *sent, *rest], [Named(code="none", kind="host")], TODAY)
    assert figures.random is not None and figures.random.value == pytest.approx(20 / 2000)


@pytest.mark.parametrize(("rule_rate", "state"), [(0.30, "works"), (0.002, "barren"), (0.045, "unproven")])
def test_a_rule_works_is_barren_or_is_not_proven(rule_rate: float, state: str) -> None:
    (figures,) = measure_rules(world(3, 0.04, rule_rate), [Named(code="rule", kind="cel")], TODAY)
    assert figures.state == state and bool(figures.why) == (state == "unproven")


def test_a_rule_that_does_not_fire_is_dead_and_one_past_its_day_has_expired() -> None:
    cases = world(1, 0.04, 0.1)
    rules = [Named(code="never", kind="host"), Named(code="rule", kind="cel", expires=date(2026, 11, 25))]
    assert [one.state for one in measure_rules(cases, rules, TODAY)] == ["dead", "expired"]
    assert measure_rules([], rules[:1], TODAY)[0].random is None


def test_overlap_names_the_rule_most_alike_and_what_only_this_one_found() -> None:
    def case(name: str, *hits: str, found: bool = False) -> Looked:
        return Looked(id=name, day=1.0, hits=hits, is_examined=True, found=found, duty=7.0, chance=1.0, held_days=3.0)

    cases = [case("1", "a", "b"), case("2", "a", "b", found=True), case("3", "a", found=True), case("4", "c")]
    a, b = measure_rules(cases, [Named(code="a", kind="cel"), Named(code="b", kind="cel")], TODAY)
    assert (a.overlap, a.closest, a.found, a.found_alone, a.duty_alone) == (2 / 3, ("b", 2 / 3), 2, 1, 7.0)
    assert (b.overlap, b.found_alone, b.held_days, b.held_in_vain_days) == (1.0, 0, 3.0, 3.0)


def test_without_chances_nothing_is_held_against_chance_and_the_pack_says_so() -> None:
    cases = [Looked(id="1", day=1.0, hits=("a",), is_examined=True, found=True)]
    figures = measure_rules(cases, [Named(code="a", kind="host")], TODAY)
    assert (figures[0].state, figures[0].lift) == ("unmeasured", None)
    pack = Pack(
        administration="<Alphaland>",
        first_day=TODAY,
        last_day=TODAY,
        declarations=1,
        examined=1,
        currency=None,
        figures=figures,
        proposals={"a": PROPOSALS["unmeasured"]},
        caveats=caveats_of(figures, 1),
    )
    page = write_pack(pack)
    assert "&lt;Alphaland&gt;" in page and "<script" not in page
    assert "at random, and log it" in page


def test_nothing_is_at_random_where_only_a_rule_drew_among_its_hits() -> None:
    by_rule = [
        Looked(
            id=f"d{n}",
            day=1.0,
            hits=("share",),
            is_examined=True,
            is_drawn=True,
            is_random=False,
            found=True,
            chance=0.5,
        )
        for n in range(2)
    ]
    rest = [Looked(id=f"r{n}", day=1.0, hits=("share",) if n < 2 else (), chance=0.02) for n in range(200)]
    (figures,) = measure_rules([*by_rule, *rest], [Named(code="share", kind="cel")], TODAY)
    assert (figures.random, figures.random_drawn, figures.lift) == (None, 0, None)
    assert figures.drawn == 2 and figures.found_in_all is None
    assert (figures.why, figures.draw) == ("no random draws", 50)
