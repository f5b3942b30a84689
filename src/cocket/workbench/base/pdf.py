# SPDX-License-Identifier: Apache-2.0
"""Sheets of PDF that speak two languages: headings, rows of cells, boxes to tick, lines to sign, a code.

Western European letters are those that every reader of PDF has (Helvetica); all others are drawn as outlines, with the text that
they are. What no installed font has is a `?`; `Sheet.unprinted` says whether there was any, so that the sheet can say so.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

from cocket.errors import SettingsError
from cocket.measures.payments.letters import MARKS, UNPRINTED, Outline, is_plain, outline
from cocket.measures.payments.letters import wide as width_of

#: A4 and its margins (points).
WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 40.0

#: Width of the text (points).
INNER: Final = WIDTH - 2 * MARGIN

Face = Literal["plain", "bold", "slanted"]

#: Name of a font in the file, and its face.
_FONTS: Final[dict[Face, tuple[str, str]]] = {
    "plain": ("F1", "Helvetica"),
    "bold": ("F2", "Helvetica-Bold"),
    "slanted": ("F3", "Helvetica-Oblique"),
}


class Cell(NamedTuple):
    """What stands in one cell: lines, each with its face, and whether a box to tick stands before them."""

    lines: tuple[tuple[str, Face], ...] = ()
    has_box: bool = False


class Sheet:
    """Pages as they are filled, from above downwards.

    Args:
        foot: What stands at the foot of every page.
        is_mirrored: Whether all stands from right to left, as in Arabic; places are given from the left all the same.

    Raises:
        SettingsError: The package that writes PDF is not installed.
    """

    def __init__(self, foot: Sequence[str], *, is_mirrored: bool = False) -> None:
        try:
            import pydyf  # pages are shown without it
        except ImportError as error:
            raise SettingsError(
                "Writing PDF needs the package pydyf, which is not installed.", hint="Install cocket[server]."
            ) from error
        self._pydyf: Any = pydyf
        self._streams: list[Any] = []
        self._foot = tuple(foot)
        self._is_mirrored = is_mirrored
        self._y = 0.0
        self.unprinted = False
        self._turn()

    @property
    def pages(self) -> int:
        """How many there are by now (count)."""
        return len(self._streams)

    def _turn(self) -> None:
        self._streams.append(self._pydyf.Stream())
        self._y = HEIGHT - MARGIN

    def room(self, height: float) -> None:
        """Begin another page unless so much room is left (points)."""
        if self._y - height < MARGIN + 10 * len(self._foot) + 8:
            self._turn()

    def skip(self, height: float) -> None:
        """Leave room (points)."""
        self._y -= height

    def text(
        self, said: str, *, size: float = 9, face: Face = "plain", indent: float = 0.0, width: float | None = None
    ) -> None:
        """A text over the width, broken where it is too long."""
        for line in broken(said, size, face, width or INNER - indent):
            self.room(size * 1.3)
            self._y -= size * 1.3
            self._write((MARGIN + indent, self._y), line, size, face)

    def heading(self, first: str, second: str) -> None:
        """A heading in both languages, with a line above."""
        self.room(40)
        self._y -= 8
        self._line(MARGIN, self._y, WIDTH - MARGIN, 0.8)
        self._y -= 12
        self._write((MARGIN, self._y), first, 9.5, "bold")
        self._write((MARGIN + wide(first, 9.5, "bold") + 8, self._y), second, 9.5, "slanted")
        self._y -= 3

    def row(self, cells: Sequence[Cell], widths: Sequence[float], *, size: float = 8.5, ruled: bool = True) -> None:
        """A row of cells, each broken to its share of the width; kept together on one page.

        Args:
            cells: What stands in them.
            widths: Shares of the width, summing to 1.
            size: Of the letters (points).
            ruled: Whether a line stands below.
        """
        laid = []
        for cell, share in zip(cells, widths, strict=True):
            inner = share * INNER - 6 - (14 if cell.has_box else 0)
            laid.append([(line, face) for said, face in cell.lines for line in broken(said, size, face, inner)])
        height = max((len(lines) for lines in laid), default=1) * size * 1.25 + 4
        self.room(height)
        left = MARGIN
        for cell, lines, share in zip(cells, laid, widths, strict=True):
            at = left + (14 if cell.has_box else 0)
            if cell.has_box:
                self._box(left + 1, self._y - size * 1.25 - 1, 9)
            for place, (line, face) in enumerate(lines, start=1):
                self._write((at, self._y - place * size * 1.25), line, size, face)
            left += share * INNER
        self._y -= height
        if ruled:
            self._line(MARGIN, self._y, WIDTH - MARGIN, 0.3)

    def signatures(self, labels: Sequence[Sequence[str]]) -> None:
        """Room to sign, side by side, each with its labels below."""
        self.room(70)
        self._y -= 40
        share = INNER / len(labels)
        for place, lines in enumerate(labels):
            left = MARGIN + place * share
            self._line(left, self._y, left + share - 14, 0.6)
            for number, line in enumerate(lines, start=1):
                face: Face = "slanted" if number == 2 else "plain"
                self._write((left, self._y - number * 9.5), line, 7.5, face)
        self._y -= 12 + 9.5 * max(map(len, labels))

    def code(self, matrix: Iterable[Iterable[int]], side: float) -> None:
        """A code of dark squares above on the first page, where its lines end (points a side)."""
        rows = [list(row) for row in matrix]
        left = self._from_left(WIDTH - MARGIN - side, side)
        stream, size = self._streams[0], side / len(rows)
        for number, row in enumerate(rows):
            for column, is_dark in enumerate(row):
                if is_dark:
                    top = HEIGHT - MARGIN - (number + 1) * size
                    stream.rectangle(left + column * size, top, size, size)
        stream.fill()

    def finish(self, title: str, language: str) -> bytes:
        """All pages as one file of PDF 1.7, the same for the same sheet.

        Args:
            title: Of the document.
            language: Tag of its first language.
        """
        pydyf = self._pydyf
        for number, stream in enumerate(self._streams, start=1):
            for place, line in enumerate((*self._foot, f"{number}/{self.pages}"), start=1):
                y = MARGIN + 10 * (len(self._foot) - place)
                self._write((MARGIN, y), line, 7, "plain", stream)
        document = pydyf.PDF()
        document.catalog["Lang"] = pydyf.String(language)
        document.info["Title"] = pydyf.String(title)
        fonts = {}
        for name, face in _FONTS.values():
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
                        "MediaBox": pydyf.Array([0, 0, int(WIDTH), int(HEIGHT)]),
                        "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary(fonts)}),
                    }
                )
            )
        written = io.BytesIO()
        document.write(written)
        return written.getvalue()

    def _from_left(self, x: float, width: float) -> float:
        """Where something of a width begins, seen from the left."""
        return WIDTH - x - width if self._is_mirrored else x

    def _write(self, at: tuple[float, float], said: str, size: float, face: Face, stream: Any = None) -> None:
        text, on = said.translate(MARKS), stream or self._streams[-1]
        at = (self._from_left(at[0], wide(said, size, face)), at[1]) if self._is_mirrored else at
        drawn = None if is_plain(text) else outline(text, size, bold=face == "bold")
        if drawn is not None:
            self._draw(on, at, text, drawn)
            self.unprinted = self.unprinted or not drawn.is_whole
            return
        plain = "".join(one if is_plain(one) else UNPRINTED for one in text)
        self.unprinted = self.unprinted or plain != text
        on.begin_text()
        on.set_font_size(_FONTS[face][0], size)
        on.set_text_matrix(1, 0, 0, 1, *at)
        on.show_text_string(plain.encode("cp1252"))
        on.end_text()

    def _draw(self, stream: Any, at: tuple[float, float], text: str, drawn: Outline) -> None:
        stream.begin_marked_content("Span", self._pydyf.Dictionary({"ActualText": self._pydyf.String(text)}))
        stream.push_state()
        stream.set_matrix(1, 0, 0, 1, *at)
        steps = {"m": stream.move_to, "l": stream.line_to, "c": stream.curve_to, "h": stream.close}
        for name, points in drawn.path:
            steps[name](*points)
        stream.fill()
        stream.pop_state()
        stream.end_marked_content()

    def _line(self, x: float, y: float, to: float, width: float) -> None:
        stream, left = self._streams[-1], self._from_left(x, to - x)
        stream.set_line_width(width)
        stream.move_to(left, y)
        stream.line_to(left + to - x, y)
        stream.stroke()

    def _box(self, x: float, y: float, side: float) -> None:
        stream = self._streams[-1]
        stream.set_line_width(0.8)
        stream.rectangle(self._from_left(x, side), y, side, side)
        stream.stroke()


def wide(said: str, size: float, face: Face) -> float:
    """How wide a text is (points)."""
    return width_of(said.translate(MARKS), size, bold=face == "bold")


def broken(said: str, size: float, face: Face, width: float) -> Iterator[str]:
    """A text in lines that are no wider than this (points); a word that is wider alone is cut."""
    line = ""
    for word in said.split():
        while wide(word, size, face) > width:
            fits = max(1, next((n for n in range(len(word), 0, -1) if wide(word[:n], size, face) <= width), 1))
            if line:
                yield line
                line = ""
            yield word[:fits]
            word = word[fits:]
        tried = f"{line} {word}".strip()
        if line and wide(tried, size, face) > width:
            yield line
            line = word
        else:
            line = tried
    if line:
        yield line
