# SPDX-License-Identifier: Apache-2.0
"""Pure rooms ask neither the clock nor chance, and neither log nor print: what they need comes in as an argument."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.source import File, complaints

#: Last two parts of a call that asks the world.
IMPURE_CALLS = frozenset(
    {
        "datetime.now",
        "datetime.today",
        "datetime.utcnow",
        "date.today",
        "time.time",
        "time.time_ns",
        "time.monotonic",
        "time.perf_counter",
        "time.sleep",
        "os.urandom",
        "os.getrandom",
        "os.environ",
        "os.getenv",
        "uuid.uuid1",
        "uuid.uuid4",
        "random.default_rng",
        "Generator.generate",
    }
)

#: Names that ask the world by themselves.
IMPURE_NAMES = frozenset({"uuid1", "uuid4", "urandom", "getrandom", "token_bytes", "token_hex", "print", "input"})

#: Modules whose every use asks the world.
IMPURE_MODULES = frozenset({"random", "secrets", "socket", "time", "subprocess", "logging", "sqlite3"})


def asks_the_world(file: File) -> Iterator[str]:
    """Calls and imports of a pure room that depend on more than their arguments."""
    if not file.is_pure:
        return
    seeded = {node.func for node in ast.walk(file.tree) if isinstance(node, ast.Call) and node.args}
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Attribute):
            name = ".".join(ast.unparse(node).split(".")[-2:])
            if name == "random.default_rng" and node in seeded:
                continue
            if name in IMPURE_CALLS or name.startswith("random."):
                yield f"line {node.lineno}: {name}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_NAMES:
            yield f"line {node.lineno}: {node.func.id}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for module in _imported(node):
                if module.split(".")[0] in IMPURE_MODULES:
                    yield f"line {node.lineno}: import of {module}"


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]


def test_pure_rooms_ask_nothing_of_the_world() -> None:
    assert complaints(asks_the_world) == []


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)",
        "datetime.datetime.now()",
        "x = time.time",
        "import random",
        "from random import choice",
        "np.random.default_rng()",
        "numpy.random.rand(3)",
        "os.urandom(8)",
        "uuid.uuid4()",
        "uuid4()",
        "print('x')",
        "os.environ['X']",
    ],
)
def test_a_planted_question_is_found(line: str) -> None:
    assert list(asks_the_world(File("risk/a.py", line)))
    assert list(asks_the_world(File("gate/a.py", line))) == []


def test_a_moment_handed_in_is_no_question() -> None:
    text = "def f(now):\n    return datetime(2026, 1, 1) < now and uuid.UUID(int=1)"
    assert list(asks_the_world(File("risk/a.py", text))) == []


def test_dice_with_a_seed_are_no_question() -> None:
    assert list(asks_the_world(File("risk/a.py", "dice = np.random.default_rng(7)"))) == []
