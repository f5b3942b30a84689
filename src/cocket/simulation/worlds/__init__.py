# SPDX-License-Identifier: Apache-2.0
"""Worlds whose trade is a table: a country of traders and their schemes, drawn column by column, and the best score.

In: a `World` (parameters with a seed). Out: tables of what was declared, selected and found, and the truth apart, with the
chance of fraud that the best of judges would give each declaration. NumPy and Polars are loaded by the modules that draw
(`run`, `folder`), not by this one.
"""

from cocket.simulation.worlds.parameters import SCHEME_NAMES, TABLE_WORLDS, WORLD_VERSION, World, read_world

__all__ = ["SCHEME_NAMES", "TABLE_WORLDS", "WORLD_VERSION", "World", "read_world"]
