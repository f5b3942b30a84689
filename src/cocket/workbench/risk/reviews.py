# SPDX-License-Identifier: Apache-2.0
"""The review of past files: dropped on the page, read, mapped, reviewed; gone with the session."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from cocket.errors import SenderError, SettingsError
from cocket.gate import UPLOAD_BYTES, RequestError, check_form
from cocket.pipeline import NotFoundError
from cocket.pipeline.risk.given_columns import FIELDS, LEFT_OUT, Answers
from cocket.pipeline.risk.given_sheet import check_answers
from cocket.pipeline.risk.reviews import SESSION_BYTES, SESSION_FILES
from cocket.risk.effort import of_hundred
from cocket.risk.rules.pack import standing
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.rendering import why
from cocket.workbench.base.visits import Visit
from cocket.workbench.risk import review_labels as said

routes = APIRouter()

_UNPROCESSABLE: Final = 422

#: Tables whose columns are shown at once (count); the others come once these need nothing more.
_SHOWN: Final = 20


async def _part(request: Request) -> bytes:
    """One part of a file.

    Raises:
        RequestError: It is too large (413).
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > UPLOAD_BYTES:
            raise RequestError("A part of the file is too large.", status=413, code="too-large")
    return body


@routes.get("/review")
def review(visit: SignedIn, reviews: given.Reviews) -> Response:
    """What was given, what was recognised of it, and what the review says."""
    return _page(visit, reviews)


@routes.get("/review/progress")
def progress(visit: SignedIn, reviews: given.Reviews) -> Response:
    """How far the work is; the whole page once it is done."""
    state = reviews.state(visit.principal, visit.token)
    if state.job:
        return visit.page("risk/review_progress", state=state, said=said)
    return visit.go("/review")


@routes.post("/review/files")
def upload(
    visit: SignedIn, reviews: given.Reviews, part: Annotated[bytes, Depends(_part)], name: str = "", offset: int = 0
) -> Response:
    """One part of one file, as the script of the page sends it; a refusal is said in words."""
    headers = visit.request.headers
    check_form(headers, headers.get("x-csrf-token", ""), visit.officer.csrf)
    try:
        reviews.put(visit.principal, visit.token, name, offset, part)
    except NotFoundError:
        raise
    except SenderError as error:
        text = f"{visit.say(error.message)} {visit.say(error.hint or '')}".strip()
        return Response(text, status_code=_UNPROCESSABLE, media_type="text/plain; charset=utf-8")
    return Response(status_code=204)


@routes.post("/review/read")
def read(act: Acting, reviews: given.Reviews) -> Response:
    """Read what was given."""
    return _start(act, reviews, "reading")


@routes.post("/review/columns")
def columns(act: Acting, reviews: given.Reviews) -> Response:
    """Say what columns and words are, and read again."""
    visit = act.visit
    try:
        reviews.answer(visit.principal, visit.token, check_answers(answers_of(act.fields)))
    except SettingsError as error:
        return _page(visit, reviews, f"{error.message} {error.hint or ''}".strip(), _UNPROCESSABLE)
    return _start(act, reviews, "reading")


@routes.post("/review/go")
def go_on(act: Acting, reviews: given.Reviews) -> Response:
    """Review with what is there."""
    return _start(act, reviews, "reviewing")


@routes.post("/review/forget")
def forget(act: Acting, reviews: given.Reviews) -> Response:
    """Let go of everything that was given."""
    reviews.state(act.visit.principal, act.visit.token)
    reviews.forget(act.visit.token)
    return act.visit.go("/review")


@routes.get("/review/report.html")
def report(visit: SignedIn, reviews: given.Reviews) -> Response:
    """The report as a file in the reader's language, for who chooses to keep it."""
    text = reviews.report(visit.principal, visit.token, visit.language)
    if text is None:
        raise NotFoundError("There is no report yet.")
    return HTMLResponse(text, headers={"content-disposition": 'attachment; filename="review.html"'})


def answers_of(fields: dict[str, str]) -> Answers:
    """What a form says: `column:HEADING`, `word:FIELD:WORD`, `value:FIELD` and `dates`; what is empty was not answered."""
    chosen: dict[str, str] = {}
    words: dict[str, dict[str, str]] = {}
    values: dict[str, str] = {}
    for name, text in fields.items():
        kind, _, rest = name.partition(":")
        value = text.strip()
        if not value:
            continue
        if kind == "column":
            chosen[rest] = value
        elif kind == "word":
            field, _, word = rest.partition(":")
            words.setdefault(field, {})[word.casefold()] = value
        elif kind == "value":
            values[rest] = value
    return Answers(columns=chosen, words=words, values=values, dates=fields.get("dates", ""))


def _start(act: Act, reviews: given.Reviews, job: str) -> Response:
    reviews.start(act.visit.principal, act.visit.token, job)
    return act.visit.go("/review")


def _page(visit: Visit, reviews: given.Reviews, problem: str = "", status: int = 200) -> Response:
    state = reviews.state(visit.principal, visit.token)
    files = state.sheet.files if state.sheet else ()
    listed = [one for one in files if one.kind not in ("declaration", "manifest")]
    return visit.page(
        "risk/review",
        state=state,
        said=said,
        listed=listed,
        tables=[one for one in listed if one.columns][:_SHOWN],
        messages={kind: sum(one.kind == kind for one in files) for kind in ("declaration", "manifest")},
        problem=problem,
        fields=FIELDS,
        left_out=LEFT_OUT,
        most=(SESSION_BYTES // 2**20, SESSION_FILES),
        part_bytes=UPLOAD_BYTES,
        hundred=of_hundred,
        why=why,
        standing=standing,
        status=status,
    )
