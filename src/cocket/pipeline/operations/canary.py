# SPDX-License-Identifier: Apache-2.0
"""The canary: a message that the house lodges with itself, to see that the whole way works while nobody sends anything.

No standard reads it. So it is refused and sealed like anything unreadable, makes no dossier, and is in no queue,
statistic, label or quota. The assessment worker must pass it, and a signed head must hold it.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from cocket.errors import StoreError
from cocket.model import Envelope
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.intake.messages import Intake, prepare, read_envelope
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import ASSESSMENT_PLACE

#: Under whose name it is lodged; no key need speak for it.
SENDER = "cocket-canary"

#: Where the database keeps the last one.
PLACE = "canary"


class Lodged(msgspec.Struct, frozen=True):
    """The last canary.

    Attributes:
        message: Its message.
        index: Its leaf.
        at: When it was lodged, UTC.
    """

    message: str
    index: int
    at: datetime


def last_canary(stores: Stores, connection: Connection) -> tuple[Lodged, bool] | None:
    """The last canary, and whether it was dealt with: passed by the assessment worker and under a signed head; None if none was lodged."""
    told = stores.places.get(connection, PLACE)
    if told is None:
        return None
    lodged = msgspec.json.decode(told, type=Lodged)
    worked = stores.places.get(connection, ASSESSMENT_PLACE)
    is_passed = worked is not None and int(worked) >= lodged.index
    return lodged, is_passed and stores.leaves.signed(connection) > lodged.index


class CanaryService(Service):
    """Lodging canaries.

    Args:
        shelves: The stores of this process.
        intake: What stores messages, the same as for all others.
    """

    def __init__(self, stores: Stores, intake: Intake) -> None:
        super().__init__(stores)
        self._intake = intake
        self._canary_looked = -60.0 * stores.settings.canary_minutes

    def tend_canary(self) -> None:
        """Lodge a canary if one is wanted and due; not before the last one was dealt with. To be called again and again.

        Raises:
            StoreError: It could not be stored.
        """
        every = 60.0 * self._stores.settings.canary_minutes
        if not every or time.monotonic() - self._canary_looked < every:
            return
        with self._stores.database.transaction() as connection:
            last = last_canary(self._stores, connection)
        if last is None or last[1]:
            self._lodge_canary()
            self._canary_looked = time.monotonic()

    def _lodge_canary(self) -> None:
        now = datetime.now(UTC)
        content = f"A canary of {now.isoformat()}: {new_id()}".encode()
        envelope = Envelope(sender=SENDER, actor=SENDER, door="api", content=content, received=now)
        (answer,) = self._intake.store([prepare(envelope, read_envelope(envelope), self._stores.sealer)])
        with self._stores.database.transaction() as connection:
            leaf = self._stores.leaves.of_record(connection, UUID(answer.id))
            if leaf is None:
                raise StoreError("The canary was stored without a leaf.")
            lodged = Lodged(answer.id, leaf.index, now)
            self._stores.places.put(connection, PLACE, msgspec.json.encode(lodged))
