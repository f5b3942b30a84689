# SPDX-License-Identifier: Apache-2.0
"""With `--json` every command says on stdout, as JSON, why it failed."""

from __future__ import annotations

import importlib.util
import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from cocket.cli.app import app, main
from tests.ledger.proofs import VKEY

_SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "draw_options.py"

#: Commands that need no file and run on without one: they make something, or measure this machine.
RUNS_ALONE = {
    "cocket demo",
    "cocket simulate",
    "cocket bench",
    "cocket track simulate",
    "cocket track attacks",
    "cocket risk evaluate",
    "cocket risk challenge",
}

#: What is given for an option that has to be there and names no file.
GIVEN = {
    "CODE": "610910",
    "INDEX": "1",
    "URL": "http://127.0.0.1:9",
    "ADDRESS": "0x0000000000000000000000000000000000000001",
    "ACT": "issue",
}


def commands() -> list[tuple[str, Any]]:
    """Every command that has `--json`, by its words."""
    spec = importlib.util.spec_from_file_location("draw_options", _SCRIPT)
    assert spec and spec.loader
    drawing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawing)
    found = [(words, one) for words, one in drawing.commands(get_command(app)) if not hasattr(one, "commands")]
    return [(words, one) for words, one in found if any("--json" in param.opts for param in one.params)]


COMMANDS = dict(commands())


def is_file(param: Any) -> bool:
    """Whether an argument or option names a file or folder that is read."""
    kind = str(param.type_descriptor.annotation)
    return "Path" in kind or "FILE" in (param.metavar or "")


def words_of(command: str, file: Path, home: Path) -> list[str]:
    """How a command is called whose every file is `file`."""
    words = command.split()[1:]
    for param in COMMANDS[command].params:
        name = param.opts[0]
        value = str(file) if is_file(param) else GIVEN.get(param.metavar or "", "1")
        if name == "--home":
            words += ["--home", str(home)]
        elif not name.startswith("-"):
            words += [value] if param.required or is_file(param) else []
        elif param.required:
            words += [name, value]
    return [*words, "--json"]


def run(words: list[str], monkeypatch: pytest.MonkeyPatch, stdin: bytes = b"") -> tuple[int, list[Any]]:
    """The exit code of a command, and its lines of JSON."""
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr("sys.stdout", stdout)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
    monkeypatch.setattr("sys.argv", ["cocket", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    stdout.flush()
    written = stdout.buffer.getvalue()  # type: ignore[attr-defined]  # it is the BytesIO above
    return int(ended.value.code or 0), [json.loads(line) for line in written.splitlines()]


@pytest.mark.parametrize("kind", ["missing", "folder"])
@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - RUNS_ALONE))
def test_what_cannot_be_read_is_told_in_json(
    command: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.write_text("no folder")
    file = tmp_path / "none"
    if kind == "folder":
        file.mkdir()
    monkeypatch.chdir(tmp_path)
    code, lines = run(words_of(command, file, home), monkeypatch)
    assert lines or not code


def test_each_file_that_cannot_be_read_has_a_line_beside_those_that_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").touch()
    names = [str(tmp_path / "none"), str(tmp_path / "empty")]
    code, lines = run(["check", *names, "--json"], monkeypatch)
    assert code == 2
    assert [line["file"] for line in lines] == names
    assert lines[0]["error"]["code"] == "file-unreadable"
    assert lines[1]["outcome"] == "refused"


@pytest.mark.parametrize("words", [["convert"], ["check"], ["check", "x", "--profile", "none"], ["receipt", "none"]])
def test_wrong_usage_is_told_in_json(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, (line,) = run([*words, "--json"], monkeypatch)
    assert (code, line["error"]["code"]) == (2, "usage")
    assert line["error"]["message"]


def test_what_is_good_has_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    code, lines = run(["codes", "show", "country", "NZ", "--json"], monkeypatch)
    assert code == 0
    assert not any("error" in line for line in lines)


@pytest.mark.parametrize(
    "words",
    [
        ["check", "-", "-"],
        ["check", "-", "--files-from", "-"],
        ["receipt", "verify", "-", "--key", "log.vkey", "--message", "-"],
        ["classify", "-", "-"],
    ],
)
def test_standard_input_is_the_one_file_of_a_command(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.vkey").write_text(VKEY)
    monkeypatch.chdir(tmp_path)
    code, lines = run([*words, "--json"], monkeypatch, b"-")
    assert code == 2
    assert "standard input can be read only once" in lines[-1]["error"]["message"]
