# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from random import Random

import msgspec
import pytest

from cocket.errors import SettingsError
from cocket.risk import INDICATORS, Reason, load_model, train
from cocket.risk.features import NAMES, ROW_NAMES
from cocket.risk.models.layered_v1 import LayeredModel as Model
from cocket.risk.reasons import PastResult, Sealed, SimilarCases, make_card, say
from cocket.risk.suspicion import Exhibit, Fact, Head
from tests.risk.given import past

PLACE = re.compile(r"\{\w+\}")


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(train(past()).to_bytes())


def features(seed: int) -> dict[str, float | None]:
    dice = Random(seed)
    return {name: dice.random() for name in NAMES}


def row(told: dict[str, float | None]) -> tuple[float | None, ...]:
    return tuple(map(told.get, ROW_NAMES))


def sealed(model: Model, **changes: object) -> Sealed:
    rule = Reason(code="past-offence", message=INDICATORS[2].message, arguments={"percent": "30"}, source="law")
    usual = Sealed(
        id="c1",
        lane="red",
        why="score",
        score=0.9,
        threshold=0.1,
        rules=(rule,),
        features=features(1),
        model_version=model.version,
        rules_version="rules-1",
        head=head(),
    )
    return msgspec.structs.replace(usual, **changes)


def head() -> Head:
    some = (Exhibit(source="consignment", id="SAD 1"),)
    arguments = {"since_day": "2026-02-01", "found_count": "5", "all_count": "14"}
    found = Fact(
        code="results-found",
        message="Examinations of this trader since {since_day}: {found_count} of {all_count} irregular",
        arguments=arguments,
        weight=0.8,
        evidence=some,
    )
    clean = {"clean_count": "9", "last_day": "2026-07-08"}
    against = Fact(
        code="results-clean",
        message="Examinations of this trader that found nothing: {clean_count}, the last on {last_day}",
        arguments=clean,
        weight=-0.2,
        evidence=some,
    )
    return Head(facts=(found,), against=(against,))


def some_past() -> SimilarCases:
    return SimilarCases(PastResult(id=str(seed), features=features(seed), found=seed % 3 == 0) for seed in range(50))


def test_a_figure_is_written_as_the_language_has_it_and_a_code_is_left_alone() -> None:
    assert say("{value}", "fr", {"value": "1.5"}) == "1,5"
    assert say("{value}", "fr", {"value": "12.5 %"}) == "12,5 %"
    assert say("{value}", "fr", {"value": "un/CDi.001"}) == "un/CDi.001"
    assert say("{value}", "en", {"value": "1.5"}) == "1.5"


def test_a_card_says_rules_contributions_similar_cases_and_caveats_in_both_languages(model: Model) -> None:
    given = sealed(model, features={**features(1), "price_gap": None})
    english, french_card = (make_card(given, model, some_past(), language, "analyst") for language in ("en", "fr"))
    assert english.rules[0].text.endswith("at a rate of 30 %")
    assert french_card.rules[0].text.startswith("Les visites passées")
    assert [line.text for line in english.raising] == [
        "Examinations of this trader since 1\u00a0Feb\u00a02026: 5 of 14 irregular"
    ]
    assert french_card.raising[0].text.startswith("Visites de cet opérateur depuis le")
    assert [line.weight for line in (*english.raising, *english.lowering)] == [0.8, -0.2]
    assert (
        f"1 of {len(NAMES)} values are unknown, because they are in neither the documents nor the history"
        in english.caveats
    )
    assert all(said not in english.caveats for said in french_card.caveats)


def test_a_card_names_no_feature_and_of_another_model_nothing(model: Model) -> None:
    card = make_card(sealed(model, head=None), model, None, "en", "officer")
    assert (*card.raising, *card.lowering) == ()
    with pytest.raises(SettingsError):
        make_card(sealed(model, model_version="layered-v1-other"), model, None, "en", "officer")


def test_the_same_case_is_the_most_similar_and_results_are_told(model: Model) -> None:
    nearest = some_past().nearest(features(7))
    assert (nearest[0].id, nearest[0].likeness) == ("7", 1.0)
    assert [one.likeness for one in nearest] == sorted((one.likeness for one in nearest), reverse=True)
    assert nearest[0].found is False and some_past().nearest(features(9))[0].found is True
    assert SimilarCases(()).nearest(features(1)) == ()
    unknown = PastResult(id="u", features=dict.fromkeys(NAMES), found=True)
    assert SimilarCases([unknown]).nearest(dict.fromkeys(NAMES))[0].likeness == 1.0


def test_a_case_with_a_result_of_its_own_is_not_told_as_similar_to_itself(model: Model) -> None:
    card = make_card(sealed(model, id="7", features=features(7)), model, some_past(), "en", "officer")
    assert len(card.similar) == 5 and "7" not in [one.id for one in card.similar]


def test_what_would_change_the_lane_is_for_analysts_alone_and_true_of_the_model(model: Model) -> None:
    past_cases = some_past()
    given = sealed(model, score=model.predict([row(features(1))])[0], threshold=0.0, asked_by=("my-rule",))
    assert make_card(given, model, past_cases, "en", "officer").would_change == ()
    told = make_card(given, model, past_cases, "en", "analyst")
    assert "without rule my-rule the lane would depend on the score alone" in told.would_change
    pushes = dict(zip(ROW_NAMES, model.contributions(row(features(1))), strict=True))
    name = max(pushes, key=lambda one: pushes[one])
    changed = {**features(1), name: past_cases.usual[name]}
    score = model.predict([row(changed)])[0]
    assert any(f"score would be {score:.3f}: still above" in said for said in told.would_change)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"is_random": True, "why": "random"}, "this lane was chosen at random"),
        ({"why": "intelligence"}, "intelligence requires this lane"),
    ],
)
def test_nothing_changes_a_lane_that_chance_or_intelligence_gave(
    model: Model, changes: dict[str, object], says: str
) -> None:
    (told,) = make_card(sealed(model, **changes), model, some_past(), "en", "analyst").would_change
    assert says in told


def test_a_trader_reads_parts_of_his_declaration_and_neither_lane_score_rule_nor_record(model: Model) -> None:
    rule = Reason(code="value-under-peers", message="under", arguments={}, source="law")
    card = make_card(sealed(model, rules=(rule,)), model, some_past(), "en", "trader")
    assert "the value declared" in card.look_at
    only = msgspec.structs.replace(card, look_at=())
    assert only == type(card)(id="c1", language="en")


def test_without_its_model_a_card_still_says_rules_and_caveats(model: Model) -> None:
    card = make_card(sealed(model, is_degraded=True, model_version=None, score=None), None, None, "fr", "analyst")
    assert card.rules and card.raising
    assert "aucun modèle n'était disponible ; seules les règles ont parlé" in card.caveats
