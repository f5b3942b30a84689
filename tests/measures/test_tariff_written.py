# SPDX-License-Identifier: Apache-2.0
"""Random tariffs as an officer writes them, CSV and TOML, against sums made of the reference page alone, in fractions.

`WRITTEN_RUNS` asks for more laws than a few: 5000 takes some minutes.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import msgspec

from cocket.measures.tariff import Batch, Calculator, load_tariff, read_declaration

RUNS = int(os.environ.get("WRITTEN_RUNS", "150"))
SEED = int(os.environ.get("WRITTEN_SEED", "1958"))

KINDS = ("excise", "fee", "additional", "withholding", "vat")
PROCEDURES = ("4000", "4200", "4900", "7100", "4500")
#: Kinds that each procedure takes out of what is due (the table of procedures).
LEFT_OUT = {
    "4000": (),
    "4200": ("vat", "withholding"),
    "4900": ("duty", "additional"),
    "7100": ("duty", "additional", "excise", "vat", "withholding"),
    "4500": ("excise", "vat", "withholding"),
}


class Rule(NamedTuple):
    """How an amount is rounded."""

    step: str = "0.01"
    mode: str = "half-up"
    least: str | None = None

    def of(self, number: Fraction) -> Fraction:
        """An amount in whole steps."""
        count, rest = divmod(number, Fraction(self.step))
        is_up = {
            "down": False,
            "up": rest > 0,
            "half-up": 2 * rest >= Fraction(self.step),
            "half-down": 2 * rest > Fraction(self.step),
            "half-even": 2 * rest > Fraction(self.step) or (2 * rest == Fraction(self.step) and count % 2 == 1),
        }[self.mode]
        found = (count + is_up) * Fraction(self.step)
        return max(found, Fraction(self.least)) if self.least and number > 0 else found

    def __str__(self) -> str:
        least = f', least = "{self.least}"' if self.least else ""
        return f'{{ step = "{self.step}", mode = "{self.mode}"{least} }}'


class Law(NamedTuple):
    """Charges in order, and what holds for all."""

    charges: list[dict[str, Any]]
    by_kind: dict[str, Rule]
    relief: tuple[str, tuple[str, ...]] | None
    duty: list[str]  # of each of two codes
    pact: list[str]


def pick(chance: random.Random, share: float) -> bool:
    return chance.random() < share


def cash(chance: random.Random, most: int) -> str:
    return f"{chance.randrange(1, most * 100) / 100:.2f}"


def rule(chance: random.Random) -> Rule:
    step = chance.choice(("0.05", "0.1", "1", "5", "100"))
    least = step if pick(chance, 0.15) else None
    return Rule(step, chance.choice(("half-up", "half-down", "half-even", "down", "up")), least)


def write_law(chance: random.Random) -> Law:
    """Three to six charges: on what came before, some inside themselves, with limits, steps, roundings and conditions."""
    charges: list[dict[str, Any]] = []
    for place in range(chance.randrange(2, 6)):
        one: dict[str, Any] = {"name": f"T{place}", "kind": chance.choice(KINDS)}
        names = [other["name"] for other in charges if other["kind"] != "withholding" or pick(chance, 0.3)]
        one["terms"] = [("value", chance.choice(("1", "1", "1.1")))]
        one["terms"] += [("duty", "1")] if pick(chance, 0.6) and one["kind"] != "additional" else []
        one["terms"] += [(name, chance.choice(("1", "0.5"))) for name in names if pick(chance, 0.45)]
        one["terms"] += [("FOB", "0.25")] if pick(chance, 0.1) else []
        one["rate"] = ("%", cash(chance, 30))
        if pick(chance, 0.25):
            one["inclusive"] = True
            one["terms"].append((one["name"], "1"))
        elif pick(chance, 0.2):
            first, second = sorted((cash(chance, 90), cash(chance, 90)), key=float)
            one["steps"] = [(str(chance.randrange(50, 3000)), first), (None, second, cash(chance, 6))]
        elif pick(chance, 0.15):
            one["rate"] = ("kg", cash(chance, 4))
        elif pick(chance, 0.12):
            one["rate"] = ("flat", cash(chance, 60))
        if pick(chance, 0.25) and not one.get("inclusive"):
            one["scope"] = "declaration"
        if pick(chance, 0.2):
            one["floor"] = cash(chance, 200)
        if pick(chance, 0.2):
            one["cap"] = f"{float(one.get('floor', '0')) + float(cash(chance, 900)):.2f}"
        if pick(chance, 0.15) and not one.get("inclusive"):
            one["waived_below"] = cash(chance, 40)
        if pick(chance, 0.25):
            one["round"] = rule(chance)
        if pick(chance, 0.15) and not one.get("inclusive"):
            one["round_base"] = rule(chance)
        if pick(chance, 0.15):
            one["round_total"] = rule(chance)
        if pick(chance, 0.2):
            one[chance.choice(("persons", "except_persons"))] = ["filer"]
        if pick(chance, 0.1):
            one[chance.choice(("procedures", "except_procedures"))] = ["4200"]
        if pick(chance, 0.1):
            one["transport"] = ["sea"]
        charges.append(one)
    return Law(
        charges,
        {kind: rule(chance) for kind in ("duty", "vat", "fee", "") if pick(chance, 0.35)},
        (cash(chance, 3000), ("duty",)) if pick(chance, 0.3) else None,
        [cash(chance, 25), cash(chance, 25)],
        [cash(chance, 25), cash(chance, 25)],
    )


def as_files(law: Law) -> tuple[bytes, bytes]:
    """The law as an officer writes it."""
    rows = [f"0{place + 1}0{place + 1},goods,{law.duty[place]} %,{law.pact[place]} %,Act" for place in (0, 1)]
    out = ['name = "xa"', 'currency = "XDC"', 'code = "Code"', 'description = "Text"', 'act = "Act"']
    out += ['[[rates]]\ncolumn = "MFN"\nkind = "duty"', '[[rates]]\ncolumn = "PACT"\nkind = "preference"\narea = "A"']
    out += ['[areas]\nA = ["KE"]']
    for kind, one in law.by_kind.items():
        out.append(f'[rounding."{kind}"]\nstep = "{one.step}"\nmode = "{one.mode}"')
        out += [f'least = "{one.least}"'] if one.least else []
    if law.relief:
        kinds = ", ".join(f'"{one}"' for one in law.relief[1])
        out.append(f'[[reliefs]]\nup_to = "{law.relief[0]}"\nkinds = [{kinds}]\nact = "Relief Act"')
    for one in law.charges:
        base = " + ".join(name if factor == "1" else f"{factor} * {name}" for name, factor in one["terms"])
        out.append(f'[[charges]]\nname = "{one["name"]}"\nkind = "{one["kind"]}"\nbase = "{base}"\nact = "Act"')
        kind, figure = one["rate"]
        if "steps" in one:
            (to, first), (_, flat, excess) = one["steps"]
            steps = f'{{to = "{to}", rate = "{first} XDC flat"}}, {{rate = "{flat} XDC flat + {excess} % of excess"}}'
            out.append(f"steps = [{steps}]")
        else:
            out.append(f'rate = "{figure} {dict(zip(("%", "kg", "flat"), ("%", "XDC/kg", "XDC flat")))[kind]}"')  # noqa: B905
        out += ["inclusive = true"] if one.get("inclusive") else []
        out += [f'{name} = "{one[name]} XDC"' for name in ("floor", "cap", "waived_below") if name in one]
        out += ['scope = "declaration"'] if "scope" in one else []
        out += [f"{name} = {one[name]}" for name in ("round", "round_base", "round_total") if name in one]
        lists = ("persons", "except_persons", "procedures", "except_procedures", "transport")
        out += [f"{name} = {msgspec.json.encode(one[name]).decode()}" for name in lists if name in one]
    return ("Code,Text,MFN,PACT,Act\n" + "\n".join(rows) + "\n").encode(), "\n".join(out).encode()


def declare(chance: random.Random) -> list[dict[str, Any]]:
    """One to five items."""
    whole = {
        "date": "2026-03-01",
        "currency": "XDC",
        "procedure": chance.choice((*PROCEDURES, "4000", "4000")),
        "persons": chance.choice(([], ["filer"])),
        "transport": chance.choice(("sea", "air")),
        "additional_codes": [],
        "documents": [],
    }
    return [
        {
            **whole,
            "code": chance.choice(("0101", "0202")),
            "value": cash(chance, 10 ** chance.randrange(2, 5)),
            "origin": chance.choice(("KE", "CN")),
            "quantities": {"KGM": cash(chance, 300)},
            "amounts": {"FOB": cash(chance, 5000)},
            **({"preference": "PACT"} if pick(chance, 0.4) else {}),
        }
        for _ in range(chance.choice((1, 1, 2, 3, 5)))
    ]


class Sums:
    """What the reference page says that a declaration comes to."""

    def __init__(self, law: Law, items: Sequence[dict[str, Any]]) -> None:
        self.law, self.items = law, items
        self.asked = items[0]
        self.out = LEFT_OUT[self.asked["procedure"]]
        value = sum(Fraction(one["value"]) for one in items)
        self.is_low = law.relief is not None and value <= Fraction(law.relief[0])
        self.amounts: list[dict[str, Fraction]] = [
            {"value": Fraction(one["value"]), "FOB": Fraction(one["amounts"]["FOB"])} for one in items
        ]
        self.total, self.payable = Fraction(), Fraction()
        self.of_item = [Fraction()] * len(items)
        self.once: dict[str, Fraction] = {}
        self._duty()
        for one in law.charges:
            if self._holds(one):
                self._charge(one)
            if one["name"] in self.once:
                self.payable += one["round_total"].of(self.once[one["name"]])

    def _holds(self, one: dict[str, Any]) -> bool:
        persons, procedure = self.asked["persons"], self.asked["procedure"]
        return (
            ("persons" not in one or bool(set(persons) & set(one["persons"])))
            and not set(persons) & set(one.get("except_persons", ()))
            and ("procedures" not in one or procedure in one["procedures"])
            and procedure not in one.get("except_procedures", ())
            and ("transport" not in one or self.asked["transport"] in one["transport"])
        )

    def _duty(self) -> None:
        for at, (known, item) in enumerate(zip(self.amounts, self.items, strict=True)):
            place = int(item["code"][:2]) - 1
            general, pact = Fraction(self.law.duty[place]), Fraction(self.law.pact[place])
            is_pact = item["origin"] == "KE" and "preference" in item and pact < general
            exact = known["value"] * min(general, pact if is_pact else general) / 100
            known["duty"] = self._owed({"kind": "duty"}, Rule().of(exact), exact)
            self.of_item[at] += known["duty"]

    def _owed(self, one: dict[str, Any], amount: Fraction, exact: Fraction) -> Fraction:
        """The amount as later bases see it, once it is counted."""
        if one["kind"] in self.out or (one["kind"] == "duty" and self.is_low):
            return Fraction()
        self.total += amount
        if "round_total" in one:
            self.once[one["name"]] = self.once.get(one["name"], Fraction()) + exact
        else:
            self.payable += self._paid(one, amount, exact)
        return amount

    def _paid(self, one: dict[str, Any], amount: Fraction, exact: Fraction) -> Fraction:
        if "round" in one:
            return amount
        by_kind = self.law.by_kind.get(one["kind"], self.law.by_kind.get(""))
        return by_kind.of(exact) if by_kind else amount

    def _charge(self, one: dict[str, Any]) -> None:
        masses = [Fraction(item["quantities"]["KGM"]) for item in self.items]
        bases = [
            sum(
                (
                    Fraction(factor) * known.get(name, Fraction())
                    for name, factor in one["terms"]
                    if name != one["name"]
                ),
                Fraction(),
            )
            for known in self.amounts
        ]
        if "scope" not in one:
            for at, (known, base, mass) in enumerate(zip(self.amounts, bases, masses, strict=True)):
                known[one["name"]] = self._owed(one, *self._of(one, base, mass))
                self.of_item[at] += known[one["name"]]
            return
        amount, exact = self._of(one, sum(bases, Fraction()), sum(masses, Fraction()))
        self._owed(one, amount, exact)
        if one["kind"] not in self.out:
            for at, part in enumerate(self._parts(one, amount, bases)):
                self.amounts[at][one["name"]] = part
                self.of_item[at] += part

    def _parts(self, one: dict[str, Any], amount: Fraction, bases: list[Fraction]) -> list[Fraction]:
        """Each line's part: by base, or for what stands on duties by value and Webster's method."""
        is_on_duties = self._stands_on_duties(one["name"])
        weights = [known["value"] for known in self.amounts] if is_on_duties else bases
        weights = weights if any(weights) else [Fraction(1)] * len(weights)
        places = range(len(weights))
        cents, rest = divmod(amount * 100, 1)
        whole = sum(weights)
        if not is_on_duties:
            parts = [one_weight * cents // whole for one_weight in weights]
            order = sorted(places, key=lambda at: (parts[at] - weights[at] * cents / whole, at))
            for at in order[: int(cents - sum(parts))]:
                parts[at] += 1
            return [(Fraction(part) + (rest if at == order[0] else 0)) / 100 for at, part in enumerate(parts)]
        parts = [max(int(one_weight * cents / whole) - 2, 0) for one_weight in weights]
        for _ in range(int(cents) - sum(parts)):
            parts[max(places, key=lambda at: (weights[at] / (2 * parts[at] + 1), -at))] += 1
        largest = max(places, key=lambda at: (weights[at], -at))
        return [(Fraction(part) + (rest if at == largest else 0)) / 100 for at, part in enumerate(parts)]

    def _stands_on_duties(self, name: str) -> bool:
        """Directly or through others, whether these are on the goods or not."""
        terms = {one["name"]: [other for other, _ in one["terms"]] for one in self.law.charges}
        return any(
            other == "duty" or (other != name and other in terms and self._stands_on_duties(other))
            for other in terms[name]
        )

    @staticmethod
    def _of(one: dict[str, Any], base: Fraction, mass: Fraction) -> tuple[Fraction, Fraction]:
        """A charge as later bases take it, and before it was rounded."""
        base = one["round_base"].of(base) if "round_base" in one else base
        share = Fraction(one["rate"][1]) / 100
        if one.get("inclusive"):
            exact = base * share / (1 - share)
        elif "steps" in one:
            (to, first), (_, flat, excess) = one["steps"]
            above = (base - Fraction(to)) * Fraction(excess) / 100
            exact = Fraction(first) if base <= Fraction(to) else Fraction(flat) + above
        else:
            exact = {"%": base * share, "kg": mass * share * 100, "flat": share * 100}[one["rate"][0]]
        exact = max(exact, Fraction(one.get("floor", "0")))
        exact = min(exact, Fraction(one["cap"])) if "cap" in one else exact
        amount = one.get("round", Rule()).of(exact)
        if "waived_below" in one and 0 < exact < Fraction(one["waived_below"]):
            return Fraction(), Fraction()
        return amount, exact


def test_laws_as_officers_write_them_come_to_what_the_reference_says() -> None:
    chance = random.Random(SEED)
    seen: Counter[str] = Counter()
    for _ in range(RUNS):
        law = write_law(chance)
        table, mapping = as_files(law)
        loaded = load_tariff([("t.csv", table)], mapping)
        assert not loaded.findings
        calculator = Calculator(loaded.tariff)
        say = partial(dict, law=mapping.decode())
        for _ in range(3):
            items = declare(chance)
            asked = read_declaration(msgspec.json.encode({"items": items})).items
            answers = calculator.declaration(asked, explain=True)
            assert all(one.total is not None for one in answers), say(items=items, answers=answers)
            theirs = Sums(law, items)
            ours = [Fraction(one.total or 0) for one in answers]
            assert ours == theirs.of_item, say(items=items, theirs=list(map(float, theirs.of_item)), answers=answers)
            assert sum(ours) == theirs.total
            paid = calculator.payable(asked)
            assert paid is not None
            assert sum(map(Fraction, paid.values())) == theirs.payable, say(items=items, paid=paid, answers=answers)
            if len(items) == 1 and answers[0].payable is not None:
                assert Fraction(answers[0].payable) == theirs.payable
                seen["paid"] += 1
            if len(items) == 1:
                assert Batch(calculator).totals(asked) == [answers[0].total]
                seen["alone"] += 1
            else:
                seen["together"] += 1
    assert min(seen["alone"], seen["together"], seen["paid"]) > RUNS // 3, seen


def test_the_reference_can_disagree() -> None:
    law = write_law(random.Random(SEED))
    items = declare(random.Random(SEED))
    more = [{**one, "value": str(float(one["value"]) + 1000)} for one in items]
    assert Sums(law, items).total != Sums(law, more).total
