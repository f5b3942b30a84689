# SPDX-License-Identifier: Apache-2.0
"""Making segments of the one file in which an earlier version kept all keys, once, without losing a key wherever it is cut off.

The order is the point. Segments are written beside, durably, read again and compared; only then the file loses its name, the
segments get theirs, and the file is overwritten. Whatever was cut off is done again from what is there.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cocket.errors import StoreError
from cocket.stores.base.key_segments import (
    DESTROYED,
    SEGMENT_LENGTH,
    SLOT_LENGTH,
    KeyFolder,
    segment_name,
    sync_folder,
    write_whole,
)


def split_keys(place: KeyFolder, tell: Callable[[str], None] = lambda sentence: None) -> bool:
    """Make segments of the one file, if there is one, and destroy it; whether there was anything to do.

    A file that was put beside segments adds what they lack. A key that is destroyed in either is destroyed.

    Args:
        place: Where both are.
        tell: Told in one sentence of what takes time.

    Raises:
        StoreError: The disk failed, or a slot of the file has another key than that of the segments; no key is lost.
    """
    if not place.former.is_file() and not place.gone.is_file():
        return False
    with place.guarded():
        if place.former.is_file():
            tell(f"The keys in {place.former} are moved into segments of their own.")
            with _alone(place.former) as file:
                if file is not None:
                    _split(file, place)
        _name(place)
        _destroy(place)
    return True


def _split(file: int, place: KeyFolder) -> None:
    """Put what a file holds into segments, see that it is there, and take its name from the file."""
    if place.folder.is_dir():
        with place.locked():
            _put(file, place.folder)
            _compare(file, place.folder)
    else:
        place.part.mkdir(0o700, exist_ok=True)
        _put(file, place.part)
        _compare(file, place.part)
        sync_folder(place.part.parent)
    place.former.rename(place.gone)
    sync_folder(place.gone.parent)


def _name(place: KeyFolder) -> None:
    """Give segments that are whole their name."""
    if not place.folder.is_dir() and place.part.is_dir() and place.gone.is_file():
        with suppress(FileNotFoundError):  # another process was quicker
            place.part.rename(place.folder)
        sync_folder(place.folder.parent)


def _destroy(place: KeyFolder) -> None:
    """Overwrite a file whose keys are all in segments, and remove it."""
    with suppress(FileNotFoundError), _alone(place.gone) as file:
        if file is not None and place.folder.is_dir():
            for start in range(0, os.fstat(file).st_size, SEGMENT_LENGTH):
                os.pwrite(file, bytes(min(SEGMENT_LENGTH, os.fstat(file).st_size - start)), start)
            os.fsync(file)
            place.gone.unlink()
            sync_folder(place.gone.parent)


@contextmanager
def _alone(path: Path) -> Iterator[int | None]:
    """Hold a file alone, as every version does that writes to it; None if another process has dealt with it meanwhile."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except (FileNotFoundError, IsADirectoryError):
        yield None
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            is_it = os.path.samestat(os.fstat(file), path.stat())
        except FileNotFoundError:
            is_it = False
        yield file if is_it else None
    finally:
        os.close(file)


def _parts(file: int) -> Iterator[tuple[str, bytes]]:
    """What a file holds, by the name of the segment in which it belongs; what a crash cut short was never a key."""
    for number, start in enumerate(range(0, os.fstat(file).st_size, SEGMENT_LENGTH)):
        data = os.pread(file, SEGMENT_LENGTH, start)
        if short := len(data) % SLOT_LENGTH:
            data = data[:-short] + DESTROYED
        yield segment_name(number), data


def _put(file: int, folder: Path) -> None:
    for left in folder.glob(".*.part"):  # of what was cut off; an erasure would not reach it
        left.unlink()
    for name, data in _parts(file):
        path = folder / name
        there = path.read_bytes() if path.is_file() else b""
        joined = _joined(there, data, path)
        if joined != there:
            write_whole(path, joined)
    sync_folder(folder)


def _joined(there: bytes, new: bytes, path: Path) -> bytes:
    """A segment with what the file has of it.

    Raises:
        StoreError: They have different keys in one slot.
    """
    if not there or there == new:
        return new
    joined = bytearray(max(there, new, key=len))
    for at in range(0, min(len(there), len(new)), SLOT_LENGTH):
        here, other = there[at : at + SLOT_LENGTH], new[at : at + SLOT_LENGTH]
        if here == other or len(here) < SLOT_LENGTH or len(other) < SLOT_LENGTH:
            continue
        if DESTROYED not in (here, other):
            raise StoreError(
                f"The single file of keys and {path} do not belong together: slot {at // SLOT_LENGTH} differs. "
                "No key was destroyed.",
                code="subject-keys-differ",
                hint="Move away the one that does not match the database.",
            )
        joined[at : at + SLOT_LENGTH] = DESTROYED
    return bytes(joined)


def _compare(file: int, folder: Path) -> None:
    """See that every key of a file is in the segments.

    Raises:
        StoreError: One is not: the disk failed without saying so.
    """
    for name, data in _parts(file):
        there = (folder / name).read_bytes()
        if _joined(there, data, folder / name) != there:
            raise StoreError(
                f"{folder / name} does not have what was written to it. The single file is left as it is.",
                code="subject-keys-differ",
                hint="Check the disk.",
            )
