# SPDX-License-Identifier: Apache-2.0
"""What other agencies say of goods, as a colour beside the lane of customs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from cocket.measures.permits.match import Matching

#: Worst first. red: the agency holds the goods, or a paper it asks for is missing or does not hold. yellow: the agency
#: has to look, for something cannot be told. green: it has released them, or has all it asks for.
Colour = Literal["red", "yellow", "green"]

_WORST_FIRST: tuple[Colour, ...] = ("red", "yellow", "green")
_GREEN, _YELLOW = ("satisfied", "exempt"), ("unknown", "undecided")


class Hold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agency's own word on goods.

    Attributes:
        agency: The agency.
        item: Item of the declaration (1-based); None for all of it.
        is_held: Whether it holds the goods; False if it has released them.
        reason: Why, in words.
        law: Legal basis that the agency names; empty where it names none.
        examines: Whether it asks to examine the goods.
        is_own: Whether its own people say so, who work here as guests and know of no lane; else customs wrote it down for it.
        is_overridden: Whether customs ended its hold against it, two persons agreeing.
    """

    agency: str
    item: int | None = None
    is_held: bool
    reason: str = ""
    law: str = ""
    examines: bool = False
    is_own: bool = False
    is_overridden: bool = False


class Coloured(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one agency stands to one item.

    Attributes:
        agency: The agency.
        item: Item of the declaration (1-based).
        colour: Its colour.
        why: Verdicts or the agency's reason (1..n).
    """

    agency: str
    item: int
    colour: Colour
    why: tuple[str, ...]


def colours(matching: Matching, holds: Iterable[Hold] = ()) -> tuple[Coloured, ...]:
    """The colour of each agency on each item that concerns it.

    Args:
        matching: How the declaration stands.
        holds: Agencies' own words, oldest first. The last on an item stands, and beats what papers say; one on the
            whole declaration stands for every item that has none of its own.

    Returns:
        Agencies by item, in order (0..n); an agency that asks nothing and says nothing has no colour.

    Source: Revised Kyoto Convention, General Annex, transitional standard 3.35 (coordinated control); WTO Trade
    Facilitation Agreement, Article 8 (border agency cooperation).
    """
    said: dict[tuple[str, int | None], Hold] = {(one.agency, one.item): one for one in holds}
    found = []
    for item in matching.items:
        needs: dict[str, list[str]] = {one.agency: [] for one in item.needs}
        for one in item.needs:
            needs[one.agency].append(one.verdict)
        speaking = [agency for agency, of in said if of in (None, item.item)]
        for agency in dict.fromkeys((*needs, *speaking)):
            word = said.get((agency, item.item)) or said.get((agency, None))
            colour = colour_of(needs.get(agency, ())) if word is None else "red" if word.is_held else "green"
            why = tuple(dict.fromkeys(needs.get(agency, ()))) if word is None else (_told(word),)
            found.append(Coloured(agency=agency, item=item.item, colour=colour, why=why))
    return tuple(found)


def colour_of(verdicts: Iterable[str]) -> Colour:
    """The colour of requirements by their papers alone.

    Args:
        verdicts: How they stand, as `match` says it (0..n).

    Returns:
        red where a paper is missing or does not hold, yellow where something cannot be told, else green.

    Source: as `colours`.
    """
    met = tuple(verdicts)
    if any(one not in _GREEN + _YELLOW for one in met):
        return "red"
    return "yellow" if any(one in _YELLOW for one in met) else "green"


def worst(coloured: Iterable[Coloured]) -> dict[str, Colour]:
    """The colour of each agency on the whole consignment: its worst on any item."""
    found: dict[str, Colour] = {}
    for one in coloured:
        found[one.agency] = min(found.get(one.agency, one.colour), one.colour, key=_WORST_FIRST.index)
    return found


def _told(word: Hold) -> str:
    return f"{'held' if word.is_held else 'released'}: {word.reason or 'no reason given'}"
