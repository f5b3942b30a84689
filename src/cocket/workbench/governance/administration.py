# SPDX-License-Identifier: Apache-2.0
"""Administration: who may come in, what waits for a second person, and which settings stay in files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import PolicyError, SenderError, SettingsError
from cocket.gate import make_key
from cocket.governance.proposals import Proposal
from cocket.pipeline import NotFoundError
from cocket.pipeline.governance.second_person import Given
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.governance import labels as admin_words
from cocket.workbench.governance.setting_views import file_views, setting_views

routes = APIRouter()

_UNPROCESSABLE: Final = 422
_FORMS: Final = ("account", "key", "senders")
_HERE: Final = "/administration/access"
_OWN: Final = _("You cannot do this to your own account. Another person must.")


@routes.get("/administration")
def overview(visit: SignedIn, people: given.Administration, second: given.SecondPerson) -> Response:
    """What can be administered here, what waits for a second person, and what was lately decided."""
    view, failed = people.access(visit.principal), people.failed_notices(visit.principal)
    waiting, decided = second.waiting(visit.principal), second.decided(visit.principal)
    return visit.page(
        "governance/administration", view=view, failed=failed, waiting=waiting, decided=decided, said=admin_words
    )


@routes.get("/administration/access")
def access(visit: SignedIn, people: given.Administration) -> Response:
    """Accounts and keys."""
    return _page(visit, people)


@routes.get("/administration/access/{kind}")
def form(
    visit: SignedIn, people: given.Administration, kind: Literal["account", "key", "senders"], name: str = ""
) -> Response:
    """The form of an account, a key, or the senders of a key."""
    visit.require("account:manage", None)
    known = next((one for one in people.access(visit.principal).keys if one.id == name), None)
    fields = {"name": name, "senders": ", ".join(known.senders) if known and kind == "senders" else ""}
    return _form(visit, kind, fields)


@routes.post("/administration/access/account")
def put_account(act: Acting, people: given.Administration, second: given.SecondPerson) -> Response:
    """Make an account, or change its role, office or name."""
    senders = _several(act.text("senders"))
    wanted = _wanted(act, "account", roles=act.text("role"), office=act.text("office"), senders=senders)
    return _propose(act, people, second, wanted)


@routes.post("/administration/access/password")
def reset_password(act: Acting, people: given.Administration, second: given.SecondPerson) -> Response:
    """Give somebody a new temporary password."""
    return _propose(act, people, second, _wanted(act, "password"))


@routes.post("/administration/access/shown-password")
def show_password(act: Acting, people: given.Administration) -> Response:
    """Make the temporary password of an account that a second person approved, and show it to its proposer, this once."""

    def made() -> Given:
        secret = people.show_password(act.visit.principal, act.text("name"))
        return Given(proposal=_wanted(act, "password"), is_done=True, secret=secret)

    return _step(act, people, made, "access-given")


@routes.post("/administration/access/enable")
def enable(act: Acting, people: given.Administration, second: given.SecondPerson) -> Response:
    """Let somebody sign in again."""
    return _propose(act, people, second, _wanted(act, "enable"))


@routes.post("/administration/access/factor")
def reset_factors(act: Acting, people: given.Administration, second: given.SecondPerson) -> Response:
    """Take away the second factors of somebody who has lost them."""
    return _propose(act, people, second, _wanted(act, "factor", reason=act.text("why")))


@routes.post("/administration/access/disable")
def disable(act: Acting, people: given.Administration) -> Response:
    """Let somebody sign in no longer, at once."""
    return _step(act, people, lambda: people.disable(act.visit.principal, act.text("name")), "officer-disabled")


@routes.post("/administration/access/key")
def give_key(act: Acting, people: given.Administration, second: given.SecondPerson) -> Response:
    """Give a key."""
    senders, office = _several(act.text("senders")), act.text("office")
    return _propose(act, people, second, _wanted(act, "key", roles=act.text("role"), senders=senders, office=office))


@routes.post("/administration/access/senders")
def set_senders(act: Acting, people: given.Administration, second: given.SecondPerson) -> Response:
    """Set for whom a key sends."""
    return _propose(act, people, second, _wanted(act, "senders", senders=_several(act.text("senders"))))


@routes.post("/administration/access/revoke")
def revoke(act: Acting, people: given.Administration) -> Response:
    """Revoke a key for ever, at once."""
    return _step(act, people, lambda: people.revoke(act.visit.principal, act.text("name")), "key-revoked")


@routes.get("/administration/refusals")
def refusals(visit: SignedIn, records: given.Refusals, who: str = "") -> Response:
    """What was refused to people and machines that had come in, of the last 30 days."""
    return visit.page("governance/refusals", view=records.refusals(visit.principal, who=who.strip()))


@routes.get("/administration/settings")
def settings(visit: SignedIn) -> Response:
    """Settings and files of the installation, with their present values; secrets are not shown."""
    visit.require("settings:read", None)
    present = visit.workbench.settings
    return visit.page(
        "governance/settings", settings=setting_views(present), files=file_views(present), said=admin_words
    )


def _wanted(act: Act, kind: str, reason: str = "", **more: str) -> Proposal:
    """A proposal of what was entered; what is empty is left out."""
    after = {name: value for name, value in {"shown": act.text("shown"), **more}.items() if value}
    return Proposal(kind=kind, subject=act.text("name"), after=after, reason=reason)


def _propose(act: Act, people: given.Administration, second: given.SecondPerson, wanted: Proposal) -> Response:
    return _step(act, people, lambda: second.propose(act.visit.principal, wanted, make_key), "access-given")


def _step(act: Act, people: given.Administration, step: Any, toast: str) -> Response:
    """Do it, and show once what was made; what stands against it is said above the page."""
    visit = act.visit
    try:
        done = step()
    except NotFoundError:
        raise
    except (SenderError, SettingsError) as error:
        kind = visit.request.url.path.rpartition("/")[2]
        if kind in _FORMS:
            return _form(visit, kind, act.fields, error.message, status=_UNPROCESSABLE)
        return _page(visit, people, problem=error.message, status=_UNPROCESSABLE)
    except PolicyError:
        if not visit.may("account:manage", None):
            raise
        return _page(visit, people, problem=_OWN, status=_UNPROCESSABLE)
    if isinstance(done, Given) and done.secret:
        return visit.page("governance/access_given", given=done, said=admin_words)
    waits = isinstance(done, Given) and not done.is_done
    return visit.go(_HERE, Toast("access-proposed" if waits else toast))


def _page(visit: Visit, people: given.Administration, status: int = 200, **more: Any) -> Response:
    view = people.access(visit.principal)
    shown = msgspec.structs.replace(
        view, keys=tuple(sorted(view.keys, key=lambda one: (one.revoked is not None, one.id)))
    )
    values = {"problem": None, **more}
    return visit.page("governance/access", view=shown, said=admin_words, status=status, **values)


def _form(
    visit: Visit, kind: str, fields: Mapping[str, str], problem: str | None = None, *, status: int = 200
) -> Response:
    return visit.page(f"governance/access_{kind}", fields=fields, problem=problem, said=admin_words, status=status)


def _several(text: str) -> str:
    """Values parted by commas or blanks, parted by one blank each."""
    return " ".join(text.replace(",", " ").split())
