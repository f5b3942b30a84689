# SPDX-License-Identifier: Apache-2.0
"""Types of TARIC measures: which kind each is, by its number, and by its series where the number is not known.

Source: TARIC, measure types and their series.
"""

from __future__ import annotations

from cocket.measures.tariff.kinds import Kind
from cocket.measures.tariff.plan import ANY_USE

#: The area "all countries".
ALL = "1011"

_TYPES: dict[str, Kind] = {
    "103": "duty", "105": "duty", "106": "preference", "112": "suspension", "115": "suspension", "117": "suspension",
    "119": "suspension", "122": "quota", "123": "quota", "141": "preference", "142": "preference", "143": "quota",
    "145": "preference", "146": "quota", "147": "quota", "109": "supplementary-unit", "110": "supplementary-unit",
    "111": "supplementary-unit", "305": "vat", "VTS": "vat", "VTZ": "vat", "VTE": "vat", "VTA": "vat",
    "306": "excise", "551": "anti-dumping", "552": "anti-dumping", "553": "countervailing", "554": "countervailing",
    "555": "control", "561": "control", "562": "control", "564": "control", "565": "control", "566": "control",
    "570": "control", "651": "additional", "652": "additional", "653": "additional", "654": "additional",
    "672": "additional", "673": "additional", "674": "additional", "690": "additional", "691": "additional",
    "695": "additional", "696": "additional", "277": "prohibition", "278": "prohibition",
}  # fmt: skip

_SERIES: dict[str, Kind] = {
    "A": "prohibition",
    "B": "control",
    "C": "duty",
    "D": "anti-dumping",
    "J": "additional",
    "M": "control",
    "N": "control",
    "O": "supplementary-unit",
    "P": "vat",
    "Q": "excise",
}

#: Which kinds a series may hold; a type whose number says otherwise is taken by its series.
_WITHIN: dict[str, tuple[Kind, ...]] = {
    "A": ("prohibition",),
    "B": ("control",),
    "C": ("duty", "preference", "suspension", "quota"),
    "D": ("anti-dumping", "countervailing", "control"),
    "J": ("additional",),
    "M": ("control",),
    "N": ("control",),
    "O": ("supplementary-unit",),
    "P": ("vat",),
    "Q": ("excise",),
}

_FOR_USES = ("105", "115", "117", "119", "123", "145", "146")


def kind_of(number: str, series: str | None, is_vat: bool, is_excise: bool) -> Kind | None:
    """What a measure is.

    Args:
        number: Number of its type.
        series: Letter of the type's series; None if not told.
        is_vat: Whether the tariff marks it as value added tax.
        is_excise: Whether it marks it as excise.

    Returns:
        The kind; None if neither number nor series is known.
    """
    by_number = _TYPES.get(number) or ("excise" if is_excise else "vat" if is_vat else None)
    if series is None or series not in _SERIES:
        return by_number
    return by_number if by_number in _WITHIN[series] else _SERIES[series]


def uses_of(number: str) -> str | None:
    """The end use that a measure is for: any that the law knows, for the type does not say which; None for all goods.

    Args:
        number: Number of its type.
    """
    return ANY_USE if number in _FOR_USES else None
