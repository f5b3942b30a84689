# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a SAD. Only a paper that declares nothing is refused.

A host's file is evidence of what the host holds: where its sums do not agree that is worth an officer's look, and no
reason to be blind to the consignment.

Source: rules of arithmetic that public SAD files obey, counted over 27 distinct ones; how often each holds stands
with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from cocket.codes import EquipmentNumber, HsCode
from cocket.findings import Finding, Severity
from cocket.standards.asycuda.judging import Deviation, Rule, judge
from cocket.standards.asycuda.legibility import LEGIBILITY
from cocket.standards.asycuda.sad.codecs import CHARGE_NAMES
from cocket.standards.asycuda.sad.fields import POINTERS
from cocket.standards.asycuda.sad.paper import Sad
from cocket.standards.asycuda.sad.procedure import PROCEDURE_RULES
from cocket.standards.asycuda.sad.taxes import LINES, near, rate_of
from cocket.standards.asycuda.sheet import Sheet
from cocket.standards.asycuda.values import number, plain, whole

ITEMS = "Property/Nbers/Total_number_of_items"
FORMS = "Property/Forms/Total_number_of_forms"
PACKAGES, ITEM_PACKAGES = "Property/Nbers/Total_number_of_packages", "Packages/Number_of_packages"
WEIGHT, ITEM_GROSS = "Valuation/Total/Total_weight", "Valuation_item/Weight_itm/Gross_weight_itm"
ITEM_NET = "Valuation_item/Weight_itm/Net_weight_itm"
OFFICE = "Identification/Office_segment/Customs_clearance_office_code"
CIF, ITEM_CIF = "Valuation/Total_CIF", "Valuation_item/Total_CIF_itm"
COST = "Valuation_item/Total_cost_itm"
STATISTICAL = "Valuation_item/Statistical_value"
ALPHA = "Valuation_item/Alpha_coeficient_of_apportionment"
VALUE_TEXT = "Tarification/Value_item"
INVOICE, ITEM_INVOICE = "Valuation/Gs_Invoice/", "Valuation_item/Item_Invoice/"
INVOICE_TOTAL = "Valuation/Total/Total_invoice"
NATIONAL, FOREIGN, RATE = "Amount_national_currency", "Amount_foreign_currency", "Currency_rate"
HS = "Tarification/HScode/Commodity_code"
ITEM_TAXES, TAXES = "Taxation/Item_taxes_amount", "Financial/Amounts/Totals_taxes"
GLOBAL_TAXES = "Financial/Amounts/Global_taxes"

*_ADDED, _DEDUCTED = (f"Valuation_item/item_{name}/{NATIONAL}" for name in CHARGE_NAMES)
_TERM = re.compile(r"([+-]?)\s*([\d.]+)")
_PAID = "1"
_BY_WEIGHT = "1"
_ITEMS_ON_FURTHER_FORMS = 3
_ZERO = Decimal(0)


def sad_office_missing(sad: Sad) -> Iterator[Deviation]:
    """The declaration does not say at which customs office it is made.

    Source: SAD box A.
    """
    if not sad.whole.values.get(OFFICE, "").strip():
        yield Deviation(sad.whole, "Identification/Office_segment")


def sad_no_items(sad: Sad) -> Iterator[Deviation]:
    """The declaration has no goods item: there is nothing to declare.

    Source: SAD box 32.
    """
    if not sad.items:
        yield Deviation(sad.whole, "")


def sad_count_not_whole(sad: Sad) -> Iterator[Deviation]:
    """{found} should be a whole number. It was read as not stated.

    Source: public SAD files.
    """
    places = [(sad.whole, ITEMS), (sad.whole, PACKAGES), *((item, ITEM_PACKAGES) for item in sad.items)]
    for sheet, path in places:
        if path in sheet.numbers and whole(sheet.values[path]) is None:
            yield Deviation(sheet, path, None, sheet.values[path])


def sad_items_total(sad: Sad) -> Iterator[Deviation]:
    """The declaration says it has {found} goods items, but has {expected}.

    Source: SAD box 5; holds in 23 of 24 files.
    """
    stated = sad.whole.numbers.get(ITEMS)
    if stated is not None and sad.items and stated != len(sad.items):
        yield Deviation(sad.whole, ITEMS, str(len(sad.items)), plain(stated))


def sad_forms_total(sad: Sad) -> Iterator[Deviation]:
    """The declaration says it has {found} forms; its items fill {expected}.

    Source: SAD box 3: one item on the first form, three on each further; holds in 22 of 24 files.
    """
    stated = sad.whole.numbers.get(FORMS)
    needed = 1 - (1 - len(sad.items)) // _ITEMS_ON_FURTHER_FORMS
    if stated is not None and sad.items and stated != needed:
        yield Deviation(sad.whole, FORMS, str(needed), plain(stated))


def sad_packages_total(sad: Sad) -> Iterator[Deviation]:
    """The declaration says it has {found} packages, but those of its items add up to {expected}.

    Source: SAD boxes 6 and 31; holds in 20 of 20 files.
    """
    yield from _unlike_sum(sad, PACKAGES, ITEM_PACKAGES, _ZERO)


def sad_gross_total(sad: Sad) -> Iterator[Deviation]:
    """The declaration says it weighs {found} kg, but its items add up to {expected} kg.

    Source: SAD box 35; holds in 19 of 19 files.
    """
    yield from _unlike_sum(sad, WEIGHT, ITEM_GROSS, Decimal("0.01"))


def sad_invoice_total(sad: Sad) -> Iterator[Deviation]:
    """The invoice total is stated as {found}, but the items add up to {expected}.

    Source: SAD boxes 22 and 42; holds in 18 of 20 files. Not judged where items are invoiced in several currencies.
    """
    currencies = {item.values.get(ITEM_INVOICE + "Currency_code", "").strip() for item in sad.items}
    if len(currencies - {""}) <= 1:
        yield from _unlike_sum(sad, INVOICE_TOTAL, ITEM_INVOICE + FOREIGN, Decimal("0.02"))


def sad_cif_total(sad: Sad) -> Iterator[Deviation]:
    """The value for customs of the whole is stated as {found}, but the items add up to {expected}.

    Source: SAD valuation note.
    """
    yield from _unlike_sum(sad, CIF, ITEM_CIF, Decimal("0.02"))


def _unlike_sum(sad: Sad, total: str, part: str, tolerance: Decimal) -> Iterator[Deviation]:
    """Where a total is not the sum of the items; each item may have been rounded. Silent unless every item has it."""
    stated = sad.whole.numbers.get(total)
    parts = [item.numbers.get(part) for item in sad.items]
    known = [figure for figure in parts if figure is not None]
    if stated is None or not known or len(known) < len(parts):
        return
    expected = sum(known, _ZERO)
    if abs(expected - stated) > tolerance * len(known):
        yield Deviation(sad.whole, total, plain(expected), plain(stated))


def sad_invoice_national(sad: Sad) -> Iterator[Deviation]:
    """The invoice in national currency is stated as {found}; at the stated rate of exchange it is {expected}.

    Source: SAD boxes 22, 23 and 42; holds in 163 of 163 items.
    """
    for sheet, under in ((sad.whole, INVOICE), *((item, ITEM_INVOICE) for item in sad.items)):
        foreign, rate, national = (sheet.numbers.get(under + name) for name in (FOREIGN, RATE, NATIONAL))
        if foreign is None or rate is None or national is None:
            continue
        expected = foreign * rate
        if not near(expected, national):
            yield Deviation(sheet, under + NATIONAL, _cents(expected), plain(national))


def sad_item_cost(sad: Sad) -> Iterator[Deviation]:
    """The costs of the item are stated as {found}; freight, insurance and other costs less deductions are {expected}.

    Source: SAD valuation note; holds in 417 of 417 items whose costs are filled in national currency.
    """
    for item, costs in _with_costs(sad):
        stated = item.numbers.get(COST)
        if stated is not None and not near(costs, stated):
            yield Deviation(item, COST, plain(costs), plain(stated))


def sad_item_cif(sad: Sad) -> Iterator[Deviation]:
    """The value for customs of the item is stated as {found}; invoice and costs are {expected}.

    Source: SAD valuation note; holds in 397 of 397 items whose costs are filled in national currency.
    """
    for item, _costs in _with_costs(sad):
        invoice, costs, stated = (item.numbers.get(path) for path in (ITEM_INVOICE + NATIONAL, COST, ITEM_CIF))
        if invoice is not None and costs is not None and stated is not None and not near(invoice + costs, stated):
            yield Deviation(item, ITEM_CIF, plain(invoice + costs), plain(stated))


def sad_value_text(sad: Sad) -> Iterator[Deviation]:
    """The text on the item's costs reads {found}, which is not freight, insurance and other costs less deductions,
    {expected}.

    Source: SAD valuation note; holds in 413 of 413 items whose costs are filled in national currency.
    """
    for item, costs in _with_costs(sad):
        text = item.values.get(VALUE_TEXT)
        stated = _sum_of_text(text) if text else None
        if stated is not None and not near(costs, stated):
            yield Deviation(item, VALUE_TEXT, plain(costs), text)


def _with_costs(sad: Sad) -> Iterator[tuple[Sheet, Decimal]]:
    """Items with the sum of their cost lines, as far as these are filled in national currency."""
    if sad.profile.has_national_costs is False:
        return
    for item in sad.items:
        lines = [item.numbers.get(path) for path in _ADDED]
        if any(lines):
            yield item, sum(filter(None, lines), _ZERO) - item.numbers.get(_DEDUCTED, _ZERO)


def _sum_of_text(text: str) -> Decimal | None:
    """The sum that a text such as `2,045.01+0.00-0.00` spells out; None if it spells none."""
    text = text.replace(",", "")
    terms = [(sign, number(figure)) for sign, figure in _TERM.findall(text)]
    if not terms or _TERM.sub("", text).strip():
        return None
    figures = [-figure if sign == "-" else figure for sign, figure in terms if figure is not None]
    return sum(figures, _ZERO) if len(figures) == len(terms) else None


def sad_statistical_value(sad: Sad) -> Iterator[Deviation]:
    """The statistical value of the item is stated as {found}; its value for customs is {expected}.

    Source: SAD box 46; holds in 593 of 593 items, rounded or not.
    """
    for item in sad.items:
        value, stated = item.numbers.get(ITEM_CIF), item.numbers.get(STATISTICAL)
        if value is not None and stated is not None and abs(value - stated) > 1:
            yield Deviation(item, STATISTICAL, plain(value), plain(stated))


def sad_apportionment(sad: Sad) -> Iterator[Deviation]:
    """The item bears {found} of the common costs; by its share of the invoice it should bear {expected}.

    Source: SAD valuation note; holds in 539 of 539 items. Not judged where costs are spread by weight.
    """
    if sad.whole.values.get("Valuation/Calculation_working_mode", "").strip() == _BY_WEIGHT:
        return
    total = sad.whole.numbers.get(INVOICE + NATIONAL)
    for item in sad.items if total else ():
        invoice, stated = item.numbers.get(ITEM_INVOICE + NATIONAL), item.numbers.get(ALPHA)
        if invoice is None or stated is None or not total:
            continue
        share = invoice / total
        if abs(share - stated) > Decimal("0.0001") + share / 1000:
            yield Deviation(item, ALPHA, plain(round(share, 6)), plain(stated))


def sad_net_over_gross(sad: Sad) -> Iterator[Deviation]:
    """The net mass of an item, {found} kg, is more than its gross mass, {expected} kg.

    Source: SAD boxes 35 and 38; holds in 591 of 591 items.
    """
    for item in sad.items:
        gross, net = item.numbers.get(ITEM_GROSS), item.numbers.get(ITEM_NET)
        if gross is not None and net is not None and net > gross:
            yield Deviation(item, ITEM_NET, plain(gross), plain(net))


def sad_hs_code(sad: Sad) -> Iterator[Deviation]:
    """{found} is not a commodity code of the Harmonized System.

    Source: SAD box 33; Harmonized System: chapters 01 to 97 without 77, eight digits in 789 of 789 items.
    """
    for item in sad.items:
        text = item.values.get(HS, "").strip()
        code = HsCode.parse(text) if text else None
        if text and (code is None or code.subheading is None or code.realm != "harmonized"):
            yield Deviation(item, HS, None, text)


def sad_container_check_digit(sad: Sad) -> Iterator[Deviation]:
    """The last digit of container number {found} should be {expected}: there is a slip in the number.

    Source: ISO 6346:2022, annex A.
    """
    for container in sad.whole.tables.get("Container", ()):
        text = container.values.get("Container_identity", "")
        parsed = EquipmentNumber.parse(text)
        if parsed is not None and not parsed.check_digit_ok:
            yield Deviation(container, "Container_identity", str(parsed.expected_check_digit), text)


def sad_rate_unit(sad: Sad) -> Iterator[Deviation]:
    """It is not known whether a tax rate of {found} is per cent, a fraction or an amount per unit. It was read as not
    stated; name a profile to read it.

    Source: public SAD files: 0.2 is 20 % in one country, 15 is 15 % in another.
    """
    for line in _tax_lines(sad.items):
        rate = line.numbers.get("Duty_tax_rate")
        if rate is not None and rate_of(line, sad.profile.rate_unit)[0] is None:
            yield Deviation(line, "Duty_tax_rate", None, plain(rate))
            if sad.profile.rate_unit is None:
                return  # said once: it is the same for every line


def sad_tax_amount(sad: Sad) -> Iterator[Deviation]:
    """The tax is stated as {found}; base and rate make it {expected}.

    Source: SAD box 47: base times rate is the amount. Not judged where there is no amount, as none is collected.
    """
    for line in _tax_lines(sad.items):
        rate, _is_specific = rate_of(line, sad.profile.rate_unit)
        base, amount = line.numbers.get("Duty_tax_Base"), line.numbers.get("Duty_tax_amount")
        if rate is None or base is None or amount is None or (amount == 0 and not _is_paid(line)):
            continue
        if not near(base * rate, amount):
            yield Deviation(line, "Duty_tax_amount", _cents(base * rate), plain(amount))


def sad_vat_base(sad: Sad) -> Iterator[Deviation]:
    """Value added tax is reckoned on {found}; value for customs and other taxes make {expected}.

    Source: SAD box 47: base of value added tax is value for customs, duties and excise. Judged where the country's
    code of the tax is known and every tax before it is to be paid.
    """
    for item in sad.items:
        before = item.numbers.get(ITEM_CIF)
        for line in item.tables.get(LINES, ()):
            base, amount = line.numbers.get("Duty_tax_Base"), line.numbers.get("Duty_tax_amount")
            if before is None or base is None or amount is None:
                break
            if line.values.get("Duty_tax_code", "").strip() in sad.profile.vat_codes:
                if not near(before, base):
                    yield Deviation(line, "Duty_tax_Base", plain(before), plain(base))
                break
            before = before + amount if _is_paid(line) else None


def sad_item_taxes(sad: Sad) -> Iterator[Deviation]:
    """The taxes of the item are stated as {found}; those to be paid add up to {expected}.

    Source: SAD box 47; holds in 345 of 347 items.
    """
    for item in sad.items:
        stated, lines = item.numbers.get(ITEM_TAXES), item.tables.get(LINES, [])
        if stated is not None and lines and abs(_paid(lines) - stated) > Decimal("0.01") * (len(lines) + 1):
            yield Deviation(item, ITEM_TAXES, plain(_paid(lines)), plain(stated))


def sad_taxes_total(sad: Sad) -> Iterator[Deviation]:
    """All taxes together are stated as {found}; those of the items and of the whole add up to {expected}.

    Source: SAD box B; holds in 9 of 12 files.
    """
    stated = sad.whole.numbers.get(TAXES)
    parts = [item.numbers.get(ITEM_TAXES) for item in sad.items]
    known = [figure for figure in parts if figure is not None]
    if stated is None or not known:
        return
    expected = sum(known, sad.whole.numbers.get(GLOBAL_TAXES, _ZERO))
    if abs(expected - stated) > Decimal("0.02") * len(known):
        yield Deviation(sad.whole, TAXES, plain(expected), plain(stated))


def _tax_lines(items: Iterable[Sheet]) -> Iterator[Sheet]:
    for item in items:
        yield from item.tables.get(LINES, ())


def _paid(lines: list[Sheet]) -> Decimal:
    return sum((line.numbers.get("Duty_tax_amount", _ZERO) for line in lines if _is_paid(line)), _ZERO)


def _is_paid(line: Sheet) -> bool:
    return line.values.get("Duty_tax_MP", "").strip() == _PAID


def _cents(figure: Decimal) -> str:
    return plain(round(figure, 2))


#: Every rule with its severity, in the order in which findings are told.
RULES: tuple[tuple[Rule, Severity], ...] = (
    (sad_office_missing, "error"),
    (sad_no_items, "error"),
    *LEGIBILITY,
    (sad_count_not_whole, "warning"),
    (sad_items_total, "warning"),
    (sad_forms_total, "info"),
    (sad_packages_total, "warning"),
    (sad_gross_total, "warning"),
    (sad_invoice_total, "warning"),
    (sad_cif_total, "warning"),
    (sad_invoice_national, "warning"),
    (sad_item_cost, "warning"),
    (sad_item_cif, "warning"),
    (sad_value_text, "warning"),
    (sad_statistical_value, "warning"),
    (sad_apportionment, "info"),
    (sad_net_over_gross, "warning"),
    (sad_hs_code, "warning"),
    (sad_container_check_digit, "warning"),
    (sad_rate_unit, "warning"),
    (sad_tax_amount, "warning"),
    (sad_vat_base, "info"),
    (sad_item_taxes, "warning"),
    (sad_taxes_total, "warning"),
    *PROCEDURE_RULES,
)


def check(sad: Sad) -> Iterator[Finding]:
    """Check one SAD by all rules.

    Source: each rule's own.
    """
    return judge(RULES, sad, sad.paper, POINTERS)
