# SPDX-License-Identifier: Apache-2.0
"""Looks that last: a page that refreshes itself is one look, and what it newly shows is recorded when it is shown.

Sealed are the look as it begins, with all that it shows; each thing that comes into view later, before it is given; and
the end, with when each was shown first and last. So the book says who saw what, from when to when, in a few leaves
instead of one every half minute. Until its end a look stands in the database; a long one is ended and begun anew every
quarter of an hour, so that no more than that is unsealed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from cocket.governance import Principal
from cocket.pipeline.base.access import Access
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.governance.continuous_access import StoredWatch, Watches

#: How a page looks: it was opened, or it refreshes itself.
Watch = Literal["begin", "go-on"]

#: Kind of the sealed record of a look's end.
LOOK_ENDED = "look-ended"

#: A page that asked for nothing for so long is closed; it asks every 30 seconds.
_PATIENCE = timedelta(seconds=90)

#: After so long a look is ended and begun anew.
_LONGEST = timedelta(minutes=15)

_READ_SPANS = msgspec.json.Decoder(dict[str, tuple[datetime, datetime]])


class AccessEnded(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record that a look ended.

    Attributes:
        who: Key or officer.
        roles: In which roles.
        what: What was disclosed, such as `positions`.
        purpose: For what.
        began: When it began (UTC).
        ended: When something was last given (UTC).
        spans: Id of each thing shown to when it was shown first and last.
    """

    who: str
    roles: tuple[str, ...]
    what: str
    purpose: str
    began: datetime
    ended: datetime
    spans: dict[str, tuple[datetime, datetime]]


class ContinuousAccess:
    """What records the looks of pages that stay open.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._access = Access(stores)

    def records(
        self, connection: Connection, principal: Principal, what: str, subjects: tuple[str, ...], watch: Watch | None
    ) -> list[NewRecord]:
        """What to seal of a look, before anything is given out (0..n).

        Args:
            connection: The transaction.
            principal: Who looks.
            what: What is disclosed.
            subjects: Ids of what is shown (0..n).
            watch: Whether a page that refreshes itself was opened, or refreshes; None for a look of its own.
        """
        if watch is None:
            return [self._access.record(principal, what, subjects)] if subjects else []
        now = datetime.now(UTC)
        look = self._access.look(principal, what, subjects)
        purpose = look.purpose
        records = ended_accesses(self._stores, connection, now)
        known = Watches().get(connection, principal.id, what, purpose)
        if known is not None and now - known.began >= _LONGEST:
            records.append(_end(self._stores, known))
            Watches().remove(connection, known)
            known = None
        spans = _READ_SPANS.decode(known.spans) if known is not None else {}
        is_opened = watch == "begin" or known is None
        fresh = tuple(one for one in subjects if is_opened or one not in spans)
        began = known.began if known is not None else now
        if fresh:
            look = msgspec.structs.replace(look, subjects=fresh, since=began)
            records.append(self._stores.sealer.record("look", principal.id, look, at=now))
        if subjects or known is not None:
            spans |= {one: (spans[one][0] if one in spans else now, now) for one in subjects}
            stored = StoredWatch(
                who=principal.id,
                what=what,
                purpose=purpose,
                roles=list(principal.roles),
                began=began,
                last=now,
                spans=msgspec.json.encode(spans),
            )
            Watches().put(connection, stored)
        return records


def ended_accesses(stores: Stores, connection: Connection, now: datetime) -> list[NewRecord]:
    """Records of looks that have ended since, whoever's they were (0..n)."""
    return [_end(stores, watch) for watch in Watches().take_ended(connection, now - _PATIENCE)]


def _end(stores: Stores, watch: StoredWatch) -> NewRecord:
    body = AccessEnded(
        who=watch.who,
        roles=tuple(watch.roles),
        what=watch.what,
        purpose=watch.purpose,
        began=watch.began,
        ended=watch.last,
        spans=_READ_SPANS.decode(watch.spans),
    )
    return stores.sealer.record(LOOK_ENDED, watch.who, body, at=watch.last)
