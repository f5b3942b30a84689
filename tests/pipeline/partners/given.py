# SPDX-License-Identifier: Apache-2.0
"""Two real houses that are two administrations, each behind its HTTP door, with an agreement that names the other's keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from cocket.api import build_app
from cocket.exchange.signed_http import HouseKey
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.pipeline.partners.joint import FORM, Letter
from cocket.pipeline.partners.sending import ExchangeSending, send_now
from cocket.stores.partners.exchange_queue import ExchangeQueue
from tests.houses import Built, build
from tests.pipeline.queries.test_mirror import ALL, SIONE, VEA, agreed
from tests.simulators.doors import open_door

ANNA = Principal(id="anna", kind="officer", roles=("analyst",))

EXCHANGES = f"""
mirror = {ALL}
private-join = []
assistance = ["persons", "facts", "enquiries", "ucrs"]
seizure = ["goods", "hs", "quantity", "unit", "equipment", "ucrs", "transport_documents"]
transit = ["equipment", "seals", "due", "destination"]
trusted-trader = ["name", "until"]
certificate = ["goods", "until", "quantity", "unit"]
model-card = ["facts"]
"""


def signed_letter(key: HouseKey, body: Any, kind: str = "table", **instead: Any) -> bytes:
    """A letter of evidence from XB to XA, whatever is in it, signed."""
    said = {"form": FORM, "sender": "XB", "receivers": ("XA",), "purpose": "control", "made": "2026-06-01T00:00:00Z"}
    raw = msgspec.Raw(msgspec.json.encode(body))
    letter = msgspec.convert({**said, "kind": kind, "body": raw, **instead}, type=Letter)
    signature = key.sign_bytes(msgspec.json.encode(letter))
    return msgspec.json.encode(msgspec.structs.replace(letter, signature=signature))


@dataclass(frozen=True)
class Side:
    """One administration: its house, its country, and where it answers."""

    built: Built
    country: str
    url: str

    @property
    def exchange(self) -> Any:
        return self.built.house.partners.exchange

    @property
    def notices(self) -> Any:
        return self.built.house.partners.notices

    def send(self) -> int:
        """Send what waits, as the role `events` does."""
        return send_now(self.built.stores)

    def documents(self, direction: str) -> list[Any]:
        """Messages of a direction, oldest first."""
        found = self.exchange.exchanges(SIONE).messages
        return sorted((one for one in found if one.direction == direction), key=lambda one: (one.made, one.id))

    def begin_again(self, agreement: str = "one-and-two") -> None:
        """Forget that sending failed."""
        from datetime import UTC, datetime

        with self.built.stores.database.transaction() as connection:
            ExchangeQueue().went_well(connection, agreement, datetime.now(UTC))


def agreement_text(own: str, other: Side, url: str | None = None, **instead: str) -> bytes:
    """The agreement as one side has it."""
    identity = other.exchange.identity(SIONE)
    return f"""
name = "one-and-two"
title = "Agreement on mutual assistance"
other = "Customs of {other.country}"
senders = ["OTHER"]
country = "{other.country}"
own_country = "{own}"
purposes = ["control", "analysis"]
begins = 2020-01-01
source = "Treaty Series 2026/12"

[signed]
url = "{other.url if url is None else url}"
keys = ["{instead.get("key", identity.key)}"]
receipts = ["{instead.get("receipts", identity.receipts)}"]
certificates = {instead.get("certificates", "[]")}

[exchanges]
{instead.get("exchanges", EXCHANGES)}
""".encode()


def house(home: Path, **given: Any) -> Built:
    made = build(home, red_per_day=9, yellow_per_day=9, random_share=0.0, partner_exchange=True, **given)
    for one in (SIONE, VEA):
        made.house.governance.accounts.put_officer(one.id, one.id, "supervisor", None, "seal and cord and wax")
    return made


#: Address of a house, and role → a key.
_KEYS: dict[tuple[str, str], str] = {}


def asking(side: Side, role: str) -> Any:
    """Asks over HTTP with a key of a role."""
    name = f"{role}-{len(_KEYS)}"
    key = _KEYS.get((side.url, role)) or make_key(name)
    if (side.url, role) not in _KEYS:
        side.built.house.governance.accounts.add_key(
            key, name, [role], ["HOUSE"] if role in ("trader", "agency") else []
        )
        _KEYS[side.url, role] = key

    def ask(method: str, path: str, **how: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.request(
            method, f"{side.url}/v1/partners{path}", headers=headers, trust_env=False, timeout=60, **how
        )

    return ask


@contextmanager
def two_houses(folder: Path) -> Iterator[tuple[Side, Side]]:
    """Both, until the block ends."""
    with ExitStack() as stack:
        sides = []
        for country in ("XA", "XB"):
            built = house(folder / country, log_origin=f"{country.lower()}.cocket.invalid/log")
            stack.callback(built.house.close)
            port = stack.enter_context(open_door(build_app(built.house)))
            sides.append(Side(built, country, f"http://127.0.0.1:{port}"))
        one, two = sides
        agreed(one.built, agreement_text("XA", two))
        agreed(two.built, agreement_text("XB", one))
        yield one, two


__all__ = [
    "ANNA",
    "SIONE",
    "VEA",
    "ExchangeSending",
    "Side",
    "agreed",
    "agreement_text",
    "asking",
    "house",
    "signed_letter",
    "two_houses",
]
