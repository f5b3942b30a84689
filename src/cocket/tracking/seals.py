# SPDX-License-Identifier: Apache-2.0
"""The states of a seal: who affixed it, whether it is whole, and what each sign makes of it.

`TRANSITIONS` is the whole machine: state, sign, and whether an officer gave leave for that act, there and then. A pair
that is not in it changes nothing. A seal that was opened without leave or tampered with stays so until an officer
affixes one again: closing it mends nothing.
Source: UN/CEFACT SealConditionCode for conditions; ISO 17712 for what an intact seal proves.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from cocket.tracking.admission import when
from cocket.tracking.events import Position, SealReading, TrackingEvent
from cocket.tracking.journey import Authority, Journey

State = Literal["unsealed", "sealed", "open", "breached", "tampered", "powerless", "faulty"]
Sign = Literal["closed", "opened", "parted", "swapped", "faulty", "power-lost", "power-back"]
Leave = Literal["none", "given", "unproven"]

#: State, sign and leave, to the next state and what is to be told; None for nothing.
TRANSITIONS: dict[tuple[State, Sign, Leave], tuple[State, str | None]] = {
    ("unsealed", "closed", "given"): ("sealed", None),
    ("unsealed", "closed", "none"): ("sealed", None),
    ("unsealed", "closed", "unproven"): ("sealed", None),
    ("sealed", "opened", "given"): ("open", None),
    ("sealed", "opened", "unproven"): ("open", "opening-unproven"),
    ("sealed", "opened", "none"): ("breached", "seal-opened"),
    ("sealed", "parted", "given"): ("unsealed", None),
    ("sealed", "parted", "unproven"): ("unsealed", "opening-unproven"),
    ("sealed", "parted", "none"): ("tampered", "seal-tampered"),
    ("sealed", "swapped", "given"): ("sealed", None),
    ("sealed", "swapped", "unproven"): ("sealed", "opening-unproven"),
    ("sealed", "swapped", "none"): ("breached", "seal-swapped"),
    ("sealed", "faulty", "none"): ("faulty", "seal-faulty"),
    ("sealed", "faulty", "given"): ("faulty", "seal-faulty"),
    ("sealed", "faulty", "unproven"): ("faulty", "seal-faulty"),
    ("sealed", "power-lost", "none"): ("powerless", "battery-pulled"),
    ("sealed", "power-lost", "given"): ("powerless", None),
    ("sealed", "power-lost", "unproven"): ("powerless", "battery-pulled"),
    ("open", "closed", "given"): ("sealed", None),
    ("open", "closed", "none"): ("sealed", None),
    ("open", "closed", "unproven"): ("sealed", None),
    ("open", "parted", "given"): ("unsealed", None),
    ("open", "parted", "unproven"): ("unsealed", "opening-unproven"),
    ("open", "parted", "none"): ("tampered", "seal-tampered"),
    ("open", "swapped", "none"): ("breached", "seal-swapped"),
    ("powerless", "power-back", "given"): ("sealed", None),
    ("powerless", "power-back", "none"): ("sealed", None),
    ("powerless", "power-back", "unproven"): ("sealed", None),
    ("powerless", "closed", "none"): ("sealed", None),
    ("powerless", "closed", "given"): ("sealed", None),
    ("powerless", "opened", "none"): ("breached", "seal-opened"),
    ("powerless", "opened", "given"): ("open", None),
    ("powerless", "parted", "none"): ("tampered", "seal-tampered"),
    ("powerless", "parted", "given"): ("unsealed", None),
    ("powerless", "swapped", "none"): ("breached", "seal-swapped"),
    ("faulty", "opened", "none"): ("breached", "seal-opened"),
    ("faulty", "opened", "given"): ("open", None),
    ("faulty", "parted", "none"): ("tampered", "seal-tampered"),
    ("faulty", "parted", "given"): ("unsealed", None),
    ("faulty", "swapped", "none"): ("breached", "seal-swapped"),
    ("breached", "parted", "none"): ("tampered", "seal-tampered"),
    ("breached", "swapped", "none"): ("breached", "seal-swapped"),
    ("breached", "closed", "given"): ("sealed", None),
    ("tampered", "closed", "given"): ("sealed", None),
}

_ACTS: dict[Sign, tuple[str, ...]] = {
    "closed": ("affix",),
    "opened": ("open", "remove"),
    "parted": ("remove",),
    "swapped": ("affix", "remove"),
}
_PARTED = frozenset({"rope-cut", "tampering", "removing"})


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a seal.

    Attributes:
        event: The event that showed it.
        sign: What it showed.
        before: State before.
        after: State after.
        leave: Whether an officer gave leave; `unproven` if the time fits and the place is not known.
        authority: That leave; None if there is none.
        alert: Kind of alert; None for none.
        number: Seal number from now on; None if unknown.
    """

    event: TrackingEvent
    sign: Sign
    before: State
    after: State
    leave: Leave
    authority: Authority | None
    alert: str | None
    number: str | None


def leave_for(
    sign: Sign, event: TrackingEvent, where: tuple[Position, ...], journey: Journey | None
) -> tuple[Leave, Authority | None]:
    """Whether an officer gave leave for an act at this place and time.

    Args:
        sign: What was done.
        event: When.
        where: Where the seal was then, then just before and just after, as far as known (0..3): one fix may be thrown
            off by a reflection, and a seal is opened standing.
        journey: Whose authorities count; None for none.
    """
    acts = _ACTS.get(sign, ())
    number = event.seal.number if event.seal else None
    unproven: Authority | None = None
    for authority in journey.authorities if journey else ():
        is_meant = authority.act in acts and (authority.seal is None or number is None or authority.seal == number)
        if not is_meant or not authority.since <= when(event) <= authority.until:
            continue
        fence = journey.fence(authority.place) if journey else None
        if not where:
            unproven = authority
        elif fence is not None and (fence.holds(where[0]) or (len(where) > 2 and all(map(fence.holds, where[1:])))):
            return "given", authority
    return ("unproven", unproven) if unproven else ("none", None)


def signs_of(event: TrackingEvent, number: str | None) -> tuple[Sign, ...]:
    """What one event shows of a seal, in the order in which it must have happened.

    Args:
        event: The event.
        number: Number reported before; None if none was.
    """
    seal = event.seal or SealReading()
    found: list[Sign] = []
    alarms = set(event.alarms)
    if "power-restored" in alarms or "power-on" in alarms:
        found.append("power-back")
    if number is not None and seal.number is not None and seal.number != number:
        found.append("swapped")
    if seal.lock in ("unlocked", "open") or "unlock" in alarms:
        found.append("opened")
    if seal.strap == "cut" or seal.case == "opened" or seal.condition in ("3", "4") or alarms & _PARTED:
        found.append("parted")
    if seal.condition in ("2", "5"):
        found.append("faulty")
    is_shut = seal.lock == "locked" or "lock" in alarms or (seal.condition == "1" and seal.lock is None)
    if is_shut or (seal.number is not None and seal.lock is None and not found):
        found.append("closed")
    if alarms & {"power-cut", "power-off"} and event.seal is not None and "parted" not in found:
        found.append("power-lost")
    return tuple(found)


def follow(events: tuple[TrackingEvent, ...], journey: Journey | None) -> Iterator[Turn]:
    """Follow a seal through events in order of time.

    A journey begins with its seal affixed: before the first sign it is sealed. Without one, the first sign tells.

    Args:
        events: Events that count, in order of time.
        journey: The journey; None if none is known.
    """
    state: State = "sealed" if journey and journey.seals else "unsealed"
    number = journey.seals[0] if journey and len(journey.seals) == 1 else None
    shown: set[Sign] = set()
    for place, event in enumerate(events):
        signs = signs_of(event, number)
        for sign in signs:
            if sign in shown and sign != "swapped":
                continue
            leave, authority = leave_for(sign, event, around(events, place), journey)
            after, alert = TRANSITIONS.get((state, sign, leave), (state, None))
            told = event.seal.number if event.seal and event.seal.number else number
            if after != state or alert:
                yield Turn(
                    event=event,
                    sign=sign,
                    before=state,
                    after=after,
                    leave=leave,
                    authority=authority,
                    alert=alert,
                    number=told,
                )
            state = after
        if event.seal is not None or signs:
            shown = set(signs)
        number = event.seal.number if event.seal and event.seal.number else number


def around(events: tuple[TrackingEvent, ...], number: int) -> tuple[Position, ...]:
    """Where a device was at an event, then just before and just after it, as far as known.

    Args:
        events: Events in order of time.
        number: Which of them.
    """
    found: list[Position] = []
    for each in (number, number - 1, number + 1):
        if not 0 <= each < len(events):
            continue
        place = events[each].position
        is_near = abs((when(events[number]) - when(events[each])).total_seconds()) <= _PLACE_HOLDS_S
        if place is not None and is_near:
            found.append(place)
    return tuple(found)


#: A place so old still tells in which zone a seal is that reports none itself.
_PLACE_HOLDS_S = 900


def state_at(events: tuple[TrackingEvent, ...], journey: Journey | None, at: datetime) -> State:
    """The state of a seal at a moment.

    Args:
        events: Events that count, in order of time.
        journey: The journey; None if none is known.
        at: The moment (UTC).
    """
    state: State = "sealed" if journey and journey.seals else "unsealed"
    for turn in follow(events, journey):
        if when(turn.event) <= at:
            state = turn.after
    return state
