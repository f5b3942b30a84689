# SPDX-License-Identifier: Apache-2.0
"""The life of an audit: what may happen to it when, and what each step leaves behind.

An audit measures and improves compliance; it is no fraud investigation. Where suspicion arises it is handed on, and goes on,
if at all, when it comes back.
Source: WCO Guidelines for Post-Clearance Audit, volume 1, 2012; Revised Kyoto Convention, General Annex, chapter 6;
WTO Trade Facilitation Agreement, article 7.5 (the person audited is told the results, his rights and the reasons).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.control.audit.plan import AuditKind
from cocket.control.audit.sample import Sample, SampledLine
from cocket.control.audit.trader_year import Period, ResultCode
from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import Amount
from cocket.risk import Reason

AuditState = Literal["proposed", "planned", "notified", "in-progress", "handed-on", "closed", "dropped"]
Conclusion = Literal["conform", "irregular", "not-verified"]
What = Literal["value", "classification", "origin", "quantity", "procedure", "records"]

#: Act → states it may be done in, and the state it leads to (None: the same).
ACTS: dict[str, tuple[tuple[AuditState, ...], AuditState | None]] = {
    "plan": (("proposed",), "planned"),
    "notify": (("planned",), "notified"),
    "start": (("notified",), "in-progress"),
    "find": (("in-progress",), None),
    "disclose": (("notified", "in-progress"), None),
    "hand-on": (("in-progress",), "handed-on"),
    "resume": (("handed-on",), "in-progress"),
    "close": (("in-progress",), "closed"),
    "drop": (("proposed", "planned", "notified"), "dropped"),
}


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was declared otherwise than found; `declared` is None if it was not declared at all."""

    what: What
    declared: str | None = None
    found: str


class LineFinding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an auditor found on one line.

    Attributes:
        consignment: Stable id.
        item: Goods item (1-based).
        conclusion: `not-verified` where the records did not allow a conclusion; that is never `conform`.
        differences: Declared and found (0..n).
        additional_duty: Duty and tax to be paid in addition; None if none is demanded.
        penalty: Penalty; None if none.
        is_disclosed: Whether the trader disclosed it himself; such a line may lie beside the sample.
        note: Words for the file; None if there are none.
    """

    consignment: str
    item: int
    conclusion: Conclusion
    differences: tuple[Difference, ...] = ()
    additional_duty: Amount | None = None
    penalty: Amount | None = None
    is_disclosed: bool = False
    note: str | None = None

    @property
    def name(self) -> str:
        """Consignment and item, by which the line is found."""
        return f"{self.consignment}/{self.item}"


class Disclosure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the trader told of his own accord: when, in which words, and the duty it is about where he says so."""

    at: datetime
    text: str
    duty: Amount | None = None


class AuditCase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One audit after release as it stands.

    Attributes:
        trader: Number, else name without case, spaces and marks.
        name: Name in words; None if unknown.
        office: Office at which he declared most; None if unknown.
        period: The period audited.
        kind: What kind of audit it is.
        state: How far it has got.
        days: Auditor-days planned (count).
        declarations: Released declarations in the period when it was proposed (count).
        money: Duty at stake in them, else declared, national currency; None if not known.
        reasons: Why it was proposed (0..n); of a drawn one they did not choose it.
        is_random: Whether chance chose it.
        propensity: Chance with which the trader was chosen (above 0, at most 1).
        last_audit: Day on which the one before was closed; None if none is on record.
        commitment: Commitment to the seed of its sample.
        auditor: Who leads it; None until planned.
        begins: Day planned for its start; None until planned.
        sample: Lines drawn; None until it starts.
        findings: What was found, by line (0..n).
        disclosures: What the trader disclosed (0..n).
        result: How it ended; None until closed.
        recommendation: What was recommended; None until closed.
        follow_up: Day to look again; None if none is set.
        closed: When it was closed, UTC; None until then.
        seed: The sample's seed in hex, told once closed.
    """

    trader: str
    name: str | None = None
    office: str | None = None
    period: Period
    kind: AuditKind
    state: AuditState = "proposed"
    days: int
    declarations: int
    money: Decimal | None = None
    reasons: tuple[Reason, ...] = ()
    is_random: bool = False
    propensity: float = 1.0
    last_audit: date | None = None
    commitment: str
    auditor: str | None = None
    begins: date | None = None
    sample: Sample | None = None
    findings: tuple[LineFinding, ...] = ()
    disclosures: tuple[Disclosure, ...] = ()
    result: ResultCode | None = None
    recommendation: str | None = None
    follow_up: date | None = None
    closed: datetime | None = None
    seed: str | None = None

    @property
    def lines(self) -> tuple[SampledLine, ...]:
        """Lines drawn (0..n)."""
        return self.sample.lines if self.sample else ()

    @property
    def open_lines(self) -> tuple[SampledLine, ...]:
        """Lines drawn that nobody has concluded on (0..n)."""
        concluded = {finding.name for finding in self.findings}
        return tuple(one for one in self.lines if one.line.name not in concluded)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Give the audit to somebody.

    Attributes:
        auditor: Who leads it.
        begins: Day on which it is to start.
    """

    auditor: str
    begins: date


class Close(msgspec.Struct, frozen=True, kw_only=True):
    """End the audit.

    Attributes:
        result: How it ended.
        recommendation: What the trader, or customs, should do; None if nothing.
        follow_up: Day to look again; None if none.
        seed: Seed of the sample, to be told.
    """

    result: ResultCode
    recommendation: str | None = None
    follow_up: date | None = None
    seed: bytes


def acts_of(case: AuditCase) -> tuple[str, ...]:
    """Acts that the state of an audit allows (0..n)."""
    return tuple(act for act, (states, _) in ACTS.items() if case.state in states)


def plan_case(case: AuditCase, plan: Plan) -> AuditCase:
    """Give a proposed audit an auditor and a day.

    Raises:
        SenderError: It is not in a state for it, or nobody is named.
    """
    if not plan.auditor.strip():
        raise SenderError("Enter who leads the audit.", code="audit-auditor")
    return _moved(case, "plan", auditor=plan.auditor.strip(), begins=plan.begins)


def notify(case: AuditCase) -> AuditCase:
    """Tell the trader, from when on what he discloses is on record.

    Raises:
        SenderError: It is not in a state for it.
    """
    return _moved(case, "notify")


def start(case: AuditCase, sample: Sample) -> AuditCase:
    """Begin the work with the sample drawn.

    Raises:
        SenderError: It is not in a state for it, there is nothing to look at, or the seed is not the one committed to.
    """
    if sample.commitment != case.commitment:
        raise SenderError("The sample was not drawn with the committed seed.", code="audit-seed")
    if not sample.lines:
        raise SenderError("There are no lines to audit; drop the audit.", code="audit-empty")
    return _moved(case, "start", sample=sample)


def find(case: AuditCase, finding: LineFinding) -> AuditCase:
    """Record what was found on a line, in place of what was recorded on it before.

    Raises:
        SenderError: It is not in a state for it, or the finding does not hold; `findings` say why.
    """
    if "find" in acts_of(case) and (problems := tuple(check_finding(case, finding))):
        raise SenderError("The finding cannot be recorded.", code="audit-finding", findings=problems)
    others = tuple(one for one in case.findings if one.name != finding.name)
    return _moved(case, "find", findings=(*others, finding))


def disclose(case: AuditCase, disclosure: Disclosure) -> AuditCase:
    """Put on record what the trader disclosed.

    Raises:
        SenderError: It is not in a state for it, or nothing is said.
    """
    if not disclosure.text.strip():
        raise SenderError("Enter what was disclosed.", code="audit-disclosure")
    return _moved(case, "disclose", disclosures=(*case.disclosures, disclosure))


def hand_on(case: AuditCase) -> AuditCase:
    """Leave it to those who investigate; the audit rests.

    Raises:
        SenderError: It is not in a state for it.
    """
    return _moved(case, "hand-on")


def resume(case: AuditCase) -> AuditCase:
    """Go on after it came back from those who investigate.

    Raises:
        SenderError: It is not in a state for it.
    """
    return _moved(case, "resume")


def drop(case: AuditCase) -> AuditCase:
    """Give it up before it began.

    Raises:
        SenderError: It is not in a state for it.
    """
    return _moved(case, "drop")


def close(case: AuditCase, ending: Close, now: datetime) -> AuditCase:
    """End it. Its findings count for learning from now on.

    Raises:
        SenderError: It is not in a state for it, or the result contradicts the findings; `findings` say how.
    """
    if "close" in acts_of(case) and (problems := tuple(_against_closing(case, ending, now.date()))):
        raise SenderError("The audit cannot be closed.", code="audit-close", findings=problems)
    return _moved(
        case,
        "close",
        result=ending.result,
        recommendation=ending.recommendation,
        follow_up=ending.follow_up,
        closed=now,
        seed=ending.seed.hex(),
    )


def check_finding(case: AuditCase, finding: LineFinding) -> Iterator[Finding]:
    """Whether a finding says one thing only, and of a line that is the audit's (0..n findings)."""
    drawn = {one.line.name for one in case.lines}
    has_traces = bool(finding.differences or finding.additional_duty or finding.penalty)
    if finding.name not in drawn and not finding.is_disclosed:
        yield _error("audit-line", "the line {found} is not in the sample and was not disclosed", finding.name)
    if finding.conclusion == "irregular" and not finding.differences:
        yield _error("audit-difference", "an irregular line needs what was declared and what was found", finding.name)
    if finding.conclusion != "irregular" and has_traces:
        yield _error("audit-traces", "a line that is {found} has no differences, duty or penalty", finding.conclusion)
    for amount in filter(None, (finding.additional_duty, finding.penalty)):
        if amount.value < 0:
            yield _error("audit-amount", "an amount cannot be negative: {found}", f"{amount.value:f}")
        if amount.currency is None:
            yield _error("audit-currency", "an amount has no currency: {found}", f"{amount.value:f}")


def _against_closing(case: AuditCase, ending: Close, today: date) -> Iterator[Finding]:
    irregular = [finding.name for finding in case.findings if finding.conclusion == "irregular"]
    unsure = [finding.name for finding in case.findings if finding.conclusion == "not-verified"]
    if case.open_lines and ending.result != "not-concluded":
        yield _error("audit-open", "{found} lines of the sample have no conclusion", str(len(case.open_lines)))
    if irregular and ending.result == "compliant":
        yield _error("audit-compliant", "an audit with irregular lines is not compliant: {found}", " ".join(irregular))
    if unsure and ending.result == "compliant":
        yield _error("audit-unverified", "lines were not verified, so the result cannot be {found}", " ".join(unsure))
    if not irregular and ending.result == "irregular":
        yield _error("audit-irregular", "an irregular audit needs an irregular line", None)
    if ending.result != "compliant" and not (ending.recommendation or "").strip():
        yield _error("audit-recommendation", "enter a recommendation", None)
    if ending.follow_up is not None and ending.follow_up <= today:
        yield _error("audit-follow-up", "the follow-up must be in the future: {found}", ending.follow_up.isoformat())


def _moved(case: AuditCase, act: str, **changes: object) -> AuditCase:
    states, target = ACTS[act]
    if case.state not in states:
        raise SenderError(
            f"An audit that is {case.state} cannot {act}.",
            code="audit-order",
            expected=", ".join(states),
            found=case.state,
            hint="Allowed now: " + (", ".join(acts_of(case)) or "nothing") + ".",
        )
    return msgspec.structs.replace(case, state=target or case.state, **changes)


def _error(code: str, message: str, found: str | None) -> Finding:
    return Finding(code=code, severity="error", message=message, found=found and found[:200])
