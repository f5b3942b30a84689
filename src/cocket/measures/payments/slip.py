# SPDX-License-Identifier: Apache-2.0
"""A payment advice on paper: a page or more of PDF with the account, the reference and every charge."""

from __future__ import annotations

import io
import textwrap
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from cocket.errors import SettingsError
from cocket.languages import ENGLISH, Language
from cocket.measures.payments.advice import PaymentAdvice
from cocket.measures.payments.letters import MARKS, UNPRINTED, Outline, is_plain, outline, wide
from cocket.measures.payments.reference import grouped
from cocket.measures.tariff import DutyWords

#: What stands around the figures, in English; translated by the catalogue of the reader's language.
_WORDS: Final[dict[str, str]] = {
    "title": "Payment advice",
    "payee": "Pay to",
    "account": "Account",
    "bic": "Bank (BIC)",
    "bank": "Bank",
    "reference": "Reference",
    "amount": "Amount",
    "due": "To be paid by",
    "payer": "Payer",
    "declaration": "Declaration",
    "issued": "Issued",
    "charge": "Charge",
    "act": "Act",
    "code": "Code",
    "total": "Total",
    "assumed": "Assumed in this amount",
    "basis": "Computed by the tariff {tariff}, as of {day}.",
    "digest": "Duty answer {answer}, tariff {law} (SHA-256).",
    "always": "State the reference with the payment; without it the payment cannot be matched.",
    "unprinted": "A ? stands for a letter that this page cannot print; the slip as JSON has all of them: {where}.",
    "text": "Notes",
}

#: Points: the page (A4), its margins, and where columns begin.
_WIDTH, _HEIGHT, _MARGIN = 595.0, 842.0, 56.0
_VALUES, _ACTS, _AMOUNTS, _RIGHT = 190.0, 250.0, 440.0, _WIDTH - _MARGIN

#: Signs of one line of an act, and of one over the whole page.
_ACT_SIGNS, _LINE_SIGNS = 38, 92

#: Highest amount of a code of the European Payments Council, in euro.
_MOST_IN_CODE: Final = Decimal("999999999.99")


def write_slip(advice: PaymentAdvice, language: Language = ENGLISH) -> bytes:
    """A payment advice as PDF.

    Args:
        advice: The advice.
        language: Language of what stands around the figures; the tariff's own words are as the tariff has them. The page
            of one that is written from right to left is laid out so; one whose letters no installed font has gives way
            to English.

    Returns:
        PDF 1.7, the same for the same advice. An account in euro with an IBAN also has the code that banks' programs
        read. Letters outside the Western European ones are drawn, with their text beside them for programs that read
        pages aloud. A `?` stands for a letter that no installed font has; the page says in which of its parts.

    Raises:
        SettingsError: The package that writes PDF is not installed.

    Source: EPC069-12, version 2.1 (quick response code of a credit transfer).
    """
    if not _is_printable(language):
        language = ENGLISH
    page = _Pages(is_mirrored=language.direction == "rtl")
    words = {name: language.translate(text) for name, text in _WORDS.items()}
    payee = advice.payee
    page.line(words["title"], size=20, bold=True, after=30)
    account = grouped(payee.account) if payee.is_iban else payee.account
    for label, told in (
        ("payee", payee.name),
        ("account", account),
        ("bic", payee.bic),
        ("bank", payee.bank),
        ("reference", grouped(advice.reference)),
        ("amount", f"{_figure(advice.total)} {advice.currency}"),
        ("due", advice.due.isoformat()),
        ("payer", " ".join(filter(None, (advice.payer_name, advice.payer)))),
        ("declaration", advice.declaration or advice.message),
        ("issued", advice.issued.isoformat()),
    ):
        if told:
            page.pair(words[label], told, bold=label in ("reference", "amount"))
    page.code(advice)
    page.line(words["always"], before=14, after=20)
    page.rule()
    page.of_rows = words["charge"]
    page.row(words["charge"], words["act"], advice.currency, bold=True)
    for one in advice.charges:
        name = f"{one.charge} ({words['code']} {one.revenue})" if one.revenue else one.charge
        page.row(name, "; ".join(one.acts), _figure(one.amount))
    page.rule()
    page.row(words["total"], "", _figure(advice.total), bold=True)
    tariff = " ".join(f"{advice.tariff} {advice.edition}".split())
    page.line(language.say(_WORDS["basis"], tariff=tariff, day=advice.day), size=8, before=24)
    digests = {"answer": advice.answer_digest[:16], "law": advice.tariff_digest[:16]}
    page.line(language.say(_WORDS["digest"], **digests), size=8)
    if advice.assumed:
        say = DutyWords(language)
        page.line(f"{words['assumed']}{' :' if language.tag == 'fr' else ':'}", size=8, before=8)
        for told in advice.assumed:
            page.line(f"- {say.step(told) or told}", size=8)
    if page.unprinted:
        where = ", ".join(words["text"] if one == "" else one for one in page.unprinted)
        page.line(language.say(_WORDS["unprinted"], where=where), size=8, before=8)
    return page.finish(language.tag)


def _figure(amount: Decimal) -> str:
    """An amount with a thin group of thousands, all its places kept."""
    return f"{amount:,f}".replace(",", " ")


class _Pages:
    """Pages as they are filled, from above downwards.

    Args:
        is_mirrored: Whether all stands from right to left; places are given from the left all the same.
    """

    def __init__(self, *, is_mirrored: bool = False) -> None:
        try:
            import pydyf  # the library reads and checks without it
        except ImportError as error:
            raise SettingsError(
                "Writing PDF needs the package pydyf, which is not installed.", hint="Install cocket[server]."
            ) from error
        self._pydyf: Any = pydyf
        self._is_mirrored = is_mirrored
        self._streams: list[Any] = []
        self._part = self.of_rows = ""
        self.unprinted: dict[str, None] = {}
        self._turn()

    def _turn(self) -> None:
        self._streams.append(self._pydyf.Stream())
        self._y = _HEIGHT - _MARGIN

    def _down(self, by: float) -> None:
        self._y -= by
        if self._y < _MARGIN:
            self._turn()
            self._y -= by

    def _write(self, x: float, said: str, size: float, bold: bool = False) -> None:
        text = said.translate(MARKS)
        if self._is_mirrored:
            x = _WIDTH - x - wide(text, size, bold=bold)
        drawn = None if is_plain(text) else outline(text, size, bold=bold)
        if drawn is not None:
            self._draw(x, text, drawn)
            if not drawn.is_whole:
                self.unprinted[self._part] = None
            return
        plain = "".join(one if is_plain(one) else UNPRINTED for one in text)
        if plain != text:
            self.unprinted[self._part] = None
        stream = self._streams[-1]
        stream.begin_text()
        stream.set_font_size("F2" if bold else "F1", size)
        stream.set_text_matrix(1, 0, 0, 1, x, self._y)
        stream.show_text_string(plain.encode("cp1252"))
        stream.end_text()

    def _draw(self, x: float, text: str, drawn: Outline) -> None:
        """Letters as outlines, with the text that they are."""
        stream = self._streams[-1]
        stream.begin_marked_content("Span", self._pydyf.Dictionary({"ActualText": self._pydyf.String(text)}))
        stream.push_state()
        stream.set_matrix(1, 0, 0, 1, x, self._y)
        steps = {"m": stream.move_to, "l": stream.line_to, "c": stream.curve_to, "h": stream.close}
        for name, points in drawn.path:
            steps[name](*points)
        stream.fill()
        stream.pop_state()
        stream.end_marked_content()

    def line(self, text: str, *, size: float = 10, bold: bool = False, before: float = 0, after: float = 0) -> None:
        """A text over the whole page, broken where it is too long."""
        self._down(before)
        self._part = ""
        for part in _broken(text, int(_LINE_SIGNS * 10 / max(size, 8)), (_RIGHT - _MARGIN, size)):
            self._down(size * 1.35)
            self._write(_MARGIN, part, size, bold)
        self._y -= after

    def pair(self, label: str, text: str, *, bold: bool = False) -> None:
        """A label and what stands for it."""
        self._part = label
        for place, part in enumerate(_broken(text, 44, (_RIGHT - _VALUES, 11))):
            self._down(16)
            if not place:
                self._write(_MARGIN, label, 10)
            self._write(_VALUES, part, 11 if bold else 10, bold)

    def row(self, name: str, act: str, figure: str, *, bold: bool = False) -> None:
        """A row of the table: name, act, figures to the right."""
        self._part = self.of_rows
        names = list(_broken(name, 36, (_ACTS - _MARGIN - 6, 9.5)))
        acts = list(_broken(act, _ACT_SIGNS, (_AMOUNTS - _ACTS, 8)))
        for place in range(max(len(names), len(acts))):
            self._down(14)
            if place < len(names):
                self._write(_MARGIN, names[place], 9.5, bold)
            if place < len(acts):
                self._write(_ACTS, acts[place], 8, bold)
            if not place:
                self._write(_RIGHT - wide(figure, 9.5, bold=bold), figure, 9.5, bold)

    def rule(self) -> None:
        """A line across the page."""
        self._down(6)
        stream = self._streams[-1]
        stream.set_line_width(0.6)
        stream.move_to(_MARGIN, self._y)
        stream.line_to(_RIGHT, self._y)
        stream.stroke()

    def code(self, advice: PaymentAdvice) -> None:
        """The code that banks' programs read, above, where lines end; only where the account and the currency have one."""
        if not advice.payee.is_iban or advice.currency != "EUR" or advice.total > _MOST_IN_CODE:
            return
        from segno import helpers

        try:
            drawn = helpers.make_epc_qr(
                name=advice.payee.name[:70],
                iban=advice.payee.account,
                amount=advice.total,
                reference=advice.reference,
                bic=advice.payee.bic or None,
                purpose="TAXS",
            )
        except ValueError:  # a name that this code cannot carry: the page has all of it in words
            return
        stream, size = self._streams[0], 84 / len(drawn.matrix)
        left = _MARGIN if self._is_mirrored else _RIGHT - 84
        for row, line in enumerate(drawn.matrix):
            for column, is_dark in enumerate(line):
                if is_dark:
                    stream.rectangle(left + column * size, _HEIGHT - _MARGIN - (row + 1) * size, size, size)
        stream.fill()

    def finish(self, language: str) -> bytes:
        """All pages as one file, in a language by its tag."""
        pydyf = self._pydyf
        document = pydyf.PDF()
        document.catalog["Lang"] = pydyf.String(language)
        fonts = {}
        for name, face in (("F1", "Helvetica"), ("F2", "Helvetica-Bold")):
            font = pydyf.Dictionary(
                {"Type": "/Font", "Subtype": "/Type1", "BaseFont": f"/{face}", "Encoding": "/WinAnsiEncoding"}
            )
            document.add_object(font)
            fonts[name] = font.reference
        for stream in self._streams:
            document.add_object(stream)
            document.add_page(
                pydyf.Dictionary(
                    {
                        "Type": "/Page",
                        "Parent": document.pages.reference,
                        "Contents": stream.reference,
                        "MediaBox": pydyf.Array([0, 0, int(_WIDTH), int(_HEIGHT)]),
                        "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary(fonts)}),
                    }
                )
            )
        written = io.BytesIO()
        document.write(written)
        return written.getvalue()


def _is_printable(language: Language) -> bool:
    """Whether a font is at hand for the letters of a language."""
    text = language.translate(_WORDS["title"])
    drawn = None if is_plain(text) else outline(text, 10)
    return is_plain(text) or (drawn is not None and drawn.is_whole)


def _broken(text: str, most: int, room: tuple[float, float]) -> Iterator[str]:
    """A text in lines of at most so many signs, and no wider than there is room for a size; none where there is no text."""
    width, size = room
    if text and not is_plain(text) and (drawn := outline(text.translate(MARKS), size)) and drawn.width > width:
        most = max(1, min(most, int(len(text) * width / drawn.width * 0.95)))
    lines = textwrap.wrap(text, most)
    for place, line in enumerate(lines[1:], start=1):  # a mark stays with its letter
        n_marks = next((n for n, sign in enumerate(line) if not unicodedata.combining(sign)), 0)
        lines[place - 1], lines[place] = lines[place - 1] + line[:n_marks], line[n_marks:]
    yield from lines
