# SPDX-License-Identifier: Apache-2.0
"""Currencies and funds (ISO 4217)."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import msgspec

from cocket.codes._table import key, rows

EDITION = "2026-02"


class Currency(msgspec.Struct, frozen=True):
    """A currency, a fund code or a precious metal.

    Attributes:
        letters: Three letters.
        numeric: Three digits; a later currency of the same country may bear the same.
        minor_units: Decimal places of the smallest unit (0–4); None where the notion has no sense (gold, XXX).
        name: Short English name.
        is_withdrawn: Whether the list no longer has it; old papers still do.

    Source: ISO 4217:2015, tables A.1 and A.3.
    """

    letters: str
    numeric: str
    minor_units: int | None
    name: str
    is_withdrawn: bool = False


@cache
def _by_code() -> dict[str, Currency]:
    table = [
        Currency(
            r["letters"],
            r["numeric"],
            int(r["minor_units"]) if r["minor_units"] else None,
            r["name"],
            r["status"] == "withdrawn",
        )
        for r in rows("currency", EDITION)
    ]
    table.sort(key=lambda entry: not entry.is_withdrawn)  # the current one holds a numeric code that was used twice
    return {code: entry for entry in table for code in (entry.letters, entry.numeric)}


def currency_letters() -> tuple[str, ...]:
    """The letters of every currency, withdrawn ones too, sorted.

    Source: ISO 4217:2015; `data/currency/SOURCE.md`.
    """
    return tuple(sorted({entry.letters for entry in _by_code().values()}))


def fits_minor_unit(amount: Decimal, text: str) -> bool:
    """Whether an amount has no more decimal places than its currency; of a currency without any it cannot be said.

    Args:
        amount: The amount; zeros at its end count for nothing.
        text: The currency, as for `currency`.

    Source: ISO 4217:2015, table A.1 (minor unit).
    """
    known = currency(text)
    if known is None or known.minor_units is None or not amount.is_finite():
        return True
    exponent = amount.normalize().as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= known.minor_units


def currency(text: str) -> Currency | None:
    """Look a currency up by letters or numeric code.

    Args:
        text: Such as `EUR` or `978`; a numeric code may lack leading zeros.

    Returns:
        The currency, a withdrawn one too; None if the list has no such code.

    Source: ISO 4217:2015; `data/currency/SOURCE.md`.
    """
    code = key(text)
    return _by_code().get(code.zfill(3) if code.isdigit() else code)
