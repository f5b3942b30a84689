# SPDX-License-Identifier: Apache-2.0
"""One value, one spelling: canonical JSON, Base64url, Base58, keys, moments and names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.credentials import PublicKey, SigningKey, instant, web_address
from cocket.credentials.encoding import (
    canonical,
    from_base58,
    from_base64url,
    from_multibase,
    to_base58,
    to_base64url,
)
from cocket.credentials.identity import find_key
from cocket.errors import ProofError
from tests.corpora import corpora
from tests.credentials.made import DID, NOW, as_bytes, issuer, key_issuer, resolver, signing_key


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_canonical_json_is_that_of_its_authors(name: str) -> None:
    folder = corpora("ledger-vectors", "rfc8785", "testdata")
    value = json.loads((folder / "input" / f"{name}.json").read_bytes())
    assert canonical(value) == (folder / "output" / f"{name}.json").read_bytes().rstrip(b"\n")


@given(st.binary(max_size=80))
def test_bytes_come_back_from_base64url_and_base58(data: bytes) -> None:
    assert from_base64url(to_base64url(data), "value") == data
    assert from_base58(to_base58(data), "value") == data


@pytest.mark.parametrize("text", ["YQ==", "YR", "Y Q", "Y+Q", "é", "YQ\n", "A"])
def test_base64url_has_no_other_spelling(text: str) -> None:
    with pytest.raises(ProofError):
        from_base64url(text, "value")


@pytest.mark.parametrize("text", ["z0", "zO", "zl", "m0", "", "z" + "2" * 401, None, 5])
def test_what_is_no_multibase_is_refused(text: Any) -> None:
    with pytest.raises(ProofError):
        from_multibase(text, "value")


@pytest.mark.parametrize("curve", ["Ed25519", "P-256"])
def test_a_key_comes_back_from_multikey_and_jwk_and_signs(curve: Any) -> None:
    key = signing_key("a", curve)
    for public in (PublicKey.from_multikey(key.public.multikey), PublicKey.from_jwk(key.public.jwk)):
        assert public.signed(b"message", key.sign(b"message"))
        assert not public.signed(b"massage", key.sign(b"message"))
        assert not public.signed(b"message", key.sign(b"message")[:-1])
        assert not public.signed(b"message", b"")
        assert not public.signed(b"message", bytes(64))
    assert key.sign(b"message") == key.sign(b"message")


def test_a_key_that_is_none_of_ours_is_refused() -> None:
    good = signing_key("a", "P-256").public.jwk
    for jwk in (
        None,
        {},
        {"kty": "oct", "k": "AA"},
        good | {"d": "AA"},
        good | {"x": "AA"},
        good | {"y": good["x"]},
        good | {"crv": "P-521"},
        good | {"crv": ["P-256"]},
        {"kty": "OKP", "crv": "Ed25519"},
    ):
        with pytest.raises(ProofError):
            PublicKey.from_jwk(jwk)
    for text in ("z6Mk", "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", None):
        with pytest.raises(ProofError):
            PublicKey.from_multikey(text)
    for pem in (b"", b"-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n"):
        with pytest.raises(ProofError):
            PublicKey.from_pem(pem)
    for secret in (b"", bytes(31)):
        with pytest.raises(ProofError):
            SigningKey("Ed25519", secret)
    with pytest.raises(ProofError):
        SigningKey("P-256", bytes(32))


def test_a_key_too_short_to_hold_is_refused_and_a_good_rsa_key_is_read_only() -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    def pem(size: int) -> bytes:
        return (
            rsa.generate_private_key(65537, size)
            .public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )

    with pytest.raises(ProofError):
        PublicKey.from_pem(pem(1024))
    key = PublicKey.from_pem(pem(2048))
    assert key.algorithm == "RS256"
    for form in ("multikey", "jwk"):
        with pytest.raises(ProofError):
            getattr(key, form)


@pytest.mark.parametrize(
    ("did", "address"),
    [
        ("did:web:customs.example", "https://customs.example/.well-known/did.json"),
        ("did:web:customs.example%3A8443", "https://customs.example:8443/.well-known/did.json"),
        ("did:web:customs.example:aeo:1", "https://customs.example/aeo/1/did.json"),
    ],
)
def test_a_did_web_has_one_address(did: str, address: str) -> None:
    assert web_address(did) == address


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:web:localhost",
        "did:web:127.0.0.1",
        "did:web:1.2.3",
        "did:web:0x7f.1",
        "did:web:%5B::1%5D",
        "did:web:a.example/..",
        "did:web:a.example:..",
        "did:web:a.example%2F..",
        "did:web:a.example%40evil.example",
        "did:web:A.example",
        "did:web:a.example:%2e%2e",
        "did:web:a.example:b?c",
        "did:key:z6Mk",
    ],
)
def test_a_did_web_never_leads_to_a_number_or_out_of_its_path(did: str) -> None:
    with pytest.raises(ProofError):
        web_address(did)


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456789+05:30"])
def test_a_moment_has_its_zone(text: str) -> None:
    found = instant(text)
    assert found
    assert found.tzinfo


@pytest.mark.parametrize(
    "text", ["2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "2026-01-01T24:00:01Z", None, 5]
)
def test_what_is_no_moment_is_none(text: Any) -> None:
    assert instant(text) is None


def twisted(**changes: Any) -> Any:
    """A document of the issuer's with its one entry, or itself, changed."""
    by = issuer()
    document = json.loads(resolver(by)(by.issuer) or b"")
    for name, value in changes.items():
        target = document if name in document else document["verificationMethod"][0]
        target[name] = value
    return {by.issuer: as_bytes(document)}.get


@pytest.mark.parametrize(
    "changes",
    [
        {"controller": "did:web:evil.example"},
        {"assertionMethod": []},
        {"assertionMethod": ["did:web:evil.example#key-1"]},
        {"assertionMethod": 5},
        {"verificationMethod": []},
        {"verificationMethod": [5, None]},
        {"publicKeyMultibase": "zzz"},
        {"expires": "yesterday"},
        {"revoked": None},
    ],
)
def test_a_key_that_its_document_does_not_grant_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(ProofError):
        find_key(f"{DID}#key-1", NOW, twisted(**changes))


def test_the_document_must_be_that_of_the_issuer() -> None:
    other = issuer(did="did:web:other.example")
    swapped = {DID: resolver(other)(other.issuer)}.get
    with pytest.raises(ProofError, match="is not that of"):
        find_key(f"{DID}#key-1", NOW, swapped)
    for data in (b"", b"[]", b"{", b'{"id":"a","id":"b"}', b" " * (300 << 10)):
        with pytest.raises(ProofError):
            find_key(f"{DID}#key-1", NOW, {DID: data}.get)


@pytest.mark.parametrize("method", [None, 5, "", "did:key:z6Mk", "did:key:z6Mk#other", "did:web:a#b", "x" * 3000])
def test_a_name_of_a_key_that_leads_nowhere_is_refused(method: Any) -> None:
    with pytest.raises(ProofError):
        find_key(method, NOW, resolver())
    by = key_issuer()
    assert find_key(by.method, NOW, resolver()).multikey == by.key.public.multikey
