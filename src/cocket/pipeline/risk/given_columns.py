# SPDX-License-Identifier: Apache-2.0
"""Columns of a table as an office writes them, and what each is to us: by its heading, by memory, or by what a person says.

A cell is repaired only where its column leaves no doubt, and each repair is counted with an example. A word whose meaning is
not known is asked about, never guessed: `RAS` means "nothing found" in one country and is a place name in another.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

#: What a column may be → an example of how it is expected.
FIELDS: Final[dict[str, str]] = {
    "reference": "XA110000/2026/C/11071",
    "office": "XA110000",
    "year": "2026",
    "serial": "C",
    "number": "11071",
    "registered": "2026-11-27",
    "lane": "red, yellow, blue, green",
    "override": "red, yellow, blue, green",
    "decided": "2026-11-27",
    "criteria": "WATCHED;RANDOM",
    "propensity": "0.05 (0 to 1)",
    "depth": "full, partial, scan, documents, not-examined",
    "found": "yes, no",
    "nothing_found": "yes, no",
    "offence": "undervaluation",
    "duty_recovered": "3200.50",
    "currency": "XTS",
    "examined_on": "2026-11-27",
    "returned": "2026-11-28",
    "override_reason": "free words",
    "note": "free words",
    "examiner": "a name",
}

#: Columns of free words, which may name people: left out unless somebody chooses them.
FREE: Final = frozenset({"override_reason", "note", "examiner"})

#: A column that a person does not want read.
LEFT_OUT: Final = "leave out"

#: Headings by which a column is known, as `plain` writes them.
_HEADINGS: Final[dict[str, str]] = {
    heading: field
    for field, headings in {
        "reference": "reference|ref declaration|reference declaration|sad reference|reference sad|declaration reference",
        "office": "office|customs office|office code|bureau|code bureau|bureau de douane|bureau douane",
        "year": "year|annee|an|registration year|exercice|annee d enregistrement",
        "serial": "serial|serie|registration serial|serie d enregistrement",
        "number": "number|numero|no|n|registration number|declaration number|numero declaration|no declaration|n declaration"
        "|no decl|n decl|numero de declaration|numero d enregistrement|n de declaration",
        "registered": "registered|registration date|date enregistrement|date d enregistrement|date declaration|declaration date",
        "lane": "lane|circuit|host lane|selectivity lane|couleur du circuit|channel",
        "override": "override|circuit force|reorientation",
        "decided": "decided|decision|date circuit|date du circuit",
        "criteria": "criteria|criteres|criteres de selectivite|selectivity criteria",
        "propensity": "propensity|probabilite",
        "depth": "depth|degre de visite|type de visite|type visite|type de controle|examination type",
        "found": "found|result|resultat|resultat visite|resultat de la visite|resultat du controle|constatation",
        "offence": "offence|infraction|type d infraction|nature de l infraction",
        "duty_recovered": "duty recovered|additional duty|droits compl|droits complementaires|droits recouvres|montant redresse"
        "|droits compromis",
        "currency": "currency|monnaie|devise",
        "examined_on": "examined on|date visite|date de visite|date de la visite|date controle|date du controle|examination date",
        "returned": "returned|date retour|date de retour|date resultat|date du resultat|result date",
        "override_reason": "override reason|motif|motif de reorientation",
        "note": "note|notes|obs|observation|observations|remarks|remarques|commentaire|commentaires",
        "examiner": "examiner|verif|verificateur|inspecteur|agent visiteur",
    }.items()
    for heading in headings.split("|")
}

_LANES: Final = {
    "red": "red", "rouge": "red", "yellow": "yellow", "jaune": "yellow", "blue": "blue", "bleu": "blue", "green": "green",
    "vert": "green",
}  # fmt: skip
_DEPTHS: Final = {
    **{name: name for name in ("full", "partial", "scan", "documents", "not-examined")},
    **dict.fromkeys(("visite complète", "visite complete"), "full"),
}
_FLAGS: Final = {
    **dict.fromkeys(("yes", "y", "true", "1", "oui", "vrai"), "yes"),
    **dict.fromkeys(("no", "n", "false", "0", "non", "faux"), "no"),
}

#: Fields whose cells are words of a list → what is known, and what they may be said to mean.
WORDS: Final[dict[str, tuple[Mapping[str, str], tuple[str, ...]]]] = {
    "lane": (_LANES, ("red", "yellow", "blue", "green")),
    "override": (_LANES, ("red", "yellow", "blue", "green")),
    "depth": (_DEPTHS, tuple(dict.fromkeys(_DEPTHS.values()))),
    "found": (_FLAGS, ("yes", "no")),
    "nothing_found": (_FLAGS, ("yes", "no")),
}

_DATES: Final = frozenset({"registered", "decided", "examined_on", "returned"})
_PARTED_DATE: Final = re.compile(
    r"(?P<a>\d{1,4})[/.\-](?P<b>\d{1,2})[/.\-](?P<c>\d{1,4})(?:[ T](?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?))?"
)
_SERIAL_NUMBER: Final = re.compile(r"([A-Za-z]{1,3})\s*[-/ ]?\s*(\d{1,15})")
_OFFICE, _SERIAL, _NUMBER = (
    r"(?P<office>[A-Za-z0-9._-]*[A-Za-z][A-Za-z0-9._-]*)",
    r"(?P<serial>[A-Za-z]{1,10})",
    r"(?P<number>\d+)",
)
_REFERENCES: Final = tuple(
    re.compile(rf"{first}\s*[/ ]\s*{second}\s*[/ ]\s*{_SERIAL}\s*[/ -]?\s*{_NUMBER}")
    for first, second in ((_OFFICE, r"(?P<year>\d{4})"), (r"(?P<year>\d{4})", _OFFICE))
)
_SPACES: Final = re.compile(r"[\s\u00a0\u202f\u2009'’]+")

#: Values that a host writes where there is none.
_NONE: Final = frozenset({"-", "–", "--", "n/a", "null", "none", "00/00/00", "00/00/0000", "0000-00-00", "#n/a"})


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person has said of tables with certain headings; kept for the next file that has them.

    Attributes:
        columns: Heading → field of `FIELDS`, or `leave out`.
        words: Field → word in small letters → what it means.
        values: Field → a value that every row has, as the office of a table of one office.
        dates: `day-first` or `month-first`, where the column itself leaves it open; "" if nobody said.
    """

    columns: dict[str, str] = {}
    words: dict[str, dict[str, str]] = {}
    values: dict[str, str] = {}
    dates: str = ""

    def with_more(self, more: Answers) -> Answers:
        """These, with what another says laid over them."""
        words = {
            field: {**self.words.get(field, {}), **more.words.get(field, {})} for field in {*self.words, *more.words}
        }
        return Answers(
            columns={**self.columns, **more.columns},
            words=words,
            values={**self.values, **more.values},
            dates=more.dates or self.dates,
        )


class ColumnSheet(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one column.

    Attributes:
        heading: As written; "column 3" where it has none.
        example: A cell as written; "" for free words, which are not shown.
        field: What it is to us, of `FIELDS`; `leave out`; None if nobody knows.
        why: How that is known: `heading`, `memory`, `said`, `free` (left out as free words), `unknown`.
        read: Cells read (count).
        repaired: Cells written otherwise and read (count).
        repair: One of them as written and as read, with an arrow; "" without.
        left_out: Cells that cannot be read; the row is left out (count).
        expected: How they are expected.
        found: One of them; "" without.
        unknown: Words of which nobody has said what they mean → cells (count).
        meanings: What such words may mean (0..n).
        note: How an open question of the column was decided, an English sentence; "" if there was none.
    """

    heading: str
    example: str
    field: str | None
    why: str
    read: int = 0
    repaired: int = 0
    repair: str = ""
    left_out: int = 0
    expected: str = ""
    found: str = ""
    unknown: dict[str, int] = {}
    meanings: tuple[str, ...] = ()
    note: str = ""


def plain(heading: str) -> str:
    """A heading without accents, signs and capitals, as it is compared."""
    spread = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", " ", spread.casefold()).strip()


def signature(headings: Iterable[str]) -> str:
    """By what a table is known again: its headings, in any order."""
    return "|".join(sorted(plain(one) or "?" for one in headings))


def is_heading(cell: str) -> bool:
    """Whether a cell is a heading that is known."""
    return plain(cell) in _HEADINGS


def fields_of(headings: Sequence[str], memory: Answers, said: Answers) -> list[tuple[str | None, str]]:
    """What each column is, and how that is known; of two columns for one field the first one counts, unless somebody said.

    Args:
        headings: As written (1..n).
        memory: What was said of such a table before.
        said: What is said now.
    """
    given = {plain(name): field for name, field in said.columns.items()}
    kept = {plain(name): field for name, field in memory.columns.items()}
    chosen: list[tuple[str | None, str]] = []
    for heading in headings:
        name = plain(heading)
        if name in given:
            chosen.append((given[name], "said"))
        elif name in kept:
            chosen.append((kept[name], "memory"))
        else:
            chosen.append((_HEADINGS.get(name), "heading" if name in _HEADINGS else "unknown"))
    taken = {field for field, why in chosen if why in ("said", "memory")}
    result: list[tuple[str | None, str]] = []
    for field, why in chosen:
        if why == "heading" and field in FREE:
            result.append((LEFT_OUT, "free"))
        elif why == "heading" and field in taken:
            result.append((None, "unknown"))
        else:
            result.append((field, why))
            taken.add(field)
    return result


class Reader:
    """Reads the cells of one column, after having looked at all of them.

    Args:
        field: What the column is.
        cells: All its cells.
        answers: What is known of words and dates.
    """

    def __init__(self, field: str, cells: Sequence[str], answers: Answers) -> None:
        self.field = field
        self.unknown: Counter[str] = Counter()
        self.read = self.repaired = self.left_out = 0
        self.repair = self.found = self.note = ""
        self._words = {word.casefold(): meaning for word, meaning in answers.words.get(field, {}).items()}
        self._how = self._reader(cells, answers)

    def value(self, cell: str) -> str | None:
        """The cell as we write it; "" where there is none; None where the row must be left out."""
        if not cell or cell.casefold() in _NONE:
            return ""
        value = self._how(cell)
        if value is not None and self.field == "propensity" and not 0 <= Decimal(value) <= 1:
            value = None
        if value is not None and self.field == "propensity" and not Decimal(value):
            self.note = "A chance of 0 is taken as not known."
        if value is None:
            self.left_out += 1
            self.found = self.found or cell[:80]
            return None
        self.read += 1
        if self.field not in WORDS and value != cell and value.casefold() != cell.casefold():
            self.repaired += 1
            self.repair = self.repair or f"{cell[:60]} → {value[:60]}"
        return value

    def _reader(self, cells: Sequence[str], answers: Answers) -> Callable[[str], str | None]:
        if self.field in WORDS:
            return self._word
        if self.field in _DATES:
            return self._dates(cells, answers.dates)
        if self.field in ("duty_recovered", "propensity"):
            return self._numbers(cells)
        if self.field in ("year", "number"):
            return {"year": _year, "number": _whole}[self.field]
        if self.field == "criteria":
            return self._criteria
        return lambda cell: cell

    def _word(self, cell: str) -> str | None:
        known, _ = WORDS[self.field]
        word = cell.casefold()
        meaning = self._words.get(word, known.get(word))
        if meaning is None:
            self.unknown[cell[:60]] += 1
            return None
        if self.field == "nothing_found":
            return "no" if meaning == "yes" else "yes"
        return meaning

    def _criteria(self, cell: str) -> str | None:
        codes = (part.strip() for part in re.split(r"[;,|]", cell))
        return ";".join(self._words.get(code.casefold(), code) for code in codes if code)

    def _dates(self, cells: Sequence[str], said: str) -> Callable[[str], str | None]:
        day_first = month_first = undecided = 0
        for cell in cells:
            match = _PARTED_DATE.fullmatch(cell)
            if match and len(match["a"]) < 3:
                day_first += int(match["a"]) > 12
                month_first += int(match["b"]) > 12
                undecided += int(match["a"]) != int(match["b"]) and int(match["a"]) <= 12 and int(match["b"]) <= 12
        order = said
        if not said and bool(day_first) != bool(month_first):
            order = "day-first" if day_first else "month-first"
            self.note = (
                "The day stands first, as some dates leave no doubt."
                if day_first
                else "The month stands first, as some dates leave no doubt."
            )
        if not order and undecided:
            self.note = "It is open whether day or month stands first: say which."
        return lambda cell: _date(cell, order)

    def _numbers(self, cells: Sequence[str]) -> Callable[[str], str | None]:
        """A comma before three digits is a decimal mark only where the column has one elsewhere, and likewise a point."""
        bare = [_SPACES.sub("", cell) for cell in cells]
        marks = {
            sign for one in bare for sign in ",." if re.search(rf"\d[{re.escape(sign)}](\d{{1,2}}|\d{{4,}})$", one)
        }
        both = [one for one in bare if "," in one and "." in one]
        marks |= {max(",.", key=one.rfind) for one in both}
        decimal = marks.pop() if len(marks) == 1 else ""
        return lambda cell: _number(cell, decimal)


def key_of(cells: Mapping[str, str], values: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """The parts of a declaration's name in a row, and what is missing of them; "" if nothing is.

    Args:
        cells: Field → value as read.
        values: Field → value that every row has.
    """
    parts = {name: cells.get(name, "") or values.get(name, "") for name in ("office", "year", "serial", "number")}
    if cells.get("reference"):
        match = next(filter(None, (one.fullmatch(cells["reference"].strip()) for one in _REFERENCES)), None)
        if match:
            parts |= match.groupdict()
        elif parts["number"] == "":
            parts["number"] = cells["reference"].strip()
    both = _SERIAL_NUMBER.fullmatch(parts["number"])
    if both:
        parts["serial"] = parts["serial"] or both[1].upper()
        parts["number"] = both[2]
    if not parts["year"] and cells.get("registered"):
        parts["year"] = cells["registered"][:4]
    return parts, ", ".join(name for name, value in parts.items() if not value)


def _year(cell: str) -> str | None:
    whole = _whole(cell)
    if whole is None or not whole.isdecimal():
        return None
    if len(whole) == 2:
        return f"20{whole}"
    return whole if len(whole) == 4 else None


def _whole(cell: str) -> str | None:
    """A whole number, as a spreadsheet may have made it `11071.0`; other text as it is."""
    match = re.fullmatch(r"(\d+)[.,]0+", cell)
    return match[1] if match else cell


def _date(cell: str, order: str) -> str | None:
    match = _PARTED_DATE.fullmatch(cell)
    if match is None:
        return _compact(cell)
    a, b, c = (int(match[name]) for name in "abc")
    if len(match["a"]) == 4:
        year, month, day = a, b, c
    elif len(match["a"]) == 3 or len(match["c"]) not in (2, 4):
        return None
    else:
        year = c if len(match["c"]) == 4 else 2000 + c
        if a > 12 and b <= 12:
            day, month = a, b
        elif b > 12 and a <= 12:
            month, day = a, b
        elif a == b or order == "day-first":
            day, month = a, b
        elif order == "month-first":
            month, day = a, b
        else:
            return None
    try:
        written = date(year, month, day).isoformat()
    except ValueError:
        return None
    time = match["time"]
    return f"{written}T{time.zfill(5) if time.count(':') == 1 else time}" if time else written


def _compact(cell: str) -> str | None:
    """`20261127`, as some hosts write a day."""
    match = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", cell)
    return _date("-".join(match.groups()), "") if match else None


def _number(cell: str, decimal: str) -> str | None:
    bare = re.sub(r"^[A-Z]{3}|[A-Z]{3}$|[€$£]", "", _SPACES.sub("", cell))
    signs = {sign for sign in ",." if sign in bare}
    if len(signs) == 2:
        last = max(signs, key=bare.rfind)
        bare = bare.replace(min(signs, key=bare.rfind), "").replace(last, ".")
    elif signs:
        (sign,) = signs
        in_groups = re.fullmatch(r"-?[1-9]\d{0,2}([.,]\d{3})+", bare) is not None
        if bare.count(sign) > 1:
            if not in_groups:
                return None
            bare = bare.replace(sign, "")
        elif in_groups and decimal != sign:
            if not decimal:
                return None
            bare = bare.replace(sign, "")
        else:
            bare = bare.replace(sign, ".")
    try:
        number = Decimal(bare)
    except InvalidOperation:
        return None
    return format(number, "f") if number.is_finite() else None
