# SPDX-License-Identifier: Apache-2.0
"""A table given again for the same days: what was given, and a table of what came since.

Who has two tables can take one from the other. So a later one is the earlier one with what grew added, and what grew is laid out as
any table is: cells with fewer new examinations than the least go together, and where they do not reach it together nothing of them is
added. The difference of any two tables of a series is then itself a table in which no cell has fewer than the least.

Source: Hundepool et al., Statistical Disclosure Control, Wiley 2012, chapter 5 (linked tables).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import msgspec

from cocket.risk.joint.table import Cell, EvidenceTable, JointCard, table_of

#: Chapter and origin of what is not told apart.
_REST = ("", "")


class GivenCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What was given of some days, and how much of our counts is in it.

    Attributes:
        table: What was given, with every cell that ever was.
        counted: Our counts as far as they are in it: chapter, origin, examined, found (0..n).
        same: Cells that stand as before, since they grew by fewer than the least, or were changed otherwise (count).
    """

    table: EvidenceTable
    counted: tuple[tuple[str, str, int, int], ...]
    same: int = 0


def give_counts(
    counts: Mapping[tuple[str, str], tuple[int, int]],
    days: tuple[date, date],
    least: int,
    before: GivenCounts | None = None,
) -> GivenCounts:
    """What is given of our counts now.

    Args:
        counts: Chapter and origin → examined and found.
        days: First and last day; the first is that of `before`.
        least: Examinations below which nothing is given (count).
        before: What was given of these days; None for nothing.
    """
    counted = {(hs2, origin): (examined, found) for hs2, origin, examined, found in before.counted} if before else {}
    grown, same = {}, 0
    for cell in counts.keys() | counted.keys():
        now, then = counts.get(cell, (0, 0)), counted.get(cell, (0, 0))
        examined, found = now[0] - then[0], now[1] - then[1]
        if examined > 0 and 0 <= found <= examined:
            grown[cell] = examined, found
        elif (examined, found) != (0, 0):
            same += 1
    more = table_of(grown, days, least)
    named = {(one.hs2, one.origin) for one in more.cells}
    added = {cell for cell in grown if _REST in named or cell in named}
    counted |= {cell: counts[cell] for cell in added}
    if before is None:
        table = more
    else:
        cells = _added(before.table.cells, more.cells)
        table = msgspec.structs.replace(more, cells=cells, withheld=before.table.withheld)
        same += len(grown) - len(added)
    return GivenCounts(
        table=table,
        counted=tuple((*cell, *pair) for cell, pair in sorted(counted.items())),
        same=same,
    )


def readable_cells(table: EvidenceTable) -> EvidenceTable:
    """A table without the cells that are smaller than its least now is: an agreement may have raised it."""
    return msgspec.structs.replace(table, cells=tuple(one for one in table.cells if one.examined >= table.least))


def card_beside(card: JointCard, before: Collection[JointCard], least: int) -> JointCard:
    """A card as it may be given beside those given before: two models whose results differ by a few would tell of these.

    Args:
        card: Of our model now.
        before: Those the partner has (0..n).
        least: Results by which two models differ at least where both say what they learnt from (count).
    """
    learnt = card.trained_examined
    others = [one.trained_examined for one in before if one.model != card.model]
    if learnt is None or all(one is None or abs(one - learnt) >= least for one in others):
        return card
    return msgspec.structs.replace(card, trained_rows=None, trained_examined=None, trained_found=None)


def _added(cells: Collection[Cell], more: Collection[Cell]) -> tuple[Cell, ...]:
    sums = {(one.hs2, one.origin): one for one in cells}
    for one in more:
        known = sums.get((one.hs2, one.origin))
        sums[one.hs2, one.origin] = (
            msgspec.structs.replace(one, examined=known.examined + one.examined, found=known.found + one.found)
            if known is not None
            else one
        )
    return tuple(sums[cell] for cell in sorted(sums))
