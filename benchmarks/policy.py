# SPDX-License-Identifier: Apache-2.0
"""A policy tried on 100,000 past accesses, read from a database of its own, beside reading them alone."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.figures import Figure
from cocket.cli.base.instance_access import make_home
from cocket.cli.base.output import progress
from cocket.governance import PURPOSES, Principal, shipped_policy
from cocket.governance.policy import Policy
from cocket.governance.policy_trial import Trial
from cocket.pipeline import Instance, open_database, open_stores
from cocket.pipeline.base.access import LOOKS, AccessRecord, SealedDecision
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.wiring import Stores
from cocket.settings import Settings

_LOOKS: Final = 100_000
_AT_ONCE: Final = 2_000
_SEED: Final = 8

#: Roles whose accesses are made up, and facts that are true of some of them.
_ROLES: Final = ("analyst", "officer", "supervisor", "auditor")
_FACTS: Final = ("in_office", "at_same_office", "has_reason", "has_case")

#: What the policy that is tried forbids beside the one that Cocket comes with.
_FORBIDS: Final = """
@id("bench")
forbid (principal in Role::"officer", action == Action::"dossier:read", resource) when { !context.has_case };
"""

_WHO: Final = Principal(id="bench", kind="officer", roles=("supervisor",))


def bench_policy(seconds: float) -> Iterator[Figure]:
    """100,000 sealed accesses, decided again by a policy that forbids more; it runs as long as it takes."""
    with TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), log_origin="bench.cocket.invalid/log")
        make_home(settings)
        with open_database(settings) as server:
            stores = open_stores(settings, server.dsn)
            instance = Instance(stores)
            try:
                yield from _figures(stores, instance)
            finally:
                instance.close()


def _figures(stores: Stores, instance: Instance) -> Iterator[Figure]:
    dice = random.Random(_SEED)
    with progress("sealing accesses") as step:
        for done in range(0, _LOOKS, _AT_ONCE):
            with stores.database.transaction() as connection:
                looks = (_look(dice) for _ in range(_AT_ONCE))
                records = [stores.sealer.record("look", one.who, one) for one in looks]
                stores.leaves.append_records(connection, records)
            step(done + _AT_ONCE, _LOOKS)
    bare, bare_cpu = _timed(lambda: _read_alone(stores))
    policy = Policy(f"{shipped_policy().text}\n{_FORBIDS}")
    told: list[int] = []
    trial: list[Trial] = []
    whole, cpu = _timed(
        lambda: trial.append(instance.governance.policies.try_policy(_WHO, policy, tell=lambda at, _: told.append(at)))
    )
    (result,) = trial
    yield Figure(
        name="trial", value=whole, unit="s", note=f"{result.looks:,} accesses, from the database to the counts"
    )
    yield Figure(name="processor time", value=cpu, unit="s", note="of this process; the database's comes on top")
    yield Figure(
        name="reading alone", value=bare, unit="s", note=f"the same records, opened; {bare_cpu:.1f} s of processor time"
    )
    yield Figure(
        name="ratio", value=cpu / bare_cpu, unit="×", note="processor time of the trial to that of reading alone"
    )
    yield Figure(name="would be refused", value=result.refused_whole + result.refused_in_part, unit="accesses")
    yield Figure(name="progress", value=len(told), unit="reports", note="how often a person who waits is told")


def _read_alone(stores: Stores) -> None:
    with stores.database.transaction() as connection:
        size = stores.leaves.size(connection)
    for at in range(0, size, 5_000):
        with stores.database.transaction() as connection:
            stores.leaves.records_between(connection, at, at + 4_999, ("look",))


def _look(dice: random.Random) -> AccessRecord:
    what = dice.choice(tuple(LOOKS))
    facts = tuple(name for name in _FACTS if dice.random() < 0.5)
    purpose = dice.choice(PURPOSES[:6])
    decision = SealedDecision(action=LOOKS[what][0], purpose=purpose, facts=facts, rules=("customs-reads-dossiers",))
    return AccessRecord(
        who=f"officer-{dice.randrange(500)}",
        roles=(dice.choice(_ROLES),),
        what=what,
        purpose=purpose,
        subjects=(str(new_id()),),
        policy=shipped_policy().digest,
        decisions=(decision,),
    )


def _timed(doing: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the clock, and of processor time, that something takes."""
    begun, spent = time.perf_counter(), time.process_time()
    doing()
    return time.perf_counter() - begun, time.process_time() - spent
