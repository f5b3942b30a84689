# SPDX-License-Identifier: Apache-2.0
"""Results of examinations as the analysts learn from them, whether an officer recorded them here or the host told them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from cocket.consignment import keys
from cocket.control import ExaminationResult, label_of
from cocket.pipeline.dossiers import moment_of, newest_declaration
from cocket.pipeline.filing import papers_of
from cocket.pipeline.host_rows import HostRow
from cocket.pipeline.shelves import Shelves
from cocket.risk import Outcome, facts_of
from cocket.stores.database import Connection
from cocket.stores.leaves import StoredLeaf


def outcomes_between(shelves: Shelves, connection: Connection, first: int, last: int) -> list[Outcome]:
    """Examinations whose results were sealed among a range of leaves, in index order.

    Args:
        shelves: The stores.
        connection: The transaction.
        first: First leaf index.
        last: Last leaf index.

    Returns:
        Outcomes (0..n). A result of a declaration that is not known here, or of no examination, teaches nothing.
    """
    told = shelves.leaves.records_between(connection, first, last, ("result", "host-result"))
    found = [_told(shelves, connection, leaf, body) for leaf, body in told]
    ids = list(dict.fromkeys(one[0] for one in found if one))
    papers = papers_of(shelves, connection, ids) if ids else {}
    assessed = shelves.orders.assessed(connection, ids) if ids else {}
    outcomes = []
    for one in found:
        paper = newest_declaration(papers.get(one[0], ())) if one else None
        if one is None or paper is None or paper.declaration is None:
            continue
        consignment, result, is_ours = one
        facts = facts_of(paper.declaration, str(consignment), moment_of(paper.declaration, paper.received))
        advice = assessed.get(consignment)
        propensity = advice.propensity if is_ours and advice and advice.propensity > 0 else None
        outcomes.append(label_of(result, facts, propensity))
    return [outcome for outcome in outcomes if outcome is not None]


def _told(
    shelves: Shelves, connection: Connection, leaf: StoredLeaf, body: bytes
) -> tuple[UUID, ExaminationResult, bool] | None:
    """Consignment, result, and whether our advice selected it; None if the declaration is not known here."""
    if leaf.kind == "result":
        result = msgspec.json.decode(body, type=ExaminationResult)
        return UUID(result.consignment), result, True
    host = msgspec.json.decode(body, type=HostRow)
    owners = shelves.consignments.owners(connection, [key.pair for key in keys((host.reference,), "")])
    return next(((owner, _of_host(host, owner, leaf.at), False) for owner in owners.values()), None)


def _of_host(host: HostRow, consignment: UUID, told: datetime) -> ExaminationResult:
    found, returned = host.decision.found, host.returned or told
    is_examined = bool(host.is_examined) and found is not None
    return ExaminationResult(
        consignment=str(consignment),
        officer="host",
        examined=returned if is_examined else None,
        returned=returned,
        depth=(host.depth or "full") if is_examined else "not-examined",
        conclusion="not-examined" if not is_examined else "irregular" if found else "conform",
    )
