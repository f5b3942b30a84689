# SPDX-License-Identifier: Apache-2.0
"""Records of a trade as a file: JSON lines, as another instance gives them, or a table (CSV) with a line for each item.

Columns are the fields of a record and of its lines; several values of one are parted by `|`, money is `100.00 EUR`. Lines of one
reference and flow are items of one record.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from cocket.codes import HsCode
from cocket.consignment import keys
from cocket.errors import UnreadableError
from cocket.mirror.records import IDENTIFIERS, TradeLine, TradeRecord
from cocket.model import Amount, Reference

#: Columns that a table must have.
NEEDED: Final = ("reference", "flow", "day")

#: Lines of a file at most (count), and characters of one value.
MOST_LINES: Final = 200_000
_LONGEST: Final = 2_000

_TEXTS: Final = ("reference", "country", "exporter", "importer", "mode", "terms")
_NUMBERS: Final = ("net_kg", "gross_kg")
_MONEY: Final = ("value", "price")
_COLUMNS: Final = frozenset(
    {
        *NEEDED,
        *_TEXTS,
        *_NUMBERS,
        *_MONEY,
        *IDENTIFIERS,
        "number",
        "hs",
        "goods",
        "packages",
        "origin",
        "freight",
        "quantities",
    }
)
_SUBHEADING: Final = 6


def looks_like_records(content: bytes) -> bool:
    """Whether some bytes are a file of records, by their first line."""
    first = content[:4096].lstrip(b"\xef\xbb\xbf \r\n").partition(b"\n")[0].strip()
    if first.startswith(b"{"):
        return all(f'"{name}"'.encode() in first for name in ("flow", "day"))
    return set(NEEDED) <= {cell.strip().strip('"').lower() for cell in first.decode("utf-8", "replace").split(",")}


def read_records(content: bytes, owner: str) -> tuple[TradeRecord, ...]:
    """Read a file of records.

    Args:
        content: UTF-8.
        owner: Of whom they are; goes before the ids.

    Returns:
        Records in the order of their first lines (0..n), identifiers in the form in which they are compared.

    Raises:
        UnreadableError: It is no such file; the message names the line and what is wrong with it. Nothing of it is taken then.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable("it is not UTF-8") from error
    found = _from_json(text) if text.lstrip().startswith("{") else _from_table(text)
    return tuple(_normal(one, owner) for one in found)


def _from_json(text: str) -> list[TradeRecord]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if number > MOST_LINES:
            raise _unreadable(f"it has more than {MOST_LINES:,} lines")
        if line.strip():
            try:
                found.append(msgspec.json.decode(line, type=TradeRecord))
            except msgspec.MsgspecError as error:
                raise _unreadable(f"line {number}: {error}") from error
    return found


def _from_table(text: str) -> list[TradeRecord]:
    reader = csv.DictReader(io.StringIO(text))
    try:
        named = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    except csv.Error as error:
        raise _unreadable(f"line 1: {error}") from error
    if missing := [name for name in NEEDED if name not in named]:
        raise _unreadable(f"it has no column {missing[0]}")
    if unknown := [name for name in named if name not in _COLUMNS]:
        raise _unreadable(f"the column {unknown[0][:40] or '(without a name)'} is not known")
    reader.fieldnames = named
    found: dict[tuple[str, str], TradeRecord] = {}
    try:
        for row in reader:
            if reader.line_num > MOST_LINES:
                raise _unreadable(f"it has more than {MOST_LINES:,} lines")
            one = _record(row, reader.line_num)
            known = found.get((one.reference, one.flow))
            if known is not None:
                one = msgspec.structs.replace(known, lines=(*known.lines, *one.lines))
            found[one.reference, one.flow] = one
    except csv.Error as error:
        raise _unreadable(f"line {reader.line_num}: {error}") from error
    return list(found.values())


def _record(row: Mapping[str | None, Any], number: int) -> TradeRecord:
    if None in row or None in row.values():
        raise _unreadable(f"line {number} has not as many cells as the first")
    told = {str(name): str(cell).strip() for name, cell in row.items() if cell and str(cell).strip()}
    if long := next((name for name, cell in told.items() if len(cell) > _LONGEST), None):
        raise _unreadable(f"line {number}: {long} is longer than {_LONGEST} characters")
    if told.get("flow") not in ("export", "import"):
        raise _unreadable(f"line {number}: flow is export or import")
    if not told.get("reference"):
        raise _unreadable(f"line {number} has no reference")
    try:
        day = date.fromisoformat(told.get("day", ""))
    except ValueError as error:
        raise _unreadable(f"line {number}: day is written as 2026-12-25") from error
    line = TradeLine(
        number=int(_number(told, "number", number) or 1),
        hs=told.get("hs", ""),
        goods=told.get("goods", ""),
        packages=None if (count := _number(told, "packages", number)) is None else int(count),
        quantities=_quantities(told, number),
        origin=told.get("origin", "").upper() or None,
        net_kg=_number(told, "net_kg", number),
        gross_kg=_number(told, "gross_kg", number),
        value=_money(told, "value", number),
        price=_money(told, "price", number),
    )
    texts: dict[str, Any] = {name: told[name] for name in _TEXTS if name in told}
    texts |= {name: _values(told[name]) for name in IDENTIFIERS if name in told}
    return TradeRecord(
        id="",
        flow="export" if told["flow"] == "export" else "import",
        day=day,
        lines=(line,),
        freight=_money(told, "freight", number),
        **texts,
    )


def _normal(one: TradeRecord, owner: str) -> TradeRecord:
    """A record with identifiers as they are compared, codes of six digits, and an id that is the same each time it is given."""
    names = {
        field: tuple(
            sorted(
                {
                    key.value
                    for value in getattr(one, field)
                    for key in keys((Reference("BL" if kinds[0] == "BL" else kinds[0], value),), "")  # type: ignore[arg-type]
                    if key.kind in kinds and "/" not in key.value
                }
            )
        )
        for field, kinds in IDENTIFIERS.items()
    }
    lines = tuple(msgspec.structs.replace(line, hs=_subheading(line.hs)) for line in one.lines)
    country = one.country.upper() if one.country else None
    name = f"{owner} {one.flow} {one.reference or one.id}"
    return msgspec.structs.replace(one, id=name, lines=lines, country=country, **names)


def _subheading(text: str) -> str:
    code = HsCode.parse(text)
    return code.digits[:_SUBHEADING] if code is not None else ""


def _values(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split("|") if part.strip()))


def _number(told: Mapping[str, str], name: str, line: int) -> Decimal | None:
    if name not in told:
        return None
    try:
        found = Decimal(told[name])
    except InvalidOperation as error:
        raise _unreadable(f"line {line}: {name} is not a number") from error
    if not found.is_finite() or found < 0 or found.adjusted() > _DIGITS:
        raise _unreadable(f"line {line}: {name} is not a number that goods can have")
    return found


_DIGITS: Final = 15


def _money(told: Mapping[str, str], name: str, line: int) -> Amount | None:
    if name not in told:
        return None
    amount, _, currency = told[name].partition(" ")
    if len(currency) != len("EUR") or not currency.isalpha():
        raise _unreadable(f"line {line}: {name} is an amount and its currency, as 100.00 EUR")
    return Amount(_number({name: amount}, name, line) or Decimal(), currency.upper())


def _quantities(told: Mapping[str, str], line: int) -> tuple[tuple[str, Decimal], ...]:
    found = []
    for part in _values(told.get("quantities", "")):
        amount, _, unit = part.partition(" ")
        if not unit:
            raise _unreadable(f"line {line}: a quantity is a number and its unit, as 12 NAR")
        found.append((unit.upper(), _number({"quantities": amount}, "quantities", line) or Decimal()))
    return tuple(sorted(found))


def _unreadable(why: str) -> UnreadableError:
    return UnreadableError(f"The file of records cannot be read: {why}.", code="mirror-file")
