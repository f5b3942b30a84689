# SPDX-License-Identifier: Apache-2.0
"""What an operator sees of what was set aside, and does about it: have it tried again, close it, let a leaf stand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.governance import Context, Principal, Resource
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.proposals import MakeKey, needs_second
from cocket.pipeline.base.roles import sealed_name
from cocket.pipeline.base.set_aside import (
    CLOSED,
    LOST,
    NO_RETRY,
    RETRY,
    WORKED,
    SetAsideView,
    Thing,
    content_of,
    is_outage,
    put_aside,
    seal,
    view_of,
)
from cocket.pipeline.control.host_decisions import FEEDS, keep_row_again
from cocket.stores.base.database import Connection
from cocket.stores.base.set_aside import State, StoredSetAside

#: Most things of one list (count).
MOST_LISTED: Final = 200


class SetAsideList(msgspec.Struct, frozen=True, kw_only=True):
    """Things set aside.

    Attributes:
        lines: Those set aside last first (0..n).
        total: How many there are in all (count).
    """

    lines: tuple[SetAsideView, ...]
    total: int


class SetAsideNote(msgspec.Struct, frozen=True, kw_only=True):
    """What a message or dossier says of what was set aside.

    Attributes:
        kind: What was set aside.
        reason: Why, in words.
        since: When (UTC).
    """

    kind: str
    reason: str
    since: datetime


class SetAsideActs(Service):
    """Seeing and dealing with what was set aside."""

    def set_aside_list(
        self, principal: Principal, *, is_open: bool = True, role: str | None = None, offset: int = 0
    ) -> SetAsideList:
        """What was set aside.

        Args:
            principal: Who asks.
            is_open: Whether only what is not dealt with.
            role: Only of this role; None for all.
            offset: How many to leave out.

        Raises:
            PolicyError: The principal may not see it.
        """
        self._access.require(principal, "set-aside:read", Resource())
        with self._stores.database.transaction() as connection:
            rows, total = self._stores.set_aside.listed(
                connection, is_open=is_open, role=sealed_name(role) if role else None, offset=offset, limit=MOST_LISTED
            )
            subjects = tuple(str(row.id) for row in rows)
            self._access.seal(connection, self._access.record(principal, "set-aside", subjects))
        return SetAsideList(lines=tuple(map(view_of, rows)), total=total)

    def set_aside_one(self, principal: Principal, wanted: str) -> SetAsideView:
        """One thing set aside.

        Raises:
            NotFoundError: There is no such thing.
            PolicyError: The principal may not see it.
        """
        self._access.require(principal, "set-aside:read", Resource())
        with self._stores.database.transaction() as connection:
            row = self._set_aside(connection, wanted)
            self._access.seal(connection, self._access.record(principal, "set-aside", (str(row.id),)))
        return view_of(row)

    def set_aside_about(self, principal: Principal, wanted: str) -> tuple[SetAsideNote, ...]:
        """What is set aside of one message or dossier that the reader has before him (0..n).

        Raises:
            PolicyError: The principal is not of customs.
        """
        self._access.require(principal, "dossier:search")
        name = parse_id(wanted)
        with self._stores.database.transaction() as connection:
            rows = self._stores.set_aside.about(connection, name) if name else []
        return tuple(SetAsideNote(kind=row.kind, reason=row.reason, since=row.first) for row in rows)

    def retry_set_aside(self, principal: Principal, wanted: str, reason: str) -> SetAsideView:
        """Have a thing tried again, alone, at its role's next turn.

        Args:
            principal: Who wants it.
            wanted: Its id here.
            reason: Why it should work now, in words.

        Raises:
            NotFoundError: There is no such thing.
            PolicyError: The principal may not, or gives no reason.
            SenderError: It is not to be tried again, or is about to be.
        """
        self._access.require(principal, "set-aside:act", Resource(), Context(reason=reason))
        view = self._change_set_aside(principal, wanted, "retrying", reason)
        return self._host_row_again(wanted) if view.kind == "host-row" else view

    def close_set_aside(self, principal: Principal, wanted: str, reason: str) -> SetAsideView:
        """Close a thing without working on it.

        Args:
            principal: Who closes it.
            wanted: Its id here.
            reason: Why nothing is to be done any more, in words.

        Raises:
            NotFoundError: There is no such thing.
            PolicyError: The principal may not, gives no reason, or policy of the house asks for a second person.
            SenderError: It is dealt with already.
        """
        self._require_alone(principal, "set-aside", reason)
        return self._change_set_aside(principal, wanted, "closed", reason)

    def close_lost(self, principal: Principal, reason: str) -> int:
        """Close everything that was lost with its keys; how many that was (count).

        Raises:
            PolicyError: The principal may not, gives no reason, or policy of the house asks for a second person.
        """
        self._require_alone(principal, "set-aside-lost", reason)
        return self._close_lost(principal, reason)

    def proposed_closing(self, principal: Principal, wanted: str, reason: str) -> Proposal | None:
        """The act of closing a thing where it needs a second person; None where it does not.

        Raises:
            NotFoundError: There is no such thing.
            PolicyError: The principal may not, or gives no reason.
        """
        self._access.require(principal, "set-aside:act", Resource(), Context(reason=reason))
        if not needs_second(self._stores, "set-aside"):
            return None
        with self._stores.database.transaction() as connection:
            row = self._set_aside(connection, wanted)
        return Proposal(
            kind="set-aside", subject=str(row.id), title=row.what, after={"state": "closed"}, reason=reason.strip()
        )

    def proposed_closing_of_lost(self, principal: Principal, reason: str) -> Proposal | None:
        """The act of closing everything lost with its keys where it needs a second person; None where it does not.

        Raises:
            PolicyError: The principal may not, or gives no reason.
        """
        self._access.require(principal, "set-aside:act", Resource(), Context(reason=reason))
        if not needs_second(self._stores, "set-aside-lost"):
            return None
        with self._stores.database.transaction() as connection:
            count = len(self._stores.set_aside.open_of_kind(connection, LOST))
        return Proposal(kind="set-aside-lost", subject=LOST, after={"count": str(count)}, reason=reason.strip())

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless this principal may deal with what is set aside; raises `PolicyError`."""
        self._access.require(principal, "set-aside:act", Resource(), context or Context(reason=wanted.reason))

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """State of the thing; of what was lost, how many things are open."""
        if wanted.kind == "set-aside-lost":
            return {"count": str(len(self._stores.set_aside.open_of_kind(connection, LOST)))}
        return {"state": self._set_aside(connection, wanted.subject).state}

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse what is dealt with already, and to close nothing."""
        if wanted.kind == "set-aside-lost" and self.present(connection, wanted) == {"count": "0"}:
            raise SenderError("Nothing that was lost is open.", code="set-aside-state")
        if wanted.kind == "set-aside" and (state := self.present(connection, wanted)["state"]) in ("worked", "closed"):
            raise SenderError(f"It is {_STATES[state]}.", code="set-aside-state", found=state)

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Close it under the name of who agreed last; None, since no secret is made."""
        if wanted.kind == "set-aside-lost":
            self._close_lost(principal, wanted.reason)
        else:
            self._change_set_aside(principal, wanted.subject, "closed", wanted.reason)
        return None

    def _require_alone(self, principal: Principal, kind: str, reason: str) -> None:
        """Refuse unless this principal may do it by himself."""
        alone = Context(reason=reason, needs_second=needs_second(self._stores, kind))
        self._access.require(principal, "set-aside:act", Resource(), alone)

    def _close_lost(self, principal: Principal, reason: str) -> int:
        with self._stores.database.transaction() as connection:
            rows = self._stores.set_aside.open_of_kind(connection, LOST)
        for row in rows:
            self._change_set_aside(principal, str(row.id), "closed", reason)
        return len(rows)

    def _change_set_aside(self, principal: Principal, wanted: str, state: State, reason: str) -> SetAsideView:
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            row = self._set_aside(connection, wanted, to_change=True)
            if row.state in ("worked", state) or (state == "retrying" and row.state != "waiting"):
                raise SenderError(f"It is {_STATES[row.state]}.", code="set-aside-state", found=row.state)
            if state == "retrying" and row.kind in NO_RETRY:
                raise SenderError("This cannot be retried here.", code="set-aside-kind", hint=NO_RETRY[row.kind])
            kind = RETRY if state == "retrying" else CLOSED
            before = self._stores.leaves.body(connection, row.record) if row.record else None
            content = content_of(before) if before else row.content
            row = msgspec.structs.replace(row, content=content)
            record = seal(self._stores.sealer, kind, principal.id, row, reason.strip())
            self._stores.set_aside.change(connection, row.id, state, record.leaf.record, now)
            self._access.seal(connection, record)
        return view_of(msgspec.structs.replace(row, state=state, last=now))

    def _host_row_again(self, wanted: str) -> SetAsideView:
        """Keep a row of the host that was set aside, at once: no role waits for it."""
        stores, now = self._stores, datetime.now(UTC)
        try:
            with stores.database.transaction() as connection:
                row = self._set_aside(connection, wanted, to_change=True)
                told = stores.leaves.body(connection, row.record) if row.record else None
                content = content_of(told)
                records = keep_row_again(stores, connection, content)
                done = seal(stores.sealer, WORKED, FEEDS, row, "It was retried and stored.")
                stores.set_aside.change(connection, row.id, "worked", done.leaf.record, now)
                self._access.seal(connection, *records, done)
        except Exception as error:
            if is_outage(error):
                raise
            thing = Thing(kind=row.kind, subject=row.subject, what=row.what, content=content)
            with stores.database.transaction() as connection:
                self._access.seal(connection, put_aside(connection, stores.sealer, FEEDS, thing, error))
        with stores.database.transaction() as connection:
            return view_of(self._set_aside(connection, wanted))

    def _set_aside(self, connection: Connection, wanted: str, *, to_change: bool = False) -> StoredSetAside:
        name = parse_id(wanted)
        row = self._stores.set_aside.get(connection, name, to_change=to_change) if name else None
        if row is None:
            raise NotFoundError("There is no such item set aside.")
        return row


_STATES: Final = {
    "waiting": "waiting to be handled",
    "retrying": "about to be retried",
    "worked": "already processed",
    "closed": "closed",
}
