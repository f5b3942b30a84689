# SPDX-License-Identifier: Apache-2.0
"""Whether seal, device and container still belong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cocket.tracking.alerts import Found
from cocket.tracking.case import Case
from cocket.tracking.clock import CORRECTED
from cocket.tracking.events import IN_DISPUTE, NO_CLOCK, TIME_FROM_RECEIPT, TrackingEvent
from cocket.tracking.identity import number_key, number_meant, same_number
from cocket.tracking.seals import LOST, follow, leave_for

#: Kind of the alert that a journey was taken over broken.
TAKEN_OVER_RED: Final = "taken-over-red"


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


def taken_over_red(case: Case) -> Iterator[Found]:
    """A journey was taken over with its seal broken, or with red alerts that nobody had closed."""
    plan = case.journey
    if plan is None:
        return
    state = plan.seal_states.get(case.device or "", "")
    told = plan.taken_over if case.device == plan.devices[0] else ()
    if state in LOST or told:
        measured: dict[str, float | str] = {"handed_over": state} if state in LOST else {}
        measured |= {"open_alerts": ", ".join(told)} if told else {}
        yield Found(kind=TAKEN_OVER_RED, events=(), anchor=plan.starts_at, measured=measured)


def _doubt_of_time(event: TrackingEvent) -> dict[str, float | str]:
    """What is to be said of a time that is not the device's own word."""
    if TIME_FROM_RECEIPT in event.doubts:
        return {"time": "of receipt: the device's own time is unusable"}
    if CORRECTED in event.doubts:
        return {"time": "corrected", "device_time": str(event.attributes["device_time"])}
    return {"time": "in dispute"} if IN_DISPUTE in event.doubts else {}


def equipment_changed(case: Case) -> Iterator[Found]:
    """A device reports another container or vehicle than before, or than its journey's, and nobody handed it over."""
    known = case.journey.equipment if case.journey else ()
    before: str | None = None
    for event in case.events:
        if event.equipment is None or event.id in case.admitted.disputed:
            continue
        if same_number(event.equipment, before, known):
            continue
        is_known = number_meant(event.equipment, known) is not None
        is_new = before is not None or (known and not is_known)
        leave = leave_for("swapped", event, case.around(event), case.journey, case.fixes_near(event))[0]
        if is_new and not is_known and leave != "given":
            expected = before or ", ".join(sorted(known))
            yield Found(
                kind="equipment-changed",
                events=(event,),
                thresholds={"expected": expected},
                measured={"equipment": event.equipment},
                severity="amber" if leave == "unproven" and NO_CLOCK in event.doubts else None,
            )
        before = number_meant(event.equipment, known) or event.equipment


def number_written_differently(case: Case) -> Iterator[Found]:
    """A seal or container number differs by confusable characters or leading zeros alone: O for 0, I for 1, 002 for 0002.

    It counts as the number that it writes, and is worth a look. Each way to write it is told once.
    """
    plan = case.journey
    events = [event for event in case.events if event.id not in case.admitted.disputed]
    yield from spellings(events, plan.seal_numbers if plan else (), plan.equipment if plan else ())


def spellings(
    events: Iterable[TrackingEvent], seals: Iterable[str], equipment: Iterable[str], *, is_whole: bool = False
) -> Iterator[Found]:
    """Numbers that are written otherwise than they are known.

    Args:
        events: Events, in order of time.
        seals: Numbers of seals that are known (0..n).
        equipment: Numbers of containers and vehicles that are known (0..n).
        is_whole: Whether these are all; else the first way in which a device writes a further number is known from then on.
    """
    known = {"seal": list(seals), "equipment": list(equipment)}
    seen = {name: {number_key(one) for one in numbers} for name, numbers in known.items()}
    for event in events:
        expected: list[str] = []
        measured: dict[str, float | str] = {}
        for name, number in (("seal", event.seal.number if event.seal else None), ("equipment", event.equipment)):
            if number is None or number_key(number) in seen[name]:
                continue
            seen[name].add(number_key(number))
            meant = number_meant(number, known[name])
            if meant is not None:
                expected.append(meant)
                measured[name] = number
            elif not is_whole:
                known[name].append(number)
        if measured:
            yield Found(
                kind="number-written-differently",
                events=(event,),
                thresholds={"expected": ", ".join(expected)},
                measured=measured,
            )
