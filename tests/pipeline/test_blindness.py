# SPDX-License-Identifier: Apache-2.0
"""The game: can anyone who has the whole public log, its times and one trader's receipts tell whether customs looked?

Worlds come in pairs that differ in one thing only: in one of them the trader's consignment is looked at and selected.
The adversary is given everything public and the trader's receipts, learns on half of the pairs, and is asked about the
other half. `COCKET_BLIND_PAIRS=2000` plays the whole game; the suite plays a part of it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from cocket.ledger import read_checkpoint, split_note
from cocket.pipeline import Book
from tests.houses import Built, build, envelope, trader

PAIRS = int(os.environ.get("COCKET_BLIND_PAIRS", "60"))
TICKS = 10
STEP = 8

#: When the trader lodges, in pairs, so that he learns what was sealed in between.
LODGINGS = (1, 4, 7)

World = list[float]


@pytest.fixture(autouse=True)
def _without_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


class Game:
    """A house with a clock of its own, played one world after the other."""

    def __init__(self, home: Path, step: int) -> None:
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
        self._lodge()

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

    def play(self, *, is_looked_at: bool) -> World:
        """One world, and what can be seen of it."""
        looks = self._looks() if is_looked_at else {}
        sizes, receipts = [self._size()], []
        for tick in range(TICKS):
            for _ in range(self.chance.choice((0, 0, 1, 2))):
                self.chance.choice((self._lodge, self._glance, self._assess))()
            for lodging in range(2 if tick in LODGINGS else 0):
                receipts.append(self._lodge())
                if lodging == 0:
                    for _ in range(looks.pop(tick, 0)):
                        self._glance()
            for _ in range(looks.pop(tick, 0)):
                self._glance()
            self.now += timedelta(seconds=1)
            self.book.tick(self.now)
            sizes.append(self._size())
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
    worlds = [(game.play(is_looked_at=looked), looked) for _ in range(pairs) for looked in (False, True)]
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


@pytest.fixture
def games(tmp_path: Path) -> Iterator[list[Game]]:
    made = [Game(tmp_path / "covered", STEP), Game(tmp_path / "bare", 1)]
    yield made
    for game in made:
        game.built.house.close()


@pytest.mark.timeout(3600)
def test_nobody_can_tell_from_the_log_and_his_receipts_whether_customs_looked(games: list[Game]) -> None:
    covered, bare = games
    area, error = auc(covered, PAIRS)
    without, error_without = auc(bare, PAIRS)
    print(
        f"\n{PAIRS} pairs: AUC {area:.3f} ± {1.96 * error:.3f} with cover, {without:.3f} ± {1.96 * error_without:.3f} without"
    )
    assert abs(area - 0.5) <= 1.96 * error
    assert without - 0.5 > 1.96 * error_without, "the control must fail: the game is too hard for this adversary"
