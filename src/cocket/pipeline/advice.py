# SPDX-License-Identifier: Apache-2.0
"""Advice as it is sealed, and as it is shown beside what the host and its officers decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID

import msgspec

from cocket.control import ExaminationResult
from cocket.model.message import Lane
from cocket.pipeline.shelves import Shelves
from cocket.pipeline.views import AdviceView, ConsignmentView, OrderView, ReasonView, ResultView
from cocket.stores.consignments import Line
from cocket.stores.database import Connection
from cocket.stores.orders import StoredAssessment, StoredHostDecision, StoredOrder, StoredOverride, StoredResult


class SealedAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of one assessment with the lane it led to.

    Attributes:
        consignment: Dossier.
        message: Message that called for it.
        made: When, RFC 3339 in UTC.
        lane: Lane advised.
        score: 0–1, higher is worse; None if only rules were used.
        is_random: Whether the random share drew it.
        propensity: Chance with which it was selected, 0–1.
        is_degraded: Whether something was missing.
        reasons: Strongest first.
        features: Name → value; None where unknown.
        model_version: Model; None if none was used.
        rules_version: Rules.
        draw: Commitment to the seed that the random draw used; None if no draw was made.
    """

    consignment: str
    message: str
    made: str
    lane: Lane
    score: float | None
    is_random: bool
    propensity: float
    is_degraded: bool
    reasons: tuple[ReasonView, ...]
    features: dict[str, float | None]
    model_version: str | None
    rules_version: str | None
    draw: str | None


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
    overrides: dict[UUID, StoredOverride]
    orders: dict[UUID, StoredOrder]
    results: dict[UUID, ResultView]


def consignment_views(shelves: Shelves, connection: Connection, lines: Sequence[Line]) -> tuple[ConsignmentView, ...]:
    """Lines of the queue with advice, order and the host's decision beside them."""
    around = _around(shelves, connection, lines)
    return tuple(_view(line, around) for line in lines)


def results_of(shelves: Shelves, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, list[ResultView]]:
    """Results recorded here of each consignment, newest first."""
    found: dict[UUID, list[ResultView]] = {}
    for result in shelves.orders.results_of(connection, consignments):
        body = shelves.leaves.body(connection, result.id)
        if body is not None:
            found.setdefault(result.consignment, []).append(
                result_view(result, msgspec.json.decode(body, type=ExaminationResult))
            )
    return found


def result_view(stored: StoredResult, result: ExaminationResult) -> ResultView:
    """A result as it is shown."""
    duty = result.duty_recovered
    return ResultView(
        id=str(stored.id),
        at=stored.at,
        officer=result.officer,
        depth=result.depth,
        found=stored.is_found,
        offence=result.offences[0] if result.offences else None,
        duty_recovered=str(duty.value) if duty else None,
        currency=duty.currency if duty else None,
        note=result.note,
    )


def _around(shelves: Shelves, connection: Connection, lines: Sequence[Line]) -> _Around:
    ids = [line.id for line in lines]
    assessments = [line.assessment for line in lines if line.assessment]
    rows = connection.execute(
        "select r.id, l.idx, r.body from record r join leaf l on l.record = r.id where r.id = any(%s)", (assessments,)
    )
    bodies = {row[0]: (row[1], msgspec.json.decode(row[2], type=SealedAdvice)) for row in rows}
    return _Around(
        assessments=shelves.orders.assessments(connection, assessments),
        bodies=bodies,
        hosts=shelves.orders.host_decisions(connection, ids),
        overrides=shelves.orders.overrides(connection, ids),
        orders=shelves.orders.order_of(connection, ids),
        results={consignment: found[0] for consignment, found in results_of(shelves, connection, ids).items()},
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
        order=_order(order, advice, around.results.get(line.id)) if order else None,
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
        features=sealed.features,
        model_version=sealed.model_version,
        rules_version=sealed.rules_version,
        host_lane=cast(Lane, host.lane) if host and host.lane else None,
        host_override=cast(Lane, host.override) if host and host.override else None,
        override=cast(Lane, override.lane) if override else None,
        override_reason=override.reason if override else None,
    )


def _order(order: StoredOrder, advice: AdviceView | None, result: ResultView | None) -> OrderView:
    reasons = advice.reasons if advice and not advice.is_random else ()
    status = order.status if order.status in ("done", "released") else "open"
    return OrderView(id=str(order.id), lane=cast(Lane, order.lane), status=status, look_for=reasons[:3], result=result)  # type: ignore[arg-type]
