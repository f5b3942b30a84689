# SPDX-License-Identifier: Apache-2.0
"""Draws as they were made first, kept with the advice: whatever comes later is judged by them, and nothing is drawn again.

A seed is published when its day is over. Were a declaration that is amended later drawn anew, whoever had the seed told could
foresee what comes out, and amend until it suits him. So what has been drawn once is kept with the share it was held against, and what
was never drawn before, such as a rule that fires for the first time, is drawn from the seed of the day on which it is asked.
"""

from __future__ import annotations

import msgspec


class RuleDraw(msgspec.Struct, frozen=True, kw_only=True):
    """What was drawn for a rule that asks on a share of its hits.

    Attributes:
        code: The rule.
        drawn_as: Consignment under whose id it was drawn.
        number: The number drawn, at least 0 and below 1.
        share: Share of its hits on which the rule asked at that moment (above 0, at most 1).
        commitment: The commitment it was drawn under.
    """

    code: str
    drawn_as: str
    number: float
    share: float
    commitment: str

    @property
    def is_drawn(self) -> bool:
        """Whether the rule asks, by this draw."""
        return self.number < self.share


class KeptDraws(msgspec.Struct, frozen=True, kw_only=True):
    """What was drawn for a consignment when it was first assessed, and what came of it by the last advice.

    Attributes:
        drawn_as: Consignment under whose id it was drawn; another than the consignment where two were found to be one.
        number: The number drawn, at least 0 and below 1.
        chance: Share drawn for red at that moment (0–1).
        commitment: The commitment it was drawn under.
        propensity: Chance with which it went to examination, by the last advice (0–1).
        is_random: Whether chance alone chose the lane that stands.
        rules: What was drawn for rules since (0..n).
    """

    drawn_as: str
    number: float
    chance: float
    commitment: str
    propensity: float
    is_random: bool = False
    rules: tuple[RuleDraw, ...] = ()


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """What one consignment's draws are made with.

    Attributes:
        consignment: Stable id.
        seed: Secret seed of today, for what was never drawn before.
        commitment: The commitment to that seed.
        kept: What was drawn for rules before (0..n).
    """

    consignment: str
    seed: bytes
    commitment: str
    kept: tuple[RuleDraw, ...] = ()
