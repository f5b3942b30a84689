# SPDX-License-Identifier: Apache-2.0
"""Partnership agreements as data: parties, purposes, fields, term, and what each side owes the other in hours.

In: an agreement (TOML), and when cases began and were answered. Out: whether it covers an exchange on a day, how its service
levels were kept, and the agreement as an ODRL policy.
Source: ODRL Information Model 2.2 and ODRL Vocabulary & Expression 2.2 (W3C Recommendations, 2018) for the export alone; the
struct is our own, since ODRL has no service levels.
"""

from cocket.governance.agreements.agreement import (
    EXCHANGES,
    MEASURES,
    Agreement,
    ServiceLevel,
    SignedWay,
    Standing,
    read_agreement,
    standing_on,
)
from cocket.governance.agreements.guests import AGENCY_KINDS, ALL, Goods, GuestScope, Why, why_within
from cocket.governance.agreements.odrl import odrl_of
from cocket.governance.agreements.service_levels import Case, LevelKept, level_kept

__all__ = [
    "AGENCY_KINDS",
    "ALL",
    "EXCHANGES",
    "MEASURES",
    "Agreement",
    "Case",
    "Goods",
    "GuestScope",
    "LevelKept",
    "ServiceLevel",
    "SignedWay",
    "Standing",
    "Why",
    "level_kept",
    "odrl_of",
    "read_agreement",
    "standing_on",
    "why_within",
]
