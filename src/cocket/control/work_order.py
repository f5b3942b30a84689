# SPDX-License-Identifier: Apache-2.0
"""The order of work: breaches first, then intelligence, then listed parties, then chance times money, then what chance drew.

An order within a band is by what is at stake; time and money never lift a case over a band before its own.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from cocket.risk.suspicion import Head

#: Bands in the order of work; the last is of what goes to no officer before release.
BREACH, INTELLIGENCE, LISTED, MONEY, RANDOM, NONE = 1, 2, 3, 4, 5, 6

#: Code of a leading fact → its band.
_BANDS: Final = {"alert": BREACH, "intelligence": INTELLIGENCE, "listed": LISTED}


class Rank(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a case stands in the order of work.

    Attributes:
        band: 1–6, lower first.
        stake: Duty and tax at stake, national currency, decimal text; None where it is not money or not known.
        worth: Chance × stake within the band, higher first; a chance alone where no money is known.
        due: By when the order must be dealt with, UTC; None for no end.
    """

    band: int
    stake: str | None = None
    worth: float = 0.0
    due: datetime | None = None


def rank_of(head: Head | None, score: float | None, *, is_random: bool, due: datetime | None = None) -> Rank:
    """Where a case stands.

    Args:
        head: What is suspected; None for a lane that goes to no officer.
        score: Chance of a find (0–1); None if only rules spoke.
        is_random: Whether chance drew it.
        due: By when its order must be dealt with; None for no end.
    """
    if head is None:
        return Rank(band=NONE, worth=score or 0.0)
    stake = head.stake.amount
    worth = (score or 0.0) * (1.0 + (float(Decimal(stake)) if stake is not None else 0.0))
    return Rank(band=_band_of(head, is_random=is_random), stake=stake, worth=worth, due=due)


def _band_of(head: Head, *, is_random: bool) -> int:
    bands = [_BANDS[fact.code] for fact in head.facts if fact.code in _BANDS]
    if head.suspicion is not None and head.suspicion.kind == "seal":
        bands.append(BREACH)
    return min(bands, default=RANDOM if is_random else MONEY)
