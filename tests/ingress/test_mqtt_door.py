# SPDX-License-Identifier: Apache-2.0
"""The door for MQTT as a device meets it: who is let in, to write what, and when it is told that it is kept."""

from __future__ import annotations

import ssl
from datetime import timedelta

import pytest

from cocket.pipeline.tracking.device_register import key_credential, make_device_key
from tests.ingress.doors import CONNACK, Opened, connect, heard, opened, packet, puback, publish, text


def let_in(doors: Opened, device: str, *, client: str = "", level: int = 4, **more: object) -> ssl.SSLSocket:
    """A connection on which a device was let in by its key."""
    connection = doors.connect()
    connection.sendall(connect(client or device, device, doors.keys[device], level=level, **more))  # type: ignore[arg-type]
    heard(connection, CONNACK if level == 4 else b"\x20")
    return connection


def topic(device: str) -> str:
    return f"iot/{device}/telemetry"


@pytest.mark.parametrize("level", [4, 5])
def test_a_message_is_acknowledged_once_it_is_kept(doors: Opened, level: int) -> None:
    device = f"plain-{level}"
    doors.add(device)
    with let_in(doors, device, level=level) as connection:
        connection.sendall(publish(topic(device), 7, b'{"n":1}', level=level))
        heard(connection, puback(7))
    found = doors.messages()[-1]
    assert (found.payload, found.source.device, found.source.topic) == (b'{"n":1}', device, topic(device))
    assert (found.source.adapter, found.source.proof) == ("eseal", "key")


def test_a_device_is_known_by_its_certificate_alone(doors: Opened) -> None:
    doors.add("certified", has_certificate=True)
    with doors.connect("certified") as connection:
        connection.sendall(connect("any name") + publish(topic("certified"), 1, b"{}"))
        heard(connection, puback(1))
    assert doors.messages()[-1].source.proof == "certificate"


def test_a_certificate_speaks_for_no_other_device(doors: Opened) -> None:
    doors.add("one", has_certificate=True)
    key = doors.add("other")
    with doors.connect("one") as connection:
        connection.sendall(connect("other", "other", key))
        assert heard(connection) == b"\x20\x02\x00\x04"


@pytest.mark.parametrize(
    ("user", "key", "level", "answer"),
    [
        ("known", "wrong", 4, b"\x20\x02\x00\x04"),
        ("known", "wrong", 5, b"\x20\x03\x00\x86\x00"),
        ("nobody", "wrong", 4, b"\x20\x02\x00\x04"),
        ("", "", 4, b"\x20\x02\x00\x05"),
        ("", "", 5, b"\x20\x03\x00\x87\x00"),
    ],
)
def test_nobody_is_let_in_without_proof(doors: Opened, user: str, key: str, level: int, answer: bytes) -> None:
    if "known" not in doors.keys:
        doors.add("known")
    with doors.connect() as connection:
        connection.sendall(connect("known", user, key, level=level))
        assert heard(connection) == answer


def test_a_key_of_one_device_lets_no_other_in(doors: Opened) -> None:
    doors.add("first-of-two")
    doors.add("other-of-two")
    with doors.connect() as connection:
        connection.sendall(connect("x", "first-of-two", doors.keys["other-of-two"]))
        assert heard(connection) == b"\x20\x02\x00\x04"


def test_mqtt_5_is_told_why_and_what_the_door_does_not_do(doors: Opened) -> None:
    doors.add("curious")
    connection = doors.connect()
    connection.sendall(connect("", "curious", doors.keys["curious"], level=5, keep_alive=0))
    said = heard(connection, b"auto-")
    for known in (
        b"\x24\x01",
        b"\x25\x00",
        b"\x28\x00",
        b"\x13\x03\x20",
    ):  # QoS 1, nothing retained, no wildcards, 800 s
        assert known in said
    connection.sendall(publish("iot/somebody/telemetry", 1, b"{}", level=5))
    assert heard(connection) == b"\xe0\x01\x87"


def test_nothing_can_be_read_by_a_device(doors: Opened) -> None:
    doors.add("listener")
    doors.add("speaker")
    with let_in(doors, "listener") as listener, let_in(doors, "speaker") as speaker:
        listener.sendall(packet(0x82, b"\x00\x09" + text("#") + b"\x01" + text(topic("listener")) + b"\x01"))
        heard(listener, b"\x90\x04\x00\x09\x80\x80")
        speaker.sendall(publish(topic("speaker"), 1, b"secret"))
        heard(speaker, puback(1))
        listener.sendall(packet(0xA2, b"\x00\x0a" + text("#")) + b"\xc0\x00\xe0\x00")
        assert heard(listener) == b"\xb0\x02\x00\x0a\xd0\x00"


def test_a_message_sent_again_before_its_acknowledgement_is_kept_once(doors: Opened) -> None:
    doors.add("again")
    with let_in(doors, "again") as connection:
        one = publish(topic("again"), 5, b"once")
        connection.sendall(one + publish(topic("again"), 5, b"once", is_again=True))
        heard(connection, puback(5))
    with let_in(doors, "again") as connection:
        connection.sendall(publish(topic("again"), 5, b"once", is_again=True))
        heard(connection, puback(5))
        connection.sendall(publish(topic("again"), 6, b"twice", is_again=True) + publish(topic("again"), 7, b"once"))
        heard(connection, puback(7))
    assert doors.payloads("again") == [b"once", b"twice", b"once"]  # the last was not said to be a repeat


def test_a_packet_identifier_stands_for_one_message_at_a_time(doors: Opened) -> None:
    doors.add("confused")
    with let_in(doors, "confused", level=5) as connection:
        connection.sendall(
            publish(topic("confused"), 5, b"a", level=5) + publish(topic("confused"), 5, b"b", level=5, is_again=True)
        )
        assert b"\xe0\x01\x91" in heard(connection)


def test_a_second_connection_of_a_session_takes_it_over(doors: Opened, capsys: pytest.CaptureFixture[str]) -> None:
    doors.add("twin")
    first = let_in(doors, "twin", level=5)
    second = let_in(doors, "twin", level=5)
    assert heard(first) == b"\xe0\x01\x8e"
    second.sendall(publish(topic("twin"), 1, b"mine", level=5))
    heard(second, puback(1))
    assert "device-taken-over" in capsys.readouterr().out


def test_a_device_has_few_connections(doors: Opened) -> None:
    doors.add("many")
    held = [let_in(doors, "many", client=f"many-{number}") for number in range(4)]
    with doors.connect() as connection:
        connection.sendall(connect("many-4", "many", doors.keys["many"], level=5))
        assert heard(connection) == b"\x20\x03\x00\x93\x00"
    for one in held:
        one.close()


def test_a_will_is_kept_when_a_device_vanishes_and_not_when_it_takes_its_leave(doors: Opened) -> None:
    doors.add("willing")
    polite = let_in(doors, "willing", will=(topic("willing"), b"polite"))
    polite.sendall(b"\xe0\x00")
    heard(polite)
    let_in(doors, "willing", will=(topic("willing"), b"vanished")).close()
    with let_in(doors, "willing") as connection:
        connection.sendall(publish(topic("willing"), 1, b"back"))
        heard(connection, puback(1))
    assert doors.payloads("willing") == [b"vanished", b"back"]


def test_a_revoked_device_is_cut_off_and_stays_out(doors: Opened) -> None:
    doors.add("thief")
    connection = let_in(doors, "thief", level=5)
    doors.register.put_state("thief", "revoked")
    assert heard(connection, patience_s=8) == b"\xe0\x01\x98"
    with doors.connect() as again:
        again.sendall(connect("thief", "thief", doors.keys["thief"]))
        assert heard(again) == b"\x20\x02\x00\x04"


def test_former_and_new_keys_hold_side_by_side_until_the_overlap_ends(doors: Opened) -> None:
    former, new, newest = doors.add("rotating"), make_device_key(), make_device_key()
    doors.register.rotate("rotating", key_credential(new), timedelta(hours=1))
    for key in (former, new):
        with doors.connect() as connection:
            connection.sendall(connect("rotating", "rotating", key))
            heard(connection, CONNACK)
    doors.register.rotate("rotating", key_credential(newest), timedelta(0))
    for key in (former, new):
        with doors.connect() as connection:
            connection.sendall(connect("rotating", "rotating", key))
            assert heard(connection) == b"\x20\x02\x00\x04"


def test_a_stranger_s_certificate_does_not_pass_the_handshake(
    doors: Opened, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with opened(tmp_path_factory.mktemp("stranger"), "mqtt") as elsewhere:
        elsewhere.add("stranger", has_certificate=True)
        folder = elsewhere.folder / "stranger"
        context = doors.tls()
        context.load_cert_chain(folder / "stranger.pem", folder / "stranger.key")
        with doors.connect() as good:
            good.sendall(connect("x"))
            assert heard(good) == b"\x20\x02\x00\x05"
        import socket

        plain = socket.create_connection(("127.0.0.1", doors.ports["mqtt"]), timeout=10)
        try:
            with context.wrap_socket(plain, server_hostname="localhost") as connection:
                connection.sendall(connect("stranger"))
                assert heard(connection) == b""
        except OSError:
            pass  # refused within the handshake already


def test_a_flood_is_slowed_down_and_leaves_others_unharmed(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(tmp_path_factory.mktemp("flood"), "mqtt", ingress_messages_per_second=2.0) as doors:
        doors.add("flooding")
        doors.add("calm")
        flood, calm = let_in(doors, "flooding"), let_in(doors, "calm")
        flood.setblocking(False)
        flood.sendall(b"".join(publish(topic("flooding"), number, b"{}") for number in range(1, 201)))
        calm.sendall(publish(topic("calm"), 1, b"{}"))
        heard(calm, puback(1))
        said = heard_for(flood, 2.0)
        kept = len(doors.payloads("flooding"))  # one may be kept while what says so is on its way
        assert 40 <= len(said) // 4 <= kept <= 50  # the burst of twenty seconds, and little more


def heard_for(connection: ssl.SSLSocket, seconds: float) -> bytes:
    """What the door says within a time."""
    import time

    said, deadline = b"", time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            said += connection.recv(65536)
        except (TimeoutError, ssl.SSLWantReadError):
            continue
    return said


def test_peers_that_are_slow_or_silent_are_not_waited_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(tmp_path_factory.mktemp("slow"), "mqtt", ingress_idle_seconds=1.0) as doors:
        doors.add("silent")
        with let_in(doors, "silent", keep_alive=0) as connection:
            assert heard(connection, patience_s=5) == b""
        with doors.connect() as nobody:
            nobody.sendall(b"\x10")
            assert heard(nobody, patience_s=14) == b""
