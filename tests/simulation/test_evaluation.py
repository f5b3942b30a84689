# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from cocket.errors import UnreadableError
from cocket.model.message import Lane
from cocket.simulation import Advice, Parameters, Truth, compare, read_host_lanes, read_truth, simulate
from tests.simulation.rehearsal import rehearse

TRUTH = {f"d{n}": Truth(is_fraud=n < 3, duty=100.0 * (3 - n) if n < 3 else 0.0, p_bayes=1 - n / 10) for n in range(10)}
HOST: dict[str, Lane] = {f"d{n}": "red" if n in (2, 8) else "green" for n in range(10)}


def advice(*red: int) -> list[Advice]:
    return [Advice(id=f"d{n}", lane="red" if n in red else "green", score=n / 100) for n in range(10)]


def test_each_way_is_counted_at_the_hosts_capacity() -> None:
    result = compare(advice(0, 1), HOST, TRUTH)
    assert (result.declarations, result.capacity) == (10, 2)
    assert (result.advice.frauds, result.advice.duty) == (2, 500.0)
    assert (result.host.frauds, result.host.duty) == (1, 100.0)
    assert (result.chance.frauds, result.chance.duty) == (pytest.approx(0.6), pytest.approx(120.0))
    assert (result.best.frauds, result.all.frauds) == (2, 3)


def test_a_lane_comes_before_a_score_and_a_score_fills_up() -> None:
    assert compare(advice(0), HOST, TRUTH).advice.frauds == 1
    assert compare(advice(0, 1, 2), HOST, TRUTH).advice.duty == 300.0  # of three red the two with the higher scores


def test_advice_that_is_the_hosts_own_finds_what_the_host_finds() -> None:
    result = compare(advice(2, 8), HOST, TRUTH)
    assert result.advice == result.host


def test_bad_advice_loses_and_it_shows() -> None:
    result = compare(advice(7, 9), HOST, TRUTH)
    assert result.advice.frauds < result.host.frauds


def test_another_capacity_scales_the_host_in_proportion() -> None:
    result = compare(advice(0, 1, 2, 3), HOST, TRUTH, capacity=4)
    assert (result.advice.examined, result.host.examined, result.host.frauds) == (4, 4, 2)


def test_what_one_side_never_saw_is_left_out() -> None:
    result = compare([*advice(0, 1), Advice(id="stranger", lane="red", score=1.0)], HOST | {"unseen": "red"}, TRUTH)
    assert (result.declarations, result.capacity, result.advice.frauds) == (10, 2, 2)


def test_nothing_to_compare_is_no_error() -> None:
    result = compare([], {}, {})
    assert (result.declarations, result.capacity, result.advice.examined) == (0, 0, 0)


@pytest.mark.parametrize("data", [b"id,label\nx,1\n", b"id,label,duty,scheme,p_bayes\nx,1,much,,0.5\n", b"\xff"])
def test_what_is_no_truth_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_truth(data)


@pytest.mark.parametrize("row", [b"a,2026,C\n", b"a,2026,C,1,pink,,,\n"])
def test_lanes_that_cannot_be_read_are_refused(row: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_host_lanes(b"office,year,serial,number,lane,decided,override,override_reason\n" + row)


def test_over_three_worlds_our_advice_finds_more_than_the_host_and_less_than_the_best(tmp_path: Path) -> None:
    results = []
    for seed in (1, 2, 3):
        simulate(Parameters(seed=seed, size=600, days=4, history_size=12_000), tmp_path / str(seed))
        results.append(rehearse(tmp_path / str(seed)))
    ours, host, best, chance = (
        sum(getattr(result, way).frauds for result in results) for way in ("advice", "host", "best", "chance")
    )
    assert chance < host < ours < best
