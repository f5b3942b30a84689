# SPDX-License-Identifier: Apache-2.0
"""Asks an OpenID provider who somebody is: authorization code flow with PKCE, as a relying party.

Nothing is kept between the two halves of a sign-in: state, nonce and verifier follow from one secret that the browser holds
(`Attempt`). The provider is reached over TLS, or on this machine; redirects are not followed, proxies of the environment not
used, and what is too long or too slow is cut. Only signatures by public keys of the provider count.
Source: OpenID Connect Core 1.0 §3.1; OpenID Connect Discovery 1.0 §4; RFC 7636; RFC 9207; RFC 9700 §2.1.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import re
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256, sha384
from typing import Any, Final, TypeVar
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
import msgspec

from cocket.errors import PartnerError, ProofError, SettingsError

#: Signatures that count: by a key pair of the provider. `none` and those by a shared secret (HS256) are not among them.
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384")

#: Codes of errors.
UNREACHABLE: Final = "provider-unreachable"
BUSY: Final = "provider-busy"
DECLINED: Final = "provider-declined"
STALE: Final = "provider-stale"
UNPROVEN: Final = "provider-unproven"
WEAK: Final = "provider-weak"

_LEEWAY: Final = 60
_OLDEST_TOKEN: Final = 600
_SECONDS: Final = 10.0
_MOST_BYTES: Final = 1 << 20
_METADATA_SECONDS: Final = 3600.0
_LEAST_RSA_BITS: Final = 2048
_LONGEST_SUBJECT: Final = 255
_AT_ONCE: Final = 8
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_HASHES: Final = {"256": sha256, "384": sha384}
_ERROR: Final = re.compile(r"[a-z_]{1,40}")

#: Type and event of a token that says who was signed out. Source: OpenID Connect Back-Channel Logout 1.0 §2.4.
_SIGN_OUT_TYPES: Final = ("logout+jwt", "application/logout+jwt")
_SIGN_OUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"

_Kind = TypeVar("_Kind")


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """How the provider knows us, and what we ask of it.

    Attributes:
        issuer: Its issuer identifier, exactly as it stands in its tokens.
        client_id: Our id there.
        secret: Gives our secret there; empty for a client without one, which PKCE alone protects.
        redirect_uri: Where it sends the browser back to.
        scopes: What we ask for, `openid` among it.
        acr: Classes of authentication that count (0..n); none counts any.
        max_age: How long ago the person may have proved who he is (seconds); 0 for any time.
        roots: PEM file of the roots that its certificate is judged by; empty for those of the system.
    """

    issuer: str
    client_id: str
    secret: Callable[[], str]
    redirect_uri: str
    scopes: str = "openid profile"
    acr: tuple[str, ...] = ()
    max_age: int = 0
    roots: str = ""


class Attempt(msgspec.Struct, frozen=True):
    """One sign-in under way: a secret that the browser holds, and what follows from it.

    Attributes:
        secret: 256 random bits; from what was sent to the provider it cannot be worked out.
    """

    secret: str

    @classmethod
    def begin(cls) -> Attempt:
        """A new one."""
        return cls(secrets.token_urlsafe(32))

    @property
    def state(self) -> str:
        """Binds the answer to this browser."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """Binds the ID token to this attempt."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """Shows that whoever redeems the code began the attempt (43 characters). Source: RFC 7636 §4.1."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """The verifier's SHA-256. Source: RFC 7636 §4.2, S256."""
        return _base64url(sha256(self.verifier.encode()).digest())

    def _derived(self, use: str) -> str:
        return _base64url(hmac.digest(self.secret.encode(), use.encode(), "sha256"))


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody is, as the provider has proved: issuer and subject, never an e-mail address.

    Attributes:
        issuer: The provider.
        subject: Its id for this person, never given to another.
        claims: What else it says in the ID token.
    """

    issuer: str
    subject: str
    claims: dict[str, Any]


class SignOutToken(msgspec.Struct, frozen=True, kw_only=True):
    """That a person was signed out at the provider, as it has proved.

    Attributes:
        issuer: The provider.
        subject: Its id for this person.
        id: Id of the token (`jti`), which counts once.
        at: When it was made (seconds since 1970).
    """

    issuer: str
    subject: str
    id: str
    at: float


class _Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider publishes of itself. Source: OpenID Connect Discovery 1.0 §3; RFC 9207 §3."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    code_challenge_methods_supported: tuple[str, ...] | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    id_token: str
    access_token: str = ""


class OpenIdProvider:
    """An OpenID provider, as a relying party sees it; safe to be used from several threads.

    Args:
        client: How it knows us.
        transport: How to reach it; None for the network.
        clock: Seconds since 1970.
    """

    def __init__(
        self, client: Client, transport: httpx.BaseTransport | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._transport = transport
        self._clock = clock
        self._guard = threading.Lock()
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._metadata: tuple[float, _Metadata] | None = None
        self._keys: dict[str, Any] | None = None

    def address(self, attempt: Attempt) -> str:
        """Where the browser is sent, to sign in at the provider.

        Raises:
            PartnerError: The provider cannot be reached, or is not fit.
        """
        client = self._client
        asked = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "scope": client.scopes,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        if client.acr:
            asked["acr_values"] = " ".join(client.acr)
        if client.max_age:
            asked["max_age"] = str(client.max_age)
        with self._place():
            endpoint = self._about().authorization_endpoint
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    def identify(self, attempt: Attempt, answer: Mapping[str, str]) -> Identity:
        """Who the browser brings, by what the provider gave it.

        Args:
            attempt: What this browser began.
            answer: Query of the address that the provider sent it back to.

        Raises:
            ProofError: It proves nothing; `code` says of what kind that is, `found` which part does not hold.
            PartnerError: The provider cannot be reached, or did not let the person in.
        """
        if not hmac.compare_digest(answer.get("state", "").encode(), attempt.state.encode()):
            raise ProofError("The sign-in was not begun in this browser, or too long ago.", code=STALE, found="state")
        with self._place():
            about = self._about()
            if about.authorization_response_iss_parameter_supported or "iss" in answer:
                _same("iss of the answer", answer.get("iss"), about.issuer)
            if "error" in answer:
                found = answer["error"] if _ERROR.fullmatch(answer["error"]) else "error"
                raise PartnerError("The provider did not let this person in.", code=DECLINED, found=found)
            tokens = self._redeem(about, attempt, answer.get("code", ""))
            header, claims = self._verified(about, tokens.id_token)
        self._check(claims, attempt)
        if "at_hash" in claims:
            _same("at_hash", claims["at_hash"], _half_hash(str(header["alg"]), tokens.access_token))
        self._check_strength(claims)
        return Identity(issuer=str(claims["iss"]), subject=str(claims["sub"]), claims=claims)

    def signed_out(self, token: str) -> SignOutToken:
        """Who was signed out at the provider, by a token that it sends us itself.

        It must say of whom it speaks by `sub`: a session (`sid`) alone is not known here.

        Raises:
            ProofError: It proves nothing; `found` says which part does not hold.
            PartnerError: The keys of the provider cannot be read.

        Source: OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6; OWASP ASVS 5.0.0, 10.5.5.
        """
        with self._place():
            header, claims = self._verified(self._about(), token)
        kind = header.get("typ")
        if not isinstance(kind, str) or kind.lower() not in _SIGN_OUT_TYPES:
            raise _unproven("typ")
        _same("iss", claims.get("iss"), self._client.issuer)
        self._check_audience(claims, has_party=False)
        subject = self._subject(claims)
        self._check_times(claims)
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(_SIGN_OUT_EVENT), dict):
            raise _unproven("events")
        if "nonce" in claims:
            raise _unproven("nonce")
        name = claims.get("jti")
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_SUBJECT:
            raise _unproven("jti")
        return SignOutToken(issuer=str(claims["iss"]), subject=subject, id=name, at=_moment(claims, "iat"))

    def _redeem(self, about: _Metadata, attempt: Attempt, code: str) -> _Tokens:
        """Exchange the code for tokens. Source: OpenID Connect Core 1.0 §3.1.3; RFC 6749 §2.3.1."""
        client, secret = self._client, self._client.secret()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        headers = {}
        if not secret:
            form["client_id"] = client.client_id
        elif "client_secret_basic" in about.token_endpoint_auth_methods_supported:
            pair = f"{quote_plus(client.client_id)}:{quote_plus(secret)}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": client.client_id, "client_secret": secret}
        status, body = self._asked("POST", about.token_endpoint, form, headers)
        if status >= 500:
            raise PartnerError("The provider fails at the moment.", code=UNREACHABLE, found=str(status))
        if status != 200:
            raise ProofError("The provider does not redeem the code.", code=UNPROVEN, found="code")
        return _read(body, _Tokens, "tokens")

    def _verified(self, about: _Metadata, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of a token that a key of the provider signed; its keys are read again where one is unknown."""
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jws import JWSRegistry

        # Providers put words of their own into headers; one that must be understood (`crit`) is refused all the same.
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        try:
            read = jwt.decode(token, self._key(about, _header(token)), registry=registry)
        except (JoseError, msgspec.MsgspecError, ValueError, TypeError) as error:
            # The library's own words may hold parts of the token.
            raise ProofError("The ID token is not signed by the provider.", code=UNPROVEN, found="signature") from error
        return read.header, read.claims

    def _key(self, about: _Metadata, header: Mapping[str, Any]) -> Any:
        if header.get("alg") not in ALGORITHMS:
            raise ProofError("The ID token is signed in a way that does not count.", code=UNPROVEN, found="alg")
        name = header.get("kid")
        with self._guard:
            kept = self._keys
        found = _chosen(kept, name, str(header["alg"])) if kept is not None else None
        if found is None:
            kept = self._read_keys(about)
            with self._guard:
                self._keys = kept
            found = _chosen(kept, name, str(header["alg"]))
        if found is None:
            raise ProofError(
                "The ID token is signed by a key that the provider does not have.", code=UNPROVEN, found="kid"
            )
        return found

    def _read_keys(self, about: _Metadata) -> dict[str, Any]:
        status, body = self._asked("GET", about.jwks_uri)
        if status != 200:
            raise PartnerError("The provider does not give its keys.", code=UNREACHABLE, found=str(status))
        return _read(body, dict[str, Any], "keys")

    def _check(self, claims: Mapping[str, Any], attempt: Attempt) -> None:
        """What every ID token must say. Source: OpenID Connect Core 1.0 §3.1.3.7."""
        _same("iss", claims.get("iss"), self._client.issuer)
        self._check_audience(claims, has_party=True)
        self._subject(claims)
        self._check_times(claims)
        _same("nonce", claims.get("nonce"), attempt.nonce)

    def _check_audience(self, claims: Mapping[str, Any], *, has_party: bool) -> None:
        """Whether a token is for us; `has_party` says that one for several names whom it was given to (`azp`)."""
        audience = claims.get("aud")
        parties = audience if isinstance(audience, list) else [audience]
        if self._client.client_id not in parties:
            raise _unproven("aud")
        if has_party and (len(parties) > 1 or "azp" in claims):
            _same("azp", claims.get("azp"), self._client.client_id)

    def _subject(self, claims: Mapping[str, Any]) -> str:
        """Whom a token is about."""
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise _unproven("sub")
        return subject

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        """Whether a token counts now."""
        now = self._clock()
        if _moment(claims, "exp") <= now - _LEEWAY:
            raise _unproven("exp")
        if not now - _OLDEST_TOKEN <= _moment(claims, "iat") <= now + _LEEWAY:
            raise _unproven("iat")
        if "nbf" in claims and _moment(claims, "nbf") > now + _LEEWAY:
            raise _unproven("nbf")

    def _check_strength(self, claims: Mapping[str, Any]) -> None:
        """How, and when, the person proved who he is. Source: OpenID Connect Core 1.0 §2, `acr` and `auth_time`."""
        client = self._client
        weak = "The provider reports a weaker or older proof than is asked for."
        if client.acr and claims.get("acr") not in client.acr:
            raise ProofError(weak, code=WEAK, found="acr")
        if client.max_age and _moment(claims, "auth_time") < self._clock() - client.max_age - _LEEWAY:
            raise ProofError(weak, code=WEAK, found="auth_time")

    def _about(self) -> _Metadata:
        """What the provider publishes of itself; asked again after an hour.

        Raises:
            PartnerError: It cannot be reached, or what it says is not fit.
        """
        now = self._clock()
        with self._guard:
            kept = self._metadata
        if kept is not None and now - kept[0] < _METADATA_SECONDS:
            return kept[1]
        status, body = self._asked("GET", self._client.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if status != 200:
            raise PartnerError("The provider does not describe itself.", code=UNREACHABLE, found=str(status))
        about = _read(body, _Metadata, "description")
        _same("issuer", about.issuer, self._client.issuer)
        for endpoint in (about.authorization_endpoint, about.token_endpoint, about.jwks_uri):
            if not is_safe(endpoint):
                raise _unproven("endpoint")
        methods = about.code_challenge_methods_supported
        if methods is not None and "S256" not in methods:
            raise _unproven("code_challenge_methods_supported")
        with self._guard:
            self._metadata = (now, about)
        return about

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        """One of few places, so that a provider which hangs keeps no more than these threads."""
        if not self._places.acquire(blocking=False):
            raise PartnerError("Too many people are signing in there at the moment.", code=BUSY)
        try:
            yield
        finally:
            self._places.release()

    def _asked(
        self, method: str, address: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body of an answer.

        Raises:
            PartnerError: There is none in time, or it is too long. What was sent is not told: it holds secrets.
        """
        until = time.monotonic() + _SECONDS
        try:
            with (
                httpx.Client(
                    transport=self._transport,
                    follow_redirects=False,
                    timeout=_SECONDS,
                    trust_env=False,
                    verify=_context(self._client.roots) if self._transport is None else True,
                ) as client,
                client.stream(
                    method, address, data=form, headers={"accept": "application/json", **(headers or {})}
                ) as answer,
            ):
                data = bytearray()
                for part in answer.iter_bytes():
                    data += part
                    if len(data) > _MOST_BYTES or time.monotonic() > until:
                        raise PartnerError("The provider sends too much, or too slowly.", code=UNREACHABLE)
                return answer.status_code, bytes(data)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise PartnerError("The provider does not answer.", code=UNREACHABLE, found=type(error).__name__) from error


def is_safe(address: str) -> bool:
    """Whether an address is one of HTTPS, or of this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    has_user = parts.username is not None or parts.password is not None
    return bool(host) and not has_user and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


def _context(roots: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=roots or None)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"The roots in {roots} cannot be read.", code="provider-roots") from error


def _chosen(keys: Mapping[str, Any], name: Any, algorithm: str) -> Any:
    """The key of this name that may make such signatures; None if there is none. A token without a name fits a single key."""
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey

    kinds: dict[str, type[RSAKey | ECKey]] = {"RSA": RSAKey, "EC": ECKey}
    kind = "EC" if algorithm.startswith("ES") else "RSA"
    given = keys.get("keys")
    fit = [
        one
        for one in (given if isinstance(given, list) else [])
        if isinstance(one, dict)
        and one.get("kty") == kind
        and one.get("use", "sig") == "sig"
        and one.get("alg", algorithm) == algorithm
        and (name is None or one.get("kid") == name)
    ]
    if len(fit) != 1:
        return None
    public = {part: value for part, value in fit[0].items() if part in ("kty", "n", "e", "crv", "x", "y", "kid")}
    try:
        is_short = kind == "RSA" and int.from_bytes(_from_base64url(public["n"])).bit_length() < _LEAST_RSA_BITS
        return None if is_short else kinds[kind].import_key(public)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _header(token: str) -> dict[str, Any]:
    """What a token says of its signature, before that is verified."""
    return msgspec.json.decode(_from_base64url(token.partition(".")[0]), type=dict[str, Any])


def _half_hash(algorithm: str, access_token: str) -> str:
    """What `at_hash` must be. Source: OpenID Connect Core 1.0 §3.1.3.6."""
    digest = _HASHES[algorithm[-3:]](access_token.encode()).digest()
    return _base64url(digest[: len(digest) // 2])


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unproven(name)
    return float(value)


def _same(what: str, found: Any, expected: str) -> None:
    if not isinstance(found, str) or not hmac.compare_digest(found.encode(), expected.encode()):
        raise _unproven(what)


def _unproven(what: str) -> ProofError:
    return ProofError("What the provider says does not hold.", code=UNPROVEN, found=what)


def _read(body: bytes, kind: type[_Kind], what: str) -> _Kind:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProofError(f"The provider's {what} cannot be read.", code=UNPROVEN, found=what) from error


def _from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
