# SPDX-License-Identifier: Apache-2.0
"""Scores of a file, training on tables, and worlds of another style, from the command line."""

from __future__ import annotations

import json
import math
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from cocket.cli.app import app
from cocket.cli.base.table_files import read_table
from cocket.errors import SettingsError
from cocket.risk import Sitting, assess, load_model, read_past, replay
from cocket.simulation import Parameters, simulate
from cocket.simulation.challenge import Judged, challenge

FIELDS = {"id", "chance", "score", "recovers", "reasons", "scale"}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["risk", *arguments])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scored")
    simulate(
        Parameters(seed=4, days=2, size=30, history_size=5000, random_share=0.1, fraud_rate=0.08), folder / "country"
    )
    lines = (folder / "country" / "history" / "declarations.ndjson").read_bytes().splitlines(keepends=True)
    past = folder / "past"
    past.mkdir()
    (past / "declarations.ndjson").write_bytes(b"".join(lines[:-200]))
    ids = {json.loads(line)["case"]["facts"]["id"] for line in lines[:-200]}
    rows = (folder / "country" / "history" / "results.csv").read_text().splitlines(keepends=True)
    (past / "results.csv").write_text(rows[0] + "".join(row for row in rows[1:] if row.split(",")[0] in ids))
    (folder / "later.csv").write_text(rows[0] + "".join(row for row in rows[1:] if row.split(",")[0] not in ids))
    (folder / "later.ndjson").write_bytes(b"".join(lines[-200:]))
    done = run("train", str(past), "--out", str(folder / "model"), "--history", str(folder / "history"), "--json")
    assert done.exit_code == 0, done.output
    card = json.loads(done.stdout.splitlines()[-1])["card"]
    rivals = {"value", "importer-rate", "rates", "evidence", "trees", "plain-trees"}
    assert {one["name"] for one in card["rivals"]} == rivals
    return folder


def test_each_declaration_gets_a_line_with_the_chance_that_the_desk_would_give(trained: Path) -> None:
    later, results = trained / "later.ndjson", trained / "later.csv"
    arguments = (str(later), "--model", str(trained / "model"), "--history", str(trained / "history"))
    done = run("score", *arguments, "--results", str(results), "--json")
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == 200 and all(set(line) >= FIELDS for line in lines)
    whole = read_past(
        (trained / "past" / "declarations.ndjson").read_bytes(), (trained / "past" / "results.csv").read_bytes()
    )
    history, more = replay(whole), read_past(later.read_bytes(), results.read_bytes())
    for outcome in more.outcomes.values():
        history.learn(outcome)
    model = load_model((trained / "model").read_bytes())
    desk = assess([one.case for one in more.cases], history, model, sitting=Sitting(takes=True))
    chances = [1.0 / (1.0 + math.exp(-line["score"])) for line in lines]
    assert chances == pytest.approx([one.score for one in desk], abs=1e-6)
    assert any("{" not in reason["says"] and reason["weight"] for line in lines for reason in line["reasons"])
    without = run("score", *arguments, "--json")
    assert [json.loads(line)["id"] for line in without.stdout.splitlines()] == [line["id"] for line in lines]


def test_a_file_that_cannot_be_read_is_a_plain_error(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.ndjson").write_text("no json\n")
    done = run("score", str(tmp_path / "bad.ndjson"), "--model", str(trained / "model"))
    assert done.exit_code != 0 and "Line 1 of the cases" in str(done.exception)
    done = run("score", str(trained / "later.ndjson"), "--model", str(tmp_path / "none"))
    assert done.exit_code != 0 and "cannot be read" in str(done.exception)


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow", "ndjson"])
def test_a_model_is_trained_on_tables_of_any_form_alike(tmp_path: Path, form: str) -> None:
    world = challenge("bazaar", 3, 9000)
    write = {"csv": "write_csv", "parquet": "write_parquet", "arrow": "write_ipc", "ndjson": "write_ndjson"}[form]
    for name, table in (("declarations", world.entries), ("results", world.results)):
        getattr(table, write)(tmp_path / f"{name}.{form}")
    files = ("--from", str(tmp_path / f"declarations.{form}"), "--results", str(tmp_path / f"results.{form}"))
    done = run("train", *files, "--threshold", "1000", "--out", str(tmp_path / "model"), "--json")
    assert done.exit_code == 0, done.output
    card = json.loads(done.stdout.splitlines()[-1])["card"]
    assert (card["threshold"], card["threshold_found"]) == (1000.0, False)
    assert (card["rows"], card["examined"]) == (9000, len(world.results))


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow", "ndjson"])
def test_a_table_is_scored_with_the_tables_before_it_and_written_in_the_form_that_is_asked(
    tmp_path: Path, form: str
) -> None:
    world = challenge("bazaar", 3, 9000)
    ready = {"csv": "write_csv", "parquet": "write_parquet", "arrow": "write_ipc", "ndjson": "write_ndjson"}[form]
    before, later = world.entries.head(8000), world.entries.tail(1000)
    for name, table in (("before", before), ("later", later), ("results", world.results)):
        getattr(table, ready)(tmp_path / f"{name}.{form}")
    early = world.results.filter(pl.col("id").is_in(before["id"].implode()))
    early.write_csv(tmp_path / "early.csv")
    files = ("--from", str(tmp_path / f"before.{form}"), "--results", str(tmp_path / "early.csv"))
    assert run("train", *files, "--out", str(tmp_path / "model")).exit_code == 0
    asked = (str(tmp_path / f"later.{form}"), "--model", str(tmp_path / "model"))
    past = ("--history", str(tmp_path / f"before.{form}"), "--results", str(tmp_path / f"results.{form}"))
    done = run("score", *asked, *past, "--json")
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["id"] for line in lines] == later["id"].to_list()
    assert all(set(line) >= FIELDS and 0 < line["chance"] < 1 for line in lines)
    assert any(reason["weight"] > 0 and "{" not in reason["says"] for line in lines for reason in line["reasons"])
    order = sorted(lines, key=lambda line: -line["score"])[:100]
    truth = dict(zip(world.entries["id"].to_list(), world.found.tolist(), strict=True))
    assert sum(truth[line["id"]] for line in order) > 3 * 100 * world.found.mean()
    planted = dict(zip(world.entries["id"].to_list(), world.kinds.tolist(), strict=True))
    named = {"undervaluation": "value", "classification": "code", "origin": "origin", "quantity": "quantity"}
    hits = [(line, named[planted[line["id"]]]) for line in order if planted[line["id"]] in named]
    first = [(line["reasons"][0]["code"] if line["reasons"] else None, kind) for line, kind in hits]
    assert len(hits) > 10 and sum(code == kind for code, kind in first) > len(hits) / 2  # what was planted comes first
    assert not any(reason["code"] in ("evidence", "own:bill") for line in lines for reason in line["reasons"])
    for ending, read in (
        ("csv", pl.read_csv),
        ("parquet", pl.read_parquet),
        ("arrow", pl.read_ipc),
        ("ndjson", pl.read_ndjson),
    ):
        done = run("score", *asked, *past, "--out", str(tmp_path / f"scores.{ending}"))
        assert done.exit_code == 0, done.output
        table = read(tmp_path / f"scores.{ending}")
        assert table.columns == ["id", "chance", "score", "recovers", "reasons", "scale"]
        assert table["chance"].to_list() == pytest.approx([line["chance"] for line in lines], abs=1e-12)
    alone = run("score", *asked, "--json")  # the past matters
    assert json.loads(alone.stdout.splitlines()[0])["score"] != pytest.approx(lines[0]["score"], abs=1e-6)
    refused = run("score", *asked, "--history", str(tmp_path / "model"))
    assert refused.exit_code != 0 and "table of earlier declarations" in str(refused.exception)
    refused = run("score", *asked, "--out", str(tmp_path / "scores.txt"))
    assert refused.exit_code != 0 and "its ending is not known" in str(refused.exception)


def test_codes_of_csv_keep_their_leading_zeros(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("id,day,hs\n1,20000.0,010121\n2,20001.5,010121\n")
    (tmp_path / "r.csv").write_text("id,returned,found,found_hs\n1,20001.0,true,010129\n")
    assert read_table(tmp_path / "d.csv")["hs"].to_list() == ["010121", "010121"]
    assert read_table(tmp_path / "r.csv")["found_hs"].to_list() == ["010129"]


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_column_that_is_empty_or_whole_for_long_is_read(tmp_path: Path, form: str) -> None:
    table = pl.DataFrame(
        {"id": [str(n) for n in range(300)], "offence": [*[None] * 299, "origin"], "value": [*[5.0] * 299, 0.5]}
    )
    lines = (
        [f"{n},,5" for n in range(299)]
        if form == "csv"
        else [f'{{"id":"{n}","offence":null,"value":5}}' for n in range(299)]
    )
    last = "299,origin,0.5" if form == "csv" else '{"id":"299","offence":"origin","value":0.5}'
    head = ["id,offence,value"] if form == "csv" else []
    (tmp_path / f"t.{form}").write_text("\n".join([*head, *lines, last]) + "\n")
    assert read_table(tmp_path / f"t.{form}").equals(table)


def test_a_table_without_a_column_that_must_be_there_names_it(tmp_path: Path) -> None:
    world = challenge("bazaar", 3, 6000)
    world.entries.drop("day").write_parquet(tmp_path / "d.parquet")
    world.results.write_parquet(tmp_path / "r.parquet")
    done = run("train", "--from", str(tmp_path / "d.parquet"), "--results", str(tmp_path / "r.parquet"))
    assert done.exit_code != 0 and "has no column day" in str(done.exception)
    world.entries.with_columns(id=pl.lit("same")).write_parquet(tmp_path / "d.parquet")
    done = run("train", "--from", str(tmp_path / "d.parquet"), "--results", str(tmp_path / "r.parquet"))
    assert done.exit_code != 0 and "the same id" in str(done.exception)
    assert run("train").exit_code == 2 and run("train", "--from", str(tmp_path / "d.parquet")).exit_code == 2


def test_a_challenge_tells_ours_beside_simple_orders_and_the_traders_true_rates() -> None:
    done = run("challenge", "--seed", "5", "--worlds", "1", "--size", "30000", "--json")
    assert done.exit_code == 0, done.output
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [one["world"] for one in told] == ["ports", "bazaar", "delta"]
    for one in told:
        orders = {order["name"]: order["found"] for order in one["orders"]}
        assert orders["random"] < orders["ours"] and orders["random"] < orders["true rate"]


def test_a_challenge_without_a_seed_draws_one_and_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[int] = []

    def judged(name: str, seed: int, size: int, *, methods: bool) -> Judged:
        played.append(seed)
        return Judged(world=name, seed=seed, finds=30, orders=())

    monkeypatch.setattr("cocket.simulation.challenge.judge", judged)
    seeds = set()
    for _ in range(2):
        played.clear()
        done = run("challenge", "--worlds", "1", "--json")
        assert done.exit_code == 0, done.output
        assert len(set(played)) == 1 and f"--seed {played[0]} plays the same" in done.stderr
        seeds.add(played[0])
    assert len(seeds) == 2


def test_addresses_on_a_list_of_hubs_are_left_out_of_cases_and_tables_in_learning_and_scoring(
    trained: Path, tmp_path: Path
) -> None:
    world = challenge("bazaar", 3, 9000)
    address = world.entries["importer_address"].value_counts(sort=True)["importer_address"][0]
    phone = world.entries["importer_phone"].value_counts(sort=True)["importer_phone"][0]
    hubs = tmp_path / "hubs.csv"
    hubs.write_text(f'identity,value\naddress,"{address}"\nphone,{phone}\nbad,x\n')
    without = world.entries.with_columns(
        pl.col("importer_address").replace({address: None}), pl.col("importer_phone").replace({phone: None})
    )
    world.results.write_csv(tmp_path / "results.csv")
    for name, table in (("with", world.entries), ("without", without)):
        table.write_parquet(tmp_path / f"{name}.parquet")
    models = {}
    for name, more in (("with", ()), ("with", ("--hubs", str(hubs))), ("without", ())):
        files = ("--from", str(tmp_path / f"{name}.parquet"), "--results", str(tmp_path / "results.csv"), *more)
        done = run("train", *files, "--out", str(tmp_path / "model"), "--json")
        assert done.exit_code == 0, done.output
        assert ("left out, line 4" in done.stderr) == bool(more)
        asked = (str(tmp_path / f"{name}.parquet"), "--model", str(tmp_path / "model"), *more, "--json")
        models[name, bool(more)] = [json.loads(line)["chance"] for line in run("score", *asked).stdout.splitlines()]
    assert models["with", True] == models["without", False] != models["with", False]

    later = trained / "later.ndjson"
    line = json.loads(later.read_bytes().splitlines()[0])
    address = line["case"]["facts"]["importer_address"]
    hubs.write_text(f'identity,value\naddress,"{address}"\n')
    line["case"]["facts"].pop("importer_address")
    for name, one in (("whole.ndjson", later.read_bytes().splitlines()[0]), ("less.ndjson", json.dumps(line).encode())):
        (tmp_path / name).write_bytes(one + b"\n")
    given = ("--model", str(trained / "model"), "--history", str(trained / "history"), "--json")
    said = run("score", str(tmp_path / "whole.ndjson"), *given, "--hubs", str(hubs)).stdout
    assert said == run("score", str(tmp_path / "less.ndjson"), *given).stdout


def test_what_a_table_holds_and_cannot_be_used_is_said_on_stderr_and_in_json(tmp_path: Path) -> None:
    world = challenge("bazaar", 3, 9000)
    results = pl.concat([world.results, world.results.head(2)])
    table = world.entries.with_columns(day=(pl.col("day") * 86_400_000).round().cast(pl.Int64).cast(pl.Datetime("ms")))
    table = table.with_columns(share=pl.when(pl.col("id") == table["id"][7]).then(2.0), colour=pl.lit("red"))
    table.write_parquet(tmp_path / "d.parquet")
    results.write_csv(tmp_path / "r.csv")
    files = ("--from", str(tmp_path / "d.parquet"), "--results", str(tmp_path / "r.csv"))
    done = run("train", *files, "--out", str(tmp_path / "m"), "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["card"]["first_day"] == pytest.approx(world.entries["day"][0], abs=1e-6)  # a time is no day number
    declarations, of_results = told["tables"]
    (left,) = declarations["left_out"]
    assert (left["column"], left["cells"], left["found"], left["row"]) == ("share", 1, "2.0", 8)
    assert declarations["ignored"] == ["colour"] and "carrier" in declarations["missing"] + list(table.columns)
    assert of_results["repeated"] == 2
    said = " ".join(done.stderr.split())
    assert "share: 1 cell left out, since not a number from 0 to 1; the first is '2.0' in row 8" in said
    assert "not known and not used: colour" in said and "2 rows repeated word for word count once" in said

    table.tail(50).write_csv(tmp_path / "later.csv", separator=";")
    asked = run("score", str(tmp_path / "later.csv"), "--model", str(tmp_path / "m"), "--json")
    assert asked.exit_code == 0, asked.output
    *lines, last = [json.loads(line) for line in asked.stdout.splitlines()]
    assert len(lines) == 50 and last["tables"][0]["ignored"] == ["colour"]
    assert {line["scale"] for line in lines} == {"uncertain" if told["card"]["random_found"] < 20 else "anchored"}


def test_a_heading_without_rows_and_a_workbook_are_plain_errors(trained: Path, tmp_path: Path) -> None:
    for name, content, says in (("h.csv", "id,day,value\n", "no rows"), ("t.xlsx", "PK", "is a workbook")):
        (tmp_path / name).write_text(content)
        done = run("score", str(tmp_path / name), "--model", str(trained / "model"))
        assert isinstance(done.exception, SettingsError) and says in done.exception.message


def test_an_uncertain_scale_gives_two_digits_and_the_reason_and_the_order_stays(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = (str(trained / "later.ndjson"), "--model", str(trained / "model"), "--history", str(trained / "history"))
    lines = {}
    for least in (0, 10**6):
        monkeypatch.setattr("cocket.risk.models.report.FEW_FINDS", least)
        done = run("score", *asked, "--json")
        lines[least] = [json.loads(line) for line in done.stdout.splitlines()]
        assert ("scale of the chances is uncertain" in done.stderr) == bool(least)
    sure, uncertain = lines[0], lines[10**6]
    assert [line["score"] for line in sure] == [line["score"] for line in uncertain]
    assert {line["scale"] for line in sure} == {"anchored"} and "scale_reason" not in sure[0]
    for one, other in zip(sure, uncertain, strict=True):
        assert other["scale"] == "uncertain" and "drawn at random" in other["scale_reason"]
        assert other["chance"] == float(f"{one['chance']:.2g}")


def test_the_cards_tables_stand_in_eighty_columns_with_a_line_for_each_row(trained: Path) -> None:
    done = run("card", str(trained / "model"))
    card = json.loads(run("card", str(trained / "model"), "--json").stdout)["card"]
    lines = done.stdout.splitlines()
    boxed = [line for line in lines if line.startswith("│")]
    assert len(boxed) == len(card["measured"]) + len(card["rivals"]) + len(card["reliability"])
    assert all(len(line) <= 80 and "…" not in line for line in lines if line.startswith(("│", "┃")))
    assert len([line for line in lines if line.startswith("┃")]) == 3
