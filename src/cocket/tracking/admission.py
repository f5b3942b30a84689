# SPDX-License-Identifier: Apache-2.0
"""Which messages of a device may count, and in which order: a function of the set of messages, whatever way they came.

Messages received twice count once, whenever they come again and under whatever id. A message that is not its device's own
(`chain`), from the future, or older than its number allows, is kept as evidence and does not count. Where two messages bear
one number and differ, neither's readings count unless a chain says which of them is true. A message that merely comes late
counts like any other. Messages of a device that states no time that can be believed count by their receipt (`receipt`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from cocket.tracking.alerts import Found
from cocket.tracking.batches import Batch
from cocket.tracking.chain import LAPSED, is_evidence, sift
from cocket.tracking.clock import read_clock, vouched_for
from cocket.tracking.events import ACCURACY_POOR, IN_DISPUTE, TIME_FROM_RECEIPT, TrackingEvent, shows_breach
from cocket.tracking.geometry import MOST_ERROR_M
from cocket.tracking.receipt import has_no_clock, timed_by_receipt
from cocket.tracking.thresholds import Thresholds

#: Protocols whose sequence numbers count events. In the others it counts transmissions: a buffered message that is sent
#: later has a higher number and an earlier time, rightly.
EVENT_COUNTERS = frozenset({"open-e-seal", "json", "csv"})

#: Attributes that tell how a message stood in bytes, and not what it says.
_OF_FORM = frozenset({"digest", "leaf"})

_NEVER = datetime.min.replace(tzinfo=UTC)

#: Where counters wrap around, in bits; a counter near the end of one of these that starts again has not been reset.
_WRAPS = (8, 16, 24, 32)


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of one device, sorted out.

    Attributes:
        events: Those that count, each once, in order of time.
        refused: Those that do not, in order of their id.
        disputed: Ids of those among `events` whose readings are contradicted by another message of the same number.
        signs: Those that do not count and still show a seal opened, cut or tampered with: no clock takes that back. Those
            whose time says nothing bear the time of their receipt and the doubt `time-from-receipt`, the others `in-dispute`.
        untimed: Those without a time, of a device that else states times, and evidence of what is not the device's own; they
            are kept, and only open doors among them are judged.
        found: What this is to tell people (0..n).
        batches: Batches that the device stated, and what became of each (0..n).
    """

    events: tuple[TrackingEvent, ...]
    refused: tuple[TrackingEvent, ...] = ()
    disputed: frozenset[str] = frozenset()
    signs: tuple[TrackingEvent, ...] = ()
    untimed: tuple[TrackingEvent, ...] = ()
    found: tuple[Found, ...] = ()
    batches: tuple[Batch, ...] = ()


def when(event: TrackingEvent) -> datetime:
    """Time of an event that has one; receipt for the others, which are never judged by it."""
    return event.time or event.received_at


def made_by(event: TrackingEvent) -> datetime:
    """When an event was made at the latest: by its time, and no later than it came, whatever its clock says."""
    return min(when(event), event.received_at)


def in_order(event: TrackingEvent) -> tuple[datetime, int, str]:
    """By time, then number, then id: an order that does not depend on arrival."""
    return when(event), -1 if event.sequence is None else event.sequence, event.id


def admit(events: Iterable[TrackingEvent], limits: Thresholds) -> Admitted:
    """Sort out the messages of one device.

    Args:
        events: Messages of one device, in any order, any of them any number of times.
        limits: The measures.

    Returns:
        What counts, what does not, and why.
    """
    copies = _copies(events)
    once = sorted((one for one, _ in copies), key=in_order)
    found = list(_replayed(copies, limits))
    clock = read_clock(once, limits, EVENT_COUNTERS)
    once = sorted((_believed(event, limits) for event in clock.events), key=in_order)
    found += clock.found
    sifted = sift(event for event in once if not is_evidence(event))
    found += sifted.found
    future = _future([event for event in once if event.id not in clock.adrift], limits)
    refused = sifted.refused | clock.adrift | {event.id for event in future}
    by_receipt = _by_receipt(once, sifted.refused, refused, clock.adrift)
    once = sorted((by_receipt.get(event.id, event) for event in once), key=in_order)
    refused -= by_receipt.keys()
    untimed = tuple(event for event in once if event.time is None)
    found += _told_future(future, limits)
    usable = [event for event in once if event.time is not None and event.id not in refused]
    counted = [
        event
        for event in usable
        if event.sequence is not None and event.protocol in EVENT_COUNTERS and event.id not in by_receipt
    ]
    disputed, conflicts = _conflicts(counted)
    found += conflicts
    for epoch in _epochs(counted, disputed, found):
        refused |= _out_of_time(epoch, limits, found)
    doubtful = [event for event in once if event.id in refused or event.id in disputed or event.time is None]
    timeless = (refused - sifted.refused) | {event.id for event in untimed}
    return Admitted(
        events=tuple(event for event in usable if event.id not in refused),
        refused=tuple(sorted((event for event in once if event.id in refused), key=lambda event: event.id)),
        disputed=frozenset(disputed),
        signs=tuple(_signs(doubtful, timeless)),
        untimed=untimed,
        found=tuple(found),
        batches=sifted.batches,
    )


def _by_receipt(
    once: Sequence[TrackingEvent], not_own: frozenset[str], refused: frozenset[str], adrift: frozenset[str]
) -> dict[str, TrackingEvent]:
    """The messages of a device that states no time that can be believed, at the times of their receipt; of another none."""
    told = [event for event in once if event.id not in not_own and not is_evidence(event)]
    untimed = [event for event in told if event.time is None or event.id in adrift]
    timed = [event for event in told if event.time is not None and event.id not in refused]
    return timed_by_receipt(untimed, EVENT_COUNTERS) if has_no_clock(untimed, timed) else {}


def _believed(event: TrackingEvent, limits: Thresholds) -> TrackingEvent:
    """An event whose word on its own accuracy counts for no more than it can: a device must not widen its own fences.

    What satellites and their geometry show to be a good fix errs by `accuracy_poor_m` at most, any other by what a network
    cell errs by; what is coarser than `no_place_m` is no fix. The attribute `accuracy_told_m` keeps what was said. Latitude
    and longitude 0, in the open sea, are what a receiver without a fix reports.
    """
    place = event.position
    if place is not None and place.lat == 0 and place.lon == 0:
        return msgspec.structs.replace(event, position=None)
    if place is None or (place.accuracy_m or 0) <= limits.accuracy_poor_m:
        return event
    told = place.accuracy_m or 0.0
    is_good = (event.satellites or 0) >= 5 and (place.hdop is None or place.hdop <= 5)
    most = limits.accuracy_poor_m if is_good else MOST_ERROR_M
    is_fix = is_good or told <= limits.no_place_m
    return msgspec.structs.replace(
        event,
        position=msgspec.structs.replace(place, accuracy_m=min(told, most)) if is_fix else None,
        last_position=event.last_position if is_fix else place,
        attributes={**event.attributes, "accuracy_told_m": told},
        doubts=(*event.doubts, ACCURACY_POOR),
    )


def _signs(doubtful: Iterable[TrackingEvent], timeless: frozenset[str] | set[str]) -> Iterator[TrackingEvent]:
    """Of messages that do not count, or that another contradicts, those that show a seal opened, cut or tampered with."""
    for event in doubtful:
        if is_evidence(event) or LAPSED in event.doubts or not shows_breach(event):
            continue
        if event.id in timeless:
            yield msgspec.structs.replace(event, time=event.received_at, doubts=(*event.doubts, TIME_FROM_RECEIPT))
        else:
            yield msgspec.structs.replace(event, doubts=(*event.doubts, IN_DISPUTE))


def _copies(events: Iterable[TrackingEvent]) -> list[tuple[TrackingEvent, datetime]]:
    """Messages, each once, with when the last copy of each came.

    A copy bears the id of another, or the same start, number, time and content: one that came by another way, or was filed
    again, may have another id. What only our receipt adds to a message is no content of it.
    """
    by_id: dict[str, list[TrackingEvent]] = defaultdict(list)
    for event in events:
        by_id[event.id].append(event)
    numbers: dict[tuple[int | None, int | None, datetime | None], list[str]] = defaultdict(list)
    for name, each in by_id.items():
        one = each[0]
        is_one_moment = one.time is not None or (one.boot is not None and one.sequence is not None)
        if is_one_moment and not is_evidence(one):
            numbers[one.boot, one.sequence, one.time].append(name)
    for names in numbers.values():
        if len(names) < 2:
            continue
        alike: dict[bytes, list[str]] = defaultdict(list)
        for name in names:
            alike[_content(by_id[name][0])].append(name)
        for several in alike.values():
            first = min(several)
            for name in several:
                if name != first:
                    by_id[first] += by_id.pop(name)
    named = {event.attributes.get("previous") for each in by_id.values() for event in each}
    return [(_chosen(each, named), max(copy.received_at for copy in each)) for each in by_id.values()]


def _content(event: TrackingEvent) -> bytes:
    """What a message says, in bytes: the same for copies, whatever their id, their form in bytes and their receipt."""
    told = {name: value for name, value in event.attributes.items() if name not in _OF_FORM}
    doubts = tuple(sorted(set(event.doubts) - {LAPSED}))
    plain = msgspec.structs.replace(event, id="", received_at=_NEVER, attributes=told, doubts=doubts)
    return msgspec.json.encode(plain, order="deterministic")


def _chosen(copies: Sequence[TrackingEvent], named: Collection[object]) -> TrackingEvent:
    """Of copies of one message the one under a key that held, then the one that a next message names, else the first.

    It bears the receipt of the first that is under a key that held, as it does.
    """

    def firm(event: TrackingEvent) -> tuple[bool, bool, datetime, str]:
        return LAPSED in event.doubts, event.attributes.get("digest") not in named, event.received_at, event.id

    chosen = min(copies, key=firm)
    is_lapsed = LAPSED in chosen.doubts
    first = min(copy.received_at for copy in copies if (LAPSED in copy.doubts) == is_lapsed)
    return chosen if first == chosen.received_at else msgspec.structs.replace(chosen, received_at=first)


def _replayed(copies: list[tuple[TrackingEvent, datetime]], limits: Thresholds) -> Iterator[Found]:
    """Messages that came again after others had come in between."""
    ordered = sorted(copies, key=lambda copy: in_order(copy[0]))
    receipts = sorted(event.received_at for event, _ in ordered)
    patience = timedelta(seconds=limits.replay_after_s)
    again = []
    for event, last in ordered:
        others = bisect_right(receipts, last - timedelta(microseconds=1)) - bisect_right(
            receipts, event.received_at + patience
        )
        if others > 0:
            again.append((event, (last - event.received_at).total_seconds()))
    if again:
        yield Found(
            kind="message-replayed",
            events=tuple(event for event, _ in again),
            thresholds={"replay_after_s": limits.replay_after_s},
            measured={"messages": len(again), "again_after_s": round(max(after for _, after in again), 1)},
            excess=max(after for _, after in again) / limits.replay_after_s,
        )


def _future(once: list[TrackingEvent], limits: Thresholds) -> list[TrackingEvent]:
    """Messages from after their receipt, unless the numbers around them vouch for their time."""
    vouched = vouched_for(once, limits, EVENT_COUNTERS)
    return [
        event
        for event in once
        if event.time is not None
        and event.time > event.received_at + timedelta(seconds=limits.clock_ahead_s)
        and event.id not in vouched
    ]


def _told_future(future: list[TrackingEvent], limits: Thresholds) -> Iterator[Found]:
    if future:
        lead = max((when(event) - event.received_at).total_seconds() for event in future)
        yield Found(
            kind="time-future",
            events=tuple(future),
            thresholds={"clock_ahead_s": limits.clock_ahead_s},
            measured={"messages": len(future), "ahead_s": round(lead, 1)},
            excess=lead / limits.clock_ahead_s,
        )


def _conflicts(counted: list[TrackingEvent]) -> tuple[set[str], list[Found]]:
    """Messages of one number and one time that differ; two places at once are for the rule on clones."""
    groups: dict[tuple[int | None, int | None, datetime | None], list[TrackingEvent]] = defaultdict(list)
    for event in counted:
        groups[event.boot, event.sequence, event.time].append(event)
    disputed: set[str] = set()
    found = []
    for group in groups.values():
        if len(group) < 2:
            continue
        disputed |= {event.id for event in group}
        places = {(event.position.lat, event.position.lon) for event in group if event.position}
        if len(places) < 2:
            found.append(Found(kind="sequence-conflict", events=tuple(group), measured={"messages": len(group)}))
    return disputed, found


def _epochs(counted: list[TrackingEvent], disputed: set[str], found: list[Found]) -> Iterator[list[TrackingEvent]]:
    """Runs of one counter: one in all where the device counts its starts, else split where numbers begin again."""
    yield [event for event in counted if event.boot is not None]
    run: list[TrackingEvent] = []
    seen: dict[int, datetime] = {}
    for event in counted:
        if event.boot is not None:
            continue
        number = event.sequence or 0
        if run and number < (run[-1].sequence or 0) and (number in seen or number < min(seen)):
            if not _is_wrap(max(seen), number):
                found.append(
                    Found(kind="sequence-reset", events=(event,), measured={"sequence": number, "before": max(seen)})
                )
            yield run
            run, seen = [], {}
        if event.id not in disputed or number not in seen:
            run.append(event)
            seen[number] = when(event)
    yield run


def _is_wrap(highest: int, number: int) -> bool:
    return any(
        highest >= (1 << bits) * 0.95 and highest < 1 << bits and number <= (1 << bits) * 0.05 for bits in _WRAPS
    )


def _out_of_time(epoch: list[TrackingEvent], limits: Thresholds, found: list[Found]) -> set[str]:
    """Messages of one counter whose times do not rise with starts and numbers, by more than a clock may step."""
    numbered = sorted(epoch, key=lambda event: (event.boot or 0, event.sequence or 0, when(event), event.id))
    kept = _longest_rise([when(event) for event in numbered])
    steps = sorted(kept)
    step = timedelta(seconds=limits.clock_step_s)
    back, furthest = [], timedelta(0)
    for place, event in enumerate(numbered):
        if place in kept:
            continue
        at = bisect_right(steps, place)
        early = when(numbered[steps[at - 1]]) - when(event) if at else timedelta(0)
        late = when(event) - when(numbered[steps[at]]) if at < len(steps) else timedelta(0)
        if max(early, late) > step:
            back.append(event)
            furthest = max(furthest, early, late)
    if back:
        found.append(
            Found(
                kind="time-backdated",
                events=tuple(sorted(back, key=in_order)),
                thresholds={"clock_step_s": limits.clock_step_s},
                measured={"messages": len(back), "off_s": furthest.total_seconds()},
                excess=furthest / step,
            )
        )
    return {event.id for event in back}


def _longest_rise(times: list[datetime]) -> set[int]:
    """Places of the longest run of times that never falls; by patience sorting."""
    tails: list[datetime] = []
    tops: list[int] = []
    previous: list[int] = []
    for place, time in enumerate(times):
        pile = bisect_right(tails, time)
        previous.append(tops[pile - 1] if pile else -1)
        if pile == len(tails):
            tails.append(time)
            tops.append(place)
        else:
            tails[pile], tops[pile] = time, place
    kept = set()
    place = tops[-1] if tops else -1
    while place >= 0:
        kept.add(place)
        place = previous[place]
    return kept
