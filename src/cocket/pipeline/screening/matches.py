# SPDX-License-Identifier: Apache-2.0
"""Matches of consignments with lists: kept by consignment, judged by officers, shown to whoever may see them.

A case file a consignment holds what screening last found on it. What officers say of a match holds for its subject wherever
else it is named, so their word brings every such file up to date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.wiring import Stores
from cocket.screening import Confirmed, Hit, Screened, Subject, apply_clearances
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile

#: Kind of the case file that holds what was found on a consignment, and of one that holds a confirmed match.
FOUND: Final = "screening"
CONFIRMED: Final = "screening-match"

_OF, _SUBJECT = "CONSIGNMENT", "SUBJECT"

MatchState = Literal["open", "confirmed", "cleared", "gone"]


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

    @property
    def state(self) -> MatchState:
        """`open` while any hit waits for an officer's word, else `confirmed` if any is, else `cleared`; `gone` without hits."""
        hits = [one for each in self.found for one in each.screened]
        if not hits:
            return "gone"
        if any(one.is_open for one in hits):
            return "open"
        return "confirmed" if any(one.confirmed for one in hits) else "cleared"


class MatchLine(msgspec.Struct, frozen=True, kw_only=True):
    """One consignment with its matches, as it is listed.

    Attributes:
        consignment: Dossier.
        title: What people call it.
        office: Customs office; None if not known.
        trader: Importer or consignee in words; None if not known.
        state: How its matches stand.
        changed: When they last changed, UTC.
        found: Subjects with their hits (1..n).
    """

    consignment: str
    title: str
    office: str | None
    trader: str | None
    state: MatchState
    changed: datetime
    found: tuple[Found, ...]


class MatchList(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the consignments with matches.

    Attributes:
        lines: Last changed first.
        counts: How many there are by state, over the offices that this reader sees.
        has_more: Whether more of them follow.
        lists: Names of the lists that are screened against (0..n).
    """

    lines: tuple[MatchLine, ...]
    counts: dict[str, int]
    has_more: bool
    lists: tuple[str, ...]


class NameGroup(msgspec.Struct, frozen=True, kw_only=True):
    """One subject with its best hit, wherever it is named.

    Attributes:
        subject: Who or what.
        roles: Its parts in the papers (1..n).
        best: Its best hit.
        consignments: Where it is named, ids (1..n).
    """

    subject: Subject
    roles: tuple[str, ...]
    best: Hit
    consignments: tuple[str, ...]


class NameList(msgspec.Struct, frozen=True, kw_only=True):
    """Matches grouped by name.

    Attributes:
        groups: Most consignments first (0..n).
        consignments: Consignments they are of (count).
        has_more: Whether there are more consignments, which are not among them.
    """

    groups: tuple[NameGroup, ...]
    consignments: int
    has_more: bool


def grouped(found: Iterable[ScreeningFound]) -> tuple[NameGroup, ...]:
    """Matches by subject, most consignments first."""
    parts: dict[str, list[tuple[Found, str]]] = {}
    for told in found:
        for one in told.found:
            if one.screened:
                parts.setdefault(one.subject.key, []).append((one, told.consignment))
    groups = [
        NameGroup(
            subject=several[0][0].subject,
            roles=tuple(dict.fromkeys(one.role for one, _ in several)),
            best=max((each.hit for one, _ in several for each in one.screened), key=lambda hit: hit.score),
            consignments=tuple(dict.fromkeys(consignment for _, consignment in several)),
        )
        for several in parts.values()
    ]
    return tuple(sorted(groups, key=lambda one: (-len(one.consignments), -one.best.score, one.subject.name)))


def found_on(stores: Stores, connection: Connection, consignments: Iterable[UUID]) -> dict[UUID, StoredCaseFile]:
    """The files of what was found on consignments; those on which nothing ever was are left out."""
    keys = [(_OF, str(one)) for one in consignments]
    files = stores.case_files.found_by(connection, FOUND, keys) if keys else {}
    return {UUID(value): several[-1] for (_, value), several in files.items()}


def named_on(stores: Stores, connection: Connection, subject: str) -> list[UUID]:
    """Consignments on which a subject was found (0..n)."""
    return stores.case_files.consignments_by(connection, FOUND, (_SUBJECT, subject))


def read_found(file: StoredCaseFile) -> ScreeningFound:
    """What a file holds."""
    return msgspec.json.decode(file.body, type=ScreeningFound)


def keep_found(
    stores: Stores,
    connection: Connection,
    told: ScreeningFound,
    where: tuple[StoredCaseFile | None, str | None],
    now: datetime,
) -> None:
    """Keep what was found on a consignment.

    Args:
        shelves: The stores.
        connection: The transaction.
        told: What was found.
        where: Its file of before, if there is one, and the customs office.
        now: When, UTC.
    """
    before, office = where
    file = StoredCaseFile(
        id=before.id if before else new_id(),
        kind=FOUND,
        state=told.state,
        consignment=UUID(told.consignment),
        office=office,
        opened=before.opened if before else now,
        changed=now,
        body=msgspec.json.encode(told),
    )
    stores.case_files.put(connection, file, found_names(told))


def found_names(told: ScreeningFound) -> list[tuple[str, str]]:
    """The names by which the file of what screening found is found."""
    return [(_OF, told.consignment), *((_SUBJECT, each.subject.key) for each in told.found)]


def confirmed_names(word: Confirmed, state: str) -> list[tuple[str, str]]:
    """The names by which a confirmed match is found; none once it is withdrawn."""
    return [(_SUBJECT, word.subject)] if state == "confirmed" else []


def confirmations(stores: Stores, connection: Connection, subjects: Collection[str]) -> list[Confirmed]:
    """Confirmed matches of these subjects (0..n)."""
    files = stores.case_files.found_by(connection, CONFIRMED, [(_SUBJECT, key) for key in subjects]) if subjects else {}
    return [msgspec.json.decode(file.body, type=Confirmed) for several in files.values() for file in several]


def confirm(stores: Stores, connection: Connection, word: Confirmed) -> None:
    """Keep an officer's word that a subject is who is listed, in place of one that it is not."""
    withdraw(stores, connection, (word.subject, word.list, word.entry))
    stores.screening.take_back(connection, (word.subject, word.list, word.entry))
    file = StoredCaseFile(
        id=new_id(), kind=CONFIRMED, state="confirmed", opened=word.at, changed=word.at, body=msgspec.json.encode(word)
    )
    stores.case_files.put(connection, file, confirmed_names(word, file.state))


def withdraw(stores: Stores, connection: Connection, match: tuple[str, str, str]) -> None:
    """End a confirmation, named by subject, list and entry; where there is none nothing happens."""
    for files in stores.case_files.found_by(connection, CONFIRMED, [(_SUBJECT, match[0])]).values():
        for file in files:
            word = msgspec.json.decode(file.body, type=Confirmed)
            if (word.list, word.entry) == match[1:]:
                stores.case_files.put(connection, msgspec.structs.replace(file, state="withdrawn"))


def settle(stores: Stores, connection: Connection, subject: str, now: datetime) -> None:
    """Bring every file up to date that names a subject on which an officer has spoken."""
    files = stores.case_files.found_by(connection, FOUND, [(_SUBJECT, subject)])
    for file in (one for several in files.values() for one in several):
        told = rejudged(stores, connection, read_found(file))
        keep_found(stores, connection, told, (file, file.office), now)


def rejudged(stores: Stores, connection: Connection, told: ScreeningFound) -> ScreeningFound:
    """What was found, with what officers say of it now."""
    keys = {one.subject.key for one in told.found}
    cleared = stores.screening.cleared(connection, keys)
    confirmed = confirmations(stores, connection, keys)
    found = (
        msgspec.structs.replace(one, screened=apply_clearances(one.subject, _hits(one), cleared, confirmed))
        for one in told.found
    )
    return msgspec.structs.replace(told, found=tuple(found))


def in_words(found: Iterable[Found]) -> tuple[str, ...]:
    """Hits in words, such as `importer like un/CDi.001` (0..n); cleared ones are not among them."""
    return tuple(
        f"{one.role} {'is' if each.confirmed else 'like'} {each.hit.list}/{each.hit.id} {each.hit.name}"
        for one in found
        for each in one.screened
        if each.cleared is None
    )


def _hits(found: Found) -> tuple[Hit, ...]:
    return tuple(one.hit for one in found.screened)
