# SPDX-License-Identifier: Apache-2.0
"""Locks over bare TCP: told apart by their framing, bound to one device, answered once durable."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from cocket.errors import UnreadableError
from cocket.tracking.adapters import framing_of, read
from cocket.tracking.framing import Frame, Framing
from tests.faults.serving import until
from tests.ingress.doors import Opened, heard, opened
from tests.tracking import device_messages as samples


class Lines:
    """A small protocol of locks: `NAME[!SECRET] TEXT` a line; `PING` is only answered."""

    longest = 200

    def split(self, buffer: bytes) -> tuple[tuple[Frame, ...], bytes]:
        *whole, rest = buffer.split(b"\n")
        return tuple(self._frame(line) for line in whole), rest

    def _frame(self, line: bytes) -> Frame:
        name, _, text = line.partition(b" ")
        if not text:
            raise UnreadableError("This is no line of ours.")
        device, _, secret = name.decode("ascii").partition("!")
        return Frame(
            payload=line + b"\n", device=device or None, secret=secret.encode() or None, is_kept=text != b"PING"
        )

    def reply_for(self, frame: Frame) -> bytes | None:
        return b"OK " + frame.payload.split(b" ", 1)[1]


@pytest.fixture(scope="module")
def locks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    framings = {"lines": Lines(), "jt808": framing("jt808"), "teltonika": framing("teltonika")}
    with opened(tmp_path_factory.mktemp("locks"), " ".join(framings), framings) as found:
        found.add("lock-1", adapter="lines", identity="0138")
        found.add("lock-2", adapter="lines", identity="0139")
        found.add("tracker", adapter="eseal", identity="0140")
        found.add("padlock", adapter="jt808", identity="13912345678", is_bare=True)
        found.add("tracker-2", adapter="teltonika", identity="356307042441013", is_bare=True)
        yield found


def framing(name: str) -> Framing:
    found = framing_of(name)
    assert found is not None
    return found


def plain(doors: Opened, door: str = "lines") -> socket.socket:
    return socket.create_connection(("127.0.0.1", doors.ports[door]), timeout=10)


def test_frames_are_kept_in_order_and_answered(locks: Opened) -> None:
    with plain(locks) as connection:
        connection.sendall(b"0138 one\n two")
        heard(connection, b"OK one\n")
        connection.sendall(b"\n0138 three\n")
        heard(connection, b"OK three\n")
    assert locks.payloads("lock-1")[:3] == [b"0138 one\n", b" two\n", b"0138 three\n"]
    assert {one.source.proof for one in locks.messages()} == {"none"}


def test_a_heartbeat_is_answered_and_not_kept(locks: Opened) -> None:
    before = len(locks.messages())
    with plain(locks) as connection:
        connection.sendall(b"0138 PING\n")
        heard(connection, b"OK PING\n")
    assert len(locks.messages()) == before


@pytest.mark.parametrize(
    "line",
    [
        b"0999 unknown device\n",
        b"0140 device of another adapter\n",
        b" of nobody\n",
        b"garbage\n",
        b"0138 " + b"x" * 300,
        b"0138!wrong with a wrong secret\n",
    ],
)
def test_what_is_of_nobody_ends_the_connection_and_is_not_kept(locks: Opened, line: bytes) -> None:
    before = len(locks.messages())
    with plain(locks) as connection:
        connection.sendall(line)
        assert heard(connection) == b""
    assert len(locks.messages()) == before


def test_a_connection_speaks_for_one_device(locks: Opened) -> None:
    with plain(locks) as connection:
        connection.sendall(b"0138 mine\n0139 not mine\n")
        heard(connection)
    until(lambda: locks.payloads("lock-1")[-1:] == [b"0138 mine\n"], "what came before is not kept")
    assert locks.payloads("lock-2") == []


def test_a_secret_that_is_right_counts_as_proof(locks: Opened) -> None:
    with plain(locks) as connection:
        connection.sendall(b"0139!%s proved\n" % locks.keys["lock-2"].encode())
        heard(connection, b"OK proved\n")
    assert locks.messages()[-1].source.proof == "key"


def test_a_padlock_registers_shows_its_code_and_reports(locks: Opened) -> None:
    with plain(locks, "jt808") as connection:
        connection.sendall(samples.jt808(0x0100, bytes(37), serial=1))
        heard(connection, b"\x81\x00")
        connection.sendall(samples.jt808(0x0102, b"13912345678", serial=2))
        heard(connection, b"\x80\x01")
        report = samples.jt808(0x0200, samples.jt808_place(), serial=3)
        connection.sendall(report[:20])
        connection.sendall(report[20:])
        heard(connection, b"\x00\x03\x02\x00\x00")
    kept = locks.messages()[-1]
    assert (kept.payload, kept.source.device, kept.source.proof) == (report, "padlock", "none")
    (event,) = read(kept.source.adapter, kept.payload, received_at=kept.received_at)
    assert event.position is not None


def test_a_tracker_that_names_itself_once_is_known_for_the_whole_connection(locks: Opened) -> None:
    records = samples.teltonika(samples.teltonika_record(), 1)
    with plain(locks, "teltonika") as connection:
        connection.sendall(samples.TELTONIKA_IMEI)
        heard(connection, b"\x01")
        connection.sendall(records + records)
        heard(connection, b"\x00\x00\x00\x01" * 2)
    assert locks.payloads("tracker-2") == [records, records]
