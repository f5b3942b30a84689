# SPDX-License-Identifier: Apache-2.0
"""Rates in a plain notation, as people write them into a table.

    rate  = sum { ("MIN" | "MAX") sum }
    sum   = term { ("+" | "-") term }
    term  = "free" | number "%" [ "of" "retail price" ] | number currency "/" [ number ] unit
          | number currency "flat" | ("max" | "min") "(" rate { ";" rate } ")" | "(" rate ")"
    whole = rate | "one of" "(" rate { ("to" | ";") rate } [ ";" "no concession" ] ")"

A minus has a blank on both sides, and no bare number. MIN is "at least", so the larger of both sides, MAX "at most";
`max(…)` and `min(…)` are what they say. `one of` is for a line that does not tell its goods apart: the
asker says which, and between "a to b" any rate may be meant.
"""

from __future__ import annotations

import re
from decimal import Decimal

from cocket.errors import SenderError
from cocket.measures.tariff.formula import (
    AdValorem,
    Among,
    Difference,
    Flat,
    Formula,
    Free,
    Larger,
    Smaller,
    Specific,
    Sum,
)
from cocket.measures.tariff.units import is_unit

_TOKEN = re.compile(
    r"\s*(?P<number>[0-9]+(?:\.[0-9]+)?)(?![\d,.]*\d)|\s*(?P<word>retail price|[A-Za-z][A-Za-z0-9]*)|\s*(?P<sign>[%+\-/();,])",
    re.IGNORECASE,
)
_FREE = ("free", "nil", "exempt")
_CURRENCY = 3
_DEEPEST = 20

#: From here on a bare number is no per cent: a code, a year or an amount stands in the wrong column.
_MOST_BARE = 1_000

#: Parts of one rate that follow each other; no law has as many.
_LONGEST = 30

#: Words for units → unit code, where a table does not use codes.
_WORDS = {
    "kg": "KGM", "kilogram": "KGM", "g": "GRM", "t": "TNE", "tonne": "TNE", "l": "LTR", "litre": "LTR", "liter": "LTR",
    "hl": "HLT", "m2": "MTK", "m3": "MTQ", "m": "MTR", "item": "NAR", "items": "NAR", "piece": "NAR", "pieces": "NAR",
    "unit": "NAR", "units": "NAR", "u": "NAR", "pair": "NPR", "pairs": "NPR", "dozen": "DZN", "head": "NAR",
}  # fmt: skip


class NotationError(SenderError):
    """A text is not a rate; its message says where it stops being one."""

    code = "rate-not-understood"


def read_rate(text: str, *, is_bare_percent: bool = False, is_step: bool = False) -> Formula:
    """A rate in the plain notation as a formula.

    Args:
        text: `20 %`, `35.10 EUR / 100 kg`, `10 % + 5 XDC/KGM`, `16.5 % MIN 3 EUR / 1000 items`, `max(5 %; 2 EUR / kg)`.
        is_bare_percent: Whether a bare number is a per cent.
        is_step: Whether it is one of several by the size of the base, so that it may be `of excess`.

    Raises:
        NotationError: It is none.

    Source: TARIC duty expressions, in words.
    """
    return _Parser(text, is_bare_percent, is_step).whole()


class _Parser:
    def __init__(self, text: str, is_bare_percent: bool, is_step: bool) -> None:
        self._is_bare_percent, self._is_step = is_bare_percent, is_step
        self._tokens: list[str] = []
        self._is_apart: list[bool] = []
        self._is_bare = False
        place, text = 0, text.strip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise NotationError(f"not understood from “{text[place : place + 20]}” on")
            self._tokens.append(found["number"] or found["word"] or found["sign"])
            self._is_apart.append(found.group()[:1].isspace())
            place = found.end()
        self._place = self._depth = self._joined = 0

    def whole(self) -> Formula:
        rate = self._one_of() if self._peek() == "one" and self._peek(1) == "of" else self._rate()
        if self._place < len(self._tokens):
            raise NotationError(f"not understood from “{self._tokens[self._place]}” on")
        return rate

    def _one_of(self) -> Formula:
        self._place += 2
        self._expect("(")
        parts, spans = [self._rate()], []
        or_none = False
        while (sign := self._peek()) in ("to", ";") and not or_none:
            self._next()
            if sign == ";" and self._peek() == "no" and self._peek(1) == "concession":
                self._place += 2
                or_none = True
                continue
            if sign == "to":
                spans.append(len(parts) - 1)
            parts.append(self._rate())
        self._expect(")")
        return Among(tuple(parts), or_none, tuple(spans))

    def _rate(self) -> Formula:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotationError("brackets are nested too deeply")
        rate = self._sum()
        while self._peek() in ("min", "max"):
            self._join()
            side = self._next().lower()
            other = self._sum()
            rate = Larger((rate, other)) if side == "min" else Smaller((rate, other))
        self._depth -= 1
        return rate

    def _sum(self) -> Formula:
        whole, is_bare = self._term(), self._is_bare
        while self._peek() in ("+", "-"):
            self._join()
            place = self._place
            sign, part = self._next(), self._term()
            is_bare = is_bare or self._is_bare
            if sign == "-":
                self._check_minus(place, is_bare)
                whole = Difference(whole, part)
            else:
                whole = Sum((*whole.parts, part) if isinstance(whole, Sum) else (whole, part))
        return whole

    def _check_minus(self, place: int, is_bare: bool) -> None:
        """Refuse what may be a range, a day or a code: a minus takes off only between rates that are written as such."""
        if not (self._is_apart[place] and self._is_apart[place + 1]):
            raise NotationError("“-” without a blank on both sides, as in a range or a date")
        if is_bare:
            raise NotationError("“-” beside a number without “%”, as in a range")

    def _join(self) -> None:
        self._joined += 1
        if self._joined > _LONGEST:
            raise NotationError(f"more than {_LONGEST} parts in one rate")

    def _term(self) -> Formula:
        token = self._next()
        word = token.lower()
        self._is_bare = False
        if word in _FREE:
            return Free()
        if token == "(":
            inner = self._rate()
            self._expect(")")
            return inner
        if word in ("max", "min"):
            return self._largest(word)
        if not token[0].isdigit():
            raise NotationError(f"“{token}” is not a rate")
        return self._amount(Decimal(token))

    def _largest(self, word: str) -> Formula:
        self._expect("(")
        parts = [self._rate()]
        while self._peek() in (";", ","):
            self._next()
            parts.append(self._rate())
        self._expect(")")
        return Larger(tuple(parts)) if word == "max" else Smaller(tuple(parts))

    def _amount(self, value: Decimal) -> Formula:
        self._is_bare = False
        if self._peek() == "%":
            self._next()
            if self._is_step and self._peek() == "of" and self._peek(1) == "excess":
                self._place += 2
                return AdValorem(value, "excess")
            return AdValorem(value, "retail-price" if self._is_of_retail_price() else "customs-value")
        currency = self._peek()
        if currency is None or len(currency) != _CURRENCY or not currency.isalpha():
            if self._is_bare_percent:
                if value >= _MOST_BARE:
                    raise NotationError(f"“{value}” without “%” is too high for a percentage")
                self._is_bare = True
                return AdValorem(value)
            raise NotationError(f"“{value}” is neither a percentage nor an amount of money")
        currency = self._next().upper()
        if self._peek() == "flat":
            self._next()
            return Flat(value, currency)
        self._expect("/")
        per = Decimal(self._next()) if (self._peek() or "x")[0].isdigit() else Decimal(1)
        word = self._next()
        unit = _WORDS.get(word.lower(), word.upper())
        if per == 0:
            raise NotationError("an amount for 0 units")
        if not is_unit(unit):
            raise NotationError(f"“{word}” is not a known unit")
        return Specific(value, currency, unit, per)

    def _is_of_retail_price(self) -> bool:
        if self._peek() in ("of", "/") and self._peek(1) == "retail price":
            self._place += 2
            return True
        return False

    def _peek(self, ahead: int = 0) -> str | None:
        place = self._place + ahead
        return self._tokens[place].lower() if place < len(self._tokens) else None

    def _next(self) -> str:
        if self._place == len(self._tokens):
            raise NotationError("it ends too early")
        self._place += 1
        return self._tokens[self._place - 1]

    def _expect(self, sign: str) -> None:
        if self._place == len(self._tokens) or self._next() != sign:
            raise NotationError(f"“{sign}” is missing")
