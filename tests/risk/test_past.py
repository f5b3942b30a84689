# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import msgspec
import pytest

from cocket.errors import UnreadableError
from cocket.risk import PastCase, read_past
from tests.risk.given import case

HEADER = b"id,depth,found,returned\n"


def lines(*cases: PastCase) -> bytes:
    return b"".join(msgspec.json.encode(each) + b"\n" for each in cases)


def past_case(id: str, day: float) -> PastCase:
    return PastCase(case=case(id=id, day=day), lane="red", propensity=0.03)


def test_cases_come_in_the_order_of_their_days_and_results_find_them() -> None:
    past = read_past(
        lines(past_case("b", 2.0), past_case("a", 1.0)), HEADER + b"b,full,true,1970-01-09T00:00:00+00:00\n"
    )
    assert [each.case.facts.id for each in past.cases] == ["a", "b"]
    assert list(past.outcomes) == ["b"]
    result = past.outcomes["b"]
    assert (result.found, result.returned, result.propensity) == (True, 8.0, 0.03)
    assert (result.offence, result.recovered) == (None, None)


def test_offence_and_what_was_recovered_are_read_where_they_are_told() -> None:
    header = HEADER.replace(b"\n", b",offence,duty_recovered\n")
    rows = b"a,full,true,1970-01-09T00:00:00+00:00,revenue,120.50\nb,full,false,1970-01-09T00:00:00+00:00,,0.00\n"
    outcomes = read_past(lines(past_case("a", 1.0), past_case("b", 1.0)), header + rows).outcomes
    assert [(one.offence, one.recovered) for one in outcomes.values()] == [("revenue", 120.5), (None, None)]


@pytest.mark.parametrize(
    "row", [b"a,not-examined,,2026-01-01T00:00:00+00:00\n", b"a,documents,false,2026-01-01T00:00:00+00:00\n"]
)
def test_what_nobody_looked_into_is_no_label(row: bytes) -> None:
    past = read_past(lines(past_case("a", 1.0)), HEADER + row)
    assert past.outcomes == {}


@pytest.mark.parametrize(
    ("cases", "results", "line"),
    [
        (b"not json\n", HEADER, "Line 1 of the cases"),
        (lines(past_case("b", 2.0)) + b'{"case":{}}\n', HEADER, "Line 2 of the cases"),
        (None, HEADER + b"stranger,full,true,2026-01-01T00:00:00+00:00\n", "Line 2 of the results"),
        (None, HEADER + b"a,documents,,\na,full,perhaps,2026-01-01T00:00:00+00:00\n", "Line 3 of the results"),
        (None, HEADER + b"a,full,true,some day\n", "Line 2 of the results"),
        (None, b"id,found\na,true\n", "Line 2 of the results"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_its_line(cases: bytes | None, results: bytes, line: str) -> None:
    with pytest.raises(UnreadableError, match=line):
        read_past(lines(past_case("a", 1.0)) if cases is None else cases, results)
