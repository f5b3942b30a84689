# SPDX-License-Identifier: Apache-2.0
"""Pilots: planned and sealed before the first day, looked at by bounds, stopped by rule, reported from what was sealed.

Policy actions: `stats:read` to read them, `pilot:plan` to plan, look at, change and stop them, both for whoever is bound to no
office; `result:record` to answer the form after an examination.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.governance import Context, Principal, Resource
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, Place, file_id
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.known_offices import check_offices
from cocket.pipeline.base.partner_agreements import today_of
from cocket.pipeline.base.pilot_protocols import (
    ANSWER,
    HOLDS,
    LOOK,
    PILOT,
    RUNS,
    answer_name,
    answer_names,
    protocols,
    seed_of,
    state_of,
)
from cocket.pipeline.base.proposals import MakeKey
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.second_person import Given, SecondPerson
from cocket.pipeline.trials.pilot_rows import data_of, past_of
from cocket.stores.base.database import Connection
from cocket.trials.pilots.changes import check_change
from cocket.trials.pilots.enough import WISHED, Enough, enough_of
from cocket.trials.pilots.protocol import (
    PilotPlan,
    PilotProtocol,
    ProtocolChange,
    StopRule,
    check_plan,
    check_seed,
    digest_of,
    power_of,
    sealed_plan,
)
from cocket.trials.pilots.report import (
    Answer,
    PilotLook,
    PilotRecord,
    PilotStatement,
    Sealed,
    SignedReport,
)
from cocket.trials.pilots.running import Bound, Result, bounds_of, judge
from cocket.trials.pilots.sequences import order_count
from cocket.trials.pilots.variance import SpreadOfPast, consignments_per_arm, spread_of_past
from cocket.trials.pilots.worlds import Power

#: Kinds of act that may need a second person.
CHANGE: Final = "pilot-change"
STOP: Final = "pilot-stop"

#: Days of the past by which a plan is made where nobody says otherwise.
_PAST_DAYS: Final = 365

#: Stands for the stop rules of a plan that has none yet, where only its power is asked for.
_ANY_STOP: Final = (StopRule(code="harm", limit=0.05),)

PilotStanding = Literal["planned", "running", "waiting", "ended", "stopped"]


class PilotPast(msgspec.Struct, frozen=True, kw_only=True):
    """What the past tells a planner.

    Attributes:
        offices: Offices, largest first (0..n).
        spread: How alike outcomes are; None where the past does not tell.
        lack: Why it does not, in words; empty else.
        basis: Where it comes from, in words.
    """

    offices: tuple[str, ...]
    spread: SpreadOfPast | None
    lack: str
    basis: str


class PilotPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan would come to.

    Attributes:
        power: Found if the effect is as stated; None of a shadow.
        error: Found if there is none.
        orders: Of a wedge: orders that the draw can come to (count).
        needed: Of `consignments`: consignments needed for a power of 0.8 (count); None else.
        problem: Why it could not be sealed as it stands, in words; empty else.
        enough: Of a wedge whose power is below 0.8: what would reach it; None else.
    """

    power: Power | None
    error: Power | None
    orders: int = 0
    needed: int | None = None
    problem: str = ""
    enough: Enough | None = None


class PilotLine(msgspec.Struct, frozen=True, kw_only=True):
    """A pilot in the list.

    Attributes:
        protocol: Its newest version.
        standing: `planned`, `running`, `waiting` for results, `ended`, `stopped`.
        looks: Looks so far (count).
    """

    protocol: PilotProtocol
    standing: PilotStanding
    looks: int = 0


class PilotView(msgspec.Struct, frozen=True, kw_only=True):
    """A pilot with everything that was sealed of it.

    Attributes:
        record: Protocol, looks and answers as sealed.
        standing: As in the list.
        bounds: Bounds of the planned looks (0..n).
        due: Whether a planned look is due: its period is over, and nobody has looked since.
    """

    record: PilotRecord
    standing: PilotStanding
    bounds: tuple[Bound, ...]
    due: bool


class Pilots(Service):
    """Pilots of this instance.

    Args:
        stores: The stores of this process.
        second: Keeps acts waiting that two persons answer for.
        today: Tells the day; None for the administration's own.
    """

    def __init__(self, stores: Stores, second: SecondPerson, today: Callable[[], date] | None = None) -> None:
        super().__init__(stores)
        self._today = today or (lambda: today_of(stores))
        self._replayed: date | None = None
        self._files = DocumentFiles(stores)
        self._second = second

    def replaying(self, day: date) -> Pilots:
        """The same service on a day of a past that is replayed, as a demonstration does; protocol and looks say that it was so.

        Args:
            day: The day it is by the calendar that is replayed.
        """
        found = Pilots(self._stores, self._second, lambda: day)
        found._replayed = day
        return found

    def past(
        self, principal: Principal, measure: str = "finds", period_days: int = 28, since: date | None = None
    ) -> PilotPast:
        """What the past of this instance tells a planner; the look is sealed.

        Args:
            principal: Who asks.
            measure: What is measured, as in a plan.
            period_days: Days of a period.
            since: First day; a year before today if not given.

        Raises:
            PolicyError: The principal may not plan.
            SenderError: There is no such measure or period.
        """
        self._access.require(principal, "pilot:plan", Resource())
        if measure not in ("finds", "hits", "examined") or not 1 <= period_days <= 366:
            raise SenderError("There is no such measure or period.", code="pilot-measure", found=measure)
        last = self._today()
        first = since or last - timedelta(days=_PAST_DAYS)
        with self._stores.database.transaction() as connection:
            offices, sums, counts = past_of(self._stores, connection, (first, last), period_days, measure)
            self._access.seal(connection, self._access.record(principal, "pilots", ("past",)))
        spread, lack = None, ""
        try:
            spread = spread_of_past(sums, counts)
        except SenderError as error:
            lack = error.message
        whole = int(sum(map(sum, counts)))
        basis = (
            f"this administration, {first} to {last}: {len(offices)} offices, {whole} consignments"
            if spread
            else "stated"
        )
        return PilotPast(offices=offices, spread=spread, lack=lack, basis=basis)

    def preview(self, principal: Principal, plan: PilotPlan) -> PilotPreview:
        """What a plan would come to, by the very simulation that is sealed with it; nothing is kept.

        Raises:
            PolicyError: The principal may not plan.
        """
        self._access.require(principal, "pilot:plan", Resource())
        worded = msgspec.structs.replace(plan, title="–", question="–", treatment="–", stop=plan.stop or _ANY_STOP)
        try:
            check_plan(worded, plan.first - timedelta(days=1))
        except SenderError as error:
            return PilotPreview(power=None, error=None, problem=f"{error.message} {error.hint or ''}".strip())
        problem = ""
        try:
            check_plan(plan, self._today())
            with self._stores.database.transaction() as connection:
                check_offices(self._stores, connection, plan.offices)
        except SenderError as error:
            problem = f"{error.message} {error.hint or ''}".strip()
        is_wedge, is_single = plan.design == "wedge", plan.design == "consignments"
        power = power_of(plan)
        return PilotPreview(
            power=power,
            error=power_of(plan, effect=0.0),
            orders=order_count(len(plan.offices), plan.steps) if is_wedge else 0,
            needed=2 * consignments_per_arm(plan.base, plan.effect, alpha=plan.alpha) if is_single else None,
            problem=problem,
            enough=enough_of(plan) if is_wedge and power is not None and power.power < WISHED else None,
        )

    def plan(self, principal: Principal, plan: PilotPlan) -> PilotProtocol:
        """Seal a protocol before its first day: the order is drawn, and nothing of it can be changed unseen.

        Raises:
            PolicyError: The principal may not plan.
            SenderError: It cannot be carried out, names an office that is not there, or begins today or in the past.
        """
        self._access.require(principal, "pilot:plan", Resource())
        check_plan(plan, self._today())
        if self._replayed is None:  # a past that is replayed has not brought the papers of its offices yet
            with self._stores.database.transaction() as connection:
                check_offices(self._stores, connection, plan.offices)
        identity = str(new_id())
        made = sealed_plan(plan, seed_of(self._stores, identity), identity, principal.id, datetime.now(UTC))
        made = msgspec.structs.replace(made, replayed=self._replayed)
        with self._stores.database.transaction() as connection:
            self._files.keep(connection, PILOT, identity, (made, principal), state_of(made))
        return made

    def propose_change(self, principal: Principal, pilot_id: str, plan: PilotPlan, reason: str) -> Given:
        """Change a protocol, or propose it where a second person must approve: a version of its own, which says what changed.

        What is asked, done and measured, and who is in which arm cannot be changed; from the first day on, bounds cannot either, and stop
        rules only become stricter.

        Raises:
            NotFoundError: There is no such pilot.
            PolicyError: The principal may not.
            SenderError: No reason is given, or it was stopped.
            SenderError: It cannot be changed so.
        """
        text = msgspec.json.encode(plan).decode()
        wanted = Proposal(kind=CHANGE, subject=pilot_id, title=plan.title, after={"plan": text}, reason=reason.strip())
        return self._second.propose(principal, wanted, _no_key)

    def propose_stop(self, principal: Principal, pilot_id: str, reason: str) -> Given:
        """Stop a pilot before its end, or propose it where a second person must approve.

        Raises:
            NotFoundError: There is no such pilot.
            PolicyError: The principal may not.
            SenderError: No reason is given, or it was stopped or has ended.
        """
        with self._stores.database.transaction() as connection:
            self._access.require(principal, "pilot:plan", Resource())
            title = self._one(connection, pilot_id).plan.title
        return self._second.propose(
            principal, Proposal(kind=STOP, subject=pilot_id, title=title, reason=reason.strip()), _no_key
        )

    def look(self, principal: Principal, pilot_id: str, hours: float | None = None) -> PilotLook:
        """Look at a pilot by its bounds and stop rules, from the day before today; the look is sealed and counts as one.

        Args:
            principal: Who looks.
            pilot_id: The pilot.
            hours: Hours of work that it cost since the last look; None where nobody counted.

        Raises:
            NotFoundError: There is no such pilot.
            PolicyError: The principal may not.
            ProofError: The seed is not the one committed to.
            SenderError: It has not begun, or was looked at for this day already.
        """
        self._access.require(principal, "pilot:plan", Resource())
        if hours is not None and not 0 <= hours < 1_000_000:
            raise SenderError("Hours of work are a number from 0.", code="pilot-hours")
        until = self._today() - timedelta(days=1)
        with self._stores.database.transaction() as connection:
            protocol = self._one(connection, pilot_id, to_change=True)
            if until < protocol.plan.first:
                raise SenderError(
                    "This pilot has no whole day yet.", code="pilot-early", expected=f"after {protocol.plan.first}"
                )
            before = self._looks(connection, pilot_id)
            seed = seed_of(self._stores, pilot_id)
            check_seed(protocol, seed)
            made = self._look(connection, protocol, (seed, until), (principal, hours), len(before) + 1)
            if before and msgspec.structs.replace(made, **_same_moment(before[-1])) == before[-1]:
                raise SenderError(
                    "Nothing has changed since the last look, so it does not count as another.", code="pilot-same"
                )
            self._files.keep(connection, LOOK, f"{pilot_id} {made.number}", (made, principal))
        return made

    def pilots(self, principal: Principal) -> tuple[PilotLine, ...]:
        """All pilots, last changed first (0..n); the look is sealed.

        Raises:
            PolicyError: The principal may see none.
        """
        self._access.require(principal, "stats:read", Resource())
        today = self._today()
        with self._stores.database.transaction() as connection:
            found = protocols(self._stores, connection)
            lines = tuple(
                PilotLine(protocol=one, standing=_standing(one, today), looks=len(self._looks(connection, one.id)))
                for one in found
            )
            self._access.seal(connection, self._access.record(principal, "pilots", ("list",)))
        return lines

    def pilot(self, principal: Principal, pilot_id: str) -> PilotView:
        """One pilot with everything that was sealed of it; the look is sealed.

        Raises:
            NotFoundError: There is no such pilot.
            PolicyError: The principal may see none.
        """
        self._access.require(principal, "stats:read", Resource())
        today = self._today()
        with self._stores.database.transaction() as connection:
            record = self._record(connection, pilot_id)
            self._access.seal(connection, self._access.record(principal, "pilot", (pilot_id,)))
        newest = record.protocol
        standing = _standing(newest, today)
        reached = max((one.result.periods for one in record.looks), default=0)
        over = max((today - newest.plan.first).days, 0) // newest.plan.period_days
        due = standing in ("running", "waiting") and any(reached < one <= over for one in newest.plan.looks)
        return PilotView(record=record, standing=standing, bounds=bounds_of(newest), due=due)

    def report(self, principal: Principal, pilot_id: str) -> SignedReport:
        """The report of a pilot, made from its sealed records alone and signed: the same each time; the look is sealed.

        Raises:
            NotFoundError: There is no such pilot.
            PolicyError: The principal may see none.
            SenderError: Nobody has looked at it yet.
        """
        view = self.pilot(principal, pilot_id)
        record = view.record
        if not record.looks:
            raise SenderError(
                "This pilot has no look yet, so there is nothing to report.",
                code="pilot-unseen",
                hint="Look at it first: cocket trials look.",
            )
        last = record.looks[-1]
        again = judge(record.protocol_of(last.version), last.data)
        statement = PilotStatement(log=self._stores.settings.log_origin, pilot=pilot_id, report=digest_of(record), v=1)
        return SignedReport(
            administration=self._stores.settings.administration,
            record=record,
            is_same=again == last.result,
            seed=seed_of(self._stores, pilot_id).hex() if _is_over(view.standing) else "",
            statement=statement,
            signature=self._stores.sealer.sign(statement).hex(),
            key=self._stores.sealer.receipt_vkey,
        )

    def open_forms(self, principal: Principal, consignment_id: str) -> tuple[PilotProtocol, ...]:
        """Pilots about which this officer is asked after the examination of a consignment, and has not answered (0..n).

        Raises:
            NotFoundError: There is no such consignment for him.
        """
        with self._stores.database.transaction() as connection:
            running = protocols(self._stores, connection, (RUNS, HOLDS))
            if not running:
                return ()
            line, where = self._access.advised_dossier(connection, principal, consignment_id)
            if not self._access.may(principal, "result:record", where):
                return ()
            if not any(one.is_examined for one in self._stores.orders.results_of(connection, [line.id])):
                return ()
            today = self._today()
            return tuple(
                one
                for one in running
                if one.plan.first <= today <= one.plan.locked
                and set(where.offices) & set(one.plan.offices)
                and self._files.read(connection, ANSWER, _own_name(one.id, line.id, principal), Answer) is None
            )

    def answer(self, principal: Principal, consignment_id: str, given: Answer) -> Answer:
        """Answer the three questions after an examination; sealed, once for each officer and consignment.

        Args:
            principal: The officer.
            consignment_id: What was examined.
            given: The answers; who and when are set here.

        Raises:
            NotFoundError: There is no such consignment for him, or no pilot that asks.
            PolicyError: The principal may not.
            SenderError: An answer is none of those offered, or the words are too long.
        """
        given.check()
        if all(one.id != given.pilot for one in self.open_forms(principal, consignment_id)):
            raise NotFoundError("No pilot asks about this examination, or it was answered.")
        with self._stores.database.transaction() as connection:
            line, where = self._access.advised_dossier(connection, principal, consignment_id)
            self._access.require(principal, "result:record", where)
            made = msgspec.structs.replace(given, consignment=str(line.id), by=principal.id, at=datetime.now(UTC))
            place = Place(names=tuple(sorted(answer_names(made))))
            record = self._files.write(connection, ANSWER, answer_name(made), (made, principal.id), place)
            self._access.seal(connection, *([record] if record is not None else []))
        return made

    def _look(
        self,
        connection: Connection,
        protocol: PilotProtocol,
        drawn: tuple[bytes, date],
        who: tuple[Principal, float | None],
        number: int,
    ) -> PilotLook:
        seed, until = drawn
        data = data_of(self._stores, connection, protocol, seed, until)
        result: Result = judge(protocol, data)
        return PilotLook(
            pilot=protocol.id,
            number=number,
            version=protocol.version,
            at=datetime.now(UTC),
            by=who[0].id,
            is_planned=result.bound is not None or result.periods in protocol.plan.looks,
            hours=who[1],
            data=data,
            result=result,
            replayed=self._replayed,
        )

    def _one(self, connection: Connection, pilot_id: str, *, to_change: bool = False) -> PilotProtocol:
        """The newest version of a protocol, as it was sealed."""
        known = parse_id(pilot_id) is not None
        found = (
            self._files.read_sealed(connection, PILOT, pilot_id, PilotProtocol, to_change=to_change) if known else None
        )
        if found is None:
            raise NotFoundError("There is no such pilot.")
        return found

    def _looks(self, connection: Connection, pilot_id: str) -> list[PilotLook]:
        found: list[PilotLook] = []
        while True:
            one = self._files.read(connection, LOOK, f"{pilot_id} {len(found) + 1}", PilotLook)
            if one is None:
                return found
            found.append(one)

    def _record(self, connection: Connection, pilot_id: str) -> PilotRecord:
        """Everything that was sealed of a pilot, from the sealed bytes."""
        self._one(connection, pilot_id)
        versions = self._sealed(connection, PILOT, pilot_id)
        looks = []
        for look in self._looks(connection, pilot_id):
            looks += self._sealed(connection, LOOK, f"{pilot_id} {look.number}")
        answers = []
        told = self._stores.case_files.found_by(connection, ANSWER, [("pilot", pilot_id)])
        for file in told.get(("pilot", pilot_id), ()):
            answers += [
                (body, sealed)
                for leaf, body in self._stores.leaves.records_about(connection, file.id, (ANSWER,))
                if (sealed := _sealed(ANSWER, leaf.place, leaf.at, body))
            ]
        answers.sort(key=lambda each: each[1].place)
        return PilotRecord(
            versions=tuple(msgspec.json.decode(body, type=PilotProtocol) for body, _ in versions),
            looks=tuple(msgspec.json.decode(body, type=PilotLook) for body, _ in looks),
            answers=tuple(
                msgspec.structs.replace(msgspec.json.decode(body, type=Answer), by="", consignment="")
                for body, _ in answers
            ),
            sealed=tuple(sealed for _, sealed in (*versions, *looks, *answers)),
        )

    def _sealed(self, connection: Connection, kind: str, name: str) -> list[tuple[bytes, Sealed]]:
        told = self._stores.leaves.records_about(connection, file_id(kind, name), (kind,))
        return [(body, _sealed(kind, leaf.place, leaf.at, body)) for leaf, body in told]


class PilotDeed(Service):
    """Changing and stopping pilots, which may need a second person. A `Deed`.

    Args:
        stores: The stores of this process.
        today: Tells the day; None for the administration's own.
    """

    def __init__(self, stores: Stores, today: Callable[[], date] | None = None) -> None:
        super().__init__(stores)
        self._today = today or (lambda: today_of(stores))
        self._files = DocumentFiles(stores)

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless this principal may plan pilots, with a reason."""
        if not wanted.reason.strip():
            raise SenderError("Give the reason; it is recorded under your name.", code="reason-missing")
        self._access.require(principal, "pilot:plan", Resource(), context or Context(reason=wanted.reason))

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """The version in force: if it changes meanwhile, an approval no longer holds."""
        return {"version": str(self._standing(connection, wanted.subject).version)}

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse what could not be done as things stand."""
        known = self._standing(connection, wanted.subject)
        if wanted.kind == CHANGE:
            check_change(known, self._plan(wanted), self._today())
        elif self._today() > known.plan.last:
            raise SenderError("This pilot has ended already.", code="pilot-over")

    def texts(self, connection: Connection, wanted: Proposal, content: bytes | None) -> tuple[str, str] | None:
        """The plan in force when it was proposed, and the wanted one; None of a stop."""
        if wanted.kind != CHANGE:
            return None
        told = self._stores.leaves.records_about(connection, file_id(PILOT, wanted.subject), (PILOT,))
        every = [msgspec.json.decode(body, type=PilotProtocol) for _, body in told]
        before = next((one for one in every if str(one.version) == wanted.before.get("version")), None)
        return _in_full(before.plan) if before else "", _in_full(self._plan(wanted))

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Seal the new version; None, since no secret is made."""
        by, now = ", ".join(wanted.persons) or principal.id, datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            known = self._standing(connection, wanted.subject, to_change=True)
            if wanted.kind == STOP:
                made = msgspec.structs.replace(
                    known, version=known.version + 1, sealed=now, stopped=now, stop_reason=wanted.reason, stopped_by=by
                )
            else:
                plan = self._plan(wanted)
                fields = check_change(known, plan, self._today())
                is_after = self._today() >= known.plan.first
                change = ProtocolChange(at=now, by=by, fields=fields, reason=wanted.reason, is_after_start=is_after)
                made = msgspec.structs.replace(
                    known,
                    version=known.version + 1,
                    plan=plan,
                    power=power_of(plan),
                    sealed=now,
                    changes=(*known.changes, change),
                )
            self._files.keep(connection, PILOT, known.id, (made, principal), state_of(made))
        return None

    def _plan(self, wanted: Proposal) -> PilotPlan:
        """The wanted plan, in order but for its first day, which may be over."""
        try:
            plan = msgspec.json.decode(wanted.after["plan"], type=PilotPlan)
        except (KeyError, msgspec.MsgspecError) as error:
            raise SenderError(f"This is not a plan of a pilot: {error}.", code="pilot-plan") from error
        check_plan(plan, plan.first - timedelta(days=1))
        return plan

    def _standing(self, connection: Connection, pilot_id: str, *, to_change: bool = False) -> PilotProtocol:
        found = None
        if parse_id(pilot_id) is not None:
            found = self._files.read_sealed(connection, PILOT, pilot_id, PilotProtocol, to_change=to_change)
        if found is None:
            raise NotFoundError("There is no such pilot.")
        if found.stopped is not None:
            raise SenderError("This pilot was stopped already.", code="pilot-stopped")
        return found


def _standing(protocol: PilotProtocol, today: date) -> PilotStanding:
    plan = protocol.plan
    if protocol.stopped is not None:
        return "stopped"
    if today < plan.first:
        return "planned"
    if today <= plan.last:
        return "running"
    return "waiting" if today <= plan.locked else "ended"


def _is_over(standing: PilotStanding) -> bool:
    """Whether the seed may be told: nothing is drawn by it any more."""
    return standing in ("waiting", "ended", "stopped")


def _own_name(pilot: str, consignment: UUID, principal: Principal) -> str:
    return f"{pilot} {consignment} {principal.id}"


def _same_moment(before: PilotLook) -> dict[str, object]:
    return {"number": before.number, "at": before.at, "by": before.by, "hours": before.hours}


def _sealed(kind: str, place: int, at: datetime, body: bytes) -> Sealed:
    return Sealed(kind=kind, place=place, at=at, sha256=sha256(body).hexdigest())


def _in_full(plan: PilotPlan) -> str:
    return msgspec.json.format(msgspec.json.encode(plan)).decode() + "\n"


def _no_key(name: str) -> str:
    raise SenderError("A pilot makes no key.", code="pilot-key")
