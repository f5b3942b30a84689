# SPDX-License-Identifier: Apache-2.0
"""Every component on one page, in both themes and both directions: for eyes and for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from cocket.findings import Finding
from cocket.model.message import Lane
from cocket.pipeline.views import AdviceView, Cell, OrderView, QueueFilter, ReasonView
from cocket.workbench.guard import SignedIn
from cocket.workbench.visit import Toast

routes = APIRouter()


@routes.get("/parts")
def parts(visit: SignedIn) -> Response:
    """The parts with sample values of our own."""
    now = visit.workbench.now()
    return visit.page(
        "parts",
        moments=(now, now - timedelta(minutes=12), now - timedelta(hours=3), now - timedelta(days=9)),
        advice=tuple(
            AdviceView(
                assessment_id="1",
                index=1,
                made=now,
                lane=lane,
                score=0.5,
                is_random=lane == "yellow",
                propensity=1.0,
                is_degraded=False,
                reasons=_REASONS,
                host_lane=host,
                override=override,
            )
            for lane, host, override in _LANES
        ),
        orders=tuple(OrderView(id=status, lane="red", status=status, look_for=()) for status in _STATUSES),
        reasons=_REASONS,
        findings=_FINDINGS,
        cells=(Cell(text="49"), Cell(text="48", differs=True), Cell(text=None)),
        wanted=QueueFilter(),
        sample_toast=Toast("released", undo="/consignments/1/orders/1/reopen"),
    )


_LANES: tuple[tuple[Lane, Lane | None, Lane | None], ...] = (
    ("red", "green", None),
    ("yellow", "yellow", None),
    ("blue", None, None),
    ("green", "green", "red"),
)
_STATUSES: tuple[Literal["open", "done", "released"], ...] = ("open", "done", "released")
_REASONS = (
    ReasonView(
        code="value-under-peers",
        message="Unit value {share} under that of {count} similar items",
        arguments={"share": "60 %", "count": "212"},
        weight=1.9,
        source="WTO Customs Valuation Agreement, Article 17",
    ),
    ReasonView(
        code="importer-new",
        message="Importer seen for the first time {days} days ago",
        arguments={"days": "9"},
        weight=0.7,
    ),
    ReasonView(code="weight-agrees", message="Masses agree over all papers", weight=-0.4),
)
_FINDINGS = (
    Finding(
        code="packages-differ",
        severity="error",
        message="The invoice counts {found} packages, the manifest {expected}",
        expected="49",
        found="48",
        location="/Declaration[1]/GoodsShipment[1]/Packaging[1]/QuantityQuantity[1]",
        pointer="42A/67A[1]/68A[1]/93A[1]/144",
    ),
    Finding(
        code="equipment-check-digit",
        severity="warning",
        message="The check digit of {found} is wrong",
        found="TSTU1234560",
    ),
    Finding(code="extension-kept", severity="info", message="A national extension was kept as it came"),
)
