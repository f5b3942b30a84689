# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a declaration whose structure is right. None of these refuses it.

The first paragraph of a rule is the text that officer and trader are shown.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import lru_cache

import msgspec
from lxml import etree

from cocket.codes import EquipmentNumber
from cocket.findings import Finding, Severity
from cocket.model import Declaration
from cocket.standards.wco_dm.places import find, location_of, pointer_of


class Deviation(msgspec.Struct, frozen=True):
    """One place where a rule does not hold.

    Attributes:
        path: Path below the Declaration, such as `GoodsItemQuantity[1]`.
        expected: What would have been right; None if there is no single right value.
        found: What was there.
    """

    path: str
    expected: str | None
    found: str


Rule = Callable[[Declaration], Iterator[Deviation]]


def wco_items_total(document: Declaration) -> Iterator[Deviation]:
    """The declaration says it has {found} goods items, but has {expected}.

    Source: WCO Data Model 3.6, goods item quantity (228).
    """
    items = len(document.shipment.items)
    if items and document.items_declared not in (None, items):
        yield Deviation("GoodsItemQuantity[1]", str(items), str(document.items_declared))


def wco_packages_total(document: Declaration) -> Iterator[Deviation]:
    """The declaration says it has {found} packages, but those of its items add up to {expected}.

    Source: WCO Data Model 3.6, total package quantity (146).
    """
    counts = [packaging.quantity for item in document.shipment.items for packaging in item.packaging]
    known = [count for count in counts if count is not None]
    if known and len(known) == len(counts) and document.packages_declared not in (None, sum(known)):
        yield Deviation("TotalPackageQuantity[1]", str(sum(known)), str(document.packages_declared))


def wco_net_over_gross(document: Declaration) -> Iterator[Deviation]:
    """The net mass of an item, {found} kg, is more than its gross mass, {expected} kg.

    Source: WCO Data Model 3.6, net net weight (128) and gross mass (126).
    """
    for place, item in enumerate(document.shipment.items, 1):
        gross, net = item.commodity.gross_mass_kg, item.commodity.net_mass_kg
        if gross is not None and net is not None and net > gross:
            path = f"GoodsShipment[1]/GovernmentAgencyGoodsItem[{place}]/Commodity[1]/GoodsMeasure[1]"
            yield Deviation(f"{path}/NetNetWeightMeasure[1]", format(gross, "f"), format(net, "f"))


def wco_container_number(document: Declaration) -> Iterator[Deviation]:
    """{found} does not have the format of a container number. Other transport equipment may be numbered otherwise.

    Source: ISO 6346:2022, clause 4.
    """
    for path, number in _equipment(document):
        if _parsed(number) is None:
            yield Deviation(path, None, number)


def wco_container_check_digit(document: Declaration) -> Iterator[Deviation]:
    """The last digit of container number {found} should be {expected}: there is a slip in the number.

    Source: ISO 6346:2022, annex A.
    """
    for path, number in _equipment(document):
        parsed = _parsed(number)
        if parsed and not parsed.check_digit_ok:
            yield Deviation(path, str(parsed.expected_check_digit), number)


@lru_cache(maxsize=256)
def _parsed(number: str) -> EquipmentNumber | None:
    """What two rules ask for, one after the other."""
    return EquipmentNumber.parse(number)


def _equipment(document: Declaration) -> Iterator[tuple[str, str]]:
    for place, equipment in enumerate(document.shipment.equipment, 1):
        yield f"GoodsShipment[1]/Consignment[1]/TransportEquipment[{place}]/ID[1]", equipment.id


#: Every rule with its severity, in the order in which findings are told.
RULES: tuple[tuple[Rule, Severity], ...] = (
    (wco_items_total, "warning"),
    (wco_packages_total, "warning"),
    (wco_net_over_gross, "warning"),
    (wco_container_number, "info"),
    (wco_container_check_digit, "warning"),
)


#: Those of them that no country's own rules say in another way.
BEYOND_COUNTRIES = tuple(each for each in RULES if each[0] not in (wco_items_total, wco_net_over_gross))


def check_declaration(
    document: Declaration, declaration: etree._Element, rules: tuple[tuple[Rule, Severity], ...] = RULES
) -> Iterator[Finding]:
    """Check a declaration beyond its structure.

    Args:
        document: What was read.
        declaration: The element it was read from, to say where.
        rules: The rules to check by.

    Returns:
        Warnings and notes (0..n).

    Source: each rule's own.
    """
    for rule, severity in rules:
        for deviation in rule(document):
            element = find(declaration, deviation.path)
            yield Finding(
                code=rule.__name__.replace("_", "-"),
                severity=severity,
                message=_text(rule),
                pointer=None if element is None else pointer_of(element),
                location=None if element is None else location_of(element),
                expected=deviation.expected,
                found=deviation.found[:200],
            )


def deviates(document: Declaration) -> bool:
    """Whether there is something to say of a declaration by the house's rules, without saying where.

    Args:
        document: What was read.

    Source: each rule's own.
    """
    return any(next(rule(document), None) is not None for rule, _ in RULES)


@lru_cache(maxsize=len(RULES))
def _text(rule: Rule) -> str:
    return inspect.cleandoc(rule.__doc__ or rule.__name__).partition("\n\n")[0].replace("\n", " ")
