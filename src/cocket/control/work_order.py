# SPDX-License-Identifier: Apache-2.0
"""The order of work: breaches first, then intelligence, then listed parties, then chance times money, then what chance drew.

Within a band the order is by the chance and the money that its readers see, and can be worked out from them; time and money
never lift a case over a band before its own.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from cocket.risk.suspicion import Head, Likely, Stake

#: Bands in the order of work; the last is of what goes to no officer before release.
BREACH, INTELLIGENCE, LISTED, MONEY, RANDOM, NONE = 1, 2, 3, 4, 5, 6

#: Worth from which a case stands first in its band, as no chance × money does: a threat.
THREAT: Final = 1e18

#: Code of a leading fact → its band.
_BANDS: Final = {"alert": BREACH, "intelligence": INTELLIGENCE, "listed": LISTED}


class Rank(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a case stands in the order of work.

    Attributes:
        band: 1–6, lower first.
        stake: Duty and tax at stake, national currency, decimal text; None where it is not money or not known.
        worth: Place within the band, higher first: chance × stake as both are shown, see `worth_of`.
        due: By when the order must be dealt with, UTC; None for no end.
        lapses: Whether the order lapses then.
    """

    band: int
    stake: str | None = None
    worth: float = 0.0
    due: datetime | None = None
    lapses: bool = False


def rank_of(head: Head | None, *, is_random: bool, due: datetime | None = None, lapses: bool = False) -> Rank:
    """Where a case stands: by nothing that its reader does not see.

    Args:
        head: What is suspected; None for a lane that goes to no officer.
        is_random: Whether chance drew it.
        due: By when its order must be dealt with; None for no end.
        lapses: Whether the order lapses then.
    """
    if head is None:
        return Rank(band=NONE)
    return Rank(
        band=_band_of(head, is_random=is_random),
        stake=head.stake.amount,
        worth=worth_of(head.likely, head.stake),
        due=due,
        lapses=lapses,
    )


def unexamined(rank: Rank) -> Rank:
    """A case that goes to no officer, though it is known what to look for: after all that do, those with most at stake first."""
    return Rank(band=NONE, stake=rank.stake, worth=rank.worth)


def worth_of(likely: Likely | None, stake: Stake) -> float:
    """Chance × money at stake, by the chance as it is said (1 in 8) and the money before it is rounded.

    Args:
        likely: The chance as it is shown; None where none is.
        stake: The money as it is shown.

    Returns:
        The product, from 0; where no chance is shown a figure from −1 to 0 that rises with the money; where no money is known one
        from −2 to −1 that rises with the chance. So those that can be compared come first. Of equal ones the oldest comes first.
        A threat is no money and waits for none: it stands before all of these, by its chance.
    """
    chance = None if likely is None else likely.of / likely.out_of
    if stake.is_threat:
        return THREAT * (1.0 + (chance or 0.0))
    money = None if stake.amount is None else max(0.0, float(Decimal(stake.amount)))
    if money is None:
        return -2.0 + (chance or 0.0)
    return -1.0 / (1.0 + money) if chance is None else chance * money


def _band_of(head: Head, *, is_random: bool) -> int:
    bands = [_BANDS[fact.code] for fact in head.facts if fact.code in _BANDS]
    if head.suspicion is not None and head.suspicion.kind == "seal":
        bands.append(BREACH)
    return min(bands, default=RANDOM if is_random else MONEY)
