# SPDX-License-Identifier: Apache-2.0
"""The page of a trader, and the search that leads to it."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from cocket.control.self_assessment import THEMES, questions_of
from cocket.pipeline.queries.views import QueueFilter
from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import consignment_path
from cocket.workbench.consignment.trader_charts import network_of, price_chart
from cocket.workbench.intake import own_assessment_labels

routes = APIRouter()

_LONGEST: Final = 100

#: Parts that a trader has in a consignment, and what joins another party to it.
ROLES: Final = {
    "IMPORTER": _("importer"),
    "DECLARANT": _("declarant"),
    "SELLER": _("seller"),
    "CARRIER": _("carrier"),
    "ADDRESS": _("importer at the same address"),
}

STANDINGS: Final = {"valid": _("in force"), "suspended": _("suspended"), "withdrawn": _("withdrawn")}


@routes.get("/search")
def search(visit: SignedIn, traders: given.Traders, text: str = "") -> Response:
    """A reference of one consignment opens its dossier, and the number of a trader its page; all else is listed by what it is."""
    words = text.strip()[:_LONGEST]
    found = traders.search(visit.principal, words)
    named, parties = found.named, found.traders
    is_alone = not (found.goods or found.container)
    if len(named) == 1 and is_alone and not any(one.key == words.upper() for one in parties):
        return visit.go(consignment_path(named[0].id))
    if not named and is_alone and len(parties) == 1 and (parties[0].key == words.upper() or not found.lines):
        return visit.go(trader_path(parties[0].key))
    return visit.page("base/search", found=found, wanted=QueueFilter(), trader_path=trader_path)


@routes.get("/traders/{key}")
def trader(
    visit: SignedIn, traders: given.Traders, assessments: given.SelfAssessments, key: str, goods: str = ""
) -> Response:
    """What declarations and sealed results say of a trader, and what it says of itself."""
    shown = traders.trader(visit.principal, key, goods or None)
    names = [one for one in (shown.key, shown.name) if one]
    found = [one for name in names if (one := assessments.submitted_by(visit.principal, name)) is not None]
    return visit.page(
        "consignment/trader",
        trader=shown,
        roles=ROLES,
        standings=STANDINGS,
        prices=price_chart(shown),
        network=network_of(shown),
        trader_path=trader_path,
        assessment=found[0] if found else None,
        themes={name: questions_of(name) for name in THEMES},
        asked=own_assessment_labels,
    )


def trader_path(key: str) -> str:
    """Address of the page of a trader."""
    return f"/traders/{quote(key, safe='')}"
