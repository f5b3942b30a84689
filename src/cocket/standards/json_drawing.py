# SPDX-License-Identifier: Apache-2.0
"""Looking into JSON of unknown soundness: a value if it is there and of the type wanted, nothing otherwise.

Source: RFC 8259.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any


def text(value: Any, *path: str) -> str | None:
    """The text at a path, outer white space removed; None if there is none.

    Source: RFC 8259 §7.
    """
    found = inside(value, *path)
    return (found.strip() or None) if isinstance(found, str) else None


def inside(value: Any, *path: str) -> Any:
    """What stands at a path; None if nothing does.

    Source: RFC 8259 §4.
    """
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def objects(value: Any, *path: str) -> Iterator[dict[str, Any]]:
    """The objects of the list at a path (0..n).

    Source: RFC 8259 §5.
    """
    found = inside(value, *path)
    yield from (each for each in (found if isinstance(found, list) else ()) if isinstance(each, dict))


def number(value: Any, *path: str) -> Decimal | None:
    """The number at a path; None if there is none.

    Source: RFC 8259 §6.
    """
    found = inside(value, *path)
    is_number = isinstance(found, (int, Decimal)) and not isinstance(found, bool)
    return Decimal(found) if is_number else None
