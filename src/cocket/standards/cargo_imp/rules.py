# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a message of lines: its lines, and what they must say of each other.

Places are `line:column`.

Source: IATA Cargo-IMP 34: FWB/9–17, FHL/2–5, FFM/5–8; IATA Resolution 600a.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from cocket.codes import currency
from cocket.findings import Finding
from cocket.model import Manifest, Movement
from cocket.standards.air import MONTHS, check_number, check_security, finding
from cocket.standards.cargo_imp.lines import WAYBILL, Line, Message, decimal_of, quantity_of
from cocket.standards.cargo_imp.reading import is_port, starts_group
from cocket.standards.cargo_imp.status import FURTHER, STATUSES, check_status
from cocket.standards.placi import check_placi

_CODE = "cargo-imp"
_SIGNS = re.compile(r"[^A-Z0-9 ./\-]")
_BROADER = re.compile(r"[^\x20-\x7e]")
_WIDEST = 69
_TOLERANCE = Decimal("0.01")

#: Lines of each message by the letters they begin with.
_TAGS = {
    "FWB": (
        "FLT RTG SHP CNE AGT SSR NFY ACC CVD RTD OTH PPD COL CER ISU OSI CDC REF COR COI SII ARD SPH NOM SRI OPI OCI NAM"
        " ADR LOC UCR TXT"
    ),
    "FHL": "MBI HBS TXT HTS OCI SHP CNE CVD NAM ADR LOC SPH OSI REF",
    "FFM": "ULD DIM OSI OCI COR SCI DIS ONC CUS SPH",
    **dict.fromkeys(("FSU", "FSA"), " ".join(sorted(STATUSES | FURTHER))),
}
#: Editions of each message that are read here, both ends among them.
_EDITIONS = {"FWB": (9, 17), "FHL": (2, 5), "FFM": (5, 8), "FSU": (9, 15), "FSA": (9, 15)}
_NEEDED = {"FWB": ("SHP", "CNE"), "FHL": ("MBI", "HBS"), "FFM": ()}
#: Lines without which a message is read, though each edition has them.
_EXPECTED = {"FWB": ("RTG", "CVD", "RTD"), "FHL": (), "FFM": ()}
#: Places in `CVD` of the values for carriage, customs and insurance, by message, with the word for none.
_VALUES = {"FWB": ((3, "NVD"), (4, "NCV"), (5, "XXX")), "FHL": ((2, "NVD"), (3, "NCV"), (4, "XXX"))}
#: The line by which a message names itself and its edition, whichever it is.
_OTHER = re.compile(r"(?:ï»¿)?[A-Z]{3}/\d{1,2}\s*")
_TAG = re.compile(r"[A-Z]{3}")
_DAY = re.compile(r"(\d\d)([A-Z]{3})(\d\d)?", re.ASCII)
_MOMENT = re.compile(r"(\d\d)([A-Z]{3})(\d{4})?(?:-[A-Z])?", re.ASCII)
_RATED = re.compile(r"(?:\d{1,2}/)?P(\d{1,4})(?:/.*)?", re.ASCII)
_LEAP = 2024
_ENDS = ("LAST", "CONT")


def check(message: Message, document: Manifest | Movement, *, is_placi: bool) -> Iterator[Finding]:
    """What is wrong with a message (0..n), line by line, then of the whole.

    Args:
        message: Its lines.
        document: What was read of them.
        is_placi: Whether it is pre-loading information.

    Source: IATA Cargo-IMP 34.
    """
    known, whole = frozenset(_TAGS[message.name].split()), f"{message.start}:1"
    yield from _edition(message)
    yield from _ahead(message)
    for line in message.lines:
        yield from _line(line, known, message.name)
        yield from _days(line, message)
        if line.tag == "CVD" and not line.is_further:
            yield from _declared(line, _VALUES.get(message.name, ()))
    if not isinstance(document, Manifest):
        yield from check_status(message)
        return
    tags = {line.tag for line in message.lines}
    for tag in _NEEDED[message.name]:
        if tag not in tags:
            yield finding(f"{_CODE}-missing", "error", "the line {expected} is missing", whole, expected=tag)
    for tag in _EXPECTED[message.name]:
        if tag not in tags:
            yield finding(
                f"{_CODE}-line-missing", "warning", "every edition has a line {expected}", whole, expected=tag
            )
    yield from {"FWB": _waybill, "FHL": _houses, "FFM": _flight}[message.name](message, document)
    for place, bill in zip(_places(message), document.bills, strict=True):
        yield from check_security(_CODE, bill, place)
        if is_placi and message.name != "FFM":
            yield from check_placi(bill, place)


def _line(line: Line, known: frozenset[str], name: str) -> Iterator[Finding]:
    where = f"{line.number}:1"
    width = len(line.text) + (len(line.tag) + 1 if line.tag and not line.is_further else line.is_further)
    sign = _SIGNS.search(line.text)
    if sign is not None:
        is_odd = _BROADER.fullmatch(sign[0]) is not None
        message = (
            "the character {found} is not allowed in a message"
            if is_odd
            else "the character {found} is not allowed in every edition"
        )
        column = f"{line.number}:{sign.start() + 1}"
        yield finding(f"{_CODE}-sign", "error" if is_odd else "warning", message, column, found=sign[0])
    if width > _WIDEST:
        message = "the line has {found} characters, and some systems cut it after {expected}"
        yield finding(f"{_CODE}-width", "warning", message, where, expected=str(_WIDEST), found=str(width))
    is_place = name == "FFM" and is_port(line) and (line.text in ("", "NIL") or line.text[:2].isdecimal())
    if line.tag and line.tag not in known and not line.is_further and not is_place:
        yield _unknown(where, line.tag)


def _edition(message: Message) -> Iterator[Finding]:
    first, last = _EDITIONS[message.name]
    if not first <= int(message.edition) <= last:
        said = "{found} is not an edition that is read here; it is read as the nearest"
        where, expected = f"{message.head}:1", f"{message.name}/{first}–{last}"
        yield finding(
            f"{_CODE}-edition", "warning", said, where, expected=expected, found=f"{message.name}/{message.edition}"
        )


def _ahead(message: Message) -> Iterator[Finding]:
    """Lines of a message that is not read here before this one, said as behind it; lines of addresses may stand there."""
    is_other = False
    for number, text in enumerate(message.text.split("\n")[: message.head - message.start], message.start):
        is_other = is_other or _OTHER.fullmatch(text) is not None
        tag = text.removeprefix("ï»¿").strip().partition("/")[0]
        if is_other and _TAG.fullmatch(tag):
            yield _unknown(f"{number}:1", tag)


def _unknown(where: str, tag: str) -> Finding:
    message = "no edition has a line {found} here; it is preserved"
    return finding(f"{_CODE}-unknown", "warning", message, where, found=tag)


def _days(line: Line, message: Message) -> Iterator[Finding]:
    """Whether the days that a line states are of a calendar; a day without a year may be of a leap year."""
    parts = [part.strip() for part in line.text.split("/")]
    where = f"{line.number}:1"
    if message.name in ("FSU", "FSA") and line.tag in STATUSES and not line.is_further:
        stated = next((found for part in parts[:3] if (found := _MOMENT.fullmatch(part))), None)
        if stated is not None and not (_is_day(stated[1], stated[2], _LEAP) and _is_time(stated[3])):
            yield _no_day(where, stated[0])
    elif message.name == "FWB" and line.tag == "ISU" and not line.is_further:
        stated = _DAY.fullmatch(parts[0])
        if stated is None or stated[3] is None or not _is_day(stated[1], stated[2], 2000 + int(stated[3])):
            yield _no_day(where, parts[0], "DDMMMYY")
    elif message.name == "FWB" and line.tag == "FLT":
        for day in parts[1::2]:
            if day and not (day.isascii() and day.isdecimal() and 1 <= int(day) <= 31 and len(day) <= 2):
                yield _no_day(where, day, "DD")
    elif message.name == "FFM" and line is message.lines[0] and len(parts) > 2 and parts[2]:
        stated = _MOMENT.fullmatch(parts[2])
        if stated is None or not (_is_day(stated[1], stated[2], _LEAP) and _is_time(stated[3])):
            yield _no_day(where, parts[2])


def _is_day(day: str, month: str, year: int) -> bool:
    try:
        date(year, MONTHS.index(month) + 1, int(day))
    except ValueError:
        return False
    return True


def _is_time(text: str | None) -> bool:
    return text is None or (int(text[:2]) < 24 and int(text[2:]) < 60)


def _no_day(where: str, found: str, expected: str = "DDMMMHHMM") -> Finding:
    message = "{found} is not a day of the calendar with a time of day"
    if expected != "DDMMMHHMM":
        message = "{found} is not a day of the calendar"
    return finding(f"{_CODE}-date", "error", message, where, expected=expected, found=found)


def _declared(line: Line, values: tuple[tuple[int, str], ...]) -> Iterator[Finding]:
    """Whether currency and values are written as they must be; what is left empty is not judged."""
    parts = [part.strip() for part in line.text.split("/")]
    where = f"{line.number}:1"
    if parts[0] and currency(parts[0]) is None:
        message = "{found} is not a currency"
        yield finding(f"{_CODE}-currency", "error", message, where, expected="ISO 4217", found=parts[0])
    for place, none in values:
        value = parts[place] if len(parts) > place else ""
        if value and value != none and decimal_of(value) is None:
            message = "{found} is not a value: digits with a point, or {expected} for none"
            yield finding(f"{_CODE}-value", "error", message, where, expected=none, found=value)
    places = values[-1][0] + 1 if values else len(parts)
    if len(parts) != places:
        message = "the line has {found} values instead of {expected}"
        yield finding(f"{_CODE}-value", "error", message, where, expected=str(places), found=str(len(parts)))


def _pieces(message: Message) -> Iterator[Finding]:
    """Whether the rated lines have as many pieces as the waybill; not where one of them states none."""
    head = WAYBILL.fullmatch(message.lines[0].text) if message.lines else None
    whole = quantity_of(head["rest"] or "") if head else None
    rated = [line for line in message.lines if line.tag == "RTD"]
    counts = [int(found[1]) for line in rated if (found := _RATED.fullmatch(line.text))]
    if whole is not None and counts and sum(counts) != whole.pieces:
        said = "the rated lines have {found} pieces, the waybill {expected}"
        where = f"{rated[0].number}:1"
        yield finding(f"{_CODE}-pieces", "warning", said, where, expected=str(whole.pieces), found=str(sum(counts)))


def _waybill(message: Message, manifest: Manifest) -> Iterator[Finding]:
    bill = manifest.bills[0]
    where = f"{message.lines[0].number}:1" if message.lines else f"{message.head}:1"
    yield from _head(bill.id, where, message.lines[0].text if message.lines else None)
    if bill.id and not bill.packaging:
        yield _no_quantity(where)
    yield from _pieces(message)


def _houses(message: Message, manifest: Manifest) -> Iterator[Finding]:
    line = next((line for line in message.lines if line.tag == "MBI"), None)
    if line is not None:
        yield from _head(manifest.master_id, f"{line.number}:1", line.text)
    for place, bill in zip(_places(message), manifest.bills, strict=True):
        if not bill.id:
            yield finding(f"{_CODE}-missing", "error", "the {expected} is missing", place, expected="house waybill")
        if not bill.packaging or bill.gross_mass_kg is None:
            yield _no_quantity(place)
        if not bill.loading_place:
            message_ = "the two places of the house waybill are missing"
            yield finding(f"{_CODE}-place-missing", "error", message_, place, expected="AAABBB")
    yield from _totals(manifest, f"{line.number}:1" if line else f"{message.start}:1")


def _flight(message: Message, manifest: Manifest) -> Iterator[Finding]:
    first = message.lines[0] if message.lines else None
    where = f"{first.number}:1" if first else f"{message.head}:1"
    for what, value in (("flight", manifest.voyage), ("place of departure", manifest.departure_place)):
        if not value:
            yield finding(f"{_CODE}-missing", "error", "the {expected} is missing", where, expected=what)
    for place, bill in zip(_places(message), manifest.bills, strict=True):
        yield from check_number(_CODE, bill.id, place)
        if not bill.packaging:
            yield _no_quantity(place)
        if not bill.unloading_place:
            message_ = "no place of unloading precedes the consignment"
            yield finding(f"{_CODE}-place-missing", "error", message_, place, expected="AAA")
    last = message.lines[-1] if message.lines else None
    if last is None or last.text not in _ENDS:
        message_ = "the message does not end in {expected}"
        end = f"{last.number}:1" if last else where
        yield finding(
            f"{_CODE}-end", "error", message_, end, expected=" or ".join(_ENDS), found=last.text if last else None
        )


def _head(number: str | None, where: str, text: str | None) -> Iterator[Finding]:
    if number is None:
        message = "the line is not a waybill number with two places and a quantity"
        yield finding(
            f"{_CODE}-waybill-missing", "error", message, where, expected="999-99999999AAABBB/T9K9", found=text
        )
    else:
        yield from check_number(_CODE, number, where)


def _totals(manifest: Manifest, where: str) -> Iterator[Finding]:
    """A list that holds all houses of its master has as many pieces as it; one may also come house by house."""
    totals, bills = manifest.totals, manifest.bills
    counts = [each.quantity or 0 for bill in bills for each in bill.packaging]
    if totals.packages is not None and sum(counts) > totals.packages:
        message = "the house waybills have {found} pieces, their master {expected}"
        yield finding(
            f"{_CODE}-pieces", "warning", message, where, expected=str(totals.packages), found=str(sum(counts))
        )
    mass = sum((bill.gross_mass_kg or Decimal() for bill in bills), Decimal())
    if totals.gross_mass_kg is not None and mass > totals.gross_mass_kg + _TOLERANCE:
        message = "the house waybills have {found} kg, their master {expected}"
        expected = f"{totals.gross_mass_kg:f}"
        yield finding(f"{_CODE}-mass", "warning", message, where, expected=expected, found=f"{mass:f}")


def _no_quantity(where: str) -> Finding:
    return finding(f"{_CODE}-quantity-missing", "error", "pieces and mass are not readable", where, expected="T9K9.9")


def _places(message: Message) -> list[str]:
    """Where each bill begins."""
    if message.name == "FWB":
        return [f"{message.lines[0].number}:1" if message.lines else f"{message.head}:1"]
    if message.name == "FHL":
        starts = [line for line in message.lines if line.tag == "HBS" and not line.is_further]
    else:
        starts = [line for line in message.lines[1:] if starts_group(line) and not line.tag]
    return [f"{line.number}:1" for line in starts]
