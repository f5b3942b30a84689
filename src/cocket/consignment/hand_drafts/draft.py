# SPDX-License-Identifier: Apache-2.0
"""What a person has filled in so far, every field as text; an empty text is a field that nobody filled in."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

import msgspec

from cocket.findings import Finding

#: Goods lines of one declaration at most (count).
#: Source: WCO Data Model 3.6 DEC, GovernmentAgencyGoodsItem 1..999.
MOST_LINES: Final = 999

#: Charges and documents of one draft at most (count).
MOST_BESIDE: Final = 99

#: What a charge on the whole may be. `discount` is taken off; `other` is not declared until it is said what it is.
CHARGES: Final = ("freight", "insurance", "packing", "discount", "other")

ChargeKind = Literal["", "freight", "insurance", "packing", "discount", "other"]

#: What stands between thousands and is not looked at; a comma that could be before decimals or between thousands.
_BLANKS: Final = re.compile(r"[\s\u00a0\u202f'’]")
_OPEN: Final = re.compile(r"-?\d{1,3},\d{3}")
_GROUPED: Final = re.compile(r"-?\d{1,3}(,\d{3}){2,}")

#: A number as drafts keep it: a point before decimals, no signs between thousands.
_NUMBER: Final = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,6})?")


class DraftParty(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A party, as `cocket.model.Party`."""

    id: str = ""
    name: str = ""
    address: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""


class DraftDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A document presented: its type (UNCL 1001 or national code) and number."""

    type: str = ""
    number: str = ""


class DraftCharge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A charge or discount on the whole: what it is, how much in which currency, and in which words it was stated."""

    kind: ChargeKind = ""
    amount: str = ""
    currency: str = ""
    words: str = ""


class DraftLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One goods line.

    Attributes:
        description: The goods in words.
        code: Commodity code of the tariff.
        origin: Country of origin, ISO 3166 alpha-2.
        amount: Price of the line on the invoice.
        currency: Its currency, ISO 4217.
        quantity: Quantity in the supplementary unit.
        unit: That unit, UNECE Recommendation 20.
        net_mass: Net mass (kg).
        gross_mass: Gross mass (kg).
        packages: Packages (count).
        package_kind: Their kind, UNECE Recommendation 21.
        marks: Shipping marks.
        procedure: Procedure asked for, two digits.
        previous: Procedure before, two digits.
        preference: Preference claimed.
        source: The line of the invoice or table that it was read from; empty for one typed in.
    """

    description: str = ""
    code: str = ""
    origin: str = ""
    amount: str = ""
    currency: str = ""
    quantity: str = ""
    unit: str = ""
    net_mass: str = ""
    gross_mass: str = ""
    packages: str = ""
    package_kind: str = ""
    marks: str = ""
    procedure: str = ""
    previous: str = ""
    preference: str = ""
    source: str = ""


class SourceSum(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One sum of an invoice, and where it went.

    Attributes:
        what: Which sum, such as `lines`, `freight`, `tax`, `prepaid`.
        amount: How much, as the invoice has it; empty where it states none.
        currency: In which currency.
        went: `declared`, `left-out`, or `compared` for a total that is only held against the others.
        words: Words of the invoice for it.
    """

    what: str
    amount: str
    currency: str = ""
    went: Literal["declared", "left-out", "compared"] = "compared"
    words: str = ""


class DraftSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a draft was read from.

    Attributes:
        name: Name of the file.
        standard: Standard of the invoice; `table` for a table of lines.
        number: Number of the invoice.
        digest: SHA-256 of the file, hex; empty in drafts of before.
        notes: What was assumed, left out or differs (0..n); `location` names the field.
        sums: Sums of the invoice and where each went (0..n).
    """

    name: str
    standard: str
    number: str = ""
    digest: str = ""
    notes: tuple[Finding, ...] = ()
    sums: tuple[SourceSum, ...] = ()


class Draft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A declaration on its way.

    Attributes:
        flow: Import or export.
        sender: For whom it will be lodged.
        reference: The trader's own reference (LRN).
        office: Office of declaration.
        declarant: Who declares.
        importer: Importer.
        exporter: Exporter.
        export_country: Country of export.
        destination_country: Country of destination.
        terms: Incoterms code.
        terms_place: Place named with it.
        transaction: Nature of transaction.
        border_mode: Mode of transport at the border.
        border_means: Number of the means at the border.
        border_country: Its nationality.
        location: Where the goods are.
        containers: Numbers of containers, parted by blanks.
        gross_mass: Gross mass of the whole (kg).
        packages: Packages of the whole (count).
        invoice_amount: What is invoiced in all, tax left out.
        invoice_currency: Its currency.
        charges: Charges and discounts on the whole (0..99).
        documents: Documents (0..99).
        lines: Goods lines in order (0..999).
        read_from: What it was read from (0..n), in order.
    """

    flow: Literal["import", "export"] = "import"
    sender: str = ""
    reference: str = ""
    office: str = ""
    declarant: DraftParty = DraftParty()
    importer: DraftParty = DraftParty()
    exporter: DraftParty = DraftParty()
    export_country: str = ""
    destination_country: str = ""
    terms: str = ""
    terms_place: str = ""
    transaction: str = ""
    border_mode: str = ""
    border_means: str = ""
    border_country: str = ""
    location: str = ""
    containers: str = ""
    gross_mass: str = ""
    packages: str = ""
    invoice_amount: str = ""
    invoice_currency: str = ""
    charges: tuple[DraftCharge, ...] = ()
    documents: tuple[DraftDocument, ...] = ()
    lines: tuple[DraftLine, ...] = ()
    read_from: tuple[DraftSource, ...] = ()


def read_number(text: str) -> Decimal | None:
    """A number as drafts keep it; None if it is none.

    Args:
        text: Such as `1234.50` or `-3`; a point before decimals, at most six, and nothing between thousands.
    """
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def typed_number(text: str) -> str:
    """A number that somebody typed, as drafts keep it; the text itself where it is none, or could be two numbers.

    Args:
        text: Such as `1 204,50`, `1,204.50` or `1204.50`. A point is before decimals; `1,204` could be two numbers.
    """
    bare = _BLANKS.sub("", text)
    if "," not in bare:
        return bare if read_number(bare) is not None else text
    if "." in bare:
        last = max(bare.rfind(","), bare.rfind("."))
        whole = re.sub(r"[.,]", "", bare[:last]) + "." + bare[last + 1 :]
    elif _GROUPED.fullmatch(bare):
        whole = bare.replace(",", "")
    elif bare.count(",") > 1 or (_OPEN.fullmatch(bare) and bare == text):
        return text
    else:
        whole = bare.replace(",", ".")
    return whole if read_number(whole) is not None else text


def plain(value: Decimal | int | None) -> str:
    """A number as drafts keep it, with the decimals that it has; empty for None."""
    return "" if value is None else format(Decimal(value), "f")
