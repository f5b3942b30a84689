# SPDX-License-Identifier: Apache-2.0
"""Slow schemes are found, and ordinary logs accuse hardly anyone."""

from __future__ import annotations

import msgspec
import pytest

from cocket.risk.threats.detect import find_threats
from tests.risk.threats.slow import SLOW, ordinary

_SEEDS = (11, 12, 13)


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_scheme_is_named_over_at_least_half_of_its_rows(name: str) -> None:
    plant, kinds = SLOW[name]
    for seed in _SEEDS:
        log = ordinary(seed)
        plant(log)
        named = {row for one in find_threats(log.log()) if one.kind in kinds for row in one.rows}
        assert 2 * len(named & log.planted) >= len(log.planted), seed


def test_of_a_thousand_traders_in_ordinary_logs_at_most_five_are_accused() -> None:
    accused = traders = 0
    for seed in _SEEDS:
        log = ordinary(seed)
        rows = {row for one in find_threats(log.log()) for row in one.rows}
        traders += len({one.importer for one in log.declared})
        accused += len({one.importer for one in (*log.declared, *log.acts) if one.row in rows})
    assert accused <= 0.005 * traders


def test_a_price_that_drifts_with_its_market_is_no_slow_probe() -> None:
    """A thousandth a day over a month, with the same mass every second day: 3 % in all."""
    log = ordinary(1)
    for number in range(16):
        log.planted.add(
            log.declare(2.0 * number, importer="F3", consignee="F3 Trading", hs="851713", mass_kg=40.0,
                value=round(900.0 * 0.999 ** (2 * number), 2))
        )  # fmt: skip
    assert not {row for one in find_threats(log.log()) for row in one.rows} & log.planted


def test_lanes_that_an_officer_sets_often_but_as_strictly_as_others_accuse_nobody() -> None:
    log = ordinary(2)
    plant, _ = SLOW["favours"]
    plant(log)
    friend = {one.importer for one in log.acts if one.row in log.planted}
    assert len(friend) == 1
    for place, act in enumerate(log.acts):  # with everyone else the same officer is as mild
        if act.kind == "lane-set" and act.actor == "officer-0":
            log.acts[place] = msgspec.structs.replace(act, lane="green" if act.row % 50 else "red")
    assert not [one for one in find_threats(log.log()) if one.kind == "collusion"]
