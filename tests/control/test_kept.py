# SPDX-License-Identifier: Apache-2.0
"""What was drawn once stands: whatever seeds have been told since, however often a declaration is amended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.control import (
    LANES,
    Asking,
    Candidate,
    ControlState,
    Drawn,
    KeptDraws,
    Policy,
    RuleDrawn,
    Selection,
    commit_seed,
    draw_number,
    select,
    verify_draws,
)

DAY = date(2026, 11, 2)
POLICY = Policy(red_per_day=10_000, yellow_per_day=10_000, random_reserve=0, random_share=0.3)
SEED, LATER = bytes(range(32)), bytes(range(1, 33))
HALF = Asking(code="R", asks="red", share=0.5)


def kept(before: Selection) -> KeptDraws:
    """What an advice keeps of its draws."""
    return KeptDraws(
        drawn_as=before.drawn_as,
        number=before.number,
        chance=before.chance,
        commitment=before.commitment,
        propensity=before.propensity,
        is_random=before.is_random,
        rules=before.rule_draws,
    )


def versions(
    consignment: str, seeds: Sequence[bytes], *, forgets: bool = False, policy: Policy = POLICY, **changes: object
) -> list[Selection]:
    """One declaration and its amendments, each on a day of its own."""
    state, made = ControlState(), []
    for n, seed in enumerate(seeds):
        before = made[-1] if made else None
        candidate = Candidate(
            consignment=consignment,
            office="XA110000",
            day=DAY + timedelta(days=n),
            score=0.01,
            given=before.lane if before else None,
            kept=kept(before) if before and not forgets else None,
        )
        made += select([msgspec.structs.replace(candidate, **changes)], state, policy, seed)
    return made


@settings(max_examples=150, deadline=None)
@given(st.uuids(), st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=9), st.booleans())
def test_no_seed_of_a_later_day_changes_a_draw(consignment: object, seeds: list[bytes], degraded: bool) -> None:
    made = versions(str(consignment), seeds, asking=(HALF,), degraded=degraded)
    assert {(one.number, one.chance, one.commitment, one.drawn_as, one.rule_draws, one.asked_by) for one in made} == {
        (made[0].number, made[0].chance, commit_seed(seeds[0]), str(consignment), made[0].rule_draws, made[0].asked_by)
    }
    assert len({one.lane for one in made}) == 1
    assert len({(one.is_random, one.propensity) for one in made}) == 1


def test_a_desk_that_forgets_would_give_way_to_amendments() -> None:
    seeds = [bytes([n]) * 32 for n in range(12)]
    passed = next(f"c{n}" for n in range(99) if draw_number(seeds[0], f"c{n}") > 0.9)
    made = versions(passed, seeds, forgets=True)
    ranks = [LANES.index(one.lane) for one in made]
    assert len({one.number for one in made}) == len(seeds)
    assert max(ranks) > ranks[0], "no draw of twelve fell under a share of 0.3"


def test_a_larger_share_on_a_later_day_takes_nobody_who_was_passed() -> None:
    passed = next(f"c{n}" for n in range(99) if 0.3 < draw_number(SEED, f"c{n}") < 0.5)
    first = versions(passed, [SEED])[0]
    for policy, degraded in ((msgspec.structs.replace(POLICY, random_share=0.6), False), (POLICY, True)):
        candidate = Candidate(
            consignment=passed, office="XA110000", day=DAY, score=0.01, given=first.lane, kept=kept(first), degraded=degraded
        )  # fmt: skip
        (again,) = select([candidate], ControlState(), policy, LATER)
        assert (again.lane == "red", again.chance) == (False, first.chance)


def test_a_rule_that_fires_first_on_an_amendment_is_drawn_from_the_seed_of_that_day() -> None:
    first = versions("c1", [SEED])[0]
    candidate = Candidate(
        consignment="c1", office="XA110000", day=DAY, score=0.01, given=first.lane, kept=kept(first), asking=(HALF,)
    )
    (second,) = select([candidate], ControlState(), POLICY, LATER)
    (draw,) = second.rule_draws
    assert (draw.number, draw.commitment) == (draw_number(LATER, "c1 rule R"), commit_seed(LATER))
    (third,) = select([msgspec.structs.replace(candidate, kept=kept(second))], ControlState(), POLICY, SEED)
    assert third.rule_draws == (draw,)


def test_a_rule_made_to_ask_always_asks_whatever_was_drawn() -> None:
    silent = next(f"c{n}" for n in range(99) if draw_number(SEED, f"c{n} rule R") > 0.5 < draw_number(SEED, f"c{n}"))
    first = versions(silent, [SEED], asking=(HALF,))[0]
    assert first.asked_by == ()
    candidate = Candidate(
        consignment=silent, office="XA110000", day=DAY, score=0.01, given=first.lane, kept=kept(first),
        asking=(msgspec.structs.replace(HALF, share=1.0),),
    )  # fmt: skip
    assert select([candidate], ControlState(), POLICY, LATER)[0].asked_by == ("R",)


def test_the_propensity_of_a_drawn_case_stays_whatever_its_amendment_brings() -> None:
    drawn = next(f"c{n}" for n in range(99) if draw_number(SEED, f"c{n}") < 0.3)
    first = versions(drawn, [SEED])[0]
    assert (first.lane, first.why, first.propensity) == ("red", "random", 0.3)
    candidate = Candidate(
        consignment=drawn, office="XA110000", day=DAY, score=0.99, given="red", kept=kept(first), intelligence="red"
    )
    (again,) = select([candidate], ControlState(), POLICY, LATER)
    assert (again.why, again.is_random, again.propensity) == ("given", True, 0.3)


def test_a_case_drawn_that_had_no_place_is_examined_once_there_is_one() -> None:
    drawn = next(f"c{n}" for n in range(99) if draw_number(SEED, f"c{n}") < 0.3)
    full = msgspec.structs.replace(POLICY, red_per_day=0)
    first = versions(drawn, [SEED], policy=full)[0]
    assert (first.lane, first.why, first.propensity) == ("yellow", "full", 0.0)
    candidate = Candidate(consignment=drawn, office="XA110000", day=DAY, score=0.01, given="yellow", kept=kept(first))
    (again,) = select([candidate], ControlState(), POLICY, LATER)
    assert (again.lane, again.why, again.propensity) == ("red", "random", 0.3)


def test_draws_of_rules_are_made_again_and_what_went_against_them_is_named() -> None:
    made = versions("c1", [SEED], asking=(HALF,))[0]
    rule = RuleDrawn(consignment="c1", draw=made.rule_draws[0], is_asked=made.asked_by == ("R",))
    drawn = Drawn(
        consignment="c1", number=made.number, chance=made.chance, lane=made.lane, why=made.why, drawn_as=made.drawn_as
    )
    replace = msgspec.structs.replace

    def codes(*rules: RuleDrawn) -> list[str]:
        return [fault.code for fault in verify_draws(SEED, commit_seed(SEED), [drawn], (), rules).faults]

    assert codes(rule) == []
    assert codes(replace(rule, is_asked=not rule.is_asked)) == ["rule-draw-unheeded"]
    assert codes(replace(rule, draw=replace(rule.draw, drawn_as="c2"))) == ["rule-draw-other"]
