# SPDX-License-Identifier: Apache-2.0
"""Sending results to whoever subscribed to a query of EPCIS: in order, at least once; a thread of the role `events`.

Whoever does not answer holds up himself: each subscription has a pause of its own after a failure, longer each time, and is disabled
after some four days. Whether he may have an event is decided when it is given, message by message, as his key stands then; where its
right has ended, so has the subscription. Each result that was taken is sealed, with the messages that its events came in, and is a look
at them.

Source: GS1 EPCIS 2.0 §8.2.5, §12.7 (`GS1-Signature`).
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec

from cocket.errors import PolicyError
from cocket.governance import Resource
from cocket.pipeline.base.access import Access
from cocket.pipeline.base.document_files import file_id
from cocket.pipeline.partners.epcis import (
    SUBSCRIPTION,
    Subscription,
    answer_document,
    found_events,
    query_of,
    write_subscription,
)
from cocket.pipeline.partners.posting import ACTOR, Due, SubscriptionPosting
from cocket.pipeline.partners.receivers import receiver_of
from cocket.standards.epcis.schedule import next_run, read_schedule
from cocket.standards.json import parse_json
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.intake.messages import StoredMessage

#: Kind of the sealed record of a result that was taken.
SENT: Final = "epcis-sent"

#: Events of one result (count).
MOST_SENT: Final = 100


class SentResult(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of a result that was sent: for which subscription, how many events, and of which messages."""

    subscription: str
    events: int
    messages: tuple[str, ...]


class EpcisSending(SubscriptionPosting[Subscription]):
    """All sending to subscriptions of EPCIS of one process; see `Posting` for what it takes."""

    lease = "epcis-subscriptions"
    kind = SUBSCRIPTION
    form = Subscription

    def _is_time(self, known: Subscription, now: datetime) -> bool:
        return (known.next or now) <= now

    def _due(self, connection: Connection, known: Subscription, now: datetime) -> Due[Subscription] | None:
        wanted = query_of(self._files, connection, known)
        if wanted is None:
            return None
        access = Access(self._stores)
        try:
            receiver = receiver_of(self._stores, connection, known.by, known.senders)
            for one in receiver.senders:
                access.require(receiver, "webhook:keep-own", Resource(sender=one))
                access.require(receiver, "message:read", Resource(sender=one))
        except PolicyError as error:
            self._keep(connection, msgspec.structs.replace(known, state="disabled", reason=error.message))
            return None

        def may(message: StoredMessage) -> bool:
            return access.may(receiver, "message:read", Resource(sender=message.sender))

        window = (known.after, known.skipped), MOST_SENT
        found, place = found_events(self._stores, connection, wanted, window, may)
        after, skipped = place if place is not None else (self._stores.messages.newest(connection, known.after), 0)
        following = known.next
        if known.schedule and place is None:
            following = next_run(read_schedule(parse_json(known.schedule.encode())), now)
        then = msgspec.structs.replace(
            known, after=after, skipped=skipped, next=following, attempts=0, again=None, problem=""
        )
        if not found and not (known.reports_empty and known.schedule and place is None):
            if then != known and (known.schedule or place is not None):  # a stream waits where it is
                self._keep(connection, then)
            return None
        events = [one for _, one in found]
        content = answer_document(events, known.query, now, known.id)
        told = SentResult(
            subscription=known.id,
            events=len(events),
            messages=tuple(dict.fromkeys(message for message, _ in found)),
        )
        then = msgspec.structs.replace(then, last=now)
        look = access.look(receiver, "movement events", told.messages) if told.messages else None

        def records(at: datetime) -> list[NewRecord]:
            sealer = self._stores.sealer
            looks = [sealer.record("look", receiver.id, look, at=at)] if look is not None else []
            return [sealer.record(SENT, ACTOR, told, about=file_id(SUBSCRIPTION, known.id), at=at), *looks]

        return Due(known, content, records, then)

    def _address(self, known: Subscription) -> str:
        return known.dest

    def _headers(self, known: Subscription, content: bytes) -> dict[str, str]:
        headers = {"content-type": "application/json", "gs1-epcis-version": "2.0.0", "gs1-cbv-version": "2.0.0"}
        if known.token:
            secret = self._stores.secrets_box.unwrap(f"{SUBSCRIPTION} {known.id}", base64.b64decode(known.token))
            headers["gs1-signature"] = signature_of(secret, content)
        return headers

    def _write(self, connection: Connection, made: Subscription) -> NewRecord | None:
        return write_subscription(self._files, connection, made, ACTOR)


def signature_of(secret: bytes, content: bytes) -> str:
    """What stands in `GS1-Signature`: HMAC-SHA256 of the body under the subscriber's token.

    Source: GS1 EPCIS 2.0 §12.7, OpenAPI of the REST bindings: how it is signed is the implementation's choice.
    """
    return f"sha256={hmac.new(secret, content, sha256).hexdigest()}"
