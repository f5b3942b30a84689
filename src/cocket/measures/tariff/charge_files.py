# SPDX-License-Identifier: Apache-2.0
"""Charges of a country as files that a tariff officer edits: TOML, or a table for a spreadsheet; both are read back.

A table has one row a charge. Rows of kind `setting` say what holds for the whole (`currency`, `basis`, …), rows of kind
`amount` name further amounts that a declarant states, and rows of kind `default` what the law puts in the place of one.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import msgspec

from cocket.errors import SettingsError
from cocket.measures.tariff.charges import Charge, Step
from cocket.measures.tariff.kinds import Rounding
from cocket.measures.tariff.numbers import check_numbers

#: Columns of the table, in the order in which people read them.
COLUMNS: Final = (
    "name", "kind", "base", "rate", "steps", "act", "says", "valid_from", "valid_to", "known_to", "begins", "ends",
    "inclusive", "floor", "cap", "waived_below", "scope", "apportion", "round_base", "round", "round_total", "persons",
    "except_persons", "procedures", "except_procedures", "uses", "except_uses", "transport", "origins", "except_origins",
    "codes", "except_codes", "is_private", "assumes",
)  # fmt: skip

#: What a row of kind `setting` may say, in its column `base`.
SETTINGS: Final = ("name", "currency", "as_of", "source", "basis", "exchange_day", "single")

_MANY: Final = (list, tuple)
_LISTS: Final = frozenset(
    name for name in COLUMNS if name.removeprefix("except_") in
    ("persons", "procedures", "uses", "transport", "origins", "codes")
)  # fmt: skip
_YES: Final = frozenset({"begins", "ends", "inclusive", "is_private"})
_ROUNDINGS: Final = frozenset({"round_base", "round", "round_total"})
_ROUNDING = re.compile(
    r"(?P<step>[^\s,]+)(?: (?P<mode>half-up|half-down|half-even|down|up))?(?:, at least (?P<least>\S+))?"
)
_STEP = re.compile(r"(?:to (?P<to>[^\s:]+): )?(?P<rate>[^\[\]]+?)(?: \[(?P<assumes>[^\[\]]+)\])?")


def write_toml(law: Mapping[str, Any]) -> bytes:
    """Charges of a country as TOML.

    Args:
        law: Field → value, as `msgspec.to_builtins` gives it with days left as they are; what is empty is left out.

    Returns:
        TOML, which `read_charges` reads as the same.
    """
    tables = {name for name, value in law.items() if isinstance(value, _MANY) and value and isinstance(value[0], dict)}
    lines = [f"{name} = {_toml(value)}" for name, value in law.items() if name not in tables and not _is_empty(value)]
    for name in sorted(tables, key=list(law).index):
        for one in law[name]:
            lines += ["", f"[[{name}]]"]
            lines += [f"{key} = {_toml(value)}" for key, value in one.items() if not _is_empty(value)]
    return ("\n".join(lines) + "\n").encode()


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, (str, dict, *_MANY)) and not value)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, _MANY):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


#: What a spreadsheet computes instead of showing.
_BEGIN_FORMULAS: Final = frozenset("=+-@\t\r")


def write_table(law: Mapping[str, Any], charges: tuple[Charge, ...]) -> bytes:
    """Charges of a country as a table (CSV, UTF-8 with a mark so that spreadsheets know it).

    Args:
        law: Field → value, for what holds for the whole.
        charges: The charges.

    Raises:
        SettingsError: It has procedures or reliefs of its own, or a word that a cell cannot hold; TOML can.
    """
    for name in ("procedures", "reliefs"):
        if law.get(name):
            raise SettingsError(f"A table has no room for {name}; write TOML.", code="charges-not-a-table")
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    for row in _rows(law, charges):
        if begins := next((cell for cell in row.values() if cell.lstrip()[:1] in _BEGIN_FORMULAS), None):
            raise SettingsError(
                f"A cell cannot hold {begins!r}, which a spreadsheet would compute; write TOML.",
                code="charges-not-a-table",
            )
        table.writerow(row)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _rows(law: Mapping[str, Any], charges: tuple[Charge, ...]) -> Iterator[dict[str, str]]:
    for name in SETTINGS:
        if not _is_empty(value := law.get(name)):
            yield {"name": name, "kind": "setting", "base": _joined(value) if isinstance(value, list) else str(value)}
    for name in law.get("amounts", ()):
        yield {"name": name, "kind": "amount"}
    for name, expression in law.get("defaults", {}).items():
        yield {"name": name, "kind": "default", "base": expression}
    for one in charges:
        told = {name: _cell(name, getattr(one, name)) for name in COLUMNS}
        usual = {"scope": "line", "apportion": "value"}
        yield {name: "" if usual.get(name) == value else value for name, value in told.items()}


def _cell(name: str, value: Any) -> str:
    if name in _YES:
        return "yes" if value else ""
    if name in _LISTS:
        return _joined(value)
    if value is None:
        return ""
    if isinstance(value, Rounding):
        mode = value.mode or ("down" if value.is_down else "")
        least = f", at least {value.least:f}" if value.least is not None else ""
        return f"{value.step:f}{f' {mode}' if mode else ''}{least}"
    if name == "steps":
        return " | ".join(map(_written, value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _written(step: Step) -> str:
    told = (
        f"{f'to {step.to:f}: ' if step.to is not None else ''}{step.rate}{f' [{step.assumes}]' if step.assumes else ''}"
    )
    if "|" in told or not _STEP.fullmatch(told):
        raise SettingsError(f"A cell cannot hold the step {told!r}; write TOML.", code="charges-not-a-table")
    return told


def _joined(words: Any) -> str:
    if any(";" in one for one in words):
        raise SettingsError(f"A cell cannot hold {', '.join(words)!r}; write TOML.", code="charges-not-a-table")
    return "; ".join(words)


def is_table(content: bytes) -> bool:
    """Whether a file of charges is a table: its first row has the heads `name` and `kind`."""
    first = content.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].strip()
    return {b"name", b"kind"} <= {one.strip().strip(b'"') for one in re.split(rb"[,;\t]", first)}


def read_table(content: bytes) -> dict[str, Any]:
    """The fields of a country's charges from a table.

    Args:
        content: CSV in UTF-8, with commas, semicolons or tabs.

    Returns:
        Field → value, for `msgspec.convert`.

    Raises:
        SettingsError: A row cannot be read; the message has its line.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(f"it is not UTF-8: {error}") from error
    head = text.split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    if unknown := sorted(set(rows.fieldnames or ()) - set(COLUMNS)):
        raise _unreadable(f"it has the column {unknown[0]!r}, which no charge has; known are {', '.join(COLUMNS)}")
    if len(set(rows.fieldnames or ())) < len(rows.fieldnames or ()):
        raise _unreadable("a column stands twice")
    law: dict[str, Any] = {"charges": [], "amounts": [], "defaults": {}, "source": "", "as_of": "", "name": ""}
    try:
        for row in rows:
            if None in row or None in row.values():
                raise _unreadable(f"line {rows.line_num} has another number of cells than heads")
            told = {name: cell.strip() for name, cell in row.items() if cell.strip()}
            if told:
                _take(law, told, rows.line_num)
    except csv.Error as error:
        raise _unreadable(f"line {rows.line_num}: {error}") from error
    if "currency" not in law:
        raise _unreadable("it has no currency: add the row currency,setting,XDC")
    return law


def _take(law: dict[str, Any], told: dict[str, str], line: int) -> None:
    name, kind = told.get("name", ""), told.get("kind", "")
    if kind == "setting":
        if name not in SETTINGS or set(told) - {"name", "kind", "base"}:
            raise _unreadable(
                f"line {line}: a setting is one of {', '.join(SETTINGS)}, with its value in the column base"
            )
        if law.get(name):
            raise _unreadable(f"line {line}: {name} stands twice")
        value = told.get("base", "")
        law[name] = _words(value) if name == "single" else value
    elif kind == "amount":
        law["amounts"].append(name)
    elif kind == "default":
        if name in law["defaults"]:
            raise _unreadable(f"line {line}: the default of {name} stands twice")
        law["defaults"][name] = told.get("base", "")
    else:
        fields = {one: _read(one, cell, line) for one, cell in told.items()}
        try:
            charge = msgspec.convert(fields, Charge, strict=False)
            check_numbers(fields, charge)
            law["charges"].append(charge)
        except (msgspec.ValidationError, ValueError) as error:
            raise _unreadable(f"line {line}: {error}") from error


def _read(name: str, cell: str, line: int) -> Any:
    if name in _YES:
        if cell.casefold() not in ("yes", "no"):
            raise _unreadable(f"line {line}: {name} is {cell!r}, neither yes nor no")
        return cell.casefold() == "yes"
    if name in _LISTS:
        return _words(cell)
    if name in _ROUNDINGS:
        found = _ROUNDING.fullmatch(cell)
        if found is None:
            raise _unreadable(f"line {line}: {name} is {cell!r}, not like 100 down, at least 1")
        return {key: value for key, value in found.groupdict().items() if value is not None}
    if name == "steps":
        return list(_steps(cell, line))
    return cell


def _steps(cell: str, line: int) -> Iterator[dict[str, str]]:
    for part in cell.split("|"):
        found = _STEP.fullmatch(part.strip())
        if found is None:
            raise _unreadable(f"line {line}: the step {part.strip()!r} is not like to 2500: 2.05 USD flat")
        yield {key: value for key, value in found.groupdict().items() if value is not None}


def _words(cell: str) -> list[str]:
    return [one.strip() for one in cell.split(";") if one.strip()]


def _unreadable(why: str) -> SettingsError:
    return SettingsError(f"The charges cannot be read: {why}.", code="charges-unreadable")
