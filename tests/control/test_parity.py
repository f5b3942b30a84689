# SPDX-License-Identifier: Apache-2.0
"""What officers know from the selectivity of their host, each by a test."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest

from cocket.control import (
    Asking,
    Candidate,
    ControlState,
    Examiner,
    Policy,
    PolicyBook,
    Ranked,
    Terms,
    Waiting,
    allocate,
    choose_weight,
    frontier,
    lapsed,
    read_policy,
    select,
    verify_allocation,
)
from cocket.errors import ProofError, SettingsError
from cocket.risk.estimate import Trial

DAY = date(2026, 11, 26)
SEED = bytes(range(32))
WIDE = Policy(red_per_day=10_000, yellow_per_day=10_000, random_reserve=0, random_share=0.0)

#: Nothing but rules and chance select.
QUIET = msgspec.structs.replace(WIDE, red_share=0.0, yellow_share=0.0, blue_share=0.0)


def case(name: str, **changes: Any) -> Candidate:
    given: dict[str, Any] = {"consignment": name, "office": "O", "day": DAY, "score": 0.01}
    return Candidate(**(given | changes))


def test_an_office_and_a_flow_have_terms_and_places_of_their_own() -> None:
    export = msgspec.structs.replace(WIDE, red_score=0.9, yellow_score=0.9)
    book = PolicyBook(usual=WIDE, others=(Terms(office="O", flow="export", policy=export),))
    state = ControlState()
    one, two = select([case("1", score=0.5, flow="import"), case("2", score=0.5, flow="export")], state, book, SEED)
    assert (one.lane, two.lane) == ("red", "green")
    assert set(state.offices) == {"O", "O/export"}


def test_terms_are_read_from_a_file_and_wrong_ones_refused() -> None:
    book = read_policy(b'random_share = 0.03\n[[terms]]\noffice = "XA"\nyellow_days = 3', WIDE)
    assert book.terms("XA", "import")[1].yellow_days == 3
    assert book.terms("XB", None)[1].random_share == 0.03
    for wrong in (b"colour = 1", b"random_share = 2.0", b"[[terms]]\ncolour = 1", b"terms = 3", b"\xff"):
        with pytest.raises(SettingsError):
            read_policy(wrong, WIDE)


def test_expected_rates_are_kept_in_the_order_red_yellow_blue_green() -> None:
    dice = Random(1)
    state = ControlState()
    cases = [case(str(number), score=dice.random()) for number in range(4000)]
    lanes = [one.lane for one in select(cases, state, WIDE, SEED)][1000:]
    shares = {lane: lanes.count(lane) / len(lanes) for lane in ("red", "yellow", "blue")}
    assert shares == pytest.approx({"red": 0.08, "yellow": 0.12, "blue": 0.05}, abs=0.015)


def test_places_last_to_the_end_of_a_busy_day() -> None:
    policy = msgspec.structs.replace(WIDE, red_per_day=10, yellow_per_day=10_000)
    dice, state = Random(2), ControlState()
    for day in range(6):
        lanes = [
            one.lane
            for one in select(
                [case(f"{day}-{n}", day=DAY + timedelta(days=day), score=dice.random()) for n in range(300)],
                state,
                policy,
                SEED,
            )
        ]
    half = lanes[:150].count("red")
    assert lanes.count("red") <= 10 and 2 <= half <= 8
    hasty = msgspec.structs.replace(policy, keeps_pace=False)
    lanes = [
        one.lane
        for one in select(
            [case(f"9-{n}", day=DAY + timedelta(days=9), score=dice.random()) for n in range(300)], state, hasty, SEED
        )
    ]
    assert lanes[:150].count("red") == 10


def test_a_rule_on_a_share_asks_on_that_share_and_its_chance_is_in_the_propensity() -> None:
    asking = (Asking(code="r", asks="red", share=0.3),)
    picks = select([case(str(n), asking=asking) for n in range(3000)], ControlState(), QUIET, SEED)
    assert sum(one.lane == "red" for one in picks) / 3000 == pytest.approx(0.3, abs=0.03)
    assert [one.propensity for one in picks[:40]] == pytest.approx([0.3] * 40)
    assert {one.why for one in picks if one.lane == "red"} == {"rule"}


def test_a_rule_with_too_many_hits_unselected_gets_the_next_one() -> None:
    policy = msgspec.structs.replace(QUIET, most_hits_unselected=5)
    asking = (Asking(code="r", asks="red", share=0.001),)
    picks = select([case(str(n), asking=asking) for n in range(60)], ControlState(), policy, SEED)
    reds = [place for place, one in enumerate(picks) if one.lane == "red"]
    assert reds == list(range(5, 60, 6))
    assert picks[5].propensity == 1.0


def test_a_query_goes_beside_the_lane_and_a_rule_that_asks_nothing_changes_none() -> None:
    query, quiet = Asking(code="q", asks="query"), Asking(code="n", asks="nothing")
    (one,) = select([case("1", asking=(query, quiet))], ControlState(), QUIET, SEED)
    assert (one.lane, one.is_query, one.asked_by) == ("green", True, ("q",))


def test_an_amendment_draws_nothing_anew_and_counts_nobody_twice() -> None:
    asking = (Asking(code="r", asks="red", share=0.5),)
    state = ControlState()
    first = {n: select([case(str(n), asking=asking)], state, QUIET, SEED)[0].lane for n in range(200)}
    before = msgspec.json.encode(state.offices["O"].unchosen), state.offices["O"].today
    for n, lane in first.items():
        again = select([case(str(n), asking=asking, given=lane)], state, QUIET, SEED)[0]
        assert again.lane == lane
    assert (msgspec.json.encode(state.offices["O"].unchosen), state.offices["O"].today) == before


def test_exploration_raises_the_share_of_chance_and_never_lowers_it() -> None:
    state, exploring = ControlState(), msgspec.structs.replace(QUIET, explore_most=0.5)
    select([case("0")], state, exploring, SEED)
    state.offices["O"].explore = 0.25
    picks = select([case(str(n)) for n in range(2000)], state, exploring, SEED)
    assert {one.propensity for one in picks} == {0.25}
    assert sum(one.why == "random" for one in picks) / 2000 == pytest.approx(0.25, abs=0.03)
    least = msgspec.structs.replace(exploring, random_share=0.3)
    assert select([case("x")], state, least, SEED)[0].propensity == 0.3
    assert select([case("y")], state, QUIET, SEED)[0].propensity == QUIET.random_share  # nobody explores


def test_green_waits_for_its_delay_and_other_lanes_do_not() -> None:
    policy = msgspec.structs.replace(WIDE, green_delay_minutes=20)
    green, red = select([case("1"), case("2", score=0.9)], ControlState(), policy, SEED)
    assert (green.delay_minutes, red.delay_minutes) == (20, 0)


def test_yellow_lapses_to_audit_after_its_days_and_red_never() -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    book = PolicyBook(usual=msgspec.structs.replace(WIDE, yellow_days=3))
    waiting = [
        Waiting(consignment=f"{lane}-{days}", office="O", lane=lane, since=now - timedelta(days=days))
        for lane in ("yellow", "red")
        for days in (2, 4)
    ]
    assert lapsed(waiting, book, now) == ("yellow-4",)
    assert lapsed(waiting, PolicyBook(usual=WIDE), now) == ()


ROSTER = [Examiner(id=name) for name in ("ana", "ben", "cy", "dee")]


def test_examiners_are_drawn_alike_often_and_nobody_can_order_the_roster_to_his_liking() -> None:
    drawn = [allocate(str(n), ROSTER, SEED).examiner for n in range(4000)]
    assert all(drawn.count(one.id) / 4000 == pytest.approx(0.25, abs=0.03) for one in ROSTER)
    assert allocate("c", ROSTER, SEED) == allocate("c", list(reversed(ROSTER)), SEED)


def test_who_is_full_or_barred_is_passed_over_and_the_next_stand_by_in_order() -> None:
    plain = allocate("c", ROSTER, SEED)
    order = (plain.examiner, *plain.stand_by)
    changed = [
        Examiner(id=one.id, open_orders=5 if one.id == order[0] else 0, is_barred=one.id == order[1]) for one in ROSTER
    ]
    again = allocate("c", changed, SEED)
    assert again.passed_over == ((order[0], "full"), (order[1], "barred"))
    assert (again.examiner, again.stand_by) == (order[2], (order[3], order[0]))
    assert allocate("c", [Examiner(id="ana", is_barred=True)], SEED).examiner is None


def test_an_allocation_is_verified_after_the_seed_is_told_and_a_changed_one_is_not() -> None:
    sealed = allocate("c", ROSTER, SEED)
    assert verify_allocation(SEED, sealed) == sealed
    with pytest.raises(ProofError, match="committed seed"):
        verify_allocation(bytes(32), sealed)
    with pytest.raises(ProofError, match="a different order"):
        verify_allocation(SEED, msgspec.structs.replace(sealed, examiner=sealed.stand_by[0]))
    with pytest.raises(ProofError, match="a different order"):
        verify_allocation(SEED, msgspec.structs.replace(sealed, stand_by=tuple(reversed(sealed.stand_by))))


def test_weight_on_duty_buys_revenue_with_precision_and_the_choice_keeps_what_is_asked() -> None:
    dice = Random(5)
    cases = []
    for _ in range(2000):
        score, duty = dice.random(), dice.lognormvariate(6, 2)
        found = dice.random() < score
        trial = Trial(is_examined=True, found=found, amount=duty if found else 0.0, chance=1.0, score=score)
        cases.append(Ranked(trial, duty))
    points = frontier(cases, 0.05, 1000.0)
    assert points[0].precision > points[-1].precision
    assert points[0].revenue < points[-1].revenue
    chosen = choose_weight(points, 0.95)
    assert chosen is not None and chosen.precision >= 0.95 * max(point.precision for point in points)
    assert chosen.revenue >= points[0].revenue
    assert frontier([], 0.05, 1000.0) == () and choose_weight((), 0.9) is None


def test_the_weight_on_duty_moves_a_settled_office_to_larger_duties() -> None:
    dice = Random(6)
    given = [(dice.random(), dice.lognormvariate(6, 2)) for _ in range(3000)]
    duties = {}
    for weight in (0.0, 0.5):
        policy = msgspec.structs.replace(WIDE, revenue_weight=weight)
        picks = select([case(str(n), score=s, duty=d) for n, (s, d) in enumerate(given)], ControlState(), policy, SEED)
        duties[weight] = sum(d for (_, d), one in zip(given[500:], picks[500:], strict=True) if one.lane == "red")
    assert duties[0.5] > 2 * duties[0.0]
