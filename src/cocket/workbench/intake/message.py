# SPDX-License-Identifier: Apache-2.0
"""One message: what the checks said, its content as received, its seal and the path that proves it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.gate.proof_files import ProofFile, proof_file
from cocket.standards.answers import FORMS
from cocket.workbench.base import given
from cocket.workbench.base.drawings import path_of
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.safe_text import readable
from cocket.workbench.base.visits import Visit

routes = APIRouter()

_NOT_YET: Final = 202


@routes.get("/messages/{message_id}")
def message(visit: SignedIn, records: given.Records, aside: given.SetAside, message_id: str) -> Response:
    """The message and its findings; the content only when asked for, since that look is recorded too."""
    return _message(visit, records, aside, message_id, None)


@routes.get("/messages/{message_id}/content")
def content(visit: SignedIn, records: given.Records, aside: given.SetAside, message_id: str) -> Response:
    """The content as received, made safe to read."""
    text = readable(records.content(visit.principal, message_id))
    if visit.is_part:
        return visit.page("base/content", message_id=message_id, content=text)
    return _message(visit, records, aside, message_id, text)


@routes.get("/messages/{message_id}/content.bin")
def download(visit: SignedIn, records: given.Records, message_id: str) -> Response:
    """The bytes as received, to keep and never to open in the browser."""
    return _attachment(
        records.content(visit.principal, message_id),
        f"{message_id}.bin",
        "application/octet-stream",
    )


@routes.get("/messages/{message_id}/proof")
def proof(visit: SignedIn, records: given.Records, message_id: str) -> Response:
    """The path from the message's leaf to the signed head, as a picture."""
    shown = records.proof_view(visit.principal, message_id)
    return visit.page("ledger/proof", proof=shown, drawn=path_of(shown))


@routes.get("/messages/{message_id}/receipt.json")
def receipt(visit: SignedIn, records: given.Records, message_id: str) -> Response:
    """The signed promise, to be checked anywhere with the public key alone."""
    return _json(records.receipt(visit.principal, message_id), f"{message_id}.receipt.json")


@routes.get("/messages/{message_id}/answer.bin")
def answered(visit: SignedIn, records: given.Records, message_id: str) -> Response:
    """The answer as a message, in the form that goes with the standard of the message."""
    found = records.written_answer(visit.principal, message_id)
    name = f"{message_id}.answer.{'edi' if found.form == 'edifact-cusres' else 'xml'}"
    headers = {"content-disposition": f"attachment; filename={name}"}
    return Response(found.content, media_type=FORMS[found.form], headers=headers)


@routes.get("/messages/{message_id}/proof.json")
def inclusion(visit: SignedIn, records: given.Records, message_id: str) -> Response:
    """The inclusion proof; not there until the message is in a signed head."""
    found = records.proof(visit.principal, message_id)
    return _not_yet() if found is None else _json(found, f"{message_id}.proof.json")


@routes.get("/messages/{message_id}/proof.tlog-proof")
def tlog_proof(visit: SignedIn, records: given.Records, message_id: str) -> Response:
    """The same as text, for verifiers of transparency logs."""
    return _proof_file(visit, records, message_id, ProofFile.TLOG, "text/plain")


@routes.get("/messages/{message_id}/proof.cose")
def cose_receipt(visit: SignedIn, records: given.Records, message_id: str) -> Response:
    """The same as a COSE Receipt."""
    return _proof_file(visit, records, message_id, ProofFile.COSE, "application/cose")


@routes.get("/messages/{message_id}/receipt.html")
def page(visit: SignedIn, records: given.Records, message_id: str) -> Response:
    """The same as one page to keep, print or send, which checks itself."""
    return _proof_file(visit, records, message_id, ProofFile.PAGE, "text/html")


def _message(visit: Visit, records: given.Records, aside: given.SetAside, message_id: str, content: Any) -> Response:
    message = records.message(visit.principal, message_id)
    notes = aside.set_aside_about(visit.principal, message.id)
    return visit.page("intake/message", message=message, content=content, aside=notes)


def _proof_file(visit: Visit, records: given.Records, message_id: str, kind: ProofFile, media_type: str) -> Response:
    found = records.proof(visit.principal, message_id)
    if found is None:
        return _not_yet()
    languages = visit.request.headers.get("accept-language", "")
    written = proof_file(found, kind, visit.workbench.settings.log_folder, languages)
    return _attachment(written, f"{message_id}.{kind.value}", media_type)


def _not_yet() -> Response:
    return Response(status_code=_NOT_YET, headers={"retry-after": "1"})


def _json(value: Any, name: str) -> Response:
    return _attachment(msgspec.json.format(msgspec.json.encode(value)) + b"\n", name, "application/json")


def _attachment(body: bytes, name: str, kind: str) -> Response:
    return Response(body, media_type=kind, headers={"content-disposition": f"attachment; filename={quote(name)}"})
