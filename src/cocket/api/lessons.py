# SPDX-License-Identifier: Apache-2.0
"""The routes of what was learned: the self-assessment, use cases with what is shared of them, and the ledger of recommendations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form, take_paper
from cocket.api.lesson_body import (
    DecisionBody,
    LessonReasonBody,
    ReadinessAnswerBody,
    RecommendationBody,
    StepCostBody,
    UseCaseBody,
)
from cocket.api.openapi import CARD_BODY, described, json_body
from cocket.api.rendering import answer
from cocket.gate import Flight
from cocket.trials.lessons.sharing import MOST_BYTES, schema

if TYPE_CHECKING:
    from cocket.pipeline.instance import TrialsServices
    from cocket.pipeline.trials.readiness import ReadinessDesk
    from cocket.pipeline.trials.recommendations import Recommendations
    from cocket.pipeline.trials.use_cases import UseCases

_MALFORMED = "lesson-malformed"

Year = Annotated[int, Path(ge=0, le=9999)]


def add_lessons(app: FastAPI, trials: TrialsServices, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""
    _add_readiness(app, trials.readiness, flight)
    _add_cards(app, trials.use_cases, flight)
    _add_shared(app, trials.use_cases, flight)
    _add_recommendations(app, trials.recommendations, flight)


def _add_readiness(app: FastAPI, readiness: ReadinessDesk, flight: Flight) -> None:
    @app.get("/v1/readiness", **described("ReadinessView", "The self-assessment beside what is measured, and the plan"))
    def standing(principal: Caller) -> Response:
        return answer(readiness.standing(principal))

    @app.put(
        "/v1/readiness/answers/{question}",
        **described("Readiness", "Answer a question", body=json_body(ReadinessAnswerBody)),
    )
    async def put_answer(question: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, ReadinessAnswerBody, _MALFORMED)
        return answer(
            await run_in_threadpool(readiness.answer, principal, question, body.level, body.evidence, body.on)
        )

    @app.put(
        "/v1/readiness/costs/{question}",
        **described("Readiness", "Say what a step would cost", body=json_body(StepCostBody)),
    )
    async def put_cost(question: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, StepCostBody, _MALFORMED)
        cost = body.cost.cost() if body.cost is not None else None
        return answer(await run_in_threadpool(readiness.set_cost, principal, question, cost))


def _add_cards(app: FastAPI, cases: UseCases, flight: Flight) -> None:
    @app.get("/v1/use-cases", **described("Catalogue", "Use cases: our own, and those taken from others"))
    def catalogue(principal: Caller) -> Response:
        return answer(cases.catalogue(principal))

    @app.post(
        "/v1/use-cases",
        status_code=201,
        **described("Card", "Add a use case; its figures are measured now", status=201, body=json_body(UseCaseBody)),
    )
    async def add(request: Request, principal: Caller) -> Response:
        new = (await read_form(request, flight, UseCaseBody, _MALFORMED)).card()
        return answer(await run_in_threadpool(cases.put_card, principal, new), 201)

    @app.post(
        "/v1/use-cases/taken",
        status_code=201,
        **described("TakenCard", "Import a use case of another administration", status=201, body=CARD_BODY),
    )
    async def take(request: Request, principal: Caller) -> Response:
        return await take_paper(request, flight, MOST_BYTES, lambda content: cases.take_card(principal, content))

    @app.get("/v1/use-cases/taken/{card_id}", **described("TakenCard", "A use case of another administration"))
    def taken(card_id: str, principal: Caller) -> Response:
        return answer(cases.taken_card(principal, card_id))

    @app.get("/v1/use-cases/schema", **described(None, "The JSON Schema of a shared use case"))
    def shape(principal: Caller) -> Response:
        return answer(schema())

    @app.get("/v1/use-cases/{card_id}", **described("CardView", "A use case of our own"))
    def one(card_id: str, principal: Caller) -> Response:
        return answer(cases.card(principal, card_id))

    @app.put(
        "/v1/use-cases/{card_id}",
        **described("Card", "Change a use case; its figures are measured again", body=json_body(UseCaseBody)),
    )
    async def change(card_id: str, request: Request, principal: Caller) -> Response:
        new = (await read_form(request, flight, UseCaseBody, _MALFORMED)).card()
        return answer(await run_in_threadpool(cases.put_card, principal, new, card_id))


def _add_shared(app: FastAPI, cases: UseCases, flight: Flight) -> None:
    @app.post(
        "/v1/use-cases/{card_id}/share",
        status_code=202,
        **described("Proposal", "Propose to share a use case", status=202, body=json_body(LessonReasonBody)),
    )
    async def share(card_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, LessonReasonBody, _MALFORMED)
        given = await run_in_threadpool(cases.propose_share, principal, card_id, body.reason)
        return answer(given.proposal, 202)

    @app.get("/v1/use-cases/{card_id}/file", **described(None, "The signed file of a use case that was shared"))
    def shared(card_id: str, principal: Caller) -> Response:
        return Response(cases.shared_file(principal, card_id), media_type="application/json")

    @app.get("/v1/use-cases/years/{year}", **described("YearReport", "What was learned in a year, measured now"))
    def year(year: Year, principal: Caller) -> Response:
        return answer(cases.year(principal, year))

    @app.get(
        "/v1/use-cases/years/{year}/published", **described("YearReport", "What was learned in a year, as published")
    )
    def published(year: Year, principal: Caller) -> Response:
        return answer(cases.published_year(principal, year))

    @app.post(
        "/v1/use-cases/years/{year}",
        status_code=202,
        **described("Proposal", "Propose to publish a year", status=202, body=json_body(LessonReasonBody)),
    )
    async def publish(year: Year, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, LessonReasonBody, _MALFORMED)
        given = await run_in_threadpool(cases.propose_year, principal, year, body.reason)
        return answer(given.proposal, 202)


def _add_recommendations(app: FastAPI, ledger: Recommendations, flight: Flight) -> None:
    @app.get(
        "/v1/recommendations", **described("RecommendationLedger", "Recommendations, and how well forecasts are made")
    )
    def every(principal: Caller) -> Response:
        return answer(ledger.ledger(principal))

    @app.post(
        "/v1/recommendations",
        status_code=201,
        **described("Recommendation", "Make a recommendation", status=201, body=json_body(RecommendationBody)),
    )
    async def make(request: Request, principal: Caller) -> Response:
        new = (await read_form(request, flight, RecommendationBody, _MALFORMED)).recommendation()
        return answer(await run_in_threadpool(ledger.recommend, principal, new), 201)

    @app.get("/v1/recommendations/{recommendation_id}", **described("Recommendation", "One recommendation"))
    def one(recommendation_id: str, principal: Caller) -> Response:
        return answer(ledger.recommendation(principal, recommendation_id))

    @app.post(
        "/v1/recommendations/{recommendation_id}/decisions",
        **described("Recommendation", "Decide on a recommendation", body=json_body(DecisionBody)),
    )
    async def decide(recommendation_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, DecisionBody, _MALFORMED)
        return answer(await run_in_threadpool(ledger.decide, principal, recommendation_id, body.decision, body.reason))

    @app.post(
        "/v1/recommendations/{recommendation_id}/outcome",
        **described("Recommendation", "Look whether a forecast came true, once its day has come"),
    )
    def judge(recommendation_id: str, principal: Caller) -> Response:
        return answer(ledger.judge(principal, recommendation_id))
