# SPDX-License-Identifier: Apache-2.0
"""Telling the host which goods other agencies hold, and when they release them: the same whatever was advised, in any arm of a pilot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final
from uuid import UUID

import msgspec

from cocket.consignment import Paper
from cocket.errors import StoreError
from cocket.exchange import HostHold, holds_file, put_below
from cocket.governance import Context, Principal, Resource
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.agency_holds import HOLD, KeptHold, kept_holds
from cocket.pipeline.consignment.dossiers import newest_declaration
from cocket.pipeline.consignment.papers import papers_of
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection

#: Kind of the record of a file that was told.
HOLD_NOTE: Final = "hold-note"

#: Words that came so long before the newest looked at are looked at again: their transactions may have ended after it.
_LOOKED_AGAIN: Final = timedelta(minutes=10)

_STATES: Final = ("held", "released")
_PARTS_OF_A_KEY: Final = 4


class SealedHoldNote(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of what the host was told of agencies' words on a declaration.

    Attributes:
        consignment: Dossier.
        declaration: Registration at the host, "office/year/serial/number".
        held_by: Agencies that hold it (0..n).
        file: File it was put in.
        sha256: SHA-256 of its bytes.
    """

    consignment: str
    declaration: str
    held_by: tuple[str, ...]
    file: str
    sha256: str


class _Reached(msgspec.Struct, frozen=True):
    """How far one folder has been told: when the newest word looked at was said, up to which leaf files were put down, and
    consignments whose files are tried again: they could not be written, or the host has not registered them yet.
    """

    at: datetime | None = None
    records: int = -1
    again: tuple[UUID, ...] = ()


class _Note(msgspec.Struct, frozen=True):
    """One file on its way; its record is None where it was sealed before."""

    consignment: UUID
    place: PurePosixPath
    content: bytes
    record: NewRecord | None


class HoldNotes(Service):
    """Telling the host of holds."""

    def tell(self, folder: Path, principal: Principal) -> tuple[int, StoreError | None]:
        """Put what agencies said since the last time where the host finds it, sealed before.

        Args:
            folder: The folder; what the host takes away from it is not put there again.
            principal: The host.

        Returns:
            Files written (count), and the first reason why one could not be; it is tried again the next time. A host that the
            policy does not let know of holds is told nothing.
        """
        place = f"hold-notes/{folder}"
        with self._stores.database.transaction() as connection:
            packed = self._stores.places.get(connection, place)
            reached = msgspec.json.decode(packed, type=_Reached) if packed else _Reached()
            newest = self._stores.case_files.last_changed(connection, HOLD, _STATES)
            if newest is None or (not reached.again and reached.at is not None and newest <= reached.at):
                return 0, None
            since = reached.at - _LOOKED_AGAIN if reached.at is not None else None
            states = (
                ("held",) if since is None else _STATES
            )  # what was released before anyone told the host, it need not know
            changed = self._stores.case_files.changed_since(connection, HOLD, states, since)
            spoken = [*reached.again, *(one.consignment for one in changed if one.consignment is not None)]
            merged = self._stores.consignments.merged(connection, spoken)
            holds = kept_holds(self._stores, connection, list(dict.fromkeys(merged.get(one, one) for one in spoken)))
            notes, waiting = self._notes(connection, folder, principal, (holds, reached))
            size = self._stores.leaves.size(connection)
            sealed = self._access.seal(connection, *(one.record for one in notes if one.record))
        failed, problem = [], None
        for note in notes:
            try:
                put_below(folder, note.place, note.content)
            except StoreError as error:
                failed.append(note.consignment)
                problem = problem or error
        settled = _Reached(newest, max(size, sealed.stop) - 1, (*failed, *waiting))
        with self._stores.database.transaction() as connection:
            self._stores.places.put(connection, place, msgspec.json.encode(settled))
        return len(notes) - len(failed), problem

    def _notes(
        self,
        connection: Connection,
        folder: Path,
        principal: Principal,
        found: tuple[dict[UUID, tuple[KeptHold, ...]], _Reached],
    ) -> tuple[list[_Note], list[UUID]]:
        """Files to write, and dossiers that the host has not registered yet."""
        holds, reached = found
        papers = papers_of(self._stores, connection, list(holds)) if holds else {}
        told = self._stores.leaves.newest_of_kind(connection, HOLD_NOTE, list(holds))
        notes, waiting = list[_Note](), list[UUID]()
        for consignment, words in holds.items():
            registration = _registration(papers.get(consignment, ()))
            if registration is None:
                waiting += [consignment] if any(one.hold.is_held for one in words) else []
                continue
            where, context = Resource(offices=(registration[0],)), Context(purpose="host-exchange")
            if not self._access.may_for(principal, "hold:read", where, context):
                continue
            place, content = holds_file(registration, map(_said, words))
            digest, path = sha256(content).hexdigest(), folder / place
            leaf, body = told.get(consignment, (None, b""))
            before = msgspec.json.decode(body, type=SealedHoldNote) if leaf is not None else None
            is_told = before is not None and (before.file, before.sha256) == (str(path), digest)
            is_put = leaf is not None and (leaf.index <= reached.records or path.exists())
            if is_told and is_put and consignment not in reached.again:
                continue
            note = SealedHoldNote(
                consignment=str(consignment),
                declaration="/".join(registration),
                held_by=tuple(dict.fromkeys(one.hold.agency for one in words if one.hold.is_held)),
                file=str(path),
                sha256=digest,
            )
            record = self._stores.sealer.record(HOLD_NOTE, principal.id, note, about=consignment)
            notes.append(_Note(consignment, place, content, None if is_told else record))
        return notes, waiting


def _registration(papers: Sequence[Paper]) -> tuple[str, str, str, str] | None:
    """Under what a host has registered the declaration that holds; None where it has not."""
    paper = newest_declaration(tuple(papers))
    declaration = paper.declaration if paper else None
    parts = (declaration.id or "").split("/") if declaration else []
    if len(parts) != _PARTS_OF_A_KEY:
        return None
    office, year, serial, number = parts
    return office, year, serial, number


def _said(kept: KeptHold) -> HostHold:
    hold = kept.hold
    state = "held" if hold.is_held else "overridden" if hold.is_overridden else "released"
    return HostHold(agency=hold.agency, item=hold.item, state=state, since=kept.at, law=hold.law)
