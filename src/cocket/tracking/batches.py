# SPDX-License-Identifier: Apache-2.0
"""Whether what a device signed as one batch is what came of it: a function of the set of its messages.

A batch is held against the messages that came under its numbers. One that is lacking is said to be missing, never to be
forged: it may be late, and when it comes the same batch is found to hold. A batch is believed as any message is: by the
device's key where it has one, and by its place in the chain.
Source: docs/standards/open-e-seal.md; RFC 6962 §2.1 (roots).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from cocket.ledger.tree import merkle_root
from cocket.tracking.alerts import Found
from cocket.tracking.events import TrackingEvent

#: `holds`: all messages came and are the ones. `incomplete`: some have not come. `contradicted`: what came is not what the
#: batch is over. `unknown`: it reaches before what is looked at, or a message under its numbers is in dispute or was kept
#: before leaves were.
Outcome = Literal["holds", "incomplete", "contradicted", "unknown"]

Number = tuple[int, int]

_PROTOCOL = "open-e-seal"


class _Stated(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as its message states it (`adapters.open_e_seal`)."""

    batch_first_boot: int
    batch_first: int
    batch_last_boot: int
    batch_last: int
    batch_messages: int
    batch_root: str


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch, and what became of it.

    Attributes:
        event: The message that states it.
        first: Boot and sequence of its first message.
        last: Boot and sequence of its last.
        messages: How many it is over (count).
        outcome: Whether it holds.
        missing: Messages that have not come (count); None where that cannot be told.
        since: A message known from before the first that is missing; None unless it is incomplete.
    """

    event: TrackingEvent
    first: Number
    last: Number
    messages: int
    outcome: Outcome
    missing: int | None
    since: TrackingEvent | None = None


def number_of(event: TrackingEvent) -> Number:
    """Boot and sequence of a message; 0 for what it does not say."""
    return event.boot or 0, event.sequence or 0


def batches_of(sound: Sequence[TrackingEvent], chained: Iterable[TrackingEvent]) -> tuple[Batch, ...]:
    """Hold the batches of one device against its messages.

    Args:
        sound: Its messages on a chain against which nothing speaks, each once.
        chained: These and those that are in dispute with others; none that is unproven.

    Returns:
        One for each batch that is stated by a message of `sound` (0..n), in order of number.
    """
    stated = [(event, batch) for event in sorted(sound, key=number_of) if (batch := _stated(event)) is not None]
    if not stated:
        return ()
    counts = {event.id for event in sound}
    several: dict[Number, list[TrackingEvent]] = defaultdict(list)
    for event in chained:
        several[number_of(event)].append(event)
    known = {number: _only(events, counts) for number, events in sorted(several.items())}
    return tuple(_held(event, batch, known) for event, batch in stated)


def _only(events: list[TrackingEvent], counts: set[str]) -> TrackingEvent | None:
    """The message under a number: the only one, or the only one that counts; None if that is in dispute."""
    true = events if len(events) == 1 else [event for event in events if event.id in counts]
    return true[0] if len(true) == 1 else None


def _stated(event: TrackingEvent) -> _Stated | None:
    if event.protocol != _PROTOCOL or "batch_root" not in event.attributes:
        return None
    try:
        return msgspec.convert(event.attributes, _Stated)
    except msgspec.ValidationError:  # a message of before these names were kept for batches
        return None


def _leaf(event: TrackingEvent | None) -> bytes | None:
    found = event.attributes.get("leaf") if event is not None and event.protocol == _PROTOCOL else None
    try:
        return bytes.fromhex(found) if isinstance(found, str) else None
    except ValueError:
        return None


def _held(event: TrackingEvent, told: _Stated, known: dict[Number, TrackingEvent | None]) -> Batch:
    first, last = (told.batch_first_boot, told.batch_first), (told.batch_last_boot, told.batch_last)
    messages = told.batch_messages
    members = {number: one for number, one in known.items() if first <= number <= last}
    outcome = _outcome((first, last, messages), members, told.batch_root)
    if outcome == "incomplete" and first < next(iter(known)):
        outcome = "unknown"  # what is missing may have come before all that is looked at
    is_incomplete = outcome == "incomplete"
    before = [one for number, one in known.items() if number <= first and one is not None] if is_incomplete else []
    return Batch(
        event=event,
        first=first,
        last=last,
        messages=messages,
        outcome=outcome,
        missing=messages - len(members) if is_incomplete else 0 if outcome == "holds" else None,
        since=before[-1] if before else None,
    )


def _outcome(batch: tuple[Number, Number, int], members: dict[Number, TrackingEvent | None], root: str) -> Outcome:
    first, last, messages = batch
    room = last[1] - first[1] + 1 if first[0] == last[0] else None
    if first > last or (room is not None and room != messages) or len(members) > messages:
        return "contradicted"  # numbers have no gap, so that a batch of other than so many messages is none
    if len(members) < messages:
        return "incomplete"
    if first not in members or last not in members:
        return "contradicted"
    hashes = [leaf for one in members.values() if (leaf := _leaf(one)) is not None]
    if len(hashes) < messages:
        return "unknown"
    return "holds" if merkle_root(hashes).hex() == root else "contradicted"


def told_of_batches(batches: Iterable[Batch]) -> Iterator[Found]:
    """What batches tell that do not hold: each one by itself, named by the message that states it."""
    for batch in batches:
        measured: dict[str, float | str] = {
            "messages": batch.messages,
            "first": "{}.{}".format(*batch.first),
            "last": "{}.{}".format(*batch.last),
        }
        if batch.outcome == "contradicted":
            yield Found(kind="batch-contradicted", events=(batch.event,), measured=measured)
        elif batch.outcome == "incomplete":
            events = (batch.event,) if batch.since is None else (batch.event, batch.since)
            yield Found(kind="batch-incomplete", events=events, measured={**measured, "missing": batch.missing or 0})
