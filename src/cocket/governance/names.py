# SPDX-License-Identifier: Apache-2.0
"""One space of names for all who act: accounts, keys and the programs that use them, and the house itself.

Sealed records say who did it by name alone. Two actors whose names differ only in case or in the form of their letters would be taken
for one another by whoever reads a record, so a name that was given once is given to nobody else.
Source: Unicode Standard Annex 15 (NFKC), chapter 5.18 (caseless matching); Unicode Technical Standard 39 (ignorable characters, and
confusables of Latin letters).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

#: Names under which the house itself seals what it does.
OWN: Final = ("audit", "audits", "cli", "operator", "tracker", "workbench")

#: How the names begin of those who work at the machine itself: what follows is their account there.
OPERATOR: Final = "cli:"

#: Characters that print as nothing: fillers, joiners of graphemes and selectors of variants.
_IGNORED: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)

#: Letters of Greek, Cyrillic and Armenian, and forms of Latin ones, that look like a Latin letter in either case, by the Latin one.
_LOOKALIKES: Final = str.maketrans(
    {
        letter: latin
        for latin, letters in {
            "a": "αа", "b": "βв", "c": "сϲ", "d": "ԁ", "e": "εе", "g": "ɡ", "h": "ηһн", "i": "ιіı", "j": "јϳ", "k": "κк", "l": "ӏ",
            "m": "μм", "n": "νո", "o": "οоօ", "p": "ρр", "q": "ԛ", "s": "ѕ", "t": "τт", "u": "υս", "w": "ԝѡ", "x": "χх", "y": "γу",
            "z": "ζ",
        }.items()
        for letter in letters
    }
)  # fmt: skip
_LATIN: Final = re.compile("[A-Za-z]")


def mixes_lookalikes(name: str) -> bool:
    """Whether a name holds Latin letters beside letters of another script that look like Latin ones.

    Args:
        name: As it was given.
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    return _LATIN.search(plain) is not None and plain.translate(_LOOKALIKES) != plain


def folded(name: str) -> str:
    """What is compared of a name: compatibility forms, case, characters that are not seen, and the script of a letter that looks
    like a Latin one make no difference.

    Args:
        name: As it was given.
    """
    plain = unicodedata.normalize("NFKC", _IGNORED.sub("", unicodedata.normalize("NFKC", name)))
    return unicodedata.normalize("NFKC", plain.casefold()).translate(_LOOKALIKES)


def holder_of(name: str, taken: Iterable[str]) -> str | None:
    """The first of the names given out that a new one could be taken for; None if it is free.

    Args:
        name: The new one.
        taken: Those given out, of accounts and keys (0..n); names of the house are taken always.
    """
    wanted = folded(name)
    if wanted.startswith(OPERATOR):
        return OPERATOR
    return next((one for one in (*OWN, *taken) if folded(one) == wanted), None)


def clashes(names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Names given out that could be taken for one another, or for the house (0..n), each group sorted.

    Args:
        names: Of accounts and keys (0..n); one that an account and a key both have stands there twice.
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(folded(name), []).append(name)
    own = set(map(folded, OWN))
    return tuple(
        sorted(
            tuple(sorted(group))
            for fold, group in groups.items()
            if len(group) > 1 or fold in own or fold.startswith(OPERATOR)
        )
    )
