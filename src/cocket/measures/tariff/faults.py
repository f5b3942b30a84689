# SPDX-License-Identifier: Apache-2.0
"""What cannot be right about rates and charges: `check` says it, and nothing is computed by them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from cocket.codes import currency
from cocket.errors import SettingsError
from cocket.findings import Finding, render
from cocket.measures.tariff.book import Measure, Tariff
from cocket.measures.tariff.charges import USUAL_AMOUNTS, Charge, Definition, Graph, Node, conditions_of, is_conditional
from cocket.measures.tariff.claims import falls
from cocket.measures.tariff.formula import (
    AdValorem,
    Difference,
    Flat,
    Formula,
    Larger,
    NotUnderstood,
    PerPoint,
    Smaller,
    Specific,
    Stepped,
    currencies_of,
    parts_of,
)
from cocket.measures.tariff.procedures import USUAL, Relief, code_digits, is_procedure_prefix, procedure_of
from cocket.measures.tariff.units import is_unit
from cocket.measures.tariff.wording import wording

#: Reason of a rate in a table that could not be read → in words; all other texts are those of a tariff that is in order.
UNREADABLE = {
    "rate-not-understood": "its text is not a rate",
    "day-unreadable": "its days cannot be read",
    "days-turned-round": "it ends before it begins",
    "tariff-code": "the code of its row cannot be read",
    "row-too-long": "its row has more cells than heads",
    "row-too-short": "its row has fewer cells than heads",
}

#: Highest per cent that any law could mean; above it a number stands in the wrong place.
MOST_PERCENT = 10_000


def is_turned_round(measure: Measure) -> bool:
    """Whether a measure ends before it begins, so that nothing is known of when it holds."""
    return bool(measure.valid_from and measure.valid_to and measure.valid_to < measure.valid_from)


def fault_of(measure: Measure, formula: Formula, own: str) -> Finding | None:
    """Why nothing can be computed by a measure; None if nothing is wrong with it.

    Args:
        measure: The measure.
        formula: Its formula, or the one that its conditions lead to.
        own: Currency of the tariff.
    """
    where = f"{measure.code} {measure.type_code}"
    if is_turned_round(measure):
        return finding("days-turned-round", "{found} ends before it begins", where)
    every = (*of_formula(formula, where), *of_currencies(formula, where, own))
    return next((one for one in every if one.severity == "error"), None)


def of_currencies(formula: Formula, where: str, own: str) -> Iterator[Finding]:
    """Currencies of a rate that do not exist."""
    for name in sorted(currencies_of(formula)):
        if name != own and currency(name) is None:
            message = "the currency {currency} of {found} does not exist"
            yield finding("currency-unknown", message, where, currency=name)


def of_node(node: Node, tariff: Tariff) -> Iterator[Finding]:
    """What cannot be right about all charges of one name."""
    if len([one for one in node.definitions if not is_conditional(one.charge)]) > 1:
        message = "{found} stands twice without a condition; only the first would ever be taken"
        yield finding("charge-twice", message, node.name)
    elif len({conditions_of(one.charge) for one in node.definitions}) < len(node.definitions):
        message = "{found} stands twice with the same conditions; only the first would ever be taken"
        yield finding("charge-twice", message, node.name)
    for one in node.definitions:
        yield from of_definition(one, node.name, tariff)
        yield from of_conditions(one.charge, tariff)
        if one.formula is not None:
            yield from of_formula(one.formula, node.name)


def refuse_faults(tariff: Tariff, graph: Graph) -> None:
    """Refuse a tariff whose charges cannot be right.

    Raises:
        SettingsError: A charge cannot be right; the message has all that is wrong.
    """
    found = [one for node in graph.nodes() for one in of_node(node, tariff)]
    found += [one for relief in tariff.reliefs for one in of_relief(relief, tariff)]
    wrong = [f"{render(one)} ({one.code})" for one in found if one.severity == "error"]
    if wrong:
        raise SettingsError(
            f"The charges are not valid: {'; '.join(dict.fromkeys(wrong))}.", code="charges-not-in-order"
        )


def of_conditions(one: Charge, tariff: Tariff) -> Iterator[Finding]:
    """Codes and procedures of a charge that no goods could ever have, so that it would silently never hold."""
    yield from _of_codes((*one.codes, *one.except_codes), one.name)
    known = tariff.procedures or USUAL
    for written in (*one.procedures, *one.except_procedures):
        if not is_procedure_prefix(written, known):
            yield finding(
                "procedure-not-understood", "{found}: {procedure} is not a procedure", one.name, procedure=written[:200]
            )
        elif procedure_of(written, known) is None and not any(each.code.upper().startswith(written) for each in known):
            message = "{found}: the procedure {procedure} is not in the table of procedures"
            yield finding("procedure-not-understood", message, one.name, procedure=written)


def of_relief(one: Relief, tariff: Tariff) -> Iterator[Finding]:
    """What cannot be right about a relief."""
    name = one.act or "relief"
    yield from _of_codes(one.except_codes, name)
    if not _is_amount(one.up_to):
        yield finding("relief-negative", "{found}: its limit is {limit}", name, limit=str(one.up_to)[:200])
    if one.of not in (*USUAL_AMOUNTS, *tariff.amounts):
        message = "{found}: it looks at {amount}, which is not an amount of this tariff"
        yield finding("relief-not-understood", message, name, amount=one.of[:200])
    if one.currency and one.currency != tariff.currency and currency(one.currency) is None:
        message = "the currency {currency} of {found} does not exist"
        yield finding("currency-unknown", message, name, currency=one.currency[:200])
    if not one.kinds:
        yield finding("relief-not-understood", "{found}: it relieves no kind of charge", name)


def _of_codes(codes: Iterable[str], name: str) -> Iterator[Finding]:
    for written in codes:
        if code_digits(written) is None:
            yield finding(
                "code-not-understood", "{found}: {goods_code} is not a goods code", name, goods_code=written[:200]
            )


def of_definition(one: Definition, name: str, tariff: Tariff) -> Iterator[Finding]:
    """Limits, steps and currencies of a charge."""
    if one.charge.rate and one.charge.steps:
        yield finding("rate-and-steps", "{found} has a rate and steps; the rate is never taken", name)
    own, floor, cap = tariff.currency, one.floor, one.cap
    if floor and cap and (floor.currency or own) == (cap.currency or own) and floor.amount > cap.amount:
        yield finding("minimum-above-maximum", "{found}: its floor is above its cap", name)
    named = {limit.currency for limit in (floor, cap, one.waived_below) if limit is not None and limit.currency}
    if one.formula is not None:
        named |= currencies_of(one.formula)
    for word in sorted(named):
        if word != own and currency(word) is None:
            yield finding("currency-unknown", "the currency {currency} of {found} does not exist", name, currency=word)
    if isinstance(one.formula, Stepped):
        bands = one.formula.bands
        if bands[-1].to is not None:
            yield finding("steps-end", "{found} has no rate above {to}", name, "warning", to=f"{bands[-1].to:f}")
        for lower, (before, after, is_fall) in zip(bands, falls(bands, tariff.currency), strict=False):
            if is_fall:
                message = "{found} falls from {before} to {after} at {to}, so that goods worth more may owe less"
                arguments = {"before": f"{before:f}", "after": f"{after:f}", "to": f"{lower.to:f}"}
                yield finding("steps-fall", message, name, "warning", **arguments)


def of_formula(formula: Formula, where: str) -> Iterator[Finding]:
    """What cannot be right about a rate.

    Args:
        formula: The rate.
        where: Of what it is, for people.
    """
    match formula:
        case AdValorem(percent, _) if not _is_amount(percent):
            yield finding("rate-negative", "{found} has a rate of {rate}", where, rate=wording(formula))
        case AdValorem(percent, _) if percent > MOST_PERCENT:
            yield finding("rate-too-high", "{found} has a rate of {rate}", where, rate=wording(formula)[:200])
        case Difference(minuend, subtrahend) if _is_above(subtrahend, minuend):
            yield finding("rate-negative", "{found} has a rate of {rate}", where, rate=wording(formula))
        case Specific(money, _, unit, per):
            if not _is_amount(money) or not _is_amount(per) or per == 0:
                yield finding("rate-negative", "{found} has a rate of {rate}", where, rate=wording(formula))
            if not is_unit(unit.removesuffix(" sugar")):
                yield finding("unit-unknown", "the unit {unit} of {found} is not known", where, unit=unit)
        case PerPoint(_, above, money) if not (_is_amount(above) and _is_amount(money)):
            yield finding("rate-negative", "{found} has a rate of {rate}", where, rate=wording(formula))
        case NotUnderstood(text, reason):
            is_unread = reason in UNREADABLE
            code, severity = (reason, "error") if is_unread else ("rate-not-understood", "info")
            says = UNREADABLE[reason] if is_unread else reason
            yield finding(code, "{found}: {text} ({reason})", where, severity, text=text, reason=says)
        case Smaller((Larger((_, low)), high)) if _is_above(low, high):
            yield finding("minimum-above-maximum", "{found}: {rate}", where, rate=wording(formula))
        case Larger((Smaller((_, high)), low)) if _is_above(low, high):
            yield finding("minimum-above-maximum", "{found}: {rate}", where, rate=wording(formula))
    for part in parts_of(formula):
        yield from of_formula(part, where)


def _is_amount(number: Decimal) -> bool:
    return number.is_finite() and number >= 0


def _is_above(low: Formula, high: Formula) -> bool:
    """Whether one rate is above another whatever the goods: both of one kind, on one base."""
    if not all(_is_amount(part) for part in (*_numbers(low), *_numbers(high))):
        return False
    match low, high:
        case AdValorem(one, base), AdValorem(other, same) if base == same:
            return one > other
        case Specific(one, currency, unit, per), Specific(other, same, measure, each):
            return (currency, unit) == (same, measure) and one * each > other * per
        case Flat(one, currency), Flat(other, same):
            return currency == same and one > other
    return False


def _numbers(formula: Formula) -> tuple[Decimal, ...]:
    match formula:
        case AdValorem(percent, _):
            return (percent,)
        case Specific(money, _, _, per):
            return money, per
        case Flat(money, _):
            return (money,)
    return ()


def finding(code: str, message: str, found: str, severity: str = "error", **arguments: str) -> Finding:
    """A finding of a tariff."""
    return Finding(code=code, severity=severity, message=message, found=found, arguments=arguments)  # type: ignore[arg-type]
