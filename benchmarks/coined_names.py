# SPDX-License-Identifier: Apache-2.0
"""Names coined from a seed: persons, businesses and vessels of invented tongues, and ways in which names get spoilt."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from random import Random
from typing import Final

from cocket.screening import ListedName, ListEntry, WatchList

#: Of each tongue: how its syllables begin, sound and end.
_TONGUES: Final = (
    (
        ["b", "d", "f", "g", "h", "j", "k", "l", "m", "n", "r", "s", "t", "z", "kh", "sh"],
        ["a", "i", "u", "aa"],
        ["", "", "d", "m", "n", "r", "l", "b", "f"],
    ),
    (
        ["b", "v", "g", "d", "k", "l", "m", "n", "p", "r", "s", "t", "z", "ch"],
        ["a", "e", "i", "o", "u", "ya"],
        ["", "", "", "n", "k", "v", "r", "s"],
    ),
    (
        ["b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "w", "th", "br", "st"],
        ["a", "e", "i", "o", "ea", "ou"],
        ["", "n", "r", "l", "ck", "t", "nd", "m"],
    ),
    (
        ["b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "qu"],
        ["a", "e", "i", "o"],
        ["", "", "", "n", "r", "s", "l"],
    ),
    (
        ["ch", "d", "g", "h", "j", "k", "m", "n", "p", "s", "t", "y"],
        ["a", "e", "eo", "i", "o", "u", "ae"],
        ["", "", "n", "ng", "k", "m", "l"],
    ),
    (
        ["b", "ch", "d", "g", "h", "j", "l", "m", "n", "sh", "t", "w", "x", "y", "zh"],
        ["a", "ai", "e", "i", "o", "u", "uo", "ian"],
        ["", "", "n", "ng"],
    ),
    (["b", "d", "k", "l", "m", "n", "p", "r", "s", "t", "w", "mb", "nd", "ng"], ["a", "e", "i", "o", "u"], [""]),
    (
        ["b", "bh", "d", "dh", "g", "j", "k", "l", "m", "n", "p", "r", "s", "sh", "v"],
        ["a", "aa", "e", "i", "u"],
        ["", "", "n", "r", "t", "sh"],
    ),
)
_TRADES: Final = (
    "Trading", "Shipping", "Import Export", "Industries", "Logistics", "Textiles", "Foods", "Electronics", "Steel",
    "Chemicals", "Motors", "Timber", "Fisheries", "Pharma", "General Trading", "Holding", "Marine Services", "Metals",
)  # fmt: skip
_FORMS: Final = ("Ltd", "LLC", "GmbH", "SA", "SARL", "Inc", "Co Ltd", "FZE", "OOO", "Pvt Ltd", "BV", "")
_NOT_OWN: Final = frozenset(" ".join((*_TRADES, *_FORMS)).lower().split())
_WORDS: Final = 20_000

#: Letters of transcription and of other scripts, for spoiling.
_RESPELLINGS: Final = (
    ("ou", "u"), ("kh", "h"), ("ph", "f"), ("aa", "a"), ("i", "y"), ("ck", "k"), ("sh", "ch"), ("z", "s"), ("ea", "i"),
    ("u", "ou"), ("o", "u"), ("ai", "ay"), ("w", "v"), ("k", "q"), ("e", "i"),
)  # fmt: skip
_CYRILLIC: Final = dict(zip("abcdefghijklmnopqrstuvwyz", "абкдефгхижклмнопкрстуввйз", strict=True)) | {"x": "кс"}
_CYRILLIC_PAIRS: Final = (("sh", "ш"), ("ch", "ч"), ("zh", "ж"), ("kh", "х"), ("th", "т"), ("ph", "ф"), ("ya", "я"))


class Coiner:
    """Coins names; the same seed coins the same ones.

    Args:
        seed: Seed.
    """

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._stock = [[self._word(tongue) for _ in range(_WORDS)] for tongue in _TONGUES]
        # a few words of each tongue are everywhere, most are rare, as names are
        self._weights = list(accumulate(1 / (place + 20) for place in range(_WORDS)))

    def name(self) -> tuple[str, str]:
        """One name, with its kind."""
        stock = self._chance.choice(self._stock)
        count = self._chance.choices((2, 3, 4), (6, 3, 1))[0]
        words = self._chance.choices(stock, cum_weights=self._weights, k=count)
        if self._chance.random() < 0.5:
            return "person", " ".join(words)
        coined = words[: self._chance.choice((1, 2))]
        parts = [*coined, self._chance.choice(_TRADES), self._chance.choice(_FORMS)]
        return "organisation", " ".join(filter(None, parts))

    def names(self, count: int, without: set[str] | None = None) -> list[tuple[str, str]]:
        """So many names, no two of the same own words (`own_words`), and none of those to leave out."""
        seen = set(without or ())
        made: list[tuple[str, str]] = []
        while len(made) < count:
            kind, name = self.name()
            key = own_words(name)
            if key not in seen:
                seen.add(key)
                made.append((kind, name))
        return made

    def _word(self, tongue: tuple[list[str], list[str], list[str]]) -> str:
        begins, sounds, ends = tongue
        syllables = self._chance.choices((1, 2, 3, 4), (1, 8, 8, 2))[0]
        choice = self._chance.choice
        return "".join(choice(begins) + choice(sounds) + choice(ends) for _ in range(syllables)).capitalize()


def own_words(name: str) -> str:
    """The words of a name in order of the alphabet, without those of trade and form of business."""
    return " ".join(sorted(word for word in name.lower().split() if word not in _NOT_OWN))


def coined_list(names: list[tuple[str, str]]) -> WatchList:
    """A list of coined names; each entry's id is its place."""
    entries = tuple(
        ListEntry(id=str(place), kind="person" if kind == "person" else "organisation", names=(ListedName(name),))
        for place, (kind, name) in enumerate(names)
    )
    return WatchList(name="coined", format="csv", version=str(len(entries)), entries=entries)


def mistype(chance: Random, name: str) -> str:
    """One slip of the finger: a letter put in, left out, taken for another, or swapped with its neighbour."""
    place = chance.choice([i for i, sign in enumerate(name) if sign != " "])
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
    way = chance.randrange(4)
    if way == 0:
        return name[:place] + letter + name[place:]
    if way == 1:
        return name[:place] + name[place + 1 :]
    if way == 2:
        return name[:place] + letter + name[place + 1 :]
    return name[:place] + name[place + 1 : place + 2] + name[place] + name[place + 2 :]


def shuffle(chance: Random, name: str) -> str:
    """The words in another order."""
    words = name.split()
    chance.shuffle(words)
    return " ".join(words)


def transcribe(chance: Random, name: str) -> str:
    """The name in Cyrillic letters, or in another of the spellings that transcriptions give it."""
    if chance.random() < 0.5:
        written = name.lower()
        for pair, letter in _CYRILLIC_PAIRS:
            written = written.replace(pair, letter)
        return "".join(_CYRILLIC.get(sign, sign) for sign in written).title()
    spelt = name.lower()
    for one, other in chance.sample(_RESPELLINGS, k=len(_RESPELLINGS))[:6]:
        spelt = spelt.replace(one, other, 1)
    return spelt.title()


#: What is done to names.
SPOILERS: Final[dict[str, Callable[[Random, str], str]]] = {
    "typo": mistype,
    "shuffle": shuffle,
    "transliteration": transcribe,
}
