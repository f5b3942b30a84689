# SPDX-License-Identifier: Apache-2.0
"""Events that wait to be sent to each subscriber, in their order, and how sending to him goes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection


class Delivery(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event for one subscriber.

    Attributes:
        subscription: For whom.
        index: Leaf of what happened; the order of events.
        event: Id of the event.
        type: Its type.
        identity: Our id of what it is about.
        sender: Whose it is; None for nobody's.
        at: When it happened, UTC.
        problem: Why it is not sent any more; empty while it waits.
        changed: When that was written, UTC.
    """

    subscription: UUID
    index: int
    event: str
    type: str
    identity: str
    sender: str | None
    at: datetime
    problem: str = ""
    changed: datetime


class Receiving(msgspec.Struct, frozen=True, kw_only=True):
    """How sending to one subscriber goes.

    Attributes:
        delivered: Events that he took (count).
        last: When he took the last one, UTC; None if he took none.
        failing_since: Since when no attempt went well, UTC; None if the last one did.
        attempts: Attempts since then (count).
        next: Not to be tried before, UTC.
        problem: What the last attempt met, in words; empty if it went well.
    """

    delivered: int
    last: datetime | None
    failing_since: datetime | None
    attempts: int
    next: datetime
    problem: str


_COLUMNS = "subscription, idx, event, type, identity, sender, at, problem, changed"


class EventDeliveries:
    """Deliveries, on a transaction of the caller."""

    def begin(self, connection: Connection, subscription: UUID, now: datetime) -> None:
        """A subscriber to whom nothing was sent yet, or who is to be tried again at once."""
        connection.execute(
            """insert into event_receiver (subscription, delivered, attempts, next, problem) values (%s, 0, 0, %s, '')
            on conflict (subscription) do update set failing_since = null, attempts = 0, next = excluded.next, problem = ''""",
            (subscription, now),
        )

    def know(self, connection: Connection, subscription: UUID, now: datetime) -> None:
        """See that a subscriber is known; one that is goes on as it was."""
        connection.execute(
            """insert into event_receiver (subscription, delivered, attempts, next, problem) values (%s, 0, 0, %s, '')
            on conflict do nothing""",
            (subscription, now),
        )

    def end(self, connection: Connection, subscription: UUID) -> None:
        """Forget a subscriber, with all that waits for him."""
        connection.execute("delete from event_delivery where subscription = %s", (subscription,))
        connection.execute("delete from event_receiver where subscription = %s", (subscription,))

    def add(self, connection: Connection, rows: Sequence[Delivery]) -> None:
        """Let events wait; those that were there before are left as they are."""
        if not rows:
            return
        columns = list(zip(*(msgspec.structs.astuple(one) for one in rows), strict=True))
        connection.execute(
            f"""insert into event_delivery ({_COLUMNS}, state)
            select {_COLUMNS}, 'waiting' from unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[],
            %s::timestamptz[], %s::text[], %s::timestamptz[]) as new ({_COLUMNS}) on conflict do nothing""",
            [list(column) for column in columns],
        )

    def due(self, connection: Connection, now: datetime, apart: timedelta, longest: timedelta) -> list[UUID]:
        """Subscribers for whom something waits and who may be tried now, those who waited longest first (0..n).

        Also those whose moment is further ahead than any pause set it: the clock was ahead then, and was set right since.

        Args:
            connection: A transaction.
            now: Now, UTC.
            apart: How far ahead it may be where nothing failed.
            longest: How far where something did.
        """
        rows = connection.execute(
            """select r.subscription from event_receiver r
            where (r.next <= %s or r.next > case when r.attempts = 0 then %s else %s end) and exists (
                select from event_delivery d where d.subscription = r.subscription and d.state = 'waiting'
            ) order by r.next""",
            (now, now + apart, now + longest),
        )
        return [row[0] for row in rows]

    def waiting(self, connection: Connection, subscription: UUID, limit: int) -> list[Delivery]:
        """What waits for a subscriber, in order (0..limit)."""
        return self._of_state(connection, subscription, "waiting", limit)

    def dead(self, connection: Connection, subscription: UUID, limit: int) -> list[Delivery]:
        """What is not sent any more by itself, in order (0..limit)."""
        return self._of_state(connection, subscription, "dead", limit)

    def _of_state(self, connection: Connection, subscription: UUID, state: str, limit: int) -> list[Delivery]:
        rows = connection.execute(
            f"select {_COLUMNS} from event_delivery where subscription = %s and state = %s order by idx limit %s",
            (subscription, state, limit),
        )
        names = Delivery.__struct_fields__
        return [Delivery(**dict(zip(names, row, strict=True))) for row in rows]

    def taken(
        self,
        connection: Connection,
        subscription: UUID,
        indexes: Collection[int],
        at: datetime,
        next_: datetime | None = None,
    ) -> None:
        """A subscriber took events: they wait no more, and whatever failed before is over; more is not before a moment, if one is named."""
        connection.execute(
            "delete from event_delivery where subscription = %s and idx = any(%s)", (subscription, list(indexes))
        )
        connection.execute(
            """update event_receiver set delivered = delivered + %s, last = %s, failing_since = null, attempts = 0, next = %s,
            problem = '' where subscription = %s""",
            (len(indexes), at, next_ or at, subscription),
        )

    def drop(self, connection: Connection, subscription: UUID, indexes: Collection[int]) -> None:
        """Events that are not his to know any more."""
        connection.execute(
            "delete from event_delivery where subscription = %s and idx = any(%s)", (subscription, list(indexes))
        )

    def failed(self, connection: Connection, subscription: UUID, next_: datetime, at: datetime, problem: str) -> None:
        """An attempt failed, and the next one is not before a moment."""
        connection.execute(
            """update event_receiver set failing_since = coalesce(failing_since, %s), attempts = attempts + 1, next = %s,
            problem = %s where subscription = %s""",
            (at, next_, problem, subscription),
        )

    def bury(
        self, connection: Connection, subscription: UUID, problem: str, at: datetime, index: int | None = None
    ) -> int:
        """Send what waits no more by itself, or one of it; how many these were (count)."""
        return connection.execute(
            """update event_delivery set state = 'dead', problem = %s, changed = %s
            where subscription = %s and state = 'waiting' and idx = coalesce(%s::bigint, idx)""",
            (problem, at, subscription, index),
        ).rowcount

    def again(self, connection: Connection, subscription: UUID, at: datetime, index: int | None = None) -> int:
        """Let what was given up wait again, or one of it; how many these were (count)."""
        return connection.execute(
            """update event_delivery set state = 'waiting', problem = '', changed = %s
            where subscription = %s and state = 'dead' and idx = coalesce(%s::bigint, idx)""",
            (at, subscription, index),
        ).rowcount

    def forget(self, connection: Connection, before: datetime) -> None:
        """Throw away what was given up before a moment."""
        connection.execute("delete from event_delivery where state = 'dead' and changed < %s", (before,))

    def erase(self, connection: Connection, identities: Collection[str]) -> None:
        """Throw away every event about some things."""
        connection.execute("delete from event_delivery where identity = any(%s)", (list(identities),))

    def receiving(self, connection: Connection, subscriptions: Collection[UUID]) -> dict[UUID, Receiving]:
        """How sending goes, by subscriber; those to whom nothing was ever to be sent are left out."""
        rows = connection.execute(
            """select subscription, delivered, last, failing_since, attempts, next, problem from event_receiver
            where subscription = any(%s)""",
            (list(subscriptions),),
        )
        names = Receiving.__struct_fields__
        return {row[0]: Receiving(**dict(zip(names, row[1:], strict=True))) for row in rows}

    def counts(self, connection: Connection, subscriptions: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
        """How many events wait, and how many were given up (counts), by subscriber; those without either are left out."""
        rows = connection.execute(
            """select subscription, count(*) filter (where state = 'waiting'), count(*) filter (where state = 'dead')
            from event_delivery where subscription = any(%s) group by subscription""",
            (list(subscriptions),),
        )
        return {row[0]: (row[1], row[2]) for row in rows}
