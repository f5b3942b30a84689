# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import msgspec
import polars as pl
import pytest

from cocket.simulation.threat_logs import PLANTED, make_threat_log, measure
from cocket.simulation.threat_logs.world import log_of_world
from cocket.simulation.worlds import TABLE_WORLDS
from cocket.simulation.worlds.folder import read_public, simulate_table


@pytest.mark.parametrize("kind", [PLANTED[0], PLANTED[-1], "desk", "trade"])
def test_the_same_seed_gives_the_same_log_and_another_gives_another(kind: str) -> None:
    assert make_threat_log(kind, 5) == make_threat_log(kind, 5)
    assert make_threat_log(kind, 5).content != make_threat_log(kind, 6).content


@pytest.mark.parametrize("kind", PLANTED)
def test_rows_are_planted_and_nothing_in_a_line_tells_which(kind: str) -> None:
    log = make_threat_log(kind, 7)
    lines = [json.loads(line) for line in log.content.splitlines()]
    assert log.planted
    assert max(log.planted) <= len(lines)
    assert len(log.planted) < len(lines) / 4
    assert not {"label", "planted", "kind"} & {name for line in lines for name in line}
    assert [line["t"] for line in lines] == sorted(line["t"] for line in lines)


@pytest.mark.parametrize("kind", ["desk", "trade"])
def test_ordinary_logs_hold_nothing_planted(kind: str) -> None:
    assert make_threat_log(kind, 1).planted == frozenset()


def test_measuring_counts_what_a_finder_names_misses_and_cries() -> None:
    planted = {seed: sorted(make_threat_log("rule-off-window", seed).planted) for seed in (1, 2)}

    def knows_all(content: bytes) -> list[tuple[str, list[int]]]:
        rows = next(
            rows for seed, rows in planted.items() if make_threat_log("rule-off-window", seed).content == content
        )
        return [("rule-off-window", [*rows, 1])]

    found = measure("rule-off-window", (1, 2), knows_all)
    assert (found.logs, found.named, found.rows, found.rows_found, found.rows_beside) == (2, 2, 4, 4, 2)
    blind = measure("rule-off-window", (1, 2), lambda _: [("split", [1])])
    assert (blind.named, blind.rows_found, blind.false_alerts) == (0, 0, {"split": 2})


def test_a_world_is_a_log_of_its_public_tables(tmp_path: Path) -> None:
    simulate_table(msgspec.structs.replace(TABLE_WORLDS["stable"], seed=3, days=40, size=4000), tmp_path, name="stable")
    world = read_public(tmp_path)
    log, declarations = log_of_world(world)
    assert len(log.declared) == world.about.declarations
    assert len(log.acts) == world.about.declarations + world.results.height
    assert len(declarations) == len(log.declared) + len(log.acts)
    one = log.declared[17]
    row = world.declarations.row(by_predicate=pl.col("id") == declarations[one.row], named=True)
    assert (one.reference, one.importer, one.value, one.at) == (
        row["id"],
        row["importer"],
        row["value"],
        row["registered"],
    )
