# SPDX-License-Identifier: Apache-2.0
"""What a user may turn or type is written down, and so is every noun of the model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import typer
from typer.core import TyperGroup
from typer.main import get_group

from cocket import model
from cocket.settings import Settings
from cocket.standards import STANDARDS
from tests.house.source import ROOT

SAMPLES = ROOT / "tests" / "samples"


def page(name: str) -> str:
    """Text of a page of the documentation; nothing if there is none."""
    path = ROOT / "docs" / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def missing(names: Iterable[str], text: str) -> list[str]:
    """Names that do not occur in a text as whole words, or as code."""
    return [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]


def command_names(command: TyperGroup, before: str = "cocket") -> Iterator[str]:
    """Every command with the words before it, such as `cocket ledger verify`."""
    for name, one in command.commands.items():
        if isinstance(one, TyperGroup):
            yield from command_names(one, f"{before} {name}")
        else:
            yield f"{before} {name}"


def setting_names() -> list[str]:
    """Every setting under its name in the environment."""
    return [f"COCKET_{name.upper()}" for name in Settings.__struct_fields__]


def test_every_command_is_documented() -> None:
    from cocket.cli import app  # the other gates here do not wait for the command line

    commands = list(command_names(get_group(app)))
    assert "cocket check" in commands
    assert missing(commands, page("reference/cli.md")) == []


def test_every_setting_is_documented() -> None:
    assert missing(setting_names(), page("reference/settings.md")) == []


def test_every_noun_of_the_model_is_in_the_glossary() -> None:
    assert missing(model.__all__, page("glossary.md")) == []


def test_every_standard_has_a_page_and_samples() -> None:
    assert STANDARDS
    for standard in STANDARDS:
        folder = standard.read.__module__.removeprefix("cocket.standards.").split(".")[0].replace("_", "-")
        pages = page(f"standards/{standard.name}.md") + page(f"standards/{folder}.md")
        assert standard.name in pages, f"{standard.name} has no page"
        assert any(path.is_file() for path in (SAMPLES / standard.name).rglob("*.*")), f"{standard.name} has no samples"


def test_a_missing_name_is_found() -> None:
    text = "`cocket check` and COCKET_API_PORT; a Party is …"
    assert missing(["cocket check", "COCKET_API_PORT", "Party"], text) == []
    assert missing(["cocket che", "COCKET_API", "Part", "Seal"], text) == ["cocket che", "COCKET_API", "Part", "Seal"]


def test_commands_of_groups_are_walked() -> None:
    outer, inner = typer.Typer(), typer.Typer()
    inner.command("verify")(lambda: None)
    outer.add_typer(inner, name="ledger")
    assert list(command_names(get_group(outer))) == ["cocket ledger verify"]
