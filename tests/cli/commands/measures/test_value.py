# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cocket.cli.commands.measures.value import value
from cocket.errors import SettingsError, UnreadableError
from cocket.measures.tariff import Line, write_tariff
from tests.measures.making import measure, percent, tariff

Ask = Callable[..., Result]


@pytest.fixture
def ask() -> Ask:
    """The command, alone."""
    app = typer.Typer()
    app.command("value")(value)

    def asked(*arguments: str | Path, stdin: str = "") -> Result:
        return CliRunner().invoke(app, [str(one) for one in arguments], input=stdin)

    return asked


def line(price: float = 5, **fields: Any) -> str:
    whole = {
        "code": "6109.10.00", "origin": "XA", "date": "2026-06-01", "value": str(price * 100), "currency": "USD",
        "quantity": 100, "unit": "KGM", "level": "wholesale", **fields,
    }  # fmt: skip
    return json.dumps(whole)


@pytest.fixture
def past(tmp_path: Path) -> Path:
    path = tmp_path / "past.csv"
    rows = [f"61091000,XA,2026-05-{n + 1:02d},{460 + 10 * n},USD,100,KGM,wholesale,T{n}" for n in range(12)]
    path.write_text("code,origin,date,value,currency,quantity,unit,level,trader\n" + "\n".join(rows) + "\n")
    return path


def told(result: Result) -> list[dict[str, Any]]:
    return [json.loads(one) for one in result.stdout.splitlines() if one.startswith("{")]


def test_each_line_gets_one_answer_in_its_order(ask: Ask, past: Path) -> None:
    items = "\n".join([line(1), line(5), "", line(5, origin="XB")])
    result = ask("--json", "-", "--history", past, stdin=items)
    assert result.exit_code == 0
    assert [one["outcome"] for one in told(result)] == ["ask", "nothing-unusual", "cannot-say"]


def test_an_answer_describes_its_set_and_asks_and_names_no_value(ask: Ask, past: Path) -> None:
    answer = told(ask("--json", "-", "--history", past, stdin=line(1)))[0]
    assert answer["declared_unit_value"] == "1"
    assert (answer["rank"], answer["distance"] < -2.5) == (0, True)
    assert {name: answer["set"][name] for name in ("code", "depth", "origin", "unit", "currency", "level", "traders")} == {
        "code": "61091000", "depth": "whole", "origin": "XA", "unit": "KGM", "currency": "USD", "level": "wholesale",
        "traders": 12,
    }  # fmt: skip
    assert answer["set"]["spread"]["size"] == 12
    assert answer["set"]["spread"]["lowest"] == pytest.approx(4.6)
    assert [one["code"] for one in answer["set"]["weaknesses"]] == ["set-small"]
    assert answer["grounds"][0]["code"] == "value-under-others"
    assert "explain" in answer["question"][0]
    assert "contract" in [one["name"] for one in answer["papers"]]


def test_an_item_that_cannot_be_read_says_so_and_the_others_are_answered(ask: Ask, past: Path) -> None:
    items = "\n".join(["{", "[" * 9_000, '{"code": 1}', line(1, date="soon"), line(1, value="much"), line(1)])
    result = ask("--json", "-", "--history", past, stdin=items)
    assert result.exit_code == 1
    assert [one["outcome"] for one in told(result)] == [*["cannot-say"] * 5, "ask"]
    assert {one["grounds"][0]["code"] for one in told(result)[:5]} == {"item-unreadable"}


@pytest.mark.parametrize("fields", [{"value": 0}, {"value": -5}, {"quantity": 0}, {"origin": None}, {"code": "61"}])
def test_what_cannot_be_compared_is_no_error_and_gives_no_figure(ask: Ask, past: Path, fields: dict[str, Any]) -> None:
    result = ask("--json", "-", "--history", past, stdin=line(1, **fields))
    answer = told(result)[0]
    assert result.exit_code == 0
    assert (answer["outcome"], answer["set"], answer["declared_unit_value"]) == ("cannot-say", None, None)


def test_a_past_in_ndjson_is_as_good_as_a_table(ask: Ask, past: Path, tmp_path: Path) -> None:
    lines = tmp_path / "past.ndjson"
    rows = [line(4.6 + n / 10, date=f"2026-05-{n + 1:02d}", trader=f"T{n}") for n in range(12)]
    lines.write_text("\n".join(rows))
    of_table, of_lines = (told(ask("--json", "-", "--history", one, stdin=line(1)))[0] for one in (past, lines))
    assert of_lines["outcome"] == of_table["outcome"] == "ask"
    assert of_lines["set"] == of_table["set"]


def test_past_lines_that_cannot_serve_are_told_with_their_place(ask: Ask, past: Path) -> None:
    with past.open("a") as file:
        file.write("61091000,XA,2026-05-20,0,USD,5,KGM,,\n61091000,XA,soon,1,USD,5,KGM,,\n")
    result = ask("--json", "-", "--history", past, stdin=line(1))
    assert f"{past}:14: the value is 0" in result.stderr.replace("\n", "")
    assert f"{past}:15: the item cannot be read" in result.stderr.replace("\n", "")
    assert told(result)[0]["set"]["spread"]["size"] == 12


def test_currencies_meet_only_where_rates_are_given(ask: Ask, past: Path, tmp_path: Path) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text("currency,from,rate\nEUR,2026-01-01,2\n")
    in_euro = line(2.5, currency="EUR")
    alone = told(ask("--json", "-", "--history", past, stdin=in_euro))[0]
    together = told(ask("--json", "-", "--history", past, "--rates", rates, "--currency", "USD", stdin=in_euro))[0]
    assert (alone["outcome"], together["outcome"]) == ("cannot-say", "nothing-unusual")
    assert together["declared_unit_value"] == "5"


def test_for_a_person_it_says_the_same_in_words(ask: Ask, past: Path, tmp_path: Path) -> None:
    items = tmp_path / "items.ndjson"
    items.write_text(line(1) + "\n")
    words = " ".join(ask(items, "--history", past).stdout.split())
    assert "6109.10.00 ask the value per KGM is 81 % below the median of 12 declarations" in words
    assert "weak: the set has only 12 members" in words
    assert "Papers: contract of sale" in words


def test_wrong_files_and_wrong_usage_are_told(ask: Ask, past: Path, tmp_path: Path) -> None:
    table = tmp_path / "odd.csv"
    table.write_text("a,b\n1,2\n")
    assert isinstance(ask("-", "--history", tmp_path / "none.csv").exception, SettingsError)
    assert isinstance(ask("-", "--history", table).exception, UnreadableError)
    assert ask("-", "--history", past, "--basis", "DDP").exit_code == 2
    assert ask("-").exit_code == 2


def test_with_a_tariff_it_says_which_guarantee_would_be_sufficient(ask: Ask, past: Path, tmp_path: Path) -> None:
    kept = tmp_path / "tariff.json"
    lines = {"61091000": Line(code="61091000")}
    duty = measure("duty", percent("10"), code="61091000")
    kept.write_bytes(write_tariff(tariff(duty, lines=lines, currency="USD")))
    items = "\n".join([line(1), line(5)])
    answers = told(ask("--json", "-", "--history", past, "--tariff", kept, stdin=items))
    assert float(answers[0]["guarantee"]["amount"]) == pytest.approx((5.425 - 1) * 100 / 10, abs=0.02)
    assert answers[0]["guarantee"]["currency"] == "USD"
    assert answers[1]["guarantee"] is None
