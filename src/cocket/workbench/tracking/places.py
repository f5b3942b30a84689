# SPDX-License-Identifier: Apache-2.0
"""Geofences and corridors: used the map or written as a table of points, changed, retired, and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.pipeline import NotFoundError
from cocket.pipeline.tracking.views import Corridor, CorridorView, GeofenceView
from cocket.tracking.geometry import Fence
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.refusals import sentences
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.tracking import formats as tracking_formats
from cocket.workbench.tracking import labels as tracking_words
from cocket.workbench.tracking.forms import MOST_POINTS, NO_REASON, SHAPES, fields_of_place, read_place, rows_of
from cocket.workbench.tracking.map_charts import chart_of, place_features

routes = APIRouter()

Kept = GeofenceView | CorridorView

#: Empty rows that a form offers to those who draw without scripts.
_SPARE: Final = 3


class PlaceLine(msgspec.Struct, frozen=True):
    """One place in the list.

    Attributes:
        kind: `geofence` or `corridor`.
        name: What it is called.
        what: What it is for, still to be translated.
        size: How large it is, in words.
        kept: As the house has it.
    """

    kind: str
    name: str
    what: str
    size: str
    kept: Kept


@routes.get("/tracking/places")
def places(visit: SignedIn, places: given.Places, retired: str = "") -> Response:
    """Every place on the map and in a table."""
    with_retired = retired == "yes"
    fences = places.geofences(visit.principal, with_retired=with_retired)
    corridors = places.corridors(visit.principal, with_retired=with_retired)
    kept: tuple[Kept, ...] = (*corridors, *fences)
    lines = [_line_of(one) for one in kept]
    chart = chart_of(place_features(fences, corridors, visit.language))
    return _page(visit, "tracking/places", lines=lines, chart=chart, with_retired=with_retired, path_of=place_path)


@routes.get("/tracking/places/new")
def new_form(visit: SignedIn, places: given.Places, shape: str = "circle") -> Response:
    """An empty form, and a map to draw on."""
    shape = shape if shape in SHAPES else "circle"
    fields = {"shape": shape, "purpose": "office", "radius": "500", "half_width": "2000"}
    return _form(visit, places, fields)


@routes.post("/tracking/places/new")
def put(act: Acting, places: given.Places) -> Response:
    """Keep a place, new or changed; the toast takes it back."""
    visit = act.visit
    if "more" in act.fields:
        return _form(visit, places, act.fields, room=sum(name.startswith("lat-") for name in act.fields) + _SPARE)
    place, problems = read_place(act.fields)
    general: tuple[str, ...] = ()
    if place is not None and act.text("was") != place.name and _is_known(visit, places, place):
        problems = {"name": _("A place of this name exists; open it to change it.")}
    elif place is not None:
        try:
            return _put(visit, places, place)
        except SenderError as error:
            general = sentences(visit, error)
    return _form(visit, places, act.fields, problems=problems, general=general, status=UNPROCESSABLE)


@routes.get("/tracking/places/change")
def change_form(visit: SignedIn, places: given.Places, kind: str = "", name: str = "") -> Response:
    """A place as it stands, to be changed."""
    kept = _kept(visit, places, kind, name)
    fields = fields_of_place(kept.fence if isinstance(kept, GeofenceView) else kept.corridor)
    if len(rows_of(fields)) < sum(field.startswith("lat-") for field in fields):
        raise SenderError(_("This place has more points than the form supports."), code="place-points")
    return _form(visit, places, {**fields, "was": name})


@routes.get("/tracking/places/retire")
def retire_form(visit: SignedIn, places: given.Places, kind: str = "", name: str = "") -> Response:
    """The form that asks why a place is no longer to be offered."""
    return _retire_page(visit, places, kind, name)


@routes.post("/tracking/places/retire")
def retire(act: Acting, places: given.Places, kind: str = "", name: str = "") -> Response:
    """No longer offer it; the toast takes that back."""
    visit, reason = act.visit, act.text("reason")
    _kept(visit, places, kind, name)
    if not reason:
        more = {"fields": act.fields, "problems": {"reason": NO_REASON}, "status": UNPROCESSABLE}
        return _retire_page(visit, places, kind, name, **more)
    (places.retire_corridor if kind == "corridor" else places.retire_geofence)(visit.principal, name, reason)
    undo = place_path(kind, name, "restore")
    return visit.go("/tracking/places", Toast("place-retired", {"name": name}, undo=undo))


@routes.post("/tracking/places/restore")
def restore(act: Acting, places: given.Places, kind: str = "", name: str = "", version: str = "") -> Response:
    """Offer a place again, or go back to an earlier form of it."""
    visit = act.visit
    asked = int(version) if version.isascii() and version.isdigit() and len(version) < 7 else None
    (places.restore_corridor if kind == "corridor" else places.restore_geofence)(visit.principal, name, asked)
    return visit.go("/tracking/places", Toast("place-restored", {"name": name}))


def place_path(kind: str, name: str, act: str = "change", version: int | None = None) -> str:
    """Address of an act on a place. Its name stands behind the question mark, for it may hold anything."""
    asked = {"kind": kind, "name": name, **({"version": version} if version else {})}
    return f"/tracking/places/{act}?{urlencode(asked)}"


def _put(visit: Visit, places: given.Places, place: Fence | Corridor) -> Response:
    kept: Kept
    if isinstance(place, Corridor):
        kind, kept = "corridor", places.put_corridor(visit.principal, place)
    else:
        kind, kept = "geofence", places.put_geofence(visit.principal, place)
    undo = None
    if kept.version > 1:
        undo = place_path(kind, place.name, "restore", kept.version - 1)
    says = {"name": place.name, "version": str(kept.version)}
    return visit.go("/tracking/places", Toast("place-kept", says, undo=undo))


def _form(visit: Visit, places: given.Places, fields: Mapping[str, str], *, room: int = 0, **more: Any) -> Response:
    """The form of a place beside a map, with rows for `room` points at least."""
    was = fields.get("was", "")
    fences, corridors = (
        places.geofences(visit.principal),
        places.corridors(visit.principal),
    )
    own = [one for one in fences if one.fence.name == was], [one for one in corridors if one.corridor.name == was]
    others = [one for one in fences if one not in own[0]], [one for one in corridors if one not in own[1]]
    around = list(place_features(*own, visit.language)) or None
    rows, shape = rows_of(fields), fields.get("shape", "circle")
    spare = (0 if rows else 1) if shape == "circle" else max(room - len(rows), _SPARE)
    how = {"problems": {}, "general": (), "status": 200, **more}
    return _page(
        visit, "tracking/place",
        fields=fields, shape=shape if shape in SHAPES else "circle", shapes=SHAPES, was=was,
        rows=[*rows, *[("", "")] * spare], most=MOST_POINTS,
        chart=chart_of(place_features(*others, visit.language), around),
        **how,
    )  # fmt: skip


def _retire_page(visit: Visit, places: given.Places, kind: str, name: str, **more: Any) -> Response:
    kept = _kept(visit, places, kind, name)
    how = {"fields": {}, "problems": {}, "status": 200, **more}
    template = "tracking/place_retire_form" if visit.is_part else "tracking/place_retire"
    return _page(visit, template, line=_line_of(kept), path_of=place_path, **how)


def _kept(visit: Visit, places: given.Places, kind: str, name: str) -> Kept:
    found: list[Kept] = []
    if kind == "corridor":
        found = [one for one in places.corridors(visit.principal, with_retired=True) if one.corridor.name == name]
    elif kind == "geofence":
        found = [one for one in places.geofences(visit.principal, with_retired=True) if one.fence.name == name]
    if not found:
        raise NotFoundError("There is no such place.")
    return found[0]


def _is_known(visit: Visit, places: given.Places, place: Fence | Corridor) -> bool:
    try:
        _kept(visit, places, "corridor" if isinstance(place, Corridor) else "geofence", place.name)
    except NotFoundError:
        return False
    return True


def _line_of(kept: Kept) -> PlaceLine:
    if isinstance(kept, CorridorView):
        size = tracking_formats.distance(kept.length_m)
        return PlaceLine("corridor", kept.corridor.name, _("Corridor"), size, kept)
    fence = kept.fence
    size = tracking_formats.distance(fence.radius_m) if fence.centre is not None else ""
    return PlaceLine("geofence", fence.name, tracking_words.PURPOSES[fence.purpose], size, kept)


def _page(visit: Visit, template: str, /, **values: Any) -> Response:
    return visit.page(template, said=tracking_words, shown=tracking_formats, **values)
