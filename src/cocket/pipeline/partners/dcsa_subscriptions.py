# SPDX-License-Identifier: Apache-2.0
"""Subscriptions to events of Track and Trace: who is pushed which events, where to, and how that goes.

A sender is pushed what was pushed for him, as it came. A partner whom an agreement in force gives `track-and-trace` is pushed events of
all carriers from then on, with the parts that the agreement names alone; what it subscribes to is compared with these parts, so that
a filter tells nothing that is not given. Where the agreement is over, so is the subscription.

The callback is asked first whether it wants to be called (`HEAD`, answered with 204). What is sent, and when, is for
`cocket.pipeline.partners.dcsa_sending`.

Policy actions: `event:subscribe`, `message:read`; `webhook:keep` for those of everybody.
Source: DCSA Track and Trace 2.2 (`/v2/event-subscriptions`, `Notification-Signature`, `Subscription-ID`).
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from cocket.errors import PartnerError, SenderError
from cocket.exchange.webhook_calls import WebhookCalls, check_url
from cocket.governance import Principal, Resource
from cocket.governance.agreements import Agreement, standing_on
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, Place, read_body
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.partner_agreements import AgreementOverError, named_agreement, newest_agreements, today_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.webhooks import reach_of
from cocket.pipeline.partners.dcsa import STANDARDS, check_secret, read_pushed
from cocket.pipeline.partners.found_events import Found, Wanted, find_events
from cocket.standards.dcsa.parts import only
from cocket.standards.dcsa.querying import asks_for, read_query
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection

#: Kind of the sealed document of a subscription; what is given to a partner, of `cocket.governance.agreements.EXCHANGES`.
SUBSCRIPTION: Final = "dcsa-subscription"
EXCHANGE: Final = "track-and-trace"

#: Subscriptions of one sender that have not ended, and events that are shown of those that wait (counts).
MOST_SUBSCRIPTIONS: Final = 20
MOST_SHOWN: Final = 100

#: Edition of the standard by which we push.
EDITION: Final = "2.2.0"
_WANTED: Final = 204


class EventSubscription(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A subscription; also its sealed record.

    Attributes:
        id: Its id, which is told as `Subscription-ID`.
        owner: Sender that it belongs to.
        senders: Senders whose events are pushed (0..n); none of an agreement, which gives those of everybody.
        agreement: Agreement under which events of others are pushed; empty for a sender's own.
        address: Where to.
        filters: Names and values of which all have to hold (0..n).
        secret: What is signed with, encrypted, in base64.
        made: When, UTC.
        changed: When its owner changed it last, UTC.
        by: Key that made it.
        state: `active`; `disabled` since it failed for too long, or its agreement or the right of its key is over; `ended`.
        reason: Why it is disabled, or customs ended it, in words; empty else.
        after: Leaf index of the last message whose events were taken, or looked at.
        skipped: Events of the message after that one which were taken already (count).
        taken: Events that were taken (count).
        last: When the last of them was, UTC; None for never.
        attempts: Attempts that failed since (count).
        again: When it is tried again, UTC; None where the last one did not fail.
        problem: What the last attempt met, in words; empty where it went well.
    """

    id: str
    owner: str
    senders: tuple[str, ...] = ()
    agreement: str = ""
    address: str
    filters: tuple[tuple[str, str], ...] = ()
    secret: str
    made: datetime
    changed: datetime
    by: str
    state: Literal["active", "disabled", "ended"] = "active"
    reason: str = ""
    after: int
    skipped: int = 0
    taken: int = 0
    last: datetime | None = None
    attempts: int = 0
    again: datetime | None = None
    problem: str = ""


class NewEventSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription to make, or as it is to be: where to, names and values of its filters (0..n), and its secret, empty to keep it."""

    address: str
    filters: tuple[tuple[str, str], ...] = ()
    secret: bytes = b""


class Undelivered(msgspec.Struct, frozen=True, kw_only=True):
    """How pushing to a subscription goes, and what waits.

    Attributes:
        subscription: Its id.
        owner: Sender that it belongs to.
        state: How it stands.
        reason: Why it is disabled, in words; empty else.
        problem: What the last attempt met, in words; empty where it went well.
        attempts: Attempts that failed since the last that did not (count).
        again: When it is tried again, UTC; None where the last one did not fail.
        taken: Events that were taken so far (count).
        last: When the last of them was, UTC; None for never.
        events: Ids of the events that wait, the oldest first (0..100); None in the place of one without an id.
        is_all: Whether these are all of them.
    """

    subscription: str
    owner: str
    state: str
    reason: str
    problem: str
    attempts: int
    again: datetime | None
    taken: int
    last: datetime | None
    events: tuple[str | None, ...]
    is_all: bool


class EventSubscriptions(Service):
    """Subscribing to events, and looking how pushing them goes.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def subscribe(self, principal: Principal, new: NewEventSubscription) -> EventSubscription:
        """Subscribe; sealed.

        Raises:
            AgreementOverError: The key speaks for no sender whose events it may read, and no agreement in force gives it others'.
            PolicyError: The principal may not.
            SenderError: The callback cannot be called or does not answer, a filter is not known, the secret is too short, there are
                too many; or this installation sends nothing.
        """
        if not self._stores.settings.event_webhooks:
            raise SenderError("This installation sends no webhooks.", code="webhooks-off")
        with self._stores.database.transaction() as connection:
            self._whose(connection, principal)
        secret = check_secret(new.secret)
        filters, address = _filters(new.filters), self._checked(new.address)
        identity, now = str(new_id()), datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            owner, senders, agreement = self._whose(connection, principal)
            self._stores.case_files.lock(connection, SUBSCRIPTION)
            if len(self._of(connection, owner)) >= MOST_SUBSCRIPTIONS:
                raise SenderError("There are too many subscriptions; end one first.", code="dcsa-subscription-number")
            made = EventSubscription(
                id=identity,
                owner=owner,
                senders=senders,
                agreement=agreement,
                address=address,
                filters=filters,
                secret=self._wrapped(identity, secret),
                made=now,
                changed=now,
                by=principal.id,
                after=self._stores.messages.newest(connection, -1),
            )
            self._keep(connection, made, principal)
        return made

    def subscriptions(self, principal: Principal) -> tuple[EventSubscription, ...]:
        """Subscriptions that have not ended: the principal's, for customs those of everybody, the last made first (0..n).

        The look is sealed.

        Raises:
            PolicyError: The principal may see none.
        """
        with self._stores.database.transaction() as connection:
            if self._access.may(principal, "webhook:keep"):
                files = self._stores.case_files.of_kind(connection, SUBSCRIPTION, ("active", "disabled"))
                found, what = [read_body(file, EventSubscription) for file in files], "webhooks"
            else:
                found = [one for owner in self._owners(principal) for one in self._of(connection, owner)]
                what = "movement events"
            if found:
                looked = self._access.record(principal, what, tuple(one.id for one in found))
                self._access.seal(connection, looked)
        return tuple(sorted(found, key=lambda one: (one.made, one.id), reverse=True))

    def subscription(self, principal: Principal, subscription_id: str) -> EventSubscription:
        """One subscription. The look is sealed.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            found = self._one(connection, principal, subscription_id)
            self._seal_look(connection, principal, found)
        return found

    def change(self, principal: Principal, subscription_id: str, new: NewEventSubscription) -> EventSubscription:
        """Send to another address or by other filters from now on; sealed. One that was disabled goes on where it stopped.

        Raises:
            AgreementOverError: It was made under an agreement that is over.
            NotFoundError: There is none of the principal's.
            SenderError: As for `subscribe`.
        """
        if new.secret:
            raise SenderError("The secret has an address of its own.", code="dcsa-secret", hint="PUT …/secret.")
        with self._stores.database.transaction() as connection:
            known = self._own(connection, principal, subscription_id)
        filters = _filters(new.filters)
        address = known.address if new.address == known.address else self._checked(new.address)
        with self._stores.database.transaction() as connection:
            known = self._own(connection, principal, subscription_id)
            if not waiting_events(self._stores, connection, known, 1).events:  # what was left out before stays so
                newest = self._stores.messages.newest(connection, known.after)
                known = msgspec.structs.replace(known, after=newest, skipped=0)
            made = msgspec.structs.replace(_resumed(known), address=address, filters=filters, changed=datetime.now(UTC))
            self._keep(connection, made, principal)
        return made

    def keep_secret(self, principal: Principal, subscription_id: str, secret: bytes) -> None:
        """Sign with another secret from now on; sealed.

        Raises:
            NotFoundError: There is none of the principal's.
            SenderError: It is too short or too long.
        """
        check_secret(secret)
        with self._stores.database.transaction() as connection:
            known = self._own(connection, principal, subscription_id)
            wrapped = self._wrapped(known.id, secret)
            made = msgspec.structs.replace(known, secret=wrapped, changed=datetime.now(UTC))
            self._keep(connection, made, principal)

    def unsubscribe(self, principal: Principal, subscription_id: str) -> None:
        """End a subscription; sealed. What waits is not sent.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            known = self._one(connection, principal, subscription_id)
            ended = msgspec.structs.replace(known, state="ended", changed=datetime.now(UTC))
            self._keep(connection, ended, principal)

    def undelivered(self, principal: Principal, subscription_id: str) -> Undelivered:
        """How pushing to a subscription goes, and which events wait or were given up. The look is sealed.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            known = self._one(connection, principal, subscription_id)
            found = Found(events=(), next=None)
            with suppress(AgreementOverError):  # then nothing waits for it any more
                found = waiting_events(self._stores, connection, known, MOST_SHOWN)
            self._seal_look(connection, principal, known)
        return Undelivered(
            subscription=known.id,
            owner=known.owner,
            state=known.state,
            reason=known.reason,
            problem=known.problem,
            attempts=known.attempts,
            again=known.again,
            taken=known.taken,
            last=known.last,
            events=tuple(_id_of(one) for _, one in found.events),
            is_all=found.next is None,
        )

    def send_again(self, principal: Principal, subscription_id: str) -> EventSubscription:
        """Try at once what waits, also for a subscription that was disabled, which goes on where it stopped; sealed.

        Raises:
            AgreementOverError: It was made under an agreement that is over.
            NotFoundError: There is none that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            known = self._one(connection, principal, subscription_id)
            given_under(self._stores, connection, known)
            made = msgspec.structs.replace(_resumed(known), changed=datetime.now(UTC))
            self._keep(connection, made, principal)
        return made

    def _whose(self, connection: Connection, principal: Principal) -> tuple[str, tuple[str, ...], str]:
        """Who subscribes, whose events are pushed to him as they came, and under which agreement everybody's; one of both."""
        own = sorted(self._owners(principal))
        today = today_of(self._stores)
        for agreement in newest_agreements(self._stores, connection).values():
            named = sorted(set(own) & set(agreement.senders))
            if named and EXCHANGE in agreement.exchanges and standing_on(agreement, today) == "in-force":
                return named[0], (), agreement.name
        read = tuple(one for one in own if self._access.may(principal, "message:read", Resource(sender=one)))
        if not read:
            raise AgreementOverError(
                f"No agreement in force with you covers this exchange ({EXCHANGE}).",
                found=EXCHANGE,
                hint="The administration adds one with: cocket agreements add FILE.",
            )
        return read[0], read, ""

    def _owners(self, principal: Principal) -> tuple[str, ...]:
        """Senders that the principal speaks for by its own right, and may subscribe for (1..n).

        Raises:
            PolicyError: There is none.
        """
        own = msgspec.structs.replace(principal, senders=principal.by_right)
        found = tuple(one for one in own.senders if self._access.may(own, "event:subscribe", Resource(sender=one)))
        if not found:
            self._access.require(own, "event:subscribe", Resource(sender=min(own.senders, default=None)))
        return found

    def _checked(self, address: str) -> str:
        """A callback that wants to be called."""
        told = check_url(address, reach_of(self._stores.settings))
        try:
            status = asyncio.run(self._head(told))
        except PartnerError as error:
            raise SenderError(
                f"The callback does not answer to HEAD: {error.message}", code="dcsa-callback", expected=str(_WANTED)
            ) from error
        if status != _WANTED:
            raise SenderError(
                "The callback does not answer to HEAD as the standard says.",
                code="dcsa-callback",
                expected=str(_WANTED),
                found=str(status),
            )
        return told

    async def _head(self, address: str) -> int:
        calls = WebhookCalls(reach_of(self._stores.settings), self._stores.settings.event_ca)
        try:
            return (await calls.head(address, {"api-version": EDITION})).status
        finally:
            await calls.close()

    def _of(self, connection: Connection, owner: str) -> list[EventSubscription]:
        files = self._stores.case_files.found_by(connection, SUBSCRIPTION, [("owner", owner)]).get(("owner", owner), [])
        known = (read_body(file, EventSubscription) for file in files)
        return [one for one in known if one.state != "ended"]

    def _own(self, connection: Connection, principal: Principal, subscription_id: str) -> EventSubscription:
        """A subscription of the principal's."""
        owners = self._owners(principal)
        return self._found(connection, subscription_id, owners)

    def _one(self, connection: Connection, principal: Principal, subscription_id: str) -> EventSubscription:
        """A subscription that the principal may see."""
        owners = None if self._access.may(principal, "webhook:keep") else self._owners(principal)
        return self._found(connection, subscription_id, owners)

    def _found(self, connection: Connection, subscription_id: str, owners: Collection[str] | None) -> EventSubscription:
        wanted = parse_id(subscription_id)
        found = (
            self._files.read(connection, SUBSCRIPTION, str(wanted), EventSubscription, to_change=True)
            if wanted
            else None
        )
        if found is None or found.state == "ended" or (owners is not None and found.owner not in owners):
            raise NotFoundError("There is no such subscription.")
        return found

    def _seal_look(self, connection: Connection, principal: Principal, known: EventSubscription) -> None:
        what = "webhooks" if self._access.may(principal, "webhook:keep") else "movement events"
        self._access.seal(connection, self._access.record(principal, what, (known.id,)))

    def _wrapped(self, identity: str, secret: bytes) -> str:
        return base64.b64encode(self._stores.secrets_box.wrap(f"{SUBSCRIPTION} {identity}", secret)).decode()

    def _keep(self, connection: Connection, made: EventSubscription, principal: Principal) -> None:
        record = write_event_subscription(self._files, connection, made, principal.id)
        if record is not None:
            self._access.seal(connection, record)


def write_event_subscription(
    files: DocumentFiles, connection: Connection, made: EventSubscription, who: str
) -> NewRecord | None:
    """Keep a subscription as it stands; the record that is to be sealed as the last act, or None where nothing changed."""
    names = (("name", made.id), ("owner", made.owner)) if made.state != "ended" else (("name", made.id),)
    return files.write(connection, SUBSCRIPTION, made.id, (made, who), Place(state=made.state, names=names))


def given_under(stores: Stores, connection: Connection, known: EventSubscription) -> Agreement | None:
    """The agreement under which a subscription is pushed events of others today; None for a sender's own.

    Raises:
        AgreementOverError: It is over, gives no events, or does not name the subscriber any more.
    """
    if not known.agreement:
        return None
    agreement = named_agreement(stores, connection, EXCHANGE, known.agreement)
    if agreement is None or known.owner not in agreement.senders:
        raise AgreementOverError(f"The agreement {known.agreement} does not name {known.owner} any more.")
    return agreement


def waiting_events(
    stores: Stores, connection: Connection, known: EventSubscription, most: int, after: int = -1
) -> Found:
    """Events that are to be pushed to a subscription, each as it is given to it, the oldest first.

    Args:
        stores: The stores.
        connection: The transaction.
        known: The subscription.
        most: Events at most (count).
        after: Leaf index up to which it is known that nothing waits.

    Raises:
        AgreementOverError: It was made under an agreement that is over.
    """
    agreement = given_under(stores, connection, known)
    query = read_query(known.filters)

    def given(event: dict[str, Any]) -> dict[str, Any] | None:
        told = only(agreement.exchanges[EXCHANGE], event) if agreement is not None else event
        return told if asks_for(query, told) else None

    senders: Mapping[str, datetime | None] | None = None
    if agreement is None:
        senders = dict.fromkeys(known.senders, known.made)
    wanted = Wanted(senders=senders, standards=STANDARDS, read=read_pushed(stores, connection, given))
    start = (known.after, known.skipped) if after <= known.after else (after, 0)
    return find_events(stores, connection, wanted, start, most)


def _filters(told: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Filters as they are kept, once they are read.

    Raises:
        SenderError: One is not known, or has no value.
    """
    read_query(told)
    return told


def _resumed(known: EventSubscription) -> EventSubscription:
    return msgspec.structs.replace(known, state="active", reason="", attempts=0, again=None, problem="")


def _id_of(event: Mapping[str, Any]) -> str | None:
    name = event.get("eventID")
    return str(name)[:100] if name is not None else None
