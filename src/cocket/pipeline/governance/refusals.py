# SPDX-License-Identifier: Apache-2.0
"""What was refused to people and machines that had come in: kept for auditors, and never in the way of the answer.

A refusal discloses nothing, so it is no leaf of the log. It is counted in a table by day, actor, address and rule. One process
writes at most a few of one actor a second; what is more is counted, and added to the next that is written.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import structlog

from cocket.errors import CocketError, PolicyError, StoreError
from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.wiring import Stores
from cocket.stores.governance.refusals import KEPT_DAYS, Refusal, Refusals

#: Refusals of one actor that one process writes at once, and a second (count).
_BURST: Final = 20.0
_PER_SECOND: Final = 5.0

#: Actors that are braked at once; beyond, the brakes begin anew (count).
_MOST_ACTORS: Final = 10_000

#: What is kept of an address (characters).
_LONGEST: Final = 200

#: Lines that are shown (count).
MOST_SHOWN: Final = 500

_STORE: Final = Refusals()


class RefusalView(msgspec.Struct, frozen=True, kw_only=True):
    """What was refused.

    Attributes:
        refusals: The last first (0..500).
        total: How many lines there are in all (count); more than are shown where there are too many.
        days: Of how many days, today included.
        who: Of whom; empty for all.
    """

    refusals: tuple[Refusal, ...]
    total: int
    days: int
    who: str


class _Brake:
    """How much of one actor may be written now, and what was not."""

    def __init__(self, now: float) -> None:
        self.level, self.at, self.unwritten = _BURST, now, 0


class RefusalRecords(Service):
    """Counting refusals, and showing them.

    Args:
        stores: The stores of this process.
        clock: Tells seconds that never go back.
    """

    def __init__(self, stores: Stores, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stores)
        self._clock = clock
        self._guard = threading.Lock()
        self._brakes: dict[str, _Brake] = {}

    def note_refusal(self, who: str, method: str, path: str, error: CocketError) -> None:
        """Count one refusal; whatever goes wrong with that, the caller is answered.

        Args:
            who: Account or key.
            method: How it was asked for.
            path: What was asked for.
            error: Why it was refused; what is no refusal is not counted.
        """
        if not isinstance(error, PolicyError | NotFoundError):
            return
        more = self._take(who)
        if more is None:
            return
        code = "not-found" if isinstance(error, NotFoundError) else next(iter(error.reasons), error.code)
        asked = (method[:_LONGEST], "".join(c for c in path if c.isprintable())[:_LONGEST], code[:_LONGEST])
        try:
            with self._stores.database.transaction() as connection:
                _STORE.count(connection, who, asked, datetime.now(UTC), more)
        except StoreError as lost:
            structlog.get_logger().warning(
                "refusal not counted", who=who, method=method, path=path, reason=lost.message
            )
            with self._guard:
                self._brakes.setdefault(who, _Brake(self._clock())).unwritten += 1 + more

    def refusals(self, principal: Principal, days: int = 30, who: str = "") -> RefusalView:
        """What was refused of late, for whoever sees accounts and is bound to no office; the look is sealed.

        Args:
            principal: Who asks.
            days: Of how many days (1..400), today included.
            who: Account or key; empty for all.

        Raises:
            PolicyError: The principal may not see accounts.
        """
        self._access.require(principal, "account:read", Resource())
        days = max(1, min(days, KEPT_DAYS))
        since = datetime.now(UTC).date() - timedelta(days=days - 1)
        with self._stores.database.transaction() as connection:
            found, total = _STORE.newest(connection, since, who, MOST_SHOWN)
            self._access.seal(connection, self._access.record(principal, "refusals", ("refusals",)))
        return RefusalView(refusals=tuple(found), total=total, days=days, who=who)

    def _take(self, who: str) -> int | None:
        """What to add to the refusal that is written now (count); None where it is not written, but counted for later."""
        now = self._clock()
        with self._guard:
            if len(self._brakes) >= _MOST_ACTORS and who not in self._brakes:
                self._brakes = {name: one for name, one in self._brakes.items() if one.unwritten}
            brake = self._brakes.setdefault(who, _Brake(now))
            brake.level = min(_BURST, brake.level + (now - brake.at) * _PER_SECOND)
            brake.at = now
            if brake.level < 1:
                brake.unwritten += 1
                return None
            brake.level -= 1
            more, brake.unwritten = brake.unwritten, 0
            return more
