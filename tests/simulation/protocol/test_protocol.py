# SPDX-License-Identifier: Apache-2.0
"""Rounds learn only from what was examined, figures are what they say, and the report shows them."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

import cocket.simulation.protocol.run as protocol_run
from cocket.errors import SettingsError
from cocket.simulation.protocol import unseen
from cocket.simulation.protocol.figures import figures_of, frontier_of, looks_of, mean_of
from cocket.simulation.protocol.page import page_of
from cocket.simulation.protocol.rounds import Plan, Played, order_of, play
from cocket.simulation.protocol.run import Part, Protocol, evaluate, report_of
from cocket.simulation.protocol.unseen import Drawn, draw_world, near
from cocket.simulation.worlds import TABLE_WORLDS, World
from cocket.simulation.worlds.hardness import measure
from cocket.simulation.worlds.run import Tables, make_tables

WORLD: World = msgspec.structs.replace(TABLE_WORLDS["stable"], seed=23, size=6_000, days=140, random_share=0.1)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return make_tables(WORLD)


@pytest.fixture(scope="module")
def played(tables: Tables) -> Played:
    return play(tables, "adaptive", Plan(warm=0.5), 23)


def test_each_week_spends_its_budget_and_no_more(tables: Tables, played: Played) -> None:
    for week in range(played.first_week, int(played.week[-1]) + 1):
        here = played.week == week
        assert played.chosen[here].sum() == max(1, round(0.05 * here.sum()))
    assert not played.chosen[played.week < played.first_week].any()


def test_what_nobody_examined_teaches_nothing(tables: Tables, played: Played) -> None:
    host = set(tables.results.filter(tables.results["depth"].is_in(["partial", "full"]))["id"].to_list())
    known = played.chosen | np.array([name in host for name in tables.declarations["id"].to_list()])
    find = tables.truth["would_find"].to_numpy()
    other = tables.truth.with_columns(would_find=np.where(known, find, ~find))
    again = play(msgspec.structs.replace(tables, truth=other), "adaptive", Plan(warm=0.5), 23)
    assert (again.chosen == played.chosen).all()
    np.testing.assert_array_equal(again.chance, played.chance)


def test_by_drift_the_share_drawn_follows_what_is_declared_and_no_result(tables: Tables) -> None:
    plan = Plan(warm=0.5)
    rates = play(tables, "by drift", plan, 23).rates
    assert all(plan.exploration.least <= rate <= plan.exploration.most for rate in rates)
    blind = tables.truth.with_columns(would_find=~tables.truth["would_find"])
    assert play(msgspec.structs.replace(tables, truth=blind), "by drift", plan, 23).rates == rates
    late = tables.declarations.with_row_index("place")
    moved = late.with_columns(
        value=pl.when(pl.col("place") > 0.8 * len(late)).then(pl.col("value") * 400).otherwise(pl.col("value"))
    ).drop("place")
    changed = play(msgspec.structs.replace(tables, declarations=moved), "by drift", plan, 23).rates
    assert max(changed[-4:]) > max(rates[-4:])


def test_a_bandit_follows_results_and_spends_the_budget(tables: Tables) -> None:
    plan = Plan(warm=0.5)
    one = play(tables, "bandit", plan, 23)
    assert all(plan.exploration.least <= rate <= plan.exploration.most for rate in one.rates)
    assert one.rates == play(tables, "bandit", plan, 23).rates != play(tables, "bandit", plan, 24).rates
    blind = tables.truth.with_columns(would_find=~tables.truth["would_find"])
    assert play(msgspec.structs.replace(tables, truth=blind), "bandit", plan, 23).rates != one.rates


def test_a_selector_that_knows_the_truth_reaches_all_there_is(tables: Tables, played: Played) -> None:
    truth = tables.truth["label"].to_numpy()
    wise = msgspec.structs.replace(played, chance=truth.astype(float), chosen=_best(played, truth))
    figures = figures_of(WORLD, tables, wise)
    assert figures.norm_pre == pytest.approx(1.0)
    assert figures.to_bayes > 1.0
    best = msgspec.structs.replace(played, chance=tables.truth["p_bayes"].to_numpy(),
        amount=np.maximum(tables.declarations["duty_and_tax"].to_numpy(), 1.0))  # fmt: skip
    assert figures_of(WORLD, tables, best).to_bayes == pytest.approx(1.0)
    assert frontier_of(tables, best)[0] == pytest.approx(1.0)


def _best(played: Played, truth: np.ndarray) -> np.ndarray:
    chosen = np.zeros(len(truth), dtype=np.bool_)
    for week in range(played.first_week, int(played.week[-1]) + 1):
        here = np.flatnonzero(played.week == week)
        chosen[here[np.argsort(-truth[here].astype(int), kind="stable")[: max(1, round(0.05 * len(here)))]]] = True
    return chosen


def test_a_mean_knows_how_sure_it_is() -> None:
    mean = mean_of([1.0, 2.0, 3.0])
    assert (mean.value, mean.seeds) == (2.0, 3)
    assert mean.se == pytest.approx(1 / 3**0.5)
    assert mean.low == pytest.approx(2.0 - 4.30 / 3**0.5)
    assert mean_of([]).seeds == 0


def test_a_world_drawn_near_the_edge_stays_within_what_may_be() -> None:
    edge = World(tempted=0.5, opportunists=0.05, declarations_a_trader=2, return_days=0.1, trace_strength=3.0)
    drawn = [near(edge, seed, "edge", 8_000) for seed in range(200)]
    assert {world.tempted == 0.5 for world in drawn} == {True, False}
    assert min(world.declarations_a_trader for world in drawn) == 2


def test_unseen_worlds_count_differ_from_the_tuned_and_come_again() -> None:
    one, again = draw_world("stable", 131, 8_000), draw_world("stable", 131, 8_000)
    assert one.hardness.problems == ()
    assert one.world == again.world
    assert one.world.tempted != TABLE_WORLDS["stable"].tempted


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in {"meta", "circle", "polyline"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


def part_of(tables: Tables, played: Played, seed: int) -> Part:
    figures = figures_of(WORLD, tables, played)
    return Part(world="stable", seed=seed, thrown=0, hardness=measure(tables),
        figures={"exploit": figures, "adaptive": figures}, looks=looks_of(tables, played))  # fmt: skip


def test_a_run_goes_on_from_parts_that_are_done_under_the_same_settings(
    tables: Tables, played: Played, tmp_path: Path
) -> None:
    protocol = Protocol(seeds=(1,), worlds=("stable",))
    done = part_of(tables, played, 1)
    (tmp_path / f"stable-1-{protocol.digest}.json").write_bytes(msgspec.json.encode(done))
    assert evaluate(protocol, keep=tmp_path).parts == (done,)
    other = msgspec.structs.replace(protocol, size=protocol.size + 1)
    assert other.digest != protocol.digest == msgspec.structs.replace(protocol, seeds=(1, 2)).digest


def test_a_seed_without_a_world_that_counts_is_skipped_and_told(
    tables: Tables, played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocol = Protocol(seeds=(1, 2), worlds=("stable", "drift"), size=8_000)
    honest = msgspec.structs.replace(TABLE_WORLDS["stable"], tempted=0.002, opportunists=0.001)
    (tmp_path / f"stable-1-{protocol.digest}.json").write_bytes(msgspec.json.encode(part_of(tables, played, 1)))
    monkeypatch.setattr(unseen, "_TRIES", 2)
    monkeypatch.setattr(unseen, "TABLE_WORLDS", {"stable": honest, "drift": honest})
    heard: list[tuple[int, int]] = []
    report = evaluate(protocol, lambda done, of: heard.append((done, of)), keep=tmp_path)
    assert [(each.world, each.seed) for each in report.skipped] == [("drift", 1), ("stable", 2), ("drift", 2)]
    assert heard[-1] == (4, 4)
    assert len(report.parts) == 1
    assert all(claim.mean.seeds <= 1 for claim in report.claims)
    page = page_of(report)
    for each in report.skipped:
        assert "8,000" in each.why
        assert escape(f"{each.world}, seed {each.seed}: {each.why}") in page
    again = msgspec.json.decode(msgspec.json.encode(report))
    assert [each["seed"] for each in again["skipped"]] == [1, 2, 2]


def test_other_errors_than_a_world_that_does_not_count_still_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str, seed: int, size: int) -> Drawn:
        raise SettingsError("The settings do not hold.", code="other")

    monkeypatch.setattr(protocol_run, "draw_world", broken)
    with pytest.raises(SettingsError, match="do not hold"):
        evaluate(Protocol(seeds=(1,), worlds=("drift",)))


def test_the_fifth_hit_is_asked_of_schemes_that_start_in_our_weeks_and_of_no_others(
    tables: Tables, played: Played
) -> None:
    starts = {"splitting": 0.0, "collusion": 0.8, "shell-ring": 1.0}
    late = msgspec.structs.replace(WORLD, starts=starts, season_days=14)
    assert set(figures_of(late, tables, played).fifth_hits) == {"collusion"}


def test_worth_moves_the_order_from_hits_to_expected_revenue() -> None:
    raw, amount, scale = np.array([2.0, 0.0, -1.0]), np.array([10.0, 1e3, 1e6]), (0.8, -0.2)
    by = {worth: order_of(raw, amount, scale, worth) for worth in (0.0, 0.3, 1.0)}
    assert np.argsort(-by[0.0]).tolist() == np.argsort(-raw).tolist()
    expected = amount / (1.0 + np.exp(-(0.8 * raw - 0.2)))
    np.testing.assert_allclose(np.exp(by[1.0]), expected)
    assert by[0.3][2] - by[0.3][0] > by[0.0][2] - by[0.0][0]
    np.testing.assert_array_equal(order_of(raw, np.full(3, np.nan), scale, 1.0), raw)


def test_the_page_shows_every_claim_with_its_interval_and_is_well_formed(tables: Tables, played: Played) -> None:
    parts = [part_of(tables, played, seed) for seed in (1, 2)]
    report = report_of(Protocol(seeds=(1, 2), worlds=("stable",)), parts, ())
    page = page_of(report)
    reader = _Reader()
    reader.feed(page)
    assert reader.open == []
    assert reader.seen.count("svg") == 2
    for claim in report.claims:
        assert escape(claim.name) in page
    assert not {"script", "img", "link"} & set(reader.seen)
    assert msgspec.json.decode(msgspec.json.encode(report))["version"] == report.version
