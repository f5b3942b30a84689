# SPDX-License-Identifier: Apache-2.0
"""The REST bindings of GS1 EPCIS 2.0 under `/v1/epcis`: capturing, asking, queries with names, subscriptions by webhook.

Source: GS1 EPCIS 2.0 §12; OpenAPI of the REST bindings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from urllib.parse import urlencode

import msgspec
from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller
from cocket.api.intake import read_body, read_envelope
from cocket.api.openapi import MESSAGE_BODY, described, json_body
from cocket.api.permit_body import read
from cocket.api.rendering import answer
from cocket.errors import SenderError
from cocket.exchange.webhook_calls import LONGEST_URL
from cocket.gate import FORM_BYTES, Asked, Fault, Flight, RequestError
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.partners.epcis import (
    MOST_EVENTS,
    USUAL_PAGE,
    Capture,
    CaptureJob,
    Epcis,
    NamedQuery,
    NewSubscription,
    Subscription,
    answer_document,
)
from cocket.standards.epcis.answering import query_from
from cocket.standards.epcis.translating import has_links, with_links
from cocket.standards.json import parse_json

if TYPE_CHECKING:
    from cocket.governance import Principal

#: Where the bindings begin.
BASE: Final = "/v1/epcis"

#: What is told of this server with every answer.
VERSIONS: Final = {"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0.0"}

#: Unless asked otherwise identifiers and words are given as they were captured, in whichever spelling.
_FORMATS: Final = {"GS1-EPC-Format": "Never_Translates", "GS1-CBV-XML-Format": "Never_Translates"}
_DISCOVERED: Final = {
    **VERSIONS,
    **_FORMATS,
    "GS1-EPCIS-Min": "2.0.0",
    "GS1-EPCIS-Max": "2.0.0",
    "GS1-CBV-Min": "2.0.0",
    "GS1-CBV-Max": "2.0.0",
    "GS1-Vendor-Version": "1.0.0",
}

#: Captures are read in XML of 1.x too.
_CAPTURED: Final = {"GS1-EPCIS-Min": "1.0.0", "GS1-CBV-Min": "1.0.0"}

#: Header field → values that no answer can be given as, and those that one can.
_UNGIVEN: Final = {"GS1-EPC-Format": (), "GS1-CBV-XML-Format": ("Always_Web_URI", "Always_URN")}
_AS_CAPTURED: Final = ("No_Preference", "Never_Translates")
_LINKS, _URNS = "Always_GS1_Digital_Link", "Always_EPC_URN"
_GIVEN: Final = {"GS1-EPC-Format": (*_AS_CAPTURED, _LINKS, _URNS), "GS1-CBV-XML-Format": _AS_CAPTURED}
_VERSION: Final = re.compile(r"(\d{1,3})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?")
_EXTENSIONS: Final = re.compile(r"[^\s=,]{1,100}=[^\s,]{1,1000}(?:\s*,\s*[^\s=,]{1,100}=[^\s,]{1,1000})*")
_MALFORMED: Final = "epcis-malformed"

#: Ids that can stand in a path: no path here has a percent sign, so any other is asked for by `EQ_eventID`.
_IN_PATH: Final = re.compile(r"[A-Za-z0-9:._-]{1,200}")

#: What an answer can be had as.
_JSON: Final = ("*/*", "application/*", "application/json", "application/ld+json")

#: Error of ours → the exception of EPCIS that says it.
_EXCEPTIONS: Final = {
    400: "ValidationException",
    401: "SecurityException",
    403: "SecurityException",
    404: "NoSuchResourceException",
    406: "NotAcceptableException",
    409: "ResourceAlreadyExistsException",
    413: "CaptureLimitExceededException",
    414: "URITooLongException",
    415: "UnsupportedMediaTypeException",
    422: "ValidationException",
}
_STATUSES: Final = {
    "epcis-query": 400,
    "epcis-query-unsupported": 400,
    "epcis-query-name": 400,
    "epcis-page": 400,
    "epcis-schedule": 400,
    "epcis-subscription": 400,
    "epcis-none": 400,
    "epcis-no-event": 400,
    "epcis-query-large": 413,
    "too-large": 413,
    "epcis-query-exists": 409,
    "epcis-malformed": 400,
    "parameter": 400,
    "refused": 400,
    "conflict": 409,
}


class QueryBody(BaseModel):
    """A query to keep under a name."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=64)]
    query: dict[str, Any]


class SubscriptionBody(BaseModel):
    """A subscription: where to, signed with what, and when."""

    model_config = ConfigDict(extra="forbid", strict=True)

    dest: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]
    signatureToken: Annotated[str, Field(max_length=200)] = ""  # noqa: N815 - the name of the standard
    schedule: dict[str, Any] | None = None
    stream: bool = False
    reportIfEmpty: bool = False  # noqa: N815 - the name of the standard
    initialRecordTime: Annotated[str, Field(max_length=40, json_schema_extra={"format": "date-time"})] | None = None  # noqa: N815 - the name of the standard

    def subscription(self) -> NewSubscription:
        """The subscription that it describes.

        Raises:
            RequestError: Its time is none.
        """
        since = None
        if self.initialRecordTime is not None:
            try:
                since = datetime.fromisoformat(self.initialRecordTime)
            except ValueError:
                since = None
            if since is None or since.tzinfo is None:
                raise RequestError("initialRecordTime is not a time with its zone.", status=400, code=_MALFORMED)
        return NewSubscription(
            dest=self.dest,
            signature_token=self.signatureToken,
            schedule=self.schedule,
            stream=self.stream,
            report_if_empty=self.reportIfEmpty,
            initial_record_time=since,
        )


#: Every body of this file.
EPCIS_BODIES: Final = (QueryBody, SubscriptionBody)


def formed(fault: Fault, asked: Asked, most_bytes: int) -> Fault:
    """A fault as EPCIS states it (RFC 9457), with what this server says everywhere else beside it.

    Args:
        fault: The fault as it is said elsewhere.
        asked: What was asked for.
        most_bytes: Largest document that is taken.
    """
    told = msgspec.json.decode(fault.body)
    said = told.get("error", {}) if isinstance(told, dict) else {}
    status = _STATUSES.get(said.get("code", ""), fault.status)
    name = "QueryTooLargeException" if said.get("code") == "epcis-query-large" else _EXCEPTIONS.get(status)
    if said.get("code", "").startswith("epcis-query") and status == 400:
        name = "QueryParameterException"
    if said.get("code") in ("epcis-schedule", "epcis-subscription"):
        name = "SubscriptionControlsException"
    if name == "CaptureLimitExceededException" and asked.path.startswith(f"{BASE}/queries"):
        name = "QueryTooComplexException"
    if name is None and status >= 500:
        name = "ImplementationException"
    form = {
        "type": f"epcisException:{name}" if name else "about:blank",
        "title": said.get("message", ""),
        "status": status,
        **({"detail": said["hint"]} if said.get("hint") else {}),
    }
    limits = _limits(most_bytes) if status == 413 and asked.path == f"{BASE}/capture" else {}
    headers = (*fault.headers, *limits.items())
    return Fault(status, msgspec.json.encode({**form, **told}), headers, "application/problem+json")


def _limits(most_bytes: int) -> dict[str, str]:
    """How much is captured at once."""
    return {"GS1-EPCIS-Capture-Limit": str(MOST_EVENTS), "GS1-EPCIS-Capture-File-Size-Limit": str(most_bytes)}


def add_epcis(app: FastAPI, epcis: Epcis, flight: Flight, most_bytes: int) -> None:
    """Add the routes to an application whose callers have been authenticated.

    Args:
        app: The application.
        epcis: The repository.
        flight: Requests under way.
        most_bytes: Largest document that is taken.
    """
    _add_capture(app, epcis, flight, most_bytes)
    _add_events(app, epcis, flight)
    _add_queries(app, epcis, flight)
    _add_subscriptions(app, epcis, flight)


def _add_capture(app: FastAPI, epcis: Epcis, flight: Flight, most_bytes: int) -> None:
    told = {**_limits(most_bytes), **_CAPTURED, "GS1-Capture-Error-Behaviour": "all"}
    _discover(app, f"{BASE}/capture", "GET, OPTIONS, POST", told)
    _discover(app, f"{BASE}/capture/{{job_id}}", "GET, OPTIONS")

    @app.post(
        f"{BASE}/capture",
        status_code=202,
        **described(None, "Capture a document of EPCIS events", status=202, body=MESSAGE_BODY),
    )
    async def capture(request: Request, principal: Caller) -> Response:
        _require_captured_version(request)
        behaviour = _behaviour(request)
        with flight.request(principal.id) as cargo:
            envelope = await read_envelope(dict(request.scope["headers"]), request.receive, principal, cargo)
            job = await run_in_threadpool(epcis.capture, principal, Capture(envelope=envelope, behaviour=behaviour))
        headers = {**VERSIONS, "Location": f"{BASE}/capture/{job.id}", "GS1-Capture-Error-Behaviour": behaviour}
        return Response(b"", 202, headers)

    @app.get(f"{BASE}/capture", **described("EpcisJobs", "Capture jobs, the last first"))
    def jobs(request: Request, principal: Caller) -> Response:
        _require_form(request)
        token, size, _ = _page(request)
        found, following = epcis.jobs(principal, token, size)
        return answer([_job(one) for one in found], headers=_headers(request, following))

    @app.get(f"{BASE}/capture/{{job_id}}", **described("EpcisJob", "One capture job, and what was wrong"))
    def job(job_id: str, request: Request, principal: Caller) -> Response:
        _require_form(request)
        return answer(_job(epcis.job(principal, job_id)), headers=dict(VERSIONS))


def _add_events(app: FastAPI, epcis: Epcis, flight: Flight) -> None:
    _discover(app, f"{BASE}/events", "GET, OPTIONS, POST", _CAPTURED)
    _discover(app, f"{BASE}/events/{{event_id}}", "GET, OPTIONS")

    @app.post(
        f"{BASE}/events",
        status_code=201,
        **described(None, "Capture one EPCIS event", status=201, body=MESSAGE_BODY),
    )
    async def take(request: Request, principal: Caller) -> Response:
        _require_captured_version(request)
        with flight.request(principal.id) as cargo:
            envelope = await read_envelope(dict(request.scope["headers"]), request.receive, principal, cargo)
            event = await run_in_threadpool(epcis.capture_event, principal, envelope)
        where = f"/{event}" if _IN_PATH.fullmatch(event) else f"?{urlencode({'EQ_eventID': event})}"
        return Response(b"", 201, {**VERSIONS, "Location": f"{BASE}/events{where}"})

    @app.get(f"{BASE}/events", **described("EpcisQueryDocument", "EPCIS events, by the parameters of SimpleEventQuery"))
    def events(request: Request, principal: Caller) -> Response:
        _require_form(request)
        return _events(epcis, principal, request, {}, "SimpleEventQuery")

    @app.get(f"{BASE}/events/{{event_id}}", **described("EpcisQueryDocument", "One EPCIS event by its id"))
    def event(event_id: str, request: Request, principal: Caller) -> Response:
        _require_form(request)
        found = epcis.events(principal, {"EQ_eventID": [event_id]}, ("", 1)).events
        if not found:
            raise NotFoundError("There is no such event.")
        return _document(found, "SimpleEventQuery", request, dict(VERSIONS))


def _add_queries(app: FastAPI, epcis: Epcis, flight: Flight) -> None:
    _discover(app, f"{BASE}/queries", "GET, OPTIONS, POST")
    _discover(app, f"{BASE}/queries/{{name}}", "DELETE, GET, OPTIONS")
    _discover(app, f"{BASE}/queries/{{name}}/events", "GET, OPTIONS")

    @app.post(
        f"{BASE}/queries",
        status_code=201,
        **described(None, "Keep a query under a name", status=201, body=json_body(QueryBody)),
    )
    async def keep(request: Request, principal: Caller) -> Response:
        form = await _form(request, flight, principal, QueryBody)
        made = await run_in_threadpool(epcis.keep_query, principal, form.name, form.query)
        return Response(b"", 201, {**VERSIONS, "Location": f"{BASE}/queries/{made.name}"})

    @app.get(f"{BASE}/queries", **described("EpcisQueries", "Queries with names"))
    def queries(request: Request, principal: Caller) -> Response:
        _require_form(request)
        return answer([_query(one) for one in epcis.queries(principal)], headers=dict(VERSIONS))

    @app.get(f"{BASE}/queries/{{name}}", **described("EpcisQuery", "One query with a name"))
    def query(name: str, request: Request, principal: Caller) -> Response:
        _require_form(request)
        return answer(_query(epcis.query(principal, name)), headers=dict(VERSIONS))

    @app.delete(
        f"{BASE}/queries/{{name}}",
        status_code=204,
        **described(None, "Delete a query and its subscriptions", status=204),
    )
    def delete(name: str, principal: Caller) -> Response:
        epcis.delete_query(principal, name)
        return Response(status_code=204, headers=dict(VERSIONS))

    @app.get(f"{BASE}/queries/{{name}}/events", **described("EpcisQueryDocument", "The events that a query asks for"))
    def events(name: str, request: Request, principal: Caller) -> Response:
        _require_form(request)
        return _events(epcis, principal, request, epcis.query(principal, name).parameters, name)


def _add_subscriptions(app: FastAPI, epcis: Epcis, flight: Flight) -> None:
    base = f"{BASE}/queries/{{name}}/subscriptions"
    _discover(app, base, "GET, OPTIONS, POST")
    _discover(app, f"{base}/{{subscription_id}}", "DELETE, GET, OPTIONS")

    @app.post(
        base,
        status_code=201,
        **described("EpcisSubscription", "Subscribe to a query", status=201, body=json_body(SubscriptionBody)),
    )
    async def subscribe(name: str, request: Request, principal: Caller) -> Response:
        new = (await _form(request, flight, principal, SubscriptionBody)).subscription()
        made = await run_in_threadpool(epcis.subscribe, principal, name, new)
        where = f"{BASE}/queries/{name}/subscriptions/{made.id}"
        return answer(_subscription(made), 201, {**VERSIONS, "Location": where})

    @app.get(base, **described("EpcisSubscriptions", "Subscriptions to a query"))
    def every(name: str, request: Request, principal: Caller) -> Response:
        _require_form(request)
        return answer([_subscription(one) for one in epcis.subscriptions(principal, name)], headers=dict(VERSIONS))

    @app.get(f"{base}/{{subscription_id}}", **described("EpcisSubscription", "One subscription, and how sending goes"))
    def one(name: str, subscription_id: str, request: Request, principal: Caller) -> Response:
        _require_form(request)
        found = epcis.subscription(principal, name, subscription_id)
        return answer(_subscription(found), headers=dict(VERSIONS))

    @app.delete(f"{base}/{{subscription_id}}", status_code=204, **described(None, "End a subscription", status=204))
    def end(name: str, subscription_id: str, principal: Caller) -> Response:
        epcis.unsubscribe(principal, name, subscription_id)
        return Response(status_code=204, headers=dict(VERSIONS))


def _discover(app: FastAPI, path: str, methods: str, further: dict[str, str] | None = None) -> None:
    """Say what can be done at a path, and which versions there are."""

    @app.options(path, include_in_schema=False)
    def discovery() -> Response:
        return Response(status_code=204, headers={**_DISCOVERED, **(further or {}), "Allow": methods})


async def _form(request: Request, flight: Flight, principal: Principal, kind: Callable[..., Any]) -> Any:
    with flight.request(principal.id) as cargo:
        content = await read_body(request.receive, cargo, FORM_BYTES)
    return read(content, kind, _MALFORMED)  # type: ignore[arg-type]  # a form, whichever


def _behaviour(request: Request) -> Literal["rollback", "proceed"]:
    told = request.headers.get("gs1-capture-error-behaviour", "rollback").strip().lower()
    if told not in ("rollback", "proceed"):
        raise RequestError(
            "GS1-Capture-Error-Behaviour is rollback or proceed.", status=400, code=_MALFORMED, hint=told[:50]
        )
    return "proceed" if told == "proceed" else "rollback"


def _require_form(request: Request) -> None:
    """Refuse what an answer cannot be given as: in another form than JSON, by another version, or with its words translated.

    Source: GS1 EPCIS 2.0 §12, OpenAPI of the REST bindings (`GS1-…` header fields, `NotAcceptableException`).
    """
    for name in ("EPCIS", "CBV"):
        own = _version(VERSIONS[f"GS1-{name}-Version"])
        least, most = (_stated_version(request, f"GS1-{name}-{end}") for end in ("Min", "Max"))
        if (least is not None and own < least) or (most is not None and own > most):
            raise _not_acceptable(f"Answers are of {name} 2.0.", f"Let GS1-{name}-Min and GS1-{name}-Max have 2.0.0.")
    for name, others in _UNGIVEN.items():
        told = request.headers.get(name)
        if told in others:
            raise _not_acceptable("Words are given as they were captured.", f"{name}: Never_Translates")
        if told is not None and told not in _GIVEN[name]:
            raise _wrong_field(name, told)
    _check_extensions(request)
    accepted = request.headers.get("accept", "*/*")
    kinds = [one.partition(";")[0].strip().lower() for one in accepted.split(",")]
    if not any(one in _JSON for one in kinds):
        raise _not_acceptable("Answers are in JSON.", "Accept application/json.")


def _require_captured_version(request: Request) -> None:
    """Refuse to capture by a version that is not read."""
    for name in ("EPCIS", "CBV"):
        told = _stated_version(request, f"GS1-{name}-Version")
        if told is not None and not (1, 0, 0) <= told < (3, 0, 0):
            raise _not_acceptable(f"{name} of this version is not read.", f"GS1-{name}-Version: 1.0.0 to 2.0.0")
    _check_extensions(request)


def _check_extensions(request: Request) -> None:
    """Refuse what names no extensions; those that it names need nothing of us: what we do not know is kept and given as it came."""
    told = request.headers.get("GS1-Extensions", "").strip()
    if told and not _EXTENSIONS.fullmatch(told):
        raise _wrong_field("GS1-Extensions", told)


def _stated_version(request: Request, name: str) -> tuple[int, int, int] | None:
    told = request.headers.get(name)
    return None if told is None else _version(told, name)


def _version(text: str, name: str = "") -> tuple[int, int, int]:
    match = _VERSION.fullmatch(text.strip())
    if match is None:
        raise _wrong_field(name, text)
    major, minor, patch = (int(one or 0) for one in match.groups())
    return major, minor, patch


def _not_acceptable(words: str, hint: str) -> RequestError:
    return RequestError(words, status=406, code="not-acceptable", hint=hint)


def _wrong_field(name: str, told: str) -> RequestError:
    return RequestError(f"{name} has a value that it cannot have.", status=400, code=_MALFORMED, hint=told[:100])


def _page(request: Request) -> tuple[str, int, list[tuple[str, str]]]:
    """Where a page begins, how much it holds at most, and the other parameters."""
    pairs = list(request.query_params.multi_items())
    rest = [(name, value) for name, value in pairs if name not in ("perPage", "nextPageToken")]
    token = request.query_params.get("nextPageToken", "")
    text = request.query_params.get("perPage", str(USUAL_PAGE))
    if not text.isascii() or not text.isdigit() or not 0 < len(text) < 7 or int(text) < 1:
        raise RequestError("perPage is a number from 1.", status=400, code="epcis-query")
    return token[:200], int(text), rest


def _headers(request: Request, following: str) -> dict[str, str]:
    if not following:
        return dict(VERSIONS)
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] != "nextPageToken"]
    where = f"{request.url.path}?{urlencode([*pairs, ('nextPageToken', following)])}"
    return {**VERSIONS, "Link": f'<{where}>; rel="next"'}


def _events(epcis: Epcis, principal: Principal, request: Request, kept: dict[str, Any], name: str) -> Response:
    token, size, rest = _page(request)
    further = query_from(rest)
    if kept.keys() & further.keys():
        raise SenderError(
            "The query sets this parameter itself.", code="epcis-query", found=min(kept.keys() & further.keys())
        )
    page = epcis.events(principal, {**kept, **further}, (token, size))
    return _document(page.events, name, request, _headers(request, page.next))


def _document(events: Sequence[dict[str, Any]], name: str, request: Request, headers: dict[str, str]) -> Response:
    """Events in a document, with their identifiers in the spelling that is asked for.

    Source: GS1 EPCIS 2.0 §12 (`GS1-EPC-Format`).
    """
    told = request.headers.get("GS1-EPC-Format", "")
    spelling = told if told in (_LINKS, _URNS) else _FORMATS["GS1-EPC-Format"]
    if spelling == _LINKS:
        events = [with_links(one) for one in events]
    elif spelling == _URNS and any(map(has_links, events)):
        raise _not_acceptable(
            "Some identifiers were captured as web addresses, which do not say where the company prefix of an EPC URN ends.",
            f"GS1-EPC-Format: {_LINKS}",
        )
    content = answer_document(events, name, datetime.now(UTC))
    return Response(content, 200, {**headers, "GS1-EPC-Format": spelling}, media_type="application/json")


def _job(job: CaptureJob) -> dict[str, Any]:
    errors = [{"type": "epcisException:ValidationException", "title": one, "status": 400} for one in job.errors]
    return {
        "captureID": job.id,
        "createdAt": job.created,
        "finishedAt": job.finished,
        "running": False,
        "success": job.success,
        "captureErrorBehaviour": job.behaviour,
        "errors": errors,
        "eventsReceived": job.events[0],
        "eventsCaptured": job.events[1],
        "messages": [one for one in (job.id, job.rest) if one],
    }


def _query(one: NamedQuery) -> dict[str, Any]:
    return {"name": one.name, "query": msgspec.json.decode(one.query)}


def _subscription(one: Subscription) -> dict[str, Any]:
    told: dict[str, Any] = {
        "subscriptionID": one.id,
        "queryName": one.query,
        "dest": one.dest,
        "createdAt": one.made,
        "initialRecordTime": one.since,
        "reportIfEmpty": one.reports_empty,
        "state": one.state,
    }
    if one.last is not None:
        told["lastNotifiedAt"] = one.last
    if one.problem or one.reason:
        told["problem"] = one.reason or one.problem
    return told | ({"schedule": parse_json(one.schedule.encode())} if one.schedule else {"stream": True})
