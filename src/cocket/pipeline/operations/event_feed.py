# SPDX-License-Identifier: Apache-2.0
"""Events out of the log: which leaves are events, and for whom each waits to be sent.

The log is the outbox. Whatever is sealed has its leaf in the transaction that did it, and leaves become visible in their order; so an
event is written with what it tells, and nothing is added to an act for the sake of subscribers. The feed goes through the leaves past
its place, and lets each event wait for every subscriber who may know of it. Where nobody subscribes it reads nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from cocket.control.appointments import APPOINTMENT, Appointment
from cocket.errors import StoreError
from cocket.governance.contest import Contest
from cocket.governance.events import (
    APPOINTMENT_CANCELLED,
    APPOINTMENT_MOVED,
    APPOINTMENT_SET,
    CONTEST_ANSWERED,
    CONTEST_LODGED,
    EVENT_TYPES,
    HOLD_ENDED,
    HOLD_PLACED,
    MANDATE_GIVEN,
    MANDATE_REVOKED,
    OFFERED,
    PING,
    QUESTION_ANSWERED,
    QUESTION_ASKED,
    QUESTION_WITHDRAWN,
    RECEIVED,
    REFUSED,
    RELEASE_TOLD,
    Audience,
)
from cocket.governance.question import Question
from cocket.pipeline.base.document_files import read_body
from cocket.pipeline.base.partner_agreements import AGREEMENT, AgreementOverError, named_agreement
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.contests import CONTEST
from cocket.pipeline.control.questions import QUESTION
from cocket.pipeline.governance.mandates import MANDATE, Mandate, clients_of
from cocket.pipeline.governance.webhooks import EXCHANGE, PINGED, WEBHOOK, Webhook, WebhookAct
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import StoredLeaf
from cocket.stores.operations.event_deliveries import Delivery, EventDeliveries

#: Name of how far the feed has got.
PLACE: Final = "events"

#: The subscriber that the message bus is.
BUS: Final = uuid5(NAMESPACE_URL, "cocket event bus")

#: Leaves gone through at a time (count); how long subscribers are believed to be those of before (seconds).
_AT_ONCE: Final = 5_000
_KNOWN_SECONDS: Final = 1.0


#: Records with which it changes who is told what.
_WHO: Final = (WEBHOOK, MANDATE, AGREEMENT)


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is an event.

    Attributes:
        index: Its leaf.
        record: What the leaf seals.
        type: A name of the catalogue, or that of the test.
        identity: Our id of what it is about.
        senders: Whose it is (0..2).
        at: When, UTC.
    """

    index: int
    record: UUID
    type: str
    identity: str
    senders: tuple[str, ...]
    at: datetime


class Subscriber(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told what.

    Attributes:
        id: His id.
        audience: In which capacity.
        types: Events that he is told (1..n).
        senders: Whose events, and from when on, UTC; None for everybody's.
        own: Those of these senders that are his own, and not of clients (0..n).
        since: From when on he is told anything, UTC.
    """

    id: UUID
    audience: Audience
    types: frozenset[str]
    senders: dict[str, datetime] | None
    own: tuple[str, ...] = ()
    since: datetime

    def told_as(self, one: Happened) -> str | None:
        """Whose event it is to him, "" for nobody's; None where he may not be told, or did not ask to be."""
        if one.type == PING:
            return "" if one.identity == str(self.id) else None
        if one.type not in self.types or one.at < self.since:
            return None
        if self.senders is None or not EVENT_TYPES[one.type].is_of_sender:
            return "" if self.audience != "trader" else None
        names = sorted(one.senders, key=lambda name: name not in self.own)
        return next((name for name in names if name in self.senders and one.at >= self.senders[name]), None)


class EventFeed:
    """Goes through the log, and lets events wait for subscribers.

    Args:
        stores: The stores.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores, self._deliveries = stores, EventDeliveries()
        self._known: tuple[float, tuple[Subscriber, ...]] = (-1.0, ())

    def turn(self, now: datetime) -> bool:
        """Go through what is new; whether there was anything for anybody.

        Raises:
            StoreError: The database does not answer.
        """
        stores = self._stores
        with stores.database.transaction() as connection:
            subscribers = self._subscribers(connection, now)
            at = stores.places.get(connection, PLACE)
            place = int(at) if at is not None else None
            if not subscribers or place is None:
                begun = self._begin(connection, subscribers, place)
                if begun is None:
                    return False
                place = begun
            upto = stores.messages.reach(connection, place, _AT_ONCE)
            if upto <= place:
                return False
            if self._changes(connection, place, upto):  # whoever began since then is told from that moment on
                self._known = (-1.0, ())
                subscribers = self._subscribers(connection, now)
            happened = self._happened(connection, place, upto, subscribers)
            rows = [
                Delivery(
                    subscription=subscriber.id,
                    index=one.index,
                    event=f"evt_{stores.sealer.subject('event', str(one.record))}",
                    type=one.type,
                    identity=one.identity,
                    sender=sender or None,
                    at=one.at,
                    changed=now,
                )
                for one in happened
                for subscriber in subscribers
                if (sender := subscriber.told_as(one)) is not None
            ]
            self._deliveries.add(connection, rows)
            stores.places.put(connection, PLACE, str(upto).encode())
        return bool(rows)

    def _begin(self, connection: Connection, subscribers: tuple[Subscriber, ...], place: int | None) -> int | None:
        """Where to begin: without subscribers nowhere, but not far behind the newest leaf."""
        newest = self._stores.leaves.size(connection) - 1
        if subscribers:
            first = min(one.since for one in subscribers)
            span = self._stores.leaves.between(connection, first, None)
            return span[0] - 1 if span else newest
        if place is None or newest - place > _AT_ONCE:
            if subscribers_of(self._stores, connection, datetime.now(UTC)):  # somebody began since it was looked up
                self._known = (-1.0, ())
                return None
            self._stores.places.put(connection, PLACE, str(newest).encode())
        return None

    def _subscribers(self, connection: Connection, now: datetime) -> tuple[Subscriber, ...]:
        """Who is told anything now, looked up once a second."""
        moment = time.monotonic()
        if moment - self._known[0] > _KNOWN_SECONDS or self._known[0] < 0:
            self._known = (moment, subscribers_of(self._stores, connection, now))
        return self._known[1]

    def _changes(self, connection: Connection, place: int, upto: int) -> bool:
        """Whether who is told what may have changed among the leaves past an index and up to another."""
        try:
            return bool(self._stores.leaves.records_between(connection, place + 1, upto, list(_WHO)))
        except StoreError:  # one of them was altered
            return True

    def _happened(
        self, connection: Connection, index: int, upto: int, subscribers: Iterable[Subscriber]
    ) -> list[Happened]:
        """Events among the leaves past an index and up to another, in their order; of those types alone that somebody is told."""
        wanted = {name for one in subscribers for name in one.types} | {PING}
        found: list[Happened] = []
        if wanted & {RECEIVED, REFUSED}:
            for place, record, sender, at, outcome in self._stores.messages.whose_between(connection, index, upto):
                type_ = RECEIVED if outcome == "accepted" else REFUSED
                if type_ in wanted:
                    found.append(
                        Happened(index=place, record=record, type=type_, identity=str(record), senders=(sender,), at=at)
                    )
        kinds_wanted = [kind for kind, types in _KINDS.items() if wanted & set(types)]
        for leaf, body in self._records(connection, index + 1, upto, kinds_wanted):
            with suppress(msgspec.MsgspecError):
                told = _READERS[leaf.kind](leaf, body)
                if told is not None and told.type in wanted:
                    found.append(told)
        return sorted(found, key=lambda one: one.index)

    def _records(
        self, connection: Connection, first: int, last: int, kinds: list[str]
    ) -> list[tuple[StoredLeaf, bytes]]:
        """Records of some kinds; one that was altered is left out, and holds up no other."""
        try:
            return self._stores.leaves.records_between(connection, first, last, kinds)
        except StoreError:
            found = []
            for index in range(first, last + 1):
                with suppress(StoreError):
                    found += self._stores.leaves.records_between(connection, index, index, kinds)
            return found


def subscribers_of(stores: Stores, connection: Connection, now: datetime) -> tuple[Subscriber, ...]:
    """Everybody who is told anything at a moment: active webhooks, and the message bus (0..n)."""
    found = []
    if stores.settings.event_webhooks:
        for file in stores.case_files.of_kind(connection, WEBHOOK, ("active",)):
            known = read_body(file, Webhook)
            told = subscriber_of(stores, connection, known, now)
            if told is not None:
                found.append(told)
    if stores.settings.nats_url:
        receiving = EventDeliveries().receiving(connection, [BUS]).get(BUS)
        if receiving is None:
            EventDeliveries().know(connection, BUS, now)
        since = datetime.min.replace(tzinfo=UTC) if receiving is not None else now
        types = frozenset(OFFERED["administration"])
        found.append(Subscriber(id=BUS, audience="administration", types=types, senders=None, since=since))
    return tuple(found)


def subscriber_of(stores: Stores, connection: Connection, known: Webhook, now: datetime) -> Subscriber | None:
    """What a webhook is told today; None for nothing, since the agreement is over."""
    senders: dict[str, datetime] | None = dict.fromkeys(known.senders, known.begun)
    types = frozenset(known.types)
    if known.audience == "administration":
        senders = None
    elif known.audience == "partner":
        try:
            under = named_agreement(stores, connection, EXCHANGE, known.agreement)
        except AgreementOverError:
            return None
        given = (
            frozenset(f"org.cocket.{one}" for one in under.exchanges[EXCHANGE]) if under is not None else frozenset()
        )
        types &= given
    elif known.is_with_clients and senders is not None:
        begun = clients_of(stores, connection, known.senders)
        senders |= {client: max(known.begun, since) for client, since in begun.items()}
    place, own = UUID(known.id), known.senders
    return Subscriber(id=place, audience=known.audience, types=types, senders=senders, own=own, since=known.begun)


def _question(leaf: StoredLeaf, body: bytes) -> Happened | None:
    """A question that was just asked has no paper yet; with its answer it is closed, so that each step is told once."""
    told = msgspec.json.decode(body, type=Question)
    names = {"answered": QUESTION_ANSWERED, "withdrawn": QUESTION_WITHDRAWN}
    type_ = names.get(told.state, QUESTION_ASKED if not told.papers else "")
    return _of(leaf, type_, told.id, told.sender) if type_ else None


def _contest(leaf: StoredLeaf, body: bytes) -> Happened | None:
    told = msgspec.json.decode(body, type=Contest)
    if told.state == "answered":
        return _of(leaf, CONTEST_ANSWERED, told.id, told.sender)
    return _of(leaf, CONTEST_LODGED, told.id, told.sender) if told.state == "lodged" and not told.papers else None


def _appointment(leaf: StoredLeaf, body: bytes) -> Happened | None:
    """What a step of an appointment tells; None where it tells its trader nothing."""
    told = msgspec.json.decode(body, type=Appointment)
    names = {"set": APPOINTMENT_SET, "moved": APPOINTMENT_MOVED, "cancelled": APPOINTMENT_CANCELLED}
    return _of(leaf, names[told.told], told.consignment, *told.senders) if told.told else None


def _mandate(leaf: StoredLeaf, body: bytes) -> Happened | None:
    told = msgspec.json.decode(body, type=Mandate)
    return _of(leaf, MANDATE_REVOKED if told.revoked else MANDATE_GIVEN, told.id, told.client, told.agent)


def _consignment(type_: str) -> Callable[[StoredLeaf, bytes], Happened | None]:
    def read(leaf: StoredLeaf, body: bytes) -> Happened | None:
        return _of(leaf, type_, msgspec.json.decode(body, type=_About).consignment)

    return read


def _ping(leaf: StoredLeaf, body: bytes) -> Happened | None:
    return _of(leaf, PING, msgspec.json.decode(body, type=WebhookAct).webhook)


class _About(msgspec.Struct):
    """What the records of consignments have in common."""

    consignment: str


def _of(leaf: StoredLeaf, type_: str, identity: str, *senders: str) -> Happened:
    return Happened(index=leaf.index, record=leaf.record, type=type_, identity=identity, senders=senders, at=leaf.at)


#: Kind of record → the events that it may be, and how it is read.
_KINDS: Final[dict[str, tuple[str, ...]]] = {
    QUESTION: (QUESTION_ASKED, QUESTION_ANSWERED, QUESTION_WITHDRAWN),
    CONTEST: (CONTEST_LODGED, CONTEST_ANSWERED),
    APPOINTMENT: (APPOINTMENT_SET, APPOINTMENT_MOVED, APPOINTMENT_CANCELLED),
    MANDATE: (MANDATE_GIVEN, MANDATE_REVOKED),
    "release": (RELEASE_TOLD,),
    "agency-hold": (HOLD_PLACED,),
    "agency-release": (HOLD_ENDED,),
    PINGED: (PING,),
}
_READERS: Final[dict[str, Callable[[StoredLeaf, bytes], Happened | None]]] = {
    QUESTION: _question,
    CONTEST: _contest,
    APPOINTMENT: _appointment,
    MANDATE: _mandate,
    "release": _consignment(RELEASE_TOLD),
    "agency-hold": _consignment(HOLD_PLACED),
    "agency-release": _consignment(HOLD_ENDED),
    PINGED: _ping,
}
