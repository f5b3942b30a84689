# SPDX-License-Identifier: Apache-2.0
"""Where mobile network cells stand: a table in OpenCelliD's form, read once and asked by number.

In: CSV with or without its head, gzipped or not. Out: a `CellTable`, 28 bytes a cell. Cells that few devices measured are
left out, for their place is a guess; each place bears the reach its keeper gives it, up to `MOST_RANGE_M`.
Source: OpenCelliD, Database format (https://wiki.opencellid.org/wiki/Database_format): radio, mcc, net, area, cell, unit, lon,
lat, range, samples, changeable, created, updated, averageSignal; 3GPP TS 23.003 §4.7, §19.6 for the identities.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from cocket.errors import UnreadableError
from cocket.tracking.events import Cell, Position

#: Most cells of one table (count): those of a large country. The world has some 40 million.
MOST_CELLS = 2_000_000

#: Most bytes of a table, unpacked.
MOST_BYTES = 512 * 1024 * 1024

#: Fewer measurements than this make no place.
LEAST_SAMPLES = 5

#: Most that a cell's own range counts for, in metres: timing in GSM ends at 35 km.
MOST_RANGE_M = 40_000

_COLUMNS = (
    "radio",
    "mcc",
    "net",
    "area",
    "cell",
    "unit",
    "lon",
    "lat",
    "range",
    "samples",
    "changeable",
    "created",
    "updated",
    "averageSignal",
)
_NEEDED = ("mcc", "net", "area", "cell", "lon", "lat", "samples")

#: UMTS numbers cells by 28 bits, of which a device may tell the last 16.
_SHORT = 0xFFFF

#: Columns of a packed table, as typecodes of `array`: area, cell, longitude, latitude, range.
_FORMS = ("Q", "Q", "f", "f", "I")

#: A cell: area, number, longitude, latitude (degrees), range (metres).
_Row = tuple[int, int, float, float, int]


class CellTable:
    """Places of cells, by country, network, area and cell.

    Args:
        columns: Area, cell, longitude, latitude and range, each as long, in order of area and cell.
    """

    def __init__(self, columns: tuple[array[int], array[int], array[float], array[float], array[int]]) -> None:
        self._columns = columns
        self._areas, self._cells, self._lons, self._lats, self._ranges = columns

    def __len__(self) -> int:
        return len(self._areas)

    def find(self, cell: Cell) -> Position | None:
        """Where a cell stands, its `accuracy_m` the reach it is given; None if that is not known.

        A cell of UMTS is found under its whole number and, where only one of its area ends so, under the last 16 bits of it.
        """
        if cell.mcc is None or cell.mnc is None or cell.area is None:
            return None
        area = area_of(cell.mcc, cell.mnc, cell.area)
        low, high = bisect_left(self._areas, area), bisect_right(self._areas, area)
        place = bisect_left(self._cells, cell.cell, low, high)
        if place < high and self._cells[place] == cell.cell:
            return self._place(place)
        if cell.cell <= _SHORT:
            alike = [place for place in range(low, high) if self._cells[place] & _SHORT == cell.cell]
            return self._place(alike[0]) if len(alike) == 1 else None
        return None

    def _place(self, number: int) -> Position:
        return Position(lon=self._lons[number], lat=self._lats[number], accuracy_m=float(self._ranges[number]))

    def rows(self) -> Iterator[_Row]:
        """All cells, in order of area and number."""
        return zip(*self._columns, strict=True)

    def packed(self) -> bytes:
        """The table as bytes, which `unpacked` reads again: the columns one after the other, least byte first."""
        return zlib.compress(b"".join(_little(column).tobytes() for column in self._columns))


def _little(column: array[Any]) -> array[Any]:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column


def unpacked(content: bytes) -> CellTable:
    """A table of `CellTable.packed`."""
    whole = zlib.decompress(content)
    sizes = [array(form).itemsize for form in _FORMS]
    count, start = len(whole) // sum(sizes), 0
    columns: list[array[Any]] = []
    for form, size in zip(_FORMS, sizes, strict=True):
        column: array[Any] = array(form)
        column.frombytes(whole[start : start + count * size])
        columns.append(_little(column))
        start += count * size
    return CellTable(tuple(columns))  # type: ignore[arg-type]


def table_of(rows: Iterable[_Row]) -> CellTable:
    """A table of cells (area as `area_of` gives it, number, longitude, latitude, range), each once."""
    ordered = sorted(rows)
    return CellTable(tuple(array(form, [row[at] for row in ordered]) for at, form in enumerate(_FORMS)))  # type: ignore[arg-type]


def merged(tables: Sequence[CellTable]) -> CellTable | None:
    """Several tables as one; of a cell in several the first counts. None if there is no table."""
    if len(tables) < 2:
        return tables[0] if tables else None
    rows: dict[tuple[int, int], _Row] = {}
    for table in tables:
        for row in table.rows():
            rows.setdefault(row[:2], row)
    return table_of(rows.values())


def area_of(mcc: int, mnc: int, area: int) -> int:
    """The number by which an area of a network of a country is kept."""
    return mcc << 44 | mnc << 32 | area


class CellsRead(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of a file.

    Attributes:
        countries: Mobile country codes in it, sorted (1..n).
        left_out: Reason → lines that were left out for it (count): `few-samples`, `no-number`, `no-place`, `twice`.
        problems: The first lines that could not be read, as number and what is wrong (0..20).
    """

    countries: tuple[int, ...]
    left_out: dict[str, int]
    problems: tuple[tuple[int, str], ...]


def read_cells(content: bytes) -> tuple[CellTable, CellsRead]:
    """Read a table of cells.

    Args:
        content: CSV in OpenCelliD's form, gzipped or not.

    Raises:
        UnreadableError: It is no such table, is too large, or holds no cell that can be used.
    """
    left_out: Counter[str] = Counter()
    problems: list[tuple[int, str]] = []
    rows: dict[tuple[int, int], _Row] = {}
    names: list[str] | None = None
    for number, line in enumerate(_lines(content), start=1):
        if names is None:
            names = [name.strip() for name in line] if "mcc" in [name.strip() for name in line] else list(_COLUMNS)
            missing = [name for name in _NEEDED if name not in names]
            if missing:
                raise UnreadableError(
                    "A table of cells needs OpenCelliD's columns.", code="cells-form", expected=", ".join(_COLUMNS),
                    found=f"no {', '.join(missing)}",
                )  # fmt: skip
            if "mcc" in [name.strip() for name in line]:
                continue
        if not any(line):
            continue
        row, why = _row(dict(zip(names, line, strict=False)))
        if row is None:
            left_out[why] += 1
            if why != "few-samples" and len(problems) < 20:
                problems.append((number, why))
            continue
        if rows.setdefault(row[:2], row) is not row:
            left_out["twice"] += 1
        if len(rows) > MOST_CELLS:
            raise UnreadableError(
                f"A table holds at most {MOST_CELLS} cells.", code="cells-many", hint="Import one country at a time."
            )
    if not rows:
        raise UnreadableError(
            "The file holds no cell that can be used.", code="cells-none", expected=", ".join(_COLUMNS),
            found=", ".join(f"{count} {why}" for why, count in left_out.items()) or "nothing",
        )  # fmt: skip
    read = CellsRead(
        countries=tuple(sorted({area >> 44 for area, _ in rows})),
        left_out=dict(sorted(left_out.items())),
        problems=tuple(problems),
    )
    return table_of(rows.values()), read


def _lines(content: bytes) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(_text(content), newline=""))
    except csv.Error as error:
        raise UnreadableError(f"The file is not a table: {error}.", code="cells-form") from error


def _row(line: dict[str, str]) -> tuple[_Row | None, str]:
    """A cell of a line, or why there is none."""
    try:
        mcc, net, area, cell = (int(line[name]) for name in ("mcc", "net", "area", "cell"))
        samples = int(line.get("samples") or 0)
    except (KeyError, ValueError):
        return None, "no-number"
    if not (0 < mcc < 1000 and 0 <= net < 1000 and 0 <= area < 1 << 24 and 0 < cell < 1 << 36):
        return None, "no-number"
    try:
        lon, lat, reach = float(line["lon"]), float(line["lat"]), float(line.get("range") or 0)
    except (KeyError, ValueError):
        return None, "no-place"
    if not (-180 <= lon <= 180 and -90 <= lat <= 90 and reach >= 0) or (lon == 0 and lat == 0):
        return None, "no-place"
    if samples < LEAST_SAMPLES:
        return None, "few-samples"
    return (area_of(mcc, net, area), cell, lon, lat, int(min(reach, MOST_RANGE_M))), ""


def _text(content: bytes) -> str:
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(content)) as stream:
                content = stream.read(MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableError("The file is not whole: it cannot be unpacked.", code="cells-form") from error
    if len(content) > MOST_BYTES:
        raise UnreadableError(
            f"The file is larger than {MOST_BYTES} bytes.", code="too-large", hint="Import one country at a time."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError("The file is not text in UTF-8.", code="cells-form") from error
    if "\0" in text:
        raise UnreadableError("The file is not a table of text.", code="cells-form")
    return text
