# SPDX-License-Identifier: Apache-2.0
"""Correcting how papers are linked: a paper does not belong, two dossiers are one, and taking either back. A `Deed`.

What is corrected is one sealed record; the assessment worker parts and joins by it in the order of the book, and links every
later paper by it. It is bound to papers and numbers, not to dossiers, so that dossiers made again from the log are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from cocket.consignment import Correction, FiledClaim
from cocket.errors import SenderError
from cocket.governance import Context, Principal
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, Place, read_body
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.proposals import MakeKey
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.filed_claims import (
    LINK_CORRECTION,
    LinkCorrection,
    claims_of,
    correction_files,
    correction_names,
    names_of,
)
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line

#: Kinds of act.
PART: Final = "link-part"
JOIN: Final = "link-join"
UNDO: Final = "link-undo"


class LinkCorrections(Service):
    """What officers correct in how papers are linked.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def parting(self, principal: Principal, consignment_id: str, message_id: str, part: int, reason: str) -> Proposal:
        """The act of saying that a paper does not belong to a dossier.

        Raises:
            NotFoundError: There is no such dossier that this principal may read.
        """
        title = self._title(principal, consignment_id)
        after = {"message": message_id, "part": str(part)}
        return Proposal(kind=PART, subject=consignment_id, title=title, after=after, reason=reason.strip())

    def joining(self, principal: Principal, consignment_id: str, other_id: str, reason: str) -> Proposal:
        """The act of saying that two dossiers are of one consignment.

        Raises:
            NotFoundError: There is none of either that this principal may read.
        """
        title, other = self._title(principal, consignment_id), self._title(principal, other_id)
        after = {"other": other_id, "other_title": other}
        return Proposal(kind=JOIN, subject=consignment_id, title=title, after=after, reason=reason.strip())

    def undoing(self, principal: Principal, consignment_id: str, correction_id: str, reason: str) -> Proposal:
        """The act of taking a correction back.

        Raises:
            NotFoundError: There is no such dossier that this principal may read.
        """
        title = self._title(principal, consignment_id)
        after = {"correction": correction_id}
        return Proposal(kind=UNDO, subject=consignment_id, title=title, after=after, reason=reason.strip())

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless this principal may correct the links of every dossier concerned, with a reason."""
        with self._stores.database.transaction() as connection:
            for dossier in self._concerned(connection, wanted):
                _, where = self._access.dossier(connection, principal, dossier)
                circumstances = context or Context(reason=wanted.reason)
                self._access.require(principal, "link:correct", where.papers, circumstances)

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """The dossiers concerned as they stand: if one goes up in another meanwhile, an approval no longer holds."""
        found = [self._line(connection, one) for one in self._concerned(connection, wanted)]
        return {f"dossier {place}": str(line.id) for place, line in enumerate(found, start=1)}

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse what could not be done as things stand.

        Raises:
            SenderError: The paper is not in the dossier, or alone in it; the dossiers are one; the correction is taken back.
        """
        self._wanted(connection, wanted, "")

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Seal what is corrected, for the assessment worker to part or join by; None, since no secret is made."""
        by = ", ".join(wanted.persons) or principal.id
        with self._stores.database.transaction() as connection:
            kept = self._wanted(connection, wanted, by)
            names = tuple(sorted(correction_names(kept)))
            state = "undone" if kept.undone_by else "standing"
            place = Place(state=state, consignment=UUID(kept.dossiers[0]), names=names)
            record = self._files.write(connection, LINK_CORRECTION, kept.correction.id, (kept, principal.id), place)
            self._access.seal(connection, *([record] if record is not None else []))
        return None

    def _wanted(self, connection: Connection, wanted: Proposal, by: str) -> LinkCorrection:
        """What would be kept of an act."""
        if wanted.kind == UNDO:
            return self._undone(connection, wanted, by)
        lines = [self._line(connection, one) for one in self._concerned(connection, wanted)]
        claims, unread = claims_of(self._stores, connection, [line.id for line in lines])
        if unread:
            raise SenderError(
                "A paper of this dossier cannot be read any more, so its links cannot be corrected.", code="link-unread"
            )
        dossiers = tuple(str(line.id) for line in lines)
        made = str(new_id())
        if wanted.kind == PART:
            message, part = wanted.after["message"], int(wanted.after["part"])
            correction = _parting(made, claims[lines[0].id], (message, part))
            return LinkCorrection(
                correction=correction, dossiers=dossiers, message=message, part=part, reason=wanted.reason, by=by
            )
        if len({line.id for line in lines}) < 2:
            raise SenderError("These are one dossier already.", code="link-one")
        papers = tuple(_anchor(claims[line.id]) for line in lines)
        joined = Correction(id=made, kind="join", papers=papers)
        return LinkCorrection(correction=joined, dossiers=dossiers, reason=wanted.reason, by=by)

    def _undone(self, connection: Connection, wanted: Proposal, by: str) -> LinkCorrection:
        kept = self._kept(connection, wanted.after["correction"])
        if kept.undone_by:
            raise SenderError("This correction is taken back already.", code="link-undone")
        (line, *_) = [self._line(connection, one) for one in self._concerned(connection, wanted)]
        told = self._stores.consignments.standing_of(connection, [UUID(one) for one in kept.dossiers])
        papers = {str(one) for one in told.values()}
        if str(line.id) not in papers and line.id not in self._holding(connection, kept):
            raise NotFoundError("There is no such correction.")
        return msgspec.structs.replace(kept, undone=wanted.reason, undone_by=by or "–")

    def _holding(self, connection: Connection, kept: LinkCorrection) -> set[UUID]:
        """Dossiers in which the paper of a parting lies today."""
        message = parse_id(kept.message or "")
        return set(self._stores.consignments.of_message(connection, message)) if message is not None else set()

    def _kept(self, connection: Connection, correction_id: str) -> LinkCorrection:
        known = self._files.read(connection, LINK_CORRECTION, correction_id, LinkCorrection)
        if known is None:
            raise NotFoundError("There is no such correction.")
        return known

    def _concerned(self, connection: Connection, wanted: Proposal) -> Sequence[str]:
        return [wanted.subject, *([wanted.after["other"]] if wanted.kind == JOIN else [])]

    def _line(self, connection: Connection, dossier: str) -> Line:
        wanted = parse_id(dossier)
        line = self._stores.consignments.line(connection, wanted) if wanted else None
        if line is None:
            raise NotFoundError("There is no such consignment.")
        return line

    def _title(self, principal: Principal, consignment_id: str) -> str:
        with self._stores.database.transaction() as connection:
            line, _ = self._access.dossier(connection, principal, consignment_id)
        return line.title


def _parting(made: str, claims: Sequence[FiledClaim], place: tuple[str, int]) -> Correction:
    """That a paper, in all its versions, does not belong to the others by the numbers it shares with them."""
    paper = next((one.paper for one in claims if one.place == place), None)
    if paper is None:
        raise SenderError("This paper is not in this dossier.", code="link-paper")
    own = {key.pair for one in claims if one.paper == paper for key in one.claim.strong}
    others = {key.pair for one in claims if one.paper != paper for key in one.claim.strong}
    if not own & others:
        raise SenderError(
            "No number ties this paper to another in this dossier, so there is nothing to part.", code="link-alone"
        )
    if any(kind == "JOINED" for kind, _ in own & others):
        raise SenderError(
            "An officer joined this paper to another. Take that correction back instead.", code="link-joined"
        )
    return Correction(
        id=made, kind="part", papers=tuple(sorted({paper, *(own - others)})), numbers=tuple(sorted(own & others))
    )


def _anchor(claims: Sequence[FiledClaim]) -> tuple[str, str]:
    """The paper by which a dossier is joined: its newest declaration, else its oldest paper that was accepted."""
    taken = [one for one in claims if one.is_accepted]
    if not taken:
        raise SenderError("A dossier of refused papers alone cannot be joined.", code="link-refused")
    declared = [one for one in taken if one.claim.role == "declaration"]
    return (declared[-1] if declared else taken[0]).paper


def corrections_shown(
    stores: Stores, connection: Connection, consignment: UUID, claims: Sequence[FiledClaim]
) -> tuple[LinkCorrection, ...]:
    """Corrections that concern a dossier: those that stand and speak of a paper in it, and those once made on it; oldest first.

    Args:
        stores: The stores.
        connection: The transaction.
        consignment: The dossier.
        claims: Its claims.
    """
    if not stores.case_files.has(connection, LINK_CORRECTION):
        return ()
    ids = [consignment, *stores.consignments.gone_up_in(connection, consignment)]
    of_it = stores.case_files.of_consignments(connection, LINK_CORRECTION, ids)
    files = {file.id: file for several in of_it.values() for file in several}
    files |= {file.id: file for file in correction_files(stores, connection, names_of(claims))}
    in_order = sorted(files.values(), key=lambda one: (one.opened, one.id))
    return tuple(read_body(file, LinkCorrection) for file in in_order)
