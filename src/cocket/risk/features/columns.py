# SPDX-License-Identifier: Apache-2.0
"""The features of a row of a table, each defined once: what they are taken from, and what an officer reads of them.

`batch.py` and `online.py` know how to keep a rate, a count, a habit, a reference, a window; which of them there are, over
which groups, and what is computed from a row's own figures, stands here alone.

Point in time: a row sees the rows before it, and of results those that had returned when it was registered.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, Protocol

import msgspec

from cocket.risk.features.editions import Crossings
from cocket.risk.features.feature import Feature

TRADERS = "WTO Trade Facilitation Agreement, article 7.4.4 (compliance record of traders)"
_GOODS = "WTO Trade Facilitation Agreement, article 7.4.4 (HS code, nature and description of the goods)"
_COUNTRIES = "WTO Trade Facilitation Agreement, article 7.4.4 (country of origin, country of shipment)"
_VALUE = "WTO Trade Facilitation Agreement, article 7.4.4 (value); Committee on Customs Valuation, Decision 6.1"
_CROSSES = "Kim et al., DATE, KDD 2020 (trader by commodity crosses carry the signal)"
_RINGS = "Kim et al., GraphFC, arXiv 2305.11377 (traders linked by what they share)"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One goods item with its declaration, as a row. None is what is not stated.

    Attributes:
        id: Stable id.
        day: Days since 1 January 1970 UTC, with the time of day as fraction.
        declaration: Declaration it is an item of; its items know nothing of each other. None for one that stands alone.
        share: Part of its declaration that it counts for (0–1), so that many items make one declaration.
        office: Customs office.
        importer: Importer's number; `importer_name`, `importer_address`, `importer_phone` as written.
        is_authorised: Whether the importer is an authorised operator.
        declarant: Declarant's number.
        seller: Seller's number or name.
        carrier: Carrier.
        origin: Country of origin; `export_country` of dispatch.
        hs: Goods code; `hs_edition` the edition of the HS it is of.
        description: Goods in words.
        preference: Preference claimed.
        value: Customs value; `freight`, `duty_and_tax` likewise in national currency.
        net_kg: Net mass; `gross_kg` gross mass.
        packages: Packages (count).
        transport_document: Bill of lading; `bill_gross_kg` and `bill_packages` what it tells of these goods.
    """

    id: str
    day: float
    declaration: str | None = None
    share: float = 1.0
    office: str | None = None
    importer: str | None = None
    importer_name: str | None = None
    importer_address: str | None = None
    importer_phone: str | None = None
    is_authorised: bool | None = None
    declarant: str | None = None
    seller: str | None = None
    carrier: str | None = None
    origin: str | None = None
    export_country: str | None = None
    hs: str | None = None
    hs_edition: str | None = None
    description: str | None = None
    preference: str | None = None
    value: float | None = None
    freight: float | None = None
    duty_and_tax: float | None = None
    net_kg: float | None = None
    gross_kg: float | None = None
    packages: int | None = None
    transport_document: str | None = None
    bill_gross_kg: float | None = None
    bill_packages: float | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What an administration sets of the features.

    Attributes:
        threshold: Value under which clearance is simplified, national currency; None if there is none.
        half_life_days: Days in which old evidence loses half its weight.
        prior_rate: Share of examinations taken to find something before any was seen; worth `prior_weight` of them.
        back_off_weight: Examinations that the wider group's rate is worth when a narrower one is asked for.
        habit_weight: Rows of a trader that it takes for a habit to count half.
        least_spread: Least spread of a reference, ln; no market is more exact than that.
        lesson_days: Days after which the words learnt so far are taken into use.
        word_needed: Times a word must have been seen to be known.
        ring_most: Importers at which a ring is no longer counted on.
        crossings: Codes of older editions → where they stand now.
    """

    threshold: float | None = None
    half_life_days: float = 180.0
    prior_rate: float = 0.05
    prior_weight: float = 20.0
    back_off_weight: float = 6.0
    habit_weight: float = 3.0
    least_spread: float = 0.05
    lesson_days: float = 28.0
    word_needed: int = 5
    ring_most: int = 50
    crossings: Crossings = {}


#: Groups: name → the parts it is made of (an `Entry`'s field, or one of `hs2`, `hs4`, `hs6`, `consignee`, `address`,
#: `phone`, which are brought to one spelling first). A row that lacks a part belongs to no such group.
GROUPS: dict[str, tuple[str, ...]] = {
    "importer": ("importer",),
    "consignee": ("consignee",),
    "address": ("address",),
    "phone": ("phone",),
    "declarant": ("declarant",),
    "seller": ("seller",),
    "office": ("office",),
    "carrier": ("carrier",),
    "origin": ("origin",),
    "route": ("origin", "export_country"),
    "hs2": ("hs2",),
    "hs4": ("hs4",),
    "hs6": ("hs6",),
    "hs_origin": ("hs6", "origin"),
    "importer_hs4": ("importer", "hs4"),
    "importer_hs6": ("importer", "hs6"),
    "address_hs4": ("address", "hs4"),
    "declarant_office": ("declarant", "office"),
    "phone_seller": ("phone", "seller"),
    "phone_declarant": ("phone", "declarant"),
    "bill": ("transport_document",),
}

#: Faded, smoothed shares of examinations that found something: feature → groups from the widest to the narrowest; a
#: group of which little is known takes after the one before it.
RATES: dict[str, tuple[str, ...]] = {
    "importer_rate": ("importer",),
    "phone_rate": ("phone",),
    "address_rate": ("address",),
    "declarant_rate": ("declarant",),
    "seller_rate": ("seller",),
    "office_rate": ("office",),
    "carrier_rate": ("carrier",),
    "origin_rate": ("origin",),
    "route_rate": ("origin", "route"),
    "hs2_rate": ("hs2",),
    "hs4_rate": ("hs2", "hs4"),
    "hs6_rate": ("hs2", "hs4", "hs6"),
    "hs_origin_rate": ("hs2", "hs4", "hs6", "hs_origin"),
    "importer_hs_rate": ("importer", "importer_hs4", "importer_hs6"),
    "declarant_office_rate": ("declarant", "declarant_office"),
}

#: Faded numbers of examinations (`examined`) and of what they found (`found`): feature → group.
TALLIES: dict[str, tuple[str, Literal["examined", "found"]]] = {
    "importer_examined": ("importer", "examined"),
    "importer_found": ("importer", "found"),
    "phone_examined": ("phone", "examined"),
    "phone_found": ("phone", "found"),
}

#: What an examination may correct of an item: ln of value found over declared, the same of the quantity, and whether code or
#: origin was another (0 or 1).
Correction = Literal["value", "quantity", "code", "origin"]

#: Faded, smoothed means of what examinations corrected, 0 for what was as declared: feature → (groups from the widest to the
#: narrowest, what); they lean on nothing corrected. Results that tell a find but not what was otherwise are left out.
CORRECTIONS: dict[str, tuple[tuple[str, ...], Correction]] = {
    "importer_value_correction": (("importer",), "value"),
    "seller_value_correction": (("seller",), "value"),
    "importer_quantity_correction": (("importer",), "quantity"),
    "importer_code_corrections": (("importer",), "code"),
    "hs_code_corrections": (("hs2", "hs4", "hs6"), "code"),
    "route_origin_corrections": (("origin", "route"), "origin"),
    "seller_origin_corrections": (("seller",), "origin"),
}

#: Figures as examinations proved them, after correction, under the code and origin that were found: figure → groups whose faded
#: means lean on one another, the first on the level of what is declared.
PROVED: dict[str, tuple[str, ...]] = {"unit_price": ("hs6", "hs_origin"), "package_mass": ("hs6",)}

#: Furthest that a correction counts (ln): a factor of twenty.
MOST_CORRECTED = 3.0

#: Faded numbers of rows before, each by its share: feature → group.
COUNTS: dict[str, str] = {
    "importer_count": "importer",
    "phone_count": "phone",
    "address_count": "address",
    "seller_count": "seller",
    "phone_seller_count": "phone_seller",
    "phone_declarant_count": "phone_declarant",
    "importer_hs4_count": "importer_hs4",
    "origin_count": "origin",
    "route_count": "route",
}

#: Days since the first row: feature → group.
AGES: dict[str, str] = {
    "importer_days": "importer",
    "address_days": "address",
    "phone_days": "phone",
    "seller_days": "seller",
}

#: Days since the row before: feature → group.
GAPS: dict[str, str] = {"phone_gap": "phone"}

#: Rows (by their shares), their value, or the value of those not above the threshold, within some days before: feature →
#: (group, days, `rows`, `value` or `small`).
WINDOWS: dict[str, tuple[str, float, Literal["rows", "value", "small"]]] = {
    "consignee_rows_3_days": ("consignee", 3.0, "rows"),
    "address_rows_3_days": ("address", 3.0, "rows"),
    "phone_rows_3_days": ("phone", 3.0, "rows"),
    "phone_value_7_days": ("phone", 7.0, "value"),
    "bill_rows_30_days": ("bill", 30.0, "rows"),
    "consignee_small_3_days": ("consignee", 3.0, "small"),
    "address_small_3_days": ("address", 3.0, "small"),
    "address_goods_small_3_days": ("address_hs4", 3.0, "small"),
}

#: Median and spread (1.4826 times the median distance from it) of a figure among the rows before, by blocks: figure →
#: groups from the narrowest to the widest; the first that knows one speaks.
REFERENCES: dict[str, tuple[str, ...]] = {
    "unit_price": ("hs_origin", "hs6", "hs4"),
    "package_mass": ("hs6", "hs4"),
    "tare": ("hs4",),
    "tax_share": ("hs6", "hs4"),
}

#: Faded means of a figure held within reach of its reference, each leaning on the one before and the first on the
#: reference: figure → (group, rows that the one before is worth). Finer than a median, and it follows the market.
LEVELS: dict[str, tuple[tuple[str, float], ...]] = {"unit_price": (("hs6", 8.0), ("hs_origin", 8.0))}

#: What a market as a whole lately moved from its levels, added to them: figure → (group, days, rows that no move is worth).
TRENDS: dict[str, tuple[str, float, float]] = {"unit_price": ("hs2", 30.0, 10.0)}

#: Furthest from the reference, and from the level, that a row is taken to stand (ln): one liar moves no market.
REACH = 0.6

#: Faded means of what is odd in the rows before, label or not: feature → (group, figure).
HABITS: dict[str, tuple[str, str]] = {
    "importer_price_habit": ("importer_hs4", "price_gap"),
    "importer_package_habit": ("importer_hs4", "package_gap"),
    "importer_tare_habit": ("importer_hs4", "tare_gap"),
    "phone_price_habit": ("phone", "price_position"),
    "phone_package_habit": ("phone", "package_position"),
    "phone_text_habit": ("phone", "text_least_fit"),
    "phone_route_habit": ("phone", "route_rarity"),
    "phone_bill_habit": ("phone", "bill_differs"),
    "seller_price_habit": ("seller", "price_position"),
    "origin_preference_habit": ("origin", "preference"),
    "hs6_preference_habit": ("hs6", "preference"),
}

#: Distinct importers seen before at the same: feature → group.
SHARED: dict[str, str] = {"phone_importers": "phone", "address_importers": "address"}


#: Where `Ops.rounded` rounds: 1 over nine decimals.
DECIMALS = 1e9


class Ops(Protocol):
    """Arithmetic on floats or on arrays; unknown is NaN, and whatever is taken of it is unknown too."""

    def ratio(self, one: Any, other: Any) -> Any:
        """One by the other; unknown unless both are known and the other is above zero."""

    def ln(self, value: Any) -> Any:
        """Natural logarithm; unknown unless above zero."""

    def exp(self, value: Any) -> Any:
        """E to the power of a value."""

    def largest(self, one: Any, other: Any) -> Any:
        """The larger of two; unknown if either is."""

    def smallest(self, one: Any, other: Any) -> Any:
        """The smaller of two; unknown if either is."""

    def hidden(self, value: Any, figure: Any, least: float) -> Any:
        """The value; unknown where a figure is known to lie below the least."""

    def rounded(self, value: Any) -> Any:
        """The value to nine decimals, so that what is equal but for the order of sums falls on one side of an edge."""

    def flag(self, value: Any, least: float) -> Any:
        """1 if a value is above the least, else 0; unknown if it is."""

    def between(self, value: Any, low: float, high: float) -> Any:
        """1 if a value lies above low and not above high, else 0; unknown if it is."""


#: Figures of one row by name, NaN where unknown; floats online, arrays in batch.
Figures = dict[str, Any]
Step = tuple[str, Callable[[Figures, Ops, Terms], Any]]

#: Figures from what a row states, in order.
OWN: tuple[Step, ...] = (
    ("unit_price", lambda f, ops, _: ops.ln(ops.ratio(f["value"], f["net_kg"]))),
    ("package_mass", lambda f, ops, _: ops.ln(ops.ratio(f["gross_kg"], f["packages"]))),
    ("tare", lambda f, ops, _: ops.ln(ops.ratio(f["gross_kg"], f["net_kg"]))),
    ("ln_value", lambda f, ops, _: ops.ln(f["value"])),
    ("freight_share", lambda f, ops, _: ops.ratio(f["freight"], f["value"])),
    ("freight_by_kg", lambda f, ops, _: ops.ratio(f["freight"], f["gross_kg"])),
    ("tax_share", lambda f, ops, _: ops.ratio(f["duty_and_tax"], f["value"])),
    ("duty_at_stake", lambda f, ops, _: ops.ln(1.0 + f["duty_and_tax"])),
    ("bill_gross_gap", lambda f, ops, _: ops.ln(ops.ratio(f["bill_gross_kg"], f["gross_kg"]))),
    ("bill_packages_gap", lambda f, ops, _: ops.ln(ops.ratio(f["bill_packages"], f["packages"]))),
    (
        "bill_differs",
        lambda f, ops, _: ops.flag(
            ops.largest(f["bill_gross_gap"] * f["bill_gross_gap"], f["bill_packages_gap"] * f["bill_packages_gap"]),
            0.0001,
        ),
    ),
    ("under_threshold", lambda f, ops, terms: ops.ratio(f["value"], f["value"] * 0.0 + (terms.threshold or 0.0))),
    ("just_under_threshold", lambda f, ops, _: ops.between(f["under_threshold"], 0.8, 1.0)),
)

#: Figures from the row against its references and its words, in order. `NAME_usual` and `NAME_spread` are the reference's,
#: `NAME_level` the level with its trend.
AGAINST: tuple[Step, ...] = (
    ("price_gap", lambda f, ops, _: f["unit_price"] - f["unit_price_level"]),
    ("price_position", lambda f, ops, terms: f["price_gap"] / ops.largest(f["unit_price_spread"], terms.least_spread)),
    ("package_gap", lambda f, ops, _: f["package_mass"] - f["package_mass_usual"]),
    ("package_position",
     lambda f, ops, terms: f["package_gap"] / ops.largest(f["package_mass_spread"], terms.least_spread)),
    ("tare_gap", lambda f, ops, _: f["tare"] - f["tare_usual"]),
    ("shortfall_at_reference",
     lambda f, ops, _: ops.ln(1.0 + f["duty_and_tax"] * (ops.exp(ops.largest(-f["price_gap"], 0.0)) - 1.0))),
    ("text_oddity",
     lambda f, ops, _: ops.flag(f["text_fit"], 1.0) + (1.0 - ops.flag(f["text_fit"], 1.0)) * f["text_least_fit"]),
    ("route_rarity", lambda f, ops, _: 1.0 - ops.ratio(f["route_count"] + 0.5, f["origin_count"] + 10.0)),
    ("importer_heading_new", lambda f, ops, _: ops.ratio(1.0, 1.0 + f["importer_hs4_count"])),
    ("seller_new", lambda f, ops, _: ops.ratio(1.0, 1.0 + f["phone_seller_count"])),
    ("declarant_new", lambda f, ops, _: ops.ratio(1.0, 1.0 + f["phone_declarant_count"])),
    ("number_new",
     lambda f, ops, _: ops.flag(f["phone_count"], 0.0) * ops.flag(ops.ratio(1.0, 1.0 + f["importer_count"]), 0.999)),
    ("meant_tax_gain", lambda f, ops, _: f["tax_share_meant"] - f["tax_share"]),
    ("meant_goods_fit",
     lambda f, ops, _: _size(f["price_gap"], ops) - _size(f["unit_price"] - f["unit_price_meant"], ops)
     + _size(f["package_gap"], ops) - _size(f["package_mass"] - f["package_mass_meant"], ops)),
)  # fmt: skip

#: Figures whose reference is also looked up under the heading that the words of a row mean: as `NAME_meant`.
MEANT: tuple[str, ...] = ("unit_price", "package_mass", "tax_share")


def _size(value: Any, ops: Ops) -> Any:
    return ops.largest(value, -value)


def _parted(window: str) -> Callable[[Figures, Ops, Terms], Any]:
    """Value and that of a window by the threshold; unknown of a row above the threshold."""

    def figure(f: Figures, ops: Ops, terms: Terms) -> Any:
        under = f["under_threshold"]
        return ops.hidden(under + ops.ratio(f[window], f[window] * 0.0 + (terms.threshold or 0.0)), -under, -1.0)

    return figure


def _burst(f: Figures, ops: Ops, terms: Terms) -> Any:
    """Rows of three days by those that three days usually bring; what is known fades, so its time is shortened alike."""
    fading = math.log(2.0) / terms.half_life_days
    length = (1.0 - ops.exp(-fading * f["address_days"])) / fading
    return ops.ratio(f["address_rows_3_days"], 1.0 + 3.0 * ops.ratio(f["address_count"], length + 3.0))


#: Figures from all others, in order: what the importer's own norm, and sums of several rows, say.
LAST: tuple[Step, ...] = (
    ("own_price_gap", lambda f, ops, _: f["price_gap"] - f["importer_price_habit"]),
    ("own_package_gap", lambda f, ops, _: f["package_gap"] - f["importer_package_habit"]),
    ("own_tare_gap", lambda f, ops, _: f["tare_gap"] - f["importer_tare_habit"]),
    ("own_package_value_gap", lambda f, ops, _: f["own_price_gap"] + f["own_package_gap"] - f["own_tare_gap"]),
    ("parted_by_consignee", _parted("consignee_small_3_days")),
    ("parted_by_address", _parted("address_small_3_days")),
    ("parted_by_goods", _parted("address_goods_small_3_days")),
    ("address_burst", _burst),
)


def _from_proved(figure: str, usual: str) -> Callable[[Figures, Ops, Terms], Any]:
    """How far a figure is from what examinations proved of such goods, within reach of what is declared for them."""

    def gap(f: Figures, ops: Ops, terms: Terms) -> Any:
        level, weight = f[usual], terms.back_off_weight
        for name in PROVED[figure]:
            level = (f[f"{figure}/{name}/proved"] + weight * level) / (f[f"{figure}/{name}/proofs"] + weight)
        return f[figure] - f[usual] - ops.largest(ops.smallest(level - f[usual], REACH), -REACH)

    return gap


#: Figures that change with each result: against what examinations proved.
TAUGHT: tuple[Step, ...] = (
    ("price_proved_gap", _from_proved("unit_price", "unit_price_level")),
    ("package_proved_gap", _from_proved("package_mass", "package_mass_usual")),
)


def _rate(name: str, of: str, source: str) -> Feature:
    return Feature(name, "share", "up", f"found rate of {of}", f"examinations of {of} found irregularities at a rate of {{value}}",
                   source)  # fmt: skip


def _count(name: str, of: str, source: str) -> Feature:
    return Feature(name, "count", "free", of, f"{of}: {{value}}", source)


#: What a model sees of a row, in this order.
COLUMNS: tuple[Feature, ...] = (
    _rate("importer_rate", "this importer", TRADERS),
    _rate("phone_rate", "importers with this telephone", _RINGS),
    _rate("address_rate", "importers at this address", _RINGS),
    _rate("declarant_rate", "this declarant", TRADERS),
    _rate("seller_rate", "this seller", TRADERS),
    _rate("office_rate", "this office", _GOODS),
    _rate("carrier_rate", "this carrier", TRADERS),
    _rate("origin_rate", "goods of this origin", _COUNTRIES),
    _rate("route_rate", "goods of this origin by this country", _COUNTRIES),
    _rate("hs2_rate", "goods of this HS chapter", _GOODS),
    _rate("hs4_rate", "goods of this HS heading", _GOODS),
    _rate("hs6_rate", "goods of this HS subheading", _GOODS),
    _rate("hs_origin_rate", "goods of this HS subheading and origin", _CROSSES),
    _rate("importer_hs_rate", "this importer's goods of this HS subheading", _CROSSES),
    _rate("declarant_office_rate", "this declarant at this office", TRADERS),
    _count("importer_examined", "faded number of the importer's examinations", TRADERS),
    _count("phone_examined", "faded number of examinations of importers with this telephone", _RINGS),
    Feature("phone_found", "count", "up", "faded number of findings with importers of this telephone",
            "examinations of importers with this telephone found irregularities {value} times", _RINGS),
    Feature("importer_value_correction", "ln", "free", "mean correction of the importer's values by examinations",
            "examinations of this importer corrected values by a factor of {value} on average", TRADERS),
    Feature("seller_value_correction", "ln", "free", "mean correction of values of this seller's goods by examinations",
            "examinations of this seller's goods corrected values by a factor of {value} on average", _VALUE),
    Feature("importer_quantity_correction", "ln", "free", "mean correction of the importer's quantities by examinations",
            "examinations of this importer corrected quantities by a factor of {value} on average", TRADERS),
    Feature("importer_code_corrections", "share", "up", "how often examinations of the importer corrected the code",
            "examinations of this importer corrected the code at a rate of {value}", TRADERS),
    Feature("hs_code_corrections", "share", "up", "how often examinations of goods of this HS subheading corrected the code",
            "examinations of goods of this HS subheading corrected the code at a rate of {value}", _GOODS),
    _count("meant_code_corrections",
           "faded number of goods of this HS heading that examinations put under the one that the words mean", _GOODS),
    Feature("route_origin_corrections", "share", "up",
            "how often examinations of goods of this origin by this country corrected the origin",
            "examinations of goods of this origin by this country corrected the origin at a rate of {value}", _COUNTRIES),
    Feature("seller_origin_corrections", "share", "up", "how often examinations of this seller's goods corrected the origin",
            "examinations of this seller's goods corrected the origin at a rate of {value}", _COUNTRIES),
    _count("importer_count", "faded number of the importer's declarations", TRADERS),
    _count("phone_count", "faded number of declarations with this telephone", _RINGS),
    _count("seller_count", "faded number of the seller's consignments", TRADERS),
    Feature("seller_new", "share", "free", "how new the seller is for this telephone",
            "this seller is not one that importers with this telephone usually buy from", TRADERS),
    Feature("declarant_new", "share", "free", "how new the declarant is for this telephone",
            "this declarant is not one that importers with this telephone usually employ", TRADERS),
    Feature("number_new", "flag", "up", "whether a known telephone comes with an importer's number never seen before",
            "a known telephone comes with an importer's number never seen before", _RINGS),
    Feature("importer_days", "days", "free", "days since the importer was first seen",
            "the importer was first seen {value} days ago", TRADERS),
    Feature("phone_days", "days", "free", "days since the telephone was first seen",
            "the importer's telephone was first seen {value} days ago", _RINGS),
    Feature("seller_days", "days", "free", "days since the seller was first seen",
            "the seller was first seen {value} days ago", TRADERS),
    Feature("phone_gap", "days", "free", "days since the last declaration with this telephone",
            "the last declaration with this telephone came {value} days before", _RINGS),
    Feature("importer_heading_new", "share", "free", "how new the heading is to the importer",
            "goods of this HS heading are not what this importer usually brings in", _CROSSES),
    _count("consignee_rows_3_days", "declarations for the same consignee within three days", TRADERS),
    _count("address_rows_3_days", "declarations for the same address within three days", _RINGS),
    _count("phone_rows_3_days", "declarations with the same telephone within three days", _RINGS),
    Feature("phone_value_7_days", "count", "free", "value declared with the same telephone within seven days",
            "{value} were declared with the same telephone within seven days", _RINGS),
    _count("bill_rows_30_days", "declarations of the same bill of lading before", _GOODS),
    _count("phone_importers", "importers with this telephone", _RINGS),
    _count("address_importers", "importers at this address", _RINGS),
    _count("ring_size", "importers linked to this one by telephones and addresses", _RINGS),
    Feature("price_gap", "ln", "free", "how far value per kg is from the usual",
            "value per kg differs from the usual by a factor of {value}", _VALUE, "lowest"),
    Feature("price_position", "spreads", "free", "the same, in spreads",
            "value per kg is {value} spreads from the usual", _VALUE, "lowest"),
    Feature("package_gap", "ln", "free", "how far kg per package is from the usual",
            "mass per package differs from the usual by a factor of {value}", _GOODS, "furthest"),
    Feature("package_position", "spreads", "free", "the same, in spreads",
            "mass per package is {value} spreads from the usual", _GOODS, "furthest"),
    Feature("tare_gap", "ln", "free", "how far gross by net mass is from the usual",
            "gross by net mass differs from the usual by a factor of {value}", _GOODS, "furthest"),
    Feature("shortfall_at_reference", "ln", "free", "duty and tax short of those at the usual price, ln(1 + amount)",
            "at the usual price much more duty and tax would be due", _VALUE),
    Feature("duty_at_stake", "ln", "free", "duty and tax declared, ln(1 + amount)",
            "the amount of duty and tax is unusual for what was found before", _VALUE),
    Feature("ln_value", "ln", "free", "ln(customs value)",
            "the value of the goods is unusual for what was found before", _VALUE),
    Feature("freight_share", "share", "free", "freight by value", "freight is {value} of the value", _VALUE),
    Feature("freight_by_kg", "count", "free", "freight by kg", "freight is {value} a kg", _VALUE),
    Feature("tax_share", "share", "free", "duty and tax by value", "duty and tax are {value} of the value", _GOODS),
    Feature("tax_share_usual", "share", "free", "usual duty and tax by value for this HS subheading",
            "goods of this HS subheading usually bear duty and tax of {value} of the value", _GOODS),
    Feature("under_threshold", "share", "free", "value over the threshold of simplified clearance",
            "the value is {value} of the threshold of simplified clearance", _VALUE),
    Feature("just_under_threshold", "flag", "free", "whether the value falls just under the threshold of simplified clearance",
            "the value falls just under the threshold of simplified clearance", _VALUE),
    Feature("bill_gross_gap", "ln", "free", "gross mass of the bill over the declared",
            "the gross mass on the bill of lading differs by a factor of {value}", _GOODS, "furthest"),
    Feature("bill_packages_gap", "ln", "free", "packages of the bill over the declared",
            "the number of packages on the bill of lading differs by a factor of {value}", _GOODS, "furthest"),
    Feature("bill_differs", "flag", "up", "whether bill and declaration disagree",
            "bill of lading and declaration disagree", _GOODS),
    Feature("preference", "flag", "free", "whether a tariff preference is claimed", "a tariff preference is claimed", _COUNTRIES),
    Feature("is_authorised", "flag", "free", "whether the importer is an authorised operator",
            "the importer is an authorised operator", TRADERS),
    Feature("route_rarity", "share", "up", "how seldom goods of the origin come by this country",
            "goods of this origin seldom come by this country", _COUNTRIES),
    Feature("text_fit", "ln", "free", "how much likelier the words are under this heading than elsewhere, mean",
            "the words are seldom used for goods of this HS heading", _GOODS, "lowest"),
    Feature("text_least_fit", "ln", "free", "the same of the word that fits least",
            "a word of the description is hardly ever used for goods of this HS heading", _GOODS, "lowest"),
    Feature("text_oddity", "ln", "free", "the least fit of a word, 1 where the words as a whole fit",
            "the words are hardly ever used for goods of this HS heading", _GOODS, "lowest"),
    Feature("text_unknown", "share", "free", "share of words that are not known", "{value} of the words are new", _GOODS),
    Feature("text_meant_gain", "ln", "up", "how much better the words fit the heading that they fit best",
            "the words fit another HS heading better than the declared one", _GOODS),
    Feature("meant_tax_gain", "share", "free", "usual duty and tax by value under the heading that the words mean, less the declared",
            "under the heading that the words mean, duty and tax by value usually differ by {value}", _GOODS),
    Feature("meant_goods_fit", "ln", "free", "how much better price and mass fit the heading that the words mean",
            "value per kg and mass per package fit the heading that the words mean better", _GOODS),
    Feature("price_proved_gap", "ln", "free", "how far value per kg is from what examinations proved for such goods",
            "value per kg differs from what examinations proved for such goods by a factor of {value}", _VALUE, "lowest"),
    Feature("package_proved_gap", "ln", "free", "how far kg per package is from what examinations proved for such goods",
            "mass per package differs from what examinations proved for such goods by a factor of {value}", _GOODS, "furthest"),
    Feature("own_price_gap", "ln", "free", "how far value per kg is from what this importer usually declares",
            "value per kg differs from this importer's usual by a factor of {value}", _VALUE, "lowest"),
    Feature("own_package_gap", "ln", "free", "how far kg per package is from what this importer usually declares",
            "mass per package differs from this importer's usual by a factor of {value}", _GOODS, "furthest"),
    Feature("own_tare_gap", "ln", "free", "how far gross by net mass is from what this importer usually declares",
            "gross by net mass differs from this importer's usual by a factor of {value}", _GOODS, "furthest"),
    Feature("own_package_value_gap", "ln", "free", "how far value per package is from what this importer usually declares",
            "value per package differs from this importer's usual by a factor of {value}", _VALUE, "furthest"),
    Feature("parted_by_consignee", "share", "free", "values under the threshold for the same consignee within three days, by the threshold",
            "with what came for the same consignee within three days, the value is {value} of the threshold", _VALUE),
    Feature("parted_by_address", "share", "free", "values under the threshold for the same address within three days, by the threshold",
            "with what came for the same address within three days, the value is {value} of the threshold", _VALUE),
    Feature("parted_by_goods", "share", "free",
            "values under the threshold of the same heading for the same address within three days, by the threshold",
            "with goods of the same heading for the same address within three days, the value is {value} of the threshold", _VALUE),
    Feature("address_burst", "count", "free", "declarations for the same address within three days, by what is usual there",
            "{value} times as many declarations as usual came for this address within three days", _RINGS),
    Feature("phone_price_habit", "spreads", "free", "usual price position with this telephone",
            "importers with this telephone usually declare prices {value} spreads from the usual", _RINGS, "lowest"),
    Feature("phone_package_habit", "spreads", "free", "usual package position with this telephone",
            "importers with this telephone usually declare masses per package {value} spreads from the usual", _RINGS),
    Feature("phone_text_habit", "ln", "free", "usual fit of the words with this telephone",
            "importers with this telephone usually describe goods in words that do not fit", _RINGS, "lowest"),
    Feature("phone_route_habit", "share", "free", "usual rarity of routes with this telephone",
            "importers with this telephone usually take odd routes", _RINGS),
    Feature("phone_bill_habit", "share", "free", "share of documents that disagree with this telephone",
            "with this telephone, documents disagreed in {value} of declarations", _RINGS),
    Feature("seller_price_habit", "spreads", "free", "usual price position of the seller",
            "prices of this seller's goods are usually {value} spreads from the usual price", _VALUE, "lowest"),
    Feature("origin_preference_habit", "share", "free", "how often a preference is claimed for goods of this origin",
            "a preference is claimed for {value} of goods of this origin", _COUNTRIES),
    Feature("hs6_preference_habit", "share", "free", "how often a preference is claimed for this HS subheading",
            "a preference is claimed for {value} of goods of this HS subheading", _GOODS),
)  # fmt: skip

COLUMN_NAMES: tuple[str, ...] = tuple(feature.name for feature in COLUMNS)

#: Those that are found rates.
RATE_NAMES: tuple[str, ...] = tuple(name for name in COLUMN_NAMES if name in RATES)
