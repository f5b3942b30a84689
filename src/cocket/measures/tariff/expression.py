# SPDX-License-Identifier: Apache-2.0
"""What a charge is taken on, as an expression over named amounts: `1.1 * value + duties`, `max(FOB; price)`.

    sum     = product { ("+" | "-") product }
    product = factor { ("*" | "/") factor }
    factor  = number [ "%" ] | name | "quantity" "(" unit ")" | ("max" | "min") "(" sum { ";" sum } ")" | "(" sum ")"

A name is a word of letters, digits, `_` and `.`, or anything in quotation marks. Numbers stay fractions until the end, so
that 11/12 of an amount is exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from math import lcm

import msgspec

from cocket.errors import SettingsError
from cocket.measures.tariff.formula import Missing

_TOKEN = re.compile(
    r'\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<name>[^\W\d][\w.]*)|"(?P<quoted>[^"]+)"|(?P<sign>[-+*/%();]))'
)
_DEEPEST = 20
_LONGEST = 400

#: How a quantity is named among amounts.
QUANTITY = "quantity:"


class Linear(msgspec.Struct, frozen=True):
    """A sum of named amounts, each times a fraction.

    Attributes:
        terms: Name → its factor; the empty name is the number that stands alone.
    """

    terms: dict[str, Fraction]


class Extreme(msgspec.Struct, frozen=True):
    """The largest or the smallest of several expressions, times a factor, and what is added to it.

    Attributes:
        is_largest: Whether it is the largest.
        parts: The expressions (2..n).
        factor: What it is multiplied by.
        more: What comes on top.
    """

    is_largest: bool
    parts: tuple[Expression, ...]
    factor: Fraction
    more: Expression


Expression = Linear | Extreme


def read_expression(text: str) -> Expression:
    """An expression as it is written.

    Args:
        text: `value + BCD + SWS`.

    Raises:
        SettingsError: It is none; the message says where it stops being one.
    """
    return _Parser(text).whole()


def names_of(expression: Expression) -> frozenset[str]:
    """Every amount that an expression names; a quantity as `quantity:UNIT`."""
    if isinstance(expression, Linear):
        return frozenset(name for name in expression.terms if name)
    inner = (names_of(part) for part in (*expression.parts, expression.more))
    return frozenset().union(*inner)


def subtracted(expression: Expression) -> frozenset[str]:
    """Names that make the expression smaller when they grow."""
    if isinstance(expression, Linear):
        return frozenset(name for name, factor in expression.terms.items() if name and factor < 0)
    if expression.factor < 0:
        return names_of(expression)
    return frozenset().union(*(subtracted(part) for part in (*expression.parts, expression.more)))


def value_of(expression: Expression, amounts: Mapping[str, Decimal]) -> Decimal | tuple[Missing, ...]:
    """What an expression comes to.

    Args:
        expression: The expression.
        amounts: Name → amount.

    Returns:
        The amount; or every name that is missing (1..n).
    """
    missing = tuple(
        Missing(reason="quantity", what=name.removeprefix(QUANTITY))
        if name.startswith(QUANTITY)
        else Missing(reason="amount", what=name)
        for name in sorted(names_of(expression))
        if name not in amounts
    )
    return missing or _of(expression, amounts.__getitem__)


def bounds_of(
    expression: Expression, between: Callable[[str], tuple[Decimal, Decimal | None]]
) -> tuple[Decimal, Decimal | None]:
    """Between which amounts an expression lies.

    Args:
        expression: The expression.
        between: Name → lowest and highest amount; None for no highest.
    """
    nothing = Decimal()
    if isinstance(expression, Linear):
        low, high = nothing, nothing
        is_open = is_below = False
        for name, factor in expression.terms.items():
            least, most = between(name) if name else (Decimal(1), Decimal(1))
            one, other = (least, most) if factor > 0 else (most, least)
            if one is None:
                is_below = True
            else:
                low += one * factor.numerator / factor.denominator
            if other is None:
                is_open = True
            else:
                high += other * factor.numerator / factor.denominator
        return (nothing if is_below else max(low, nothing)), (None if is_open else max(high, nothing))
    parts = [bounds_of(part, between) for part in expression.parts]
    more = bounds_of(expression.more, between)
    highs = [high for _, high in parts if high is not None]
    least = (max if expression.is_largest else min)(low for low, _ in parts)
    is_known = len(highs) == len(parts) if expression.is_largest else bool(highs)
    most = (max if expression.is_largest else min)(highs) if is_known else None
    if expression.factor < 0:
        return nothing, None
    factor = expression.factor
    return (
        least * factor.numerator / factor.denominator + more[0],
        None if most is None or more[1] is None else most * factor.numerator / factor.denominator + more[1],
    )


def wording_of(expression: Expression, word: Callable[[str], str] = lambda name: name) -> str:
    """An expression in words, as it could be written again.

    Args:
        expression: The expression.
        word: What stands for a name.
    """
    if isinstance(expression, Linear):
        return _joined(_worded(expression, word)) or "0"
    name = "max" if expression.is_largest else "min"
    inner = f"{name}({'; '.join(wording_of(part, word) for part in expression.parts)})"
    times = "" if expression.factor == 1 else f"{_number(expression.factor)} * "
    more = wording_of(expression.more, word)
    return f"{times}{inner}" + ("" if more == "0" else f" + {more}")


def _joined(parts: Iterator[str]) -> str:
    whole = ""
    for part in parts:
        sign, rest = ("-", part[1:]) if part.startswith("-") else ("+", part)
        whole = f"{whole} {sign} {rest}" if whole else part
    return whole


def _worded(expression: Linear, word: Callable[[str], str]) -> Iterator[str]:
    for name, factor in expression.terms.items():
        if not name:
            if factor:
                yield _number(factor)
            continue
        shown = f"quantity({name.removeprefix(QUANTITY)})" if name.startswith(QUANTITY) else name
        shown = word(name) if word(name) != name else shown
        yield shown if factor == 1 else f"-{shown}" if factor == -1 else f"{_number(factor)} * {shown}"


def _number(value: Fraction) -> str:
    ten = value * 10**9
    if ten.denominator == 1:
        text = f"{Decimal(ten.numerator).scaleb(-9):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value.numerator}/{value.denominator}"


def _of(expression: Expression, amount: Callable[[str], Decimal]) -> Decimal:
    if isinstance(expression, Linear):
        common = lcm(*(factor.denominator for factor in expression.terms.values()))
        whole = Decimal()
        for name, factor in expression.terms.items():
            times = factor.numerator * (common // factor.denominator)
            whole += (amount(name) if name else Decimal(1)) * times
        return whole / common if common != 1 else whole
    parts = [_of(part, amount) for part in expression.parts]
    chosen = max(parts) if expression.is_largest else min(parts)
    return chosen * expression.factor.numerator / expression.factor.denominator + _of(expression.more, amount)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        place = 0
        stripped = text.rstrip()
        while place < len(stripped):
            found = _TOKEN.match(stripped, place)
            if found is None or len(self._tokens) > _LONGEST:
                raise self._wrong(f"not understood from “{stripped[place : place + 20]}” on")
            kind = str(found.lastgroup)
            self._tokens.append(("name" if kind == "quoted" else kind, found[kind]))
            place = found.end()
        self._place = self._depth = 0

    def whole(self) -> Expression:
        found = self._sum()
        if self._place < len(self._tokens):
            raise self._wrong(f"not understood from “{self._tokens[self._place][1]}” on")
        return found

    def _sum(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong("brackets are nested too deeply")
        whole = self._product()
        while self._peek() in ("+", "-"):
            sign = Fraction(1 if self._next()[1] == "+" else -1)
            whole = self._added(whole, self._times(self._product(), sign))
        self._depth -= 1
        return whole

    def _product(self) -> Expression:
        whole = self._factor()
        while self._peek() in ("*", "/"):
            sign, other = self._next()[1], self._factor()
            number = self._alone(other)
            if sign == "/":
                if not number:
                    raise self._wrong("division is only allowed by a number other than 0")
                whole = self._times(whole, 1 / number)
            elif number is not None:
                whole = self._times(whole, number)
            else:
                first = self._alone(whole)
                if first is None:
                    raise self._wrong("two amounts cannot be multiplied")
                whole = self._times(other, first)
        return whole

    def _factor(self) -> Expression:
        kind, text = self._next()
        if kind == "number":
            number = Fraction(text)
            if self._peek() == "%":
                self._next()
                number /= 100
                if self._peek_kind() == "name" and self._peek() == "of":
                    self._next()
                    return self._times(self._factor(), number)
            return Linear({"": number})
        if text == "(" and kind == "sign":
            inner = self._sum()
            self._expect(")")
            return inner
        if kind == "name" and text.lower() in ("max", "min") and self._peek() == "(":
            return self._extreme(text.lower() == "max")
        if kind == "name" and text.lower() == "quantity" and self._peek() == "(":
            self._next()
            unit = self._next()[1]
            self._expect(")")
            return Linear({QUANTITY + unit.upper(): Fraction(1)})
        if kind == "name":
            return Linear({text: Fraction(1)})
        raise self._wrong(f"“{text}” is not an amount")

    def _extreme(self, is_largest: bool) -> Expression:
        self._expect("(")
        parts = [self._sum()]
        while self._peek() == ";":
            self._next()
            parts.append(self._sum())
        self._expect(")")
        return Extreme(is_largest, tuple(parts), Fraction(1), Linear({})) if len(parts) > 1 else parts[0]

    def _added(self, one: Expression, other: Expression) -> Expression:
        if isinstance(one, Linear) and isinstance(other, Linear):
            terms = dict(one.terms)
            for name, factor in other.terms.items():
                terms[name] = terms.get(name, Fraction()) + factor
            return Linear(terms)
        if isinstance(one, Extreme):
            return msgspec.structs.replace(one, more=self._added(one.more, other))
        return self._added(other, one)

    def _times(self, one: Expression, number: Fraction) -> Expression:
        if isinstance(one, Linear):
            return Linear({name: factor * number for name, factor in one.terms.items()})
        return msgspec.structs.replace(one, factor=one.factor * number, more=self._times(one.more, number))

    @staticmethod
    def _alone(one: Expression) -> Fraction | None:
        is_number = isinstance(one, Linear) and set(one.terms) <= {""}
        return one.terms.get("", Fraction()) if is_number and isinstance(one, Linear) else None

    def _peek(self) -> str | None:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else None

    def _peek_kind(self) -> str | None:
        return self._tokens[self._place][0] if self._place < len(self._tokens) else None

    def _next(self) -> tuple[str, str]:
        if self._place == len(self._tokens):
            raise self._wrong("it ends too early")
        self._place += 1
        return self._tokens[self._place - 1]

    def _expect(self, sign: str) -> None:
        if self._place == len(self._tokens) or self._next()[1] != sign:
            raise self._wrong(f"“{sign}” is missing")

    def _wrong(self, why: str) -> SettingsError:
        return SettingsError(f"The base {self._text[:80]!r} cannot be read: {why}.", code="base-not-understood")
