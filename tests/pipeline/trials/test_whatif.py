# SPDX-License-Identifier: Apache-2.0
"""A house asked what would be otherwise: answered from what it drew, refused where it cannot tell, and held against what came."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError
from cocket.pipeline import NotFoundError
from cocket.pipeline.trials.whatif import CHECK, WHAT_IF, WhatIf
from cocket.risk.rules import Rule
from cocket.trials.whatif import Question
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.risk.test_active_models import HEAD
from tests.pipeline.trials.lived import A_DAY, DAYS, FIRST, Moment, live, lived

ANNA = officer("analyst")
PAST = {"since": FIRST.date(), "until": (FIRST + timedelta(days=DAYS - 1)).date()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Built, Any, Moment]]:
    with pytest.MonkeyPatch.context() as patch:
        moment = Moment(patch)
        built, desk = lived(tmp_path_factory.mktemp("lived"), moment)
        yield built, desk, moment
        built.house.close()


def test_a_smaller_share_is_answered_from_the_draws_with_intervals_and_sealed(world: tuple[Built, Any, Moment]) -> None:
    built, _, _ = world
    steps: list[str] = []
    told = built.house.trials.what_ifs.ask(
        ANNA, Question(title="less", examine=0.15, random=0.15, **PAST), lambda what, done, of: steps.append(what)
    )
    answer = told.answer
    assert answer is not None and answer.today and answer.changed and answer.difference
    assert answer.past.asked == DAYS * A_DAY and answer.past.unanswered == 0
    assert answer.today.examinations == pytest.approx(0.35 * DAYS * A_DAY)
    assert answer.changed.examinations == pytest.approx(0.15 * DAYS * A_DAY)
    precision = answer.changed.precision
    assert precision is not None and precision.low <= 0.25 <= precision.high
    assert answer.difference.found.high < 0 and answer.changed.effective >= 100
    assert answer.changed.threats.best.value == pytest.approx(answer.changed.found.best.value / 2, rel=0.1)
    assert answer.past.currency == "XTS" and answer.changed.amount.best.value > 0
    assert {one.code for one in answer.limits} >= {"deterrence", "unseen", "replayed"}
    assert [one.examinations for one in answer.frontier] == sorted(one.examinations for one in answer.frontier)
    assert {"today", "changed"} <= {one.name for one in answer.frontier}
    assert {"reading", "lanes", "frontier", "waits"} <= set(steps)
    sealed = [msgspec.json.decode(body, type=WhatIf) for body in built.bodies(WHAT_IF)]
    assert [one.state for one in sealed if one.id == told.id] == ["asked", "answered"]
    assert built.house.trials.what_ifs.what_ifs(ANNA)[0].id == told.id
    assert built.house.trials.what_ifs.what_if(officer("auditor"), told.id)[0] == told


def test_waits_with_other_people_and_hours_are_replayed_beside_what_was(world: tuple[Built, Any, Moment]) -> None:
    built, _, _ = world
    told = built.house.trials.what_ifs.ask(ANNA, Question(staff={"examination": 1}, **PAST))
    assert told.answer is not None
    (delay,) = told.answer.delays
    was, (today,), (more,) = delay.was["red"], delay.today, delay.changed
    assert delay.office == "XAPRT001" and delay.people == {"examination": 1.0}
    assert delay.pauses["examination"] == pytest.approx(20, rel=0.05)
    assert today.mean.value == pytest.approx(was.mean, rel=0.1)
    assert more.mean.value < today.mean.value
    assert delay.used["examination"][1] == pytest.approx(delay.used["examination"][0] / 2, rel=0.05)
    assert told.answer.difference is None and told.answer.today is not None


def test_a_value_to_ignore_below_and_a_rule_are_asked_too(world: tuple[Built, Any, Moment]) -> None:
    built, _, _ = world
    ask = built.house.trials.what_ifs.ask
    with pytest.raises(SenderError, match="examines nothing"):
        ask(ANNA, Question(ignore_below="99999999", **PAST))
    same = ask(ANNA, Question(ignore_below="0.01", **PAST)).answer
    assert same is not None and same.difference is not None and same.difference.examinations == 0
    unknown = ask(ANNA, Question(ignore_below="99999999", currency="XXX", **PAST)).answer
    assert (
        unknown is not None and unknown.past.valueless == DAYS * A_DAY and "values" in {x.code for x in unknown.limits}
    )
    with pytest.raises(SenderError, match="There is no rule no-such-rule"):
        ask(ANNA, Question(rule="no-such-rule", **PAST))
    with pytest.raises(SenderError, match="has scored no case"):
        ask(ANNA, Question(model="no-such-model", **PAST))
    with pytest.raises(SenderError, match="knows no office XZNOWHERE"):
        ask(ANNA, Question(examine=0.1, offices=("XZNOWHERE",), **PAST))


def test_the_draft_of_a_rule_and_a_model_beside_are_run_on_the_past(world: tuple[Built, Any, Moment]) -> None:
    """Nothing ran them: a draft is tried on the papers of each day, a model goes by the scores that it gave beside."""
    built, _, _ = world
    ask = built.house.trials.what_ifs.ask
    given = {"source": "order 1/2026", "expires": (FIRST + timedelta(days=3650)).date(), "asks": "red"}
    rules = (
        Rule(code="every-one", says="everything is asked for", when="size(items) > 0", **given),
        Rule(code="none-of-these", says="so many items are asked for", when="size(items) > 500", **given),
    )
    built.house.risk.rules.add_rules(ANNA, rules)
    steps: list[str] = []
    told = ask(ANNA, Question(rule="every-one", **PAST), lambda what, done, of: steps.append(what)).answer
    assert told is not None and told.today is not None and told.changed is not None
    assert "rule" in steps and told.lanes["red"] == (told.lanes["red"][0], DAYS * A_DAY)
    assert told.changed.examinations == DAYS * A_DAY > told.today.examinations
    found = told.changed.found.best
    assert found.low <= DAYS * A_DAY / 4 <= found.high, "a quarter of all are finds, as drawn ones told"
    with pytest.raises(SenderError, match="fires on no case of these days"):
        ask(ANNA, Question(rule="none-of-these", **PAST))
    _, beside = built.house.risk.models.challenger_models(HEAD)
    other = ask(ANNA, Question(model=beside.version, **PAST)).answer
    assert other is not None and other.today is not None and other.changed is not None
    assert other.past.asked == DAYS * A_DAY and other.past.not_by_model == 0
    assert other.changed.examinations == pytest.approx(other.today.examinations, rel=0.05), "the same people examine"
    assert other.difference is not None and other.difference.found.low <= other.difference.found.high


def test_what_cannot_be_answered_is_refused_in_words_and_the_refusal_is_sealed(tmp_path: Path) -> None:
    built = build(tmp_path, red_per_day=9, yellow_per_day=9)
    ask = built.house.trials.what_ifs.ask
    with pytest.raises(SenderError, match="no past to ask"):
        ask(ANNA, Question(examine=0.04))
    built.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    built.desk()
    with pytest.raises(SenderError, match="no result of an examination"):
        ask(ANNA, Question(examine=0.04))
    refused = msgspec.json.decode(built.bodies(WHAT_IF)[-1], type=WhatIf)
    assert refused.state == "refused" and refused.problem
    with pytest.raises(SenderError, match="has no answer"):
        built.house.trials.what_ifs.check(ANNA, refused.id)
    built.house.close()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Question(), "say what would be otherwise"),
        (Question(examine=1.5), "examine is a share"),
        (Question(examine=0.02, random=0.05), "random share is part"),
        (Question(opens="20:00", closes="08:00"), "opens before it closes"),
        (Question(opens="8 o'clock"), "written as 08:00"),
        (Question(staff={"cleaners": 1}), "staff is of documents or examination"),
        (Question(ignore_below="-1"), "number above 0"),
    ],
)
def test_a_question_that_does_not_hold_is_not_asked(
    world: tuple[Built, Any, Moment], question: Question, said: str
) -> None:
    built, _, _ = world
    before = len(built.bodies(WHAT_IF))
    with pytest.raises(SenderError, match=said):
        built.house.trials.what_ifs.ask(ANNA, question)
    assert len(built.bodies(WHAT_IF)) == before


def test_only_analysts_ask_and_an_office_sees_its_own(world: tuple[Built, Any, Moment]) -> None:
    built, _, _ = world
    what_ifs = built.house.trials.what_ifs
    with pytest.raises(PolicyError):
        what_ifs.ask(officer("officer"), Question(examine=0.1, **PAST))
    with pytest.raises(PolicyError):
        what_ifs.what_ifs(trader("ACME"))
    told = what_ifs.ask(ANNA, Question(staff={"examination": 2}, **PAST))
    near = officer("analyst", "XBPRT002")
    assert told.id not in {one.id for one in what_ifs.what_ifs(near)}
    with pytest.raises(NotFoundError):
        what_ifs.what_if(near, told.id)
    with pytest.raises(NotFoundError):
        what_ifs.what_if(ANNA, "11111111-1111-1111-1111-111111111111")


def test_one_that_is_begun_is_there_later_and_a_second_one_waits(world: tuple[Built, Any, Moment]) -> None:
    built, _, _ = world
    what_ifs = built.house.trials.what_ifs
    asked = what_ifs.begin(ANNA, Question(examine=0.2, random=0.2, **PAST))
    with pytest.raises(SenderError, match="Another question"):
        what_ifs.begin(ANNA, Question(examine=0.2, random=0.2, **PAST))
    while (running := what_ifs.progress_of(ANNA, asked.id)) is not None:
        assert not running.is_broken
        time.sleep(0.1)
    assert what_ifs.what_if(ANNA, asked.id)[0].state == "answered"


def test_a_forecast_is_held_against_what_happened_later(world: tuple[Built, Any, Moment]) -> None:
    built, desk, moment = world
    what_ifs = built.house.trials.what_ifs
    told = what_ifs.ask(ANNA, Question(examine=0.1, random=0.1, **PAST))
    with pytest.raises(SenderError, match="Nothing that was declared"):
        what_ifs.check(ANNA, told.id)
    terms = built.settings.home / "control.toml"
    terms.write_text(terms.read_text().replace("random_share = 0.35", "random_share = 0.10"))
    desk = built.desk()
    live(built, moment, desk, range(DAYS, DAYS + 16))
    check = what_ifs.check(ANNA, told.id)
    lines = {one.what: one for one in check.lines}
    assert check.cases == 16 * A_DAY and check.since == (FIRST + timedelta(days=DAYS)).date()
    examined = lines["examinations a day"]
    assert examined.nearer is True and examined.changed is not None
    assert examined.happened.low <= examined.changed.value <= examined.happened.high
    assert examined.naive == pytest.approx(0.35 * A_DAY, rel=0.25)
    assert built.bodies(CHECK) and what_ifs.what_if(ANNA, told.id)[1] == check
