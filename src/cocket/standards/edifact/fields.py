# SPDX-License-Identifier: Apache-2.0
"""Where each message has what the model knows: one line a field, for reading and writing.

Numbers are codes of the UN/EDIFACT code list: 1153 references (BM bill of lading, UCN unique consignment reference,
ABE declarant's reference, ABT customs declaration), 2005 times (137 of the message, 132 arrival estimated, 133
departure estimated, 178 arrived, 186 left), 3035 parties (CA carrier, CZ consignor, CN consignee, NI notify, DT
declarant, AE agent, EX exporter, IM importer), 3227 places (9 loading, 11 unloading, 7 delivery, 22 customs office,
27 origin, 35 export, 36 destination), 5025 sums (40 customs value, 64 freight, 67 insurance, 39 invoice, 55 duty).

Source: UN/EDIFACT directories D.95B to D.24A, messages, segments and code list.
"""

from __future__ import annotations

from typing import Literal

from cocket.model import (
    AdditionalDocument,
    Commodity,
    CustomsOffice,
    DutyTaxFee,
    GoodsLocation,
    GoodsShipment,
    Origin,
    PackageTotals,
    Packaging,
    Party,
    ResponseError,
    ResponsePointer,
    ResponseStatus,
    Seal,
    TradeTerms,
    TransportEquipment,
    TransportMeans,
    ValuationCharges,
)
from cocket.standards.edifact.taking import Leaf, Part

# What many messages have ----------------------------------------------------------------------------------------------

PARTY = (
    Leaf("id", ("2.1",)),
    Leaf("name", ("4.1", "3.1"), "lines"),
    Leaf("address", ("5.1",), "address"),
    Leaf("city", ("6.1",)),
    Leaf("postcode", ("8.1",)),
    Leaf("country_code", ("9.1",)),
)
SEALS = Part("seals", ("SEL",), Seal, (Leaf("id", ("1.1",)), Leaf("party_code", ("2.1",))), is_many=True)
_GROSS = ("MEA{AAE G}", "MEA{WT G}", "MEA{AAE AAB}", "MEA{WT AAB}", "MEA{WT}", "MEA{AAE VGM}", "MEA{VGM}")
EQUIPMENT = (
    Leaf("id", ("2.1",)),
    Leaf("type_code", ("3.1",)),
    Leaf("fullness_code", ("6.1",)),
    SEALS,
    Leaf("gross_mass_kg", _GROSS, "mass"),
    Leaf("tare_mass_kg", ("MEA{AAE T}", "MEA{WT T}"), "mass"),
)
TRANSPORT = (
    Leaf("voyage", ("2.1",)),
    Leaf("mode_code", ("3.1",)),
    Leaf("id", ("8.1",)),
    Leaf("id_type_code", ("8.2",)),
    Leaf("name", ("8.4",)),
    Leaf("nationality_code", ("8.5",)),
)
_MAIN = ("TDT{20}", "TDT{11}", "TDT{12}", "TDT{13}", "TDT{1}", "TDT{10}", "TDT{30}", "TDT{25}")


def _party(field: str, *codes: str) -> Part:
    return Part(field, tuple(f"NAD{{{code}}}" for code in codes), Party, PARTY)


def _place(field: str, *codes: str) -> Leaf:
    at = [f"LOC{{{code}}}/2.1" for code in codes]
    return Leaf(field, tuple(f"{around}{path}" for around in ("TDT{20}/", "") for path in at))


def _anywhere(*codes: str) -> tuple[str, ...]:
    """Times of the message, or of its main carriage or of a place on it."""
    around = ("", "TDT{20}/", *(f"TDT{{20}}/LOC{{{place}}}/" for place in ("5", "9", "11", "60", "92", "61")))
    return tuple(f"{each}DTM{{{code}}}" for code in codes for each in around)


# CUSCAR ---------------------------------------------------------------------------------------------------------------

#: What is under the reference that names the transport document.
CONSIGNMENT = (
    Leaf("loading_place", ("LOC{9}/2.1", "LOC{76}/2.1")),
    Leaf("unloading_place", ("LOC{11}/2.1", "LOC{12}/2.1")),
    Leaf("delivery_place", ("LOC{7}/2.1", "LOC{83}/2.1")),
    Part("consignor", ("NAD{CZ}", "NAD{EX}", "NAD{OS}"), Party, PARTY),
    Part("consignee", ("NAD{CN}",), Party, PARTY),
    Part("notify", ("NAD{NI}", "NAD{N1}"), Party, PARTY),
    Part("carrier", ("NAD{CA}",), Party, PARTY),
    Part(
        "location",
        ("LOC{14}", "LOC{19}"),
        GoodsLocation,
        (Leaf("id", ("2.1",)), Leaf("name", ("2.4",))),
    ),
    Leaf("customs_value", ("MOA{40}",), "amount"),
    Leaf("freight", ("MOA{64}",), "amount"),
    Leaf("insurance", ("MOA{67}",), "amount"),
    Part(
        "packaging",
        ("GID",),
        Packaging,
        (
            Leaf("quantity", ("2.1",), "whole"),
            Leaf("type_code", ("2.2",)),
            Leaf("type_name", ("2.5",)),
            Leaf("marks", ("PCI/2.1",), "lines", 10),
        ),
        is_many=True,
    ),
)
#: Of the goods, where the consignment has one entry of them.
GOODS = (
    Leaf("goods_description", ("GID/FTX{AAA}/4.1",), "lines"),
    Leaf("gross_mass_kg", tuple(f"GID/{path}" for path in _GROSS), "mass"),
    Leaf("volume_m3", ("GID/MEA{AAE AAW}", "GID/MEA{VOL AAW}", "GID/MEA{VOL}", "GID/MEA{AAE ABJ}"), "volume"),
)
MANIFEST = (
    Leaf("issued", ("DTM{137}",), "moment"),
    Leaf("departed", _anywhere("133", "186", "189", "136"), "day"),
    Part("office", ("LOC{22}", "TDT{20}/LOC{22}"), CustomsOffice, (Leaf("code", ("2.1",)), Leaf("name", ("2.4",)))),
    Part("carrier", ("NAD{CA}",), Party, PARTY),
    Leaf("voyage", ("TDT{20}/2.1",)),
    Part("transport", ("TDT{20}",), TransportMeans, TRANSPORT[1:]),
    _place("departure_place", "9", "5"),
    _place("destination_place", "11", "60", "8", "61"),
    Part(
        "totals",
        ("",),
        PackageTotals,
        (
            Leaf("bills", ("CNT{10}/1.2",), "whole"),
            Leaf("packages", ("CNT{11}/1.2",), "whole"),
            Leaf("equipment", ("CNT{16}/1.2",), "whole"),
        ),
    ),
)
BILL = (Leaf("line", ("1.1",), "whole"),)
ARRIVAL = Leaf("arrives", _anywhere("132", "178", "232"), "moment")

#: Kinds of transport document, the likelier first: qualifier of the reference, its code as a document (UNCL 1001), its level.
TRANSPORT_DOCUMENTS: dict[str, tuple[str, Literal["master", "house"] | None]] = {
    "BM": ("705", None),
    "AWB": ("740", None),
    "BH": ("714", "house"),
    "HWB": ("703", "house"),
    "MB": ("704", "master"),
    "MWB": ("741", "master"),
}

# CUSDEC, GOVCBR -------------------------------------------------------------------------------------------------------

_PACKAGES = Part(
    "packaging",
    ("PAC",),
    Packaging,
    (
        Leaf("quantity", ("1.1",), "whole"),
        Leaf("type_code", ("3.1",)),
        Leaf("type_name", ("3.4",)),
        Leaf("marks", ("PCI/2.1",), "lines", 10),
    ),
    is_many=True,
)
DOCUMENTS = Part(
    "documents",
    ("DOC{*}",),
    AdditionalDocument,
    (Leaf("id", ("2.1",)), Leaf("issued", ("DTM{137}", "DTM{171}", "DTM{182}"), "day")),
    is_many=True,
    qualifier="type_code",
)
_DUTIES = Part(
    "duties",
    ("TAX",),
    DutyTaxFee,
    (
        Leaf("type_code", ("2.1",)),
        Leaf("payment_code", ("6.1",)),
        Leaf("base", ("MOA{56}/1.2",), "decimal"),
        Leaf("amount", ("MOA{55}", "MOA{161}"), "amount"),
    ),
    is_many=True,
)
COMMODITY = (
    Leaf("description", ("FTX{AAA}/4.1",), "lines"),
    Leaf("gross_mass_kg", _GROSS, "mass"),
    Leaf(
        "net_mass_kg", ("MEA{AAE AAL}", "MEA{WT AAL}", "MEA{WT AAA}", "MEA{WT AAC}", "MEA{AAE N}", "MEA{WT N}"), "mass"
    ),
    _DUTIES,
    Leaf("price", ("MOA{38}", "MOA{146}"), "amount"),
)
ITEM = (
    Leaf("sequence", ("1.1",), "whole"),
    Part("commodity", ("",), Commodity, COMMODITY),
    _PACKAGES,
    Part("origins", ("LOC{27}",), Origin, (Leaf("country_code", ("2.1",)),), is_many=True),
    Leaf("export_country_code", ("LOC{35}/2.1",)),
    Leaf("destination_country_code", ("LOC{36}/2.1", "LOC{28}/2.1")),
    Leaf("customs_value", ("MOA{40}",), "amount"),
    Leaf("statistical_value", ("MOA{123}",), "amount"),
    DOCUMENTS,
    _party("consignor", "CZ"),
    _party("consignee", "CN"),
)
#: Places of the five customs codes of an item.
CODES = tuple(((element, 1), (element, 2)) for element in range(2, 7))

SHIPMENT = (
    _party("exporter", "EX"),
    _party("importer", "IM"),
    _party("consignor", "CZ"),
    _party("consignee", "CN"),
    _party("seller", "SE"),
    _party("buyer", "BY"),
    _party("notify", "NI"),
    _party("carrier", "CA"),
    Leaf("export_country_code", ("LOC{35}/2.1",)),
    Leaf("destination_country_code", ("LOC{36}/2.1", "LOC{28}/2.1")),
    Part("border_transport", ("TDT{11}", "TDT{20}", "TDT{13}"), TransportMeans, TRANSPORT),
    Part("inland_transport", ("TDT{1}", "TDT{12}", "TDT{30}"), TransportMeans, TRANSPORT),
    Leaf("loading_place", ("LOC{9}/2.1", "TDT{20}/LOC{9}/2.1")),
    Leaf("unloading_place", ("LOC{11}/2.1", "TDT{20}/LOC{11}/2.1")),
    Leaf("expected_arrival", ("DTM{132}", "DTM{178}", "TDT{20}/LOC{11}/DTM{132}"), "moment"),
    Part("location", ("LOC{14}", "LOC{43}"), GoodsLocation, (Leaf("id", ("2.1",)), Leaf("name", ("2.4",)))),
    Part("trade_terms", ("TOD",), TradeTerms, (Leaf("code", ("3.1",)), Leaf("place", ("LOC{1}/2.4", "LOC{1}/2.1")))),
    Part("equipment", ("EQD{CN *}", "TDT{20}/EQD{CN *}"), TransportEquipment, EQUIPMENT, is_many=True),
    DOCUMENTS,
)
DECLARATION = (
    Leaf("type_code", ("BGM/1.1",)),
    Leaf("functional_reference", ("BGM/2.1",)),
    Leaf("function_code", ("BGM/3.1",)),
    Leaf("issued", ("DTM{137}",), "moment"),
    Part("office", ("LOC{22}", "LOC{41}"), CustomsOffice, (Leaf("code", ("2.1",)), Leaf("name", ("2.4",)))),
    Part("exit_office", ("LOC{42}",), CustomsOffice, (Leaf("code", ("2.1",)), Leaf("name", ("2.4",)))),
    Leaf("id", ("RFF{ABT}/1.2", "RFF{AAE}/1.2")),
    _party("declarant", "DT"),
    _party("agent", "AE", "AG"),
    _party("submitter", "MS", "FR"),
    Leaf("items_declared", ("CNT{5}/1.2",), "whole"),
    Leaf("packages_declared", ("CNT{11}/1.2",), "whole"),
    Part("shipment", ("",), GoodsShipment, SHIPMENT),
    Part("valuation", ("",), ValuationCharges, (Leaf("invoice", ("MOA{39}", "MOA{77}"), "amount"),)),
)

# CUSRES ---------------------------------------------------------------------------------------------------------------

ERROR = (
    Leaf("code", ("ERC/1.1",)),
    Leaf("description", ("FTX{AAO}/4.1", "FTX{AAI}/4.1", "FTX{ABS}/4.1"), "lines"),
)
POINTER = (Leaf("section", ("1.1",)), Leaf("sequence", ("1.2",), "whole"), Leaf("tag", ("1.3",)))
RESPONSE = (
    Leaf("function_code", ("BGM/1.1",)),
    Leaf("functional_reference", ("BGM/2.1",)),
    Leaf("issued", ("DTM{137}",), "moment"),
    Part("office", ("LOC{22}", "LOC{41}"), CustomsOffice, (Leaf("code", ("2.1",)), Leaf("name", ("2.4",)))),
    Leaf("declaration_reference", ("RFF{ABE}/1.2", "RFF{ACW}/1.2")),
    Leaf("declaration_id", ("RFF{ABT}/1.2", "RFF{AAE}/1.2")),
    Leaf("declaration_accepted", ("DTM{148}", "RFF{ABT}/DTM{148}"), "moment"),
    _party("declarant", "DT"),
    _party("agent", "AE", "AG"),
    Part("transport", _MAIN, TransportMeans, TRANSPORT),
    Part("equipment", ("EQD{CN *}",), TransportEquipment, EQUIPMENT, is_many=True),
    Part("statuses", ("GIS",), ResponseStatus, (Leaf("code", ("1.1",)),), is_many=True),
    Part("statuses", ("GEI",), ResponseStatus, (Leaf("text", ("2.4",)), Leaf("code", ("2.1",))), is_many=True),
    _DUTIES,
    Part(
        "errors",
        ("ERP",),
        ResponseError,
        (*ERROR, Part("pointers", ("",), ResponsePointer, POINTER, is_many=True)),
        is_many=True,
    ),
)

# Movements ------------------------------------------------------------------------------------------------------------

_WHEN = ("7", "203", "334", "200", "311", "186", "178", "97", "1", "78")


def _told(*around: str) -> tuple[str, ...]:
    return tuple(f"{each}DTM{{{code}}}" for each in around for code in _WHEN)


_MOVED = (
    Part(
        "location",
        ("LOC{165}", "LOC{175}", "LOC{14}", "LOC{89}"),
        GoodsLocation,
        (Leaf("id", ("2.1",)), Leaf("name", ("2.4",))),
    ),
    Leaf("loading_place", ("LOC{9}/2.1", "LOC{76}/2.1")),
    Leaf("unloading_place", ("LOC{11}/2.1", "LOC{12}/2.1")),
)
#: A container with what is told of it.
CONTAINER = (Part("equipment", ("",), TransportEquipment, EQUIPMENT), Leaf("occurred", _told(""), "moment"), *_MOVED)
#: A consignment whose place is told once, for all of its statuses.
CONSIGNED = _MOVED[:1]
#: A status of a consignment.
STATUS = (
    Leaf("occurred", _told(""), "moment"),
    *_MOVED,
    Part("transport", _MAIN, TransportMeans, TRANSPORT),
    Part("equipment", ("EQD{CN *}",), TransportEquipment, EQUIPMENT, is_many=True),
)
#: A place on board with what is stowed in it.
STOWAGE = (
    Leaf("loading_place", ("LOC{9}/2.1", "EQD{CN *}/LOC{9}/2.1")),
    Leaf("unloading_place", ("LOC{11}/2.1", "EQD{CN *}/LOC{11}/2.1")),
    Part("equipment", ("EQD{CN *}",), TransportEquipment, EQUIPMENT, is_many=True),
)
MOVEMENT = (
    Leaf("message_code", ("BGM/1.1",)),
    Leaf("functional_reference", ("BGM/2.1",)),
    Leaf("action_code", ("BGM/3.1",)),
    Leaf("arrived", _anywhere("178", "132"), "moment"),
    Leaf("departed", _anywhere("186", "133", "136"), "moment"),
    Leaf("occurred", ("DTM{137}",), "moment"),
    _party("submitter", "MS", "CF", "CA", "TR"),
    _party("agent", "CG", "AG", "AE"),
    Part("transport", _MAIN, TransportMeans, TRANSPORT),
    _place("loading_place", "9", "5"),
    _place("unloading_place", "11", "60", "8", "61"),
)
