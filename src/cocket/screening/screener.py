# SPDX-License-Identifier: Apache-2.0
"""Screening: names of parties, vessels and goods against lists, each hit with its reasons."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, Literal

import msgspec
from rapidfuzz import fuzz, process

from cocket.findings import Finding
from cocket.screening.entries import PARTY_KINDS, Kind, ListEntry, WatchList
from cocket.screening.goods_words import GoodsWords
from cocket.screening.index import NameIndex
from cocket.screening.scoring import Comparison, compare, reasons, weigh
from cocket.screening.spelling import Spelling, Word, spell

#: From which score on a name is a hit.
THRESHOLD: Final = 0.84

#: Hits told of one name, and listed names compared with it.
MOST_HITS: Final = 10
_SHORTLIST: Final = 120
_BY_PIECES: Final = 10
_BY_SOUND: Final = 8
_LEAST_ALIKE: Final = 60
_BATCH: Final = 128

#: Changes with anything by which names are compared, so that kept answers are known to be old.
METHOD: Final = "screening-2026.3"

What = Literal["party", "vessel", "goods"]


class Subject(msgspec.Struct, frozen=True):
    """Who or what is screened.

    Attributes:
        what: `party`, `vessel` or `goods`.
        name: Name, or goods description.
        numbers: Numbers that are its own (letters and figures; a vessel's IMO number as `IMO1234567`) (0..n).
        country: ISO 3166 alpha-2 of its address; None where not stated. Told beside a hit, never weighed.
    """

    what: What
    name: str
    numbers: tuple[str, ...] = ()
    country: str | None = None

    @property
    def key(self) -> str:
        """The same for the same subject, however often it comes: a hash of all that screening looks at."""
        plain = (self.what, " ".join(self.name.split()).casefold(), sorted(self.numbers))
        return hashlib.sha256(msgspec.json.encode(plain)).hexdigest()


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A listed entry that a subject may be.

    Attributes:
        list: Name of the list.
        id: Entry within the list.
        name: First name of the entry.
        matched: Listed name that matched, or number.
        kind: What the entry is.
        score: 0–1, higher is more alike.
        reasons: Why (1..n).
        fingerprint: Of the entry as it was compared.
        programme: Regime under which it is listed; None where not stated.
        countries: Countries it is tied to, as listed (0..n).
    """

    list: str
    id: str
    name: str
    matched: str
    kind: Kind
    score: float
    reasons: tuple[Finding, ...]
    fingerprint: str
    programme: str | None = None
    countries: tuple[str, ...] = ()


class Screener:
    """Lists made ready to be looked up.

    Args:
        lists: The lists (0..n).
        threshold: From which score on a name is a hit, 0–1.

    Attributes:
        version: Changes with any list and with the way of comparing (64 hexadecimal digits).
    """

    def __init__(self, lists: Sequence[WatchList], threshold: float = THRESHOLD) -> None:
        self.threshold = threshold
        versions = [METHOD, str(threshold), *sorted(f"{one.name}:{one.version}" for one in lists)]
        self.version = hashlib.sha256("\n".join(versions).encode()).hexdigest()
        entries = [(one.name, entry) for one in lists for entry in one.entries]
        self._goods = GoodsWords([pair for pair in entries if pair[1].kind == "goods"])
        self._entries = [pair for pair in entries if pair[1].kind != "goods"]
        self._numbers = {number: place for place, (_, entry) in enumerate(self._entries) for number in entry.numbers}
        named = [(place, name) for place, (_, entry) in enumerate(self._entries) for name in entry.names]
        spelt = [(place, name, spell(name.text)) for place, name in named]
        self._names = [one for one in spelt if one[2].words]
        self._ordered = [spelling.ordered for _, _, spelling in self._names]
        self._index = NameIndex([spelling for _, _, spelling in self._names], [entry for entry, _, _ in self._names])
        self._rarity = lru_cache(maxsize=100_000)(self._index.rarity_of)

    def screen(self, subject: Subject) -> tuple[Hit, ...]:
        """Hits of one subject, best first (0..10)."""
        return self.screen_all([subject])[0]

    def screen_all(self, subjects: Sequence[Subject]) -> list[tuple[Hit, ...]]:
        """Hits of each subject, best first (0..10 each)."""
        answers: list[tuple[Hit, ...]] = []
        for start in range(0, len(subjects), _BATCH):
            batch = subjects[start : start + _BATCH]
            spellings = [spell(one.name) if one.what != "goods" else Spelling("", ()) for one in batch]
            lists = (
                [p.tolist() for p in self._index.shortlist(spellings, _SHORTLIST)] if self._names else [[]] * len(batch)
            )
            answers += [
                self._goods.screen(subject.name, _goods_hit)
                if subject.what == "goods"
                else self._hits(subject, spelling, self._nearest(spelling, places))
                for subject, spelling, places in zip(batch, spellings, lists, strict=True)
            ]
        return answers

    def _nearest(self, spelling: Spelling, places: Sequence[int]) -> list[int]:
        """The places worth comparing word by word: those that share most pieces, and those that sound most alike."""
        chosen = dict.fromkeys(places[:_BY_PIECES])
        rest = [int(place) for place in places[_BY_PIECES:]]
        near = process.extract(
            spelling.ordered,
            [self._ordered[place] for place in rest],
            scorer=fuzz.ratio,
            limit=_BY_SOUND,
            score_cutoff=_LEAST_ALIKE,
        )
        chosen.update(dict.fromkeys(rest[which] for _, _, which in near))
        return list(chosen)

    def _hits(self, subject: Subject, spelling: Spelling, places: Iterable[int]) -> tuple[Hit, ...]:
        best: dict[int, tuple[float, int, Comparison]] = {}
        for place in places:
            entry, name, listed = self._names[place]
            if not _is_sought(subject, self._entries[entry][1]):
                continue
            comparison = compare(spelling, listed, self._rarity)
            score = weigh(comparison, is_weak=name.is_weak)
            if score >= self.threshold and score > best.get(entry, (0.0,))[0]:
                best[entry] = (score, place, comparison)
        hits = [self._named(entry, found, spelling) for entry, found in best.items()]
        numbered = {self._numbers[number]: number for number in subject.numbers if number in self._numbers}
        hits = [hit for entry, hit in zip(best, hits, strict=True) if entry not in numbered]
        hits += [self._numbered(entry, number) for entry, number in numbered.items()]
        return tuple(sorted(hits, key=lambda hit: (-hit.score, hit.list, hit.id))[:MOST_HITS])

    def _named(self, place: int, found: tuple[float, int, Comparison], spelling: Spelling) -> Hit:
        score, name_place, comparison = found
        _, name, listed = self._names[name_place]
        told = reasons(comparison, spelling, listed, is_weak=name.is_weak)
        return _hit(self._entries[place], name.text, score, told)

    def _numbered(self, place: int, number: str) -> Hit:
        told = Finding(code="same-number", severity="info", message="number {found} is the listed number", found=number)
        return _hit(self._entries[place], number, 1.0, (told,))


def _is_sought(subject: Subject, entry: ListEntry) -> bool:
    return entry.kind == "vessel" if subject.what == "vessel" else entry.kind in PARTY_KINDS


def _goods_hit(listed: tuple[str, ListEntry], term: str, words: Sequence[Word]) -> Hit:
    text = " ".join(word.text for word in words)
    told = Finding(code="goods-words", severity="info", message="the goods are called {found}", found=text)
    return _hit(listed, term, 1.0, (told,))


def _hit(listed: tuple[str, ListEntry], matched: str, score: float, told: tuple[Finding, ...]) -> Hit:
    name, entry = listed
    return Hit(
        list=name,
        id=entry.id,
        name=entry.name,
        matched=matched,
        kind=entry.kind,
        score=round(score, 4),
        reasons=told,
        fingerprint=entry.fingerprint,
        programme=entry.programme,
        countries=entry.countries,
    )
