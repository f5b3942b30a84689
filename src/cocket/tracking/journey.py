# SPDX-License-Identifier: Apache-2.0
"""A movement under customs control: from office to office, on whose word, by when, by which way, with what at stake."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.tracking.geometry import Fence, Point

Mode = Literal["road", "rail", "sea", "air", "unknown"]


class Authority(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An officer's leave to do something to a seal, at a place, within a time.

    Attributes:
        act: `affix` a seal, `open` it to look and close it again, or `remove` it for good.
        officer: Who gives it.
        place: Name of a fence of the journey within which it holds.
        since: From when (UTC).
        until: Until when (UTC).
        seal: Number of the seal; None for any of the journey's.
        given_at: When it was recorded (UTC): what was received before that is not covered, whatever `since` says. None
            where it is not known, as in plans of before.
    """

    act: Literal["affix", "open", "remove"]
    officer: str
    place: str
    since: datetime
    until: datetime
    seal: str | None = None
    given_at: datetime | None = None


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """That an officer took up or closed an alert: what of its kind is done after that is told anew.

    Attributes:
        device: Device that the alert is about.
        kind: Kind of the alert.
        at: When (UTC).
        what: `taken-up` by the first officer who did something about it, or `closed`: then what goes on is told again, too.
    """

    device: str
    kind: str
    at: datetime
    what: Literal["taken-up", "closed"] = "closed"


class Detour(msgspec.Struct, frozen=True, kw_only=True):
    """A way that is allowed beside the corridor for a time.

    Attributes:
        line: Its bends, in the direction of travel (2..n).
        since: From when (UTC).
        until: Until when (UTC).
        given_at: When it was recorded (UTC): places received before that are not covered, whatever `since` says. None covers
            them all.
    """

    line: tuple[Point, ...]
    since: datetime
    until: datetime
    given_at: datetime | None = None


class PortCall(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a manifest says of a vessel's call.

    Attributes:
        manifest: Reference of the manifest.
        vessel: Device under which the vessel is heard: its MMSI.
        port: The port.
        arrives: Arrival, or departure, as stated (UTC).
        tolerance_s: How far the true one may be off.
        what: Whether goods are discharged there on `arrival`, or were loaded there before `departure`.
        doubts: What speaks against the vessel or the port being the one meant, in words (0..n).
    """

    manifest: str
    vessel: str
    port: Fence
    arrives: datetime
    tolerance_s: float = 12 * 3600
    what: Literal["arrival", "departure"] = "arrival"
    doubts: tuple[str, ...] = ()


class Journey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A transit, or another movement that is followed.

    Attributes:
        id: Our name for it.
        reference: Declaration (MRN) or manifest on which it rests.
        devices: Devices that follow it (1..n).
        departure: Office of departure.
        destination: Office of destination.
        starts_at: When it was activated (UTC).
        time_limit: By when it must be presented at destination (UTC).
        mode: What carries it.
        equipment: Containers or vehicles (0..n); empty if not known, and then none is wrong.
        seals: Seal numbers (0..n); empty if not known.
        guarantee_amount: What is at stake; None if nothing, or unknown.
        guarantee_currency: ISO 4217 code of it.
        guarantee_reference: Number of the guarantee that secures it; unset if none of the ledger does, and then left out of
            its JSON, so that plans of before stay as they were sealed.
        expected_arrival: When it is expected at destination (UTC), as stated at activation, or the end of the interval that
            earlier journeys gave; None if not known.
        operator: Who carries the goods, such as the haulier; "" if not known.
        handed_over_at: When another administration took it over with its devices (UTC): from then on nothing is heard here, and no
            silence or time limit runs on. None while it is ours.
        convoy: Id of the journey that leads its convoy, which may be itself; "" if it travels alone.
        corridor: Bends of the way, in the direction of travel; empty if any way may be taken.
        corridor_half_width_m: How far aside of the corridor is still on it.
        detours: Ways allowed for a time (0..n).
        places: Further fences: permitted stops, unlocking zones, forbidden areas, known dead zones (0..n).
        authorities: Leave given to touch the seal (0..n).
        temperature_c: Lowest and highest temperature the goods bear, in °C; None if none is asked for.
        report_every_s: Interval in which devices were set to report; None to learn it from them.
        discharged_at: When its office of destination discharged it (UTC): the goods were there by then, and no silence or
            time limit runs on. None while it is not.
        seal_states: States (`cocket.tracking.seals.State`) of the seals of its devices as it begins, by device, where they are
            known: another administration handed them over so, or they were armed in the stock. What is not named is sealed
            where the journey has seals.
        taken_over: Red alerts that were open as another administration handed it over, in words: kind and time (0..n).
        handlings: Alerts on it that officers took up or closed (0..n). No part of the plan as it is kept: whoever judges says
            them.
    """

    id: str
    reference: str
    devices: tuple[str, ...]
    departure: Fence
    destination: Fence
    starts_at: datetime
    time_limit: datetime
    mode: Mode = "road"
    equipment: tuple[str, ...] = ()
    seals: tuple[str, ...] = ()
    guarantee_amount: Decimal | None = None
    guarantee_currency: str | None = None
    corridor: tuple[Point, ...] = ()
    corridor_half_width_m: float = 2_000
    detours: tuple[Detour, ...] = ()
    places: tuple[Fence, ...] = ()
    authorities: tuple[Authority, ...] = ()
    temperature_c: tuple[float, float] | None = None
    report_every_s: float | None = None
    discharged_at: datetime | None = None
    guarantee_reference: str | msgspec.UnsetType = msgspec.UNSET
    expected_arrival: datetime | None = None
    operator: str = ""
    handed_over_at: datetime | None = None
    convoy: str = ""
    seal_states: dict[str, str] = {}
    taken_over: tuple[str, ...] = ()
    handlings: tuple[Handling, ...] = ()

    @property
    def seal_numbers(self) -> tuple[str, ...]:
        """Numbers of seals that the plan names: those affixed, and those for which leave is given (0..n)."""
        return (*self.seals, *(one.seal for one in self.authorities if one.seal is not None))

    def fence(self, name: str) -> Fence | None:
        """The fence of a name; None if the journey has none."""
        return next((each for each in (self.departure, self.destination, *self.places) if each.name == name), None)

    def fences(self, *purposes: str) -> tuple[Fence, ...]:
        """Its fences of some purposes, offices included."""
        return tuple(each for each in (self.departure, self.destination, *self.places) if each.purpose in purposes)
