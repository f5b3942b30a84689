# SPDX-License-Identifier: Apache-2.0
"""Fetching issuers' documents: only from hosts that were named, whole, in time, and never elsewhere."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.errors import PartnerError
from cocket.exchange.did_web import WebResolver
from tests.corpora import corpora

HOST = "customs.example"
DID = f"did:web:{HOST}"


def resolver(answer: Any, asked: list[str] | None = None, **more: Any) -> WebResolver:
    def handle(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(str(request.url))
        if isinstance(answer, Exception):
            raise answer
        made: httpx.Response = answer
        return made

    return WebResolver([HOST, "customs.example:8443"], transport=httpx.MockTransport(handle), **more)


def test_a_document_is_fetched_from_the_address_of_its_did() -> None:
    asked: list[str] = []
    fetch = resolver(httpx.Response(200, content=b"{}"), asked)
    assert fetch(DID) == b"{}"
    assert fetch(f"{DID}%3A8443") == b"{}"
    assert fetch("https://customs.example/credentials/suspension.json#42") == b"{}"
    assert asked == [
        "https://customs.example/.well-known/did.json",
        "https://customs.example:8443/.well-known/did.json",
        "https://customs.example/credentials/suspension.json",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "did:web:other.example",
        "did:web:customs.example.evil.example",
        "did:web:127.0.0.1",
        "http://customs.example/x",
        "https://customs.example@evil.example/x",
        "https://customs.example:444/x",
        "https://[::1]/x",
        "https://[",
        "file:///etc/passwd",
        "did:key:z6Mk",
        "",
    ],
)
def test_no_other_host_is_asked(name: str) -> None:
    asked: list[str] = []
    assert resolver(httpx.Response(200, content=b"{}"), asked)(name) is None
    assert asked == []


def test_no_address_of_the_collection_of_forged_requests_is_asked() -> None:
    asked: list[str] = []
    fetch = resolver(httpx.Response(200, content=b"{}"), asked)
    folder: Path = corpora("hostile", "ssrf-urls")
    cases = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    texts = [value for case in cases for value in case.values() if isinstance(value, str) and ":" in value]
    assert len(texts) > 20
    for text in texts:
        assert fetch(text) is None, text
    assert asked == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404),
        httpx.Response(302, headers={"location": "https://customs.example/other"}),
        httpx.Response(200, content=b" " * ((4 << 20) + 1)),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("late"),
    ],
)
def test_an_answer_that_is_none_is_the_partners_fault(answer: Any) -> None:
    with pytest.raises(PartnerError):
        resolver(answer)(DID)


def test_a_host_that_drips_is_given_up() -> None:
    ticks = itertools.count(step=6)
    stream = httpx.Response(200, stream=httpx.ByteStream(b"{}"))
    with pytest.raises(PartnerError, match="too slowly"):
        resolver(stream, clock=lambda: next(ticks) * 2.0)(DID)
