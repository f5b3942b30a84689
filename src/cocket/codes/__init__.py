# SPDX-License-Identifier: Apache-2.0
"""Identifiers and code lists as value types: text in, a checked value or None out.

`X.parse(text)` judges the shape, `country(text)` and its kin look a list up; neither raises on text.
A code knows nothing of dates: whether it was in force on a day is asked elsewhere.
Source: ISO 6346, ISO 3166-1, ISO 4217, UNECE Recommendations 16, 20 and 21, the Harmonized System, the WCO UCR.
"""

from cocket.codes.country import Country, country
from cocket.codes.currency import Currency, currency
from cocket.codes.equipment import EquipmentNumber
from cocket.codes.hs import HsCode
from cocket.codes.locode import UnLocode
from cocket.codes.package import PackageKind, package_kind
from cocket.codes.ucr import Ducr, Ucr
from cocket.codes.unit import Unit, unit

__all__ = [
    "Country",
    "Currency",
    "Ducr",
    "EquipmentNumber",
    "HsCode",
    "PackageKind",
    "Ucr",
    "UnLocode",
    "Unit",
    "country",
    "currency",
    "package_kind",
    "unit",
]
