# SPDX-License-Identifier: Apache-2.0
"""What to look for, because of which facts: one value that queue, dossier and printed order show alike.

A fact is a sentence that an officer can check, with the evidence that it speaks of. One without evidence to open, or whose
contribution rounds to nothing, is not a fact: `ground` counts it instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

import msgspec

#: What goods may be suspected of.
Kind = Literal[
    "value", "code", "origin", "quantity", "permit", "quota", "prohibited", "counterfeit", "listed-party", "seal"
]

#: What people call each.
NAMES: Final[dict[Kind, str]] = {
    "value": "Value",
    "code": "Code",
    "origin": "Origin",
    "quantity": "Quantity",
    "permit": "Permit",
    "quota": "Quota",
    "prohibited": "Prohibited goods",
    "counterfeit": "Counterfeit",
    "listed-party": "Listed party",
    "seal": "Seal",
}

#: Least contribution that is shown (log-odds): it moves no chance by more than 1.3 percentage points.
LEAST_WEIGHT: Final = 0.05

#: Facts that a head names as its reasons.
BECAUSE: Final = 2

#: Offence as results name it → what it makes suspicious; of others nothing is known, nor of the two wide classes of older hosts,
#: revenue and smuggling: smuggled goods need not be prohibited ones.
OF_OFFENCE: Final[dict[str, Kind]] = {
    "undervaluation": "value",
    "classification": "code",
    "origin": "origin",
    "quantity": "quantity",
    "not-declared": "quantity",
    "prohibited": "prohibited",
    "permit-missing": "permit",
    "ipr": "counterfeit",
    "narcotics": "prohibited",
    "weapons": "prohibited",
    "cites": "prohibited",
    "transit-seal": "seal",
    "security": "prohibited",
}

#: Suspicions that are a threat, not money.
THREATS: Final[frozenset[Kind]] = frozenset({"prohibited", "listed-party"})

Source = Literal["paper", "consignment", "alert", "intelligence", "screening", "rule", "values"]


class Exhibit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One piece of evidence.

    Attributes:
        source: What it is: a paper or another page of this dossier, an alert, a rule, or another consignment.
        id: Id of it. Of a consignment the dossier's, or the declaration's reference where it was before this house.
        day: The day it is of, ISO 8601; None if it has none.
        note: What it shows, an English sentence with `{name}` places for `arguments`; empty if it speaks for itself.
        arguments: Values for the places.
        name: What people call it; None where the id must do. Filled in by doors for consignments of the house.
    """

    source: Source
    id: str
    day: str | None = None
    note: str = ""
    arguments: dict[str, str] = {}
    name: str | None = None


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sentence that an officer can check.

    The last word of an argument's name says what it is: `_count`, `_percent` and `_kg` are decimal numbers, `_money` is an
    amount and its currency, `_day` is ISO 8601, `_offence` is a class of offence; all others are text.

    Attributes:
        code: Which fact, such as `results-found`, or the code of a cross-check or rule.
        message: English sentence with `{name}` places; the key of its translation.
        arguments: Values for the places.
        kind: What it makes suspicious; None if nothing in particular.
        weight: What it adds to the chance of a find (log-odds, higher is worse, below zero speaks against); None for
            what stands whatever the model says.
        evidence: What it speaks of (1..n).
    """

    code: str
    message: str
    arguments: dict[str, str] = {}
    kind: Kind | None = None
    weight: float | None = None
    evidence: tuple[Exhibit, ...] = ()

    @property
    def speaks_against(self) -> bool:
        """Whether it lowers the chance."""
        return self.weight is not None and self.weight < 0


class Suspicion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to look for: its name, and one object in words (as in `Fact`)."""

    kind: Kind
    message: str
    arguments: dict[str, str] = {}


class Sum(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the sum of what is at stake: a sentence as in `Fact`, and its amount in both currencies as decimal text.

    Attributes:
        message: English sentence with `{name}` places for `arguments`.
        arguments: Values for the places.
        amount: National currency; None where the papers have it in the foreign one alone.
        foreign: Currency of the price; None if that is the same, or no rate is stated.
        is_estimate: Whether it rests on what is usual; the papers and the tariff alone make the others.
        is_declared: Whether it is written as a paper has it; `foreign` of all others is converted.
    """

    message: str
    arguments: dict[str, str] = {}
    amount: str | None = None
    foreign: str | None = None
    is_estimate: bool = False
    is_declared: bool = False

    @property
    def is_about(self) -> bool:
        """Whether the amount is to be shown rounded."""
        return self.is_estimate


class Stake(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is at stake of one suspicion.

    Attributes:
        is_threat: Whether it is not a matter of money.
        amount: Duty and tax, decimal text; None where it is a threat or cannot be computed.
        currency: ISO 4217 of `amount`.
        foreign: The same in the currency of the price; None if that is the same, or no rate is stated.
        foreign_currency: ISO 4217 of `foreign`.
        rate: National currency for one unit of the foreign one; `rate_day` is its day, ISO 8601.
        sums: How it was computed (0..n).
        note: When it would be owed, or why it is not known; an English sentence, empty if none is needed.
        other: What another fact alone would make of it, where the facts say different things; `amount` is the greater.
        is_estimate: Whether it rests on what a model or such goods usually cost, and not on papers and tariff alone.
    """

    is_threat: bool = False
    amount: str | None = None
    currency: str | None = None
    foreign: str | None = None
    foreign_currency: str | None = None
    rate: str | None = None
    rate_day: str | None = None
    sums: tuple[Sum, ...] = ()
    note: str = ""
    other: Sum | None = None
    is_estimate: bool = False

    @property
    def is_about(self) -> bool:
        """Whether the amount is to be shown rounded, as one that nobody computed: an estimate, or one without its sum."""
        return self.is_estimate or (not self.sums and bool(Decimal(self.amount or 0)))


class Likely(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The chance that anything is found, as people say it: `of` in `out_of`, by the model."""

    of: int
    out_of: int


class TraderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What results said of a trader when a case was assessed: the one count behind the head and the trader's page.

    Attributes:
        results: Examinations with a result, here or in the history that was taken over (count).
        irregular: Of these, with an irregularity (count).
        first_day: Day of the first of these results, ISO 8601.
        last_day: Day of the last.
        declared_since: Day of the trader's first declaration known, ISO 8601.
    """

    results: int
    irregular: int
    first_day: str
    last_day: str
    declared_since: str


class Head(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to look for · because · at stake; the time left is the order's, and told by the day.

    Attributes:
        suspicion: What to look for; None if chance drew it, or if nothing that can be shown selected it.
        facts: Facts for it, the most telling first, those of the suspicion before others (0..n).
        against: Facts that speak against it (0..n).
        too_little: Further signs that weigh too little to be shown (count).
        nothing_to_open: Signs that weigh, and have no evidence to open (count).
        stake: What is at stake.
        likely: The chance that anything is found; None where no model tells it, or where it knows nothing of what leads.
        record: What results said of the trader; None where none had come back, or nobody is named.
    """

    suspicion: Suspicion | None = None
    facts: tuple[Fact, ...] = ()
    against: tuple[Fact, ...] = ()
    too_little: int = 0
    nothing_to_open: int = 0
    stake: Stake = Stake()
    likely: Likely | None = None
    record: TraderRecord | None = None

    @property
    def because(self) -> tuple[Fact, ...]:
        """The facts that lead (0..2)."""
        return self.facts[:BECAUSE]


def in_place(message: str, arguments: Mapping[str, str]) -> str:
    """A sentence in English with its values in their places, masses with their unit."""
    for name, value in arguments.items():
        message = message.replace(f"{{{name}}}", f"{value} kg" if name.endswith("_kg") else value)
    return message


def about(amount: Decimal) -> Decimal:
    """An estimate as it is shown: with the two figures that may count, such as 870000 for 872750.06."""
    if not amount:
        return Decimal(0)
    return amount.quantize(Decimal(1).scaleb(amount.adjusted() - 1), ROUND_HALF_UP).quantize(
        Decimal(1).scaleb(min(0, amount.adjusted() - 1))
    )


def ground(facts: Iterable[Fact]) -> tuple[tuple[Fact, ...], int, int]:
    """Part what can be shown from what is only counted.

    Args:
        facts: Facts, of which some may have no evidence or weigh next to nothing.

    Returns:
        Those to be shown, strongest first, whatever stands by itself before what weighs; how many weigh too little; how
        many have nothing to open.
    """
    shown: list[Fact] = []
    too_little = nothing_to_open = 0
    for fact in facts:
        if fact.weight is not None and abs(fact.weight) < LEAST_WEIGHT:
            too_little += 1
        elif not fact.evidence:
            nothing_to_open += 1
        else:
            shown.append(fact)
    shown.sort(key=lambda fact: (fact.weight is not None, -abs(fact.weight or 0.0)))
    return tuple(shown), too_little, nothing_to_open


def lead(facts: Iterable[Fact], kind: Kind | None) -> tuple[Fact, ...]:
    """Facts in the order in which they lead to a suspicion, otherwise as they were.

    The strongest of its kind comes first; then what stands by itself for each other kind, so that it is among the reasons; then
    others of the kind and those that are of none; then what else speaks for another.
    """
    several = tuple(facts)
    first = next((fact for fact in several if fact.kind == kind), None) if kind is not None else None
    rest = [fact for fact in several if fact is not first]
    if first is None:
        return tuple(rest)
    standing: dict[Kind, Fact] = {}
    for fact in rest:
        if fact.weight is None and fact.kind is not None and fact.kind != kind:
            standing.setdefault(fact.kind, fact)
    others = list(standing.values())
    rest = [fact for fact in rest if not any(fact is one for one in others)]
    rest.sort(key=lambda fact: fact.kind is not None and fact.kind != kind)
    return (first, *others, *rest)


#: Shares that people say, as (of, out of), highest first.
_SAID: Final = (
    *((9, 10), (4, 5), (3, 4), (2, 3), (1, 2)),
    *((1, many) for many in (3, 4, 5, 6, 8, 10, 15, 20, 50, 100)),
)


def said_as(chance: float) -> Likely:
    """A chance (0–1) as people say it, such as 1 in 3."""
    of, out_of = min(_SAID, key=lambda one: abs(one[0] / one[1] - chance))
    return Likely(of=of, out_of=out_of)
