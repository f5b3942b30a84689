# SPDX-License-Identifier: Apache-2.0
"""What the papers of a dossier say of a journey that is to begin, so that nobody writes it a second time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from cocket.consignment import Dossier, Paper, derive, keys, search_keys
from cocket.governance import Principal
from cocket.model import Amount, Declaration, Manifest, Seal, TransportEquipment
from cocket.pipeline.base.access import Service
from cocket.pipeline.consignment.dossiers import newest_declaration
from cocket.pipeline.consignment.papers import filed_papers
from cocket.tracking.journey import Mode

#: Kinds of reference on which a journey may rest and that lead to one dossier alone, the one that says most first.
_BEST: Final = ("MRN", "BL", "UCR", "SAD")

#: Kinds of reference that a paper before may have left on the declaration.
_OF_PAPERS_BEFORE: Final = ("MRN", "SAD")

#: Modes of transport of UN/ECE Recommendation 19 that a device can follow.
_MODES: Final[dict[str, Mode]] = {"1": "sea", "2": "rail", "3": "road", "4": "air"}


class JourneyDraft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A journey as far as papers tell it.

    Attributes:
        consignment: The dossier.
        reference: Reference that leads back to it; None if it is known by none on which a journey may rest.
        equipment: Containers and other equipment named (0..n).
        seals: Seals named, those of the transit procedure too (0..n).
        departure: Code of the office of departure; None if no paper says.
        destination: Code of the office of destination; None if no paper says.
        mode: What carries it inland; None if no paper says, or in no way that can be followed.
        guarantee: The one sum that is secured; None if none is, or several.
    """

    consignment: str
    reference: str | None = None
    equipment: tuple[str, ...] = ()
    seals: tuple[str, ...] = ()
    departure: str | None = None
    destination: str | None = None
    mode: Mode | None = None
    guarantee: Amount | None = None


class JourneyDrafts(Service):
    """Beginning a journey from a dossier."""

    def journey_draft(self, principal: Principal, consignment_id: str) -> JourneyDraft:
        """What the papers of a dossier say of a journey; the look at them is sealed.

        Raises:
            NotFoundError: There is no dossier that this principal may see.
            RowDiffersError: The database names no message of it any more.
        """
        with self._stores.database.transaction() as connection:
            line, _ = self._access.dossier(connection, principal, consignment_id)
            papers = filed_papers(self._stores, connection, line.id)
            self._access.seal(connection, self._access.record(principal, "dossier", (str(line.id),)))
        return draft_of(str(line.id), derive(papers, ()), papers)


def draft_of(consignment: str, dossier: Dossier, papers: tuple[Paper, ...]) -> JourneyDraft:
    """A journey as far as papers tell it.

    Args:
        consignment: Id of the dossier.
        dossier: What is derived of the papers.
        papers: The papers, oldest first (0..n).
    """
    paper = newest_declaration(papers)
    declaration = paper.declaration if paper else None
    speaking = [one for one in papers if one.speaks]
    manifest = next((one.document for one in reversed(speaking) if isinstance(one.document, Manifest)), None)
    departure, destination = _offices(declaration, manifest)
    boxes = tuple(_equipment(declaration, speaking))
    transit = declaration.transit if declaration else None
    sealed: tuple[Seal, ...] = (*(seal for box in boxes for seal in box.seals), *(transit.seals if transit else ()))
    return JourneyDraft(
        consignment=consignment,
        reference=_reference(dossier, _earlier(declaration)),
        equipment=tuple(dict.fromkeys(box.id for box in boxes)),
        seals=tuple(dict.fromkeys(seal.id for seal in sealed)),
        departure=departure,
        destination=destination,
        mode=_mode(declaration),
        guarantee=_guarantee(declaration),
    )


def _earlier(declaration: Declaration | None) -> frozenset[str]:
    """Numbers of the papers before: the goods were under these, and the journey rests on none of them."""
    shipment = declaration.shipment if declaration else None
    if shipment is None:
        return frozenset()
    papers = [*shipment.previous_documents, *(one for item in shipment.items for one in item.previous_documents)]
    return frozenset(paper.id for paper in papers if paper.id)


def _reference(dossier: Dossier, earlier: frozenset[str]) -> str | None:
    """The best name that, looked up as an officer would type it, leads back to this dossier."""
    named: dict[str, str] = {}
    for name in dossier.references:
        if name.kind in _OF_PAPERS_BEFORE and name.value in earlier:
            continue
        typed = {key.pair for key in search_keys(name.value)}
        for key in keys((name,), ""):
            if key.is_strong and key.pair in typed:
                named.setdefault(key.kind, name.value)
    return next((named[kind] for kind in _BEST if kind in named), None)


def _offices(declaration: Declaration | None, manifest: Manifest | None) -> tuple[str | None, str | None]:
    """Offices of departure and destination.

    A transit or export declaration is lodged where the goods leave, and names where they go. An import declaration that is
    lodged inland has them come from the office of the manifest.
    """
    lodged = declaration.office.code if declaration else None
    entered = manifest.office.code if manifest else None
    if declaration is not None:
        there = declaration.transit.destination_office if declaration.transit else None
        offices = (declaration.exit_office, declaration.presentation_office)
        for code in (there, *(office.code for office in offices if office)):
            if code and code != lodged:
                return lodged or entered, code
    if entered and lodged and entered != lodged:
        return entered, lodged
    return lodged or entered, None


def _equipment(declaration: Declaration | None, papers: Iterable[Paper]) -> Iterator[TransportEquipment]:
    """Equipment as the newest declaration names it, else as transport documents do."""
    declared = declaration.shipment.equipment if declaration else ()
    yield from declared or (box for paper in papers if paper.bill for box in paper.bill.equipment)


def _mode(declaration: Declaration | None) -> Mode | None:
    inland = declaration.shipment.inland_transport if declaration else None
    return _MODES.get(inland.mode_code or "") if inland else None


def _guarantee(declaration: Declaration | None) -> Amount | None:
    sums = [one.amount for one in declaration.guarantees if one.amount is not None] if declaration else []
    return sums[0] if len(sums) == 1 else None
