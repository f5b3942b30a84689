# SPDX-License-Identifier: Apache-2.0
"""Hostile XML and bytes at the door of the real house. The attacks are not in this repository: `tests.corpora`."""

from __future__ import annotations

import gzip
import json
import os
import re
import select
import socket
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from tests.api.conftest import Ask, Keys
from tests.api.real import SENDERS, good_message, house, taken  # noqa: F401 - the real house, not the one of cards
from tests.corpora import corpora, corpora_folder

_CANARY_PORT = 9099
_MOST_GROWTH = 200 * 1024 * 1024

#: Plain XML that no standard knows: refused for what it is, not for its form.
_OF_NO_STANDARD = {"xinclude", "width", "soap-mustunderstand", "json"}


def _cases(folder_name: str) -> list[Any]:
    folder = corpora_folder()
    manifest = folder / "hostile" / folder_name / "manifest.jsonl" if folder else None
    if manifest is None or not manifest.exists():
        return [pytest.param(None, id="absent", marks=pytest.mark.skip(reason="no corpora here"))]
    return [pytest.param(case, id=case["id"]) for case in map(json.loads, manifest.read_text("utf-8").splitlines())]


@pytest.fixture(scope="module")
def canary() -> Iterator[socket.socket]:
    """Where the attacks try to lead us; nobody may come."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", _CANARY_PORT))
        listener.listen()
        yield listener


@pytest.fixture(scope="module")
def growth() -> Any:
    """Tells by how many bytes this process has grown since the first case."""
    process = psutil.Process(os.getpid())
    before = process.memory_info().rss
    return lambda: process.memory_info().rss - before


def lodge(ask: Ask, keys: Keys, sender: str, body: bytes) -> Any:
    """Lodge a message for one of the forwarder's senders."""
    fields = {"Cocket-Sender": sender, "Content-Type": "application/xml"}
    return ask("POST", "/v1/messages", key=keys.forwarder, body=body, **fields)


def test_the_same_message_unharmed_is_accepted(ask: Ask, keys: Keys, good_message: bytes) -> None:  # noqa: F811
    reply = lodge(ask, keys, SENDERS[0], good_message)
    assert (reply.status, reply.json["outcome"]) == (202, "accepted"), reply.body


@pytest.mark.parametrize("case", _cases("xml-attacks"))
def test_each_attack_by_xml_is_met_as_it_deserves(
    case: Any, ask: Ask, keys: Keys, canary: socket.socket, growth: Any
) -> None:
    data = corpora("hostile", "xml-attacks", case["file"]).read_bytes()
    reply = lodge(ask, keys, SENDERS[1], gzip.decompress(data) if case.get("gz") else data)
    assert reply.status < 500
    assert b"root:" not in reply.body
    assert not select.select([canary], [], [], 0)[0]
    assert growth() < _MOST_GROWTH
    if case["expect"] == "reject":
        assert (reply.status, reply.json["outcome"]) == (400, "refused")
        codes = {finding["code"] for finding in reply.json["findings"]}
        assert case["kind"] in _OF_NO_STANDARD or all(code.startswith("xml-") for code in codes)


INSIDE = [
    pytest.param(b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>', id="xinclude"),
    pytest.param(b"<b/>" * 50_000, id="width"),
]


@pytest.mark.parametrize("attack", INSIDE)
def test_what_no_standard_knows_is_refused_inside_a_good_declaration_too(
    ask: Ask,
    keys: Keys,
    good_message: bytes,  # noqa: F811
    attack: bytes,
) -> None:
    reply = lodge(ask, keys, SENDERS[2], re.sub(rb"(</(?:\w+:)?Declaration>)", attack + rb"\1", good_message, count=1))
    assert 400 <= reply.status < 500
    assert reply.json["outcome"] == "refused"
    assert reply.json["findings"]


@pytest.mark.parametrize("case", _cases("utf8-bytes"))
def test_each_sequence_of_bytes_in_a_text_is_met_as_it_deserves(
    case: Any,
    ask: Ask,
    keys: Keys,
    good_message: bytes,  # noqa: F811
) -> None:
    inserted = bytes.fromhex(case["hexbytes"])
    body, count = re.subn(rb"(Description>\w)", lambda start: start[1] + inserted, good_message, count=1)
    assert count == 1
    reply = lodge(ask, keys, SENDERS[10 + int(case["id"][:3])], body)
    assert reply.status < 500
    if case["expect"] == "reject":
        assert (reply.status, reply.json["outcome"]) == (400, "refused")
        assert reply.json["findings"]
    elif case["expect"] == "accept":
        assert (reply.status, reply.json["outcome"]) == (202, "accepted"), reply.body
