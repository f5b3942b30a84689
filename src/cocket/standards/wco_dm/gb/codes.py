# SPDX-License-Identifier: Apache-2.0
"""Codes of the UK's Customs Declaration Service that its rules need, as far as they are public.

Source: UK Trade Tariff, volume 3 for CDS: appendices 1 (procedures), 13 (countries), 14 (customs offices), 2 and 2A
(additional procedures), completion guides, groups 1, 4, 5 and 7; facts re-stated.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Procedures that may be asked for (first half of data element 1/10); 00 is a customs clearance request.
REQUESTED = _words("00 01 07 10 11 21 22 23 31 40 42 43 44 45 46 48 51 53 54 61 63 68 71 76 77 78 91")

#: Procedures that take goods out, and those that bring them in or keep them; 00 and 78 go both ways.
OUTWARD = _words("10 11 21 22 23 31 76 77")
INWARD = _words("01 07 40 42 43 44 45 46 48 51 53 54 61 63 68 71 91")

#: Procedures inwards under which a declaration states all that is asked of its kind.
USUAL = _words("40 42 44 45 46 48 51 61 63 68")

#: Previous procedures (second half) beside those that may be asked for, which only clearance requests and old entries have.
PREVIOUS = REQUESTED | _words(
    "02 03 04 05 06 09 12 13 14 15 16 17 18 19 20 24 25 41 47 49 50 52 55 56 57 58 59 90 92 93 94 95 96"
)

#: Procedures under which neither price nor preference nor net mass is asked for, and those without net mass.
WAREHOUSING = frozenset(("71", "76", "77", "78"))
TEMPORARY = frozenset(("53",))

#: Additional procedures by which the value is a standard or a unit price, so that no item price is declared.
STANDARD_VALUES = frozenset(("E01", "E02"))

#: Second part of a type: that of standard declarations, lodged before or after arrival, and of supplementary ones.
STANDARD, SUPPLEMENTARY = frozenset("AD"), frozenset("YZ")
FULL = STANDARD | SUPPLEMENTARY
TYPES = frozenset("ABCDEFJKQRUVWXYZ")
FLOWS = ("IM", "EX", "CO")
REQUEST_TYPES = frozenset(("COR", "GPR", "INV"))

#: Statements by which a declaration is one of Northern Ireland.
NORTHERN_IRELAND = _words("NIAID NIAPP NIDOM NIEXP NIHIS NIIMP NIPRO NIQUO NIREM")

#: Country codes in use beside ISO 3166: of the EU's geonomenclature, and of the UK's own list.
OTHER_COUNTRIES = _words("EU XB XC XI XK XL XM XO XS XU XZ QP QQ QR QS QU QV QW QX QY QZ QM QN QO AN")

#: Chapters that no tariff line is in, and those in which only these headings are.
NO_CHAPTERS = frozenset(("00", "77"))
SPECIAL_HEADINGS = {
    "98": frozenset(("9880",)),
    "99": frozenset(("9905", "9919", "9930", "9931", "9950", "9990", "9901")),
}

#: Codes of the list of currencies that are none: no currency, and for testing.
NO_CURRENCIES = _words("XXX XTS")

#: Customs offices: the digits behind GB and behind XI.
OFFICES = {
    "GB": _words("""000001 000002 000003 000004 000011 000014 000029 000033 000040 000041 000045 000047 000049 000051 000052
        000053 000054 000055 000057 000058 000059 000060 000062 000063 000067 000070 000072 000073 000074 000080
        000081 000084 000085 000087 000091 000093 000098 000099 000102 000108 000119 000120 000121 000122 000123
        000124 000125 000126 000128 000130 000140 000142 000149 000150 000155 000170 000191 000218 000219 000244
        000245 000246 000250 000290 000291 000292 000297 000328 000383 000411 000416 000434 000450 000461 000465
        000480 000500 000501 000921 001016 003010 003020 003030 003040 003050 003060 003070 003080 003090 003100
        003110 003120 003130 003140 003150 003160 003170 003180 003190 003200 003210 003220 003230 003240 003250
        003260 003270 003280 003290 004098 005010 005020 005030 005040 005050 005060 005070 005080 005090 005100
        005110 005120 005130 005140 005160 005170 005180 005190 005200 005210"""),
    "XI": _words("000001 000002 000003 000014 000081 000140 000142 000600 003210 004098 005160 005220"),
}

#: Modes of transport at the border (data element 7/4); 6 is roll-on roll-off with the vehicle accompanied.
MODES = frozenset("123456789")

#: Terms of delivery of the Incoterms of 2000, 2010 and 2020, and other terms.
INCOTERMS = _words("EXW FCA FAS FOB CFR CIF CPT CIP DAF DES DEQ DDU DDP DAT DAP DPU XXX")

#: Methods of valuation of the WTO agreement.
VALUATION_METHODS = frozenset("123456")
