# SPDX-License-Identifier: Apache-2.0
"""The manifest as tables: every element of its three roots, and where each attribute of the model stands in it.

Both dialects stand side by side: `Empty_Full`, `Marks1` and `Place_of_loading_code` are the generic tags, `Status`,
`Seal_number` and `Port_of_origin_code` those of Bangladesh.

Source: UNCTAD manifest XML message description (Grenada 1.1, Saint Kitts and Nevis 1.5, Curacao 4.3.1a, Barbados
A.1.0) and eight public writers.
"""

from __future__ import annotations

from cocket.model import BillOfLading, Manifest, Seal, TransportEquipment
from cocket.standards.asycuda.codecs import ADDRESSED_PARTY, AMOUNT, COUNT, DATE, NATION, NUMBER, TEXT
from cocket.standards.asycuda.manifest.codecs import EITHER, LEVEL, PACKAGES, REMARKS, SEALS
from cocket.standards.asycuda.mapping import Codec, Entry, Record, Table
from cocket.standards.asycuda.outline import Outline

MANIFEST_OUTLINE = Outline(
    "Awmds",
    """
General_segment                               - ?
  General_segment_id                          -
    Customs_office_code                       -   text
    Voyage_number                             -   text
    Import_Rotation                           -   text
    Date_of_departure                         -   date
    Date_of_arrival                           -   date
    Time_of_arrival                           -   text
    Date_of_last_discharge                    -   date
    Nature                                    -   text
  Totals_segment                              -
    Total_number_of_bols                      -   number
    Total_number_of_packages                  -   number
    Total_number_of_containers                -   number
    Total_gross_mass                          -   number
  Transport_information                       -
    Carrier                                   -
      Carrier_code                            -   text
      Carrier_name                            -   text
      Carrier_address                         -   text
    Shipping_Agent                            -
      Shipping_Agent_code                     -   text
      Shipping_Agent_name                     -   text
    Mode_of_transport_code                    -   text
    Identity_of_transporter                   -   text
    Nationality_of_transporter_code           -   text
    Place_of_transporter                      -   text
    Registration_number_of_transport_code     -   text
    Date_of_registration                      -   date
    Master_information                        -   text
  Load_unload_place                           -
    Place_of_departure_code                   -   text
    Place_of_destination_code                 -   text
  Tonnage                                     -
    Tonnage_net_weight                        -   number
    Tonnage_gross_weight                      -   number
Master_bol                                    - ?
  Customs_office_code                         -   text
  Voyage_number                               -   text
  Date_of_departure                           -   date
  Reference_number                            -   text
Bol_segment                                   -   * ?
  Bol_id                                      -
    Bol_reference                             -   text
    Line_number                               -   number
    Bol_nature                                -   text
    Bol_type_code                             -   text
    Master_bol_ref_number                     -   text
    Unique_carrier_reference                  -   text
    DG_status                                 -   text
    FAS_Liner_Cargo                           -   text
  Consolidated_Cargo                          -   text
  Load_unload_place                           -
    Place_of_loading_code                     -   text
    Port_of_origin_code                       -   text
    Original_port_of_loading_code             -   text
    Place_of_unloading_code                   -   text
    Place_of_delivery_code                    -   text
    Place_of_ultimate_destination_code        -   text
  Traders_segment                             -
    Carrier                                   -
      Carrier_code                            -   text
      Carrier_name                            -   text
      Carrier_address                         -   text
    Shipping_Agent                            -
      Shipping_Agent_code                     -   text
      Shipping_Agent_name                     -   text
      Shipping_Agent_address                  -   text
    Exporter                                  -
      Exporter_code                           -   text
      Exporter_name                           -   text
      Exporter_address                        -   text
    FreightForwarder                          -
      FFName                                  -   text
      FFId                                    -   text
    Notify                                    -
      Notify_code                             -   text
      Notify_name                             -   text
      Notify_address                          -   text
    Consignee                                 -
      Consignee_code                          -   text
      Consignee_name                          -   text
      Consignee_address                       -   text
  ctn_segment                                 -   *
    Ctn_reference                             -   text
    Number_of_packages                        -   number
    Type_of_container                         -   text
    Empty_Full                                -   text
    Status                                    -   text
    Marks1                                    -   text
    Marks2                                    -   text
    Marks3                                    -   text
    Seal_number                               -   text
    Sealing_Party                             -   text
    IMCO                                      -   text
    UN                                        -   text
    Ctn_location                              -   text
    Commodity_code                            -   text
    Gross_weight                              -   number
    Empty_weight                              -   number
    Goods_Weight                              -   number
  Goods_segment                               -
    Number_of_packages                        -   number
    Package_type_code                         -   text
    Package_type                              -   text
    Gross_mass                                -   number
    Shipping_marks                            -   text
    Goods_description                         -   text
    Volume_in_cubic_meters                    -   number
    Num_of_ctn_for_this_bol                   -   number
    Information                               -   text
    Remarks                                   -   text
    Seals_segment                             -   *
      Number_of_seals                         -   number
      Marks_of_seals                          -   text
      Sealing_party_code                      -   text
  HS_Compliance                               -   ~
    HS_code                                   -   text
    Commercial_description                    -   text
    Number_of_packages                        -   number
    Gross_mass                                -   number
    Volume_in_cubic_meters                    -   number
    Package_type_code                         -   text
    Country_of_origin                         -   text
  Value_segment                               -
    Freight_segment                           -
      PC_indicator                            -   text
      Freight_value                           -   number
      Freight_currency                        -   text
    Customs_segment                           -
      Customs_value                           -   number
      Customs_currency                        -   text
    Insurance_segment                         -
      Insurance_value                         -   number
      Insurance_currency                      -   text
    Transport_segment                         -
      Transport_value                         -   number
      Transport_currency                      -   text
  Location                                    -
    Location_code                             -   text
    Location_info                             -   text
""",
)


def _map(attribute: str, codec: Codec, *paths: str, under: str = "") -> Entry:
    return Entry(attribute, codec, tuple(under + path for path in paths))


EQUIPMENT = Record(
    TransportEquipment,
    _map("id", TEXT, "Ctn_reference"),
    _map("packages", COUNT, "Number_of_packages"),
    _map("type_code", TEXT, "Type_of_container"),
    _map("fullness_code", EITHER, "Empty_Full", "Status"),
    _map("seals", SEALS, "Marks1", "Marks2", "Marks3", "Seal_number", "Sealing_Party"),
    _map("gross_mass_kg", NUMBER, "Gross_weight"),
    _map("tare_mass_kg", NUMBER, "Empty_weight"),
)

#: A seal on goods that are in no container.
LOOSE_SEAL = Record(Seal, _map("id", TEXT, "Marks_of_seals"), _map("party_code", TEXT, "Sealing_party_code"))

BILL = Record(
    BillOfLading,
    _map("id", TEXT, "Bol_id/Bol_reference"),
    _map("line", COUNT, "Bol_id/Line_number"),
    _map("nature_code", TEXT, "Bol_id/Bol_nature"),
    _map("type_code", TEXT, "Bol_id/Bol_type_code"),
    _map("master_id", TEXT, "Bol_id/Master_bol_ref_number"),
    _map("unique_reference", TEXT, "Bol_id/Unique_carrier_reference"),
    _map("level", LEVEL, "Consolidated_Cargo"),
    _map("loading_place", EITHER, "Place_of_loading_code", "Port_of_origin_code", under="Load_unload_place/"),
    _map("unloading_place", TEXT, "Load_unload_place/Place_of_unloading_code"),
    _map("delivery_place", TEXT, "Load_unload_place/Place_of_delivery_code"),
    *(
        _map(
            attribute,
            ADDRESSED_PARTY,
            f"{role}_code",
            f"{role}_name",
            f"{role}_address",
            under=f"Traders_segment/{role}/",
        )
        for attribute, role in (
            ("carrier", "Carrier"),
            ("consignor", "Exporter"),
            ("notify", "Notify"),
            ("consignee", "Consignee"),
        )
    ),
    _map(
        "packaging",
        PACKAGES,
        "Number_of_packages",
        "Package_type_code",
        "Package_type",
        "Shipping_marks",
        under="Goods_segment/",
    ),
    _map("gross_mass_kg", NUMBER, "Goods_segment/Gross_mass"),
    _map("goods_description", TEXT, "Goods_segment/Goods_description"),
    _map("volume_m3", NUMBER, "Goods_segment/Volume_in_cubic_meters"),
    _map("information", REMARKS, "Information", "Remarks", under="Goods_segment/"),
    _map("freight_payment_code", TEXT, "Value_segment/Freight_segment/PC_indicator"),
    _map("freight", AMOUNT, "Freight_value", "Freight_currency", under="Value_segment/Freight_segment/"),
    _map("customs_value", AMOUNT, "Customs_value", "Customs_currency", under="Value_segment/Customs_segment/"),
    _map("insurance", AMOUNT, "Insurance_value", "Insurance_currency", under="Value_segment/Insurance_segment/"),
    _map("location.id", TEXT, "Location/Location_code"),
    _map("location.name", TEXT, "Location/Location_info"),
    tables=(Table("equipment", "ctn_segment", EQUIPMENT), Table("seals", "Goods_segment/Seals_segment", LOOSE_SEAL)),
)

_KEY = "General_segment/General_segment_id/"
_TOTALS = "General_segment/Totals_segment/"
_TRANSPORT = "General_segment/Transport_information/"

MANIFEST = Record(
    Manifest,
    _map("office.code", TEXT, _KEY + "Customs_office_code"),
    _map("voyage", TEXT, _KEY + "Voyage_number"),
    _map("departed", DATE, _KEY + "Date_of_departure"),
    _map("arrives", DATE, _KEY + "Date_of_arrival"),
    _map("arrival_time", TEXT, _KEY + "Time_of_arrival"),
    _map("totals.bills", COUNT, _TOTALS + "Total_number_of_bols"),
    _map("totals.packages", COUNT, _TOTALS + "Total_number_of_packages"),
    _map("totals.equipment", COUNT, _TOTALS + "Total_number_of_containers"),
    _map("totals.gross_mass_kg", NUMBER, _TOTALS + "Total_gross_mass"),
    _map("carrier", ADDRESSED_PARTY, "Carrier_code", "Carrier_name", "Carrier_address", under=_TRANSPORT + "Carrier/"),
    _map("transport.mode_code", TEXT, _TRANSPORT + "Mode_of_transport_code"),
    _map("transport.id", TEXT, _TRANSPORT + "Identity_of_transporter"),
    _map("transport.nationality_code", NATION, _TRANSPORT + "Nationality_of_transporter_code"),
    _map("departure_place", TEXT, "General_segment/Load_unload_place/Place_of_departure_code"),
    _map("destination_place", TEXT, "General_segment/Load_unload_place/Place_of_destination_code"),
    apart=("Bol_segment",),
)

#: A degroupage has the key of its master bill and no general segment.
DEGROUPAGE = Record(
    Manifest,
    _map("office.code", TEXT, "Master_bol/Customs_office_code"),
    _map("voyage", TEXT, "Master_bol/Voyage_number"),
    _map("departed", DATE, "Master_bol/Date_of_departure"),
    _map("master_id", TEXT, "Master_bol/Reference_number"),
    apart=("Bol_segment",),
)
