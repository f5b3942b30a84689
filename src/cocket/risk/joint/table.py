# SPDX-License-Identifier: Apache-2.0
"""What examinations drawn at random found, by chapter and origin of the goods; and a card of the model that is used beside it.

A table holds counts alone. What has fewer examinations than the least is not given: such cells go together, and where they do not reach
it together nothing is said of them, not even in the totals.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import msgspec

from cocket.errors import UnreadableError
from cocket.risk.estimate import Estimate, area, share
from cocket.risk.facts import Facts
from cocket.risk.models.metrics import auc

#: By what a table is laid out.
FEATURES: Final = "hs2-origin"

#: Examinations that a cell needs to be given, at least, whatever is agreed (count); and where nothing is agreed.
LEAST: Final = 5
USUAL_LEAST: Final = 10

#: Cells of a table at most (count), and examinations of one administration (count): more is an error of whoever sends it.
MOST_CELLS: Final = 40_000
MOST_EXAMINED: Final = 2**40

_CHAPTER: Final = re.compile(r"([0-9]{2})?")
_COUNTRY: Final = re.compile(r"([A-Z]{2})?")


class RandomCase(msgspec.Struct, frozen=True, kw_only=True):
    """One of our own consignments that chance drew, and what its examination found.

    Attributes:
        id: Of the dossier.
        day: When it was declared.
        cells: Chapter and origin of each of its items, each once (0..n); an unknown one is "".
        score: What our own model told, before any table was weighed (0–1); None where it was not asked.
        found: Whether something was found.
        flow: What the declaration was for; "" if not stated.
    """

    id: str
    day: date
    cells: tuple[tuple[str, str], ...]
    score: float | None
    found: bool
    flow: str = ""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one kind of goods.

    Attributes:
        hs2: Chapter of the Harmonized System; "" for all that is not told apart.
        origin: Country of origin, ISO 3166 alpha-2; "" likewise.
        examined: Examinations drawn at random (count).
        found: Of them with a find (count).
    """

    hs2: str
    origin: str
    examined: int
    found: int


class EvidenceTable(msgspec.Struct, frozen=True, kw_only=True):
    """An evidence table. It holds no consignment, no person and no trader.

    Attributes:
        features: By what it is laid out: `FEATURES`.
        since: First day of the declarations.
        until: Last day.
        least: Examinations below which a cell is not given (count).
        cells: By chapter and origin (0..n). A consignment with goods of several kinds is counted once, with its first.
        withheld: Cells that were too small to be given by themselves (count), when the days were given first.
    """

    features: str = FEATURES
    since: date
    until: date
    least: int
    cells: tuple[Cell, ...]
    withheld: int = 0

    @property
    def examined(self) -> int:
        """Examinations in all cells given (count)."""
        return sum(one.examined for one in self.cells)

    @property
    def found(self) -> int:
        """Finds in all cells given (count)."""
        return sum(one.found for one in self.cells)


class ModelFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How a model did on examinations drawn at random, in one group.

    Attributes:
        group: What the declarations were for; "" for all.
        examined: Drawn and scored (count).
        found: Of them with a find (count).
        rate: Share with a find, with its interval; None of nothing.
        order: Chance that a find is scored above what was none, with its interval; None without both.
    """

    group: str
    examined: int
    found: int
    rate: Estimate | None
    order: Estimate | None


class JointCard(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner is told of our model; of no consignment and no person.

    Attributes:
        model: Its version; "" where the rules alone select.
        trained_rows: Goods items it learnt from (count); None without a model. `trained_examined`, `trained_found` likewise.
        trained_since: First day of what it learnt from; `trained_until` the last.
        features: Names of its features (0..n).
        figures: On the random draw: all together first, then each group that is large enough (0..n).
    """

    model: str = ""
    trained_rows: int | None = None
    trained_examined: int | None = None
    trained_found: int | None = None
    trained_since: date | None = None
    trained_until: date | None = None
    features: tuple[str, ...] = ()
    figures: tuple[ModelFigures, ...] = ()


def cells_of(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Chapter and origin of each item of a declaration, each once, in its order (0..n); "" for what is not stated."""
    told = ((one.hs or "")[:2] if len(one.hs or "") >= 2 else "" for one in facts.items)
    origins = (one.origin or "" for one in facts.items)
    pairs = zip(told, origins, strict=True)
    return tuple(dict.fromkeys((_or_empty(_CHAPTER, hs2), _or_empty(_COUNTRY, origin)) for hs2, origin in pairs))


def counts_of(cases: Iterable[RandomCase]) -> dict[tuple[str, str], tuple[int, int]]:
    """Chapter and origin → examined and found; each case is counted once, with its first goods."""
    examined: Counter[tuple[str, str]] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    for case in cases:
        cell = case.cells[0] if case.cells else ("", "")
        examined[cell] += 1
        found[cell] += case.found
    return {cell: (number, found[cell]) for cell, number in examined.items()}


def table_of(counts: dict[tuple[str, str], tuple[int, int]], days: tuple[date, date], least: int) -> EvidenceTable:
    """A table of counts, with what is too small to be given put together.

    Args:
        counts: Chapter and origin → examined and found.
        days: First and last day.
        least: Examinations below which a cell is not given (count).
    """
    least = max(least, LEAST)
    given, rest, withheld = [], [0, 0], 0
    for (hs2, origin), (examined, found) in sorted(counts.items()):
        if not examined:
            continue
        if examined >= least and (hs2, origin) != ("", ""):
            given.append(Cell(hs2=hs2, origin=origin, examined=examined, found=found))
        else:
            rest[0], rest[1], withheld = rest[0] + examined, rest[1] + found, withheld + 1
    if rest[0] >= least:
        given.insert(0, Cell(hs2="", origin="", examined=rest[0], found=rest[1]))
    return EvidenceTable(since=days[0], until=days[1], least=least, cells=tuple(given), withheld=withheld)


def check_table(table: EvidenceTable, today: date) -> EvidenceTable:
    """A table of somebody else, if it is one.

    Args:
        table: It.
        today: The last day of which anything can be known.

    Raises:
        UnreadableError: Its counts cannot be, it has none or is of days to come, or cells are named twice or are too small for
            what it says of itself.
    """
    if table.features != FEATURES:
        raise _unreadable(f"it is laid out by {table.features[:40]!r}, not by {FEATURES}")
    if table.until < table.since:
        raise _unreadable("its last day is before its first")
    if table.until > today:
        raise _unreadable(f"its last day {table.until} is still to come")
    if table.least < LEAST:
        raise _unreadable(f"it gives cells of fewer than {LEAST} examinations")
    if not table.cells:
        raise _unreadable("it has no cell")
    if len(table.cells) > MOST_CELLS:
        raise _unreadable(f"it has more than {MOST_CELLS:,} cells")
    if not 0 <= table.withheld <= MOST_CELLS:
        raise _unreadable(f"it says that {_number(table.withheld)} cells are put together, of at most {MOST_CELLS:,}")
    seen: set[tuple[str, str]] = set()
    for one in table.cells:
        if not _CHAPTER.fullmatch(one.hs2) or not _COUNTRY.fullmatch(one.origin) or (one.hs2, one.origin) in seen:
            raise _unreadable(f"the cell {one.hs2[:4]!r}, {one.origin[:4]!r} is none, or stands twice")
        name = f"the cell {one.hs2 or '–'}, {one.origin or '–'}"
        if why := _wrong(one.found, one.examined):
            raise _unreadable(f"{name} {why}")
        if one.examined < table.least:
            raise _unreadable(f"{name} has fewer than {table.least} examinations, which it says no cell has")
        seen.add((one.hs2, one.origin))
    return table


def check_card(card: JointCard, today: date) -> JointCard:
    """A card of somebody else, if it is one.

    Args:
        card: It.
        today: The last day of which anything can be known.

    Raises:
        UnreadableError: Its counts cannot be, or it is of days to come.
    """
    days = [one for one in (card.trained_since, card.trained_until) if one is not None]
    if days and max(days) > today:
        raise _unreadable(f"the model of its card learned from {max(days)}, which is still to come")
    if days != sorted(days):
        raise _unreadable("the last day of its card is before its first")
    if card.trained_rows is not None and not 0 <= card.trained_rows <= MOST_EXAMINED:
        raise _unreadable(f"the model of its card learned from {_number(card.trained_rows)} goods items")
    counts = [("the model of its card", card.trained_found or 0, card.trained_examined or 0)]
    counts += [(f"the group {one.group[:40]!r} of its card", one.found, one.examined) for one in card.figures]
    for name, found, examined in counts:
        if why := _wrong(found, examined):
            raise _unreadable(f"{name} {why}")
    return card


def _wrong(found: int, examined: int) -> str:
    """Why two counts cannot be; empty where they can."""
    if found < 0 or examined < 0:
        return "has a count below 0"
    if max(found, examined) > MOST_EXAMINED:
        return f"counts more than {MOST_EXAMINED:,}, the most that one administration can have examined"
    if found > examined:
        return f"has {found:,} finds in {examined:,} examinations, more than were examined"
    return ""


def _number(count: int) -> str:
    return f"{count:,}" if abs(count) <= MOST_EXAMINED else f"more than {MOST_EXAMINED:,}"


def spoken_of(cases: Iterable[RandomCase], table: EvidenceTable) -> list[RandomCase]:
    """Cases that a table counts, by their first goods (0..n)."""
    named = {(one.hs2, one.origin) for one in table.cells}
    return [one for one in cases if ("", "") in named or (one.cells[:1] or (("", ""),))[0] in named]


def card_of(cases: Sequence[RandomCase], least: int, told: JointCard | None = None) -> JointCard:
    """A card with figures on our random draw.

    No figure taken from another, or from the table, tells of fewer cases than the least: groups are left out where one of them is too
    small, and every figure where a few cases alone have no score.

    Args:
        cases: Those of our random draw that the table counts (0..n).
        least: Cases that a group needs (count).
        told: What is known of the model; None without one.
    """
    least = max(least, LEAST)
    scored = [one for one in cases if one.score is not None]
    flows = [
        (flow, [one for one in scored if one.flow == flow]) for flow in sorted({one.flow for one in scored} - {""})
    ]
    large = [(flow, several) for flow, several in flows if len(several) >= least]
    rest = len(scored) - sum(len(several) for _, several in large)
    groups = [("", scored)] if len(scored) >= least and not 0 < len(cases) - len(scored) < least else []
    groups += large if groups and not 0 < rest < least else []
    figures = tuple(_figures(group, several) for group, several in groups)
    return msgspec.structs.replace(told or JointCard(), figures=figures)


def _figures(group: str, cases: Sequence[RandomCase]) -> ModelFigures:
    found = sum(one.found for one in cases)
    order = auc([one.found for one in cases], [one.score or 0.0 for one in cases])
    return ModelFigures(
        group=group,
        examined=len(cases),
        found=found,
        rate=share(found, len(cases)),
        order=None if order is None else area(order, found, len(cases) - found),
    )


def _or_empty(form: re.Pattern[str], text: str) -> str:
    return text if form.fullmatch(text) else ""


def _unreadable(why: str) -> UnreadableError:
    return UnreadableError(f"This is not an evidence table: {why}.", code="evidence-table")
