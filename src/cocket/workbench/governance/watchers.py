# SPDX-License-Identifier: Apache-2.0
"""The queue of internal affairs: cases with what they rest on, what explains and what does not; acts on them; decoys."""

from __future__ import annotations

from typing import Final, Literal, cast

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.governance.watch_views import CaseState, Outcome
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.governance import watcher_labels as watcher_words

routes = APIRouter()

ActName = Literal["open", "dismiss", "close"]

_UNPROCESSABLE: Final = 422
_NO_REASON: Final = _("Give a reason; it is recorded under your name.")
_NO_OUTCOME: Final = _("Choose what came of it.")


@routes.get("/watchers")
def cases(visit: SignedIn, watchers: given.Watchers, state: str = "live") -> Response:
    """Cases, the most telling first."""
    state = state if state in watcher_words.FILTERS else "live"
    found = watchers.cases(visit.principal, state=None if state == "live" else cast(CaseState, state))
    return visit.page("governance/watchers", said=watcher_words, found=found, state=state)


@routes.post("/watchers/find")
def find(acting: Acting, watchers: given.Watchers) -> Response:
    """Look through the last weeks now."""
    run = watchers.find(acting.visit.principal)
    return acting.visit.go("/watchers", Toast("watchers-found", {"number": str(len(run.opened))}))


@routes.get("/watchers/decoys")
def decoys(visit: SignedIn, watchers: given.Watchers) -> Response:
    """What is marked as a decoy."""
    return _decoys(visit, watchers, problems={})


@routes.post("/watchers/decoys/{act}")
def decoy_act(acting: Acting, watchers: given.Watchers, act: Literal["mark", "confirm", "end"]) -> Response:
    """Mark a decoy, confirm what another marked, or take the mark away."""
    reference, reason = acting.text("reference"), acting.text("reason")
    problems = {} if reason else {"reason": _NO_REASON}
    if not problems:
        do = {"mark": watchers.mark_decoy, "confirm": watchers.confirm_decoy, "end": watchers.end_decoy}[act]
        try:
            do(acting.visit.principal, reference, reason)
        except NotFoundError:
            raise
        except SenderError as error:
            problems = {"reference": error.message}
    if problems:
        entered = {"reference": reference, "reason": reason}
        return _decoys(acting.visit, watchers, problems=problems, entered=entered, status=_UNPROCESSABLE)
    return acting.visit.go("/watchers/decoys", Toast("watchers-decoy"))


@routes.get("/watchers/{case_id}")
def case(visit: SignedIn, watchers: given.Watchers, case_id: str) -> Response:
    """One case with what it rests on."""
    return _case(visit, watchers, case_id, problems={})


@routes.post("/watchers/{case_id}/{act}")
def act_on(acting: Acting, watchers: given.Watchers, case_id: str, act: ActName) -> Response:
    """Open, dismiss or close a case, with a reason."""
    reason, outcome = acting.text("reason"), acting.text("outcome")
    problems = {} if reason else {"reason": _NO_REASON}
    if act == "close" and outcome not in watcher_words.OUTCOMES:
        problems["outcome"] = _NO_OUTCOME
    if problems:
        return _case(acting.visit, watchers, case_id, problems=problems, tried=act, status=_UNPROCESSABLE)
    if act == "close":
        watchers.close_case(acting.visit.principal, case_id, cast(Outcome, outcome), reason)
    else:
        do = watchers.open_case if act == "open" else watchers.dismiss_case
        do(acting.visit.principal, case_id, reason)
    return acting.visit.go("/watchers", Toast(f"watchers-{act}"))


def _case(
    visit: Visit,
    watchers: given.Watchers,
    case_id: str,
    *,
    problems: dict[str, str],
    tried: str = "",
    status: int = 200,
) -> Response:
    view = watchers.case(visit.principal, case_id)
    return visit.page(
        "governance/watcher_case",
        said=watcher_words,
        view=view,
        file=view.file,
        problems=problems,
        tried=tried,
        status=status,
    )


def _decoys(
    visit: Visit,
    watchers: given.Watchers,
    *,
    problems: dict[str, str],
    entered: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    found = watchers.marked_decoys(visit.principal)
    return visit.page("governance/watcher_decoys", found=found, problems=problems, entered=entered or {}, status=status)
