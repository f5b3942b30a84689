# SPDX-License-Identifier: Apache-2.0
"""The tracker: how long after its receipt an alert stands, under a steady load, and after a late dump of one device."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import msgspec
import psutil
import psycopg

from benchmarks.figures import Figure
from cocket.cli.base.instance_access import make_home
from cocket.cli.roles.serving import Serving
from cocket.governance import Principal
from cocket.pipeline import Instance, open_instance
from cocket.pipeline.tracking.device_intake import Arrival, EventLog, Source, open_event_log
from cocket.pipeline.tracking.device_register import key_credential, make_device_key, new_device, open_register
from cocket.pipeline.tracking.views import Corridor, NewJourney
from cocket.settings import Settings
from cocket.tracking.adapters.open_e_seal import Message, SealPart
from cocket.tracking.adapters.open_e_seal_write import write_message
from cocket.tracking.geometry import Fence

#: Journeys under way, messages each has told before, and messages a second over all of them.
_JOURNEYS, _BEFORE, _RATE = 500, 60, 100

#: Messages of the late dump, and how many seconds apart they were sent.
_DUMP, _DUMP_STEP = 10_000, 30

#: How often alerts are looked for (seconds), and how long to wait for the last.
_LOOK, _PATIENCE = 0.02, 60.0

_SUPERVISOR = Principal(id="bench", kind="officer", roles=("supervisor",))
_STEP = timedelta(minutes=5)


class _Lorry(msgspec.Struct, frozen=True, kw_only=True):
    """A lorry that drives eastwards along a parallel of its own, 5.6 km every five minutes."""

    device: str
    lat: float
    lon: float
    start: datetime
    step: timedelta = _STEP

    def message(self, number: int, at: datetime | None = None, *, is_open: bool = False) -> bytes:
        """Its message of a number; at its time, or another."""
        sent = at or self.start + self.step * number
        east = 0.05 * (sent - self.start) / _STEP
        return write_message(
            Message(
                v=1,
                dev=self.device,
                boot=1,
                seq=number + 1,
                t=int(sent.timestamp() * 1000),
                pos=(int(self.lat * 1e7), int((self.lon + east) * 1e7), 10),
                spd=1850,
                seal=SealPart(n="S1", lock=0 if is_open else 1, strap=1),
                bat=(80, None),
            ),
            "json",
        )


class _Latency(msgspec.Struct, kw_only=True):
    """When openings were received, and when their alerts were first there to be read (seconds since 1970)."""

    received: dict[str, float] = {}
    seen: dict[str, float] = {}

    def waits(self) -> list[float]:
        """Seconds from receipt to alert, sorted."""
        return sorted(self.seen[device] - received for device, received in self.received.items() if device in self.seen)


def bench_tracking(seconds: float) -> Iterator[Figure]:
    """Alerts of 500 journeys at 100 messages a second, one message in nineteen opening a lock; then a dump of 10,000 messages."""
    start = datetime.now(UTC).replace(microsecond=0) - _STEP * _BEFORE
    lorries = [
        _Lorry(device=f"bench-{number:05}", lat=(number % 100 - 50) * 0.6, lon=-170.0 + number // 100 * 60, start=start)
        for number in range(_JOURNEYS)
    ]
    long_ago = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=_DUMP * _DUMP_STEP + 60)
    step = timedelta(seconds=_DUMP_STEP)
    dumping = _Lorry(device="bench-dump", lat=35.0, lon=-170.0, start=long_ago, step=step)
    with TemporaryDirectory() as folder, _served(Path(folder), [*lorries, dumping]) as (serving, log):
        yield Figure(name="first judgement of all", value=_settle(serving, log, lorries), unit="s", note="500 journeys")
        latency = _steady(serving, log, lorries, seconds)
        waits = latency.waits()
        missing = len(latency.received) - len(waits)
        note = f"{len(waits)} openings among {int(seconds * _RATE)} messages at {_RATE}/s of {_JOURNEYS} journeys"
        yield Figure(name="alert, median", value=waits[len(waits) // 2] * 1e3, unit="ms", note=note)
        yield Figure(name="alert, p99", value=waits[int(len(waits) * 0.99)] * 1e3, unit="ms", note="budget 1,000 ms")
        yield Figure(name="openings not told", value=missing, unit="", note="after a minute of patience")
        yield Figure(name="late dump", value=_dump(serving, log, dumping), unit="s", note="10,000 messages; budget 5 s")
        yield Figure(name="memory", value=_memory(serving), unit="MB", note="tracker, PSS")


@contextmanager
def _served(folder: Path, lorries: Sequence[_Lorry]) -> Iterator[tuple[Serving, EventLog]]:
    """A house with a tracker, in which these lorries are under way."""
    settings = Settings(home=folder, log_origin="bench.cocket.invalid/log")
    make_home(settings)
    with Serving(settings, ("tracker",)) as serving, closing(open_event_log(settings, serving.dsn)) as log:
        register = open_register(settings, serving.dsn)
        register.add(*((new_device(one.device, "open-e-seal"), key_credential(make_device_key())) for one in lorries))
        register.close()
        house = open_instance(settings, serving.dsn)
        for lorry in lorries:
            _activate(house, lorry)
        house.close()
        yield serving, log


def _activate(house: Instance, lorry: _Lorry) -> None:
    ends = (lorry.lon, (lorry.lon + 55 + 180) % 360 - 180)
    for name, lon in zip(("from", "to"), ends, strict=True):
        fence = Fence(name=f"{lorry.device}-{name}", centre=(lon, lorry.lat), radius_m=1_000)
        house.tracking.places.put_geofence(_SUPERVISOR, fence)
    bends = tuple((lorry.lon + 55 * bend / 499, lorry.lat) for bend in range(500))
    house.tracking.places.put_corridor(_SUPERVISOR, Corridor(name=lorry.device, line=bends, half_width_m=5_000))
    plan = NewJourney(
        reference=f"26XX{lorry.device}",
        devices=(lorry.device,),
        departure=f"{lorry.device}-from",
        destination=f"{lorry.device}-to",
        starts_at=lorry.start,
        time_limit=datetime.now(UTC) + timedelta(days=20),
        seals=("S1",),
        corridor=lorry.device,
        report_every_s=lorry.step.total_seconds(),
    )
    house.tracking.journeys.activate_journey(_SUPERVISOR, plan)


def _keep(log: EventLog, messages: Sequence[tuple[_Lorry, bytes]]) -> float:
    """Keep messages as the door does, in one row; when they were received (seconds since 1970)."""
    now = time.time()
    log.append(
        uuid4(),
        [
            Arrival(Source(one.device, "open-e-seal", f"iot/{one.device}/telemetry", "key"), int(now * 1e6), payload)
            for one, payload in messages
        ],
    )
    return now


def _settle(serving: Serving, log: EventLog, lorries: Sequence[_Lorry]) -> float:
    """Let every lorry have told its way so far; seconds until all of it was judged."""
    began = time.monotonic()
    for first in range(0, len(lorries), 50):
        _keep(log, [(one, one.message(n)) for one in lorries[first : first + 50] for n in range(_BEFORE)])
    with psycopg.connect(serving.dsn, autocommit=True) as connection:
        while time.monotonic() - began < _PATIENCE * 5:
            serving.tend()
            row = connection.execute("select count(*) from device_standing where told > 0 and judged = told").fetchone()
            if row and row[0] == len(lorries):
                break
            time.sleep(_LOOK)
    return time.monotonic() - began


def _steady(serving: Serving, log: EventLog, lorries: Sequence[_Lorry], seconds: float) -> _Latency:
    """Messages at an even pace in rows of 10 ms, one in nineteen of them opening a lock; alerts are looked for meanwhile."""
    latency, numbers = _Latency(), dict.fromkeys((one.device for one in lorries), _BEFORE)
    began, sent, place = time.monotonic(), 0, 0
    with psycopg.connect(serving.dsn, autocommit=True) as connection:
        while time.monotonic() - began < seconds:
            due = int((time.monotonic() - began) * _RATE) - sent
            messages = []
            for _ in range(due):
                lorry = lorries[place % len(lorries)]
                place += 1
                is_open = place % 19 == 0 and lorry.device not in latency.received
                messages.append((lorry, lorry.message(numbers[lorry.device], datetime.now(UTC), is_open=is_open)))
                numbers[lorry.device] += 1
                if is_open:
                    latency.received[lorry.device] = time.time()
            if messages:
                _keep(log, messages)
                sent += due
            _look(connection, latency)
            time.sleep(0.01)
        deadline = time.monotonic() + _PATIENCE
        while len(latency.seen) < len(latency.received) and time.monotonic() < deadline:
            serving.tend()
            _look(connection, latency)
            time.sleep(_LOOK)
    return latency


def _look(connection: psycopg.Connection[tuple[object, ...]], latency: _Latency) -> None:
    for (device,) in connection.execute("select devices[1] from alert where kind = 'seal-opened' and not is_withdrawn"):
        latency.seen.setdefault(str(device), time.time())


def _dump(serving: Serving, log: EventLog, lorry: _Lorry) -> float:
    """Seconds from a dump's receipt until the opening in the middle of it is told."""
    middle = range(_DUMP // 2, _DUMP // 2 + 5)
    with psycopg.connect(serving.dsn, autocommit=True) as connection:
        began = _keep(log, [(lorry, lorry.message(number, is_open=number in middle)) for number in range(_DUMP)])
        while time.time() - began < _PATIENCE:
            row = connection.execute(
                "select count(*) from alert where kind = 'seal-opened' and devices = array[%s]", (lorry.device,)
            ).fetchone()
            if row and row[0]:
                break
            time.sleep(_LOOK)
    return time.time() - began


def _memory(serving: Serving) -> float:
    return sum(psutil.Process(pid).memory_full_info().pss for pid in serving.crew.pids.values()) / 1e6
