# SPDX-License-Identifier: Apache-2.0
"""Draw docs/reference/options.md: every command with its arguments and options, from the commands themselves.

python scripts/draw_options.py          write the page anew
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "options.md"
_HEAD = """# Every option of every command

Drawn from the commands by `scripts/draw_options.py`; `cocket COMMAND --help` says the same, with examples. What the
commands are for is in the [reference of commands](cli.md).

`--help` is left out. What stands in capitals is what you give; a trailing `…` may be given several times.
"""


def commands(group: Any, before: str = "cocket") -> Iterator[tuple[str, Any]]:
    """Every command with the words before it, and groups that take options of their own, in the order of the help."""
    yield before, group
    for name in group.list_commands(None):
        one = group.commands[name]
        if hasattr(one, "commands"):
            yield from commands(one, f"{before} {name}")
        else:
            yield f"{before} {name}", one


def rows(command: Any) -> list[str]:
    """A line for each argument and option of a command (0..n)."""
    found = []
    for one in command.params:
        if one.hidden or one.name == "help":
            continue
        is_argument = not one.opts[0].startswith("-")
        names = [one.metavar or one.name.upper()] if is_argument else [*one.opts, *one.secondary_opts]
        words = ", ".join(f"`{_cell(name)}`" for name in names)
        words += "" if is_argument or one.is_flag else f" {_cell(_value(one))}"
        words += " …" if (one.multiple or one.nargs == -1) and "…" not in words else ""
        needed = " Needed." if one.required and not is_argument else ""
        found.append(f"- {words}: {_cell(one.help or '')}{needed}")
    return found


def _value(one: Any) -> str:
    """What is given to an option, as its help calls it; else by its type."""
    annotation = one.type_descriptor.annotation
    annotation = next(iter(get_args(annotation)), annotation)
    if one.metavar:
        return str(one.metavar)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "|".join(str(member.value) for member in annotation)
    return {"str": "TEXT", "int": "N", "float": "X", "Path": "PATH", "datetime": "DAY"}.get(
        getattr(annotation, "__name__", ""), "VALUE"
    )


def _cell(text: str) -> str:
    return " ".join(text.split())


def drawn(app: Any) -> str:
    """The page.

    Args:
        app: The command line as Click sees it.
    """
    parts = [_HEAD]
    for name, command in commands(app):
        lines = rows(command)
        if lines:
            said = inspect.cleandoc(command.help or "").split("\n\n")[0]
            parts.append(f"## {name}\n\n{' '.join(said.split())}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    from typer.main import get_group

    from cocket.cli import app

    PAGE.write_text(drawn(get_group(app)), encoding="utf-8")
