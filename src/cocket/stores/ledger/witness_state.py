# SPDX-License-Identifier: Apache-2.0
"""What a witness must never forget: the logs it knows, and the last head of each that it cosigned.

A folder, no database: a witness should be small enough to run anywhere. A head is replaced whole and made durable
before anybody is told of it, under a lock that also keeps a second process out.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import msgspec

from cocket.errors import SettingsError, StoreError

_HASH = re.compile(r"[0-9a-f]{64}")


class KnownLog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A log that a witness cosigns.

    Attributes:
        origin: Its name.
        vkeys: Its public keys (1..n); several where it goes from one key to the next.
        has_years: Whether logs of other years of its family are cosigned too, under the same keys.
    """

    origin: str
    vkeys: tuple[str, ...]
    has_years: bool = False


class WitnessState:
    """The folder of a witness.

    Args:
        folder: The folder, made at need.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._heads = folder / "heads"

    def logs(self) -> tuple[KnownLog, ...]:
        """The logs it knows (0..n), in the order in which they were added.

        Raises:
            StoreError: Their file cannot be read.
            SettingsError: It is not such a file.
        """
        data = _read(self._folder / "logs.json")
        try:
            return () if data is None else msgspec.json.decode(data, type=tuple[KnownLog, ...])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{self._folder / 'logs.json'} is not valid: {error}.") from error

    def add_log(self, log: KnownLog) -> None:
        """Know a log, or know it otherwise than before.

        Raises:
            StoreError: The disk refuses.
        """
        with self._locked("logs"):
            others = [known for known in self.logs() if known.origin != log.origin]
            data = msgspec.json.format(msgspec.json.encode([*others, log])) + b"\n"
            _replace(self._folder / "logs.json", data)

    @contextmanager
    def hold(self, origin: str) -> Iterator[Path]:
        """One log's head to oneself, among all processes, for as long as the block runs.

        Yields:
            Its file, for `read_head` and `keep_head`.

        Raises:
            StoreError: The disk refuses.
        """
        name = name_of(origin)
        with self._locked(f"heads/{name}"):
            yield self._heads / name

    def read_head(self, name: str) -> bytes | None:
        """The head cosigned last, with its cosignatures; None if there was none, or no log can have that name.

        Args:
            name: SHA-256 of the origin, in hexadecimal.

        Raises:
            StoreError: It is there and cannot be read.
        """
        return _read(self._heads / name) if _HASH.fullmatch(name) else None

    def heads(self) -> tuple[bytes, ...]:
        """The last heads of all logs, with their cosignatures (0..n).

        Raises:
            StoreError: One cannot be read.
        """
        names = sorted(path.name for path in self._heads.glob("*") if _HASH.fullmatch(path.name))
        return tuple(note for name in names if (note := self.read_head(name)) is not None)

    def keep_head(self, name: str, note: bytes) -> None:
        """Keep a head; returns once it is durable.

        Raises:
            StoreError: The disk refuses; what was there before stays.
        """
        _replace(self._heads / name, note)

    def keep_fork(self, name: str, before: bytes, after: bytes) -> None:
        """Keep two heads that convict a log; a pair that is kept already is kept once.

        Raises:
            StoreError: The disk refuses.
        """
        pair = before + b"\n" + after
        path = self._folder / "forks" / f"{name}-{sha256(after).hexdigest()[:16]}"
        if not path.exists():
            _replace(path, pair)

    def forks(self) -> tuple[str, ...]:
        """Files of heads that convict a log (0..n), sorted."""
        return tuple(sorted(str(path) for path in (self._folder / "forks").glob("*") if path.suffix != ".partial"))

    def fork_files(self) -> tuple[tuple[str, bytes], ...]:
        """The same files with what is in them: two heads each.

        Raises:
            StoreError: One cannot be read.
        """
        return tuple((file, pair) for file in self.forks() if (pair := _read(Path(file))) is not None)

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        path = self._folder / f"{name}.lock"
        try:
            path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"{self._folder} cannot be written: {error.strerror}.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def name_of(origin: str) -> str:
    """The name of a log where names must be plain: SHA-256 of its origin, in hexadecimal."""
    return sha256(origin.encode()).hexdigest()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.") from error


def _replace(path: Path, data: bytes) -> None:
    """Replace a file whole, durably; only one process at a time does so for one file."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.") from error
