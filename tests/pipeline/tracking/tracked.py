# SPDX-License-Identifier: Apache-2.0
"""A house that follows one lorry: devices, places, a journey, and the messages of an open e-seal, by a clock of the test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from cocket.governance import Principal
from cocket.pipeline.credentials.credential_files import Recognition
from cocket.pipeline.tracking.device_intake import Arrival, PostgresLog, Source
from cocket.pipeline.tracking.device_register import DeviceRegister, key_credential, make_device_key, new_device
from cocket.pipeline.tracking.views import Corridor, JourneyLine, NewJourney
from cocket.pipeline.tracking.worker import Tracker
from cocket.tracking.adapters.open_e_seal import Message, SealPart
from cocket.tracking.adapters.open_e_seal_write import write_message
from cocket.tracking.geometry import Fence
from tests.houses import Built, build, officer

#: Degrees of longitude between two messages at the equator: 5.6 km, in five minutes 18.5 m/s.
STEP_DEG = 0.05
STEP = timedelta(minutes=5)

SUPERVISOR = officer("supervisor")


class Tracked:
    """A house with a tracker, and what is needed to follow a lorry along the equator, eastwards from 30° E.

    Args:
        home: Its folder, fresh.
        **given: Settings that differ from the defaults.
    """

    def __init__(self, home: Path, **given: Any) -> None:
        self.built: Built = build(home, **given)
        self.house = self.built.house
        self.log = PostgresLog(self.built.stores.database)
        self.start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=8)
        self.tracker = Tracker(self.built.stores, is_eager=True)
        self.tracker.open()
        register = DeviceRegister(self.built.stores)
        for name in ("dev-1", "dev-2"):
            register.add((new_device(name, "open-e-seal"), key_credential(make_device_key())))
        for name, number, purpose in (("FROM", 0, "office"), ("TO", 60, "office"), ("PARK", 30, "permitted-stop")):
            self.house.tracking.places.put_geofence(SUPERVISOR, fence(name, number, purpose))
        line = tuple((30 + STEP_DEG * number, 0.0) for number in (0, 20, 40, 60))
        self.house.tracking.places.put_corridor(SUPERVISOR, Corridor(name="EAST", line=line))

    def at(self, number: float) -> datetime:
        """When the message of a number is sent."""
        return self.start + STEP * number

    def activate(self, principal: Principal = SUPERVISOR, **fields: Any) -> JourneyLine:
        """Begin the journey."""
        plan: dict[str, Any] = {
            "reference": "26XX000000000001T1",
            "devices": ("dev-1",),
            "departure": "FROM",
            "destination": "TO",
            "time_limit": self.start + timedelta(days=2),
            "starts_at": self.start,
            "equipment": ("MSKU1234565",),
            "seals": ("S1",),
            "guarantee_amount": Decimal(12500),
            "guarantee_currency": "EUR",
            "corridor": "EAST",
            "places": ("PARK",),
            "report_every_s": 300.0,
        }
        return self.house.tracking.journeys.activate_journey(principal, NewJourney(**plan | fields))

    def told(self, number: int, **fields: Any) -> bytes:
        """The lorry's message of a number, as bytes."""
        usual: dict[str, Any] = {
            "v": 1,
            "dev": "dev-1",
            "boot": 1,
            "seq": number + 1,
            "t": int(self.at(number).timestamp() * 1000),
            "pos": (0, int((30 + STEP_DEG * min(number, 60)) * 1e7), 10),
            "spd": 1850,
            "crs": 9000,
            "seal": SealPart(n="S1", lock=1, strap=1, case=1),
            "eq": "MSKU1234565",
            "bat": (80, None),
        }
        return write_message(Message(**usual | fields), "json")

    def keep(self, payloads: Sequence[bytes], received: Iterable[datetime], device: str = "dev-1") -> None:
        """Keep messages as the door does, in one row."""
        source = Source(device=device, adapter="open-e-seal", topic=f"iot/{device}/telemetry", proof="certificate")
        arrivals = [
            Arrival(source, int(at.timestamp() * 1_000_000), payload)
            for payload, at in zip(payloads, received, strict=True)
        ]
        self.log.append(uuid4(), arrivals)

    def hear(self, numbers: Iterable[int], late: timedelta = timedelta(seconds=2), **fields: Any) -> None:
        """Keep the messages of some numbers, each when it is sent, and let the tracker work."""
        for number in numbers:
            self.keep([self.told(number, **fields)], [self.at(number) + late])
        self.work(self.at(max(numbers)) + late)

    def work(self, now: datetime) -> None:
        """Let the tracker work until nothing is left to do at a moment."""
        while self.tracker.turn(now):
            pass

    def close(self) -> None:
        """Let go of the database."""
        self.log.close()


def fence(name: str, number: float, purpose: str = "office", radius_m: float = 1_000) -> Fence:
    """A circle around the place of a message."""
    return Fence(name=name, purpose=purpose, centre=(30 + STEP_DEG * number, 0.0), radius_m=radius_m)  # type: ignore[arg-type]


def tracked(home: Path, **given: Any) -> Tracked:
    """A house that follows one lorry."""
    return Tracked(home, **given)


#: DIDs of the two administrations of `neighbours`.
A, B = "did:web:customs.a.example", "did:web:customs.b.example"


def neighbours(home: Path, **given: Any) -> tuple[Tracked, Tracked]:
    """Two houses that recognise each other, each with devices of the same names."""
    a, b = (tracked(home / name, log_origin=f"customs.{name}.example/log/2026", **given) for name in ("a", "b"))
    for one in (a, b):
        one.house.credentials.certificates.rotate_issuer_key(SUPERVISOR)
    for one, other, did, country in ((a, b, B, "BB"), (b, a, A, "AA")):
        document = other.house.credentials.certificates.published_credentials()[".well-known/did.json"].decode()
        one.house.credentials.partners.recognise_issuer(
            SUPERVISOR, Recognition(issuer=did, country=country, schemes=(), scopes=(), document=document)
        )
    return a, b
