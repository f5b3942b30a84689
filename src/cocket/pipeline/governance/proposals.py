# SPDX-License-Identifier: Apache-2.0
"""What one person proposes and another confirms: an act that waits, and how it ended. Each step is a sealed record."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile

#: Kind of case file, and of the record that seals each step.
KIND: Final = "proposal"

#: `account` makes one or changes it, `password` gives a new temporary one, `enable` lets somebody sign in again, `key` gives
#: a key, `senders` sets for whom a key may send.
Act = Literal["account", "password", "enable", "key", "senders"]


class Proposal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An act that gives access, and how far it has got.

    Attributes:
        act: What is to be done.
        name: Account or key that it is about.
        shown: Name shown of an account; holder of a key.
        roles: Roles given (0..n).
        senders: Senders that a key may speak for (0..n).
        office: Office that it is limited to; None for none.
        state: Whether it waits, was done, or was declined.
        by: Who proposed it.
        proposed: When, UTC.
        decided_by: Who confirmed or declined it; None while it waits.
        decided: When, UTC.
        reason: Why it was declined; empty else.
    """

    act: Act
    name: str
    shown: str = ""
    roles: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    office: str | None = None
    state: Literal["waiting", "done", "declined"] = "waiting"
    by: str
    proposed: datetime
    decided_by: str | None = None
    decided: datetime | None = None
    reason: str = ""


class Waiting(msgspec.Struct, frozen=True):
    """A proposal that waits, with its id."""

    id: str
    proposal: Proposal


def keep_proposal(
    stores: Stores, connection: Connection, identity: UUID, proposal: Proposal, by: tuple[str, datetime]
) -> NewRecord:
    """Write a proposal down; and the record that seals it."""
    actor, now = by
    record = stores.sealer.record(KIND, actor, proposal, about=identity, at=now)
    file = StoredCaseFile(
        id=identity, kind=KIND, state=proposal.state, opened=proposal.proposed, changed=now, body=record.body
    )
    stores.case_files.put(connection, file)
    return record


def waiting_proposals(stores: Stores, connection: Connection) -> tuple[Waiting, ...]:
    """Proposals that wait for a second person, newest first (0..n)."""
    files = stores.case_files.of_kind(connection, KIND, ("waiting",))
    return tuple(Waiting(str(file.id), msgspec.json.decode(file.body, type=Proposal)) for file in files)


def waiting_proposal(stores: Stores, connection: Connection, identity: UUID) -> Proposal:
    """One that waits, locked until the transaction ends.

    Raises:
        SenderError: It does not wait, or there is none.
    """
    file = stores.case_files.get(connection, identity, to_change=True)
    if file is None or file.kind != KIND or file.state != "waiting":
        raise SenderError("This proposal is no longer waiting.", code="proposal-state")
    return msgspec.json.decode(file.body, type=Proposal)
