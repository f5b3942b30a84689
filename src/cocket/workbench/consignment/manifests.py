# SPDX-License-Identifier: Apache-2.0
"""The manifests with their counts, and the write-off of one: what was manifested, written off, and is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast, get_args
from urllib.parse import quote, urlencode

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.pipeline.consignment.manifest_views import BillLine, ManifestFilter, Show
from cocket.workbench.base import given
from cocket.workbench.base.filters import PAGE
from cocket.workbench.base.guard import SignedIn

routes = APIRouter()

#: Bills on one page: a manifest is read from end to end more than a queue is.
BILLS_A_PAGE: Final = 100
_FURTHEST: Final = 10_000_000


def _(sentence: str) -> str:
    """Marks a text for the catalogue; it is translated when shown."""
    return sentence


#: Parts of a list, in the order in which they are offered.
SHOWS: Final[dict[Show, str]] = {
    "all": _("All"),
    "open": _("Open"),
    "overdue": _("Overdue"),
    "over": _("Over"),
    "findings": _("With findings"),
}

STATES: Final[dict[str, str]] = {
    "open": _("Open"),
    "partly": _("In part"),
    "closed": _("Written off"),
    "over": _("Over"),
}

NATURES: Final[dict[str, str]] = {
    "22": _("export"),
    "23": _("import"),
    "24": _("transit"),
    "28": _("transhipment"),
}

LEVELS: Final[dict[str, str]] = {"master": _("master"), "house": _("house")}


class Bar(msgspec.Struct, frozen=True):
    """How much of a bill is written off, in hundredths of the bar.

    Attributes:
        written: Part within the stock.
        over: Part beyond it.
    """

    written: float
    over: float


@routes.get("/manifests")
def manifests(visit: SignedIn, manifests: given.Manifests) -> Response:
    """A part of the manifests, newest first."""
    wanted = read_show(visit.request.query_params, PAGE)
    listed = manifests.manifests(visit.principal, wanted)
    return visit.page("consignment/manifests", listed=listed, wanted=wanted, shows=SHOWS, address=address_of)


@routes.get("/manifests/{manifest_id}")
def manifest(visit: SignedIn, manifests: given.Manifests, manifest_id: str) -> Response:
    """The write-off of one manifest."""
    wanted = read_show(visit.request.query_params, BILLS_A_PAGE)
    shown = manifests.manifest(visit.principal, manifest_id, wanted)
    return visit.page(
        "consignment/manifest",
        manifest=shown,
        wanted=wanted,
        shows=SHOWS,
        words_of=WordsOf(STATES, NATURES, LEVELS),
        bar_of_bill=bar_of_bill,
        address=address_of,
    )


class WordsOf(msgspec.Struct, frozen=True):
    """What codes of a bill are called."""

    states: dict[str, str]
    natures: dict[str, str]
    levels: dict[str, str]


def read_show(asked: Mapping[str, str], limit: int) -> ManifestFilter:
    """The filter an address asks for; what it says wrongly counts as not said.

    Args:
        asked: Query of the address: `show`, `offset`, `after` (each 0..1).
        limit: Lines on one page.
    """
    show, offset = asked.get("show", "all"), asked.get("offset", "0")
    return ManifestFilter(
        show=cast(Show, show) if show in get_args(Show) else "all",
        after=asked.get("after") or None,
        offset=min(int(offset), _FURTHEST) if offset.isascii() and offset.isdigit() else 0,
        limit=limit,
    )


def address_of(manifest_id: str | None, show: str = "all", offset: int = 0, after: str | None = None) -> str:
    """Address of the list, or of one manifest, with a part of it.

    Args:
        manifest_id: The manifest; None for the list.
        show: Which lines.
        offset: Bills to leave out at the start (count).
        after: Message behind which the list goes on; None for the newest.
    """
    path = "/manifests" if manifest_id is None else f"/manifests/{quote(manifest_id, safe='')}"
    asked = {
        name: value
        for name, value, usual in (("show", show, "all"), ("offset", offset, 0), ("after", after, None))
        if value != usual
    }
    return f"{path}?{urlencode(asked)}" if asked else path


def bar_of_bill(bill: BillLine) -> Bar | None:
    """The bar of one bill by packages, or by mass where packages are not stated; None where neither is."""
    left: float | None = bill.packages_left
    written = float(bill.packages_written)
    if left is None:
        left = None if bill.mass_left_kg is None else float(bill.mass_left_kg)
        written = float(bill.mass_written_kg)
    if left is None:
        return None
    whole = max(written, written + left)
    if whole <= 0:
        return Bar(0.0, 0.0)
    return Bar(round(100 * min(written, written + left) / whole, 2), round(100 * max(0.0, -left) / whole, 2))
