# SPDX-License-Identifier: Apache-2.0
"""The assessment worker's step that writes declarations off permits: lodging reserves, payment confirms, cancelling gives back."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from cocket.measures.permits import number_key
from cocket.measures.permits.write_off import Act
from cocket.model import Declaration
from cocket.pipeline.base.batch import Batch, Context
from cocket.pipeline.base.readings import each_in
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.measures.permits import is_to_seal, write_off
from cocket.stores.intake.messages import StoredMessage


def write_off_permits(turn: Batch, context: Context) -> Batch:
    """Act on the write-off ledger for every declaration of the turn that names a permit or may have named one before."""
    declared = list(_declared(turn))
    named = [_numbers(declaration) for _, _, declaration in declared]
    known = _known(context, frozenset().union(*named))
    asked = [
        (part, (message, declaration, act))
        for (part, message, declaration), numbers in zip(declared, named, strict=True)
        if message.function != "original" or not known.isdisjoint(numbers)
        for act in _acts(message, declaration)
    ]
    if not asked:
        return turn
    dossiers = {
        (paper.message_id, paper.part): consignment for consignment, papers in turn.papers.items() for paper in papers
    }
    done = zip(asked, write_off(context.stores, context.connection, [one for _, one in asked]), strict=True)
    records = [
        context.stores.sealer.record(
            f"permits-{one.act}", SEALED_ASSESSMENT, one, about=dossiers.get((str(message.id), part), message.id)
        )
        for (part, (message, _, _)), one in done
        if is_to_seal(one) and (one.uses or one.findings)
    ]
    return replace(turn, records=(*turn.records, *records))


def _declared(turn: Batch) -> Iterator[tuple[int, StoredMessage, Declaration]]:
    """Every declaration of the turn, with the number of its part; several in the same bytes each under its own name."""
    for message in turn.messages:
        reading = turn.readings.get(message.id)
        if message.outcome != "accepted" or reading is None:
            continue
        for part, stored, one in each_in(message, reading):
            if isinstance(one.document, Declaration):
                yield part, stored, one.document


def _known(context: Context, numbers: frozenset[str]) -> frozenset[str]:
    """Those of some numbers that are numbers of permits."""
    if not numbers:
        return frozenset()
    return frozenset(number_key(one.number) for one in context.stores.permits.known(context.connection, numbers))


def _numbers(declaration: Declaration) -> frozenset[str]:
    shipment = declaration.shipment
    papers = (declaration.documents, shipment.documents, *(item.documents for item in shipment.items))
    return frozenset(number_key(paper.id) for several in papers for paper in several if paper.id)


def _acts(message: StoredMessage, declaration: Declaration) -> tuple[Act, ...]:
    if message.function == "cancellation":
        return ("give-back",)
    is_paid = declaration.status is not None and declaration.status.paid is not None
    return ("reserve", "confirm") if is_paid else ("reserve",)
