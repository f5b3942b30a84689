# SPDX-License-Identifier: Apache-2.0
"""The control room: devices on the map, the alerts to deal with, and what is done about each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, cast
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from cocket.pipeline import NotFoundError
from cocket.pipeline.tracking.alerts import TrackingAlerts
from cocket.pipeline.tracking.views import AlertFilter, AlertView, CloseReason, JourneyView
from cocket.tracking.alerts import KINDS
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.refusals import refusal
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit, local
from cocket.workbench.tracking import formats as tracking_formats
from cocket.workbench.tracking import labels as tracking_words
from cocket.workbench.tracking.forms import NO_REASON
from cocket.workbench.tracking.map_charts import (
    alert_chart,
    alert_features,
    alert_path,
    chart_of,
    device_features,
    place_features,
)
from cocket.workbench.tracking.map_features import encoded

routes = APIRouter()

_PAGE: Final = 25
_FURTHEST: Final = 1_000_000

#: Alerts that the map shows at most: more than that are no picture.
_ON_MAP: Final = 200


@routes.get("/tracking")
def room(visit: SignedIn, alerts: given.Alerts, devices: given.Devices, places: given.Places) -> Response:
    """The live map, and beside it the alerts."""
    now = visit.workbench.now()
    wanted = read_alert_filter(visit.request.query_params)
    queue = alerts.alerts(visit.principal, wanted)
    positions = devices.positions(visit.principal, watch="begin")
    on_map = alerts.alerts(visit.principal, AlertFilter(limit=_ON_MAP), watch="begin")
    standing = on_map.alerts
    fences = places.geofences(visit.principal)
    drawn = place_features(fences, places.corridors(visit.principal), visit.language)
    moving = [
        *device_features(positions.positions, visit.language, now),
        *alert_features(standing, visit.language),
    ]
    return _page(
        visit, "tracking/control_room",
        queue=queue, wanted=wanted, positions=positions, chart=chart_of([*drawn, *moving], moving),
        live=encoded(moving), fresh=0, since=positions.at, address=address_of, here=address_of(wanted), kinds=KINDS,
        on_map=(len(standing), on_map.total), called={kept.fence.name: kept.fence.called for kept in fences},
    )  # fmt: skip


@routes.get("/tracking/live")
def live(visit: SignedIn, devices: given.Devices, alerts: given.Alerts, since: str = "") -> Response:
    """The part of the control room that is asked for again and again: where devices are, and how many alerts are new."""
    now = visit.workbench.now()
    positions = devices.positions(visit.principal, watch="go-on")
    standing = alerts.alerts(visit.principal, AlertFilter(limit=_ON_MAP), watch="go-on").alerts
    moving = [*device_features(positions.positions, visit.language, now), *alert_features(standing, visit.language)]
    opened = _moment(since)
    fresh = sum(alert.raised_at > opened for alert in standing) if opened else 0
    return _page(
        visit, "tracking/live", positions=positions, live=encoded(moving), fresh=fresh, since=opened or positions.at
    )


@routes.get("/tracking/alerts/{alert_id}")
def alert(visit: SignedIn, alerts: given.Alerts, journeys: given.Journeys, alert_id: str) -> Response:
    """One alert: what was found, what was allowed, what speaks against it, and what was done."""
    shown = alerts.alert(visit.principal, alert_id)
    journey = journeys.journey(visit.principal, shown.journey) if shown.journey else None
    return _page(
        visit, "tracking/alert",
        alert=shown, chart=alert_chart(shown, journey, visit.language), acts=acts_on(visit, shown), back=alert_path(alert_id),
        called=called_in(journey) if journey else {},
    )  # fmt: skip


@routes.get("/tracking/alerts/{alert_id}/{name}")
def act_form(visit: SignedIn, alerts: given.Alerts, alert_id: str, name: str) -> Response:
    """The form of an act."""
    shown = alerts.alert(visit.principal, alert_id)
    fields = {"officer": visit.officer.id, "back": visit.request.query_params.get("back", "")}
    return _act_page(visit, shown, name, fields=fields)


@routes.post("/tracking/alerts/{alert_id}/{name}")
def do(act: Acting, alerts: given.Alerts, alert_id: str, name: str) -> Response:
    """Do it, or say what is missing beside its field."""
    if name not in _DOING:
        raise NotFoundError("There is no such action.")
    problems = _missing(name, act)
    general = () if problems else refusal(act.visit, lambda: _DOING[name](alerts, act, alert_id))
    if not problems and not general:
        back = local(act.text("back"))
        path = back if back.startswith("/tracking") else alert_path(alert_id)
        return act.visit.go(path, Toast(f"alert-{name}"))
    shown = alerts.alert(act.visit.principal, alert_id)
    return _act_page(
        act.visit, shown, name, fields=act.fields, problems=problems, general=general, status=UNPROCESSABLE
    )


#: What each act does.
_DOING: Final[dict[str, Callable[[TrackingAlerts, Act, str], AlertView]]] = {
    "acknowledge": lambda service, act, one: service.acknowledge(act.visit.principal, one, act.text("note")),
    "assign": lambda service, act, one: service.assign(act.visit.principal, one, act.text("officer"), act.text("note")),
    "dispatch": lambda service, act, one: service.dispatch_unit(
        act.visit.principal, one, act.text("unit"), act.text("note")
    ),
    "there": lambda service, act, one: service.report_there(act.visit.principal, one, act.text("note")),
    "close": lambda service, act, one: service.close_alert(
        act.visit.principal, one, cast(CloseReason, act.text("reason")), act.text("note")
    ),
}


def acts_on(visit: Visit, alert: AlertView) -> tuple[str, ...]:
    """Acts that may be offered on an alert, the next one first (0..n).

    Whoever sees it is of its office of departure or destination, or of none; so it is for the role to say.
    """
    office = visit.officer.office
    if alert.state == "closed" or not visit.may("alert:handle", office):
        return ()
    first = ("acknowledge",) if alert.state == "open" else ()
    last = ("close",) if visit.may("alert:close", office) else ()
    if alert.is_withdrawn:  # nobody is to go and see what later data refuted
        return last
    out = "there" if alert.unit and alert.clocks.there_s is None else "dispatch"
    return (*first, "assign", out, *last)


def called_in(journey: JourneyView) -> dict[str, str]:
    """What the places of a journey are called, by name."""
    plan = journey.plan
    return {fence.name: fence.called for fence in (plan.departure, plan.destination, *plan.places)}


def read_alert_filter(asked: Mapping[str, str]) -> AlertFilter:
    """The filter an address asks for; what it says wrongly counts as not said."""
    state, severity, offset = asked.get("state", "to-do"), asked.get("severity", ""), asked.get("offset", "0")
    return AlertFilter(
        state=cast(Any, state if state in tracking_words.QUEUES else "to-do"),
        severity=cast(Any, severity if severity in tracking_words.SEVERITIES else None),
        kind=cast(Any, asked["kind"] if asked.get("kind") in KINDS else None),
        journey=asked.get("journey", "").strip()[:50] or None,
        text=asked.get("text", "").strip()[:100] or None,
        is_overdue=asked.get("overdue") == "yes",
        order=cast(Any, asked.get("order") if asked.get("order") in tracking_words.ORDERS else "newest"),
        offset=min(int(offset), _FURTHEST) if offset.isascii() and offset.isdigit() else 0,
        limit=_PAGE,
    )


def address_of(wanted: AlertFilter, **other: object) -> str:
    """Address of a part of the queue; another part starts at its first line."""
    shown = {
        "state": wanted.state,
        "severity": wanted.severity,
        "kind": wanted.kind,
        "journey": wanted.journey,
        "text": wanted.text,
        "overdue": "yes" if wanted.is_overdue else None,
        "order": wanted.order,
        "offset": wanted.offset,
        **({"offset": 0} if other else {}),
        **other,
    }
    usual = {"state": "to-do", "order": "newest", "offset": 0}
    asked = {name: value for name, value in shown.items() if value != usual.get(name)}
    return f"/tracking?{urlencode(asked)}" if asked else "/tracking"


def _missing(name: str, act: Act) -> dict[str, str]:
    problems: dict[str, str] = {}
    if name == "assign" and not act.text("officer"):
        problems["officer"] = _("Choose to whom.")
    if name == "dispatch" and not act.text("unit"):
        problems["unit"] = _("Enter which unit.")
    if name == "close" and act.text("reason") not in tracking_words.REASONS:
        problems["reason"] = _("Choose how it ended.")
    if name == "close" and not act.text("note"):
        problems["note"] = NO_REASON
    return problems


def _act_page(visit: Visit, alert: AlertView, name: str, **more: Any) -> Response:
    if name not in _DOING:
        raise NotFoundError("There is no such action.")
    how = {"fields": {}, "problems": {}, "general": (), "status": 200, **more}
    template = "tracking/alert_act_form" if visit.is_part else "tracking/alert_act"
    return _page(visit, template, alert=alert, act=name, **how)


def _page(visit: Visit, template: str, /, **values: Any) -> Response:
    return visit.page(
        template,
        **{
            "said": tracking_words,
            "shown": tracking_formats,
            "acts_on": lambda one: acts_on(visit, one),
            **values,
        },
    )


def _moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else None
