# SPDX-License-Identifier: Apache-2.0
"""Which rows are held against which shadows, and how: one entry for each table that sealed records speak of.

What follows from other rows is checked beside that: by what names a case file is found, which dossier each message is
filed in, and what is taken of each permit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from cocket.consignment import Claim, consignments_of
from cocket.control import commit_seed
from cocket.control.intelligence import IntelligenceReport
from cocket.control.self_assessment import SELF_ASSESSMENT, SelfAssessment
from cocket.control.standing import Standing
from cocket.errors import ArchiveAwayError, CocketError, RowDiffersError, StoreError
from cocket.governance.contest import Contest
from cocket.governance.question import Question
from cocket.measures.payments import PaymentAdvice
from cocket.model import Reading
from cocket.pipeline.base.document_files import file_id
from cocket.pipeline.base.notices import PREFERENCES, WISHES, Preferences
from cocket.pipeline.base.pilot_protocols import ANSWER, answer_names
from cocket.pipeline.base.roles import SEALED_ASSESSMENT
from cocket.pipeline.base.set_aside import LOST
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.filed_claims import LINK_CORRECTION, LinkCorrection, correction_names, readings_of
from cocket.pipeline.consignment.mirror_records import RECORD, KeptRecord
from cocket.pipeline.consignment.mirror_records import names_of as record_names
from cocket.pipeline.consignment.outcomes import AuditStep
from cocket.pipeline.control.contests import CONTEST, contest_names
from cocket.pipeline.control.desk_notes import COMMENT
from cocket.pipeline.control.officer_allocation import OfficerAllocation, allotted_names
from cocket.pipeline.control.questions import QUESTION, question_names
from cocket.pipeline.credentials.self_assessments import SUBMITTED, assessment_names
from cocket.pipeline.credentials.standings import standing_names
from cocket.pipeline.governance.mandates import MANDATE, Mandate, mandate_names
from cocket.pipeline.governance.sign_in import secret_digest
from cocket.pipeline.governance.webhooks import WEBHOOK, Webhook, webhook_names
from cocket.pipeline.ledger.leaf_audit import altered_eras, opens, proven_leaf
from cocket.pipeline.measures.payments import PAYMENT, PAYMENT_ADVICE, SealedPayment, advice_names, payment_names
from cocket.pipeline.operations.case_file_rows import document_name
from cocket.pipeline.operations.derived_sets import DERIVED_SETS, KEYS_OF_DOSSIERS
from cocket.pipeline.operations.message_rows import (
    is_sender,
    look_at_calls,
    look_at_identities,
    look_at_promises,
    under_its_name,
)
from cocket.pipeline.operations.sealed_rows import DOCUMENTS, digest_of
from cocket.pipeline.risk.rulebooks import RuleFile
from cocket.pipeline.screening.matches import CONFIRMED, FOUND, ScreeningFound, confirmed_names, found_names
from cocket.screening import Confirmed
from cocket.stores.base.database import Connection
from cocket.stores.base.dossier_rows import LINKS
from cocket.stores.base.progress import PLACES
from cocket.stores.base.row_macs import Protected, shown
from cocket.stores.consignment.rows import ADVICE
from cocket.stores.control.case_files import CASE_FILES
from cocket.stores.control.orders import (
    ASSESSMENTS,
    HOST_DECISIONS,
    HOST_DRAWS,
    ORDERS,
    OVERRIDES,
    RESULTS,
    SEEDS,
    read_assessments,
)
from cocket.stores.governance.people import API_KEYS, OFFICERS, SESSIONS
from cocket.stores.intake.messages import StoredMessage
from cocket.stores.ledger.leaves import ASSESSMENT_PLACE, StoredLeaf
from cocket.stores.ledger.yearly_logs import ERAS
from cocket.stores.measures.permits import CLAIMS, PERMITS, TAKEN, USES, taken_of
from cocket.stores.operations.protected import (
    BACKUPS,
    CREDENTIALS,
    CUSTODY,
    DEVICES,
    LAID_DOWN,
    PROOF_KEYS,
    RULE_HITS,
    SCREENING_LISTS,
    SET_ASIDE,
    WATCHES,
)
from cocket.stores.operations.row_audits import RowAudits, RowDifference, plain
from cocket.stores.screening.lists import CLEARANCES
from cocket.stores.tracking.alerts import ALERTS
from cocket.stores.tracking.journeys import JOURNEYS, PLANS
from cocket.trials.pilots.report import Answer

#: Hides the id of what a record is about, as openings have it.
Subject = Callable[[str], str]

#: Kinds of case files of which every one rests on records whose body or state is that of the file.
_FILES_OF_RECORDS = (
    "standing",
    "rule",
    "proposal",
    "audit",
    "intelligence",
    "value-doubt",
    "title-book",
    COMMENT,
    *DOCUMENTS,
)


def _same(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items()}


@dataclass(frozen=True, kw_only=True)
class Compared:
    """How the rows of a table are held against their shadows.

    Attributes:
        protected: The table.
        name: Gives the id of a row's shadow from its columns; None stands for the row's key.
        sql: Expression of SQL that gives the same id; None where rows cannot be looked up by it.
        told: Gives what a shadow may speak of, in plain form.
        is_bound: Gives whether a row must rest on a record.
        lasts: Whether a row that a record speaks of must be there.
        is_hidden: Whether ids of shadows hide those of rows, so that no expression of SQL gives them.
    """

    protected: Protected
    name: Callable[[Mapping[str, Any], Subject], str] | None = None
    sql: str | None = None
    told: Callable[[Mapping[str, Any], Subject], dict[str, Any]] = _same
    is_bound: Callable[[Mapping[str, Any]], bool] = lambda _: True
    lasts: bool = True
    is_hidden: bool = False

    def id_of(self, row: Mapping[str, Any], subject: Subject) -> str:
        """The id of a row's shadow."""
        if self.name is not None:
            return self.name(row, subject)
        return " ".join(str(plain(row[name])) for name in self.protected.key)

    @property
    def id_sql(self) -> str:
        """The expression of SQL that gives it."""
        return self.sql or " || ' ' || ".join(f"{name}::text" for name in self.protected.key)


def _seed(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {"day": str(row["day"]), "commitment": commit_seed(row["seed"])}


def _officer(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {
        "id": row["id"],
        "role": row["role"],
        "office": row["office"],
        "is_disabled": row["disabled"] is not None,
        "secret": secret_digest(row["password_hash"]),
        "record": plain(row["record"]),
    }


def _key(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {
        "id": row["id"],
        "roles": list(row["roles"]),
        "senders": list(row["senders"]),
        "office": row["office"],
        "is_revoked": row["revoked"] is not None,
        "secret": secret_digest(row["secret_hash"]),
        "record": plain(row["record"]),
    }


def _file_id(row: Mapping[str, Any], subject: Subject) -> str:
    if row["kind"] == "allocation":
        return f"allocation {subject(str(row['consignment']))}"
    if row["kind"] == PREFERENCES:
        with suppress(msgspec.MsgspecError):
            return f"{PREFERENCES} {msgspec.json.decode(row['body'], type=Preferences).officer}"
    return f"of {subject(str(row['id']))}" if row["kind"] in _FILES_OF_RECORDS else str(row["id"])


def _file(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    if row["kind"] == "allocation":
        return {"examiner": msgspec.json.decode(row["body"]).get("examiner")}
    told = {"state": row["state"], "digest": digest_of(row["body"]), "consignment": plain(row["consignment"])}
    return {"id": str(row["id"]), **told}


def _with_body(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {**_same(row, subject), "digest": digest_of(row["body"])}


def _custody(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    """Who has a device; not told where the journey it was handed out for was erased."""
    return {} if row["custody"] == "issued" and not row["holder"] else _same(row, subject)


def _proof_key(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {**_same(row, subject), "material_digest": digest_of(row["material"])}


def _plan(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {"plan": digest_of(row["plan"])}


def _journey(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {**_same(row, subject), "is_arrived": row["arrived"] is not None}


def _list(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    return {**_same(row, subject), "content_digest": digest_of(row["content"])}


def _watch(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    """Since when each thing is shown; until when is told by no record before the look ends."""
    spans = msgspec.json.decode(row["spans"], type=dict[str, tuple[datetime, datetime]])
    return {**_same(row, subject), "shown": {name: plain(first) for name, (first, _) in sorted(spans.items())}}


def _place(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    if row["name"] == "off-duty":
        return {"off_duty": msgspec.json.decode(row["value"])}
    return {"value": plain(row["value"])}


def _aside(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    """What is tried again rests on what asked for that, of which there are acts without a record of this kind.

    So does a leaf that was let stand, of which the record is about the leaf; the book sets it aside again if that is not so.
    """
    told = _same(row, subject)
    is_elsewhere = row["state"] == "retrying" or (row["kind"] == "leaf" and row["state"] == "worked")
    if is_elsewhere:
        return {name: told[name] for name in ("id", "role", "kind", "subject")}
    if row["kind"] == "recall":  # why it was to be assessed again is told anew each time, and the row has the first
        del told["what"]
    return told


def _is_aside_bound(row: Mapping[str, Any]) -> bool:
    """Whether a thing set aside must rest on a record of its own.

    Not what is tried again, which its role works on at its next turn; nor what is lost with its key and waits, of which the
    record of the loss tells; nor what the endpoints of devices set aside, who have no key, until the tracker seals it.
    """
    if row["state"] == "retrying" or (row["state"] == "waiting" and row["kind"] == LOST):
        return False
    return not (row["role"] == "ingress" and row["state"] == "waiting" and row["record"] is None)


#: In the order in which they are compared.
COMPARED = (
    Compared(protected=ADVICE, is_bound=lambda row: not ADVICE.is_empty(list(row.values()))),
    Compared(protected=ASSESSMENTS),
    Compared(protected=ORDERS, name=lambda row, subject: str(row["consignment"]), sql="consignment::text"),
    Compared(protected=OVERRIDES),
    Compared(protected=RESULTS),
    Compared(protected=HOST_DECISIONS),
    Compared(
        protected=HOST_DRAWS,
        is_bound=lambda row: row["is_random"] is not None or row["chance"] is not None,
        lasts=False,
    ),
    Compared(protected=SEEDS, told=_seed),
    Compared(protected=OFFICERS, told=_officer),
    Compared(protected=API_KEYS, told=_key),
    Compared(protected=SESSIONS, name=lambda row, subject: str(row["record"]), sql="record::text", lasts=False),
    Compared(
        protected=CASE_FILES,
        name=_file_id,
        told=_file,
        is_bound=lambda row: (
            row["kind"] in (*_FILES_OF_RECORDS, "allocation", "agency-hold", PAYMENT_ADVICE, PAYMENT, PREFERENCES)
        ),
        is_hidden=True,
    ),
    Compared(protected=PERMITS, told=_with_body),
    Compared(protected=CLAIMS, is_bound=lambda row: False),
    Compared(protected=USES, is_bound=lambda row: not row["declaration"].startswith("erased ")),
    Compared(protected=JOURNEYS, told=_journey),
    Compared(protected=PLANS, told=_plan, lasts=False),
    Compared(protected=ALERTS),
    Compared(protected=CLEARANCES),
    Compared(protected=PLACES, told=_place, is_bound=lambda row: row["name"] == "off-duty"),
    Compared(protected=DEVICES),
    Compared(protected=CREDENTIALS, name=lambda row, subject: row["digest"].hex(), sql="encode(digest, 'hex')"),
    Compared(protected=PROOF_KEYS, told=_proof_key),
    Compared(protected=CUSTODY, told=_custody, is_bound=lambda row: row["holder"] != ""),
    Compared(protected=LAID_DOWN, told=_with_body),
    Compared(protected=RULE_HITS, is_bound=lambda row: False),
    Compared(protected=BACKUPS),
    Compared(protected=SCREENING_LISTS, told=_list),
    Compared(protected=WATCHES, told=_watch),
    Compared(protected=SET_ASIDE, told=_aside, is_bound=_is_aside_bound),
)


@dataclass(frozen=True, kw_only=True)
class Following:
    """A table whose rows follow from others.

    Attributes:
        source: The table that is gone through, by its key.
        look: Gives the differences of some of its rows.
        waits_for: Table by way of which they follow: while some of its rows differ, only what is lacking is named.
    """

    source: Protected
    look: Callable[[Stores, Connection, Sequence[Mapping[str, Any]]], list[RowDifference]]
    waits_for: str = ""


def names_of_file(stores: Stores, connection: Connection, row: Mapping[str, Any]) -> set[tuple[str, str]] | None:
    """The names by which a case file is found, as the file itself tells them; None where it does not tell.

    Args:
        shelves: The stores.
        connection: The transaction.
        row: The file's columns.
    """
    kind, body = row["kind"], row["body"]
    if kind in (*DOCUMENTS, "title-book") and kind not in _NAMES:
        if (own := document_name(kind, row["id"], body)) is not None:
            return {("name", own[:500])}
        found = connection.execute("select value from case_file_key where file = %s and name = 'name'", (row["id"],))
        return {("name", value) for (value,) in found if file_id(kind, value) == row["id"]} or None
    if kind == "value-doubt":
        name = "case_file", _file_id(row, stores.sealer.subject)
        shadow = RowAudits().shadows(connection, [name]).get(name)
        trader = shadow.values.get("trader") if shadow else None
        known = connection.execute("select value from case_file_key where file = %s and name = 'trader'", (row["id"],))
        traders = {trader} if trader else {value for (value,) in known}  # records of before do not tell him
        return {("consignment", str(row["consignment"])), *(("trader", one) for one in traders)}
    if kind == COMMENT:
        return set()
    if kind in _NAMES:
        return _NAMES[kind](body, row["state"])
    return None


#: Kind of case file → its names, by its body and state.
_NAMES: dict[str, Callable[[bytes, str], set[tuple[str, str]]]] = {
    "allocation": lambda body, state: set(allotted_names(msgspec.json.decode(body, type=OfficerAllocation), state)),
    "agency-hold": lambda body, state: set(),
    PREFERENCES: lambda body, state: {(WISHES, msgspec.json.decode(body, type=Preferences).officer)},
    PAYMENT_ADVICE: lambda body, state: set(advice_names(msgspec.json.decode(body, type=PaymentAdvice))),
    PAYMENT: lambda body, state: set(payment_names(msgspec.json.decode(body, type=SealedPayment))),
    FOUND: lambda body, state: set(found_names(msgspec.json.decode(body, type=ScreeningFound))),
    CONFIRMED: lambda body, state: set(confirmed_names(msgspec.json.decode(body, type=Confirmed), state)),
    "standing": lambda body, state: set(standing_names(msgspec.json.decode(body, type=Standing))),
    "audit": lambda body, state: {("trader", msgspec.json.decode(body, type=AuditStep).case.trader)},
    "rule": lambda body, state: {("code", msgspec.json.decode(body, type=RuleFile).rule.code)},
    "proposal": lambda body, state: set(),
    CONTEST: lambda body, state: contest_names(msgspec.json.decode(body, type=Contest)),
    QUESTION: lambda body, state: question_names(msgspec.json.decode(body, type=Question)),
    MANDATE: lambda body, state: mandate_names(msgspec.json.decode(body, type=Mandate)),
    WEBHOOK: lambda body, state: webhook_names(msgspec.json.decode(body, type=Webhook)),
    LINK_CORRECTION: lambda body, state: correction_names(msgspec.json.decode(body, type=LinkCorrection)),
    ANSWER: lambda body, state: answer_names(msgspec.json.decode(body, type=Answer)),
    RECORD: lambda body, state: record_names(msgspec.json.decode(body, type=KeptRecord)),
    SELF_ASSESSMENT: lambda body, state: assessment_names(msgspec.json.decode(body, type=SelfAssessment)),
    SUBMITTED: lambda body, state: assessment_names(msgspec.json.decode(body, type=SelfAssessment)),
    "intelligence": lambda body, state: (
        set() if state == "ended" else {link.pair for link in msgspec.json.decode(body, type=IntelligenceReport).links}
    ),
}


def _look_at_names(stores: Stores, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[RowDifference]:
    """Names by which a file is found though it does not bear them, and names it bears and is not found by."""
    found = connection.execute(
        "select file, name, value from case_file_key where file = any(%s)", ([row["id"] for row in rows],)
    ).fetchall()
    stand: dict[UUID, set[tuple[str, str]]] = {}
    for file, name, value in found:
        stand.setdefault(file, set()).add((name, value))
    differences = []
    for row in rows:
        try:
            names, here = names_of_file(stores, connection, row), stand.get(row["id"], set())
        except RowDiffersError:  # it is not the file that cannot be believed, but a shadow
            raise
        except (msgspec.MsgspecError, CocketError, ValueError):
            differences.append(
                RowDifference(table="case_file", id=str(row["id"]), column="body", stands="cannot be read", sealed=None)
            )
            continue
        for name, value in sorted(here ^ names) if names is not None else ():
            is_lost = (name, value) not in here
            differences.append(
                RowDifference(
                    table="case_file_key",
                    id=f"{name} {value} {row['id']}",
                    column="",
                    stands=None if is_lost else f"{name} {value}",
                    sealed=f"a name of the {row['kind']}" if is_lost else f"no name of the {row['kind']}",
                    about=row["consignment"],
                )
            )
    return differences


def _look_at_links(stores: Stores, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[RowDifference]:
    """Parts of messages that the assessment worker has filed and that are in no dossier, or in one that went up in another."""
    worked = stores.places.learnt(connection, ASSESSMENT_PLACE)
    reached = -1 if worked is None else int(worked)  # where that cannot be believed, it is a difference itself
    aside = connection.execute(
        "select subject from set_aside where role = %s and state <> 'worked'", (SEALED_ASSESSMENT,)
    ).fetchall()
    left_out = {subject for (subject,) in aside}
    links = connection.execute(
        f"""select {", ".join(f"k.{name}" for name in LINKS.columns)}, k.mac, c.merged_into, c.id from consignment_message k
        left join consignment c on c.id = k.consignment where k.message = any(%s)""",
        ([row["id"] for row in rows],),
    ).fetchall()
    good = {(row[1], row[2]) for row in links if row[4] is None and connection.row_macs.agrees(LINKS, row[:3], row[3])}
    differences = [
        RowDifference(
            table="consignment_message",
            id=f"{row[0]} {row[1]} {row[2]}",
            column="",
            stands=shown(row[:3]),
            sealed=f"linked to {row[4]}, into which that dossier was merged",
            about=row[0],
        )
        for row in links
        if row[4] is not None
    ]
    gone = {row[0] for row in links if row[5] is None and connection.row_macs.agrees(LINKS, row[:3], row[3])}
    differences += [
        RowDifference(
            table="consignment",
            id=str(dossier),
            column="",
            stands=None,
            sealed="a dossier, for papers are filed in it",
            about=dossier,
        )
        for dossier in sorted(gone)
    ]
    ids = [row["id"] for row in rows]
    advised = filed_in(connection, ids)
    leaves = {leaf.record: leaf for leaf in stores.leaves.of_records(connection, ids)}
    proven = {leaf.record: _proven(stores, connection, leaf) for leaf in leaves.values()}
    differences += [
        _of_message(one, "", "is stored", "no leaf records that it was received") for one in ids if one not in leaves
    ]
    for one in readings_of(stores, connection, ids):
        if isinstance(one, UUID):
            differences.append(_of_message(one, "reading", "cannot be read", "what was read on receipt"))
            continue
        message, reading = one
        differences += _look_at_columns(stores, message, reading, proven.get(message.id))
        if message.outcome == "conflict" or message.index > reached or str(message.id) in left_out:
            continue
        for part in sorted({claim.part for claim in consignments_of(reading, message.sender)}):
            if (message.id, part) in good:
                continue
            dossiers = advised.get(message.id, set())
            name = f"dossier {next(iter(dossiers))}" if len(dossiers) == 1 else "a dossier"
            differences.append(
                RowDifference(
                    table="consignment_message",
                    id=f"- {message.id} {part}",
                    column="",
                    stands=None,
                    sealed=f"part {part} of message {message.id} was linked to {name}",
                    about=next(iter(dossiers)) if len(dossiers) == 1 else None,
                )
            )
    return differences


def _proven(stores: Stores, connection: Connection, leaf: StoredLeaf) -> StoredLeaf | None:
    """The leaf of a message as its commitment proves it; None where it proves nothing, which is said of the leaf."""
    if leaf.nonce is None or opens(leaf):
        return leaf
    try:
        content = stores.messages.content(connection, leaf.record)
    except ArchiveAwayError:
        raise
    except StoreError:  # that it cannot be opened is said of the leaf
        content = None
    return proven_leaf(stores, connection, leaf, content)


def message_as_sealed(message: StoredMessage, reading: Reading, leaf: StoredLeaf | None) -> dict[str, Any]:
    """Columns of a message that are not those of its leaf, or of what was read in it: column → what they must be."""
    wanted: dict[str, Any] = {"standard": reading.standard, "reference": reading.reference}
    if leaf is not None and leaf.kind.startswith("message-"):
        wanted |= {"outcome": leaf.kind.removeprefix("message-"), "actor": leaf.actor, "received": leaf.at}
    return {name: value for name, value in wanted.items() if getattr(message, name) != value}


def _look_at_columns(
    stores: Stores, message: StoredMessage, reading: Reading, leaf: StoredLeaf | None
) -> list[RowDifference]:
    reading = under_its_name(stores, message, leaf, reading)
    differences = [
        _of_message(message.id, name, str(plain(getattr(message, name))), str(plain(value)))
        for name, value in message_as_sealed(message, reading, leaf).items()
    ]
    if leaf is not None and not is_sender(stores, message, leaf, (reading.standard, reading.reference)):
        differences.append(_of_message(message.id, "sender", message.sender, "another sender, by its leaf"))
    return differences


def filed_in(connection: Connection, messages: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """The dossiers that were advised on for messages, as believed assessments say; those without one are left out."""
    rows = connection.execute(
        f"select {ASSESSMENTS.read} from assessment where message = any(%s)", (list(messages),)
    ).fetchall()
    found: dict[UUID, set[UUID]] = {}
    for one in read_assessments(connection, rows):
        found.setdefault(one.message, set()).add(one.consignment)
    return found


def keyed_to(connection: Connection, claim: Claim) -> set[UUID]:
    """The dossiers that bear a strong key of a claim, which no record tells (0..n)."""
    rows = connection.execute(
        """select distinct coalesce(c.merged_into, c.id) from unnest(%s::text[], %s::text[]) as asked (kind, value)
        join consignment_key k using (kind, value) join consignment c on c.id = k.consignment where k.is_strong""",
        ([key.kind for key in claim.strong], [key.value for key in claim.strong]),
    )
    return {row[0] for row in rows}


def _of_message(message: UUID, column: str, stands: str, sealed: str) -> RowDifference:
    return RowDifference(table="message", id=str(message), column=column, stands=stands, sealed=sealed)


def _look_at_balances(stores: Stores, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[RowDifference]:
    """Permits of which something else is taken than their uses come to."""
    differences = []
    for row in rows:
        uses = taken_of(connection, row["id"])
        for name, stands, sealed in zip(TAKEN.columns[1:], list(row.values())[1:], uses, strict=True):
            if stands != sealed:
                differences.append(
                    RowDifference(
                        table="permit",
                        id=str(row["id"]),
                        column=name,
                        stands=str(plain(stands)),
                        sealed=f"{plain(sealed)}, the sum of its uses",
                    )
                )
    return differences


def _look_at_eras(stores: Stores, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[RowDifference]:
    """Rows of `era` against what is kept of them all: those changed, removed and added."""
    stores.leaves.eras.load(connection)
    return altered_eras(stores)


#: Messages as they are gone through, without what is in them.
_MESSAGES = Protected(table="message", key=("id",), columns=("id",), mac="")

_LEAVES = Protected(table="leaf", key=("idx",), columns=("idx",), mac="")

#: In the order in which they are looked at.
FOLLOWING = (
    Following(source=CASE_FILES, look=_look_at_names),
    Following(source=_MESSAGES, look=_look_at_links),
    Following(source=TAKEN, look=_look_at_balances),
    *(Following(source=one.source, look=one.look, waits_for=one.waits_for) for one in DERIVED_SETS),
    Following(source=KEYS_OF_DOSSIERS.rows, look=KEYS_OF_DOSSIERS.look_for_owners),
    Following(source=_MESSAGES, look=look_at_identities),
    Following(source=_MESSAGES, look=look_at_calls),
    Following(source=_LEAVES, look=look_at_promises),
    Following(source=ERAS, look=_look_at_eras),
)


def consignment_of(row: Mapping[str, Any], protected: Protected) -> UUID | None:
    """The dossier a row is about; None if it is about none."""
    return row.get(protected.about) if protected.about else None
