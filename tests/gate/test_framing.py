# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import itertools

import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.gate import Bounds, RequestError
from cocket.gate.framing import Framing

BOUNDS = Bounds(body_bytes=5000, head_bytes=2000)
HEAD = b"POST /a HTTP/1.1\r\nHost: a\r\n"


def taken(data: bytes, *cuts: int) -> tuple[list[bytes], str | None]:
    """The requests found in `data`, fed in pieces, and the code of the refusal that ended it."""
    framing = Framing(BOUNDS)
    edges = [0, *sorted(cut for cut in cuts if cut <= len(data)), len(data)]
    requests, current, held = [], b"", b""
    try:
        for start, end in itertools.pairwise(edges):
            held += data[start:end]
            while held:
                passed, held = framing.take(held)
                current += passed
                if current and framing.is_between:
                    requests.append(current)
                    current = b""
    except RequestError as refusal:
        return requests, refusal.code
    return requests, None


class Listener:
    """Counts what httptools makes of bytes."""

    def __init__(self) -> None:
        self.heads = 0
        self.bodies = [b""]

    def on_headers_complete(self) -> None:
        self.heads += 1

    def on_body(self, body: bytes) -> None:
        self.bodies[-1] += body

    def on_message_complete(self) -> None:
        self.bodies.append(b"")


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
REQUESTS = [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    HEAD + b"Content-Length: 0\r\n\r\n",
    HEAD + b"Content-Length: 5\r\n\r\nGET /",
    CHUNKED + b"0\r\n\r\n",
    CHUNKED + b"5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n",
    CHUNKED + b"00000002\r\n\r\n\r\n0\r\n\r\n",
]
BAD_CHUNKS = [
    b"-5\r\n",
    b"5 \r\n",
    b" 5\r\n",
    b"0x5\r\n",
    b"5;a=b\r\n",
    b"5\n",
    b"\r\n",
    b"5\r\nhelloX",
    b"0\r\nA: b\r\n",
    b"f" * 9,
]


@given(st.lists(st.sampled_from(REQUESTS), max_size=5), st.lists(st.integers(0, 500), max_size=20))
def test_requests_are_found_however_the_bytes_are_cut(requests: list[bytes], cuts: list[int]) -> None:
    assert taken(b"".join(requests), *cuts) == (requests, None)


@pytest.mark.parametrize("chunk", BAD_CHUNKS)
def test_malformed_chunks_are_refused_however_they_are_cut(chunk: bytes) -> None:
    data = CHUNKED + chunk + b"0\r\n\r\n"
    assert taken(data) == ([], "chunk")
    assert taken(data, *range(len(data))) == ([], "chunk")


def test_a_body_in_chunks_is_refused_by_the_chunk_that_makes_it_too_large() -> None:
    good = CHUNKED + b"1000\r\n" + b"a" * 4096 + b"\r\n"
    assert taken(good + b"388\r\n" + b"a" * 904 + b"\r\n0\r\n\r\n")[1] is None
    assert taken(good + b"389\r\n")[1] == "too-large"


def test_a_head_without_an_end_is_refused_at_the_limit() -> None:
    assert taken(HEAD + b"X: " + b"a" * 1900)[1] is None
    assert taken(HEAD + b"X: " + b"a" * 2000)[1] == "head-too-large"


mutated = st.tuples(
    st.sampled_from(REQUESTS), st.sampled_from(REQUESTS), st.integers(0, 200), st.binary(max_size=6)
).map(lambda parts: (parts[0] + parts[1])[: parts[2]] + parts[3] + (parts[0] + parts[1])[parts[2] :])


@settings(max_examples=2000)
@given(mutated)
def test_what_passes_is_understood_alike_by_the_reader_behind(data: bytes) -> None:
    requests, _ = taken(data)
    listener = Listener()
    parser = httptools.HttpRequestParser(listener)
    for number, request in enumerate(requests, 1):
        try:
            parser.feed_data(request)
        except httptools.HttpParserError:
            return  # it may be stricter still; it may not understand something else
        assert (listener.heads, len(listener.bodies)) == (number, number + 1)


@settings(max_examples=500)
@given(mutated, st.lists(st.integers(0, 200), max_size=10))
def test_a_refusal_does_not_depend_on_how_the_bytes_are_cut(data: bytes, cuts: list[int]) -> None:
    whole, cut = taken(data), taken(data, *cuts)
    assert cut[0] == whole[0]
    assert (cut[1] is None) == (whole[1] is None)
