# SPDX-License-Identifier: Apache-2.0
"""What answers of Track and Trace have in common: which edition is asked for, feedback, and refusals as each edition states them.

Source: DCSA Track and Trace 2.2 (`Error`: errors with reason and message), 3.0 (`GetEventsError`, `PostEventsError`: feedbackElements);
`API-Version` of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec

from cocket.findings import Finding, describe
from cocket.gate import Asked, Fault, RequestError
from cocket.standards.dcsa.querying import NEW, OLD, Edition

#: Where the addresses begin.
BASE: Final = "/v1/dcsa"

#: Where callbacks are made, and below which they are; where is subscribed.
CALLBACKS: Final = f"{BASE}/callbacks"
SUBSCRIPTIONS: Final = f"{BASE}/event-subscriptions"

#: Header field by which an edition is asked for and told.
VERSION: Final = "API-Version"

#: Error of ours → the status with which it is answered here: both editions have 400 for a request that is not as they define it.
_STATUSES: Final = {
    "parameter": 400,
    "dcsa-parameter": 400,
    "dcsa-edition": 400,
    "dcsa-none": 400,
    "dcsa-malformed": 400,
}
_SEVERITIES: Final = {"error": "ERROR", "warning": "WARN", "info": "INFO"}
_MOST_FEEDBACK: Final = 100

#: Longest texts of edition 2.2 (characters).
_LONGEST_REASON: Final = 100
_LONGEST_MESSAGE: Final = 200


def require_edition(asked: Asked) -> Edition:
    """The edition that a request asks for; where it does not say, that of its address, which is the newest that has it.

    Raises:
        RequestError: It asks for one that is not offered (400).
    """
    told = _stated(asked)
    found = _edition_of(told) if told else _usual(asked.path)
    if found is None:
        raise RequestError(
            "This edition of Track and Trace is not offered.",
            code="dcsa-edition",
            hint=f"State {VERSION}: {NEW}, or {OLD}.",
        )
    return found


def feedback(findings: Sequence[Finding]) -> dict[str, Any]:
    """Findings as edition 3.0 states them (0..100)."""
    return {"feedbackElements": [_element(describe(one)) for one in findings[:_MOST_FEEDBACK]]}


def refused_for(findings: Sequence[Finding], asked: Asked) -> Fault:
    """The answer to events that were read and refused, by the edition in which they were brought."""
    elements: list[Mapping[str, Any]] = [describe(one) for one in findings[:_MOST_FEEDBACK]]
    edition = _edition_of(_stated(asked)) or _usual(asked.path)
    return Fault(400, msgspec.json.encode(_body(400, elements, asked, edition)), ((VERSION, edition),))


def formed(fault: Fault, asked: Asked) -> Fault:
    """A fault as the edition states it that was asked for, with what this server says everywhere else beside it.

    Args:
        fault: The fault as it is said elsewhere.
        asked: What was asked for.
    """
    told = msgspec.json.decode(fault.body)
    said = told.get("error", {}) if isinstance(told, dict) else {}
    status = _STATUSES.get(said.get("code", ""), fault.status)
    words = " ".join(one for one in (said.get("message"), said.get("hint")) if one)
    whole = {"severity": "error", "code": said.get("code", ""), "message": words, "location": None}
    edition = _edition_of(_stated(asked)) or _usual(asked.path)
    body = _body(status, [whole, *told.get("findings", ())[:_MOST_FEEDBACK]], asked, edition)
    return Fault(status, msgspec.json.encode({**body, **told}), (*fault.headers, (VERSION, edition)))


def _body(status: int, elements: Sequence[Mapping[str, Any]], asked: Asked, edition: Edition) -> dict[str, Any]:
    if edition == NEW:
        return {"feedbackElements": [_element(one) for one in elements]}
    return {
        "httpMethod": asked.method,
        "requestUri": asked.path,
        "statusCode": status,
        "statusCodeText": HTTPStatus(status).phrase,
        "errorDateTime": datetime.now(UTC).isoformat(timespec="seconds"),
        "errors": [
            {"reason": str(one["code"])[:_LONGEST_REASON], "message": _words(one)[:_LONGEST_MESSAGE]}
            for one in elements
            if one["severity"] == "error"
        ],
    }


def _words(one: Mapping[str, Any]) -> str:
    where = _path(one.get("location"))
    return f"{where}: {one['message']}" if where != "$" else str(one["message"])


def _element(one: Mapping[str, Any]) -> dict[str, Any]:
    """One finding, as it is described everywhere, as feedback."""
    return {
        "severity": _SEVERITIES[one["severity"]],
        "code": one["code"],
        "message": one["message"],
        "propertyPath": _path(one.get("location")),
    }


def _path(location: str | None) -> str:
    """A JSON pointer as a JSONPath."""
    steps = [step for step in (location or "").split("/") if step]
    return "$" + "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in steps)


def _stated(asked: Asked) -> str:
    return asked.field(VERSION.lower().encode("ascii")) or asked.field(b"api-version-major")


def _edition_of(stated: str) -> Edition | None:
    """The edition of a version that is stated whole, or by its first number."""
    return {"2": OLD, "3": NEW}.get(stated.partition(".")[0])


def _usual(path: str) -> Edition:
    """The newest edition that has an address: subscriptions, and callbacks for them, are of 2.2 alone."""
    has_old_alone = any(path == one or path.startswith(f"{one}/") for one in (SUBSCRIPTIONS, CALLBACKS))
    return OLD if has_old_alone else NEW
