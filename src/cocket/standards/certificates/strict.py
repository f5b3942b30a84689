# SPDX-License-Identifier: Apache-2.0
"""JSON without leniency: one text has one meaning, or is refused.

A name that stands twice in an object, a number that is none, half a character: each could be taken for two things by two
readers, and what two readers take for two things cannot be signed.
Source: RFC 8259; RFC 7493 (I-JSON).
"""

from __future__ import annotations

import json
from typing import Any

from cocket.errors import UnreadableError
from cocket.standards.json import DEPTH, depth_of

#: Most bytes of one document (count); a certificate with a scan inside is well below.
MOST_BYTES = 4 << 20


def read_json(data: bytes | str, most: int = MOST_BYTES) -> Any:
    """Read JSON without any leniency.

    Args:
        data: UTF-8 text.
        most: Most bytes (count).

    Returns:
        The value; objects as dict.

    Raises:
        UnreadableError: It is too large, no JSON, nested too deep, holds a name twice in one object, a number that is
            not finite, or half a character.

    Source: RFC 8259; RFC 7493 §2 (I-JSON).
    """
    if len(data) > most:
        raise UnreadableError("The document is too large.", expected=f"at most {most} bytes", found=str(len(data)))
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        if depth_of(text.encode("utf-8")) > DEPTH:
            raise ValueError("it is nested too deep")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number, parse_float=_finite)
        _check(value)
    except UnicodeDecodeError as error:
        raise UnreadableError("The document is not text in UTF-8.", code="json") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"The document cannot be read as JSON: {str(error)[:150]}.", code="json") from error
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice[:50]!r} appears twice in one object")
    return made


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:30]} is too large")
    return number


def _check(value: Any) -> None:
    """Refuse text with half a character in it."""
    if isinstance(value, str):
        value.encode("utf-8")
    elif isinstance(value, dict):
        for name, inner in value.items():
            name.encode("utf-8")
            _check(inner)
    elif isinstance(value, list):
        for inner in value:
            _check(inner)
