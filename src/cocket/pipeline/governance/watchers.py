# SPDX-License-Identifier: Apache-2.0
"""Watching the watchers: runs over what the house keeps, and the queue of internal affairs.

Nobody else is answered: whether there is a case, and whether there is any, is the same to whoever asks, and no row is read before that is
decided. Whom a case is about does not see it either. Who was shown a case is sealed, apart from other looks.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.consignment import is_ending, search_keys
from cocket.errors import SenderError
from cocket.governance import HOUSE_WIDE, Context, Principal, Resource, purpose_by_task
from cocket.governance.emergencies import Emergency
from cocket.oversight import RULES, Evidence, WatchCase, watch
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.destroyed_accesses import destroyed_accesses
from cocket.pipeline.base.document_files import DocumentFiles, read_body
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.independence import require_independent
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.decoys import DECOY, Decoy, decoy_dossiers, decoys
from cocket.pipeline.governance.emergency_files import REVIEWED, every_emergency
from cocket.pipeline.governance.watch_log import Around, read_watch_log
from cocket.pipeline.governance.watch_views import (
    CASE,
    RUN,
    SEEN,
    CaseState,
    Outcome,
    WatchCaseView,
    WatchFile,
    WatchList,
    WatchRunRecord,
    WatchSeen,
    expected_of,
)
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection

#: Kind of case file and record of the addresses of staff.
STAFF: Final = "watch-staff"

#: Days that a run looks back.
USUAL_DAYS: Final = 60

_STAFF_NAME: Final = "addresses"
_LIVE: Final = ("waiting", "open")


class StaffAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """Home addresses of officers, as internal affairs entered them; also the sealed record."""

    addresses: dict[str, str]


class Watchers(Service):
    """Runs, cases, decoys, for internal affairs alone.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)

    def find(self, principal: Principal, *, days: int = USUAL_DAYS, until: datetime | None = None) -> WatchRunRecord:
        """Look through the last days, and open a case for each person and reason that is new.

        A case that waits is renewed; one that was closed or dismissed comes up again only with evidence that is new.

        Args:
            principal: Who asks.
            days: How far back to look (count).
            until: The end of the stretch, UTC; None takes the present.

        Raises:
            NotFoundError: The principal is not of internal affairs.
        """
        self._require(principal, "watch:act", reason="–")
        end = until or datetime.now(UTC)
        stretch = end - timedelta(days=days), end
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, CASE)
            staff = self._files.read(connection, STAFF, _STAFF_NAME, StaffAddresses)
            around = Around(
                decoys=frozenset(map(str, decoy_dossiers(self._stores, connection, has_ended=True))),
                addresses=staff.addresses if staff else {},
            )
            gone = destroyed_accesses(self._stores, connection, stretch[0])
            kept = read_watch_log(self._stores, connection, stretch, around)
            found = watch(kept.log, RULES)
            records: list[NewRecord] = []
            opened, renewed = [], []
            known = self._known(connection)
            cases = (*self._unjustified(connection, stretch), *found.cases)
            for rank, case in enumerate(cases, start=1):
                earlier = known.get((case.officer, case.reason), [])
                file = self._to_write(case, earlier, (rank, end))
                if file is not None:
                    record = self._files.write(connection, CASE, file.id, (file, principal.id), file.state)
                    records += [record] if record is not None else []
                    if all(file.id != one.id for one in earlier):
                        opened.append(file.id)
                    elif record is not None:
                        renewed.append(file.id)
            run = WatchRunRecord(
                since=stretch[0], until=end, version=RULES.version, digest=RULES.digest, looks=found.looks,
                explained=found.explained, officer_days=found.officer_days, opened=tuple(opened), renewed=tuple(renewed),
                held_back=found.held_back, is_cut=kept.is_cut, sees_from=gone.seen_from if gone is not None else None,
            )  # fmt: skip
            self._access.seal(connection, *records, self._stores.sealer.record(RUN, principal.id, run))
        return run

    def cases(self, principal: Principal, *, state: CaseState | None = None) -> WatchList:
        """Cases that are not about the reader, the most telling first; who was shown them is sealed.

        Args:
            principal: Who asks.
            state: In this state alone; None for those that wait or are worked on.

        Raises:
            NotFoundError: The principal is not of internal affairs.
        """
        self._require(principal, "watch:read")
        with self._stores.database.transaction() as connection:
            states = (state,) if state else _LIVE
            found = [
                one for one in self._files.every(connection, CASE, WatchFile, states) if self._may_see(principal, one)
            ]
            found.sort(key=lambda one: (one.state != "open", one.rank, one.chance, one.id))
            closed = self._files.every(connection, CASE, WatchFile, ("closed",))
            expected = expected_of(
                RULES.version,
                self._stores.case_files.states(connection, CASE),
                sum(one.outcome == "founded" for one in closed),
            )
            runs = self._stores.leaves.readable_of_kind(connection, RUN)
            last = msgspec.json.decode(runs[-1][1], type=WatchRunRecord) if runs else None
            views = tuple(self._view(connection, one) for one in found)
            gone = destroyed_accesses(self._stores, connection)
            seen = _seen(principal, "list", tuple(one.id for one in found))
            self._access.seal(connection, self._stores.sealer.record(SEEN, principal.id, seen))
        return WatchList(
            cases=views, expected=expected, last_run=last, sees_from=gone.seen_from if gone is not None else None
        )

    def case(self, principal: Principal, case_id: str) -> WatchCaseView:
        """One case; who was shown it is sealed.

        Raises:
            NotFoundError: There is none, the principal is not of internal affairs, or it is about him.
        """
        self._require(principal, "watch:read")
        with self._stores.database.transaction() as connection:
            file = self._case(connection, principal, case_id)
            view = self._view(connection, file)
            seen = _seen(principal, "case", (file.id,))
            self._access.seal(connection, self._stores.sealer.record(SEEN, principal.id, seen))
        return view

    def open_case(self, principal: Principal, case_id: str, reason: str) -> WatchCaseView:
        """Take a case up; arguments and errors are those of `close_case`."""
        return self._set(principal, case_id, ("open", None, reason))

    def dismiss_case(self, principal: Principal, case_id: str, reason: str) -> WatchCaseView:
        """Dismiss a case without working on it; arguments and errors are those of `close_case`."""
        return self._set(principal, case_id, ("dismissed", None, reason))

    def close_case(self, principal: Principal, case_id: str, outcome: Outcome, reason: str) -> WatchCaseView:
        """Close a case that was taken up.

        Args:
            principal: Who does it.
            case_id: The case.
            outcome: What came of it.
            reason: Why, in words; sealed.

        Raises:
            NotFoundError: There is none, the principal is not of internal affairs, or it is about him.
            ReasonMissingError: No reason is given.
            SenderError: It does not stand so that this could be done.
        """
        return self._set(principal, case_id, ("closed", outcome, reason))

    def mark_decoy(self, principal: Principal, reference: str, reason: str) -> Decoy:
        """Propose that what is lodged under a reference is a decoy; it is one once another confirms.

        Raises:
            NotFoundError: The principal is not of internal affairs.
            ReasonMissingError: No reason is given.
            SenderError: The reference names nothing, or a consignment that was advised on already.
        """
        self._require(principal, "watch:act", reason=reason)
        name = reference.strip()
        keys = search_keys(name)
        if not keys:
            raise SenderError(
                "This reference cannot name a consignment.", code="watch-decoy-reference", found=name[:100]
            )
        with self._stores.database.transaction() as connection:
            endings = [key.pair for key in keys if is_ending(key)]
            lines = self._stores.consignments.find(connection, [key.pair for key in keys], endings)
            if any(line.lane is not None for line in lines):
                raise SenderError(
                    "This consignment was advised on already: mark a decoy before it is sent.",
                    code="watch-decoy-advised",
                )
            decoy = Decoy(reference=name, by=principal.id, at=datetime.now(UTC), reason=reason.strip())
            self._files.keep(connection, DECOY, name, (decoy, principal))
        return decoy

    def confirm_decoy(self, principal: Principal, reference: str, reason: str) -> Decoy:
        """Confirm a decoy that another proposed.

        Raises:
            NotFoundError: There is none, or the principal is not of internal affairs.
            SenderError: He proposed it himself, or it does not wait.
        """
        self._require(principal, "watch:act", reason=reason)
        with self._stores.database.transaction() as connection:
            decoy = self._files.read(connection, DECOY, reference.strip(), Decoy, to_change=True)
            if decoy is None:
                raise NotFoundError("There is no such decoy.")
            if decoy.by == principal.id:
                raise SenderError("Someone other than the author must do this.", code="watch-decoy-second")
            require_independent(self._stores, principal, decoy.by)
            if decoy.second is not None or decoy.is_ended:
                raise SenderError("This decoy does not wait to be confirmed.", code="watch-decoy-state")
            decoy = msgspec.structs.replace(decoy, second=principal.id)
            self._files.keep(connection, DECOY, decoy.reference, (decoy, principal))
        return decoy

    def end_decoy(self, principal: Principal, reference: str, reason: str) -> Decoy:
        """Take the mark of a decoy away; looks of before still count.

        Raises:
            NotFoundError: There is none, or the principal is not of internal affairs.
            SenderError: It has ended already.
        """
        self._require(principal, "watch:act", reason=reason)
        with self._stores.database.transaction() as connection:
            decoy = self._files.read(connection, DECOY, reference.strip(), Decoy, to_change=True)
            if decoy is None:
                raise NotFoundError("There is no such decoy.")
            if decoy.is_ended:
                raise SenderError("This decoy does not wait to be confirmed.", code="watch-decoy-state")
            decoy = msgspec.structs.replace(decoy, is_ended=True, reason=reason.strip())
            self._files.keep(connection, DECOY, decoy.reference, (decoy, principal))
        return decoy

    def marked_decoys(self, principal: Principal) -> tuple[Decoy, ...]:
        """All decoys, last changed first (0..n).

        Raises:
            NotFoundError: The principal is not of internal affairs.
        """
        self._require(principal, "watch:read")
        with self._stores.database.transaction() as connection:
            found = decoys(self._stores, connection)
            seen = _seen(principal, "list", tuple(one.reference for one in found))
            self._access.seal(connection, self._stores.sealer.record(SEEN, principal.id, seen))
        return found

    def put_addresses(self, principal: Principal, addresses: dict[str, str], reason: str) -> int:
        """Keep home addresses of officers, in place of those of before.

        Returns:
            How many (count).

        Raises:
            NotFoundError: The principal is not of internal affairs.
            ReasonMissingError: No reason is given.
        """
        self._require(principal, "watch:act", reason=reason)
        with self._stores.database.transaction() as connection:
            kept = StaffAddresses(addresses=addresses)
            self._files.keep(connection, STAFF, _STAFF_NAME, (kept, principal))
        return len(addresses)

    def _require(self, principal: Principal, action: str, *, reason: str | None = None) -> None:
        """Answer nobody else: what is not allowed is not there."""
        if not self._access.may(principal, "watch:read"):
            raise NotFoundError("There is no such page.")
        if action != "watch:read":
            self._access.require(principal, action, HOUSE_WIDE, Context(purpose="oversight", reason=reason))

    def _may_see(self, principal: Principal, file: WatchFile) -> bool:
        return self._access.may(principal, "watch:read", Resource(is_house_wide=True, concerns=(file.about,)))

    def _case(
        self, connection: Connection, principal: Principal, case_id: str, *, to_change: bool = False
    ) -> WatchFile:
        file = self._files.read(connection, CASE, case_id, WatchFile, to_change=to_change)
        if file is None or not self._may_see(principal, file):
            raise NotFoundError("There is no such case.")
        return file

    def _set(self, principal: Principal, case_id: str, act: tuple[CaseState, Outcome | None, str]) -> WatchCaseView:
        becomes, outcome, reason = act
        self._require(principal, "watch:act", reason=reason)
        with self._stores.database.transaction() as connection:
            file = self._case(connection, principal, case_id, to_change=True)
            if file.state != {"open": "waiting", "dismissed": "waiting", "closed": "open"}[becomes]:
                raise SenderError("The case does not stand so that this could be done.", code="watch-case-state")
            file = msgspec.structs.replace(file, state=becomes, outcome=outcome, note=reason.strip(), by=principal.id)
            record = self._files.write(connection, CASE, file.id, (file, principal.id), becomes)
            view = self._view(connection, file)
            self._access.seal(connection, *([record] if record is not None else []))
        return view

    def _known(self, connection: Connection) -> dict[tuple[str, str], list[WatchFile]]:
        """Cases of before, by person and reason."""
        found: dict[tuple[str, str], list[WatchFile]] = {}
        for file in self._stores.case_files.of_kind(connection, CASE):
            body = read_body(file, WatchFile)
            found.setdefault((body.about, body.reason), []).append(body)
        return found

    def _unjustified(self, connection: Connection, stretch: tuple[datetime, datetime]) -> tuple[WatchCase, ...]:
        """A case for each person whose accesses in an emergency were judged in this time, and not justified (0..n)."""
        found: dict[str, list[Evidence]] = {}
        for one in every_emergency(self._stores, connection):
            if one.is_justified is not False or one.reviewed is None or not stretch[0] <= one.reviewed <= stretch[1]:
                continue
            for leaf, body in self._stores.leaves.records_about(connection, UUID(one.consignment)):
                if leaf.kind == REVIEWED and msgspec.json.decode(body, type=Emergency).id == one.id:
                    what = Evidence(
                        id=str(leaf.record), at=leaf.at, what="emergency", subject=one.consignment, officer=one.by
                    )
                    found.setdefault(one.by, []).append(what)
        return tuple(
            WatchCase(
                officer=officer,
                reason="emergency",
                message="{number} accesses in an emergency that another person judged not justified",
                arguments={"number": str(len(evidence))},
                chance=0.0,
                explained={},
                unexplained=0,
                accepted=(),
                evidence=tuple(sorted(evidence, key=lambda each: (each.at, each.id))),
            )
            for officer, evidence in sorted(found.items())
        )

    def _to_write(self, case: WatchCase, earlier: list[WatchFile], now: tuple[int, datetime]) -> WatchFile | None:
        """The case to keep: a new one, or one that waits, renewed; None where one is worked on, or nothing is new."""
        rank, at = now
        live = next((one for one in earlier if one.state in _LIVE), None)
        seen = {evidence.id for one in earlier if one is not live for evidence in one.evidence}
        if (live is not None and live.state == "open") or all(one.id in seen for one in case.evidence):
            return None
        return WatchFile(
            id=live.id if live else str(new_id()), about=case.officer, reason=case.reason, message=case.message,
            arguments=case.arguments, chance=case.chance, rank=rank, explained=case.explained,
            unexplained=case.unexplained, accepted=case.accepted, evidence=case.evidence, version=RULES.version,
            digest=RULES.digest, found=live.found if live else at,
        )  # fmt: skip

    def _view(self, connection: Connection, file: WatchFile) -> WatchCaseView:
        staff = {row[0]: row for row in self._stores.people.staff(connection, datetime.now(UTC))}
        row = staff.get(file.about)
        subjects = [UUID(one) for one in {evidence.subject for evidence in file.evidence if evidence.subject}]
        lines = self._stores.consignments.lines_of(connection, subjects)
        leaves = self._stores.leaves.of_records(connection, [UUID(one.id) for one in file.evidence])
        return WatchCaseView(
            file=file,
            name=row[1] if row else file.about,
            office=row[3] if row else None,
            titles={str(one): line.title for one, line in lines.items()},
            leaves={str(leaf.record): leaf.index for leaf in leaves},
        )


def _seen(principal: Principal, what: Literal["list", "case"], cases: tuple[str, ...]) -> WatchSeen:
    """The record of who was shown cases, with the purpose that he states, else that of the task."""
    purpose = principal.purpose or purpose_by_task(principal.roles, "watch:read")
    return WatchSeen(who=principal.id, what=what, cases=cases, purpose=purpose, case=(principal.case or "").strip())
