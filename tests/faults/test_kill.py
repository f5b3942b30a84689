# SPDX-License-Identifier: Apache-2.0
"""kill -9 of every process under load: nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import psycopg
import pytest

from cocket.stores.postgres.server import EmbeddedPostgres
from tests.faults.lodging import Lodgers
from tests.faults.reckoning import reckon, reckon_on
from tests.faults.serving import Served, until

TARGETS = ("api", "assessment", "log", "workbench", "postgres")


def kill(served: Served, lodgers: Lodgers, target: str) -> float:
    """Kill one process and wait until it is there again and messages are acknowledged; how long that took in seconds."""
    until(lambda: served.pid_of(target), f"there is no {target}")
    before, killed = served.pid_of(target), time.monotonic()
    os.kill(before, signal.SIGKILL)
    if target == "parent":
        served.kill()
        served.start()
    until(lambda: served.pid_of(target) not in (0, before), f"{target} is not started again")
    again = time.monotonic()
    until(lambda: lodgers.count_since(again), f"nothing is acknowledged after {target} was killed")
    return lodgers.acknowledged[-lodgers.count_since(again)].at - killed


def kill_rounds(served: Served, lodgers: Lodgers, rounds: int, parents: int) -> dict[str, list[float]]:
    """Kill every target once a round, and the parent in the last few; how long each took."""
    chance = random.Random(2026)
    took: dict[str, list[float]] = {target: [] for target in (*TARGETS, "parent")}
    for number in range(rounds):
        targets = list(TARGETS) + ["parent"] * (number >= rounds - parents)
        for target in chance.sample(targets, len(targets)):
            time.sleep(chance.uniform(0.1, 0.7))
            took[target].append(kill(served, lodgers, target))
    return took


def test_three_kills_of_each_process_under_load_lose_and_double_nothing(home: Path) -> None:
    with Served(home) as served:
        with Lodgers(served.address, served.key) as lodgers:
            kill_rounds(served, lodgers, rounds=3, parents=1)
        assert lodgers.unfit == []
        assert reckon(served, lodgers.acknowledged, ask_for=60) == []
        assert "Traceback" not in served.said


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_twenty_kills_of_each_process_under_load_lose_and_double_nothing(home: Path) -> None:
    with Served(home) as served:
        with Lodgers(served.address, served.key) as lodgers:
            took = kill_rounds(served, lodgers, rounds=20, parents=5)
        faults = reckon(served, lodgers.acknowledged, ask_for=2000)
        print(f"\n{len(lodgers.acknowledged)} acknowledged, answers {dict(lodgers.statuses)}, {len(faults)} faults")
        for target, times in took.items():
            print(
                f"{target}: {len(times)} kills, back after {sorted(times)[len(times) // 2]:.2f} s, at most {max(times):.2f} s"
            )
        assert lodgers.unfit == []
        assert faults == []
        assert "Traceback" not in served.said


#: Harm, and what the reckoning must call it.
HARM = {
    "delete from message where id = (select record from leaf where kind = 'message-accepted' order by idx limit 1)": "lost",
    "update message set content = (select body from record_body join message m using (id) order by id limit 1)": "lost",
    "update leaf set include_by = include_by + interval '1 second'": "lost",
    "insert into assessment select gen_random_uuid(), consignment, message, made, lane, score, is_random, propensity "
    "from assessment limit 1": "accepted original without one assessment",
    "delete from assessment where id = (select id from assessment limit 1)": "accepted original without one assessment",
    "update leaf set digest = (select digest from leaf where kind = 'message-accepted' limit 1)": "content stored twice",
    "update message set reference = 'one'": "reference accepted twice",
    "update leaf set idx = idx + 1 where idx = (select max(idx) from leaf)": "gap in the leaves",
    "delete from record": "leaf of nothing",
    "delete from leaf where kind = 'assessment'": "assessment without its sealed record",
}


def test_the_reckoning_sees_every_kind_of_harm(home: Path) -> None:
    with Served(home) as served:
        with Lodgers(served.address, served.key) as lodgers:
            until(lambda: len(lodgers.acknowledged) >= 5, "nothing is acknowledged")
        assert reckon(served, lodgers.acknowledged) == []
        with EmbeddedPostgres(home / "postgres") as server, psycopg.connect(server.dsn) as connection:
            for harm, name in HARM.items():
                connection.execute(harm)
                assert any(fault.startswith(name) for fault in reckon_on(connection, lodgers.acknowledged, home)), harm
                connection.rollback()
