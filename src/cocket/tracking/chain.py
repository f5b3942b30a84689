# SPDX-License-Identifier: Apache-2.0
"""What proofs and chains say of a set of messages: which are forged, which a chain vouches for, where a chain breaks.

A message that a door or the tracker could not hold to be its device's own stands here as *evidence*: an event emptied of
all that it claimed, with the reason among its doubts. It is never taken for what happened, and is told of.
Like all of sorting out, this is a function of the set: nothing depends on the order in which messages came.
Source: docs/standards/open-e-seal.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from cocket.tracking.alerts import Found
from cocket.tracking.batches import Batch, batches_of, number_of, told_of_batches
from cocket.tracking.events import TrackingEvent

#: Doubts of a message that somebody else than its device made: a proof that does not hold, or another device's word.
FORGED = frozenset({"proof-wrong", "key-other", "device-other", "key-weak", "key-form"})

#: Doubt of a message whose key the house can no longer read.
KEY_LOST = "key-lost"

#: Doubts of a message of which nobody can say whose it is.
UNPROVEN = frozenset({"proof-missing", "key-unknown", "device-revoked", KEY_LOST})

#: Doubt of a message under a key of the device's own that no longer held when it was received.
LAPSED = "key-ended"


class Sifted(msgspec.Struct, frozen=True):
    """Messages of one device, held against each other.

    Attributes:
        sound: Those against which nothing speaks (0..n).
        refused: Ids of the others, evidence left out.
        found: What this is to tell people (0..n).
        batches: Batches that the device stated, and what became of each (0..n).
    """

    sound: list[TrackingEvent]
    refused: frozenset[str]
    found: tuple[Found, ...]
    batches: tuple[Batch, ...] = ()


def is_evidence(event: TrackingEvent) -> bool:
    """Whether an event stands for a message that was not taken for its device's own."""
    return event.time is None and not FORGED.union(UNPROVEN).isdisjoint(event.doubts)


def told_of(evidence: Iterable[TrackingEvent]) -> Iterator[Found]:
    """What messages that are not the device's own tell of: forgery, or that proof is lacking."""
    several: dict[str, list[TrackingEvent]] = defaultdict(list)
    for event in sorted(evidence, key=lambda event: (event.received_at, event.id)):
        several["message-forged" if FORGED & set(event.doubts) else "message-unproven"].append(event)
    for kind, events in several.items():
        measured: dict[str, float | str] = {
            "messages": len(events),
            "why": ", ".join(sorted({doubt for event in events for doubt in event.doubts})),
        }
        if claims := sorted({str(event.attributes["claims"]) for event in events if "claims" in event.attributes}):
            measured["claims"] = ", ".join(claims[:5])
        yield Found(kind=kind, events=tuple(events), measured=measured)


def sift(events: Iterable[TrackingEvent]) -> Sifted:
    """Hold the messages of one device against each other, as far as they hang on a chain.

    - A message under a key that had ended counts if the chain vouches for it: a message that counts names its hash.
    - Of several messages under one start and number the one counts that the next message names. Where none of them or
      more than one is named, none counts.
    - Where a message does not name the one before it, neither of the two counts; one that names another than the one
      before it does not.
    - A batch that a message states and that counts is held against the messages under its numbers (`batches`).

    Args:
        events: Its messages, each once, evidence left out; those of protocols without a chain pass.
    """
    chained: list[TrackingEvent] = []
    sound: list[TrackingEvent] = []
    for event in events:
        (chained if "digest" in event.attributes and event.sequence is not None else sound).append(event)
    lapsed = _lapsed(chained)
    found = list(told_of(lapsed.values()))
    proven = held = [event for event in chained if event.id not in lapsed]
    refused = set(lapsed)
    for check in (_conflicts, _breaks):
        told, ids = check(held)
        found += told
        refused |= ids
        held = [event for event in held if event.id not in ids]
    batches = batches_of(held, proven)
    found += told_of_batches(batches)
    return Sifted([*sound, *held], frozenset(refused), tuple(found), batches)


def _lapsed(chained: list[TrackingEvent]) -> dict[str, TrackingEvent]:
    """Messages under keys that had ended, and that no chain vouches for."""
    named = {event.attributes.get("previous") for event in chained if LAPSED not in event.doubts}
    left: dict[str, TrackingEvent] = {}
    for event in sorted(chained, key=number_of, reverse=True):
        if LAPSED not in event.doubts:
            continue
        if event.attributes["digest"] in named:
            named.add(event.attributes.get("previous"))
        else:
            left[event.id] = event
    return left


def _conflicts(chained: list[TrackingEvent]) -> tuple[list[Found], set[str]]:
    named = {event.attributes.get("previous") for event in chained}
    groups: dict[tuple[int, int], list[TrackingEvent]] = defaultdict(list)
    for event in chained:
        groups[number_of(event)].append(event)
    found, refused = [], set()
    for group in groups.values():
        if len(group) < 2:
            continue
        true = [event for event in group if event.attributes["digest"] in named]
        refused |= {event.id for event in group if len(true) != 1 or event is not true[0]}
        measured: dict[str, float | str] = {"messages": len(group), "named_by_the_next": len(true)}
        found.append(Found(kind="sequence-conflict", events=tuple(group), measured=measured))
    return found, refused


def _breaks(chained: list[TrackingEvent]) -> tuple[list[Found], set[str]]:
    """Messages whose predecessor is known and is not the one they name; a device that names none has no chain."""
    if not any("previous" in event.attributes for event in chained):
        return [], set()
    by_number = {number_of(event): event for event in chained}
    by_digest = {event.attributes["digest"]: event for event in chained}
    found, refused = [], set()
    for (boot, sequence), event in sorted(by_number.items()):
        before = by_number.get((boot, sequence - 1))
        named = by_digest.get(event.attributes.get("previous", ""))
        if before is not None and named is not before:
            refused |= {before.id, event.id}
            found.append(Found(kind="chain-broken", events=(before, event), measured={"sequence": sequence}))
        elif named is not None and not _is_next(number_of(named), (boot, sequence)):
            refused.add(event.id)
            told: dict[str, float | str] = {"sequence": sequence, "names": named.sequence or 0}
            found.append(Found(kind="chain-broken", events=(event,), measured=told))
    return found, refused


def _is_next(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a message can be the next after another: the next number, or the first of a later start."""
    return other == (one[0], one[1] + 1) or (other[0] > one[0] and other[1] == 1)
