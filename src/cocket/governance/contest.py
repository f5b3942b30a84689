# SPDX-License-Identifier: Apache-2.0
"""A contest: a trader says that what was decided on his goods is wrong, and a person other than the decider answers in time.

A contest hangs on what came of a consignment, never on its lane: selecting goods for examination is no decision on an
application, and telling of it would tell the lane. So it opens by what a trader knows anyway: that an examination of his
goods has a result, or that a fixed time has passed since he declared them, whichever comes first.

Source: Revised Kyoto Convention, General Annex, chapter 10 (standards 10.3 and 10.7 to 10.11); WTO Trade Facilitation
Agreement, article 4; Union Customs Code, articles 22 and 44; GDPR, articles 12, 16 and 22, and CJEU C-203/22.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final, Literal, get_args

import msgspec

from cocket.errors import SettingsError
from cocket.governance.correspondence import StepError, last_day, step_finding, with_paper, word_findings

#: What a trader holds to be wrong. `finding`: that anything was found; `value`, `classification`, `origin`, `quantity`: what
#: was found of it; `delay`: how long it took; `data`: what is kept of him; `automation`: that no person looked.
Ground = Literal["finding", "value", "classification", "origin", "quantity", "delay", "data", "automation"]
GROUNDS: Final[tuple[Ground, ...]] = get_args(Ground)

#: Grounds that data protection law gives a clock of its own.
_OF_DATA: Final[tuple[Ground, ...]] = ("data", "automation")

State = Literal["lodged", "acknowledged", "answered", "withdrawn"]

#: States in which an answer is still owed.
OPEN: Final[tuple[State, ...]] = ("lodged", "acknowledged")

#: How it ended. `explained`: the trader was told why, and nothing was wrong that could be set right.
Outcome = Literal["upheld", "upheld-in-part", "not-upheld", "explained"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)

#: What an answer changes. `finding-withdrawn`: nothing was wrong with the goods after all; `items-withdrawn`: nothing was wrong
#: with some of them; `none`: no result is changed here.
EffectKind = Literal["none", "finding-withdrawn", "items-withdrawn"]

#: Days after which at the earliest a trader sees what tells of looks, unless an examination has a result before: less would
#: tell the lane where contests open at once.
LOOK_DAYS: Final = 7

#: Longest statement of a trader, and longest grounds of an answer (characters).
MOST_WORDS: Final = 8000


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """How long a law gives, from a day on.

    Attributes:
        law: By which name the settings call it; `GDPR` is taken for data and automation whatever they call.
        since: First day on which a contest that is lodged comes under it.
        until: Last such day; None where no end is known.
        lodge_days: Days after the result within which it is to be lodged; None where this law sets none.
        acknowledge_days: Days within which receipt is confirmed.
        answer_days: Days within which it is answered; None where `answer_months` says it.
        answer_months: Calendar months within which it is answered; None where `answer_days` says it.
        is_own: Whether the days are this program's own, where the law says no figure.
        source: The clause.
    """

    law: str
    since: date
    until: date | None = None
    lodge_days: int | None = None
    acknowledge_days: int
    answer_days: int | None = None
    answer_months: int | None = None
    is_own: bool = False
    source: str


#: The clocks, by law and date. National laws are added here, with the day on which they begin or end.
CLOCKS: Final = (
    Clock(
        law="RKC",
        since=date(2006, 2, 3),
        acknowledge_days=7,
        answer_days=30,
        is_own=True,
        source="Revised Kyoto Convention, General Annex, standards 10.3 and 10.8 to 10.10 (no figures: as soon as possible)",
    ),
    Clock(
        law="UCC",
        since=date(2016, 5, 1),
        acknowledge_days=30,
        answer_days=120,
        source="Regulation (EU) 952/2013, article 22(2) and (3); appeals are filed by national law (article 44)",
    ),
    Clock(
        law="NL",
        since=date(1994, 1, 1),
        lodge_days=42,
        acknowledge_days=14,
        answer_days=42,
        source="Algemene wet bestuursrecht, articles 6:7, 6:14 and 7:10 (acknowledgement: as soon as possible; 14 days are ours)",
    ),
    Clock(
        law="GDPR",
        since=date(2018, 5, 25),
        acknowledge_days=7,
        answer_months=1,
        source="Regulation (EU) 2016/679, articles 12(3), 16 and 22(3) (acknowledgement: 7 days are ours)",
    ),
)

#: Laws that the settings may name.
LAWS: Final = tuple(dict.fromkeys(one.law for one in CLOCKS))


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that a trader added.

    Attributes:
        record: Id of the sealed record that names it.
        name: Name of the file.
        sha256: SHA-256 of its bytes, 64 hexadecimal digits.
        type: Media type, by its content.
        size: Its size (bytes).
    """

    record: str
    name: str
    sha256: str
    type: str
    size: int


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """That receipt was confirmed: when, UTC, and by whom."""

    at: datetime
    by: str


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer changed.

    Attributes:
        kind: What.
        items: Items whose findings were withdrawn (0..n).
        result: Id of the result that takes the place of the one contested; None where none does.
    """

    kind: EffectKind = "none"
    items: tuple[int, ...] = ()
    result: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a person.

    Attributes:
        at: When, UTC.
        by: Who: never one of those who decided.
        outcome: How it ended.
        grounds: Why, in words for the trader.
        effect: What it changed.
    """

    at: datetime
    by: str
    outcome: Outcome
    grounds: str
    effect: Effect = Effect()


class Contest(msgspec.Struct, frozen=True, kw_only=True):
    """One contest as it stands; its body is also the sealed record of each step.

    Attributes:
        id: Its id.
        message: The declaration that it is about, by our id of the message.
        consignment: The dossier; never shown to the trader.
        office: Office of the dossier; None if not known.
        sender: Who sent the declaration.
        by: Key or account that lodged it.
        ground: What is held to be wrong.
        words: What the trader says.
        result: The result that stood when it was lodged, by id; None if none did.
        deciders: Who had decided by then (0..n): they do not answer it.
        lodged: When, UTC.
        law: Law whose clock runs.
        lodge_by: Last day on which it was to be lodged; None where the law sets none.
        acknowledge_by: Last day to confirm receipt.
        due: Last day to answer.
        papers: Papers that go with it (0..n).
        acknowledged: That receipt was confirmed; None if it was not.
        answer: The answer; None while there is none.
        withdrawn: When the trader took it back, UTC; None if he did not.
    """

    id: str
    message: str
    consignment: str
    office: str | None
    sender: str
    by: str
    ground: Ground
    words: str
    result: str | None
    deciders: tuple[str, ...]
    lodged: datetime
    law: str
    lodge_by: date | None
    acknowledge_by: date
    due: date
    papers: tuple[Paper, ...] = ()
    acknowledged: Acknowledged | None = None
    answer: Answer | None = None
    withdrawn: datetime | None = None

    @property
    def state(self) -> State:
        """Where it stands."""
        if self.answer is not None:
            return "answered"
        if self.withdrawn is not None:
            return "withdrawn"
        return "acknowledged" if self.acknowledged is not None else "lodged"

    @property
    def is_late(self) -> bool:
        """Whether it was lodged after its last day; who answers says whether that is excused."""
        return self.lodge_by is not None and self.lodged.date() > self.lodge_by

    def is_overdue(self, day: date) -> bool:
        """Whether on a day the time to answer is past, or that to confirm receipt."""
        if self.state not in OPEN:
            return False
        return day > self.due or (self.acknowledged is None and day > self.acknowledge_by)


class ContestOrderError(StepError):
    """A step of a contest that may not be taken now, or not as it is; `findings` (1..n) say why."""

    code = "contest-order"


def opens_on(declared: date, examined: date | None, after_days: int) -> date:
    """From which day on what came of a declaration may be contested; the same day in whatever lane the goods were.

    Args:
        declared: When it was received.
        examined: When the first result of an examination of its goods was recorded; None if there is none.
        after_days: Days after which it opens without a result.
    """
    at_last = declared + timedelta(days=after_days)
    return at_last if examined is None else min(examined, at_last)


def clock_of(law: str, ground: Ground, day: date) -> Clock:
    """The clock that runs for a contest lodged on a day.

    Raises:
        SettingsError: No clock is known of this law on that day.
    """
    wanted = "GDPR" if ground in _OF_DATA else law
    for one in CLOCKS:
        if one.law == wanted and one.since <= day and (one.until is None or day <= one.until):
            return one
    raise SettingsError(
        f"No clock is known of the law {wanted} on {day}.", code="contest-law", expected=", ".join(LAWS), found=wanted
    )


def with_clock(contest: Contest, clock: Clock, decided: date | None) -> Contest:
    """A contest with the days that a clock gives it.

    Args:
        contest: As it was lodged.
        clock: The clock.
        decided: Day on which what it is about was recorded; None if nothing was.
    """
    begin = contest.lodged.date()
    lodge_by = last_day(decided, clock.lodge_days) if clock.lodge_days is not None and decided is not None else None
    return msgspec.structs.replace(
        contest,
        law=clock.law,
        lodge_by=lodge_by,
        acknowledge_by=last_day(begin, clock.acknowledge_days),
        due=last_day(begin, clock.answer_days, clock.answer_months),
    )


def check_lodging(contest: Contest, earlier: Iterable[Contest]) -> None:
    """See that a contest says something, and is not lodged beside one of the same ground that is open.

    Raises:
        ContestOrderError: It may not be lodged so.
    """
    missing = step_finding("contest-words", "say what you hold to be wrong")
    problems = word_findings(contest.words, MOST_WORDS, "contest", missing)
    if any(one.ground == contest.ground and one.state in OPEN for one in earlier):
        problems.append(
            step_finding("contest-open", "you have contested this already, and the answer is not given yet")
        )
    ContestOrderError.refuse(problems)


def add_paper(contest: Contest, paper: Paper) -> Contest:
    """The contest with one more paper; the same bytes count once.

    Raises:
        ContestOrderError: It is closed, or has as many as are taken.
    """
    _must_be_open(contest)
    return with_paper(contest, paper, "contest", ContestOrderError)


def acknowledge(contest: Contest, at: datetime, by: str) -> Contest:
    """The contest with receipt confirmed.

    Raises:
        ContestOrderError: It is closed, or that was done before.
    """
    _must_be_open(contest)
    if contest.acknowledged is not None:
        ContestOrderError.refuse([step_finding("contest-acknowledged", "receipt has been confirmed already")])
    return msgspec.structs.replace(contest, acknowledged=Acknowledged(at=at, by=by))


def withdraw(contest: Contest, at: datetime) -> Contest:
    """The contest taken back by the trader.

    Raises:
        ContestOrderError: It is closed.
    """
    _must_be_open(contest)
    return msgspec.structs.replace(contest, withdrawn=at)


def answer(contest: Contest, given: Answer, deciders: Iterable[str] = ()) -> Contest:
    """The contest with its answer.

    Args:
        contest: As it stands.
        given: The answer.
        deciders: Who decided on the consignment since it was lodged (0..n).

    Raises:
        ContestOrderError: It is closed, or the answer is one of a decider, gives no grounds, or contradicts itself.
    """
    _must_be_open(contest)
    problems = []
    if given.by in (*contest.deciders, *deciders):
        problems.append(step_finding("contest-decider", "whoever decided does not answer the contest"))
    missing = step_finding("contest-grounds", "give the grounds; the trader reads them")
    problems += word_findings(given.grounds, MOST_WORDS, "contest", missing)
    if given.effect.kind != "none" and given.outcome not in ("upheld", "upheld-in-part"):
        problems.append(step_finding("contest-effect", "only a contest that is upheld changes a result"))
    if given.effect.kind == "finding-withdrawn" and given.outcome == "upheld-in-part":
        problems.append(
            step_finding("contest-part", "a contest that is upheld in part leaves something of the finding")
        )
    if given.effect.kind == "items-withdrawn" and not given.effect.items:
        problems.append(step_finding("contest-items", "name the items whose finding is withdrawn"))
    ContestOrderError.refuse(problems)
    return msgspec.structs.replace(contest, answer=given)


def _must_be_open(contest: Contest) -> None:
    if contest.state not in OPEN:
        ContestOrderError.refuse([step_finding("contest-closed", "this contest is closed")])
