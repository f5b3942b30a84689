# SPDX-License-Identifier: Apache-2.0
"""The certificate of origin; its first form is ASEAN's Form D, box by box.

The certificate says by which rule each good counts as originating, which is what the preference hangs on. The numbers of
the boxes are those of the paper, which the electronic form keeps.
Source: ASEAN Trade in Goods Agreement, Annex 7 (Form D with its overleaf notes) and Annex 8 (Operational Certification
Procedures, rules 10, 15 and 21 to 24).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.findings import Finding

#: Members whose goods and imports the form is for.
MEMBERS = frozenset({"BN", "ID", "KH", "LA", "MM", "MY", "PH", "SG", "TH", "TL", "VN"})

#: Box 13: what else the form may have to say of the case.
Remark = Literal[
    "third-country-invoicing",
    "accumulation",
    "back-to-back",
    "partial-cumulation",
    "exhibition",
    "de-minimis",
    "issued-retroactively",
]

#: Rules of origin in box 8; `RVC` and `PC` carry a percentage.
_CRITERION = re.compile(r"WO|PE|CC|CTH|CTSH|SP|RVC [0-9]{1,3}(\.[0-9]{1,2})?%|PC [0-9]{1,2}(\.[0-9]{1,2})?%")
_RETROACTIVE = timedelta(days=3)
_LASTS = timedelta(days=366)


class Trader(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A party as boxes 1 and 2 name it.

    Attributes:
        name: Name.
        address: Address in words.
        country: ISO 3166-1 code.
        id: His number with customs; None where not stated.
    """

    name: str
    address: str
    country: str
    id: str | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Box 3, means of transport and route as far as known.

    Attributes:
        departed: Date of shipment; None where not known yet.
        vessel: Vessel, flight or vehicle; None where not known.
        discharge_port: Port of discharge; None where not known.
    """

    departed: date | None = None
    vessel: str | None = None
    discharge_port: str | None = None


class OriginItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One good, boxes 5 to 10.

    Attributes:
        number: Box 5, item number, from 1.
        marks: Box 6, marks and numbers on packages.
        description: Box 7, packages and goods in words.
        hs: Box 7, code of the goods in the tariff of the importing country (6–10 digits).
        criterion: Box 8, the rule by which it originates: `WO` wholly obtained, `PE` of originating materials, `CC`, `CTH`,
            `CTSH` change of tariff classification, `SP` specific process, `RVC 40%` regional value content, `PC 25%` partial
            cumulation.
        gross_mass_kg: Box 9, gross mass (kg); None where another quantity is stated.
        quantity: Box 9, other quantity in words; None where mass is stated.
        fob_value: Box 9, value free on board; needed where `RVC` is the rule, else None.
        currency: Its ISO 4217 code; None without value.
        invoice: Box 10, number of the invoice.
        invoice_date: Box 10, its date.
    """

    number: int
    description: str
    hs: str
    criterion: str
    invoice: str
    invoice_date: date
    marks: str = ""
    gross_mass_kg: Decimal | None = None
    quantity: str | None = None
    fob_value: Decimal | None = None
    currency: str | None = None


class CertificateOfOrigin(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A certificate of origin, ASEAN Form D.

    Attributes:
        reference: Reference number, which the issuing authority gives.
        exporter: Box 1, goods consigned from.
        consignee: Box 2, goods consigned to.
        route: Box 3.
        importing_country: Country whose preference is claimed, ISO 3166-1 code.
        origin_country: Box 11, country in which the goods were produced.
        items: Boxes 5 to 10 (1..n).
        issued_at: Box 12, place.
        issued_on: Box 12, date.
        remarks: Box 13 (0..n).
        third_country: Country of whoever invoices, where that is a third one; else None.
        form: Which form it is.
    """

    reference: str
    exporter: Trader
    consignee: Trader
    importing_country: str
    origin_country: str
    items: tuple[OriginItem, ...]
    issued_at: str
    issued_on: date
    route: Route = Route()
    remarks: tuple[Remark, ...] = ()
    third_country: str | None = None
    form: Literal["ATIGA-D"] = "ATIGA-D"


def check_origin(certificate: CertificateOfOrigin) -> tuple[Finding, ...]:
    """Check a certificate against what its form demands.

    Returns:
        Findings (0..n), each with the box it is about.

    Source: ATIGA Annex 7, overleaf notes; Annex 8, rules 10, 21 and 23.
    """
    return (*_check_countries(certificate), *_check_items(certificate), *_check_times(certificate))


def lasts_until(certificate: CertificateOfOrigin) -> date:
    """The last day on which it may be presented.

    Source: ATIGA Annex 8, rule 15 (twelve months from the date of issue).
    """
    return certificate.issued_on + _LASTS - timedelta(days=1)


def _check_countries(certificate: CertificateOfOrigin) -> Iterator[Finding]:
    for box, country in (("box 1", certificate.exporter.country), ("importing country", certificate.importing_country)):
        if country not in MEMBERS:
            yield _finding("origin-member", "{found} is not a member of the agreement", box, country)
    if certificate.exporter.country == certificate.importing_country:
        yield _finding(
            "origin-same-country",
            "exporting and importing country are the same",
            "box 1",
            certificate.importing_country,
        )
    if certificate.origin_country not in MEMBERS:
        yield _finding(
            "origin-country", "{found} is not a member of the agreement", "box 11", certificate.origin_country
        )
    if certificate.third_country and "third-country-invoicing" not in certificate.remarks:
        yield _finding(
            "origin-third-country",
            "a third country invoices, which box 13 must state",
            "box 13",
            certificate.third_country,
        )


def _check_items(certificate: CertificateOfOrigin) -> Iterator[Finding]:
    if not certificate.items:
        yield _finding("origin-items", "the certificate lists no goods", "box 5", None)
    numbers = [item.number for item in certificate.items]
    if numbers != list(range(1, len(numbers) + 1)):
        yield _finding("origin-numbers", "items are numbered from 1", "box 5", " ".join(map(str, numbers)))
    for item in certificate.items:
        place = f"item {item.number}"
        if not re.fullmatch(r"[0-9]{6}([0-9]{2}){0,2}", item.hs):
            yield _finding("origin-hs", "{found} is not a code of 6 to 10 digits", f"{place}, box 7", item.hs)
        if not _CRITERION.fullmatch(item.criterion):
            yield _finding("origin-criterion", "{found} is not an origin criterion", f"{place}, box 8", item.criterion)
        if item.criterion.startswith("RVC") and (item.fob_value is None or item.currency is None):
            yield _finding(
                "origin-value", "regional value content needs the value free on board", f"{place}, box 9", None
            )
        if item.gross_mass_kg is None and not item.quantity:
            yield _finding("origin-quantity", "neither mass nor quantity is stated", f"{place}, box 9", None)
        for amount in (item.gross_mass_kg, item.fob_value):
            if (amount is not None and not amount.is_finite()) or (amount is not None and amount <= 0):
                yield _finding("origin-amount", "{found} is not a valid quantity", f"{place}, box 9", str(amount))
        if item.invoice_date > certificate.issued_on:
            yield _finding(
                "origin-invoice",
                "the invoice is dated after the certificate",
                f"{place}, box 10",
                str(item.invoice_date),
            )


def _check_times(certificate: CertificateOfOrigin) -> Iterator[Finding]:
    departed, is_late = certificate.route.departed, "issued-retroactively" in certificate.remarks
    if departed and certificate.issued_on > departed + _RETROACTIVE and not is_late:
        found = certificate.issued_on.isoformat()
        yield _finding(
            "origin-retroactive", "issued more than three days after shipment, which box 13 must state", "box 13", found
        )


def _finding(code: str, message: str, place: str, found: str | None) -> Finding:
    return Finding(code=code, severity="error", message=message, location=place, found=found and found[:200])
