# SPDX-License-Identifier: Apache-2.0
"""A declaration's items as questions to a tariff, and its own lines of duty and tax computed again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from itertools import combinations

import msgspec

from cocket.codes import currency
from cocket.findings import Finding
from cocket.measures.tariff.book import Tariff
from cocket.measures.tariff.duty import Calculator, Duties, DutyLine
from cocket.measures.tariff.goods import Assumption, Goods
from cocket.measures.tariff.kinds import Rounding
from cocket.measures.tariff.sheet import rounding_of
from cocket.measures.tariff.wording import number
from cocket.model import Amount, Declaration, DutyTaxFee, GovernmentAgencyGoodsItem

_CENT, _NOTHING, _ONE = Decimal("0.01"), Decimal(), Decimal(1)
_PAID = "1"

#: Steps of amounts and of bases where a law rounds to more than the smallest unit of its currency.
#: Source: Japan, National Tax General Act, articles 118 and 119 (bases to 1,000 yen, amounts to 100 yen).
_STEPS: Mapping[str, tuple[Decimal, Decimal]] = {"JPY": (Decimal(100), Decimal(1000))}

#: Assumptions on which a charge is not due for its low value.
_RELIEVED = frozenset({"line-is-the-consignment", "declaration-is-the-consignment"})

#: Money for a quantity, in the words of a tariff: `45.5 CHF / 100 KGMG`.
_MONEY = re.compile(r"([0-9.]+) [A-Z]{3} / (?:([0-9.]+) )?[A-Z0-9]+")

#: More lines than these are not put together in every way.
_MOST_LINES = 10


def goods_of(item: GovernmentAgencyGoodsItem, day: date) -> Goods:
    """What a tariff must know of a declared item.

    Args:
        item: The item.
        day: Day whose tariff applies: of acceptance, or as the law says.

    Returns:
        The question: the longest code, the customs value, or else the statistical one as an assumption, net mass as
        `KGM` (gross as `KGMG`), quantities in the units of the tariff, and what is claimed. What the item does not say
        is None; a price on an invoice is no customs value, for nothing says what it includes.

    Source: WCO Data Model, GovernmentAgencyGoodsItem; SAD, boxes 33, 34, 36–39, 41, 44, 46.
    """
    commodity = item.commodity
    codes = [one.id for one in commodity.classifications if any(map(str.isdigit, one.id))]
    value = item.customs_value or item.statistical_value
    assumed: tuple[Assumption, ...] = ()
    if item.customs_value is None and item.statistical_value is not None:
        assumed = (Assumption("statistical-value-taken", "the statistical value, because no customs value is stated"),)
    quantities = {one.unit_code: one.quantity for one in commodity.supplementary if one.unit_code}
    if commodity.net_mass_kg is not None:
        quantities["KGM"] = commodity.net_mass_kg
    if commodity.gross_mass_kg is not None:
        quantities["KGMG"] = commodity.gross_mass_kg
    procedure = item.procedure
    parts = (procedure.current or "", procedure.previous or "") if procedure else ()
    return Goods(
        code=max(codes, key=len, default=""),
        day=day,
        value=value.value if value else None,
        currency=value.currency if value else None,
        origin=next((one.country_code for one in item.origins if one.country_code), None),
        quantities=quantities,
        preference=item.preference_code,
        procedure="".join(parts) or None,
        additional_codes=tuple(one.id for one in commodity.classifications if not any(map(str.isdigit, one.id[:1]))),
        documents=tuple(f"{one.category_code or ''}{one.type_code or ''}" for one in item.documents if one.type_code),
        quotas=(item.quota_id,) if item.quota_id else (),
        assumed=assumed,
    )


class Compared(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One declared line of duty or tax beside what the tariff makes of it.

    Attributes:
        item: Item number.
        type_code: Code of the line, as declared, or of the charge that is not declared.
        declared_base: Base as declared; None if not stated.
        declared: Amount as declared; None if the line is missing.
        base: Base by the tariff, in words; None if the charge is not on the goods or cannot be computed.
        amount: Amount by the tariff; None if the charge is not on the goods or cannot be computed.
        agrees: Whether both amounts are the same; None if that cannot be determined.
        why: What differs and why (0..n), in words.
        assumed: What the tariff's amount takes for granted (0..n), in words; none where the amounts agree.
    """

    item: int
    type_code: str
    declared_base: Decimal | None = None
    declared: Decimal | None = None
    base: str | None = None
    amount: Decimal | None = None
    agrees: bool | None = None
    why: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


def compare(
    declaration: Declaration,
    calculator: Calculator,
    day: date,
    names: Mapping[str, str] | None = None,
    goods: Sequence[Goods] | None = None,
) -> tuple[Compared, ...]:
    """Each line of duty and tax of a declaration beside what a tariff makes of the item.

    Args:
        declaration: As read.
        calculator: The tariff.
        day: Day whose tariff applies.
        names: Code of a line on the declaration → name of the charge in the tariff, where they are not the same.
        goods: The items as questions to the tariff, as many; None to ask by what each item says alone.

    Returns:
        Lines in the order of the declaration, then charges that it does not have (0..n); none where it states no amount
        at all, which leaves the sum to customs. A line under a code that the tariff does not know cannot be compared, nor
        can a charge that such a line may be.

    Source: SAD, box 47; the acts of the tariff.
    """
    if not states_duties(declaration):
        return ()
    known = names or {}
    items = declaration.shipment.items
    asked = [goods_of(item, day) for item in items] if goods is None else goods
    answers = calculator.declaration(asked, explain=True)
    found: list[Compared] = []
    for place, (item, duties) in enumerate(zip(items, answers, strict=True), start=1):
        of_item = _compared(item.sequence or place, item.commodity.duties, duties, (known, calculator))
        assumed = tuple(dict.fromkeys(one.says for one in duties.assumed))
        found += (one if one.agrees else msgspec.structs.replace(one, assumed=assumed) for one in of_item)
    return tuple(found)


def states_duties(declaration: Declaration) -> bool:
    """Whether a declaration states any amount of duty; codes of duties alone leave it to customs to compute them."""
    return any(line.amount for item in declaration.shipment.items for line in item.commodity.duties)


def _compared(
    place: int, declared: Sequence[DutyTaxFee], duties: Duties, by: tuple[Mapping[str, str], Calculator]
) -> Iterator[Compared]:
    names, calculator = by
    known, is_low = calculator.names, any(one.code in _RELIEVED for one in duties.assumed)
    strange = [code for line in declared if names.get(code := line.type_code or "", code) not in known and line.amount]
    left = {line.charge or line.type_code: line for line in duties.lines}
    by_name = {**left, **{line.type_code: line for line in duties.lines}}
    open_ones = {one.type_code: one for one in duties.not_computable}
    for line in declared:
        code = line.type_code or ""
        name = names.get(code, code)
        ours = by_name.get(name)
        amount = line.amount.value if line.amount else None
        if ours is None:
            open_one = open_ones.get(name)
            reasons = [f"{one.reason}: {one.what}" for one in open_one.missing] if open_one else []
            is_strange = name not in known and not open_one
            says = f"these goods have no charge {name}"
            if open_one:
                says = f"cannot be computed ({'; '.join(reasons)})"
            elif is_strange:
                says = f"the tariff has no charge {name or '(without a code)'}; say which charge the code stands for"
            yield Compared(
                item=place,
                type_code=code,
                declared_base=line.base,
                declared=amount,
                agrees=None if open_one or is_strange else not amount,
                why=(says,),
            )
            continue
        left.pop(ours.charge or ours.type_code, None)
        due = ours.payable if ours.effect == "due" else _NOTHING
        agrees = None if amount is None else amount == due or _is_paid_alike(amount, ours, calculator.tariff)
        yield Compared(
            item=place,
            type_code=code,
            declared_base=line.base,
            declared=amount,
            base=ours.base or None,
            amount=due,
            agrees=agrees,
            why=tuple(_why(line, ours, due, is_low=is_low)) if not agrees else (),
        )
    for name, ours in left.items():
        if ours.effect == "due" and ours.amount:
            why = (f"{name} is not declared ({ours.act or 'no act named'})", *ours.how)
            if strange:
                why = (f"{name} is not declared by this name; it may be {' or '.join(strange)}", *ours.how)
            yield Compared(
                item=place,
                type_code=name,
                base=ours.base or None,
                amount=ours.payable,
                agrees=None if strange else False,
                why=why,
            )


def _is_paid_alike(amount: Decimal, ours: DutyLine, tariff: Tariff) -> bool:
    """Whether a declared amount is that of the tariff before it is rounded to what is paid, or rounded to 0.01 in another way.

    What is paid must be the same, and the charge must have no rounding of its own.
    """
    if ours.effect != "due":
        return False
    if amount == ours.amount:
        return True
    is_own = any(one.round or one.round_total for one in tariff.charges if one.name == ours.charge)
    rule = None if is_own else rounding_of(tariff, ours.kind)
    return rule is not None and abs(amount - ours.exact) < _CENT and rule.of(amount) == ours.payable


def _why(line: DutyTaxFee, ours: DutyLine, due: Decimal, *, is_low: bool) -> Iterator[str]:
    """What differs; at least one reason where the amounts do."""
    reasons = []
    if ours.effect == "not-due" and is_low:
        reasons.append("the procedure or a relief for low value makes it not-due")
    elif ours.effect != "due":
        reasons.append(f"the procedure makes it {ours.effect}")
    first = ours.base.split(" ", 1)[0]
    if line.base is not None and first.replace(".", "").isdigit() and Decimal(first) != line.base:
        reasons.append(f"the base is {line.base:f}, by the tariff it is {ours.base}")
    amount = line.amount.value if line.amount else None
    product = line.base * line.rate if line.base is not None and line.rate is not None else None
    if line.rate is not None and not _is_rate(line, ours) and (product is None or abs(product - ours.exact) > _CENT):
        rate = f"{number(line.rate * 100)} %" if line.is_specific is not True else number(line.rate)
        reasons.append(f"the rate is {rate}, by the tariff it is {ours.rate} ({ours.act or 'no act named'})")
    if not reasons and product is not None and amount is not None and abs(product - amount) >= _CENT:
        reasons.append(f"base times rate is {number(product)}, and {number(amount)} is declared")
    if not reasons and amount is not None and due != ours.exact:
        reasons.append(f"it is {number(due)}, rounded from {number(ours.exact)}")
    if not reasons and amount is not None:
        reasons.append(f"it is {number(due)} by the rate of the tariff, {ours.rate}")
    yield from reasons
    yield from ours.how


def _is_rate(line: DutyTaxFee, ours: DutyLine) -> bool:
    """Whether a declared rate is that of the tariff: the same per cent, or the same money for one unit."""
    if line.rate is None:
        return False
    if line.is_specific is not True and f"{number(line.rate * 100)} %" == ours.rate:
        return True
    if line.is_specific is not True and ours.rate == "free":
        return line.rate == 0
    money = _MONEY.fullmatch(ours.rate)
    return (
        money is not None and line.is_specific is not False and Decimal(money[1]) == line.rate * Decimal(money[2] or 1)
    )


def recompute(declaration: Declaration) -> tuple[Finding, ...]:
    """Compute the duty lines that a declaration carries again, from their own bases and rates, without any tariff.

    Args:
        declaration: As read.

    Returns:
        Findings (0..n): a line whose base times rate is not its amount, as its currency rounds; a base below the value
        with the duties before it that is none of these put together either; a sum of lines to be paid that is not the
        declared total. What a base must be, only the tariff says: `compare` holds it against that.

    Source: SAD, box 47.
    """
    found: list[Finding] = []
    items = declaration.shipment.items
    lines = [one for item in items for one in item.commodity.duties]
    steps = _steps(declaration, lines)
    for place, item in enumerate(items, start=1):
        found += _of_item(item, f"item {item.sequence or place}", steps)
    total = declaration.valuation.total_duties
    paid = [one.amount.value for one in lines if one.amount and one.payment_code in (_PAID, None)]
    if total is not None and paid and abs(sum(paid, _NOTHING) - total.value) > steps[2]:
        message = "duties to be paid come to {expected}, and {found} is declared"
        found.append(_finding("duty-total", "error", message, "total", (sum(paid, _NOTHING), total.value)))
    return tuple(found)


def _is_rounded(product: Decimal, amount: Decimal, step: Decimal) -> bool:
    """Whether an amount is a product, rounded to a step in any way."""
    return abs(product - amount) <= _CENT or abs(product - amount) < step


def _steps(declaration: Declaration, lines: Sequence[DutyTaxFee]) -> tuple[Decimal, Decimal, Decimal]:
    """Steps to which amounts and bases of a declaration are rounded, and what its total may differ by."""
    valuation = declaration.valuation
    amounts: list[Amount | None] = [one.amount for one in lines]
    amounts += [valuation.total_duties, valuation.total_cif, *(one.customs_value for one in declaration.shipment.items)]
    name = next((one.currency for one in amounts if one is not None and one.currency), None)
    if name is not None and name in _STEPS:
        return (*_STEPS[name], _STEPS[name][0])
    known = currency(name) if name else None
    if known is not None and known.minor_units is not None:
        smallest = _ONE.scaleb(-known.minor_units)
    else:
        smallest = _CENT
    values = [one.amount.value for one in lines if one.amount]
    is_whole = len(values) > 1 and all(one == one.to_integral_value() for one in values)
    return (max(smallest, _ONE) if is_whole else smallest), max(smallest, _ONE), _CENT


def _of_item(item: GovernmentAgencyGoodsItem, where: str, steps: tuple[Decimal, Decimal, Decimal]) -> Iterator[Finding]:
    value = item.customs_value or item.statistical_value
    before: list[Decimal] = []
    for line in item.commodity.duties:
        name = f"{where}, {line.type_code or 'line'}"
        expected, amount = _product(line), line.amount.value if line.amount else None
        shown = expected.quantize(_CENT, ROUND_HALF_UP) if expected is not None else _NOTHING
        if amount is not None and expected is not None and not _is_rounded(shown, amount, steps[0]):
            message = "{where}: base times rate is {expected}, and {found} is declared"
            yield _finding("duty-line-amount", "error", message, name, (shown, amount))
        is_of_value = line.is_specific is not True and line.base is not None and line.base != 0
        if is_of_value and value is not None and line.base is not None:
            parts = [value.value, *(one.value for one in item.charges.values()), *before]
            if not _is_made_of(line.base, parts, steps[1]):
                whole = value.value + sum(before, _NOTHING)
                message = "{where}: the base is {found}; value with the duties before it is {expected}"
                yield _finding("duty-line-base", "warning", message, name, (whole, line.base))
        before += [amount] if amount is not None else []
        if expected is not None and amount is not None and abs(shown - amount) > _CENT:
            before.append(shown - amount)


def _is_made_of(base: Decimal, parts: Sequence[Decimal], step: Decimal) -> bool:
    """Whether a base is some of the parts put together, or lies above all of them, so that only the tariff can tell."""
    whole = sum((part for part in parts if part > 0), _NOTHING)
    if base > whole + _CENT or len(parts) > _MOST_LINES:
        return True
    sums = [sum(chosen, _NOTHING) for size in range(1, len(parts) + 1) for chosen in combinations(parts, size)]
    sums += [parts[0] - one for one in sums]
    return any(_is_near(base, one, step) for one in sums)


def _is_near(base: Decimal, other: Decimal, step: Decimal) -> bool:
    """Whether two bases are the same; either may have been rounded."""
    if abs(base - other) <= _CENT:
        return True
    rounded = Rounding(step=step).of(other), (other / step).to_integral_value(ROUND_FLOOR) * step
    return base in rounded


def _product(line: DutyTaxFee) -> Decimal | None:
    if line.base is None or line.rate is None or line.is_specific is None:
        return None
    return line.base * line.rate


def _finding(code: str, severity: str, message: str, where: str, numbers: tuple[Decimal, Decimal]) -> Finding:
    expected, found = numbers
    return Finding(
        code=code,
        severity=severity,  # type: ignore[arg-type]
        message=message,
        expected=f"{expected:f}",
        found=f"{found:f}",
        arguments={"where": where},
    )
