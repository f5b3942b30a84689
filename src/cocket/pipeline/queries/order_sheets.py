# SPDX-License-Identifier: Apache-2.0
"""The control order to print, and the proof of it: each print is recorded, and counted on the sheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from cocket import ledger
from cocket.consignment import Dossier, Paper, derive
from cocket.governance import Principal
from cocket.model import GovernmentAgencyGoodsItem
from cocket.pipeline.base.access import AccessRecord, NotFoundError, Service
from cocket.pipeline.base.destroyed_accesses import destroyed_accesses
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import newest_declaration
from cocket.pipeline.consignment.papers import filed_papers
from cocket.pipeline.ledger.published import covering_head, path_of
from cocket.pipeline.queries.records import RecordQueries, sided
from cocket.pipeline.queries.views import DossierView, ProofView
from cocket.stores.base.database import Connection

#: What the record of a print says was looked at, and that of a look at the page alone.
PRINTED: Final = "control order"
LOOKED_AT: Final = "order"

#: Items that one sheet has room for; the others are counted on it.
_MOST_ITEMS: Final = 8

_READ = msgspec.json.Decoder(AccessRecord)


class SheetItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item on the sheet, as declared; None where it is not stated."""

    number: int
    goods: str | None
    code: str | None
    packages: int | None
    gross_mass_kg: str | None


class SheetContainer(msgspec.Struct, frozen=True, kw_only=True):
    """One container with the seals that the declaration, and the other papers, have for it (0..n each)."""

    number: str
    declared: tuple[str, ...]
    other: tuple[str, ...]


class OrderSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A control order to print.

    Attributes:
        dossier: The dossier it is about, as far as this reader may see it; its order is there.
        items: Goods as declared (0..8); `left_out` further ones (count) have no room.
        containers: Containers of all papers (0..n).
        packages: Packages in all by the declaration, and by the transport document; None where not stated.
        gross_mass_kg: The same of gross mass, decimal text.
        index: Leaf of the advice that ordered it.
        copy: Which print this is (1-based); 0 for a look at the page, which is none.
        counted_from: Where records of accesses since the consignment came were destroyed under the retention schedule, the first day
            (UTC) from which on every print is counted; None where all are.
        printed: When it was printed, or looked at, UTC.
    """

    dossier: DossierView
    items: tuple[SheetItem, ...]
    left_out: int
    containers: tuple[SheetContainer, ...]
    packages: tuple[int | None, int | None]
    gross_mass_kg: tuple[str | None, str | None]
    index: int
    copy: int
    counted_from: date | None = None
    printed: datetime


class OrderSheets(Service):
    """Giving out orders on paper.

    Args:
        stores: The stores of this process.
        records: Gives the dossier.
    """

    def __init__(self, stores: Stores, records: RecordQueries) -> None:
        super().__init__(stores)
        self._records = records

    def sheet(self, principal: Principal, consignment_id: str, *, is_print: bool = True) -> OrderSheet:
        """The order of a consignment, for one print, which is recorded and counted.

        Args:
            principal: Who asks.
            consignment_id: The dossier.
            is_print: Whether it is given out; else it is only looked at, which is recorded as a look.

        Raises:
            NotFoundError: There is no such consignment that this principal may see, or none with an order that he may know.
        """
        with self._stores.database.transaction() as connection:
            self._access.advised_dossier(connection, principal, consignment_id)
        dossier = self._records.dossier(principal, consignment_id)
        advice, order = dossier.summary.advice, dossier.summary.order
        if advice is None or order is None:
            raise NotFoundError("There is no such control order.")
        with self._stores.database.transaction() as connection:
            line, _ = self._access.advised_dossier(connection, principal, consignment_id)
            papers = filed_papers(self._stores, connection, line.id)
            told = derive(papers, ())
            copy = 1 + self._prints(connection, line.id) if is_print else 0
            gone = destroyed_accesses(self._stores, connection, line.received)
            record = self._access.record(principal, PRINTED if is_print else LOOKED_AT, (str(line.id),))
            self._access.seal(connection, record)
        items = _items(papers)
        return OrderSheet(
            dossier=dossier,
            items=items[:_MOST_ITEMS],
            left_out=max(0, len(items) - _MOST_ITEMS),
            containers=containers_of(told),
            packages=tuple(one.packages if one else None for one in (told.declared, told.billed)),  # type: ignore[arg-type]
            gross_mass_kg=tuple(  # type: ignore[arg-type]
                f"{one.gross_mass_kg:f}" if one and one.gross_mass_kg is not None else None
                for one in (told.declared, told.billed)
            ),
            index=advice.index,
            copy=copy,
            counted_from=gone.seen_from if gone is not None else None,
            printed=record.leaf.at,
        )

    def proof(self, principal: Principal, consignment_id: str) -> ProofView:
        """The proof of the advice that ordered the examination of a consignment.

        Raises:
            NotFoundError: There is no such consignment that this principal may see, or it was not assessed.
        """
        with self._stores.database.transaction() as connection:
            line, _ = self._access.advised_dossier(connection, principal, consignment_id)
            leaf = self._stores.leaves.of_record(connection, line.assessment) if line.assessment else None
            if leaf is None:
                raise NotFoundError("There is no such control order.")
            self._access.seal(connection, self._access.record(principal, "proof", (str(line.id),)))
        leaf_hash = ledger.leaf_hash(ledger.write_entry(leaf.seal)).hex()
        published = covering_head(self._stores, leaf)
        view = ProofView(
            message_id=str(line.id), index=leaf.place, state="sealed", include_by=leaf.include_by, leaf_hash=leaf_hash
        )
        if published is None:
            return view
        head = published.head
        return msgspec.structs.replace(
            view,
            state="in-head",
            tree_size=head.size,
            path=sided(leaf.place, head.size, path_of(published, leaf)),
            root=head.root.hex(),
            checkpoint=published.note,
        )

    def _prints(self, connection: Connection, consignment: UUID) -> int:
        """How often the order was printed before (count)."""
        records = self._stores.leaves.records_about(connection, consignment)
        return sum(leaf.kind == "look" and _READ.decode(body).what == PRINTED for leaf, body in records)


def _items(papers: Sequence[Paper]) -> tuple[SheetItem, ...]:
    paper = newest_declaration(tuple(papers))
    if paper is None or paper.declaration is None:
        return ()
    return tuple(_item(place, item) for place, item in enumerate(paper.declaration.shipment.items, start=1))


def _item(place: int, item: GovernmentAgencyGoodsItem) -> SheetItem:
    commodity = item.commodity
    packages = [one.quantity for one in item.packaging if one.quantity is not None]
    return SheetItem(
        number=item.sequence or place,
        goods=commodity.description or commodity.commercial_description,
        code=commodity.classifications[0].id if commodity.classifications else None,
        packages=sum(packages) if packages else None,
        gross_mass_kg=None if commodity.gross_mass_kg is None else f"{commodity.gross_mass_kg:f}",
    )


def containers_of(told: Dossier) -> tuple[SheetContainer, ...]:
    """Containers with the seals that each side has for them."""
    sides = [_seals(one.seals if one else ()) for one in (told.declared, told.billed)]
    return tuple(
        SheetContainer(number=number, declared=sides[0].get(number, ()), other=sides[1].get(number, ()))
        for number in told.equipment
    )


def _seals(seals: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for entry in seals:
        container, _, seal = entry.partition(" ")
        found[container] = (*found.get(container, ()), seal)
    return found
