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
from cocket.risk.effort import FIRST_DRAWS
from cocket.risk.rules.pack import write_pack
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.risk import rule_labels as rule_words

routes = APIRouter()

_UNPROCESSABLE: Final = 422
_NO_REASON: Final = _("Give a reason; it is recorded under your name.")
_OWN: Final = _("You wrote this rule; someone else must publish it.")


@routes.get("/rules")
def rules(visit: SignedIn, rules: given.Rules, state: str = "live") -> Response:
    """Every rule, the ones that find most first; ended versions on demand."""
    views = rules.rules(visit.principal, with_ended=state == "all")
    ordered = sorted(views, key=lambda one: -(one.figures.lift.value if one.figures and one.figures.lift else -1.0))
    return visit.page("risk/rules", rules=ordered, state=state, said=rule_words)


@routes.get("/rules/review")
def review(visit: SignedIn, rules: given.Rules) -> Response:
    """The yearly review pack as one file, to be printed or kept."""
    return HTMLResponse(write_pack(rules.rule_pack(visit.principal)))


@routes.get("/rules/{code}")
def rule(visit: SignedIn, rules: given.Rules, code: str) -> Response:
    """One rule."""
    return _page(visit, rules, code, {})


@routes.post("/rules/{code}/test")
def test(act: Acting, rules: given.Rules, code: str) -> Response:
    """Test it on past declarations of this house."""
    return _done(act, rules, code, lambda: rules.test_rule(act.visit.principal, code), "rule-tested")


@routes.post("/rules/{code}/shadow")
def shadow(act: Acting, rules: given.Rules, code: str) -> Response:
    """Let it run without effect."""
    return _done(act, rules, code, lambda: rules.shadow_rule(act.visit.principal, code), "rule-shadow")


@routes.post("/rules/{code}/publish")
def publish(act: Acting, rules: given.Rules, code: str) -> Response:
    """Publish it, as the second person."""
    urgent = act.text("urgent") or None
    visit = act.visit
    return _done(act, rules, code, lambda: rules.publish_rule(visit.principal, code, urgent), "rule-published")


@routes.post("/rules/{code}/end")
def end(act: Acting, rules: given.Rules, code: str) -> Response:
    """End it before its last day, with a reason."""
    reason = act.text("reason")
    if not reason:
        return _page(act.visit, rules, code, {"reason": _NO_REASON}, _UNPROCESSABLE)
    return _done(act, rules, code, lambda: rules.end_rule(act.visit.principal, code, reason), "rule-ended")


def _done(act: Act, rules: given.Rules, code: str, step: Callable[[], object], toast: str) -> Response:
    """Take a step; what stands against it is said beside the form."""
    try:
        step()
    except NotFoundError:
        raise
    except SenderError as error:
        hint = f" {error.hint}" if error.hint else ""
        return _page(act.visit, rules, code, {"step": f"{error.message}{hint}"}, _UNPROCESSABLE)
    except PolicyError as error:
        if "second-person-needed" not in error.reasons:
            raise
        return _page(act.visit, rules, code, {"step": _OWN}, _UNPROCESSABLE)
    return act.visit.go(f"/rules/{quote(code, safe='')}", Toast(toast))


def _page(visit: Visit, rules: given.Rules, code: str, problems: dict[str, str], status: int = 200) -> Response:
    shown = rules.rule(visit.principal, code)
    is_own = shown.file is not None and shown.file.author == visit.principal.id
    return visit.page(
        "risk/rule",
        rule=shown,
        problems=problems,
        is_own=is_own,
        said=rule_words,
        first_draws=FIRST_DRAWS,
        status=status,
    )
