# SPDX-License-Identifier: Apache-2.0
"""Steps of the assessment worker that give advice: learn, assess, select, remember, and keep what was advised."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from cocket.control import Candidate, PolicyBook, Selection, select
from cocket.control.standing import Standing, parties_of, standing_of, trusted_trader
from cocket.control.work_order import Rank, rank_of, unexamined
from cocket.model.message import Lane
from cocket.pipeline.assessment.heads import make_head, missing_permits, short_landed
from cocket.pipeline.assessment.prior_draws import prior_draws
from cocket.pipeline.base.batch import Batch, Context
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.sealed_advice import ReasonView, SealedAdvice, SealedHit
from cocket.pipeline.consignment.dossiers import moment_of, newest_declaration
from cocket.pipeline.consignment.outcomes import TEACHING, outcomes_between
from cocket.pipeline.control.exploration import control_state, keep_control_state, steer_exploration
from cocket.pipeline.credentials.standings import KIND as STANDING
from cocket.pipeline.credentials.standings import standings_by_trader
from cocket.pipeline.risk.hubs import HubsByLeaf
from cocket.risk import Assessment, Sitting, assess, explain
from cocket.risk.assessment import Basis
from cocket.risk.suspicion import Head
from cocket.stores import NewRecord
from cocket.stores.consignment.queue_lines import StoredRank
from cocket.stores.control.orders import StoredAssessment, StoredOrder

_EXAMINED_LANES = ("red", "yellow")


def learn_results(turn: Batch, context: Context) -> Batch:
    """Step: take in results that officers recorded or the host told; they count from when they returned."""
    if turn.kinds.isdisjoint(TEACHING):
        return turn
    hubs = HubsByLeaf(context.stores, context.connection)
    outcomes = outcomes_between(context.stores, context.connection, turn.first, turn.last, hubs.before)
    for outcome in outcomes:
        context.history.learn(outcome)
    steer_exploration(context, outcomes)
    return turn


def assess_cases(turn: Batch, context: Context) -> Batch:
    """Step: assess what is declared, in index order; the history takes note of each consignment once, before the next."""
    speakers = context.speakers
    bases: dict[str, Basis] = {}
    assessments = assess(
        list(turn.cases.values()),
        context.history,
        speakers.champion,
        sitting=Sitting(
            beside=speakers.beside,
            again=set(map(str, _assessed(turn, context))),
            takes=True,
            seen=bases,
        ),
    )
    return replace(turn, assessments=tuple(assessments), bases=bases)


def select_lanes(turn: Batch, context: Context) -> Batch:
    """Step: give lanes, one case after the other in index order, under the day's quotas of each office."""
    if not turn.cases:
        return turn
    connection = context.connection
    policy = context.policy
    state = control_state(context.stores, connection)
    before = turn.known_before(turn.cases)
    earlier = context.stores.consignments.first_lanes(connection, before) if before else {}
    kept = prior_draws(context, earlier)
    standings = _standings(turn, context)
    candidates = []
    for consignment, assessment in zip(turn.cases, turn.assessments, strict=True):
        given = earlier[consignment][1] if consignment in earlier else None
        candidate = _candidate(turn, consignment, assessment, given)
        drawn, standing = kept.get(consignment), standings.get(consignment)
        candidates.append(msgspec.structs.replace(candidate, kept=drawn, standing=standing))
    selections = select(candidates, state, policy, context.seed)
    keep_control_state(context, state)
    return replace(turn, selections=tuple(selections))


def observe_cases(turn: Batch, context: Context) -> Batch:
    """Step: let the history count each consignment once, after the rules have spoken of it."""
    seen = _assessed(turn, context)
    for consignment, case in turn.cases.items():
        if consignment not in seen:
            context.history.count(case.facts)
    return turn


def _assessed(turn: Batch, context: Context) -> Collection[UUID]:
    """Cases that were assessed in a turn before."""
    before = turn.known_before(turn.cases)
    return context.stores.orders.assessed(context.connection, before) if before else ()


def keep_advice(turn: Batch, context: Context) -> Batch:
    """Step: write down advice and control orders, and make the records that seal them."""
    if not turn.cases:
        return turn
    stored: list[StoredAssessment] = []
    records: list[NewRecord] = []
    ranks: list[StoredRank] = []
    hits = _hits(turn)
    examined = [c for c, one in zip(turn.cases, turn.selections, strict=True) if one.lane in _EXAMINED_LANES]
    before = turn.known_before(examined)
    orders = context.stores.orders.order_of(context.connection, before) if before else {}
    missing = missing_permits(turn, context, examined)
    landed = short_landed(turn, context, examined)
    anew = _orders_anew(turn, context, orders)
    policy = context.policy
    for consignment, assessment, selection in zip(turn.cases, turn.assessments, turn.selections, strict=True):
        message = turn.touched[consignment]
        is_headed = selection.lane in _EXAMINED_LANES or consignment in turn.mirrored
        explained = explain(assessment, context.speakers.champion) if is_headed else assessment
        explained = _with_standing(_with_partners(explained, turn), selection)
        body = _sealed(explained, selection, context, (str(message.id), turn.causes.get(consignment)))
        paper, order = newest_declaration(turn.papers[consignment]), anew.get(consignment)
        head = None
        if is_headed:
            beside = (*landed.get(consignment, ()), *missing.get(consignment, ()))
            head = make_head(turn, context, consignment, (explained, selection, paper), beside)
        rank = _rank(turn, context, policy, (consignment, orders.get(consignment)), (selection, head))
        body = msgspec.structs.replace(
            body,
            head=head,
            rank=rank,
            hits=hits.get(consignment, ()),
            declaration=paper.message_id if paper else None,
            office=turn.dossiers[consignment].office,
            order=str(order) if order else None,
        )
        record = context.stores.sealer.record("assessment", SEALED_ASSESSMENT, body, about=consignment, at=context.now)
        records.append(record)
        ranks.append(_stored(rank))
        stored.append(
            StoredAssessment(
                id=record.leaf.record,
                consignment=consignment,
                message=message.id,
                made=context.now,
                lane=selection.lane,
                score=assessment.score,
                is_random=selection.is_random,
                propensity=selection.propensity,
            )
        )
    opened = _write(turn, context, list(zip(stored, ranks, strict=True)), anew)
    return replace(turn, records=(*turn.records, *records), ordered=tuple(opened))


def _rank(
    turn: Batch,
    context: Context,
    policy: PolicyBook,
    of: tuple[UUID, StoredOrder | None],
    told: tuple[Selection, Head | None],
) -> Rank:
    """Where a case, which may have an order already, stands in the order of work; its order lapses as the terms now say."""
    consignment, order = of
    selection, head = told
    is_open = order is not None and order.status == "open" and order.lane == selection.lane
    opened = order.created if order and is_open else context.now
    case = turn.dossiers[consignment].office or "", turn.cases[consignment].facts.flow
    due, lapses = policy.due(case, selection.lane, opened, context.now)
    rank = rank_of(head, is_random=selection.is_random, due=due, lapses=lapses)
    return rank if selection.lane in _EXAMINED_LANES else unexamined(rank)


def _stored(rank: Rank) -> StoredRank:
    stake = None if rank.stake is None else Decimal(rank.stake)
    return StoredRank(band=rank.band, worth=rank.worth, stake=stake, due=rank.due)


def reason_views(assessment: Assessment) -> tuple[ReasonView, ...]:
    """The reasons of an assessment as they are sealed and shown."""
    return tuple(
        ReasonView(code=r.code, message=r.message, arguments=r.arguments, weight=r.weight, source=r.source)
        for r in assessment.reasons
    )


def _candidate(turn: Batch, consignment: UUID, assessment: Assessment, given: Lane | None) -> Candidate:
    return Candidate(
        consignment=str(consignment),
        office=turn.dossiers[consignment].office or "",
        day=_day(turn, consignment),
        flow=turn.cases[consignment].facts.flow,
        score=assessment.score,
        duty=_duty(turn, consignment),
        rules=assessment.rules,
        asking=turn.asking.get(consignment, ()),
        degraded=assessment.degraded,
        given=given,
        intelligence=turn.cases[consignment].intelligence_lane,
        alerted=bool(turn.cases[consignment].alerts),
    )


def _duty(turn: Batch, consignment: UUID) -> float | None:
    duty = turn.cases[consignment].facts.duty
    return None if duty is None else float(duty)


def _standings(turn: Batch, context: Context) -> dict[UUID, Standing]:
    """The standing that speaks for each consignment, valid on its working day; those without one are left out."""
    if STANDING not in context.kinds_of_files:
        return {}
    papers = {consignment: newest_declaration(turn.papers[consignment]) for consignment in turn.cases}
    parties = {one: parties_of(paper.declaration) for one, paper in papers.items() if paper and paper.declaration}
    numbers = {number for each in parties.values() for number in each.numbers}
    known = standings_by_trader(context.stores, context.connection, numbers)
    if not known:
        return {}
    found = {}
    for consignment, each in parties.items():
        theirs = [standing for number in each.numbers for standing in known.get(number, ())]
        if standing := standing_of(theirs, each, _day(turn, consignment)):
            found[consignment] = standing
    return found


def _hits(turn: Batch) -> dict[UUID, tuple[SealedHit, ...]]:
    """Rules that fired, by dossier, as they are sealed."""
    found: dict[UUID, tuple[SealedHit, ...]] = {}
    for hit in turn.hits:
        sealed = SealedHit(rule=hit.rule, wording=hit.wording, is_shadow=hit.is_shadow, asked=hit.asked)
        found[hit.consignment] = (*found.get(hit.consignment, ()), sealed)
    return found


def _with_partners(assessment: Assessment, turn: Batch) -> Assessment:
    """The assessment with what a table of partners moved as its last reason."""
    told = turn.moved.get(assessment.id)
    return assessment if told is None else msgspec.structs.replace(assessment, reasons=(*assessment.reasons, told))


def _with_standing(assessment: Assessment, selection: Selection) -> Assessment:
    """The assessment with the trader's standing as its last reason, where it weighed: it speaks for him, not against."""
    if selection.standing is None:
        return assessment
    reason = trusted_trader(selection.standing, assessment.score, selection.standing_factor)
    if assessment.degraded:
        reason = msgspec.structs.replace(reason, weight=None)  # no chance, only an order of urgency
    return msgspec.structs.replace(assessment, reasons=(*assessment.reasons, reason))


def _day(turn: Batch, consignment: UUID) -> date:
    """The office's working day: when the declaration became known to customs."""
    paper = newest_declaration(turn.papers[consignment])
    if paper is None or paper.declaration is None:
        return datetime.now(UTC).date()
    return moment_of(paper.declaration, paper.received).date()


def _sealed(
    assessment: Assessment, selection: Selection, context: Context, cause: tuple[str, str | None]
) -> SealedAdvice:
    message, because = cause
    return SealedAdvice(
        consignment=selection.consignment,
        message=message,
        made=context.now.isoformat(),
        lane=selection.lane,
        score=None if assessment.degraded else assessment.score,
        is_random=selection.is_random,
        propensity=selection.propensity,
        is_degraded=assessment.degraded,
        reasons=reason_views(assessment),
        features=assessment.features,
        model_version=assessment.model_version,
        rules_version=assessment.rules_version,
        draw=selection.commitment,
        drawn_as=selection.drawn_as,
        rule_draws=selection.rule_draws,
        number=selection.number,
        chance=selection.chance,
        why=selection.why,
        asked_by=selection.asked_by,
        is_query=selection.is_query,
        delay_minutes=selection.delay_minutes,
        threshold=selection.threshold,
        because=because,
        grounds=selection.grounds,
        shortfall=assessment.shortfall,
        families=assessment.families,
        beside={version: score.chance for version, score in assessment.beside.items()},
    )


def _orders_anew(turn: Batch, context: Context, orders: Mapping[UUID, StoredOrder]) -> dict[UUID, UUID]:
    """Dossiers whose order has ended and whose declaration asks for another, each with the id of that order.

    The declaration, or this version of it, was not assessed before the order ended; it asks for an examination as strict
    as the order, or for one at another office. One that was assessed before asks for nothing twice.
    """
    lanes = {c: one.lane for c, one in zip(turn.cases, turn.selections, strict=True) if one.lane in _EXAMINED_LANES}
    found = {}
    for consignment, order in orders.items():
        lane, office = lanes[consignment], turn.dossiers[consignment].office
        is_elsewhere = order.office is not None and office != order.office
        is_as_strict = _EXAMINED_LANES.index(lane) <= _EXAMINED_LANES.index(order.lane)
        has_ended = order.status in ("done", "released") or (order.status == "lapsed" and is_elsewhere)
        if has_ended and (is_elsewhere or is_as_strict) and not _is_covered(turn, context, consignment):
            found[consignment] = new_id()
    return found


def _is_covered(turn: Batch, context: Context, consignment: UUID) -> bool:
    """Whether the declaration that holds was assessed before, in this version."""
    paper = newest_declaration(turn.papers[consignment])
    if paper is None:
        return True
    for leaf, body in context.stores.leaves.records_about(context.connection, consignment):
        if leaf.kind != "assessment":
            continue
        told = msgspec.json.decode(body, type=SealedAdvice)
        if told.declaration == paper.message_id or (told.declaration is None and paper.received <= leaf.at):
            return True
    return False


def _write(
    turn: Batch, context: Context, ranked: list[tuple[StoredAssessment, StoredRank]], anew: dict[UUID, UUID]
) -> list[StoredOrder]:
    """Write advice and orders; the orders on dossiers that were opened in this turn."""
    stores, connection = context.stores, context.connection
    stored = [one for one, _ in ranked]
    stores.orders.add_assessments(connection, stored)
    advice = [((one.consignment, one.lane, one.score, one.id), rank) for one, rank in ranked]
    stores.consignments.advise_ranked(connection, advice)
    orders = [
        StoredOrder(
            id=anew.get(one.consignment) or new_id(),
            consignment=one.consignment,
            lane=one.lane,
            office=turn.dossiers[one.consignment].office,
            status="open",
            created=context.now,
            record=one.id,
        )
        for one in stored
        if one.lane in _EXAMINED_LANES
    ]
    if orders:
        stores.orders.order(connection, orders, anew.values(), turn.opened)
    return [one for one in orders if one.consignment in turn.opened]
