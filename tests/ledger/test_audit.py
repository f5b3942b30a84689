# SPDX-License-Identifier: Apache-2.0
"""The whole log, byte by byte."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import msgspec
import pytest

from cocket.errors import ProofError
from cocket.ledger import (
    CHECKPOINT_FILE,
    KEY_FILE,
    Checkpoint,
    LogVerdict,
    Signer,
    Tile,
    Tree,
    leaf_hash,
    sign_checkpoint,
    sign_note,
    split_note,
    verify_log,
)
from cocket.ledger.cose import sign_head
from cocket.ledger.descent import MOST_PROBLEMS
from cocket.ledger.tiles import frame_entries
from tests.corpora import corpora
from tests.ledger.logs import ORIGIN, SIGNER, Folder, entries, grown, publish, write

VKEY = SIGNER.verifier.vkey
STRANGER = Signer.from_bytes("stranger.example", bytes(32))

#: Three checkpoints: full tiles, partial ones of every kind, and older partials that stay.
LOG = grown([40, 560, 700])


def verdict(folder: Folder, vkey: str | None = VKEY) -> LogVerdict:
    """What `verify_log` says of a folder in memory."""
    return verify_log(folder.get, lambda: list(folder), vkey)


def named(folder: Folder) -> set[str]:
    """The files that are named as not being what they must be."""
    return {problem.file for problem in verdict(folder).problems}


def without(folder: Folder, path: str) -> Folder:
    """The folder with one file taken away."""
    return {name: data for name, data in folder.items() if name != path}


@pytest.mark.parametrize("sizes", [[], [1], [255], [256], [257], [512], [40, 560, 700], [1, 2, 3, 256]])
def test_a_sound_log_holds(sizes: list[int]) -> None:
    result = verdict(grown(sizes))
    assert result.holds
    assert (result.origin, result.size) == (ORIGIN, max(sizes, default=0))
    assert (result.problems, result.ahead, result.notes) == ((), (), ())


def test_a_large_log_with_three_levels_holds_and_a_changed_entry_in_it_is_found() -> None:
    tree = Tree()
    batch = [b"%d" % index for index in range(66_000)]
    folder = {KEY_FILE: f"{VKEY}\n".encode()}
    growth = tree.grow(batch)
    write(folder, growth)
    publish(folder, growth)
    assert "tile/2/000.p/1" in folder
    assert verdict(folder).holds
    batch[1234] = b"4321"
    folder["tile/entries/004"] = b"".join(frame_entries(batch[1024:1280]))
    [problem] = verdict(folder).problems
    assert (problem.file, problem.code, problem.entry) == ("tile/entries/004", "altered", 1234)


def test_older_partials_are_told_and_may_be_absent() -> None:
    result = verdict(LOG)
    assert set(result.older) == {"tile/0/002.p/48", "tile/entries/002.p/48"}
    assert verdict({path: data for path, data in LOG.items() if path not in result.older}).holds


@pytest.mark.parametrize("before", ["listing", "checkpoint"])
@pytest.mark.parametrize("sizes", [[40, 560, 700, 768], [1, 300, 512], [250, 255, 256]])
def test_a_log_that_fills_a_tile_while_it_is_read_holds(sizes: list[int], before: str) -> None:
    was, now = grown(sizes[:-1]), grown(sizes)
    assert set(was) - set(now), "no partial file was removed"
    if before == "listing":
        result = verify_log(now.get, lambda: list(was), VKEY)
    else:
        later = now | {CHECKPOINT_FILE: was[CHECKPOINT_FILE]}
        result = verify_log(later.get, lambda: list(was), VKEY)
    assert (result.holds, result.problems) == (True, ())


def test_the_tessera_log_holds_but_for_what_only_its_maker_keeps_there() -> None:
    folder = corpora("ledger-vectors", "tlog", "tessera-testdata", "testdata", "log")
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    log = {path: data for path, data in files.items() if path.startswith("tile/") or path == CHECKPOINT_FILE}
    vkey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
    log[KEY_FILE] = f"{vkey}\n".encode()
    result = verdict(log, vkey)
    assert (result.problems, result.size, len(result.older)) == ((), 15, 28)
    assert {problem.code for problem in verdict(log | files, vkey).problems} == {"unexpected"}


# Where the trust comes from


def test_without_a_key_from_elsewhere_it_says_that_the_folder_vouches_for_itself() -> None:
    result = verdict(LOG, None)
    assert result.holds
    assert "taken from the folder itself" in result.notes[0]


def test_a_log_of_another_key_does_not_hold() -> None:
    other = verdict(grown([40], Signer.from_bytes(ORIGIN, bytes(32))))
    assert {problem.file for problem in other.problems} == {KEY_FILE, CHECKPOINT_FILE}


def test_a_whole_log_rewritten_and_signed_anew_is_found_by_who_knows_the_key() -> None:
    forged = grown([700], STRANGER)
    assert verdict(forged, None).holds
    assert not verdict(forged, VKEY).holds


def test_what_is_not_a_public_key_is_an_error() -> None:
    with pytest.raises(ProofError):
        verdict(LOG, "not a key")


def test_a_key_file_that_is_gone_is_named_and_the_rest_is_still_checked() -> None:
    assert named(without(LOG, KEY_FILE)) == {KEY_FILE}
    alone = verdict(without(without(LOG, KEY_FILE), "tile/0/001"), None)
    assert {problem.file for problem in alone.problems} == {KEY_FILE, CHECKPOINT_FILE, "tile/0/001"}


@pytest.mark.parametrize("data", [b"", VKEY.encode(), f"{VKEY}\n\n".encode(), f"{VKEY}\r\n".encode(), b"\xff", b"x\n"])
def test_a_key_file_is_one_line_to_the_letter(data: bytes) -> None:
    assert named(LOG | {KEY_FILE: data}) == {KEY_FILE}


def test_without_a_checkpoint_nothing_can_be_said() -> None:
    result = verdict(without(LOG, CHECKPOINT_FILE))
    assert [(problem.file, problem.code) for problem in result.problems] == [(CHECKPOINT_FILE, "missing")]
    assert (result.origin, result.size, result.root) == (None, None, None)
    assert "No tile was checked" in result.notes[0]


def test_an_unsigned_checkpoint_that_fits_the_files_is_the_only_thing_named() -> None:
    tree = Tree.resume(700, LOG.get)
    unsigned = sign_checkpoint(Checkpoint(ORIGIN, 700, tree.root), STRANGER)
    assert named(LOG | {CHECKPOINT_FILE: unsigned}) == {CHECKPOINT_FILE}


def test_a_signed_checkpoint_of_another_origin_is_named() -> None:
    tree = Tree.resume(700, LOG.get)
    elsewhere = sign_checkpoint(Checkpoint("elsewhere.example", 700, tree.root), SIGNER)
    assert named(LOG | {CHECKPOINT_FILE: elsewhere}) == {CHECKPOINT_FILE}


def test_signatures_of_witnesses_are_told_and_do_not_hurt() -> None:
    text, ours = split_note(LOG[CHECKPOINT_FILE])
    result = verdict(LOG | {CHECKPOINT_FILE: sign_note(text, [STRANGER], ours)})
    assert result.holds
    assert result.notes == (f"Signatures of other keys were not checked: stranger.example+{STRANGER.verifier.key_id}.",)


def test_what_the_log_signed_in_cose_beside_the_note_is_checked_too() -> None:
    head = Checkpoint(ORIGIN, 700, Tree.resume(700, LOG.get).root)
    both = verdict(LOG | {CHECKPOINT_FILE: sign_head(head, SIGNER)})
    assert (both.problems, both.notes) == ((), ())
    text, (note_line, cose_line) = split_note(sign_head(head, SIGNER))
    changed = msgspec.structs.replace(cose_line, data=_flip(cose_line.data, 8 * len(cose_line.data) - 1))
    [problem] = verdict(LOG | {CHECKPOINT_FILE: sign_note(text, [], [note_line, changed])}).problems
    assert (problem.file, problem.code) == (CHECKPOINT_FILE, "signature")


# Which file, and where in it


def test_every_file_but_older_partials_is_missed_and_named() -> None:
    for path in LOG.keys() - verdict(LOG).older:
        assert named(without(LOG, path)) == {path}


def test_a_changed_entry_is_named_with_its_index_and_place() -> None:
    bundle = bytearray(LOG["tile/entries/001"])
    length = len(bundle) // 256
    bundle[5 * length + 20] ^= 1
    [problem] = verdict(LOG | {"tile/entries/001": bytes(bundle)}).problems
    assert (problem.code, problem.entry, problem.offset) == ("altered", 261, 5 * length)


@pytest.mark.parametrize(
    ("path", "place", "entry"),
    [("tile/0/001", 5, 261), ("tile/0/002.p/188", 7, 519), ("tile/1/000.p/2", 1, 256), ("tile/0/002.p/48", 0, 512)],
)
def test_a_changed_hash_is_named_with_its_place(path: str, place: int, entry: int) -> None:
    tile = bytearray(LOG[path])
    tile[place * 32 + 9] ^= 128
    [problem] = verdict(LOG | {path: bytes(tile)}).problems
    assert (problem.file, problem.code) == (path, "altered")
    assert (problem.entry, problem.offset) == (entry, place * 32)


def test_entries_and_their_tile_changed_alike_do_not_fit_the_tile_above() -> None:
    batch = entries(256, 512)
    batch[3] = b"forged"
    forged = LOG | {
        "tile/entries/001": b"".join(frame_entries(batch)),
        "tile/0/001": b"".join(map(leaf_hash, batch)),
    }
    [problem] = verdict(forged).problems
    assert (problem.file, problem.code) == ("tile/0/001", "unvouched")


def test_a_whole_log_rewritten_but_not_signed_does_not_have_the_signed_root() -> None:
    tree = Tree()
    forged = LOG | tree.grow([b"forged", *entries(1, 700)]).files
    assert "unvouched" in {problem.code for problem in verdict(forged).problems}


def test_two_files_changed_at_once_are_both_named() -> None:
    for one, other in [
        ("tile/0/001", "tile/entries/001"),
        ("tile/1/000.p/2", "tile/entries/002.p/188"),
        ("tile/0/002.p/188", "tile/entries/002.p/188"),
        ("tile/1/000.p/2", "tile/0/000"),
        ("tile/0/000", "tile/entries/002.p/188"),
    ]:
        assert {one, other} <= named(LOG | {one: _flip(LOG[one], 300), other: _flip(LOG[other], 900)})


def test_a_tile_and_its_bundle_gone_at_once_are_both_named() -> None:
    gone = without(without(LOG, "tile/0/001"), "tile/entries/001")
    assert named(gone) == {"tile/0/001", "tile/entries/001"}


def _flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)


def test_a_signed_head_that_claims_far_more_than_is_there_is_told_in_bounded_time() -> None:
    boast = LOG | {CHECKPOINT_FILE: sign_checkpoint(Checkpoint(ORIGIN, 2**60 - 1, bytes(32)), SIGNER)}
    result = verdict(boast)
    assert not result.holds
    assert len(result.problems) < MOST_PROBLEMS + 300
    assert "stopped early" in result.notes[0]


# Beyond the checkpoint: a crash between writing and publishing


def _crashed(size: int, kept: int | None = None) -> Folder:
    """The log with the first files of a growth whose checkpoint was never published."""
    growth = Tree.resume(700, LOG.get).grow(entries(700, size))
    return LOG | dict(list(growth.files.items())[:kept])


@pytest.mark.parametrize("size", [701, 767, 768, 769, 1400])
def test_a_growth_that_was_not_published_is_ahead_and_the_log_holds(size: int) -> None:
    crashed = _crashed(size)
    for kept in range(len(crashed) - len(LOG) + 1):
        result = verdict(_crashed(size, kept))
        assert result.holds
        assert set(result.ahead) == _crashed(size, kept).keys() - LOG.keys()


def test_two_crashes_of_different_lengths_are_ahead_too() -> None:
    twice = _crashed(1000) | _crashed(1400, 2) | _crashed(720)
    assert verdict(twice).holds
    assert set(verdict(twice).ahead) == twice.keys() - LOG.keys()


def test_files_ahead_of_a_new_log_are_ahead() -> None:
    crashed = grown([]) | Tree().grow(entries(0, 300)).files
    assert verdict(crashed).holds
    assert len(verdict(crashed).ahead) == 5


def test_after_a_crash_the_log_goes_on_and_nothing_is_ahead_any_more() -> None:
    folder = _crashed(1000)
    growth = Tree.resume(700, folder.get).grow(entries(700, 1000))
    write(folder, growth)
    publish(folder, growth)
    assert (verdict(folder).problems, verdict(folder).ahead) == ((), ())


def test_an_older_checkpoint_put_back_holds_with_all_else_ahead() -> None:
    """What a folder alone cannot tell; an earlier receipt, proof or witness can."""
    earlier = grown([560])
    later = earlier | {path: data for path, data in LOG.items() if path.startswith("tile/")}
    assert verdict(later).holds
    assert "tile/0/002.p/188" in verdict(later).ahead


@pytest.mark.parametrize("path", ["tile/entries/002", "tile/0/002", "tile/entries/003.p/232", "tile/0/003.p/232"])
def test_files_ahead_of_which_one_was_changed_no_longer_agree(path: str) -> None:
    """Which of tile and bundle was changed no signature can tell."""
    crashed = _crashed(1000)
    result = verdict(crashed | {path: _flip(crashed[path], 50)})
    assert {problem.code for problem in result.problems} == {"unexpected"}
    assert {problem.file for problem in result.problems} <= crashed.keys() - LOG.keys()


@pytest.mark.parametrize("path", ["tile/0/003.p/5", "tile/0/002", "tile/3/000", "tile/entries/004", "tile/1/000.p/3"])
def test_a_tile_out_of_nowhere_is_unexpected(path: str) -> None:
    tile = Tile.from_path(path)
    assert tile is not None
    data = b"".join(frame_entries([b"x"] * tile.width)) if tile.level is None else bytes(32 * tile.width)
    assert named(LOG | {path: data}) == {path}


def test_nothing_is_ahead_of_a_broken_log() -> None:
    crashed = without(_crashed(1000), "tile/0/001")
    assert verdict(crashed).ahead == ()
    assert "tile/entries/002" in named(crashed)


# Tampering at random

Tamper = Callable[[random.Random, Folder, str], Folder]


def _bit(chance: random.Random, folder: Folder, path: str) -> Folder:
    return folder | {path: _flip(folder[path], chance.randrange(8 * len(folder[path])))}


def _cut(chance: random.Random, folder: Folder, path: str) -> Folder:
    data = folder[path]
    start = chance.randrange(len(data))
    return folder | {path: data[:start] + data[start + chance.randint(1, 200) :]}


def _append(chance: random.Random, folder: Folder, path: str) -> Folder:
    return folder | {path: folder[path] + chance.randbytes(chance.randint(1, 64))}


def _insert(chance: random.Random, folder: Folder, path: str) -> Folder:
    data = folder[path]
    at = chance.randrange(len(data))
    return folder | {path: data[:at] + data[at : at + 512] + data[at:]}


def _zero(chance: random.Random, folder: Folder, path: str) -> Folder:
    data = folder[path]
    at = chance.randrange(len(data))
    return folder | {path: data[:at] + bytes(len(data[at : at + 64])) + data[at + 64 :]}


def _swap_within(chance: random.Random, folder: Folder, path: str) -> Folder:
    data = folder[path]
    middle = len(data) // 2
    return folder | {path: data[middle:] + data[:middle]}


def _swap_files(chance: random.Random, folder: Folder, path: str) -> Folder:
    other = chance.choice([name for name in folder if folder[name] != folder[path]])
    return folder | {path: folder[other], other: folder[path]}


def _extra(chance: random.Random, folder: Folder, path: str) -> Folder:
    name = chance.choice(["{}.bak", "{}.p/1", "tile/{}", "x{}", "{}/000", "tile/0/x001/000", "tile/1/004"]).format(path)
    return folder | {name: folder[path]} if name not in folder else folder | {"stray": b""}


def _remove(chance: random.Random, folder: Folder, path: str) -> Folder:
    return without(folder, path)


def _rename(chance: random.Random, folder: Folder, path: str) -> Folder:
    return without(folder, path) | {f"{path}~": folder[path]}


TAMPERS: tuple[Tamper, ...] = (
    _bit, _bit, _bit, _cut, _append, _insert, _zero, _swap_within, _swap_files, _extra, _remove, _rename,
)  # fmt: skip


def _tampered(seed: int) -> tuple[Folder, set[str]]:
    """The log with one thing done to it, and the files that this changed."""
    chance = random.Random(seed)
    needed = sorted(LOG.keys() - verdict(LOG).older)
    tamper = chance.choice(TAMPERS)
    path = chance.choice(needed if tamper is _remove else sorted(LOG))
    folder = tamper(chance, LOG, path)
    return folder, {name for name in LOG.keys() | folder.keys() if LOG.get(name) != folder.get(name)}


def _unseen(seeds: Iterable[int]) -> list[int]:
    older = set(verdict(LOG).older)
    unseen = []
    for seed in seeds:
        folder, changed = _tampered(seed)
        expected = {path for path in changed if path not in older or path in folder}
        if CHECKPOINT_FILE in changed:
            expected = {CHECKPOINT_FILE}
        if not changed or expected - named(folder):
            unseen.append(seed)
    return unseen


def test_every_one_of_1000_random_changes_is_found_and_each_changed_file_named() -> None:
    """Where the checkpoint itself was changed it is named, and nothing else can be judged."""
    assert _unseen(range(1000)) == []


def test_the_same_test_finds_nothing_where_nothing_was_done() -> None:
    assert named(LOG) == set()


def test_every_single_bit_of_a_small_log_counts() -> None:
    log = grown([2, 3])
    assert verdict(log).holds
    for path, data in log.items():
        for bit in range(8 * len(data)):
            assert path in named(log | {path: _flip(data, bit)}), f"{path} bit {bit}"


def test_every_cut_of_a_small_log_counts() -> None:
    log = grown([2, 3])
    for path, data in log.items():
        for length in range(len(data)):
            assert path in named(log | {path: data[:length]}), f"{path} cut to {length}"
