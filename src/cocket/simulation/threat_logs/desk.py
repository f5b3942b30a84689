# SPDX-License-Identifier: Apache-2.0
"""An ordinary stretch at the desks: shifts, cases, results, overrides, traders' questions; and the threats from inside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

Line = dict[str, Any]

START = datetime(2027, 3, 1, tzinfo=UTC)
_SHIFTS = {"early": range(6, 14), "late": range(14, 22), "night": (22, 23, 0, 1, 2, 3, 4, 5), "office": range(8, 17)}
_DEPTHS = {"documents": 0.8, "scan": 1.5, "partial": 3.0, "full": 6.0}
_LANES = ("green", "blue", "yellow", "red")


class Desk:
    """The people and habits of one log.

    Args:
        random: Draws everything.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.days = random.randrange(28, 61)
        self.offices = [f"PT{n}" for n in range(random.randrange(2, 6))]
        self.officers: dict[str, tuple[str, str]] = {}
        for n in range(random.randrange(14, 40)):
            shift = random.choices(("early", "late", "night", "office"), (4, 3, 1, 3))[0]
            self.officers[f"o{random.randrange(1000, 9999)}{n}"] = (self.offices[n % len(self.offices)], shift)
        self.analysts = [f"a{n}" for n in range(random.randrange(2, 5))]
        self.heads = {office: f"h{office}" for office in self.offices}
        self.importers = [f"T{random.randrange(10**7, 10**8)}" for _ in range(random.randrange(60, 240))]
        self.brokers = [f"B{n}" for n in range(random.randrange(6, 20))]
        self.broker_of = {importer: random.choice(self.brokers) for importer in self.importers}
        self.weights = [random.paretovariate(1.2) for _ in self.importers]
        self.lanes = (random.uniform(70, 88), random.uniform(2, 8), random.uniform(8, 14), random.uniform(4, 9))
        self.lines: list[Line] = []
        self.cases: list[Line] = []

    def moment(self, day: int, hour: float) -> datetime:
        """A moment of the log."""
        return START + timedelta(days=day, hours=hour)

    def add(self, at: datetime, actor: str, act: str, obj: str, **told: Any) -> Line:
        """One more line."""
        line = {"t": at.isoformat().replace("+00:00", "Z"), "actor": actor, "act": act, "obj": obj, **told}
        self.lines.append(line)
        return line

    def on_duty(self, office: str, at: datetime) -> str:
        """An officer of an office whose shift it is; where the office has none, one of another office."""
        working = [name for name, (_, shift) in self.officers.items() if at.hour in _SHIFTS[shift]]
        here = [name for name in working if self.officers[name][0] == office]
        return self.random.choice(here or working or list(self.officers))

    def red(self) -> list[Line]:
        """Consignments in the red lane."""
        return [case for case in self.cases if case["lane"] == "red"]


def ordinary(desk: Desk) -> None:
    """Fill a log with ordinary work."""
    for number in range(desk.random.randrange(1400, 3200)):
        _consignment(desk, f"K{number * 7 + desk.random.randrange(7):07d}")
    for day in range(desk.days):
        _analysts_and_enquiries(desk, day)
    _questions(desk)
    _rules(desk)


def _consignment(desk: Desk, obj: str) -> None:
    random = desk.random
    hour = random.gauss(13, 4) % 24 if random.random() < 0.7 else random.uniform(0, 24)  # ships come at night too
    at = desk.moment(random.randrange(desk.days), hour)
    importer = random.choices(desk.importers, desk.weights)[0]
    office = random.choice(desk.offices)
    lane = random.choices(_LANES, desk.lanes)[0]
    case = desk.add(at, "engine", "lane-set", obj, lane=lane, importer=importer,
        declarant=desk.broker_of[importer], office=office)  # fmt: skip
    desk.cases.append(case)
    released = at + timedelta(hours=random.expovariate(1 / 5))
    if lane in ("red", "yellow") or random.random() < 0.03:
        look = at + timedelta(hours=random.uniform(0.1, 5))
        officer = desk.on_duty(office, look)
        desk.add(look, officer, "view", obj, case="assigned", role="officer")
        released = _decided(desk, case, officer, look)
    desk.add(released + timedelta(hours=random.expovariate(1 / 14) + 0.3), "gate", "gate-out", obj)


def _decided(desk: Desk, case: Line, officer: str, look: datetime) -> datetime:
    """What the officer does with a case; when it is over."""
    random, obj, lane = desk.random, case["obj"], case["lane"]
    done = look + timedelta(hours=random.lognormvariate(0.5, 0.6))
    if random.random() < 0.07:
        second = desk.heads[case["office"]] if random.random() < 0.6 else desk.on_duty(case["office"], done)
        told = {
            "frm": lane,
            "to": random.choice(("green", "yellow")),
            "second": second if random.random() < 0.8 else None,
        }
        desk.add(done, officer, "override", obj, reason="seen before", **told)
    elif lane in ("red", "yellow"):
        depth = "documents" if lane == "yellow" else random.choice(tuple(_DEPTHS))
        done = look + timedelta(hours=_DEPTHS[depth] * random.lognormvariate(0, 0.5))
        result = "irregular" if random.random() < (0.18 if lane == "red" else 0.07) else "conform"
        desk.add(done, officer, "result", obj, result=result, depth=depth)
    return done


def _analysts_and_enquiries(desk: Desk, day: int) -> None:
    """Analysts read many dossiers by trade; officers look into a few for a caller."""
    random = desk.random
    known = [case for case in desk.cases if case["t"] < desk.moment(day, 8).isoformat()] or desk.cases
    for analyst in desk.analysts:
        if random.random() < 0.6:
            for n in range(random.randrange(10, 90)):
                at = desk.moment(day, 9 + n * random.uniform(0.02, 0.08))
                desk.add(at, analyst, "view", random.choice(known)["obj"], case=None, role="analyst")
    for officer, (_, shift) in desk.officers.items():
        for _ in range(random.choice((0, 0, 0, 0, 1, 2))):
            hour = random.choice(list(_SHIFTS[shift])) + random.random()
            desk.add(desk.moment(day, hour), officer, "view", random.choice(known)["obj"], case=None, role="officer")


def _questions(desk: Desk) -> None:
    """Traders ask after their own; brokers after their clients'; some mistype, some have no mandate on file yet."""
    random = desk.random
    missed = random.uniform(0.01, 0.06)
    for _ in range(random.randrange(300, 900)):
        case = random.choice(desk.cases)
        at = desk.moment(random.randrange(desk.days), random.gauss(13, 3))
        answer = "not-found" if random.random() < missed else "found"
        asker, mandate = case["importer"], False
        if random.random() < 0.4:
            asker, mandate = case["declarant"], random.random() > 0.01
        desk.add(at, asker, "query", case["obj"], owner=case["importer"], answer=answer, mandate=mandate)


def _rules(desk: Desk) -> None:
    """Rules are kept: switched off for good or for repair, by two."""
    random = desk.random
    for n in range(random.randrange(2, 7)):
        by, second = random.sample(desk.analysts, 2)
        at = desk.moment(random.randrange(desk.days), random.uniform(9, 16))
        desk.add(at, by, "rule-change", f"R{n}", frm="on", to="off", second=second)
        if random.random() < 0.5:
            back = at + timedelta(hours=random.choice((3.0, 30.0, 100.0)))
            desk.add(back, by, "rule-change", f"R{n}", frm="off", to="on", second=second)


def _at(line: Line) -> datetime:
    return datetime.fromisoformat(line["t"].replace("Z", "+00:00"))


def _crony(desk: Desk) -> list[Line]:
    """One officer lets one trader's red consignments go."""
    random = desk.random
    officer, trader = random.choice(list(desk.officers)), random.choice(desk.importers)
    office = desk.officers[officer][0]
    planted = []
    for case in random.sample(desk.red(), random.randrange(6, 18)):
        case["importer"], case["office"], case["declarant"] = trader, office, desk.broker_of[trader]
        at = _at(case) + timedelta(hours=random.uniform(0.3, 3))
        planted.append(
            desk.add(at, officer, "override", case["obj"], frm="red", to="green", reason="documents seen", second=None)
        )
    return planted


def _friends(desk: Desk) -> list[Line]:
    """Two officers of one office approve each other."""
    random = desk.random
    office = random.choice(desk.offices)
    here = [name for name, (where, _) in desk.officers.items() if where == office]
    one, other = random.sample(here if len(here) > 1 else list(desk.officers), 2)
    planted = []
    for case in random.sample(desk.red(), random.randrange(8, 22)):
        case["office"] = office
        by, second = random.sample((one, other), 2)
        at = _at(case) + timedelta(hours=random.uniform(0.3, 4))
        planted.append(
            desk.add(at, by, "override", case["obj"], frm="red", to="yellow", reason="agreed", second=second)
        )
    return planted


def _tips(desk: Desk) -> list[Line]:
    """Looks at green consignments of others, which then leave at once."""
    random = desk.random
    officer, planted = random.choice(list(desk.officers)), []
    gone = {line["obj"]: line for line in desk.lines if line["act"] == "gate-out"}
    for case in random.sample([case for case in desk.cases if case["lane"] == "green"], random.randrange(6, 16)):
        at = _at(case) + timedelta(hours=random.uniform(0.3, 4))
        planted.append(desk.add(at, officer, "view", case["obj"], case=None, role="officer"))
        leaves = at + timedelta(hours=random.uniform(0.2, 1.6))
        gone[case["obj"]]["t"] = leaves.isoformat().replace("+00:00", "Z")
    return planted


def _browse(desk: Desk) -> list[Line]:
    """Many dossiers in one sitting."""
    random = desk.random
    officer, (_, shift) = random.choice(list(desk.officers.items()))
    begin = desk.moment(random.randrange(3, desk.days), next(iter(_SHIFTS[shift])) + 1)
    return [
        desk.add(
            begin + timedelta(seconds=n * random.uniform(5, 25)),
            officer,
            "view",
            case["obj"],
            case=None,
            role="officer",
        )
        for n, case in enumerate(random.sample(desk.cases, random.randrange(60, 300)))
    ]


def _nights(desk: Desk) -> list[Line]:
    """A few looks, night after night, by an officer who works by day."""
    random = desk.random
    by_day = [name for name, (_, shift) in desk.officers.items() if shift in ("early", "office")] or list(desk.officers)
    officer, planted = random.choice(by_day), []
    for day in random.sample(range(desk.days), random.randrange(8, 22)):
        for _ in range(random.choice((1, 1, 2))):
            at = desk.moment(day, random.uniform(20.5, 27.5))
            planted.append(desk.add(at, officer, "view", random.choice(desk.cases)["obj"], case=None, role="officer"))
    return planted


def _stamps(desk: Desk) -> list[Line]:
    """Results on one trader's goods, minutes after the lane."""
    random = desk.random
    officer, trader = random.choice(list(desk.officers)), random.choice(desk.importers)
    planted = []
    for case in random.sample(desk.red(), random.randrange(8, 24)):
        case["importer"] = trader
        at = _at(case) + timedelta(minutes=random.uniform(1, 12))
        depth = random.choice(("partial", "full"))
        planted.append(desk.add(at, officer, "result", case["obj"], result="conform", depth=depth))
    return planted


def _rule_off(desk: Desk) -> list[Line]:
    """A rule off for some hours, by one alone."""
    random = desk.random
    by, at = random.choice(desk.analysts), desk.moment(random.randrange(2, desk.days), random.uniform(6, 20))
    hours = random.uniform(0.3, 60)
    return [
        desk.add(at, by, "rule-change", "R77", frm="on", to="off", second=None),
        desk.add(at + timedelta(hours=hours), by, "rule-change", "R77", frm="off", to="on", second=None),
    ]


def _rival(desk: Desk) -> list[Line]:
    """A trader reads what belongs to a competitor."""
    random = desk.random
    reader, owner = random.sample(desk.importers, 2)
    return [
        desk.add(
            desk.moment(random.randrange(desk.days), random.gauss(13, 3)),
            reader,
            "query",
            case["obj"],
            owner=owner,
            answer="found",
        )
        for case in random.sample(desk.cases, random.randrange(4, 14))
    ]


def _oracle(desk: Desk) -> list[Line]:
    """Somebody tries references one after the other."""
    random = desk.random
    asker, begin = random.choice(desk.importers), desk.moment(random.randrange(desk.days), random.uniform(0, 24))
    first, planted = random.randrange(10_000), []
    for n in range(random.randrange(25, 250)):
        answer = random.choices(("not-found", "forbidden"), (3, 1))[0]
        at = begin + timedelta(seconds=n * random.uniform(2, 60))
        planted.append(desk.add(at, asker, "query", f"K{first + n:07d}", owner=None, answer=answer))
    return planted


DESK_THREATS: dict[str, Callable[[Desk], list[Line]]] = {
    "collusion": _crony,
    "reciprocal-approval": _friends,
    "look-before-move": _tips,
    "bulk-browse": _browse,
    "off-shift": _nights,
    "rubber-stamp": _stamps,
    "rule-off-window": _rule_off,
    "competitor-read": _rival,
    "existence-oracle": _oracle,
}
