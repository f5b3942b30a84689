# SPDX-License-Identifier: Apache-2.0
"""How fraud is done, what traces it leaves, and what a perfect judge would make of them.

Each scheme shifts the chances of six traces; an honest declaration can show every one of them too. The chances are
known, so the best possible score is known: `p_bayes`, by Bayes' rule from the true temptations and the traces.
"""

from __future__ import annotations

import math
from random import Random

import msgspec

from cocket.simulation.people import SCHEMES, Scheme

ROUTES = ("direct", "hub", "rare")


class Traces(msgspec.Struct, frozen=True):
    """What can be seen of one declaration's main item.

    Attributes:
        price: ln of declared price per kg over the usual one.
        package: ln of mass per package over the usual one.
        is_text_odd: Whether the words do not fit the heading.
        route: `direct` from the origin, through a `hub`, or by a `rare` country.
        is_paper_other: Whether declaration and bill of lading disagree.
        has_preference: Whether a tariff preference is claimed.
    """

    price: float
    package: float
    is_text_odd: bool
    route: str
    is_paper_other: bool
    has_preference: bool


class Habit(msgspec.Struct, frozen=True, kw_only=True):
    """The chances of the traces under one scheme, or under none.

    Attributes:
        price: Mean and deviation of `Traces.price`.
        package: Mean and deviation of `Traces.package`.
        text: Chance of odd words.
        route: Chances of `ROUTES`.
        paper: Chance that the papers disagree.
        preference: Chance of a preference claim.
        seen_by_officer: Chance that a physical examination finds it.
        seen_on_paper: Chance that a look at the documents finds it.
    """

    price: tuple[float, float] = (0.0, 0.25)
    package: tuple[float, float] = (0.0, 0.20)
    text: float = 0.06
    route: tuple[float, float, float] = (0.80, 0.16, 0.04)
    paper: float = 0.04
    preference: float = 0.30
    seen_by_officer: float = 0.0
    seen_on_paper: float = 0.0


HONEST = Habit()
HABITS: dict[Scheme, Habit] = {
    "undervaluation": Habit(price=(-0.50, 0.30), seen_by_officer=0.65, seen_on_paper=0.25),
    "misclassification": Habit(
        price=(0.25, 0.35), text=0.50, package=(0.0, 0.30), seen_by_officer=0.80, seen_on_paper=0.20
    ),
    "short-declaration": Habit(package=(-0.40, 0.25), paper=0.40, seen_by_officer=0.85, seen_on_paper=0.15),
    "false-origin": Habit(
        route=(0.35, 0.40, 0.25), price=(-0.10, 0.28), preference=0.85, seen_by_officer=0.50, seen_on_paper=0.30
    ),
    "concealment": Habit(
        text=0.30, route=(0.60, 0.20, 0.20), package=(0.30, 0.35), paper=0.15, seen_by_officer=0.85
    ),
}  # fmt: skip

#: Of honest declarations, those with a mistake that an examination finds: noise in the labels.
HONEST_MISTAKE = 0.008

#: How strongly a trader keeps to his own scheme.
_FAITH = 0.75


def chances_of_schemes(own: Scheme, has_likeness: bool) -> dict[Scheme, float]:
    """Chance of each scheme, given that there is fraud (sums to 1).

    Args:
        own: The trader's own scheme.
        has_likeness: Whether the declared kind could hide a dearer one; without it nothing can be misclassified.
    """
    chances = {scheme: (1 - _FAITH) / len(SCHEMES) + (_FAITH if scheme == own else 0.0) for scheme in SCHEMES}
    if not has_likeness:
        chances["undervaluation"] += chances.pop("misclassification")
    return chances


def draw_traces(dice: Random, scheme: Scheme | None) -> Traces:
    """Traces of one declaration under a scheme, or of an honest one."""
    habit = HABITS[scheme] if scheme else HONEST
    return Traces(
        price=dice.gauss(*habit.price),
        package=dice.gauss(*habit.package),
        is_text_odd=dice.random() < habit.text,
        route=dice.choices(ROUTES, habit.route)[0],
        is_paper_other=dice.random() < habit.paper,
        has_preference=dice.random() < habit.preference,
    )


def p_bayes(prior: float, chances: dict[Scheme, float], traces: Traces) -> float:
    """Chance of fraud, knowing the traders' true temptations and the traces.

    Args:
        prior: Chance before the traces (0–1).
        chances: Chance of each scheme, given fraud.
        traces: What is seen.

    Returns:
        0–1, higher is worse; no score can order declarations better on average.
    """
    fraud = prior * sum(chance * _likelihood(HABITS[scheme], traces) for scheme, chance in chances.items())
    honest = (1.0 - prior) * _likelihood(HONEST, traces)
    return fraud / (fraud + honest)


def _likelihood(habit: Habit, traces: Traces) -> float:
    return (
        _density(traces.price, *habit.price)
        * _density(traces.package, *habit.package)
        * _either(habit.text, traces.is_text_odd)
        * habit.route[ROUTES.index(traces.route)]
        * _either(habit.paper, traces.is_paper_other)
        * _either(habit.preference, traces.has_preference)
    )


def _density(value: float, mean: float, deviation: float) -> float:
    return math.exp(-0.5 * ((value - mean) / deviation) ** 2) / deviation


def _either(chance: float, is_so: bool) -> float:
    return chance if is_so else 1.0 - chance
