# SPDX-License-Identifier: Apache-2.0
"""Which title a document speaks of, and what is said of it: integrity and title, never one for the other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cocket.credentials.title import Title, TransferableRecord, judge_title, transferable_record
from cocket.ledger import Check
from cocket.standards.certificates import read_json
from tests.corpora import corpora

REGISTRY = "0x" + "Ab" * 20
TOKEN = "5b" * 32


def credential(**status: Any) -> dict[str, Any]:
    given = {
        "type": "TransferableRecords",
        "tokenNetwork": {"chain": "MATIC", "chainId": "137"},
        "tokenRegistry": REGISTRY,
        "tokenId": TOKEN,
    }
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "credentialStatus": given | status,
        "credentialSubject": {"blNumber": "XCKT0001"},
    }


def test_a_credentials_title_is_found() -> None:
    record = transferable_record(credential())
    assert record == TransferableRecord(
        form="w3c-vc", registry=REGISTRY.lower(), token_id=TOKEN, chain_id=137, number="XCKT0001"
    )
    assert record.name == f"eip155:137/{REGISTRY.lower()}/{TOKEN}"


def test_among_several_statuses_the_one_of_a_title_is_taken() -> None:
    document = credential()
    document["credentialStatus"] = [{"type": "BitstringStatusListEntry"}, document["credentialStatus"]]
    assert transferable_record(document) is not None
    document["credentialStatus"] = [document["credentialStatus"][1]] * 2
    assert transferable_record(document) is None


@pytest.mark.parametrize(
    "status",
    [
        {"type": "BitstringStatusListEntry"},
        {"tokenRegistry": "0x12"},
        {"tokenRegistry": None},
        {"tokenId": "5b" * 31},
        {"tokenId": 17},
        {"tokenNetwork": {"chainId": "many"}},
        {"tokenNetwork": {"chainId": -1}},
    ],
)
def test_a_status_that_names_no_title_in_an_orderly_way_names_none(status: dict[str, Any]) -> None:
    assert transferable_record(credential(**status)) is None


@pytest.mark.parametrize("document", [None, 7, "x", [], {}, {"data": {}}, {"data": {"issuers": [{}]}, "signature": {}}])
def test_what_is_no_transferable_record_has_no_title(document: Any) -> None:
    assert transferable_record(document) is None


def test_tradetrusts_own_samples_name_their_titles() -> None:
    wrapped = read_json(
        corpora("tradetrust", "test", "fixtures", "v2", "wrapped-transferable-document.json").read_bytes()
    )
    record = transferable_record(wrapped)
    assert record is not None
    assert record.form == "open-attestation-2"
    assert record.token_id == wrapped["signature"]["merkleRoot"]


def test_a_version_3_document_names_its_title() -> None:
    document = {
        "openAttestationMetadata": {"proof": {"method": "TOKEN_REGISTRY", "value": REGISTRY}},
        "proof": {"type": "OpenAttestationMerkleProofSignature2018", "merkleRoot": TOKEN},
        "network": {"chainId": 1},
        "credentialSubject": {},
    }
    record = transferable_record(document)
    assert record is not None
    assert (record.form, record.chain_id, record.number) == ("open-attestation-3", 1, None)
    document["openAttestationMetadata"]["proof"]["method"] = "DOCUMENT_STORE"
    assert transferable_record(json.loads(json.dumps(document))) is None


def shown(integrity: str = "passed", issuer: str = "passed") -> tuple[Check, Check]:
    return Check("integrity", integrity, "…"), Check("issuer", issuer, "…")  # type: ignore[arg-type]


RECORD = TransferableRecord(form="w3c-vc", registry=REGISTRY.lower(), token_id=TOKEN)
IN_FORCE = Title(standing="in-force", beneficiary="b", holder="h")


@pytest.mark.parametrize(
    ("integrity", "issuer", "standing", "is_in_force"),
    [
        ("passed", "passed", "in-force", True),
        ("failed", "passed", "in-force", False),
        ("passed", "failed", "in-force", False),
        ("not-checked", "passed", "in-force", None),
        ("passed", "not-checked", "in-force", None),
        ("passed", "passed", "surrendered", False),
        ("passed", "passed", "burned", False),
        ("not-checked", "not-checked", "burned", False),
        ("passed", "passed", "unissued", False),
        ("passed", "passed", None, None),
        ("failed", "passed", None, False),
    ],
)
def test_integrity_and_title_are_weighed_apart(
    integrity: str, issuer: str, standing: str | None, is_in_force: bool | None
) -> None:
    told = (Title(standing=standing), "block 1") if standing else "It was not queried."  # type: ignore[arg-type]
    verdict = judge_title(shown(integrity, issuer), RECORD, told)
    assert verdict.is_in_force is is_in_force
    assert verdict.integrity.outcome == integrity


def test_a_burned_title_is_said_to_be_burned_although_the_document_is_whole() -> None:
    verdict = judge_title(shown(), RECORD, (Title(standing="burned"), "block 9"))
    assert verdict.integrity.outcome == "passed"
    assert "burned" in verdict.says
    assert "whole" not in verdict.says


def test_an_unknown_title_says_why() -> None:
    verdict = judge_title(shown(), RECORD, "The node does not answer.")
    assert verdict.says == "The state of its title is not known. The node does not answer."


def test_a_restored_title_says_so() -> None:
    verdict = judge_title(shown(), RECORD, (Title(standing="in-force", times_restored=1), "block 9"))
    assert "restored" in verdict.says
