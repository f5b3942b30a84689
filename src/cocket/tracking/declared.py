# SPDX-License-Identifier: Apache-2.0
"""Whether devices and papers speak of the same containers and seals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cocket.model import TransportEquipment
from cocket.tracking.admission import in_order
from cocket.tracking.alerts import Alert, Found, alert_of
from cocket.tracking.events import TrackingEvent
from cocket.tracking.identity import number_key, number_meant, same_number
from cocket.tracking.rules.identity import spellings


def judge_declared(
    events: Iterable[TrackingEvent], reference: str, declared: Iterable[TransportEquipment]
) -> tuple[Alert, ...]:
    """Containers and seals that devices tell and the papers of their consignment do not.

    Papers that name no equipment are contradicted by none, nor those that give a container no seal.

    Args:
        events: What its devices told, in any order.
        reference: Declaration or manifest.
        declared: Equipment with its seals, as declaration and manifest name it together (0..n).

    Returns:
        Alerts (0..n), one for each device and number, in order of time.
    """
    papers = {number_key(each.id): frozenset(number_key(seal.id) for seal in each.seals) for each in declared}
    told: dict[str, list[TrackingEvent]] = {}
    for event in sorted({event.id: event for event in events}.values(), key=in_order):
        told.setdefault(event.device or "unnamed", []).append(event)
    alerts = [
        alert_of(found, device, reference) for device in sorted(told) for found in _undeclared(told[device], papers)
    ]
    return tuple(sorted(alerts, key=lambda alert: (alert.since, alert.kind, alert.id)))


def _undeclared(events: list[TrackingEvent], papers: dict[str, frozenset[str]]) -> Iterator[Found]:
    told: set[tuple[str, str]] = set()
    every = frozenset[str]().union(*papers.values())
    yield from spellings(events, every, papers, is_whole=True)
    for event in events:
        box = number_key(event.equipment) if event.equipment is not None else None
        meant = number_meant(box, papers) if box is not None else None
        if papers and box is not None and meant is None and ("box", box) not in told:
            told.add(("box", box))
            yield Found(
                kind="equipment-undeclared",
                events=(event,),
                thresholds={"declared": ", ".join(sorted(papers))},
                measured={"equipment": event.equipment or ""},
            )
        seal = number_key(event.seal.number) if event.seal is not None and event.seal.number is not None else None
        allowed = papers.get(meant or "", frozenset()) if box is not None else every
        is_other = seal is not None and not any(same_number(seal, one, every) for one in allowed)
        if seal is not None and allowed and is_other and ("seal", seal) not in told:
            told.add(("seal", seal))
            measured: dict[str, float | str] = {"seal": seal}
            if box is not None:
                measured["equipment"] = box
            yield Found(
                kind="seal-undeclared",
                events=(event,),
                thresholds={"declared": ", ".join(sorted(allowed))},
                measured=measured,
            )
