# SPDX-License-Identifier: Apache-2.0
"""The items of a goods declaration as values to compare."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cocket.measures.valuation.declared import DeclaredValue
from cocket.model import Amount, Declaration, GovernmentAgencyGoodsItem, Party

_KILOGRAM = "KGM"


def values_of(declaration: Declaration, day: date, currency: str) -> tuple[DeclaredValue, ...]:
    """The declared value of each item.

    Args:
        declaration: As read.
        day: When it became known to customs.
        currency: ISO 4217 of amounts that carry none: the national currency.

    Returns:
        One an item, in order. The value for customs is taken, else the statistical value, both on the basis of the
        national law; else the price, on the basis of its terms of delivery. The quantity is the one in the tariff's
        further unit, else the net mass.
    """
    shipment = declaration.shipment
    terms = shipment.trade_terms.code if shipment.trade_terms else None
    trader = _party(shipment.importer) or _party(shipment.consignee) or _party(shipment.buyer)
    return tuple(_value(item, (day, currency, terms, trader)) for item in shipment.items)


def _value(item: GovernmentAgencyGoodsItem, around: tuple[date, str, str | None, str | None]) -> DeclaredValue:
    day, currency, terms, trader = around
    stated = item.customs_value or item.statistical_value
    amount = stated or item.commodity.price
    quantity, unit = _quantity(item)
    classifications = item.commodity.classifications
    return DeclaredValue(
        code=classifications[0].id if classifications else "",
        day=day,
        origin=item.origins[0].country_code if item.origins else None,
        value=amount.value if amount else None,
        currency=_currency(amount, currency),
        quantity=quantity,
        unit=unit,
        terms=None if stated else terms or "",
        trader=trader,
    )


def _quantity(item: GovernmentAgencyGoodsItem) -> tuple[Decimal | None, str | None]:
    for one in item.commodity.supplementary:
        if (unit := one.unit_code or one.unit_name) and one.quantity > 0:
            return one.quantity, unit
    return item.commodity.net_mass_kg, _KILOGRAM


def _currency(amount: Amount | None, national: str) -> str | None:
    return (amount.currency or national or None) if amount else None


def _party(party: Party | None) -> str | None:
    name = (party.id or party.name) if party else None
    return "".join(filter(str.isalnum, name)).upper() or None if name else None
