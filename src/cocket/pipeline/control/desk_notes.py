# SPDX-License-Identifier: Apache-2.0
"""What officers tell each other about consignments, and what each keeps for himself: comments with mentions, notices, cases
put off, and views of the queue.

A comment is sealed as it is written, and of a notice that it was shown and that it was taken off. Notices, cases put off and
views are an officer's own order of work: their rows bear MACs, and nothing rests on them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.notices import NEW, NOTICE, Notice, seen, tell
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile

#: Kinds of case file: a comment is also the kind of its sealed record.
COMMENT, SNOOZE, VIEW = "comment", "snooze", "saved-view"

#: Names by which the files are found; those of an officer end with his sign-in name.
_MINE, _VIEW = "SNOOZE", "SAVED-VIEW"

_MENTION: Final = re.compile(r"(?<![\w@.])@([A-Za-z0-9][\w.\-]*\w)")

LONGEST_COMMENT: Final = 4_000
_LONGEST_NAME, _MOST_VIEWS = 40, 30

#: A case may be put off for so long at most (days).
MOST_DAYS: Final = 14


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of a comment.

    Attributes:
        consignment: Dossier that it is about.
        officer: Who wrote it.
        at: When, UTC.
        text: As written.
        mentions: Officers whom it mentions, each once, sorted (0..n).
    """

    consignment: str
    officer: str
    at: datetime
    text: str
    mentions: tuple[str, ...] = ()


class Snooze(msgspec.Struct, frozen=True, kw_only=True):
    """That an officer put a case off until a moment (UTC)."""

    officer: str
    consignment: str
    until: datetime


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the queue that an officer keeps under a name: the query of its address, such as `?lane=red`."""

    id: str
    officer: str
    name: str
    query: str


def comment_state(body: bytes) -> str:
    """The state of the file of a comment: it stands as it was written."""
    return "standing"


class DeskNotes(Service):
    """Telling colleagues, and keeping one's own order of work."""

    def comment(self, principal: Principal, consignment_id: str, text: str) -> Comment:
        """Write a comment on a consignment; it is sealed, and whoever it mentions is told.

        Args:
            principal: Who writes it.
            consignment_id: The consignment.
            text: In words; `@name` mentions the officer of this sign-in name.

        Raises:
            NotFoundError: There is none on which this principal may know the advice.
            PolicyError: The principal may not comment.
            SenderError: It is empty or too long, or mentions somebody who is no officer or may not see the consignment.
        """
        said, now = text.strip(), datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            line, where = self._access.advised_dossier(connection, principal, consignment_id)
            self._access.require(principal, "comment:add", where)
            if not said:
                raise SenderError("Write something first.", code="comment-empty")
            if len(said) > LONGEST_COMMENT:
                raise SenderError(
                    f"A comment has at most {LONGEST_COMMENT} characters.", code="comment-long", found=str(len(said))
                )
            mentioned = self._mentioned(connection, said, where)
            comment = Comment(
                consignment=str(line.id), officer=principal.id, at=now, text=said, mentions=tuple(sorted(mentioned))
            )
            file = new_id()
            record = self._stores.sealer.record(COMMENT, principal.id, comment, about=file, at=now)
            kept = _file((file, COMMENT, comment_state(record.body)), line.id, now, record.body)
            self._stores.case_files.put(connection, kept, ())
            for name in sorted(mentioned - {principal.id}):
                tell(self._stores, connection, Notice(
                    officer=name, kind="mention", consignment=str(line.id), by=principal.id, at=now
                ))  # fmt: skip
            self._access.seal(connection, record)
        return comment

    def comments(self, principal: Principal, consignment_id: str) -> tuple[Comment, ...]:
        """Comments on a consignment, oldest first (0..n); none where advice on it is for another office.

        The look at the dossier beside which they are shown is sealed by itself.

        Raises:
            NotFoundError: There is no such consignment for this principal.
        """
        with self._stores.database.transaction() as connection:
            line, where = self._access.dossier(connection, principal, consignment_id)
            if not self._access.may(principal, "lane:read", where.advice):
                return ()
            files = self._stores.case_files.of_consignment(connection, line.id)
        return tuple(msgspec.json.decode(file.body, type=Comment) for file in files if file.kind == COMMENT)

    def dismiss(self, principal: Principal, notice_id: str) -> None:
        """Take a notice off one's own inbox.

        Raises:
            NotFoundError: One has no such notice.
        """
        with self._stores.database.transaction() as connection:
            file = self._own(connection, principal, NOTICE, notice_id)
            self._access.seal(connection, seen(self._stores, connection, file, "dismissed"))

    def snooze(self, principal: Principal, consignment_id: str, until: datetime | None) -> Snooze:
        """Put a case off: until then it stands neither in one's inbox nor among one's next cases.

        Args:
            principal: Who puts it off.
            consignment_id: The consignment.
            until: Until when; None where nothing was chosen, which is refused.

        Raises:
            NotFoundError: There is no such consignment for this principal.
            SenderError: No moment was chosen, or it is past or too far away.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            line, _ = self._access.advised_dossier(connection, principal, consignment_id)
            if until is None:
                raise SenderError("Choose until when.", code="snooze-until")
            if not now < until <= now + timedelta(days=MOST_DAYS):
                raise SenderError(f"A case can be put off for {MOST_DAYS} days at most.", code="snooze-until")
            asleep = Snooze(officer=principal.id, consignment=str(line.id), until=until)
            earlier = self._snoozed_file(connection, principal, line.id)
            named = (earlier.id if earlier else new_id(), SNOOZE, "asleep")
            kept = _file(named, line.id, now, msgspec.json.encode(asleep))
            self._stores.case_files.put(connection, kept, ((_MINE, principal.id),))
        return asleep

    def wake(self, principal: Principal, consignment_id: str) -> None:
        """Take a case up again that one put off.

        Raises:
            NotFoundError: One did not put it off.
        """
        wanted = parse_id(consignment_id)
        with self._stores.database.transaction() as connection:
            file = self._snoozed_file(connection, principal, wanted) if wanted else None
            if file is None:
                raise NotFoundError("You did not put this case off.")
            _end(self._stores, connection, file)

    def save_view(self, principal: Principal, name: str, query: str) -> SavedView:
        """Keep a part of the queue under a name; one of the same name is replaced.

        Raises:
            SenderError: The name is empty or too long, or there are too many.
        """
        called = " ".join(name.split())
        if not called or len(called) > _LONGEST_NAME:
            raise SenderError(f"Give the view a name of at most {_LONGEST_NAME} characters.", code="view-name")
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            kept = _found(self._stores, connection, VIEW, (_VIEW, principal.id))
            named = {_view(file).name: file for file in kept}
            if called not in named and len(kept) >= _MOST_VIEWS:
                raise SenderError(f"You have {_MOST_VIEWS} views; remove one first.", code="view-many")
            file_id = named[called].id if called in named else new_id()
            view = SavedView(id=str(file_id), officer=principal.id, name=called, query=query)
            view_file = _file((file_id, VIEW, "kept"), None, now, msgspec.json.encode(view))
            self._stores.case_files.put(connection, view_file, ((_VIEW, principal.id),))
        return view

    def views(self, principal: Principal) -> tuple[SavedView, ...]:
        """One's own views of the queue, oldest first (0..n)."""
        with self._stores.database.transaction() as connection:
            return tuple(map(_view, _found(self._stores, connection, VIEW, (_VIEW, principal.id))))

    def drop_view(self, principal: Principal, view_id: str) -> None:
        """Remove a view of one's own.

        Raises:
            NotFoundError: One has no such view.
        """
        with self._stores.database.transaction() as connection:
            _end(self._stores, connection, self._own(connection, principal, VIEW, view_id))

    def _mentioned(self, connection: Connection, text: str, where: Resource) -> set[str]:
        """Officers whom a text mentions.

        Raises:
            SenderError: One is no officer here, or may not see what it is about.
        """
        asked = {name.casefold() for name in _MENTION.findall(text)}
        if not asked:
            return set()
        staff = {
            name.casefold(): Principal(id=name, kind="officer", roles=(role,), office=office)
            for name, _, role, office, disabled, _ in self._stores.people.staff(connection, datetime.now(UTC))
            if disabled is None
        }
        unknown = sorted(
            name for name in asked if name not in staff or not self._access.may(staff[name], "lane:read", where)
        )
        if unknown:
            raise SenderError(
                f"No officer who may see this consignment is called @{unknown[0]}. Use the name of signing in.",
                code="mention-unknown",
                found=unknown[0],
            )
        return {staff[name].id for name in asked}

    def _snoozed_file(self, connection: Connection, principal: Principal, consignment: UUID) -> StoredCaseFile | None:
        files = _found(self._stores, connection, SNOOZE, (_MINE, principal.id))
        return next((file for file in files if file.consignment == consignment), None)

    def _own(self, connection: Connection, principal: Principal, kind: str, file_id: str) -> StoredCaseFile:
        wanted = parse_id(file_id)
        file = self._stores.case_files.get(connection, wanted, to_change=True) if wanted else None
        if file is None or file.kind != kind or msgspec.json.decode(file.body).get("officer") != principal.id:
            raise NotFoundError("You have no such thing.")
        return file


def notices_of(stores: Stores, connection: Connection, officer: str) -> list[tuple[str, Notice]]:
    """Notices in an officer's inbox with their ids, newest first (0..n)."""
    files = _found(stores, connection, NOTICE, (NEW, officer))
    return [(str(file.id), msgspec.json.decode(file.body, type=Notice)) for file in reversed(files)]


def shown_first(stores: Stores, connection: Connection, officer: str, notices: Collection[str]) -> list[NewRecord]:
    """Note which notices of an officer were never shown to him before; the records of that, to be sealed as the last act (0..n).

    Args:
        stores: The stores.
        connection: The transaction.
        officer: Whose inbox.
        notices: Ids of the notices that are shown now.
    """
    files = [file for file in _found(stores, connection, NOTICE, (NEW, officer)) if file.state == "new"]
    return [seen(stores, connection, file, "shown") for file in files if str(file.id) in notices]


def snoozed_by(stores: Stores, connection: Connection, officer: str, now: datetime) -> dict[UUID, Snooze]:
    """Cases that an officer has put off and that are not due again, by dossier (0..n)."""
    files = _found(stores, connection, SNOOZE, (_MINE, officer))
    told = {file.consignment: msgspec.json.decode(file.body, type=Snooze) for file in files if file.consignment}
    return {one: asleep for one, asleep in told.items() if asleep.until > now}


def _view(file: StoredCaseFile) -> SavedView:
    return msgspec.json.decode(file.body, type=SavedView)


def _found(stores: Stores, connection: Connection, kind: str, key: tuple[str, str]) -> list[StoredCaseFile]:
    return stores.case_files.found_by(connection, kind, [key]).get(key, [])


def _file(named: tuple[UUID, str, str], consignment: UUID | None, at: datetime, body: bytes) -> StoredCaseFile:
    file_id, kind, state = named
    return StoredCaseFile(id=file_id, kind=kind, state=state, consignment=consignment, opened=at, changed=at, body=body)


def _end(stores: Stores, connection: Connection, file: StoredCaseFile) -> None:
    """Let a file be found by no name any more."""
    stores.case_files.put(connection, msgspec.structs.replace(file, state="ended", changed=datetime.now(UTC)), [])
