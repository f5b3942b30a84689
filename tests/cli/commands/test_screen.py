# SPDX-License-Identifier: Apache-2.0
"""`cocket screen`: names, files and lines against lists in files, and lists of a house."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cocket.cli import app

LIST = "id,name,kind\n7,Teodor Kranzmayer,person\n8,SEA FERN,vessel\n9,tank shell,goods\n"


@pytest.fixture
def listed(tmp_path: Path) -> str:
    path = tmp_path / "own.csv"
    path.write_text(LIST, encoding="utf-8")
    return str(path)


def run(*words: str, typed: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["screen", *words], input=typed)
    return result.exit_code, result.stdout


def test_a_hit_is_told_with_its_reasons_and_exits_1(listed: str) -> None:
    code, said = run("Theodor Kranzmayer", "--list", listed)
    assert code == 1 and "own/7" in said and "sounds like teodor" in said


def test_nobody_hit_exits_0(listed: str) -> None:
    assert run("Ocean Star", "--list", listed) == (0, "Ocean Star: no hit\n")


def test_lines_of_stdin_and_of_a_file_are_answered_one_each_in_order(listed: str, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("Teodor Kranzmayer\n\nNobody\n", encoding="utf-8")
    _, said = run("--json", "-", str(names), "--list", listed, typed="Kranzmayer Teodor\n")
    answers = [json.loads(line) for line in said.splitlines()]
    assert [answer["name"] for answer in answers] == ["Kranzmayer Teodor", "Teodor Kranzmayer", "Nobody"]
    assert [[hit["id"] for hit in answer["hits"]] for answer in answers] == [["7"], ["7"], []]
    assert set(answers[0]["hits"][0]) >= {"id", "name", "score", "reasons"}


@pytest.mark.parametrize(("what", "name"), [("vessel", "Sea Fern"), ("goods", "ten tank shells")])
def test_vessels_and_goods_are_screened_as_such(listed: str, what: str, name: str) -> None:
    assert run(name, "--as", what, "--list", listed)[0] == 1
    assert run(name, "--list", listed)[0] == 0


def test_wrong_usage_and_an_unreadable_list_are_no_answer(listed: str, tmp_path: Path) -> None:
    assert run("Nobody", "--as", "ghost", "--list", listed)[0] == 2
    assert run("Nobody", "--list", str(tmp_path / "absent.csv"))[0] != 0


def test_a_word_that_is_a_command_can_be_screened_too(listed: str) -> None:
    assert run("names", "list", "--list", listed) == (0, "list: no hit\n")
