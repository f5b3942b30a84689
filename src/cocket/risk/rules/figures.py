# SPDX-License-Identifier: Apache-2.0
"""What a rule is worth: how often it fires, what was found where it did, against chance, and what it kept waiting.

The same for rules of ours, written in Python or CEL, and for those of the host, whether it tells which fired or they are
stated again here.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal

import msgspec

from cocket.risk.estimate import FEW_DRAWN, FIRST_DRAWS, Estimate, Rate, Trial, lift, rate_of, share

Kind = Literal["python", "cel", "host"]

#: Code by which a host says that chance chose.
RANDOM: Final = "RANDOM"

#: How a rule stands: `expired` past its last day; `dead` if it did not fire for `DEAD_DAYS`; `barren` if the lift lies
#: below 1 for sure; `works` if above 1 for sure, with five finds at least; `unproven` if the interval holds 1; `unmeasured` without a lift.
State = Literal["expired", "dead", "barren", "works", "unproven", "unmeasured"]

#: Why a rule is `unproven` or `unmeasured`: none of its hits was examined; chance drew none of its unexamined hits, or none of
#: all declarations; chance drew too few in all, or too few of its hits; too few finds to say that it works; too few examinations
#: to say that it does not; or the interval of its lift holds 1.
Why = Literal[
    "",
    "none examined",
    "none drawn",
    "no random draws",
    "few draws",
    "few drawn",
    "few finds",
    "few examined",
    "holds one",
]

#: Days without a hit after which a rule counts as dead.
DEAD_DAYS: Final = 30

#: Finds, and examinations, without which a rule is not said to work or not to (count).
_FINDS_NEEDED, _EXAMINED_NEEDED = 5, 30

#: Share of a rule's hits that were examined for a reason, from which on it does not matter how few of the others chance drew (0–1).
_SEEN_ENOUGH: Final = 0.9


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """One declaration of the past, as far as rules are measured by it.

    Attributes:
        id: Stable id.
        day: Day number it was declared on.
        hits: Codes of rules that fired (0..n).
        undecided: Codes of rules whose condition could not be told (0..n).
        is_examined: Whether the goods were examined and a result came.
        is_drawn: Whether chance alone chose it for that.
        is_random: Whether it was the random share of all declarations that did, not a share of one rule's hits; None where
            a host draws in one way only, so that it is what `is_drawn` is.
        found: Whether an irregularity was found; False where not examined.
        duty: Duty recovered, national currency; None if not told.
        chance: Chance (above 0, at most 1) with which it was, or would have been, examined; None if nobody knows.
        held_days: Days from declaration to the result; None if not examined.
    """

    id: str
    day: float
    hits: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    is_examined: bool = False
    is_drawn: bool = False
    is_random: bool | None = None
    found: bool = False
    duty: float | None = None
    chance: float | None = None
    held_days: float | None = None


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it is measured: its code, whose it is, and its last day (None for one that has none)."""

    code: str
    kind: Kind
    expires: date | None = None


class RuleFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One rule measured on some declarations.

    Attributes:
        code: The rule.
        kind: Whose it is.
        state: How it stands.
        hits: Declarations it fired on (count).
        hit_share: Share of all declarations (0–1).
        undecided: Declarations on which its condition could not be told (count).
        examined: Hits that were examined (count).
        found: Of them with an irregularity (count).
        found_share: Of examined hits, the share that found something; None if none was examined.
        drawn: Hits that chance alone chose for examination (count).
        found_in_all: The share that all its hits would have shown: those examined for a reason as they are, the others by
            what chance drew of them; None where there are others and chance drew none, or too few (`draw`).
        random: The share that examinations of all declarations find, likewise; None likewise, and where chance drew
            fewer than `FEW_DRAWN`. Draws among the hits of one rule do not speak for all.
        lift: `found_in_all` by `random`; None where either is.
        why: Why it stands as it does, where that is not proven or not measured; empty else.
        duty: Duty recovered in examined hits, national currency.
        duty_alone: Of it, where no other rule fired.
        found_alone: Finds where no other rule fired (count).
        held_days: Median of days from declaration to result of examined hits; None if none was.
        held_in_vain_days: Sum of these days over hits where nothing was found.
        overlap: Share of hits on which another rule fired too (0–1); None without hits.
        closest: The rule that fires most like it, and the share of either's hits that both have; None if none does.
        last_hit: Day number of its last hit; None without.
        random_drawn: Examinations of the random share that `random` rests on (count); 0 too in figures of before.
        draw: Further random examinations of all declarations before a lift can be told (count); 0 where draws lack nothing.
    """

    code: str
    kind: Kind
    state: State
    hits: int
    hit_share: float
    undecided: int
    examined: int
    found: int
    found_share: Estimate | None
    drawn: int
    found_in_all: Estimate | None
    random: Estimate | None
    lift: Estimate | None
    why: Why
    duty: float
    duty_alone: float
    found_alone: int
    held_days: float | None
    held_in_vain_days: float
    overlap: float | None
    closest: tuple[str, float] | None
    last_hit: float | None
    random_drawn: int = 0
    draw: int = 0


def is_drawn(chance: float | None, codes: Sequence[str] | None, tells: bool) -> bool:
    """Whether chance alone chose an examined case.

    Args:
        chance: Chance with which it went to examination; None if nobody knows.
        codes: The host's rules it met; None if it does not say.
        tells: Whether the host says which cases chance chose: then whatever else was examined had a reason.
    """
    return RANDOM in (codes or ()) if tells else chance is not None and chance < 1.0


def measure_rules(cases: Sequence[Looked], rules: Sequence[Named], today: date) -> tuple[RuleFigures, ...]:
    """Measure rules on declarations of the past.

    Args:
        cases: The declarations, in any order (0..n).
        rules: Which rules (0..n); hits of others count in the overlap.
        today: Day on which it is asked whether a rule has expired.

    Returns:
        Figures by rule, in the order of `rules`.
    """
    by_rule: dict[str, list[Looked]] = {}
    undecided: dict[str, int] = {}
    for case in cases:
        for code in case.hits:
            by_rule.setdefault(code, []).append(case)
        for code in case.undecided:
            undecided[code] = undecided.get(code, 0) + 1
    population = rate_of(map(_of_all, cases))
    if population is not None and not population.drawn:
        population = None  # everything was examined that is here: of what is not, nothing is known
    last_day = max((case.day for case in cases), default=0.0)
    ids = {code: frozenset(case.id for case in hits) for code, hits in by_rule.items()}
    return tuple(
        _figures(
            rule,
            by_rule.get(rule.code, []),
            _Ground(len(cases), population, last_day, today, ids, undecided.get(rule.code, 0)),
        )
        for rule in rules
    )


class _Ground(msgspec.Struct, frozen=True):
    """What all rules are measured against."""

    cases: int
    population: Rate | None
    last_day: float
    today: date
    ids: Mapping[str, frozenset[str]]
    undecided: int


def _figures(rule: Named, hits: list[Looked], ground: _Ground) -> RuleFigures:
    examined = [case for case in hits if case.is_examined]
    found = [case for case in examined if case.found]
    alone = [case for case in found if len(case.hits) == 1]
    held = [case.held_days for case in examined if case.held_days is not None]
    own = rate_of(map(_trial, hits))
    lack, draw = _lack(own, hits, ground)
    over = None if lack else lift(own, ground.population)
    last_hit = max((case.day for case in hits), default=None)
    state = _state(rule, (over, len(found), len(examined)), last_hit, ground)
    return RuleFigures(
        code=rule.code,
        kind=rule.kind,
        state=state,
        hits=len(hits),
        hit_share=len(hits) / ground.cases if ground.cases else 0.0,
        undecided=ground.undecided,
        examined=len(examined),
        found=len(found),
        found_share=share(len(found), len(examined)),
        drawn=sum(case.is_drawn for case in examined),
        found_in_all=own.share if own and not lack else None,
        random=ground.population.share if ground.population and ground.population.drawn >= FEW_DRAWN else None,
        random_drawn=ground.population.drawn if ground.population else 0,
        lift=over,
        draw=draw,
        why=_why(state, (over, lack), len(examined)),
        duty=sum(case.duty or 0.0 for case in found),
        duty_alone=sum(case.duty or 0.0 for case in alone),
        found_alone=len(alone),
        held_days=statistics.median(held) if held else None,
        held_in_vain_days=sum(case.held_days or 0.0 for case in examined if not case.found),
        overlap=sum(len(case.hits) > 1 for case in hits) / len(hits) if hits else None,
        closest=_closest(rule.code, ground.ids),
        last_hit=last_hit,
    )


def _trial(case: Looked) -> Trial:
    return Trial(is_examined=case.is_examined, is_drawn=case.is_drawn, found=case.found, chance=case.chance)


def _of_all(case: Looked) -> Trial:
    """The same as far as it speaks for all declarations: drawn only if the random share of all drew it."""
    is_random = case.is_drawn if case.is_random is None else case.is_random
    return Trial(is_examined=case.is_examined, is_drawn=is_random, found=case.found, chance=case.chance)


def _lack(own: Rate | None, hits: Sequence[Looked], ground: _Ground) -> tuple[Why, int]:
    """What draws lack before a rate or a lift is told, and how many more are to be drawn from all declarations."""
    everything = ground.population
    if everything is None or not everything.drawn:
        return "no random draws", FIRST_DRAWS
    if own is None and not hits:
        return "", 0
    directed = sum(case.is_examined and not case.is_drawn for case in hits)
    of_it = own.drawn if own else 0
    is_seen = bool(hits) and directed >= _SEEN_ENOUGH * len(hits)
    falls = of_it / everything.drawn if of_it else len(hits) / max(1, ground.cases)
    further = 0 if is_seen or of_it >= FEW_DRAWN or not falls else math.ceil((FEW_DRAWN - of_it) / falls)
    draw = max(1, FIRST_DRAWS - everything.drawn, further)
    if everything.drawn < FEW_DRAWN:
        return "few draws", draw
    if of_it < FEW_DRAWN and not is_seen:
        return "none drawn" if own is None else "few drawn", draw
    return "", 0


def _why(state: State, rates: tuple[Estimate | None, Why], examined: int) -> Why:
    over, lack = rates
    if state == "unmeasured":
        return lack if lack and examined else "none examined"
    if state != "unproven" or over is None:
        return ""
    if over.low > 1:
        return "few finds"
    return "few examined" if over.high < 1 else "holds one"


def _state(rule: Named, measured: tuple[Estimate | None, int, int], last_hit: float | None, ground: _Ground) -> State:
    lift, found, examined = measured
    if rule.expires is not None and rule.expires < ground.today:
        return "expired"
    if last_hit is None or last_hit < ground.last_day - DEAD_DAYS:
        return "dead"
    if lift is None:
        return "unmeasured"
    if lift.low > 1 and found >= _FINDS_NEEDED:
        return "works"
    return "barren" if lift.high < 1 and examined >= _EXAMINED_NEEDED else "unproven"


def _closest(code: str, ids: Mapping[str, frozenset[str]]) -> tuple[str, float] | None:
    """The other rule that shares most hits with it, by Jaccard's share."""
    own = ids.get(code)
    shared = [
        (len(own & theirs) / len(own | theirs), other) for other, theirs in sorted(ids.items()) if own and other != code
    ]
    best = max(shared, default=None, key=lambda pair: pair[0])
    return (best[1], best[0]) if best and best[0] > 0 else None
