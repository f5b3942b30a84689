# SPDX-License-Identifier: Apache-2.0
"""Closed audits as the analysts learn from them: late labels, back to the profiles that chose or passed over the goods."""

from __future__ import annotations

from uuid import UUID

from cocket.control.audit import outcomes_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.audit_population import facts_by_consignment
from cocket.pipeline.control.audits import case_of_step
from cocket.risk import Outcome
from cocket.stores.base.database import Connection

#: Kind of record that closes an audit; it counts from then on.
AUDIT_RECORD = "audit-close"


def audit_outcomes(stores: Stores, connection: Connection, body: bytes) -> list[Outcome]:
    """What a closed audit teaches.

    Args:
        shelves: The stores.
        connection: The transaction.
        body: The sealed record that closed it.

    Returns:
        One outcome a consignment with an audited line (0..n); consignments that went up in others are found there.
    """
    case = case_of_step(body)
    ids = sorted({finding.consignment for finding in case.findings})
    lines = {one: stores.consignments.line(connection, UUID(one)) for one in ids}
    known = facts_by_consignment(stores, connection, [line.id for line in lines.values() if line])
    facts = {one: known[line.id] for one, line in lines.items() if line and line.id in known}
    return list(outcomes_of(case, facts))
