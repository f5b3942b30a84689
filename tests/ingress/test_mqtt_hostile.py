# SPDX-License-Identifier: Apache-2.0
"""Hostile packets at the real door, sent after the handshake of a device with a certificate of its own."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator

import pytest

from tests.corpora import corpora
from tests.ingress.doors import CONNACK, Opened, connect, heard, opened, puback, publish

TOPIC = "iot/dev1/telemetry"

#: Kinds that end the connection, and what else they are told; the others are answered and go on.
CLOSED = {"connect", "publish-topic", "publish-authz", "protocol", "will", "big"}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("hostile"), "mqtt", ingress_messages_per_second=1000.0) as found:
        found.add("dev1", has_certificate=True)
        found.add("dev2")
        found.add("bystander")
        yield found


def cases() -> list[dict[str, object]]:
    lines = corpora("hostile", "mqtt-packets", "manifest.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def sent(doors: Opened, case: dict[str, object]) -> tuple[bytes, bool]:
    """What the door says to a case, and whether it has closed the connection."""
    data = corpora("hostile", "mqtt-packets", str(case["file"])).read_bytes()
    data = gzip.decompress(data) if case.get("gz") else data
    connection = doors.connect("dev1")
    connection.settimeout(1.0)
    said = b""
    try:
        connection.sendall(data)
        if str(case["note"]).startswith(("truncated", "remaining length short")):
            connection.settimeout(0.3)
        while more := connection.recv(65536):
            said += more
        return said, True
    except TimeoutError:
        return said, False
    except OSError:
        return said, True
    finally:
        connection.close()


def test_every_hostile_packet_is_survived_and_no_foreign_topic_is_touched(hostile: Opened) -> None:
    bystander = hostile.connect()
    bystander.sendall(connect("bystander", "bystander", hostile.keys["bystander"]))
    heard(bystander, CONNACK)
    faults = []
    for number, case in enumerate(cases(), start=1):
        before = len(hostile.payloads("dev1"))
        said, is_closed = sent(hostile, case)
        bystander.sendall(publish("iot/bystander/telemetry", number, b"{}"))
        heard(bystander, puback(number))
        kept = len(hostile.payloads("dev1")) - before
        faults += [f"{case['id']} ({case['note']}): {fault}" for fault in found(case, said, is_closed, kept)]
    assert faults == []
    assert {one.source.topic for one in hostile.messages()} == {TOPIC, "iot/bystander/telemetry"}


def found(case: dict[str, object], said: bytes, is_closed: bool, kept: int) -> Iterator[str]:
    """What is not as it should be."""
    kind, expect, note = case["kind"], case["expect"], str(case["note"])
    if kind in CLOSED or str(kind).startswith("v5"):
        if not is_closed and note != "truncated":
            yield "the connection is still open"
        if kept:
            yield f"{kept} messages were kept"
        if puback(7) in said or b"\x90" in said.removeprefix(CONNACK)[:1]:
            yield "it was acknowledged"
    elif kind == "subscribe-authz":
        if said != CONNACK + b"\x90\x03\x00\x01\x80":
            yield f"not refused: {said!r}"
    elif kind == "payload":
        is_too_large = note.startswith("payload 1 MB")
        if kept != (0 if is_too_large else 1) or (puback(11) in said) is is_too_large:
            yield f"{kept} kept, said {said!r}"
    elif kind == "flood" and not kept:
        yield "nothing of the flood was kept"
    elif expect == "accept" and (kept != 1 or puback(1) not in said):
        yield "it was not taken"
    elif kind == "replay" and (kept != 1 or said != CONNACK + puback(9)):
        yield f"{kept} kept, said {said!r}"
    elif kind == "retain" and kept != 1:
        yield f"{kept} kept"
    elif kind == "subs" and said.removeprefix(CONNACK)[5:] != b"\x80" * 2000:
        yield "filters were granted"


def test_a_control_that_takes_what_is_foreign_is_found() -> None:
    foreign = {"id": "x", "kind": "publish-authz", "expect": "reject", "note": "publish to another device"}
    assert list(found(foreign, CONNACK + puback(7), False, 1)) == [
        "the connection is still open",
        "1 messages were kept",
        "it was acknowledged",
    ]


def test_random_bytes_at_the_door_harm_nobody(hostile: Opened) -> None:
    import random

    chance = random.Random(8)
    for _ in range(60):
        plain = socket.create_connection(("127.0.0.1", hostile.ports["mqtt"]), timeout=5)
        with plain:
            plain.sendall(chance.randbytes(chance.randrange(1, 300)))
        with hostile.connect("dev1") as connection:
            connection.sendall(connect("dev1")[: chance.randrange(1, 18)] + chance.randbytes(chance.randrange(1, 300)))
    with hostile.connect("dev1") as connection:
        connection.sendall(connect("dev1") + publish(TOPIC, 3, b"{}"))
        heard(connection, puback(3))
