# SPDX-License-Identifier: Apache-2.0
"""A second way to compute charges, written apart from the product's: slow, by the words of the law, in fractions.

It knows nothing of formulas, plans or graphs. A charge is a dictionary; what it is taken on is evaluated by Python's own
parser, by asking for each name in turn; charges inside their own bases are found by going round until nothing changes.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

_MODES = {
    "half-up": ROUND_HALF_UP,
    "half-down": ROUND_HALF_DOWN,
    "half-even": ROUND_HALF_EVEN,
    "down": ROUND_DOWN,
    "up": ROUND_CEILING,
}
_DUE = {
    "4000": {},
    "4200": {"vat": "no", "withholding": "no"},
    "4900": {"duty": "no", "anti-dumping": "no", "additional": "no"},
    "7100": dict.fromkeys(("duty", "anti-dumping", "additional", "excise", "vat", "withholding"), "no"),
    "3100": dict.fromkeys(("duty", "anti-dumping", "additional", "excise", "fee", "vat", "withholding"), "no"),
}
_GROUPS = {
    "duty": ("duty",), "remedies": ("anti-dumping", "additional"), "duties": ("duty", "anti-dumping", "additional"),
    "excise": ("excise",), "fees": ("fee",), "vat": ("vat",), "withholding": ("withholding",),
}  # fmt: skip


class UnknownError(Exception):
    """Something that was not told."""


def rounded(number: Fraction, step: str = "0.01", mode: str = "half-up", least: str | None = None) -> Fraction:
    with localcontext() as context:
        context.prec = 120
        steps = number / Fraction(step)
        whole = int((Decimal(steps.numerator) / Decimal(steps.denominator)).to_integral_value(_MODES[mode]))
        # a tie must be told exactly, not by the digits of a quotient
        floor = steps.numerator // steps.denominator
        rest = steps - floor
        if rest == Fraction(1, 2):
            whole = {
                "half-up": floor + 1,
                "half-down": floor,
                "half-even": floor + floor % 2,
                "down": floor,
                "up": floor + 1,
            }[mode]
    found = whole * Fraction(step)
    return max(found, Fraction(least)) if least is not None and number > 0 else found


class Reckoner:
    """One item under one law.

    Args:
        law: Charges, in order; each a dictionary.
        question: What was told.
    """

    def __init__(self, law: list[dict[str, Any]], question: dict[str, Any]) -> None:
        self.law, self.question = law, question
        self.amounts: dict[str, Fraction] = {}
        self.exact: dict[str, Fraction] = {}
        self.rate = Fraction(question.get("rate", "1"))
        self.round_by_round: dict[str, Fraction] = {}

    def total(self) -> str | None:
        try:
            every = [(one, self.amount(one)) for one in self.law if self.is_on(one)]
            whole = sum((found for one, found in every if self.is_due(one)), Fraction())
        except UnknownError:
            return None
        return str(Decimal(whole.numerator) / Decimal(whole.denominator))

    def payable(self, roundings: dict[str, dict[str, str]]) -> Fraction:
        """What is paid, once the total is known: an amount is rounded once, as its charge says before its kind does."""
        whole = Fraction()
        for one in self.law:
            if not (self.is_on(one) and self.is_due(one)):
                continue
            rule = roundings.get(one["kind"], roundings.get(""))
            is_by_kind = rule is not None and "round" not in one
            whole += rounded(self.exact[one["name"]], **rule) if is_by_kind and rule else self.amounts[one["name"]]
        return whole

    def is_due(self, charge: dict[str, Any]) -> bool:
        return charge["kind"] not in _DUE[self.question["procedure"]]

    def is_on(self, charge: dict[str, Any]) -> bool:
        answers = []
        if wanted := charge.get("transport"):
            told = self.question["transport"]
            answers.append(None if told is None else told in wanted)
        if wanted := charge.get("persons"):
            told = self.question["persons"]
            answers.append(None if told is None else bool(set(wanted) & set(told)))
        if False in answers:
            return False
        if None in answers:
            raise UnknownError
        return True

    def name(self, name: str) -> Fraction:
        if name in self.question["amounts"]:
            return Fraction(self.question["amounts"][name]) * self.rate
        mine = [one for one in self.law if one["name"] == name or (name in _GROUPS and one["kind"] in _GROUPS[name])]
        if not mine and name not in _GROUPS:
            raise UnknownError
        return sum((self.amount(one) for one in mine if self.is_on(one) and self.is_due(one)), Fraction())

    def amount(self, charge: dict[str, Any]) -> Fraction:
        name = charge["name"]
        if name in self.amounts:
            return self.amounts[name]
        if charge.get("inclusive"):
            self.go_round()
            return self.amounts[name]

        def base() -> Fraction:
            whole = self.evaluate(ast.parse(charge["base"], mode="eval").body)
            return rounded(whole, **charge["round_base"]) if "round_base" in charge else whole

        found = self.limited(charge, self.of_rates(charge, base))
        self.exact[name] = found
        self.amounts[name] = rounded(found, **charge.get("round", {}))
        return self.amounts[name]

    def limited(self, charge: dict[str, Any], found: Fraction) -> Fraction:
        if "floor" in charge:
            found = max(found, Fraction(charge["floor"]))
        return min(found, Fraction(charge["cap"])) if "cap" in charge else found

    def of_rates(self, charge: dict[str, Any], base: Callable[[], Fraction]) -> Fraction:
        if "steps" in charge:
            below, whole = Fraction(), base()
            for to, flat, percent in charge["steps"]:
                if to is None or whole <= Fraction(to):
                    return Fraction(flat) + (whole - below) * Fraction(percent) / 100
                below = Fraction(to)
        rates = charge["rates"] if charge["kind"] != "duty" else self.lawful(charge)
        values = [self.of_rate(one, base) for one in rates]
        return min(values) if charge["kind"] == "duty" else sum(values, Fraction())

    def lawful(self, charge: dict[str, Any]) -> list[Any]:
        claims = self.question["claim"] is not None and self.question["origin"] == "XB"
        return [*charge["rates"], *(charge["preferences"] if claims else [])]

    def of_rate(self, rate: tuple[Any, ...], base: Callable[[], Fraction]) -> Fraction:
        """A rate that is no per cent needs no base."""
        kind = rate[0]
        if kind == "percent":
            return base() * Fraction(rate[1]) / 100
        if kind == "each":
            if self.question["mass"] is None:
                raise UnknownError
            return Fraction(rate[1]) * Fraction(self.question["mass"])
        if kind == "flat":
            return Fraction(rate[1])
        both = [self.of_rate(one, base) for one in rate[1:]]
        return {"higher": max, "lower": min, "sum": sum}[kind](both)

    def go_round(self) -> None:
        """Charges inside their own bases: from nothing upward, until the fractions stand still to 60 places."""
        inside = [one for one in self.law if one.get("inclusive") and self.is_on(one)]
        fixed = {one["name"]: Fraction() for one in inside if not self.is_due(one)}
        guesses = {one["name"]: Fraction() for one in inside}
        finest = Fraction(1, 10**60)
        for _ in range(3_000):
            again = {}
            self.amounts.update({name: fixed.get(name, guess) for name, guess in guesses.items()})
            for one in inside:
                base = self.evaluate(ast.parse(one["base"], mode="eval").body)
                if not self.is_due(one):
                    again[one["name"]] = Fraction()
                    continue
                found = self.limited(one, self.of_rates(one, lambda whole=base: whole))  # type: ignore[misc]
                again[one["name"]] = round(found / finest) * finest
            if again == guesses:
                break
            guesses = again
        else:
            raise AssertionError("it never stands still")
        for one in inside:
            # what 60 places leave away must not tip a tie
            near = round(guesses[one["name"]] * 10**30) / Fraction(10**30)
            self.exact[one["name"]] = near
            self.amounts[one["name"]] = rounded(near, **one.get("round", {}))

    def evaluate(self, node: ast.expr) -> Fraction:
        match node:
            case ast.Constant(number):
                return Fraction(str(number))
            case ast.Name(name):
                return self.name(name)
            case ast.BinOp(left, ast.Mult(), right):
                return self.evaluate(left) * self.evaluate(right)
            case ast.BinOp(left, ast.Div(), right):
                return self.evaluate(left) / self.evaluate(right)
            case ast.BinOp(left, ast.Add(), right):
                return self.evaluate(left) + self.evaluate(right)
            case ast.BinOp(left, ast.Sub(), right):
                return self.evaluate(left) - self.evaluate(right)
            case ast.Call(ast.Name(name), parts):
                return {"max": max, "min": min}[name](map(self.evaluate, parts))
        raise AssertionError(ast.unparse(node))
