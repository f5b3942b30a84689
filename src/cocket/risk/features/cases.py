# SPDX-License-Identifier: Apache-2.0
"""The numbers a model sees, each defined once, for training and for today alike.

A declaration is judged as a whole: where a number is taken per goods item, the worst item speaks for all.
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from cocket.risk.facts import Case, Facts, ItemFacts
from cocket.risk.history import History, item_keys, party_keys

_TRADERS = "WTO Trade Facilitation Agreement, article 7.4.4 (compliance record of traders)"
_GOODS = "WTO Trade Facilitation Agreement, article 7.4.4 (HS code, nature and description of the goods)"
_COUNTRIES = "WTO Trade Facilitation Agreement, article 7.4.4 (country of origin, country of shipment)"
_VALUE = "WTO Trade Facilitation Agreement, article 7.4.4 (value); Committee on Customs Valuation, Decision 6.1"
_CROSSES = "Kim et al., DATE, KDD 2020 (trader by commodity crosses carry the signal)"


class Feature(msgspec.Struct, frozen=True):
    """One number about one case.

    Attributes:
        name: Stable name, also in model files.
        unit: Unit, or `share` (0–1), `flag` (0 or 1), `count`, `ln` (natural logarithm of a ratio).
        direction: `up` if a higher value can only raise the risk (the model is held to it); `free` otherwise.
        description: What it is.
        reason: What an officer reads when it raised the score; `{value}` is the value in words.
        source: Why it is looked at.
    """

    name: str
    unit: Literal["share", "flag", "count", "days", "ln", "spreads"]
    direction: Literal["up", "free"]
    description: str
    reason: str
    source: str


FEATURES: tuple[Feature, ...] = (
    Feature("importer_rate", "share", "up", "found rate of the importer",
            "examinations of this importer found irregularities at a rate of {value}", _TRADERS),
    Feature("declarant_rate", "share", "up", "found rate of the declarant",
            "examinations of this declarant's entries found irregularities at a rate of {value}", _TRADERS),
    Feature("seller_rate", "share", "up", "found rate of the seller",
            "goods of this seller were found irregular at a rate of {value}", _TRADERS),
    Feature("origin_rate", "share", "up", "found rate of the origin, worst item",
            "goods of this origin were found irregular at a rate of {value}", _COUNTRIES),
    Feature("hs2_rate", "share", "up", "found rate of the HS chapter, worst item",
            "goods of this HS chapter were found irregular at a rate of {value}", _GOODS),
    Feature("hs4_rate", "share", "up", "found rate of the HS heading, worst item",
            "goods of this HS heading were found irregular at a rate of {value}", _GOODS),
    Feature("hs6_rate", "share", "up", "found rate of the HS subheading, worst item",
            "goods of this HS subheading were found irregular at a rate of {value}", _GOODS),
    Feature("hs_origin_rate", "share", "up", "found rate of HS subheading and origin, worst item",
            "goods of this HS subheading from this origin were found irregular at a rate of {value}", _CROSSES),
    Feature("importer_hs_rate", "share", "up", "found rate of importer and HS heading, worst item",
            "this importer's goods of this HS heading were found irregular at a rate of {value}", _CROSSES),
    Feature("importer_examined", "count", "free", "faded number of the importer's examinations",
            "the importer was examined {value} times; in the past this went with more findings", _TRADERS),
    Feature("importer_found", "count", "up", "faded number of the importer's examinations that found something",
            "past examinations of this importer found irregularities {value} times", _TRADERS),
    Feature("importer_days", "days", "free", "days since the importer was first seen",
            "the importer was first seen {value} days ago", _TRADERS),
    Feature("importer_declarations", "count", "free", "faded number of the importer's declarations",
            "the importer has lodged {value} declarations of late; in the past this went with more findings", _TRADERS),
    Feature("importer_heading_new", "share", "free", "how new the heading is to the importer, worst item",
            "goods of this HS heading are not what this importer usually brings in", _CROSSES),
    Feature("seller_days", "days", "free", "days since the seller was first seen",
            "the seller was first seen {value} days ago", _TRADERS),
    Feature("value_gap", "ln", "free", "how far value per kg stands under the peers' median, lowest item",
            "value per kg differs from the peers' median by a factor of {value}", _VALUE),
    Feature("value_position", "spreads", "free", "the same gap, in spreads of the peers",
            "value per kg stands {value} spreads under the peers' median", _VALUE),
    Feature("value", "ln", "free", "ln(value of all items in national currency)",
            "the value of the goods is unusual for what was found before", _VALUE),
    Feature("duty_share", "share", "free", "duties and taxes by value",
            "duties and taxes are {value} of the value", _GOODS),
    Feature("freight_share", "share", "free", "freight by value",
            "freight is {value} of the value", _VALUE),
    Feature("net_share", "share", "free", "net mass by gross mass",
            "net mass is {value} of gross mass", _GOODS),
    Feature("package_mass_gap", "ln", "free", "how far kg per package stands from the usual, furthest item",
            "mass per package differs from what is usual for these goods by a factor of {value}", _GOODS),
    Feature("words_astray", "share", "up", "how little the description belongs to the HS heading, worst item",
            "the description is seldom used for goods of this HS heading", _GOODS),
    Feature("route_rarity", "share", "up", "how unusual the country of dispatch is for the origin, worst item",
            "goods of this origin seldom come by this country", _COUNTRIES),
    Feature("preference", "flag", "free", "whether a tariff preference is claimed for any item",
            "a tariff preference is claimed", _COUNTRIES),
    Feature("items", "count", "free", "goods items", "the declaration has {value} items", _GOODS),
    Feature("papers_differ", "count", "up", "ways in which the papers disagree",
            "the papers disagree in {value} ways", _GOODS),
)  # fmt: skip

NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
_PLACE = {name: place for place, name in enumerate(NAMES)}


class Measurements(msgspec.Struct, frozen=True):
    """The features of one case.

    Attributes:
        values: In the order of `FEATURES`; None where the papers or the history do not tell.
        items: Name of a feature → number of the goods item that gave it, for features of the worst item.
    """

    values: tuple[float | None, ...]
    items: dict[str, int]

    def __getitem__(self, name: str) -> float | None:
        """The value of a feature by name; None where unknown."""
        return self.values[_PLACE[name]]

    def item(self, name: str) -> str:
        """Number of the goods item a feature of the worst item came from, as text; "–" if it came from none."""
        return str(self.items.get(name, "–"))


def compute(case: Case, history: History, now: float) -> tuple[float | None, ...]:
    """The features of one case, as known at `now`.

    Args:
        case: What is to be assessed.
        history: What was known; already advanced to `now`.
        now: Day number of the assessment.

    Returns:
        Values in the order of `FEATURES`, `(n_features,)`; None where unknown, never 0 for unknown.
    """
    return measure(case, history, now).values


def measure(case: Case, history: History, now: float) -> Measurements:
    """The features of one case together with the items they come from; arguments as for `compute`."""
    facts = case.facts
    values = _of_traders(facts, history, now)
    values |= _of_whole(case)
    items: dict[str, int] = {}
    for position, item in enumerate(facts.items, start=1):
        for name, value in _of_item(facts, item, history, now).items():
            before = values.get(name)
            if before is None or value > before:
                values[name] = value
                items[name] = item.number or position
    return Measurements(tuple(map(values.get, NAMES)), items)


def _of_traders(facts: Facts, history: History, now: float) -> dict[str, float | None]:
    values: dict[str, float | None] = {
        f"{kind}_rate": history.rate(now, key) for kind, key in party_keys(facts).items()
    }
    if facts.importer:
        key = f"importer:{facts.importer}"
        values["importer_examined"] = history.examined(now, key)
        values["importer_found"] = history.found(now, key)
        values["importer_days"] = history.age(now, key)
        values["importer_declarations"] = history.count(now, key)
    if facts.seller:
        values["seller_days"] = history.age(now, f"seller:{facts.seller}")
    return values


def _of_whole(case: Case) -> dict[str, float | None]:
    facts = case.facts
    value, duty = facts.value, facts.duty
    values: dict[str, float | None] = {"items": float(len(facts.items)) if facts.items else None}
    if value is not None and value > 0:
        worth = float(value)
        values["value"] = math.log(worth)
        values["duty_share"] = None if duty is None else float(duty) / worth
        values["freight_share"] = None if facts.freight is None else float(facts.freight) / worth
    if case.differences is not None:
        values["papers_differ"] = float(len(case.differences))
    return values


def _of_item(facts: Facts, item: ItemFacts, history: History, now: float) -> dict[str, float]:
    keys = item_keys(facts, item)
    values = {"preference": float(bool(item.preference))}
    if "origin" in keys:
        values["origin_rate"] = history.rate(now, keys["origin"])
    if "hs2" in keys:
        _rates_of_goods(values, keys, history, now)
    if "importer_hs" in keys:
        values["importer_hs_rate"] = history.rate(now, f"importer:{facts.importer}", keys["importer_hs"])
        values["importer_heading_new"] = 1.0 / (1.0 + history.count(now, keys["importer_hs"]))
    if item.origin and facts.export_country:
        _keep(values, "route_rarity", history.route_rarity(item.origin, facts.export_country))
    if item.gross_mass_kg and item.net_mass_kg:
        values["net_share"] = item.net_mass_kg / item.gross_mass_kg
    _keep(values, "words_astray", history.words_astray(item))
    _against_peers(values, item, history)
    return values


def _rates_of_goods(values: dict[str, float], keys: dict[str, str], history: History, now: float) -> None:
    chapter, heading, subheading = keys["hs2"], keys["hs4"], keys["hs6"]
    values["hs2_rate"] = history.rate(now, chapter)
    values["hs4_rate"] = history.rate(now, chapter, heading)
    values["hs6_rate"] = history.rate(now, chapter, heading, subheading)
    if "hs_origin" in keys:
        values["hs_origin_rate"] = history.rate(now, chapter, heading, subheading, keys["hs_origin"])


def _against_peers(values: dict[str, float], item: ItemFacts, history: History) -> None:
    unit_value, usual = item.unit_value, history.usual_unit_value(item)
    if unit_value is not None and usual is not None:
        values["value_gap"] = usual[0] - math.log(unit_value)
        values["value_position"] = values["value_gap"] / max(usual[1], 0.05)
    package_mass, usual = item.package_mass_kg, history.usual_package_mass(item)
    if package_mass is not None and usual is not None:
        values["package_mass_gap"] = abs(math.log(package_mass) - usual[0])


def _keep(values: dict[str, float], name: str, value: float | None) -> None:
    if value is not None:
        values[name] = value
