# SPDX-License-Identifier: Apache-2.0
"""The pages on duties: how the sum of a declaration came about, and the charges of a tariff as a graph."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import Response

from cocket.errors import SettingsError
from cocket.measures.payments import grouped
from cocket.measures.tariff import DutyWords, Picture, drawn, svg
from cocket.pipeline.base.tariff import NoTariffError
from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import Visit
from cocket.workbench.measures.labels import SPREAD, TARIFF_PROBLEM, TARIFF_PROBLEMS, VALUE_STEPS

routes = APIRouter()

#: Parts of what is written of a charge, in the order in which they are shown.
_PARTS = {
    "rate": _("Rate"),
    "base": _("Base"),
    "inside its own base": _("Inside its own base"),
    "at least": _("At least"),
    "at most": _("At most"),
    "for each": _("For each"),
    "base rounded": _("Base rounded"),
    "rounded": _("Rounded"),
    "of persons": _("Of persons"),
    "not of persons": _("Not of persons"),
    "by": _("By"),
    "of origin": _("Of origin"),
    "in force": _("In force"),
    "known to": _("Rate known to"),
    "act": _("Act"),
}


@routes.get("/consignments/{consignment_id}/duties")
def duties(visit: SignedIn, duties: given.Duties, payments: given.Payments, consignment_id: str) -> Response:
    """How the duties of a consignment came about, step by step, and what its declaration says of them."""
    return duties_page(visit, duties, payments, consignment_id)


def duties_page(
    visit: Visit, duties: given.Duties, payments: given.Payments, consignment_id: str, **more: Any
) -> Response:
    """The page of duties, with what is wrong with an act on its payment.

    Args:
        visit: Whose page it is.
        duties: The duties of the house.
        payments: The payments of the house.
        consignment_id: The consignment.
        more: `general` (what is wrong, in sentences), `problems` (by field), `fields` (as entered), `status`.
    """
    how = {"general": (), "problems": {}, "fields": {}, "status": 200, **more}
    try:
        sheet = duties.sheet(visit.principal, consignment_id)
    except (NoTariffError, SettingsError) as error:
        return visit.page(
            "measures/duties",
            consignment=consignment_id,
            sheet=None,
            problem=error,
            problem_kind=TARIFF_PROBLEMS.get(error.code, TARIFF_PROBLEM),
            drawings=(),
            groups=grouped,
            **how,
        )
    is_asked = sheet.payment is not None and sheet.payment.advice is not None
    open_ones = payments.unmatched(visit.principal).payments if is_asked and visit.may("payment:assign") else ()
    title = visit.language.translate(_("Charges on item {number}, each on what it is taken on"))
    drawings = tuple(_drawn(drawn(one.picture, visit.language), title.format(number=one.item)) for one in sheet.items)
    return visit.page(
        "measures/duties",
        consignment=consignment_id,
        sheet=sheet,
        problem=None,
        drawings=drawings,
        groups=grouped,
        duty_words=DutyWords(visit.language),
        value_steps=VALUE_STEPS,
        spread=SPREAD,
        open_ones={one.id: f"{one.amount:,f} {one.currency} {one.payer} {one.said}".strip() for one in open_ones},
        **how,
    )


@routes.get("/tariff")
def charges(visit: SignedIn, duties: given.Duties, country: str = "") -> Response:
    """The charges of the tariff of the house, or of a country, each on what it is taken on."""
    view = duties.charges(visit.principal, country)
    title = visit.language.translate(_("Charges, each on what it is taken on"))
    return visit.page(
        "measures/charges",
        view=view,
        drawing=_drawn(drawn(view.picture, visit.language), title),
        parts=_PARTS,
        country=country.lower(),
        duty_words=DutyWords(visit.language),
    )


def _drawn(picture: Picture, title: str) -> Markup:
    """A drawing; every text in it is escaped by whoever drew it."""
    return Markup(svg(picture, title))  # noqa: S704
