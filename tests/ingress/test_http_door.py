# SPDX-License-Identifier: Apache-2.0
"""Batches over HTTPS: all of a request is kept before its answer, under the device that asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.ingress.doors import Opened, opened

PATH = "/v1/device-messages"


def post(doors: Opened, device: str, body: bytes, kind: str, key: str | None = None) -> httpx.Response:
    with httpx.Client(verify=doors.tls(), trust_env=False, timeout=20) as client:
        return client.post(
            f"https://localhost:{doors.ports['http']}{PATH}",
            content=body,
            headers={"content-type": kind},
            auth=(device, doors.keys[device] if key is None else key),
        )


@pytest.fixture(scope="module")
def gateway(doors: Opened) -> str:
    doors.add("gateway")
    return "gateway"


@pytest.mark.parametrize(
    ("kind", "body", "kept"),
    [
        ("application/x-ndjson", b'{"n": 1}\r\n\n{"n":2}\n', [b'{"n": 1}', b'{"n":2}']),
        ("application/json", b'[{"n": 1.50}, {"n":2}]', [b'{"n": 1.50}', b'{"n":2}']),
        ("application/json; charset=utf-8", b' {"n":1}', [b' {"n":1}']),
        ("application/cbor", b"\xa1\x61n\x01", [b"\xa1\x61n\x01"]),
        ("application/octet-stream", bytes(range(256)), [bytes(range(256))]),
    ],
)
def test_each_message_is_kept_byte_for_byte(
    doors: Opened, gateway: str, kind: str, body: bytes, kept: list[bytes]
) -> None:
    before = len(doors.payloads(gateway))
    answer = post(doors, gateway, body, kind)
    assert (answer.status_code, answer.json()) == (202, {"kept": len(kept)})
    assert doors.payloads(gateway)[before:] == kept
    assert doors.messages()[-1].source.topic == "iot/gateway/telemetry"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/xml", b"<a/>", 415),
        ("application/json", b"[1, 2", 400),
        ("application/json", b"[]", 400),
        ("application/json", b"", 400),
        ("application/json", b"[" * 100_000, 400),
        ("application/x-ndjson", b"1\n" * 10_001, 413),
        ("application/octet-stream", b"x" * 65_537, 413),
        ("application/octet-stream", b"x" * 1_048_577, 413),
    ],
)
def test_what_is_not_in_order_is_refused_whole(
    doors: Opened, gateway: str, kind: str, body: bytes, status: int
) -> None:
    before = len(doors.messages())
    assert post(doors, gateway, body, kind).status_code == status
    assert len(doors.messages()) == before


@pytest.mark.parametrize("header", ["", "Bearer x", "Basic !!!", "Basic Z2F0ZXdheQ==", "Basic Z2F0ZXdheTp4"])
def test_nobody_is_let_in_without_a_key(doors: Opened, gateway: str, header: str) -> None:
    headers = {"authorization": header} if header else {}
    with httpx.Client(verify=doors.tls(), trust_env=False) as client:
        answer = client.post(f"https://localhost:{doors.ports['http']}{PATH}", content=b"{}", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Basic realm="cocket devices"')


def test_there_is_one_path_and_one_method(doors: Opened) -> None:
    with httpx.Client(verify=doors.tls(), trust_env=False) as client:
        base = f"https://localhost:{doors.ports['http']}"
        assert client.get(base + PATH).status_code == 405
        assert client.post(base + "/v1/messages").status_code == 404


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("strict"), "http", ingress_messages_per_second=1.0) as found:
        found.add("hasty")
        yield found


def test_a_device_that_sends_too_much_is_told_when_to_come_again(strict: Opened) -> None:
    answers: list[Any] = [post(strict, "hasty", b"1\n" * 15, "application/x-ndjson") for _ in range(3)]
    assert [one.status_code for one in answers] == [202, 202, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 11
