# SPDX-License-Identifier: Apache-2.0
"""Rules: all of them with what each was worth, one rule with its story, and the acts of two people on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from cocket.errors import PolicyError, SenderError
from cocket.pipeline import NotFoundError
from cocket.risk.rules.pack import write_pack
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.risk import rule_labels as rule_words

routes = APIRouter()

_UNPROCESSABLE: Final = 422
_NO_REASON: Final = _("Say why; the reason stays on file under your name.")
_OWN: Final = _("You wrote this rule; somebody else must publish it.")


@routes.get("/rules")
def rules(visit: SignedIn, state: str = "live") -> Response:
    """Every rule, the ones that find most first; ended versions on demand."""
    views = visit.house.risk.rules.rules(visit.principal, with_ended=state == "all")
    ordered = sorted(views, key=lambda one: -(one.figures.lift.value if one.figures and one.figures.lift else -1.0))
    return visit.page("risk/rules", rules=ordered, state=state, said=rule_words)


@routes.get("/rules/review")
def review(visit: SignedIn) -> Response:
    """The yearly review pack as one file, to be printed or kept."""
    return HTMLResponse(write_pack(visit.house.risk.rules.rule_pack(visit.principal)))


@routes.get("/rules/{code}")
def rule(visit: SignedIn, code: str) -> Response:
    """One rule."""
    return _page(visit, code, {})


@routes.post("/rules/{code}/test")
def test(act: Acting, code: str) -> Response:
    """Try it on the past of this house."""
    return _done(act, code, lambda: act.visit.house.risk.rules.test_rule(act.visit.principal, code), "rule-tested")


@routes.post("/rules/{code}/shadow")
def shadow(act: Acting, code: str) -> Response:
    """Let it run without effect."""
    return _done(act, code, lambda: act.visit.house.risk.rules.shadow_rule(act.visit.principal, code), "rule-shadow")


@routes.post("/rules/{code}/publish")
def publish(act: Acting, code: str) -> Response:
    """Publish it, as the second person."""
    urgent = act.text("urgent") or None
    visit = act.visit
    return _done(
        act, code, lambda: visit.house.risk.rules.publish_rule(visit.principal, code, urgent), "rule-published"
    )


@routes.post("/rules/{code}/end")
def end(act: Acting, code: str) -> Response:
    """End it before its last day, with a reason."""
    reason = act.text("reason")
    if not reason:
        return _page(act.visit, code, {"reason": _NO_REASON}, _UNPROCESSABLE)
    return _done(
        act, code, lambda: act.visit.house.risk.rules.end_rule(act.visit.principal, code, reason), "rule-ended"
    )


def _done(act: Act, code: str, step: Callable[[], object], toast: str) -> Response:
    """Take a step; what stands against it is said beside the form."""
    try:
        step()
    except NotFoundError:
        raise
    except SenderError as error:
        hint = f" {error.hint}" if error.hint else ""
        return _page(act.visit, code, {"step": f"{error.message}{hint}"}, _UNPROCESSABLE)
    except PolicyError as error:
        if "second-person-needed" not in error.reasons:
            raise
        return _page(act.visit, code, {"step": _OWN}, _UNPROCESSABLE)
    return act.visit.go(f"/rules/{quote(code, safe='')}", Toast(toast))


def _page(visit: Visit, code: str, problems: dict[str, str], status: int = 200) -> Response:
    shown = visit.house.risk.rules.rule(visit.principal, code)
    is_own = shown.file is not None and shown.file.author == visit.principal.id
    return visit.page("risk/rule", rule=shown, problems=problems, is_own=is_own, said=rule_words, status=status)
