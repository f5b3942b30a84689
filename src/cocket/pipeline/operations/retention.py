# SPDX-License-Identifier: Apache-2.0
"""Retention: what is kept how long, what is due, legal holds, erasing by two persons, and the report of what was destroyed.

Periods run from the times of leaves, which are sealed. Nothing is erased by itself: what is due is proposed by one person,
and erased when another confirms it; each thing is judged again then. There is no schedule of ours: without one nothing is due.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cocket.errors import SenderError, SettingsError
from cocket.governance import Context, Principal, Resource
from cocket.governance.proposals import Proposal
from cocket.governance.retention import (
    Kept,
    ReasonKept,
    RetentionRule,
    Schedule,
    Standing,
    State,
    judge,
    kept_homes,
    read_schedule,
    suggested_rules,
)
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.destroyed_accesses import ACCESS_DAYS, DESTRUCTION
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.proposals import FILE_DIGEST, MakeKey, closed_proposals, file_of
from cocket.pipeline.base.retention_file import schedule_in_force
from cocket.pipeline.base.sealing import is_as_sealed
from cocket.pipeline.base.unopenable import SealedErasure, statements_of
from cocket.pipeline.base.whole_files import write_whole
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.second_person import Given, SecondPerson
from cocket.pipeline.operations.erasure import Erasure, ErasurePlan
from cocket.pipeline.operations.legal_holds import Held, LegalHold, LegalHolds
from cocket.pipeline.operations.open_matters import needed_things
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import StoredLeaf
from cocket.stores.operations.erasures import Erasures
from cocket.stores.operations.retention import KeptRow, RetentionRows

#: Kinds of act that two persons answer for.
SCHEDULE: Final = "retention-schedule"
ERASE: Final = "retention-erasure"
RELEASE: Final = "hold-release"
ORDER: Final = "erasure"

#: Things that one proposal has at most, and lines that are listed at once (count).
MOST: Final = 500

ENDED: Final[tuple[State, ...]] = ("due", "review")


class RulePlan(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, and how the things stand for which it decides.

    Attributes:
        rule: The rule.
        counts: State → things (count); states without any are left out.
        next: Last day of the period that ends next, of those that run; None where none does.
    """

    rule: RetentionRule
    counts: dict[State, int] = {}
    next: date | None = None


class RetentionPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a schedule comes to on a day; nothing is changed by asking.

    Attributes:
        on: The day.
        sha256: Of the schedule, 64 hexadecimal digits; empty where there is none.
        is_draft: Whether it is a schedule that is not in force.
        rules: Its rules, in its order (0..n).
        classes: Class → state → things (count).
        holds: Legal holds in force (count).
        suggested: Rules that are suggested for classes of which the schedule has none: not in force, so what is of them is kept (0..n).
        kept: Kinds of sealed records that are of no class, and why; no schedule reaches them (1..n).
    """

    on: date
    sha256: str = ""
    is_draft: bool = False
    rules: tuple[RulePlan, ...] = ()
    classes: dict[str, dict[State, int]] = {}
    holds: int = 0
    suggested: tuple[RetentionRule, ...] = ()
    kept: tuple[ReasonKept, ...] = ()


class DueLine(msgspec.Struct, frozen=True, kw_only=True):
    """A thing whose period has ended, or ends soon.

    Attributes:
        id: Its id.
        class_: Its class.
        title: What people call it; empty where it has no name.
        state: How it stands.
        law: Law of the rule that decided.
        ends: Last day of its period.
        why: Holds and conditions that stand against erasing (0..n).
    """

    id: str
    class_: str = msgspec.field(name="class")
    title: str
    state: State
    law: str
    ends: date
    why: tuple[str, ...] = ()


class DueList(msgspec.Struct, frozen=True, kw_only=True):
    """What is due: lines, those that ended first before others (0..500), and how many there are in all (count)."""

    lines: tuple[DueLine, ...]
    total: int


class Destroyed(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that was destroyed: its id, class, law and last day, its leaves, and what it consisted of (counts).

    Of its records and messages, `archived` have their content in files of the archive too, where nobody can decrypt it any more.
    """

    id: str
    class_: str = msgspec.field(name="class")
    law: str
    ended: date
    leaves: tuple[int, ...]
    messages: int
    records: int
    device_messages: int = 0
    archived: int = 0


class Spared(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that was proposed and not destroyed, and why in words."""

    id: str
    why: str


class Destruction(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of what was destroyed by one confirmation.

    Attributes:
        proposal: Id of the proposal.
        by: Who proposed and who confirmed it (2..n).
        reason: Why, in words.
        schedule: SHA-256 of the schedule by which it was due.
        destroyed: What was (0..n).
        spared: What was not, though it was proposed (0..n).
    """

    proposal: str
    by: tuple[str, ...]
    reason: str
    schedule: str
    destroyed: tuple[Destroyed, ...]
    spared: tuple[Spared, ...] = ()


class ReportLine(msgspec.Struct, frozen=True, kw_only=True):
    """What was destroyed at once.

    Attributes:
        at: When, UTC.
        index: Leaf of the sealed record.
        kind: By a schedule and two persons, or by order (`cocket erase` and two persons).
        by: Who answers for it (1..n).
        reason: Why.
        laws: Law → things destroyed by it (count); empty for an order.
        things: Things destroyed (count); None for an order, which does not say.
        leaves: Leaves that it names (count).
        emptied: Of these, leaves that stand with their commitment alone now (count).
        keys: Keys that these leaves had (count).
        keys_gone: Of these, keys that are destroyed now (count).
        back: Things that it names and that are there again now, such as drafts that came back with an old copy (count).
        spared: What was proposed and not destroyed (0..n).
    """

    at: datetime
    index: int
    kind: Literal["schedule", "order"]
    by: tuple[str, ...]
    reason: str
    laws: dict[str, int] = {}
    things: int | None = None
    leaves: int
    emptied: int
    keys: int
    keys_gone: int
    back: int = 0
    spared: tuple[Spared, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it is as it says: every leaf stands, no key is left, and nothing came back."""
        return self.leaves == self.emptied and self.keys == self.keys_gone and not self.back


class DestructionReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was destroyed within some days, the last first (0..n); and whether all of it is as it says."""

    since: date
    until: date
    lines: tuple[ReportLine, ...]
    holds: bool


class ErasureList(msgspec.Struct, frozen=True, kw_only=True):
    """What a proposal asks to erase, as sealed with it: the schedule's SHA-256, and the things."""

    schedule: str
    things: tuple[DueLine, ...]


class Retention(Service):
    """What is kept how long.

    Args:
        stores: The stores of this process.
        second: Keeps acts waiting that two persons answer for.
    """

    def __init__(self, stores: Stores, second: SecondPerson) -> None:
        super().__init__(stores)
        self._second = second
        self._holds = LegalHolds(stores)
        self._judging = _Judging(stores)

    def plan(self, principal: Principal, draft: bytes | None = None, on: date | None = None) -> RetentionPlan:
        """What a schedule comes to on a day, in counts; nothing is changed.

        Args:
            principal: Who asks.
            draft: A schedule that is not in force; None for the one in force.
            on: The day; None for today.

        Raises:
            PolicyError: The principal may not.
            SenderError: The draft is not a schedule.
        """
        self._access.require(principal, "retention:read", Resource())
        schedule, digest = (read_schedule(draft), sha256(draft).hexdigest()) if draft else self._judging.schedule()
        day = on or self._judging.today()
        counts: dict[int, Counter[State]] = {}
        classes: dict[str, Counter[State]] = {}
        following: dict[int, date] = {}
        with self._stores.database.transaction() as connection:
            for kept, standing in self._judging.all(connection, schedule, day):
                classes.setdefault(kept.class_, Counter())[standing.state] += 1
                if standing.rule is not None:
                    counts.setdefault(standing.rule, Counter())[standing.state] += 1
                    if standing.state == "running" and standing.ends is not None:
                        following[standing.rule] = min(following.get(standing.rule, standing.ends), standing.ends)
            holds = sum(one.state == "in-force" for one in self._holds.every(connection))
            self._access.seal(connection, self._access.record(principal, "retention", ("plan",)))
        return RetentionPlan(
            on=day,
            sha256=digest,
            is_draft=draft is not None,
            rules=tuple(
                RulePlan(rule=rule, counts=dict(counts.get(place, {})), next=following.get(place))
                for place, rule in enumerate(schedule.rules)
            ),
            classes={name: dict(told) for name, told in sorted(classes.items())},
            holds=holds,
            suggested=tuple(
                one for one in suggested_rules() if all(rule.class_ != one.class_ for rule in schedule.rules)
            ),
            kept=kept_homes().kept,
        )

    def put_schedule(self, principal: Principal, name: str, content: bytes) -> Given:
        """Propose that a schedule takes the place of the one in force.

        Args:
            principal: Who proposes it.
            name: Of the file, as it was given.
            content: TOML, as `cocket.governance.retention.read_schedule` takes it.

        Raises:
            PolicyError: The principal may not.
            SenderError: It is not a schedule.
        """
        self._access.require(principal, "instance:set", Resource())
        count = len(read_schedule(content).rules)
        wanted = Proposal(kind=SCHEDULE, subject=name.strip()[:200] or "retention.toml", after={"count": str(count)})
        return self._second.propose(principal, wanted, _no_key, (name, content))

    def due(self, principal: Principal, within_days: int = 0) -> DueList:
        """What is due, held or to be looked at though its period has ended; and what ends within some days.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "retention:read", Resource())
        with self._stores.database.transaction() as connection:
            lines = self._due(connection, within_days)
            shown = tuple(lines[:MOST])
            subjects = tuple(one.id for one in shown) or ("none",)
            self._access.seal(connection, self._access.record(principal, "retention", subjects))
        return DueList(lines=shown, total=len(lines))

    def holds(self, principal: Principal) -> tuple[LegalHold, ...]:
        """All legal holds, those in force first (0..n); the look is sealed.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "retention:read", Resource())
        with self._stores.database.transaction() as connection:
            found = self._holds.every(connection)
            names = tuple(one.name for one in found) or ("none",)
            self._access.seal(connection, self._access.record(principal, "legal holds", names))
        return found

    def place_hold(self, principal: Principal, wanted: LegalHold) -> LegalHold:
        """Place a legal hold, at once: what keeps needs no second person.

        Raises:
            PolicyError: The principal may not.
            SenderError: It says too little or is on nothing there is, or one of that name exists.
        """
        self._access.require(principal, "retention:hold", Resource())
        with self._stores.database.transaction() as connection:
            return self._holds.place(connection, principal, wanted)

    def release_hold(self, principal: Principal, name: str, reason: str) -> Given:
        """Propose that a hold is released.

        Raises:
            PolicyError: The principal may not.
            ReasonMissingError: No reason is given.
            SenderError: There is none of that name in force.
        """
        wanted = Proposal(kind=RELEASE, subject=name.strip(), reason=reason.strip())
        return self._second.propose(principal, wanted, _no_key)

    def propose_erasure(self, principal: Principal, reason: str, ids: Sequence[str] = ()) -> Given:
        """Propose to erase what is due: at most 500 things, those that ended first before others.

        Args:
            principal: Who proposes it.
            reason: Why, and on whose order; sealed.
            ids: These things alone, and of them also those that are to be looked at one by one; all that are due if none
                is named.

        Raises:
            PolicyError: The principal may not.
            ReasonMissingError: No reason is given.
            SenderError: Nothing is due, or a thing that is named is not.
        """
        self._access.require(principal, "retention:erase", Resource(), Context(reason=reason))
        _, digest = self._judging.schedule()
        with self._stores.database.transaction() as connection:
            ended = {one.id: one for one in self._due(connection) if one.state in ENDED}
        if missing := [one for one in ids if one not in ended]:
            raise SenderError(
                f"{missing[0]} is not due: its period runs, or something stands against erasing it.",
                code="retention-not-due",
                found=missing[0],
                hint="cocket retention due shows what is due.",
            )
        things = (
            [ended[one] for one in dict.fromkeys(ids)] if ids else [one for one in ended.values() if one.state == "due"]
        )
        if not things:
            raise SenderError("Nothing is due.", code="retention-nothing-due")
        # What people call a thing is not sealed with the proposal: it is to go with the thing.
        chosen = tuple(msgspec.structs.replace(one, title="") for one in things[:MOST])
        content = msgspec.json.encode(ErasureList(schedule=digest, things=chosen))
        wanted = Proposal(
            kind=ERASE,
            subject=" ".join((str(self._judging.today()), *_named(ids))),
            after={"count": str(len(chosen)), "schedule": digest},
            reason=reason.strip(),
        )
        return self._second.propose(principal, wanted, _no_key, (f"erasure-{self._judging.today()}.json", content))

    def proposed_erasure(self, principal: Principal, proposal_id: str) -> tuple[Proposal, tuple[DueLine, ...]]:
        """A proposal to erase, and the things it names as sealed with it, those that are there with their names (1..500).

        Raises:
            NotFoundError: There is no such proposal, or none for him.
            PolicyError: The principal may not.
        """
        self._access.require(principal, "retention:read", Resource())
        proposal = self._second.proposal(principal, proposal_id).proposal
        if proposal.kind != ERASE:
            raise SenderError("This proposal is not about erasing.", code="proposal-kind")
        with self._stores.database.transaction() as connection:
            things = self._judging.sealed_list(connection, proposal).things
            subjects = tuple(one.id for one in things)
            lines = self._stores.consignments.lines_of(
                connection, [UUID(one.id) for one in things if one.class_ == "consignment"]
            )
            titles = {str(identity): line.title for identity, line in lines.items()}
            titles |= self._judging.titles(connection, [one for one in things if one.class_ != "consignment"])
            self._access.seal(connection, self._access.record(principal, "retention", subjects))
        return proposal, tuple(msgspec.structs.replace(one, title=titles.get(one.id, "")) for one in things)

    def plan_order(self, principal: Principal, wanted: str) -> ErasurePlan:
        """What erasing a consignment, message or ended report by order would remove; nothing is changed.

        Raises:
            NotFoundError: There is no such thing.
            PolicyError: The principal may not.
            SenderError: A legal hold is on it, or it cannot be erased yet.
        """
        self._access.require(principal, "retention:erase", Resource(), Context(reason="–"))
        return Erasure(self._stores).plan_erasure(wanted)

    def propose_order(self, principal: Principal, wanted: str, reason: str) -> Given:
        """Propose to erase a consignment, message or ended report by order, whatever its period; another person approves it.

        Args:
            principal: Who proposes it.
            wanted: Id of the consignment, message or report.
            reason: Why, and on whose order; sealed.

        Raises:
            NotFoundError: There is no such thing.
            PolicyError: The principal may not.
            ReasonMissingError: No reason is given.
            SenderError: A legal hold is on it, or it cannot be erased yet.
        """
        self._access.require(principal, "retention:erase", Resource(), Context(reason=reason))
        with self._stores.database.transaction() as connection:
            plan, things = Erasure(self._stores).named(connection, wanted)
        after = _counted(plan, things) | {"records": str(plan.records)}
        proposal = Proposal(kind=ORDER, subject=plan.id, after=after, reason=reason.strip())
        return self._second.propose(principal, proposal, _no_key)

    def confirm_erasure(self, principal: Principal, proposal_id: str) -> Given:
        """Confirm what another proposed to erase, as it stands; it is destroyed at once.

        Raises:
            NotFoundError: There is no such proposal, or none for him.
            PolicyError: The principal may not, or proposed it.
            SenderError: It no longer waits.
        """
        found = self._second.proposal(principal, proposal_id).proposal
        return self._second.vote(principal, proposal_id, found.digest, _no_key)

    def report(self, principal: Principal, since: date, until: date) -> DestructionReport:
        """What was destroyed within some days, held against what stands now: leaves stay, keys are gone. The look is sealed.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "retention:read", Resource())
        with self._stores.database.transaction() as connection:
            lines = tuple(self._lines(connection, since, until))
            self._access.seal(connection, self._access.record(principal, "retention", ("report",)))
        return DestructionReport(since=since, until=until, lines=lines, holds=all(one.holds for one in lines))

    def _due(self, connection: Connection, within_days: int = 0) -> list[DueLine]:
        schedule, _ = self._judging.schedule()
        today = self._judging.today()
        last = today + timedelta(days=within_days)
        found = []
        for kept, standing in self._judging.all(connection, schedule, today):
            if standing.ends is None or standing.rule is None:
                continue
            is_over = standing.ends < today
            if is_over or (within_days and standing.state == "running" and standing.ends <= last):
                found.append(_line(schedule, kept, standing, standing.ends))
        return sorted(found, key=lambda one: (one.ends, one.id))

    def _lines(self, connection: Connection, since: date, until: date) -> Iterator[ReportLine]:
        zone = self._judging.zone
        first = datetime.combine(since, time(), zone)
        behind = datetime.combine(until + timedelta(days=1), time(), zone)
        rows: list[_Row] = []
        by_schedule, gone = set[int](), set[str]()
        for leaf, told in statements_of(self._stores, connection, DESTRUCTION, Destruction):
            leaves = [index for one in told.destroyed for index in one.leaves]
            by_schedule.update(leaves)
            gone.update(one.id for one in told.destroyed)
            laws = dict(Counter(one.law for one in told.destroyed))
            things = len(told.destroyed)
            back = RetentionRows().drafts_there(connection, [UUID(one.id) for one in told.destroyed])
            rows.append((leaf, "schedule", told.by, told.reason, (laws, things, told.spared, back), leaves))
        for leaf, order in statements_of(self._stores, connection, "erasure", SealedErasure):
            if order.thing in gone:
                continue
            if not by_schedule.issuperset(order.leaves) or not order.leaves:
                rows.append((leaf, "order", (order.who,), order.reason, ({}, None, (), 0), list(order.leaves)))
        for leaf, kind, by, reason, (laws, count, spared, back), leaves in sorted(rows, key=lambda one: -one[0].index):
            if not first <= leaf.at < behind:
                continue
            slots = RetentionRows().slots_of(connection, leaves)
            yield ReportLine(
                at=leaf.at,
                index=leaf.index,
                kind=kind,
                by=by,
                reason=reason,
                laws=laws,
                things=count,
                leaves=len(leaves),
                emptied=RetentionRows().emptied(connection, leaves),
                keys=len(slots),
                keys_gone=len(self._stores.leaves.keys.gone(slots)),
                back=back,
                spared=spared,
            )


#: What a line of the report is made of: leaf, kind, by whom, why, what of a schedule it says, and the leaves that it names.
_Row = tuple[
    StoredLeaf,
    Literal["schedule", "order"],
    tuple[str, ...],
    str,
    tuple[dict[str, int], int | None, tuple[Spared, ...], int],
    list[int],
]


class RetentionDeed(Service):
    """What two persons do: put a schedule in force, erase what is due, and release a hold. A `Deed`."""

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._holds = LegalHolds(stores)
        self._judging = _Judging(stores)

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless this principal may set what holds for all, erase, or release holds, in these circumstances."""
        actions = {SCHEDULE: "instance:set", RELEASE: "retention:release"}
        self._access.require(
            principal,
            actions.get(wanted.kind, "retention:erase"),
            Resource(),
            context or Context(reason=wanted.reason or None),
        )

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """A hold, the schedule in force, or what an order would erase, as it stands; what is due is judged again one by one."""
        if wanted.kind == SCHEDULE:
            return {"in force": self._judging.digest()}
        if wanted.kind == ERASE:
            return {}
        if wanted.kind == ORDER:
            return _counted(*Erasure(self._stores).named(connection, wanted.subject))
        found = self._holds.of(connection, wanted.subject)
        return {"target": found.target, "value": found.value, "ground": found.ground}

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse to release a hold that is not in force."""
        if wanted.kind == RELEASE:
            self._holds.of(connection, wanted.subject)

    def is_done(self, connection: Connection, wanted: Proposal) -> bool:
        """Whether what an order would erase is gone by it; other acts are done again, and leave out what is done."""
        if wanted.kind != ORDER or wanted.state != "approved":
            return False
        thing, by = parse_id(wanted.subject), (", ".join(wanted.persons), wanted.reason)
        if thing is None or Erasures().find(connection, thing) is not None:
            return False
        told = statements_of(self._stores, connection, "erasure", SealedErasure)
        return any((one.who, one.reason) == by for _, one in told)

    def texts(self, connection: Connection, wanted: Proposal, content: bytes | None) -> tuple[str, str] | None:
        """The schedule in force when it was proposed, and the proposed one, as TOML; what an order would erase now; else None."""
        if wanted.kind == ORDER:
            _, things = Erasure(self._stores).named(connection, wanted.subject)
            return "\n".join(things), ""
        if wanted.kind != SCHEDULE:
            return None
        return self._schedule_of(connection, wanted.before.get("in force", "")), (content or b"").decode("utf-8")

    def _schedule_of(self, connection: Connection, digest: str) -> str:
        """The schedule of a SHA-256: the one in force, or one that was proposed here; "" for none."""
        if not digest:
            return ""
        path = self._stores.settings.retention_file
        known = path.read_bytes() if path.is_file() else b""
        if sha256(known).hexdigest() == digest:
            return known.decode("utf-8")
        for one in closed_proposals(self._stores, connection, MOST):
            if one.kind == SCHEDULE and one.after.get(FILE_DIGEST) == digest:
                return (file_of(self._stores, connection, one) or b"").decode("utf-8")
        raise SenderError("The schedule before is not known here.", code="retention-before", found=digest)

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Do it; None, since no secret is made. What was erased before a crash is left out when it is done again."""
        by = wanted.persons
        if wanted.kind == SCHEDULE:
            write_whole(self._stores.settings.retention_file, content or b"")
            return None
        if wanted.kind == RELEASE:
            with self._stores.database.transaction() as connection:
                self._holds.release(connection, wanted.subject, (principal, ", ".join(by)), wanted.reason)
            return None
        if wanted.kind == ORDER:
            Erasure(self._stores).erase(wanted.subject, who=", ".join(by), reason=wanted.reason)
            return None
        told = msgspec.json.decode(content or b"{}", type=ErasureList)
        destroyed, spared = [], []
        for thing in told.things:
            outcome = self._erase(thing, by, wanted.reason)
            if isinstance(outcome, Spared):
                spared.append(outcome)
            else:
                destroyed.append(outcome)
        _, digest = self._judging.schedule()
        record = Destruction(
            proposal=wanted.id,
            by=by,
            reason=wanted.reason,
            schedule=digest,
            destroyed=tuple(destroyed),
            spared=tuple(spared),
        )
        with self._stores.database.transaction() as connection:
            about = ACCESS_DAYS if any(one.class_ == "accesses" for one in destroyed) else None
            self._access.seal(connection, self._stores.sealer.record(DESTRUCTION, principal.id, record, about=about))
        return None

    def _erase(self, thing: DueLine, by: tuple[str, ...], reason: str) -> Destroyed | Spared:
        """Erase one thing if it is still due; why not, in words, if not."""
        identity = parse_id(thing.id)
        with self._stores.database.transaction() as connection:
            found = self._judging.one(connection, identity) if identity else None
            if found is None:
                return Spared(id=thing.id, why="it is not there any more, or became part of a dossier")
            kept, standing, schedule = found
            if standing.state not in ENDED or standing.ends is None:
                why = f" ({', '.join(standing.why)})" if standing.why else ""
                return Spared(id=thing.id, why=f"{standing.state}{why}")
            if not self._judging.is_as_sealed(connection, UUID(kept.id)):
                return Spared(id=thing.id, why="its times in the database differ from the sealed ones")
            line = _line(schedule, kept, standing, standing.ends)
        try:
            done = Erasure(self._stores).erase(thing.id, who=", ".join(by), reason=f"{line.law}: {reason}", is_due=True)
        except SenderError as error:
            return Spared(id=thing.id, why=error.message)
        return Destroyed(
            id=thing.id,
            class_=line.class_,
            law=line.law,
            ended=line.ends,
            leaves=done.leaves,
            messages=done.messages,
            records=done.records,
            device_messages=done.device_messages,
            archived=done.archived,
        )


class _Judging:
    """The schedule in force, and how things stand to it."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self.zone = ZoneInfo(stores.settings.time_zone)

    def today(self) -> date:
        return datetime.now(UTC).astimezone(self.zone).date()

    def schedule(self) -> tuple[Schedule, str]:
        """As `schedule_in_force`."""
        return schedule_in_force(self._stores.settings)

    def digest(self) -> str:
        """SHA-256 of the file in force, whatever is in it; empty where there is none."""
        path = self._stores.settings.retention_file
        return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""

    def all(self, connection: Connection, schedule: Schedule, day: date) -> Iterable[tuple[Kept, Standing]]:
        """Everything that is kept, and how it stands on a day."""
        held = LegalHolds(self._stores).names_on(connection)
        needed = needed_things(self._stores, connection)
        for class_, rows in _every(connection, None):
            for row in rows:
                kept = _kept(class_, row, (held, needed), datetime.combine(day, time.max, self.zone))
                yield kept, judge(schedule, kept, day, self.zone)

    def one(self, connection: Connection, thing: UUID) -> tuple[Kept, Standing, Schedule] | None:
        """One thing, and how it stands today; None if there is no such thing."""
        held = LegalHolds(self._stores).names_on(connection, {thing})
        needed = needed_things(self._stores, connection)
        schedule, _ = self.schedule()
        for class_, rows in _every(connection, [thing]):
            for row in rows:
                kept = _kept(class_, row, (held, needed), datetime.now(UTC))
                return kept, judge(schedule, kept, self.today(), self.zone), schedule
        return None

    def is_as_sealed(self, connection: Connection, thing: UUID) -> bool:
        """Whether the leaves by whose times a thing stands as it does are what was sealed."""
        messages = RetentionRows().leaves_of(connection, thing)
        return all(is_as_sealed(leaf) for leaf in self._stores.leaves.of_records(connection, messages))

    def titles(self, connection: Connection, things: Sequence[DueLine]) -> dict[str, str]:
        """What people call those of some things that are there: id → title."""
        ids = [UUID(one.id) for one in things]
        return {str(row.id): row.title for _, rows in _every(connection, ids) for row in rows} if ids else {}

    def sealed_list(self, connection: Connection, proposal: Proposal) -> ErasureList:
        """What a proposal asks to erase, as sealed with it."""
        return msgspec.json.decode(file_of(self._stores, connection, proposal) or b"{}", type=ErasureList)


def standings_of(
    stores: Stores,
    connection: Connection,
    ids: Sequence[UUID],
    class_: Literal["consignment", "message"] = "consignment",
) -> Iterator[tuple[Kept, Standing]]:
    """Some dossiers, or messages of none, and how each stands today to the schedule in force and to legal holds.

    Raises:
        SettingsError: The schedule cannot be read.
    """
    judging = _Judging(stores)
    schedule, _ = judging.schedule()
    against = LegalHolds(stores).names_on(connection, set(ids)), needed_things(stores, connection)
    rows = RetentionRows()
    for row in rows.consignments(connection, ids) if class_ == "consignment" else rows.messages(connection, ids):
        kept = _kept(class_, row, against, datetime.now(UTC))
        yield kept, judge(schedule, kept, judging.today(), judging.zone)


def _counted(plan: ErasurePlan, things: Sequence[str]) -> dict[str, str]:
    """What would be erased, in counts and by the SHA-256 of its ids; accesses to it come and go, and are not counted."""
    return {
        "dossiers": str(plan.consignments),
        "messages": str(plan.messages),
        "sha256": sha256("\n".join(things).encode()).hexdigest(),
    }


def _named(ids: Sequence[str]) -> tuple[str, ...]:
    """What tells one proposal of things that were named from another of the same day (0..1)."""
    return (sha256(" ".join(sorted(ids)).encode()).hexdigest()[:12],) if ids else ()


def _every(connection: Connection, ids: Sequence[UUID] | None) -> Iterator[tuple[str, Iterator[KeptRow]]]:
    rows = RetentionRows()
    yield "consignment", rows.consignments(connection, ids)
    yield "message", rows.messages(connection, ids)
    yield "intelligence", rows.reports(connection, ids)
    yield "partner-record", rows.partner_records(connection, ids)
    yield "self-assessment", rows.assessments(connection, ids)
    yield "accesses", rows.access_days(connection, ids)
    yield "draft", rows.drafts(connection, ids)
    yield "continuity", rows.continuity(connection, ids)
    yield "pilot-answer", rows.pilot_answers(connection, ids)


def _kept(class_: str, row: KeptRow, against: tuple[Held, frozenset[UUID]], now: datetime) -> Kept:
    """A row with the events that its class knows, and what stands against erasing it: holds, and matters that are open."""
    held, needed = against
    events: dict[str, datetime | None]
    if class_ == "consignment":
        acts = [one for one in (row.last, row.acted) if one is not None]
        events = {"first-message": row.first, "last-message": row.last, "last-act": max(acts, default=None)}
    elif class_ == "message":
        events = {"received": row.first}
    elif class_ == "partner-record":
        events = {"given": row.first}
    elif class_ == "pilot-answer":
        events = {"pilot-ended": row.last if row.last is not None and row.last <= now else None}
    elif class_ in ("self-assessment", "draft", "continuity"):
        events = {"changed": row.last}
    elif class_ == "accesses":
        events = {"accessed": row.last}
    else:
        by_itself = row.last if row.last is not None and row.last <= now else None
        events = {"ended": row.acted or by_itself}
    return Kept(
        id=str(row.id),
        class_=class_,
        title=row.title,
        papers=frozenset(row.papers),
        events={name: at for name, at in events.items() if at is not None},
        open=frozenset((*row.open, "open-matter") if row.id in needed else row.open),
        holds=held.on(row.id),
    )


def _line(schedule: Schedule, kept: Kept, standing: Standing, ends: date) -> DueLine:
    law = schedule.rules[standing.rule].law if standing.rule is not None else ""
    return DueLine(
        id=kept.id, class_=kept.class_, title=kept.title, state=standing.state, law=law, ends=ends, why=standing.why
    )


def _no_key(name: str) -> str:
    raise SettingsError("No key is made here.")
