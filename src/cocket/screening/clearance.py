# SPDX-License-Identifier: Apache-2.0
"""Cleared matches stay cleared, and confirmed ones confirmed: through new lists, until the listed entry itself changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from cocket.screening.screener import Hit, Subject


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """An officer's word on a match.

    Attributes:
        subject: Key of the subject (`Subject.key`).
        list: Name of the list.
        entry: Entry within it.
        fingerprint: Of the entry as the officer saw it.
        officer: Whose word it is.
        ground: Why, in words.
        at: When, UTC.
    """

    subject: str
    list: str
    entry: str
    fingerprint: str
    officer: str
    ground: str
    at: datetime

    def speaks_of(self, hit: Hit) -> bool:
        """Whether it is about this hit, whatever has changed since."""
        return (self.list, self.entry) == (hit.list, hit.id)


class Cleared(Judged, frozen=True, kw_only=True):
    """An officer's word that a subject is not who is listed."""


class Confirmed(Judged, frozen=True, kw_only=True):
    """An officer's word that a subject is who is listed."""


class Screened(msgspec.Struct, frozen=True, kw_only=True):
    """A hit with what is known of it in this house.

    Attributes:
        hit: The hit.
        cleared: The word by which it stands cleared; None if it is open or confirmed.
        confirmed: The word by which it stands confirmed; None if it is open or cleared.
        lapsed: An earlier word that no longer holds, because the entry has changed since; None if there is none.
    """

    hit: Hit
    cleared: Cleared | None = None
    lapsed: Cleared | None = None
    confirmed: Confirmed | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has said yet whether the subject is who is listed."""
        return self.cleared is None and self.confirmed is None


def apply_clearances(
    subject: Subject, hits: Iterable[Hit], known: Iterable[Cleared], confirmed: Iterable[Confirmed] = ()
) -> tuple[Screened, ...]:
    """Part open hits from those that an officer has judged.

    Args:
        subject: Who was screened.
        hits: What it may be.
        known: Clearances in force (0..n); those of other subjects are passed over.
        confirmed: Confirmations in force (0..n), likewise.

    Returns:
        One for each hit, in the same order.
    """
    words = [one for one in known if one.subject == subject.key]
    sure = [one for one in confirmed if one.subject == subject.key]
    screened = []
    for hit in hits:
        word = next((one for one in words if one.speaks_of(hit)), None)
        yes = next((one for one in sure if one.speaks_of(hit) and one.fingerprint == hit.fingerprint), None)
        holds = word is not None and word.fingerprint == hit.fingerprint
        screened.append(
            Screened(hit=hit, cleared=word if holds else None, lapsed=None if holds else word, confirmed=yes)
        )
    return tuple(screened)
