# SPDX-License-Identifier: Apache-2.0
"""Looking into the JSON of UN/CEFACT, where nearly every value is an object with its content and may be one of a list.

Source: UN/CEFACT JSON Schema Naming and Design Rules: unqualified data types.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from cocket.standards.json_shape import time_of

#: Kilograms and cubic metres of the units of UN/ECE Recommendation 20 that are taken.
KILOGRAMS = {"KGM": Decimal(1), "GRM": Decimal("0.001"), "TNE": Decimal(1000), "LBR": Decimal("0.45359237")}
CUBIC_METRES = {"MTQ": Decimal(1), "DMQ": Decimal("0.001"), "LTR": Decimal("0.001"), "FTQ": Decimal("0.028316846592")}


def inside(value: Any, *path: str) -> Any:
    """What stands at a path, of a list its first; None if nothing does.

    Source: RFC 8259 §4.
    """
    for name in path:
        value = _first(value)
        value = value.get(name) if isinstance(value, dict) else None
    return value


def objects(value: Any, *path: str) -> Iterator[dict[str, Any]]:
    """The objects at a path, one or a list of them (0..n).

    Source: RFC 8259 §5.
    """
    found = inside(value, *path)
    for each in found if isinstance(found, list) else [found]:
        if isinstance(each, dict):
            yield each


def text(value: Any, *path: str) -> str | None:
    """The text at a path, outer white space removed; None if there is none.

    Source: UN/CEFACT text, code and identifier types.
    """
    found = _first(inside(value, *path))
    found = found.get("content") if isinstance(found, dict) else found
    return (found.strip() or None) if isinstance(found, str) else None


def texts(value: Any, *path: str) -> Iterator[str]:
    """All texts at a path (0..n).

    Source: UN/CEFACT text type.
    """
    found = inside(value, *path)
    for each in found if isinstance(found, list) else [found]:
        if said := text(each):
            yield said


def number(value: Any, *path: str) -> Decimal | None:
    """The number at a path, which is written as a text; None if there is none.

    Source: UN/CEFACT numeric, quantity, measure and amount types.
    """
    found = _first(inside(value, *path))
    found = found.get("content") if isinstance(found, dict) else found
    if isinstance(found, bool) or not isinstance(found, (str, int, Decimal)):
        return None
    if isinstance(found, str) and (len(found) > 40 or not found.isascii()):
        return None
    try:
        made = Decimal(found)
    except InvalidOperation:
        return None
    return made if made.is_finite() and abs(made.adjusted()) < 40 else None


def measure(value: Any, units: dict[str, Decimal], *path: str) -> Decimal | None:
    """A measure in the unit of the model; None if there is none, or in a unit that is not taken.

    Source: UN/ECE Recommendation 20.
    """
    found = _first(inside(value, *path))
    factor = (
        units.get(found["unitCode"]) if isinstance(found, dict) and isinstance(found.get("unitCode"), str) else None
    )
    size = number(found)
    return None if factor is None or size is None else size * factor


def moment(value: Any, *path: str) -> datetime | None:
    """The date and time at a path; None if there is none.

    Source: RFC 3339 §5.6.
    """
    return time_of(text(value, *path))


def is_decimal(value: Any) -> bool:
    """Whether a value is a number as UN/CEFACT writes it in JSON: a text.

    Source: UN/CEFACT JSON Schema NDR, primitive type decimal.
    """
    return isinstance(value, str) and number(value) is not None and value == value.strip() and "e" not in value.lower()


def _first(value: Any) -> Any:
    return (value[0] if value else None) if isinstance(value, list) else value
