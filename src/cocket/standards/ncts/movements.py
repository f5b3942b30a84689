# SPDX-License-Identifier: Apache-2.0
"""What is told at destination, both ways: that goods have arrived, and what was found when they were unloaded.

Source: DG TAXUD, NCTS, DDNTA 6.4.1 and 5.1: IE007, IE044.
"""

from __future__ import annotations

from cocket.model import GoodsShipment, Movement, Party
from cocket.standards.leaves import Leaves
from cocket.standards.ncts import places
from cocket.standards.ncts.names import names_in
from cocket.standards.ncts.places import Place, put_part, take_one, take_part
from cocket.standards.ncts.reader import MESSAGE_TYPE, read_equipment, read_location, read_means
from cocket.standards.ncts.writer import put_equipment, put_location, put_means, put_type

MOVEMENTS = ("CC007C", "CC044C")

_MOVEMENT = (
    Place("functional_reference", "messageIdentification[1]"),
    Place("declaration_id", "TransitOperation[1]/MRN[1]"),
    Place("arrived", "TransitOperation[1]/arrivalNotificationDateAndTime[1]", "instant"),
    Place("occurred", "UnloadingRemark[1]/unloadingDate[1]", "day"),
)
_TRADER = "TraderAtDestination[1]/"

#: What is said of the movement in codes, by kind; 1 is yes or good.
_STATUSES = {
    "simplified-procedure": "TransitOperation[1]/simplifiedProcedure[1]",
    "incident": "TransitOperation[1]/incidentFlag[1]",
    "conform": "UnloadingRemark[1]/conform[1]",
    "unloading-completion": "UnloadingRemark[1]/unloadingCompletion[1]",
    "state-of-seals": "UnloadingRemark[1]/stateOfSeals[1]",
}


def read_movement(leaves: Leaves, message: str) -> Movement:
    """Read an arrival notification or unloading remarks.

    Args:
        leaves: The message; what is read is taken out of it.
        message: Its name.

    Returns:
        The movement; goods items, remarks and seals on the vehicle are in its `extensions`.

    Source: IE007, IE044.
    """
    names = names_in(leaves)
    if leaves.peek(MESSAGE_TYPE) == message:
        leaves.take(MESSAGE_TYPE)
    equipment, _ = read_equipment(leaves)
    statuses = ((kind, leaves.take(path)) for kind, path in _STATUSES.items())
    return Movement(
        message_name=message,
        message_code=f"IE{message[2:5]}",
        **take_part(leaves, "", _MOVEMENT),
        location=read_location(leaves),
        transport=read_means(leaves, places.INLAND_TRANSPORT, "DepartureTransportMeans[1]"),
        equipment=equipment,
        submitter=take_one(leaves, _TRADER, places.PARTY, Party),
        statuses=tuple((kind, code) for kind, code in statuses if code is not None),
        references=names.all,
        extensions=leaves.left(),
    )


def movement_leaves(movement: Movement) -> Leaves:
    """A movement as the message it is named after.

    Args:
        movement: What to write; its `message_name` is one of `MOVEMENTS`.

    Returns:
        All texts of the message.

    Source: IE007, IE044.
    """
    leaves = Leaves()
    leaves.lay_back(movement.extensions)
    put_type(leaves, movement.message_name or "")
    put_part(leaves, "", _MOVEMENT, movement)
    put_location(leaves, movement.location)
    put_means(leaves, GoodsShipment(inland_transport=movement.transport))
    put_equipment(leaves, movement.equipment)
    put_part(leaves, _TRADER, places.PARTY, movement.submitter)
    for kind, code in movement.statuses:
        if kind in _STATUSES:
            leaves.put(_STATUSES[kind], code)
    return leaves
