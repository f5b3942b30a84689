# SPDX-License-Identifier: Apache-2.0
"""Benchmarks are of a checkout: the command runs there, and says so where the package alone is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.statements import Statement, figures
from tests.house.source import PACKAGE

BENCH = "import sys; from cocket.cli import main; sys.argv = ['cocket', 'bench', *sys.argv[1:]]; main()"


def bench(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", BENCH, *words], capture_output=True, text=True, check=False, env={**os.environ, **more}
    )


def test_a_checkout_has_the_benchmarks() -> None:
    told = bench("nothing")
    assert "nothing" in told.stderr
    assert "installed package" not in told.stderr
    assert "intake" in bench("--help").stdout


def test_the_package_alone_says_where_they_are(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "site-packages"
    shutil.copytree(PACKAGE, site / "cocket", ignore=shutil.ignore_patterns("__pycache__", "static"))
    told = bench("intake", "--seconds", "5", "--json", PYTHONPATH=str(site))
    assert told.returncode == 2
    assert "Run cocket bench from a checkout" in told.stderr


def test_statements_are_told_of_one_declaration_and_none_is_lost() -> None:
    told = list(figures([Statement(f"select {n}", 20, 10, 1.0, 500) for n in range(30)], 10))
    assert (told[0].name, told[0].value, told[0].note) == (
        "  select 0",
        100.0,
        "2.000 calls, 1.00 rows, 50 bytes of WAL",
    )
    assert (told[-2].name, told[-2].value) == ("  5 further statements", 500.0)
    assert (told[-1].name, told[-1].value) == ("statements of a declaration", 3000.0)
