# SPDX-License-Identifier: Apache-2.0
"""Code lists that conditions and rules ask, as published for 2024 and 2025.

Countries that joined the convention later are not in them.

Source: EU reference data of transit (RD_NCTS-P5), lists by their number; facts re-stated.
"""

from __future__ import annotations


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: CL112: common transit countries that are no members of the Union.
COMMON_TRANSIT_OUTSIDE = _codes("CH GB IS MK NO RS TR UA")

#: CL010: the Union, as far as its customs offices are named.
UNION = _codes(
    "AT AX BE BG CY CZ DE DK EE ES FI FR GF GP GR HR HU IE IT LT LU LV MC MF MQ MT NL PL PT RE RO SE SI SK XI YT"
)

#: CL009: countries of common transit.
COMMON_TRANSIT = UNION | COMMON_TRANSIT_OUTSIDE | _codes("AD GG IM JE LI SJ SM XS")

#: CL147: the area of the security agreement.
SECURITY_AREA = UNION | _codes("AD CH LI NO SM")

#: CL505: countries without postcodes.
WITHOUT_POSTCODE = _codes(
    """AE AG AO AQ AW BF BI BJ BO BQ BS BV BW BZ CF CG CI CK CM CW DM ER FJ GA GD GM GQ GY HK IR JM KM KR LY ML MR QA
    RW SB SC SL SO SR SS ST SX SY TD TG TK TO TV VU YE ZW"""
)

#: CL198: countries where a postcode alone is an address.
POSTCODE_IS_ADDRESS = _codes("IE LU")

#: CL076 and CL286: guarantees with a reference, and those with a number of their own.
WITH_REFERENCE = _codes("0 1 2 3 4 5 9")
WITH_GRN = _codes("0 1 2 4 9")
#: CL230 and CL229: guarantees where departure is in the Union, and elsewhere.
UNION_GUARANTEES = _codes("0 1 2 3 4 5 8 A R")
COMMON_GUARANTEES = UNION_GUARANTEES | {"9"}

#: CL178: previous documents that prove Union goods.
UNION_GOODS = _codes("C612 C620 N822 N825")
#: CL234: excise movements.
EXCISE = _codes("C651 C658")

#: CL181 and CL182: goods in bulk, and goods without packaging.
BULK = _codes("VG VL VO VQ VR VS VY")
UNPACKED = _codes("NE NF NG")
