# SPDX-License-Identifier: Apache-2.0
"""Journeys beyond one office: handed over between administrations, asked after past their time limit, fined."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import ProofError, UnreadableError
from cocket.pipeline import NotFoundError
from cocket.pipeline.tracking.hand_overs import HandOver, TakeOver
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.refusals import refusal
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.tracking import labels as tracking_words
from cocket.workbench.tracking.forms import amount_of

routes = APIRouter()

_NO_AMOUNT: Final = _("Enter it in figures.")


@routes.get("/tracking/hand-overs")
def hand_overs(
    visit: SignedIn, hand_overs: given.HandOvers, places: given.Places, journeys: given.Journeys
) -> Response:
    """Hand-overs, and the forms to hand over, take over and take in an answer."""
    return _hand_overs(visit, hand_overs, places, journeys, {})


@routes.get("/tracking/hand-overs/{direction}/{name}.jwt")
def document(visit: SignedIn, hand_overs: given.HandOvers, direction: str, name: str) -> Response:
    """The signed document for the other: the journey, or our answer."""
    made = next(
        (one for one in hand_overs.hand_overs(visit.principal) if (one.direction, one.id) == (direction, name)), None
    )
    if made is None:
        raise NotFoundError("There is no such hand-over.")
    kind = "journey" if direction == "out" else "answer"
    name = quote(f"{made.content.reference}-{kind}.jwt", safe="")
    how = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(made.token if direction == "out" else made.answer, media_type="application/jwt", headers=how)


@routes.post("/tracking/hand-overs/{act_name}")
def do_hand_over(
    act: Acting, hand_overs: given.HandOvers, places: given.Places, journeys: given.Journeys, act_name: str
) -> Response:
    """Hand over, take over, answer, or take in an answer; or say why it is refused."""
    principal = act.visit.principal
    doing: dict[str, Callable[[], HandOver]] = {
        "send": lambda: hand_overs.hand_over(
            principal, act.text("journey"), act.text("partner"), act.text("place"), act.text("note")
        ),
        "take": lambda: hand_overs.take_over(principal, act.text("document"), _take_over(act)),
        "answer": lambda: hand_overs.answer_hand_over(principal, act.text("id")),
        "accept": lambda: hand_overs.accept_answer(principal, act.text("answer")),
    }
    if act_name not in doing:
        raise NotFoundError("There is no such action.")
    general = _refusal(act.visit, doing[act_name])
    if not general:
        return act.visit.go("/tracking/hand-overs", Toast("hand-over-act"))
    return _hand_overs(act.visit, hand_overs, places, journeys, act.fields, general=general, failed=act_name)


@routes.get("/tracking/enquiries")
def enquiries(visit: SignedIn, enquiries: given.Enquiries) -> Response:
    """Journeys past their time limit, the longest over first."""
    return _page(visit, "tracking/enquiries", views=enquiries.past_limit(visit.principal))


@routes.get("/tracking/enquiries/{journey_id}")
def enquiry(visit: SignedIn, enquiries: given.Enquiries, journey_id: str) -> Response:
    """One of them with its enquiry and fines."""
    return _enquiry(visit, enquiries, journey_id, {})


@routes.post("/tracking/enquiries/{journey_id}/{name}")
def do_enquiry(act: Acting, enquiries: given.Enquiries, journey_id: str, name: str) -> Response:
    """Ask, answer, close, fine or settle; or say what is missing."""
    principal, words = act.visit.principal, act.text("words")
    amount = amount_of(act.text("amount")) if name == "fine" else Decimal(0)
    number = act.text("number")
    doing: dict[str, Callable[[], object]] = {
        "ask": lambda: enquiries.open_enquiry(principal, journey_id, words),
        "answer": lambda: enquiries.answer_enquiry(principal, journey_id, words),
        "close": lambda: enquiries.close_enquiry(principal, journey_id, act.text("outcome"), words),
        "fine": lambda: enquiries.impose_fine(principal, journey_id, amount or Decimal(0), act.text("currency"), words),
        "settle": lambda: enquiries.settle_fine(
            principal,
            journey_id,
            int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 0,
            act.text("state"),
            words,
        ),
    }
    if name not in doing:
        raise NotFoundError("There is no such action.")
    general = (act.visit.say(_NO_AMOUNT),) if amount is None else refusal(act.visit, doing[name])
    if not general:
        return act.visit.go(f"/tracking/enquiries/{journey_id}", Toast("enquiry-act"))
    return _enquiry(act.visit, enquiries, journey_id, act.fields, general=general, failed=name)


def _take_over(act: Act) -> TakeOver:
    devices = tuple(act.text("devices").replace(",", " ").split())
    return TakeOver(
        departure=act.text("departure"),
        destination=act.text("destination"),
        devices=devices or None,
        corridor=act.text("corridor") or None,
    )


def _refusal(visit: Visit, doing: Callable[[], object]) -> tuple[str, ...]:
    """As `refusal`, and for documents that do not hold."""
    try:
        return refusal(visit, doing)
    except (ProofError, UnreadableError) as error:
        return (visit.language.translate(error.message),)


def _hand_overs(
    visit: Visit,
    hand_overs: given.HandOvers,
    places: given.Places,
    journeys: given.Journeys,
    fields: dict[str, str],
    **more: Any,
) -> Response:
    fences = [kept.fence for kept in places.geofences(visit.principal) if kept.fence.purpose == "office"]
    ways = {kept.corridor.name: kept.corridor.name for kept in places.corridors(visit.principal)}
    if "journey" in visit.request.query_params:
        fields = {"journey": visit.request.query_params["journey"][:60], **fields}
    under_way = {one.id: one.reference for one in journeys.journeys(visit.principal).lines}
    if asked := fields.get("journey"):
        under_way.setdefault(asked, asked)  # beyond the newest
    status = UNPROCESSABLE if more else 200
    found = hand_overs.hand_overs(visit.principal)
    how: dict[str, Any] = {"general": (), "failed": "", **more}
    return _page(
        visit, "tracking/hand_overs", found=found, offices={one.name: one.called for one in fences}, ways=ways, fields=fields,
        under_way=under_way, status=status, **how,
    )  # fmt: skip


def _enquiry(
    visit: Visit, enquiries: given.Enquiries, journey_id: str, fields: dict[str, str], **more: Any
) -> Response:
    view = next((one for one in enquiries.past_limit(visit.principal) if one.line.id == journey_id), None)
    if view is None:
        raise NotFoundError("The journey is not past its time limit, and has no enquiry.")
    how: dict[str, Any] = {"general": (), "failed": "", "status": UNPROCESSABLE if more else 200, **more}
    return _page(visit, "tracking/enquiry", view=view, fields=fields, **how)


def _page(visit: Visit, template: str, /, **values: Any) -> Response:
    return visit.page(template, said=tracking_words, **values)
