# SPDX-License-Identifier: Apache-2.0
"""`cocket codes` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cocket.cli.app import app

ISO = (
    "Entity,Currency,AlphabeticCode,NumericCode,MinorUnit,WithdrawalDate\nX,Euro,EUR,978,2,\nY,Kuna,HRK,191,2,2023-01\n"
)
TABLE = "from,to,relation,share\n847130,847130,n:1,\n854140,854141,1:n,0.4\n854140,854142,1:n,0.6\n"


class Desk:
    """A folder with files to import, and the command over it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def say(self, *words: str, entered: str | None = None) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["codes", *words, "--codes", str(self.folder / "lists")], input=entered)
        return done.exit_code, done.stdout

    def json(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        code, printed = self.say(*words, "--json")
        return code, [json.loads(line) for line in printed.splitlines()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_import_says_what_it_did_and_the_same_again_changes_nothing(desk: Desk) -> None:
    file = desk.file("codes-2026.csv", ISO)
    code, [first] = desk.json("import", "currencies", file)
    assert code == 0
    assert (first["list"], first["edition"], first["outcome"]) == ("currency", "2026", "new")
    assert (first["codes"], first["left_out"]) == (2, 0)
    assert Path(first["file"]).is_file()
    assert desk.json("import", "currencies", file)[1][0]["outcome"] == "unchanged"
    other = desk.file("codes-2026.csv", ISO + "Z,Mark,DEM,276,2,2002-03\n")
    assert desk.json("import", "currencies", other)[1][0]["outcome"] == "replaced"
    assert desk.say("import", "currencies", other)[1].endswith(
        "3 codes from 3 rows, 0 merged, 0 left out (unchanged).\n"
    )


def test_rows_left_out_are_told(desk: Desk) -> None:
    file = desk.file("x.csv", "code,name\nA,one\nA,two\n,none\n")
    code, printed = desk.say("import", "x", file)
    assert code == 0
    assert "x.csv, line 3: A is two here, but one before" in printed
    assert "1 codes from 3 rows, 0 merged, 2 left out" in printed


def test_what_cannot_be_taken_in_is_exit_1_and_leaves_nothing(desk: Desk) -> None:
    code, [refused] = desk.json("import", "x", desk.file("x.csv", "colour\nred\n"))
    assert (code, refused["outcome"], refused["code"]) == (1, "refused", "code-column-missing")
    assert not (desk.folder / "lists").exists()


def test_a_file_that_cannot_be_opened_and_wrong_columns_are_exit_2(desk: Desk) -> None:
    assert CliRunner().invoke(app, ["codes", "import", "x", str(desk.folder / "none.csv")]).exit_code != 0
    assert desk.say("import", "x", desk.file("x.csv", "code\nA\n"), "--columns", "colour=x")[0] == 2


def test_columns_are_named_and_days_kept(desk: Desk) -> None:
    file = desk.file("t.csv", "Taxe;Debut\nTVA;2010-01-01\n")
    words = ("--columns", "code=Taxe,from=Debut", "--edition", "1", "--valid-from", "2005-01-01")
    assert desk.say("import", "taxes", file, *words)[0] == 0
    assert desk.json("show", "taxes", "TVA", "--on", "2009-12-31")[1][0]["verdict"] == "not-valid-then"
    assert desk.json("show", "taxes", "TVA", "--on", "2004-12-31")[1][0]["verdict"] == "no-edition-then"
    assert desk.json("show", "taxes", "TVA", "--on", "2010-01-01")[1][0]["verdict"] == "valid"


def test_lists_at_hand_are_told_built_in_ones_too(desk: Desk) -> None:
    desk.say("import", "currency", desk.file("a.csv", ISO), "--edition", "own")
    _, lines = desk.json("list")
    assert {(line["list"], line["edition"]) for line in lines} >= {
        ("currency", "2026-02"),
        ("currency", "own"),
        ("incoterms", "2010"),
    }
    assert "document-type" in desk.say("list")[1]


@pytest.mark.parametrize(
    ("words", "exit_code", "sentence"),
    [
        (("currency", "HRK", "--on", "2022-05-01"), 0, "HRK was valid on 2022-05-01"),
        (("currency", "HRK", "--on", "2024-05-01"), 1, "HRK was not valid on 2024-05-01"),
        (("currency", "QQQ", "--on", "2024-05-01"), 1, "has the code QQQ"),
        (("unit", "QQQ", "--on", "2024-05-01"), 1, "the whole list may have it"),
        (("incoterms", "FOB", "--on", "1990-01-01"), 2, "was in force on 1990-01-01"),
        (("tariffs", "X", "--on", "2024-05-01"), 2, "There is no list tariffs. There are: country, currency"),
        (("tariffs", "X"), 2, "There is no list tariffs"),
        (("country", "CS"), 0, "Serbia and Montenegro"),
        (("country", "QL"), 1, "has the code QL"),
    ],
)
def test_a_code_is_shown_with_an_exit_code_for_each_answer(
    desk: Desk, words: tuple[str, ...], exit_code: int, sentence: str
) -> None:
    code, printed = desk.say("show", *words)
    assert code == exit_code
    assert sentence in printed


def test_hs_codes_cross_or_send_one_to_the_goods(desk: Desk) -> None:
    assert desk.say("import", "hs-correlation", desk.file("t.csv", TABLE), "--edition", "2017-2022")[0] == 0
    code, [done] = desk.json("hs", "8471.30", "--from", "2017", "--to", "2022")
    assert (code, done["outcome"], done["result"], done["path"]) == (0, "converted", "847130", ["2017", "2022"])
    code, [split] = desk.json("hs", "854140", "--from", "2017", "--to", "2022")
    assert (code, split["outcome"], split["result"]) == (1, "look-at-the-goods", None)
    found = [(one["code"], one["relation"], one["share"]) for one in split["candidates"]]
    assert found == [("854141", "1:n", "0.4"), ("854142", "1:n", "0.6")]
    assert "854142  1:n  0.6 of the trade" in desk.say("hs", "854140", "--from", "2017", "--to", "2022")[1]
    assert desk.say("hs", "854141", "--from", "2022", "--to", "2017")[:1] == (0,)
    assert desk.say("hs", "010101", "--from", "2017", "--to", "2022")[0] == 1
    assert desk.say("hs", "854140", "--from", "2017", "--to", "2028")[0] == 2
    assert desk.say("hs", "8541", "--from", "2017", "--to", "2022")[0] == 2


def test_an_edition_is_removed_only_when_someone_is_sure(desk: Desk) -> None:
    desk.say("import", "x", desk.file("a.csv", "code\nA\n"), "--edition", "1")
    desk.say("import", "x", desk.file("a.csv", "code\nA\n"), "--edition", "2")
    assert desk.say("remove", "x", "1")[0] != 0
    assert len(desk.json("show", "x", "A")[1]) == 2
    assert desk.json("remove", "x", "1", "--yes") == (0, [{"list": "x", "removed": ["1"]}])
    assert [line["edition"] for line in desk.json("show", "x", "A")[1]] == ["2"]
    assert desk.json("remove", "x", "--yes")[0] == 0
    assert desk.say("show", "x", "A")[0] == 2


def test_what_was_not_imported_cannot_be_removed(desk: Desk) -> None:
    assert desk.say("remove", "currency", "--yes")[0] != 0
    assert desk.say("show", "currency", "EUR")[0] == 0


def test_without_a_folder_the_home_of_the_settings_is_used(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COCKET_HOME", str(desk.folder / "home"))
    file = desk.file("a.csv", "code,name\nA,one\n")
    assert CliRunner().invoke(app, ["codes", "import", "x", file, "--edition", "1"]).exit_code == 0
    assert (desk.folder / "home" / "codes" / "x" / "1.codes").is_file()
    assert CliRunner().invoke(app, ["codes", "show", "x", "A"]).exit_code == 0
