# SPDX-License-Identifier: Apache-2.0
"""Unit values that the house remembers from the declarations it holds, kept up message by message.

A declaration counts from the day after it became known; one amended, cancelled, or found irregular on examination no
longer counts from that day on. A finding that is withdrawn lets it count again.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from threading import Lock
from typing import Final
from uuid import UUID

import msgspec

from cocket.measures.tariff import Rates
from cocket.measures.valuation import Comparisons, DeclaredValue, Practice, values_of
from cocket.model import Declaration, Reading
from cocket.pipeline.base.readings import each_in, reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import moment_of
from cocket.pipeline.consignment.outcomes import outcomes_between
from cocket.stores.base.database import Connection
from cocket.stores.intake.messages import StoredMessage

#: ISO 4217 for "no currency": amounts of the house's own currency that a message writes without naming it.
NATIONAL: Final = "XXX"

_BATCH: Final = 512
_EPOCH: Final = date(1970, 1, 1)


class ValueMemory:
    """Declared unit values of one house.

    Args:
        shelves: The stores.
        rates: Rates by date; None compares each currency within itself.
        practice: How this administration compares; None for the usual way.

    Attributes:
        comparisons: What is remembered.
        lock: Held by whoever looks or learns; a comparison set is good only while it is.
    """

    def __init__(self, stores: Stores, rates: Rates | None = None, practice: Practice | None = None) -> None:
        self.comparisons = Comparisons(rates, practice)
        self._currency = rates.currency if rates else NATIONAL
        self.lock = Lock()
        self._stores = stores
        self._upto = -1
        self._of_message: dict[tuple[UUID, int], tuple[DeclaredValue, ...]] = {}
        self._of_reference: dict[tuple[str, str | None, str], tuple[DeclaredValue, ...]] = {}
        self._found: set[tuple[UUID, int]] = set()

    def catch_up(self, connection: Connection) -> int:
        """Learn what came since the last time; hold the lock meanwhile.

        Returns:
            Leaf index up to which everything is known (-1 for none).
        """
        while True:
            messages, upto = self._stores.messages.after(connection, self._upto, _BATCH)
            if upto == self._upto:
                return upto
            for message in messages:
                if message.outcome == "accepted":
                    for part, stored, reading in each_in(message, reading_of(message)):
                        self._learn(stored, part, reading)
            self._learn_results(connection, self._upto + 1, upto)
            self._upto = upto

    def values_in(self, declaration: Declaration, received: datetime) -> tuple[DeclaredValue, ...]:
        """The declared values of one declaration, as they are compared (one an item)."""
        return values_of(declaration, moment_of(declaration, received).date(), self._currency)

    def _learn(self, message: StoredMessage, part: int, reading: Reading) -> None:
        """Learn from one message; of several in the same bytes each counts under its own reference and part."""
        reference = (message.sender, message.standard, message.reference or str(message.id))
        for value in self._of_reference.pop(reference, ()):
            self.comparisons.withdraw(value, message.received.date())
        document = reading.document
        if message.function == "cancellation" or not isinstance(document, Declaration) or document.flow != "import":
            return
        values = self.values_in(document, message.received)
        for value in values:
            self.comparisons.add(value)
        self._of_reference[reference] = self._of_message[message.id, part] = values

    def _learn_results(self, connection: Connection, first: int, last: int) -> None:
        """Let values found wrong no longer count, and where only examined ones count, let those in that stood."""
        outcomes = outcomes_between(self._stores, connection, first, last)
        parts = self._stores.consignments.messages_of(connection, [UUID(one.facts.id) for one in outcomes])
        for outcome in outcomes:
            day = _EPOCH + timedelta(days=int(outcome.returned))
            for part in parts.get(UUID(outcome.facts.id), ()):
                if outcome.found:
                    self._found.add(part)
                elif part in self._found:
                    self._stand_again(part)
                for value in self._of_message.get(part, ()):
                    if outcome.found:
                        self.comparisons.withdraw(value, day)
                    elif self.comparisons.practice.only_examined:
                        self.comparisons.add(msgspec.structs.replace(value, examined=day, stands=True))

    def _stand_again(self, part: tuple[UUID, int]) -> None:
        """Let the values of a message count again, unless another has taken its place meanwhile."""
        self._found.discard(part)
        values = self._of_message.get(part, ())
        if any(values is one for one in self._of_reference.values()):
            for value in values:
                self.comparisons.restore(value)
