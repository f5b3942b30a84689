# SPDX-License-Identifier: Apache-2.0
"""What nobody can open any more because its keys are lost: named, counted, and told from what was erased.

Keys are lost where a copy of them was older than the database and the operator gave up the rest by `cocket restore
--take-over --without-keys`. The rows stay, and the commitments in the log; what they seal is gone until its sender lodges
it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from cocket.errors import LostError
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.set_aside import LOST
from cocket.pipeline.base.unopenable import KEYS_LOST, TAKEN_OVER, unopenable_leaves
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.papers import newest_messages
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.base.set_aside import StoredSetAside
from cocket.stores.operations.row_audits import RowDifference

#: Kind of the sealed records that say which leaves were emptied; and of all after which leaves cannot be opened any more.
_ERASURE: Final = "erasure"
EMPTYING: Final = (_ERASURE, KEYS_LOST, TAKEN_OVER)

_WHY: Final = "Its key is lost: the copy of the keys was older than the database. Its sender can send it again."


class LostLeaf(NamedTuple):
    """A leaf whose key is lost: its place in the book, the record or message it seals, and its kind."""

    place: int
    record: UUID
    kind: str


def find_lost(stores: Stores, connection: Connection) -> list[LostLeaf]:
    """Leaves whose keys are not in the file of keys, in order (0..n): those known to be lost are left out.

    Where the record of an erasure is among them, the leaves that it emptied are too, since nothing else explains them.
    """
    rows = connection.execute(
        "select idx, record, kind, key, digest = '' from leaf where key is not null order by idx"
    ).fetchall()
    gone = stores.leaves.keys.gone(row[3] for row in rows)
    known = unopenable_leaves(stores, connection)
    without = [(LostLeaf(*row[:3]), row[4]) for row in rows if row[3] in gone and row[0] not in known]
    found = [leaf for leaf, is_empty in without if not is_empty]
    if any(leaf.kind == _ERASURE for leaf in found):
        return [leaf for leaf, _ in without]
    return found


def is_of_message(leaf: LostLeaf) -> bool:
    """Whether what a leaf seals is a message."""
    return leaf.kind.startswith("message-")


def note_lost(
    stores: Stores, connection: Connection, lost: Sequence[LostLeaf], record: NewRecord, at: datetime | None = None
) -> None:
    """Show an operator what is lost, let its senders lodge it again, and have the assessment worker advise anew where it can.

    Args:
        shelves: The stores.
        connection: The transaction in which the record is appended.
        lost: The leaves (1..n).
        record: The sealed record that names them.
        at: When, UTC; None for now.
    """
    at = at or datetime.now(UTC)
    sealed = record.leaf.record
    messages = {leaf.record: leaf for leaf in lost if is_of_message(leaf)}
    connection.execute("delete from identity where message_id = any(%s)", (list(messages),))
    rows = connection.execute(
        "select id, sender, standard, left(coalesce(reference, id::text), 80) from message where id = any(%s)",
        (list(messages),),
    ).fetchall()
    for message, sender, standard, name in rows:
        row = _row(message, f"{standard or 'message'} {name} from {sender}", at, sealed)
        row = msgspec.structs.replace(row, about=message, leaf=messages[message].place)
        stores.set_aside.put(connection, row, _keys(connection, message))
    kinds = Counter(leaf.kind for leaf in lost if not is_of_message(leaf))
    if kinds:
        counted = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
        stores.set_aside.put(connection, _row(sealed, f"sealed records: {counted}"[:300], at, sealed))
    _advise_anew(stores, connection, [leaf.record for leaf in lost if leaf.kind == "assessment"], sealed, at)


def _row(subject: UUID, what: str, at: datetime, record: UUID) -> StoredSetAside:
    return StoredSetAside(
        id=new_id(),
        role="intake",
        kind=LOST,
        subject=str(subject),
        about=None,
        leaf=None,
        what=what,
        code=LostError.code,
        reason=_WHY,
        mark=LOST,
        first=at,
        last=at,
        record=record,
    )


def _keys(connection: Connection, message: UUID) -> tuple[tuple[str, str], ...]:
    """Keys of the dossiers that a message is part of (0..n)."""
    rows = connection.execute(
        """select distinct k.kind, k.value from consignment_message m join consignment_key k using (consignment)
        where m.message = %s and k.is_strong""",
        (message,),
    )
    return tuple((row[0], row[1]) for row in rows)


def _advise_anew(
    stores: Stores, connection: Connection, assessments: Sequence[UUID], record: UUID, at: datetime
) -> None:
    """Have the assessment worker assess dossiers again whose newest advice is lost, as far as a message of theirs can be read."""
    rows = connection.execute(
        "select id from consignment where assessment = any(%s) and merged_into is null", (list(assessments),)
    ).fetchall()
    wanted = [row[0] for row in rows]
    for consignment in newest_messages(stores, connection, wanted):
        row = msgspec.structs.replace(
            _row(consignment, f"dossier {consignment}, whose advice is lost", at, record),
            role=SEALED_ASSESSMENT,
            kind="recall",
            about=consignment,
            reason="The key of its advice is lost; it is assessed again.",
            state="retrying",
        )
        stores.set_aside.put(connection, row)


def without_lost_rows(found: Sequence[RowDifference], rows: Collection[tuple[str, str, str]]) -> list[RowDifference]:
    """Differences of rows without those that are explained by lost records."""
    return [one for one in found if (one.table, one.id, one.column) not in rows]
