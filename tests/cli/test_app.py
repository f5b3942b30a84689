# SPDX-License-Identifier: Apache-2.0
"""Commands are loaded when they are called, and say what is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

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


def test_a_command_loads_no_other() -> None:
    program = "import sys; from cocket.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    told = subprocess.run(
        [sys.executable, "-c", program, "ledger", "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = told.stderr.split()
    assert "cocket.cli.ledger" in loaded
    assert not {"cocket.pipeline", "cocket.cli.check", "fastapi", "numpy"} & set(loaded)


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
