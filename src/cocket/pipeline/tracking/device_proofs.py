# SPDX-License-Identifier: Apache-2.0
"""Whether messages of the open e-seal profile are their device's own: held against the keys registered for it.

A device that has a key must prove every message from then on. One that does not prove itself is not taken for what
happened: it becomes evidence, emptied of all it claims, and its bytes stay in the door's row. Where it stands in the
device's chain is judged later, with all that the device told (`cocket.tracking.chain`).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from cocket.errors import ProofError, SettingsError, StoreError
from cocket.pipeline.base.secret_box import SecretBox
from cocket.stores.tracking.device_batches import DeviceMessage
from cocket.stores.tracking.device_proof_keys import Algorithm, StoredProofKey
from cocket.tracking.adapters import Context
from cocket.tracking.adapters.open_e_seal import events_of, read_message, take_apart
from cocket.tracking.adapters.open_e_seal_proof import Key, verify
from cocket.tracking.chain import KEY_LOST, LAPSED
from cocket.tracking.events import TrackingEvent

_SHORTEST_SECRET = 16


class NewProofKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key to be registered; its text never shows what it holds.

    Attributes:
        kid: Its name, as messages will state it.
        algorithm: What it is for.
        material: The secret, the Ed25519 public key (32 bytes), or the P-256 public key as an uncompressed point.
    """

    kid: str
    algorithm: Algorithm
    material: bytes

    def __repr__(self) -> str:
        return f"NewProofKey({self.kid!r}, {self.algorithm})"


def secret_key(kid: str, secret: bytes) -> NewProofKey:
    """A shared secret.

    Raises:
        SettingsError: It is shorter than 16 bytes, or its name is none.
    """
    if len(secret) < _SHORTEST_SECRET:
        raise SettingsError("A secret needs 16 bytes or more.", code="proof-key-short")
    return NewProofKey(kid=_named(kid), algorithm="HS256", material=secret)


def public_key(kid: str, pem: bytes) -> NewProofKey:
    """A device's own public key, Ed25519 or P-256, in PEM.

    Raises:
        SettingsError: It is none of these, or its name is none.
    """
    try:
        key = load_pem_public_key(pem)
        if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
            point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            return NewProofKey(kid=_named(kid), algorithm="ES256", material=point)
    except ValueError as error:
        raise SettingsError("This is not a public key in PEM.", expected="Ed25519 or P-256") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SettingsError("This is not an Ed25519 or P-256 public key.")
    return NewProofKey(kid=_named(kid), algorithm="EdDSA", material=key.public_bytes_raw())


def _named(kid: str) -> str:
    if not (0 < len(kid) <= 64 and kid.isascii() and kid.isprintable()):
        raise SettingsError("A key needs a name of 1 to 64 printable ASCII characters.", found=ascii(kid[:64]))
    return kid


class DeviceProofs:
    """Holds messages against keys.

    Args:
        box: Unwraps secrets.
    """

    def __init__(self, box: SecretBox) -> None:
        self._box = box
        self._opened: dict[int, Key] = {}

    def read(
        self, message: DeviceMessage, identity: str, keys: Sequence[StoredProofKey]
    ) -> tuple[tuple[TrackingEvent, ...], str | None]:
        """The events of a message that proves itself.

        Args:
            message: The message.
            identity: How the device is named in messages.
            keys: All keys it has or had (1..n).

        Returns:
            Its events (0..1), and None; or evidence, and why it is not the device's own. A message under a key that
            had ended when it was received has the doubt `key-ended`: whether it counts is for the chain to say.

        Raises:
            SenderError: It is no message of the profile.
        """
        wire = take_apart(message.payload)
        known = [key for key in keys if key.since <= message.received_at and wire.kid in (None, key.kid)]
        why = "key-unknown" if wire.algorithm is not None else "proof-missing"
        for key in sorted(known, key=lambda key: _has_ended(key, message)) if wire.algorithm is not None else ():
            try:
                proven = verify(wire, self._key(key, identity))
            except ProofError as error:
                why = error.code
                continue
            except StoreError:  # one secret that is lost must not hold up what all other devices tell
                why = KEY_LOST
                continue
            events = events_of(wire, proven, Context(received_at=message.received_at, device=identity))
            return (_lapsed(events) if _has_ended(key, message) else events), None
        claims = read_message(wire).dev
        if claims != identity:
            return evidence(message, "device-other", claims), "device-other"
        return evidence(message, why), why

    def _key(self, stored: StoredProofKey, identity: str) -> Key:
        known = self._opened.get(stored.id)
        if known is None or known.device != identity:
            name = secret_name(stored.device, stored.kid)
            is_secret = stored.algorithm == "HS256"
            material = self._box.unwrap(name, stored.material) if is_secret else stored.material
            known = Key(kid=stored.kid, device=identity, algorithm=stored.algorithm, material=material)
            self._opened[stored.id] = known
        return known


def secret_name(device: str, kid: str) -> str:
    """What a secret is bound to, so that no device's can stand in for another's."""
    return f"{device}\n{kid}"


def evidence(message: DeviceMessage, why: str, claims: str | None = None) -> tuple[TrackingEvent, ...]:
    """What stands for a message that is not taken for its device's own: which it was, and why; nothing it says."""
    digest = sha256(message.payload)
    name = sha256(b"\0".join((b"evidence", message.source.device.encode(), why.encode(), digest.digest())))
    told: dict[str, int | str] = {"sha256": digest.hexdigest(), "row": message.batch, "place": message.place}
    return (
        TrackingEvent(
            id=name.hexdigest()[:32],
            protocol=message.source.adapter,
            device=message.source.device,
            received_at=message.received_at,
            attributes={**told, **({"claims": claims} if claims is not None else {})},
            doubts=(why,),
        ),
    )


def _has_ended(key: StoredProofKey, message: DeviceMessage) -> bool:
    return key.until is not None and key.until <= message.received_at


def _lapsed(events: tuple[TrackingEvent, ...]) -> tuple[TrackingEvent, ...]:
    return tuple(msgspec.structs.replace(event, doubts=(*event.doubts, LAPSED)) for event in events)
