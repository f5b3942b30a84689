# SPDX-License-Identifier: Apache-2.0
"""What measures and charges are, and how their amounts of money are rounded."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Literal

import msgspec

#: What a measure is. Duties compete with each other (the lowest lawful one applies); all others add up.
Kind = Literal[
    "duty",  # for everybody: basic, third-country, most favoured nation
    "preference",  # for goods of an origin, with its proof
    "suspension",  # for everybody for a time, or for a use
    "quota",  # within a quota that has room
    "anti-dumping",
    "countervailing",
    "additional",  # safeguards, agricultural components, surcharges, retaliation
    "excise",
    "fee",
    "vat",
    "withholding",  # income tax taken in advance at the border
    "supplementary-unit",  # only asks for a unit
    "prohibition",
    "control",  # a permit or a check is needed
]

#: Kinds of which the lowest lawful one applies; together they are the amount `duty`.
COMPETING: tuple[Kind, ...] = ("duty", "suspension", "preference", "quota")

#: Trade measures: what is taken on top of the duty against a country, a company or a surge.
REMEDIES: tuple[Kind, ...] = ("anti-dumping", "countervailing", "additional")

#: Kinds that add up, in the order in which they are computed where no base says otherwise.
ADDING: tuple[Kind, ...] = (*REMEDIES, "excise", "fee", "vat", "withholding")

Mode = Literal["half-up", "half-down", "half-even", "down", "up"]

_MODES = {
    "half-up": ROUND_HALF_UP,
    "half-down": ROUND_HALF_DOWN,
    "half-even": ROUND_HALF_EVEN,
    "down": ROUND_DOWN,
    "up": ROUND_CEILING,
}
_CENT = Decimal("0.01")
_ONE = Decimal(1)

#: Places after the point beyond which a quotient is not told apart: 0.054999… (24 nines) is 0.055.
_FINEST = Decimal("1e-24")


class Rounding(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How an amount of money is rounded.

    Attributes:
        step: Smallest amount (0.01, 1, 100).
        is_down: Whether parts of a step are dropped; the same as the mode `down`.
        mode: What becomes of parts of a step; None for `down` or `half-up`, as `is_down` says.
        least: Least amount after rounding, of what is above nothing; None for none.
    """

    step: Decimal = _CENT
    is_down: bool = False
    mode: Mode | None = None
    least: Decimal | None = None

    def of(self, amount: Decimal) -> Decimal:
        """An amount, rounded."""
        mode = self.mode or ("down" if self.is_down else "half-up")
        rounded = (settled(amount) / self.step).quantize(_ONE, _MODES[mode]) * self.step
        return max(rounded, self.least) if self.least is not None and amount > 0 else rounded

    def fault(self) -> str | None:
        """What cannot be right about it, in words; None if nothing is."""
        if not (self.step.is_finite() and self.step > 0):
            return f"it is rounded to steps of {self.step}"
        if self.mode is not None and self.is_down:
            return "it is rounded by a mode and by is_down; state one of them"
        if self.least is not None and not (self.least.is_finite() and self.least >= 0):
            return f"it is at least {self.least} after rounding"
        return None

    def says(self) -> str:
        """In words: `to 100, parts dropped`."""
        mode = self.mode or ("down" if self.is_down else "half-up")
        words = {
            "half-up": "halves up",
            "half-down": "halves down",
            "half-even": "halves to even",
            "down": "parts dropped",
            "up": "parts up",
        }
        least = f", at least {self.least:f}" if self.least is not None else ""
        return f"to {self.step:f}, {words[mode]}{least}"


def settled(amount: Decimal) -> Decimal:
    """An amount without the traces that a division leaves at the end of all digits."""
    exponent = amount.as_tuple().exponent
    return amount.quantize(_FINEST, ROUND_HALF_EVEN) if isinstance(exponent, int) and exponent < -24 else amount


def cents(amount: Decimal) -> Decimal:
    """An amount to 0.01, halves up."""
    return settled(amount).quantize(_CENT, ROUND_HALF_UP)
