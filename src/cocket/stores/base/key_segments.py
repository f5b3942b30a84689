# SPDX-License-Identifier: Apache-2.0
"""Where the wrapped keys of sealed things lie: a folder of segments of one size, each a row of slots of equal length.

Slots are numbered through all segments, from 0. Only the last segment grows; the others change by erasure alone, in which a
slot is overwritten with zeros. So what is copied, compared or lost is a segment, however many keys there are.

An earlier version kept all slots in one file. It is read until `cocket.stores.base.key_splitting` has made segments of it.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec

from cocket.errors import StoreError

#: Length of a slot: a nonce, a key under the key-encryption key, and its tag (bytes).
SLOT_LENGTH: Final = 12 + 32 + 16

#: Slots of a segment (count); what was written with one number is not read with another.
SEGMENT_SLOTS: Final = 16_384

#: Length of a segment that is full (bytes).
SEGMENT_LENGTH: Final = SEGMENT_SLOTS * SLOT_LENGTH

#: What stands in a slot whose key was destroyed.
DESTROYED: Final = bytes(SLOT_LENGTH)

#: What the name of a segment ends with; before it stands its number.
SUFFIX: Final = ".keys"

_DIGITS = 8

#: Slots that are read for one that is wanted, rather than each by itself: to ask for one costs about as much (count).
_CLOSE = 64


class SegmentFault(msgspec.Struct, frozen=True):
    """A segment that is missing, or ends too early, though later ones are there.

    Attributes:
        number: Which.
        first: The first slot that it lacks.
        upto: The slot behind the last one that it lacks.
    """

    number: int
    first: int
    upto: int

    @property
    def is_missing(self) -> bool:
        """Whether nothing of it is there."""
        return self.first == self.number * SEGMENT_SLOTS


class OpenSegment:
    """A segment that is open for reading.

    Args:
        file: Its descriptor.
        begins: The slot at which the file begins.
    """

    def __init__(self, file: int, begins: int) -> None:
        self._file, self._begins = file, begins

    def read(self, slot: int, count: int = 1) -> bytes:
        """Some slots as they lie there; fewer bytes where the file ends before."""
        return os.pread(self._file, count * SLOT_LENGTH, (slot - self._begins) * SLOT_LENGTH)

    def read_each(self, slots: Sequence[int]) -> list[bytes]:
        """Some slots in ascending order (1..n), each as it lies there; shorter where the file ends before."""
        first, last = slots[0], slots[-1]
        if last - first >= _CLOSE * len(slots):
            return [self.read(slot) for slot in slots]
        data = self.read(first, last - first + 1)
        return [data[at : at + SLOT_LENGTH] for at in ((slot - first) * SLOT_LENGTH for slot in slots)]


class KeyFolder:
    """The folder of segments.

    Args:
        folder: The folder; made when first needed, in a folder that is there.
        former: The one file in which an earlier version kept all keys; None if it bore the name of the folder.
    """

    def __init__(self, folder: Path, former: Path | None = None) -> None:
        self.folder = folder
        self._text = str(folder)  # to join paths takes as long as to read a key
        self.former = former or folder
        #: Segments that are being made of the one file, and that file once they are made, until it is destroyed.
        self.part = folder.with_name(f".{folder.name}.part")
        self.gone = self.former.with_name(f".{self.former.name}.gone")

    @property
    def is_single(self) -> bool:
        """Whether the keys are still in one file, as an earlier version kept them."""
        return self._single() is not None

    def _single(self) -> Path | None:
        """The one file, as long as there are no segments."""
        if self.folder.is_dir():
            return None
        return next((one for one in (self.former, self.gone) if one.is_file()), None)

    def segment(self, number: int) -> Path:
        """Where a segment lies."""
        return self.folder / segment_name(number)

    def numbers(self) -> list[int]:
        """Segments that are there, in order (0..n).

        Raises:
            StoreError: The folder cannot be read.
        """
        with self.guarded():
            return numbers_in(self.folder) if self.folder.is_dir() else []

    def slots(self) -> int:
        """How many slots there are, destroyed ones included; 0 if there are none.

        Raises:
            StoreError: They cannot be looked at.
        """
        with self.guarded():
            if (single := self._single()) is not None:
                return _slots_of(single)
            numbers = numbers_in(self.folder)
            return numbers[-1] * SEGMENT_SLOTS + _slots_of(self.segment(numbers[-1])) if numbers else 0

    def ranges(self) -> list[range]:
        """The slots that each segment has, in order (0..n).

        Raises:
            StoreError: They cannot be looked at.
        """
        numbers = self.numbers()
        with self.guarded():
            begins = [(number * SEGMENT_SLOTS, _slots_of(self.segment(number))) for number in numbers]
        return [range(begin, begin + slots) for begin, slots in begins]

    def faults(self) -> list[SegmentFault]:
        """Segments before the last that lack something (0..n).

        Raises:
            StoreError: They cannot be looked at.
        """
        numbers = self.numbers()
        with self.guarded():
            there = {number: _slots_of(self.segment(number)) for number in numbers[:-1]}
        found = ((number, there.get(number, 0)) for number in range(numbers[-1] if numbers else 0))
        return [
            SegmentFault(number, number * SEGMENT_SLOTS + slots, (number + 1) * SEGMENT_SLOTS)
            for number, slots in found
            if slots < SEGMENT_SLOTS
        ]

    def is_lost(self, slot: int) -> bool:
        """Whether a slot that cannot be read is missing from a segment before the last: not only behind the end of all."""
        numbers = self.numbers()
        return bool(numbers) and slot // SEGMENT_SLOTS < numbers[-1]

    @contextmanager
    def opened(self, number: int) -> Iterator[OpenSegment | None]:
        """A segment to be read; None if it is not there, though the folder is.

        Raises:
            StoreError: It cannot be opened, or there is no folder.
        """
        file, begins = self._opened(number)
        if file is None:
            yield None
            return
        try:
            yield OpenSegment(file, begins)
        except OSError as error:
            raise self._unusable(error) from error
        finally:
            os.close(file)

    def _opened(self, number: int) -> tuple[int | None, int]:
        """A file with a segment, and the slot at which it begins; None if it is not there, though the folder is."""
        try:
            return os.open(f"{self._text}/{segment_name(number)}", os.O_RDONLY | os.O_CLOEXEC), number * SEGMENT_SLOTS
        except (FileNotFoundError, NotADirectoryError):
            if self.folder.is_dir():
                return None, 0
        except OSError as error:
            raise self._unusable(error) from error
        with self.guarded():
            return os.open(self._single() or self.folder, os.O_RDONLY | os.O_CLOEXEC), 0

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder alone, of all processes that change it on any machine; it is made if it is not there.

        Raises:
            StoreError: It cannot be written, or the keys are still in one file.
        """
        self._refuse_single()
        with self.guarded():
            try:
                self.folder.mkdir(0o700)
                sync_folder(self.folder.parent)
            except FileExistsError:
                pass
            lock = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
            finally:
                os.close(lock)

    def append(self, first: int, data: bytes) -> None:
        """Write new slots behind the last one, durably, under the lock; all within one segment.

        Raises:
            OSError: The disk failed.
        """
        number = first // SEGMENT_SLOTS
        path = self.segment(number)
        is_new = not path.exists()
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _write(file, data, (first - number * SEGMENT_SLOTS) * SLOT_LENGTH)
            os.fsync(file)
        finally:
            os.close(file)
        if is_new:
            sync_folder(self.folder)

    def end(self) -> int:
        """The first slot that was never written, under the lock: behind what a crash cut short, which was never handed out.

        Raises:
            OSError: The disk failed.
        """
        numbers = numbers_in(self.folder)
        if not numbers:
            return 0
        size = self.segment(numbers[-1]).stat().st_size
        return numbers[-1] * SEGMENT_SLOTS + min(-(-size // SLOT_LENGTH), SEGMENT_SLOTS)

    def require(self, slots: Iterable[int]) -> None:
        """See that slots are there, destroyed or not: what is not there cannot be destroyed, and may lie elsewhere.

        Raises:
            StoreError: One is not.
        """
        self._refuse_single()
        with self.guarded():
            for number, here in by_segment(slots):
                path = self.segment(number)
                size = path.stat().st_size if path.is_file() else 0
                if size < (here[-1] - number * SEGMENT_SLOTS + 1) * SLOT_LENGTH:
                    raise _missing(path, here[-1])

    def destroy(self, slots: Iterable[int]) -> None:
        """Overwrite slots, durably, under the lock. Who copies segments sees it by the times of segment and folder.

        Raises:
            StoreError: One is not there; nothing was destroyed.
            OSError: The disk failed; some may be gone.
        """
        wanted = sorted(set(slots))
        self.require(wanted)
        for number, here in by_segment(wanted):
            file = os.open(self.segment(number), os.O_RDWR | os.O_CLOEXEC)
            try:
                for slot in here:
                    os.pwrite(file, DESTROYED, (slot - number * SEGMENT_SLOTS) * SLOT_LENGTH)
                os.fsync(file)
                # File systems keep the times of writes too coarsely to tell two of them apart.
                now = time.time_ns()
                os.utime(file, ns=(now, now))
            finally:
                os.close(file)
        now = time.time_ns()
        os.utime(self.folder, ns=(now, now))

    def pad(self, slots: int) -> None:
        """Let there be so many slots at least, and none missing before: those added are destroyed. Under the lock.

        Raises:
            OSError: The disk failed.
        """
        last = max([*numbers_in(self.folder)[-1:], (slots - 1) // SEGMENT_SLOTS], default=0)
        for number in range(last + 1):
            upto = SEGMENT_LENGTH if number < last else (slots - number * SEGMENT_SLOTS) * SLOT_LENGTH
            file = os.open(self.segment(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if os.fstat(file).st_size < upto:
                    os.ftruncate(file, upto)
                    os.fsync(file)
            finally:
                os.close(file)
        sync_folder(self.folder)

    def _refuse_single(self) -> None:
        if (single := self._single()) is not None:
            raise StoreError(
                f"The keys are still in the one file {single}, as an earlier version kept them. Nothing was changed.",
                code="subject-keys-single",
                hint="Start cocket serve, or run cocket upgrade: the keys are then moved into segments.",
            )

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Say of a failed disk which keys it held up."""
        try:
            yield
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> StoreError:
        return StoreError(f"The keys in {self.folder} cannot be used: {error.strerror}.")


def by_segment(slots: Iterable[int]) -> Iterator[tuple[int, list[int]]]:
    """Slots in order by the segments in which they lie: number, slots (1..n)."""
    wanted = sorted(set(slots))
    if wanted and wanted[0] // SEGMENT_SLOTS == wanted[-1] // SEGMENT_SLOTS:
        yield wanted[0] // SEGMENT_SLOTS, wanted
        return
    for number, here in groupby(wanted, lambda slot: slot // SEGMENT_SLOTS):
        yield number, list(here)


def segment_name(number: int) -> str:
    """Under which name a segment lies."""
    return f"{number:0{_DIGITS}}{SUFFIX}"


def numbers_in(folder: Path, suffix: str = SUFFIX) -> list[int]:
    """Numbers of the segments in a folder, in order (0..n).

    Args:
        folder: The folder; nothing is in one that is not there.
        suffix: What their names end with.

    Raises:
        OSError: It cannot be read.
    """
    try:
        names = [one.name for one in folder.iterdir()]
    except FileNotFoundError:
        return []
    heads = (name.removesuffix(suffix) for name in names if name.endswith(suffix))
    return sorted(int(head) for head in heads if head.isdecimal() and len(head) >= _DIGITS)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable.

    Raises:
        OSError: The disk failed.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, data: bytes) -> None:
    """Put a segment in its place, at once or not at all, durably but for its name.

    Raises:
        OSError: The disk failed.
    """
    part = path.with_name(f".{path.name}.part")
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        _write(file, data, 0)
        os.fsync(file)
    finally:
        os.close(file)
    part.replace(path)


def _write(file: int, data: bytes, place: int) -> None:
    written = 0
    while written < len(data):
        written += os.pwrite(file, data[written:], place + written)


def _slots_of(path: Path) -> int:
    return path.stat().st_size // SLOT_LENGTH


def _missing(path: Path, slot: int) -> StoreError:
    said = "ends before it" if path.is_file() else "is missing"
    return StoreError(
        f"Key {slot} is not there: {path} {said}.",
        code="subject-key",
        hint="Copy that segment back from the folder subjects of COCKET_BACKUP_KEYS_FOLDER. cocket doctor names what it holds.",
    )
