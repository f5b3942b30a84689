# SPDX-License-Identifier: Apache-2.0
"""What is said of figures at equal effort: the answer of each office in one sentence, and the table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from cocket.consignment import DayBasis
from cocket.exchange.tables import Cell
from cocket.exchange.workbooks import write_workbook
from cocket.pipeline.risk.effort_figures import FiguresView, Slice
from cocket.risk.effort import EqualEffort, Side, Verdict, of_hundred
from cocket.risk.suspicion import about
from cocket.workbench.base.labels import LANES, _
from cocket.workbench.base.languages import Language
from cocket.workbench.base.rendering import why

#: The answer for some offices, by what may be said of them.
ANSWERS: Final[dict[Verdict, str]] = {
    "finds more": _("Yes at {offices}."),
    "finds less": _("No at {offices}: it finds less."),
    "no difference seen": _("No difference seen at {offices}."),
    "cannot say yet": _("Cannot say yet at {offices}."),
}

VERDICTS: Final[dict[Verdict, str]] = {
    "finds more": _("Ours finds more"),
    "finds less": _("Ours finds less"),
    "no difference seen": _("No difference seen"),
    "cannot say yet": _("Cannot say yet"),
}

#: The same without offices.
WHOLE: Final[dict[Verdict, str]] = {
    "finds more": _("Yes."),
    "finds less": _("No: it finds less."),
    "no difference seen": _("No difference seen."),
}

#: What there is to decide at an office, by what may be said there.
DECISIONS: Final[dict[Verdict, str]] = {
    "finds more": _("Follow our advice at {office}?"),
    "finds less": _("Keep the host's lanes at {office}, and look at what our advice misses."),
    "no difference seen": _("Go on in shadow at {office}."),
    "cannot say yet": _("Cannot say yet at {office}: {why}."),
}

TABS: Final = {"office": _("Office"), "lane": _("Lane of the host"), "month": _("Month"), "officer": _("Officer")}

COLUMNS: Final = (
    "part", "name", "period_from", "period_to", "declarations", "examinations", "drawn_at_random",
    "ours_of_100", "ours_low", "ours_high", "host_of_100", "host_low", "host_high",
    "chance_of_100", "chance_low", "chance_high", "more_of_100", "more_low", "more_high",
    "chosen_by_both", "says", "why", "draw_more",
    "ours_recovered", "host_recovered", "more_recovered", "more_recovered_low", "more_recovered_high", "currency",
)  # fmt: skip


#: What a period goes by.
BY_DAY: Final[dict[DayBasis, str]] = {
    "registered": _("registered by the host {count}"),
    "accepted": _("accepted {count}"),
    "issued": _("made, as the sender states, {count}"),
    "received": _("received here {count}"),
}


def days(view: FiguresView, language: Language) -> str:
    """Which day of each declaration counts, and what was left out because none does."""
    told = [language.say(BY_DAY[basis], count=f"{count:,}") for basis, count in view.bases.items()]
    said = language.say(
        _("Days are those of the declaration, not of its loading here: {bases}."), bases=", ".join(told) or "0"
    )
    if view.undated or view.future:
        left = _("Left out of every period: {undated} without a day that can be read, {future} dated after today.")
        said = f"{said} {language.say(left, undated=f'{view.undated:,}', future=f'{view.future:,}')}"
    return said


def answers(view: FiguresView, language: Language) -> list[tuple[Verdict, str]]:
    """The answer in one sentence for each kind of answer, those with a difference first (1..n)."""
    if not any(one.name for one in view.offices):
        return [(view.whole.verdict, _whole(view.whole, language))]
    by_verdict = {
        verdict: [one.name for one in view.offices if one.name and one.effort.verdict == verdict] for verdict in ANSWERS
    }
    return [
        (verdict, language.say(ANSWERS[verdict], offices=", ".join(names)))
        for verdict, names in by_verdict.items()
        if names
    ]


def _whole(one: EqualEffort, language: Language) -> str:
    if one.verdict == "cannot say yet":
        return language.say(_("Cannot say yet: {why}."), why=why(one, language))
    return language.translate(WHOLE[one.verdict])


def round_about(value: float) -> str:
    """An end of an interval of money, with the two figures that may count, as decimal text."""
    return f"{about(Decimal(f'{value:.0f}')):f}"


def name_of(tab: str, name: str, language: Language) -> str:
    """What a part is called: a lane by its name, anything else as it is."""
    if not name:
        return language.translate(_("not known"))
    return language.translate(LANES[name][0]) if tab == "lane" and name in LANES else name


def write_xlsx(view: FiguresView) -> bytes:
    """Every figure of the page as a workbook, one row a part, each with its period, effort and interval."""
    return write_workbook("figures", COLUMNS, _rows(view))


def _rows(view: FiguresView) -> Iterator[list[Cell]]:
    yield _row(view, "all", "", view.whole)
    parts: tuple[tuple[str, Sequence[Slice]], ...]
    parts = (("office", view.offices), ("host lane", view.lanes), ("month", view.months))
    for part, slices in parts:
        for one in slices:
            yield _row(view, part, one.name, one.effort)
    for officer in view.officers or ():
        told: list[Cell] = ["officer", officer.officer, view.since, view.until, None, officer.results, None]
        yield [*told, *map(_decimal, of_hundred(officer.share)), *[None] * (len(COLUMNS) - len(told) - 3)]


def _row(view: FiguresView, part: str, name: str, one: EqualEffort) -> list[Cell]:
    shares = [cell for side in (one.ours, one.host, one.chance) for cell in _shares(side)]
    more: list[Cell] = [None] * 3 if one.more is None else [_decimal(each) for each in of_hundred(one.more)]
    money: list[Cell] = [None] * 5
    if view.currency:
        money = [_amount(side.amount.value) if side else None for side in (one.ours, one.host)]
        told = one.more_amount
        money += [None] * 3 if told is None else [_amount(each) for each in (told.value, told.low, told.high)]
    known: list[Cell] = [part, name, view.since, view.until, one.declarations, one.examinations, one.drawn]
    told_why = one.lack.why if one.lack else None
    return [*known, *shares, *more, one.both, one.verdict, told_why, one.draw or None, *money, view.currency]


def _shares(side: Side | None) -> list[Cell]:
    return [None] * 3 if side is None else [_decimal(each) for each in of_hundred(side.share)]


def _decimal(text: str) -> Decimal:
    return Decimal(text)


def _amount(value: float) -> Decimal | None:
    """Whole units of a currency; nothing bounds an infinite one."""
    return Decimal(f"{value:.0f}") if abs(value) != float("inf") else None
