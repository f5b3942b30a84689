# SPDX-License-Identifier: Apache-2.0
"""Policies on pages: what is in force, drafts with their difference and trial, proposing, and one access explained."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.gate import make_key
from cocket.governance.policy_difference import change_lines
from cocket.pipeline.governance.look_pages import MOST_SEARCHED, LookFilter
from cocket.pipeline.governance.policies import IN_FORCE, PolicyDraft
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import NAMES, _
from cocket.workbench.base.visits import Toast, Visit

routes = APIRouter()

#: A trial from a page goes over so many days back by itself.
TRIED_DAYS: Final = 30

_UNPROCESSABLE: Final = 422

#: An index of a leaf has no more digits.
_DIGITS: Final = 12

#: Fields by which accesses are narrowed.
_LOOK_FIELDS: Final = LookFilter.__struct_fields__

_DAY: Final = _("Write the day as YYYY-MM-DD.")


@routes.get("/policies")
def overview(visit: SignedIn, policies: given.Policies) -> Response:
    """What is in force, what was and will be, drafts, and the form of a new one."""
    view = policies.overview(visit.principal)
    text = policies.policy(visit.principal, IN_FORCE).text
    return visit.page("governance/policies", view=view, text=text, entered={}, problem=None)


@routes.post("/policies/drafts")
def put_draft(act: Acting, policies: given.Policies) -> Response:
    """Keep a draft; a broken text is shown again with what is wrong."""
    visit, name, text = act.visit, act.text("name"), act.fields.get("text", "").replace("\r\n", "\n")
    try:
        draft = policies.put_draft(visit.principal, name, text)
    except SenderError as error:
        view = policies.overview(visit.principal)
        return visit.page(
            "governance/policies", status=_UNPROCESSABLE, view=view, text=text, entered={"name": name}, problem=error
        )
    return visit.go(f"/policies/drafts/{draft.name}", Toast("policy-kept"))


@routes.get("/policies/drafts/{name}")
def draft(visit: SignedIn, policies: given.Policies, name: str) -> Response:
    """One draft: exactly what it would change, what it would have done to past accesses, and the form to propose it."""
    found = policies.draft(visit.principal, name)
    return _draft(visit, policies, found, name)


@routes.post("/policies/drafts/{name}/try")
def try_draft(act: Acting, policies: given.Policies, name: str) -> Response:
    """Try it on the accesses of some days."""
    first, last = (_day(act.text(field)) for field in ("first", "last"))
    span = (
        datetime.combine(first, time(), UTC) if first else None,
        datetime.combine(last, time(), UTC) + timedelta(days=1) - timedelta(microseconds=1) if last else None,
    )
    policies.try_draft(act.visit.principal, name, span)
    return act.visit.go(f"/policies/drafts/{name}", Toast("policy-tried"))


@routes.post("/policies/drafts/{name}/propose")
def propose(act: Acting, policies: given.Policies, name: str) -> Response:
    """Propose it; a second person approves its digest."""
    policies.propose(act.visit.principal, name, _from(act.text("in_force")), act.text("reason"), make_key)
    return act.visit.go("/waiting", Toast("access-proposed"))


@routes.get("/policies/versions/{number}")
def version(visit: SignedIn, policies: given.Policies, number: str) -> Response:
    """The text of a version, and the form to put it in force again."""
    one, policy = policies.version(visit.principal, number)
    return visit.page("governance/policy_version", one=one, text=policy.text)


@routes.post("/policies/versions/{number}/again")
def put_back(act: Acting, policies: given.Policies, number: str) -> Response:
    """Propose the text of an earlier version again, as a new one."""
    one, _policy = policies.version(act.visit.principal, number)
    policies.put_back(act.visit.principal, one.number, _from(act.text("in_force")), act.text("reason"), make_key)
    return act.visit.go("/waiting", Toast("access-proposed"))


@routes.get("/policies/looks")
def looks(visit: SignedIn, policies: given.Policies, before: str = "") -> Response:
    """Accesses page by page, narrowed by who, role, what, purpose, case, object and day; each to be explained."""
    entered = {name: visit.request.query_params.get(name, "").strip()[:200] for name in _LOOK_FIELDS}
    problem, page = None, None
    try:
        page = policies.looks(visit.principal, _wanted(entered), int(before) if _is_index(before) else None)
    except SenderError as error:
        problem = error.message
    kept = urlencode({name: text for name, text in entered.items() if text})
    return visit.page(
        "governance/policy_looks",
        status=_UNPROCESSABLE if problem else 200,
        page=page,
        entered=entered,
        problem=problem,
        further=f"/policies/looks?{kept}{'&' if kept else ''}before=",
        most=MOST_SEARCHED,
    )


@routes.get("/policies/looks/{look_id}")
def explained(visit: SignedIn, policies: given.Policies, look_id: str) -> Response:
    """One access: which policy, which rules, which facts."""
    return visit.page("governance/policy_look", one=policies.explain(visit.principal, look_id))


def _wanted(entered: dict[str, str]) -> LookFilter:
    """The question of the form.

    Raises:
        SenderError: A day is none, or a word is none that is offered.
    """
    days = {name: _day(entered[name]) for name in ("first", "last")}
    try:
        return msgspec.convert(entered | days, LookFilter)
    except msgspec.ValidationError as error:
        raise SenderError("Choose from the list what was shown.", code="look-shown") from error


def _is_index(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS


def _draft(visit: Visit, policies: given.Policies, found: PolicyDraft, name: str) -> Response:
    difference = policies.difference(visit.principal, IN_FORCE, name)

    def named(purpose: str) -> str:
        return visit.say(NAMES["purpose"].get(purpose, purpose))

    return visit.page(
        "governance/policy_draft",
        one=found,
        text=policies.policy(visit.principal, name).text,
        difference=difference,
        ways=[(way, list(change_lines(difference, way, visit.say, named))) for way in ("widened", "narrowed")],
        first=visit.workbench.now().date() - timedelta(days=TRIED_DAYS),
        today=visit.workbench.now().date(),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise SenderError(_DAY, code="day") from error


def _from(text: str) -> datetime:
    day = _day(text)
    return datetime.now(UTC) if day is None else datetime.combine(day, time(), UTC)
