# SPDX-License-Identifier: Apache-2.0
"""Medians by blocks over a table: the same as `blocks.Block`, a block of every group at a time."""

from __future__ import annotations

import msgspec
import numpy as np

from cocket.risk.features.blocks import FIRST_BLOCKS, LAST_BLOCK, TO_DEVIATION
from cocket.risk.features.segments import Flags, Floats, Group, Ints, first_places

_ENDS = np.cumsum(FIRST_BLOCKS)


class Usual(msgspec.Struct, frozen=True):
    """The blocks of a figure in each group of a table.

    Attributes:
        grouped: The rows by group.
        count: Known values before each sorted row, of all groups, and of all `(n + 1,)`.
        middle: Median of the block that ends with each known value `(n_known,)`, NaN elsewhere; `spread` likewise.
        spread: See `middle`.
    """

    grouped: Group
    count: Ints
    middle: Floats
    spread: Floats

    def of_rows(self) -> tuple[Floats, Floats]:
        """Median and spread of the last whole block before each row, in the order of the table; NaN where there is none."""
        grouped = self.grouped
        start = first_places(grouped.first)
        middle, spread = self._last(grouped.known(np.arange(len(grouped.keys))), start)
        return grouped.back(middle), grouped.back(spread)

    def of(self, codes: Ints, places: Ints) -> Floats:
        """Median of the last whole block of any group before places of the table `(m,)`; NaN where there is none."""
        keys, bits = self.grouped.keys, self.grouped.bits
        begin = np.searchsorted(keys, codes << bits, side="left")
        return self._last(np.searchsorted(keys, (codes << bits) | places, side="left"), begin)[0]

    def _last(self, end: Ints, begin: Ints) -> tuple[Floats, Floats]:
        whole = _whole(self.count[end] - self.count[begin])
        if not len(self.middle):
            return np.full(len(end), np.nan), np.full(len(end), np.nan)
        last = np.where(whole > 0, self.count[begin] + whole - 1, 0)
        return np.where(whole > 0, self.middle[last], np.nan), np.where(whole > 0, self.spread[last], np.nan)


def usual_of(grouped: Group, figure: Floats) -> Usual:
    """The blocks of a figure in each group."""
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
    return Usual(grouped, np.concatenate([[0], np.cumsum(known)]), middle, spread)


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
