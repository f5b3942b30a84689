# SPDX-License-Identifier: Apache-2.0
"""One answer for each family of errors, by whose fault it is."""

from __future__ import annotations

import secrets
from http import HTTPStatus

import msgspec
import structlog

from cocket.errors import (
    OF_ANOTHER_VERSION,
    ArchiveAwayError,
    CocketError,
    LostError,
    PartnerError,
    PolicyError,
    ReasonMissingError,
    SenderError,
    StoreError,
    UnreadableError,
)
from cocket.findings import describe
from cocket.gate import Fault, RequestError, fault_json, refused
from cocket.pipeline import NotFoundError, OverloadedError

_log = structlog.get_logger("cocket.api")

#: Codes of what is stored and cannot be opened: no later try helps.
_UNREADABLE = frozenset({"content-altered", "subject-key"})


def fault_of(error: Exception, *, names_an_object: bool = False) -> Fault:
    """What the caller is told about an error; what is ours to mend goes to the log.

    Args:
        error: What was raised.
        names_an_object: Whether the request named one object of ours. Whoever may not see it is then told the same as
            if it did not exist.
    """
    if isinstance(error, RequestError):
        return refused(error)
    if isinstance(error, ReasonMissingError):  # allowed with one, so what it names may be known
        return _told(error, 422)
    if isinstance(error, PolicyError):
        return not_found() if names_an_object else _told(error, 403)
    if isinstance(error, LostError):
        return _told(error, 410)
    if isinstance(error, ArchiveAwayError):
        return _told(error, 503)
    if isinstance(error, StoreError):
        return _unreadable(error) if error.code in _UNREADABLE else _unstored(error)
    if isinstance(error, SenderError):
        return not_found() if isinstance(error, NotFoundError) else _with_findings(error)
    if isinstance(error, PartnerError):
        return _told(error, 502)
    return _defect(error)


def not_found() -> Fault:
    """The answer for what does not exist, and for what the caller may not see."""
    return Fault(404, fault_json("not-found", "Not found, or this key may not see it."))


def plain_fault(status: int, headers: tuple[tuple[str, str], ...] = ()) -> Fault:
    """The answer where the status says it all, such as 405."""
    phrase = HTTPStatus(status).phrase
    return Fault(status, fault_json(phrase.lower().replace(" ", "-"), f"{phrase}."), headers)


def _told(error: CocketError, status: int) -> Fault:
    return Fault(status, fault_json(error.code, error.message, error.hint))


def _with_findings(error: SenderError) -> Fault:
    status = 400 if isinstance(error, UnreadableError) else 422
    body = {
        "error": {"code": error.code, "message": error.message, "hint": error.hint},
        "findings": [describe(finding) for finding in error.findings],
    }
    return Fault(status, msgspec.json.encode(body))


def _unstored(error: StoreError) -> Fault:
    """Nothing was acknowledged. What the disk or the database said is for the operator alone."""
    _log.error("store", problem=str(error), cause=repr(error.__cause__))
    seconds = error.retry_after if isinstance(error, OverloadedError) else 1
    words = "Nothing can be stored at the moment; the message was not accepted."
    if error.code in OF_ANOTHER_VERSION:
        words = "The database was upgraded by a newer Cocket; this server accepts nothing until it is upgraded too."
    body = fault_json(error.code, words, "Send it again later.")
    return Fault(503, body, (("Retry-After", str(seconds)),))


def _unreadable(error: StoreError) -> Fault:
    """What is stored cannot be opened. Whether its key is lost or its bytes were changed is for the operator."""
    _log.error("unreadable", problem=str(error), cause=repr(error.__cause__))
    words = "The stored content cannot be decrypted: it was changed, or its key is lost."
    return Fault(500, fault_json(error.code, words, "Retrying does not help; contact the operator."))


def _defect(error: Exception) -> Fault:
    """A defect of ours: the log has it whole, the caller a number to ask for."""
    number = secrets.token_hex(6)
    _log.error("defect", number=number, exc_info=error)
    return Fault(500, fault_json("defect", "Internal error.", f"Give the operator this error number: {number}."))
