# SPDX-License-Identifier: Apache-2.0
"""The papers of a consignment in time: why each is linked, what each said and who said it first, what officers corrected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.consignment import (
    Confidence,
    FiledClaim,
    LinkReason,
    LinkSort,
    Paper,
    Use,
    derive,
    link_reasons,
    sort_of,
    uses_in,
)
from cocket.consignment.completion import Completion, completion_of
from cocket.consignment.in_time import SAID, Said, said_in_time
from cocket.consignment.paper import statement
from cocket.consignment.side_by_side import contradictions
from cocket.consignment.uses import apart
from cocket.governance import Principal, disclose
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.kept import Kept
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.corrections import corrections_shown
from cocket.pipeline.consignment.filed_claims import LINK_CORRECTION, LinkCorrection, claims_of, said_in
from cocket.pipeline.consignment.papers import filed_papers, papers_of
from cocket.stores.base.database import Connection
from cocket.stores.consignment.consignments import Key, KeyUse

#: Kinds of key by which other dossiers are named beside this one; a whole ship or a sender's own number would name too many.
_BESIDE: Final = ("BL", "UCR", "INVOICE", "EQUIPMENT", "MASTER", "ORDER", "MRN", "SAD")

#: How far apart (days) two dossiers of one container may be and still be of one voyage.
_VOYAGE: Final = 60

#: Other dossiers that are named at most (count).
_MOST: Final = 20


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """Why one paper lies in this dossier with another.

    Attributes:
        message_id: The message of the paper.
        part: Which part of the message; 0 for the whole.
        sort: What they share: `ucr`, `air-waybill`, `transport-document`, `bill-on-manifest`, `invoice`, `own-reference`,
            `registration`, `movement-reference`, `previous-document`, or `officer` where an officer joined them.
        value: The number, as it is compared.
        with_message: The message of the first paper that bears it.
        days: Days between what the two are about; None where one does not tell.
        confidence: `certain`, `high` or `fair`, by what the link rests on; not `high` where something speaks against it.
        against: What speaks against it: labels of what differs, where goods, parties or containers do and none of what both
            papers state agrees (0, 2..5).
        made: Numbers of this sort by which dossiers of this instance are linked (count).
        corrected: Of these, how many officers found false (count).
    """

    message_id: str
    part: int
    sort: LinkSort
    value: str
    with_message: str
    days: int | None
    confidence: Confidence
    against: tuple[str, ...]
    made: int
    corrected: int


class CorrectionView(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer corrected in the links of this dossier.

    Attributes:
        id: Its id.
        kind: `part` or `join`.
        message_id: The message of the paper parted; None where dossiers were joined.
        part: Which part of it.
        numbers: Numbers found false for it, as `kind value` (0..n).
        reason: Why, in words.
        by: Who answers for it.
        undone: Why it was taken back; empty while it stands.
        undone_by: Who took it back; empty while it stands.
    """

    id: str
    kind: Literal["part", "join"]
    message_id: str | None
    part: int
    numbers: tuple[str, ...]
    reason: str
    by: str
    undone: str
    undone_by: str


#: Why a number that two dossiers bear does not join them.
Why = Literal["time", "group", "named", "corrected"]


class BesideView(msgspec.Struct, frozen=True, kw_only=True):
    """Another dossier that bears a number of this one and is not joined by it.

    Attributes:
        consignment_id: The dossier.
        title: Its best name.
        kind: Kind of the number.
        value: The number.
        days: Days between the two uses of it; None where one has none.
        why: `time`: too far apart; `group`: such numbers never join; `named`: the papers of one only name it, and a paper of
            their sort is not joined by such a number; `corrected`: an officer or an amendment says it is false.
    """

    consignment_id: str
    title: str
    kind: str
    value: str
    days: int | None
    why: Why


class PapersInTime(msgspec.Struct, frozen=True, kw_only=True):
    """The papers of a consignment in time.

    Attributes:
        id: The dossier.
        title: Its best name.
        office: Its office; None if no paper names one.
        said: Every paper with what it said, in the order in which it was said (1..n); those of a container alone, which are no
            part of the dossier, among them.
        fields: Names of the fields that papers are shown by, with their labels.
        links: Why each paper lies here, in index order (0..n).
        corrections: What officers corrected, oldest first (0..n).
        beside: Other dossiers that bear a number of this one (0..20).
        completion: Which papers such a movement should have, and which are here.
    """

    id: str
    title: str
    office: str | None
    said: tuple[Said, ...]
    fields: tuple[tuple[str, str], ...]
    links: tuple[LinkView, ...]
    corrections: tuple[CorrectionView, ...]
    beside: tuple[BesideView, ...]
    completion: Completion


class PapersQuery(Service):
    """Giving out papers in time.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._kept: Kept[dict[LinkSort, tuple[int, int]]] = Kept()

    def papers(self, principal: Principal, consignment_id: str) -> PapersInTime:
        """Why each paper of a consignment is linked, and who said what first.

        Raises:
            NotFoundError: There is none that this principal may see.
            RowDiffersError: The database names no message of it any more.
        """
        _, made = self._kept.get("links", self._measured)
        with self._stores.database.transaction() as connection:
            line, _ = self._access.dossier(connection, principal, consignment_id)
            papers = filed_papers(self._stores, connection, line.id)
            claims = claims_of(self._stores, connection, [line.id])[0][line.id]
            beside, notices = self._beside(connection, principal, (line.id, claims))
            more = [
                paper
                for several in papers_of(self._stores, connection, notices).values()
                for paper in several
                if paper.declaration is None and paper.bill is None
            ]
            corrections = corrections_shown(self._stores, connection, line.id, claims)
            self._access.seal(connection, self._access.record(principal, "dossier", (str(line.id),)))
        by_place = {(paper.message_id, paper.part): paper for paper in papers}
        links = [_link_view(one, by_place, made.get(one.sort, (0, 0))) for one in link_reasons(claims)]
        view = PapersInTime(
            id=str(line.id),
            title=line.title,
            office=line.office,
            said=said_in_time(papers, derive(papers).rows, more),
            fields=SAID,
            links=tuple(links),
            corrections=tuple(_correction_view(one) for one in corrections),
            beside=beside,
            completion=completion_of(papers),
        )
        return disclose(principal, "papers", view)

    def _beside(
        self, connection: Connection, principal: Principal, own: tuple[UUID, Sequence[FiledClaim]]
    ) -> tuple[tuple[BesideView, ...], list[UUID]]:
        """Other dossiers that bear a number of this one, and those of them that only tell of its container."""
        dossier, claims = own
        uses = {pair: use for pair, use in uses_in(claims).items() if pair[0] in _BESIDE}
        found = self._stores.consignments.known_beside(connection, dossier, list(uses), 4 * _MOST)
        seen = self._access.seen(connection, principal, {one.consignment for one, _ in found})
        lines = self._stores.consignments.lines_of(connection, list(seen))
        shown: list[BesideView] = []
        notices: dict[UUID, None] = {}
        for other, is_strong in found:
            line = lines.get(other.consignment)
            if line is None or other.consignment not in seen or len(shown) >= _MOST:
                continue
            is_own, use = uses[other.kind, other.value]
            days = _between(use, other)
            if other.kind == "EQUIPMENT":
                if days is not None and days > _VOYAGE:
                    continue
                if not line.is_declared:
                    notices[other.consignment] = None
            why: Why = "time" if is_own and is_strong else "group"
            if is_own != is_strong and other.kind in ("BL", "UCR", "INVOICE"):
                weak = dossier if is_strong else other.consignment
                why = "corrected" if self._is_corrected(connection, weak, (other.kind, other.value)) else "named"
            shown.append(
                BesideView(
                    consignment_id=str(line.id),
                    title=line.title,
                    kind=other.kind,
                    value=other.value,
                    days=days,
                    why=why,
                )
            )
        return tuple(shown), list(notices)

    def _is_corrected(self, connection: Connection, dossier: UUID, number: Key) -> bool:
        """Whether a paper of a dossier would join by a number, had no officer or amendment said that it is false."""
        said, _ = said_in(self._stores, connection, [dossier])
        return any(key.pair == number for one in said[dossier] if one.is_accepted for key in one.claim.strong)

    def _measured(self) -> dict[LinkSort, tuple[int, int]]:
        """Links made and links found false, by sort (counts)."""
        with self._stores.database.transaction() as connection:
            made = self._stores.consignments.linking_numbers(connection)
            files = self._stores.case_files.of_kind(connection, LINK_CORRECTION, ("standing",))
        wrong: Counter[LinkSort] = Counter()
        for file in files:
            kept = msgspec.json.decode(file.body, type=LinkCorrection)
            wrong.update({sort_of(*pair) for pair in kept.correction.numbers})
        counts: Counter[LinkSort] = Counter()
        for (kind, value), count in made.items():
            counts[sort_of(kind, value)] += count
        return {sort: (counts[sort] + wrong[sort], wrong[sort]) for sort in counts.keys() | wrong.keys()}


def _link_view(one: LinkReason, papers: dict[tuple[str, int], Paper], measured: tuple[int, int]) -> LinkView:
    """A link with what speaks against it, and how many of its sort there are and were false (counts)."""
    two = papers.get((one.message_id, one.part)), papers.get((one.with_message, one.with_part))
    against = contradictions(statement(two[0]), statement(two[1])) if two[0] and two[1] else ()
    return LinkView(
        message_id=one.message_id,
        part=one.part,
        sort=one.sort,
        value=one.value,
        with_message=one.with_message,
        days=one.days,
        confidence="fair" if against and one.confidence == "high" else one.confidence,
        against=against,
        made=measured[0],
        corrected=measured[1],
    )


def _between(use: Use, other: KeyUse) -> int | None:
    found: timedelta | None = apart(use, Use(other.first, other.last))
    return None if found is None else max(0, found.days)


def _correction_view(kept: LinkCorrection) -> CorrectionView:
    return CorrectionView(
        id=kept.correction.id,
        kind=kept.correction.kind,
        message_id=kept.message,
        part=kept.part,
        numbers=tuple(" ".join(one) for one in kept.correction.numbers),
        reason=kept.reason,
        by=kept.by,
        undone=kept.undone,
        undone_by=kept.undone_by,
    )
