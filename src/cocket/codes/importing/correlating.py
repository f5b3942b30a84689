# SPDX-License-Identifier: Apache-2.0
"""Tables between two editions of the Harmonized System.

A table is taken in whole or not at all: with one pair lacking, a code that was split would seem to have one successor.
Source: UN Statistics Division, HS correlation tables (columns of the two editions and their relationship, 1:1 to n:n);
the WCO's correlation tables name the same pairs. The sheet of 2017 to 2012 has an unnamed column ("ex") in between, so
columns are found by their heads, never by their place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation

import msgspec

from cocket.codes.code_list import Code
from cocket.codes.importing.gathering import Draft, Gathering
from cocket.codes.importing.known import bare
from cocket.codes.importing.sources import Grid
from cocket.errors import SenderError
from cocket.findings import Finding

_EDITION = re.compile(r"(?:from|to)?(?:hs)?((?:19|20)[0-9]{2})(?:code)?")
_RELATION = re.compile(r"([1n]):([1n])")
_FILE_EDITIONS = re.compile(r"HS((?:19|20)[0-9]{2})toHS((?:19|20)[0-9]{2})", re.IGNORECASE)
_EDITIONS = re.compile(r"((?:19|20)[0-9]{2})-((?:19|20)[0-9]{2})")

#: A head stands within so many first lines.
_HEAD_WITHIN = 5


class _Head(msgspec.Struct, frozen=True):
    """Where a table has its columns: place in the line (0-based), None where it has none."""

    line: int
    old: int
    new: int
    relation: int | None
    share: int | None
    editions: tuple[str, str] | None


class _Pair(msgspec.Struct, frozen=True):
    file: str
    line: int
    old: str
    new: str
    relation: str
    share: str


def correlation_codes(tables: list[Grid], edition: str | None) -> tuple[str, Gathering]:
    """The pairs of a table as codes: the code to convert, with `to`, `relation` and `share` as attributes.

    Args:
        tables: The sheets of its files; a conversion sheet beside the correlation sheet is passed over.
        edition: The two editions, such as `2022-2017`; None takes them from the heads, else from the file's name.

    Returns:
        The two editions, and the pairs.

    Raises:
        SenderError: There is no correlation table, its editions are not known, or a pair cannot be read.

    Source: the module.
    """
    found = [(grid, head) for grid in tables if (head := _head(grid)) is not None]
    if not found:
        raise SenderError(
            "There is no table of correlations.",
            code="correlation-missing",
            hint="It needs a column for each edition and one for the relationship, or: from, to, relation, share. A "
            "conversion table, which names one successor whatever the goods are, is not accepted as one.",
        )
    between = edition or _between(found[0][0], found[0][1])
    if not _EDITIONS.fullmatch(between):
        raise SenderError("The two editions are not known.", code="edition-name", hint="Give --edition 2022-2017.")
    pairs = list(dict.fromkeys(pair for grid, head in found for pair in _pairs(grid, head)))
    _refuse_gaps(pairs)
    gathering = Gathering()
    for code in _settled(pairs, gathering):
        gathering.keep(code)
    return between, gathering


def _between(grid: Grid, head: _Head) -> str:
    if head.editions:
        return "-".join(head.editions)
    name = _FILE_EDITIONS.search(grid.file)
    return f"{name[1]}-{name[2]}" if name else ""


def _head(grid: Grid) -> _Head | None:
    """The head of a correlation table; None if the sheet is something else, such as a conversion table."""
    for line, cells in grid.lines[:_HEAD_WITHIN]:
        names = [bare(cell) for cell in cells]
        relation = next((place for place, name in enumerate(names) if name.startswith("relat")), None)
        share = next((place for place, name in enumerate(names) if name == "share"), None)
        if "from" in names and "to" in names:
            return _Head(line, names.index("from"), names.index("to"), relation, share, None)
        years = [(place, year[1]) for place, name in enumerate(names) if (year := _EDITION.fullmatch(name))]
        if len(years) == 2 and relation is not None:
            (old, first), (new, second) = years
            return _Head(line, old, new, relation, share, (first, second))
    return None


def _pairs(grid: Grid, head: _Head) -> Iterator[_Pair]:
    for line, cells in grid.lines:
        if line > head.line:
            old, new, relation, share = (
                cells[place] if place is not None and place < len(cells) else ""
                for place in (head.old, head.new, head.relation, head.share)
            )
            yield _Pair(grid.file, line, _subheading(old), _subheading(new), relation.replace(" ", "").lower(), share)


def _subheading(text: str) -> str:
    """Six digits; a spreadsheet may have dropped the first."""
    digits = text.replace(".", "").replace(" ", "")
    return digits.zfill(6) if digits.isascii() and digits.isdigit() and len(digits) in (5, 6) else text


def _refuse_gaps(pairs: list[_Pair]) -> None:
    """Raises where a pair cannot be read."""
    gathering = Gathering()
    for pair in pairs:
        is_pair = all(len(code) == 6 and code.isascii() and code.isdigit() for code in (pair.old, pair.new))
        is_told = not pair.relation or _RELATION.fullmatch(pair.relation)
        if not (is_pair and is_told and _is_share(pair.share)):
            draft = Draft(file=pair.file, line=pair.line, code=f"{pair.old} {pair.new} {pair.relation}".strip())
            gathering.refuse(
                draft, "correlation-unreadable", "{file}, line {line}: {found} is not a pair of six-digit codes"
            )
    if gathering.left_out or not pairs:
        raise SenderError(
            f"{gathering.left_out} of {len(pairs)} pairs cannot be read, and a table with gaps would be misleading.",
            code="correlation-unreadable",
            findings=gathering.told.result(),
            hint="Fix the file; nothing was imported.",
        )


def _is_share(text: str) -> bool:
    try:
        return not text or 0 <= Decimal(text) <= 1
    except InvalidOperation:
        return False


def _settled(pairs: Iterable[_Pair], gathering: Gathering) -> Iterator[Code]:
    """Pairs once each, with the more careful of the relation told and the one that the pairs themselves show."""
    once = {(pair.old, pair.new): pair for pair in pairs}
    sources = Counter(new for _, new in once)
    targets = Counter(old for old, _ in once)
    for (old, new), pair in sorted(once.items()):
        shown = f"{'n' if sources[new] > 1 else '1'}:{'n' if targets[old] > 1 else '1'}"
        relation = _more_careful(pair.relation or shown, shown)
        if pair.relation and pair.relation != shown:
            gathering.tell(_differs(pair, shown))
        attributes = {"to": new, "relation": relation} | ({"share": pair.share} if pair.share else {})
        yield Code(code=old, attributes=attributes)


def _more_careful(told: str, shown: str) -> str:
    return ":".join("n" if "n" in sides else "1" for sides in zip(told.split(":"), shown.split(":"), strict=True))


def _differs(pair: _Pair, shown: str) -> Finding:
    return Finding(
        code="correlation-relation-differs",
        severity="warning",
        message="{file}, line {line}: {code} is given as {found}, but the pairs show {expected}; the more cautious one was used",
        location=f"{pair.line}:1",
        expected=shown,
        found=pair.relation,
        arguments={"file": pair.file, "line": str(pair.line), "code": f"{pair.old} → {pair.new}"},
    )
