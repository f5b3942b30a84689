# SPDX-License-Identifier: Apache-2.0
"""What stands on a list: entries, the names each goes by, and the list itself."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

Kind = Literal["person", "organisation", "vessel", "goods", "other"]

#: Kinds that a party to a consignment may be.
PARTY_KINDS: frozenset[Kind] = frozenset({"person", "organisation", "other"})


class ListedName(msgspec.Struct, frozen=True, gc=False):
    """One name of an entry.

    Attributes:
        text: As listed, in any script.
        is_weak: Whether the list itself calls it a poor means to identify by (a nickname, a low-quality alias).
        is_alias: Whether it is other than the entry's first name.
    """

    text: str
    is_weak: bool = False
    is_alias: bool = False


class ListEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One person, body, vessel or kind of goods on a list.

    Attributes:
        id: Stable id within the list, such as `CDi.001`.
        kind: What it is.
        names: All its names, the first one first (1..n).
        numbers: Numbers that are its own alone (passport, registration, IMO), letters and figures only (0..n).
        countries: Countries it is tied to, as listed (0..n).
        programme: Regime or programme under which it is listed; None where not stated.
        listed: Day of listing as written; None where not stated.
        note: What else the list says of it, cut to a few lines; None where nothing.
    """

    id: str
    kind: Kind
    names: tuple[ListedName, ...]
    numbers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    programme: str | None = None
    listed: str | None = None
    note: str | None = None

    @property
    def name(self) -> str:
        """Its first name."""
        return self.names[0].text

    @property
    def fingerprint(self) -> str:
        """Changes whenever anything does by which a match was judged (64 hexadecimal digits)."""
        return hashlib.sha256(msgspec.json.encode((self.names, self.numbers, self.kind))).hexdigest()


class WatchList(msgspec.Struct, frozen=True, kw_only=True):
    """A list as it was on one day.

    Attributes:
        name: What it is called in this house.
        format: How it was read: `unsc-xml`, `ftm-ndjson` or `csv`.
        version: Hash of its bytes (64 hexadecimal digits).
        dated: When its keeper made it, as written; None where it does not say.
        entries: Its entries in order (0..n).
        left_out: Places that could not be read as an entry, as `line: why` (0..n).
    """

    name: str
    format: str
    version: str
    dated: str | None = None
    entries: tuple[ListEntry, ...] = ()
    left_out: tuple[str, ...] = ()
