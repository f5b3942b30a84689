# SPDX-License-Identifier: Apache-2.0
"""Events of Track and Trace that a carrier pushes: taken in like any message, answered as DCSA asks, and given back to their sender.

A carrier that signs its notifications leaves the secret here; from then on an unsigned push of its is refused. Events are given to
nobody but whoever may read the message that they came in: customs answers no one about another's events.

Policy actions: `message:lodge`, `message:read`.
Source: DCSA Track and Trace 2.2 (`Notification-Signature`, `GET /v2/events`), 3.0 (`POST /v3/events`, `GET /v3/events`).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from cocket import standards
from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.governance import Principal, Resource
from cocket.model import Envelope, Movement
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.intake.machine_access import MachineAccess
from cocket.pipeline.partners.found_events import LEFT_OUT, Given, Wanted, find_events, place_of, token_of
from cocket.standards.dcsa.querying import Edition, EventQuery, asks_for, edition_of, events_in
from cocket.standards.json import parse_json
from cocket.stores.base.database import Connection
from cocket.stores.base.packing import unpack
from cocket.stores.intake.messages import StoredMessage

#: Kind of the sealed document that holds a secret, and shortest and longest secret (bytes).
SECRET: Final = "dcsa-secret"
_LEAST, _MOST = 32, 64

#: Events of one page (counts), and standards whose messages hold events.
MOST_A_PAGE: Final = 1000
STANDARDS: Final = ("dcsa",)


class DcsaSecret(msgspec.Struct, frozen=True, kw_only=True):
    """The secret that a sender signs with: encrypted, in base64, empty where it signs no more; and since when, UTC."""

    sender: str
    wrapped: str
    since: datetime


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a push: the message, its outcome, how many events it had, and what was found (0..n)."""

    message: str
    outcome: str
    events: int
    findings: tuple[Finding, ...]


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events of one edition as they were pushed (0..n), and where the next one begins, empty on the last; and how many events
    up to there are asked for and of another edition (count).
    """

    events: tuple[dict[str, Any], ...]
    next: str = ""
    left_out: int = 0


class Dcsa(Service):
    """Taking events of carriers in, and giving them back.

    Args:
        stores: The stores of this process.
        messages: Takes messages in.
    """

    def __init__(self, stores: Stores, messages: MachineAccess) -> None:
        super().__init__(stores)
        self._messages = messages
        self._files = DocumentFiles(stores)

    def push(
        self, principal: Principal, envelope: Envelope, signature: str = "", *, is_checked: bool = False
    ) -> Pushed:
        """Take events in; sealed.

        Args:
            principal: Whose key brought them.
            envelope: One event, a list, or an object with `events`.
            signature: What stands in `Notification-Signature`; empty for none.
            is_checked: Whether the signature was checked, as that of a callback is.

        Raises:
            PolicyError: The principal may not send for this sender.
            SenderError: It holds no events, or the signature is missing, wrong, or cannot be checked; nothing was taken.
        """
        self._access.require(principal, "message:lodge", Resource(sender=envelope.sender))
        if not is_checked:
            self._check(envelope, signature)
        reading = standards.read(envelope.content)
        document = reading.document
        if reading.standard != "dcsa" or not isinstance(document, Movement) or not document.movements:
            raise SenderError("This holds no events of Track and Trace.", code="dcsa-none", findings=reading.findings)
        answer = self._messages.take_many([envelope], principal=principal)[0]
        return Pushed(
            message=answer.id, outcome=answer.outcome, events=len(document.movements), findings=answer.findings
        )

    def events(self, principal: Principal, query: EventQuery, edition: Edition, page: tuple[str, int]) -> EventPage:
        """Events of the principal's senders that a question asks for, in the order in which they were pushed. The look is sealed.

        An event that was sent again, or taken back, stands as often as it was pushed.

        Args:
            principal: Who asks.
            query: What is asked for.
            edition: By which the events are stated; those of another are counted.
            page: Where the page begins, empty for the first; and how many events it has at most (count).

        Raises:
            PolicyError: The principal speaks for nobody.
            SenderError: The cursor is none of ours.
        """
        cursor, limit = page
        place = place_of(cursor, "dcsa-parameter", "The cursor is none of this server.") if cursor else (-1, 0)
        size = max(1, min(limit, MOST_A_PAGE))

        def given(event: dict[str, Any]) -> Given:
            if not asks_for(query, event):
                return None
            return event if edition_of(event) == edition else LEFT_OUT

        with self._stores.database.transaction() as connection:
            begun = dict(principal.since)
            senders = {one: begun.get(one) for one in principal.senders if self._may_read(principal, one)}
            if not senders:
                self._access.require(principal, "message:read", Resource(sender=None))
            wanted = Wanted(
                senders=senders,
                standards=STANDARDS,
                read=read_pushed(self._stores, connection, given),
            )
            found = find_events(self._stores, connection, wanted, place, size)
            if found.events:
                self._access.seal(connection, self._access.record(principal, "movement events", found.messages))
        following = token_of(found.next) if found.next is not None else ""
        return EventPage(events=tuple(one for _, one in found.events), next=following, left_out=found.left_out)

    def keep_secret(self, principal: Principal, sender: str, secret: bytes) -> None:
        """Keep the secret that a sender signs with, in place of the former; without bytes it signs no more. The act is sealed.

        Raises:
            PolicyError: The principal may not send for this sender.
            SenderError: It is too short or too long.
        """
        self._access.require(principal, "message:lodge", Resource(sender=sender))
        if secret:
            check_secret(secret)
        wrapped = self._stores.secrets_box.wrap(f"{SECRET} {sender}", secret) if secret else b""
        made = DcsaSecret(sender=sender, wrapped=base64.b64encode(wrapped).decode(), since=datetime.now(UTC))
        with self._stores.database.transaction() as connection:
            self._files.keep(connection, SECRET, sender, (made, principal))

    def _may_read(self, principal: Principal, sender: str) -> bool:
        return self._access.may(principal, "message:read", Resource(sender=sender))

    def _check(self, envelope: Envelope, signature: str) -> None:
        with self._stores.database.transaction() as connection:
            kept = self._files.read_sealed(connection, SECRET, envelope.sender, DcsaSecret)
        if kept is None or not kept.wrapped:
            if signature:
                raise SenderError(
                    "The signature cannot be checked: no secret is known.",
                    code="dcsa-signature",
                    hint="Leave the secret with PUT /v1/dcsa/secret.",
                )
            return
        secret = self._stores.secrets_box.unwrap(f"{SECRET} {envelope.sender}", base64.b64decode(kept.wrapped))
        due = signature_of(secret, envelope.content)
        if not hmac.compare_digest(due.encode(), signature.strip().lower().encode()):
            raise SenderError(
                "The signature is missing or wrong.", code="dcsa-signature", expected="Notification-Signature: sha256=…"
            )


def read_pushed(
    stores: Stores, connection: Connection, given: Callable[[dict[str, Any]], Given]
) -> Callable[[StoredMessage], Iterator[Given]]:
    """Reads the events of a message as they were pushed; a paper of DCSA, such as a transport document, holds none.

    Args:
        stores: The stores.
        connection: The transaction.
        given: An event as it is given.
    """

    def read(message: StoredMessage) -> Iterator[Given]:
        packed = stores.messages.content(connection, message.id)
        for event in events_in(parse_json(unpack(packed))) if packed is not None else ():
            yield given(event) if edition_of(event) is not None else None

    return read


def signature_of(secret: bytes, content: bytes) -> str:
    """What stands in `Notification-Signature`: HMAC-SHA256 of the body under the shared secret.

    Source: DCSA Track and Trace 2.2, `Notification-Signature`.
    """
    return f"sha256={hmac.new(secret, content, sha256).hexdigest()}"


def check_secret(secret: bytes) -> bytes:
    """A shared secret as it may be kept.

    Raises:
        SenderError: It is too short or too long.
    """
    if not _LEAST <= len(secret) <= _MOST:
        raise SenderError(
            "The secret is too short or too long.",
            code="dcsa-secret",
            expected=f"{_LEAST} to {_MOST} bytes, in base64",
        )
    return secret
