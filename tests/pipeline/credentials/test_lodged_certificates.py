# SPDX-License-Identifier: Apache-2.0
"""Certificates lodged beside declarations: verified on entry, found by their consignment, judged anew when looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cocket.pipeline.credentials.credential_files import Recognition
from tests.credentials.made import (
    BILL_V2,
    as_bytes,
    credential,
    issuer,
    key_issuer,
    origin,
    origin_item,
    seal,
    wrapped_v2,
)
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

HEAD = officer("supervisor")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, log_origin="customs-a.invalid/log")
    yield made
    made.house.close()


def lodge(built: Built, content: bytes) -> Any:
    answer = built.house.intake.messages.take_many([envelope(content)], principal=trader("ACME"))[0]
    built.desk()
    return answer


def dossier_of(built: Built, message_id: str) -> Any:
    (consignment,) = built.house.queries.records.message(officer("analyst"), message_id).consignment_ids
    return built.house.queries.records.dossier(officer("analyst"), consignment)


def codes(answer: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in answer.findings]


def test_a_certificate_that_holds_is_accepted_and_stands_in_the_dossier_of_its_consignment(built: Built) -> None:
    declared = lodge(built, declaration("R1"))
    (ucr,) = [value for kind, value in dossier_of(built, declared.id).references if kind == "DUCR"]
    answer = lodge(built, as_bytes(credential(seal(consignment=ucr), key_issuer())))
    assert (answer.outcome, answer.findings) == ("accepted", ())
    (shown,) = dossier_of(built, declared.id).certificates
    assert (shown.message_id, shown.stands, shown.is_cited) == (answer.id, "holds", False)
    assert shown.certificate.types[-1] == "SealAssuranceCredential"


def test_an_altered_certificate_is_refused_sealed_and_shown_as_refused(built: Built) -> None:
    declared = lodge(built, declaration("R1"))
    (ucr,) = [value for kind, value in dossier_of(built, declared.id).references if kind == "DUCR"]
    good = as_bytes(credential(seal(consignment=ucr), key_issuer()))
    answer = lodge(built, good.replace(b"SL0042", b"SL0043"))
    assert (answer.outcome, codes(answer)) == (
        "refused",
        [("certificate-integrity", "error"), ("certificate-issuer", "error")],
    )
    assert built.house.queries.records.message(officer(), answer.id).outcome == "refused"
    (shown,) = dossier_of(built, declared.id).certificates
    assert shown.stands == "fails"


def test_a_certificate_that_a_declaration_names_by_its_number_is_shown_with_it(built: Built) -> None:
    declared = lodge(built, declaration("R1"))
    certificate = lodge(built, as_bytes(credential(origin(reference="XALIC77"), key_issuer())))
    other = lodge(built, as_bytes(credential(origin(reference="XALIC78"), key_issuer())))
    shown = dossier_of(built, declared.id).certificates
    assert [(one.message_id, one.is_cited) for one in shown] == [(certificate.id, True)]
    assert other.outcome == "accepted"


def test_an_open_attestation_bill_is_verified_and_what_cannot_be_told_is_said(built: Built) -> None:
    declared = lodge(built, declaration("R1"))
    (bill,) = [value for kind, value in dossier_of(built, declared.id).references if kind == "HBL"]
    wrapped = wrapped_v2(BILL_V2 | {"blNumber": bill})
    answer = lodge(built, as_bytes(wrapped))
    assert codes(answer) == [("certificate-issuer", "warning"), ("certificate-status", "info")]
    (shown,) = dossier_of(built, declared.id).certificates
    assert [check.outcome for check in shown.checks] == ["passed", "not-checked", "not-checked"]
    wrapped["data"]["packages"][0]["weight"] = wrapped["data"]["packages"][0]["weight"].replace("6000.5", "6000.6")
    assert lodge(built, as_bytes(wrapped)).outcome == "refused"


def test_an_issuer_who_is_not_known_leaves_it_open_until_his_document_is_pinned(built: Built) -> None:
    by = issuer(did="did:web:chamber.invalid")
    content = as_bytes(credential(origin(), by))
    answer = lodge(built, content)
    assert codes(answer) == [("certificate-integrity", "warning"), ("certificate-issuer", "warning")]
    (shown,) = dossier_of(built, answer.id).certificates
    assert shown.stands == "open"
    from cocket.credentials import document_of

    document = json.dumps(document_of(by.issuer, {"key-1": by.key.public}))
    known = Recognition(issuer=by.issuer, country="ID", schemes=(), scopes=(), document=document)
    built.house.credentials.partners.recognise_issuer(HEAD, known)
    (shown,) = dossier_of(built, answer.id).certificates
    assert shown.stands == "holds"


def test_a_suspension_is_seen_in_the_dossier_by_whoever_looks_after_it(built: Built) -> None:
    issued = built.house.credentials.certificates.issue_credential(HEAD, origin())
    lists = [
        content
        for path, content in built.house.credentials.certificates.published_credentials().items()
        if "credentials" in path
    ]
    own = built.house.credentials.certificates.published_credentials()[".well-known/did.json"].decode()
    did = json.loads(own)["id"]
    built.house.credentials.partners.recognise_issuer(
        HEAD, Recognition(issuer=did, country="AA", schemes=(), scopes=(), document=own)
    )
    for content in lists:
        built.house.credentials.partners.take_credential(HEAD, content)
    answer = lodge(built, issued.content.encode())
    assert answer.findings == ()
    built.house.credentials.certificates.change_credential(HEAD, issued.id, "suspended", "origin in doubt")
    for path, content in built.house.credentials.certificates.published_credentials().items():
        if "credentials" in path:
            built.house.credentials.partners.take_credential(HEAD, content)
    (shown,) = dossier_of(built, answer.id).certificates
    assert shown.stands == "fails"
    assert "suspended by its issuer" in shown.checks[2].reason


def test_what_its_kind_forbids_is_told_beside_a_signature_that_holds(built: Built) -> None:
    item = origin_item(fob_value=None, currency=None)
    answer = lodge(built, as_bytes(credential(origin(items=(item,)), key_issuer())))
    assert answer.outcome == "accepted"
    (shown,) = dossier_of(built, answer.id).certificates
    assert (shown.stands, [finding.code for finding in shown.findings]) == ("holds", ["origin-value"])


def test_json_that_is_no_certificate_is_refused_as_unreadable(built: Built) -> None:
    answer = lodge(built, b'{"a": 1}')
    assert (answer.outcome, answer.is_unreadable, codes(answer)) == ("refused", True, [("standard-unknown", "error")])


async def _take(built: Built, content: bytes) -> Any:
    return await built.house.intake.messages.take(envelope(content), principal=trader("ACME"))


def test_the_door_for_machines_verifies_too(built: Built) -> None:
    import asyncio

    good = as_bytes(credential(seal(), key_issuer()))
    assert asyncio.run(_take(built, good)).outcome == "accepted"
    assert asyncio.run(_take(built, good.replace(b"SL0042", b"SL0043"))).outcome == "refused"
