# SPDX-License-Identifier: Apache-2.0
"""Callbacks: addresses here that a carrier pushes events to who has no key of ours, as DCSA's standard has it.

Whoever speaks for a sender makes one with the secret that he subscribes with at the carrier. Its address cannot be guessed, and what
comes there is taken in for that sender only if it is signed with the secret; it holds as long as the key that made it.

Policy actions: `message:lodge`, `message:read`.
Source: DCSA Track and Trace 2.2 (callback: HEAD answered with 204, POST, `Notification-Signature`, `Subscription-ID`).
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from cocket.errors import ProofError, SenderError
from cocket.governance import Principal, Resource
from cocket.model import Envelope
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, Place, read_body
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.partners.dcsa import Dcsa, Pushed, check_secret, signature_of
from cocket.stores.base.database import Connection

#: Kind of the sealed document of a callback.
CALLBACK: Final = "dcsa-callback"

#: Callbacks of one sender that have not ended (count); random bytes of an address.
MOST_CALLBACKS: Final = 20
_RANDOM: Final = 24


class EventCallback(msgspec.Struct, frozen=True, kw_only=True):
    """A callback; also its sealed record.

    Attributes:
        id: Its id, the end of its address: whoever has it can call, and is turned away unless he signs.
        sender: For whom what comes is taken in.
        secret: What it is signed with, encrypted, in base64.
        by: Key that made it.
        scopes: Acts that it was limited to then; none for all of its roles.
        made: When, UTC.
        state: `active` or `ended`.
    """

    id: str
    sender: str
    secret: str
    by: str
    scopes: tuple[str, ...] = ()
    made: datetime
    state: Literal["active", "ended"] = "active"


class CallbackView(msgspec.Struct, frozen=True, kw_only=True):
    """A callback as it is shown: its id, its path, for whom, and since when, UTC."""

    id: str
    path: str
    sender: str
    made: datetime


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """A callback that is called, and as whom what comes is taken in."""

    callback: EventCallback
    principal: Principal


class EventCallbacks(Service):
    """Making callbacks, and taking in what comes there.

    Args:
        stores: The stores of this process.
        dcsa: Takes events in.
    """

    def __init__(self, stores: Stores, dcsa: Dcsa) -> None:
        super().__init__(stores)
        self._dcsa = dcsa
        self._files = DocumentFiles(stores)

    def make(self, principal: Principal, sender: str, secret: bytes) -> CallbackView:
        """Make a callback; sealed.

        Raises:
            PolicyError: The principal may not send for this sender.
            SenderError: The secret is too short or too long, or there are too many.
        """
        own = msgspec.structs.replace(principal, senders=principal.by_right)
        self._access.require(own, "message:lodge", Resource(sender=sender))
        check_secret(secret)
        identity = secrets.token_hex(_RANDOM)
        wrapped = self._stores.secrets_box.wrap(f"{CALLBACK} {identity}", secret)
        made = EventCallback(
            id=identity,
            sender=sender,
            secret=base64.b64encode(wrapped).decode(),
            by=principal.id,
            scopes=principal.scopes,
            made=datetime.now(UTC),
        )
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, CALLBACK)
            if len(self._of(connection, sender)) >= MOST_CALLBACKS:
                raise SenderError("There are too many callbacks; end one first.", code="dcsa-callback-number")
            self._keep(connection, made, principal.id)
        return _view(made)

    def callbacks(self, principal: Principal) -> tuple[CallbackView, ...]:
        """Callbacks of the principal's senders that have not ended (0..n). The look is sealed.

        Raises:
            PolicyError: The principal speaks for nobody.
        """
        own = msgspec.structs.replace(principal, senders=principal.by_right)
        with self._stores.database.transaction() as connection:
            senders = [one for one in own.senders if self._access.may(own, "message:read", Resource(sender=one))]
            if not senders:
                self._access.require(own, "message:read", Resource(sender=None))
            found = [one for sender in senders for one in self._of(connection, sender)]
            if found:
                looked = self._access.record(principal, "movement events", tuple(one.id for one in found))
                self._access.seal(connection, looked)
        return tuple(map(_view, sorted(found, key=lambda one: (one.made, one.id))))

    def end(self, principal: Principal, callback_id: str) -> None:
        """End a callback; sealed.

        Raises:
            NotFoundError: There is none of the principal's.
        """
        own = msgspec.structs.replace(principal, senders=principal.by_right)
        with self._stores.database.transaction() as connection:
            known = self._known(connection, callback_id)
            if known is None or not self._access.may(own, "message:lodge", Resource(sender=known.sender)):
                raise NotFoundError("There is no such callback.")
            self._keep(connection, msgspec.structs.replace(known, state="ended"), principal.id)

    def called(self, callback_id: str) -> Called:
        """Who is called at an address.

        Raises:
            NotFoundError: There is no such callback, or the key that made it holds no more.
        """
        with self._stores.database.transaction() as connection:
            known = self._known(connection, callback_id)
            key = self._stores.people.key(connection, known.by) if known is not None else None
        if known is None or key is None or known.sender not in key.senders:
            raise NotFoundError("There is no such callback.")
        principal = Principal(
            id=known.by,
            kind="key",
            roles=key.roles,
            senders=(known.sender,),
            office=key.office,
            scopes=known.scopes,
        )
        return Called(callback=known, principal=principal)

    def take(self, called: Called, envelope: Envelope, signature: str) -> Pushed:
        """Take in what came; sealed.

        Args:
            called: The callback.
            envelope: Events, for its sender.
            signature: What stands in `Notification-Signature`; empty for none.

        Raises:
            PolicyError: The key that made the callback may not send for its sender any more.
            ProofError: The signature is missing or wrong; nothing was taken.
            SenderError: It holds no events; nothing was taken.
        """
        known = called.callback
        secret = self._stores.secrets_box.unwrap(f"{CALLBACK} {known.id}", base64.b64decode(known.secret))
        due = signature_of(secret, envelope.content)
        if not hmac.compare_digest(due.encode(), signature.strip().lower().encode()):
            raise ProofError(
                "The signature is missing or wrong.", code="dcsa-signature", expected="Notification-Signature: sha256=…"
            )
        return self._dcsa.push(called.principal, envelope, is_checked=True)

    def _of(self, connection: Connection, sender: str) -> list[EventCallback]:
        named = ("sender", sender)
        files = self._stores.case_files.found_by(connection, CALLBACK, [named]).get(named, [])
        return [one for one in (read_body(file, EventCallback) for file in files) if one.state == "active"]

    def _known(self, connection: Connection, callback_id: str) -> EventCallback | None:
        if len(callback_id) != 2 * _RANDOM or not callback_id.isascii() or not callback_id.isalnum():
            return None
        found = self._files.read_sealed(connection, CALLBACK, callback_id, EventCallback)
        return found if found is not None and found.state == "active" else None

    def _keep(self, connection: Connection, made: EventCallback, who: str) -> None:
        names = (("name", made.id), ("sender", made.sender))
        record = self._files.write(connection, CALLBACK, made.id, (made, who), Place(state=made.state, names=names))
        if record is not None:
            self._access.seal(connection, record)


def _view(one: EventCallback) -> CallbackView:
    return CallbackView(id=one.id, path=f"/v1/dcsa/callbacks/{one.id}", sender=one.sender, made=one.made)
