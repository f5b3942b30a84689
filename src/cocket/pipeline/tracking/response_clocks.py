# SPDX-License-Identifier: Apache-2.0
"""How long an alert may wait for each step of the response: acknowledged, a unit on the way, the unit there, the result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cocket.pipeline.tracking.views import AlertAct, ResponseClocks, ResponseStep

#: The step that is due, and how long after an alert was raised it must be done, by severity; a room may be slower at amber.
LIMITS: Final[dict[str, dict[ResponseStep, timedelta]]] = {
    "red": {
        "acknowledge": timedelta(minutes=10),
        "dispatch": timedelta(minutes=30),
        "there": timedelta(hours=2),
        "close": timedelta(hours=24),
    },
    "amber": {"acknowledge": timedelta(hours=8)},
}

#: Step → the acts by which it is done.
_DONE: Final[dict[ResponseStep, tuple[str, ...]]] = {
    "acknowledge": ("acknowledged", "assigned", "dispatched", "there", "closed"),
    "dispatch": ("dispatched", "there", "closed"),
    "there": ("there", "closed"),
    "close": ("closed",),
}


def clocks_of(severity: str, raised: datetime, acts: Sequence[AlertAct], now: datetime | None) -> ResponseClocks:
    """The clocks of an alert.

    Args:
        severity: `red` or `amber`.
        raised: When it was known, UTC.
        acts: What became of it, oldest first.
        now: For when it is asked whether something is overdue, UTC; None for an alert that no longer stands.
    """
    seconds: dict[ResponseStep, float | None] = {}
    for step, kinds in _DONE.items():
        own = kinds if step == "acknowledge" else kinds[:1]
        done = next((act.at for act in acts if act.what in own), None)
        seconds[step] = None if done is None else (done - raised).total_seconds()
    happened = {act.what for act in acts}
    waits = next((step for step in LIMITS[severity] if happened.isdisjoint(_DONE[step])), None)
    due = raised + LIMITS[severity][waits] if waits is not None and now is not None else None
    return ResponseClocks(
        acknowledged_s=seconds["acknowledge"],
        on_the_way_s=seconds["dispatch"],
        there_s=seconds["there"],
        closed_s=seconds["close"],
        waits_for=waits if now is not None else None,
        due=due,
        is_overdue=due is not None and now is not None and due < now,
    )
