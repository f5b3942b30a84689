# SPDX-License-Identifier: Apache-2.0
"""How a message or a record becomes a leaf, and a leaf a receipt."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
import zstandard

from cocket import ledger
from cocket.errors import ProofError, RowDiffersError, SettingsError
from cocket.pipeline.base.ids import new_id
from cocket.stores.base.keys import Keys
from cocket.stores.base.packing import unpack
from cocket.stores.base.subject_keys import SubjectKey, SubjectKeys
from cocket.stores.ledger.leaves import NewLeaf, NewRecord, StoredLeaf


class Sealer:
    """Makes leaves and receipts with the administration's keys.

    Args:
        keys: The administration's secrets.
        log_origin: Name of the log.
        merge_delay_seconds: By when a promise is in a signed head.
        subjects: Gives each sealed thing a key of its own; None where nothing is sealed.
    """

    def __init__(
        self, keys: Keys, log_origin: str, merge_delay_seconds: float, subjects: SubjectKeys | None = None
    ) -> None:
        self._keys = keys
        self._subjects = subjects
        self._merge_delay = timedelta(seconds=merge_delay_seconds)
        self._receipt_signer = ledger.Signer.from_bytes(f"{ledger.family_of(log_origin)}/receipts", keys.receipt)

    @property
    def receipt_vkey(self) -> str:
        """Public key of receipts, in C2SP form."""
        return self._receipt_signer.verifier.vkey

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
        if self._subjects is None:
            raise SettingsError("This service does not seal records.")
        leaf = self.again((record, kind), at, parties, digest, self._subjects.take())
        by = datetime.now(UTC) + self._merge_delay  # in whole seconds, so that what was promised can be found again
        return msgspec.structs.replace(leaf, include_by=by.replace(microsecond=0) + timedelta(seconds=1))

    def again(
        self, named: tuple[UUID, str], at: datetime, parties: tuple[str, str], digest: bytes, key: SubjectKey
    ) -> NewLeaf:
        """The leaf of sealed bytes under a key that is known, as `leaf` made it; but by when it was promised is not.

        Args:
            named: Id of the message or record, and what it is.
            at: When it happened, UTC.
            parties: Actor and subject.
            digest: SHA-256 of the sealed bytes.
            key: Its key.
        """
        (record, kind), (actor, subject) = named, parties
        opening = ledger.Opening(actor=actor, content=digest.hex(), subject=subject, time=_text(at), type=kind)
        sealed = ledger.seal_leaf(opening, key.nonce)
        include_by = at + self._merge_delay
        return NewLeaf(record, kind, at, actor, subject, digest, sealed.nonce, sealed.commit, include_by, key)

    def record(
        self, kind: str, actor: str, body: Any, *, about: UUID | None = None, at: datetime | None = None
    ) -> NewRecord:
        """A record to seal: anything that happened and is not a message.

        Args:
            kind: What it is.
            actor: Who did it.
            body: Struct or plain values. Its JSON bytes are what is sealed and kept, so they need no canonical form.
            about: Consignment or message it is about; None if about none.
            at: When; None for now.
        """
        when = at or datetime.now(UTC)
        sealed = msgspec.json.encode(body)
        subject = self.subject(str(about)) if about else ""
        leaf = self.leaf(new_id(), kind, when, (actor, subject), sha256(sealed).digest())
        return NewRecord(leaf, about, sealed)

    def receipt(self, leaf: StoredLeaf) -> ledger.Receipt:
        """The receipt of a leaf; the same leaf always gives the same bytes.

        Raises:
            ProofError: The leaf's nonce was destroyed.
            RowDiffersError: What it promises was changed by another hand: no other promise is signed than was given.
        """
        check_promise(leaf)
        promise = ledger.Promise(
            commit=leaf.seal,
            degraded=leaf.is_degraded,
            include_by=_text(leaf.include_by),
            index=leaf.place,
            log=leaf.log,
        )
        return ledger.make_receipt(promise, _opened(leaf), self._receipt_signer)

    def sealed_record(self, leaf: StoredLeaf, body: bytes, checkpoint: str, path: list[bytes]) -> ledger.SealedRecord:
        """A record with the proof that its leaf is under a signed head.

        Raises:
            ProofError: The leaf's nonce was destroyed.
        """
        return ledger.SealedRecord(body=body.decode(), proof=self.proof(leaf, checkpoint, path))

    def sign(self, statement: msgspec.Struct) -> bytes:
        """Sign a statement of the administration with the key of its receipts (64 bytes).

        Args:
            statement: Its fields stand in JCS order, and are those of no other statement that this key signs.
        """
        return self._receipt_signer.sign(msgspec.json.encode(statement))

    def proof(self, leaf: StoredLeaf, checkpoint: str, path: list[bytes]) -> ledger.InclusionProof:
        """The proof that a leaf is under a signed head.

        Raises:
            ProofError: The leaf's nonce was destroyed.
        """
        return ledger.InclusionProof(
            index=leaf.place,
            commit=leaf.seal,
            checkpoint=checkpoint,
            path=path,
            opening=_opened(leaf).opening,
            nonce=leaf.nonce,
        )


def check_promise(leaf: StoredLeaf) -> None:
    """See that what the receipt of a leaf promises is what was promised.

    Raises:
        RowDiffersError: It was changed by another hand, or nobody looked.
    """
    if leaf.nonce is not None and not leaf.is_promised:
        raise RowDiffersError(
            f"What the receipt of leaf {leaf.index} promises was changed in the database; the receipt given at first "
            "stands, and no other one is signed.",
            pointer=f"leaf {leaf.index}",
            hint="Ask for the inclusion proof; the operator sees the difference by `cocket ledger audit --home HOME`.",
        )


def check_sealed(leaf: StoredLeaf, stored: bytes | None, state: str) -> None:
    """Make a leaf again from the bytes it seals, before a head is signed over it.

    Args:
        leaf: The leaf as it stands.
        stored: What it seals, a message's bytes still packed; None if that is missing.
        state: `kept`, `missing` or `altered`, of the stored bytes.

    Raises:
        ProofError: They give another leaf: something was changed in the database since it was sealed.
    """
    content = stored
    if stored is not None and leaf.kind.startswith("message-"):
        try:
            content = unpack(stored)
        except zstandard.ZstdError:
            content, state = None, "altered"
    if content is None:
        what = f"The sealed content is {state}."
    elif sha256(content).digest() != leaf.digest:
        what = "The stored bytes differ from the sealed ones."
    elif leaf.nonce is None or ledger.commitment(_opening(leaf), leaf.nonce) != leaf.seal:
        what = "Its opening does not match its commitment."
    else:
        return
    raise ProofError(
        f"Leaf {leaf.index} ({leaf.kind} of {_text(leaf.at)}) does not match what was sealed. {what}",
        code="leaf-altered",
        pointer=str(leaf.record),
        found=str(leaf.index),
        hint="Find out what changed in the database; restore it, or accept the leaf as it is: cocket set-aside leaf.",
    )


def is_as_sealed(leaf: StoredLeaf) -> bool:
    """Whether what a leaf says of itself, its time among it, is what its commitment was made of.

    False too where its nonce was destroyed, for then nobody can know.
    """
    return leaf.nonce is not None and ledger.commitment(_opening(leaf), leaf.nonce) == leaf.seal


def _opening(leaf: StoredLeaf) -> ledger.Opening:
    return ledger.Opening(
        actor=leaf.actor, content=leaf.digest.hex(), subject=leaf.subject, time=_text(leaf.at), type=leaf.kind
    )


def _opened(leaf: StoredLeaf) -> ledger.Leaf:
    if leaf.nonce is None:
        raise ProofError(f"Leaf {leaf.index} was erased and can no longer be decrypted.", code="leaf-erased")
    entry = ledger.write_entry(leaf.seal)
    return ledger.Leaf(opening=_opening(leaf), nonce=leaf.nonce, commit=leaf.seal, entry=entry)


@lru_cache(64)  # all that a turn seals is of one moment
def _text(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds, as both database and openings keep it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
