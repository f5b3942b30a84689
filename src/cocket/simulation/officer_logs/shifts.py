# SPDX-License-Identifier: Apache-2.0
"""The second generator: offices played hour by hour. Queues fill, people on the roster empty them, and misuse has a purpose.

Another style than `desks`: nothing is drawn for an officer as a whole. Goods arrive in waves by ship and lorry; shifts rotate by the
week; orders are drawn among who is on shift, swapped, and handed over at the end of a shift; officers search more or less before they
open; brokers telephone, and the officer at the counter opens what they ask for; heads sample the work of their office; courses take
people away and bring others in from other offices. Whoever misuses access serves a client or himself: he acts when he is called, not
as often as some figure says.

Written after the first version of the watchers' rules was frozen; no limit in the rules was fitted to it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from cocket.oversight import Event, Officer, Party, Watched, WatchLog
from cocket.simulation.officer_logs.desks import OfficerLog

START: Final = datetime(2028, 9, 4, tzinfo=UTC)
_SURNAMES: Final = (
    *(
        "Adeyemi",
        "Bauer",
        "Castro",
        "Dlamini",
        "Endo",
        "Farah",
        "Gruber",
        "Haddad",
        "Iversen",
        "Jansen",
        "Kovacs",
        "Lopes",
    ),
    *(
        "Mensah",
        "Novak",
        "Okafor",
        "Petrov",
        "Quispe",
        "Rahman",
        "Silva",
        "Tanaka",
        "Umar",
        "Varga",
        "Weber",
        "Yilmaz",
        "Zhou",
    ),
)
_GIVEN: Final = (
    *(
        "Amina",
        "Boris",
        "Carla",
        "Dele",
        "Erika",
        "Faisal",
        "Greta",
        "Hugo",
        "Ines",
        "Jonas",
        "Kenji",
        "Lina",
        "Mirko",
        "Nadia",
    ),
    *("Omar", "Paula", "Rosa", "Stefan", "Tomas", "Ulla", "Vera", "Wanda", "Xenia", "Yusuf", "Zora"),
)
_TOWNS: Final = ("Northport", "Eastgate", "Millbridge", "Southbank", "Westfield", "Lakeside", "Highmoor", "Oldquay")
_SLOTS: Final = (range(6, 14), range(14, 22), (22, 23, 0, 1, 2, 3, 4, 5))
_WEEKS: Final = 8


class _Person:
    """An officer with his habits."""

    def __init__(self, world: World, name: str, role: str, office: str) -> None:
        random = world.random
        shown = f"{random.choice(_GIVEN)} {random.choice(_SURNAMES)}"
        self.officer = Officer(id=name, role=role, office=office, name=shown, address=world.address())
        self.team = random.randrange(3)  # which third of the day he begins with
        self.thorough = random.uniform(0.7, 1.3)  # how much of what is there he finds
        self.searches = random.uniform(0.1, 0.9)  # how often he searches before he opens
        self.curious = random.expovariate(1 / 0.25)  # looks a shift that are for nothing
        self.away: set[int] = set()
        self.lent: dict[int, str] = {}


class World:
    """One administration over some weeks.

    Args:
        random: Draws everything.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.days = 7 * _WEEKS
        self.offices = [f"OF{n}" for n in range(random.randrange(2, 5))]
        self.events: list[Event] = []
        self.goods: dict[str, Watched] = {}
        self.names: list[str] = []  # of the goods, as they came; no decoy, which nobody outside knows of
        self.bad: set[str] = set()
        self.lane: dict[str, str] = {}
        self.people: dict[str, _Person] = {}
        for office in self.offices:
            for n in range(random.randrange(7, 13)):
                self._hire(f"{office.lower()}{n}", "officer", office)
            self._hire(f"{office.lower()}head", "supervisor", office)
        for n in range(random.randrange(4, 8)):
            self._hire(f"hq{n}", "analyst", "")
        self.firms = [f"F{n}" for n in range(random.randrange(150, 350))]
        self.party = {firm: self._firm() for firm in self.firms}
        self.rate = {firm: random.lognormvariate(-1.2, 1.2) for firm in self.firms}  # consignments a day
        self.where = {firm: random.choice(self.offices) for firm in self.firms}
        self.caught = random.uniform(0.1, 0.25)  # share of red goods in which there is something
        self.queues: dict[str, deque[str]] = {office: deque() for office in self.offices}
        self.hands: dict[str, list[str]] = {name: [] for name in self.people}
        self.wrong: _Wrong | None = None

    def _hire(self, name: str, role: str, office: str) -> None:
        random, person = self.random, _Person(self, name, role, office)
        first = random.randrange(self.days)
        person.away = set(range(first, first + random.choice((0, 0, 5, 10, 14))))
        if role == "officer" and random.random() < 0.1:  # lent to another office for a week
            week, other = random.randrange(_WEEKS), random.choice(self.offices)
            person.lent = dict.fromkeys(range(7 * week, 7 * week + 7), other)
        self.people[name] = person

    def address(self) -> str:
        """Some address."""
        street = self.random.randrange(400)
        return f"{self.random.randrange(1, 160)} Street {_letters(street)}, {self.random.choice(_TOWNS)}"

    def _firm(self) -> Party:
        random = self.random
        if random.random() < 0.06:
            return Party(name=f"{random.choice(_GIVEN)} {random.choice(_SURNAMES)}", address=self.address())
        return Party(name=f"{random.choice(_SURNAMES)} Trading {random.randrange(999)}", address=self.address())

    def tell(self, at: datetime, kind: Any, subject: str = "", officer: str = "", **more: Any) -> None:
        """Something happens."""
        name = f"r{len(self.events):06d}"
        self.events.append(Event(id=name, at=at, kind=kind, subject=subject, officer=officer, **more))

    def on_shift(self, at: datetime) -> dict[str, list[str]]:
        """Office → who is there: teams rotate every week, each works five days of seven."""
        day, slot = (at - START).days, next(n for n, hours in enumerate(_SLOTS) if at.hour in hours)
        if slot == 2 and at.hour < 6:
            day -= 1
        there: dict[str, list[str]] = {office: [] for office in self.offices}
        for name, person in self.people.items():
            if person.officer.role != "officer" or day in person.away or (day + person.team * 2) % 7 > 4:
                continue
            if (person.team + day // 7) % 3 == slot:
                there[person.lent.get(day, person.officer.office)].append(name)
        return there

    def open(self, at: datetime, name: str, subject: str) -> None:
        """An officer opens a dossier, some by way of a search."""
        if self.random.random() < self.people[name].searches:
            self.tell(at, "search", officer=name, hits=(subject,))
            at += timedelta(seconds=self.random.randrange(5, 90))
        self.tell(at, "look", subject, name)

    def run(self) -> None:
        """Play every hour."""
        for hour in range(24 * self.days):
            at = START + timedelta(hours=hour)
            there = self.on_shift(at)
            self._arrivals(at)
            if self.wrong is not None:
                self.wrong.before_draw(at, there)
            for office, names in there.items():
                self._draw(at, office, names)
                for name in names:
                    self._work(at, name, office)
            if 8 <= at.hour < 17 and at.weekday() < 5:
                self._days(at)
            if self.wrong is not None:
                self.wrong.hour(at, there)

    def _arrivals(self, at: datetime) -> None:
        """Ships bring many at once, lorries a few all day."""
        random = self.random
        swell = random.choice((0.3, 0.6, 1.0, 2.5)) * (1.4 if 6 <= at.hour < 18 else 0.6)
        for firm in self.firms:
            if random.random() < self.rate[firm] * swell / 24:
                office = self.where[firm] if random.random() < 0.85 else random.choice(self.offices)
                self.arrive(at, firm, office)

    def arrive(self, at: datetime, firm: str, office: str) -> str:
        """A consignment comes, and gets its lane."""
        random = self.random
        name = f"G{len(self.names):05d}"
        linked = (self.names[-1],) if random.random() < 0.05 and self.names else ()
        self.names.append(name)
        self.goods[name] = Watched(id=name, office=office, trader=firm, parties=(self.party[firm],), linked=linked)
        at += timedelta(minutes=random.uniform(0, 50))
        lane = random.choices(("green", "yellow", "red"), (74, 17, 9))[0]
        if random.random() < (self.caught if lane == "red" else self.caught / 3):
            self.bad.add(name)
        self.lane[name] = lane
        if lane != "green":
            self.tell(at, "queued", name, lane=lane)
            self.queues[office].append(name)
        if random.random() < 0.03:  # a clerk's slip, put right within hours or days
            self.tell(at + timedelta(hours=random.lognormvariate(1.5, 1.2)), "changed", name)
        return name

    def _draw(self, at: datetime, office: str, names: list[str]) -> None:
        """What waits is drawn for who is there and has few; a head gives some away by hand; some is left for whoever takes it."""
        random, queue = self.random, self.queues[office]
        for _ in range(len(queue)):
            name = queue.popleft()
            free = [one for one in names if len(self.hands[one]) < 4]
            if not free:
                queue.append(name)
                continue
            moment = at + timedelta(minutes=random.uniform(51, 59))
            officer = random.choice(free)
            draw = random.random()
            if draw < 0.9:
                self.tell(moment, "drawn", name, officer)
            elif draw < 0.97:
                self.open(moment - timedelta(minutes=2), f"{office.lower()}head", name)
                self.tell(moment, "given", name, officer)
            self.hands[officer].append(name)

    def _work(self, at: datetime, name: str, office: str) -> None:
        """One hour of one officer."""
        random, person, hands = self.random, self.people[name], self.hands[name]
        if hands and random.random() < 0.7:
            subject = hands.pop(0)
            moment = at + timedelta(minutes=random.uniform(1, 25))
            for _ in range(random.choice((1, 1, 1, 2, 4))):
                self.open(moment, name, subject)
                moment += timedelta(minutes=random.uniform(1, 6))
            for other in self.goods[subject].linked:
                self.open(moment, name, other)
            self._decide(moment + timedelta(minutes=random.uniform(2, 20)), name, office, subject)
        if self.queues[office] and random.random() < 0.15:  # has a look at what waits
            self.tell(at + timedelta(minutes=30), "look", random.choice(self.queues[office]), name)
        if 8 <= at.hour < 18 and random.random() < 0.06:  # somebody at the counter, or on the telephone
            self.open(at + timedelta(minutes=random.uniform(26, 58)), name, self.asked_after(office))
        if random.random() < person.curious / 8:
            where = office if random.random() < 0.8 else random.choice(self.offices)
            self.open(at + timedelta(minutes=random.uniform(26, 58)), name, self.asked_after(where))
        if hands and at.hour in (13, 21, 5) and random.random() < 0.5:  # handed over at the end of the shift
            after = self.on_shift(at + timedelta(hours=1)).get(office) or []
            if after:
                subject, other = hands.pop(), random.choice(after)
                self.hands[other].append(subject)
                self.tell(at + timedelta(minutes=58), "given", subject, other)

    def asked_after(self, office: str) -> str:
        """One of the last days, of an office if there is any."""
        newest = self.names[-600:]
        return self.random.choice([name for name in newest if self.goods[name].office == office] or newest or ["none"])

    def _decide(self, at: datetime, name: str, office: str, subject: str) -> None:
        random, person = self.random, self.people[name]
        mine = self.wrong is not None and self.wrong.decides(at, name, subject)
        if mine:
            return
        if random.random() < 0.05:
            head = f"{office.lower()}head"
            self.open(at, head, subject)
            self.tell(at + timedelta(minutes=4), "second", subject, head)
            self.tell(at + timedelta(minutes=4), "lowered", subject, name)
            if subject in self.bad and random.random() < 0.5:  # an audit finds it in the end
                self.tell(at + timedelta(days=random.uniform(3, 25)), "result", subject, self.auditor(), is_found=True)
        else:
            self.examined(at, name, subject, is_found=subject in self.bad and random.random() < 0.8 * person.thorough)
        self.tell(at + timedelta(minutes=5), "done", subject)
        if random.random() < 0.04:
            later = at + timedelta(hours=random.uniform(1, 4))
            self.open(later, name, subject)
            self.tell(later + timedelta(minutes=9), random.choice(("doubt", "comment")), subject, name)

    def auditor(self) -> str:
        """Somebody who audits after release."""
        return self.random.choice([name for name, one in self.people.items() if one.officer.role == "analyst"])

    def examined(self, at: datetime, name: str, subject: str, *, is_found: bool) -> None:
        """A result."""
        self.tell(at + timedelta(minutes=4), "result", subject, name, is_found=is_found)

    def _days(self, at: datetime) -> None:
        """By day: analysts follow a trade or a trader, heads sample."""
        random = self.random
        names = self.names
        if not names:
            return
        for name, person in self.people.items():
            if (at - START).days in person.away:
                continue
            if person.officer.role == "analyst" and random.random() < 0.25:
                firm = random.choice(self.firms)
                of_firm = [one for one in names if self.goods[one].trader == firm]
                picked = (
                    of_firm[-30:]
                    if random.random() < 0.3
                    else random.sample(names, min(len(names), random.randrange(5, 35)))
                )
                for subject in picked:
                    self.tell(at + timedelta(minutes=random.uniform(0, 59)), "look", subject, name)
            elif person.officer.role == "supervisor" and random.random() < 0.3:
                for _ in range(random.randrange(1, 5)):
                    subject = self.asked_after(person.officer.office)
                    self.tell(at + timedelta(minutes=random.uniform(0, 59)), "look", subject, name)


def _letters(number: int) -> str:
    return f"{chr(65 + number // 26)}{chr(65 + number % 26)}"


# ── Misuse, with a purpose ───────────────────────────────────────────────────────────────────────────────────────────


class _Wrong:
    """Somebody who misuses access. He is drawn when the world begins; what he does depends on what happens."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.random
        names = [name for name, one in world.people.items() if one.officer.role == "officer" and len(one.away) < 6]
        self.who = self.random.choice(names)
        self.office = world.people[self.who].officer.office
        self.begins = START + timedelta(days=self.random.randrange(4, 14))

    def hour(self, at: datetime, there: dict[str, list[str]]) -> None:
        """What he does in an hour."""

    def before_draw(self, at: datetime, there: dict[str, list[str]]) -> None:
        """What he does before what came in an hour is drawn for somebody."""

    def decides(self, at: datetime, name: str, subject: str) -> bool:
        """Whether he decides on a consignment in his hands as no other would; then he has."""
        return False

    def is_there(self, there: dict[str, list[str]]) -> bool:
        """Whether he is on shift."""
        return any(self.who in names for names in there.values())


class _Bait(_Wrong):
    """Sells what he sees: opens whatever mentions a name that a client pays for, a decoy among them."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        world.goods["DECOY"] = Watched(
            id="DECOY", office=self.random.choice(world.offices), trader="BAIT", is_honey=True
        )
        self.day = self.begins + timedelta(days=self.random.randrange(20))

    def hour(self, at: datetime, there: dict[str, list[str]]) -> None:
        if at >= self.day and self.is_there(there):
            self.day = START + timedelta(days=9999)
            self.world.open(at + timedelta(minutes=30), self.who, "DECOY")


class _Family(_Wrong):
    """Follows the imports of his household, his brother-in-law in the office, or the shop next door."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        one = world.people[self.who].officer
        number, _, rest = one.address.partition(" ")
        same_office = [
            p.officer for p in world.people.values() if p.officer.office == self.office and p.officer.id != self.who
        ]
        kind = self.random.randrange(4)
        party = (
            Party(name=one.name, address=world.address()),
            Party(name="Household Goods", address=one.address.upper()),
            Party(name=self.random.choice(same_office).name, address=world.address()),
            Party(name="Corner Shop", address=f"{int(number) + 2} {rest}"),
        )[kind]
        self.firm = "FAMILY"
        world.firms.append(self.firm)
        world.party[self.firm] = party
        world.rate[self.firm] = 0.2
        world.where[self.firm] = self.random.choice(world.offices)

    def hour(self, at: datetime, there: dict[str, list[str]]) -> None:
        if self.is_there(there) and self.random.random() < 0.08:
            theirs = [name for name in self.world.names[-2000:] if self.world.goods[name].trader == self.firm]
            if theirs:
                self.world.open(at + timedelta(minutes=40), self.who, theirs[-1])


class _Informant(_Wrong):
    """Warns a client of what is coming: looks when the client's goods arrive, and the client amends or pulls out where it is red."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.client = self.random.choice([firm for firm in world.firms if world.rate[firm] > 0.15] or world.firms)
        world.rate[self.client] = max(0.4, world.rate[self.client])
        self.told: set[str] = set()

    def hour(self, at: datetime, there: dict[str, list[str]]) -> None:
        if not self.is_there(there) or at < self.begins:
            return
        for name in self.world.names[-80:]:
            if self.world.goods[name].trader == self.client and name not in self.told and self.random.random() < 0.5:
                self.told.add(name)
                self.world.open(at + timedelta(minutes=45), self.who, name)
                if self.world.lane[name] != "green" or self.random.random() < 0.5:
                    self.world.tell(at + timedelta(hours=self.random.uniform(1, 8)), "changed", name)


class _Harvester(_Wrong):
    """Copies what he can before he leaves the service: one evening, or two."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.times = self.random.choice((1, 2))

    def hour(self, at: datetime, there: dict[str, list[str]]) -> None:
        if self.times and at > self.begins + timedelta(days=14) and self.is_there(there) and self.random.random() < 0.1:
            self.times -= 1
            names = self.world.names[-800:]
            for number, name in enumerate(self.random.sample(names, min(len(names), self.random.randrange(50, 180)))):
                self.world.tell(at + timedelta(seconds=19 * number), "look", name, self.who)


class _NightOwl(_Wrong):
    """Comes back when nobody is there."""

    def hour(self, at: datetime, there: dict[str, list[str]]) -> None:
        near = (self.world.on_shift(at + timedelta(hours=more)) for more in range(-6, 7))
        is_far = not any(self.who in names for one in near for names in one.values())
        if at >= self.begins and is_far and self.random.random() < 0.05:
            for _ in range(self.random.randrange(1, 4)):
                self.world.open(
                    at + timedelta(minutes=self.random.uniform(1, 50)), self.who, self.world.asked_after(self.office)
                )


class _Snoop(_Wrong):
    """Reads what other offices do, whenever there is little to do."""

    def hour(self, at: datetime, there: dict[str, list[str]]) -> None:
        if at >= self.begins and self.is_there(there) and self.random.random() < 0.25:
            other = self.random.choice([office for office in self.world.offices if office != self.office])
            subject = self.world.asked_after(other)
            self.world.tell(at + timedelta(minutes=self.random.uniform(26, 58)), "look", subject, self.who)


class _Friend(_Wrong):
    """Takes one trader's goods out of the queue before the draw, and clears them."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.client = self.random.choice(
            [firm for firm in world.firms if world.where[firm] == self.office] or world.firms
        )
        world.rate[self.client] = 2.0

    def before_draw(self, at: datetime, there: dict[str, list[str]]) -> None:
        if not self.is_there(there) or at < self.begins:
            return
        for queue in self.world.queues.values():
            for name in [one for one in queue if self.world.goods[one].trader == self.client]:
                queue.remove(name)
                self.world.open(at + timedelta(minutes=52), self.who, name)
                self.world.examined(at + timedelta(minutes=54), self.who, name, is_found=False)
                self.world.tell(at + timedelta(minutes=59), "done", name)


class _Seller(_Wrong):
    """Lowers the lane of what he knows to be bad, for money; audits find half of it."""

    def decides(self, at: datetime, name: str, subject: str) -> bool:
        if name != self.who or subject not in self.world.bad:
            return False
        self.world.tell(at + timedelta(minutes=4), "lowered", subject, name)
        self.world.tell(at + timedelta(minutes=5), "done", subject)
        if self.random.random() < 0.5:
            later = at + timedelta(days=self.random.uniform(2, 15))
            self.world.tell(later, "result", subject, self.world.auditor(), is_found=True)
        return True


class _Idler(_Wrong):
    """Writes "nothing found" without looking."""

    def decides(self, at: datetime, name: str, subject: str) -> bool:
        if name != self.who:
            return False
        self.world.examined(at, name, subject, is_found=False)
        self.world.tell(at + timedelta(minutes=5), "done", subject)
        return True


_WRONGS: Final[dict[str, Callable[[World], _Wrong]]] = {
    "honey": _Bait,
    "own-interest": _Family,
    "tip-off": _Informant,
    "bulk": _Harvester,
    "off-shift": _NightOwl,
    "unexplained": _Snoop,
    "pair": _Friend,
    "lowered-then-found": _Seller,
    "always-nothing": _Idler,
}


def make_shift_log(wrong: str, seed: int) -> OfficerLog:
    """Make a log.

    Args:
        wrong: One of `WRONGS`; empty for a log in which nothing is planted.
        seed: Everything follows from it and the wrong.
    """
    world = World(Random(f"shifts {wrong} {seed}"))
    world.wrong = _WRONGS[wrong](world) if wrong else None
    world.run()
    end = START + timedelta(days=world.days)
    log = WatchLog(
        events=tuple(sorted((one for one in world.events if one.at < end), key=lambda one: (one.at, one.id))),
        consignments=world.goods,
        officers={name: person.officer for name, person in world.people.items()},
        since=START,
        until=end,
    )
    return OfficerLog(log, wrong, frozenset({world.wrong.who}) if world.wrong is not None else frozenset())
