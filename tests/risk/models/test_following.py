# SPDX-License-Identifier: Apache-2.0
"""A model at the desk, declaration by declaration, answers as it does on a table; whatever order results are told in."""

from __future__ import annotations

from random import Random

import msgspec
import numpy as np
import pytest

from cocket.risk import Case, History, Outcome, Past, PastCase, Sitting, assess
from cocket.risk.features import COLUMN_NAMES, Terms
from cocket.risk.models import load_model, train
from cocket.risk.models.layered_v1 import LayeredModel
from cocket.risk.models.learning import past_of
from cocket.risk.models.tables import tables_of
from tests.risk.given import facts, item, past


@pytest.fixture(scope="module")
def model() -> LayeredModel:
    return load_model(train(mixed()).to_bytes())


def mixed(n: int = 1500) -> Past:
    """A past in which a third of the declarations have several items, and results come late."""
    usual, dice = past(n), Random(4)
    cases, outcomes = [], {}
    for each in usual.cases:
        one = each.case.facts
        more = tuple(
            item(number=number, hs=dice.choice(("62034200", "61091000")), packages=dice.choice((5, 10)))
            for number in range(2, dice.choice((2, 2, 3, 5)))
        )
        told = msgspec.structs.replace(one, items=(*one.items, *more), bill_gross_kg=dice.choice((None, 110.0, 150.0)))
        cases.append(PastCase(case=Case(facts=told), lane=each.lane, propensity=each.propensity))
        if one.id in usual.outcomes:
            late = dice.choice((0.0, 0.0, 20.0))
            result = usual.outcomes[one.id]
            outcomes[one.id] = msgspec.structs.replace(
                result, facts=told, returned=result.returned + late, recovered=900.0 if result.found else None
            )
    return Past(tuple(cases), outcomes)


def at_the_desk(model: LayeredModel, whole: Past, late_days: float = 0.0) -> list[float]:
    """Scores of all cases as they come, each result told so many days after its return."""
    history, scores = History(), []
    waiting = sorted(whole.outcomes.values(), key=lambda outcome: outcome.returned)
    for each in whole.cases:
        while waiting and waiting[0].returned + late_days <= each.case.facts.day:
            history.learn(waiting.pop(0))
        (one,) = assess([each.case], history, model, sitting=Sitting(takes=True))
        history.count(each.case.facts)
        scores.append(one.score)
    return scores


def test_a_model_answers_row_by_row_as_it_does_on_a_table(model: LayeredModel) -> None:
    whole = mixed()
    entries, results = tables_of(whole)
    table = past_of(entries, results, Terms())
    answer = model.answer(table.features, table.rows, table.results(model.families, np.arange(len(table.place))))
    owners = [entry or own for entry, own in zip(entries["declaration"], entries["id"], strict=True)]
    worst: dict[str, float] = {}
    for owner, chance in zip(owners, answer.chance.tolist(), strict=True):
        worst[owner] = max(worst.get(owner, 0.0), chance)
    scores = at_the_desk(model, whole)
    assert scores == pytest.approx(list(worst.values()), abs=1e-9)
    assert len({round(score, 6) for score in scores}) > 100


def test_a_result_that_is_told_late_counts_from_its_return_once_it_is_told(model: LayeredModel) -> None:
    whole = mixed(600)
    in_time, late = at_the_desk(model, whole), at_the_desk(model, whole, late_days=3.0)
    assert in_time != pytest.approx(late, abs=1e-6)
    history, straight = History(), History()
    for each in whole.cases:
        history.observe(each.case.facts)
    for outcome in whole.outcomes.values():
        straight.learn(outcome)
    for each in whole.cases:
        straight.observe(each.case.facts)
    shuffled = list(whole.outcomes.values())
    Random(2).shuffle(shuffled)
    for outcome in shuffled:
        history.learn(outcome)
    probe = Case(facts=facts("probe", 200.0, importer="A3"))
    one, other = (assess([probe], each, model)[0].score for each in (history, straight))
    assert one == pytest.approx(other, abs=1e-9)


def test_what_a_case_left_itself_is_no_trace_of_another_when_it_is_assessed_again(model: LayeredModel) -> None:
    history = History()
    for each in mixed(300).cases:
        history.observe(each.case.facts)
    case = Case(facts=facts("again", 20.0, importer="A1", transport_document="B1"))
    (first,) = assess([case], history, model, sitting=Sitting(takes=True))
    (again,) = assess([case], history, model, sitting=Sitting(again={"again"}))
    (as_another,) = assess([msgspec.structs.replace(case, facts=facts("twin", 20.0, importer="A1"))], history, model)
    assert again.features["evidence"] == pytest.approx(first.features["evidence"], abs=0.05)
    assert again.features["bill_rows_30_days"] == 0.0
    assert abs((as_another.features["importer_count"] or 0) - (first.features["importer_count"] or 0)) > 0.9


def test_a_restored_history_goes_on_scoring_bit_for_bit(model: LayeredModel) -> None:
    whole = mixed(500)
    history = History()
    for outcome in whole.outcomes.values():
        history.learn(outcome)
    for each in whole.cases[:400]:
        history.observe(each.case.facts)
    copy = History.restore(history.snapshot())
    assert copy.snapshot() == history.snapshot()
    rest = [each.case for each in whole.cases[400:]]
    assert assess(rest, copy, model, sitting=Sitting(takes=True)) == assess(
        rest, history, model, sitting=Sitting(takes=True)
    )


def test_one_model_follows_two_histories_without_mixing_them_up(model: LayeredModel) -> None:
    one, other = History(), History()
    for each in mixed(200).cases:
        one.observe(each.case.facts)
    probe = [Case(facts=facts("probe", 60.0, importer="A1"))]
    alone = assess(probe, other, model)
    assess(probe, one, model)
    assert assess(probe, other, model) == alone != assess(probe, one, model)


def test_shares_of_a_result_make_one_result(model: LayeredModel) -> None:
    one, four = History(), History()
    for history, n in ((one, 1), (four, 4)):
        told = facts("c", 10.0, items=tuple(item(number=number + 1) for number in range(n)))
        history.observe(told)
        history.learn(Outcome(facts=told, found=True, returned=12.0))
    rows = [history.look(facts("next", 20.0)).looks[0].figures for history in (one, four)]
    for name in ("importer_examined", "importer_found", "importer_count", "importer_rate", "hs6_rate"):
        assert rows[0][name] == pytest.approx(rows[1][name], rel=1e-12), name
    assert set(COLUMN_NAMES) <= set(rows[0])
