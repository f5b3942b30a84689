# SPDX-License-Identifier: Apache-2.0
"""The small parts that features are made of."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cocket.risk.features.blocks import TO_DEVIATION, Block
from cocket.risk.features.canonical import canonical_address, canonical_name, canonical_phone
from cocket.risk.features.rings import Rings
from cocket.risk.features.segments import before, group, running
from cocket.risk.features.words import Vocabulary


def test_spellings_of_the_same_meet_and_others_do_not() -> None:
    assert canonical_name("Balado Ltd.") == canonical_name("BALADO LIMITED") != canonical_name("Balada Ltd")
    assert canonical_address("12 Mill Street, Town 3") == canonical_address("TOWN 3, Mill Str. No. 12")
    assert canonical_address("12 Mill Street, Town 3") != canonical_address("13 Mill Street, Town 3")
    assert canonical_phone("+999 200 1234") == canonical_phone("00999-200-1234") == "2001234"
    assert (canonical_name("Ltd"), canonical_address(" , "), canonical_phone("1234"), canonical_phone(None)) == (
        None,
    ) * 4


def test_a_block_speaks_once_it_is_whole_and_no_liar_moves_it() -> None:
    block = Block()
    for value in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0):
        block.add(value)
    assert block.usual is None
    block.add(1e9)
    assert block.usual == (4.5, pytest.approx(TO_DEVIATION * 2.0))


def test_rings_grow_by_what_is_shared_and_stop_being_counted() -> None:
    rings = Rings(most=3)
    phone, house = ("phone", "1"), ("address", "h")
    assert rings.size(("importer", "a"), phone) == 0
    for importer, shared in (("a", phone), ("b", phone), ("b", house), ("c", house), ("d", house)):
        rings.see(("importer", importer), shared)
    sizes = rings.size(("importer", "a")), rings.size(("importer", "x"), house)
    assert (rings.sharing(phone), rings.sharing(house), *sizes) == (2, 3, 3, 3)


def test_running_sums_of_small_groups_are_exact_beside_huge_ones() -> None:
    values = np.array([1e15, 3e15, 0.1, 0.2, 0.3])
    first = np.array([True, False, True, False, False])
    assert running(values, first).tolist() == pytest.approx([1e15, 4e15, 0.1, 0.3, 0.6], rel=1e-12)
    grouped = group(np.array([0, 0, 1, 1, 1]), 3)
    assert before(values, grouped).tolist() == pytest.approx([0.0, 1e15, 0.0, 0.1, 0.3], rel=1e-12)


def test_words_count_from_the_lesson_after_they_were_read() -> None:
    words = Vocabulary(needed=2)
    for _ in range(5):
        words.read("cotton shirts", "6109")
        words.read("steel pumps", "8413")
    assert words.fit("cotton shirts", "6109").unknown == 1.0
    words.lesson()
    right, wrong, new = words.fit("cotton shirts", "6109"), words.fit("steel shirts", "6109"), words.fit("zzz", "6109")
    assert right.least_fit > 0.0 > wrong.least_fit
    assert (new.unknown, math.isnan(new.fit)) == (1.0, True)
