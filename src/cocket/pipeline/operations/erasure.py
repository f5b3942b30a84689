# SPDX-License-Identifier: Apache-2.0
"""Erasing: destroying the keys of what is stored of a consignment or message, and every row that was derived of it.

The order is the point. First the intent, the removal and its sealed record in one transaction; then the keys. A crash
in between leaves the intent, and the next erasure, or the next start of the house, carries it out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.pipeline.assessment.worker_state import outdate_histories
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.continuous_access import ended_accesses
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.unopenable import SealedErasure
from cocket.pipeline.control.evidence_files import EVIDENCE
from cocket.pipeline.control.host_decisions import host_records
from cocket.pipeline.operations.legal_holds import refuse_held
from cocket.pipeline.tracking.worker import ERASED_PLACE
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import ASSESSMENT_PLACE
from cocket.stores.operations.erasures import Erasures, Remains
from cocket.stores.operations.event_deliveries import EventDeliveries
from cocket.stores.risk.history_copy import COPY_PLACE, clear_copy, copy_standing

#: Where the database keeps keys that are to be destroyed.
_PLACE = "erasing"

#: What roles have written down of what they learnt.
_LEARNT = (COPY_PLACE,)


class ErasurePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What erasing would remove, or has removed.

    Attributes:
        id: Consignment or message.
        consignments: Dossiers (count).
        messages: Messages (count).
        records: Sealed records about them: advice, looks, acts, results (count).
        kept: Ids of messages that other consignments rest on too, and that stay (0..n).
        leaves: Leaves of the book that nobody can open any more; empty in a plan (0..n).
        device_messages: Messages of devices that were removed as they came (count); 0 in a plan, which does not look.
        archived: Of the records and messages, those whose content is in files of the archive (count): it stays there, and nobody
            can decrypt it once its key is destroyed.
    """

    id: str
    consignments: int
    messages: int
    records: int
    kept: tuple[str, ...]
    leaves: tuple[int, ...] = ()
    device_messages: int = 0
    archived: int = 0


class Erasure(Service):
    """Erasing."""

    def plan_erasure(self, wanted: str) -> ErasurePlan:
        """What erasing a consignment, message or report would remove.

        Raises:
            NotFoundError: There is no such thing.
            SenderError: A legal hold is on it, or it cannot be erased yet.
        """
        with self._stores.database.transaction() as connection:
            remains = self._remains(connection, wanted)
            return msgspec.structs.replace(_plan(wanted, remains), archived=self._archived(connection, remains))

    def named(self, connection: Connection, wanted: str) -> tuple[ErasurePlan, tuple[str, ...]]:
        """What erasing would remove, and its dossiers, messages and reports by id, sorted (1..n).

        Raises:
            NotFoundError, SenderError: As for `plan_erasure`.
        """
        remains = self._remains(connection, wanted)
        things = [
            *(f"dossier {one}" for one in remains.consignments),
            *(f"message {one}" for one in remains.messages),
            *(f"report {one}" for one in remains.files),
            *(f"kept, for other dossiers rest on it: message {one}" for one in remains.shared),
        ]
        return _plan(wanted, remains), tuple(sorted(things))

    def erase(self, wanted: str, *, who: str, reason: str, is_due: bool = False) -> ErasurePlan:
        """Erase a consignment with all its messages, one message of no consignment, or a report that has ended, for good; what is
        erased under a schedule alone, such as the accesses of a day, only once it is due.

        Args:
            wanted: Id of what is to be erased.
            who: Who orders it.
            reason: Why; sealed with the erasure.
            is_due: Whether it was judged to be due under the schedule in force.

        Returns:
            What was removed. When this returns, the keys are destroyed.

        Raises:
            NotFoundError: There is no such thing.
            SenderError: No reason is given, a legal hold is on it, or it cannot be erased yet.
            StoreError: Database or key folder failed: what was begun is finished by `finish_erasures`. Or a key is missing with
                its segment, and may lie elsewhere: nothing was begun.
        """
        if not reason.strip():
            raise SenderError("An erasure requires a reason.", code="erasure-reason")
        self.finish_erasures()
        stores, erasures = self._stores, Erasures()
        if is_due:  # a look that has ended and was not sealed so yet would stand for ever
            with stores.database.transaction() as connection:
                self._access.seal(connection, *ended_accesses(stores, connection, datetime.now(UTC)))
        with stores.database.transaction() as connection:
            erasures.lock(connection)
            remains = self._remains(connection, wanted, is_due=is_due)
            files = erasures.records_of(connection, remains, EVIDENCE)
            archived = self._archived(connection, remains)
            rows, removed = erasures.remove_raw(connection, remains)
            leaves, slots = erasures.remove(connection, remains)
            if not _is_by_schedule(remains):  # nothing was learnt of what is only so erased
                copy = copy_standing(stores.places.learnt(connection, COPY_PLACE))
                if copy is not None:
                    slots = [*slots, copy.slot]
                    clear_copy(connection)
                erasures.forget(connection, _LEARNT)
                outdate_histories(stores, connection)
            stores.leaves.keys.require(slots)
            stores.set_aside.forget(connection, [*remains.consignments, *remains.messages])
            EventDeliveries().erase(connection, [str(one) for one in (*remains.consignments, *remains.messages)])
            stores.places.put(connection, _PLACE, msgspec.json.encode(slots))
            stores.places.put(connection, ERASED_PLACE, new_id().bytes)
            thing = wanted if _is_by_schedule(remains) else ""
            body = SealedErasure(who=who, reason=reason.strip(), leaves=tuple(leaves), rows=tuple(rows), thing=thing)
            self._access.seal(connection, stores.sealer.record("erasure", who, body))
        self.finish_erasures()
        for file in files:  # nobody can decrypt them any more
            stores.blobs.remove(file)
        return msgspec.structs.replace(
            _plan(wanted, remains), leaves=tuple(leaves), device_messages=removed, archived=archived
        )

    def finish_erasures(self) -> int:
        """Destroy the keys that an erasure has given up; how many there were.

        Raises:
            StoreError: Database or key folder failed.
        """
        with self._stores.database.transaction() as connection:
            intent = self._stores.places.get(connection, _PLACE)
            if intent is None:
                return 0
            slots = msgspec.json.decode(intent, type=list[int])
            if slots:
                self._stores.leaves.keys.destroy(slots)
            Erasures().forget(connection, [_PLACE])
        return len(slots)

    def _archived(self, connection: Connection, remains: Remains) -> int:
        """How many of the records and messages have their content in files of the archive (count)."""
        months = self._stores.leaves.archived_months(connection).values()
        spans = [(part.what, part.first, part.last) for month in months for part in month.parts]
        return Erasures().archived(connection, [*remains.records, *remains.messages], spans) if spans else 0

    def _remains(self, connection: Connection, wanted: str, *, is_due: bool = False) -> Remains:
        thing: UUID | None = parse_id(wanted)
        erasures = Erasures()
        remains = erasures.find(connection, thing) if thing else None
        if remains is None or thing is None:
            raise NotFoundError("There is no such consignment, message or ended report.")
        if _is_by_schedule(remains) and not is_due:
            raise SenderError(
                "Records of accesses and drafts of traders are erased under a retention schedule alone, when they are due.",
                code="erasure-schedule-only",
                hint="cocket retention due shows what is due; cocket retention erase proposes it.",
            )
        refuse_held(self._stores, connection, [thing, *remains.consignments, *remains.messages])
        if not remains.consignments and (uses := erasures.uses(connection, thing)):
            whole = ", ".join(map(str, uses))
            raise SenderError(
                f"The message is part of consignment {whole}: erase the consignment.", code="erasure-part"
            )
        told = host_records(self._stores, connection, erasures.host_keys(connection, remains.consignments))
        remains = msgspec.structs.replace(remains, records=tuple(dict.fromkeys((*remains.records, *told))))
        place = self._stores.places.get(connection, ASSESSMENT_PLACE)
        if remains.newest > (int(place) if place is not None else -1):
            raise SenderError(
                "The assessment worker has not finished with it yet.",
                code="erasure-early",
                hint="Try again in a minute.",
            )
        return remains


def _is_by_schedule(remains: Remains) -> bool:
    """Whether this is erased under a schedule alone, never by order: that would take a trace before it was looked for, or what a
    trader still works on.
    """
    return bool(remains.days or remains.drafts)


def _plan(wanted: str, remains: Remains) -> ErasurePlan:
    return ErasurePlan(
        id=wanted,
        consignments=len(remains.consignments),
        messages=len(remains.messages),
        records=len(remains.records),
        kept=tuple(map(str, remains.shared)),
    )
