# SPDX-License-Identifier: Apache-2.0
"""Identifiers and code lists as value types: text in, a checked value or None out.

`X.parse(text)` judges the shape, `country(text)` and its kin look a list up; neither raises on text.
`Codebook` holds lists in dated editions, built in or imported: it says whether a code was valid on a day.
`HsEditions` crosses from one edition of the Harmonized System to another; `importing` reads publishers' files.
Source: ISO 6346, ISO 3166-1, ISO 4217, UNECE Recommendations 16, 20 and 21, the Harmonized System, the WCO UCR.
"""

from cocket.codes.air import AirWaybillNumber, UnitLoadDevice
from cocket.codes.code_list import Code, CodeList, Edition, open_code_list, write_code_list
from cocket.codes.codebook import Answer, Codebook, read_codebook
from cocket.codes.country import Country, country
from cocket.codes.crossing import Crossing, HsEditions
from cocket.codes.currency import Currency, currency
from cocket.codes.equipment import EquipmentNumber
from cocket.codes.hs import HsCode
from cocket.codes.locode import UnLocode
from cocket.codes.package import PackageKind, package_kind
from cocket.codes.postal import PostalItemId
from cocket.codes.ship import ShipNumber
from cocket.codes.ucr import Ducr, Ucr
from cocket.codes.unit import Unit, unit
from cocket.codes.use import check_codes, codes_used, day_of

__all__ = [
    "AirWaybillNumber",
    "Answer",
    "Code",
    "CodeList",
    "Codebook",
    "Country",
    "Crossing",
    "Currency",
    "Ducr",
    "Edition",
    "EquipmentNumber",
    "HsCode",
    "HsEditions",
    "PackageKind",
    "PostalItemId",
    "ShipNumber",
    "Ucr",
    "UnLocode",
    "Unit",
    "UnitLoadDevice",
    "check_codes",
    "codes_used",
    "country",
    "currency",
    "day_of",
    "open_code_list",
    "package_kind",
    "read_codebook",
    "unit",
    "write_code_list",
]
