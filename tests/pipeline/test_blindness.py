# SPDX-License-Identifier: Apache-2.0
"""The game: can anyone who has the whole public log, its times and one trader's receipts tell whether customs looked?

Worlds come in pairs that differ in one thing only: in one of them the trader's consignment is looked at and selected.
The adversary is given everything public and the trader's receipts, learns on half of the pairs, and is asked about the
other half. By day the log grows each second; by night it rests, and officers work while no message comes. The suite
plays a part of the game, `make soak` the 2,000 pairs.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from cocket.ledger import read_checkpoint, split_note
from cocket.pipeline import Book
from tests.houses import Built, build, envelope, trader

PAIRS, ALL_PAIRS = 60, 2000
STEP = 8

#: By day: seconds of a world, and when the trader lodges, in pairs, so that he learns what was sealed in between.
TICKS = 10
LODGINGS = (1, 4, 7)

#: By night: how often the clock goes on, and by how much, before the trader's message wakes the log.
NIGHT_TICKS, NIGHT_STEP = 5, timedelta(minutes=17)

#: How much customs does in a night about the consignment: dossiers, results, orders (count of leaves).
NIGHT_WORK = (1, 60)

World = list[float]


@pytest.fixture(autouse=True)
def _without_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


class Game:
    """A house with a clock of its own, played one world after the other, all by day or all by night."""

    def __init__(self, home: Path, step: int, *, is_night: bool) -> None:
        (home / "keys").mkdir(parents=True)
        order = home / "keys" / "order.key"
        order.touch(mode=0o600)
        order.write_text("07" * 32)  # so that a game is the same each time it is played
        self.built: Built = build(home, head_step=step, head_interval_seconds=1.0)
        self.now = datetime(2026, 11, 25, tzinfo=UTC)
        self.chance = random.Random(2026)
        self.book = Book(self.built.shelves)
        self.book.open()
        self.lodged = 0
        self.play = self._night if is_night else self._day
        self._lodge()
        self._tick()

    def _lodge(self) -> int:
        """Lodge a message; its place in the log, as the receipt tells it."""
        self.lodged += 1
        [answer] = self.built.house.take_many([envelope(b"message %d" % self.lodged)], principal=trader("ACME"))
        return int(answer.receipt["promise"]["index"])

    def _seal(self, kind: str) -> None:
        """Seal what no trader hears of: a look, an assessment."""
        with self.built.shelves.database.transaction() as connection:
            record = self.built.shelves.sealer.record(kind, "actor", {})
            self.built.shelves.leaves.append_records(connection, [record])

    def _glance(self) -> None:
        self._seal("look")

    def _assess(self) -> None:
        self._seal("assessment")

    def _tick(self, later: timedelta = timedelta(seconds=1)) -> int:
        """Let time pass and the book work; the size of the log then."""
        self.now += later
        self.book.tick(self.now)
        return self._size()

    def _background(self) -> None:
        """What others do all the time."""
        for _ in range(self.chance.choice((0, 0, 1, 2))):
            self.chance.choice((self._lodge, self._glance, self._assess))()

    def _day(self, is_looked_at: bool) -> World:
        """One world by day, and what can be seen of it."""
        looks = self._looks() if is_looked_at else {}
        sizes, receipts = [self._size()], []
        for tick in range(TICKS):
            self._background()
            for lodging in range(2 if tick in LODGINGS else 0):
                receipts.append(self._lodge())
                if lodging == 0:
                    for _ in range(looks.pop(tick, 0)):
                        self._glance()
            for _ in range(looks.pop(tick, 0)):
                self._glance()
            sizes.append(self._tick())
        return _seen(sizes, receipts)

    def _night(self, is_looked_at: bool) -> World:
        """One world in which the log rests, until the trader's message wakes it; what can be seen of it."""
        self._tick(timedelta(minutes=20))
        sizes, receipts = [self._size()], []
        work = self.chance.randint(*NIGHT_WORK) if is_looked_at else 0
        for tick in range(NIGHT_TICKS):
            for _ in range(self.chance.choice((0, 1, 3)) + work // NIGHT_TICKS + (tick < work % NIGHT_TICKS)):
                self._glance()
            sizes.append(self._tick(NIGHT_STEP))
        for _ in range(2):
            receipts += [self._lodge(), self._lodge()]
            sizes.append(self._tick())
        return _seen(sizes, receipts)

    def _looks(self) -> dict[int, int]:
        """In which ticks customs looks, and how often: sometimes just between two lodgings."""
        return {
            tick: self.chance.choice((1, 2)) for tick in (self.chance.choice(LODGINGS), self.chance.randrange(TICKS))
        }

    def _size(self) -> int:
        note = self.built.shelves.log_files.read("checkpoint")
        return read_checkpoint(split_note(note)[0]).size if note else 0


def _seen(sizes: list[int], receipts: list[int]) -> World:
    """Everything an adversary can count: growth at each time, places on receipts, and how they stand to each other."""
    growth = [later - earlier for earlier, later in pairwise(sizes)]
    places = [place - sizes[0] for place in receipts]
    gaps = [later - earlier for earlier, later in pairwise(places)]
    return [*map(float, [*growth, sum(growth), *places, *gaps, *map(abs, gaps), *(place % STEP for place in places)])]


def auc(game: Game, pairs: int) -> tuple[float, float]:
    """How well the adversary tells the worlds he has not learnt on apart, with its standard error."""
    worlds = [(game.play(looked), looked) for _ in range(pairs) for looked in (False, True)]
    seen, truth = np.array([world for world, _ in worlds]), np.array([looked for _, looked in worlds])
    half = len(worlds) // 2
    scale = seen[:half].std(axis=0)
    features = np.where(scale > 0, (seen - seen[:half].mean(axis=0)) / np.where(scale > 0, scale, 1), 0)
    learnt = features[:half]
    weights = np.linalg.solve(
        learnt.T @ learnt + 10 * np.eye(learnt.shape[1]), learnt.T @ np.where(truth[:half], 1.0, -1.0)
    )
    scores = features[half:] @ weights
    hits, misses = scores[truth[half:]], scores[~truth[half:]]
    area = float(np.mean((hits[:, None] > misses) + 0.5 * (hits[:, None] == misses)))
    # The standard error where there is nothing to tell (Mann and Whitney).
    return area, sqrt((len(hits) + len(misses) + 1) / (12 * len(hits) * len(misses)))


@contextmanager
def two_games(folder: Path, *, is_night: bool) -> Iterator[tuple[Game, Game]]:
    """One game with cover, and one without."""
    covered = Game(folder / "covered", STEP, is_night=is_night)
    bare = Game(folder / "bare", 1, is_night=is_night)
    yield covered, bare
    for game in (covered, bare):
        game.built.house.close()


def judge(folder: Path, pairs: int, *, is_night: bool) -> None:
    """Play, and compare what the adversary can tell with what chance gives him."""
    with two_games(folder, is_night=is_night) as (covered, bare):
        area, error = auc(covered, pairs)
        without, error_without = auc(bare, pairs)
    told = f"AUC {area:.3f} ± {1.96 * error:.3f} with cover, {without:.3f} ± {1.96 * error_without:.3f} without"
    print(f"\n{pairs} pairs by {'night' if is_night else 'day'}: {told}")
    assert abs(area - 0.5) <= 1.96 * error
    assert without - 0.5 > 1.96 * error_without, "the control must fail: the game is too hard for this adversary"


@pytest.mark.parametrize("is_night", [False, True])
def test_nobody_can_tell_from_the_log_and_his_receipts_whether_customs_looked(tmp_path: Path, is_night: bool) -> None:
    judge(tmp_path, PAIRS, is_night=is_night)


@pytest.mark.soak
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("is_night", [False, True])
def test_nobody_can_tell_in_two_thousand_pairs_of_worlds(tmp_path: Path, is_night: bool) -> None:
    judge(tmp_path, ALL_PAIRS, is_night=is_night)
