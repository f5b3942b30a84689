# SPDX-License-Identifier: Apache-2.0
"""What holds for the whole instance, by page: tariff, exchange rates and permit matrix; code lists; offices and their calendars."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.codes.importing import Wanted
from cocket.errors import SenderError, SettingsError
from cocket.findings import Finding, render
from cocket.pipeline import NotFoundError
from cocket.pipeline.governance.instance_files import LAW_FILES, LawFile, OfficeView
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.uploads import MOST_SHOWN, UNPROCESSABLE, Upload, refused, uploaded
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.governance import labels as admin_words

routes = APIRouter()

File = Annotated[Upload, Depends(uploaded("instance:set", None))]

_DAY: Final = _("This is not a day such as 2026-12-25.")

#: File of the law → its name, and what of it a page takes.
LAW: Final[dict[LawFile, tuple[str, str]]] = {
    "tariff": (
        _("National tariff"),
        _(
            "One file of a tariff, as the command cocket measures import reads it. It takes the place of the tariff in force."
        ),
    ),
    "rates": (
        _("Exchange rates"),
        _("CSV with the columns currency, from, rate. It takes the place of all rates in force."),
    ),
    "permit-matrix": (
        _("Which goods need which permits"),
        _("A permit matrix as TOML. It takes the place of the one in force."),
    ),
}


@routes.get("/administration/law")
def law(visit: SignedIn, files: given.InstanceFiles, kind: str = "tariff") -> Response:
    """What is in force, and the form for another."""
    chosen = kind if kind in LAW_FILES else "tariff"
    return visit.page("governance/law", states=files.law(visit.principal), law=LAW, chosen=chosen)


@routes.post("/administration/law/{kind}")
async def put_law(sent: File, files: given.InstanceFiles, kind: LawFile, file: str = "") -> Response:
    """Put a file in force, or propose it."""
    try:
        put = await run_in_threadpool(files.put_law, sent.visit.principal, kind, file, sent.content)
    except (SenderError, SettingsError) as error:
        return refused(sent.visit, error)
    return sent.visit.page("governance/file_put", put=put, findings=_said(sent.visit, put.findings), most=MOST_SHOWN)


@routes.get("/administration/codes")
def codes(visit: SignedIn, files: given.InstanceFiles) -> Response:
    """Code lists at hand, and the form for an edition."""
    return visit.page("governance/codes", editions=files.editions(visit.principal))


@routes.post("/administration/codes")
async def put_codes(
    sent: File, files: given.InstanceFiles, file: str = "", name: str = "", edition: str = "", valid_from: str = ""
) -> Response:
    """Import an edition of a code list, or propose it."""
    try:
        since = date.fromisoformat(valid_from.strip()) if valid_from.strip() else None
    except ValueError:
        return sent.visit.page("base/upload_refused", status=UNPROCESSABLE, problem=sent.visit.say(_DAY))
    wanted = Wanted(list=name.strip().lower(), edition=edition.strip() or None, valid_from=since)
    try:
        put, imported = await run_in_threadpool(files.put_edition, sent.visit.principal, wanted, file, sent.content)
    except (SenderError, SettingsError) as error:
        return refused(sent.visit, error)
    return sent.visit.page(
        "governance/file_put",
        put=put,
        imported=imported,
        findings=_said(sent.visit, put.findings),
        most=MOST_SHOWN,
    )


@routes.post("/administration/codes/remove")
def remove_codes(act: Acting, files: given.InstanceFiles) -> Response:
    """Remove an imported edition, or propose it."""
    done = files.remove_edition(act.visit.principal, act.text("list"), act.text("edition"))
    return act.visit.go("/administration/codes", Toast("access-given" if done.is_done else "access-proposed"))


@routes.get("/administration/offices")
def offices(visit: SignedIn, files: given.InstanceFiles) -> Response:
    """Customs offices with their places and calendars."""
    return visit.page("governance/offices", offices=files.offices(visit.principal), said=admin_words)


@routes.get("/administration/offices/set")
def office(visit: SignedIn, files: given.InstanceFiles, code: str = "") -> Response:
    """The form of an office; without a code that of a new one."""
    visit.require("instance:set", None)
    known = next((one for one in files.offices(visit.principal) if one.code == code), None)
    if code and known is None:
        raise NotFoundError("There is no such office.")
    return _office(visit, _fields(known))


@routes.post("/administration/offices/set")
def set_office(act: Acting, files: given.InstanceFiles) -> Response:
    """Set places and calendar of an office, or propose it; what was entered stays where it cannot be."""
    weekdays = "".join(day for day in admin_words.WEEKDAYS if act.text(f"day-{day}"))
    fields = {**act.fields, "weekdays": weekdays}
    try:
        done = files.set_office(act.visit.principal, act.text("code"), fields)
    except SenderError as error:
        return _office(act.visit, fields, act.visit.say(error.message), status=UNPROCESSABLE)
    return act.visit.go("/administration/offices", Toast("access-given" if done.is_done else "access-proposed"))


def _fields(known: OfficeView | None) -> dict[str, str]:
    """What the form of an office holds at first."""
    if known is None or known.set is None:
        return {"code": known.code if known else "", "weekdays": "1234567"}
    own = known.set
    places = {name: "" if (value := getattr(own, name)) is None else str(value) for name in admin_words.PLACES}
    days = {"weekdays": "".join(map(str, own.weekdays)), "holidays": "\n".join(map(str, own.holidays))}
    return {"code": known.code, "hours": own.hours, **places, **days}


def _office(visit: Visit, fields: Mapping[str, str], problem: str = "", *, status: int = 200) -> Response:
    return visit.page("governance/office", fields=fields, problem=problem, said=admin_words, status=status)


def _said(visit: Visit, findings: tuple[Finding, ...]) -> list[str]:
    return [render(one, visit.language.translate) for one in findings]
