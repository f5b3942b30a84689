# SPDX-License-Identifier: Apache-2.0
"""The demo's scene on the road: lorries that are followed, and a seal that is opened in a dead zone.

Roads and devices are made up; device endpoint, tracker, assessment worker and log are the real ones. What happened before the demo was
started stands in the log as the door would have kept it then; the late dump comes now.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import msgspec

from cocket.cli.demonstration.country import Country, bill_of
from cocket.cli.demonstration.neighbour import Neighbour
from cocket.cli.roles.serving import Serving
from cocket.errors import PartnerError
from cocket.governance import Principal
from cocket.model import Declaration
from cocket.model.message import Lane
from cocket.pipeline import QueueFilter
from cocket.pipeline.instance import TrackingServices
from cocket.pipeline.queries.records import RecordQueries
from cocket.pipeline.tracking.device_intake import Arrival, Source, open_event_log
from cocket.pipeline.tracking.device_register import key_credential, make_device_key, new_device, open_register
from cocket.pipeline.tracking.guarantees import NewGuarantee
from cocket.pipeline.tracking.views import AlertFilter, AlertView, Corridor, NewJourney
from cocket.settings import Settings
from cocket.simulation.people import OFFICES
from cocket.simulation.tracks import Way, ways
from cocket.simulation.trade import CURRENCY
from cocket.tracking.adapters.open_e_seal import Message, SealPart
from cocket.tracking.adapters.open_e_seal_write import write_message
from cocket.tracking.geometry import Fence, Line, Point
from cocket.tracking.guarantee import GuaranteeType

#: Lorries; the seal of the first one is opened.
_LORRIES = 4

#: How long ago they left, how often they report, how fast they drive (m/s), and what is at stake on each.
_AGO, _EVERY, _SPEED, _AT_STAKE = timedelta(hours=4), timedelta(minutes=5), 14.0, Decimal(18_500)

#: Messages that the first lorry kept in the dead zone, and those of them in which its seal is open.
_DEAD, _OPEN = range(18, 44), range(30, 33)

#: Where roads begin, far from any coast, and how far apart (degrees of longitude and latitude).
_INLAND, _APART = (24.0, -22.0), (0.9, -0.7)

#: What secures all lorries, and what secured an earlier one alone: number, type, most at once.
_BOND, _EARLIER_BOND = "26XA00000000000C1", "26XA00000000000D2"
_SECURES = Decimal(150_000)

#: Journeys before the demo, each with a device after the spare one: declaration, when it left, its time limit after that.
_PRESENTED = ("26XA310000T1000117", timedelta(hours=30), timedelta(days=2))
_OVERDUE = ("26XA310000T1000041", timedelta(days=18), timedelta(days=4))
_ASKED = "The carrier: where were the goods presented, and who has the copy of the declaration that was stamped there?"

_PATIENCE_SECONDS = 60.0
_SEED = 4

#: Lanes of goods that nothing has selected.
_CLEAR: tuple[Lane, ...] = ("green", "blue")


class Lorry(msgspec.Struct, frozen=True, kw_only=True):
    """A lorry that is followed: its number, the goods it carries, its road."""

    number: int
    declaration: Declaration
    way: Way

    @property
    def device(self) -> str:
        """The device on its door."""
        return _device(self.number)

    @property
    def container(self) -> str | None:
        """The container on it, as the declaration has it."""
        equipment = self.declaration.shipment.equipment
        return equipment[0].id if equipment else None

    @property
    def seal(self) -> str:
        """The seal on it: the one declared, if one is."""
        equipment = self.declaration.shipment.equipment
        declared = equipment[0].seals if equipment else ()
        return declared[0].id if declared else f"AL{26_000 + self.number}"


class Scene:
    """Lorries on the road.

    Args:
        services: What is known of consignments, and what follows them.
        serving: The house as it runs, with a tracker.
        country: The synthetic country.
        people: Who activates the journeys, who lays down places, and who keeps guarantees.
    """

    def __init__(
        self,
        services: tuple[RecordQueries, TrackingServices],
        serving: Serving,
        country: Country,
        people: tuple[Principal, Principal, Principal],
    ) -> None:
        (self._records, self._tracking), self._serving, self._country = services, serving, country
        self._settings: Settings = serving.settings
        self._officer, self._analyst, self._keeper = people
        self._start = datetime.now(UTC).replace(microsecond=0) - _AGO

    def play(self) -> str:
        """Let the lorries drive under a guarantee, the seal be opened, the late dump come, and earlier journeys end or not.

        Returns:
            What was told, in words; "" where no goods were clear.
        """
        lorries = self._lorries()
        if not lorries:
            return ""
        spare = (_device(_LORRIES + place) for place in range(3))
        self._take_in_devices((*(one.device for one in lorries), *spare))
        self._register_guarantees()
        for lorry in lorries:
            self._lay_down(lorry)
            self._activate(lorry)
        earlier = self._settle_earlier(lorries[0])
        for lorry in lorries:
            self._keep(lorry, range(_DEAD[0] if lorry.number == 0 else self._until_now), is_late=False)
        first = lorries[0]
        silence = self._wait_for(first, "silence")
        self._keep(first, range(_DEAD[0], self._until_now), is_late=True)
        opened = self._wait_for(first, "seal-opened")
        return "; ".join((self._told(first, silence, opened), earlier))

    def exchange(self, neighbour: Neighbour) -> str:
        """After `play`: hand a journey over to the country next door, and take one over from it.

        Returns:
            What was done, in words.
        """
        devices = _device(_LORRIES + 3), _device(_LORRIES + 4)
        self._take_in_devices(devices)
        return neighbour.exchange(_ends_of(0), devices)

    @property
    def _until_now(self) -> int:
        """How many messages a lorry has sent by now."""
        return int(_AGO / _EVERY)

    def _lorries(self) -> list[Lorry]:
        """Lorries with goods that traders lodged themselves and nothing selected, so that no figure of the demo changes."""
        lodged = {f"B/L {bill_of(one)}": one for one in self._country.declarations() if _is_lodged(one)}
        titles = [
            line.title
            for lane in _CLEAR
            for line in self._records.queue(self._officer, QueueFilter(lane=lane, state="all", limit=20_000)).lines
            if line.title in lodged and lodged[line.title].shipment.equipment
        ]
        reach = _SPEED * _AGO.total_seconds() * 1.2
        roads = [way for way in map(_inland, ways(_SEED, roads=24, lanes=0)) if Line(way.points).length_m > reach]
        return [
            Lorry(number=number, declaration=lodged[title], way=_moved(way, (_APART[0] * number, _APART[1] * number)))
            for number, (title, way) in enumerate(zip(sorted(titles)[:_LORRIES], roads, strict=False))
        ]

    def _take_in_devices(self, names: Iterable[str]) -> None:
        register = open_register(self._settings, self._serving.dsn)
        try:
            register.add(*((new_device(name, "open-e-seal"), key_credential(make_device_key())) for name in names))
        finally:
            register.close()

    def _register_guarantees(self) -> None:
        """A guarantee for all journeys of a haulier, and one for a single journey."""
        bonds: tuple[tuple[str, GuaranteeType, Decimal], ...]
        bonds = ((_BOND, "comprehensive", _SECURES), (_EARLIER_BOND, "individual", _AT_STAKE))
        for number, kind, most in bonds:
            new = NewGuarantee(
                reference=number,
                type=kind,
                holder="Alphaland Haulage",
                guarantor="First Bank of Alphaland",
                reference_amount=most,
                currency=CURRENCY,
                valid_from=(datetime.now(UTC) - timedelta(days=60)).date(),
            )
            self._tracking.guarantees.register_guarantee(self._keeper, new)

    def _settle_earlier(self, lorry: Lorry) -> str:
        """Two earlier journeys on the same way: one presented, its guarantee released; one past its limit, asked about."""
        here, there = _ends(lorry)
        lines = []
        for place, (reference, ago, limit) in enumerate((_PRESENTED, _OVERDUE), start=1):
            begins = datetime.now(UTC).replace(microsecond=0) - ago
            plan = NewJourney(
                reference=reference,
                devices=(_device(_LORRIES + place),),
                departure=here,
                destination=there,
                starts_at=begins,
                time_limit=begins + limit,
                seals=(f"AL{26_100 + place}",),
                guarantee_amount=_AT_STAKE,
                guarantee_currency=CURRENCY,
                guarantee=_EARLIER_BOND if place == 1 else _BOND,
                operator="Alphaland Haulage",
            )
            lines.append(self._tracking.journeys.activate_journey(self._officer, plan))
            if place == 1:
                self._tracking.journeys.discharge_journey(self._officer, lines[0].id, "Presented with its seal whole.")
        asked = self._tracking.enquiries.open_enquiry(self._officer, lines[1].id, _ASKED)
        used = self._tracking.guarantees.guarantee(self._keeper, _BOND).guarantee
        freed = self._tracking.guarantees.guarantee(self._keeper, _EARLIER_BOND).guarantee
        return (
            f"guarantee {_BOND} secures {len(used.usages)} journeys for {CURRENCY} {used.exposure:,}, "
            f"{_EARLIER_BOND} released {freed.released}; {_OVERDUE[0]} is {asked.days_over} days past its limit, "
            "with an enquiry open"
        )

    def _lay_down(self, lorry: Lorry) -> None:
        """Offices, corridor, lorry parks and the hole in coverage of its road."""
        way, line = lorry.way, Line(lorry.way.points)
        here, there = _ends(lorry)
        fences = [
            msgspec.structs.replace(way.departure, name=here, title=_title(here)),
            msgspec.structs.replace(way.destination, name=there, title=_title(there)),
            *(fence for _, fence in way.parks),
        ]
        if lorry.number == 0:
            middle = line.at(self._along(_DEAD[len(_DEAD) // 2]))
            radius = 0.6 * (self._along(_DEAD[-1]) - self._along(_DEAD[0]))
            fences.append(
                Fence(name=_hole(lorry), purpose="dead-zone", centre=(middle.lon, middle.lat), radius_m=radius)
            )
        for fence in fences:
            self._tracking.places.put_geofence(self._analyst, fence)
        self._tracking.places.put_corridor(self._analyst, Corridor(name=way.name, line=way.points, half_width_m=2_500))

    def _activate(self, lorry: Lorry) -> None:
        here, there = _ends(lorry)
        hole = (_hole(lorry),) if lorry.number == 0 else ()
        plan = NewJourney(
            reference=bill_of(lorry.declaration) or "",
            devices=(lorry.device,),
            departure=here,
            destination=there,
            starts_at=self._start,
            time_limit=self._start + timedelta(days=2),
            equipment=(lorry.container,) if lorry.container else None,
            seals=(lorry.seal,),
            guarantee_amount=_AT_STAKE,
            guarantee_currency=CURRENCY,
            guarantee=_BOND,
            operator="Alphaland Haulage",
            corridor=lorry.way.name,
            places=(*(fence.name for _, fence in lorry.way.parks), *hole),
            report_every_s=_EVERY.total_seconds(),
        )
        self._tracking.journeys.activate_journey(self._officer, plan)

    def _along(self, number: int) -> float:
        """Metres along the road at a message; the lorry stands while its seal is open."""
        stood = len([one for one in _OPEN if one < number])
        return _SPEED * _EVERY.total_seconds() * (number - stood)

    def _keep(self, lorry: Lorry, numbers: range, *, is_late: bool) -> None:
        """Keep messages as the door does: each when it was sent, or all of them now."""
        source = Source(
            device=lorry.device, adapter="open-e-seal", topic=f"iot/{lorry.device}/telemetry", proof="certificate"
        )
        now = datetime.now(UTC)
        arrivals = [
            Arrival(source, int((now if is_late else self._sent(n)).timestamp() * 1_000_000), self._message(lorry, n))
            for n in numbers
        ]
        log = open_event_log(self._settings, self._serving.dsn)
        try:
            log.append(uuid4(), arrivals)
        finally:
            log.close()

    def _sent(self, number: int) -> datetime:
        return self._start + _EVERY * number

    def _message(self, lorry: Lorry, number: int) -> bytes:
        place = Line(lorry.way.points).at(self._along(number))
        is_open = lorry.number == 0 and number in _OPEN
        return write_message(
            Message(
                v=1,
                dev=lorry.device,
                boot=1,
                seq=number + 1,
                t=int(self._sent(number).timestamp() * 1000),
                pos=(round(place.lat * 1e7), round(place.lon * 1e7), 10),
                spd=0 if is_open else int(_SPEED * 100),
                seal=SealPart(n=lorry.seal, lock=0 if is_open else 1, strap=1, case=1),
                door=1 if is_open else 0,
                bat=(90 - number // 4, None),
                lux=400 if is_open else 0,
                tmp=(2100 + 10 * (number % 7),),
                eq=lorry.container,
            ),
            "json",
        )

    def _wait_for(self, lorry: Lorry, kind: str) -> AlertView:
        """Wait until the tracker has told of an alert on a lorry.

        Raises:
            PartnerError: It takes longer than a minute.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            self._serving.tend()
            queue = self._tracking.alerts.alerts(self._officer, AlertFilter(state="all", kind=kind, text=lorry.device))
            if queue.alerts:
                return queue.alerts[0]
            time.sleep(0.2)
        raise PartnerError(f"The tracker has not raised {kind} after a minute.", hint="Check cocket status.")

    def _told(self, lorry: Lorry, silence: AlertView, opened: AlertView) -> str:
        after = self._tracking.alerts.alert(self._officer, silence.id)
        journey = self._tracking.journeys.journey(self._officer, opened.journey or "")
        what = [
            f"B/L {opened.reference}: silent from {silence.since:%H:%M}",
            f"seal opened in the dead zone at {opened.since:%H:%M}, reported at {opened.raised_at:%H:%M} with the first late messages",
        ]
        if after.is_withdrawn:
            what.append("the silence withdrawn")
        if opened.ordered:
            what.append(f"examination ordered at {journey.line.destination}")
        if journey.line.guarantee == "held":
            what.append(f"guarantee of {CURRENCY} {_AT_STAKE:,} held")
        return "; ".join(what)


def _inland(way: Way) -> Way:
    """The same road where it is surely on land: made-up roads begin anywhere, and some of them at sea."""
    lon, lat = way.points[0]
    return _moved(way, (_INLAND[0] - lon, _INLAND[1] - lat))


def _moved(way: Way, by: Point) -> Way:
    """The same road elsewhere, by degrees of longitude and latitude, with its offices and parks."""

    def point(given: Point) -> Point:
        return given[0] + by[0], given[1] + by[1]

    def fence(given: Fence) -> Fence:
        return msgspec.structs.replace(given, centre=point(given.centre)) if given.centre else given

    return msgspec.structs.replace(
        way,
        points=tuple(point(each) for each in way.points),
        departure=fence(way.departure),
        destination=fence(way.destination),
        parks=tuple((along, fence(park)) for along, park in way.parks),
    )


def _device(number: int) -> str:
    return f"seal-{number + 1:03d}"


def _is_lodged(declaration: Declaration) -> bool:
    return declaration.status is None or declaration.status.registration is None


def _ends(lorry: Lorry) -> tuple[str, str]:
    """Offices of departure and destination, as codes; each lorry goes between places of its own."""
    return _ends_of(lorry.number)


def _ends_of(number: int) -> tuple[str, str]:
    codes = [office.code for office in OFFICES]
    return f"{codes[0]}-{number + 1}", f"{codes[1 + number % 2]}-{number + 1}"


def _title(end: str) -> str:
    """Name in words of an end of a way, such as "North Gate 2" for XA310000-2."""
    code, number = end.split("-")
    (name,) = (office.name for office in OFFICES if office.code == code)
    return f"{name.title()} {number}"


def _hole(lorry: Lorry) -> str:
    return f"{lorry.way.name}-hole"
