# SPDX-License-Identifier: Apache-2.0
"""Tables that somebody made, cell by cell: each column of its type, and what of them could not be used, counted.

A cell that cannot be what its column says is left out and counted, never guessed. What a row cannot do without, its id, its day
and whether something was found, ends the reading with a sentence that names the row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

import msgspec
import polars as pl

from cocket.errors import SettingsError
from cocket.risk.facts import MOST_PACKAGES
from cocket.risk.features import Entry

#: Days that can be meant, day numbers: 1 January 1970 to 31 December 2100, and how much later than the middle of a table one may
#: be that has not come yet.
_FIRST_DAY, _LAST_DAY, _A_YEAR = 0.0, 47_847.0, 366.0
_SECONDS: Final = {"ms": 86_400_000.0, "us": 86_400_000_000.0, "ns": 86_400_000_000_000.0}

#: A day as people write it that cannot be another one, with or without the time.
_ISO: Final = r"^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?)?(Z|[+-]\d{2}:?\d{2})?$"
_A_DAY: Final = "a day of 1970 to 2100: days since 1 January 1970 UTC such as 20640.4, or 2026-07-11"

#: Numbers with a comma for the point, and what of them cannot be thousands.
_COMMA, _NO_THOUSANDS = r"^[+-]?\d+(,\d+)?$", r",(\d{1,2}|\d{4,})$"
_YES, _NO = ("true", "yes", "t", "y", "1"), ("false", "no", "f", "n", "0")


class Form(msgspec.Struct, frozen=True):
    """What the cells of a column are: their type, the least and the most of numbers, and the same in words."""

    kind: type[pl.DataType]
    expected: str = "text"
    least: float = -math.inf
    most: float = math.inf
    is_above: bool = False

    def holds(self, cell: pl.Expr) -> pl.Expr:
        """Whether a number can stand there."""
        low = cell > self.least if self.is_above else cell >= self.least
        return cell.is_finite() & low & (cell <= self.most)


_TEXT: Final = Form(pl.String)
_DAY: Final = Form(pl.Float64, _A_DAY, _FIRST_DAY, _LAST_DAY)
_AMOUNT: Final = Form(pl.Float64, "a number not below zero, with a point, such as 1250.5", 0.0)
_SHARE: Final = Form(pl.Float64, "a number from 0 to 1", 0.0, 1.0)
_CHANCE: Final = Form(pl.Float64, "a number above 0, at most 1", 0.0, 1.0, is_above=True)
_RATIO: Final = Form(pl.Float64, "a number above zero", 0.0, is_above=True)
_COUNT: Final = Form(pl.Int64, "a whole number not below zero", 0.0, float(MOST_PACKAGES))
_WHETHER: Final = Form(pl.Boolean, "true or false, yes or no, 1 or 0")

_FORMS_OF: Final = {
    "day": _DAY, "share": _SHARE, "packages": _COUNT, "is_authorised": _WHETHER,
    **dict.fromkeys(("value", "freight", "duty_and_tax", "net_kg", "gross_kg", "bill_gross_kg", "bill_packages"), _AMOUNT),
}  # fmt: skip

#: Columns of declarations, and of results.
DECLARATIONS: Final = {name: _FORMS_OF.get(name, _TEXT) for name in Entry.__struct_fields__}
RESULTS: Final = {
    "id": _TEXT, "returned": _DAY, "found": _WHETHER, "offence": _TEXT, "duty_recovered": _AMOUNT, "propensity": _CHANCE,
    "weight": _SHARE, "value_ratio": _RATIO, "quantity_ratio": _RATIO, "found_hs": _TEXT, "found_origin": _TEXT,
    "found_value": _RATIO, "found_net_kg": _RATIO,
}  # fmt: skip

#: Columns without which a row is none.
_NEEDED: Final = {"declarations": ("id", "day"), "results": ("id", "returned", "found")}

#: Columns of results that are made empty where they are not given; of others it is told whether they were.
_ALWAYS: Final = frozenset({"id", "returned", "found"})


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """Cells of one column that could not be used.

    Attributes:
        column: The column.
        cells: How many (count).
        expected: What should stand there, in words.
        found: What stands in the first of them.
        row: Row of the first, the one under the heading being 1.
        id: Id of that row.
    """

    column: str
    cells: int
    expected: str
    found: str
    row: int
    id: str


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader of a table must know.

    Attributes:
        table: `declarations`, `results` or `history`.
        rows: Rows read (count).
        left_out: Cells left out, by column (0..n).
        missing: Documented columns that are not there (0..n).
        ignored: Columns that are there and not known (0..n).
        repeated: Rows that stood there before, word for word, and count once (count).
    """

    table: str
    rows: int
    left_out: tuple[LeftOut, ...] = ()
    missing: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    repeated: int = 0

    @property
    def is_telling(self) -> bool:
        """Whether anything that was given is not used."""
        return bool(self.left_out or self.ignored or self.repeated)


class CellTable(msgspec.Struct, frozen=True):
    """A table as it can be used, and its notes."""

    table: pl.DataFrame
    notes: Notes


def declarations_in(table: pl.DataFrame, today: float | None = None, name: str = "declarations") -> CellTable:
    """Declarations of a table: the columns of `Entry`, those that are not given empty.

    Args:
        table: A goods item a row; headings in any case.
        today: Day number of today: what lies after it and far after the rest of the table is no day; None lets all be.
        name: What the table is called.

    Raises:
        SettingsError: It has no rows, no column `id` or `day`, a row without them, or nothing beside them that can be used.
    """
    if not len(table):
        raise SettingsError(f"The table of {name} has a heading and no rows.", code="table-empty", found="0 rows")
    read = _cells(table, DECLARATIONS, "declarations", name, today)
    _has_no_twin(read.table, name)
    if all(not read.table[each].is_not_null().any() for each in DECLARATIONS if each not in ("id", "day")):
        raise SettingsError(
            f"In the table of {name} nothing but id and day can be used.",
            code="table-columns",
            expected=", ".join(DECLARATIONS),
            found=", ".join(table.columns),
            hint="Name the columns as in docs/how-to/risk/train-a-model.md.",
        )
    return read


def results_in(table: pl.DataFrame, today: float | None = None) -> CellTable:
    """Results of a table; a row that is repeated word for word counts once.

    Args:
        table: A result a row; headings in any case.
        today: As for `declarations_in`.

    Raises:
        SettingsError: A column or cell that must be there is missing, or two results of one id differ.
    """
    read = _cells(table, RESULTS, "results", "results", today)
    once = read.table.unique(maintain_order=True)
    twice = once.filter(pl.col("id").is_duplicated())
    if len(twice):
        name = str(twice["id"][0])
        several = twice.filter(pl.col("id") == name)
        raise SettingsError(
            f"{twice['id'].n_unique():,} ids have results that differ, the first of them {name!r}, in {len(several)} rows: one examination "
            "of one item is one row.",
            code="result-conflict",
            expected="one row an id",
            found=name,
        )
    return CellTable(once, msgspec.structs.replace(read.notes, repeated=len(read.table) - len(once)))


def heading_of(text: str) -> str:
    """A heading as the columns are named: `Importer Name` is `importer_name`."""
    return re.sub(r"[\s\-]+", "_", text.strip().lower())


def _cells(table: pl.DataFrame, forms: dict[str, Form], kind: str, name: str, today: float | None) -> CellTable:
    given = _headed(table, forms, name)
    missing = [each for each in _NEEDED[kind] if each not in given.columns]
    if missing:
        raise SettingsError(
            f"The table of {name} has no column {', '.join(missing)}.",
            code="table-columns",
            expected=", ".join(forms),
            found=", ".join(table.columns),
        )
    ids = _text(given["id"])
    columns, left_out = [], []
    for column, form in forms.items():
        if column not in given.columns:
            if kind == "declarations" or column in _ALWAYS:
                columns.append(pl.Series(column, [None] * len(given), dtype=form.kind))
            continue
        stated = given[column]
        cells = _READERS[form.kind](stated, form) if form is not _DAY else _days(stated, form, today)
        lost = _is_stated(stated) & cells.is_null()
        if column in _NEEDED[kind]:
            _must_be_whole(cells, ids, (name, column, form), stated)
        elif lost.any():
            first = int(lost.arg_true()[0])
            told = LeftOut(
                column=column,
                cells=int(lost.sum()),
                expected=form.expected,
                found=_shown(stated[first]),
                row=first + 1,
                id=str(ids[first]),
            )
            left_out.append(told)
        columns.append(cells.alias(column))
    notes = Notes(
        table=name,
        rows=len(table),
        left_out=tuple(left_out),
        missing=tuple(each for each in forms if each not in given.columns),
        ignored=tuple(each for each in table.columns if heading_of(each) not in forms),
    )
    return CellTable(pl.DataFrame(columns), notes)


def _headed(table: pl.DataFrame, forms: dict[str, Form], name: str) -> pl.DataFrame:
    """The columns that are known, by their names."""
    names = [(each, heading_of(each)) for each in table.columns]
    known = [(each, heading) for each, heading in names if heading in forms]
    headings = [heading for _, heading in known]
    if twice := [heading for heading in headings if headings.count(heading) > 1]:
        raise SettingsError(
            f"The table of {name} has the column {twice[0]} {headings.count(twice[0])} times.",
            code="table-columns",
            found=", ".join(each for each, heading in known if heading == twice[0]),
        )
    return table.select(pl.col(each).alias(heading) for each, heading in known)


def _must_be_whole(cells: pl.Series, ids: pl.Series, what: tuple[str, str, Form], stated: pl.Series) -> None:
    lost = cells.is_null()
    if not lost.any():
        return
    name, column, form = what
    first, count = int(lost.arg_true()[0]), int(lost.sum())
    rows = "1 row" if count == 1 else f"{count:,} rows"
    of = f" (id {ids[first]})" if ids[first] is not None else ""
    is_empty = not _is_stated(stated)[first]
    raise SettingsError(
        f"The table of {name} has {rows} without {column}, the first of them row {first + 1}{of}; remove or complete them."
        if is_empty
        else f"The table of {name} has {rows} in which {column} cannot be read, the first of them row {first + 1}{of}: "
        f"{_shown(stated[first])!r} is not {form.expected}.",
        code="table-columns",
        pointer=f"row {first + 1}",
        expected=form.expected,
        found=None if is_empty else _shown(stated[first]),
    )


def _has_no_twin(table: pl.DataFrame, name: str) -> None:
    twins = table.filter(pl.col("id").is_duplicated())["id"]
    if len(twins):
        raise SettingsError(
            f"In the table of {name} {twins.n_unique():,} ids stand in more than one row, the first of them {str(twins[0])!r}: two rows "
            "have the same id.",
            code="table-columns",
            expected="each id once",
            found=str(twins[0]),
        )


def _is_stated(cells: pl.Series) -> pl.Series:
    """Whether anything stands in a cell."""
    if cells.dtype == pl.String:
        return cells.is_not_null() & (cells.str.strip_chars() != "").fill_null(False)
    return cells.is_not_null()


def _shown(cell: object) -> str:
    return str(cell)[:60]


def _text(cells: pl.Series, _: Form = _TEXT) -> pl.Series:
    """Texts; a number that is whole is written without a point, as codes are."""
    if cells.dtype.is_float():
        is_whole = (cells == cells.round(0)) & cells.is_finite() & (cells.abs() < 2.0**53)
        whole = cells.set(~is_whole.fill_null(False), None).cast(pl.Int64).cast(pl.String)
        return whole.fill_null(cells.cast(pl.String))
    if cells.dtype in (pl.Categorical, pl.Enum, pl.String) or cells.dtype.is_integer() or cells.dtype == pl.Boolean:
        return cells.cast(pl.String)
    return cells.cast(pl.String, strict=False) if not cells.dtype.is_nested() else _nothing(cells, pl.String)


def _nothing(cells: pl.Series, kind: type[pl.DataType]) -> pl.Series:
    return pl.Series(cells.name, [None] * len(cells), dtype=kind)


def _figures(cells: pl.Series) -> pl.Series:
    """Numbers, whatever they can be; null where none stands."""
    if cells.dtype == pl.String:
        told = cells.str.strip_chars()
        commas = told.str.contains(_COMMA) | told.is_null() | (told == "")
        if commas.all() and told.str.contains(_NO_THOUSANDS).any():
            told = told.str.replace(",", ".", literal=True)
        return told.cast(pl.Float64, strict=False)
    if cells.dtype.is_numeric():
        return cells.cast(pl.Float64)
    return _nothing(cells, pl.Float64)


def _number(cells: pl.Series, form: Form) -> pl.Series:
    figures = _figures(cells)
    frame = pl.DataFrame({"cell": figures})
    return frame.select(pl.when(form.holds(pl.col("cell"))).then(pl.col("cell")))["cell"]


def _count(cells: pl.Series, form: Form) -> pl.Series:
    if cells.dtype.is_integer():
        return _held(cells.cast(pl.Int64, strict=False), 0)
    figures = _number(cells, form)
    is_whole = (figures == figures.round(0)).fill_null(False)
    return figures.set(~is_whole, None).cast(pl.Int64, strict=False)


def _held(cells: pl.Series, least: int) -> pl.Series:
    return cells.set((cells < least).fill_null(False), None)


def _whether(cells: pl.Series, _: Form) -> pl.Series:
    if cells.dtype == pl.Boolean:
        return cells
    if cells.dtype.is_numeric():
        figures = cells.cast(pl.Float64)
        return (figures == 1.0).set(~((figures == 0.0) | (figures == 1.0)).fill_null(False), None)
    if cells.dtype != pl.String:
        return _nothing(cells, pl.Boolean)
    told = cells.str.strip_chars().str.to_lowercase().str.replace(r"^([01])\.0$", "$1")
    return told.replace_strict(
        [*_YES, *_NO], [True] * len(_YES) + [False] * len(_NO), default=None, return_dtype=pl.Boolean
    )


def _days(cells: pl.Series, form: Form, today: float | None) -> pl.Series:
    """Day numbers, of numbers, of dates and times, and of texts that can only mean one day."""
    if cells.dtype == pl.Date:
        days = cells.cast(pl.Int32).cast(pl.Float64)
    elif isinstance(cells.dtype, pl.Datetime):
        days = cells.cast(pl.Int64).cast(pl.Float64) / _SECONDS[cells.dtype.time_unit]
    elif cells.dtype == pl.String:
        days = _figures(cells).fill_null(_written_days(cells.str.strip_chars()))
    else:
        days = _figures(cells)
    days = _number(days, form)
    middle = days.median()
    if today is None or not isinstance(middle, float):
        return days
    latest = max(today + 1.0, middle + _A_YEAR)
    return days.set((days > latest).fill_null(False), None)


def _written_days(told: pl.Series) -> pl.Series:
    """Day numbers of days in the form of ISO 8601, with or without a time; without an offset it is UTC."""
    parts = pl.DataFrame({"told": told}).select(
        day=pl.col("told").str.extract(_ISO, 1).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32).cast(pl.Float64),
        hour=pl.col("told").str.extract(_ISO, 2).cast(pl.Float64, strict=False).fill_null(0.0),
        minute=pl.col("told").str.extract(_ISO, 3).cast(pl.Float64, strict=False).fill_null(0.0),
        second=pl.col("told").str.extract(_ISO, 4).cast(pl.Float64, strict=False).fill_null(0.0),
        offset=pl.col("told").str.extract(_ISO, 5).str.replace("Z", "+00:00").str.replace(":", ""),
    )
    hours = pl.col("offset").str.slice(1, 2).cast(pl.Float64, strict=False).fill_null(0.0)
    minutes = pl.col("offset").str.slice(3, 2).cast(pl.Float64, strict=False).fill_null(0.0)
    sign = pl.when(pl.col("offset").str.starts_with("-")).then(-1.0).otherwise(1.0)
    is_time = (pl.col("hour") < 24.0) & (pl.col("minute") < 60.0) & (pl.col("second") < 60.0)
    within = (pl.col("hour") * 60.0 + pl.col("minute") - sign * (hours * 60.0 + minutes)) * 60.0 + pl.col("second")
    return parts.select(pl.when(is_time).then(pl.col("day") + within / 86_400.0))["day"]


_READERS: Final[dict[type[pl.DataType], Callable[[pl.Series, Form], pl.Series]]] = {
    pl.String: _text,
    pl.Float64: _number,
    pl.Int64: _count,
    pl.Boolean: _whether,
}
