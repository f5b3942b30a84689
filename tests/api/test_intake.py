# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cocket.errors import StoreError, UnreadableError
from cocket.findings import Finding
from cocket.gate import RequestError
from cocket.pipeline import OverloadedError
from tests.api.conftest import Ask, Keys, Taken

FINDING = {
    "code": "card-wrong",
    "severity": "error",
    "pointer": None,
    "location": None,
    "message": "this is wrong",
    "expected": None,
    "found": "this",
}


def test_an_accepted_message_is_answered_with_its_receipt(ask: Ask, house: Any) -> None:
    reply = ask("POST", "/v1/messages", body=b"<declaration>1</declaration>")
    assert reply.status == 202
    assert sorted(reply.json) == ["findings", "id", "outcome", "receipt"]
    assert reply.json["outcome"] == "accepted"
    assert reply.headers["location"] == f"/v1/messages/{reply.json['id']}"
    envelope = house.taken[-1]
    assert (envelope.sender, envelope.actor, envelope.door) == ("trader", "trader", "api")
    assert envelope.content == b"<declaration>1</declaration>"
    assert envelope.received.utcoffset().total_seconds() == 0


def test_the_same_message_again_gets_the_same_answer(ask: Ask) -> None:
    first, second = (ask("POST", "/v1/messages", body=b"<again/>") for _ in range(2))
    assert (first.status, second.status) == (202, 202)
    assert first.body == second.body


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        (b"<wrong/>", 422, "refused"),
        (b"<conflict/>", 409, "conflict"),
        (b"not xml", 400, "refused"),
        (b"", 400, "refused"),
    ],
)
def test_a_message_that_is_not_accepted_is_answered_in_the_same_form(
    ask: Ask, body: bytes, status: int, outcome: str
) -> None:
    reply = ask("POST", "/v1/messages", body=body)
    assert reply.status == status
    assert reply.json["outcome"] == outcome
    assert sorted(reply.json) == ["findings", "id", "outcome", "receipt"]


def test_findings_are_said_in_words(ask: Ask) -> None:
    assert ask("POST", "/v1/messages", body=b"<wrong/>").json["findings"] == [FINDING]


@pytest.mark.parametrize("key", [None, "cocket_trader_" + "0" * 64, "nonsense"])
def test_without_a_good_key_nothing_is_taken(ask: Ask, taken: Taken, key: str | None) -> None:
    before = taken()
    reply = ask("POST", "/v1/messages", key=key, body=b"<a/>")
    assert (reply.status, reply.code) == (401, "unauthenticated")
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert taken() == before


def test_a_key_that_is_revoked_stops_working(ask: Ask, house: Any, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cocket.api.server._KEY_SECONDS", 0.0)
    assert ask("POST", "/v1/messages", key=keys.host, body=b"<r/>").status == 202
    monkeypatch.delitem(house.callers, keys.host)
    assert ask("POST", "/v1/messages", key=keys.host, body=b"<r/>").status == 401


@pytest.mark.parametrize(
    "stated",
    [
        "application/xml",
        "text/xml",
        "application/octet-stream",
        "text/plain",
        "text/csv",
        "application/edifact",
        "Application/XML",
        "application/xml; charset=utf-8",
        'text/xml;charset="UTF-8"',
        "application/xml; a=b; charset=utf8",
        "",
    ],
)
def test_xml_and_unnamed_bytes_are_taken(ask: Ask, stated: str) -> None:
    assert ask("POST", "/v1/messages", body=b"<a/>", Content_Type=stated).status == 202


@pytest.mark.parametrize(
    "stated",
    [
        "application/pdf",
        "text/html",
        "text/javascript",
        "application/x-www-form-urlencoded",
        "application/xml, text/xml",
        "application/xml;",
        "xml",
        "application/xml; charset=utf-7",
        "application/xml; charset=utf-16",
        "application/xml; charset=utf-8; charset=latin1",
    ],
)
def test_other_types_and_wrong_charsets_are_not(ask: Ask, taken: Taken, stated: str) -> None:
    before = taken()
    assert ask("POST", "/v1/messages", body=b"<a/>", Content_Type=stated).status == 415
    assert taken() == before


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("iso-8859-1", b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>'),
        ("utf-16", "<a/>".encode("utf-16")),
        ("utf-16le", b"\xff\xfe" + "<a/>".encode("utf-16-le")),
        ("utf-8", b"\xef\xbb\xbf<a/>"),
    ],
)
def test_a_charset_that_agrees_with_the_message_is_taken(ask: Ask, charset: str, body: bytes) -> None:
    assert ask("POST", "/v1/messages", body=body, Content_Type=f"text/xml; charset={charset}").status in (202, 400)
    assert ask("POST", "/v1/messages", body=body, Content_Type="text/xml; charset=us-ascii").status == 415


def test_a_key_of_several_senders_says_for_whom(ask: Ask, house: Any, keys: Keys) -> None:
    reply = ask("POST", "/v1/messages", key=keys.forwarder, body=b"<b/>")
    assert (reply.status, reply.code) == (400, "sender-missing")
    reply = ask("POST", "/v1/messages", key=keys.forwarder, body=b"<b/>", Cocket_Sender="other trader")
    assert reply.status == 202
    assert (house.taken[-1].sender, house.taken[-1].actor) == ("other trader", "forwarder")


def test_nobody_speaks_for_a_sender_without_a_grant(ask: Ask, taken: Taken) -> None:
    before = taken()
    reply = ask("POST", "/v1/messages", body=b"<c/>", Cocket_Sender="other trader")
    assert (reply.status, reply.code) == (403, "sender-not-granted")
    assert taken() == before


def test_a_profile_is_passed_on(ask: Ask, house: Any) -> None:
    ask("POST", "/v1/messages", body=b"<d/>", Cocket_Profile="gb-cds")
    assert house.taken[-1].profile == "gb-cds"


def test_the_lane_is_told_to_whom_the_house_tells_it(ask: Ask, keys: Keys) -> None:
    assert "lane" not in ask("POST", "/v1/messages?wait=1", body=b"<e/>").json
    assert ask("POST", "/v1/messages?wait=0.5", key=keys.host, body=b"<e/>").json["lane"] == "green"


@pytest.mark.parametrize("wait", ["-1", "11", "x", "nan", "inf", ""])
def test_nobody_waits_longer_than_allowed(ask: Ask, wait: str) -> None:
    reply = ask("POST", f"/v1/messages?wait={wait}", body=b"<f/>")
    assert reply.status == (202 if wait == "" else 400)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_told_the_one_that_works(ask: Ask, method: str) -> None:
    reply = ask(method, "/v1/messages")
    assert (reply.status, reply.headers["allow"]) == (405, "POST")


ERRORS = [
    (
        UnreadableError("No.", findings=(Finding(code="card-wrong", severity="error", message="no"),)),
        400,
        "unreadable",
        None,
    ),
    (StoreError("disk full at /var/secret"), 503, "store", "1"),
    (OverloadedError("busy", retry_after=7), 503, "overloaded", "7"),
    (RuntimeError("secret /etc/passwd"), 500, "defect", None),
    (RequestError("Slow down.", status=429, headers=(("Retry-After", "3"),)), 429, "request-refused", "3"),
]


@pytest.mark.parametrize(("error", "status", "code", "retry"), ERRORS)
def test_each_family_of_errors_has_its_answer_and_leaks_nothing(
    ask: Ask, house: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str, retry: str | None
) -> None:
    async def failing(*arguments: Any, **more: Any) -> Any:
        raise error

    monkeypatch.setattr(house.intake.messages, "take", failing)
    reply = ask("POST", "/v1/messages", body=b"<g/>")
    assert (reply.status, reply.code) == (status, code)
    assert reply.headers.get("retry-after") == retry
    assert b"secret" not in reply.body


def test_answers_are_for_programs_and_kept_by_no_cache(ask: Ask) -> None:
    for reply in (ask("POST", "/v1/messages", body=b"<h/>"), ask("GET", "/v1/none"), ask("GET", "/v1/none", key=None)):
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["content-security-policy"].startswith("default-src 'none'")


def test_one_look_at_a_key_serves_all_who_come_meanwhile(
    ask: Ask, house: Any, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.api.server._KEY_SECONDS", 0.05)
    looked: list[str] = []

    def look(presented: str, shown: tuple[bytes, ...] = ()) -> Any:
        looked.append(presented)
        time.sleep(0.5)
        if presented == keys.forwarder:
            raise StoreError("The database cannot be reached.", code="database-away")
        return house.callers.get(presented)

    monkeypatch.setattr(house, "principal_of_key", look)
    time.sleep(0.1)
    with ThreadPoolExecutor(24) as pool:
        good = [pool.submit(ask, "POST", "/v1/messages", key=keys.host, body=b"<all/>") for _ in range(12)]
        away = [pool.submit(ask, "POST", "/v1/messages", key=keys.forwarder, body=b"<all/>") for _ in range(6)]
        wrong = [pool.submit(ask, "POST", "/v1/messages", key="cocket_x_" + "0" * 64, body=b"<x/>") for _ in range(6)]
    assert {one.result().status for one in good} == {202}
    assert {one.result().status for one in away} == {503}
    assert {one.result().status for one in wrong} == {401}
    assert (looked.count(keys.host), looked.count(keys.forwarder), len(looked)) == (1, 1, 3)
