# SPDX-License-Identifier: Apache-2.0
"""Logs of an ordinary stretch in the offices, with officers hidden in them who misuse access: what the watchers are measured on.

In: a wrong (or none) and a seed. Out: a log as the watchers read it, and apart from it who was planted. Two generators of different
style: `desks` draws what happened from habits; `shifts` plays every day hour by hour, from queues that fill and people who empty
them. The second was written after the first version of the watchers' rules was frozen, and nothing was fitted to it.
"""

from cocket.simulation.officer_logs.desks import WRONGS, OfficerLog, make_desk_log
from cocket.simulation.officer_logs.measure import Figures, figures_of
from cocket.simulation.officer_logs.shifts import make_shift_log

#: Name → generator.
GENERATORS = {"desks": make_desk_log, "shifts": make_shift_log}

__all__ = ["GENERATORS", "WRONGS", "Figures", "OfficerLog", "figures_of", "make_desk_log", "make_shift_log"]
