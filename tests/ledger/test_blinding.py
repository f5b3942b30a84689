# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections import Counter

import pytest

from cocket.ledger import Tree, cover, leaf_hash, shuffle, steps_due, write_entry

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
