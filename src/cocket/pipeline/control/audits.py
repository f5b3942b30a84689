# SPDX-License-Identifier: Apache-2.0
"""Audits after release: proposed by risk and by chance, worked line by line, closed with labels. Each step is sealed.

The audit's file is the newest sealed body about it; what led there are the records before.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime

import msgspec

from cocket.control import audit as work
from cocket.control.audit import AuditCase, AuditPolicy, Period, Proposal
from cocket.control.draw import commit_seed
from cocket.errors import SenderError
from cocket.governance import Context, Principal, Resource, disclose
from cocket.model import Amount
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.tariff import calculator_of
from cocket.pipeline.consignment.outcomes import AuditStep, case_of_step
from cocket.pipeline.control.audit_population import lines_of_trader, population_between, values_before
from cocket.pipeline.control.audit_views import (
    AuditLineView,
    AuditList,
    AuditPlanView,
    AuditStateFilter,
    AuditView,
    audit_line,
    audit_view,
)
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile

KIND = "audit"

#: States in which a trader is under audit, and not proposed again.
_RUNNING = ("proposed", "planned", "notified", "in-progress", "handed-on")

#: Filter → states.
_STATES: dict[AuditStateFilter, tuple[str, ...]] = {"open": _RUNNING, "closed": ("closed", "dropped"), "all": ()}
_URGENCY = ("in-progress", "notified", "planned", "proposed", "handed-on", "closed", "dropped")


class AuditSeed(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that binds the random part of a plan before the plan is made."""

    period: str
    commitment: str


class Audits(Service):
    """Auditing after release."""

    def plan_audits(
        self, principal: Principal, period: Period, capacity: int, policy: AuditPolicy | None = None
    ) -> AuditPlanView:
        """Propose audits of a period as far as auditor-days go, most by rank, a part by chance.

        The seed of the part of chance follows from a key that never leaves the keys folder, and is committed in a
        transaction of its own before anything is looked at; a trader under audit is not proposed again. Whoever is bound
        to an office plans for its traders alone.

        Raises:
            PolicyError: The principal may not.
            SenderError: Days or period make no sense.
        """
        self._access.require(principal, "audit:plan")
        if period.last < period.first or capacity < 0:
            raise SenderError("A plan needs a period that ends after it begins, and days to spend.", code="audit-plan")
        seed = self._commit_plan_seed(period)
        rules, now = policy or AuditPolicy(), datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            years = work.trader_years(
                population_between(self._stores, connection, period),
                period,
                self._before_audits(connection, period),
                rules.sensitive,
            )
            running = self._traders_under_audit(connection)
            years = [one for one in years if self._access.may(principal, "audit:plan", _of(one.office))]
            free = [one for one in work.rank(years, rules) if one.year.trader not in running]
            files, records = [], []
            for proposal in work.plan(free, capacity, seed, rules):
                file, record = self._open_audit(connection, self._proposed_audit(proposal, period), (principal.id, now))
                files.append(file)
                records.append(record)
            self._access.seal(connection, *records)
        lines = tuple(self._audit_line(principal, file) for file in files)
        days = sum(line.days for line in lines)
        return AuditPlanView(
            first=period.first, last=period.last, traders=len(years), capacity=capacity, days=days,
            commitment=commit_seed(seed), proposed=lines,
        )  # fmt: skip

    def audits(self, principal: Principal, state: AuditStateFilter = "open") -> AuditList:
        """Audits, open ones first and the most money first among them.

        Raises:
            PolicyError: The principal may not see them.
        """
        self._access.require(principal, "audit:read")
        with self._stores.database.transaction() as connection:
            known = self._stores.case_files.of_kind(connection, KIND)
            known = [file for file in known if self._access.may(principal, "audit:read", _of(file.office))]
            files = [file for file in known if not _STATES[state] or file.state in _STATES[state]]
            self._access.seal(
                connection, self._access.record(principal, "audits", tuple(str(file.id) for file in files))
            )
        counts = {name: sum(file.state == name for file in known) for name in _URGENCY}
        days = sum(_case(file).days for file in known if file.state in _RUNNING)
        lines = tuple(self._audit_line(principal, file) for file in sorted(files, key=_pressing))
        return AuditList(lines=lines, counts={name: count for name, count in counts.items() if count}, days=days)

    def audit(self, principal: Principal, audit_id: str) -> AuditView:
        """One audit, whole.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            file = self._audit_file(connection, principal, audit_id)
            view = self._audit_view(connection, principal, file)
            self._access.seal(connection, self._access.record(principal, KIND, (str(file.id),)))
        return view

    def plan_audit(self, principal: Principal, audit_id: str, plan: work.Plan) -> AuditView:
        """Give a proposed audit to somebody, with a day to begin.

        Raises:
            NotFoundError: There is no such audit.
            PolicyError: The principal may not.
            SenderError: It is not in a state for it.
        """
        return self._act_on_audit(
            principal, audit_id, ("plan", "", plan.auditor), lambda case, _: work.plan_case(case, plan)
        )

    def notify_audit(self, principal: Principal, audit_id: str) -> AuditView:
        """Put on record that the trader was told of the audit. Raises as `plan_audit`."""
        return self._act_on_audit(principal, audit_id, ("notify", "", None), lambda case, _: work.notify(case))

    def start_audit(self, principal: Principal, audit_id: str) -> AuditView:
        """Draw the sample from what was released in the period, and begin. Raises as `plan_audit`."""

        def start(case: AuditCase, connection: Connection) -> AuditCase:
            lines = lines_of_trader(self._stores, connection, case.period, case.trader)
            wanted = work.lines_of(case.kind, AuditPolicy())
            return work.start(case, work.draw_sample(lines, wanted, self._audit_sample_seed(case.trader, case.period)))

        return self._act_on_audit(principal, audit_id, ("start", "", None), start)

    def record_line(self, principal: Principal, audit_id: str, finding: work.LineFinding) -> AuditView:
        """Record what was found on a line. Raises as `plan_audit`."""
        return self._act_on_audit(
            principal, audit_id, ("find", "", finding.name), lambda case, _: work.find(case, finding)
        )

    def record_disclosure(
        self, principal: Principal, audit_id: str, text: str, duty: Amount | None = None
    ) -> AuditView:
        """Put on record what the trader disclosed of his own accord. Raises as `plan_audit`."""
        told = work.Disclosure(at=datetime.now(UTC), text=text, duty=duty)
        return self._act_on_audit(
            principal, audit_id, ("disclose", "", None), lambda case, _: work.disclose(case, told)
        )

    def hand_on_audit(self, principal: Principal, audit_id: str, reason: str) -> AuditView:
        """Leave a suspicion to those who investigate; the audit rests. Raises as `plan_audit`."""
        return self._act_on_audit(principal, audit_id, ("hand-on", reason, None), lambda case, _: work.hand_on(case))

    def resume_audit(self, principal: Principal, audit_id: str, reason: str) -> AuditView:
        """Go on after it came back. Raises as `plan_audit`."""
        return self._act_on_audit(principal, audit_id, ("resume", reason, None), lambda case, _: work.resume(case))

    def drop_audit(self, principal: Principal, audit_id: str, reason: str) -> AuditView:
        """Give an audit up before it began. Raises as `plan_audit`."""
        return self._act_on_audit(principal, audit_id, ("drop", reason, None), lambda case, _: work.drop(case))

    def close_audit(
        self,
        principal: Principal,
        audit_id: str,
        result: work.ResultCode,
        recommendation: str | None = None,
        follow_up: date | None = None,
    ) -> AuditView:
        """End an audit: its findings become labels, and the seed of its sample is told. Raises as `plan_audit`."""

        def close(case: AuditCase, _: Connection) -> AuditCase:
            seed = self._audit_sample_seed(case.trader, case.period)
            words = (recommendation or "").strip() or None
            ending = work.Close(result=result, recommendation=words, follow_up=follow_up, seed=seed)
            return work.close(case, ending, datetime.now(UTC))

        return self._act_on_audit(principal, audit_id, ("close", "", None), close)

    def _act_on_audit(
        self,
        principal: Principal,
        audit_id: str,
        act: tuple[str, str, str | None],
        change: Callable[[AuditCase, Connection], AuditCase],
    ) -> AuditView:
        name, reason, about = act
        if name in ("hand-on", "resume", "drop") and not reason.strip():
            raise SenderError("Give a reason; it is recorded under your name.", code="audit-reason")
        with self._stores.database.transaction() as connection:
            file = self._audit_file(connection, principal, audit_id, to_change=True)
            action = "audit:plan" if name in ("plan", "drop") else "audit:work"
            self._access.require(principal, action, _of(file.office), Context(purpose="audit", reason=reason))
            case = change(_case(file), connection)
            step = AuditStep(act=name, by=principal.id, reason=reason.strip(), about=about, case=case)
            changed, record = self._keep_audit(connection, step, file)
            self._access.seal(connection, record)
        with self._stores.database.transaction() as connection:
            return self._audit_view(connection, principal, changed)

    def _open_audit(
        self, connection: Connection, case: AuditCase, by: tuple[str, datetime]
    ) -> tuple[StoredCaseFile, NewRecord]:
        actor, now = by
        file = StoredCaseFile(
            id=new_id(), kind=KIND, state=case.state, office=case.office, opened=now, changed=now, body=b""
        )
        return self._keep_audit(connection, AuditStep(act="propose", by=actor, case=case), file)

    def _keep_audit(
        self, connection: Connection, step: AuditStep, file: StoredCaseFile
    ) -> tuple[StoredCaseFile, NewRecord]:
        """Write an audit down as a step left it; the record that seals the step."""
        record = self._stores.sealer.record(f"audit-{step.act}", step.by, step, about=file.id)
        changed = msgspec.structs.replace(
            file, state=step.case.state, office=step.case.office, changed=record.leaf.at, body=record.body
        )
        self._stores.case_files.put(connection, changed, [("trader", step.case.trader)])
        return changed, record

    def _proposed_audit(self, proposal: Proposal, period: Period) -> AuditCase:
        year = proposal.ranked.year
        return AuditCase(
            trader=year.trader,
            name=year.name,
            office=year.office,
            period=period,
            kind=proposal.kind,
            days=proposal.days,
            declarations=year.declarations,
            money=year.money,
            reasons=proposal.ranked.reasons,
            is_random=proposal.is_random,
            propensity=proposal.propensity,
            last_audit=year.last_audit.closed if year.last_audit else None,
            commitment=commit_seed(self._audit_sample_seed(year.trader, period)),
        )

    def _before_audits(self, connection: Connection, period: Period) -> work.Before:
        """The period before, and how each trader's last audit ended; the newest closed one counts."""
        audits: dict[str, work.PastAudit] = {}
        for file in self._stores.case_files.of_kind(connection, KIND, ("closed",)):
            case = _case(file)
            if case.closed is not None and case.result is not None and case.trader not in audits:
                audits[case.trader] = work.PastAudit(closed=case.closed.date(), result=case.result)
        return work.Before(values=values_before(self._stores, connection, period), audits=audits)

    def _traders_under_audit(self, connection: Connection) -> frozenset[str]:
        running = self._stores.case_files.of_kind(connection, KIND, _RUNNING)
        return frozenset(_case(file).trader for file in running)

    def _commit_plan_seed(self, period: Period) -> bytes:
        """Seed of a plan, committed in a transaction of its own the first time it is asked for."""
        seed = hmac.digest(self._stores.draw_key, f"audit plan {period.name}".encode(), "sha256")
        place = f"audit-seed {period.name}"
        with self._stores.database.transaction() as connection:
            if self._stores.places.get(connection, place) is None:
                body = AuditSeed(period=period.name, commitment=commit_seed(seed))
                record = self._stores.sealer.record("audit-seed", "audits", body)
                self._stores.places.put(connection, place, str(record.leaf.record).encode())
                self._access.seal(connection, record)
        return seed

    def _audit_sample_seed(self, trader: str, period: Period) -> bytes:
        """Seed of a sample: it follows from trader and period, so that proposing again cannot draw again."""
        return hmac.digest(self._stores.draw_key, f"audit sample {period.name} {trader}".encode(), "sha256")

    def _audit_file(
        self, connection: Connection, principal: Principal, audit_id: str, *, to_change: bool = False
    ) -> StoredCaseFile:
        wanted = parse_id(audit_id)
        file = self._stores.case_files.get(connection, wanted, to_change=to_change) if wanted else None
        is_known = file is not None and file.kind == KIND
        if file is None or not is_known or not self._access.may(principal, "audit:read", _of(file.office)):
            raise NotFoundError("There is no such audit.")
        return file

    def _audit_view(self, connection: Connection, principal: Principal, file: StoredCaseFile) -> AuditView:
        titles = self._audit_titles(connection, principal, _case(file))
        steps = self._stores.leaves.records_about(connection, file.id)
        view = audit_view(file, _case(file), titles, steps, self._currency)
        shown = disclose(principal, "audit", view)
        return msgspec.structs.replace(
            shown,
            summary=disclose(principal, "audit-line", shown.summary),
            sample=tuple(disclose(principal, "sampled-line", line) for line in shown.sample),
        )

    @property
    def _currency(self) -> str | None:
        calculator = calculator_of(self._stores.settings)
        return calculator.tariff.currency if calculator else None

    def _audit_line(self, principal: Principal, file: StoredCaseFile) -> AuditLineView:
        return disclose(principal, "audit-line", audit_line(file, _case(file), self._currency))

    def _audit_titles(self, connection: Connection, principal: Principal, case: AuditCase) -> dict[str, str]:
        """Best names of the declarations an audit speaks of, as far as this principal may see their dossiers."""
        ids: Iterable[str] = {one.line.consignment for one in case.lines} | {one.consignment for one in case.findings}
        seen = self._access.seen(connection, principal, ids)
        lines = {str(one): self._stores.consignments.line(connection, one) for one in seen}
        return {one: line.title for one, line in lines.items() if line and line.title}


def _of(office: str | None) -> Resource:
    """An audit as policy sees it: of the office of its trader."""
    return Resource(offices=(office,) if office else ())


def _case(file: StoredCaseFile) -> AuditCase:
    return case_of_step(file.body)


def _pressing(file: StoredCaseFile) -> tuple[int, float, str]:
    case = _case(file)
    return _URGENCY.index(case.state), -float(case.money or 0), case.trader
