# SPDX-License-Identifier: Apache-2.0
"""`cocket bench`: the benchmarks of a checkout, which the wheel does not carry."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cocket.cli.base.output import JsonOption, complain

#: The checkout, if this is one.
CHECKOUT: Final = Path(__file__).resolve().parents[4]


def _absent(
    names: Annotated[list[str] | None, typer.Argument(help="Benchmark to run.")] = None,
    seconds: Annotated[float, typer.Option("--seconds", help="Duration of each load.")] = 10.0,
    rows: Annotated[int | None, typer.Option("--rows", help="Rows of the risk table.")] = None,
    dossiers: Annotated[int | None, typer.Option("--dossiers", help="Dossiers of pages.")] = None,
    home: Annotated[Path | None, typer.Option("--home", help="Folder in which the dossiers of pages stay.")] = None,
    sizes: Annotated[list[int] | None, typer.Option("--size", help="Dossiers of an instance of curve.")] = None,
    page: Annotated[Path | None, typer.Option("--page", help="Folder for the page that curve draws.")] = None,
    json_lines: JsonOption = False,
) -> None:
    """Measure, beside a limit measured in the same run; from a checkout only."""
    complain("The benchmarks are not part of the installed package. Run cocket bench from a checkout of Cocket.")
    raise typer.Exit(2)


def _present() -> Callable[..., Any]:
    if not (CHECKOUT / "benchmarks" / "command.py").is_file():
        return _absent
    if str(CHECKOUT) not in sys.path:
        sys.path.append(str(CHECKOUT))
    found: Callable[..., Any] = import_module("benchmarks.command").bench
    return found


bench = _present()
