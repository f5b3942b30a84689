# SPDX-License-Identifier: Apache-2.0
"""What is said of each number about a row or a case."""

from __future__ import annotations

import math
from typing import Literal

import msgspec


class Feature(msgspec.Struct, frozen=True):
    """One number about one row, or about one case.

    Attributes:
        name: Stable name, also in model files.
        unit: Unit, or `share` (0–1), `flag` (0 or 1), `count`, `ln` (natural logarithm of a ratio).
        direction: `up` if a higher value can only raise the risk (the model is held to it); `free` otherwise.
        description: What it is.
        reason: What an officer reads when it raised the score; `{value}` is the value in words.
        source: Why it is looked at.
        worst: Which of several items speaks for the whole declaration: the one with the `highest` value, the `lowest`, or the
            `furthest` from 0.
    """

    name: str
    unit: Literal["share", "flag", "count", "days", "ln", "spreads"]
    direction: Literal["up", "free"]
    description: str
    reason: str
    source: str
    worst: Literal["highest", "lowest", "furthest"] = "highest"


def in_words(feature: Feature, value: float | None) -> str:
    """The value of a feature as people say it; `unknown` where it is."""
    if value is None:
        return "unknown"
    if feature.unit == "share":
        return f"{100 * value:.0f} %"
    if feature.unit == "ln":
        return f"{math.exp(abs(value)):.1f}"
    return f"{value:.1f}" if feature.unit == "spreads" else f"{value:.0f}"
