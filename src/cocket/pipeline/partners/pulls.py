# SPDX-License-Identifier: Apache-2.0
"""What was pulled from sources: each pull is one sealed document, and what came is a paper of the source's account.

A source gives papers, not declarations: a declaration that comes from one is kept as a refused message. What a source says twice in
the same words is kept once; where it says something else of the same thing, both are kept and the pull says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.exchange.sources import Fetched, Identifier, Location, Source
from cocket.findings import Finding
from cocket.governance import Principal
from cocket.governance.agreements import Agreement
from cocket.model import Declaration, Envelope, Reading
from cocket.pipeline.base.document_files import DocumentFiles, Place, read_body
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.intake.messages import Answer, Intake, prepare, read_envelope
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection

#: Kind of the sealed record and case file of a pull.
PULL: Final = "source-pull"

#: What came of a pull: a document for the first time, the same as before, another than before, nothing, nothing yet; that the source
#: did not allow it, could not be asked, or sent what is not its standard.
Outcome = Literal["came", "same", "changed", "nothing", "pending", "refused", "failed", "malformed"]

#: Names under which pulls are found: of a dossier, and of a thing at a source.
_OF: Final = "SOURCE-PULLS-OF"
_AT: Final = "SOURCE-PULLS-AT"


class Pull(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One pull; also its sealed record.

    Attributes:
        id: Its id.
        source: The source.
        identifier: By what it was asked.
        location: Where the data lives there; empty where nothing was found.
        said: What the source said of it without giving the data, by name (0..n).
        by: Who asked; for what the source sent by itself, the source's account.
        purpose: For what.
        case: Case that was named with it; empty for none.
        consignment: Dossier from which it was asked; empty for none.
        trader: Trader of that dossier; empty where none is known.
        at: When, UTC.
        outcome: What came of it.
        problem: Why nothing came, in words; empty where something did.
        digest: SHA-256 of what came, hexadecimal; empty where nothing did.
        size: Of what came (bytes).
        message: The paper that it was taken in as; empty where nothing came, or it was passed on to an authority of eFTI and kept nowhere.
        agreement: Agreement under which it was asked.
        version: Version of it.
        fields: What it was asked for (1..n).
        earlier: Of what differs from before, id of the pull of before; empty else.
    """

    id: str
    source: str
    identifier: Identifier
    location: str = ""
    said: dict[str, str] = {}
    by: str
    purpose: str
    case: str = ""
    consignment: str = ""
    trader: str = ""
    at: datetime
    outcome: Outcome
    problem: str = ""
    digest: str = ""
    size: int = 0
    message: str = ""
    agreement: str
    version: int
    fields: tuple[str, ...]
    earlier: str = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question to a source, before it is answered.

    Attributes:
        source: The source.
        agreement: The agreement under which it is asked.
        identifier: By what.
        by: Who asks.
        purpose: For what.
        case: Case that is named with it; empty for none.
        consignment: Dossier from which it is asked; None for none.
        trader: Trader of that dossier; empty where none is known.
    """

    source: Source
    agreement: Agreement
    identifier: Identifier
    by: str
    purpose: str
    case: str = ""
    consignment: UUID | None = None
    trader: str = ""


class SourcePulls:
    """Keeping what sources give. Whoever uses it has decided by policy and agreement.

    Args:
        stores: The stores of this process.
        intake: What stores messages, the same as for all others.
    """

    def __init__(self, stores: Stores, intake: Intake) -> None:
        self._stores, self._intake = stores, intake
        self._files = DocumentFiles(stores)

    def keep(self, asked: Asked, location: Location, came: Sequence[Fetched]) -> tuple[Pull, ...]:
        """Take in what came from a location, and seal a pull for each document.

        Returns:
            The pulls (1..n), sealed; one of nothing where no document came.

        Raises:
            StoreError: It could not be stored; what is not sealed was not given out.
        """
        if not came:
            return (self.without(asked, "nothing", location=location),)
        answers = [self._taken(asked.source, one) for one in came]
        made, records = [], []
        with self._stores.database.transaction() as connection:
            for one, (answer, _) in zip(came, answers, strict=True):
                digest, place = sha256(one.content).hexdigest(), f"{location.name} {one.name}".strip()
                before = _last(self._stores, connection, asked.source.id, place)
                outcome: Outcome = "came" if before is None else "same" if before.digest == digest else "changed"
                pull = _pull(asked, outcome, location=place, said=location.said)
                pull = msgspec.structs.replace(
                    pull,
                    digest=digest,
                    size=len(one.content),
                    message=answer.id,
                    earlier=before.id if before is not None and outcome == "changed" else "",
                )
                records += _written(self._files, connection, pull)
                made.append(pull)
            self._stores.leaves.append_records(connection, records)
        return tuple(made)

    def without(self, asked: Asked, outcome: Outcome, problem: str = "", location: Location | None = None) -> Pull:
        """Seal a pull by which no document came.

        Raises:
            StoreError: It could not be stored.
        """
        said = location.said if location is not None else {}
        pull = _pull(asked, outcome, location=location.name if location is not None else "", said=said)
        pull = msgspec.structs.replace(pull, problem=problem[:300])
        with self._stores.database.transaction() as connection:
            self._stores.leaves.append_records(connection, _written(self._files, connection, pull))
        return pull

    def _taken(self, source: Source, one: Fetched) -> tuple[Answer, Reading]:
        envelope = Envelope(
            sender=source.sender,
            actor=source.sender,
            door="sources",
            content=one.content,
            received=datetime.now(UTC),
            content_type=one.content_type or None,
            file_name=one.name or None,
        )
        reading = read_envelope(envelope)
        if any(isinstance(document, Declaration) for document in reading.documents):
            reading = _refused(reading)
        (answer,) = self._intake.store([prepare(envelope, reading, self._stores.sealer)])
        return answer, reading


def passed_on(
    stores: Stores, connection: Connection, asked: Asked, answer: tuple[Outcome, str, bytes], location: Location
) -> list[NewRecord]:
    """The record of a pull for somebody else: what came is passed on as it came, and kept nowhere.

    Args:
        stores: The stores.
        connection: The transaction.
        asked: The question.
        answer: What came of it, why nothing did in words, and what came; empty where nothing did.
        location: Where it lives.
    """
    outcome, problem, content = answer
    pull = _pull(asked, outcome, location=location.name, said=location.said)
    digest = sha256(content).hexdigest() if content else ""
    pull = msgspec.structs.replace(pull, problem=problem[:300], digest=digest, size=len(content))
    return _written(DocumentFiles(stores), connection, pull)


def allowed_fields(source: Source, agreement: Agreement) -> tuple[str, ...]:
    """What a source is asked for: what is named both in it and in the agreement (0..n)."""
    return tuple(one for one in agreement.exchanges.get("sources", ()) if one in source.fields)


def pulls_of(stores: Stores, connection: Connection, consignment: UUID) -> tuple[Pull, ...]:
    """Pulls from a dossier, oldest first (0..n)."""
    key = (_OF, str(consignment))
    return tuple(read_body(one, Pull) for one in stores.case_files.found_by(connection, PULL, [key]).get(key, ()))


def _pull(asked: Asked, outcome: Outcome, *, location: str, said: dict[str, str]) -> Pull:
    return Pull(
        id=str(new_id()),
        source=asked.source.id,
        identifier=asked.identifier,
        location=location[:500],
        said=said,
        by=asked.by,
        purpose=asked.purpose,
        case=asked.case,
        consignment=str(asked.consignment) if asked.consignment is not None else "",
        trader=asked.trader,
        at=datetime.now(UTC),
        outcome=outcome,
        agreement=asked.agreement.name,
        version=asked.agreement.version,
        fields=allowed_fields(asked.source, asked.agreement),
    )


def _written(files: DocumentFiles, connection: Connection, pull: Pull) -> list[NewRecord]:
    names = [("name", pull.id)]
    names += [(_OF, pull.consignment)] if pull.consignment else []
    names += [(_AT, _thing(pull.source, pull.location))] if pull.message else []
    where = Place(
        state=pull.outcome, consignment=UUID(pull.consignment) if pull.consignment else None, names=tuple(names)
    )
    record = files.write(connection, PULL, pull.id, (pull, pull.by), where)
    return [record] if record is not None else []


def _last(stores: Stores, connection: Connection, source: str, location: str) -> Pull | None:
    """The last pull of a thing by which something came."""
    key = (_AT, _thing(source, location[:500]))
    found = [read_body(one, Pull) for one in stores.case_files.found_by(connection, PULL, [key]).get(key, ())]
    return found[-1] if found else None


def _thing(source: str, location: str) -> str:
    return f"{source} {location}"[:600]


def acting(principal: Principal, source: Source, purpose: str) -> Principal:
    """Whoever asks, for the purpose that he states; where he states none, for the only one that the source may be asked for."""
    if purpose or principal.purpose:
        return msgspec.structs.replace(principal, purpose=purpose or principal.purpose)
    return msgspec.structs.replace(principal, purpose=source.purposes[0]) if len(source.purposes) == 1 else principal


def _refused(reading: Reading) -> Reading:
    """What a source sent as a declaration: kept, and declared by nobody."""
    finding = Finding(
        code="source-declaration",
        severity="error",
        message="a source sends papers only; this declaration from it was not accepted, because a declaration must come from its declarant",
    )
    return msgspec.structs.replace(
        reading, outcome="refused", document=None, findings=(finding, *reading.findings)[:100], further=()
    )
