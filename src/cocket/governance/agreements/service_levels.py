# SPDX-License-Identifier: Apache-2.0
"""How a service level was kept: of the cases of some days, how many were answered in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

import msgspec

from cocket.governance.agreements.agreement import ServiceLevel


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case: when it began and when it was answered (UTC, by sealed times); None while it is not."""

    began: datetime
    answered: datetime | None = None


class LevelKept(msgspec.Struct, frozen=True, kw_only=True):
    """How a service level was kept.

    Attributes:
        level: The service level.
        cases: All cases (count).
        in_time: Answered in time (count).
        late: Answered late, or not answered though the time is over (count).
        running: Not answered, and the time runs (count); these count for nothing yet.
        median_hours: Of answered cases; None where there is none.
        longest_hours: Of all cases, to now for those not answered; None where there is none.
        share: Of cases whose time is over or that were answered, the share in time, 0–1; None where there is none.
        is_kept: Whether the share is that agreed, at least; None where there is no such case, so that nothing can be said.
    """

    level: ServiceLevel
    cases: int
    in_time: int
    late: int
    running: int
    median_hours: float | None
    longest_hours: float | None
    share: float | None
    is_kept: bool | None


def level_kept(level: ServiceLevel, cases: Sequence[Case], now: datetime) -> LevelKept:
    """How a service level was kept.

    Args:
        level: The service level.
        cases: Cases that began on the days looked at (0..n).
        now: The moment, UTC.
    """
    limit = timedelta(hours=level.hours)
    answered = [one.answered - one.began for one in cases if one.answered is not None]
    waiting = [now - one.began for one in cases if one.answered is None]
    in_time = sum(taken <= limit for taken in answered)
    late = len(answered) - in_time + sum(taken > limit for taken in waiting)
    running = sum(taken <= limit for taken in waiting)
    counted = in_time + late
    share = in_time / counted if counted else None
    return LevelKept(
        level=level,
        cases=len(cases),
        in_time=in_time,
        late=late,
        running=running,
        median_hours=median(map(_hours, answered)) if answered else None,
        longest_hours=max(map(_hours, (*answered, *waiting)), default=None),
        share=share,
        is_kept=None if share is None else share >= level.share,
    )


def _hours(taken: timedelta) -> float:
    return taken / timedelta(hours=1)
