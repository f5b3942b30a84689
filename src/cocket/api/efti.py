# SPDX-License-Identifier: Apache-2.0
"""This house as an eFTI gate and platform over HTTP: the routes of the public reference implementation.

A platform is given `/v1/efti/platform` as the address of its gate, a gate `/v1/efti/gate` as that of its platform; authorities find
their routes where the reference implementation has them, under `/v1/aap/control`.

Source: `EFTI4EU/reference-implementation` 1a9981e1: `gate-api-for-platform.yaml`, `platform-api-for-gate.yaml`, and the controllers of
its gate for authorities.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from xml.sax.saxutils import escape

from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.intake import read_body
from cocket.api.openapi import TEXT_BODY, XML_BODY, described, json_body
from cocket.api.rendering import answer
from cocket.api.source_body import EftiFollowUpBody, EftiIdentifiersBody, EftiUilBody
from cocket.exchange.efti_messages import ConsignmentIdentifiers, Found
from cocket.gate import FORM_BYTES, Flight, RequestError
from cocket.pipeline import NotFoundError

if TYPE_CHECKING:
    from cocket.governance import Principal
    from cocket.pipeline.partners.efti_gate import EftiGateService, GateRequest

_MALFORMED = "efti-malformed"
_MOST_BYTES = 1 << 20
_CONTROL = "/v1/aap/control"

RequestId = Annotated[str, Query(alias="requestId", min_length=1, max_length=200, description="Id of the request.")]
SubsetIds = Annotated[list[str], Query(alias="subsetId", min_length=1, max_length=200, description="Ids of subsets.")]


def add_efti(app: FastAPI, gate: EftiGateService, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""
    _add_platforms(app, gate, flight)
    _add_authorities(app, gate, flight)
    _add_own_datasets(app, gate, flight)


def _add_platforms(app: FastAPI, gate: EftiGateService, flight: Flight) -> None:
    @app.get("/v1/efti/platform/v0/whoami", **described(None, "eFTI platform: who this key is to the gate, as XML"))
    def whoami(principal: Caller) -> Response:
        told = gate.whoami(principal)
        return _xml(f"<whoamiResponse><appId>{escape(told.app)}</appId><role>{told.role}</role></whoamiResponse>")

    @app.put(
        "/v1/efti/platform/v0/consignments/{dataset_id}",
        **described(None, "eFTI platform: register the identifiers of a dataset, or change them", body=XML_BODY),
    )
    async def register(dataset_id: str, request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo, _MOST_BYTES)
        await run_in_threadpool(gate.register, principal, dataset_id, content)
        return Response(status_code=200)


def _add_authorities(app: FastAPI, gate: EftiGateService, flight: Flight) -> None:
    @app.post(
        f"{_CONTROL}/identifiers",
        status_code=202,
        **described(
            "EftiRequest",
            "eFTI authority: ask which consignments are known by an identifier",
            status=202,
            body=json_body(EftiIdentifiersBody),
        ),
    )
    async def ask_identifiers(request: Request, principal: Caller) -> Response:
        told = await read_form(request, flight, EftiIdentifiersBody, _MALFORMED)
        made = await run_in_threadpool(gate.ask_identifiers, principal, told.query(), told.stated())
        return answer({"requestId": made.id, "status": "PENDING"}, 202)

    @app.get(f"{_CONTROL}/identifiers", **described("EftiIdentifiers", "eFTI authority: the answer to such a question"))
    def identifiers(request_id: RequestId, request: Request, principal: Caller) -> Response:
        asked, told = gate.identifiers(principal, request_id)
        _note(request, principal, asked)
        groups = [
            {
                "gateIndicator": gate_id,
                "status": "COMPLETE",
                "consignments": [_consignment(one) for one in told.found if one.uil.gate == gate_id],
            }
            for gate_id in dict.fromkeys(one.uil.gate for one in told.found)
        ]
        return answer({"requestId": asked.id, "status": "COMPLETE", "identifiers": groups})

    @app.post(
        f"{_CONTROL}/uil",
        status_code=202,
        **described(
            "EftiRequest", "eFTI authority: ask for a dataset by its link", status=202, body=json_body(EftiUilBody)
        ),
    )
    async def ask_dataset(request: Request, principal: Caller) -> Response:
        told = await read_form(request, flight, EftiUilBody, _MALFORMED)
        subsets = tuple(dict.fromkeys(told.subsetIds))
        made = await run_in_threadpool(gate.ask_dataset, principal, told.uil(), subsets, "", told.stated())
        return answer({"requestId": made.id, "status": "PENDING"}, 202)

    @app.get(f"{_CONTROL}/uil", **described("EftiRequest", "eFTI authority: the dataset, in base64"))
    def dataset(request_id: RequestId, request: Request, principal: Caller) -> Response:
        asked, told = gate.dataset(principal, request_id)
        _note(request, principal, asked)
        if told.status == "200":
            data = base64.b64encode(told.dataset).decode("ascii")
            return answer({"requestId": asked.id, "status": "COMPLETE", "data": data})
        return answer({"requestId": asked.id, "status": "ERROR", **_fault(told.status, told.description)})

    @app.post(
        f"{_CONTROL}/uil/follow-up",
        status_code=202,
        **described(
            "EftiNote",
            "eFTI authority: say something about a dataset that was given",
            status=202,
            body=json_body(EftiFollowUpBody),
        ),
    )
    async def follow_up(request: Request, principal: Caller) -> Response:
        told = await read_form(request, flight, EftiFollowUpBody, _MALFORMED)
        made = await run_in_threadpool(gate.follow_up, principal, told.requestId, told.message)
        if made.status != "200":
            return answer({"message": "note not sent", **_fault(made.status, made.problem)}, 400)
        return answer({"message": "Note sent"}, 202)


def _add_own_datasets(app: FastAPI, gate: EftiGateService, flight: Flight) -> None:
    @app.get(
        "/v1/efti/gate/v0/consignments/{dataset_id}",
        **described(None, "eFTI gate: a dataset that a trader sent here, cut to subsets, as XML"),
    )
    def own_dataset(dataset_id: str, request: Request, principal: Caller, subset_ids: SubsetIds) -> Response:
        subsets = tuple(dict.fromkeys(subset_ids))
        content = gate.own_dataset(principal, dataset_id, subsets, request.headers.get("x-request-id", ""))
        return Response(content, media_type="application/xml")

    @app.post(
        "/v1/efti/gate/v0/consignments/{dataset_id}/follow-up",
        **described(None, "eFTI gate: what an authority says of such a dataset", body=TEXT_BODY),
    )
    async def told(dataset_id: str, request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo, FORM_BYTES)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise RequestError("The message is not UTF-8.", status=422, code=_MALFORMED) from error
        request_id = request.headers.get("x-request-id", "")
        await run_in_threadpool(gate.told_of_own, principal, dataset_id, text, request_id)
        return Response(status_code=200)


#: Status → code of the error, as the reference implementation has it.
_CODES = {"404": "DATA_NOT_FOUND", "502": "PLATFORM_ERROR", "504": "PLATFORM_ERROR"}


def _note(request: Request, principal: Principal, asked: GateRequest) -> None:
    """Count a question of which all was withheld with other refusals: the authority reads that nothing was found."""
    if asked.is_refused:
        refused = NotFoundError("Nothing that was found is given for this purpose.")
        request.app.state.refusals.note_refusal(principal.id, request.method, request.url.path, refused)


def _fault(status: str, description: str) -> dict[str, str]:
    return {"errorCode": _CODES.get(status, "DEFAULT_ERROR"), "errorDescription": description}


def _consignment(one: Found) -> dict[str, Any]:
    told = one.identifiers
    made = {
        "platformId": one.uil.platform,
        "datasetId": one.uil.dataset,
        "gateId": one.uil.gate,
        "carrierAcceptanceDatetime": _moment(told.accepted),
        "deliveryEventActualOccurrenceDatetime": _moment(told.delivered),
        "mainCarriageTransportMovement": _movements(told),
        "usedTransportEquipment": _equipment(told),
    }
    return {name: value for name, value in made.items() if value is not None}


def _movements(told: ConsignmentIdentifiers) -> list[dict[str, Any]]:
    return [
        {
            "id": one.means,
            "modeCode": one.mode,
            "dangerousGoodsIndicator": one.is_dangerous,
            "registrationCountryCode": one.country,
        }
        for one in told.movements
    ]


def _equipment(told: ConsignmentIdentifiers) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "sequenceNumber": _whole(one.sequence),
            "registrationCountry": one.country,
            "categoryCode": one.category,
            "carriedTransportEquipment": [
                {"id": each.id, "sequenceNumber": _whole(each.sequence)} for each in one.carried
            ],
        }
        for one in told.equipment
    ]


def _moment(told: tuple[str, str] | None) -> str | None:
    """A moment of the schema as ISO 8601; None where it is absent or cannot be read."""
    if told is None:
        return None
    form, text = told
    pattern = {"102": "%Y%m%d", "203": "%Y%m%d%H%M", "205": "%Y%m%d%H%M%z"}.get(form)
    for each in filter(None, (pattern, "%Y%m%d%H%M")):
        try:
            at = datetime.strptime(text, each)  # noqa: DTZ007 - the next line gives it a zone
        except ValueError:
            continue
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).isoformat()
    return None


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 17 else None


def _xml(text: str) -> Response:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{text}', media_type="application/xml")
