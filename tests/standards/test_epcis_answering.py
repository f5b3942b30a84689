# SPDX-License-Identifier: Apache-2.0
"""Queries of EPCIS answered, and schedules of subscriptions: values in, values out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cocket.errors import SenderError
from cocket.standards.epcis.answering import asks_for, fits_pattern, ordered, query_from, require_query
from cocket.standards.epcis.schedule import next_run, read_schedule

EVENT: dict[str, Any] = {
    "type": "TransformationEvent",
    "eventTime": "2026-03-01T10:00:00Z",
    "inputEPCList": ["urn:epc:id:sgtin:4012345.011122.25"],
    "outputQuantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "quantity": 3}],
    "persistentDisposition": {"set": ["completeness_verified"]},
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:0614141.00777"}],
    "errorDeclaration": {"declarationTime": "2026-03-02T10:00:00Z", "reason": "incorrect_data"},
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, True),
        ({"eventType": ["ObjectEvent", "TransformationEvent"]}, True),
        ({"eventType": ["ObjectEvent"]}, False),
        ({"MATCH_anyEPC": ["urn:epc:id:sgtin:4012345.011122.25"]}, True),
        ({"MATCH_anyEPC": ["https://id.gs1.org/01/04012345111224/21/25"]}, True),
        ({"MATCH_inputEPC": ["urn:epc:idpat:sgtin:4012345.011122.*"]}, True),
        ({"MATCH_inputEPC": ["urn:epc:idpat:sgtin:4012345.*.*"]}, True),
        ({"MATCH_inputEPC": ["urn:epc:idpat:sgtin:4012346.*.*"]}, False),
        ({"MATCH_epc": ["urn:epc:id:sgtin:4012345.011122.25"]}, False),
        ({"MATCH_anyEPCClass": ["urn:epc:class:lgtin:4012345.012345.998877"]}, True),
        ({"MATCH_inputEPCClass": ["urn:epc:class:lgtin:4012345.012345.998877"]}, False),
        ({"EQ_persistentDisposition_set": ["https://ref.gs1.org/cbv/Disp-completeness_verified"]}, True),
        ({"EQ_persistentDisposition_unset": ["completeness_verified"]}, False),
        ({"EQ_source_owning_party": ["urn:epc:id:pgln:0614141.00777"]}, True),
        ({"EQ_source_possessing_party": ["urn:epc:id:pgln:0614141.00777"]}, False),
        ({"EQ_errorReason": ["incorrect_data"], "EXISTS_errorDeclaration": ""}, True),
        ({"GE_errorDeclarationTime": "2026-03-02T10:00:00Z"}, True),
        ({"LT_errorDeclarationTime": "2026-03-02T10:00:00Z"}, False),
        ({"GE_eventTime": "2026-03-01T11:00:00+01:00"}, True),
        ({"LT_eventTime": "2026-03-01T11:00:00+01:00"}, False),
        ({"EQ_bizStep": ["shipping"]}, False),
        ({"EQ_transformationID": ["urn:x:1"]}, False),
        ({"GE_recordTime": "2026-03-01T10:00:00Z"}, False),
    ],
)  # fmt: skip
def test_an_event_is_asked_for_where_every_parameter_holds(query: dict[str, Any], expected: bool) -> None:
    require_query(query)
    assert asks_for(query, EVENT) is expected


def test_a_pattern_fits_the_same_kind_of_key_alone() -> None:
    assert fits_pattern("urn:epc:idpat:sgtin:4012345.*.*", "urn:epc:id:sgtin:4012345.011122.a.b")
    assert not fits_pattern("urn:epc:idpat:sgtin:4012345.*.*", "urn:epc:id:sscc:4012345.0111222222")
    assert not fits_pattern("urn:epc:idpat:sgtin:*.011122.*", "urn:epc:id:sgtin:4012345.011122.25")
    assert not fits_pattern("urn:x:1", "urn:x:2")


def test_a_parameter_that_is_not_worked_out_is_refused_rather_than_left_out() -> None:
    for query in (
        {"EQ_type": ["Temperature"]},
        {"WD_bizLocation": ["urn:epc:id:sgln:0614141.07346.1234"]},
        {"EQ_ex:a": 1},
    ):
        with pytest.raises(SenderError, match="not supported") as refused:
            require_query(query)
        assert refused.value.found == next(iter(query))


def test_events_without_a_time_come_last_and_a_limit_cuts() -> None:
    events = [{"eventTime": f"2026-03-0{day}T00:00:00Z"} for day in (2, 1, 3)] + [{"eventID": "x"}]
    assert [one.get("eventTime", "none")[8:10] for one in ordered({"orderBy": "eventTime"}, events)] == [
        "03",
        "02",
        "01",
        "",
    ]
    assert len(ordered({"orderBy": "eventTime", "orderDirection": "ASC", "eventCountLimit": "2"}, events)) == 2


def test_values_of_an_address_are_divided_and_a_name_comes_once() -> None:
    assert query_from([("EQ_action", "ADD|DELETE"), ("GE_eventTime", "2026-01-01T00:00:00Z")]) == {
        "EQ_action": ["ADD", "DELETE"], "GE_eventTime": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    with pytest.raises(SenderError, match="twice"):
        query_from([("EQ_action", "ADD"), ("EQ_action", "ADD")])


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"hour": "1", "minute": "5"}, "2026-03-02T01:05:00"),
        ({"minute": "[0-5],30"}, "2026-03-01T10:30:00"),
        ({"second": "30"}, "2026-03-01T10:15:30"),
        ({"dayOfWeek": "1", "hour": "0", "minute": "0"}, "2026-03-02T00:00:00"),
        ({"dayOfMonth": "29", "month": "2", "hour": "0", "minute": "0"}, "2028-02-29T00:00:00"),
        ({"dayOfMonth": "31"}, "2026-03-31T00:00:00"),
    ],
)
def test_a_schedule_runs_next(schedule: dict[str, str], expected: str) -> None:
    after = datetime(2026, 3, 1, 10, 15, 0, tzinfo=UTC)
    assert next_run(read_schedule(schedule), after) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "schedule",
    [{}, {"hour": "24"}, {"hour": "5-6"}, {"hour": "[6-5]"}, {"minute": ""}, {"year": "2026"}, [], "daily", {"second": "0/30"},
     {"dayOfMonth": "30", "month": "2"}],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(schedule: Any) -> None:
    with pytest.raises(SenderError):
        read_schedule(schedule)
