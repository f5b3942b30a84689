# SPDX-License-Identifier: Apache-2.0
"""Telling the host what was advised, and what other agencies hold: allowed by policy, sealed, and only then put where the host finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from uuid import UUID

import msgspec

from cocket.consignment import Paper, declaration_day
from cocket.errors import StoreError
from cocket.exchange import HostAdvice, advice_file, put_below
from cocket.governance import Context, Principal, Resource
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.pilot_protocols import held_back
from cocket.pipeline.base.sealed_advice import SealedAdvice
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import newest_declaration
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.control.hold_notes import HoldNotes
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.orders import StoredAssessment

#: Leaves of advice looked at together (count).
_BATCH = 256

_PARTS_OF_A_KEY = 4


class SealedWriteBack(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of one advice that was told to the host.

    Attributes:
        consignment: Dossier.
        declaration: Registration at the host, "office/year/serial/number".
        lane: Lane told.
        assessment: Assessment it comes from.
        file: File it was put in.
        sha256: SHA-256 of its bytes.
    """

    consignment: str
    declaration: str
    lane: str
    assessment: str
    file: str
    sha256: str


class WriteBackReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one round of telling the host came to.

    Attributes:
        written: Files written (count).
        unchanged: Advice that the host had been told already (count).
        kept: Advice that is not for the host: what it has not registered, or had done with before we looked, or what a pilot has in
            the arm in which it is not told (count).
        holds: Files written of what other agencies hold or released (count).
    """

    written: int = 0
    unchanged: int = 0
    kept: int = 0
    holds: int = 0


class _Reached(msgspec.Struct, frozen=True):
    """How far one folder has been told: leaf of the newest advice looked at, up to which records are put down, and
    which consignments' files could not be written and are tried again.
    """

    advice: int = -1
    records: int = -1
    again: tuple[UUID, ...] = ()


class _Letter(msgspec.Struct, frozen=True):
    """One file on its way: the record that must be sealed before, unless a round broken off had sealed it."""

    consignment: UUID
    place: PurePosixPath
    content: bytes
    record: NewRecord | None


class WriteBack(Service):
    """Telling the host.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._holds = HoldNotes(stores)

    def write_back(self, folder: Path, principal: Principal) -> WriteBackReport:
        """Put advice, and words of other agencies, that are new since the last time where the host finds them.

        Args:
            folder: The folder for both; what the host takes away from it is not put there again.
            principal: The host, to whom it is told.

        Returns:
            What was done. A declaration registered more than `write_back_days` before the advice was made, or examined
            by then, is past: advice on history is kept here and never told as if it came in time.

        Raises:
            PolicyError: The host may not be told.
            StoreError: The database failed, or a file could not be written (code `write-back`). All others are; what was
                sealed and not put down is put down the next time.
        """
        holds, trouble = self._holds.tell(folder.resolve(), principal)
        total = WriteBackReport(holds=holds)
        while True:
            report, is_done, problem = self._round(folder.resolve(), principal)
            total = msgspec.structs.replace(
                total,
                written=total.written + report.written,
                unchanged=total.unchanged + report.unchanged,
                kept=total.kept + report.kept,
            )
            problem = problem or trouble
            if is_done and problem is not None:
                raise problem
            if is_done:
                return total

    def _round(self, folder: Path, principal: Principal) -> tuple[WriteBackReport, bool, StoreError | None]:
        """One batch: seal in one transaction, then write each file that can be, then remember."""
        place = f"write-back/{folder}"
        with self._stores.database.transaction() as connection:
            packed = self._stores.places.get(connection, place)
            reached = msgspec.json.decode(packed, type=_Reached) if packed else _Reached()
            newest, upto = self._advice_after(connection, reached)
            timely = self._timely(connection, newest, principal)
            letters = self._letters(connection, folder, (timely, reached), principal)
            size = self._stores.leaves.size(connection)
            sealed = self._access.seal(connection, *(letter.record for letter in letters if letter.record))
        failed, problem = _put(folder, letters)
        with self._stores.database.transaction() as connection:
            settled = _Reached(upto, max(size, sealed.stop) - 1, failed)
            self._stores.places.put(connection, place, msgspec.json.encode(settled))
        report = WriteBackReport(
            written=len(letters) - len(failed), unchanged=len(timely) - len(letters), kept=len(newest) - len(timely)
        )
        return report, upto == reached.advice, problem

    def _advice_after(self, connection: Connection, reached: _Reached) -> tuple[dict[UUID, StoredAssessment], int]:
        """The newest advice on each consignment advised on since, or tried again, and the last leaf looked at."""
        rows = connection.execute(
            """select l.idx, a.consignment from leaf l join assessment a on a.id = l.record
            where l.idx > %s order by l.idx limit %s""",
            (reached.advice, _BATCH),
        ).fetchall()
        consignments = list(dict.fromkeys((*reached.again, *(row[1] for row in rows))))
        return self._stores.orders.assessed(connection, consignments), rows[-1][0] if rows else reached.advice

    def _timely(
        self, connection: Connection, newest: dict[UUID, StoredAssessment], principal: Principal
    ) -> list[tuple[StoredAssessment, HostAdvice]]:
        """What the host can still use and may be told."""
        if not newest:
            return []
        papers = papers_of(self._stores, connection, list(newest))
        hosts = self._stores.orders.host_decisions(connection, list(newest))
        held = self._held_back(connection, papers)
        timely = []
        for consignment, made in newest.items():
            if consignment in held:
                continue
            host = hosts.get(consignment)
            examined = host.returned if host else None
            advice = self._advice(connection, made, papers.get(consignment, ()))
            if advice is not None and (examined is None or examined > made.made):
                resource, context = Resource(offices=(advice.office,)), Context(purpose="host-exchange")
                for action in ("lane:read", "assessment:read"):
                    self._access.require(principal, action, resource, context)
                timely.append((made, advice))
        return timely

    def _held_back(self, connection: Connection, papers: Mapping[UUID, Sequence[Paper]]) -> set[UUID]:
        """What a running pilot has in the arm in which the host is not told."""
        declared = []
        for consignment, filed in papers.items():
            paper = newest_declaration(tuple(filed))
            if paper is not None and paper.declaration is not None:
                day = declaration_day(paper.declaration)
                declared.append((consignment, paper.office, day.day if day else None))
        return held_back(self._stores, connection, declared)

    def _advice(self, connection: Connection, made: StoredAssessment, papers: Sequence[Paper]) -> HostAdvice | None:
        """What to tell; None of what no host has registered, was cancelled, or was registered long before."""
        paper = newest_declaration(tuple(papers))
        body = self._stores.leaves.body(connection, made.id)
        declaration = paper.declaration if paper else None
        key = (declaration.id or "").split("/") if declaration else []
        if body is None or declaration is None or len(key) != _PARTS_OF_A_KEY:
            return None
        registered = declaration.status.registered if declaration.status else None
        if registered and (made.made.date() - registered).days > self._stores.settings.write_back_days:
            return None
        sealed = msgspec.json.decode(body, type=SealedAdvice)
        office, year, serial, number = key
        return HostAdvice(
            office=office,
            year=year,
            serial=serial,
            number=number,
            lane=sealed.lane,
            reasons=tuple(reason.code for reason in sealed.reasons),
            model_version=sealed.model_version,
            rules_version=sealed.rules_version,
            message_id=sealed.message,
            is_query=sealed.is_query,
        )

    def _letters(
        self,
        connection: Connection,
        folder: Path,
        found: tuple[list[tuple[StoredAssessment, HostAdvice]], _Reached],
        principal: Principal,
    ) -> list[_Letter]:
        """Files to write: those whose bytes the host has not been told, or that a round broken off did not put down."""
        timely, reached = found
        told = self._told(connection, [made.consignment for made, _ in timely])
        letters = []
        for made, advice in timely:
            place, content = advice_file(advice)
            path, digest = folder / place, sha256(content).hexdigest()
            index, before = told.get(made.consignment, (-1, None))
            is_told = before is not None and (before.file, before.sha256) == (str(path), digest)
            is_put = index <= reached.records or path.exists()
            if is_told and is_put and made.consignment not in reached.again:
                continue
            body = SealedWriteBack(
                consignment=str(made.consignment),
                declaration="/".join((advice.office, advice.year, advice.serial, advice.number)),
                lane=advice.lane,
                assessment=str(made.id),
                file=str(path),
                sha256=digest,
            )
            record = self._stores.sealer.record("write-back", principal.id, body, about=made.consignment)
            letters.append(_Letter(made.consignment, place, content, None if is_told else record))
        return letters

    def _told(self, connection: Connection, consignments: Sequence[UUID]) -> dict[UUID, tuple[int, SealedWriteBack]]:
        """What the host was last told of each consignment, with its leaf."""
        told = self._stores.leaves.newest_of_kind(connection, "write-back", consignments)
        return {
            consignment: (leaf.index, msgspec.json.decode(body, type=SealedWriteBack))
            for consignment, (leaf, body) in told.items()
        }


def _put(folder: Path, letters: Sequence[_Letter]) -> tuple[tuple[UUID, ...], StoreError | None]:
    """Write files; the consignments (0..n) of those that could not be written, and the first reason."""
    failed: list[UUID] = []
    problem: StoreError | None = None
    for letter in letters:
        try:
            put_below(folder, letter.place, letter.content)
        except StoreError as error:
            failed.append(letter.consignment)
            problem = problem or error
    return tuple(failed), problem
