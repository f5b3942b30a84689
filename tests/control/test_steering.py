# SPDX-License-Identifier: Apache-2.0
"""The share that chance draws follows what examinations find, office by office, a week at a time."""

from __future__ import annotations

import msgspec
import pytest

from cocket.control import Candidate, ControlState, Policy, PolicyBook, Terms, ToldResult, note_results, select
from cocket.errors import SettingsError
from tests.control.test_parity import SEED, case

POLICY = Policy(red_per_day=1000, random_share=0.02, red_share=0.18, explore_most=0.5)
BOOK = PolicyBook(usual=POLICY)


def told(found: int, *, of: int = 60, chance: float | None = 0.4, office: str = "O") -> list[ToldResult]:
    return [ToldResult(office=office, flow=None, found=number < found, chance=chance) for number in range(of)]


def played(book: PolicyBook, weeks: int, found: int) -> ControlState:
    state = ControlState()
    select([case("first")], state, book, SEED)
    for week in range(weeks + 1):
        note_results(state, book, [*told(found), *told(1, of=20, chance=None)], week)
    return state


def test_a_score_that_finds_little_gives_way_to_chance_up_to_the_most() -> None:
    shares = [played(BOOK, weeks, found=1).offices["O"].explore or 0.0 for weeks in (1, 5, 40)]
    assert shares == sorted(shares) and shares[0] < shares[1] < shares[2]
    assert shares[-1] == pytest.approx(0.5 * 0.2)


def test_a_score_that_finds_what_it_said_keeps_its_places() -> None:
    state = played(BOOK, 10, found=24)
    assert (state.offices["O"].explore or 0.0) < POLICY.random_share
    assert select([case("x")], state, BOOK, SEED)[0].chance == POLICY.random_share


def test_what_chance_gains_the_score_loses_so_that_no_more_are_examined() -> None:
    state = played(BOOK, 40, found=1)
    state.offices["O"].scores = [number / 500 for number in range(500)]
    cases = [case(f"C{number}", score=number % 500 / 500) for number in range(2000)]
    picks = select(cases, state, BOOK, SEED)
    red = [one for one in picks if one.lane == "red"]
    assert [one.chance for one in picks] == pytest.approx([0.1] * 2000)
    assert sum(one.why == "random" for one in red) / 2000 == pytest.approx(0.1, abs=0.03)
    assert len(red) / 2000 == pytest.approx(0.2, abs=0.03)


def test_of_few_places_chance_keeps_its_part() -> None:
    few = PolicyBook(usual=msgspec.structs.replace(POLICY, red_per_day=20, random_reserve=1))
    state = played(few, 40, found=1)
    state.offices["O"].scores = [number / 500 for number in range(500)]
    picks = select([case(f"C{number}", score=0.99) for number in range(100)], state, few, SEED)
    assert sum(one.lane == "red" and one.why == "score" for one in picks) == 10


def test_results_of_one_office_steer_no_other_and_a_week_that_is_not_over_steers_nothing() -> None:
    state = ControlState()
    select([case("1"), msgspec.structs.replace(case("2"), office="P")], state, BOOK, SEED)
    for week in range(4):
        note_results(state, BOOK, told(0, office="P"), week)
        note_results(state, BOOK, told(0), 0)
    assert state.offices["O"].explore is None
    assert (state.offices["P"].explore or 0.0) > 0.0


def test_a_flow_with_terms_of_its_own_is_steered_by_its_own_results() -> None:
    book = PolicyBook(
        usual=msgspec.structs.replace(POLICY, explore_most=0.0), others=(Terms(flow="import", policy=POLICY),)
    )
    state = ControlState()
    select([Candidate(consignment="1", office="O", flow="import", day=case("1").day, score=0.5)], state, book, SEED)
    for week in range(3):
        results = [msgspec.structs.replace(one, flow=flow) for one in told(0) for flow in ("import", "export")]
        note_results(state, book, results, week)
    assert set(state.exploring) == {"O/import"}
    assert (state.offices["O/import"].explore or 0.0) > 0.0


def test_what_is_remembered_survives_being_written_down() -> None:
    state = played(BOOK, 3, found=1)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=ControlState)
    for each in (state, again):
        note_results(each, BOOK, told(2), 9)
    assert msgspec.json.encode(again) == msgspec.json.encode(state)


@pytest.mark.parametrize("most", [-0.1, 1.5])
def test_a_share_that_is_none_is_refused(most: float) -> None:
    with pytest.raises(SettingsError, match="explore_most"):
        Policy(explore_most=most)
