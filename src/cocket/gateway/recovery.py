# SPDX-License-Identifier: Apache-2.0
"""Carrying over what waits in the file of a gateway that cannot go on: damaged, changed, or one of two histories.

Each entry is signed by itself, so that whatever can be read and verifies is as it was received. It becomes an entry of another
gateway, with the time at which it was received first. Nothing is doubled by it: customs knows a message again by its content.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from cocket.errors import ProofError, SettingsError, StoreError
from cocket.gateway.identity import read_identity
from cocket.gateway.spool import NewEntry, Spool, StoredEntry, open_to_read
from cocket.ledger import GatewayEntry, Verifier, check_chain

#: So many numbers one after the other without an entry are the end of a file of which the end cannot be read.
_MOST_MISSING: Final = 1_000

#: Messages that wait for one commit.
_AT_ONCE: Final = 256


class CarriedOver(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the file of a gateway.

    Attributes:
        carried: Entries that waited for customs, and are entries of the other gateway now (count).
        answered: Entries that customs has answered, and that are left (count).
        lost: Numbers of entries that are gone, cannot be read, or are not what was signed (0..n).
    """

    carried: int
    answered: int
    lost: tuple[int, ...]


def check_heir(old: Path, new: Path) -> None:
    """See that what waits in a folder may go on in another.

    Raises:
        SettingsError: There is no gateway in one of them, or both are of one name: no identity numbers twice.
    """
    if read_identity(old).name == read_identity(new).name:
        raise SettingsError(
            "A gateway does not go on in its own place, nor under its own name.",
            hint="Make one of another name with cocket gateway init.",
            code="gateway-name",
        )


def carry_over(old: Path, spool: Spool) -> CarriedOver:
    """Carry over what waits in the file of a gateway, in its order; done again, nothing is doubled.

    Args:
        old: Folder of the gateway that cannot go on; nothing is written to its file.
        spool: File of the gateway that goes on in its place.

    Raises:
        SettingsError: There is no gateway in the folder.
        StoreError: Nothing of the file can be read, or the other one cannot be written.
    """
    verifier = Verifier.from_vkey(read_identity(old).vkey)
    database = open_to_read(old)
    lost: list[int] = []
    waiting: list[Future[StoredEntry]] = []
    carried = answered = 0
    try:
        _check_readable(database)
        for number, row in _rows(database):
            new = _verified(number, row, verifier) if row is not None else None
            if new is None:
                lost.append(number)
            elif row is not None and row[3] is not None:
                answered += 1
            else:
                waiting.append(spool.store(new))
                carried += 1
            if len(waiting) >= _AT_ONCE:
                _await(waiting)
    finally:
        database.close()
    _await(waiting)
    return CarriedOver(carried=carried, answered=answered, lost=tuple(lost))


def _check_readable(database: sqlite3.Connection) -> None:
    """See that a file is one of a gateway at all.

    Raises:
        StoreError: It is not.
    """
    try:
        database.execute("select sequence from entry limit 0")
    except sqlite3.Error as error:
        raise StoreError(
            f"Nothing of the file can be read: {error}.",
            code="gateway-damaged",
            hint="Senders send again what got a provisional receipt and no answer of customs.",
        ) from error


_Row = tuple[bytes, bytes, bytes, str | None]


def _rows(database: sqlite3.Connection) -> Iterator[tuple[int, _Row | None]]:
    """Each number with its row, in order; None where it is gone or cannot be read."""
    try:
        last: int | None = database.execute("select max(sequence) from entry").fetchone()[0] or 0
    except sqlite3.Error:
        last = None
    number, missing = 0, list[int]()
    while number < last if last is not None else len(missing) < _MOST_MISSING:
        number += 1
        try:
            row = database.execute(
                "select entry, signature, body, outcome from entry where sequence = ?", (number,)
            ).fetchone()
        except sqlite3.Error:
            row = None
        if row is None:
            missing.append(number)
            continue
        yield from ((one, None) for one in missing)
        missing.clear()
        yield number, row
    yield from ((one, None) for one in missing if last is not None)


def _verified(number: int, row: _Row, verifier: Verifier) -> NewEntry | None:
    """An entry with its message; None where they are not what was signed."""
    encoded, signature, body, _ = row
    try:
        entry = msgspec.json.decode(encoded, type=GatewayEntry)
        check_chain([(entry, signature)], verifier, number - 1, entry.previous)
    except (msgspec.DecodeError, UnicodeDecodeError, TypeError, ValueError, ProofError):
        return None
    if entry.gateway != verifier.name or not isinstance(body, bytes) or sha256(body).hexdigest() != entry.content:
        return None
    return NewEntry(
        key=entry.key, sender=entry.sender, media=entry.media, profile=entry.profile, body=body, at=entry.at
    )


def _await(waiting: list[Future[StoredEntry]]) -> None:
    for one in waiting:
        one.result(timeout=60)
    waiting.clear()
