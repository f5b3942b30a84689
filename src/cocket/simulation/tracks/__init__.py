# SPDX-License-Identifier: Apache-2.0
"""Journeys that never were: roads and sea lanes, devices with their troubles, threats with their truth.

In: a seed and a regime. Out: journeys as customs know them, events as devices tell them, and the truth apart from both;
and what the rules of `cocket.tracking` are worth on seeds nobody looked at. All places, officers and goods are invented.
"""

from cocket.simulation.tracks.attack_folders import AttackScore, Index, read_index, score_attacks, write_attacks
from cocket.simulation.tracks.attacks import ATTACKS
from cocket.simulation.tracks.devices import cell_map
from cocket.simulation.tracks.evaluation import Evaluation, Score, evaluate
from cocket.simulation.tracks.journeys import Trip, Truth, trips
from cocket.simulation.tracks.other_software import for_thingsboard, for_traccar
from cocket.simulation.tracks.threats import TELLS
from cocket.simulation.tracks.world import REGIMES, Regime, Way, ways

__all__ = [
    "ATTACKS",
    "REGIMES",
    "TELLS",
    "AttackScore",
    "Evaluation",
    "Index",
    "Regime",
    "Score",
    "Trip",
    "Truth",
    "Way",
    "cell_map",
    "evaluate",
    "for_thingsboard",
    "for_traccar",
    "read_index",
    "score_attacks",
    "trips",
    "ways",
    "write_attacks",
]
