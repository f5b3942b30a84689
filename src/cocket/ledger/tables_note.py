# SPDX-License-Identifier: Apache-2.0
"""What an audit of the house's tables found: a note under the log's key, published beside its checkpoint.

    customs.example/log/2026
    tables
    equal up to 4096
    2026-11-28T02:13:05Z

    — customs.example/log/2026 (the log's key)

It says that on that day every derived row agreed with the entries up to that size, or that some did not (`differ up
to`). Which ones is the house's own affair. The size is that of a published head, so that the note tells nothing of the
pace of the log. It is the house's word, as the time in an entry is; a house that stops saying it, or says `differ`, is
seen by whoever watches its log.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from cocket.errors import ProofError
from cocket.ledger.note import Signer, Verifier, open_note, sign_note, split_note

#: Path of the note within a log's folder.
TABLES_FILE = "tables"

_TEXT = re.compile(r"([^\n]+)\ntables\n(equal|differ) up to (0|[1-9]\d{0,15})\n(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n")


class TablesNote(msgspec.Struct, frozen=True, kw_only=True):
    """What an audit of tables found.

    Attributes:
        origin: Name of the log.
        is_equal: Whether every derived row agreed with the entries.
        size: Size of the log up to which that was looked at (count of entries).
        at: When the audit ended, UTC.
    """

    origin: str
    is_equal: bool
    size: int
    at: datetime


def write_tables_note(told: TablesNote, signers: Sequence[Signer]) -> bytes:
    """The note, signed.

    Source: C2SP signed-note; what it says is ours.
    """
    word = "equal" if told.is_equal else "differ"
    at = told.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return sign_note(f"{told.origin}\ntables\n{word} up to {told.size}\n{at}\n", signers)


def read_tables_note(data: bytes, verifiers: Sequence[Verifier]) -> TablesNote:
    """A note, checked against keys of the log.

    Raises:
        ProofError: It is not in form, or no key of the log signed it, or something is appended.

    Source: C2SP signed-note; what it says is ours.
    """
    text = split_note(data)[0]
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ProofError("It is not a note about tables.", code="tables-form")
    opened = open_note(data, verifiers)
    lines = "".join(signature.line for signature in opened.verified)
    if opened.unknown or f"{text}\n{lines}".encode() != data or match[1] != verifiers[0].name:
        raise ProofError("It is not signed by the log's key alone.", code="tables-key")
    at = datetime.strptime(match[4], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return TablesNote(origin=match[1], is_equal=match[2] == "equal", size=int(match[3]), at=at)
