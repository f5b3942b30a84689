# SPDX-License-Identifier: Apache-2.0
"""How accesses in an emergency are kept: a document each, sealed at every step, and told in the timeline of their consignment."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from cocket.governance.emergencies import Emergency
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection

#: Kind of the document, and of the record that seals each step.
EMERGENCY: Final = "emergency"

#: Kinds of the records that stand in the timeline of the consignment.
OPENED: Final = "emergency-opened"
ENDED: Final = "emergency-ended"
REVIEWED: Final = "emergency-reviewed"


def every_emergency(stores: Stores, connection: Connection) -> tuple[Emergency, ...]:
    """Every access in an emergency, the last opened first (0..n)."""
    found = DocumentFiles(stores).every(connection, EMERGENCY, Emergency)
    return tuple(sorted(found, key=lambda one: (one.opened, one.id), reverse=True))


def emergency_of(stores: Stores, connection: Connection, identity: str, *, to_change: bool = False) -> Emergency | None:
    """One access; None if there is none.

    Raises:
        RowDiffersError: Its row is not what was sealed last.
        SenderError: There was one, and its row was removed from the database.
    """
    return DocumentFiles(stores).read_sealed(connection, EMERGENCY, identity, Emergency, to_change=to_change)


def emergency_kept(
    stores: Stores, connection: Connection, one: Emergency, step: tuple[str, str]
) -> tuple[NewRecord, ...]:
    """Write one down; the records that seal it and tell the timeline (1..2).

    Args:
        stores: The stores of this process.
        connection: The transaction.
        one: As it stands now.
        step: Kind of the record for the timeline, and who took the step.
    """
    kind, by = step
    record = DocumentFiles(stores).write(connection, EMERGENCY, one.id, (one, by))
    told = stores.sealer.record(kind, by, one, about=UUID(one.consignment))
    return (told,) if record is None else (record, told)
