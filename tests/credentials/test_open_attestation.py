# SPDX-License-Identifier: Apache-2.0
"""OpenAttestation documents: TradeTrust's own, ours, and one digit changed."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

import pytest

from cocket.credentials import keccak
from cocket.credentials.open_attestation import check_wrapped
from cocket.standards.certificates import read_wrapped, version_of
from tests.corpora import corpora
from tests.credentials.made import BILL_V2, BILL_V3, wrapped_v2, wrapped_v3

PUBLISHED = (
    "test/fixtures/v2/did-wrapped.json",
    "test/fixtures/v2/did-signed-ocsp-responder.json",
    "test/fixtures/v2/wrapped-transferable-document.json",
    "test/fixtures/v3/did-wrapped.json",
    "test/fixtures/v3/wrapped-transferable-document.json",
    "src/3.0/schema/batched-verifiable-credential-1.json",
    "src/3.0/schema/batched-verifiable-credential-2.json",
    "src/3.0/schema/sample-verifiable-credential-did.json",
)


def published(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(corpora("tradetrust", *name.split("/")).read_bytes())
    return document


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_document_is_as_it_was_wrapped(name: str) -> None:
    check = check_wrapped(published(name))
    assert check.outcome == "passed", check.reason


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_text_of_a_published_document_is_under_its_hash(name: str) -> None:
    """One sign more in any one value, and the document is no longer as it was wrapped."""
    document = published(name)
    body = document["data"] if version_of(document) == "oa-v2" else document
    paths = [path for path in texts_in(body) if path[:1] != ("proof",)]
    assert len(paths) > 5
    for path in paths:
        twisted = copy.deepcopy(document)
        target = twisted["data"] if version_of(document) == "oa-v2" else twisted
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] += "0"
        assert check_wrapped(twisted).outcome == "failed", path


def texts_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [found for name, inner in value.items() for found in texts_in(inner, (*path, name))]
    if isinstance(value, list):
        return [found for place, inner in enumerate(value) for found in texts_in(inner, (*path, place))]
    return [path] if isinstance(value, str) and value else []


def test_a_document_made_in_python_and_accepted_by_tradetrust_is_accepted_here() -> None:
    document = json.loads(corpora("ledger-vectors", "oa", "oa-v2-python-issued.json").read_bytes())
    assert check_wrapped(document).outcome == "passed"
    document["data"]["packages"][0]["weight"] = document["data"]["packages"][0]["weight"].replace("18000.5", "18000.6")
    assert check_wrapped(document).outcome == "failed"


def hidden(document: dict[str, Any]) -> dict[str, Any]:
    """The same document with its number of packages hidden, as its holder may."""
    from cocket.credentials.encoding import canonical

    twisted = copy.deepcopy(document)
    value = twisted["data"].pop("blNumber")
    digest = keccak.keccak256(canonical({"blNumber": value})).hex()
    return twisted | {"privacy": {"obfuscatedData": [digest]}}


def test_what_a_holder_hid_is_still_under_the_hash_and_nothing_can_be_slipped_in() -> None:
    document = hidden(wrapped_v2(BILL_V2))
    assert check_wrapped(document).outcome == "passed"
    document["privacy"]["obfuscatedData"].append("00" * 32)
    assert check_wrapped(document).outcome == "failed"


def test_ours_of_both_versions_hold_and_say_who_would_be_asked() -> None:
    for document in (wrapped_v2(BILL_V2), wrapped_v3(BILL_V3)):
        assert check_wrapped(document).outcome == "passed"
        said = read_wrapped(document)
        assert (said.claimed_issuer, said.identity) == ("carrier.example", "DNS-TXT")
        assert said.registry == "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
    assert read_wrapped(wrapped_v2(BILL_V2)).data["packages"] == [{"description": "cloves", "weight": "6000.5"}]


def test_values_that_version_3_leaves_without_a_hash_are_told() -> None:
    assert "1 empty, zero or false" in check_wrapped(wrapped_v3(BILL_V3)).reason


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one["signature"].update(targetHash="0" * 64),
        lambda one: one["signature"].update(merkleRoot="0" * 64),
        lambda one: one["signature"].update(proof=["0" * 64]),
        lambda one: one["signature"].update(proof="x"),
        lambda one: one["signature"].update(proof=["0" * 63]),
        lambda one: one["data"].update({"a.b": "x"}),
        lambda one: one["data"].update(extra="x"),
        lambda one: one["data"].pop("toOrder"),
        lambda one: one.update(privacy={"obfuscatedData": [5]}),
    ],
)
def test_a_document_of_version_2_whose_parts_do_not_fit_fails(change: Any) -> None:
    document = wrapped_v2(BILL_V2)
    change(document)
    assert check_wrapped(document).outcome == "failed"


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one["proof"].update(salts="!"),
        lambda one: one["proof"].update(salts=None),
        lambda one: one["proof"].update(salts="W10="),
        lambda one: one.update(extra="x"),
        lambda one: one["credentialSubject"].pop("toOrder"),
        lambda one: one["credentialSubject"].update({"a[0]": "x"}),
        lambda one: one["proof"].update(proofs=[None]),
    ],
)
def test_a_document_of_version_3_whose_parts_do_not_fit_fails(change: Any) -> None:
    document = wrapped_v3(BILL_V3)
    change(document)
    assert check_wrapped(document).outcome == "failed"


def test_what_is_neither_version_fails_and_is_not_read() -> None:
    from cocket.errors import UnreadableError

    assert check_wrapped({}).outcome == "failed"
    with pytest.raises(UnreadableError):
        read_wrapped({"data": {}})


def test_keccak_by_hand_is_keccak_of_openssl() -> None:
    """Known answers, and OpenSSL where it has the hash; lengths around the block of 136 bytes."""
    assert keccak.by_hand(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak.by_hand(b"testing").hex() == "5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02"
    try:
        hashlib.new("keccak-256", b"")
    except ValueError:
        pytest.skip("this OpenSSL has no Keccak")
    for length in (1, 134, 135, 136, 137, 271, 272, 1000):
        assert keccak.by_hand(b"a" * length) == keccak.keccak256(b"a" * length)
