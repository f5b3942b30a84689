# SPDX-License-Identifier: Apache-2.0
"""`cocket classify`: suggestions from examples in files, kept in a model, and declared codes held against them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cocket.cli import app
from cocket.cli.commands.classify import _packaged

EXAMPLES = {"roasted coffee beans": "0901210000", "steel screws": "7318158900", "mobile phones": "8517130000"}


@pytest.fixture
def examples(tmp_path: Path) -> str:
    path = tmp_path / "examples.json"
    path.write_text(json.dumps(EXAMPLES), encoding="utf-8")
    return str(path)


def run(*words: str, typed: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["classify", *words], input=typed)
    return result.exit_code, result.stdout


def test_suggestions_come_with_evidence_a_line_each(examples: str) -> None:
    code, said = run("--json", "-", "--examples", examples, typed="coffee beans\nmobile phone\n")
    answers = [json.loads(line) for line in said.splitlines()]
    assert code == 0 and [answer["text"] for answer in answers] == ["coffee beans", "mobile phone"]
    assert [answer["suggestions"][0]["hs6"] for answer in answers] == ["090121", "851713"]
    assert answers[0]["suggestions"][0]["evidence"][0]["text"] == "roasted coffee beans"


def test_a_declared_code_spoken_against_exits_1(examples: str) -> None:
    code, said = run("mobile phones", "--declared", "7318.15", "--examples", examples)
    assert code == 1 and "against" in said and "8517.13" in said
    assert run("mobile phones", "--declared", "8517.13", "--examples", examples)[0] == 0


def test_what_was_learnt_is_kept_and_answers_the_same(examples: str, tmp_path: Path) -> None:
    model = str(tmp_path / "goods.model")
    assert run("--examples", examples, "--save", model) == (0, "")
    assert run("steel screw", "--model", model) == run("steel screw", "--examples", examples)


def test_without_examples_it_says_how_little_it_knows() -> None:
    result = CliRunner().invoke(app, ["classify", "roasted coffee beans"])
    assert result.exit_code == 0 and "0901.21" in result.stdout and "built-in" in result.stderr


def test_nothing_to_classify_is_wrong_usage() -> None:
    assert run()[0] == 2


def test_an_encoder_is_found_in_an_installed_package_which_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "goods_words_model"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('run')")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert _packaged(Path("goods_words_model")) == package / "model"
    assert _packaged(package) is None and _packaged(Path("no_such_package")) is None
