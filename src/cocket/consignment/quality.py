# SPDX-License-Identifier: Apache-2.0
"""How good the data of each sender is, field by field: what is stated, how early, how often it is corrected, and what disagrees."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from statistics import median
from typing import Final

import msgspec

from cocket.consignment.statement import Statement

#: Fields that are counted, with their labels, in reading order.
QUALITY_FIELDS: Final = (
    ("goods", "goods"),
    ("packages", "packages"),
    ("gross_mass_kg", "gross kg"),
    ("quantities", "quantity"),
    ("hs_codes", "HS codes"),
    ("origins", "origin"),
    ("consignee", "consignee"),
    ("consignor", "consignor"),
    ("equipment", "containers"),
    ("seals", "seals"),
    ("value", "value"),
)

#: Those of them that a good paper may leave out: loose goods have no container, and not every paper tells units.
OPTIONAL_FIELDS: Final = frozenset({"quantities", "equipment", "seals"})


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One paper as it counts.

    Attributes:
        sender: Who sent it.
        is_refused: Whether it was refused for what it says.
        is_conflict: Whether it was refused because another message has its reference.
        is_amendment: Whether it changes or cancels an earlier one, or is a later version of it.
        days: Days from what it is about until it came, negative where it came before; None where it does not tell.
        says: What it states; None if nothing could be read in it.
        compared: Fields that it states and another paper does too (0..n).
        differs: Those of them on which they disagree (0..n).
    """

    sender: str
    is_refused: bool = False
    is_conflict: bool = False
    is_amendment: bool = False
    days: int | None = None
    says: Statement | None = None
    compared: frozenset[str] = frozenset()
    differs: frozenset[str] = frozenset()


class FieldQuality(msgspec.Struct, frozen=True, kw_only=True):
    """One field of one sender.

    Attributes:
        name: Name of the field.
        label: English label, the key for translation.
        stated: Papers that state it (count).
        papers: Papers that were accepted and read (count).
        compared: Papers that another paper could be held against (count).
        differs: Of these, that disagree (count).
    """

    name: str
    label: str
    stated: int
    papers: int
    compared: int
    differs: int


class SenderQuality(msgspec.Struct, frozen=True, kw_only=True):
    """The data of one sender.

    Attributes:
        sender: Who.
        messages: Papers looked at (count): a message of several consignments has several, one that clashes counts as one.
        refused: Of these refused for what they say (count).
        conflicts: Of these refused because another message has their reference (count).
        amended: Of these that change or cancel earlier ones (count).
        days: Median days from what a paper is about until it came, negative where before; None where none tells.
        dated: Papers that tell (count).
        fields: Each field (11).
    """

    sender: str
    messages: int
    refused: int
    conflicts: int
    amended: int
    days: float | None
    dated: int
    fields: tuple[FieldQuality, ...]


def quality_of(samples: Iterable[Sample]) -> tuple[SenderQuality, ...]:
    """The scorecards of senders, who sent most first; of equals by name.

    A later version of a paper counts as an amendment and for nothing else: what was wrong before was wrong, and what is
    right now was corrected.
    """
    every: defaultdict[str, list[Sample]] = defaultdict(list)
    for one in samples:
        every[one.sender].append(one)
    found = [_quality(sender, several) for sender, several in every.items()]
    return tuple(sorted(found, key=lambda one: (-one.messages, one.sender)))


def _quality(sender: str, samples: list[Sample]) -> SenderQuality:
    first = [
        one for one in samples if not (one.is_refused or one.is_conflict or one.is_amendment) and one.says is not None
    ]
    days = [one.days for one in first if one.days is not None]
    stated = Counter(name for one in first for name, _ in QUALITY_FIELDS if states(one.says, name))
    compared = Counter(name for one in first for name in one.compared)
    differs = Counter(name for one in first for name in one.differs)
    return SenderQuality(
        sender=sender,
        messages=len(samples),
        refused=sum(one.is_refused for one in samples),
        conflicts=sum(one.is_conflict for one in samples),
        amended=sum(one.is_amendment for one in samples),
        days=float(median(days)) if days else None,
        dated=len(days),
        fields=tuple(
            FieldQuality(
                name=name,
                label=label,
                stated=stated[name],
                papers=len(first),
                compared=compared[name],
                differs=differs[name],
            )
            for name, label in QUALITY_FIELDS
        ),
    )


def states(says: Statement | None, name: str) -> bool:
    """Whether a paper states a field; a count or mass of nought is stated."""
    value = getattr(says, name, None)
    return value is not None and value != ()
