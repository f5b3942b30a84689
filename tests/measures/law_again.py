# SPDX-License-Identifier: Apache-2.0
"""The laws of the countries a third time, straight from their TOML: every amount a fraction, every circle a matrix.

Nothing of the product is used. A base is split at its plus signs by hand; charges inside their own bases are the unknowns
of a system of linear equations, which is solved by elimination; what is asked for is found by asking for its parts.
"""

from __future__ import annotations

import tomllib
from datetime import date
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

ACTS = Path(__file__).parents[2] / "src" / "cocket" / "measures" / "tariff" / "acts"
#: Kinds that a procedure lets fall away, by its code.
OFF = {
    "4000": (),
    "4200": ("vat", "withholding"),
    "4900": ("duty", "anti-dumping", "countervailing", "additional"),
    "7100": ("duty", "anti-dumping", "countervailing", "additional", "excise", "vat", "withholding"),
}


class NotKnownError(Exception):
    """Something that was not stated, or a law that is not in force."""


def to_step(amount: Fraction, rule: dict[str, str]) -> Fraction:
    """An amount in whole steps."""
    step = Fraction(rule.get("step", "0.01"))
    steps, mode = amount / step, rule.get("mode", "half-up")
    if mode == "down":
        whole = floor(steps)
    elif mode == "up":
        whole = ceil(steps)
    else:
        twice = steps * 2
        is_tie = twice.denominator == 1 and twice.numerator % 2 == 1
        whole = floor(steps) if is_tie and mode == "half-down" else floor(steps + Fraction(1, 2))
    least = Fraction(rule["least"]) if "least" in rule and amount > 0 else None
    return max(whole * step, least) if least is not None else whole * step


class Case:
    """One item under the law of one country.

    Args:
        country: Its letters.
        asked: `day`, `procedure`, `persons`, `transport`, `origin`, `mass`, `amounts` (name → text), `rates` (charge → what
            stands on the goods: `("percent", text)` or `("each", text)`), `preference` (a lower rate, or None).
    """

    def __init__(self, country: str, asked: dict[str, Any]) -> None:
        self.law = tomllib.loads((ACTS / f"{country}.toml").read_text("utf-8"))
        self.asked, self.known = asked, dict[str, Fraction]()
        self.here = self._in_force()
        own = {name: Fraction(text) for name, text in asked["amounts"].items()}
        own[self.law["basis"]] = own["value"]
        parts = sum((own.get(name, Fraction()) for name in ("FOB", "freight", "insurance")), Fraction())
        if "CIF" in own and parts > own["CIF"] + Fraction(1, 50):
            raise NotKnownError
        for name, text in self.law.get("defaults", {}).items():
            if name in own or name in self.names:
                continue
            if "% of" in text:
                share, of = text.split(" % of ")
                if of in own:
                    own[name] = Fraction(share) / 100 * own[of]
                    own[name] = to_step(own[name], {})
            else:
                own[name] = Fraction(text)
        if "freight" in own and "insurance" in own:
            way = own["freight"] + own["insurance"]
            if "FOB" in own:
                own.setdefault("CIF", own["FOB"] + way)
            elif way > own["CIF"]:
                raise NotKnownError
            else:
                own["FOB"] = own["CIF"] - way
        self.own = own

    @property
    def names(self) -> set[str]:
        """Every charge of the law."""
        return {one["name"] for one in self.law["charges"]}

    def _in_force(self) -> dict[str, dict[str, Any]]:
        """Each charge that is on the goods, by the first of its definitions that holds."""
        found: dict[str, dict[str, Any]] = {}
        for one in self.law["charges"]:
            if one["name"] in found or not self._holds(one):
                continue
            if "rate" in one or "steps" in one or one["name"] in self.asked["rates"]:
                found[one["name"]] = one
        for name in self.asked["rates"]:
            if name not in found:
                raise NotKnownError
        for name in self.names - found.keys():
            others = [one for one in self.law["charges"] if one["name"] == name and self._holds(one, whatever_day=True)]
            has_rate = any("rate" in one or "steps" in one for one in self.law["charges"] if one["name"] == name)
            if others and has_rate and not self._is_before_it_began(others):
                raise NotKnownError
        return found

    def _is_before_it_began(self, others: list[dict[str, Any]]) -> bool:
        first = min(others, key=lambda one: one.get("valid_from", date.min))
        return bool(first.get("begins")) and self.asked["day"] < first["valid_from"]

    def _holds(self, one: dict[str, Any], *, whatever_day: bool = False) -> bool:
        day: date = self.asked["day"]
        persons, origin = set(self.asked["persons"]), self.asked["origin"]
        return (
            (whatever_day or one.get("valid_from", day) <= day <= one.get("valid_to", day))
            and ("persons" not in one or bool(persons & set(one["persons"])))
            and not persons & set(one.get("except_persons", ()))
            and ("transport" not in one or self.asked["transport"] in one["transport"])
            and ("origins" not in one or origin in one["origins"])
        )

    def totals(self) -> tuple[Fraction, Fraction]:
        """What is due, and what is to be paid of it; as the law rounds each."""
        due = payable = Fraction()
        for name, one in self.here.items():
            amount = self.charge(name)
            if self.is_due(one) and not one.get("is_private"):
                due += amount
                by_kind = self.asked["rounding"].get(one["kind"], self.asked["rounding"].get(""))
                rule = one.get("round_total") or (by_kind if "round" not in one else None)
                payable += to_step(self.exact[name], rule) if rule else amount
        return due, payable

    def is_due(self, one: dict[str, Any]) -> bool:
        """Whether the procedure lets it stand."""
        return one["kind"] not in OFF[self.asked["procedure"]] or one.get("is_private", False)

    exact: dict[str, Fraction]

    def charge(self, name: str) -> Fraction:
        """A charge, rounded."""
        if not hasattr(self, "exact"):
            self.exact = {}
        if name in self.known:
            return self.known[name]
        one = self.here[name]
        if one.get("inclusive") or self._circle(name):
            self._eliminate(self._circle(name) or [name])
            return self.known[name]
        found = self._limited(one, self._of(one, self.base(one) if self._hangs_on_base(one) else Fraction()))
        self._keep(one, found)
        return self.known[name]

    def _keep(self, one: dict[str, Any], exact: Fraction) -> None:
        self.exact[one["name"]] = exact
        rounded = to_step(exact, one.get("round", {}))
        if "waived_below" in one and 0 < exact < Fraction(one["waived_below"].split()[0]):
            rounded = self.exact[one["name"]] = Fraction()
        self.known[one["name"]] = rounded

    @staticmethod
    def _limited(one: dict[str, Any], found: Fraction) -> Fraction:
        found = max(found, Fraction(one["floor"].split()[0])) if "floor" in one else found
        return min(found, Fraction(one["cap"].split()[0])) if "cap" in one else found

    def terms(self, one: dict[str, Any]) -> list[tuple[Fraction, str]]:
        """What a base adds up: factor and name of each."""
        text = one["base"]
        outer = Fraction(1)
        if "(" in text:
            factor, _, inner = text.partition(" * (")
            outer, text = Fraction(factor), inner.rstrip(")")
        found = []
        for part in text.split(" + "):
            factor, sign, name = part.rpartition(" * ")
            found.append((outer * (Fraction(factor) if sign else 1), name))
        return found

    def amount(self, name: str) -> Fraction:
        """What stands for a name in a base: only what is due counts."""
        if name in self.names:
            return self.charge(name) if name in self.here and self.is_due(self.here[name]) else Fraction()
        if name not in self.own:
            raise NotKnownError
        return self.own[name]

    def base(self, one: dict[str, Any]) -> Fraction:
        """What a charge is taken on, rounded as its law says."""
        whole = sum((factor * self.amount(name) for factor, name in self.terms(one)), Fraction())
        return to_step(whole, one["round_base"]) if "round_base" in one else whole

    def _of(self, one: dict[str, Any], base: Fraction) -> Fraction:
        if "steps" in one:
            below = Fraction()
            for step in one["steps"]:
                if "to" not in step or base <= step["to"]:
                    return self._of_step(step["rate"], base, base - below)
                below = Fraction(step["to"])
        if one["name"] in self.asked["rates"]:
            found = self._rate(self.asked["rates"][one["name"]], base)
            lower = self.asked["preference"]
            return min(found, self._rate(lower, base)) if one["kind"] == "duty" and lower else found
        return self._flat(one["rate"], base)

    def _of_step(self, text: str, base: Fraction, excess: Fraction) -> Fraction:
        """`250 flat + 1 % of excess`, or `0.3464 % MIN 33 flat MAX 600 flat`, which is of the whole base."""
        if " MIN " not in text:
            return sum((self._flat(part, excess) for part in text.split(" + ")), Fraction())
        rate, _, limits = text.partition(" MIN ")
        least, _, most = limits.partition(" MAX ")
        return min(max(self._flat(rate, base), self._flat(least, base)), self._flat(most, base))

    def _hangs_on_base(self, one: dict[str, Any]) -> bool:
        """Whether a base must be known: money for a quantity, and money by itself, need none."""
        if "steps" in one:
            return True
        own = self.asked["rates"].get(one["name"])
        if own is None:
            return "%" in one["rate"]
        return own[0] == "percent" or (one["kind"] == "duty" and self.asked["preference"] is not None)

    @staticmethod
    def _flat(text: str, base: Fraction) -> Fraction:
        figure, unit = text.split()[:2]
        return base * Fraction(figure) / 100 if unit == "%" else Fraction(figure)

    def _rate(self, rate: tuple[str, str], base: Fraction) -> Fraction:
        kind, figure = rate
        return base * Fraction(figure) / 100 if kind == "percent" else Fraction(figure) * Fraction(self.asked["mass"])

    # Circles.

    def _circle(self, name: str) -> list[str]:
        """Charges that stand inside each other with this one; empty if none does."""

        def reached(start: str) -> set[str]:
            seen: set[str] = set()
            waiting = [start]
            while waiting:
                for _, other in self.terms(self.here[waiting.pop()]):
                    if other in self.here and other not in seen:
                        seen.add(other)
                        waiting.append(other)
            return seen

        return [one for one in self.here if one in reached(name) and name in reached(one)]

    def _eliminate(self, circle: list[str]) -> None:
        """Solve x = R (c + A x) for the charges of a circle."""
        rows: list[list[Fraction]] = []
        is_due = {name: self.is_due(self.here[name]) for name in circle}
        for name in circle:
            one = self.here[name]
            share, more = self._linear(one)
            row = [Fraction()] * (len(circle) + 1)
            row[circle.index(name)] += 1
            for factor, other in self.terms(one):
                if other in circle:
                    if is_due[other] or not is_due[name]:
                        row[circle.index(other)] -= share * factor
                else:
                    row[-1] += share * factor * self.amount(other)
            row[-1] += more
            rows.append(row)
        for place in range(len(circle)):
            pivot = next(turn for turn in range(place, len(rows)) if rows[turn][place])
            rows[place], rows[pivot] = rows[pivot], rows[place]
            rows[place] = [one / rows[place][place] for one in rows[place]]
            for turn in range(len(rows)):
                if turn != place:
                    by = rows[turn][place]
                    rows[turn] = [one - by * other for one, other in zip(rows[turn], rows[place], strict=True)]
        for name, row in zip(circle, rows, strict=True):
            self._keep(self.here[name], row[-1])

    def _linear(self, one: dict[str, Any]) -> tuple[Fraction, Fraction]:
        """A rate as a share of its base and what is added."""
        nothing, hundred = self._of(one, Fraction()), self._of(one, Fraction(100))
        return (hundred - nothing) / 100, nothing
