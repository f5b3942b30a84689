# SPDX-License-Identifier: Apache-2.0
"""What a detector says, and by what it goes."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

#: Kind of threat → what it is, and whether it is an insider's. A kind says what the rows look like, never who is guilty.
KINDS: Final[dict[str, tuple[str, bool]]] = {
    "impossible-logistics": ("Impossible journeys", False),
    "split": ("One consignment split under a threshold", False),
    "split-over-days": ("Split under a threshold over several days", False),
    "probe": ("Values probing a limit", False),
    "amend-until-green": ("Amended repeatedly", False),
    "cancel-and-resubmit": ("Cancelled after selection, and declared again", False),
    "misclass-shift": ("The same goods under another code", False),
    "route-shift": ("The same goods from another origin", False),
    "mirror-mismatch": ("Values below those declared at export", False),
    "ring": ("Importers sharing an identity", False),
    "new-trader-surge": ("A new trader's surge", False),
    "new-trader-busy": ("A new trader, very busy from the start", False),
    "rule-off-window": ("A rule disabled for a time", True),
    "existence-oracle": ("Probing for existing records", True),
    "competitor-read": ("Reading records of others", True),
    "bulk-browse": ("Browsing in bulk", True),
    "look-before-move": ("Access before goods leave", True),
    "off-shift": ("Access outside working hours", True),
    "rubber-stamp": ("Results too fast to be examinations", True),
    "reciprocal-approval": ("Two officers who approve each other", True),
    "collusion": ("An officer and a trader, more often than chance", True),
}


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """By what detectors go.

    Attributes:
        false_alerts: Chance at most that a detector says anything of a log in which nothing but chance is at work (0–1).
            What each detector finds must stay under it after counting everything it tried (Bonferroni).
        thresholds: Values under which clearance is simplified or free of duty, in the currency of the log. By default
            those of the United Kingdom (135 GBP), the European Union (150 EUR), the United States until 2025 (800 USD)
            and Australia (1,000 AUD).
        band: How far under a threshold a value still counts as just under it, as a share of the threshold.
        early_share: A newcomer who goes on is named only where fewer traders than this share are ever as busy (0–1).
        early_most: Newcomers who go on that are named at most, the busiest first, as a share of all traders (0–1), or one where
            that is less than one: nothing is proved against them, so that how many innocents are named is a matter of this
            share and not of the log.
        longest_rule_window_hours: How long a rule may be off for it to count as off for a while only.

    Source: Regulation (EC) 1186/2009, article 23 (150 EUR); 19 USC 1321(a)(2)(C); UK Finance Act 2020, schedule 3.
    """

    false_alerts: float = 1e-3
    thresholds: tuple[float, ...] = (135.0, 150.0, 800.0, 1000.0)
    band: float = 0.1
    longest_rule_window_hours: float = 7 * 24.0
    early_share: float = 0.02
    early_most: float = 0.005


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that chance does not explain.

    Attributes:
        kind: One of `KINDS`.
        who: Whom the rows have in common: officers, traders, addresses, sorted as told (1..n).
        rows: Rows concerned, ascending (1..n).
        first: When the first of them happened, UTC.
        last: When the last did, UTC.
        chance: Chance at most (0–1) that a log in which nothing but chance is at work holds such rows; 0 where a rule of
            law or of physics is broken, and not explained by chance.
        message: Why, an English sentence with `{name}` places.
        arguments: Values for the places.
        is_insider: Whether it is about somebody inside.
    """

    kind: str
    who: tuple[str, ...]
    rows: tuple[int, ...]
    first: datetime
    last: datetime
    chance: float
    message: str
    arguments: dict[str, str] = {}
    is_insider: bool = False

    @property
    def says(self) -> str:
        """Why, in English."""
        return self.message.format_map(self.arguments)


def alert(
    kind: str, who: tuple[str, ...], found: list[tuple[int, datetime]], chance: float, why: tuple[str, dict[str, str]]
) -> Alert:
    """An alert over rows.

    Args:
        kind: One of `KINDS`.
        who: Whom the rows have in common.
        found: Row and moment of each (1..n).
        chance: As in `Alert`.
        why: Sentence and values of its places.
    """
    moments = [moment for _, moment in found]
    return Alert(
        kind=kind,
        who=who,
        rows=tuple(sorted({row for row, _ in found})),
        first=min(moments),
        last=max(moments),
        chance=chance,
        message=why[0],
        arguments=why[1],
        is_insider=KINDS[kind][1],
    )
