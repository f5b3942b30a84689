# SPDX-License-Identifier: Apache-2.0
"""An OpenID provider on a free port of this machine, which keeps to the rules except where it is told not to.

It checks what a provider must (client, secret, redirect address, PKCE, codes used once), shows a page to sign in on, and has a
switch for each fault that a relying party must find out.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc import jwk, jws, jwt

Fault = Literal[
    "", "iss", "aud", "azp", "nonce", "no nonce", "at_hash", "alg none", "hs256", "other key", "unknown kid", "expired",
    "old", "early", "no sub", "long sub", "no iss", "wrong iss", "no tokens", "not json", "broken", "huge", "redirect",
    "other issuer", "plain endpoint", "no S256", "weak key", "declined", "auth_time missing", "key of the token",
]  # fmt: skip

CLIENT, SECRET = "cocket", "s3cret of %the client"
_WEAK = b'{"alg":"RS256","kid":"weak"}'


@dataclass
class Person:
    """Somebody who can sign in there.

    Attributes:
        subject: Id that is never given to another.
        claims: What the provider says of him.
    """

    subject: str
    claims: dict[str, Any] = field(default_factory=dict)


@dataclass
class Provider:
    """The provider.

    Attributes:
        people: Who can sign in, by the name typed there.
        fault: What it does wrong.
        asked: Paths that were asked for, in order.
        redeemed: Forms that came to the token endpoint.
    """

    people: dict[str, Person]
    fault: Fault = ""
    issuer: str = ""
    has_secret: bool = True
    asked: list[str] = field(default_factory=list)
    redeemed: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()
        self.number = 0
        self.weak: dict[str, Any] = {}
        self.rotate()

    def rotate(self) -> None:
        """Sign with a new key from now on, and publish that alone."""
        self.number += 1
        self.key = jwk.RSAKey.generate_key(2048, {"kid": f"key-{self.number}", "use": "sig", "alg": "RS256"})

    def document(self) -> dict[str, Any]:
        """What it publishes of itself."""
        is_plain = self.fault == "plain endpoint"
        return {
            "issuer": "https://other.example" if self.fault == "other issuer" else self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": "http://provider.example/token" if is_plain else f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["plain"] if self.fault == "no S256" else ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def answer(self, name: str, asked: dict[str, str]) -> str:
        """Where the browser of somebody who signed in is sent."""
        back = {"state": asked["state"]}
        if self.fault != "no iss":
            back["iss"] = "https://other.example" if self.fault == "wrong iss" else self.issuer
        if self.fault == "declined":
            back["error"] = "access_denied"
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = (name, asked)
            back["code"] = code
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def tokens(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """What the token endpoint answers."""
        self.redeemed.append(form)
        if self.has_secret:
            pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
            client, _, secret = pair.partition(":")
            if (unquote_plus(client), unquote_plus(secret)) != (CLIENT, SECRET):
                return 401, {"error": "invalid_client"}
        elif authorization or form.get("client_id") != CLIENT:
            return 401, {"error": "invalid_client"}
        name, asked = self.codes.pop(form.get("code", ""), ("", {}))
        challenge = _base64url(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if not name or form["redirect_uri"] != asked["redirect_uri"] or challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(16)
        token = {"access_token": access, "token_type": "Bearer", "expires_in": 60}
        return 200, token if self.fault == "no tokens" else {**token, "id_token": self.id_token(name, asked, access)}

    def id_token(self, name: str, asked: dict[str, str], access: str) -> str:
        """The ID token of somebody, with the fault in it."""
        fault, now, person = self.fault, int(time.time()), self.people[name]
        claims: dict[str, Any] = {
            "iss": "https://other.example" if fault == "iss" else self.issuer,
            "sub": person.subject,
            "aud": "another" if fault == "aud" else [CLIENT, "another"] if fault == "azp" else CLIENT,
            "iat": now - 7200 if fault == "old" else now + 900 if fault == "early" else now,
            "exp": now - 120 if fault == "expired" else now + 300,
            "auth_time": now,
            "nonce": "another" if fault == "nonce" else asked["nonce"],
            "at_hash": _base64url(
                hashlib.sha256((access + ("x" if fault == "at_hash" else "")).encode()).digest()[:16]
            ),
            **person.claims,
        }
        for gone, name_of in (("no nonce", "nonce"), ("no sub", "sub"), ("auth_time missing", "auth_time")):
            if fault == gone:
                del claims[name_of]
        if fault == "long sub":
            claims["sub"] = "s" * 256
        key, header = self.key, {"alg": "RS256", "kid": self.key.kid}
        if fault == "alg none":
            head = _base64url(json.dumps({"alg": "none"}).encode())
            return f"{head}.{_base64url(json.dumps(claims).encode())}."
        if fault == "hs256":
            return _signed_by_public_key(self.key, claims)
        if fault in ("other key", "key of the token"):
            key = jwk.RSAKey.generate_key(2048, {"kid": self.key.kid})
            if fault == "key of the token":
                header["jwk"] = key.as_dict(private=False)  # type: ignore[assignment]
        if fault == "unknown kid":
            header["kid"] = "nobody's"
        if fault == "weak key":
            return _weakly_signed(self, claims)
        registry = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
        return jwt.encode(header, claims, key, registry=registry)

    def sign_out_token(self, name: str, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """What it sends to say that somebody was signed out; `changes` replace claims, None takes one away."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.people[name].subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(12),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **changes,
        }
        told = {key: value for key, value in claims.items() if value is not None}
        registry = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
        head = {"alg": "RS256", "kid": self.key.kid, "typ": "logout+jwt", **(header or {})}
        return jwt.encode(head, told, self.key, registry=registry)

    def keys(self) -> dict[str, Any]:
        """The keys it publishes."""
        return {"keys": [self.weak or self.key.as_dict(private=False)]}


def _signed_by_public_key(key: Any, claims: dict[str, Any]) -> str:
    """Signed by HMAC with what everybody knows: the PEM of the public key."""
    import hmac

    head = _base64url(json.dumps({"alg": "HS256", "kid": key.kid}).encode())
    signed = f"{head}.{_base64url(json.dumps(claims).encode())}"
    return f"{signed}.{_base64url(hmac.digest(key.as_pem(private=False), signed.encode(), 'sha256'))}"


def _weakly_signed(provider: Provider, claims: dict[str, Any]) -> str:
    """Signed by a key of 1,024 bits, which the provider publishes."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    private = rsa.generate_private_key(65537, 1024)
    modulus = private.public_key().public_numbers().n.to_bytes(128)
    provider.weak = {"kty": "RSA", "kid": "weak", "n": _base64url(modulus), "e": "AQAB"}
    signed = f"{_base64url(_WEAK)}.{_base64url(json.dumps(claims).encode())}"
    return f"{signed}.{_base64url(private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


@contextlib.contextmanager
def open_provider(people: dict[str, Person], **switches: Any) -> Iterator[Provider]:
    """A provider that answers until the block ends."""
    provider = Provider(people, **switches)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            provider.asked.append(parts.path)
            if parts.path == "/authorize" and "login" in asked:
                self._send(303, b"", location=provider.answer(asked.pop("login"), asked))
            elif parts.path == "/authorize":
                self._send(200, _page(asked), kind="text/html")
            elif parts.path == "/keys":
                self._json(200, provider.keys())
            elif parts.path == "/.well-known/openid-configuration":
                self._json(200, provider.document())
            else:
                self._send(404, b"", kind="text/plain")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[-1] for name, values in parse_qs(body).items()}
            path = urlsplit(self.path).path
            provider.asked.append(path)
            if path == "/authorize":
                self._send(303, b"", location=provider.answer(form.pop("login"), form))
            elif path == "/token":
                self._json(*provider.tokens(form, self.headers.get("authorization", "")))
            else:
                self._send(404, b"", kind="text/plain")

        def _json(self, status: int, value: dict[str, Any]) -> None:
            provider.gate.wait(30)
            if provider.fault == "broken":
                self._send(500, b"{}")
            elif provider.fault == "redirect":
                self._send(302, b"", location=f"{provider.issuer}/elsewhere")
            elif provider.fault == "huge":
                self._send(200, b" " * (2 << 20))
            else:
                self._send(status, b"<html>" if provider.fault == "not json" else json.dumps(value).encode())

        def _send(self, status: int, body: bytes, *, kind: str = "application/json", location: str = "") -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            if location:
                self.send_header("location", location)
            self.end_headers()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        provider.gate.set()
        server.shutdown()
        thread.join(30)
        server.server_close()


def _page(asked: dict[str, str]) -> bytes:
    """A page to sign in on."""
    kept = "".join(f'<input type="hidden" name="{name}" value="{html.escape(text)}">' for name, text in asked.items())
    return (
        f'<!doctype html><html lang="en"><title>Provider</title><link rel="icon" href="data:,">'
        f'<form method="post" action="/authorize">{kept}<label>Login <input name="login"></label>'
        f"<button>Continue</button></form></html>"
    ).encode()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
