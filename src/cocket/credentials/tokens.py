# SPDX-License-Identifier: Apache-2.0
"""Signed tokens (JWT): read only with a key that was known before, by the algorithm of that key, for whom they are meant.

What the token itself says of keys and algorithms decides nothing: a header that carries a key or an address of one is
refused, so is an algorithm that is not its key's, and a claim that stands twice.
Source: RFC 7515, RFC 7519; RFC 8725 (best current practices).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from cocket.credentials.encoding import canonical, from_base64url, to_base64url
from cocket.credentials.keys import PublicKey, SigningKey
from cocket.errors import ProofError, UnreadableError
from cocket.standards.certificates import read_json

MOST_TOKEN = 16 << 10
LEEWAY = timedelta(minutes=1)

#: Members of a header that would bring a key along, or change what is signed.
_REFUSED = ("jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip", "enc")
_FAR = 253402300799

#: Gives the key of a header; raises `ProofError` where there is none.
KeyOf = Callable[[dict[str, Any], dict[str, Any]], PublicKey]


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a token must be, to count here.

    Attributes:
        types: Values of `typ` that are right; None among them where it may be absent. Compared without regard to case.
        algorithms: Algorithms that are right.
        issuer: Who must have issued it; None where the key says so.
        audience: For whom it must be meant; None where it names nobody.
        needs_end: Whether it must say when it ends.
        needs_subject: Whether it must say of whom it speaks.
        words: Claim → the words of which it may be a list; the claim may be absent.
        most: Most bytes of the token (count).
    """

    types: tuple[str | None, ...] = (None, "jwt")
    algorithms: tuple[str, ...] = ("ES256", "EdDSA")
    issuer: str | None = None
    audience: str | None = None
    needs_end: bool = True
    needs_subject: bool = True
    words: Mapping[str, frozenset[str]] = {}
    most: int = MOST_TOKEN


def read_token(
    token: str, key_of: KeyOf | Mapping[str, PublicKey], expected: Expected, now: datetime
) -> dict[str, Any]:
    """The claims of a token that holds.

    Args:
        token: The token in its compact form.
        key_of: Keys by their `kid`, or a function from header and claims (not yet verified) to the key.
        expected: What it must be.
        now: The moment of reading, with its zone.

    Returns:
        Its claims.

    Raises:
        ProofError: It does not hold, is not what was expected, or its key is not known.
        UnreadableError: It is no token at all.

    Source: RFC 7515 §5.2; RFC 7519 §7.2; RFC 8725 §3.
    """
    if len(token) > expected.most:
        raise UnreadableError("The token is too large.", expected=str(expected.most), found=str(len(token)))
    parts = token.split(".")
    if len(parts) != 3:
        raise UnreadableError("A token has three parts.", found=str(len(parts)))
    header, claims = (_object(from_base64url(part, "token"), expected.most) for part in parts[:2])
    _check_header(header, expected)
    key = _key(key_of, header) if isinstance(key_of, Mapping) else key_of(header, claims)
    if header.get("alg") != key.algorithm or key.algorithm not in expected.algorithms:
        raise ProofError("The algorithm does not match the key.", code="token-algorithm", found=str(header.get("alg")))
    if not key.signed(f"{parts[0]}.{parts[1]}".encode(), from_base64url(parts[2], "signature")):
        raise ProofError("The signature does not verify with this key over this token.", code="signature")
    _check_claims(claims, expected)
    check_times(claims, now, needs_end=expected.needs_end)
    return claims


def sign_token(header: dict[str, Any], claims: dict[str, Any], key: SigningKey) -> str:
    """A token in its compact form.

    Source: RFC 7515 §5.1.
    """
    parts = (canonical(header | {"alg": key.public.algorithm}), canonical(claims))
    signed = ".".join(to_base64url(part) for part in parts)
    return f"{signed}.{to_base64url(key.sign(signed.encode()))}"


def check_times(claims: dict[str, Any], now: datetime, *, needs_end: bool) -> None:
    """Refuse a token outside of its time.

    Raises:
        ProofError: A time is no number, it has ended, does not hold yet, or was issued in the future.

    Source: RFC 7519 §4.1.4 to §4.1.6.
    """
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name, 0)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= _FAR:
            raise ProofError(f"{name} is not a time.", code="token-time", found=str(value)[:50])
    moment = now.timestamp()
    if "exp" not in claims and needs_end:
        raise ProofError("The token has no expiry time.", code="token-time")
    if "exp" in claims and claims["exp"] <= moment - LEEWAY.total_seconds():
        raise ProofError("The token has expired.", code="token-ended", found=str(claims["exp"]))
    for name in ("nbf", "iat"):
        if claims.get(name, 0) > moment + LEEWAY.total_seconds():
            raise ProofError("The token is not valid yet.", code="token-early", found=str(claims[name]))


def _object(data: bytes, most: int) -> dict[str, Any]:
    value = read_json(data, most)
    if not isinstance(value, dict):
        raise UnreadableError("The parts of a token are JSON objects.", code="token-form")
    return value


def _check_header(header: dict[str, Any], expected: Expected) -> None:
    for name in _REFUSED:
        if name in header:
            raise ProofError(f"The header {name} is not accepted.", code="token-header", found=name)
    kind = header.get("typ")
    if kind is not None and not isinstance(kind, str):
        raise ProofError("The type of the token is not valid.", code="token-type")
    plain = kind.lower().removeprefix("application/") if kind is not None else None
    if plain not in expected.types:
        raise ProofError("The token is of another type.", code="token-type", found=str(kind)[:100])
    if header.get("cty") is not None:
        raise ProofError("The token contains another token.", code="token-nested")


def _key(keys: Mapping[str, PublicKey], header: dict[str, Any]) -> PublicKey:
    name = header.get("kid")
    if not isinstance(name, str) or name not in keys:
        raise ProofError("The key of the token is not known here.", code="key-unknown", found=str(name)[:100])
    return keys[name]


def _check_claims(claims: dict[str, Any], expected: Expected) -> None:
    if expected.issuer is not None and claims.get("iss") != expected.issuer:
        raise ProofError("The token is from another issuer.", code="token-issuer", found=str(claims.get("iss"))[:200])
    if expected.audience is not None:
        given = claims.get("aud")
        if expected.audience not in (given if isinstance(given, list) else [given]):
            raise ProofError("The token is intended for someone else.", code="token-audience", found=str(given)[:200])
    subject = claims.get("sub")
    if subject is None and not expected.needs_subject:
        pass
    elif not isinstance(subject, str) or not subject or not subject.isprintable():
        raise ProofError("The token has no subject.", code="token-subject")
    for name, words in expected.words.items():
        value = claims.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one in words for one in value):
            raise ProofError(f"The claim {name} is not a list of known values.", code="token-claim")
