# SPDX-License-Identifier: Apache-2.0
"""What a rule sees of a case: what is declared, the features, and functions over history, lists and likeness.

Deviation: money is a binary fraction here, as CEL knows no other; it is compared with thresholds and never added up into
anything that is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec

from cocket.errors import SettingsError
from cocket.risk.facts import Case, Facts, ItemFacts
from cocket.risk.features import NAMES
from cocket.risk.windows import MOST_DAYS, Windows, key_of

#: Lists by name.
Lists = Mapping[str, tuple[str, ...]]

#: Names that a condition may use, and what they are.
VARIABLES: Final[dict[str, str]] = {
    "office": "customs office",
    "flow": "what the declaration is for, such as import",
    "importer": "importer's number, else name in capitals without spaces and marks",
    "declarant": "declarant, likewise",
    "seller": "seller, likewise",
    "export_country": "country of dispatch, two letters",
    "freight": "freight from abroad, national currency",
    "is_containerised": "whether in containers",
    "value": "value for customs of all items, national currency",
    "duty": "duties and taxes of all items, national currency",
    "items": "goods items",
    "differences": "codes of what documents disagree in; unknown without a second document",
    "features": "features by name, such as features.importer_rate",
    "declared": "which of these are known, to be tested with has, such as has(declared.importer)",
}

#: What an item has.
ITEM_FIELDS: Final = (
    "number", "hs", "origin", "value", "duty", "gross_mass_kg", "net_mass_kg", "packages", "procedure", "preference",
    "words", "unit_value", "package_mass_kg",
)  # fmt: skip

#: Functions that a condition may call, and what they are.
FUNCTIONS: Final[dict[str, str]] = {
    "seen": "seen(group, days[, hs]): declarations of the group in the last days, this one not among them",
    "worth": "worth(group, days[, hs]): their value",
    "examined": "examined(group, days[, hs]): results returned on the group in the last days",
    "found": "found(group, days[, hs]): those of them that found something",
    "on_list": "on_list(list, text): whether a list has the text, case, spaces and marks aside",
    "hs_on_list": "hs_on_list(list, hs): whether the code begins with an entry of the list",
    "like": "like(a, b): similarity of two texts, 0 to 1, regardless of word order",
    "like_list": "like_list(list, text): similarity to the most similar entry",
}


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A case as a rule meets it.

    Attributes:
        case: The case.
        features: Name → value; None where unknown.
        windows: What each group did lately, this declaration not yet among it.
        now: Day number it is looked at.
    """

    case: Case
    features: Mapping[str, float | None]
    windows: Windows
    now: float


class View:
    """The surroundings in which conditions are evaluated; shown one case after the other.

    Attributes:
        context: What the evaluator is handed.
    """

    def __init__(self) -> None:
        import cel

        self._seen = SPECIMEN
        self._known: dict[str, Any] = {}
        self._functions = _Functions()
        # Nothing is null here: an equation with null would be false, and its opposite true, where nothing is known.
        self.context = cel.Context(functions={name: getattr(self._functions, name) for name in FUNCTIONS})
        self.context.set_variable_resolver(self._value)

    def show(self, seen: Seen) -> None:
        """Look at another case."""
        self._seen, self._functions.seen_case = seen, seen
        self._known.clear()

    def use(self, lists: Lists) -> None:
        """Take the lists of the rule that is looked at next."""
        self._functions.lists = lists

    def _value(self, name: str) -> Any:
        """The value of a name, worked out when a condition asks for it."""
        if name not in self._known and name in _VALUES:
            self._known[name] = _VALUES[name](self._seen)
        return self._known.get(name)


#: Name → how its value is had of a case.
_VALUES: Final[dict[str, Callable[[Seen], Any]]] = {
    "office": lambda seen: seen.case.facts.office,
    "flow": lambda seen: seen.case.facts.flow,
    "importer": lambda seen: seen.case.facts.importer,
    "declarant": lambda seen: seen.case.facts.declarant,
    "seller": lambda seen: seen.case.facts.seller,
    "export_country": lambda seen: seen.case.facts.export_country,
    "freight": lambda seen: _number(seen.case.facts.freight),
    "is_containerised": lambda seen: seen.case.facts.is_containerised,
    "value": lambda seen: _number(seen.case.facts.value),
    "duty": lambda seen: _number(seen.case.facts.duty),
    "items": lambda seen: [_item(item) for item in seen.case.facts.items],
    "differences": lambda seen: None if seen.case.differences is None else list(seen.case.differences),
    "features": lambda seen: _stated(seen.features),
    "declared": lambda seen: _stated({name: of(seen) for name, of in _VALUES.items() if name != "declared"}),
}


def _stated(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are known; asking for another one is an error, which makes a condition neither true nor false."""
    return {name: value for name, value in values.items() if value is not None}


def _item(item: ItemFacts) -> dict[str, Any]:
    fields = {
        "number": item.number,
        "hs": item.hs,
        "origin": item.origin,
        "value": _number(item.value),
        "duty": _number(item.duty),
        "gross_mass_kg": item.gross_mass_kg,
        "net_mass_kg": item.net_mass_kg,
        "packages": item.packages,
        "procedure": item.procedure,
        "preference": item.preference,
        "words": list(item.words),
        "unit_value": item.unit_value,
        "package_mass_kg": item.package_mass_kg,
    }
    return _stated(fields)


class _Functions:
    """The functions of `FUNCTIONS`; each raises LookupError where what it is asked of is unknown."""

    def __init__(self) -> None:
        self.seen_case = SPECIMEN
        self.lists: Lists = {}

    def seen(self, group: str, days: int, hs: str | None = None) -> float:
        return self._sum("declared", group, days, hs)

    def worth(self, group: str, days: int, hs: str | None = None) -> float:
        return self._sum("value", group, days, hs)

    def examined(self, group: str, days: int, hs: str | None = None) -> float:
        return self._sum("examined", group, days, hs)

    def found(self, group: str, days: int, hs: str | None = None) -> float:
        return self._sum("found", group, days, hs)

    def on_list(self, name: str, text: str) -> bool:
        return _plain(text) in _set(self._list(name))

    def hs_on_list(self, name: str, hs: str) -> bool:
        return hs.startswith(_codes(self._list(name)))

    def like(self, one: str, other: str) -> float:
        return _likeness(one, other)

    def like_list(self, name: str, text: str) -> float:
        return max((_likeness(text, entry) for entry in self._list(name)), default=0.0)

    def _list(self, name: str) -> tuple[str, ...]:
        if name not in self.lists:
            raise ValueError(f"there is no list {name}")
        return self.lists[name]

    def _sum(self, figure: str, group: str, days: int, hs: str | None) -> float:
        if not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
            raise ValueError(f"a window is a number of days from 1 to {MOST_DAYS}")
        key = key_of(self.seen_case.case.facts, group, hs)
        if key is None:
            raise LookupError(f"{group} is not stated")
        return self.seen_case.windows.sum(key, figure, self.seen_case.now, days)


def _likeness(one: str, other: str) -> float:
    try:
        from rapidfuzz import fuzz
    except ImportError as error:
        raise SettingsError(
            "Similarity needs a package that is not installed: rapidfuzz.", code="part-missing"
        ) from error
    return float(fuzz.token_sort_ratio(one.upper(), other.upper())) / 100.0


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).upper()


@lru_cache(maxsize=256)
def _set(entries: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_plain, entries))


@lru_cache(maxsize=256)
def _codes(entries: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("".join(filter(str.isdigit, entry)) for entry in entries)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


#: A case in which everything is known, on which conditions are tried out.
SPECIMEN: Final = Seen(
    case=Case(
        facts=Facts(
            id="specimen",
            day=20_000.5,
            office="XA110000",
            flow="import",
            importer="A1000001K",
            declarant="9000001",
            seller="SPECIMENTRADING",
            export_country="XM",
            freight=Decimal(100),
            is_containerised=True,
            items=(
                ItemFacts(
                    number=1,
                    hs="87032300",
                    origin="XM",
                    value=Decimal(1000),
                    duty=Decimal(100),
                    gross_mass_kg=110.0,
                    net_mass_kg=100.0,
                    packages=1,
                    procedure="40",
                    preference="100",
                    words=("USED", "CAR"),
                ),
            ),
        ),
        differences=(),
    ),
    features=dict.fromkeys(NAMES, 0.5),
    windows=Windows(),
    now=20_000.5,
)
