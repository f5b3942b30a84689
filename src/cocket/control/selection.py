# SPDX-License-Identifier: Apache-2.0
"""Assessment → lane, one case after the other per office, in the order of the book.

The score chooses first, against the office's own recent scores and as far as today's places go; of the others chance takes
its share, which nobody can steer; then the rules ask for documents. Who misses a full lane falls to the next, never to
green. A lane once given is never lowered, and what was drawn once is never drawn again. What intelligence asks for is
given whatever the score and the places, and red where a red alert from the way stands.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

import msgspec

from cocket.control.asking import Asked, Asking, ask
from cocket.control.draw import commit_seed, draw_number
from cocket.control.exploration import Exploring
from cocket.control.kept import Drawing, KeptDraws, RuleDraw
from cocket.control.standing import Standing
from cocket.control.terms import SETTLED, Policy, PolicyBook
from cocket.model.message import Lane

Why = Literal["random", "score", "rule", "intelligence", "alert", "full", "audit", "given", "none"]

#: Mildest first.
LANES: tuple[Lane, ...] = ("green", "blue", "yellow", "red")
_RANK = {lane: rank for rank, lane in enumerate(LANES)}

#: Days of arrivals an office remembers, and how many it needs before it keeps pace with them.
_DAYS, _DAYS_NEEDED = 14, 3


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One assessed consignment that needs a lane.

    Attributes:
        consignment: Stable id; the draw hangs on it alone.
        office: Customs office; cases without one share the office "".
        flow: What the declaration is for; None if not stated.
        day: The office's working day.
        score: 0–1, higher is worse.
        duty: Duty at stake, national currency; None if unknown.
        rules: Rules that fired (0..n).
        asking: Of them those that ask for something (0..n).
        degraded: Whether the model was missing.
        given: Lane it has already, from an earlier version of its papers; None for a new one.
        kept: What was drawn for it before; None for a new one.
        intelligence: Lane that active intelligence asks for; None if none does.
        standing: The trader's standing that covers it, valid on its day; None if none does.
        alerted: Whether a red alert from the way stands.
    """

    consignment: str
    office: str
    flow: str | None = None
    day: date
    score: float
    duty: float | None = None
    rules: tuple[str, ...] = ()
    asking: tuple[Asking, ...] = ()
    degraded: bool = False
    given: Lane | None = None
    kept: KeptDraws | None = None
    intelligence: Lane | None = None
    standing: Standing | None = None
    alerted: bool = False


class Grounds(msgspec.Struct, frozen=True, kw_only=True):
    """All that decided a lane besides the number drawn: with it the lane can be found again by hand.

    Attributes:
        score: Score before it was weighed (0–1); that of the rules alone where the model was missing.
        standing: What the trader's standing multiplied it by (0–1).
        weight: What the duty at stake multiplied it by; 1 where it moved nothing.
        red: Weighed score from which red was wished for; None if none could reach it.
        yellow: The same for yellow; None too where the model was missing.
        blue: The same for blue; None too where the model was missing.
        yellow_below: Number drawn below which yellow was wished for, where the model was missing; else None.
        blue_below: The same for blue.
        has_documents_rule: Whether a rule fired that asks for the documents at least; any rule where the model was missing.
        asked: Strictest lane that rules asked for; None if none did.
        intelligence: Lane that intelligence asked for; None if none did.
        is_alerted: Whether a red alert from the way stood.
        given: Lane it had already; None for a new one.
        has_red_place: Whether the office had a red place left.
        has_scored_place: Whether one was left that is not kept for chance.
        has_yellow_place: Whether it had a yellow place left.
    """

    score: float
    standing: float
    weight: float
    red: float | None
    yellow: float | None
    blue: float | None
    yellow_below: float | None
    blue_below: float | None
    has_documents_rule: bool
    asked: Lane | None
    intelligence: Lane | None
    is_alerted: bool
    given: Lane | None
    has_red_place: bool
    has_scored_place: bool
    has_yellow_place: bool


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The lane of one consignment, and how it came to it.

    Attributes:
        consignment: Stable id.
        office: Customs office.
        day: The office's working day.
        lane: The lane advised.
        why: `score`, `random` (chance alone chose it), `rule`, `intelligence`, `alert`, `full` (a worse lane had no place left),
            `audit`, `given` (an earlier lane stands), `none` (nothing speaks against it).
        number: The number drawn when it was first assessed (0–1).
        chance: Share drawn for red at that moment whatever the score (0–1): a number below it is drawn.
        propensity: Chance with which it goes to examination, over all seeds (0–1), the score and today's places given; where
            a red lane stands from an earlier version, the chance with which it was given.
        threshold: Score, weighed by the duty at stake as far as policy has it, required for red at that moment; None
            where degraded.
        degraded: Whether the model was missing.
        standing: The standing that lowered the score; None if none weighed, as where chance drew it.
        standing_factor: What the score was multiplied by (0–1); 1 where no standing weighed.
        asked_by: Rules that asked for a lane or a query (0..n).
        is_query: Whether the declarant is to be asked something first, whatever the lane.
        delay_minutes: Minutes for which the lane may still be changed before release; 0 but for green.
        drawn_as: Consignment under whose id the number was drawn; another than `consignment` where two were found to be one.
        commitment: The commitment it was drawn under.
        rule_draws: What was drawn for rules that ask on a share of their hits, now and before (0..n).
        was_random: Whether the lane stands from an earlier version, and chance alone chose it then.
        grounds: What decided the lane besides the number; None where it was not kept.
    """

    consignment: str
    office: str
    day: date
    lane: Lane
    why: Why
    number: float
    chance: float
    propensity: float
    threshold: float | None = None
    degraded: bool = False
    standing: Standing | None = None
    standing_factor: float = 1.0
    asked_by: tuple[str, ...] = ()
    is_query: bool = False
    delay_minutes: int = 0
    drawn_as: str = ""
    commitment: str = ""
    rule_draws: tuple[RuleDraw, ...] = ()
    was_random: bool = False
    grounds: Grounds | None = None

    @property
    def is_random(self) -> bool:
        """Whether chance chose it, now or when its lane was given; then its reasons did not."""
        return self.why == "random" or self.was_random


class OfficeState(msgspec.Struct, kw_only=True):
    """What an office has used of its day, and the scores it has seen.

    Attributes:
        day: The working day the counts are of.
        red: Red places used, random ones included (count).
        red_random: Of them drawn (count).
        yellow: Yellow places used (count).
        scores: Latest scores, weighed by the duty at stake as far as policy has it, oldest first.
        arrivals: Cases of earlier days, oldest first (0..14).
        today: Cases of this day (count).
        unchosen: Rule → hits in a row on which it did not ask.
        explore: Share of cases that exploration wants drawn (0–1); None if it wants none. Heeded where terms explore.
    """

    day: date
    red: int = 0
    red_random: int = 0
    yellow: int = 0
    scores: list[float] = []
    arrivals: list[int] = []
    today: int = 0
    unchosen: dict[str, int] = {}
    explore: float | None = None

    def turn_to(self, day: date) -> None:
        """Begin a new day."""
        self.arrivals = [*self.arrivals, self.today][-_DAYS:]
        self.day, self.red, self.red_random, self.yellow, self.today = day, 0, 0, 0, 0


class ControlState(msgspec.Struct, kw_only=True):
    """Everything the selection remembers, by office; plain data, to be kept as MessagePack or JSON.

    Attributes:
        offices: What each used of its day, and the scores it has seen.
        exploring: How the share drawn is steered, of offices that explore.
    """

    offices: dict[str, OfficeState] = {}
    exploring: dict[str, Exploring] = {}


def select(
    candidates: Sequence[Candidate], state: ControlState, policy: Policy | PolicyBook, seed: bytes
) -> list[Selection]:
    """Give lanes to some consignments, in their order.

    Args:
        candidates: In index order (0..n).
        state: What was used so far; brought up to date here.
        policy: How examinations are spent: terms for all, or a book of them.
        seed: Secret seed of today, committed to beforehand; what was drawn before it leaves as it is.

    Returns:
        One selection a candidate, in the same order.

    Source: Revised Kyoto Convention, General Annex, standards 6.3 to 6.5; WTO Trade Facilitation Agreement, article 7.4.3
    (random selection as part of risk management).
    """
    book = policy if isinstance(policy, PolicyBook) else PolicyBook(usual=policy)
    selections, commitment = [], commit_seed(seed)
    for candidate in candidates:
        name, terms = book.terms(candidate.office, candidate.flow)
        rules = candidate.kept.rules if candidate.kept else ()
        drawing = Drawing(consignment=candidate.consignment, seed=seed, commitment=commitment, kept=rules)
        selections.append(_select(candidate, _office(state, name, candidate.day), terms, drawing))
    return selections


class _Lot(NamedTuple):
    """The number drawn, and the share that it was held against."""

    number: float
    chance: float

    @property
    def is_drawn(self) -> bool:
        return self.number < self.chance


def _office(state: ControlState, name: str, day: date) -> OfficeState:
    office = state.offices.get(name)
    if office is None:
        office = state.offices[name] = OfficeState(day=day)
    elif day > office.day:
        office.turn_to(day)
    return office


def _select(candidate: Candidate, office: OfficeState, policy: Policy, drawing: Drawing) -> Selection:
    policy = _explored(office, policy)
    kept = candidate.kept or _first_draw(candidate, policy, drawing)
    lot = _Lot(kept.number, kept.chance)
    cuts = _Cuts.of(office, policy)
    unchosen = office.unchosen if candidate.given is None else dict(office.unchosen)
    asked = ask(candidate.asking, drawing, unchosen, policy.most_hits_unselected)
    propensity = _propensity(candidate, office, cuts, policy, _Odds(lot.chance, asked.red_chance))
    grounds = _grounds(candidate, lot, office, (cuts, policy), asked)
    lane, why = _lane(candidate, _wish(candidate, lot, office, cuts, policy), office, policy, asked)
    if candidate.given is None:
        office.today += 1
    if not candidate.degraded and candidate.given is None:
        office.scores.append(_priority(candidate, policy))
        del office.scores[: -policy.recent]
    return Selection(
        consignment=candidate.consignment,
        office=candidate.office,
        day=candidate.day,
        lane=lane,
        why=why,
        number=lot.number,
        chance=lot.chance,
        propensity=propensity,
        threshold=None if candidate.degraded else cuts.red,
        degraded=candidate.degraded,
        standing=candidate.standing if _heeds_standing(candidate, lot) else None,
        standing_factor=_standing_factor(candidate, lot, policy),
        asked_by=asked.by,
        is_query=asked.is_query,
        delay_minutes=policy.green_delay_minutes if lane == "green" else 0,
        drawn_as=kept.drawn_as,
        commitment=kept.commitment,
        rule_draws=asked.draws,
        was_random=why == "given" and kept.is_random,
        grounds=grounds,
    )


def _grounds(
    candidate: Candidate, lot: _Lot, office: OfficeState, terms: tuple[_Cuts, Policy], asked: Asked
) -> Grounds:
    """What decides the lane of a case, before it takes its place."""
    cuts, policy = terms
    is_degraded = candidate.degraded
    yellow_below = lot.chance + policy.yellow_share
    return Grounds(
        score=candidate.score,
        standing=_standing_factor(candidate, lot, policy),
        weight=_weight(candidate, policy) if cuts.is_settled and not is_degraded else 1.0,
        red=policy.rules_score if is_degraded else _reachable(cuts.red),
        yellow=None if is_degraded else _reachable(cuts.yellow),
        blue=None if is_degraded else _reachable(cuts.blue),
        yellow_below=yellow_below if is_degraded else None,
        blue_below=yellow_below + policy.blue_share if is_degraded else None,
        has_documents_rule=bool(candidate.rules if is_degraded else set(candidate.rules) & set(policy.rules_to_yellow)),
        asked=asked.lane,
        intelligence=candidate.intelligence,
        is_alerted=candidate.alerted,
        given=candidate.given,
        has_red_place=office.red < policy.red_per_day,
        has_scored_place=_has_scored_place(office, policy),
        has_yellow_place=office.yellow < policy.yellow_per_day,
    )


def _reachable(cut: float) -> float | None:
    return cut if math.isfinite(cut) else None


def _first_draw(candidate: Candidate, policy: Policy, drawing: Drawing) -> KeptDraws:
    """The draw of a consignment that was never drawn for.

    Chance takes its own share for red, and without a model that of the score as well.
    """
    return KeptDraws(
        drawn_as=drawing.consignment,
        number=draw_number(drawing.seed, drawing.consignment),
        chance=policy.random_share + (policy.red_share if candidate.degraded else 0.0),
        commitment=drawing.commitment,
        propensity=0.0,
    )


def _lane(
    candidate: Candidate, wish: tuple[Lane, Why], office: OfficeState, policy: Policy, asked: Asked
) -> tuple[Lane, Why]:
    """The lane given: what score, chance and rules wish for as far as there are places, and intelligence whatever there is."""
    if asked.lane and _RANK[asked.lane] > _RANK[wish[0]]:
        wish = asked.lane, "rule"
    if candidate.intelligence and _RANK[candidate.intelligence] >= _RANK[wish[0]]:
        wish = candidate.intelligence, "intelligence"
    if candidate.alerted and candidate.given != "red":
        return _grant(("red", "alert"), candidate.given, office, policy)
    lane, why = _grant(wish, candidate.given, office, policy)
    if candidate.intelligence and _RANK[lane] < _RANK[candidate.intelligence]:  # the place wished for was full
        lane, why = _grant((candidate.intelligence, "intelligence"), candidate.given, office, policy)
    return lane, why


def _explored(office: OfficeState, policy: Policy) -> Policy:
    """The terms with the share that exploration wants drawn, taken from what the score would have; never less than policy has.

    Of the places a day chance keeps the part that it has of the examinations.
    """
    if not policy.explore_most or office.explore is None or office.explore <= policy.random_share:
        return policy
    whole = policy.red_share + policy.random_share
    share = min(office.explore, 1.0 - policy.yellow_share - policy.blue_share)
    part = min(1.0, share / whole) if whole else 1.0
    return msgspec.structs.replace(
        policy,
        random_share=share,
        red_share=max(0.0, whole - share),
        random_reserve=max(policy.random_reserve, math.ceil(policy.red_per_day * part)),
    )


def _priority(candidate: Candidate, policy: Policy) -> float:
    """The score, moved up by the duty at stake as far as policy has it; a duty that is unknown moves nothing."""
    return candidate.score * _weight(candidate, policy)


def _weight(candidate: Candidate, policy: Policy) -> float:
    """What the duty at stake multiplies the score by; 1 where it moves nothing."""
    if not policy.revenue_weight or not candidate.duty:
        return 1.0
    return float((1.0 + max(0.0, candidate.duty) / policy.duty_unit) ** policy.revenue_weight)


class _Cuts(msgspec.Struct, frozen=True):
    """From where on a lane is wished for: priorities, or plain scores while the office is new."""

    red: float
    yellow: float
    blue: float
    is_settled: bool

    @classmethod
    def of(cls, office: OfficeState, policy: Policy) -> _Cuts:
        """From the office's own recent scores; while it is new, from the policy."""
        known = sorted(office.scores)
        if len(known) < SETTLED:
            return cls(policy.red_score, policy.yellow_score, policy.yellow_score, False)
        red = _red_share(office, policy)
        yellow = policy.red_share + policy.yellow_share  # what red has no place for is meant for yellow
        return cls(_cut(known, red), _cut(known, yellow), _cut(known, yellow + policy.blue_share), True)


def _red_share(office: OfficeState, policy: Policy) -> float:
    """The share meant for red: what policy has, or what today's places allow among the cases still to come."""
    if not policy.keeps_pace or len(office.arrivals) < _DAYS_NEEDED:
        return policy.red_share
    usual = statistics.median(office.arrivals)
    to_come = max(usual - office.today, 0.05 * usual, 1.0)
    kept = max(0, policy.random_reserve - office.red_random)
    left = max(0, policy.red_per_day - office.red - kept)
    return min(policy.red_share, left / to_come)


def _cut(known: list[float], share: float) -> float:
    """The score above which the given share of recent scores lies; above all of them for no share."""
    place = len(known) - round(len(known) * share)
    return known[place] if place < len(known) else float("inf")


def _wish(candidate: Candidate, lot: _Lot, office: OfficeState, cuts: _Cuts, policy: Policy) -> tuple[Lane, Why]:
    """The lane it should get, were there places enough."""
    candidate = _weighed(candidate, lot, policy)
    lane, why = _by_rules(candidate, lot, policy) if candidate.degraded else _by_score(candidate, cuts, policy)
    if lane == "red" and _has_scored_place(office, policy):
        return lane, why
    return ("red", "random") if lot.is_drawn else (lane, why)


def _heeds_standing(candidate: Candidate, lot: _Lot) -> bool:
    """Whether the trader's standing may weigh: not where chance draws the case, nor where intelligence names it.

    So whoever is drawn goes through as if nobody had a standing, and the random share stays what the seed makes it.
    """
    is_named = candidate.alerted or candidate.intelligence is not None or "intelligence" in candidate.rules
    return candidate.standing is not None and not lot.is_drawn and not is_named


def _standing_factor(candidate: Candidate, lot: _Lot, policy: Policy) -> float:
    return policy.standing_factor if _heeds_standing(candidate, lot) else 1.0


def _weighed(candidate: Candidate, lot: _Lot, policy: Policy) -> Candidate:
    """The case with its score as far as the trader's standing leaves it; the score itself stays on record."""
    score = candidate.score * _standing_factor(candidate, lot, policy)
    return msgspec.structs.replace(candidate, score=score)


def _by_score(candidate: Candidate, cuts: _Cuts, policy: Policy) -> tuple[Lane, Why]:
    height = _priority(candidate, policy) if cuts.is_settled else candidate.score
    if height >= cuts.red:
        return "red", "score"
    if height >= cuts.yellow:
        return "yellow", "score"
    if set(candidate.rules) & set(policy.rules_to_yellow):
        return "yellow", "rule"
    return ("blue", "audit") if height >= cuts.blue else ("green", "none")


def _by_rules(candidate: Candidate, lot: _Lot, policy: Policy) -> tuple[Lane, Why]:
    """Without a model: strong rules ask for an examination, any rule for the documents, and chance fills the shares."""
    if candidate.score >= policy.rules_score:
        return "red", "rule"
    if candidate.rules:
        return "yellow", "rule"
    yellow = lot.chance + policy.yellow_share
    if lot.number < yellow:
        return "yellow", "random"
    return ("blue", "audit") if lot.number < yellow + policy.blue_share else ("green", "none")


class _Odds(NamedTuple):
    """Shares of all seeds with which chance, and with which rules, ask for red."""

    chance: float
    by_rule: float


def _propensity(candidate: Candidate, office: OfficeState, cuts: _Cuts, policy: Policy, odds: _Odds) -> float:
    """Chance of examination over all seeds: 1 where score or rules are sure of a place, else what chance may still take.

    A red lane that stands keeps the chance with which it was given: the amendment may be what the examination brought
    about, so it tells nothing of what would have become of the consignment undrawn.
    """
    before = candidate.kept.propensity if candidate.kept else 0.0
    if candidate.given == "red":
        return before if candidate.kept else 1.0
    if candidate.alerted or candidate.intelligence == "red":
        return 1.0
    if _wish(candidate, _Lot(1.0, odds.chance), office, cuts, policy)[0] == "red" and _has_scored_place(office, policy):
        return 1.0
    if office.red >= policy.red_per_day:
        return before
    by_rule = odds.by_rule if _has_scored_place(office, policy) else 0.0
    return max(before, odds.chance + (1.0 - odds.chance) * by_rule)


def _has_scored_place(office: OfficeState, policy: Policy) -> bool:
    """Whether a red place is left that is not kept for chance."""
    kept = max(0, policy.random_reserve - office.red_random)
    return office.red + kept < policy.red_per_day


def _grant(wish: tuple[Lane, Why], given: Lane | None, office: OfficeState, policy: Policy) -> tuple[Lane, Why]:
    """The lane wished for, if it has a place; else the next milder one, never green; never milder than `given`."""
    lane, why = wish
    if given is not None and _RANK[lane] <= _RANK[given]:
        return given, "given"
    if why in ("intelligence", "alert"):
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
