# SPDX-License-Identifier: Apache-2.0
"""Events of Track and Trace that carriers push to a real house: taken in, answered as DCSA asks, and signed where that was agreed."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from tests.api.test_one_record import Ask
from tests.api.test_one_record import ask as _ask
from tests.corpora import corpora
from tests.exchange.test_source_connectors import THREE
from tests.houses import Built, build

ask = _ask
SECRET = b"a secret of thirty-two bytes, or more"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("dcsa"))
    yield made
    made.house.close()


def push(ask: Ask, value: Any, sender: str = "ACME", **headers: str) -> Any:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    told = {name.replace("_", "-"): one for name, one in headers.items()}
    return ask("POST", "/v1/dcsa/events", sender, content=content, headers={"Content-Type": "application/json", **told})


def test_events_are_taken_in_and_answered_with_feedback(ask: Ask, built: Built) -> None:
    good = push(ask, {"events": [THREE("a")]})
    assert (good.status_code, good.json()) == (200, {"feedbackElements": []})
    assert ask("HEAD", "/v1/dcsa/events").status_code == 204
    wrong = THREE("b")
    del wrong["eventDateTime"]
    bad = push(ask, {"events": [THREE("c"), wrong]})
    assert bad.status_code == 400
    (told,) = bad.json()["feedbackElements"]
    assert (told["severity"], told["propertyPath"]) == ("ERROR", "$.events[1].eventDateTime")
    assert push(ask, {"a": 1}).status_code in (400, 422)
    assert push(ask, b"{").status_code in (400, 422)
    assert push(ask, {"events": [THREE("d")]}, "BETANIA", Cocket_Sender="ACME").status_code == 403


def test_a_retraction_is_taken_though_it_says_nothing_else(ask: Ask) -> None:
    assert push(ask, {"events": [THREE("r1")]}).status_code == 200
    gone = push(ask, {"events": [{"eventID": "r1", "isRetracted": True}]})
    assert (gone.status_code, gone.json()) == (200, {"feedbackElements": []})


def test_what_was_pushed_is_asked_for_by_its_sender_alone_page_by_page_in_both_editions(ask: Ask) -> None:
    events = [THREE(f"q{number}", eventDateTime=f"2026-03-0{number}T10:00:00Z") for number in range(1, 6)]
    events[4]["equipmentDetails"] = {"equipmentReference": "CSQU3054383"}
    assert push(ask, {"events": events[:3]}, "QUES").status_code == 200
    assert push(ask, {"events": events[3:]}, "QUES").status_code == 200

    def ids(path: str, sender: str = "QUES", **headers: str) -> list[str]:
        told = {name.replace("_", "-"): one for name, one in headers.items()}
        reply = ask("GET", f"/v1/dcsa/events{path}", sender, headers=told)
        assert reply.status_code == 200, reply.text
        value = reply.json()
        return [one["eventID"] for one in (value if told else value["events"])]

    assert ids("") == ["q1", "q2", "q3", "q4", "q5"]
    assert ids("", "OTHER") == []
    assert ids("?equipmentReference=CSQU3054383") == ["q5"]
    assert ids(
        "?eventTypes=TRANSPORT,EQUIPMENT&equipmentEventTypeCodes=LOAD&eventDateTime:lt=2026-03-02T12:00:00Z"
    ) == [
        "q1",
        "q2",
    ]
    assert ids("?eventType=SHIPMENT", API_Version="2.2.0") == []
    seen, path = [], "?limit=2"
    while path:
        reply = ask("GET", f"/v1/dcsa/events{path}", "QUES")
        seen += [one["eventID"] for one in reply.json()["events"]]
        cursor = reply.headers.get("next-page-cursor")
        path = f"?limit=2&cursor={cursor}" if cursor else ""
    assert seen == ["q1", "q2", "q3", "q4", "q5"]
    assert len(ask("GET", "/v1/dcsa/events?limit=9999", "QUES").json()["events"]) == len(seen)  # as if it were 1,000
    old = ask("GET", "/v1/dcsa/events?limit=2", "QUES", headers={"API-Version": "2"})
    assert [
        one["eventID"] for one in ask("GET", old.headers["next-page"], "QUES", headers={"API-Version": "2"}).json()
    ] == [
        "q3",
        "q4",
    ]
    for wrong in (
        "?anything=1",
        "?eventDateTime:gte=soon",
        "?cursor=!",
        "?cursor=LTU",
        "?limit=0",
        "?eventType=",
    ):
        assert ask("GET", f"/v1/dcsa/events{wrong}", "QUES").status_code in (400, 422), wrong


def test_a_sender_that_signs_is_held_to_it(ask: Ask, built: Built) -> None:
    body = json.dumps({"events": [THREE("s1")]}).encode()
    good = f"sha256={hmac.new(SECRET, body, sha256).hexdigest()}"
    assert push(ask, body, "CARR", Notification_Signature=good).status_code == 422  # nobody left a secret
    told = {"sender": "CARR", "secret": base64.b64encode(SECRET).decode()}
    assert ask("PUT", "/v1/dcsa/secret", "OTHER", json=told).status_code in (403, 404)
    assert ask("PUT", "/v1/dcsa/secret", "CARR", json={**told, "secret": "c2hvcnQ="}).status_code == 422
    assert ask("PUT", "/v1/dcsa/secret", "CARR", json={**told, "secret": "!"}).status_code == 422
    assert ask("PUT", "/v1/dcsa/secret", "CARR", json=told).status_code == 204
    assert push(ask, body, "CARR").status_code == 422
    assert push(ask, body + b" ", "CARR", Notification_Signature=good).status_code == 422
    assert push(ask, body, "CARR", Notification_Signature="sha256=00").status_code == 422
    assert push(ask, body, "CARR", Notification_Signature=good).status_code == 200
    assert SECRET not in b"".join(built.bodies("dcsa-secret"))
    assert ask("PUT", "/v1/dcsa/secret", "CARR", json={**told, "secret": ""}).status_code == 204
    assert push(ask, {"events": [THREE("s2")]}, "CARR").status_code == 200


def test_conformance_every_push_of_the_public_cases_is_taken_and_wrong_ones_say_where(ask: Ask) -> None:
    folder = corpora("dcsa-conformance", "tnt", "src", "main", "resources", "standards", "tnt", "messages")
    for path in sorted(folder.glob("*.json")):
        reply = push(ask, path.read_bytes())
        if "wrong" in path.name:
            assert reply.status_code in (400, 422), path.name
            assert "wrong-structure" in path.name or reply.json()["feedbackElements"], path.name
        else:
            assert reply.status_code == 200, (path.name, reply.text)
