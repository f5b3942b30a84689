# SPDX-License-Identifier: Apache-2.0
"""What the audit of rows keeps outside the database: a digest of its newest progress, which no database can turn back."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cocket.errors import StoreError


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
                raise StoreError("Another process audits the rows just now.", code="audit-taken") from error
            time.sleep(0.05)
        else:
            return
