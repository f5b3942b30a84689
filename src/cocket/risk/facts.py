# SPDX-License-Identifier: Apache-2.0
"""What risk needs to know of a goods declaration, flat, as it stood on one day.

Absent stays None all the way to the model: nothing here turns "not stated" into zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from cocket.model import Amount, Declaration, GovernmentAgencyGoodsItem, Party, Reference, ValuationCharges
from cocket.model.message import Lane

_WORD = re.compile(r"[^\W\d_]{3,}")
_NOT_IN_A_NAME = re.compile(r"[\W_]+")
_SECONDS_A_DAY = 86_400
_MOST_WORDS = 12
_MOST_TEXT = 400

#: More packages than this are counted as so many: what 64 bits hold, as does each count that is declared.
MOST_PACKAGES = 2**63 - 1

#: Kinds of references that name a transport document.
_TRANSPORT = ("BL", "AWB")


class ItemFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One goods item, flat.

    Attributes:
        number: Item number as written (1-based).
        hs: Commodity code, digits only, as long as it was written.
        origin: Country of origin, ISO 3166 alpha-2.
        value: Value for customs in national currency.
        duty: Duties and taxes as declared or computed by the host, national currency.
        gross_mass_kg: Gross mass.
        net_mass_kg: Net mass.
        packages: Packages (count), at most `MOST_PACKAGES`.
        procedure: Procedure asked for, two digits.
        preference: Preference claimed, as coded.
        words: Words of the description, upper case, three letters or more, without repeats (0..12).
    """

    number: int | None = None
    hs: str | None = None
    origin: str | None = None
    value: Decimal | None = None
    duty: Decimal | None = None
    gross_mass_kg: float | None = None
    net_mass_kg: float | None = None
    packages: int | None = None
    procedure: str | None = None
    preference: str | None = None
    words: tuple[str, ...] = ()

    @property
    def unit_value(self) -> float | None:
        """National currency per kg of net (else gross) mass; None unless both are stated and above zero."""
        mass = self.net_mass_kg or self.gross_mass_kg
        return float(self.value) / mass if self.value and mass and self.value > 0 and mass > 0 else None

    @property
    def package_mass_kg(self) -> float | None:
        """Gross mass of one package in kg; None unless mass and packages are stated and above zero."""
        mass = self.gross_mass_kg or self.net_mass_kg
        return mass / self.packages if mass and self.packages and mass > 0 and self.packages > 0 else None


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One goods declaration, flat, as it stood on `day`.

    A party is its number where it has one, else its name without case, spaces and marks.

    Attributes:
        id: Stable id of the consignment.
        day: Days since 1 January 1970 UTC, with the time of day as fraction.
        office: Customs office.
        flow: What the declaration is for.
        importer: Importer or consignee.
        importer_name: Name of the importer as written.
        importer_address: Address of the importer as written, in one line.
        declarant: Who declares.
        seller: Seller, else exporter or consignor.
        carrier: Who carries.
        export_country: Country of dispatch, ISO 3166 alpha-2.
        freight: Freight from abroad, national currency.
        is_containerised: As declared; None where not stated.
        transport_document: Bill of lading or waybill that it names first.
        bill_gross_kg: Gross mass of these goods by the transport document in the dossier.
        bill_packages: Packages of these goods by it; a part of all, where they were declared in parts.
        items: Goods items in order (0..n).
    """

    id: str
    day: float
    office: str | None = None
    flow: str | None = None
    importer: str | None = None
    importer_name: str | None = None
    importer_address: str | None = None
    declarant: str | None = None
    seller: str | None = None
    carrier: str | None = None
    export_country: str | None = None
    freight: Decimal | None = None
    is_containerised: bool | None = None
    transport_document: str | None = None
    bill_gross_kg: float | None = None
    bill_packages: float | None = None
    items: tuple[ItemFacts, ...] = ()

    @property
    def value(self) -> Decimal | None:
        """Value for customs of all items, national currency; None if any item states none."""
        return _sum(item.value for item in self.items)

    @property
    def duty(self) -> Decimal | None:
        """Duties and taxes of all items, national currency; None if any item states none."""
        return _sum(item.duty for item in self.items)


class Case(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One consignment to be assessed: its declaration and what the other rooms saw around it.

    Attributes:
        facts: The declaration.
        differences: Codes of the dossier's cross-check warnings, such as `bill-gross-differs` (0..n); None where there
            is no second paper to compare with.
        intelligence: Ids of active reports that name it (0..n).
        intelligence_lane: Lane that they ask for; None if they ask for none.
        listed: Open hits against lists, in words, such as `importer like un/CDi.001 …` (0..n).
        alerts: What red alerts from the way say that stand and are not closed as false, each once (0..n).
        mirror: Where a partner administration's record of the same shipment differs, in words (0..n).
        versions: Versions of its papers that were refused, with what they say otherwise, in words (0..n).
    """

    facts: Facts
    differences: tuple[str, ...] | None = None
    intelligence: tuple[str, ...] = ()
    intelligence_lane: Lane | None = None
    listed: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    mirror: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()


def facts_of(declaration: Declaration, consignment_id: str, moment: datetime) -> Facts:
    """The flat facts of a declaration.

    Args:
        declaration: As read.
        consignment_id: Stable id of the consignment.
        moment: When it became known; must carry its offset.

    Returns:
        The facts; whatever the declaration does not state is None.
    """
    shipment = declaration.shipment
    importer = next((one for one in (shipment.importer, shipment.consignee, shipment.buyer) if _party(one)), None)
    return Facts(
        id=consignment_id,
        day=day_number(moment),
        office=declaration.office.code,
        flow=declaration.flow,
        importer=_party(importer),
        importer_name=importer.name if importer else None,
        importer_address=_address(importer),
        declarant=_party(declaration.declarant, declaration.agent),
        seller=_party(shipment.seller, shipment.exporter, shipment.consignor),
        carrier=_party(shipment.carrier),
        export_country=shipment.export_country_code or _first(i.export_country_code for i in shipment.items),
        freight=_freight(declaration.valuation.charges),
        is_containerised=True if shipment.equipment else shipment.is_containerised,
        transport_document=_first(name.value for name in _names(declaration) if name.kind in _TRANSPORT),
        items=tuple(_item(item, declaration.valuation) for item in shipment.items),
    )


def day_number(moment: datetime) -> float:
    """Days since 1 January 1970 UTC, with the time of day as fraction.

    Args:
        moment: A time with its offset; one without is read as UTC.
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() / _SECONDS_A_DAY


def words_of(*texts: str | None) -> tuple[str, ...]:
    """The words of some descriptions, upper case, three letters or more, without repeats (0..12)."""
    found = _WORD.findall(" ".join(text[:_MOST_TEXT] for text in texts if text).upper())
    return tuple(dict.fromkeys(found))[:_MOST_WORDS]


def _freight(charges: dict[str, Amount]) -> Decimal | None:
    return _money(charges.get("external_freight", charges.get("freight")))


def _item(item: GovernmentAgencyGoodsItem, valuation: ValuationCharges) -> ItemFacts:
    commodity = item.commodity
    return ItemFacts(
        number=item.sequence,
        hs="".join(filter(str.isdigit, commodity.classifications[0].id)) or None if commodity.classifications else None,
        origin=item.origins[0].country_code if item.origins else None,
        value=_value(item, valuation),
        duty=_sum(_money(line.amount) for line in commodity.duties),
        gross_mass_kg=_mass(commodity.gross_mass_kg),
        net_mass_kg=_mass(commodity.net_mass_kg),
        packages=_packages(item),
        procedure=item.procedure.current if item.procedure else None,
        preference=item.preference_code,
        words=words_of(commodity.description, commodity.commercial_description),
    )


def _value(item: GovernmentAgencyGoodsItem, valuation: ValuationCharges) -> Decimal | None:
    """The value for customs, else the statistical value, else the price at the declared rate of exchange."""
    for stated in (item.customs_value, item.statistical_value):
        if stated is not None:
            return stated.value
    price, rate = item.commodity.price, valuation.exchange_rate
    return price.value * rate if price is not None and rate is not None else None


def _packages(item: GovernmentAgencyGoodsItem) -> int | None:
    counts = [packaging.quantity for packaging in item.packaging if packaging.quantity is not None]
    return min(sum(counts), MOST_PACKAGES) if counts else None


def _party(*candidates: Party | None) -> str | None:
    for party in candidates:
        name = (party.id or party.name) if party else None
        if name:
            return _NOT_IN_A_NAME.sub("", name).upper()
    return None


def _address(party: Party | None) -> str | None:
    lines = (*party.address, party.postcode, party.city, party.country_code) if party and party.address else ()
    return ", ".join(line for line in lines if line) or None


def _names(declaration: Declaration) -> tuple[Reference, ...]:
    """References of the whole, then of its items."""
    items = declaration.shipment.items
    return declaration.references + tuple(name for item in items for name in item.references)


def _money(amount: Amount | None) -> Decimal | None:
    return amount.value if amount else None


def _mass(mass: Decimal | None) -> float | None:
    return None if mass is None else float(mass)


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    """Their sum; None if there are none or any is unknown."""
    known = list(values)
    return sum((v for v in known if v is not None), Decimal(0)) if known and None not in known else None


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)
