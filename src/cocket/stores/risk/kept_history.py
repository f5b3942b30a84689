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
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Final

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

#: Counts openings since the last change; where so many ended without one and without a close, the store is taken for the cause.
_BEGUN: Final = "begun"
_MOST_BEGUN: Final = 5

_CHECKSUM: Final = 4

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
    """

    id: bytes
    edition: str
    upto: int = -1
    leaf: bytes = b""
    changes: int = 0
    is_whole: bool = False


class KeptHistory:
    """The history of one home, as one process reads and changes it. One thread at a time.

    What is read is as it was when it was opened or changed last by this object, also while others change it.

    Args:
        folder: Its folder; absent until there is one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shared: _Shared | None = None
        self._reading: Any = None
        self._standing: Standing | None = None

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

    def begin(self, edition: str) -> Standing:
        """Begin an empty one in place of whatever there is; it is whole from its first `write` that says so.

        Raises:
            StoreError: It cannot be written.
        """
        self.remove()
        standing = Standing(id=os.urandom(16), edition=edition)
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
        try:
            data = (self._reading or self._read_on()).get(key)
        except lmdb.Error as error:
            raise self._damaged(error) from error
        return None if data is None else self._opened(key, data)

    def items(self, prefix: bytes, /) -> Iterator[tuple[bytes, bytes]]:
        """Everything whose key begins so, in order (0..n).

        Raises:
            DamagedHistoryError: It cannot be read.
        """
        try:
            with (self._reading or self._read_on()).cursor() as cursor:
                is_there = cursor.set_range(prefix)
                while is_there and (key := cursor.key()).startswith(prefix):
                    yield key, self._opened(key, cursor.value())
                    is_there = cursor.next()
        except lmdb.Error as error:
            raise self._damaged(error) from error

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
        shared, standing = self._shared, self._standing
        if shared is None or standing is None:
            raise StoreError("No history is open.")
        now = msgspec.structs.replace(
            standing, upto=upto, leaf=leaf, changes=standing.changes + 1, is_whole=is_whole or standing.is_whole
        )
        try:
            with shared.begin(is_to_write=True) as change:
                if not shared.is_in_place or self._read_standing(change) != standing:
                    raise MovedHistoryError("Another process has changed the stored history.")
                for key, value in sorted(changes, key=lambda each: each[0]):
                    if value is None:
                        change.delete(key)
                    else:
                        change.put(key, _sealed(key, value))
                change.put(_STANDING, _sealed(_STANDING, msgspec.msgpack.encode(now)))
            self.rest()
            self._standing = now
            self._read_on()
            (self._folder / _BEGUN).unlink(missing_ok=True)
        except (lmdb.Error, OSError) as error:
            raise _unwritten(error) from error

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

    def close(self, *, is_done: bool = False) -> None:
        """Let go of it; `is_done` says that the process ends as it should."""
        self.rest()
        if is_done and self._shared is not None:
            (self._folder / _BEGUN).unlink(missing_ok=True)
        if self._shared is not None:
            self._shared.let_go()
        self._shared = self._standing = None

    def _read_on(self) -> Any:
        """Read again after a rest."""
        shared, standing = self._shared, self._standing
        if shared is None or standing is None:
            raise StoreError("No history is open.")
        reading = shared.begin()
        if not shared.is_in_place or self._read_standing(reading) != standing:
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
