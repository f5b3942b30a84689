# SPDX-License-Identifier: Apache-2.0
"""How much of the examinations goes where the model does not point: little while it is right, much once it is not.

The rate is set from results alone. Where the model's own choices are found irregular many times as often as what chance
draws, exploration rests at its least, which calibration and an unbiased hit rate need anyway. Where they do little better
than chance, or better by less than hoped and also short of what the model said, the rate rises step by step, and falls
again when the model has learnt.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from cocket.control.draw import draw_number
from cocket.errors import SettingsError

#: Choices with a result that are needed before anything is made of them (faded count).
_TRIED = 30.0

#: What is drawn to settle how many are drawn, where the rate does not make a whole number of the places.
_COUNT = "how many are drawn"


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What was chosen for examination, of rows numbered as they were given.

    Attributes:
        by_score: Rows chosen by their score, best first.
        by_chance: Rows drawn.
        propensities: Chance with which each row goes to examination, all scores given, `(n,)`.
    """

    by_score: tuple[int, ...]
    by_chance: tuple[int, ...]
    propensities: tuple[float, ...]


class Chooser(Protocol):
    """Whatever chooses rows for examination: this module's, or a selection policy with budgets of its own."""

    def __call__(self, names: Sequence[str], scores: Sequence[float], places: int, seed: bytes) -> Chosen:
        """Choose at most `places` rows; `names` are their stable ids, on which alone a draw hangs."""


class Exploration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the rate of exploration is steered.

    Attributes:
        least: Least share of the examinations drawn at random (0–1).
        most: Most of it (0–1).
        up: Factor on the rate when the model falls short.
        down: Factor on it when the model holds.
        memory: Share of what was counted that is kept from one round to the next (0–1).
        shortfall: How far results fall short of what was said before the rate rises, in standard errors.
        lift: Times the hit rate of chance that the model must reach; twice that, where it falls short of what it said.
    """

    least: float = 0.02
    most: float = 0.60
    up: float = 1.6
    down: float = 0.7
    memory: float = 0.9
    shortfall: float = 2.0
    lift: float = 3.0

    def __post_init__(self) -> None:
        if not (0.0 <= self.least <= self.most <= 1.0 and self.up >= 1.0 >= self.down > 0.0 <= self.memory <= 1.0):
            raise SettingsError(
                "The exploration settings are not valid.",
                code="exploration",
                expected="0 <= least <= most <= 1, up >= 1, 0 < down <= 1, 0 <= memory <= 1",
            )


class ExplorationState(msgspec.Struct, kw_only=True):
    """What the steering remembers; plain data.

    Attributes:
        rate: Share of the examinations drawn at random (0–1).
        said: Finds the model said its choices would bring, faded (count); `spread` their variance.
        tried: Its choices with a result, faded; `hit` finds among them.
        drawn: Rows drawn at random with a result, faded; `luck` finds among them.
    """

    rate: float
    said: float = 0.0
    spread: float = 0.0
    tried: float = 0.0
    hit: float = 0.0
    drawn: float = 0.0
    luck: float = 0.0


class Exploring(msgspec.Struct, kw_only=True):
    """The steering of one office: what it remembers, and the results of the week that is not over; plain data.

    Attributes:
        week: Number of that week, counted from any fixed day.
        state: What it remembers of the weeks before.
        chosen: Of choices by score with a result this week: the chance of a find that was said, and whether there was one.
        drawn: Of cases drawn at random with a result this week: whether there was a find.
    """

    week: int
    state: ExplorationState
    chosen: list[tuple[float, bool]] = []
    drawn: list[bool] = []


def choose(names: Sequence[str], scores: Sequence[float], places: int, seed: bytes, *, rate: float) -> Chosen:
    """Choose the highest scores, and draw the rest of the places among all others.

    Args:
        names: Stable ids `(n,)`.
        scores: Higher is worse `(n,)`; equal scores are taken in the order drawn.
        places: Examinations there are (count).
        seed: Seed of the draw, committed to beforehand.
        rate: Share of the places drawn, on average over many rounds (0–1).
    """
    numbers = [draw_number(seed, name) for name in names]
    places = min(places, len(names))
    wanted = places * rate
    fewest = min(places, math.floor(wanted + 1e-9))
    more = min(max(0.0, wanted - fewest), 1.0) if fewest < places else 0.0
    drawn = fewest + (draw_number(seed, _COUNT) < more)
    order = sorted(range(len(names)), key=lambda row: (-scores[row], numbers[row]))
    best, others = order[: places - drawn], order[places - drawn :]
    lucky = sorted(others, key=lambda row: numbers[row])[:drawn]
    one, other = _shares(len(names), places, fewest), _shares(len(names), places, min(places, fewest + 1))
    propensities = [0.0] * len(names)
    for rank, row in enumerate(order):
        propensities[row] = (1.0 - more) * one(rank) + more * other(rank)
    return Chosen(by_score=tuple(best), by_chance=tuple(lucky), propensities=tuple(propensities))


def _shares(rows: int, places: int, drawn: int) -> Callable[[int], float]:
    """Chance of each rank if so many of the places are drawn."""
    best = places - drawn
    return lambda rank: 1.0 if rank < best else drawn / (rows - best)


def steer(
    state: ExplorationState, settings: Exploration, chosen: Sequence[tuple[float, bool]], drawn: Sequence[bool]
) -> None:
    """Take in a round's results and set the rate of the next.

    Args:
        state: Changed here.
        settings: How.
        chosen: Of the model's choices that have a result: the chance of a find it said, and whether there was one.
        drawn: Of the rows drawn at random that have one: whether there was a find.
    """
    for name in ("said", "spread", "tried", "hit", "drawn", "luck"):
        setattr(state, name, settings.memory * getattr(state, name))
    state.said += sum(chance for chance, _ in chosen)
    state.spread += sum(chance * (1.0 - chance) for chance, _ in chosen)
    state.tried += len(chosen)
    state.hit += sum(found for _, found in chosen)
    state.drawn += len(drawn)
    state.luck += sum(drawn)
    short = state.said - state.hit > settings.shortfall * math.sqrt(state.spread + 1.0)
    usual = (state.luck + 0.5) / (state.drawn + 10.0)
    lift = (state.hit + 0.5) / (state.tried + 1.0) / usual
    is_idle = state.tried > _TRIED and lift < settings.lift * (2.0 if short else 1.0)
    rate = state.rate * (settings.up if is_idle else settings.down)
    state.rate = min(settings.most, max(settings.least, rate))
