# SPDX-License-Identifier: Apache-2.0
"""A key for each sealed thing, in a file of its own: outside the database and its backups, so that it can be destroyed.

The file is a row of slots of equal length. A slot holds one random key, wrapped under the key-encryption key; a slot of
zeros was destroyed. Slots are written ahead, many with one fsync, and each is used once: sealing a message adds no
wait for the disk to the one of the database.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cocket.errors import StoreError

_KEY_LENGTH = 32
_NONCE_LENGTH = 12
_SLOT_LENGTH = _NONCE_LENGTH + _KEY_LENGTH + 16
_DESTROYED = bytes(_SLOT_LENGTH)

#: What stands before a part that was encrypted again, with the nonce of its own.
_AGAIN = b"again"

#: Slots written ahead at a time (count).
_AHEAD = 1024


class SubjectKey(msgspec.Struct, frozen=True):
    """The key of one sealed thing.

    Attributes:
        slot: Where it stands in the file.
        secret: The key (32 bytes).
    """

    slot: int
    secret: bytes

    def __repr__(self) -> str:
        return f"SubjectKey(slot={self.slot})"

    @property
    def nonce(self) -> bytes:
        """The nonce of the thing's commitment (32 bytes): it goes with the key."""
        return hmac.digest(self.secret, b"nonce", "sha256")

    def close(self, use: str, plain: bytes) -> bytes:
        """Encrypt one of the thing's parts, once for each use.

        Source: NIST SP 800-38D (AES-256-GCM); the key is used once for each use, so the use can be the nonce.
        """
        return AESGCM(self.secret).encrypt(use.encode().ljust(12), plain, None)

    def close_again(self, use: str, plain: bytes) -> bytes:
        """Encrypt one of the thing's parts that was made again: it may be another, so it takes a nonce of its own.

        Source: NIST SP 800-38D, 8.2.2; the use is under the authentication.
        """
        nonce = os.urandom(_NONCE_LENGTH)
        return _AGAIN + nonce + AESGCM(self.secret).encrypt(nonce, plain, use.encode())

    def open(self, use: str, closed: bytes) -> bytes:
        """Decrypt one of the thing's parts.

        Raises:
            StoreError: It was changed, or was encrypted under another key.
        """
        if closed.startswith(_AGAIN):
            nonce, rest = closed[len(_AGAIN) :][:_NONCE_LENGTH], closed[len(_AGAIN) + _NONCE_LENGTH :]
            with suppress(InvalidTag, ValueError):  # the first five bytes of any part may be these
                return AESGCM(self.secret).decrypt(nonce, rest, use.encode())
        try:
            return AESGCM(self.secret).decrypt(use.encode().ljust(12), closed, None)
        except InvalidTag as error:
            raise StoreError(
                f"The {use} under key {self.slot} cannot be decrypted: it was altered.",
                code="content-altered",
            ) from error


class SubjectKeys:
    """The file of keys.

    Args:
        path: The file; made when first needed.
        wrapping: The key-encryption key (32 bytes).
        highest: The highest slot that the database names, None if it names none; asked before the file is first made
            longer, for a file that ends before it is older than the database.
    """

    def __init__(self, path: Path, wrapping: bytes, highest: Callable[[], int | None] = lambda: None) -> None:
        self._path = path
        self._highest = highest
        self._is_compared = False
        self._wrapping = AESGCM(wrapping)
        self._mutex = threading.Lock()
        self._ready: list[SubjectKey] = []
        os.register_at_fork(after_in_child=self._forget)

    def take(self) -> SubjectKey:
        """A key that was never used; it is on disk already.

        Raises:
            StoreError: The file cannot be written, or the database names keys behind its end; it is then left as it is.
        """
        with self._mutex:
            if not self._ready:
                self._ready = self._write_ahead()[::-1]
            return self._ready.pop()

    def get(self, slot: int) -> SubjectKey | None:
        """The key in a slot; None if it was destroyed.

        Raises:
            StoreError: The slot is not there, or was wrapped under another key.
        """
        return next(iter(self.get_many([slot]).values()), None)

    def get_many(self, slots: Iterable[int]) -> dict[int, SubjectKey]:
        """The keys in several slots; those that were destroyed are left out.

        Raises:
            StoreError: A slot is not there, or was wrapped under another key.
        """
        found: dict[int, SubjectKey] = {}
        wanted = sorted(set(slots))
        if not wanted:
            return found
        with self._file(os.O_RDONLY) as file:
            for slot in wanted:
                wrapped = os.pread(file, _SLOT_LENGTH, slot * _SLOT_LENGTH)
                if wrapped != _DESTROYED:
                    found[slot] = SubjectKey(slot, self._unwrap(slot, wrapped))
        return found

    def free(self, used: set[int]) -> Iterator[SubjectKey]:
        """Keys whose slots are not among these, and that were not destroyed, in the order of the file.

        Raises:
            StoreError: A slot was wrapped under another key.
        """
        if not self.count():
            return
        with self._file(os.O_RDONLY) as file:
            for slot in range(os.fstat(file).st_size // _SLOT_LENGTH):
                if slot not in used:
                    wrapped = os.pread(file, _SLOT_LENGTH, slot * _SLOT_LENGTH)
                    if wrapped != _DESTROYED:
                        yield SubjectKey(slot, self._unwrap(slot, wrapped))

    def gone(self, slots: Iterable[int]) -> set[int]:
        """Those of some slots that hold no key: destroyed, or behind the end of the file.

        Raises:
            StoreError: The file cannot be read.
        """
        wanted, found = sorted(set(slots)), set()
        if not wanted or not self.count():
            return set(wanted)
        with self._file(os.O_RDONLY) as file:
            for start in range(0, wanted[-1] + 1, _AHEAD):
                part = os.pread(file, _AHEAD * _SLOT_LENGTH, start * _SLOT_LENGTH)
                here = wanted[bisect_left(wanted, start) : bisect_left(wanted, start + _AHEAD)]
                for slot in here:
                    place = (slot - start) * _SLOT_LENGTH
                    if len(part) < place + _SLOT_LENGTH or part[place : place + _SLOT_LENGTH] == _DESTROYED:
                        found.add(slot)
        return found

    def count(self) -> int:
        """How many slots the file has, destroyed ones included; 0 if there is none.

        Raises:
            StoreError: It cannot be looked at.
        """
        return slots_in(self._path)

    def pad(self, slots: int) -> None:
        """Let the file have so many slots at least, those added destroyed: keys that are lost, and used by nobody else.

        Raises:
            StoreError: The file cannot be written.
        """
        with self._file(os.O_RDWR | os.O_CREAT) as file:
            if os.fstat(file).st_size < slots * _SLOT_LENGTH:
                os.ftruncate(file, slots * _SLOT_LENGTH)
                os.fsync(file)

    def destroy(self, slots: Iterable[int]) -> None:
        """Overwrite keys. When this returns they are gone from the file, for good.

        Raises:
            StoreError: The file cannot be written; some may be gone.
        """
        gone = set(slots)
        if not gone:
            return  # nor is there a file, where nothing was sealed yet
        with self._mutex:
            self._ready = [key for key in self._ready if key.slot not in gone]
        with self._file(os.O_RDWR) as file:
            for slot in sorted(gone):
                os.pwrite(file, _DESTROYED, slot * _SLOT_LENGTH)
            os.fsync(file)

    def _write_ahead(self) -> list[SubjectKey]:
        with self._file(os.O_RDWR | os.O_CREAT) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # What a crash cut short was never handed out, so the next slots begin behind it.
            first = -(-os.fstat(file).st_size // _SLOT_LENGTH)
            self._compare(first)
            keys = [SubjectKey(first + n, secrets.token_bytes(_KEY_LENGTH)) for n in range(_AHEAD)]
            wrapped = b"".join(map(self._wrap, keys))
            written = 0
            while written < len(wrapped):
                written += os.pwrite(file, wrapped[written:], first * _SLOT_LENGTH + written)
            os.fsync(file)
        if first == 0:
            _sync(self._path.parent)
        return keys

    def _compare(self, slots: int) -> None:
        """Refuse a file that is older than the database: its next slots are those of keys that lie elsewhere."""
        if self._is_compared:
            return
        highest = self._highest()
        if highest is not None and highest >= slots:
            raise keys_behind(self._path, highest, slots)
        self._is_compared = True

    def _wrap(self, key: SubjectKey) -> bytes:
        nonce = secrets.token_bytes(_NONCE_LENGTH)
        return nonce + self._wrapping.encrypt(nonce, key.secret, _name(key.slot))

    def _unwrap(self, slot: int, wrapped: bytes) -> bytes:
        try:
            return self._wrapping.decrypt(wrapped[:_NONCE_LENGTH], wrapped[_NONCE_LENGTH:], _name(slot))
        except (InvalidTag, ValueError) as error:
            raise StoreError(
                f"Key {slot} in {self._path} cannot be decrypted.",
                code="subject-key",
                hint="Check that subjects.keys and wrapping.key belong together and match the database.",
            ) from error

    @contextmanager
    def _file(self, how: int) -> Iterator[int]:
        try:
            file = os.open(self._path, how | os.O_CLOEXEC, 0o600)
            try:
                yield file
            finally:
                os.close(file)
        except OSError as error:
            raise StoreError(f"The keys in {self._path} cannot be used: {error.strerror}.") from error

    def _forget(self) -> None:
        """In a forked child: leave what was written ahead to the parent, so that no key is used twice."""
        self._mutex = threading.Lock()
        self._ready = []


def keys_behind(path: Path, highest: int, slots: int) -> StoreError:
    """What is said of a file of keys that is older than the database.

    Args:
        path: The file.
        highest: The highest slot that the database names.
        slots: How many slots the file has.
    """
    return StoreError(
        f"The database names key {highest} of its content, but {path} ends at {slots}. Nothing was changed.",
        code="subject-keys-behind",
        hint="Copy the newest subjects.keys there, such as that in COCKET_BACKUP_KEYS_FOLDER: without it what was sealed "
        "since cannot be decrypted.",
    )


def slots_in(path: Path) -> int:
    """How many slots a file of keys has; 0 if there is none.

    Raises:
        StoreError: It cannot be looked at.
    """
    try:
        return path.stat().st_size // _SLOT_LENGTH
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise StoreError(f"The keys in {path} cannot be used: {error.strerror}.") from error


def _name(slot: int) -> bytes:
    """A slot's number, bound to what is wrapped in it, so that no key can stand in for another."""
    return slot.to_bytes(8, "big")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
