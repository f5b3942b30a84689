# SPDX-License-Identifier: Apache-2.0
"""What sources tell us by themselves, and how asking them by themselves goes: notifications of ONE Record, subscriptions at sources, and
schedules.

A notification is believed for one thing alone: that its sender says something changed. What changed is asked at the source, under its
agreement, and sealed like any pull; the object that a notification brings is not read.

Policy actions: `message:lodge`, `source:keep`, `source:read`.
Source: ONE Record API 2.3, subscriptions (subscriber), notifications.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec

from cocket.errors import SenderError
from cocket.exchange.source_client import must_answer
from cocket.exchange.sources import Identifier, Source, holds
from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, Place
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.partners.connectors import client_of
from cocket.pipeline.partners.pulls import allowed_fields
from cocket.pipeline.partners.sources import agreement_of, every_source
from cocket.standards.json import parse_json, write_json
from cocket.standards.one_record.notifications import (
    EVENTS,
    SubscriptionTerms,
    Told,
    read_notification,
    require_topic,
    write_subscription,
)
from cocket.standards.one_record.objects import expanded
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection

#: Kinds of sealed documents: what a source told, a subscription at one, and how asking one by itself goes.
TOLD: Final = "source-notice"
SUBSCRIPTION: Final = "source-subscription"
WORK: Final = "source-work"

#: What waits to be pulled of one source, and what is listed (counts).
MOST_WAITING: Final = 1000
MOST_LISTED: Final = 200

_TYPE: Final = "application/ld+json; version=2.3.0"
_KIND: Final = "one-record"
_SUBSCRIPTIONS: Final = "subscriptions"


class SourceNotice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a source told of one thing; also its sealed record. What it tells again before it was asked is the same.

    Attributes:
        source: Which.
        about: Address of the object, or of the request.
        event: What it said last.
        sender: Sender whose key brought it.
        times: How often it was told and asked since (count).
        at: When it was told last, UTC.
        state: `waiting` to be pulled, `pulled`, or `noted` where there is nothing to pull.
        outcome: What came of the last pull; empty before the first.
        problem: Why nothing came, in words.
    """

    source: str
    about: str
    event: str
    sender: str
    times: int = 1
    at: datetime
    state: Literal["waiting", "pulled", "noted"]
    outcome: str = ""
    problem: str = ""

    @property
    def name(self) -> str:
        """The name of its document."""
        return f"{self.source} {sha256(self.about.encode()).hexdigest()}"


class SourceSubscription(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A subscription of ours at a source; also its sealed record: to what, at which address it is kept there, and whether it ended."""

    source: str
    topic: str
    topic_type: str
    location: str
    by: str
    at: datetime
    state: Literal["asked", "ended"] = "asked"


class SourceWork(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How asking a source by itself goes; also its sealed record.

    Attributes:
        source: Which.
        hour: When the hour began in which `asked` counts, UTC.
        asked: Questions in that hour (count).
        looked: When consignments were looked through last, UTC.
        waiting: Consignments that wait for what it has, among those that were looked at then (count).
        came: Documents that came of all questions (count).
        last: When it answered last, UTC; None for never.
        failures: Questions in a row that it did not answer (count).
        since: Since when it does not answer, UTC; None where it does.
        again: When it is asked again, UTC; None where nothing holds it up.
        problem: Why it is not asked at present, in words; empty where it is.
    """

    source: str
    hour: datetime
    asked: int = 0
    looked: datetime | None = None
    waiting: int = 0
    came: int = 0
    last: datetime | None = None
    failures: int = 0
    since: datetime | None = None
    again: datetime | None = None
    problem: str = ""


class FollowingView(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of sources that are asked, or tell, by themselves.

    Attributes:
        work: How asking each goes, by source (0..n).
        notices: What was told last (0..200).
        subscriptions: Subscriptions of ours that have not ended (0..n).
    """

    work: tuple[SourceWork, ...]
    notices: tuple[SourceNotice, ...]
    subscriptions: tuple[SourceSubscription, ...]


class Following(Service):
    """Being told by sources.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def take(self, principal: Principal, body: bytes) -> SourceNotice:
        """Take a notification in; sealed. What it is about is pulled later, by the role `events`.

        Args:
            principal: Whose key brought it.
            body: A notification, as JSON-LD.

        Raises:
            PolicyError: The principal may send for no sender.
            SenderError: It is no notification, or no agreement lets this sender tell us of an object at that address (code
                `one-record-partner`), or too many wait.
        """
        told = read_notification(parse_json(body))
        with self._stores.database.transaction() as connection:
            source, sender = self._teller(connection, principal, told)
            made = SourceNotice(
                source=source.id,
                about=told.object or told.request,
                event=told.event,
                sender=sender,
                at=datetime.now(UTC),
                state="waiting" if told.object and told.event != "LOGISTICS_OBJECT_ACCESS_GRANTED" else "noted",
            )
            known = self._files.read(connection, TOLD, made.name, SourceNotice, to_change=True)
            if known is not None and known.state == made.state:
                return known  # the same again before anything was done: one pull is enough
            if known is not None:
                made = msgspec.structs.replace(made, times=known.times + 1)
            elif len(waiting_of(self._stores, connection, source.id)) >= MOST_WAITING:
                raise SenderError("Too many notifications of this source wait.", code="one-record-number")
            self._access.seal(connection, *write_told(self._files, connection, made, principal.id))
        return made

    def offered(self, principal: Principal, topic_type: str, topic: str, base: str) -> tuple[dict[str, Any], ...]:
        """What we want to be told of by the server of this principal: a subscription, where an agreement lets it tell us (0..1).

        Args:
            principal: Who asks; a publisher.
            topic_type: Whether it is one object, or a class of them.
            topic: Address of the object, or IRI of the class.
            base: Address of our server.

        Raises:
            PolicyError: The principal may send for no sender.
            SenderError: There is no such topic.
        """
        kind = require_topic(topic_type, topic)
        topic = topic if kind == "LOGISTICS_OBJECT_IDENTIFIER" else expanded(topic, None)
        about = topic if kind == "LOGISTICS_OBJECT_IDENTIFIER" else ""
        with self._stores.database.transaction() as connection:
            if self._tellers(connection, principal, about):
                terms = SubscriptionTerms(subscriber=base, topic_type=kind, topic=topic, events=EVENTS)
                return (write_subscription(terms),)
        return ()

    def subscribe(self, principal: Principal, source_id: str, topic_type: str, topic: str) -> SourceSubscription:
        """Subscribe at a source; sealed.

        Args:
            principal: Who does.
            source_id: A source of the kind `one-record` whose agreement lets us be told, with the option `subscriber`: the address of
                our organization that it knows.
            topic_type: Whether to one object, or to a class of them.
            topic: Address of the object, or IRI of the class.

        Raises:
            AgreementOverError: Its agreement does not hold.
            NotFoundError: There is no such source.
            PartnerError: It did not take the subscription.
            PolicyError: The principal may not.
            SenderError: The source cannot be subscribed at, or there is no such topic.
        """
        self._access.require(principal, "source:keep")
        kind = require_topic(topic_type, topic)
        with self._stores.database.transaction() as connection:
            source = self._subscribable(connection, source_id)
        subscriber = source.options.get("subscriber", "")
        if not subscriber:
            raise SenderError(
                "The source does not name us.", code="source-subscription", expected="subscriber in options"
            )
        terms = SubscriptionTerms(subscriber=subscriber, topic_type=kind, topic=topic, events=EVENTS)
        with closing(client_of(self._stores.settings, source)) as client:
            headers = {"content-type": _TYPE, "accept": _TYPE}
            answer = must_answer(
                client.send("POST", _SUBSCRIPTIONS, write_json(write_subscription(terms)), headers), 201
            )
        location = answer.headers.get("location", "").strip()
        if not location or len(location) > 500 or not location.isprintable():
            raise SenderError("The source does not say where the subscription is kept.", code="source-subscription")
        made = SourceSubscription(
            source=source.id, topic=topic, topic_type=kind, location=location, by=principal.id, at=datetime.now(UTC)
        )
        with self._stores.database.transaction() as connection:
            self._files.keep(connection, SUBSCRIPTION, f"{source.id} {location}", (made, principal), made.state)
        return made

    def unsubscribe(self, principal: Principal, source_id: str, location: str) -> SourceSubscription:
        """End a subscription at a source; sealed.

        Raises:
            NotFoundError: There is no such source or subscription.
            PartnerError: The source did not end it.
            PolicyError: The principal may not.
        """
        self._access.require(principal, "source:keep")
        name = f"{source_id} {location}"
        with self._stores.database.transaction() as connection:
            source = next((one for one in every_source(self._files, connection) if one.id == source_id), None)
            found = self._files.read(connection, SUBSCRIPTION, name, SourceSubscription)
        if source is None or found is None or found.state == "ended":
            raise NotFoundError("There is no such subscription.")
        with closing(client_of(self._stores.settings, source)) as client:
            path = _below(source.url, location) if location.startswith("/") else location
            must_answer(client.send("DELETE", path, b"", {"accept": _TYPE}), 200, 204, 404, 410)
        made = msgspec.structs.replace(found, state="ended", at=datetime.now(UTC))
        with self._stores.database.transaction() as connection:
            self._files.keep(connection, SUBSCRIPTION, name, (made, principal), made.state)
        return made

    def view(self, principal: Principal) -> FollowingView:
        """How asking sources by themselves goes, and what they told. The look is sealed.

        Raises:
            PolicyError: The principal may see none.
        """
        self._access.require(principal, "source:read")
        with self._stores.database.transaction() as connection:
            work = sorted(self._files.every(connection, WORK, SourceWork), key=lambda one: one.source)
            notices = self._files.every(connection, TOLD, SourceNotice)[:MOST_LISTED]
            kept = self._files.every(connection, SUBSCRIPTION, SourceSubscription, ("asked",))
            named = sorted(
                {*(one.source for one in work), *(one.source for one in notices), *(one.source for one in kept)}
            )
            self._access.seal(connection, self._access.record(principal, "sources", tuple(named) or ("none",)))
        return FollowingView(work=tuple(work), notices=notices, subscriptions=kept)

    def _subscribable(self, connection: Connection, source_id: str) -> Source:
        source = next((one for one in every_source(self._files, connection) if one.id == source_id), None)
        if source is None:
            raise NotFoundError("There is no such source.")
        if source.kind != _KIND or not source.is_enabled:
            raise SenderError("This source takes no subscriptions.", code="source-subscription", expected=_KIND)
        if _SUBSCRIPTIONS not in allowed_fields(source, agreement_of(self._stores, connection, source)):
            raise SenderError(
                "The agreement does not let this source notify us.",
                code="source-subscription",
                expected=_SUBSCRIPTIONS,
            )
        return source

    def _teller(self, connection: Connection, principal: Principal, told: Told) -> tuple[Source, str]:
        """The source that tells, and its sender."""
        found = self._tellers(connection, principal, told.object or told.request)
        if not found:
            raise SenderError(
                "No agreement lets this sender notify us of what lies at that address.",
                code="one-record-partner",
                found=(told.object or told.request)[:200] or None,
            )
        return found[0]

    def _tellers(self, connection: Connection, principal: Principal, about: str) -> list[tuple[Source, str]]:
        """Sources that may tell us of what lies at an address (empty for any), each with its sender (0..n)."""
        own = msgspec.structs.replace(principal, senders=principal.by_right)
        senders = [one for one in own.senders if self._access.may(own, "message:lodge", Resource(sender=one))]
        if not senders:
            self._access.require(own, "message:lodge", Resource(sender=None))
        found = []
        for source in every_source(self._files, connection):
            if source.kind != _KIND or not source.is_enabled or not (not about or _lies_at(source, about)):
                continue
            try:
                agreement = agreement_of(self._stores, connection, source)
            except SenderError:
                continue  # an agreement that does not hold lets nobody tell anything
            sender = next((one for one in senders if one in agreement.senders), "")
            if sender and _SUBSCRIPTIONS in allowed_fields(source, agreement):
                found.append((source, sender))
        return found


def write_told(files: DocumentFiles, connection: Connection, made: SourceNotice, who: str) -> list[NewRecord]:
    """Keep what a source told as it stands; what is to be sealed as the last act (0..1)."""
    waits = (("waits-for", made.source),) if made.state == "waiting" else ()
    place = Place(state=made.state, names=(("name", made.name), *waits))
    record = files.write(connection, TOLD, made.name, (made, who), place)
    return [record] if record is not None else []


def waiting_of(stores: Stores, connection: Connection, source_id: str) -> tuple[SourceNotice, ...]:
    """What a source told and is not asked for yet, the first first (0..n)."""
    key = ("waits-for", source_id)
    files = stores.case_files.found_by(connection, TOLD, [key]).get(key, [])
    return tuple(msgspec.json.decode(one.body, type=SourceNotice) for one in files)


def _lies_at(source: Source, about: str) -> bool:
    """Whether an address is one of a source: on its host, below its address, and among what it holds."""
    own, at = urlsplit(source.url), urlsplit(about)
    is_below = at.path.startswith(f"{own.path.rstrip('/')}/") and ".." not in at.path.split("/")
    if (own.scheme, own.netloc) != (at.scheme, at.netloc) or not is_below or "%" in at.path:
        return False
    is_object = "/logistics-objects/" in at.path
    return not is_object or holds(source, Identifier(type="logistics-object", value=about))


def _below(url: str, path: str) -> str:
    """A path that begins at the root of a host, as an address."""
    at = urlsplit(url)
    return f"{at.scheme}://{at.netloc}{path}"
