# SPDX-License-Identifier: Apache-2.0
"""The copy of the keys follows them segment by segment, and what is missing or altered on either side is named."""

from __future__ import annotations

import os
import random
from multiprocessing import get_context
from pathlib import Path

import pytest

from cocket.errors import SettingsError, StoreError
from cocket.pipeline.operations import segment_copies as module
from cocket.pipeline.operations.key_copies import Opener, make_identity
from cocket.pipeline.operations.segment_copies import KeyCopies, bring_back, check_there, read_list
from cocket.stores.base.key_segments import SEGMENT_LENGTH, SEGMENT_SLOTS, SLOT_LENGTH, KeyFolder
from cocket.stores.base.subject_keys import SubjectKeys

WRAPPING = bytes(range(32))
CLEAR = Opener(None)


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    (tmp_path / "safe" / "keys").mkdir(parents=True, mode=0o700)
    return tmp_path / "safe"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Two full segments and a third that grows."""
    place = KeyFolder(tmp_path_factory.mktemp("filled") / "subjects")
    keys = SubjectKeys(place, WRAPPING)
    for _ in range(2 * SEGMENT_SLOTS + 1):
        keys.take()
    return {one.name: one.read_bytes() for one in place.folder.iterdir()}


@pytest.fixture
def place(tmp_path: Path, filled: dict[str, bytes]) -> KeyFolder:
    place = KeyFolder(tmp_path / "subjects")
    place.folder.mkdir(mode=0o700)
    for name, data in filled.items():
        (place.folder / name).write_bytes(data)
        (place.folder / name).chmod(0o600)
    return place


def stands(safe: Path) -> dict[str, tuple[int, int]]:
    """Every copied segment as a file: whether it was written again shows by these."""
    return {one.name: (one.stat().st_ino, one.stat().st_mtime_ns) for one in (safe / "subjects").iterdir()}


def is_copied(place: KeyFolder, safe: Path) -> bool:
    return all(
        (safe / "subjects" / one.name).read_bytes() == one.read_bytes() for one in map(place.segment, place.numbers())
    )


def grow(place: KeyFolder, count: int = 1) -> list[int]:
    """Take keys as another process does, which writes new ones ahead; their slots."""
    keys = SubjectKeys(place, WRAPPING)
    return [keys.take().slot for _ in range(count)]


def test_only_what_changed_is_copied_again(place: KeyFolder, safe: Path) -> None:
    copies = KeyCopies(place, safe, ())
    copies.follow()
    assert is_copied(place, safe)
    first = stands(safe)
    copies.follow()
    assert stands(safe) == first
    grow(place)
    copies.follow()
    grown = stands(safe)
    assert [name for name in first if first[name] != grown[name]] == ["00000002.keys"]
    SubjectKeys(place, WRAPPING).destroy([3])
    copies.follow()
    erased = stands(safe)
    assert [name for name in first if grown[name] != erased[name]] == ["00000000.keys"]
    assert is_copied(place, safe) and copies.lag() is None
    assert (safe / "subjects" / "00000000.keys").read_bytes()[3 * SLOT_LENGTH : 4 * SLOT_LENGTH] == bytes(SLOT_LENGTH)
    assert KeyCopies(place, safe, ()).copy(is_whole=True) == []
    assert {name: one for name, one in stands(safe).items() if name != "00000002.keys"} == {
        name: one for name, one in erased.items() if name != "00000002.keys"
    }
    for one in (safe / "subjects", *(safe / "subjects").iterdir(), safe / "subjects.json"):
        assert one.stat().st_mode & 0o077 == 0


def test_two_erasures_in_one_moment_both_reach_the_copy(place: KeyFolder, safe: Path) -> None:
    """File systems keep times of writes more coarsely than two erasures can follow each other."""
    copies, keys = KeyCopies(place, safe, ()), SubjectKeys(place, WRAPPING)
    for slot in range(40):
        keys.destroy([slot])
        copies.follow()
        assert is_copied(place, safe), slot


def test_a_copy_that_lags_is_named_by_its_segments(place: KeyFolder, safe: Path) -> None:
    copies = KeyCopies(place, safe, ())
    assert "no copy" in (copies.lag() or "")
    copies.copy()
    SubjectKeys(place, WRAPPING).destroy([3, SEGMENT_SLOTS])
    assert "2 segments of keys (00000000.keys first) are older" in (copies.lag() or "")
    copies.copy()
    (safe / "subjects" / "00000001.keys").unlink()
    assert "1 segment of keys (00000001.keys) is missing" in (copies.lag() or "")
    copies.copy()
    assert copies.lag() is None and is_copied(place, safe)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.unlink(), "is missing; its copy"),
        (lambda path: os.truncate(path, 60_000), "has 1000 of 16384 keys; its copy"),
    ],
)
def test_a_segment_that_is_missing_or_short_here_is_named_and_its_copy_stays(
    place: KeyFolder, safe: Path, damage: object, said: str
) -> None:
    copies = KeyCopies(place, safe, ())
    copies.copy()
    before = (safe / "subjects" / "00000000.keys").read_bytes()
    damage(place.segment(0))  # type: ignore[operator]
    grow(place)
    for problems in (copies.copy(), copies.copy(is_whole=True), [copies.lag() or ""]):
        assert len(problems) == 1 and said in problems[0] and "00000000.keys" in problems[0], problems
    assert (safe / "subjects" / "00000000.keys").read_bytes() == before
    assert (safe / "subjects" / "00000002.keys").read_bytes() == place.segment(2).read_bytes()
    place.segment(0).write_bytes(before)
    assert copies.copy(is_whole=True) == []


def test_the_last_segments_missing_or_short_here_are_named_and_their_copies_stay(place: KeyFolder, safe: Path) -> None:
    copies = KeyCopies(place, safe, ())
    copies.copy()
    before = (safe / "subjects" / "00000002.keys").read_bytes()
    os.truncate(place.segment(2), 600)
    assert any("end at 32778" in one for one in copies.copy())
    place.segment(2).unlink()
    assert any("end at 32768" in one for one in copies.copy())
    place.segment(2).write_bytes(before)
    for _ in range(3):
        grow(place)
    assert copies.copy() == []
    before = place.segment(2).read_bytes()
    os.truncate(place.segment(2), 2048 * SLOT_LENGTH)  # behind what the list has, which is not written as it grows
    assert any("fewer than its copy" in one for one in copies.copy())
    assert (safe / "subjects" / "00000002.keys").read_bytes() == before


def test_a_house_that_was_restored_with_fewer_keys_begins_the_copy_anew_with_a_backup(
    place: KeyFolder, safe: Path
) -> None:
    copies = KeyCopies(place, safe, ())
    copies.copy(is_whole=True)
    place.segment(2).unlink()
    os.truncate(place.segment(1), 600)
    grow(place)
    assert any("let cocket backup make the copy again" in one for one in copies.copy())
    assert "let cocket backup" in (copies.lag() or "")
    assert copies.copy(is_whole=True) == []
    assert is_copied(place, safe) and copies.lag() is None
    assert sorted(one.name for one in (safe / "subjects").iterdir()) == ["00000000.keys", "00000001.keys"]


def test_a_segment_that_was_altered_without_being_written_does_not_replace_its_copy(
    place: KeyFolder, safe: Path
) -> None:
    copies = KeyCopies(place, safe, ())
    copies.copy()
    before, found = place.segment(1).read_bytes(), place.segment(1).stat()
    place.segment(1).write_bytes(bytes([before[0] ^ 1]) + before[1:])  # as a disk that decays does it
    os.utime(place.segment(1), ns=(found.st_atime_ns, found.st_mtime_ns))
    [problem] = copies.copy(is_whole=True)
    assert "00000001.keys was altered" in problem
    assert (safe / "subjects" / "00000001.keys").read_bytes() == before


def test_other_recipients_get_copies_of_their_own_and_no_other_stays(
    place: KeyFolder, safe: Path, tmp_path: Path
) -> None:
    (safe / "keys" / "subjects.keys").write_bytes(b"as an earlier version copied it")
    KeyCopies(place, safe, ()).copy()
    assert not (safe / "keys" / "subjects.keys").exists()
    mine = make_identity(tmp_path / "identity.txt")
    copies = KeyCopies(place, safe, [mine])
    assert "no copy" in (copies.lag() or "")
    copies.copy()
    assert {one.suffix for one in (safe / "subjects").iterdir()} == {".age"} and copies.lag() is None
    back = KeyFolder(tmp_path / "back")
    with pytest.raises(SettingsError, match="encrypted"):
        bring_back(safe, back, WRAPPING, CLEAR)
    assert bring_back(safe, back, WRAPPING, Opener(tmp_path / "identity.txt")) == []
    assert [back.segment(n).read_bytes() for n in back.numbers()] == [
        place.segment(n).read_bytes() for n in place.numbers()
    ]


def test_a_copy_that_was_cut_off_in_a_segment_is_not_taken_for_damaged_and_is_made_again(
    place: KeyFolder, safe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = KeyCopies(place, safe, ())
    copies.copy()
    SubjectKeys(place, WRAPPING).destroy([3])
    with monkeypatch.context() as patched:
        patched.setattr(module, "sync_folder", _fail)  # after the copy has its name, before it is listed
        with pytest.raises(OSError, match="planted"):
            copies.copy()
    known = read_list(safe)
    assert known is not None and known.pending == (0,)
    assert bring_back(safe, KeyFolder(tmp_path / "back"), WRAPPING, CLEAR) == []
    assert copies.copy() == []
    assert (read_list(safe) or known).pending == () and is_copied(place, safe)


def _fail(folder: Path) -> None:
    if folder.name == "subjects":
        raise OSError("planted")


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_of_a_copy_one_damaged_segment_costs_its_keys_alone(
    place: KeyFolder, safe: Path, tmp_path: Path, is_encrypted: bool
) -> None:
    mine = make_identity(tmp_path / "identity.txt")
    KeyCopies(place, safe, [mine] if is_encrypted else ()).copy(is_whole=True)
    copies, opener = sorted((safe / "subjects").iterdir()), Opener(tmp_path / "identity.txt")
    whole = copies[1].read_bytes()
    damaged = {
        "is missing": None,
        "is lost" if is_encrypted else "has 1000 keys": whole[:60_000],
        "is lost " if is_encrypted else "was altered": whole[:70_000] + bytes([whole[70_000] ^ 1]) + whole[70_001:],
    }
    for said, data in damaged.items():
        copies[1].unlink() if data is None else copies[1].write_bytes(data)
        back = KeyFolder(tmp_path / f"back {said}")
        [problem] = bring_back(safe, back, WRAPPING, opener)
        assert said.strip() in problem and "00000001.keys" in problem, problem
        keys = SubjectKeys(back, WRAPPING)
        others = [*range(SEGMENT_SLOTS), *range(2 * SEGMENT_SLOTS, place.slots())]
        assert keys.get_many(others) == SubjectKeys(place, WRAPPING).get_many(others)
        gone = keys.gone(range(place.slots()))
        assert gone == {
            "has 1000 keys": {*range(SEGMENT_SLOTS + 1000, 2 * SEGMENT_SLOTS)},
            "was altered": {SEGMENT_SLOTS + 70_000 // SLOT_LENGTH},
        }.get(said, {*range(SEGMENT_SLOTS, 2 * SEGMENT_SLOTS)})
        assert keys.get_many(gone) == {}
        assert all(one.stat().st_mode & 0o077 == 0 for one in (back.folder, *back.folder.iterdir()))


def test_a_copy_whose_last_segments_or_list_are_missing_is_named(place: KeyFolder, safe: Path, tmp_path: Path) -> None:
    KeyCopies(place, safe, ()).copy(is_whole=True)
    (safe / "subjects" / "00000002.keys").unlink()
    [problem] = bring_back(safe, KeyFolder(tmp_path / "one"), WRAPPING, CLEAR)
    assert "end at 32768; they had 33792" in problem
    (safe / "subjects.json").write_bytes(b"{")
    assert "nothing says what is whole" in bring_back(safe, KeyFolder(tmp_path / "two"), WRAPPING, CLEAR)[0]
    KeyCopies(place, safe, ()).copy(is_whole=True)
    for one in (safe / "subjects").iterdir():
        one.unlink()
    with pytest.raises(StoreError, match="it had 33792 keys"):
        check_there(safe)


def _follow(place: KeyFolder, safe: Path) -> None:
    for _ in range(20):
        KeyCopies(place, safe, ()).copy()


def _change(place: KeyFolder, seed: int) -> None:
    keys = SubjectKeys(place, WRAPPING)
    for slot in random.Random(seed).sample(range(2 * SEGMENT_SLOTS), 60):
        keys.destroy([slot])
        keys.take()


def test_several_processes_at_once_copy_and_change_and_the_copy_ends_as_the_keys(place: KeyFolder, safe: Path) -> None:
    fork = get_context("fork")
    children = [fork.Process(target=_follow, args=(place, safe)) for _ in range(2)]
    children += [fork.Process(target=_change, args=(place, seed)) for seed in (1, 2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * 4
    assert KeyCopies(place, safe, ()).copy() == [] and is_copied(place, safe)
    keys = SubjectKeys(place, WRAPPING)
    wanted = {slot for seed in (1, 2) for slot in random.Random(seed).sample(range(2 * SEGMENT_SLOTS), 60)}
    assert keys.gone(range(2 * SEGMENT_SLOTS)) == wanted and list(keys.altered()) == []


@pytest.mark.parametrize("seed", range(6))
def test_keys_and_their_copy_are_what_a_dictionary_says(safe: Path, tmp_path: Path, seed: int) -> None:
    """Random takings, erasures, openings and copies; then the copy is brought back."""
    chance, place = random.Random(seed), KeyFolder(tmp_path / "subjects")
    keys, oracle, copied = SubjectKeys(place, WRAPPING), {}, None
    copies = KeyCopies(place, safe, ())
    for _ in range(60):
        what = chance.choice(("take", "take", "destroy", "open", "copy", "read"))
        if what == "take":
            for key in (keys.take() for _ in range(chance.choice((1, 40, 1500)))):
                assert key.slot not in oracle
                oracle[key.slot] = key.secret
        elif what == "destroy" and oracle:
            gone = chance.sample(sorted(oracle), min(len(oracle), chance.choice((1, 30))))
            keys.destroy(gone)
            oracle |= dict.fromkeys(gone)
        elif what == "open":
            keys = SubjectKeys(place, WRAPPING)
        elif what == "copy":
            assert copies.copy(is_whole=chance.random() < 0.3) == []
            copied = dict(oracle)
        elif oracle:
            some = chance.sample(sorted(oracle), min(len(oracle), 200))
            found = keys.get_many(some)
            assert {slot: found[slot].secret if slot in found else None for slot in some} == {
                slot: oracle[slot] for slot in some
            }
            assert keys.gone(some) == {slot for slot in some if oracle[slot] is None}
    if copied:
        back = KeyFolder(tmp_path / "back")
        assert bring_back(safe, back, WRAPPING, CLEAR) == []
        found = SubjectKeys(back, WRAPPING).get_many(copied)
        assert {slot: found[slot].secret if slot in found else None for slot in copied} == copied
    assert all(place.segment(n).stat().st_size == SEGMENT_LENGTH for n in place.numbers()[:-1])
