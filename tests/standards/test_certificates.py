# SPDX-License-Identifier: Apache-2.0
"""Certificates as they are read: what they say they are, and by which names their consignment is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cocket.consignment import consignments_of
from cocket.errors import UnreadableError
from cocket.model import Certificate, Reference
from cocket.standards import read
from cocket.standards.certificates import form_of, looks_like_one, read_json
from cocket.standards.certificates.names import names_in
from tests.corpora import corpora

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "certificate"


def certificate(name: str) -> Certificate:
    reading = read((SAMPLES / name).read_bytes())
    assert (reading.standard, reading.outcome) == ("certificate", "accepted")
    assert isinstance(reading.document, Certificate)
    return reading.document


@pytest.mark.parametrize(
    ("name", "form", "last_type", "names"),
    [
        ("aeo.json", "vc", "AuthorisedOperatorCredential", ["DOCUMENT AA-17"]),
        ("aeo.sd-jwt", "sd-jwt-vc", "AuthorisedOperatorCredential", ["DOCUMENT AA-17"]),
        ("bill-oa-v2.json", "oa-v2", "BILL_OF_LADING", ["BL BL-2026-000123"]),
        ("bill-oa-v3.json", "oa-v3", "OpenAttestationCredential", ["BL BL-2026-000124"]),
        (
            "origin.json",
            "vc",
            "CertificateOfOriginCredential",
            ["DOCUMENT ID-D-2026-000042", "INVOICE INV-2026-0815"],
        ),
        ("seal.json", "vc", "SealAssuranceCredential", ["EQUIPMENT CSQU3054383", "UCR 6ID123456789000-42"]),
        (
            "presentation.json",
            "vp",
            "VerifiablePresentation",
            ["DOCUMENT AA-17", "DOCUMENT ID-D-2026-000042", "INVOICE INV-2026-0815"],
        ),
    ],
)
def test_each_form_says_what_it_is_and_what_it_is_about(name: str, form: str, last_type: str, names: list[str]) -> None:
    found = certificate(name)
    assert (found.form, found.types[-1]) == (form, last_type)
    assert [f"{one.kind} {one.value}" for one in found.references] == names


def test_a_bill_joins_by_its_number_and_a_certificate_of_origin_joins_nothing() -> None:
    bill, origin = (read((SAMPLES / name).read_bytes()) for name in ("bill-oa-v2.json", "origin.json"))
    (claim,) = consignments_of(bill, "ACME")
    assert [key.pair for key in claim.strong] == [("BL", "BL2026000123")]
    (claim,) = consignments_of(origin, "ACME")
    assert claim.strong == ()


def test_words_that_mean_many_things_introduce_no_name() -> None:
    said = {"id": "X-1", "party": {"number": "7", "reference": "R"}, "containerNumber": ["A", "B"], "blNumber": 5}
    assert names_in(said) == ()
    assert names_in({"reference": " R ", "deep": [{"bl_number": "B"}]}) == (
        Reference("DOCUMENT", "R"),
        Reference("BL", "B"),
    )
    assert len(names_in({"lots": [{"invoice": str(n)} for n in range(500)]})) == 100


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{}", "standard-unknown"),
        (b'{"type": "VerifiableCredential", "type": "x"}', "unreadable"),
        (b'{"type": ', "unreadable"),
        (b"eyJ", "unreadable"),
        (b'{"a": NaN}', "unreadable"),
    ],
)
def test_what_is_no_certificate_is_refused(data: bytes, code: str) -> None:
    reading = read(data)
    assert (reading.standard, reading.outcome) == (None, "refused")
    assert form_of(data) is None


def test_a_token_whose_parts_are_none_is_refused_as_the_certificate_that_it_would_be() -> None:
    reading = read(b"eyJhbGciOiJFUzI1NiJ9.!!.c2ln~")
    assert (reading.standard, reading.outcome) == ("certificate", "refused")


def test_xml_is_never_taken_for_a_certificate() -> None:
    assert not looks_like_one(b'<?xml version="1.0"?><a/>')
    assert not looks_like_one("﻿<a/>".encode())
    assert looks_like_one(b'\r\n {"a": 1}')


def test_json_without_leniency_refuses_what_two_readers_take_for_two_things() -> None:
    for text in ('{"a":1,"a":2}', "[1e999]", '["\\ud800"]', "[" * 100 + "]" * 100, "NaN", '"\udc00"'):
        with pytest.raises(UnreadableError):
            read_json(text)
    assert read_json('{"a":[1,2.5,"x",null,true]}') == {"a": [1, 2.5, "x", None, True]}


def test_the_json_test_suite_is_judged_as_it_says() -> None:
    """`y_` files are JSON and `n_` files are none; but a name that stands twice is refused here on purpose."""
    folder = corpora("hostile", "json-testsuite")
    twice = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}
    wrong = []
    for path in sorted(folder.rglob("[yn]_*.json")):
        try:
            read_json(path.read_bytes())
            is_read = True
        except UnreadableError:
            is_read = False
        if is_read != (path.name.startswith("y_") and path.name not in twice):
            wrong.append(path.name)
    assert wrong == []


def test_every_published_document_of_tradetrust_is_recognised() -> None:
    folder = corpora("tradetrust", "test", "fixtures")
    forms = {path.relative_to(folder).as_posix(): form_of(path.read_bytes()) for path in folder.rglob("*.json")}
    assert {name.partition("/")[0]: form for name, form in forms.items()} == {"v2": "oa-v2", "v3": "oa-v3", "w3c": "vc"}
    for path in folder.rglob("*.json"):
        document = read(path.read_bytes()).document
        assert isinstance(document, Certificate)
        assert document.issuer or json.loads(path.read_bytes()).get("data")
