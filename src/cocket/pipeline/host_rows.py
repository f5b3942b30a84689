# SPDX-License-Identifier: Apache-2.0
"""What the host decided and found, as it tells row by row: kept beside our advice, each new word sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from cocket.consignment import LinkKey, keys
from cocket.control.results import Depth
from cocket.model import HostDecision, Reference
from cocket.pipeline.front_desk import FrontDesk
from cocket.stores import NewRecord
from cocket.stores.orders import StoredHostDecision

_BATCH = 256

#: Where the database keeps how far a host's tables have been read.
_FEED = "feed/"


class HostRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the host says of one declaration.

    Attributes:
        reference: The declaration's registration at the host.
        decision: Lane, override and result, as far as the row tells.
        returned: When the result came back; None if the row tells none.
        is_examined: Whether the row is about an examination that took place; None if it tells no result.
        depth: How deep the look was; None if not stated.
        currency: Currency of the duty recovered; None if not stated.
    """

    reference: Reference
    decision: HostDecision
    returned: datetime | None = None
    is_examined: bool | None = None
    depth: Depth | None = None
    currency: str | None = None


class HostRows(FrontDesk):
    """Taking in what the host decided."""

    def take_host_rows(self, rows: Sequence[HostRow]) -> int:
        """Take in lanes and results; a row that says nothing new leaves no trace.

        Args:
            rows: In the order in which the host tells them.

        Returns:
            How many rows said something new.

        Raises:
            StoreError: The database failed; rows before the failing batch are kept.
        """
        return sum(self._take_rows(rows[start : start + _BATCH]) for start in range(0, len(rows), _BATCH))

    def feed_position(self, name: str) -> str | None:
        """How far a host's tables have been read; None if they never were.

        Args:
            name: Name of what is read.
        """
        with self._shelves.database.transaction() as connection:
            value = self._shelves.places.get(connection, f"{_FEED}{name}")
        return None if value is None else value.decode()

    def keep_feed_position(self, name: str, position: str) -> None:
        """Remember how far a host's tables have been read; everything before must have been taken in."""
        with self._shelves.database.transaction() as connection:
            self._shelves.places.put(connection, f"{_FEED}{name}", position.encode())

    def _take_rows(self, rows: Sequence[HostRow]) -> int:
        named = [(key, row) for row in rows for key in keys((row.reference,), "")[:1]]
        with self._shelves.database.transaction() as connection:
            orders = self._shelves.orders
            known = orders.told(connection, [key.pair for key, _ in named])
            records: list[NewRecord] = []
            for key, row in named:
                said = merged(told_by(key, row), known.get(key.pair))
                if said != known.get(key.pair):
                    known[key.pair] = said
                    records.append(self._record(row))
            orders.put_host_decisions(connection, [known[pair] for pair in dict.fromkeys(key.pair for key, _ in named)])
            self._seal(connection, *records)
        return len(records)

    def _record(self, row: HostRow) -> NewRecord:
        kind = "host-lane" if row.is_examined is None else "host-result"
        return self._shelves.sealer.record(kind, self.settings.feed_sender, row)


def told_by(key: LinkKey, row: HostRow) -> StoredHostDecision:
    """What one row says, and nothing else."""
    decision = row.decision
    return StoredHostDecision(
        kind=key.kind,
        value=key.value,
        lane=decision.lane,
        override=decision.override,
        override_reason=decision.override_reason,
        decided=decision.decided,
        is_examined=row.is_examined,
        is_found=decision.found,
        offence=decision.offence,
        duty=Decimal(decision.duty_recovered) if decision.duty_recovered else None,
        currency=row.currency,
        returned=row.returned,
    )


def merged(told: StoredHostDecision, known: StoredHostDecision | None) -> StoredHostDecision:
    """What is known after a row: its words, and earlier ones where it is silent."""
    earlier = msgspec.structs.asdict(known) if known else {}
    said = {name: value for name, value in msgspec.structs.asdict(told).items() if value is not None}
    merged = StoredHostDecision(**(earlier | said))
    if merged.is_examined is not None and merged.returned is None:
        merged = msgspec.structs.replace(merged, returned=datetime.now(UTC))
    return merged
