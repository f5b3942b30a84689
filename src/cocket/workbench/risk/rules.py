# SPDX-License-Identifier: Apache-2.0
"""Rules: all of them with what each was worth, one rule with its story, and the acts of two people on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final
from urllib.parse import quote

import msgspec
from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from cocket.errors import SenderError, SettingsError
from cocket.gate import make_key
from cocket.pipeline import NotFoundError
from cocket.pipeline.base import kept
from cocket.pipeline.risk.rule_trials import Trial
from cocket.risk.estimate import FIRST_DRAWS
from cocket.risk.rules import hints_in_text
from cocket.risk.rules.pack import write_pack
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.risk import rule_labels as rule_words
from cocket.workbench.risk.rule_desk import MOST_LINES, WHOLE_ACTS, Desk, desk_of, empty_desk, read_desk

routes = APIRouter()

_UNPROCESSABLE: Final = 422
_NO_REASON: Final = _("Give a reason; it is recorded under your name.")


@routes.get("/rules")
def rules(visit: SignedIn, rules: given.Rules, state: str = "live", again: bool = False) -> Response:
    """Every rule, the ones that find most first; ended versions on demand."""
    views = rules.rules(visit.principal, with_ended=state == "all", again=again, patience=kept.PATIENCE)
    ordered = sorted(views, key=lambda one: -(one.figures.lift.value if one.figures and one.figures.lift else -1.0))
    measured = next((one.measured for one in views if one.measured), None)
    return visit.page("risk/rules", rules=ordered, state=state, measured=measured, said=rule_words)


@routes.get("/rules/review")
def review(visit: SignedIn, rules: given.Rules) -> Response:
    """The yearly review pack as one file in the reader's language, to be printed or kept."""
    return HTMLResponse(write_pack(rules.rule_pack(visit.principal), visit.language))


@routes.get("/rules/desk")
def desk(visit: SignedIn, rules: given.Rules, code: str = "") -> Response:
    """The desk on which a rule is written, empty or with a rule on it."""
    visit.require("rule:write")
    if not code:
        return _desk(visit, empty_desk(_today(visit)))
    shown = rules.rule(visit.principal, code)
    if shown.file is None:
        raise NotFoundError(f"There is no rule {code} that was written here.")
    return _desk(visit, desk_of(shown.file.rule))


@routes.post("/rules/desk")
def use_desk(act: Acting, rules: given.Rules) -> Response:
    """Write sentences as CEL or read them from it, try the rule on the past, save it as a draft, or let it run in shadow."""
    visit = act.visit
    visit.require("rule:write")
    does = act.text("do") or "write"
    written = read_desk(act.fields, does, _today(visit))
    if does not in WHOLE_ACTS:
        return _desk(visit, written)
    if not written.is_whole:
        return _desk(visit, written, status=_UNPROCESSABLE)
    try:
        if does == "try":
            return _desk(visit, written, trial=rules.try_rule(visit.principal, written.rule))
        rules.add_rules(visit.principal, [written.rule])
    except SettingsError as error:
        refused = msgspec.structs.replace(written, refused=error.problems or (error.message,))
        return _desk(visit, refused, status=_UNPROCESSABLE)
    if does == "shadow":
        return _done(
            act, rules, written.rule.code, lambda: _run_in_shadow(visit, rules, written.rule.code), "rule-shadow"
        )
    return visit.go(f"/rules/{quote(written.rule.code, safe='')}", Toast("rule-written"))


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


@routes.post("/rules/{code}/measure")
def measure(act: Acting, rules: given.Rules, code: str) -> Response:
    """Seal what it was worth in the last year."""
    return _done(act, rules, code, lambda: rules.measure_rule(act.visit.principal, code), "rule-measured")


@routes.post("/rules/{code}/publish")
def publish(act: Acting, rules: given.Rules, second: given.SecondPerson, code: str) -> Response:
    """Propose that it is published."""
    urgent = act.text("urgent") or None
    principal = act.visit.principal

    def propose() -> None:
        second.propose(principal, rules.proposed_publication(principal, code, urgent), make_key)

    return _done(act, rules, code, propose, "access-proposed")


@routes.post("/rules/{code}/end")
def end(act: Acting, rules: given.Rules, second: given.SecondPerson, code: str) -> Response:
    """End it before its last day, with a reason; or propose that, where two persons answer for it."""
    reason, principal = act.text("reason"), act.visit.principal
    if not reason:
        return _page(act.visit, rules, code, {"reason": _NO_REASON}, _UNPROCESSABLE)

    def finish() -> str:
        wanted = rules.proposed_end(principal, code, reason)
        if wanted is not None:
            second.propose(principal, wanted, make_key)
            return "access-proposed"
        rules.end_rule(principal, code, reason)
        return "rule-ended"

    return _done(act, rules, code, finish)


def _run_in_shadow(visit: Visit, rules: given.Rules, code: str) -> None:
    """Test a saved draft on all of the past, and let it run without effect."""
    rules.test_rule(visit.principal, code)
    rules.shadow_rule(visit.principal, code)


def _done(act: Act, rules: given.Rules, code: str, step: Callable[[], object], toast: str = "") -> Response:
    """Take a step, which may say what came of it; what stands against it is said beside the form."""
    try:
        came = step()
    except NotFoundError:
        raise
    except SenderError as error:
        hint = f" {error.hint}" if error.hint else ""
        return _page(act.visit, rules, code, {"step": f"{error.message}{hint}"}, _UNPROCESSABLE)
    return act.visit.go(f"/rules/{quote(code, safe='')}", Toast(toast or str(came)))


def _desk(visit: Visit, desk: Desk, *, trial: Trial | None = None, status: int = 200) -> Response:
    name = "risk/desk_sheet" if visit.is_part else "risk/desk"
    hints = hints_in_text(desk.when) if trial is None else trial.test.hints
    return visit.page(name, desk=desk, trial=trial, hints=hints, said=rule_words, most=MOST_LINES, status=status)


def _today(visit: Visit) -> date:
    return visit.workbench.now().date()


def _page(visit: Visit, rules: given.Rules, code: str, problems: dict[str, str], status: int = 200) -> Response:
    shown = rules.rule(visit.principal, code)
    return visit.page(
        "risk/rule",
        rule=shown,
        problems=problems,
        said=rule_words,
        first_draws=FIRST_DRAWS,
        status=status,
    )
