# SPDX-License-Identifier: Apache-2.0
"""The stock of devices: who has which, since when it is silent, and handing out, taking back, missing, revoking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from cocket.pipeline import NotFoundError
from cocket.pipeline.tracking.device_stock import TrackingDevices
from cocket.pipeline.tracking.views import StockDevice
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.refusals import refusal
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.tracking import formats as tracking_formats
from cocket.workbench.tracking import labels as tracking_words
from cocket.workbench.tracking.forms import NO_REASON

routes = APIRouter()

#: Below this the battery is marked.
_LOW_PERCENT: Final = 20

_CUSTODIES: Final = ("all", *tracking_words.CUSTODIES)


@routes.get("/tracking/devices")
def devices(visit: SignedIn, devices: given.Devices, custody: str = "all", text: str = "") -> Response:
    """The stock, by name."""
    found = devices.devices(visit.principal)
    custody, word = custody if custody in _CUSTODIES else "all", text.strip()[:100].lower()
    counts = {name: sum(one.custody == name for one in found) for name in tracking_words.CUSTODIES}
    lines = [
        one
        for one in found
        if custody in ("all", one.custody) and (not word or word in f"{one.id} {one.holder} {one.adapter}".lower())
    ]
    return _page(
        visit, "tracking/devices",
        lines=lines, counts={"all": len(found), **counts}, custody=custody, text=text, low=_LOW_PERCENT,
        acts_on=lambda one: acts_on(visit, one),
    )  # fmt: skip


@routes.get("/tracking/devices/{name}")
def act_form(visit: SignedIn, devices: given.Devices, name: str, device: str = "") -> Response:
    """The form of an act."""
    holder = visit.officer.office or "" if name == "recover" else ""
    return _act_page(visit, devices, device, name, fields={"holder": holder})


@routes.post("/tracking/devices/{name}")
def do(act: Acting, devices: given.Devices, name: str, device: str = "") -> Response:
    """Do it, or say what is missing beside its field."""
    if name not in _DOING:
        raise NotFoundError("There is no such action.")
    problems = _missing(name, act)
    general = () if problems else refusal(act.visit, lambda: _DOING[name](devices, act, device))
    if not problems and not general:
        return act.visit.go("/tracking/devices", Toast("device-act", {"device": device}))
    how = {"fields": act.fields, "problems": problems, "general": general, "status": UNPROCESSABLE}
    return _act_page(act.visit, devices, device, name, **how)


#: What each act does.
_DOING: Final[dict[str, Callable[[TrackingDevices, Act, str], StockDevice]]] = {
    "issue": lambda service, act, one: service.issue_device(
        act.visit.principal, one, act.text("holder"), act.text("note")
    ),
    "recover": lambda service, act, one: service.recover_device(
        act.visit.principal, one, act.text("holder"), act.text("note")
    ),
    "missing": lambda service, act, one: service.report_missing(act.visit.principal, one, act.text("note")),
    "arm": lambda service, act, one: service.handle_seal(act.visit.principal, one, "arm", act.text("note")),
    "disarm": lambda service, act, one: service.handle_seal(act.visit.principal, one, "disarm", act.text("note")),
    "workshop": lambda service, act, one: service.handle_seal(act.visit.principal, one, "workshop", act.text("note")),
    "blacklist": lambda service, act, one: service.handle_seal(act.visit.principal, one, "blacklist", act.text("note")),
    "use": lambda service, act, one: service.handle_seal(act.visit.principal, one, "use", act.text("note")),
    "calibrate": lambda service, act, one: service.handle_seal(
        act.visit.principal, one, "calibrate", act.text("note"), _day(act.text("holder"))
    ),
    "revoke": lambda service, act, one: service.revoke_device(act.visit.principal, one, act.text("note")),
}


def acts_on(visit: Visit, device: StockDevice) -> tuple[str, ...]:
    """Acts that may be offered on a device, the likeliest first (0..n)."""
    found: tuple[str, ...] = ()
    if device.journey == "":  # it follows a journey of other offices
        return found
    if visit.may("device:manage", visit.officer.office):
        by_custody = {"stock": ("issue",), "issued": ("recover", "missing"), "missing": ("recover",)}
        found = by_custody[device.custody] if device.state != "revoked" or device.custody != "stock" else ()
        found += _seal_acts(device)
    if device.state != "revoked" and visit.may("device:revoke", visit.officer.office):
        found = (*found, "revoke")
    return found


def _seal_acts(device: StockDevice) -> tuple[str, ...]:
    """Acts on a device as a seal."""
    handling = device.seal.handling
    if device.state != "active" or device.custody == "missing":
        return ()
    if handling is not None and handling.condition != "usable":
        return ("use",)
    asked = "disarm" if handling is not None and handling.asked == "arm" else "arm"
    return (asked, "calibrate", *(("workshop", "blacklist") if device.journey is None else ()))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _missing(name: str, act: Act) -> dict[str, str]:
    problems: dict[str, str] = {}
    if tracking_words.DEVICE_ACTS[name][2] and not act.text("holder"):
        problems["holder"] = _("Enter a date.") if name == "calibrate" else _("Enter who has it.")
    elif name == "calibrate" and _day(act.text("holder")) is None:
        problems["holder"] = _("Enter a date.")
    if name in ("missing", "revoke", "blacklist") and not act.text("note"):
        problems["note"] = NO_REASON
    return problems


def _act_page(visit: Visit, devices: given.Devices, device_id: str, name: str, **more: Any) -> Response:
    device = next((one for one in devices.devices(visit.principal) if one.id == device_id), None)
    if device is None or device.journey == "" or name not in _DOING:
        raise NotFoundError("There is no such device or action.")
    how = {"fields": {}, "problems": {}, "general": (), "status": 200, **more}
    template = "tracking/device_act_form" if visit.is_part else "tracking/device_act"
    at = f"/tracking/devices/{name}?{urlencode({'device': device_id})}"
    return _page(visit, template, device=device, act=name, at=at, **how)


def _page(visit: Visit, template: str, /, **values: Any) -> Response:
    return visit.page(template, said=tracking_words, shown=tracking_formats, **values)
