# SPDX-License-Identifier: Apache-2.0
"""The public log as files, ready for any web server: tiles first, the checkpoint last, each replaced whole."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from cocket.errors import StoreError


class LogFiles:
    """One log folder. It holds the log and nothing else.

    Args:
        folder: The folder; made when first written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: int | None = None

    def hold(self) -> bool:
        """Take the right to write this log, until this process ends, however it ends; False if another has it.

        Raises:
            StoreError: The lock file beside the log cannot be written.
        """
        if self._lock is None:
            try:
                self.folder.parent.mkdir(parents=True, exist_ok=True)
                lock = os.open(self.folder.with_name(f"{self.folder.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as error:
                raise StoreError(f"The log's lock cannot be had: {error.strerror}.") from error
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(lock)
                return False
            self._lock = lock
        return True

    def read(self, path: str) -> bytes | None:
        """One file by its path in the log; None if there is none.

        Raises:
            StoreError: It is there and cannot be read.
        """
        try:
            return (self.folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StoreError(f"The log file {path} cannot be read: {error.strerror}.") from error

    def paths(self) -> list[str]:
        """Paths of all files, sorted, as the log names them."""
        return sorted(p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if not p.is_dir())

    def publish(self, files: Mapping[str, bytes], checkpoint: bytes) -> None:
        """Write tiles, make them durable, then replace the checkpoint that names them.

        Raises:
            StoreError: The disk refused; the old checkpoint still stands and is still true.
        """
        try:
            for path, content in files.items():
                self._replace(path, content)
            self._sync(self.folder)
            self._replace("checkpoint", checkpoint)
            self._sync(self.folder)
        except OSError as error:
            raise StoreError(f"The log cannot be written: {error.strerror}.") from error

    def put(self, path: str, content: bytes) -> None:
        """Write one file beside the tiles, such as the public key."""
        try:
            self._replace(path, content)
        except OSError as error:
            raise StoreError(f"The log cannot be written: {error.strerror}.") from error

    def remove(self, folders: Iterable[str]) -> None:
        """Remove folders of partial tiles that no checkpoint needs any more; one that is gone already is no error."""
        for folder in folders:
            shutil.rmtree(self.folder / folder, ignore_errors=True)

    def _replace(self, path: str, content: bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        # Not under the log's folder: a crash must not leave a stranger among the log's files.
        partial = self.folder.with_name(f".{self.folder.name}.{os.getpid()}.partial")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)

    def _sync(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
