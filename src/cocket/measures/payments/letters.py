# SPDX-License-Identifier: Apache-2.0
"""Letters that the fonts of every PDF reader lack, drawn as outlines: Arabic, Thai, Chinese, Vietnamese and others.

Fonts are the Noto Sans fonts of installed packages (SIL Open Font License). HarfBuzz joins and places the letters. Of the
Unicode bidirectional algorithm only what names and acts need is done here: words of one direction inside those of the
other, and figures, which run from left to right in either.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from itertools import groupby
from typing import Any, Final

import msgspec

#: Packages that hold fonts, and the font that is tried first; of the others the order of their names.
_PACKAGES: Final = ("manimgx_fonts", "manimgx_fonts_cjk")
_FIRST: Final = "NotoSans[wght]"
_LEFT_OUT: Final = ("Italic", "Emoji", "Symbols")

#: Sign that stands for a letter that no font has.
UNPRINTED: Final = "?"

_REGULAR, _BOLD = 400.0, 700.0

#: Widths of the signs from space to tilde, in thousandths of the size. Source: Adobe, font metrics of Helvetica.
_WIDTHS: Final = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556,
    556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip

#: Bold letters are wider by so much at most.
_BOLDER: Final = 1.09

#: Marks that part directions of writing and take no room, and spaces that this font has not.
MARKS: Final = {
    0x2066: None,
    0x2067: None,
    0x2068: None,
    0x2069: None,
    0x200E: None,
    0x200F: None,
    0x202F: " ",
    0x2009: " ",
}


class Outline(msgspec.Struct, frozen=True):
    """A text as outlines.

    Attributes:
        width: How wide it is, in the unit of its size.
        path: Steps of the outline: `m`, `l`, `c` with their points, `h` to close (0..n).
        is_whole: Whether every letter could be drawn; the others are question marks.
    """

    width: float
    path: tuple[tuple[str, tuple[float, ...]], ...]
    is_whole: bool


class _Pen:
    """Collects what HarfBuzz draws, in its place and size."""

    def __init__(self, scale: float) -> None:
        self.path: list[tuple[str, tuple[float, ...]]] = []
        self.x = self.y = 0.0
        self.scale, self._at = scale, (0.0, 0.0)

    def _placed(self, *points: tuple[float, float]) -> tuple[float, ...]:
        self._at = points[-1]
        return tuple(round(one, 3) for x, y in points for one in (self.x + x * self.scale, self.y + y * self.scale))

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 (names of the pen protocol of fontTools)
        """Begin a contour."""
        self.path.append(("m", self._placed(point)))

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        """A straight line."""
        self.path.append(("l", self._placed(point)))

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        """A cubic curve."""
        self.path.append(("c", self._placed(*points)))

    def qCurveTo(self, middle: tuple[float, float], end: tuple[float, float]) -> None:  # noqa: N802
        """A quadratic curve, as the cubic one that it is."""
        (x0, y0), (x1, y1), (x2, y2) = self._at, middle, end
        first, second = (
            (x0 + 2 * (x1 - x0) / 3, y0 + 2 * (y1 - y0) / 3),
            (x2 + 2 * (x1 - x2) / 3, y2 + 2 * (y1 - y2) / 3),
        )
        self.path.append(("c", self._placed(first, second, end)))

    def closePath(self) -> None:  # noqa: N802
        """End a contour."""
        self.path.append(("h", ()))


def outline(text: str, size: float, *, bold: bool = False) -> Outline | None:
    """A text as outlines, from left to right as it is read.

    Args:
        text: The text, on one line.
        size: Size of the letters.
        bold: Whether they are bold.

    Returns:
        The outline; None where no fonts are installed.

    Source: Unicode Standard Annex 9, in part: one level of embedding, the direction of the first strong letter.
    """
    fonts = _fonts(bold)
    if not fonts:
        return None
    parts = list(_by_direction(text))
    if _runs_from_right(text):
        parts.reverse()
    at, is_whole = 0.0, True
    path: list[tuple[str, tuple[float, ...]]] = []
    for is_right, part in parts:
        pieces = list(_by_font(part))
        for place, piece in reversed(pieces) if is_right else pieces:
            is_whole = is_whole and place is not None
            font, shown = fonts[place or 0], piece if place is not None else UNPRINTED * len(piece)
            pen = _Pen(size / font.face.upem)
            at = _draw(pen, font, shown, at, is_right=is_right)
            path += pen.path
    return Outline(at, tuple(path), is_whole)


def is_plain(text: str) -> bool:
    """Whether the fonts of every PDF reader have all letters of a text."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def wide(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is on a page, in the unit of its size; `MARKS` are taken out before."""
    if not is_plain(text) and (drawn := outline(text, size, bold=bold)) is not None:
        return drawn.width
    total = 0.0
    for sign in text:
        bare = unicodedata.normalize("NFKD", sign)[:1]
        place = ord(bare or " ") - 32
        total += _WIDTHS[place] if 0 <= place < len(_WIDTHS) else 600
    return total * size / 1000 * (_BOLDER if bold else 1)


def _draw(pen: _Pen, font: Any, text: str, at: float, *, is_right: bool) -> float:
    """Draw letters of one direction and font; where they end."""
    import uharfbuzz

    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if is_right else "ltr"
    uharfbuzz.shape(font, buffer)
    scale = pen.scale
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        pen.x, pen.y = at + position.x_offset * scale, position.y_offset * scale
        font.draw_glyph_with_pen(info.codepoint, pen)
        at += position.x_advance * scale
    return at


@lru_cache(maxsize=2)
def _fonts(bold: bool) -> tuple[Any, ...]:
    """The installed fonts as HarfBuzz has them, in the order in which they are tried (0..n)."""
    try:
        import uharfbuzz  # the library reads and checks without it

        found = [
            one
            for package in _PACKAGES
            for one in resources.files(package).iterdir()
            if one.name.endswith((".ttf", ".otf", ".ttc")) and not any(part in one.name for part in _LEFT_OUT)
        ]
    except ImportError:
        return ()
    found.sort(key=lambda one: (not one.name.startswith(_FIRST), one.name.endswith(".ttc"), one.name))
    fonts = tuple(uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob(one.read_bytes()))) for one in found)
    for font in fonts:
        font.set_variations({"wght": _BOLD if bold else _REGULAR})
    return fonts


@lru_cache(maxsize=1024)
def _place_of(sign: str) -> int | None:
    """Which font has a letter: the first; None if none has."""
    return next((place for place, font in enumerate(_fonts(False)) if font.get_nominal_glyph(ord(sign))), None)


def _by_font(text: str) -> Iterator[tuple[int | None, str]]:
    """Parts of a text, each with the place of the font that has its letters; None for none. Marks stay with their letter."""
    fonts, parts = _fonts(False), list[tuple[int | None, str]]()
    for sign in text:
        last = parts[-1][0] if parts else None
        place = last if last is not None and fonts[last].get_nominal_glyph(ord(sign)) else _place_of(sign)
        if place is None and last is not None and (unicodedata.combining(sign) or unicodedata.category(sign) == "Cf"):
            place = last  # what is invisible, or joins, is of the letter before it
        if parts and place == last:
            parts[-1] = (place, parts[-1][1] + sign)
        else:
            parts.append((place, sign))
    yield from parts


def _is_right(sign: str) -> bool | None:
    """Whether a sign runs from right to left; None for one that goes with its neighbours."""
    kind = unicodedata.bidirectional(sign)
    if kind in ("R", "AL"):
        return True
    return False if kind in ("L", "EN", "AN") else None


def _runs_from_right(text: str) -> bool:
    """Whether the first letter with a direction of its own runs from right to left."""
    kinds = (unicodedata.bidirectional(sign) for sign in text)
    return next((kind != "L" for kind in kinds if kind in ("L", "R", "AL")), False)


def _by_direction(text: str) -> Iterator[tuple[bool, str]]:
    """Parts of one direction, in the order of reading; what has none goes with its neighbours, else with the whole."""
    whole = _runs_from_right(text)
    told = [_is_right(sign) for sign in text]
    for place, one in enumerate(told):
        if one is None:
            before = told[place - 1] if place else whole
            after = next((other for other in told[place + 1 :] if other is not None), whole)
            told[place] = before if before == after else whole
    for is_right, signs in groupby(zip(told, text, strict=True), key=lambda pair: pair[0]):
        yield bool(is_right), "".join(sign for _, sign in signs)
