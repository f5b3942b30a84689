# SPDX-License-Identifier: Apache-2.0
"""Rules on who stands behind the goods."""

from __future__ import annotations

from cocket.risk.facts import Case
from cocket.risk.features import Measurements
from cocket.risk.indicators.rule import Arguments

_NEW_DAYS = 30.0

#: Faded findings: one finding speaks for about half a year, then needs company.
_OFFENCES = 0.5


def importer_new(case: Case, measured: Measurements) -> Arguments | None:
    """The importer was first seen {days} days ago.

    Of a trader without a record nothing is known, good or bad; the rule fires up to 30 days after the first sight.

    Source: WTO Trade Facilitation Agreement, article 7.4.4 (compliance record of traders).
    """
    days = measured["importer_days"]
    return None if days is None or days > _NEW_DAYS else {"days": f"{days:.0f}"}


def past_offence(case: Case, measured: Measurements) -> Arguments | None:
    """Past examinations of this importer found irregularities, at a rate of {percent} %.

    A finding counts from the day its result was returned and fades by half in 180 days.

    Source: WTO Trade Facilitation Agreement, article 7.4.4 (compliance record of traders); Revised Kyoto Convention,
    General Annex, standard 6.4.
    """
    found, rate = measured["importer_found"], measured["importer_rate"]
    if found is None or rate is None or found < _OFFENCES:
        return None
    return {"percent": f"{100 * rate:.0f}"}
