# SPDX-License-Identifier: Apache-2.0
"""How large things may be: a file 500 lines, a function body 40 lines and 5 parameters.

The body of a function is counted without signature and docstring, blank lines and comments included. `self` and
`cls` are not counted as parameters, nor are `*rest` and `**more`; keyword-only ones are. Field tables (`fields.py`)
are exempt, and so are commands, whose parameters are the options that a user types.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.source import File, Function, complaints

FILE_LINES = 500
BODY_LINES = 40
PARAMETERS = 5

#: Functions with more parameters, each with the reason why that is plainer.
WIDE = {
    "errors.py CocketError.__init__": "the fields of an error are its content",
}


def too_long(file: File) -> Iterator[str]:
    """Files and bodies that are too long."""
    if file.path.endswith("fields.py"):
        return
    lines = len(file.text.splitlines())
    if lines > FILE_LINES:
        yield f"{lines} lines"
    for name, function in file.functions():
        length = body_lines(function)
        if length > BODY_LINES:
            yield f"{name} has {length} lines"


def too_wide(file: File) -> Iterator[str]:
    """Functions with too many parameters."""
    for name, function in file.functions():
        count = parameters(function)
        if count > PARAMETERS and f"{file.path} {name}" not in WIDE and not is_command(function):
            yield f"{name} has {count} parameters"


def body_lines(function: Function) -> int:
    """Lines of a body without its docstring (count)."""
    statements = function.body
    if ast.get_docstring(function, clean=False) is not None:
        statements = statements[1:]
    return statements[-1].end_lineno - statements[0].lineno + 1 if statements else 0  # type: ignore[operator]


def parameters(function: Function) -> int:
    """Named parameters without `self` and `cls` (count)."""
    named = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return sum(argument.arg not in ("self", "cls") for argument in named)


def is_command(function: Function) -> bool:
    """Whether its parameters are the options of a command: every default calls `typer`."""
    defaults = [d for d in (*function.args.defaults, *function.args.kw_defaults) if d is not None]
    return bool(defaults) and any("typer." in ast.unparse(node) for node in (*defaults, function.args))


def test_nothing_is_too_long() -> None:
    assert complaints(too_long) == []


def test_nothing_is_too_wide() -> None:
    assert complaints(too_wide) == []


def _function(body: int, signature: str = "self") -> str:
    return f"def f({signature}):\n    '''Says\n    much.'''\n" + "    x = 1\n" * body


def test_a_file_one_line_too_long_is_found() -> None:
    assert list(too_long(File("room/a.py", "x = 1\n" * 500))) == []
    assert list(too_long(File("room/a.py", "x = 1\n" * 501))) == ["501 lines"]
    assert list(too_long(File("room/fields.py", "x = 1\n" * 501))) == []


def test_a_body_one_line_too_long_is_found() -> None:
    assert list(too_long(File("room/a.py", _function(40)))) == []
    assert list(too_long(File("room/a.py", _function(41)))) == ["f has 41 lines"]


def test_a_parameter_too_many_is_found() -> None:
    assert list(too_wide(File("room/a.py", _function(1, "self, a, b, c, *rest, d, e=1, **more")))) == []
    assert list(too_wide(File("room/a.py", _function(1, "self, a, b, c, *, d, e=1, f=2")))) == ["f has 6 parameters"]
    assert list(too_wide(File("room/a.py", _function(1, "a, b, c, d, e, f=typer.Option(1)")))) == []
