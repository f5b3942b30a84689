# SPDX-License-Identifier: Apache-2.0
"""JSON of unknown good will: read whole, and asked for values that may be absent or of another kind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from cocket.errors import UnreadableError
from cocket.tracking.adapters._bytes import bad_form

_DEEPEST = 40

#: Objects within objects are taken apart so deep; what lies deeper is a value.
_FLAT = 4


def read_json(payload: bytes) -> Any:
    """A JSON value.

    Raises:
        UnreadableError: It is none, or nested deeper than 40.
    """
    try:
        value = msgspec.json.decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableError("This is not JSON.", code="json", found=ascii(payload[:80])) from error
    if _depth(value) > _DEEPEST:
        raise bad_form(f"JSON nested {_DEEPEST} deep at most")
    return value


def _depth(value: Any) -> int:
    level, row = 0, [value]
    while row and level <= _DEEPEST:
        row = [
            part
            for each in row
            if isinstance(each, dict | list)
            for part in (each.values() if isinstance(each, dict) else each)
        ]
        level += 1
    return level


def child(value: Any, name: str) -> dict[str, Any] | None:
    """An object within an object; None if there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else None


def flat(row: Mapping[str, Any], above: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The names and values of an object; those of objects within it under both names, joined by a point."""
    for name, value in row.items():
        if isinstance(value, dict) and depth < _FLAT:
            yield from flat(value, f"{above}{name}.", depth + 1)
        else:
            yield f"{above}{name}", value


def objects(value: Any, name: str | None = None) -> Iterator[dict[str, Any]]:
    """The objects of a list, or of the list within an object."""
    found = value if name is None else value.get(name) if isinstance(value, dict) else None
    if isinstance(found, list):
        yield from (each for each in found if isinstance(each, dict))


def text(value: Any, name: str) -> str | None:
    """A text; a number counts as the text of it; None if there is none, or it is empty."""
    found = value.get(name) if isinstance(value, dict) else None
    if isinstance(found, str):
        return found or None
    if isinstance(found, int | float) and not isinstance(found, bool):
        return str(found)
    return None


def number(value: Any, name: str) -> float | None:
    """A number, or text that is one; whole ones stay whole; None if there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    if isinstance(found, str):
        try:
            found = float(found)
        except ValueError:
            return None
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    if isinstance(found, int):
        return found if abs(found) < 2**63 else None
    return found if math.isfinite(found) else None


def truth(value: Any, name: str) -> bool | None:
    """A truth value; None if there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, bool) else None
