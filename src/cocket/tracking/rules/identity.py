# SPDX-License-Identifier: Apache-2.0
"""Whether seal, device and container still belong together."""

from __future__ import annotations

from collections.abc import Iterator

from cocket.tracking.alerts import Found
from cocket.tracking.case import Case
from cocket.tracking.clock import CORRECTED
from cocket.tracking.events import IN_DISPUTE, NO_CLOCK, TIME_FROM_RECEIPT, TrackingEvent
from cocket.tracking.identity import number_key, same_number
from cocket.tracking.seals import follow, leave_for


def seal_broken(case: Case) -> Iterator[Found]:
    """A seal was opened, cut, swapped or lost its power without an officer's leave for that place and time."""
    for turn in follow(case.seal_events, case.journey, case.disarmed):
        if turn.alert is None:
            continue
        measured: dict[str, float | str] = {"sign": turn.sign, "before": turn.before, "after": turn.after}
        if turn.number is not None:
            measured["seal"] = turn.number
        measured |= _doubt_of_time(turn.event)
        counter = (
            ("The officer's permission covers the time; only the position is unknown.",)
            if turn.leave == "unproven"
            else ()
        )
        if turn.alert == "battery-pulled":
            counter = ("The seal itself was intact when power was lost.",)
        yield Found(
            kind=turn.alert,
            events=(turn.event,),
            measured=measured,
            counter_evidence=(*counter, *turn.counter_evidence),
            severity=turn.severity,
        )


def _doubt_of_time(event: TrackingEvent) -> dict[str, float | str]:
    """What is to be said of a time that is not the device's own word."""
    if TIME_FROM_RECEIPT in event.doubts:
        return {"time": "of receipt: the device's own time is unusable"}
    if CORRECTED in event.doubts:
        return {"time": "corrected", "device_time": str(event.attributes["device_time"])}
    return {"time": "in dispute"} if IN_DISPUTE in event.doubts else {}


def equipment_changed(case: Case) -> Iterator[Found]:
    """A device reports another container or vehicle than before, or than its journey's, and nobody handed it over."""
    known = {number_key(number) for number in case.journey.equipment} if case.journey else set()
    before: str | None = None
    for event in case.events:
        if event.equipment is None or same_number(event.equipment, before) or event.id in case.admitted.disputed:
            continue
        is_known = number_key(event.equipment) in known
        is_new = before is not None or (known and not is_known)
        leave = leave_for("swapped", event, case.around(event), case.journey, case.fixes_near(event))[0]
        if is_new and not is_known and leave != "given":
            expected = before or ", ".join(sorted(case.journey.equipment if case.journey else ()))
            yield Found(
                kind="equipment-changed",
                events=(event,),
                thresholds={"expected": expected},
                measured={"equipment": event.equipment},
                severity="amber" if leave == "unproven" and NO_CLOCK in event.doubts else None,
            )
        before = event.equipment
