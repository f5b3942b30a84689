# SPDX-License-Identifier: Apache-2.0
"""All detectors over one log, the most telling first, and each row told once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from cocket.risk.hubs import Hubs
from cocket.risk.threats.alert import Alert, Limits
from cocket.risk.threats.decisions import (
    find_collusion,
    find_reciprocal_approvals,
    find_rubber_stamps,
    find_rule_windows,
)
from cocket.risk.threats.goods import (
    find_amending,
    find_probing,
    find_resubmitting,
    find_switching,
)
from cocket.risk.threats.log import Log, without_hubs
from cocket.risk.threats.looks import (
    find_bulk_browsing,
    find_enumeration,
    find_foreign_reading,
    find_off_shift,
    find_tip_offs,
)
from cocket.risk.threats.splits import find_splitting
from cocket.risk.threats.traders import (
    LikelyHub,
    find_impossible_journeys,
    find_mirror_mismatches,
    find_rings,
    find_surges,
    likely_hubs,
)

Detector = Callable[[Log, Limits], list[Alert]]

#: In the order in which they explain rows: what a later one finds in rows that an earlier one explained is not told again.
DETECTORS: Final[tuple[Detector, ...]] = (
    find_rule_windows,
    find_impossible_journeys,
    find_amending,
    find_resubmitting,
    find_probing,
    find_splitting,
    find_switching,
    find_mirror_mismatches,
    find_rings,
    find_surges,
    find_enumeration,
    find_foreign_reading,
    find_bulk_browsing,
    find_tip_offs,
    find_off_shift,
    find_reciprocal_approvals,
    find_rubber_stamps,
    find_collusion,
)

#: Share of an alert's rows that another must have explained for it to be left out.
_EXPLAINED: Final = 0.8


def find_threats(
    log: Log, limits: Limits | None = None, detectors: Iterable[Detector] = DETECTORS, hubs: Hubs | None = None
) -> tuple[Alert, ...]:
    """What in a log chance does not explain.

    Args:
        log: What happened.
        limits: By what to go; None takes the usual ones.
        detectors: Which to ask, those that explain rows first.
        hubs: Addresses, telephones, accounts and directors that many share without knowing each other, by lists that are kept:
            nobody is linked by them. None for no list.

    Returns:
        Alerts by the row they begin with (0..n).
    """
    log = without_hubs(log, hubs) if hubs else log
    told: list[Alert] = []
    explained: list[set[int]] = []
    for detector in detectors:
        for alert in sorted(detector(log, limits or Limits()), key=lambda one: (one.chance, one.rows)):
            rows = set(alert.rows)
            if not any(len(rows & earlier) >= _EXPLAINED * len(rows) for earlier in explained):
                told.append(alert)
                explained.append(rows)
    return tuple(sorted(told, key=lambda one: (one.rows[0], one.kind)))


def find_likely_hubs(log: Log, limits: Limits | None = None, hubs: Hubs | None = None) -> tuple[LikelyHub, ...]:
    """What looks like a hub and is on no list: it accuses nobody, and is to be confirmed.

    Args:
        log: What happened.
        limits: By what to go; None takes the usual ones.
        hubs: What is listed; None for no list.

    Returns:
        Those that most importers share first (0..n).
    """
    return likely_hubs(without_hubs(log, hubs) if hubs else log, limits or Limits())
