# SPDX-License-Identifier: Apache-2.0
"""Every table whose rows bear a MAC, in one list."""

from __future__ import annotations

from cocket.stores.alerts import ALERTS
from cocket.stores.case_files import CASE_FILE_KEYS, CASE_FILES
from cocket.stores.consignments import ADVICE, LINES, LINKS, OFFICES
from cocket.stores.journeys import JOURNEYS, PLANS
from cocket.stores.orders import ASSESSMENTS, HOST_DECISIONS, ORDERS, OVERRIDES, RESULTS, SEEDS
from cocket.stores.people import API_KEYS, OFFICERS, SESSIONS
from cocket.stores.permits import CLAIMS, PERMITS, TAKEN, USES
from cocket.stores.places import PLACES
from cocket.stores.screening import CLEARANCES

#: In the order in which an audit goes over them.
PROTECTED = (
    ADVICE,
    LINES,
    OFFICES,
    LINKS,
    ASSESSMENTS,
    ORDERS,
    OVERRIDES,
    RESULTS,
    HOST_DECISIONS,
    SEEDS,
    OFFICERS,
    API_KEYS,
    SESSIONS,
    CASE_FILES,
    CASE_FILE_KEYS,
    PERMITS,
    TAKEN,
    CLAIMS,
    USES,
    JOURNEYS,
    PLANS,
    ALERTS,
    CLEARANCES,
    PLACES,
)
