# SPDX-License-Identifier: Apache-2.0
"""The declaration that a draft says, and which field of the draft a place in its message came from.

Source: WCO Data Model 3.6, Declaration (42A); type codes and valuation charges as Commission Delegated Regulation (EU)
2015/2446, Annex B (1/1, 1/2, 4/9: AD containers and packing, AK transport and insurance), which other countries use too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from cocket.consignment.hand_drafts.draft import Draft, DraftLine, DraftParty, read_number
from cocket.model import (
    AdditionalDocument,
    Amount,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    GoodsLocation,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    GovernmentProcedure,
    Origin,
    Packaging,
    Party,
    SupplementaryQuantity,
    TradeTerms,
    TransportEquipment,
    TransportMeans,
    ValuationCharges,
)

_TYPES: Final = {"import": "IMA", "export": "EXA"}

#: Kind of charge → its name in a declaration; a discount and what nobody has said the kind of have none.
DECLARED: Final[Mapping[str, str]] = {"freight": "freight", "insurance": "AK", "packing": "AD"}

#: Place in the message, without prefixes → field of the draft; {n} is the number of the line, the document or the charge.
_FIELDS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), field)
    for pattern, field in (
        (r"/FunctionalReferenceID", "reference"),
        (r"/DeclarationOfficeID", "office"),
        (r"/InvoiceAmount", "invoice_amount"),
        (r"/TotalGrossMassMeasure", "gross_mass"),
        (r"/TotalPackageQuantity", "packages"),
        (r"/GoodsItemQuantity", "lines"),
        (r"/Declarant/Address/CountryCode", "declarant.country"),
        (r"/Declarant/Address", "declarant.address"),
        (r"/Declarant/ID", "declarant.id"),
        (r"/Declarant", "declarant.name"),
        (r"/Exporter/Address/CountryCode", "exporter.country"),
        (r"/Exporter/Address", "exporter.address"),
        (r"/Exporter/ID", "exporter.id"),
        (r"/Exporter", "exporter.name"),
        (r"/Importer/Address/CountryCode", "importer.country"),
        (r"/Importer/Address", "importer.address"),
        (r"/Importer/ID", "importer.id"),
        (r"/Importer", "importer.name"),
        (r"/BorderTransportMeans/ModeCode", "border_mode"),
        (r"/BorderTransportMeans/RegistrationNationalityCode", "border_country"),
        (r"/BorderTransportMeans", "border_means"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\].*/Classification", "lines[{n}].code"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\].*/NetNetWeightMeasure", "lines[{n}].net_mass"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\].*/GrossMassMeasure", "lines[{n}].gross_mass"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\].*/TariffQuantity/@unitCode", "lines[{n}].unit"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\].*/TariffQuantity", "lines[{n}].quantity"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\].*/ItemChargeAmount/@currencyID", "lines[{n}].currency"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\].*/InvoiceLine", "lines[{n}].amount"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\].*/DutyTaxFee", "lines[{n}].preference"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\].*/Origin", "lines[{n}].origin"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\].*/PreviousCode", "lines[{n}].previous"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\].*/GovernmentProcedure", "lines[{n}].procedure"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\].*/Packaging.*/TypeCode", "lines[{n}].package_kind"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\].*/Packaging.*/MarksNumbersID", "lines[{n}].marks"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\].*/Packaging", "lines[{n}].packages"),
        (r"/GovernmentAgencyGoodsItem\[(?P<n>\d+)\]", "lines[{n}].description"),
        (r"/AdditionalDocument\[(?P<n>\d+)\].*/(TypeCode|CategoryCode)", "documents[{n}].type"),
        (r"/AdditionalDocument\[(?P<n>\d+)\]", "documents[{n}].number"),
        (r"/CustomsValuation", "charges"),
        (r"/TradeTerms/LocationID", "terms_place"),
        (r"/TradeTerms", "terms"),
        (r"/TransportEquipment", "containers"),
        (r"/GoodsLocation", "location"),
        (r"/Destination", "destination_country"),
        (r"/ExportCountry", "export_country"),
        (r"/TransactionNatureCode", "transaction"),
    )
)
_PREFIX: Final = re.compile(r"(?<=/)[A-Za-z][\w.-]*:")
_FIRST: Final = re.compile(r"(?<!Item)(?<!AdditionalDocument)\[\d+\]")


def field_of(location: str | None) -> str | None:
    """The field of a draft that a place of its message came from.

    Args:
        location: Location of a finding in the message; None for the whole of it.

    Returns:
        Such as `lines[3].net_mass`; None where no field alone made it.
    """
    path = _FIRST.sub("", _PREFIX.sub("", location or ""))
    for pattern, field in _FIELDS:
        found = pattern.search(path)
        if found:
            return field.format(**found.groupdict())
    return None


def declaration_of(draft: Draft) -> Declaration:
    """The declaration that a draft says. A field that cannot be read is left out of it; `check_draft` names each.

    Args:
        draft: The draft.
    """
    items = tuple(_item(line, number) for number, line in enumerate(draft.lines, 1))
    return Declaration(
        functional_reference=draft.reference or None,
        type_code=_TYPES[draft.flow],
        flow=draft.flow,
        office=CustomsOffice(code=draft.office or None),
        declarant=_party(draft.declarant),
        items_declared=len(items),
        packages_declared=_count(draft.packages),
        gross_mass_kg_declared=read_number(draft.gross_mass),
        documents=tuple(
            AdditionalDocument(type_code=one.type or None, id=one.number) for one in draft.documents if one.number
        ),
        shipment=GoodsShipment(
            exporter=_party(draft.exporter),
            importer=_party(draft.importer),
            export_country_code=draft.export_country or None,
            destination_country_code=draft.destination_country or None,
            border_transport=_means(draft),
            location=GoodsLocation(name=draft.location) if draft.location else None,
            trade_terms=_terms(draft),
            equipment=tuple(TransportEquipment(id=one) for one in dict.fromkeys(draft.containers.split())),
            is_containerised=True if draft.containers.split() else None,
            items=items,
            transaction_nature_code=draft.transaction or None,
        ),
        valuation=ValuationCharges(
            invoice=_amount(draft.invoice_amount, draft.invoice_currency), charges=charges_of(draft)
        ),
    )


def charges_of(draft: Draft) -> dict[str, Amount]:
    """Charges on the whole as they are declared, those of one kind and currency added up.

    Those of one kind in two currencies cannot be declared in one message; `check_draft` says so, and none is given.
    """
    found: dict[str, list[tuple[Decimal, str]]] = {}
    for one in draft.charges:
        value = read_number(one.amount)
        if one.kind in DECLARED and value is not None:
            found.setdefault(DECLARED[one.kind], []).append((value, one.currency))
    return {
        name: Amount(sum((value for value, _ in many), Decimal(0)), many[0][1] or None)
        for name, many in found.items()
        if len({currency for _, currency in many}) == 1
    }


def _item(line: DraftLine, number: int) -> GovernmentAgencyGoodsItem:
    quantity = read_number(line.quantity)
    procedure = GovernmentProcedure(current=line.procedure or None, previous=line.previous or None)
    packages = Packaging(quantity=_count(line.packages), type_code=line.package_kind or None, marks=line.marks or None)
    return GovernmentAgencyGoodsItem(
        sequence=number,
        commodity=Commodity(
            description=line.description or None,
            classifications=tuple(_classified(line.code)),
            gross_mass_kg=read_number(line.gross_mass),
            net_mass_kg=read_number(line.net_mass),
            supplementary=(SupplementaryQuantity(quantity=quantity, unit_code=line.unit or None),)
            if quantity is not None
            else (),
            price=_amount(line.amount, line.currency),
        ),
        packaging=(packages,) if packages != Packaging() else (),
        origins=(Origin(country_code=line.origin),) if line.origin else (),
        procedure=procedure if procedure != GovernmentProcedure() else None,
        preference_code=line.preference or None,
    )


def _classified(code: str) -> Iterable[Classification]:
    """The digits of a commodity code, as of the national nomenclature."""
    digits = re.sub(r"[\s.]", "", code)
    if digits:
        yield Classification(id=digits, type_code="TSP")


def _party(party: DraftParty) -> Party | None:
    if party == DraftParty():
        return None
    return Party(
        id=party.id or None,
        name=party.name or None,
        address=(party.address,) if party.address else (),
        city=party.city or None,
        postcode=party.postcode or None,
        country_code=party.country or None,
    )


def _means(draft: Draft) -> TransportMeans | None:
    means = TransportMeans(
        id=draft.border_means or None,
        mode_code=draft.border_mode or None,
        nationality_code=draft.border_country or None,
    )
    return means if means != TransportMeans() else None


def _terms(draft: Draft) -> TradeTerms | None:
    terms = TradeTerms(code=draft.terms or None, place=draft.terms_place or None)
    return terms if terms != TradeTerms() else None


def _amount(text: str, currency: str) -> Amount | None:
    value = read_number(text)
    return None if value is None else Amount(value, currency or None)


def _count(text: str) -> int | None:
    value = read_number(text)
    return int(value) if value is not None and value == value.to_integral_value() and value >= 0 else None
