# SPDX-License-Identifier: Apache-2.0
"""What comes from outside cannot steer the terminal of whoever runs a command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from cocket.cli.base import output as say

#: Each sign that a terminal obeys, as it is shown.
OBEYED = {
    "\x1b": r"\x1b",
    "\a": r"\x07",
    "\0": r"\x00",
    "\r": r"\r",
    "\b": r"\x08",
    "\x7f": r"\x7f",
    "\x9b": r"\x9b",
    "\u202e": r"\u202e",
    "\u2066": r"\u2066",
}

HEADER = "office,year,serial,number,lane\n"


@pytest.mark.parametrize("sign", OBEYED)
def test_a_sign_that_a_terminal_obeys_is_shown_by_its_code(sign: str) -> None:
    screen = say.Screen(force_terminal=True, width=200, color_system=None)
    for thing in (f"a{sign}[2Jb", _table(f"a{sign}[2Jb")):
        with screen.capture() as told:
            screen.print(thing, markup=False, highlight=False)
        assert f"a{OBEYED[sign]}[2Jb" in told.get()
        assert sign not in told.get()


def test_a_figure_kept_beside_its_unit_is_shown_with_a_space() -> None:
    screen = say.Screen(force_terminal=True, width=200, color_system=None)
    with screen.capture() as told:
        screen.print("4.00\u00a0kg of 1\u202f345", markup=False, highlight=False)
    assert told.get().strip() == "4.00 kg of 1 345"


def test_a_text_made_elsewhere_steers_nothing_either() -> None:
    screen = say.Screen(force_terminal=True, width=200, color_system=None)
    with screen.capture() as told:
        screen.print(Text("a\x1b[2J\x9b2J\u202eb"))
    assert told.get().strip() == r"a\x1b[2J\x9b2J\u202eb"


def test_lines_and_letters_of_all_scripts_stay() -> None:
    screen = say.Screen(force_terminal=True, width=200, color_system=None)
    with screen.capture() as told:
        screen.print("Größe 税関\nعبد", highlight=False)
    assert told.get() == "Größe 税関\nعبد\n"


def test_complaints_and_notes_go_through_it(capsys: pytest.CaptureFixture[str]) -> None:
    for speak in (say.complain, say.note):
        speak("a\x1b[2J\a\0\x9b\u202eb")
    assert capsys.readouterr().err.count(r"a\x1b[2J\x07\x00\x9b\u202eb") == 2


def test_json_names_them_by_code_and_loses_nothing(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    text = "".join(OBEYED)
    say.json_line({"text": text})
    line = capfdbinary.readouterr().out
    assert json.loads(line) == {"text": text}
    assert all(sign not in line.decode() for sign in OBEYED)


def test_a_cell_and_a_name_of_a_host_do_not_steer_the_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    bad = "40\x1b[2J\x1b]0;owned\a\x00\x9b2J\u202e"
    (folder / "esc.csv").write_text(f"{HEADER}{bad},2026,C,7,red\nXA110000,2026,C,7,{bad}\n", encoding="utf-8")
    (folder / "a\x1b[2J\u202e.xml").write_bytes(b"")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COCKET_")}
    environment = clean | {"COCKET_HOME": str(tmp_path / "home"), "PYTHONUTF8": "1"}

    def cocket(*words: str) -> str:
        command = [sys.executable, "-m", "cocket", *words]
        done = subprocess.run(command, capture_output=True, env=environment, timeout=120, check=False)
        return (done.stdout + done.stderr).decode()

    cocket("init")
    said = cocket("feed", str(folder))
    assert "esc.csv line 2" in said
    assert r"\x1b[2J" in said
    for told in (said, cocket("check", str(folder)), cocket("feed", "--problems"), cocket("status")):
        assert not any(sign in told for sign in OBEYED if sign not in "\r")


def _table(text: str) -> Table:
    table = Table("column", box=None)
    table.add_row(text)
    return table


def test_no_list_cuts_an_id_or_a_digest() -> None:
    """At any width each stands on one line; where the columns do not fit beside each other, a row stands as lines."""
    name, digest = "019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f", "4f0c2a91b7d3"
    for width in (60, 80, 100, 200):
        screen = say.Screen(force_terminal=True, width=width, color_system=None)
        table = say.Listing("id", "kind", "about", "proposed by", "since", "until", "digest", title="Waits")
        table.add_row(name, "agreement-version", "betania-2026 " * 9, "x" * 40, "2026-12-01", "2026-12-08", digest)
        with screen.capture() as told:
            screen.print(table)
        lines = told.get().splitlines()
        assert any(name in line for line in lines)
        assert any(digest in line for line in lines)
        assert told.get().count("x") == 40
        assert "…" not in told.get()
        assert "Waits" in told.get()
        assert max(map(len, lines)) <= width


def test_every_command_lists_by_the_table_that_cuts_nothing() -> None:
    commands = Path(say.__file__).parents[1] / "commands"
    assert [file.name for file in commands.rglob("*.py") if "rich.table" in file.read_text()] == []
