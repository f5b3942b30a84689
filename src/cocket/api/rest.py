# SPDX-License-Identifier: Apache-2.0
"""Every route but lodging: what a sender or an officer's system may ask, each look decided and sealed by the house."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from cocket.api.agencies import add_agencies
from cocket.api.agreements import add_agreements
from cocket.api.callers import Caller, asked_of, read_form
from cocket.api.contests import add_contests
from cocket.api.continuity import add_continuity, add_office_packs
from cocket.api.dcsa import add_dcsa, add_event_callbacks, add_event_subscriptions
from cocket.api.efti import add_efti
from cocket.api.emergencies import add_emergencies
from cocket.api.epcis import add_epcis
from cocket.api.errors import fault_of, not_found, plain_fault
from cocket.api.exchange import add_exchange
from cocket.api.fault_forms import forms_of
from cocket.api.hubs import add_hubs
from cocket.api.intake import read_body, read_envelope
from cocket.api.joint import add_joint
from cocket.api.journeys import add_journeys
from cocket.api.lessons import add_lessons
from cocket.api.links import add_links
from cocket.api.log_files import log_answer
from cocket.api.looks import add_looks
from cocket.api.mirror import add_mirror
from cocket.api.one_record import add_one_record
from cocket.api.one_record_notices import add_following, add_one_record_notices
from cocket.api.openapi import MESSAGE_BODY, STATEMENT_BODY, TOKEN_BODY, also_as, described, json_body
from cocket.api.own_affairs import add_own_affairs
from cocket.api.own_assessment import add_own_assessment
from cocket.api.own_drafts import add_own_drafts
from cocket.api.partners import add_partner_notices, add_partner_subscriptions, add_partners
from cocket.api.payment_body import AssignmentBody, PayerBody, RefundBody, payer_of
from cocket.api.permit_body import HoldBody, LicenceBody, PermitBody, StatusBody, hold_of, name_of, permit_of
from cocket.api.permit_body import read as read_permit_body
from cocket.api.pilots import add_pilots
from cocket.api.places import add_places
from cocket.api.proposals import add_proposals
from cocket.api.quality import add_quality
from cocket.api.questions import add_questions
from cocket.api.release_times import add_release_times
from cocket.api.rendering import answer
from cocket.api.result_body import ResultBody, read_result
from cocket.api.retention import add_retention
from cocket.api.sources import add_sources
from cocket.api.token_body import TOKEN_PATH, check_grant
from cocket.api.tracking import add_tracking
from cocket.api.watchers import add_watchers
from cocket.api.webhooks import add_webhooks
from cocket.api.whatif import add_what_if
from cocket.errors import CocketError
from cocket.gate import FORM_BYTES, SHOWN, Fault, Flight, RequestError
from cocket.gate.proof_files import MEDIA_TYPES, preferred, proof_file
from cocket.languages import language as language_of
from cocket.measures.permits import Status
from cocket.pipeline import PermitsWanted
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.control.views import AdviceView
from cocket.risk.reasons import LANGUAGES
from cocket.standards.answers import FORMS

if TYPE_CHECKING:
    from pathlib import Path

    from cocket.governance import Principal
    from cocket.pipeline import Instance
    from cocket.pipeline.assessment.preview import Preview
    from cocket.pipeline.control.officer_acts import Acts
    from cocket.pipeline.intake.machine_access import MachineAccess
    from cocket.pipeline.measures.duties import TariffDuties
    from cocket.pipeline.measures.payments import Payments, PaymentView
    from cocket.pipeline.measures.permits import Permits
    from cocket.pipeline.operations.health_service import HealthService
    from cocket.pipeline.queries.reasons import Reasons
    from cocket.pipeline.queries.records import RecordQueries

_SOON = {"retry-after": "1"}
_PUBLIC = ["GET", "HEAD"]


Reference = Annotated[str, Query(min_length=1, max_length=200, description="A UCR, MRN, LRN, B/L, container number …")]
Kind = Annotated[str | None, Query(max_length=40, description="Kind of the reference; all kinds if absent.")]
PermitText = Annotated[str, Query(max_length=100, description="Part of a number, or the beginning of a holder's.")]
PermitStatus = Annotated[Status | None, Query(description="What its agency says of it; all if absent.")]
Country = Annotated[str, Query(max_length=20, description="Charges of this country, instead of the tariff's own.")]
Strict = Annotated[bool, Query(description="Whether anything assumed refuses the advice.")]
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="How many to leave out.")]
SlipLanguage = Annotated[
    str, Query(description="Language of the payment advice.", pattern=f"^({'|'.join(LANGUAGES)})$")
]
CardLanguage = Annotated[str, Query(description="Language of the card.", pattern=f"^({'|'.join(LANGUAGES)})$")]


def build_rest(house: Instance, flight: Flight) -> FastAPI:
    """The routes as an application; whoever mounts it has authenticated the caller of `/v1/…`."""
    app = FastAPI(title="Cocket", version="1", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.refusals = house.governance.refusals
    app.state.form = forms_of(house.settings.max_message_bytes)
    app.add_exception_handler(CocketError, _answer_error)
    app.add_exception_handler(Exception, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    records, reasons = house.queries.records, house.queries.reasons
    _add_token(app, house.intake.messages, flight)
    _add_messages(app, records, reasons, house.log_folder)
    _add_consignments(app, records, reasons)
    _add_acts(app, house.assessment.preview, house.control.officer_acts, flight)
    add_questions(app, house.control.questions, flight, house.settings.max_file_bytes)
    add_contests(app, house.control.contests, flight, house.settings.max_file_bytes)
    acting = house.governance.mandates, house.governance.own_keys
    add_own_affairs(app, house.queries.own_affairs, acting, house.credentials.standings, flight)
    add_own_assessment(app, house.credentials.self_assessments, flight)
    add_own_drafts(app, house.intake.drafts, flight, house.settings.max_file_bytes)
    _add_duties(app, house.measures.duties)
    _add_payments(app, house.measures.payments, flight)
    _add_permits(app, house.measures.permits, flight)
    add_tracking(app, house.tracking, flight)
    add_journeys(app, house.tracking, flight)
    add_places(app, house.tracking, flight)
    add_hubs(app, house.risk.hubs, flight)
    add_retention(app, house.governance.retention, flight)
    add_agencies(app, house.partners.agencies, house.partners.appointments, flight)
    add_agreements(app, house.governance.agreements)
    add_mirror(app, house.queries.mirror, house.queries.private_runs, flight)
    add_sources(app, house.partners.sources, flight)
    add_efti(app, house.partners.efti, flight)
    add_pilots(app, house.trials.pilots, flight)
    add_joint(app, house.partners.joint, house.risk.joint_tables, flight)
    add_lessons(app, house.trials, flight)
    add_exchange(app, house.partners.exchange)
    add_partners(app, house.partners.exchange, house.partners.notices, flight)
    add_partner_notices(app, house.partners.exchange, house.partners.notices, flight)
    add_partner_subscriptions(app, house.partners.subscribers, flight)
    add_continuity(app, house.partners.gateways, house.partners.outages, flight)
    add_office_packs(app, house.partners.packs, flight)
    add_watchers(app, house.governance.watchers, flight)
    add_emergencies(app, house.queries.emergencies)
    add_proposals(app, house.governance.second_person, flight)
    add_quality(app, house.queries.quality)
    add_release_times(app, house.trials.release_times)
    add_links(app, house.queries.papers, house.consignment.links, house.governance.second_person, flight)
    add_looks(app, house.governance.policies)
    add_what_if(app, house.trials.what_ifs, flight)
    add_webhooks(app, house.governance.own_webhooks, house.governance.webhooks, flight)
    add_epcis(app, house.partners.epcis, flight, house.settings.max_message_bytes)
    add_dcsa(app, house.partners.dcsa, flight)
    add_event_callbacks(app, house.partners.event_callbacks, flight)
    add_event_subscriptions(app, house.partners.event_subscriptions, flight)
    add_one_record(app, house.partners.one_record, flight)
    add_one_record_notices(app, house.partners.one_record, house.partners.one_record_notices, flight)
    add_following(app, house.partners.following, flight)
    _add_public(app, records, house.operations.health, house.log_folder)
    return app


def _add_token(app: FastAPI, messages: MachineAccess, flight: Flight) -> None:
    @app.post(TOKEN_PATH, **described("AccessToken", "A token of 15 minutes in place of the key", body=TOKEN_BODY))
    async def token(request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            check_grant(await read_body(request.receive, cargo, FORM_BYTES))
            shown = getattr(request.state, SHOWN, ())
            given = await run_in_threadpool(messages.access_token, principal, request.state.presented, shown)
        return answer(given)


def _add_messages(app: FastAPI, records: RecordQueries, reasons: Reasons, log_folder: Path) -> None:
    @app.get("/v1/messages/{message_id}", **described("MessageView", "One message and its status"))
    def message(message_id: str, principal: Caller) -> Response:
        return answer(records.message(principal, message_id))

    @app.get("/v1/messages/{message_id}/receipt", **described("Receipt", "The signed promise given for a message"))
    def receipt(message_id: str, principal: Caller) -> Response:
        return answer(records.receipt(principal, message_id))

    @app.get(
        "/v1/messages/{message_id}/answer",
        **also_as(FORMS.values(), described(None, "The answer as a message: a WCO Response, or CUSRES")),
    )
    def written(message_id: str, principal: Caller, request: Request) -> Response:
        asked = request.headers.get("accept", "")
        forms = {kind: form for form, kind in FORMS.items()}
        wanted = preferred(asked, ("*/*", *forms))
        if wanted is None:
            hint = f"Accept {', '.join(forms)}."
            raise RequestError(
                "An answer is not available in that format.", status=406, code="not-acceptable", hint=hint
            )
        found = records.written_answer(principal, message_id, forms.get(wanted))
        return Response(found.content, headers={"vary": "accept"}, media_type=FORMS[found.form])

    @app.get(
        "/v1/messages/{message_id}/proof",
        **also_as(MEDIA_TYPES, described("Proof", "Proof that it is in the log", pending=True)),
    )
    def proof(message_id: str, principal: Caller, request: Request) -> Response:
        wanted = preferred(request.headers.get("accept", ""), tuple(MEDIA_TYPES))
        if wanted is None:
            hint = f"Accept {', '.join(MEDIA_TYPES)}."
            raise RequestError("A proof is not available in that format.", status=406, code="not-acceptable", hint=hint)
        found = records.proof(principal, message_id)
        if found is None:
            return answer({"state": "sealed"}, 202, _SOON)
        written = proof_file(found, MEDIA_TYPES[wanted], log_folder, request.headers.get("accept-language", ""))
        return Response(written, headers={"vary": "accept, accept-language"}, media_type=wanted)

    @app.get(
        "/v1/messages/{message_id}/reasons",
        **described(
            "ReasonsCard", "Which parts of your own declaration to check again, where policy gives traders reasons"
        ),
    )
    def own_reasons(message_id: str, principal: Caller, language: CardLanguage = "en") -> Response:
        return answer(reasons.own_reasons(principal, message_id, language))

    @app.get("/v1/messages/{message_id}/content", **described(None, "The bytes as they were received"))
    def content(message_id: str, principal: Caller) -> Response:
        headers = {"content-disposition": "attachment"}
        return Response(records.content(principal, message_id), headers=headers, media_type="application/octet-stream")


def _add_consignments(app: FastAPI, records: RecordQueries, reasons: Reasons) -> None:
    @app.get("/v1/consignments", **described("Consignments", "Consignments known by a reference"))
    def find(principal: Caller, ref: Reference, kind: Kind = None) -> Response:
        return answer({"consignments": records.find(principal, ref, kind)})

    @app.get("/v1/consignments/{consignment_id}", **described("DossierView", "One dossier"))
    def dossier(consignment_id: str, principal: Caller) -> Response:
        return answer(records.dossier(principal, consignment_id))

    @app.get("/v1/consignments/{consignment_id}/timeline", **described("Timeline", "What happened to a consignment"))
    def timeline(consignment_id: str, principal: Caller) -> Response:
        return answer({"timeline": records.dossier(principal, consignment_id).timeline})

    @app.get(
        "/v1/consignments/{consignment_id}/assessment",
        **described("AdviceView", "Our advice on a consignment", pending=True),
    )
    def assessment(consignment_id: str, principal: Caller) -> Response:
        summary = records.dossier(principal, consignment_id).summary
        if summary.is_for_another:
            raise NotFoundError("The advice on this consignment belongs to another of its offices.")
        return answer({"state": "pending"}, 202, _SOON) if summary.advice is None else answer(summary.advice)

    @app.get(
        "/v1/consignments/{consignment_id}/reasons",
        **described("ReasonsCard", "Why a consignment was advised its lane"),
    )
    def why(consignment_id: str, principal: Caller, language: CardLanguage = "en") -> Response:
        return answer(reasons.reasons(principal, consignment_id, language))


def _add_acts(app: FastAPI, preview: Preview, officer_acts: Acts, flight: Flight) -> None:
    @app.post(
        "/v1/assessments", **described("AdviceView", "Advice on a message without submitting it", body=MESSAGE_BODY)
    )
    async def assess(request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            envelope = await read_envelope(dict(request.scope["headers"]), request.receive, principal, cargo)
            outcome = await run_in_threadpool(preview.assess_only, principal, envelope)
        return answer(outcome) if isinstance(outcome, AdviceView) else answer({"findings": outcome}, 422)

    @app.post(
        "/v1/control-orders/{order_id}/results",
        status_code=201,
        **described("ResultView", "Record the result of an examination", status=201, body=json_body(ResultBody)),
    )
    async def record(order_id: str, request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            result = read_result(await read_body(request.receive, cargo, FORM_BYTES))
            view = await run_in_threadpool(officer_acts.record_result, principal, order_id, result)
        return answer(view, 201)

    @app.get(
        "/v1/consignments/{consignment_id}/evidence/{record_id}",
        **described(None, "A photograph, scanner image or paper that a result is proved by"),
    )
    def evidence(consignment_id: str, record_id: str, principal: Caller) -> Response:
        kept = officer_acts.evidence(principal, consignment_id, record_id)
        return Response(
            kept.content, headers={"content-disposition": "attachment"}, media_type="application/octet-stream"
        )


def _add_duties(app: FastAPI, duties: TariffDuties) -> None:
    @app.get(
        "/v1/consignments/{consignment_id}/duties",
        **described("DutySheet", "How duties came about, and where the declaration says otherwise"),
    )
    def sheet(consignment_id: str, principal: Caller) -> Response:
        return answer(duties.sheet(principal, consignment_id))

    @app.get("/v1/tariff/charges", **described("ChargesView", "Charges of the tariff, each on what it is taken on"))
    def charges(principal: Caller, country: Country = "") -> Response:
        return answer(duties.charges(principal, country))


#: What a payment advice can be had as.
_SLIPS = ("application/json", "application/pdf")


def _add_payments(app: FastAPI, payments: Payments, flight: Flight) -> None:
    def shown(request: Request, view: PaymentView, tag: str) -> Response:
        wanted = preferred(request.headers.get("accept", ""), _SLIPS)
        if wanted is None:
            hint = f"Accept {', '.join(_SLIPS)}."
            raise RequestError("A slip is not available in that format.", status=406, code="not-acceptable", hint=hint)
        headers = {"vary": "accept"}
        if wanted == "application/json":
            return answer(view, headers=headers)
        return Response(payments.slip(view, language_of(tag)), headers=headers, media_type=wanted)

    async def ordered(request: Request, principal: Principal, view: Callable[[], PaymentView]) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo, FORM_BYTES)
            payer = payer_of(read_permit_body(content, PayerBody, "payment-malformed"))
            written = await run_in_threadpool(lambda: payments.order(view(), payer))
        headers = {"content-disposition": "attachment"}
        return Response(written, headers=headers, media_type="application/xml")

    @app.get(
        "/v1/consignments/{consignment_id}/payment",
        **also_as(_SLIPS, described("PaymentView", "What was asked for a consignment, and what was paid")),
    )
    def payment(consignment_id: str, request: Request, principal: Caller, language: SlipLanguage = "en") -> Response:
        return shown(request, payments.payment(principal, consignment_id), language)

    @app.post(
        "/v1/consignments/{consignment_id}/payment", **described("PaymentView", "Ask the declarant to pay what is due")
    )
    def advise(consignment_id: str, principal: Caller, strict: Strict = False) -> Response:
        return answer(payments.advise(principal, consignment_id, strict=strict))

    @app.post(
        "/v1/consignments/{consignment_id}/payment/order",
        **described(None, "The advice as an order to the payer's bank (pain.001)", body=json_body(PayerBody)),
    )
    async def order(consignment_id: str, request: Request, principal: Caller) -> Response:
        return await ordered(request, principal, lambda: payments.payment(principal, consignment_id))

    @app.get(
        "/v1/messages/{message_id}/payment",
        **also_as(_SLIPS, described("PaymentView", "What was asked for your own declaration, and what was paid")),
    )
    def own(message_id: str, request: Request, principal: Caller, language: SlipLanguage = "en") -> Response:
        return shown(request, payments.own_payment(principal, message_id), language)

    @app.post(
        "/v1/messages/{message_id}/payment/order",
        **described(None, "The same as an order to your bank (pain.001)", body=json_body(PayerBody)),
    )
    async def own_order(message_id: str, request: Request, principal: Caller) -> Response:
        return await ordered(request, principal, lambda: payments.own_payment(principal, message_id))

    @app.post(
        "/v1/payments/statements",
        **described("TakenStatement", "Import what the bank says was paid", body=STATEMENT_BODY),
    )
    async def take(request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo)
            return answer(await run_in_threadpool(payments.take, principal, content))

    @app.get("/v1/payments/unmatched", **described("PaymentList", "Payments that count for no advice yet"))
    def unmatched(principal: Caller) -> Response:
        return answer(payments.unmatched(principal))

    @app.get("/v1/payments/overpaid", **described("OverpaymentList", "Advices for which too much was paid"))
    def overpaid(principal: Caller) -> Response:
        return answer(payments.overpaid(principal))

    @app.post(
        "/v1/consignments/{consignment_id}/payment/refund",
        **described(None, "What was paid too much as an order to your own bank (pain.001)", body=json_body(RefundBody)),
    )
    async def refund(consignment_id: str, request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            body = read_permit_body(
                await read_body(request.receive, cargo, FORM_BYTES), RefundBody, "payment-malformed"
            )
            payer = payer_of(body)
            written = await run_in_threadpool(payments.refund, principal, consignment_id, payer, body.reason)
        headers = {"content-disposition": "attachment"}
        return Response(written, headers=headers, media_type="application/xml")

    @app.post(
        "/v1/payments/{payment_id}/assignment",
        **described("PaymentLine", "Let a payment count for an advice", body=json_body(AssignmentBody)),
    )
    async def assign(payment_id: str, request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo, FORM_BYTES)
            body = read_permit_body(content, AssignmentBody, "payment-malformed")
            line = await run_in_threadpool(payments.assign, principal, payment_id, body.reference, body.reason)
        return answer(line)


def _add_permits(app: FastAPI, permits: Permits, flight: Flight) -> None:
    @app.get("/v1/permits", **described("PermitList", "Permits by number or holder"))
    def find(principal: Caller, text: PermitText = "", status: PermitStatus = None, offset: Offset = 0) -> Response:
        return answer(permits.permits(principal, PermitsWanted(text=text, status=status, offset=offset)))

    @app.post(
        "/v1/permits",
        status_code=201,
        **described("PermitView", "Register a permit, or change it", status=201, body=json_body(PermitBody)),
    )
    async def register(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, PermitBody, "permit-malformed")
        view = await run_in_threadpool(permits.register_permit, principal, permit_of(body), body.reason)
        return answer(view, 201)

    @app.post(
        "/v1/permits/licences",
        status_code=201,
        **described("Permits", "Register a licence sent as a message", status=201, body=json_body(LicenceBody)),
    )
    async def register_licence(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, LicenceBody, "permit-malformed")
        views = await run_in_threadpool(permits.register_licence, principal, body.message, name_of(body))
        return answer({"permits": views}, 201)

    @app.get("/v1/permits/{permit_id}", **described("PermitView", "One permit and what is written off it"))
    def permit(permit_id: str, principal: Caller) -> Response:
        return answer(permits.permit_of_id(principal, permit_id))

    @app.post(
        "/v1/permits/{permit_id}/status",
        **described("PermitView", "Suspend or withdraw a permit, or make it valid", body=json_body(StatusBody)),
    )
    async def set_status(permit_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, StatusBody, "permit-malformed")
        known = await run_in_threadpool(permits.permit_of_id, principal, permit_id)
        view = await run_in_threadpool(
            permits.set_permit_status, principal, known.permit.name, body.status, body.reason
        )
        return answer(view)

    @app.get("/v1/consignments/{consignment_id}/holds", **described("Holds", "What agencies say of a consignment"))
    def holds(consignment_id: str, principal: Caller) -> Response:
        return answer({"holds": permits.agency_holds(principal, consignment_id)})

    @app.post(
        "/v1/consignments/{consignment_id}/holds",
        status_code=201,
        **described("HoldSaid", "Hold goods for an agency, or release them", status=201, body=json_body(HoldBody)),
    )
    async def hold(consignment_id: str, request: Request, principal: Caller) -> Response:
        word = hold_of(await read_form(request, flight, HoldBody, "permit-malformed"))
        said = await run_in_threadpool(permits.agency_hold, principal, consignment_id, word)
        return answer(said, 201)


def _add_public(app: FastAPI, records: RecordQueries, service: HealthService, log_folder: Path) -> None:
    @app.api_route("/healthz", methods=_PUBLIC, include_in_schema=False)
    def health() -> Response:
        return PlainTextResponse("ok")

    @app.api_route("/readyz", methods=_PUBLIC, include_in_schema=False)
    def readiness() -> Response:
        word = service.health().word
        return PlainTextResponse(word, 503, _SOON) if word == "not-ready" else PlainTextResponse(word)

    @app.api_route("/keys", methods=_PUBLIC, include_in_schema=False)
    def keys() -> Response:
        return answer(records.public_keys())

    @app.api_route("/log/{name:path}", methods=_PUBLIC, include_in_schema=False)
    def log(name: str) -> Response:
        return log_answer(log_folder, name)


def _respond(request: Request, fault: Fault) -> Response:
    told = request.app.state.form(fault, asked_of(request))
    return Response(told.body, told.status, dict(told.headers), media_type=told.media_type)


def _answer_error(request: Request, error: Exception) -> Response:
    principal = getattr(request.state, "principal", None)
    if principal is not None and isinstance(error, CocketError):
        request.app.state.refusals.note_refusal(principal.id, request.method, request.url.path, error)
    return _respond(request, fault_of(error, names_an_object=bool(request.path_params)))


def _answer_invalid(request: Request, error: Exception) -> Response:
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    where = ", ".join(sorted({str(problem["loc"][-1]) for problem in problems}))
    return _respond(request, fault_of(RequestError(f"Missing or malformed: {where}.", status=422, code="parameter")))


def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException) or error.status_code == HTTPStatus.NOT_FOUND:
        return _respond(request, not_found())
    return _respond(request, plain_fault(error.status_code, tuple((error.headers or {}).items())))
