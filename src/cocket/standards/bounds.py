# SPDX-License-Identifier: Apache-2.0
"""What a message may hold at most, whatever its standard: bounds on texts, identifiers, dates, numbers and counts.

Every reading passes through here once, after its reader, so that no standard can forget it: what leaves the room can be
stored, indexed, moved to UTC and computed with. A message beyond a bound is refused with a finding for each value that
is; nothing is cut. Nearly every reading is let through by its JSON alone, looked at as bytes; only one that this cannot
clear is walked value by value.

Source: PostgreSQL 17, "Character Types" (no U+0000) and "B-Tree Indexes" (2,704 bytes an entry); RFC 7493 §2.1 (no lone
surrogates); the figures are ours, see docs/reference/bounds.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

import msgspec
from msgspec import structs

from cocket.errors import UnreadableError
from cocket.findings import Finding, Severity
from cocket.model import Extension, Reading

#: Characters of a text that identifies or codes something, and its bytes as UTF-8: three of them fit one index entry.
IDENTIFIER, IDENTIFIER_BYTES = 512, 800

#: Characters of a text that people read, and of a value that is kept for its standard alone.
PROSE, KEPT = 20_000, 10_000_000

#: Years a date may lie in: far enough from the ends of the calendar for any offset and any period.
YEARS = range(1900, 3000)

#: Digits before the decimal point, and after it: whole numbers fit 64 bits.
DIGITS = 18

_TOO_LARGE: int = 10**18

#: Values in one list (count).
MEMBERS = 50_000

#: Findings told of one message (count).
_MOST_TOLD = 20

#: Texts that people read, by field or by class and field; every other text is taken for an identifier, so that a new one
#: is bounded tightly until somebody says otherwise.
_PROSE = frozenset(
    {
        "address",
        "comments",
        "commercial_description",
        "conditions_details",
        "decision",
        "description",
        "fees_details",
        "goods_description",
        "information",
        "location",
        "marks",
        "reason",
        "relation_details",
        "terms",
        "text",
        "type_name",
        "AdditionalDocument.name",
        "HandedJourney.note",
        "InvoiceLine.name",
        "PackingLine.name",
    }
)

_UNFIT = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

#: Characters that cannot be seen, so that two identifiers may look the same; the second group has a use in writing some
#: languages. Source: Unicode 16, general category Cf.
_UNSEEN = re.compile("[\u00ad\u180e\u200b\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0000-\U000e007f]")
_JOINING = re.compile("[\u200c-\u200f]")
_UNSEEN_BYTES = re.compile(
    rb"\xc2\xad|\xe1\xa0\x8e|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|\xf3\xa0[\x80\x81]"
)

#: Codes by which the rules of an administration say so themselves.
_SAID = re.compile("-invisible$")

_encode = msgspec.json.Encoder().encode
#: Makes JSON coarser, so that few searches tell much: all digits one, both signs one, and the letters of escapes one.
_COARSER = bytes.maketrans(b"123456789+bf", b"000000000-uu")

#: What coarser JSON has if a number is very long, has an exponent or is none, or if a character is escaped other than
#: white space. Text may have it too, and is then looked at.
_UNUSUAL = (b"0E-0", b'aN"', b'Inuinity"', b"\\u")
_MANY_DIGITS = b"0" * (DIGITS + 1)
_LONG_NUMBER = re.compile(rb"(?<![0A-Za-z])" + _MANY_DIGITS)  # and no number on a paper, which letters begin
_DATE = b'"0000-00-00'
_CENTURIES = tuple(b"%d" % century for century in range(YEARS.start // 100, YEARS.stop // 100))


def within_bounds(reading: Reading, kept: int = KEPT) -> Reading:
    """A reading as it may leave the room.

    Args:
        reading: What a reader made of a message.
        kept: Characters of a value that is kept for its standard alone, where the caller's limits allow more than usual.

    Returns:
        The same reading where nothing is beyond a bound, with a warning for each identifier that has a character which
        cannot be seen (0..20); else one that is refused, without document, with a finding for each value beyond (1..20)
        after those of the reader.

    Source: docs/reference/bounds.md.
    """
    findings = tellable(reading.findings)
    bare = structs.replace(reading, findings=()) if reading.findings else reading
    text = _json(bare)
    if not _is_clear(bare, text, kept) and (beyond := tuple(islice(_beyond(bare, kept=kept), _MOST_TOLD))):
        return refused(reading, beyond, findings)
    if not text.isascii() and _UNSEEN_BYTES.search(text) and not any(_SAID.search(one.code) for one in findings):
        findings = (*findings, *islice(_unseen(bare), _MOST_TOLD))
    return reading if findings is reading.findings else structs.replace(reading, findings=findings)


def refused(reading: Reading, beyond: Iterable[Finding], before: tuple[Finding, ...]) -> Reading:
    """A reading whose message holds something beyond a bound: findings, and of the rest only what is within.

    Args:
        reading: What the reader made of it.
        beyond: What is beyond; no more than 20 of them are told.
        before: What the reader found.

    Source: docs/reference/bounds.md.
    """
    return Reading(
        standard=reading.standard,
        version=reading.version if _is_clear(reading.version) else None,
        profile=reading.profile if _is_clear(reading.profile) else None,
        outcome="refused",
        function=reading.function,
        findings=(*before, *islice(beyond, _MOST_TOLD)),
    )


def beyond_bounds(value: Any, place: str) -> tuple[Finding, ...]:
    """What in one part of a message is beyond a bound (0..20).

    Args:
        value: Any struct of the model.
        place: Where the part stands in the reading of the whole, such as `Reading.document.bills[7]`.

    Source: docs/reference/bounds.md.
    """
    return () if _is_clear(value) else tuple(islice(_beyond(value, place), _MOST_TOLD))


def tellable(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    r"""Findings that can be stored, sent and printed, whatever the message held that they quote.

    Returns:
        The same, but that characters which no text may hold are shown by their code (`\u0000`), and that what is too
        long ends in `…`.

    Source: `cocket.findings.Finding`.
    """
    if not findings:
        return findings
    text = _json(findings)
    if text and b"\\u" not in text.translate(_COARSER) and not _has_longer(text, _SHORT):
        return findings
    return tuple(map(_tellable, findings))


def tellable_error(error: UnreadableError) -> UnreadableError:
    """The same error, its findings as `tellable` gives them.

    Source: `cocket.findings.Finding`.
    """
    error.findings = tellable(error.findings)
    return error


def shown(text: str) -> str:
    r"""A text with all characters that cannot be stored shown by their code, such as `\u0000`.

    Source: RFC 8259 §7.
    """
    return _UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


# What the JSON of a reading tells.


def _json(value: Any) -> bytes:
    """The JSON of a value; empty if it has none, as with half a surrogate pair or a number of more than 64 bits."""
    try:
        return _encode(value)
    except (ValueError, OverflowError, RecursionError):
        return b""


def _is_clear(value: Any, json: bytes | None = None, kept: int = KEPT) -> bool:
    """Whether nothing in a value, whose JSON may be given, can be beyond a bound. False says only that it must be looked at."""
    text = _json(value) if json is None else json
    return text != b"" and _is_usual_throughout(text) and _has_few(value, text) and _has_short_texts(value, text, kept)


def _is_usual_throughout(text: bytes) -> bool:
    """Whether every date is of a usual century, every number short, and every character one that may be stored."""
    coarser = text.translate(_COARSER)
    for mark in _UNUSUAL:
        if mark in coarser:
            return False
    if _MANY_DIGITS in coarser and _LONG_NUMBER.search(coarser):
        return False
    place = coarser.find(_DATE)
    while place >= 0:
        if not text.startswith(_CENTURIES, place + 1):
            return False
        place = coarser.find(_DATE, place + len(_DATE))
    return True


def _has_short_texts(value: Any, text: bytes, most: int) -> bool:
    """Whether no text is longer than an identifier, but for what is kept at the end of a document."""
    if not _has_longer(text, IDENTIFIER):
        return True
    if not isinstance(value, Reading) or value.document is None:
        return False
    document = value.document
    kept: tuple[Extension, ...] = getattr(document, "extensions", ())
    if not kept or any(len(one.path) + len(one.value or "") > most for one in kept):
        return False
    rest = structs.replace(value, document=structs.replace(document, extensions=()))
    return not _has_longer(_json(rest), IDENTIFIER)


def _has_longer(text: bytes, most: int) -> bool:
    """Whether a string of JSON may have more bytes than that: from each quote on, the next must be within reach."""
    if b'\\"' in text:
        text = text.replace(b'\\"', b"\\'")
    place, last = 0, len(text) - most
    while place < last:
        place = text.rfind(b'"', place, place + most + 1) + 1
        if not place:
            return True
    return False


def _has_few(value: Any, text: bytes) -> bool:
    """Whether no list has too many members: commas between them are all that are not between the fields of an object."""
    if len(text) < 2 * MEMBERS or (commas := text.count(b",")) < MEMBERS:
        return True
    fields = text.count(b'":') - text.count(b'\\":')
    if commas - fields + text.count(b"{") < MEMBERS:
        return True
    waiting = [value] if isinstance(value, msgspec.Struct) else []
    while waiting:
        for field in structs.astuple(waiting.pop()):
            if isinstance(field, (tuple, dict)):
                if len(field) > MEMBERS:
                    return False
                members = field.values() if isinstance(field, dict) else field
                waiting += [member for member in members if isinstance(member, msgspec.Struct)]
            elif isinstance(field, msgspec.Struct):
                waiting.append(field)
    return True


# What is beyond, value by value.


def _beyond(value: Any, place: str = "", kept: int = KEPT) -> Iterator[Finding]:
    """Every value beyond a bound, in order."""
    waiting: list[tuple[Any, str, int]] = [(value, place, IDENTIFIER)]
    while waiting:
        one, place, most = waiting.pop()
        if isinstance(one, str):
            yield from _of_text(one, place, most)
        elif isinstance(one, date):
            if one.year not in YEARS:
                yield _finding("date-out-of-range", place, str(one), f"{YEARS.start} to {YEARS.stop - 1}")
        elif isinstance(one, (Decimal, int)):
            if not _is_usual(one):
                yield _finding("number-out-of-range", place, f"{one:.6g}", str(DIGITS))
        elif isinstance(one, msgspec.Struct):
            waiting += reversed([*_fields(one, place, kept)])
        elif isinstance(one, (Sequence, dict)):
            if len(one) > MEMBERS:
                yield _finding("too-many-values", place, str(len(one)), str(MEMBERS))
            else:
                waiting += reversed([*_members(one, place, most)])


def _fields(struct: msgspec.Struct, place: str, kept: int = KEPT) -> Iterator[tuple[Any, str, int]]:
    kind = type(struct).__name__
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if value is not None and value not in ((), {}):
            yield value, f"{place}.{name}" if place else f"{kind}.{name}", _most(kind, name, kept)


def _most(kind: str, name: str, kept: int) -> int:
    if kind == "Extension":
        return kept
    return PROSE if name in _PROSE or f"{kind}.{name}" in _PROSE else IDENTIFIER


def _members(many: Sequence[Any] | dict[str, Any], place: str, most: int) -> Iterator[tuple[Any, str, int]]:
    if isinstance(many, dict):
        for key, value in many.items():
            yield key, f"{place}, a name", IDENTIFIER
            yield value, f"{place}[{shown(key)[:40]}]", most
    else:
        for number, value in enumerate(many, start=1):
            yield value, f"{place}[{number}]", most


def _of_text(text: str, place: str, most: int) -> Iterator[Finding]:
    if unfit := _UNFIT.search(text):
        yield _finding("character-not-allowed", place, f"\\u{ord(unfit[0]):04x}")
    elif len(text) > most:
        yield _finding("text-too-long", place, str(len(text)), str(most))
    elif most == IDENTIFIER and len(text) > IDENTIFIER_BYTES // 4 and len(text.encode()) > IDENTIFIER_BYTES:
        yield _finding("text-too-long-in-bytes", place, str(len(text.encode())), str(IDENTIFIER_BYTES))


def _unseen(value: Any) -> Iterator[Finding]:
    """Identifiers with a character that cannot be seen, each where it stands first."""
    told: set[str] = set()
    waiting: list[tuple[Any, str, int]] = [(value, "", IDENTIFIER)]
    while waiting:
        one, place, most = waiting.pop()
        if isinstance(one, str):
            found = _UNSEEN.search(one) or (_JOINING.search(one) if _JOINING.sub("", one).isascii() else None)
            if found and most == IDENTIFIER and one not in told:
                told.add(one)
                yield _finding("character-unseen", place, f"U+{ord(found[0]):04X}", severity="warning")
        elif isinstance(one, msgspec.Struct):
            waiting += reversed([*_fields(one, place)])
        elif isinstance(one, (Sequence, dict)) and not isinstance(one, bytes):
            waiting += reversed([*_members(one, place, most)])


def _is_usual(number: Decimal | int) -> bool:
    if isinstance(number, int):
        return -_TOO_LARGE < number < _TOO_LARGE
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        return False  # not a number, or infinite
    return -DIGITS <= exponent <= DIGITS and number.adjusted() < DIGITS


_MESSAGES = {
    "character-not-allowed": "{place} has the character {found}, which is not allowed in a message; leave it out",
    "character-unseen": "{place} has the character {found}, which cannot be seen: another may look the same",
    "date-out-of-range": "{place} is {found}; dates must be in the years {expected}",
    "number-out-of-range": "{place} is {found}; a number has at most {expected} digits before the decimal point and after it",
    "text-too-long": "{place} has {found} characters; the limit is {expected}",
    "text-too-long-in-bytes": "{place} has {found} bytes as UTF-8; the limit is {expected}",
    "too-many-values": "{place} has {found} values; the limit is {expected}",
}


def _finding(code: str, place: str, found: str, expected: str | None = None, severity: Severity = "error") -> Finding:
    return Finding(
        code=code,
        severity=severity,
        message=_MESSAGES[code],
        expected=expected,
        found=found,
        arguments={"place": _cut(place.removeprefix("Reading.document.").removeprefix("Reading."), _SHORT)},
    )


# Findings that quote a message.

#: Characters that each field of a finding may have.
_SHORT = 200
_LONGEST = {"message": 1_000, "pointer": 500, "location": 2_000, "expected": 1_000, "found": _SHORT}


def _tellable(finding: Finding) -> Finding:
    texts = {name: getattr(finding, name) for name in _LONGEST}
    told = {name: None if text is None else _cut(text, _LONGEST[name]) for name, text in texts.items()}
    arguments = {name: _cut(text, 1_000) for name, text in finding.arguments.items()}
    return structs.replace(finding, arguments=arguments, **told)


def _cut(text: str, most: int) -> str:
    visible = shown(text)
    return visible if len(visible) <= most else f"{visible[: most - 1]}…"


def unusable(standard: str, error: Exception) -> Reading:
    """The reading of a message with a value that its reader cannot compute with.

    Args:
        standard: Name of the standard.
        error: What computing with it raised.

    Source: docs/reference/bounds.md.
    """
    finding = Finding(
        code="value-not-usable",
        severity="error",
        message="a value of the message is too large or too long: {found}",
        found=_cut(f"{type(error).__name__}: {error}", _SHORT),
    )
    return Reading(standard=standard, outcome="refused", findings=(finding,))
