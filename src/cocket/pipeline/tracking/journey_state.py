# SPDX-License-Identifier: Apache-2.0
"""Where a journey stands: what is kept of it between two judgements, so that lists need not judge again."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from datetime import datetime

import msgspec

from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import Access
from cocket.pipeline.base.ownership import of_journey
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.tracking.views import JourneyLine, SealStep
from cocket.stores.base.database import Connection
from cocket.stores.tracking.journeys import StoredJourney
from cocket.tracking.admission import when
from cocket.tracking.case import Case
from cocket.tracking.geometry import Point
from cocket.tracking.journey import Journey
from cocket.tracking.seals import LOST, follow, state_at_start

#: How grave a state of a seal is, least first; of several devices the gravest is shown.
_GRAVITY = ("unsealed", "sealed", "open", "faulty", "powerless", "breached", "tampered")


def gravest(states: Iterable[str]) -> str:
    """The gravest of some states of seals (1..n)."""
    return max(states, key=_GRAVITY.index)


class DeviceProgress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far one device has come on a journey.

    Attributes:
        heard: Time of its last event; None if nothing counts yet.
        place: Its last place.
        share: Share of the corridor (0–1); None without one.
        along_m: Metres along it.
        seal: State of its seal.
        steps: Changes of its seal that are sealed in the book, by event, sign and state after (0..n).
        arrived: When it arrived; None if not yet.
    """

    heard: datetime | None = None
    place: Point | None = None
    share: float | None = None
    along_m: float | None = None
    seal: str = "unsealed"
    steps: tuple[str, ...] = ()
    arrived: datetime | None = None


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """How a journey that arrived went along its corridor: shares of it, and seconds since it began."""

    shares: tuple[float, ...]
    seconds: tuple[float, ...]


class JourneyStanding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a journey stands.

    Attributes:
        devices: Progress by device.
        passed: How it went, once it arrived; None before, and without a corridor.
    """

    devices: dict[str, DeviceProgress] = {}
    passed: Passed | None = None

    @property
    def furthest(self) -> DeviceProgress | None:
        """The device heard last; None if none was."""
        heard = [(one.heard, name) for name, one in self.devices.items() if one.heard is not None]
        return self.devices[max(heard)[1]] if heard else None

    @property
    def arrived(self) -> datetime | None:
        """When the first of its devices arrived; None if none has."""
        return min((one.arrived for one in self.devices.values() if one.arrived is not None), default=None)

    def seal(self, plan: Journey) -> str:
        """The state of its seals: the gravest of several devices; before anything was heard, as the plan has it."""
        heard = {name: one.seal for name, one in self.devices.items()}
        return gravest([heard.get(device) or state_at_start(plan, device) for device in plan.devices] or heard.values())


_READ_PLAN = msgspec.json.Decoder(Journey)
_READ_STANDING = msgspec.json.Decoder(JourneyStanding)


def plan_of(journey: StoredJourney) -> Journey:
    """The plan of a journey, with when it was discharged."""
    return msgspec.structs.replace(_READ_PLAN.decode(journey.plan), discharged_at=journey.discharged)


def standing_of(journey: StoredJourney) -> JourneyStanding:
    """Where a journey stands."""
    return _READ_STANDING.decode(journey.standing)


def lost_seals(journey: StoredJourney) -> str:
    """The gravest state without integrity in which a journey's seals are; "" where each has it, or has an officer's word.

    The state counts, not only alerts: whatever was closed or withdrawn, only an officer who affixes a seal mends one.
    """
    return _gravest_of(journey, LOST)


def seals_not_whole(journey: StoredJourney) -> str:
    """The gravest state in which a journey's seals are not whole as it is to be discharged; "" where they are.

    One that stands open where the journey arrived was opened there, or by leave.
    """
    return lost_seals(journey) or ("" if journey.arrived else _gravest_of(journey, {"open"}))


def _gravest_of(journey: StoredJourney, states: Container[str]) -> str:
    plan, standing = plan_of(journey), standing_of(journey)
    of_devices = (
        heard.seal if (heard := standing.devices.get(device)) else state_at_start(plan, device)
        for device in plan.devices
    )
    found = [state for state in of_devices if state in states]
    return gravest(found) if found else ""


def seal_steps(case: Case, device: str) -> tuple[SealStep, ...]:
    """Changes of a device's seal on a journey, by time (0..n)."""
    steps = []
    for turn in follow(case.seal_events, case.journey):
        place = turn.event.position
        steps.append(
            SealStep(
                event=turn.event.id,
                device=device,
                time=when(turn.event),
                sign=turn.sign,
                before=turn.before,
                after=turn.after,
                leave=turn.leave,
                officer=turn.authority.officer if turn.authority else None,
                number=turn.number,
                lon=place.lon if place else None,
                lat=place.lat if place else None,
            )
        )
    return tuple(steps)


def step_name(step: SealStep) -> str:
    """What names a change of a seal."""
    return f"{step.event}/{step.sign}/{step.after}"


def progress_of(case: Case, steps: Sequence[SealStep], device: str) -> DeviceProgress:
    """How far a device has come."""
    last = case.fixes[-1] if case.fixes else None
    along = case.progress[-1].along_m if case.progress else None
    length = case.line.length_m if case.line else 0.0
    share = min(1.0, along / length) if along is not None and length > 0 else None
    return DeviceProgress(
        heard=when(case.events[-1]) if case.events else None,
        place=(last.place.lon, last.place.lat) if last else None,
        share=share,
        along_m=along,
        seal=steps[-1].after if steps else state_at_start(case.journey, device),
        steps=tuple(step_name(step) for step in steps),
        arrived=when(case.arrival.event) if case.arrival else None,
    )


def passed_of(case: Case) -> Passed | None:
    """How an arrived journey went along its corridor, at most 100 points of it; None if it cannot be told."""
    if case.arrival is None or case.line is None or case.journey is None or case.line.length_m <= 0:
        return None
    began = case.journey.starts_at
    points = [(0.0, 0.0)]
    for fix, place in zip(case.fixes, case.progress, strict=True):
        share, elapsed = place.along_m / case.line.length_m, (when(fix.event) - began).total_seconds()
        if elapsed > points[-1][1] and share > points[-1][0] and when(fix.event) < when(case.arrival.event):
            points.append((min(share, 1.0), elapsed))
    points = points[:: max(1, len(points) // 100)]
    arrived = (when(case.arrival.event) - began).total_seconds()
    ends = [point for point in points if point[0] < 1.0 and point[1] < arrived]
    whole = [*ends, (1.0, arrived)]
    return Passed(shares=tuple(share for share, _ in whole), seconds=tuple(second for _, second in whole))


class JourneyAccess:
    """Which journeys a reader sees, and what of them.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._access = Access(stores)

    def sees(self, principal: Principal, journey: StoredJourney) -> bool:
        """Whether policy shows a journey to this reader: from its office of departure, or that of destination."""
        return self._access.may(principal, "journey:read", of_journey(journey))

    def acts_on(self, principal: Principal, journeys: Iterable[StoredJourney]) -> bool:
        """Whether a thing of the whole house is this principal's to act on while it is bound to these journeys.

        It then belongs to the offices of these journeys, and no longer to every office alike.

        Args:
            principal: Who would act.
            journeys: Journeys that it follows or secures (1..n); without any, only those bound to no office act on it.
        """
        offices = dict.fromkeys(office for one in journeys for office in of_journey(one).offices)
        return self._access.may(principal, "journey:read", Resource(offices=tuple(offices)))

    def without_foreign(
        self, connection: Connection, principal: Principal, lines: Sequence[JourneyLine]
    ) -> tuple[JourneyLine, ...]:
        """Lines of journeys that this reader sees, without the dossiers that he does not."""
        seen = {str(one) for one in self._access.seen(connection, principal, [line.consignment for line in lines])}
        return tuple(
            line if line.consignment in seen else msgspec.structs.replace(line, consignment=None) for line in lines
        )
