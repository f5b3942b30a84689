# SPDX-License-Identifier: Apache-2.0
"""The audit of rows, of leaves: each against its commitment, its record's row, and what is published."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC
from hashlib import sha256
from itertools import product
from typing import Any, Final

import msgspec
import zstandard

from cocket import ledger
from cocket.errors import ProofError
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection
from cocket.stores.base.packing import unpack
from cocket.stores.ledger.leaves import StoredLeaf
from cocket.stores.operations.row_audits import RowDifference, plain

#: Columns of a leaf that its commitment is over.
LEAF_COLUMNS: Final = ("kind", "at", "actor", "subject", "digest")

#: What is wrong with a leaf that stands at the place of a padding entry: what it has, and what it should have.
_ON_COVER = "a leaf at the place of a padding entry", "a place of its own (cocket set-aside leaf)"


def proven_leaf(stores: Stores, connection: Connection, leaf: StoredLeaf, content: bytes | None) -> StoredLeaf | None:
    """The leaf as its commitment proves that it was, of what stands in it and beside it in its record or message.

    Args:
        stores: The stores.
        connection: The transaction.
        leaf: The leaf as it stands.
        content: What it seals, a message's bytes still packed; None if that is missing.

    Returns:
        The leaf, the same where nothing of it was changed; None where nothing that is known gives its commitment.
    """
    if leaf.nonce is None or opens(leaf):
        return leaf if leaf.nonce is not None else None
    known = _beside(stores, connection, leaf, content)
    for values in product(*known.values()):
        one = msgspec.structs.replace(leaf, **dict(zip(known, values, strict=True)))
        if opens(one):
            return one
    return None


def _beside(
    stores: Stores, connection: Connection, leaf: StoredLeaf, content: bytes | None
) -> dict[str, tuple[Any, ...]]:
    """Column of a leaf → what stands in it, and what its record or message says of it (1..n)."""
    row = connection.execute(
        """select kind, at, actor, subject, about::text, null, null from record where id = %(id)s
        union all select 'message-' || outcome, received, actor, null, sender, coalesce(standard, ''), coalesce(reference, id::text)
        from message where id = %(id)s""",
        {"id": leaf.record},
    ).fetchone()
    kind, at, actor, subject, *names = row or (None,) * 7
    named = [stores.sealer.subject(*filter(lambda one: one is not None, names))] if names and names[0] else []
    with suppress(zstandard.ZstdError):
        is_message = content is not None and (kind or leaf.kind).startswith("message-")
        content = unpack(content) if is_message and content is not None else content
    digest = [sha256(content).digest()] if content is not None else []
    given = {"kind": [kind], "at": [at], "actor": [actor], "subject": [subject, *named], "digest": digest}
    return {
        name: tuple(dict.fromkeys([getattr(leaf, name), *(one for one in values if one is not None)]))
        for name, values in given.items()
    }


def leaf_differences(leaf: StoredLeaf, proven: StoredLeaf | None, error: ProofError) -> list[RowDifference]:
    """What is wrong with a leaf: each column that its commitment proves to be another, else that it does not agree (1..n)."""
    columns = [
        _of_column(leaf, name, getattr(proven, name))
        for name in LEAF_COLUMNS
        if proven is not None and getattr(proven, name) != getattr(leaf, name)
    ]
    whole = RowDifference(
        table="leaf", id=str(leaf.index), column="", stands=error.message, sealed=None, leaf=leaf.index
    )
    return columns or [whole]


def _of_column(leaf: StoredLeaf, name: str, value: Any) -> RowDifference:
    stands, sealed = str(plain(getattr(leaf, name))), str(plain(value))
    return RowDifference(table="leaf", id=str(leaf.index), column=name, stands=stands, sealed=sealed, leaf=leaf.index)


def record_differences(stores: Stores, connection: Connection, leaf: StoredLeaf) -> list[RowDifference]:
    """Columns of a record's row that are not those of its leaf; what it is about is held against its subject."""
    row = connection.execute(
        """select r.kind, r.at, r.actor, r.subject, r.about, array(select id from consignment where merged_into = r.about)
        from record r where r.id = %s""",
        (leaf.record,),
    ).fetchone()
    if row is None:
        return []
    found = [
        (name, plain(stands), plain(getattr(leaf, name)))
        for name, stands in zip(("kind", "at", "actor", "subject"), row, strict=False)
        if stands != getattr(leaf, name)
    ]
    subject = stores.sealer.subject
    abouts = [str(one) for one in (row[4], *row[5]) if one is not None]
    if leaf.subject != "" and leaf.subject not in map(subject, abouts):
        found.append(("about", plain(row[4]), f"subject {leaf.subject}"))
    return [
        RowDifference(
            table="record", id=str(leaf.record), column=name, stands=str(stands), sealed=str(told), leaf=leaf.index
        )
        for name, stands, told in found
    ]


def unpublished(
    stores: Stores,
    connection: Connection,
    sealed: Sequence[tuple[StoredLeaf, bytes | None, str]],
    bounds: tuple[int, int],
) -> list[RowDifference]:
    """Leaves of a range that are not the ones published, and places in it where there is none."""
    covers = stores.leaves.covers(connection, *bounds)
    eras = stores.leaves.eras
    eras.load(connection)
    known = {leaf.index: leaf.seal for leaf, _, _ in sealed}
    published = _Published(stores)
    if not known and not covers:
        return [_of_leaf(index, None, "a leaf") for index in range(*bounds)]
    forged = forged_covers(stores, connection, known)
    found = [_of_cover(first, leaf) for leaf, first in forged.items()]
    found += [_of_leaf(one, *_ON_COVER) for one in stores.leaves.on_cover(connection, *bounds) if one not in forged]
    for index in range(*bounds):
        era = eras.of(index)
        if index == era.log_first and era.begins_with is not None:
            continue
        seal = known.get(index, eras.cover(index) if index in covers else None)
        told = published.seal(eras.folder(era.log), eras.place(index))
        if seal is None:
            found.append(_of_leaf(index, None, "a leaf"))
        elif told is not None and told != seal and not (index in covers and index in known):
            found.append(_of_leaf(index, f"commitment {seal.hex()}", f"published {told.hex()}"))
    return found


def forged_covers(stores: Stores, connection: Connection, indexes: Collection[int]) -> dict[int, int]:
    """Leaves at whose place a row of `cover` stands though it is theirs: what is published there is the leaf, or nothing yet.

    Args:
        stores: The stores.
        connection: The transaction.
        indexes: Leaves that are looked at (0..n).

    Returns:
        Index of the leaf → first index of the row.
    """
    rows = stores.leaves.covered(connection, indexes)
    if not rows:
        return {}
    eras, published = stores.leaves.eras, _Published(stores)
    eras.load(connection)
    return {
        index: first
        for index, seal, first in rows
        if published.seal(eras.folder(eras.of(index).log), eras.place(index)) in (None, seal)
    }


def altered_eras(stores: Stores) -> list[RowDifference]:
    """Rows of `era` that were not as the instance wrote them when they were read last (0..n)."""
    return [
        RowDifference(table=one.table, id=one.id, column="", stands=one.stands, sealed=one.written)
        for one in stores.leaves.eras.altered
    ]


def published_seal(stores: Stores, connection: Connection, index: int) -> bytes | None:
    """The commitment that the published head proves at the place of a leaf; None where none is proven."""
    eras = stores.leaves.eras
    eras.load(connection)
    folder, place = eras.folder(eras.of(index).log), eras.place(index)
    files = stores.log_files.of(folder)
    try:
        seal = _Published(stores).seal(folder, place)
        note = files.read(ledger.CHECKPOINT_FILE)
        if seal is None or note is None:
            return None
        head = ledger.read_checkpoint(ledger.split_note(note)[0])
        path = ledger.prove_inclusion(place, head.size, files.read)
        ledger.verify_inclusion(ledger.leaf_hash(ledger.write_entry(seal)), place, head.size, path, head.root)
    except ProofError:
        return None
    return seal


class _Published:
    """Commitments as published, bundle by bundle."""

    def __init__(self, stores: Stores) -> None:
        self._files = stores.log_files
        self._sizes: dict[str, int] = {}
        self._bundles: dict[tuple[str, int], list[bytes]] = {}

    def seal(self, folder: str, place: int) -> bytes | None:
        """The commitment at a place of a log; None where none is published yet."""
        files = self._files.of(folder)
        if folder not in self._sizes:
            note = files.read(ledger.CHECKPOINT_FILE)
            self._sizes[folder] = ledger.read_checkpoint(ledger.split_note(note)[0]).size if note else 0
        size, number = self._sizes[folder], place // ledger.TILE_WIDTH
        if place >= size:
            return None
        if (folder, number) not in self._bundles:
            start = number * ledger.TILE_WIDTH
            end = min(size, start + ledger.TILE_WIDTH)
            self._bundles[(folder, number)] = ledger.log_entries(start, end, files.read)
        return ledger.read_entry(self._bundles[(folder, number)][place % ledger.TILE_WIDTH])


def opens(leaf: StoredLeaf) -> bool:
    """Whether a leaf's opening gives its commitment; not where its nonce is gone."""
    if leaf.nonce is None:
        return False
    opening = ledger.Opening(
        actor=leaf.actor,
        content=leaf.digest.hex(),
        subject=leaf.subject,
        time=leaf.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        type=leaf.kind,
    )
    return ledger.commitment(opening, leaf.nonce) == leaf.seal


def _of_cover(first: int, leaf: int) -> RowDifference:
    stands = f"a padding entry at the place of leaf {leaf}, whose proof holds"
    return RowDifference(
        table="cover", id=str(first), column="", stands=stands, sealed="no padding entry there", leaf=leaf
    )


def _of_leaf(index: int, stands: str | None, sealed: str) -> RowDifference:
    return RowDifference(table="leaf", id=str(index), column="", stands=stands, sealed=sealed, leaf=index)
