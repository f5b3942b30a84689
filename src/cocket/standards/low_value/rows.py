# SPDX-License-Identifier: Apache-2.0
"""Express manifests as rows of a table (CSV): a column for each member, a row for each consignment.

A column is named by the path of its member, `shipper.name`; those of the message begin with `message.` and are told in the
first row. The first column is `lowValueMessage`. Entries of a list are parted by a stroke. Rows become what the JSON form
has, and are judged as that.

Source: RFC 4180; the members are those of `tables`.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from cocket.errors import UnreadableError
from cocket.findings import Finding
from cocket.standards.json import SIZE

#: The member by which the form is known, and the only value of it that comes as rows.
_MEMBER, _MESSAGE = "lowValueMessage", "EXPRESS-MANIFEST"
_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?\"?lowValueMessage\"?([,;\t])")
_AROUND = "message."
_BETWEEN = "|"
#: Characters of one row at most, line breaks in quotes included.
_ROW = 256 * 1024
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
_NUMBERS = frozenset(
    {"packages", "grossMass", "volume", "value.amount", "freight.amount", "insurance.amount"}
    | {"message.consignmentCount", "message.packages", "message.grossMass"}
)
_LISTS = frozenset(
    {"hsCodes", "remarks", "screening.methods"}
    | {f"{party}.address" for party in ("shipper", "consignee", "notify", "message.carrier")}
)


def looks_like_rows(data: bytes) -> bool:
    """Whether bytes begin as a manifest in rows does.

    Source: our form.
    """
    return _HEADER.match(data) is not None


def value_of_rows(data: bytes) -> dict[str, Any]:
    """A manifest in rows as the JSON form has it.

    Args:
        data: The bytes as received, UTF-8.

    Raises:
        UnreadableError: It is no such table, or too large.

    Source: RFC 4180.
    """
    if len(data) > SIZE:
        raise _refused("json-too-large", "the message has more than {expected} bytes", expected=str(SIZE))
    parts = RowParts([data])
    consignments = list(parts)
    return parts.rest | {"consignments": consignments}


class RowParts:
    """The consignments of a manifest in rows, one by one, and what is told of the whole.

    Args:
        chunks: The bytes in order.

    Raises:
        UnreadableError: While iterating: it is no such table.

    Source: RFC 4180.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        #: Members of the message, those of its first row once that has been read.
        self.rest: dict[str, Any] = {_MEMBER: _MESSAGE}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The consignments, once."""
        lines = _lines(self._chunks)
        first = next(lines, "")
        header = _HEADER.match(first.encode())
        if header is None:
            raise _refused("csv-header", "the first column is not {expected}", "row 1", _MEMBER)
        names, *_ = self._rows(iter([first]), header[1].decode())
        if len(set(names)) < len(names):
            raise _refused("csv-header", "a column appears twice", "row 1")
        for number, row in enumerate(self._rows(lines, header[1].decode()), start=2):
            if len(row) != len(names):
                expected, found = str(len(names)), str(len(row))
                raise _refused(
                    "csv-row", "the row has {found} cells, the header {expected}", f"row {number}", expected, found
                )
            cells = dict(zip(names, row, strict=True))
            if number == 2:
                self.rest = _members({name: each for name, each in cells.items() if _is_around(name)})
            yield _members({name: each for name, each in cells.items() if not _is_around(name)})

    def _rows(self, lines: Iterator[str], mark: str) -> Iterator[list[str]]:
        try:
            yield from (row for row in csv.reader(lines, delimiter=mark, strict=True) if row)
        except csv.Error as error:
            raise _refused("csv-not-well-formed", "not well-formed CSV: {found}", found=str(error)) from error


def _is_around(name: str) -> bool:
    return name == _MEMBER or name.startswith(_AROUND)


def _members(cells: dict[str, str]) -> dict[str, Any]:
    """Cells as an object; an empty one is absent."""
    found: dict[str, Any] = {}
    for name, text in cells.items():
        if not text.strip():
            continue
        *around, last = name.removeprefix(_AROUND).split(".")
        holder: Any = found
        for each in around:
            holder = holder.setdefault(each, {}) if isinstance(holder, dict) else holder
        if not isinstance(holder, dict):
            raise _refused("csv-header", "{found} is a value and has members too", "row 1", found=name)
        holder[last] = _value(name, text.strip())
    return found


def _value(name: str, text: str) -> Any:
    if name in _LISTS:
        return [each.strip() for each in text.split(_BETWEEN)]
    return Decimal(text) if name in _NUMBERS and _NUMBER.fullmatch(text) else text


def _lines(chunks: Iterator[bytes]) -> Iterator[str]:
    """The text line by line, line ends kept."""
    decoder, held = codecs.getincrementaldecoder("utf-8-sig")("strict"), ""
    try:
        for chunk in chunks:
            *whole, held = (held + decoder.decode(chunk)).split("\n")
            yield from (f"{line}\n" for line in whole)
            if len(held) > _ROW:
                raise _refused("json-too-large", "more than {expected} characters in one row", expected=str(_ROW))
        held += decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _refused("csv-encoding", "the bytes are not UTF-8") from error
    if held:
        yield held


def _refused(
    code: str, message: str, place: str | None = None, expected: str | None = None, found: str | None = None
) -> UnreadableError:
    finding = Finding(
        code=code, severity="error", message=message, location=place, expected=expected, found=found and found[:200]
    )
    return UnreadableError("Not readable as rows of a manifest.", code=code, findings=(finding,))
