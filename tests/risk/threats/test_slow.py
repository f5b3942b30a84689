# SPDX-License-Identifier: Apache-2.0
"""Slow schemes are found, and ordinary logs accuse hardly anyone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from cocket.risk.threats import Alert, Declared, Limits, log_of
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


def test_newcomers_who_go_on_are_named_up_to_one_in_two_hundred_traders_or_one_the_busiest_first() -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)

    def log_with(traders: int) -> tuple[Alert, ...]:
        rows: list[Declared] = []

        def lodge(importer: str, day: float) -> None:
            rows.append(
                Declared(
                    row=len(rows) + 1, at=start + timedelta(days=day), reference=f"R{len(rows)}", importer=importer
                )
            )

        for trader in range(traders):
            for day in range(0, 60, 20):
                lodge(f"T{trader}", day + trader / traders)
        for newcomer in range(60):
            for n in range(2):
                lodge(f"M{newcomer}", 14 + 40 * newcomer / 60 + 5 * n)
        for newcomer, many in enumerate((160, 190, 175)):
            for n in range(many):
                lodge(f"N{newcomer}", 52 + 8 * n / many)
        return find_threats(log_of(rows, []))

    assert [one.who for one in log_with(130)] == [("N1",)]
    assert [one.who for one in log_with(240)] == [("N1",)]
    assert {one.who for one in log_with(440)} == {("N1",), ("N2",)}
    assert Limits().early_most == 0.005


def test_a_price_that_moves_a_third_in_two_months_is_no_probe_and_in_one_it_is() -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)

    def kinds(days: float) -> set[str]:
        rows = [
            Declared(
                row=n + 1,
                at=start + timedelta(days=days * n / 40),
                reference=f"R{n}",
                importer="A",
                consignee="A Trading",
                hs="220421",
                value=round(1000.0 * 1.35 ** (n / 40), 2),
                mass_kg=50.0,
            )
            for n in range(40)
        ]
        return {one.kind for one in find_threats(log_of(rows, []))}

    assert kinds(58.0) == set()
    assert kinds(28.0) == {"probe"}


def test_an_officer_who_does_nothing_but_set_lanes_is_a_person_too() -> None:
    """A log of lanes alone: half of a trader's are set by one officer, hardly ever strict."""
    log = ordinary(_SEEDS[0])
    plant, kinds = SLOW["favours"]
    plant(log)
    log.acts = [act for act in log.acts if act.kind == "lane-set"]
    found = [one for one in find_threats(log.log()) if one.kind in kinds]
    assert len({row for one in found for row in one.rows} & log.planted) >= len(log.planted) / 2
    assert log.log().passed.by_systems > 0
    log.acts = [msgspec.structs.replace(act, is_system=True) for act in log.acts]
    assert not [one for one in find_threats(log.log()) if one.kind in kinds]
