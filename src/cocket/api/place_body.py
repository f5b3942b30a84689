# SPDX-License-Identifier: Apache-2.0
"""The bodies in which places and corridors are put, retired and restored, and tables and lists withdrawn."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cocket.api.journey_body import Degrees
from cocket.api.permit_body import Name, Words
from cocket.pipeline.tracking.views import Corridor
from cocket.tracking.geometry import Fence, Purpose

_Point = Annotated[list[Degrees], Field(min_length=2, max_length=2)]
_Metres = Annotated[float, Field(ge=0, le=1_000_000)]
_MOST_POINTS = 5_000


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class GeofenceBody(_Body):
    """A geofence: a circle of `centre` and `radius_m`, or a `ring`; points are longitude and latitude in degrees."""

    name: Name
    title: Annotated[str, Field(max_length=100)] = ""
    purpose: Purpose = "office"
    centre: _Point | None = None
    radius_m: _Metres = 0.0
    ring: list[_Point] = Field([], max_length=_MOST_POINTS)

    def fence(self) -> Fence:
        """The geofence."""
        return Fence(
            name=self.name,
            title=self.title,
            purpose=self.purpose,
            centre=(self.centre[0], self.centre[1]) if self.centre is not None else None,
            radius_m=self.radius_m,
            ring=tuple((lon, lat) for lon, lat in self.ring),
        )


class CorridorBody(_Body):
    """A corridor: its bends in the direction of travel, longitude and latitude in degrees, and half its width."""

    name: Name
    line: list[_Point] = Field(min_length=2, max_length=_MOST_POINTS)
    half_width_m: _Metres = 2_000.0

    def corridor(self) -> Corridor:
        """The corridor."""
        line = tuple((lon, lat) for lon, lat in self.line)
        return Corridor(name=self.name, line=line, half_width_m=self.half_width_m)


class PlaceActBody(_Body):
    """A place that is no longer offered, with the reason; or is again, in its newest wording or that of a version."""

    act: Literal["retire", "restore"]
    name: Name
    reason: Words = ""
    version: int | None = Field(None, ge=1, le=999_999)


class WithdrawalBody(_Body):
    """A table or list that is no longer used, and why."""

    name: Name
    reason: Words


#: Every body of this file.
PLACE_BODIES = (GeofenceBody, CorridorBody, PlaceActBody, WithdrawalBody)
