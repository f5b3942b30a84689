# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from cocket.measures.valuation import (
    Answered,
    AppealDecided,
    Appealed,
    Asked,
    Closed,
    Decided,
    Doubt,
    DoubtOrderError,
    GroundsTold,
    Guaranteed,
    GuaranteeEnded,
    Proposed,
    SentBack,
    Step,
    Valued,
    due,
    held,
    open_steps,
    state_of,
    take,
)
from cocket.measures.valuation.doubt import FROM

START = datetime(2026, 6, 1, 9, tzinfo=UTC)
WHO: dict[str, Any] = {"by": "officer"}


def at(days: int) -> datetime:
    return START + timedelta(days=days)


def day(days: int) -> date:
    return at(days).date()


def asked(answer_by: int = 30, **fields: Any) -> Asked:
    return Asked(**{**WHO, "at": at(0), "to": "Importer", "question": "How?", "answer_by": day(answer_by), **fields})


def answered(on: int, **fields: Any) -> Answered:
    return Answered(**{**WHO, "at": at(on), "received": day(on), "words": "So.", **fields})


def told(on: int, answer_by: int, **fields: Any) -> GroundsTold:
    return GroundsTold(**{**WHO, "at": at(on), "grounds": "No proof.", "answer_by": day(answer_by), **fields})


def refused(on: int, **fields: Any) -> Decided:
    whole = {"outcome": "not-determinable", "cause": "papers-missing", "grounds": "No proof.", **fields}
    return Decided(**{**WHO, "at": at(on), **whole})


def accepted(on: int) -> Decided:
    return Decided(**WHO, at=at(on), outcome="accepted")


def valued(on: int, **fields: Any) -> Valued:
    return Valued(**{**WHO, "at": at(on), "method": "2", "passed_over": "None earlier fits.", **fields})


def secured(on: int, **fields: Any) -> Guaranteed:
    return Guaranteed(**{**WHO, "at": at(on), "amount": Decimal(10), "currency": "XDC", **fields})


def after(*steps: Step) -> Doubt:
    doubt = Doubt(id="d", consignment="c")
    for step in steps:
        doubt = take(doubt, step)
    return doubt


def why_not(doubt: Doubt, step: Step) -> list[str]:
    with pytest.raises(DoubtOrderError) as error:
        take(doubt, step)
    assert error.value.code == "doubt-order"
    return [one.code for one in error.value.findings]


def test_the_whole_lawful_way_to_another_method() -> None:
    doubt = after(asked(), answered(5), told(6, 20), answered(10), refused(11), valued(12), Closed(**WHO, at=at(13)))
    assert state_of(doubt.steps) == "closed"
    assert open_steps(doubt, day(14)) == ()


def test_a_doubt_begins_with_a_question_and_with_one_only() -> None:
    assert why_not(after(), answered(1)) == ["doubt-out-of-order"]
    assert why_not(after(asked()), asked()) == ["doubt-out-of-order"]


def test_nothing_is_refused_before_its_grounds_were_told() -> None:
    assert "grounds-not-told" in why_not(after(asked(), answered(5)), refused(6))


def test_the_chance_to_answer_is_given_in_full() -> None:
    doubt = after(asked(), answered(5), told(6, 20))
    assert why_not(doubt, refused(20)) == ["time-to-answer-runs"]
    assert state_of(take(doubt, refused(21)).steps) == "not-determinable"
    assert state_of(take(take(doubt, answered(8)), refused(9)).steps) == "not-determinable"


def test_grounds_are_told_after_an_answer_or_after_the_time_for_it() -> None:
    doubt = after(asked(30))
    assert why_not(doubt, told(30, 60)) == ["time-to-answer-runs"]
    assert state_of(take(doubt, told(31, 60)).steps) == "grounds-told"


def test_a_value_may_be_accepted_at_any_time_before_the_decision() -> None:
    for doubt in (after(asked()), after(asked(), answered(3)), after(asked(), answered(3), told(4, 9))):
        assert state_of(take(doubt, accepted(5)).steps) == "accepted"


def test_silence_is_no_ground_where_an_answer_came() -> None:
    silent = after(asked(), told(31, 40))
    assert state_of(take(silent, refused(41, cause="no-answer")).steps) == "not-determinable"
    assert why_not(take(silent, answered(35)), refused(41, cause="no-answer")) == ["answer-came"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"cause": None}, "grounds-missing"),
        ({"grounds": " "}, "grounds-missing"),
        ({"in_writing": False}, "not-in-writing"),
    ],
)
def test_a_refusal_says_for_what_why_and_in_writing(fields: dict[str, Any], code: str) -> None:
    doubt = after(asked(), answered(5), told(6, 20), answered(7))
    assert why_not(doubt, refused(8, **fields)) == [code]


def test_that_a_value_differs_from_others_is_no_cause() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(
            {"kind": "decided", "at": at(1), "by": "x", "outcome": "not-determinable", "cause": "differs"}, Step
        )


def test_another_method_comes_only_after_the_declared_value_was_refused() -> None:
    assert why_not(after(asked(), accepted(2)), valued(3)) == ["doubt-out-of-order"]
    assert why_not(after(asked(), answered(2)), valued(3)) == ["doubt-out-of-order"]


def test_a_method_says_why_no_earlier_one_was_used() -> None:
    doubt = after(asked(), answered(5), told(6, 20), answered(7), refused(8))
    assert why_not(doubt, valued(9, passed_over="")) == ["step-not-complete"]
    assert why_not(doubt, valued(9, method="4", importer_asked=True)) == ["method-order"]
    assert state_of(take(doubt, valued(9, method="5", importer_asked=True)).steps) == "valued"


def test_goods_go_against_a_guarantee_only_while_the_decision_is_open() -> None:
    doubt = after(asked(), secured(1))
    assert held(doubt.steps) is not None
    assert why_not(doubt, secured(2)) == ["guarantee-held"]
    assert why_not(after(asked(), accepted(1)), secured(2)) == ["doubt-out-of-order"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": Decimal(0)}, "guarantee-amount"),
        ({"amount": Decimal(-1)}, "guarantee-amount"),
        ({"amount": Decimal("NaN")}, "guarantee-amount"),
        ({"currency": "xd"}, "guarantee-currency"),
    ],
)
def test_a_guarantee_is_a_sum_of_money(fields: dict[str, Any], code: str) -> None:
    assert why_not(after(asked()), secured(1, **fields)) == [code]


def test_a_doubt_is_not_closed_over_a_guarantee() -> None:
    doubt = after(asked(), secured(1), accepted(2))
    assert why_not(doubt, Closed(**WHO, at=at(3))) == ["guarantee-held"]
    freed = take(doubt, GuaranteeEnded(**WHO, at=at(3), how="returned"))
    assert state_of(take(freed, Closed(**WHO, at=at(4))).steps) == "closed"
    assert why_not(freed, GuaranteeEnded(**WHO, at=at(4), how="drawn")) == ["no-guarantee"]
    assert why_not(after(asked(), secured(1)), GuaranteeEnded(**WHO, at=at(2), how="drawn")) == ["doubt-out-of-order"]


@pytest.mark.parametrize(("outcome", "state"), [("confirmed", "valued"), ("set-aside", "accepted")])
def test_an_appeal_is_decided_and_its_outcome_stands(outcome: Any, state: str) -> None:
    doubt = after(asked(), answered(5), told(6, 20), answered(7), refused(8), valued(9))
    assert why_not(doubt, AppealDecided(**WHO, at=at(10), outcome=outcome, grounds="x")) == ["doubt-out-of-order"]
    appealed = take(doubt, Appealed(**WHO, at=at(10), to="Court", lodged=day(10)))
    assert why_not(appealed, Closed(**WHO, at=at(11))) == ["doubt-out-of-order"]
    decided = take(appealed, AppealDecided(**WHO, at=at(40), outcome=outcome, grounds="So ruled."))
    assert state_of(decided.steps) == state


def test_an_appeal_before_the_method_leaves_the_method_to_be_used() -> None:
    doubt = after(asked(), answered(5), told(6, 20), answered(7), refused(8))
    doubt = take(doubt, Appealed(**WHO, at=at(9), to="Court", lodged=day(9)))
    doubt = take(doubt, AppealDecided(**WHO, at=at(40), outcome="confirmed", grounds="So ruled."))
    assert state_of(take(doubt, valued(41)).steps) == "valued"


def test_a_proposal_is_decided_by_another_as_it_was_made_or_sent_back() -> None:
    doubt = after(asked(), answered(2), Proposed(**WHO, at=at(3), outcome="accepted"))
    other: dict[str, Any] = {"by": "second", "at": at(4), "proposed_by": "officer"}
    assert why_not(doubt, Decided(**{**other, "by": "officer"}, outcome="accepted")) == ["second-person-needed"]
    assert why_not(doubt, Decided(**other, outcome="accepted", grounds="More.")) == ["not-as-proposed"]
    assert state_of(take(doubt, Decided(**other, outcome="accepted")).steps) == "accepted"
    back = take(doubt, SentBack(by="second", at=at(4), reason="Not yet."))
    assert state_of(back.steps) == "answered"


def test_times_to_answer_end_later_and_answers_do_not_come_from_tomorrow() -> None:
    assert why_not(after(), asked(0)) == ["no-time-to-answer"]
    assert why_not(after(asked()), answered(1, received=day(2))) == ["answer-from-tomorrow"]
    assert why_not(after(asked()), answered(1, words="", papers=())) == ["step-not-complete"]


def test_no_step_comes_before_the_last_one() -> None:
    assert why_not(after(asked(), answered(5)), accepted(4)) == ["step-before-last"]


def test_the_day_that_runs_is_known_and_ends_with_the_answer() -> None:
    assert due(after(asked(30)).steps) == day(30)
    assert due(after(asked(30), answered(5)).steps) is None
    assert due(after(asked(30), answered(5), told(6, 20)).steps) == day(20)
    assert due(after(asked(30), accepted(3)).steps) is None


def test_open_steps_are_those_that_are_not_out_of_order() -> None:
    doubt = after(asked(30))
    assert open_steps(doubt, day(1)) == ("answered", "proposed", "decided", "guaranteed")
    assert open_steps(doubt, day(31)) == ("answered", "grounds-told", "proposed", "decided", "guaranteed")


def test_every_kind_of_step_has_its_place_in_the_order() -> None:
    kinds = {one.__struct_config__.tag for one in Step.__args__}
    assert kinds == set(FROM)


def test_a_doubt_comes_back_from_json_as_it_was() -> None:
    doubt = after(asked(), secured(1), answered(5), told(6, 20), answered(7), refused(8), valued(9))
    assert msgspec.json.decode(msgspec.json.encode(doubt), type=Doubt) == doubt
