# SPDX-License-Identifier: Apache-2.0
"""Requests and answers between two administrations, each signed by the one that sends it.

A signature library checks what it is asked to check. So this profile is narrow, and all of it is required: a request covers its method,
its whole address, its body, the type of that and the receipts that go with it; it was made a moment ago, is over within a minute, has
a nonce that is taken once, and bears our tag. An answer covers its status, its body, and the very signature of the request that it
answers. Ed25519 alone.

Source: RFC 9421 (HTTP Message Signatures), 2.2, 2.4, 3.1 and 7.2; RFC 9530 (Content-Digest); RFC 7638 and RFC 8037 (key ids).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    MappingKeyResolver,
    VerifyResult,
)
from http_message_signatures.algorithms import ED25519

from cocket.errors import ProofError, UnreadableError

#: Label and tag of our signatures; the tag is signed.
LABEL: Final = "cocket"
TAG: Final = "cocket-exchange"

#: For how long a request is good, and by how much two clocks may differ.
LIFE: Final = timedelta(seconds=60)
SKEW: Final = timedelta(seconds=30)

#: Type of every body, and the field in which receipts go along.
MEDIA_TYPE: Final = "application/json"
RECEIPTS: Final = "cocket-receipts"

#: What a request, and an answer, has to cover.
OF_REQUEST: Final = ("@method", "@target-uri", "content-type", "content-digest", RECEIPTS)
OF_ANSWER: Final = (
    "@status",
    "content-type",
    "content-digest",
    RECEIPTS,
    '"@method";req',
    '"@target-uri";req',
    f'"signature";req;key="{LABEL}"',
)

_RAW: Final = 32

#: Length of the id of a key, a thumbprint in base64url (characters).
_ID: Final = 43


@dataclass
class SignedRequest:
    """A request as it is signed and checked; names of fields in lower case."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class SignedAnswer:
    """An answer, with the request that it is to."""

    status_code: int
    request: SignedRequest
    headers: dict[str, str] = field(default_factory=dict)


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What a good signature says.

    Attributes:
        key: Id of the key that made it.
        nonce: Taken once; empty in an answer.
        until: Until when the nonce has to be remembered, UTC.
    """

    key: str
    nonce: str
    until: datetime


class HouseKey:
    """The key by which an administration signs what it sends to others.

    Args:
        seed: Ed25519 seed (32 bytes).
    """

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)

    def __repr__(self) -> str:
        return f"HouseKey({self.public})"

    @property
    def public(self) -> str:
        """The public key as agreements name it: base64 of its 32 bytes."""
        raw = self._private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return base64.b64encode(raw).decode()

    @property
    def id(self) -> str:
        """The id under which it signs."""
        return key_id(self.public)

    def sign_bytes(self, content: bytes) -> str:
        """A signature over bytes that are no HTTP message, base64."""
        return base64.b64encode(self._private.sign(content)).decode()

    def sign(
        self, message: SignedRequest | SignedAnswer, covered: Sequence[str], body: bytes | None = None, **said: Any
    ) -> None:
        """Sign a message in place.

        Args:
            message: The message.
            covered: Components.
            body: Its body, whose digest is added and covered; None to leave bodies alone.
            **said: Parameters of the signature: `created`, `expires`, `nonce`, `tag`, `label`, `key_id`, `include_alg`.
        """
        name = str(said.pop("key_id", self.id))
        resolver = MappingKeyResolver(public_keys={}, private_keys={name: self._private})
        signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=resolver)
        signer.sign(message, key_id=name, covered_component_ids=tuple(covered), body=body, **said)


def key_id(public: str) -> str:
    """The id of a public key: the thumbprint of it as a JWK.

    Raises:
        UnreadableError: It is no Ed25519 public key in base64.

    Source: RFC 7638, 3; RFC 8037, A.3.
    """
    raw = _raw(public)
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    told = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"), sort_keys=True)
    return base64.urlsafe_b64encode(sha256(told.encode()).digest()).rstrip(b"=").decode()


def sign_request(
    key: HouseKey, url: str, body: bytes, receipts: str = "", now: datetime | None = None
) -> SignedRequest:
    """A POST as it is sent, signed, under a nonce of its own.

    Args:
        key: Ours.
        url: The whole address.
        body: JSON.
        receipts: Receipts that go along, as `write_receipts` gives them.
        now: When it is made; None for now.
    """
    made = now or datetime.now(UTC)
    request = SignedRequest("POST", url, {"content-type": MEDIA_TYPE, RECEIPTS: receipts})
    key.sign(
        request,
        OF_REQUEST,
        body,
        created=made,
        expires=made + LIFE,
        nonce=secrets.token_urlsafe(18),
        tag=TAG,
        label=LABEL,
    )
    return request


def sign_answer(key: HouseKey, request: SignedRequest, status: int, body: bytes, receipts: str = "") -> SignedAnswer:
    """An answer as it is sent, signed, and bound to the request."""
    answer = SignedAnswer(status, request, {"content-type": MEDIA_TYPE, RECEIPTS: receipts})
    made = datetime.now(UTC)
    key.sign(answer, OF_ANSWER, body, created=made, expires=made + LIFE, tag=TAG, label=LABEL)
    return answer


def verify_request(request: SignedRequest, body: bytes, keys: Iterable[str]) -> Signed:
    """What the signature of a request says.

    Args:
        request: The request, its address as we are reached.
        body: Its body as it came.
        keys: Public keys that are taken, in base64.

    Returns:
        Whose it is. That its nonce was not seen before is for the caller to see to.

    Raises:
        ProofError: It is not signed as this profile has it; the code is `signature`.
    """
    result = _verified(request, body, keys, OF_REQUEST)
    said = result.parameters
    nonce, created, expires = said.get("nonce"), said.get("created"), said.get("expires")
    if not isinstance(nonce, str) or not 16 <= len(nonce) <= 128:
        raise _refused("it has no nonce")
    if not isinstance(created, int) or not isinstance(expires, int):
        raise _refused("it does not say when it is over")
    if not 0 < expires - created <= LIFE.total_seconds():
        raise _refused(f"it is good for longer than {LIFE.total_seconds():g} seconds")
    return Signed(key=str(said["keyid"]), nonce=nonce, until=datetime.fromtimestamp(expires, UTC) + SKEW)


def verify_answer(answer: SignedAnswer, body: bytes, keys: Iterable[str]) -> Signed:
    """What the signature of an answer to our request says.

    Raises:
        ProofError: It is not signed as this profile has it, or answers another request; the code is `signature`.
    """
    result = _verified(answer, body, keys, OF_ANSWER)
    return Signed(key=str(result.parameters["keyid"]), nonce="", until=datetime.now(UTC) + SKEW)


def signing_key(headers: Mapping[str, str]) -> str:
    """The id of the key that a message says it is signed with; nothing is checked. Empty where it names none."""
    _, found, rest = headers.get("signature-input", "").partition('keyid="')
    return rest.partition('"')[0] if found else ""


def joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Fields as they are signed: names in lower case, lines of one name joined in their order."""
    found: dict[str, str] = {}
    for raw, value in headers:
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1").strip()
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def verify_bytes(content: bytes, signature: str, keys: Iterable[str]) -> str:
    """The id of the key, of several, by which bytes were signed.

    Raises:
        ProofError: None of them signed these bytes.
    """
    for one in keys:
        try:
            Ed25519PublicKey.from_public_bytes(_raw(one)).verify(base64.b64decode(signature, validate=True), content)
        except (InvalidSignature, binascii.Error, ValueError):
            continue
        return key_id(one)
    raise ProofError("The signature does not hold, or is by a key that no agreement names.", code="signature")


def write_receipts(receipts: Sequence[bytes]) -> str:
    """Receipts as one field: each base64url, parted by commas."""
    return ", ".join(base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in receipts)


def read_receipts(text: str) -> tuple[bytes, ...]:
    """Receipts of a field (0..n).

    Raises:
        UnreadableError: They are not as `write_receipts` gives them.
    """
    try:
        parts = [one.strip() for one in text.split(",") if one.strip()]
        return tuple(base64.b64decode(one + "=" * (-len(one) % 4), altchars=b"-_", validate=True) for one in parts)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("The receipts are not base64.", code="exchange-receipts") from error


def _verified(
    message: SignedRequest | SignedAnswer, body: bytes, keys: Iterable[str], covered: Sequence[str]
) -> VerifyResult:
    known = {key_id(one): Ed25519PublicKey.from_public_bytes(_raw(one)) for one in keys}
    resolver = MappingKeyResolver(public_keys=known, private_keys={})
    verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=resolver)
    verifier.max_clock_skew = SKEW
    try:
        results = verifier.verify(
            message, max_age=LIFE, expect_tag=TAG, expect_label=LABEL, require_components=covered, body=body
        )
    except (HTTPMessageSignaturesException, ValueError, UnsupportedAlgorithm) as error:
        words = (
            _of_another_time(message.headers)
            or _of_another_key(message.headers, known)
            or " ".join(str(error).split())[:200]
            or "it does not hold"
        )
        raise _refused(words) from error
    if len(results) != 1 or results[0].body is None:
        raise _refused("the body is not covered")
    return results[0]


def _of_another_time(headers: Mapping[str, str]) -> str:
    """Why a message lies too far from now by what it states itself, in words; empty where it does not, or states no time."""
    made = re.search(r";\s*created=(\d{1,10})(?!\d)", headers.get("signature-input", ""))
    if made is None:
        return ""
    at, now = datetime.fromtimestamp(int(made[1]), UTC), datetime.now(UTC)
    if -SKEW <= now - at <= LIFE + SKEW:
        return ""
    seconds = abs(round((now - at).total_seconds()))
    why = (
        "the clocks of the two sides differ" if at > now else "either it is old, or the clocks of the two sides differ"
    )
    return (
        f"it was signed at {at:%Y-%m-%d %H:%M:%S} UTC by one clock, and it is {now:%Y-%m-%d %H:%M:%S} UTC by the other; {why}, by "
        f"{seconds} seconds"
    )


def _of_another_key(headers: Mapping[str, str], known: Collection[str]) -> str:
    """Which key a message says it is signed with, in words, where no agreement names it; empty where one does, or it says none."""
    key = signing_key(headers)
    if not key or key in known:
        return ""
    return f"no agreement names the key {key[:_ID]} that it says it is signed with"


def _raw(public: str) -> bytes:
    try:
        raw = base64.b64decode(public.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("The key is not base64.", code="exchange-key") from error
    if len(raw) != _RAW:
        raise UnreadableError("The key is not an Ed25519 public key of 32 bytes in base64.", code="exchange-key")
    return raw


def _refused(why: str) -> ProofError:
    return ProofError(f"The signature of the message is not accepted: {why}.", code="signature")
