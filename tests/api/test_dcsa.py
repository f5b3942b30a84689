# SPDX-License-Identifier: Apache-2.0
"""Events of Track and Trace that carriers push to a real house: taken in, answered as DCSA asks, and signed where that was agreed."""

from __future__ import annotations

import base64
import hmac
import json
import socket
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.api.server import Api
from cocket.gate import Bounds, Meter
from tests.api.test_one_record import Ask
from tests.api.test_one_record import ask as _ask
from tests.corpora import corpora
from tests.exchange.test_source_connectors import THREE
from tests.houses import Built, build
from tests.simulators.doors import open_door

ask = _ask
SECRET = b"a secret of thirty-two bytes, or more"
SAMPLES = Path(__file__).resolve().parents[1] / "samples"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("dcsa"))
    yield made
    made.house.close()


def two(number: str) -> dict[str, Any]:
    """An event of edition 2.2."""
    return {
        "eventID": f"84db923d-2a19-4eb0-beb5-446c1ec57d3{number}",
        "eventType": "EQUIPMENT",
        "eventCreatedDateTime": "2026-01-20T10:20:00Z",
        "eventClassifierCode": "ACT",
        "eventDateTime": "2026-01-20T10:15:00Z",
        "equipmentEventTypeCode": "GTOT",
        "equipmentReference": "APZU4812090",
        "emptyIndicatorCode": "LADEN",
    }


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
    olds = [two(str(number)) for number in (1, 2, 3)]
    assert push(ask, olds, "QUES").status_code == 200
    seen, path = [], "?limit=2"
    while path:
        reply = ask("GET", f"/v1/dcsa/events{path}", "QUES")
        seen += [one["eventID"] for one in reply.json()["events"]]
        cursor = reply.headers.get("next-page-cursor")
        path = f"?limit=2&cursor={cursor}" if cursor else ""
    assert seen == ["q1", "q2", "q3", "q4", "q5"]
    assert len(ask("GET", "/v1/dcsa/events?limit=9999", "QUES").json()["events"]) == len(seen)  # as if it were 1,000
    old = ask("GET", "/v1/dcsa/events?limit=2", "QUES", headers={"API-Version": "2"})
    assert old.headers["current-page"].endswith("/v1/dcsa/events?limit=2")
    last = ask("GET", old.headers["next-page"], "QUES", headers={"API-Version": "2"})
    assert [*old.json(), *last.json()] == olds
    assert "next-page" not in last.headers
    assert last.headers["current-page"] == old.headers["next-page"]
    for wrong in (
        "?anything=1",
        "?eventDateTime:gte=soon",
        "?cursor=!",
        "?cursor=LTU",
        "?limit=0",
        "?eventType=",
    ):
        assert ask("GET", f"/v1/dcsa/events{wrong}", "QUES").status_code in (400, 422), wrong


def test_an_answer_holds_events_of_one_edition_says_which_and_counts_those_of_the_other(ask: Ask) -> None:
    assert push(ask, [two("1"), two("2")], "MIXED").status_code == 200
    assert push(ask, {"events": [THREE("m1"), THREE("m2"), THREE("m3")]}, "MIXED").status_code == 200
    assert push(ask, {"events": [{"eventID": "m1", "isRetracted": True}]}, "MIXED").status_code == 200
    paper = (SAMPLES / "dcsa" / "transport-document.json").read_bytes()
    headers = {"Content-Type": "application/json"}
    assert ask("POST", "/v1/messages", "MIXED", content=paper, headers=headers).status_code == 202

    def asked(edition: str, query: str = "") -> tuple[list[Any], str, str]:
        reply = ask("GET", f"/v1/dcsa/events{query}", "MIXED", headers={"API-Version": edition} if edition else {})
        assert reply.status_code == 200, reply.text
        found = reply.json()
        told = reply.headers["cocket-left-out"]
        if reply.headers["api-version"] == "3.0.0":
            assert ("feedbackElements" in found) == (told != "0")
            found = found["events"]
        return [one["eventID"] for one in found], reply.headers["api-version"], told

    new = (["m1", "m2", "m3", "m1"], "3.0.0", "2")
    assert asked("") == asked("3") == asked("3.0.0") == new
    assert asked("2.2.0") == asked("2") == ([two("1")["eventID"], two("2")["eventID"]], "2.2.0", "4")
    assert asked("3.0.0", "?eventTypes=EQUIPMENT&equipmentEventTypeCodes=LOAD") == (["m1", "m2", "m3"], "3.0.0", "0")
    counted, path = [], "?limit=2"
    while path:  # what is left out is counted once, on the page in whose place it stands
        reply = ask("GET", f"/v1/dcsa/events{path}", "MIXED")
        counted.append(int(reply.headers["cocket-left-out"]))
        cursor = reply.headers.get("next-page-cursor")
        path = f"?limit=2&cursor={cursor}" if cursor else ""
    assert sum(counted) == 2
    for wrong in ("4.0.0", "1", "newest"):
        told = ask("GET", "/v1/dcsa/events", "MIXED", headers={"API-Version": wrong})
        assert (told.status_code, told.json()["error"]["code"]) == (400, "dcsa-edition")
        assert push(ask, {"events": [THREE("m9")]}, "MIXED", API_Version=wrong).status_code == 400


NEWER, OLDER = {"API-Version": "3.0.0"}, {"API-Version": "2.2.0"}


@pytest.mark.parametrize(
    ("method", "path", "how", "status"),
    [
        ("GET", "/events?limit=0", {}, 400),
        ("GET", "/events?anything=1", {}, 400),
        ("GET", "/events", {"headers": {"Authorization": "Bearer nobody"}}, 401),
        ("GET", "/events", {"headers": {"Cocket-Purpose": "curiosity"}}, 422),
        ("POST", "/events", {"headers": {"Cocket-Sender": "OTHER"}}, 403),
        ("GET", "/nothing", {}, 404),
        ("DELETE", "/events", {}, 405),
        ("GET", "/event-subscriptions/none", {}, 404),
        ("POST", "/events", {"content": b"x", "headers": {"Content-Type": "image/png"}}, 415),
        ("POST", "/events", {"content": b"{"}, 400),
        ("POST", "/events", {"content": b'{"a": 1}'}, 400),
        ("POST", "/event-subscriptions", {"content": b"{"}, 400),
        ("POST", "/event-subscriptions", {"content": b" " * 70_000}, 413),
    ],
)
def test_a_refusal_is_stated_as_the_edition_has_it_wherever_it_is_refused(
    ask: Ask, method: str, path: str, how: dict[str, Any], status: int
) -> None:
    for edition in (NEWER, OLDER):
        headers = {"Content-Type": "application/json", **how.get("headers", {}), **edition}
        reply = ask(method, f"/v1/dcsa{path}", **{**how, "headers": headers})
        is_refusal(reply, edition["API-Version"], status, method, path)


def is_refusal(reply: Any, edition: str, status: int, method: str, path: str) -> None:
    assert (reply.status_code, reply.headers["content-type"]) == (status, "application/json"), reply.text
    assert reply.headers["api-version"] == edition
    told = reply.json()
    assert told["error"]["message"]
    if edition == "3.0.0":
        assert {one["severity"] for one in told["feedbackElements"]} <= {"ERROR", "WARN", "INFO"}
        assert told["feedbackElements"][0]["severity"] == "ERROR" and told["feedbackElements"][0]["message"]
        return
    assert (told["httpMethod"], told["requestUri"]) == (method, f"/v1/dcsa{path}".partition("?")[0])
    assert (told["statusCode"], told["statusCodeText"]) == (status, HTTPStatus(status).phrase)
    assert datetime.fromisoformat(told["errorDateTime"]).tzinfo is not None
    assert told["errors"] and all(0 < len(one["message"]) <= 200 and one["reason"] for one in told["errors"])


def test_what_the_gate_refuses_is_stated_so_too_by_which_edition_each_address_has(built: Built) -> None:
    api = Api(built.house, Meter())
    with open_door(api, Bounds(body_bytes=100), form=api.form) as port, httpx.Client(trust_env=False) as client:
        for edition, path in (("3.0.0", "/events"), ("2.2.0", "/event-subscriptions"), ("2.2.0", "/callbacks/none")):
            reply = client.post(f"http://127.0.0.1:{port}/v1/dcsa{path}", content=b" " * 200)
            is_refusal(reply, edition, 413, "POST", path)
        told = client.post(f"http://127.0.0.1:{port}/v1/messages", content=b" " * 200)
        assert (told.status_code, set(told.json())) == (413, {"error"})
        told = client.post(f"http://127.0.0.1:{port}/v1/epcis/capture", content=b" " * 200)
        assert (told.status_code, told.headers["content-type"]) == (413, "application/problem+json")
        assert told.json()["type"] == "epcisException:CaptureLimitExceededException"
        assert told.headers["gs1-epcis-capture-limit"] == "2000"
        told = client.post(f"http://127.0.0.1:{port}/v1/one-record/logistics-objects", content=b" " * 200)
        assert (told.status_code, told.headers["content-type"]) == (413, "application/ld+json")
        assert told.json()["@type"] == "https://onerecord.iata.org/ns/api#Error"
        whole = "GET /v1/epcis/%2e HTTP/1.1\r\nHost: x\r\n\r\n", "POST /v1/dcsa/events"  # refused as a head; cut off
        for text in whole:
            with socket.create_connection(("127.0.0.1", port)) as made:
                made.sendall(text.encode() + b"\x00" * (text == whole[1]))
                first = made.recv(65536)
            assert first.startswith(b"HTTP/1.1 400"), first


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
