# SPDX-License-Identifier: Apache-2.0
"""Examples to learn from: phrases with their codes, from the files that people have of them.

A JSON object of phrase → code; a JSON array, or lines, of objects; or CSV with a heading. The nomenclature itself is a
file of examples too: a subheading's text, and the same again with the text of its heading before it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from typing import Any, Final

import msgspec

from cocket.errors import UnreadableError
from cocket.standards.json import parse_json

_TEXT_NAMES: Final = (
    "text", "goods description", "goods_description", "description", "phrase", "name", "title", "gdsdesc",
)  # fmt: skip
_CODE_NAMES: Final = (
    "hs6", "hs", "hscode", "hs_code", "code", "commodity code", "commodity_code", "cmdtycode", "goods code",
)  # fmt: skip
_SUBHEADING: Final = 6


class Example(msgspec.Struct, frozen=True, gc=False):
    """A phrase and the subheading it is classified in.

    Attributes:
        text: The phrase.
        hs6: Six digits of the subheading.
        is_law: Whether it is the nomenclature's own text rather than trade's.
    """

    text: str
    hs6: str
    is_law: bool = False


def read_examples(name: str, data: bytes) -> tuple[list[Example], list[str]]:
    """Read a file of examples.

    Args:
        name: Name of the file, for what is told of it.
        data: UTF-8; JSON, JSON lines, or CSV with a heading.

    Returns:
        Examples, and places left out with the reason. Codes of four digits and fewer are no examples, but headings
        that stand before the texts of their subheadings.

    Raises:
        UnreadableError: It is none of these, or names no phrase or no code.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{name} is not UTF-8.", code="examples-unreadable") from error
    start = text.lstrip()[:1]
    pairs = list(_json_pairs(name, text) if start in ("{", "[") else _table_pairs(name, text))
    headings = {code: words for _, words, code in pairs if len(code) == 4 and words}
    examples: list[Example] = []
    left_out: list[str] = []
    for place, words, code in pairs:
        if not words or not code:
            left_out.append(f"{name}, {place}: no {'code' if words else 'text'}")
        elif len(code) >= _SUBHEADING:
            hs6 = code[:_SUBHEADING]
            is_law = hs6[:4] in headings
            examples.append(Example(words, hs6, is_law))
            if is_law:
                examples.append(Example(f"{headings[hs6[:4]]} {words}", hs6, is_law))
    if not examples:
        raise UnreadableError(f"{name} has no phrase with a code of six digits.", code="examples-empty")
    return examples, left_out


def builtin_examples() -> list[Example]:
    """The few phrases that come with the program, for a first look; no ground for any decision."""
    data = resources.files("cocket.risk.classify").joinpath("data", "phrases.csv").read_bytes()
    return read_examples("phrases.csv", data)[0]


def _json_pairs(name: str, text: str) -> Iterator[tuple[str, str, str]]:
    try:
        told: Any = _json(text)
    except UnreadableError:
        yield from _line_pairs(name, text)
        return
    if isinstance(told, Mapping) and not _column(told, _CODE_NAMES):
        yield from ((f"entry {n}", phrase.strip(), _digits(code)) for n, (phrase, code) in enumerate(told.items(), 1))
        return
    rows = [told] if isinstance(told, Mapping) else told
    yield from _row_pairs(name, ((f"entry {n}", row) for n, row in enumerate(rows, 1)))


def _json(text: str) -> Any:
    data = text.encode()
    return parse_json(data, len(data), len(data))


def _line_pairs(name: str, text: str) -> Iterator[tuple[str, str, str]]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                rows.append((f"line {number}", _json(line)))
            except UnreadableError as error:
                raise UnreadableError(f"{name}, line {number}: not valid JSON.", code="examples-unreadable") from error
    yield from _row_pairs(name, rows)


def _table_pairs(name: str, text: str) -> Iterator[tuple[str, str, str]]:
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    try:
        rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableError(f"{name} is not valid CSV: {error}.", code="examples-unreadable") from error
    yield from _row_pairs(name, ((f"line {number}", row) for number, row in enumerate(rows, 2)))


def _row_pairs(name: str, rows: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, str, str]]:
    columns: tuple[str, str] | None = None
    for place, row in rows:
        if not isinstance(row, Mapping):
            raise UnreadableError(f"{name}, {place}: not an object.", code="examples-unreadable")
        if columns is None:
            words, code = _column(row, _TEXT_NAMES), _column(row, _CODE_NAMES)
            if words is None or code is None:
                raise UnreadableError(
                    f"{name} has no column of phrases or no column of codes.",
                    code="examples-unreadable",
                    expected=f"{', '.join(_TEXT_NAMES)}; {', '.join(_CODE_NAMES)}",
                    found=", ".join(map(str, row))[:200],
                )
            columns = words, code
        yield place, str(row.get(columns[0]) or "").strip(), _digits(row.get(columns[1]))


def _column(row: Mapping[Any, Any], names: tuple[str, ...]) -> str | None:
    known = {str(key).strip().lower(): key for key in row if key is not None}
    return next((known[name] for name in names if name in known), None)


def _digits(code: Any) -> str:
    """Digits of a code; a leading zero that a spreadsheet has taken away is put back."""
    digits = "".join(sign for sign in str(code or "") if sign in "0123456789")
    return digits if len(digits) % 2 == 0 else f"0{digits}"
