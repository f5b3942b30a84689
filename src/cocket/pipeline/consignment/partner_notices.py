# SPDX-License-Identifier: Apache-2.0
"""Notices from and to partner administrations as they are kept, and those that are about a dossier."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.consignment.references import search_keys
from cocket.governance import Principal
from cocket.governance.agreements import standing_on
from cocket.governance.partner_notices import OPEN, UNKNOWN, Notice, is_overdue, names_of_notice
from cocket.pipeline.base.access import Access
from cocket.pipeline.base.document_files import DocumentFiles, file_id, read_body
from cocket.pipeline.base.ownership import belongings
from cocket.pipeline.base.partner_agreements import newest_agreements, signed_agreements, today_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.mirror_records import CONTROL
from cocket.stores.base.database import Connection

#: Kind of the document, and of its sealed record.
NOTICE: Final = "partner-notice"

#: Longest name under which one is found (characters), and notices shown of one dossier (count).
_LONGEST: Final = 600
_MOST_SHOWN: Final = 50


class NoticeStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a notice: its state, in whose words, by whom and when (UTC)."""

    state: str
    words: str = ""
    by: str
    at: datetime


class KeptNotice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A notice as it is kept; also its sealed record.

    Attributes:
        name: By which it is known here: country, direction, kind and reference.
        country: Of the partner.
        agreement: Under which it went.
        version: Version of that agreement.
        direction: Whether it came or was sent.
        message: Id of the message that it went in.
        notice: What the agreement lets be kept of it.
        state: How it stands now.
        steps: What became of it, oldest first (1..n).
    """

    name: str
    country: str
    agreement: str
    version: int
    direction: Literal["in", "out"]
    message: str
    notice: Notice
    state: str
    steps: tuple[NoticeStep, ...]

    @property
    def id(self) -> UUID:
        """Id of its file."""
        return file_id(NOTICE, self.name)


class NamedDossier(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier of ours that something names: its id, and what it is called."""

    id: str
    title: str


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as people see it.

    Attributes:
        id: Its id.
        is_overdue: Whether it is overdue.
        kept: All of it.
        dossiers: Dossiers of ours that it names and the reader may see, where it is shown alone (0..n).
    """

    id: str
    is_overdue: bool
    kept: KeptNotice
    dossiers: tuple[NamedDossier, ...] = ()


def notice_name(country: str, direction: str, notice: Notice) -> str:
    """The name under which a notice is kept: one given again takes the place of the earlier."""
    return f"{country} {direction} {notice.kind} {notice.reference}"[:300]


def lookups_of(kept: KeptNotice) -> tuple[tuple[str, str], ...]:
    """Every name by which a kept notice is found; of one that was withdrawn, or says that nothing is known, its country alone (1..n)."""
    found = {("NOTICE-OF", kept.country)}
    if kept.state not in ("withdrawn", UNKNOWN):
        for kind, value in names_of_notice(kept.notice):
            found |= _forms(kind, value)
    return tuple(sorted(found))


def notices_about(
    stores: Stores, connection: Connection, references: Iterable[tuple[str, str]], parties: Iterable[str]
) -> tuple[NoticeView, ...]:
    """Notices that came and are about a dossier, newest first, while their agreement lets them be used for control (0..50).

    Args:
        stores: The stores.
        connection: The transaction.
        references: Names of the dossier (kind, value).
        parties: Numbers of its parties, as they are known here.
    """
    wanted = {name for kind, value in references for name in _forms(kind, value)}
    wanted |= {name for value in parties for name in _forms("TRADER", value)}
    files = stores.case_files.found_by(connection, NOTICE, wanted) if wanted else {}
    every = {file.id: file for several in files.values() for file in several}
    if not every:
        return ()
    today = today_of(stores)
    usable = {
        name
        for name, one in newest_agreements(stores, connection).items()
        if CONTROL in one.purposes and standing_on(one, today) == "in-force"
    }
    kept = [read_body(file, KeptNotice) for file in every.values()]
    shown = [one for one in kept if one.direction == "in" and one.agreement in usable and one.state != "withdrawn"]
    shown.sort(key=lambda one: (one.notice.day, one.name), reverse=True)
    return tuple(view_of(one, today) for one in shown[:_MOST_SHOWN])


def view_of(kept: KeptNotice, today: date) -> NoticeView:
    """A notice as it stands on a day, of the zone of the administration."""
    return NoticeView(id=str(kept.id), is_overdue=is_overdue(kept.notice, kept.state, today), kept=kept)


def named_dossiers(
    stores: Stores, access: Access, connection: Connection, principal: Principal, ids: Sequence[UUID]
) -> tuple[NamedDossier, ...]:
    """Those of some dossiers that a principal may read, each decided by itself, in their order (0..n)."""
    wanted = list(dict.fromkeys(ids))
    lines = stores.consignments.lines_of(connection, wanted) if wanted else {}
    where = belongings(stores, connection, [line.id for line in lines.values()])
    return tuple(
        NamedDossier(id=str(lines[one].id), title=lines[one].title or str(lines[one].id))
        for one in wanted
        if one in lines
        and lines[one].id in where
        and access.may(principal, "dossier:read", where[lines[one].id].papers)
    )


def overdue_requests(stores: Stores, connection: Connection) -> tuple[KeptNotice, ...]:
    """Requests for assistance, from and to partners with an agreement in force, that are past their day (0..n)."""
    today = today_of(stores)
    return tuple(one for one in open_requests(stores, connection) if is_overdue(one.notice, one.state, today))


def open_requests(stores: Stores, connection: Connection) -> tuple[KeptNotice, ...]:
    """Requests for assistance, from and to partners with an agreement in force, that wait for an answer (0..n)."""
    every = DocumentFiles(stores).every(connection, NOTICE, KeptNotice, OPEN)
    found = [one for one in every if one.notice.kind == "assistance"]
    covered = {one.country for one in signed_agreements(stores, connection)} if found else set()
    return tuple(one for one in found if one.country in covered)


def _forms(kind: str, value: str) -> set[tuple[str, str]]:
    """The forms under which one name is kept and looked for."""
    if kind == "TRADER":
        plain = re.sub(r"[^A-Z0-9]", "", value.upper())
        return {("NOTICE-TRADER", plain[:_LONGEST])} if plain else set()
    found = {(f"NOTICE-{key.kind}", key.value[:_LONGEST]) for key in search_keys(value, kind)}
    return {("NOTICE-BL", text) if name == "NOTICE-MASTER" else (name, text) for name, text in found}
