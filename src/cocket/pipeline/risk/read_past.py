# SPDX-License-Identifier: Apache-2.0
"""What figures are measured by, read once for all that are asked for in the same minute: the director's, those of traders and of rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from cocket.pipeline.base.kept import Kept
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.outcomes import Examined, examined_until
from cocket.stores.base.database import Connection
from cocket.stores.risk.rules import RuleHits, StoredMeasured

#: For how long one reading serves (seconds), where it took long.
_SERVES: Final = 60.0


class ReadPast(msgspec.Struct, frozen=True):
    """What an instance assessed and found, as it stood at one moment.

    Attributes:
        rows: Assessed consignments, in order of first assessment (0..n).
        examined: Consignment → what its latest examination found.
        size: Leaves that there were (count).
    """

    rows: tuple[StoredMeasured, ...]
    examined: dict[str, Examined]
    size: int


class PastReader:
    """Reads what figures are measured by, of this process.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._kept: Kept[ReadPast] = Kept(seconds=_SERVES)

    def read(
        self, connection: Connection, since: date, offices: Sequence[str] | None, *, again: bool = False
    ) -> ReadPast:
        """Consignments that were declared since then, or on no day that is known, and all results.

        Args:
            connection: The transaction.
            since: First day of declaration.
            offices: Those of which the advice is for one of these offices alone; None for all.
            again: Whether to read now, however new the last reading is.
        """
        key = since, None if offices is None else tuple(offices)
        return self._kept.get(key, lambda: self._read(connection, since, offices), again=again)[1]

    def _read(self, connection: Connection, since: date, offices: Sequence[str] | None) -> ReadPast:
        size = self._stores.leaves.size(connection)
        rows = tuple(RuleHits().measured(connection, since, offices))
        return ReadPast(rows, examined_until(self._stores, connection, size - 1), size)
