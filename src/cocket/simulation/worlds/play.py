# SPDX-License-Identifier: Apache-2.0
"""The schemes as one world plays them: the textbook varied by the seed, as arrays over honesty and the schemes."""

from __future__ import annotations

import zlib

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocket.simulation.worlds.parameters import SCHEME_NAMES, World
from cocket.simulation.worlds.schemes import textbook

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: Honesty and the schemes (count).
WAYS = 1 + len(SCHEME_NAMES)

#: Regions of the country (count).
REGIONS = 4


def dice(seed: int, name: str) -> np.random.Generator:
    """The random numbers of one part of a world; what another part draws leaves them as they are."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


class Play(msgspec.Struct, frozen=True, kw_only=True):
    """What each way of declaring leaves to be seen; the first is honesty. Shapes in brackets.

    Attributes:
        mix: Share of each scheme among the schemes `(WAYS,)`, 0 for honesty.
        propensity: Chance of fraud in a declaration `(WAYS,)`; of honesty, the opportunists'.
        price: Mean and deviation of ln(price over the usual) by region `(REGIONS, WAYS, 2)`; so are `package`, `tare`.
        text: Chances of the kinds of text by region `(REGIONS, WAYS, 3)`.
        route: Chances of the kinds of route by region `(REGIONS, WAYS, 3)`.
        chance: Trace of yes or no → chance by region `(REGIONS, WAYS)`.
        seen: Chance that an examination finds it `(WAYS,)`.
        seen_on_paper: Chance that a look at the documents finds it `(WAYS,)`.
        cost: Lowest and highest share of duty and tax withheld `(WAYS, 2)`.
        alive: Whether the scheme exists in a season and region `(seasons, REGIONS, WAYS)`.
        offends: Chance that what looks like it is an offence `(WAYS,)`; 0 for honesty.
    """

    mix: Floats
    propensity: Floats
    price: Floats
    package: Floats
    tare: Floats
    text: Floats
    route: Floats
    chance: dict[str, Floats]
    seen: Floats
    seen_on_paper: Floats
    cost: Floats
    alive: Flags
    offends: Floats


#: Traces of yes or no, by the names of `Habit`.
CHANCES = ("preference", "bill_differs", "under_threshold", "same_bill", "new_importer", "mill", "corrupt")


def cast(world: World) -> Play:
    """The schemes as a world plays them."""
    draw = dice(world.seed, "schemes")
    book = textbook(world.habits)
    propensity = _varied_chances(draw, world, np.array([habit.propensity for habit in book]))
    propensity[0] = world.opportunists
    mix = np.array([habit.weight for habit in book]) * np.exp(draw.normal(0.0, world.variation, WAYS))
    return Play(
        mix=mix / mix.sum(),
        propensity=propensity,
        price=_measure(draw, world, [habit.price for habit in book]),
        package=_measure(draw, world, [habit.package for habit in book]),
        tare=_measure(draw, world, [habit.tare for habit in book]),
        text=_kinds(draw, world, [habit.text for habit in book]),
        route=_kinds(draw, world, [habit.route for habit in book]),
        chance={name: _yes_or_no(draw, world, [getattr(habit, name) for habit in book]) for name in CHANCES},
        seen=np.array([habit.seen for habit in book]),
        seen_on_paper=np.array([habit.seen_on_paper for habit in book]),
        cost=np.array([habit.cost for habit in book]),
        alive=_alive(world),
        offends=np.array([0.0, *(1.0 - world.lawful.get(name, 0.0) for name in SCHEME_NAMES)]),
    )


def _measure(draw: np.random.Generator, world: World, habits: list[tuple[float, float]]) -> Floats:
    """Means and deviations."""
    table = np.array(habits)
    table[1:, 0] *= world.trace_strength * np.exp(draw.normal(0.0, world.variation, WAYS - 1))
    table[1:, 1] *= np.exp(draw.normal(0.0, world.variation / 2, WAYS - 1))
    return np.repeat(table[None], REGIONS, axis=0)


def _kinds(draw: np.random.Generator, world: World, habits: list[tuple[float, float, float]]) -> Floats:
    """Chances of kinds."""
    table = np.log(np.array(habits))
    lean = (table[1:] - table[0]) * world.trace_strength + draw.normal(0.0, world.variation, (WAYS - 1, 3))
    chances = np.exp(np.vstack([table[:1], table[0] + lean]))
    return np.repeat((chances / chances.sum(axis=1, keepdims=True))[None], REGIONS, axis=0)


def _yes_or_no(draw: np.random.Generator, world: World, habits: list[float]) -> Floats:
    return np.repeat(_varied_chances(draw, world, np.array(habits))[None], REGIONS, axis=0)


def _varied_chances(draw: np.random.Generator, world: World, chances: Floats) -> Floats:
    """Chances moved a little on the scale of log-odds; what cannot be stays impossible."""
    moved = chances.copy()
    inside = chances > 0.0
    odds = np.log(chances[inside] / (1.0 - chances[inside])) + draw.normal(0.0, world.variation, int(inside.sum()))
    moved[inside] = 1.0 / (1.0 + np.exp(-odds))
    moved[0] = chances[0]
    return moved


def _alive(world: World) -> Flags:
    """Which scheme exists when and where; a season counts by its first day."""
    begin = np.arange(world.seasons) * world.season_days / world.days
    alive = np.ones((world.seasons, REGIONS, WAYS), dtype=np.bool_)
    for way, name in enumerate(SCHEME_NAMES, start=1):
        is_on = (begin >= world.starts.get(name, 0.0)) & (begin < world.stops.get(name, np.inf))
        alive[:, :, way] &= is_on[:, None]
    is_seen = ~np.isin(np.arange(REGIONS), world.unseen_regions)
    alive[:, is_seen, 1:] &= np.array([name not in world.only_unseen for name in SCHEME_NAMES])
    alive[:, ~is_seen, 1:] &= np.array([name not in world.only_seen for name in SCHEME_NAMES])
    return alive
