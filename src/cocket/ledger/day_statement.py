# SPDX-License-Identifier: Apache-2.0
"""What an administration states of one day, in public: a note under the log's key, published beside the heads.

    customs.example/log/2026
    statement
    day 2026-11-28
    at 2026-11-29T00:05:00Z
    head 4096 Lf4p… (the root)
    messages 1280
    advice 1280
    draws 1216
    looks 4096
    kept 1280
    open 0
    broken 0
    policies 3f2a… (SHA-256)
    tables equal up to 4096 at 2026-11-28T02:13:05Z

    — customs.example/log/2026 (the log's key)

`head` is the newest head at the time `at`: a head alone has no time, and this one does, so a promise that was due by then
and lies beyond it is broken, for anyone to see. Counts are under cover, each rounded to whole steps in a way that is fair
on average and drawn from a secret; `broken` alone is exact. Nothing is counted that hangs on a lane but looks, whose steps
are wide. The statement of a day is made once, after the day, and never changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

import msgspec

from cocket.errors import ProofError
from cocket.ledger.checkpoint import open_checkpoint
from cocket.ledger.encoding import from_base64, to_base64
from cocket.ledger.handover import Tenure, read_tenures
from cocket.ledger.note import Signer, Verifier, open_note, sign_note, split_note
from cocket.ledger.proof import Prover
from cocket.ledger.receipt import Check, Verdict
from cocket.ledger.tiles import Read
from cocket.ledger.tree import HASH_LENGTH

#: Folder of statements within a log's folder.
STATEMENTS: Final = "statement"

#: Steps to which counts are rounded: of what traders cause themselves, and of looks, which hang on lanes.
COUNT_STEP: Final = 64
LOOK_STEP: Final = 1024

_NUMBER = r"(0|[1-9]\d{0,15})"
_AT = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
_TEXT = re.compile(
    rf"([^\n]+)\nstatement\nday (\d{{4}}-\d\d-\d\d)\nat {_AT}\nhead {_NUMBER} ([A-Za-z0-9+/]{{43}}=)\n"
    rf"messages {_NUMBER}\nadvice {_NUMBER}\ndraws {_NUMBER}\nlooks {_NUMBER}\n"
    rf"kept {_NUMBER}\nopen {_NUMBER}\nbroken {_NUMBER}\npolicies ([0-9a-f]{{64}})\n"
    rf"tables (not compared|(?:equal|differ) up to {_NUMBER} at {_AT})\n",
    re.ASCII,
)
_PATH = re.compile(rf"{STATEMENTS}/(\d{{4}}-\d\d-\d\d)", re.ASCII)


class TablesStated(msgspec.Struct, frozen=True, kw_only=True):
    """What the newest audit of tables found, as `tables_note` has it.

    Attributes:
        is_equal: Whether every derived row agreed with the entries.
        size: Size of the log up to which that was looked at (count of entries).
        at: When the audit ended, UTC.
    """

    is_equal: bool
    size: int
    at: datetime


class DayStatement(msgspec.Struct, frozen=True, kw_only=True):
    """What is stated of a day.

    Attributes:
        log: Origin of the log.
        day: The day, UTC.
        at: When the statement was made, UTC, in whole seconds; after the day.
        size: Size of the newest head at that time (count of entries).
        root: Its root (32 bytes).
        messages: Messages sealed on the day (count, under cover).
        advice: Advice sealed on the day (count, under cover).
        draws: Consignments first drawn for on the day (count, under cover).
        looks: Accesses sealed on the day (count, under cover).
        kept: Receipts of the day whose leaf was under a head in time (count, under cover).
        open: Receipts of the day that were not due yet at that time (count, under cover).
        broken: Receipts of the day that were due, and whose leaf was under no head in time (count, exact).
        policies: SHA-256 of the access policies in force, 64 hexadecimal digits.
        tables: What the newest audit of tables found; None if there was none.
    """

    log: str
    day: date
    at: datetime
    size: int
    root: bytes
    messages: int
    advice: int
    draws: int
    looks: int
    kept: int
    open: int
    broken: int
    policies: str
    tables: TablesStated | None

    @property
    def text(self) -> str:
        """The text that is signed.

        Source: C2SP signed-note; what it says is ours.
        """
        tables = "not compared"
        if self.tables is not None:
            word = "equal" if self.tables.is_equal else "differ"
            tables = f"{word} up to {self.tables.size} at {_written(self.tables.at)}"
        return (
            f"{self.log}\nstatement\nday {self.day.isoformat()}\nat {_written(self.at)}\n"
            f"head {self.size} {to_base64(self.root)}\n"
            f"messages {self.messages}\nadvice {self.advice}\ndraws {self.draws}\nlooks {self.looks}\n"
            f"kept {self.kept}\nopen {self.open}\nbroken {self.broken}\n"
            f"policies {self.policies}\ntables {tables}\n"
        )


def statement_file(day: date) -> str:
    """Path of the statement of a day within a log's folder.

    Source: ours.
    """
    return f"{STATEMENTS}/{day.isoformat()}"


def statement_day(path: str) -> date | None:
    """The day whose statement a path is; None if it is no such path.

    Source: ours.
    """
    match = _PATH.fullmatch(path)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def write_statement(told: DayStatement, signers: Sequence[Signer]) -> bytes:
    """The statement, signed.

    Raises:
        ProofError: It cannot be one, such as one made before its day was over.

    Source: C2SP signed-note; what it says is ours.
    """
    if _parsed(told.text) != told:
        raise ProofError("The statement cannot be written.", code="statement-form")
    return sign_note(told.text, signers)


def read_statement(data: bytes, verifiers: Sequence[Verifier] | None) -> DayStatement:
    """A statement, checked against keys of the log.

    Args:
        data: The note.
        verifiers: Keys of the log; None to read what it says without checking who says it.

    Raises:
        ProofError: It is not in form, or no key of the log signed it, or something is appended.

    Source: C2SP signed-note; what it says is ours.
    """
    text = split_note(data)[0]
    told = _parsed(text)
    if verifiers is None:
        return told
    opened = open_note(data, verifiers)
    lines = "".join(signature.line for signature in opened.verified)
    is_own = all(signature.name == told.log for signature in opened.verified)
    if opened.unknown or f"{text}\n{lines}".encode() != data or not is_own:
        raise ProofError("It is not signed by the log's key alone.", code="statement-key")
    return told


def find_statement(day: date, read: Read) -> tuple[bytes, Read] | None:
    """The statement of a day in a folder with the logs of one or several years.

    Args:
        day: The day.
        read: Gives the files below the folder.

    Returns:
        The note, and what gives the files of its log; None if there is none.

    Source: floor plan §3, one log a year per administration.
    """
    for folder in ("", f"{day.year:04}/", f"{day.year + 1:04}/"):
        data = read(f"{folder}{statement_file(day)}")
        if data is not None:
            return data, _below(read, folder)
    return None


def verify_statement(day: date, data: bytes, read: Read, vkeys: Sequence[str]) -> Verdict:
    """Check the statement of a day against the log in which it stands.

    Args:
        day: The day asked for.
        data: The note.
        read: Gives the files of the log.
        vkeys: Public keys of the log, from elsewhere; none to take the log's own.

    Returns:
        `statement`: a key of the log signed it, and it is of that day; `head`: the log has the head that it states.

    Raises:
        ProofError: A public key is not one.

    Source: C2SP signed-note, tlog-checkpoint; RFC 6962 §2.1.
    """
    try:
        keys = _keys(read, vkeys)
        told = read_statement(data, keys)
    except ProofError as error:
        return Verdict((Check("statement", "failed", str(error)),))
    if told.day != day:
        return Verdict((Check("statement", "failed", f"It is the statement of {told.day}."),))
    whose = f"{told.log} signed it." if vkeys else f"{told.log} signed it, by the key that the log itself has."
    return Verdict((Check("statement", "passed", whose), _head_check(told, read, keys)))


def _head_check(told: DayStatement, read: Read, keys: Sequence[Verifier]) -> Check:
    """Whether the log goes through the head stated."""
    try:
        head = open_checkpoint(read("checkpoint") or b"", keys)[0]
        if head.size < told.size:
            why = (
                f"The head there covers {head.size} entries, fewer than the {told.size} stated: it may be a late copy."
            )
            return Check("head", "not-checked", why)
        root = Prover(head.size, read).root(told.size)
    except ProofError as error:
        return Check("head", "not-checked", f"The files of the log do not show it: {error}")
    if root != told.root:
        return Check("head", "failed", f"The log has another root over {told.size} entries.")
    return Check("head", "passed", f"The log has the head stated, over {told.size} entries.")


def _keys(read: Read, vkeys: Sequence[str]) -> list[Verifier]:
    """The keys of a log from the first one given on; from its own first one if none is."""
    given = [Verifier.from_vkey(vkey).vkey for vkey in vkeys]
    own = read("key.vkey")
    if own is None:
        tenures: tuple[Tenure, ...] = tuple(Tenure(vkey, 0, None) for vkey in given)
    else:
        tenures = read_tenures(own.decode("utf-8", "replace").strip(), read)
    known = [tenure.vkey for tenure in tenures]
    places = [known.index(vkey) for vkey in given if vkey in known]
    if (given and not places) or not known:
        raise ProofError("The log there has another key than the one given.", code="note-unknown-key")
    return [Verifier.from_vkey(vkey) for vkey in known[min(places, default=0) :]]


def _below(read: Read, folder: str) -> Read:
    return lambda path: read(f"{folder}{path}")


def _parsed(text: str) -> DayStatement:
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ProofError("It is not a statement of a day.", code="statement-form")
    log, day, at, size, root, *counts, policies, tables, tables_size, tables_at = match.groups()
    messages, advice, draws, looks, kept, is_open, broken = map(int, counts)
    try:
        told = DayStatement(
            log=log,
            day=date.fromisoformat(day),
            at=_moment(at),
            size=int(size),
            root=from_base64(root, "root hash"),
            messages=messages,
            advice=advice,
            draws=draws,
            looks=looks,
            kept=kept,
            open=is_open,
            broken=broken,
            policies=policies,
            tables=None if tables_size is None else _tables(tables, tables_size, tables_at),
        )
    except ValueError as error:
        raise ProofError("The statement names a time that is none.", code="statement-form") from error
    if len(told.root) != HASH_LENGTH or told.at.date() <= told.day:
        raise ProofError("The statement was not made after its day.", code="statement-form")
    return told


def _tables(said: str, size: str, at: str) -> TablesStated:
    return TablesStated(is_equal=said.startswith("equal"), size=int(size), at=_moment(at))


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
