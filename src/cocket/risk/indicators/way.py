# SPDX-License-Identifier: Apache-2.0
"""The rule that passes on what devices told of the way."""

from __future__ import annotations

from cocket.risk.facts import Case
from cocket.risk.features import Measurements
from cocket.risk.indicators.rule import Arguments

_MOST = 3


def alert_on_the_way(case: Case, measured: Measurements) -> Arguments | None:
    """Devices that followed the goods give a red alert: {alerts}

    The goods are examined at destination whatever the score. An alert that later data refuted, or that an officer closed
    as false or explained, does not count.

    Source: Convention on a Common Transit Procedure (1987), Appendix I, articles 44 and 45 (seals and incidents en route);
    WCO SAFE Framework of Standards, pillar 1, standard 1.3.9 (seal integrity).
    """
    if not case.alerts:
        return None
    more = len(case.alerts) - _MOST
    return {"alerts": " ".join(case.alerts[:_MOST]) + (f" And {more} more." if more > 0 else "")}
