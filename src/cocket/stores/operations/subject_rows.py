# SPDX-License-Identifier: Apache-2.0
"""What is held about a party: found by its number or name in papers, and by the senders that are it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection
from cocket.stores.consignment.marks import PARTIES


class PartyMark(msgspec.Struct, frozen=True):
    """A dossier in which a party takes part: its id, as what, and the name as written (None where only the number is known)."""

    consignment: UUID
    kind: str
    name: str | None


class PartyMessage(msgspec.Struct, frozen=True):
    """A message by its id, sender, standard, own reference, outcome and time (UTC)."""

    id: UUID
    sender: str
    standard: str | None
    reference: str | None
    outcome: str
    received: datetime


class SubjectRows:
    """Rows about a party, on a transaction of the caller."""

    def senders(self, connection: Connection) -> list[str]:
        """Every sender of a message, or of a draft, and everybody who asked or contested something (0..n)."""
        rows = connection.execute(
            """select sender from message union select sender from declaration_draft
            union select value from case_file_key where name = 'sender' order by 1"""
        )
        return [row[0] for row in rows]

    def marks(self, connection: Connection, value: str) -> list[PartyMark]:
        """Dossiers in which a party takes part, in order (0..n)."""
        rows = connection.execute(
            """select coalesce(c.merged_into, c.id), p.kind, p.name from consignment_mark p
            join consignment c on c.id = p.consignment where p.value = %s and p.kind = any(%s) order by 1, 2""",
            (value, list(PARTIES)),
        )
        return [PartyMark(*row) for row in rows]

    def messages(self, connection: Connection, senders: Sequence[str], dossiers: Sequence[UUID]) -> list[PartyMessage]:
        """Messages of some senders, and those that some dossiers rest on, oldest first (0..n)."""
        rows = connection.execute(
            """select m.id, m.sender, m.standard, m.reference, m.outcome, m.received from message m
            where m.sender = any(%(senders)s) or m.id in
            (select message from consignment_message where consignment = any(%(dossiers)s)) order by m.received, m.id""",
            {"senders": list(senders), "dossiers": list(dossiers)},
        )
        return [PartyMessage(*row) for row in rows]

    def files(self, connection: Connection, value: str, senders: Sequence[str], dossiers: Sequence[UUID]) -> list[UUID]:
        """Case files of a trader or of some senders, and those of some dossiers (0..n)."""
        rows = connection.execute(
            """select k.file from case_file_key k where k.name = 'trader' and k.value = %(value)s
            or k.name = 'sender' and k.value = any(%(senders)s)
            union select id from case_file where consignment = any(%(dossiers)s)""",
            {"value": value, "senders": list(senders), "dossiers": list(dossiers)},
        )
        return [row[0] for row in rows]

    def records(self, connection: Connection, abouts: Sequence[UUID], kinds: Sequence[str]) -> dict[UUID, UUID]:
        """Records of some kinds about some things: id → what it is about."""
        rows = connection.execute(
            "select id, about from record where about = any(%s) and kind = any(%s)", (list(abouts), list(kinds))
        )
        return dict(rows.fetchall())
