# SPDX-License-Identifier: Apache-2.0
"""TradeTrust's official verifier, whose code is not ours, reads what is issued here, and refuses one digit changed."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest

from cocket.credentials import (
    Contexts,
    IssuerKey,
    StatusList,
    credential_of,
    document_of,
    issue_status_list,
    selective,
    status_entry,
    verify_proofs,
)
from tests.credentials.made import (
    BILL_V2,
    DID,
    END,
    NAME,
    START,
    issuer,
    operator,
    origin,
    phyto,
    resolver,
    seal,
    signing_key,
    wrapped_v2,
)
from tests.peers.node_peers import fetch_packages, run

BY = IssuerKey(f"{DID}#key-1", signing_key("issuer", "P-256"))
SECRETS = selective.Secrets(bytes(range(32)), signing_key("own", "P-256"))
LIST = "https://customs.example/credentials/suspension.json"


@pytest.fixture(autouse=True)
def packages() -> None:
    fetch_packages()


def issued(shape: Any, **more: Any) -> dict[str, Any]:
    document = credential_of(shape, NAME, DID, (START, END)) | more
    return selective.issue(document, BY, (START, SECRETS), ["/issuer", "/validFrom"], Contexts())


def judged(document: dict[str, Any], **known: Any) -> dict[str, Any]:
    own = document_of(DID, {"key-1": BY.key.public})
    key = {"@context": "https://w3id.org/security/multikey/v1"} | own["verificationMethod"][0]
    return run("verify-tradetrust.mjs", {"document": document, "known": {DID: own, BY.method: key} | known})


def status_of(said: dict[str, Any], name: str) -> str:
    (found,) = [fragment["status"] for fragment in said["fragments"] if fragment["name"] == name]
    return str(found)


@pytest.mark.parametrize("shape", [operator(), origin(), phyto(), seal()], ids=["aeo", "origin", "phyto", "seal"])
def test_it_says_that_what_we_issue_is_valid_whole_and_in_parts(shape: Any) -> None:
    whole = issued(shape)
    assert judged(whole)["isValid"], judged(whole)
    part = selective.derive(whole, [f"/credentialSubject/{next(iter(whole['credentialSubject']))}"], Contexts())
    assert judged(part)["isValid"]


def test_it_refuses_one_digit_changed_as_we_do() -> None:
    whole = issued(origin())
    shown = selective.derive(whole, ["/credentialSubject"], Contexts())
    shown["credentialSubject"]["items"][0]["fobValue"] = "48000.51"
    said = judged(shown)
    assert not said["isValid"]
    assert status_of(said, "EcdsaW3CSignatureIntegrity") == "INVALID"
    assert verify_proofs(shown, resolver(issuer(curve="P-256")), START)[0].outcome == "failed"


def listed(*, is_set: bool) -> dict[str, Any]:
    bits = StatusList().with_entry(42, is_set)
    return issue_status_list(bits, LIST, "suspension", BY, (START, START + timedelta(days=3650)))


def test_it_cannot_read_a_list_in_multibase_and_then_calls_nothing_valid() -> None:
    """Bitstring Status List 1.0 §2.2 wants the `u` of multibase before the list; this verifier knows an older draft."""
    document = issued(operator(), credentialStatus=status_entry(LIST, 42, "suspension"))
    said = judged(document, **{LIST: listed(is_set=False)})
    assert (status_of(said, "W3CCredentialStatus"), said["isValid"]) == ("ERROR", False)


@pytest.mark.parametrize("is_set", [False, True])
def test_it_reads_the_same_bits_where_the_list_is_spelled_as_it_knows_it(is_set: bool) -> None:
    document = issued(operator(), credentialStatus=status_entry(LIST, 42, "suspension"))
    published = listed(is_set=is_set)
    published["credentialSubject"]["encodedList"] = published["credentialSubject"]["encodedList"].removeprefix("u")
    unsigned = {name: value for name, value in published.items() if name != "proof"}
    signed = selective.issue(unsigned, BY, (START, SECRETS), ["/issuer", "/credentialSubject"], Contexts())
    said = judged(document, **{LIST: selective.derive(signed, [], Contexts())})
    assert status_of(said, "W3CCredentialStatus") == ("INVALID" if is_set else "VALID"), said
    assert said["isValid"] is not is_set


def test_it_finds_the_integrity_of_a_document_wrapped_here_and_misses_none_that_we_miss() -> None:
    wrapped = wrapped_v2(BILL_V2)
    assert status_of(judged(wrapped), "OpenAttestationHash") == "VALID"
    twisted = copy.deepcopy(wrapped)
    twisted["data"]["packages"][0]["weight"] = twisted["data"]["packages"][0]["weight"].replace("6000.5", "6000.6")
    assert status_of(judged(twisted), "OpenAttestationHash") == "INVALID"
