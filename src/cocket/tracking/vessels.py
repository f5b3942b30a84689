# SPDX-License-Identifier: Apache-2.0
"""Whether a vessel was where its manifest says: AIS held against the port call."""

from __future__ import annotations

from collections.abc import Iterator

from cocket.tracking.admission import when
from cocket.tracking.alerts import Found
from cocket.tracking.case import Case
from cocket.tracking.geometry import distance_m
from cocket.tracking.journey import PortCall


def contradicted(case: Case, call: PortCall) -> Iterator[Found]:
    """A vessel did not come to the port of its manifest within the time stated, while it was heard elsewhere.

    A vessel that was not heard at all contradicts nothing. What counts as elsewhere is a place from which the port
    cannot be reached any more within the time.
    """
    fixes = case.fixes
    if not fixes:
        return
    first, last = call.arrives.timestamp() - call.tolerance_s, call.arrives.timestamp() + call.tolerance_s
    within = [fix for fix in fixes if first <= when(fix.event).timestamp() <= last]
    if any(call.port.holds(fix.place, case.limits.fence_margin_m) for fix in within):
        return
    for fix in within:
        away = max(0.0, call.port.outside_m(fix.place))
        left = last - when(fix.event).timestamp()
        if away > _VESSEL_M_S * left:
            yield Found(
                kind="port-call-contradicted",
                events=(fix.event,),
                thresholds={"tolerance_s": call.tolerance_s, "arrives": call.arrives.isoformat()},
                measured={"away_m": round(away), "could_travel_m": round(_VESSEL_M_S * left)},
                excess=away / max(1.0, _VESSEL_M_S * left + call.port.radius_m),
                fence=call.port.name,
                counter_evidence=_heard_near(case, call),
            )
            return


#: The fastest container ships make 13 m/s; a vessel cannot come sooner.
_VESSEL_M_S = 13.0


def _heard_near(case: Case, call: PortCall) -> tuple[str, ...]:
    called = any(call.port.holds(fix.place, case.limits.fence_margin_m) for fix in case.fixes)
    if called:
        return ("It was in the port at another time.",)
    if len(case.fixes) > 1 and distance_m(case.fixes[0].place, case.fixes[-1].place) == 0:
        return ("Its receiver may stand still.",)
    return ()
