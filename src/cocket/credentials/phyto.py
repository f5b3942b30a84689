# SPDX-License-Identifier: Apache-2.0
"""The phytosanitary certificate (ePhyto): what it says, and the UN/CEFACT document that it stands for, by its hash.

The exchange of ePhytos works with a document of its own and needs no other. The credential does not replace it: it carries
the facts a border needs at a glance, and the hash of the bytes as the plant protection organisation made them, so that
whoever has the document can show that it is the one.
Source: ISPM 12 (Phytosanitary certificates), sections 5 and 6 and Appendix 1; UN/CEFACT SPS Certificate (ePhyto).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.errors import ProofError
from cocket.findings import Finding


class Lot(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One commodity of the consignment.

    Attributes:
        description: Name of produce, and number and kind of packages.
        botanical_name: Scientific name of the plants; None where none applies, as for soil.
        net_mass_kg: Quantity (kg); None where stated otherwise.
        hs: HS code; None where not stated.
    """

    description: str
    botanical_name: str | None = None
    net_mass_kg: Decimal | None = None
    hs: str | None = None


class Treatment(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What was done against pests.

    Attributes:
        kind: Treatment, such as `fumigation`.
        agent: Chemical; None where none was used.
        details: Concentration, temperature and time in words.
        day: When; None where not stated.
    """

    kind: str
    agent: str | None = None
    details: str = ""
    day: date | None = None


class PhytosanitaryCertificate(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A phytosanitary certificate.

    Attributes:
        number: Number that the organisation gave.
        kind: `phytosanitary`, or `re-export`.
        organisation: National plant protection organisation that issued it.
        exporting_country: ISO 3166-1 code.
        importing_country: ISO 3166-1 code.
        exporter: Name and address of exporter.
        consignee: Name and address of consignee.
        origin: Place of origin.
        entry_point: Declared point of entry; None where not stated.
        transport: Declared means of conveyance; None where not stated.
        lots: What is certified (1..n).
        declarations: Additional declarations, in words (0..n).
        treatments: What was done (0..n).
        issued_on: Date of issue.
        document_sha256: SHA-256 of the UN/CEFACT document as issued, 64 hexadecimal digits; None where there is none.
    """

    number: str
    kind: Literal["phytosanitary", "re-export"] = "phytosanitary"
    organisation: str
    exporting_country: str
    importing_country: str
    exporter: str
    consignee: str
    origin: str
    lots: tuple[Lot, ...]
    issued_on: date
    entry_point: str | None = None
    transport: str | None = None
    declarations: tuple[str, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    document_sha256: str | None = None


def check_phyto(certificate: PhytosanitaryCertificate) -> tuple[Finding, ...]:
    """Check what ISPM 12 demands of every certificate.

    Returns:
        Findings (0..n).

    Source: ISPM 12, section 5.
    """
    return tuple(_check(certificate))


def check_document(certificate: PhytosanitaryCertificate, document: bytes) -> None:
    """Refuse a document that is not the one the certificate stands for.

    Args:
        certificate: The certificate.
        document: The UN/CEFACT document, byte for byte.

    Raises:
        ProofError: It is another one, or the certificate stands for none.
    """
    found = hashlib.sha256(document).hexdigest()
    if certificate.document_sha256 != found:
        raise ProofError(
            "This is not the document that the certificate refers to.",
            code="phyto-document",
            expected=certificate.document_sha256,
            found=found,
        )


def _check(certificate: PhytosanitaryCertificate) -> Iterator[Finding]:
    if not certificate.lots:
        yield _finding("phyto-lots", "the certificate lists no commodity", None)
    for number, lot in enumerate(certificate.lots, start=1):
        if lot.net_mass_kg is not None and not (lot.net_mass_kg.is_finite() and lot.net_mass_kg > 0):
            yield _finding("phyto-quantity", "{found} is not a valid quantity", f"lot {number}: {lot.net_mass_kg}")
    if certificate.exporting_country == certificate.importing_country:
        yield _finding(
            "phyto-same-country", "exporting and importing country are the same", certificate.importing_country
        )
    digest = certificate.document_sha256
    if digest is not None and (len(digest) != 64 or set(digest) - set("0123456789abcdef")):
        yield _finding("phyto-hash", "the hash of the document is not valid", digest)
    for treatment in certificate.treatments:
        if treatment.day and treatment.day > certificate.issued_on:
            yield _finding("phyto-treatment", "a treatment is dated after the certificate", treatment.day.isoformat())


def _finding(code: str, message: str, found: str | None) -> Finding:
    return Finding(code=code, severity="error", message=message, found=found and found[:200])
