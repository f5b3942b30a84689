# SPDX-License-Identifier: Apache-2.0
"""Whether seal, device and container still belong together."""

from __future__ import annotations

from collections.abc import Iterator

from cocket.tracking.alerts import Found
from cocket.tracking.case import Case
from cocket.tracking.events import TrackingEvent
from cocket.tracking.seals import follow, leave_for


def seal_broken(case: Case) -> Iterator[Found]:
    """A seal was opened, cut, swapped or lost its power without an officer's leave for that place and time."""
    events = tuple(event for event in case.events if event.id not in case.admitted.disputed)
    for turn in follow(events, case.journey):
        if turn.alert is None:
            continue
        measured: dict[str, float | str] = {"sign": turn.sign, "before": turn.before, "after": turn.after}
        if turn.number is not None:
            measured["seal"] = turn.number
        counter = (
            ("The officer's leave covers the time; only the place is unknown.",) if turn.leave == "unproven" else ()
        )
        if turn.alert == "battery-pulled":
            counter = ("The seal itself was whole when power was lost.",)
        yield Found(kind=turn.alert, events=(turn.event,), measured=measured, counter_evidence=counter)


def equipment_changed(case: Case) -> Iterator[Found]:
    """A device reports another container or vehicle than before, or than its journey's, and nobody handed it over."""
    known = set(case.journey.equipment) if case.journey else set()
    before: str | None = None
    for event in case.events:
        if event.equipment is None or event.equipment == before or event.id in case.admitted.disputed:
            continue
        is_new = before is not None or (known and event.equipment not in known)
        if is_new and event.equipment not in known and not _handed_over(case, event):
            expected = before or ", ".join(sorted(known))
            yield Found(
                kind="equipment-changed",
                events=(event,),
                thresholds={"expected": expected},
                measured={"equipment": event.equipment},
            )
        before = event.equipment


def _handed_over(case: Case, event: TrackingEvent) -> bool:
    return leave_for("swapped", event, case.around(event), case.journey)[0] == "given"
