# SPDX-License-Identifier: Apache-2.0
"""Intelligence: what a report says, how far it is to be believed, whom it may be shown, and what it asks for.

Rare threats are ruled by this and by rules, never by a model that learnt from revenue.
Source: the 6 x 6 grading known as the Admiralty system (NATO AJP-2.1): reliability of the source A to F, credibility of
the information 1 to 6.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

import msgspec

from cocket.codes import EquipmentNumber
from cocket.control.offences import THREATS, Offence
from cocket.findings import Finding
from cocket.model import BillOfLading, Declaration, Manifest, Party
from cocket.model.message import Lane

SourceGrade = Literal["A", "B", "C", "D", "E", "F"]
InformationGrade = Literal["1", "2", "3", "4", "5", "6"]
Handling = Literal["open", "restricted", "closed"]
LinkKind = Literal["PARTY", "EQUIPMENT", "ROUTE", "COMMODITY"]

#: Lengths at which a commodity code is known beside its own (digits): chapter, heading, subheading, combined code.
_CODE_DIGITS = (2, 4, 6, 8)
_LONGEST_CODE = 14
_SHORTEST_PARTY = 4
_LOCATION = 5


class Link(msgspec.Struct, frozen=True, order=True):
    """What a report is about.

    Attributes:
        kind: `PARTY` a number or name; `EQUIPMENT` a container; `ROUTE` a country (ISO 3166 alpha-2), a place
            (UN/LOCODE), or `from-to` of countries; `COMMODITY` the first 2, 4, 6 or 8 digits of a code, or all.
        value: In the form in which names are compared.
    """

    kind: LinkKind
    value: str

    @property
    def pair(self) -> tuple[str, str]:
        """Kind and value, as a file is found by."""
        return self.kind, self.value


class IntelligenceReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A report as it is sealed.

    Attributes:
        threat: What it warns of, as the offence it would be.
        source_grade: A completely reliable to E unreliable; F cannot be judged.
        information_grade: 1 confirmed to 5 improbable; 6 cannot be judged.
        handling: Who may read it: `open` all of customs, `restricted` analysts and above, `closed` supervisors and
            auditors; its author always.
        text: What it says.
        links: What it is about; a consignment must match a link of every kind that is named (1..n).
        author: Who entered it.
        entered: When, UTC.
        expires: When it ends by itself, UTC.
        is_ended: Whether it was ended before.
    """

    threat: Offence
    source_grade: SourceGrade
    information_grade: InformationGrade
    handling: Handling
    text: str
    links: tuple[Link, ...]
    author: str
    entered: datetime
    expires: datetime
    is_ended: bool = False

    def is_active(self, now: datetime) -> bool:
        """Whether it counts at a moment."""
        return not self.is_ended and now < self.expires

    @property
    def asks_for(self) -> Lane | None:
        """The lane it asks for.

        Red for a threat told by a source that is at least fairly reliable as at least possibly true; yellow for another
        threat, or for revenue told as well as that; None where it is named to the officer and selects nothing: it is
        held improbable, its source unreliable, or it is about revenue and cannot be judged.
        """
        if self.source_grade == "E" or self.information_grade == "5":
            return None
        is_high = self.source_grade in ("A", "B", "C") and self.information_grade in ("1", "2", "3")
        if self.threat in THREATS:
            return "red" if is_high else "yellow"
        return "yellow" if is_high else None

    def matches(self, known: Iterable[Link]) -> bool:
        """Whether what is known of a consignment has a link of every kind that the report names."""
        shared = set(self.links) & set(known)
        return {link.kind for link in shared} == {link.kind for link in self.links}


def link_of(kind: LinkKind, text: str) -> Link | None:
    """What somebody names, in the form in which names are compared.

    Args:
        kind: What it is.
        text: As typed, or as it stands in a paper.

    Returns:
        The link; None if the text cannot be one of its kind.
    """
    value = {"PARTY": _party, "EQUIPMENT": _equipment, "ROUTE": _route, "COMMODITY": _commodity}[kind](text)
    return Link(kind, value) if value else None


def links_of_declaration(declaration: Declaration) -> tuple[Link, ...]:
    """Every link by which a declaration may be known to a report (0..n)."""
    shipment, items = declaration.shipment, declaration.shipment.items
    parties = [shipment.importer, shipment.consignee, shipment.buyer, shipment.seller, shipment.exporter]
    parties += [shipment.consignor, shipment.notify, shipment.carrier, declaration.declarant, declaration.agent]
    parties += [party for item in items for party in (item.consignor, item.consignee, item.buyer, item.seller)]
    origins = [origin.country_code for item in items for origin in item.origins]
    sent = [shipment.export_country_code, shipment.loading_place, *shipment.itinerary, *origins]
    sent += [item.export_country_code for item in items]
    goes = [shipment.destination_country_code, shipment.unloading_place]
    goes += [item.destination_country_code for item in items]
    equipment = [unit.id for unit in shipment.equipment] + [number for item in items for number in item.equipment_ids]
    codes = [one.id for item in items for one in item.commodity.classifications[:1]]
    return _links(parties, equipment, (_codes(sent), _codes(goes)), codes)


def links_of_bill(manifest: Manifest, bill: BillOfLading) -> tuple[Link, ...]:
    """Every link by which one transport document of a manifest may be known to a report (0..n)."""
    parties = [bill.consignor, bill.consignee, bill.notify]
    return _links(
        parties,
        [unit.id for unit in bill.equipment],
        (_codes([bill.loading_place]), _codes([bill.unloading_place, bill.delivery_place])),
        bill.hs_codes,
    )


def check_report(report: IntelligenceReport) -> tuple[Finding, ...]:
    """Whether a report can be taken.

    Returns:
        Findings (0..n); an `error` means that it cannot.
    """
    checks = (
        ("intelligence-text", bool(report.text.strip()), "a report needs its text"),
        ("intelligence-links", bool(report.links), "enter whom or what the report is about"),
        ("intelligence-expiry", report.expires > report.entered, "a report cannot end before it begins"),
    )
    return tuple(Finding(code=code, severity="error", message=says) for code, holds, says in checks if not holds)


def _links(
    parties: Iterable[Party | None],
    equipment: Iterable[str],
    route: tuple[list[str], list[str]],
    codes: Iterable[str],
) -> tuple[Link, ...]:
    named = [text for party in parties if party for text in (party.id, party.name) if text]
    found = [link_of("PARTY", text) for text in named]
    found += [link_of("EQUIPMENT", number) for number in equipment]
    found += [link_of("ROUTE", text) for text in _routes(*route)]
    found += [link_of("COMMODITY", digits[:end]) for digits in map(_digits, codes) for end in (*_CODE_DIGITS, None)]
    return tuple(sorted({link for link in found if link}))


def _routes(sent: list[str], goes: list[str]) -> Iterator[str]:
    """Places and countries passed, and each pair of countries from here to there."""
    yield from (place for code in (*sent, *goes) for place in (code, code[:2]))
    yield from (f"{one[:2]}-{other[:2]}" for one in sent for other in goes)


def _codes(texts: Iterable[str | None]) -> list[str]:
    return [text.strip().upper() for text in texts if text and text.strip()]


def _party(text: str) -> str:
    plain = _plain(text)
    return plain if len(plain) >= _SHORTEST_PARTY else ""


def _equipment(text: str) -> str:
    number = EquipmentNumber.parse(text)
    return number.canonical if number else _plain(text)


def _route(text: str) -> str:
    parts = [_plain(part) for part in text.replace(">", "-").split("-")]
    if not all(len(part) in (2, _LOCATION) and part[:2].isalpha() for part in parts):
        return ""
    if len(parts) == 1:
        return parts[0]
    return f"{parts[0][:2]}-{parts[1][:2]}" if len(parts) == 2 else ""


def _commodity(text: str) -> str:
    digits = _digits(text)
    return digits if len(digits) in _CODE_DIGITS or _CODE_DIGITS[-1] < len(digits) <= _LONGEST_CODE else ""


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _plain(text: str) -> str:
    """Letters and digits in upper case, without accents, spaces and marks."""
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text)
    return (plain if plain.isalnum() else "".join(filter(str.isalnum, plain))).upper()
