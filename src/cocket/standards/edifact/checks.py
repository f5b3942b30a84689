# SPDX-License-Identifier: Apache-2.0
"""What the values of a segment must be beyond their formats: days that exist, numbers, containers, places.

Source: UNTDID 2379 (formats of dates and times), 6411 (units), 8053 (equipment), 3227 (places), 1153 (references);
ISO 6346; UNECE Recommendation 16.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from cocket.codes import EquipmentNumber, UnLocode
from cocket.findings import Finding
from cocket.standards.edifact.findings import finding
from cocket.standards.edifact.nodes import Node

#: Formats of 2379 that are one day or time, as `strptime` reads them.
MOMENTS = {
    "2": "%d%m%y",
    "3": "%m%d%y",
    "101": "%y%m%d",
    "102": "%Y%m%d",
    "201": "%y%m%d%H%M",
    "202": "%y%m%d%H%M%S",
    "203": "%Y%m%d%H%M",
    "204": "%Y%m%d%H%M%S",
    "301": "%y%m%d%H%M%Z",
    "303": "%Y%m%d%H%M%Z",
    "304": "%Y%m%d%H%M%S%Z",
    "401": "%H%M",
    "402": "%H%M%S",
    "602": "%Y",
    "609": "%y%m",
    "610": "%Y%m",
}
_DIGITS = {"%d": 2, "%m": 2, "%y": 2, "%Y": 4, "%H": 2, "%M": 2, "%S": 2, "%Z": 0}
_WIDTHS = {code: sum(map(_DIGITS.__getitem__, re.findall("%.", form))) for code, form in MOMENTS.items()}

#: Formats that are periods, intervals, weeks or durations: known, their values are the reader's to judge.
_OTHER_FORMATS = re.compile(r"(?:1\d\d|2\d\d|3\d\d|4\d\d|5\d\d|6\d\d|7\d\d|8[0-2]\d|[1-9]|1\d)")
_ZONE = re.compile(r"[A-Z]{3}|[-+ ]?\d{2,4}")

#: Qualifiers of 3227 that name a place of loading, unloading, call, transhipment or delivery.
_PORTS = frozenset(("5", "7", "8", "9", "11", "12", "13", "61", "76", "80", "92", "125"))
_UN_LOCODE_LISTS = frozenset(("", "139", "16"))

_NUMBER = re.compile(r"-?(\d+(?:[.,]\d+)?|[.,]\d+)", re.ASCII)
#: Units in which less than nothing cannot be.
_EXTENTS = frozenset(("KGM", "TNE", "GRM", "LBR", "MTQ", "LTR", "FTQ", "MTK", "MTR", "CMT", "MMT", "FOT", "INH"))

Told = Iterator[Finding]


def instant(text: str, code: str) -> datetime | None:
    """A date or time of a format of 2379.

    Args:
        text: The value.
        code: Format code, one of `MOMENTS`.

    Returns:
        The instant, without offset; a zone behind it is passed over. None if it is none.

    Source: UNTDID 2379.
    """
    form, width = MOMENTS[code], _WIDTHS[code]
    digits, zone = text[:width], text[width:]
    if len(digits) != width or not (digits.isascii() and digits.isdecimal()):
        return None
    if form.endswith("%Z"):
        if _ZONE.fullmatch(zone) is None:
            return None
        form = form[:-2]
    elif zone:
        return None
    try:
        return datetime.strptime(digits, form)  # noqa: DTZ007 - the message states no offset
    except ValueError:
        return None


def _moment(node: Node, mark: str) -> Told:
    text, code = node.get(1, 2), node.get(1, 3)
    if not text or not code:
        return
    if code in MOMENTS:
        if instant(text, code) is None:
            yield _told(node, "edifact-date", "1.2", code, text)
    elif _OTHER_FORMATS.fullmatch(code) is None:
        yield _told(node, "edifact-date-format", "1.3", None, code)


def _measure(node: Node, mark: str) -> Told:
    text, unit = node.get(3, 2), node.get(3, 1)
    if text:
        yield from _number(node, "3.2", text, mark)
        if text[0] == "-" and unit in _EXTENTS:
            yield _told(node, "edifact-quantity", "3.2", "0 or more", text)


def _amount(place: int) -> Callable[[Node, str], Told]:
    def check(node: Node, mark: str) -> Told:
        text = node.get(1, place)
        if text:
            yield from _number(node, f"1.{place}", text, mark)

    return check


def _count(element: int, component: int) -> Callable[[Node, str], Told]:
    def check(node: Node, mark: str) -> Told:
        text = node.get(element, component)
        if text and not (text.isascii() and text.isdecimal()):
            yield _told(node, "edifact-quantity", f"{element}.{component}", "a whole number", text)

    return check


def _serial(node: Node, mark: str) -> Told:
    text = node.get(1, 1)
    if text.startswith("-"):
        yield _told(node, "edifact-quantity", "1.1", "0 or more", text)


def _goods(node: Node, mark: str) -> Told:
    yield from _serial(node, mark)
    yield from _count(2, 1)(node, mark)


def _total(node: Node, mark: str) -> Told:
    text = node.get(1, 2)
    if text:
        yield from _number(node, "1.2", text, mark)
        if text[0] == "-":
            yield _told(node, "edifact-quantity", "1.2", "0 or more", text)


def _number(node: Node, where: str, text: str, mark: str) -> Told:
    if _NUMBER.fullmatch(text) is None:
        yield _told(node, "edifact-number", where, None, text)
    elif ("," if mark == "." else ".") in text:
        yield _told(node, "edifact-decimal-mark", where, mark, text)


def _equipment(node: Node, mark: str) -> Told:
    text = node.get(2, 1)
    if node.get(1, 1) != "CN" or not text or node.get(2, 2):
        return
    number = EquipmentNumber.parse(text)
    if number is None:
        yield _told(node, "edifact-equipment-number", "2.1", None, text)
    elif not number.check_digit_ok:
        right = str(number.expected_check_digit)
        yield _told(node, "edifact-check-digit", "2.1", right, text)


def _location(node: Node, mark: str) -> Told:
    text = node.get(2, 1)
    if not text or node.get(1, 1) not in _PORTS or node.get(2, 2) not in _UN_LOCODE_LISTS:
        return
    if node.get(2, 3) in ("", "6") and UnLocode.parse(text) is None:
        yield _told(node, "edifact-location", "2.1", None, text)


def _reference(node: Node, mark: str) -> Told:
    if node.get(1, 1) and not node.get(1, 2):
        yield _told(node, "edifact-reference-empty", "1.2", None, node.get(1, 1))


def _told(node: Node, code: str, where: str, expected: str | None, found: str) -> Finding:
    return finding(code, (node.line, node.column), f"{node.tag} {where}", expected, found)


#: By tag what is checked of it, given the segment and the decimal mark of the interchange.
CHECKS: dict[str, Callable[[Node, str], Told]] = {
    "CNI": _serial,
    "CNT": _total,
    "DTM": _moment,
    "EQD": _equipment,
    "EQN": _count(1, 1),
    "GID": _goods,
    "LOC": _location,
    "MEA": _measure,
    "MOA": _amount(2),
    "PAC": _count(1, 1),
    "QTY": _amount(2),
    "RFF": _reference,
    "SGP": _count(2, 1),
}
