# SPDX-License-Identifier: Apache-2.0
"""Every component on one page, in both themes and both directions: for eyes and for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from cocket.findings import Finding
from cocket.model.message import Lane
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.pipeline.control.views import AdviceView, OrderView
from cocket.pipeline.queries.views import Cell, QueueFilter
from cocket.risk import INDICATORS
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.visits import Toast

routes = APIRouter()


@routes.get("/parts")
def parts(visit: SignedIn) -> Response:
    """The parts with sample values of our own."""
    now = visit.workbench.now()
    return visit.page(
        "base/parts",
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
        cells=(Cell(text="49"), Cell(text="48", differs=True), Cell(text=None), Cell(text="4 005.4")),
        wanted=QueueFilter(),
        sample_toast=Toast("released", undo="/consignments/1/orders/1/reopen"),
    )


_LANES: tuple[tuple[Lane, Lane | None, Lane | None], ...] = (
    ("red", "green", None),
    ("yellow", "yellow", None),
    ("blue", None, None),
    ("green", "green", "red"),
)
_STATUSES: tuple[Literal["open", "done", "released", "lapsed"], ...] = ("open", "done", "released", "lapsed")
_RULES = {indicator.code: indicator for indicator in INDICATORS}
_REASONS = tuple(
    ReasonView(code=code, message=_RULES[code].message, arguments=given, weight=weight, source=_RULES[code].source)
    for code, weight, given in (
        ("value-under-peers", 1.9, {"item": "1", "percent": "60"}),
        ("importer-new", 0.7, {"days": "9"}),
        ("past-offence", -0.4, {"percent": "2"}),
    )
)
_FINDINGS = (
    Finding(
        code="wco-value-format",
        severity="error",
        message="{found} does not have the format {expected}",
        expected="n..5",
        found="two",
        location="/md:MetaData[1]/Declaration[1]/GoodsItemQuantity[1]",
        pointer="42A/228",
    ),
    Finding(
        code="bill-packages-differ",
        severity="warning",
        message="{found} packages are declared, the bill of lading has {expected}",
        expected="49",
        found="48",
    ),
    Finding(
        code="declared-not-manifested",
        severity="info",
        message="bill of lading {found} is declared, but is on no manifest yet",
        found="TSTB0100007",
    ),
)
