# SPDX-License-Identifier: Apache-2.0
"""A synthetic country next door: trade with known frauds, today's host, and what our advice is worth against it.

In: parameters with a seed. Out: a folder with manifests, SADs, WCO declarations, the host's lanes and results, a past to
train on, and the truth in a folder of its own. Same parameters, same bytes. All people, places and goods are invented.
"""

from cocket.simulation.country import Summary, simulate
from cocket.simulation.evaluation import (
    Advice,
    Comparison,
    Found,
    Truth,
    compare,
    read_host_lanes,
    read_truth,
)
from cocket.simulation.parameters import WORLDS, Parameters, read_parameters

__all__ = [
    "WORLDS",
    "Advice",
    "Comparison",
    "Found",
    "Parameters",
    "Summary",
    "Truth",
    "compare",
    "read_host_lanes",
    "read_parameters",
    "read_truth",
    "simulate",
]
