# SPDX-License-Identifier: Apache-2.0
"""What was answered beside what is measured, question by question, and the plan that follows. There is no total.

A level from a figure follows from fixed cuts, which are judgement and stand beside it. Where what is said and what is measured lie
apart, the lower one is what the plan goes by.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.trials.lessons.card import LONGEST_TEXT, Cost
from cocket.trials.lessons.measures import Measured
from cocket.trials.lessons.texts import checked_text
from cocket.trials.readiness.questions import AREAS, ENOUGH, QUESTIONS, SUBJECTS, Area, Subject, question_of

#: Kind of the document and sealed record of the self-assessment.
READINESS: Final = "readiness"

#: Measure → the figures from which it is worth level 1, 2, 3 and 4; falling where less is better. Measures without cuts are shown
#: beside the answer and give no level: how many devices are enough hangs on the corridors.
CUTS: Final[Mapping[str, tuple[float, float, float, float]]] = {
    "completeness": (0.5, 0.7, 0.85, 0.95),
    "disagreement": (0.3, 0.15, 0.08, 0.03),
    "conflicts": (0.1, 0.05, 0.02, 0.005),
    "examinations": (1, 200, 1_000, 5_000),
    "random-examinations": (1, 50, 200, 1_000),
    "advice-seconds-95": (86_400, 3_600, 300, 60),
    "timeliness": (30, 7, 1, 0),
}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to one question.

    Attributes:
        level: 0 to 4, of `LEVELS`.
        evidence: What it rests on, in words.
        on: Day on which that was seen.
        by: Who answered.
        at: When, UTC.
    """

    level: int
    evidence: str
    on: date
    by: str
    at: datetime


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """The self-assessment as it is kept; also its sealed record.

    Attributes:
        name: Its name; there is one of the house.
        revision: Its version, from 1.
        answers: Question → answer (0..24).
        costs: Question → what its step would cost, as the administration entered it (0..24).
        by: Who changed it last.
        at: When, UTC.
    """

    name: str = "house"
    revision: int = 0
    answers: dict[str, Answer] = {}
    costs: dict[str, Cost] = {}
    by: str = ""
    at: datetime | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How one question stands.

    Attributes:
        question: Its id.
        said: Level that was answered; None where no one did.
        evidence: What that rests on.
        on: Day on which that was seen; None without an answer.
        by: Who answered.
        measured: The lowest level of the figures that have cuts; None where none can be had.
        figures: What is measured beside it (0..n).
        gap: Levels by which the answer lies above what is measured (negative: below); None where either is missing.
        level: The lower of the two; None where neither is known.
    """

    question: str
    said: int | None
    evidence: str
    on: date | None
    by: str
    measured: int | None
    figures: tuple[Measured, ...]
    gap: int | None
    level: int | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the plan.

    Attributes:
        place: Its place in the order, from 1; steps of one place can be taken side by side.
        question: Question that it mends.
        why: `weak`, `said-more` (more was answered than is measured) or `unknown`.
        after: Questions whose steps come first (0..n).
        cost: What it would cost, as the administration entered it; None where no one did.
    """

    place: int
    question: str
    why: Literal["weak", "said-more", "unknown"]
    after: tuple[str, ...]
    cost: Cost | None


class PlanCost(msgspec.Struct, frozen=True, kw_only=True):
    """The known costs of a plan in one currency, added up."""

    currency: str
    low: str
    high: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Steps in their order.

    Attributes:
        steps: Each step (0..24).
        costs: Known costs, by currency (0..n).
        unknown: Steps whose cost is not known; they are in no sum (count).
    """

    steps: tuple[Step, ...]
    costs: tuple[PlanCost, ...]
    unknown: int


def level_of(one: Measured) -> int | None:
    """The level that a figure is worth, 0 to 4; None without a figure or without cuts."""
    cuts = CUTS.get(one.measure)
    if cuts is None or one.value is None:
        return None
    if cuts[0] > cuts[-1]:
        return sum(one.value <= cut for cut in cuts)
    return sum(one.value >= cut for cut in cuts)


def checked_answer(question: str, level: int, evidence: str, on: date, today: date) -> str:
    """The evidence of an answer that can be kept.

    Raises:
        SenderError: There is no such question or level, no evidence for a level above 0, or its day has not come.
    """
    question_of(question)
    if not 0 <= level <= 4:
        raise SenderError("A level is 0 to 4.", code="readiness-level", expected="0 to 4", found=str(level)[:20])
    if on > today:
        raise SenderError("The evidence was seen on a day that has not come.", code="readiness-day", found=str(on))
    words = checked_text("evidence", evidence, LONGEST_TEXT)
    if level and not words:
        raise SenderError("Say what the answer rests on; only level 0 needs no evidence.", code="readiness-evidence")
    return words


def standings_of(known: Readiness, figures: Mapping[str, Measured]) -> tuple[Standing, ...]:
    """How each question stands, in their order (24).

    Args:
        known: What was answered.
        figures: Measure → figure or why there is none.
    """
    found = []
    for question in QUESTIONS:
        answer = known.answers.get(question.id)
        beside = tuple(figures[name] for name in question.measures if name in figures)
        levels = [level for level in map(level_of, beside) if level is not None]
        measured, said = min(levels, default=None), answer.level if answer else None
        both = [one for one in (said, measured) if one is not None]
        found.append(
            Standing(
                question=question.id,
                said=said,
                evidence=answer.evidence if answer else "",
                on=answer.on if answer else None,
                by=answer.by if answer else "",
                measured=measured,
                figures=beside,
                gap=said - measured if said is not None and measured is not None else None,
                level=min(both, default=None),
            )
        )
    return tuple(found)


def plan_of(standings: tuple[Standing, ...], costs: Mapping[str, Cost]) -> Plan:
    """What to do, in an order: within a subject, each area builds on those before it; what is lowest comes first.

    Args:
        standings: How each question stands.
        costs: Question → what its step would cost.
    """
    weak = {one.question: one for one in standings if one.level is None or one.level < ENOUGH}
    areas, subjects = tuple(AREAS), tuple(SUBJECTS)
    placed: dict[str, int] = {}
    steps = []
    for one in weak.values():
        question = question_of(one.question)
        after = tuple(
            name for area in areas[: areas.index(question.area)] if (name := _name(question.subject, area)) in weak
        )
        placed[one.question] = 1 + max((placed[name] for name in after), default=0)
        why: Literal["weak", "said-more", "unknown"] = "unknown" if one.level is None else "weak"
        if one.said is not None and one.said >= ENOUGH:
            why = "said-more"
        steps.append(
            Step(place=placed[one.question], question=one.question, why=why, after=after, cost=costs.get(one.question))
        )
    lowest = {name: 5 if one.level is None else one.level for name, one in weak.items()}
    steps.sort(
        key=lambda one: (
            one.place,
            lowest[one.question],
            subjects.index(question_of(one.question).subject),
            one.question,
        )
    )
    return Plan(steps=tuple(steps), costs=_sums(steps), unknown=sum(one.cost is None for one in steps))


def _sums(steps: list[Step]) -> tuple[PlanCost, ...]:
    known = [one.cost for one in steps if one.cost is not None]
    return tuple(
        PlanCost(
            currency=currency,
            low=str(sum(one.low for one in known if one.currency == currency)),
            high=str(sum(one.high for one in known if one.currency == currency)),
        )
        for currency in sorted({one.currency for one in known})
    )


def _name(subject: Subject, area: Area) -> str:
    return f"{subject}-{area}"
