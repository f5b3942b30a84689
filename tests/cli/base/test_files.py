# SPDX-License-Identifier: Apache-2.0
"""Files that commands are given: each reads standard input as well, where its file is called `-`."""

from __future__ import annotations

import ast
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from cocket.cli import app
from cocket.cli.base.files import read_file
from cocket.errors import SettingsError
from cocket.measures.permits import form_of
from tests.house.source import ROOT

SAMPLES = ROOT / "tests" / "samples"
COMMANDS = ROOT / "src" / "cocket" / "cli" / "commands"
DECLARATION = (SAMPLES / "wco-dm" / "import.xml").read_bytes()
MANIFEST = (SAMPLES / "asycuda-awmds" / "awappend.xml").read_bytes()
CERTIFICATE = (SAMPLES / "certificate" / "aeo.json").read_bytes()
TARIFF = b"code,duty\n8413.70,10 %\n"
MATRIX = b"code,authority,codes\nPHYTO,Plant health,4103\n"

#: Files that a command finds by itself, in a home or a folder; whoever types the command does not name them.
OWN_FILES = {"codes.py": 1, "demo.py": 2, "status.py": 1, "risk/models.py": 1}


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"\x00abc\n")))
    assert read_file(Path("-")) == b"\x00abc\n"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"{tmp_path} cannot be read: Is a directory"):
        read_file(tmp_path)


@pytest.mark.parametrize(
    ("words", "content"),
    [
        ("check {}", DECLARATION),
        ("convert {} --to asycuda-sad --json", DECLARATION),
        ("codes import country {} --edition mine --codes {folder} --json", b"code,name\nXA,Alphaland\n"),
        ("risk threats {} --json", b"\x1f\x8bno"),
        ("risk card {}", b"no model"),
        ("track replay {} --format nmea --json", b"$GPRMC,1\n"),
        ("track replay {} --format csv --json", b"\x1f\x8bno"),
        ("track decode {}", b"00\n"),
        ("measures check {} --json", TARIFF),
        ("measures duty --tariff {} --code 8413.70 --value 100 --json", TARIFF),
        ("measures permits --code 4103.20 --json --matrix {}", MATRIX),
        ("measures permits {} --matrix {matrix} --json", DECLARATION),
        ("measures value {} --json", b'{"price": 1}\n'),
        ("measures build {} --json", b'{"price": 1}\n'),
        ("screen names smith --list {}", b"name,id\nJohn Smith,1\n"),
        ("receipt verify {} --key none", b"{}"),
        ("receipt convert {} --to cose", b"{}"),
        ("credential verify {} --json", CERTIFICATE),
        ("title check {}", b"{}"),
        ("standards edifact-directory {}", b"PK no"),
        ("manifest control {} --json", MANIFEST),
        ("ledger convict {} --key none", b"{}"),
        ("simulate --params {} --out {folder}", b"no parameters ["),
    ],
)
def test_what_is_piped_in_is_read_as_the_file_is(words: str, content: bytes, tmp_path: Path) -> None:
    file, matrix = tmp_path / "given", tmp_path / "matrix.csv"
    file.write_bytes(content)
    matrix.write_bytes(MATRIX)
    if "--matrix {}" in words:
        file = file.rename(tmp_path / "given.csv")
    found = []
    for number, name in enumerate((str(file), "-")):
        known = {"{}": name, "{folder}": str(tmp_path / str(number)), "{matrix}": str(matrix)}
        result = CliRunner().invoke(app, [known.get(word, word) for word in words.split()], input=content)
        assert not isinstance(result.exception, (OSError, TypeError, KeyError)), result.exception
        said = result.output + repr(result.exception)
        for own in (known["{folder}"], str(file), file.name, file.stem):
            said = said.replace(own, "-")
        found.append((result.exit_code, said))
    assert "- cannot be read: No such" not in found[0][1]
    assert found[0] == found[1]


def test_commands_read_what_a_user_names_by_the_one_function_that_knows_the_dash() -> None:
    found = {}
    for path in sorted(COMMANDS.rglob("*.py")):
        calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        names = [call.attr for call in calls if isinstance(call, ast.Attribute)]
        if count := names.count("read_bytes") + names.count("read_text"):
            found[path.relative_to(COMMANDS).as_posix()] = count
    assert found == OWN_FILES


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b'{"permits": []}', "json"),
        (b'\n[{"number": 1}]', "json"),
        (b"[[permits]]\n", "toml"),
        (b'name = "x"\n', "toml"),
        (b"number,agency\n", "csv"),
    ],
)
def test_permits_without_a_name_are_known_by_their_first_line(content: bytes, form: str) -> None:
    assert form_of("-", content) == form
    assert form_of(f"permits.{form.upper()}", b"") == form
    assert form_of("permits.txt", content) is None
