# SPDX-License-Identifier: Apache-2.0
"""Leaves that the book refuses, since they are not what was sealed any more, or are gone: noted, and let stand by an act.

The book never signs over such a leaf by itself. What is public of a leaf is its commitment alone; an operator may let
the commitment stand that was promised, by a sealed statement that names the leaf and says why. The statement does not
make the content right: nobody can open the leaf, and the statement says so.
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
from cocket.pipeline.base.sealing import check_sealed
from cocket.pipeline.base.set_aside import SetAsideView, Thing, put_aside, view_of
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection

#: Kind of the sealed statement that lets a leaf stand, and of the leaf that takes the place of one that is gone.
LEAF_STANDS: Final = "set-aside-leaf"

#: Name of the role.
BOOK: Final = "book"

#: Errors of the book that are about one leaf.
_OF_A_LEAF: Final = frozenset({"leaf-altered", "leaf-missing"})


class LeafStands(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed statement that a leaf stands by its commitment, though what it seals is altered or gone.

    Attributes:
        index: The leaf.
        commitment: What the log has of it, hexadecimal.
        origin: `stored`: as the database had it; `receipt`: as a receipt shows it was promised; `substitute`: the leaf is
            gone and nobody knows what was promised: a receipt of it will not be found in the log.
        reason: Why, in words.
        fault: What the book found.
    """

    index: int
    commitment: str
    origin: str
    reason: str
    fault: str


def standing_leaves(stores: Stores, connection: Connection) -> dict[int, bytes]:
    """Leaves that sealed statements let stand, each with its commitment."""
    told = stores.leaves.records_of_kind(connection, LEAF_STANDS)
    found = [msgspec.json.decode(body, type=LeafStands) for body in told]
    return {one.index: bytes.fromhex(one.commitment) for one in found}


def note_refused(stores: Stores, error: ProofError) -> None:
    """Show an operator a leaf that the book refuses, once."""
    if error.code not in _OF_A_LEAF or error.found is None:
        return
    with stores.database.transaction() as connection:
        known = stores.set_aside.find(connection, BOOK, "leaf", error.found)
        if known is not None and known.state == "waiting":
            return
        thing = Thing(kind="leaf", subject=error.found, what=f"leaf {error.found} of the log", leaf=int(error.found))
        stores.leaves.append_records(connection, [put_aside(connection, stores.sealer, BOOK, thing, error)])


class SetAsideLeaves(Service):
    """Letting leaves stand."""

    def let_leaf_stand(
        self, principal: Principal, index: int, reason: str, receipt: ledger.Receipt | None = None
    ) -> SetAsideView:
        """Let a leaf stand by its commitment, though what it seals is altered or gone.

        Args:
            principal: Who does it.
            index: Index of the leaf in the log.
            reason: Reason; sealed.
            receipt: A receipt of the leaf; None to take what the database has, or a substitute where the leaf is gone.

        Raises:
            PolicyError: The principal may not, or gives no reason.
            SenderError: The leaf is as it was sealed, under a signed head already, or not of the book; or the receipt is
                not of this house, or of another leaf.
        """
        self._access.require(principal, "set-aside:act", Resource(), Context(reason=reason))
        leaves, shelf = self._stores.leaves, self._stores.set_aside
        with self._stores.database.transaction() as connection:
            fault, stored = self._fault(connection, index)
            commitment = self._promised(index, receipt) if receipt else None
            seal = commitment or stored
            origin = "receipt" if commitment else "stored" if stored else "substitute"
            if seal is None:
                seal = hashlib.sha256(f"cocket: leaf {index} is gone".encode() + self._stores.draw_key).digest()
            body = LeafStands(
                index=index, commitment=seal.hex(), origin=origin, reason=reason.strip(), fault=fault.message
            )
            statement = self._stores.sealer.record(LEAF_STANDS, principal.id, body)
            thing = Thing(kind="leaf", subject=str(index), what=f"leaf {index} of the log", leaf=index)
            noted = put_aside(connection, self._stores.sealer, BOOK, thing, fault)
            leaves.let_stand(connection, index, seal, LEAF_STANDS)
            row = shelf.find(connection, BOOK, "leaf", str(index))
            if row is None:
                raise SenderError("The leaf could not be recorded.", code="leaf-stands")
            shelf.change(connection, row.id, "worked", statement.leaf.record, datetime.now(UTC))
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

    def _fault(self, connection: Connection, index: int) -> tuple[ProofError, bytes | None]:
        """What is wrong with a leaf, and its commitment as the database has it."""
        leaves = self._stores.leaves
        if index < leaves.signed(connection):
            raise SenderError(
                f"Leaf {index} is included in a signed head.",
                code="leaf-signed",
                hint="cocket ledger reimport restores its commitment from the published tiles.",
            )
        if not 0 <= index < leaves.size(connection) or index in leaves.covers(connection, index, index + 1):
            raise SenderError(f"Leaf {index} is not part of the log.", code="leaf-unknown")
        found = leaves.sealed_between(connection, index, index + 1)
        if not found:
            return missing(index), None
        try:
            check_sealed(*found[0])
        except ProofError as error:
            return error, found[0][0].seal
        raise SenderError(f"Leaf {index} matches what was sealed; the log accepts it.", code="leaf-sound")


def missing(index: int) -> ProofError:
    """What is wrong with a leaf that is gone."""
    return ProofError(f"Leaf {index} is not in the database.", code="leaf-missing", found=str(index))
