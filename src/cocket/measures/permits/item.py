# SPDX-License-Identifier: Apache-2.0
"""One item of a declaration, as far as permits ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

import msgspec

from cocket.findings import Finding
from cocket.model import AdditionalDocument, Declaration, GoodsShipment, GovernmentAgencyGoodsItem, Party

_DIGITS_OF_A_SUFFIX = 2

#: As many as messages have room for before the point.
_DIGITS_OF_A_NUMBER = 18


class Paper(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One paper presented for an item.

    Attributes:
        code: Kind of paper, category and type together (`C400`); None where the message does not say.
        number: Its number, as written; None where not stated.
        status: What the declarant says of it (`LPCOExemptionCode`); None where not stated.
        issued: Day of issue; None where not stated.
        issuer: Who issued it; None where not stated.
        quantity: Quantity to be written off; None where not stated.
        unit: Unit of `quantity`; None for the permit's own, as on the SAD.
        value: Value to be written off; None where not stated.
        currency: ISO 4217 of `value`; None for the permit's own.
        is_for_all: Whether it stands with the whole declaration, not with one item.
        pointer: Where it stands.
    """

    code: str | None = None
    number: str | None = None
    status: str | None = None
    issued: date | None = None
    issuer: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    is_for_all: bool = False
    pointer: str | None = None


class Item(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item, as far as permits ask.

    Attributes:
        number: Its place in the declaration (1-based).
        day: Day whose law applies.
        code: Digits of the commodity code; None if not stated.
        flow: `import`, `export`, `transit`; None if it is not known which.
        origins: Countries of origin, ISO alpha-2 (0..n).
        destination: Country of destination; None if not stated.
        procedure: Procedure asked for and before (`4000`); None if not stated.
        parties: Role (`importer`, `consignee`, `exporter`, `consignor`, `declarant`, `buyer`, `seller`) → number
            with customs; who has none is left out.
        quantities: Unit → number of units.
        value: Customs value; None if not stated.
        currency: ISO 4217 of `value`; None if not stated.
        papers: Papers presented for it, its own first (0..n).
        pointer: Where it stands.
    """

    number: int = 1
    day: date
    code: str | None = None
    flow: str | None = None
    origins: tuple[str, ...] = ()
    destination: str | None = None
    procedure: str | None = None
    parties: dict[str, str] = {}
    quantities: dict[str, Decimal] = {}
    value: Decimal | None = None
    currency: str | None = None
    papers: tuple[Paper, ...] = ()
    pointer: str | None = None


def items_of(declaration: Declaration, day: date) -> tuple[Item, ...]:
    """The items of a declaration, each with the papers of the whole beside its own.

    Args:
        declaration: The declaration.
        day: Day whose law applies: that of acceptance.

    Returns:
        Items in order (0..n).

    Source: WCO Data Model 3.x, GovernmentAgencyGoodsItem 68A, AdditionalDocument 02A, WriteOff 22C; SAD boxes 31 to 46.
    """
    shipment = declaration.shipment
    for_all = (
        *_papers(shipment.documents, "42A/67A[1]/"),
        *_papers(declaration.documents, "42A/"),
    )
    flow = declaration.flow if declaration.flow in ("import", "export", "transit") else None
    shared = Item(day=day, flow=flow, papers=for_all, destination=shipment.destination_country_code)
    return tuple(_item(number, goods, declaration, shared) for number, goods in enumerate(shipment.items, start=1))


def sound(item: Item) -> Item:
    """An item without the numbers that cannot be: these are as good as not stated."""
    if not any(True for _ in wrong_numbers(item)):
        return item
    papers = (
        msgspec.structs.replace(one, quantity=_if_possible(one.quantity), value=_if_possible(one.value))
        for one in item.papers
    )
    return msgspec.structs.replace(
        item,
        quantities={unit: number for unit, number in item.quantities.items() if _is_possible(number)},
        value=_if_possible(item.value),
        papers=tuple(papers),
    )


def wrong_numbers(item: Item) -> Iterator[Finding]:
    """Quantities and values of an item that cannot be: negative, beyond all measure, or no number at all.

    Source: the logic of quantities.
    """
    told: list[tuple[str, Decimal | None, str | None]] = [
        *((f"quantity in {unit}", number, item.pointer) for unit, number in item.quantities.items()),
        ("value", item.value, item.pointer),
    ]
    for paper in item.papers:
        told.append((f"quantity written off {paper.number or 'a document'}", paper.quantity, paper.pointer))
        told.append((f"value written off {paper.number or 'a document'}", paper.value, paper.pointer))
    for what, number, pointer in told:
        if number is not None and not _is_possible(number):
            yield Finding(
                code="permit-number-not-possible",
                severity="error",
                message="item {item}: {what} is {found}",
                pointer=pointer or item.pointer,
                found=str(number)[:200],
                arguments={"item": str(item.number), "what": what},
            )


def _is_possible(number: Decimal) -> bool:
    return number.is_finite() and number >= 0 and number.adjusted() < _DIGITS_OF_A_NUMBER


def _if_possible(number: Decimal | None) -> Decimal | None:
    return number if number is not None and _is_possible(number) else None


def _item(number: int, goods: GovernmentAgencyGoodsItem, declaration: Declaration, shared: Item) -> Item:
    pointer = f"42A/67A[1]/68A[{number}]"
    value = goods.customs_value or goods.statistical_value
    return msgspec.structs.replace(
        shared,
        number=number,
        pointer=pointer,
        code=_code(goods),
        origins=tuple(dict.fromkeys(one.country_code.upper() for one in goods.origins if one.country_code)),
        destination=goods.destination_country_code or shared.destination,
        procedure=_procedure(goods),
        parties=_parties(goods, declaration),
        quantities=dict(_quantities(goods)),
        value=value.value if value else None,
        currency=value.currency if value else None,
        papers=(*_papers(goods.documents, f"{pointer}/"), *shared.papers),
    )


def _code(goods: GovernmentAgencyGoodsItem) -> str | None:
    """Digits of the tariff's own code, with the two digits of the TARIC where these stand apart."""
    codes = goods.commodity.classifications
    digits = "".join(filter(str.isdigit, codes[0].id)) if codes else ""
    suffix = next((one.id for one in codes[1:] if one.type_code == "TRC"), "")
    if suffix.isdigit() and len(suffix) == _DIGITS_OF_A_SUFFIX and codes[0].type_code == "TSP":
        digits += suffix
    return digits or None


def _procedure(goods: GovernmentAgencyGoodsItem) -> str | None:
    procedure = goods.procedure
    if procedure is None or not procedure.current:
        return None
    return procedure.current + (procedure.previous or "")


def _parties(goods: GovernmentAgencyGoodsItem, declaration: Declaration) -> dict[str, str]:
    whole: GoodsShipment = declaration.shipment
    roles: dict[str, Party | None] = {
        "importer": whole.importer,
        "consignee": goods.consignee or whole.consignee,
        "exporter": whole.exporter,
        "consignor": goods.consignor or whole.consignor,
        "buyer": goods.buyer or whole.buyer,
        "seller": goods.seller or whole.seller,
        "declarant": declaration.declarant,
    }
    return {role: party.id for role, party in roles.items() if party and party.id}


def _quantities(goods: GovernmentAgencyGoodsItem) -> Iterator[tuple[str, Decimal]]:
    if goods.commodity.net_mass_kg is not None:
        yield "KGM", goods.commodity.net_mass_kg
    for one in goods.commodity.supplementary:
        if one.unit_code and one.unit_code.upper() != "KGM":
            yield one.unit_code, one.quantity


def _papers(documents: Iterable[AdditionalDocument], above: str) -> tuple[Paper, ...]:
    return tuple(
        Paper(
            code=f"{one.category_code or ''}{one.type_code or ''}" or None,
            number=one.id,
            status=one.status_code,
            issued=one.issued,
            issuer=one.issuer,
            quantity=one.quantity,
            unit=one.quantity_unit,
            value=one.amount.value if one.amount else None,
            currency=one.amount.currency if one.amount else None,
            is_for_all="68A" not in above,
            pointer=f"{above}02A[{place}]",
        )
        for place, one in enumerate(documents, start=1)
    )
