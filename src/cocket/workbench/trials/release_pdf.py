# SPDX-License-Identifier: Apache-2.0
"""Release times as they are published, as PDF: the same figures, method, bottlenecks and changes as the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cocket.trials.release import Published
from cocket.trials.release.page import PERCENTILES
from cocket.trials.release.study import Study, Times
from cocket.workbench.base.labels import _
from cocket.workbench.base.languages import Language
from cocket.workbench.base.pdf import Cell, Sheet
from cocket.workbench.trials import release_labels as words

_TITLE, _HEAD, _LINE, _SMALL = 15.0, 11.0, 9.0, 8.0

#: Shares of the width: a name, four percentiles, a count.
_WIDTHS: Final = (0.36, 0.13, 0.13, 0.13, 0.13, 0.12)


def write_published(found: Published, administration: str, language: Language) -> bytes:
    """The published release times as PDF, the same for the same figures.

    Raises:
        SettingsError: The package that writes PDF is not installed.
    """
    study, say = found.study, language.say
    title = say(_("Average release times"))
    basis = say(_("WTO Agreement on Trade Facilitation, article 7.6"))
    sheet = Sheet((basis,), is_mirrored=language.direction == "rtl")
    sheet.text(f"{administration} · {title}" if administration else title, size=_TITLE, face="bold")
    period = say(_("{first} to {last}"), first=study.first.isoformat(), last=study.last.isoformat())
    cases = say(_("{count} consignments"), count=f"{study.cases:,}")
    sheet.text(f"{period} · {cases}", size=_LINE)
    if found.is_masked:
        few = say(
            _("Too few consignments or traders: under {cases} consignments or {traders} traders nothing is published."),
            cases=found.fewest_cases,
            traders=found.fewest_traders,
        )
        sheet.text(few, size=_LINE, face="slanted")
    else:
        _figures(sheet, found, language)
    _heading(sheet, say(_("How the figures were made")))
    for line in words.METHOD:
        sheet.text(language.translate(line), size=_LINE)
    for code, often in study.counts.items():
        name = language.translate(words.COUNT_NAMES.get(code, code))
        sheet.text(f"{name}: {often:,}", size=_SMALL)
    return sheet.finish(title, language.tag)


def _figures(sheet: Sheet, found: Published, language: Language) -> None:
    study, say = found.study, language.say
    columns = [say(_("Time")), "P50", "P75", "P90", "P95", say(_("Timed"))]
    _heading(sheet, say(_("Figures")))
    for pair in study.clocks:
        if pair.is_clock:
            late, early = (pair.second, pair.first) if pair.offset >= 0 else (pair.first, pair.second)
            told = say(
                _(
                    "A clock seems wrong: {second} is {length} later than {first} on {steps} steps that both saw. Nothing was corrected; "
                    "times between the two are off by as much."
                ),
                first=early,
                second=late,
                length=words.length(abs(pair.offset), language),
                steps=f"{pair.steps:,}",
            )
            sheet.text(told, size=_LINE, face="bold")
    _row(sheet, columns, "bold")
    for times in study.whole.times:
        _row(sheet, _cells(language.translate(words.SEGMENT_NAMES[times.segment]), times, language))
    _waiting(sheet, study, language)
    if study.groups:
        _heading(sheet, language.translate(words.DIMENSION_NAMES[study.by]))
        _row(sheet, columns, "bold")
    for group in study.groups:
        for times in group.times:
            if times.segment in ("arrival-release", "lodgement-release", "arrival-gate-out"):
                name = words.group_name(study.by, group.name, language)
                segment = language.translate(words.SEGMENT_NAMES[times.segment])
                _row(sheet, _cells(f"{name} · {segment}", times, language))
    if found.masked:
        names = ", ".join(words.group_name(study.by, one, language) for one in found.masked)
        sheet.text(say(_("Masked, since they are small: {names}."), names=names), size=_LINE)
    _heading(sheet, say(_("Where time is lost")))
    together = sum(study.lost.values()) or 1.0
    for actor, seconds in study.lost.items():
        share = f"{100 * seconds / together:.0f}"
        told = say(
            _("{share} of 100 hours wait for: {who}"), share=share, who=language.translate(words.ACTOR_NAMES[actor])
        )
        sheet.text(told, size=_LINE)
    for step in study.steps[:8]:
        ends = [language.translate(words.KIND_NAMES[one]) for one in (step.start, step.end)]
        middle = words.length(step.median, language)
        sheet.text(f"{ends[0]} → {ends[1]}: {middle} · {step.cases:,}", size=_LINE)
    _heading(sheet, say(_("What changed")))
    if not found.changes:
        sheet.text(say(_("Nothing to compare with: too little is known of as many days before.")), size=_LINE)
    for one in found.changes:
        lengths = [words.length(each, language) for each in (one.before, one.now, one.before_fixed)]
        name = language.translate(words.SEGMENT_NAMES[one.segment])
        told = say(
            _("{before} before, {now} now; before, at the mix of now: {fixed}"),
            before=lengths[0],
            now=lengths[1],
            fixed=lengths[2],
        )
        sheet.text(f"{name}: {told}", size=_LINE)


def _waiting(sheet: Sheet, study: Study, language: Language) -> None:
    """How old those are that wait, beside those that have ended."""
    say = language.say
    waiting = [one for one in study.whole.times if one.open and one.ended]
    if not waiting:
        return
    _heading(sheet, say(_("Those that wait, and those that have ended")))
    _row(
        sheet,
        [
            say(_("Time")),
            *(say(_("{percentile} of the ended"), percentile=one) for one in PERCENTILES),
            say(_("Waiting")),
        ],
        "bold",
    )
    for one in waiting:
        lengths = [words.length(each, language) for each in one.ended]
        _row(sheet, [language.translate(words.SEGMENT_NAMES[one.segment]), *lengths, f"{one.open:,}"])
    for one in waiting:
        name = language.translate(words.SEGMENT_NAMES[one.segment])
        over = [say(_("Longer than P95 of the ended")), say(_("Longer than any that ended"))]
        sheet.text(f"{name}: {over[0]} {one.open_over_p95:,}; {over[1]} {one.open_over_longest:,}", size=_SMALL)
        if one.is_doubtful:
            told = say(
                _(
                    "{time}: {count} of {all} wait longer than any that has ended. Their stamps may be missing; see the times of "
                    "those that have ended."
                ),
                time=name,
                count=f"{one.open_over_longest:,}",
                all=f"{one.timed + one.open:,}",
            )
            sheet.text(told, size=_LINE, face="bold")


def _cells(name: str, times: Times, language: Language) -> list[str]:
    return [name, *(words.length(one, language) for one in times.elapsed), f"{times.timed:,}"]


def _heading(sheet: Sheet, title: str) -> None:
    sheet.skip(8)
    sheet.room(40)
    sheet.text(title, size=_HEAD, face="bold")


def _row(sheet: Sheet, cells: Sequence[str], face: str = "plain") -> None:
    shown = [Cell(((one, "bold" if face == "bold" else "plain"),)) for one in cells]
    sheet.row(shown, _WIDTHS, size=_SMALL)
