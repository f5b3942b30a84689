# SPDX-License-Identifier: Apache-2.0
"""When the line is down: outages, gateways of offices, and their entries that wait for an officer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from starlette.responses import Response

from cocket.errors import ReasonMissingError, SenderError, SettingsError
from cocket.exchange.office_packs import OfficeResult
from cocket.exchange.paper_photos import is_picture
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.gateway_files import HeldEntry
from cocket.pipeline.base.office_pack_files import PackResult, PaperForm, PhotoTaken, back_of
from cocket.pipeline.base.outage_files import PROCEDURES, REGIMES, Regime
from cocket.pipeline.partners.outages import NewOutage
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.offence_labels import OFFENCES, OFFERED
from cocket.workbench.base.uploads import UNPROCESSABLE, SentSheet, attachment
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.partners import continuity_labels as words

routes = APIRouter()


@dataclass(frozen=True)
class _Desk:
    """What the page shows from."""

    visit: SignedIn
    gateways: given.Gateways
    outages: given.Outages
    packs: given.OfficePacks


@dataclass(frozen=True)
class _Held:
    """A page of what waits: its lines, after how many, and of how many."""

    lines: tuple[HeldEntry, ...]
    after: int
    total: int
    limit: int


Desk = Annotated[_Desk, Depends()]

#: Entries that wait on one page (count).
_MOST_HELD: Final = 10
_LONGEST_NUMBER: Final = 10

_HERE: Final = "/continuity"
_NO_REASON: Final = _("Give the reason; it is recorded under your name.")


@routes.get("/continuity")
def continuity(desk: Desk, after: str = "") -> Response:
    """Gateways, packs, what waits, by pages, and outages."""
    return _shown(desk, {}, after=int(after) if after.isdecimal() and len(after) < _LONGEST_NUMBER else 0)


@routes.get("/continuity/gateways")
def gateway_table(desk: Desk, shown: str = "") -> Response:
    """The table of gateways as they stand now, of those alone that stood on the page when it was opened."""
    found = desk.gateways.as_shown(desk.visit.principal, shown.split(","))
    if not desk.visit.is_part:
        return desk.visit.go(_HERE)
    return desk.visit.page("partners/continuity_gateways", gateways=found, said=words)


@routes.post("/continuity/packs")
def make_pack(act: Acting, desk: Desk) -> Response:
    """Give out the pack of an office."""
    hours = act.text("hours")
    try:
        content = desk.packs.make_pack(
            act.visit.principal, act.text("office"), int(hours) if hours.isdecimal() else 0, act.text("passphrase")
        )
    except SenderError as error:
        return _shown(desk, act.fields, error.message)
    return attachment(f"{act.text('office').strip().upper()}.pack", content)


@routes.get("/continuity/packs/{pack_id}")
def pack(desk: Desk, pack_id: str) -> Response:
    """What came for each order of a pack, by every way: one result."""
    standing = desk.packs.pack(desk.visit.principal, pack_id)
    return desk.visit.page("partners/office_pack", pack=standing, said=words, offences=OFFENCES)


@routes.post("/continuity/results")
def take_in(sent: SentSheet, desk: Desk) -> Response:
    """Take in the results of a laptop, or a photo of paper forms, and say what came of each."""
    try:
        if not sent.files:
            raise SenderError(_("Choose the file of results, or a photo of paper forms."), code="results-form")
        if is_picture(sent.files[0][1]):
            photo = desk.packs.take_photo(sent.visit.principal, sent.files[0][1])
            return _shown(desk, {}, results=photo.results, photo=photo)
        found = desk.packs.take_in(sent.visit.principal, sent.files[0][1])
    except NotFoundError:
        raise
    except (SenderError, SettingsError) as error:
        return _shown(desk, {}, error.message)
    return _shown(desk, {}, results=found)


@routes.post("/continuity/paper")
def paper(act: Acting, desk: Desk) -> Response:
    """Find a paper form by its code; with what stands on it, take it in."""
    code, depth, said = act.text("code"), act.text("depth"), act.text("found")
    form = None
    try:
        form = desk.packs.paper_form(act.visit.principal, code)
        if not (depth or act.text("entered")):
            return _shown(desk, act.fields, paper=form)
        made = _moment(act.visit, act.text("made"))
        counted = act.text("counted")
        is_chosen = depth in words.DEPTHS and said in words.FOUND
        if not is_chosen or made is None or (counted and not counted.isdecimal()):
            raise SenderError(
                _("Enter how deep it was examined, what was found, when, and packages as a number."), code="paper-entry"
            )
        entered = OfficeResult(
            order="",
            made=made,
            depth=depth,  # type: ignore[arg-type]
            found={"yes": True, "no": False}.get(said),
            offence=act.text("offence") or None,
            counted=int(counted) if counted else None,
            note=act.text("words")[:2_000],
        )
        found = desk.packs.take_paper(act.visit.principal, code, entered)
    except NotFoundError:
        raise
    except SenderError as error:
        return _shown(desk, act.fields, error.message, paper=form)
    return _shown(desk, {}, results=(found,))


@routes.post("/continuity/outages")
def open_outage(act: Acting, desk: Desk) -> Response:
    """Enter an outage."""
    regimes: dict[str, Regime] = {
        procedure: regime for procedure in PROCEDURES for regime in REGIMES if act.text(f"regime.{procedure}") == regime
    }
    try:
        new = NewOutage(
            office=act.text("office"),
            begins=_moment(act.visit, act.text("begins")),
            systems=tuple(act.text("systems").split(",")),
            regimes=regimes,
            reason=act.text("reason"),
        )
        made = desk.outages.open_outage(act.visit.principal, new)
    except ReasonMissingError:
        return _shown(desk, act.fields, _NO_REASON)
    except SenderError as error:
        return _shown(desk, act.fields, error.message)
    return act.visit.go(_HERE, Toast("outage-opened", {"number": made.id}))


@routes.post("/continuity/outages/{outage_id}/end")
def close_outage(act: Acting, desk: Desk, outage_id: str) -> Response:
    """End an outage now."""
    try:
        desk.outages.close_outage(act.visit.principal, outage_id)
    except NotFoundError:
        raise
    except SenderError as error:
        return _shown(desk, {}, error.message)
    return act.visit.go(_HERE, Toast("outage-ended"))


@routes.post("/continuity/held/{held_id}")
def settle(act: Acting, desk: Desk, held_id: str) -> Response:
    """Decide what becomes of an entry that waits."""
    decision = act.text("decision")
    try:
        if decision not in words.DECISIONS:
            raise SenderError(_("Choose what becomes of it."), code="gateway-decision")
        desk.gateways.settle_entry(
            act.visit.principal, held_id, "taken-in" if decision == "taken-in" else "left", act.text("words")
        )
    except NotFoundError:
        raise
    except ReasonMissingError:
        return _shown(desk, {}, _NO_REASON)
    except SenderError as error:
        return _shown(desk, {}, error.message)
    return act.visit.go(_HERE, Toast("gateway-settled"))


def _moment(visit: Visit, text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SenderError(_("Enter when it began."), code="outage-begin", found=text[:40]) from error
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=_zone(visit))).astimezone(UTC)


def _zone(visit: Visit) -> tzinfo:
    return ZoneInfo(visit.workbench.settings.time_zone)


def _shown(
    desk: _Desk,
    fields: Mapping[str, str],
    problem: str | None = None,
    *,
    results: tuple[PackResult, ...] = (),
    paper: PaperForm | None = None,
    photo: PhotoTaken | None = None,
    after: int = 0,
) -> Response:
    who = desk.visit.principal
    waiting = desk.gateways.held_entries(who)
    first = max(0, min(after, len(waiting) - 1)) // _MOST_HELD * _MOST_HELD
    outages = desk.outages.outages(who)
    return desk.visit.page(
        "partners/continuity",
        gateways=desk.gateways.gateways(who),
        held=_Held(waiting[first : first + _MOST_HELD], first, len(waiting), _MOST_HELD),
        settled=desk.gateways.held_entries(who, is_settled=True)[-20:],
        outages=outages,
        lasting=[one for one in outages if one.ends is None],
        packs=desk.packs.packs(who)[:20],
        back_of=back_of,
        results=results,
        paper=paper,
        photo=photo,
        offences=OFFERED,
        fields=fields,
        problem=problem,
        said=words,
        status=UNPROCESSABLE if problem else 200,
    )
