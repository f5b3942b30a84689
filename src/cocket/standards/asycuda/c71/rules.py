# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a value declaration. Only one that values nothing is refused.

The form carries no total: what Article 8 adds is summed here, and what is taken off may not exceed price and additions.

Source: WTO Valuation Agreement, Articles 1 and 8; each rule names its box.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cocket.findings import Finding, Severity
from cocket.standards.asycuda.c71.fields import ADDITIONS, DEDUCTIONS, INDIRECT, PRICE, QUESTIONS, SUMS
from cocket.standards.asycuda.judging import Deviation, Rule, judge
from cocket.standards.asycuda.legibility import LEGIBILITY
from cocket.standards.asycuda.reading import Judged
from cocket.standards.asycuda.sheet import Sheet
from cocket.standards.asycuda.values import flag, plain

HEAD = "Identification_segment/"
ROYALTIES, PROCEEDS = "Royalties_licence_fees", "Proceeds"

_ITEM = "Item"
_MUST_BE_ANSWERED = ("7A", "8A", "8B", "9A", "9B")
_ZERO = Decimal(0)


def c71_no_invoice(form: Judged) -> Iterator[Deviation]:
    """The value declaration has no invoice: there is nothing to value.

    Source: public schema of the form C71: one item at least.
    """
    if not form.rows(_ITEM):
        yield Deviation(form.whole, "")


def c71_seller_missing(form: Judged) -> Iterator[Deviation]:
    """The seller is not stated.

    Source: form C71, box 1.
    """
    if not form.text(f"{HEAD}Seller_segment/Name"):
        yield Deviation(form.whole, f"{HEAD}Seller_segment")


def c71_buyer_missing(form: Judged) -> Iterator[Deviation]:
    """The buyer is not stated.

    Source: form C71, box 2.
    """
    if not any(form.text(f"{HEAD}Buyer_segment/{part}") for part in ("Code", "Name")):
        yield Deviation(form.whole, f"{HEAD}Buyer_segment")


def c71_answer_unreadable(form: Judged) -> Iterator[Deviation]:
    """{found} is neither true nor false. It was read as not ticked.

    Source: public schema of the form C71: flags.
    """
    for box in QUESTIONS:
        for path in (f"{HEAD}Yes_{box}", f"{HEAD}No_{box}"):
            text = form.text(path)
            if text and flag(text) is None:
                yield Deviation(form.whole, path, "true false", text)


def c71_both_answers(form: Judged) -> Iterator[Deviation]:
    """Both yes and no are ticked for question {found}. It was read as not answered.

    Source: form C71, boxes 7 to 9.
    """
    for box in QUESTIONS:
        if _ticked(form, f"Yes_{box}") and _ticked(form, f"No_{box}"):
            yield Deviation(form.whole, f"{HEAD}Yes_{box}", None, box)


def c71_unanswered(form: Judged) -> Iterator[Deviation]:
    """Question {expected} is answered neither yes nor no.

    Source: form C71, boxes 7a, 8 and 9.
    """
    for box in _MUST_BE_ANSWERED:
        if not _ticked(form, f"Yes_{box}") and not _ticked(form, f"No_{box}"):
            yield Deviation(form.whole, f"{HEAD}Yes_{box}", box)


def c71_influence_unanswered(form: Judged) -> Iterator[Deviation]:
    """Buyer and seller are related, but whether that influenced the price is not answered.

    Source: WTO Valuation Agreement, Article 1.2(a); form C71, box 7b.
    """
    if _answer(form, "7A") is True and not _ticked(form, "Yes_7B") and not _ticked(form, "No_7B"):
        yield Deviation(form.whole, f"{HEAD}Yes_7B")


def c71_relation_contradicted(form: Judged) -> Iterator[Deviation]:
    """Buyer and seller are said not to be related, and yet that their relation mattered for the price.

    Source: form C71, boxes 7a to 7c: the further questions are for related parties.
    """
    if _answer(form, "7A") is False:
        for box in ("7B", "7C"):
            if _answer(form, box) is True:
                yield Deviation(form.whole, f"{HEAD}Yes_{box}")


def c71_price_influenced(form: Judged) -> Iterator[Deviation]:
    """The relation of buyer and seller influenced the price, and it comes close to no test value: the price cannot be
    the customs value.

    Source: WTO Valuation Agreement, Article 1.2(a) and (b).
    """
    if _answer(form, "7A") is True and _answer(form, "7B") is True and _answer(form, "7C") is not True:
        yield Deviation(form.whole, f"{HEAD}Yes_7B")


def c71_details_missing(form: Judged) -> Iterator[Deviation]:
    """Question {found} is answered yes, but nothing is said of it.

    Source: form C71, boxes 7c, 8 and 9: details are asked for.
    """
    for box in ("7C", "8A", "8B", "9A", "9B"):
        details = f"{HEAD}Box{box[0]}_Details"
        if _answer(form, box) is True and not form.text(details):
            yield Deviation(form.whole, details, None, box)


def c71_royalties_not_stated(form: Judged) -> Iterator[Deviation]:
    """Royalties or licence fees are a condition of the sale, but no invoice says how much they are.

    Source: WTO Valuation Agreement, Article 8.1(c); form C71, box 9a.
    """
    yield from _not_stated(form, "9A", ROYALTIES)


def c71_royalties_denied(form: Judged) -> Iterator[Deviation]:
    """There are said to be no royalties or licence fees, but {found} is stated.

    Source: WTO Valuation Agreement, Article 8.1(c); form C71, box 9a.
    """
    yield from _denied(form, "9A", ROYALTIES)


def c71_proceeds_not_stated(form: Judged) -> Iterator[Deviation]:
    """Proceeds of resale go to the seller, but no invoice says how much they are.

    Source: WTO Valuation Agreement, Article 8.1(d); form C71, box 9b.
    """
    yield from _not_stated(form, "9B", PROCEEDS)


def c71_proceeds_denied(form: Judged) -> Iterator[Deviation]:
    """No proceeds of resale are said to go to the seller, but {found} is stated.

    Source: WTO Valuation Agreement, Article 8.1(d); form C71, box 9b.
    """
    yield from _denied(form, "9B", PROCEEDS)


def c71_price_missing(form: Judged) -> Iterator[Deviation]:
    """The invoice has no price.

    Source: WTO Valuation Agreement, Article 1.1: the price actually paid or payable.
    """
    for row in form.rows(_ITEM):
        if PRICE[1] not in row.values or row.numbers.get(PRICE[1]) == 0:
            yield Deviation(row, PRICE[1], None, row.values.get(PRICE[1]))


def c71_invoice_number_missing(form: Judged) -> Iterator[Deviation]:
    """The invoice has no number.

    Source: form C71, box 4.
    """
    for row in form.rows(_ITEM):
        if not row.values.get("Invoice_Number", "").strip():
            yield Deviation(row, "Invoice_Number")


def c71_invoice_repeated(form: Judged) -> Iterator[Deviation]:
    """Invoice {found} is valued more than once.

    Source: form C71, box 4.
    """
    met: set[str] = set()
    for row in form.rows(_ITEM):
        number = row.values.get("Invoice_Number", "").strip()
        if number in met:
            yield Deviation(row, "Invoice_Number", None, number)
        met |= {number} - {""}


def c71_amount_negative(form: Judged) -> Iterator[Deviation]:
    """{found} is less than nothing; what is taken off has elements of its own.

    Source: WTO Valuation Agreement, Article 8.
    """
    for row, tag, _ in _sums(form):
        if (figure := row.numbers.get(tag, _ZERO)) < 0:
            yield Deviation(row, tag, None, plain(figure))


def c71_currency_missing(form: Judged) -> Iterator[Deviation]:
    """{found} is stated without its currency.

    Source: public schema of the form C71: each sum has a currency of its own.
    """
    for row, tag, ending in _sums(form):
        if (figure := row.numbers.get(tag)) and not row.values.get(f"Currency_code_{ending}", "").strip():
            yield Deviation(row, f"Currency_code_{ending}", None, plain(figure))


def c71_rate_missing(form: Judged) -> Iterator[Deviation]:
    """{found} is stated in a currency without the rate at which it is converted.

    Source: WTO Valuation Agreement, Article 9; public schema of the form C71.
    """
    for row, tag, ending in _sums(form):
        code, rate = row.values.get(f"Currency_code_{ending}", "").strip(), f"Currency_Rate_{ending}"
        if row.numbers.get(tag) and code and (rate not in row.values or row.numbers.get(rate) == 0):
            yield Deviation(row, rate, None, f"{plain(row.numbers[tag])} {code}")


def c71_rates_differ(form: Judged) -> Iterator[Deviation]:
    """One currency is converted at two rates: {found}, and {expected} before.

    Source: WTO Valuation Agreement, Article 9: the rate in effect at one time.
    """
    first: dict[str, Decimal] = {}
    for row, tag, ending in _sums(form):
        code, rate = row.values.get(f"Currency_code_{ending}", "").strip(), row.numbers.get(f"Currency_Rate_{ending}")
        if not code or not rate or not row.numbers.get(tag):
            continue
        if first.setdefault(code, rate) != rate:
            yield Deviation(row, f"Currency_Rate_{ending}", plain(first[code]), plain(rate))


def c71_other_unspecified(form: Judged) -> Iterator[Deviation]:
    """Other charges of {found} are taken off, but nothing is said of what they are.

    Source: public schema of the form C71: `Other_specify`.
    """
    for row in form.rows(_ITEM):
        if (figure := row.numbers.get("Other_charges")) and not row.values.get("Other_specify", "").strip():
            yield Deviation(row, "Other_specify", None, plain(figure))


def c71_deductions_over(form: Judged) -> Iterator[Deviation]:
    """More is taken off than price and additions make: {found} of {expected}.

    Source: WTO Valuation Agreement, note to Article 1. Not judged where a sum cannot be converted.
    """
    for row in form.rows(_ITEM):
        additions, deductions = _converted(row, (PRICE, INDIRECT, *ADDITIONS)), _converted(row, DEDUCTIONS)
        if additions is not None and deductions is not None and deductions > additions > 0:
            path = next(tag for _, tag, _ in DEDUCTIONS if row.numbers.get(tag))
            yield Deviation(row, path, plain(additions), plain(deductions))


def _ticked(form: Judged, name: str) -> bool:
    return flag(form.text(HEAD + name)) is True


def _answer(form: Judged, box: str) -> bool | None:
    is_yes, is_no = _ticked(form, f"Yes_{box}"), _ticked(form, f"No_{box}")
    return None if is_yes == is_no else is_yes


def _not_stated(form: Judged, box: str, tag: str) -> Iterator[Deviation]:
    rows = form.rows(_ITEM)
    if (
        rows
        and _answer(form, box) is True
        and not any(row.values.get(tag) and row.numbers.get(tag) != 0 for row in rows)
    ):
        yield Deviation(rows[0], tag)


def _denied(form: Judged, box: str, tag: str) -> Iterator[Deviation]:
    for row in form.rows(_ITEM) if _answer(form, box) is False else ():
        if figure := row.numbers.get(tag):
            yield Deviation(row, tag, None, plain(figure))


def _sums(form: Judged) -> Iterator[tuple[Sheet, str, str]]:
    for row in form.rows(_ITEM):
        for tag, ending in SUMS:
            yield row, tag, ending


def _converted(row: Sheet, parts: tuple[tuple[str, str, str], ...]) -> Decimal | None:
    """The sum of some elements in national currency; None if one cannot be converted."""
    total = _ZERO
    for _, tag, ending in parts:
        figure, rate = row.numbers.get(tag, _ZERO), row.numbers.get(f"Currency_Rate_{ending}")
        if tag in row.unreadable or (figure and not rate):
            return None
        total += figure * (rate or _ZERO)
    return total


#: Every rule with its severity, in the order in which findings are told.
RULES: tuple[tuple[Rule, Severity], ...] = (
    (c71_no_invoice, "error"),
    *LEGIBILITY,
    (c71_answer_unreadable, "warning"),
    (c71_seller_missing, "warning"),
    (c71_buyer_missing, "warning"),
    (c71_both_answers, "warning"),
    (c71_unanswered, "warning"),
    (c71_influence_unanswered, "warning"),
    (c71_relation_contradicted, "warning"),
    (c71_price_influenced, "warning"),
    (c71_details_missing, "warning"),
    (c71_royalties_not_stated, "warning"),
    (c71_royalties_denied, "warning"),
    (c71_proceeds_not_stated, "warning"),
    (c71_proceeds_denied, "warning"),
    (c71_price_missing, "warning"),
    (c71_invoice_number_missing, "warning"),
    (c71_invoice_repeated, "warning"),
    (c71_amount_negative, "warning"),
    (c71_currency_missing, "warning"),
    (c71_rate_missing, "warning"),
    (c71_rates_differ, "warning"),
    (c71_other_unspecified, "warning"),
    (c71_deductions_over, "warning"),
)


def check(form: Judged) -> Iterator[Finding]:
    """Check one value declaration by all rules.

    Source: each rule's own.
    """
    return judge(RULES, form, form.paper, {})
