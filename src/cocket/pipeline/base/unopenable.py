# SPDX-License-Identifier: Apache-2.0
"""Leaves that nobody can open any more, since what they seal was erased or its key is lost."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from cocket.errors import ProofError
from cocket.pipeline.base.sealing import check_sealed
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import StoredLeaf

T = TypeVar("T")

#: Kinds of the records that say which leaves were given up for lost, and that a copy was put to work, with the rows that
#: rested on them.
KEYS_LOST: Final = "keys-lost"
TAKEN_OVER: Final = "house-taken-over"


#: Kind of the sealed statement that lets a leaf stand, and of the leaf that takes the place of one that is gone.
LEAF_STANDS: Final = "set-aside-leaf"

#: Kind of the sealed record that a row was set right, or kept though no record speaks of it any more.
ROW_SET_RIGHT: Final = "row-set-right"


class SealedErasure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The sealed record of an erasure; nothing of what was erased.

    Attributes:
        who: Who answers for it.
        reason: Why.
        leaves: Leaves that hold their commitment alone from then on (0..n).
        rows: Rows of the door for devices from which something was removed (0..n).
        thing: Id of what was erased, where it was erased under a schedule alone; empty for all else.
    """

    who: str
    reason: str
    leaves: tuple[int, ...]
    rows: tuple[int, ...] = ()
    thing: str = ""


def statements_of(stores: Stores, connection: Connection, kind: str, type_: type[T]) -> list[tuple[StoredLeaf, T]]:
    """What sealed records of a kind state, each with its leaf, oldest first (0..n).

    A record that is not what was sealed states nothing here: the audit names it, and what it stated is as if it was never said.

    Args:
        stores: The stores.
        connection: The transaction.
        kind: Kind of the records.
        type_: What their bodies are read as.
    """
    found = []
    for leaf, body in stores.leaves.readable_of_kind(connection, kind):
        try:
            check_sealed(leaf, body, "kept")
            stated = msgspec.json.decode(body, type=type_)
        except (ProofError, msgspec.MsgspecError):
            continue
        if leaf.kind == kind:
            found.append((leaf, stated))
    return found


def erased_leaves(stores: Stores, connection: Connection) -> set[int]:
    """Every leaf that a sealed erasure names."""
    return {index for _, one in statements_of(stores, connection, "erasure", SealedErasure) for index in one.leaves}


class LostThings(msgspec.Struct, frozen=True, kw_only=True):
    """What a sealed record says is lost.

    Attributes:
        leaves: Leaves that nobody can open (indexes, 0..n).
        rows: Rows that only lost records could vouch for: table, id and column (empty for the whole row), as they stood
            when the loss was sealed. Their MACs alone speak for them from then on.
    """

    leaves: tuple[int, ...] = ()
    rows: tuple[tuple[str, str, str], ...] = ()


def lost_things(stores: Stores, connection: Connection) -> LostThings:
    """Everything that sealed records give up for lost; one that was altered gives up nothing, and the audit names it."""
    kinds = (KEYS_LOST, TAKEN_OVER, LEAF_STANDS, ROW_SET_RIGHT)
    found = [one for kind in kinds for _, one in statements_of(stores, connection, kind, LostThings)]
    return LostThings(
        leaves=tuple(index for one in found for index in one.leaves),
        rows=tuple(row for one in found for row in one.rows),
    )


class _Point(msgspec.Struct, frozen=True):
    log: str
    published: int
    leaves: int


class _TakenOver(msgspec.Struct, frozen=True):
    """What a take-over says of leaves that it restored; those of before say only how far the copy went."""

    point: _Point
    restored: tuple[tuple[int, int], ...] | None = None


class _Stands(msgspec.Struct, frozen=True):
    """What a statement that lets a leaf stand says of which leaf that is, and of whether its content is given up."""

    index: int
    origin: str


def taken_over_leaves(stores: Stores, connection: Connection) -> set[int]:
    """Every leaf that a copy lacked which was put to work, and that came back as a commitment alone, as sealed.

    What it sealed was never in this database, so no row can rest on it; padding entries are among them.
    """
    found: set[int] = set()
    for _, told in statements_of(stores, connection, TAKEN_OVER, _TakenOver):
        ranges = told.restored
        if ranges is None:
            firsts = [one.log_first for one in stores.leaves.eras.logs() if one.log == told.point.log]
            ranges = tuple((first + told.point.leaves, first + told.point.published) for first in firsts)
        found.update(index for first, upto in ranges for index in range(first, upto))
    return found


def unopenable_leaves(stores: Stores, connection: Connection) -> set[int]:
    """Every leaf that a sealed erasure names, or that was given up for lost: nothing of it can be checked but its seal."""
    return erased_leaves(stores, connection) | set(lost_things(stores, connection).leaves)


def given_up(stores: Stores, connection: Connection) -> set[int]:
    """Every leaf of which a sealed record says that what it sealed is erased or lost, one by one or together."""
    stand = {one.index for _, one in statements_of(stores, connection, LEAF_STANDS, _Stands) if one.origin != "moved"}
    return unopenable_leaves(stores, connection) | stand
