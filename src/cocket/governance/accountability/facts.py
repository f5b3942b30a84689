# SPDX-License-Identifier: Apache-2.0
"""What an instance can prove of itself, in plain values: what the documents of the kit are made of."""

from __future__ import annotations

from hashlib import sha256

import msgspec


class HeadFact(msgspec.Struct, frozen=True, kw_only=True):
    """The signed head that all facts stand on.

    Attributes:
        log: Origin of the log.
        size: Entries of that log under it (count).
        root: Its root, hexadecimal.
        at: When it was committed to, RFC 3339 in UTC.
    """

    log: str
    size: int
    root: str
    at: str


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Figures in rows: title, heads of columns, cells as text, and what a reader must know."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    cautions: tuple[str, ...] = ()


class SealedFact(msgspec.Struct, frozen=True, kw_only=True):
    """One fact.

    Attributes:
        code: Stable name, such as `oversight.overrides`.
        title: What it is about.
        lines: What is so (1..n).
        kinds: Kinds of sealed record that it rests on (0..n); none for what the software itself is.
        records: How many of these stand under the head (count).
        tables: Figures that belong to it (0..n).
    """

    code: str
    title: str
    lines: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    records: int = 0
    tables: tuple[Table, ...] = ()


class ModelFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A registered model.

    Attributes:
        version: Its version.
        role: `champion`, `challenger`, `shadow`; None for none.
        was_champion: Whether it ever chose.
        begun: Month in which it first became champion, `YYYY-MM`; None if never.
        ended: Month in which another took its place; None while it is champion, or if it never was.
        sha256: Of its file, hexadecimal.
        purpose: What it is for; None where its file cannot be read.
        limits: What it must not be used for (0..n).
        data: What it learnt from (0..n lines).
        measured: How it does (0..n lines).
        acts: What was done with it, when, by whom, why (1..n).
    """

    version: str
    role: str | None
    was_champion: bool
    begun: str | None
    ended: str | None
    sha256: str
    purpose: str | None
    limits: tuple[str, ...]
    data: tuple[str, ...]
    measured: tuple[str, ...]
    acts: tuple[str, ...]


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """Rules that ask for the same, or the random share.

    Attributes:
        code: Stable name.
        title: What it is, in words.
        title_nl: The same in Dutch.
        is_in_use: Whether any of it counts now.
        is_tried: Whether any of it is a draft or runs without effect.
        begun: Month in which the first of it was published, `YYYY-MM`; None if none was, or not known.
        lines: Which rules, since when, on what source (0..n).
    """

    code: str
    title: str
    title_nl: str
    is_in_use: bool
    is_tried: bool
    begun: str | None
    lines: tuple[str, ...]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All of them.

    Attributes:
        administration: Its name in words.
        software: Name and version.
        head: The head they stand on; None where none is signed yet.
        since: First day of the figures; `until` the last.
        until: See `since`.
        models: Registered models, oldest first (0..n).
        families: Families of rules (1..n).
        facts: Everything else, by code (1..n).
    """

    administration: str
    software: str
    head: HeadFact | None
    since: str
    until: str
    models: tuple[ModelFacts, ...]
    families: tuple[Family, ...]
    facts: tuple[SealedFact, ...]

    def of(self, code: str) -> SealedFact | None:
        """The fact of a code; None if it is not known."""
        return next((one for one in self.facts if one.code == code), None)

    @property
    def digest(self) -> str:
        """SHA-256 of the facts as JSON, hexadecimal: the same for the same facts."""
        return sha256(msgspec.json.encode(self)).hexdigest()
