# SPDX-License-Identifier: Apache-2.0
"""The states of a seal: who affixed it, whether it is whole, and what each sign makes of it.

`TRANSITIONS` is the whole machine: state, sign, and whether an officer gave leave for that act, there and then. A pair
that is not in it changes nothing. A seal that was opened without leave or tampered with stays so until an officer
affixes one again: closing it mends nothing. Whatever shows itself opened, cut or tampered with becomes sealed by no message
that says so, and by none while the last reading of any part says so. A sign of a breach is told each time it begins anew:
shown whole since, or shown on after an officer closed its alert. Leave to open ends: a seal that stands open is judged by each report anew.
At the office of destination an opening after arrival is worth a look and no breach, as long as the seal stays there; what
opens or parts once the journey was discharged opens rightly. What came before that was done before it, whatever its clock says.
Source: UN/CEFACT SealConditionCode for conditions; ISO 17712 for what an intact seal proves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from cocket.tracking.admission import made_by, when
from cocket.tracking.events import (
    ACCURACY_POOR,
    IN_DISPUTE,
    NO_CLOCK,
    TIME_FROM_RECEIPT,
    Position,
    SealReading,
    TrackingEvent,
    shows_opened,
    shows_parted,
)
from cocket.tracking.geometry import MOST_ERROR_M, MOST_SLACK_M, Fence
from cocket.tracking.identity import number_meant, same_number
from cocket.tracking.journey import Authority, Journey, Mode
from cocket.tracking.receipt import waited_s
from cocket.tracking.thresholds import FASTEST_M_S

State = Literal["unsealed", "sealed", "open", "breached", "tampered", "powerless", "faulty"]
Sign = Literal["closed", "opened", "parted", "swapped", "faulty", "power-lost", "power-back"]
Leave = Literal["none", "given", "unproven"]

#: State, sign and leave, to the next state and what is to be told; None for nothing.
TRANSITIONS: dict[tuple[State, Sign, Leave], tuple[State, str | None]] = {
    ("unsealed", "closed", "given"): ("sealed", None),
    ("unsealed", "closed", "none"): ("sealed", None),
    ("unsealed", "closed", "unproven"): ("sealed", None),
    ("unsealed", "opened", "unproven"): ("unsealed", "opening-unproven"),
    ("unsealed", "opened", "none"): ("breached", "seal-opened"),
    ("unsealed", "parted", "given"): ("unsealed", None),
    ("unsealed", "parted", "unproven"): ("unsealed", "opening-unproven"),
    ("unsealed", "parted", "none"): ("tampered", "seal-tampered"),
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
    ("open", "opened", "unproven"): ("open", "opening-unproven"),
    ("open", "opened", "none"): ("breached", "seal-opened"),
    ("open", "closed", "given"): ("sealed", None),
    ("open", "closed", "none"): ("sealed", None),
    ("open", "closed", "unproven"): ("sealed", None),
    ("open", "parted", "given"): ("unsealed", None),
    ("open", "parted", "unproven"): ("unsealed", "opening-unproven"),
    ("open", "parted", "none"): ("tampered", "seal-tampered"),
    ("open", "swapped", "none"): ("breached", "seal-swapped"),
    ("open", "swapped", "unproven"): ("open", "opening-unproven"),
    ("powerless", "closed", "none"): ("sealed", None),
    ("powerless", "closed", "unproven"): ("sealed", None),
    ("powerless", "closed", "given"): ("sealed", None),
    ("powerless", "opened", "none"): ("breached", "seal-opened"),
    ("powerless", "opened", "given"): ("open", None),
    ("powerless", "opened", "unproven"): ("open", "opening-unproven"),
    ("powerless", "parted", "none"): ("tampered", "seal-tampered"),
    ("powerless", "parted", "given"): ("unsealed", None),
    ("powerless", "parted", "unproven"): ("unsealed", "opening-unproven"),
    ("powerless", "swapped", "none"): ("breached", "seal-swapped"),
    ("powerless", "swapped", "unproven"): ("powerless", "opening-unproven"),
    ("faulty", "opened", "none"): ("breached", "seal-opened"),
    ("faulty", "opened", "given"): ("open", None),
    ("faulty", "opened", "unproven"): ("open", "opening-unproven"),
    ("faulty", "parted", "none"): ("tampered", "seal-tampered"),
    ("faulty", "parted", "given"): ("unsealed", None),
    ("faulty", "parted", "unproven"): ("unsealed", "opening-unproven"),
    ("faulty", "swapped", "none"): ("breached", "seal-swapped"),
    ("faulty", "swapped", "unproven"): ("faulty", "opening-unproven"),
    ("breached", "opened", "none"): ("breached", "seal-opened"),
    ("breached", "opened", "unproven"): ("breached", "opening-unproven"),
    ("breached", "parted", "none"): ("tampered", "seal-tampered"),
    ("breached", "parted", "unproven"): ("tampered", "seal-tampered"),
    ("breached", "swapped", "none"): ("breached", "seal-swapped"),
    ("breached", "swapped", "unproven"): ("breached", "opening-unproven"),
    ("breached", "closed", "given"): ("sealed", None),
    ("tampered", "opened", "none"): ("tampered", "seal-opened"),
    ("tampered", "opened", "unproven"): ("tampered", "opening-unproven"),
    ("tampered", "parted", "none"): ("tampered", "seal-tampered"),
    ("tampered", "parted", "unproven"): ("tampered", "seal-tampered"),
    ("tampered", "swapped", "none"): ("tampered", "seal-swapped"),
    ("tampered", "swapped", "unproven"): ("tampered", "opening-unproven"),
    ("tampered", "closed", "given"): ("sealed", None),
}

#: What differs of a seal that was removed by leave: it seals again by leave alone, and no other number takes its place.
_REMOVED: dict[tuple[Sign, Leave], tuple[State, str | None]] = {
    ("closed", "given"): ("sealed", None),
    ("closed", "unproven"): ("sealed", "affixed-without-leave"),
    ("closed", "none"): ("unsealed", "affixed-without-leave"),
    ("swapped", "none"): ("unsealed", "seal-swapped"),
}

#: States without integrity: only an officer who affixes a seal ends them.
LOST: frozenset[str] = frozenset({"breached", "tampered"})

#: The sign of a breach that goes on after an officer closed the alert on it, by kind of the alert.
_CLOSED_ABOUT: dict[str, Sign] = {"seal-opened": "opened", "seal-tampered": "parted"}

_ACTS: dict[Sign, tuple[str, ...]] = {
    "closed": ("affix",),
    "opened": ("open", "remove"),
    "parted": ("remove",),
    "swapped": ("affix", "remove"),
}

#: Doubts of events that are believed for what they show broken, and for nothing else.
_UNSURE = frozenset({TIME_FROM_RECEIPT, IN_DISPUTE})

#: A message without a time that may be believed was made at most so long before it came, where leave is asked for.
_UNTIMED_S = 3600

#: A seal may stand open so long after its leave ended, at the place of it, before that is red: an inspection takes longer.
#: So long its place may be unknown within the leave, before that is told: a shed takes the satellites away.
_OVERRUN = timedelta(minutes=30)

#: Two hours after its leave ended, what was opened was closed again, or its device says nothing of that.
_UNHEARD = timedelta(hours=2)

#: A seal that was asked to open does so within this: devices that sleep fetch what they are asked some times a day.
DISARM_HOLDS = timedelta(hours=6)

#: A device that has had no fix yet is taken to be at departure for so long.
_UNPLACED = timedelta(hours=2)

#: A fix may err by so much (metres) before it shows that a place cannot have been reached: reflections and network places do.
_FIX_ERRS_M = 5_000.0


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
        severity: Where the alert bears less than its kind; None for that of its kind.
        counter_evidence: What counts against the alert, in words (0..n).
    """

    event: TrackingEvent
    sign: Sign
    before: State
    after: State
    leave: Leave
    authority: Authority | None
    alert: str | None
    number: str | None
    severity: Literal["amber"] | None = None
    counter_evidence: tuple[str, ...] = ()


def leave_for(
    sign: Sign,
    event: TrackingEvent,
    where: tuple[Position, ...],
    journey: Journey | None,
    fixes: tuple[TrackingEvent, ...] = (),
) -> tuple[Leave, Authority | None]:
    """Whether an officer gave leave for an act at this place and time.

    Args:
        sign: What was done.
        event: When.
        where: Where the seal was then, then just before and just after, as far as known (0..3): one fix may be thrown
            off by a reflection, and a seal is opened standing.
        journey: Whose authorities count; None for none.
        fixes: The last event with a fix before it and the first after it, however long that was (0..2): where nothing can
            have gone from there to the place of a leave, or from that place on to there, the seal was not at that place.
    """
    acts = _ACTS.get(sign, ())
    number = event.seal.number if event.seal else None
    known = journey.seal_numbers if journey else ()
    unproven: Authority | None = None
    for authority in journey.authorities if journey else ():
        is_named = authority.seal is None or number is None or same_number(number, authority.seal, known)
        if authority.act not in acts or not is_named or not _in_time(event, authority):
            continue
        fence = journey.fence(authority.place) if journey else None
        inside: list[bool | None] = [_is_inside(fence, place) if fence else False for place in where]
        if inside and inside[0] is True and ACCURACY_POOR in event.doubts:
            inside[0] = None
        is_given = bool(inside) and (inside[0] is True or (len(inside) > 2 and inside[1:] == [True, True]))
        if is_given and _UNSURE.isdisjoint(event.doubts):
            return "given", authority
        is_unknown = not inside or inside[0] is None
        if is_given or (is_unknown and not (fence and journey and _is_beyond(fence, event, fixes, journey.mode))):
            unproven = authority
    return ("unproven", unproven) if unproven else ("none", None)


def _in_time(event: TrackingEvent, authority: Authority) -> bool:
    if authority.given_at is not None and event.received_at < authority.given_at:
        return False
    slack = timedelta(seconds=_UNTIMED_S if TIME_FROM_RECEIPT in event.doubts else 0)
    return authority.since <= made_by(event) <= authority.until + slack


def _is_beyond(fence: Fence, event: TrackingEvent, fixes: tuple[TrackingEvent, ...], mode: Mode) -> bool:
    """Whether the fixes before and after an event show that it was not in a fence, at the greatest speed of what carries it."""
    if IN_DISPUTE in event.doubts:
        return False
    for fix in fixes:
        if fix.position is None or IN_DISPUTE in fix.doubts or _is_adrift(fix):
            continue
        lasted = abs((when(event) - when(fix)).total_seconds()) + _may_err_s(event) + _may_err_s(fix)
        reach = FASTEST_M_S[mode] * lasted + max(fix.position.accuracy_m or 0.0, _FIX_ERRS_M)
        if fence.outside_m(fix.position) > reach:
            return True
    return False


def _is_adrift(event: TrackingEvent) -> bool:
    """Whether an event bears the time of its receipt though its device states times: when it was made is not known."""
    return TIME_FROM_RECEIPT in event.doubts and NO_CLOCK not in event.doubts


def _may_err_s(event: TrackingEvent) -> float:
    """How long before its time an event may have been made, in seconds."""
    return float(_UNTIMED_S) if _is_adrift(event) else waited_s(event)


def _is_inside(fence: Fence, place: Position) -> bool | None:
    """Whether a place is surely in a fence; None if it is too coarse a place to say. A coarse place gives no leave."""
    apart = fence.outside_m(place)
    if (place.accuracy_m or 0) <= MOST_SLACK_M:
        return fence.holds(place)
    return None if apart <= min(place.accuracy_m or 0, MOST_ERROR_M) else False


def signs_of(event: TrackingEvent, number: str | None, known: Iterable[str] = ()) -> tuple[Sign, ...]:
    """What one event shows of a seal, in the order in which it must have happened.

    Args:
        event: The event.
        number: Number reported before; None if none was.
        known: Numbers of seals beside it (0..n), which are told apart from it however alike they look.
    """
    seal = event.seal or SealReading()
    found: list[Sign] = []
    alarms = set(event.alarms)
    if "power-restored" in alarms or "power-on" in alarms:
        found.append("power-back")
    if number is not None and seal.number is not None and not same_number(seal.number, number, known):
        found.append("swapped")
    if shows_opened(event):
        found.append("opened")
    if shows_parted(event):
        found.append("parted")
    if seal.condition in ("2", "5"):
        found.append("faulty")
    is_shut = seal.lock == "locked" or "lock" in alarms or (seal.condition == "1" and seal.lock is None)
    is_shut = is_shut and not {"opened", "parted"} & set(found)
    if is_shut or (seal.number is not None and seal.lock is None and not found):
        found.append("closed")
    if alarms & {"power-cut", "power-off"} and event.seal is not None and "parted" not in found:
        found.append("power-lost")
    return tuple(found)


def _parts_of(seal: SealReading) -> dict[str, bool]:
    """Which parts of a seal a reading shows broken or open, and which whole; parts of which it says nothing are left out."""
    found = {"lock": seal.lock != "locked", "strap": seal.strap == "cut", "case": seal.case == "opened"}
    told = {name: is_broken for name, is_broken in found.items() if getattr(seal, name) is not None}
    return told if seal.condition is None else {**told, "condition": seal.condition in ("3", "4")}


def state_at_start(journey: Journey | None, device: str | None) -> State:
    """The state in which a device's seal begins a journey: as it is known, else sealed where the journey has seals.

    Args:
        journey: The journey; None if none is known.
        device: The device; None if it is not known.
    """
    if journey is None:
        return "unsealed"
    known = journey.seal_states.get(device or "")
    held = next((state for state in get_args(State) if state == known), None)
    return held or ("sealed" if journey.seals else "unsealed")


def follow(
    events: tuple[TrackingEvent, ...], journey: Journey | None, disarmed: tuple[datetime, ...] = ()
) -> Iterator[Turn]:
    """Follow a seal through events in order of time.

    A journey begins with its seal affixed: before the first sign it is sealed. Without one, the first sign tells. A seal
    that was handed over in another state begins in that one, and one without integrity needs an officer to affix it.

    Args:
        events: Events that count, in order of time.
        journey: The journey; None if none is known.
        disarmed: When an officer asked a seal of the stock to open (UTC, 0..n); on a journey leave says so.
    """
    seal = _Followed(events, journey, disarmed)
    for place in range(len(events)):
        yield from seal.turns(place)


class _Followed:
    """A seal on its way through events in order of time: its state, and what of it was told.

    Args:
        events: Events that count, in order of time.
        journey: The journey; None if none is known.
        disarmed: When an officer asked a seal of the stock to open (UTC, 0..n).
    """

    def __init__(
        self, events: tuple[TrackingEvent, ...], journey: Journey | None, disarmed: tuple[datetime, ...]
    ) -> None:
        self._events, self._journey, self._disarmed = events, journey, disarmed
        self._state: State = state_at_start(journey, events[0].device if events else None)
        self._known = journey.seal_numbers if journey else ()
        self._number = journey.seals[0] if journey and len(journey.seals) == 1 else None
        self._shown: set[Sign] = set()
        self._parts: dict[str, bool] = {}
        told = [
            _parts_of(event.seal) for event in events if event.seal is not None and _UNSURE.isdisjoint(event.doubts)
        ]
        self._told_whole = {name for parts in told for name, is_broken in parts.items() if not is_broken}
        device = events[0].device if events else None
        handled = journey.handlings if journey else ()
        closed = [one for one in handled if one.device == device and one.what == "closed"]
        self._closings = sorted(closed, key=lambda one: one.at, reverse=True)
        self._is_removed = self._state == "unsealed" and bool(journey and journey.seals)
        self._is_over = False
        self._opened_under: Authority | None = None
        self._proven_at: datetime | None = None
        self._is_doubt_told = False
        self._has_arrived = False
        self._fixes: tuple[TrackingEvent, ...] = ()  # the last two that say where it is

    def turns(self, place: int) -> Iterator[Turn]:
        """Changes that the event at a place among them shows (0..n)."""
        event = self._events[place]
        if event.position is not None:
            self._fixes = (*self._fixes[-1:], event)
        is_unsure = not _UNSURE.isdisjoint(event.doubts) and NO_CLOCK not in event.doubts
        shown = signs_of(event, self._number, self._known)
        shown = ("swapped", *shown) if self._is_none_of_plan(event) else shown
        signs = tuple(sign for sign in shown if not is_unsure or sign in ("opened", "parted"))
        self._read_parts(event, is_another="swapped" in signs, is_unsure=is_unsure)
        signs = tuple(sign for sign in signs if sign != "closed" or self._is_whole())
        self._forget_closed(event)
        told = event.seal.number if event.seal and event.seal.number and not is_unsure else self._number
        yet: set[Sign] = set()
        where = around(self._events, place)
        was_open = self._state == "open"
        if was_open and not is_unsure and self._journey is not None:
            yield from self._standing_open(place, where, signs, told)
        for sign in signs:
            if sign == "power-back":
                self._shown.discard("closed")
            is_anew = sign == "swapped" or (sign == "opened" and self._state == "unsealed" and "unlock" in event.alarms)
            if (sign in self._shown and not is_anew) or (sign == "opened" and was_open):
                continue
            is_yet_to_close = self._state == "unsealed" and sign in ("opened", "parted")
            if is_yet_to_close and self._is_no_breach(sign, place, where, is_unsure=is_unsure):
                yet.add(sign)
                continue
            leave, authority = leave_for(sign, event, where, self._journey, fixes_near(self._events, place))
            if sign in ("opened", "parted", "swapped") and (self._is_disarmed(event) or self._is_discharged(event)):
                leave = "given"
            if self._is_removed and sign == "closed" and leave == "none" and self._is_its_own(told):
                leave, authority = leave_for("swapped", event, where, self._journey, fixes_near(self._events, place))
            if is_yet_to_close and sign == "opened" and not is_unsure and "unlock" not in event.alarms:
                yield from self._found_open(event, told, leave)
                continue
            if sign == "opened" and leave == "none" and not is_unsure and self._is_at_destination(place):
                yield from self._opened_at_destination(event, told)
                continue
            yield from self._turn(event, sign, told, (leave, authority))
        if is_unsure:
            self._shown |= set(signs) - yet
        elif event.seal is not None or signs:
            self._shown = set(signs) - yet
        self._number = self._meant(told)
        self._has_arrived = self._has_arrived or self._is_placed_at_destination(event) is True

    def _is_none_of_plan(self, event: TrackingEvent) -> bool:
        """Whether the first number that is told is none of those that the plan names, where it names several."""
        number, seals = event.seal.number if event.seal else None, self._journey.seals if self._journey else ()
        return self._number is None and number is not None and bool(seals) and number_meant(number, seals) is None

    def _read_parts(self, event: TrackingEvent, *, is_another: bool, is_unsure: bool) -> None:
        """Remember the last reading of each part; another seal has parts of its own, and what is unsure shows none whole."""
        if is_another:
            self._parts = {}
        for name, is_broken in _parts_of(event.seal or SealReading()).items():
            if is_broken or not is_unsure:
                self._parts[name] = is_broken

    def _is_whole(self) -> bool:
        """Whether no part was last read cut or open: where integrity is held, of the parts that are told when whole, too."""
        broken = {name for name, is_broken in self._parts.items() if is_broken}
        return not (broken if self._state in LOST else broken & self._told_whole)

    def _forget_closed(self, event: TrackingEvent) -> None:
        """Let a sign begin anew that an event shows after an officer closed the alert on it."""
        while self._closings and self._closings[-1].at < made_by(event):
            sign = _CLOSED_ABOUT.get(self._closings.pop().kind)
            if sign is not None:
                self._shown.discard(sign)

    def _meant(self, told: str | None) -> str | None:
        """The number that was told: the one before or one of the plan where it writes that differently, else as it is told."""
        if told is None or same_number(told, self._number, self._known):
            return self._number
        return number_meant(told, self._known) or told

    def _turn(
        self, event: TrackingEvent, sign: Sign, number: str | None, given: tuple[Leave, Authority | None]
    ) -> Iterator[Turn]:
        """The change that a sign brings under a leave; nothing where it changes and tells nothing."""
        leave, authority = given
        before = self._state
        if self._is_removed:
            after, alert = (before, None) if self._is_over else _REMOVED.get((sign, leave), (before, None))
        else:
            after, alert = TRANSITIONS.get((before, sign, leave), (before, None))
        if after != before or alert:
            yield Turn(
                event=event,
                sign=sign,
                before=before,
                after=after,
                leave=leave,
                authority=authority,
                alert=alert,
                number=number,
            )
        if after == "open" and before != "open":
            self._opened_under, self._is_doubt_told = authority, alert is not None
            self._proven_at = when(event) if leave == "given" else None
        if after == "unsealed" and before != "unsealed" and self._journey is not None:
            self._is_removed = True
            self._is_over = self._is_discharged(event) or (
                authority is not None and authority.place == self._journey.destination.name
            )
        self._is_removed = self._is_removed and after == "unsealed"
        self._state = after

    def _standing_open(
        self, place: int, where: tuple[Position, ...], signs: tuple[Sign, ...], number: str | None
    ) -> Iterator[Turn]:
        """What is to be told of a seal that was opened by leave and stands open: until it is closed, each report counts.

        One that says that it is being closed stood open until then.
        """
        event, under = self._events[place], self._opened_under
        leave, authority = leave_for("opened", event, where, self._journey, fixes_near(self._events, place))
        if leave == "none" and (self._is_discharged(event) or self._is_still_at_destination(where)):
            return
        is_late_only = leave == "none" and self._is_late_only(event, where)
        if leave == "given":
            self._proven_at = when(event)
        is_unproven = leave == "unproven" and (self._proven_at is None or when(event) > self._proven_at + _OVERRUN)
        is_unheard = leave == "none" and under is not None and when(event) > under.until + _UNHEARD
        if "opened" in signs or "lock" in event.alarms:
            if leave == "none" and not is_late_only and self._is_last_fix_alone(place):
                if not self._is_doubt_told:
                    self._is_doubt_told = True
                    counter = "Its last position alone is away from where it may be open, and no other confirms it."
                    yield self._doubt(event, number, counter)
            elif leave == "none" and not is_late_only:
                yield from self._turn(event, "opened", number, (leave, authority))
            elif is_unproven and not self._is_doubt_told:
                self._is_doubt_told = True
                yield from self._turn(event, "opened", number, (leave, authority))
            elif is_late_only and not self._is_doubt_told:
                self._is_doubt_told = True
                counter = "It is still at the place for which permission was given."
                yield self._doubt(event, number, counter)
        elif is_unheard and "closed" not in signs and not self._is_doubt_told:
            self._is_doubt_told = True
            counter = "No report says whether it was closed again."
            yield self._doubt(event, number, counter)

    def _doubt(self, event: TrackingEvent, number: str | None, counter: str) -> Turn:
        """That a seal may stand open beyond its leave: it stays as it is, and is worth a look."""
        return Turn(
            event=event,
            sign="opened",
            before="open",
            after="open",
            leave="none",
            authority=None,
            alert="seal-opened",
            number=number,
            severity="amber",
            counter_evidence=(counter,),
        )

    def _opened_at_destination(self, event: TrackingEvent, number: str | None) -> Iterator[Turn]:
        """That a seal was opened without leave at the office where the goods had arrived: worth a look, and no breach yet.

        It stands open until it is closed; away from there it is judged as one that was opened by leave.
        """
        before = self._state
        after: State = "open" if before in ("sealed", "powerless", "faulty") else before
        counter = "It had arrived at the office of destination."
        if after != before or not self._is_doubt_told:
            yield msgspec.structs.replace(self._doubt(event, number, counter), before=before, after=after)
        self._state, self._opened_under, self._proven_at, self._is_doubt_told = after, None, None, True

    def _is_placed_at_destination(self, event: TrackingEvent) -> bool | None:
        """Whether an event's own fix is surely in the office of destination; None if it has none, or too coarse a one."""
        if self._journey is None or event.position is None or not _UNSURE.isdisjoint(event.doubts):
            return None
        return _is_inside(self._journey.destination, event.position)

    def _is_at_destination(self, place: int) -> bool:
        """Whether an event is surely in the office of destination, and one before it was: it had arrived."""
        return self._has_arrived and self._is_placed_at_destination(self._events[place]) is True

    def _is_still_at_destination(self, where: tuple[Position, ...]) -> bool:
        """Whether a seal that had arrived is not shown elsewhere: there it may stand open, under leave that ended or none.

        One fix that lies elsewhere between two that are there was thrown off. Without a fix near in time the last one says.
        """
        if self._journey is None or not self._has_arrived:
            return False
        near = where or tuple(event.position for event in self._fixes[-1:] if event.position is not None)
        inside = [_is_inside(self._journey.destination, one) for one in near]
        return not inside or inside[0] is not False or (len(inside) > 2 and inside[1:] == [True, True])

    def _is_discharged(self, event: TrackingEvent) -> bool:
        """Whether an event was surely made after the journey was discharged: the seal guards nothing of it any more."""
        ended = self._journey.discharged_at if self._journey else None
        if ended is None or IN_DISPUTE in event.doubts:
            return False
        return min(when(event) - timedelta(seconds=_may_err_s(event)), event.received_at) >= ended

    def _is_its_own(self, number: str | None) -> bool:
        """Whether a number is one of the journey's seals, or none is told: then what was removed may be put on again."""
        own = self._journey.seals if self._journey else ()
        return number is None or any(same_number(number, one, self._known) for one in own)

    def _is_late_only(self, event: TrackingEvent, where: tuple[Position, ...]) -> bool:
        """Whether the leave under which a seal was opened ended just now, and nothing shows the seal elsewhere."""
        under = self._opened_under
        fence = self._journey.fence(under.place) if self._journey and under else None
        if fence is None or under is None or not under.since <= when(event) <= under.until + _OVERRUN:
            return False
        return not where or _is_inside(fence, where[0]) is not False

    def _is_last_fix_alone(self, place: int) -> bool:
        """Whether nothing but the newest fix shows a seal away from where it may stand open: a reflection may have thrown it off.

        The next fix says whether it left; where none comes within the time of an overrun, that one counts.
        """
        under = self._opened_under
        name = under.place if under else self._journey.destination.name if self._journey else None
        fence = self._journey.fence(name) if self._journey and name else None
        if fence is None or len(self._fixes) < 2:
            return False
        before, last = (event.position for event in self._fixes)
        is_near = last is not None and fence.outside_m(last) <= _FIX_ERRS_M
        is_fresh = when(self._events[place]) - when(self._fixes[-1]) <= _OVERRUN
        if not is_fresh or any(each.position for each in self._events[place + 1 :]):
            return False
        return is_near and before is not None and _is_inside(fence, before) is True

    def _is_disarmed(self, event: TrackingEvent) -> bool:
        """Whether a seal of the stock was asked to open before an event, so lately that this is the answer."""
        asked = self._disarmed if self._journey is None else ()
        return any(at <= made_by(event) <= at + DISARM_HOLDS for at in asked)

    def _found_open(self, event: TrackingEvent, number: str | None, leave: Leave) -> Iterator[Turn]:
        """That a seal which was never seen closed is open on the way: nobody knows whether it was affixed. Told once."""
        if leave == "none" and not self._is_doubt_told:
            self._is_doubt_told = True
            counter = "It was never reported closed: it may not have been affixed at departure."
            yield msgspec.structs.replace(self._doubt(event, number, counter), before="unsealed", after="unsealed")

    def _is_no_breach(self, sign: Sign, place: int, where: tuple[Position, ...], *, is_unsure: bool) -> bool:
        """Whether a seal that is not affixed may show itself open or parted: in stock, once removed, and before it is affixed."""
        journey = self._journey
        if self._is_removed or journey is None or (where and journey.departure.holds(where[0])):
            return True
        if sign != "opened" or is_unsure or where:
            return False
        before = next((one for one in self._events[place::-1] if one.position is not None), None)
        if before is not None and before.position is not None:
            return journey.departure.holds(before.position)
        return when(self._events[place]) <= journey.starts_at + _UNPLACED


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


def fixes_near(events: tuple[TrackingEvent, ...], number: int) -> tuple[TrackingEvent, ...]:
    """The last event with a fix before one of some events, and the first after it, however long that was (0..2).

    Args:
        events: Events in order of time.
        number: Which of them.
    """
    before = next((events[each] for each in range(number - 1, -1, -1) if events[each].position is not None), None)
    after = next((events[each] for each in range(number + 1, len(events)) if events[each].position is not None), None)
    return tuple(one for one in (before, after) if one is not None)


#: A place so old still tells in which zone a seal is that reports none itself.
_PLACE_HOLDS_S = 900


def state_at(events: tuple[TrackingEvent, ...], journey: Journey | None, at: datetime) -> State:
    """The state of a seal at a moment.

    Args:
        events: Events that count, in order of time.
        journey: The journey; None if none is known.
        at: The moment (UTC).
    """
    state = state_at_start(journey, events[0].device if events else None)
    for turn in follow(events, journey):
        if made_by(turn.event) <= at:
            state = turn.after
    return state
