# SPDX-License-Identifier: Apache-2.0
"""What-if: a question to the house's own past, answered with intervals or refused, sealed, and later compared with what happened.

Question and answer are one sealed document, so that nobody can change afterwards what was forecast. Nothing of policy is changed
by asking.

Policy actions: `what-if:ask` to ask, `stats:read` to read.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from cocket.control import PolicyBook
from cocket.errors import CocketError, SenderError
from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, Place
from cocket.pipeline.base.examination_policy import policy_of
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.risk.read_past import PastReader
from cocket.pipeline.risk.rule_figures import instance_past
from cocket.pipeline.risk.rulebooks import RuleFiles, read_file
from cocket.pipeline.trials.whatif_past import MOST, HousePast, PastCounts, Progress, read_house
from cocket.risk.estimate import Estimate, share
from cocket.risk.rules import Rulebook, look_back
from cocket.stores.base.database import Connection
from cocket.trials.queues import Arrival, Changed, Delay, Waits, delay_of
from cocket.trials.queues.offices import STATION_OF
from cocket.trials.whatif import (
    LEAST_EFFECTIVE,
    Changes,
    Limit,
    Placed,
    Question,
    Told,
    TooLittleError,
    change_of,
    estimate,
    less,
    replay,
)
from cocket.trials.whatif.question import check_question, minutes_of

#: Kinds of the sealed documents: a question with its answer, and a forecast compared with what happened.
WHAT_IF: Final = "what-if"
CHECK: Final = "what-if-check"

#: Days that are asked where nobody says otherwise, and offices of which waits are told (count), those with most orders.
_YEAR: Final = timedelta(days=365)
_MOST_OFFICES: Final = 20

#: Shares of today's examinations at which the frontier is told.
SCALES: Final = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)

#: Cases that a frontier is drawn from at most, the newest (count): each point runs the lane step again.
_MOST_OF_FRONTIER: Final = 20_000

#: Cases on which a rule draft is tried (count); each is read from its papers.
_MOST_OF_DRAFT: Final = 5_000

#: Examinations with a result that happened since, before a forecast of finds is held against them (count); orders for waits.
LEAST_SINCE: Final = 30

#: For how long an answer may be awaited from another process before it is said to have been broken off.
_BROKEN: Final = timedelta(hours=1)

State = Literal["asked", "answered", "refused"]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What would be otherwise, over the same past.

    Attributes:
        examinations: More examinations, or fewer.
        found: More cases with a find.
        threats: More cases with a find that hurts people.
        amount: More recovered, national currency.
    """

    examinations: float
    found: Estimate
    threats: Estimate
    amount: Estimate


class FrontierPoint(msgspec.Struct, frozen=True, kw_only=True):
    """What more examinations, or fewer, come to.

    Attributes:
        name: `today`, `changed`, or the share of today's examinations, as 0.5.
        examinations: Examinations a day.
        found: Cases with a find a day.
        threats: Of them those that hurt people.
        amount: Recovered a day, national currency.
        delay: Mean hours of all cases that wait for an officer, spread over all cases; None where that cannot be determined.
    """

    name: str
    examinations: float
    found: Estimate
    threats: Estimate
    amount: Estimate
    delay: float | None = None


class WhatIfAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the past says.

    Attributes:
        past: What of it was asked.
        lanes: Lane → cases today, and as it would be.
        today: Today's terms run again on the past; None where nothing can be said of finds.
        changed: As it would be.
        difference: The one less the other.
        frontier: Points by examinations (0..n).
        delays: Waits by office (0..n).
        limits: What the past cannot tell (1..n).
    """

    past: PastCounts
    lanes: dict[str, tuple[int, int]]
    today: Told | None = None
    changed: Told | None = None
    difference: Difference | None = None
    frontier: tuple[FrontierPoint, ...] = ()
    delays: tuple[Delay, ...] = ()
    limits: tuple[Limit, ...] = ()


class WhatIf(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A question with its answer.

    Attributes:
        id: Its id.
        by: Who asked.
        at: When, UTC.
        office: Office that he is bound to; None for none.
        question: The question.
        state: `asked` while it is being answered, `answered`, or `refused`.
        problem: Why it was refused, in words; "" else.
        hint: What to do about it; "" for nothing.
        answer: The answer; None without one.
    """

    id: str
    by: str
    at: datetime
    office: str | None = None
    question: Question
    state: State = "asked"
    problem: str = ""
    hint: str = ""
    answer: WhatIfAnswer | None = None


class CheckedFigure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of a forecast beside what happened.

    Attributes:
        what: `examinations a day`, `finds per examination`, or `hours` of a lane.
        office: The office; "" for all.
        lane: The lane; "" for none.
        today: What was forecast with nothing changed; None where it was not.
        changed: What was forecast with the change.
        naive: What was before, taken as if nothing changed; None where it was not told.
        happened: What then happened, with the interval that its number leaves open.
        cases: Cases that it rests on (count).
        nearer: Whether what happened is nearer to the forecast with the change; None where both are alike.
    """

    what: Literal["examinations a day", "finds per examination", "hours"]
    office: str = ""
    lane: str = ""
    today: Estimate | None
    changed: Estimate | None
    naive: float | None
    happened: Estimate
    cases: int

    @property
    def nearer(self) -> bool | None:
        """Whether what happened is nearer to the forecast with the change; None where the two are alike, or one is not there."""
        if self.today is None or self.changed is None:
            return None
        gaps = [abs(one.value - self.happened.value) for one in (self.changed, self.today)]
        return None if math.isclose(gaps[0], gaps[1], rel_tol=1e-9, abs_tol=1e-12) else gaps[0] < gaps[1]


class WhatIfCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A forecast compared with what happened since.

    Attributes:
        id: Of the question.
        by: Who had it held.
        at: When, UTC.
        since: First day that counts: the one after the last day of the past that was asked.
        until: Last day.
        cases: Cases declared since (count).
        lines: Figures (1..n).
        too_few: Figures of which too little happened yet (0..n).
    """

    id: str
    by: str
    at: datetime
    since: date
    until: date
    cases: int
    lines: tuple[CheckedFigure, ...]
    too_few: tuple[str, ...] = ()


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """How far an answer is.

    Attributes:
        step: `reading`, `rule`, `lanes`, `frontier`, `waits`; "" where it is not known here.
        done: How much of the step is done.
        of: Of how much.
        is_broken: Whether nothing works on it any more.
    """

    step: str = ""
    done: int = 0
    of: int = 0
    is_broken: bool = False


class WhatIfs(Service):
    """Questions to the past.

    Args:
        stores: The stores of this process.
        past: Reads what is measured.
    """

    def __init__(self, stores: Stores, past: PastReader) -> None:
        super().__init__(stores)
        self._past = past
        self._files = DocumentFiles(stores)
        self._rules = RuleFiles(stores)
        self._running: dict[str, Running] = {}
        self._turn = threading.Lock()

    def ask(self, principal: Principal, question: Question, progress: Progress | None = None) -> WhatIf:
        """Ask, and wait for the answer; both are sealed before it is returned.

        Args:
            principal: Who asks.
            question: The question.
            progress: Told the step, how much of it is done, and of how much.

        Raises:
            PolicyError: The principal may not ask.
            SenderError: The question does not hold, or the past cannot answer it; the refusal is sealed too.
        """
        asked = self._sealed_question(principal, question)
        told = self._answered(principal, asked, progress or (lambda *_: None))
        if told.state == "refused":
            raise SenderError(told.problem, code="what-if-refused", hint=told.hint or None, found=told.id)
        return told

    def begin(self, principal: Principal, question: Question) -> WhatIf:
        """Ask, and do not wait: the answer is there once `what_if` has it.

        Raises:
            PolicyError: The principal may not ask.
            SenderError: The question does not hold, or another one is being answered in this process.
        """
        if not self._turn.acquire(blocking=False):
            raise SenderError(
                "Another question is being answered.", code="what-if-busy", hint="Ask again when its answer is there."
            )
        try:
            asked = self._sealed_question(principal, question)
            self._running[asked.id] = Running(step="reading")
            threading.Thread(target=self._work, args=(principal, asked), daemon=True).start()
        except BaseException:
            self._turn.release()
            raise
        return asked

    def progress_of(self, principal: Principal, identity: str) -> Running | None:
        """How far the answer to a question is; None where it is there.

        Raises:
            NotFoundError: There is no such question, or not for this principal.
            PolicyError: The principal may not read.
        """
        found = self._found(principal, identity)
        if found.state != "asked":
            return None
        known = self._running.get(found.id)
        return known or Running(is_broken=datetime.now(UTC) - found.at > _BROKEN)

    def what_if(self, principal: Principal, identity: str) -> tuple[WhatIf, WhatIfCheck | None]:
        """A question with its answer, and how it was last compared with what happened; the look is sealed.

        Raises:
            NotFoundError: There is no such question, or not for this principal.
            PolicyError: The principal may not read.
        """
        found = self._found(principal, identity)
        with self._stores.database.transaction() as connection:
            check = self._files.read(connection, CHECK, found.id, WhatIfCheck)
            self._access.seal(connection, self._access.record(principal, "figures", (found.id,)))
        return found, check

    def what_ifs(self, principal: Principal) -> tuple[WhatIf, ...]:
        """Questions, newest first (0..n); those of his office alone for whoever is bound to one. The look is sealed.

        Raises:
            PolicyError: The principal may not read.
        """
        self._access.require(principal, "stats:read")
        with self._stores.database.transaction() as connection:
            found = [one for one in self._files.every(connection, WHAT_IF, WhatIf) if _is_seen(one, principal)]
            self._access.seal(connection, self._access.record(principal, "figures", ()))
        return tuple(sorted(found, key=lambda one: one.at, reverse=True))

    def check(self, principal: Principal, identity: str, until: date | None = None) -> WhatIfCheck:
        """Hold a forecast against what was declared, examined and found since; sealed.

        Args:
            principal: Who asks.
            identity: Of the question.
            until: Last day that counts; None for today.

        Raises:
            NotFoundError: There is no such question, or not for this principal.
            PolicyError: The principal may not ask.
            SenderError: It has no answer, or too little has happened since.
        """
        self._access.require(principal, "what-if:ask")
        found = self._found(principal, identity)
        answer = found.answer
        if answer is None:
            raise SenderError(
                "This question has no answer that could be compared with what happened.", code="what-if-open"
            )
        last = until or datetime.now(UTC).astimezone(self._zone()).date()
        since = answer.past.last + timedelta(days=1)
        if last < since:
            raise SenderError(
                f"The forecast is of the days after {answer.past.last}; none of them has passed.", code="what-if-early"
            )
        asked = msgspec.structs.replace(
            found.question, since=since, until=last, ignore_below=None, model=None, rule=None
        )
        with self._stores.database.transaction() as connection:
            reach = self._reach(principal, found)
            past = self._past.read(connection, since, reach, again=True)
            house = read_house(self._stores, connection, past, asked, (since, last, lambda *_: None))
            lines, too_few = _lines(answer, house)
            if not lines:
                raise SenderError(
                    f"Too little has happened since {since}: {house.counts.asked} cases, {house.counts.examined} examinations with "
                    f"a result. A figure needs {LEAST_SINCE}.",
                    code="what-if-early",
                    hint="Compare it with what happened later.",
                )
            made = WhatIfCheck(
                id=found.id,
                by=principal.id,
                at=datetime.now(UTC),
                since=since,
                until=last,
                cases=house.counts.asked,
                lines=lines,
                too_few=too_few,
            )
            self._files.keep(connection, CHECK, found.id, (made, principal))
        return made

    def _sealed_question(self, principal: Principal, question: Question) -> WhatIf:
        self._access.require(principal, "what-if:ask")
        check_question(question)
        made = WhatIf(
            id=str(new_id()), by=principal.id, at=datetime.now(UTC), office=principal.office, question=question
        )
        with self._stores.database.transaction() as connection:
            self._keep(connection, made, principal)
        return made

    def _keep(self, connection: Connection, made: WhatIf, principal: Principal) -> None:
        place = Place(state=made.state, office=made.office, names=(("name", made.id),))
        record = self._files.write(connection, WHAT_IF, made.id, (made, principal.id), place)
        if record is not None:
            self._access.seal(connection, record)

    def _work(self, principal: Principal, asked: WhatIf) -> None:
        def step(what: str, done: int, of: int) -> None:
            self._running[asked.id] = Running(step=what, done=done, of=of)

        try:
            self._answered(principal, asked, step)
        finally:
            self._running.pop(asked.id, None)
            self._turn.release()

    def _answered(self, principal: Principal, asked: WhatIf, progress: Progress) -> WhatIf:
        """The question with its answer, or with why it is refused; sealed either way."""
        try:
            told = msgspec.structs.replace(asked, state="answered", answer=self._answer(principal, asked, progress))
        except CocketError as error:
            told = msgspec.structs.replace(asked, state="refused", problem=error.message, hint=error.hint or "")
        except Exception as error:
            self._seal(
                principal,
                msgspec.structs.replace(asked, state="refused", problem=_UNEXPECTED.format(type(error).__name__)),
            )
            raise
        self._seal(principal, told)
        return told

    def _seal(self, principal: Principal, told: WhatIf) -> None:
        with self._stores.database.transaction() as connection:
            self._keep(connection, told, principal)

    def _found(self, principal: Principal, identity: str) -> WhatIf:
        self._access.require(principal, "stats:read", Resource(offices=(principal.office,) if principal.office else ()))
        with self._stores.database.transaction() as connection:
            found = self._files.read(connection, WHAT_IF, identity, WhatIf)
        if found is None or not _is_seen(found, principal):
            raise NotFoundError("There is no such question.")
        return found

    def _reach(self, principal: Principal, asked: WhatIf) -> tuple[str, ...] | None:
        return (asked.office,) if asked.office else self._access.reach(principal)

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._stores.settings.time_zone)

    def _answer(self, principal: Principal, asked: WhatIf, progress: Progress) -> WhatIfAnswer:
        question = asked.question
        last = question.until or datetime.now(UTC).astimezone(self._zone()).date()
        first = min(question.since or last - _YEAR, last)
        with self._stores.database.transaction() as connection:
            past = self._past.read(connection, first, self._reach(principal, asked), again=True)
            house = read_house(self._stores, connection, past, question, (first, last, progress))
            hits = self._hits(connection, house, question, progress) if question.rule else None
        if not house.cases:
            raise TooLittleError("No case of these days was scored by a model, so there is no choice to run again.")
        _check_offices(house, question)
        book = policy_of(self._stores.settings)
        seed = _seed(asked.id)
        changes = change_of(question, hits)
        today = replay(house.cases, book, Changes(), seed, lambda done, of: progress("lanes", done, 2 * of))
        would = today
        if question.is_about_choice:
            would = replay(house.cases, book, changes, seed, lambda done, of: progress("lanes", of + done, 2 * of))
        limits = _limits(house, question, (today, would))
        said, why = _said(house, today, would)
        if said is None and question.is_about_choice and not question.is_about_work:
            raise why or TooLittleError("Nothing can be said.")
        delays = self._delays(house, question, (today, would), progress)
        if said is None:
            if not any(one.today for one in delays):
                raise _no_waits(delays, why if question.is_about_choice else None)
            limits.append(Limit(code="no-choice", arguments={"why": why.message if why else ""}))
        points: tuple[FrontierPoint, ...] = ()
        if said is not None:
            points, thin = self._frontier(house, book, (said, delays), (seed, progress))
            if thin:
                limits.append(Limit(code="thin", arguments={"count": str(thin), "least": f"{LEAST_EFFECTIVE:.0f}"}))
        if delays and any(one.unknown for one in delays):
            limits.append(Limit(code="queues", arguments={"count": str(sum(bool(one.unknown) for one in delays))}))
        told = {lane: (sum(a.lane == lane for a in today), sum(b.lane == lane for b in would)) for lane in _LANES}
        return WhatIfAnswer(
            past=house.counts,
            lanes=told,
            today=msgspec.structs.replace(said[0], draws=()) if said else None,
            changed=msgspec.structs.replace(said[1], draws=()) if said else None,
            difference=_difference(said) if said and question.is_about_choice else None,
            frontier=points,
            delays=delays,
            limits=tuple(limits),
        )

    def _hits(
        self, connection: Connection, house: HousePast, question: Question, progress: Progress
    ) -> frozenset[str] | None:
        """Ids on which a rule fires; None where it ran, in force or in shadow, so that what fired is on record."""
        if any(question.rule in one.rules for one in house.cases):
            return None
        progress("rule", 0, 1)
        file = read_file(self._rules.newest(connection, question.rule or ""))
        past, _, _ = instance_past(self._stores, connection, house.counts.first, _MOST_OF_DRAFT)
        looked = look_back(past, Rulebook((file.rule,)), None, None, lambda done, of: progress("rule", done, of))
        hits = frozenset(one.id for one in looked if file.rule.code in one.hits)
        if not hits:
            raise SenderError(
                f"The rule {file.rule.code} fires on no case of these days, so there is nothing to ask.",
                code="what-if-rule",
                hint="Try its condition with `cocket rules test`.",
            )
        return hits

    def _delays(
        self, house: HousePast, question: Question, lanes: tuple[Sequence[Placed], Sequence[Placed]], progress: Progress
    ) -> tuple[Delay, ...]:
        busiest = sorted(house.offices, key=lambda name: -sum(map(len, house.offices[name].stations.values())))
        chosen = [name for name in busiest if not question.offices or name in question.offices][:_MOST_OFFICES]
        made = []
        for number, name in enumerate(sorted(chosen)):
            progress("waits", number, len(chosen))
            office = house.offices[name]
            if question.is_about_choice:
                today, would = (_arrivals(house, name, one) for one in lanes)
            else:
                today = would = [
                    Arrival(lane, one.opened, (station,))
                    for lane, station in STATION_OF.items()
                    for one in office.stations.get(station, ())
                ]
            made.append(delay_of(name, office, (today, would), _changed(question), (self._zone(), 1)))
        progress("waits", len(chosen), len(chosen))
        return tuple(made)

    def _frontier(
        self,
        house: HousePast,
        book: PolicyBook,
        known: tuple[tuple[Told, Told], tuple[Delay, ...]],
        terms: tuple[bytes, Progress],
    ) -> tuple[tuple[FrontierPoint, ...], int]:
        (seed, progress), (said, delays) = terms, known
        cases, logged = house.cases[-_MOST_OF_FRONTIER:], house.logged[-_MOST_OF_FRONTIER:]
        whole = said[0].examinations / said[0].cases
        points = [_point("today", said[0], _delay_a_case(delays, "today", house))]
        points.append(_point("changed", said[1], _delay_a_case(delays, "changed", house)))
        thin = 0
        for number, scale in enumerate(SCALES):
            progress("frontier", number, len(SCALES))
            share_of_all = min(1.0 - book.usual.yellow_share - book.usual.blue_share, whole * scale)
            random = min(book.usual.random_share, share_of_all)
            places = max(1, math.ceil(book.usual.red_per_day * scale))
            changes = Changes(shares={"red": share_of_all, "random": random}, places={"red": places})
            placed = replay(cases, book, changes, seed)
            try:
                told = estimate(logged, [one.chance for one in placed])
            except TooLittleError:
                thin += 1
                continue
            points.append(_point(f"{scale:g}", told, None))
        progress("frontier", len(SCALES), len(SCALES))
        return tuple(sorted(points, key=lambda one: one.examinations)), thin


_LANES: Final = ("red", "yellow", "blue", "green")

#: What is said where the work itself failed.
_UNEXPECTED: Final = "The question could not be answered ({})."


def _is_seen(one: WhatIf, principal: Principal) -> bool:
    return principal.office is None or one.office == principal.office


def _seed(identity: str) -> bytes:
    """A seed of its own for each question: the same question gives the same answer, and none is a seed that was drawn with."""
    return hashlib.sha256(b"cocket what-if v1\x00" + identity.encode()).digest()


def _check_offices(house: HousePast, question: Question) -> None:
    known = {one.office for one in house.cases} | set(house.offices)
    missing = [one for one in question.offices if one not in known]
    if missing:
        raise SenderError(
            f"The past of these days knows no office {', '.join(missing)}.",
            code="what-if-office",
            found=", ".join(missing),
            hint=f"It knows {', '.join(sorted(one for one in known if one)[:20])}."
            if any(known)
            else "It knows no office.",
        )


def _said(
    house: HousePast, today: Sequence[Placed], would: Sequence[Placed]
) -> tuple[tuple[Told, Told] | None, TooLittleError | None]:
    try:
        told = tuple(estimate(house.logged, [one.chance for one in placed]) for placed in (today, would))
    except TooLittleError as error:
        return None, error
    return (told[0], told[1]), None


def _difference(said: tuple[Told, Told]) -> Difference:
    today, would = said
    return Difference(
        examinations=would.examinations - today.examinations,
        found=less(would, today, "found"),
        threats=less(would, today, "threats"),
        amount=less(would, today, "amount"),
    )


def _no_waits(delays: Sequence[Delay], why: TooLittleError | None) -> TooLittleError:
    """Why nothing can be said at all."""
    reasons = sorted({unknown.why for one in delays for unknown in one.unknown.values()})
    told = "; ".join(_WHY[reason] for reason in reasons) or "no order was opened"
    before = f"{why.message} " if why else ""
    return TooLittleError(
        f"{before}Waits cannot be determined from this past: {told}.",
        hint="Ask over a longer time, or when orders have waited for an officer.",
    )


#: Why the work of a station cannot be determined, in words.
_WHY: Final = {
    "no-closings": "no order was closed with a time and a name",
    "few-days": "orders were closed on too few days",
    "no-queue": "hardly any order waited while another was dealt with, so the time of one cannot be determined",
}


def _limits(house: HousePast, question: Question, placed: tuple[Sequence[Placed], Sequence[Placed]]) -> list[Limit]:
    """What the past cannot tell of this question, with its figures."""
    counts, (today, would) = house.counts, placed
    limits = [Limit(code="deterrence"), Limit(code="unseen")]

    def add(code: Literal["results", "picks", "unknown", "unscored", "values", "duty", "full", "bounded", "model-part"],
            is_so: bool, **arguments: object) -> None:  # fmt: skip
        if is_so:
            limits.append(Limit(code=code, arguments={name: str(one) for name, one in arguments.items()}))

    whole = sum(one.chance for one in would)
    outside = sum(new.chance for new, old in zip(would, house.logged, strict=True) if not old.chance)
    if whole and outside / whole >= 0.005:
        limits.append(Limit(code="overlap", arguments={"share": f"{100 * outside / whole:.1f}"}))
    add("results", counts.unanswered > 0, missing=counts.unanswered, all=counts.unanswered + counts.drawn)
    add("picks", counts.picks > 0, count=counts.picks)
    add("unknown", counts.unknown > 0, count=counts.unknown)
    add("unscored", counts.unscored > 0, count=counts.unscored)
    add("values", counts.valueless > 0, count=counts.valueless)
    add("duty", counts.amounts < counts.finds, known=counts.amounts, finds=counts.finds)
    full = [sum(one.is_full for one in each) for each in (today, would)]
    add("full", any(full), today=full[0], changed=full[1])
    add("bounded", counts.declared > MOST, all=counts.declared, taken=MOST)
    add("model-part", counts.not_by_model > 0, count=counts.not_by_model, model=question.model)
    limits.append(Limit(code="weight"))
    if question.is_about_choice:
        limits.append(Limit(code="replayed"))
    if question.scanners:
        limits.append(Limit(code="scanners"))
    if any(each > 0 for each in question.staff.values()):
        limits.append(Limit(code="people"))
    return limits


def _arrivals(house: HousePast, office: str, placed: Sequence[Placed]) -> list[Arrival]:
    return [
        Arrival(one.lane, made, (STATION_OF[one.lane],))
        for case, made, one in zip(house.cases, house.made, placed, strict=True)
        if case.office == office and one.lane in STATION_OF
    ]


def _changed(question: Question) -> Changed:
    told = question.scanners
    return Changed(
        opens=minutes_of(question.opens) if question.opens else None,
        closes=minutes_of(question.closes) if question.closes else None,
        weekdays=question.weekdays,
        staff=question.staff,
        scanners=told.count if told else 0,
        scan_seconds=told.minutes * 60 if told else 0.0,
        scan_share=told.share if told else 0.0,
        scan_cleared=told.cleared if told else 0.0,
    )


def _delay_a_case(delays: Sequence[Delay], which: Literal["today", "changed"], house: HousePast) -> float | None:
    """Mean hours that an officer's work holds a case up, over all cases of the offices of which waits are told."""
    known = [one for one in delays if getattr(one, which) and not one.unknown]
    if not known:
        return None
    offices = {one.office for one in known}
    cases = sum(one.office in offices for one in house.cases)
    held = sum(told.mean.value * told.cases for one in known for told in getattr(one, which))
    return held / cases if cases else None


def _point(name: str, told: Told, delay: float | None) -> FrontierPoint:
    def a_day(one: Estimate) -> Estimate:
        return Estimate(*(each / told.days for each in msgspec.structs.astuple(one)))

    return FrontierPoint(
        name=name,
        examinations=told.examinations / told.days,
        found=a_day(told.found.best),
        threats=a_day(told.threats.best),
        amount=a_day(told.amount.best),
        delay=delay,
    )


def _lines(answer: WhatIfAnswer, house: HousePast) -> tuple[tuple[CheckedFigure, ...], tuple[str, ...]]:
    """Each figure of a forecast beside what happened; of what too little happened, its name."""
    lines, too_few = [], []
    counts = house.counts
    days = len({one.day for one in house.cases})
    results = [one for one in house.logged if one.is_seen]
    if answer.today and answer.changed:
        if counts.examined >= LEAST_SINCE:
            told = counts.examined / days
            spread = 1.959964 * math.sqrt(counts.examined) / days
            today, changed = (one.examinations / one.days for one in (answer.today, answer.changed))
            lines.append(
                CheckedFigure(
                    what="examinations a day",
                    today=Estimate(today, today, today),
                    changed=Estimate(changed, changed, changed),
                    naive=answer.past.examined / answer.today.days,
                    happened=Estimate(told, max(0.0, told - spread), told + spread),
                    cases=counts.examined,
                )
            )
        found = share(sum(one.found for one in results), len(results))
        if found is not None and len(results) >= LEAST_SINCE:
            lines.append(
                CheckedFigure(
                    what="finds per examination",
                    today=answer.today.precision,
                    changed=answer.changed.precision,
                    naive=answer.past.finds / answer.past.examined if answer.past.examined else None,
                    happened=found,
                    cases=len(results),
                )
            )
        else:
            too_few.append("finds per examination")
    for delay in answer.delays:
        stations = house.offices[delay.office].stations if delay.office in house.offices else {}
        for lane, station in STATION_OF.items():
            closed = [(one.closed - one.opened) / 3600 for one in stations.get(station, ()) if one.closed is not None]
            forecasts = [
                next((one.mean for one in which if one.lane == lane), None) for which in (delay.today, delay.changed)
            ]
            if forecasts[0] is None and forecasts[1] is None:
                continue
            if len(closed) < LEAST_SINCE:
                too_few.append(f"hours of {lane} at {delay.office}")
                continue
            lines.append(
                CheckedFigure(
                    what="hours",
                    office=delay.office,
                    lane=lane,
                    today=forecasts[0],
                    changed=forecasts[1],
                    naive=_mean_of(delay.was.get(lane)),
                    happened=_mean(closed),
                    cases=len(closed),
                )
            )
    return tuple(lines), tuple(too_few)


def _mean_of(one: Waits | None) -> float | None:
    return one.mean if one else None


def _mean(values: Sequence[float]) -> Estimate:
    mean = math.fsum(values) / len(values)
    spread = math.sqrt(math.fsum((one - mean) ** 2 for one in values) / max(1, len(values) - 1) / len(values))
    return Estimate(mean, max(0.0, mean - 1.959964 * spread), mean + 1.959964 * spread)
