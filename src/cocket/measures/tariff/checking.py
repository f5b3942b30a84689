# SPDX-License-Identifier: Apache-2.0
"""What may be wrong with a tariff before anything is computed by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby, pairwise

import msgspec

from cocket.codes import currency
from cocket.errors import SettingsError
from cocket.findings import Finding
from cocket.measures.tariff.book import Measure, Tariff
from cocket.measures.tariff.charges import DEFAULT_BASES, Definition, conditions_of, graph_of, is_conditional
from cocket.measures.tariff.claims import falls, may_cost_more
from cocket.measures.tariff.formula import (
    AdValorem,
    Formula,
    Free,
    Larger,
    NotUnderstood,
    PerPoint,
    Smaller,
    Specific,
    Stepped,
    currencies_of,
    parts_of,
)
from cocket.measures.tariff.goods import Rates
from cocket.measures.tariff.plan import columns_of, duties_of, is_land, same_name
from cocket.measures.tariff.units import is_unit
from cocket.measures.tariff.wording import wording

_DAY = timedelta(days=1)


def check_tariff(tariff: Tariff, rates: Rates | None = None) -> tuple[Finding, ...]:
    """Look a tariff through.

    Args:
        tariff: The tariff.
        rates: Exchange rates that go with it; None for none.

    Returns:
        Findings (0..n): rates of one name that overlap or leave a gap, unknown units, amounts below nothing, a minimum
        above its maximum, areas and lines that are missing, texts that were not understood, exchange rates left out.
    """
    found: list[Finding] = list(rates.findings) if rates else []
    for code, measures in tariff.measures.items():
        if code not in tariff.lines and not any(line.startswith(code) for line in tariff.lines):
            found.append(_finding("measure-without-line", "measures refer to {found}, which is not a line", code))
        found += _days(measures, tariff)
        for measure in measures:
            found += _of_measure(measure, tariff)
    for finding in _of_charges(tariff):
        found.append(finding)
    return tuple({msgspec.json.encode(one): one for one in found}.values())


def _days(measures: Iterable[Measure], tariff: Tariff) -> Iterator[Finding]:
    """Overlaps and gaps among measures of one name."""
    counting = [one for one in measures if one.is_applied and one.formula is not None and one.kind not in tariff.single]
    for _, several in groupby(sorted(counting, key=same_name), key=same_name):
        in_order = sorted(several, key=lambda one: one.valid_from or date.min)
        for one, other in pairwise(in_order):
            where = f"{one.code} {one.type_code} {one.area or ''}".strip()
            if one.valid_to is None or (other.valid_from or date.min) <= one.valid_to:
                if one.formula != other.formula:
                    day = (other.valid_from or date.min).isoformat()
                    yield _finding("rates-overlap", "two rates of {found} from {day}", where, day=day)
            elif other.valid_from is not None and other.valid_from > one.valid_to + _DAY:
                first = (one.valid_to + _DAY).isoformat()
                yield _finding("rates-gap", "no rate of {found} from {day}", where, "warning", day=first)


def _of_measure(measure: Measure, tariff: Tariff) -> Iterator[Finding]:
    where = f"{measure.code} {measure.type_code}"
    for area in filter(None, (measure.area, *measure.excluded)):
        if area not in tariff.areas and not is_land(area):
            yield _finding(
                "area-unknown", "the area {area} of {found} is not in the tariff", where, "warning", area=area
            )
    if measure.valid_from and measure.valid_to and measure.valid_to < measure.valid_from:
        yield _finding("days-turned-round", "{found} ends before it begins", where)
    formulas = (measure.formula, *(one.formula for one in measure.conditions))
    for formula in (one for one in formulas if one is not None):
        yield from _of_formula(formula, where)
        for name in sorted(currencies_of(formula)):
            if name != tariff.currency and currency(name) is None:
                yield _finding(
                    "currency-unknown", "the currency {currency} of {found} does not exist", where, currency=name
                )


def _of_charges(tariff: Tariff) -> Iterator[Finding]:
    """Charges that are not in order, or whose base the tariff does not say."""
    try:
        graph = graph_of(tariff.charges, columns_of(tariff), tariff.amounts, duties_of(tariff))
        is_compared = may_cost_more(tariff, graph)
    except SettingsError as error:
        yield _finding("charges-not-in-order", "{found}", str(error))
        return
    if is_compared:
        message = "claims of a preference are computed with and without it, because of {found}"
        yield _finding(
            "claims-compared", message, "a charge that falls as duties rise, or roundings of duties that differ", "info"
        )
    for node in graph.nodes():
        if len([one for one in node.definitions if not is_conditional(one.charge)]) > 1:
            yield _finding(
                "charge-twice", "{found} stands twice without a condition; only the first is ever taken", node.name
            )
        elif len({conditions_of(one.charge) for one in node.definitions}) < len(node.definitions):
            message = "{found} stands twice with the same conditions; only the first is ever taken"
            yield _finding("charge-twice", message, node.name)
        for one in node.definitions:
            yield from _of_definition(one, node.name, tariff)
            for area in (*one.charge.origins, *one.charge.except_origins):
                if area not in tariff.areas and not is_land(area):
                    message = "the area {area} of {found} is not in the tariff"
                    yield _finding("area-unknown", message, node.name, "warning", area=area)
            if one.is_assumed and any(
                measure.kind == node.kind and not isinstance(measure.formula, Free | Specific)
                for several in tariff.measures.values()
                for measure in several
                if measure.type_code == node.name
            ):
                message = "{found} is computed on {base}, because the tariff does not state its base"
                yield _finding("base-by-default", message, node.name, "info", base=DEFAULT_BASES[node.kind])
            if one.formula is not None:
                yield from _of_formula(one.formula, node.name)


def _of_definition(one: Definition, name: str, tariff: Tariff) -> Iterator[Finding]:
    """Limits, steps and currencies of a charge."""
    if one.charge.rate and one.charge.steps:
        yield _finding("rate-and-steps", "{found} has a rate and steps; the rate is never taken", name)
    own, floor, cap = tariff.currency, one.floor, one.cap
    if floor and cap and (floor.currency or own) == (cap.currency or own) and floor.amount > cap.amount:
        yield _finding("minimum-above-maximum", "{found}: its floor is above its cap", name)
    named = {limit.currency for limit in (floor, cap, one.waived_below) if limit is not None and limit.currency}
    if one.formula is not None:
        named |= currencies_of(one.formula)
    for word in sorted(named):
        if word != own and currency(word) is None:
            yield _finding("currency-unknown", "the currency {currency} of {found} does not exist", name, currency=word)
    if isinstance(one.formula, Stepped):
        bands = one.formula.bands
        if bands[-1].to is not None:
            yield _finding("steps-end", "{found} has no rate above {to}", name, to=f"{bands[-1].to:f}")
        for lower, (before, after, is_fall) in zip(bands, falls(bands, tariff.currency), strict=False):
            if is_fall:
                message = "{found} falls from {before} to {after} at {to}, so that goods worth more may owe less"
                arguments = {"before": f"{before:f}", "after": f"{after:f}", "to": f"{lower.to:f}"}
                yield _finding("steps-fall", message, name, "warning", **arguments)


def _of_formula(formula: Formula, where: str) -> Iterator[Finding]:
    match formula:
        case AdValorem(percent, _) if not _is_amount(percent):
            yield _finding("rate-negative", "{found} has a rate of {rate}", where, rate=wording(formula))
        case Specific(money, _, unit, per):
            if not _is_amount(money) or not _is_amount(per) or per == 0:
                yield _finding("rate-negative", "{found} has a rate of {rate}", where, rate=wording(formula))
            if not is_unit(unit.removesuffix(" sugar")):
                yield _finding("unit-unknown", "the unit {unit} of {found} is not known", where, unit=unit)
        case PerPoint(_, above, money) if not (_is_amount(above) and _is_amount(money)):
            yield _finding("rate-negative", "{found} has a rate of {rate}", where, rate=wording(formula))
        case NotUnderstood(text, reason):
            yield _finding("rate-not-understood", "{found}: {text} ({reason})", where, "info", text=text, reason=reason)
        case Smaller((Larger((_, low)), high)) if _is_above(low, high):
            yield _finding("minimum-above-maximum", "{found}: {rate}", where, rate=wording(formula))
        case Larger((Smaller((_, high)), low)) if _is_above(low, high):
            yield _finding("minimum-above-maximum", "{found}: {rate}", where, rate=wording(formula))
    for part in parts_of(formula):
        yield from _of_formula(part, where)


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
    return False


def _numbers(formula: Formula) -> tuple[Decimal, ...]:
    match formula:
        case AdValorem(percent, _):
            return (percent,)
        case Specific(money, _, _, per):
            return money, per
    return ()


def _finding(code: str, message: str, found: str, severity: str = "error", **arguments: str) -> Finding:
    return Finding(code=code, severity=severity, message=message, found=found, arguments=arguments)  # type: ignore[arg-type]
