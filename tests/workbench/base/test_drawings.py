# SPDX-License-Identifier: Apache-2.0
"""The geometry of the pictures."""

from __future__ import annotations

import msgspec
import pytest

from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.workbench.base.drawings import bar_of, path_of, weights_of
from tests.simulators.workbench_house import SimulatedHouse


@pytest.fixture
def proof() -> object:
    house = SimulatedHouse()
    return house.queries.records.proof_view(house.people["officer.a"], "consignment-0-sad")


def test_the_path_is_computed_again_and_leads_to_the_root(proof) -> None:  # type: ignore[no-untyped-def]
    drawn = path_of(proof)
    assert drawn.holds
    assert [rung.sibling for rung in drawn.rungs] == [digest for _, digest in proof.path]
    assert drawn.rungs[0].node == proof.leaf_hash


def test_a_path_with_one_changed_digit_does_not_hold(proof) -> None:  # type: ignore[no-untyped-def]
    side, digest = proof.path[3]
    changed = (*proof.path[:3], (side, ("0" if digest[0] != "0" else "1") + digest[1:]), *proof.path[4:])
    assert not path_of(msgspec.structs.replace(proof, path=changed)).holds


def test_a_sibling_on_the_other_side_does_not_hold(proof) -> None:  # type: ignore[no-untyped-def]
    side, digest = proof.path[0]
    turned = (("left" if side == "right" else "right", digest), *proof.path[1:])
    assert not path_of(msgspec.structs.replace(proof, path=turned)).holds


def test_the_root_stands_above_the_leaf_and_each_level_above_the_last(proof) -> None:  # type: ignore[no-untyped-def]
    drawn = path_of(proof)
    heights = [rung.y for rung in drawn.rungs]
    assert heights == sorted(heights, reverse=True)
    assert drawn.root_y < heights[-1] < drawn.leaf_y < drawn.height


def test_a_tree_of_one_leaf_is_its_own_root(proof) -> None:  # type: ignore[no-untyped-def]
    alone = msgspec.structs.replace(proof, path=(), root=proof.leaf_hash)
    assert path_of(alone).holds
    assert path_of(alone).root_y == path_of(alone).leaf_y


def test_lanes_fill_the_bar_in_order_and_empty_ones_take_no_place() -> None:
    parts = bar_of({"green": 3, "red": 1, "blue": 0}, ("red", "yellow", "blue", "green"))
    assert [(part.lane, part.start, part.length) for part in parts] == [("red", 0, 25), ("green", 25, 75)]
    assert bar_of({}, ("red",)) == ()


def test_weights_are_shares_of_the_strongest_and_rules_have_none() -> None:
    reasons = tuple(ReasonView(code="r", message="m", weight=weight) for weight in (2.0, -1.0, None))
    assert weights_of(reasons) == (100, -50, None)
    assert weights_of(reasons[2:]) == (None,)
