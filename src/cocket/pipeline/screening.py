# SPDX-License-Identifier: Apache-2.0
"""Screening in the house: lists taken in, parties and vessels and goods screened by the desk, matches cleared.

Each act is sealed. What the desk finds is sealed when it changes; a cleared match weighs nothing and stays on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from cocket.consignment import Paper
from cocket.errors import SenderError
from cocket.governance import Principal, Resource
from cocket.model import Manifest
from cocket.pipeline.front_desk import FrontDesk, NotFoundError
from cocket.pipeline.ids import parse_id
from cocket.pipeline.lookout import Lookout
from cocket.pipeline.shelves import Shelves
from cocket.pipeline.turn import Context, Turn
from cocket.screening import (
    Cleared,
    Screened,
    Subject,
    apply_clearances,
    read_list,
    subjects_of,
)
from cocket.stores.database import Connection
from cocket.stores.screening import StoredList

#: Kind of the sealed record of what screening found.
HIT: Final = "screening-hit"


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


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What screening says of one subject of a consignment.

    Attributes:
        role: Its part in the papers, such as `importer`.
        subject: Who was screened.
        screened: Its hits (1..n).
    """

    role: str
    subject: Subject
    screened: tuple[Screened, ...]


class ScreeningFound(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of what screening found on a consignment.

    Attributes:
        consignment: Dossier.
        version: Of all lists together.
        found: Subjects that were hit (0..n); none where an earlier hit no longer is one.
    """

    consignment: str
    version: str
    found: tuple[Found, ...]


class Screening(FrontDesk):
    """Lists, and who is on them.

    Args:
        shelves: The stores of this process.
    """

    def __init__(self, shelves: Shelves) -> None:
        super().__init__(shelves)
        self._lookout = Lookout(shelves)

    def import_list(self, principal: Principal, name: str, content: bytes) -> ListView:
        """Take in a list, in place of an earlier one of the same name; it counts from the desk's next turn.

        Raises:
            PolicyError: The principal may not.
            SenderError: It has no name, is none that can be read, or has no entry.
        """
        self._require(principal, "list:import")
        if not name.strip() or "/" in name:
            raise SenderError("A list needs a name, without a slash.", code="list-name", found=name[:80])
        read = read_list(name.strip(), content)
        stored = StoredList(
            name=read.name,
            version=read.version,
            format=read.format,
            dated=read.dated,
            entries=len(read.entries),
            imported=datetime.now(UTC),
            officer=principal.id,
        )
        with self._shelves.database.transaction() as connection:
            self._shelves.screening.put(connection, stored, content)
            self._seal(connection, self._shelves.sealer.record("screening-list", principal.id, stored))
        return ListView(**msgspec.structs.asdict(stored), left_out=read.left_out)

    def lists(self, principal: Principal) -> tuple[ListView, ...]:
        """The lists of the house, by name (0..n).

        Raises:
            PolicyError: The principal may not know them.
        """
        self._require(principal, "list:read")
        with self._shelves.database.transaction() as connection:
            return tuple(ListView(**msgspec.structs.asdict(one)) for one in self._shelves.screening.lists(connection))

    def screen(self, principal: Principal, subjects: Sequence[Subject]) -> list[tuple[Screened, ...]]:
        """Screen whoever is named; the look is sealed before the answer is given.

        Returns:
            Hits of each, best first (0..10 each).

        Raises:
            PolicyError: The principal may not.
            SenderError: The house has no list, so that an empty answer would mean nothing.
        """
        self._require(principal, "list:read")
        with self._shelves.database.transaction() as connection:
            if self._lookout.screener(connection) is None:
                raise SenderError(
                    "The house has no list to screen against.",
                    code="no-list",
                    hint="Take one in with cocket screen list import, or name one with --list.",
                )
            found = self._lookout.screen(connection, subjects)
            keys = tuple(one.key for one in subjects)
            self._seal(connection, self._look(principal, "screening", keys, "analysis"))
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
        self._require(principal, "match:clear")
        if not ground.strip():
            raise SenderError("Say on what ground the match is cleared.", code="clearance-ground")
        with self._shelves.database.transaction() as connection:
            screened = self._lookout.screen(connection, [subject]).get(subject.key, ())
            hit = next((one.hit for one in screened if (one.hit.list, one.hit.id) == entry), None)
            if hit is None:
                raise NotFoundError("There is no such match.")
            cleared = Cleared(
                subject=subject.key,
                list=hit.list,
                entry=hit.id,
                fingerprint=hit.fingerprint,
                officer=principal.id,
                ground=ground.strip(),
                at=datetime.now(UTC),
            )
            self._shelves.screening.clear(connection, cleared)
            self._seal(connection, self._shelves.sealer.record("screening-clearance", principal.id, cleared))
        return cleared

    def screening(self, principal: Principal, consignment_id: str) -> ScreeningFound | None:
        """What screening last found on a consignment, with what has been cleared; None if it never found anything.

        Raises:
            NotFoundError: There is no such consignment that this principal may see.
        """
        wanted = parse_id(consignment_id)
        with self._shelves.database.transaction() as connection:
            line = self._shelves.consignments.line(connection, wanted) if wanted else None
            if line is None or not self._may(principal, "assessment:read", Resource(office=line.office)):
                raise NotFoundError("There is no such consignment.")
            last = last_found(self._shelves, connection, line.id)
            if last is None:
                return None
            keys = [one.subject.key for one in last.found]
            cleared = self._shelves.screening.cleared(connection, keys)
            self._seal(connection, self._look(principal, "screening", (str(line.id),)))
        found = tuple(
            msgspec.structs.replace(
                one, screened=apply_clearances(one.subject, (each.hit for each in one.screened), cleared)
            )
            for one in last.found
        )
        return msgspec.structs.replace(last, found=found)


def screen_papers(turn: Turn, context: Context) -> Turn:
    """Step: screen who and what the papers of each dossier name; open hits go with the case."""
    screener = context.lookout.screener(context.connection)
    if screener is None:
        return turn
    named = {
        consignment: _subjects(turn.papers[consignment])
        for consignment, dossier in turn.dossiers.items()
        if not dossier.is_cancelled
    }
    everyone = {subject.key: subject for several in named.values() for _, subject in several}
    hits = context.lookout.screen(context.connection, list(everyone.values()))
    cases, records = dict(turn.cases), list(turn.records)
    for consignment, several in named.items():
        found = tuple(
            Found(role=role, subject=subject, screened=hits[subject.key])
            for role, subject in several
            if subject.key in hits
        )
        if found:
            told = ScreeningFound(consignment=str(consignment), version=screener.version, found=found)
            last = last_found(context.shelves, context.connection, consignment)
            if last is None or last.found != found:
                records.append(context.shelves.sealer.record(HIT, "desk", told, about=consignment, at=context.now))
            if consignment in cases:
                cases[consignment] = msgspec.structs.replace(cases[consignment], listed=_open(found))
    return replace(turn, cases=cases, records=tuple(records))


def last_found(shelves: Shelves, connection: Connection, consignment: UUID) -> ScreeningFound | None:
    """What screening last found on a consignment; None if it never found anything."""
    records = shelves.leaves.records_about(connection, consignment)
    bodies = [body for leaf, body in records if leaf.kind == HIT]
    return msgspec.json.decode(bodies[-1], type=ScreeningFound) if bodies else None


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


def _open(found: Iterable[Found]) -> tuple[str, ...]:
    """Open hits in words, such as `importer like un/CDi.001` (0..n); cleared ones are not among them."""
    return tuple(
        f"{one.role} like {each.hit.list}/{each.hit.id} {each.hit.name}"
        for one in found
        for each in one.screened
        if each.cleared is None
    )
