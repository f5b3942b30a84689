# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import csv
import io
import json
import re
import shutil
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cocket.cli.app import app
from cocket.cli.commands.risk import review
from cocket.risk.effort import Choice
from cocket.risk.rules.month import chances_of, compare
from cocket.simulation import Parameters, simulate

RULES = """
[[rule]]
code = "cars"
says = "cars"
when = "items.exists(i, i.hs.startsWith('87'))"
source = "order 1"
expires = 2999-12-31
"""


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("months") / "november"
    simulate(Parameters(seed=3, days=10, size=300, history_size=5000, random_share=0.1, fraud_rate=0.08), folder)
    return folder


def reviewed(folder: Path, out: Path, *more: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["risk", "review", str(folder), "--out", str(out), "--json", *more])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def test_a_month_is_reviewed_from_files_alone_and_told_in_html_and_json(month: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES)
    told = reviewed(month, tmp_path / "out", "--rules", str(tmp_path / "rules.toml"))
    lanes = list(csv.DictReader(io.StringIO((month / "host" / "selectivity.csv").read_text())))
    results = list(csv.DictReader(io.StringIO((month / "host" / "results.csv").read_text())))
    goods = [row for row in results if row["depth"] in ("full", "partial")]
    assert told["declarations"] == len(lanes)
    assert told["examined"] == len(goods)
    assert told["found"] == sum(row["found"] == "true" for row in goods)
    assert told["recovered"] == pytest.approx(
        sum(float(row["duty_recovered"]) for row in goods if row["found"] == "true")
    )
    assert told["drawn"] == sum("RANDOM" in row["criteria"] for row in lanes)
    figures = {one["code"]: one for one in told["figures"]}
    assert figures["WATCHED"]["hits"] == sum("WATCHED" in row["criteria"].split(";") for row in lanes)
    assert figures["cars"]["hits"] > 0 and figures["importer-new"]["kind"] == "python"
    key = itemgetter("office", "year", "serial", "number")
    set_by_officers = {key(row) for row in lanes if row["override"]}
    by_rules = [row for row in goods if key(row) not in set_by_officers]
    assert told["chances"] == "from the column criteria" and told["advised"]["examinations"] == len(by_rules) < len(
        goods
    )
    assert told["advised"]["left_out"] == len(set_by_officers)
    effort = told["advised"]["effort"]
    assert effort["verdict"] == "cannot say yet" and 0 < effort["lack"]["drawn"] < 20
    assert (told["advised"]["ours"], told["advised"]["random_found"], effort["ours"], effort["chance"]) == (None,) * 4
    page = (tmp_path / "out" / "review.html").read_text()
    assert "WATCHED" in page and "<script" not in page and "http" not in page
    assert json.loads((tmp_path / "out" / "review.json").read_text()) == told


def test_without_criteria_nothing_is_held_against_chance_and_the_report_says_so(month: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    shutil.copytree(month / "host", folder / "host")
    table = folder / "host" / "selectivity.csv"
    rows = list(csv.reader(io.StringIO(table.read_text())))
    table.write_text("\n".join(",".join(row[:-1]) for row in rows) + "\n")
    told = reviewed(folder, tmp_path / "out")
    assert told["chances"] == "unknown" and told["random"] is None
    assert all(one["lift"] is None for one in told["figures"])
    assert any("criteria" in caveat for caveat in told["caveats"])
    assert {one["code"] for one in told["figures"]} >= {"host-red", "host-yellow"} or told["lanes"]


def test_the_truth_is_never_opened(month: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sealed"
    shutil.copytree(month, folder)
    before = reviewed(folder, tmp_path / "one")
    for file in (folder / "truth").iterdir():
        file.write_text("id,label\n")
    assert reviewed(folder, tmp_path / "two") == before


def test_a_folder_without_declarations_is_a_plain_error(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["risk", "review", str(tmp_path), "--out", str(tmp_path / "out")])
    assert done.exit_code != 0 and "no readable declaration" in str(done.exception)


def test_chances_follow_from_criteria_and_an_officers_choice_has_none() -> None:
    lanes = {"1": "red", "2": "red", "3": "green", "4": "green", "5": "green"}
    criteria = {"1": ("A",), "2": ("RANDOM",)}
    assert chances_of(criteria, lanes, frozenset({"5"})) == {"1": 1.0, "2": 0.25, "3": 0.25, "4": 0.25}
    assert chances_of({}, lanes, frozenset()) == {}


def test_the_same_places_are_spent_anew_and_the_estimate_meets_the_truth() -> None:
    from datetime import date
    from random import Random

    inside = 0
    for seed in range(40):
        dice = Random(seed)
        choices, truth = [], []
        for number in range(1200):
            is_bad, is_red = dice.random() < 0.1, dice.random() < 0.1
            chance = 1.0 if is_red else 0.2
            is_examined = is_red or dice.random() < 0.2
            truth.append(is_bad)
            choices.append(
                Choice(
                    id=f"{number:04}",
                    place=f"O {number // 200}",
                    score=dice.random() * 0.5 + 0.5 * is_bad,
                    duty=10.0,
                    is_examined=is_examined,
                    is_drawn=is_examined and not is_red,
                    found=is_bad and is_examined,
                    recovered=10.0 * (is_bad and is_examined),
                    chance=chance,
                )
            )
        told = compare(choices, "a test", date(2026, 11, 26))
        assert told.ours is not None and told.ours.cases == told.examinations == sum(one.is_examined for one in choices)
        real = 0
        for place in range(6):
            here = choices[200 * place : 200 * place + 200]
            best = sorted(here, key=lambda one: (-one.score, one.id))[: sum(one.is_examined for one in here)]
            real += sum(truth[int(one.id)] for one in best)
        assert told.ours.found.high <= told.examinations
        inside += told.ours.found.low <= real <= told.ours.found.high
    assert inside >= 34


def test_dates_that_cannot_be_read_or_lie_ahead_are_left_out_and_counted(month: Path, tmp_path: Path) -> None:
    folder = tmp_path / "misdated"
    shutil.copytree(month / "host", folder / "host")
    texts = [
        path
        for path in sorted(folder.rglob("*.xml"))
        if b"<SAD" in path.read_bytes() or b"ASYCUDA" in path.read_bytes()
    ]
    before = reviewed(folder, tmp_path / "before")
    changed = 0
    for path in texts:
        text = path.read_text()
        found = re.search(r"(<Registration>.*?<Date>)([^<]+)(</Date>)", text, re.DOTALL)
        if found and changed < 3:
            date = ("11/02/2999", "not a date", "2/3/2999")[changed]
            path.write_text(text[: found.start(2)] + date + text[found.end(2) :])
            changed += 1
    assert changed == 3
    told = reviewed(folder, tmp_path / "after")
    assert (told["undated"], told["future"]) == (1, 2)
    assert told["declarations"] == before["declarations"] - 3
    assert told["last_day"] == before["last_day"]
    assert sum("--profile" in caveat for caveat in told["caveats"]) == 1
    assert sum("in the future" in caveat for caveat in told["caveats"]) == 1


RESULTS = "Bureau;Année;N° décl.;Résultat;Autre\nXA1;2026;C 11071;RAS;x\nXA1;2026;C 11072;INF;y\n"


def sheet(folder: Path, *more: str, said: str | None = None) -> tuple[int, str]:
    """Exit code and output of the sheet of the files in a folder."""
    files = sorted(str(one) for one in folder.iterdir() if one.is_file())
    done = CliRunner().invoke(
        app, ["risk", "review", *files, "--sheet", "--out", str(folder / "out"), *more], input=said
    )
    return done.exit_code, done.stdout


def test_every_file_has_its_verdict_and_answers_are_remembered_by_headings(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(RESULTS.encode("cp1252"))
    (tmp_path / "t.pdf").write_bytes(b"%PDF-1.7")
    code, told = sheet(tmp_path)
    assert code == 1 and "0 of 2 files can be used." in told and "A PDF is not read." in told
    assert "what does 'RAS' mean (rows: 1)? --word 'found:RAS=…' (yes, no)" in told
    (tmp_path / "t.pdf").unlink()
    code, told = sheet(tmp_path, "--word", "found:RAS=no", "--word", "found:INF=yes", "--map", "leave-out=Autre")
    assert code == 0 and "1 of 1 files can be used." in told and "Rows read: 2." in told
    assert "Rows read: 2." in sheet(tmp_path)[1]
    code, told = sheet(tmp_path, "--json")
    kept = json.loads(told.splitlines()[0])["sheet"]["files"][0]
    assert (kept["rows"], kept["verdict"], kept["kind"]) == (2, "recognised", "results")
    assert kept == json.loads((tmp_path / "out" / "sheet.json").read_text())["files"][0]


def test_in_a_terminal_columns_and_words_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "_can_ask", lambda: True)
    (tmp_path / "r.csv").write_text(RESULTS)
    _, told = sheet(tmp_path, said="no\nyes\noffence\n")
    assert "Rows read: 2." in told
    remembered = json.loads((tmp_path / "out" / "columns.json").read_text())
    (answers,) = remembered.values()
    assert answers["words"]["found"] == {"ras": "no", "inf": "yes"} and answers["columns"] == {"Autre": "offence"}


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--word", "RAS", "is not FIELD:WORD=MEANING"),
        ("--word", "found:RAS=perhaps", "cannot mean perhaps"),
        ("--map", "colour=Autre", "cannot be read as colour"),
        ("--map", "Autre", "is not FIELD=VALUE"),
        ("--set", "colour=red", "is not a field"),
        ("--dates", "year-first", "is not an order of dates"),
    ],
)
def test_an_answer_that_cannot_be_used_is_a_plain_error(tmp_path: Path, option: str, value: str, says: str) -> None:
    (tmp_path / "r.csv").write_text(RESULTS)
    out = str(tmp_path / "out")
    done = CliRunner().invoke(app, ["risk", "review", str(tmp_path / "r.csv"), option, value, "--out", out])
    assert done.exit_code != 0 and says in str(done.exception)


def test_rows_of_one_declaration_are_put_together_whatever_their_order(month: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    shutil.copytree(month, folder)
    table, lanes = folder / "host" / "results.csv", folder / "host" / "selectivity.csv"
    rows = list(csv.DictReader(io.StringIO(table.read_text())))
    found = [row for row in rows if row["found"] == "true" and float(row["duty_recovered"] or 0) > 0][:4]
    goods = [row for row in rows if row["depth"] in ("full", "partial") and row["found"] == "false"]
    more = [
        {**found[0], "found": "false", "duty_recovered": "", "offence": ""},  # a second item, in order
        {**found[1], "duty_recovered": "11.00"},  # a second infraction
        dict(found[2]),  # exported twice
        {**found[3], "duty_recovered": "-5"},
        {**goods[0], "duty_recovered": "70"},
        {**goods[1], "found": "true", "returned": "2099-01-01T10:00:00+00:00"},
        {**goods[2], "found": "true", "returned": "1999-01-01T10:00:00+00:00"},
    ]
    chosen = list(csv.DictReader(io.StringIO(lanes.read_text())))
    red = next(
        row for row in chosen if row["lane"] == "red" and "RANDOM" not in row["criteria"] and not row["override"]
    )
    twice = [*chosen, {**red, "lane": "green"}, {**red, "criteria": "RANDOM"}]

    def write(file: Path, told: list[dict[str, str]]) -> None:
        with file.open("w", newline="") as opened:
            writer = csv.DictWriter(opened, list(told[0]))
            writer.writeheader()
            writer.writerows(told)

    before = reviewed(month, tmp_path / "before")
    told = []
    for order in (1, -1):
        write(table, [*rows, *more][::order])
        write(lanes, twice[::order])
        told.append(reviewed(folder, tmp_path / f"out{order}"))
    assert {**told[0], "folder": ""} == {**told[1], "folder": ""}
    assert (told[0]["examined"], told[0]["found"]) == (before["examined"], before["found"])
    assert told[0]["recovered"] == pytest.approx(before["recovered"] + 11.0)
    assert told[0]["left_out"] == {
        "rows together": 4, "rows repeated": 1, "lanes differ": 1, "reasons differ": 1, "result future": 1,
        "result before": 1, "amount negative": 1, "amount nothing found": 1,
    }  # fmt: skip
    assert sum(caveat.startswith(("1 rows", "1 amounts", "The rows of 1")) for caveat in told[0]["caveats"]) == 7


def test_amounts_of_several_currencies_are_never_added(month: Path, tmp_path: Path) -> None:
    folder = tmp_path / "monies"
    shutil.copytree(month, folder)
    table = folder / "host" / "results.csv"
    rows = list(csv.DictReader(io.StringIO(table.read_text())))
    found = [row for row in rows if row["found"] == "true" and float(row["duty_recovered"] or 0) > 0]
    for row in found[:2]:
        row["currency"] = "USD"
    with table.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    told = reviewed(folder, tmp_path / "out")
    usual = found[2]["currency"]
    assert told["currency"] == usual and set(told["sums"]) == {usual, "USD"}
    assert told["recovered"] == pytest.approx(told["sums"][usual])
    assert told["sums"]["USD"] == pytest.approx(sum(float(row["duty_recovered"]) for row in found[:2]))
    assert any("never added" in caveat for caveat in told["caveats"])


def test_a_history_that_holds_the_month_itself_does_not_teach_it(month: Path, tmp_path: Path) -> None:
    folder = tmp_path / "known"
    shutil.copytree(month, folder)
    before = reviewed(month, tmp_path / "before")
    lines = (folder / "history" / "declarations.ndjson").read_text().splitlines()
    row = next(csv.DictReader(io.StringIO((folder / "host" / "selectivity.csv").read_text())))
    name = "/".join(row[part] for part in ("office", "year", "serial", "number"))
    case = json.loads(lines[0])
    case["case"]["facts"]["id"] = name
    (folder / "history" / "declarations.ndjson").write_text("\n".join([*lines, json.dumps(case)]) + "\n")
    told = reviewed(folder, tmp_path / "out")
    assert told["left_out"] == {"in history": 1}
    assert told["figures"] == before["figures"] and told["advised"] == before["advised"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "1E+308"])
def test_a_value_that_can_be_none_leaves_the_declaration_out(value: str) -> None:
    from decimal import Decimal

    from cocket.pipeline.risk.monthly_review import _has_real_values
    from cocket.risk import Case
    from tests.risk.given import facts, item

    assert _has_real_values(Case(facts=facts(items=(item(), item(value=None)))))
    assert not _has_real_values(Case(facts=facts(items=(item(), item(value=Decimal(value))))))
    assert not _has_real_values(Case(facts=facts(items=(item(duty=Decimal(value)),))))


def test_french_heads_and_a_chance_outside_its_range(tmp_path: Path) -> None:
    from cocket.pipeline.risk.given_sheet import take

    lanes = (
        "Bureau;Année;Série;Numéro;Circuit;Décision;Propensity\n"
        "LX10;2026;C;1;Rouge;2026-10-01T10:00:00+00:00;0,5\n"
        "LX10;2026;C;2;Rouge;2026-10-01T10:00:00+00:00;1,5\n"
        "LX10;2026;C;3;Rouge;2026-10-01T10:00:00+00:00;-1\n"
        "LX10;2026;C;4;Vert;2026-10-01T10:00:00+00:00;0\n"
    )
    results = "Bureau;Année;Série;Numéro;Type visite;Found;Date retour\nLX10;2026;C;1;Visite complète;oui;2026-10-02\n"
    taken = take([("circuits.csv", lanes.encode()), ("visites.csv", results.encode())])
    first, second = taken.sheet.files
    assert {one.heading: one.field for one in first.columns}["Décision"] == "decided"
    assert [one.field for one in second.columns][4:] == ["depth", "found", "returned"]
    (row,) = [row for row in taken.rows if row.is_examined]
    assert (row.depth, str(row.returned)[:10]) == ("full", "2026-10-02")
    assert taken.chances == {"LX10/2026/C/1": 0.5}
    chance = first.columns[-1]
    assert (first.left_out, chance.left_out, chance.found) == (2, 2, "1,5") and "0 is taken as not known" in chance.note
