# SPDX-License-Identifier: Apache-2.0
"""What a message of the open e-seal profile proves: whose key made it, where it stands in its chain, which batch signs it.

Everything here is a function of its arguments: keys, and what was seen of a device before, come in from the caller.
Source: docs/standards/open-e-seal.md; RFC 7515, RFC 9052; RFC 2104 (HMAC), RFC 8032 (Ed25519), RFC 6962 §2.1 (roots).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from cocket.errors import ProofError
from cocket.ledger.tree import leaf_hashes, merkle_root
from cocket.tracking.adapters.open_e_seal import Message, Wire, read_message, take_apart

#: Where a message stands in what its device has sent.
Standing = Literal["new", "repeat", "conflict", "chain-broken"]

_SHORTEST_SECRET = 16
_P256_HALF = 32


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key of one device; its text never shows what it holds.

    Attributes:
        kid: Its name, as messages state it.
        device: Identity of the device that it belongs to.
        algorithm: What it may be used for, and nothing else: `HS256`, `EdDSA` or `ES256`.
        material: The shared secret (16 bytes or more), the Ed25519 public key (32 bytes), or the P-256 public key as
            an uncompressed point (65 bytes).
    """

    kid: str
    device: str
    algorithm: Literal["HS256", "EdDSA", "ES256"]
    material: bytes

    def __repr__(self) -> str:
        return f"Key({self.kid!r}, {self.device!r}, {self.algorithm})"


class Link(msgspec.Struct, frozen=True):
    """What is kept of a message to hold the next against.

    Attributes:
        digest: SHA-256 of the message.
        prev: What it says of the one before it; None in a device's first.
    """

    digest: bytes
    prev: bytes | None


def verify(wire: Wire, key: Key) -> Message:
    """Check that a device's key made a message, and that the message is that device's.

    Args:
        wire: The payload, taken apart.
        key: The key that the caller holds under `wire.kid`.

    Returns:
        The message.

    Raises:
        ProofError: It is bare, names another key or algorithm, does not verify, or claims another device.
        UnreadableError: It is no message of the profile.
    """
    if wire.algorithm is None:
        raise ProofError("The message carries no proof.", code="proof-missing")
    if wire.algorithm != key.algorithm or wire.kid not in (None, key.kid):
        raise ProofError(
            "The message refers to a key that is not the device's.",
            code="key-other",
            expected=f"{key.kid} ({key.algorithm})",
            found=f"{wire.kid} ({wire.algorithm})",
        )
    if not _holds(wire, key):
        raise ProofError("The message was not signed with the device's key, or was changed since.", code="proof-wrong")
    message = read_message(wire)
    if message.dev != key.device:
        raise ProofError(
            "The message claims another device than its key's.",
            code="device-other",
            expected=key.device,
            found=ascii(message.dev),
        )
    return message


def _holds(wire: Wire, key: Key) -> bool:
    if key.algorithm == "HS256":
        if len(key.material) < _SHORTEST_SECRET:
            raise ProofError("The device's secret is shorter than 16 bytes.", code="key-weak")
        return hmac.compare_digest(hmac.digest(key.material, wire.signed, sha256), wire.proof)
    try:
        if key.algorithm == "EdDSA":
            Ed25519PublicKey.from_public_bytes(key.material).verify(wire.proof, wire.signed)
        else:
            if len(wire.proof) != 2 * _P256_HALF:
                return False
            halves = (int.from_bytes(half, "big") for half in (wire.proof[:_P256_HALF], wire.proof[_P256_HALF:]))
            public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key.material)
            public.verify(encode_dss_signature(*halves), wire.signed, ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    except ValueError as error:
        raise ProofError("The device's key does not match its algorithm.", code="key-form") from error
    return True


def link_of(wire: Wire, message: Message) -> Link:
    """What to keep of a message that was taken in."""
    return Link(wire.digest, message.prev)


def standing(message: Message, link: Link, seen: Mapping[tuple[int, int], Link]) -> Standing:
    """Where a message stands in what was seen of its device; the order in which messages arrive does not matter.

    Args:
        message: The message, verified.
        link: Its own link.
        seen: Links of messages of this device taken in before, by boot and sequence; those around it are enough.

    Returns:
        `new`: nothing speaks against it, though it be late. `repeat`: it was taken in before, byte for byte. `conflict`:
        another message has its boot and sequence, so two devices hold one key, or one was rolled back. `chain-broken`:
        it does not name its predecessor, or its successor does not name it.
    """
    known = seen.get((message.boot, message.seq))
    if known is not None:
        return "repeat" if known.digest == link.digest else "conflict"
    before, after = seen.get((message.boot, message.seq - 1)), seen.get((message.boot, message.seq + 1))
    if before is not None and link.prev != before.digest:
        return "chain-broken"
    if after is not None and after.prev != link.digest:
        return "chain-broken"
    return "new"


def verify_batch(signed: Message, payloads: Sequence[bytes]) -> None:
    """Check that a signed batch covers messages, all of them and in order.

    Args:
        signed: A message with `batch`, verified.
        payloads: The payloads it is to cover, in the order of boot and sequence (1..n).

    Raises:
        ProofError: It signs no batch, or these messages are not the ones that it signs.
        UnreadableError: One of them is no message of the profile.
    """
    batch = signed.batch
    if batch is None:
        raise ProofError("The message signs no batch.", code="batch-missing")
    wires = [take_apart(payload) for payload in payloads]
    messages = [read_message(wire) for wire in wires]
    counters = [(message.boot, message.seq) for message in messages]
    fits = (
        len(messages) == batch.n
        and counters[0] == batch.first
        and counters[-1] == batch.last
        and counters == sorted(set(counters))
        and all(message.dev == signed.dev for message in messages)
    )
    if not fits or batch_root([wire.content for wire in wires]) != batch.root:
        raise ProofError(
            "These messages differ from those that the batch signs.",
            code="batch-other",
            expected=f"{batch.n} messages from {batch.first} to {batch.last}",
            found=f"{len(messages)} messages",
        )


def batch_root(contents: Sequence[bytes]) -> bytes:
    """The root over the bytes of messages in order (32 bytes).

    Source: RFC 6962 §2.1.
    """
    return merkle_root(leaf_hashes(contents))
