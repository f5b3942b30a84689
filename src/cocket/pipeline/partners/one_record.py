# SPDX-License-Identifier: Apache-2.0
"""A ONE Record server for senders: objects and events that they push, changes, who else may read them, doubts about them, and who is
told of them.

What is pushed is a message like any other: it has a leaf and a receipt, and reaches dossiers. The address that an object gets is
written into the message. A sender is the holder of its objects: it alone sees them, until it accepts that another sender may.

Policy actions: `message:lodge`, `message:read`.
Source: ONE Record API 2.3.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.governance import Principal, Resource
from cocket.model import Envelope
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, Place, read_body
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.intake.machine_access import MachineAccess
from cocket.pipeline.partners.one_record_notices import callback_of, new_notice, write_notices
from cocket.standards.json import parse_json, write_json
from cocket.standards.one_record.notifications import SubscriptionTerms, classes_above, read_subscription
from cocket.standards.one_record.objects import (
    API,
    changed,
    embedded,
    member,
    operations_of,
    require_object,
    short,
    shown,
    text_of,
    texts_of,
    type_of,
)
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.base.packing import unpack

#: Kinds of sealed documents: an object, an event of one, a request about one.
OBJECT: Final = "one-record-object"
EVENT: Final = "one-record-event"
REQUEST: Final = "one-record-request"

#: Name by which a subscription that was ended is found; its value is who had it.
ENDED: Final = "ended-subscriber"

#: Events and requests of one object that are listed (count).
MOST_LISTED: Final = 500

#: Why a subscription to one object is stopped.
NOT_READABLE: Final = "The subscriber may not read the object any more."

#: Permissions that can be asked for; others are not given here.
PERMISSIONS: Final = ("GET_LOGISTICS_OBJECT", "GET_LOGISTICS_EVENT")

Kind = Literal["ChangeRequest", "AccessDelegationRequest", "VerificationRequest", "SubscriptionRequest"]
Status = Literal[
    "REQUEST_PENDING",
    "REQUEST_ACCEPTED",
    "REQUEST_ACKNOWLEDGED",
    "REQUEST_REJECTED",
    "REQUEST_REVOKED",
    "REQUEST_FAILED",
]

#: Kind of a request → how its holder can answer it.
_ANSWERS: Final[dict[str, tuple[Status, ...]]] = {
    "ChangeRequest": ("REQUEST_ACCEPTED", "REQUEST_REJECTED"),
    "AccessDelegationRequest": ("REQUEST_ACCEPTED", "REQUEST_REJECTED"),
    "VerificationRequest": ("REQUEST_ACKNOWLEDGED", "REQUEST_REJECTED"),
    "SubscriptionRequest": ("REQUEST_ACCEPTED", "REQUEST_REJECTED"),
}

#: Kind of a request → what a notification that its status changed is called, before the status.
_TOLD: Final[dict[str, str]] = {
    "ChangeRequest": "CHANGE_REQUEST",
    "AccessDelegationRequest": "ACCESS_DELEGATION_REQUEST",
    "VerificationRequest": "VERIFICATION_REQUEST",
    "SubscriptionRequest": "SUBSCRIPTION_REQUEST",
}

#: Kinds of requests that can be revoked once they were accepted.
_LASTING: Final = ("AccessDelegationRequest", "SubscriptionRequest")

#: Subscriptions of one sender that hold or wait (count).
MOST_SUBSCRIPTIONS: Final = 50


class Revision(msgspec.Struct, frozen=True):
    """A revision of an object: the message that holds it, and since when it holds, UTC."""

    message: str
    at: datetime


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Another sender that may read an object: by which request, what, and until when, UTC; None for as long as it is not revoked."""

    sender: str
    request: str
    permissions: tuple[str, ...]
    until: datetime | None = None


class KeptObject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A logistics object; also its sealed record.

    Attributes:
        id: Its id, the last part of its address.
        sender: Its holder.
        type: Its class, as an IRI.
        revisions: Its revisions, the first first (1..n).
        readers: Other senders that may read it (0..n).
        address: The `@id` with which its holder gave it; empty where it gave none.
    """

    id: str
    sender: str
    type: str
    revisions: tuple[Revision, ...]
    readers: tuple[Reader, ...] = ()
    address: str = ""


class KeptEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of an object; also its sealed record: its id, its object, who sent it, its message, class, code, and when it came, UTC."""

    id: str
    object: str
    sender: str
    message: str
    type: str
    code: str
    at: datetime


class KeptRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request about an object; also its sealed record.

    Attributes:
        id: Its id, the last part of its address.
        kind: Which.
        objects: Ids of the objects that it is about (0..n); none where a subscription is to a class.
        holder: Sender that holds them, who answers it.
        sender: Sender that made it.
        body: What was asked, as JSON.
        status: How it stands.
        history: Former statuses, each with since when, UTC (0..n).
        since: Since when it stands so, UTC.
        made: When it was made, UTC.
        problem: Why it failed, or the subscription was stopped or ended by customs, in words; empty else.
        terms: Of a subscription, what is to be told; None for other requests.
        base: Address below which objects of this server lay when it was made; empty where nothing is told of it.
        by: Key that made it, by whose right its sender is told.
    """

    id: str
    kind: Kind
    objects: tuple[str, ...]
    holder: str
    sender: str
    body: str
    status: Status = "REQUEST_PENDING"
    history: tuple[tuple[Status, datetime], ...] = ()
    since: datetime
    made: datetime
    problem: str = ""
    terms: SubscriptionTerms | None = None
    base: str = ""
    by: str = ""


class GivenObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object as it is given: its content, class, revision, the latest revision, and when this one was made, UTC."""

    value: dict[str, Any]
    type: str
    revision: int
    latest: int
    at: datetime


class GivenEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is given: what is kept of it, and its content."""

    kept: KeptEvent
    value: dict[str, Any]


class OneRecord(Service):
    """Objects, events and requests.

    Args:
        stores: The stores of this process.
        messages: Takes messages in.
    """

    def __init__(self, stores: Stores, messages: MachineAccess) -> None:
        super().__init__(stores)
        self._messages = messages
        self._files = DocumentFiles(stores)

    # Objects and events

    def create(self, principal: Principal, envelope: Envelope, base: str) -> KeptObject:
        """Take an object in; sealed.

        Args:
            principal: Who gives it.
            envelope: The object.
            base: Address below which objects of this server lie, without the last stroke.

        Raises:
            PolicyError: The principal may not send for this sender.
            SenderError: It is no object, or was refused; `findings` say why. What was read and refused is kept as such. Or its `@id`
                is that of an object that the sender gave before (code `one-record-exists`), or lies below this server's own.
        """
        value = require_object(parse_json(envelope.content))
        self._access.require(principal, "message:lodge", Resource(sender=envelope.sender))
        named = value.get("@id")
        address = str(named) if named else ""
        with self._stores.database.transaction() as connection:
            self._require_new(connection, principal, (envelope.sender, address), base)
        identity = str(new_id())
        # A message that is known, and of which there is no object, was left by whoever was stopped between the two.
        message = self._taken(principal, envelope, value, f"urn:uuid:{identity}", may_be_known=True)
        made = KeptObject(
            id=identity,
            sender=envelope.sender,
            type=str(type_of(value)),
            revisions=(Revision(message, envelope.received),),
            address=address,
        )
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, OBJECT)
            self._require_new(connection, principal, (envelope.sender, address), base)
            self._keep(connection, OBJECT, (made, principal))
            self._tell(connection, principal, made, "LOGISTICS_OBJECT_CREATED")
        return made

    def read(
        self, principal: Principal, object_id: str, base: str, *, at: datetime | None = None, is_embedded: bool = False
    ) -> GivenObject:
        """An object, as it stands or as it stood. The look is sealed.

        Args:
            principal: Who asks.
            object_id: Which.
            base: Address below which objects of this server lie, without the last stroke.
            at: As it stood then; None for as it stands.
            is_embedded: Whether objects that it links to stand in it.

        Raises:
            NotFoundError: There is none that this principal may read, or was none at that time.
        """
        with self._stores.database.transaction() as connection:
            kept = self._readable(connection, principal, object_id, PERMISSIONS[0])
            number = sum(one.at <= at for one in kept.revisions) if at is not None else len(kept.revisions)
            if not number:
                raise NotFoundError("There was no such object at that time.")
            revision = kept.revisions[number - 1]
            subjects = [revision.message]
            made = shown(
                self._content(connection, revision.message), f"{base}/{kept.id}", (number, len(kept.revisions))
            )
            if is_embedded:

                def linked(link: str) -> dict[str, Any] | None:
                    if not link.startswith(f"{base}/"):
                        return None
                    try:
                        other = self._readable(connection, principal, link.removeprefix(f"{base}/"), PERMISSIONS[0])
                    except NotFoundError:
                        return None
                    last, latest = other.revisions[-1], len(other.revisions)
                    subjects.append(last.message)
                    found = shown(self._content(connection, last.message), link, (latest, latest))
                    return found if found.get("@context") in (None, made.get("@context")) else None

                made = embedded(made, linked)
            self._access.seal(connection, self._access.record(principal, "movement events", tuple(subjects)))
        return GivenObject(value=made, type=kept.type, revision=number, latest=len(kept.revisions), at=revision.at)

    def add_event(self, principal: Principal, object_id: str, envelope: Envelope) -> KeptEvent:
        """Take an event of an object in; sealed.

        Raises:
            NotFoundError: There is no such object of a sender that this principal speaks for.
            PolicyError: The principal may not send for this sender.
            SenderError: It is no event, or was refused.
        """
        value = require_object(parse_json(envelope.content))
        kind = str(type_of(value))
        if not kind.endswith("Event"):
            raise SenderError("This is not an event of ONE Record.", code="one-record-object", found=kind[:200])
        with self._stores.database.transaction() as connection:
            kept = self._held(connection, principal, object_id)
        identity = str(new_id())
        message = self._taken(principal, envelope, value, f"urn:uuid:{identity}")
        made = KeptEvent(
            id=identity,
            object=kept.id,
            sender=envelope.sender,
            message=message,
            type=kind,
            code=short(text_of(member(value, "https://onerecord.iata.org/ns/cargo#eventCode")))[:60],
            at=envelope.received,
        )
        with self._stores.database.transaction() as connection:
            self._keep(connection, EVENT, (made, principal), (("object", kept.id),))
            self._tell(connection, principal, kept, "LOGISTICS_EVENT_RECEIVED", events=(made.id,))
        return made

    def events(self, principal: Principal, object_id: str, code: str = "") -> tuple[GivenEvent, ...]:
        """Events of an object, the first first, of one code alone where it is given (0..500). The look is sealed.

        Raises:
            NotFoundError: There is no such object that this principal may read.
        """
        with self._stores.database.transaction() as connection:
            kept = self._readable(connection, principal, object_id, PERMISSIONS[1])
            files = self._stores.case_files.found_by(connection, EVENT, [("object", kept.id)]).get(
                ("object", kept.id), []
            )
            every = [read_body(file, KeptEvent) for file in files]
            wanted = [one for one in every if code in ("", one.code)][:MOST_LISTED]
            found = tuple(GivenEvent(kept=one, value=self._content(connection, one.message)) for one in wanted)
            subjects = tuple(one.message for one in wanted) or (kept.revisions[0].message,)
            self._access.seal(connection, self._access.record(principal, "movement events", subjects))
        return found

    def event(self, principal: Principal, object_id: str, event_id: str) -> GivenEvent:
        """One event of an object. The look is sealed.

        Raises:
            NotFoundError: There is none that this principal may read.
        """
        found = next((one for one in self.events(principal, object_id) if one.kept.id == event_id), None)
        if found is None:
            raise NotFoundError("There is no such event.")
        return found

    # Requests

    def ask_change(self, principal: Principal, object_id: str, body: bytes, address: str) -> KeptRequest:
        """Ask that an object be changed; sealed. Its holder answers it.

        Args:
            principal: Who asks; the holder.
            object_id: Which object.
            body: The change, as JSON-LD.
            address: Of the object, as the change names it.

        Raises:
            NotFoundError: There is no such object that this principal holds.
            SenderError: It is no change, is of another object, or of another revision than the latest (code `one-record-revision`).
        """
        value = _dictionary(body)
        operations_of(value)
        with self._stores.database.transaction() as connection:
            kept = self._held(connection, principal, object_id)
            named = text_of(member(value, f"{API}hasLogisticsObject"))
            if named and named != address:
                raise SenderError("The change is of another object.", code="one-record-change", found=named[:200])
            _require_revision(value, len(kept.revisions))
            base = address.removesuffix(f"/{object_id}")
            return self._ask(connection, principal, "ChangeRequest", (kept,), (value, base, None))

    def ask_verification(self, principal: Principal, object_id: str, body: bytes, base: str = "") -> KeptRequest:
        """Tell the holder of an object what is not right in it; sealed.

        Raises:
            NotFoundError: There is no such object that this principal may read.
            SenderError: It says of nothing that it is not right.
        """
        value = _dictionary(body)
        if short(text_of(value.get("@type"))) != "Verification" or not member(value, f"{API}hasError"):
            raise SenderError(
                "A verification says what is not right.", code="one-record-verification", expected="hasError"
            )
        with self._stores.database.transaction() as connection:
            kept = self._readable(connection, principal, object_id, PERMISSIONS[0])
            return self._ask(connection, principal, "VerificationRequest", (kept,), (value, base, None))

    def ask_access(self, principal: Principal, body: bytes, base: str) -> KeptRequest:
        """Ask that another sender may read objects; sealed. Their holder answers it.

        Args:
            principal: Who asks.
            body: The delegation, as JSON-LD; for whom it is asked is an object of this server whose holder that sender is.
            base: Address below which objects of this server lie.

        Raises:
            SenderError: It is no delegation, names objects of several holders or none, or permissions that are not given here.
        """
        value = _dictionary(body)
        names = [one.removeprefix(f"{base}/") for one in texts_of(member(value, f"{API}hasLogisticsObject"))]
        wanted = tuple(short(one) for one in texts_of(member(value, f"{API}hasPermission")))
        parties = [one.removeprefix(f"{base}/") for one in texts_of(member(value, f"{API}isRequestedFor"))]
        if not names or not wanted or len(parties) != 1 or len(names) > 100:
            raise SenderError(
                "A delegation names objects, permissions and one organization.",
                code="one-record-delegation",
                expected="hasLogisticsObject, hasPermission, isRequestedFor",
            )
        if unknown := sorted(set(wanted) - set(PERMISSIONS)):
            raise SenderError(
                "This permission is not given here.", code="one-record-delegation", found=unknown[0][:100]
            )
        _until(value)
        with self._stores.database.transaction() as connection:
            known = [self._known(connection, one) for one in (*names, *parties)]
            objects = tuple(one for one in known[:-1] if one is not None)
            if known[-1] is None or len(objects) != len(names) or len({one.sender for one in objects}) != 1:
                raise SenderError("The delegation names what is not here.", code="one-record-delegation")
            if not any(one in principal.senders for one in (known[-1].sender, objects[0].sender)):
                raise SenderError("The delegation is for another's organization.", code="one-record-delegation")
            return self._ask(connection, principal, "AccessDelegationRequest", objects, (value, base, None))

    def ask_subscription(self, principal: Principal, body: bytes, base: str) -> KeptRequest:
        """Ask to be told of an object, which its holder accepts; or of a class of objects, which is accepted at once, since it covers
        only what the subscriber holds or may read. Sealed.

        Args:
            principal: Who asks.
            body: The subscription, as JSON-LD.
            base: Address below which objects of this server lie.

        Raises:
            NotFoundError: There is no such object that this principal may read.
            PolicyError: The principal speaks for nobody.
            SenderError: It is no subscription, is for another's organization, the subscriber has notifications sent nowhere, or it has
                too many.
        """
        value = _dictionary(body)
        terms = read_subscription(value, datetime.now(UTC))
        with self._stores.database.transaction() as connection:
            sender = self._subscriber(connection, principal, terms.subscriber, base)
            if callback_of(self._files, connection, sender) is None:
                raise SenderError(
                    "It is not known where notifications are to be sent.",
                    code="one-record-callback",
                    hint="Leave the address first: PUT /v1/one-record/callback.",
                )
            self._stores.case_files.lock(connection, REQUEST)
            own = self._found(connection, ("subscriber", sender))
            if len(own) >= MOST_SUBSCRIPTIONS:
                raise SenderError("There are too many subscriptions; revoke one first.", code="one-record-number")
            if terms.topic_type == "LOGISTICS_OBJECT_IDENTIFIER":
                kept = self._readable(connection, principal, terms.topic.removeprefix(f"{base}/"), PERMISSIONS[0])
                return self._ask(connection, principal, "SubscriptionRequest", (kept,), (value, base, (terms, sender)))
            made = self._ask(connection, principal, "SubscriptionRequest", (), (value, base, (terms, sender)))
            return self._stand(connection, principal, made, "REQUEST_ACCEPTED")

    def request(self, principal: Principal, request_id: str) -> KeptRequest:
        """One request. The look is sealed.

        Raises:
            NotFoundError: There is none that this principal made, or has to answer.
        """
        with self._stores.database.transaction() as connection:
            found = self._request(connection, principal, request_id)
            self._access.seal(connection, self._access.record(principal, "movement events", (found.id,)))
        return found

    def trail(self, principal: Principal, object_id: str) -> tuple[KeptObject, tuple[KeptRequest, ...]]:
        """An object's revisions, and requests to change it (0..500). The look is sealed.

        Raises:
            NotFoundError: There is no such object that this principal holds.
        """
        with self._stores.database.transaction() as connection:
            kept = self._held(connection, principal, object_id)
            name = ("object", kept.id)
            files = self._stores.case_files.found_by(connection, REQUEST, [name]).get(name, [])
            found = [read_body(file, KeptRequest) for file in files]
            self._access.seal(
                connection, self._access.record(principal, "movement events", (kept.revisions[0].message,))
            )
        return kept, tuple(one for one in found if one.kind == "ChangeRequest")[:MOST_LISTED]

    def answer(self, principal: Principal, request_id: str, status: str, base: str) -> KeptRequest:
        """Accept, acknowledge or reject a request, as the holder; sealed with what follows from it.

        Args:
            principal: Who answers.
            request_id: Which.
            status: The status that it is to have.
            base: Address below which objects of this server lie.

        Raises:
            NotFoundError: There is no such request that this principal has to answer.
            SenderError: It cannot have this status, or no longer.
        """
        with self._stores.database.transaction() as connection:
            found = self._request(connection, principal, request_id, to_change=True)
            if found.holder not in principal.senders:
                raise NotFoundError("There is no such request.")
            wanted = short(status)
            if found.status != "REQUEST_PENDING" or wanted not in _ANSWERS[found.kind]:
                raise SenderError("The request cannot have this status.", code="one-record-status", found=wanted[:40])
        if wanted == "REQUEST_ACCEPTED" and found.kind == "ChangeRequest":
            return self._change(principal, found, base)
        with self._stores.database.transaction() as connection:
            found = self._request(connection, principal, request_id, to_change=True)
            if wanted == "REQUEST_ACCEPTED" and found.kind == "AccessDelegationRequest":
                self._give(connection, principal, found, base)
            return self._stand(connection, principal, found, wanted)

    def revoke(self, principal: Principal, request_id: str) -> KeptRequest:
        """Take a request back, or what was given by it; sealed.

        Raises:
            NotFoundError: There is no such request that this principal made, or has to answer.
            SenderError: It cannot be taken back any more.
        """
        with self._stores.database.transaction() as connection:
            found = self._request(connection, principal, request_id, to_change=True)
            is_given = found.kind in _LASTING and found.status == "REQUEST_ACCEPTED"
            if found.status != "REQUEST_PENDING" and not is_given:
                raise SenderError(
                    "The request cannot be revoked any more.", code="one-record-status", found=found.status
                )
            if is_given and found.kind == "AccessDelegationRequest":
                for name in found.objects:
                    kept = self._known(connection, name)
                    if kept is not None:
                        readers = tuple(one for one in kept.readers if one.request != found.id)
                        self._keep(connection, OBJECT, (msgspec.structs.replace(kept, readers=readers), principal))
            return self._stand(connection, principal, found, "REQUEST_REVOKED")

    # Within

    def _require_new(self, connection: Connection, principal: Principal, named: tuple[str, str], base: str) -> None:
        """Refuse an object whose address is known, or is this server's to give.

        Raises:
            SenderError: It is; of an address below this server's own, whether an object that the principal may not read has it is not
                told.
        """
        sender, address = named
        known = any(
            self._stores.case_files.found_by(connection, OBJECT, [name]).get(name)
            for name in _address_names(sender, address)
        )
        if not known and address.startswith(f"{base}/"):
            try:
                self._readable(connection, principal, address.removeprefix(f"{base}/"), PERMISSIONS[0])
            except NotFoundError as error:
                raise SenderError(
                    "Addresses of this server are given by it.",
                    code="one-record-object",
                    hint="Leave @id out; the answer says where the object is.",
                ) from error
            known = True
        if known:
            raise SenderError("There is an object of this address.", code="one-record-exists")

    def _taken(
        self,
        principal: Principal,
        envelope: Envelope,
        value: dict[str, Any],
        address: str,
        *,
        may_be_known: bool = False,
    ) -> str:
        """The message that an object was taken in as.

        Raises:
            SenderError: Another message has this address, or this one has it and may not be known; or it was refused.
        """
        whole = write_json({**value, "@id": value.get("@id") or address})
        answer = self._messages.take_many([msgspec.structs.replace(envelope, content=whole)], principal=principal)[0]
        if answer.outcome == "conflict" or (answer.is_repeat and not may_be_known):
            raise SenderError("There is an object of this address.", code="one-record-exists")
        if answer.outcome != "accepted":
            raise SenderError("The object was refused.", code="one-record-object", findings=answer.findings)
        return answer.id

    def _change(self, principal: Principal, found: KeptRequest, base: str) -> KeptRequest:
        """Make the change that a request asks for, as a new revision; where it cannot be made the request fails, and says why."""
        with self._stores.database.transaction() as connection:
            kept = self._held(connection, principal, found.objects[0])
            before = self._content(connection, kept.revisions[-1].message)
        change = _dictionary(found.body.encode())
        now = datetime.now(UTC)
        try:
            _require_revision(change, len(kept.revisions))
            made = changed(before, f"{base}/{kept.id}", operations_of(change))
            number = len(kept.revisions) + 1
            made["@id"] = f"urn:uuid:{kept.id}#{number}"
            envelope = Envelope(
                sender=kept.sender,
                actor=principal.id,
                door="api",
                content=b"",
                received=now,
                content_type="application/ld+json",
            )
            message = self._taken(principal, envelope, made, made["@id"])
        except SenderError as error:
            with self._stores.database.transaction() as connection:
                failed = msgspec.structs.replace(found, problem=error.message)
                return self._stand(connection, principal, failed, "REQUEST_FAILED")
        with self._stores.database.transaction() as connection:
            kept = self._held(connection, principal, found.objects[0], to_change=True)
            if len(kept.revisions) != number - 1:
                failed = msgspec.structs.replace(found, problem="The object was changed meanwhile.")
                return self._stand(connection, principal, failed, "REQUEST_FAILED")
            whole = msgspec.structs.replace(
                kept, type=str(type_of(made) or kept.type), revisions=(*kept.revisions, Revision(message, now))
            )
            self._keep(connection, OBJECT, (whole, principal))
            properties = tuple(dict.fromkeys(one.property for one in operations_of(change)))
            self._tell(connection, principal, whole, "LOGISTICS_OBJECT_UPDATED", changed=properties)
            return self._stand(connection, principal, found, "REQUEST_ACCEPTED")

    def _give(self, connection: Connection, principal: Principal, found: KeptRequest, base: str) -> None:
        """Let the other sender read."""
        value = _dictionary(found.body.encode())
        party = self._known(connection, text_of(member(value, f"{API}isRequestedFor")).removeprefix(f"{base}/"))
        if party is None:
            raise SenderError("The organization is not here any more.", code="one-record-delegation")
        new = Reader(
            sender=party.sender,
            request=found.id,
            permissions=tuple(short(one) for one in texts_of(member(value, f"{API}hasPermission"))),
            until=_until(value),
        )
        for name in found.objects:
            kept = self._held(connection, principal, name, to_change=True)
            self._keep(connection, OBJECT, (msgspec.structs.replace(kept, readers=(*kept.readers, new)), principal))

    def _ask(
        self,
        connection: Connection,
        principal: Principal,
        kind: Kind,
        objects: tuple[KeptObject, ...],
        asked: tuple[dict[str, Any], str, tuple[SubscriptionTerms, str] | None],
    ) -> KeptRequest:
        subscribed = asked[2]
        now = datetime.now(UTC)
        own = [one for one in principal.senders if objects and one == objects[0].sender] or sorted(principal.by_right)
        sender = subscribed[1] if subscribed is not None else own[0] if own else objects[0].sender
        made = KeptRequest(
            id=str(new_id()),
            kind=kind,
            objects=tuple(one.id for one in objects),
            holder=objects[0].sender if objects else sender,
            sender=sender,
            body=write_json(asked[0]).decode(),
            since=now,
            made=now,
            terms=subscribed[0] if subscribed is not None else None,
            base=asked[1],
            by=principal.id,
        )
        self._keep(connection, REQUEST, (made, principal), _names(made))
        return made

    def _stand(self, connection: Connection, principal: Principal, found: KeptRequest, status: Any) -> KeptRequest:
        made = msgspec.structs.replace(
            found, status=status, since=datetime.now(UTC), history=(*found.history, (found.status, found.since))
        )
        self._keep(connection, REQUEST, (made, principal), _names(made))
        asked = parse_json(made.body.encode())
        wants = text_of(member(asked, f"{API}notifyRequestStatusChange")) if isinstance(asked, dict) else ""
        if wants.lower() in ("true", "1") and made.base and callback_of(self._files, connection, made.sender):
            event = f"{_TOLD[made.kind]}_{status.removeprefix('REQUEST_')}"
            notice = new_notice(made.sender, event, made.base, request=made.id)
            self._access.seal(connection, *write_notices(self._files, connection, (notice,), principal.id))
        return made

    def _tell(
        self, connection: Connection, principal: Principal, kept: KeptObject, event: str, **told: tuple[str, ...]
    ) -> None:
        """Let a notification wait for everybody who subscribed to what happened to an object, and may read it.

        A subscription to this object alone is stopped where its subscriber may not read the object any more.
        """
        found: dict[str, KeptRequest] = {}
        stopping: list[NewRecord] = []
        names = [("topic", kept.id), *(("topic-class", one) for one in classes_above(kept.type))]
        for name in names:
            for one in self._found(connection, name):
                if holds(one, event) and may_be_told(kept, one.sender, event):
                    found.setdefault(one.sender, one)
                elif name[0] == "topic" and not may_be_told(kept, one.sender, "LOGISTICS_OBJECT_UPDATED"):
                    stopping += stopped(self._files, connection, one, NOT_READABLE, principal.id)
        notices = [
            new_notice(
                sender,
                event,
                one.base,
                object=kept.id,
                object_type=kept.type,
                request=one.id,
                is_whole=one.terms is not None and one.terms.is_whole,
                **told,
            )
            for sender, one in found.items()
        ]
        records = [*stopping, *write_notices(self._files, connection, notices, principal.id)]
        if records:
            self._access.seal(connection, *records)

    def _found(self, connection: Connection, name: tuple[str, str]) -> tuple[KeptRequest, ...]:
        """Subscriptions by a name."""
        files = self._stores.case_files.found_by(connection, REQUEST, [name]).get(name, [])
        return tuple(read_body(file, KeptRequest) for file in files)

    def _subscriber(self, connection: Connection, principal: Principal, address: str, base: str) -> str:
        """The sender that is to be told: the holder of the organization that is named here, else the principal's own."""
        own = sorted(one for one in principal.by_right if self._may(principal, one, None))
        if not own:
            self._access.require(principal, "message:read", Resource(sender=None))
            raise NotFoundError("This key may send for no sender.")
        if not address.startswith(f"{base}/"):
            return own[0]
        party = self._known(connection, address.removeprefix(f"{base}/"))
        if party is None or party.sender not in own:
            raise SenderError("The subscription is for another's organization.", code="one-record-subscription")
        return party.sender

    def _keep(
        self,
        connection: Connection,
        kind: str,
        what: tuple[KeptObject | KeptEvent | KeptRequest, Principal],
        names: tuple[tuple[str, str], ...] = (),
    ) -> None:
        made, principal = what
        if isinstance(made, KeptObject):
            names = (*names, *_address_names(made.sender, made.address))
        place = Place(names=(("name", made.id), *names))
        record = self._files.write(connection, kind, made.id, (made, principal.id), place)
        if record is not None:
            self._access.seal(connection, record)

    def _known(self, connection: Connection, object_id: str, *, to_change: bool = False) -> KeptObject | None:
        wanted = parse_id(object_id)
        if wanted is None:
            return None
        return self._files.read_sealed(connection, OBJECT, str(wanted), KeptObject, to_change=to_change)

    def _held(
        self, connection: Connection, principal: Principal, object_id: str, *, to_change: bool = False
    ) -> KeptObject:
        """An object of a sender that this principal speaks for."""
        kept = self._known(connection, object_id, to_change=to_change)
        if kept is None or not self._may(principal, kept.sender, kept.revisions[0].at):
            raise NotFoundError("There is no such object.")
        return kept

    def _readable(self, connection: Connection, principal: Principal, object_id: str, permission: str) -> KeptObject:
        """An object that this principal may read, as its holder or because the holder accepted that."""
        kept = self._known(connection, object_id)
        if kept is not None:
            if self._may(principal, kept.sender, kept.revisions[0].at):
                return kept
            now = datetime.now(UTC)
            given = [
                one for one in kept.readers if permission in one.permissions and (one.until is None or one.until > now)
            ]
            if any(self._may(principal, one.sender, None) for one in given):
                return kept
        raise NotFoundError("There is no such object.")

    def _may(self, principal: Principal, sender: str, at: datetime | None) -> bool:
        begins = dict(principal.since).get(sender)
        if sender not in principal.senders or (begins is not None and at is not None and at < begins):
            return False
        return self._access.may(principal, "message:read", Resource(sender=sender))

    def _request(
        self, connection: Connection, principal: Principal, request_id: str, *, to_change: bool = False
    ) -> KeptRequest:
        wanted = parse_id(request_id)
        found = (
            self._files.read_sealed(connection, REQUEST, str(wanted), KeptRequest, to_change=to_change)
            if wanted
            else None
        )
        if found is None or not any(self._may(principal, one, found.made) for one in (found.sender, found.holder)):
            raise NotFoundError("There is no such request.")
        return found

    def _content(self, connection: Connection, message_id: str) -> dict[str, Any]:
        """An object as its message holds it."""
        return content_of(self._stores, connection, message_id)


def content_of(stores: Stores, connection: Connection, message_id: str) -> dict[str, Any]:
    """An object as its message holds it.

    Raises:
        NotFoundError: It was erased, or is no object.
    """
    wanted = parse_id(message_id)
    packed = stores.messages.content(connection, wanted) if wanted is not None else None
    value = parse_json(unpack(packed)) if packed is not None else None
    if not isinstance(value, dict):
        raise NotFoundError("The object cannot be read any more.")
    return value


def holds(request: KeptRequest, event: str) -> bool:
    """Whether a subscription holds now and is to an event."""
    terms = request.terms
    if request.status != "REQUEST_ACCEPTED" or terms is None or event not in terms.events:
        return False
    return terms.until is None or terms.until > datetime.now(UTC)


def may_be_told(kept: KeptObject, sender: str, event: str) -> bool:
    """Whether a sender holds an object, or may read of it now what an event tells."""
    permission = PERMISSIONS[1] if event == "LOGISTICS_EVENT_RECEIVED" else PERMISSIONS[0]
    now = datetime.now(UTC)
    return sender == kept.sender or any(
        one.sender == sender and permission in one.permissions and (one.until is None or one.until > now)
        for one in kept.readers
    )


def _address_names(sender: str, address: str) -> tuple[tuple[str, str], ...]:
    """The name by which an object is found that a sender gave with an address of its own (0..1)."""
    return (("address", sha256(f"{sender}\n{address}".encode()).hexdigest()),) if address else ()


def stopped(
    files: DocumentFiles, connection: Connection, request: KeptRequest, words: str, who: str
) -> list[NewRecord]:
    """Stop a subscription whose right has ended; what is to be sealed (0..1).

    Args:
        files: Documents.
        connection: The transaction.
        request: The subscription.
        words: Why, as whoever oversees subscriptions reads it.
        who: By whom it is sealed.
    """
    if request.terms is None or request.status not in ("REQUEST_PENDING", "REQUEST_ACCEPTED"):
        return []
    made = msgspec.structs.replace(
        request,
        status="REQUEST_REVOKED",
        since=datetime.now(UTC),
        history=(*request.history, (request.status, request.since)),
        problem=words,
    )
    record = files.write(connection, REQUEST, made.id, (made, who), request_names(made))
    return [record] if record is not None else []


def request_names(made: KeptRequest) -> Place:
    """Where a request is found."""
    return Place(names=(("name", made.id), *_names(made)))


def _names(made: KeptRequest) -> tuple[tuple[str, str], ...]:
    """Names by which a request is found; a subscription that was ended is found by its objects, and by who had it."""
    names = [("object", one) for one in made.objects]
    if made.terms is not None and made.status in ("REQUEST_PENDING", "REQUEST_ACCEPTED"):
        topics = [("topic", one) for one in made.objects] or [("topic-class", made.terms.topic)]
        names += [*topics, ("subscriber", made.sender)]
    elif made.terms is not None and made.status == "REQUEST_REVOKED":
        names.append((ENDED, made.sender))
    return tuple(names)


def _dictionary(body: bytes) -> dict[str, Any]:
    value = parse_json(body)
    if not isinstance(value, dict):
        raise SenderError("The body is not one object of ONE Record.", code="one-record-object")
    return value


def _require_revision(change: dict[str, Any], latest: int) -> None:
    told = text_of(member(change, f"{API}hasRevision"))
    if told != str(latest):
        raise SenderError(
            "The change is of another revision than the latest.",
            code="one-record-revision",
            expected=str(latest),
            found=told[:20] or None,
        )


def _until(value: dict[str, Any]) -> datetime | None:
    told = text_of(member(value, f"{API}expiresAt"))
    if not told:
        return None
    try:
        at = datetime.fromisoformat(told)
    except ValueError as error:
        raise SenderError("expiresAt is not a time.", code="one-record-delegation", found=told[:40]) from error
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
