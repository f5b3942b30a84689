# SPDX-License-Identifier: Apache-2.0
"""What was found on the way, and what becomes of it as more is known.

A rule yields `Found`; `judge` makes an `Alert` of it, whose content depends on the events alone. `settle` holds what was
found before against what is found now, and says what to tell people: raised, raised late, changed, withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal

import msgspec

from cocket.tracking.events import NO_CLOCK, TrackingEvent
from cocket.tracking.geometry import Point
from cocket.tracking.receipt import waited_s
from cocket.tracking.thresholds import RULES_VERSION

Severity = Literal["amber", "red"]

#: Every kind of alert, how grave, and what it says to an officer.
KINDS: dict[str, tuple[Severity, str]] = {
    "accuracy-poor": ("amber", "The device reports very inaccurate positions."),
    "affixed-without-leave": (
        "amber",
        "A removed seal was closed again, but not where and when an officer permitted it to be affixed.",
    ),
    "batch-contradicted": ("red", "A signed batch does not match the messages received under its numbers."),
    "batch-incomplete": ("amber", "Messages covered by a signed batch were not received."),
    "battery-implausible": ("amber", "The battery readings are impossible."),
    "battery-pulled": ("red", "Power was disconnected from the device while the seal was intact."),
    "cell-contradicts-place": ("red", "The network cells received are far from the position the device reports."),
    "chain-broken": ("red", "A message does not refer to the preceding message as it should."),
    "clock-wrong": (
        "amber",
        "The device's clock is wrong; its times were corrected by time of receipt, or not used.",
    ),
    "convoy-parted": ("amber", "A vehicle of a convoy has parted from the one that leads it."),
    "corridor-left": ("red", "The device left the assigned route."),
    "device-cloned": ("red", "One identity reports from two places at once."),
    "device-alarm": (
        "amber",
        "The device raised an alarm: help was called for, it is being towed, or its aerial is cut.",
    ),
    "door-opened": ("red", "The door was opened without permission."),
    "equipment-undeclared": ("red", "The device is on a container or vehicle that is not in the documents."),
    "equipment-changed": ("red", "The device is on another container or vehicle than before."),
    "forbidden-area": ("red", "A forbidden area was entered or crossed."),
    "jamming": ("amber", "The device reports, but receives no satellites, or reports jamming."),
    "jamming-area": ("amber", "Several devices lost their satellites in one place at one time."),
    "light-inside": ("red", "There is light inside a closed box."),
    "meeting": ("amber", "Two vehicles that are followed stood side by side where no stop is permitted."),
    "message-forged": ("red", "A message was not signed with the device's key, or belongs to another device."),
    "message-replayed": ("amber", "An old message was sent again after newer ones."),
    "message-unproven": ("amber", "A message has no proof although the device had a key at that time."),
    "number-written-differently": (
        "amber",
        "A seal or container number is written with letters or digits that look alike, or without leading zeros.",
    ),
    "opening-unproven": ("amber", "The seal was opened within a permitted time, but its position is not known."),
    "port-call-contradicted": ("amber", "The vessel was not where its manifest states."),
    "position-frozen": ("amber", "Position and readings do not change in any digit."),
    "position-jump": ("red", "Positions follow each other faster than any vehicle can travel."),
    "running-late": (
        "amber",
        "The goods are later than expected by more than rest and traffic explain, or can no longer arrive in time.",
    ),
    "seal-faulty": ("amber", "The seal reports that it does not work, or is damaged."),
    "seal-not-understood": (
        "amber",
        "The device reports a state of a seal, lock or light in words that are not understood.",
    ),
    "seal-opened": ("red", "The seal was opened without an officer's permission."),
    "seal-swapped": ("red", "Another seal number is reported, but no opening was."),
    "seal-tampered": ("red", "The seal was cut, broken, forced or taken off."),
    "seal-undeclared": ("red", "The seal number differs from that in the documents for this container."),
    "seal-used-twice": ("red", "One seal number is reported from two containers or devices."),
    "sequence-conflict": ("red", "Two messages with the same number have different content."),
    "sequence-reset": ("amber", "The message counter restarted without a reported restart."),
    "shock": ("amber", "A shock beyond what the packing allows."),
    "silence": ("amber", "No message was received for longer than agreed or usual."),
    "spoofing-area": ("red", "Several devices jumped from one place to another at one time."),
    "taken-over-red": ("red", "The journey was taken over with a broken seal or with red alerts that were open."),
    "temperature-excursion": ("amber", "The temperature left the required range, or the range held before."),
    "standing-often": ("amber", "Stops outside permitted places add up to more than rest and traffic explain."),
    "time-backdated": ("red", "A message is dated before messages with lower numbers."),
    "time-future": ("amber", "A message is dated after it was received."),
    "time-limit-exceeded": ("amber", "The goods were not presented within the time limit."),
    "transloading-suspected": ("red", "The box was opened during a stop that is not permitted."),
    "unpermitted-stop": ("amber", "A long stop where none is permitted."),
    "wrong-direction": ("amber", "The vehicle went back along its route."),
}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found.

    Attributes:
        kind: Of `KINDS`.
        events: Events it rests on, in order of time (0..n): none where that nothing came is all there is to tell.
        excess: How far what was measured is beyond the threshold: 1 at it, 2 at twice; infinite if there is no degree.
        thresholds: What was allowed, under names that carry the unit.
        measured: What was found instead, likewise.
        counter_evidence: Arguments against it, in words (0..n).
        fence: Name of the place concerned; None if none.
        anchor: Moment from which it counts (UTC), such as a journey's start or time limit. It names the alert in place of
            the first event where there is none, or where that is another one each time; None where events name it.
        as_of: The moment of our clock on which it rests (UTC), for what is told because nothing came; else None.
        reference: Manifest on which it rests; None if on none.
        severity: Where what it rests on bears less than its kind; None for that of its kind.
    """

    kind: str
    events: tuple[TrackingEvent, ...]
    excess: float = float("inf")
    thresholds: dict[str, float | str] = {}
    measured: dict[str, float | str] = {}
    counter_evidence: tuple[str, ...] = ()
    fence: str | None = None
    anchor: datetime | None = None
    as_of: datetime | None = None
    reference: str | None = None
    severity: Severity | None = None


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something an officer should know.

    Attributes:
        id: 32 hex digits, from kind, subject and what it begins with, an event or a moment: the same whenever it is found
            again.
        kind: Of `KINDS`.
        rule: Kind and version of the rules that found it.
        severity: `red` calls for an act, `amber` for a look.
        subject: Device concerned, or devices, joined by a comma.
        journey: Journey concerned; None if none is known.
        since: Time of the first event by the device's clock, or the moment from which it counts (UTC).
        until: Time of the last; the same moment where there is no event.
        events: Ids of the events it rests on, in order of time (0..n).
        sequences: Their message numbers, where the device counts; as far as known.
        thresholds: What was allowed.
        measured: What was found.
        path: Longitude and latitude of those events, as far as known.
        fence: Name of the place concerned; None if none.
        counter_evidence: Arguments against it (0..n).
        confidence: 0–1, higher is surer: 0.5 at the threshold, 0.67 at twice, towards 1; halved for each piece of
            counter-evidence. A measure of distance, not a probability.
        as_of: The moment of our clock on which it rests (UTC): judged as of that moment, from what had come by then, it is
            found again. None where messages alone tell it.
        reference: Manifest on which it rests; None if on none.
    """

    id: str
    kind: str
    rule: str
    severity: Severity
    subject: str
    journey: str | None = None
    since: datetime
    until: datetime
    events: tuple[str, ...]
    sequences: tuple[int, ...] = ()
    thresholds: dict[str, float | str] = {}
    measured: dict[str, float | str] = {}
    path: tuple[Point, ...] = ()
    fence: str | None = None
    counter_evidence: tuple[str, ...] = ()
    confidence: float
    as_of: datetime | None = None
    reference: str | None = None


#: Kinds that tell of messages and not of goods: of one device they are one alert, however many messages it is about.
OF_MESSAGES = frozenset(
    {
        "batch-contradicted",
        "battery-implausible",
        "chain-broken",
        "clock-wrong",
        "message-replayed",
        "sequence-conflict",
        "sequence-reset",
        "time-backdated",
        "time-future",
    }
)

#: Kinds that one opening of a box raises together, the most telling first.
OF_AN_OPENING = (
    "seal-opened",
    "seal-tampered",
    "seal-swapped",
    "door-opened",
    "light-inside",
    "battery-pulled",
    "transloading-suspected",
)

#: Kinds that one message shows whatever its time: they are as grave where only receipt tells when.
SHOWN_AT_ANY_TIME = frozenset(
    {
        "battery-pulled",
        "cell-contradicts-place",
        "door-opened",
        "equipment-changed",
        "light-inside",
        "seal-opened",
        "seal-swapped",
        "seal-tampered",
    }
)


def weighed_by_time(found: Found) -> Found:
    """A finding with what is to be said of its time: amber at most where it rests on the receipt of messages without a time.

    Args:
        found: What a rule found.
    """
    waited = [waited_s(event) for event in found.events if NO_CLOCK in event.doubts]
    if not waited:
        return found
    measured = {"time": "of receipt: the device's own time is unusable", **found.measured, "waited_s": max(waited)}
    if found.kind in SHOWN_AT_ANY_TIME:
        return msgspec.structs.replace(found, measured=measured)
    counter = "The device states no time that can be used: it is judged by when its messages came."
    return msgspec.structs.replace(
        found, measured=measured, severity="amber", counter_evidence=(*found.counter_evidence, counter)
    )


#: How far apart in time signs of one opening may be.
_ONE_OPENING = timedelta(minutes=10)


def leaders_of(alerts: Iterable[tuple[str, Alert]]) -> dict[str, str]:
    """Which alerts are signs of one opening: of one device on one journey, of different kinds, at one time.

    Args:
        alerts: Id and content of alerts that stand (0..n); of other kinds than `OF_AN_OPENING` they are left out.

    Returns:
        Alert → the alert of the same opening that tells most, which may be itself. Two alerts of one kind are two openings.
    """
    places: dict[tuple[str, str], list[tuple[int, str, Alert]]] = {}
    for name, alert in alerts:
        if alert.kind in OF_AN_OPENING and alert.journey is not None:
            rank = OF_AN_OPENING.index(alert.kind)
            places.setdefault((alert.journey, alert.subject), []).append((rank, name, alert))
    leaders: dict[str, str] = {}
    for several in places.values():
        for rank, name, alert in sorted(several, key=lambda one: one[:2]):
            better = [
                (abs(other.since - alert.since), its_rank, its)
                for its_rank, its, other in several
                if its_rank < rank and _is_at_one_time(other, alert)
            ]
            leaders[name] = leaders[min(better)[2]] if better else name
    return leaders


def _is_at_one_time(one: Alert, other: Alert) -> bool:
    return one.since <= other.until + _ONE_OPENING and other.since <= one.until + _ONE_OPENING


#: Most events that an alert of many findings names: the first and the last ones.
_MOST_EVENTS = 100


def within_budget(found: Iterable[Found], most: int, handled: Iterable[tuple[str, datetime]] = ()) -> tuple[Found, ...]:
    """Findings about one device on one journey, so that none drowns the others: what goes on is counted, not repeated.

    Nothing is counted in an alert that an officer has dealt with: what is done after that is a finding of its own.

    Args:
        found: Findings in any order.
        most: Most findings of one kind and severity (count); kinds that tell of messages alone are one finding in any case.
        handled: Kinds of alerts that officers took up or closed, and when (0..n).

    Returns:
        The first of each kind and severity, and of all the rest one for each time between two acts of officers, whose
        `measured` says how many `occasions` that are.
    """
    kinds: dict[tuple[str, str | None, Severity], list[Found]] = {}
    for each in found:
        kinds.setdefault((each.kind, each.fence, each.severity or KINDS[each.kind][0]), []).append(each)
    acts: dict[str, list[datetime]] = {}
    for kind, at in handled:
        acts.setdefault(kind, []).append(at)
    kept = []
    for (kind, _, _), several in kinds.items():
        several.sort(key=lambda each: (_begins(each), [event.id for event in each.events[:1]]))
        single = 0 if kind in OF_MESSAGES else most - 1
        kept += several[:single]
        times = [] if kind in OF_MESSAGES else acts.get(kind, [])
        stretches: dict[int, list[Found]] = {}
        for each in several[single:]:
            stretches.setdefault(sum(at < _known(each) for at in times), []).append(each)
        kept += [rest[0] if len(rest) < 2 else _of_many(rest) for rest in stretches.values()]
    return tuple(kept)


def _known(found: Found) -> datetime:
    """When what was found was done at the latest: no message is made after it came."""
    return min([_begins(found), *(event.received_at for event in found.events[:1])])


def _begins(found: Found) -> datetime:
    times = [event.time or event.received_at for event in found.events[:1]]
    return found.anchor or (times[0] if times else datetime.min.replace(tzinfo=UTC))


def _of_many(several: list[Found]) -> Found:
    events = {event.id: event for each in several for event in each.events}
    ordered = sorted(events.values(), key=lambda event: (event.time or event.received_at, event.id))
    first = several[0].events[:1]
    half = _MOST_EVENTS // 2
    named = ordered if len(ordered) <= _MOST_EVENTS else [*ordered[:half], *ordered[-half:]]
    measured: dict[str, float | str] = {"occasions": len(several)}
    if any("messages" in each.measured for each in several):
        measured["messages"] = len(ordered)
    return msgspec.structs.replace(
        several[0],
        events=(*first, *(event for event in named if event not in first)),
        excess=max(each.excess for each in several),
        measured={**several[0].measured, **measured},
        severity=None if any(each.severity is None for each in several) else several[0].severity,
        counter_evidence=tuple(
            word for word in several[0].counter_evidence if all(word in each.counter_evidence for each in several)
        ),
    )


def alert_of(found: Found, subject: str, journey: str | None) -> Alert:
    """The alert of a finding.

    Args:
        found: The finding.
        subject: Device or devices.
        journey: Journey, if known.
    """
    times = [event.time or event.received_at for event in found.events] + ([found.anchor] if found.anchor else [])
    begin = found.anchor.isoformat() if found.anchor is not None else found.events[0].id
    about = (found.kind, subject, journey or "", found.fence or "", *((found.reference,) if found.reference else ()))
    name = "\0".join((*about, begin))
    base = 1.0 if found.excess == float("inf") else max(found.excess, 0.0) / (1 + max(found.excess, 0.0))
    return Alert(
        id=sha256(name.encode()).hexdigest()[:32],
        kind=found.kind,
        rule=f"{found.kind}/{RULES_VERSION}",
        severity=found.severity or KINDS[found.kind][0],
        subject=subject,
        journey=journey,
        since=found.anchor or min(times),
        until=max(times),
        events=tuple(event.id for event in found.events),
        sequences=tuple(event.sequence for event in found.events if event.sequence is not None),
        thresholds=found.thresholds,
        measured=found.measured,
        path=tuple((event.position.lon, event.position.lat) for event in found.events if event.position),
        fence=found.fence,
        counter_evidence=found.counter_evidence,
        confidence=round(base / 2 ** len(found.counter_evidence), 3),
        as_of=found.as_of,
        reference=found.reference,
    )


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to tell about an alert.

    Attributes:
        what: `raised` at once, `raised-late` when data came after the fact, `changed`, or `withdrawn` by later data.
        at: When we knew (UTC).
        alert: The alert as it stands, or stood when withdrawn.
        why: Why it was withdrawn, in words; "" where nothing was withdrawn, or whoever told it does not say.
        was: Id under which it was found before, where a late message made it begin under another; else None.
    """

    what: Literal["raised", "raised-late", "changed", "withdrawn"]
    at: datetime
    alert: Alert
    was: str | None = None
    why: str = ""


#: An alert whose newest event was received so much after the fact came late.
_LATE_S = 900.0


def refutation(alert: Alert, events: Iterable[TrackingEvent], told_at: datetime) -> str:
    """Why an alert is withdrawn, in words.

    Args:
        alert: The alert that no longer holds.
        events: What its devices told, all of it.
        told_at: When it was last found (UTC).
    """
    ends = max(alert.until, alert.as_of or alert.until)
    late = [
        event for event in events if event.time and alert.since <= event.time <= ends and event.received_at > told_at
    ]
    if not late:
        return "The data it was compared with changed, not the messages."
    last = max(event.received_at for event in late)
    return f"{len(late)} messages from that time arrived later, the last at {last:%Y-%m-%d %H:%M:%S}Z."


def settle(before: Iterable[Alert], now: Iterable[Alert], at: datetime, late_s: float = _LATE_S) -> tuple[Notice, ...]:
    """What to tell, given what stood and what is found now.

    An alert that goes on under another first event (a late message made it begin earlier) is the same alert, changed.

    Args:
        before: Alerts that stood.
        now: Alerts found from all that is known now.
        at: The time of knowing (UTC); never that of a clock read in here.
        late_s: An alert whose last event is older than this when it is first found is raised late; one that rests on our
            clock is as old as the moment for which it was judged.

    Returns:
        Notices (0..n), in order of the time of their alerts.
    """
    standing, found = {each.id: each for each in before}, {each.id: each for each in now}
    gone = [each for each in standing.values() if each.id not in found]
    notices = []
    for alert in sorted(found.values(), key=lambda each: (each.since, each.id)):
        was = standing.get(alert.id) or _same(alert, gone)
        if was is None:
            is_late = (at - (alert.as_of or alert.until)).total_seconds() > late_s
            notices.append(Notice(what="raised-late" if is_late else "raised", at=at, alert=alert))
            continue
        if was in gone:
            gone.remove(was)
        if was != alert:
            renamed = was.id if was.id != alert.id else None
            notices.append(Notice(what="changed", at=at, alert=alert, was=renamed))
    notices += [Notice(what="withdrawn", at=at, alert=each) for each in gone]
    return tuple(notices)


def in_time(notices: Iterable[Notice], events: Sequence[TrackingEvent]) -> tuple[Notice, ...]:
    """Notices as they are told: late only where the data came late, and not where silence itself is what is told.

    How late is measured from the receipt of the alert's newest event, and not from when it was judged.

    Args:
        notices: What `settle` gave.
        events: What the devices told, all of it.
    """
    told = tuple(notices)
    if not any(notice.what == "raised-late" for notice in told):
        return told
    by_id = {event.id: event for event in events}

    def is_late(notice: Notice) -> bool:
        if notice.alert.as_of is not None or not notice.alert.events:
            return False
        newest = by_id.get(notice.alert.events[-1])
        return newest is None or (newest.received_at - notice.alert.until).total_seconds() > _LATE_S

    return tuple(
        msgspec.structs.replace(notice, what="raised")
        if notice.what == "raised-late" and not is_late(notice)
        else notice
        for notice in told
    )


def _same(alert: Alert, gone: list[Alert]) -> Alert | None:
    """An alert that was of the same kind and subject and shares an event with this one."""
    shared = set(alert.events)
    for each in gone:
        if (each.kind, each.subject, each.journey, each.fence) == (
            alert.kind,
            alert.subject,
            alert.journey,
            alert.fence,
        ) and shared & set(each.events):
            return each
    return None
