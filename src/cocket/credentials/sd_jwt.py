# SPDX-License-Identifier: Apache-2.0
"""SD-JWT VC: a signed token whose holder shows the claims that are asked for, and keeps the others to himself.

The issuer signs hashes of claims in place of the claims; each claim travels beside the token as a disclosure. Every
disclosure must be one that the token calls for: a stranger among them is refused, not dropped.
Source: RFC 9901 (Selective Disclosure for JWTs); IETF draft SD-JWT-based Verifiable Credentials.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

import msgspec

from cocket.credentials.encoding import canonical, from_base64url, to_base64url
from cocket.credentials.identity import Resolver, find_key
from cocket.credentials.keys import IssuerKey, PublicKey, SigningKey
from cocket.credentials.tokens import Expected, check_times, read_token, sign_token
from cocket.errors import ProofError, UnreadableError
from cocket.standards.certificates import MOST_BYTES, is_sd_jwt, read_json

#: Claims that are never hidden, for whoever must judge the token.
ALWAYS_SHOWN = frozenset({"iss", "nbf", "exp", "iat", "cnf", "vct", "vct#integrity", "status", "credentialStatus"})

_RESERVED = ("_sd", "...", "_sd_alg")
_MOST_DISCLOSURES = 1000
_BINDING_LASTS = 300

#: Gives 16 or more secret bytes, new at each call.
Salts = Callable[[], bytes]


class Challenge(msgspec.Struct, frozen=True):
    """What a holder must answer to, so that a presentation counts once and here alone.

    Attributes:
        audience: Who asks.
        nonce: Text that he gave for this one presentation.
    """

    audience: str
    nonce: str


class SdJwtCredential(msgspec.Struct, frozen=True):
    """A credential that holds.

    Attributes:
        issuer: Who issued it, a DID.
        type: What it is (`vct`).
        claims: What is shown of it, disclosures in their places.
        is_bound: Whether its holder showed that he holds its key.
    """

    issuer: str
    type: str
    claims: dict[str, Any]
    is_bound: bool


def issue(
    claims: Mapping[str, Any], hidden: Sequence[str], by: IssuerKey, salts: Salts, holder: PublicKey | None = None
) -> str:
    """Issue a credential, to be kept by its holder.

    Args:
        claims: The claims, `vct` among them; times as seconds since 1970.
        hidden: Names of those that he may keep to himself.
        by: Who signs.
        salts: Gives a salt for each of them.
        holder: The holder's key; None for a credential that whoever has it may show.

    Returns:
        The token and all its disclosures, parted and closed by `~`.

    Raises:
        ProofError: A claim cannot be hidden, is not there, or there is no `vct`.

    Source: RFC 9901 §4, §5.
    """
    for name in hidden:
        if name in ALWAYS_SHOWN or name not in claims or name in _RESERVED:
            raise ProofError(f"The claim {name} cannot be hidden.", code="sd-jwt-claim", found=name)
    if not isinstance(claims.get("vct"), str) or any(name in claims for name in _RESERVED):
        raise ProofError("The credential has no type (vct).", code="sd-jwt-type")
    disclosures = [to_base64url(canonical([to_base64url(salts()), name, claims[name]])) for name in hidden]
    body = {name: value for name, value in claims.items() if name not in hidden} | {"iss": by.issuer}
    if disclosures:
        body |= {"_sd": sorted(map(_digest, disclosures)), "_sd_alg": "sha-256"}
    if holder is not None:
        body["cnf"] = {"jwk": holder.jwk}
    token = sign_token({"typ": "dc+sd-jwt", "kid": by.method}, body, by.key)
    return "~".join([token, *disclosures, ""])


def present(
    issued: str,
    shown: Sequence[str],
    holder: SigningKey | None = None,
    answer: tuple[Challenge, datetime] | None = None,
) -> str:
    """Show a credential.

    Args:
        issued: The credential as issued, without key binding.
        shown: Names of hidden claims to show.
        holder: The holder's key, where the credential is bound to one.
        answer: What is asked for, and when it is answered.

    Returns:
        The token with those disclosures alone, and the holder's signature where a key is given.

    Raises:
        ProofError: A claim is not among the disclosures, or the credential is bound to another key (`sd-jwt-holder`).
        UnreadableError: It is no such credential.

    Source: RFC 9901 §6, §4.3.
    """
    token, disclosures, _ = _split(issued)
    named = {_disclosed(one)[0]: one for one in disclosures}
    if absent := [name for name in shown if name not in named]:
        raise ProofError(f"{absent[0]} has no disclosure.", code="sd-jwt-claim", found=absent[0])
    made = "~".join([token, *(named[name] for name in shown), ""])
    if holder is None or answer is None:
        return made
    body = read_json(from_base64url(token.split(".")[1], "token"))
    bound = body.get("cnf") if isinstance(body, dict) else None
    if not isinstance(bound, dict) or PublicKey.from_jwk(bound.get("jwk")).multikey != holder.public.multikey:
        raise ProofError(
            "The certificate is not bound to this key, so that the proof would not hold.", code="sd-jwt-holder"
        )
    challenge, moment = answer
    claims = {
        "aud": challenge.audience,
        "nonce": challenge.nonce,
        "iat": int(moment.timestamp()),
        "sd_hash": _digest(made),
    }
    return made + sign_token({"typ": "kb+jwt"}, claims, holder)


def verify(presented: str, resolver: Resolver, now: datetime, challenge: Challenge | None = None) -> SdJwtCredential:
    """Verify a credential as it was shown.

    Args:
        presented: Token, disclosures, and the holder's signature where there is one.
        resolver: Gives documents of issuers.
        now: The moment of verifying, with its zone.
        challenge: What the holder had to answer to; None where nothing was asked, and then a holder's signature must not
            be there, because nobody could judge it.

    Returns:
        The credential, with the claims that are shown.

    Raises:
        ProofError: It does not hold; `UNRESOLVED` where the issuer is not known here.
        UnreadableError: It is no such credential.

    Source: RFC 9901 §7; SD-JWT VC §3.4, §3.5.
    """
    token, disclosures, binding = _split(presented)

    def key_of(header: dict[str, Any], claims: dict[str, Any]) -> PublicKey:
        method, issuer = header.get("kid"), claims.get("iss")
        if not isinstance(method, str) or not isinstance(issuer, str) or method.partition("#")[0] != issuer:
            raise ProofError(
                "The key is not listed among the issuer's keys.", code="token-issuer", found=str(method)[:200]
            )
        at = claims.get("iat")
        is_time = isinstance(at, int) and not isinstance(at, bool) and 0 <= at <= now.timestamp()
        return find_key(method, datetime.fromtimestamp(at, now.tzinfo) if is_time and at is not None else now, resolver)

    expected = Expected(types=("dc+sd-jwt", "vc+sd-jwt"), needs_end=False, needs_subject=False, most=MOST_BYTES)
    body = read_token(token, key_of, expected, now)
    claims = _restored(body, disclosures)
    if not isinstance(claims.get("vct"), str):
        raise ProofError("The credential has no type (vct).", code="sd-jwt-type")
    check_times(claims, now, needs_end=False)
    is_bound = _check_binding(body, presented[: len(presented) - len(binding)], binding, (challenge, now))
    return SdJwtCredential(body["iss"], claims["vct"], claims, is_bound)


def _split(text: str) -> tuple[str, list[str], str]:
    """Token, disclosures and key binding ("" if there is none)."""
    if len(text) > MOST_BYTES or not is_sd_jwt(text):
        raise UnreadableError("This is not an SD-JWT.", code="sd-jwt-form", found=text[:50])
    token, *disclosures, binding = text.split("~")
    if len(disclosures) > _MOST_DISCLOSURES:
        raise UnreadableError("There are too many disclosures.", code="sd-jwt-form", found=str(len(disclosures)))
    return token, disclosures, binding


def _disclosed(disclosure: str) -> tuple[str | None, Any]:
    """Name and value of a disclosure; no name for an element of a list."""
    value = read_json(from_base64url(disclosure, "disclosure"))
    if not isinstance(value, list) or len(value) not in (2, 3) or not isinstance(value[0], str):
        _refuse("A disclosure is malformed.")
    if len(value) == 2:
        return None, value[1]
    if not isinstance(value[1], str) or value[1] in _RESERVED:
        _refuse("A disclosure has a reserved name.")
    return value[1], value[2]


def _restored(body: dict[str, Any], disclosures: list[str]) -> dict[str, Any]:
    """The claims with every disclosure in its place, if each has exactly one."""
    if body.get("_sd_alg", "sha-256") != "sha-256":
        raise ProofError("The hash of the disclosures is not known here.", code="sd-jwt-hash")
    by_digest = {_digest(one): _disclosed(one) for one in disclosures}
    if len(by_digest) != len(disclosures):
        _refuse("A disclosure appears twice.")
    seen: set[str] = set()
    made: dict[str, Any] = _filled(
        {name: value for name, value in body.items() if name != "_sd_alg"}, by_digest, seen, 0
    )
    if strange := set(by_digest) - seen:
        raise ProofError(
            "A disclosure does not belong to the token.", code="sd-jwt-unreferenced", found=str(len(strange))
        )
    hidden = {name for name, _ in by_digest.values()} & ALWAYS_SHOWN
    if hidden & set(made) - set(body):
        _refuse(f"The claim {min(map(str, hidden))} must not be hidden.")
    return made


def _filled(value: Any, by_digest: dict[str, tuple[str | None, Any]], seen: set[str], depth: int) -> Any:
    if depth > 60:
        _refuse("The disclosures are nested too deep.")
    if isinstance(value, list):
        return [one for item in value for one in _elements(item, by_digest, seen, depth)]
    if not isinstance(value, dict):
        return value
    if "_sd_alg" in value or "..." in value:
        _refuse("A reserved word is in the wrong place.")
    made = {name: _filled(one, by_digest, seen, depth + 1) for name, one in value.items() if name != "_sd"}
    digests = value.get("_sd", [])
    if not isinstance(digests, list):
        _refuse("The hashes of disclosures are not a list.")
    for digest in digests:
        _once(digest, seen)
        if digest in by_digest:
            name, inner = by_digest[digest]
            if name is None or name in made:
                _refuse("A disclosure is in the wrong place, or repeats a claim.")
            made[name] = _filled(inner, by_digest, seen, depth + 1)
    return made


def _elements(item: Any, by_digest: dict[str, tuple[str | None, Any]], seen: set[str], depth: int) -> list[Any]:
    """What stands in the place of an element of a list: itself, what was hidden there, or nothing."""
    if not isinstance(item, dict) or "..." not in item:
        return [_filled(item, by_digest, seen, depth + 1)]
    digest = item["..."]
    if len(item) != 1:
        _refuse("A reserved word is in the wrong place.")
    _once(digest, seen)
    if digest not in by_digest:
        return []
    name, inner = by_digest[digest]
    if name is not None:
        _refuse("A disclosure is in the wrong place.")
    return [_filled(inner, by_digest, seen, depth + 1)]


def _once(digest: Any, seen: set[str]) -> None:
    if not isinstance(digest, str):
        _refuse("The hash of a disclosure is not a string.")
    if digest in seen:
        raise ProofError("The hash of a disclosure appears twice.", code="sd-jwt-twice", found=digest[:100])
    seen.add(digest)


def _check_binding(body: dict[str, Any], signed: str, binding: str, asked: tuple[Challenge | None, datetime]) -> bool:
    challenge, now = asked
    if challenge is None:
        if binding:
            raise ProofError("The holder proved possession although it was not requested.", code="sd-jwt-binding")
        return False
    confirmed = body.get("cnf")
    if not binding or not isinstance(confirmed, dict):
        raise ProofError("The holder did not prove possession of the key.", code="sd-jwt-binding")
    key = PublicKey.from_jwk(confirmed.get("jwk"))
    expected = Expected(types=("kb+jwt",), audience=challenge.audience, needs_end=False, needs_subject=False)
    claims = read_token(binding, lambda header, _: key, expected, now)
    made = claims.get("iat")
    is_fresh = isinstance(made, int) and abs(now.timestamp() - made) <= _BINDING_LASTS
    if claims.get("nonce") != challenge.nonce or claims.get("sd_hash") != _digest(signed) or not is_fresh:
        raise ProofError(
            "The holder's signature does not cover this presentation, audience and time.", code="sd-jwt-binding"
        )
    return True


def _digest(text: str) -> str:
    return to_base64url(hashlib.sha256(text.encode("ascii")).digest())


def _refuse(reason: str) -> NoReturn:
    raise ProofError(reason, code="sd-jwt-disclosure")
