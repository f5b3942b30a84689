# SPDX-License-Identifier: Apache-2.0
"""What was known at a moment: who was examined and what came of it, what goods usually cost, how they usually come.

A result counts from the moment it was returned, never from the day of the declaration: that is the only way in which
training on the past and scoring the present see the same thing. Entering the same cases and results in the same order
gives the same history, bit for bit.
"""

from __future__ import annotations

import math
from heapq import heappop, heappush
from typing import Literal

import msgspec

from cocket.errors import StoreError
from cocket.risk.facts import Facts, ItemFacts
from cocket.risk.tallies import Middle, Tally, Traffic
from cocket.risk.windows import Line, Windows

#: Share of examinations taken to find something before any was seen, and how many examinations that is worth.
_PRIOR_RATE, _PRIOR_WEIGHT = 0.05, 20.0

#: Examinations that the wider group's rate is worth when a narrower one is asked for.
_BACK_OFF_WEIGHT = 6.0

_MOST_WORDS = 50_000
_WORD_NEEDED = 5
_ROUTE_NEEDED = 20

#: A country from which goods of this many origins came, each this often, is a hub: coming by it says nothing.
_HUB_ORIGINS, _HUB_TIMES = 5, 10


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The result of one examination, as far as learning needs it.

    Attributes:
        facts: The declaration as it stood when it was selected.
        found: Whether an irregularity was found.
        returned: Day number on which the result was returned; it counts from then on.
        propensity: Chance (above 0, at most 1) with which it was selected for examination; None if nobody logged it.
        origin: Whether the goods were examined, or the books audited after release.
    """

    facts: Facts
    found: bool
    returned: float
    propensity: float | None = None
    origin: Literal["examination", "audit"] = "examination"


class _State(msgspec.Struct, kw_only=True):
    """A history as it is written down."""

    format: int = 1
    tallies: dict[str, Tally]
    traffic: dict[str, Traffic]
    middles: dict[str, tuple[float, ...]]
    words: dict[str, dict[str, int]]
    routes: dict[str, dict[str, int]]
    pending: list[tuple[float, str, Outcome]]
    windows: dict[str, list[Line]] = {}


class History:
    """Everything the features and rules look up. Changed only by `observe`, `learn` and `advance`, each in the order of time."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}
        self._traffic: dict[str, Traffic] = {}
        self._middles: dict[str, Middle] = {}
        self._words: dict[str, dict[str, int]] = {}
        self._routes: dict[str, dict[str, int]] = {}
        self._hubs: dict[str, set[str]] = {}
        self._pending: list[tuple[float, str, Outcome]] = []
        self.windows = Windows()

    def observe(self, facts: Facts) -> None:
        """Take note of a declaration, examined or not. Once per consignment, after it was assessed."""
        for kind, party in (("importer", facts.importer), ("seller", facts.seller)):
            if party:
                self._pass(f"{kind}:{party}", facts.day)
        for item in facts.items:
            self._observe_item(facts, item)
        self.windows.observe(facts)

    def learn(self, outcome: Outcome) -> None:
        """Take in the result of an examination; it stays without effect until `advance` reaches its return."""
        heappush(self._pending, (outcome.returned, outcome.facts.id, outcome))

    def advance(self, day: float) -> None:
        """Let every result count that was returned by this day number."""
        while self._pending and self._pending[0][0] <= day:
            self._count(heappop(self._pending)[2])

    def rate(self, day: float, *keys: str) -> float:
        """Faded, smoothed share of examinations that found something.

        Args:
            day: Day number it is asked on.
            keys: From the widest group to the narrowest, such as `hs2:87`, `hs4:8703`; a group of which little is
                known takes after the wider one before it.

        Returns:
            A share between 0 and 1, higher is worse.

        Source: Micci-Barreca, A preprocessing scheme for high-cardinality categorical attributes, SIGKDD Explorations
        3(1), 2001 (hierarchical smoothing).
        """
        rate, weight = _PRIOR_RATE, _PRIOR_WEIGHT
        for key in ("all", *keys):
            tally = self._tallies.get(key)
            if tally is not None:
                examined, found = tally.seen_from(day)
                rate = (found + weight * rate) / (examined + weight)
            weight = _BACK_OFF_WEIGHT
        return rate

    def examined(self, day: float, key: str) -> float:
        """Faded number of examinations of a group."""
        tally = self._tallies.get(key)
        return tally.seen_from(day)[0] if tally else 0.0

    def found(self, day: float, key: str) -> float:
        """Faded number of examinations of a group that found something."""
        tally = self._tallies.get(key)
        return tally.seen_from(day)[1] if tally else 0.0

    def age(self, day: float, key: str) -> float:
        """Days since a trader (`importer:…`, `seller:…`) was first seen; 0 if never."""
        traffic = self._traffic.get(key)
        return max(0.0, day - traffic.first) if traffic else 0.0

    def count(self, day: float, key: str) -> float:
        """Faded number of declarations of a trader, or of a trader with a heading (`importer-hs4:…`)."""
        traffic = self._traffic.get(key)
        return traffic.seen_from(day) if traffic else 0.0

    def usual_unit_value(self, item: ItemFacts) -> tuple[float, float] | None:
        """Median and spread of ln(value per kg) among peers: same code and origin, else same code; None if unknown."""
        return self._look("value", item.hs, item.origin)

    def usual_package_mass(self, item: ItemFacts) -> tuple[float, float] | None:
        """Median and spread of ln(kg per package) among goods of the same code; None if unknown."""
        return self._look("package", item.hs, None)

    def route_rarity(self, origin: str, export: str) -> float | None:
        """How unusual it is for goods of an origin to be sent from another country (0–1, higher is rarer).

        Returns:
            0 where sent from the origin itself or from a hub; None while too few goods of this origin were seen.
        """
        if origin == export or len(self._hubs.get(export, ())) >= _HUB_ORIGINS:
            return 0.0
        ways = self._routes.get(origin, {})
        total = sum(ways.values())
        return 1.0 - ways.get(export, 0) / total if total >= _ROUTE_NEEDED else None

    def words_astray(self, item: ItemFacts) -> float | None:
        """How little the words of an item belong to its heading (0–1, higher is stranger).

        Returns:
            1 minus the highest share that any of its words has in this heading; None if no word is known well enough.
        """
        if not item.hs:
            return None
        heading, best = item.hs[:4], None
        for word in item.words:
            headings = self._words.get(word)
            if headings:
                total = sum(headings.values())
                if total >= _WORD_NEEDED:
                    best = max(best or 0.0, headings.get(heading, 0) / total)
        return None if best is None else 1.0 - best

    def snapshot(self) -> bytes:
        """The whole history as MessagePack bytes; `restore` gives an equal one."""
        return msgspec.msgpack.encode(
            _State(
                tallies=self._tallies,
                traffic=self._traffic,
                middles={key: middle.values() for key, middle in self._middles.items()},
                words=self._words,
                routes=self._routes,
                pending=sorted(self._pending, key=lambda entry: entry[:2]),
                windows=self.windows.lines(),
            )
        )

    @classmethod
    def restore(cls, data: bytes) -> History:
        """The history of a snapshot.

        Raises:
            StoreError: The bytes are no snapshot of ours.
        """
        try:
            state = msgspec.msgpack.decode(data, type=_State)
        except msgspec.MsgspecError as error:
            raise StoreError("The snapshot of the risk history cannot be read.", code="history-unreadable") from error
        history = cls()
        history._tallies, history._traffic = state.tallies, state.traffic
        history._middles = {key: Middle(values) for key, values in state.middles.items()}
        history._words, history._pending = state.words, state.pending
        history.windows = Windows.of(state.windows)
        for origin, ways in state.routes.items():
            for export, times in ways.items():
                history._come(origin, export, times)
        return history

    def _observe_item(self, facts: Facts, item: ItemFacts) -> None:
        if item.hs:
            heading = item.hs[:4]
            for word in item.words:
                self._read_word(word, heading)
            if facts.importer:
                self._pass(f"importer-hs4:{facts.importer}:{heading}", facts.day)
            self._price("value", item.hs, item.origin, item.unit_value)
            self._price("package", item.hs, None, item.package_mass_kg)
        if item.origin and facts.export_country:
            self._come(item.origin, facts.export_country, 1)

    def _count(self, outcome: Outcome) -> None:
        facts, day, found = outcome.facts, outcome.returned, outcome.found
        self.windows.learn(facts, day, found=found)
        for key in ("all", *party_keys(facts).values()):
            self._tallies.setdefault(key, Tally(day=day)).add(day, found)
        for item in facts.items:
            for key in item_keys(facts, item).values():
                self._tallies.setdefault(key, Tally(day=day)).add(day, found, 1.0 / len(facts.items))

    def _pass(self, key: str, day: float) -> None:
        self._traffic.setdefault(key, Traffic(day, 0.0, day)).add(day)

    def _come(self, origin: str, export: str, times: int) -> None:
        ways = self._routes.setdefault(origin, {})
        ways[export] = ways.get(export, 0) + times
        if ways[export] >= _HUB_TIMES and origin != export:
            self._hubs.setdefault(export, set()).add(origin)

    def _price(self, kind: str, hs: str, origin: str | None, value: float | None) -> None:
        if value is None:
            return
        for key in (f"{kind}:{hs[:6]}", f"{kind}:{hs[:6]}:{origin}") if origin else (f"{kind}:{hs[:6]}",):
            self._middles.setdefault(key, Middle()).add(math.log(value))

    def _look(self, kind: str, hs: str | None, origin: str | None) -> tuple[float, float] | None:
        for key in (f"{kind}:{hs[:6]}:{origin}", f"{kind}:{hs[:6]}") if hs else ():
            middle = self._middles.get(key)
            known = middle.look() if middle else None
            if known:
                return known
        return None

    def _read_word(self, word: str, heading: str) -> None:
        headings = self._words.get(word)
        if headings is None:
            if len(self._words) >= _MOST_WORDS:
                return
            headings = self._words[word] = {}
        headings[heading] = headings.get(heading, 0) + 1


def party_keys(facts: Facts) -> dict[str, str]:
    """The groups of traders a declaration belongs to: name of the group → key."""
    parties = {"importer": facts.importer, "declarant": facts.declarant, "seller": facts.seller}
    return {kind: f"{kind}:{party}" for kind, party in parties.items() if party}


def item_keys(facts: Facts, item: ItemFacts) -> dict[str, str]:
    """The groups of goods an item belongs to: name of the group → key, wider ones first."""
    keys: dict[str, str] = {}
    if item.origin:
        keys["origin"] = f"origin:{item.origin}"
    if item.hs:
        hs2, hs4, hs6 = item.hs[:2], item.hs[:4], item.hs[:6]
        keys |= {"hs2": f"hs2:{hs2}", "hs4": f"hs4:{hs4}", "hs6": f"hs6:{hs6}"}
        if item.origin:
            keys["hs_origin"] = f"hs6-origin:{hs6}:{item.origin}"
        if facts.importer:
            keys["importer_hs"] = f"importer-hs4:{facts.importer}:{hs4}"
    return keys
