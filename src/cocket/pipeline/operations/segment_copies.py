# SPDX-License-Identifier: Apache-2.0
"""The copy of the keys of sealed things: only segments that changed are copied, and what was erased is erased there too.

Full segments are listed with what they were when they were copied, so that one that is missing or altered, here or there, is
named. The last one grows too often for that: its copy bears the time of the segment, and each key in it proves itself.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from cocket.errors import StoreError
from cocket.findings.words import counted
from cocket.pipeline.operations.key_copies import SUFFIX, Opener, copy_name, put_copy
from cocket.stores.base.key_segments import (
    SEGMENT_LENGTH,
    SEGMENT_SLOTS,
    SLOT_LENGTH,
    KeyFolder,
    numbers_in,
    segment_name,
    sync_folder,
    write_whole,
)
from cocket.stores.base.subject_keys import SubjectKeys

#: Folder of copied segments beside that of the other keys, and the list of those that are full.
SUBJECTS: Final = "subjects"
SEGMENTS: Final = "subjects.json"

#: The one file in which an earlier version kept all, among the copied keys.
SINGLE: Final = "subjects.keys"

#: Held while segments are copied.
LOCK: Final = ".keys.lock"

#: How far times of one file may differ that file systems keep coarsely (seconds).
_COARSE_S = 2.0

#: By how much an encrypted copy is longer at most, for some hundred recipients; new keys are written in longer pieces (bytes).
_CIPHER_LENGTH = 30_000


class CopiedSegment(msgspec.Struct, frozen=True):
    """A full segment as it was copied.

    Attributes:
        sha256: SHA-256 of the segment itself, whether the copy is encrypted or not, in hexadecimal.
        modified_ns: When the segment had been changed last (nanoseconds of its file).
    """

    sha256: str
    modified_ns: int


class CopiedSegments(msgspec.Struct, frozen=True, kw_only=True):
    """Which segments are in a copy.

    Attributes:
        slots: Slots that it has at least (count).
        recipients: To whom they are encrypted; empty where they are in clear.
        segments: Full segments by number.
        pending: Segments that were being copied again: the copy is the one listed, or a newer one.
    """

    slots: int = 0
    recipients: tuple[str, ...] = ()
    segments: dict[int, CopiedSegment] = {}
    pending: tuple[int, ...] = ()


class KeyCopies:
    """Keeps the copy of one house's segments.

    Args:
        place: The segments.
        safe: Folder of the copied keys.
        recipients: To whom they are encrypted; empty copies them in clear.
    """

    def __init__(self, place: KeyFolder, safe: Path, recipients: Sequence[str]) -> None:
        self._place = place
        self._safe = safe
        self._to = safe / SUBJECTS
        self._recipients = tuple(recipients)
        self._grown: tuple[int, int, int] | None = None
        self._seen: tuple[int, tuple[int, int, int]] | None = None

    def follow(self) -> None:
        """Copy what changed, if anything did: a look costs the same however many keys there are.

        Raises:
            OSError: The disk failed.
            StoreError: The segments cannot be read.
        """
        folder = self._place.folder.stat().st_mtime_ns
        if self._seen is not None and self._seen[0] == folder and self._last(self._seen[1][0]) == self._seen[1]:
            return
        numbers = self._place.numbers()
        if numbers:
            seen = folder, self._last(numbers[-1])
            self.copy()
            self._seen = seen

    def copy(self, *, is_whole: bool = False) -> list[str]:
        """Copy every segment that changed since it was copied; what is not well is said, and its copy is left as it is.

        Args:
            is_whole: Whether all are read and compared with what was copied, not only those whose time changed. The database
                names no key behind their end: what the copy has there is of a house that was restored since, and goes.

        Returns:
            In one sentence each: segments that are missing, too short or altered here (0..n).

        Raises:
            OSError: The disk failed.
            StoreError: The segments cannot be read.
        """
        numbers = self._place.numbers()
        if not numbers:
            return []
        self._to.mkdir(0o700, exist_ok=True)
        with _alone(self._safe / LOCK):
            known = read_list(self._safe)
            if known is None or known.recipients != self._recipients:
                known = CopiedSegments(recipients=self._recipients)
            if is_whole:
                known = self._within(known, numbers[-1])
            problems = self._faults(known, numbers)
            full = [one for one in numbers if self._place.segment(one).stat().st_size >= SEGMENT_LENGTH]
            there = set(numbers_in(self._to, _suffix(self._recipients)))
            changed = [one for one in full if is_whole or one not in there or self._is_newer(one, known)]
            listed = self._copy_full(changed, known, there, problems)
            if numbers[-1] not in full and numbers[-1] not in known.segments and self._place.slots() >= known.slots:
                self._copy_last(numbers[-1], problems, is_asked=is_whole)
            if listed != known or is_whole:
                self._list(msgspec.structs.replace(listed, slots=max(known.slots, self._place.slots())))
            if not problems:
                self._clear(numbers[-1])
        return problems

    def lag(self) -> str | None:
        """Why the copy is not as the keys are; None if it is.

        Raises:
            OSError: It cannot be looked at.
            StoreError: The segments cannot be read.
        """
        numbers, known = self._place.numbers(), read_list(self._safe)
        if not numbers:
            return None
        if known is None or known.recipients != self._recipients:
            to = "to these recipients" if self._recipients else "in clear"
            return f"There is no copy of the keys in {self._to} {to}. Run cocket backup once."
        if problems := self._faults(known, numbers):
            return " ".join(problems)
        there = set(numbers_in(self._to, _suffix(self._recipients)))
        if lacking := [one for one in numbers if one not in there]:
            return f"{_segments(lacking)} missing in {self._to}. See the state of the role archive, which copies them."
        late = [one for one in numbers[:-1] if self._is_newer(one, known)]
        last, copy = self._place.segment(numbers[-1]).stat(), self._copy_of(numbers[-1]).stat()
        if abs(last.st_mtime - copy.st_mtime) > _COARSE_S:
            late.append(numbers[-1])
        if late:
            return f"{_segments(late)} older in {self._to} than the keys of the instance. See the state of the role archive."
        return None

    def _copy_full(
        self, changed: Sequence[int], known: CopiedSegments, there: set[int], problems: list[str]
    ) -> CopiedSegments:
        """Copy full segments; the list as it is then."""
        again = tuple(one for one in changed if one in known.segments and self._is_newer(one, known))
        if again:
            self._list(msgspec.structs.replace(known, pending=tuple({*known.pending, *again})))
        segments = dict(known.segments)
        for number in changed:
            path, earlier = self._place.segment(number), segments.get(number)
            modified, digest = _digest_of(path)
            is_same = earlier is not None and earlier.sha256 == digest
            if earlier and earlier.modified_ns == modified and not is_same and number not in known.pending:
                problems.append(
                    f"Segment {path} was altered, though nothing wrote to it; its copy in {self._to} is as it was: copy it back."
                )
                continue
            if not is_same or number not in there or number in known.pending:
                digest = put_copy(path, self._to / segment_name(number), self._recipients)
            segments[number] = CopiedSegment(digest, modified)
        if changed:
            sync_folder(self._to)
        return msgspec.structs.replace(known, segments=segments, pending=())

    def _copy_last(self, number: int, problems: list[str], *, is_asked: bool) -> None:
        """Copy the segment that grows, if it did."""
        grown, copy = self._last(number), self._copy_of(number)
        if not is_asked and copy.exists() and copy.stat().st_size > grown[1] + _CIPHER_LENGTH:
            problems.append(
                f"Segment {self._place.segment(number)} has only {grown[1] // SLOT_LENGTH} keys, fewer than its copy {copy}: "
                "copy it back."
            )
        elif is_asked or grown != self._grown or not copy.exists():
            put_copy(self._place.segment(number), self._to / segment_name(number), self._recipients)
            sync_folder(self._to)
            self._grown = grown

    def _faults(self, known: CopiedSegments, numbers: Sequence[int]) -> list[str]:
        """What the segments lack that their copy has."""
        slots, found = self._place.slots(), []
        if slots < known.slots:
            found.append(
                f"The keys in {self._place.folder} end at {slots}, their copy in {self._to} at {known.slots} or later: copy "
                "the newest segments back, or let cocket backup make the copy again."
            )
        for number in sorted({*known.segments, *range(numbers[-1])}):
            path = self._place.segment(number)
            size = path.stat().st_size if path.is_file() else 0
            if size < SEGMENT_LENGTH:
                said = f"has {size // SLOT_LENGTH} of {SEGMENT_SLOTS} keys" if size else "is missing"
                back = f"; its copy in {self._to} is whole: copy it back" if number in known.segments else ""
                found.append(f"Segment {path} {said}{back}.")
        return found

    def _is_newer(self, number: int, known: CopiedSegments) -> bool:
        """Whether a full segment was changed since it was copied, or the copying was cut off."""
        copied = known.segments.get(number)
        modified = self._place.segment(number).stat().st_mtime_ns
        return copied is None or copied.modified_ns != modified or number in known.pending

    def _last(self, number: int) -> tuple[int, int, int]:
        found = self._place.segment(number).stat()
        return number, found.st_size, found.st_mtime_ns

    def _copy_of(self, number: int) -> Path:
        return copy_name(self._to / segment_name(number), self._recipients)

    def _list(self, known: CopiedSegments) -> None:
        write_whole(self._safe / SEGMENTS, msgspec.json.encode(known))
        sync_folder(self._safe)

    def _within(self, known: CopiedSegments, last: int) -> CopiedSegments:
        """What is listed of segments as far as there are any."""
        segments = {number: one for number, one in known.segments.items() if number <= last}
        if self._place.segment(last).stat().st_size < SEGMENT_LENGTH:
            segments.pop(last, None)
        return msgspec.structs.replace(known, segments=segments, slots=min(known.slots, self._place.slots()))

    def _clear(self, last: int) -> None:
        """Remove copies that this one replaces: to other recipients, in one file, cut off, or of segments behind the last.

        An erasure would not reach them.
        """
        suffix = _suffix(self._recipients)
        left = [one for one in self._to.iterdir() if one.name.startswith(".") or not one.name.endswith(suffix)]
        left += [self._copy_of(number) for number in numbers_in(self._to, suffix) if number > last]
        keys = self._safe / "keys"
        left += [one for one in (keys / SINGLE, keys / f"{SINGLE}{SUFFIX}") if one.is_file()]
        for one in left:
            one.unlink()


def read_list(safe: Path) -> CopiedSegments | None:
    """The list of copied segments; None if there is none, or it cannot be read.

    Raises:
        OSError: The disk failed.
    """
    with suppress(FileNotFoundError, msgspec.MsgspecError):
        return msgspec.json.decode((safe / SEGMENTS).read_bytes(), type=CopiedSegments)
    return None


def check_there(safe: Path) -> None:
    """Refuse a copy of the keys whose segments are all gone.

    Raises:
        StoreError: They are.
    """
    known = read_list(safe)
    found = numbers_in(safe / SUBJECTS) or numbers_in(safe / SUBJECTS, _suffix(("",)))
    if known is not None and known.slots and not found:
        raise StoreError(
            f"{safe / SUBJECTS} is missing or empty, and it had {known.slots} keys.",
            code="backup-damaged",
            hint="Take another copy of the keys.",
        )


def bring_back(safe: Path, place: KeyFolder, wrapping: bytes, opener: Opener) -> list[str]:
    """Put copied segments into a folder of keys that is being restored.

    A segment that is missing or damaged costs the keys in it alone. Of one in clear that was altered, each key that can
    still be unwrapped is kept, and the others are left out.

    Args:
        safe: Folder of the copied keys.
        place: Where they go; there are none yet.
        wrapping: The key-encryption key (32 bytes).
        opener: Decrypts those that are encrypted.

    Returns:
        What is wrong with which segment, in one sentence each (0..n).

    Raises:
        OSError: The disk failed.
        SettingsError: They are encrypted, and there is no identity, or it is not one of theirs.
    """
    source, known = safe / SUBJECTS, read_list(safe)
    found = {number: source / segment_name(number) for number in numbers_in(source)}
    found |= {number: copy_name(source / segment_name(number), ("",)) for number in numbers_in(source, _suffix(("",)))}
    if not found:
        return []
    problems = (
        [] if known is not None else [f"{safe / SEGMENTS} is missing or cannot be read: nothing says what is whole."]
    )
    known = known or CopiedSegments()
    place.folder.mkdir(0o700, exist_ok=True)
    altered = []
    for number in sorted({*found, *known.segments, *range(max(found))}):
        first = number * SEGMENT_SLOTS
        name = f"Segment {segment_name(number)} of the copied keys ({first} to {first + SEGMENT_SLOTS - 1})"
        if number not in found:
            problems.append(f"{name} is missing in {source}.")
            continue
        try:
            data = opener(found[number])[:SEGMENT_LENGTH]
        except StoreError as error:
            problems.append(f"{name} is lost. {error.message}")
            continue
        listed = known.segments.get(number)
        if listed and number not in known.pending and sha256(data).hexdigest() != listed.sha256:
            altered.append(number)
            said = f"has {len(data) // SLOT_LENGTH} keys" if len(data) < SEGMENT_LENGTH else "was altered"
            problems.append(f"{name} {said}. Keys in it that cannot be unwrapped are left out.")
        write_whole(place.segment(number), data)
    sync_folder(place.folder)
    if place.slots() < known.slots:
        problems.append(f"The copied keys end at {place.slots()}; they had {known.slots} once.")
    keys = SubjectKeys(place, wrapping)
    keys.destroy(list(keys.altered(altered)))
    return problems


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _digest_of(path: Path) -> tuple[int, str]:
    """When a segment was changed last (nanoseconds of its file), and the SHA-256 of what it then held, in hexadecimal."""
    while True:
        modified = path.stat().st_mtime_ns
        digest = sha256(path.read_bytes()).hexdigest()
        if path.stat().st_mtime_ns == modified:
            return modified, digest


def _suffix(recipients: Sequence[str]) -> str:
    """What names of copied segments end with."""
    return copy_name(Path(".keys"), recipients).name


def _segments(numbers: Sequence[int]) -> str:
    first = segment_name(numbers[0])
    return (
        f"{counted(len(numbers), 'segment of keys', 'segments of keys')} ({first}{' first' if len(numbers) > 1 else ''}) "
        + ("is" if len(numbers) == 1 else "are")
    )
