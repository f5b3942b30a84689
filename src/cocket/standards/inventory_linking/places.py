# SPDX-License-Identifier: Apache-2.0
"""Where each message has what a movement tells: one table for reader and writer.

A fact is a field of the model by a short name; `status:roe` is the status of that kind.

Source: UK inventory linking exports API 2.0 and inventory linking imports API 2.0.
"""

from __future__ import annotations

#: Fact → path in the message.
Places = dict[str, str]

#: What messages about exports have in common: the consignment, the place, the times, who brings it with what.
_GOODS: Places = {
    "message": "messageCode[1]",
    "location": "goodsLocation[1]",
    "arrived": "goodsArrivalDateTime[1]",
    "departed": "goodsDepartureDateTime[1]",
    "reference": "movementReference[1]",
    "means": "transportDetails[1]/transportID[1]",
    "mode": "transportDetails[1]/transportMode[1]",
    "nationality": "transportDetails[1]/transportNationality[1]",
}
_IMPORT: Places = {
    "declaration": "entryNumber[1]",
    "version": "entryVersionNumber[1]",
    "ucr": "inventoryConsignmentReference[1]",
}
_IMPORT_STATUS: Places = {
    **_IMPORT,
    "message": "messageCode[1]",
    "agent_role": "agentRole[1]",
    "reference": "traderReference[1]",
    "status:ics": "ics[1]",
    "status:irc": "irc[1]",
    "status:roe": "roe[1]",
}


def _block(path: str) -> Places:
    """A UCR with its part and type."""
    return {"ucr": f"{path}/ucr[1]", "part": f"{path}/ucrPartNo[1]", "kind": f"{path}/ucrType[1]"}


def _entry_status(path: str) -> Places:
    return {f"status:{kind}": f"{path}/{kind}[1]" for kind in ("ics", "roe", "soe")}


#: Where a message has its facts, by name of the message.
PLACES: dict[str, Places] = {
    "inventoryLinkingMovementRequest": {
        **_GOODS,
        **_block("ucrBlock[1]"),
        "agent": "agentDetails[1]/EORI[1]",
        "agent_role": "agentDetails[1]/agentRole[1]",
        "master": "masterUCR[1]",
        "action": "masterOpt[1]",
    },
    "inventoryLinkingMovementResponse": {
        **{fact: _GOODS[fact] for fact in ("message", "location", "arrived", "reference")},
        **_block("ucrBlock[1]"),
        "status:crc": "crc[1]",
        **_entry_status("entryStatus[1]"),
    },
    "inventoryLinkingConsolidationRequest": {
        "message": "messageCode[1]",
        "master": "masterUCR[1]",
        **_block("ucrBlock[1]"),
    },
    "inventoryLinkingControlResponse": {
        "message": "messageCode[1]",
        "action": "actionCode[1]",
        "reference": "movementReference[1]",
        **_block("ucr[1]"),
    },
    "inventoryLinkingQueryRequest": _block("queryUCR[1]"),
    "inventoryLinkingQueryResponse": {},
    "inventoryLinkingMovementTotalsResponse": {
        **{fact: _GOODS[fact] for fact in ("message", "location", "arrived", "reference")},
        "master": "masterUCR[1]",
        "status:crc": "crc[1]",
        "status:roe": "masterROE[1]",
        "status:soe": "masterSOE[1]",
    },
    "inventoryLinkingImportsGoodsArrival": {**_IMPORT, "nationality": "transportNationality[1]"},
    "InventoryLinkingImportsValidateMovementResponse": {**_IMPORT, "status:irc": "irc[1]"},
    "InventoryLinkingImportsValidateMovementRequest": _IMPORT_STATUS,
    "InventoryLinkingImportsDeclarationStatusNotification": _IMPORT_STATUS,
}

#: The answer to a question tells of the consignment asked about in one of two places, by the kind of its UCR.
QUERIED = {"DUCR": "queriedDUCR[1]", "MUCR": "queriedMUCR[1]"}

#: Codes of `ucrType`.
KINDS = {"D": "DUCR", "M": "MUCR"}

#: Where an answer names other consignments, and what kind their names are.
RELATED = {
    "parentMUCR": "MUCR",
    "queriedDUCR": "DUCR",
    "queriedMUCR": "MUCR",
    "childDUCR": "DUCR",
    "childMUCR": "MUCR",
}


def queried_places(kind: str) -> Places:
    """Where the answer to a question has its facts.

    Args:
        kind: `DUCR` or `MUCR`, what was asked about.

    Returns:
        The places, movements left out.

    Source: UK inventory linking exports API 2.0, query response.
    """
    path = QUERIED[kind]
    return {
        "ucr": f"{path}/UCR[1]",
        "master": f"{path}/parentMUCR[1]",
        "declaration": f"{path}/declarationID[1]",
        **_entry_status(f"{path}/entryStatus[1]"),
    }


def movement_places(path: str) -> Places:
    """Where a movement that an answer tells of has its facts.

    Args:
        path: Of its element.

    Source: UK inventory linking exports API 2.0, query response.
    """
    return {fact: f"{path}/{place}" for fact, place in _GOODS.items()}
