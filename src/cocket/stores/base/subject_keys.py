# SPDX-License-Identifier: Apache-2.0
"""A key for each sealed thing, in files of their own: outside the database and its backups, so that it can be destroyed.

A slot holds one random key, wrapped under the key-encryption key; a slot of zeros was destroyed. Slots are written ahead,
many with one fsync, and each is used once: sealing a message adds no wait for the disk to the one of the database. Where they
lie says `cocket.stores.base.key_segments`.
"""

from __future__ import annotations

import hmac
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import repeat
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cocket.errors import StoreError
from cocket.stores.base.key_segments import DESTROYED, SEGMENT_SLOTS, SLOT_LENGTH, KeyFolder, by_segment

_KEY_LENGTH = 32
_NONCE_LENGTH = 12

#: What stands before a part that was encrypted again, with the nonce of its own.
_AGAIN = b"again"

#: Slots written ahead at a time, as far as the last segment has room (count).
AHEAD: Final = 1024


class SubjectKey(msgspec.Struct, frozen=True):
    """The key of one sealed thing.

    Attributes:
        slot: Where it stands, from 0.
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
    """The keys.

    Args:
        place: The folder in which they lie.
        wrapping: The key-encryption key (32 bytes).
        highest: The highest slot that the database names, None if it names none; asked before slots are first added, for
            keys that end before it are older than the database.
    """

    def __init__(self, place: KeyFolder, wrapping: bytes, highest: Callable[[], int | None] = lambda: None) -> None:
        self.place = place
        self._highest = highest
        self._is_compared = False
        self._end = 0
        self._wrapping = AESGCM(wrapping)
        self._mutex = threading.Lock()
        self._ready: list[SubjectKey] = []
        os.register_at_fork(after_in_child=self._forget)

    def take(self) -> SubjectKey:
        """A key that was never used; it is on disk already.

        Raises:
            StoreError: The keys cannot be written, or the database names keys behind their end; they are left as they are.
        """
        with self._mutex:
            if not self._ready:
                self._ready = self._write_ahead()[::-1]
            return self._ready.pop()

    def get(self, slot: int) -> SubjectKey | None:
        """The key in a slot; None if it was destroyed, or is lost with its segment.

        Raises:
            StoreError: The slot is behind the last one, or was wrapped under another key.
        """
        return next(iter(self.get_many([slot]).values()), None)

    def get_many(self, slots: Iterable[int]) -> dict[int, SubjectKey]:
        """The keys in several slots; those that were destroyed, or are lost with their segment, are left out.

        Raises:
            StoreError: A slot is behind the last one, or was wrapped under another key.
        """
        found: dict[int, SubjectKey] = {}
        for number, here in by_segment(slots):
            with self.place.opened(number) as segment:
                for slot, wrapped in zip(here, segment.read_each(here) if segment else repeat(b""), strict=False):
                    if len(wrapped) < SLOT_LENGTH:
                        if not self.place.is_lost(slot):
                            raise self._unreadable(slot)
                    elif wrapped != DESTROYED:
                        found[slot] = SubjectKey(slot, self._unwrap(slot, wrapped))
        return found

    def free(self, used: set[int]) -> Iterator[SubjectKey]:
        """Keys whose slots are not among these, and that were not destroyed, in order.

        Raises:
            StoreError: A slot was wrapped under another key.
        """
        for slot, wrapped in self._wrapped():
            if slot not in used:
                yield SubjectKey(slot, self._unwrap(slot, wrapped))

    def altered(self, segments: Iterable[int] | None = None) -> Iterator[int]:
        """Slots whose keys cannot be unwrapped: they were altered, or wrapped under another key (0..n).

        Args:
            segments: Numbers of the segments that are looked through; None for all.

        Raises:
            StoreError: The keys cannot be read.
        """
        for slot, wrapped in self._wrapped(segments):
            try:
                self._unwrap(slot, wrapped)
            except StoreError:
                yield slot

    def gone(self, slots: Iterable[int]) -> set[int]:
        """Those of some slots that hold no key: destroyed, lost with their segment, or behind the last one.

        Raises:
            StoreError: The keys cannot be read.
        """
        wanted = set(slots)
        if not wanted or not self.count():
            return wanted
        found: set[int] = set()
        for number, here in by_segment(wanted):
            with self.place.opened(number) as segment:
                lying = zip(here, segment.read_each(here) if segment else repeat(b""), strict=False)
                found |= {slot for slot, one in lying if len(one) < SLOT_LENGTH or one == DESTROYED}
        return found

    def is_missing(self, slot: int) -> bool:
        """Whether a slot is lost with its segment, which may lie elsewhere: neither destroyed, nor behind the last one.

        Raises:
            StoreError: The keys cannot be read.
        """
        with self.place.opened(slot // SEGMENT_SLOTS) as segment:
            is_there = segment is not None and len(segment.read(slot)) == SLOT_LENGTH
        return not is_there and self.place.is_lost(slot)

    def count(self) -> int:
        """How many slots there are, destroyed ones included; 0 if there are none.

        Raises:
            StoreError: They cannot be looked at.
        """
        return self.place.slots()

    def pad(self, slots: int) -> None:
        """Let there be so many slots at least, those added destroyed: keys that are lost, and used by nobody else.

        Raises:
            StoreError: The keys cannot be written.
        """
        with self.place.locked():
            self.place.pad(slots)

    def require(self, slots: Iterable[int]) -> None:
        """See that keys that are to be destroyed are there: one that is not may lie elsewhere, and come back.

        Raises:
            StoreError: One is not.
        """
        self.place.require(slots)

    def destroy(self, slots: Iterable[int]) -> None:
        """Overwrite keys. When this returns they are gone, for good.

        Raises:
            StoreError: One is not there, and none was destroyed; or the disk failed, and some may be gone.
        """
        gone = set(slots)
        if not gone:
            return  # nor is there a folder, where nothing was sealed yet
        with self._mutex:
            self._ready = [key for key in self._ready if key.slot not in gone]
        with self.place.locked():
            self.place.destroy(gone)

    def _write_ahead(self) -> list[SubjectKey]:
        with self.place.locked():
            first = self.place.end()
            self._compare(first)
            upto = min(first + AHEAD, (first // SEGMENT_SLOTS + 1) * SEGMENT_SLOTS)
            keys = [SubjectKey(slot, secrets.token_bytes(_KEY_LENGTH)) for slot in range(first, upto)]
            self.place.append(first, b"".join(map(self._wrap, keys)))
            self._end = upto
        return keys

    def _compare(self, slots: int) -> None:
        """Refuse keys that are older than the database: their next slots are those of keys that lie elsewhere."""
        if slots < self._end:
            raise keys_behind(self.place.folder, self._end - 1, slots)
        if self._is_compared:
            return
        highest = self._highest()
        if highest is not None and highest >= slots:
            raise keys_behind(self.place.folder, highest, slots)
        self._is_compared = True

    def _wrapped(self, segments: Iterable[int] | None = None) -> Iterator[tuple[int, bytes]]:
        """Every slot that was not destroyed, as it lies there, in order; of some segments, or all."""
        for number in range(-(-self.count() // SEGMENT_SLOTS)) if segments is None else segments:
            begins = number * SEGMENT_SLOTS
            with self.place.opened(number) as segment:
                data = segment.read(begins, SEGMENT_SLOTS) if segment else b""
            for at in range(0, len(data) - SLOT_LENGTH + 1, SLOT_LENGTH):
                if (wrapped := data[at : at + SLOT_LENGTH]) != DESTROYED:
                    yield begins + at // SLOT_LENGTH, wrapped

    def _wrap(self, key: SubjectKey) -> bytes:
        nonce = secrets.token_bytes(_NONCE_LENGTH)
        return nonce + self._wrapping.encrypt(nonce, key.secret, _name(key.slot))

    def _unwrap(self, slot: int, wrapped: bytes) -> bytes:
        try:
            return self._wrapping.decrypt(wrapped[:_NONCE_LENGTH], wrapped[_NONCE_LENGTH:], _name(slot))
        except (InvalidTag, ValueError) as error:
            raise self._unreadable(slot) from error

    def _unreadable(self, slot: int) -> StoreError:
        return StoreError(
            f"Key {slot} in {self.place.folder} cannot be decrypted.",
            code="subject-key",
            hint="Check that these keys and wrapping.key belong together and match the database.",
        )

    def _forget(self) -> None:
        """In a forked child: leave what was written ahead to the parent, so that no key is used twice."""
        self._mutex = threading.Lock()
        self._ready = []


def keys_behind(path: Path, highest: int, slots: int) -> StoreError:
    """What is said of keys that are older than the database.

    Args:
        path: Their folder.
        highest: The highest slot that the database names.
        slots: How many slots there are.
    """
    return StoreError(
        f"The database names key {highest} of its content, but {path} ends at {slots}. Nothing was changed.",
        code="subject-keys-behind",
        hint="Copy the newest segments there, such as those in the folder subjects of COCKET_BACKUP_KEYS_FOLDER: without them "
        "what was sealed since cannot be decrypted.",
    )


def _name(slot: int) -> bytes:
    """A slot's number, bound to what is wrapped in it, so that no key can stand in for another."""
    return slot.to_bytes(8, "big")
