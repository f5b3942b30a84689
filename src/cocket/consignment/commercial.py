# SPDX-License-Identifier: Apache-2.0
"""What invoices and packing lists say of the goods, and which of them hold."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from cocket.consignment.statement import (
    Statement,
    by_unit,
    equipment_name,
    every_of,
    once,
    seals_of,
    sum_of,
    sum_of_counts,
)
from cocket.model import Amount, CommercialInvoice, InvoiceLine, PackingLine, PackingList

#: Lists from which a code that classifies goods is one of the tariff's; without a list it is looked at by its digits.
_TARIFFS = frozenset({"HS", "TSP", "CN", "TARIC", "HTS", "HSN", "CV"})


def of_invoice(invoice: CommercialInvoice) -> Statement:
    """What an invoice says; a credit note takes its value back.

    Args:
        invoice: The invoice.
    """
    lines = tuple(line for line in invoice.lines if line.is_billed)
    value = _value(invoice)
    if value is not None and invoice.kind == "credit-note":
        value = Amount(-abs(value.value), value.currency)
    return Statement(
        goods=once(line.description or line.name for line in lines),
        packages=sum_of_counts(line.packages for line in lines) if invoice.packages is None else invoice.packages,
        gross_mass_kg=sum_of(line.gross_mass_kg for line in lines)
        if invoice.gross_mass_kg is None
        else invoice.gross_mass_kg,
        origins=every_of((line.origin_country_code,) for line in lines if line.origin_country_code),
        hs_codes=every_of(tariff_codes(line) for line in lines),
        consignee=invoice.consignee or invoice.buyer,
        consignor=invoice.seller or invoice.consignor,
        equipment=every_of((equipment_name(unit.id),) for unit in invoice.equipment),
        seals=seals_of(invoice.equipment),
        value=value,
        quantities=_quantities(lines),
    )


def of_packing_list(packing: PackingList) -> Statement:
    """What a packing list says.

    Args:
        packing: The packing list.
    """
    units = packing.units
    lines = [*packing.lines, *(line for unit in units for line in unit.lines)]
    equipment = [each for unit in units for each in unit.equipment]
    packages = packing.packages
    if packages is None and units:
        packages = sum_of_counts(unit.packages for unit in units)
    return Statement(
        goods=once(line.description or line.name for line in lines),
        packages=packages,
        gross_mass_kg=sum_of(line.gross_mass_kg for line in lines)
        if packing.gross_mass_kg is None
        else packing.gross_mass_kg,
        origins=every_of((line.origin_country_code,) for line in lines if line.origin_country_code),
        hs_codes=every_of(tariff_codes(line) for line in lines),
        consignee=packing.consignee,
        consignor=packing.consignor,
        equipment=every_of((equipment_name(unit.id),) for unit in equipment),
        seals=seals_of(equipment),
        quantities=_quantities(lines),
    )


def _value(invoice: CommercialInvoice) -> Amount | None:
    """What the goods were sold for, tax left out; what was paid before belongs to it."""
    sums = invoice.totals
    said = next((each for each in (sums.without_tax, sums.with_tax, sums.lines, sums.payable) if each), None)
    return None if said is None else Amount(said.value, said.currency or invoice.currency)


def tariff_codes(line: InvoiceLine | PackingLine) -> tuple[str, ...]:
    """Codes of the tariff among those that classify a line (0..n)."""
    return tuple(
        code.id
        for code in line.classifications
        if (code.type_code or "").upper() in _TARIFFS
        or (code.type_code is None and len(code.id) >= 6 and code.id.replace(".", "").isdecimal())
    )


def _quantities(lines: Iterable[InvoiceLine | PackingLine]) -> tuple[tuple[str, Decimal], ...]:
    return by_unit(
        (line.quantity_unit, line.quantity)
        for line in lines
        if line.quantity is not None and line.quantity_unit is not None
    )
