# SPDX-License-Identifier: Apache-2.0
"""One function for each reason: what of a log names an officer, and how seldom chance would.

Each is given the looks with what explains them, and counts only those that no accepted explanation covers. None says who is guilty.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from math import ceil
from typing import Final

import msgspec

from cocket.oversight.chance import beyond_others, discovered, strata_tail, together
from cocket.oversight.explain import Explained
from cocket.oversight.log import Event, Officer, Party, Watched, WatchLog
from cocket.oversight.rules import ACCEPTED, Reason, WatcherRules
from cocket.risk.threats.chance import binomial_tail, share

_HOUR: Final = timedelta(hours=1)
_BROAD: Final = 3  # hits from which on a search was not for one consignment
_FEWEST_PEERS: Final = 3  # with fewer, nobody knows what is usual


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
    """An officer who deals with one trader more than work explains.

    Two questions of each pair, counted by days. Does he deal with the trader on more days than his share of the work of the office
    and third of the day gives (exact test of Mantel and Haenszel)? What the draw gave him is chance, or the draw's fault, so on some
    of these days it must have given him nothing. And does he take the trader's goods by himself, neither drawn for him nor given to
    him by another, where that is seldom, with others and with him elsewhere (binomial)? Of all pairs tried, at most a share may be
    chance (Benjamini–Hochberg).
    """
    dealings = _Dealings(scene)
    asked = {pair: dealings.chances(*pair) for pair in dealings.pairs}
    chances = {pair: min(1.0, 2.0 * min(both)) for pair, both in asked.items()}
    limit = discovered(list(chances.values()), scene.rules.false_discoveries)
    found: dict[str, Suspicion] = {}
    for (officer, trader), chance in chances.items():
        bound = min(1.0, chance * len(chances))
        if chance > limit or (officer in found and bound >= found[officer].chance):
            continue
        by_share, by_own = asked[officer, trader]
        if by_own < by_share:
            told, events = dealings.told_own(officer, trader)
            why = (
                "took goods of {trader} by himself on {taken} of {times} days with them, neither drawn for him nor given to him; of "
                "other work that is {usual}"
            )
        else:
            told, events = dealings.told_share(officer, trader)
            why = "dealt with {trader} on {times} of {of} days, on {undrawn} of them without the draw: more than office and shift explain"
        found[officer] = _suspicion(officer, "pair", (why, told), bound, events)
    return list(found.values())


class _Dealings:
    """Days on which officers dealt with traders, by office and third of the day."""

    def __init__(self, scene: Scene) -> None:
        self._rules = scene.rules
        self._drawn = {(event.officer, event.subject) for event in scene.log.events if event.kind == "drawn"}
        handed = self._drawn | {(event.officer, event.subject) for event in scene.log.events if event.kind == "given"}
        units: dict[tuple[str, str, str, str], list[Event]] = defaultdict(list)
        for event in scene.log.events:
            consignment = scene.log.consignments.get(event.subject)
            is_act = event.kind in ("result", "lowered") and event.officer in scene.log.officers
            if is_act and consignment and consignment.trader:
                stratum = f"{consignment.office} {event.at.hour // 8}"
                units[stratum, event.officer, consignment.trader, event.at.strftime("%Y-%m-%d")].append(event)
        self._among = Counter(stratum for stratum, *_ in units)
        self._of_officer = Counter((stratum, officer) for stratum, officer, _, _ in units)
        self._of_trader = Counter((stratum, trader) for stratum, _, trader, _ in units)
        self.pairs: defaultdict[tuple[str, str], list[tuple[str, list[Event]]]] = defaultdict(list)
        self._own: defaultdict[tuple[str, str], list[list[Event]]] = defaultdict(list)
        self._all_of: Counter[str] = Counter()
        self._own_of: Counter[str] = Counter()
        for (stratum, officer, trader, _), events in units.items():
            self.pairs[officer, trader].append((stratum, events))
            self._all_of[officer] += 1
            own = [one for one in events if (officer, one.subject) not in handed]
            if own:
                self._own[officer, trader].append(own)
                self._own_of[officer] += 1

    def chances(self, officer: str, trader: str) -> tuple[float, float]:
        """Chance of so many days together, and of so many goods taken by himself; 1 for a question that is not asked of so few."""
        mine, own = self.pairs[officer, trader], self._own[officer, trader]
        by_share = by_own = 1.0
        if len(self._undrawn(officer, trader)) >= self._rules.fewest_together:
            strata = [
                (self._of_officer[stratum, officer], self._of_trader[stratum, trader], self._among[stratum])
                for stratum in self._among
                if self._of_officer[stratum, officer] and self._of_trader[stratum, trader]
            ]
            by_share = strata_tail(len(mine), strata)
        if len(own) >= self._rules.fewest_taken:
            by_own = binomial_tail(len(own), len(mine), self._usual(officer, trader))
        return by_share, by_own

    def _usual(self, officer: str, trader: str) -> float:
        """Share of work that is taken by oneself (0–1): others', or his own elsewhere, whichever is more."""
        days, own = self._all_of[officer], self._own_of[officer]
        others = share(self._own_of.total() - own, self._all_of.total() - days)
        elsewhere = days - len(self.pairs[officer, trader])
        return max(others, (own - len(self._own[officer, trader]) + 1) / (elsewhere + 2))

    def _undrawn(self, officer: str, trader: str) -> list[list[Event]]:
        days = [
            [one for one in events if (officer, one.subject) not in self._drawn]
            for _, events in self.pairs[officer, trader]
        ]
        return [events for events in days if events]

    def told_share(self, officer: str, trader: str) -> tuple[dict[str, str], list[Event]]:
        """Words for the first question, and what it rests on."""
        undrawn = self._undrawn(officer, trader)
        days = sum(self._of_trader[stratum, trader] for stratum in self._among)
        told = {
            "times": str(len(self.pairs[officer, trader])),
            "of": str(days),
            "trader": trader,
            "undrawn": str(len(undrawn)),
        }
        return told, [event for events in undrawn for event in events]

    def told_own(self, officer: str, trader: str) -> tuple[dict[str, str], list[Event]]:
        """Words for the second question, and what it rests on."""
        own = self._own[officer, trader]
        told = {
            "trader": trader, "taken": str(len(own)), "times": str(len(self.pairs[officer, trader])),
            "usual": f"{self._usual(officer, trader):.1%}",
        }  # fmt: skip
        return told, [event for events in own for event in events]


def find_lowered_then_found(scene: Scene) -> list[Suspicion]:
    """Lanes that an officer lowered and on whose goods something was found later, while he lowers much and finds little himself.

    Three things that are independent where nothing but chance is at work: how often something is found after his lowering, against
    after others' (binomial); how many lanes he lowers, against peers and how widely they differ (binomial, spread out); and how
    little he finds in what came into his hands, against others from the same worklist (exact test of Mantel and Haenszel). Who knows
    what is bad and lets it pass shows all. Taken together by Fisher's method; the first must be seldom by itself.
    """
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
    examined = _Examined(scene)
    found = []
    for officer, mine in lowered.items():
        count = len(later[officer])
        if count < scene.rules.fewest_finds:
            continue
        usual = share(all_found - count, all_lowered - len(mine))
        alone = binomial_tail(count, len(mine), usual)
        counts = {one: (len(lowered.get(one, ())), examined.count(one)) for one in (officer, *scene.peers(officer))}
        chance = together(alone, _lowers_more(officer, counts), examined.chance(officer)) * len(lowered)
        if alone <= scene.rules.lowered_alone and chance <= scene.rules.false_slow:
            told = {
                "times": str(count), "of": str(len(mine)), "usual": f"{usual:.1%}", "own": str(examined.finds(officer)),
                "expected": f"{examined.expected(officer):.1f}",
            }  # fmt: skip
            why = (
                "after {times} of {of} lanes that he lowered something was found later, after others' {usual}; in what he examined he "
                "found {own} times, others would {expected}"
            )
            events = [event for pair in later[officer] for event in pair]
            found.append(_suspicion(officer, "lowered-then-found", (why, told), chance, events))
    return found


def _lowers_more(officer: str, counts: dict[str, tuple[int, int]]) -> float:
    """Chance (0–1) of lowering so many lanes, by those of peers and how widely they differ; 1 with fewer than three peers.

    Args:
        officer: Whom it is about.
        counts: Of him and each peer, the lanes lowered and the examinations told of (counts).
    """
    peers = {one: (low, low + told) for one, (low, told) in counts.items() if one != officer and low + told}
    if len(peers) < _FEWEST_PEERS:
        return 1.0
    usual = share(sum(low for low, _ in peers.values()), sum(acts for _, acts in peers.values()))
    squares = ((low - usual * acts) ** 2 / (usual * (1 - usual) * acts) for low, acts in peers.values())
    spread = max(1.0, sum(squares) / (len(peers) - 1))
    low, told = counts[officer]
    return binomial_tail(int(low / spread), ceil((low + told) / spread), usual)


def find_always_nothing(scene: Scene) -> list[Suspicion]:
    """Examinations put into an officer's hands that find next to nothing, where others find on what came to them in the same way.

    By office, lane, and whether it was drawn for him or given to him by another (exact test of Mantel and Haenszel, lower tail); what
    he took by himself is left out, since he chose it.
    """
    examined = _Examined(scene)
    found = []
    for officer, mine in examined.results.items():
        finds, expected = examined.finds(officer), examined.expected(officer)
        is_little = finds <= scene.rules.least_of_expected * expected
        chance = examined.chance(officer) * len(examined.results)
        if chance <= scene.rules.false_slow and expected >= scene.rules.fewest_expected and is_little:
            told = {"found": str(finds), "of": str(len(mine)), "expected": f"{expected:.1f}"}
            why = "{found} finds in {of} examinations that came to him; the same worklist gives others {expected}"
            found.append(_suspicion(officer, "always-nothing", (why, told), chance, mine))
    return found


class _Examined:
    """Results that officers told of what was put into their hands, by office, lane and how it came; what was lowered is left out.

    Attributes:
        results: Officer → his results, in the order of time (1..n).
    """

    def __init__(self, scene: Scene) -> None:
        hands = {(e.officer, e.subject): e.kind for e in scene.log.events if e.kind in ("drawn", "given")}
        lanes = {event.subject: event.lane for event in scene.log.events if event.kind == "queued"}
        lowered = {event.subject for event in scene.log.events if event.kind == "lowered"}
        self.results: defaultdict[str, list[Event]] = defaultdict(list)
        by_stratum: defaultdict[tuple[str, str, str], defaultdict[str, list[Event]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for event in scene.log.events:
            consignment, how = scene.log.consignments.get(event.subject), hands.get((event.officer, event.subject))
            is_told = event.kind == "result" and event.is_found is not None and event.officer in scene.log.officers
            if is_told and consignment and how and event.subject not in lowered:
                by_stratum[consignment.office, lanes.get(event.subject, ""), how][event.officer].append(event)
                self.results[event.officer].append(event)
        self._strata: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
        for officers in by_stratum.values():
            among = sum(map(len, officers.values()))
            clear = among - _finds(event for mine in officers.values() for event in mine)
            for officer, mine in officers.items():
                self._strata[officer].append((len(mine), clear, among))

    def count(self, officer: str) -> int:
        """How many results he told of (count)."""
        return len(self.results.get(officer, ()))

    def finds(self, officer: str) -> int:
        """How many of his results are finds (count)."""
        return _finds(self.results.get(officer, ()))

    def expected(self, officer: str) -> float:
        """How many finds others would have told of as many (count)."""
        return sum(mine * (among - clear) / among for mine, clear, among in self._strata.get(officer, ()))

    def chance(self, officer: str) -> float:
        """Chance (0–1) that he tells of so few finds; 1 where he told no result."""
        results = self.results.get(officer, [])
        return strata_tail(len(results) - _finds(results), self._strata[officer]) if results else 1.0


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
