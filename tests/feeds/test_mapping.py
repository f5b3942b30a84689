# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import tomllib
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cocket.errors import SettingsError
from cocket.feeds import HostMapping, read_mapping
from cocket.feeds import mapping as mapping_module


def mapping(tmp_path: Path, text: str, name: str = "ours.toml") -> HostMapping:
    file = tmp_path / name
    file.write_text(text, "utf-8")
    return read_mapping(file)


def problems(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        mapping(tmp_path, text)
    return caught.value.problems


ONE_TABLE = """
[declarations]
table = "declarations"
key = ["nr"]
columns = { "Identification/Office_segment/Customs_clearance_office_code" = "office" }
[declarations.rows.Item]
table = "declarations"
key = ["nr", "item"]
columns = { "Tarification/HScode/Commodity_code" = "hs" }
"""


def test_the_mapping_built_in_is_sound_and_reads_all_kinds() -> None:
    known = read_mapping()
    assert [stream.kind for stream in known.streams] == ["manifests", "declarations", "decisions", "results"]
    assert not known.own - {"asycuda-world"}


def test_a_file_changes_single_names_of_the_mapping_built_in(tmp_path: Path) -> None:
    changed = mapping(
        tmp_path,
        """
        base = "asycuda-world"
        schema = "AWUNADM"
        manifests = false
        [declarations.columns]
        "Transport/Location_of_goods" = "TPT_GDS_LOC"
        "Property/Place_of_declaration" = false
        """,
    )
    declarations = changed.streams[0]
    cells = declarations.root.cells
    assert (changed.schema, declarations.kind, declarations.cursor) == ("AWUNADM", "declarations", "IDE_REG_DAT")
    assert cells["Transport/Location_of_goods"].columns == ("TPT_GDS_LOC",)
    assert "Property/Place_of_declaration" not in cells
    assert len(cells) == len(read_mapping().streams[1].root.cells) - 1
    assert changed.own == {"asycuda-world", "awunadm", "tpt_gds_loc"}


def test_json_of_the_same_shape_is_the_same_mapping(tmp_path: Path) -> None:
    content = {"base": "asycuda-world", "declarations": {"overlap": 7}}
    in_json = mapping(tmp_path, json.dumps(content), "ours.json")
    in_toml = mapping(tmp_path, 'base = "asycuda-world"\ndeclarations.overlap = 7', "ours.toml")
    assert in_json.streams == in_toml.streams
    assert in_json.streams[1].overlap == 7


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """
        decimal = ";"
        time_zone = "Mars/Olympus"
        encoding = "runes"
        profile = "asycuda:atlantis"
        colour = "red"
        [declarations]
        key = []
        overlap = -1
        columns = { "Transport/Location_of_good" = "x", "Property/Sad_flow" = 7 }
        [declarations.rows."Item/Taxation/Taxation_line"]
        table = "tax"
        key = ["nr"]
        [declarations.rows.Goods]
        table = "goods"
        key = ["nr"]
        [results]
        table = "acts"
        key = ["nr"]
        columns = { office = "o", fount = "f" }
        """,
    )
    told = "\n".join(found)
    for part in (
        "decimal",
        "time_zone 'Mars/Olympus'",
        "encoding 'runes'",
        "profile 'asycuda:atlantis'",
        "colour is not known",
        "declarations.table is missing",
        "declarations.key is missing",
        "declarations.overlap",
        "did you mean Transport/Location_of_goods",
        'declarations.columns."Property/Sad_flow" is not a table',
        'needs declarations.rows."Item" around it',
        "the document has no rows of this name",
        "did you mean found",
        "results does not give serial, number, year or registered of the declaration",
    ):
        assert part in told, part


def test_a_sound_file_has_no_problems(tmp_path: Path) -> None:
    assert [part.name for part in mapping(tmp_path, ONE_TABLE).streams[0].every_part] == ["", "Item"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('"nr", "item"', '"item"'), None),
        (('key = ["nr"]\ncolumns', 'key = ["nr", "year"]\ncolumns'), None),
        (('["nr", "item"]', "[]"), "key is missing"),
        (("[declarations]", 'leave_out = "nr"\n[declarations]'), "leave_out is not known"),
        (('key = ["nr"]\n', 'key = ["nr"]\nleave_out = ["NR"]\n'), "leave_out lists nr, which is used"),
    ],
)
def test_a_slip_in_a_sound_file_is_named(tmp_path: Path, change: tuple[str, str], problem: str | None) -> None:
    text = ONE_TABLE.replace(*change)
    assert text != ONE_TABLE
    if problem:
        assert problem in "\n".join(problems(tmp_path, text))
    else:
        assert mapping(tmp_path, text)


@pytest.mark.parametrize("text", ["[declarations", "\x00", 'base = "other"', "", "[declarations.rows]"])
def test_what_is_no_mapping_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="mapping"):
        mapping(tmp_path, text)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_mapping(tmp_path / "none.toml")


def test_rows_within_rows_need_the_key_of_those_around_them(tmp_path: Path) -> None:
    text = ONE_TABLE + '[declarations.rows."Item/Taxation/Taxation_line"]\ntable = "tax"\nkey = ["nr"]\n'
    assert "must begin with the key of the rows around it" in "\n".join(problems(tmp_path, text))


def test_a_mutated_mapping_is_read_or_refused_and_never_breaks(tmp_path: Path) -> None:
    dice = Random(11)
    whole = tomllib.loads((Path(mapping_module.__file__).parent / "mappings" / "asycuda-world.toml").read_text("utf-8"))
    outcomes = set()
    for _ in range(300):
        content = _mutated(json.loads(json.dumps(whole)), dice)
        try:
            mapping(tmp_path, json.dumps(content), "mutant.json")
            outcomes.add("read")
        except SettingsError as error:
            assert error.problems
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def _mutated(content: Any, dice: Random) -> Any:
    """A mapping with one thing in it changed for another, taken out, or under another name."""
    place = content
    while True:
        name = dice.choice(list(place)) if isinstance(place, dict) else dice.randrange(len(place))
        if not isinstance(place[name], dict | list) or not place[name] or dice.random() < 0.15:
            break
        place = place[name]
    kind = dice.randrange(3)
    if kind == 0:
        place[name] = dice.choice([None, 5, -1.5, True, "", "x", [], [1], {}, {"x": 1}, {"value": 3}, "é\x00"])
    elif isinstance(place, dict) and kind == 1:
        place[dice.choice(["x", "table", "time_zone", "dates", "encoding", "profile", "rows"])] = place.pop(name)
    else:
        del place[name]
    return content
