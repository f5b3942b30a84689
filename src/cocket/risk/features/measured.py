# SPDX-License-Identifier: Apache-2.0
"""The features of a case: those of its items, where the worst item speaks for all, and what is told of the whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import itemgetter
from typing import Final

import msgspec

from cocket.risk.facts import Case
from cocket.risk.features.columns import COLUMN_NAMES, COLUMNS, RATES, TRADERS
from cocket.risk.features.feature import Feature
from cocket.risk.features.online import Look

#: What the first stage of a model believes; it stands beside the columns wherever a model scored.
EVIDENCE: Final = Feature(
    "evidence",
    "ln",
    "free",
    "log-odds of a find from the trader's traces and past results",
    "what this trader's declarations and results show together",
    "Rabiner, Proceedings of the IEEE 77(2), 1989; Good, Probability and the Weighing of Evidence, 1950",
)

#: What rules and cards see of a case that no model does.
OF_CASES: Final = (
    Feature("importer_found", "count", "up", "faded number of the importer's examinations that found something",
            "past examinations of this importer found irregularities {value} times", TRADERS),
    Feature("items", "count", "free", "goods items", "the declaration has {value} items",
            "WTO Trade Facilitation Agreement, article 7.4.4 (nature and description of the goods)"),
    Feature("papers_differ", "count", "up", "ways in which the documents disagree", "the documents disagree in {value} ways",
            "Revised Kyoto Convention, General Annex, standards 6.3 and 6.4"),
)  # fmt: skip

#: All features of a case by name, those of a row first.
FEATURES: Final[tuple[Feature, ...]] = (*COLUMNS, EVIDENCE, *OF_CASES)
NAMES: Final[tuple[str, ...]] = tuple(feature.name for feature in FEATURES)

#: What a model is handed of a row, in this order.
ROW_NAMES: Final = (*COLUMN_NAMES, EVIDENCE.name)

#: Names of before → those that stand for them now, with what is otherwise.
RENAMED: Final[dict[str, str]] = {
    "value_gap": "price_gap, below 0 where the price is low",
    "value_position": "price_position, below 0 where the price is low",
    "package_mass_gap": "package_gap, below 0 where packages are light",
    "words_astray": "text_oddity, lower is more unusual",
    "importer_declarations": "importer_count",
    "value": "ln_value, of the item of which it is highest",
    "duty_share": "tax_share",
    "net_share": "tare_gap, how far gross by net mass is from the usual",
}

_ITEM_NAMES = tuple(feature.name for feature in (*COLUMNS, OF_CASES[0]))
_FIGURES = itemgetter(*_ITEM_NAMES)
#: Rates and the group each is of. A model is handed the wider group's rate where an item belongs to none; rules are not.
_OF_GROUPS = tuple((name, chain[-1]) for name, chain in RATES.items())
_GROUP_OF = dict(_OF_GROUPS)
_OF_ITEMS = tuple((feature.name, feature.worst, _GROUP_OF.get(feature.name)) for feature in (*COLUMNS, OF_CASES[0]))


class Measurements(msgspec.Struct, frozen=True):
    """The features of one case.

    Attributes:
        values: Name → value of the worst item, or of the whole; None where the papers or the history do not tell.
        items: Name → number of the goods item that gave it; empty where there is but one.
        rows: The items as a model sees them, in order, without the evidence (0..n).
        first: Number of the first item, as text; "–" if there is none.
    """

    values: dict[str, float | None]
    items: dict[str, int]
    rows: tuple[tuple[float, ...], ...]
    first: str

    def __getitem__(self, name: str) -> float | None:
        """The value of a feature by name; None where unknown."""
        return self.values[name]

    def item(self, name: str) -> str:
        """Number of the goods item a feature of the worst item came from, as text; "–" if it came from none."""
        return str(self.items[name]) if name in self.items else self.first


def measure(case: Case, looks: Sequence[Look]) -> Measurements:
    """The features of a case; never 0 for unknown.

    Args:
        case: The case.
        looks: What its items look like, in order.
    """
    items = case.facts.items
    numbers = [item.number or place for place, item in enumerate(items, start=1)]
    values: dict[str, float | None] = {}
    worst: dict[str, int] = {}
    if len(looks) == 1:
        figures, keys = looks[0].figures, looks[0].keys
        values = dict.fromkeys(NAMES)
        values.update(zip(_ITEM_NAMES, map(known, _FIGURES(figures)), strict=True))
        values |= {name: None for name, group in _OF_GROUPS if group not in keys}
    else:
        values = dict.fromkeys(NAMES)
        for name, how, group in _OF_ITEMS:
            place = _worst(looks, name, how, group)
            if place is not None:
                values[name], worst[name] = looks[place].figures[name], numbers[place]
    values["items"] = float(len(items)) if items else None
    values["papers_differ"] = None if case.differences is None else float(len(case.differences))
    return Measurements(values, worst, tuple([look.row for look in looks]), str(numbers[0]) if numbers else "–")


def known(value: float) -> float | None:
    """A figure as it is told: None where it is not known."""
    return value if value == value else None  # noqa: PLR0124 - the quickest way to tell NaN


def _worst(looks: Sequence[Look], name: str, how: str, group: str | None) -> int | None:
    """Place of the item whose figure speaks for all, the first of equals; None where none is known.

    The rate of a group that an item does not belong to is not known of it.
    """
    worst, most = None, -math.inf
    for place, look in enumerate(looks):
        figure = look.figures[name]
        if figure != figure or (group is not None and group not in look.keys):  # noqa: PLR0124 - the quickest way to tell NaN
            continue
        weight = figure if how == "highest" else -figure if how == "lowest" else abs(figure)
        if worst is None or weight > most:
            worst, most = place, weight
    return worst
