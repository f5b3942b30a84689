# SPDX-License-Identifier: Apache-2.0
"""What other agencies said of goods, each word with its times: kept as one case file an agency and item."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.measures.permits import Hold
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile


class HeldError(SenderError):
    """Another agency holds the goods (HTTP 422)."""

    code = "goods-held"


#: Kind of the case file of an agency's word.
HOLD: Final = "agency-hold"

#: How goods went on that are held.
How = Literal["lane", "release", "gate-out"]


class KeptHold(msgspec.Struct, frozen=True, kw_only=True):
    """An agency's word on goods as it stands.

    Attributes:
        consignment: The dossier that the goods belong to now.
        filed: The dossier of which it was said: another, where that was merged into this one.
        hold: The word.
        first: When the agency first spoke of these goods, UTC.
        at: When it said this, UTC.
    """

    consignment: UUID
    filed: UUID
    hold: Hold
    first: datetime
    at: datetime


class LetGo(msgspec.Struct, frozen=True, kw_only=True):
    """How goods went on while another agency holds them.

    Attributes:
        agencies: Agencies that held them then and hold them now (1..n).
        how: `lane` (the host gave them the green lane), `release` (a message says that they are released) or `gate-out` (they left).
        by: Who says so: the sender of the message, or `host`.
        at: When it was decided, or its message came, UTC.
        message: Our id of the message; empty for a row of the host.
    """

    agencies: tuple[str, ...]
    how: How
    by: str
    at: datetime
    message: str = ""


def kept_holds(
    stores: Stores, connection: Connection, consignments: Collection[UUID]
) -> dict[UUID, tuple[KeptHold, ...]]:
    """Every agency's word by dossier, oldest first, also of what was merged into it; dossiers of which none spoke are left out."""
    found = stores.case_files.about_dossiers(connection, HOLD, consignments)
    return {one: _kept(one, files) for one, files in found.items()}


def standing_holds(stores: Stores, connection: Connection) -> dict[UUID, tuple[KeptHold, ...]]:
    """Every hold that stands, by dossier, oldest first."""
    files = [one for one in stores.case_files.of_kind(connection, HOLD, ("held",)) if one.consignment is not None]
    merged = stores.consignments.merged(connection, [one.consignment for one in files if one.consignment is not None])
    found: dict[UUID, list[StoredCaseFile]] = {}
    for file in files:
        if file.consignment is not None:
            found.setdefault(merged.get(file.consignment, file.consignment), []).append(file)
    return {one: _kept(one, several) for one, several in found.items()}


def _kept(consignment: UUID, files: Collection[StoredCaseFile]) -> tuple[KeptHold, ...]:
    return tuple(
        KeptHold(
            consignment=consignment,
            filed=file.consignment or consignment,
            hold=msgspec.json.decode(file.body, type=Hold),
            first=file.opened,
            at=file.changed,
        )
        for file in sorted(files, key=lambda one: (one.changed, str(one.id)))
    )


def held_by(holds: Collection[KeptHold]) -> tuple[str, ...]:
    """Agencies whose holds stand, each once, in the order in which they spoke (0..n)."""
    return tuple(dict.fromkeys(one.hold.agency for one in holds if one.hold.is_held))


def must_not_be_held(stores: Stores, connection: Connection, consignment: UUID) -> None:
    """Refuse what lets goods go while another agency holds them.

    Raises:
        HeldError: One does.
    """
    agencies = held_by(kept_holds(stores, connection, [consignment]).get(consignment, ()))
    if agencies:
        raise HeldError(
            f"{', '.join(agencies)} holds the goods: they are released once the agency lets them go.",
            found=", ".join(agencies),
            hint="Two persons of customs can end a hold against its agency.",
        )
