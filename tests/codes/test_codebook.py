# SPDX-License-Identifier: Apache-2.0
"""Many lists, many editions, one day: valid, not then, unknown, no edition, no list."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.codes import Code, Codebook, CodeList, Edition, read_codebook, write_code_list
from cocket.errors import StoreError


def _edition(name: str, edition: str, *codes: Code | str, since: date | None = None, part: bool = False) -> CodeList:
    entries = [code if isinstance(code, Code) else Code(code=code, name=f"{code} in {edition}") for code in codes]
    head = Edition(list=name, edition=edition, valid_from=since, is_subset=part)
    return CodeList(write_code_list(head, entries))


HS = Codebook(
    [
        _edition("hs", "2022", "010121", "854141", since=date(2022, 1, 1)),
        _edition("hs", "2017", "010121", "854140", since=date(2017, 1, 1)),
    ]
)


@pytest.mark.parametrize(
    ("code", "day", "verdict", "edition"),
    [
        ("010121", date(2022, 1, 1), "valid", "2022"),
        ("010121", date(2021, 12, 31), "valid", "2017"),
        ("854140", date(2021, 12, 31), "valid", "2017"),
        ("854140", date(2022, 1, 1), "not-valid-then", "2017"),
        ("854141", date(2021, 12, 31), "not-valid-then", "2022"),
        ("999999", date(2022, 1, 1), "unknown-code", "2022"),
        ("010121", date(2016, 12, 31), "no-edition-then", None),
    ],
)
def test_the_edition_in_force_that_day_answers(code: str, day: date, verdict: str, edition: str | None) -> None:
    answer = HS.look_up("hs", code, day)
    assert (answer.verdict, answer.edition) == (verdict, edition)
    assert (answer.entry is None) == (verdict in ("unknown-code", "no-edition-then"))


def test_an_unknown_list_is_not_an_unknown_code() -> None:
    assert HS.look_up("tariff", "010121", date(2022, 1, 1)).verdict == "unknown-list"
    assert HS.look_up("hs", "", date(2022, 1, 1)).verdict == "unknown-code"


def test_a_newer_edition_that_forgot_a_code_does_not_gainsay_its_days() -> None:
    gone = Code(code="AN", valid_to=date(2010, 12, 14))
    book = Codebook([_edition("country", "old", gone, "NL"), _edition("country", "new", "NL")])
    assert book.look_up("country", "AN", date(2009, 1, 1)).verdict == "valid"
    assert book.look_up("country", "AN", date(2011, 1, 1)).verdict == "not-valid-then"
    assert book.look_up("country", "NL", date(2009, 1, 1)).edition == "new"


def test_an_undated_code_that_a_newer_edition_dropped_is_not_valid() -> None:
    book = Codebook([_edition("x", "1", "A", "B"), _edition("x", "2", "A")])
    assert book.look_up("x", "B", date(2020, 1, 1)).verdict == "not-valid-then"


def test_a_subset_says_that_it_is_one() -> None:
    book = Codebook([_edition("unit", "part", "KGM", part=True)])
    answer = book.look_up("unit", "ZZZ", date(2024, 1, 1))
    assert (answer.verdict, answer.is_subset) == ("unknown-code", True)


@given(st.dates(), st.dates(), st.dates())
def test_a_dated_code_is_valid_exactly_between_its_days(first: date, last: date, day: date) -> None:
    book = Codebook([_edition("x", "1", Code(code="A", valid_from=first, valid_to=last))])
    assert (book.look_up("x", "A", day).verdict == "valid") == (first <= day <= last)


@given(
    st.lists(st.dates(date(1990, 1, 1), date(2050, 1, 1)), min_size=1, max_size=6, unique=True), st.integers(-400, 400)
)
def test_editions_hand_over_without_gap_or_overlap(starts: list[date], offset: int) -> None:
    book = Codebook(_edition("x", f"e{start}", "A", since=start) for start in starts)
    day = starts[0] + timedelta(days=offset)
    before = [start for start in starts if start <= day]
    expected = f"e{max(before)}" if before else None
    assert book.look_up("x", "A", day).edition == expected


@pytest.mark.parametrize(
    ("name", "code", "day", "verdict"),
    [
        ("currency", "HRK", date(2022, 12, 31), "valid"),
        ("currency", "HRK", date(2023, 2, 1), "not-valid-then"),
        ("currency", "DEM", date(1999, 6, 1), "valid"),
        ("currency", "DEM", date(2003, 1, 1), "not-valid-then"),
        ("currency", "EUR", date(1998, 12, 31), "not-valid-then"),
        ("currency", "QQQ", date(2003, 1, 1), "unknown-code"),
        ("country", "AN", date(2010, 12, 14), "valid"),
        ("country", "AN", date(2010, 12, 15), "not-valid-then"),
        ("country", "CW", date(2010, 12, 15), "valid"),
        ("country", "SS", date(2011, 8, 8), "not-valid-then"),
        ("country", "XI", date(2024, 1, 1), "valid"),
        ("country", "QL", date(2024, 1, 1), "unknown-code"),
        ("incoterms", "DDU", date(2005, 1, 1), "valid"),
        ("incoterms", "DAT", date(2019, 12, 31), "valid"),
        ("incoterms", "DAT", date(2020, 1, 1), "not-valid-then"),
        ("incoterms", "DPU", date(2020, 1, 1), "valid"),
        ("incoterms", "FOB", date(1999, 1, 1), "no-edition-then"),
        ("transport-mode", "1", date(2024, 1, 1), "valid"),
        ("document-type", "705", date(2024, 1, 1), "valid"),
        ("package", "CT", date(2024, 1, 1), "valid"),
        ("unit", "KGM", date(2024, 1, 1), "valid"),
        ("unit", "HAR", date(2024, 1, 1), "not-valid-then"),
    ],
)
def test_the_built_in_lists_know_their_days(name: str, code: str, day: date, verdict: str) -> None:
    assert read_codebook().look_up(name, code, day).verdict == verdict


def test_every_built_in_code_has_a_name_and_stands_once_a_day() -> None:
    book = read_codebook()
    for edition in (one for name in book.lists for one in book.editions(name)):
        last: Code | None = None
        for code in edition:
            assert code.name, (edition.name, code.code)
            if last is not None and last.code == code.code:
                assert last.valid_to is not None and code.valid_from is not None and last.valid_to < code.valid_from
            last = code


def test_a_folder_that_is_not_there_holds_no_lists(tmp_path: Path) -> None:
    assert read_codebook(tmp_path / "none").lists == read_codebook().lists


def test_imported_editions_stand_beside_the_built_in_ones(tmp_path: Path) -> None:
    for name, edition in (("ports", "1"), ("currency", "own")):
        (tmp_path / name).mkdir()
        kept = write_code_list(Edition(list=name, edition=edition), [Code(code="EUR", name="own")])
        (tmp_path / name / f"{edition}.codes").write_bytes(kept)
    book = read_codebook(tmp_path)
    assert "ports" in book.lists
    assert [one.edition.edition for one in book.editions("currency")] == ["2026-02", "own"]
    assert [code.name for _, code in book.find("currency", "EUR")] == ["euro", "own"]


def test_a_damaged_file_in_the_folder_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "1.codes").write_bytes(b"nothing")
    with pytest.raises(StoreError):
        read_codebook(tmp_path)
