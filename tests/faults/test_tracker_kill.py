# SPDX-License-Identifier: Apache-2.0
"""kill -9 of door, database and tracker while lorries report: no alert is lost, none is doubled, no message counts twice."""

from __future__ import annotations

import json
import random
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from cocket.governance import Principal
from cocket.pipeline import open_instance, open_stores
from cocket.pipeline.tracking.device_certificates import endpoint_files, make_ca
from cocket.pipeline.tracking.device_register import key_credential, make_device_key, new_device, open_register
from cocket.pipeline.tracking.views import Corridor, NewJourney
from cocket.pipeline.tracking.worker import Tracker
from cocket.settings import Settings
from cocket.stores.postgres.server import EmbeddedPostgres
from cocket.stores.tracking.device_events import DeviceEvents
from cocket.tracking.adapters.open_e_seal import Message, SealPart
from cocket.tracking.adapters.open_e_seal_write import write_message
from cocket.tracking.geometry import Fence
from tests.faults.serving import Served
from tests.faults.test_ingress_kill import free_port, kill

SUPERVISOR = Principal(id="test", kind="officer", roles=("supervisor",))
STEP = timedelta(seconds=30)


class Lorries:
    """Lorries under way in a home that nobody serves yet, each with a seal that is opened once."""

    def __init__(self, home: Path, count: int, messages: int) -> None:
        self.home, self.messages = home, messages
        self.settings = Settings(home=home)
        self.start = datetime.now(UTC).replace(microsecond=0) - STEP * messages
        self.keys = {f"lorry-{number:03}": make_device_key() for number in range(count)}
        make_ca(self.settings, ["localhost"])
        with EmbeddedPostgres(home / "postgres") as server:
            register, house = open_register(self.settings, server.dsn), open_instance(self.settings, server.dsn)
            for number, (device, key) in enumerate(self.keys.items()):
                register.add((new_device(device, "open-e-seal"), key_credential(key)))
                for end, lon in (("from", 30.0), ("to", 50.0)):
                    house.tracking.places.put_geofence(
                        SUPERVISOR, Fence(name=f"{device}-{end}", centre=(lon, float(number)), radius_m=1_000)
                    )
                line = ((30.0, float(number)), (50.0, float(number)))
                house.tracking.places.put_corridor(SUPERVISOR, Corridor(name=device, line=line))
                house.tracking.journeys.activate_journey(SUPERVISOR, self.plan(device))
            register.close()
            house.close()

    def plan(self, device: str) -> NewJourney:
        return NewJourney(
            reference=f"26XX{device}",
            devices=(device,),
            departure=f"{device}-from",
            destination=f"{device}-to",
            starts_at=self.start,
            time_limit=datetime.now(UTC) + timedelta(days=2),
            seals=("S1",),
            corridor=device,
            report_every_s=STEP.total_seconds(),
        )

    def message(self, device: str, number: int) -> bytes:
        """A message of a lorry; its seal is open in one message in the middle."""
        lat = int(device.rsplit("-", 1)[1])
        is_open = number == self.messages // 2 + lat % 5
        told = Message(
            v=1,
            dev=device,
            boot=1,
            seq=number + 1,
            t=int((self.start + STEP * number).timestamp() * 1000),
            pos=(lat * 10**7, int((30 + 0.005 * number) * 1e7), 10),
            seal=SealPart(n="S1", lock=0 if is_open else 1, strap=1),
        )
        return write_message(told, "json")

    def send(self, port: int, device: str, pause_s: float) -> None:
        """Send all messages of a lorry, each again until it is acknowledged."""
        trust = ssl.create_default_context(cafile=str(endpoint_files(self.settings).root))
        url = f"https://localhost:{port}/v1/device-messages"
        with httpx.Client(verify=trust, timeout=5.0, trust_env=False, auth=(device, self.keys[device])) as client:
            for number in range(self.messages):
                body, deadline = self.message(device, number), time.monotonic() + 600
                while not _is_taken(client, url, body):
                    assert time.monotonic() < deadline, "the door does not come back"
                    time.sleep(0.1)
                time.sleep(pause_s)


def _is_taken(client: httpx.Client, url: str, body: bytes) -> bool:
    try:
        return client.post(url, content=body, headers={"Content-Type": "application/json"}).status_code == 202
    except httpx.HTTPError:
        return False


def run_through_kills(
    home: Path, count: int, messages: int, kills: int, between: tuple[float, float]
) -> tuple[Lorries, int]:
    """Let lorries report while processes are killed at random, so many seconds apart; the lorries, and how many kills."""
    lorries, port, done = Lorries(home, count, messages), free_port(), 0
    chance = random.Random(2026)
    with Served(home, ingress=f"http:{port}") as served:
        threads = [threading.Thread(target=lorries.send, args=(port, device, 0.05)) for device in lorries.keys]
        for thread in threads:
            thread.start()
        while done < kills and any(thread.is_alive() for thread in threads):
            target = chance.choice(("tracker", "tracker", "ingress", "postgres", "assessment"))
            kill(served, target, chance.uniform(*between))
            done += 1
        for thread in threads:
            thread.join(300)
        assert "Traceback" not in served.said
    return lorries, done


def check(lorries: Lorries) -> None:
    """Hold what the house keeps against what the lorries sent."""
    with EmbeddedPostgres(lorries.home / "postgres") as server, psycopg.connect(server.dsn) as connection:
        stores = open_stores(lorries.settings, server.dsn)
        tracker = Tracker(stores, is_eager=True)  # what the last kill left undone
        tracker.open()
        while tracker.turn():
            pass
        for device in lorries.keys:
            events, _ = DeviceEvents().events(connection, device, None)
            assert {event.sequence for event in events} == set(range(1, lorries.messages + 1)), device
        rows = connection.execute("select devices[1], id from alert where kind = 'seal-opened'").fetchall()
        assert sorted(row[0] for row in rows) == sorted(lorries.keys)
        waiting = connection.execute("select count(*) from device_standing where told > judged").fetchone()
        assert waiting == (0,)
        newest = stores.leaves.size(connection)
        raised = [
            json.loads(body)["alert"]["subject"]
            for _, body in stores.leaves.records_between(connection, 0, newest, ["track-alert"])
            if json.loads(body)["alert"]["kind"] == "seal-opened"
        ]
        assert sorted(raised) == sorted(lorries.keys)
        tracker.close()


def test_kills_while_lorries_report_lose_no_alert_and_double_none(home: Path) -> None:
    lorries, done = run_through_kills(home, count=4, messages=120, kills=8, between=(0.2, 1.5))
    assert done >= 5
    check(lorries)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_hundred_kills_while_lorries_report_lose_no_alert_and_double_none(home: Path) -> None:
    lorries, done = run_through_kills(home, count=12, messages=3_600, kills=100, between=(1.0, 4.0))
    print(f"\n{done} kills, {12 * 3_600} messages")
    assert done == 100
    check(lorries)
