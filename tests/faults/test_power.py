# SPDX-License-Identifier: Apache-2.0
"""Power cuts under load: what was acknowledged is there again, unless flushing is off; then it is not."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cocket.errors import StoreError
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.faults.disks import CutDisk, cut_disk
from tests.faults.lodging import Acknowledged, Lodgers
from tests.faults.reckoning import lost, reckon
from tests.faults.serving import Served, copy_home, until

#: The same house, but its database flushes nothing: what no setting of Cocket can ask for.
FORGETFUL = (
    sys.executable,
    "-c",
    """
from cocket.cli import main
from cocket.stores.postgres.server import EmbeddedPostgres
EmbeddedPostgres.__init__.__kwdefaults__["durable"] = False
main()
""",
)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[CutDisk]:
    with cut_disk(tmp_path) as mounted:
        yield mounted


def cut_under_load(disk: CutDisk, served: Served, name: str) -> list[Acknowledged]:
    """Lodge for a while, cut the power, end every process, and mount the disk again; what was acknowledged."""
    with Lodgers(served.address, served.key, name) as lodgers:
        began = time.monotonic()
        until(lambda: time.monotonic() > began + 2.5 and len(lodgers.acknowledged) > 20, "nothing is acknowledged")
        served.family()
        disk.cut()
        time.sleep(0.3)  # whatever is acknowledged by a dead disk counts as well
        served.kill_all()
    assert lodgers.unfit == []
    disk.unmount()
    disk.mount()
    return lodgers.acknowledged


def cuts(disk: CutDisk, home: Path, count: int) -> tuple[int, list[str]]:
    """Cut so often; how much was acknowledged, and the faults."""
    served = Served(copy_home(home, disk.at / "home"), said=disk.at.with_suffix(".said"))
    disk.flush()
    acknowledged: list[Acknowledged] = []
    faults: list[str] = []
    for number in range(count):
        with served:
            acknowledged += cut_under_load(disk, served, f"cut-{number}")
        with served:
            faults += reckon(served, acknowledged, ask_for=50)
    assert "Traceback" not in served.said
    return len(acknowledged), faults


def test_a_power_cut_under_load_loses_and_doubles_nothing(disk: CutDisk, made_home: Path) -> None:
    acknowledged, faults = cuts(disk, made_home, 1)
    assert acknowledged > 0
    assert faults == []


@pytest.mark.soak
@pytest.mark.timeout(5400)
def test_fifty_power_cuts_under_load_lose_and_double_nothing(disk: CutDisk, made_home: Path) -> None:
    acknowledged, faults = cuts(disk, made_home, 50)
    print(f"\n{acknowledged} acknowledged in 50 cuts, {len(faults)} faults")
    assert faults == []


def test_the_same_cut_without_flushing_loses_what_was_acknowledged(disk: CutDisk, made_home: Path) -> None:
    served = Served(copy_home(made_home, disk.at / "home"), command=FORGETFUL, said=disk.at.with_suffix(".said"))
    disk.flush()
    with served:
        acknowledged = cut_under_load(disk, served, "control")
        missing = missing_in(served.home / "postgres", acknowledged)
    print(f"\n{len(acknowledged)} acknowledged without flushing, {missing} lost")
    assert missing > 0


def missing_in(postgres: Path, acknowledged: list[Acknowledged]) -> int:
    """How much of what was acknowledged a database has not; all of it if it does not even start."""
    try:
        with EmbeddedPostgres(postgres) as server, psycopg.connect(server.dsn) as connection:
            return len(list(lost(connection, acknowledged, postgres.parent)))
    except (StoreError, psycopg.Error) as error:
        print(f"\nwithout flushing the database does not come up again: {error}")
        return len(acknowledged)
