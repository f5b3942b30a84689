# SPDX-License-Identifier: Apache-2.0
"""The self-assessment as a file: a page that prints, or a table of one row a question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from cocket.languages import ENGLISH, Language
from cocket.risk.rules.sheet import page, paragraph, section, table
from cocket.trials.lessons.measures import MEASURES, _
from cocket.trials.lessons.year import cost_words, figure_words
from cocket.trials.readiness.assessment import CUTS, Plan, Standing
from cocket.trials.readiness.questions import AREAS, LEVELS, QUESTIONS, SUBJECTS, question_of

#: Why a step is in the plan.
WHY_WORDS: Final[Mapping[str, str]] = {
    "weak": _("Weak"),
    "said-more": _("More was answered than is measured"),
    "unknown": _("Not known: find out first"),
}

#: Columns of the table.
COLUMNS: Final = (
    "question", "subject", "area", "text", "said", "evidence", "seen_on", "answered_by", "measured", "gap", "level", "figures",
    "step_place", "step", "step_why", "step_after", "cost_low", "cost_high", "currency",
)  # fmt: skip


class ReadinessView(msgspec.Struct, frozen=True, kw_only=True):
    """The self-assessment as it stands.

    Attributes:
        administration: Whose it is.
        revision: Version of the answers; 0 before the first.
        changed: When they last changed, UTC; None before the first.
        measured: When the figures were worked out, UTC.
        standings: How each question stands (24).
        plan: What to do.
        cuts: Measure → figures from which it is worth level 1, 2, 3 and 4.
    """

    administration: str
    revision: int
    changed: datetime | None
    measured: datetime
    standings: tuple[Standing, ...]
    plan: Plan
    cuts: dict[str, tuple[float, float, float, float]] = msgspec.field(default_factory=lambda: dict(CUTS))


def write_page(view: ReadinessView, language: Language = ENGLISH) -> bytes:
    """One HTML file that prints, without scripts or addresses."""
    say = language.say
    by_id = {one.question: one for one in view.standings}
    parts = [
        paragraph(say("For talks within the administration. It compares no one with anyone, and has no total.")),
        section(say("Plan"), *_plan(view.plan, language)),
    ]
    for subject, title in SUBJECTS.items():
        rows = [_row(by_id[one.id], language) for one in QUESTIONS if one.subject == subject]
        heads = (say("Area"), say("Question"), say("Answered"), say("Evidence"), say("Measured here"))
        parts.append(section(say(title), table(heads, rows, words=5)))
    about = f"{view.administration} · {view.measured:%Y-%m-%d %H:%M} UTC"
    return page(say("Readiness"), about, parts, language).encode()


def _row(one: Standing, language: Language) -> tuple[str, ...]:
    say, question = language.say, question_of(one.question)
    said = say("Not answered") if one.said is None else f"{one.said} · {say(LEVELS[one.said])}"
    evidence = f"{one.evidence} ({one.on})" if one.on else ""
    told = []
    for figure in one.figures:
        value, interval, rests = figure_words(figure, language)
        told.append(" ".join(filter(None, (f"{say(MEASURES[figure.measure].label)}:", value, interval, rests))))
    measured = "; ".join(told) or say("Cannot be measured here")
    if one.measured is not None:
        measured = f"{one.measured} · {measured}"
    return say(AREAS[question.area]), say(question.text), said, evidence, measured


def _plan(plan: Plan, language: Language) -> Iterator[str]:
    say = language.say
    if not plan.steps:
        yield paragraph(say("Nothing is weak: there is no step."))
        return
    rows = [
        (
            str(one.place),
            f"{say(SUBJECTS[question_of(one.question).subject])}: {say(question_of(one.question).step)}",
            say(WHY_WORDS[one.why]),
            cost_words(one.cost, language),
        )
        for one in plan.steps
    ]
    yield table((say("Order"), say("Step"), say("Reason"), say("Cost")), rows, words=4)
    for cost in plan.costs:
        yield paragraph(say("Known costs: {amount}", amount=f"{cost.currency} {cost.low} – {cost.high}"))
    if plan.unknown:
        yield paragraph(say("Steps whose cost is not known, in no sum: {number}.", number=plan.unknown))


def rows_of(view: ReadinessView) -> Iterator[list[str | Decimal | None]]:
    """A row for each question, in the order of `COLUMNS` (24); what is not known is empty."""
    steps = {one.question: one for one in view.plan.steps}
    for one in view.standings:
        question, step = question_of(one.question), steps.get(one.question)
        cost = step.cost if step else None
        figures = "; ".join(
            f"{each.measure} {figure_words(each)[0]}" if each.value is not None else f"{each.measure} –"
            for each in one.figures
        )
        yield [
            question.id, question.subject, question.area, question.text, _told(one.said), one.evidence or None, _told(one.on),
            one.by or None, _told(one.measured), _told(one.gap), _told(one.level), figures or None,
            _told(step.place if step else None), question.step if step else None, step.why if step else None,
            " ".join(step.after) or None if step else None, _told(cost.low if cost else None),
            _told(cost.high if cost else None), cost.currency if cost else None,
        ]  # fmt: skip


def _told(value: object) -> str | Decimal | None:
    """A cell: a number as a number, a day as its text, nothing as nothing."""
    return None if value is None else Decimal(value) if isinstance(value, int | Decimal) else str(value)
