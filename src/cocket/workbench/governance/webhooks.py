# SPDX-License-Identifier: Apache-2.0
"""Webhooks by page: those of traders under `/own`, those of the administration and its partners under `/administration`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, cast

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.exchange.webhook_signatures import Scheme
from cocket.governance.events import EVENT_TYPES, OFFERED
from cocket.pipeline import NotFoundError
from cocket.pipeline.governance.webhooks import NewWebhook, Webhooks, WebhookSecretShown
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.refusals import sentences
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.governance import webhook_labels as words

routes = APIRouter()

_UNPROCESSABLE: Final = 422
_OWN, _INSIDE = "/own/webhooks", "/administration/webhooks"


def _of_side(request: Request, own: given.OwnWebhooks, inside: given.Webhooks) -> Webhooks:
    return own if request.url.path.startswith(_OWN) else inside


Kept = Annotated[Webhooks, Depends(_of_side)]


@routes.get("/own/webhooks")
@routes.get("/administration/webhooks")
def every(visit: SignedIn, webhooks: Kept) -> Response:
    """Webhooks that one keeps, and the form to register one."""
    return _list(visit, webhooks)


@routes.post("/own/webhooks")
@routes.post("/administration/webhooks")
def register(act: Acting, webhooks: Kept) -> Response:
    """Register one; its secret is on the answer, and nowhere else. Of an e-mail address, the page that asks for its code."""
    own = act.visit.principal.by_right if _base(act.visit) == _OWN else ()
    scheme = "v1a" if act.text("scheme") == "v1a" else "v1"
    new = NewWebhook(
        url=act.text("url"),
        types=tuple(name for name in EVENT_TYPES if act.text(f"type-{name}")),
        senders=tuple(one for one in own if act.text(f"sender-{one}")),
        is_with_clients=bool(act.text("is_with_clients")),
        agreement=act.text("agreement"),
        note=act.text("note"),
        scheme=cast("Scheme", scheme),
        language=act.text("language"),
        is_with_answers=bool(act.text("is_with_answers")),
    )
    try:
        made = webhooks.register(act.visit.principal, new)
    except SenderError as error:
        return _list(
            act.visit, webhooks, fields=act.fields, problems=sentences(act.visit, error), status=_UNPROCESSABLE
        )
    if made.webhook.code_until is not None:
        return act.visit.go(f"{_base(act.visit)}/{made.webhook.id}", Toast("webhook-code"))
    return _shown(act.visit, made)


@routes.get("/own/webhooks/{webhook_id}")
@routes.get("/administration/webhooks/{webhook_id}")
def one(visit: SignedIn, webhooks: Kept, webhook_id: str) -> Response:
    """One webhook: how sending goes, and what was given up."""
    return _page(visit, webhooks, webhook_id)


@routes.post("/own/webhooks/{webhook_id}/test")
@routes.post("/administration/webhooks/{webhook_id}/test")
def test(act: Acting, webhooks: Kept, webhook_id: str) -> Response:
    """Send a test event."""
    return _done(act, webhooks, webhook_id, "webhook-test", lambda: webhooks.send_test(act.visit.principal, webhook_id))


@routes.post("/own/webhooks/{webhook_id}/confirm")
@routes.post("/administration/webhooks/{webhook_id}/confirm")
def confirm(act: Acting, webhooks: Kept, webhook_id: str) -> Response:
    """Confirm an e-mail address by its code, or have a new one sent."""
    code = "" if act.text("new") else act.text("code")
    if not code and not act.text("new"):
        return _page(act.visit, webhooks, webhook_id, (act.visit.language.translate(words.NO_CODE),))
    told = "webhook-confirmed" if code else "webhook-code"
    who = act.visit.principal
    return _done(
        act,
        webhooks,
        webhook_id,
        told,
        lambda: webhooks.confirm(who, webhook_id, code) if code else webhooks.send_code(who, webhook_id),
    )


@routes.post("/own/webhooks/{webhook_id}/secret")
@routes.post("/administration/webhooks/{webhook_id}/secret")
def renew(act: Acting, webhooks: Kept, webhook_id: str) -> Response:
    """Make a new secret, which is on the answer; the former is good for a day."""
    return _shown(act.visit, webhooks.renew_secret(act.visit.principal, webhook_id))


@routes.post("/own/webhooks/{webhook_id}/state")
@routes.post("/administration/webhooks/{webhook_id}/state")
def set_state(act: Acting, webhooks: Kept, webhook_id: str) -> Response:
    """Pause one, resume or end it."""
    told = act.text("state")
    if told not in ("active", "paused", "ended"):
        raise NotFoundError("There is no such state.")
    state = cast("Literal['active', 'paused', 'ended']", told)
    if state == "ended":
        webhooks.set_state(act.visit.principal, webhook_id, state)
        return act.visit.go(_base(act.visit), Toast("webhook-ended"))
    code = "webhook-active" if state == "active" else "webhook-paused"
    return _done(act, webhooks, webhook_id, code, lambda: webhooks.set_state(act.visit.principal, webhook_id, state))


@routes.post("/own/webhooks/{webhook_id}/undelivered")
@routes.post("/administration/webhooks/{webhook_id}/undelivered")
def again(act: Acting, webhooks: Kept, webhook_id: str) -> Response:
    """Send again what was given up, or one event of it."""
    event = act.text("event") or None
    return _done(
        act, webhooks, webhook_id, "webhook-again", lambda: webhooks.send_again(act.visit.principal, webhook_id, event)
    )


def _base(visit: Visit) -> str:
    return _OWN if visit.request.url.path.startswith("/own/") else _INSIDE


def _done(act: Acting, webhooks: Kept, webhook_id: str, code: str, deed: Any) -> Response:
    try:
        deed()
    except NotFoundError:
        raise
    except SenderError as error:
        return _page(act.visit, webhooks, webhook_id, sentences(act.visit, error))
    return act.visit.go(f"{_base(act.visit)}/{webhook_id}", Toast(code))


def _list(visit: Visit, webhooks: Kept, *, fields: Mapping[str, str] | None = None, **more: Any) -> Response:
    how = {"problems": (), "status": 200, **more}
    base = _base(visit)
    return visit.page(
        "governance/webhooks",
        found=webhooks.webhooks(visit.principal),
        is_offered=webhooks.is_offered,
        is_mail_offered=webhooks.is_mail_offered,
        written={tag: one.name for tag, one in visit.workbench.languages.items() if one.is_whole},
        base=base,
        is_own=base == _OWN,
        own=visit.principal.by_right,
        types={name: words.EVENTS[name] for name in OFFERED["trader" if base == _OWN else "administration"]},
        said=words,
        fields=fields or {},
        **how,
    )


def _page(visit: Visit, webhooks: Kept, webhook_id: str, problems: tuple[str, ...] = ()) -> Response:
    kept = webhooks.webhook(visit.principal, webhook_id)
    return visit.page(
        "governance/webhook",
        one=kept,
        dead=webhooks.given_up(visit.principal, webhook_id),
        base=_base(visit),
        said=words,
        written={tag: each.name for tag, each in visit.workbench.languages.items()},
        is_late=kept.code_until is not None and kept.code_until <= datetime.now(UTC),
        problems=problems,
        status=_UNPROCESSABLE if problems else 200,
    )


def _shown(visit: Visit, made: WebhookSecretShown) -> Response:
    """The secret, this once; the page is kept by no cache, as every page is."""
    return visit.page("governance/webhook_secret", made=made, base=_base(visit))
