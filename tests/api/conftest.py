# SPDX-License-Identifier: Apache-2.0
"""A house behind the HTTP door. A module that overrides `house` and its neighbours runs against another house."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from cocket.api import build_app
from cocket.gate import Bounds, make_key
from cocket.settings import Settings
from tests.simulators.doors import Reply, open_door, send
from tests.simulators.house import Caller, CardHouse

MOST = 1024 * 1024


@dataclass(frozen=True)
class Keys:
    """Keys that the house knows: one for one sender, one for several, one of a host that may know lanes."""

    trader: str
    forwarder: str
    host: str


Taken = Callable[[], int]
Ask = Callable[..., Reply]


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys(make_key("trader"), make_key("forwarder"), make_key("host"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Any:
    settings = Settings(home=tmp_path_factory.mktemp("home"), max_message_bytes=MOST)
    callers = {
        keys.trader: Caller("trader", ("trader",)),
        keys.forwarder: Caller("forwarder", ("trader", "other trader")),
        keys.host: Caller("host", ("host",), roles=("host",)),
    }
    return CardHouse(settings, callers)


@pytest.fixture(scope="module")
def taken(house: Any) -> Taken:
    """Tells how many messages the house has taken in, refused ones included."""
    return lambda: len(house.taken)


@pytest.fixture(scope="module")
def good_message() -> bytes:
    """A message that the house accepts."""
    return b"<declaration><ref>1</ref></declaration>"


@pytest.fixture(scope="module")
def port(house: Any) -> Iterator[int]:
    bounds = Bounds(
        body_bytes=house.settings.max_message_bytes,
        head_seconds=1.0,
        body_seconds=1.0,
        write_seconds=0.5,
        linger_seconds=0.5,
    )
    with open_door(build_app(house), bounds) as number:
        yield number


@pytest.fixture(scope="module")
def lodged(port: int, keys: Keys, good_message: bytes) -> str:
    """The id of a message of the trader's."""
    (reply,) = send(port, lodging(keys.trader, good_message))
    assert reply.status == 202
    return str(reply.json["id"])


@pytest.fixture(scope="module")
def ask(port: int, keys: Keys) -> Ask:
    """Make one request and give its answer: `ask("GET", "/v1/…", key=…, body=…, Some_Field=…)`."""

    def request(method: str, target: str, *, key: str | None = keys.trader, body: bytes = b"", **fields: str) -> Reply:
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", "Connection: close"]
        if key:
            lines.append(f"Authorization: Bearer {key}")
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
        (reply,) = send(port, "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        return reply

    return request


def lodging(key: str, body: bytes, *fields: bytes, framed: bytes | None = None) -> bytes:
    """A whole lodging request; `framed` is the body in chunks."""
    framing = b"Content-Length: %d" % len(body) if framed is None else b"Transfer-Encoding: chunked"
    head = [
        b"POST /v1/messages HTTP/1.1",
        b"Host: localhost",
        b"Authorization: Bearer " + key.encode(),
        framing,
        b"Content-Type: application/xml",
        *fields,
    ]
    return b"\r\n".join(head) + b"\r\n\r\n" + (body if framed is None else framed)


def chunked(*pieces: bytes) -> bytes:
    """A body in chunks."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
