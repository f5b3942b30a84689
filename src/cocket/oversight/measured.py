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
        generator: `desks` or `shifts`.
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
DIGEST: Final = "aaff0b9678f1c323fc5a73210d39ff1ff8058babb6658b08d75c3d722bca687b"

#: What was measured, the second generator last: it was written after the rules were frozen, and is the one that counts.
MEASURED: Final[tuple[Measured, ...]] = (
    Measured(generator="desks", seeds="101–103", planted=27, named=25, false_alerts=1, officer_days=42_284),
    Measured(generator="shifts", seeds="2–4", planted=27, named=15, false_alerts=7, officer_days=40_558),
)

#: Officers who begin to misuse access, per million officer-days: what the Internal Revenue Service proved in ten years (462
#: violations in 1,694 investigations, about 80,000 staff; GAO-22-105872), and no more than that.
BASE_RATE: Final = 3.0
