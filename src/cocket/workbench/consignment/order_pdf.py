# SPDX-License-Identifier: Apache-2.0
"""The control order as PDF, from the same values as the page: each row in two languages, a code that opens the proof."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

import segno

from cocket.measures.payments.letters import is_plain, outline
from cocket.pipeline.control.views import ChosenBy
from cocket.pipeline.queries.order_sheets import OrderSheet
from cocket.risk.suspicion import NAMES as SUSPICIONS
from cocket.risk.suspicion import Head, about
from cocket.workbench.base import formats
from cocket.workbench.base.labels import CHOSEN
from cocket.workbench.base.languages import ENGLISH, Language, language
from cocket.workbench.base.pdf import INNER, Cell, Sheet
from cocket.workbench.base.rendering import Told, clause_in, sentence_in

#: Language that stands second on a sheet whose reader has English; for any other reader it is English.
_SECOND: Final = "fr"

#: Side of the code (points).
_CODE: Final = 78.0

#: Containers that the sheet has room for; the others are counted on it.
_MOST_CONTAINERS: Final = 8

_DOTS: Final = "..............."


class Two(NamedTuple):
    """The languages of a sheet, its reader's first, and how he sees moments."""

    first: Language
    second: Language
    clock: formats.Clock

    def say(self, text: str) -> tuple[str, str]:
        """A text of ours in both."""
        return self.first.translate(text), self.second.translate(text)

    def line(self, text: str) -> str:
        """The same on one line."""
        return " / ".join(dict.fromkeys(self.say(text)))


def languages_of(reader: Language) -> tuple[Language, Language]:
    """The languages of a sheet for a reader, his own first."""
    return reader, language(_SECOND) if reader is ENGLISH else ENGLISH


def write_order(
    sheet: OrderSheet, reader: tuple[str, str], clock: formats.Clock, languages: tuple[Language, Language], proof: str
) -> bytes:
    """A control order as PDF.

    Args:
        sheet: The order.
        reader: Name of the administration, and sign-in name of who has it printed.
        clock: How he sees moments.
        languages: His language, and the second of the sheet. One whose letters this file cannot have gives way to English.
        proof: Address that the code opens.

    Returns:
        PDF 1.7, one page as a rule; it says so where a letter could not be printed.

    Raises:
        SettingsError: The package that writes PDF is not installed.
        NotFoundError: There is no order.
    """
    first, second = languages
    if not _is_printable(first):
        first, second = ENGLISH, language(_SECOND)
    two = Two(first, second, clock if first is languages[0] else formats.Clock(first))
    summary = sheet.dossier.summary
    advice, order = summary.advice, summary.order
    why = "The reasons are for the service: the declarant signs the record of examination, not this order."
    who = f"{two.line('Printed by')} {reader[1]}, {two.clock.moment(sheet.printed)}, {two.line('copy')} {sheet.copy}"
    if sheet.counted_from is not None:
        who += f" ({two.line('counted from')} {two.clock.date(sheet.counted_from)})"
    who += "."
    foot = (f"{who} {two.line('The print is recorded.')}", *two.say(why))
    page = Sheet(foot, is_mirrored=first.direction == "rtl")
    page.code(segno.make(proof, error="m", boost_error=False, micro=False).matrix, _CODE)
    beside = INNER - _CODE - 12
    page.text(f"{reader[0]} · {summary.office or ''}", width=beside)
    page.text(two.line("Control order"), size=15, face="bold", width=beside)
    page.text(f"{summary.title} · {summary.trader or '–'}", size=10, face="bold", width=beside)
    if order is not None and order.created is not None:
        page.text(f"{two.line('Ordered')}: {two.clock.moment(order.created)}", width=beside)
    if order is not None and order.due is not None:
        page.text(f"{two.line('To be done by')}: {two.clock.moment(order.due)}", face="bold", width=beside)
    page.text(f"{two.line('Examiner')}: {(order.examiner if order else None) or 2 * _DOTS}", width=beside)
    if order is not None and order.stand_by:
        page.text(f"{two.line('Stands by')}: {', '.join(order.stand_by)}", width=beside)
    page.text(
        f"{two.line('Proof of this order')}: {two.line('leaf')} {formats.number(sheet.index)}", size=7.5, width=beside
    )

    page.heading(*two.say("What to look for"))
    head = advice.head if advice else None
    _look(page, two, head, advice.chosen_by if advice else "rule")
    if advice is not None and advice.because:
        page.heading(*two.say("Because"))
        for number, fact in enumerate(advice.because, start=1):
            _both(page, two, fact, f"{number}. ")
    if advice is not None and advice.host_result is not None:
        page.heading(*two.say("Result of the host"))
        _both(page, two, advice.host_result)
    _goods(page, two, sheet)
    page.heading(*two.say("Do"))
    for task in order.look_for if order else ():
        said = sentence_in(task, two.first), sentence_in(task, two.second)
        page.row([Cell(((said[0], "plain"),), has_box=True), Cell(((said[1], "slanted"),))], (0.52, 0.48))
    _stake(page, two, head)
    _result(page, two)
    if page.unprinted:
        page.text(two.line("A ? stands for a letter that this file cannot print; the page has all of them."), size=7)
    title = f"{two.first.translate('Control order')} {summary.title}"
    return page.finish(title, two.first.tag)


def _look(page: Sheet, two: Two, head: Head | None, chosen_by: ChosenBy) -> None:
    if head is not None and head.suspicion is not None:
        names = two.say(SUSPICIONS[head.suspicion.kind])
        told = clause_in(head.suspicion, two.first), clause_in(head.suspicion, two.second)
        said = tuple(
            f"{name}{' :' if one.tag == 'fr' else ':'} {clause}"
            for name, clause, one in zip(names, told, (two.first, two.second), strict=True)
        )
    else:
        said = two.say(CHOSEN[chosen_by])
    page.text(said[0], size=11, face="bold")
    page.text(said[1], size=9, face="slanted")


def _both(page: Sheet, two: Two, said: Told, before: str = "") -> None:
    first, second = sentence_in(said, two.first, two.clock), sentence_in(said, two.second, two.clock)
    page.row([Cell(((before + first, "plain"),)), Cell(((second, "slanted"),))], (0.52, 0.48))


def _goods(page: Sheet, two: Two, sheet: OrderSheet) -> None:
    shares = (0.34, 0.12, 0.2, 0.16, 0.18)
    page.heading(*two.say("Goods, containers, seals"))
    heads = ("Item", "HS", "Declared", "Other papers", "Found")
    page.row([Cell(tuple(zip(two.say(one), ("bold", "slanted"), strict=True))) for one in heads], shares, size=7.5)
    packages, seal = two.line("packages"), two.line("seal")

    def amounts(number: int | None, mass: str | None) -> Cell:
        lines = [f"{_decimal(two, formats.number(number))} {packages}"] if number is not None else []
        lines += [_decimal(two, formats.mass(mass))] if mass is not None else []
        return Cell(tuple((line, "plain") for line in lines or ["–"]))

    for item in sheet.items:
        name = Cell(((f"{item.number} {item.goods or '–'}", "plain"),))
        page.row(
            [name, Cell(((item.code or "–", "plain"),)), amounts(item.packages, item.gross_mass_kg), Cell(), Cell()],
            shares,
        )
    if sheet.left_out:
        page.text(f"+ {sheet.left_out} {two.line('further items: see the declaration')}", size=8)
    totals = [amounts(*one) for one in zip(sheet.packages, sheet.gross_mass_kg, strict=True)]
    page.row([Cell(((two.line("In all"), "bold"),)), Cell(), *totals, Cell()], shares)
    for box in sheet.containers[:_MOST_CONTAINERS]:
        sides = [Cell(((f"{seal} {', '.join(one) or '–'}", "plain"),)) for one in (box.declared, box.other)]
        found = Cell(((two.line("whole"), "plain"), (f"{two.line('other')} {_DOTS}", "plain")), has_box=True)
        name = Cell(((f"{two.line('Container')} {box.number}", "plain"),))
        page.row([name, Cell(), *sides, found], shares)
    if (more := len(sheet.containers) - _MOST_CONTAINERS) > 0:
        page.text(f"+ {more} {two.line('further containers: see the declaration')}", size=8)


def _stake(page: Sheet, two: Two, head: Head | None) -> None:
    stake = head.stake if head is not None else None
    if stake is None or not (stake.sums or stake.amount or stake.is_threat):
        return
    page.heading(*two.say("Duty and taxes at stake"))
    if stake.is_threat:
        page.text(two.line("Threat: not a matter of money"))
        return
    shares = (0.6, 0.2, 0.2)

    def money(amount: str | None, currency: str | None, is_about: bool) -> Cell:
        if not amount:
            return Cell()
        if not is_about:
            return Cell(((_decimal(two, formats.money(amount, currency)), "plain"),))
        shown = _decimal(two, formats.money(f"{about(Decimal(amount)):f}", currency))
        return Cell(((two.first.say("about {amount}", amount=shown), "plain"),))

    for line in (*stake.sums, *((stake.other,) if stake.other else ())):
        told = sentence_in(line, two.first), sentence_in(line, two.second)
        amounts = (
            money(line.amount, stake.currency, line.is_estimate),
            money(line.foreign, stake.foreign_currency, line.is_estimate),
        )
        if line.foreign:
            says = two.line("as declared" if line.is_declared else "converted")
            amounts = amounts[0], Cell((*amounts[1].lines, (says, "slanted")))
        page.row([Cell(((told[0], "plain"), (told[1], "slanted"))), *amounts], shares)
    unknown = "" if stake.currency else f" ({two.line('currency not known')})"
    whole = (
        money(stake.amount, stake.currency, stake.is_about),
        money(stake.foreign, stake.foreign_currency, stake.is_about),
    )
    page.row([Cell(((two.line("At stake") + unknown, "bold"),)), *whole], shares)
    if stake.rate and stake.rate_day:
        rate = _decimal(two, formats.money(stake.rate, stake.currency))
        page.text(
            f"1 {stake.foreign_currency} = {rate}{unknown}, {two.clock.full(date.fromisoformat(stake.rate_day))}",
            size=8,
        )


def _result(page: Sheet, two: Two) -> None:
    page.heading(*two.say("Result"))
    _boxes(page, two, ("Nothing found", "Irregular", "With the laboratory", "Not examined, because"))
    _boxes(page, two, ("full", "part"), before=two.line("Depth"))
    page.text(f"{two.line('Packages counted')}: {_DOTS}   {two.line('New seal')}: {2 * _DOTS}")
    signed = two.say("name, date, time")
    page.signatures(
        [
            (two.line("Examiner"), *signed),
            (two.line("Second officer, present"), *signed),
            (two.line("Head of office"),),
        ]
    )


def _boxes(page: Sheet, two: Two, names: Sequence[str], before: str = "") -> None:
    cells = [Cell(tuple(zip(two.say(name), ("plain", "slanted"), strict=True)), has_box=True) for name in names]
    if before:
        cells.insert(0, Cell(((f"{before}:", "plain"),)))
    page.row(cells, [1 / len(cells)] * len(cells), ruled=False)


def _decimal(two: Two, text: str) -> str:
    return formats.decimal(text, two.first)


def _is_printable(one: Language) -> bool:
    """Whether a font is at hand for the letters of a language."""
    text = one.translate("Control order")
    drawn = None if is_plain(text) else outline(text, 9)
    return is_plain(text) or (drawn is not None and drawn.is_whole)
