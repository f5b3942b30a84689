# SPDX-License-Identifier: Apache-2.0
"""Whether the structure of a message is that of its standard: elements, order, cardinality, formats, attributes.

Source: OASIS UBL 2.4 and UN/CEFACT D22B schemas; UBL 2.4 §5.3 (IND5) for empty elements; XML Schema part 2 for the
formats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time

from lxml import etree

from cocket.findings import Finding
from cocket.standards.invoice.tables import CII_SPACE
from cocket.standards.shape import Outline
from cocket.standards.xml import location_of, text_of, written_name

_SENTENCES = {
    "element-missing": "{expected} is missing here",
    "element-unexpected": "{found} is not expected here",
    "element-repeated": "{found} may occur {expected} times at most",
    "element-misplaced": "{found} is not in its place",
    "text-unexpected": "there is text between the elements: {found}",
    "content-unexpected": "a single value is expected here, not elements: {found}",
    "value-format": "{found} is not a valid {expected}",
    "attribute-unexpected": "the attribute {name} is not expected here",
    "element-empty": "{found} has nothing in it; what is unknown is left out",
    "attribute-missing": "the attribute {expected} is missing",
}
#: What no schema refuses: the rules for UBL documents do.
_WARNINGS = frozenset({"element-empty"})
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_ZONE = re.compile(r"(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d:\d\d(?:\.\d+)?", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")

_LANGUAGES = frozenset({"languageID", "languageLocaleID"})
# fmt: off
_SCHEMES = frozenset({
    "schemeID", "schemeName", "schemeAgencyID", "schemeAgencyName", "schemeVersionID", "schemeDataURI", "schemeURI",
})
_LISTS = frozenset({
    "listID", "listAgencyID", "listAgencyName", "listName", "listVersionID", "listURI", "listSchemeURI", "name",
    "languageID",
})
# fmt: on
_UNITS = frozenset({"unitCode", "unitCodeListID", "unitCodeListAgencyID", "unitCodeListAgencyName"})
_ALLOWED = {
    "id": _SCHEMES,
    "code": _LISTS,
    "text": _LANGUAGES,
    "amount": frozenset({"currencyID", "currencyCodeListVersionID"}),
    "quantity": _UNITS,
    "measure": _UNITS | {"unitCodeListVersionID"},
    "number": frozenset({"format"}),
    "binary": frozenset({"format", "mimeCode", "encodingCode", "characterSetCode", "uri", "filename", "objectID"}),
}
_REQUIRED = {"amount": "currencyID", "measure": "unitCode", "binary": "mimeCode"}
_WORDS = {"amount": "number", "quantity": "number", "measure": "number", "flag": "true or false", "binary": "base64"}

#: Elements that hold the value of a kind of CII.
_INNER = {
    "moment": {"DateTimeString": "string", "DateTime": "date-time", "DateString": "string", "Date": "date"},
    "flag-in": {"Indicator": "flag", "IndicatorString": "string"},
}


def faults(root: etree._Element, outline: Outline) -> Iterator[Finding]:
    """What is wrong with the structure of a message, in its order.

    Args:
        root: Its root element, one of the outline's.
        outline: What it should look like.

    Source: OASIS UBL 2.4; UN/CEFACT D22B. Codes and units are not held against their lists.
    """
    prefixes = {space: prefix for prefix, space in outline.prefixes.items()}
    judge = _Judge(outline, prefixes)
    yield from judge.of_class(root, outline.roots[str(root.tag).rpartition("}")[2]])


class _Judge:
    def __init__(self, outline: Outline, prefixes: dict[str, str]) -> None:
        self._outline, self._prefixes = outline, prefixes
        self._orders: dict[str, dict[str, int]] = {}
        self._shorts: dict[str, str] = {}
        self._is_ubl = outline.prefixes[""] != CII_SPACE

    def of_class(self, element: etree._Element, name: str) -> Iterator[Finding]:
        """An element that holds others."""
        kind = self._outline.classes[name]
        yield from _check_attributes(element, frozenset())
        if self._is_ubl and not len(element) and not text_of(element).strip():
            yield _finding("element-empty", element, found=written_name(element))
        if text_of(element).strip():
            yield _finding("text-unexpected", element, found=text_of(element).strip())
        order = self._order(name)
        last, counts = -1, dict[str, int]()
        for child in element:
            short = self._short(str(child.tag))
            field = kind.get(short)
            if field is None:
                yield _finding("element-unexpected", child, found=written_name(child))
                continue
            counts[short] = counts.get(short, 0) + 1
            place = order[short]
            if field.most is not None and counts[short] > field.most:
                yield _finding("element-repeated", child, expected=str(field.most), found=written_name(child))
            elif place < last:
                yield _finding("element-misplaced", child, found=written_name(child))
            last = max(last, place)
            yield from self._content(child, field.content)
        for field in kind.values():
            if field.least and field.name not in counts:
                yield _finding("element-missing", element, expected=field.name)

    def _content(self, element: etree._Element, kind: str) -> Iterator[Finding]:
        if kind in self._outline.classes:
            yield from self.of_class(element, kind)
        elif kind in _INNER:
            yield from self._inner(element, _INNER[kind])
        elif kind != "any":
            yield from self._value(element, kind)

    def _inner(self, element: etree._Element, kinds: dict[str, str]) -> Iterator[Finding]:
        """A value that stands in an element of its own."""
        yield from _check_attributes(element, frozenset())
        if text_of(element).strip():
            yield _finding("text-unexpected", element, found=text_of(element).strip())
        names = [str(child.tag).rpartition("}")[2] for child in element]
        if len(names) != 1 or names[0] not in kinds:
            yield _finding("element-missing", element, expected=" or ".join(kinds))
            return
        yield from self._value(element[0], kinds[names[0]], frozenset({"format"}))

    def _value(self, element: etree._Element, kind: str, also: frozenset[str] = frozenset()) -> Iterator[Finding]:
        if len(element):
            yield _finding("content-unexpected", element, found=", ".join(map(written_name, element)))
            return
        yield from _check_attributes(element, _ALLOWED.get(kind, frozenset()) | also)
        required = _REQUIRED.get(kind)
        if self._is_ubl and required is not None and not element.get(required):
            yield _finding("attribute-missing", element, expected=required)
        text = text_of(element).strip()
        test = _TESTS.get(kind)
        if self._is_ubl and not text and (test is None or test(text)):
            yield _finding("element-empty", element, found=written_name(element))
        if test is not None and not test(text):
            yield _finding("value-format", element, expected=_WORDS.get(kind, kind), found=text)

    def _order(self, name: str) -> dict[str, int]:
        if name not in self._orders:
            self._orders[name] = {field: rank for rank, field in enumerate(self._outline.classes[name])}
        return self._orders[name]

    def _short(self, tag: str) -> str:
        if tag not in self._shorts:
            space, _, name = tag.removeprefix("{").rpartition("}")
            prefix = self._prefixes.get(space)
            self._shorts[tag] = tag if prefix is None else f"{prefix}:{name}".removeprefix(":")
        return self._shorts[tag]


def _check_attributes(element: etree._Element, allowed: frozenset[str]) -> Iterator[Finding]:
    for name in map(str, element.attrib):
        if name not in allowed and not name.startswith(_XSI):
            yield _finding("attribute-unexpected", element, attribute=name)


def _is_decimal(text: str) -> bool:
    return _DECIMAL.fullmatch(text) is not None


def _parsed_by(parse: Callable[[str], object], pattern: re.Pattern[str]) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        plain = _ZONE.sub("", text)
        if pattern.fullmatch(plain) is None:
            return False
        try:
            parse(plain if "." not in plain else plain[: plain.index(".")])
        except ValueError:
            return False
        return True

    return test


_TESTS: dict[str, Callable[[str], bool]] = {
    "amount": _is_decimal,
    "quantity": _is_decimal,
    "measure": _is_decimal,
    "number": _is_decimal,
    "flag": {"true", "false", "1", "0"}.__contains__,
    "date": _parsed_by(date.fromisoformat, _DATE),
    "time": _parsed_by(time.fromisoformat, _TIME),
    "date-time": _parsed_by(datetime.fromisoformat, re.compile(f"{_DATE.pattern}T{_TIME.pattern}", re.ASCII)),
    "binary": lambda text: _BASE64.fullmatch(text) is not None,
}


def _finding(
    kind: str,
    element: etree._Element,
    *,
    expected: str | None = None,
    found: str | None = None,
    attribute: str | None = None,
) -> Finding:
    return Finding(
        code=f"invoice-{kind}",
        severity="warning" if kind in _WARNINGS else "error",
        message=_SENTENCES[kind],
        location=location_of(element, attribute),
        expected=expected,
        found=None if found is None else found[:200],
        arguments={} if attribute is None else {"name": attribute},
    )
