# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from decimal import Decimal

import msgspec
import pytest

from cocket.errors import SettingsError
from cocket.risk import INDICATORS, RULES_VERSION, Assessment, History, assess, explain, load_model, train
from cocket.risk.assessment import Sitting
from cocket.risk.features import NAMES
from cocket.risk.models.layered_v1 import LayeredModel as Model
from tests.risk.given import case, facts, item, outcome, past, seasoned

NOW = 100.0


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(train(past()).to_bytes())


def suspicious() -> History:
    history = seasoned()
    history.learn(outcome(returned=99.0))
    return history


CHEAP = case(items=(item(value=Decimal(22000)),), differences=("bill-gross-differs",))


def test_no_cases_give_no_assessments(model: Model) -> None:
    assert assess([], seasoned(), model, NOW) == []
    assert assess([], seasoned(), None, NOW) == []


def test_a_batch_scores_as_its_cases_do_alone(model: Model) -> None:
    cases = [case(id=f"c{n}", importer=f"A{n}", items=(item(value=Decimal(20000 + 900 * n)),)) for n in range(70)]
    together = assess(cases, seasoned(), model, NOW)
    assert together == [assess([each], seasoned(), model, NOW)[0] for each in cases]
    assert [each.id for each in together] == [f"c{n}" for n in range(70)]


def test_scores_lie_between_nought_and_one_and_half_the_value_scores_worse(model: Model) -> None:
    usual, cheap = assess([case(), case(items=(item(value=Decimal(25000)),))], seasoned(), model, NOW)
    assert 0 < usual.score < cheap.score < 1
    assert usual.model_version == model.version
    assert not usual.degraded


def test_an_assessment_carries_every_feature_by_name(model: Model) -> None:
    (each,) = assess([case(seller=None)], seasoned(), model, NOW)
    assert tuple(each.features) == NAMES
    assert each.features["seller_days"] is None
    assert each.measured["seller_rate"] is None and each.features["seller_rate"] is not None
    assert each.rules_version == RULES_VERSION


def test_assessing_takes_note_of_returned_results_but_not_of_the_cases(model: Model) -> None:
    history = suspicious()
    first = assess([CHEAP], history, model, NOW)
    assert assess([CHEAP], history, model, NOW) == first
    assert "past-offence" in first[0].rules


def test_without_a_model_the_rules_speak_alone_and_say_so() -> None:
    quiet, loud = assess([case(), CHEAP], suspicious(), None, NOW)
    assert quiet.degraded and loud.degraded
    assert loud.model_version is None
    weights = {each.code: each.weight for each in INDICATORS}
    assert loud.rules == ("past-offence", "value-under-peers", "papers-disagree", "importer-new")
    assert loud.score == pytest.approx(1 - math.prod(1 - weights[code] for code in loud.rules))
    assert quiet.score < loud.score


def test_without_a_model_a_case_that_fires_nothing_scores_nought() -> None:
    history = seasoned()
    history.observe(facts("first", 10.0))
    (each,) = assess([case()], history, None, NOW)
    assert (each.score, each.reasons) == (0.0, ())


def test_reasons_read_as_sentences(model: Model) -> None:
    (each,) = assess([CHEAP], suspicious(), model, NOW)
    explained = explain(each, model)
    assert len(explained.reasons) >= 3
    for reason in explained.reasons:
        text = reason.message.format(**reason.arguments)
        assert text and "{" not in text and "None" not in text
        assert reason.source


def test_an_explanation_keeps_every_rule_and_adds_at_most_three_features(model: Model) -> None:
    (each,) = assess([CHEAP], suspicious(), model, NOW)
    explained = explain(each, model)
    assert set(each.rules) == set(explained.rules)
    assert len(explained.reasons) <= len(each.rules) + 3
    weights = [reason.weight for reason in explained.reasons]
    assert weights == sorted(weights, key=lambda weight: -(weight or 0))
    assert explained.score == each.score


def test_no_feature_is_told_twice_by_a_rule_and_by_itself(model: Model) -> None:
    explained = explain(assess([CHEAP], suspicious(), model, NOW)[0], model)
    spoken_for = {name for each in INDICATORS if each.code in explained.rules for name in each.features}
    assert not spoken_for & {reason.code for reason in explained.reasons}


def test_explaining_needs_the_sealed_features_only_and_may_come_later(model: Model) -> None:
    history = suspicious()
    (each,) = assess([CHEAP], history, model, NOW)
    sealed = msgspec.json.decode(msgspec.json.encode(each), type=Assessment)
    history.learn(outcome(found=False, returned=150.0, id="late"))
    history.advance(200.0)
    assert explain(sealed, model) == explain(explain(each, model), model)


def test_an_explanation_by_another_model_is_refused(model: Model) -> None:
    other = load_model(train(past(seed=2)).to_bytes())
    with pytest.raises(SettingsError) as refused:
        explain(assess([case()], seasoned(), model, NOW)[0], other)
    assert refused.value.code == "model-other"


def test_a_degraded_assessment_explains_itself(model: Model) -> None:
    (each,) = assess([CHEAP], suspicious(), None, NOW)
    assert explain(each, model) == each
    assert explain(each, None) == each


def test_without_a_day_each_case_is_assessed_on_its_own(model: Model) -> None:
    early, late = case(id="a", day=60.0), case(id="b", day=90.0)
    assert [each.made for each in assess([early, late], seasoned(), model)] == [60.0, 90.0]
    assert [each.made for each in assess([early, late], seasoned(), model, NOW)] == [NOW, NOW]
    assert [each.made for each in assess([late, early], seasoned(), None)] == [90.0, 90.0]


def test_a_result_returned_between_two_cases_of_a_batch_is_known_to_the_second() -> None:
    history = seasoned()
    history.learn(outcome(returned=99.0))
    before, after = assess([case(id="a", day=98.0), case(id="b", day=100.0)], history, None)
    assert ("past-offence" in before.rules, "past-offence" in after.rules) == (False, True)


@pytest.mark.parametrize("takes", [True, False])
def test_a_desk_that_takes_note_of_a_case_sees_it_before_the_next(model: Model, takes: bool) -> None:
    history = seasoned()
    first, second = assess([case(id="a"), case(id="b")], history, model, NOW, Sitting(takes=takes))
    counts = [each.features["importer_count"] or 0.0 for each in (first, second)]
    assert (counts[1] > counts[0]) is takes
    (later,) = assess([case(id="c")], history, model, NOW)
    assert (later.features["importer_count"] == counts[1]) is not takes


def test_a_case_that_the_history_has_is_not_noted_twice(model: Model) -> None:
    history = seasoned()
    history.observe(case(id="a").facts)
    kept = history.snapshot()
    sitting = Sitting(takes=True, again={"a"})
    assess([case(id="a")], history, model, history.day, sitting)
    assert history.snapshot() == kept
    assess([case(id="b")], history, model, history.day, sitting)
    assert history.snapshot() != kept


def test_models_that_are_tried_score_beside_and_choose_nothing(model: Model) -> None:
    other, third = (load_model(train(past(seed=seed)).to_bytes()) for seed in (2, 3))
    cases = [case(id=f"c{n}", items=(item(value=Decimal(20000 + 9000 * n)),)) for n in range(3)]
    alone = assess(cases, seasoned(), model, NOW)
    found = assess(cases, seasoned(), model, NOW, Sitting(beside=(other, third)))
    assert [msgspec.structs.replace(each, beside={}) for each in found] == alone
    for tried in (other, third):
        expected = [each.score for each in assess(cases, seasoned(), tried, NOW)]
        assert [each.beside[tried.version].chance for each in found] == pytest.approx(expected)
    assert [set(each.beside) for each in found] == [{other.version, third.version}] * 3
    assert [each.beside for each in alone] == [{}] * 3
    degraded = assess(cases, seasoned(), None, NOW, Sitting(beside=(other,)))
    assert [each.degraded for each in degraded] == [True] * 3
    assert [each.beside for each in degraded] == [{other.version: each.beside[other.version]} for each in found]
