# SPDX-License-Identifier: Apache-2.0
"""Everything held about one person or trader, with who looked, for whoever has the right to ask; the answer is itself recorded.

Records are given by a list of kinds, so that what is exempt is left out for everybody alike and no answer tells of it. Where
the subject only stands in papers of others, as seller or carrier, the consignment is named and nothing else of it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket.errors import LostError, SenderError
from cocket.governance import Context, Principal, Resource
from cocket.governance.subject_access import (
    GIVEN,
    LOOKS,
    LOOKS_AFTER,
    LOOKS_GIVEN,
    SubjectConsignment,
    SubjectDraft,
    SubjectExport,
    SubjectKey,
    SubjectLook,
    SubjectMessage,
    SubjectPaper,
    SubjectRecord,
    given_of,
)
from cocket.pipeline.base.access import AccessRecord, Service
from cocket.pipeline.base.destroyed_accesses import destroyed_accesses
from cocket.pipeline.base.document_files import read_body
from cocket.pipeline.base.partner_agreements import newest_agreements
from cocket.pipeline.base.partner_looks import GIVEN as PARTNER_GIVEN
from cocket.pipeline.consignment.dossiers import newest_declaration
from cocket.pipeline.consignment.marks import value_of
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.control.contests import CONTEST
from cocket.pipeline.control.evidence_files import blob_of
from cocket.pipeline.control.questions import QUESTION
from cocket.stores.base.database import Connection
from cocket.stores.base.packing import unpack
from cocket.stores.intake.declaration_drafts import DeclarationDrafts
from cocket.stores.operations.subject_rows import PartyMessage, SubjectRows

#: Kind of the sealed record of an answer, and what its look is called.
EXPORTED: Final = "subject-export"
LOOK: Final = "subject export"

#: Parts of an answer that are counted.
PARTS: Final = ("consignments", "messages", "records", "papers", "drafts", "keys", "looks")

#: As what a party takes part in a consignment so that its records are about it; in an export the exporter does too.
_PRINCIPALS: Final = ("IMPORTER", "DECLARANT")
_EXPORTER: Final = "SELLER"


#: Dossiers whose papers are read at once (count).
_AT_ONCE: Final = 500

#: What questions and contests say of the dossier.
_OF_DOSSIER: Final = frozenset({"consignment", "office", "result"})


class _Paper(msgspec.Struct, frozen=True):
    record: str
    name: str
    sha256: str
    type: str


class _WithPapers(msgspec.Struct, frozen=True):
    """What a question and a contest have in common."""

    id: str
    papers: tuple[_Paper, ...] = ()


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
                counts={name: len(getattr(made, name)) for name in PARTS},
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
        exported = self._exported(connection, [one for one, kinds in roles.items() if _EXPORTER in kinds])
        own = [one for one, kinds in roles.items() if set(kinds) & set(_PRINCIPALS) or one in exported]
        messages = rows.messages(connection, senders, own)
        things = [*own, *(one.id for one in messages if one.sender in senders)]
        about = (*things, *rows.files(connection, value, senders, own))
        records = self._records(connection, about, senders)
        papers, of_papers = self._papers(connection, senders)
        shown, of_messages = self._messages(connection, messages, senders)
        files = of_messages | of_papers
        keys = tuple(
            SubjectKey(id=id_, holder=holder, roles=given, since=since, revoked=revoked)
            for id_, holder, given, of, _, since, revoked in self._stores.people.keys(connection)
            if set(of) & set(senders)
        )
        wanted = {str(one) for one in about} | {value}
        until = datetime.now(UTC).date() - timedelta(days=LOOKS_AFTER)
        gone = destroyed_accesses(self._stores, connection)
        made = SubjectExport(
            administration=self._stores.settings.administration,
            subject=value,
            senders=senders,
            names=tuple(names),
            made=datetime.now(UTC),
            consignments=self._consignments(connection, roles, set(own)),
            messages=shown,
            records=records,
            keys=keys,
            papers=papers,
            drafts=tuple(
                SubjectDraft(id=str(one.id), sender=one.sender, changed=one.changed)
                for one in DeclarationDrafts().of_senders(connection, senders)
            ),
            looks=tuple(one for one in self._looks(connection, wanted, until) if gone is None or one.day > gone.until),
            looks_until=until,
            looks_destroyed_until=gone.until if gone is not None else None,
            looks_destroyed_under=gone.laws if gone is not None else (),
        )
        return made, tuple(sorted(str(one) for one in things)), files

    def _exported(self, connection: Connection, dossiers: list[UUID]) -> set[UUID]:
        """Those of some dossiers in which the declaration that holds is of an export."""
        found = set()
        for start in range(0, len(dossiers), _AT_ONCE):
            for one, papers in papers_of(self._stores, connection, dossiers[start : start + _AT_ONCE]).items():
                paper = newest_declaration(papers)
                if paper is not None and paper.declaration is not None and paper.declaration.flow == "export":
                    found.add(one)
        return found

    def _consignments(
        self, connection: Connection, roles: dict[UUID, list[str]], own: set[UUID]
    ) -> tuple[SubjectConsignment, ...]:
        lines = self._stores.consignments.lines_of(connection, list(roles))
        found = [
            SubjectConsignment(
                id=str(identity),
                title=line.title,
                goods=(line.goods or "") if identity in own else "",
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

    def _papers(
        self, connection: Connection, senders: tuple[str, ...]
    ) -> tuple[tuple[SubjectPaper, ...], dict[str, bytes]]:
        """Papers of questions and contests of some senders, of both sides, and their content by the name of the file."""
        found, files = [], {}
        for kind in (QUESTION, CONTEST):
            several = self._stores.case_files.found_by(connection, kind, [("sender", one) for one in senders])
            for file in (one for each in several.values() for one in each):
                told = read_body(file, _WithPapers)
                for paper in told.papers:
                    name = f"papers/{paper.record}.bin"
                    try:
                        files[name] = blob_of(self._stores, connection, UUID(paper.record), "original")
                    except LostError:
                        name = ""
                    found.append(
                        SubjectPaper(about=told.id, name=paper.name, type=paper.type, file=name, sha256=paper.sha256)
                    )
        return tuple(found), files

    def _records(
        self, connection: Connection, about: Sequence[UUID], senders: tuple[str, ...]
    ) -> tuple[SubjectRecord, ...]:
        abouts = SubjectRows().records(connection, about, list(GIVEN))
        bodies = self._stores.leaves.bodies(connection, list(abouts))
        found = []
        for record, (leaf, body) in bodies.items():
            stored: Any = msgspec.json.decode(body)
            content = given_of(stored)
            if leaf.kind in (QUESTION, CONTEST):  # of its dossier no trader is told, and of another's letters nothing
                if stored.get("sender") not in senders:
                    continue
                content = {name: one for name, one in content.items() if name not in _OF_DOSSIER}
            found.append(
                SubjectRecord(
                    kind=GIVEN[leaf.kind], at=leaf.at, leaf=leaf.index, about=str(abouts[record]), content=content
                )
            )
        return tuple(sorted(found, key=lambda one: one.leaf))

    def _looks(self, connection: Connection, wanted: set[str], until: date) -> tuple[SubjectLook, ...]:
        partners = {name: one.other for name, one in newest_agreements(self._stores, connection).items()}
        found = set()
        for leaf, body in self._stores.leaves.readable_of_kind(connection, "look"):
            look = msgspec.json.decode(body, type=AccessRecord)
            if look.what not in LOOKS or look.purpose not in LOOKS_GIVEN or wanted.isdisjoint(look.subjects):
                continue
            if (day := _day(leaf.at)) <= until:
                seen = SubjectLook(day=day, roles=look.roles, purpose=look.purpose, what=LOOKS[look.what])
                if look.what == PARTNER_GIVEN:
                    partner = partners.get(look.agreement) or look.who.partition(":")[2]
                    seen = msgspec.structs.replace(seen, partner=partner, agreement=look.agreement)
                found.add(seen)
        return tuple(sorted(found))


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()
