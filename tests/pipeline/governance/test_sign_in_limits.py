# SPDX-License-Identifier: Apache-2.0
"""The rules of the brake alone: what an attempt is counted against, and when the next one passes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cocket.pipeline.governance.sign_in_limits import (
    Bucket,
    SignInDelayedError,
    buckets_of,
    give_back,
    network_of,
    take,
)
from cocket.stores.governance.sign_in import Level

NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)


class Kept:
    """Levels as the database keeps them."""

    def __init__(self) -> None:
        self.levels: dict[bytes, Level] = {}

    def tries(self, count: int, buckets: tuple[Bucket, ...], at: datetime = NOW) -> int:
        """How many of `count` attempts pass."""
        passed = 0
        for _ in range(count):
            try:
                levels = take(buckets, self.levels, at)
            except SignInDelayedError:
                continue
            self.levels |= {name: Level(level, at) for name, level in levels.items()}
            passed += 1
        return passed


def stranger(name: str, network: str) -> tuple[Bucket, ...]:
    return buckets_of(name, network, None, is_usual=False)


def test_five_attempts_pass_from_one_network_and_then_one_a_minute() -> None:
    kept = Kept()
    assert kept.tries(80, stranger("anna", "10.0.0.1")) == 5
    assert kept.tries(80, stranger("anna", "10.0.0.1"), NOW + timedelta(seconds=61)) == 1


def test_a_stranger_stops_neither_the_officers_network_nor_her_browser_nor_another_network() -> None:
    kept = Kept()
    kept.tries(80, stranger("anna", "10.0.0.1"))
    assert kept.tries(1, stranger("anna", "10.0.0.2")) == 1
    assert kept.tries(1, buckets_of("anna", "10.0.0.9", None, is_usual=True)) == 1
    assert kept.tries(1, buckets_of("anna", "10.0.0.1", b"known", is_usual=False)) == 1


def test_many_strangers_are_counted_together_but_not_with_what_is_known() -> None:
    kept = Kept()
    assert sum(kept.tries(5, stranger("anna", f"10.0.1.{number}")) for number in range(50)) == 20
    assert kept.tries(1, buckets_of("anna", "10.0.0.9", None, is_usual=True)) == 1
    assert kept.tries(9, buckets_of("anna", "10.0.1.1", b"known", is_usual=False)) == 5


def test_one_network_tries_twenty_times_over_all_names() -> None:
    kept = Kept()
    assert sum(kept.tries(1, stranger(f"name-{number}", "10.0.0.1")) for number in range(100)) == 20


def test_what_is_turned_away_takes_nothing_and_says_when_to_come_back() -> None:
    kept = Kept()
    kept.tries(5, stranger("anna", "10.0.0.1"))
    before = dict(kept.levels)
    with pytest.raises(SignInDelayedError) as caught:
        take(stranger("anna", "10.0.0.1"), kept.levels, NOW)
    assert (caught.value.seconds, kept.levels) == (60, before)


def test_a_token_comes_back_and_never_more_than_there_were() -> None:
    kept, buckets = Kept(), stranger("anna", "10.0.0.1")
    kept.tries(1, buckets)
    assert sorted(give_back(buckets, kept.levels, NOW).values()) == [5, 20, 20]
    assert sorted(give_back(buckets, {}, NOW).values()) == [5, 20, 20]


def test_a_clock_that_goes_back_neither_adds_nor_takes() -> None:
    kept, buckets = Kept(), stranger("anna", "10.0.0.1")
    kept.tries(5, buckets)
    assert kept.tries(5, buckets, NOW - timedelta(days=1)) == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::", "2001:db8:1:2::"),
        ("", ""),
        ("no address", "no address"),
    ],
)
def test_a_sender_counts_by_the_network_at_his_disposal(address: str, network: str) -> None:
    assert network_of(address) == network


def test_names_that_run_together_are_counted_apart() -> None:
    assert stranger("ann", "a10.0.0.1") != stranger("anna", "10.0.0.1")
