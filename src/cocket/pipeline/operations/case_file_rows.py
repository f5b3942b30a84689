# SPDX-License-Identifier: Apache-2.0
"""Case files by their sealed records: what each is called, which one is gone, and what it is made of again."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from typing import Any, Final
from uuid import UUID

import msgspec

from cocket.control.agency_words import AGENCY_FILE
from cocket.control.allocation import Allocation
from cocket.control.appointments import APPOINTMENT
from cocket.governance.contest import Contest
from cocket.governance.question import Question
from cocket.pipeline.base.agency_holds import HOLD
from cocket.pipeline.base.document_files import file_id
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.notices import PREFERENCES
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.dossiers import facts_by_consignment
from cocket.pipeline.consignment.filed_claims import LINK_CORRECTION, LinkCorrection
from cocket.pipeline.consignment.outcomes import AuditStep
from cocket.pipeline.control.contests import CONTEST
from cocket.pipeline.control.desk_notes import COMMENT
from cocket.pipeline.control.officer_allocation import OfficerAllocation
from cocket.pipeline.control.questions import QUESTION
from cocket.pipeline.operations.sealed_rows import DOCUMENTS
from cocket.stores.base.database import Connection
from cocket.stores.operations.row_audits import RowDifference, Shadow

ALLOCATION: Final = "allocation"

#: Fields by which people know a document, the best first.
_NAMED_BY: Final = ("reference", "number", "code", "agency", "device", "officer", "trader", "order", "name", "id")

#: Beginning of the kind of a record → kind of the file that it is about, where that is another.
_FILES_BY_RECORD: Final = {
    "audit-": "audit",
    "doubt-": "value-doubt",
    "title-entry": "title-book",
    "agency-release": HOLD,
    "intelligence-end": "intelligence",
}


def called(kind: str, identity: UUID | None, body: bytes | None) -> str:
    """What people call a case file: its kind, and its number or name.

    Args:
        kind: Kind of the file, or of the record it rests on.
        identity: Its id; None if not known.
        body: Its content, or that of its record; None if not known. One that cannot be read gives the kind alone.
    """
    name = document_name(kind, identity, body) if identity is not None and body is not None else None
    if name is None:
        try:
            told = msgspec.json.decode(body or b"{}")
        except msgspec.MsgspecError:
            return kind
        inner = [told, *(told.values() if isinstance(told, dict) else ())]
        fields = [one for one in inner if isinstance(one, dict)]
        found = ((one.get(field), one) for one in fields for field in _NAMED_BY)
        name = next((value for value, _ in found if isinstance(value, str) and value), None)
    return f"{kind} {name}" if name else kind


def document_name(kind: str, identity: UUID, body: bytes) -> str | None:
    """The name of which a document has its id, as its content tells it; None where it does not."""
    try:
        told = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return None
    top = [one for one in told.values() if isinstance(one, str)] if isinstance(told, dict) else []
    pairs = (f"{one} {other}" for one in top[:20] for other in top[:20])
    for text in chain(_texts(told), pairs):
        for name in (text, sha256(text.encode()).hexdigest()):
            if file_id(kind, name) == identity:
                return name
    return None


def _texts(told: Any) -> Iterator[str]:
    """Every text in a document, those at its top first."""
    inner = told.values() if isinstance(told, dict) else told if isinstance(told, list) else ()
    yield from (one for one in inner if isinstance(one, str))
    for one in inner:
        if not isinstance(one, str):
            yield from _texts(one)


def with_name(difference: RowDifference, row: dict[str, Any]) -> RowDifference:
    """A difference of a case file that is there, with what people call it."""
    words = called(row["kind"], row["id"], row["body"])
    sealed = difference.sealed if difference.sealed is not None else "not known"
    return msgspec.structs.replace(difference, sealed=f"{sealed} ({words})")


def with_name_gone(stores: Stores, connection: Connection, difference: RowDifference, shadow: Shadow) -> RowDifference:
    """A difference of a case file that is gone, with its id and what people call it, as its sealed record tells them."""
    row = connection.execute(
        "select r.id, r.kind, r.about from leaf l join record r on r.id = l.record where l.idx = %s", (shadow.leaf,)
    ).fetchone()
    if row is None:
        words = f"{shadow.values.get('kind', 'a file')}, whose sealed records are gone too: restore them from a backup"
        return msgspec.structs.replace(difference, sealed=words)
    record, kind, about = row
    kind = next((file for start, file in _FILES_BY_RECORD.items() if kind.startswith(start)), kind)
    words = called(kind, about, stores.leaves.body(connection, record))
    identity = difference.id
    if about is not None and identity.startswith("of "):
        identity = str(about)
    elif about is not None and identity.startswith(f"{ALLOCATION} "):
        identity, words = f"{ALLOCATION} {about}", f"{ALLOCATION} of dossier {about}"
    return msgspec.structs.replace(difference, id=identity, sealed=f"{words}: {difference.sealed}"[:500])


def shadow_names(stores: Stores, identity: str) -> tuple[str, ...]:
    """Ids that the shadow of a case file can have that is gone, from its id as a difference has it (1..n)."""
    subject = stores.sealer.subject
    if identity.startswith(f"{ALLOCATION} "):
        return identity, f"{ALLOCATION} {subject(identity.removeprefix(f'{ALLOCATION} '))}"
    return identity, f"of {subject(identity)}"


def made_again(stores: Stores, connection: Connection, shadow: Shadow) -> dict[str, Any]:
    """Columns of a case file that is gone, as its sealed records have them; empty where they do not have it whole."""
    values = shadow.values
    if "draw" in values or "moves" in values:
        return _allocation(stores, connection, shadow)
    if values.get("kind") == HOLD:
        at = connection.execute("select at from leaf where idx = %s", (shadow.leaf,)).fetchone()
        line = stores.consignments.line(connection, UUID(values["of"]))
        if at is None or line is None:
            return {}
        return {
            "consignment": line.id, "office": line.office, "opened": at[0], "changed": at[0],
            "body": values["json"].encode(),
        }  # fmt: skip
    record = UUID(values["body"]) if "body" in values else None
    row = connection.execute("select about, kind, at from record where id = %s", (record,)).fetchone()
    body = stores.leaves.body(connection, record) if row is not None and record is not None else None
    if row is None or body is None:
        return {}
    about, kind, at = row
    first = connection.execute("select min(at) from record where about = %s", (about,)).fetchone()
    fields = {"id": about, "kind": kind, "consignment": None, "office": None, "changed": at, "body": body}
    fields["opened"] = first[0] if first and first[0] else at
    if kind == CONTEST:
        told = msgspec.json.decode(body, type=Contest)
        return {**fields, "consignment": UUID(told.consignment), "office": told.office}
    if kind == LINK_CORRECTION:
        return {**fields, "consignment": UUID(msgspec.json.decode(body, type=LinkCorrection).dossiers[0])}
    if kind == QUESTION:
        asked = msgspec.json.decode(body, type=Question)
        return {**fields, "consignment": UUID(asked.consignment) if asked.consignment else None, "office": asked.office}
    if kind in (AGENCY_FILE, APPOINTMENT):
        return {**fields, "consignment": UUID(msgspec.json.decode(body)["consignment"])}
    if kind in DOCUMENTS:
        return fields
    if kind == COMMENT:
        return {**fields, "consignment": UUID(msgspec.json.decode(body)["consignment"])}
    if kind == PREFERENCES:
        return {**fields, "id": new_id()}
    if kind.startswith("audit-"):
        case = msgspec.json.decode(body, type=AuditStep).case
        return {**fields, "kind": "audit", "office": case.office}
    own = kind.split("-")[0]
    return {**fields, "kind": own} if own in ("standing", "rule", "proposal", "intelligence") else {}


def _allocation(stores: Stores, connection: Connection, shadow: Shadow) -> dict[str, Any]:
    """The file of whom an order is with: its draw, and each move since."""
    values, at = shadow.values, connection.execute("select at from leaf where idx = %s", (shadow.leaf,)).fetchone()
    order = connection.execute(
        "select id, status, office, consignment from control_order where consignment = %s", (values["of"],)
    ).fetchone()
    if order is None or at is None:
        return {}
    identity, status, office, consignment = order
    packed = stores.leaves.body(connection, UUID(values["draw"])) if values.get("draw") else None
    drawn = Allocation(consignment=values["of"], examiner=None, stand_by=(), passed_over=(), roster=(), commitment="")
    drawn = msgspec.json.decode(packed, type=Allocation) if packed else drawn
    examiner, stand_by = drawn.examiner, drawn.stand_by
    for kind, to in values.get("moves", ()):
        left = tuple(one for one in stand_by if one != to)
        stand_by = (*left, *filter(None, [examiner])) if kind == "take-over" else left
        examiner = to
    facts = facts_by_consignment(stores, connection, [consignment]).get(consignment)
    allotted = OfficerAllocation(
        order=str(identity), examiner=examiner, stand_by=stand_by, drawn=drawn,
        declarant=facts.declarant if facts else None,
    )  # fmt: skip
    return {
        "id": new_id(), "kind": ALLOCATION, "state": status, "consignment": consignment, "office": office,
        "opened": at[0], "changed": at[0], "body": msgspec.json.encode(allotted),
    }  # fmt: skip
