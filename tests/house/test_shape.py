# SPDX-License-Identifier: Apache-2.0
"""How many parameters a function may take by place: five.

`self` and `cls` are not counted, nor are `*rest`, `**more` and keyword-only ones, which are named where they are given.
Commands are exempt, whose parameters are the options that a user types, and routes, whose parameters are parts of an
address and what they depend on. A file is one idea, whole: it has no limit.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.source import File, Function, complaints

PARAMETERS = 5

#: Functions with more parameters, each with the reason why that is plainer.
WIDE = {
    "errors.py CocketError.__init__": "the fields of an error are its content",
}


def too_wide(file: File) -> Iterator[str]:
    """Functions with too many parameters."""
    for name, function in file.functions():
        count = parameters(function)
        if (
            count > PARAMETERS
            and f"{file.path} {name}" not in WIDE
            and not (is_command(function) or is_route(function))
        ):
            yield f"{name} has {count} parameters"


def parameters(function: Function) -> int:
    """Parameters by place, without `self` and `cls` (count)."""
    named = [*function.args.posonlyargs, *function.args.args]
    return sum(argument.arg not in ("self", "cls") for argument in named)


def is_command(function: Function) -> bool:
    """Whether its parameters are the options of a command: every default calls `typer`."""
    defaults = [d for d in (*function.args.defaults, *function.args.kw_defaults) if d is not None]
    return bool(defaults) and any("typer." in ast.unparse(node) for node in (*defaults, function.args))


def is_route(function: Function) -> bool:
    """Whether a router calls it."""
    return any(ast.unparse(one).startswith("routes.") for one in function.decorator_list)


def test_nothing_is_too_wide() -> None:
    assert complaints(too_wide) == []


def _function(body: int, signature: str = "self") -> str:
    return f"def f({signature}):\n    '''Says\n    much.'''\n" + "    x = 1\n" * body


def test_a_parameter_too_many_is_found() -> None:
    assert list(too_wide(File("room/a.py", _function(1, "self, a, b, c, d, e=1, *rest, f, **more")))) == []
    assert list(too_wide(File("room/a.py", _function(1, "self, a, b, c, d, e, f=2")))) == ["f has 6 parameters"]
    assert list(too_wide(File("room/a.py", _function(1, "a, b, c, d, e, f=typer.Option(1)")))) == []
    assert list(too_wide(File("room/a.py", "@routes.get('/a')\n" + _function(1, "a, b, c, d, e, f")))) == []
    assert list(too_wide(File("room/a.py", "@kept.get('/a')\n" + _function(1, "a, b, c, d, e, f")))) != []
