# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cocket.errors import SettingsError
from cocket.governance import contest as module
from cocket.governance.contest import (
    CLOCKS,
    GROUNDS,
    LAWS,
    MOST_WORDS,
    Answer,
    Contest,
    ContestOrderError,
    Effect,
    Paper,
    acknowledge,
    add_paper,
    answer,
    check_lodging,
    clock_of,
    opens_on,
    with_clock,
    withdraw,
)
from cocket.governance.correspondence import MOST_PAPERS, last_day

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday


def lodged(**fields: Any) -> Contest:
    usual = Contest(
        id="c1", message="m1", consignment="d1", office="XA1", sender="ACME", by="key-1", ground="value",
        words="The price is that of the contract.", result="r1", deciders=("officer.a",), lodged=NOW, law="RKC",
        lodge_by=None, acknowledge_by=date(2026, 3, 9), due=date(2026, 4, 1),
    )  # fmt: skip
    return msgspec.structs.replace(usual, **fields)


def given(**fields: Any) -> Answer:
    return msgspec.structs.replace(Answer(at=NOW, by="officer.b", outcome="not-upheld", grounds="As found."), **fields)


def refusals(error: pytest.ExceptionInfo[ContestOrderError]) -> list[str]:
    return [finding.code for finding in error.value.findings]


def test_a_contest_opens_by_a_result_or_by_time_whichever_is_first() -> None:
    declared = date(2026, 3, 1)
    assert opens_on(declared, None, 7) == date(2026, 3, 8)
    assert opens_on(declared, date(2026, 3, 3), 7) == date(2026, 3, 3)
    assert opens_on(declared, date(2026, 5, 1), 7) == date(2026, 3, 8)


def test_data_and_automation_run_by_data_protection_law_whatever_the_settings_say() -> None:
    laws = {ground: clock_of("UCC", ground, NOW.date()).law for ground in GROUNDS}
    assert laws == dict.fromkeys(GROUNDS, "UCC") | {"data": "GDPR", "automation": "GDPR"}


def test_no_clock_runs_by_a_law_before_it_is_in_force_or_after_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    assert clock_of("UCC", "value", date(2016, 5, 1)).answer_days == 120
    with pytest.raises(SettingsError) as early:
        clock_of("UCC", "value", date(2016, 4, 30))
    assert (early.value.code, early.value.found) == ("contest-law", "UCC")
    ended = tuple(msgspec.structs.replace(one, until=date(2026, 2, 1)) for one in CLOCKS)
    monkeypatch.setattr(module, "CLOCKS", ended)
    with pytest.raises(SettingsError):
        clock_of("UCC", "value", NOW.date())


def test_every_clock_names_its_law_and_gives_one_period() -> None:
    assert LAWS == ("RKC", "UCC", "NL", "GDPR")
    assert all(one.source and (one.answer_days is None) is not (one.answer_months is None) for one in CLOCKS)


@pytest.mark.parametrize(
    ("begin", "days", "months", "last"),
    [
        (date(2026, 3, 2), 7, None, date(2026, 3, 9)),
        (date(2026, 3, 2), 5, None, date(2026, 3, 9)),  # a Saturday
        (date(2026, 3, 2), 6, None, date(2026, 3, 9)),  # a Sunday
        (date(2026, 3, 2), 4, None, date(2026, 3, 6)),
        (date(2026, 1, 30), None, 1, date(2026, 3, 2)),  # 28 February is a Saturday
        (date(2026, 12, 15), None, 1, date(2027, 1, 15)),
        (date(2026, 11, 30), None, 1, date(2026, 12, 30)),
    ],
)
def test_a_period_ends_on_a_working_day(begin: date, days: int | None, months: int | None, last: date) -> None:
    assert last_day(begin, days, months) == last


def test_the_clock_gives_the_days_and_says_if_it_was_lodged_late() -> None:
    timed = with_clock(lodged(), clock_of("NL", "value", NOW.date()), date(2026, 1, 5))
    assert (timed.lodge_by, timed.acknowledge_by, timed.due) == (
        date(2026, 2, 16),
        date(2026, 3, 16),
        date(2026, 4, 13),
    )
    assert timed.is_late
    assert not with_clock(lodged(), clock_of("NL", "value", NOW.date()), date(2026, 2, 20)).is_late
    assert with_clock(lodged(), clock_of("UCC", "value", NOW.date()), date(2020, 1, 1)).lodge_by is None


def test_a_contest_is_overdue_without_receipt_and_without_answer_and_never_once_closed() -> None:
    contest = lodged()
    assert [contest.is_overdue(day) for day in (date(2026, 3, 9), date(2026, 3, 10))] == [False, True]
    known = acknowledge(contest, NOW, "officer.b")
    assert [known.is_overdue(day) for day in (date(2026, 4, 1), date(2026, 4, 2))] == [False, True]
    assert not answer(known, given()).is_overdue(date(2027, 1, 1))
    assert not withdraw(known, NOW).is_overdue(date(2027, 1, 1))


def test_the_states_follow_the_steps() -> None:
    contest = lodged()
    known = acknowledge(contest, NOW, "officer.b")
    states = [one.state for one in (contest, known, answer(known, given()), withdraw(contest, NOW))]
    assert states == ["lodged", "acknowledged", "answered", "withdrawn"]


def test_who_decided_does_not_answer_neither_before_nor_since() -> None:
    for by, since in (("officer.a", ()), ("officer.b", ("officer.b",))):
        with pytest.raises(ContestOrderError) as error:
            answer(lodged(), given(by=by), since)
        assert refusals(error) == ["contest-decider"]
    assert answer(lodged(), given(), ("officer.a",)).state == "answered"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"grounds": "  "}, "contest-grounds"),
        ({"grounds": "x" * (MOST_WORDS + 1)}, "contest-length"),
        ({"effect": Effect(kind="finding-withdrawn")}, "contest-effect"),
        ({"outcome": "upheld-in-part", "effect": Effect(kind="finding-withdrawn")}, "contest-part"),
        ({"outcome": "upheld", "effect": Effect(kind="items-withdrawn")}, "contest-items"),
    ],
)
def test_an_answer_gives_grounds_and_does_not_contradict_itself(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(ContestOrderError) as error:
        answer(lodged(), given(**fields))
    assert refusals(error) == [code]


def test_what_is_closed_stays_closed() -> None:
    for closed in (answer(lodged(), given()), withdraw(lodged(), NOW)):
        steps: tuple[Callable[[Contest], Contest], ...] = (
            lambda one: answer(one, given()),
            lambda one: withdraw(one, NOW),
            lambda one: acknowledge(one, NOW, "officer.b"),
            lambda one: add_paper(
                one, Paper(record="p", name="a.pdf", sha256="0" * 64, type="application/pdf", size=1)
            ),
        )
        for step in steps:
            with pytest.raises(ContestOrderError) as error:
                step(closed)
            assert refusals(error) == ["contest-closed"]


def test_receipt_is_confirmed_once() -> None:
    with pytest.raises(ContestOrderError) as error:
        acknowledge(acknowledge(lodged(), NOW, "officer.b"), NOW + timedelta(days=1), "officer.c")
    assert refusals(error) == ["contest-acknowledged"]


def test_a_contest_says_something_and_stands_alone_on_its_ground() -> None:
    for words, code in ((" ", "contest-words"), ("x" * (MOST_WORDS + 1), "contest-length")):
        with pytest.raises(ContestOrderError) as error:
            check_lodging(lodged(words=words), ())
        assert refusals(error) == [code]
    with pytest.raises(ContestOrderError) as error:
        check_lodging(lodged(), (lodged(),))
    assert refusals(error) == ["contest-open"]
    check_lodging(lodged(), (lodged(ground="origin"), answer(lodged(), given())))


def test_the_same_paper_counts_once_and_not_too_many_are_taken() -> None:
    contest = lodged()
    for number in range(MOST_PAPERS):
        paper = Paper(record=f"p{number}", name="a.pdf", sha256=f"{number:064}", type="application/pdf", size=1)
        contest = add_paper(add_paper(contest, paper), paper)
    assert len(contest.papers) == MOST_PAPERS
    with pytest.raises(ContestOrderError) as error:
        add_paper(contest, Paper(record="more", name="b.pdf", sha256="f" * 64, type="application/pdf", size=1))
    assert refusals(error) == ["contest-papers"]
