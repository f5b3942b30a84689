# SPDX-License-Identifier: Apache-2.0
"""Rules in the house: written, tried on the past, run in shadow, published by two people, measured, and ended.

Each step is sealed with the whole rule. What is published counts from the assessment worker's next turn on, until the rule's last day;
then it ends by itself. A rule of another wording is another version, and starts from the beginning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from cocket.control import Asking
from cocket.errors import SenderError, SettingsError
from cocket.governance import Context as Circumstances
from cocket.governance import Principal
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.batch import Batch, Context
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.kept import Kept
from cocket.pipeline.base.proposals import needs_second, undecided_proposals
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.risk.read_past import PastReader
from cocket.pipeline.risk.rule_deeds import END, PUBLISH, ended_file, publication_of, require_ripe
from cocket.pipeline.risk.rule_figures import Measured, instance_past, measured_between
from cocket.pipeline.risk.rule_trials import HitLine, Trial, hit_lines, tried_on
from cocket.pipeline.risk.rulebooks import KIND, LIVE, RuleFile, RuleFiles, RuleState, read_file, wrong_step
from cocket.risk import INDICATORS, Assessment, Past, Reason
from cocket.risk.rules import (
    RESERVED,
    Named,
    Rule,
    Rulebook,
    RuleFigures,
    Seen,
    measure_rules,
    sentence_places,
)
from cocket.risk.rules.pack import PROPOSALS, Pack, caveats_of
from cocket.risk.rules.rulebook import problem_of
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile
from cocket.stores.risk.rules import RuleHits, StoredHit

#: Days that figures are of.
FIGURE_DAYS = 365

_MOST_HITS = 50

#: Declarations that a rule is tried on before it is saved (count); the test that is sealed meets all.
TRIED_ON = 5_000

#: Codes that are addresses of other pages on rules.
_ADDRESSES = frozenset({"desk", "review"})


class RuleView(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it is shown.

    Attributes:
        id: Of the version; the code alone for a rule written in Python or of the host.
        code: Its code.
        kind: `cel`, `python` or `host`.
        says: Its sentence; None for one of the host.
        state: How far it has got; `expired` past its last day; `broken` if it names what there is no
            more; `published` for one written in Python or of the host.
        file: The version; None but for rules of the lab.
        figures: What it is worth in the last year; None if nothing was assessed.
        measured: When that was measured, UTC; None where `figures` is None.
        hits: Its latest hits, as (consignment, reference, time), newest first; on its own page alone (0..n).
        tried_on: Of what it hit when it was tried, what this reader may see; on its own page alone (0..20).
        proposal: Id of the proposal to publish or end it that waits; on its own page alone; None where none does.
    """

    id: str
    code: str
    kind: Literal["cel", "python", "host"]
    says: str | None
    state: str
    file: RuleFile | None = None
    figures: RuleFigures | None = None
    measured: datetime | None = None
    hits: tuple[tuple[str, str, datetime], ...] = ()
    tried_on: tuple[HitLine, ...] = ()
    proposal: str | None = None


_NONE = Rulebook(())


def apply_rules(turn: Batch, context: Context) -> Batch:
    """Step: let the rules of the lab speak of each case, and write down which rules fired."""
    has_rules = KIND in context.kinds_of_files
    published, shadow = context.rulebooks.now(context.connection) if has_rules else (_NONE, _NONE)
    hits: list[StoredHit] = []
    assessments, asking = [], {}
    for (consignment, case), assessment in zip(turn.cases.items(), turn.assessments, strict=True):
        hits += [_hit(context, consignment, code) for code in assessment.rules]
        if published.rules or shadow.rules:
            seen = Seen(case=case, features=assessment.measured, windows=context.history.windows, now=assessment.made)
            today = context.now.date()
            fired = published.read(seen, on=today).rules
            hits += [_hit(context, consignment, rule.code, rule) for rule in fired]
            hits += [
                _hit(context, consignment, rule.code, rule, is_shadow=True)
                for rule in shadow.read(seen, on=today).rules
            ]
            assessment = _with_rules(assessment, fired, sentence_places(case.facts))
            asking[consignment] = tuple(Asking(code=one.code, asks=one.asks, share=one.share) for one in fired)
        assessments.append(assessment)
    RuleHits().add(context.connection, hits)
    return replace(turn, assessments=tuple(assessments), asking=asking, hits=tuple(hits))


class Rules(Service):
    """Keeping rules.

    Args:
        stores: The stores of this process.
        past: Reads what rules are measured by; None for a reader of its own.
    """

    def __init__(self, stores: Stores, past: PastReader | None = None) -> None:
        super().__init__(stores)
        self._past = past or PastReader(stores)
        self._files = RuleFiles(stores)
        self._measured: Kept[tuple[tuple[RuleView, ...], tuple[RuleFigures, ...]]] = Kept()

    def add_rules(self, principal: Principal, rules: Sequence[Rule]) -> tuple[RuleView, ...]:
        """Take in rules as drafts, all or none; one whose wording is here already is left as it is.

        Args:
            principal: Who writes them.
            rules: The rules, each code once.

        Raises:
            PolicyError: The principal may not.
            SettingsError: A condition does not hold.
        """
        self._access.require(principal, "rule:write")
        Rulebook(rules)
        taken = {indicator.code for indicator in INDICATORS} & {rule.code for rule in rules}
        if taken:
            raise SettingsError(f"These codes belong to built-in rules: {', '.join(sorted(taken))}.", code="rule-code")
        if reserved := [rule.code for rule in rules if rule.code.startswith(RESERVED) or rule.code in _ADDRESSES]:
            raise SettingsError(f"These codes are reserved: {', '.join(reserved)}.", code="rule-code")
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            kept, records = [], []
            for rule in rules:
                versions = self._files.versions(connection, rule.code)
                newest = versions[-1] if versions else None
                if newest and read_file(newest).rule == rule:
                    kept.append(_view(newest, now.date()))
                    continue
                file = RuleFile(rule=rule, version=len(versions) + 1, author=principal.id, written=now)
                stored, record = self._files.keep(connection, new_id(), file, (principal.id, now))
                kept.append(_view(stored, now.date()))
                records.append(record)
            self._access.seal(connection, *records)
        return tuple(kept)

    def test_rule(
        self, principal: Principal, code: str, past: Past | None = None, duties: Mapping[str, float] | None = None
    ) -> RuleView:
        """Try the newest version of a rule on the past, and seal what came of it.

        Args:
            principal: Who asks for it.
            code: The rule.
            past: The past to try it on; None takes what this house has assessed within a year.
            duties: Duty recovered by case id, of a past that is given.

        Raises:
            NotFoundError: There is no such rule.
            PolicyError: The principal may not.
            SenderError: It was published or ended already.
        """
        self._access.require(principal, "rule:write")
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            stored = self._files.newest(connection, code, to_change=True)
            file = read_file(stored)
            if file.state in ("published", "ended"):
                raise wrong_step(file, "tested")
            if past is None:
                past, duties, _all = instance_past(self._stores, connection, now.date() - timedelta(days=FIGURE_DAYS))
            tested = tried_on(file.rule, past, self._in_force(connection), now.date(), duties)
            state: RuleState = "tested" if file.state == "draft" else file.state
            return self._step(connection, stored, msgspec.structs.replace(file, tested=tested, state=state), principal)

    def try_rule(self, principal: Principal, rule: Rule) -> Trial:
        """Try a rule that is not saved on the newest of the past; nothing but the look at its hits is sealed.

        Args:
            principal: Who asks.
            rule: The rule.

        Raises:
            PolicyError: The principal may not.
            SettingsError: Its condition does not hold.
        """
        self._access.require(principal, "rule:write")
        Rulebook([rule])
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            since = now.date() - timedelta(days=FIGURE_DAYS)
            past, duties, assessed = instance_past(self._stores, connection, since, TRIED_ON)
            test = tried_on(rule, past, self._in_force(connection), now.date(), duties)
            hits = hit_lines(self._stores, connection, self._access, principal, test)
            looked_at = (rule.code, *(hit.consignment for hit in hits))
            self._access.seal(connection, self._access.record(principal, "rule trial", looked_at))
        return Trial(test=test, assessed=assessed, hits=hits)

    def measure_rule(self, principal: Principal, code: str) -> RuleView:
        """Seal what a rule in force was worth in the last year.

        Raises:
            NotFoundError: There is no such rule.
            PolicyError: The principal may not.
            SenderError: It is not in force, or nothing was assessed.
        """
        self._access.require(principal, "rule:write")
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            stored = self._files.newest(connection, code, to_change=True)
            file = read_file(stored)
            if file.state != "published":
                raise wrong_step(file, "measured")
            measured = measured_between(self._stores, connection, now.date() - timedelta(days=FIGURE_DAYS))
            figures = _figures([_view(stored, now.date())], measured, now.date())
            if not figures:
                raise SenderError("Nothing was assessed yet, so there is nothing to measure.", code="rule-unmeasured")
            file = msgspec.structs.replace(file, measured=now, worth=figures[0])
            return self._step(connection, stored, file, principal)

    def shadow_rule(self, principal: Principal, code: str) -> RuleView:
        """Let the newest version of a rule run without effect; its hits are kept and count for its figures.

        Raises:
            NotFoundError: There is no such rule.
            PolicyError: The principal may not.
            SenderError: It was not tested on past declarations in this wording.
        """
        self._access.require(principal, "rule:write")
        with self._stores.database.transaction() as connection:
            stored = self._files.newest(connection, code, to_change=True)
            file = read_file(stored)
            if file.state != "tested":
                raise wrong_step(file, "run in shadow")
            now = datetime.now(UTC)
            return self._step(
                connection, stored, msgspec.structs.replace(file, state="shadow", shadow_since=now), principal
            )

    def proposed_publication(self, principal: Principal, code: str, urgent: str | None = None) -> Proposal:
        """The act of publishing the newest version of a rule, which a second person approves; its author does not.

        Args:
            principal: Who proposes it.
            code: The rule.
            urgent: Why it cannot wait for its days in shadow; it then counts for 14 days at most.

        Raises:
            NotFoundError: There is no such rule.
            PolicyError: The principal may not.
            SenderError: It was not tried on the past, has not run long enough in shadow, or would count too long.
        """
        self._access.require(principal, "rule:write")
        with self._stores.database.transaction() as connection:
            file = read_file(self._files.newest(connection, code))
        require_ripe(file, urgent, datetime.now(UTC))
        return publication_of(file, urgent)

    def proposed_end(self, principal: Principal, code: str, reason: str) -> Proposal | None:
        """The act of ending a rule before its last day where it needs a second person; None where it does not.

        Raises:
            NotFoundError: There is no such rule.
            PolicyError: The principal may not, or gives no reason.
            SenderError: It has ended.
        """
        self._access.require(principal, "rule:end", context=Circumstances(reason=reason))
        with self._stores.database.transaction() as connection:
            file = read_file(self._files.newest(connection, code))
        if file.state == "ended":
            raise wrong_step(file, "ended")
        if not self._ends_by_two(file):
            return None
        return Proposal(kind=END, subject=code, after={"number": str(file.version)}, reason=reason.strip())

    def end_rule(self, principal: Principal, code: str, reason: str) -> RuleView:
        """End a rule before its last day, where one person suffices.

        Raises:
            NotFoundError: There is no such rule that counts or may yet.
            PolicyError: The principal may not, gives no reason, or two persons answer for it here.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            stored = self._files.newest(connection, code, to_change=True)
            file = read_file(stored)
            alone = Circumstances(reason=reason, needs_second=self._ends_by_two(file))
            self._access.require(principal, "rule:end", context=alone)
            if file.state == "ended":
                raise wrong_step(file, "ended")
            return self._step(connection, stored, ended_file(file, principal.id, reason, now), principal)

    def _ends_by_two(self, file: RuleFile) -> bool:
        """Whether two persons end it: what counts may have asked for a stricter lane."""
        return file.state == "published" and needs_second(self._stores, END)

    def rules(
        self, principal: Principal, *, with_ended: bool = False, again: bool = False, patience: float | None = None
    ) -> tuple[RuleView, ...]:
        """Every rule with what it was worth in the last year: of the lab, built in, and the host's.

        Args:
            principal: Who asks.
            with_ended: Ended versions too.
            again: Whether to measure now, though figures are kept.
            patience: How long to wait for them (seconds); None for as long as it takes.

        Raises:
            PolicyError: The principal may not see them.
            StillMeasuringError: It takes longer.
        """
        views = self.written(principal, with_ended=with_ended)
        key = tuple((view.id, view.file.rule.expires if view.file else None) for view in views)
        at, (others, figures) = self._measured.get(
            key, lambda: self._measure(views, again=again), again=again, patience=patience
        )
        if not figures:
            return (*views, *others)
        return tuple(
            msgspec.structs.replace(view, figures=one, measured=at)
            for view, one in zip([*views, *others], figures, strict=True)
        )

    def written(self, principal: Principal, *, with_ended: bool = False) -> tuple[RuleView, ...]:
        """The rules of the lab, without figures.

        Raises:
            PolicyError: The principal may not see them.
        """
        self._access.require(principal, "rule:read")
        today = datetime.now(UTC).date()
        with self._stores.database.transaction() as connection:
            files = self._stores.case_files.of_kind(connection, KIND)
            self._access.seal(connection, self._access.record(principal, "rules", (KIND,)))
        return tuple(_view(file, today) for file in files if with_ended or file.state != "ended")

    def _measure(
        self, views: Sequence[RuleView], *, again: bool
    ) -> tuple[tuple[RuleView, ...], tuple[RuleFigures, ...]]:
        """The rules that are no file of ours, and the figures of some and of them; no figures if nothing was assessed."""
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            since = now.date() - timedelta(days=FIGURE_DAYS)
            measured = measured_between(self._stores, connection, since, self._past, again=again)
        others = tuple(_others(measured))
        return others, _figures([*views, *others], measured, now.date())

    def rule(self, principal: Principal, code: str) -> RuleView:
        """The newest version of a rule with its latest hits; or a built-in rule, or one of the host.

        Raises:
            NotFoundError: There is no such rule.
            PolicyError: The principal may not see it.
        """
        views = {view.code: view for view in reversed(self.rules(principal, with_ended=True))}
        with self._stores.database.transaction() as connection:
            if files := self._files.versions(connection, code):
                newest = _view(files[-1], datetime.now(UTC).date())
                views[code] = msgspec.structs.replace(newest, figures=views[code].figures)
            if code not in views:
                raise NotFoundError(f"There is no rule {code}.")
            view = views[code]
            wording = view.file.rule.digest if view.file else ""
            hits = RuleHits().newest(connection, code, wording, _MOST_HITS, self._access.reach(principal))
            seen = self._access.seen_advice(connection, principal, [one for one, _ in hits])
            newest_hits = [(one, at) for one, at in hits if one in seen]
            titles = self._stores.consignments.lines_of(connection, [one for one, _ in newest_hits])
            file = view.file
            tried = file.tested if file else None
            tried_lines = hit_lines(self._stores, connection, self._access, principal, tried)
            if tried_lines or newest_hits:
                seen_ids = dict.fromkeys(
                    [*(str(one) for one, _ in newest_hits), *(one.consignment for one in tried_lines)]
                )
                self._access.seal(connection, self._access.record(principal, "rule", (code, *seen_ids)))
            waits = [one for one in undecided_proposals(self._stores, connection) if one.kind in (PUBLISH, END)]
            proposal = next((one.id for one in waits if one.subject == code), None) if file else None
        return msgspec.structs.replace(
            view,
            hits=tuple((str(one), titles[one].title, at) for one, at in newest_hits if one in titles),
            tried_on=tried_lines,
            proposal=proposal,
        )

    def rule_pack(self, principal: Principal, since: date | None = None) -> Pack:
        """The review pack over the last year, or since a day.

        Raises:
            PolicyError: The principal may not see rules.
        """
        self._access.require(principal, "rule:read")
        now = datetime.now(UTC)
        start = since or now.date() - timedelta(days=FIGURE_DAYS)
        with self._stores.database.transaction() as connection:
            files = self._stores.case_files.of_kind(connection, KIND)
            measured = measured_between(self._stores, connection, start)
            self._access.seal(connection, self._access.record(principal, "rules", (KIND,)))
        views = [_view(file, now.date()) for file in files if file.state != "ended"]
        figures = _figures([*views, *_others(measured)], measured, now.date())
        days = [one.day for one in measured.looked]
        examined = sum(one.is_examined for one in measured.looked)
        return Pack(
            administration=self._stores.settings.administration,
            first_day=_date(min(days)) if days else None,
            last_day=_date(max(days)) if days else None,
            declarations=len(measured.looked),
            examined=examined,
            currency=None,
            figures=figures,
            proposals={one.code: PROPOSALS[one.state] for one in figures},
            caveats=caveats_of(figures, examined),
        )

    def _in_force(self, connection: Connection) -> list[Rule]:
        files = self._stores.case_files.of_kind(connection, KIND, ("published",))
        return [read_file(one).rule for one in files]

    def _step(self, connection: Connection, stored: StoredCaseFile, file: RuleFile, principal: Principal) -> RuleView:
        now = datetime.now(UTC)
        kept, record = self._files.keep(connection, stored.id, file, (principal.id, now))
        self._access.seal(connection, record)
        return _view(kept, now.date())


def _with_rules(assessment: Assessment, fired: Sequence[Rule], places: dict[str, str]) -> Assessment:
    """The assessment with the rules of the lab that fired as reasons; without a model they count for its urgency too."""
    if not fired:
        return assessment
    reasons = tuple(Reason(code=one.code, message=one.says, arguments=places, source=one.source) for one in fired)
    missed = 1.0 - assessment.score
    for one in fired if assessment.degraded else ():
        missed *= 1.0 - one.weight
    return msgspec.structs.replace(assessment, reasons=(*assessment.reasons, *reasons), score=1.0 - missed)


def _hit(
    context: Context, consignment: UUID, code: str, rule: Rule | None = None, *, is_shadow: bool = False
) -> StoredHit:
    return StoredHit(
        consignment=consignment,
        rule=code,
        wording=rule.digest if rule else "",
        at=context.now,
        is_shadow=is_shadow,
        asked=rule is not None and not is_shadow and rule.asks != "nothing",
    )


def _figures(views: Sequence[RuleView], measured: Measured, today: date) -> tuple[RuleFigures, ...]:
    """What each is worth; nothing if nothing was assessed."""
    named = [
        Named(code=view.code, kind=view.kind, expires=view.file.rule.expires if view.file else None) for view in views
    ]
    return tuple(measure_rules(measured.looked, named, today)) if measured.looked else ()


def _others(measured: Measured) -> list[RuleView]:
    """Rules that are no file of ours: built in, and the host's."""
    built_in = [
        RuleView(id=one.code, code=one.code, kind="python", says=one.message, state="published") for one in INDICATORS
    ]
    return built_in + [
        RuleView(id=code, code=code, kind="host", says=None, state="published") for code in measured.host_rules
    ]


def _view(stored: StoredCaseFile, today: date) -> RuleView:
    file = read_file(stored)
    is_over = file.state in LIVE and file.rule.expires < today
    is_broken = file.state in LIVE and problem_of(file.rule) is not None
    return RuleView(
        id=str(stored.id),
        code=file.rule.code,
        kind="cel",
        says=file.rule.says,
        state="expired" if is_over else "broken" if is_broken else file.state,
        file=file,
    )


def _date(day: float) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date()
