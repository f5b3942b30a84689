# SPDX-License-Identifier: Apache-2.0
"""The head of each case that goes to an officer: computed once, when it is advised, and sealed with the advice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

import msgspec

from cocket.consignment import Paper
from cocket.control import Selection
from cocket.mirror import CODES
from cocket.pipeline.assessment.stakes import Declared, stake_of
from cocket.pipeline.base.batch import Batch, Context
from cocket.pipeline.base.readings import alone
from cocket.pipeline.consignment.dossiers import moment_of, newest_declaration
from cocket.pipeline.consignment.manifest_papers import bill_findings
from cocket.pipeline.measures.permit_needs import Asked, NeedView, needs_of, permit_matrix
from cocket.pipeline.measures.permits import holds_by, ledger_name
from cocket.pipeline.tracking.alert_effects import alert_in
from cocket.risk import INDICATORS, Assessment, facts_of
from cocket.risk.conflicts import LANDED_SHORT, conflicts_of
from cocket.risk.features import ROW_NAMES
from cocket.risk.heads import head_of, with_stake
from cocket.risk.joint import PARTNER_EVIDENCE
from cocket.risk.signs import Around, record_of, signs_of
from cocket.risk.suspicion import Exhibit, Fact, Head
from cocket.stores.intake.messages import StoredMessage
from cocket.stores.tracking.alerts import StoredAlert
from cocket.tracking.alerts import KINDS, leaders_of

#: Alerts that say most, first; others follow by time.
_TELLING = ("seal-opened", "seal-tampered", "seal-swapped", "seal-undeclared", "door-opened", "light-inside")

_TRUSTED, _VERSION_REFUSED = "trusted-trader", "version-refused"
_BUILT_IN = {_TRUSTED, PARTNER_EVIDENCE, *(indicator.code for indicator in INDICATORS)}


def make_head(
    turn: Batch,
    context: Context,
    consignment: UUID,
    assessed: tuple[Assessment, Selection, Paper | None],
    beside: Sequence[Fact] = (),
) -> Head:
    """The head of one case.

    Args:
        turn: The turn.
        context: What every step may use.
        consignment: The dossier.
        assessed: Its assessment, its lane, and the declaration that both are about.
        beside: What was not landed, as `short_landed` says, and what agencies miss, as `missing_permits` says (0..n).
    """
    assessment, selection, paper = assessed
    model = None if assessment.degraded else context.speakers.champion
    calculator = context.calculator
    currency = calculator.tariff.currency if calculator else _currency(paper)
    around = Around(declaration=paper.message_id if paper else None, currency=currency)
    facts = (
        *_standing(turn, consignment, paper),
        *conflicts_of(turn.dossiers[consignment].findings, turn.papers[consignment]),
        *beside,
        *_mirrored(turn, consignment, paper),
        *_refused(turn, consignment),
        *_rules(assessment),
        *signs_of(assessment, turn.bases[str(consignment)], model, around),
        *_authorised(assessment, paper),
    )
    head = msgspec.structs.replace(
        head_of(facts, assessment, model, is_random=selection.is_random),
        record=record_of(turn.bases[str(consignment)]),
    )
    if paper is None or paper.declaration is None:
        return head
    declared = Declared(
        declaration=paper.declaration,
        facts=turn.cases[consignment].facts,
        day=moment_of(paper.declaration, paper.received).date(),
        currency=currency,
        shortfall=assessment.shortfall,
    )
    if (parts := _compared(turn.papers[consignment], head)) and parts != (paper,):
        declared = msgspec.structs.replace(declared, **_together(consignment, parts))
    return with_stake(head, stake_of(head, declared, calculator))


def _standing(turn: Batch, consignment: UUID, paper: Paper | None) -> Iterator[Fact]:
    """What stands whatever the model says: alerts, intelligence, listed parties."""
    case = turn.cases[consignment]
    said: set[str] = set()
    alerts = turn.alerts.get(consignment, ())
    leaders = leaders_of((one.id, alert_in(one)) for one in alerts)
    for alert in sorted(alerts, key=_telling):
        if alert.kind not in said and leaders.get(alert.id, alert.id) == alert.id:
            said.add(alert.kind)
            signs = (alert, *(one for one in alerts if one.id != alert.id and leaders.get(one.id) == alert.id))
            shown = tuple(Exhibit(source="alert", id=one.id, day=one.since.date().isoformat()) for one in signs)
            yield Fact(code="alert", message=KINDS[alert.kind][1], kind="seal", evidence=shown)
    if case.intelligence:
        yield Fact(
            code="intelligence",
            message="Intelligence concerns this consignment",
            kind="prohibited",
            # Of the consignment: which report it is, only those learn whom its handling lets read it.
            evidence=(Exhibit(source="intelligence", id=str(consignment)),),
        )
    for hit in case.listed:
        yield Fact(
            code="listed",
            message="Screening: {hit}",
            arguments={"hit": hit},
            kind="listed-party",
            evidence=(Exhibit(source="screening", id=str(consignment)),),
        )


def _telling(alert: StoredAlert) -> tuple[int, str]:
    order = _TELLING.index(alert.kind) if alert.kind in _TELLING else len(_TELLING)
    return order, alert.since.isoformat()


def missing_permits(turn: Batch, context: Context, wanted: Collection[UUID]) -> dict[UUID, list[Fact]]:
    """What other agencies ask for, and was not presented or does not hold, by dossier; those that miss nothing are left out.

    Args:
        turn: The turn.
        context: What every step may use.
        wanted: Dossiers (0..n).
    """
    if permit_matrix(context.stores.settings) is None:
        return {}
    holds = holds_by(context.stores, context.connection, wanted)
    asked: dict[UUID, tuple[Paper, Asked]] = {}
    for consignment in wanted:
        paper = newest_declaration(turn.papers[consignment])
        message = paper and _message_of(paper, turn.touched[consignment], context)
        if paper and paper.declaration and message:
            day, words = moment_of(paper.declaration, paper.received).date(), holds.get(consignment, ())
            name = ledger_name(alone(message, paper.part))
            asked[consignment] = paper, Asked(name=name, declaration=paper.declaration, day=day, holds=words)
    needs = needs_of(context.stores, context.connection, [one for _, one in asked.values()])
    found: dict[UUID, list[Fact]] = {}
    for (consignment, (paper, _)), views in zip(asked.items(), needs, strict=True):
        for need in views:
            if (fact := _missing(need, paper)) is not None:
                found.setdefault(consignment, []).append(fact)
    return found


def short_landed(turn: Batch, context: Context, wanted: Collection[UUID]) -> dict[UUID, tuple[Fact, ...]]:
    """What manifest control says was not landed, by dossier; only where a manifest was reported more than once can any be.

    Args:
        turn: The turn.
        context: What every step may use.
        wanted: Dossiers (0..n).
    """
    found: dict[UUID, tuple[Fact, ...]] = {}
    for consignment in wanted:
        papers = turn.papers[consignment]
        if sum(one.bill is not None for one in papers) > 1:
            said = bill_findings(context.stores, context.connection, papers)
            found[consignment] = conflicts_of((one for one in said if one.code == LANDED_SHORT), papers)
    return found


def _message_of(paper: Paper, newest: StoredMessage, context: Context) -> StoredMessage | None:
    """The message of a paper, which nearly always is the one that changed its dossier last."""
    if str(newest.id) == paper.message_id:
        return newest
    return context.stores.messages.get(context.connection, UUID(paper.message_id))


def _missing(need: NeedView, paper: Paper) -> Fact | None:
    """What is wrong with a need: no permit was presented, or what stands against the one that was; None if nothing is known to be."""
    evidence = (Exhibit(source="paper", id=paper.message_id, name=paper.standard),)
    if need.verdict == "missing":
        return Fact(
            code="permit-missing",
            message="Item {item}: {agency} asks for {paper}, and none was presented",
            arguments={"item": str(need.item), "agency": need.agency, "paper": need.says},
            kind="permit",
            evidence=evidence,
        )
    against = next((one for one in need.reasons if one.severity == "error"), None)
    if against is None:
        return None
    told = {"expected": against.expected or "–", "found": against.found or "–"}
    return Fact(
        code=against.code,
        message=against.message,
        arguments={**told, **against.arguments},
        kind="permit",
        evidence=evidence,
    )


def _mirrored(turn: Batch, consignment: UUID, paper: Paper | None) -> Iterator[Fact]:
    """Where a partner's records of the same shipment differ, each with the declarations that it is of.

    What is suspected, and what is at stake, is of one declaration, or of the parts of one: the newest, where that differs. Differences
    of others of the dossier stand beside it.
    """
    told = turn.mirrored.get(consignment, ())
    if paper is None or not told:
        return
    first = next((messages for messages, _ in told if paper.message_id in messages), told[0][0])
    standards = {one.message_id: one.standard for one in turn.papers[consignment]}
    for messages, one in sorted(told, key=lambda each: each[0] != first):
        yield Fact(
            code=one.code,
            message=one.message,
            arguments=one.arguments,
            kind=one.kind if messages == first else None,
            evidence=tuple(Exhibit(source="paper", id=each, name=standards.get(each)) for each in messages),
        )


def _compared(papers: Sequence[Paper], head: Head) -> tuple[Paper, ...]:
    """The declarations that a suspicion is of, where a partner's records lead to it: of parts of a shipment several (0..n)."""
    leading = next(iter(head.facts), None)
    if leading is None or leading.code not in CODES:
        return ()
    named = {one.id for one in leading.evidence}
    return tuple(one for one in papers if one.message_id in named and one.declaration is not None and one.speaks)


def _together(consignment: UUID, parts: Sequence[Paper]) -> dict[str, object]:
    """Declarations of parts as one, as far as money hangs on it: on the day, and at the rate, of the newest."""
    newest = parts[-1]
    told = [one.declaration for one in parts if one.declaration is not None]
    items = tuple(item for one in told for item in one.shipment.items)
    shipment = msgspec.structs.replace(told[-1].shipment, items=items)
    declaration = msgspec.structs.replace(told[-1], shipment=shipment)
    moment = moment_of(declaration, newest.received)
    return {"declaration": declaration, "facts": facts_of(declaration, str(consignment), moment), "day": moment.date()}


def _refused(turn: Batch, consignment: UUID) -> Iterator[Fact]:
    """Versions of papers that were refused and say something else, each with the paper that stands."""
    for one in turn.refused.get(consignment, ()):
        held = [paper for paper in turn.papers[consignment] if paper.sender == one.actor and paper.speaks]
        yield Fact(
            code=_VERSION_REFUSED,
            message=one.message,
            arguments=one.arguments,
            evidence=(
                *(Exhibit(source="paper", id=paper.message_id, name=paper.standard) for paper in held),
                Exhibit(source="paper", id=one.message_id or "", day=one.at.date().isoformat()),
            ),
        )


def _rules(assessment: Assessment) -> Iterator[Fact]:
    """Rules of the lab that fired; each opens its page."""
    for reason in assessment.reasons:
        if reason.code not in _BUILT_IN and reason.code not in ROW_NAMES:
            yield Fact(
                code=reason.code,
                message=reason.message,
                arguments=reason.arguments,
                evidence=(Exhibit(source="rule", id=reason.code),),
            )


def _authorised(assessment: Assessment, paper: Paper | None) -> Iterator[Fact]:
    """The trader's standing, where it weighed: it speaks for him. And what a table of partners says of such goods."""
    for reason in assessment.reasons:
        if reason.code in (_TRUSTED, PARTNER_EVIDENCE) and paper is not None:
            yield Fact(
                code=reason.code,
                message=reason.message,
                arguments=reason.arguments,
                weight=reason.weight,
                evidence=(Exhibit(source="paper", id=paper.message_id, name=paper.standard),),
            )


def _currency(paper: Paper | None) -> str | None:
    """National currency as the declaration names it; None if it does not."""
    if paper is None or paper.declaration is None:
        return None
    items = paper.declaration.shipment.items
    amounts = (item.customs_value or item.statistical_value for item in items)
    return next((one.currency for one in amounts if one is not None and one.currency), None)
