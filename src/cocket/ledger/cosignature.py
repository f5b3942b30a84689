# SPDX-License-Identifier: Apache-2.0
"""Cosignatures: a witness's word that, at a time, a head was the largest it had seen of a log, and consistent.

Two kinds stand side by side below a checkpoint: Ed25519, which every peer can check, and ML-DSA-44, which still holds
when Ed25519 no longer does and which also names the witness within what is signed.
Source: C2SP tlog-cosignature.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from hashlib import sha256
from types import ModuleType
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cocket.errors import ProofError
from cocket.ledger.checkpoint import Checkpoint
from cocket.ledger.encoding import from_base64, to_base64
from cocket.ledger.note import Signature

_SEED_LENGTH = 32
_TIME_LENGTH = 8
_LATEST = 2**63 - 1
_SUBTREE = b"subtree/v1\n\0"
_NAME = re.compile(r"[^\s+\x00-\x1f]+")
_MOST_NAME_BYTES = 255


class Kind(IntEnum):
    """Kind of a witness's key: the type byte of its vkey."""

    ED25519 = 4
    ML_DSA_44 = 6


_PUBLIC_LENGTH = {Kind.ED25519: 32, Kind.ML_DSA_44: 1312}


class Cosignature(msgspec.Struct, frozen=True):
    """A cosignature that holds.

    Attributes:
        vkey: Public key of the witness.
        time: When it was made (POSIX seconds, UTC), as the witness says.
    """

    vkey: str
    time: int


class WitnessKey:
    """The public half of a witness's key.

    Args:
        name: Name of the witness, such as `customs.example/witness`; no spaces, no plus.
        kind: Kind of the key.
        public: The public key (32 bytes for Ed25519, 1,312 for ML-DSA-44).

    Raises:
        ProofError: The name or the key cannot be one.
    """

    def __init__(self, name: str, kind: Kind, public: bytes) -> None:
        if not _NAME.fullmatch(name) or len(name.encode()) > _MOST_NAME_BYTES:
            raise ProofError("A key name is not empty and has no space or plus.", code="key-name", found=name)
        if len(public) != _PUBLIC_LENGTH[kind]:
            raise ProofError(
                f"A public key of {kind.name} has {_PUBLIC_LENGTH[kind]} bytes.",
                code="key-length",
                found=str(len(public)),
            )
        self.name = name
        self.kind = kind
        self.public = public
        self.key_id = sha256(name.encode() + b"\n" + bytes([kind]) + public).hexdigest()[:8]
        self._key = _public_key(kind, public)

    @property
    def vkey(self) -> str:
        """The key as one line to hand to others."""
        return f"{self.name}+{self.key_id}+{to_base64(bytes([self.kind]) + self.public)}"

    @classmethod
    def from_vkey(cls, vkey: str) -> WitnessKey:
        """The key that a vkey line spells.

        Raises:
            ProofError: It is not a vkey of a witness, or its id is not that of the key.
        """
        name, _, rest = vkey.partition("+")
        _, _, encoded = rest.partition("+")
        data = from_base64(encoded, "public key")
        if data[:1] not in {bytes([kind]) for kind in Kind}:
            raise ProofError("This is not the key of a witness.", code="key-form", found=vkey[:200])
        key = cls(name, Kind(data[0]), data[1:])
        if key.vkey != vkey:
            raise ProofError("The public key's id does not match it.", code="key-id", expected=key.vkey, found=vkey)
        return key

    def is_of(self, signature: Signature) -> bool:
        """Whether a signature line claims to be of this key."""
        return (signature.name, signature.key_id) == (self.name, self.key_id)

    def verify(self, signature: Signature, head: Checkpoint) -> Cosignature:
        """Check a cosignature.

        Args:
            signature: The line, of this key.
            head: What it stands below.

        Returns:
            The cosignature, with its time.

        Raises:
            ProofError: It does not hold.
        """
        time = int.from_bytes(signature.data[:_TIME_LENGTH], "big")
        try:
            if not 0 < time <= _LATEST:
                raise ProofError(f"The cosignature of {self.name} has no time.", code="cosignature")
            self._key.verify(signature.data[_TIME_LENGTH:], _message(self.kind, self.name, head, time))
        except InvalidSignature as error:
            raise ProofError(f"The cosignature of {self.name} is not valid.", code="cosignature") from error
        return Cosignature(self.vkey, time)


class Cosigner:
    """A key that cosigns.

    Args:
        name: Name of the witness.
        kind: Kind of the key.
        seed: The secret (32 bytes).

    Raises:
        ProofError: The name or the secret cannot be one, or this installation cannot sign with such a key.
    """

    def __init__(self, name: str, kind: Kind, seed: bytes) -> None:
        if len(seed) != _SEED_LENGTH:
            raise ProofError("A secret key must be 32 bytes.", code="key-length", found=str(len(seed)))
        if kind is Kind.ED25519:
            self._key: Any = Ed25519PrivateKey.from_private_bytes(seed)
        else:
            self._key = _ml_dsa().MLDSA44PrivateKey.from_seed_bytes(seed)
        self.key = WitnessKey(name, kind, self._key.public_key().public_bytes_raw())

    def cosign(self, head: Checkpoint, time: int) -> Signature:
        """Cosign a head. That it is consistent with all cosigned before is for the caller to have seen.

        Args:
            head: The head.
            time: The time (POSIX seconds, UTC; 1..2^63 − 1).

        Returns:
            The line to put below the checkpoint. ML-DSA-44 draws some randomness of its own (FIPS 204, hedged).

        Raises:
            ProofError: There is no such time.
        """
        if not 0 < time <= _LATEST:
            raise ProofError("A cosignature needs a time.", code="cosignature", found=str(time))
        message = _message(self.key.kind, self.key.name, head, time)
        return Signature(self.key.name, self.key.key_id, time.to_bytes(_TIME_LENGTH, "big") + self._key.sign(message))


def find_cosignatures(
    head: Checkpoint, signatures: Iterable[Signature], keys: Iterable[WitnessKey]
) -> tuple[Cosignature, ...]:
    """The cosignatures of witnesses one knows; lines of others are passed over.

    Args:
        head: What they stand below.
        signatures: Lines below it, of log and witnesses alike.
        keys: The witnesses.

    Returns:
        Those that hold (0..n), in the order of the lines.

    Raises:
        ProofError: A witness one knows is there twice, or its cosignature does not hold.
    """
    known = {(key.name, key.key_id): key for key in keys}
    found: list[Cosignature] = []
    for signature in signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        if any(one.vkey == key.vkey for one in found):
            raise ProofError(f"{key.name} cosigned twice.", code="cosignature")
        found.append(key.verify(signature, head))
    return tuple(found)


def _message(kind: Kind, name: str, head: Checkpoint, time: int) -> bytes:
    """What is signed: the whole text for Ed25519; names, size and root for ML-DSA-44, as a subtree from 0 on."""
    if kind is Kind.ED25519:
        return f"cosignature/v1\ntime {time}\n{head.text}".encode()
    if len(head.origin.encode()) > _MOST_NAME_BYTES:
        raise ProofError("The origin is too long to be cosigned.", code="cosignature", found=head.origin[:200])
    numbers = (number.to_bytes(8, "big") for number in (time, 0, head.size))
    at, start, end = numbers
    return b"".join((_SUBTREE, _counted(name), at, _counted(head.origin), start, end, head.root))


def _counted(text: str) -> bytes:
    data = text.encode()
    return bytes([len(data)]) + data


def _public_key(kind: Kind, public: bytes) -> Any:
    if kind is Kind.ED25519:
        return Ed25519PublicKey.from_public_bytes(public)
    return _ml_dsa().MLDSA44PublicKey.from_public_bytes(public)


def _ml_dsa() -> ModuleType:
    """The library's ML-DSA; older ones, and some of its builds, have none.

    Raises:
        ProofError: There is none.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric import mldsa

        mldsa.MLDSA44PrivateKey.from_seed_bytes(bytes(_SEED_LENGTH))
    except (ImportError, UnsupportedAlgorithm) as error:
        raise ProofError(
            "This installation does not support ML-DSA-44.", code="key-kind", hint="Install a newer cryptography."
        ) from error
    return mldsa
