# SPDX-License-Identifier: Apache-2.0
"""A model must do better than chance on results that it did not learn from, or somebody says why it may speak."""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl
import pytest

from cocket.errors import SettingsError
from cocket.risk.estimate import area
from cocket.risk.models.learning import Origin
from cocket.risk.models.metrics import auc
from cocket.risk.models.report import Latest, LayeredCard, must_be_fit, warnings_of
from cocket.risk.models.tables import train_on_tables
from cocket.simulation.challenge import Challenge, challenge

LOOKED_AT = 0.35


def examined(name: str, seed: int) -> tuple[Challenge, pl.DataFrame]:
    """A small world, of which chance alone examined a part."""
    world, dice = challenge(name, seed, 3000), np.random.default_rng(seed)
    places = np.flatnonzero(dice.random(len(world.entries)) < LOOKED_AT)
    results = pl.DataFrame(
        {
            "id": world.entries["id"].gather(places),
            "returned": world.entries["day"].to_numpy()[places] + dice.uniform(1, 15, len(places)),
            "found": world.found[places],
            "propensity": [LOOKED_AT] * len(places),
        }
    )
    return world, results


def card_of(world: Challenge, results: pl.DataFrame) -> LayeredCard:
    return train_on_tables(world.entries, results, Origin(data_root="", code_version=""), 1000.0).card


def shuffled(results: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The same results, with the finds where chance puts them."""
    order = np.random.default_rng(seed).permutation(len(results)).tolist()
    return results.select("id", "returned", "propensity", found=results["found"].gather(order))


def is_fit(card: LayeredCard) -> bool:
    try:
        must_be_fit(msgspec.structs.replace(card, rivals=()))
    except SettingsError as error:
        assert error.code == "model-by-chance" and "not distinguishable from chance" in error.message
        return False
    return True


@pytest.mark.parametrize("shuffles", [6, pytest.param(30, marks=pytest.mark.soak)])
def test_of_models_of_shuffled_results_at_most_a_tenth_is_taken_for_one_and_of_true_results_each_is(
    shuffles: int,
) -> None:
    worlds = [examined(name, seed) for name, seed in (("ports", 12), ("bazaar", 13), ("delta", 14))]
    passed = 0
    for number in range(shuffles):
        world, results = worlds[number % len(worlds)]
        card = card_of(world, shuffled(results, number))
        passed += is_fit(card)
        assert is_fit(card) != any("Not distinguishable from chance" in told for told in warnings_of(card))
    assert passed <= shuffles // 10
    for world, results in worlds:
        card = card_of(world, results)
        assert is_fit(card) and not any("Not distinguishable" in told for told in warnings_of(card))


def test_the_interval_of_an_area_holds_the_truth_and_is_above_a_half_as_seldom_as_it_says() -> None:
    dice = np.random.default_rng(20)
    for finds, others, apart, truth in ((6, 100, 0.0, 0.5), (20, 300, 0.0, 0.5), (12, 150, 1.19, 0.8)):
        held = above = 0
        for _ in range(400):
            scores = np.r_[dice.normal(apart, 1.0, finds), dice.normal(0.0, 1.0, others)].tolist()
            value = auc([True] * finds + [False] * others, scores)
            assert value is not None
            told = area(value, finds, others)
            held += told.low <= truth <= told.high
            above += told.low > 0.5
        assert held >= 0.93 * 400
        assert above <= 0.045 * 400 if truth == 0.5 else above > 0.8 * 400


@pytest.mark.parametrize(("finds", "others"), [(0, 9), (9, 0), (1, 5)])
def test_of_no_finds_or_of_next_to_none_nothing_is_known(finds: int, others: int) -> None:
    told = area(1.0, finds, others)
    assert told.low < 0.5
    assert not Latest(results=finds + others, found=finds, auc=told).beats_chance
