# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
import subprocess
import sys
from itertools import pairwise

import msgspec
import pytest

from cocket.errors import CocketError, ProofError, SettingsError
from cocket.risk import FEATURES, Model, ModelFile, replay, train
from cocket.risk.features import NAMES
from tests.risk.given import past


@pytest.fixture(scope="module")
def content() -> ModelFile:
    return train(past())


@pytest.fixture(scope="module")
def model(content: ModelFile) -> Model:
    return Model.load(content.to_bytes())


def test_the_same_past_gives_the_same_bytes(content: ModelFile) -> None:
    assert train(past()).to_bytes() == content.to_bytes()


def test_importing_the_room_loads_neither_lightgbm_nor_numpy() -> None:
    code = "import sys, cocket.risk, cocket.control; print([m for m in ('lightgbm', 'numpy', 'polars') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_a_model_tells_cheats_from_the_rest_and_cannot_where_there_is_nothing_to_tell(content: ModelFile) -> None:
    blind = train(past(cheats_know_price=False, n=1500, seed=3))
    learnt = content.card.measured["model"]["ap"]
    assert learnt is not None and learnt > 0.5
    assert learnt > (blind.card.measured["model"]["ap"] or 0.0)
    assert learnt > (content.card.measured["importer-rate"]["ap"] or 0.0)


def test_a_higher_rate_never_lowers_the_score_even_where_the_past_is_mere_noise() -> None:
    noise = past(3000, cheats_know_price=False)
    model, rows = Model.load(train(noise).to_bytes()), replay(noise).rows[::40]
    for place, feature in enumerate(FEATURES):
        if feature.direction == "up":
            steps = [n / 50 for n in range(51)]
            scores = [model.predict([(*row[:place], step, *row[place + 1 :]) for row in rows]) for step in steps]
            for lower, higher in pairwise(scores):
                assert all(a <= b + 1e-12 for a, b in zip(lower, higher, strict=True)), feature.name


def test_contributions_add_up_to_the_log_odds_of_the_score(model: Model) -> None:
    rows = replay(past(200)).rows[:20]
    bases = []
    for row, score in zip(rows, model.predict(rows), strict=True):
        bases.append(math.log(score / (1 - score)) - sum(model.contributions(row)))
    assert max(bases) - min(bases) < 1e-9


def test_an_unknown_feature_is_missing_to_the_model_not_zero(model: Model) -> None:
    row = replay(past(200)).rows[5]
    place = NAMES.index("value_gap")
    unknown, zero = model.predict([(*row[:place], None, *row[place + 1 :]), (*row[:place], 0.0, *row[place + 1 :])])
    assert unknown != zero


def test_a_changed_model_file_is_refused(content: ModelFile) -> None:
    data = bytearray(content.to_bytes())
    data[len(data) // 2] ^= 1
    with pytest.raises(ProofError):
        Model.load(bytes(data))


def test_a_model_that_answers_otherwise_than_its_trainer_saw_is_refused(content: ModelFile) -> None:
    other = msgspec.structs.replace(content, test_scores=(content.test_scores[0] + 1e-6, *content.test_scores[1:]))
    with pytest.raises(ProofError) as refused:
        Model.load(other.to_bytes())
    assert refused.value.code == "model-self-test"


def test_a_model_for_other_features_is_refused(content: ModelFile) -> None:
    with pytest.raises(SettingsError):
        Model.load(msgspec.structs.replace(content, features=content.features[::-1]).to_bytes())


@pytest.mark.parametrize("data", [b"", b"{}", b"x" * 64 + b"\n{}", b"\n", b"\xff\xfe"])
def test_what_is_no_model_file_is_refused(data: bytes) -> None:
    with pytest.raises(CocketError):
        Model.load(data)


def test_a_booster_that_lightgbm_cannot_read_is_refused(content: ModelFile) -> None:
    with pytest.raises(SettingsError):
        Model.load(msgspec.structs.replace(content, booster="not trees").to_bytes())


def test_the_version_names_the_very_model(content: ModelFile, model: Model) -> None:
    assert model.version.startswith("boosted-v1-")
    assert Model.load(train(past(seed=2)).to_bytes()).version != model.version


def test_the_card_counts_what_it_learnt_from(content: ModelFile) -> None:
    card, learnt = content.card, replay(past())
    assert (card.cases, card.examined, card.found) == (1500, len(learnt.rows), sum(learnt.found))
    assert card.holdout_examined == len(learnt.rows) - int(len(learnt.rows) * 0.75)
    assert 0 < card.random_examined < card.examined
    assert sum(card.importance.values()) == pytest.approx(1.0)
    assert card.limits


def test_too_few_findings_teach_nothing() -> None:
    with pytest.raises(SettingsError) as refused:
        train(past(40))
    assert refused.value.code == "past-too-thin"


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    train(past(), lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
    assert told == sorted(told)
