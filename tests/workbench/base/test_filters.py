# SPDX-License-Identifier: Apache-2.0
"""The part of the queue an address asks for."""

from __future__ import annotations

import pytest

from cocket.pipeline import QueueFilter
from cocket.workbench.base.filters import PAGE, query_of, read_filter


def test_an_address_and_its_filter_say_the_same() -> None:
    wanted = QueueFilter(lane="red", office="PTA1", state="all", text="a & b", offset=25, limit=PAGE)
    query = query_of(wanted)
    assert query == "?lane=red&office=PTA1&state=all&text=a+%26+b&offset=25"
    asked = {"lane": "red", "office": "PTA1", "state": "all", "text": "a & b", "offset": "25"}
    assert read_filter(asked) == wanted


def test_the_usual_part_needs_no_query() -> None:
    assert query_of(read_filter({})) == ""


@pytest.mark.parametrize(
    "asked",
    [
        {"lane": "purple"},
        {"state": "lost"},
        {"offset": "-1"},
        {"offset": "²"},
        {"offset": "x"},
        {"text": "  "},
        {"office": ""},
    ],
)
def test_what_an_address_says_wrongly_counts_as_not_said(asked: dict[str, str]) -> None:
    assert read_filter(asked) == QueueFilter(limit=PAGE)


def test_an_offset_too_far_is_cut_and_a_text_too_long_too() -> None:
    wanted = read_filter({"offset": "9" * 30, "text": "x" * 1000})
    assert wanted.offset == 1_000_000
    assert len(wanted.text or "") == 100


def test_another_lane_starts_again_at_the_first_line() -> None:
    assert query_of(QueueFilter(lane="red", offset=50), lane="green") == "?lane=green"
    assert query_of(QueueFilter(lane="red", offset=50), offset=75) == "?lane=red&offset=75"
