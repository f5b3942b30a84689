# SPDX-License-Identifier: Apache-2.0
"""Whether groups of traders are held to the same bar: who is chosen, what is found, what chance finds, and what is found at the bar.

What a choice finds in two groups differs also where both are treated alike: where more cases of a group lie far above the bar,
more is found among its chosen ones. So shares of finds say nothing of equal treatment (infra-marginality). Two figures do. What
is found just above the bar is what the bar stands for in that group: a group in which less is found there is examined too
readily. And what chance drew shows what there is among those that no reason chose, whoever looks at it.

Source: Simoiu, Corbett-Davies and Goel, The problem of infra-marginality in outcome tests for discrimination, Annals of Applied
Statistics 11, 2017 (arXiv 1607.05376); Becker, The Economics of Discrimination, 1957 (the test at the margin).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from statistics import NormalDist
from typing import Final, Literal

import msgspec

from cocket.risk.estimate import Estimate, Trial, rate_of, share

#: Examinations below which nothing is said of a group, nor of its margin, nor of its draw (count).
TOO_FEW: Final = 30

#: How far above the bar the margin reaches (log-odds of the score): at a bar of 5 % up to 6.3 %.
MARGIN: Final = 0.25

#: Of a group whose bar was not kept: the part of its chosen ones that may lie below it, so that no stray case sets it.
_STRAY: Final = 0.02

#: Chance with which anything is said of a dimension whose groups are all held to the same bar.
_BY_CHANCE: Final = 0.05

#: What traders are grouped by: declarations in the time looked at, customs office, country of the number, time since first seen.
Dimension = Literal["size", "office", "country", "age"]

DIMENSIONS: Final[tuple[Dimension, ...]] = ("size", "office", "country", "age")

#: What may be said of a group. `too-few`: fewer than `TOO_FEW` were examined. `not-yet`: too few of its margin, or of that of the
#: others. `no-difference`: none beyond chance. `lower-bar`, `higher-bar`: at its margin less, or more, is found than at that of
#: the others, beyond chance.
Follows = Literal["too-few", "not-yet", "no-difference", "lower-bar", "higher-bar"]

#: Dimensions as titles, and what may be said of a group, with what follows from it.
TITLES: Final[dict[Dimension, str]] = {
    "size": "Size of trader, by declarations in this time",
    "office": "Office",
    "country": "Country of the trader's number",
    "age": "Time since the trader was first seen here",
}
FOLLOWS: Final[dict[Follows, str]] = {
    "too-few": "Too few examined: nothing is said.",
    "not-yet": "Cannot say yet: too few at the margin, here or elsewhere.",
    "no-difference": "No difference seen at the margin.",
    "lower-bar": "Examined more readily than others: less is found at its margin. Look at rules, quotas and model; name who "
    "answers for it, and by when.",
    "higher-bar": "Examined less readily than others: more is found at its margin. Look at rules, quotas and model; name who "
    "answers for it, and by when.",
}

#: Groups by size and age as they are called; all others bear names of their own.
NAMES: Final[dict[str, str]] = {
    "under 90 days": "under 90 days",
    "90 days to 1 year": "90 days to 1 year",
    "1 year or more": "1 year or more",
}

#: What a reader must know before he compares two lines.
CAUTIONS: Final = (
    (
        "Yield says nothing of equal treatment: groups that are held to the same bar differ in it where their cases spread "
        "differently above the bar."
    ),
    (
        "At the margin are those that the score just chose. If less is found there in one group than in the others, it is examined "
        "too readily."
    ),
    (
        "The random draw shows what there is among those that no reason chose, whoever looks. A group in which it finds more is not "
        "treated worse for that."
    ),
    (
        "What is found follows what is looked for: records of past finds carry past effort. An office may stand for other traits of "
        "those who live there."
    ),
)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A consignment that was assessed.

    Attributes:
        groups: Dimension → the group it belongs to; "" or absent where that is not known.
        trader: Whom it belongs to: cases of one trader are not independent; None if not known.
        score: Our score (0–1, higher is worse); None where no model scored it.
        bar: Score that was required of it then (0–1); None if not kept.
        is_chosen: Whether a reason chose it for examination.
        by_score: Whether that reason was its score.
        is_examined: Whether it was examined and a result came that says whether something was found.
        is_drawn: Whether chance alone chose it for that.
        found: Whether something was found; False where not examined.
        chance: Chance (above 0, at most 1) with which it was or would have been examined; None if nobody knows.
    """

    groups: dict[Dimension, str]
    trader: str | None = None
    score: float | None = None
    bar: float | None = None
    is_chosen: bool = False
    by_score: bool = False
    is_examined: bool = False
    is_drawn: bool = False
    found: bool = False
    chance: float | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some examinations of a group.

    Attributes:
        examined: How many (count).
        found: Of them with a find (count).
        share: The same as a share (0–1) with Wilson's interval of 95 %, as many cases counted as independent traders bear out;
            None of fewer than `TOO_FEW`.
    """

    examined: int
    found: int
    share: Estimate | None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One group of a dimension.

    Attributes:
        name: Its name; "" for those of which it is not known.
        cases: Consignments assessed (count).
        chosen: Of them chosen for a reason (count).
        examined: Of all of them, those examined: `examined.share` is the yield, which says nothing of equal treatment.
        drawn: Those that chance alone chose, among what no reason chose.
        margin: Those chosen by their score, at most `MARGIN` above the bar.
        whole: Share of all consignments of the group in which an examination would find something; None without draws enough.
        margin_more: How much more is found at its margin than at that of all others (−1–1), at an interval that holds for all
            groups of the dimension together; None where either has too few.
        drawn_more: The same of what chance drew.
        follows: What may be said.
    """

    name: str
    cases: int
    chosen: int
    examined: Part
    drawn: Part
    margin: Part
    whole: Estimate | None
    margin_more: Estimate | None
    drawn_more: Estimate | None
    follows: Follows


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """The groups of one dimension, by name, those not known last (0..n)."""

    dimension: Dimension
    groups: tuple[Group, ...]


def fairness(cases: Sequence[Case]) -> tuple[Compared, ...]:
    """Compare groups, dimension by dimension.

    Args:
        cases: Consignments assessed in the time looked at (0..n).

    Returns:
        One comparison a dimension, in the order of `DIMENSIONS`.
    """
    return tuple(Compared(dimension=one, groups=_groups(cases, one)) for one in DIMENSIONS)


def _groups(cases: Sequence[Case], dimension: Dimension) -> tuple[Group, ...]:
    members: dict[str, list[Case]] = defaultdict(list)
    for one in cases:
        members[one.groups.get(dimension, "")].append(one)
    margins = {name: _margin(part) for name, part in members.items()}
    draws = {name: [one for one in part if one.is_examined and one.is_drawn] for name, part in members.items()}
    named = [name for name in members if name]
    level = _BY_CHANCE / max(1, sum(len(margins[name]) >= TOO_FEW for name in named))
    found = []
    for name in sorted(members, key=lambda one: (not one, one)):
        others = [one for one in named if one != name]
        at_margin = _more(margins[name], [each for one in others for each in margins[one]], level)
        by_chance = _more(draws[name], [each for one in others for each in draws[one]], level)
        examined = [one for one in members[name] if one.is_examined]
        found.append(
            Group(
                name=name,
                cases=len(members[name]),
                chosen=sum(one.is_chosen for one in members[name]),
                examined=_part(examined),
                drawn=_part(draws[name]),
                margin=_part(margins[name]),
                whole=_whole(members[name], len(draws[name])),
                margin_more=at_margin if name else None,
                drawn_more=by_chance if name else None,
                follows=_follows(len(examined), at_margin if name else None),
            )
        )
    return tuple(found)


def _follows(examined: int, more: Estimate | None) -> Follows:
    if examined < TOO_FEW:
        return "too-few"
    if more is None:
        return "not-yet"
    return "lower-bar" if more.high < 0 else "higher-bar" if more.low > 0 else "no-difference"


def _margin(cases: Iterable[Case]) -> list[Case]:
    """Examinations that the score just asked for."""
    chosen = [(one, one.score) for one in cases if one.is_examined and one.by_score and one.score is not None]
    scores = sorted(score for _, score in chosen)
    own = scores[int(_STRAY * len(scores))] if scores else 0.0
    found = []
    for one, score in chosen:
        bar = _odds(own if one.bar is None else one.bar)
        if bar <= _odds(score) <= bar + MARGIN:
            found.append(one)
    return found


def _whole(cases: Iterable[Case], drawn: int) -> Estimate | None:
    if drawn < TOO_FEW:
        return None
    rate = rate_of(
        Trial(is_examined=one.is_examined, is_drawn=one.is_drawn, found=one.found, chance=one.chance) for one in cases
    )
    return rate.share if rate else None


def _part(cases: Sequence[Case]) -> Part:
    found = sum(one.found for one in cases)
    if len(cases) < TOO_FEW:
        return Part(examined=len(cases), found=found, share=None)
    number = _independent(cases)
    return Part(examined=len(cases), found=found, share=share(found / len(cases) * number, number))


def _independent(cases: Sequence[Case]) -> float:
    """Of how many independent cases these are worth: those of one trader go together.

    Source: Kish, Survey Sampling, 1965 (design effect), of the variance that traders as wholes show.
    """
    rate = sum(one.found for one in cases) / len(cases)
    if not 0.0 < rate < 1.0:
        return float(len(cases))
    beyond: dict[str, float] = defaultdict(float)
    for number, one in enumerate(cases):
        beyond[f"#{number}" if one.trader is None else one.trader] += one.found - rate
    effect = sum(each * each for each in beyond.values()) / (len(cases) * rate * (1.0 - rate))
    return len(cases) / max(1.0, effect)


def _more(ours: Sequence[Case], others: Sequence[Case], level: float) -> Estimate | None:
    """How much more is found in some cases than in others; None where either are too few.

    Source: Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine 17, 1998
    (method 10); Bonferroni for several groups at once.
    """
    if min(len(ours), len(others)) < TOO_FEW:
        return None
    far = NormalDist().inv_cdf(1.0 - level / 2.0)
    one, other = (_wilson(part, far) for part in (ours, others))
    value = one.value - other.value
    return Estimate(
        value,
        value - math.hypot(one.value - one.low, other.high - other.value),
        value + math.hypot(one.high - one.value, other.value - other.low),
    )


def _wilson(cases: Sequence[Case], far: float) -> Estimate:
    number, rate = _independent(cases), sum(one.found for one in cases) / len(cases)
    middle = (rate + far * far / (2 * number)) / (1 + far * far / number)
    half = far / (1 + far * far / number) * math.sqrt(rate * (1 - rate) / number + far * far / (4 * number * number))
    return Estimate(rate, min(rate, middle - half), max(rate, middle + half))


def _odds(score: float) -> float:
    inside = min(1.0 - 1e-9, max(1e-9, score))
    return math.log(inside / (1.0 - inside))


#: Declarations of a trader in the time looked at, from which on he counts as larger (count).
_SIZES: Final = (("1–9", 10.0), ("10–99", 100.0), ("100+", math.inf))

#: Days since a trader was first seen here, from which on he counts as older.
_AGES: Final = (("under 90 days", 90.0), ("90 days to 1 year", 365.0), ("1 year or more", math.inf))


def size_of(declarations: int) -> str:
    """The group of a trader by how many declarations he lodged in the time looked at."""
    return _under(_SIZES, declarations)


def age_of(days: float, since_begin: float) -> str:
    """The group of a trader by how long it has been known here.

    Args:
        days: Since it was first seen here.
        since_begin: From the first day that this instance knows of to the day on which the trader was first seen.

    Returns:
        "" where the trader may be as old as one likes: it was there from the first 30 days on, and is not known for a year.
    """
    if since_begin < _FIRST_DAYS and days < _AGES[-2][1]:
        return ""
    return _under(_AGES, days)


#: Days from the beginning of an instance within which nobody is new.
_FIRST_DAYS: Final = 30.0


def country_of(number: str, is_country: Callable[[str], bool]) -> str:
    """The country that a trader's number begins with, as those of the Union do; "" if it names none.

    Args:
        number: Number, or name without spaces and marks.
        is_country: Whether two letters are a country.
    """
    lead, rest = number[:2], number[2:]
    return lead if rest and any(map(str.isdigit, rest)) and lead.isalpha() and is_country(lead) else ""


def _under(bounds: Sequence[tuple[str, float]], value: float) -> str:
    return next(name for name, bound in bounds if value < bound)
