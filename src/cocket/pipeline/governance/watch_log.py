# SPDX-License-Identifier: Apache-2.0
"""From what the house keeps to the log that the watchers read: looks, searches, orders, acts, and what is in the papers.

Ids of events are those of sealed records. Machines are left out; so are internal affairs, who open no dossiers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket.consignment import Paper
from cocket.model import Party as PaperParty
from cocket.oversight import Event, Officer, Party, Watched, WatchLog
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.proposals import KIND as PROPOSAL
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import newest_declaration
from cocket.pipeline.consignment.papers import papers_of
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import StoredLeaf

#: Leaves looked through at once, at most; beyond, the newest.
MOST_LEAVES: Final = 300_000

#: Roles whose accesses are watched.
WATCHED: Final = frozenset({"analyst", "officer", "supervisor", "auditor"})

_KINDS: Final = (
    "look", "assessment", "allocation", "take-over", "assignment", "result", "override", "release", "comment", "merged", "contest",
    PROPOSAL,
)  # fmt: skip
_LOOKS_OF_ONE: Final = frozenset(
    {
        "dossier",
        "content",
        "reasons",
        "advice",
        "order",
        "control order",
        "duties",
        "value",
        "holds",
        "payment",
        "picture",
    }
)
_EXAMINED: Final = ("red", "yellow")
_STRICTNESS: Final = {"green": 0, "blue": 1, "yellow": 2, "red": 3}
_STEP: Final = 20_000
_PAPERS_AT_ONCE: Final = 500


class KeptLog(msgspec.Struct, frozen=True, kw_only=True):
    """What the house keeps of a stretch of time, as the watchers read it.

    Attributes:
        log: The log.
        titles: Consignment → its best name for people.
        is_cut: Whether the oldest was left out.
    """

    log: WatchLog
    titles: dict[str, str]
    is_cut: bool


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What internal affairs know beside the log.

    Attributes:
        decoys: Consignments that are decoys.
        addresses: Officer → home address, as entered.
    """

    decoys: frozenset[str] = frozenset()
    addresses: dict[str, str] = {}


def read_watch_log(
    stores: Stores, connection: Connection, stretch: tuple[datetime, datetime], around: Around
) -> KeptLog:
    """Everything that the watchers look at, between two moments.

    Args:
        stores: The stores.
        connection: The transaction.
        stretch: From when and until when, UTC.
        around: What internal affairs know beside the log.
    """
    since, until = stretch
    newest = stores.leaves.size(connection) - 1
    begin = stores.leaves.first_since(connection, since)
    first = max(begin, newest + 1 - MOST_LEAVES)
    records = stores.leaves.records_between(connection, first, newest, _KINDS)
    doubts = stores.leaves.records_between(connection, first, newest, _doubt_kinds(connection))
    told = [(leaf, msgspec.json.decode(body)) for leaf, body in (*records, *doubts)]
    told = sorted((one for one in told if one[0].at <= until), key=lambda one: one[0].index)
    merged = {str(body["source"]): str(body["target"]) for leaf, body in told if leaf.kind == "merged"}
    reader = _Reader(merged)
    for leaf, body in told:
        reader.take(leaf, body)
    events = [*reader.events, *_changes(stores, connection, first, merged)]
    ids = {event.subject for event in events if event.subject} | {hit for e in events for hit in e.hits} | around.decoys
    consignments, titles = _consignments(stores, connection, ids, around.decoys)
    known = [event for event in events if not event.subject or event.subject in consignments]
    log = WatchLog(
        events=tuple(sorted(known, key=lambda event: (event.at, event.id))),
        consignments=consignments,
        officers=_officers(stores, connection, until, around.addresses),
        since=since,
        until=until,
    )
    return KeptLog(log=log, titles=titles, is_cut=first > begin)


def _doubt_kinds(connection: Connection) -> tuple[str, ...]:
    rows = connection.execute("select distinct kind from record where kind like 'doubt-%%'").fetchall()
    return tuple(str(row[0]) for row in rows)


class _Reader:
    """Turns sealed records into events, in the order of the log."""

    def __init__(self, merged: Mapping[str, str]) -> None:
        self.events: list[Event] = []
        self._merged = merged
        self._lanes: dict[str, str] = {}
        self._readers: dict[str, Callable[[StoredLeaf, dict[str, Any]], Iterable[Event]]] = {
            "look": self._look,
            "assessment": self._assessment,
            "allocation": self._allocation,
            "take-over": self._given,
            "assignment": self._given,
            "result": self._result,
            "override": self._override,
            "release": self._release,
            "comment": self._comment,
            "contest": self._contest,
            PROPOSAL: self._second,
        }

    def take(self, leaf: StoredLeaf, body: dict[str, Any]) -> None:
        """One record."""
        read = self._doubt if leaf.kind.startswith("doubt-") else self._readers.get(leaf.kind)
        self.events += read(leaf, body) if read is not None else ()

    def _event(self, leaf: StoredLeaf, kind: Any, subject: object, officer: object = "", **told: Any) -> Event:
        at = leaf.at.astimezone(UTC)
        return Event(
            id=str(leaf.record), at=at, kind=kind, subject=self._now(str(subject)), officer=str(officer or ""), **told
        )

    def _now(self, consignment: str) -> str:
        """The dossier that one went into, or itself."""
        seen = set()
        while consignment in self._merged and consignment not in seen:
            seen.add(consignment)
            consignment = self._merged[consignment]
        return consignment

    def _look(self, leaf: StoredLeaf, body: dict[str, Any]) -> Iterator[Event]:
        if WATCHED.isdisjoint(body["roles"]) or not body["subjects"]:
            return
        if body["what"] == "search":
            hits = tuple(self._now(one) for one in body["subjects"])
            yield msgspec.structs.replace(self._event(leaf, "search", "", body["who"]), hits=hits)
        elif body["what"] in _LOOKS_OF_ONE:
            yield self._event(leaf, "look", body["subjects"][0], body["who"])

    def _assessment(self, leaf: StoredLeaf, body: dict[str, Any]) -> Iterator[Event]:
        """A consignment comes into the queue with its first lane for an officer, and leaves it with a milder one."""
        consignment, lane = self._now(body["consignment"]), body["lane"]
        was, self._lanes[consignment] = self._lanes.get(consignment), lane
        if lane in _EXAMINED and was not in _EXAMINED:
            yield self._event(leaf, "queued", consignment, lane=lane)
        elif lane not in _EXAMINED and was in _EXAMINED:
            yield self._event(leaf, "done", consignment)

    def _allocation(self, leaf: StoredLeaf, body: dict[str, Any]) -> Iterator[Event]:
        if body["examiner"]:
            yield self._event(leaf, "drawn", body["consignment"], body["examiner"])

    def _given(self, leaf: StoredLeaf, body: dict[str, Any]) -> Iterator[Event]:
        """An order that another put into an examiner's hands, or that he took himself."""
        if body["examiner"]:
            kind = "taken" if leaf.actor == body["examiner"] else "given"
            yield self._event(leaf, kind, body["consignment"], body["examiner"])

    def _result(self, leaf: StoredLeaf, body: dict[str, Any]) -> Iterator[Event]:
        found = {"irregular": True, "conform": False}.get(body.get("conclusion", ""))
        yield self._event(leaf, "result", body["consignment"], leaf.actor, is_found=found)
        yield from self._ended(leaf, body["consignment"])

    def _override(self, leaf: StoredLeaf, body: dict[str, Any]) -> Iterator[Event]:
        """A lane that an officer set; who confirmed it, where that is another, is the second person."""
        consignment = self._now(body["consignment"])
        was = self._lanes.get(consignment)
        becomes = body.get("lane") or "green"
        self._lanes[consignment] = becomes
        if was is not None and _STRICTNESS.get(becomes, 0) != _STRICTNESS.get(was, 0):
            is_milder = _STRICTNESS.get(becomes, 0) < _STRICTNESS.get(was, 0)
            yield self._event(leaf, "lowered" if is_milder else "raised", consignment, body["officer"])
        if leaf.actor != body["officer"]:
            yield self._event(leaf, "second", consignment, leaf.actor)

    def _release(self, leaf: StoredLeaf, body: dict[str, Any]) -> Iterator[Event]:
        """A release without examination is the mildest lane there is."""
        yield self._event(leaf, "lowered", body["consignment"], body["officer"])
        yield from self._ended(leaf, body["consignment"])

    def _ended(self, leaf: StoredLeaf, consignment: object) -> Iterator[Event]:
        yield self._event(leaf, "done", consignment)

    def _comment(self, leaf: StoredLeaf, body: dict[str, Any]) -> Iterator[Event]:
        yield self._event(leaf, "comment", body["consignment"], body["officer"])

    def _doubt(self, leaf: StoredLeaf, body: dict[str, Any]) -> Iterator[Event]:
        yield self._event(leaf, "doubt", body["consignment"], leaf.actor)

    def _contest(self, leaf: StoredLeaf, body: dict[str, Any]) -> Iterator[Event]:
        """A step of a contest that an officer took: he confirmed receipt of it, or answered it."""
        step = body.get("answer") or body.get("acknowledged")
        if step and step["by"] == leaf.actor:
            yield self._event(leaf, "contest", body["consignment"], leaf.actor)

    def _second(self, leaf: StoredLeaf, body: dict[str, Any]) -> Iterator[Event]:
        if body.get("decided_by") and body.get("consignment"):
            yield self._event(leaf, "second", body["consignment"], body["decided_by"])


def _changes(stores: Stores, connection: Connection, first: int, merged: Mapping[str, str]) -> Iterator[Event]:
    """Amendments and cancellations that traders sent."""
    place = first - 1
    while True:
        some, reached = stores.messages.after(connection, place, _STEP)
        changed = [one for one in some if one.outcome == "accepted" and one.function in ("amendment", "cancellation")]
        dossiers = stores.consignments.of_each_message(connection, [one.id for one in changed])
        for message in changed:
            for dossier in dossiers.get(message.id, ()):
                at = message.received.astimezone(UTC)
                subject = merged.get(str(dossier), str(dossier))
                yield Event(id=str(message.id), at=at, kind="changed", subject=subject)
        if reached == place:
            return
        place = reached


def _consignments(
    stores: Stores, connection: Connection, ids: Iterable[str], decoys: frozenset[str]
) -> tuple[dict[str, Watched], dict[str, str]]:
    """What is known of consignments, and what people call them; what is no consignment is left out."""
    wanted = [known for one in sorted(ids) if (known := parse_id(one)) is not None]
    lines = stores.consignments.lines_of(connection, wanted)
    parties: dict[UUID, tuple[tuple[Party, ...], tuple[str, ...]]] = {}
    for start in range(0, len(wanted), _PAPERS_AT_ONCE):
        part = [one for one in wanted[start : start + _PAPERS_AT_ONCE] if one in lines]
        for consignment, papers in papers_of(stores, connection, part).items():
            parties[consignment] = _in_papers(papers)
    sharing: defaultdict[str, set[UUID]] = defaultdict(set)
    for consignment, (_, containers) in parties.items():
        for container in containers:
            sharing[container].add(consignment)
    found = {}
    for consignment, line in lines.items():
        named, containers = parties.get(consignment, ((), ()))
        linked = {str(other) for container in containers for other in sharing[container]} - {str(consignment)}
        found[str(consignment)] = Watched(
            id=str(consignment), office=line.office or "", trader=line.trader or "", parties=named,
            linked=tuple(sorted(linked)), is_honey=str(consignment) in decoys,
        )  # fmt: skip
    return found, {str(consignment): line.title for consignment, line in lines.items()}


def _in_papers(papers: Sequence[Paper]) -> tuple[tuple[Party, ...], tuple[str, ...]]:
    """Names and addresses, and containers, that the declaration names."""
    paper = newest_declaration(tuple(papers))
    if paper is None or paper.declaration is None:
        return (), ()
    shipment = paper.declaration.shipment
    several = (
        shipment.importer, shipment.consignee, shipment.buyer, shipment.seller, shipment.exporter, shipment.consignor,
        paper.declaration.declarant,
    )  # fmt: skip
    named = tuple(dict.fromkeys(_party(one) for one in several if one is not None))
    return named, tuple(one.id for one in shipment.equipment if one.id)


def _party(party: PaperParty) -> Party:
    address = " ".join(part for part in (*party.address, party.postcode, party.city) if part)
    return Party(name=party.name or "", address=address)


def _officers(
    stores: Stores, connection: Connection, now: datetime, addresses: Mapping[str, str]
) -> dict[str, Officer]:
    return {
        name: Officer(id=name, role=role, office=office or "", name=shown, address=addresses.get(name, ""))
        for name, shown, role, office, _, _ in stores.people.staff(connection, now)
        if role in WATCHED
    }
