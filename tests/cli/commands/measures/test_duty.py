# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cocket.cli import app
from tests.corpora import corpora
from tests.measures.test_tariff_table import MAPPING, TABLE

KEYS = {"code", "currency", "lines", "total", "payable", "not_computable", "controls", "findings"}
ASKED = {"code": "0102.29.10", "date": "2026-03-01", "value": "1000", "quantities": {"KGM": 20}, "origin": "XB"}


def run(*arguments: str, stdin: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(app, ["measures", *arguments], input=stdin)
    return result.exit_code, result.stdout


def answers(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def tariff(tmp_path: Path) -> Path:
    """A tariff of ours, loaded once from a table and kept."""
    (tmp_path / "xa.csv").write_bytes(TABLE)
    (tmp_path / "xa.toml").write_bytes(MAPPING)
    kept = tmp_path / "xa.json"
    told = run("import", str(tmp_path / "xa.csv"), "--map", str(tmp_path / "xa.toml"), "--out", str(kept))
    assert told == (0, "xa: 2 lines, 8 measures\n")
    return kept


def test_each_question_has_one_answer_with_all_its_keys_and_a_bad_one_fails_alone(tariff: Path) -> None:
    lines = [json.dumps(ASKED), "nonsense", json.dumps({**ASKED, "code": "9999"}), json.dumps({"code": "01022990"})]
    code, text = run("duty", "--tariff", str(tariff), "-", stdin="\n".join(lines))
    assert code == 1
    first, *others = answers(text)
    assert all(set(one) == KEYS for one in (first, *others))
    assert [(line["kind"], line["base"], line["rate"], line["amount"], line["act"]) for line in first["lines"]] == [
        ("duty", "1000 XDC; 20 KGM", "10 % + 5 XDC / KGM", "200.00", "Act 1"),
        ("vat", "1200 XDC", "15 %", "180.00", "Act 1"),
    ]
    assert (first["total"], first["not_computable"], first["findings"]) == ("380.00", [], [])
    assert [[one["code"] for one in other["findings"]] for other in others] == [
        ["question-unreadable"],
        ["code-not-in-tariff"],
        ["question-unreadable"],
    ]
    assert [other["total"] for other in others] == [None, None, None]


def test_what_is_missing_is_named_and_is_no_error(tariff: Path) -> None:
    code, text = run("duty", "--tariff", str(tariff), "-", stdin=json.dumps({**ASKED, "quantities": {}}))
    (only,) = answers(text)
    assert (code, only["total"]) == (0, None)
    assert only["not_computable"][0]["missing"] == [{"reason": "quantity", "what": "KGM"}]


def test_numbers_may_be_strings_or_numbers_and_nothing_is_rounded_on_the_way(tariff: Path) -> None:
    asked = [
        '{"code":"01022910","date":"2026-09-01","value":1234567.89}',
        '{"code":"01022910","date":"2026-09-01","value":"1234567.89","preference":null,"procedure":4000}',
    ]
    _, text = run("duty", "--tariff", str(tariff), "-", stdin="\n".join(asked))
    assert [one["lines"][0]["amount"] for one in answers(text)] == ["148148.15", "148148.15"]


@pytest.mark.parametrize("wrong", ['"value":-1', '"value":"NaN"', '"quantities":{"KGM":-3}'])
def test_an_impossible_number_is_a_finding_and_no_sum(tariff: Path, wrong: str) -> None:
    question = '{"code":"01022910","date":"2026-03-01",' + wrong + "}"
    code, text = run("duty", "--tariff", str(tariff), "-", stdin=question)
    (only,) = answers(text)
    assert (code, only["total"], only["lines"]) == (1, None, [])
    assert [one["code"] for one in only["findings"]] == ["number-not-possible"]


def test_a_direct_question_is_explained_line_by_line(tariff: Path) -> None:
    code, text = run(
        "duty", "--tariff", str(tariff), "--code", "01022910", "--date", "2026-03-01", "--value", "1000",
        "--quantity", "KGM=20", "--with", '{"origin":"XB"}',
    )  # fmt: skip
    assert code == 0
    assert text.splitlines() == [
        "01022910",
        "         200.00 XDC  duty MFN: 10 % + 5 XDC / KGM on 1000 XDC; 20 KGM",
        "                     Act 1, from 2026-01-01",
        "         180.00 XDC  vat VAT: 15 % on 1200 XDC",
        "                     Act 1, from 2026-01-01",
        "total 380.00 XDC",
    ]


def test_show_has_every_measure_of_a_code_and_fails_where_there_is_none(tariff: Path) -> None:
    code, text = run("show", "0102.29", "--tariff", str(tariff), "--json")
    assert code == 0
    assert [(one["code"], len(one["measures"])) for one in answers(text)] == [("01022910", 6), ("01022990", 2)]
    assert run("show", "77", "--tariff", str(tariff))[0] == 1


def test_check_fails_on_what_cannot_be_right(tariff: Path, tmp_path: Path) -> None:
    assert run("check", "--tariff", str(tariff))[0] == 0
    (tmp_path / "two.csv").write_bytes(TABLE + b"0102.29.10,again,NAR,13,,15,2026-09-01,,Act 3\n")
    code, text = run("check", "--tariff", str(tmp_path / "two.csv"), "--map", str(tmp_path / "xa.toml"), "--json")
    assert code == 1
    assert [one["code"] for one in answers(text)[0]["findings"]] == ["rates-overlap"]


def test_a_tariff_that_cannot_be_read_or_no_question_is_wrong_usage(tariff: Path, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    for arguments in (("duty", "--tariff", str(tariff)), ("show", "01")):
        assert run(*arguments)[0] == 2
    for missing in (tmp_path / "none", tmp_path / "other.json"):
        result = CliRunner().invoke(app, ["measures", "show", "01", "--tariff", str(missing)])
        assert result.exception is not None


def test_the_whole_japanese_schedule_and_single_chapters_answer_alike() -> None:
    folder = corpora("host", "japan-tariff")
    question = json.dumps(
        {"code": "0201.30-010", "date": "2026-08-01", "value": 1000, "origin": "AU", "preference": "CPTPP"}
    )
    found = [
        answers(run("duty", "--tariff", str(path), "-", stdin=question)[1])[0]
        for path in (folder, folder / "j_02_tariff_data.json")
    ]
    assert [one["total"] for one in found] == ["208.00", "208.00"]


def test_a_british_answer_alone_and_the_folder_with_its_exchange_rates_answer() -> None:
    folder = corpora("host", "uk-tariff", "xi")
    question = json.dumps(
        {"code": "0103921100", "date": "2021-03-01", "value": 1000, "origin": "JP", "quantities": {"KGM": 250}}
    )
    whole, alone = (
        answers(run("duty", "--tariff", str(path), "-", stdin=question)[1])[0]
        for path in (folder, folder / "commodities" / "0103921100.json")
    )
    assert whole["total"] is not None
    assert alone["total"] is None
    assert alone["not_computable"][0]["missing"] == [{"reason": "exchange-rate", "what": "EUR"}]


def test_the_case_that_holds_is_told_among_numbered_ones_and_said_with_an_option(tmp_path: Path) -> None:
    (tmp_path / "xa.csv").write_bytes(TABLE.replace(b",10 % + 5 XDC/KGM,", b",one of (2 % to 5 %; no concession),"))
    (tmp_path / "xa.toml").write_bytes(MAPPING)
    asked = ("duty", "--tariff", str(tmp_path / "xa.csv"), "--map", str(tmp_path / "xa.toml"), "--code", "01022910")
    asked += ("--date", "2026-03-01", "--value", "1000")
    code, text = run(*asked)
    assert code == 0
    for told in ("(1) MFN: 2 %: 20.00", "(2) MFN: 5 %: 50.00", "(3) MFN: no concession: –"):
        assert told in text
    assert "total" not in text
    code, text = run(*asked, "--case", "MFN: 3.1 %", "--json")
    assert (code, answers(text)[0]["lines"][0]["amount"]) == (0, "31.00")
    code, text = run(*asked, "--case", "MFN: 6 %", "--fact", "lactose-content=12", "--json")
    assert (code, answers(text)[0]["total"], answers(text)[0]["findings"][0]["code"]) == (
        0,
        None,
        "case-without-effect",
    )
