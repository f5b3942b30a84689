# SPDX-License-Identifier: Apache-2.0
"""Advice as it is sealed, and as it is shown beside what the host and its officers decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast
from uuid import UUID

import msgspec

from cocket.control import ExaminationResult, look_for, tasks_of, unamended
from cocket.model.message import Lane
from cocket.pipeline.base.sealed_advice import ReasonView, SealedAdvice
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.outcomes import read_stored
from cocket.pipeline.control.host_decisions import results_reported
from cocket.pipeline.control.officer_allocation import OfficerAllocation, allocations_of
from cocket.pipeline.control.results import view_of
from cocket.pipeline.control.views import AdviceView, ConsignmentView, HostResultView, OrderView, ResultView
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line
from cocket.stores.control.orders import StoredAssessment, StoredHostDecision, StoredOrder, StoredOverride


class SealedAct(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of an officer's act on a consignment: override, release or reopening."""

    consignment: str
    officer: str
    lane: str | None
    reason: str


class _Around(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around some lines, looked up for all of them at once."""

    assessments: dict[UUID, StoredAssessment]
    bodies: dict[UUID, tuple[int, SealedAdvice]]
    hosts: dict[UUID, StoredHostDecision]
    reported: dict[UUID, HostResultView]
    overrides: dict[UUID, StoredOverride]
    orders: dict[UUID, StoredOrder]
    allotted: dict[UUID, OfficerAllocation]
    results: dict[UUID, ResultView]


def consignment_views(stores: Stores, connection: Connection, lines: Sequence[Line]) -> tuple[ConsignmentView, ...]:
    """Lines of the queue with advice, order and the host's decision beside them."""
    around = _around(stores, connection, lines)
    return tuple(_view(line, around) for line in lines)


def results_of(
    stores: Stores,
    connection: Connection,
    consignments: Sequence[UUID],
    shown: Callable[[UUID, ExaminationResult], bool] = lambda consignment, result: True,
) -> dict[UUID, list[ResultView]]:
    """Results recorded here of each consignment, newest first; of those that are to be shown alone."""
    stored = stores.orders.results_of(connection, consignments)
    bodies = stores.leaves.bodies(connection, [one.id for one in stored]) if stored else {}
    results = {str(identity): read_stored(body) for identity, (_, body) in bodies.items()}
    last = unamended(results)
    found: dict[UUID, list[ResultView]] = {}
    for one in stored:
        if (identity := str(one.id)) in results and shown(one.consignment, results[identity]):
            view = view_of(one, results[identity], is_amended=identity not in last)
            found.setdefault(one.consignment, []).append(view)
    return found


def _around(stores: Stores, connection: Connection, lines: Sequence[Line]) -> _Around:
    ids = [line.id for line in lines]
    assessments = [line.assessment for line in lines if line.assessment]
    bodies = {
        record: (leaf.index, msgspec.json.decode(body, type=SealedAdvice))
        for record, (leaf, body) in stores.leaves.bodies(connection, assessments).items()
    }
    orders = stores.orders.order_of(connection, ids)
    hosts = stores.orders.host_decisions(connection, ids)
    return _Around(
        assessments=stores.orders.assessments(connection, assessments),
        bodies=bodies,
        hosts=hosts,
        reported=results_reported(stores, connection, hosts),
        overrides=stores.orders.overrides(connection, ids),
        orders=orders,
        allotted=allocations_of(stores, connection, orders.values()),
        results={
            consignment: own
            for consignment, found in results_of(stores, connection, ids).items()
            if (own := _own(found, orders.get(consignment)))
        },
    )


def _own(results: Sequence[ResultView], order: StoredOrder | None) -> ResultView | None:
    """The newest result of an order; those of orders that ended before it are not."""
    if order is None:
        return None
    return next(
        (one for one in results if (one.order == str(order.id) if one.order else one.at >= order.created)), None
    )


def _view(line: Line, around: _Around) -> ConsignmentView:
    advice = _advice(line, around)
    order = around.orders.get(line.id)
    return ConsignmentView(
        id=str(line.id),
        title=line.title,
        office=line.office,
        trader=line.trader,
        goods=line.goods,
        equipment=line.equipment,
        value=line.value,
        received=line.received,
        advice=advice,
        order=_order(order, around, (line, advice)) if order else None,
    )


def _advice(line: Line, around: _Around) -> AdviceView | None:
    stored = around.assessments.get(line.assessment) if line.assessment else None
    if stored is None or stored.id not in around.bodies:
        return None
    index, sealed = around.bodies[stored.id]
    host, override = around.hosts.get(line.id), around.overrides.get(line.id)
    return AdviceView(
        assessment_id=str(stored.id),
        index=index,
        made=stored.made,
        lane=sealed.lane,
        score=sealed.score,
        is_random=sealed.is_random,
        propensity=sealed.propensity,
        is_degraded=sealed.is_degraded,
        reasons=sealed.reasons,
        head=sealed.head,
        rank=sealed.rank,
        features=sealed.features,
        shortfall=sealed.shortfall,
        families=sealed.families,
        model_version=sealed.model_version,
        rules_version=sealed.rules_version,
        is_query=sealed.is_query,
        asked_by=sealed.asked_by,
        delay_minutes=sealed.delay_minutes,
        host_lane=cast(Lane, host.lane) if host and host.lane else None,
        host_override=cast(Lane, host.override) if host and host.override else None,
        host_result=around.reported.get(line.id),
        override=cast(Lane, override.lane) if override else None,
        override_reason=override.reason if override else None,
    )


def _order(order: StoredOrder, around: _Around, of: tuple[Line, AdviceView | None]) -> OrderView:
    line, advice = of
    allotted = around.allotted.get(order.id)
    status = order.status if order.status in ("done", "released", "lapsed") else "open"
    rank = advice.rank if advice else None
    return OrderView(
        id=str(order.id),
        lane=cast(Lane, order.lane),
        status=status,  # type: ignore[arg-type]
        look_for=_tasks(line, advice),
        created=order.created,
        due=rank.due if rank and status == "open" else None,
        examiner=allotted.examiner if allotted else None,
        stand_by=allotted.stand_by if allotted else (),
        result=around.results.get(line.id),
    )


def _tasks(line: Line, advice: AdviceView | None) -> tuple[ReasonView, ...]:
    """What to do, by what is suspected; before a declaration comes, intelligence alone orders."""
    head = advice.head if advice else None
    if head is not None:
        kind = head.suspicion.kind if head.suspicion else None
        others = [one.kind for one in head.because if one.weight is None and one.kind not in (None, kind)]
        told = tasks_of(kind, has_containers=line.equipment > 0, others=[one for one in others if one])
        return tuple(ReasonView(code=one.code, message=one.message) for one in told)
    sources = {reason.code: reason.source for reason in advice.reasons} if advice else {"intelligence": None}
    tasks = look_for(tuple(sources), is_random=bool(advice and advice.is_random))
    return tuple(ReasonView(code=one.code, message=one.message, source=sources.get(one.code)) for one in tasks)
