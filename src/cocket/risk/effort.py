# SPDX-License-Identifier: Apache-2.0
"""The same number of examinations, spent as the host did, as we advise, and by chance: what each finds, and what may be said.

One function for the review of a folder, the terminal and the director's page, so that of the same declarations, scores and
chances all three say the same.
What nobody examined is spoken for by what chance alone drew, and by nothing else; so a difference is stated only where its
interval leaves no doubt, and money only where there is a difference.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from cocket.risk.estimate import FIRST_DRAWS, Estimate, Lack, Trial, Yield, lack_of, of_others, share, top, yield_of

#: What may be said of our advice against the host.
Verdict = Literal["finds more", "finds less", "no difference seen", "cannot say yet"]

#: To halve an interval takes four times as many.
_TO_HALVE: Final = 3


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration that might have been examined.

    Attributes:
        id: Stable id.
        place: Office and day whose examinations it competes for.
        score: Our score (0–1, higher is worse).
        duty: Duty at stake, national currency; None if unknown.
        is_examined: Whether it was examined.
        is_drawn: Whether chance alone chose it for that.
        found: Whether something was found; False where not examined.
        recovered: Duty recovered, national currency; 0 where nothing was.
        chance: Chance (above 0, at most 1) with which it was examined or would have been; None if nobody knows.
        is_host: Whether the host chose it; None where the host's choice is what was examined.
    """

    id: str
    place: str
    score: float
    duty: float | None
    is_examined: bool
    is_drawn: bool
    found: bool
    recovered: float
    chance: float | None
    is_host: bool | None = None


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one way of choosing finds with the examinations that there were.

    Attributes:
        found: Finds (count), with the interval of what these very declarations hold.
        share: Finds by examinations (0–1), with the interval for declarations like them: few cases say little, all examined or not.
        amount: Recovered, national currency.
        chosen: Its own choices (count); what they find is put in proportion where they are more or fewer.
        seen: Of them examined (count): what these hold is known.
        drawn: Of them drawn at random (count): on these rests what is said of the others.
    """

    found: Estimate
    share: Estimate
    amount: Estimate
    chosen: int
    seen: int
    drawn: int


class EqualEffort(msgspec.Struct, frozen=True, kw_only=True):
    """The same examinations, spent three ways.

    Attributes:
        declarations: Declarations compared (count).
        left_out: Declarations left out (count): nobody knows their chance, as where an officer set the lane.
        examinations: The effort, the same for all three, office by office and day by day (count).
        found: Finds of them as they were made (count).
        drawn: Of the examinations those that chance alone chose (count).
        ours: By our advice; None where chance drew none, and of what `readable` gives where it drew too few.
        host: By the host; None where it told no lane, or chance drew none to speak for what it chose and nobody examined.
        chance: At random; None where chance drew none.
        more: How many more of one examination ours finds than the host (−1–1); None where either is.
        both: Declarations that ours and the host both choose (count): the three are ways to spend the same examinations,
            and do not add up.
        verdict: What may be said.
        lack: Why nothing can be said yet; None where there is an answer, and where the host's choice is not known: no draw
            mends that.
        more_amount: What ours recovers more than the host, national currency; None without a difference.
    """

    declarations: int
    left_out: int
    examinations: int
    found: int
    drawn: int
    ours: Side | None
    host: Side | None
    chance: Side | None
    more: Estimate | None
    both: int
    verdict: Verdict
    lack: Lack | None
    more_amount: Estimate | None

    @property
    def draw(self) -> int:
        """Random examinations that are still needed for an answer (count); 0 where there is one, or none would help."""
        return self.lack.draw if self.lack else 0


class RandomShare(msgspec.Struct, frozen=True, kw_only=True):
    """What the examinations that chance drew tell of all that nobody examined.

    Attributes:
        drawn: Examinations that chance alone chose (count, 1..n).
        found: Of them with a find (count).
        share: The same as a share (0–1), with its interval.
        unseen: Declarations that nobody examined (count).
        missed: Of them those in which an examination would have found something.
        missed_amount: What these would have recovered, national currency.
        seen: Share of all there is that the examinations found (0–1).
        to_halve: Further draws with which the intervals are half as wide (count).
    """

    drawn: int
    found: int
    share: Estimate
    unseen: int
    missed: Estimate
    missed_amount: Estimate
    seen: Estimate | None
    to_halve: int

    @property
    def missing(self) -> int:
        """Further draws before anything is said of what nobody examined (count)."""
        return max(0, FIRST_DRAWS - self.drawn)


def equal_effort(choices: Sequence[Choice]) -> EqualEffort:
    """Spend the examinations anew, office by office and day by day: those with the highest scores take the places.

    Nothing is ours because it was drawn: what chance drew only tells what the rest holds.

    Args:
        choices: Declarations of the days compared (0..n).

    Source: Zou and Donner, Construction of confidence limits about effect measures, Statistics in Medicine 27, 2008 (the
    interval of a difference from those of its parts).
    """
    known = known_of(choices)
    can_tell = any(one.is_drawn for one in known)
    trials = [trial_of(one) for one in known]
    examined = [one for one in known if one.is_examined]
    effort = len(examined)
    places, their_places = our_places(known), _host_places(known)
    own = yield_of(trials, places) if can_tell else None
    theirs = yield_of(trials, their_places) if their_places is not None else None
    ours = _side(own, effort) if own else None
    host = _side(theirs, effort) if theirs and (theirs.seen == theirs.cases or theirs.drawn) else None
    chance = _chance(trials, effort) if can_tell else None
    more = _less(ours.share, host.share) if ours and host and effort else None
    lack = _lack(own, theirs, known)
    verdict = _verdict(None if lack else more)
    amount = _less(ours.amount, host.amount) if ours and host and verdict in ("finds more", "finds less") else None
    if amount is not None and not math.isfinite(amount.high - amount.low):
        amount = None
    return EqualEffort(
        declarations=len(known),
        left_out=len(choices) - len(known),
        examinations=effort,
        found=sum(one.found for one in examined),
        drawn=sum(one.is_drawn for one in examined),
        ours=ours,
        host=host,
        chance=chance,
        more=more,
        both=len(set(places) & set(their_places or ())),
        verdict=verdict,
        lack=lack,
        more_amount=amount,
    )


def readable(one: EqualEffort) -> EqualEffort:
    """The comparison as it may be shown: where too little was drawn at random no figure stands that rests on it, but why.

    What the host found stays where all that it chose was examined: that is known, and not estimated.
    """
    if one.lack is None:
        return one
    host = one.host if one.host and one.host.seen == one.host.chosen else None
    return msgspec.structs.replace(one, ours=None, host=host, chance=None, more=None, more_amount=None)


def random_share(choices: Sequence[Choice]) -> RandomShare | None:
    """What chance drew, and what that tells of the rest; None where it drew none.

    Args:
        choices: Declarations (0..n).
    """
    known = known_of(choices)
    drawn = [one for one in known if one.is_drawn]
    rate = share(sum(one.found for one in drawn), len(drawn))
    if rate is None:
        return None
    whole = yield_of([msgspec.structs.replace(trial_of(one), score=0.0) for one in known], range(len(known)))
    found, recovered = sum(one.found for one in known), math.fsum(one.recovered for one in known if one.found)
    return RandomShare(
        drawn=len(drawn),
        found=sum(one.found for one in drawn),
        share=rate,
        unseen=sum(not one.is_examined for one in known),
        missed=_beyond(whole.found, found),
        missed_amount=_beyond(whole.amount, recovered),
        seen=_part(found, whole.found),
        to_halve=_TO_HALVE * len(drawn),
    )


def of_hundred(one: Estimate) -> tuple[str, str, str]:
    """A share as it is printed everywhere: of a hundred, to one digit behind the point, and both ends of its interval."""
    value, low, high = (f"{100.0 * each:.1f}" for each in (one.value, one.low, one.high))
    return value, low, high


def known_of(choices: Sequence[Choice]) -> list[Choice]:
    """Those of which the chance is known, where chance drew any; else all."""
    can_tell = any(one.is_drawn for one in choices)
    return [one for one in choices if one.chance is not None] if can_tell else list(choices)


def our_places(known: Sequence[Choice]) -> list[int]:
    """Our choices as places in all of them: at each office on each day as many as were examined there."""
    by_place: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(known):
        by_place[one.place].append(number)
    return sorted(chosen for place in by_place.values() for chosen in _chosen(known, place))


def trial_of(one: Choice) -> Trial:
    """A declaration as estimates go by it."""
    return Trial(
        is_examined=one.is_examined,
        is_drawn=one.is_drawn,
        found=one.found,
        amount=one.recovered,
        chance=one.chance,
        score=one.score,
    )


def _chosen(choices: Sequence[Choice], place: Sequence[int]) -> list[int]:
    here = sorted((choices[number].id, number) for number in place)
    examined = sum(choices[number].is_examined for _, number in here)
    return [here[each][1] for each in top(here, examined, lambda one: choices[one[1]].score)]


def _host_places(known: Sequence[Choice]) -> list[int] | None:
    """The host's choice as places; where it is not told, that is what was examined. None where it told other lanes alone."""
    if all(one.is_host is None for one in known):
        return [place for place, one in enumerate(known) if one.is_examined]
    return [place for place, one in enumerate(known) if one.is_host] or None


def _chance(trials: Sequence[Trial], effort: int) -> Side:
    """As many examinations drawn from all, whatever their scores."""
    return _side(yield_of([msgspec.structs.replace(one, score=0.0) for one in trials], range(len(trials))), effort)


def _side(told: Yield, effort: int) -> Side:
    part = effort / told.cases if told.cases else 0.0
    rate = of_others(_times(told.found, 1.0 / told.cases if told.cases else 0.0), told.cases)
    return Side(
        found=_times(told.found, part),
        share=rate,
        amount=_times(told.amount, part) if told.cases == effort else _in_proportion(told, rate, effort),
        chosen=told.cases,
        seen=told.seen,
        drawn=told.drawn,
    )


def _in_proportion(told: Yield, rate: Estimate, effort: int) -> Estimate:
    """What as many examinations as the effort recover of which more or fewer were chosen: no more is known of it than of the finds."""
    part, scaled = effort / told.cases if told.cases else 0.0, told.amount
    if told.found.value <= 0:
        return Estimate(0.0, 0.0, math.inf)
    each = told.amount.value / told.found.value
    low, high = min(part * scaled.low, each * rate.low * effort), max(part * scaled.high, each * rate.high * effort)
    return Estimate(part * scaled.value, low, high)


def _lack(own: Yield | None, theirs: Yield | None, known: Sequence[Choice]) -> Lack | None:
    """What is missing of either side; of both the one for which more is to be drawn."""
    drawn = sum(one.is_drawn for one in known)
    if theirs is None and own is not None:
        return None
    sides = [own] if theirs is None else [own, theirs]
    lacks = [one for one in (lack_of(side, drawn, len(known)) for side in sides) if one]
    return max(lacks, key=lambda one: one.draw, default=None)


def _verdict(more: Estimate | None) -> Verdict:
    if more is None:
        return "cannot say yet"
    if more.low > 0:
        return "finds more"
    return "finds less" if more.high < 0 else "no difference seen"


def _times(one: Estimate, factor: float) -> Estimate:
    if factor == 1.0:
        return one
    return Estimate(*(0.0 if not factor else each * factor for each in (one.value, one.low, one.high)))


def _less(one: Estimate, other: Estimate) -> Estimate:
    value = one.value - other.value
    low = value - math.hypot(one.value - one.low, other.high - other.value)
    high = value + math.hypot(one.high - one.value, other.value - other.low)
    return Estimate(value, low, high)


def _beyond(whole: Estimate, known: float) -> Estimate:
    return Estimate(*(max(0.0, each - known) for each in (whole.value, whole.low, whole.high)))


def _part(known: float, whole: Estimate) -> Estimate | None:
    """Which part of all there is the known is; None where there may be nothing."""
    value, low, high = (known / each if each > 0 else None for each in (whole.value, whole.high, whole.low))
    return None if value is None or low is None else Estimate(min(1.0, value), low, min(1.0, high or 1.0))


def by(choices: Sequence[Choice], of: dict[str, str]) -> dict[str, list[Choice]]:
    """The declarations that are compared as a whole, by a name that each has, so that the parts add up to the whole.

    Args:
        choices: Declarations (0..n).
        of: Id → name, as of an office, a lane or a month.

    Returns:
        Name → its declarations, by name; those without a name come last, under "".
    """
    parts: dict[str, list[Choice]] = defaultdict(list)
    for one in known_of(choices):
        parts[of.get(one.id, "")].append(one)
    return dict(sorted(parts.items(), key=lambda part: (not part[0], part[0])))
