# SPDX-License-Identifier: Apache-2.0
"""Devices in bulk: a table with a row each, said to be recognised or not, and added at once."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.errors import SenderError, SettingsError
from cocket.pipeline.tracking.device_tables import RowProblem
from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.uploads import MOST_SHOWN, Upload, refused, uploaded

routes = APIRouter()

DeviceTable = Annotated[Upload, Depends(uploaded("device:register", None))]

#: Why a row of a table of devices was not recognised.
ROW_PROBLEMS: Final[dict[RowProblem, str]] = {
    "": "",
    "name-missing": _("The device has no name."),
    "name": _("A device may not have this name or identity: {found}"),
    "adapter": _("There is no such adapter: {found}"),
    "topic": _("A device cannot be bound to this topic: {found}"),
    "known": _("There is such a device already: {found}"),
    "look-alike": _("The name could be confused with {found}"),
    "topic-taken": _("Another device is bound to this topic already: {found}"),
    "identity-taken": _("Another device has this identity already: {found}"),
    "proof": _("Write key or nothing under authenticates, not {found}"),
}


@routes.get("/administration/devices")
def devices(visit: SignedIn) -> Response:
    """The form for a table of devices."""
    visit.require("device:register", None)
    return visit.page("tracking/device_table")


@routes.post("/administration/devices")
async def device_table(sent: DeviceTable, devices: given.Devices, do: str = "check") -> Response:
    """Say which rows are recognised; or add those that are, all of them or none."""
    principal = sent.visit.principal
    try:
        rows = await run_in_threadpool(devices.check_table, principal, sent.content)
        added = await run_in_threadpool(devices.add_table, principal, sent.content) if do == "add" else ()
    except (SenderError, SettingsError) as error:
        return refused(sent.visit, error)
    wrong = [row for row in rows if row.device is None]
    return sent.visit.page(
        "tracking/device_rows", rows=rows, wrong=wrong, added=added, most=MOST_SHOWN, reasons=ROW_PROBLEMS
    )
