# SPDX-License-Identifier: Apache-2.0
"""Events as JSON, and the document that describes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import jsonschema_rs
import pytest

from cocket import __version__
from cocket.exchange.cloud_events import Told, bus_subject, source_of, write_async_api, write_event
from cocket.governance.events import CATALOGUE, EVENT_TYPES, OFFERED, PING, RELEASE_TOLD, Audience
from tests.house.source import ROOT

AT = datetime(2026, 12, 1, 6, 30, 0, 1, tzinfo=UTC)
SPECIFICATION = ROOT / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0.json"


def told(name: str) -> Told:
    return Told(id="evt_1", source=source_of("customs.example/log/2026"), type=name, identity="0190", at=AT)


def described(name: str) -> jsonschema_rs.Validator:
    schemas = write_async_api("1")["components"]["schemas"]
    key = next(
        key for key, one in schemas.items() if key != "event" and one["allOf"][1]["properties"]["type"]["const"] == name
    )
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/components/schemas/{key}", "components": {"schemas": schemas}}
    )


@pytest.mark.parametrize("audience", ["trader", "partner", "administration"])
@pytest.mark.parametrize("name", [*EVENT_TYPES, PING])
def test_an_event_holds_an_id_a_time_and_a_link_and_is_as_the_document_says(name: str, audience: Audience) -> None:
    event = json.loads(write_event(told(name), audience))
    assert event["specversion"] == "1.0" and event["type"] == name
    assert event["time"] == event["data"]["time"] == "2026-12-01T06:30:00.000001Z"
    assert event["data"].keys() <= {"id", "time", "link"} and event["data"]["id"] == "0190"
    assert event["source"] == "//customs.example/log/2026"
    described(name).validate(event)
    assert not described(name).is_valid({**event, "data": {**event["data"], "lane": "red"}})
    assert not described(name).is_valid({**event, "type": "org.cocket.other"})


def test_a_trader_is_offered_nothing_that_hangs_on_a_lane() -> None:
    assert not [name for name in OFFERED["trader"] if not EVENT_TYPES[name].is_of_sender]
    assert RELEASE_TOLD not in OFFERED["trader"] and RELEASE_TOLD in OFFERED["administration"]
    assert OFFERED["administration"] == tuple(one.name for one in CATALOGUE)


def test_links_of_a_trader_lead_to_his_own_affairs() -> None:
    mine = json.loads(write_event(told("org.cocket.question.asked"), "trader"))
    theirs = json.loads(write_event(told("org.cocket.question.asked"), "administration"))
    assert (mine["data"]["link"], theirs["data"]["link"]) == ("/v1/own/questions/0190", "/v1/questions/0190")
    assert bus_subject("org.cocket.question.asked") == "cocket.events.question.asked"


def test_the_document_in_the_documentation_is_the_one_that_is_served() -> None:
    page = json.loads((ROOT / "docs" / "reference" / "asyncapi.json").read_text(encoding="utf-8"))
    assert page == write_async_api(__version__), "cocket webhooks describe prints it"


def test_the_document_is_asyncapi_3() -> None:
    if not SPECIFICATION.exists():
        pytest.skip("@asyncapi/specs is not installed (make build)")
    schema = jsonschema_rs.Draft7Validator(json.loads(SPECIFICATION.read_text()))
    document = write_async_api("1.0")
    schema.validate(document)
    assert not schema.is_valid({**document, "channels": {"webhook": {"adress": None}}})
    for operation in document["operations"].values():
        for reference in (operation["channel"]["$ref"], *(one["$ref"] for one in operation["messages"])):
            part = document
            for step in reference.removeprefix("#/").split("/"):
                part = part[step]
    assert {one["name"] for one in document["components"]["messages"].values()} == {*EVENT_TYPES, PING}
