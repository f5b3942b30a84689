# SPDX-License-Identifier: Apache-2.0
"""What a device tells, in one form for every family of devices.

An adapter makes these of bytes; geofences, seal states, journeys and alerts know nothing else of a device. A field is
None where the device did not say, or said that it does not know; zero is a measured zero; an impossible value is None
and named in `doubts`. Nothing here was checked against a key: a device's identity is what it claims, until the door or
`adapters.open_e_seal.verify` says otherwise.

Units: degrees WGS 84, metres, metres per second, degrees Celsius, volts, percent, lux, g (9.806 65 m/s²), UTC.
Source: UN/CEFACT Smart Container (Buy-Ship-Pay), EPCIS 2.0 sensorElementList, UN/CEFACT SealConditionCode for meanings.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

#: What an attribute may be; never nested, so that it can be a column, a JSON value or a line on a page.
Scalar = bool | int | float | str

#: What a lock says of its bolt. `open` is a shackle or door found open without saying how; None where it is silent.
LockState = Literal["locked", "unlocked", "open"]

#: UN/CEFACT SealConditionCode: 1 in right condition, 2 damaged, 3 missing, 4 broken (tampered), 5 faulty electronic seal.
SealCondition = Literal["1", "2", "3", "4", "5"]

#: What a device itself calls an alarm, under one name for all families; rules of ours are made elsewhere.
Alarm = Literal[
    "acceleration",
    "accident",
    "braking",
    "cornering",
    "door",
    "fall-down",
    "fatigue-driving",
    "fault",
    "fuel-leak",
    "general",
    "geofence",
    "geofence-enter",
    "geofence-exit",
    "gps-antenna-cut",
    "humidity",
    "idle",
    "jamming",
    "lane-change",
    "light",
    "lock",
    "low-battery",
    "low-power",
    "movement",
    "overspeed",
    "parking",
    "power-cut",
    "power-off",
    "power-on",
    "power-restored",
    "removing",
    "rope-cut",
    "shock",
    "sos",
    "tampering",
    "temperature",
    "tilt",
    "tow",
    "unlock",
    "vibration",
]


class Position(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A place on the earth (WGS 84).

    Attributes:
        lat: Latitude in degrees, −90 to 90, north positive.
        lon: Longitude in degrees, −180 to 180, east positive.
        accuracy_m: Radius within which the place is believed to be; None where the device does not say.
        altitude_m: Height above the sea; None where unknown.
        hdop: Horizontal dilution of precision; None where unknown.
    """

    lat: float
    lon: float
    accuracy_m: float | None = None
    altitude_m: float | None = None
    hdop: float | None = None


class Cell(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A cell of a mobile network that the device heard.

    Attributes:
        mcc: Mobile country code; None where the protocol leaves it out.
        mnc: Mobile network code; None where the protocol leaves it out.
        area: Location or tracking area code; None where unknown.
        cell: Cell identity.
        signal_dbm: Strength of signal; None where unknown.
    """

    mcc: int | None = None
    mnc: int | None = None
    area: int | None = None
    cell: int
    signal_dbm: int | None = None


class SealReading(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What a seal or lock says of itself.

    Attributes:
        number: Number on the seal; None where it is the device's own, or not told.
        lock: State of the bolt.
        strap: Whether rope, cable or shackle is whole (`intact`) or was parted (`cut`).
        case: Whether the lock's own case is `closed` or was `opened`.
        condition: UN/CEFACT SealConditionCode, where the device states one.
        opened_by: Card, password slot or user that was presented for opening; None where nobody was named.
    """

    number: str | None = None
    lock: LockState | None = None
    strap: Literal["intact", "cut"] | None = None
    case: Literal["closed", "opened"] | None = None
    condition: SealCondition | None = None
    opened_by: str | None = None


class TrackingEvent(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One thing a device told of one moment.

    Attributes:
        id: 32 hex digits from protocol, device, payload and place in it: the same message received twice gives the
            same ids, and nothing else does.
        protocol: Name of the adapter that read it.
        device: Identity that the message claims, 1–128 characters of ASCII; None where the protocol names the device
            only when the connection is opened and the door did not hand that in.
        received_at: When we received the message (UTC), given by the caller.
        time: When it happened by the device's clock (UTC); None where the device did not know.
        kind: `position` reports a place, `status` a state without one (`position` may still be set), `command` an answer
            to something asked of the device.
        position: The fix of that moment; None where there was none.
        last_position: What was sent as place under the device's own word that it has no fix: its last known place, or
            where its network believes it to be. Never a fix; None where nothing, or only zeros, stood there.
        speed_m_s: Speed over ground in m/s.
        course_deg: Course over ground, 0 ≤ c < 360 degrees from true north.
        equipment: Number of the container or vehicle that the message names, as written.
        seal: What the seal says of itself; None where the device is none, or silent.
        door: State of the container's or vehicle's door.
        alarms: What the device calls an alarm (0..n, each once, in the order met).
        battery_percent: Charge of the device's own battery, 0–100.
        battery_v: Voltage of that battery.
        power_v: Voltage of outer power.
        temperature_c: Temperature of the cargo or its air in °C, from the first probe; all probes are in `attributes`.
        humidity_percent: Relative humidity, 0–100.
        light_lux: Light inside; a device that only tells dark from light says so in `attributes`.
        shock_g: Greatest shock since the last message, in g.
        cells: Mobile network cells received, serving cell first (0..n).
        satellites: Satellites used for the fix (count).
        boot: How often the device has started; grows by one each time.
        sequence: Number of the message; its range and when it starts again are the protocol's (docs/standards/devices.md).
        attributes: All else that was told, under the names most open tracking software uses (`ignition`, `temp2`, `io9`,
            `odometer`, …); odometer and distances in metres.
        doubts: Kebab-case names of what in the message is not as its protocol has it (0..n), such as
            `checksum-wrong`, `time-impossible`, `position-impossible`. The event stands; rules may weigh it.
    """

    id: str
    protocol: str
    device: str | None
    received_at: datetime
    time: datetime | None = None
    kind: Literal["position", "status", "command"] = "status"
    position: Position | None = None
    last_position: Position | None = None
    speed_m_s: float | None = None
    course_deg: float | None = None
    equipment: str | None = None
    seal: SealReading | None = None
    door: Literal["open", "closed"] | None = None
    alarms: tuple[Alarm, ...] = ()
    battery_percent: float | None = None
    battery_v: float | None = None
    power_v: float | None = None
    temperature_c: float | None = None
    humidity_percent: float | None = None
    light_lux: float | None = None
    shock_g: float | None = None
    cells: tuple[Cell, ...] = ()
    satellites: int | None = None
    boot: int | None = None
    sequence: int | None = None
    attributes: dict[str, Scalar] = {}
    doubts: tuple[str, ...] = ()


#: Doubt of an event whose time says nothing, and that bears the time of its receipt instead.
TIME_FROM_RECEIPT = "time-from-receipt"

#: Doubt of an event of a device that states no time that can be believed: it stands in the order of receipt.
NO_CLOCK = "no-clock"

#: Doubt of an event that another message under its number contradicts.
IN_DISPUTE = "in-dispute"

#: Doubt of an event whose fix is too coarse to say where it is; `accuracy_m` is what counts of it.
ACCURACY_POOR = "accuracy-poor"

#: Doubt of an event that says something of a seal, door or light in words that are not understood.
SEAL_UNREAD = "seal-state-not-understood"

#: Alarms by which devices say that what they guard was parted.
PARTED_ALARMS = frozenset({"rope-cut", "tampering", "removing"})


def shows_opened(event: TrackingEvent) -> bool:
    """Whether an event shows a bolt that is not locked."""
    return (event.seal is not None and event.seal.lock in ("unlocked", "open")) or "unlock" in event.alarms


def shows_parted(event: TrackingEvent) -> bool:
    """Whether an event shows a seal cut, broken, missing, or its case opened."""
    seal = event.seal or SealReading()
    is_broken = seal.strap == "cut" or seal.case == "opened" or seal.condition in ("3", "4")
    return is_broken or not PARTED_ALARMS.isdisjoint(event.alarms)


def shows_breach(event: TrackingEvent) -> bool:
    """Whether an event shows a seal opened, cut or tampered with, whatever leave there was."""
    return shows_opened(event) or shows_parted(event)
