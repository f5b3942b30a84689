# SPDX-License-Identifier: Apache-2.0
"""Leaves that are not what was sealed any more, or are gone: noted, and let stand by an act.

The book never signs over such a leaf by itself. What is public of a leaf is its commitment alone; an operator may let
the commitment stand that was promised, by a sealed statement that names the leaf and says why. The statement does not
make the content right: nobody can open the leaf, and the statement says so. The same act records that what a leaf under a
signed head seals is lost, and gives a place of its own to a leaf that stands where a padding entry does.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Final

import msgspec

from cocket import ledger
from cocket.errors import ProofError, SenderError
from cocket.governance import Context, Principal, Resource
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.roles import SEALED_LOG
from cocket.pipeline.base.sealing import check_sealed
from cocket.pipeline.base.set_aside import SetAsideView, Thing, put_aside, view_of
from cocket.pipeline.base.unopenable import LEAF_STANDS, statements_of, unopenable_leaves
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.ledger.leaf_audit import published_seal
from cocket.stores.base.database import Connection
from cocket.stores.ledger.leaves import StoredLeaf
from cocket.stores.operations.row_audits import RowAudits

#: Errors of the book that are about one leaf.
_OF_A_LEAF: Final = frozenset({"leaf-altered", "leaf-missing"})


class LeafStands(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed statement that a leaf stands by its commitment, though what it seals is altered or gone.

    Attributes:
        index: The leaf.
        commitment: What the log has of it, hexadecimal.
        origin: `stored`: as the database had it; `receipt`: as a receipt shows it was promised; `substitute`: the leaf is
            gone and nobody knows what was promised: a receipt of it will not be found in the log; `published`: under a
            signed head, and what it seals is lost; `moved`: it stood where a padding entry is published.
        reason: Why, in words.
        fault: What is wrong with it.
        place: Index at which it stands from then on, where that is another.
        rows: Rows that are gone with what it sealed: table, id and "" for the whole row (0..n).
    """

    index: int
    commitment: str
    origin: str
    reason: str
    fault: str
    place: int | None = None
    rows: tuple[tuple[str, str, str], ...] = ()


class KnownLoss(msgspec.Struct, frozen=True, kw_only=True):
    """A leaf whose sealed content is lost, as a sealed statement says.

    Attributes:
        leaf: Its index.
        since: When the loss was recorded, UTC.
        reason: Why, in words.
    """

    leaf: int
    since: datetime
    reason: str


def known_losses(stores: Stores, connection: Connection) -> list[KnownLoss]:
    """Leaves whose sealed content is recorded as lost, by index (0..n)."""
    by_leaf = {
        one.index: KnownLoss(leaf=one.index, since=leaf.at.astimezone(UTC), reason=one.reason)
        for leaf, one in statements_of(stores, connection, LEAF_STANDS, LeafStands)
        if one.origin != "moved"
    }
    return [by_leaf[index] for index in sorted(by_leaf)]


def standing_leaves(stores: Stores, connection: Connection) -> dict[int, bytes]:
    """Leaves that sealed statements let stand, each with its commitment."""
    found = statements_of(stores, connection, LEAF_STANDS, LeafStands)
    return {one.index: bytes.fromhex(one.commitment) for _, one in found if one.origin != "moved"}


def note_refused(stores: Stores, error: ProofError) -> None:
    """Show an operator a leaf that the book refuses, once."""
    if error.code not in _OF_A_LEAF or error.found is None:
        return
    with stores.database.transaction() as connection:
        known = stores.set_aside.find(connection, SEALED_LOG, "leaf", error.found)
        if known is not None and known.state == "waiting":
            return
        thing = Thing(kind="leaf", subject=error.found, what=f"leaf {error.found} of the log", leaf=int(error.found))
        stores.leaves.append_records(connection, [put_aside(connection, stores.sealer, SEALED_LOG, thing, error)])


class SetAsideLeaves(Service):
    """Letting leaves stand."""

    def let_leaf_stand(
        self, principal: Principal, index: int, reason: str, receipt: ledger.Receipt | None = None
    ) -> SetAsideView:
        """Let a leaf stand by its commitment, though what it seals is altered or gone.

        One under a signed head stands as published, and what it sealed is recorded as lost. One that stands where a
        padding entry does is given a place of its own.

        Args:
            principal: Who does it.
            index: Index of the leaf in the log.
            reason: Reason; sealed.
            receipt: A receipt of the leaf; None to take what the database has, or a substitute where the leaf is gone.

        Raises:
            PolicyError: The principal may not, or gives no reason.
            SenderError: The leaf is as it was sealed, gone from under a signed head, or not of the book; or the receipt is
                not of this house, or of another leaf.
        """
        self._access.require(principal, "set-aside:act", Resource(), Context(reason=reason))
        leaves = self._stores.leaves
        with self._stores.database.transaction() as connection:
            leaves.fill(connection, 0)  # holds the append lock: nothing is appended meanwhile
            if leaves.on_cover(connection, index, index + 1):
                return self._moved(connection, principal, index, reason)
            fault, stored = self._fault(connection, index)
            commitment = self._promised(index, receipt) if receipt else None
            seal = commitment or (stored.seal if stored else None)
            origin = "receipt" if commitment else "stored" if stored else "substitute"
            rows: tuple[tuple[str, str, str], ...] = ()
            if stored is not None and index < leaves.signed(connection):
                seal, origin = stored.seal, "published"
                rows = tuple((table, str(stored.record), "") for table in ("message", "record"))
            if seal is None:
                seal = hashlib.sha256(f"cocket: leaf {index} is gone".encode() + self._stores.draw_key).digest()
            body = LeafStands(
                index=index, commitment=seal.hex(), origin=origin, reason=reason.strip(), fault=fault.message, rows=rows
            )
            leaves.let_stand(connection, index, seal, LEAF_STANDS)
            audits = RowAudits()
            for table, identity, _ in rows:
                audits.settle(connection, table, [identity])
            return self._recorded(connection, principal, body, fault)

    def _moved(self, connection: Connection, principal: Principal, index: int, reason: str) -> SetAsideView:
        """Give a place of its own to a leaf that stands where a padding entry does, unless it is the one published."""
        leaves = self._stores.leaves
        ((leaf, _, _),) = leaves.sealed_between(connection, index, index + 1)
        fault = ProofError(
            f"Leaf {index} stands at the place of a padding entry.", code="leaf-on-padding", found=str(index)
        )
        place = index
        if published_seal(self._stores, connection, index) == leaf.seal:
            leaves.uncover(connection, index)
        else:
            place = leaves.move(connection, index)
        body = LeafStands(
            index=index,
            commitment=leaf.seal.hex(),
            origin="moved",
            reason=reason.strip(),
            fault=fault.message,
            place=place,
        )
        return self._recorded(connection, principal, body, fault)

    def _recorded(
        self, connection: Connection, principal: Principal, body: LeafStands, fault: ProofError
    ) -> SetAsideView:
        """Seal what was done about a leaf, and settle what was noted of it."""
        shelf, index = self._stores.set_aside, str(body.index)
        statement = self._stores.sealer.record(LEAF_STANDS, principal.id, body)
        thing = Thing(kind="leaf", subject=index, what=f"leaf {index} of the log", leaf=body.index)
        noted = put_aside(connection, self._stores.sealer, SEALED_LOG, thing, fault)
        row = shelf.find(connection, SEALED_LOG, "leaf", index)
        if row is None:
            raise SenderError("The leaf could not be recorded.", code="leaf-stands")
        shelf.change(connection, row.id, "worked", statement.leaf.record, datetime.now(UTC))
        RowAudits().settle(connection, "leaf", [index])
        self._access.seal(connection, noted, statement)
        return view_of(msgspec.structs.replace(row, state="worked"))

    def _promised(self, index: int, receipt: ledger.Receipt) -> bytes:
        """The commitment that a receipt of this house promised for a leaf."""
        promise, eras = receipt.promise, self._stores.leaves.eras
        signed = ledger.verify_receipt(receipt, [self._stores.sealer.receipt_vkey]).checks[0]
        if signed.outcome != "passed":
            raise SenderError(
                "The receipt is not signed by this instance.", code="receipt-of-another", hint=signed.reason
            )
        if (promise.log, promise.index) != (eras.of(index).log, eras.place(index)):
            raise SenderError(f"The receipt is for another leaf than {index}.", code="receipt-of-another-leaf")
        return promise.commit

    def _fault(self, connection: Connection, index: int) -> tuple[ProofError, StoredLeaf | None]:
        """What is wrong with a leaf, and the leaf as the database has it."""
        leaves = self._stores.leaves
        if not 0 <= index < leaves.size(connection) or index in leaves.covers(connection, index, index + 1):
            raise SenderError(f"Leaf {index} is not part of the log.", code="leaf-unknown")
        found = leaves.sealed_between(connection, index, index + 1)
        is_signed = index < leaves.signed(connection)
        if is_signed and (not found or found[0][0].seal != published_seal(self._stores, connection, index)):
            raise SenderError(
                f"Leaf {index} is included in a signed head, and is not in the database as published.",
                code="leaf-signed",
                hint="cocket ledger reimport restores the commitment of a leaf that is gone from the published tiles.",
            )
        if not found:
            return missing(index), None
        if is_signed and index in unopenable_leaves(self._stores, connection):
            raise SenderError(f"The content of leaf {index} is known to be erased or lost.", code="leaf-erased")
        try:
            check_sealed(*found[0])
        except ProofError as error:
            return error, found[0][0]
        raise SenderError(f"Leaf {index} matches what was sealed; the log accepts it.", code="leaf-sound")


def missing(index: int) -> ProofError:
    """What is wrong with a leaf that is gone."""
    return ProofError(f"Leaf {index} is not in the database.", code="leaf-missing", found=str(index))
