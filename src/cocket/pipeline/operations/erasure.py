# SPDX-License-Identifier: Apache-2.0
"""Erasing: destroying the keys of what is stored of a consignment or message, and every row that was derived of it.

The order is the point. First the intent, the removal and its sealed record in one transaction; then the keys. A crash
in between leaves the intent, and the next erasure, or the next start of the house, carries it out.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.unopenable import SealedErasure
from cocket.pipeline.control.evidence_files import EVIDENCE
from cocket.pipeline.control.host_decisions import host_records
from cocket.pipeline.operations.legal_holds import refuse_held
from cocket.pipeline.tracking.worker import ERASED_PLACE
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import ASSESSMENT_PLACE
from cocket.stores.operations.erasures import Erasures, Remains

#: Where the database keeps keys that are to be destroyed.
_PLACE = "erasing"

#: What roles have written down of what they learnt.
_LEARNT = ("analysts",)


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
    """

    id: str
    consignments: int
    messages: int
    records: int
    kept: tuple[str, ...]
    leaves: tuple[int, ...] = ()
    device_messages: int = 0


class Erasure(Service):
    """Erasing."""

    def plan_erasure(self, wanted: str) -> ErasurePlan:
        """What erasing a consignment, message or report would remove.

        Raises:
            NotFoundError: There is no such thing.
            SenderError: A legal hold is on it, or it cannot be erased yet.
        """
        with self._stores.database.transaction() as connection:
            return _plan(wanted, self._remains(connection, wanted))

    def erase(self, wanted: str, *, who: str, reason: str) -> ErasurePlan:
        """Erase a consignment with all its messages, one message of no consignment, or a report that has ended, for good.

        Args:
            wanted: Id of the consignment, message or report.
            who: Who orders it.
            reason: Why; sealed with the erasure.

        Returns:
            What was removed. When this returns, the keys are destroyed.

        Raises:
            NotFoundError: There is no such thing.
            SenderError: No reason is given, a legal hold is on it, or it cannot be erased yet.
            StoreError: Database or key file failed. What was begun is finished by `finish_erasures`.
        """
        if not reason.strip():
            raise SenderError("An erasure requires a reason.", code="erasure-reason")
        self.finish_erasures()
        stores, erasures = self._stores, Erasures()
        with stores.database.transaction() as connection:
            erasures.lock(connection)
            remains = self._remains(connection, wanted)
            files = erasures.records_of(connection, remains, EVIDENCE)
            rows, removed = erasures.remove_raw(connection, remains)
            leaves, slots = erasures.remove(connection, remains)
            erasures.forget(connection, _LEARNT)
            stores.set_aside.forget(connection, [*remains.consignments, *remains.messages])
            stores.places.put(connection, _PLACE, msgspec.json.encode(slots))
            stores.places.put(connection, ERASED_PLACE, new_id().bytes)
            body = SealedErasure(who=who, reason=reason.strip(), leaves=tuple(leaves), rows=tuple(rows))
            self._access.seal(connection, stores.sealer.record("erasure", who, body))
        self.finish_erasures()
        for file in files:  # nobody can decrypt them any more
            stores.blobs.remove(file)
        return msgspec.structs.replace(_plan(wanted, remains), leaves=tuple(leaves), device_messages=removed)

    def finish_erasures(self) -> int:
        """Destroy the keys that an erasure has given up; how many there were.

        Raises:
            StoreError: Database or key file failed.
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

    def _remains(self, connection: Connection, wanted: str) -> Remains:
        thing: UUID | None = parse_id(wanted)
        erasures = Erasures()
        remains = erasures.find(connection, thing) if thing else None
        if remains is None or thing is None:
            raise NotFoundError("There is no such consignment, message or ended report.")
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


def _plan(wanted: str, remains: Remains) -> ErasurePlan:
    return ErasurePlan(
        id=wanted,
        consignments=len(remains.consignments),
        messages=len(remains.messages),
        records=len(remains.records),
        kept=tuple(map(str, remains.shared)),
    )
