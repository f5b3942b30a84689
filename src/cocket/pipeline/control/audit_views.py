# SPDX-License-Identifier: Apache-2.0
"""What doors are shown of audits after release and of the standing of traders."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from cocket.control.audit import AuditKind, AuditState, Conclusion, Difference, Disclosure, ResultCode
from cocket.pipeline.base.sealed_advice import ReasonView


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
        differences: Declared against found (0..n).
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
