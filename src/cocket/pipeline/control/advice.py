# SPDX-License-Identifier: Apache-2.0
"""Advice as it is sealed, and as it is shown beside what the host and its officers decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID

import msgspec

from cocket.control import RuleDraw, look_for, unamended
from cocket.model.message import Lane
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.officer_allocation import OfficerAllocation, allocations_of
from cocket.pipeline.control.results import read_stored, view_of
from cocket.pipeline.queries.views import AdviceView, ConsignmentView, OrderView, ReasonView, ResultView
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line
from cocket.stores.control.orders import StoredAssessment, StoredHostDecision, StoredOrder, StoredOverride


class SealedHit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule that fired on a consignment.

    Attributes:
        rule: Code of the rule.
        wording: Digest of its wording; "" for one that is written in Python.
        is_shadow: Whether it ran without effect.
        asked: Whether it asked for a lane or a query.
    """

    rule: str
    wording: str = ""
    is_shadow: bool = False
    asked: bool = False


class SealedAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of one assessment with the lane it led to.

    Attributes:
        consignment: Dossier.
        message: Message that called for it.
        made: When, RFC 3339 in UTC.
        lane: Lane advised.
        score: 0–1, higher is worse; None if only rules were used.
        is_random: Whether the random share drew it, now or when the lane that stands was given.
        propensity: Chance with which it was selected, 0–1; of a red lane that stands, that with which it was given.
        is_degraded: Whether something was missing.
        reasons: Strongest first.
        features: Name → value; None where unknown.
        model_version: Model; None if none was used.
        rules_version: Rules.
        draw: Commitment to the seed that the random draw used: of the day on which it was first drawn; None if no draw was
            made.
        number: The number drawn from that seed (0–1); None in records of before.
        chance: Share drawn for red at that moment (0–1); None in records of before.
        drawn_as: Dossier under whose id it was drawn: another one where two were found to be one; None in records of before.
        rule_draws: What was drawn for rules that ask on a share of their hits, now and before (0..n).
        why: Why it got its lane, as `cocket.control.Selection.why` has it; None in records of before.
        asked_by: Rules of the lab that asked for a lane or a query (0..n).
        is_query: Whether the declarant is to be asked something first.
        threshold: Score that red asked for; None where degraded, and in records of before.
        delay_minutes: Minutes for which a green lane may still be changed before release.
        because: Why it was assessed again, in words, where no paper called for it; else None.
        shortfall: Duty and tax that a find would recover by the model, national currency; None if it does not tell.
        families: Offence family → its part of the score; empty if the model does not tell.
        beside: Version → score of models tried beside the one that chose; none of them had a say.
        hits: Rules that fired, in shadow too (0..n).
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
    number: float | None = None
    chance: float | None = None
    why: str | None = None
    asked_by: tuple[str, ...] = ()
    is_query: bool = False
    delay_minutes: int = 0
    threshold: float | None = None
    drawn_as: str | None = None
    rule_draws: tuple[RuleDraw, ...] = ()
    because: str | None = None
    shortfall: float | None = None
    families: dict[str, float] = {}
    beside: dict[str, float] = {}
    hits: tuple[SealedHit, ...] = ()


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
    allotted: dict[UUID, OfficerAllocation]
    results: dict[UUID, ResultView]


def consignment_views(stores: Stores, connection: Connection, lines: Sequence[Line]) -> tuple[ConsignmentView, ...]:
    """Lines of the queue with advice, order and the host's decision beside them."""
    around = _around(stores, connection, lines)
    return tuple(_view(line, around) for line in lines)


def results_of(stores: Stores, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, list[ResultView]]:
    """Results recorded here of each consignment, newest first."""
    stored = stores.orders.results_of(connection, consignments)
    bodies = {one.id: stores.leaves.body(connection, one.id) for one in stored}
    results = {str(identity): read_stored(body) for identity, body in bodies.items() if body is not None}
    last = unamended(results)
    found: dict[UUID, list[ResultView]] = {}
    for one in stored:
        if (identity := str(one.id)) in results:
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
    return _Around(
        assessments=stores.orders.assessments(connection, assessments),
        bodies=bodies,
        hosts=stores.orders.host_decisions(connection, ids),
        overrides=stores.orders.overrides(connection, ids),
        orders=orders,
        allotted=allocations_of(stores, connection, orders.values()),
        results={consignment: found[0] for consignment, found in results_of(stores, connection, ids).items()},
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
        order=_order(order, around.allotted.get(order.id), advice, around.results.get(line.id)) if order else None,
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
        shortfall=sealed.shortfall,
        families=sealed.families,
        model_version=sealed.model_version,
        rules_version=sealed.rules_version,
        is_query=sealed.is_query,
        asked_by=sealed.asked_by,
        delay_minutes=sealed.delay_minutes,
        host_lane=cast(Lane, host.lane) if host and host.lane else None,
        host_override=cast(Lane, host.override) if host and host.override else None,
        override=cast(Lane, override.lane) if override else None,
        override_reason=override.reason if override else None,
    )


def _order(
    order: StoredOrder, allotted: OfficerAllocation | None, advice: AdviceView | None, result: ResultView | None
) -> OrderView:
    status = order.status if order.status in ("done", "released", "lapsed") else "open"
    return OrderView(
        id=str(order.id),
        lane=cast(Lane, order.lane),
        status=status,  # type: ignore[arg-type]
        look_for=_tasks(advice),
        examiner=allotted.examiner if allotted else None,
        stand_by=allotted.stand_by if allotted else (),
        result=result,
    )


def _tasks(advice: AdviceView | None) -> tuple[ReasonView, ...]:
    """What to look for, each task with the source of its reason; before a declaration comes, intelligence alone orders."""
    sources = {reason.code: reason.source for reason in advice.reasons} if advice else {"intelligence": None}
    tasks = look_for(tuple(sources), is_random=bool(advice and advice.is_random))
    return tuple(ReasonView(code=one.code, message=one.message, source=sources.get(one.code)) for one in tasks)
