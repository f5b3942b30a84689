# SPDX-License-Identifier: Apache-2.0
"""Tables from files as people have them: CSV in any of its dialects, Parquet, Arrow and NDJSON, and what was not used of them."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from cocket.cli.base.files import read_file
from cocket.cli.base.output import complain, note, shown
from cocket.errors import SettingsError

if TYPE_CHECKING:
    import polars as pl

    from cocket.risk.models.cells import Form, Notes

#: Endings of tables that are read.
READERS: Final = {".csv": "read_csv", ".parquet": "read_parquet", ".arrow": "read_ipc", ".ndjson": "read_ndjson"}

#: Endings of workbooks, which are refused in words.
WORKBOOKS: Final = (".xlsx", ".xls", ".xlsm", ".ods")

_SEPARATORS: Final = (",", ";", "\t")
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_QUOTE, _LINE = 34, 10


def today() -> float:
    """Day number of now."""
    return time.time() / 86_400.0


def read_table(path: Path) -> pl.DataFrame:
    """A table from CSV, Parquet, Arrow or NDJSON, by the ending of its name.

    CSV may be separated by commas, semicolons or tabs, in UTF-8 or UTF-16; what is text stays as it is written.

    Raises:
        SettingsError: There is no such file, it ends otherwise, or it cannot be read.
    """
    form = path.suffix.lower()
    if form in WORKBOOKS:
        raise SettingsError(
            f"{path} is a workbook; tables are read from {', '.join(READERS)}.",
            code="file-unreadable",
            expected=", ".join(READERS),
            found=path.suffix,
            hint="Save the sheet as CSV (UTF-8), or as Parquet.",
        )
    if form not in READERS:
        raise SettingsError(
            f"{path} is not a readable table.", code="file-unreadable", expected=", ".join(READERS), found=path.suffix
        )
    data = read_file(path)
    if not data:
        raise SettingsError(f"{path} is empty.", code="file-unreadable", found="0 bytes")
    if form == ".csv":
        return _csv(path, data)
    import polars as pl

    options: dict[str, Any] = {"infer_schema_length": None} if form == ".ndjson" else {}
    try:
        table: pl.DataFrame = getattr(pl, READERS[form])(BytesIO(data), **options)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        where, what = _torn_line(data) if form == ".ndjson" else (None, "it is damaged, cut off, or in another form")
        raise SettingsError(
            f"{path} cannot be read as {form[1:]}: {what}.", code="file-unreadable", pointer=where, expected=form
        ) from error
    return table


def _torn_line(data: bytes) -> tuple[str | None, str]:
    """The first line that is no JSON object."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        try:
            if line.strip():
                msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.MsgspecError:
            return f"line {number}", f"line {number} is not a whole JSON object"
    return None, "a column holds values of different kinds"


def _csv(path: Path, data: bytes) -> pl.DataFrame:
    import polars as pl

    from cocket.risk.models.cells import DECLARATIONS, RESULTS, heading_of

    data = _in_utf8(path, data)
    first = data.split(b"\n", 1)[0].decode("utf-8").rstrip("\r")
    separator = max(_SEPARATORS, key=first.count)
    _must_be_even(path, data, separator)
    forms: dict[str, Form] = {**DECLARATIONS, **RESULTS}
    headings = [each.strip().strip('"') for each in first.split(separator)]
    # "010121" is a code and no number, whatever stands in the other rows
    texts = {each: pl.String for each in headings if _is_text(forms.get(heading_of(each)))}
    try:
        table = pl.read_csv(BytesIO(data), separator=separator, infer_schema_length=None, schema_overrides=texts)
        return table.filter(~pl.all_horizontal(pl.all().is_null()))  # an empty line is no row
    except pl.exceptions.PolarsError as error:
        raise SettingsError(
            f"{path} cannot be read as CSV: a quotation mark is not closed, or a row is not of the form of the heading.",
            code="file-unreadable",
            expected=first[:200],
        ) from error


def _is_text(form: Form | None) -> bool:
    return form is not None and form.expected == "text"


def _in_utf8(path: Path, data: bytes) -> bytes:
    """The same in UTF-8, without a mark at its beginning.

    Raises:
        SettingsError: It is in another encoding, and does not say which.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding is None:
        zeros = data[:2000].count(b"\x00")
        encoding = "utf-8" if not zeros else "utf-16-le" if data[1:2] == b"\x00" else "utf-16-be"
    try:
        return data.decode(encoding).encode("utf-8")
    except UnicodeError as error:
        line = data.count(b"\n", 0, getattr(error, "start", 0)) + 1
        raise SettingsError(
            f"{path} is not text in UTF-8: line {line} has a byte that is none.",
            code="file-unreadable",
            pointer=f"line {line}",
            expected="UTF-8 or UTF-16",
            hint="Save it as CSV (UTF-8).",
        ) from error


def _must_be_even(path: Path, data: bytes, separator: str) -> None:
    """Rows longer than the heading are refused; shorter ones are said, their cells being empty.

    Raises:
        SettingsError: A row is longer.
    """
    import numpy as np

    signs = np.frombuffer(data, dtype=np.uint8)
    is_open = (np.cumsum(signs == _QUOTE) & 1).astype(np.bool_)
    lines = np.flatnonzero((signs == _LINE) & ~is_open)
    if not len(lines) or lines[-1] != len(signs) - 1:
        lines = np.append(lines, len(signs))
    cuts = np.flatnonzero((signs == ord(separator)) & ~is_open)
    fields = np.diff(np.searchsorted(cuts, lines), prepend=0) + 1
    lengths = np.diff(lines, prepend=-1) - 1
    is_row = (lengths > 1) | (fields > 1)  # a line without anything, but perhaps the sign before its end, is none
    is_row[0] = False
    longer, shorter = (np.flatnonzero(is_row & other) for other in (fields > fields[0], fields < fields[0]))
    if len(longer):
        raise SettingsError(
            f"{path} has {_rows(len(longer))} with more cells than the heading, the first of them line {int(longer[0]) + 1}: "
            f"{int(fields[longer[0]])} instead of {int(fields[0])}.",
            code="file-unreadable",
            pointer=f"line {int(longer[0]) + 1}",
            expected=str(int(fields[0])),
            found=str(int(fields[longer[0]])),
        )
    if len(shorter):
        complain(
            shown(
                f"{path}: {_rows(len(shorter))} with fewer cells than the heading, the first of them line {int(shorter[0]) + 1}: "
                "the cells that are missing are taken for empty."
            )
        )


def tell_notes(path: Path, notes: Notes) -> None:
    """Say on stderr what of a table was not used."""
    say: Callable[[str], None] = lambda text: complain(shown(f"{path}: {text}"))  # noqa: E731
    for one in notes.left_out:
        cells = "1 cell" if one.cells == 1 else f"{one.cells:,} cells"
        say(
            f"{one.column}: {cells} left out, since not {one.expected}; the first is {one.found!r} in row {one.row} (id {one.id})."
        )
    if notes.repeated:
        say(f"{_rows(notes.repeated)} repeated word for word count once.")
    if notes.ignored:
        say(f"columns that are not known and not used: {', '.join(notes.ignored)}.")
    if notes.missing:
        note(shown(f"{path}: columns that are not given: {', '.join(notes.missing)}."))


def told_notes(every: Sequence[Notes]) -> list[Notes]:
    """Those of which a program must know: not all that was given was used."""
    return [each for each in every if each.is_telling]


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
