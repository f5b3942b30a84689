# SPDX-License-Identifier: Apache-2.0
"""The source as the architecture tests see it: files, their syntax trees, functions and classes.

Every gate is a function from one `File` to complaints, so that a control can plant a breach in a text and see it found.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "cocket"

#: Rooms that receive values and give values, and nothing else.
PURE = (
    "errors.py",
    "findings",
    "codes",
    "model",
    "standards",
    "ledger",
    "governance",
    "consignment",
    "tracking",
    "risk",
    "control",
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


class File:
    """One Python file.

    Args:
        path: Where it is, or would be, within the package (`model/party.py`).
        text: What stands in it.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @property
    def room(self) -> str:
        """First part of the path: a folder, or a file that stands in the hall."""
        return self.path.split("/")[0]

    @property
    def is_pure(self) -> bool:
        """Whether it belongs to a pure room."""
        return self.room in PURE

    def functions(self) -> Iterator[tuple[str, Function]]:
        """Every function with its qualified name, nested ones too."""
        yield from _functions(self.tree, "")


def _functions(node: ast.AST, within: str) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        name = within
        if isinstance(child, Function):
            name = f"{within}{child.name}"
            yield name, child
            name += "."
        elif isinstance(child, ast.ClassDef):
            name = f"{within}{child.name}."
        yield from _functions(child, name)


@cache
def package_files() -> tuple[File, ...]:
    """Every Python file of the package, migrations included; read and parsed once for all gates of a process."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return tuple(File(path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")) for path in paths)


def complaints(gate: Callable[[File], Iterator[str]]) -> list[str]:
    """What a gate has to say of the whole package."""
    return [f"{file.path}: {complaint}" for file in package_files() for complaint in gate(file)]


def tracked_files() -> list[Path]:
    """Every file that is, or is about to be, in the repository; of an export without one, every file of ours."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        folders = ("src", "tests", "docs", "requirements", "benchmarks")
        return [path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if path.is_file()]
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]
