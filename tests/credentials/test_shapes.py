# SPDX-License-Identifier: Apache-2.0
"""What certificates speak of: each shape there and back, and each of its rules by a hit and a near miss."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from cocket.credentials import KINDS, Trader, credential_of, missing_members, read_shape, subject_of
from cocket.credentials.origin import Route, lasts_until
from cocket.credentials.phyto import Lot, Treatment, check_document
from cocket.credentials.seal import SealCheck
from cocket.errors import ProofError
from tests.credentials.made import DID, END, NAME, START, operator, origin, origin_item, phyto, seal

SHAPES = (operator, origin, phyto, seal)


@pytest.mark.parametrize("make", SHAPES)
def test_a_shape_comes_back_from_its_credential_without_a_finding(make: Any) -> None:
    document = credential_of(make(), NAME, DID, (START, END))
    assert read_shape(document) == (make(), ())
    assert {kind.name for kind in KINDS} >= {document["type"][1]}


@pytest.mark.parametrize("make", SHAPES)
def test_a_shape_is_told_in_json_and_nothing_else(make: Any) -> None:
    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(isinstance(name, str) and plain(inner) for name, inner in value.items())
        return all(map(plain, value)) if type(value) is list else type(value) in (str, int, bool)

    assert plain(subject_of(make()))


def codes(shape: Any) -> list[str]:
    return [finding.code for finding in read_shape(credential_of(shape, NAME, DID, (START, None)))[1]]


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        (operator(country="Ruritania"), ["aeo-country"]),
        (operator(scheme=""), ["aeo-scheme"]),
        (operator(number="\n"), ["aeo-number"]),
        (operator(trader="x" * 61), ["aeo-trader"]),
        (operator(scopes=()), ["aeo-scopes"]),
        (operator(scopes=("import", "import")), ["aeo-scopes"]),
        (origin(importing_country="NZ"), ["origin-member"]),
        (origin(importing_country="ID"), ["origin-same-country"]),
        (origin(origin_country="CN"), ["origin-country"]),
        (origin(third_country="HK"), ["origin-third-country"]),
        (origin(third_country="HK", remarks=("third-country-invoicing",)), []),
        (origin(items=()), ["origin-items"]),
        (origin(items=(origin_item(number=2),)), ["origin-numbers"]),
        (origin(items=(origin_item(hs="0907"),)), ["origin-hs"]),
        (
            origin(items=(origin_item(criterion="RVC"),)),
            [
                "origin-criterion",
            ],
        ),
        (origin(items=(origin_item(criterion="CTH", fob_value=None, currency=None),)), []),
        (origin(items=(origin_item(fob_value=None),)), ["origin-value"]),
        (origin(items=(origin_item(gross_mass_kg=None),)), ["origin-quantity"]),
        (origin(items=(origin_item(gross_mass_kg=None, quantity="120 bags"),)), []),
        (origin(items=(origin_item(gross_mass_kg=Decimal(0)),)), ["origin-amount"]),
        (origin(items=(origin_item(invoice_date=date(2026, 6, 3)),)), ["origin-invoice"]),
        (origin(route=Route(departed=date(2026, 5, 29))), ["origin-retroactive"]),
        (origin(route=Route(departed=date(2026, 5, 30))), []),
        (origin(route=Route(departed=date(2026, 5, 29)), remarks=("issued-retroactively",)), []),
        (phyto(lots=()), ["phyto-lots"]),
        (phyto(lots=(Lot(description="x", net_mass_kg=Decimal(-1)),)), ["phyto-quantity"]),
        (phyto(importing_country="ID"), ["phyto-same-country"]),
        (phyto(document_sha256="ab"), ["phyto-hash"]),
        (phyto(treatments=(Treatment(kind="fumigation", day=date(2026, 6, 3)),)), ["phyto-treatment"]),
        (phyto(treatments=(Treatment(kind="fumigation", day=date(2026, 6, 2)),)), []),
        (seal(container="CSQU3054384"), ["seal-container"]),
        (seal(seal=" "), ["seal-number"]),
        (seal(affixed_at=datetime(2026, 6, 10, tzinfo=UTC)), ["seal-order"]),
        (seal(affixed_at=datetime(2026, 6, 3, 8)), ["seal-zone"]),
        (
            seal(checks=(SealCheck(at=datetime(2026, 6, 9, tzinfo=UTC), place="x", by="y", found="replaced"),)),
            ["seal-replaced"],
        ),
    ],
)
def test_each_rule_finds_what_it_is_for_and_nothing_beside(shape: Any, found: list[str]) -> None:
    assert codes(shape) == found


def test_a_form_d_lasts_twelve_months_from_its_issue() -> None:
    assert lasts_until(origin()) == date(2027, 6, 2)


def test_a_seal_found_other_than_whole_is_told() -> None:
    assert seal().is_whole
    broken = SealCheck(at=datetime(2026, 6, 9, tzinfo=UTC), place="x", by="y", found="broken")
    assert not seal(checks=(broken,)).is_whole


def test_an_ephyto_stands_for_one_document_byte_for_byte() -> None:
    import hashlib

    certificate = phyto(document_sha256=hashlib.sha256(b"<SPSCertificate/>").hexdigest())
    check_document(certificate, b"<SPSCertificate/>")
    for other in (b"<SPSCertificate />", b""):
        with pytest.raises(ProofError):
            check_document(certificate, other)
    with pytest.raises(ProofError):
        check_document(phyto(), b"<SPSCertificate/>")


def test_what_is_of_another_kind_or_not_made_as_its_kind_is_gives_no_shape() -> None:
    assert read_shape({"type": ["VerifiableCredential", "Other"]}) == (None, ())
    shape, findings = read_shape({"type": "AuthorisedOperatorCredential", "credentialSubject": {"country": 5}})
    assert shape is None
    assert [finding.code for finding in findings] == ["shape"]
    assert Trader(name="x", address="y", country="ID").id is None


def test_all_that_content_lacks_is_named_at_once() -> None:
    shapes = {kind.name: kind.shape for kind in KINDS}
    bare = {"reference": "AA-1", "exporter": {"name": "A"}, "items": [{"number": 1}, 2], "issuedOn": 7}
    assert missing_members(bare, shapes["CertificateOfOriginCredential"]) == (
        "exporter.address",
        "exporter.country",
        "consignee",
        "importingCountry",
        "originCountry",
        *(f"items[1].{name}" for name in ("description", "hs", "criterion", "invoice", "invoiceDate")),
        "issuedAt",
    )
    seal = ("container", "seal", "grade", "affixedAt", "affixedBy", "place")
    assert missing_members({}, shapes["SealAssuranceCredential"]) == seal
    assert missing_members([], shapes["SealAssuranceCredential"]) == ()
