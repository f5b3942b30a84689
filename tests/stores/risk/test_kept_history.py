# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from cocket.errors import StoreError
from cocket.risk import History, Outcome
from cocket.stores.risk import kept_history as module
from cocket.stores.risk.kept_history import DamagedHistoryError, KeptHistory, MovedHistoryError
from tests.risk.given import facts
from tests.risk.test_keyed import seen, some_trade, told_of


def kept(folder: Path, size: int = 200) -> KeptHistory:
    """A kept history of so many values."""
    made = KeptHistory(folder)
    made.begin("1")
    made.write([(f"k{n:04d}".encode(), b"value " * 20 + bytes([n % 256])) for n in range(size)], 7, b"leaf")
    return made


def test_a_store_says_what_room_it_takes_on_the_disk(tmp_path: Path) -> None:
    assert KeptHistory(tmp_path / "history").size == 0
    few, many = kept(tmp_path / "few", 10), kept(tmp_path / "many", 2_000)
    assert 0 < few.size < many.size < 2**24


def test_what_is_written_is_read_again_with_where_it_stands(tmp_path: Path) -> None:
    made = kept(tmp_path / "history")
    id = made.standing.id if made.standing else b""
    made.write([(b"k0001", None), (b"k0002", b"other")], 9, b"next")
    made.close()
    again = KeptHistory(tmp_path / "history")
    standing = again.open()
    assert standing is not None
    assert (standing.id, standing.edition, standing.upto, standing.leaf, standing.changes) == (id, "1", 9, b"next", 2)
    assert (again.get(b"k0001"), again.get(b"k0002"), again.get(b"none")) == (None, b"other", None)
    assert [key for key, _ in again.items(b"k000")] == [b"k0000", *(f"k000{n}".encode() for n in range(2, 10))]
    assert (tmp_path / "history").stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "history").glob("*.mdb")} == {0o600}


def test_where_there_is_none_nothing_is_opened_and_nothing_made(tmp_path: Path) -> None:
    none = KeptHistory(tmp_path / "history")
    assert none.open() is None
    assert not none.has_moved
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreError):
        none.get(b"k")
    with pytest.raises(StoreError):
        none.write([], 1, b"")


def test_one_that_was_never_finished_is_not_opened(tmp_path: Path) -> None:
    made = KeptHistory(tmp_path)
    made.begin("1")
    made.write([(b"k", b"v")], -1, b"", is_whole=False)
    made.close()
    with pytest.raises(DamagedHistoryError, match="unfinished"):
        KeptHistory(tmp_path).open()


def test_who_holds_what_another_has_changed_is_told_and_writes_nothing(tmp_path: Path) -> None:
    one, other = kept(tmp_path), KeptHistory(tmp_path)
    other.open()
    assert (one.has_moved, other.has_moved) == (False, False)
    other.write([(b"k0000", b"new")], 8, b"")
    assert (one.has_moved, other.has_moved) == (True, False)
    with pytest.raises(MovedHistoryError):
        one.write([(b"k0000", b"late")], 8, b"")
    with pytest.raises(MovedHistoryError):
        one.get(b"k0000")
    one.open()
    assert one.get(b"k0000") == b"new"


def test_what_is_read_stays_as_it_was_until_it_is_let_go(tmp_path: Path) -> None:
    one, other = kept(tmp_path), KeptHistory(tmp_path)
    other.open()
    other.get(b"k0000")
    one.write([(b"k0000", b"new")], 8, b"")
    assert other.get(b"k0000") != b"new"
    other.rest()
    with pytest.raises(MovedHistoryError):
        other.get(b"k0000")


def test_one_that_was_removed_or_made_anew_by_another_has_moved(tmp_path: Path) -> None:
    one, other = kept(tmp_path / "history"), KeptHistory(tmp_path / "history")
    other.open()
    one.begin("2")
    assert other.has_moved
    with pytest.raises(StoreError):
        other.write([], 8, b"")
    program = "import sys; from pathlib import Path; from cocket.stores.risk.kept_history import KeptHistory\n"
    program += "KeptHistory(Path(sys.argv[1])).begin('3')"
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "history")], check=True)
    assert one.has_moved
    with pytest.raises(MovedHistoryError):
        one.write([], 8, b"")


def bytes_of(folder: Path) -> Path:
    return folder / "data.mdb"


@pytest.mark.parametrize("share", [0.0, 0.001, 0.2, 0.5, 0.99])
def test_a_file_that_ends_too_soon_is_told_before_anything_is_read(tmp_path: Path, share: float) -> None:
    kept(tmp_path, 5_000).close()
    size = bytes_of(tmp_path).stat().st_size
    os.truncate(bytes_of(tmp_path), int(size * share))
    with pytest.raises(DamagedHistoryError):
        KeptHistory(tmp_path).open()


def test_any_damage_is_told_or_harmless_and_no_value_is_ever_another(tmp_path: Path) -> None:
    """A process of its own reads all of it, for a damaged page may point anywhere."""
    kept(tmp_path / "whole", 2_000).close()
    program = (
        "import sys; from pathlib import Path\n"
        "from cocket.stores.risk.kept_history import DamagedHistoryError, KeptHistory\n"
        "for folder in sys.argv[1:]:\n"
        "    made = KeptHistory(Path(folder))\n"
        "    try:\n"
        "        made.open()\n"
        "        for n in range(2_000):\n"
        "            value = made.get(f'k{n:04d}'.encode())\n"
        "            assert value in (None, b'value ' * 20 + bytes([n % 256])), (folder, n)\n"
        "        print('whole')\n"
        "    except DamagedHistoryError:\n"
        "        print('told')\n"
    )
    dice, folders = Random(1), []
    data = bytes_of(tmp_path / "whole").read_bytes()
    for number in range(40):
        folder = tmp_path / str(number)
        folder.mkdir()
        changed = bytearray(data)
        place = dice.randrange(2 * 4096, len(data) - 8)  # the pages of values; what the first two say is compared
        changed[place] ^= 1 << dice.randrange(8)
        bytes_of(folder).write_bytes(changed)
        folders.append(str(folder))
    ended = subprocess.run([sys.executable, "-c", program, *folders], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    said = ended.stdout.split()
    assert len(said) == 40
    assert said.count("told") > 10


def test_damage_that_was_found_is_known_to_who_opens_it_next(tmp_path: Path) -> None:
    made = kept(tmp_path)
    made.close()
    data = bytes_of(tmp_path).read_bytes()
    bytes_of(tmp_path).write_bytes(data.replace(b"value value", b"valve value"))
    made.open()
    other = KeptHistory(tmp_path)
    other.open()
    with pytest.raises(DamagedHistoryError, match="checksum"):
        for number in range(200):
            made.get(f"k{number:04d}".encode())
    assert other.has_moved
    with pytest.raises(DamagedHistoryError):
        KeptHistory(tmp_path).open()
    made.begin("1")
    made.write([], 1, b"")
    assert KeptHistory(tmp_path).open() is not None


def test_one_at_which_the_process_ended_again_and_again_is_made_anew(tmp_path: Path) -> None:
    kept(tmp_path).close()
    program = (
        "import os, sys; from pathlib import Path; from cocket.stores.risk.kept_history import KeptHistory\n"
        "KeptHistory(Path(sys.argv[1])).open(is_to_write=True); os._exit(9)"
    )
    for _ in range(5):
        assert subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False).returncode == 9
    with pytest.raises(DamagedHistoryError, match="5 times"):
        KeptHistory(tmp_path).open(is_to_write=True)
    assert KeptHistory(tmp_path).open() is not None  # to read it alone is another's decision


def test_openings_that_end_well_or_write_are_not_counted(tmp_path: Path) -> None:
    kept(tmp_path).close()
    program = (
        "import os, sys; from pathlib import Path; from cocket.stores.risk.kept_history import KeptHistory\n"
        "made = KeptHistory(Path(sys.argv[1])); made.open(is_to_write=True)\n"
        "made.close(is_done=True) if sys.argv[2] == 'close' else made.write([], 8, b'')\n"
        "os._exit(9)"
    )
    for number in range(7):
        asked = [sys.executable, "-c", program, str(tmp_path), "close" if number % 2 else "write"]
        assert subprocess.run(asked, check=False).returncode == 9
    assert KeptHistory(tmp_path).open(is_to_write=True) is not None


def test_a_disk_that_is_full_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest size of the store stands in for the end of the disk."""
    monkeypatch.setattr(module, "_MAP_BYTES", 1 << 20)
    made = kept(tmp_path)
    with pytest.raises(StoreError, match="cannot be written") as failed:
        made.write([(f"n{n:06d}".encode(), bytes(1_000)) for n in range(5_000)], 8, b"")
    assert not isinstance(failed.value, DamagedHistoryError | MovedHistoryError)
    assert (made.get(b"n000001"), made.standing and made.standing.upto) == (None, 7)
    made.write([(b"k0000", b"small")], 8, b"")
    made.close()
    again = KeptHistory(tmp_path)
    again.open()
    assert again.get(b"k0000") == b"small"


@pytest.mark.parametrize("most", [50, 5_000])
def test_a_history_kept_on_disk_and_opened_again_and_again_is_the_one_in_memory(tmp_path: Path, most: int) -> None:
    dice, whole, store = Random(7), History(), KeptHistory(tmp_path)
    store.begin(History.edition())
    history = History(None, store, most)
    waiting: list[Outcome] = []
    for number, (one, outcome) in enumerate(some_trade(7, 250)):
        assert seen(history, one) == seen(whole, one)
        assert history.held <= most
        waiting += [outcome] if outcome else []
        if dice.random() < 0.2:
            for each in waiting:
                history.learn(each)
                whole.learn(each)
            waiting = []
        if dice.random() < 0.05:
            store.write(history.changes(), number, b"")
            history.saved()
            if dice.random() < 0.5:
                store.close()
                store = KeptHistory(tmp_path)
                assert store.open() is not None
                history = History(None, store, most)
    assert told_of(history) == told_of(whole)


_WORK = """
import sys
from pathlib import Path
from cocket.risk import History
from cocket.stores.risk.kept_history import KeptHistory
from tests.risk.test_keyed import some_trade
store = KeptHistory(Path(sys.argv[1]))
standing = store.open()
history = History(None, store, 50)
print("ready", flush=True)
for number, (one, outcome) in enumerate(some_trade(11, 300)):
    if number <= standing.upto:
        continue
    if outcome:
        history.learn(outcome)
    history.observe(one)
    if number % 7 == 0:
        store.write(history.changes(), number, b"")
        history.saved()
store.write(history.changes(), number, b"")
"""


def test_a_process_killed_at_any_moment_leaves_a_history_as_of_one_of_its_changes(tmp_path: Path) -> None:
    store = KeptHistory(tmp_path / "history")
    store.begin(History.edition())
    store.write(History(None, store, 50).changes(), -1, b"")
    store.close()
    reached, dice, cut = -1, Random(3), 0
    while reached < 299:
        with subprocess.Popen([sys.executable, "-c", _WORK, str(store._folder)], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            try:
                child.wait(0.05 + dice.random() * 0.2 if cut < 3 else None)
            except subprocess.TimeoutExpired:
                child.kill()
                cut += 1
        shutil.copytree(store._folder, tmp_path / f"after-{cut}", dirs_exist_ok=True)
        found = KeptHistory(tmp_path / f"after-{cut}")
        standing = found.open()
        assert standing is not None
        assert standing.upto >= reached
        reached = standing.upto
        whole = History()
        for number, (one, outcome) in enumerate(some_trade(11, 300)):
            if number > reached:
                break
            if outcome:
                whole.learn(outcome)
            whole.observe(one)
        assert told_of(History(None, found, 50)) == told_of(whole)
        found.close()
    assert cut > 0


def test_a_long_name_of_a_trader_is_kept_whole(tmp_path: Path) -> None:
    store = KeptHistory(tmp_path)
    store.begin(History.edition())
    history = History(None, store, 50)
    names = ["A" * 600, "A" * 599 + "B"]
    for number, name in enumerate(names):
        history.observe(facts(f"c{number}", 100.0, importer=name))
    store.write(history.changes(), 1, b"")
    history = History(None, store, 50)
    assert [len(history.trail.of(("importer", name)).days) for name in names] == [1, 1]
    assert history.trail.of(("importer", "A" * 598)).days[:] == []
