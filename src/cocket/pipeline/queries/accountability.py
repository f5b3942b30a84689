# SPDX-License-Identifier: Apache-2.0
"""What this instance can prove of itself, read from sealed records under one signed head; the accountability kit is made of it."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from cocket import __version__
from cocket.control.results import ExaminationResult
from cocket.errors import CocketError, SettingsError
from cocket.governance import Principal
from cocket.governance.accountability import SOFTWARE, Facts, Family, HeadFact, ModelFacts, SealedFact, Table
from cocket.pipeline.base.access import AccessRecord, Service
from cocket.pipeline.base.proposals import KIND as PROPOSAL
from cocket.pipeline.base.proposals import Proposal
from cocket.pipeline.base.unopenable import KEYS_LOST, LEAF_STANDS, ROW_SET_RIGHT
from cocket.pipeline.control.advice import SealedAct
from cocket.pipeline.ledger.reimport import REIMPORTED
from cocket.pipeline.risk.effort_figures import declared_between
from cocket.pipeline.risk.fairness_figures import YEAR, FairnessView, measure
from cocket.pipeline.risk.model_registry import ModelRegistry
from cocket.pipeline.risk.models import KIND as MODEL_ACT
from cocket.pipeline.risk.rulebooks import KIND as RULE
from cocket.pipeline.risk.rulebooks import RuleFile
from cocket.risk.effort import of_hundred
from cocket.risk.fairness import CAUTIONS, FOLLOWS, TITLES, Part
from cocket.risk.indicators import INDICATORS
from cocket.risk.models.registry import ModelAct, roles_after
from cocket.risk.models.report import LayeredCard, warnings_of
from cocket.stores.base.database import Connection
from cocket.stores.risk.rules import RuleHits

#: Kinds of record of what failed, in words.
_INCIDENTS: Final = {
    "set-aside": "things set aside that could not be processed",
    "set-aside-retry": "tried again",
    "set-aside-closed": "closed without another try",
    LEAF_STANDS: "leaves accepted though altered or gone",
    REIMPORTED: "restores of leaves that were missing",
    KEYS_LOST: "records of lost keys",
    ROW_SET_RIGHT: "repairs of a row that differed from its sealed record",
    "sign-in-braked": "series of failed sign-ins slowed down",
    "role-retired": "roles that no longer run",
}

#: Order of lanes, mildest first.
_RANK: Final = {"green": 0, "blue": 1, "yellow": 2, "red": 3}

#: Upper ends of the parts of scores by which agreement is counted.
_BANDS: Final = ((0.2, "under 0.2"), (0.5, "0.2 to 0.5"), (0.8, "0.5 to 0.8"), (1.1, "0.8 or more"))

#: What rules of the lab ask for → the family in words, and in Dutch.
_FAMILIES: Final = {
    "red": ("Rules that ask for an examination", "Regels die om controle van goederen vragen"),
    "yellow": ("Rules that ask for a look at documents", "Regels die om controle van papieren vragen"),
    "blue": ("Rules that ask for an audit after release", "Regels die om controle achteraf vragen"),
    "query": ("Rules that have the declarant asked something", "Regels die de aangever iets laten vragen"),
    "nothing": ("Rules that only inform", "Regels die alleen iets laten zien"),
}


class _Scope(NamedTuple):
    """Up to which leaf is read, of when that is, and the days of figures."""

    upto: int
    at: datetime
    days: tuple[date, date]


class Accountability(Service):
    """Facts for the accountability kit."""

    def facts(self, principal: Principal, head: int | None = None) -> Facts:
        """All that is known under a signed head. The look is sealed.

        Args:
            principal: Who asks.
            head: Entries of the log under the head to stand on (count); None for the newest.

        Raises:
            PolicyError: The principal may not see figures, models or rules, or is bound to an office.
            SettingsError: There is no such head.
        """
        for action in ("stats:read", "model:read", "rule:read"):
            self._access.require(principal, action)
        if principal.office is not None:
            raise SettingsError("The kit covers all offices: it is for whoever is bound to none.", code="kit-office")
        with self._stores.database.transaction() as connection:
            found = self._stores.leaves.head_over(connection, head)
            if found is None and head is not None:
                raise SettingsError(f"There is no head over {head:,} entries.", code="head-unknown", found=str(head))
            if found is None:
                upto, at, told = self._stores.leaves.size(connection), datetime.now(UTC), None
            else:
                log, size, root, upto, at = found
                told = HeadFact(log=log, size=size, root=root.hex(), at=f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
            last = at.astimezone(UTC).date()
            facts = self._read(connection, _Scope(upto, at, (last - YEAR, last)), told)
        with self._stores.database.transaction() as connection:
            self._access.seal(connection, self._access.record(principal, "accountability kit", (), "analysis"))
        return facts

    def _read(self, connection: Connection, scope: _Scope, head: HeadFact | None) -> Facts:
        counted = self._stores.leaves.counted_by_kind(connection, scope.upto)
        models, broken = self._models(connection, scope.upto)
        rules = self._rules(connection, scope.upto)
        fairness = measure(self._stores, connection, scope.days, (scope.upto, scope.at))
        facts = [
            *SOFTWARE,
            *_log_facts(counted),
            *_model_facts(models, broken, counted),
            _rule_fact(rules, counted),
            *self._oversight(connection, scope, counted),
            _fairness_fact(fairness, counted),
            _incident_fact(counted),
            self._looks(connection, scope.upto, counted),
        ]
        return Facts(
            administration=self._stores.settings.administration,
            software=f"Cocket {__version__}",
            head=head,
            since=scope.days[0].isoformat(),
            until=scope.days[1].isoformat(),
            models=models,
            families=_families(rules, counted),
            facts=tuple(sorted(facts, key=lambda one: one.code)),
        )

    def _bodies(self, connection: Connection, kind: str, upto: int) -> list[tuple[Any, bytes]]:
        """Records of a kind under the head that can be opened, oldest first."""
        told = self._stores.leaves.readable_of_kind(connection, kind)
        return [(leaf, body) for leaf, body in told if leaf.index < upto]

    def _models(self, connection: Connection, upto: int) -> tuple[tuple[ModelFacts, ...], tuple[str, ...]]:
        """Registered models by their sealed acts, and those whose file cannot be read."""
        acts = [msgspec.json.decode(body, type=ModelAct) for _, body in self._bodies(connection, MODEL_ACT, upto)]
        if not acts:
            return (), ()
        roles = roles_after(tuple(acts))
        of_role = {getattr(roles, name): name for name in ("shadow", "challenger", "champion")}
        registry = ModelRegistry(self._stores.settings.models_folder)
        found, broken = [], []
        for registered in (act for act in acts if act.kind == "registered"):
            card: LayeredCard | None
            try:
                card = registry.card(registered.version)
            except CocketError:
                card = None
                broken.append(registered.version)
            found.append(_model(registered, acts, of_role.get(registered.version), card))
        return tuple(found), tuple(broken)

    def _rules(self, connection: Connection, upto: int) -> list[RuleFile]:
        """Newest step of each version of each rule."""
        newest: dict[tuple[str, int], RuleFile] = {}
        for _, body in self._bodies(connection, RULE, upto):
            one = msgspec.json.decode(body, type=RuleFile)
            newest[one.rule.code, one.version] = one
        return [newest[key] for key in sorted(newest)]

    def _oversight(self, connection: Connection, scope: _Scope, counted: _Counted) -> Iterable[SealedFact]:
        overrides = [
            (leaf, msgspec.json.decode(body, type=SealedAct))
            for leaf, body in self._bodies(connection, "override", scope.upto)
        ]
        moved = Counter(self._moved(connection, leaf.index, act) for leaf, act in overrides)
        officers = len({act.officer for _, act in overrides})
        yield SealedFact(
            code="oversight.overrides",
            title="Advice that officers set aside",
            lines=(
                f"Officers set another lane than the one advised {len(overrides):,} times, each with a reason.",
                f"By {officers:,} officers: {moved['milder']:,} milder, {moved['stricter']:,} stricter, {moved['not known']:,} not known.",
            ),
            kinds=("override",),
            records=_records(counted, "override"),
        )
        yield self._time(connection, scope, counted, {act.consignment for _, act in overrides})
        proposals: dict[tuple[str, str, datetime], Proposal] = {}
        for _, body in self._bodies(connection, PROPOSAL, scope.upto):
            one = msgspec.json.decode(body, type=Proposal)
            proposals[one.act, one.name, one.proposed] = one
        states = Counter(one.state for one in proposals.values())
        told = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items())) or "none yet"
        yield SealedFact(
            code="oversight.second-person",
            title="Acts that take two persons",
            lines=(
                f"Acts proposed by one person for another to confirm: {told}.",
                "A rule is published by another than its author.",
            ),
            kinds=(PROPOSAL, RULE),
            records=_records(counted, PROPOSAL, RULE),
        )

    def _moved(self, connection: Connection, index: int, act: SealedAct) -> str:
        """Whether an override was milder or stricter than the advice that stood when it was made."""
        told = self._stores.leaves.records_about(connection, UUID(act.consignment), ("assessment",))
        lanes = [msgspec.json.decode(body, type=_Lane).lane for leaf, body in told if leaf.index < index]
        if not lanes or act.lane not in _RANK or lanes[-1] not in _RANK:
            return "not known"
        before, after = _RANK[lanes[-1]], _RANK[act.lane]
        return "milder" if after < before else "stricter" if after > before else "the same"

    def _time(self, connection: Connection, scope: _Scope, counted: _Counted, overridden: set[str]) -> SealedFact:
        rows = [one for one in RuleHits().measured(connection, scope.days[0]) if one.made <= scope.at]
        counted_days = declared_between(rows, *scope.days).days
        rows = [one for one in rows if str(one.consignment) in counted_days]
        made = {str(one.consignment): one for one in rows}
        hours, disagreed = [], Counter[str]()
        for _, body in self._bodies(connection, "result", scope.upto):
            result = msgspec.json.decode(body, type=ExaminationResult)
            one = made.get(result.consignment)
            if one is None or result.amends:
                continue
            hours.append((result.returned - one.made) / timedelta(hours=1))
            if result.conclusion in ("irregular", "conform"):
                disagreed[f"{one.lane} {result.conclusion}"] += 1
        bands = []
        for bound, name in _BANDS:
            low = next((end for end, _ in reversed(_BANDS) if end < bound), 0.0)
            inside = [one for one in rows if one.score is not None and low <= one.score < bound]
            aside = sum(str(one.consignment) in overridden for one in inside)
            bands.append((name, f"{len(inside):,}", f"{aside:,}", f"{aside / len(inside):.1%}" if inside else "–"))
        by_lane = ", ".join(f"{name} {count:,}" for name, count in sorted(disagreed.items())) or "none"
        median = f"{statistics.median(hours):.1f} hours" if hours else "not known: no result yet"
        return SealedFact(
            code="oversight.time",
            title="Time that people take, and where they agree",
            lines=(
                f"From first advice to result, at the median: {median} ({len(hours):,} results).",
                f"Results by advised lane: {by_lane}.",
                "Conform after red, and irregular after green, are where advice and result differ.",
            ),
            kinds=("assessment", "result", "override"),
            records=_records(counted, "assessment", "result", "override"),
            tables=(
                Table(
                    title="Agreement by score", columns=("Score", "Assessed", "Set aside", "Share"), rows=tuple(bands)
                ),
            ),
        )

    def _looks(self, connection: Connection, upto: int, counted: _Counted) -> SealedFact:
        purposes = Counter(
            msgspec.json.decode(body, type=AccessRecord).purpose for _, body in self._bodies(connection, "look", upto)
        )
        told = ", ".join(f"{name} {count:,}" for name, count in sorted(purposes.items())) or "none"
        return SealedFact(
            code="looks",
            title="Who was shown what",
            lines=(f"Each access is sealed before the answer, with who, what and purpose. By purpose: {told}.",),
            kinds=("look",),
            records=_records(counted, "look"),
        )


#: Kind → leaves of it, and when the first and the last of them came.
_Counted = dict[str, tuple[int, datetime, datetime]]


class _Lane(msgspec.Struct, frozen=True):
    lane: str


def _records(counted: _Counted, *kinds: str) -> int:
    return sum(counted[kind][0] for kind in kinds if kind in counted)


def _span(first: datetime | None, last: datetime | None) -> str:
    return f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}" if first and last else "none yet"


def _log_facts(counted: _Counted) -> Iterable[SealedFact]:
    messages = {kind: one for kind, one in counted.items() if kind.startswith("message-")}
    whole = sum(one[0] for one in counted.values())
    begun = min((one[1] for one in counted.values()), default=None)
    ended = max((one[2] for one in counted.values()), default=None)
    span = _span(begun, ended)
    table = Table(
        title="Sealed records by kind",
        columns=("Kind", "Records", "First", "Last"),
        rows=tuple(
            (kind, f"{n:,}", f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}") for kind, (n, first, last) in counted.items()
        ),
    )
    yield SealedFact(
        code="log",
        title="Events recorded",
        lines=(
            f"{whole:,} records in a tamper-evident log, {span}; none is removed, and content goes only by destroying its key.",
        ),
        kinds=tuple(counted),
        records=whole,
        tables=(table,),
    )
    arrived = sum(one[0] for one in messages.values())
    told = ", ".join(f"{one[0]:,} {kind.removeprefix('message-')}" for kind, one in messages.items())
    first = min((one[1] for one in messages.values()), default=None)
    last = max((one[2] for one in messages.values()), default=None)
    yield SealedFact(
        code="data",
        title="Data that came in",
        lines=(
            f"{arrived:,} messages ({told or 'none'}), {_span(first, last)}.",
            f"{_records(counted, 'result', 'host-result'):,} results of examinations, of officers and of the host.",
            "Messages of trade (declarations, manifests, papers) name importers, declarants, sellers, carriers, and addresses.",
        ),
        kinds=(*messages, "result", "host-result"),
        records=arrived + _records(counted, "result", "host-result"),
    )
    yield SealedFact(
        code="erasure",
        title="What was destroyed",
        lines=(
            f"{_records(counted, 'erasure'):,} erasures, each with its reason; the leaf stays, key and content go.",
        ),
        kinds=("erasure",),
        records=_records(counted, "erasure"),
    )
    yield SealedFact(
        code="security",
        title="Protection of records",
        lines=(
            "Content is encrypted by subject; access is denied unless policy allows, and sealed.",
            f"Rows compared with sealed records: {_records(counted, 'rows-audited'):,} sealed rounds.",
            f"{_records(counted, 'backup'):,} backups; {_records(counted, 'sign-in'):,} sign-ins.",
        ),
        kinds=("rows-audited", "backup", "sign-in"),
        records=_records(counted, "rows-audited", "backup", "sign-in"),
    )
    yield SealedFact(
        code="log.upgrades",
        title="Changes of software and keys",
        lines=(f"{_records(counted, 'house-taken-over'):,} take-overs of a restored copy.",),
        kinds=("house-taken-over",),
        records=_records(counted, "house-taken-over"),
    )
    yield SealedFact(
        code="monitoring",
        title="Watched in use",
        lines=("Health is judged by what is done; results are compared with the score; a share is drawn at random to see what is missed.",
               f"{_records(counted, 'draw-seed'):,} days with a seed committed to before its first draw."),
        kinds=("draw-seed",),
        records=_records(counted, "draw-seed"),
    )  # fmt: skip


def _model(registered: ModelAct, acts: Sequence[ModelAct], role: str | None, card: LayeredCard | None) -> ModelFacts:
    speaks = [(act.at[:7], act.version) for act in acts if act.kind in ("champion", "rolled-back")]
    own = [place for place, (_, version) in enumerate(speaks) if version == registered.version]
    ended = speaks[own[-1] + 1][0] if own and own[-1] + 1 < len(speaks) else None
    data: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    if card is not None:
        first, last = (date(1970, 1, 1) + timedelta(days=int(day)) for day in (card.first_day, card.last_day))
        data = (
            f"{card.rows:,} rows of {first} to {last}, {card.examined:,} results, {card.found:,} finds.",
            f"{card.random_examined:,} results drawn at random, {card.random_found:,} finds of these; SHA-256 {card.data_root}.",
        )
        figures = card.measured.get("model", {})
        told = ", ".join(f"{name} {value:.3f}" for name, value in sorted(figures.items()) if value is not None)
        measured = (f"On results kept back: {told or 'too few to measure'}.", *warnings_of(card))
    return ModelFacts(
        version=registered.version,
        role=role,
        was_champion=bool(own),
        begun=speaks[own[0]][0] if own else None,
        ended=ended,
        sha256=registered.sha256,
        purpose=card.purpose if card else None,
        limits=card.limits if card else (),
        data=data,
        measured=measured,
        acts=tuple(
            f"{act.at} {act.kind} by {act.by}: {act.reason}" for act in acts if act.version == registered.version
        ),
    )


def _model_facts(models: Sequence[ModelFacts], broken: Sequence[str], counted: _Counted) -> Iterable[SealedFact]:
    none = ("No model is registered: rules alone give advice.",)
    unread = tuple(f"{version}: its file cannot be read, so its card is not known." for version in broken)
    parts = {
        "models": ("Models", tuple(f"{one.version}: {one.role or 'no role'}, file SHA-256 {one.sha256}." for one in models)),
        "models.data": ("What models were trained on", tuple(f"{one.version}: {line}" for one in models for line in one.data)),
        "models.measured": ("How models do", tuple(f"{one.version}: {line}" for one in models for line in one.measured)),
        "models.limits": ("Limits of models", tuple(f"{one.version}: {line}" for one in models for line in one.limits)),
        "models.acts": ("Who chose models, and why", tuple(f"{one.version}: {line}" for one in models for line in one.acts)),
    }  # fmt: skip
    for code, (title, lines) in parts.items():
        yield SealedFact(
            code=code,
            title=title,
            lines=(lines + (unread if code != "models.acts" else ())) or none,
            kinds=(MODEL_ACT,),
            records=_records(counted, MODEL_ACT),
        )


def _rule_fact(rules: Sequence[RuleFile], counted: _Counted) -> SealedFact:
    states = Counter(one.state for one in rules)
    told = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items())) or "none"
    rows = tuple(
        (one.rule.code, str(one.version), one.state, one.author, one.publisher or "–",
         f"{one.published:%Y-%m-%d}" if one.published else "–", one.rule.source)
        for one in rules
    )  # fmt: skip
    columns = ("Rule", "Version", "State", "Author", "Published by", "On", "Source")
    return SealedFact(
        code="rules",
        title="Rules",
        lines=(f"Versions of rules of the lab: {told}. {len(INDICATORS):,} rules are built in.",),
        kinds=(RULE,),
        records=_records(counted, RULE),
        tables=(Table(title="Rules of the lab", columns=columns, rows=rows),) if rows else (),
    )


def _families(rules: Sequence[RuleFile], counted: _Counted) -> tuple[Family, ...]:
    found = []
    for asks, (title, dutch) in _FAMILIES.items():
        own = [one for one in rules if one.rule.asks == asks]
        if not own:
            continue
        published = [one.published for one in own if one.published]
        found.append(
            Family(
                code=asks,
                title=title,
                title_nl=dutch,
                is_in_use=any(one.state == "published" for one in own),
                is_tried=any(one.state in ("draft", "tested", "shadow") for one in own),
                begun=f"{min(published):%Y-%m}" if published else None,
                lines=tuple(f"{one.rule.code} ({one.state}; {one.rule.source})." for one in own),
            )
        )
    assessed = counted.get("assessment")
    found.append(
        Family(
            code="built-in",
            title="Rules that are built in",
            title_nl="Ingebouwde regels",
            is_in_use=assessed is not None,
            is_tried=True,
            begun=f"{assessed[1]:%Y-%m}" if assessed else None,
            lines=tuple(f"{one.code}." for one in INDICATORS),
        )
    )
    drawn = counted.get("draw-seed")
    found.append(
        Family(
            code="random",
            title="The random share",
            title_nl="Keuze bij loting",
            is_in_use=drawn is not None,
            is_tried=True,
            begun=f"{drawn[1]:%Y-%m}" if drawn else None,
            lines=(),
        )
    )
    return tuple(found)


def _fairness_fact(view: FairnessView, counted: _Counted) -> SealedFact:
    tables = tuple(
        Table(
            title=TITLES[one.dimension],
            columns=("Group", "Assessed", "Chosen", "Yield", "Drawn at random", "At the margin", "What follows"),
            rows=tuple(
                (
                    group.name or "not known", f"{group.cases:,}", f"{group.chosen:,}", _of(group.examined), _of(group.drawn),
                    _of(group.margin), FOLLOWS[group.follows] if group.name else "–",
                )
                for group in one.groups
            ),
            cautions=CAUTIONS,
        )
        for one in view.dimensions
        if one.groups
    )  # fmt: skip
    host = ("The host chose what was examined: there is no margin to compare at.",) if view.is_shadow else ()
    return SealedFact(
        code="fairness",
        title="How groups of traders are treated",
        lines=(
            f"{view.cases:,} consignments declared {view.since} to {view.until}; importer not known of {view.without_trader:,}.",
            *host,
        ),
        kinds=("assessment", "result", "host-result"),
        records=_records(counted, "assessment", "result", "host-result"),
        tables=tables,
    )  # fmt: skip


def _of(part: Part) -> str:
    if part.share is None:
        return f"{part.found:,} of {part.examined:,}: too few" if part.examined else "none"
    value, low, high = of_hundred(part.share)
    return f"{part.found:,} of {part.examined:,}: {value} of 100 ({low} to {high})"


def _incident_fact(counted: _Counted) -> SealedFact:
    told = {kind: said for kind, said in _INCIDENTS.items() if kind in counted}
    lines = tuple(f"{counted[kind][0]:,} {said}, last on {counted[kind][2]:%Y-%m-%d}." for kind, said in told.items())
    return SealedFact(
        code="incidents",
        title="What failed",
        lines=lines or ("Nothing that is sealed failed: nothing set aside, no gap, no row corrected.",),
        kinds=tuple(_INCIDENTS),
        records=_records(counted, *_INCIDENTS),
    )
