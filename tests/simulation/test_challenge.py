# SPDX-License-Identifier: Apache-2.0
"""Worlds in other styles: truth beside the tables, labels only where somebody looked."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from cocket.simulation.challenge import CHALLENGES, Judged, Order, challenge, judge
from cocket.simulation.protocol.graph import NODES, spread


@pytest.mark.parametrize("name", CHALLENGES)
def test_the_same_seed_gives_the_same_world_and_another_another(name: str) -> None:
    one, same, other = (challenge(name, seed, 2000) for seed in (5, 5, 6))
    assert one.entries.equals(same.entries) and one.results.equals(same.results)
    assert not one.entries.equals(other.entries)


@pytest.mark.parametrize("name", CHALLENGES)
def test_only_some_have_a_result_and_what_is_found_was_there(name: str) -> None:
    world = challenge(name, 5, 6000)
    assert 0.02 < len(world.results) / len(world.entries) < 0.4
    assert set(world.kinds[world.found]) <= {"undervaluation", "classification", "origin", "quantity", "splitting"}
    assert not set(world.kinds[world.found]) & {""}
    assert (world.duty[~world.found] == 0).all()
    assert world.entries["day"].is_sorted()


def test_parts_of_one_consignment_stay_under_the_threshold_and_go_to_one_address() -> None:
    world = challenge("delta", 5, 6000)
    parts = world.entries.filter(pl.Series(world.kinds == "splitting"))
    assert len(parts) > 50
    assert parts["value"].max() < 1000.0  # type: ignore[operator]
    assert parts["importer_address"].n_unique() < len(parts) / 5


def test_a_judged_world_tells_every_order_and_every_kind() -> None:
    told = judge("delta", 21, 12_000, methods=True)
    names = [one.name for one in told.orders]
    assert names[:2] == ["true rate", "ours"] and {
        "label spreading",
        "DATE-style, without neural stage",
        "LightGBM, all features",
    } <= set(names)
    orders = {one.name: one for one in told.orders}
    assert orders["ours"].found > orders["random"].found
    every = orders["ours, every label known"]
    assert every.found > orders["ours"].found - every.spread
    simple = max(orders[name].found for name in ("importer-rate", "value", "random"))
    if told.reached is not None:
        assert simple + told.reached * (every.found - simple) == pytest.approx(orders["ours"].found)
    assert set(orders["ours"].kinds) >= {"undervaluation", "classification", "origin", "quantity"}


@pytest.mark.parametrize(("ours", "every", "reached"), [(0.5, 0.7, 0.5), (0.2, 0.7, -0.25), (0.5, 0.3, None)])
def test_the_way_gone_is_from_the_best_simple_order_to_every_label_known(
    ours: float, every: float, reached: float | None
) -> None:
    found = {"ours": ours, "importer-rate": 0.3, "value": 0.1, "random": 0.05, "ours, every label known": every}
    orders = tuple(Order(name=name, found=part, spread=0.02, revenue=0.0, kinds={}) for name, part in found.items())
    assert Judged(world="delta", seed=1, finds=30, orders=orders).reached == (reached and pytest.approx(reached))
    assert Judged(world="delta", seed=1, finds=30, orders=orders[:-1]).reached is None


def test_labels_spread_to_who_shares_a_node_and_not_to_others() -> None:
    rows = 40
    address = np.r_[np.zeros(10, dtype=np.int64), np.ones(10, dtype=np.int64), np.full(20, 2)]
    none = np.full(rows, -1)
    nodes = tuple(address if name == "address" else none for name in NODES)
    known = np.r_[0:8, 10:18, 20:30]
    odds = spread(nodes, known, np.arange(rows)[known] < 8, np.ones(rows, dtype=np.bool_))
    assert odds[8:10].min() > odds[18:20].max() + 1.0
