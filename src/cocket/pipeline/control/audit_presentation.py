# SPDX-License-Identifier: Apache-2.0
"""Audits as they are shown, before disclosure takes away what a reader may not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from cocket.control.audit import AuditCase, LineFinding, SampledLine, acts_of, estimate
from cocket.model import Amount
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.pipeline.control.audit_views import AuditLineView, AuditStepView, AuditView, SampledLineView
from cocket.stores.control.case_files import StoredCaseFile
from cocket.stores.ledger.leaves import StoredLeaf

#: Kind of record → sentence. Places are filled from the sealed step.
SENTENCES = {
    "audit-propose": "proposed by {by}",
    "audit-plan": "given to {about} by {by}",
    "audit-notify": "the trader was told by {by}",
    "audit-start": "begun by {by}, sample drawn",
    "audit-find": "{by} recorded a line",
    "audit-disclose": "{by} put a disclosure of the trader on record",
    "audit-hand-on": "{by} handed a suspicion on: {reason}",
    "audit-resume": "{by} went on: {reason}",
    "audit-close": "closed by {by}",
    "audit-drop": "dropped by {by}: {reason}",
    "look": "{who} looked at it",
}


def audit_line(file: StoredCaseFile, case: AuditCase) -> AuditLineView:
    """An audit as a line of the list."""
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
) -> AuditView:
    """An audit whole.

    Args:
        file: Its file.
        case: What is in it.
        titles: Consignment → best name for people.
        steps: Records about it, oldest first.
    """
    return AuditView(
        summary=audit_line(file, case),
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
        for name in ("by", "about", "reason", "who")
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
