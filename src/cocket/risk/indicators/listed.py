# SPDX-License-Identifier: Apache-2.0
"""The rule that passes on what screening found."""

from __future__ import annotations

from cocket.risk.facts import Case
from cocket.risk.features import Measurements
from cocket.risk.indicators.rule import Arguments

_MOST = 3


def party_listed(case: Case, measured: Measurements) -> Arguments | None:
    """Screening finds a party or goods in the documents to be listed: {hits}.

    A likeness of names, to be confirmed or cleared by an officer; a match that was cleared does not count.

    Source: WTO Trade Facilitation Agreement, article 7.4.4; WCO SAFE Framework of Standards, pillar 1, standard 4.
    """
    if not case.listed:
        return None
    more = len(case.listed) - _MOST
    return {"hits": "; ".join(case.listed[:_MOST]) + (f"; and {more} more" if more > 0 else "")}
