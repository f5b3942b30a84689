# SPDX-License-Identifier: Apache-2.0
"""What was measured of the rules in force, so that every list can say how much to expect of it.

Written down from `cocket watchers measure`; whoever changes a rule measures again, and a test compares the digest.
"""

from __future__ import annotations

from typing import Final

import msgspec


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one generator gave.

    Attributes:
        generator: `desks` or `shifts`; or `rotas`, written after the rules (`python -m tests.simulators.officer_rotas`).
        seeds: Seeds measured on, as the command takes them.
        planted: Officers planted (count).
        named: Of these, how many have a case (count).
        false_alerts: Cases about others (count).
        officer_days: Days on which an officer was seen at work, over all officers and logs (count).
    """

    generator: str
    seeds: str
    planted: int
    named: int
    false_alerts: int
    officer_days: int

    @property
    def recall(self) -> float:
        """Share of planted officers that have a case (0–1)."""
        return self.named / self.planted

    @property
    def false_per_day(self) -> float:
        """Cases about others, per officer-day."""
        return self.false_alerts / self.officer_days


#: Digest of the rules that were measured.
DIGEST: Final = "0476e0234dd2eb5895cfb526f69e766eebe17af554f57e8367a490f3b6314b10"

#: What was measured, on seeds that were not looked at when the rules were worked out. The last line is the one that is printed:
#: of the generator that the rules were not worked out on.
MEASURED: Final[tuple[Measured, ...]] = (
    Measured(generator="desks", seeds="401–403", planted=27, named=27, false_alerts=9, officer_days=40_208),
    Measured(generator="shifts", seeds="401–404", planted=36, named=34, false_alerts=17, officer_days=52_892),
    Measured(generator="rotas", seeds="1–4", planted=36, named=25, false_alerts=20, officer_days=49_432),
)

#: Officers who begin to misuse access, per million officer-days: what the Internal Revenue Service proved in ten years (462
#: violations in 1,694 investigations, about 80,000 staff; GAO-22-105872), and no more than that.
BASE_RATE: Final = 3.0
