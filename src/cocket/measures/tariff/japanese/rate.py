# SPDX-License-Identifier: Apache-2.0
"""One rate of the Japanese tariff as a formula: a small parser by recursive descent.

    rate    = operand { ("〜" | "、" | "又は") operand } [ "のうちいずれか高い税率" | "のうちいずれか低い税率" ] [ limit ]
    limit   = "ただしその税率が" operand ("を上回る" | "を下回る") "場合は" operand [ "とする" ]
    operand = product { ("+" | "-") product }
    product = unit { "×" unit | "/" number | "/" [ number ] measure }
    unit    = number "%" | number "円" | number | "課税価格" | "無税" | "(" rate ")"

"Whichever is higher" binds the last two operands of a list. Brackets around the whole say that the rate is not
applied, because another column is lower; inside a list they are only that column's brackets again.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from cocket.errors import SenderError
from cocket.measures.tariff.formula import (
    AdValorem,
    Among,
    Difference,
    Formula,
    Free,
    Larger,
    Scaled,
    Smaller,
    Specific,
    Sum,
)

#: Words for units of goods → unit code. Head, sheet and piece are counted.
UNITS = {
    "kg": "KGM", "キログラム": "KGM", "MT": "TNE", "kl": "KLT", "l": "LTR", "リットル": "LTR", "m2": "MTK", "m": "MTR",
    "頭": "NAR", "枚": "NAR", "本": "NAR", "個": "NAR", "足": "NPR", "ダース": "DZN",
}  # fmt: skip

_HIGHER, _LOWER = "のうちいずれか高い税率", "のうちいずれか低い税率"
_BUT, _ABOVE, _BELOW, _THEN = "ただしその税率が", "を上回る場合は", "を下回る場合は", "とする"
_NONE = "非譲許"
_JOINTS = ("〜", "、", "又は")
_FREE = ("無税", "免税")
_WORDS = sorted(
    (_HIGHER, _LOWER, _BUT, _ABOVE, _BELOW, _THEN, _NONE, *_FREE, "課税価格", "又は", *UNITS), key=len, reverse=True
)
_TOKEN = re.compile(rf"(?P<number>\d[\d,]*(?:\.\d+)?)(?P<ten>万)?|(?P<word>{'|'.join(_WORDS)}|[%円()+\-×/〜、])")
_ALL = AdValorem(Decimal(100))
_TEN_THOUSAND = 10_000
_DEEPEST = 6


class RateTextError(SenderError):
    """A text is not a rate; the cell that holds it says so by its class."""

    code = "no-rate"

    def __init__(self) -> None:
        super().__init__("This text is not a rate.")


class _Ratio:
    """A plain number as a fraction, so that 2/11 stays exact."""

    def __init__(self, above: Decimal, below: Decimal = Decimal(1)) -> None:
        self.above, self.below = above, below


_Value = Formula | _Ratio


def normal(text: str) -> str:
    """A text in one form: half width, one kind of minus and of wave, no carriage returns.

    Args:
        text: As the tariff has it.
    """
    plain = unicodedata.normalize("NFKC", text).replace("\r", "")
    return plain.replace("−", "-").replace("~", "〜").replace("㎡", "m2")


def parse_rate(text: str) -> tuple[Formula, bool]:
    """One rate, without marks or conditions.

    Args:
        text: Normalised text of the rate; blanks and line breaks mean nothing in it.

    Returns:
        The formula, and whether the rate is applied (False in brackets).

    Raises:
        RateTextError: It is none.

    Source: Japan Customs, tariff schedule, columns of rates.
    """
    parser = _Parser(re.sub(r"\s+", "", text))
    formula = parser.rate()
    if not parser.is_done():
        raise RateTextError
    return formula, not parser.is_in_brackets


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[str | Decimal] = []
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise RateTextError
            place = found.end()
            self._tokens.append(_number(found) if found["number"] else found["word"])
        self._place = self._depth = 0
        self.is_in_brackets = len(self._tokens) > 1 and self._closes(0) == len(self._tokens) - 1
        if self.is_in_brackets:
            self._tokens = self._tokens[1:-1]
        else:
            self.is_in_brackets = self._is_each_in_brackets()

    def _is_each_in_brackets(self) -> bool:
        """Whether it is a list or range of rates of which each stands in brackets, or is no concession."""
        place, count = 0, 0
        while place < len(self._tokens):
            end = place if self._tokens[place] == _NONE else self._closes(place)
            if end is None or (place > 0 and self._tokens[place - 1] not in _JOINTS):
                return False
            place, count = end + 2, count + 1
            if end + 1 < len(self._tokens) and self._tokens[end + 1] not in _JOINTS:
                return False
        return count > 1

    def is_done(self) -> bool:
        return self._place == len(self._tokens)

    def rate(self) -> Formula:
        parts, marks, or_none = [self._formula()], [], False
        while mark := self._take(*_JOINTS):
            if self._take(_NONE):
                or_none = True
                continue
            parts.append(self._formula())
            marks.append(mark)
        if side := self._take(_HIGHER, _LOWER):
            if len(parts) < 2 or marks.pop() != "又は":
                raise RateTextError
            last, other = parts.pop(), parts.pop()
            parts.append((Larger if side == _HIGHER else Smaller)((other, last)))
        whole = parts[0] if len(parts) == 1 and not or_none else Among(tuple(parts), or_none, _spans(marks))
        return self._limited(whole)

    def _limited(self, rate: Formula) -> Formula:
        """With "but if it is above (below) so much, that"; the clause may stand in brackets."""
        is_open = self._peek(1) == _BUT and self._take("(") is not None
        if not self._take(_BUT):
            return rate
        limit = self._formula()
        side = self._take(_ABOVE, _BELOW)
        if side is None or self._formula() != limit:
            raise RateTextError
        self._take(_THEN)
        if is_open and not self._take(")"):
            raise RateTextError
        return Smaller((rate, limit)) if side == _ABOVE else Larger((rate, limit))

    def _formula(self) -> Formula:
        value = self._operand()
        if isinstance(value, _Ratio) or not _is_whole(value):
            raise RateTextError
        return value

    def _operand(self) -> _Value:
        value = self._product()
        while sign := self._take("+", "-"):
            value = _joined(value, self._product(), sign)
        return value

    def _product(self) -> _Value:
        value = self._unit()
        while sign := self._take("×", "/"):
            if sign == "×":
                value = _times(value, self._unit())
                continue
            number = self._number()
            unit = self._take(*UNITS)
            if unit is not None:
                value = _per(value, UNITS[unit], number or Decimal(1))
            elif number:
                value = _times(value, _Ratio(Decimal(1), number))
            else:
                raise RateTextError
        return value

    def _unit(self) -> _Value:
        if self._take("("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise RateTextError
            inner = self._in_brackets()
            if not self._take(")"):
                raise RateTextError
            self._depth -= 1
            return inner
        if self._take(*_FREE):
            return Free()
        if self._take("課税価格"):
            return _ALL
        number = self._number()
        if number is None:
            raise RateTextError
        if self._take("%"):
            return AdValorem(number)
        return Specific(number, "JPY", "") if self._take("円") else _Ratio(number)

    def _in_brackets(self) -> _Value:
        """Arithmetic, or a whole rate."""
        place, depth = self._place, self._depth
        value = self._operand()
        if self._peek() == ")":
            return value
        self._place, self._depth = place, depth
        return self.rate()

    def _number(self) -> Decimal | None:
        token = self._peek()
        if isinstance(token, Decimal):
            self._place += 1
            return token
        return None

    def _take(self, *words: str) -> str | None:
        token = self._peek()
        if isinstance(token, str) and token in words:
            self._place += 1
            return token
        return None

    def _peek(self, ahead: int = 0) -> str | Decimal | None:
        place = self._place + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def _closes(self, place: int) -> int | None:
        """Where the bracket that opens at a place closes; None if none does."""
        depth = 0
        for here, token in enumerate(self._tokens[place:], start=place):
            depth += (token == "(") - (token == ")")
            if depth == 0:
                return here if here > place else None
        return None


def _spans(marks: list[str]) -> tuple[int, ...]:
    return tuple(place for place, mark in enumerate(marks) if mark == "〜")


def _number(found: re.Match[str]) -> Decimal:
    number = Decimal(found["number"].replace(",", ""))
    return number * _TEN_THOUSAND if found["ten"] else number


def _joined(one: _Value, other: _Value, sign: str) -> _Value:
    if isinstance(one, _Ratio) and isinstance(other, _Ratio):
        step = other.above * one.below
        return _Ratio(one.above * other.below + (step if sign == "+" else -step), one.below * other.below)
    if isinstance(one, _Ratio) or isinstance(other, _Ratio):
        raise RateTextError
    if sign == "-":
        return Difference(one, other)
    return Sum((*one.parts, other) if isinstance(one, Sum) else (one, other))


def _times(value: _Value, ratio: _Value) -> _Value:
    if not isinstance(ratio, _Ratio):
        raise RateTextError
    match value:
        case _Ratio():
            return _Ratio(value.above * ratio.above, value.below * ratio.below)
        case AdValorem(percent) if ratio.below == 1:
            return AdValorem(percent * ratio.above)
        case Specific(amount, currency, unit, per) if ratio.below == 1:
            return Specific(amount * ratio.above, currency, unit, per)
        case Scaled(factor, of, per):
            return Scaled(factor * ratio.above, of, per * ratio.below)
    return Scaled(ratio.above, value, ratio.below)


def _per(value: _Value, unit: str, number: Decimal) -> _Value:
    """A value for so many of a unit: money without a unit gets it, the customs value for one unit is the value."""
    match value:
        case Specific(amount, currency, ""):
            return Specific(amount, currency, unit, number)
        case AdValorem():
            return value
        case Sum(parts):
            return Sum(tuple(_formula(_per(part, unit, number)) for part in parts))
        case Difference(one, other):
            return Difference(_formula(_per(one, unit, number)), _formula(_per(other, unit, number)))
        case Scaled(factor, of, below):
            return Scaled(factor, _formula(_per(of, unit, number)), below)
    raise RateTextError


def _formula(value: _Value) -> Formula:
    if isinstance(value, _Ratio):
        raise RateTextError
    return value


def _is_whole(formula: Formula) -> bool:
    """Whether all money in a formula is for so many of something."""
    match formula:
        case Specific(_, _, unit):
            return unit != ""
        case Sum(parts) | Larger(parts) | Smaller(parts) | Among(parts):
            return all(map(_is_whole, parts))
        case Difference(one, other):
            return _is_whole(one) and _is_whole(other)
        case Scaled(_, of):
            return _is_whole(of)
    return True
