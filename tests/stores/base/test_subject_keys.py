# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cocket.errors import StoreError
from cocket.stores.base.key_segments import KeyFolder
from cocket.stores.base.subject_keys import SubjectKeys

WRAPPING = bytes(range(32))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The first segment."""
    return tmp_path / "subjects" / "00000000.keys"


def keys_at(file: Path, wrapping: bytes = WRAPPING, highest: Callable[[], int | None] = lambda: None) -> SubjectKeys:
    """The keys in the folder of a segment."""
    return SubjectKeys(KeyFolder(file.parent), wrapping, highest)


def test_what_one_key_closes_it_opens_again_and_no_other_does(file: Path) -> None:
    keys = keys_at(file)
    one, other = keys.take(), keys.take()
    closed = one.close("body", b"plain")
    assert b"plain" not in closed
    again = keys_at(file).get(one.slot)
    assert again == one
    assert again.open("body", closed) == b"plain"
    assert (one.nonce, len(one.nonce)) == (again.nonce, 32)
    for wrong in (lambda: other.open("body", closed), lambda: one.open("content", closed)):
        with pytest.raises(StoreError):
            wrong()


def test_a_key_says_nothing_of_itself(file: Path) -> None:
    one = keys_at(file).take()
    assert repr(one) == f"SubjectKey(slot={one.slot})"
    assert one.secret not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_a_destroyed_key_is_gone_and_its_neighbours_are_not(file: Path) -> None:
    keys = keys_at(file)
    before, gone, after = keys.take(), keys.take(), keys.take()
    keys.destroy([gone.slot])
    assert keys.get(gone.slot) is None
    assert keys.get_many([before.slot, gone.slot, after.slot]) == {before.slot: before, after.slot: after}
    assert file.read_bytes()[60 * gone.slot : 60 * gone.slot + 60] == bytes(60)


def test_keys_read_together_are_those_read_one_by_one_however_far_apart_they_lie(file: Path) -> None:
    keys = keys_at(file)
    known = {one.slot: one for one in (keys.take() for _ in range(900))}
    keys.destroy([300])
    del known[300]
    for slots in ([0, 899], [0, 300, 899], range(900), range(290, 310), [899], [0, 1, 2, 898]):
        assert keys.get_many(slots) == {slot: known[slot] for slot in slots if slot in known}, slots
        assert keys.gone([*slots, 5000]) == {5000, *({300} & set(slots))}, slots


def test_a_file_that_ends_before_what_the_database_names_is_not_made_longer(file: Path) -> None:
    keys_at(file).take()
    before = file.read_bytes()
    slots = len(before) // 60
    with pytest.raises(StoreError, match="ends at") as caught:
        keys_at(file, highest=lambda: slots).take()
    assert (caught.value.code, file.read_bytes()) == ("subject-keys-behind", before)
    assert keys_at(file, highest=lambda: slots - 1).take().slot == slots


def test_two_openers_of_one_file_never_take_the_same_key(file: Path) -> None:
    first, second = keys_at(file), keys_at(file)
    slots = [keys.take().slot for _ in range(1500) for keys in (first, second)]
    assert len(set(slots)) == 3000


def _take(keys: SubjectKeys, told: multiprocessing.Queue[int]) -> None:
    told.put(keys.take().slot)


def test_a_forked_child_takes_none_of_its_parent_s_keys(file: Path) -> None:
    keys = keys_at(file)
    keys.take()
    fork = multiprocessing.get_context("fork")
    told = fork.Queue()
    child = fork.Process(target=_take, args=(keys, told))
    child.start()
    slot = told.get(timeout=30)
    child.join()
    assert slot not in {keys.take().slot for _ in range(1023)}


@pytest.mark.parametrize("cut", [1, 59, 60, 61, 1024 * 60 - 1])
def test_what_a_crash_cut_short_is_never_handed_out(file: Path, cut: int) -> None:
    """Keys are on disk before the first of them is used: a file cut short holds none that was."""
    keys_at(file).take()
    os.truncate(file, 1024 * 60 + cut)
    keys = keys_at(file)
    taken = keys.take()
    assert taken.slot == 1024 + -(-cut // 60)
    assert keys.get(taken.slot) == taken


def test_a_key_moved_to_another_slot_or_under_another_wrapping_is_refused(file: Path) -> None:
    keys = keys_at(file)
    one, other = keys.take(), keys.take()
    with pytest.raises(StoreError) as wrapped:
        keys_at(file, bytes(32)).get(one.slot)
    assert wrapped.value.code == "subject-key"
    data = bytearray(file.read_bytes())
    data[60 * other.slot : 60 * other.slot + 60] = data[60 * one.slot : 60 * one.slot + 60]
    file.write_bytes(data)
    with pytest.raises(StoreError):
        keys.get(other.slot)


def test_a_slot_that_is_not_there_and_a_file_that_is_not_there_are_told(file: Path) -> None:
    with pytest.raises(StoreError):
        keys_at(file).get(0)
    keys = keys_at(file)
    keys.take()
    with pytest.raises(StoreError):
        keys.get(99_999)


def test_a_disk_that_refuses_gives_no_key(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        keys_at(tmp_path / "none" / "subjects" / "00000000.keys").take()
