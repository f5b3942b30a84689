# SPDX-License-Identifier: Apache-2.0
"""A declaration as one side's record of a trade: what both sides can state alike, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final, Literal

import msgspec
from rapidfuzz.fuzz import ratio

from cocket.codes import HsCode
from cocket.consignment import keys
from cocket.consignment.agreement import same_party
from cocket.consignment.references import names_of_declaration
from cocket.consignment.statement import by_unit, once, sum_of, sum_of_counts, sum_of_money
from cocket.model import Amount, Declaration, GovernmentAgencyGoodsItem, Party
from cocket.screening.scoring import compare
from cocket.screening.spelling import FORMS, TRADES, Spelling, spell

TradeFlow = Literal["export", "import"]

#: From which score on two names of one side's trader and the other's are taken for one (0–1, higher is more alike). Lower than for
#: lists of sanctions: goods, mass and time speak too, and a miss costs a question less.
ALIKE: Final = 0.80

#: Below which they are taken for two; between the two, names say nothing.
UNLIKE: Final = 0.60

#: From which likeness on two names run together are one (0–100, higher is more alike).
_RUN_TOGETHER: Final = 92.0

#: Names of a record by which its counterpart is found, and the kind of reference that each is.
IDENTIFIERS: Final = {
    "ucrs": ("UCR",),
    "movements": ("MRN",),
    "transport_documents": ("BL", "MASTER"),
    "equipment": ("EQUIPMENT",),
    "invoices": ("INVOICE",),
}

#: Charges that a value at the border of the importing country has, and one at that of the exporting country has not.
_CARRIAGE: Final = frozenset({"freight", "external_freight", "insurance"})

_SUBHEADING: Final = 6
_MOST_WORDS: Final = 4
_SHORTEST_WORD: Final = 3
#: Masses that lie apart by less than this fall in the same band, or the next.
_BAND: Final = math.log(1.05)


class TradeLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Goods of one item.

    Attributes:
        number: Item number (1-based).
        hs: Commodity code, digits alone, the six that all countries share at most; empty if none is stated.
        goods: Description in words.
        net_kg: Net mass.
        gross_kg: Gross mass.
        packages: Packages (count).
        quantities: Quantities by unit, sorted (0..n).
        value: Statistical value: of an export free on board, of an import with freight and insurance.
        price: Price on the invoice.
        origin: Country of origin, ISO 3166 alpha-2.
    """

    number: int
    hs: str = ""
    goods: str = ""
    net_kg: Decimal | None = None
    gross_kg: Decimal | None = None
    packages: int | None = None
    quantities: tuple[tuple[str, Decimal], ...] = ()
    value: Amount | None = None
    price: Amount | None = None
    origin: str | None = None


class TradeRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One declaration as one side's record of a trade.

    Attributes:
        id: Our id of it.
        reference: The number that its own customs gave it, else its sender's; empty if it has none.
        flow: Whether goods left or came.
        day: Day of the declaration.
        country: The other country: of an export the destination, of an import where the goods were sent from. None if not stated.
        lines: Goods (0..n).
        ucrs: Unique consignment references in the form in which they are compared (0..n).
        movements: Movement references, its own and those it follows (0..n).
        transport_documents: Bills of lading and waybills, house and master (0..n).
        equipment: Containers (0..n).
        invoices: Invoice numbers (0..n).
        exporter: Name of who sends or sells.
        importer: Name of who gets or buys.
        mode: Mode of transport at the border, UNECE Recommendation 19, first digit.
        terms: Incoterms code.
        freight: Freight and insurance that are declared apart, in all.
    """

    id: str
    reference: str = ""
    flow: TradeFlow
    day: date
    country: str | None = None
    lines: tuple[TradeLine, ...] = ()
    ucrs: tuple[str, ...] = ()
    movements: tuple[str, ...] = ()
    transport_documents: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    invoices: tuple[str, ...] = ()
    exporter: str | None = None
    importer: str | None = None
    mode: str | None = None
    terms: str | None = None
    freight: Amount | None = None

    @property
    def net_kg(self) -> Decimal | None:
        """Net mass of all goods; None unless every line states it."""
        return sum_of(line.net_kg for line in self.lines)

    @property
    def gross_kg(self) -> Decimal | None:
        """Gross mass of all goods; None unless every line states it."""
        return sum_of(line.gross_kg for line in self.lines)

    @property
    def packages(self) -> int | None:
        """Packages of all goods (count); None unless every line states them."""
        return sum_of_counts(line.packages for line in self.lines)

    @property
    def value(self) -> Amount | None:
        """Statistical value of all goods; None unless every line states it, in one currency."""
        return sum_of_money(line.value for line in self.lines)

    @property
    def price(self) -> Amount | None:
        """Price of all goods; None unless every line states it, in one currency."""
        return sum_of_money(line.price for line in self.lines)

    @property
    def mass_kg(self) -> Decimal | None:
        """Net mass, else gross mass; None where neither is stated."""
        return self.gross_kg if self.net_kg is None else self.net_kg

    @property
    def subheadings(self) -> frozenset[str]:
        """Commodity codes of six digits (0..n)."""
        return frozenset(line.hs for line in self.lines if len(line.hs) == _SUBHEADING)

    @property
    def headings(self) -> frozenset[str]:
        """The first four digits of each commodity code (0..n)."""
        return frozenset(line.hs[:4] for line in self.lines if len(line.hs) >= 4)

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Kind and value of every identifier, sorted (0..n)."""
        found = ((kinds[0], value) for field, kinds in IDENTIFIERS.items() for value in getattr(self, field))
        return tuple(sorted(found))


def record_of(declaration: Declaration, record_id: str, day: date) -> TradeRecord | None:
    """A declaration as a record of a trade.

    Args:
        declaration: As read.
        record_id: Our id of it.
        day: Its day.

    Returns:
        The record; None of what is neither an export nor an import, such as transit, which trade statistics leave out.

    Source: IMTS 2010, 1.19 (transit) and 1.32–1.37 (coverage); WCO Data Model, GoodsShipment 67A.
    """
    if declaration.flow not in ("export", "import"):
        return None
    shipment = declaration.shipment
    is_export = declaration.flow == "export"
    countries = [shipment.destination_country_code if is_export else shipment.export_country_code]
    countries += [one.destination_country_code if is_export else one.export_country_code for one in shipment.items]
    found = keys(names_of_declaration(declaration), "")
    charges = [*_carriage(declaration)]
    transport = shipment.border_transport or shipment.inland_transport
    return TradeRecord(
        id=record_id,
        reference=declaration.id or declaration.functional_reference or "",
        flow=declaration.flow,
        day=day,
        country=next((one.upper() for one in countries if one), None),
        lines=tuple(_line(place, item) for place, item in enumerate(shipment.items, start=1)),
        exporter=_name(shipment.exporter, shipment.consignor, shipment.seller, _first(shipment.items, "consignor")),
        importer=_name(shipment.importer, shipment.consignee, shipment.buyer, _first(shipment.items, "consignee")),
        mode=transport.mode_code[:1] if transport and transport.mode_code else None,
        terms=shipment.trade_terms.code if shipment.trade_terms else None,
        freight=sum_of_money(charges) if charges else None,
        **{
            field: tuple(sorted({key.value for key in found if key.kind in kinds and "/" not in key.value}))
            for field, kinds in IDENTIFIERS.items()
        },
    )


def blocks_of(record: TradeRecord) -> tuple[str, ...]:
    """What a record is looked up by where no identifier is shared: words of its parties with the goods or the mass, sorted (0..n).

    Two records of one shipment share one of these if a name has a word in common that sounds alike, and either the heading or the
    mass to about 5 % is the same.
    """
    whats = [f"H{heading}" for heading in record.headings]
    if record.mass_kg is not None and record.mass_kg > 0:
        band = math.floor(math.log(record.mass_kg) / _BAND)
        whats += [f"M{band}", f"M{band + 1}"]
    words = {word for name in (record.exporter, record.importer) if name for word in _telling(name)}
    return tuple(sorted(f"{word} {what}" for word in words for what in whats))


def named_alike(one: str | None, other: str | None) -> bool | None:
    """Whether two names are of one trader, as each side writes it; None where one is not stated, or nothing can be said."""
    if not one or not other:
        return None
    if same_party(Party(name=one), Party(name=other)):
        return True
    spelt = spell(one), spell(other)
    score = compare(*spelt, lambda _: 1.0).score
    if score >= ALIKE or ratio(*(_run_together(each) for each in spelt)) >= _RUN_TOGETHER:
        return True
    return False if score < UNLIKE else None


def _line(place: int, item: GovernmentAgencyGoodsItem) -> TradeLine:
    commodity = item.commodity
    codes = (HsCode.parse(one.id) for one in commodity.classifications)
    digits = next((one.digits for one in codes if one is not None), "")
    return TradeLine(
        number=item.sequence or place,
        hs=digits[:_SUBHEADING],
        goods=commodity.description or commodity.commercial_description or "",
        net_kg=commodity.net_mass_kg,
        gross_kg=commodity.gross_mass_kg,
        packages=sum_of_counts(one.quantity for one in item.packaging),
        quantities=by_unit((one.unit_code, one.quantity) for one in commodity.supplementary if one.unit_code),
        value=item.statistical_value or item.customs_value,
        price=commodity.price,
        origin=next((one.country_code.upper() for one in item.origins if one.country_code), None),
    )


def _name(*parties: Party | None) -> str | None:
    return next((one.name for one in parties if one is not None and one.name), None)


def _first(items: Iterable[GovernmentAgencyGoodsItem], role: str) -> Party | None:
    return next((party for item in items if (party := getattr(item, role)) is not None), None)


def _carriage(declaration: Declaration) -> Iterator[Amount]:
    """Freight and insurance to the border as declared: for the whole, else by item (0..n)."""
    whole = [amount for name, amount in declaration.valuation.charges.items() if name in _CARRIAGE]
    items = declaration.shipment.items
    yield from whole or [amount for item in items for name, amount in item.charges.items() if name in _CARRIAGE]


def _run_together(spelling: Spelling) -> str:
    """A name as one word, without its form of business: where words are parted is often lost on the way."""
    return "".join(word.text for word in spelling.words if word.text not in FORMS)


def _telling(name: str) -> tuple[str, ...]:
    """The words of a name that tell it, as they sound: the longest, without forms of business and words of trade."""
    words = [word for word in spell(name).words if word.text not in FORMS and word.text not in TRADES]
    words = words or [word for word in spell(name).words if word.text not in FORMS]
    sounds = once(word.sound for word in words if len(word.sound) >= _SHORTEST_WORD)
    return tuple(sorted(sounds, key=lambda one: (-len(one), one))[:_MOST_WORDS])
