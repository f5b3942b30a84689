# SPDX-License-Identifier: Apache-2.0
"""The papers of one manifest, from the stored messages: found by its names, its bills and, going on, its containers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from cocket.consignment import Paper
from cocket.consignment.manifest_control import (
    Account,
    BillKey,
    Known,
    ManifestControl,
    Terms,
    control,
    lines_of,
    names_of_manifest,
    party_key,
)
from cocket.findings import Finding
from cocket.model import Manifest, Party, Reading
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.papers import papers_from
from cocket.stores.base.database import Connection
from cocket.stores.base.dossier_rows import links_of

#: Most targets that a manifest's page is given (count).
MOST_TARGETS = 50

_TRANSHIPMENT = "28"

_NEWEST = """
select distinct message from consignment_message where part > 0 and (%(after)s::uuid is null or message < %(after)s::uuid)
order by message desc limit %(limit)s
"""
_KNOWN_BY = """
select distinct k.consignment from unnest(%b::text[], %b::text[]) as asked (kind, value)
join consignment_key k on k.kind = asked.kind and k.value = asked.value
"""
_TRADERS = """
select distinct trader from consignment
where merged_into is null and trader = any(%s) and not (id = any(%s))
"""


class Gathered(msgspec.Struct, frozen=True):
    """A manifest under control, with what it was taken from.

    Attributes:
        control: The manifest under control.
        papers: Its papers, manifests whole, in index order.
        consignments: Dossiers that were looked into.
        dossiers: Dossier of each bill, by message and place in it.
    """

    control: ManifestControl
    papers: tuple[Paper, ...]
    consignments: tuple[UUID, ...]
    dossiers: dict[tuple[str, int], UUID]


class PaperSearch:
    """Finds papers of manifests in one transaction.

    Args:
        shelves: The stores.
        connection: The transaction.
        now: The present moment, UTC.
        terms: What the office asks for.
    """

    def __init__(self, stores: Stores, connection: Connection, now: datetime, terms: Terms) -> None:
        self._stores, self._connection = stores, connection
        self._now, self._terms = now, terms
        self._readings: dict[UUID, Reading] = {}

    def newest(self, after: UUID | None, limit: int) -> list[UUID]:
        """Messages that have bills in them, newest first, from behind one on (0..limit)."""
        return [row[0] for row in self._connection.execute(_NEWEST, {"after": after, "limit": limit})]

    def manifest_of(self, message: UUID) -> tuple[str, ...]:
        """Names of the manifest that a message reports, in the form in which names are compared; empty if it does not."""
        stored = self._stores.messages.get(self._connection, message)
        if stored is None or stored.outcome != "accepted":
            return ()
        document = self._readings.setdefault(message, reading_of(stored)).document
        return names_of_manifest(document) if isinstance(document, Manifest) else ()

    def gather(self, name: str) -> Gathered | None:
        """One manifest under control from every paper that has to do with it; None if none that holds reports it."""
        return self._grown(name, {("MANIFEST", name)}, None)

    def gather_bills(self, papers: Sequence[Paper]) -> list[tuple[ManifestControl, set[BillKey]]]:
        """What manifest control says of the bills in one dossier: each manifest they stand on, with their keys there.

        It gathers the papers on these bills and their consolidation alone, not those of the whole ship; what it says of
        these bills is what the control of the whole manifest says.

        Args:
            papers: Papers of the dossier, a manifest narrowed to the bill meant.
        """
        reports = [p for p in papers if p.bill and p.speaks and isinstance(p.document, Manifest)]
        told = []
        for name in sorted(_first_names(reports)):
            own = {key for paper in reports for key in lines_of_paper(paper)}
            gathered = self._grown(name, {pair for key in own for pair in _names_of_bill(key)}, own)
            if gathered is not None:
                told.append((gathered.control, own & gathered.control.accounts.keys()))
        return told

    def _grown(self, name: str, keys: set[tuple[str, str]], own: set[BillKey] | None) -> Gathered | None:
        """Gather what is filed under some keys, then under those that it shows, until there are no more."""
        consignments = self._known_by(keys)
        while True:
            papers = self._whole(consignments)
            found = control(papers, name, self._now, self._terms)
            if found is None:
                return None
            keys = keys | set(_keys_of(found, own))
            grown = self._known_by(keys)
            if grown == consignments:
                return Gathered(found, papers, consignments, self._dossiers(found))
            consignments = grown

    def known(self, gathered: Gathered) -> Known:
        """What earlier papers tell of a manifest: how it was handed in, and who received goods before."""
        ours = frozenset(gathered.control.voyage.names)
        reports = [
            paper
            for paper in gathered.papers
            if isinstance(paper.document, Manifest)
            and paper.document.kind == "whole"
            and paper.standing != "refused"
            and not ours.isdisjoint(names_of_manifest(paper.document))
        ]
        if not reports:
            return Known()
        first, last = reports[0], reports[-1]
        names = {account.line.consignee for account in gathered.control.accounts.values() if account.line.consignee}
        rows = self._connection.execute(_TRADERS, (sorted(names), list(gathered.consignments)))
        seen = (party_key(Party(name=row[0])) for row in rows)
        return Known(
            received=first.received,
            earlier=first.document if first is not last and isinstance(first.document, Manifest) else None,
            amended=last.received if first is not last else None,
            consignees=frozenset(key for key in seen if key),
            notice_hours=self._terms.notice_hours,
        )

    def _known_by(self, keys: Iterable[tuple[str, str]]) -> tuple[UUID, ...]:
        pairs = sorted(keys)
        rows = self._connection.execute(_KNOWN_BY, ([kind for kind, _ in pairs], [value for _, value in pairs]))
        return tuple(sorted(row[0] for row in rows))

    def _whole(self, consignments: Sequence[UUID]) -> tuple[Paper, ...]:
        links = self._stores.consignments.messages_of(self._connection, consignments)
        wanted = {message for parts in links.values() for message, _ in parts}
        stored = self._stores.messages.get_many(self._connection, sorted(wanted))
        return papers_from([(message, 0) for message in stored], self._readings)

    def _dossiers(self, found: ManifestControl) -> dict[tuple[str, int], UUID]:
        return {
            (message, part): consignment
            for message in found.voyage.message_ids
            for consignment, _, part in links_of(self._connection, "m.message = %s and m.part > 0", (UUID(message),))
        }


def bill_findings(
    stores: Stores,
    connection: Connection,
    papers: Sequence[Paper],
    terms: Terms | None = None,
    shown: Callable[[ManifestControl], ManifestControl] = lambda found: found,
) -> tuple[Finding, ...]:
    """What manifest control says of the bills in one dossier, for the dossier to show beside its cross-checks.

    Args:
        shelves: The stores.
        connection: The transaction.
        papers: Papers of the dossier.
        terms: What the office asks for; None takes the usual.
        shown: Gives of a manifest what the reader may see; all of it if left out.

    Returns:
        The findings that the manifest's own page has for these bills (0..n).
    """
    usual = Terms(undeclared_days=stores.settings.undeclared_days)
    search = PaperSearch(stores, connection, datetime.now(UTC), terms or usual)
    return tuple(
        finding
        for controlled, mine in search.gather_bills(papers)
        for told in [shown(controlled).findings]
        for key in controlled.accounts
        if key in mine
        for finding in told.get(key, ())
    )


def lines_of_paper(paper: Paper) -> Iterable[BillKey]:
    """The bills that one paper reports, by their keys (0..n)."""
    return lines_of(paper.document).keys() if isinstance(paper.document, Manifest) else ()


def _first_names(papers: Iterable[Paper]) -> set[str]:
    """One name of each manifest that some papers report; one without any name is under no control."""
    named = (names_of_manifest(paper.document) for paper in papers if isinstance(paper.document, Manifest))
    return {names[0] for names in named if names}


def _names_of_bill(key: BillKey) -> Iterable[tuple[str, str]]:
    """A bill as others name it: by its number, and by that as the master of houses."""
    yield "BL", key.number
    yield "MASTER", key.number


def _keys_of(found: ManifestControl, own: set[BillKey] | None) -> Iterable[tuple[str, str]]:
    """Under what else papers of this manifest, or of some bills of it with their consolidation, may be filed."""
    if own is None:
        yield from (("MANIFEST", name) for name in found.voyage.names)
    for key, account in found.accounts.items():
        if own is not None and key not in own and not _is_consolidated(account, own):
            continue
        yield from _names_of_bill(key)
        if account.line.nature == _TRANSHIPMENT:
            yield from (("EQUIPMENT", number) for number in account.line.equipment)


def _is_consolidated(account: Account, own: set[BillKey]) -> bool:
    """Whether a bill is the master or a house of one of these, or a house of the same master."""
    if not own.isdisjoint(account.houses):
        return True
    return account.line.master is not None and BillKey(account.line.master) in own
