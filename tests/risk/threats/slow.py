# SPDX-License-Identifier: Apache-2.0
"""Logs in which somebody takes his time: probing every second day, straw consignees at one address, favours by lanes.

Everything else in them is ordinary: firms of very different sizes, some of which begin in the middle, parcels to private
people and to a business centre, and lanes that machine and officers set.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec

from cocket.risk.threats.log import Act, Declared, Log, log_of

START = datetime(2025, 3, 3, tzinfo=UTC)
_CODES = ("610910", "640399", "851713", "870899", "330499", "392690", "732690")


class Slow(msgspec.Struct):
    """A log in the making; `planted` the rows of what was planted, `firms` how many trade."""

    random: Random
    days: int
    declared: list[Declared]
    acts: list[Act]
    planted: set[int]
    firms: int
    row: int = 0

    def declare(self, day: float, **stated: object) -> int:
        """One more declaration."""
        self.row += 1
        made = {"row": self.row, "at": START + timedelta(days=day), "reference": f"R{self.row}", **stated}
        self.declared.append(Declared(**made))  # type: ignore[arg-type]
        return self.row

    def act(self, day: float, actor: str, kind: str, subject: str, **stated: object) -> int:
        """One more act."""
        self.row += 1
        made = {
            "row": self.row,
            "at": START + timedelta(days=day),
            "actor": actor,
            "kind": kind,
            "subject": subject,
            **stated,
        }
        self.acts.append(Act(**made))  # type: ignore[arg-type]
        return self.row

    def log(self) -> Log:
        """The log."""
        return log_of(self.declared, self.acts)


def ordinary(seed: int) -> Slow:
    """A log in which nothing is planted."""
    random = Random(seed)
    log = Slow(random, random.randrange(60, 91), [], [], set(), random.randrange(120, 260))
    for firm in range(log.firms):
        _firm(log, f"F{firm}", firm)
    for _ in range(random.randrange(400, 800)):
        who = random.randrange(500)
        place = "1 Tower Plaza" if who % 10 == 0 else f"{who % 430} Orchard Row"
        log.declare(log.days * random.random(), importer=f"P{who}", consignee=f"Person {who}", hs=random.choice(_CODES),
            value=round(random.lognormvariate(4.6, 0.9), 2), mass_kg=round(random.lognormvariate(0, 0.8), 2),
            identities=(("address", place),))  # fmt: skip
    _lanes(log)
    return log


def _firm(log: Slow, name: str, number: int) -> None:
    random = log.random
    begins = log.days * random.random() if random.random() < 0.12 else 0.0
    many = min(250, int(random.paretovariate(1.15) * 3))
    goods = [(code, random.lognormvariate(2, 0.8), random.lognormvariate(4, 1)) for code in random.sample(_CODES, 2)]
    drift = random.choice((0.0, 0.0, 0.002, -0.002, 0.003))
    scatter, same = random.choice((0.01, 0.08, 0.2)), random.random() < 0.15
    place = "1 Tower Plaza" if random.random() < 0.1 else f"{number} Foundry Yard"
    for _ in range(many):
        day = begins + (log.days - begins) * random.random()
        code, price, mass = random.choice(goods)
        kg = mass if same else mass * random.lognormvariate(0, 0.5)
        value = price * kg * random.lognormvariate(0, scatter) * (1 + drift) ** day
        log.declare(day, importer=name, consignee=f"{name} Trading", hs=code, value=round(value, 2), mass_kg=round(kg, 2),
            identities=(("address", place),))  # fmt: skip


def _lanes(log: Slow) -> None:
    """The machine sets most lanes, officers on duty the others; some officers are milder than others."""
    random = log.random
    officers = [f"officer-{n}" for n in range(random.randrange(5, 10))]
    strict = {officer: random.uniform(0.25, 0.5) for officer in officers}
    for one in list(log.declared):
        day = (one.at - START) / timedelta(days=1)
        by = random.choice(officers) if random.random() < 0.25 else "engine"
        lane = "red" if random.random() < strict.get(by, 0.08) else "green"
        log.act(
            day, by, "lane-set", one.reference, lane=lane, importer=one.importer, office="X", is_system=by == "engine"
        )
        if lane == "red":
            officer = random.choice(officers)
            log.act(day + 0.1, officer, "view", one.reference, is_assigned=True)
            log.act(day + 0.2, officer, "result", one.reference, is_found=random.random() < 0.15, depth="full")


def probing(log: Slow) -> None:
    """The same goods every second day, a little lower each of sixteen times."""
    random, day, value = log.random, log.random.uniform(2, log.days - 36), log.random.uniform(900, 9000)
    step = random.uniform(0.94, 0.98)
    for number in range(16):
        stated = round(value * step**number * random.uniform(0.998, 1.002), 2)
        log.planted.add(log.declare(day + 2 * number + random.uniform(-0.2, 0.2), importer="F3", consignee="F3 Trading",
            hs="851713", value=stated, mass_kg=40.0, identities=(("address", "3 Foundry Yard"),)))  # fmt: skip


def straws(log: Slow) -> None:
    """Parts of one trade to invented names at one address, one every day or two."""
    random, threshold = log.random, log.random.choice((150.0, 800.0))
    for number in range(random.randrange(14, 22)):
        who = random.randrange(10_000, 99_999)
        log.planted.add(log.declare(2 + number * random.uniform(1.0, 2.0), importer=f"S{who}", consignee=f"Person {who}",
            hs="640399", value=round(threshold * random.uniform(0.92, 0.999), 2), mass_kg=random.uniform(1, 4),
            identities=(("address", "77 Backwater Mews"),)))  # fmt: skip


def favours(log: Slow) -> None:
    """An officer sets the lanes of one trader's consignments himself, hardly ever a strict one."""
    random = log.random
    friend = max(
        (one.importer for one in log.declared if one.importer),
        key=lambda name: sum(x.importer == name for x in log.declared),
    )
    for place, act in enumerate(log.acts):
        if act.kind == "lane-set" and act.importer == friend and random.random() < 0.5:
            lane = "red" if random.random() < 0.03 else "green"
            log.acts[place] = msgspec.structs.replace(act, actor="officer-0", is_system=False, lane=lane)
            log.planted.add(act.row)


def surging(log: Slow) -> None:
    """A newcomer with very much trade from the first day, of which the log sees but the first days."""
    random, begins = log.random, log.days - log.random.uniform(4, 9)
    for _ in range(random.randrange(110, 180)):
        log.planted.add(log.declare(begins + (log.days - begins) * random.random(), importer="NEW", consignee="New Trading",
            hs="610910", value=round(random.lognormvariate(7, 0.5), 2), mass_kg=round(random.lognormvariate(4, 0.5), 2),
            identities=(("address", "5 Fresh Start"),)))  # fmt: skip


#: What is planted → how, and the kinds that may name it.
SLOW: dict[str, tuple[Callable[[Slow], None], frozenset[str]]] = {
    "probing": (probing, frozenset({"probe"})),
    "straws": (straws, frozenset({"split", "split-over-days"})),
    "favours": (favours, frozenset({"collusion"})),
    "surging": (surging, frozenset({"new-trader-surge", "new-trader-busy"})),
}
