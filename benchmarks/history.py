# SPDX-License-Identifier: Apache-2.0
"""What looking a declaration up in the risk history and taking note of it costs over a store, beside all of it in memory."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.pages import processor_seconds
from cocket.risk import Facts, History
from cocket.risk.facts import ItemFacts
from cocket.settings import Settings
from cocket.stores.base.database import Database
from cocket.stores.base.subject_keys import SubjectKey
from cocket.stores.postgres.server import EmbeddedPostgres
from cocket.stores.risk.history_copy import HistoryCopy
from cocket.stores.risk.kept_history import KeptHistory

#: Declarations before anything is measured, those measured at least, so that generations change and changes are written, and those
#: of one turn (count).
_BEFORE, _LEAST, _TURN = 4_000, 6_000, 250

#: Changes after which the assessment worker writes them down (count).
_MOST_UNSAVED = 20_000


def bench_history(seconds: float) -> Iterator[Figure]:
    """The same generated declarations in turn about: in memory, and over a store with as many values at hand as is usual."""
    gc.disable()  # what it costs would be put down to whoever allocates, and both have their values in this process
    try:
        yield from _both(seconds)
    finally:
        gc.enable()


def _both(seconds: float) -> Iterator[Figure]:
    with TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "postgres") as server:
        database = Database(server.dsn)
        database.migrate()
        copy = HistoryCopy(SubjectKey(0, os.urandom(32)))
        kept = KeptHistory(Path(folder) / "history")
        kept.begin(History.edition())
        most = Settings(home=Path(folder)).history_values
        whole, stored = History(), History(None, kept, most)
        trade = generated_trade(1)
        spent = {"memory": 0.0, "store": 0.0, "writing": 0.0, "copying": 0.0}
        number, rows = 0, 0

        def write() -> None:
            kept.write(stored.changes(), number, b"leaf")
            stored.saved()

        def copying(changes: list[tuple[bytes, bytes | None]]) -> float:
            """Processor time of copying changes, PostgreSQL's included (seconds)."""
            before = processor_seconds(Path(folder))
            with database.transaction() as connection:
                copy.put(connection, changes)
            return processor_seconds(Path(folder)) - before

        used = 0.0
        deadline: float | None = None
        while deadline is None or used < deadline or number < _BEFORE + _LEAST:
            turn = list(islice(trade, _TURN))
            number += len(turn)
            is_measured = deadline is not None
            took = {
                "memory": _cpu(partial(_observe, whole, turn)),
                "store": _cpu(partial(_observe, stored, turn)),
                "writing": 0.0,
                "copying": 0.0,
            }
            if stored.unsaved >= _MOST_UNSAVED:
                changes = list(stored.changes())
                rows += len(changes) if is_measured else 0
                took["copying"] = copying(changes)
                took["writing"] = _cpu(write)
            kept.rest()
            used += sum(took.values())
            if is_measured:
                for name, each in took.items():
                    spent[name] += each
            elif number >= _BEFORE:
                deadline = used + seconds
        write()
        measured = number - _BEFORE
        held, size = stored.held, kept.size
        kept.close(is_done=True)
        database.close()
    costs = {name: seconds / measured * 1e6 for name, seconds in spent.items()}
    note = f"{measured:,} generated declarations after {_BEFORE:,}"
    yield Figure(
        name="in memory", value=costs["memory"], unit="µs", note=f"CPU a declaration without collecting garbage, {note}"
    )
    yield Figure(
        name="over the store", value=costs["store"], unit="µs", note=f"{held:,} of at most {most:,} values at hand"
    )
    yield Figure(name="ratio", value=costs["store"] / costs["memory"], unit="×", note="over the store to in memory")
    yield Figure(name="writing", value=costs["writing"], unit="µs", note="CPU a declaration, on top")
    yield Figure(
        name="ratio with writing",
        value=(costs["store"] + costs["writing"]) / costs["memory"],
        unit="×",
        note="to in memory",
    )
    yield Figure(
        name="copying",
        value=costs["copying"],
        unit="µs",
        note=f"processor time a declaration, PostgreSQL's included, on top; {rows / measured:.1f} values a declaration",
    )
    yield Figure(name="store", value=size / number, unit="bytes", note="on the disk, a declaration")


def _observe(history: History, turn: list[Facts]) -> None:
    for facts in turn:
        history.observe(facts)


def _cpu(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def generated_trade(seed: int) -> Iterator[Facts]:
    """Declarations of traders of whom few declare much and many little, each with goods, sellers and a declarant of its own."""
    dice, day, known = Random(seed), 20_000.0, 50
    goods = [_heading(dice, number) for number in range(900)]
    number = 0
    while True:
        number += 1
        day += 1 / 2_000
        if dice.random() < 0.03:
            known += 1
        who = min(int(known * dice.random() ** 3), known - 1)
        habits = Random(who)
        usual = [habits.randrange(len(goods)) for _ in range(6)]
        sellers = [habits.randrange(4_000) for _ in range(4)]
        yield Facts(
            id=f"{number:032x}",
            day=day,
            office=f"XA{11 + who % 12}0000",
            flow="import",
            importer=f"XA{who:08d}",
            importer_name=f"Trader {who} and Sons",
            importer_address=f"{who % 400} Harbour Road, Port {who // 400}, XA",
            declarant=f"XB{who % 60:06d}",
            seller=f"SELLER{dice.choice(sellers):06d}",
            carrier=f"CARRIER{dice.randrange(40)}",
            export_country=habits.choice(_COUNTRIES),
            freight=Decimal(dice.randrange(100, 9_000)),
            is_containerised=True,
            transport_document=f"BL{number // 2:09d}",
            items=tuple(
                _item(dice, place + 1, goods[dice.choice(usual)], habits) for place in range(dice.choice((1, 1, 2, 3)))
            ),
        )


_COUNTRIES = tuple(f"X{letter}" for letter in "CDEFGHIJKLMNOPQRSTUVW")


def _heading(dice: Random, number: int) -> tuple[str, tuple[str, ...], float]:
    code = f"{1 + number // 10:02d}{1 + number % 10:02d}{dice.randrange(10, 99)}00"
    words = tuple("".join(dice.choices("ABCDEFGHIKLMNOPRSTU", k=dice.randrange(4, 9))) for _ in range(12))
    return code, words, dice.lognormvariate(3, 1)


def _item(dice: Random, number: int, goods: tuple[str, tuple[str, ...], float], habits: Random) -> ItemFacts:
    code, words, price = goods
    mass, packages = dice.lognormvariate(5, 1), dice.randrange(1, 200)
    return ItemFacts(
        number=number,
        hs=code,
        origin=habits.choice(_COUNTRIES),
        value=Decimal(round(mass * price * dice.lognormvariate(0, 0.2), 2)),
        duty=Decimal(round(mass * price * 0.15, 2)),
        gross_mass_kg=mass * 1.08,
        net_mass_kg=mass,
        packages=packages,
        procedure="40",
        words=tuple(dice.sample(words, 4)),
    )
