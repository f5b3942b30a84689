# SPDX-License-Identifier: Apache-2.0
"""The dossier of one consignment: cargo, papers side by side, reasons, timeline, in the order an analyst reads."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from cocket.languages import Language
from cocket.measures.tariff import DutyWords
from cocket.risk.features import FEATURES
from cocket.workbench.base import given
from cocket.workbench.base.filters import read_filter
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.rendering import capital
from cocket.workbench.consignment.dossier_layout import days_of, names_of, papers_of, rows_of
from cocket.workbench.consignment.traders import ROLES, trader_path
from cocket.workbench.control import labels as examining
from cocket.workbench.control import pocket_labels as ticked
from cocket.workbench.partners import labels as at_source
from cocket.workbench.partners import notice_labels as partner_words
from cocket.workbench.tracking import labels as tracking_words

routes = APIRouter()

_FEATURES: Final = {one.name: one for one in FEATURES}

#: Parts in a consignment that its head names.
_SHOWN = ("IMPORTER", "DECLARANT", "SELLER")


@routes.get("/consignments/{consignment_id}")
def dossier(
    visit: SignedIn,
    records: given.Records,
    aside: given.SetAside,
    notes: given.DeskNotes,
    sources: given.Sources,
    pilots: given.Pilots,
    consignment_id: str,
) -> Response:
    """Everything on one consignment that this reader may see."""
    shown = records.dossier(visit.principal, consignment_id)
    papers = papers_of(shown.papers)
    offered = sources.offered(visit.principal, shown.summary.id)
    return visit.page(
        "consignment/dossier",
        wanted=read_filter(visit.request.query_params, visit.officer.id),
        dossier=shown,
        examining=examining,
        ticked=ticked,
        tracking=tracking_words,
        partners=partner_words,
        comments=notes.comments(visit.principal, shown.summary.id),
        parties=[(ROLES[kind], key, name) for kind, key, name in shown.parties if kind in _SHOWN],
        trader_path=trader_path,
        duty_words=DutyWords(visit.language),
        feature_words=lambda name: _feature_words(name, visit.language),
        names=names_of(shown.references),
        papers=papers,
        rows=rows_of(shown.rows, papers),
        days=days_of(shown.timeline, visit.clock),
        pulls=sources.pulls(visit.principal, shown.summary.id),
        offered=offered,
        purposes=sorted({purpose for source, _ in offered for purpose in source.purposes}),
        at_source=at_source,
        aside=aside.set_aside_about(visit.principal, shown.summary.id),
        is_asked_by_pilot=bool(shown.results and pilots.open_forms(visit.principal, shown.summary.id)),
    )


@routes.get("/consignments/{consignment_id}/reasons")
def reasons(visit: SignedIn, reasons: given.Reasons, consignment_id: str) -> Response:
    """The reasons card of a consignment, in the reader's language."""
    card = reasons.reasons(visit.principal, consignment_id, visit.language.tag)
    return visit.page("risk/reasons", card=card)


def _feature_words(name: str, language: Language) -> str:
    """What a number of the model is about, in the words of a reason; its name where the model of today has no such number."""
    feature = _FEATURES.get(name)
    return capital(language.say(feature.reason, value="…")) if feature else name
