# SPDX-License-Identifier: Apache-2.0
"""Screening in the house: lists taken in, parties and vessels and goods screened by the assessment worker, matches cleared.

Each act is sealed. What the assessment worker finds is sealed when it changes; a cleared match weighs nothing and stays on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from cocket.consignment import Paper
from cocket.errors import SenderError
from cocket.governance import Context as Circumstances
from cocket.governance import Principal
from cocket.governance.proposals import Proposal
from cocket.model import Manifest
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.batch import Batch, Context
from cocket.pipeline.base.proposals import MakeKey, needs_second
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.screening.matches import (
    FOUND,
    Found,
    MatchLine,
    MatchList,
    MatchState,
    NameList,
    ScreeningFound,
    confirm,
    found_on,
    grouped,
    in_words,
    keep_found,
    read_found,
    rejudged,
    settle,
    withdraw,
)
from cocket.pipeline.screening.watchlists import Watchlists
from cocket.screening import Cleared, Confirmed, Screened, Subject, WatchList, read_list, subjects_of
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile
from cocket.stores.screening.lists import StoredList

#: Kind of the sealed record of what screening found.
HIT: Final = "screening-hit"

#: Consignments whose matches are grouped by name at once (count).
MOST_GROUPED: Final = 2_000

#: Consignments with matches that are listed at once (count).
MATCHES_A_PAGE: Final = 25

Word = TypeVar("Word", Cleared, Confirmed)


class ListView(msgspec.Struct, frozen=True, kw_only=True):
    """A list as it was taken in.

    Attributes:
        name: What it is called here.
        version: Hash of its content.
        format: How it was read.
        dated: When its keeper made it, as written; None where it does not say.
        entries: How many (count).
        imported: When, UTC.
        officer: Who took it in.
        left_out: Places that could not be read as an entry; only where it was just taken in (0..n).
    """

    name: str
    version: str
    format: str
    dated: str | None
    entries: int
    imported: datetime
    officer: str
    left_out: tuple[str, ...] = ()


class Screening(Service):
    """Lists, and who is on them.

    Args:
        shelves: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._lookout = Watchlists(stores)

    def import_list(self, principal: Principal, name: str, content: bytes) -> ListView:
        """Take in a list, in place of an earlier one of the same name; it counts from the assessment worker's next turn.

        Raises:
            PolicyError: The principal may not, or policy of the house asks for a second person.
            SenderError: It has no name, is none that can be read, or has no entry.
        """
        alone = Circumstances(needs_second=needs_second(self._stores, "list"))
        self._access.require(principal, "list:import", context=alone)
        return self._import(principal.id, _read_list(name, content), content)

    def proposed_list(self, principal: Principal, name: str, content: bytes) -> tuple[Proposal, ListView]:
        """The act of importing a list, and what it would be; nothing is kept.

        Raises:
            PolicyError: The principal may not.
            SenderError: It has no name, is none that can be read, or has no entry.
        """
        self._access.require(principal, "list:import")
        now, read = datetime.now(UTC), _read_list(name, content)
        view = ListView(**msgspec.structs.asdict(_stored(read, principal.id, now)), left_out=read.left_out)
        after = {"version": view.version, "count": str(view.entries)}
        return Proposal(kind="list", subject=read.name, after=after), view

    def require(self, principal: Principal, wanted: Proposal, context: Circumstances | None = None) -> None:
        """Refuse unless this principal may import lists; raises `PolicyError`."""
        self._access.require(principal, "list:import", context=context)

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """Version and number of entries of the list of this name; `none` without one."""
        found = next((one for one in self._stores.screening.lists(connection) if one.name == wanted.subject), None)
        return {"version": found.version, "count": str(found.entries)} if found else {"version": "none"}

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """A list that could be read stays one: nothing stands against it."""

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Import the list of a proposal, under the names of both; None, since no secret is made."""
        if content is not None:
            self._import(", ".join(wanted.persons), _read_list(wanted.subject, content), content)
        return None

    def _import(self, by: str, read: WatchList, content: bytes) -> ListView:
        stored = _stored(read, by, datetime.now(UTC))
        with self._stores.database.transaction() as connection:
            self._stores.screening.put(connection, stored, content)
            self._access.seal(connection, self._stores.sealer.record("screening-list", by, stored))
        return ListView(**msgspec.structs.asdict(stored), left_out=read.left_out)

    def lists(self, principal: Principal) -> tuple[ListView, ...]:
        """The lists of the house, by name (0..n).

        Raises:
            PolicyError: The principal may not know them.
        """
        self._access.require(principal, "list:read")
        with self._stores.database.transaction() as connection:
            return tuple(ListView(**msgspec.structs.asdict(one)) for one in self._stores.screening.lists(connection))

    def screen(self, principal: Principal, subjects: Sequence[Subject]) -> list[tuple[Screened, ...]]:
        """Screen whoever is named; the look is sealed before the answer is given.

        Returns:
            Hits of each, best first (0..10 each).

        Raises:
            PolicyError: The principal may not.
            SenderError: The house has no list, so that an empty answer would mean nothing.
        """
        self._access.require(principal, "list:read")
        with self._stores.database.transaction() as connection:
            if self._lookout.screener(connection) is None:
                raise SenderError(
                    "There is no list to screen against.",
                    code="no-list",
                    hint="Import one with cocket screen list import, or give one with --list.",
                )
            found = self._lookout.screen(connection, subjects)
            keys = tuple(one.key for one in subjects)
            self._access.seal(connection, self._access.record(principal, "screening", keys))
        return [found.get(key, ()) for key in keys]

    def clear_match(self, principal: Principal, subject: Subject, entry: tuple[str, str], ground: str) -> Cleared:
        """Say that a subject is not who is listed; it stays cleared until the listed entry changes.

        Args:
            principal: The officer.
            subject: Who was screened, as it was.
            entry: Name of the list, and id of the entry.
            ground: Why, in words.

        Raises:
            NotFoundError: The subject does not match such an entry.
            PolicyError: The principal may not.
            SenderError: No ground is given.
        """
        return self._judge(principal, subject, entry, (Cleared, ground))

    def confirm_match(self, principal: Principal, subject: Subject, entry: tuple[str, str], ground: str) -> Confirmed:
        """Say that a subject is who is listed, until the entry changes or it is cleared; raises as `clear_match`."""
        return self._judge(principal, subject, entry, (Confirmed, ground))

    def _judge(
        self, principal: Principal, subject: Subject, entry: tuple[str, str], word: tuple[type[Word], str]
    ) -> Word:
        """Save and seal an officer's word on a match."""
        kind, ground = word
        self._access.require(principal, "match:clear")
        if not ground.strip():
            raise SenderError("Give the grounds for your decision on the match.", code="clearance-ground")
        with self._stores.database.transaction() as connection:
            screened = self._lookout.screen(connection, [subject]).get(subject.key, ())
            hit = next((one.hit for one in screened if (one.hit.list, one.hit.id) == entry), None)
            if hit is None:
                raise NotFoundError("There is no such match.")
            said = kind(
                subject=subject.key,
                list=hit.list,
                entry=hit.id,
                fingerprint=hit.fingerprint,
                officer=principal.id,
                ground=ground.strip(),
                at=datetime.now(UTC),
            )
            if isinstance(said, Cleared):
                withdraw(self._stores, connection, (said.subject, said.list, said.entry))
                self._stores.screening.clear(connection, said)
            else:
                confirm(self._stores, connection, said)
            settle(self._stores, connection, subject.key, said.at)
            sealed = "screening-clearance" if isinstance(said, Cleared) else "screening-confirmation"
            self._access.seal(connection, self._stores.sealer.record(sealed, principal.id, said))
        return said

    def of_consignment(self, principal: Principal, consignment_id: str) -> ScreeningFound | None:
        """What screening last found on a consignment, with what was said of it; None if it never found anything.

        Raises:
            NotFoundError: There is no such consignment that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            line, _ = self._access.dossier(connection, principal, consignment_id)
            file = found_on(self._stores, connection, [line.id]).get(line.id)
            if file is None:
                return None
            told = rejudged(self._stores, connection, read_found(file))
            self._access.seal(connection, self._access.record(principal, "screening", (str(line.id),)))
        return told

    def matches(self, principal: Principal, state: MatchState = "open", offset: int = 0) -> MatchList:
        """Consignments with matches, last changed first; the look is sealed before they are given.

        Args:
            principal: Who asks.
            state: Which of them.
            offset: How many to leave out at the start (count).

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "list:read")
        with self._stores.database.transaction() as connection:
            offices = self._access.reach(principal) or ()
            window = offset, MATCHES_A_PAGE + 1
            files = self._stores.case_files.page(connection, (FOUND, state), offices, window)
            counts = self._stores.case_files.states(connection, FOUND, offices)
            seen = self._access.seen(connection, principal, [file.consignment for file in files])
            shown = [self._match_line(connection, file) for file in files[:MATCHES_A_PAGE] if file.consignment in seen]
            lines = tuple(line for line in shown if line is not None)
            if lines:
                self._access.seal(
                    connection, self._access.record(principal, "matches", tuple(line.consignment for line in lines))
                )
            lists = tuple(one.name for one in self._stores.screening.lists(connection))
        return MatchList(
            lines=lines,
            counts=counts,
            has_more=len(files) > MATCHES_A_PAGE,
            lists=lists,
        )

    def names(self, principal: Principal, state: MatchState = "open") -> NameList:
        """Who and what is named by consignments with matches, each once, most consignments first; the look is sealed.

        Args:
            principal: Who asks.
            state: Which consignments.

        Raises:
            PolicyError: The principal may not.
        """
        self._access.require(principal, "list:read")
        with self._stores.database.transaction() as connection:
            offices = self._access.reach(principal) or ()
            files = self._stores.case_files.page(connection, (FOUND, state), offices, (0, MOST_GROUPED + 1))
            seen = self._access.seen(connection, principal, [file.consignment for file in files])
            shown = [read_found(file) for file in files[:MOST_GROUPED] if file.consignment in seen]
            if shown:
                names = tuple(one.consignment for one in shown)
                self._access.seal(connection, self._access.record(principal, "matches", names))
        return NameList(groups=grouped(shown), consignments=len(shown), has_more=len(files) > MOST_GROUPED)

    def _match_line(self, connection: Connection, file: StoredCaseFile) -> MatchLine | None:
        told = read_found(file)
        line = self._stores.consignments.line(connection, UUID(told.consignment))
        if line is None:
            return None
        return MatchLine(
            consignment=str(line.id),
            title=line.title,
            office=line.office,
            trader=line.trader,
            state=told.state,
            changed=file.changed,
            found=told.found,
        )


def _read_list(name: str, content: bytes) -> WatchList:
    if not name.strip() or "/" in name:
        raise SenderError("A list needs a name, without a slash.", code="list-name", found=name[:80])
    return read_list(name.strip(), content)


def _stored(read: WatchList, officer: str, now: datetime) -> StoredList:
    return StoredList(
        name=read.name,
        version=read.version,
        format=read.format,
        dated=read.dated,
        entries=len(read.entries),
        imported=now,
        officer=officer,
    )


def screen_papers(turn: Batch, context: Context) -> Batch:
    """Step: screen who and what the papers of each dossier name; open hits go with the case."""
    screener = context.lookout.screener(context.connection)
    if screener is None:
        return turn
    standing = [consignment for consignment, dossier in turn.dossiers.items() if not dossier.is_cancelled]
    files = found_on(context.stores, context.connection, standing)
    cases, records = dict(turn.cases), list(turn.records)
    for consignment, found in found_now({one: turn.papers[one] for one in standing}, context).items():
        file = files.get(consignment)
        if found != (read_found(file).found if file else ()):
            told = ScreeningFound(consignment=str(consignment), version=screener.version, found=found)
            where = file, turn.dossiers[consignment].office
            keep_found(context.stores, context.connection, told, where, context.now)
            records.append(
                context.stores.sealer.record(HIT, SEALED_ASSESSMENT, told, about=consignment, at=context.now)
            )
        if found and consignment in cases:
            cases[consignment] = msgspec.structs.replace(cases[consignment], listed=in_words(found))
    return replace(turn, cases=cases, records=tuple(records))


def found_now(papers: Mapping[UUID, tuple[Paper, ...]], context: Context) -> dict[UUID, tuple[Found, ...]]:
    """What screening finds on each dossier, by its papers and the lists as they are now (0..n each)."""
    named = {consignment: _subjects(several) for consignment, several in papers.items()}
    everyone = {subject.key: subject for several in named.values() for _, subject in several}
    hits = context.lookout.screen(context.connection, list(everyone.values()))
    return {
        consignment: tuple(
            Found(role=role, subject=subject, screened=hits[subject.key])
            for role, subject in several
            if subject.key in hits
        )
        for consignment, several in named.items()
    }


def screened_before(context: Context, consignments: Iterable[UUID]) -> dict[UUID, tuple[Found, ...]]:
    """What screening last told of dossiers; those of which it never told anything are left out."""
    files = found_on(context.stores, context.connection, consignments)
    return {consignment: read_found(file).found for consignment, file in files.items()}


def _subjects(papers: Iterable[Paper]) -> tuple[tuple[str, Subject], ...]:
    """Everyone that the papers which hold today name, each once."""
    first: dict[str, tuple[str, Subject]] = {}
    for paper in papers:
        if not paper.speaks:
            continue
        told: tuple[tuple[str, Subject], ...] = ()
        if paper.declaration:
            told = subjects_of(paper.declaration)
        elif paper.bill and isinstance(paper.document, Manifest):
            told = subjects_of(paper.document, paper.bill)
        for role, subject in told:
            first.setdefault(subject.key, (role, subject))
    return tuple(first.values())
