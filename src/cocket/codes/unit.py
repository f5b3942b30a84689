# SPDX-License-Identifier: Apache-2.0
"""Units of measure, as far as tariffs and customs papers use them (UNECE Recommendation 20)."""

from __future__ import annotations

from functools import cache

import msgspec

from cocket.codes._table import key, rows

EDITION = "rec20-17e"


class Unit(msgspec.Struct, frozen=True):
    """A unit in which goods are counted or measured.

    Attributes:
        code: Common code, two or three characters.
        name: Short English name.
        symbol: Symbol; None where the unit has none.
        is_withdrawn: Whether the recommendation no longer has it; tariffs may (`HAR`, `NPR`).

    Source: UNECE Recommendation 20, revision 17, annexes I to III.
    """

    code: str
    name: str
    symbol: str | None = None
    is_withdrawn: bool = False


@cache
def _by_code() -> dict[str, Unit]:
    return {
        r["code"]: Unit(r["code"], r["name"], r["symbol"] or None, r["status"] == "withdrawn")
        for r in rows("unit", EDITION)
    }


def unit(text: str) -> Unit | None:
    """Look a unit up by its common code.

    Args:
        text: Such as `KGM`.

    Returns:
        The unit; None if our subset has no such code, which may still be one of the recommendation's 2,000 others.

    Source: UNECE Recommendation 20, revision 17; `data/unit/SOURCE.md`.
    """
    return _by_code().get(key(text))
