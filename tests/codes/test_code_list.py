# SPDX-License-Identifier: Apache-2.0
"""One edition: kept, opened, looked through, and a damaged one refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.codes import Code, CodeList, Edition, open_code_list, write_code_list
from cocket.errors import StoreError

EDITION = Edition(list="ports", edition="2024")

_words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)
_codes = st.text("ABCXYZ019.-", min_size=1, max_size=6)
_dates = st.none() | st.dates()
_more = st.dictionaries(_words, _words, max_size=2)
_entries = st.builds(Code, code=_codes, name=_words, valid_from=_dates, valid_to=_dates, attributes=_more)


def _list(*codes: Code, edition: Edition = EDITION) -> CodeList:
    return CodeList(write_code_list(edition, codes))


@given(st.lists(_entries, max_size=40))
def test_what_is_kept_is_found_again_and_nothing_else(entries: list[Code]) -> None:
    kept = _list(*entries)
    assert len(kept) == len(entries)
    assert sorted(map(repr, kept)) == sorted(map(repr, entries))
    for code in {entry.code for entry in entries}:
        assert sorted(map(repr, kept.find(code))) == sorted(repr(e) for e in entries if e.code == code)
    for absent in ("", "QQ", "0000000", "ZZZZZZZ"):
        assert kept.find(absent) == ()


@given(st.lists(_entries, max_size=20), st.randoms())
def test_the_order_of_rows_does_not_matter(entries: list[Code], chance: object) -> None:
    shuffled = list(entries)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert write_code_list(EDITION, entries) == write_code_list(EDITION, shuffled)


def test_a_code_is_found_as_people_write_it() -> None:
    kept = _list(Code(code="NLRTM", name="Rotterdam"), Code(code="847130"))
    for text in ("NLRTM", "nlrtm", " NL RTM "):
        assert [code.name for code in kept.find(text)] == ["Rotterdam"]
    assert kept.find("8471.30")
    assert kept.find("ß") == ()


def test_a_code_is_valid_from_its_first_day_to_its_last() -> None:
    kept = _list(Code(code="HRK", valid_from=date(1994, 5, 30), valid_to=date(2023, 1, 31)))
    assert kept.at("HRK", date(1994, 5, 30)) is not None
    assert kept.at("HRK", date(2023, 1, 31)) is not None
    assert kept.at("HRK", date(1994, 5, 29)) is None
    assert kept.at("HRK", date(2023, 2, 1)) is None


def test_a_code_used_twice_answers_for_its_own_days() -> None:
    old = Code(code="CS", name="Czechoslovakia", valid_to=date(1993, 6, 14))
    new = Code(code="CS", name="Serbia and Montenegro", valid_from=date(2003, 7, 23), valid_to=date(2006, 9, 25))
    kept = _list(new, old)
    assert (kept.at("CS", date(1990, 1, 1)), kept.at("CS", date(2005, 1, 1))) == (old, new)
    assert kept.at("CS", date(2000, 1, 1)) is None
    assert kept.find("CS") == (old, new)


def test_a_code_withdrawn_no_one_knows_when_is_valid_on_no_day() -> None:
    kept = _list(Code(code="HAR", is_withdrawn=True))
    assert kept.at("HAR", date(1990, 1, 1)) is None
    assert kept.find("HAR")


def test_an_empty_edition_can_be_kept() -> None:
    assert (len(_list()), list(_list()), _list().find("A")) == (0, [], ())


def test_a_file_is_opened_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "2024.codes"
    path.write_bytes(write_code_list(EDITION, [Code(code="A", name="α")]))
    opened = open_code_list(path)
    assert (opened.name, opened.edition.count, opened.origin) == ("ports", 1, str(path))
    assert opened.find("a")[0].name == "α"


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"\xff\xfe\n", b"[1]\n", None])
def test_a_damaged_file_is_refused_and_never_says_unknown(tmp_path: Path, damage: bytes | None) -> None:
    whole = write_code_list(EDITION, [Code(code="A"), Code(code="B")])
    path = tmp_path / "2024.codes"
    path.write_bytes(whole[:-9] if damage is None else damage)
    with pytest.raises(StoreError):
        open_code_list(path)


def test_a_line_overwritten_within_is_noticed_when_met(tmp_path: Path) -> None:
    whole = write_code_list(EDITION, [Code(code="A"), Code(code="B")])
    path = tmp_path / "2024.codes"
    path.write_bytes(whole.replace(b'{"code":"A"}', b'{"code":"A"!'))
    with pytest.raises(StoreError):
        open_code_list(path).find("A")


def test_a_file_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        open_code_list(tmp_path / "none.codes")
