# SPDX-License-Identifier: Apache-2.0
"""The form of requests at the door: what is plain is taken, what is not is refused before anyone reads it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cocket.api import build_app
from cocket.gate import Bounds
from tests.api.conftest import MOST, Ask, Keys, Taken, chunked, lodging
from tests.simulators.doors import connect, in_pieces, open_door, read_all, replies, send


def test_the_same_messages_unharmed_are_accepted(port: int, keys: Keys, good_message: bytes) -> None:
    half = len(good_message) // 2
    key = keys.trader
    unharmed = [
        lodging(key, good_message),
        lodging(key, good_message, framed=chunked(good_message)),
        lodging(key, good_message, framed=chunked(good_message[:half], good_message[half:])),
        lodging(key, good_message, b"Expect: 100-continue"),
        lodging(key, good_message, b"Connection: close"),
        lodging(key, good_message, b"Content-Encoding: identity"),
        lodging(key, good_message, b"X-Name: \xff\xfe"),
        lodging(key, good_message, *(b"X-%d: a" % number for number in range(90))),
        lodging(key, good_message).replace(b"\r\nHost: localhost", b"\r\nHOST:\tlocalhost:80\t"),
        lodging(key, good_message).replace(b"HTTP/1.1\r\nHost: localhost", b"HTTP/1.0"),
    ]
    for message in unharmed:
        assert [answer.status for answer in send(port, message)] == [202], message


@pytest.mark.parametrize("size", [1, 7, 64])
def test_the_same_messages_in_pieces_are_accepted(port: int, keys: Keys, good_message: bytes, size: int) -> None:
    for message in (
        lodging(keys.trader, good_message),
        lodging(keys.trader, good_message, framed=chunked(good_message)),
    ):
        (answer,) = send(port, *in_pieces(message, size))
        assert answer.status == 202


def test_two_requests_at_once_get_two_answers_in_order(port: int, keys: Keys, lodged: str, good_message: bytes) -> None:
    asking = f"GET /v1/messages/{lodged}/content HTTP/1.1\r\nHost: a\r\nConnection: close\r\n".encode()
    asking += b"Authorization: Bearer " + keys.trader.encode() + b"\r\n\r\n"
    answers = send(port, lodging(keys.trader, b"<other/>") + asking)
    assert [answer.status for answer in answers] == [202, 200]
    assert answers[1].body == good_message


def test_a_request_after_an_early_refusal_is_still_understood(port: int, keys: Keys, good_message: bytes) -> None:
    unknown = "cocket_nobody_" + 64 * "0"
    answers = send(port, lodging(unknown, b" " * 500_000) + lodging(keys.trader, good_message, b"Connection: close"))
    assert [answer.status for answer in answers] == [401, 202]


def test_a_sender_that_is_refused_early_gets_to_read_why(port: int) -> None:
    big = lodging("cocket_nobody_" + 64 * "0", b" " * MOST, b"Connection: close")
    with connect(port) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        for piece in in_pieces(big, 16384):
            connection.sendall(piece)
        (answer,) = replies(read_all(connection))
    assert answer.status == 401


def test_what_follows_a_refused_request_is_never_read(port: int, taken: Taken, keys: Keys, good_message: bytes) -> None:
    before = taken()
    bad = lodging(keys.trader, b"", b"Transfer-Encoding: chunked")
    assert [answer.code for answer in send(port, bad + lodging(keys.trader, good_message))] == ["transfer-encoding"]
    assert taken() == before


BAD_FORM = {
    "two Hosts": b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "no Host": b"GET /healthz HTTP/1.1\r\nX: a\r\n\r\n",
    "too many fields": b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 1000 + b"\r\n",
    "a long field": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("request_bytes", BAD_FORM.values(), ids=BAD_FORM)
def test_a_request_of_bad_form_is_refused_and_without_the_guard_it_would_pass(
    house: Any, port: int, monkeypatch: pytest.MonkeyPatch, request_bytes: bytes
) -> None:
    (answer,) = send(port, request_bytes)
    assert 400 <= answer.status < 500
    assert answer.headers["connection"] == "close"
    monkeypatch.setattr("cocket.gate.serving.guarded", lambda bounds, form: HttpToolsProtocol)
    with open_door(build_app(house)) as unguarded:
        assert send(unguarded, request_bytes)[0].status == 200


def test_what_only_the_reader_behind_the_guard_refuses_is_refused_in_the_same_form(port: int, keys: Keys) -> None:
    stricter = lodging(keys.trader, b"", framed=b"0\r\n\r\n").replace(b"chunked\r\n", b"chunked\t\r\n")
    good = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    assert [answer.code for answer in send(port, stricter)] == ["not-http"]
    assert [answer.status for answer in send(port, good + stricter + good)] == [200, 400]


def test_a_sender_that_waits_to_continue_and_is_refused_is_not_kept_waiting(port: int) -> None:
    head = lodging("cocket_nobody_" + 64 * "0", b"", b"Expect: 100-continue")
    (answer,) = send(port, head.replace(b"Content-Length: 0", b"Content-Length: 10"))
    assert answer.status == 401
    assert answer.headers["connection"] == "close"


def test_a_slow_head_is_cut_off(port: int) -> None:
    (answer,) = send(port, b"GET /healthz HTTP/1.1\r\nHost: a\r\n", *in_pieces(b"X: a\r\n" * 50, 4), pause=0.1)
    assert (answer.status, answer.code) == (408, "slow")


def test_a_slow_body_is_cut_off(port: int, taken: Taken, keys: Keys) -> None:
    head, _, _ = lodging(keys.trader, b"<" + b" " * 99).partition(b"<")
    (answer,) = send(port, head, b"<", b" " * 99, pause=0.1)
    assert answer.status == 202  # the control: three pieces are not slow
    before = taken()
    (answer,) = send(port, head, b"<", *in_pieces(b" " * 98, 1), pause=0.1)
    assert (answer.status, answer.code) == (408, "slow")
    assert taken() == before


def test_a_long_body_that_comes_steadily_may_take_longer(port: int, keys: Keys) -> None:
    message = lodging(keys.trader, b"<" + b" " * 200_000)
    (answer,) = send(port, *in_pieces(message, 20_000), pause=0.2)
    assert answer.status == 202


def test_a_connection_that_says_nothing_is_closed_without_a_word(port: int) -> None:
    with connect(port) as connection:
        assert read_all(connection) == b""


def test_a_body_over_the_limit_is_refused_from_its_length(port: int, taken: Taken, keys: Keys) -> None:
    before = taken()
    head = lodging(keys.trader, b"").replace(b"Content-Length: 0", b"Content-Length: %d" % (MOST + 1))
    (answer,) = send(port, head)
    assert (answer.status, answer.code) == (413, "too-large")
    assert taken() == before
    (answer,) = send(port, lodging(keys.trader, b"<" + b" " * (MOST - 1)))
    assert answer.status == 202


def test_a_body_over_the_limit_is_refused_while_it_comes(port: int, taken: Taken, keys: Keys) -> None:
    before = taken()
    (answer,) = send(port, lodging(keys.trader, b"", framed=chunked(*in_pieces(b" " * (MOST + 1), 65536))))
    assert (answer.status, answer.code) == (413, "too-large")
    assert taken() == before


def test_many_tiny_chunks_are_refused(port: int, taken: Taken, keys: Keys) -> None:
    before = taken()
    (answer,) = send(port, lodging(keys.trader, b"", framed=b"1\r\n<\r\n" * 5000))
    assert (answer.status, answer.code) == (400, "chunks-too-small")
    assert taken() == before


def test_a_sender_that_goes_away_leaves_nothing_behind(port: int, taken: Taken, ask: Ask, keys: Keys) -> None:
    before = taken()
    with connect(port) as connection:
        connection.sendall(lodging(keys.trader, b"<a>" + b" " * 1000)[:-500])
    assert ask("GET", "/healthz", key=None).body == b"ok"
    assert taken() == before


def test_a_reader_that_does_not_read_is_cut_off(port: int, keys: Keys) -> None:
    (answer,) = send(port, lodging(keys.trader, b"<" + b"a" * (MOST - 1)))
    target = f"GET /v1/messages/{answer.json['id']}/content HTTP/1.1\r\nHost: a\r\n"
    request = (target + f"Authorization: Bearer {keys.trader}\r\n\r\n").encode()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        connection.sendall(request * 16)
        time.sleep(2.0)  # long enough for the door's patience, not a measurement
        connection.settimeout(60)
        assert _drained(connection) < 16 * MOST


def _drained(connection: socket.socket) -> int:
    """How many bytes come until the other side ends the connection."""
    count = 0
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(1 << 16):
            count += len(piece)
    return count


def test_connections_over_the_limit_are_turned_away_and_told_when_to_come_back(house: Any) -> None:
    with open_door(build_app(house), Bounds(connections=3)) as port:
        open_ones = [connect(port) for _ in range(3)]
        (answer,) = send(port, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        for connection in open_ones:
            connection.close()
        (answer,) = send(port, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer.status == 200


def test_a_door_that_closes_finishes_what_is_in_flight(house: Any, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, may_go_on = threading.Event(), threading.Event()

    def slow_message(*arguments: Any) -> bytes:
        entered.set()
        may_go_on.wait(60)
        return b"done"

    monkeypatch.setattr(house.queries.records, "content", slow_message)
    answers = []
    request = f"GET /v1/messages/m1/content HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {keys.trader}\r\n\r\n"

    def client(port: int) -> None:
        answers.extend(send(port, request.encode()))

    with open_door(build_app(house)) as port:
        thread = threading.Thread(target=client, args=(port,))
        thread.start()
        assert entered.wait(60)
        threading.Timer(0.5, may_go_on.set).start()
    thread.join(10)
    assert [answer.body for answer in answers] == [b"done"]
    with pytest.raises(ConnectionRefusedError):
        connect(port)
