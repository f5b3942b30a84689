# SPDX-License-Identifier: Apache-2.0
"""Persons of several naming customs and scripts, and the ways in which papers shorten and misspell their names."""

from __future__ import annotations

from random import Random
from typing import Final

#: Of each custom: beginnings and ends of given names and of family names, how many names stand before the family name, and
#: words that may stand before it.
_CUSTOMS: Final = (
    ("ha ka ra mah sa ja na fa ya wa", "mid rim him mud lil mal dir sif zan sir", "sal kar raz haj bar zah tam nas",
     "imi avi ouni abi awi idi adi eri", (2, 3), ("al",)),
    ("vla ser ale dmi nik ole yev mak bo gri", "dimir gei ksei tri olai gory nid sim ris an",
     "petr kuzn mor vol zait lebed nov sok",
     "ov enko in sky ev uk", (2, 2), ()),
    ("wei xiao jian guo li mei hong yu chun zhi", "ming hua ping long feng jun qing lan yan tao",
     "zhang ouyang chen huang zhou liang song tang",
     "  ", (1, 2), ()),
    ("jo car ma lu fer an pa ro die san", "sefo los nuel isa nando drea blo berto go tiago",
     "gar mart lop fern rodr gonz ramir velas",
     "cia inez ez andez iguez alez", (2, 3), ("de",)),
    ("ad chi ol em ke ba ik ngo ayo tun", "ebayo nedu umide eka chukwu bajide enna zi dele de", "oko aki ade eze nwos olat bal chuk",
     "nkwo nola yemi ani uji unji arewa wuma", (1, 2), ()),
    ("the ja hen ge wil ro ed cha fre ar", "odore mes ry orge liam bert ward rles derick thur", "win black hather thorn ash mar kings pem",
     "ton wood ley well ford bury worth brook", (1, 2), ()),
)  # fmt: skip
_CYRILLIC: Final = dict(zip("abcdefghijklmnopqrstuvwyz", "абкдефгхижклмнопкрстуввйз", strict=True)) | {"x": "кс"}


class Population:
    """Draws persons; the same seed draws the same ones.

    Args:
        seed: Seed.
        salt: Another stock of names for another salt.
    """

    def __init__(self, seed: int, salt: str = "") -> None:
        self._chance = Random(f"{seed}{salt}")
        self._stocks = []
        for one, two, three, four, length, before in _CUSTOMS:
            given = [a + b for a in one.split() for b in two.split()]
            family = [a + b for a in three.split() for b in (four.split() or [""])]
            family += [a + b + c for a in three.split() for b in two.split() for c in (four.split() or [""])]
            family += [a + b + c for a in one.split() for b in "aeiou" for c in three.split()]
            self._chance.shuffle(given)
            self._chance.shuffle(family)
            self._stocks.append((given, family, length, before))

    def person(self) -> str:
        """A name, family name last: some names are common, most are not."""
        chance = self._chance
        given, family, (least, most), before = chance.choice(self._stocks)
        names = [given[int(len(given) * chance.random() ** 1.6)] for _ in range(chance.randint(least, most))]
        prefix = [chance.choice(before)] if before and chance.random() < 0.3 else []
        return " ".join((*names, *prefix, family[int(len(family) * chance.random() ** 1.3)])).title()

    def people(self, count: int, without: frozenset[str] = frozenset()) -> list[str]:
        """Different names, none of `without`."""
        found: dict[str, None] = {}
        while len(found) < count:
            name = self.person()
            if name not in without:
                found[name] = None
        return list(found)


def initials(chance: Random, name: str) -> str:
    """The names before the family name as initials: `H. SALIMI`."""
    *given, family = name.split()
    return f"{given[0][0]}. {family}".upper() if chance.random() < 0.5 else f"{given[0][0]} {family}"


def first_and_last(_chance: Random, name: str) -> str:
    """The first name and the last alone."""
    words = name.split()
    return f"{words[0]} {words[-1]}"


def two_slips(chance: Random, name: str) -> str:
    """Two letters put in, left out, taken for another or swapped, in different places."""
    for _ in range(2):
        place = chance.choice([place for place, sign in enumerate(name) if sign != " "])
        letter, way = chance.choice("abcdefghijklmnopqrstuvwxyz"), chance.randrange(4)
        tail = name[place + 1 :] if way != 0 else name[place:]
        middle = letter if way in (0, 2) else "" if way == 1 else tail[:1] + name[place]
        name = name[:place] + middle + (tail[1:] if way == 3 else tail)
    return name


def in_cyrillic(_chance: Random, name: str) -> str:
    """The name in Cyrillic letters."""
    return "".join(_CYRILLIC.get(sign, sign) for sign in name.lower()).title()


SPOILERS: Final = {
    "initials": initials,
    "first and last": first_and_last,
    "two slips": two_slips,
    "script": in_cyrillic,
}
