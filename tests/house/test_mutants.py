# SPDX-License-Identifier: Apache-2.0
"""The copy in which the code is changed: its tests run as they do here, and one that fails is named."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from scripts import mutants
from tests import conftest

DEEP = """
def deep(count):
    return 0 if count == 0 else 1 + deep(count - 1)
"""


def room_of(folder: Path, test: str) -> Path:
    """A room of one function that calls itself, with one test."""
    for name, text in {
        "src/deep.py": DEEP,
        "tests/conftest.py": "import os, sys\nsys.setrecursionlimit(int(os.environ['COCKET_TEST_FRAMES']))\n",
        "tests/test_deep.py": f"from deep import deep\n\ndef test_deep():\n    {test}\n",
        "pyproject.toml": mutants.SETTINGS.format(files='["src/*"]', arguments="[]", tests='["tests"]'),
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.mark.slow
def test_calls_may_nest_in_the_changed_copy_as_deep_as_in_the_checkout(tmp_path: Path) -> None:
    room = room_of(tmp_path, "assert deep(700) == 700")
    done = mutants.mutmut(room, "run", "--max-children", "1")
    said = mutants.verdicts(room)
    assert said and set(said.values()) <= set(mutants.NOTICED), done.stdout[-2000:]


@pytest.mark.slow
def test_a_test_that_fails_before_anything_is_changed_is_named(tmp_path: Path) -> None:
    done = mutants.mutmut(room_of(tmp_path, "assert deep(7) == 8"), "run", "--max-children", "1")
    assert "FAILED tests/test_deep.py::test_deep" in done.stdout + done.stderr


def test_the_suite_keeps_to_the_depth_that_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert int(os.environ.get("COCKET_TEST_FRAMES", "1000")) == conftest.FRAMES
    monkeypatch.setattr(conftest, "FRAMES", 1_234)
    conftest.pytest_runtest_setup()
    try:
        assert sys.getrecursionlimit() == 1_234
    finally:
        monkeypatch.undo()
        conftest.pytest_runtest_setup()
