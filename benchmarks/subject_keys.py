# SPDX-License-Identifier: Apache-2.0
"""The keys of sealed things, one million and five million of them: what it costs to take, read, copy and move them.

The slots of a house that has worked for long are made of random bytes: nothing looks into them but what is measured, which is in
the newest segment. What one file cost, as an earlier version kept all keys, is measured beside it.
"""

from __future__ import annotations

import secrets
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from cocket.pipeline.operations.key_copies import put_copy
from cocket.pipeline.operations.segment_copies import KeyCopies
from cocket.stores.base.key_segments import SEGMENT_LENGTH, SEGMENT_SLOTS, SLOT_LENGTH, KeyFolder
from cocket.stores.base.key_splitting import split_keys
from cocket.stores.base.subject_keys import AHEAD, SubjectKeys

_SIZES = (1_000_000, 5_000_000)

#: Keys that are taken and read, and how many are taken between two looks of who copies (counts).
_NEW, _LOOK = 3_000, 64

#: Keys of 1,000 declarations of which nothing else is known: message and assessment (count).
_OF_A_THOUSAND = 2_000


def bench_subject_keys(seconds: float) -> Iterator[Figure]:
    """Keys in segments, beside keys in one file."""
    for size in _SIZES:
        with TemporaryDirectory() as folder:
            yield from _of_size(Path(folder), size)


def _of_size(folder: Path, size: int) -> Iterator[Figure]:
    said = f"of {size:,} keys"
    place, safe = KeyFolder(folder / "subjects", folder / "subjects.keys"), folder / "safe"
    (safe / "keys").mkdir(parents=True)
    with place.former.open("wb") as file:
        for first in range(0, size, SEGMENT_SLOTS):
            file.write(secrets.token_bytes(min(SEGMENT_LENGTH, (size - first) * SLOT_LENGTH)))
    yield from _of_one_file(place.former, folder / "copy of one file", said)
    yield _timed("moving into segments, once", lambda: split_keys(place), said)
    yield _timed("first copy of the segments", KeyCopies(place, safe, ()).follow, said)

    keys = SubjectKeys(place, bytes(32))
    yield _timed("start: count and first key", lambda: (keys.count(), keys.take()), said)
    yield Figure(
        name="memory of a start",
        value=_memory(lambda: SubjectKeys(place, bytes(32)).take()),
        unit="MB",
        note=said,
    )
    start = time.perf_counter()
    taken = [keys.take().slot for _ in range(_NEW)]
    yield _each("taking a key", start, f"written ahead and synced, {said}")
    start = time.perf_counter()
    for one in taken:
        keys.get(one)
    yield _each("reading a key", start, f"one at a time, {said}")
    yield _timed("looking whether a key is gone", lambda: keys.gone([size - 5]), said)
    yield from _of_copies(place, safe, keys, said)


def _of_one_file(file: Path, to: Path, said: str) -> Iterator[Figure]:
    """What each copy of one file costs, however few keys are new in it."""
    put_copy(file, to, ())
    copied = (_OF_A_THOUSAND / AHEAD) * file.stat().st_size / 1e6
    yield Figure(name="one file: copied for 1,000 declarations", value=copied, unit="MB", note=said)
    yield _timed("one file: each copy", lambda: put_copy(file, to, ()), said)
    yield Figure(name="one file: memory", value=_memory(lambda: put_copy(file, to, ())), unit="MB", note=said)


def _of_copies(place: KeyFolder, safe: Path, keys: SubjectKeys, said: str) -> Iterator[Figure]:
    """What is written to the copy for new keys, and for one that is destroyed."""
    copies = KeyCopies(place, safe, ())
    copies.follow()
    written, before, spent = 0, _stands(safe), 0.0
    for _ in range(SEGMENT_SLOTS // _LOOK):
        for _ in range(_LOOK):
            keys.take()
        start = time.perf_counter()
        copies.follow()
        spent += time.perf_counter() - start
        written, before = written + _written(before, _stands(safe)), _stands(safe)
    share = _OF_A_THOUSAND / SEGMENT_SLOTS
    yield Figure(
        name="copied for 1,000 declarations",
        value=share * written / 1e6,
        unit="MB",
        note=f"{_OF_A_THOUSAND:,} keys, on the average of a segment, {said}; in {1e3 * share * spent:.0f} ms",
    )
    keys.destroy([7])
    yield Figure(name="memory of copying", value=_memory(copies.follow), unit="MB", note=said)
    written = _written(before, _stands(safe))
    yield Figure(name="copied for an erasure", value=written / 1e6, unit="MB", note=said)


def _stands(safe: Path) -> dict[str, tuple[int, int]]:
    """Every file of a copy: its inode, which is another once it was written again, and its length."""
    found = [safe / "subjects.json", *(safe / "subjects").iterdir()]
    return {one.name: (one.stat().st_ino, one.stat().st_size) for one in found if one.exists()}


def _written(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> int:
    return sum(length for name, (inode, length) in after.items() if before.get(name, (0, 0))[0] != inode)


def _timed(name: str, act: Callable[[], object], said: str) -> Figure:
    start = time.perf_counter()
    act()
    return Figure(name=name, value=1e3 * (time.perf_counter() - start), unit="ms", note=said)


def _each(name: str, start: float, said: str) -> Figure:
    return Figure(name=name, value=1e6 * (time.perf_counter() - start) / _NEW, unit="us", note=said)


def _memory(act: Callable[[], object]) -> float:
    """The most memory that it held at once (MB); it is slower while that is counted."""
    tracemalloc.start()
    act()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6
