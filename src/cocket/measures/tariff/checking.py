# SPDX-License-Identifier: Apache-2.0
"""What may be wrong with a tariff before anything is computed by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby, pairwise

import msgspec

from cocket.errors import SettingsError
from cocket.findings import Finding
from cocket.measures.tariff.book import ANY_CODE, Measure, Tariff
from cocket.measures.tariff.charges import DEFAULT_BASES, graph_of
from cocket.measures.tariff.claims import may_cost_more
from cocket.measures.tariff.faults import (
    UNREADABLE,
    finding,
    is_turned_round,
    of_currencies,
    of_formula,
    of_node,
    of_relief,
)
from cocket.measures.tariff.formula import Free, NotUnderstood, Specific
from cocket.measures.tariff.goods import Rates
from cocket.measures.tariff.plan import columns_of, duties_of, is_land, same_name, strangers_in

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
        if code not in tariff.lines and code != ANY_CODE and not any(line.startswith(code) for line in tariff.lines):
            found.append(finding("measure-without-line", "measures refer to {found}, which is not a line", code))
        found += _days(measures, tariff)
        for measure in measures:
            found += _of_measure(measure, tariff)
    for area in tariff.areas:
        for one in strangers_in(tariff, area):
            message = "the area {found} has the member {member}, which is not a country"
            found.append(finding("area-unknown", message, area, "warning", member=one[:200]))
    found += _of_charges(tariff)
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
                    yield finding("rates-overlap", "two rates of {found} from {day}", where, day=day)
            elif other.valid_from is not None and other.valid_from > one.valid_to + _DAY:
                first = (one.valid_to + _DAY).isoformat()
                yield finding("rates-gap", "no rate of {found} from {day}", where, "warning", day=first)


def _of_measure(measure: Measure, tariff: Tariff) -> Iterator[Finding]:
    where = f"{measure.code} {measure.type_code}"
    for area in filter(None, (measure.area, *measure.excluded)):
        if area not in tariff.areas and not is_land(area):
            yield finding(
                "area-unknown", "the area {area} of {found} is not in the tariff", where, "warning", area=area
            )
    if is_turned_round(measure):
        yield finding("days-turned-round", "{found} ends before it begins", where)
    formulas = (measure.formula, *(one.formula for one in measure.conditions))
    for formula in (one for one in formulas if one is not None):
        is_unread = isinstance(formula, NotUnderstood) and formula.reason in UNREADABLE
        for one in of_formula(formula, where):
            yield msgspec.structs.replace(one, location=measure.text or None) if is_unread else one
        yield from of_currencies(formula, where, tariff.currency)


def _of_charges(tariff: Tariff) -> Iterator[Finding]:
    """Charges that are not in order, or whose base the tariff does not say."""
    try:
        graph = graph_of(tariff.charges, columns_of(tariff), tariff.amounts, duties_of(tariff))
        is_compared = may_cost_more(tariff, graph)
    except SettingsError as error:
        yield finding("charges-not-in-order", "{found}", str(error))
        return
    if is_compared:
        message = "claims of a preference are computed with and without it, because of {found}"
        yield finding(
            "claims-compared", message, "a charge that falls as duties rise, or roundings of duties that differ", "info"
        )
    for relief in tariff.reliefs:
        yield from of_relief(relief, tariff)
    for node in graph.nodes():
        yield from of_node(node, tariff)
        for one in node.definitions:
            for area in (*one.charge.origins, *one.charge.except_origins):
                if area not in tariff.areas and not is_land(area):
                    message = "the area {area} of {found} is not in the tariff"
                    yield finding("area-unknown", message, node.name, "warning", area=area)
            if one.is_assumed and any(
                measure.kind == node.kind and not isinstance(measure.formula, Free | Specific)
                for several in tariff.measures.values()
                for measure in several
                if measure.type_code == node.name
            ):
                message = "{found} is computed on {base}, because the tariff does not state its base"
                yield finding("base-by-default", message, node.name, "info", base=DEFAULT_BASES[node.kind])
