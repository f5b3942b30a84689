# SPDX-License-Identifier: Apache-2.0
"""The gateway's one file: every message that waits for the house, numbered, chained and signed, and what became of each.

SQLite in WAL mode with `synchronous=FULL`: an answer is given only after the commit that holds its entry is on disk. One
thread writes, and many who wait share one commit.
"""

from __future__ import annotations

import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from cocket.errors import ProofError, StoreError
from cocket.exchange.gateway_calls import MOST_BYTES, MOST_ENTRIES, BroughtEntry, EntryOutcome
from cocket.gateway.identity import NUMBERED, SPOOL, read_identity, read_signer
from cocket.ledger import NO_ENTRY, GatewayEntry, ProvisionalReceipt, Verifier, check_chain, entry_hash, sign_entry

_SCHEMA: Final = """
create table if not exists entry (
    sequence integer primary key, entry blob not null, signature blob not null, body blob not null,
    key text not null, sender text not null, content text not null, outcome text,
    unique (key, sender, content)
);
create index if not exists entry_waiting on entry (sequence) where outcome is null;
create table if not exists answer (
    key text not null, sender text not null, content text not null, status integer not null, body blob not null, at real not null,
    primary key (key, sender, content)
) without rowid;
create index if not exists answer_at on answer (at);
create table if not exists seen_key (digest blob primary key, key text not null, at real not null) without rowid;
create table if not exists said (name text primary key, value text not null) without rowid;
create table if not exists taken_file (path text primary key, stamp text not null) without rowid;
"""

#: Messages of one commit.
_MOST_AT_ONCE: Final = 256

#: How many may wait for a commit before more are turned away.
_MOST_WAITING: Final = 4096

#: Answers of the house that are kept, so that what is sent again while the line is down gets the same one; and after how many more
#: of them the oldest are let go.
_ANSWERS_KEPT: Final = 100_000
_ANSWERS_BEYOND: Final = 1000

#: What SQLite calls a file that is damaged, or is none of its own.
_DAMAGED_CODES: Final = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))

#: What to do where a gateway cannot go on with its file.
RECOVER: Final = (
    "Keep the folder as it is. Make a gateway of another name with cocket gateway init, have it registered at customs, and carry "
    "over what waits and can be read: cocket gateway recover OLD --home NEW."
)
_LOST: Final = (
    "If the file was moved, put it back. Else make a gateway of another name with cocket gateway init, and have it registered at "
    "customs; senders send again what got a provisional receipt and no answer of customs."
)


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is to be stored.

    Attributes:
        key: Id of the API key that brought it.
        sender: Sender as stated; empty for none.
        media: Media type as stated; empty for none.
        profile: Profile as stated; empty for none.
        body: The message.
        at: When another gateway received it, from whose file it is carried over, RFC 3339 in UTC; empty for now.
    """

    key: str
    sender: str
    media: str
    profile: str
    body: bytes
    at: str = ""


class StoredEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it stands.

    Attributes:
        receipt: Its provisional receipt.
        outcome: What the house made of it; None while it waits.
    """

    receipt: ProvisionalReceipt
    outcome: EntryOutcome | None = None


class SpoolStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How a gateway's file stands.

    Attributes:
        last: Number of the newest entry; 0 for none.
        head: Its hash, hexadecimal.
        waiting: Entries that the house does not have yet (count).
        oldest: When the oldest of these was taken in, RFC 3339 in UTC; empty for none.
        outcomes: Outcome → entries (count).
        held_by: Agency that held the goods when an entry was brought → entries (count).
        stopped: Why nothing is forwarded or taken in any more, in words; empty for not.
        stopped_by: Its code; empty for not.
        problem: Why the last try to reach the house failed, in words; empty where it did not.
    """

    last: int
    head: str
    waiting: int = 0
    oldest: str = ""
    outcomes: dict[str, int] = {}
    held_by: dict[str, int] = {}
    stopped: str = ""
    stopped_by: str = ""
    problem: str = ""


class Spool:
    """The file of a gateway; one process works with it.

    Args:
        home: Folder of the gateway.
        clock: Gives the moment (UTC).

    Raises:
        ProofError: What is in the file is not what was signed.
        StoreError: The file cannot be read or written.
    """

    def __init__(self, home: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = home / SPOOL
        self.identity = read_identity(home)
        self._signer = read_signer(home)
        self._clock = clock
        self._answers = 0  # kept since the start
        self._guard = threading.Lock()
        self._numbered = home / NUMBERED
        _check_there(home)
        with _told():
            self._database = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=10.0)
            self._database.execute("pragma journal_mode=wal")
            self._database.execute("pragma synchronous=full")
            self._database.executescript(_SCHEMA)
        try:
            self._place = check_spool(self._database, self._signer.verifier)
            if self._place[0] == 0 and self._numbered.exists():
                raise _lost()
            self._note_numbered()
        except (ProofError, StoreError):
            self._database.close()
            raise
        self._waiting: queue.SimpleQueue[tuple[NewEntry, Future[StoredEntry]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Store what waits, then close the file."""
        self._waiting.put(None)
        self._thread.join(timeout=30)
        with self._guard:
            self._database.close()

    def store(self, new: NewEntry) -> Future[StoredEntry]:
        """Store a message; done once it is on disk. The same message of the same key again gets the entry that it has.

        Raises (in the future):
            StoreError: It is not stored.
        """
        made: Future[StoredEntry] = Future()
        if self._waiting.qsize() >= _MOST_WAITING:
            made.set_exception(StoreError("More messages are waiting than can be stored.", code="overloaded"))
            return made
        self._waiting.put((new, made))
        return made

    def entry_of(self, key: str, sender: str, content: str) -> StoredEntry | None:
        """The entry that a message of a key has; None for none."""
        return self._one("key = ? and sender = ? and content = ?", (key, sender, content))

    def entry_at(self, sequence: int, key: str) -> StoredEntry | None:
        """An entry by its number, if this key brought it; None for none."""
        return self._one("sequence = ? and key = ?", (sequence, key))

    def answer_of(self, key: str, sender: str, content: str) -> tuple[int, bytes] | None:
        """What the house answered to a message while the line was up: status and body; None where it was not asked."""
        with self._reading() as database:
            row = database.execute(
                "select status, body from answer where key = ? and sender = ? and content = ?", (key, sender, content)
            ).fetchone()
        return (row[0], row[1]) if row else None

    def keep_answer(self, of: tuple[str, str, str], status: int, body: bytes) -> None:
        """Keep what the house answered, and let the oldest answers go beyond the number that is kept.

        Args:
            of: Key, sender and SHA-256 of the message.
            status: HTTP status.
            body: Body of the answer.

        Raises:
            StoreError: It cannot be kept.
        """
        with self._writing() as database:
            database.execute(
                "insert or replace into answer values (?, ?, ?, ?, ?, ?)", (*of, status, body, time.time())
            )
            if self._answers % _ANSWERS_BEYOND == 0:
                database.execute(
                    "delete from answer where at < (select at from answer order by at desc limit 1 offset ?)",
                    (_ANSWERS_KEPT - 1,),
                )
            self._answers += 1

    def key_seen(self, presented: str, days: float) -> str | None:
        """The id of a key that the house accepted within so many days; None for one that it did not.

        Where the clock was set back since, as after a power failure, the key is good: the house looks it up again.
        """
        digest = _digest_of(presented)
        with self._reading() as database:
            row = database.execute("select key, at from seen_key where digest = ?", (digest,)).fetchone()
        return row[0] if row and time.time() - row[1] <= days * 86_400 else None

    def note_key(self, presented: str, key: str | None) -> None:
        """Note that the house accepted a key just now, or that it did not (None).

        Raises:
            StoreError: It cannot be noted.
        """
        digest = _digest_of(presented)
        with self._writing() as database:
            if key is None:
                database.execute("delete from seen_key where digest = ?", (digest,))
            else:
                database.execute("insert or replace into seen_key values (?, ?, ?)", (digest, key, time.time()))

    def following(self, sequence: int) -> list[BroughtEntry]:
        """Entries after a number, in order, as many as go in one batch (0..256)."""
        found: list[BroughtEntry] = []
        size = 0
        with self._reading() as database:
            rows = database.execute(
                "select entry, signature, body from entry where sequence > ? order by sequence limit ?",
                (sequence, MOST_ENTRIES),
            )
            for entry, signature, body in rows:
                size += len(body)
                if found and size > MOST_BYTES:
                    break
                found.append(BroughtEntry(entry=_entry(entry), signature=signature, body=body))
        return found

    def head_at(self, sequence: int) -> str | None:
        """The hash of an entry by its number; None where there is none."""
        if sequence == 0:
            return NO_ENTRY
        with self._reading() as database:
            row = database.execute("select entry from entry where sequence = ?", (sequence,)).fetchone()
        return entry_hash(_entry(row[0])) if row else None

    def first_waiting(self) -> int:
        """Number of the first entry of which it is not known what the house made; 0 for none."""
        with self._reading() as database:
            row = database.execute("select min(sequence) from entry where outcome is null").fetchone()
        return row[0] or 0

    def has_waiting(self) -> bool:
        """Whether anything waits for the house, or for its commit."""
        return self._waiting.qsize() > 0 or self.first_waiting() > 0

    def keep_outcomes(self, outcomes: Sequence[EntryOutcome]) -> None:
        """Keep what the house made of entries.

        Raises:
            StoreError: It cannot be kept.
        """
        with self._writing() as database:
            database.executemany(
                "update entry set outcome = ? where sequence = ?",
                [(msgspec.json.encode(one).decode(), one.sequence) for one in outcomes],
            )

    def stop(self, why: str, code: str = "gateway-stopped") -> None:
        """Take nothing in and forward nothing from now on; the reason is kept, in words and as a code.

        Raises:
            StoreError: It cannot be kept.
        """
        self._say("stopped", why)
        self._say("stopped-by", code)

    def resume(self) -> None:
        """Go on after a stop that was set right.

        Raises:
            StoreError: It cannot be kept.
        """
        with self._writing() as database:
            database.execute("delete from said where name in ('stopped', 'stopped-by')")

    def note_problem(self, why: str) -> None:
        """Keep why the house could not be reached; empty once it could.

        Raises:
            StoreError: It cannot be kept.
        """
        self._say("problem", why)

    def stopped(self) -> str:
        """Why nothing is taken in any more, in words; empty for not."""
        return self._said().get("stopped", "")

    def stopped_by(self) -> str:
        """The code of why nothing is taken in any more; empty for not."""
        return _stopping_code(self._said())

    def stamp_of(self, path: str) -> str | None:
        """How a file of the host's folder stood when it was taken in; None where it was not."""
        with self._reading() as database:
            row = database.execute("select stamp from taken_file where path = ?", (path,)).fetchone()
        return row[0] if row else None

    def keep_stamp(self, path: str, stamp: str) -> None:
        """Keep how a file of the host's folder stood when it was taken in.

        Raises:
            StoreError: It cannot be kept.
        """
        with self._writing() as database:
            database.execute("insert or replace into taken_file values (?, ?)", (path, stamp))

    def newest(self) -> tuple[int, str]:
        """Number and hash of the newest entry; 0 and `NO_ENTRY` for none."""
        return self._place

    def standing(self) -> SpoolStanding:
        """How the file stands."""
        with self._reading() as database:
            return standing_of(database)

    # Within

    def _said(self) -> dict[str, str]:
        with self._reading() as database:
            return dict(database.execute("select name, value from said").fetchall())

    def _say(self, name: str, value: str) -> None:
        with self._writing() as database:
            database.execute("insert or replace into said values (?, ?)", (name, value))

    def _one(self, where: str, given: tuple[Any, ...]) -> StoredEntry | None:
        with self._reading() as database:
            row = database.execute(
                f"select entry, signature, outcome from entry where {where}",
                given,
            ).fetchone()
        return self._stored(*row) if row else None

    def _stored(self, entry: bytes, signature: bytes, outcome: str | None) -> StoredEntry:
        verifier = self._signer.verifier
        receipt = ProvisionalReceipt(entry=_entry(entry), key=f"{verifier.name}+{verifier.key_id}", signature=signature)
        made = msgspec.json.decode(outcome, type=EntryOutcome) if outcome is not None else None
        return StoredEntry(receipt=receipt, outcome=made)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._guard, _told():
            yield self._database

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._guard, _told():
            self._database.execute("begin immediate")
            try:
                yield self._database
                self._database.execute("commit")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("rollback")
                raise

    def _note_numbered(self) -> None:
        """Note beside the file that there are entries in it; where that cannot be written, it is tried again with the next."""
        if not self._place[0] or self._numbered.exists():
            return
        try:
            with os.fdopen(os.open(self._numbered, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(f"This gateway has numbered entries: they are in {SPOOL}.\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            return

    def _run(self) -> None:
        is_open = True
        while is_open:
            batch: list[tuple[NewEntry, Future[StoredEntry]]] = []
            following = self._waiting.get()
            while following is not None:
                batch.append(following)
                if len(batch) >= _MOST_AT_ONCE:
                    break
                try:
                    following = self._waiting.get_nowait()
                except queue.Empty:
                    break
            else:
                is_open = False
            if batch:
                self._commit(batch)

    def _commit(self, batch: list[tuple[NewEntry, Future[StoredEntry]]]) -> None:
        last, head = self._place
        answers: list[StoredEntry] = []
        try:
            with self._writing() as database:
                for new, _ in batch:
                    stored, last, head = self._append(database, new, last, head)
                    answers.append(stored)
        except Exception as error:  # noqa: BLE001 - an outage; nobody may wait for an answer for ever
            failed = error if isinstance(error, StoreError) else StoreError("The message could not be stored.")
            for _, future in batch:
                future.set_exception(failed)
            return
        self._place = last, head
        self._note_numbered()
        for (_, future), answer in zip(batch, answers, strict=True):
            future.set_result(answer)

    def _append(
        self, database: sqlite3.Connection, new: NewEntry, last: int, head: str
    ) -> tuple[StoredEntry, int, str]:
        content = sha256(new.body).hexdigest()
        known = database.execute(
            "select entry, signature, outcome from entry where key = ? and sender = ? and content = ?",
            (new.key, new.sender, content),
        ).fetchone()
        if known:
            return self._stored(*known), last, head
        entry = GatewayEntry(
            at=new.at or self._clock().astimezone(UTC).isoformat(timespec="microseconds"),
            content=content,
            gateway=self.identity.name,
            key=new.key,
            media=new.media,
            office=self.identity.office,
            previous=head,
            profile=new.profile,
            sender=new.sender,
            sequence=last + 1,
        )
        receipt = sign_entry(entry, self._signer)
        database.execute(
            "insert into entry values (?, ?, ?, ?, ?, ?, ?, null)",
            (entry.sequence, msgspec.json.encode(entry), receipt.signature, new.body, new.key, new.sender, content),
        )
        return StoredEntry(receipt=receipt), entry.sequence, entry_hash(entry)


def check_spool(database: sqlite3.Connection, verifier: Verifier) -> tuple[int, str]:
    """Check that a file holds what was signed: the whole chain, and of each entry its signature and its message.

    Returns:
        Number and hash of the newest entry.

    Raises:
        ProofError: It does not; with what to do.
        StoreError: The file cannot be read; with what to do.
    """
    try:
        return _checked(database, verifier)
    except ProofError as error:
        error.hint = RECOVER
        raise


def _checked(database: sqlite3.Connection, verifier: Verifier) -> tuple[int, str]:
    last, head = 0, NO_ENTRY
    with _told():
        rows = database.execute(
            "select sequence, entry, signature, body, key, sender, content from entry order by sequence"
        )
        for sequence, encoded, signature, body, *columns in rows:
            entry = _entry(encoded)
            named = [entry.key, entry.sender, entry.content]
            is_whole = sequence == entry.sequence and named == columns and msgspec.json.encode(entry) == encoded
            if not is_whole or entry.gateway != verifier.name:
                raise ProofError(
                    "The row of an entry is not what was signed.", code="gateway-row", pointer=f"entry {sequence}"
                )
            if sha256(body).hexdigest() != entry.content:
                raise ProofError(
                    "The message of an entry is not the one that was signed.",
                    code="gateway-content",
                    pointer=f"entry {sequence}",
                )
            last, head = check_chain([(entry, signature)], verifier, last, head)
    return last, head


def open_to_read(home: Path) -> sqlite3.Connection:
    """The file of a gateway to be looked at, also while the gateway runs.

    Raises:
        StoreError: There is none, or it cannot be read.
    """
    path = home / SPOOL
    _check_there(home)
    if not path.is_file() or not path.stat().st_size:
        raise StoreError("The gateway has not run yet: it has no file of entries.")
    with _told():
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10.0)


def standing_of(database: sqlite3.Connection) -> SpoolStanding:
    """How a gateway's file stands.

    Raises:
        StoreError: It cannot be read.
    """
    with _told():
        newest = database.execute("select entry from entry order by sequence desc limit 1").fetchone()
        waiting, first = database.execute("select count(*), min(sequence) from entry where outcome is null").fetchone()
        oldest = database.execute("select entry from entry where sequence = ?", (first,)).fetchone() if first else None
        made = database.execute(
            "select json_extract(outcome, '$.outcome'), count(*) from entry where outcome is not null group by 1"
        ).fetchall()
        held = database.execute(
            """select json_extract(each.value, '$[0]'), count(distinct entry.sequence)
            from entry, json_each(json_extract(entry.outcome, '$.held_by')) each where entry.outcome is not null group by 1"""
        ).fetchall()
        said = dict(database.execute("select name, value from said").fetchall())
    entry = _entry(newest[0]) if newest else None
    return SpoolStanding(
        last=entry.sequence if entry else 0,
        head=entry_hash(entry) if entry else NO_ENTRY,
        waiting=waiting,
        oldest=_entry(oldest[0]).at if oldest else "",
        outcomes=dict(made),
        held_by=dict(held),
        stopped=said.get("stopped", ""),
        stopped_by=_stopping_code(said),
        problem=said.get("problem", ""),
    )


def _stopping_code(said: dict[str, str]) -> str:
    """The code of why nothing is taken in any more, of what is said of a file; empty for not."""
    return said.get("stopped-by", "gateway-stopped") if said.get("stopped") else ""


def _check_there(home: Path) -> None:
    """See that the file of a gateway that has numbered entries is still there.

    Raises:
        StoreError: It is missing or empty; with what to do.
    """
    path = home / SPOOL
    if (home / NUMBERED).exists() and not (path.is_file() and path.stat().st_size):
        raise _lost()


def _lost() -> StoreError:
    return StoreError(
        f"The file of this gateway, {SPOOL}, is missing or empty, and the gateway has numbered entries before: it does not begin "
        "again at number 1.",
        code="gateway-lost",
        hint=_LOST,
    )


@contextmanager
def _told() -> Iterator[None]:
    """Say of what SQLite refuses, in our words, that nothing was stored."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None) or 0
        if code & 0xFF in _DAMAGED_CODES:
            raise StoreError(
                f"The gateway's file is damaged: {error}.", code="gateway-damaged", hint=RECOVER
            ) from error
        is_full = code == sqlite3.SQLITE_FULL
        words = "The disk is full; nothing was stored." if is_full else f"The gateway's file refused: {error}."
        raise StoreError(words, code="disk-full" if is_full else "store") from error


def _entry(encoded: bytes) -> GatewayEntry:
    try:
        return msgspec.json.decode(encoded, type=GatewayEntry)
    except (msgspec.DecodeError, UnicodeDecodeError, TypeError) as error:
        raise ProofError("An entry of the gateway's file cannot be read.", code="gateway-row") from error


def _digest_of(presented: str) -> bytes:
    return sha256(b"cocket gateway key\n" + presented.encode()).digest()
