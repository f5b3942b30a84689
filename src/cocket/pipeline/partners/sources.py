# SPDX-License-Identifier: Apache-2.0
"""The registry of sources, and asking them for a dossier: under an agreement, for a purpose, each pull sealed and a look.

A question names an identifier to somebody outside, so the look is sealed before the source is asked; what came is sealed before it is
given out. What a source says is held against what was declared, field by field.

Policy actions: `source:keep`, `source:read`, `source:ask`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from cocket.consignment import Paper, Row, derive
from cocket.errors import CocketError, PartnerError, SenderError
from cocket.exchange.source_client import FORBIDDEN, REFUSED, TOO_MUCH, UNREACHABLE, SourceClient, must_answer
from cocket.exchange.source_one_record import verification_of
from cocket.exchange.sources import (
    EXCHANGE,
    IDENTIFIER_TYPES,
    Connector,
    Identifier,
    Source,
    holds,
    read_source,
)
from cocket.findings import Finding
from cocket.governance import Context, Principal, Resource
from cocket.governance.agreements import Agreement
from cocket.model import Manifest
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import DocumentFiles, Place
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.partner_agreements import AgreementOverError, named_agreement
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.papers import filed_papers, papers_from
from cocket.pipeline.intake.machine_access import MachineAccess
from cocket.pipeline.partners.connectors import CONNECTORS, client_of
from cocket.pipeline.partners.pulls import Asked, Outcome, Pull, SourcePulls, acting, allowed_fields, pulls_of
from cocket.stores.base.database import Connection

#: Kind of the sealed record and case file of a source.
SOURCE: Final = "source"

#: Kind of the sealed record and case file of what a source was told.
DOUBT: Final = "source-doubt"
_ONE_RECORD: Final = "application/ld+json; version=2.3.0"
_LONGEST_NUMBER: Final = 10

#: What looks by which a source was asked, and pulls are read, are called.
ASKED: Final = "source"

#: Identifiers of one dossier by which one source is asked, and locations that are fetched of each (count).
MOST_IDENTIFIERS: Final = 20
MOST_LOCATIONS: Final = 10

#: Kind of reference of a dossier → type of identifier.
_TYPES: Final = {
    "EQUIPMENT": "equipment",
    "BL": "transport-document",
    "HBL": "transport-document",
    "UCR": "ucr",
    "DUCR": "ucr",
    "MRN": "mrn",
}

#: Kinds of sources that give events; the others give documents.
GIVING_EVENTS: Final = frozenset({"epcis", "dcsa"})

#: Code of an error of a source → outcome of the pull.
OUTCOMES: Final[dict[str, Outcome]] = {
    FORBIDDEN: "failed",
    UNREACHABLE: "failed",
    TOO_MUCH: "failed",
    REFUSED: "refused",
    "source-pending": "pending",
}


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """One field in which a source says something else than was declared.

    Attributes:
        name: Stable name of the field.
        label: English label, the key for translation.
        declared: What was declared; None where the papers of the dossier do not say.
        source: What the source says.
    """

    name: str
    label: str
    declared: str | None
    source: str | None


class PullView(msgspec.Struct, frozen=True, kw_only=True):
    """A pull with what came held against the dossier.

    Attributes:
        pull: The pull.
        title: What its source is called.
        differences: Fields in which what came differs from what was declared (0..n).
        agreeing: Fields in which both say the same (count).
        findings: What its reader, and the cross-checks with the declaration, say (0..n).
        is_read: Whether what came could be read as a paper about goods; without it nothing is compared.
        changed: Of a source that changed its story, the fields that it now states otherwise, `declared` being what it said
            before (0..n).
    """

    pull: Pull
    title: str
    differences: tuple[Beside, ...] = ()
    agreeing: int = 0
    findings: tuple[Finding, ...] = ()
    is_read: bool = False
    changed: tuple[Beside, ...] = ()


class SourceState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A source as it stands: whether it would be asked today, and why not in words; empty where it would."""

    source: Source
    obstacle: str = ""


class SourceDoubt(msgspec.Struct, frozen=True, kw_only=True):
    """That a source was told what it says otherwise than was declared; also its sealed record.

    Attributes:
        id: Its id.
        source: Which source.
        pull: The pull that was held against what was declared.
        consignment: Dossier from which it was told.
        address: Of the object at the source.
        revision: Of it, from 1.
        fields: Labels of the fields that differ (1..n); what was declared is never told.
        request: Where the source keeps the request; empty where it does not say.
        by: Who told.
        purpose: For what.
        at: When, UTC.
    """

    id: str
    source: str
    pull: str
    consignment: str
    address: str
    revision: int
    fields: tuple[str, ...]
    request: str
    by: str
    purpose: str
    at: datetime


class AskFor(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, and why.

    Attributes:
        purpose: For what; empty for what the principal states, or for the only purpose of the source.
        source: One source; empty for every one that holds an identifier of the dossier.
        identifier: By this alone; None for those of the dossier.
        case: Case that is named with it; empty for none.
    """

    purpose: str = ""
    source: str = ""
    identifier: Identifier | None = None
    case: str = ""


class Sources(Service):
    """The registry of sources, and asking them.

    Args:
        stores: The stores of this process.
        messages: Takes what came in, as for all others.
        connectors: Kind of source → makes its connector.
    """

    def __init__(
        self,
        stores: Stores,
        messages: MachineAccess,
        connectors: dict[str, Callable[[Source, SourceClient], Connector]] | None = None,
    ) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)
        self._pulls = SourcePulls(stores, messages.intake)
        self._connectors = CONNECTORS if connectors is None else connectors

    def put(self, principal: Principal, content: bytes) -> Source:
        """Put a source in force, or another version of one.

        Args:
            principal: Who does.
            content: TOML, as `cocket.exchange.sources.read_source` takes it.

        Raises:
            AgreementOverError: Its agreement does not cover what it is asked for, or does not hold.
            PolicyError: The principal may not.
            UnreadableError: It is not a source.
        """
        self._access.require(principal, "source:keep")
        read = read_source(content, tuple(self._connectors))
        made = msgspec.structs.replace(read, by=principal.id, at=datetime.now(UTC))
        with self._stores.database.transaction() as connection:
            self._agreement(connection, made)
            client_of(self._stores.settings, made).close()
            self._files.keep(connection, SOURCE, made.id, (made, principal), "enabled")
        return made

    def set_enabled(self, principal: Principal, source_id: str, *, is_enabled: bool) -> Source:
        """Stop asking a source, or ask it again.

        Raises:
            NotFoundError: There is none.
            PolicyError: The principal may not.
        """
        self._access.require(principal, "source:keep")
        with self._stores.database.transaction() as connection:
            known = self._one(connection, source_id, to_change=True)
            made = msgspec.structs.replace(known, is_enabled=is_enabled, by=principal.id, at=datetime.now(UTC))
            if is_enabled != known.is_enabled:
                self._files.keep(
                    connection, SOURCE, made.id, (made, principal), "enabled" if is_enabled else "disabled"
                )
        return made

    def sources(self, principal: Principal) -> tuple[SourceState, ...]:
        """Every source, by its id, with whether it would be asked today (0..n). The look is sealed.

        Raises:
            PolicyError: The principal may see none.
        """
        self._access.require(principal, "source:read")
        with self._stores.database.transaction() as connection:
            found = self._every(connection)
            states = tuple(SourceState(source=one, obstacle=self._obstacle(connection, one)) for one in found)
            self._access.seal(
                connection, self._access.record(principal, "sources", tuple(one.id for one in found) or ("none",))
            )
        return states

    def offered(self, principal: Principal, consignment_id: str) -> tuple[tuple[Source, tuple[Identifier, ...]], ...]:
        """Sources that could be asked for a dossier today, each with the identifiers by which it would be (0..n).

        Raises:
            NotFoundError: There is no such dossier for this principal.
        """
        with self._stores.database.transaction() as connection:
            line, where = self._access.dossier(connection, principal, consignment_id)
            if not self._access.may(principal, "source:ask", where.papers):
                return ()
            names = identifiers_of(filed_papers(self._stores, connection, line.id))
            return tuple(
                (one, held)
                for one in self._every(connection)
                if (held := _held(one, names)) and not self._obstacle(connection, one)
            )

    def ask(self, principal: Principal, consignment_id: str, wanted: AskFor) -> tuple[PullView, ...]:
        """Ask sources for a dossier. The look is sealed before they are asked, each pull before it is given out.

        Returns:
            What came, each beside what was declared, in the order of sources and identifiers (1..n).

        Raises:
            AgreementOverError: The source that is named may not be asked under its agreement.
            NotFoundError: There is no such dossier for this principal, or no such source.
            PolicyError: The principal may not, or not for this purpose.
            SenderError: No source holds anything that the dossier is known by.
        """
        with self._stores.database.transaction() as connection:
            line, where = self._access.dossier(connection, principal, consignment_id)
            papers = filed_papers(self._stores, connection, line.id)
            names = (wanted.identifier,) if wanted.identifier else identifiers_of(papers)
            questions = self._questions(connection, principal, wanted, names, (line.id, line.trader or ""))
            for asked in questions:
                self._access.require(_for(principal, asked), "source:ask", where.papers, Context(purpose=asked.purpose))
            who = _for(principal, questions[0])
            self._access.seal(connection, self._access.record(who, ASKED, (str(line.id),), about=line.id))
        pulls = self._answers(questions)
        return self._shown(line.id, pulls)

    def ask_alone(self, principal: Principal, wanted: AskFor) -> tuple[PullView, ...]:
        """Ask one source for an identifier of no dossier; for those who are bound to no office.

        Returns:
            What came (1..n).

        Raises:
            AgreementOverError: The source may not be asked under its agreement.
            NotFoundError: There is no such source.
            PolicyError: The principal may not, or not for this purpose.
            SenderError: No identifier is given, or the source holds none such.
        """
        if wanted.identifier is None:
            raise SenderError("Give the identifier to ask for.", code="source-identifier")
        with self._stores.database.transaction() as connection:
            questions = self._questions(connection, principal, wanted, (wanted.identifier,), (None, ""))
            who = _for(principal, questions[0])
            self._access.require(who, "source:ask", Resource(), Context(purpose=questions[0].purpose))
            self._access.seal(connection, self._access.record(who, ASKED, (wanted.identifier.value[:200],)))
        return self._shown(None, self._answers(questions))

    def doubt(self, principal: Principal, consignment_id: str, pull_id: str, wanted: AskFor) -> SourceDoubt:
        """Tell a ONE Record source in which fields an object of its differs from what was declared: a request for verification.

        Fields alone are told, never what was declared. The look is sealed before the source is told, what was told after it took it.

        Args:
            principal: Who tells.
            consignment_id: The dossier.
            pull_id: A pull of it that differs.
            wanted: For which purpose, and in which case; the rest of it is not used.

        Raises:
            AgreementOverError: The source may not be asked under its agreement.
            NotFoundError: There is no such dossier for this principal, or no such pull.
            PartnerError: The source did not take it.
            PolicyError: The principal may not, or not for this purpose.
            SenderError: Nothing differs, or this source is not told anything.
        """
        with self._stores.database.transaction() as connection:
            line, where = self._access.dossier(connection, principal, consignment_id)
            pull = next((one for one in pulls_of(self._stores, connection, line.id) if one.id == pull_id), None)
            if pull is None:
                raise NotFoundError("There is no such pull.")
            source = self._one(connection, pull.source)
            self._must_be_asked(connection, source)
            agreement = self._agreement(connection, source)
            if source.kind != "one-record" or "follow-up" not in allowed_fields(source, agreement):
                raise SenderError("This source takes no messages.", code="source-doubt", expected="follow-up")
            who = acting(principal, source, wanted.purpose)
            purpose = _purpose(who, source, agreement, is_only=True)
            told = msgspec.structs.replace(who, purpose=purpose, case=wanted.case or None)
            self._access.require(told, "source:ask", where.papers, Context(purpose=purpose))
            self._access.seal(connection, self._access.record(told, ASKED, (str(line.id),), about=line.id))
        (view,) = self._shown(line.id, (pull,))
        fields = tuple(dict.fromkeys(one.label for one in view.differences))
        if not fields:
            raise SenderError("Nothing in it differs from what was declared.", code="source-doubt")
        address = pull.location.split(" ")[0]
        with closing(client_of(self._stores.settings, source)) as client:
            headers = {"accept": _ONE_RECORD, "content-type": _ONE_RECORD}
            held = must_answer(client.get(address, headers), 200).headers
            latest = held.get("latest-revision") or held.get("revision", "")
            revision = int(latest) if latest.isdecimal() and len(latest) < _LONGEST_NUMBER else 1
            body = verification_of(address, revision, [("", f"{one}: not as it was declared") for one in fields])
            request = must_answer(client.send("POST", address, body, headers), 201).headers.get("location", "")
        made = SourceDoubt(
            id=str(new_id()),
            source=source.id,
            pull=pull.id,
            consignment=str(line.id),
            address=address,
            revision=revision,
            fields=fields,
            request=request[:500],
            by=principal.id,
            purpose=purpose,
            at=datetime.now(UTC),
        )
        with self._stores.database.transaction() as connection:
            record = self._files.write(connection, DOUBT, made.id, (made, made.by), Place(consignment=line.id))
            if record is not None:
                self._access.seal(connection, record)
        return made

    def pulls(self, principal: Principal, consignment_id: str) -> tuple[PullView, ...]:
        """What was pulled for a dossier, newest first, each beside what was declared (0..n). The look is sealed if there is any.

        Raises:
            NotFoundError: There is no such dossier for this principal.
        """
        with self._stores.database.transaction() as connection:
            line, where = self._access.dossier(connection, principal, consignment_id)
            if not self._access.may(principal, "source:read", where.papers):
                return ()
            found = pulls_of(self._stores, connection, line.id)
            if not found:
                return ()
            self._access.seal(connection, self._access.record(principal, "sources", (str(line.id),), about=line.id))
        return self._shown(line.id, tuple(reversed(found)))

    def _questions(
        self,
        connection: Connection,
        principal: Principal,
        wanted: AskFor,
        names: Sequence[Identifier],
        about: tuple[UUID | None, str],
    ) -> tuple[Asked, ...]:
        """The questions, each to a source that holds the identifier and may be asked (1..n)."""
        if any(one.type not in IDENTIFIER_TYPES or not one.value.strip() for one in names):
            raise SenderError(
                "There is no such type of identifier.", code="source-identifier", expected=", ".join(IDENTIFIER_TYPES)
            )
        every = (self._one(connection, wanted.source),) if wanted.source else self._every(connection)
        if wanted.source:
            self._must_be_asked(connection, every[0])
        questions = []
        for source in every:
            if self._obstacle(connection, source):
                continue
            agreement = self._agreement(connection, source)
            who = acting(principal, source, wanted.purpose)
            purpose = _purpose(who, source, agreement, is_only=bool(wanted.source))
            for name in _held(source, names)[:MOST_IDENTIFIERS] if purpose else ():
                asked = Asked(
                    source=source,
                    agreement=agreement,
                    identifier=name,
                    by=principal.id,
                    purpose=purpose,
                    case=(wanted.case or principal.case or "").strip(),
                    consignment=about[0],
                    trader=about[1],
                )
                questions.append(asked)
        if not questions:
            raise SenderError(
                "No source holds anything that this is known by, for this purpose.",
                code="source-none",
                hint="`cocket sources list` shows what each holds, and for which purposes.",
            )
        return tuple(questions)

    def _answers(self, questions: Iterable[Asked]) -> tuple[Pull, ...]:
        found: list[Pull] = []
        for asked in questions:
            try:
                with closing(client_of(self._stores.settings, asked.source)) as client:
                    connector = self._connectors[asked.source.kind](asked.source, client)
                    found += self._answer(connector, asked)
            except PartnerError as error:
                found.append(self._pulls.without(asked, OUTCOMES.get(error.code, "malformed"), error.message))
            except (
                CocketError
            ) as error:  # such as a file of credentials that is gone: the other sources are asked all the same
                found.append(self._pulls.without(asked, "failed", error.message))
        return tuple(found)

    def _answer(self, connector: Connector, asked: Asked) -> list[Pull]:
        locations = connector.find(asked.identifier)
        if not locations:
            return [self._pulls.without(asked, "nothing")]
        wanted = "events" if asked.source.kind in GIVING_EVENTS else "documents"
        if wanted not in allowed_fields(asked.source, asked.agreement):
            problem = f"The agreement does not let {wanted} be asked for: the source holds it, and it was not fetched."
            return [self._pulls.without(asked, "refused", problem, one) for one in locations[:MOST_LOCATIONS]]
        found: list[Pull] = []
        for location in locations[:MOST_LOCATIONS]:
            try:
                found += self._pulls.keep(asked, location, connector.fetch(location))
            except PartnerError as error:
                outcome = OUTCOMES.get(error.code, "malformed")
                found.append(self._pulls.without(asked, outcome, error.message, location))
        for location in locations[MOST_LOCATIONS:]:
            problem = f"Only the first {MOST_LOCATIONS} places were asked."
            found.append(self._pulls.without(asked, "pending", problem, location))
        return found

    def _shown(self, consignment: UUID | None, pulls: Sequence[Pull]) -> tuple[PullView, ...]:
        with self._stores.database.transaction() as connection:
            titles = {one.id: one.title for one in self._every(connection)}
            papers = filed_papers(self._stores, connection, consignment) if consignment is not None else ()
            holding = tuple(one for one in papers if one.speaks and not one.sender.startswith("source-"))
            ours = tuple(one for one in holding if one.declaration is not None) or holding
            return tuple(self._view(connection, one, titles.get(one.source, one.source), ours) for one in pulls)

    def _view(self, connection: Connection, pull: Pull, title: str, ours: tuple[Paper, ...]) -> PullView:
        theirs, findings = self._paper(connection, pull.message)
        if not theirs:
            return PullView(pull=pull, title=title, findings=findings)
        differences, agreeing, checks = _beside(ours, theirs)
        changed: tuple[Beside, ...] = ()
        if pull.earlier:
            before = self._files.read(connection, "source-pull", pull.earlier, Pull)
            former, _ = self._paper(connection, before.message) if before is not None else ((), ())
            changed = _otherwise(former, theirs) if former else ()
        return PullView(
            pull=pull,
            title=title,
            differences=differences,
            agreeing=agreeing,
            findings=(*findings, *checks),
            is_read=True,
            changed=changed,
        )

    def _paper(self, connection: Connection, message_id: str) -> tuple[tuple[Paper, ...], tuple[Finding, ...]]:
        """What came, as papers about goods, and what its reader says; nothing where it is not known any more."""
        message = self._stores.messages.get(connection, UUID(message_id)) if message_id else None
        if message is None:
            return (), ()
        reading = reading_of(message)
        bills = reading.document.bills if isinstance(reading.document, Manifest) else ()
        papers = papers_from([(message, part) for part in range(1, len(bills) + 1) or (0,)], {message.id: reading})
        return tuple(one for one in papers if one.document is not None), reading.findings

    def _one(self, connection: Connection, source_id: str, *, to_change: bool = False) -> Source:
        found = self._files.read_sealed(connection, SOURCE, source_id, Source, to_change=to_change)
        if found is None:
            raise NotFoundError("There is no such source.")
        return found

    def _every(self, connection: Connection) -> tuple[Source, ...]:
        return every_source(self._files, connection)

    def _obstacle(self, connection: Connection, source: Source) -> str:
        try:
            self._must_be_asked(connection, source)
        except SenderError as error:
            return error.message
        return ""

    def _must_be_asked(self, connection: Connection, source: Source) -> None:
        if not source.is_enabled:
            raise SenderError(f"The source {source.id} is not asked at present.", code="source-disabled")
        if source.kind not in self._connectors:
            raise SenderError(f"Sources of the kind {source.kind} are not asked here.", code="source-kind")
        self._agreement(connection, source)

    def _agreement(self, connection: Connection, source: Source) -> Agreement:
        return agreement_of(self._stores, connection, source)


def every_source(files: DocumentFiles, connection: Connection) -> tuple[Source, ...]:
    """Every source as it was sealed last, by its id (0..n)."""
    names = sorted(one.id for one in files.every(connection, SOURCE, Source))
    found = (files.read_sealed(connection, SOURCE, one, Source) for one in names)
    return tuple(one for one in found if one is not None)


def agreement_of(stores: Stores, connection: Connection, source: Source) -> Agreement:
    """The agreement under which a source is asked; without one it is not.

    Raises:
        AgreementOverError: It does not hold, or does not cover what the source is asked for.
    """
    found = named_agreement(stores, connection, EXCHANGE, source.agreement)
    if found is None:
        raise AgreementOverError(f"The source {source.id} does not name an agreement, so it is not asked.")
    if missing := sorted(set(source.fields) - set(found.exchanges[EXCHANGE])):
        raise AgreementOverError(
            f"The agreement {found.name} does not let a source be asked for {missing[0]}.", found=missing[0]
        )
    if missing := sorted(set(source.purposes) - set(found.purposes)):
        raise AgreementOverError(f"The agreement {found.name} is not for the purpose {missing[0]}.", found=missing[0])
    if not allowed_fields(source, found):
        raise AgreementOverError(f"The agreement {found.name} lets nothing be asked of this source.")
    return found


def identifiers_of(papers: Sequence[Paper]) -> tuple[Identifier, ...]:
    """What the papers of a dossier are known by outside, without repeats, in the order of its references (0..n)."""
    found = [
        Identifier(type=_TYPES[one.kind], value=one.value.strip())
        for one in derive(papers).references
        if one.kind in _TYPES
    ]
    for paper in papers:
        means = paper.declaration.shipment.border_transport if paper.declaration is not None and paper.speaks else None
        if means is not None and means.id:
            found.append(Identifier(type="means", value=means.id.strip()))
    return tuple(dict.fromkeys(found))


def _held(source: Source, names: Iterable[Identifier]) -> tuple[Identifier, ...]:
    return tuple(one for one in names if holds(source, one))


def _for(principal: Principal, asked: Asked) -> Principal:
    return msgspec.structs.replace(principal, purpose=asked.purpose, case=asked.case or None)


def _purpose(who: Principal, source: Source, agreement: Agreement, *, is_only: bool) -> str:
    """The purpose for which a source is asked; empty where it is not asked for it.

    Raises:
        SenderError: It is the only one that is asked, and not for this purpose.
    """
    purpose = who.purpose or ""
    if purpose in source.purposes and purpose in agreement.purposes:
        return purpose
    if not is_only:
        return ""
    told = ", ".join(one for one in source.purposes if one in agreement.purposes)
    if not purpose:
        raise SenderError("State for which purpose the source is asked.", code="source-purpose", expected=told)
    raise SenderError(
        f"The source {source.id} is not asked for this purpose.", code="source-purpose", expected=told, found=purpose
    )


def _beside(ours: tuple[Paper, ...], theirs: tuple[Paper, ...]) -> tuple[tuple[Beside, ...], int, tuple[Finding, ...]]:
    """Where papers of a source differ from ours, in how many fields they agree, and what the cross-checks say of both."""
    if not ours:
        return (), 0, ()
    last = max(one.index for one in ours)
    after = tuple(
        msgspec.structs.replace(one, index=last + number, standing="accepted") for number, one in enumerate(theirs, 1)
    )
    made, before = derive((*ours, *after)), derive(ours)
    differences, agreeing = [], 0
    own_ids = {one.message_id for one in ours}
    places = [place for place, paper in enumerate(made.papers) if paper.message_id not in own_ids]
    for row in made.rows:
        said = next((row.cells[place] for place in places if row.cells[place].text is not None), None)
        first = row.cells[row.first].text if row.first is not None and row.first not in places else None
        if said is None or first is None:
            continue
        if said.differs:
            differences.append(Beside(name=row.name, label=row.label, declared=first, source=said.text))
        else:
            agreeing += 1
    checks = tuple(one for one in made.findings if one not in before.findings)
    return tuple(differences), agreeing, checks


def _otherwise(former: tuple[Paper, ...], theirs: tuple[Paper, ...]) -> tuple[Beside, ...]:
    """Fields that a source states otherwise than before."""
    said = [{row.name: (row.label, _text(row)) for row in derive(papers).rows} for papers in (former, theirs)]
    names = dict.fromkeys((*said[0], *said[1]))
    pairs = ((name, said[0].get(name, ("", None)), said[1].get(name, ("", None))) for name in names)
    return tuple(
        Beside(name=name, label=before[0] or now[0], declared=before[1], source=now[1])
        for name, before, now in pairs
        if before[1] != now[1]
    )


def _text(row: Row) -> str | None:
    return "; ".join(dict.fromkeys(cell.text for cell in row.cells if cell.text is not None)) or None
