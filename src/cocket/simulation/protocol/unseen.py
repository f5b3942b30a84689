# SPDX-License-Identifier: Apache-2.0
"""Worlds nobody tuned on: a seed draws parameters around a world's own, and only worlds that count are taken."""

from __future__ import annotations

import msgspec
import numpy as np

from cocket.errors import SettingsError
from cocket.simulation.worlds import TABLE_WORLDS, World
from cocket.simulation.worlds.hardness import Hardness, measure
from cocket.simulation.worlds.play import dice
from cocket.simulation.worlds.run import Tables, make_tables

#: Seeds up to this one were used to tune worlds and models.
TUNED = 100

#: Parameter → how far it is drawn from a world's own (deviation of the ln of a factor).
_DRAWN = {
    "tempted": 0.12,
    "opportunists": 0.25,
    "declarations_a_trader": 0.25,
    "return_days": 0.3,
    "trace_strength": 0.04,
}
_TRIES = 12

#: Code of the error that tells that no draw counted.
UNCOUNTED = "world-uncounted"


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A world that counts: its parameters, its tables, how hard it is, and how many draws were thrown away."""

    world: World
    tables: Tables
    hardness: Hardness
    thrown: int


def draw_world(name: str, seed: int, size: int) -> Drawn:
    """Draw a world that counts.

    Args:
        name: One of `TABLE_WORLDS`.
        seed: Seed; the same gives the same world.
        size: Declarations (count).

    Raises:
        SettingsError: None of a dozen draws counts.
    """
    base = TABLE_WORLDS[name]
    for attempt in range(_TRIES):
        world = near(base, seed + 1000 * attempt, f"unseen {name}", size)
        tables = make_tables(world)
        hardness = measure(tables)
        if not hardness.problems:
            return Drawn(world=world, tables=tables, hardness=hardness, thrown=attempt)
    raise SettingsError(
        f"None of {_TRIES} worlds of {size:,} declarations drawn around {name} by seed {seed} counts.", code=UNCOUNTED
    )


def near(base: World, seed: int, subject: str, size: int) -> World:
    """A world whose parameters are drawn around another's, within what they may be; it may not count."""
    draw = dice(seed, subject)
    changes: dict[str, float | int] = {}
    for parameter, spread in _DRAWN.items():
        own = getattr(base, parameter)
        value = World.within(parameter, own * float(np.exp(spread * draw.standard_normal())))
        changes[parameter] = round(value) if isinstance(own, int) else value
    return msgspec.structs.replace(base, seed=seed, size=size, **changes)
