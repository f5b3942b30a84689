# SPDX-License-Identifier: Apache-2.0
"""What is told of goods that move through a place of customs: arrival, departure, grouping, a question about them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cocket.model.declaration import GoodsLocation
from cocket.model.party import Extension, Party, Reference, ReferenceKind
from cocket.model.transport import TransportEquipment, TransportMeans


class Movement(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="movement"):
    """One message of an inventory system about a consignment, or the answer to it.

    Attributes:
        message_name: Which of its standard's messages it is; None for a movement told of within another message.
        message_code: Kind of message, as the system codes it (EAL arrival, EDL departure, EAC grouping, …).
        action_code: What the system did or is to do, as coded; None where not stated.
        functional_reference: The message's own reference.
        unique_reference: Declaration or master UCR that moves (35B).
        unique_reference_kind: Which of the two it is; None where not stated.
        unique_reference_part: Part of it; None where it moves whole.
        master_reference: Master UCR it is put under.
        declaration_id: Number of the declaration (MRN or entry).
        declaration_version: Version of the declaration; None where not stated.
        location: Where the goods are.
        arrived: When they arrived, offset kept.
        departed: When they left, offset kept.
        occurred: When what is told happened, where it is neither arrival nor departure, offset kept.
        loading_place: UN/LOCODE where the goods or equipment are loaded; None where not stated.
        unloading_place: UN/LOCODE where they are unloaded; None where not stated.
        transport: Means that brings or takes them.
        equipment: Containers that move, with their seals (0..n).
        submitter: Who tells it.
        agent: On whose behalf.
        statuses: Status codes told, as kind and code (0..n).
        errors: Error codes told (0..n).
        movements: Earlier movements that an answer tells of (0..n).
        references: Every name by which the consignment may be known (0..n).
        extensions: What the reader knew no place for (0..n).
    """

    message_name: str | None = None
    message_code: str | None = None
    action_code: str | None = None
    functional_reference: str | None = None
    unique_reference: str | None = None
    unique_reference_kind: ReferenceKind | None = None
    unique_reference_part: str | None = None
    master_reference: str | None = None
    declaration_id: str | None = None
    declaration_version: int | None = None
    location: GoodsLocation | None = None
    arrived: datetime | None = None
    departed: datetime | None = None
    occurred: datetime | None = None
    loading_place: str | None = None
    unloading_place: str | None = None
    transport: TransportMeans | None = None
    equipment: tuple[TransportEquipment, ...] = ()
    submitter: Party | None = None
    agent: Party | None = None
    statuses: tuple[tuple[str, str], ...] = ()
    errors: tuple[str, ...] = ()
    movements: tuple[Movement, ...] = ()
    references: tuple[Reference, ...] = ()
    extensions: tuple[Extension, ...] = ()
