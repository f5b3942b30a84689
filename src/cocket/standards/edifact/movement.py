# SPDX-License-Identifier: Apache-2.0
"""What happens to containers and consignments (CODECO, COARRI, IFTSTA, BAPLIE, CUSREP) ↔ movements.

The message is one movement; what it tells of each container, status or place on board is a movement in it.

Source: UN/EDIFACT CODECO, COARRI, IFTSTA, BAPLIE and CUSREP, D.95B to D.24A; SMDG manuals for the use of LOC 147.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from cocket.model import Movement, TransportEquipment
from cocket.standards.edifact.fields import CONSIGNED, CONTAINER, EQUIPMENT, MOVEMENT, STATUS, STOWAGE
from cocket.standards.edifact.mapping import Target, write_fields
from cocket.standards.edifact.nodes import Node, left_of, safe
from cocket.standards.edifact.references import references_of
from cocket.standards.edifact.taking import reader_of

_CONTAINER = "EQD{CN *}"
_STOWAGE = "LOC{147}"
#: Kind of status under which the place on board is told.
_PLACE = "stowage"
#: Stands between the category of a status and the agency of its list, where the status is told as that list.
_OF_LIST = ":"

_movement_fields = reader_of(MOVEMENT)
_equipment_fields = reader_of(EQUIPMENT)
_container_fields = reader_of(CONTAINER[1:])
_consigned_fields = reader_of(CONSIGNED)
_status_fields = reader_of(STATUS)
_stowage_fields = reader_of(STOWAGE)


def read_movement(name: str, root: Node) -> Movement:
    """A movement from a message.

    Args:
        name: Message type.
        root: Its segments.

    Source: UN/EDIFACT CODECO, COARRI, IFTSTA, BAPLIE and CUSREP.
    """
    fields = _movement_fields(root)
    movements = tuple(_READERS[name](root)) if name in _READERS else ()
    if name == "CUSREP":
        fields["equipment"] = tuple(_container(node) for node in root.each(_CONTAINER))
    return Movement(
        message_name=name,
        **fields,
        movements=movements,
        references=references_of(root),
        extensions=tuple(left_of(root, but=frozenset(("UNT",)))),
    )


def _container(node: Node) -> TransportEquipment:
    node.claim()
    return TransportEquipment(**({"id": node.get(2, 1)} | _equipment_fields(node)))


def _containers(root: Node) -> Iterator[Movement]:
    for node in root.each(_CONTAINER):
        fields = _container_fields(node)
        fields["equipment"] = (_container(node),)
        yield Movement(**fields, references=references_of(_within(node)))


def _within(node: Node) -> Node:
    """A segment as a tree of its own, itself included."""
    around = Node("", [])
    around.kids = {node.tag: [node]}
    return around


def _consignments(root: Node) -> Iterator[Movement]:
    for node in root.each("CNI"):
        number = node.take(2, 1)
        node.claim()
        yield Movement(
            **_consigned_fields(node),
            functional_reference=number or None,
            movements=tuple(map(_status, node.each("STS"))),
            references=references_of(node),
        )


def _status(node: Node) -> Movement:
    fields = _status_fields(node)
    kind, code = node.get(1, 1), node.get(2, 1)
    if kind and code:
        node.mark(1, 1)
        node.mark(2, 1)
        fields["statuses"] = ((kind, code),)
    elif kind and node.get(1, 2):  # carriers of parcels have the status where its category's list is named
        agency = node.take(1, 3)
        node.mark(1, 1)
        fields["statuses"] = ((f"{kind}{_OF_LIST}{agency}", node.take(1, 2)),)
    node.claim()
    return Movement(**fields, references=references_of(_within(node)))


def _stowages(root: Node) -> Iterator[Movement]:
    for node in root.each(_STOWAGE):
        fields: dict[str, Any] = _stowage_fields(node)
        place = node.take(2, 1)
        if place:
            fields["statuses"] = ((_PLACE, place),)
        node.claim()
        yield Movement(**fields, references=references_of(_within(node)))


_READERS = {"CODECO": _containers, "COARRI": _containers, "IFTSTA": _consignments, "BAPLIE": _stowages}


def write_movement(target: Target, movement: Movement) -> None:
    """Put a movement into a message.

    Args:
        target: The message.
        movement: What to write.

    Source: UN/EDIFACT CODECO, COARRI, IFTSTA, BAPLIE and CUSREP.
    """
    write_fields(target, movement, MOVEMENT)
    name = movement.message_name
    if name == "CUSREP":
        _write_containers(target, [Movement(equipment=movement.equipment)])
    elif name in ("CODECO", "COARRI"):
        _write_containers(target, movement.movements)
    elif name == "BAPLIE":
        _write_stowages(target, movement)
    elif name == "IFTSTA":
        _write_consignments(target, movement)


def _write_containers(target: Target, movements: Iterable[Movement]) -> None:
    counts = Counter[str]()
    for movement in movements:
        for each in movement.equipment:
            counts[each.id] += 1
            container = target.kid(f"EQD{{CN {safe(each.id)}}}", counts[each.id])
            write_fields(container, each, EQUIPMENT)
            write_fields(container, movement, CONTAINER[1:])


def _write_stowages(target: Target, movement: Movement) -> None:
    for number, each in enumerate(movement.movements, 1):
        place = target.kid(_STOWAGE, number)
        for kind, code in each.statuses:
            if kind == _PLACE:
                place.node.put(2, 1, code)
        write_fields(place, each, STOWAGE)


def _write_consignments(target: Target, movement: Movement) -> None:
    for place, consignment in enumerate(movement.movements, 1):
        around = target.kid("CNI", place)
        if consignment.functional_reference:
            around.node.put(2, 1, consignment.functional_reference)
        write_fields(around, consignment, CONSIGNED)
        for number, each in enumerate(consignment.movements, 1):
            status = around.kid("STS", number)
            for kind, code in each.statuses:
                category, mark, agency = kind.partition(_OF_LIST)
                status.node.put(1, 1, category)
                if mark:
                    status.node.put(1, 2, code)
                    status.node.put(1, 3, agency)
                else:
                    status.node.put(2, 1, code)
            write_fields(status, each, STATUS)
