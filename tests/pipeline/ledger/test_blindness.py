# SPDX-License-Identifier: Apache-2.0
"""The game: can anyone who has the whole public log, its times and one trader's receipts tell whether customs looked?

Worlds come in pairs that differ in one thing only: in one of them the trader's consignment is looked at and selected.
The adversary is given everything public and the trader's receipts, learns on half of the pairs, and is asked about the
other half. By day the log grows each second; by night it rests, and officers work while no message comes.

2,000 pairs are played on paper: the house's own pace, eras and order, but no database behind them. That paper and house
tell the same is tested first, with a real house, world by world.
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
from typing import Protocol

import numpy as np
import pytest

from cocket.ledger import Pace, read_checkpoint, shuffle, split_note
from cocket.pipeline import LogPublisher
from cocket.stores.ledger.yearly_logs import LogYear
from tests.houses import Built, build, envelope, trader

PAIRS = 2000
STEP = 8
ORDER = bytes([7]) * 32  # so that a game is the same each time it is played
START = datetime(2026, 11, 25, tzinfo=UTC)

#: By day: seconds of a world, and when the trader lodges, in pairs, so that he learns what was sealed in between.
TICKS = 10
LODGINGS = (1, 4, 7)

#: By night: how often the clock goes on, and by how much, before the trader's message wakes the log.
NIGHT_TICKS, NIGHT_STEP = 5, timedelta(minutes=17)

#: How much customs does in a night about the consignment: dossiers, results, orders (count of leaves).
NIGHT_WORK = (1, 60)

World = list[float]


class Log(Protocol):
    """A house as the game needs it."""

    def lodge(self) -> int:
        """Lodge a message; its place in the log, as the receipt tells it."""

    def seal(self) -> None:
        """Seal what no trader hears of: a look, an assessment."""

    def tick(self, now: datetime) -> None:
        """Let the book work."""

    @property
    def size(self) -> int:
        """Size of the newest head."""


class RealLog:
    """A real house with its book."""

    def __init__(self, home: Path, step: int) -> None:
        (home / "keys").mkdir(parents=True)
        order = home / "keys" / "order.key"
        order.touch(mode=0o600)
        order.write_text(ORDER.hex())
        self.built: Built = build(home, head_step=step, head_interval_seconds=1.0)
        self._book = LogPublisher(self.built.stores)
        self._book.open()
        self._lodged = 0

    def lodge(self) -> int:
        """Lodge a message; its place in the log, as the receipt tells it."""
        self._lodged += 1
        [answer] = self.built.house.intake.messages.take_many(
            [envelope(b"message %d" % self._lodged)], principal=trader("ACME")
        )
        return int(answer.receipt["promise"]["index"])

    def seal(self) -> None:
        """Seal what no trader hears of: a look, an assessment."""
        with self.built.stores.database.transaction() as connection:
            record = self.built.stores.sealer.record("look", "actor", {})
            self.built.stores.leaves.append_records(connection, [record])

    def tick(self, now: datetime) -> None:
        """Let the book work."""
        self._book.tick(now)

    @property
    def size(self) -> int:
        """Size of the newest head."""
        note = self.built.stores.log_files.read("checkpoint")
        return read_checkpoint(split_note(note)[0]).size if note else 0


class PaperLog:
    """The same on paper: how many leaves there are, where they stand, and how many are under a head."""

    def __init__(self, step: int) -> None:
        self._pace = None if step == 1 else Pace(step, 5, timedelta(minutes=10), timedelta(minutes=60))
        self._eras = [LogYear(0, "log", 0, step, None)]
        self._leaves = 0
        self._has_message = False
        self.size = 0

    def lodge(self) -> int:
        """Lodge a message; its place in the log, as the receipt tells it."""
        self._has_message = True
        self._leaves += 1
        era = self._eras[-1]
        number, within = divmod(self._leaves - 1 - era.base, era.step)
        begins = era.base + number * era.step
        return begins + shuffle(ORDER, era.step, begins)[within]

    def seal(self) -> None:
        """Seal what no trader hears of: a look, an assessment."""
        self._leaves += 1

    def tick(self, now: datetime) -> None:
        """Let the book work."""
        if self._pace is None:
            self.size = self._leaves
            return
        era = self._eras[-1]
        due = self._pace.due(now, self._leaves - self.size, era.step, has_message=self._has_message)
        self._has_message = False
        if due is None:
            return
        leaves, step = due
        if step != era.step:
            self._leaves = era.whole(max(self._leaves, self.size + era.step))
            self._eras.append(LogYear(self._leaves, "log", 0, step, None))
            assert self._leaves <= era.whole(self.size + leaves), "paper is too small for what waits"
            self.size = self._leaves
        else:
            self.size = era.whole(self.size + leaves)
            self._leaves = max(self._leaves, self.size)


class Game:
    """A log with a clock of its own, played one world after the other, all by day or all by night."""

    def __init__(self, log: Log, *, is_night: bool) -> None:
        self._log = log
        self._now = START
        self._chance = random.Random(2026)
        self.play = self._night if is_night else self._day
        self._log.lodge()
        self._tick()

    def _tick(self, later: timedelta = timedelta(seconds=1)) -> int:
        """Let time pass and the book work; the size of the log then."""
        self._now += later
        self._log.tick(self._now)
        return self._log.size

    def _access_record(self, times: int) -> None:
        for _ in range(times):
            self._log.seal()

    def _background(self) -> None:
        """What others do all the time."""
        for _ in range(self._chance.choice((0, 0, 1, 2))):
            self._chance.choice((self._log.lodge, self._log.seal, self._log.seal))()

    def _day(self, is_looked_at: bool) -> World:
        """One world by day, and what can be seen of it."""
        looks = self._looks() if is_looked_at else {}
        sizes, receipts = [self._log.size], []
        for tick in range(TICKS):
            self._background()
            for lodging in range(2 if tick in LODGINGS else 0):
                receipts.append(self._log.lodge())
                if lodging == 0:
                    self._access_record(looks.pop(tick, 0))
            self._access_record(looks.pop(tick, 0))
            sizes.append(self._tick())
        return _seen(sizes, receipts)

    def _looks(self) -> dict[int, int]:
        """In which seconds customs looks, and how often: sometimes just between two lodgings."""
        ticks = (self._chance.choice(LODGINGS), self._chance.randrange(TICKS))
        return {tick: self._chance.choice((1, 2)) for tick in ticks}

    def _night(self, is_looked_at: bool) -> World:
        """One world in which the log rests, until the trader's message wakes it; what can be seen of it."""
        self._tick(timedelta(minutes=20))
        sizes, receipts = [self._log.size], []
        work = self._chance.randint(*NIGHT_WORK) if is_looked_at else 0
        for tick in range(NIGHT_TICKS):
            self._access_record(self._chance.choice((0, 1, 3)) + work // NIGHT_TICKS + (tick < work % NIGHT_TICKS))
            sizes.append(self._tick(NIGHT_STEP))
        for _ in range(2):
            receipts += [self._log.lodge(), self._log.lodge()]
            sizes.append(self._tick())
        return _seen(sizes, receipts)


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


@pytest.mark.parametrize("is_night", [False, True], ids=["day", "night"])
def test_nobody_can_tell_from_the_log_and_his_receipts_whether_customs_looked(is_night: bool) -> None:
    area, error = auc(Game(PaperLog(STEP), is_night=is_night), PAIRS)
    without, error_without = auc(Game(PaperLog(1), is_night=is_night), PAIRS)
    print(f"\n{PAIRS} pairs: AUC {area:.3f} ± {1.96 * error:.3f} with cover, {without:.3f} without")
    assert abs(area - 0.5) <= 1.96 * error
    assert without - 0.5 > 1.96 * error_without, "the control must fail: the game is too hard for this adversary"


@contextmanager
def real_log(home: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealLog]:
    """A real house for as long as the block runs; it does not wait for the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    log = RealLog(home, step)
    yield log
    log.built.house.close()


@pytest.mark.parametrize("step", [1, STEP])
@pytest.mark.parametrize("is_night", [False, True], ids=["day", "night"])
def test_paper_and_house_tell_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, is_night: bool
) -> None:
    with real_log(tmp_path / "home", step, monkeypatch) as log:
        house, paper = Game(log, is_night=is_night), Game(PaperLog(step), is_night=is_night)
        for world in range(8):
            assert house.play(world % 2 == 1) == paper.play(world % 2 == 1), world
