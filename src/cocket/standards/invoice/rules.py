# SPDX-License-Identifier: Apache-2.0
"""Whether an invoice adds up, and its numbers can be; the same for a packing list.

Each rule is a function named after its code. Its first paragraph is the text for the trader; a rule says nothing where
a value is not stated. None refuses a paper: what was billed was billed, and the arithmetic is for people to look at.

Source: EN 16931-1, business rules BR-CO-10 to BR-CO-16, which UBL and CII both carry; ISO 4217; ISO 6346.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from cocket.codes import EquipmentNumber, currency
from cocket.findings import Finding
from cocket.model import Amount, CommercialInvoice, InvoiceLine, PackingList, TransportEquipment

InvoiceRule = Callable[[CommercialInvoice], Iterable[Finding]]
PackingRule = Callable[[PackingList], Iterable[Finding]]

_ZERO, _CENT, _HALF = Decimal(0), Decimal("0.01"), Decimal("0.5")
_DIGITS = 20


def invoice_currency(invoice: CommercialInvoice) -> Iterator[Finding]:
    """The currency is none of ISO 4217.

    Source: ISO 4217.
    """
    if invoice.currency is not None and currency(invoice.currency) is None:
        yield _finding("invoice-currency", "{found} is not an ISO 4217 currency", found=invoice.currency)


def invoice_currencies(invoice: CommercialInvoice) -> Iterator[Finding]:
    """An amount is in another currency than the invoice.

    Tax may be stated in the currency of the seller's country.

    Source: EN 16931-1, BR-05 with BT-5 and BT-6.
    """
    sums = invoice.totals
    amounts = [sums.lines, sums.without_tax, sums.with_tax, sums.payable, *(line.amount for line in invoice.lines)]
    others = {a.currency for a in amounts if a and a.currency and invoice.currency and a.currency != invoice.currency}
    for other in sorted(each for each in others if each):
        yield _finding(
            "invoice-currencies", "an amount is in {found}, the invoice in {expected}", invoice.currency, other
        )


def invoice_line_amount(invoice: CommercialInvoice) -> Iterator[Finding]:
    """A line does not come to its quantity times its price, with its charges and without its allowances.

    Source: EN 16931-1, BT-131: quantity × (net price ÷ base quantity) + charges − allowances of the line.
    """
    for place, line in enumerate(invoice.lines, 1):
        expected = _line_amount(line)
        if expected is not None and line.amount is not None and not _same(line.amount.value, expected):
            yield _finding(
                "invoice-line-amount",
                "line {line} adds up to {expected} but is billed as {found}",
                _shown(expected),
                _shown(line.amount.value),
                line=line.id or str(place),
            )


def invoice_lines_total(invoice: CommercialInvoice) -> Iterator[Finding]:
    """The lines do not add up to the sum of lines; those that sum up others are not counted beside them.

    Source: EN 16931-1, BR-CO-10; Factur-X 1.0.7, BR-FXEXT-CO-10.
    """
    amounts = [line.amount for line in invoice.lines if line.is_billed]
    if amounts and None not in amounts:
        expected = sum((each.value for each in amounts if each), _ZERO)
        yield from _compared("invoice-lines-total", "the lines add up to", invoice.totals.lines, expected)


def invoice_charges_total(invoice: CommercialInvoice) -> Iterator[Finding]:
    """The charges or allowances on the whole do not add up to their sum.

    Source: EN 16931-1, BR-CO-11 and BR-CO-12.
    """
    for is_charge, total, words in (
        (True, invoice.totals.charges, "the charges add up to"),
        (False, invoice.totals.allowances, "the allowances add up to"),
    ):
        amounts = [each.amount for each in invoice.charges if each.is_charge is is_charge]
        if amounts and None not in amounts:
            expected = sum((each.value for each in amounts if each), _ZERO)
            yield from _compared("invoice-charges-total", words, total, expected)


def invoice_total(invoice: CommercialInvoice) -> Iterator[Finding]:
    """The total without tax is not that of the lines with charges, less allowances.

    Source: EN 16931-1, BR-CO-13.
    """
    sums = invoice.totals
    if sums.lines is not None:
        expected = sums.lines.value + _value(sums.charges) - _value(sums.allowances)
        yield from _compared("invoice-total", "lines, charges and allowances add up to", sums.without_tax, expected)


def invoice_with_tax(invoice: CommercialInvoice) -> Iterator[Finding]:
    """The total with tax is not the total without it and the tax.

    Source: EN 16931-1, BR-CO-15.
    """
    sums = invoice.totals
    is_alike = sums.tax is None or sums.tax.currency in (None, invoice.currency)
    if sums.without_tax is not None and sums.tax is not None and is_alike:
        expected = sums.without_tax.value + sums.tax.value
        yield from _compared("invoice-with-tax", "total and tax add up to", sums.with_tax, expected)


def invoice_payable(invoice: CommercialInvoice) -> Iterator[Finding]:
    """What is to be paid is not the total with tax, less what was paid before, rounded.

    Source: EN 16931-1, BR-CO-16.
    """
    sums = invoice.totals
    if sums.with_tax is not None:
        expected = sums.with_tax.value - _value(sums.prepaid) + _value(sums.rounding)
        yield from _compared("invoice-payable", "the amount due adds up to", sums.payable, expected)


def invoice_masses(invoice: CommercialInvoice) -> Iterator[Finding]:
    """Goods weigh more net than gross.

    Source: WCO Data Model 3.6, 126 gross mass and 128 net mass.
    """
    yield from _masses([("", invoice.gross_mass_kg, invoice.net_mass_kg)])
    yield from _masses((line.id or str(n), line.gross_mass_kg, line.net_mass_kg) for n, line in _numbered(invoice))


def invoice_equipment(invoice: CommercialInvoice) -> Iterator[Finding]:
    """A container number cannot be: its check digit is wrong.

    Source: ISO 6346.
    """
    yield from _equipment(invoice.equipment)


def packing_masses(packing: PackingList) -> Iterator[Finding]:
    """Goods weigh more net than gross.

    Source: WCO Data Model 3.6, 126 gross mass and 128 net mass.
    """
    yield from _masses([("", packing.gross_mass_kg, packing.net_mass_kg)])
    lines = [*packing.lines, *(line for unit in packing.units for line in unit.lines)]
    yield from _masses((line.id or "?", line.gross_mass_kg, line.net_mass_kg) for line in lines)


def packing_mass_total(packing: PackingList) -> Iterator[Finding]:
    """The goods weigh more together than the whole.

    They may weigh less: pallets and packing are in the whole alone.

    Source: UN/CEFACT, total gross weight of a packing list (UNTDED 6292).
    """
    masses = [line.gross_mass_kg for line in packing.lines]
    masses += [line.gross_mass_kg for unit in packing.units for line in unit.lines]
    if masses and None not in masses and packing.gross_mass_kg is not None:
        total = sum((mass for mass in masses if mass is not None), _ZERO)
        if total > packing.gross_mass_kg + _CENT:
            yield _finding(
                "packing-mass-total",
                "the goods weigh {found} kg in total, the document states {expected} kg",
                _shown(packing.gross_mass_kg),
                _shown(total),
            )


def packing_packages_total(packing: PackingList) -> Iterator[Finding]:
    """Neither the handling units nor the packages in them are as many as the total says.

    Source: UN/CEFACT, total number of packages (UNTDED 7224).
    """
    counts = [unit.packages for unit in packing.units]
    inside = sum(each for each in counts if each is not None) if None not in counts else None
    if packing.units and packing.packages not in (None, inside, len(packing.units)):
        yield _finding(
            "packing-packages-total",
            "there are {found} handling units with {packages} packages, the total is {expected}",
            str(packing.packages),
            str(len(packing.units)),
            packages="–" if inside is None else str(inside),
        )


def packing_equipment(packing: PackingList) -> Iterator[Finding]:
    """A container number cannot be: its check digit is wrong.

    Source: ISO 6346.
    """
    yield from _equipment(each for unit in packing.units for each in unit.equipment)


INVOICE_RULES: tuple[InvoiceRule, ...] = (
    invoice_currency,
    invoice_currencies,
    invoice_line_amount,
    invoice_lines_total,
    invoice_charges_total,
    invoice_total,
    invoice_with_tax,
    invoice_payable,
    invoice_masses,
    invoice_equipment,
)
PACKING_RULES: tuple[PackingRule, ...] = (
    packing_masses,
    packing_mass_total,
    packing_packages_total,
    packing_equipment,
)


def check(document: CommercialInvoice | PackingList) -> Iterator[Finding]:
    """What the rules say of a paper, in their order.

    Source: the rules.
    """
    if isinstance(document, CommercialInvoice):
        yield from (finding for rule in INVOICE_RULES for finding in rule(document))
    else:
        yield from (finding for rule in PACKING_RULES for finding in rule(document))


def _numbered(invoice: CommercialInvoice) -> Iterable[tuple[int, InvoiceLine]]:
    return enumerate(invoice.lines, 1)


def _line_amount(line: InvoiceLine) -> Decimal | None:
    if line.quantity is None or line.unit_price is None or line.price_quantity == _ZERO:
        return None
    total = line.quantity * line.unit_price.value / (line.price_quantity or 1)
    for each in line.charges:
        if each.is_charge is None or each.amount is None:
            return None
        total += each.amount.value if each.is_charge else -each.amount.value
    return total


def _value(amount: Amount | None) -> Decimal:
    return amount.value if amount else _ZERO


def _same(stated: Decimal, expected: Decimal) -> bool:
    """Whether a sum is right as far as it is stated: a cent may be lost in rounding, half a unit if there are none."""
    exponent = stated.as_tuple().exponent
    return abs(stated - expected) <= (_HALF if isinstance(exponent, int) and exponent >= 0 else _CENT)


def _compared(code: str, words: str, stated: Amount | None, expected: Decimal) -> Iterator[Finding]:
    if stated is not None and not _same(stated.value, expected):
        yield _finding(code, f"{words} {{expected}}, stated is {{found}}", _shown(expected), _shown(stated.value))


def _masses(each: Iterable[tuple[str, Decimal | None, Decimal | None]]) -> Iterator[Finding]:
    for line, gross, net in each:
        if gross is not None and net is not None and net > gross:
            where = f"line {line}: " if line else ""
            yield _finding(
                "invoice-net-above-gross",
                "{where}the goods weigh {found} kg net and {expected} kg gross",
                _shown(gross),
                _shown(net),
                where=where,
            )


def _equipment(units: Iterable[TransportEquipment]) -> Iterator[Finding]:
    for unit in units:
        number = EquipmentNumber.parse(unit.id)
        if number is not None and not number.check_digit_ok:
            yield _finding("invoice-equipment-number", "the check digit of container {found} is wrong", found=unit.id)


def _shown(value: Decimal) -> str:
    """A number for people: four decimals are enough of a quotient; one past all reason is shortened."""
    if value.adjusted() > _DIGITS:
        return f"{value:.3e}"
    return f"{round(value, 4).normalize():f}"


def _finding(
    code: str, message: str, expected: str | None = None, found: str | None = None, **arguments: str
) -> Finding:
    return Finding(
        code=code,
        severity="warning",
        message=message,
        expected=expected,
        found=None if found is None else found[:200],
        arguments=arguments,
    )
