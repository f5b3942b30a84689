# SPDX-License-Identifier: Apache-2.0
"""What is kept of rows in the home, outside the database, which nobody who writes to the database can turn back.

Three files: which sealed record each account rests on (`rows.accounts`), which rows were found different (`rows.noted`),
and a digest of the newest progress of the audit (`rows.audit`).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from cocket.errors import StoreError

#: How long a change of an account may take from its mark to its commit (seconds); a mark without its record is told after.
_UNDER_WAY = 30.0


class HomeMarks:
    """Which record each account rests on, and which rows were found different; shared by the connections of a process.

    Args:
        folder: The home; None in a process that has none, where nothing is kept.
    """

    def __init__(self, folder: Path | None) -> None:
        self._accounts = _Lines(folder / "rows.accounts") if folder else None
        self._noted = _Lines(folder / "rows.noted") if folder else None

    def newest(self, table: str, name: str) -> UUID | None:
        """The record that an account rests on since it was changed last; None where none was kept."""
        found = self._accounts.read().get((table, name)) if self._accounts else None
        return UUID(found) if found else None

    @property
    def is_under_way(self) -> bool:
        """Whether an account was changed so lately that its record may not be committed yet."""
        return self._accounts is not None and self._accounts.age < _UNDER_WAY

    def noted(self) -> set[tuple[str, str]]:
        """Table and key of the rows that were found different, and not set right since."""
        return {name for name, stands in self._noted.read().items() if stands} if self._noted else set()

    def keep(self, pending: PendingMarks) -> None:
        """Keep what a transaction found or changed, on the disk when this returns; to be called before it commits.

        Raises:
            StoreError: A file cannot be written.
        """
        if self._accounts and pending.accounts:
            self._accounts.add([(table, name, str(record)) for (table, name), record in pending.accounts.items()])
        if self._noted and pending.noted:
            known = self._noted.read()
            changed = [(*name, stands) for name, stands in pending.noted.items() if bool(known.get(name)) != stands]
            if changed:
                self._noted.add(changed)

    def keep_noted(self, names: set[tuple[str, str]]) -> None:
        """Keep these rows as the ones that differ, and no others.

        Raises:
            StoreError: The file cannot be written.
        """
        if self._noted:
            changed = dict.fromkeys(self.noted() - names, False) | dict.fromkeys(names - self.noted(), True)
            if changed:
                self._noted.add([(*name, stands) for name, stands in changed.items()])


class PendingMarks:
    """What one transaction will leave in the files of the home.

    Attributes:
        accounts: Table and name → the record that the account rests on from then on.
        noted: Table and key → whether the row differs from then on.
    """

    def __init__(self) -> None:
        self.accounts: dict[tuple[str, str], UUID] = {}
        self.noted: dict[tuple[str, str], bool] = {}


class MarkedConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that knows the files of the home, and gathers what its transaction leaves in them."""

    marks = HomeMarks(None)
    pending = PendingMarks()


class _Lines:
    """A file of lines of JSON, `[table, name, value]`, of which the last about a name holds."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._at: tuple[int, int, int] | None = None
        self._known: dict[tuple[str, str], Any] = {}

    def read(self) -> dict[tuple[str, str], Any]:
        """What holds, read again only where the file has changed."""
        with self._lock:
            try:
                found = self._file.stat()
                at = (found.st_ino, found.st_size, found.st_mtime_ns)
                if at != self._at:
                    lines = [msgspec.json.decode(one) for one in self._file.read_bytes().splitlines() if one]
                    self._known = {(table, name): value for table, name, value in lines}
                    self._at = at
            except FileNotFoundError:
                self._known, self._at = {}, None
            except (OSError, msgspec.DecodeError, ValueError, TypeError) as error:
                raise StoreError(f"{self._file} cannot be read: {error}.") from error
            return self._known

    @property
    def age(self) -> float:
        """Since when it was not written to (seconds)."""
        try:
            return max(0.0, time.time() - self._file.stat().st_mtime)
        except OSError:
            return float("inf")

    def add(self, lines: list[tuple[str, str, Any]]) -> None:
        """Add lines, on the disk when this returns."""
        data = b"".join(msgspec.json.encode(one) + b"\n" for one in lines)
        try:
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                os.write(descriptor, data)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StoreError(f"{self._file} cannot be written: {error.strerror}.") from error


class AuditMark:
    """The digest in a file of the home; whoever holds the file's lock audits, and no one else meanwhile.

    Args:
        file: The file; it is made when it is first needed.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor = -1

    @contextmanager
    def alone(self, patience: float) -> Iterator[None]:
        """Be the only one who audits; may be entered again by whoever is inside.

        Args:
            patience: How long to wait for another, in seconds.

        Raises:
            StoreError: Another audits all that time, or the file cannot be opened.
        """
        if self._descriptor >= 0:
            yield
            return
        try:
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"{self._file} cannot be opened: {error.strerror}.") from error
        try:
            _lock(descriptor, time.monotonic() + patience)
            self._descriptor = descriptor
            yield
        finally:
            self._descriptor = -1
            os.close(descriptor)

    def agrees(self, *values: bytes | None) -> bool | None:
        """Whether values are the ones that were kept last; None if none were kept yet. To be asked inside `alone`."""
        kept = os.pread(self._descriptor, 1024, 0)
        return kept == _digest(values) if kept else None

    def keep(self, *values: bytes | None) -> None:
        """Keep a digest of values, on the disk when this returns; inside `alone`, after they were committed.

        Raises:
            StoreError: The file cannot be written.
        """
        digest = _digest(values)
        try:
            os.pwrite(self._descriptor, digest, 0)
            os.ftruncate(self._descriptor, len(digest))
            os.fsync(self._descriptor)
        except OSError as error:
            raise StoreError(f"{self._file} cannot be written: {error.strerror}.") from error


def _digest(values: tuple[bytes | None, ...]) -> bytes:
    each = (b"-" if value is None else hashlib.sha256(value).hexdigest().encode() for value in values)
    return b" ".join(each) + b"\n"


def _lock(descriptor: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > until:
                raise StoreError("Another process is auditing the rows.", code="audit-taken") from error
            time.sleep(0.05)
        else:
            return
