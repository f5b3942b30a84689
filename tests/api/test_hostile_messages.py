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

from cocket.api.openapi import openapi_of
from cocket.api.rest import build_rest
from cocket.gate import Flight
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


#: One of these holds for each pattern of a text in a body.
_SAMPLES = (
    "AAAA",
    "1",
    "AB",
    "USD",
    "08:30",
    "2026-01-01",
    "01a21032-dbd8-7236-9320-ac0953c99041",
    "did:web:a.example",
    "aa" * 32,
    "8703",
)


def _body(schema: dict[str, Any], parts: dict[str, Any]) -> Any:
    """A body of a schema with every field, and one of each list."""
    if "$ref" in schema:
        return _body(parts[schema["$ref"].rsplit("/", 1)[1]], parts)
    if "anyOf" in schema:
        return _body(schema["anyOf"][0], parts)
    if "enum" in schema or "const" in schema:
        return schema["enum"][0] if "enum" in schema else schema["const"]
    kind = schema.get("type")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            return {name: _body(one, parts) for name, one in schema.get("properties", {}).items()}
        case "array":
            each = schema.get("prefixItems") or [schema["items"]] * schema.get("minItems", 1)
            return [_body(one, parts) for one in each]
        case "string":
            if schema.get("format") == "date-time":
                return "2026-01-01T00:00:00Z"
            if schema.get("format") == "date":
                return "2026-01-01"
            pattern = schema.get("pattern")
            return next(one for one in _SAMPLES if pattern is None or re.search(pattern, one))
        case "integer":
            return int(schema.get("minimum", 1))
        case kind:
            return {"boolean": True, "number": min(1.5, schema.get("maximum", 1.5))}[kind]


def _spoilt(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The value again for each text in it, with a NUL in that text."""
    if isinstance(value, str):
        yield path, f"{value}\0{value}"
    elif isinstance(value, dict | list):
        for key, held in list(value.items() if isinstance(value, dict) else enumerate(value)):
            for where, spoilt in _spoilt(held, (*path, key)):
                again = value.copy()
                again[key] = spoilt
                yield where, again


def test_no_text_of_any_body_takes_a_character_that_cannot_be_seen(ask: Ask, keys: Keys, house: Any) -> None:  # noqa: F811
    """Every JSON body of the description, every text in it; the same body unharmed is not malformed."""
    document = openapi_of(build_rest(house, Flight(1, 1024)))
    parts, n = document["components"]["schemas"], 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            if schema is None or schema.get("type") == "string" or schema == {"type": "object"}:
                continue  # bytes, or a signed file: no texts of its own are described
            asked = [
                one["name"] for one in operation.get("parameters", ()) if one["in"] == "query" and one.get("required")
            ]
            where = re.sub(r"\{\w+\}", "1", path) + "?" + "&".join(f"{name}=1" for name in asked)

            def send(body: Any, where: str = where, method: str = method) -> Any:
                fields = {"Content-Type": "application/json"}
                return ask(method.upper(), where, key=keys.forwarder, body=json.dumps(body).encode(), **fields)

            whole = _body(schema, parts)
            unharmed = send(whole)
            is_of_a_standard = path.startswith(
                ("/v1/epcis/", "/v1/one-record/")
            )  # errors have the form of that standard
            if unharmed.status >= 400 and not is_of_a_standard:
                assert not unharmed.json["error"]["code"].endswith("malformed"), (method, path, unharmed.json)
            for field, spoilt in _spoilt(whole):
                reply = send(spoilt)
                if is_of_a_standard:
                    assert reply.status in (400, 422), (method, path, field, reply.body)
                    continue
                assert reply.status == 422, (method, path, field, reply.json)
                assert str(field[-1]) in reply.json["error"]["message"], (field, reply.json)
                n += 1
    assert n > 60, n
