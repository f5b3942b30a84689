# SPDX-License-Identifier: Apache-2.0
"""What waits for a second person, for everybody who may approve it: read, approved, refused, withdrawn."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import PolicyError, SenderError
from cocket.gate import make_key
from cocket.governance.proposals import SECOND_PERSON
from cocket.pipeline.base.independence import MADE_BY
from cocket.pipeline.governance.agreements import proposed_agreement
from cocket.pipeline.governance.second_person import WHERE, Given
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import Toast, local
from cocket.workbench.governance import agreement_labels as agreement_words
from cocket.workbench.governance import labels as admin_words

routes = APIRouter()

_MADE: Final = _(
    "Your account was made, or given its password, by who proposed this. You can agree to it 24 hours after you set "
    "your own password; another person can do it now."
)


@routes.get("/waiting")
def waiting(visit: SignedIn, second: given.SecondPerson) -> Response:
    """What this officer may approve or refuse, and what he proposed himself."""
    every = second.waiting(visit.principal)
    return visit.page(
        "governance/waiting",
        others=tuple(one for one in every if not one.may_withdraw),
        own=tuple(one for one in every if one.may_withdraw),
        here=WHERE,
    )


@routes.get("/waiting/{proposal_id}")
def proposal(visit: SignedIn, second: given.SecondPerson, proposal_id: str) -> Response:
    """One proposal: what it would change, who proposed it and why, and what others said of it."""
    one = second.proposal(visit.principal, proposal_id)
    text = one.proposal.text
    after, before = (
        proposed_agreement(one.proposal.kind, each) for each in ((text.after, text.before) if text else ("", ""))
    )
    return visit.page(
        "governance/proposal", one=one, agreement=after, agreed_now=before, said=agreement_words, here=WHERE
    )


@routes.post("/waiting/{proposal_id}/approve")
def approve(act: Acting, second: given.SecondPerson, proposal_id: str) -> Response:
    """Approve it as it was read; a secret that was made is shown this once."""
    try:
        done = second.vote(act.visit.principal, proposal_id, act.text("digest"), make_key)
    except PolicyError as error:
        if SECOND_PERSON not in error.reasons:
            raise
        raise SenderError(_MADE if error.code == MADE_BY else error.message, code="second-person") from error
    return _after(act, done)


@routes.post("/waiting/{proposal_id}/apply")
def apply(act: Acting, second: given.SecondPerson, proposal_id: str) -> Response:
    """Carry out what was approved and, because the machine failed, not done."""
    return _after(act, second.apply(act.visit.principal, proposal_id, make_key))


@routes.post("/waiting/{proposal_id}/refuse")
def refuse(act: Acting, second: given.SecondPerson, proposal_id: str) -> Response:
    """Refuse it as it was read, with a reason."""
    second.vote(act.visit.principal, proposal_id, act.text("digest"), make_key, refusal=act.text("reason"))
    return act.visit.go(local(act.text("back") or WHERE), Toast("access-declined"))


@routes.post("/waiting/{proposal_id}/withdraw")
def withdraw(act: Acting, second: given.SecondPerson, proposal_id: str) -> Response:
    """Take it back."""
    second.withdraw(act.visit.principal, proposal_id, act.text("reason"))
    return act.visit.go(local(act.text("back") or WHERE), Toast("proposal-withdrawn"))


def _after(act: Act, done: Given) -> Response:
    if done.secret:
        return act.visit.page("governance/access_given", given=done, said=admin_words)
    one = done.proposal
    is_password = one.kind == "password" or (one.kind == "account" and one.before.get("account") == "none")
    toast = Toast(("access-approved" if is_password else "access-given") if done.is_done else "proposal-approved")
    return act.visit.go(local(act.text("back") or WHERE), toast)
