# SPDX-License-Identifier: Apache-2.0
"""What a user may turn or type is written down, and so is every noun of the model; and pages lead to each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import typer
from typer.core import TyperGroup
from typer.main import get_group

from cocket import model
from cocket.settings import Settings
from cocket.standards import STANDARDS
from scripts.draw_options import commands, drawn
from tests.house.source import ROOT, tracked_files

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


def anchors(text: str) -> set[str]:
    """Names by which the headings of a page can be linked to, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def dead_links(path: Path, text: str) -> Iterator[str]:
    """Links of a page to files that are not there, or to headings that the other page does not have."""
    for link in re.findall(
        r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
    ):
        name, _, anchor = link.partition("#")
        there = path if not name else (path.parent / name).resolve()
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        known = (
            anchors(there.read_text(encoding="utf-8")) if anchor and there.suffix == ".md" and there.is_file() else None
        )
        if not there.exists() or (known is not None and anchor not in known):
            yield link


def test_every_link_of_every_page_leads_somewhere() -> None:
    pages = [path for path in tracked_files() if path.suffix == ".md" and "vendor" not in path.parts]
    dead = {path.relative_to(ROOT).as_posix(): [*dead_links(path, path.read_text("utf-8"))] for path in pages}
    assert len(pages) > 100
    assert {name: links for name, links in dead.items() if links} == {}


def broken_tables(text: str) -> Iterator[int]:
    """Lines (1-based) of rows of tables that a blank line parts from their heading, so that they are shown as text."""
    lines = re.sub(r"^```.*?^```", lambda match: "\n" * match[0].count("\n"), text, flags=re.M | re.S).split("\n")
    for place, line in enumerate(lines):
        is_first = line.startswith("|") and (place == 0 or not lines[place - 1].startswith("|"))
        if is_first and not (place + 1 < len(lines) and re.fullmatch(r"\|[\s:|-]+", lines[place + 1])):
            yield place + 1


def test_no_table_is_parted_from_its_heading() -> None:
    pages = [path for path in tracked_files() if path.suffix == ".md" and "vendor" not in path.parts]
    found = {path.relative_to(ROOT).as_posix(): [*broken_tables(path.read_text("utf-8"))] for path in pages}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_a_parted_table_is_found() -> None:
    assert [*broken_tables("| a |\n|---|\n| b |\n\n| c |\n\n```\n| d |\n```\n")] == [5]


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(
        "# Title\n## What `it` does\n[a](page.md#what-it-does) [b](#title) [c](none.md) [d](page.md#gone) [e](#no)"
    )
    assert [*dead_links(path, path.read_text())] == ["none.md", "page.md#gone", "#no"]


def test_every_command_is_documented() -> None:
    from cocket.cli import app  # the other gates here do not wait for the command line

    names = list(command_names(get_group(app)))
    assert "cocket check" in names
    assert missing(names, page("reference/cli.md")) == []


def test_every_option_stands_on_its_page_as_its_command_has_it() -> None:
    from cocket.cli import app

    drawn_now = drawn(get_group(app))
    assert "- `--files-from` LIST: " in drawn_now
    assert page("reference/options.md") == drawn_now, "python scripts/draw_options.py writes it anew"


#: Commands that print no data: they serve, or write a file of another form.
WITHOUT_JSON = (
    "cocket continuity desk",
    "cocket serve",
    "cocket gateway run",
    "cocket trials example",
    "cocket witness serve",
)


def test_every_command_that_prints_data_prints_it_as_json_if_asked() -> None:
    from cocket.cli import app

    leaves = [(name, one) for name, one in commands(get_group(app)) if not hasattr(one, "commands")]
    assert len(leaves) > 100
    without = [name for name, one in leaves if not any("--json" in option.opts for option in one.params)]
    assert without == sorted(WITHOUT_JSON, key=[name for name, _ in leaves].index)


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
