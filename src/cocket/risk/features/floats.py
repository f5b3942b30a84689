# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of the features on one number at a time."""

from __future__ import annotations

import math

from cocket.risk.features.columns import DECIMALS


class Floats:
    """`Ops` on floats."""

    @staticmethod
    def ratio(one: float, other: float) -> float:
        """See `Ops`."""
        return one / other if other > 0.0 else math.nan

    @staticmethod
    def ln(value: float) -> float:
        """See `Ops`."""
        return math.log(value) if value > 0.0 else math.nan

    @staticmethod
    def exp(value: float) -> float:
        """See `Ops`."""
        return math.exp(value) if value < 700.0 else math.inf if value >= 700.0 else math.nan

    @staticmethod
    def largest(one: float, other: float) -> float:
        """See `Ops`."""
        return math.nan if math.isnan(one) or math.isnan(other) else max(one, other)

    @staticmethod
    def smallest(one: float, other: float) -> float:
        """See `Ops`."""
        return math.nan if math.isnan(one) or math.isnan(other) else min(one, other)

    @staticmethod
    def hidden(value: float, figure: float, least: float) -> float:
        """See `Ops`."""
        return math.nan if figure < least else value

    @staticmethod
    def rounded(value: float) -> float:
        """See `Ops`."""
        return round(value * DECIMALS) / DECIMALS if math.isfinite(value) else value

    @staticmethod
    def flag(value: float, least: float) -> float:
        """See `Ops`."""
        return math.nan if math.isnan(value) else float(value > least)

    @staticmethod
    def between(value: float, low: float, high: float) -> float:
        """See `Ops`."""
        return math.nan if math.isnan(value) else float(low < value <= high)


OPS = Floats()
