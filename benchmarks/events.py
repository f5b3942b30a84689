# SPDX-License-Identifier: Apache-2.0
"""Reading and checking what happened to the containers of manifests, as EPCIS and DCSA tell it, beside bare parsing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from lxml import etree

from benchmarks.figures import Figure
from cocket import standards
from cocket.errors import SenderError
from cocket.model import Manifest, Movement, TransportEquipment
from cocket.model.declaration import GoodsLocation

_EVENTS = 20
_BEGIN = datetime(2026, 11, 24, 6, tzinfo=UTC)

Paired = Callable[[Callable[[], Any], Callable[[], Any], float], tuple[float, float]]


def bench_events(manifests: list[bytes], seconds: float, paired: Paired) -> Iterator[Figure]:
    """Events of containers in each form.

    Args:
        manifests: Where the containers come from.
        seconds: How long to measure each form.
        paired: Times two pieces of work in turns.
    """
    containers = [each for data in manifests for each in _containers(standards.read(data).document)]
    while containers and len(containers) < _EVENTS:
        containers += containers
    journey = tuple(map(_departure, range(_EVENTS), containers))
    gates = tuple(map(_gate, range(_EVENTS), containers))
    whole_journey = Movement(message_name="EPCISDocument", occurred=_BEGIN + timedelta(days=1), movements=journey)
    forms: tuple[tuple[str, Movement, Callable[[bytes], Any]], ...] = (
        ("epcis", whole_journey, json.loads),
        ("epcis-xml", whole_journey, etree.fromstring),
        ("dcsa", Movement(message_name="tnt-events", movements=gates), json.loads),
    )
    for name, document, parse in forms:
        data = standards.write(document, name)
        if (refused := standards.read(data)).outcome == "refused":
            raise SenderError("The events made for the bench are refused.", findings=refused.findings)
        whole, bare = paired(partial(standards.read, data), partial(parse, data), seconds)
        note = f"an event of a document of {_EVENTS}, {len(data) / 1024:.1f} KiB, read and checked"
        yield Figure(name=name, value=whole / _EVENTS * 1e6, unit="µs CPU", note=note)
        bare_name = "lxml parsing" if name == "epcis-xml" else "json.loads"
        yield Figure(name=f"{name} ratio", value=whole / bare, unit="×", note=f"of bare {bare_name}")


def _containers(document: object) -> Iterator[TransportEquipment]:
    for bill in document.bills if isinstance(document, Manifest) else ():
        yield from bill.equipment


def _departure(number: int, container: TransportEquipment) -> Movement:
    return Movement(
        message_name="ObjectEvent",
        action_code="OBSERVE",
        message_code="departing",
        statuses=(("disposition", "in_transit"),),
        occurred=_BEGIN + timedelta(minutes=number),
        location=GoodsLocation(id="urn:epc:id:sgln:9521321.00010.0"),
        equipment=(container,),
    )


def _gate(number: int, container: TransportEquipment) -> Movement:
    return Movement(
        message_name="EQUIPMENT",
        message_code="GTOT",
        functional_reference=f"gate-{number}",
        occurred=_BEGIN + timedelta(minutes=number),
        location=GoodsLocation(id="KEMBA"),
        equipment=(container,),
    )
