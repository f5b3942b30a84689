# SPDX-License-Identifier: Apache-2.0
"""Devices at the door: TLS, authenticated, acknowledged once durable; beside mosquitto and a row an event."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import msgspec
import psutil
import psycopg

from benchmarks.device_load import DeviceLoad, LoadReport, payload_of, sequence_of, start_device_load
from benchmarks.figures import Figure
from benchmarks.intake import cpu_seconds
from cocket.cli.base.instance_access import make_home
from cocket.cli.roles.serving import Serving
from cocket.errors import PartnerError
from cocket.pipeline.tracking.device_certificates import endpoint_files, make_ca
from cocket.pipeline.tracking.device_intake import EventLog, open_event_log
from cocket.pipeline.tracking.device_register import key_credential, make_device_key, new_device, open_register
from cocket.settings import Settings

_DEVICES = 1000
_RATE = 20_000.0
_ROW_CONNECTIONS = 8


def bench_ingress(seconds: float) -> Iterator[Figure]:
    """Messages of 1,000 devices at a steady 20,000 a second, then as fast as acknowledged; peers under the same load."""
    with TemporaryDirectory() as folder, device_house(Path(folder), _DEVICES) as house:
        yield from _steady(house, seconds)
        door = house.run(seconds, window=16)
        yield Figure(name="flat out", value=door.count / door.span, unit="/s", note="TLS, 1,000 connections, durable")
        yield Figure(name="lost of the acknowledged", value=house.lost(), unit="", note="of both runs, read back")
        yield from _beside_mosquitto(house, door, seconds)
        yield from _beside_rows(house.serving.dsn, door, min(seconds, 10.0))


def _steady(house: DeviceHouse, seconds: float) -> Iterator[Figure]:
    before = cpu_seconds(house.serving)
    report = house.run(seconds, rate=_RATE)
    used = {name: one - before.get(name, 0.0) for name, one in cpu_seconds(house.serving).items()}
    each = {name: one / report.count * 1e6 for name, one in {**used, "generator": report.cpu}.items()}
    parts = ", ".join(f"{name} {one:.1f}" for name, one in each.items())
    note = f"{report.sent} messages at {_RATE:.0f}/s, generator on the same cores"
    yield Figure(name="not acknowledged", value=report.sent - report.count, unit="", note=note)
    yield Figure(name="acknowledged, median", value=report.wait(0.5) * 1e3, unit="ms", note="from when it was due")
    yield Figure(name="acknowledged, p99", value=report.wait(0.99) * 1e3, unit="ms", note="budget 100 ms")
    yield Figure(
        name="CPU a message", value=sum(each.values()), unit="µs", note=f"{parts}; two cores have 100 at this rate"
    )
    yield Figure(name="memory", value=house.memory(), unit="MB", note="door and database, PSS; budget 400")


class DeviceHouse:
    """A house with doors for devices, and devices registered in it.

    Args:
        serving: The house running.
        devices: Name and key of each.
    """

    def __init__(self, serving: Serving, devices: tuple[tuple[str, str], ...]) -> None:
        self.serving = serving
        self.devices = devices
        self._reports: list[LoadReport] = []

    def load(self, seconds: float, rate: float | None = None, window: int = 32) -> DeviceLoad:
        """A load of all devices on the door for MQTT."""
        place = urlsplit(self.serving.addresses["ingress-mqtt"])
        return DeviceLoad(
            host="localhost",
            port=place.port or 0,
            root=endpoint_files(self.serving.settings).root,
            devices=self.devices,
            seconds=seconds,
            rate=rate,
            window=window,
        )

    def run(self, seconds: float, rate: float | None = None, window: int = 32) -> LoadReport:
        """Let all devices send; tends the house meanwhile."""
        report = start_device_load(self.load(seconds, rate, window))()
        self._reports.append(report)
        return report

    def lost(self) -> int:
        """Messages that were acknowledged in any run so far and are not stored (count)."""
        with closing(open_event_log(self.serving.settings, self.serving.dsn)) as log:
            return missing(self._reports, log)

    def memory(self) -> float:
        """Memory of the door and the database, shared parts counted once (MB)."""
        processes = [psutil.Process(pid) for pid in self.serving.crew.pids.values()]
        with psycopg.connect(self.serving.dsn) as connection:
            row = connection.execute("select pg_backend_pid()").fetchone()
            server = psutil.Process(row[0] if row else 0).parent()
            processes += [server, *server.children()] if server else []
            return sum(process.memory_full_info().pss for process in processes) / 1e6


def missing(reports: list[LoadReport], log: EventLog) -> int:
    """How many messages were acknowledged, and are not in the log (count). One sent in two runs is wanted twice."""
    wanted: dict[str, bytearray] = {}
    for report in reports:
        for device, numbers in report.acknowledged.items():
            sequences = memoryview(numbers).cast("I")
            counts = wanted.setdefault(device, bytearray())
            counts.extend(bytes(max(0, max(sequences, default=-1) + 1 - len(counts))))
            for sequence in sequences:
                counts[sequence] += 1
    cursor = 0
    while messages := log.after(cursor, 50):
        for message in messages:
            counts, sequence = wanted.get(message.source.device, bytearray()), sequence_of(message.payload)
            if sequence < len(counts) and counts[sequence]:
                counts[sequence] -= 1
        cursor = messages[-1].batch
    return sum(sum(counts) for counts in wanted.values())


@contextmanager
def device_house(folder: Path, count: int) -> Iterator[DeviceHouse]:
    """A house in a folder, its door for MQTT open, with so many devices."""
    settings = Settings(
        home=folder, ingress="mqtt:0", log_origin="bench.cocket.invalid/log", ingress_messages_per_second=1e6
    )
    make_home(settings)
    make_ca(settings, ["localhost"])
    devices = tuple((f"bench-{number:05}", make_device_key()) for number in range(count))
    with Serving(settings, ("ingress",)) as serving:
        register = open_register(settings, serving.dsn)
        register.add(*((new_device(name, "jt808"), key_credential(key)) for name, key in devices))
        register.close()
        yield DeviceHouse(serving, devices)


def _beside_mosquitto(house: DeviceHouse, door: LoadReport, seconds: float) -> Iterator[Figure]:
    broker, subscriber = (
        shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin"),
        shutil.which("mosquitto_sub"),
    )
    if broker is None or subscriber is None:
        yield Figure(name="mosquitto", value=float("nan"), unit="/s", note="not installed here: not measured")
        return
    with TemporaryDirectory() as folder, _mosquitto(broker, subscriber, Path(folder), house.serving.settings) as port:
        load = house.load(seconds, window=16)
        report = start_device_load(_at(load, port))()
    rate = report.count / report.span
    yield Figure(
        name="mosquitto", value=rate, unit="/s", note="same load, TLS, one subscriber; acknowledged from memory"
    )
    yield Figure(name="door to mosquitto", value=door.count / door.span / rate, unit="×")


def _at(load: DeviceLoad, port: int) -> DeviceLoad:
    return msgspec.structs.replace(load, port=port)


@contextmanager
def _mosquitto(broker: str, subscriber: str, folder: Path, settings: Settings) -> Iterator[int]:
    """A mosquitto with our certificate, and one subscriber at QoS 1 to everything."""
    files = endpoint_files(settings)
    port, plain = _free_port(), _free_port()
    key = folder / "door.key"
    key.write_bytes(files.door_key.read_bytes())
    key.chmod(0o644)
    folder.chmod(0o755)
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\ncertfile {files.door}\nkeyfile {key}\nallow_anonymous true\n"
        f"listener {plain} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0\nuser root\n"
    )
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([broker, "-c", str(config)], **quiet) as server:  # type: ignore[call-overload]
        time.sleep(1.0)
        words = [subscriber, "-h", "127.0.0.1", "-p", str(plain), "-t", "#", "-q", "1"]
        with subprocess.Popen(words, **quiet) as reader:  # type: ignore[call-overload]
            try:
                if server.poll() is not None:
                    raise PartnerError("mosquitto does not start.")
                yield port
            finally:
                reader.terminate()
                server.terminate()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _beside_rows(dsn: str, door: LoadReport, seconds: float) -> Iterator[Figure]:
    """A durable row an event, from several connections at once."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "create table bench_event (id bigserial primary key, device text, received timestamptz, payload bytea)"
        )
    counts = [0] * _ROW_CONNECTIONS
    until = time.monotonic() + seconds

    def work(place: int) -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            while time.monotonic() < until:
                connection.execute(
                    "insert into bench_event (device, received, payload) values (%s, now(), %s)",
                    (f"bench-{place}", payload_of(f"bench-{place}", counts[place])),
                )
                counts[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(_ROW_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = sum(counts) / seconds
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("drop table bench_event")
    yield Figure(
        name="a row an event", value=rate, unit="/s", note=f"PostgreSQL alone, {_ROW_CONNECTIONS} connections, no TLS"
    )
    yield Figure(name="door to a row an event", value=door.count / door.span / rate, unit="×")
