# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cocket.api import build_app
from cocket.api.errors import fault_of
from cocket.errors import PolicyError, StoreError
from cocket.pipeline.operations.health import Check
from cocket.settings import Settings
from tests.api.conftest import Ask, Keys
from tests.simulators.doors import connect, open_door, send
from tests.simulators.house import CardHouse

NOT_FOUND = {"error": {"code": "not-found", "message": "Not found, or this key may not see it.", "hint": None}}


def test_a_message_can_be_seen_by_its_sender(ask: Ask, lodged: str, good_message: bytes) -> None:
    view = ask("GET", f"/v1/messages/{lodged}").json
    assert (view["id"], view["outcome"], view["sender"]) == (lodged, "accepted", "trader")
    assert ask("GET", f"/v1/messages/{lodged}/receipt").json["index"] == view["index"]
    content = ask("GET", f"/v1/messages/{lodged}/content")
    assert content.body == good_message
    assert content.headers["content-disposition"] == "attachment"
    assert content.headers["content-type"] == "application/octet-stream"


def test_findings_of_a_refused_message_are_said_in_words(ask: Ask) -> None:
    refused = ask("POST", "/v1/messages", body=b"<wrong/>").json
    assert ask("GET", f"/v1/messages/{refused['id']}").json["findings"] == refused["findings"]


def test_a_proof_is_asked_for_again_until_it_is_there(
    ask: Ask, house: Any, lodged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = ask("GET", f"/v1/messages/{lodged}/proof")
    assert (early.status, early.headers["retry-after"], early.json) == (202, "1", {"state": "sealed"})
    monkeypatch.setattr(house, "is_in_head", True)
    assert ask("GET", f"/v1/messages/{lodged}/proof").status == 200


@pytest.mark.parametrize("part", ["", "/receipt", "/proof", "/content"])
def test_what_is_not_there_and_what_is_anothers_look_the_same(ask: Ask, keys: Keys, lodged: str, part: str) -> None:
    foreign = ask("GET", f"/v1/messages/{lodged}{part}", key=keys.host)
    absent = ask("GET", f"/v1/messages/m999{part}", key=keys.host)
    assert (foreign.status, absent.status) == (404, 404)
    assert foreign.body == absent.body
    assert foreign.json == NOT_FOUND
    dates = ("date",)
    assert {k: v for k, v in foreign.headers.items() if k not in dates} == {
        k: v for k, v in absent.headers.items() if k not in dates
    }


def test_a_consignment_is_found_by_a_reference(ask: Ask) -> None:
    found = ask("GET", "/v1/consignments?ref=TSTB0100007").json["consignments"]
    assert [one["id"] for one in found] == ["c1"]
    assert ask("GET", "/v1/consignments?ref=none&kind=ucr").json == {"consignments": []}


@pytest.mark.parametrize("query", ["", "?ref=", "?kind=ucr", "?ref=" + "a" * 201])
def test_a_search_without_a_usable_reference_is_refused(ask: Ask, query: str) -> None:
    reply = ask("GET", f"/v1/consignments{query}")
    assert (reply.status, reply.code) == (422, "parameter")
    assert "ref" in reply.json["error"]["message"]


def test_a_dossier_its_timeline_and_its_assessment_are_given_in_words(ask: Ask) -> None:
    dossier = ask("GET", "/v1/consignments/c1").json
    assert dossier["findings"][0]["message"] == "this is wrong"
    timeline = ask("GET", "/v1/consignments/c1/timeline").json["timeline"]
    assert [event["message"] for event in timeline] == ["assessed as red"]
    assert timeline == dossier["timeline"]
    advice = ask("GET", "/v1/consignments/c1/assessment").json
    assert (advice["lane"], advice["reasons"][0]["message"]) == ("red", "value is low")


def test_a_dossier_that_policy_forbids_looks_like_none(ask: Ask) -> None:
    for part in ("", "/timeline", "/assessment"):
        foreign, absent = (ask("GET", f"/v1/consignments/{name}{part}") for name in ("foreign", "absent"))
        assert (foreign.status, foreign.json) == (404, NOT_FOUND)
        assert foreign.body == absent.body


def test_an_act_that_policy_forbids_is_told_as_such_where_it_names_nothing(
    ask: Ask, house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*arguments: Any) -> Any:
        raise PolicyError("Not allowed: dossier:search.", reasons=("nothing-permits",))

    monkeypatch.setattr(house.queries.records, "find", forbidden)
    reply = ask("GET", "/v1/consignments?ref=a")
    assert (reply.status, reply.code) == (403, "not-allowed")


def test_advice_is_given_without_lodging(ask: Ask, taken: Any) -> None:
    before = taken()
    assert ask("POST", "/v1/assessments", body=b"<a/>").json["lane"] == "red"
    refused = ask("POST", "/v1/assessments", body=b"nothing")
    assert (refused.status, refused.json["findings"][0]["code"]) == (422, "card-wrong")
    assert ask("POST", "/v1/assessments", body=b"<a/>", Content_Type="application/pdf").status == 415
    assert taken() == before


def test_the_result_of_an_examination_is_recorded(ask: Ask, house: Any) -> None:
    result = {"depth": "full", "found": True, "offence": "revenue", "duty_recovered": "12.50", "currency": "NZD"}
    reply = ask("POST", "/v1/control-orders/o1/results", body=json.dumps(result).encode())
    assert reply.status == 201
    assert {name: reply.json[name] for name in result} == result
    assert (house.results[-1].depth, house.results[-1].found) == ("full", True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"{}",
        b'{"depth":"deep"}',
        b'{"depth":"full","found":"yes"}',
        b'{"depth":"full","duty_recovered":12.5}',
        b'{"depth":"full","duty_recovered":"-1"}',
        b'{"depth":"full","duty_recovered":"NaN"}',
        b'{"depth":"full","currency":"nzd"}',
        b'{"depth":"full","note":"a\\u0000b"}',
        b'{"depth":"full","note":"\\ud800"}',
        b'{"depth":"full","surprise":1}',
        b"\xff\xfe",
        b'{"note":' * 5000,
    ],
)
def test_a_malformed_result_is_refused_with_a_reason(ask: Ask, house: Any, body: bytes) -> None:
    before = len(house.results)
    reply = ask("POST", "/v1/control-orders/o1/results", body=body)
    has_control_character = b"\\u0000" in body
    assert (reply.status, reply.code) == (422, "control-character" if has_control_character else "result-malformed")
    assert len(house.results) == before


def test_a_result_larger_than_a_form_is_refused(ask: Ask) -> None:
    reply = ask("POST", "/v1/control-orders/o1/results", body=b" " * 65537)
    assert (reply.status, reply.code) == (413, "too-large")


def test_a_planted_bug_is_answered_without_its_text_and_with_a_number(
    ask: Ask, house: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*arguments: Any) -> Any:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(house.queries.records, "message", broken)
    reply = ask("GET", "/v1/messages/m1")
    assert (reply.status, reply.code) == (500, "defect")
    assert b"secret" not in reply.body
    assert b"RuntimeError" not in reply.body
    number = reply.json["error"]["hint"].split()[-1].rstrip(".")
    assert number in capsys.readouterr().out


@pytest.mark.parametrize("path", ["/v1/none", "/v1/", "/v1/messages/", "/v1/messages/m1/none", "/v1/admin"])
def test_what_nobody_knows_is_not_found_but_only_strangers_are_asked_for_a_key(ask: Ask, path: str) -> None:
    assert (ask("GET", path).status, ask("GET", path).json) == (404, NOT_FOUND)
    assert ask("GET", path, key=None).status == 401


@pytest.mark.parametrize("path", ["/", "/metrics", "/docs", "/openapi.json", "/redoc", "/static/x", "/V1/messages"])
def test_nothing_else_is_open_to_the_public(ask: Ask, path: str) -> None:
    assert ask("GET", path, key=None).json == NOT_FOUND


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/messages/m1", "GET"),
        ("OPTIONS", "/v1/consignments", "GET"),
        ("GET", "/v1/assessments", "POST"),
        ("PUT", "/v1/control-orders/o1/results", "POST"),
        ("POST", "/healthz", "GET, HEAD"),
    ],
)
def test_a_method_that_a_route_does_not_know_is_told_those_it_does(
    ask: Ask, method: str, path: str, allowed: str
) -> None:
    reply = ask(method, path)
    assert (reply.status, reply.code) == (405, "method-not-allowed")
    assert sorted(reply.headers["allow"].split(", ")) == allowed.split(", ")


def test_health_and_readiness_are_one_public_word(ask: Ask, house: Any, port: int) -> None:
    assert (ask("GET", "/healthz", key=None).body, ask("GET", "/readyz", key=None).body) == (b"ok", b"ready")


@pytest.mark.parametrize(("state", "status", "word"), [("failed", 503, b"not-ready"), ("degraded", 200, b"degraded")])
def test_a_house_that_is_not_well_says_so_in_a_word_and_nothing_more(
    house: Any, monkeypatch: pytest.MonkeyPatch, state: Any, status: int, word: bytes
) -> None:
    monkeypatch.setattr(house, "checks", (Check(name="disk", state=state, words="the disk at /var/secret is full"),))
    with open_door(build_app(house)) as port:
        (reply,) = send(port, b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")
    assert (reply.status, reply.body, reply.headers.get("retry-after")) == (
        status,
        word,
        "1" if status == 503 else None,
    )


def test_a_key_over_its_quota_is_told_when_to_come_back(house: Any, keys: Keys, tmp_path: Path) -> None:
    slow = CardHouse(Settings(home=tmp_path, requests_per_second=0.5), house.callers)
    request = b"GET /v1/messages/m1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n"
    with open_door(build_app(slow)) as port:
        statuses = [send(port, request % keys.trader.encode())[0].status for _ in range(2)]
        (other,) = send(port, request % keys.host.encode())
        (refused,) = send(port, request % keys.trader.encode())
    assert statuses == [404, 429]
    assert other.status == 404
    assert refused.headers["retry-after"] == "2"


def test_only_what_is_public_answers_to_head(port: int, keys: Keys) -> None:
    for path, line in {
        "/healthz": b"HTTP/1.1 200",
        "/v1/messages": b"HTTP/1.1 405",
        "/v1/messages/m1": b"HTTP/1.1 405",
    }.items():
        with connect(port) as connection:
            head = (
                f"HEAD {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {keys.trader}\r\n\r\n"
            )
            connection.sendall(head.encode())
            received = b"".join(iter(lambda: connection.recv(4096), b""))
        assert received.startswith(line)
        assert received.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("code", ["content-altered", "subject-key"])
def test_what_is_stored_and_cannot_be_opened_is_said_to_its_reader(code: str) -> None:
    fault = fault_of(StoreError("The content under key 7 cannot be decrypted.", code=code))
    error = json.loads(fault.body)["error"]
    assert (fault.status, error["code"], fault.headers) == (500, code, ())
    assert "cannot be decrypted" in error["message"]
    assert "key 7" not in error["message"]
    assert fault_of(StoreError("The disk is away.")).status == 503
