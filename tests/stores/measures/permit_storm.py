# SPDX-License-Identifier: Apache-2.0
"""Many processes that write off the same few permits at once, in random order, and may die at any moment.

As a program it is one of them: `python -m tests.stores.measures.permit_storm DSN SEED RUNS` prints the number of each run that is
committed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from cocket.errors import StoreError
from cocket.measures.permits import Claim, Draw, Permit, PermitName, settle
from cocket.stores import Database, Permits
from cocket.stores.base.database import Connection

ROOT = Path(__file__).resolve().parents[3]
NAMES = tuple(PermitName("wildlife", "C400", f"P{n}") for n in range(5))
DECLARATIONS = tuple(f"ACME wco-dm R{n}" for n in range(30))
SHELF = Permits()

#: What must hold at every commit, each as a query for what does not. One statement sees one moment.
INVARIANTS = {
    "quantity taken is not the sum of its uses": """
        select p.number from permit p left join permit_use u on u.permit = p.id and u.state <> 'returned'
        group by p.id having p.quantity_taken <> coalesce(sum(u.quantity), 0)""",
    "value taken is not the sum of its uses": """
        select p.number from permit p left join permit_use u on u.permit = p.id and u.state <> 'returned'
        group by p.id having p.value_taken <> coalesce(sum(u.value), 0)""",
    "uses taken are not its declarations": """
        select p.number from permit p left join permit_use u on u.permit = p.id and u.state <> 'returned'
        group by p.id having p.uses_taken <> count(distinct u.declaration)""",
    "more is used than the limit": """
        select p.number from permit p join permit_use u on u.permit = p.id and u.state <> 'returned'
        group by p.id having sum(u.quantity) > p.quantity or sum(u.value) > p.value
        or count(distinct u.declaration) > p.uses""",
    "a declaration that was given back still has something": """
        select c.declaration from permit_claim c join permit_use u using (declaration)
        where c.is_returned and u.state <> 'returned'""",
}


def faults(connection: Connection) -> list[str]:
    """What does not hold now, one sentence each."""
    return [f"{name}: {row[0]}" for name, query in INVARIANTS.items() for row in connection.execute(query)]


def prepare(database: Database) -> None:
    """Permits with tight limits of every kind, and a table of the runs that were committed."""
    limits = {"quantity": Decimal(100), "unit": "KGM", "value": Decimal(1000), "currency": "EUR"}
    with database.transaction() as connection:
        for number, name in enumerate(NAMES):
            permit = Permit(agency=name.agency, type=name.type, number=name.number, uses=4 + number, **limits)  # type: ignore[arg-type]
            SHELF.put(connection, permit)
        connection.execute("create table storm_run (seed integer, run integer, act text, outcome text)")


def run_once(connection: Connection, chance: random.Random) -> tuple[str, str]:
    """One act on one declaration of everybody's, within the transaction."""
    declaration = chance.choice(DECLARATIONS)
    act = chance.choices(("reserve", "confirm", "give-back"), (5, 2, 3))[0]
    draws = tuple(
        Draw(name, item, Decimal(chance.randint(0, 400)) / 10, Decimal(chance.randint(0, 40000)) / 100)
        for name in chance.sample(NAMES, chance.randint(1, 3))
        for item in range(1, chance.randint(1, 2) + 1)
    )
    ledger = SHELF.lock(connection, [declaration], [draw.permit.number for draw in draws])
    standing = ledger.standings[declaration]
    version = max(1, standing.version + chance.choice((-1, 0, 0, 1, 1)))
    claim = Claim(declaration=declaration, version=version, act=act, draws=draws)  # type: ignore[arg-type]
    settled = settle(claim, standing, ledger.permits)
    SHELF.write(connection, {declaration: settled.standing}, settled.permits, datetime.now(UTC))
    return act, settled.outcome


def work(dsn: str, seed: int, runs: int) -> None:
    """Make runs one after the other, and say of each that it is committed."""
    database, chance = Database(dsn, size=1, row_key=b"r" * 32), random.Random(seed)
    done = 0
    while done < runs:
        try:
            with database.transaction() as connection:
                act, outcome = run_once(connection, chance)
                connection.execute("insert into storm_run values (%s, %s, %s, %s)", (seed, done, act, outcome))
        except StoreError as error:
            if "deadlock" in str(error) or "violates" in str(error):
                raise
            continue  # the server was killed: whether this run was committed is not known, and it is not said
        print(done, flush=True)
        done += 1


class Worker:
    """One process of the storm."""

    def __init__(self, dsn: str, seed: int, runs: int, folder: Path) -> None:
        self.seed = seed
        self._said = folder / f"said-{seed}"
        self._complained = folder / f"complained-{seed}"
        words = [sys.executable, "-m", "tests.stores.measures.permit_storm", dsn, str(seed), str(runs)]
        with self._said.open("wb") as out, self._complained.open("wb") as err:
            self.process = subprocess.Popen(words, cwd=ROOT, stdout=out, stderr=err, start_new_session=True)

    @property
    def said(self) -> list[int]:
        """Runs that it said are committed."""
        return [int(line) for line in self._said.read_text().splitlines(keepends=True) if line.endswith("\n")]

    @property
    def complaint(self) -> str:
        """What it wrote on stderr."""
        return self._complained.read_text()

    def kill(self) -> None:
        """kill -9."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def storm(dsn: str, folder: Path, workers: int) -> Iterator[Callable[[int], Worker]]:
    """Start workers as asked; what still runs at the end is ended."""
    started: list[Worker] = []

    def start(runs: int) -> Worker:
        started.append(Worker(dsn, len(started), runs, folder))
        return started[-1]

    try:
        for _ in range(workers):
            start(10**9)
        yield start
    finally:
        for worker in started:
            if worker.process.poll() is None:
                worker.kill()


def written(connection: Connection) -> dict[int, set[int]]:
    """Runs that are committed, by worker."""
    found: dict[int, set[int]] = {}
    for seed, run in connection.execute("select seed, run from storm_run"):
        found.setdefault(seed, set()).add(run)
    return found


if __name__ == "__main__":
    work(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
