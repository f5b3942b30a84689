# SPDX-License-Identifier: Apache-2.0
"""Measures in the form of the TARIC, as the British tariff publishes them for a commodity, as a tariff.

A measure is built of components in their order: an amount, then what is added or subtracted, then a minimum or a
maximum of all before it. Conditions name papers and what holds with and without them; conditions on the price make a
formula that changes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any

import msgspec

from cocket.errors import UnreadableError
from cocket.findings import Finding
from cocket.measures.tariff.book import Condition, Line, Measure, Tariff
from cocket.measures.tariff.charges import Charge
from cocket.measures.tariff.formula import (
    AdValorem,
    Band,
    Banded,
    Difference,
    Formula,
    Free,
    Larger,
    NotUnderstood,
    Smaller,
    Specific,
    Sum,
)
from cocket.measures.tariff.kinds import Kind
from cocket.measures.tariff.numbers import decode_numbers
from cocket.measures.tariff.taric_types import ALL, kind_of, uses_of
from cocket.standards.json import decode_json

_PLUS = ("04", "19", "20")
_MINUS = ("02", "36")
_AT_LEAST = ("15",)
_AT_MOST = ("17", "35")
_NOTHING = "37"
_ASKS_UNIT = "99"
_RETAIL = "RET"
_PRICE_GROUP = "V"


#: VAT is one tax at several rates, of which the goods owe one.
_CHARGES = (
    Charge(
        name="vat",
        kind="vat",
        base="value + duties + excise + costs_to_destination",
        act="Directive 2006/112/EC, articles 85 and 86; Value Added Tax Act 1994, section 21",
    ),
)


class _Component(msgspec.Struct, frozen=True):
    duty_expression_id: str = ""
    duty_amount: Decimal | None = None
    monetary_unit_code: str | None = None
    measurement_unit_code: str | None = None
    measurement_unit_qualifier_code: str | None = None
    duty_expression_abbreviation: str | None = None


class _Condition(msgspec.Struct, frozen=True):
    condition_code: str = ""
    document_code: str | None = None
    requirement: str | None = None
    action: str | None = None
    condition_duty_amount: Decimal | None = None
    condition_monetary_unit_code: str | None = None
    condition_measurement_unit_code: str | None = None
    condition_measurement_unit_qualifier_code: str | None = None
    measure_condition_components: list[_Component] = []


class _Type(msgspec.Struct, frozen=True):
    id: str = ""
    description: str | None = None
    measure_type_series_id: str | None = None


class _Area(msgspec.Struct, frozen=True):
    id: str | None = None
    geographical_area_id: str | None = None
    children_geographical_areas: list[_Area] = []

    def name(self) -> str:
        return self.geographical_area_id or self.id or ""


class _Act(msgspec.Struct, frozen=True):
    regulation_code: str | None = None


class _Code(msgspec.Struct, frozen=True):
    code: str | None = None
    number: str | None = None


class _Measure(msgspec.Struct, frozen=True):
    measure_type: _Type
    id: int | str | None = None
    effective_start_date: str | None = None
    effective_end_date: str | None = None
    vat: bool = False
    excise: bool = False
    geographical_area: _Area = _Area()
    excluded_countries: list[_Area] = []
    legal_acts: list[_Act] = []
    measure_components: list[_Component] = []
    measure_conditions: list[_Condition] = []
    order_number: _Code | None = None
    additional_code: _Code | None = None


class _Source(msgspec.Struct, frozen=True):
    source: str | None = None


class _Meta(msgspec.Struct, frozen=True):
    duty_calculator: _Source | None = None


class _Commodity(msgspec.Struct, frozen=True):
    goods_nomenclature_item_id: str
    import_measures: list[_Measure]
    description: str | None = None
    description_plain: str | None = None
    meta: _Meta | None = None


_COMMODITY = msgspec.json.Decoder(_Commodity, strict=False)
_AREAS = msgspec.json.Decoder(list[_Area] | _Area)


def is_commodity(content: Any) -> bool:
    """Whether the value of a JSON file is an answer for one commodity."""
    return isinstance(content, dict) and {"goods_nomenclature_item_id", "import_measures"} <= content.keys()


def is_areas(content: Any) -> bool:
    """Whether the value of a JSON file is one geographical area or a list of them."""
    one = content[0] if isinstance(content, list) and content else content
    return isinstance(one, dict) and "children_geographical_areas" in one and "import_measures" not in one


class _Loading:
    """A tariff on its way."""

    def __init__(self) -> None:
        self.name, self.lines = "", dict[str, Line]()
        self.measures: dict[str, tuple[Measure, ...]] = {}
        self.areas: dict[str, frozenset[str]] = {}
        self.findings: list[Finding] = []
        self._seen: dict[tuple[str, str], Measure] = {}

    def add(self, told: _Commodity) -> None:
        code = told.goods_nomenclature_item_id
        calculator = told.meta.duty_calculator if told.meta else None
        self.name = self.name or (calculator.source if calculator else None) or "uk"
        found = [one for measure in told.import_measures if (one := self._measure(code, measure)) is not None]
        kept = self.measures.get(code, ())
        self.measures[code] = _vat_for_all((*kept, *found))
        units = [part.measurement_unit_code for one in told.import_measures for part in one.measure_components]
        self.lines[code] = Line(
            code=code,
            description=told.description_plain or told.description or "",
            units=tuple(dict.fromkeys(unit for unit in units if unit and unit != _RETAIL)),
        )

    def add_area(self, area: _Area) -> None:
        inside = frozenset(child.name() for child in area.children_geographical_areas)
        if inside and area.name() != ALL:
            self.areas.setdefault(area.name(), inside)

    def _measure(self, code: str, told: _Measure) -> Measure | None:
        kind = kind_of(told.measure_type.id, told.measure_type.measure_type_series_id, told.vat, told.excise)
        self.add_area(told.geographical_area)
        if kind is None:
            self._say("measure-type-unknown", "measures of type {found} are not known; left out", told.measure_type.id)
            return None
        try:
            measure = _read(code, kind, told)
        except (ValueError, InvalidOperation):
            self._say("measure-unreadable", "measure {found} cannot be read; left out", str(told.id))
            return None
        name = (code, str(told.id))
        if told.id is not None and name in self._seen:
            if self._seen[name] != measure:
                self._say("measure-twice", "measure {found} has two values; the first is used", str(told.id))
            return None
        self._seen[name] = measure
        return measure

    def _say(self, code: str, message: str, found: str) -> None:
        self.findings.append(Finding(code=code, severity="warning", message=message, found=found[:200]))


def _read(code: str, kind: Kind, told: _Measure) -> Measure:
    area = told.geographical_area.name()
    acts = dict.fromkeys(act.regulation_code for act in told.legal_acts if act.regulation_code)
    banded = _by_price(told.measure_conditions)
    formula = formula_of(told.measure_components) if told.measure_components else None
    return Measure(
        code=code,
        kind=kind,
        type_code=told.measure_type.id,
        formula=None if kind in ("supplementary-unit", "control", "prohibition") else formula or banded,
        area=None if area in ("", ALL) else area,
        excluded=tuple(one.name() for one in told.excluded_countries),
        valid_from=_day(told.effective_start_date),
        valid_to=_day(told.effective_end_date),
        act=", ".join(acts),
        order_number=told.order_number.number if told.order_number else None,
        additional_code=told.additional_code.code if told.additional_code else None,
        uses=uses_of(told.measure_type.id) if kind in ("duty", "suspension", "preference", "quota") else None,
        conditions=tuple(_conditions(told.measure_conditions)),
        text=told.measure_type.description or "",
    )


def formula_of(components: Iterable[Any]) -> Formula:
    """What the components of a measure say together.

    Args:
        components: In their order (1..n), each with `duty_expression_id`, `duty_amount`, `monetary_unit_code`,
            `measurement_unit_code`, `measurement_unit_qualifier_code`.

    Returns:
        The formula; a minimum or maximum is of all before it, and the last one of the whole.

    Source: TARIC, duty expressions 01, 02, 04, 15, 17, 19, 20, 35, 36, 37, 99.
    """
    whole: Formula | None = None
    limit: list[Any] = []
    side = ""
    for part in components:
        name = part.duty_expression_id
        if name == _ASKS_UNIT:
            continue
        if name in (*_AT_LEAST, *_AT_MOST):
            whole, limit, side = _limited(whole, limit, side), [part], name
        elif side:
            limit.append(part)
        else:
            whole = _added(whole, part)
    return _limited(whole, limit, side) or Free()


def _limited(whole: Formula | None, limit: list[Any], side: str) -> Formula | None:
    if not side:
        return whole
    bound: Formula | None = None
    for part in limit:
        bound = _added(bound, part, is_first=part is limit[0])
    if whole is None or bound is None:
        return whole or bound
    return Larger((whole, bound)) if side in _AT_LEAST else Smaller((whole, bound))


def _added(whole: Formula | None, part: Any, *, is_first: bool = False) -> Formula:
    name = part.duty_expression_id
    if name == _NOTHING:
        return whole or Free()
    is_known = is_first or name in ("01", *_PLUS, *_MINUS)
    beyond = NotUnderstood(part.duty_expression_abbreviation or name, "agricultural-component")
    value: Formula = _amount(part) if is_known else beyond
    if whole is None:
        return value
    if name in _MINUS:
        return Difference(whole, value)
    return Sum((*whole.parts, value) if isinstance(whole, Sum) else (whole, value))


def _amount(part: Any) -> Formula:
    number = part.duty_amount
    if number is None or not number.is_finite():
        return NotUnderstood(f"{part.duty_expression_id} {number}", "no-amount")
    if part.monetary_unit_code is None:
        if part.measurement_unit_code not in (None, "", _RETAIL):
            text = f"{number} % per {part.measurement_unit_code}"
            return NotUnderstood(text, "percent-per-unit")
        return AdValorem(number, "retail-price" if part.measurement_unit_code == _RETAIL else "customs-value")
    unit = (part.measurement_unit_code or "") + (part.measurement_unit_qualifier_code or "")
    if not unit:
        return NotUnderstood(f"{number} {part.monetary_unit_code}", "amount-without-unit")
    return Specific(number, part.monetary_unit_code, unit)


def _by_price(conditions: list[_Condition]) -> Formula | None:
    """The formula of conditions on the price: each holds from its price on, the lowest from nothing on."""
    steps = [one for one in conditions if one.condition_code == _PRICE_GROUP and one.measure_condition_components]
    if not steps:
        return None
    priced = ((one.condition_duty_amount, one) for one in steps if one.condition_duty_amount is not None)
    named = sorted(priced, key=lambda step: step[0])
    return None if not named else _bands(named)


def _bands(named: list[tuple[Decimal, _Condition]]) -> Banded:
    bounds = [price for price, _ in named]
    bands = (
        Band(formula_of(one.measure_condition_components), price if price else None, upper)
        for (price, one), upper in zip(named, [*bounds[1:], None], strict=True)
    )
    first = named[0][1]
    unit = (first.condition_measurement_unit_code or "") + (first.condition_measurement_unit_qualifier_code or "")
    return Banded(unit, first.condition_monetary_unit_code or "", tuple(bands), is_from=True)


def _conditions(told: list[_Condition]) -> Iterator[Condition]:
    for _, group in groupby(told, key=lambda one: one.condition_code):
        for one in group:
            action = (one.action or "").lower()
            if one.condition_code == _PRICE_GROUP:
                continue
            parts = one.measure_condition_components
            yield Condition(
                code=one.condition_code,
                documents=(one.document_code,) if one.document_code else (),
                applies="not applicable" not in action,
                is_allowed="not allowed" not in action if "allowed" in action else None,
                formula=formula_of(parts) if parts else None,
                text=": ".join(text for text in (one.requirement, one.action) if text),
            )


def _vat_for_all(measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
    """A line's one and only VAT holds for all its goods, even where the tariff gives it a code to declare."""
    vat = [one for one in measures if one.kind == "vat"]
    if len(vat) != 1 or vat[0].additional_code is None:
        return measures
    return tuple(msgspec.structs.replace(one, additional_code=None) if one.kind == "vat" else one for one in measures)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def load_taric(commodities: Iterable[bytes], areas: Iterable[bytes] = ()) -> tuple[Tariff, tuple[Finding, ...]]:
    """Load answers for commodities.

    Args:
        commodities: JSON of each answer (1..n).
        areas: JSON of geographical areas (0..n); the answers hold those that they name.

    Returns:
        The tariff, and what was left out or told in two ways (0..n).

    Raises:
        UnreadableError: A file is not of that form.

    Source: UK Trade Tariff, commodity API version 1; TARIC measures.
    """
    loading = _Loading()
    try:
        for content in commodities:
            loading.add(decode_numbers(content, _COMMODITY))
        for content in areas:
            found = decode_json(content, _AREAS)
            for area in found if isinstance(found, list) else [found]:
                loading.add_area(area)
    except (UnreadableError, ValueError) as error:
        raise UnreadableError(
            f"This is not a response of a TARIC-like tariff: {str(error).rstrip('.')}.", code="tariff-unreadable"
        ) from error
    tariff = Tariff(
        name=loading.name,
        edition="",
        currency="GBP",
        lines=loading.lines,
        measures=loading.measures,
        areas=loading.areas,
        source="UK Trade Tariff",
        charges=_CHARGES,
        defaults={"costs_to_destination": "0"},
        single=frozenset({"vat"}),
    )
    return tariff, tuple(loading.findings)
