# SPDX-License-Identifier: Apache-2.0
"""The threshold of simplified clearance, found in values where nobody states it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from cocket.risk import table_scores, train
from cocket.risk.features import COLUMN_NAMES
from cocket.risk.models import tables
from cocket.risk.models.layered_v1 import LayeredModel
from cocket.risk.models.learning import Origin
from cocket.risk.models.threshold import threshold_in
from cocket.simulation.challenge import challenge
from tests.risk.given import past


def drawn(seed: int, size: int = 20_000) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).lognormal(6.5, 1.6, size)


def table(values: list[float] | np.ndarray[tuple[int], np.dtype[np.float64]]) -> pl.DataFrame:
    return pl.DataFrame({"id": [str(number) for number in range(len(values))], "value": values})


@pytest.mark.parametrize("limit", [150.0, 135.0, 1000.0, 800.0])
def test_values_that_keep_just_under_a_limit_tell_it(limit: float) -> None:
    values = drawn(5)
    near = np.flatnonzero((values >= limit) & (values < 1.3 * limit))
    values[near[: 2 * len(near) // 3]] *= 0.75  # two in three of those just over it are declared below
    assert threshold_in(table(values)) == limit


@pytest.mark.parametrize("seed", range(8))
def test_trade_without_a_limit_tells_none(seed: int) -> None:
    assert threshold_in(table(drawn(seed))) is None
    assert threshold_in(table(1000.0 * np.random.default_rng(seed).pareto(1.5, 20_000) + 1000.0 / (seed + 1))) is None


def test_values_rounded_to_a_number_are_no_limit() -> None:
    values = drawn(6)
    near = np.flatnonzero((values > 970) & (values < 1030))
    values[near[::2]] = 1000.0
    assert threshold_in(table(values)) is None


def test_items_of_a_declaration_are_added_up() -> None:
    values = drawn(7)
    near = np.flatnonzero((values >= 1000) & (values < 1300))
    values[near[: 2 * len(near) // 3]] *= 0.75
    whole = table(values)
    halves = pl.concat([whole, whole.with_columns(id=pl.col("id") + "b")]).with_columns(
        declaration=pl.col("id").str.strip_suffix("b"), value=pl.col("value") / 2
    )
    assert threshold_in(halves) == 1000.0


def test_nothing_is_told_by_few_or_no_values() -> None:
    assert threshold_in(table([])) is None
    assert threshold_in(table([990.0] * 5)) is None
    assert threshold_in(pl.DataFrame({"id": ["1"]})) is None
    assert threshold_in(pl.DataFrame({"id": ["1", "2"], "value": [None, -1.0]})) is None


def test_a_model_keeps_the_threshold_that_is_stated_and_scores_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world = challenge("bazaar", 3, 9000)
    before, later = world.entries.head(8000), world.entries.tail(1000)
    known = world.results.filter(pl.col("id").is_in(before["id"].implode()))
    content = tables.train_on_tables(before, known, Origin(data_root="", code_version=""), 1000.0)
    assert (content.card.threshold, content.card.threshold_found) == (1000.0, False)
    place = COLUMN_NAMES.index("parted_by_address")
    assert any(row[place] is not None for row in content.test_rows)
    went_by = []
    framed_past_of = table_scores.framed_past_of
    monkeypatch.setattr(
        table_scores, "framed_past_of", lambda *of: went_by.append(of[2].threshold) or framed_past_of(*of)
    )
    table_scores.score_tables(LayeredModel.load(content.to_bytes()), later, before, known)
    assert went_by == [1000.0]


def test_a_model_of_cases_says_whether_a_threshold_was_stated_or_none_is_known() -> None:
    whole = past()
    assert train(whole, threshold=800.0).card.threshold == 800.0
    card = train(whole).card
    assert (card.threshold, card.threshold_found) == (None, False)
