# SPDX-License-Identifier: Apache-2.0
"""Geofences and corridors of the house: put, retired, restored. Each wording is sealed and stays on file.

A journey takes its geometry along when it is activated, so that no change reaches one that is under way; and every change
can be taken back, since the wording before it is there.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.governance import Principal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import file_id
from cocket.pipeline.base.removed_things import must_be_new
from cocket.pipeline.tracking.views import Corridor, CorridorView, GeofenceView
from cocket.stores.base.database import Connection
from cocket.stores.tracking.places import Kind, PlaceStore, StoredPlace
from cocket.tracking.geometry import Fence, Line, Point

_LONGEST_NAME, _MOST_POINTS = 100, 5_000

#: Widest geofence and corridor, in metres: no place is larger than a country.
_WIDEST_M = 1_000_000.0

_READ_FENCE = msgspec.json.Decoder(Fence)
_READ_CORRIDOR = msgspec.json.Decoder(Corridor)


class PlaceChange(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of a change to a geofence or corridor.

    Attributes:
        kind: geofence or corridor.
        name: Its name.
        version: Version that this makes.
        act: put, retired, restored.
        reason: Why, in words; "" where none is asked for.
        wording: The geofence or corridor.
        office: Office that keeps it; None for all.
    """

    kind: str
    name: str
    version: int
    act: str
    reason: str
    wording: Fence | Corridor
    office: str | None = None


class TrackingPlaces(Service):
    """Laying down where journeys may go."""

    def geofences(self, principal: Principal, *, with_retired: bool = False) -> tuple[GeofenceView, ...]:
        """Geofences by name (0..n).

        Raises:
            PolicyError: The principal may not see them.
        """
        return tuple(_fence_view(one) for one in self._places(principal, "geofence", with_retired))

    def put_geofence(self, principal: Principal, fence: Fence) -> GeofenceView:
        """Keep a geofence; under a name that is taken, as its next version.

        Raises:
            PolicyError: The principal may not.
            SenderError: It has no name, or no form on the earth.
        """
        fence = msgspec.structs.replace(fence, name=fence.name.strip(), title=fence.title.strip())
        points = [*fence.ring, *((fence.centre,) if fence.centre is not None else ())]
        findings = [*_name_findings(fence.name), *_point_findings(points)]
        if fence.title:
            findings += _name_findings(fence.title)
        has_form = (fence.centre is not None and 0 < fence.radius_m <= _WIDEST_M) != (len(set(fence.ring)) >= 3)
        if not has_form or math.isnan(fence.radius_m):
            findings.append(_finding("geofence-form", "it needs a centre with a radius, or three corners and more"))
        _refuse(findings)
        return _fence_view(self._put(principal, "geofence", fence, ("put", "")))

    def retire_geofence(self, principal: Principal, name: str, reason: str) -> GeofenceView:
        """No longer offer a geofence; journeys that have it keep it, and `restore_geofence` takes it back.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
            SenderError: No reason is given.
        """
        return _fence_view(self._retire(principal, "geofence", name, reason))

    def restore_geofence(self, principal: Principal, name: str, version: int | None = None) -> GeofenceView:
        """Offer a retired geofence again, or go back to an earlier wording, as a new version.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
        """
        return _fence_view(self._restore(principal, "geofence", name, version))

    def corridors(self, principal: Principal, *, with_retired: bool = False) -> tuple[CorridorView, ...]:
        """Corridors by name (0..n).

        Raises:
            PolicyError: The principal may not see them.
        """
        return tuple(_corridor_view(one) for one in self._places(principal, "corridor", with_retired))

    def put_corridor(self, principal: Principal, corridor: Corridor) -> CorridorView:
        """Keep a corridor; under a name that is taken, as its next version.

        Raises:
            PolicyError: The principal may not.
            SenderError: It has no name, no length, or no width.
        """
        corridor = msgspec.structs.replace(corridor, name=corridor.name.strip())
        findings = [*_name_findings(corridor.name), *_point_findings(list(corridor.line))]
        if len(set(corridor.line)) < 2 or len(corridor.line) > _MOST_POINTS:
            findings.append(_finding("corridor-line", f"it needs from 2 to {_MOST_POINTS} points"))
        if not 0 < corridor.half_width_m <= _WIDEST_M:
            findings.append(_finding("corridor-width", "its half width must be above 0"))
        _refuse(findings)
        return _corridor_view(self._put(principal, "corridor", corridor, ("put", "")))

    def retire_corridor(self, principal: Principal, name: str, reason: str) -> CorridorView:
        """No longer offer a corridor, as `retire_geofence`."""
        return _corridor_view(self._retire(principal, "corridor", name, reason))

    def restore_corridor(self, principal: Principal, name: str, version: int | None = None) -> CorridorView:
        """Offer a corridor again, as `restore_geofence`."""
        return _corridor_view(self._restore(principal, "corridor", name, version))

    def fence(self, connection: Connection, name: str) -> Fence | None:
        """A geofence that is offered; None if there is none of that name."""
        found = self._offered(connection, "geofence", name)
        return _READ_FENCE.decode(found.body) if found else None

    def corridor(self, connection: Connection, name: str) -> Corridor | None:
        """A corridor that is offered; None if there is none of that name."""
        found = self._offered(connection, "corridor", name)
        return _READ_CORRIDOR.decode(found.body) if found else None

    def _offered(self, connection: Connection, kind: Kind, name: str) -> StoredPlace | None:
        return next((one for one in PlaceStore().newest(connection, kind) if one.name == name), None)

    def _places(self, principal: Principal, kind: Kind, with_retired: bool) -> list[StoredPlace]:
        self._access.require(principal, "place:read")
        with self._stores.database.transaction() as connection:
            return PlaceStore().newest(connection, kind, with_retired=with_retired)

    def _retire(self, principal: Principal, kind: Kind, name: str, reason: str) -> StoredPlace:
        self._access.require(principal, "place:put")
        if not reason.strip():
            raise SenderError("Give the reason for retiring it.", code="place-reason")
        return self._again(principal, kind, (name, None), ("retired", reason.strip()))

    def _restore(self, principal: Principal, kind: Kind, name: str, version: int | None) -> StoredPlace:
        return self._again(principal, kind, (name, version), ("restored", ""))

    def _again(
        self, principal: Principal, kind: Kind, which: tuple[str, int | None], act: tuple[str, str]
    ) -> StoredPlace:
        """Make a wording that is on file the newest one."""
        name, version = which
        self._access.require(principal, "place:put")
        with self._stores.database.transaction() as connection:
            versions = PlaceStore().versions(connection, kind, name)
            wanted = [one for one in versions if version in (None, one.version)]
        if not wanted:
            raise NotFoundError(f"There is no such {kind}.")
        body = wanted[-1].body
        wording = _READ_FENCE.decode(body) if kind == "geofence" else _READ_CORRIDOR.decode(body)
        return self._put(principal, kind, wording, act)

    def _put(self, principal: Principal, kind: Kind, wording: Fence | Corridor, act: tuple[str, str]) -> StoredPlace:
        self._access.require(principal, "place:put")
        with self._stores.database.transaction() as connection:
            earlier, place = PlaceStore().versions(connection, kind, wording.name), (kind, wording.name)
            about = file_id("place", " ".join(place))
            if not earlier:
                must_be_new(self._stores, connection, "place", {about: " ".join(place)}, _about)
            stored = StoredPlace(
                kind=kind,
                name=wording.name,
                version=len(earlier) + 1,
                is_retired=act[0] == "retired",
                office=principal.office,
                changed=datetime.now(UTC),
                changed_by=principal.id,
                body=msgspec.json.encode(wording),
            )
            PlaceStore().put(connection, stored)
            change = PlaceChange(
                kind=kind,
                name=stored.name,
                version=stored.version,
                act=act[0],
                reason=act[1],
                wording=wording,
                office=stored.office,
            )
            self._access.seal(connection, self._stores.sealer.record("place", principal.id, change, about=about))
        return stored


def _about(body: bytes) -> UUID:
    """What the record of a place is about; those of before did not say it."""
    change = msgspec.json.decode(body)
    return file_id("place", f"{change['kind']} {change['name']}")


def _fence_view(stored: StoredPlace) -> GeofenceView:
    return GeofenceView(
        fence=_READ_FENCE.decode(stored.body),
        office=stored.office,
        version=stored.version,
        is_retired=stored.is_retired,
        changed_at=stored.changed,
        changed_by=stored.changed_by,
    )


def _corridor_view(stored: StoredPlace) -> CorridorView:
    corridor = _READ_CORRIDOR.decode(stored.body)
    return CorridorView(
        corridor=corridor,
        length_m=Line(corridor.line).length_m,
        office=stored.office,
        version=stored.version,
        is_retired=stored.is_retired,
        changed_at=stored.changed,
        changed_by=stored.changed_by,
    )


def _name_findings(name: str) -> list[Finding]:
    if 0 < len(name) <= _LONGEST_NAME and name.isprintable():
        return []
    return [_finding("place-name", f"it needs a name of at most {_LONGEST_NAME} characters", name[:200])]


def _point_findings(points: list[Point]) -> list[Finding]:
    off = [(lon, lat) for lon, lat in points if not (-180 <= lon <= 180 and -90 <= lat <= 90)]
    return [_finding("place-point", "{found} is not a longitude and latitude", str(off[0]))] if off else []


def _finding(code: str, message: str, found: str | None = None) -> Finding:
    return Finding(code=code, severity="error", message=message, found=found)


def _refuse(findings: list[Finding]) -> None:
    if findings:
        raise SenderError("It cannot be added.", code="place", findings=tuple(findings))
