# SPDX-License-Identifier: Apache-2.0
"""Strangers of one address at the doors for devices, before and after TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

from tests.ingress.doors import Opened, opened

ATTACKER = "127.0.0.2"


@contextlib.contextmanager
def strangers(doors: Opened, count: int) -> Iterator[None]:
    """Connections of one address that never finish the handshake."""
    place = "127.0.0.1", doors.ports["mqtt"]
    held = [socket.create_connection(place, timeout=10, source_address=(ATTACKER, 0)) for _ in range(count)]
    try:
        yield
    finally:
        for one in held:
            one.close()


def is_greeted(doors: Opened) -> bool:
    """Whether a device of another address gets as far as TLS."""
    try:
        return doors.connect().version() is not None
    except (OSError, ssl.SSLError):
        return False


def test_an_address_has_so_many_connections_and_leaves_room_for_others(tmp_path: Path) -> None:
    limits = {"ingress_max_connections": 30, "ingress_max_connections_per_address": 20}
    with opened(tmp_path, "mqtt", **limits) as doors, strangers(doors, 60):
        assert all(is_greeted(doors) for _ in range(5))


def test_when_all_is_taken_the_address_with_most_gives_up_who_was_not_let_in(tmp_path: Path) -> None:
    limits = {"ingress_max_connections": 30, "ingress_max_connections_per_address": 1000}
    with opened(tmp_path, "mqtt", **limits) as doors, strangers(doors, 60):
        assert all(is_greeted(doors) for _ in range(5))


def test_without_a_limit_for_an_address_strangers_keep_devices_out(tmp_path: Path) -> None:
    """The control: as it was before."""
    limits = {"ingress_max_connections": 30, "ingress_max_connections_per_address": 0}
    with opened(tmp_path, "mqtt", **limits) as doors, strangers(doors, 60):
        assert not is_greeted(doors)
