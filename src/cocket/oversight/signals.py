# SPDX-License-Identifier: Apache-2.0
"""One function for each reason: what of a log names an officer, and how seldom chance would.

Each is given the looks with what explains them, and counts only those that no accepted explanation covers. None says who is guilty.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Final

import msgspec

from cocket.oversight.chance import beyond_others, discovered, strata_tail
from cocket.oversight.explain import Explained
from cocket.oversight.log import Event, Officer, Party, Watched, WatchLog
from cocket.oversight.rules import ACCEPTED, Reason, WatcherRules
from cocket.risk.threats.chance import binomial_tail, share

_HOUR: Final = timedelta(hours=1)
_BROAD: Final = 3  # hits from which on a search was not for one consignment


class Suspicion(msgspec.Struct, frozen=True, kw_only=True):
    """What a reason rests on, for one officer.

    Attributes:
        officer: Whom it names.
        reason: Why.
        message: What was seen, an English sentence with `{name}` places.
        arguments: Values of the places.
        chance: Chance at most (0–1) that somebody would be named so by chance; 0 where a rule is broken, and chance is not asked.
        evidence: Ids of the records that it rests on, in the order of time (1..n).
    """

    officer: str
    reason: Reason
    message: str
    arguments: dict[str, str] = {}
    chance: float = 0.0
    evidence: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """What was seen, in English."""
        return self.message.format_map(self.arguments)


class Scene(msgspec.Struct, frozen=True):
    """What every reason is given.

    Attributes:
        log: The log.
        looks: Its looks, explained.
        rules: The rules in force.
    """

    log: WatchLog
    looks: tuple[Explained, ...]
    rules: WatcherRules

    def counting(self, reason: Reason) -> dict[str, list[Explained]]:
        """Looks that count for a reason, by officer, in the order of time; officers without any are left out."""
        found: defaultdict[str, list[Explained]] = defaultdict(list)
        for one in self.looks:
            if one.counts(ACCEPTED[reason]):
                found[one.look.officer].append(one)
        return dict(found)

    def peers(self, officer: str) -> list[str]:
        """Others of the same role (0..n)."""
        role = self.log.officers[officer].role
        return [other.id for other in self.log.officers.values() if other.role == role and other.id != officer]


Signal = Callable[[Scene], list[Suspicion]]


def find_honey(scene: Scene) -> list[Suspicion]:
    """Looks at decoys: no work leads there. Where a broad search showed it among others, it takes two decoys."""
    searches: defaultdict[str, list[Event]] = defaultdict(list)
    for event in scene.log.events:
        if event.kind == "search":
            searches[event.officer].append(event)
    window = timedelta(minutes=scene.rules.search_minutes)
    found = []
    for officer, looks in scene.counting("honey").items():
        mine = [one.look for one in looks if _is_honey(scene.log, one.look)]
        straight = [look for look in mine if not _was_among(look, searches[officer], window)]
        subjects = {look.subject for look in mine}
        if straight or len(subjects) > 1:
            told = {"decoys": str(len(subjects)), "times": str(len(mine))}
            why = "decoys opened, to which no work leads: {decoys}; looks at them: {times}"
            found.append(_suspicion(officer, "honey", (why, told), 0.0, mine))
    return found


def _is_honey(log: WatchLog, look: Event) -> bool:
    consignment = log.consignments.get(look.subject)
    return consignment is not None and consignment.is_honey


def _was_among(look: Event, searches: Sequence[Event], window: timedelta) -> bool:
    return any(
        look.subject in search.hits and len(search.hits) >= _BROAD and search.at <= look.at <= search.at + window
        for search in searches
    )


def find_own_interest(scene: Scene) -> list[Suspicion]:
    """Looks at papers with the officer's own address; or with his name, or a colleague's or neighbour's, more than chance brings.

    Of the dossiers that he opened, how many are near to him, against the share of all consignments that are (binomial).
    """
    people = _People(scene.log.officers.values(), scene.rules.neighbour_numbers)
    everything = list(scene.log.consignments.values())
    counting = scene.counting("own-interest")
    found = []
    for officer, looks in counting.items():
        mine = [one.look for one in _first_of_each(looks)]
        near: dict[str, list[Event]] = {"own address": [], "own name": [], "colleague": [], "neighbour": []}
        for look in mine:
            consignment = scene.log.consignments.get(look.subject)
            relation = people.relation(scene.log.officers[officer], consignment) if consignment else None
            if relation:
                near[relation].append(look)
        events = [look for group in near.values() for look in group]
        if not events:
            continue
        chance = 0.0
        if not near["own address"]:
            all_near = sum(people.relation(scene.log.officers[officer], one) is not None for one in everything)
            chance = binomial_tail(len(events), len(mine), all_near / len(everything)) * len(counting)
        if near["own address"] or (len(events) > 1 and chance <= scene.rules.own_interest):
            told = {
                "address": str(len(near["own address"])), "name": str(len(near["own name"])),
                "colleagues": str(len(near["colleague"])), "neighbours": str(len(near["neighbour"])),
            }  # fmt: skip
            why = (
                "opened dossiers with his own address: {address}, with his own name: {name}, of colleagues: {colleagues}, of "
                "neighbours: {neighbours}"
            )
            found.append(_suspicion(officer, "own-interest", (why, told), chance, events))
    return found


class _People:
    """Names and addresses of officers as they are compared."""

    def __init__(self, officers: Iterable[Officer], numbers: int) -> None:
        self._numbers = numbers
        self._names: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        self._addresses: defaultdict[str, set[str]] = defaultdict(set)
        self._office = {one.id: one.office for one in officers}
        self._seen: dict[tuple[str, Party], str | None] = {}
        for one in officers:
            name = _name(one.name)
            if len(name) > 1:
                self._names[name].add(one.id)
            if one.address:
                self._addresses[_plain(one.address)].add(one.id)

    def relation(self, officer: Officer, consignment: Watched) -> str | None:
        """`own address`, `own name`, `colleague` or `neighbour`; None for none."""
        relations = {self._of(officer, party) for party in consignment.parties}
        return next((one for one in ("own address", "own name", "colleague", "neighbour") if one in relations), None)

    def _of(self, officer: Officer, party: Party) -> str | None:
        key = officer.id, party
        if key not in self._seen:
            self._seen[key] = self._worked_out(officer, party)
        return self._seen[key]

    def _worked_out(self, officer: Officer, party: Party) -> str | None:
        named = self._names.get(_name(party.name), set())
        lives = self._addresses.get(_plain(party.address), set())
        if officer.id in lives:
            return "own address"
        if officer.id in named:
            return "own name"
        if officer.office and any(self._office[one] == officer.office for one in named | lives):
            return "colleague"
        mine, theirs = _house(officer.address), _house(party.address)
        if mine and theirs and mine[0] == theirs[0] and abs(mine[1] - theirs[1]) <= self._numbers:
            return "neighbour"
        return None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _name(text: str) -> tuple[str, ...]:
    return tuple(sorted(re.findall(r"\w+", text.casefold())))


def _house(address: str) -> tuple[str, int] | None:
    """The street with its town, and the first number in an address; None where there is none."""
    words = _plain(address).split()
    number = next((word for word in words if word.isdigit() and len(word) < 5), None)
    if number is None:
        return None
    words.remove(number)
    return " ".join(words), int(number)


def find_tip_offs(scene: Scene) -> list[Suspicion]:
    """Looks after which a lane was lowered, or the trader suddenly changed what he declared, more often than after others' looks.

    For each window, how many of an officer's looks something followed in it, against the share for everybody else's looks, those at
    consignments in a queue apart (binomial). Asked of all his looks, and of those at each trader.
    """
    following: defaultdict[str, list[Event]] = defaultdict(list)
    for event in scene.log.events:
        if event.kind in ("lowered", "changed"):
            following[event.subject].append(event)
    counting = {officer: _first_of_each(looks) for officer, looks in scene.counting("tip-off").items()}
    best: dict[str, Suspicion] = {}
    trials = 0
    candidates: list[tuple[float, str, list[Event], tuple[str, dict[str, str]]]] = []
    for hours in scene.rules.tip_off_hours:
        window = timedelta(hours=hours)
        after = {
            one.look.id: next(
                (e for e in following[one.look.subject] if one.look.at < e.at <= one.look.at + window), None
            )
            for looks in counting.values()
            for one in looks
        }
        totals = Counter(one.is_queued for looks in counting.values() for one in looks)
        hits = Counter(one.is_queued for looks in counting.values() for one in looks if after[one.look.id])
        for officer, looks in counting.items():
            groups: defaultdict[str, list[Explained]] = defaultdict(list)
            for one in looks:
                consignment = scene.log.consignments.get(one.look.subject)
                if consignment is not None and consignment.trader:
                    groups[consignment.trader].append(one)
            own_totals = Counter(one.is_queued for one in looks)
            own_hits = Counter(one.is_queued for one in looks if after[one.look.id])
            usual = {
                kind: share(hits[kind] - own_hits[kind], totals[kind] - own_totals[kind]) for kind in (False, True)
            }
            for group in (looks, *groups.values()):
                trials += 1
                followed = [one for one in group if after[one.look.id]]
                if len(followed) < scene.rules.fewest_tip_offs:
                    continue
                mean = sum(usual[one.is_queued] for one in group) / len(group)
                chance = binomial_tail(len(followed), len(group), mean)
                told = {
                    "times": str(len(followed)),
                    "of": str(len(group)),
                    "hours": f"{hours:g}",
                    "usual": f"{mean:.1%}",
                }
                why = (
                    "{times} of {of} looks were followed within {hours} h by a milder lane or by a change of the trader's; of others' "
                    "looks {usual} are"
                )
                events = [e for one in followed for e in (one.look, after[one.look.id]) if e is not None]
                candidates.append((chance, officer, events, (why, told)))
    for chance, officer, events, said in candidates:
        if chance * trials <= scene.rules.false_alerts and (
            officer not in best or chance * trials < best[officer].chance
        ):
            best[officer] = _suspicion(officer, "tip-off", said, chance * trials, events)
    return list(best.values())


def _first_of_each(looks: Iterable[Explained]) -> list[Explained]:
    """The first look at each consignment."""
    seen: dict[str, Explained] = {}
    for one in looks:
        seen.setdefault(one.look.subject, one)
    return list(seen.values())


def find_bulk(scene: Scene) -> list[Suspicion]:
    """Many dossiers in a day, or in an hour, beyond what peers and the officer himself open on other days."""
    counting = scene.counting("bulk")
    found: dict[str, Suspicion] = {}
    for hours, form in ((24, "%Y-%m-%d"), (1, "%Y-%m-%d %H")):
        periods: dict[str, dict[str, list[Event]]] = {
            officer: _by_period(looks, form) for officer, looks in counting.items()
        }
        trials = sum(map(len, periods.values()))
        for officer, mine in periods.items():
            role = scene.log.officers[officer].role
            most = max(mine, key=lambda period: _subjects(mine[period]))
            count = _subjects(mine[most])
            if count < scene.rules.fewest_in_bulk:
                continue
            peers = [
                _subjects(events) for other, theirs in periods.items()
                if other != officer and scene.log.officers[other].role == role for events in theirs.values()
            ]  # fmt: skip
            own = [_subjects(events) for period, events in mine.items() if period[:10] != most[:10]]
            chance = max(beyond_others(count, peers), beyond_others(count, own) if len(own) > 4 else 0.0) * trials
            if chance <= scene.rules.false_alerts and (officer not in found or chance < found[officer].chance):
                told = {"count": str(count), "hours": str(hours), "begin": most}
                why = "{count} dossiers opened within {hours} h, from {begin} on, that no work explains"
                found[officer] = _suspicion(officer, "bulk", (why, told), chance, mine[most])
    return list(found.values())


def _by_period(looks: Iterable[Explained], form: str) -> dict[str, list[Event]]:
    periods: defaultdict[str, list[Event]] = defaultdict(list)
    for one in looks:
        periods[one.look.at.strftime(form)].append(one.look)
    return dict(periods)


def _subjects(events: Iterable[Event]) -> int:
    return len({event.subject for event in events})


def find_off_shift(scene: Scene) -> list[Suspicion]:
    """Days with looks outside the officer's hours that no order in his hands explains, more than peers have."""
    days: dict[str, dict[str, list[Event]]] = {officer: {} for officer in scene.log.officers}
    for officer, looks in scene.counting("off-shift").items():
        days[officer] = _by_period([one for one in looks if one.is_off_shift], "%Y-%m-%d")
    counts = {officer: len(mine) for officer, mine in days.items()}
    found = []
    for officer, mine in days.items():
        if counts[officer] < scene.rules.fewest_off_shift:
            continue
        chance = beyond_others(counts[officer], [counts[other] for other in scene.peers(officer)]) * len(counts)
        if chance <= scene.rules.false_alerts:
            events = [event for one in mine.values() for event in one]
            told = {"days": str(counts[officer]), "times": str(len(events))}
            why = "{times} looks outside his hours, on {days} days, at nothing that was in his hands"
            found.append(_suspicion(officer, "off-shift", (why, told), chance, events))
    return found


def find_unexplained(scene: Scene) -> list[Suspicion]:
    """Looks that nothing explains, more than peers have."""
    looks = {officer: _first_of_each(mine) for officer, mine in scene.counting("unexplained").items()}
    counts = {officer: len(looks.get(officer, ())) for officer in scene.log.officers}
    found = []
    for officer, mine in looks.items():
        if counts[officer] < scene.rules.fewest_unexplained:
            continue
        chance = beyond_others(counts[officer], [counts[other] for other in scene.peers(officer)]) * len(counts)
        if chance <= scene.rules.false_alerts:
            told = {"times": str(counts[officer])}
            why = "{times} dossiers opened with no order, queue, search, link or office that explains it"
            found.append(_suspicion(officer, "unexplained", (why, told), chance, [one.look for one in mine]))
    return found


def find_pairs(scene: Scene) -> list[Suspicion]:
    """An officer who deals with one trader on more days than his share of the work of the office and shift gives.

    Counted by days, and compared by office and third of the day (exact test of Mantel and Haenszel); of all pairs tried, at most a
    share may be chance (Benjamini–Hochberg). On some days at least he must have dealt with what the draw did not give him: what it
    gave him is chance, or the draw's fault.
    """
    drawn = {(event.officer, event.subject) for event in scene.log.events if event.kind == "drawn"}
    units: dict[tuple[str, str, str, str], list[Event]] = defaultdict(list)
    for event in scene.log.events:
        consignment = scene.log.consignments.get(event.subject)
        is_act = event.kind in ("result", "lowered") and event.officer in scene.log.officers
        if is_act and consignment and consignment.trader:
            stratum = f"{consignment.office} {event.at.hour // 8}"
            units[stratum, event.officer, consignment.trader, event.at.strftime("%Y-%m-%d")].append(event)
    among = Counter(stratum for stratum, *_ in units)
    of_officer = Counter((stratum, officer) for stratum, officer, _, _ in units)
    of_trader = Counter((stratum, trader) for stratum, _, trader, _ in units)
    pairs: defaultdict[tuple[str, str], list[tuple[str, list[Event]]]] = defaultdict(list)
    for (stratum, officer, trader, _), events in units.items():
        pairs[officer, trader].append((stratum, events))
    chances: dict[tuple[str, str], float] = {}
    for (officer, trader), mine in pairs.items():
        strata = [
            (of_officer[stratum, officer], of_trader[stratum, trader], among[stratum])
            for stratum in among
            if of_officer[stratum, officer] and of_trader[stratum, trader]
        ]
        chances[officer, trader] = strata_tail(len(mine), strata)
    limit = discovered(list(chances.values()), scene.rules.false_discoveries)
    found: dict[str, Suspicion] = {}
    for (officer, trader), mine in pairs.items():
        chance = chances[officer, trader]
        undrawn = [one for _, events in mine if (one := [e for e in events if (officer, e.subject) not in drawn])]
        if len(undrawn) < scene.rules.fewest_together or chance > limit:
            continue
        bound = min(1.0, chance * len(chances))
        if officer not in found or bound < found[officer].chance:
            days = sum(of_trader[stratum, trader] for stratum in among)
            told = {"times": str(len(mine)), "of": str(days), "trader": trader, "undrawn": str(len(undrawn))}
            why = "dealt with {trader} on {times} of {of} days, on {undrawn} of them without the draw: more than office and shift explain"
            found[officer] = _suspicion(officer, "pair", (why, told), bound, [e for events in undrawn for e in events])
    return list(found.values())


def find_lowered_then_found(scene: Scene) -> list[Suspicion]:
    """Lanes that an officer lowered and on whose goods something was found later, more often than after others' lowering."""
    finds: dict[str, Event] = {}
    for event in scene.log.events:
        if event.kind == "result" and event.is_found:
            finds[event.subject] = event  # the last one
    lowered: defaultdict[str, dict[str, Event]] = defaultdict(dict)
    for event in scene.log.events:
        if event.kind == "lowered" and event.officer in scene.log.officers:
            lowered[event.officer].setdefault(event.subject, event)
    later = {
        officer: [
            (event, finds[subject])
            for subject, event in mine.items()
            if subject in finds and finds[subject].at > event.at
        ]
        for officer, mine in lowered.items()
    }
    all_lowered, all_found = sum(map(len, lowered.values())), sum(map(len, later.values()))
    found = []
    for officer, mine in lowered.items():
        count = len(later[officer])
        if count < scene.rules.fewest_finds:
            continue
        usual = share(all_found - count, all_lowered - len(mine))
        chance = binomial_tail(count, len(mine), usual) * len(lowered)
        if chance <= scene.rules.false_alerts:
            told = {"times": str(count), "of": str(len(mine)), "usual": f"{usual:.1%}"}
            why = "after {times} of {of} lanes that he lowered something was found later; after others' {usual}"
            events = [event for pair in later[officer] for event in pair]
            found.append(_suspicion(officer, "lowered-then-found", (why, told), chance, events))
    return found


def find_always_nothing(scene: Scene) -> list[Suspicion]:
    """Examinations drawn for an officer that find next to nothing, where others find on what was drawn for them from the same worklist.

    By office and lane (exact test of Mantel and Haenszel, lower tail); of all officers tried, at most a share may be chance.
    """
    drawn = {(event.officer, event.subject) for event in scene.log.events if event.kind == "drawn"}
    lanes = {event.subject: event.lane for event in scene.log.events if event.kind == "queued"}
    by_stratum: defaultdict[tuple[str, str], defaultdict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for event in scene.log.events:
        consignment = scene.log.consignments.get(event.subject)
        is_told = event.kind == "result" and event.is_found is not None and event.officer in scene.log.officers
        if is_told and consignment and (event.officer, event.subject) in drawn:
            by_stratum[consignment.office, lanes.get(event.subject, "")][event.officer].append(event)
    strata: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
    results: defaultdict[str, list[Event]] = defaultdict(list)
    for officers in by_stratum.values():
        among = sum(map(len, officers.values()))
        clear = among - _finds(event for mine in officers.values() for event in mine)
        for officer, mine in officers.items():
            strata[officer].append((len(mine), clear, among))
            results[officer] += mine
    chances = {officer: strata_tail(len(mine) - _finds(mine), strata[officer]) for officer, mine in results.items()}
    limit = discovered(list(chances.values()), scene.rules.false_discoveries)
    found = []
    for officer, mine in results.items():
        expected = sum(drawn_ * (among - clear) / among for drawn_, clear, among in strata[officer])
        is_little = _finds(mine) <= scene.rules.least_of_expected * expected
        if chances[officer] <= limit and expected >= scene.rules.fewest_expected and is_little:
            told = {"found": str(_finds(mine)), "of": str(len(mine)), "expected": f"{expected:.1f}"}
            why = "{found} finds in {of} examinations drawn for him; the same worklist gives others {expected}"
            bound = min(1.0, chances[officer] * len(chances))
            found.append(_suspicion(officer, "always-nothing", (why, told), bound, mine))
    return found


def _finds(events: Iterable[Event]) -> int:
    return sum(event.is_found is True for event in events)


def _suspicion(
    officer: str, reason: Reason, why: tuple[str, dict[str, str]], chance: float, events: Iterable[Event]
) -> Suspicion:
    ordered = sorted(events, key=lambda event: (event.at, event.id))
    return Suspicion(
        officer=officer,
        reason=reason,
        message=why[0],
        arguments=why[1],
        chance=chance,
        evidence=tuple(dict.fromkeys(event.id for event in ordered)),
    )


#: Every reason, in the order of the page.
SIGNALS: Final[dict[Reason, Signal]] = {
    "honey": find_honey,
    "own-interest": find_own_interest,
    "tip-off": find_tip_offs,
    "bulk": find_bulk,
    "off-shift": find_off_shift,
    "unexplained": find_unexplained,
    "pair": find_pairs,
    "lowered-then-found": find_lowered_then_found,
    "always-nothing": find_always_nothing,
}
