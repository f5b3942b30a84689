# SPDX-License-Identifier: Apache-2.0
"""The report of a year for the public: what each use found, cost and missed, failures first, small counts withheld."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from cocket.languages import ENGLISH, Language
from cocket.risk.rules.sheet import page, paragraph, points, section, table, written
from cocket.trials.lessons.card import Card, Cost, Status
from cocket.trials.lessons.measures import MEASURES, NOTES, WHYS, Measured, _, masked
from cocket.trials.lessons.recommendations import Calibration, Decision, Recommendation, Truth, calibration_of

#: Kind of the document and sealed record of a report that was published.
YEAR_REPORT: Final = "lessons-year"

#: What every report tells of the whole house: what it found, what it missed, and what it rests on.
OF_ALL: Final = (
    "random-hit-rate",
    "advice-hit-rate",
    "missed",
    "examinations",
    "random-examinations",
    "finds",
    "overrides",
    "contests-upheld",
    "refused",
    "sealed-records",
)

STATUS_WORDS: Final[Mapping[str, str]] = {
    "planned": _("Planned"),
    "pilot": _("In a pilot"),
    "in-use": _("In use"),
    "stopped": _("Stopped"),
}

TRUTH_WORDS: Final[Mapping[str, str]] = {
    "came-true": _("Came true"),
    "did-not": _("Did not come true"),
    "not-measurable": _("Could not be measured"),
    "": _("Not looked at yet"),
}

VERDICT_WORDS: Final[Mapping[str, str]] = {
    "too-few": _("Too few forecasts were looked at to say how well they are made."),
    "as-sure-as-right": _("Forecasts come true about as often as their authors expect."),
    "too-sure": _("Forecasts come true less often than their authors expect."),
    "not-sure-enough": _("Forecasts come true more often than their authors expect."),
}

DECISION_WORDS: Final[Mapping[str, str]] = {
    "open": _("Not decided"),
    "accepted": _("Accepted"),
    "declined": _("Declined"),
    "withdrawn": _("Withdrawn"),
}


class YearCard(msgspec.Struct, frozen=True, kw_only=True):
    """A use in the report.

    Attributes:
        title: What it is called.
        status: How far it had got.
        failed: What did not work; empty where nothing is known.
        lesson: What was learned.
        results: Its figures over the days of the year on which it ran (1..12).
        cost: What it cost; None where that is not known.
        is_failure: Whether it was stopped, or something did not work.
    """

    title: str
    status: Status
    failed: str
    lesson: str
    results: tuple[Measured, ...]
    cost: Cost | None
    is_failure: bool


class YearRecommendation(msgspec.Struct, frozen=True, kw_only=True):
    """A recommendation in the report: its title, what was decided, what came of it, and whether its forecast counts."""

    title: str
    decision: Decision
    truth: Truth | None
    is_in_time: bool


class YearReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report.

    Attributes:
        year: The year.
        administration: Whose it is.
        since: First day of it.
        until: Last day, or the day on which it was made if that is earlier.
        at: When it was made, UTC.
        whole: Figures of the whole house (10).
        cards: Uses that ran in the year, failures first (0..n).
        recommendations: Those made or looked at in the year, what did not come true first (0..n).
        calibration: Over all forecasts so far.
        withheld: Figures withheld because they tell of too few cases (count).
    """

    year: int
    administration: str
    since: date
    until: date
    at: datetime
    whole: tuple[Measured, ...]
    cards: tuple[YearCard, ...]
    recommendations: tuple[YearRecommendation, ...]
    calibration: Calibration
    withheld: int


def year_card(card: Card, results: Sequence[Measured]) -> YearCard:
    """A use with its figures of a year."""
    return YearCard(
        title=card.title,
        status=card.status,
        failed=card.failed,
        lesson=card.lesson,
        results=tuple(masked(one) for one in results),
        cost=card.cost,
        is_failure=card.status == "stopped" or bool(card.failed),
    )


def runs_in(card: Card, first: date, last: date) -> tuple[date, date] | None:
    """The days of a year on which a use ran; None where on none, or it is planned only."""
    begins, ends = max(card.begins, first), min(card.ends or last, last)
    return (begins, ends) if begins <= ends and card.status != "planned" else None


def year_report(
    about: tuple[int, str, datetime],
    days: tuple[date, date],
    whole: Sequence[Measured],
    cards: Sequence[YearCard],
    recommendations: Sequence[Recommendation],
) -> YearReport:
    """The report of a year.

    Args:
        about: The year, whose it is, and when it is made (UTC).
        days: First and last day.
        whole: Figures of `OF_ALL` over these days.
        cards: Uses that ran (0..n).
        recommendations: Every one there is (0..n); those of the year are picked.
    """
    first, last = days
    told = [
        YearRecommendation(
            title=one.title,
            decision=one.state,
            truth=one.outcome.truth if one.outcome else None,
            is_in_time=one.is_in_time,
        )
        for one in recommendations
        if first <= one.made <= last or (one.outcome is not None and first <= one.outcome.at.date() <= last)
    ]
    order = {"did-not": 0, "not-measurable": 1, None: 2, "came-true": 3}
    hidden = tuple(masked(one) for one in whole)
    figures = (*hidden, *(one for card in cards for one in card.results))
    return YearReport(
        year=about[0],
        administration=about[1],
        since=first,
        until=last,
        at=about[2],
        whole=hidden,
        cards=tuple(sorted(cards, key=lambda one: (not one.is_failure, one.title))),
        recommendations=tuple(sorted(told, key=lambda one: (order[one.truth], one.title))),
        calibration=calibration_of(recommendations),
        withheld=sum(one.why == "masked" for one in figures),
    )


def write_page(report: YearReport, language: Language = ENGLISH) -> bytes:
    """The report as one HTML file that prints, without scripts or addresses."""
    say = language.say
    failed = [one for one in report.cards if one.is_failure]
    fell = [one for one in report.recommendations if one.truth == "did-not"]
    parts = [
        section(
            say("What did not work"),
            *(
                [points([f"{one.title}: {one.failed or one.lesson}" for one in failed] + [one.title for one in fell])]
                if failed or fell
                else [paragraph(say("No failure is on record. That is not proof that there was none."))]
            ),
        ),
        section(say("What this instance found and missed"), _figures(report.whole, language)),
    ]
    parts += [
        section(
            one.title,
            paragraph(f"{say(STATUS_WORDS[one.status])}. {one.lesson}"),
            paragraph(f"{say('Cost')}: {cost_words(one.cost, language)}"),
            _figures(one.results, language),
        )
        for one in report.cards
    ]
    if report.recommendations:
        rows = [
            (one.title, say(DECISION_WORDS[one.decision]), truth_words(one.truth, language, is_in_time=one.is_in_time))
            for one in report.recommendations
        ]
        parts.append(
            section(
                say("Recommendations"),
                table((say("Recommendation"), say("Decision"), say("What came of it")), rows, words=3),
                paragraph(say(VERDICT_WORDS[report.calibration.verdict])),
            )
        )
    parts.append(
        section(
            say("How this was made"),
            paragraph(
                say(
                    "Every figure is worked out from what this instance holds; none is typed. Intervals hold 95 of 100."
                )
            ),
            paragraph(say("Figures that tell of fewer than 5 cases are withheld: {number}.", number=report.withheld)),
        )
    )
    about = f"{report.since} – {report.until} · {report.administration} · {report.at:%Y-%m-%d %H:%M} UTC"
    return page(say("What was learned in {year}", year=str(report.year)), about, parts, language).encode()


def truth_words(truth: Truth | None, language: Language, *, is_in_time: bool) -> str:
    """What came of a forecast in words, with whether it counts."""
    said = language.say(TRUTH_WORDS[truth or ""])
    late = language.say("recorded afterwards, so it does not count")
    return said if is_in_time or truth is None else f"{said} ({late})"


def cost_words(cost: Cost | None, language: Language = ENGLISH) -> str:
    """A cost in words; unknown is said, never taken as nothing."""
    if cost is None:
        return language.say("not known")
    amount = f"{cost.low:,.2f}" if cost.low == cost.high else f"{cost.low:,.2f} – {cost.high:,.2f}"
    return f"{cost.currency} {written(amount, language)}"


def figure_words(one: Measured, language: Language = ENGLISH) -> tuple[str, str, str]:
    """A figure, its interval, and what it rests on or why there is none, for three cells of a table."""
    say, unit = language.say, MEASURES[one.measure].unit
    note = say(NOTES[one.note]) if one.note else ""
    if one.value is None:
        return "–", "", say(WHYS[one.why or "nothing"])

    def shown(value: float | None) -> str:
        if value is None:
            return "∞"
        text = f"{value:.1%}" if unit == "share" else f"{value:,.0f}" if unit == "count" else f"{value:,.1f}"
        return written(text, language)

    ending = {"seconds": f" {say('seconds')}", "days": f" {say('days')}"}.get(unit, "")
    interval = "" if one.low is None else f"{shown(one.low)} – {shown(one.high)}"
    rests = "" if one.of is None else say("{number} cases", number=written(f"{one.of:,}", language))
    return f"{shown(one.value)}{ending}", interval, " ".join(filter(None, (rests, note)))


def _figures(results: Sequence[Measured], language: Language) -> str:
    say = language.say
    heads = (say("Measure"), say("Figure"), say("Interval"), say("Rests on"))
    return table(heads, [(say(MEASURES[one.measure].label), *figure_words(one, language)) for one in results], words=1)
