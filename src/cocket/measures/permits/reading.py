# SPDX-License-Identifier: Apache-2.0
"""Matrices and permits from files: TOML, JSON, or a table in CSV. A row that cannot be used is told and left out."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Literal, TypeVar

import msgspec

from cocket.errors import UnreadableError
from cocket.findings import Finding, render
from cocket.measures.permits.matrix import Matrix, Requirement, check_matrix
from cocket.measures.permits.permit import Permit, Taken, check_permit, overlapping
from cocket.measures.permits.scope import Scope
from cocket.standards.json import parse_json

Form = Literal["toml", "json", "csv"]
_FORMS: dict[str, Form] = {".toml": "toml", ".json": "json", ".csv": "csv"}

_Row = TypeVar("_Row", Requirement, Permit)

#: Columns of a table that hold several values, parted by blanks or semicolons.
_SEVERAL = frozenset(
    field.name
    for struct in (Scope, Requirement, Permit)
    for field in msgspec.structs.fields(struct)
    if field.default == () and field.name != "taken"
)
_OF_SCOPE = frozenset(Scope.__struct_fields__)
_OF_TAKEN = {f"{name}_taken": name for name in Taken.__struct_fields__}
_NAMES_OF_CODES = ("codes", "except_codes")

#: A fault of a permit that does not keep it from being read: what is overdrawn must be seen as overdrawn, not as unknown.
_OVERDRAWN = "permit-limit-below-taken"


class _File(msgspec.Struct):
    """What a file holds, before its rows are understood: what stands at its head, and (place, row)."""

    head: dict[str, Any]
    rows: list[tuple[str, Any]]


def form_of(name: str, content: bytes) -> Form | None:
    """How a file is written: as the end of its name says, or, where it has no name (`-`), its first line.

    Args:
        name: Its name, as given.
        content: What it holds.

    Returns:
        The form; None if the end of the name is of none.
    """
    if name != "-":
        return _FORMS.get(PurePath(name).suffix.lower())
    first = content.lstrip().partition(b"\n")[0]
    if first.startswith(b"{") or (first.startswith(b"[") and not first.startswith(b"[[")):
        return "json"
    return "toml" if first.startswith((b"[[", b"#")) or b"=" in first else "csv"


def read_matrix(content: bytes, form: Form) -> tuple[Matrix, tuple[Finding, ...]]:
    """Read a permit matrix.

    Args:
        content: The file. In TOML and JSON `requirements` are a list, beside `name`, `source` and `areas`; in CSV each
            row is a requirement. Names are those of `Requirement` and `Scope`.
        form: How it is written.

    Returns:
        The matrix of all rows that can be used, and findings (0..n), each with the place of its row.

    Raises:
        UnreadableError: It is not of that form at all.

    Source: our own form of the LPCO matrix; docs/reference/measures/permits.md.
    """
    file = _parse(content, form, "requirements")
    head = {name: file.head[name] for name in ("name", "source", "areas") if name in file.head}
    try:
        matrix = msgspec.convert(head, Matrix)
    except msgspec.ValidationError as error:
        raise _unreadable(f"its header cannot be read: {error}") from error
    found: list[Finding] = []
    kept: list[Requirement] = []
    for place, row in file.rows:
        read = _row(place, row, Requirement, found)
        wrong = check_matrix(msgspec.structs.replace(matrix, requirements=(read,))) if read else ()
        found += (_placed(one, place) for one in wrong)
        if read and not any(one.severity == "error" and one.code != _OVERDRAWN for one in wrong):
            kept.append(read)
    whole = msgspec.structs.replace(matrix, requirements=tuple(kept))
    found += (one for one in check_matrix(whole) if one.code == "requirement-overlaps")
    return whole, tuple(found)


def read_permits(content: bytes, form: Form) -> tuple[tuple[Permit, ...], tuple[Finding, ...]]:
    """Read permits as an agency gives them.

    Args:
        content: The file. In TOML and JSON `permits` are a list; in CSV each row is a permit, or a line of one. Names
            are those of `Permit`, and `quantity_taken`, `value_taken`, `uses_taken`.
        form: How it is written.

    Returns:
        All permits that can be used or are overdrawn, and findings (0..n), each with the place of its row.

    Raises:
        UnreadableError: It is not of that form at all.

    Source: our own form of LPCO data; docs/reference/measures/permits.md.
    """
    found: list[Finding] = []
    kept: list[Permit] = []
    for place, row in _parse(content, form, "permits").rows:
        read = _row(place, row, Permit, found)
        wrong = check_permit(read) if read else ()
        found += (_placed(one, place) for one in wrong)
        if read and not any(one.severity == "error" and one.code != _OVERDRAWN for one in wrong):
            kept.append(read)
    return tuple(kept), (*found, *overlapping(kept))


def _parse(content: bytes, form: Form, rows: str) -> _File:
    try:
        text = content.decode("utf-8-sig")
        if form == "csv":
            return _table(text)
        size = len(content)
        head = tomllib.loads(text, parse_float=Decimal) if form == "toml" else parse_json(content, size, size)
    except UnreadableError as error:
        raise _unreadable(f"it is not valid JSON: {'; '.join(map(render, error.findings))}") from error
    except (ValueError, RecursionError, csv.Error) as error:
        raise _unreadable(f"it is not valid {form.upper()}: {error}") from error
    if isinstance(head, list):
        head = {rows: head}
    listed = head.get(rows) if isinstance(head, dict) else None
    if not isinstance(listed, list):
        raise _unreadable(f"it has no list of {rows}")
    return _File(head, [(f"{rows}[{number}]", row) for number, row in enumerate(listed, start=1)])


def _table(text: str) -> _File:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    heads = [head.strip() for head in reader.fieldnames or () if head.strip()]
    if twice := next((head for head in heads if heads.count(head) > 1), None):
        raise ValueError(f"it has the column {twice} twice")
    rows: list[tuple[str, Any]] = []
    for cells in reader:
        row: dict[str, Any] = {}
        for name, cell in cells.items():
            if name is None or cell is None:
                row["columns"] = "number of cells and columns differ"
            elif cell.strip():
                row[name.strip()] = tuple(cell.replace(";", " ").split()) if name.strip() in _SEVERAL else cell.strip()
        rows.append((f"line:{reader.line_num}", row))
    return _File({}, rows)


def _row(place: str, row: Any, kind: type[_Row], found: list[Finding]) -> _Row | None:
    """One row as a struct; None, and a finding, if it cannot be understood."""
    if not isinstance(row, Mapping):
        found.append(_finding(place, "a row is not a table", str(row)))
        return None
    known = set(kind.__struct_fields__) | (_OF_SCOPE if kind is Requirement else set(_OF_TAKEN))
    if unknown := sorted(set(row) - (known - {"scope", "taken"})):
        found.append(_finding(place, "there is no field {found}", ", ".join(unknown)))
        return None
    try:
        return msgspec.convert(dict(_shaped(row, kind)), kind, strict=False)
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        found.append(_finding(place, "it cannot be read: {found}", str(error)))
        return None


def _shaped(row: Mapping[str, Any], kind: type[_Row]) -> Iterator[tuple[str, Any]]:
    """Fields as the struct has them: those of a scope in it, codes without their dots."""
    plain = {
        name: [str(code).replace(".", "").replace(" ", "") for code in value]
        if name in _NAMES_OF_CODES and isinstance(value, list | tuple)
        else value
        for name, value in row.items()
    }
    if kind is Requirement:
        yield "scope", {name: plain.pop(name) for name in sorted(_OF_SCOPE & set(plain))}
    else:
        yield "taken", {_OF_TAKEN[name]: plain.pop(name) for name in sorted(set(_OF_TAKEN) & set(plain))}
    yield from plain.items()


def _placed(finding: Finding, place: str) -> Finding:
    return msgspec.structs.replace(finding, location=place)


def _finding(place: str, message: str, found: str) -> Finding:
    return Finding(
        code="permit-row-unreadable",
        severity="error",
        message="{place}: " + message,
        location=place,
        found=found[:200],
        arguments={"place": place},
    )


def _unreadable(why: str) -> UnreadableError:
    finding = Finding(code="permit-file-unreadable", severity="error", message="{found}", found=why[:200])
    return UnreadableError(f"The file cannot be read: {why}.", code=finding.code, findings=(finding,))
