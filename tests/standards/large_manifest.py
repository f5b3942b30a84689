# SPDX-License-Identifier: Apache-2.0
"""A synthetic manifest of any length, made while it is read, so that nobody has to hold it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cocket.codes import EquipmentNumber

#: Every so many bills one is a master, with the two bills after it as houses.
_CONSOLIDATED_EVERY = 10
_BOXES = 97


class Flow:
    """A file that hands out what an iterator makes, and remembers how much it had to keep for that."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = b""
        self.most_kept = 0

    def read(self, most: int = -1) -> bytes:
        """At most so many bytes; all that is left for -1."""
        while most < 0 or len(self._rest) < most:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._rest += piece
        self.most_kept = max(self.most_kept, len(self._rest))
        most = len(self._rest) if most < 0 else most
        given, self._rest = self._rest[:most], self._rest[most:]
        return given


def large_manifest(bills: int, *, slip: int | None = None) -> Iterator[bytes]:
    """A clean manifest of so many bills, in pieces.

    Args:
        bills: How many, houses counted.
        slip: Line whose container number is given a wrong check digit; None for none.
    """
    masters = len(range(0, bills - 2, _CONSOLIDATED_EVERY))
    boxes = [number(n) for n in range(_BOXES)]
    used = {n % _BOXES for n in range(bills)}
    yield _HEAD % {
        b"bols": b"%d" % (bills - 2 * masters),
        b"packages": b"%d" % (3 * (bills - masters)),
        b"containers": b"%d" % len(used),
        b"gross": b"%d" % (20 * (bills - 2 * masters)),
    }
    for n in range(bills):
        place = n % _CONSOLIDATED_EVERY
        is_consolidated = n - place + 2 < bills
        master = b"<Master_bol_ref_number>M%d</Master_bol_ref_number>" % (n - place)
        box = boxes[n % _BOXES]
        yield _BILL % {
            b"id": b"%c%d" % (b"M" if place == 0 else b"B", n),
            b"line": b"%d" % (n + 1),
            b"master": master if is_consolidated and place in (1, 2) else b"",
            b"level": b"1" if is_consolidated and place == 0 else b"0",
            b"box": box[:-1] + b"%d" % ((int(box[-1:]) + 1) % 10) if n + 1 == slip else box,
        }
    yield b"</Awmds>\n"


def number(n: int) -> bytes:
    """A container number with the right check digit."""
    parsed = EquipmentNumber.parse(f"CKTU{n:06d}0")
    assert parsed is not None
    return f"CKTU{n:06d}{parsed.expected_check_digit}".encode()


_HEAD = b"""<?xml version="1.0" encoding="UTF-8"?>
<Awmds>
  <General_segment>
    <General_segment_id>
      <Customs_office_code>XA210</Customs_office_code>
      <Voyage_number>LARGE1</Voyage_number>
      <Date_of_departure>2026-03-12</Date_of_departure>
      <Date_of_arrival>2026-03-27</Date_of_arrival>
    </General_segment_id>
    <Totals_segment>
      <Total_number_of_bols>%(bols)s</Total_number_of_bols>
      <Total_number_of_packages>%(packages)s</Total_number_of_packages>
      <Total_number_of_containers>%(containers)s</Total_number_of_containers>
      <Total_gross_mass>%(gross)s</Total_gross_mass>
    </Totals_segment>
    <Transport_information>
      <Carrier><Carrier_code>OWNL</Carrier_code><Carrier_name>OWN LINE</Carrier_name></Carrier>
      <Mode_of_transport_code>1</Mode_of_transport_code>
      <Identity_of_transporter>MV OWN STAR</Identity_of_transporter>
    </Transport_information>
  </General_segment>
"""

_BILL = b"""  <Bol_segment>
    <Bol_id>
      <Bol_reference>%(id)s</Bol_reference>
      <Line_number>%(line)s</Line_number>
      <Bol_nature>23</Bol_nature>
      <Bol_type_code>HSB</Bol_type_code>
      %(master)s
    </Bol_id>
    <Consolidated_Cargo>%(level)s</Consolidated_Cargo>
    <Load_unload_place>
      <Place_of_loading_code>XKFAR</Place_of_loading_code>
      <Place_of_unloading_code>XAALP</Place_of_unloading_code>
    </Load_unload_place>
    <Traders_segment>
      <Exporter>
        <Exporter_name>FARAWAY MILLS LTD</Exporter_name>
        <Exporter_address>UNIT 4, MILL ROW
FARPORT</Exporter_address>
      </Exporter>
      <Notify>
        <Notify_code/>
        <Notify_name>OWN IMPORTS %(line)s</Notify_name>
        <Notify_address>RRUGA 9</Notify_address>
      </Notify>
      <Consignee>
        <Consignee_code/>
        <Consignee_name>OWN IMPORTS %(line)s</Consignee_name>
        <Consignee_address>RRUGA 9
ALPHA CITY</Consignee_address>
      </Consignee>
    </Traders_segment>
    <ctn_segment>
      <Ctn_reference>%(box)s</Ctn_reference>
      <Number_of_packages>3</Number_of_packages>
      <Type_of_container>22G1</Type_of_container>
      <Empty_Full>1/1</Empty_Full>
      <Marks1>S%(line)s</Marks1>
      <Sealing_Party>CA</Sealing_Party>
      <Gross_weight>20</Gross_weight>
    </ctn_segment>
    <Goods_segment>
      <Number_of_packages>3</Number_of_packages>
      <Package_type_code>CT</Package_type_code>
      <Gross_mass>20</Gross_mass>
      <Shipping_marks>OWN/%(line)s</Shipping_marks>
      <Goods_description>SUNDRY GOODS</Goods_description>
      <Volume_in_cubic_meters>1.5</Volume_in_cubic_meters>
      <Num_of_ctn_for_this_bol>1</Num_of_ctn_for_this_bol>
    </Goods_segment>
    <Value_segment>
      <Freight_segment>
        <PC_indicator>PP</PC_indicator>
        <Freight_value>125.00</Freight_value>
        <Freight_currency>USD</Freight_currency>
      </Freight_segment>
    </Value_segment>
  </Bol_segment>
"""
