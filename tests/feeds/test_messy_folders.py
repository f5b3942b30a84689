# SPDX-License-Identifier: Apache-2.0
"""Folders full of anything: what can be taken in is, each thing once; the rest is named, and nothing stops."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.feeds.folders import KINDS, SECRET, Clock, contents, feed_of, mess, problems, random_name
from tests.houses import Built, build


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("house") / "home", max_message_bytes=100_000)
    yield made
    made.house.close()


@pytest.fixture
def built(shared: Built) -> Built:
    """A house that knows nothing of what other tests brought."""
    with shared.stores.database.transaction() as connection:
        connection.execute("truncate message, identity, feed_file, feed_problem")
    return shared


@pytest.mark.parametrize("seed", range(12))
def test_what_can_be_taken_in_is_and_the_rest_is_named(built: Built, tmp_path: Path, seed: int) -> None:
    made = mess(tmp_path / "folder", tmp_path / "outside", random.Random(seed))
    feed = feed_of(built, made.folder)
    report = feed.once()
    assert sorted(contents(built)) == sorted(made.taken.values())
    assert problems(built) == made.told()
    assert sorted(path for path, _ in report.unreadable) == sorted(made.told())
    again = feed.once()
    assert (again.accepted, again.refused, again.repeats, again.unreadable) == (0, 0, 0, [])
    assert (again.unchanged, again.not_taken) == (len(made.taken), len(made.problems))
    afresh = feed_of(built, made.folder).once()
    assert (afresh.accepted, afresh.refused, afresh.repeats, afresh.not_taken) == (0, 0, 0, len(made.problems))


@pytest.mark.parametrize("seed", range(100, 108))
def test_a_folder_that_changes_all_the_time_is_followed(built: Built, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    made, clock = mess(tmp_path / "folder", tmp_path / "outside", chance, most=12), Clock()
    feed = feed_of(built, made.folder, clock)
    ever = set(made.taken.values())
    for number in range(100, 106):
        feed.once(settle=True)
        clock.now += 60
        feed.once(settle=True)  # a file that ends in the middle is waited for longer
        clock.now += 60
        feed.once(settle=True)
        assert sorted(contents(built)) == sorted(ever)
        assert problems(built) == made.told()
        names = [os.path.relpath(path, os.fsencode(made.folder)) for path in (*made.taken, *made.problems)]
        for name in chance.sample(names, len(names) // 3):
            made.clear(name)
            if chance.random() < 0.7:
                made.put(name, chance.choice(list(KINDS)), number)
        made.put(random_name(chance, number), "plain", number)
        ever |= set(made.taken.values())


def test_the_oracle_would_see_a_secret_that_came_in(built: Built, tmp_path: Path) -> None:
    """The control: a feed that follows links takes the secret in, and the comparison of all these tests fails."""
    made = mess(tmp_path / "folder", tmp_path / "outside", random.Random(1))
    (made.folder / "leak.xml").write_bytes(SECRET)  # as if a link had been followed
    feed_of(built, made.folder).once()
    assert sorted(contents(built)) != sorted(made.taken.values())
