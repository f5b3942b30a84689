# SPDX-License-Identifier: Apache-2.0
"""`cocket measures permits` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cocket.cli.commands.measures.permits import permits
from cocket.measures.tariff import Line, Tariff, write_tariff
from tests.messages import declaration

app = typer.Typer()
app.command("permits")(permits)

MATRIX = """
[[requirements]]
code = "textiles"
agency = "trade"
says = "textile licence"
law = "Textiles Act, s. 2"
codes = ["5208"]
flows = ["import"]
papers = ["C400"]
is_registered = true
"""
REGISTER = (
    "agency,type,number,quantity,unit,valid_to,quantity_taken,uses_taken\ntrade,C400,XALIC77,2000,KGM,2026-12-31,{},1\n"
)


class Desk:
    """A folder with a matrix, a register and a declaration, and the command over it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.matrix = self.file("matrix.toml", MATRIX)
        self.message = self.file("declaration.xml", declaration("R1").decode())

    def file(self, name: str, content: str) -> str:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return str(path)

    def register(self, taken: str = "0") -> str:
        return self.file("register.csv", REGISTER.format(taken))

    def say(self, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(words))
        return done.exit_code, done.output

    def json(self, *words: str) -> tuple[int, dict[str, Any]]:
        code, printed = self.say(*words, "--json")
        (line,) = printed.splitlines()
        return code, json.loads(line)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_declaration_is_told_what_it_needs_what_it_presents_and_what_is_left(desk: Desk) -> None:
    code, told = desk.json(desk.message, "--matrix", desk.matrix, "--permits", desk.register())
    assert code == 0
    first, second = told["items"]
    assert (first["code"], first["colours"], second["needs"]) == ("5208219000", {"trade": "green"}, [])
    (need,) = first["needs"]
    assert (need["requirement"], need["verdict"], need["law"]) == ("textiles", "satisfied", "Textiles Act, s. 2")
    assert (need["presented"], need["why"]) == (["C400 XALIC77"], ["code 5208219000", "flow import"])
    (permit,) = told["permits"]
    assert permit["drawn"] == [{"item": 1, "quantity": "1800.5", "value": None}]
    assert permit["left"] == {"quantity": "199.5", "value": None, "uses": None}
    assert (told["colours"], told["findings"]) == ({"trade": "green"}, [])


def test_a_permit_that_is_used_up_is_an_error_and_the_words_say_by_how_much(desk: Desk) -> None:
    code, said = desk.say(desk.message, "--matrix", desk.matrix, "--permits", desk.register("199.6"))
    assert code == 1
    assert "Of permit XALIC77 of trade 1800.4 KGM are left, item 1 needs 1800.5 KGM" in said
    assert "permit C400 XALIC77 line 1 of trade, valid, … to 2026-12-31: 1800.4 of 2000 KGM left" in said
    assert "red    trade" in said


def test_a_permit_that_no_register_has_is_asked_for_and_not_refused(desk: Desk) -> None:
    code, told = desk.json(desk.message, "--matrix", desk.matrix)
    assert (code, told["items"][0]["needs"][0]["verdict"], told["colours"]) == (0, "unknown", {"trade": "yellow"})


def test_the_day_that_counts_can_be_said(desk: Desk) -> None:
    words = (desk.message, "--matrix", desk.matrix, "--permits", desk.register(), "--date", "2027-01-01")
    code, told = desk.json(*words)
    assert (code, told["items"][0]["needs"][0]["verdict"]) == (1, "expired")


def test_an_item_can_be_given_by_options(desk: Desk) -> None:
    base = ("--matrix", desk.matrix, "--permits", desk.register(), "--code", "5208.21", "--date", "2026-08-01")
    assert desk.json(*base)[1]["items"][0]["needs"][0]["verdict"] == "missing"
    code, told = desk.json(*base, "--paper", "C400=xalic 77", "--quantity", "TNE=1.5", "--origin", "XC")
    assert (code, told["permits"][0]["left"]["quantity"]) == (0, "500")
    code, told = desk.json(*base, "--with", '{"papers": [{"code": "C400", "number": "XALIC77", "quantity": "-3"}]}')
    assert (code, told["findings"][0]["code"]) == (1, "permit-number-not-possible")
    assert desk.json(*base, "--flow", "export")[1]["items"][0]["needs"] == []


def test_the_laws_on_the_lines_of_a_tariff_are_needs_and_a_row_of_their_name_says_more(desk: Desk) -> None:
    lines = {"520821900": Line(code="520821900", laws=("TX", "QQ"))}
    tariff = Tariff(name="xa", edition="1", currency="EUR", lines=lines, laws={"TX": "trade office: licence"})
    file = desk.file("tariff.json", write_tariff(tariff).decode())
    words = ("--tariff", file, "--code", "5208.21-900", "--date", "2026-08-01")
    _, told = desk.json(*words)
    assert [(one["requirement"], one["says"], one["verdict"]) for one in told["items"][0]["needs"]] == [
        ("QQ", "", "undecided"),
        ("TX", "trade office: licence", "undecided"),
    ]
    more = desk.file("more.toml", '[[requirements]]\ncode = "TX"\nagency = "trade"\npapers = ["C400"]\n')
    _, told = desk.json(*words, "--matrix", more)
    assert [(one["agency"], one["verdict"]) for one in told["items"][0]["needs"]] == [
        ("QQ", "undecided"),
        ("trade", "missing"),
    ]


def test_what_is_wrong_with_matrix_and_register_is_told_with_its_place(desk: Desk) -> None:
    register = desk.file("bad.csv", "agency,type,number,quantity,unit\ntrade,C400,XALIC77,-5,KGM\n")
    code, told = desk.json(desk.message, "--matrix", desk.matrix, "--permits", register)
    assert code == 1
    assert [(one["code"], one["location"]) for one in told["findings"]] == [("permit-limit", "line:2")]
    assert told["items"][0]["needs"][0]["verdict"] == "unknown"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--code", "5208"),
        ("--matrix", "{matrix}"),
        ("{message}", "--code", "5208", "--matrix", "{matrix}"),
        ("--code", "5208", "--matrix", "{matrix}", "--quantity", "5"),
        ("--code", "5208", "--matrix", "{matrix}", "--value", "much"),
        ("--code", "5208", "--matrix", "{matrix}", "--with", "["),
        ("--code", "5208", "--matrix", "{message}"),
    ],
)
def test_wrong_usage_is_exit_2(desk: Desk, words: tuple[str, ...]) -> None:
    given = [word.format(matrix=desk.matrix, message=desk.message) for word in words]
    assert desk.say(*given)[0] == 2


def test_a_message_that_is_no_declaration_is_named(desk: Desk) -> None:
    file = desk.file("x.xml", "<nothing/>")
    done = CliRunner().invoke(app, [file, "--matrix", desk.matrix])
    assert "is not a declaration" in str(done.exception)
