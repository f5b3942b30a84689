# SPDX-License-Identifier: Apache-2.0
"""Medians by blocks over a table: the same as `blocks.Block`, a block of every group at a time."""

from __future__ import annotations

import numpy as np

from cocket.risk.features.blocks import FIRST_BLOCKS, LAST_BLOCK, TO_DEVIATION
from cocket.risk.features.segments import Flags, Floats, Group, Ints, first_places

_ENDS = np.cumsum(FIRST_BLOCKS)


def usual_of(grouped: Group, figure: Floats) -> tuple[Floats, Floats]:
    """Median and spread of the last whole block before each row, in the order of the table; NaN where there is none."""
    values = figure[grouped.places]
    known = np.isfinite(values) & (grouped.keys >= 0)
    rank = _known_before(known, grouped)
    place = np.flatnonzero(known)
    starts = np.flatnonzero(rank[place] == 0)
    middle, spread = np.full(len(place), np.nan), np.full(len(place), np.nan)
    for size, block_starts in _blocks(starts, len(place)):
        block = values[place[block_starts[:, None] + np.arange(size)]]
        middle[block_starts + size - 1], spread[block_starts + size - 1] = _middle(block)
    # what stands at the end of a block holds until the next block is whole
    count: Ints = np.cumsum(known) - known  # known rows before, of all groups
    begin = count[first_places(grouped.first)]
    whole = _whole(grouped.known(rank))
    last = np.where(whole > 0, begin + whole - 1, 0)
    if not len(place):
        nothing = np.full(len(values), np.nan)
        return nothing, nothing.copy()
    has = (whole > 0) & (grouped.keys >= 0)
    return (
        grouped.back(np.where(has, middle[np.minimum(last, len(place) - 1)], np.nan)),
        grouped.back(np.where(has, spread[np.minimum(last, len(place) - 1)], np.nan)),
    )


def _known_before(known: Flags, grouped: Group) -> Ints:
    """Known values of the group before each sorted row."""
    count: Ints = np.cumsum(known) - known
    rank: Ints = count - count[first_places(grouped.first)]
    return rank


def _whole(rank: Ints) -> Ints:
    """Values in whole blocks, of so many values."""
    early = np.concatenate([[0], _ENDS])[np.searchsorted(_ENDS, rank, side="right")]
    late = _ENDS[-1] + (rank - _ENDS[-1]) // LAST_BLOCK * LAST_BLOCK
    return np.where(rank >= _ENDS[-1], late, early)


def _blocks(starts: Ints, n: int) -> list[tuple[int, Ints]]:
    """Size, and where the whole blocks of that size begin among the known values."""
    sizes = np.diff(np.append(starts, n))
    found = []
    begin = 0
    for size in FIRST_BLOCKS:
        found.append((size, starts[sizes >= begin + size] + begin))
        begin += size
    more = np.maximum((sizes - begin) // LAST_BLOCK, 0)
    number = np.arange(int(more.sum())) - np.repeat(np.cumsum(more) - more, more)
    found.append((LAST_BLOCK, np.repeat(starts + begin, more) + number * LAST_BLOCK))
    return found


def _middle(block: Floats) -> tuple[Floats, Floats]:
    """Median and spread of each row of a block of even width."""
    middle = _median(block)
    return middle, TO_DEVIATION * _median(np.abs(block - middle[:, None]))


def _median(block: Floats) -> Floats:
    ordered = np.sort(block, axis=1)
    half = block.shape[1] // 2
    median: Floats = (ordered[:, half - 1] + ordered[:, half]) / 2.0
    return median
