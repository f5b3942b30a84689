# SPDX-License-Identifier: Apache-2.0
"""Messages of every device family, made here byte by byte from what its protocol lays down; none is a captured one."""

from __future__ import annotations

import json
import struct
from binascii import crc_hqx
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cocket.tracking.adapters import open_e_seal_write as seal_writer
from cocket.tracking.adapters._bytes import crc16_ibm, xor
from cocket.tracking.adapters.open_e_seal import Message, SealPart

RECEIVED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

SECRET = bytes(range(32))
SIGNING = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def jt600_lock(status: int = 0x20C0, battery: int = 87, *, fix: bool = True) -> bytes:
    """A lock of Jointech in Mombasa, 20 November 2026 at 07:15:30 UTC, at 36 knots to the west."""
    place = bytes.fromhex("201126071530040234500394012345"[:-1] + ("4" if not fix else "5"))
    body = place + bytes([36, 135]) + struct.pack(">IBIHBHHB", 1234, 9, 0, status, battery, 4321, 77, 21)
    return (
        b"$" + bytes.fromhex("7560001234") + b"\x17\x11" + struct.pack(">H", len(body) + 5) + body + bytes(4) + b"\x2a"
    )


JT600_CARD = b"(7560001234,P45,201126,071530,4.039083,S,39.668724,E,A,0,0,1,1,0012345678,0,0,7)"
JT600_REFUSED = b"(7560001234,P45,201126,071530,4.039083,S,39.668724,E,A,0,0,6,0,0000000000,0,3,8)"
JT600_REPORT = (
    b"(7560001234,U06,1,201126,071530,T,4.039083,S,39.668724,E,5,152,9,32%,00000000000011,10133,51,22,100,1,300)"
)
JT600_ALERT = b"(7560001234,W01,03940.1234,E,0402.3450,S,A,201126,071530,30,90,5,4,3,1)"


def jt808(kind: int, body: bytes, *, number: str = "013912345678", serial: int = 77) -> bytes:
    """A message of JT/T 808-2013 with its escapes."""
    plain = struct.pack(">HH", kind, len(body)) + bytes.fromhex(number) + struct.pack(">H", serial) + body
    plain += bytes([xor(plain)])
    escaped = plain.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")
    return b"\x7e" + escaped + b"\x7e"


def jt808_place(items: bytes = b"", *, alarm: int = 0, state: int = 0b110) -> bytes:
    """Body of a report: 4.039083° S, 39.668724° E, 72 km/h, 15:15:30 in China."""
    place = struct.pack(">IIIIhHH", alarm, state, 4_039_083, 39_668_724, 17, 720, 90)
    return place + bytes.fromhex("261120151530") + items


def jt808_lock_report() -> bytes:
    """Jointech's own report within JT/T 808."""
    body = bytes.fromhex("201126071530040234500394012345") + bytes([36, 45])
    body += (
        struct.pack(">BBIBIHBHH", 20, 8, 12, 90, 4321, 77, 3, 0x20, 0b100)
        + b"\x0b\x05\x01"
        + struct.pack(">I", 12345678)
    )
    plain = struct.pack(">HH", 0x5501, 0x8000 | len(body)) + bytes.fromhex("756000123456") + b"\x05" + body
    return b"\x7e" + plain + bytes([xor(plain)]) + b"\x7e"


ESEAL = b"##S,eSeal,1000900,7,3.1.0,Event-Door,12,2026-11-20,07:15:30,15,A,4.039083S 39.668724E,90,50,Open,0.35,0:0:1:0,3.9,-71,E##\r\n"
ESEAL_START = b"##S,eSeal,1000900,7,3.1.0,Startup OK,1,180,30,30,16,1,E##\r\n"

OSMAND = b"/?id=phone-7&lat=-4.039083&lon=39.668724&timestamp=1795158930&speed=36&bearing=270&altitude=17&accuracy=8"
OSMAND += b"&batt=81&cell=639,2,77,4321,-85"
OSMAND_JSON = json.dumps(
    {
        "device_id": "phone-7",
        "location": {
            "timestamp": "2026-11-20T07:15:30.000Z",
            "coords": {"latitude": -4.039083, "longitude": 39.668724, "accuracy": 8, "speed": -1, "heading": -1},
            "battery": {"level": -1, "is_charging": False},
            "extras": {"gate": "B"},
        },
    }
).encode()


def teltonika(records: bytes, count: int, codec: int = 0x08) -> bytes:
    """A TCP packet."""
    data = bytes([codec, count]) + records + bytes([count])
    return bytes(4) + struct.pack(">I", len(data)) + data + struct.pack(">I", crc16_ibm(data))


def teltonika_record(satellites: int = 8, *, wide: bool = False) -> bytes:
    """A record at 07:15:30 with an ignition, a voltage and an odometer."""
    head = struct.pack(">QBiihHBH", 1795158930_000, 1, 396_687_240, -40_390_830, 17, 270, satellites, 72)
    if wide:
        one = struct.pack(">HHB", 1, 239, 1) + struct.pack(">HHH", 1, 66, 12_650) + struct.pack(">HHI", 1, 16, 98_765)
        return head + struct.pack(">HH", 0, 4) + one + struct.pack(">H", 0) + struct.pack(">HHH", 1, 256, 3) + b"VIN"
    one = (
        bytes([1, 239, 1, 1, 66]) + struct.pack(">H", 12_650) + bytes([1, 16]) + struct.pack(">I", 98_765) + bytes([0])
    )
    return head + bytes([0, 3]) + one


TELTONIKA_IMEI = b"\x00\x0f356307042441013"


def tzone() -> bytes:
    """A packet of hardware 0x10B with cards."""
    clock = bytes([26, 11, 20, 7, 15, 30])
    flags = 270 | 1 << 11  # south, east, with a fix
    place = bytes([9]) + struct.pack(">II", 2_423_449, 23_801_234) + clock
    place += struct.pack(">H", 1234) + b"\x00\x00\x64" + struct.pack(">H", flags)
    state = bytes([0xA3, 0xC0, 0, 0, 20, 55]) + struct.pack(">HHHHH", 412, 1250, 1, 2, 0x8000)
    blocks = [
        place,
        struct.pack(">HH", 77, 4321),
        state,
        b"\x01\x0412\x34",
        b"",
        b"",
        b"",
        b"",
        b"\x01",
        b"\0\0\5\0\0\3",
    ]
    body = bytes.fromhex("2424010b021e00000863771023947627") + clock
    body += b"".join(struct.pack(">H", len(block)) + block for block in blocks)
    return b"TZ" + struct.pack(">H", len(body) + 4) + body + b"\x00\x77\x12\x34\r\n"


ORBCOMM = json.dumps(
    {
        "ErrorID": 0,
        "NextStartUTC": "2026-11-20 07:20:00",
        "Messages": [
            {
                "ID": 9,
                "MessageUTC": "2026-11-20 07:16:00",
                "MobileID": "01000001SKY0001",
                "Payload": {
                    "Name": "MovingIntervalSat",
                    "Fields": [
                        {"Name": "Latitude", "Value": "-242345"},
                        {"Name": "Longitude", "Value": "2380123"},
                        {"Name": "Speed", "Value": "72"},
                        {"Name": "Heading", "Value": "361"},
                        {"Name": "EventTime", "Value": "1795158930"},
                    ],
                },
            }
        ],
    }
).encode()
GLOBALSTAR = (
    b'<?xml version="1.0" encoding="UTF-8"?><stuMessages messageID="m1"><stuMessage><esn>0-1234567</esn>'
    b"<unixTime>1795158930</unixTime><gps>N</gps><payload>0x00FA414F1C35830A50</payload></stuMessage></stuMessages>"
)


def t622(is_fix: bool = True) -> bytes:
    """Event 35 at a place, at 1795158930, with 72 km/h and the check byte, over Iridium."""
    content = struct.pack("<BiiIBH", 35, -4_039_083, 39_668_724, 1795158930 - 946_684_800, is_fix, 72)
    return iridium(content + bytes([xor(content)]))


def iridium(content: bytes = b"0123456789") -> bytes:
    """DirectIP with a head, content and Iridium's own place."""
    head = struct.pack(">I", 99) + b"300234010000010" + struct.pack(">BHHI", 0, 54, 0, 1795158930)
    place = struct.pack(">BBHBHI", 0b10, 4, 2345, 39, 40123, 8)
    elements = b"".join(
        bytes([kind]) + struct.pack(">H", len(data)) + data for kind, data in ((1, head), (2, content), (3, place))
    )
    return b"\x01" + struct.pack(">H", len(elements)) + elements


def navigil() -> bytes:
    """Report 15."""
    body = struct.pack("<iiBBBBI", -40_390_830, 396_687_240, 1, 72, 0xC0, 7, 98_765)
    return struct.pack("<BBHHHHHII", 1, 0, 179, 15, 20 + len(body), 0, 0, 133_999, 1795158930 + 25) + body


def g1rus(kind: int = 4, is_fix: bool = True) -> bytes:
    """A mixed frame with one regular record: name, place, voltages, a block that is not taken apart."""
    place = struct.pack(">HBiiHHh", 0b1_1111, (2 if is_fix else 0) << 5 | 9, -4_039_083, 39_668_724, 72, 90, 17)
    blocks = (b"\x0fProbe", place, struct.pack(">HHH", 0x0175, 0x120A, 0x29A1), b"\x1b\xf8")
    record = struct.pack("<I", 1795158930 - 946_684_800) + struct.pack(">H", 0b11_0011)
    record += b"".join(bytes([len(block)]) + block for block in blocks)
    head = bytes([0x46, kind]) + (867_000_000_000_123).to_bytes(7, "big")
    body = head + (struct.pack(">HB", len(record) + 1, 1) + record if kind == 4 else record)
    body += struct.pack(">H", crc_hqx(body, 0))
    return b"\xf8" + body.replace(b"\x1b", b"\x1b\x00").replace(b"\xf8", b"\x1b\xe3") + b"\xf8"


def dcsa(kind: str = "IOT", **payload: Any) -> bytes:
    """A commercial event of a carrier."""
    body = {
        "eventClassifierCode": "ACT",
        "eventDateTime": "2026-11-20T10:15:30+03:00",
        "geoLocation": {"latitude": -4.039083, "longitude": 39.668724},
        "equipmentReference": "CSQU3054383",
        **payload,
    }
    head = {"eventID": "e-1", "eventType": kind, "publisher": {"carrierCode": "XYZ"}}
    return json.dumps([{"metadata": head, "payload": body}]).encode()


EPCIS = json.dumps(
    {
        "type": "EPCISDocument",
        "epcisBody": {
            "eventList": [
                {
                    "type": "ObjectEvent",
                    "eventTime": "2026-11-20T07:15:30Z",
                    "bizStep": "sensor_reporting",
                    "readPoint": {"id": "geo:-4.039083,39.668724"},
                    "sensorElementList": [
                        {
                            "sensorMetadata": {
                                "time": "2026-11-20T07:10:00Z",
                                "deviceID": "urn:epc:id:giai:9521321.77",
                            },
                            "sensorReport": [
                                {"type": "Temperature", "value": 41.0, "uom": "FAH"},
                                {"type": "RelativeHumidity", "value": 55.5, "uom": "P1"},
                                {"type": "Illuminance", "value": 640, "uom": "LUX", "exception": "ALARM_CONDITION"},
                            ],
                        }
                    ],
                }
            ]
        },
    }
).encode()
SMART_CONTAINER = json.dumps(
    {
        "ID": {"content": "e-77"},
        "TypeCode": {"content": "ACTUAL"},
        "OccurrenceDateTime": {"content": "2026-11-20T07:15:30Z"},
        "OccurrenceLocation": {
            "PhysicalGeographicalCoordinate": {
                "LatitudeMeasure": {"content": 4.039083, "unitCode": "DD"},
                "LatitudeDirectionIndicator": {"content": "S"},
                "LongitudeMeasure": {"content": 39.668724, "unitCode": "DD"},
            }
        },
        "TransportEquipment": {
            "Identifier": {"content": "CSQU3054383"},
            "AffixedSeal": [{"Identifier": {"content": "KE000123"}, "SealConditionCode": {"content": "4"}}],
        },
        "SensorReading": [{"TypeCode": "Temperature", "ValueMeasure": {"content": 277.15, "unitCode": "KEL"}}],
        "DoorStatus": "open",
    }
).encode()

AIS_LINES = (
    b"!AIVDM,1,1,,B,15NBj>PP1gG>1PVKTDTUJOv00<0M,0*09\r\n",
    b"\\s:base1,c:1795158930*00\\!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23\r\n",
)


def seal_message(**more: Any) -> Message:
    """A message of the open e-seal profile."""
    values = {
        "v": 1,
        "dev": "KE-SEAL-000123",
        "boot": 4,
        "seq": 17,
        "t": 1795158930_250,
        "pos": (-40390830, 396687240, 8),
        "spd": 2000,
        "crs": 27000,
        "sat": 9,
        "seal": SealPart(n="KE000123", lock=1, strap=1, case=1),
        "door": 0,
        "bat": (87, 3910),
        "tmp": (-1805, None),
        "hum": 5550,
        "lux": 0,
        "shk": 350,
        "cell": ((639, 2, 77, 4321, -85),),
        "eq": "CSQU3054383",
        "alm": ("vibration",),
        "ext": {"ropeCount": 2},
    }
    return Message(**{**values, **more})


GPX = (
    b'<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
    b'<trkpt lat="-4.039083" lon="39.668724"><ele>17</ele><time>2026-11-20T07:15:30Z</time></trkpt>'
    b'<trkpt lat="-4.0395" lon="39.6680"><time>2026-11-20T07:15:40Z</time></trkpt></trkseg></trk></gpx>'
)
CSV = (
    b"vehicle_id,timestamp,latitude,longitude,bearing,speed_kmh,line\n"
    b"KBX1,2026-11-20 07:15:30,-4.039083,39.668724,270,72,A\nKBX1,2026-11-20 07:15:40,-4.0395,39.668,,,A\n"
)
JSON_TRACK = (
    b'{"device":"dev-1","container":"CSQU3054383","seq":3,"time":"2026-11-20T07:15:30Z","received":"2026-11-20T07:15:48Z",'
    b'"lat":-4.039083,"lon":39.668724,"temp":4.2,"battery":99.5,"seal":"KE000123","door":"closed"}\n'
    b'{"device":"dev-1","seq":4,"time":"2026-11-20T07:16:30Z","lat":null,"lon":null,"door":"open"}\n'
)


def nmea(body: bytes) -> bytes:
    """A sentence with its check."""
    return b"$" + body + b"*%02X\r\n" % xor(body)


NMEA = nmea(b"GPRMC,071530.00,A,0402.3450,S,03940.1234,E,36.0,270.0,201126,,,A") + nmea(
    b"GPGGA,071530.00,0402.3450,S,03940.1234,E,1,09,0.9,17.0,M,,M,,"
)

_SEAL_JSON = seal_writer.write_message(seal_message(), "json")
_SEAL_CBOR = seal_writer.write_message(seal_message(), "cbor")

#: Messages by the name of their adapter (1..n each).
MESSAGES: dict[str, tuple[bytes, ...]] = {
    "jt600": (jt600_lock(), JT600_CARD, JT600_REFUSED, JT600_REPORT, JT600_ALERT),
    "jt808": (
        jt808(0x0200, jt808_place(bytes.fromhex("0104000003e830011f310109600b0004003132333435363738"))),
        jt808(0x0704, struct.pack(">HBH", 1, 1, 28) + jt808_place()),
        jt808(0x0002, b""),
        jt808_lock_report(),
    ),
    "eseal": (ESEAL, ESEAL_START),
    "open-e-seal": (
        _SEAL_JSON,
        _SEAL_CBOR,
        seal_writer.mac(_SEAL_JSON, "json", SECRET, "k1"),
        seal_writer.mac(_SEAL_CBOR, "cbor", SECRET, "k1"),
        seal_writer.sign(_SEAL_CBOR, "cbor", SIGNING, "k2"),
    ),
    "ais": (*AIS_LINES, b"".join(AIS_LINES)),
    "osmand": (OSMAND, OSMAND_JSON),
    "teltonika": (
        TELTONIKA_IMEI,
        teltonika(teltonika_record(), 1),
        teltonika(teltonika_record(wide=True), 1, 0x8E),
        teltonika(b"\x06" + struct.pack(">I", 7) + b"Mileage", 1, 0x0C),
    ),
    "tzone": (tzone(),),
    "navigil": (navigil(),),
    "g1rus": (g1rus(), g1rus(kind=1)),
    "orbcomm": (ORBCOMM,),
    "globalstar": (GLOBALSTAR,),
    "iridium": (iridium(),),
    "t622": (t622(), t622(is_fix=False)),
    "dcsa": (
        dcsa(iotEventTypeCode="DETC", iotEventCode="DRO"),
        dcsa("REEFER", measurements={"temperature": -0.4, "temperatureUnit": "FAH", "humidity": 88}),
    ),
    "epcis": (EPCIS,),
    "smart-container": (SMART_CONTAINER,),
    "nmea": (NMEA,),
    "gpx": (GPX,),
    "csv": (CSV,),
    "json": (JSON_TRACK,),
}
