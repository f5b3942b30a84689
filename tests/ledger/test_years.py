# SPDX-License-Identifier: Apache-2.0
"""Logs of several years as one family, and harm of every kind done to them."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from cocket.ledger import (
    CHECKPOINT_FILE,
    FamilyVerdict,
    Problem,
    Signer,
    Tree,
    family_of,
    log_of_year,
    sign_note,
    split_note,
    verify_family,
    year_folders,
    year_of,
)
from tests.ledger.logs import ORIGIN, SIGNER, Folder, entries, grown, publish, write

NEXT = Signer.from_bytes("customs.example/log/2027", bytes(range(32)))
SIZES = (40, 700)


def years() -> Folder:
    """A folder with the logs of two years, the second begun with the last checkpoint of the first."""
    folder = grown(SIZES)
    second: Folder = {"key.vkey": f"{NEXT.verifier.vkey}\n".encode()}
    tree = Tree()
    for batch in ([folder[CHECKPOINT_FILE], *entries(1000, 1100)], entries(1100, 1400)):
        growth = tree.grow(batch)
        write(second, growth)
        publish(second, growth, NEXT)
    return folder | {f"2027/{path}": data for path, data in second.items()}


def verdict(folder: Folder, *vkeys: str) -> FamilyVerdict:
    return verify_family(folder.get, lambda: list(folder), vkeys)


def problems(folder: Folder) -> list[tuple[str, Problem]]:
    """Every problem with the path of its file from the whole folder."""
    found = verdict(folder)
    each = [(f"{name}/{one.file}".lstrip("/"), one) for name, log in found.logs for one in log.problems]
    return each + [(one.file, one) for one in found.problems]


def test_names_of_a_family_and_its_years() -> None:
    assert (family_of("customs.example/log/2026"), family_of("customs.example/log")) == ("customs.example/log",) * 2
    assert log_of_year("customs.example/log/2026", 2027) == "customs.example/log/2027"
    assert log_of_year("customs.example/log", 2027) == "customs.example/log/2027"
    assert (year_of("customs.example/log/2026"), year_of("customs.example/log")) == (2026, None)
    assert year_folders(["2027/tile/0/000", "checkpoint"]) == {"": ["checkpoint"], "2027": ["tile/0/000"]}


def test_a_family_holds_and_one_key_of_each_is_told_apart() -> None:
    folder = years()
    assert verdict(folder).holds
    assert verdict(folder, SIGNER.verifier.vkey, NEXT.verifier.vkey).holds
    assert verdict(folder, NEXT.verifier.vkey).holds
    other = Signer.from_bytes(ORIGIN, bytes(32)).verifier.vkey
    assert not verdict(folder, NEXT.verifier.vkey, other).holds


def test_a_year_that_is_missing_in_between_is_told() -> None:
    folder = years()
    folder = {path: data for path, data in folder.items() if not path.startswith("2027/")} | {
        path.replace("2027/", "2028/"): data for path, data in folder.items() if path.startswith("2027/")
    }
    assert verdict(folder).holds  # a family may skip a year in which nothing was sealed
    shorter = {path: data for path, data in folder.items() if path.startswith("2028/")} | grown([40])
    assert [path for path, _ in problems(shorter)] == ["2028/tile/entries/000"]


def test_cosignatures_that_came_after_new_year_do_not_break_the_passage() -> None:
    folder = years()
    text, signatures = split_note(folder[CHECKPOINT_FILE])
    witness = Signer.from_bytes("witness.example", bytes(32))
    assert verdict(folder | {CHECKPOINT_FILE: sign_note(text, [witness], signatures)}).holds
    resigned = sign_note(text, [witness])
    assert "2027/tile/entries/000" in dict(problems(folder | {CHECKPOINT_FILE: resigned}))


def test_logs_of_different_families_are_told() -> None:
    stranger = Signer.from_bytes("ports.example/log/2027", bytes(range(32)))
    folder = years()
    old = {path: data for path, data in folder.items() if not path.startswith("2027/")}
    growth = Tree().grow([old[CHECKPOINT_FILE], *entries(0, 5)])
    second: Folder = {"key.vkey": f"{stranger.verifier.vkey}\n".encode()}
    write(second, growth)
    publish(second, growth, stranger)
    assert [path for path, _ in problems(old | {f"2027/{path}": data for path, data in second.items()})] == [
        "2027/checkpoint"
    ]


Harm = Callable[[Folder, str, random.Random], set[str]]


def change_a_byte(folder: Folder, path: str, chance: random.Random) -> set[str]:
    data = bytearray(folder[path])
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    folder[path] = bytes(data)
    return {path}


def swap_two_blocks(folder: Folder, path: str, chance: random.Random) -> set[str]:
    data = folder[path]
    width = 32 if "/entries/" not in path else 75
    first, second = chance.sample(range(max(2, len(data) // width)), 2)
    blocks = [data[at : at + width] for at in range(0, len(data), width)]
    if len(blocks) < 2:
        return change_a_byte(folder, path, chance)
    first, second = first % len(blocks), second % len(blocks)
    blocks[first], blocks[second] = blocks[second], blocks[first]
    swapped = b"".join(blocks)
    if swapped == data:
        return change_a_byte(folder, path, chance)
    folder[path] = swapped
    return {path}


def cut_the_tail(folder: Folder, path: str, chance: random.Random) -> set[str]:
    folder[path] = folder[path][: chance.randrange(len(folder[path]))]
    return {path}


def take_away(folder: Folder, path: str, chance: random.Random) -> set[str]:
    del folder[path]
    return {path}


def put_twice(folder: Folder, path: str, chance: random.Random) -> set[str]:
    other = chance.choice([one for one in folder if one != path and folder[one] != folder[path]])
    folder[path] = folder[other]
    return {path}


HARMS = {
    "byte": change_a_byte,
    "blocks": swap_two_blocks,
    "tail": cut_the_tail,
    "missing": take_away,
    "twice": put_twice,
}


@pytest.mark.parametrize("name", HARMS)
def test_harm_done_anywhere_is_found_and_located(name: str) -> None:
    chance = random.Random(f"2026 {name}")
    whole = years()
    tried = 1000 if name == "byte" else 250
    found = located = 0
    for _ in range(tried):
        folder = dict(whole)
        path = chance.choice(sorted(folder.keys() - _older(whole)) if name == "missing" else sorted(folder))
        harmed = HARMS[name](folder, path, chance)
        told = problems(folder)
        found += bool(told)
        located += any(_is_there(where, problem, harmed, name) for where, problem in told)
    assert found == tried
    assert located >= 0.99 * tried


def _is_there(where: str, problem: Problem, harmed: set[str], name: str) -> bool:
    """Whether a problem names the file that was harmed, and for a byte in a tile or bundle the place in it."""
    has_place = problem.entry is not None or problem.offset is not None
    return where in harmed and (has_place or name != "byte" or "tile/" not in where)


def _older(folder: Folder) -> set[str]:
    """Partial files of earlier checkpoints: a log may do without them, so that taking one away is no harm."""
    return {f"{name}/{path}".lstrip("/") for name, log in verdict(folder).logs for path in log.older}
