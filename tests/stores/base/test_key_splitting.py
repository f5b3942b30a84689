# SPDX-License-Identifier: Apache-2.0
"""The one file of an earlier version becomes segments, and no key is lost wherever that is cut off."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cocket.errors import StoreError
from cocket.stores.base.key_segments import DESTROYED, SEGMENT_SLOTS, SLOT_LENGTH, KeyFolder
from cocket.stores.base.key_splitting import split_keys
from cocket.stores.base.subject_keys import SubjectKeys

WRAPPING = bytes(range(32))

#: Two full segments and some.
SLOTS = 2 * SEGMENT_SLOTS + 2048

ERASED = (0, 5, SEGMENT_SLOTS - 1, SEGMENT_SLOTS, SLOTS - 1)


@pytest.fixture(scope="module")
def single() -> bytes:
    """What the one file of an earlier version held: its slots, and what a crash cut short."""
    wrapping = AESGCM(WRAPPING)
    slots = []
    for slot in range(SLOTS):
        nonce = secrets.token_bytes(12)
        key = nonce + wrapping.encrypt(nonce, secrets.token_bytes(32), slot.to_bytes(8, "big"))
        slots.append(DESTROYED if slot in ERASED else key)
    return b"".join(slots) + b"cut short"


@pytest.fixture(params=["beside", "in its place"])
def place(request: pytest.FixtureRequest, tmp_path: Path, single: bytes) -> KeyFolder:
    """The keys of an earlier version, in the place that it chose or in one that a setting named."""
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    named = KeyFolder(folder / "subjects", folder / "subjects.keys")
    place = named if request.param == "beside" else KeyFolder(folder / "apart.keys")
    place.former.write_bytes(single)
    return place


def holds(place: KeyFolder, single: bytes) -> bool:
    """Whether every key of the one file can be read, and none that was destroyed."""
    keys = SubjectKeys(place, WRAPPING)
    wanted = {slot for slot in range(SLOTS) if slot not in ERASED}
    got = keys.get_many(range(SLOTS))
    return got.keys() == wanted and keys.gone(range(SLOTS)) == set(ERASED) and len(single) > 0


def is_done(place: KeyFolder) -> bool:
    """Whether nothing is left but segments, which only their owner may read."""
    left = {one.name for one in place.folder.parent.iterdir()}
    modes = {one.stat().st_mode & 0o777 for one in place.folder.iterdir()} | {place.folder.stat().st_mode & 0o777}
    return left == {place.folder.name} and modes == {0o600, 0o700} and place.numbers() == [0, 1, 2]


def test_every_key_is_in_a_segment_and_the_file_is_gone(place: KeyFolder, single: bytes) -> None:
    said: list[str] = []
    assert place.is_single and holds(place, single)
    assert split_keys(place, said.append)
    assert (is_done(place), holds(place, single), len(said)) == (True, True, 1)
    whole = b"".join(place.segment(number).read_bytes() for number in place.numbers())
    assert whole[: SLOTS * SLOT_LENGTH] == single[: SLOTS * SLOT_LENGTH]
    assert not split_keys(place)
    assert SubjectKeys(place, WRAPPING, lambda: SLOTS - 1).take().slot == SLOTS + 1  # behind what was cut short


def test_the_file_is_overwritten_before_it_is_removed(place: KeyFolder, single: bytes, tmp_path: Path) -> None:
    other = tmp_path / "other name"
    other.hardlink_to(place.former)
    split_keys(place)
    assert other.read_bytes() == bytes(len(single))


def test_as_long_as_the_keys_are_in_one_file_they_are_read_and_not_changed(place: KeyFolder, single: bytes) -> None:
    keys = SubjectKeys(place, WRAPPING)
    for change in (keys.take, lambda: keys.destroy([7]), lambda: keys.require([7]), lambda: keys.pad(9)):
        with pytest.raises(StoreError, match="one file") as caught:
            change()
        assert caught.value.code == "subject-keys-single"
    assert (place.former.read_bytes(), keys.count()) == (single, SLOTS)


def test_a_file_that_is_put_beside_segments_adds_what_they_lack_and_brings_nothing_back(
    tmp_path: Path, single: bytes
) -> None:
    place = KeyFolder(tmp_path / "subjects", tmp_path / "subjects.keys")
    place.former.write_bytes(single[: (SEGMENT_SLOTS + 1024) * SLOT_LENGTH])
    split_keys(place)
    SubjectKeys(place, WRAPPING).destroy([17])
    place.segment(0).rename(tmp_path / "lost")
    place.former.write_bytes(single)
    split_keys(place)
    assert holds(place, single)
    place.segment(0).write_bytes((tmp_path / "lost").read_bytes())
    place.former.write_bytes(single)
    split_keys(place)
    assert SubjectKeys(place, WRAPPING).gone(range(SLOTS)) == {*ERASED, 17}


def test_a_file_of_other_keys_is_refused_and_nothing_is_destroyed(tmp_path: Path, single: bytes) -> None:
    place = KeyFolder(tmp_path / "subjects", tmp_path / "subjects.keys")
    place.former.write_bytes(single)
    split_keys(place)
    other = secrets.token_bytes(SLOT_LENGTH) * SLOTS
    place.former.write_bytes(other)
    with pytest.raises(StoreError, match="do not belong together") as caught:
        split_keys(place)
    assert (caught.value.code, place.former.read_bytes() == other) == ("subject-keys-differ", True)
    assert holds(place, single)


def _path_of(file: int) -> Path:
    return Path(f"/proc/self/fd/{file}").readlink()


class Cut:
    """Ends this process at a step of writing, as a kill does or as a power cut does, which loses what was not synced.

    Args:
        step: Which step is the last.
        loses: Whether what was written and not synced is lost.
    """

    def __init__(self, step: int, *, loses: bool) -> None:
        self._left, self._loses = step, loses
        self._written: dict[Path, set[tuple[int, int]]] = {}

    def patch(self) -> None:
        """Count every step that changes a disk."""
        pwrite, fsync = os.pwrite, os.fsync

        def write(file: int, data: bytes, at: int) -> int:
            self._step()
            if any(data):  # zeros that are lost leave what was there, which a later step finds
                self._written.setdefault(_path_of(file), set()).add((at, len(data)))
            return pwrite(file, data, at)

        def sync(file: int) -> None:
            self._step()
            self._written.pop(_path_of(file), None)
            fsync(file)

        os.pwrite, os.fsync = write, sync  # type: ignore[assignment]
        for name in ("rename", "replace", "unlink", "mkdir"):
            setattr(Path, name, self._counted(getattr(Path, name)))

    def _counted(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **more: Any) -> Any:
            self._step()
            return act(*args, **more)

        return counted

    def _step(self) -> None:
        if self._left == 0:
            if self._loses:
                for path, places in self._written.items():
                    with path.open("r+b") as file:
                        for at, length in places:
                            file.seek(at)
                            file.write(bytes(length))
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


def _cut(place: KeyFolder, step: int, loses: bool) -> None:
    Cut(step, loses=loses).patch()
    split_keys(place)


@pytest.mark.parametrize("loses", [False, True], ids=["killed", "power cut"])
def test_wherever_it_is_cut_off_no_key_is_lost_and_the_next_try_ends_it(
    place: KeyFolder, single: bytes, loses: bool
) -> None:
    fork, step, code = get_context("fork"), 0, -1
    while code != 0:
        for left in (place.folder, place.part):
            for one in [*left.iterdir()] if left.is_dir() else []:
                one.unlink()
            if left.is_dir():
                left.rmdir()
        place.former.write_bytes(single)
        child = fork.Process(target=_cut, args=(place, step, loses))
        child.start()
        child.join()
        code = child.exitcode
        assert code in (0, -signal.SIGKILL)
        assert holds(place, single), f"cut off at step {step}"
        split_keys(place)
        assert is_done(place) and holds(place, single), f"cut off at step {step}"
        step += 1
    assert step > 20, "it was hardly cut off anywhere"


def _split(place: KeyFolder) -> None:
    split_keys(place)


def test_two_processes_at_once_make_one_set_of_segments(place: KeyFolder, single: bytes) -> None:
    fork = get_context("fork")
    children = [fork.Process(target=_split, args=(place,)) for _ in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * 4
    assert is_done(place) and holds(place, single)
