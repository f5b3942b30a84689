# SPDX-License-Identifier: Apache-2.0
"""Audits as they are shown, before disclosure takes away what a reader may not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.control.audit import (
    AuditCase,
    AuditKind,
    AuditState,
    Conclusion,
    Difference,
    Disclosure,
    LineFinding,
    ResultCode,
    SampledLine,
    acts_of,
    estimate,
)
from cocket.model import Amount
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.stores.control.case_files import StoredCaseFile
from cocket.stores.ledger.leaves import StoredLeaf

#: Kind of record → sentence. Places are filled from the sealed step.
SENTENCES = {
    "audit-propose": "proposed by {by}",
    "audit-plan": "given to {about} by {by}",
    "audit-notify": "the trader was informed by {by}",
    "audit-start": "started by {by}, sample drawn",
    "audit-find": "{by} recorded a line",
    "audit-disclose": "{by} recorded a disclosure by the trader",
    "audit-hand-on": "{by} referred a suspicion: {reason}",
    "audit-resume": "{by} resumed the audit: {reason}",
    "audit-close": "closed by {by}",
    "audit-drop": "dropped by {by}: {reason}",
    "look": "{who} accessed it for {purpose}",
}


class AuditLineView(msgspec.Struct, frozen=True, kw_only=True):
    """One audit in a list.

    Attributes:
        id: Our id.
        trader: Number of the trader, or his name where he has none.
        name: His name in words; None if unknown.
        office: Office at which he declared most; None if unknown.
        first: First day of the period.
        last: Last day of the period.
        kind: `transaction`, `desk` or `field`.
        state: How far it has got.
        days: Auditor-days planned (count).
        money: Duty at stake in his released declarations, else duty declared; text in national currency, None if unknown.
        currency: The national currency; None without a tariff.
        reasons: Why he was proposed, strongest first (0..n); none are told for one that was drawn.
        is_random: Whether chance chose him; None if not disclosed.
        last_audit: Day on which his last audit was closed; None if none is on record.
        auditor: Who leads it; None until planned.
        result: How it ended; None until closed.
        additional_duty: Currency → additional duty found so far, as text.
        changed: When it last changed, UTC.
    """

    id: str
    trader: str
    name: str | None
    office: str | None
    first: date
    last: date
    kind: AuditKind
    state: AuditState
    days: int
    money: str | None
    currency: str | None
    reasons: tuple[ReasonView, ...]
    is_random: bool | None = None
    last_audit: date | None = None
    auditor: str | None = None
    result: ResultCode | None = None
    additional_duty: dict[str, str] = {}
    changed: datetime


class SampledLineView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the sample, with what was found.

    Attributes:
        consignment: Dossier.
        item: Goods item (1-based).
        title: Best name of the declaration for people.
        hs: Commodity code; None if not stated.
        value: Customs value, text in national currency; None if not stated.
        stratum: `certain`, `money` or `unvalued`; `beside` for a line outside the sample that the trader disclosed.
        conclusion: What was found; None while nobody has looked.
        differences: Declared and found (0..n).
        additional_duty: With currency, as text; None if none.
        penalty: With currency, as text; None if none.
        is_disclosed: Whether the trader disclosed it himself.
        note: Words for the file; None if there are none.
        probability: Chance (0–1) with which the line was drawn; None if not disclosed, or for a line beside the sample.
    """

    consignment: str
    item: int
    title: str
    hs: str | None
    value: str | None
    stratum: str
    conclusion: Conclusion | None = None
    differences: tuple[Difference, ...] = ()
    additional_duty: str | None = None
    penalty: str | None = None
    is_disclosed: bool = False
    note: str | None = None
    probability: float | None = None


class AuditStepView(msgspec.Struct, frozen=True, kw_only=True):
    """One sealed step of an audit.

    Attributes:
        at: When, UTC.
        code: What: an act, `propose`, or `look`.
        actor: Who.
        message: English sentence with `{name}` places.
        arguments: Values for the places.
        index: Leaf index of the sealed record.
    """

    at: datetime
    code: str
    actor: str
    message: str
    arguments: dict[str, str]
    index: int


class AuditView(msgspec.Struct, frozen=True, kw_only=True):
    """One audit after release, whole.

    Attributes:
        summary: Its line in the list.
        declarations: Declarations of the trader in the period (count).
        lines: Goods lines among them from which the sample was drawn (count); 0 until drawn.
        sample: The sample and lines beside it, with findings (0..n).
        disclosures: What the trader disclosed of his own accord (0..n).
        open_lines: Sampled lines nobody has concluded on (count).
        estimate: Additional duty of the whole period as the sample has it, text with currency; None while that is unknown.
        recommendation: What was recommended; None until closed.
        follow_up: Day to look again; None if none is set.
        acts: Acts that its state allows, whoever does them (0..n).
        commitment: Commitment to the seed of the sample, sealed when the audit was proposed.
        seed: The seed, told once the audit is closed; None before.
        population: SHA-256 of the lines drawn from; None until drawn.
        steps: What happened, oldest first (1..n).
        propensity: Chance (0–1) with which the trader was chosen; None if not disclosed.
    """

    summary: AuditLineView
    declarations: int
    lines: int
    sample: tuple[SampledLineView, ...]
    disclosures: tuple[Disclosure, ...]
    open_lines: int
    estimate: str | None
    recommendation: str | None
    follow_up: date | None
    acts: tuple[str, ...]
    commitment: str
    seed: str | None
    population: str | None
    steps: tuple[AuditStepView, ...]
    propensity: float | None = None


class AuditList(msgspec.Struct, frozen=True, kw_only=True):
    """The list of audits.

    Attributes:
        lines: Audits that fit, most pressing first (0..n).
        counts: Audits by state, whatever the filter.
        days: Auditor-days of all that are neither closed nor dropped (count).
    """

    lines: tuple[AuditLineView, ...]
    counts: dict[str, int]
    days: int


class AuditPlanView(msgspec.Struct, frozen=True, kw_only=True):
    """What planning proposed.

    Attributes:
        first: First day of the period.
        last: Last day of the period.
        traders: Traders with released declarations in the period (count).
        capacity: Auditor-days that were to be spent (count).
        days: Auditor-days of what was proposed (count).
        commitment: Commitment to the seed that drew the random part.
        proposed: Audits proposed, ranked ones first (0..n).
    """

    first: date
    last: date
    traders: int
    capacity: int
    days: int
    commitment: str
    proposed: tuple[AuditLineView, ...] = ()


AuditStateFilter = Literal["open", "closed", "all"]


def audit_line(file: StoredCaseFile, case: AuditCase, currency: str | None) -> AuditLineView:
    """An audit as a line of the list; sums are in the national currency."""
    reasons = () if case.is_random else case.reasons
    return AuditLineView(
        id=str(file.id),
        trader=case.trader,
        name=case.name,
        office=case.office,
        first=case.period.first,
        last=case.period.last,
        kind=case.kind,
        state=case.state,
        days=case.days,
        money=None if case.money is None else f"{case.money:f}",
        currency=currency,
        reasons=tuple(
            ReasonView(code=r.code, message=r.message, arguments=r.arguments, weight=r.weight, source=r.source)
            for r in reasons
        ),
        is_random=case.is_random,
        last_audit=case.last_audit,
        auditor=case.auditor,
        result=case.result,
        additional_duty=_sums(case.findings),
        changed=file.changed,
    )


def audit_view(
    file: StoredCaseFile,
    case: AuditCase,
    titles: Mapping[str, str],
    steps: Sequence[tuple[StoredLeaf, bytes]],
    currency: str | None,
) -> AuditView:
    """An audit whole.

    Args:
        file: Its file.
        case: What is in it.
        titles: Consignment → best name for people.
        steps: Records about it, oldest first.
        currency: The national currency; None without a tariff.
    """
    return AuditView(
        summary=audit_line(file, case, currency),
        declarations=case.declarations,
        lines=case.sample.size if case.sample else 0,
        sample=_lines(case, titles),
        disclosures=case.disclosures,
        open_lines=len(case.open_lines),
        estimate=_estimate(case),
        recommendation=case.recommendation,
        follow_up=case.follow_up,
        acts=acts_of(case),
        commitment=case.commitment,
        seed=case.seed,
        population=case.sample.population if case.sample else None,
        steps=tuple(_step(leaf, body) for leaf, body in steps if leaf.kind in SENTENCES),
        propensity=case.propensity,
    )


def _lines(case: AuditCase, titles: Mapping[str, str]) -> tuple[SampledLineView, ...]:
    found = {finding.name: finding for finding in case.findings}
    drawn = {one.line.name for one in case.lines}
    sampled = [_drawn(one, found.get(one.line.name), titles) for one in case.lines]
    beside = [_shown(one, titles, one.consignment, one.item) for one in case.findings if one.name not in drawn]
    return (*sampled, *beside)


def _drawn(one: SampledLine, finding: LineFinding | None, titles: Mapping[str, str]) -> SampledLineView:
    line = one.line
    return msgspec.structs.replace(
        _shown(finding, titles, line.consignment, line.item),
        hs=line.hs,
        value=None if line.value is None else f"{line.value:f}",
        stratum=one.stratum,
        probability=one.probability,
    )


def _shown(finding: LineFinding | None, titles: Mapping[str, str], consignment: str, item: int) -> SampledLineView:
    return SampledLineView(
        consignment=consignment,
        item=item,
        title=titles.get(consignment, ""),
        hs=None,
        value=None,
        stratum="beside",
        conclusion=finding.conclusion if finding else None,
        differences=finding.differences if finding else (),
        additional_duty=_text(finding.additional_duty) if finding else None,
        penalty=_text(finding.penalty) if finding else None,
        is_disclosed=finding.is_disclosed if finding else False,
        note=finding.note if finding else None,
    )


def _step(leaf: StoredLeaf, body: bytes) -> AuditStepView:
    said = msgspec.json.decode(body)
    sentence = SENTENCES[leaf.kind]
    words = {
        name: str(said[name])
        for name in ("by", "about", "reason", "who", "purpose")
        if said.get(name) and "{" + name + "}" in sentence
    }
    code = leaf.kind.removeprefix("audit-")
    return AuditStepView(at=leaf.at, code=code, actor=leaf.actor, message=sentence, arguments=words, index=leaf.index)


def _estimate(case: AuditCase) -> str | None:
    """What the sample says of the whole period; None while a line is open, or where amounts are in several currencies."""
    amounts = [finding.additional_duty for finding in case.findings if finding.additional_duty]
    currencies = {amount.currency for amount in amounts}
    if case.sample is None or len(currencies) > 1 or any(one.conclusion == "not-verified" for one in case.findings):
        return None
    found = {one.name: one.additional_duty.value if one.additional_duty else Decimal(0) for one in case.findings}
    whole = estimate(case.sample, found)
    return None if whole is None else f"{next(iter(currencies), None) or ''} {whole:f}".strip()


def _sums(findings: Sequence[LineFinding]) -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    for finding in findings:
        if amount := finding.additional_duty:
            sums[amount.currency or "–"] = sums.get(amount.currency or "–", Decimal(0)) + amount.value
    return {currency: f"{value:f}" for currency, value in sorted(sums.items())}


def _text(amount: Amount | None) -> str | None:
    return f"{amount.currency or ''} {amount.value:f}".strip() if amount else None
