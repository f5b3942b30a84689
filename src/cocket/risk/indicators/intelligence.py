# SPDX-License-Identifier: Apache-2.0
"""The rule that passes on what intelligence says."""

from __future__ import annotations

from cocket.risk.facts import Case
from cocket.risk.features import Measurements
from cocket.risk.indicators.rule import Arguments


def intelligence(case: Case, measured: Measurements) -> Arguments | None:
    """Intelligence concerns this consignment.

    What it says, and whom it concerns, is for those alone whom the handling code of the report allows. Where the report
    asks for a lane, that lane is given whatever the score.

    Source: WTO Trade Facilitation Agreement, article 7.4; WCO SAFE Framework of Standards, pillar 1, standard 4 (risk
    management, intelligence).
    """
    return {} if case.intelligence else None
