# SPDX-License-Identifier: Apache-2.0
"""What the first stage of a model believes of the row that has just come: the same as `evidence.believe`, row by row.

A trader's belief is carried from row to row, so that a look costs the same however long his past; a result that came to be
known late has it worked out afresh.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from operator import add, mul
from typing import TYPE_CHECKING

import msgspec

from cocket.risk.features.keys import Key
from cocket.risk.models.evidence import MOST, PULLS, SIGHT, SPEAKS, Evidence
from cocket.risk.trail import Step, Told, TraderPast, Trail

if TYPE_CHECKING:
    from cocket.risk.trail import Looked


#: Rows that are remembered as they were read (count).
_MOST_ROWS = 4_096

#: Traders whose belief is carried before those not met of late are let go, to be worked out afresh (count).
_MOST_CARRIED = 20_000


class Believed(msgspec.Struct, frozen=True):
    """What is believed of one row before its result: log-odds of a find, and parts of the chance of an irregularity by offence
    family, which sum to that chance.
    """

    evidence: float
    of_family: tuple[float, ...]


class _Row(msgspec.Struct, frozen=True):
    """What a row may be: chances of irregularity under each state and, of the honest, in the manner of each; `own` and `stray`
    are the same with its traces; `likelihood` of its traces under honesty and each state.
    """

    dares: list[float]
    strays: list[float]
    own: list[float]
    stray: list[float]
    likelihood: list[float]


class _Carried(msgspec.Struct):
    """A trader's belief after the last row taken in: rows and results it rests on, the day, how often results had come late by
    then, and the declarations it rests on, items by their share.
    """

    rows: int
    told: int
    day: float
    moved: int
    belief: list[float]
    before: float = 0.0


class Follower:
    """One model's view of all traders.

    Args:
        evidence: What the first stage learnt.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._usual = [1.0 - sum(evidence.runs), *evidence.runs]
        self._manner = [run / sum(evidence.runs) for run in evidence.runs]
        self._number = {name: place for place, name in enumerate(evidence.families)}
        self._carried: dict[Key, _Carried] = {}
        self._carried_before: dict[Key, _Carried] = {}
        self._trail: Trail | None = None
        self._rows: dict[int, tuple[Step, _Row]] = {}

    def believe(self, trail: Trail, looked: Looked) -> list[Believed]:
        """What is believed of the items of one declaration.

        Args:
            trail: Everything that was seen before.
            looked: The declaration.

        Returns:
            One an item; each knows of the traces of those before it.
        """
        if trail is not self._trail:
            self._trail, self._carried, self._carried_before = trail, {}, {}
        trader, day = looked.trader, looked.day
        past = trail.of(trader)
        leave_out = looked.facts.id if looked.is_again else None
        carried = self._afresh(past, leave_out) if leave_out else self._carry(trader, past)
        belief, last, before = carried.belief, carried.day, carried.before
        for told in past.told[carried.told : past.known(day)]:
            if past.owners[told.place] != leave_out:
                belief, last = self._hear(past, told, (belief, last)), told.returned
        found = []
        for step in looked.steps:
            belief, last = self._stay(belief, day - last), day
            row = self._row(step)
            found.append(self._tell(belief, row))
            belief = _moved(belief, row.likelihood, step.share * self._by_turn(before))
            before += step.share
        return found

    def _by_turn(self, before: float) -> float:
        """How much a row's traces count, as `evidence.by_turn`."""
        return self._evidence.fresh / (self._evidence.fresh + before)

    def _carry(self, trader: Key | None, past: TraderPast) -> _Carried:
        """The belief after the trader's last row, brought up to it from where it was."""
        carried = self._known(trader) if trader is not None else None
        if carried is None or carried.moved != past.moved:
            carried = self._start(past)
        self._follow(past, carried, None)
        if trader is not None and past.days:
            self._carried[trader] = carried
            if len(self._carried) >= _MOST_CARRIED:
                self._carried_before, self._carried = self._carried, {}
        return carried

    def _known(self, trader: Key) -> _Carried | None:
        return self._carried.get(trader) or self._carried_before.get(trader)

    def _afresh(self, past: TraderPast, leave_out: str) -> _Carried:
        """The belief as if one declaration had never been."""
        carried = self._start(past)
        self._follow(past, carried, leave_out)
        return carried

    def _start(self, past: TraderPast) -> _Carried:
        return _Carried(0, 0, -math.inf, past.moved, self._usual)

    def _follow(self, past: TraderPast, carried: _Carried, leave_out: str | None) -> None:
        belief, day = carried.belief, carried.day
        for place in range(carried.rows, len(past.days)):
            upto = past.known(past.days[place])
            for told in past.told[carried.told : upto]:
                if past.owners[told.place] != leave_out:
                    belief, day = self._hear(past, told, (belief, day)), told.returned
            carried.told = upto
            if past.owners[place] == leave_out:
                continue
            belief, day = self._stay(belief, past.days[place] - day), past.days[place]
            step = past.steps[place]
            belief = _moved(belief, self._row(step).likelihood, step.share * self._by_turn(carried.before))
            carried.before += step.share
        carried.rows, carried.belief, carried.day = len(past.days), belief, day

    def _stay(self, belief: list[float], passed: float) -> list[float]:
        """A belief some days later, fallen back towards what is usual."""
        if passed <= 0.0 or math.isinf(passed):
            return belief
        stays = math.exp(-passed / self._evidence.stays_days)
        return [stays * one + (1.0 - stays) * usual for one, usual in zip(belief, self._usual, strict=True)]

    def _hear(self, past: TraderPast, told: Told, before: tuple[list[float], float]) -> list[float]:
        """The belief after a result."""
        belief = self._stay(before[0], told.returned - before[1])
        evidence, row = self._evidence, self._row(past.steps[told.place])
        families = len(evidence.families)
        family = -1 if told.offence is None else self._number.get(told.offence, families - 1)
        sees = [(1.0 - SIGHT) if family < 0 else SIGHT * (family == state) for state in evidence.states]
        chance = 1.0 - evidence.mistakes if family < 0 else evidence.mistakes / families
        irregular = [sum(map(mul, row.stray, sees)), *map(mul, row.own, sees)]
        regular = [1.0 - sum(row.strays), *(1.0 - dare for dare in row.dares)]
        likelihood = [one + max(other * chance, 1e-9) for one, other in zip(irregular, regular, strict=True)]
        moves = [one / other for one, other in zip(likelihood, row.likelihood, strict=True)]
        return _moved(belief, moves, told.weight)

    def _row(self, step: Step) -> _Row:
        """What a row may be; that of a row just seen is asked for again when its trader's belief goes on."""
        known = self._rows.get(id(step))
        if known is not None and known[0] is step:
            return known[1]
        if len(self._rows) >= _MOST_ROWS:
            self._rows.clear()
        row = self._read(step)
        self._rows[id(step)] = step, row
        return row

    def _read(self, step: Step) -> _Row:
        evidence = self._evidence
        logs = [0.0] * len(evidence.states)
        for steps, figure in zip(evidence.traces, step.traces, strict=True):
            if math.isfinite(figure):
                logs = list(map(add, logs, steps.values[bisect_left(steps.edges, figure) + 1]))
        tax = evidence.tax
        pull = list(tax.values[bisect_left(tax.edges, step.tax) + 1 if math.isfinite(step.tax) else 0])
        for name, known in evidence.pulls.items():
            more = known.get(step.hs2 if name == "hs2" else step.origin)  # type: ignore[arg-type]
            if more is not None:
                pull = list(map(mul, pull, more))
        pull = [min(PULLS[1], max(PULLS[0], each)) for each in pull]
        ratio = [math.exp(min(SPEAKS[1], max(SPEAKS[0], each))) for each in logs]
        dares = [min(dare * each, MOST) for dare, each in zip(evidence.dares, pull, strict=True)]
        strays = [evidence.strays * share * each for share, each in zip(self._manner, pull, strict=True)]
        own, stray = list(map(mul, dares, ratio)), list(map(mul, strays, ratio))
        honest = 1.0 - sum(strays) + sum(stray)
        return _Row(
            dares, strays, own, stray, [honest, *(1.0 - dare + each for dare, each in zip(dares, own, strict=True))]
        )

    def _tell(self, belief: list[float], row: _Row) -> Believed:
        whole = sum(map(mul, belief, row.likelihood))
        honest, guilty = belief[0] / whole, [each / whole for each in belief[1:]]
        of_family = [0.0] * len(self._evidence.families)
        for place, state in enumerate(self._evidence.states):
            of_family[state] += guilty[place] * row.own[place] + honest * row.stray[place]
        chance = sum(of_family)
        find = min(1.0 - 1e-5, max(1e-5, SIGHT * chance + self._evidence.floor * (1.0 - chance)))
        return Believed(math.log(find / (1.0 - find)), tuple(of_family))


def _moved(belief: list[float], likelihood: list[float], weight: float) -> list[float]:
    """A belief after something whose likelihood under each state is known; it counts for as much as its weight."""
    if weight == 1.0:
        now = list(map(mul, belief, likelihood))
    else:
        now = [one * float(other**weight) for one, other in zip(belief, likelihood, strict=True)]
    whole = sum(now)
    return [each / whole for each in now]
