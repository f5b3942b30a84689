# SPDX-License-Identifier: Apache-2.0
"""Screening: consignments with matches, each match with what makes it one, and an officer's word on it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final, cast
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.pipeline import NotFoundError
from cocket.pipeline.screening.lists import MATCHES_A_PAGE
from cocket.pipeline.screening.matches import MatchState, ScreeningFound
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.screening import labels as screening_words

routes = APIRouter()

_UNPROCESSABLE: Final = 422
_NO_GROUND: Final = _("Give the grounds; they are recorded under your name.")
_MOST_PAGES: Final = 10_000


@routes.get("/screening")
def matches(visit: SignedIn, lists: given.ScreeningLists, state: str = "open", page: str = "1") -> Response:
    """Consignments with matches in one state."""
    state = state if state in screening_words.STATES else "open"
    number = int(page) if page.isascii() and page.isdigit() and 0 < int(page) <= _MOST_PAGES else 1
    found = lists.matches(visit.principal, cast(MatchState, state), (number - 1) * MATCHES_A_PAGE)
    return visit.page("screening/matches", said=screening_words, found=found, state=state, number=number)


@routes.get("/screening/{consignment_id}")
def match(visit: SignedIn, lists: given.ScreeningLists, consignment_id: str) -> Response:
    """Every match of one consignment."""
    return _match(visit, lists, consignment_id)


@routes.post("/screening/{consignment_id}/clear")
def clear(act: Acting, lists: given.ScreeningLists, consignment_id: str) -> Response:
    """Say that it is somebody else."""
    return _judge(act, lists, consignment_id, lists.clear_match, "match-cleared")


@routes.post("/screening/{consignment_id}/confirm")
def confirm(act: Acting, lists: given.ScreeningLists, consignment_id: str) -> Response:
    """Say that it is who is listed."""
    return _judge(act, lists, consignment_id, lists.confirm_match, "match-confirmed")


def _judge(act: Act, lists: given.ScreeningLists, consignment_id: str, judge: Any, toast: str) -> Response:
    """Give an officer's word on the match that the form names; without a ground nothing is said."""
    told = _found(act.visit, lists, consignment_id)
    subject = next((one.subject for one in told.found if one.subject.key == act.text("subject")), None)
    if subject is None:
        raise NotFoundError("There is no such match.")
    entry = act.fields.get("list", ""), act.fields.get("entry", "")
    problems = {} if act.text("ground") else {_place(subject.key, *entry): _NO_GROUND}
    if problems:
        return _match(act.visit, lists, consignment_id, problems=problems, status=_UNPROCESSABLE)
    try:
        judge(act.visit.principal, subject, entry, act.text("ground"))
    except NotFoundError:
        raise
    except SenderError as error:
        problems = {_place(subject.key, *entry): error.message}
        return _match(act.visit, lists, consignment_id, problems=problems, status=_UNPROCESSABLE)
    return act.visit.go(f"/screening/{quote(consignment_id, safe='')}", Toast(toast))


def _match(visit: Visit, lists: given.ScreeningLists, consignment_id: str, **more: Any) -> Response:
    told = _found(visit, lists, consignment_id)
    values = {"problems": {}, "status": 200, **more}
    return visit.page("screening/match", said=screening_words, told=told, place=_place, **values)


def _found(visit: Visit, lists: given.ScreeningLists, consignment_id: str) -> ScreeningFound:
    """What was found on a consignment; nothing if nothing ever was."""
    told = lists.of_consignment(visit.principal, consignment_id)
    return told or ScreeningFound(consignment=consignment_id, version="", found=())


def _place(subject: str, of_list: str, entry: str) -> str:
    """Name of the form of one match, such as an attribute of a page may hold."""
    return "m" + sha256(f"{subject}\n{of_list}\n{entry}".encode()).hexdigest()[:12]
