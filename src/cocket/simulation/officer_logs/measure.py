# SPDX-License-Identifier: Apache-2.0
"""How well the watchers do on logs with planted wrongs, and on logs without."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from cocket.oversight import RULES, WatcherRules, watch
from cocket.simulation.officer_logs.desks import WRONGS, OfficerLog

#: Makes a log of a wrong and a seed.
Generator = Callable[[str, int], OfficerLog]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What came of logs.

    Attributes:
        planted: Wrong → officers planted (count).
        named: Wrong → of these, how many have a case, for whatever reason (count).
        by_reason: Wrong → of these, how many have a case for the reason of that name (count).
        false_alerts: Reason → cases about others (count), in logs with a wrong and without.
        officer_days: Days on which an officer was seen at work, over all officers and logs (count).
        looks: Looks read (count).
        explained: Of these, explained by anything (count).
    """

    planted: dict[str, int]
    named: dict[str, int]
    by_reason: dict[str, int]
    false_alerts: dict[str, int]
    officer_days: int
    looks: int
    explained: int

    @property
    def recall(self) -> float:
        """Share of planted officers that have a case (0–1)."""
        return sum(self.named.values()) / max(1, sum(self.planted.values()))

    @property
    def false_per_day(self) -> float:
        """Cases about others, per officer-day."""
        return sum(self.false_alerts.values()) / max(1, self.officer_days)


def figures_of(
    make: Generator, seeds: Iterable[int], wrongs: Sequence[str] = ("", *WRONGS), rules: WatcherRules = RULES
) -> Figures:
    """Let the watchers loose on logs of every wrong, one for each seed.

    Args:
        make: A generator.
        seeds: One log each, of every wrong (1..n).
        wrongs: What is planted, one a log; empty for nothing.
        rules: By what to go.
    """
    planted, named, by_reason, false_alerts = (dict.fromkeys(WRONGS, 0) for _ in range(4))
    days = looks = explained = 0
    for seed in seeds:
        for wrong in wrongs:
            made = make(wrong, seed)
            run = watch(made.log, rules)
            days += run.officer_days
            looks += run.looks
            explained += run.looks - run.explained.get("none", 0)
            if wrong:
                told = {case.officer for case in run.cases}
                planted[wrong] += len(made.culprits)
                named[wrong] += len(made.culprits & told)
                by_reason[wrong] += len(made.culprits & {c.officer for c in run.cases if c.reason == wrong})
            for case in run.cases:
                if case.officer not in made.culprits:
                    false_alerts[case.reason] += 1
    return Figures(
        planted=planted, named=named, by_reason=by_reason, false_alerts=false_alerts,
        officer_days=days, looks=looks, explained=explained,
    )  # fmt: skip
