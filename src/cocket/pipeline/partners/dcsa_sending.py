# SPDX-License-Identifier: Apache-2.0
"""Pushing events of Track and Trace to whoever subscribed: in order, signed, at least once; a thread of the role `events`.

What was pushed is sealed with the messages that its events came in, and is a look at them; what a partner was given of others is a look
at each of their messages, for the purpose of the agreement, so that it stands on their account. Whether it may be given is decided when
it is, as the key stands then.

Source: DCSA Track and Trace 2.2 (callback: a list of events, `Notification-Signature`, `Subscription-ID`), 3.0 (`POST /v3/events`).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket.errors import PolicyError
from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import Access, AccessRecord, Subject
from cocket.pipeline.base.document_files import file_id
from cocket.pipeline.base.partner_agreements import AgreementOverError
from cocket.pipeline.base.partner_looks import partner_under
from cocket.pipeline.partners.dcsa import signature_of
from cocket.pipeline.partners.dcsa_subscriptions import (
    EDITION,
    SUBSCRIPTION,
    EventSubscription,
    given_under,
    waiting_events,
    write_event_subscription,
)
from cocket.pipeline.partners.posting import ACTOR, Due, SubscriptionPosting
from cocket.pipeline.partners.receivers import receiver_of
from cocket.standards.dcsa.querying import NEW, OLD, edition_of
from cocket.standards.json import write_json
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection

#: Kind of the sealed record of events that were taken.
SENT: Final = "dcsa-sent"

#: Events of one notification (count).
MOST_SENT: Final = 100


class SentEvents(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The sealed record of events that were taken: by which subscription, under which agreement, how many, and of which messages."""

    subscription: str
    agreement: str = ""
    events: int
    messages: tuple[str, ...]


class DcsaSending(SubscriptionPosting[EventSubscription]):
    """All pushing to subscriptions of Track and Trace of one process; see `Posting` for what it takes."""

    lease = "dcsa-subscriptions"
    kind = SUBSCRIPTION
    form = EventSubscription

    #: Subscription → when it was changed, and leaf index up to which nothing waits for it: a quiet one reads nothing again.
    _quiet: Mapping[str, tuple[datetime, int]] = MappingProxyType({})

    def _due(self, connection: Connection, known: EventSubscription, now: datetime) -> Due[EventSubscription] | None:
        changed, quiet = self._quiet.get(known.id, (known.changed, -1))
        quiet = quiet if changed == known.changed else -1
        newest = self._stores.messages.newest(connection, max(known.after, quiet))
        try:
            partner = self._subscriber(connection, known)
            found = waiting_events(self._stores, connection, known, MOST_SENT, quiet)
            alike = _alike([one for _, one in found.events])
            if alike < len(found.events):
                found = waiting_events(self._stores, connection, known, alike, quiet)
        except (AgreementOverError, PolicyError) as error:
            self._keep(connection, msgspec.structs.replace(known, state="disabled", reason=error.message))
            return None
        after, skipped = found.next if found.next is not None else (max(newest, found.reached), 0)
        if not found.events:
            self._quiet = {**self._quiet, known.id: (known.changed, after)}
            return None
        told = SentEvents(
            subscription=known.id, agreement=known.agreement, events=len(found.events), messages=found.messages
        )
        then = msgspec.structs.replace(known, after=after, skipped=skipped, taken=known.taken + told.events, last=now)
        look = None if known.agreement else Access(self._stores).look(partner, "movement events", told.messages)
        records = partial(self._records, known, told, partner, look)
        return Due(known, write_notification([one for _, one in found.events]), records, then)

    def _subscriber(self, connection: Connection, known: EventSubscription) -> Principal:
        """Whoever subscribed, if policy lets him still: to events of others as a partner, for the purpose of the agreement.

        Raises:
            AgreementOverError: The agreement is over.
            PolicyError: Policy does not.
        """
        told = receiver_of(self._stores, connection, known.by, sorted({known.owner, *known.senders}))
        access = Access(self._stores)
        agreement = given_under(self._stores, connection, known)
        if agreement is not None:
            told = partner_under(msgspec.structs.replace(told, roles=("agency",)), agreement)
        access.require(told, "event:subscribe", Resource(sender=known.owner))
        for one in known.senders:
            access.require(told, "message:read", Resource(sender=one))
        return told

    def _records(
        self, known: EventSubscription, told: SentEvents, partner: Principal, look: AccessRecord | None, now: datetime
    ) -> list[NewRecord]:
        records = [self._stores.sealer.record(SENT, ACTOR, told, about=file_id(SUBSCRIPTION, known.id), at=now)]
        if look is not None:
            records.append(self._stores.sealer.record("look", partner.id, look, at=now))
        if known.agreement:
            access = Access(self._stores)
            access.require(partner, "event:subscribe", Resource(sender=known.owner))
            for one in told.messages:
                subject = Subject(ids=(one,), about=UUID(one))
                records.append(access.given(partner, "movement events", subject, known.agreement))
        return records

    def _moved(self, known: EventSubscription, then: EventSubscription) -> EventSubscription:
        return msgspec.structs.replace(
            known,
            after=then.after,
            skipped=then.skipped,
            taken=then.taken,
            last=then.last,
            attempts=0,
            again=None,
            problem="",
        )

    def _address(self, known: EventSubscription) -> str:
        return known.address

    def _headers(self, known: EventSubscription, content: bytes) -> dict[str, str]:
        secret = self._stores.secrets_box.unwrap(f"{SUBSCRIPTION} {known.id}", base64.b64decode(known.secret))
        return {
            "content-type": "application/json",
            "api-version": EDITION if content.startswith(b"[") else NEW,
            "subscription-id": known.id,
            "notification-signature": signature_of(secret, content),
        }

    def _write(self, connection: Connection, made: EventSubscription) -> NewRecord | None:
        return write_event_subscription(self._files, connection, made, ACTOR)


def write_notification(events: Sequence[Mapping[str, Any]]) -> bytes:
    """The body in which events of one edition are pushed: a list of edition 2.2, an object with `events` of 3.0.

    Args:
        events: Events as they are given, all of the edition of the first (1..n).
    """
    return write_json(list(events) if _is_old(events[0]) else {"events": list(events)})


def _alike(events: Sequence[Mapping[str, Any]]) -> int:
    """How many of the first events are of one edition (count)."""
    return next((number for number, one in enumerate(events) if _is_old(one) != _is_old(events[0])), len(events))


def _is_old(event: Mapping[str, Any]) -> bool:
    """Whether an event is of edition 2.2."""
    return edition_of(event) == OLD
