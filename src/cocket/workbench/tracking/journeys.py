# SPDX-License-Identifier: Apache-2.0
"""Journeys: the list, activation at departure, one journey with its replay, leave to touch its seal, its discharge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Literal, cast
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.pipeline import NotFoundError
from cocket.pipeline.tracking.views import FixView, JourneyView, StockDevice
from cocket.tracking.geometry import Point
from cocket.workbench.base import given
from cocket.workbench.base.export import write_fixes
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.refusals import sentences
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.tracking import formats as tracking_formats
from cocket.workbench.tracking import labels as tracking_words
from cocket.workbench.tracking.control_room import acts_on, called_in
from cocket.workbench.tracking.forms import NO_REASON, fields_of_draft, read_detour, read_journey, read_leave
from cocket.workbench.tracking.journey_strips import LATE, Span, Strips, strips_of
from cocket.workbench.tracking.map_charts import journey_chart, journey_path

routes = APIRouter()

#: Fixes that the table of a journey shows; all of them are in the file beside it.
_ROWS: Final = 60
_HOURS_OF_LEAVE: Final = 4
_DAYS: Final = 3


@routes.get("/tracking/journeys")
def journeys(
    visit: SignedIn, journeys: given.Journeys, state: str = "under-way", text: str = "", page: str = "1"
) -> Response:
    """Journeys, those with red alerts first."""
    state = state if state in tracking_words.JOURNEYS else "under-way"
    number = int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 7 else 1
    found = journeys.journeys(visit.principal, cast(Any, state), text.strip()[:100], max(1, number))
    return _page(visit, "tracking/journeys", found=found, state=state, text=text, address=_address)


@routes.get("/tracking/journeys/new")
def activation_form(
    visit: SignedIn, drafts: given.JourneyDrafts, places: given.Places, devices: given.Devices
) -> Response:
    """The form that begins a journey."""
    local = visit.workbench.now().astimezone(_zone(visit))
    asked = visit.request.query_params
    fields = {"mode": "road", "time_limit": _written(local + timedelta(days=_DAYS))}
    if "consignment" in asked:
        draft = drafts.journey_draft(visit.principal, asked["consignment"])
        return _activation(visit, places, devices, {**fields, **fields_of_draft(draft, _offices(visit, places))})
    return _activation(
        visit, places, devices, {**fields, **{name: asked[name] for name in ("reference", "devices") if name in asked}}
    )


@routes.post("/tracking/journeys/new")
def activate(act: Acting, journeys: given.Journeys, places: given.Places, devices: given.Devices) -> Response:
    """Begin it, or say what is missing beside its field."""
    visit = act.visit
    plan, problems = read_journey(act.fields, _zone(visit))
    general: tuple[str, ...] = ()
    if plan is not None:
        try:
            line = journeys.activate_journey(visit.principal, plan)
        except SenderError as error:
            general = sentences(visit, error)
        else:
            return visit.go(journey_path(line.id), Toast("journey-activated"))
    return _activation(visit, places, devices, act.fields, problems=problems, general=general, status=UNPROCESSABLE)


@routes.get("/tracking/journeys/{journey_id}")
def journey(visit: SignedIn, journeys: given.Journeys, journey_id: str) -> Response:
    """One journey: where it was, what its seal and readings told, what was found, when it will come."""
    view = journeys.journey(visit.principal, journey_id)
    strips = strips_of(view, visit.workbench.now())
    offered = [name for name, right in _ACTS.items() if visit.may(right, _office_of(visit, view, name))]
    return _page(
        visit, "tracking/journey",
        journey=view, chart=journey_chart(view, visit.language), strips=strips, back=journey_path(journey_id),
        replay=_replay(visit, view, strips), rows=_thinned(view.fixes), offered=offered if view.line.state != "discharged" else (),
        acts_on=lambda one: acts_on(visit, one), arrival=_arrival(view, strips), late_after=LATE,
        called=called_in(view),
    )  # fmt: skip


@routes.get("/tracking/journeys/{journey_id}/fixes.csv")
def fixes(visit: SignedIn, journeys: given.Journeys, journey_id: str) -> Response:
    """Every place that is known, as a table for spreadsheets."""
    view = journeys.journey(visit.principal, journey_id)
    name = quote(f"{view.line.reference}.csv", safe="")
    how = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(write_fixes(view.fixes), media_type="text/csv; charset=utf-8", headers=how)


@routes.get("/tracking/journeys/{journey_id}/events.json")
def events(visit: SignedIn, journeys: given.Journeys, journey_id: str, standard: str = "epcis") -> Response:
    """The journey as other systems read it: EPCIS events, or DCSA ones."""
    wanted: Literal["epcis", "dcsa"] = "dcsa" if standard == "dcsa" else "epcis"
    written = journeys.journey_events(visit.principal, journey_id, wanted)
    how = {"content-disposition": f'attachment; filename="journey.{wanted}.json"'}
    return Response(written, media_type="application/json", headers=how)


@routes.get("/tracking/journeys/{journey_id}/{name}")
def act_form(visit: SignedIn, journeys: given.Journeys, places: given.Places, journey_id: str, name: str) -> Response:
    """The form of an act on a journey."""
    local = visit.workbench.now().astimezone(_zone(visit))
    fields = {
        "leave": "open",
        "way": "",
        "since": _written(local),
        "until": _written(local + timedelta(hours=_HOURS_OF_LEAVE)),
    }
    return _act_page(visit, journeys, places, journey_id, name, fields=fields)


@routes.post("/tracking/journeys/{journey_id}/leave")
def give_leave(act: Acting, journeys: given.Journeys, places: given.Places, journey_id: str) -> Response:
    """Give permission to touch the seal, there and then."""
    visit = act.visit
    leave, problems = read_leave(act.fields, _zone(visit), visit.principal.id)
    general: tuple[str, ...] = ()
    if leave is not None:
        try:
            journeys.give_leave(visit.principal, journey_id, leave)
        except NotFoundError:
            raise
        except SenderError as error:
            general = sentences(visit, error)
        else:
            return visit.go(journey_path(journey_id), Toast("leave-given"))
    return _again(act, journeys, places, journey_id, "leave", problems=problems, general=general)


@routes.post("/tracking/journeys/{journey_id}/detour")
def allow_detour(act: Acting, journeys: given.Journeys, places: given.Places, journey_id: str) -> Response:
    """Allow another way for a time."""
    visit = act.visit
    detour, problems = read_detour(act.fields, _zone(visit), _ways(visit, places))
    general: tuple[str, ...] = ()
    if detour is not None:
        try:
            journeys.allow_detour(visit.principal, journey_id, detour, act.text("note"))
        except NotFoundError:
            raise
        except SenderError as error:
            general = sentences(visit, error)
        else:
            return visit.go(journey_path(journey_id), Toast("detour-allowed"))
    return _again(act, journeys, places, journey_id, "detour", problems=problems, general=general)


@routes.post("/tracking/journeys/{journey_id}/convoy")
def join_convoy(act: Acting, journeys: given.Journeys, places: given.Places, journey_id: str) -> Response:
    """Let the journey travel with another that leads, or alone again."""
    visit = act.visit
    try:
        journeys.join_convoy(visit.principal, journey_id, act.text("lead"), act.text("note"))
    except NotFoundError:
        raise
    except SenderError as error:
        return _again(act, journeys, places, journey_id, "convoy", problems={}, general=sentences(visit, error))
    return visit.go(journey_path(journey_id), Toast("convoy-kept"))


@routes.post("/tracking/journeys/{journey_id}/discharge")
def discharge(act: Acting, journeys: given.Journeys, places: given.Places, journey_id: str) -> Response:
    """Discharge the journey at destination."""
    visit, note = act.visit, act.text("note")
    if not note:
        return _again(act, journeys, places, journey_id, "discharge", problems={"note": NO_REASON}, general=())
    try:
        is_irregular = act.text("irregular") == "yes"
        journeys.discharge_journey(visit.principal, journey_id, note, is_irregular=is_irregular)
    except NotFoundError:
        raise
    except SenderError as error:
        return _again(act, journeys, places, journey_id, "discharge", problems={}, general=sentences(visit, error))
    return visit.go(journey_path(journey_id), Toast("journey-discharged"))


class Arrival(msgspec.Struct, frozen=True):
    """The picture of an arrival on a line of 1,000: the interval, its middle, the time limit and its last word."""

    earliest: float
    expected: float
    latest: float
    due: float
    now: float


def _arrival(view: JourneyView, strips: Strips) -> Arrival | None:
    if view.eta is None:
        return None
    begins = strips.span.ends
    ends = max(view.eta.latest, view.line.time_limit, begins + timedelta(minutes=1))
    span = Span(begins - (ends - begins) / 20, ends + (ends - begins) / 20)
    when = (view.eta.earliest, view.eta.expected, view.eta.latest, view.line.time_limit, begins)
    return Arrival(*(span.x(each) / 10 for each in when))


def _replay(visit: Visit, view: JourneyView, strips: Strips) -> str:
    """Every fix as where it stands on the strips, longitude, latitude, and words, for the page's script."""
    seal = _seal_at(view)
    told = [
        (strips.span.x(fix.time), round(fix.lon, 5), round(fix.lat, 5), " · ".join(_words(visit, fix, seal(fix))))
        for fix in view.fixes
    ]
    return msgspec.json.encode(told).decode()


def _words(visit: Visit, fix: FixView, seal: str) -> list[str]:
    words = [visit.clock.moment(fix.time), visit.language.translate(tracking_words.SEALS[seal])]
    words += [tracking_formats.speed(fix.speed_m_s)] if fix.speed_m_s is not None else []
    if fix.along_m is not None:
        words.append(
            visit.language.say(_("{distance} along the route"), distance=tracking_formats.distance(fix.along_m))
        )
    return words


def _seal_at(view: JourneyView) -> Any:
    """Tells the state of the seal at a fix, asked in order of time."""
    steps, state = list(reversed(view.seal_steps)), view.seal_at_start

    def at(fix: FixView) -> str:
        nonlocal state
        while steps and steps[-1].time <= fix.time:
            state = steps.pop().after
        return state

    return at


def _thinned(fixes: tuple[FixView, ...]) -> tuple[FixView, ...]:
    """Fixes evenly thinned to what a table holds, with the last one."""
    step = max(1, -(-len(fixes) // _ROWS))
    return fixes[::-step][::-1] if fixes else ()


def _activation(
    visit: Visit, places: given.Places, devices: given.Devices, fields: Mapping[str, str], **more: Any
) -> Response:
    fences = [kept.fence for kept in places.geofences(visit.principal)]
    how = {"fields": fields, "problems": {}, "general": (), "status": 200, **more}
    return _page(
        visit, "tracking/journey_new",
        offices={one.name: one.called for one in fences if one.purpose == "office"},
        others=[one for one in fences if one.purpose != "office"],
        ways={way: way for way in _ways(visit, places)},
        stock=[one for one in devices.devices(visit.principal) if is_free(one)],
        **how,
    )  # fmt: skip


def _offices(visit: Visit, places: given.Places) -> tuple[str, ...]:
    """Offices that are used the map (0..n)."""
    return tuple(kept.fence.name for kept in places.geofences(visit.principal) if kept.fence.purpose == "office")


def is_free(device: StockDevice) -> bool:
    """Whether a device can follow a journey: it is there, may speak, and follows none."""
    return device.journey is None and device.state == "active" and device.custody != "missing"


#: Acts on a journey, and the right to each.
_ACTS: Final = {
    "leave": "journey:activate",
    "detour": "journey:activate",
    "convoy": "journey:activate",
    "discharge": "journey:discharge",
}


def _office_of(visit: Visit, view: JourneyView, name: str) -> str | None:
    """The office at which an act is done: the goods are presented at destination; else that of whoever sees the journey."""
    return view.line.destination if name == "discharge" else visit.officer.office


def _act_page(
    visit: Visit, journeys: given.Journeys, places: given.Places, journey_id: str, name: str, **more: Any
) -> Response:
    if name not in _ACTS:
        raise NotFoundError("There is no such action.")
    view = journeys.journey(visit.principal, journey_id)
    how = {"fields": {}, "problems": {}, "general": (), "status": 200, **more}
    named = called_in(view)
    leads = _leads(visit, journeys, journey_id) if name == "convoy" else {}
    template = "tracking/journey_act_form" if visit.is_part else "tracking/journey_act"
    return _page(
        visit, template, journey=view, act=name, places=named, ways={way: way for way in _ways(visit, places)},
        leads=leads, **how
    )  # fmt: skip


def _leads(visit: Visit, journeys: given.Journeys, journey_id: str) -> dict[str, str]:
    """Journeys under way that may lead, by id: reference, and where they go (0..50)."""
    lines = journeys.journeys(visit.principal).lines
    return {
        line.id: f"{line.reference} · {line.departure_called or line.departure} → {line.destination_called or line.destination}"
        for line in lines
        if line.id != journey_id and not line.convoy
    }


def _ways(visit: Visit, places: given.Places) -> dict[str, tuple[Point, ...]]:
    """Corridors that may be chosen, by name."""
    return {kept.corridor.name: kept.corridor.line for kept in places.corridors(visit.principal)}


def _again(
    act: Act,
    journeys: given.Journeys,
    places: given.Places,
    journey_id: str,
    name: str,
    *,
    problems: dict[str, str],
    general: tuple[str, ...],
) -> Response:
    how = {"fields": act.fields, "problems": problems, "general": general, "status": UNPROCESSABLE}
    return _act_page(act.visit, journeys, places, journey_id, name, **how)


def _address(state: str, text: str = "", page: int = 1) -> str:
    pairs = (("state", state, "under-way"), ("text", text, ""), ("page", page, 1))
    asked = {name: value for name, value, usual in pairs if value != usual}
    return f"/tracking/journeys?{urlencode(asked)}" if asked else "/tracking/journeys"


def _zone(visit: Visit) -> ZoneInfo:
    return ZoneInfo(visit.workbench.settings.time_zone)


def _written(local: Any) -> str:
    """A moment as the field for it takes it."""
    return f"{local:%Y-%m-%dT%H:%M}"


def _page(visit: Visit, template: str, /, **values: Any) -> Response:
    return visit.page(template, said=tracking_words, shown=tracking_formats, **values)
