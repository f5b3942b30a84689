# SPDX-License-Identifier: Apache-2.0
"""An office with a gateway, a line that can be cut, and a real house at its other end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

from cocket.api import build_app
from cocket.gate import Bounds, make_key
from cocket.gateway import Forwarder, GatewayDoor, House, Spool, make_identity
from tests.houses import Built, officer
from tests.simulators.doors import open_door
from tests.simulators.line import Line, line_to

OFFICE = "XAPRT001"
HEAD = officer("supervisor")


@dataclass
class Office:
    """A gateway at work: `turn` forwards, `lodge` sends as a trader does."""

    built: Built
    home: Path
    line: Line
    key: str
    trader: str
    house_port: int
    name: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    spool: Spool = field(init=False)
    house: House = field(init=False)
    forwarder: Forwarder = field(init=False)

    def start(self) -> None:
        self.spool = Spool(self.home, self.clock)
        self.house = House(self.line.address, self.key, seconds=20)
        self.forwarder = Forwarder(self.spool, self.house)

    def stop(self) -> None:
        self.house.close()
        self.spool.close()

    def turn(self) -> None:
        """Forward all that waits."""
        while self.forwarder.turn():
            pass

    @contextlib.contextmanager
    def door(self) -> Iterator[int]:
        with open_door(GatewayDoor(self.spool, self.house), Bounds(body_bytes=8 * 1024 * 1024)) as port:
            yield port

    def lodge(self, port: int, content: bytes, key: str = "", **headers: str) -> httpx.Response:
        named = {"Authorization": f"Bearer {key or self.trader}", "Content-Type": "application/xml", **headers}
        return httpx.post(
            f"http://127.0.0.1:{port}/v1/messages", content=content, headers=named, timeout=60, trust_env=False
        )

    def messages(self) -> int:
        """How many messages the house holds sealed as accepted."""
        with self.built.stores.database.transaction() as connection:
            row = connection.execute("select count(*) from message where outcome = 'accepted'").fetchone()
        return int(row[0]) if row else 0


@contextlib.contextmanager
def office_of(built: Built, home: Path, name: str = "alpha-gate", **given: Callable[[], datetime]) -> Iterator[Office]:
    """A gateway that is registered at a house, and a trader ACME."""
    accounts = built.house.governance.accounts
    trader, gate = make_key(f"{name}-acme"), make_key(name)
    accounts.add_key(trader, "acme", ["trader"], ["ACME"])
    accounts.add_key(gate, "gate", ["forwarder"], ["ACME"])
    known = make_identity(home, name, OFFICE)
    built.house.partners.gateways.register_gateway(HEAD, known.vkey, OFFICE, name)
    with open_door(build_app(built.house)) as port, line_to(port) as line:
        made = Office(built, home, line, gate, trader, port, name, **given)  # type: ignore[arg-type]
        made.start()
        try:
            yield made
        finally:
            made.stop()
