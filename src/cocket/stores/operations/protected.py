# SPDX-License-Identifier: Apache-2.0
"""Every table that the audit of rows goes over: those whose rows bear a MAC, and those that records tell as a whole."""

from __future__ import annotations

from cocket.stores.base.dossier_rows import LINKS
from cocket.stores.base.progress import PLACES
from cocket.stores.base.row_macs import Protected
from cocket.stores.consignment.rows import ADVICE, DAYS, LINES, OFFICES, RANKS
from cocket.stores.control.case_files import CASE_FILE_KEYS, CASE_FILES
from cocket.stores.control.orders import ASSESSMENTS, HOST_DECISIONS, HOST_DRAWS, ORDERS, OVERRIDES, RESULTS, SEEDS
from cocket.stores.governance.people import API_KEYS, OFFICERS, SESSIONS
from cocket.stores.intake.messages import IDENTITIES, MESSAGES
from cocket.stores.ledger.leaves import HEADS, PROMISES
from cocket.stores.ledger.yearly_logs import ERAS
from cocket.stores.measures.permits import CLAIMS, PERMITS, TAKEN, USES
from cocket.stores.screening.lists import CLEARANCES
from cocket.stores.tracking.alerts import ALERTS
from cocket.stores.tracking.journeys import JOURNEYS, PLANS
from cocket.stores.tracking.vessels import CALLS

#: In the order in which an audit goes over them.
PROTECTED = (
    ADVICE,
    LINES,
    OFFICES,
    RANKS,
    DAYS,
    LINKS,
    ASSESSMENTS,
    ORDERS,
    OVERRIDES,
    RESULTS,
    HOST_DECISIONS,
    HOST_DRAWS,
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
    MESSAGES,
    IDENTITIES,
    CALLS,
    HEADS,
    ERAS,
)

#: Those whose rows came under MACs later, when rows of houses bore them already; promises are held against theirs beside the leaves.
LATER_UNDER_MACS = (MESSAGES, IDENTITIES, CALLS, HEADS, PROMISES)

#: Those whose rows came under MACs after these.
LAST_UNDER_MACS = (ERAS,)

#: Those whose rows came under MACs first.
FIRST_UNDER_MACS = tuple(one for one in PROTECTED if one not in (*LATER_UNDER_MACS, *LAST_UNDER_MACS))

DEVICES = Protected(
    table="device", key=("id",), columns=("id", "adapter", "topic", "identity", "state", "created", "changed"), mac=""
)
CREDENTIALS = Protected(
    table="device_credential", key=("digest",), columns=("digest", "device", "kind", "since", "until"), mac=""
)
PROOF_KEYS = Protected(
    table="device_proof_key", key=("device", "kid"), columns=("device", "kid", "algorithm", "material"), mac=""
)
CUSTODY = Protected(table="device_standing", key=("device",), columns=("device", "custody", "holder", "note"), mac="")
LAID_DOWN = Protected(
    table="laid_down",
    key=("kind", "name", "version"),
    columns=("kind", "name", "version", "is_retired", "office", "changed", "changed_by", "body"),
    mac="",
)
RULE_HITS = Protected(
    table="rule_hit",
    key=("consignment", "rule", "wording"),
    columns=("consignment", "rule", "wording", "at", "is_shadow", "asked"),
    mac="",
    about="consignment",
)
BACKUPS = Protected(
    table="backup", key=("id",), columns=("id", "at", "leaves", "size_bytes", "kind", "place", "digest"), mac=""
)

SCREENING_LISTS = Protected(
    table="screening_list",
    key=("name",),
    columns=("name", "version", "format", "dated", "entries", "imported", "officer", "content"),
    mac="",
)
WATCHES = Protected(
    table="watch",
    key=("who", "what", "purpose"),
    columns=("who", "what", "purpose", "roles", "began", "last", "spans"),
    mac="",
)

SET_ASIDE = Protected(
    table="set_aside",
    key=("id",),
    columns=("id", "role", "kind", "subject", "leaf", "what", "code", "reason", "state", "record"),
    mac="",
)

#: Tables without MACs: what stands in them is used as it stands, and the audit holds it against sealed records.
TOLD_WHOLE = (
    DEVICES,
    CREDENTIALS,
    PROOF_KEYS,
    CUSTODY,
    LAID_DOWN,
    RULE_HITS,
    BACKUPS,
    SCREENING_LISTS,
    WATCHES,
    SET_ASIDE,
)

#: Everything that an audit goes over.
AUDITED = (*PROTECTED, *TOLD_WHOLE)
