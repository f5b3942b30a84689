# SPDX-License-Identifier: Apache-2.0
"""Whether claiming a preference could make more due: where it could, both ways are computed, and the claim may lapse.

Where no charge falls as its base rises, and duties that compete are rounded alike, a lower duty can only lower what
follows from it. Laws that are otherwise are lawful, so they are not refused: their items are computed with and without
the claim. Refused is only what cannot be decided item by item.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from cocket.errors import SettingsError
from cocket.measures.tariff.book import Tariff
from cocket.measures.tariff.charges import BEFORE, TOGETHER, Charge, Graph, Node
from cocket.measures.tariff.expression import read_expression, subtracted
from cocket.measures.tariff.formula import (
    AdValorem,
    Band,
    Basis,
    Difference,
    Formula,
    Scaled,
    Stepped,
    amount,
    bases_of,
    parts_of,
)
from cocket.measures.tariff.kinds import ADDING, COMPETING

#: Bases that rise with the duties where the base of a charge does.
_OWN = ("customs-value", "excess")


def may_cost_more(tariff: Tariff, graph: Graph) -> bool:
    """Whether some goods could owe more for a preference that is claimed.

    Args:
        tariff: The tariff.
        graph: Its charges.

    Raises:
        SettingsError: A charge of the whole declaration, or one that is rounded as a sum of its lines, hangs on duties in
            such a tariff, so that what one claim does hangs on all others; or a default takes a charge off.
    """
    for name, text in tariff.defaults.items():
        off = subtracted(read_expression(text)).intersection((BEFORE, *TOGETHER, *(one.name for one in graph.nodes())))
        if off:
            raise SettingsError(
                f"The default of {name} subtracts {min(off)}, so that more of one would mean less of the other.",
                code="charges-not-in-order",
            )
    hanging = [node for node in graph.nodes() if node.name in on_duties(graph)]
    falling = next((node.name for node in hanging if _falls(tariff, node)), "")
    general = tariff.rounding.get("duty") or tariff.rounding.get("")
    is_uneven = any((tariff.rounding.get(kind) or general) != general for kind in COMPETING)
    why = f"{falling} falls as duties rise" if falling else "duties that compete are rounded differently"
    for one in (each.charge for node in hanging for each in node.definitions):
        if (falling or is_uneven) and one.scope == "declaration":
            raise _undecided(one, f"is computed once for a declaration, and {why}")
        if falling and one.round_total is not None:
            raise _undecided(one, f"is rounded as a sum of all lines, and {why}")
    return bool(falling) or is_uneven


def _undecided(one: Charge, why: str) -> SettingsError:
    act = f" ({one.act})" if one.act else ""
    return SettingsError(
        f"The charge {one.name}{act} is not valid: it stands on duties, {why}, so that a preference on one item "
        "could cost another more.",
        code="charges-not-in-order",
    )


def on_duties(graph: Graph) -> frozenset[str]:
    """Names of the charges whose bases hang on the lowest lawful duty, directly or through others (0..n)."""
    found = {node.name for node in graph.nodes() if node.kind == "duty"}
    duties = frozenset(found)
    is_growing = True
    while is_growing:
        more = {name for name, needs in graph.needs.items() if found.intersection(needs)} - found
        found |= more
        is_growing = bool(more)
    return frozenset(found - duties)


def may_fall(formula: Formula, own: str) -> bool:
    """Whether a formula may come to less where its base is more, all else alike.

    Args:
        formula: The formula.
        own: Currency of the tariff, in which the bounds of steps are.
    """
    match formula:
        case AdValorem(percent, base):
            return base in _OWN and percent < 0
        case Difference(minuend, subtrahend):
            return may_fall(minuend, own) or any(base in _OWN for base in bases_of(subtrahend))
        case Scaled(factor, of, per):
            return may_fall(of, own) or (factor * per < 0 and any(base in _OWN for base in bases_of(of)))
        case Stepped(bands):
            if any(may_fall(band.formula, own) for band in bands):
                return True
            return any(fall is None or fall for _, _, fall in falls(bands, own))
    return any(may_fall(part, own) for part in parts_of(formula))


def falls(bands: tuple[Band, ...], own: str) -> Iterator[tuple[Decimal, Decimal, bool | None]]:
    """What steps come to where one ends and the next begins.

    Args:
        bands: The steps, in rising order.
        own: Currency of the tariff.

    Yields:
        Before and after the bound, and whether the amount falls there; None if that hangs on more than the base.
    """
    for lower, upper in pairwise(bands):
        before, after = _at(lower, lower.to, own), _at(upper, lower.to, own)
        if before is None or after is None:
            yield Decimal(), Decimal(), None
        else:
            yield before, after, after < before


def _at(band: Band, base: Decimal | None, own: str) -> Decimal | None:
    """What a step comes to on a base; None where that hangs on more than the base."""
    if base is None:
        return None
    basis = Basis(
        values={"customs-value": base, "excess": base - (band.above or Decimal())},
        quantities={},
        rates={own: Decimal(1)},
    )
    found = amount(band.formula, basis)
    return found if isinstance(found, Decimal) else None


def _falls(tariff: Tariff, node: Node) -> bool:
    """Whether a charge may come to less where its base is more."""
    formulas = (*(one.formula for one in node.definitions if one.formula), *_on_goods(tariff, node))
    return any(may_fall(one, tariff.currency) for one in formulas)


def _on_goods(tariff: Tariff, node: Node) -> Iterator[Formula]:
    """Rates on goods that are of a charge."""
    for several in tariff.measures.values():
        for one in several:
            if one.kind in ADDING and one.kind == node.kind and one.is_applied:
                yield from (condition.formula for condition in one.conditions if condition.formula is not None)
                if one.formula is not None:
                    yield one.formula
