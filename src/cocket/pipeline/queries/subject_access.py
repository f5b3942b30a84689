# SPDX-License-Identifier: Apache-2.0
"""Everything held about one person or trader, with who looked, for whoever has the right to ask; the answer is itself recorded.

Records are given by a list of kinds, so that what is exempt is left out for everybody alike and no answer tells of it. Where
the subject only stands in papers of others, as seller or carrier, the consignment is named and nothing else of it is given.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.governance import Context, Principal, Resource
from cocket.governance.subject_access import (
    GIVEN,
    LOOKS,
    LOOKS_LEFT_OUT,
    SubjectConsignment,
    SubjectExport,
    SubjectKey,
    SubjectLook,
    SubjectMessage,
    SubjectRecord,
    given_of,
)
from cocket.pipeline.base.access import AccessRecord, Service
from cocket.pipeline.consignment.marks import value_of
from cocket.stores.base.database import Connection
from cocket.stores.base.packing import unpack
from cocket.stores.operations.subject_rows import PartyMessage, SubjectRows

#: Kind of the sealed record of an answer, and what its look is called.
EXPORTED: Final = "subject-export"
LOOK: Final = "subject export"

#: As what a party takes part in a consignment so that its records are about it.
_PRINCIPALS: Final = ("IMPORTER", "DECLARANT")


class SealedExport(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of an answer.

    Attributes:
        who: Who gave it.
        subject: Keyed hash of the number or name that was asked for.
        reason: On whose request.
        counts: What it holds, by name (count).
        sha256: Of the answer as JSON.
    """

    who: str
    subject: str
    reason: str
    counts: dict[str, int]
    sha256: str


class SubjectAccess(Service):
    """Answers to those who ask what is held about them."""

    def export(self, principal: Principal, wanted: str, reason: str) -> tuple[SubjectExport, dict[str, bytes]]:
        """Everything held about a person or trader that may be given.

        Args:
            principal: Who gives the answer.
            wanted: Number or name of a party, or a sender.
            reason: On whose request; sealed.

        Returns:
            The answer, and the content of the subject's own messages by the name of the file in it.

        Raises:
            PolicyError: The principal may not.
            ReasonMissingError: No reason is given.
            SenderError: No number or name is given.
        """
        value = value_of(wanted)
        with self._stores.database.transaction() as connection:
            self._access.require(principal, "subject:export", Resource(), Context(reason=reason))
            if not value:
                raise SenderError("Give the number or name of a person or trader.", code="subject")
            made, ids, files = self._made(connection, value)
            body = SealedExport(
                who=principal.id,
                subject=self._stores.sealer.subject(value),
                reason=reason.strip(),
                counts={
                    name: len(getattr(made, name)) for name in ("consignments", "messages", "records", "keys", "looks")
                },
                sha256=sha256(msgspec.json.encode(made)).hexdigest(),
            )
            look = self._access.record(principal, LOOK, (*ids, value))
            self._access.seal(connection, look, self._stores.sealer.record(EXPORTED, principal.id, body))
        return made, files

    def _made(self, connection: Connection, value: str) -> tuple[SubjectExport, tuple[str, ...], dict[str, bytes]]:
        rows = SubjectRows()
        senders = tuple(one for one in rows.senders(connection) if value_of(one) == value)
        roles: dict[UUID, list[str]] = {}
        names: dict[str, None] = {}
        for mark in rows.marks(connection, value):
            roles.setdefault(mark.consignment, []).append(mark.kind)
            if mark.name:
                names[mark.name] = None
        own = [one for one, kinds in roles.items() if set(kinds) & set(_PRINCIPALS)]
        messages = rows.messages(connection, senders, own)
        things = [*own, *(one.id for one in messages if one.sender in senders)]
        records = self._records(connection, value, (things, own))
        shown, files = self._messages(connection, messages, senders)
        keys = tuple(
            SubjectKey(id=id_, holder=holder, roles=given, since=since, revoked=revoked)
            for id_, holder, given, of, _, since, revoked in self._stores.people.keys(connection)
            if set(of) & set(senders)
        )
        wanted = {str(one) for one in things} | {value}
        made = SubjectExport(
            administration=self._stores.settings.administration,
            subject=value,
            senders=senders,
            names=tuple(names),
            made=datetime.now(UTC),
            consignments=self._consignments(connection, roles),
            messages=shown,
            records=records,
            keys=keys,
            looks=self._looks(connection, wanted),
        )
        return made, tuple(sorted(str(one) for one in things)), files

    def _consignments(self, connection: Connection, roles: dict[UUID, list[str]]) -> tuple[SubjectConsignment, ...]:
        lines = self._stores.consignments.lines_of(connection, list(roles))
        found = [
            SubjectConsignment(
                id=str(identity),
                title=line.title,
                goods=(line.goods or "") if set(roles[identity]) & set(_PRINCIPALS) else "",
                offices=line.offices,
                roles=tuple(roles[identity]),
                received=line.received,
            )
            for identity, line in lines.items()
        ]
        return tuple(sorted(found, key=lambda one: (one.received, one.id)))

    def _messages(
        self, connection: Connection, messages: list[PartyMessage], senders: tuple[str, ...]
    ) -> tuple[tuple[SubjectMessage, ...], dict[str, bytes]]:
        shown, files = [], {}
        for one in messages:
            packed = self._stores.messages.content(connection, one.id) if one.sender in senders else None
            content = unpack(packed) if packed is not None else None
            name = f"messages/{one.id}.bin" if content is not None else ""
            if content is not None:
                files[name] = content
            shown.append(
                SubjectMessage(
                    id=str(one.id),
                    standard=one.standard,
                    reference=one.reference,
                    outcome=one.outcome,
                    received=one.received,
                    is_own=one.sender in senders,
                    file=name,
                    sha256=sha256(content).hexdigest() if content is not None else "",
                )
            )
        return tuple(shown), files

    def _records(
        self, connection: Connection, value: str, about: tuple[list[UUID], list[UUID]]
    ) -> tuple[SubjectRecord, ...]:
        things, dossiers = about
        rows = SubjectRows()
        abouts = rows.records(connection, [*things, *rows.files(connection, value, dossiers)], list(GIVEN))
        bodies = self._stores.leaves.bodies(connection, list(abouts))
        found = []
        for record, (leaf, body) in bodies.items():
            content: Any = given_of(msgspec.json.decode(body))
            found.append(
                SubjectRecord(
                    kind=GIVEN[leaf.kind], at=leaf.at, leaf=leaf.index, about=str(abouts[record]), content=content
                )
            )
        return tuple(sorted(found, key=lambda one: one.leaf))

    def _looks(self, connection: Connection, wanted: set[str]) -> tuple[SubjectLook, ...]:
        found = []
        for leaf, body in self._stores.leaves.readable_of_kind(connection, "look"):
            look = msgspec.json.decode(body, type=AccessRecord)
            if look.what not in LOOKS or look.purpose in LOOKS_LEFT_OUT or wanted.isdisjoint(look.subjects):
                continue
            found.append(SubjectLook(at=leaf.at, roles=look.roles, purpose=look.purpose, what=LOOKS[look.what]))
        return tuple(found)
