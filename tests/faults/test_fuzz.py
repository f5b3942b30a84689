# SPDX-License-Identifier: Apache-2.0
"""Damaged messages of every standard and every device, through the real doors of a real house: nobody stands still.

`COCKET_FUZZ_SEED` makes the same messages again, `COCKET_FUZZ_COUNT` says how many the long run sends.
See docs/how-to/operations/fuzz.md.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

from tests.damage import damaged
from tests.faults.fuzzing import OVER_TCP, Gun, Range, Shot, blamed, fuzz_home, run, samples
from tests.faults.serving import copy_home
from tests.messages import declaration
from tests.tracking.device_messages import MESSAGES

SEED = int(os.environ.get("COCKET_FUZZ_SEED", "0"))
COUNT = int(os.environ.get("COCKET_FUZZ_COUNT", "20000"))

#: A house whose desk cannot work on one reference, and whose reader fails on another.
PLANTED = (sys.executable, "-m", "tests.faults.planted")


@pytest.fixture(scope="module")
def ready(made_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with devices, to be copied."""
    home = copy_home(made_home, tmp_path_factory.mktemp("fuzz") / "home")
    fuzz_home(home)
    return home


def test_no_role_stands_still_and_no_door_fails(ready: Path, tmp_path: Path) -> None:
    seed = SEED or 1
    report = run(ready, tmp_path, seed, Gun(seed, sorted(MESSAGES)).rounds(600, 200))
    print(report)
    assert report.failures == [], report
    assert report.set_aside == {}, report
    assert {status for (door, status) in report.answers if door == "api"} >= {202, 400, 422}
    assert ("http", 202) in report.answers
    assert ("mqtt", 202) in report.answers
    assert any(door in OVER_TCP and status == 202 for door, status in report.answers)


@pytest.mark.soak
@pytest.mark.timeout(6 * 3600)
def test_no_role_stands_still_over_many_messages(ready: Path, tmp_path: Path) -> None:
    seed = SEED or random.SystemRandom().randrange(1, 10**6)
    report = run(ready, tmp_path, seed, Gun(seed, sorted(MESSAGES)).rounds(COUNT, 500))
    print(f"\n{report}")
    assert report.failures == [], report


def test_the_same_seed_makes_the_same_messages() -> None:
    first, again, other = (list(Gun(seed, ("jt808", "osmand")).rounds(120, 50)) for seed in (7, 7, 8))
    assert first == again != other
    assert [len(shots) for shots in first] == [50, 50, 20]


def test_messages_are_damaged_in_many_ways() -> None:
    dice = random.Random(1)
    made = [damaged(dice, samples()[:40]) for _ in range(400)]
    assert len(set(made)) > 380
    assert any(b"\\u0000" in one for one in made)
    assert any(b"\\ud800" in one or b"\xed\xa0\x80" in one for one in made)
    assert any(b"0001-01-01" in one for one in made)
    assert any(len(one) > 9_000 for one in made)


@pytest.mark.parametrize("content", [b"{}", b"[]", b'""', b"<a/>", b""])
def test_what_has_no_parts_left_can_be_damaged_further(content: bytes) -> None:
    for seed in range(300):
        assert isinstance(damaged(random.Random(seed), [content]), bytes)


# Controls: a house with a planted defect is found, and the message to blame is named.


def lodged(*references: str) -> list[Shot]:
    """Sound declarations under these references."""
    return [Shot("api", declaration(reference)) for reference in references]


def test_a_desk_that_stands_still_is_found(ready: Path, tmp_path: Path) -> None:
    with Range(copy_home(ready, tmp_path / "home"), PLANTED) as target:
        answers = target.fire(lodged("A-1", "A-2", "DESK-HANGS", "A-3"))
        assert [status for _, status, _ in answers] == [202] * 4
        assert any("assessment stands" in sentence for sentence in target.still(still_s=5.0))
        assert target.set_aside() == {}
        target.served.kill_all()


def test_a_message_that_the_desk_cannot_work_on_is_reported(ready: Path, tmp_path: Path) -> None:
    report = run(ready, tmp_path, 0, [lodged("B-1", "DESK-FAILS", "B-2")], command=PLANTED)
    assert report.failures == []
    assert ["division by zero" in why for why in report.set_aside] == [True]


def test_a_door_that_fails_on_one_message_is_found_and_the_message_stored(ready: Path, tmp_path: Path) -> None:
    shots = lodged("C-1", "C-2", "DOOR-FAILS", "C-3")
    report = run(ready, tmp_path, 0, [shots], command=PLANTED)
    assert [sentence[:17] for sentence in report.failures] == ["api answered 500:"]
    assert report.culprits == [shots[2]]
    assert report.folder is not None
    assert [path.read_bytes() for path in report.folder.glob("*.bin")] == [shots[2].content]
    assert "to blame: 1 of them" in (report.folder / "report.txt").read_text()


def test_of_many_suspects_the_one_to_blame_is_left(ready: Path, tmp_path: Path) -> None:
    shots = lodged("D-1", "DOOR-FAILS")
    assert blamed(ready, tmp_path, shots, PLANTED) == [shots[1]]
