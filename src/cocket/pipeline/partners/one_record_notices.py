# SPDX-License-Identifier: Apache-2.0
"""Notifications of ONE Record that go out: where a sender has them sent, what waits, and what was given up.

A notification is a sealed document that waits until its receiver took it. What is told is an address, and the object itself only where
the subscription asks for it and its subscriber may still read it when it is sent.

Policy actions: `message:read`, `webhook:keep-own`; `webhook:keep` for those of all senders.
Source: ONE Record API 2.3, subscriptions (guaranteed delivery), notifications.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.exchange.webhook_calls import check_url
from cocket.exchange.webhook_signatures import SECRET_BYTES, secret_text
from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, Place, read_body
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.webhooks import reach_of
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection

#: Kinds of sealed documents: where notifications of a sender go, and one of them.
CALLBACK: Final = "one-record-callback"
NOTICE: Final = "one-record-notice"

#: Notifications that are listed (count); longest token (characters).
MOST_LISTED: Final = 500
_LONGEST_TOKEN: Final = 4000

NoticeState = Literal["waiting", "sent", "given-up", "withheld"]


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """Where notifications of a sender go, and by what it knows us; also its sealed record.

    Attributes:
        sender: Whose.
        address: Address of its `notifications`.
        token: Bearer token that we present, encrypted, in base64; empty for none.
        secret: Secret that we sign with, likewise.
        since: Since when, UTC.
    """

    sender: str
    address: str
    token: str
    secret: str
    since: datetime


class CallbackKept(msgspec.Struct, frozen=True, kw_only=True):
    """A callback that was kept: its address, and the secret that notifications are signed with, shown this once."""

    address: str
    secret: str


class OneRecordNotice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A notification that goes out; also its sealed record.

    Attributes:
        id: Its id, the same however often it is sent.
        receiver: Sender that is told.
        event: What happened, as the API calls it.
        object: Id of the object; empty for none.
        object_type: Its class, as an IRI; empty for none.
        events: Ids of events of it (0..n).
        changed: Properties that changed (0..n).
        request: Id of the subscription, or of the request that changed; empty for none.
        base: Address below which objects of this server lie.
        is_whole: Whether the object is sent with it.
        at: When it happened, UTC.
        state: `waiting`; `sent`, which means taken; `given-up`, after four days or where the receiver is gone; `withheld`, since the
            receiver may not read the object any more.
        attempts: Attempts that failed (count).
        again: When it is tried again, UTC; None before the first attempt.
        problem: What the last attempt met, in words; empty where it went well.
    """

    id: str
    receiver: str
    event: str
    object: str = ""
    object_type: str = ""
    events: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    request: str = ""
    base: str
    is_whole: bool = False
    at: datetime
    state: NoticeState = "waiting"
    attempts: int = 0
    again: datetime | None = None
    problem: str = ""


class OneRecordNotices(Service):
    """Where notifications go, and what became of them.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def keep_callback(self, principal: Principal, sender: str, address: str, token: str) -> CallbackKept:
        """Keep where notifications of a sender go, in place of the former; sealed.

        Args:
            principal: Who does.
            sender: Whose.
            address: Address that notifications are posted to; it is checked, and never inside unless the settings allow it.
            token: Bearer token that is presented there; empty for none.

        Raises:
            PolicyError: The principal may keep no endpoint of this sender.
            SenderError: It cannot be called, the token cannot be sent, or this installation sends nothing.
        """
        own = msgspec.structs.replace(principal, senders=principal.by_right)
        self._access.require(own, "webhook:keep-own", Resource(sender=sender))
        if not self._stores.settings.event_webhooks:
            raise SenderError("This installation sends no webhooks.", code="webhooks-off")
        if len(token) > _LONGEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
            raise SenderError("The token cannot be sent in a header field.", code="one-record-callback")
        secret = secrets.token_bytes(SECRET_BYTES)
        made = Callback(
            sender=sender,
            address=check_url(address, reach_of(self._stores.settings)),
            token=self._wrapped(sender, token.encode()) if token else "",
            secret=self._wrapped(sender, secret),
            since=datetime.now(UTC),
        )
        with self._stores.database.transaction() as connection:
            self._files.keep(connection, CALLBACK, sender, (made, principal))
        return CallbackKept(address=made.address, secret=secret_text("v1", secret))

    def outbox(self, principal: Principal) -> tuple[OneRecordNotice, ...]:
        """Notifications that wait, were given up, or withheld: of the principal's senders; for customs, of all (0..500).

        The look is sealed.

        Raises:
            PolicyError: The principal may see none.
        """
        with self._stores.database.transaction() as connection:
            receivers = self._receivers(principal)
            files = self._stores.case_files.of_kind(connection, NOTICE, ("waiting", "given-up", "withheld"))
            every = (read_body(file, OneRecordNotice) for file in files)
            found = tuple(one for one in every if receivers is None or one.receiver in receivers)[:MOST_LISTED]
            what = "webhooks" if receivers is None else "own webhooks"
            self._access.seal(
                connection, self._access.record(principal, what, tuple(one.id for one in found) or ("none",))
            )
        return found

    def send_again(self, principal: Principal, notice_id: str) -> OneRecordNotice:
        """Let a notification that was given up wait again; sealed.

        Raises:
            NotFoundError: There is no such notification that was given up and that this principal may see.
            PolicyError: The principal may see none.
        """
        wanted = parse_id(notice_id)
        with self._stores.database.transaction() as connection:
            receivers = self._receivers(principal)
            found = (
                self._files.read(connection, NOTICE, str(wanted), OneRecordNotice, to_change=True) if wanted else None
            )
            if (
                found is None
                or found.state != "given-up"
                or (receivers is not None and found.receiver not in receivers)
            ):
                raise NotFoundError("No such notification was given up.")
            made = msgspec.structs.replace(found, state="waiting", attempts=0, again=None, at=datetime.now(UTC))
            self._access.seal(connection, *write_notices(self._files, connection, (made,), principal.id))
        return made

    def _receivers(self, principal: Principal) -> frozenset[str] | None:
        """Senders whose notifications the principal sees; None for all."""
        if self._access.may(principal, "webhook:keep"):
            return None
        own = msgspec.structs.replace(principal, senders=principal.by_right)
        found = frozenset(one for one in own.senders if self._access.may(own, "webhook:keep-own", Resource(sender=one)))
        if not found:
            self._access.require(principal, "webhook:keep")
        return found

    def _wrapped(self, sender: str, secret: bytes) -> str:
        return base64.b64encode(self._stores.secrets_box.wrap(f"{CALLBACK} {sender}", secret)).decode()


def callback_of(files: DocumentFiles, connection: Connection, sender: str) -> Callback | None:
    """Where notifications of a sender go, as it was sealed last; None where it has them sent nowhere."""
    return files.read_sealed(connection, CALLBACK, sender, Callback)


def write_notices(
    files: DocumentFiles, connection: Connection, notices: Sequence[OneRecordNotice], who: str
) -> list[NewRecord]:
    """Keep notifications as they stand; what is to be sealed as the last act (0..n)."""
    found = []
    for one in notices:
        names = (("name", one.id), ("receiver", one.receiver))
        record = files.write(connection, NOTICE, one.id, (one, who), Place(state=one.state, names=names))
        found += [record] if record is not None else []
    return found


def new_notice(receiver: str, event: str, base: str, **told: object) -> OneRecordNotice:
    """A notification that waits from now on."""
    made = OneRecordNotice(id=str(new_id()), receiver=receiver, event=event, base=base, at=datetime.now(UTC))
    return msgspec.structs.replace(made, **told)
