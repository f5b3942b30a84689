# SPDX-License-Identifier: Apache-2.0
"""What must be said in the code: sources of what follows a standard, and what each room is for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.source import PACKAGE, File, Function, complaints, package_files

#: Rooms that follow standards closely enough that each public function names its clause.
SOURCED = ("standards", "ledger", "codes")

ROOM_LINES = 12


def unsourced(file: File) -> Iterator[str]:
    """Public functions of these rooms that do not say what they rest on.

    Public are module functions and methods of public classes without a leading underscore. A method may leave it to
    its class, a property always does, and a module that says it once says it for all that stands in it.
    """
    if file.room not in SOURCED or "Source:" in (ast.get_docstring(file.tree) or ""):
        return
    for node in file.tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            if not _names_source(node):
                yield from (f"{node.name}.{m.name}" for m in _public(node.body) if not _names_source(m))
        elif isinstance(node, Function):
            yield from (f.name for f in _public([node]) if not _names_source(f))


def _public(body: list[ast.stmt]) -> Iterator[Function]:
    for node in body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
            if not decorators & {"property", "cached_property", "overload"}:
                yield node


def _names_source(node: ast.ClassDef | Function) -> bool:
    return "Source:" in (ast.get_docstring(node) or "")


def undocumented(file: File) -> Iterator[str]:
    """Modules, public classes and public functions without a docstring."""
    if not ast.get_docstring(file.tree):
        yield "module"
    for node in file.tree.body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_") and not ast.get_docstring(node):
            yield node.name


def bad_room(file: File) -> Iterator[str]:
    """A room whose `__init__` says too much, or does not list its front door."""
    if file.path.count("/") != 1 or not file.path.endswith("/__init__.py"):
        return
    lines = len((ast.get_docstring(file.tree) or "").splitlines())
    if not 1 <= lines <= ROOM_LINES:
        yield f"docstring of {lines} lines"
    listed = next((node for node in file.tree.body if _assigns_all(node)), None)
    if listed is None:
        yield "no __all__"


def _assigns_all(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)


def test_what_follows_a_standard_names_it() -> None:
    assert complaints(unsourced) == []


def test_everything_public_says_what_it_is_for() -> None:
    assert complaints(undocumented) == []


def test_every_room_says_what_it_is_for_and_where_its_door_is() -> None:
    assert complaints(bad_room) == []
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    doors = {file.room for file in package_files() if file.path.endswith("/__init__.py")}
    assert rooms == doors


def test_a_missing_source_is_found() -> None:
    bare = 'def check(x):\n    """Checks."""\n'
    assert list(unsourced(File("codes/a.py", bare))) == ["check"]
    assert list(unsourced(File("risk/a.py", bare))) == []
    assert list(unsourced(File("codes/a.py", bare.replace("Checks.", "Checks. Source: ISO 1.")))) == []
    assert list(unsourced(File("codes/a.py", f'"""Codes. Source: ISO 1."""\n{bare}'))) == []
    method = 'class A:\n    """An A.{}"""\n    def m(self):\n        """Does."""\n'
    method += '    @property\n    def p(self):\n        """P."""\n'
    assert list(unsourced(File("codes/a.py", method.format("")))) == ["A.m"]
    assert list(unsourced(File("codes/a.py", method.format(" Source: ISO 1.")))) == []


def test_a_silent_function_is_found() -> None:
    assert list(undocumented(File("risk/a.py", '"""A."""\ndef f(): ...\nclass _C: ...\n'))) == ["f"]
    assert list(undocumented(File("risk/a.py", "x = 1\n"))) == ["module"]


def test_a_talkative_room_and_one_without_a_door_are_found() -> None:
    talk = '"""' + "word\n" * 13 + '"""\n__all__ = []\n'
    assert list(bad_room(File("risk/__init__.py", talk))) == ["docstring of 13 lines"]
    assert list(bad_room(File("risk/__init__.py", '"""Room."""\n'))) == ["no __all__"]
    assert list(bad_room(File("risk/models/__init__.py", ""))) == []
