# SPDX-License-Identifier: Apache-2.0
"""The import contract of `.importlinter`, and a control with every kind of breach."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import PACKAGE, ROOT

_LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"


def lint(folder: Path, source: Path) -> subprocess.CompletedProcess[str]:
    """Judge the package under `source` by the contract in `folder`."""
    environment = {**os.environ, "PYTHONPATH": str(source), "COLUMNS": "400", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-c", _LINT], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_import_contract_holds() -> None:
    result = lint(ROOT, ROOT / "src")
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_standard_is_in_the_contract() -> None:
    contract = (ROOT / ".importlinter").read_text(encoding="utf-8")
    listed = set(re.findall(r"^ {4}cocket\.standards\.(\w+)$", contract, re.MULTILINE))
    folders = {path.name for path in (PACKAGE / "standards").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert listed == folders


def test_rooms_in_parentheses_are_not_built_and_others_are() -> None:
    contract = (ROOT / ".importlinter").read_text(encoding="utf-8")
    layers = re.search(r"^layers =\n((?: {4}.*\n)+)", contract, re.MULTILINE)
    assert layers
    rooms = [room.strip() for row in layers[1].splitlines() for room in row.split("|")]
    for room in rooms:
        name = room.strip("()")
        is_built = (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()
        assert is_built is not room.startswith("("), f"{room}: built is {is_built}"


BREACHES = {
    "model/party.py": "import cocket.consignment",  # up
    "consignment/link.py": "import cocket.ledger.tree, socket",  # a pure room to a socket
    "standards/asycuda/values.py": "import cocket.standards.wco_dm",  # sideways
    "workbench/app.py": "import cocket.stores",  # a page to the shelves
    "pipeline/tracking/places.py": "import cocket.pipeline.control.draws",  # a topic to another
    "pipeline/base/ids.py": "import cocket.pipeline.consignment.papers",  # what all topics stand on, up
    "pipeline/intake/messages.py": "import cocket.pipeline.assessment.worker",  # what joins topics, sideways
    "stores/tracking/places.py": "import cocket.stores.control.orders",  # the rows of a topic to those of another
    "workbench/measures/doubts.py": "import cocket.workbench.screening.labels",  # the pages of a topic to those of another
    "pipeline/helpers/__init__.py": '"""A topic nobody decided on."""',
    "helpers/__init__.py": '"""A room nobody decided on."""',
}


@pytest.fixture(scope="module")
def breached(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(PACKAGE, folder / "cocket", ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / ".importlinter", folder)
    for path, line in BREACHES.items():
        target = folder / "cocket" / path
        target.parent.mkdir(exist_ok=True)
        before = target.read_text(encoding="utf-8") if target.exists() else ""
        target.write_text(f"{before}\n{line}\n", encoding="utf-8")
    result = lint(folder, folder)
    assert result.returncode == 1
    return result.stdout


@pytest.mark.parametrize(
    "complaint",
    [
        r"cocket\.model is not allowed to import cocket\.consignment",
        r"cocket\.consignment is not allowed to import socket",
        r"cocket\.standards\.asycuda is not allowed to import cocket\.standards\.wco_dm",
        r"cocket\.workbench\.app.*cocket\.stores",
        r"cocket\.pipeline\.tracking is not allowed to import cocket\.pipeline\.control",
        r"cocket\.pipeline\.base is not allowed to import cocket\.pipeline\.consignment",
        r"cocket\.pipeline\.intake is not allowed to import cocket\.pipeline\.assessment",
        r"cocket\.stores\.tracking is not allowed to import cocket\.stores\.control",
        r"cocket\.workbench\.measures is not allowed to import cocket\.workbench\.screening",
        r"not listed as layers[\s\S]*cocket\.pipeline\.helpers",
        r"not listed as layers[\s\S]*cocket\.helpers",
        r"No two rooms import each other, directly or by way of others BROKEN",
    ],
)
def test_a_planted_breach_is_found(breached: str, complaint: str) -> None:
    assert re.search(complaint, breached), breached
