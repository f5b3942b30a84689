# SPDX-License-Identifier: Apache-2.0
"""When the line is down: outages, gateways of offices, and their entries that wait for an officer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import ReasonMissingError, SenderError
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.outage_files import PROCEDURES, REGIMES, Regime
from cocket.pipeline.partners.outages import NewOutage
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.partners import continuity_labels as words

routes = APIRouter()

_HERE: Final = "/continuity"
_NO_REASON: Final = _("Give the reason; it is recorded under your name.")


@routes.get("/continuity")
def continuity(visit: SignedIn, gateways: given.Gateways, outages: given.Outages) -> Response:
    """Outages, gateways, and what waits."""
    return _shown(visit, gateways, outages, {})


@routes.post("/continuity/outages")
def open_outage(act: Acting, gateways: given.Gateways, outages: given.Outages) -> Response:
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
        made = outages.open_outage(act.visit.principal, new)
    except ReasonMissingError:
        return _shown(act.visit, gateways, outages, act.fields, _NO_REASON)
    except SenderError as error:
        return _shown(act.visit, gateways, outages, act.fields, error.message)
    return act.visit.go(_HERE, Toast("outage-opened", {"number": made.id}))


@routes.post("/continuity/outages/{outage_id}/end")
def close_outage(act: Acting, gateways: given.Gateways, outages: given.Outages, outage_id: str) -> Response:
    """End an outage now."""
    try:
        outages.close_outage(act.visit.principal, outage_id)
    except NotFoundError:
        raise
    except SenderError as error:
        return _shown(act.visit, gateways, outages, {}, error.message)
    return act.visit.go(_HERE, Toast("outage-ended"))


@routes.post("/continuity/held/{held_id}")
def settle(act: Acting, gateways: given.Gateways, outages: given.Outages, held_id: str) -> Response:
    """Decide what becomes of an entry that waits."""
    decision = act.text("decision")
    try:
        if decision not in words.DECISIONS:
            raise SenderError(_("Choose what becomes of it."), code="gateway-decision")
        gateways.settle_entry(
            act.visit.principal, held_id, "taken-in" if decision == "taken-in" else "left", act.text("words")
        )
    except NotFoundError:
        raise
    except ReasonMissingError:
        return _shown(act.visit, gateways, outages, {}, _NO_REASON)
    except SenderError as error:
        return _shown(act.visit, gateways, outages, {}, error.message)
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
    visit: Visit,
    gateways: given.Gateways,
    outages: given.Outages,
    fields: Mapping[str, str],
    problem: str | None = None,
) -> Response:
    return visit.page(
        "partners/continuity",
        gateways=gateways.gateways(visit.principal),
        held=gateways.held_entries(visit.principal),
        settled=gateways.held_entries(visit.principal, is_settled=True)[-20:],
        outages=outages.outages(visit.principal),
        fields=fields,
        problem=problem,
        said=words,
        status=UNPROCESSABLE if problem else 200,
    )
