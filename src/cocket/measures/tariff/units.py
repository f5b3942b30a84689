# SPDX-License-Identifier: Apache-2.0
"""Quantities in the unit that a rate asks for: conversion within a dimension, and nothing beyond it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache

#: Unit → dimension and how many of the dimension's first unit one of it is. Recommendation 20, the TARIC's own, and
#: words that national tariffs use.
_UNITS: dict[str, tuple[str, str]] = {
    "KGM": ("mass", "1"), "KG": ("mass", "1"), "GRM": ("mass", "0.001"), "G": ("mass", "0.001"),
    "GR": ("mass", "0.001"), "TNE": ("mass", "1000"), "MT": ("mass", "1000"), "T": ("mass", "1000"),
    "DTN": ("mass", "100"), "LBR": ("mass", "0.45359237"), "CTM": ("mass", "0.0002"), "CT": ("mass", "0.0002"),
    "LTR": ("volume", "1"), "L": ("volume", "1"), "HLT": ("volume", "100"), "HL": ("volume", "100"),
    "KL": ("volume", "1000"), "KLT": ("volume", "1000"), "MTQ": ("volume", "1000"), "CM": ("volume", "1000"),
    "M3": ("volume", "1000"), "MLT": ("volume", "0.001"),
    "NAR": ("count", "1"), "NO": ("count", "1"), "C62": ("count", "1"), "H87": ("count", "1"), "PCE": ("count", "1"),
    "HD": ("count", "1"), "HEAD": ("count", "1"), "MIL": ("count", "1000"), "TH": ("count", "1000"),
    "CEN": ("count", "100"), "DZN": ("count", "12"), "DZ": ("count", "12"),
    "NPR": ("pair", "1"), "PR": ("pair", "1"), "MPR": ("pair", "1000"),
    "MTK": ("area", "1"), "SM": ("area", "1"), "M2": ("area", "1"),
    "MTR": ("length", "1"), "M": ("length", "1"), "HMT": ("length", "100"), "KMT": ("length", "1000"),
    "MWH": ("energy", "1"), "KWH": ("energy", "0.001"), "TJO": ("heat", "1"), "JOU": ("heat", "0.000000000001"),
    "LPA": ("pure-alcohol", "1"), "HPA": ("pure-alcohol", "100"), "WAT": ("power", "1"), "KWT": ("power", "1000"),
}  # fmt: skip

#: Units that stand for themselves alone: substances, contents, discounts, and words of national tariffs.
_OTHERS = frozenset({
    "ASV", "BRX", "CCT", "DAP", "DHS", "GFI", "GRT", "GT", "GP", "KCC", "KCL", "KMA", "KNI", "KNS", "KPH", "KPO",
    "KPP", "KSD", "KSH", "KUR", "KAC", "NCL", "RET", "SPR", "ST", "DT", "BX", "EA",
})  # fmt: skip

#: Units of the TARIC that are the product of two others: per cent of alcohol or sugar times a quantity.
_PRODUCTS = {
    "ASVX": ("ASV", "HLT"), "DTNZ": ("BRX", "DTN"), "TNEZ": ("BRX", "TNE"), "SPQLPA": ("SPR", "LPA"),
}  # fmt: skip

#: A cubic metre of the TARIC with the qualifier C is a thousand of them.
_QUALIFIED = {"MTQC": ("gas", "1000"), "MTQX": ("gas", "1")}

_CODE = 3


@cache
def _factor(unit: str) -> tuple[str, Decimal] | None:
    name = unit.upper()
    known = _UNITS.get(name) or _QUALIFIED.get(name)
    if known:
        return known[0], Decimal(known[1])
    base = _UNITS.get(name[:_CODE])
    qualifier = name[_CODE:].strip(" /-")
    return (f"{base[0]} {qualifier}", Decimal(base[1])) if base and qualifier else None


def is_unit(unit: str) -> bool:
    """Whether a unit is known, with a qualifier or without.

    Args:
        unit: Unit code.
    """
    name = unit.upper()
    return _factor(name) is not None or name in _OTHERS or name in _PRODUCTS


def quantity_in(unit: str, quantities: Mapping[str, Decimal]) -> Decimal | None:
    """A quantity in the unit asked for.

    Args:
        unit: Unit code of the rate. One with a qualifier (`DTNE` drained, `TNEI` of the content) is met by units with
            the same qualifier only; one that is a product (`ASVX`) by both of its parts.
        quantities: What is known, unit → number.

    Returns:
        The number of units; None if none of the quantities is of that dimension.

    Source: UNECE Recommendation 20, conversion factors; TARIC measurement units.
    """
    if unit in quantities:
        return quantities[unit]
    wanted = _factor(unit)
    for name, number in quantities.items():
        if name.upper() == unit.upper():
            return number
        held = _factor(name)
        if wanted and held and held[0] == wanted[0]:
            return number * held[1] / wanted[1]
    if unit.upper() in _PRODUCTS:
        one, other = (quantity_in(part, quantities) for part in _PRODUCTS[unit.upper()])
        return one * other if one is not None and other is not None else None
    return None


class InUnits(Mapping[str, Decimal]):
    """Quantities as a rate sees them: asked in any unit of a dimension that is known.

    Args:
        quantities: What is known, unit → number.
    """

    def __init__(self, quantities: Mapping[str, Decimal]) -> None:
        self._known = quantities

    def __getitem__(self, unit: str) -> Decimal:
        found = quantity_in(unit, self._known)
        if found is None:
            raise KeyError(unit)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
