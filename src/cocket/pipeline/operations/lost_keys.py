# SPDX-License-Identifier: Apache-2.0
"""What nobody can open any more because its keys are lost: named, counted, and told from what was erased.

Keys are lost where a copy of them was older than the database and the operator gave up the rest by `cocket restore
--take-over --without-keys`. The rows stay, and the commitments in the log; what they seal is gone until its sender lodges
it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from cocket.errors import LostError
from cocket.findings.words import counted
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.set_aside import LOST
from cocket.pipeline.base.unopenable import KEYS_LOST, TAKEN_OVER, unopenable_leaves
from cocket.pipeline.base.wiring import Stores, key_folder
from cocket.pipeline.consignment.papers import newest_messages
from cocket.settings import Settings
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.base.database_identity import highest_slot
from cocket.stores.base.set_aside import StoredSetAside
from cocket.stores.operations.row_audits import RowDifference

#: Kind of the sealed records that say which leaves were emptied; and of all after which leaves cannot be opened any more.
_ERASURE: Final = "erasure"
EMPTYING: Final = (_ERASURE, KEYS_LOST, TAKEN_OVER)

#: What to do about a segment that is missing or damaged.
SEGMENTS_HINT: Final = (
    "Copy the segment back from the folder subjects of COCKET_BACKUP_KEYS_FOLDER. If there is none, back up, restore, and "
    "put the copy to work with --without-keys, which records as lost what is lost."
)

#: Slots looked through at a time (count).
_AT_A_TIME = 65_536

_WHY: Final = "Its key is lost: the copy of the keys was older than the database. Its sender can send it again."


class LostLeaf(NamedTuple):
    """A leaf whose key is lost: its place in the book, the record or message it seals, and its kind."""

    place: int
    record: UUID
    kind: str


def find_lost(stores: Stores, connection: Connection) -> list[LostLeaf]:
    """Leaves whose keys are not there, in order (0..n): those known to be lost are left out.

    Where the record of an erasure is among them, the leaves that it emptied are too, since nothing else explains them.
    """
    known = unopenable_leaves(stores, connection)
    without = sorted((LostLeaf(*row[:3]), row[4]) for row in _keyless(stores, connection) if row[0] not in known)
    found = [leaf for leaf, is_empty in without if not is_empty]
    if any(leaf.kind == _ERASURE for leaf in found):
        return [leaf for leaf, _ in without]
    return found


def _keyless(stores: Stores, connection: Connection) -> Iterator[tuple[Any, ...]]:
    """Leaves whose keys are not there, in the order of these: index, record, kind, key, and whether it is empty."""
    highest = highest_slot(connection)
    for first in range(0, -1 if highest is None else highest + 1, _AT_A_TIME):
        rows = connection.execute(
            "select idx, record, kind, key, digest = '' from leaf where key >= %s and key < %s order by key",
            (first, first + _AT_A_TIME),
        ).fetchall()
        gone = stores.leaves.keys.gone(row[3] for row in rows)
        yield from (row for row in rows if row[3] in gone)


def segment_faults(settings: Settings, connection: Connection) -> list[str]:
    """Which segments of the keys are missing or end too early, and what they cost, in one sentence each (0..n).

    Raises:
        StoreError: They cannot be looked at.
    """
    place = key_folder(settings)
    return [
        f"{place.segment(fault.number)} {'is missing' if fault.is_missing else 'ends too early'}: "
        f"{without_keys(connection, range(fault.first, fault.upto))}."
        for fault in place.faults()
    ]


def without_keys(connection: Connection, slots: range | Sequence[int]) -> str:
    """How many leaves cannot be decrypted without some keys, which ones, and of which months.

    Args:
        connection: The transaction.
        slots: Of the keys (1..n).
    """
    row = connection.execute(
        """select count(*), min(idx), max(idx), min(at), max(at) from leaf
        where key >= %s and key <= %s and (%s or key = any(%s)) and digest <> ''""",
        (slots[0], slots[-1], isinstance(slots, range), [] if isinstance(slots, range) else list(slots)),
    ).fetchone()
    number, first, last, since, upto = row or (0, None, None, None, None)
    if not number:
        return "no leaf names a key of it"
    months = {f"{one.astimezone(UTC):%Y-%m}" for one in (since, upto)}
    leaves = f"leaf {first}" if number == 1 else f"{counted(number, 'leaf', 'leaves')}, between {first} and {last}"
    return f"{leaves}, of {' to '.join(sorted(months))}, cannot be decrypted"


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
        listed = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
        stores.set_aside.put(connection, _row(sealed, f"sealed records: {listed}"[:300], at, sealed))
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
