# SPDX-License-Identifier: Apache-2.0
"""What examinations and audits found, as it was sealed: read by whoever learns from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from cocket.consignment import keys
from cocket.control import OFFENCES, ExaminationResult, label_of, more_than, taught_by
from cocket.control.audit import AuditCase, outcomes_of
from cocket.control.results import Depth
from cocket.model import HostDecision, Reference
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import facts_by_consignment, moment_of, newest_declaration
from cocket.pipeline.consignment.papers import papers_of
from cocket.risk import Facts, Outcome, day_number, facts_of
from cocket.risk.hubs import Hubs
from cocket.stores.base.database import Connection
from cocket.stores.control.orders import StoredAssessment, StoredHostDecision
from cocket.stores.ledger.leaves import StoredLeaf

#: Kind of record that closes an audit; it counts from then on.
AUDIT_RECORD = "audit-close"

#: Lanes in which a host examines no goods.
_UNEXAMINED_LANES = ("green", "blue")

_DECODE = msgspec.json.Decoder(ExaminationResult)


class AuditStep(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of one step: what was done, with which words, and how the audit stands after it.

    Attributes:
        act: One of `cocket.control.audit.ACTS`, or `propose`.
        by: Who did it.
        reason: In words; empty where none was asked for.
        about: Line or person it is about; None if about none.
        case: The audit after it.
    """

    act: str
    by: str
    reason: str = ""
    about: str | None = None
    case: AuditCase


class HostRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the host says of one declaration.

    Attributes:
        reference: The declaration's registration at the host.
        decision: Lane, override and result, as far as the row tells.
        returned: When the result came back; None if the row tells none.
        is_examined: Whether the row is about an examination that took place; None if it tells no result.
        depth: How deep the look was; None if not stated.
        currency: Currency of the duty recovered; None if not stated.
    """

    reference: Reference
    decision: HostDecision
    returned: datetime | None = None
    is_examined: bool | None = None
    depth: Depth | None = None
    currency: str | None = None


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """What an examination found, as far as figures need it.

    Attributes:
        found: Whether an irregularity was found.
        propensity: Chance (above 0, at most 1) with which it was selected for examination; None if nobody logged it.
    """

    found: bool
    propensity: float | None


def read_stored(body: bytes) -> ExaminationResult:
    """A result as it was sealed; those of earlier versions too."""
    return _DECODE.decode(body)


#: Kinds of leaves from which outcomes come.
TEACHING: Final = ("result", "host-result", AUDIT_RECORD)


def outcomes_between(
    stores: Stores,
    connection: Connection,
    first: int,
    last: int,
    hubs_at: Callable[[int], Hubs] | None = None,
) -> list[Outcome]:
    """Examinations whose results were sealed among a range of leaves, in index order.

    Args:
        shelves: The stores.
        connection: The transaction.
        first: First leaf index.
        last: Last leaf index.
        hubs_at: Leaf index of a result → addresses that many share, which it says nothing of; None leaves none out.

    Returns:
        Outcomes (0..n), those of audits after release last. A result of a declaration that is not known here, or of no
        examination, teaches nothing; an amendment that comes to the conclusion of what it amends teaches corrections alone.
    """
    told = _results_between(stores, connection, first, last)
    papers = papers_of(stores, connection, list(dict.fromkeys(one[1] for one in told))) if told else {}
    facts = {}
    for consignment, filed in papers.items():
        paper = newest_declaration(filed)
        if paper is not None and paper.declaration is not None:
            moment = moment_of(paper.declaration, paper.received)
            facts[consignment] = facts_of(paper.declaration, str(consignment), moment)
    outcomes = [_without_hubs(label, index, hubs_at) for index, label in _labels(stores, connection, told, facts.get)]
    for leaf, body in stores.leaves.records_between(connection, first, last, (AUDIT_RECORD,)):
        outcomes += [_without_hubs(one, leaf.index, hubs_at) for one in audit_outcomes(stores, connection, body)]
    return outcomes


def _labels(
    stores: Stores,
    connection: Connection,
    told: Sequence[tuple[int, UUID, ExaminationResult, float | None]],
    facts_of_one: Callable[[UUID], Facts | None],
) -> Iterator[tuple[int, Outcome]]:
    """What results teach, each with the index of its leaf; those of a consignment without facts nothing."""
    for index, consignment, result, propensity in told:
        facts = facts_of_one(consignment)
        if facts is None:
            continue
        label = label_of(result, facts, propensity)
        earlier = _amended(stores, connection, result)
        taught = label_of(earlier, facts, propensity) if earlier else None
        if label is None and taught is not None and taught.found and result.is_found is False:
            # A find on papers that was withdrawn: what was taught of it holds no more, though papers alone teach no "conform".
            label = Outcome(facts=facts, found=False, returned=day_number(result.returned), propensity=propensity)
        if label is not None and taught is not None and taught.found == label.found:
            label = more_than(label, taught)
        if label is not None:
            yield index, label


def learnt_until(stores: Stores, connection: Connection, last: int) -> dict[str, Outcome]:
    """Consignment → the last of `outcomes_between` up to a leaf; without the facts of what was declared, so that no paper is read."""
    told = _results_between(stores, connection, 0, last)
    declared = stores.consignments.declared(connection, list({one[1] for one in told})) if told else set()

    def name_alone(consignment: UUID) -> Facts | None:
        return Facts(id=str(consignment), day=0.0) if consignment in declared else None

    learnt = {label.facts.id: label for _, label in _labels(stores, connection, told, name_alone)}
    for _, body in stores.leaves.records_between(connection, 0, last, (AUDIT_RECORD,)):
        learnt |= {one.facts.id: one for one in audit_outcomes(stores, connection, body)}
    return learnt


def examined_until(stores: Stores, connection: Connection, last: int) -> dict[str, Examined]:
    """Consignment → what its latest examination up to a leaf found; as `outcomes_between`, without reading any paper."""
    told = _results_between(stores, connection, 0, last)
    declared = stores.consignments.declared(connection, list({one[1] for one in told})) if told else set()
    return {
        str(consignment): Examined(found=found, propensity=propensity)
        for _, consignment, result, propensity in told
        if consignment in declared and (found := taught_by(result)) is not None
    }


def _results_between(
    stores: Stores, connection: Connection, first: int, last: int
) -> list[tuple[int, UUID, ExaminationResult, float | None]]:
    """Results sealed among a range of leaves, of what is known here: index of the leaf, consignment, result, and the chance
    with which it was selected, None where that is not known.
    """
    told = stores.leaves.records_between(connection, first, last, ("result", "host-result"))
    found = [_told(stores, connection, leaf, body) for leaf, body in told]
    ids = list(dict.fromkeys(one[0] for one in found if one))
    assessed = stores.orders.assessed(connection, ids) if ids else {}
    by_host = [one[0] for one in found if one and not one[2]]
    drawn = stores.orders.first_drawn(connection, by_host) if by_host else {}
    decided = stores.orders.host_decisions(connection, list(drawn)) if drawn else {}
    its_own = stores.orders.host_draws(connection, [(one.kind, one.value) for one in decided.values()])
    results = []
    for (leaf, _), one in zip(told, found, strict=True):
        if one is None:
            continue
        consignment, result, is_ours = one
        advice = assessed.get(consignment)
        propensity = advice.propensity if is_ours and advice and advice.propensity > 0 else None
        if not is_ours:
            host = decided.get(consignment)
            draw = its_own.get((host.kind, host.value)) if host else None
            is_hosts = bool(draw and draw.is_random)
            propensity = chance_beside_host(drawn.get(consignment), host, result, leaf.at, is_hosts=is_hosts)
        results.append((leaf.index, consignment, result, propensity))
    return results


def chance_beside_host(
    drawn: StoredAssessment | None,
    host: StoredHostDecision | None,
    result: ExaminationResult,
    told: datetime,
    *,
    is_hosts: bool = False,
) -> float | None:
    """Chance with which our sealed draw chose what a host then examined; None where the host had, or may have had, its own reason.

    The draw knows nothing of the goods, so it is independent of what is found; its chance was sealed with the advice, before the
    result was told. That speaks for the result only where the draw was why it was examined: where the host's own lane is one that
    examines nothing (green or blue), no officer there set another, its own chance did not choose it, and the examination came on
    the day of the draw or after. What the host itself sends to examination is examined whatever we draw: our draw of it is no chance.

    Args:
        drawn: The first advice with which the random share sent it to red; None if it never did.
        host: What the host decided; None if it has not said.
        result: What the host tells was found.
        told: When that was sealed, UTC.
        is_hosts: Whether the host says that its own chance chose it: a draw of the host is never told as ours.

    Source: Horvitz and Thompson, A generalization of sampling without replacement from a finite universe, JASA 47, 1952.
    """
    if is_hosts or drawn is None or host is None or result.examined is None or not 0.0 < drawn.propensity <= 1.0:
        return None
    is_for_it = host.lane in _UNEXAMINED_LANES and host.override is None
    is_after = drawn.made <= told and drawn.made.date() <= result.examined.date()
    return drawn.propensity if is_for_it and is_after else None


def _without_hubs(outcome: Outcome, index: int, hubs_at: Callable[[int], Hubs] | None) -> Outcome:
    facts = hubs_at(index).without(outcome.facts) if hubs_at else outcome.facts
    return outcome if facts is outcome.facts else msgspec.structs.replace(outcome, facts=facts)


def all_results(stores: Stores, connection: Connection, size: int | None = None) -> dict[str, ExaminationResult]:
    """Every result told so far, those of the host only where no officer recorded one here, by id, oldest first.

    Args:
        stores: The stores.
        connection: The transaction.
        size: How many leaves count; None for all.
    """
    last = (stores.leaves.size(connection) if size is None else size) - 1
    told = stores.leaves.records_between(connection, 0, last, ("result", "host-result"))
    here = {str(leaf.record): read_stored(body) for leaf, body in told if leaf.kind == "result"}
    rows = [(leaf, msgspec.json.decode(body, type=HostRow)) for leaf, body in told if leaf.kind == "host-result"]
    names = {row.reference: keys((row.reference,), "") for _, row in rows}
    owners = stores.consignments.owners(connection, [key.pair for found in names.values() for key in found])
    covered = {result.consignment for result in here.values()}
    by_host: dict[UUID, tuple[str, ExaminationResult]] = {}
    for leaf, row in rows:
        owner = next((owners[key.pair] for key in names[row.reference] if key.pair in owners), None)
        if owner is not None and str(owner) not in covered:
            by_host[owner] = (str(leaf.record), _of_host(row, owner, leaf.at))
    return {**here, **dict(by_host.values())}


def _amended(stores: Stores, connection: Connection, result: ExaminationResult) -> ExaminationResult | None:
    body = stores.leaves.body(connection, UUID(result.amends)) if result.amends else None
    return read_stored(body) if body is not None else None


def _told(
    stores: Stores, connection: Connection, leaf: StoredLeaf, body: bytes
) -> tuple[UUID, ExaminationResult, bool] | None:
    """Consignment, result, and whether our advice selected it; None if the declaration is not known here."""
    if leaf.kind == "result":
        result = read_stored(body)
        return UUID(result.consignment), result, True
    host = msgspec.json.decode(body, type=HostRow)
    owners = stores.consignments.owners(connection, [key.pair for key in keys((host.reference,), "")])
    return next(((owner, _of_host(host, owner, leaf.at), False) for owner in owners.values()), None)


def _of_host(host: HostRow, consignment: UUID, told: datetime) -> ExaminationResult:
    found, returned = host.decision.found, host.returned or told
    is_examined = bool(host.is_examined) and found is not None
    return ExaminationResult(
        consignment=str(consignment),
        officer="host",
        examined=returned if is_examined else None,
        returned=returned,
        selected="host",
        depth=(host.depth or "full") if is_examined else "not-examined",
        conclusion="not-examined" if not is_examined else "irregular" if found else "conform",
        offences=tuple(name for name in OFFENCES if found and name == host.decision.offence),
    )


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


def case_of_step(body: bytes) -> AuditCase:
    """The audit as a sealed step left it."""
    return msgspec.json.decode(body, type=AuditStep).case
