# SPDX-License-Identifier: Apache-2.0
"""Decoys: consignments that internal affairs mark, to which no work leads, so that whoever opens one has looked without a reason.

A decoy is marked by its reference before it is lodged, and counts once a second person of internal affairs has confirmed it: what is
a decoy is examined by nobody on our advice, so that one alone must not make one. It becomes a dossier that can be found like any
other. It is never assessed: it gets no lane, no order, no place in a queue, and teaches no model; figures count what has a lane, and
so never it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from cocket.consignment import is_ending, search_keys
from cocket.pipeline.base.batch import Batch, Context
from cocket.pipeline.base.document_files import read_body
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection

#: Kind of case file and record of a mark.
DECOY: Final = "watch-decoy"

#: Dossiers that are decoys at most (count).
_MOST: Final = 10_000


class Decoy(msgspec.Struct, frozen=True, kw_only=True):
    """A mark; also the sealed record.

    Attributes:
        reference: Reference of the consignment, as it will be lodged: UCR, LRN, container.
        by: Who marked it.
        at: When, UTC.
        reason: Why, in words.
        second: Who confirmed it; None while it waits, and then it is not a decoy.
        is_ended: Whether the mark was taken away; what is lodged from then on under the reference is assessed.
    """

    reference: str
    by: str
    at: datetime
    reason: str
    second: str | None = None
    is_ended: bool = False


def decoys(stores: Stores, connection: Connection) -> tuple[Decoy, ...]:
    """All marks, last changed first (0..n)."""
    return tuple(read_body(file, Decoy) for file in stores.case_files.of_kind(connection, DECOY))


def decoy_dossiers(stores: Stores, connection: Connection, *, has_ended: bool = False) -> frozenset[UUID]:
    """Dossiers that are decoys (0..n).

    Args:
        stores: The stores.
        connection: The transaction.
        has_ended: Whether those count too whose mark was taken away.
    """
    marks = [one for one in decoys(stores, connection) if one.second is not None and (has_ended or not one.is_ended)]
    keys = [key for one in marks for key in search_keys(one.reference)]
    if not keys:
        return frozenset()
    named, endings = [key.pair for key in keys], [key.pair for key in keys if is_ending(key)]
    return frozenset(line.id for line in stores.consignments.find(connection, named, endings, limit=_MOST))


def leave_out_decoys(turn: Batch, context: Context) -> Batch:
    """Step: let nothing that follows know of decoys."""
    if DECOY not in context.kinds_of_files:
        return turn
    hidden = decoy_dossiers(context.stores, context.connection) & turn.touched.keys()
    if not hidden:
        return turn
    return replace(
        turn,
        touched={one: value for one, value in turn.touched.items() if one not in hidden},
        papers={one: value for one, value in turn.papers.items() if one not in hidden},
        dossiers={one: value for one, value in turn.dossiers.items() if one not in hidden},
    )
