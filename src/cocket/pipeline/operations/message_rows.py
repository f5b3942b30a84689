# SPDX-License-Identifier: Apache-2.0
"""What messages, what recognises them again, promises of receipts and port calls must be, beside their MACs.

None of these rows is told whole by a sealed record. The leaf of a message binds its sender and reference by a hash under
a key; its content tells by what it is recognised again. The rest is proved by the MAC that stands with the row: of the
values that a column can have, only the one that was written gives that MAC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice, product
from typing import Any
from uuid import UUID

import msgspec
import zstandard

from cocket.consignment.uses import MOST_USES, as_given, use_name
from cocket.errors import ArchiveAwayError, CocketError
from cocket.model import Reading
from cocket.pipeline.base.readings import behind_in, reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.tracking.port_calls import MANIFESTS_PLACE, calls_of, sources_of
from cocket.stores.base.database import Connection
from cocket.stores.base.packing import unpack
from cocket.stores.intake.messages import IDENTITIES, MAC_BYTES, MESSAGES, StoredMessage
from cocket.stores.ledger.leaves import PROMISES, StoredLeaf
from cocket.stores.operations.row_audits import RowDifference, plain
from cocket.stores.tracking.vessels import CALLS

#: By when a receipt promises a head is looked for in the days after its leaf, to the second; and most values tried.
_PROMISED_WITHIN, _MOST_TRIED = timedelta(days=3), 1_000_000

#: Code of the finding of a message that could be read but not kept: it is recognised by what nobody can send again.
_NOT_KEPT = "cannot-be-kept"


def sealed_sender(
    stores: Stores, connection: Connection, leaf: StoredLeaf, named: tuple[str | None, str | None]
) -> str | None:
    """The sender that the leaf of a message binds, among all that are known; None if it is none of them.

    Args:
        stores: The stores.
        connection: The transaction.
        leaf: The leaf of the message.
        named: Standard and reference of the message.
    """
    senders = connection.execute(
        "select sender from message union select sender from identity union select unnest(senders) from api_key"
    ).fetchall()
    return next((one for (one,) in senders if _subject(stores, one, leaf, named) == leaf.subject), None)


def is_sender(stores: Stores, message: StoredMessage, leaf: StoredLeaf, named: tuple[str | None, str | None]) -> bool:
    """Whether a message is of the sender that its leaf binds; an erased leaf binds none."""
    return leaf.subject in ("", _subject(stores, message.sender, leaf, named))


def under_its_name(stores: Stores, message: StoredMessage, leaf: StoredLeaf | None, reading: Reading) -> Reading:
    """What was read in a message under the name of the use of its reference that its leaf binds; as it is if it binds none."""
    given = as_given(reading.reference)
    if leaf is None or given is None or is_sender(stores, message, leaf, (reading.standard, reading.reference)):
        return reading
    named = (msgspec.structs.replace(reading, reference=use_name(given, use + 1)) for use in range(MOST_USES))
    bound = (one for one in named if is_sender(stores, message, leaf, (one.standard, one.reference)))
    return next(bound, reading)


def _subject(stores: Stores, sender: str, leaf: StoredLeaf, named: tuple[str | None, str | None]) -> str:
    standard, reference = named
    return stores.sealer.subject(sender, standard or "", reference or str(leaf.record))


def proven_message(
    connection: Connection, message: UUID, known: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the columns of a message must be, as far as its MAC proves it.

    Args:
        connection: The transaction.
        message: Its id.
        known: Column → what sealed records say.

    Returns:
        Column → value, where it is another one than stands there; and the columns that nothing proves (0..n).
    """
    found = connection.execute(f"select {MESSAGES.read} from message where id = %s", (message,)).fetchone()
    if found is None:
        return {}, ()
    stands, mac = dict(zip(MESSAGES.columns, found, strict=False)), found[-1]
    row: dict[str, Any] = {**stands, **known}
    if mac is not None:
        for guess in _guesses(connection, row):
            if connection.row_macs.agrees(MESSAGES, [guess[name] for name in MESSAGES.columns], mac):
                return {name: value for name, value in guess.items() if value != stands[name]}, ()
    changed = {name: value for name, value in known.items() if value != stands[name]}
    return changed, ("door", "function", "version", "file_name")


def _guesses(connection: Connection, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Values that the columns which no record tells can have, what stands there first."""

    def column(name: str) -> list[Any]:
        rows = connection.execute(
            f"select {name} from message where {name} is not null group by {name} order by count(*) desc limit 2000"
        )
        return [value for (value,) in rows.fetchall()]

    doors = [row["door"], *column("door")]
    functions = [row["function"], "original", "amendment", "cancellation"]
    versions = [row["version"], *range(1, 100)]
    files = [row["file_name"], None, *column("file_name")]
    guesses = islice(product(files, doors, functions, versions), _MOST_TRIED)
    for file_name, door, function, version in guesses:
        yield {**row, "door": door, "function": function, "version": version, "file_name": file_name}


def look_at_promises(stores: Stores, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[RowDifference]:
    """Leaves whose receipts promise something else than was promised."""
    found = connection.execute(
        f"select idx, {PROMISES.read} from leaf where idx = any(%s) and digest <> ''", ([row["idx"] for row in rows],)
    ).fetchall()
    return [
        RowDifference(
            table="leaf",
            id=str(index),
            column="include_by",
            stands=f"{plain(values[1])}{', degraded' if values[2] else ''}",
            sealed="what its receipt promised when it was given: the MAC of the promise was made over another one",
            leaf=index,
        )
        for index, *values, mac in found
        if not connection.row_macs.agrees(PROMISES, values, mac)
    ]


def promise_again(connection: Connection, index: int) -> dict[str, Any] | None:
    """Let the receipt of a leaf promise again what it promised, as its MAC proves; column → value.

    Returns:
        What was changed; None where nothing proves what it promised, as of receipts whose time has parts of seconds.
    """
    row = connection.execute(f"select at, {PROMISES.read} from leaf where idx = %s", (index,)).fetchone()
    if row is None or row[4] is None:
        return None
    at, record, stands, _, mac = row
    first: datetime = at.replace(microsecond=0)
    seconds = (first + timedelta(seconds=one) for one in range(int(_PROMISED_WITHIN.total_seconds())))
    for moment in (stands, *seconds):
        for is_degraded in (False, True):
            if connection.row_macs.agrees(PROMISES, (record, moment, is_degraded), mac):
                connection.execute(
                    "update leaf set include_by = %s, is_degraded = %s where idx = %s", (moment, is_degraded, index)
                )
                return {"include_by": moment, "is_degraded": is_degraded}
    return None


def adopt_promise(connection: Connection, index: int) -> dict[str, Any]:
    """Let a promise stand as it stands; column → value."""
    row = connection.execute(f"select {PROMISES.read} from leaf where idx = %s", (index,)).fetchone()
    values = tuple(row[:-1]) if row else ()
    connection.execute(
        "update leaf set promise_mac = %s where idx = %s", (connection.row_macs.mac(PROMISES, values), index)
    )
    return dict(zip(PROMISES.columns[1:], values[1:], strict=True))


def look_at_identities(
    stores: Stores, connection: Connection, rows: Sequence[Mapping[str, Any]]
) -> list[RowDifference]:
    """Messages that would not be recognised if they were sent again."""
    ids = [row["id"] for row in rows]
    lacking = connection.execute(
        """select m.id, l.key from message m join leaf l on l.record = m.id
        where m.id = any(%s) and l.digest <> '' and not exists (
            select from identity i where i.message_id = m.id and octet_length(i.content_mac) = %s)""",
        (ids, MAC_BYTES),
    ).fetchall()
    gone = stores.leaves.keys.gone([slot for _, slot in lacking if slot is not None]) if lacking else set()
    differences = []
    for message, slot in lacking:
        if slot in gone:  # nobody can open it any more, and it may be sent again
            continue
        known = _recognised(stores, connection, message)
        if known is None:
            continue  # that its content is not what was sealed is said of its leaf
        sender, mac = known
        other = connection.execute(
            """select i.message_id, l.idx from identity i left join leaf l on l.record = i.message_id
            where i.sender = %s and i.content_mac = %s""",
            (sender, mac),
        ).fetchone()
        own = connection.execute("select idx from leaf where record = %s", (message,)).fetchone()
        if other is not None and own is not None and other[1] is not None and other[1] < own[0]:
            continue  # it came twice, while the row was gone: the first one counts
        differences.append(
            RowDifference(
                table="identity",
                id=f"{sender} \\x{mac.hex()}",
                column="" if other is None else "message_id",
                stands=None if other is None else str(other[0]),
                sealed=f"message {message}, by its content",
            )
        )
    return differences + _look_at_versions(connection, ids)


def _look_at_versions(connection: Connection, ids: Sequence[UUID]) -> list[RowDifference]:
    """Rows of `identity` that name no message, another sender or reference than theirs, or fewer versions than there are."""
    found = connection.execute(
        """select i.sender, i.content_mac, i.versions, (select max(o.version) from message o
            where (o.sender, o.standard, o.reference) = (i.sender, i.standard, i.reference))
        from identity i where i.message_id = any(%s) and i.reference is not null""",
        (list(ids),),
    ).fetchall()
    return [
        RowDifference(
            table="identity",
            id=f"{sender} \\x{mac.hex()}",
            column="versions",
            stands=str(versions),
            sealed=f"{most}, the newest version among its messages",
        )
        for sender, mac, versions, most in found
        if most is not None and versions < most
    ]


def identity_again(stores: Stores, connection: Connection, identity: str) -> tuple[str, dict[str, Any]]:
    """Let content be recognised again as the message that it is, or a row go of which no message has the content.

    Args:
        stores: The stores.
        connection: The transaction.
        identity: The key of the row, as a difference names it.

    Returns:
        What was done, `changed`, `put back` or `removed`, and the row.
    """
    sender, _, text = identity.rpartition(" \\x")
    mac = bytes.fromhex(text)
    if len(mac) > MAC_BYTES:
        return _identity_behind(stores, connection, sender, mac)
    stands = connection.execute(
        "delete from identity where sender = %s and content_mac = %s returning message_id", (sender, mac)
    ).fetchone()
    rows = connection.execute(
        """select m.id from message m join leaf l on l.record = m.id
        where m.id = %s or not exists (
            select from identity i where i.message_id = m.id and octet_length(i.content_mac) = %s) order by l.idx""",
        (stands[0] if stands else None, MAC_BYTES),
    ).fetchall()
    message = next((one for (one,) in rows if _recognised(stores, connection, one) == (sender, mac)), None)
    if message is None:
        return "removed", {"sender": sender, "message_id": str(stands[0]) if stands else None}
    standard, reference, outcome, function = connection.execute(
        "select standard, reference, outcome, function from message where id = %s", (message,)
    ).fetchone() or (None, None, "", "")
    held = reference if outcome == "accepted" and function == "original" else None
    if held is not None:  # who holds it by another hand lets go of it
        connection.execute(
            "update identity set reference = null where (sender, standard, reference) = (%s, %s, %s)",
            (sender, standard, held),
        )
    newest = connection.execute(
        "select max(version) from message where (sender, standard, reference) = (%s, %s, %s)", (sender, standard, held)
    ).fetchone()
    row = (sender, mac, standard, held, message, newest[0] if newest and newest[0] else 1)
    connection.row_macs.put(connection, IDENTITIES, [row])
    named = dict(zip(IDENTITIES.columns, row, strict=True))
    return "changed" if stands else "put back", named


def _identity_behind(stores: Stores, connection: Connection, sender: str, mac: bytes) -> tuple[str, dict[str, Any]]:
    """The same for one that came behind another in the same bytes: it holds what was read in its part of them."""
    file, part = mac[:MAC_BYTES], int.from_bytes(mac[MAC_BYTES:], "big")
    gone = connection.execute(
        "delete from identity where sender = %s and content_mac = %s returning message_id, versions", (sender, mac)
    ).fetchone()
    known = connection.execute(
        "select message_id from identity where sender = %s and content_mac = %s", (sender, file)
    ).fetchone()
    stored = stores.messages.get_many(connection, [known[0]], "take") if known else []
    for message in stored:
        reading = reading_of(message)
        for one in behind_in(reading):
            if message.outcome == "accepted" and one.part == part and one.is_original:
                newest = connection.execute(
                    "select max(version) from message where (sender, standard, reference) = (%s, %s, %s)",
                    (sender, one.standard, one.reference),
                ).fetchone()
                versions = max(newest[0] if newest and newest[0] else 1, gone[1] if gone else 1)
                connection.execute(
                    "update identity set reference = null where (sender, standard, reference) = (%s, %s, %s)",
                    (sender, one.standard, one.reference),
                )
                row = (sender, mac, one.standard, one.reference, message.id, versions)
                connection.row_macs.put(connection, IDENTITIES, [row])
                return "changed" if gone else "put back", dict(zip(IDENTITIES.columns, row, strict=True))
    return "removed", {"sender": sender, "message_id": str(gone[0]) if gone else None}


def _recognised(stores: Stores, connection: Connection, message: UUID) -> tuple[str, bytes] | None:
    """Sender of a message, and by what its content is recognised; None where it cannot be read."""
    try:
        packed = stores.messages.content(connection, message)
        stored = stores.messages.get_many(connection, [message], "take")
        if packed is None or not stored:
            return None
        content = unpack(packed)
        if any(one.code == _NOT_KEPT for one in reading_of(stored[0]).findings):
            leaf = stores.leaves.of_record(connection, message)
            content = message.bytes + (leaf.digest if leaf else b"")
    except ArchiveAwayError:
        raise
    except (CocketError, msgspec.DecodeError, zstandard.ZstdError):
        return None
    return stored[0].sender, stores.sealer.content_mac(content)


def look_at_calls(stores: Stores, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[RowDifference]:
    """Port calls of manifests that the tracker has read, and that are not there."""
    place = stores.places.learnt(connection, MANIFESTS_PLACE)
    reached = int(place) if place is not None else -1
    found = connection.execute(
        """select m.id from message m join leaf l on l.record = m.id where m.id = any(%s) and l.idx <= %s
        and m.outcome = 'accepted' and exists (select from consignment_message c where c.message = m.id and c.part > 0)
        and not exists (select from set_aside s where s.role = 'tracker' and s.subject = m.id::text)
        and not exists (select from message o join leaf k on k.record = o.id where k.idx > l.idx
            and o.outcome = 'accepted' and (o.sender, o.standard, o.reference) = (m.sender, m.standard, m.reference))""",
        ([row["id"] for row in rows], reached),
    ).fetchall()
    differences = []
    for message in stores.messages.get_many(connection, [one for (one,) in found]):
        try:
            own = sources_of(message)[
                0
            ]  # columns name the first of several alone, so only of it they tell what came later
            calls = [one for one in calls_of(message) if one.source == own]
        except (CocketError, msgspec.DecodeError, zstandard.ZstdError):
            continue  # that what was read in it was changed is said of the message
        stands = {
            row[:2]
            for row in connection.execute(
                "select source, what from port_call where source = any(%s)", ([one.source for one in calls],)
            ).fetchall()
        }
        differences += [
            RowDifference(
                table="port_call",
                id=f"{one.source} {one.what}",
                column="",
                stands=None,
                sealed=f"the {one.what} that message {message.id} states",
            )
            for one in calls
            if (one.source, one.what) not in stands
        ]
    return differences


def _behind_another(stores: Stores, connection: Connection, sender: str, source: str) -> StoredMessage | None:
    """The newest message with a manifest of this name behind another in the same bytes, which no column names."""
    rows = connection.execute(
        """select m.id from message m join leaf l on l.record = m.id where m.sender = %s and m.outcome = 'accepted'
        and exists (select from consignment_message c where c.message = m.id and c.part > 0) order by l.idx desc""",
        (sender,),
    ).fetchall()
    for (message,) in rows:
        for one in stores.messages.get_many(connection, [message], "leave out"):
            if source in sources_of(one):
                return one
    return None


def calls_again(stores: Stores, connection: Connection, identity: str) -> tuple[str, dict[str, Any]]:
    """Let the port calls of a manifest be as its newest version states them.

    Returns:
        What was done, `changed` or `removed`, and the row that was meant.
    """
    source, _, what = identity.rpartition(" ")
    sender, standard, name = [*source.split("\n"), "", ""][:3]
    rows = connection.execute(
        """select m.id from message m join leaf l on l.record = m.id where m.sender = %s and coalesce(m.standard, '') = %s
        and coalesce(m.reference, m.id::text) = %s and m.outcome = 'accepted' order by l.idx desc limit 1""",
        (sender, standard, name),
    ).fetchall()
    messages = stores.messages.get_many(connection, [one for (one,) in rows])
    if not messages and (behind := _behind_another(stores, connection, sender, source)) is not None:
        messages = [behind]
    calls = [call for one in messages for call in calls_of(one) if call.source == source]
    connection.execute("delete from port_call where source = %s", (source,))
    connection.row_macs.put(connection, CALLS, map(msgspec.structs.astuple, calls))
    meant = next((one for one in calls if one.what == what), None)
    if meant is None:
        return "removed", {"source": source, "what": what}
    return "changed", msgspec.structs.asdict(meant)
