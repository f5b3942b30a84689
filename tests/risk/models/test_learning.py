# SPDX-License-Identifier: Apache-2.0
"""The training job on a small world: learns, measures, answers the same everywhere, and rises with every rate."""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np
import polars as pl
import pytest

from cocket.errors import ProofError, SettingsError
from cocket.risk.features import COLUMN_NAMES, COLUMNS
from cocket.risk.models.layered_v1 import LayeredFile, LayeredModel
from cocket.risk.models.learning import Origin, past_of, raw_answers, train_layered
from cocket.risk.models.report import register_entry
from cocket.simulation.worlds import TABLE_WORLDS
from cocket.simulation.worlds.run import Tables, make_tables
from cocket.simulation.worlds.view import entries_of, results_of, terms_of

ORIGIN = Origin(data_root="0" * 64, code_version="test")


@pytest.fixture(scope="module")
def tables() -> Tables:
    return make_tables(msgspec.structs.replace(TABLE_WORLDS["stable"], seed=21, size=12_000, random_share=0.08))


@pytest.fixture(scope="module")
def trained(tables: Tables) -> LayeredFile:
    return train_layered(
        entries_of(tables.declarations),
        results_of(tables.results, tables.selections),
        terms_of(tables.crossing, 500_000.0),
        ORIGIN,
    )


def changed(trained: LayeredFile, **changes: object) -> bytes:
    return msgspec.structs.replace(trained, **changes).to_bytes()


def test_a_model_orders_later_results_better_than_the_importers_record(trained: LayeredFile) -> None:
    measured = trained.card.measured
    assert (measured["model"]["auc"] or 0) > 0.6 > 0.5
    assert (measured["model"]["ap"] or 0) > (measured["importer-rate"]["ap"] or 0)


def test_the_card_tells_what_it_learnt_from(trained: LayeredFile, tables: Tables) -> None:
    card = trained.card
    assert (card.rows, card.data_root, card.code_version) == (12_000, "0" * 64, "test")
    assert 0 < card.found < card.examined
    assert 0 < card.random_examined < card.examined
    assert sum(card.importance.values()) == pytest.approx(1.0)
    assert register_entry("v", card).risks == card.limits


def test_a_model_answers_alike_from_its_file_and_a_changed_file_or_test_is_refused(
    trained: LayeredFile, tables: Tables
) -> None:
    data = trained.to_bytes()
    model = LayeredModel.load(data)
    digest = hashlib.sha256(data.splitlines()[1]).hexdigest()
    assert model.version == f"layered-v1-{digest[:12]}"
    with pytest.raises(ProofError):
        LayeredModel.load(data.replace(b"test_rows", b"test_rowz"))
    answers = ((0.5, 1.0), *trained.test_answers[1:])
    with pytest.raises(ProofError):
        LayeredModel.load(changed(trained, test_answers=answers))
    with pytest.raises(SettingsError):
        LayeredModel.load(changed(trained, features=("other",)))
    with pytest.raises(SettingsError):
        LayeredModel.load(b"no model")


def test_a_higher_found_rate_never_lowers_the_chance(trained: LayeredFile) -> None:
    import lightgbm

    booster = lightgbm.Booster(model_str=trained.booster)
    rows = np.array(trained.test_rows, dtype=np.float64)
    base = booster.predict(rows, raw_score=True, num_threads=1)
    moved = 0
    for place, feature in enumerate(COLUMNS):
        if feature.direction == "up":
            higher = rows.copy()
            higher[:, place] = np.nan_to_num(higher[:, place]) + 0.3
            known = np.isfinite(rows[:, place])
            change = (booster.predict(higher, raw_score=True, num_threads=1) - base)[known]
            assert (change >= -1e-12).all(), feature.name
            moved += int((change > 0).sum())
    assert moved


def test_contributions_add_up_and_families_sum_to_the_chance(trained: LayeredFile, tables: Tables) -> None:
    past = past_of(
        entries_of(tables.declarations),
        results_of(tables.results, tables.selections),
        terms_of(tables.crossing, 500_000.0),
    )
    model = LayeredModel.load(trained.to_bytes())
    answer = model.answer(past.features, past.rows, past.results(model.families, np.arange(len(past.place))))
    np.testing.assert_allclose(answer.of_family.sum(axis=1), answer.chance, rtol=1e-9)
    assert (answer.amount[np.isfinite(answer.amount)] >= 0).all()
    rows = trained.test_rows
    pushes = np.array([model.contributions(row) for row in rows])
    assert pushes.shape == (len(rows), len(COLUMN_NAMES) + 1)
    odds = np.log(np.array(trained.test_answers)[:, 0] / (1 - np.array(trained.test_answers)[:, 0]))
    rest = odds - pushes.sum(axis=1)
    np.testing.assert_allclose(rest, rest[0], atol=1e-9)  # the rest is the trees' own base, the same for every row


def test_results_of_one_officer_in_a_hurry_move_the_model_less(tables: Tables) -> None:
    entries, terms = entries_of(tables.declarations), terms_of(tables.crossing, 500_000.0)
    results = results_of(tables.results, tables.selections)
    past = past_of(entries, results, terms)
    assert set(past.weight.round(2)) == {1.0, 0.8, 0.6, 0.48, 0.32}
    found = past.found
    slow = results.with_columns(minutes=pl.lit(60.0), officers=pl.lit(2))
    hasty = slow.with_columns(
        minutes=pl.when("found").then(12.0).otherwise(60.0), officers=pl.when("found").then(1).otherwise(2)
    )
    told = [past_of(entries, each, terms) for each in (slow, hasty)]
    assert set(told[0].weight) == {1.0}
    assert (told[1].weight[found] < 1.0).all()
    every = np.arange(len(found))
    careful, hurried = (raw_answers(each, every)[past.place[found]].mean() for each in told)
    assert hurried < careful - 0.1


def test_a_past_without_finds_is_refused(tables: Tables) -> None:
    results = results_of(tables.results, tables.selections)
    with pytest.raises(SettingsError):
        train_layered(
            entries_of(tables.declarations),
            results.with_columns(found=results["found"] & False),
            terms_of(tables.crossing, 500_000.0),
            ORIGIN,
        )
