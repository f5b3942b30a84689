# SPDX-License-Identifier: Apache-2.0
"""How a message or a record becomes a leaf, and a leaf a receipt."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
import rfc8785

from cocket import ledger
from cocket.pipeline.ids import new_id
from cocket.stores.keys import Keys
from cocket.stores.leaves import NewLeaf, NewRecord, StoredLeaf


class Sealer:
    """Makes leaves and receipts with the administration's keys.

    Args:
        keys: The administration's secrets.
        log_origin: Name of the log.
        merge_delay_seconds: By when a promise is in a signed head.
    """

    def __init__(self, keys: Keys, log_origin: str, merge_delay_seconds: float) -> None:
        self._keys = keys
        self._origin = log_origin
        self._merge_delay = timedelta(seconds=merge_delay_seconds)
        self._receipt_signer = ledger.Signer.from_bytes(f"{log_origin}/receipts", keys.receipt)

    @property
    def receipt_vkey(self) -> str:
        """Public key of receipts, in C2SP form."""
        return self._receipt_signer.vkey

    def content_mac(self, content: bytes) -> bytes:
        """What recognises the same bytes again, and tells nobody without the key anything."""
        return hmac.digest(self._keys.identity, content, "sha256")

    def subject(self, *names: str) -> str:
        """A subject as it stands in an opening: found again by whoever has the key, not guessed by others."""
        return hmac.digest(self._keys.subject, "\0".join(names).encode(), "sha256").hex()[:32]

    def leaf(self, record: UUID, kind: str, at: datetime, parties: tuple[str, str], digest: bytes) -> NewLeaf:
        """The leaf of sealed bytes.

        Args:
            record: Id of the message or record.
            kind: What it is, such as `message-accepted` or `look`.
            at: When it happened, UTC.
            parties: Actor and subject.
            digest: SHA-256 of the sealed bytes.
        """
        actor, subject = parties
        nonce = secrets.token_bytes(32)
        opening = ledger.Opening(type=kind, time=at, actor=actor, subject=subject, content_sha256=digest)
        sealed = ledger.seal_leaf(opening, nonce)
        include_by = datetime.now(UTC) + self._merge_delay
        return NewLeaf(record, kind, at, actor, subject, digest, nonce, sealed.commit, include_by)

    def record(self, kind: str, actor: str, body: Any, *, about: UUID | None = None, at: datetime | None = None) -> NewRecord:
        """A record to seal: anything that happened and is not a message.

        Args:
            kind: What it is.
            actor: Who did it.
            body: Struct or plain values; sealed as JCS.
            about: Consignment or message it is about; None if about none.
            at: When; None for now.
        """
        when = at or datetime.now(UTC)
        sealed = rfc8785.dumps(msgspec.to_builtins(body))
        subject = self.subject(str(about)) if about else ""
        leaf = self.leaf(new_id(), kind, when, (actor, subject), sha256(sealed).digest())
        return NewRecord(leaf, about, sealed)

    def opening(self, leaf: StoredLeaf) -> ledger.Opening:
        """What opens a leaf's commitment, together with its nonce."""
        return ledger.Opening(type=leaf.kind, time=leaf.at, actor=leaf.actor, subject=leaf.subject, content_sha256=leaf.digest)

    def receipt(self, leaf: StoredLeaf) -> ledger.Receipt:
        """The receipt of a leaf; the same leaf always gives the same bytes."""
        return ledger.make_receipt(
            self.opening(leaf),
            leaf.nonce,
            ledger.Promise(log=self._origin, index=leaf.index, include_by=leaf.include_by, degraded=leaf.is_degraded),
            self._receipt_signer,
        )
