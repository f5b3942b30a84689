# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from cocket.gate import Bounds, RequestError
from cocket.gate.head import Head, check_begun, read_head

BOUNDS = Bounds(body_bytes=1000)


def head_of(line: str = "GET /a HTTP/1.1", *fields: str, host: str | None = "localhost") -> bytes:
    lines = [line, *([f"Host: {host}"] if host is not None else []), *fields]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def code_of(data: bytes) -> str:
    with pytest.raises(RequestError) as caught:
        read_head(data, BOUNDS)
    assert 400 <= caught.value.status < 500
    return caught.value.code


GOOD = [
    (head_of(), Head(0, False)),
    (head_of("GET / HTTP/1.1"), Head(0, False)),
    (head_of("GET /log/tile/0/x001/067.p/8?a=%C3%A4&b=1%2B1 HTTP/1.1"), Head(0, False)),
    (head_of("GET /a/ HTTP/1.1"), Head(0, False)),
    (head_of("GET /a..b/.well-known HTTP/1.1"), Head(0, False)),
    (head_of("GET /a HTTP/1.0", host=None), Head(0, False)),
    (head_of(host="[::1]:8460"), Head(0, False)),
    (head_of("POST /a HTTP/1.1", "Content-Length: 1000"), Head(1000, False)),
    (head_of("POST /a HTTP/1.1", "content-LENGTH:\t5\t"), Head(5, False)),
    (head_of("POST /a HTTP/1.1", "Transfer-Encoding: Chunked"), Head(None, False)),
    (head_of("POST /a HTTP/1.1", "Content-Length: 5", "Expect: 100-Continue"), Head(5, True)),
    (head_of("GET /a HTTP/1.1", "X-Empty:", "X: \xff", "X: again"), Head(0, False)),
]

BAD = [
    (head_of("GET /a"), "request-line"),
    (head_of("GET  /a HTTP/1.1"), "request-line"),
    (head_of("GET /a b HTTP/1.1"), "request-line"),
    (head_of("GET /a HTTP/1.1 "), "request-line"),
    (head_of("GET /a http/1.1"), "request-line"),
    (head_of("GET /ä HTTP/1.1"), "request-line"),
    (head_of("GET /a HTTP/2.0"), "http-version"),
    (head_of("GET /a HTTP/1.2"), "http-version"),
    (head_of("get /a HTTP/1.1"), "method"),
    (head_of("TRACE /a HTTP/1.1"), "method"),
    (head_of("CONNECT a:1 HTTP/1.1"), "method"),
    (head_of("GET http://a/b HTTP/1.1"), "path"),
    (head_of("OPTIONS * HTTP/1.1"), "path"),
    (head_of("GET //a HTTP/1.1"), "path"),
    (head_of("GET /a//b HTTP/1.1"), "path"),
    (head_of("GET /a/../b HTTP/1.1"), "path"),
    (head_of("GET /a/.. HTTP/1.1"), "path"),
    (head_of("GET /a/./b HTTP/1.1"), "path"),
    (head_of("GET /a/..;/b HTTP/1.1"), "path"),
    (head_of("GET /a/%2e%2e/b HTTP/1.1"), "path"),
    (head_of("GET /a\\b HTTP/1.1"), "path"),
    (head_of("GET /a?x=% HTTP/1.1"), "query"),
    (head_of("GET /a?x=%0d%0a HTTP/1.1"), "query"),
    (head_of("GET /a?x=%00 HTTP/1.1"), "query"),
    (head_of("GET /a?x=%7F HTTP/1.1"), "query"),
    (head_of("GET /a#x HTTP/1.1"), "path"),
    (head_of("GET /" + "a" * 8192 + " HTTP/1.1"), "target-too-long"),
    (head_of("GET /a HTTP/1.1", "X: " + "a" * 16384), "head-too-large"),
    (head_of("GET /a HTTP/1.1", *["X: a"] * 100), "too-many-fields"),
    (head_of("GET /a HTTP/1.1", "X : a"), "header-field"),
    (head_of("GET /a HTTP/1.1", "X: a", " folded"), "header-field"),
    (head_of("GET /a HTTP/1.1", "no colon"), "header-field"),
    (head_of("GET /a HTTP/1.1", ": a"), "header-field"),
    (head_of("GET /a HTTP/1.1", "X: a\x00b"), "header-field"),
    (head_of("GET /a HTTP/1.1", "X: a\nY: b"), "header-field"),
    (head_of("GET /a HTTP/1.1", "X: a\rb"), "header-field"),
    (head_of(host=None), "host"),
    (head_of(host=""), "host"),
    (head_of(host="a/b"), "host"),
    (head_of(host="a%0d%0ab"), "host"),
    (head_of("GET /a HTTP/1.1", "Host: b"), "field-twice"),
    (head_of("POST /a HTTP/1.1", "Content-Length: 5", "Content-Length: 5"), "field-twice"),
    (head_of("GET /a HTTP/1.1", "Authorization: a", "authorization: b"), "field-twice"),
    (head_of("POST /a HTTP/1.1", "Content-Length: 5", "Transfer-Encoding: chunked"), "transfer-encoding"),
    (head_of("POST /a HTTP/1.1", "Transfer-Encoding: chunked, identity"), "transfer-encoding"),
    (head_of("POST /a HTTP/1.1", "Transfer-Encoding: xchunked"), "transfer-encoding"),
    (head_of("POST /a HTTP/1.1", 'Transfer-Encoding: "chunked"'), "transfer-encoding"),
    (head_of("POST /a HTTP/1.1", "Transfer-Encoding:"), "transfer-encoding"),
    (head_of("POST /a HTTP/1.0", "Transfer-Encoding: chunked"), "transfer-encoding"),
    *[
        (head_of("POST /a HTTP/1.1", f"Content-Length: {value}"), "content-length")
        for value in ("", "-1", "+5", "0x5", "5 5", "5,5", "1e1", "²", "5 a", "9" * 20)
    ],
    (head_of("POST /a HTTP/1.1", "Content-Length: 1001"), "too-large"),
    (head_of("POST /a HTTP/1.1", "Content-Encoding: gzip"), "content-coding"),
    (head_of("POST /a HTTP/1.1", "Content-Type: multipart/form-data; boundary=b"), "multipart"),
    (head_of("GET /a HTTP/1.1", "Upgrade: h2c"), "upgrade"),
    (head_of("GET /a HTTP/1.1", "Expect: a cake"), "expect"),
]


@pytest.mark.parametrize(("data", "expected"), GOOD)
def test_a_plain_head_is_read(data: bytes, expected: Head) -> None:
    assert read_head(data, BOUNDS) == expected


@pytest.mark.parametrize(("data", "code"), BAD)
def test_an_unclear_head_is_refused(data: bytes, code: str) -> None:
    assert code_of(data) == code


def test_forms_with_files_come_in_only_where_there_are_such_forms() -> None:
    takes = Bounds(body_bytes=1000, takes_files=True)
    form = head_of("POST /a HTTP/1.1", "Content-Type: multipart/form-data; boundary=b")
    assert not read_head(form, takes).awaits_continue
    with pytest.raises(RequestError):
        read_head(head_of("POST /a HTTP/1.1", "Content-Type: multipart/mixed; boundary=b"), takes)


def test_a_method_that_nothing_knows_is_refused_with_those_that_something_does() -> None:
    with pytest.raises(RequestError) as caught:
        read_head(head_of("PWN /a HTTP/1.1"), BOUNDS)
    assert (caught.value.status, caught.value.headers) == (405, (("Allow", "GET, HEAD, POST"),))


@pytest.mark.parametrize(
    "data", [b"\x16\x03\x01", b"GET / HTTP/1.1\nHost", b"GET / HTTP/1.1\rHost", b"GET /\x00", b"GET / HTTP/1.1\r\r\n"]
)
def test_a_head_that_cannot_become_good_is_refused_before_its_end(data: bytes) -> None:
    with pytest.raises(RequestError):
        check_begun(data, 0, BOUNDS)


@pytest.mark.parametrize(
    "data", [b"", b"G", b"GET / HTTP/1.1\r", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nX:\ta\r\n\r"]
)
def test_a_head_that_may_still_become_good_is_waited_for(data: bytes) -> None:
    check_begun(data, 0, BOUNDS)
    check_begun(data, len(data), BOUNDS)


def test_a_bare_line_end_is_seen_across_two_pieces() -> None:
    with pytest.raises(RequestError):
        check_begun(b"GET / HTTP/1.1\rH", 15, BOUNDS)
