# SPDX-License-Identifier: Apache-2.0
"""From one edition of the Harmonized System to another: certain where the code is, and never where it is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.codes import Codebook, CodeList, Crossing, HsCode, HsEditions
from cocket.codes.importing import Source, Wanted, import_list
from tests.corpora import corpora

Pairs = Iterable[tuple[str, str]]


def _table(edition: str, pairs: Iterable[tuple[str, ...]], head: str = "from,to") -> CodeList:
    text = "\n".join([head, *(",".join(pair) for pair in pairs)])
    wanted = Wanted(list="hs-correlation", edition=edition)
    return CodeList(import_list(wanted, [Source("t.csv", text.encode())]).kept)


def _cross(editions: HsEditions, digits: str, start: str, end: str) -> Crossing:
    code = HsCode.parse(digits)
    assert code is not None
    return editions.cross(code, start, end)


_LATER = [
    ("010101", "010101"),
    ("010102", "010109"),
    ("010103", "010109"),
    ("020101", "020101"),
    ("020101", "020102"),
]
_EARLIER = [("010101", "010101"), ("010109", "010109"), ("020101", "020109"), ("020102", "020109")]
SMALL = HsEditions(Codebook([_table("2022-2017", _LATER), _table("2017-2012", _EARLIER)]))


@pytest.mark.parametrize(
    ("code", "start", "end", "outcome", "found", "relation"),
    [
        ("010101", "2022", "2017", "converted", ["010101"], "1:1"),
        ("010102", "2022", "2017", "converted", ["010109"], "n:1"),
        ("010109", "2017", "2022", "look-at-the-goods", ["010102", "010103"], "1:n"),
        ("020101", "2022", "2017", "look-at-the-goods", ["020101", "020102"], "1:n"),
        ("020102", "2017", "2022", "converted", ["020101"], "n:1"),
        ("010102", "2022", "2012", "converted", ["010109"], "n:1"),
        ("020101", "2022", "2012", "converted", ["020109"], "n:1"),
        ("020109", "2012", "2022", "converted", ["020101"], "n:1"),
        ("010109", "2012", "2022", "look-at-the-goods", ["010102", "010103"], "1:n"),
        ("030101", "2022", "2017", "unknown-code", [], ""),
        ("0101", "2022", "2017", "unknown-code", [], ""),
        ("010101", "2028", "2022", "no-table", [], ""),
        ("010101", "2022", "2007", "no-table", [], ""),
    ],
)  # fmt: skip
def test_a_code_crosses_only_where_one_answer_is_left(
    code: str, start: str, end: str, outcome: str, found: list[str], relation: str
) -> None:
    crossing = _cross(SMALL, code, start, end)
    assert crossing.outcome == outcome
    assert [one.code for one in crossing.candidates] == found
    assert crossing.result == (found[0] if outcome == "converted" else None)
    assert all(one.relation == relation for one in crossing.candidates[:1])


def test_a_chain_names_the_editions_it_passes() -> None:
    assert _cross(SMALL, "010101", "2022", "2012").path == ("2022", "2017", "2012")
    assert _cross(SMALL, "010101", "2012", "2022").path == ("2012", "2017", "2022")
    assert _cross(SMALL, "010101", "2022", "2007").path == ()


def test_national_digits_are_let_go() -> None:
    crossing = _cross(SMALL, "0101.01.90 00", "2022", "2017")
    assert (crossing.code, crossing.result) == ("010101", "010101")


def test_a_direct_table_goes_before_a_chain_and_a_published_one_before_one_turned_round() -> None:
    direct = _table("2022-2012", [("010101", "010199")])
    back = _table("2012-2022", [("010199", "010177")])
    chain = (_table("2022-2017", [("010101", "010101")]), _table("2017-2012", [("010101", "010101")]))
    editions = HsEditions(Codebook([*chain, direct, back]))
    assert _cross(editions, "010101", "2022", "2012").result == "010199"
    assert _cross(editions, "010199", "2012", "2022").result == "010177"


def test_the_tables_of_2028_need_nothing_new() -> None:
    head = "from,to,relation,share"
    rows = [("010101", "010111", "1:n", "0.25"), ("010101", "010112", "1:n", "0.75"), ("020101", "020101", "1:1", "")]
    editions = HsEditions(Codebook([_table("2022-2028", rows, head)]))
    split = _cross(editions, "010101", "2022", "2028")
    assert split.outcome == "look-at-the-goods"
    assert [(one.code, str(one.share)) for one in split.candidates] == [("010111", "0.25"), ("010112", "0.75")]
    assert _cross(editions, "020101", "2022", "2028").result == "020101"
    assert _cross(editions, "010112", "2028", "2022").result == "010101"


def test_a_code_that_a_table_calls_split_does_not_convert_though_one_successor_alone_is_there() -> None:
    gap = _table("2022-2017", [("010101", "010101", "1:n")], "from,to,relation")
    assert _cross(HsEditions(Codebook([gap])), "010101", "2022", "2017").outcome == "look-at-the-goods"


def test_a_way_with_a_hole_does_not_convert() -> None:
    first = _table("2022-2017", [("010101", "010101"), ("010101", "010102")])
    second = _table("2017-2012", [("010101", "010101")])
    crossing = _cross(HsEditions(Codebook([first, second])), "010101", "2022", "2012")
    assert (crossing.outcome, [one.code for one in crossing.candidates]) == ("look-at-the-goods", ["010101"])


_digits = st.sampled_from([f"0{n}0{m}01" for n in range(1, 6) for m in range(1, 4)])
_pairs = st.lists(st.tuples(_digits, _digits), min_size=1, max_size=25, unique=True)


@given(_pairs)
def test_whatever_the_table_a_code_converts_exactly_if_it_has_one_successor(pairs: list[tuple[str, str]]) -> None:
    editions = HsEditions(Codebook([_table("2022-2017", pairs)]))
    for start, end, ways in (("2022", "2017", pairs), ("2017", "2022", [(new, old) for old, new in pairs])):
        successors = defaultdict(set)
        for old, new in ways:
            successors[old].add(new)
        for code, expected in successors.items():
            crossing = _cross(editions, code, start, end)
            assert {one.code for one in crossing.candidates} == expected
            assert (crossing.outcome == "converted") == (len(expected) == 1)


@given(_pairs)
def test_no_goods_get_lost_on_the_way_there_and_back(pairs: list[tuple[str, str]]) -> None:
    editions = HsEditions(Codebook([_table("2022-2017", pairs)]))
    for old, _ in pairs:
        for candidate in _cross(editions, old, "2022", "2017").candidates:
            assert old in {one.code for one in _cross(editions, candidate.code, "2017", "2022").candidates}


@cache
def _published() -> tuple[CodeList, ...]:
    folder = corpora("host", "hs-correlation")
    files = sorted(folder.glob("*.xlsx"))
    return tuple(
        CodeList(import_list(Wanted(list="hs-correlation"), [Source(file.name, file.read_bytes())]).kept)
        for file in files
    )


@pytest.mark.parametrize(
    ("edition", "counts"),
    [
        ("2022-2017", {"1:1": 4097, "n:1": 1392, "1:n": 54, "n:n": 10114}),
        ("2022-2012", {"1:1": 3714, "n:1": 1718, "1:n": 70, "n:n": 10875}),
        ("2022-2007", {"1:1": 3414, "n:1": 1914, "1:n": 131, "n:n": 11176}),
        ("2017-2012", {"1:1": 4744, "n:1": 578, "1:n": 44, "n:n": 775}),
        ("2017-2007", {"1:1": 4417, "n:1": 799, "1:n": 124, "n:n": 983}),
    ],
)
def test_the_published_tables_are_read_whole(edition: str, counts: dict[str, int]) -> None:
    table = next(one for one in _published() if one.edition.edition == edition)
    found: dict[str, int] = defaultdict(int)
    for pair in table:
        found[pair.attributes["relation"]] += 1
    assert found == counts


def test_chains_of_published_tables_convert_what_the_direct_table_converts_and_to_the_same() -> None:
    direct = {one.edition.edition: one for one in _published()}
    chain = HsEditions(Codebook([direct["2022-2017"], direct["2017-2012"]]))
    straight = HsEditions(Codebook([direct["2022-2012"]]))
    codes = sorted({pair.code for pair in direct["2022-2012"]})
    assert len(codes) == 5613
    results = [
        (_cross(straight, code, "2022", "2012").result, _cross(chain, code, "2022", "2012").result) for code in codes
    ]
    assert sum(one is not None for one, _ in results) == 5432
    assert all(one == other for one, other in results)
