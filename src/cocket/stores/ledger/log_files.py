# SPDX-License-Identifier: Apache-2.0
"""The public log as files, ready for any web server: tiles first, the checkpoint last, each replaced whole."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
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
                lock = os.open(self._beside("lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise StoreError(f"The log's lock cannot be acquired: {error.strerror}.") from error
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(lock)
                return False
            self._lock = lock
        return True

    def let_go(self) -> None:
        """Give up the right to write this log."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def holder(self) -> str:
        """A name for whoever holds this log's lock: the machine and the lock, and the process if it has only a lease."""
        lock = f"{socket.gethostname()}:{self._beside('lock').resolve()}"
        return lock if self._lock is not None else f"{lock}:{os.getpid()}"

    def of(self, name: str) -> LogFiles:
        """The log of a later year, in a folder within this one; this one itself if no name is given."""
        return LogFiles(self.folder / name) if name else self

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

    def publish(
        self, files: Mapping[str, bytes], checkpoint: bytes, may_follow: Callable[[bytes | None], bool]
    ) -> None:
        """Write tiles, make them durable, then replace the checkpoint that names them.

        Args:
            files: Tiles and bundles by path.
            checkpoint: The new checkpoint.
            may_follow: Whether it may take the place of the one that stands; asked while no other process publishes.

        Raises:
            StoreError: The disk refused, another process publishes, or a later checkpoint stands; what stands is true.
        """
        try:
            for path, content in files.items():
                self._replace(path, content)
            self._sync(self.folder)
            with self._publishing():
                if not may_follow(self.read("checkpoint")):
                    raise StoreError("Another process has published a later head.", code="book-overtaken")
                self._replace("checkpoint", checkpoint)
                self._sync(self.folder)
        except OSError as error:
            raise StoreError(f"The log cannot be written: {error.strerror}.") from error

    @contextmanager
    def _publishing(self) -> Iterator[None]:
        """As long as the block runs, no other process replaces a checkpoint, not even one that slept through its lease."""
        lock = os.open(self._beside("publishing"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreError("Another process is publishing a head.", hint="If it hangs, kill it.") from error
            yield
        finally:
            os.close(lock)

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
        # Not under the log's folder: a crash must not leave a stranger among the log's files.
        whole = self._beside(f"{os.getpid()}.partial")
        partial = whole.with_name(f".{whole.name}")
        try:
            _put_whole(partial, target, content)
        except FileNotFoundError:  # the first file of its folder
            target.parent.mkdir(parents=True, exist_ok=True)
            _put_whole(partial, target, content)

    def _beside(self, what: str) -> Path:
        """A file of ours beside the log, where it is no part of it; for a later year's, beside the first."""
        root = self.folder.parent if re.fullmatch(r"\d{4}", self.folder.name) else self.folder
        return root.with_name(f"{root.name}.{what}")

    def _sync(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _put_whole(partial: Path, target: Path, content: bytes) -> None:
    """Write a file, and let it stand at its place once it is on the disk."""
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
