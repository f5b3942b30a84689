# SPDX-License-Identifier: Apache-2.0
"""JSON messages: bytes → values and back, strictly, with every number kept as it was written.

A JSON message that two readers may take for two things is refused: a name twice in one object, a number that is none,
half a surrogate pair, something after the end.

Source: RFC 8259 with the restrictions of RFC 7493 (I-JSON).
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import Any, TypeVar

import msgspec

from cocket.errors import UnreadableError
from cocket.findings import Finding

#: Bytes of a JSON message at most.
SIZE = 8 * 1024 * 1024

#: Objects and arrays of a JSON message at most, as their opening marks are counted.
CONTAINERS = 400_000

#: How deep objects and arrays may stand within each other.
DEPTH = 64

#: White space between values.
SPACE = " \t\n\r"

Read = TypeVar("Read")

_BOM = b"\xef\xbb\xbf"
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_SORTING = msgspec.json.Encoder(decimal_format="number", order="deterministic")

#: The marks of objects and arrays, and how many levels down each leads.
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_MARKS = bytes(set(range(256)) - set(_STEPS))


def looks_like_json(data: bytes) -> bool:
    """Whether bytes begin as a JSON object or array does.

    Source: RFC 8259 §2.
    """
    return data[: 64 * 1024].removeprefix(_BOM).lstrip()[:1] in (b"{", b"[")


def parse_json(data: bytes, size: int = SIZE, containers: int = CONTAINERS) -> Any:
    """Parse a message.

    Args:
        data: The bytes as received, UTF-8.
        size: Bytes of it at most.
        containers: Objects and arrays at most (count).

    Returns:
        Objects as `dict`, arrays as `list`, whole numbers as `int` or, if very long, `Decimal`, others as `Decimal`.

    Raises:
        UnreadableError: It is no JSON, is ambiguous, too large or too deep.

    Source: RFC 8259; RFC 7493 §2.
    """
    if len(data) > size:
        raise _refused("json-too-large", "the message has more than {expected} bytes", expected=str(size))
    if data.count(b"{") + data.count(b"[") > containers:
        raise _refused("json-too-large", "more than {expected} objects and arrays", expected=str(containers))
    if depth_of(data) > DEPTH:
        raise _too_deep()
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused("json-encoding", "the bytes are not UTF-8", place=f"byte {error.start + 1}") from error
    try:
        value, end = _decoded(text, len(text) - len(text.lstrip(SPACE)))
    except json.JSONDecodeError as error:
        raise _not_well_formed(error) from error
    if text[end:].strip(SPACE):
        raise _not_well_formed(json.JSONDecodeError("Extra data", text, end))
    return value


def parse_part(text: str, start: int) -> tuple[Any, int]:
    """Parse a value that stands somewhere in a text, as strictly as a whole message.

    Args:
        text: The text, which may go on behind the value.
        start: Where the value begins (0-based).

    Returns:
        The value, and where it ends.

    Raises:
        UnreadableError: It is no JSON, is ambiguous or too deep.
        json.JSONDecodeError: It is no JSON, or its end is not in the text.

    Source: RFC 8259; RFC 7493 §2.
    """
    value, end = _decoded(text, start)
    _bounded(value)
    return value, end


def decode_json(data: bytes | str, decoder: msgspec.json.Decoder[Read]) -> Read:
    """Decode a JSON text into a type of ours: a form, a question, a file of a tariff.

    Args:
        data: The text, UTF-8.
        decoder: Of the type.

    Returns:
        The value.

    Raises:
        UnreadableError: It is no JSON, not of the type, nested too deep, or has a name twice in one object.

    Source: RFC 8259; RFC 7493 §2.3.
    """
    try:
        value = decoder.decode(data)
        refuse_repeated_names(data)
    except (ValueError, RecursionError) as error:  # what msgspec raises is a ValueError
        raise UnreadableError(f"{str(error).rstrip('.')}.", code="json-not-well-formed") from error
    return value


def refuse_repeated_names(data: bytes | str) -> None:
    """Refuse a JSON text in which an object has a name twice: decoders take the last one and say nothing.

    Args:
        data: Well-formed JSON, UTF-8.

    Raises:
        UnreadableError: A name stands twice; the message has it.

    Source: RFC 7493 §2.3.
    """
    json.loads(data, object_pairs_hook=_without_repeats, parse_float=str, parse_int=str)


def depth_of(data: bytes) -> int:
    """How deep objects and arrays stand within each other, by their marks alone: no parser has to go down to know it.

    Args:
        data: A JSON text, or what should be one, UTF-8.

    Returns:
        The depth (count, 0 without any): exact for JSON, else no less than how deep a parser is when it finds the fault.

    Source: RFC 8259 §2, §7, §9.
    """
    plain = data.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in data else data
    marks = b"".join(plain.split(b'"')[::2]).translate(None, _NO_MARKS)
    return max(accumulate(map(_STEPS.__getitem__, marks), initial=0))


def _decoded(text: str, start: int) -> tuple[Any, int]:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except RecursionError as error:
        raise _too_deep() from error
    if text.find("\\u", start, end) >= 0:
        try:
            _ENCODER.encode(value)
        except (UnicodeError, ValueError) as error:
            raise _refused("json-surrogate", "the message has half a surrogate pair") from error
    return value, end


def _not_well_formed(error: json.JSONDecodeError) -> UnreadableError:
    place = f"{error.lineno}:{error.colno}"
    return _refused("json-not-well-formed", "not well-formed JSON: {found}", place, found=error.msg)


def write_json(value: Any, *, by_name: bool = False) -> bytes:
    """Write a value as JSON, numbers as they were.

    Args:
        value: What `parse_json` gives.
        by_name: Whether members stand in the order of their names, so that equal values have equal texts.

    Source: RFC 8259.
    """
    return (_SORTING if by_name else _ENCODER).encode(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "an object has the name {found} twice"
        raise _refused("json-name-repeated", message, found=_repeated([name for name, _ in pairs]))
    return found


def _without_repeats(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        name = _repeated([name for name, _ in pairs])[:100].encode("utf-8", "replace").decode()
        raise UnreadableError(f"The name {name!r} stands twice in one object.", code="json-name-repeated")


def _repeated(names: list[str]) -> str:
    seen = set[str]()
    return next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:  # an exponent beyond any use
        raise _refused("json-number", "{found} is not a usable number", found=text) from error
    if abs(number.adjusted()) > 400:
        raise _refused("json-number", "{found} is not a usable number", found=text)
    return number


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) < 40 else Decimal(text)


def _constant(text: str) -> Any:
    raise _refused("json-number", "{found} is not a JSON number", found=text)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_int=_whole, parse_constant=_constant)


def _bounded(value: Any) -> None:
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(DEPTH):
        level = [
            child
            for each in level
            for child in (each.values() if isinstance(each, dict) else each)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> UnreadableError:
    return _refused("json-too-deep", "values are nested deeper than {expected}", expected=str(DEPTH))


def _refused(
    code: str, message: str, place: str | None = None, *, expected: str | None = None, found: str | None = None
) -> UnreadableError:
    finding = Finding(
        code=code,
        severity="error",
        message=message,
        location=place,
        expected=expected,
        found=None if found is None else found[:200].encode("utf-8", "replace").decode(),
    )
    return UnreadableError("Not readable as JSON.", code=code, findings=(finding,))
