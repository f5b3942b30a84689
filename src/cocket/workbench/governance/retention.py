# SPDX-License-Identifier: Apache-2.0
"""Retention by page: the schedule and what it comes to, legal holds, what is due, and what was destroyed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.errors import PolicyError, SenderError, SettingsError
from cocket.pipeline import NotFoundError
from cocket.pipeline.base.proposals import SUBJECTS
from cocket.pipeline.governance.second_person import Given
from cocket.pipeline.operations.legal_holds import TARGETS, LegalHold
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.uploads import UNPROCESSABLE, Upload, refused, uploaded
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.governance import retention_labels as words

routes = APIRouter()

File = Annotated[Upload, Depends(uploaded("instance:set", None))]

#: Kinds of act that are done here.
_KINDS: Final = SUBJECTS["retention"]

_HERE: Final = "/administration/retention"
_DAY: Final = _("This is not a day such as 2026-12-25.")
_SHOWN: Final = 100


@routes.get("/administration/retention")
def overview(visit: SignedIn, retention: given.Retention, second: given.SecondPerson) -> Response:
    """The schedule with its counts, legal holds, what is due, and what waits for a second person."""
    return _page(visit, retention, second)


@routes.post("/administration/retention/schedule")
async def put_schedule(sent: File, retention: given.Retention, file: str = "") -> Response:
    """Propose a schedule."""
    try:
        put = await run_in_threadpool(retention.put_schedule, sent.visit.principal, file, sent.content)
    except (SenderError, SettingsError) as error:
        return refused(sent.visit, error)
    return sent.visit.page("governance/retention_put", put=put)


@routes.post("/administration/retention/holds")
def place_hold(act: Acting, retention: given.Retention, second: given.SecondPerson) -> Response:
    """Place a legal hold, at once."""
    day = act.text("review_on")
    try:
        review_on = date.fromisoformat(day) if day else None
    except ValueError:
        return _page(act.visit, retention, second, problem=act.visit.say(_DAY), fields=act.fields)
    target = act.text("target")
    wanted = LegalHold(
        name=act.text("name"),
        target=target if target in TARGETS else "everything",
        value=act.text("value"),
        ground=act.text("ground"),
        review_on=review_on,
        by="",
        placed=datetime.now(UTC),
    )
    return _step(act, retention, second, lambda: retention.place_hold(act.visit.principal, wanted))


@routes.post("/administration/retention/holds/release")
def release_hold(act: Acting, retention: given.Retention, second: given.SecondPerson) -> Response:
    """Propose that a legal hold is released."""
    name, reason = act.text("name"), act.text("reason")
    return _step(act, retention, second, lambda: retention.release_hold(act.visit.principal, name, reason))


@routes.post("/administration/retention/erase")
def propose_erasure(act: Acting, retention: given.Retention, second: given.SecondPerson) -> Response:
    """Propose to erase what is due, or one thing of it."""
    ids = tuple(filter(None, (act.text("thing"),)))
    reason = act.text("reason")
    return _step(act, retention, second, lambda: retention.propose_erasure(act.visit.principal, reason, ids))


@routes.get("/administration/retention/erasures/{proposal_id}")
def proposed_erasure(visit: SignedIn, retention: given.Retention, proposal_id: str) -> Response:
    """What a proposal asks to erase, thing by thing."""
    proposal, things = retention.proposed_erasure(visit.principal, proposal_id)
    return visit.page("governance/retention_erasure", proposal=proposal, things=things, said=words)


@routes.get("/administration/retention/report")
def report(visit: SignedIn, retention: given.Retention, since: str = "", until: str = "") -> Response:
    """What was destroyed within some days, and whether it is as the records say."""
    try:
        last = date.fromisoformat(until) if until else datetime.now(UTC).date()
        first = date.fromisoformat(since) if since else last - timedelta(days=365)
    except ValueError as error:
        raise SenderError(_DAY, code="day") from error
    found = retention.report(visit.principal, first, last)
    return visit.page("governance/retention_report", report=found, said=words)


def _step(
    act: Act, retention: given.Retention, second: given.SecondPerson, step: Callable[[], Given | LegalHold]
) -> Response:
    """Do it; what stands against it is said above the page."""
    try:
        done = step()
    except NotFoundError:
        raise
    except (SenderError, SettingsError) as error:
        return _page(act.visit, retention, second, problem=str(error), fields=act.fields)
    except PolicyError as error:
        if not act.visit.may("retention:hold", None):
            raise
        return _page(act.visit, retention, second, problem=error.message, fields=act.fields)
    waits = isinstance(done, Given) and not done.is_done
    return act.visit.go(_HERE, Toast("access-proposed" if waits else "access-given"))


def _page(
    visit: Visit,
    retention: given.Retention,
    second: given.SecondPerson,
    *,
    problem: str | None = None,
    fields: dict[str, str] | None = None,
) -> Response:
    plan = retention.plan(visit.principal)
    return visit.page(
        "governance/retention",
        plan=plan,
        holds=retention.holds(visit.principal),
        due=retention.due(visit.principal),
        waiting=tuple(one for one in second.waiting(visit.principal) if one.proposal.kind in _KINDS),
        most=_SHOWN,
        problem=problem,
        fields=fields or {},
        said=words,
        status=UNPROCESSABLE if problem else 200,
    )
