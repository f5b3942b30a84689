# SPDX-License-Identifier: Apache-2.0
"""The fixed list of measures: what a use case, a forecast or a self-assessment may be measured by, and the figure of each.

A figure is worked out from what the house holds, for days that are named; no one types one. What cannot be measured says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.risk.estimate import share

#: What a figure counts: things, a share of things (0–1), seconds or days.
Unit = Literal["count", "share", "seconds", "days"]

#: Counts below this, and shares of fewer or with fewer on one side, are withheld from what leaves the house.
MASKED_BELOW: Final = 5


def _(sentence: str) -> str:
    """Marks a text for the catalogue."""
    return sentence


class Measure(msgspec.Struct, frozen=True):
    """A measure of the list.

    Attributes:
        unit: What its figure counts.
        label: What it is, in English; the key of its translation.
    """

    unit: Unit
    label: str


#: Name → measure, in reading order.
MEASURES: Final[Mapping[str, Measure]] = {
    "random-hit-rate": Measure("share", _("Finds among examinations that chance chose")),
    "advice-hit-rate": Measure("share", _("Finds among examinations that our advice chose")),
    "missed": Measure("count", _("Finds missed among what no one examined (estimate)")),
    "examinations": Measure("count", _("Consignments examined, with a result that can be learned from")),
    "random-examinations": Measure("count", _("Examinations that chance chose")),
    "random-share": Measure("share", _("Consignments drawn by chance, of those assessed")),
    "finds": Measure("count", _("Consignments with a find")),
    "overrides": Measure("share", _("Advice that an officer overrode")),
    "contests-upheld": Measure("share", _("Contests decided for the trader")),
    "advice-seconds": Measure("seconds", _("From a declaration to its advice, median")),
    "advice-seconds-95": Measure("seconds", _("From a declaration to its advice, 95 of 100 within")),
    "messages": Measure("count", _("Messages received")),
    "refused": Measure("share", _("Messages refused")),
    "conflicts": Measure("share", _("Messages that repeat a reference with other content")),
    "completeness": Measure("share", _("Fields stated, of those that a paper should state")),
    "disagreement": Measure("share", _("Fields on which papers of a consignment disagree")),
    "timeliness": Measure("days", _("From the event to its paper, median; below zero is before it")),
    "sealed-records": Measure("count", _("Records sealed in the log")),
    "signed-heads": Measure("count", _("Heads of the log signed")),
    "mirror-records": Measure("count", _("Records received from partner administrations")),
    "mirror-differences": Measure("count", _("Differences found against a partner's records")),
    "agreements": Measure("count", _("Agreements with partners in force")),
    "devices": Measure("count", _("Devices on a journey or in stock")),
    "alerts": Measure("count", _("Alerts from devices and journeys")),
    "accounts": Measure("count", _("Accounts of officers that can sign in")),
    "analysts": Measure("count", _("Accounts of risk analysts that can sign in")),
}  # fmt: skip

#: Name → what it is, in English.
LABELS: Final[Mapping[str, str]] = {name: one.label for name, one in MEASURES.items()}

#: Why there is no figure.
WHYS: Final[Mapping[str, str]] = {
    "nothing": _("Nothing of this kind happened in these days."),
    "no-draw": _("Chance chose no examination in these days."),
    "only-today": _("This is counted as of today only, and these days are over."),
    "not-begun": _("These days have not begun."),
    "masked": _("Withheld: too few cases."),
}

#: What limits a figure that there is.
NOTES: Final[Mapping[str, str]] = {
    "newest": _("Only the newest messages were looked at."),
    "year": _("Only the last 366 days were looked at."),
    "as-of-today": _("Counted as of today."),
}


class Measured(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A figure of the house, or why there is none.

    Attributes:
        measure: Name in `MEASURES`.
        since: First day that it is of.
        until: Last day.
        at: When it was worked out, UTC.
        value: The figure in the unit of its measure; None where it cannot be measured.
        low: Lower end of the interval of 95 %; None where there is none.
        high: Upper end; None where there is none, or nothing bounds it.
        of: How many cases a share or a time rests on (count); None where it rests on none.
        why: Why there is no figure, of `WHYS`; empty where there is one.
        note: What limits it, of `NOTES`; empty for nothing.
    """

    measure: str
    since: date
    until: date
    at: datetime
    value: float | None = None
    low: float | None = None
    high: float | None = None
    of: int | None = None
    why: str = ""
    note: str = ""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """For which days figures are worked out, and when that is done (UTC)."""

    since: date
    until: date
    at: datetime


def unmeasured(measure: str, span: Span, why: str = "nothing") -> Measured:
    """A measure without a figure."""
    return Measured(measure=measure, since=span.since, until=span.until, at=span.at, why=why)


def counted(measure: str, span: Span, number: int, note: str = "") -> Measured:
    """A count; nought is a figure."""
    return Measured(measure=measure, since=span.since, until=span.until, at=span.at, value=float(number), note=note)


def shared(measure: str, span: Span, found: int, of: int, note: str = "") -> Measured:
    """A share with its interval of 95 %; without a figure where it would be of nothing.

    Source: Wilson, 1927, by `cocket.risk.estimate.share`.
    """
    rate = share(found, of)
    if rate is None:
        return unmeasured(measure, span)
    made = Measured(measure=measure, since=span.since, until=span.until, at=span.at, value=rate.value, note=note)
    return msgspec.structs.replace(made, low=rate.low, high=rate.high, of=of)


def timed(measure: str, span: Span, value: float | None, of: int) -> Measured:
    """A time; without a figure where it would rest on nothing."""
    if value is None or not of:
        return unmeasured(measure, span)
    return Measured(measure=measure, since=span.since, until=span.until, at=span.at, value=value, of=of)


def masked(one: Measured) -> Measured:
    """A figure as it may leave the house: withheld where it tells of too few cases."""
    if one.value is None:
        return one
    unit = MEASURES[one.measure].unit
    few = False
    if unit == "count":
        few = 0 < one.value < MASKED_BELOW
    elif one.of is not None:
        hits = round(one.value * one.of) if unit == "share" else MASKED_BELOW
        few = one.of < MASKED_BELOW or 0 < hits < MASKED_BELOW or 0 < one.of - hits < MASKED_BELOW
        few = few if unit == "share" else one.of < MASKED_BELOW
    if not few:
        return one
    return msgspec.structs.replace(one, value=None, low=None, high=None, of=None, why="masked", note="")


def check_measures(names: tuple[str, ...], most: int) -> None:
    """Refuse names that are not in the list, stand twice, or are too many.

    Raises:
        SenderError: They are.
    """
    unknown = next((one for one in names if one not in MEASURES), None)
    if unknown is not None:
        raise SenderError(
            "There is no such measure.", code="measure-unknown", expected=", ".join(MEASURES), found=unknown[:60]
        )
    if not 1 <= len(names) <= most or len(set(names)) != len(names):
        raise SenderError(f"Name 1 to {most} measures, each once.", code="measures-number", found=str(len(names)))


def figure(one: Measured) -> str:
    """A figure as it is written in a file or on a command line; `–` where there is none."""
    if one.value is None:
        return "–"
    match MEASURES[one.measure].unit:
        case "share":
            bounds = "" if one.low is None or one.high is None else f" ({one.low:.1%} to {one.high:.1%})"
            return f"{one.value:.1%}{bounds}{'' if one.of is None else f', n={one.of}'}"
        case "count":
            upper = "" if one.high is None else f"{one.high:.0f}"
            bounds = "" if one.low is None else f" ({one.low:.0f} to {upper or '∞'})"
            return f"{one.value:.0f}{bounds}"
        case "seconds":
            return f"{one.value:.1f} s, n={one.of}"
    return f"{one.value:.1f} d, n={one.of}"
