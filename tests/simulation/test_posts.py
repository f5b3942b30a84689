# SPDX-License-Identifier: Apache-2.0
"""Border posts with both outcomes of every lorry known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cocket import standards
from cocket.model import Declaration
from cocket.simulation.posts import A_WEEK, BY_EYE, POSTS, WEEKS, WEIGHED, lorries, pilot_truth
from cocket.simulation.release import stamp_table
from cocket.trials.release import read_stamps

FIRST = date(2026, 10, 5)


def test_every_lorry_can_be_read_back_and_lies_in_its_week() -> None:
    several = lorries(FIRST, 1)
    assert len(several) == len(POSTS) * WEEKS * A_WEEK
    assert len({one.registration for one in several}) == len(several)
    assert several == lorries(FIRST, 1)
    for one in several[:8]:
        read = standards.read(standards.write(one.declaration, "asycuda-sad")).document
        assert isinstance(read, Declaration)
        assert read.office.code == one.post
        day = one.declaration.status.registered if one.declaration.status else None
        assert day is not None and (day - FIRST).days // 7 == one.week


def test_the_truth_is_the_difference_of_both_outcomes_of_those_treated() -> None:
    several = [one for seed in range(20) for one in lorries(FIRST, seed)]
    truth = pilot_truth(several, dict.fromkeys(POSTS, 0))
    assert truth.treated == len(several)
    assert truth.effect == pytest.approx(WEIGHED - BY_EYE, abs=0.03)
    assert pilot_truth(several, dict.fromkeys(POSTS, WEEKS)).treated == 0
    assert all(one.weighed for one in several if one.by_eye), "the weighbridge misses nothing that the eye sees"


def test_a_table_of_stamps_holds_the_median_that_it_says() -> None:
    at = datetime(2026, 10, 5, 9, 3, 20, tzinfo=UTC)
    decided = {f"XA110000/2026/C/{number}": ("green", at + timedelta(hours=number)) for number in range(9)}
    ended = {"XA110000/2026/C/3": at + timedelta(days=4)}
    content, median = stamp_table(decided, ended, 1)
    table = read_stamps(content)
    assert (table.counts, len(table.cases)) == ({}, 9)
    took = []
    for case in table.cases:
        when = {one.kind: one.at for one in case.stamps}
        assert when["lodgement"] <= when["lane"] <= when["release"] <= when["gate-out"]
        took.append((when["release"] - when["lodgement"]).total_seconds())
    assert sorted(took)[4] == median
