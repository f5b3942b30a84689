# SPDX-License-Identifier: Apache-2.0
"""Cleared matches stay cleared: through new lists, and until the listed entry itself changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from cocket.screening.screener import Hit, Subject


class Cleared(msgspec.Struct, frozen=True, kw_only=True):
    """An officer's word that a subject is not who is listed.

    Attributes:
        subject: Key of the subject (`Subject.key`).
        list: Name of the list.
        entry: Entry within it.
        fingerprint: Of the entry as the officer saw it.
        officer: Who cleared it.
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


class Screened(msgspec.Struct, frozen=True, kw_only=True):
    """A hit with what is known of it in this house.

    Attributes:
        hit: The hit.
        cleared: The word by which it stands cleared; None if it is open.
        lapsed: An earlier word that no longer holds, because the entry has changed since; None if there is none.
    """

    hit: Hit
    cleared: Cleared | None = None
    lapsed: Cleared | None = None


def apply_clearances(subject: Subject, hits: Iterable[Hit], known: Iterable[Cleared]) -> tuple[Screened, ...]:
    """Part open hits from cleared ones.

    Args:
        subject: Who was screened.
        hits: What it may be.
        known: Clearances in force (0..n); those of other subjects are passed over.

    Returns:
        One for each hit, in the same order.
    """
    words = {(one.list, one.entry): one for one in known if one.subject == subject.key}
    screened = []
    for hit in hits:
        word = words.get((hit.list, hit.id))
        holds = word is not None and word.fingerprint == hit.fingerprint
        screened.append(Screened(hit=hit, cleared=word if holds else None, lapsed=None if holds else word))
    return tuple(screened)
