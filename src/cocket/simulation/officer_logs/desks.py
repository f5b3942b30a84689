# SPDX-License-Identifier: Apache-2.0
"""The first generator: what happened in some offices in a month or two, drawn from habits, with one wrong planted or none.

Ordinary work holds much that looks wrong and is not: callers who ask after a dossier, cover for a colleague at night, analysts who
read by the hundred, officers who find little, a broker who brings much, a clerk who opens a decoy in a long list of hits.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

import msgspec

from cocket.oversight import Event, Officer, Party, Watched, WatchLog

START: Final = datetime(2027, 3, 1, tzinfo=UTC)
_SHIFTS: Final = {"early": 6, "late": 14, "night": 22, "office": 8}
_FIRST: Final = (
    *(
        "Ada",
        "Bo",
        "Cleo",
        "Dan",
        "Eva",
        "Finn",
        "Gus",
        "Hana",
        "Ivo",
        "Juno",
        "Kai",
        "Lea",
        "Max",
        "Nia",
        "Oto",
        "Pia",
        "Rui",
    ),
    *("Sol", "Tove", "Uma", "Vito", "Wim", "Yara", "Zoe"),
)
_LAST: Final = (
    *(
        "Abel",
        "Berg",
        "Costa",
        "Diaz",
        "Eden",
        "Frost",
        "Gray",
        "Hale",
        "Ibsen",
        "Janda",
        "Kerr",
        "Lund",
        "Mora",
        "Nord",
    ),
    *("Okoro", "Pike", "Quist", "Rossi", "Stahl", "Toft"),
)
_PLACES: Final = (
    "Mill",
    "Quay",
    "Hill",
    "Park",
    "Dock",
    "Lime",
    "Bell",
    "Corn",
    "Fish",
    "Glen",
    "Iron",
    "King",
    "Moor",
    "Oak",
)
_STREETS: Final = tuple(
    f"{name} {kind}" for name in _PLACES for kind in ("Street", "Road", "Lane", "Row", "Close", "Way")
)


class OfficerLog(msgspec.Struct, frozen=True):
    """A log, and apart from it what was planted.

    Attributes:
        log: The log, as the watchers read it.
        wrong: What was planted; empty for nothing.
        culprits: Officers who did it (0..n).
    """

    log: WatchLog
    wrong: str
    culprits: frozenset[str]


class Desks:
    """The people, goods and habits of one log.

    Args:
        random: Draws everything.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.days = random.randrange(40, 64)
        self.offices = [f"PT{n}" for n in range(random.randrange(2, 5))]
        self.officers: dict[str, Officer] = {}
        self.shift: dict[str, str] = {}
        self.skill: dict[str, float] = {}
        self.leave: dict[str, range] = {}
        for n in range(random.randrange(30, 56)):
            self._hire(f"o{n}", "officer", self.offices[n % len(self.offices)])
        for n in range(random.randrange(3, 7)):
            self._hire(f"a{n}", "analyst", "")
        self.traders = [f"T{n}" for n in range(random.randrange(120, 360))]
        self.weights = [random.paretovariate(1.1) for _ in self.traders]
        self.home = {trader: random.choice(self.offices) for trader in self.traders}
        self.party = {trader: self._party() for trader in self.traders}
        self.lax = random.uniform(0.02, 0.07)  # share of lanes that are lowered
        self.hasty = random.uniform(0.01, 0.05)  # share of declarations that are amended soon
        self.irregular = random.uniform(0.1, 0.22)
        self.events: list[Event] = []
        self.cases: list[Watched] = []
        self.lanes: dict[str, tuple[str, datetime, str]] = {}
        self.number = 0

    def _hire(self, name: str, role: str, office: str) -> None:
        random = self.random
        who = f"{random.choice(_FIRST)} {random.choice(_LAST)}"
        self.officers[name] = Officer(id=name, role=role, office=office, name=who, address=self.address())
        self.shift[name] = (
            "office" if role == "analyst" else random.choices(("early", "late", "night", "office"), (4, 3, 1, 3))[0]
        )
        self.skill[name] = random.uniform(0.55, 1.25)
        begin = random.randrange(self.days)
        self.leave[name] = range(begin, begin + random.randrange(0, 12))

    def address(self) -> str:
        """Some address."""
        street, town = self.random.choice(_STREETS), self.random.choice(self.offices)
        return (
            f"{self.random.randrange(1, 220)} {street}, {town} {self.random.choice(('North', 'South', 'East', 'West'))}"
        )

    def _party(self) -> Party:
        random = self.random
        name = (
            f"{random.choice(_FIRST)} {random.choice(_LAST)}"
            if random.random() < 0.1
            else f"{random.choice(_LAST)} {random.randrange(999)} Ltd"
        )
        return Party(name=name, address=self.address())

    def at(self, day: int, hour: float) -> datetime:
        """A moment of the log."""
        return START + timedelta(days=day, hours=hour)

    def add(self, at: datetime, kind: Any, subject: str = "", officer: str = "", **told: Any) -> Event:
        """One more event."""
        self.number += 1
        event = Event(id=f"e{self.number}", at=at, kind=kind, subject=subject, officer=officer, **told)
        self.events.append(event)
        return event

    def hour(self, officer: str) -> float:
        """A moment within the hours of an officer."""
        return _SHIFTS[self.shift[officer]] + self.random.uniform(0.1, 7.9)

    def works(self, officer: str, day: int) -> bool:
        """Whether an officer works on a day."""
        is_weekend = day % 7 > 4 and self.shift[officer] == "office"
        return day not in self.leave[officer] and not is_weekend and (day + int(officer[1:])) % 7 < 5

    def working(self, office: str, day: int) -> list[str]:
        """Examiners of an office who work on a day."""
        return [
            name
            for name, one in self.officers.items()
            if one.role == "officer" and one.office == office and self.works(name, day)
        ]

    def on_shift(self, at: datetime) -> list[str]:
        """Examiners whose hours a moment falls in; all of them where there is none."""
        ago = {name: (at.hour - _SHIFTS[self.shift[name]]) % 24 for name in self.examiners()}
        return [name for name, hours in ago.items() if hours < 8] or list(ago)

    def examiners(self) -> list[str]:
        """All examiners."""
        return [name for name, one in self.officers.items() if one.role == "officer"]


def _ordinary(desk: Desks) -> None:
    for day in range(desk.days):
        for _ in range(int(len(desk.officers) * desk.random.uniform(1.6, 2.4))):
            _consignment(desk, day)
    for n in range(desk.random.randrange(2, 6)):
        name = f"H{n}"
        desk.cases.append(Watched(id=name, office=desk.random.choice(desk.offices), trader=f"TH{n}", is_honey=True))
    for day in range(desk.days):
        for officer in desk.officers:
            if desk.works(officer, day):
                _curiosity(desk, officer, day)
    for _ in range(desk.random.randrange(3)):  # somebody opens all of a long list of hits, a decoy among them
        officer, day = desk.random.choice(desk.examiners()), desk.random.randrange(desk.days)
        at = desk.at(day, desk.hour(officer))
        hits = (*(one.id for one in desk.random.sample(desk.cases[:-9], 7)), f"H{desk.random.randrange(2)}")
        desk.add(at, "search", officer=officer, hits=hits)
        desk.add(at + timedelta(minutes=3), "look", hits[-1], officer)


def _consignment(desk: Desks, day: int) -> None:
    random = desk.random
    trader = random.choices(desk.traders, desk.weights)[0]
    office = desk.home[trader] if random.random() < 0.75 else random.choice(desk.offices)
    name = f"K{len(desk.cases)}"
    linked = (desk.cases[-1].id,) if desk.cases and random.random() < 0.08 else ()
    desk.cases.append(Watched(id=name, office=office, trader=trader, parties=(desk.party[trader],), linked=linked))
    came = desk.at(day, random.gauss(12, 5) % 24)
    lane = random.choices(("green", "yellow", "red"), (70, 20, 10))[0]
    if random.random() < desk.hasty:
        desk.add(came + timedelta(hours=random.expovariate(1 / 9)), "changed", name)
    if lane == "green":
        return
    desk.add(came, "queued", name, lane=lane)
    desk.lanes[name] = lane, came, office
    here = desk.working(office, day) or desk.working(office, day + 1) or desk.examiners()
    officer = random.choice(here)
    is_drawn = random.random() < 0.85
    when = desk.at(day, desk.hour(officer))
    while when < came + timedelta(minutes=30) or not desk.works(officer, (when - START).days):
        day += 1
        when = desk.at(day, desk.hour(officer))
    if is_drawn:
        desk.add(came + timedelta(minutes=1), "drawn", name, officer)
    elif random.random() < 0.7:
        desk.add(when - timedelta(minutes=20), "given", name, officer)
    _work(desk, name, officer, when, lane)


def _work(desk: Desks, name: str, officer: str, when: datetime, lane: str) -> None:
    """Looks, then decides; others look by duty too."""
    random = desk.random
    for _ in range(random.choice((1, 1, 2, 3))):
        desk.add(when - timedelta(minutes=random.uniform(1, 40)), "look", name, officer)
    done = when + timedelta(hours=random.lognormvariate(-0.3, 0.6))
    if random.random() < desk.lax:
        desk.add(done, "lowered", name, officer)
        second = random.choice(desk.on_shift(done))
        desk.add(done - timedelta(minutes=5), "look", name, second)
        desk.add(done, "second", name, second)
        if random.random() < 0.06:
            desk.add(
                done + timedelta(days=random.uniform(5, 20)),
                "result",
                name,
                random.choice(desk.examiners()),
                is_found=True,
            )
    else:
        rate = desk.irregular * desk.skill[officer] * (1.3 if lane == "red" else 0.8)
        desk.add(done, "result", name, officer, is_found=random.random() < rate)
    desk.add(done, "done", name)
    if random.random() < 0.05:
        kind = random.choice(("doubt", "contest"))
        desk.add(done + timedelta(days=1), "look", name, officer)
        desk.add(done + timedelta(days=1, minutes=30), kind, name, officer)
    if random.random() < 0.04:  # work goes on at night, at what is in one's hands
        desk.add(done + timedelta(hours=random.uniform(8, 12)), "look", name, officer)


def _curiosity(desk: Desks, officer: str, day: int) -> None:
    """Callers, colleagues, the queue, links; analysts read by trade; now and then an hour that is not one's own."""
    random = desk.random
    real = [case for case in desk.cases if not case.is_honey]  # no work, and no caller, leads to a decoy
    known = real[: max(20, int(len(real) * (day + 1) / desk.days))]
    if desk.officers[officer].role == "analyst":
        for _ in range(random.choice((0, 12, 25, 40, 60, 90))):
            desk.add(desk.at(day, random.uniform(8.3, 16.4)), "look", random.choice(known).id, officer)
        return
    own = [case for case in known[-400:] if case.office == desk.officers[officer].office] or known
    for _ in range(random.choice((0, 0, 1, 1, 2, 3))):
        desk.add(desk.at(day, desk.hour(officer)), "look", random.choice(own).id, officer)
    if random.random() < 0.25:  # a caller asks after anything
        hit = random.choice(known)
        at = desk.at(day, desk.hour(officer))
        desk.add(at, "search", officer=officer, hits=(hit.id,))
        desk.add(at + timedelta(minutes=random.uniform(0.2, 9)), "look", hit.id, officer)
    if random.random() < 0.03:
        desk.add(desk.at(day, desk.hour(officer)), "look", random.choice(known).id, officer)
    if random.random() < 0.006:  # stays late, or covers for somebody
        desk.add(
            desk.at(day, (desk.hour(officer) + random.uniform(7, 10)) % 24), "look", random.choice(own).id, officer
        )


# ── Wrongs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _look(desk: Desks, officer: str, case: Watched, at: datetime) -> None:
    """A look, half of the times by way of a search."""
    if desk.random.random() < 0.5:
        desk.add(at - timedelta(minutes=1), "search", officer=officer, hits=(case.id,))
    desk.add(at, "look", case.id, officer)


def _day(desk: Desks, officer: str) -> int:
    days = [day for day in range(2, desk.days) if desk.works(officer, day)]
    return desk.random.choice(days)


def _honey(desk: Desks) -> set[str]:
    officer = desk.random.choice(desk.examiners())
    decoy = desk.random.choice([case for case in desk.cases if case.is_honey])
    at = desk.at(_day(desk, officer), desk.hour(officer))
    if desk.random.random() < 0.5:
        desk.add(at - timedelta(minutes=1), "search", officer=officer, hits=(decoy.id,))
    desk.add(at, "look", decoy.id, officer)
    return {officer}


def _relatives(desk: Desks) -> set[str]:
    random = desk.random
    officer = random.choice(desk.examiners())
    one = desk.officers[officer]
    kind = random.choice(("own name", "own address", "colleague", "neighbour"))
    number, _, street = one.address.partition(" ")
    other = random.choice([o for o in desk.officers.values() if o.office == one.office and o.id != officer])
    party = {
        "own name": Party(name=one.name, address=desk.address()),
        "own address": Party(name="Stella Imports", address=one.address),
        "colleague": Party(name=other.name, address=desk.address()),
        "neighbour": Party(name="Corner Shop", address=f"{int(number) + random.choice((2, 4))} {street}"),
    }[kind]
    for n in range(random.randrange(3, 7)):
        case = Watched(id=f"R{n}", office=random.choice(desk.offices), trader="TR", parties=(party,))
        desk.cases.append(case)
        _look(desk, officer, case, desk.at(_day(desk, officer), desk.hour(officer)))
    return {officer}


def _tips(desk: Desks) -> set[str]:
    random = desk.random
    officer = random.choice(desk.examiners())
    trader = random.choice(desk.traders) if random.random() < 0.5 else None
    pool = [case for case in desk.cases if not case.is_honey and case.id[0] == "K"]
    for case in random.sample(pool, random.randrange(6, 14)):
        if trader:
            desk.cases[desk.cases.index(case)] = msgspec.structs.replace(case, trader=trader)
        at = desk.at(_day(desk, officer), desk.hour(officer))
        _look(desk, officer, case, at)
        if random.random() < 0.85:
            kind = random.choice(("changed", "lowered"))
            who = "" if kind == "changed" else random.choice(desk.examiners())
            desk.add(at + timedelta(hours=random.uniform(0.3, 5)), kind, case.id, who)
    return {officer}


def _bulk(desk: Desks) -> set[str]:
    random = desk.random
    officer = random.choice(list(desk.officers))
    count = random.randrange(45, 160) if officer[0] == "o" else random.randrange(250, 500)
    begin = desk.at(_day(desk, officer), desk.hour(officer))
    for n, case in enumerate(random.sample([c for c in desk.cases if not c.is_honey], count)):
        desk.add(begin + timedelta(seconds=n * random.uniform(4, 40)), "look", case.id, officer)
    return {officer}


def _nights(desk: Desks) -> set[str]:
    random = desk.random
    officer = random.choice([one for one in desk.examiners() if desk.shift[one] != "night"])
    for day in random.sample(range(desk.days), random.randrange(8, 17)):
        hour = (_SHIFTS[desk.shift[officer]] + random.uniform(15, 18)) % 24
        _look(desk, officer, random.choice([c for c in desk.cases if not c.is_honey]), desk.at(day, hour))
    return {officer}


def _curious(desk: Desks) -> set[str]:
    random = desk.random
    officer = random.choice(desk.examiners())
    others = [c for c in desk.cases if c.office != desk.officers[officer].office and not c.is_honey]
    for case in random.sample(others, random.randrange(25, 60)):
        desk.add(desk.at(_day(desk, officer), desk.hour(officer)), "look", case.id, officer)
    return {officer}


def _crony(desk: Desks) -> set[str]:
    """Takes one trader's consignments without the draw, and lets them go."""
    random = desk.random
    officer = random.choice([one for one in desk.examiners() if desk.shift[one] != "night"])  # at night he may be alone
    office = desk.officers[officer].office
    trader = random.choice([one for one in desk.traders if desk.home[one] == office] or desk.traders)
    for n in range(random.randrange(9, 18)):
        case = Watched(id=f"C{n}", office=office, trader=trader, parties=(desk.party[trader],))
        desk.cases.append(case)
        at = desk.at(_day(desk, officer), desk.hour(officer))
        desk.add(at - timedelta(hours=1), "queued", case.id, lane="yellow")
        desk.add(at, "look", case.id, officer)
        desk.add(at + timedelta(minutes=20), "result", case.id, officer, is_found=False)
        desk.add(at + timedelta(minutes=20), "done", case.id)
    return {officer}


def _lenient(desk: Desks) -> set[str]:
    """Lowers lanes on goods in which something is found later."""
    random = desk.random
    officer = random.choice(desk.examiners())
    for n in range(random.randrange(9, 18)):
        case = Watched(id=f"L{n}", office=desk.officers[officer].office, trader=random.choice(desk.traders))
        desk.cases.append(case)
        at = desk.at(_day(desk, officer), desk.hour(officer))
        desk.add(at - timedelta(hours=2), "queued", case.id, lane="red")
        desk.add(at - timedelta(hours=2), "drawn", case.id, officer)
        desk.add(at, "look", case.id, officer)
        desk.add(at + timedelta(minutes=9), "lowered", case.id, officer)
        desk.add(at + timedelta(minutes=9), "done", case.id)
        if random.random() < 0.6:
            desk.add(
                at + timedelta(days=random.uniform(2, 9)),
                "result",
                case.id,
                random.choice(desk.examiners()),
                is_found=True,
            )
    return {officer}


def _blind(desk: Desks) -> set[str]:
    """Finds nothing, whatever is drawn for him."""
    random = desk.random
    counts = dict.fromkeys(desk.examiners(), 0)
    for event in desk.events:
        if event.kind == "result" and event.officer in counts:
            counts[event.officer] += 1
    officer = random.choice(sorted(counts, key=lambda one: -counts[one])[:12])
    office = desk.officers[officer].office
    for n in range(random.randrange(80, 140)):  # a busy one
        case = Watched(id=f"B{n}", office=office, trader=random.choice(desk.traders))
        desk.cases.append(case)
        at = desk.at(_day(desk, officer), desk.hour(officer))
        desk.add(at - timedelta(hours=2), "queued", case.id, lane="yellow")
        desk.add(at - timedelta(hours=2), "drawn", case.id, officer)
        desk.add(at, "result", case.id, officer, is_found=False)
        desk.add(at, "done", case.id)
    desk.events = [
        msgspec.structs.replace(event, is_found=random.random() < 0.004)
        if event.kind == "result" and event.officer == officer
        else event
        for event in desk.events
    ]
    return {officer}


#: What can be planted → how.
_PLANT: Final[dict[str, Callable[[Desks], set[str]]]] = {
    "honey": _honey,
    "own-interest": _relatives,
    "tip-off": _tips,
    "bulk": _bulk,
    "off-shift": _nights,
    "unexplained": _curious,
    "pair": _crony,
    "lowered-then-found": _lenient,
    "always-nothing": _blind,
}

#: What can be planted: the reason by which it should be named.
WRONGS: Final = tuple(_PLANT)


def make_desk_log(wrong: str, seed: int) -> OfficerLog:
    """Make a log.

    Args:
        wrong: One of `WRONGS`; empty for a log in which nothing is planted.
        seed: Everything follows from it and the wrong.
    """
    desk = Desks(Random(" ".join(("desks", str(wrong), str(seed)))))
    _ordinary(desk)
    culprits = _PLANT[wrong](desk) if wrong else set()
    desk.events.sort(key=lambda event: (event.at, event.id))
    log = WatchLog(
        events=tuple(desk.events),
        consignments={case.id: case for case in desk.cases},
        officers=desk.officers,
        since=START,
        until=START + timedelta(days=desk.days),
    )
    return OfficerLog(log, wrong, frozenset(culprits))
