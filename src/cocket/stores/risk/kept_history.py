# SPDX-License-Identifier: Apache-2.0
"""The risk history in a folder of the home: a memory-mapped store of values by key, each change of it whole or not at all.

With the values stands how far the history goes, and of which instance it is; the caller judges whether that can be trusted.
Nothing is in it that could not be learnt again from what is sealed, so that what cannot be trusted is removed and made anew.

A file that ends too soon would end the process at the first read behind its end, so its size is compared with what it says
of itself before anything is read. Every value has a checksum.
"""

from __future__ import annotations

import os
import shutil
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

import lmdb
import msgspec

from cocket.errors import StoreError

#: Address space of the store (bytes), of which the disk holds what is used: it never has to be made larger.
_MAP_BYTES: Final = 1 << 38

#: Readers at a time, all processes together (count).
_READERS: Final = 512

_STANDING: Final = b"\x00standing"
_DATA: Final = "data.mdb"

#: Says that something in the store was found damaged; the next who opens it for writing makes it anew.
_DAMAGED: Final = "damaged"

#: What that file says where the damage is in what the store was filled from.
_BY_SOURCE: Final = "source"

#: Counts openings since the last change; where so many ended without one and without a close, the store is taken for the cause.
_BEGUN: Final = "begun"
_MOST_BEGUN: Final = 5

_CHECKSUM: Final = 4

#: Length of a sum over entries (bytes), and the sum over none.
_SUM: Final = 32
_NOTHING: Final = bytes(_SUM)

#: What stands where a value was removed that is still in what the store is filled from; no value is empty.
_REMOVED: Final = b""

#: What `stat` counts the room on the disk in (bytes).
_BLOCK: Final = 512


class DamagedHistoryError(StoreError):
    """What is kept of the history cannot be read; it must be made anew."""

    code = "history-damaged"


class MovedHistoryError(StoreError):
    """Another process has changed the history meanwhile; what this one holds in memory is of before."""

    code = "history-moved"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a kept history is.

    Attributes:
        id: Made with the store; the database names those it may go on with.
        edition: What it was made by.
        upto: Leaf after which it stands; -1 before the first.
        leaf: What is sealed at that leaf; empty where nothing is.
        changes: Times it was changed (count).
        is_whole: Whether it is finished; one that is being filled for the first time is not.
        digest: Sum over all its entries, those it lacks among them; empty in a store of an earlier version, where it is not known.
        present: Sum over the entries that it does not lack.
        filled: While it lacks entries, up to which name of its source they were taken; None if it lacks none.
    """

    id: bytes
    edition: str
    upto: int = -1
    leaf: bytes = b""
    changes: int = 0
    is_whole: bool = False
    digest: bytes = b""
    present: bytes = b""
    filled: bytes | None = None


class Source(Protocol):
    """What a store is filled from."""

    def get_many(self, keys: Sequence[bytes], /) -> dict[bytes, bytes]:
        """What stands under some keys; those under which nothing does are left out."""

    def items(self, prefix: bytes, /) -> Iterator[tuple[bytes, bytes]]:
        """Everything whose key begins so (0..n)."""


class KeptHistory:
    """The history of one home, as one process reads and changes it. One thread at a time, but for `write_handed`.

    What is read is as it was when it was opened or changed last by this object, also while others change it.

    Args:
        folder: Its folder; absent until there is one.

    Attributes:
        source: Where it is read what the store lacks; to be given after one was opened that lacks something.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.source: Source | None = None
        self._shared: _Shared | None = None
        self._reading: Any = None
        self._standing: Standing | None = None
        self._handed: dict[bytes, bytes | None] = {}
        self._coming: Standing | None = None

    @property
    def standing(self) -> Standing | None:
        """What is open; None if nothing is."""
        return self._standing

    @property
    def size(self) -> int:
        """Bytes of it on the disk; 0 if there is none."""
        try:
            return (self._folder / _DATA).stat().st_blocks * _BLOCK
        except OSError:
            return 0

    def open(self, *, is_to_write: bool = False) -> Standing | None:
        """Open what there is, as it stands now.

        Args:
            is_to_write: Whether the caller makes it anew if it fails, and so should be told if it failed again and again.

        Returns:
            What it is; None if there is none.

        Raises:
            DamagedHistoryError: It cannot be read.
        """
        self.close()
        if not (self._folder / _DATA).exists():
            return None
        if (self._folder / _DAMAGED).exists():
            raise DamagedHistoryError("Damage was found in the stored history.")
        try:
            if is_to_write:
                self._count_begun()
            self._shared = _Shared.of(self._folder)
            self._reading = self._shared.begin()
            self._standing = self._read_standing(self._reading)
        except (lmdb.Error, OSError, msgspec.MsgspecError) as error:
            self.close()
            raise DamagedHistoryError(f"The stored history cannot be read: {error}.") from error
        except DamagedHistoryError:
            self.close()
            raise
        if self._standing is None or not self._standing.is_whole:
            self.close()
            raise DamagedHistoryError("The stored history is unfinished.")
        return self._standing

    def begin(self, edition: str, upto: int = -1, leaf: bytes = b"", *, lacking: bytes | None = None) -> Standing:
        """Begin an empty one in place of whatever there is; it is whole from its first `write` that says so.

        Args:
            edition: What it is made by.
            upto: Leaf after which it stands, where it lacks everything.
            leaf: What is sealed there.
            lacking: Sum over the entries of its `source`, where it lacks them all and is filled from there; it is whole then.

        Raises:
            StoreError: It cannot be written.
        """
        self.remove()
        standing = Standing(
            id=os.urandom(16),
            edition=edition,
            upto=upto,
            leaf=leaf,
            is_whole=lacking is not None,
            digest=lacking or _NOTHING,
            present=_NOTHING,
            filled=None if lacking is None else b"",
        )
        try:
            self._folder.mkdir(mode=0o700, parents=True)
            self._shared = _Shared.of(self._folder, is_new=True)
            with self._shared.begin(is_to_write=True) as change:
                change.put(_STANDING, _sealed(_STANDING, msgspec.msgpack.encode(standing)))
            self._reading = self._shared.begin()
        except (lmdb.Error, OSError) as error:
            self.close()
            raise _unwritten(error) from error
        self._standing = standing
        return standing

    def get(self, key: bytes, /) -> bytes | None:
        """The value of a key; None if there is none.

        Raises:
            DamagedHistoryError: It cannot be read; whoever opens it next for writing is told so too.
            MovedHistoryError: It was let go by `rest`, and changed since.
        """
        if key in self._handed:
            return self._handed[key]
        try:
            data = (self._reading or self._read_on()).get(key)
        except lmdb.Error as error:
            raise self._damaged(error) from error
        if data is None:
            return self._lacked([key]).get(key)
        return self._opened(key, data) or None

    def items(self, prefix: bytes, /) -> Iterator[tuple[bytes, bytes]]:
        """Everything whose key begins so, in order (0..n).

        Raises:
            DamagedHistoryError: It cannot be read.
        """
        handed = {key: value or _REMOVED for key, value in self._handed.items() if key.startswith(prefix)}
        if handed or (self._standing is not None and self._standing.filled is not None):
            lacked = dict(self._source.items(prefix)) if self._standing and self._standing.filled is not None else {}
            found = lacked | dict(self._items(prefix)) | handed
            yield from sorted((key, value) for key, value in found.items() if value != _REMOVED)
        else:
            yield from (one for one in self._items(prefix) if one[1] != _REMOVED)

    def after(self, key: bytes, count: int, size: int | None = None) -> list[tuple[bytes, bytes]]:
        """Some entries behind a key, in order (0..count); not of one that lacks something.

        Args:
            key: The key.
            count: Entries at most.
            size: Bytes of values after which no further one is taken; None takes all the same.

        Raises:
            DamagedHistoryError: It cannot be read.
        """
        found: list[tuple[bytes, bytes]] = []
        taken = 0
        for name, value in self._items(b"", key + b"\x00"):
            if name != _STANDING and value != _REMOVED:
                found.append((name, value))
                taken += len(value)
            if len(found) == count or (size is not None and taken >= size):
                break
        return found

    def count(self) -> int:
        """How many entries it has (count), those among them that say that a value was removed; 0 where nothing is open.

        Raises:
            DamagedHistoryError: It cannot be read.
        """
        try:
            return self._shared.count - 1 if self._shared is not None else 0
        except lmdb.Error as error:
            raise self._damaged(error) from error

    def _items(self, prefix: bytes, first: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """What stands in it under keys that begin so, from one on; with what says that a value was removed."""
        try:
            with (self._reading or self._read_on()).cursor() as cursor:
                is_there = cursor.set_range(first or prefix)
                while is_there and (key := cursor.key()).startswith(prefix):
                    yield key, self._opened(key, cursor.value())
                    is_there = cursor.next()
        except lmdb.Error as error:
            raise self._damaged(error) from error

    @property
    def handed(self) -> dict[bytes, bytes | None]:
        """What was handed over, and is not known to be written yet."""
        return self._handed

    def hand_over(self, changes: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take changes, as `write` does, that `write_handed` will write: they are read as if they were written."""
        self._handed, self._coming = self._handed | dict(changes), None

    def write_handed(self, upto: int, leaf: bytes) -> Standing:
        """Write what was handed over, as `write` does, in a thread beside the one that reads; that takes note by `take_note`."""
        return self._written(self._handed.items(), upto, leaf, is_whole=True)

    def take_note(self) -> bool:
        """Read on from what `write_handed` wrote, after it has ended; gives whether it has written."""
        if self._coming is None:
            return False
        self._stands(self._coming)
        self._handed = {}
        return True

    def write(
        self, changes: Iterable[tuple[bytes, bytes | None]], upto: int, leaf: bytes, *, is_whole: bool = True
    ) -> None:
        """Write changes, and how far the history goes with them; on the disk when this returns, all or none.

        Args:
            changes: Values by key; None removes a key (0..n).
            upto: Leaf after which it stands.
            leaf: What is sealed there.
            is_whole: Whether it is whole with them.

        Raises:
            MovedHistoryError: Another process has changed it meanwhile.
            StoreError: It cannot be written.
        """
        self._stands(self._written(changes, upto, leaf, is_whole=is_whole))
        self._handed = {}

    def _written(
        self, changes: Iterable[tuple[bytes, bytes | None]], upto: int, leaf: bytes, *, is_whole: bool
    ) -> Standing:
        """Write changes; what it is then, of which whoever reads is to take note."""
        shared, standing = self._shared, self._standing
        if shared is None or standing is None:
            raise StoreError("No history is open.")
        sums, ordered = _Sums(standing), sorted(changes, key=lambda each: each[0])
        try:
            with shared.begin(is_to_write=True) as change:
                if not shared.is_in_place or self._read_standing(change) != standing:
                    raise MovedHistoryError("Another process has changed the stored history.")
                wanted = [] if standing.filled is None else [key for key, _ in ordered if change.get(key) is None]
                lacked = self._lacked(wanted)
                for key, value in ordered:
                    if sums.are_known:
                        before = change.get(key)
                        sums.replaced(key, lacked.get(key), None if before is None else self._opened(key, before))
                        sums.put(key, value)
                    if value is not None:
                        change.put(key, _sealed(key, value))
                    elif standing.filled is None:
                        change.delete(key)
                    else:
                        change.put(key, _sealed(key, _REMOVED))
                now = msgspec.structs.replace(
                    standing,
                    upto=upto,
                    leaf=leaf,
                    changes=standing.changes + 1,
                    is_whole=is_whole or standing.is_whole,
                    digest=sums.digest,
                    present=sums.present,
                )
                change.put(_STANDING, _sealed(_STANDING, msgspec.msgpack.encode(now)))
                self._coming = now
            (self._folder / _BEGUN).unlink(missing_ok=True)
            return now
        except (lmdb.Error, OSError) as error:
            self._coming = None
            raise _unwritten(error) from error

    def fill(self, entries: Iterable[tuple[bytes, bytes]], upto: bytes) -> None:
        """Take entries from its source, of which it has none of the same key yet; what it has already is newer.

        Args:
            entries: Keys and values (0..n).
            upto: Name of the source's up to which they go.

        Raises:
            MovedHistoryError: Another process has changed it meanwhile.
            StoreError: It cannot be written.
        """
        self._change(entries, upto)

    def filled(self) -> None:
        """Take note that its source was gone through: it lacks nothing any more.

        Raises:
            DamagedHistoryError: What it has now is not what its source once was.
            MovedHistoryError: Another process has changed it meanwhile.
            StoreError: It cannot be written.
        """
        with self.from_source():
            if self._standing is not None and self._standing.present != self._standing.digest:
                raise DamagedHistoryError("The history's copy in the database lacks values, or has others.")
        self._change((), None)

    @contextmanager
    def from_source(self) -> Iterator[None]:
        """Read from the source; where that is damaged, this store is too, and is to be made anew from elsewhere."""
        try:
            yield
        except DamagedHistoryError:
            with suppress(OSError):
                (self._folder / _DAMAGED).write_text(_BY_SOURCE)
            raise

    @property
    def has_damaged_source(self) -> bool:
        """Whether damage was found in what it was filled from."""
        try:
            return (self._folder / _DAMAGED).read_text() == _BY_SOURCE
        except (OSError, UnicodeDecodeError):
            return False

    def sum_up(self) -> None:
        """Sum up the entries of a store that an earlier version wrote.

        Raises:
            DamagedHistoryError: It cannot be read.
            MovedHistoryError: Another process has changed it meanwhile.
            StoreError: It cannot be written.
        """
        if self._standing is None or self._standing.digest:
            return
        sums = _Sums(msgspec.structs.replace(self._standing, digest=_NOTHING, present=_NOTHING))
        for key, value in self._items(b""):
            if key != _STANDING:
                sums.put(key, value)
        self._change((), None, sums)

    def _change(self, entries: Iterable[tuple[bytes, bytes]], filled: bytes | None, given: _Sums | None = None) -> None:
        """Take entries that are not there yet, and note how far it is filled; the count of changes stays."""
        shared, standing = self._shared, self._standing
        if shared is None or standing is None:
            raise StoreError("No history is open.")
        sums = given or _Sums(standing)
        try:
            with shared.begin(is_to_write=True) as change:
                if not shared.is_in_place or self._read_standing(change) != standing:
                    raise MovedHistoryError("Another process has changed the stored history.")
                for key, value in entries:
                    if change.put(key, _sealed(key, value), overwrite=False):
                        sums.taken(key, value)
                now = msgspec.structs.replace(standing, digest=sums.digest, present=sums.present, filled=filled)
                change.put(_STANDING, _sealed(_STANDING, msgspec.msgpack.encode(now)))
            self._stands(now)
        except (lmdb.Error, OSError) as error:
            raise _unwritten(error) from error

    def _stands(self, now: Standing) -> None:
        """Read on from what was written."""
        self.rest()
        self._standing, self._coming = now, None
        self._read_on()

    @property
    def _source(self) -> Source:
        if self.source is None:
            raise StoreError("The stored history lacks values, and what it is filled from is not open.")
        return self.source

    def _lacked(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values of keys that are not in the store; those that have none are left out."""
        standing = self._standing
        if not keys or standing is None or standing.filled is None:
            return {}
        with self.from_source():
            return self._source.get_many(keys)

    def rest(self) -> None:
        """Let go of what is read for now, so that others can use its room again; the next read goes on if nothing was changed."""
        if self._reading is not None:
            self._reading.abort()
            self._reading = None

    @property
    def has_moved(self) -> bool:
        """Whether another process, or another user in this one, has changed or removed it since it was opened."""
        if self._standing is None:
            return False
        if (self._folder / _DAMAGED).exists():
            return True
        try:
            self.rest()
            self._read_on()
        except (lmdb.Error, StoreError):
            return True
        return False

    def remove(self) -> None:
        """Remove it, whoever uses it.

        Raises:
            StoreError: It cannot be removed.
        """
        self.close()
        _Shared.forget(self._folder)
        if self._folder.exists():
            try:
                shutil.rmtree(self._folder)
            except OSError as error:
                raise _unwritten(error) from error

    def replace(self, other: Path) -> None:
        """Let another store take the place of this one; whoever has one of them open in this process has it no more.

        Args:
            other: Folder of the other.

        Raises:
            StoreError: The folders cannot be moved; `finish_replacing` does what is left.
        """
        self.close()
        _Shared.forget(self._folder)
        _Shared.forget(other)
        try:
            if self._folder.exists():
                self._folder.rename(self._former)
        except OSError as error:
            raise _unwritten(error) from error
        self.finish_replacing(other)

    def finish_replacing(self, other: Path) -> None:
        """Finish what `replace` began, if it was cut short.

        Raises:
            StoreError: The folders cannot be moved.
        """
        try:
            if self._former.exists():
                if not self._folder.exists():
                    (other if other.exists() else self._former).rename(self._folder)
                if self._former.exists():
                    shutil.rmtree(self._former)
        except OSError as error:
            raise _unwritten(error) from error

    @property
    def _former(self) -> Path:
        """Where a store stands whose place another takes."""
        return self._folder.with_name(f"{self._folder.name}-former")

    def close(self, *, is_done: bool = False) -> None:
        """Let go of it; `is_done` says that the process ends as it should."""
        self.rest()
        if is_done and self._shared is not None:
            (self._folder / _BEGUN).unlink(missing_ok=True)
        if self._shared is not None:
            self._shared.let_go()
        self._shared = self._standing = self._coming = None
        self._handed = {}

    def _read_on(self) -> Any:
        """Read again after a rest."""
        shared, standing = self._shared, self._standing
        if shared is None or standing is None:
            raise StoreError("No history is open.")
        reading = shared.begin()
        if not shared.is_in_place or self._read_standing(reading) not in (standing, self._coming):
            reading.abort()
            raise MovedHistoryError("Another process has changed the stored history.")
        self._reading = reading
        return reading

    def _read_standing(self, reading: Any) -> Standing | None:
        data = reading.get(_STANDING)
        return None if data is None else msgspec.msgpack.decode(self._opened(_STANDING, data), type=Standing)

    def _opened(self, key: bytes, data: bytes) -> bytes:
        value = data[_CHECKSUM:]
        if zlib.crc32(value, zlib.crc32(key)).to_bytes(_CHECKSUM, "little") != data[:_CHECKSUM]:
            raise self._damaged("a checksum is wrong")
        return value

    def _damaged(self, why: object) -> StoreError:
        """The error to raise; who opens it next for writing finds it marked."""
        if self._shared is not None and not self._shared.is_in_place:
            return MovedHistoryError("The stored history was rebuilt meanwhile.")
        with suppress(OSError):
            (self._folder / _DAMAGED).touch(mode=0o600)
        return DamagedHistoryError(f"The stored history is damaged: {why}.", hint="It is rebuilt from the log.")

    def _count_begun(self) -> None:
        file = self._folder / _BEGUN
        try:
            count = int(file.read_text())
        except (FileNotFoundError, ValueError):
            count = 0
        if count >= _MOST_BEGUN:
            raise DamagedHistoryError(f"The stored history was opened {count} times, and each time the process failed.")
        if self._folder not in _Shared.counted:
            _Shared.counted.add(self._folder)
            file.write_text(str(count + 1))


class _Sums:
    """Sums over entries, kept up as they change: of any set the same, in whatever order it came about.

    Source: Clarke, Devadas, van Dijk, Gassend, Suh, "Incremental Multiset Hash Functions and Their Application to Memory Integrity
    Checking", ASIACRYPT 2003, MSet-Add-Hash, with BLAKE2b of 256 bits. Whoever could choose entries could make sums agree; who
    writes to the copy in the database cannot choose them, for they are encrypted.
    """

    def __init__(self, standing: Standing) -> None:
        self.are_known = bool(standing.digest)
        self._digest = int.from_bytes(standing.digest)
        self._present = int.from_bytes(standing.present)

    @property
    def digest(self) -> bytes:
        """That over all entries."""
        return self._digest.to_bytes(_SUM) if self.are_known else b""

    @property
    def present(self) -> bytes:
        """That over those in the store."""
        return self._present.to_bytes(_SUM) if self.are_known else b""

    def replaced(self, key: bytes, lacked: bytes | None, present: bytes | None) -> None:
        """An entry that is there no more, which only the source had, or the store."""
        if lacked:
            self._digest = (self._digest - _number(key, lacked)) % _MODULUS
        if present:
            self._digest = (self._digest - _number(key, present)) % _MODULUS
            self._present = (self._present - _number(key, present)) % _MODULUS

    def put(self, key: bytes, value: bytes | None) -> None:
        """An entry that is there from now on."""
        if value:
            self._digest = (self._digest + _number(key, value)) % _MODULUS
            self.taken(key, value)

    def taken(self, key: bytes, value: bytes) -> None:
        """An entry of the source that is in the store from now on."""
        self._present = (self._present + _number(key, value)) % _MODULUS


#: Sums are numbers below it.
_MODULUS: Final = 1 << 8 * _SUM


def _number(key: bytes, value: bytes) -> int:
    hashing = blake2b(len(key).to_bytes(4), digest_size=_SUM, person=b"cocket-entry")
    hashing.update(key)
    hashing.update(value)
    return int.from_bytes(hashing.digest())


def close_all() -> None:
    """Close every store that this process has open, whoever uses it."""
    _Shared.forget_all()


class _Shared:
    """The open file of a store, of which a process may have one, and who uses it."""

    counted: ClassVar[set[Path]] = set()
    _known: ClassVar[dict[tuple[int, Path], _Shared]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, folder: Path, *, is_new: bool) -> None:
        self._folder = folder
        self._users = 0
        self._is_closed = False
        self._environment = lmdb.open(
            str(folder),
            map_size=_MAP_BYTES,
            max_readers=_READERS,
            mode=0o600,
            create=is_new,
            readahead=False,
        )
        try:
            page, last = self._environment.stat()["psize"], self._environment.info()["last_pgno"]
            if not is_new and (folder / _DATA).stat().st_size < page * (last + 1):
                raise DamagedHistoryError("The stored history is shorter than it was.")
            self._environment.reader_check()
            self._file = (folder / _DATA).stat().st_ino
        except Exception:
            self._environment.close()
            raise

    @classmethod
    def of(cls, folder: Path, *, is_new: bool = False) -> _Shared:
        """That of a folder, for one user more."""
        with cls._lock:
            name = (os.getpid(), folder.absolute())
            if name not in cls._known:
                cls._known[name] = cls(folder, is_new=is_new)
            found = cls._known[name]
            found.take()
            return found

    @classmethod
    def forget(cls, folder: Path) -> None:
        """Close that of a folder under whoever uses it."""
        with cls._lock:
            found = cls._known.pop((os.getpid(), folder.absolute()), None)
            if found is not None:
                found.close()

    @classmethod
    def forget_all(cls) -> None:
        """Close those of every folder under whoever uses them."""
        with cls._lock:
            for found in cls._known.values():
                found.close()
            cls._known.clear()

    def take(self) -> None:
        """One user more."""
        self._users += 1

    def close(self) -> None:
        """Close it, whoever uses it."""
        self._is_closed = True
        self._environment.close()

    def begin(self, *, is_to_write: bool = False) -> Any:
        """A transaction of its own."""
        return self._environment.begin(write=is_to_write)

    @property
    def count(self) -> int:
        """Entries, its standing among them (count)."""
        return int(self._environment.stat()["entries"])

    @property
    def is_in_place(self) -> bool:
        """Whether the folder still has this file, and not another that was made in its place."""
        if self._is_closed:
            return False
        try:
            return (self._folder / _DATA).stat().st_ino == self._file
        except OSError:
            return False

    def let_go(self) -> None:
        """One user less; the last closes it."""
        with self._lock:
            self._users -= 1
            name = (os.getpid(), self._folder.absolute())
            if self._users <= 0 and self._known.get(name) is self:
                del self._known[name]
                self.close()


def _sealed(key: bytes, value: bytes) -> bytes:
    return zlib.crc32(value, zlib.crc32(key)).to_bytes(_CHECKSUM, "little") + value


def _unwritten(error: Exception) -> StoreError:
    return StoreError(f"The stored history cannot be written: {error}.", code="history-unwritten")
