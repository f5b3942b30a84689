# SPDX-License-Identifier: Apache-2.0
"""Things that are kept under a number: none begins afresh whose rows were removed from the database.

The rows of a thing can be removed with all its records. Its leaves still stand, under its subject; so a number is free
only where no leaf has it for its subject.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.pipeline.base.unopenable import given_up
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection


class Alike(msgspec.Struct, frozen=True):
    """How names are compared of which several are taken as the same, such as without case.

    Attributes:
        stand: What the records of those things are about that are there → their names (0..n).
        name: The name that a record's body tells.
        key: What is the same of names that are taken as the same.
    """

    stand: Mapping[UUID, str]
    name: Callable[[bytes], str]
    key: Callable[[str], str]


def must_be_new(
    stores: Stores,
    connection: Connection,
    kind: str,
    things: Mapping[UUID, str],
    about: Callable[[bytes], UUID] | None = None,
) -> None:
    """See that things that are not there were never there, so that nothing that was sealed begins afresh.

    Args:
        stores: The stores.
        connection: The transaction; what it seals about the things themselves comes after this.
        kind: Kind of the records about them.
        things: What these records are about → the number or name that people know it by (0..n).
        about: For a kind whose records of before were about nothing: what a record's body shows that it is about.

    Raises:
        SenderError: Sealed records are about one of them, or were, or it cannot be known because some are gone
            (`row-removed`).
    """
    leaves = stores.leaves
    of_before = leaves.of_no_subject(connection, kind) if about is not None and things else []
    named = {about(body) for _, body in of_before if body is not None} if about is not None else set()
    unread = [leaf.index for leaf, body in of_before if body is None]
    for thing, name in things.items():
        if thing in named or leaves.ids_about(connection, [thing]):
            raise _removed(f"Sealed records of {kind} {name} exist, but its row was removed from the database", thing)
        lost = leaves.of_subject(connection, stores.sealer.subject(str(thing)))
        if not lost and not unread:
            continue
        accepted = given_up(stores, connection)
        if left := [index for index in lost if index not in accepted]:
            what = f"The log has {kind} {name} (leaf {', '.join(map(str, left[:5]))})"
            what += ", but its row and its sealed records were removed from the database"
            raise _removed(what, thing, _RESTORE)
        if left := [index for index in unread if index not in accepted]:
            what = f"Sealed records of this kind were removed from the database (leaf {left[0]})"
            raise _removed(f"{what}, and {kind} {name} may have been among them", thing, _RESTORE)


def must_be_unlike(stores: Stores, connection: Connection, kind: str, things: Mapping[UUID, str], alike: Alike) -> None:
    """See that no name that is taken as the same was there; a subject tells no name, so that one without its record may be.

    Args:
        stores: The stores.
        connection: The transaction.
        kind: Kind of the records about them.
        things: What these records are about → the name that people know it by, of things that are not there (0..n).
        alike: How names are compared.

    Raises:
        SenderError: Sealed records are about a thing of such a name that is gone, or may be (`row-removed`).
    """
    if not things:
        return
    records, gone = stores.leaves.of_others(connection, kind, alike.stand)
    of_before = [body for _, body in stores.leaves.of_no_subject(connection, kind) if body is not None]
    there = set(alike.stand.values())
    names = [alike.name(body) for body in (*of_before, *(body for _, body in records))]
    named = {alike.key(name): name for name in names if name not in there}
    for thing, name in things.items():
        if (other := named.get(alike.key(name), name)) != name:
            what = f"Sealed records of {kind} {other} exist, but its row was removed from the database"
            raise _removed(f"{what}, and {name} is taken as the same name", thing)
    if not gone:
        return
    known = {stores.sealer.subject(str(one)) for one in (*alike.stand, *things)}
    accepted = given_up(stores, connection)
    if left := [index for index, subject in gone if subject not in known and index not in accepted]:
        thing, name = next(iter(things.items()))
        what = f"The log has a {kind} (leaf {left[0]}) whose row and sealed records were removed from the database"
        raise _removed(f"{what}, and {name} may be taken as the same name", thing, _RESTORE)


_REPAIR = "The operator puts it back: cocket ledger audit names it, and --set-right repairs it."
_RESTORE = (
    "The operator restores the records from a backup; cocket ledger audit names the leaves. Only where no backup has them: "
    "cocket set-aside leaf records each as lost, and the number is free again."
)


def _removed(what: str, thing: UUID, hint: str = _REPAIR) -> SenderError:
    return SenderError(f"{what}; it is not registered again.", code="row-removed", found=str(thing), hint=hint)
