# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import csv
import os
from pathlib import Path

import msgspec
import pytest

from cocket.errors import SettingsError, StoreError
from cocket.exchange import HostAdvice, advice_file, check_target, put_file

ADVICE = HostAdvice(
    office="XA110000",
    year="2026",
    serial="C",
    number="7",
    lane="red",
    reasons=("importer-new", "value-low"),
    model_version="m1",
    rules_version="r1",
    message_id="0190",
)


def test_a_file_is_a_header_and_one_line_under_the_key_of_its_declaration() -> None:
    place, content = advice_file(ADVICE)
    assert str(place) == "XA110000/2026/C-7.csv"
    (line,) = csv.DictReader(content.decode().splitlines())
    assert line == {
        "office": "XA110000", "year": "2026", "serial": "C", "number": "7", "lane": "red",
        "reasons": "importer-new value-low", "model_version": "m1", "rules_version": "r1", "message_id": "0190",
        "query": "no",
    }  # fmt: skip


def test_what_is_unknown_is_an_empty_cell() -> None:
    _, content = advice_file(msgspec.structs.replace(ADVICE, model_version=None, reasons=()))
    assert content.decode().splitlines()[1] == '"XA110000","2026","C","7","red","","","r1","0190","no"'


@pytest.mark.parametrize("part", ["..", ".", "", "/etc", "a/../../b", "C\\7", "C\x00", "Ä", "-"])
def test_no_key_leads_out_of_the_folder(part: str) -> None:
    for name in ("office", "year", "serial", "number"):
        place, _ = advice_file(msgspec.structs.replace(ADVICE, **{name: part}))
        assert not place.is_absolute()
        assert len(place.parts) == 3
        assert all(step not in ("", ".", "..") and step.isascii() and "\x00" not in step for step in place.parts)


def test_different_keys_have_different_files() -> None:
    names = {advice_file(msgspec.structs.replace(ADVICE, office=office))[0] for office in ("X/A", "X%2FA", "X A", "XA")}
    pairs = (("C-1", "2"), ("C", "1-2"))
    names |= {advice_file(msgspec.structs.replace(ADVICE, serial=serial, number=number))[0] for serial, number in pairs}
    assert len(names) == 6


def test_a_file_is_put_down_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "er" / "one.csv"
    put_file(target, b"first")
    put_file(target, b"second")
    assert target.read_bytes() == b"second"
    assert [path.name for path in target.parent.iterdir()] == ["one.csv"]


def test_a_file_that_cannot_be_put_down_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "one.csv"
    put_file(target, b"first")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match="No space left"):
        put_file(target, b"second")
    assert target.read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["one.csv"]


def test_a_folder_in_around_or_linked_to_the_hosts_is_refused(tmp_path: Path) -> None:
    export = tmp_path / "host" / "export"
    export.mkdir(parents=True)
    (tmp_path / "link").symlink_to(export)
    for target in (export, export / "advice", tmp_path / "host", tmp_path / "link" / "a", export / ".." / "export"):
        with pytest.raises(SettingsError, match="must not go"):
            check_target(target, [export])
    check_target(tmp_path / "host" / "advice", [export])
    check_target(tmp_path / "host" / "export-advice", [export])
