# SPDX-License-Identifier: Apache-2.0
"""Worlds are the same for the same seed, hard enough to count, and keep their truth apart."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import msgspec
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import cocket.risk
from cocket.errors import SettingsError, UnreadableError
from cocket.risk.features.batch import features_of
from cocket.simulation.protocol.unseen import draw_world
from cocket.simulation.worlds import SCHEME_NAMES, TABLE_WORLDS, World, read_world
from cocket.simulation.worlds.folder import read_public, read_truth_of, simulate_table
from cocket.simulation.worlds.hardness import measure
from cocket.simulation.worlds.run import make_tables
from cocket.simulation.worlds.schemes import HABITS
from cocket.simulation.worlds.view import entries_of, labels_of


def small(name: str, seed: int = 1, **changes: object) -> World:
    return msgspec.structs.replace(TABLE_WORLDS[name], seed=seed, **{"size": 3_000, **changes})


def test_the_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    one, again, other = (make_tables(small("drift", seed)) for seed in (1, 1, 2))
    for name in one.__struct_fields__:
        assert_frame_equal(getattr(one, name), getattr(again, name))
    assert not one.declarations["value"].equals(other.declarations["value"])


@pytest.mark.parametrize("name", TABLE_WORLDS)
def test_of_a_dozen_draws_around_every_world_one_counts(name: str) -> None:
    assert draw_world(name, 2, 20_000).hardness.problems == ()


def test_a_country_that_is_too_easy_does_not_count() -> None:
    easy = measure(make_tables(small("stable", size=20_000, trace_strength=3.0, opportunists=0.0)))
    assert any("AUC" in problem for problem in easy.problems)


def test_every_scheme_is_done_found_and_never_named_outside_the_truth() -> None:
    tables = make_tables(small("stable", size=60_000))
    assert set(SCHEME_NAMES) == set(HABITS) == set(tables.truth["scheme"].drop_nulls())
    frauds = tables.truth.filter("label").join(tables.results.filter("found"), on="id")
    assert frauds["scheme"].n_unique() >= len(SCHEME_NAMES) - 2  # the rare ones need more luck than so few examinations
    for table in (tables.declarations, tables.selections, tables.results, tables.manifests):
        text = table.select(pl.col(pl.String)).drop("offence", strict=False)  # what officers call a find is no secret
        assert not any(text[column].is_in(SCHEME_NAMES).any() for column in text.columns)
        assert not {"label", "scheme", "p_bayes", "would_find", "would_take", "would_minutes"} & set(table.columns)


def test_a_result_returns_after_its_examination_and_that_after_the_declaration() -> None:
    tables = make_tables(small("noise"))
    both = tables.results.join(tables.declarations, on="id")
    assert (both["registered"] < both["examined"]).all()
    assert (both["examined"] < both["returned"]).all()


def test_friends_examine_alone_and_in_a_hurry_and_others_seldom() -> None:
    tables = make_tables(small("stable", size=40_000, random_share=0.2))
    full = tables.results.filter(pl.col("depth") == "full")
    hurried = full["minutes"] < full["minutes"].median() / 3
    assert 0.02 < hurried.mean() < 0.08  # type: ignore[operator]
    assert full.filter(~hurried)["officers"].mean() > 1.3  # type: ignore[operator]
    blind = tables.truth.filter("label").join(full.with_columns(hurried=hurried), on="id")
    seen = dict(blind.group_by("hurried").agg(pl.col("found").mean()).iter_rows())
    assert seen[True] < seen[False]


def test_nobody_of_an_unseen_region_is_examined_until_then() -> None:
    tables = make_tables(small("collapse", size=20_000))
    seen = tables.results.join(tables.declarations, on="id")
    assert seen["office"].unique().sort().to_list() == [f"XA{number}0000" for number in range(11, 17)]
    done = tables.truth.join(tables.declarations.select("id", "office"), on="id")
    hidden = done.filter(pl.col("scheme").is_in(["concealment", "false-origin"]))["office"].is_in(
        ["XA170000", "XA180000"]
    )
    assert hidden.mean() > 0.9  # type: ignore[operator]


def test_a_habit_the_textbook_does_not_know_is_refused() -> None:
    with pytest.raises(SettingsError, match="habits"):
        make_tables(small("stable", habits={"quantity": {"colour": 1.0}}))
    with pytest.raises(SettingsError, match="no scheme alchemy"):
        small("stable", habits={"alchemy": {"seen": 1.0}})


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_folder_is_read_and_learnt_from_without_its_truth(tmp_path: Path, form: str) -> None:
    simulate_table(small("drift"), tmp_path, name="drift", form=form)  # type: ignore[arg-type]
    with_truth = read_public(tmp_path)
    truth = read_truth_of(tmp_path)
    assert truth["id"].to_list() == with_truth.declarations["id"].to_list()
    shutil.rmtree(tmp_path / "truth")
    public = read_public(tmp_path)
    features = features_of(entries_of(public.declarations), labels_of(public.results))
    assert_frame_equal(features, features_of(entries_of(with_truth.declarations), labels_of(with_truth.results)))
    with pytest.raises(UnreadableError):
        read_truth_of(tmp_path)


def test_both_formats_tell_the_same(tmp_path: Path) -> None:
    for form in ("parquet", "csv"):
        simulate_table(small("drift"), tmp_path / form, name="drift", form=form)  # type: ignore[arg-type]
    one, other = read_public(tmp_path / "parquet"), read_public(tmp_path / "csv")
    for name in ("declarations", "selections", "results", "crossing"):
        assert_frame_equal(getattr(one, name), getattr(other, name), check_dtypes=False)


def truth_readers(source: str) -> list[str]:
    """Calls and paths in a source that lead to the truth."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name | ast.Attribute | ast.alias):
            name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", "")
            found += [name] * (name in {"read_truth", "read_truth_of", "p_bayes"})
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [node.value] * (node.value in {"truth", "p_bayes"} or "truth/" in node.value)
    return found


def test_nothing_that_learns_or_scores_knows_the_way_to_the_truth() -> None:
    sources = list(Path(cocket.risk.__file__).parent.rglob("*.py"))
    assert len(sources) > 20
    assert {path.name: found for path in sources if (found := truth_readers(path.read_text()))} == {}
    assert truth_readers("read_truth_of(folder)") and truth_readers("x = folder / 'truth'")


def test_parameters_are_changed_by_a_file_and_nonsense_is_refused() -> None:
    assert read_world(TABLE_WORLDS["stable"], b"days = 100\n[starts]\nsplitting = 0.5\n").starts == {"splitting": 0.5}
    for wrong in (b"days = 1\n", b"nonsense = 1\n", b"[starts]\nwitchcraft = 0.5\n", b"\xff", b"tempted = 0.9\n"):
        with pytest.raises(SettingsError):
            read_world(TABLE_WORLDS["stable"], wrong)


def test_a_folder_without_a_world_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        read_public(tmp_path)
