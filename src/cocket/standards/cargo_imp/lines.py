# SPDX-License-Identifier: Apache-2.0
"""The lines of a message, and what a line may hold: numbers of waybills, quantities, dates.

A message begins with its name and edition; lines of addresses may stand before it. A line that begins with a stroke goes
on with the one before. A message has no years: a day and month alone become no date.

Source: IATA Cargo-IMP 34: FWB/9–17, FHL/2–5, FFM/5–8, FSU/9–15; standard message identification and type B envelope.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from cocket.errors import UnreadableError
from cocket.findings import Finding

#: Lines of a message at most.
LINES = 200_000
#: Bytes of a message at most.
SIZE = 8 * 1024 * 1024
#: Messages in the same bytes at most.
MESSAGES = 10_000

_NAMES = rb"(?:FWB|FHL|FFM|FSU|FSA)"
_BEGIN = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:[^\r\n<{\[]{0,80}\r?\n|\r?\n){0,8}?" + _NAMES + rb"/\d{1,2}[ \t]*(?:\r?\n|\Z)"
)
_IDENTITY = re.compile(r"(FWB|FHL|FFM|FSU|FSA)/(\d{1,2})\s*")
#: A line of a type B envelope, which stands before the message that it carries.
_ENVELOPE = re.compile(r"[\x01-\x04]*(?:Q[A-Z] [A-Z0-9 ]+|\.[A-Z0-9]{7}(?: .*)?)?\s*")
_TAG = re.compile(r"([A-Z]{3})(?:/(.*))?", re.DOTALL)

KILOGRAMS = {"K": Decimal(1), "L": Decimal("0.45359237")}
CUBIC_METRES = {
    "MC": Decimal(1),
    "CC": Decimal("0.000001"),
    "CF": Decimal("0.028316846592"),
    "CI": Decimal("0.000016387064"),
}

_QUANTITY = re.compile(
    r"(?P<kind>[TPSDM])(?P<pieces>\d{1,6})(?:(?P<unit>[KL])(?P<mass>\d{1,9}(?:\.\d{0,3})?))?"
    r"(?:(?P<size>MC|CC|CF|CI)(?P<volume>\d{1,9}(?:\.\d{0,3})?))?(?:DG(?P<density>\d{1,2}))?(?:T(?P<whole>\d{1,6}))?"
)
WAYBILL = re.compile(r"(?P<number>\d{3}-?\d{8})(?P<origin>[A-Z]{3})(?P<end>[A-Z]{3})(?:/(?P<rest>.*))?", re.DOTALL)


class Quantity(msgspec.Struct, frozen=True):
    """What a quantity tells, such as `T14K412.5MC2.31`.

    Attributes:
        kind: T all of it, P a part, S split, D divided, M several.
        pieces: Pieces here (count).
        mass_kg: Their mass; None where not stated.
        volume_m3: Their volume in cubic metres; None where not stated.
        whole: Pieces of the whole consignment (count); None where not stated.
    """

    kind: str
    pieces: int
    mass_kg: Decimal | None = None
    volume_m3: Decimal | None = None
    whole: int | None = None


class Line(msgspec.Struct, frozen=True):
    """One line.

    Attributes:
        number: Which of the message (1-based).
        tag: Three letters it begins with; those of the line it goes on with, if it does; empty if there are none.
        text: What stands behind the tag and its stroke, or behind the stroke it begins with.
        is_further: Whether it goes on with the line before.
    """

    number: int
    tag: str
    text: str
    is_further: bool = False


class Message(msgspec.Struct, frozen=True):
    """A message in lines.

    Attributes:
        text: The whole, as it stands.
        name: FWB, FHL, FFM, FSU or FSA.
        edition: Its number.
        head: Place of the line that names it (1-based).
        lines: Those behind it (0..n); empty ones are left out.
        start: Line with which it begins, among all that came with it (1-based).
    """

    text: str
    name: str
    edition: str
    head: int
    lines: tuple[Line, ...]
    start: int = 1


def looks_like_cargo_imp(data: bytes) -> bool:
    """Whether bytes begin as a message does that is read here.

    Source: IATA Cargo-IMP 34, standard message identification.
    """
    return _BEGIN.match(data[:1024]) is not None


def message_of(data: bytes, before: int = 0) -> Message:
    """A message in lines.

    Args:
        data: The bytes; beyond ASCII each byte is one character, which the checks refuse.
        before: Lines of other messages that stand before it in the same bytes (count).

    Raises:
        UnreadableError: No message begins there, or it is too large.

    Source: IATA Cargo-IMP 34.
    """
    if len(data) > SIZE or data.count(b"\n") > LINES:
        raise _unreadable("cargo-imp-too-large", f"more than {SIZE} bytes or {LINES} lines")
    text = data.decode("latin-1")
    lines = [each.rstrip("\r") for each in text.split("\n")]
    head = next((place for place, each in enumerate(lines[:10]) if _identity(each)), None)
    if head is None:
        raise _unreadable("cargo-imp-head-missing", "no line has FWB, FHL, FFM, FSU or FSA and an edition")
    found = _identity(lines[head])
    name, edition = (found[1], found[2]) if found else ("", "")
    read = tuple(_lines(lines, head + 1, before))
    return Message(text, name, edition, before + head + 1, read, before + 1)


def parted(data: bytes) -> list[bytes]:
    """The messages that came in the same bytes, each with the lines of addresses before it (1..n).

    Args:
        data: The bytes, which begin as a message does.

    Raises:
        UnreadableError: There are too many.

    Source: IATA Cargo-IMP 34, standard message identification and type B envelope.
    """
    if len(data) > SIZE:
        raise _unreadable("cargo-imp-too-large", f"more than {SIZE} bytes or {LINES} lines")
    lines = data.split(b"\n")
    texts = [line.decode("latin-1").rstrip("\r") for line in lines]
    _, *heads = [place for place, text in enumerate(texts) if _identity(text)] or [0]
    if len(heads) >= MESSAGES:
        raise _unreadable("cargo-imp-too-large", f"more than {MESSAGES} messages")
    starts = [0]
    for head in heads:
        while head - 1 > starts[-1] and _ENVELOPE.fullmatch(texts[head - 1]):
            head -= 1
        starts.append(head)
    ends = [*starts[1:], len(lines)]
    ended = [b"\n"] * (len(starts) - 1) + [b""]
    return [b"\n".join(lines[start:end]) + last for start, end, last in zip(starts, ends, ended, strict=True)]


def _identity(line: str) -> re.Match[str] | None:
    """Name and edition, of a line that begins a message."""
    return _IDENTITY.fullmatch(line.removeprefix("ï»¿"))


def _lines(lines: list[str], start: int, before: int) -> Iterator[Line]:
    tag = ""
    for number, each in enumerate(lines[start:], before + start + 1):
        text = each.rstrip()
        if not text:
            continue
        if text[0] == "/":
            yield Line(number, tag, text[1:], is_further=True)
            continue
        found = _TAG.fullmatch(text)
        tag = found[1] if found else ""
        yield Line(number, tag, (found[2] or "") if found else text)


def quantity_of(text: str) -> Quantity | None:
    """A quantity; None if the text is none.

    Source: IATA Cargo-IMP 34, quantity detail; UNECE Recommendation 20 for pounds and cubic measures.
    """
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        return None
    mass, volume, whole = found["mass"], found["volume"], found["whole"]
    return Quantity(
        kind=found["kind"],
        pieces=int(found["pieces"]),
        mass_kg=None if mass is None else Decimal(mass) * KILOGRAMS[found["unit"]],
        volume_m3=None if volume is None else Decimal(volume) * CUBIC_METRES[found["size"]],
        whole=None if whole is None else int(whole),
    )


def decimal_of(text: str | None) -> Decimal | None:
    """A number as messages write them; None if the text is none.

    Source: IATA Cargo-IMP 34, numeric data elements.
    """
    return Decimal(text) if text and re.fullmatch(r"\d{1,12}(\.\d{0,4})?|\.\d{1,4}", text, re.ASCII) else None


def _unreadable(code: str, why: str) -> UnreadableError:
    finding = Finding(code=code, severity="error", message="not readable as Cargo-IMP: {why}", arguments={"why": why})
    return UnreadableError(f"Not readable as Cargo-IMP: {why}", code=code, findings=(finding,))
