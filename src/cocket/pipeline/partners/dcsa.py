# SPDX-License-Identifier: Apache-2.0
"""Events of Track and Trace that a carrier pushes: taken in like any message, and answered as DCSA asks.

A carrier that signs its notifications leaves the secret here; from then on an unsigned push of its is refused. Customs has no events of
its own to give by this standard: its producer is the carrier.

Policy actions: `message:lodge`.
Source: DCSA Track and Trace 2.2 (`Notification-Signature`), 3.0 (`POST /v3/events`).
"""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

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

#: Kind of the sealed document that holds a secret, and shortest and longest secret (bytes).
SECRET: Final = "dcsa-secret"
_LEAST, _MOST = 32, 64


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


class Dcsa(Service):
    """Taking events of carriers in.

    Args:
        stores: The stores of this process.
        messages: Takes messages in.
    """

    def __init__(self, stores: Stores, messages: MachineAccess) -> None:
        super().__init__(stores)
        self._messages = messages
        self._files = DocumentFiles(stores)

    def push(self, principal: Principal, envelope: Envelope, signature: str = "") -> Pushed:
        """Take events in; sealed.

        Args:
            principal: Whose key brought them.
            envelope: One event, a list, or an object with `events`.
            signature: What stands in `Notification-Signature`; empty for none.

        Raises:
            PolicyError: The principal may not send for this sender.
            SenderError: It holds no events, or the signature is missing, wrong, or cannot be checked; nothing was taken.
        """
        self._access.require(principal, "message:lodge", Resource(sender=envelope.sender))
        self._check(envelope, signature)
        reading = standards.read(envelope.content)
        document = reading.document
        if reading.standard != "dcsa" or not isinstance(document, Movement) or not document.movements:
            raise SenderError("This holds no events of Track and Trace.", code="dcsa-none", findings=reading.findings)
        answer = self._messages.take_many([envelope], principal=principal)[0]
        return Pushed(
            message=answer.id, outcome=answer.outcome, events=len(document.movements), findings=answer.findings
        )

    def keep_secret(self, principal: Principal, sender: str, secret: bytes) -> None:
        """Keep the secret that a sender signs with, in place of the former; without bytes it signs no more. The act is sealed.

        Raises:
            PolicyError: The principal may not send for this sender.
            SenderError: It is too short or too long.
        """
        self._access.require(principal, "message:lodge", Resource(sender=sender))
        if secret and not _LEAST <= len(secret) <= _MOST:
            raise SenderError(
                "The secret is too short or too long.",
                code="dcsa-secret",
                expected=f"{_LEAST} to {_MOST} bytes, in base64",
            )
        wrapped = self._stores.secrets_box.wrap(f"{SECRET} {sender}", secret) if secret else b""
        made = DcsaSecret(sender=sender, wrapped=base64.b64encode(wrapped).decode(), since=datetime.now(UTC))
        with self._stores.database.transaction() as connection:
            self._files.keep(connection, SECRET, sender, (made, principal))

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
        due = f"sha256={hmac.new(secret, envelope.content, sha256).hexdigest()}"
        if not hmac.compare_digest(due.encode(), signature.strip().lower().encode()):
            raise SenderError(
                "The signature is missing or wrong.", code="dcsa-signature", expected="Notification-Signature: sha256=…"
            )
