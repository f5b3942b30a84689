# SPDX-License-Identifier: Apache-2.0
"""Against rot: a licence line a file, no rooms for odds and ends, no assert, nothing of the machine it was made on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT, File, complaints, tracked_files

SPDX = "SPDX-License-Identifier: Apache-2.0"

#: Endings of files that carry the licence line, within their first three lines.
LICENSED = {".py", ".html", ".css", ".js", ".mjs", ".ts", ".cedar", ".sh", ".sql"}

ODDS_AND_ENDS = {"utils", "util", "helpers", "helper", "common", "core", "services", "managers", "misc", "tools"}

_HOME = r"(?<![\w.])/(?:work|farm|home/\w+|root|Users/\w+)/[\w.-]+"
_REGISTRIES = r"(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|npmmirror\.com|proxy\.golang\.org)"

#: What betrays the machine or the registry a file was made with; written so that this file does not betray itself.
BETRAYALS = re.compile(f"{_HOME}|/tmp/(?:brief|bash_jobs)|https?://[^\\s\"']*{_REGISTRIES}")

#: Text files that speak of registries because that is what they are about.
MAY_NAME_REGISTRIES = {"tests/house/test_tidy.py"}


def unlicensed(path: Path) -> bool:
    """Whether a file lacks its licence line; an empty one says nothing that could be licensed."""
    with path.open(encoding="utf-8", errors="replace") as file:
        head = [file.readline() for _ in range(3)]
    return bool("".join(head).strip()) and not any(SPDX in line for line in head)


def odds_and_ends(file: File) -> Iterator[str]:
    """Modules and folders whose name says nothing."""
    yield from sorted(set(file.path.removesuffix(".py").split("/")) & ODDS_AND_ENDS)


def asserting(file: File) -> Iterator[str]:
    """Asserts in product code, which `python -O` takes away."""
    yield from (f"line {node.lineno}" for node in ast.walk(file.tree) if isinstance(node, ast.Assert))


def unfinished(file: File) -> Iterator[str]:
    """Marks of work left undone."""
    for number, line in enumerate(file.text.splitlines(), start=1):
        if re.search(r"#.*\b(TODO|FIXME|XXX|HACK)\b", line) or "NotImplementedError" in line:
            yield f"line {number}"


def betrayals(text: str) -> list[str]:
    """Paths of the machine and hosts of registries in a text."""
    return [match[0] for match in BETRAYALS.finditer(text)]


def test_every_file_carries_its_licence() -> None:
    ours = [path for path in tracked_files() if path.suffix in LICENSED and "vendor" not in path.parts]
    assert [path.relative_to(ROOT).as_posix() for path in ours if unlicensed(path)] == []


def test_no_room_is_for_odds_and_ends() -> None:
    assert complaints(odds_and_ends) == []


def test_product_code_does_not_assert() -> None:
    assert complaints(asserting) == []


def test_nothing_is_left_undone() -> None:
    assert complaints(unfinished) == []


def test_no_file_betrays_the_machine_it_was_made_on() -> None:
    found = {}
    for path in tracked_files():
        name = path.relative_to(ROOT).as_posix()
        data = path.read_bytes()
        if b"\0" not in data and name not in MAY_NAME_REGISTRIES:
            found[name] = betrayals(data.decode("utf-8", "replace"))
    assert {name: what for name, what in found.items() if what} == {}


def test_a_missing_licence_is_found(tmp_path: Path) -> None:
    good, bad, empty = (tmp_path / name for name in ("good.py", "bad.py", "empty.py"))
    good.write_text(f"#!/usr/bin/env python\n# {SPDX}\n")
    bad.write_text('"""Free."""\n')
    empty.write_text("")
    assert [unlicensed(path) for path in (good, bad, empty)] == [False, True, False]


def test_odds_and_ends_are_found() -> None:
    assert list(odds_and_ends(File("risk/utils.py", ""))) == ["utils"]
    assert list(odds_and_ends(File("helpers/__init__.py", ""))) == ["helpers"]
    assert list(odds_and_ends(File("risk/utility.py", ""))) == []


def test_an_assert_and_an_unfinished_line_are_found() -> None:
    assert list(asserting(File("risk/a.py", "if x:\n    assert y"))) == ["line 2"]
    assert list(unfinished(File("risk/a.py", "x = 1  # TODO: more"))) == ["line 1"]


@pytest.mark.parametrize("text", ["/work" + "/main/x", "/home" + "/someone/x", "https://" + "pypi.org/simple"])
def test_a_betrayal_is_found(text: str) -> None:
    assert betrayals(f"see {text} for more")


@pytest.mark.parametrize("text", ["docs/work/plan", "/var/lib", "/tmp/x", "https://example.org/work/x"])
def test_an_innocent_path_is_no_betrayal(text: str) -> None:
    assert betrayals(f"see {text} for more") == []
