# SPDX-License-Identifier: Apache-2.0
"""Commands are loaded when they are called, and say what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cocket.cli.app import PLACES
from tests.messages import declaration

#: The command line in a Python without a package.
WITHOUT = """
import sys
sys.modules["{package}"] = None
from cocket.cli import main
sys.argv = ["cocket", *{words!r}]
main()
"""


def run(words: list[str], without: str = "nothing") -> subprocess.CompletedProcess[str]:
    """One command in a process of its own."""
    program = WITHOUT.format(package=without, words=words)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    "command", sorted(name for name, place in PLACES.items() if not (place.needs_server or place.added_by_server))
)
def test_a_command_that_needs_no_server_loads_neither_that_nor_another(command: str) -> None:
    program = "import sys; from cocket.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    words = [sys.executable, "-c", program, command, "--help"]
    told = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    loaded = set(told.stderr.split())
    assert f"cocket.cli.commands.{PLACES[command].module}" in loaded
    assert not {"cocket.pipeline", "cocket.cli.commands.serve", "fastapi", "psycopg"} & loaded


def test_a_message_is_checked_without_the_server() -> None:
    program = "import sys; from cocket.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    words = [sys.executable, "-c", program, "check", "-"]
    told = subprocess.run(words, input=declaration("A-1"), capture_output=True, timeout=60, check=False)
    loaded = set(told.stderr.decode().split())
    assert "cocket.cli.commands.check" in loaded
    assert not {"cocket.pipeline", "fastapi", "psycopg", "numpy"} & loaded


def test_what_few_commands_compute_with_is_loaded_by_those_alone() -> None:
    """Hundreds of commands are run by hand and by timers: each loads the instance, and none pays for statistics of a pilot."""
    program = "import sys; from cocket.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    words = [sys.executable, "-c", program, "status", "--help"]
    told = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    loaded = set(told.stderr.split())
    assert "cocket.pipeline" in loaded
    assert not {"scipy.stats", "scipy.optimize", "webauthn", "lightgbm", "sklearn", "duckdb", "typst"} & loaded


@pytest.mark.parametrize("words", [["serve"], ["key", "add", "acme", "--role", "trader"], ["track", "alerts"]])
def test_where_the_server_is_not_installed_a_command_says_what_it_needs(words: list[str]) -> None:
    told = run(words, without="psycopg")
    assert told.returncode == 2
    assert "psycopg" in told.stderr
    assert "cocket[server,risk]" in told.stderr


def test_without_the_server_what_needs_none_is_there() -> None:
    told = run(["credential", "--help"], without="psycopg")
    assert told.returncode == 0
    assert "verify" in told.stdout
    assert "recognise" not in told.stdout
    assert "recognise" in run(["credential", "--help"]).stdout


def test_a_slip_is_told_what_was_meant() -> None:
    told = run(["lodger"])
    assert told.returncode == 2
    assert "'lodge'" in told.stderr


def test_with_json_an_error_is_a_line_of_json_too(tmp_path: Path) -> None:
    for words in (
        ("convert", str(tmp_path / "none.xml"), "--to", "wco-dm"),
        ("convert", str(tmp_path), "--to", "wco-dm"),
        ("credential", "verify", str(tmp_path / "none.json")),
    ):
        done = run([*words, "--json"])
        assert done.returncode == 2
        error = json.loads(done.stdout)["error"]
        assert error["code"] and error["message"] in done.stderr
        assert run([*words]).stdout == ""
