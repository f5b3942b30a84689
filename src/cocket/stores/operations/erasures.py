# SPDX-License-Identifier: Apache-2.0
"""What is erased, and how: which rows a consignment or message has everywhere, and their removal in one transaction.

The leaf itself stays, emptied of everything but its commitment: the tree needs that, and nobody can open it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

import msgspec

from cocket.stores.base import record_months
from cocket.stores.base.database import ASSESSMENT_LOCK, HISTORY_LOCK, TRACKER_LOCK, Connection, lock_appends
from cocket.stores.ledger.archive_files import What
from cocket.stores.measures.permits import CLAIMS, USES
from cocket.stores.operations.retention import (
    CONTINUITY_FILES,
    PARTNER_FILES,
    PILOT_ANSWER,
    WAITS,
    RetentionRows,
    access_day_of,
)
from cocket.stores.tracking.device_batches import MOST_ROWS, DeviceBatches


class Remains(msgspec.Struct, frozen=True):
    """Everything that is stored of what is to be erased.

    Attributes:
        consignments: Dossiers, those that went up in them included (0..n).
        messages: Messages that are about nothing else (0..n).
        shared: Messages that other consignments rest on too, such as a manifest; they are kept (0..n).
        records: Records about these dossiers and messages (0..n).
        newest: The book's index of the newest of the messages (-1 if there is none).
        files: Reports of intelligence that have ended (0..n).
        days: Days (UTC) whose accesses are erased, by their records (0..n); only under a schedule.
        drafts: Declarations that traders fill in by hand (0..n); only under a schedule.
    """

    consignments: tuple[UUID, ...]
    messages: tuple[UUID, ...]
    shared: tuple[UUID, ...]
    records: tuple[UUID, ...]
    newest: int
    files: tuple[UUID, ...] = ()
    days: tuple[date, ...] = ()
    drafts: tuple[UUID, ...] = ()


#: Kinds of files that traders keep about themselves, that partners gave, of outages and of pilots; each is erased by itself, once it
#: waits for nothing.
_GIVEN = ("self-assessment", "self-assessment-submitted", *PARTNER_FILES, *CONTINUITY_FILES, PILOT_ANSWER)

_RECORDS = """
select r.id from record r
where r.about = any(%(about)s) or r.about in (select id from case_file where consignment = any(%(consignments)s)
    union select id from journey where consignment = any(%(consignments)s))
"""

#: Names under which the write-off ledger keeps declarations that go, unless another message of the same name stays.
_CLAIMS = """
select c.declaration from permit_claim c where c.declaration in (
    select m.sender || ' ' || m.standard || ' ' || coalesce(m.reference, m.id::text) from message m
    where m.id = any(%(messages)s) and not exists (
        select from message o where (o.sender, o.standard, o.reference) = (m.sender, m.standard, m.reference)
        and o.id <> all(%(messages)s))
    union select i.sender || ' ' || i.standard || ' ' || i.reference from identity i
    where i.message_id = any(%(messages)s) and i.reference is not null and not exists (
        select from message o where (o.sender, o.standard, o.reference) = (i.sender, i.standard, i.reference)
        and o.id <> all(%(messages)s)))
"""

#: When what a device sent is of a journey: from an hour before it began until its next one, or a month after discharge,
#: for devices send late. Both count by receipt.
_SPAN = """t.stored between j.starts_at - interval '1 hour' and coalesce(greatest(j.discharged, least(
    j.discharged + interval '30 days', (select min(n.starts_at) - interval '1 hour' from journey n
    join journey_device e on e.journey = n.id where e.device = d.device and n.starts_at > j.starts_at))), now())"""

#: Rows of the door's that hold what devices sent on journeys of dossiers: what a device told is kept under the last of
#: the rows that were read together. Rows that nobody has read yet go with a journey that has no next one.
_DOOR_ROWS = f"""
select d.device, t.batch - %(most)s + 1, t.batch from device_told t join journey_device d on d.device = t.device
join journey j on j.id = d.journey where j.consignment = any(%(of)s) and {_SPAN}
union select d.device, coalesce((select convert_from(value, 'UTF8')::bigint from place where name = 'tracker'), 0) + 1,
(select max(id) from device_batch) from journey_device d join journey j on j.id = d.journey
where j.consignment = any(%(of)s) and not exists (select from journey n join journey_device e on e.journey = n.id
where e.device = d.device and n.starts_at > j.starts_at)
"""

#: Where the goods were: journeys of dossiers with their alerts, and what devices told on them.
_TRACKS = (
    "delete from alert_consignment where consignment = any(%(of)s)",
    """delete from alert where consignment = any(%(of)s)
    or journey in (select id from journey where consignment = any(%(of)s))""",
    f"""delete from device_told t using journey_device d join journey j on j.id = d.journey
    where j.consignment = any(%(of)s) and t.device = d.device and {_SPAN}""",
    """update device_standing s set last = null, holder = case when custody = 'issued' and holder = j.reference then ''
    else holder end from journey_device d join journey j on j.id = d.journey
    where j.consignment = any(%(of)s) and s.device = d.device""",
    "delete from journey_device where journey in (select id from journey where consignment = any(%(of)s))",
    "delete from journey where consignment = any(%(of)s)",
)

#: Rows that say something of a dossier, by the column that names it.
_OF_DOSSIERS = (
    ("assessment", "consignment"),
    ("control_order", "consignment"),
    ("rule_hit", "consignment"),
    ("result", "consignment"),
    ("override", "consignment"),
    ("consignment_message", "consignment"),
    ("consignment_key", "consignment"),
    ("consignment_mark", "consignment"),
    ("consignment", "id"),
)


class Erasures:
    """Finding and removing what is stored of a consignment or message, on a transaction of the caller."""

    def lock(self, connection: Connection) -> None:
        """Keep assessment worker, tracker and doors from writing until the transaction ends.

        Who holds a row that is to go, and waits for us, is not waited for: the erasure gives up, and can be tried again.
        """
        connection.execute("select pg_advisory_xact_lock(%s)", (ASSESSMENT_LOCK,))
        connection.execute("select pg_advisory_xact_lock(%s)", (TRACKER_LOCK,))
        connection.execute("select pg_advisory_xact_lock(%s)", (HISTORY_LOCK,))
        lock_appends(connection)
        connection.execute("set local lock_timeout = '500ms'")

    def find(self, connection: Connection, wanted: UUID) -> Remains | None:
        """What is stored of a consignment, of one message, of an ended report, or of the accesses of a day; None if there is no
        such thing.
        """
        day = access_day_of(wanted)
        if day is not None:
            accesses = RetentionRows().accesses_of(connection, day)
            return Remains((), (), (), tuple(accesses), -1, days=(day,)) if accesses else None
        dossiers = connection.execute(
            """select id from consignment where coalesce(merged_into, id) =
            (select coalesce(merged_into, id) from consignment where id = %s)""",
            (wanted,),
        ).fetchall()
        consignments = [row[0] for row in dossiers]
        if consignments:
            linked = connection.execute(
                """select message, exists (select from consignment_message o
                where o.message = m.message and o.consignment <> all(%(ids)s))
                from consignment_message m where consignment = any(%(ids)s) group by message""",
                {"ids": consignments},
            ).fetchall()
        else:
            linked = connection.execute("select id, false from message where id = %s", (wanted,)).fetchall()
            if not linked:
                return self._report(connection, wanted)
        messages = [row[0] for row in linked if not row[1]]
        found = connection.execute(
            _RECORDS, {"about": [*consignments, *messages], "consignments": consignments}
        ).fetchall()
        newest = connection.execute("select max(idx) from leaf where record = any(%s)", (messages,)).fetchone()
        return Remains(
            tuple(consignments),
            tuple(messages),
            tuple(row[0] for row in linked if row[1]),
            tuple(row[0] for row in found),
            newest[0] if newest and newest[0] is not None else -1,
        )

    def _report(self, connection: Connection, wanted: UUID) -> Remains | None:
        """What is stored of a report of intelligence that was ended or has ended by itself, of a closed question about no message,
        of a self-assessment, of a record that a partner gave, of what a gateway brought, of a pack of an office, of an answer
        about a pilot, or of a trader's draft; None if there is none such.
        """
        found = connection.execute(
            f"""select id from case_file f where id = %s and (kind = any(%s) and not {WAITS}
            and (kind <> 'source-pull' or consignment is null) or kind = 'intelligence'
            and (state = 'ended' or (convert_from(body, 'UTF8')::jsonb ->> 'expires')::timestamptz < now()))
            union all select f.id from case_file_key k join case_file f on f.id = k.file
            where k.name = 'name' and k.value = %s and f.kind = 'question' and f.consignment is null and f.state <> 'open'""",
            (wanted, list(_GIVEN), str(wanted)),
        ).fetchone()
        if found is None:
            draft = connection.execute("select id from declaration_draft where id = %s", (wanted,)).fetchone()
            return Remains((), (), (), (), -1, drafts=(draft[0],)) if draft else None
        records = connection.execute("select id from record where about = %s", (found[0],)).fetchall()
        return Remains((), (), (), tuple(row[0] for row in records), -1, (found[0],))

    def host_keys(self, connection: Connection, consignments: Sequence[UUID]) -> list[tuple[str, str]]:
        """Link keys of dossiers, kind and value, of which the host said something (0..n)."""
        rows = connection.execute(
            """select distinct h.kind, h.value from host_decision h join consignment_key k
            on h.kind = k.kind and h.value = k.value where k.is_strong and k.consignment = any(%s)""",
            (list(consignments),),
        )
        return [(row[0], row[1]) for row in rows]

    def uses(self, connection: Connection, message: UUID) -> list[UUID]:
        """Dossiers that rest on a message (0..n)."""
        rows = connection.execute("select distinct consignment from consignment_message where message = %s", (message,))
        return [row[0] for row in rows]

    def records_of(self, connection: Connection, remains: Remains, kind: str) -> list[UUID]:
        """Those of the records that are of a kind (0..n)."""
        rows = connection.execute(
            "select id from record where id = any(%s) and kind = %s order by id", (list(remains.records), kind)
        )
        return [row[0] for row in rows]

    def archived(self, connection: Connection, things: Sequence[UUID], spans: Sequence[tuple[What, UUID, UUID]]) -> int:
        """How many of some records and messages have their content in a file of the archive (count).

        Args:
            connection: The transaction.
            things: Ids of records and messages.
            spans: What each file has, and its first and last id (0..n).
        """
        row = connection.execute(
            """select count(*) from (select 'advice' as what, id from record where id = any(%(ids)s) and kind = any(%(kinds)s)
            union all select 'messages', id from message where id = any(%(ids)s)) r
            where exists (select from unnest(%(whats)s::text[], %(firsts)s::uuid[], %(lasts)s::uuid[])
            as span (what, one, other) where span.what = r.what and r.id between one and other)""",
            {
                "ids": list(things),
                "kinds": list(record_months.BY_MONTH),
                "whats": [what for what, _, _ in spans],
                "firsts": [first for _, first, _ in spans],
                "lasts": [last for _, _, last in spans],
            },
        ).fetchone()
        return int(row[0]) if row else 0

    def remove_raw(self, connection: Connection, remains: Remains) -> tuple[list[int], int]:
        """Remove what devices sent on the journeys of these dossiers, as it came; to be called before `remove`.

        Returns:
            Rows of the door's from which something was removed, and messages that were (count).
        """
        wanted = connection.execute(_DOOR_ROWS, {"of": list(remains.consignments), "most": MOST_ROWS}).fetchall()
        return DeviceBatches().erase(connection, [(device, first, last or 0) for device, first, last in wanted])

    def remove(self, connection: Connection, remains: Remains) -> tuple[list[int], list[int]]:
        """Remove every row, and empty the leaves.

        Returns:
            Indexes of the leaves that were emptied, and slots of the keys that are to be destroyed.
        """
        consignments, things = list(remains.consignments), [*remains.messages, *remains.records]
        for files in (
            "delete from case_file_key where file in (select id from case_file where consignment = any(%s))",
            "delete from case_file where consignment = any(%s)",
        ):
            connection.execute(files, (consignments,))
        connection.execute("delete from case_file_key where file = any(%s)", (list(remains.files),))
        connection.execute("delete from case_file where id = any(%s)", (list(remains.files),))
        connection.execute("delete from declaration_draft where id = any(%s)", (list(remains.drafts),))
        connection.execute(
            """delete from host_decision h using consignment_key k
            where h.kind = k.kind and h.value = k.value and k.is_strong and k.consignment = any(%s)""",
            (consignments,),
        )
        for statement in _TRACKS:
            connection.execute(statement, {"of": consignments})
        for table, column in _OF_DOSSIERS:
            connection.execute(f"delete from {table} where {column} = any(%s)", (consignments,))
        for (name,) in connection.execute(_CLAIMS, {"messages": list(remains.messages)}).fetchall():
            _unname(connection, name, f"erased {uuid4()}")
        connection.execute("delete from identity where message_id = any(%s)", (list(remains.messages),))
        connection.execute("delete from message where id = any(%s)", (list(remains.messages),))
        connection.execute("delete from record where id = any(%s)", (list(remains.records),))
        record_months.remove(connection, things)
        rows = connection.execute(
            """update leaf set actor = '', subject = '', digest = '', nonce = '' where record = any(%s)
            returning idx, key""",
            (things,),
        ).fetchall()
        return sorted(row[0] for row in rows), sorted(row[1] for row in rows if row[1] is not None)

    def forget(self, connection: Connection, names: Sequence[str]) -> None:
        """Remove what roles have written down of what they learnt; they learn it again from what is left."""
        connection.execute("delete from place where name = any(%s)", (list(names),))


def _unname(connection: Connection, old: str, new: str) -> None:
    """What is written off a permit stays written off, under a name that says nothing."""
    connection.execute(
        "insert into permit_claim select %s, version, is_returned, null from permit_claim where declaration = %s",
        (new, old),
    )
    rows = connection.execute(
        "select declaration, version, is_returned, mac from permit_claim where declaration = %s", (old,)
    )
    for _, *stands in connection.row_macs.believed(connection, CLAIMS, rows.fetchall()):
        connection.row_macs.put(connection, CLAIMS, [(new, *stands)])
    connection.row_macs.change(connection, USES, ("declaration = %s", (old,)), {"declaration": new})
    connection.execute("delete from permit_claim where declaration = %s", (old,))
