# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.control import LANES, Candidate, ControlState, Policy, Selection, draw_number, select, selection
from cocket.control.asking import Asking
from cocket.control.selection import OfficeState
from cocket.errors import SettingsError

SEED = bytes(range(32))
DAY = date(2026, 11, 2)
ROOMY = Policy(red_per_day=10_000, yellow_per_day=10_000, random_reserve=0)
RANK = {lane: rank for rank, lane in enumerate(LANES)}


def candidate(consignment: str = "c1", **changes: object) -> Candidate:
    return msgspec.structs.replace(
        Candidate(consignment=consignment, office="XA110000", day=DAY, score=0.01), **changes
    )


def stream(n: int, seed: int = 1, **changes: object) -> list[Candidate]:
    dice = Random(seed)
    return [candidate(f"s{seed}-{k}", score=dice.betavariate(1, 20), **changes) for k in range(n)]


def one(each: Candidate, policy: Policy = ROOMY, state: ControlState | None = None) -> Selection:
    return select([each], state or ControlState(), policy, SEED)[0]


def undrawn() -> str:
    return next(f"u{n}" for n in range(1000) if draw_number(SEED, f"u{n}") > 0.9)


def drawn(share: float = 0.02) -> str:
    return next(f"d{n}" for n in range(100_000) if draw_number(SEED, f"d{n}") < share)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.integers(0, 2), st.floats(0, 1), st.booleans(), st.sampled_from([None, *LANES])
        ),
        max_size=150,
    ),
    st.integers(0, 6),
    st.integers(0, 6),
)
def test_quotas_are_never_exceeded(cases: list[tuple], red: int, yellow: int) -> None:  # type: ignore[type-arg]
    policy = Policy(red_per_day=red, yellow_per_day=yellow, random_reserve=min(1, red), random_share=0.3, red_share=0.3)
    cases.sort(key=lambda each: each[0])
    candidates = [
        Candidate(consignment=f"c{n}", office=f"O{office}", day=DAY + timedelta(days=day), score=score, degraded=degraded,
                  rules=("papers-disagree",) if degraded else (), given=given)
        for n, (day, office, score, degraded, given) in enumerate(cases)
    ]  # fmt: skip
    selections = select(candidates, ControlState(), policy, SEED)
    for office in {each.office for each in candidates}:
        for day in {each.day for each in candidates}:
            new = [
                s
                for s, c in zip(selections, candidates, strict=True)
                if (s.office, s.day) == (office, day) and s.lane != c.given
            ]
            assert sum(s.lane == "red" for s in new) <= red
            assert sum(s.lane == "yellow" for s in new) <= yellow


def worked_example() -> list[list[str]]:
    """Rows of the table of chances in the reference."""
    page = Path(__file__).parents[2] / "docs" / "reference" / "control" / "selectivity.md"
    part = page.read_text("utf-8").split("### With which chance a declaration is drawn")[1]
    return [
        [cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\| [\d].*$", part, re.MULTILINE)
    ]


@pytest.mark.parametrize("row", worked_example(), ids=" ".join)
def test_the_chances_of_the_reference_are_those_that_are_drawn(row: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    random_share, red_share, explored, model, chance, numbers = row
    policy = msgspec.structs.replace(
        ROOMY,
        random_share=float(random_share),
        red_share=float(red_share),
        explore_most=0.0 if explored == "–" else 1.0,
    )
    for number in (0.02, 0.49, 0.53, 0.57):
        state = ControlState(
            offices={"XA110000": OfficeState(day=DAY, explore=None if explored == "–" else float(explored))}
        )
        monkeypatch.setattr(selection, "draw_number", lambda seed, consignment, number=number: number)
        made = one(candidate(degraded=model == "no"), policy, state)
        is_drawn = str(number) in numbers.split(", ")
        assert made.chance == pytest.approx(float(chance))
        assert ((made.lane, made.why) == ("red", "random")) is is_drawn, number
        assert made.propensity == made.chance


def test_the_worked_example_has_both_shares_and_both_states_of_the_model() -> None:
    rows = worked_example()
    assert {row[3] for row in rows} == {"yes", "no"} and ["0.50", "0.08", "–", "no", "0.58"] in [
        row[:5] for row in rows
    ]
    assert Policy().red_share == 0.08


def test_a_new_day_gives_new_places_and_a_late_case_uses_those_of_today() -> None:
    policy = Policy(red_per_day=1, random_reserve=0, random_share=0.0)
    state = ControlState()
    high = [candidate(f"h{n}", score=0.9) for n in range(2)]
    tomorrow = candidate("t", score=0.9, day=DAY + timedelta(days=1))
    late = candidate("l", score=0.9, day=DAY)
    assert [s.lane for s in select([*high, tomorrow, late], state, policy, SEED)] == ["red", "yellow", "red", "yellow"]


def test_who_misses_a_full_lane_falls_to_the_next_and_never_to_green() -> None:
    policy = Policy(red_per_day=1, yellow_per_day=1, random_reserve=0, random_share=0.0)
    lanes = select([candidate(f"h{n}", score=0.9) for n in range(4)], ControlState(), policy, SEED)
    assert [(s.lane, s.why) for s in lanes] == [
        ("red", "score"),
        ("yellow", "full"),
        ("blue", "full"),
        ("blue", "full"),
    ]


def test_places_kept_for_chance_are_not_used_up_by_the_score() -> None:
    policy = Policy(red_per_day=3, random_reserve=1, random_share=0.02)
    names = [undrawn() + str(n) for n in range(400)]
    names = [name for name in names if draw_number(SEED, name) > 0.02][:5]
    picks = select([*(candidate(name, score=0.9) for name in names), candidate(drawn())], ControlState(), policy, SEED)
    assert [s.lane for s in picks].count("red") == 3
    assert (picks[-1].lane, picks[-1].why) == ("red", "random")


def test_shares_follow_the_policy_once_an_office_is_settled() -> None:
    lanes = [s.lane for s in select(stream(6000), ControlState(), ROOMY, SEED)][1000:]
    for lane, share in (("red", 0.08 + 0.02 * 0.92), ("yellow", 0.12), ("blue", 0.05)):
        assert lanes.count(lane) / len(lanes) == pytest.approx(share, abs=0.02)


def test_a_worse_score_never_gets_a_milder_lane() -> None:
    state = ControlState()
    select(stream(500), state, ROOMY, SEED)
    name = undrawn()
    ranks = [
        RANK[one(candidate(name, score=s / 100), state=msgspec.convert(msgspec.to_builtins(state), ControlState)).lane]
        for s in range(100)
    ]
    assert ranks == sorted(ranks)
    assert set(ranks) == {0, 1, 2, 3}


def test_a_rule_that_asks_for_documents_gets_them_whatever_the_score() -> None:
    name = undrawn()
    assert one(candidate(name)).lane == "green"
    assert one(candidate(name, rules=("importer-new",))).lane == "green"
    hit = one(candidate(name, rules=("papers-disagree",)))
    assert (hit.lane, hit.why) == ("yellow", "rule")


def test_the_same_stream_gives_the_same_lanes_in_any_batches() -> None:
    cases = stream(300)
    whole, parts = ControlState(), ControlState()
    together = select(cases, whole, ROOMY, SEED)
    apart = [s for start in range(0, 300, 7) for s in select(cases[start : start + 7], parts, ROOMY, SEED)]
    assert together == apart
    assert whole == parts


def test_a_state_written_down_and_read_again_goes_on_alike() -> None:
    state = ControlState()
    select(stream(200), state, Policy(), SEED)
    copy = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=ControlState)
    assert select(stream(200, seed=2), copy, Policy(), SEED) == select(stream(200, seed=2), state, Policy(), SEED)


def test_an_amendment_never_draws_again() -> None:
    first = one(candidate("c1"))
    for score, given_lane in ((0.0, first.lane), (0.5, first.lane), (0.9, "yellow")):
        assert one(candidate("c1", score=score, given=given_lane)).number == first.number
    lucky = drawn()
    assert one(candidate(lucky, given="green")).lane == "red"
    assert one(candidate(undrawn(), given="green")).lane == "green"


@pytest.mark.parametrize("given_lane", LANES)
@pytest.mark.parametrize("score", [0.0, 0.12, 0.9])
@pytest.mark.parametrize("policy", [ROOMY, Policy(red_per_day=0, yellow_per_day=0, random_reserve=0)])
@pytest.mark.parametrize("degraded", [False, True])
def test_an_amendment_never_lowers_a_lane(given_lane: str, score: float, policy: Policy, degraded: bool) -> None:
    after = one(candidate(undrawn(), score=score, given=given_lane, degraded=degraded), policy)
    assert RANK[after.lane] >= RANK[given_lane]


def test_an_amendment_takes_no_second_place_and_teaches_the_office_nothing() -> None:
    state = ControlState()
    select([candidate(score=0.9)], state, ROOMY, SEED)
    before = msgspec.json.encode(state)
    (again,) = select([candidate(score=0.95, given="red")], state, ROOMY, SEED)
    assert (again.lane, again.why, again.propensity) == ("red", "given", 1.0)
    assert msgspec.json.encode(state) == before


def test_the_propensity_is_how_often_seeds_choose() -> None:
    policy = msgspec.structs.replace(ROOMY, random_share=0.2)
    seeds = [bytes([n % 256, n // 256] * 16) for n in range(2000)]
    for score, degraded in ((0.01, False), (0.9, False), (0.0, True)):
        picks = [select([candidate(score=score, degraded=degraded)], ControlState(), policy, seed)[0] for seed in seeds]
        assert len({pick.propensity for pick in picks}) == 1
        assert sum(pick.lane == "red" for pick in picks) / len(seeds) == pytest.approx(picks[0].propensity, abs=0.035)


@pytest.mark.parametrize(("share", "random_share"), [(0.5, 0.2), (0.25, 0.0), (1.0, 0.2)])
def test_a_rule_that_asks_on_a_share_of_its_hits_adds_to_what_chance_leaves(share: float, random_share: float) -> None:
    policy = msgspec.structs.replace(ROOMY, random_share=random_share)
    each = candidate(asking=(Asking(code="r", asks="red", share=share),))
    picks = [select([each], ControlState(), policy, bytes([n % 256, n // 256] * 16))[0] for n in range(2000)]
    (propensity,) = {pick.propensity for pick in picks}
    assert propensity == pytest.approx(random_share + (1 - random_share) * share)
    assert sum(pick.lane == "red" for pick in picks) / 2000 == pytest.approx(propensity, abs=0.035)


def test_a_selection_names_its_case_office_and_day() -> None:
    picked = one(candidate("c9", office="XA220000", day=DAY + timedelta(days=3)))
    assert (picked.consignment, picked.office, picked.day) == ("c9", "XA220000", DAY + timedelta(days=3))


def test_what_has_no_place_has_no_propensity() -> None:
    nothing_left = Policy(red_per_day=0, random_reserve=0)
    assert one(candidate(drawn()), nothing_left).propensity == 0.0


def test_chance_alone_is_told_apart_from_the_score() -> None:
    lucky = drawn()
    assert one(candidate(lucky)).is_random
    assert not one(candidate(lucky, score=0.9)).is_random
    assert not one(candidate(undrawn())).is_random


def test_without_a_model_no_fewer_are_examined_than_with_one() -> None:
    normal = select(stream(4000), ControlState(), ROOMY, SEED)
    blind = select(
        [msgspec.structs.replace(c, score=0.0, degraded=True) for c in stream(4000)], ControlState(), ROOMY, SEED
    )
    for lane in ("red", "yellow"):
        few, many = (sum(RANK[s.lane] >= RANK[lane] for s in picks) for picks in (normal, blind))
        assert many >= few - 3 * few**0.5
    drawn_before = {s.consignment for s in normal if s.is_random}
    assert drawn_before <= {s.consignment for s in blind if s.lane == "red"}


def test_without_a_model_rules_ask_for_documents_and_strong_ones_for_an_examination() -> None:
    name = undrawn()
    assert one(candidate(name, score=0.0, degraded=True)).lane == "green"
    assert one(candidate(name, score=0.1, rules=("importer-new",), degraded=True)).lane == "yellow"
    strong = one(candidate(name, score=0.48, rules=("past-offence", "value-under-peers"), degraded=True))
    assert (strong.lane, strong.why, strong.threshold) == ("red", "rule", None)


def test_offices_do_not_share_places() -> None:
    policy = Policy(red_per_day=1, random_reserve=0, random_share=0.0)
    lanes = select([candidate(f"h{n}", office=f"O{n}", score=0.9) for n in range(3)], ControlState(), policy, SEED)
    assert [s.lane for s in lanes] == ["red"] * 3


@pytest.mark.parametrize(
    "wrong", [{"red_share": 0.9, "yellow_share": 0.9}, {"random_share": -0.1}, {"random_reserve": 99}, {"recent": 1}]
)
def test_a_policy_that_does_not_hold_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError) as refused:
        Policy(**wrong)  # type: ignore[arg-type]
    assert refused.value.problems


@pytest.mark.parametrize(("lane", "propensity"), [("red", 1.0), ("yellow", 0.0)])
def test_intelligence_is_followed_whatever_the_score_and_the_places(lane: str, propensity: float) -> None:
    full = Policy(red_per_day=0, random_reserve=0, yellow_per_day=0, random_share=0.0)
    given = one(candidate(undrawn(), score=0.0, intelligence=lane), full)
    assert (given.lane, given.why, given.propensity) == (lane, "intelligence", propensity)
    assert not given.is_random


def test_a_red_alert_from_the_way_is_red_whatever_score_places_and_intelligence_say() -> None:
    full = Policy(red_per_day=0, yellow_per_day=0, random_reserve=0)
    given = one(candidate(undrawn(), score=0.0, alerted=True, intelligence="yellow"), full)
    assert (given.lane, given.why, given.propensity) == ("red", "alert", 1.0)
    assert one(candidate(undrawn(), alerted=True, given="green"), full).lane == "red"
    assert one(candidate(undrawn(), alerted=True, given="red"), full).why == "given"
    assert one(candidate(undrawn(), score=0.0), full).lane == "green"


def test_intelligence_lowers_nothing_and_raises_what_was_given() -> None:
    assert one(candidate(score=0.99, intelligence="yellow")).lane == "red"
    assert one(candidate(intelligence="red", given="green")).lane == "red"
    assert one(candidate(undrawn(), intelligence="yellow", given="red")).why == "given"


def test_intelligence_takes_places_so_that_the_day_is_counted_right() -> None:
    state = ControlState()
    one(candidate(intelligence="red"), state=state)
    assert state.offices["XA110000"].red == 1


def test_intelligence_has_its_lane_also_where_the_places_of_a_milder_wish_are_full() -> None:
    full = Policy(red_per_day=0, yellow_per_day=0, random_reserve=0, random_share=0.0, red_score=0.5)
    named = Candidate(consignment="c", office="XA1", day=DAY, score=0.9, intelligence="yellow")
    (selection,) = select([named], ControlState(), full, SEED)
    assert (selection.lane, selection.why) == ("yellow", "intelligence")


def settled() -> ControlState:
    """An office that has seen four hundred cases, none of them with a duty."""
    state = ControlState()
    select(stream(400), state, ROOMY, SEED)
    return state


@pytest.mark.parametrize("duty", [None, -2.0, 0.0, 1.0, 6.0])
@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_duty_at_stake_lowers_the_score_that_is_red_by_its_weight(duty: float | None, weight: float) -> None:
    """In a settled office a case is red from `cut` on; with a duty already from `cut / (1 + duty / unit) ** weight` on.

    What would be paid back moves nothing.
    """
    state, name = settled(), undrawn()
    policy = msgspec.structs.replace(ROOMY, revenue_weight=weight, duty_unit=2.0)

    def is_red(score: float, duty: float | None) -> bool:
        copy = msgspec.convert(msgspec.to_builtins(state), ControlState)
        return one(candidate(name, score=score, duty=duty), policy, copy).lane == "red"

    cut = next(known for known in sorted(state.offices["XA110000"].scores) if is_red(known, None))
    lowest = cut / (1 + max(duty or 0.0, 0.0) / 2.0) ** weight
    assert is_red(lowest * 1.001, duty)
    assert not is_red(lowest * 0.999, duty)
