# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cocket.governance.agreements import Case, ServiceLevel, level_kept

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LEVEL = ServiceLevel(measure="correction", hours=48, share=0.5)


def case(began_hours_ago: float, took: float | None = None) -> Case:
    began = NOW - timedelta(hours=began_hours_ago)
    return Case(began=began, answered=None if took is None else began + timedelta(hours=took))


def test_cases_in_time_late_and_running_are_told_apart() -> None:
    kept = level_kept(LEVEL, [case(100, 48), case(100, 48.1), case(49), case(47)], NOW)
    assert (kept.cases, kept.in_time, kept.late, kept.running) == (4, 1, 2, 1)
    assert (kept.share, kept.is_kept) == (1 / 3, False)
    assert kept.median_hours == 48.05
    assert kept.longest_hours == 49


def test_what_still_runs_counts_for_nothing_and_without_a_case_nothing_is_said() -> None:
    assert level_kept(LEVEL, [case(1)], NOW).is_kept is None
    empty = level_kept(LEVEL, [], NOW)
    assert (empty.share, empty.is_kept, empty.median_hours, empty.longest_hours) == (None, None, None, None)


def test_the_share_agreed_is_enough() -> None:
    assert level_kept(LEVEL, [case(100, 1), case(100, 90)], NOW).is_kept is True
    assert level_kept(LEVEL, [case(100, 1), case(100, 90), case(100, 90)], NOW).is_kept is False
