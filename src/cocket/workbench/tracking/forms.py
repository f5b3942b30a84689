# SPDX-License-Identifier: Apache-2.0
"""From what an officer entered to a journey, a leave, a place: each problem is said beside its field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

import msgspec

from cocket.pipeline.tracking.journey_drafts import JourneyDraft
from cocket.pipeline.tracking.views import Corridor, NewJourney
from cocket.tracking.geometry import Fence, Point
from cocket.tracking.journey import Authority, Detour
from cocket.workbench.base.labels import _
from cocket.workbench.tracking.labels import LEAVE_ACTS, MODES, PURPOSES

NO_REASON: Final = _("Give a reason; it is recorded under your name.")

#: Points that a form takes (count); the fields of more would not fit into one form.
MOST_POINTS: Final = 400

#: Forms a place may have, and what each is called.
SHAPES: Final[dict[str, str]] = {"circle": _("Circle"), "area": _("Area"), "corridor": _("Corridor")}

#: Points that each shape needs at least, and at most.
_LEAST: Final = {"circle": 1, "area": 3, "corridor": 2}

_AMOUNT: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,4})?\Z")
_CURRENCY: Final = re.compile(r"[A-Z]{3}\Z")
_FIGURE: Final = re.compile(r"-?[0-9]{1,7}(?:\.[0-9]{1,8})?\Z")
_BLANKS: Final = re.compile(r"[\s\u00a0\u202f]")
_SEVERAL: Final = re.compile(r"[\s,;]+")
_NO_TIME: Final = _("Enter date and time.")
_LATER: Final = _("It must end after it begins.")
_NO_FIGURE: Final = _("Enter it in figures.")

Problems = dict[str, str]


def read_journey(fields: Mapping[str, str], zone: tzinfo) -> tuple[NewJourney | None, Problems]:
    """A journey to activate.

    Args:
        fields: `reference`, `devices`, `departure`, `destination`, `time_limit` (each 1); `starts_at`, `expected`, `operator`, `mode`,
            `equipment`, `seals`, `amount`, `currency`, `guarantee`, `override`, `corridor`, `lowest`, `highest`, `every` (each 0..1); a box
            `place-<name>` for each further place (0..n).
        zone: Zone in which times were entered.

    Returns:
        The journey, None while something is wrong; and field → what is wrong with it, as a sentence.
    """
    form = _Form(fields)
    mode = form.text("mode") or "road"
    form.check("mode", mode in MODES, _("Choose one from the list."))
    told: dict[str, Any] = {
        "reference": form.needed("reference", _("Enter the declaration or manifest.")),
        "devices": form.several("devices"),
        "departure": form.needed("departure", _("Choose the office of departure.")),
        "destination": form.needed("destination", _("Choose the office of destination.")),
        "time_limit": form.moment("time_limit", zone, is_needed=True),
        "starts_at": form.moment("starts_at", zone),
        "expected_arrival": form.moment("expected", zone),
        "operator": form.text("operator"),
        "mode": mode,
        "equipment": form.several("equipment") or None,
        "seals": form.several("seals") or None,
        "guarantee": form.text("guarantee") or None,
        "guarantee_override": form.text("override"),
        "corridor": form.text("corridor") or None,
        "places": tuple(name.removeprefix("place-") for name in fields if name.startswith("place-")),
        "temperature_c": _temperatures(form),
    }
    form.check("devices", bool(told["devices"]), _("Choose the device that follows it."))
    form.check("destination", told["departure"] != told["destination"] or not told["departure"], _SAME)
    told |= _guarantee(form)
    form.check("amount", not told["guarantee"] or "guarantee_amount" in told, _("Enter what the guarantee secures."))
    every = form.figure("every")
    form.check("every", every is None or every > 0, _NO_FIGURE)
    told["report_every_s"] = every * 60 if every else None
    return (None if form.problems else NewJourney(**told)), form.problems


def amount_of(text: str) -> Decimal | None:
    """An amount as it was entered, blanks between its figures allowed; None if it is none."""
    bare = _BLANKS.sub("", text).replace(",", ".")
    return Decimal(bare) if _AMOUNT.match(bare) else None


def fields_of_draft(draft: JourneyDraft, offices: Iterable[str]) -> dict[str, str]:
    """The form of a journey as far as papers tell it.

    Args:
        draft: What they tell.
        offices: Names of the offices on the map. One that papers name and nobody drew is kept as `departure-told` or
            `destination-told`, to be shown and not chosen.
    """
    drawn = {name.casefold(): name for name in offices}
    fields = {"consignment": draft.consignment, "reference": draft.reference or ""}
    fields |= {"equipment": " ".join(draft.equipment), "seals": " ".join(draft.seals)}
    for end, code in (("departure", draft.departure), ("destination", draft.destination)):
        if code:
            known = drawn.get(code.casefold())
            fields |= {end: known} if known else {f"{end}-told": code}
    if draft.mode:
        fields["mode"] = draft.mode
    if draft.guarantee:
        fields |= {"amount": f"{draft.guarantee.value:f}", "currency": draft.guarantee.currency or ""}
    return fields


_SAME: Final = _("It must differ from the office of departure.")


def _guarantee(form: _Form) -> dict[str, Any]:
    text, currency = _BLANKS.sub("", form.text("amount")), form.text("currency").upper()
    form.check("amount", not text or bool(_AMOUNT.match(text)), _("Enter the amount in figures, such as 41200.00."))
    is_named = not text or bool(_CURRENCY.match(currency))
    form.check("currency", is_named, _("Enter the three-letter currency code, such as USD."))
    if not text or form.problems.keys() & {"amount", "currency"}:
        return {}
    return {"guarantee_amount": Decimal(text), "guarantee_currency": currency}


def _temperatures(form: _Form) -> tuple[float, float] | None:
    lowest, highest = form.figure("lowest"), form.figure("highest")
    form.check("highest", (lowest is None) == (highest is None), _("Give both limits, or neither."))
    if lowest is None or highest is None:
        return None
    form.check("highest", lowest < highest, _("The highest must be above the lowest."))
    return lowest, highest


def read_leave(fields: Mapping[str, str], zone: tzinfo, officer: str) -> tuple[Authority | None, Problems]:
    """Permission to open the seal of a journey.

    Args:
        fields: `leave`, `place`, `since`, `until` (each 1), `seal` (0..1).
        zone: Zone in which times were entered.
        officer: Who gives it.
    """
    form = _Form(fields)
    act = form.text("leave")
    form.check("leave", act in LEAVE_ACTS, _("Choose what is permitted."))
    place = form.needed("place", _("Choose where it is valid."))
    since, until = form.moment("since", zone, is_needed=True), form.moment("until", zone, is_needed=True)
    form.check("until", not since or not until or since < until, _LATER)
    if form.problems or since is None or until is None:
        return None, form.problems
    told = {
        "act": act,
        "officer": officer,
        "place": place,
        "since": since,
        "until": until,
        "seal": form.text("seal") or None,
    }
    return msgspec.convert(told, Authority), {}


def read_detour(
    fields: Mapping[str, str], zone: tzinfo, ways: Mapping[str, tuple[Point, ...]]
) -> tuple[Detour | None, Problems]:
    """Another way that is allowed for a time.

    Args:
        fields: `way`, `since`, `until`, `note` (each 1).
        zone: Zone in which times were entered.
        ways: Corridors that may be chosen, by name.
    """
    form = _Form(fields)
    way = ways.get(form.text("way"), ())
    form.check("way", bool(way), _("Choose the route."))
    since, until = form.moment("since", zone, is_needed=True), form.moment("until", zone, is_needed=True)
    form.check("until", not since or not until or since < until, _LATER)
    form.needed("note", NO_REASON)
    if form.problems or since is None or until is None:
        return None, form.problems
    return Detour(line=way, since=since, until=until), {}


def read_place(fields: Mapping[str, str]) -> tuple[Fence | Corridor | None, Problems]:
    """A geofence or a corridor, from a name, numbers, and a table of points.

    Args:
        fields: `shape`, `name` (each 1); `title` (0..1), `purpose` and `radius` (circle), `purpose` (area), or `half_width` (corridor);
            `lat-1`, `lon-1` and so on, in degrees; a row of which both are empty counts for nothing.
    """
    form = _Form(fields)
    shape = form.text("shape")
    form.check("shape", shape in SHAPES, _("Choose one from the list."))
    name = form.needed("name", _("Enter a name."))
    form.check("name", len(name) <= 100 and name.isprintable(), _("The name must be at most 100 characters."))
    points = tuple(_points(form))
    least = _LEAST.get(shape, 1)
    form.check("points", len(points) >= least or _is_wrong(form), _TOO_FEW.get(shape, ""))
    if shape == "corridor":
        width = form.figure("half_width")
        form.check("half_width", width is not None and 0 < width <= 500_000, _NO_FIGURE)
        return (None if form.problems else Corridor(name=name, line=points, half_width_m=width or 0.0)), form.problems
    purpose = form.text("purpose")
    form.check("purpose", purpose in PURPOSES, _("Choose what it is for."))
    title = form.text("title")
    form.check(
        "title", len(title) <= 100 and (not title or title.isprintable()), _("The name must be at most 100 characters.")
    )
    told: dict[str, Any] = {"name": name, "purpose": purpose, "title": title}
    if shape == "circle":
        radius = form.figure("radius")
        form.check("radius", radius is not None and 0 < radius <= 500_000, _NO_FIGURE)
        told |= {"centre": points[0] if points else None, "radius_m": radius or 0.0}
    else:
        told["ring"] = points
    return (None if form.problems else msgspec.convert(told, Fence)), form.problems


_TOO_FEW: Final = {
    "circle": _("Enter the centre of the circle."),
    "area": _("An area needs three corners at least."),
    "corridor": _("A corridor needs two points at least."),
}


def fields_of_place(place: Fence | Corridor) -> dict[str, str]:
    """The form of a place as it stands."""
    if isinstance(place, Corridor):
        fields = {"shape": "corridor", "name": place.name, "half_width": f"{place.half_width_m:g}"}
        return fields | _fields_of_points(place.line)
    fields = {"name": place.name, "purpose": place.purpose, "title": place.title}
    if place.centre is not None:
        return fields | {"shape": "circle", "radius": f"{place.radius_m:g}"} | _fields_of_points((place.centre,))
    ring = place.ring[:-1] if len(place.ring) > 1 and place.ring[0] == place.ring[-1] else place.ring
    return fields | {"shape": "area"} | _fields_of_points(ring)


def rows_of(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    """The rows of points that a form holds, as they were entered, up to the last that holds anything (0..n)."""
    rows = [(fields.get(f"lat-{n}", ""), fields.get(f"lon-{n}", "")) for n in range(1, MOST_POINTS + 1)]
    while rows and not any(text.strip() for text in rows[-1]):
        rows.pop()
    return rows


def _fields_of_points(points: tuple[Point, ...]) -> dict[str, str]:
    return {
        f"{name}-{row}": f"{round(value, 6):.10g}"
        for row, point in enumerate(points, 1)
        for name, value in zip(("lon", "lat"), point, strict=True)
    }


def _points(form: _Form) -> list[Point]:
    found: list[Point] = []
    for row, texts in enumerate(rows_of(form.fields), 1):
        if not any(text.strip() for text in texts):
            continue
        lat, lon = form.figure(f"lat-{row}"), form.figure(f"lon-{row}")
        is_lat, is_lon = lat is not None and -90 <= lat <= 90, lon is not None and -180 <= lon <= 180
        form.check(f"lat-{row}", is_lat, _("Latitude in degrees, −90 to 90."))
        form.check(f"lon-{row}", is_lon, _("Longitude in degrees, −180 to 180."))
        if lat is not None and lon is not None and is_lat and is_lon:
            found.append((lon, lat))
    return found


def _is_wrong(form: _Form) -> bool:
    return any(name.startswith(("lat-", "lon-")) for name in form.problems)


class _Form:
    """Fields as they were entered, and what is wrong with each; the first problem of a field counts."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields
        self.problems: Problems = {}

    def text(self, name: str) -> str:
        return self.fields.get(name, "").strip()

    def check(self, name: str, is_right: bool, says: str) -> None:
        if not is_right:
            self.problems.setdefault(name, says)

    def needed(self, name: str, says: str) -> str:
        found = self.text(name)
        self.check(name, bool(found), says)
        return found

    def several(self, name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word for word in _SEVERAL.split(self.text(name)) if word))

    def figure(self, name: str) -> float | None:
        text = _BLANKS.sub("", self.text(name)).replace("−", "-")
        if not text:
            return None
        self.check(name, bool(_FIGURE.match(text)), _NO_FIGURE)
        return float(text) if name not in self.problems else None

    def moment(self, name: str, zone: tzinfo, *, is_needed: bool = False) -> datetime | None:
        text = self.text(name)
        if not text and not is_needed:
            return None
        try:
            return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            self.check(name, False, _NO_TIME)
            return None
