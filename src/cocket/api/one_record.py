# SPDX-License-Identifier: Apache-2.0
"""A ONE Record server under `/v1/one-record`: objects, events, changes, access delegations, verifications.

Source: ONE Record API 2.3; 2.1 and 2.2 ask for no other answers of what is here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller
from cocket.api.intake import read_body, read_envelope
from cocket.api.openapi import OBJECT_BODY, described
from cocket.gate import FORM_BYTES, Asked, Fault, Flight, RequestError
from cocket.pipeline.partners.one_record import GivenEvent, KeptRequest, OneRecord
from cocket.standards.json import parse_json, write_json
from cocket.standards.one_record.objects import API, error_of, member, shown, time_value

if TYPE_CHECKING:
    from cocket.governance import Principal

#: Where the server begins.
BASE: Final = "/v1/one-record"

#: Editions of the API that are answered, the newest last.
VERSIONS: Final = ("2.1.0", "2.2.0", "2.3.0")
_TYPE: Final = "application/ld+json"
_ONTOLOGIES: Final = ("https://onerecord.iata.org/ns/cargo/3.3.0", "https://onerecord.iata.org/ns/api/2.3.0")

#: Kind of a request → property that holds what was asked.
_ASKED: Final = {
    "ChangeRequest": "hasChange",
    "AccessDelegationRequest": "hasAccessDelegation",
    "VerificationRequest": "hasVerification",
    "SubscriptionRequest": "hasSubscription",
}
_STATUSES: Final = {
    "one-record-object": 400,
    "one-record-change": 400,
    "one-record-delegation": 400,
    "one-record-verification": 400,
    "one-record-subscription": 400,
    "one-record-notification": 400,
    "one-record-partner": 403,
    "one-record-exists": 409,
    "parameter": 400,
}

#: HTTP status → title of the error, where the API has one and it says more than the status (`Error`, common error responses).
_TITLES: Final = {
    401: "Not authenticated or expired token",
    403: "Not authorized to perform action",
    404: "Resource not found",
    405: "Method not allowed",
    409: "Identifier conflict",
    415: "Unsupported content type",
    422: "Unprocessable content",
    500: "Internal server error",
}

Moment = Annotated[
    str | None, Query(pattern=r"^\d{8}T\d{6}Z$", description="As it stood then, UTC, such as 20260301T120000Z.")
]
Embedded = Annotated[bool, Query(description="Whether objects that it links to stand in it.")]
EventCode = Annotated[str, Query(alias="event-code", max_length=60, description="Events of this code alone.")]
Status = Annotated[str, Query(max_length=80, description="REQUEST_ACCEPTED, REQUEST_ACKNOWLEDGED or REQUEST_REJECTED.")]


def formed(fault: Fault, asked: Asked) -> Fault:
    """A fault as ONE Record states it.

    Args:
        fault: The fault as it is said elsewhere.
        asked: What was asked for.
    """
    told = msgspec.json.decode(fault.body)
    said = told.get("error", {}) if isinstance(told, dict) else {}
    status = _STATUSES.get(said.get("code", ""), fault.status)
    words = [one for one in (said.get("message"), said.get("hint")) if one]
    words += [str(one.get("message")) for one in told.get("findings", ())[:10]]
    title = _TITLES.get(status, said.get("message", ""))
    body = msgspec.json.encode(error_of(status, title, " ".join(words), asked.path))
    return Fault(status, body, (*fault.headers, ("Content-Language", "en-US")), _TYPE)


def add_one_record(app: FastAPI, records: OneRecord, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated.

    Args:
        app: The application.
        records: Objects, events and requests.
        flight: Requests under way.
    """
    _add_objects(app, records, flight)
    _add_events(app, records, flight)
    _add_requests(app, records, flight)


def _add_objects(app: FastAPI, records: OneRecord, flight: Flight) -> None:
    @app.get(BASE, **described("OneRecordObject", "What this ONE Record server can do"))
    def information(request: Request, principal: Caller) -> Response:
        require_type(request)
        body = {
            "@id": base_of(request),
            "@type": f"{API}ServerInformation",
            f"{API}hasServerEndpoint": {"@type": "http://www.w3.org/2001/XMLSchema#anyURI", "@value": base_of(request)},
            f"{API}hasSupportedApiVersion": list(VERSIONS),
            f"{API}hasSupportedContentType": [_TYPE],
            f"{API}hasSupportedLanguage": ["en-US"],
            f"{API}hasSupportedOntology": [{"@id": one} for one in _ONTOLOGIES],
            f"{API}hasSupportedOntologyVersion": [{"@id": one} for one in _ONTOLOGIES],
        }
        return ld_answer(body, f"{API}ServerInformation", at=datetime(2026, 7, 1, tzinfo=UTC))

    @app.post(
        f"{BASE}/logistics-objects",
        status_code=201,
        **described(None, "Give a logistics object", status=201, body=OBJECT_BODY),
    )
    async def create(request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            envelope = await read_envelope(dict(request.scope["headers"]), request.receive, principal, cargo)
            made = await run_in_threadpool(records.create, principal, envelope, objects_of(request))
        return _created(f"{objects_of(request)}/{made.id}", made.type)

    @app.get(f"{BASE}/logistics-objects/{{object_id}}", **described("OneRecordObject", "One logistics object"))
    def read(
        object_id: str, request: Request, principal: Caller, at: Moment = None, embedded: Embedded = False
    ) -> Response:
        require_type(request)
        found = records.read(principal, object_id, objects_of(request), at=_moment(at), is_embedded=embedded)
        headers = {"Revision": str(found.revision), "Latest-Revision": str(found.latest)}
        return ld_answer(found.value, found.type, at=found.at, headers=headers)

    @app.patch(
        f"{BASE}/logistics-objects/{{object_id}}",
        status_code=201,
        **described(None, "Ask that a logistics object be changed", status=201, body=OBJECT_BODY),
    )
    async def change(object_id: str, request: Request, principal: Caller) -> Response:
        body = await body_of(request, flight, principal)
        address = f"{objects_of(request)}/{object_id}"
        made = await run_in_threadpool(records.ask_change, principal, object_id, body, address)
        return requested(request, made)

    @app.post(
        f"{BASE}/logistics-objects/{{object_id}}",
        status_code=201,
        **described(None, "Say what is not right in a logistics object", status=201, body=OBJECT_BODY),
    )
    async def verify(object_id: str, request: Request, principal: Caller) -> Response:
        body = await body_of(request, flight, principal)
        made = await run_in_threadpool(records.ask_verification, principal, object_id, body, objects_of(request))
        return requested(request, made)

    @app.get(
        f"{BASE}/logistics-objects/{{object_id}}/audit-trail",
        **described("OneRecordObject", "Revisions of a logistics object, and requests to change it"),
    )
    def trail(object_id: str, request: Request, principal: Caller) -> Response:
        require_type(request)
        kept, found = records.trail(principal, object_id)
        body = {
            "@id": f"{objects_of(request)}/{kept.id}/audit-trail",
            "@type": f"{API}AuditTrail",
            f"{API}hasLatestRevision": whole_number(len(kept.revisions)),
            f"{API}hasActionRequest": [_request(request, one) for one in found],
        }
        return ld_answer(body, f"{API}AuditTrail", at=kept.revisions[-1].at)


def _add_events(app: FastAPI, records: OneRecord, flight: Flight) -> None:
    base = f"{BASE}/logistics-objects/{{object_id}}/logistics-events"

    @app.post(base, status_code=201, **described(None, "Give an event of an object", status=201, body=OBJECT_BODY))
    async def add(object_id: str, request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            envelope = await read_envelope(dict(request.scope["headers"]), request.receive, principal, cargo)
            made = await run_in_threadpool(records.add_event, principal, object_id, envelope)
        return _created(f"{objects_of(request)}/{made.object}/logistics-events/{made.id}", made.type)

    @app.get(base, **described("OneRecordObject", "Events of an object"))
    def events(object_id: str, request: Request, principal: Caller, code: EventCode = "") -> Response:
        require_type(request)
        found = records.events(principal, object_id, code)
        body = {
            "@id": f"{objects_of(request)}/{object_id}/logistics-events",
            "@type": f"{API}Collection",
            f"{API}hasTotalItems": whole_number(len(found)),
            f"{API}hasItem": [_event(request, one) for one in found],
        }
        return ld_answer(body, f"{API}Collection", at=found[-1].kept.at if found else None)

    @app.get(f"{base}/{{event_id}}", **described("OneRecordObject", "One event of an object"))
    def event(object_id: str, event_id: str, request: Request, principal: Caller) -> Response:
        require_type(request)
        found = records.event(principal, object_id, event_id)
        return ld_answer(_event(request, found), found.kept.type, at=found.kept.at)


def _add_requests(app: FastAPI, records: OneRecord, flight: Flight) -> None:
    @app.post(
        f"{BASE}/access-delegations",
        status_code=201,
        **described(None, "Ask that another sender may read objects", status=201, body=OBJECT_BODY),
    )
    async def delegate(request: Request, principal: Caller) -> Response:
        body = await body_of(request, flight, principal)
        made = await run_in_threadpool(records.ask_access, principal, body, objects_of(request))
        return requested(request, made)

    @app.get(f"{BASE}/action-requests/{{request_id}}", **described("OneRecordObject", "One request, and its status"))
    def one(request_id: str, request: Request, principal: Caller) -> Response:
        require_type(request)
        found = records.request(principal, request_id)
        return ld_answer(_request(request, found), f"{API}{found.kind}", at=found.since)

    @app.patch(
        f"{BASE}/action-requests/{{request_id}}",
        status_code=204,
        **described(None, "Accept, acknowledge or reject a request, as the holder", status=204),
    )
    def decide(request_id: str, status: Status, request: Request, principal: Caller) -> Response:
        made = records.answer(principal, request_id, status, objects_of(request))
        headers = {"Location": f"{base_of(request)}/action-requests/{made.id}", "Type": f"{API}{made.kind}"}
        return Response(status_code=204, headers=headers)

    @app.delete(
        f"{BASE}/action-requests/{{request_id}}", status_code=204, **described(None, "Revoke a request", status=204)
    )
    def revoke(request_id: str, principal: Caller) -> Response:
        records.revoke(principal, request_id)
        return Response(status_code=204)


async def body_of(request: Request, flight: Flight, principal: Principal) -> bytes:
    """A body in JSON-LD."""
    stated = request.headers.get("content-type", _TYPE).partition(";")[0].strip().lower()
    if stated not in (_TYPE, "application/json"):
        raise RequestError("This content type is not supported.", status=415, code="media-type", hint=f"Send {_TYPE}.")
    with flight.request(principal.id) as cargo:
        return await read_body(request.receive, cargo, FORM_BYTES)


def require_type(request: Request) -> None:
    """Refuse to answer in another form than JSON-LD, or by an edition that is not known."""
    for one in request.headers.get("accept", "*/*").split(","):
        kind, _, rest = one.partition(";")
        version = re.search(r'version\s*=\s*"?([\d.]+)', rest)
        if kind.strip().lower() not in (_TYPE, "application/json", "application/*", "*/*"):
            continue
        if version is None or any(known.startswith(version[1]) for known in VERSIONS):
            return
    hint = f"Accept {_TYPE}; version={VERSIONS[-1]}."
    raise RequestError("An answer is not available in that format.", status=406, code="not-acceptable", hint=hint)


def base_of(request: Request) -> str:
    """Address of this server."""
    return f"{str(request.base_url).rstrip('/')}{BASE}"


def objects_of(request: Request) -> str:
    """Address below which objects of this server lie."""
    return f"{base_of(request)}/logistics-objects"


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        # what was made within that second is of it
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC, microsecond=999_999)
    except ValueError as error:
        raise RequestError("at is not a time.", status=400, code="parameter") from error


def ld_answer(
    value: dict[str, Any], kind: str, *, at: datetime | None, headers: dict[str, str] | None = None
) -> Response:
    """An answer in JSON-LD, of a class, as it was last changed."""
    told = {"Content-Language": "en-US", "Type": kind, **(headers or {})}
    if at is not None:
        told["Last-Modified"] = format_datetime(at.astimezone(UTC), usegmt=True)
    return Response(write_json(value), 200, told, media_type=f"{_TYPE}; version={VERSIONS[-1]}")


def _created(where: str, kind: str) -> Response:
    return Response(b"", 201, {"Location": where, "Type": kind, "Content-Language": "en-US"})


def requested(request: Request, made: KeptRequest) -> Response:
    """The answer to a request that was made."""
    return _created(f"{base_of(request)}/action-requests/{made.id}", f"{API}{made.kind}")


def _event(request: Request, one: GivenEvent) -> dict[str, Any]:
    address = f"{objects_of(request)}/{one.kept.object}/logistics-events/{one.kept.id}"
    value = shown(one.value, address, (1, 1))
    return {name: each for name, each in value.items() if not name.endswith(("hasRevision", "hasLatestRevision"))}


def _request(request: Request, one: KeptRequest) -> dict[str, Any]:
    asked = parse_json(one.body.encode())
    told = member(asked, f"{API}notifyRequestStatusChange")
    body: dict[str, Any] = {
        "@id": f"{base_of(request)}/action-requests/{one.id}",
        "@type": f"{API}{one.kind}",
        f"{API}{_ASKED[one.kind]}": asked,
        f"{API}isRequestedAt": time_value(one.made),
        f"{API}isRequestedBy": {"@id": f"urn:cocket:sender:{one.sender}"},
        f"{API}hasRequestStatus": {"@id": f"{API}{one.status}"},
        f"{API}hasRequestStatusSince": time_value(one.since),
        f"{API}hasRequestStatusHistory": [
            {
                "@type": f"{API}RequestStatusEntry",
                f"{API}hasRequestStatus": {"@id": f"{API}{status}"},
                f"{API}hasRequestStatusSince": time_value(since),
            }
            for status, since in one.history
        ],
        f"{API}hasError": [],
    }
    if told is not None:
        body[f"{API}notifyRequestStatusChange"] = told
    if one.problem:
        body[f"{API}hasError"] = [error_of(422, "The change could not be made.", one.problem, body["@id"])]
    return body


def whole_number(number: int) -> dict[str, str]:
    """A count as a literal."""
    return {"@type": "http://www.w3.org/2001/XMLSchema#nonNegativeInteger", "@value": str(number)}
