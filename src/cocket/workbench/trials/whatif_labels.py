# SPDX-License-Identifier: Apache-2.0
"""What the pages of what-if call things."""

from __future__ import annotations

from typing import Final

from cocket.pipeline.trials.whatif import State
from cocket.risk.estimate import Estimate
from cocket.trials.whatif import Question
from cocket.workbench.base.labels import _

STATES: Final[dict[State, str]] = {
    "asked": _("Being answered"),
    "answered": _("Answered"),
    "refused": _("Refused"),
}

STEPS: Final[dict[str, str]] = {
    "": _("The question is being answered."),
    "reading": _("The past is being read: {done} of {of}."),
    "rule": _("The rule is being tried: {done} of {of}."),
    "lanes": _("Lanes are being chosen again: {done} of {of}."),
    "frontier": _("The frontier is being drawn: {done} of {of}."),
    "waits": _("Waits are being replayed: {done} of {of}."),
}

STATIONS: Final[dict[str, str]] = {
    "documents": _("Documents"),
    "examination": _("Examination"),
    "scanner": _("Scanner"),
}

#: Why the work of a station cannot be determined.
WHY: Final[dict[str, str]] = {
    "no-closings": _("No order was closed with a time and a name."),
    "few-days": _("Orders were closed on too few days."),
    "no-queue": _("Hardly any order waited while another was dealt with, so the time of one cannot be determined."),
}

FIGURES: Final[dict[str, str]] = {
    "examinations a day": _("Examinations a day"),
    "finds per examination": _("Finds per examination"),
    "hours": _("Mean hours"),
}

ESTIMATORS: Final[dict[str, str]] = {
    "best": _("Best"),
    "ips": _("By chance (IPS)"),
    "snips": _("Self-normalised (SNIPS)"),
    "model": _("By the model"),
    "robust": _("Doubly robust"),
}

#: Which picture of the frontier is of what.
MEASURES: Final[dict[str, str]] = {
    "found": _("Finds a day"),
    "threats": _("Security finds a day"),
    "amount": _("Recovered a day"),
}

#: The fields of a question in words; `{value}` is what it says.
_PHRASES: Final[dict[str, str]] = {
    "examine": _("examine {value} %"),
    "documents": _("check the documents of {value} %"),
    "audit": _("audit {value} % after release"),
    "random": _("draw {value} % at random"),
    "examinations_a_day": _("{value} examinations a day at an office"),
    "documents_a_day": _("{value} document checks a day at an office"),
    "ignore_below": _("ignore declarations under {value}"),
    "rule": _("follow the rule {value}"),
    "model": _("choose by the model {value}"),
    "opens": _("open from {value}"),
    "closes": _("open until {value}"),
}
_MORE: Final = _("{number} more people: {station}")
_FEWER: Final = _("{number} fewer people: {station}")
_SCANNERS: Final = _("{number} scanners, {minutes} minutes a scan")
_WHERE: Final = _("at {offices}")
_WEEKDAYS: Final = _("open on days {days} of the week")
_SHARES: Final = ("examine", "documents", "audit", "random")


def phrases(question: Question) -> list[tuple[str, dict[str, object]]]:
    """What would be otherwise: sentences with their places (1..n)."""
    told: list[tuple[str, dict[str, object]]] = []
    for name, sentence in _PHRASES.items():
        value = getattr(question, name)
        if value is not None:
            value = f"{100 * value:g}" if name in _SHARES else value
            if name == "ignore_below" and question.currency:
                value = f"{value} {question.currency}"
            told.append((sentence, {"value": value}))
    for station, more in question.staff.items():
        told.append((_MORE if more > 0 else _FEWER, {"number": abs(more), "station": station}))
    if question.weekdays:
        told.append((_WEEKDAYS, {"days": ", ".join(map(str, question.weekdays))}))
    if question.scanners:
        told.append((_SCANNERS, {"number": question.scanners.count, "minutes": f"{question.scanners.minutes:g}"}))
    if question.offices:
        told.append((_WHERE, {"offices": ", ".join(question.offices)}))
    return told


def figure(value: float) -> str:
    """A figure with as many digits as say something."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}"


def ends(one: Estimate) -> tuple[str, str, str]:
    """A figure and its ends, as they are printed."""
    digits = 0 if abs(one.value) >= 100 else 1 if abs(one.value) >= 10 else 2
    value, low, high = (f"{each:.{digits}f}" for each in (one.value, one.low, one.high))
    return value, low, high


def minutes(of_day: int) -> str:
    """Minutes since midnight as an hour."""
    return f"{of_day // 60:02}:{of_day % 60:02}"
