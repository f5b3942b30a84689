# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from cocket.ledger import Pace, Tree, cover, leaf_hash, shuffle, steps_due, write_entry

KEY, OTHER = bytes(range(32)), bytes(32)


@pytest.mark.parametrize("step", [1, 2, 8, 256, 4096])
def test_each_place_of_a_step_is_taken_once(step: int) -> None:
    assert sorted(shuffle(KEY, step, 7)) == list(range(step))


def test_the_order_is_another_for_each_step_and_each_key_and_always_the_same_for_both() -> None:
    assert len({shuffle(KEY, 8, number) for number in range(50)} | {shuffle(OTHER, 8, 0)}) > 45
    assert shuffle.__wrapped__(KEY, 8, 3) == shuffle(KEY, 8, 3)


def test_the_first_leaf_of_a_step_stands_anywhere_in_it_equally_often() -> None:
    places = Counter(shuffle(KEY, 8, number)[0] for number in range(8000))
    # Chi-square with 7 degrees of freedom exceeds 24.3 once in a thousand times.
    assert sum((places[place] - 1000) ** 2 / 1000 for place in range(8)) < 24.3


def test_cover_is_another_for_each_index_and_makes_a_leaf_like_any_other() -> None:
    covers = {cover(KEY, index) for index in range(1000)} | {cover(OTHER, 0)}
    assert len(covers) == 1001
    assert {len(one) for one in covers} == {32}
    growth = Tree().grow([write_entry(cover(KEY, 0))])
    assert growth.root == leaf_hash(write_entry(cover(KEY, 0)))


@pytest.mark.parametrize(
    ("waiting", "patience", "steps"),
    [
        (0, 5, 1),
        (1, 5, 1),
        (8, 5, 1),
        (40, 5, 1),
        (41, 5, 2),
        (80, 5, 2),
        (81, 5, 4),
        (8, 1, 1),
        (9, 1, 2),
        (9999, 1, 2048),
    ],
)
def test_the_log_grows_by_one_step_until_leaves_would_wait_too_long(waiting: int, patience: int, steps: int) -> None:
    assert steps_due(waiting, 8, patience) == steps


NOON, SECOND, MINUTE, HOUR = (
    datetime(2026, 3, 2, 12, tzinfo=UTC),
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
)


def paced() -> Pace:
    """A log of steps of 8 that is awake for a minute after a message, and rests for an hour between two heads."""
    return Pace(step=8, patience=5, awake=MINUTE, rest=HOUR)


def test_a_log_that_is_begun_is_awake_whatever_comes_and_rests_after() -> None:
    pace = paced()
    assert pace.due(NOON, 0, 8, has_message=False) == (8, 8)
    assert pace.due(NOON + MINUTE - SECOND, 41, 8, has_message=False) == (16, 8)
    assert pace.due(NOON + MINUTE, 0, 8, has_message=False) == (256, 256), "the wider step begins with the rest"
    assert pace.due(NOON + MINUTE + SECOND, 0, 256, has_message=False) is None


def test_a_resting_log_grows_once_in_a_rest_and_never_because_of_what_officers_do() -> None:
    pace = paced()
    pace.due(NOON, 0, 8, has_message=True)
    rested = NOON + 2 * MINUTE
    assert pace.due(rested, 0, 8, has_message=False) == (256, 256)
    for waiting in (1, 10_000):
        assert pace.due(rested + HOUR - SECOND, waiting, 256, has_message=False) is None
    assert pace.due(rested + HOUR, 257, 256, has_message=False) == (512, 256), "what waits is in the next head"
    assert pace.due(rested + 2 * HOUR - SECOND, 0, 256, has_message=False) is None


def test_a_message_wakes_the_log_for_a_while_from_each_message_on() -> None:
    pace = paced()
    pace.due(NOON, 0, 8, has_message=True)
    pace.due(NOON + 2 * MINUTE, 0, 8, has_message=False)
    woken = NOON + 3 * MINUTE
    assert pace.due(woken, 1, 256, has_message=True) == (8, 8)
    assert pace.due(woken + MINUTE / 2, 1, 8, has_message=True) == (8, 8)
    assert pace.due(woken + MINUTE, 1, 8, has_message=False) == (8, 8)
    assert pace.due(woken + 3 * MINUTE / 2, 1, 8, has_message=False) == (256, 256)


@pytest.mark.parametrize(("step", "resting"), [(2, 64), (1024, 16_384), (32_768, 32_768)])
def test_a_resting_step_is_wide_up_to_a_bound_and_never_narrower_than_a_waking_one(step: int, resting: int) -> None:
    pace = Pace(step=step, patience=1, awake=MINUTE, rest=HOUR)
    assert pace.due(NOON, 0, step, has_message=False) == (step, step)
    assert pace.due(NOON + HOUR, 0, step, has_message=False) == (resting, resting)
