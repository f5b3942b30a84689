# SPDX-License-Identifier: Apache-2.0
"""Assessment → lane, one case after the other per office, in the order of the book.

The score chooses first, against the office's own recent scores and as far as today's places go; of the others chance takes
its share, which nobody can steer; then the rules ask for documents. Who misses a full lane falls to the next, never to
green. A lane once given is never lowered. What intelligence asks for is given whatever the score and the places.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from cocket.control.draw import draw_number
from cocket.control.standing import Standing
from cocket.errors import SettingsError
from cocket.model.message import Lane

Why = Literal["random", "score", "rule", "intelligence", "full", "audit", "given", "none"]

#: Mildest first.
LANES: tuple[Lane, ...] = ("green", "blue", "yellow", "red")
_RANK = {lane: rank for rank, lane in enumerate(LANES)}

#: Before an office has scored this many cases, its own quantiles say little and the fixed thresholds hold.
_SETTLED = 50


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an administration spends its examinations.

    Attributes:
        red_per_day: Examinations an office can do a day (count), random ones included.
        yellow_per_day: Document checks an office can do a day (count).
        random_reserve: Red places a day that are kept for chance (count, at most `red_per_day`).
        red_share: Share of cases, highest scores first, meant for red (0–1).
        yellow_share: Share after them meant for yellow (0–1).
        blue_share: Share after those meant for audit after release (0–1).
        random_share: Share drawn for red whatever the score (0–1).
        red_score: Score for red while an office is new (0–1).
        yellow_score: Score for yellow while an office is new (0–1).
        rules_score: Score by the rules alone from which red is wished for while there is no model (0–1).
        rules_to_yellow: Rules that ask for the documents at least (0..n).
        standing_factor: What the score of a consignment is multiplied by where its trader's standing covers it (0–1); 1
            gives a standing no weight.
        recent: Scores an office remembers (count).
    """

    red_per_day: int = 20
    yellow_per_day: int = 40
    random_reserve: int = 4
    red_share: float = 0.08
    yellow_share: float = 0.12
    blue_share: float = 0.05
    random_share: float = 0.02
    red_score: float = 0.20
    yellow_score: float = 0.10
    rules_score: float = 0.40
    rules_to_yellow: tuple[str, ...] = ("papers-disagree",)
    standing_factor: float = 0.5
    recent: int = 500

    def __post_init__(self) -> None:
        problems = []
        shares = (self.red_share, self.yellow_share, self.blue_share, self.random_share)
        if min(shares) < 0 or sum(shares) > 1:
            problems.append("shares must not be negative, nor sum to more than 1")
        if not 0 <= self.random_reserve <= self.red_per_day or self.yellow_per_day < 0:
            problems.append("places a day must not be negative, nor the reserve above red_per_day")
        if not 0 <= self.standing_factor <= 1:
            problems.append("standing_factor must lie between 0 and 1")
        if self.recent < _SETTLED:
            problems.append(f"recent must be at least {_SETTLED}")
        if problems:
            raise SettingsError(
                "The control policy does not hold: " + "; ".join(problems) + ".", problems=tuple(problems)
            )


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One assessed consignment that needs a lane.

    Attributes:
        consignment: Stable id; the draw hangs on it alone.
        office: Customs office; cases without one share the office "".
        day: The office's working day.
        score: 0–1, higher is worse.
        rules: Rules that fired (0..n).
        degraded: Whether the model was missing.
        given: Lane it has already, from an earlier version of its papers; None for a new one.
        intelligence: Lane that active intelligence asks for; None if none does.
        standing: The trader's standing that covers it, valid on its day; None if none does.
    """

    consignment: str
    office: str
    day: date
    score: float
    rules: tuple[str, ...] = ()
    degraded: bool = False
    given: Lane | None = None
    intelligence: Lane | None = None
    standing: Standing | None = None


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The lane of one consignment, and how it came to it.

    Attributes:
        consignment: Stable id.
        office: Customs office.
        day: The office's working day.
        lane: The lane advised.
        why: `score`, `random` (chance alone chose it), `rule`, `intelligence`, `full` (a worse lane had no place left),
            `audit`, `given` (an earlier lane stands), `none` (nothing speaks against it).
        number: The number drawn (0–1).
        propensity: Chance with which it goes to examination, over all seeds (0–1), the score and today's places given.
        threshold: Score that red asked for at that moment; None where degraded.
        degraded: Whether the model was missing.
        standing: The standing that lowered the score; None if none weighed, as where chance drew it.
        standing_factor: What the score was multiplied by (0–1); 1 where no standing weighed.
    """

    consignment: str
    office: str
    day: date
    lane: Lane
    why: Why
    number: float
    propensity: float
    threshold: float | None = None
    degraded: bool = False
    standing: Standing | None = None
    standing_factor: float = 1.0

    @property
    def is_random(self) -> bool:
        """Whether chance chose it; then its reasons did not."""
        return self.why == "random"


class OfficeState(msgspec.Struct, kw_only=True):
    """What an office has used of its day, and the scores it has seen.

    Attributes:
        day: The working day the counts are of.
        red: Red places used, random ones included (count).
        red_random: Of them drawn (count).
        yellow: Yellow places used (count).
        scores: Latest scores, oldest first.
    """

    day: date
    red: int = 0
    red_random: int = 0
    yellow: int = 0
    scores: list[float] = []


class ControlState(msgspec.Struct, kw_only=True):
    """Everything the selection remembers, by office; plain data, to be kept as MessagePack or JSON."""

    offices: dict[str, OfficeState] = {}


def select(candidates: Sequence[Candidate], state: ControlState, policy: Policy, seed: bytes) -> list[Selection]:
    """Give lanes to some consignments, in their order.

    Args:
        candidates: In index order (0..n).
        state: What was used so far; brought up to date here.
        policy: How examinations are spent.
        seed: Secret seed of the draw, committed to beforehand; for an amendment that of the first version's day.

    Returns:
        One selection a candidate, in the same order.

    Source: Revised Kyoto Convention, General Annex, standards 6.3 to 6.5; WTO Trade Facilitation Agreement, article 7.4.3
    (random selection as part of risk management).
    """
    return [_select(candidate, _office(state, candidate), policy, seed) for candidate in candidates]


def _office(state: ControlState, candidate: Candidate) -> OfficeState:
    office = state.offices.get(candidate.office)
    if office is None:
        office = state.offices[candidate.office] = OfficeState(day=candidate.day)
    elif candidate.day > office.day:
        office.day, office.red, office.red_random, office.yellow = candidate.day, 0, 0, 0
    return office


def _select(candidate: Candidate, office: OfficeState, policy: Policy, seed: bytes) -> Selection:
    number = draw_number(seed, candidate.consignment)
    cuts = _Cuts.of(office, policy)
    propensity = _propensity(candidate, office, cuts, policy)
    wish = _wish(candidate, number, office, cuts, policy)
    if candidate.intelligence and _RANK[candidate.intelligence] >= _RANK[wish[0]]:
        wish = candidate.intelligence, "intelligence"
    lane, why = _grant(wish, candidate.given, office, policy)
    if candidate.intelligence and _RANK[lane] < _RANK[candidate.intelligence]:  # the place wished for was full
        lane, why = _grant((candidate.intelligence, "intelligence"), candidate.given, office, policy)
    if not candidate.degraded and candidate.given is None:
        office.scores.append(candidate.score)
        del office.scores[: -policy.recent]
    return Selection(
        consignment=candidate.consignment,
        office=candidate.office,
        day=candidate.day,
        lane=lane,
        why=why,
        number=number,
        propensity=propensity,
        threshold=None if candidate.degraded else cuts.red,
        degraded=candidate.degraded,
        standing=candidate.standing if _heeds_standing(candidate, number, policy) else None,
        standing_factor=_standing_factor(candidate, number, policy),
    )


class _Cuts(msgspec.Struct, frozen=True):
    """Scores from which on a lane is wished for."""

    red: float
    yellow: float
    blue: float

    @classmethod
    def of(cls, office: OfficeState, policy: Policy) -> _Cuts:
        """From the office's own recent scores; while it is new, from the policy."""
        known = sorted(office.scores)
        if len(known) < _SETTLED:
            return cls(policy.red_score, policy.yellow_score, policy.yellow_score)
        red, yellow, blue = policy.red_share, policy.yellow_share, policy.blue_share
        return cls(_cut(known, red), _cut(known, red + yellow), _cut(known, red + yellow + blue))


def _cut(known: list[float], share: float) -> float:
    """The score above which the given share of recent scores lies; above all of them for no share."""
    place = len(known) - round(len(known) * share)
    return known[place] if place < len(known) else float("inf")


def _wish(candidate: Candidate, number: float, office: OfficeState, cuts: _Cuts, policy: Policy) -> tuple[Lane, Why]:
    """The lane it should get, were there places enough."""
    candidate = _weighed(candidate, number, policy)
    lane, why = _by_rules(candidate, number, policy) if candidate.degraded else _by_score(candidate, cuts, policy)
    if lane == "red" and _has_scored_place(office, policy):
        return lane, why
    return ("red", "random") if number < _chance(candidate, policy) else (lane, why)


def _heeds_standing(candidate: Candidate, number: float, policy: Policy) -> bool:
    """Whether the trader's standing may weigh: not where chance draws the case, nor where intelligence names it.

    So whoever is drawn goes through as if nobody had a standing, and the random share stays what the seed makes it.
    """
    is_drawn = number < _chance(candidate, policy)
    is_named = candidate.intelligence is not None or "intelligence" in candidate.rules
    return candidate.standing is not None and not is_drawn and not is_named


def _standing_factor(candidate: Candidate, number: float, policy: Policy) -> float:
    return policy.standing_factor if _heeds_standing(candidate, number, policy) else 1.0


def _weighed(candidate: Candidate, number: float, policy: Policy) -> Candidate:
    """The case with its score as far as the trader's standing leaves it; the score itself stays on record."""
    score = candidate.score * _standing_factor(candidate, number, policy)
    return msgspec.structs.replace(candidate, score=score)


def _chance(candidate: Candidate, policy: Policy) -> float:
    """The share that chance takes for red: its own, and without a model that of the score as well."""
    return policy.random_share + (policy.red_share if candidate.degraded else 0.0)


def _by_score(candidate: Candidate, cuts: _Cuts, policy: Policy) -> tuple[Lane, Why]:
    if candidate.score >= cuts.red:
        return "red", "score"
    if candidate.score >= cuts.yellow:
        return "yellow", "score"
    if set(candidate.rules) & set(policy.rules_to_yellow):
        return "yellow", "rule"
    return ("blue", "audit") if candidate.score >= cuts.blue else ("green", "none")


def _by_rules(candidate: Candidate, number: float, policy: Policy) -> tuple[Lane, Why]:
    """Without a model: strong rules ask for an examination, any rule for the documents, and chance fills the shares."""
    if candidate.score >= policy.rules_score:
        return "red", "rule"
    if candidate.rules:
        return "yellow", "rule"
    yellow = _chance(candidate, policy) + policy.yellow_share
    if number < yellow:
        return "yellow", "random"
    return ("blue", "audit") if number < yellow + policy.blue_share else ("green", "none")


def _propensity(candidate: Candidate, office: OfficeState, cuts: _Cuts, policy: Policy) -> float:
    """Chance of examination over all seeds: 1 where score or rules are sure of a place, else what chance may still take."""
    if "red" in (candidate.given, candidate.intelligence):
        return 1.0
    if _wish(candidate, 1.0, office, cuts, policy)[0] == "red" and _has_scored_place(office, policy):
        return 1.0
    return _chance(candidate, policy) if office.red < policy.red_per_day else 0.0


def _has_scored_place(office: OfficeState, policy: Policy) -> bool:
    """Whether a red place is left that is not kept for chance."""
    kept = max(0, policy.random_reserve - office.red_random)
    return office.red + kept < policy.red_per_day


def _grant(wish: tuple[Lane, Why], given: Lane | None, office: OfficeState, policy: Policy) -> tuple[Lane, Why]:
    """The lane wished for, if it has a place; else the next milder one, never green; never milder than `given`."""
    lane, why = wish
    if given is not None and _RANK[lane] <= _RANK[given]:
        return given, "given"
    if why == "intelligence":
        office.red += lane == "red"
        office.yellow += lane == "yellow"
        return lane, why
    if lane == "red":
        if office.red < policy.red_per_day and (why == "random" or _has_scored_place(office, policy)):
            office.red += 1
            office.red_random += why == "random"
            return "red", why
        lane, why = "yellow", "full"
    if lane == "yellow" and given != "yellow":
        if office.yellow < policy.yellow_per_day:
            office.yellow += 1
            return "yellow", why
        lane, why = "blue", "full"
    return (given, "given") if given is not None and _RANK[lane] <= _RANK[given] else (lane, why)
