# SPDX-License-Identifier: Apache-2.0
"""Step of the assessment worker that takes dossiers out again when what is known of names has changed, a few in each turn.

An officer's word on a match concerns every open dossier that names the subject; a list taken in may concern any open
dossier. What is still to be looked at is kept in the database, in the turn's transaction, so that neither a restart nor a
long list loses one; each turn looks at so many and no more, so that declarations do not wait behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from cocket.pipeline.base.batch import Batch, Context, records_in
from cocket.pipeline.base.ids import earliest_id, new_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.papers import newest_messages, papers_of
from cocket.pipeline.screening.lists import found_now, screened_before
from cocket.pipeline.screening.matches import named_on
from cocket.stores.base.database import Connection

#: Where the database keeps what is still to be looked at.
RECALL_PLACE: Final = "desk-recall"

#: Days after which a dossier without an order counts as gone, since the house does not keep when goods leave.
_OPEN_DAYS: Final = 30

#: Kind of the record that changes what is known of names → what is said of it.
_CAUSES: Final = {
    "screening-clearance": "match cleared by {who}",
    "screening-confirmation": "match confirmed by {who}",
    "screening-list": "list {name} imported by {who}",
}


class Rescreening(msgspec.Struct, frozen=True, kw_only=True):
    """Dossiers to be looked at again, and how far that has got.

    Attributes:
        because: Why, in words.
        subject: Key of the subject that they name; None for every open dossier.
        after: Dossier up to which it is done.
        upto: The last dossier that was there when it was noted; those since are screened as things stand now.
    """

    because: str
    subject: str | None
    after: UUID
    upto: UUID


class _Told(msgspec.Struct, frozen=True):
    """What of a sealed record says which dossiers it concerns."""

    subject: str | None = None
    name: str | None = None


def has_rescreenings(stores: Stores, connection: Connection) -> bool:
    """Whether dossiers are still to be looked at again."""
    return bool(_waiting(stores, connection))


def rescreen_matched(turn: Batch, context: Context) -> Batch:
    """Step: take out again open dossiers whose matches an officer has judged, or a list taken in has altered."""
    stores, connection = context.stores, context.connection
    before = _waiting(stores, connection)
    waiting = [*before, *_noted(turn, context)]
    if not waiting:
        return turn
    left, causes = context.most_recalled, dict(turn.causes)
    recalled: set[UUID] = set()
    while waiting and left > 0:
        first = waiting.pop(0)
        ids = _next(first, stores, connection, left)
        concerned = set(ids) if first.subject is not None else _altered(set(ids) - turn.touched.keys(), context)
        for consignment in concerned:
            causes[consignment] = f"{causes[consignment]}; {first.because}" if consignment in causes else first.because
        recalled |= concerned
        if len(ids) == left:
            waiting.insert(0, msgspec.structs.replace(first, after=ids[-1]))
        left -= len(ids)
    if waiting != before:
        stores.places.put(connection, RECALL_PLACE, msgspec.json.encode(waiting))
    newest = newest_messages(stores, connection, recalled - set(turn.touched))
    return replace(turn, touched={**turn.touched, **newest}, causes=causes)


def _waiting(stores: Stores, connection: Connection) -> list[Rescreening]:
    packed = stores.places.get(connection, RECALL_PLACE)
    return msgspec.json.decode(packed, type=list[Rescreening]) if packed else []


def _noted(turn: Batch, context: Context) -> list[Rescreening]:
    """What the records of this turn's leaves call for (0..n)."""
    told = records_in(turn, context, tuple(_CAUSES))
    since = earliest_id(context.now - timedelta(days=_OPEN_DAYS))
    noted = []
    for leaf, body in told:
        what = msgspec.json.decode(body, type=_Told)
        because = _CAUSES[leaf.kind].format(who=leaf.actor, name=what.name)
        noted.append(Rescreening(because=because, subject=what.subject, after=since, upto=new_id()))
    return noted


def skip_rescreening(stores: Stores, connection: Connection) -> tuple[UUID, str] | None:
    """Leave out the next dossier to be looked at again; which it is and why it was to be, None if none is left."""
    waiting = _waiting(stores, connection)
    skipped = None
    while waiting and skipped is None:
        first = waiting.pop(0)
        if ids := _next(first, stores, connection, 1):
            skipped = ids[0], first.because
            waiting.insert(0, msgspec.structs.replace(first, after=ids[0]))
    stores.places.put(connection, RECALL_PLACE, msgspec.json.encode(waiting))
    return skipped


def _next(recall: Rescreening, stores: Stores, connection: Connection, most: int) -> list[UUID]:
    """The next open dossiers that one concerns, in the order in which they were made."""
    among = named_on(stores, connection, recall.subject) if recall.subject is not None else None
    return stores.consignments.open_between(connection, (recall.after, recall.upto), most, among)


def _altered(ids: Iterable[UUID], context: Context) -> set[UUID]:
    """Those of some dossiers on which screening finds something else by now than it last told."""
    papers = papers_of(context.stores, context.connection, list(ids))
    now = found_now(papers, context)
    before = screened_before(context, papers)
    return {consignment for consignment in papers if now.get(consignment, ()) != before.get(consignment, ())}
