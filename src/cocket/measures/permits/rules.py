# SPDX-License-Identifier: Apache-2.0
"""What can stand against a permit that is presented for an item.

Each rule is a function named after its code; the first paragraph of its docstring is the text for officer and trader,
with `{expected}` and `{found}` for the values, and `{item}`, `{number}`, `{agency}` for what it is about.

Source: each rule names its own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

import msgspec

from cocket.findings import Finding, Severity
from cocket.measures.permits.item import Item, Paper
from cocket.measures.permits.permit import Permit
from cocket.measures.permits.scope import one_covers, value_in
from cocket.measures.tariff.goods import Rates
from cocket.measures.tariff.units import quantity_in

_QUANTITY_STEP, _VALUE_STEP = Decimal("0.000001"), Decimal("0.01")
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)

#: Who must hold a permit, by flow, where its requirement does not say.
_HOLDERS = {"export": ("exporter", "consignor"), "import": ("importer", "consignee")}
_ALL_HOLDERS = ("importer", "consignee", "exporter", "consignor")


class Sight(msgspec.Struct, frozen=True):
    """One permit presented for one item.

    Attributes:
        item: The item.
        paper: The paper by which it is presented.
        permit: The permit, with what is taken of it before this item.
        is_first: Whether no item before has used it, so that this is one use more.
        rates: Exchange rates; None for none.
    """

    item: Item
    paper: Paper
    permit: Permit
    is_first: bool = True
    rates: Rates | None = None

    @property
    def quantity(self) -> Decimal | None:
        """What is to be written off in the permit's unit; None if it is not known, or the permit has no unit."""
        paper, unit = self.paper, self.permit.unit
        if unit is None:
            return None
        if paper.quantity is None or paper.is_for_all:
            found = quantity_in(unit, self.item.quantities)
        else:
            found = quantity_in(unit, {paper.unit or unit: paper.quantity})
        return None if found is None else _rounded(found, _QUANTITY_STEP)

    @property
    def value(self) -> Decimal | None:
        """What is to be written off in the permit's currency; None if it is not known, or the permit has no value."""
        paper, currency = self.paper, self.permit.currency
        if currency is None:
            return None
        item = self.item
        if paper.value is not None and not paper.is_for_all:
            item = msgspec.structs.replace(item, value=paper.value, currency=paper.currency or currency)
        found = value_in(currency, item, self.rates) if item.currency else None
        return None if found is None else _rounded(found, _VALUE_STEP)

    def holds(self, roles: tuple[str, ...]) -> bool | None:
        """Whether one of these roles is the holder; None if none of them is known, or it has no holder."""
        given = [self.item.parties[role] for role in roles if role in self.item.parties]
        return self.permit.holder in given if given and self.permit.holder else None


#: (expected, found) where something stands against the permit, else None.
Against = tuple[str | None, str | None] | None
Rule = Callable[[Sight], Against]


def permit_withdrawn(sight: Sight) -> Against:
    """Permit {number} of {agency} is withdrawn.

    Source: Agreement on Import Licensing Procedures, Article 1; the agency's own word.
    """
    return (None, sight.permit.status) if sight.permit.status == "withdrawn" else None


def permit_suspended(sight: Sight) -> Against:
    """Permit {number} of {agency} is suspended.

    Source: the agency's own word.
    """
    return (None, sight.permit.status) if sight.permit.status == "suspended" else None


def permit_not_yet_valid(sight: Sight) -> Against:
    """Permit {number} of {agency} is valid from {expected}; the day that counts is {found}.

    Source: WCO Data Model, LPCO, effective date.
    """
    first = sight.permit.valid_from
    return (str(first), str(sight.item.day)) if first and sight.item.day < first else None


def permit_expired(sight: Sight) -> Against:
    """Permit {number} of {agency} was valid until {expected}; the day that counts is {found}.

    Source: WCO Data Model, LPCO, expiration date.
    """
    last = sight.permit.valid_to
    return (str(last), str(sight.item.day)) if last and sight.item.day > last else None


def permit_wrong_commodity(sight: Sight) -> Against:
    """Permit {number} of {agency} is for goods of {expected}, item {item} is {found}.

    Source: WCO Data Model, LPCO, commodity classification.
    """
    item, wanted = sight.item, sight.permit.codes
    outside = item.code is not None and wanted and one_covers(wanted, item.code) is False
    return (", ".join(wanted), item.code) if outside else None


def permit_wrong_origin(sight: Sight) -> Against:
    """Permit {number} of {agency} is for goods of origin {expected}, item {item} is of {found}.

    Source: WCO Data Model, LPCO, country of origin.
    """
    wanted, given = sight.permit.origins, sight.item.origins
    outside = [one for one in given if one not in wanted]
    return (", ".join(wanted), ", ".join(outside)) if wanted and outside else None


def permit_wrong_destination(sight: Sight) -> Against:
    """Permit {number} of {agency} is for goods to {expected}, item {item} goes to {found}.

    Source: WCO Data Model, LPCO, country of destination; end-use conditions of export licences.
    """
    wanted, given = sight.permit.destinations, sight.item.destination
    return (", ".join(wanted), given) if wanted and given and given not in wanted else None


def permit_wrong_holder(sight: Sight) -> Against:
    """Permit {number} of {agency} is held by {expected}; item {item} is for {found}.

    Source: Agreement on Import Licensing Procedures: a licence is its holder's; WCO Data Model, LPCO, authorised party.
    """
    roles = _HOLDERS.get(sight.item.flow or "", _ALL_HOLDERS)
    given = dict.fromkeys(sight.item.parties[role] for role in roles if role in sight.item.parties)
    return (sight.permit.holder, ", ".join(given)) if sight.holds(roles) is False else None


def permit_uses_exceeded(sight: Sight) -> Against:
    """Permit {number} of {agency} may be used {expected} times, and has been.

    Source: the permit's own limit.
    """
    limit, taken = sight.permit.uses, sight.permit.taken.uses
    return (str(limit), str(taken)) if limit is not None and sight.is_first and taken + 1 > limit else None


def permit_quantity_exceeded(sight: Sight) -> Against:
    """Of permit {number} of {agency} {expected} are left, item {item} needs {found}.

    Source: WCO Data Model, WriteOff 22C; the permit's own limit.
    """
    permit, needed = sight.permit, sight.quantity
    if permit.quantity is None or needed is None or permit.taken.quantity + needed <= permit.quantity:
        return None
    return _amount(permit.quantity - permit.taken.quantity, permit.unit), _amount(needed, permit.unit)


def permit_value_exceeded(sight: Sight) -> Against:
    """Of permit {number} of {agency} {expected} are left, item {item} needs {found}.

    Source: WCO Data Model, WriteOff 22C; the permit's own limit.
    """
    permit, needed = sight.permit, sight.value
    if permit.value is None or needed is None or permit.taken.value + needed <= permit.value:
        return None
    return _amount(permit.value - permit.taken.value, permit.currency), _amount(needed, permit.currency)


def permit_goods_unknown(sight: Sight) -> Against:
    """Whether permit {number} of {agency} is for the goods of item {item} cannot be told: it is for {expected}, declared is {found}.

    Source: unknown is neither within nor outside.
    """
    item, permit = sight.item, sight.permit
    if permit.goods is not None:
        return permit.goods, item.code
    is_open = permit.codes and (item.code is None or one_covers(permit.codes, item.code) is None)
    return (", ".join(permit.codes), item.code) if is_open else None


def permit_origin_unknown(sight: Sight) -> Against:
    """Permit {number} of {agency} is for goods of origin {expected}; item {item} states none.

    Source: unknown is neither within nor outside.
    """
    wanted = sight.permit.origins
    return (", ".join(wanted), None) if wanted and not sight.item.origins else None


def permit_destination_unknown(sight: Sight) -> Against:
    """Permit {number} of {agency} is for goods to {expected}; item {item} states no destination.

    Source: unknown is neither within nor outside.
    """
    wanted = sight.permit.destinations
    return (", ".join(wanted), None) if wanted and not sight.item.destination else None


def permit_holder_unknown(sight: Sight) -> Against:
    """Permit {number} of {agency} is held by {expected}; the declaration gives no number of whom the goods are for.

    Source: unknown is neither within nor outside.
    """
    roles = _HOLDERS.get(sight.item.flow or "", _ALL_HOLDERS)
    return (sight.permit.holder, None) if sight.permit.holder and sight.holds(roles) is None else None


def permit_quantity_unknown(sight: Sight) -> Against:
    """Permit {number} of {agency} is limited in {expected}; how much of it item {item} needs cannot be told from {found}.

    Source: UNECE Recommendation 20: units convert within a dimension, and nothing beyond it.
    """
    if sight.permit.quantity is None or sight.quantity is not None:
        return None
    return sight.permit.unit, ", ".join(sight.item.quantities) or None


def permit_value_unknown(sight: Sight) -> Against:
    """Permit {number} of {agency} is limited in {expected}; the value of item {item} in it cannot be told from {found}.

    Source: no rate of exchange is made up.
    """
    if sight.permit.value is None or sight.value is not None:
        return None
    return sight.permit.currency, sight.item.currency


#: Every rule with its severity, weightiest first: the first that speaks names the verdict. A warning leaves it open.
RULES: tuple[tuple[Rule, Severity], ...] = (
    (permit_withdrawn, "error"),
    (permit_suspended, "error"),
    (permit_wrong_commodity, "error"),
    (permit_not_yet_valid, "error"),
    (permit_expired, "error"),
    (permit_wrong_origin, "error"),
    (permit_wrong_destination, "error"),
    (permit_wrong_holder, "error"),
    (permit_uses_exceeded, "error"),
    (permit_quantity_exceeded, "error"),
    (permit_value_exceeded, "error"),
    (permit_goods_unknown, "warning"),
    (permit_origin_unknown, "warning"),
    (permit_destination_unknown, "warning"),
    (permit_holder_unknown, "warning"),
    (permit_quantity_unknown, "warning"),
    (permit_value_unknown, "warning"),
)


def against(sight: Sight) -> Iterator[Finding]:
    """Everything that stands against a permit presented for an item, weightiest first.

    Source: each rule's own.
    """
    named = {
        "item": str(sight.item.number),
        "agency": sight.permit.agency,
        "type": sight.permit.type,
        "number": sight.permit.number,
    }
    for rule, severity in RULES:
        if (told := rule(sight)) is not None:
            yield finding_of(rule, severity, sight.paper.pointer or sight.item.pointer, told, named)


def finding_of(
    rule: Callable[..., object],
    severity: Severity,
    pointer: str | None,
    told: tuple[str | None, str | None],
    named: dict[str, str],
) -> Finding:
    """A finding in the words of its rule.

    Args:
        rule: The rule, for code and text.
        severity: How grave it is.
        pointer: Where.
        told: Expected and found.
        named: Values for further places of the sentence.
    """
    expected, found = told
    return Finding(
        code=rule.__name__.replace("_", "-"),
        severity=severity,
        message=_text(rule),
        pointer=pointer,
        expected=expected,
        found=found and found[:200],
        arguments=named,
    )


@lru_cache(maxsize=64)
def _text(rule: Callable[..., object]) -> str:
    return " ".join(inspect.cleandoc(rule.__doc__ or rule.__name__).partition("\n\n")[0].split()).removesuffix(".")


def _rounded(number: Decimal, step: Decimal) -> Decimal:
    """A number to a step, halves up, without noughts at its end."""
    found = number.quantize(step, context=_EXACT)
    whole = found.to_integral_value()
    return whole if whole == found else found.normalize(_EXACT)


def _amount(number: Decimal, unit: str | None) -> str:
    return f"{_rounded(number, _QUANTITY_STEP):f} {unit}"
