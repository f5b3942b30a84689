# SPDX-License-Identifier: Apache-2.0
"""Whether a vessel was where its manifest says: AIS held against the port call."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from cocket.tracking.admission import when
from cocket.tracking.alerts import Found
from cocket.tracking.case import Case, Fix
from cocket.tracking.geometry import distance_m
from cocket.tracking.journey import PortCall


def contradicted(case: Case, call: PortCall) -> Iterator[Found]:
    """A vessel cannot have been in the port of its manifest within the time stated: it was heard too far away.

    Between any two places where it was heard it may have called unheard, if at a vessel's speed there was time for the
    way to the port and back. A vessel that was not heard at all contradicts nothing. It depends on the set of places
    alone, so that one heard late withdraws or raises.
    """
    if not case.fixes:
        return
    first, last = call.arrives.timestamp() - call.tolerance_s, call.arrives.timestamp() + call.tolerance_s
    gaps = [_gap(case, call, pair, (first, last)) for pair in _pairs(case.fixes)]
    nearest = min(gaps, key=lambda gap: gap.short_s)
    if nearest.short_s <= 0 or _was_there(case, call, (first, last)):
        return
    away = min(max(0.0, call.port.outside_m(fix.place)) for fix in nearest.fixes)
    yield Found(
        kind="port-call-contradicted",
        events=tuple(fix.event for fix in nearest.fixes),
        thresholds={
            "tolerance_s": call.tolerance_s,
            "stated": call.arrives.isoformat(),
            "reach_m": case.limits.port_reach_m,
            "vessel_m_s": case.limits.vessel_m_s,
        },
        measured={"call": call.what, "away_m": round(away), "short_s": round(nearest.short_s)},
        excess=1 + nearest.short_s / max(1.0, 2 * call.tolerance_s),
        fence=call.port.name,
        counter_evidence=(*call.doubts, *_doubts(case, call)),
        anchor=call.arrives,
        reference=call.manifest,
    )


class _Gap(NamedTuple):
    """What lies between two places where a vessel was heard: by how many seconds it is too short for the call."""

    short_s: float
    fixes: tuple[Fix, ...]


def _pairs(fixes: tuple[Fix, ...]) -> Iterator[tuple[Fix | None, Fix | None]]:
    """Each two places in a row; before the first and after the last, nothing is known."""
    return itertools.pairwise((None, *fixes, None))


def _gap(case: Case, call: PortCall, pair: tuple[Fix | None, Fix | None], span: tuple[float, float]) -> _Gap:
    earliest, latest = span
    before, after = pair
    if before is not None:
        earliest = max(earliest, when(before.event).timestamp() + _way_s(case, call, before))
    if after is not None:
        latest = min(latest, when(after.event).timestamp() - _way_s(case, call, after))
    return _Gap(earliest - latest, tuple(fix for fix in pair if fix is not None))


def _way_s(case: Case, call: PortCall, fix: Fix) -> float:
    """Seconds that a vessel needs at least from a place to the port; 0 where it is there."""
    away = call.port.outside_m(fix.place) - case.limits.port_reach_m - (fix.place.accuracy_m or 0)
    return max(0.0, away) / case.limits.vessel_m_s


def _was_there(case: Case, call: PortCall, span: tuple[float, float]) -> bool:
    """Whether it was heard at the port in time, on this track or on another under the same MMSI."""
    return any(
        span[0] <= when(fix.event).timestamp() <= span[1] and _way_s(case, call, fix) == 0
        for track in case.tracks
        for fix in track
    )


def _doubts(case: Case, call: PortCall) -> Iterator[str]:
    if any(_way_s(case, call, fix) == 0 for fix in case.fixes):
        yield "It was at the port at another time."
    if len(case.fixes) > 1 and distance_m(case.fixes[0].place, case.fixes[-1].place) == 0:
        yield "Its receiver may be stuck."
    if len(case.tracks) > 1 and len(case.tracks[1]) > 1:
        yield "Several tracks have its MMSI."
