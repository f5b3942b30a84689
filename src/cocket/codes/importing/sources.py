# SPDX-License-Identifier: Apache-2.0
"""Files as publishers give them: packed or not, in whatever encoding, as CSV, JSON, XML or a workbook; all become grids.

Source: RFC 4180 (CSV), RFC 8259 (JSON), ISO/IEC 29500-1 (workbooks), RFC 1952 (gzip).
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, overload

import msgspec
from lxml import etree

from cocket.errors import SenderError

#: Most bytes that a file may hold, once unpacked; the largest public list has 11 MB.
MOST = 64 * 1024 * 1024

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_NUMBERED = re.compile(r"xl/worksheets/sheet\d+\.xml")
_READ = (".csv", ".tsv", ".txt", ".json", ".xml", ".xlsx")
_SEPARATORS = ",;\t|"
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")

#: A line of a file: its number (1-based) and its cells.
Line = tuple[int, list[str]]


class Source(msgspec.Struct, frozen=True):
    """One file to import.

    Attributes:
        name: Its name, for people and for its ending.
        content: Its bytes as they lie.
    """

    name: str
    content: bytes


class Grid(msgspec.Struct, frozen=True):
    """A table as it stands in a file, header not told apart from the rest.

    Attributes:
        file: Name of the file.
        lines: Its lines (0..n).
        name: Name of the sheet or of the list within the file; empty if it has none.
        published: Day of publication that the file states; empty if it states none.
        encoding: What the text was taken to be in.
    """

    file: str
    lines: Sequence[Line]
    name: str = ""
    published: str = ""
    encoding: str = "utf-8"


def unpacked(source: Source) -> list[Source]:
    """The files in a packed one that can be read here, or the one itself (1..n).

    Raises:
        SenderError: It is damaged, too large, or holds nothing that can be read.
    """
    try:
        if source.content.startswith(b"\x1f\x8b"):
            inside = gzip.GzipFile(fileobj=io.BytesIO(source.content)).read(MOST + 1)
            return [_bounded(Source(source.name.removesuffix(".gz"), inside))]
        if source.content.startswith(b"PK") and not _is_workbook(source.content):
            return _members(source)
    except SenderError:
        raise
    except Exception as error:
        raise _unreadable(source.name, "it cannot be unpacked") from error
    return [_bounded(source)]


def grids(source: Source) -> list[Grid]:
    """The tables of one file (1..n); a CSV has one, a workbook one a sheet, JSON one a list.

    Raises:
        SenderError: It cannot be read as any of these.
    """
    if source.content.startswith(b"PK"):
        return _sheets(source)
    text, encoding = decoded(source)
    start = text.lstrip()[:1]
    if start in ("[", "{"):
        return _json_lists(source.name, text)
    if start == "<":
        return [_xml_rows(source)]
    return [Grid(source.name, _CsvLines(source.name, text), encoding=encoding)]


def decoded(source: Source) -> tuple[str, str]:
    """Its text, and the encoding it was taken to be in: what its mark says, else UTF-8, else Windows-1252.

    Source: UN/LOCODE came in Windows-1252 until 2023, and still does in its three-part files.

    Raises:
        SenderError: It is not text.
    """
    content = source.content
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif b"\0" in content:
        raise _unreadable(source.name, "it is not text")
    else:
        encodings = ("utf-8-sig", "cp1252", "latin-1")
    for encoding in encodings:
        try:
            return content.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise _unreadable(source.name, "it is not text")


def _is_workbook(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "xl/workbook.xml" in archive.namelist()


def _members(source: Source) -> list[Source]:
    with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
        members = [one for one in archive.infolist() if one.filename.lower().endswith(_READ)]
        if sum(one.file_size for one in members) > MOST:
            raise _unreadable(source.name, "it is too large")
        found = [Source(one.filename, archive.read(one)) for one in members]
    if not found:
        raise _unreadable(source.name, "it contains no CSV, JSON, XML or XLSX file")
    return found


def _bounded(source: Source) -> Source:
    if len(source.content) > MOST:
        raise _unreadable(source.name, "it is too large")
    return source


class _CsvLines(Sequence[Line]):
    """The lines of a CSV, parted anew each time they are gone through: all cells at once would take far more room."""

    def __init__(self, name: str, text: str) -> None:
        self._name, self._text = name, text

    def __iter__(self) -> Iterator[Line]:
        return _csv_lines(self._name, self._text)

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, place: int) -> Line: ...
    @overload
    def __getitem__(self, place: slice) -> list[Line]: ...
    def __getitem__(self, place: int | slice) -> Line | list[Line]:
        if isinstance(place, slice):
            return list(islice(self, place.start, place.stop, place.step))
        found = next(islice(self, place, None), None)
        if found is None:
            raise IndexError(place)
        return found


def _written_lines(text: str) -> Iterator[str]:
    return (found[0] for found in _LINE.finditer(text))


def _csv_lines(name: str, text: str) -> Iterator[Line]:
    first = next((line for line in text.split("\n", 20) if any(sign in line for sign in _SEPARATORS)), "")
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(_written_lines(text), delimiter=separator, strict=False)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise _unreadable(name, f"line {reader.line_num} is not valid CSV") from error


def _json_lists(name: str, text: str) -> list[Grid]:
    """Every list of objects in the file, at the top or one or two levels down."""
    try:
        content = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _unreadable(name, "it is not valid JSON") from error
    published = _published(content)
    found = [Grid(name, _table(rows), key, published) for key, rows in _lists(content, "", 4)]
    if not found:
        raise _unreadable(name, "it contains no list of objects")
    return found


def _published(content: Any) -> str:
    """The day of a snapshot of transit reference data."""
    head = content.get("messageInformation") if isinstance(content, dict) else None
    return _cell(head.get("snapshotDate")) if isinstance(head, dict) else ""


def _lists(value: Any, key: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(value, list) and value and {type(row) for row in value} in ({dict}, {list}):
        yield key, value
    elif isinstance(value, dict) and depth:
        for name, inner in value.items():
            yield from _lists(inner, key if name in ("listEntries", "values") else name, depth - 1)


def _table(rows: list[Any]) -> list[Line]:
    """Objects as a header and lines, lists of cells as they are; the number of a line is its place in the list."""
    if isinstance(rows[0], list):
        return [(number, [_cell(cell) for cell in row]) for number, row in enumerate(rows, start=1)]
    header = list(dict.fromkeys(name for row in rows for name in row))
    lines: list[Line] = [(0, header)]
    lines.extend((number, [_cell(row.get(name)) for name in header]) for number, row in enumerate(rows, start=1))
    return lines


def _cell(value: Any) -> str:
    """A value as a cell; of a list of objects or texts the values, parted by spaces."""
    if isinstance(value, dict):
        return " ".join(filter(None, map(_cell, value.values())))
    if isinstance(value, list):
        return " ".join(filter(None, map(_cell, value)))
    return "" if value is None else str(value).strip()


def _xml_rows(source: Source) -> Grid:
    """The elements whose children hold nothing but text, as lines; ISO 4217 states the day of publication at the root."""
    root = _parsed(source.name, source.content)
    entries = [entry for entry in root.iter(etree.Element) if len(entry) and not any(map(len, entry))]
    rows = [
        {etree.QName(child).localname: child.text or "" for child in entry.iterchildren(etree.Element)}
        for entry in entries
    ]
    published = root.get("Pblshd", "")
    if not rows:
        raise _unreadable(source.name, "it contains no list")
    header = list(dict.fromkeys(name for row in rows for name in row))
    lines: list[Line] = [(0, header)]
    for entry, row in zip(entries, rows, strict=True):
        line: Any = entry.sourceline
        lines.append((line or 0, [row.get(name, "").strip() for name in header]))
    return Grid(source.name, lines, published=published)


def _parsed(name: str, content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _unreadable(name, "it is not valid XML") from error


def _sheets(source: Source) -> list[Grid]:
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            if sum(one.file_size for one in archive.infolist()) > MOST:
                raise _unreadable(source.name, "it is too large")
            texts = list(_shared_texts(source.name, archive))
            sheets = sorted(filter(_NUMBERED.fullmatch, archive.namelist()))
            return [
                Grid(source.name, list(_sheet_lines(_parsed(source.name, archive.read(sheet)), texts)), sheet)
                for sheet in sheets
            ]
    except SenderError:
        raise
    except Exception as error:
        raise _unreadable(source.name, "it is not a workbook") from error


def _shared_texts(name: str, archive: zipfile.ZipFile) -> Iterator[str]:
    if "xl/sharedStrings.xml" in archive.namelist():
        for entry in _parsed(name, archive.read("xl/sharedStrings.xml")).iterfind(f"{_SHEET}si"):
            yield "".join(part.text or "" for part in entry.iter(f"{_SHEET}t"))


def _sheet_lines(sheet: etree._Element, texts: list[str]) -> Iterator[Line]:
    for row in sheet.iter(f"{_SHEET}row"):
        cells: list[str] = []
        for cell in row:
            column = _column(cell.get("r", ""), len(cells))
            cells.extend([""] * (column - len(cells)))
            cells.append(_value(cell, texts))
        if any(cells):
            yield int(row.get("r", "0")), cells


def _column(reference: str, otherwise: int) -> int:
    """Place of a cell named such as `AB7` (0-based); a sheet leaves empty cells out."""
    letters = reference.rstrip("0123456789")
    if not letters:
        return otherwise
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return min(max(place - 1, otherwise), 16383)


def _value(cell: etree._Element, texts: list[str]) -> str:
    kind, value = cell.get("t"), cell.findtext(f"{_SHEET}v")
    if kind == "s" and value is not None:
        return texts[int(value)].strip()
    if kind == "inlineStr":
        return "".join(part.text or "" for part in cell.iter(f"{_SHEET}t")).strip()
    return (value or "").strip()


def _unreadable(name: str, why: str) -> SenderError:
    return SenderError(
        f"{name} cannot be imported: {why}.",
        code="code-list-unreadable",
        hint="CSV, JSON, XML and XLSX are supported, also packed with gzip or zip.",
    )


def records(grid: Grid, header: Iterable[str] | None = None) -> Iterator[tuple[int, dict[str, str]]]:
    """Lines by column name, with their numbers.

    Args:
        grid: The table.
        header: Names of the columns; None takes the first line.

    Source: RFC 4180, section 2, rule 3.
    """
    lines = iter(grid.lines)
    names = list(header) if header is not None else next(lines, (0, []))[1]
    for number, cells in lines:
        yield number, dict(zip(names, cells, strict=False))
