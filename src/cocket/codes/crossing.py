# SPDX-License-Identifier: Apache-2.0
"""From one edition of the Harmonized System to another, as far as the code alone can tell.

Where every code of the new edition but one is ruled out (relation 1:1 or n:1), the code converts. Where it was split
(1:n, n:n), the goods decide: the answer then names the candidates and chooses none.
Source: Harmonized System Convention, article 16 (amendments); UN Statistics Division, notes on conversion and
correlation tables between editions.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import Literal

import msgspec

from cocket.codes.codebook import Codebook
from cocket.codes.hs import HsCode

LIST = "hs-correlation"

Outcome = Literal["converted", "look-at-the-goods", "unknown-code", "no-table"]


class Candidate(msgspec.Struct, frozen=True, omit_defaults=True):
    """A code of the new edition that the goods may fall under.

    Attributes:
        code: Six digits.
        relation: Old codes to new codes: `1:1`, `n:1`, `1:n` or `n:n`; over several tables, the widest of them.
        share: Part of the old code's trade that falls here, 0–1; None if the table does not say.
    """

    code: str
    relation: str
    share: Decimal | None = None


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a code in another edition.

    Attributes:
        code: The six digits asked for.
        from_edition: Year of the edition it is of.
        to_edition: Year of the edition asked for.
        outcome: `converted`; `look-at-the-goods`, as several codes are possible; `unknown-code`, the table of its edition
            lacks it; `no-table`, no table or chain of tables leads there.
        result: The one code it became; None unless converted.
        candidates: Codes it may have become, in order (0..n).
        path: Editions passed, both ends included; empty if there is no way.
    """

    code: str
    from_edition: str
    to_edition: str
    outcome: Outcome
    result: str | None = None
    candidates: tuple[Candidate, ...] = ()
    path: tuple[str, ...] = ()


_Table = dict[str, list[Candidate]]


class HsEditions:
    """Ways between editions, by the correlation tables of a codebook; each table is read when first crossed.

    Args:
        book: Where the tables are, as list `hs-correlation` with editions such as `2022-2017`.
    """

    def __init__(self, book: Codebook) -> None:
        self._lists = {tuple(one.edition.edition.split("-", 1)): one for one in book.editions(LIST)}
        self._tables: dict[tuple[str, str], _Table] = {}

    @property
    def tables(self) -> tuple[tuple[str, str], ...]:
        """Editions that a table leads from and to (0..n); each may be crossed backwards too."""
        return tuple(sorted((pair[0], pair[1]) for pair in self._lists if len(pair) == 2))

    def cross(self, code: HsCode, from_edition: str, to_edition: str) -> Crossing:
        """What a code became.

        Args:
            code: At least six digits; what follows them is national and has no successor.
            from_edition: Year of its edition, such as `2022`.
            to_edition: Year of the edition asked for, later or earlier.

        Returns:
            The one code, or the candidates; a chapter or heading is an `unknown-code`.

        Source: UN Statistics Division, notes on conversion and correlation tables: 1:1 and n:1 alone are certain.
        """
        digits = code.subheading or code.digits
        crossing = Crossing(code=digits, from_edition=from_edition, to_edition=to_edition, outcome="no-table")
        path = self._way(from_edition, to_edition)
        if not path:
            return crossing
        crossing = msgspec.structs.replace(crossing, path=path)
        reached = {digits: Candidate(digits, "1:1", Decimal(1))}
        is_whole = True
        for number, step in enumerate(pairwise(path)):
            table = self._table(step)
            if number == 0 and digits not in table:
                return msgspec.structs.replace(crossing, outcome="unknown-code")
            is_whole = is_whole and all(_is_whole(table.get(one, [])) for one in reached)
            reached = _onward(reached, table)
        return _told(crossing, reached, is_whole)

    def _way(self, start: str, end: str) -> tuple[str, ...]:
        """The shortest chain of tables; one that stays between the two editions before one that leaves them."""
        low, high = sorted((start, end))
        between = {pair for pair in self.tables if all(low <= edition <= high for edition in pair)}
        return _shortest(between, start, end) or _shortest(set(self.tables), start, end)

    def _table(self, step: tuple[str, str]) -> _Table:
        """The table of a step: the published one, else the one of the other direction turned round."""
        if step not in self._tables:
            is_turned = step not in self._lists
            table: _Table = defaultdict(list)
            for pair in self._lists[step[::-1] if is_turned else step]:
                old, new, relation = pair.code, pair.attributes.get("to", ""), pair.attributes.get("relation", "n:n")
                if is_turned:
                    table[new].append(Candidate(old, relation[::-1]))
                else:
                    share = pair.attributes.get("share")
                    table[old].append(Candidate(new, relation, Decimal(share) if share else None))
            self._tables[step] = dict(table)
        return self._tables[step]


def _shortest(tables: set[tuple[str, str]], start: str, end: str) -> tuple[str, ...]:
    neighbours = defaultdict(set)
    for one, other in tables:
        neighbours[one].add(other)
        neighbours[other].add(one)
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == end:
            return way
        for edition in sorted(neighbours[way[-1]] - seen):
            seen.add(edition)
            ways.append((*way, edition))
    return ()


def _onward(reached: dict[str, Candidate], table: _Table) -> dict[str, Candidate]:
    """Where the goods may be one edition on; shares multiply along a way and add up where ways meet."""
    further: dict[str, Candidate] = {}
    for code, so_far in reached.items():
        for step in table.get(code, ()):
            share = so_far.share * step.share if so_far.share is not None and step.share is not None else None
            relation = _wider(so_far.relation, step.relation)
            if (other := further.get(step.code)) is not None:
                relation = _wider(relation, other.relation)
                share = share + other.share if share is not None and other.share is not None else None
            further[step.code] = Candidate(step.code, relation, share)
    return further


def _wider(one: str, other: str) -> str:
    return ":".join("n" if "n" in sides else "1" for sides in zip(one.split(":"), other.split(":"), strict=True))


def _is_whole(successors: list[Candidate]) -> bool:
    """Whether a table has all successors of a code: some, and more than one where it says that there are several."""
    return len(successors) > 1 or (len(successors) == 1 and successors[0].relation.endswith(":1"))


def _told(crossing: Crossing, reached: dict[str, Candidate], is_whole: bool) -> Crossing:
    """Converted if every way ends at one code, even where a split in between was undone later."""
    candidates = tuple(reached[code] for code in sorted(reached))
    if not is_whole or len(candidates) != 1:
        return msgspec.structs.replace(crossing, outcome="look-at-the-goods", candidates=candidates)
    one = msgspec.structs.replace(candidates[0], relation=f"{candidates[0].relation[0]}:1")
    return msgspec.structs.replace(crossing, outcome="converted", result=one.code, candidates=(one,))
