# SPDX-License-Identifier: Apache-2.0
"""The papers of a declaration: the same trade as a SAD, as a WCO declaration, and as a line on a manifest."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import msgspec

from cocket.codes import EquipmentNumber
from cocket.model import (
    AdditionalDocument,
    Amount,
    BillOfLading,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    DutyTaxFee,
    GoodsLocation,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    GovernmentProcedure,
    HostStatus,
    Manifest,
    Origin,
    PackageTotals,
    Packaging,
    Party,
    PreviousDocument,
    Reference,
    Seal,
    SupplementaryQuantity,
    TradeTerms,
    TransportEquipment,
    TransportMeans,
    ValuationCharges,
)
from cocket.simulation.law import Charged, tax_lines
from cocket.simulation.people import HOME, OFFICES, PORTS, Broker
from cocket.simulation.trade import CURRENCY, USD_RATE, Line, Trade

_CENT, _RATE = Decimal("0.01"), Decimal(USD_RATE)
_CONTAINER_KG = 22_000
_BY_ROAD = 2

CARRIERS = (
    ("ALSL", "ALPHA STAR LINE"),
    ("BLUW", "BLUE WATER LINE"),
    ("CRWN", "CROWN SHIPPING"),
    ("DOVE", "DOVE FEEDERS"),
)


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of one item, so that every paper shows the same.

    Attributes:
        price: Invoice price in US dollars.
        invoice: The same in national currency.
        freight: Its part of the freight, national currency.
        insurance: Its part of the insurance, national currency.
        gross_kg: Gross mass.
        net_kg: Net mass.
    """

    price: Decimal
    invoice: Decimal
    freight: Decimal
    insurance: Decimal
    gross_kg: Decimal
    net_kg: Decimal

    @property
    def cif(self) -> Decimal:
        """Value for customs, national currency."""
        return self.invoice + self.freight + self.insurance


class Transport(msgspec.Struct, frozen=True, kw_only=True):
    """How one consignment came.

    Attributes:
        bill: Number of the bill of lading.
        manifest: Registration of the manifest, "year number".
        vessel: Means of transport at the border.
        equipment: Containers (0..n), empty by road.
        loading: UN/LOCODE of loading.
    """

    bill: str
    manifest: str
    vessel: TransportMeans
    equipment: tuple[TransportEquipment, ...]
    loading: str


def sums_of(trade: Trade) -> tuple[Sums, ...]:
    """The sums of each item (1..n), in national currency with freight and insurance spread by value."""
    prices = [_round(line.usd) for line in trade.lines]
    share = Decimal("0.07") if trade.office != _BY_ROAD else Decimal("0.04")
    return tuple(
        Sums(
            price=price,
            invoice=(price * _RATE).quantize(_CENT),
            freight=(price * _RATE * share).quantize(_CENT),
            insurance=(price * _RATE * Decimal("0.004")).quantize(_CENT),
            gross_kg=_round(line.gross_kg),
            net_kg=_round(min(line.net_kg, line.gross_kg)),
        )
        for line, price in zip(trade.lines, prices, strict=True)
    )


def sad(trade: Trade, number: int, broker: Broker, transport: Transport | None) -> Declaration:
    """The declaration as the host holds it, registered and assessed.

    Args:
        trade: What is declared.
        number: Registration number at the office.
        broker: Who declares.
        transport: How it came; None for the history, which has no papers of carriage.
    """
    sums = sums_of(trade)
    day = trade.moment.date()
    items = tuple(
        _item(n, trade, line, each, transport) for n, (line, each) in enumerate(zip(trade.lines, sums, strict=True), 1)
    )
    own = f"{broker.id}-{trade.office + 1}{number:06d}"
    return Declaration(
        functional_reference=own,
        id=None,
        type_code="IM 4",
        flow="import",
        office=_office(trade),
        declarant=Party(id=broker.id, name=broker.name),
        items_declared=len(items),
        packages_declared=sum(line.packages for line in trade.lines),
        gross_mass_kg_declared=sum((each.gross_kg for each in sums), Decimal(0)),
        shipment=_shipment(trade, items, transport),
        valuation=_valuation(sums, items),
        status=HostStatus(registration=f"C {number} {day.isoformat()}", registered=day, assessed=day),
        references=(Reference("MANIFEST", transport.manifest, OFFICES[trade.office].code),) if transport else (),
    )


def wco_declaration(trade: Trade, number: int, transport: Transport) -> Declaration:
    """The declaration as a trader lodges it himself, before any host has seen it.

    Args:
        trade: What is declared.
        number: The trader's own running number.
        transport: How it came.
    """
    sums = sums_of(trade)
    items = tuple(
        _item(n, trade, line, each, None) for n, (line, each) in enumerate(zip(trade.lines, sums, strict=True), 1)
    )
    valuation = _valuation(sums, items)
    freight = valuation.charges["external_freight"]
    shipment = _shipment(trade, items, transport)
    return Declaration(
        function_code="9",
        functional_reference=own_reference(trade, number),
        type_code="IMA",
        flow="import",
        office=CustomsOffice(code=OFFICES[trade.office].code),
        issued=trade.moment.replace(microsecond=0),
        declarant=Party(id=trade.importer.id),
        items_declared=len(items),
        packages_declared=sum(line.packages for line in trade.lines),
        gross_mass_kg_declared=sum((each.gross_kg for each in sums), Decimal(0)),
        shipment=msgspec.structs.replace(
            shipment,
            items=tuple(_without_taxes(item) for item in items),
            previous_documents=(PreviousDocument(category_code="Z", type_code="705", id=transport.bill, line=1),),
        ),
        valuation=ValuationCharges(invoice=valuation.invoice, charges={"freight": freight}),
    )


def own_reference(trade: Trade, number: int) -> str:
    """The reference under which a trader lodges himself."""
    return f"{trade.importer.id}/{trade.moment:%y}/{number:05d}"


def bill(trade: Trade, line: int, transport: Transport) -> BillOfLading:
    """The consignment as the carrier reports it.

    Args:
        trade: What is carried.
        line: Line on the manifest (1-based).
        transport: How it comes.
    """
    sums = sums_of(trade)
    gross = sum((each.gross_kg for each in sums), Decimal(0)) + _round(trade.extra_kg)
    packages = sum(each.packages for each in trade.lines) + trade.extra_packages
    freight = sum((each.freight for each in sums), Decimal(0)) / _RATE
    return BillOfLading(
        id=transport.bill,
        line=line,
        level="straight",
        nature_code="23",
        type_code="BL",
        consignor=Party(name=trade.seller.name, address=(PORTS[trade.seller.country],)),
        notify=Party(name=trade.importer.name, address=(OFFICES[trade.office].name,)),
        consignee=Party(name=trade.importer.name, address=(OFFICES[trade.office].name,)),
        loading_place=transport.loading,
        unloading_place=unloading(trade.office),
        goods_description=", ".join(dict.fromkeys(each.text.upper() for each in trade.lines)),
        packaging=(Packaging(quantity=packages, type_code=trade.lines[0].goods.package, marks="N/M"),),
        gross_mass_kg=gross,
        equipment=transport.equipment,
        freight=Amount(freight.quantize(_CENT), "USD"),
    )


def manifest(
    office: int, number: int, arrival: datetime, bills: tuple[BillOfLading, ...], vessel: TransportMeans
) -> Manifest:
    """A manifest of some bills.

    Args:
        office: Position of the office.
        number: Running number of the year.
        arrival: When the ship or lorry arrives, UTC.
        bills: Its lines (1..n).
        vessel: What brings them.
    """
    code, name = CARRIERS[number % len(CARRIERS)]
    departed = (arrival - timedelta(days=2 if office == _BY_ROAD else 12 + number % 9)).date()
    mass = sum((each.gross_mass_kg for each in bills if each.gross_mass_kg is not None), Decimal(0))
    packages = sum(packaging.quantity or 0 for each in bills for packaging in each.packaging)
    return Manifest(
        office=CustomsOffice(code=OFFICES[office].code),
        voyage=vessel.voyage,
        departed=departed,
        arrives=arrival.date(),
        arrival_time=f"{arrival:%H:%M}",
        registration=f"{arrival:%Y} {number}",
        carrier=Party(id=code, name=name, address=("1 QUAY STREET",)),
        transport=vessel,
        departure_place=bills[0].loading_place,
        destination_place=unloading(office),
        totals=PackageTotals(
            bills=len(bills),
            packages=packages,
            equipment=sum(len(each.equipment) for each in bills),
            gross_mass_kg=mass,
        ),
        bills=bills,
    )


def vessel_of(office: int, number: int) -> TransportMeans:
    """The ship or lorry of a manifest."""
    if office == _BY_ROAD:
        return TransportMeans(id=f"NG {number:04d} XB", mode_code="3", nationality_code="XB", voyage=f"T{number:04d}")
    name = ("STAR", "MOON", "TIDE", "GULL", "CAPE", "REEF")[number % 6]
    return TransportMeans(
        id=f"MV ALPHA {name}", mode_code="1", nationality_code="XP", voyage=f"{name[:2]}{number:03d}E"
    )


def containers(dice: Random, trade: Trade) -> tuple[TransportEquipment, ...]:
    """Containers for one consignment with valid check digits and seals; none by road."""
    if trade.office == _BY_ROAD:
        return ()
    sums = sums_of(trade)
    gross = sum((each.gross_kg for each in sums), Decimal(0)) + _round(trade.extra_kg)
    packages = sum(each.packages for each in trade.lines) + trade.extra_packages
    count = min(packages, int(gross // _CONTAINER_KG) + 1)
    split = [packages // count + (n < packages % count) for n in range(count)]
    return tuple(
        TransportEquipment(
            id=container_number(dice.randrange(1_000_000)),
            type_code="22G1" if gross / count > _CONTAINER_KG // 2 else "45G1",
            fullness_code="FCL",
            seals=(Seal(id=f"AL{dice.randrange(1_000_000):06d}", party_code="CA"),),
            gross_mass_kg=(gross / count).quantize(_CENT),
            packages=each,
            goods_description=trade.lines[0].text,
            item_numbers=(1,),
        )
        for each in split
    )


def container_number(serial: int) -> str:
    """A container number of an invented owner with the right check digit.

    Args:
        serial: 0–999999.

    Source: ISO 6346:2022, annex A.
    """
    number = EquipmentNumber("CKT", "U", f"{serial:06d}", 0)
    return f"{number.owner}{number.category}{number.serial}{number.expected_check_digit}"


def unloading(office: int) -> str:
    """UN/LOCODE of the place of an office."""
    return f"{HOME}{('ALP', 'CIT', 'NOR')[office]}"


def _office(trade: Trade) -> CustomsOffice:
    office = OFFICES[trade.office]
    return CustomsOffice(code=office.code, name=office.name)


def _shipment(trade: Trade, items: tuple[GovernmentAgencyGoodsItem, ...], transport: Transport | None) -> GoodsShipment:
    means = transport.vessel if transport else None
    return GoodsShipment(
        exporter=Party(name=trade.seller.name, address=(PORTS[trade.seller.country],), country_code=None),
        importer=Party(id=trade.importer.id, name=trade.importer.name, address=(OFFICES[trade.office].name,)),
        export_country_code=trade.export,
        destination_country_code=HOME,
        border_transport=msgspec.structs.replace(means, voyage=None) if means else None,
        loading_place=PORTS[trade.export],
        location=GoodsLocation(id=f"{OFFICES[trade.office].code[:5]}W1"),
        trade_terms=TradeTerms(code="FOB", place=PORTS[trade.export]),
        equipment=transport.equipment if transport else (),
        is_containerised=trade.office != _BY_ROAD,
        items=items,
        transaction_nature_code="11",
    )


def _item(number: int, trade: Trade, line: Line, sums: Sums, transport: Transport | None) -> GovernmentAgencyGoodsItem:
    goods = line.goods
    units = max(Decimal(1), round(sums.net_kg / Decimal(str(goods.unit_kg)), 0)) if goods.unit_kg else None
    supplementary = (SupplementaryQuantity(quantity=units, unit_code=goods.unit),) if units is not None else ()
    return GovernmentAgencyGoodsItem(
        sequence=number,
        commodity=Commodity(
            description=line.text,
            classifications=(Classification(id=goods.hs),),
            gross_mass_kg=sums.gross_kg,
            net_mass_kg=sums.net_kg,
            supplementary=supplementary,
            duties=_duties(trade, line, sums, supplementary),
            price=Amount(sums.price, "USD"),
        ),
        packaging=(Packaging(quantity=line.packages, type_code=goods.package, marks="N/M"),),
        origins=(Origin(country_code=trade.origin),),
        procedure=GovernmentProcedure(current="40", previous="00", national=("000",)),
        customs_value=Amount(sums.cif, CURRENCY),
        statistical_value=Amount(sums.cif, CURRENCY),
        charges={"external_freight": Amount(sums.freight, CURRENCY), "insurance": Amount(sums.insurance, CURRENCY)},
        preference_code=line.preference,
        valuation_method="1",
        documents=(
            AdditionalDocument(type_code="380", name="COMMERCIAL INVOICE", id=f"INV-{trade.moment:%y%m%d}-{number}"),
        ),
        previous_documents=(PreviousDocument(type_code="705", id=transport.bill),) if transport else (),
    )


def _without_taxes(item: GovernmentAgencyGoodsItem) -> GovernmentAgencyGoodsItem:
    """The item as a trader states it: taxes are for the host to compute."""
    return msgspec.structs.replace(item, commodity=msgspec.structs.replace(item.commodity, duties=()))


def _duties(
    trade: Trade, line: Line, sums: Sums, supplementary: tuple[SupplementaryQuantity, ...]
) -> tuple[DutyTaxFee, ...]:
    """What the item owes by the law of the country, as the host reckons it."""
    return tax_lines(
        Charged(
            goods=line.goods,
            origin=trade.origin,
            preference=line.preference,
            day=trade.moment.date(),
            value=sums.cif,
            units=supplementary[0].quantity if supplementary else None,
        )
    )


def _valuation(sums: tuple[Sums, ...], items: tuple[GovernmentAgencyGoodsItem, ...]) -> ValuationCharges:
    invoice = sum((each.price for each in sums), Decimal(0))
    freight, insurance = sum((e.freight for e in sums), Decimal(0)), sum((e.insurance for e in sums), Decimal(0))
    duties = sum((d.amount.value for item in items for d in item.commodity.duties if d.amount), Decimal(0))
    return ValuationCharges(
        invoice=Amount(invoice, "USD"),
        invoice_national=Amount((invoice * _RATE).quantize(_CENT), CURRENCY),
        exchange_rate=_RATE,
        charges={"external_freight": Amount(freight, CURRENCY), "insurance": Amount(insurance, CURRENCY)},
        total_cost=Amount(freight + insurance, CURRENCY),
        total_cif=Amount(sum((each.cif for each in sums), Decimal(0)), CURRENCY),
        total_duties=Amount(duties, CURRENCY),
    )


def _round(value: float) -> Decimal:
    return Decimal(value).quantize(_CENT)
