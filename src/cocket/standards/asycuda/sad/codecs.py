# SPDX-License-Identifier: Apache-2.0
"""How the attributes that only the SAD has stand in its elements."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from cocket.codes import country
from cocket.model import (
    AdditionalDocument,
    AdditionalInformation,
    Amount,
    Classification,
    GovernmentProcedure,
    ObligationGuarantee,
    Origin,
    Packaging,
    Party,
    PreviousDocument,
    Reference,
    Seal,
)
from cocket.standards.asycuda.codecs import NATION
from cocket.standards.asycuda.mapping import Codec, Texts
from cocket.standards.asycuda.profiles import Profile
from cocket.standards.asycuda.values import day, lines_of, number, plain, whole, write_day

#: What the name of an element that says how much is taken off ends in.
WRITTEN_OFF = "_written_off"

EARLIER_PARTS = ("office", "year", "serial", "number")
CHARGE_NAMES = ("external_freight", "internal_freight", "insurance", "other_cost", "deduction")

#: Category of the licence among the documents of an item: its own elements tell it from attached documents.
LICENCE_CATEGORY = "licence"

#: Categories of box 40: summary declaration (a transport document here), previous document.
SUMMARY, PREVIOUS = "X", "Z"

#: UNCL 1001 codes of transport documents: house, house air and other waybills, bills of lading, rail and road notes.
TRANSPORT_DOCUMENTS = frozenset({"703", "704", "705", "714", "720", "730", "740", "741", "785"})

_FLOWS = {"I": "import", "E": "export"}
_MANIFEST_NUMBER = re.compile(r"\d{4} \S+")
_BETWEEN_MARKS = re.compile(r"[,;\r\n]+")
_ALPHA2 = re.compile(r"[A-Z]{2}")


def is_attached(document: AdditionalDocument) -> bool:
    """Whether a document of an item is a row of the attached documents, not the licence.

    Source: SAD box 44.
    """
    return document.category_code != LICENCE_CATEGORY


def _read_flow(_: Profile, text: str) -> str | None:
    return _FLOWS.get(text.strip().upper())


def _write_flow(_: Profile, flow: str) -> Texts:
    return (next((letter for letter, known in _FLOWS.items() if known == flow), None),)


def _read_kind(_: Profile, *texts: str | None) -> str | None:
    return " ".join(text.strip() for text in texts if text) or None


def _write_kind(_: Profile, kind: str) -> Texts:
    declaration, _blank, procedure = kind.partition(" ")
    return declaration, procedure or None


def _read_registration(profile: Profile, serial: str | None, number_: str | None, on: str | None) -> str | None:
    """Serial, number and, where it is certain, the day in ISO 8601."""
    if not number_:
        return None
    registered = day(on, profile.date_order) if on else None
    parts = ((serial or "").strip(), number_.strip(), registered.isoformat() if registered else "")
    return " ".join(filter(None, parts))


def _write_registration(profile: Profile, registration: str) -> Texts:
    parts = registration.split(" ")
    on = registered_on(registration)
    if on is not None:
        parts.pop()
    serial = parts.pop(0) if len(parts) > 1 else None
    return serial, " ".join(parts), write_day(on, profile.date_pattern) if on else None


def registered_on(registration: str) -> date | None:
    """The day that ends a registration ("serial number date"); None if it has none.

    Source: `cocket.model.HostStatus`.
    """
    last = registration.rpartition(" ")[2]
    return day(last, None) if len(last) == len("2026-01-01") else None


def _read_nature(_: Profile, *texts: str | None) -> str | None:
    return "".join(text.strip() for text in texts if text) or None


def _write_nature(_: Profile, nature: str) -> Texts:
    return nature[:1], nature[1:] or None


def _read_country(profile: Profile, code: str | None, region: str | None) -> str | None:
    """A country by its code; where that is numeric, by the letters in the region's place."""
    code, region = (code or "").strip(), (region or "").strip()
    if code.isdigit() and _ALPHA2.fullmatch(region):
        return region
    return NATION.read(profile, code) if code else None


def _write_country(profile: Profile, code: str) -> Texts:
    known = country(code) if profile.numeric_codes else None
    return (known.numeric, code) if known and known.numeric else (code, None)


def _read_origins(profile: Profile, code: str | None, region: str | None) -> tuple[Origin, ...] | None:
    letters = _read_country(profile, code, region)
    return (Origin(country_code=letters),) if letters else None


def _write_origins(profile: Profile, origins: tuple[Origin, ...]) -> Texts:
    code = origins[0].country_code if origins else None
    return _write_country(profile, code) if code else (None, None)


def _read_manifest(_: Profile, text: str) -> tuple[Reference, ...]:
    return (Reference("MANIFEST", text.strip()),)


def _write_manifest(_: Profile, references: tuple[Reference, ...]) -> Texts:
    """Of all names the registration of the manifest, which is a year and a number."""
    numbers = (r.value for r in references if r.kind == "MANIFEST" and _MANIFEST_NUMBER.fullmatch(r.value))
    return (next(numbers, None),)


def _read_hs(_: Profile, *texts: str | None) -> tuple[Classification, ...] | None:
    """The commodity code with those further digits that are digits; some put a reference of their own behind."""
    code, *further = (text.strip() if text else "" for text in texts)
    if not code:
        return None
    digits = code + "".join(text for text in further if text.isdecimal())
    return (Classification(id=digits, type_code="HS"),)


def _write_hs(_: Profile, classifications: tuple[Classification, ...]) -> Texts:
    code = classifications[0].id if classifications else ""
    return code[:8] or None, code[8:11] or None, code[11:14] or None, code[14:17] or None, code[17:] or None


def _read_packages(_: Profile, quantity: str | None, *texts: str | None) -> tuple[Packaging, ...] | None:
    """Quantity, kind in code and words, and two lines of marks."""
    kind, name, *marks = ((text or "").strip() for text in texts)
    packaging = Packaging(
        quantity=whole(quantity) if quantity else None,
        type_code=kind or None,
        type_name=name or None,
        marks="\n".join(filter(None, marks)) or None,
    )
    return None if packaging == Packaging() else (packaging,)


def _write_packages(_: Profile, packaging: tuple[Packaging, ...]) -> Texts:
    if not packaging:
        return (None,) * 5
    one = packaging[0]
    marks, _line_end, further = (one.marks or "").partition("\n")
    quantity = None if one.quantity is None else str(one.quantity)
    return quantity, one.type_code, one.type_name, marks or None, further or None


def _read_procedure(_: Profile, extended: str | None, national: str | None) -> GovernmentProcedure | None:
    extended, national = (extended or "").strip(), (national or "").strip()
    if not (extended or national):
        return None
    return GovernmentProcedure(
        current=extended[:2] or None, previous=extended[2:] or None, national=(national,) if national else ()
    )


def _write_procedure(_: Profile, procedure: GovernmentProcedure) -> Texts:
    extended = f"{procedure.current or ''}{procedure.previous or ''}"
    return extended or None, procedure.national[0] if procedure.national else None


def _read_charges(profile: Profile, *texts: str | None) -> dict[str, Amount] | None:
    figures = {name: number(text) for name, text in zip(CHARGE_NAMES, texts, strict=True) if text}
    return {name: Amount(figure, profile.currency) for name, figure in figures.items() if figure is not None} or None


def _write_charges(_: Profile, charges: dict[str, Amount]) -> Texts:
    return tuple(plain(charges[name].value) if name in charges else None for name in CHARGE_NAMES)


def _read_previous(
    _: Profile, summary: str | None, line: str | None, reference: str | None
) -> tuple[PreviousDocument, ...] | None:
    found = []
    if summary and summary.strip():
        position = whole(line) if line else None
        found.append(PreviousDocument(category_code=SUMMARY, id=summary.strip(), line=position))
    if reference and reference.strip():
        found.append(PreviousDocument(category_code=PREVIOUS, id=reference.strip()))
    return tuple(found) or None


def is_transport_document(document: PreviousDocument) -> bool:
    """Whether a previous document is a bill of lading or waybill.

    Source: SAD box 40; UNCL 1001.
    """
    return document.category_code == SUMMARY or document.type_code in TRANSPORT_DOCUMENTS


def _write_previous(_: Profile, documents: tuple[PreviousDocument, ...]) -> Texts:
    summary = next((one for one in documents if is_transport_document(one)), None)
    other = next((one for one in documents if not is_transport_document(one)), None)
    line = str(summary.line) if summary and summary.line is not None else None
    return summary.id if summary else None, line, other.id if other else None


def _read_licence(
    profile: Profile, id_: str | None, amount: str | None, quantity: str | None
) -> tuple[AdditionalDocument, ...] | None:
    if not id_ or not id_.strip():
        return None
    written_off = number(amount) if amount else None
    return (
        AdditionalDocument(
            category_code=LICENCE_CATEGORY,
            id=id_.strip(),
            amount=None if written_off is None else Amount(written_off, profile.currency),
            quantity=number(quantity) if quantity else None,
        ),
    )


def _write_licence(_: Profile, documents: tuple[AdditionalDocument, ...]) -> Texts:
    licence = next((document for document in documents if not is_attached(document)), None)
    if licence is None:
        return None, None, None
    amount = plain(licence.amount.value) if licence.amount else None
    return licence.id, amount, _plain_or_none(licence.quantity)


def _plain_or_none(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _read_remarks(_: Profile, *texts: str | None) -> tuple[AdditionalInformation, ...] | None:
    """Remarks, each with the position of its element as kind: 1 or 2."""
    found = enumerate(texts, start=1)
    return tuple(AdditionalInformation(type_code=str(n), text=text.strip()) for n, text in found if text) or None


def _write_remarks(_: Profile, remarks: tuple[AdditionalInformation, ...]) -> Texts:
    by_place = {remark.type_code: remark.text for remark in remarks}
    return by_place.get("1"), by_place.get("2")


def _read_seller(_: Profile, *texts: str | None) -> Party:
    name, street, city, postcode, country_code = ((text or "").strip() or None for text in texts)
    address = tuple(lines_of(street))
    return Party(name=name, address=address, city=city, postcode=postcode, country_code=country_code)


def _write_seller(_: Profile, party: Party) -> Texts:
    return party.name, "\n".join(party.address) or None, party.city, party.postcode, party.country_code


def _read_item_numbers(_: Profile, text: str) -> tuple[int, ...] | None:
    item = whole(text)
    return None if item is None else (item,)


def _write_item_numbers(_: Profile, numbers: tuple[int, ...]) -> Texts:
    return (str(numbers[0]) if numbers else None,)


def _read_earlier(_: Profile, *parts: str | None) -> str | None:
    """Office, year, serial and number of an earlier declaration; None unless all four are there."""
    return "/".join(part.strip() for part in parts if part) if all(parts) else None


def _write_earlier(_: Profile, value: str) -> Texts:
    parts = value.split("/")
    return tuple(parts) if len(parts) == len(EARLIER_PARTS) else (None,) * len(EARLIER_PARTS)


def _read_joined(_: Profile, *parts: str | None) -> str | None:
    return "".join(part.strip() for part in parts if part) or None


def _write_joined(_: Profile, code: str) -> Texts:
    """Eight digits of the nomenclature, and what the country adds."""
    return code[:8] or None, code[8:] or None


def marks_of(text: str) -> list[str]:
    """Marks of seals listed in one element, parted by commas, semicolons or line breaks; a range is one.

    Source: SAD box D. No public file has the element filled: how marks are parted is our reading.
    """
    return [mark.strip() for mark in _BETWEEN_MARKS.split(text) if mark.strip()]


def _read_marks(_: Profile, text: str) -> tuple[Seal, ...] | None:
    return tuple(Seal(id=mark) for mark in marks_of(text)) or None


def _write_marks(_: Profile, seals: tuple[Seal, ...]) -> Texts:
    return (", ".join(seal.id for seal in seals) or None,)


def _read_guarantees(profile: Profile, *texts: str | None) -> tuple[ObligationGuarantee, ...] | None:
    name, figure, on, excluded = ((text or "").strip() or None for text in texts)
    amount = number(figure) if figure else None
    one = ObligationGuarantee(
        name=name,
        amount=None if amount is None else Amount(amount, profile.currency),
        dated=day(on, profile.date_order) if on else None,
        excluded_country_code=NATION.read(profile, excluded) if excluded else None,
    )
    return None if one == ObligationGuarantee() else (one,)


def _write_guarantees(profile: Profile, guarantees: tuple[ObligationGuarantee, ...]) -> Texts:
    if not guarantees:
        return (None,) * 4
    one = guarantees[0]
    return (
        one.name,
        plain(one.amount.value) if one.amount else None,
        write_day(one.dated, profile.date_pattern) if one.dated else None,
        NATION.write(profile, one.excluded_country_code)[0] if one.excluded_country_code else None,
    )


#: One element: marks of seals; flow; registration of the manifest; number of the item a container belongs to.
SEAL_MARKS = Codec(_read_marks, _write_marks)
FLOW = Codec(_read_flow, _write_flow)
MANIFEST_NUMBER = Codec(_read_manifest, _write_manifest)
ITEM_NUMBERS = Codec(_read_item_numbers, _write_item_numbers)

#: Several elements, in the order of the names.
KIND = Codec(_read_kind, _write_kind)
REGISTRATION = Codec(_read_registration, _write_registration)
NATURE = Codec(_read_nature, _write_nature)
COUNTRY = Codec(_read_country, _write_country)
ORIGINS = Codec(_read_origins, _write_origins)
HS_CODE = Codec(_read_hs, _write_hs)
PACKAGES = Codec(_read_packages, _write_packages)
PROCEDURE = Codec(_read_procedure, _write_procedure)
CHARGES = Codec(_read_charges, _write_charges)
PREVIOUS_DOCUMENTS = Codec(_read_previous, _write_previous)
LICENCE = Codec(_read_licence, _write_licence)
REMARKS = Codec(_read_remarks, _write_remarks)
SELLER = Codec(_read_seller, _write_seller)
JOINED = Codec(_read_joined, _write_joined)
GUARANTEES = Codec(_read_guarantees, _write_guarantees)
EARLIER = Codec(_read_earlier, _write_earlier)
