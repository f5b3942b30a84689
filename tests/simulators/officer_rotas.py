# SPDX-License-Identifier: Apache-2.0
"""A third maker of logs of officers, in a style of its own: ports on twelve-hour rotas, where half of the orders are not drawn.

Written after version 3 of the watchers' rules was frozen; nothing was fitted to it. Days are played by lists, not by the hour nor by
habits of persons: who stands on the rota, what came, who gets it. Unlike the other two, officers differ in how many lanes they lower
and how often they take orders over; goods of some traders are worse than others' and go to the stricter lanes; supervisors give out
a quarter of the orders; trainees read what is old. Misuse is drawn from faint to strong, and some of it is too faint to be found.

    python -m tests.simulators.officer_rotas --first-seed 1 --seeds 4
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import exp
from random import Random
from typing import Any, Final

from cocket.oversight import Event, Officer, Party, Watched, WatchLog
from cocket.simulation.officer_logs import WRONGS, OfficerLog, figures_of

START: Final = datetime(2029, 1, 8, tzinfo=UTC)
_CYCLE: Final = 8  # two days, two nights, four off
_SYLLABLES: Final = ("ba", "do", "ke", "li", "mu", "na", "ro", "si", "ta", "ve", "wo", "zu")


class Port:
    """Offices, their rota, and what comes in.

    Args:
        random: Draws everything.
        wrong: What is planted; empty for nothing.
    """

    def __init__(self, random: Random, wrong: str) -> None:
        self.random, self.wrong = random, wrong
        self.days = random.randrange(44, 61)
        self.events: list[Event] = []
        self.goods: dict[str, Watched] = {}
        self.came: list[str] = []
        self.bad: set[str] = set()
        self.officers: dict[str, Officer] = {}
        self.phase: dict[str, int] = {}
        self.lenient: dict[str, float] = {}
        self.takes: dict[str, float] = {}
        self.skill: dict[str, float] = {}
        self.offices = [f"Q{n}" for n in range(random.choice((2, 3)))]
        for office in self.offices:
            for n in range(random.randrange(10, 17)):
                self._hire(f"{office}-{n}", "officer", office)
            self._hire(f"{office}-chief", "supervisor", office)
        for n in range(3):
            self._hire(f"desk-{n}", "analyst", "")
        self.traders = {f"C{n}": 10 ** random.uniform(-2, 0.3) for n in range(random.randrange(350, 600))}
        self.parties = {
            name: Party(name=f"{self._word()} {self._word()} SA", address=self._address()) for name in self.traders
        }
        self.dirt = {name: random.betavariate(0.6, 6) for name in self.traders}
        self.culprit = random.choice([name for name, one in self.officers.items() if one.role == "officer"])
        self.client = random.choice([name for name, rate in self.traders.items() if 0.1 < rate < 1.2])
        self.begins = random.randrange(3, 12)
        self.force = random.uniform(0.3, 1.0)
        self.homes = {name: random.choice(self.offices) for name in self.traders}
        if wrong in ("pair", "tip-off"):
            self.homes[self.client] = self.officers[self.culprit].office
            self.traders[self.client] = max(self.traders[self.client], 0.5 + self.force)

    def _word(self) -> str:
        return "".join(self.random.choice(_SYLLABLES) for _ in range(3)).title()

    def _address(self) -> str:
        return f"{self.random.randrange(1, 90)} {self._word()} Quay, {self._word()[:4]}"

    def _hire(self, name: str, role: str, office: str) -> None:
        random = self.random
        who = f"{self._word()} {self._word()}"
        self.officers[name] = Officer(id=name, role=role, office=office, name=who, address=self._address())
        self.phase[name] = random.randrange(_CYCLE)
        self.lenient[name] = random.uniform(0.01, 0.1)
        self.takes[name] = random.betavariate(1, 5)
        self.skill[name] = random.uniform(0.6, 1.0)

    def tell(self, at: datetime, kind: Any, subject: str = "", officer: str = "", **more: Any) -> None:
        """One more event."""
        self.events.append(
            Event(id=f"n{len(self.events):06d}", at=at, kind=kind, subject=subject, officer=officer, **more)
        )

    def begin(self, name: str, day: int) -> datetime | None:
        """When an officer's turn of a day begins; None on a day off."""
        place = (day + self.phase[name]) % _CYCLE
        return START + timedelta(days=day, hours=(7, 7, 19, 19)[place]) if place < 4 else None

    def moment(self, name: str, day: int) -> datetime | None:
        """Some moment of that turn."""
        begun = self.begin(name, day)
        return begun + timedelta(hours=self.random.uniform(0.3, 11.2)) if begun else None

    def _count(self, mean: float) -> int:
        """A count of a Poisson law."""
        left, count = self.random.random(), 0
        term = exp(-mean)
        while left > term and count < 60:
            left -= term
            count += 1
            term *= mean / count
        return count

    def play(self) -> None:
        """Every day, and what is planted."""
        for day in range(self.days):
            for trader, rate in self.traders.items():
                for _ in range(self._count(rate)):
                    self._arrive(trader, day)
            self._readers(day)
        plant = _PLANT.get(self.wrong)
        if plant is not None:
            plant(self)

    def _arrive(self, trader: str, day: int) -> None:
        random = self.random
        name = f"D{len(self.came):05d}"
        office = self.homes[trader] if random.random() < 0.8 else random.choice(self.offices)
        linked = tuple(self.came[-1:]) if random.random() < 0.1 else ()
        self.goods[name] = Watched(
            id=name, office=office, trader=trader, parties=(self.parties[trader],), linked=linked
        )
        self.came.append(name)
        at = START + timedelta(days=day, hours=random.triangular(0, 24, 10))
        if random.random() < self.dirt[trader]:
            self.bad.add(name)
        lane = random.choices(
            ("green", "yellow", "red"), (70 - 40 * self.dirt[trader], 18, 10 + 60 * self.dirt[trader])
        )[0]
        is_told = (
            self.wrong == "tip-off" and trader == self.client and day >= self.begins and self._warn(name, at, lane)
        )
        if not is_told and random.random() < 0.025:
            self.tell(at + timedelta(hours=random.paretovariate(0.9)), "changed", name)
        if lane == "green":
            return
        self.tell(at, "queued", name, lane=lane)
        turns = [
            (begun, one) for one, who in self.officers.items() if who.role == "officer" and who.office == office
            for later in (day, day + 1) if (begun := self.begin(one, later)) and begun + timedelta(hours=11) > at
        ]  # fmt: skip
        if not turns:
            return
        soon = min(begun for begun, _ in turns)
        here = [(begun, one) for begun, one in turns if begun < soon + timedelta(hours=13)]
        self._hand_over(name, max(at, soon), here, trader)

    def _hand_over(self, name: str, at: datetime, here: list[tuple[datetime, str]], trader: str) -> None:
        random = self.random
        begun, officer = random.choice(here)
        how, crony = random.random(), [begun for begun, one in here if one == self.culprit]
        when = max(at, begun) + timedelta(minutes=random.uniform(20, 400))
        if self.wrong == "pair" and trader == self.client and crony and random.random() < 0.4 + 0.6 * self.force:
            self.tell(max(at, begun) + timedelta(minutes=3), "drawn", name, officer)
            self.tell(max(at, crony[0]) + timedelta(minutes=9), "taken", name, self.culprit)
            self._examine(name, self.culprit, max(at, crony[0]) + timedelta(minutes=40))
            return
        if how < 0.25:
            self.tell(max(at, begun) + timedelta(minutes=5), "given", name, officer)
        else:
            self.tell(max(at, begun) + timedelta(minutes=5), "drawn", name, officer)
        other = random.choice(here)
        if other[1] != officer and random.random() < self.takes[other[1]]:
            officer, when = other[1], max(when, other[0])
            self.tell(when + timedelta(minutes=1), "taken", name, officer)
        self._examine(name, officer, when + timedelta(minutes=15))

    def _examine(self, name: str, officer: str, at: datetime) -> None:
        random, is_culprit = self.random, officer == self.culprit and at >= START + timedelta(days=self.begins)
        for n in range(random.choice((1, 2, 2, 3))):
            self.tell(at + timedelta(minutes=3 * n), "look", name, officer)
        done = at + timedelta(minutes=random.uniform(25, 90))
        is_sold = (
            self.wrong == "lowered-then-found"
            and is_culprit
            and name in self.bad
            and random.random() < 0.4 + 0.6 * self.force
        )
        if is_sold or random.random() < self.lenient[officer]:
            chief = f"{self.officers[officer].office}-chief"
            self.tell(done - timedelta(minutes=4), "look", name, chief)
            self.tell(done - timedelta(minutes=2), "second", name, chief)
            self.tell(done, "lowered", name, officer)
            if name in self.bad and random.random() < 0.45:
                self.tell(
                    done + timedelta(days=random.uniform(1, 18)),
                    "result",
                    name,
                    random.choice(("desk-0", "desk-1")),
                    is_found=True,
                )
        else:
            is_idle = self.wrong == "always-nothing" and is_culprit and random.random() < 0.7 + 0.3 * self.force
            is_clear = is_idle or (self.wrong == "pair" and is_culprit and self.goods[name].trader == self.client)
            self.tell(
                done,
                "result",
                name,
                officer,
                is_found=not is_clear and name in self.bad and random.random() < self.skill[officer],
            )
        self.tell(done, "done", name)
        if random.random() < 0.05:
            later = self.moment(officer, int((done - START).days) + 1)
            if later is not None:
                self.tell(later, "look", name, officer)
                self.tell(later + timedelta(minutes=20), random.choice(("doubt", "contest")), name, officer)

    def _readers(self, day: int) -> None:
        """What is opened without an order: calls, trainees, chiefs, analysts."""
        random = self.random
        recent = self.came[-500:]
        for name, one in self.officers.items():
            at = self.moment(name, day)
            if at is None or not recent:
                continue
            mine = [
                subject for subject in recent if self.goods[subject].office == one.office or not one.office
            ] or recent
            for _ in range(self._count({"officer": 0.8, "supervisor": 4.0, "analyst": 25.0}[one.role])):
                self.tell(at + timedelta(minutes=random.uniform(0, 40)), "look", random.choice(mine), name)
            if one.role == "officer" and random.random() < 0.3:
                hits = tuple(random.sample(recent, min(len(recent), random.choice((1, 1, 2, 5)))))
                self.tell(at, "search", officer=name, hits=hits)
                self.tell(at + timedelta(minutes=random.uniform(1, 20)), "look", hits[0], name)
            if one.role == "officer" and random.random() < 0.02:
                self.tell(at, "look", random.choice(recent), name)
            if one.role == "officer" and random.random() < 0.004:  # comes in on a day off, for a meeting
                self.tell(at + timedelta(hours=36), "look", random.choice(mine), name)

    def _warn(self, name: str, at: datetime, lane: str) -> bool:
        """The informant looks at what came for his client, if he is there within a day; the client acts where it is not green."""
        seen = next(
            (one for day in range((at - START).days, (at - START).days + 2) if (one := self.moment(self.culprit, day))),
            None,
        )
        if seen is None or not at < seen < at + timedelta(hours=20) or self.random.random() > 0.4 + 0.6 * self.force:
            return False
        self.tell(seen, "look", name, self.culprit)
        if lane != "green" and self.random.random() < 0.8:
            self.tell(seen + timedelta(hours=self.random.uniform(0.5, 10)), "changed", name)
            return True
        return False

    def opens(self, subject: str, at: datetime | None = None) -> None:
        """The culprit opens a dossier, on a turn of his unless a moment is given."""
        turns = [one for day in range(self.begins, self.days) if (one := self.moment(self.culprit, day))]
        when = at or self.random.choice(turns)
        if self.random.random() < 0.4:
            self.tell(when - timedelta(minutes=2), "search", officer=self.culprit, hits=(subject,))
        self.tell(when, "look", subject, self.culprit)


def _decoy(port: Port) -> None:
    port.goods["LURE"] = Watched(id="LURE", office=port.random.choice(port.offices), trader="LURE", is_honey=True)
    port.opens("LURE")


def _kin(port: Port) -> None:
    me = port.officers[port.culprit]
    number, _, street = me.address.partition(" ")
    colleague = next(one for one in port.officers.values() if one.office == me.office and one.id != me.id)
    party = port.random.choice(
        (
            Party(name=me.name, address=port._address()),
            Party(name="Ta & Co", address=me.address),
            Party(name=colleague.name, address=port._address()),
            Party(name="Cornershop", address=f"{int(number) + 3} {street}"),
        )
    )
    for n in range(2 + int(4 * port.force)):
        port.goods[f"KIN{n}"] = Watched(
            id=f"KIN{n}", office=port.random.choice(port.offices), trader="KIN", parties=(party,)
        )
        port.opens(f"KIN{n}")


def _copier(port: Port) -> None:
    turns = [one for day in range(20, port.days) if (one := port.begin(port.culprit, day))]
    begin, count = port.random.choice(turns), int(40 + 140 * port.force)
    spread = port.random.choice((50, 400))  # within an hour, or over the turn
    for subject in port.random.sample(port.came, min(count, len(port.came))):
        port.tell(begin + timedelta(minutes=20 + port.random.uniform(0, spread)), "look", subject, port.culprit)


def _off_days(port: Port) -> None:
    off = [day for day in range(port.begins, port.days) if (day + port.phase[port.culprit]) % _CYCLE in (5, 6)]
    for day in port.random.sample(off, min(len(off), 3 + int(8 * port.force))):
        for _ in range(port.random.randrange(1, 5)):
            mine = [one for one in port.came if port.goods[one].office == port.officers[port.culprit].office]
            port.opens(port.random.choice(mine), START + timedelta(days=day, hours=port.random.uniform(9, 22)))


def _elsewhere(port: Port) -> None:
    others = [one for one in port.came if port.goods[one].office != port.officers[port.culprit].office]
    for subject in port.random.sample(others, min(len(others), 10 + int(45 * port.force))):
        turns = [one for day in range(port.begins, port.days) if (one := port.moment(port.culprit, day))]
        port.tell(port.random.choice(turns), "look", subject, port.culprit)


#: What is added to the days; the others happen in them.
_PLANT: Final[dict[str, Callable[[Port], None]]] = {
    "honey": _decoy,
    "own-interest": _kin,
    "bulk": _copier,
    "off-shift": _off_days,
    "unexplained": _elsewhere,
}


def make_rota_log(wrong: str, seed: int) -> OfficerLog:
    """Make a log.

    Args:
        wrong: One of `WRONGS`; empty for a log in which nothing is planted.
        seed: Everything follows from it and the wrong.
    """
    port = Port(Random(f"rotas {wrong} {seed}"), wrong)
    port.play()
    end = START + timedelta(days=port.days)
    log = WatchLog(
        events=tuple(sorted((one for one in port.events if one.at < end), key=lambda one: (one.at, one.id))),
        consignments=port.goods,
        officers=port.officers,
        since=START,
        until=end,
    )
    return OfficerLog(log, wrong, frozenset({port.culprit}) if wrong else frozenset())


def main() -> None:
    """Measure the rules in force, and print what came of it."""
    parser = ArgumentParser()
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--ordinary", action="store_true", help="only logs in which nothing is planted")
    chosen = parser.parse_args()
    wrongs = ("",) if chosen.ordinary else ("", *WRONGS)
    found = figures_of(make_rota_log, range(chosen.first_seed, chosen.first_seed + chosen.seeds), wrongs)
    for wrong, planted in found.planted.items():
        print(
            f"{wrong:20} {planted:4} planted {found.named[wrong]:4} named, {found.false_alerts[wrong]:3} false alerts"
        )
    print(
        f"recall {found.recall:.1%}, {sum(found.false_alerts.values())} false alerts in {found.officer_days:,} officer-days"
    )


if __name__ == "__main__":
    main()
