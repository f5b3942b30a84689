# SPDX-License-Identifier: Apache-2.0
"""A finished pilot of the demo: a stepped wedge at eight border posts, sealed before its first day by the calendar it replays.

What the country does follows from the draw that was sealed, as it would at home: the weighbridge is where the order says. The
demo's days are over, so its calendar is not the clock's, and the protocol says so; the log shows that it was sealed before any
paper of its days came.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import msgspec

from cocket import standards
from cocket.cli.base.host_data import feed_principal
from cocket.governance import Principal
from cocket.model import Envelope, HostDecision, Reference
from cocket.pipeline.consignment.outcomes import HostRow
from cocket.pipeline.control.host_decisions import HostRows
from cocket.pipeline.intake.machine_access import MachineAccess
from cocket.pipeline.trials.pilots import Pilots
from cocket.settings import Settings
from cocket.simulation.posts import BY_EYE, POSTS, WEEKS, Lorry, PilotTruth, lorries, pilot_truth
from cocket.simulation.trade import CURRENCY
from cocket.trials.pilots.protocol import PilotPlan, PilotProtocol, StopRule
from cocket.trials.pilots.report import hundred
from cocket.trials.pilots.report_files import write_report
from cocket.trials.pilots.variance import Spread

#: The pilot ends so many days before the demo's country begins to be looked at; results count for so long after it.
_ENDED, _LOCK = timedelta(days=20), 14

#: Truth and report, in the folder of the demo.
TRUTH: Final = "country/truth/pilot.json"
REPORT: Final = "pilot-report.html"

_SEED: Final = 11


class DemoPilot:
    """The pilot of a demo.

    Args:
        pilots: Pilots as they are on a day of the past that is replayed.
        intake: What takes in papers, and what takes in the host's words.
        settings: Of the instance; its home is the demo's folder.
        analyst: Who plans it and looks.
        today: The day of the clock.
    """

    def __init__(
        self,
        pilots: Callable[[date], Pilots],
        intake: tuple[MachineAccess, HostRows],
        settings: Settings,
        analyst: Principal,
        today: date,
    ) -> None:
        self._pilots, (self._messages, self._rows), self._settings = pilots, intake, settings
        self._home, self._analyst, self._today = settings.home, analyst, today
        self._first = today - _ENDED - timedelta(days=7 * WEEKS)

    def seal(self) -> str:
        """Seal the plan on the day before its first, and let its days come: papers, then results; the id of the pilot."""
        made = self._pilots(self._first - timedelta(days=1)).plan(self._analyst, _plan(self._first))
        several = lorries(self._first, _SEED)
        settings = self._settings
        principal, now = feed_principal(settings.feed_sender), datetime.now(UTC)
        self._messages.take_many(
            [
                Envelope(
                    sender=settings.feed_sender,
                    actor=principal.id,
                    door="feeds",
                    content=standards.write(one.declaration, "asycuda-sad"),
                    received=now,
                )
                for one in several
            ],
            principal=principal,
        )
        self._rows.take_host_rows([_told(one, made) for one in several])
        truth = pilot_truth(several, made.steps_of)
        place = self._home / TRUTH
        place.write_text(json.dumps({"pilot": made.id, **msgspec.to_builtins(truth)}, indent=1) + "\n", "utf-8")
        return made.id

    def look(self, identity: str) -> str:
        """The planned looks, each on its day, and the report; what it says beside the truth, in words."""
        plan = self._pilots(self._today).pilot(self._analyst, identity).record.protocol.plan
        for periods in plan.looks:
            day = plan.first + timedelta(days=plan.period_days * periods)
            pilots = self._pilots(plan.locked + timedelta(days=1) if periods == plan.periods else day)
            pilots.look(self._analyst, identity, hours=2.0)
        report = self._pilots(self._today).report(self._analyst, identity)
        (self._home / REPORT).write_bytes(write_report(report, "html"))
        truth = read_truth(self._home)
        effect = report.record.looks[-1].result.effect
        if effect is None:
            return ""
        return (
            f"{hundred(effect.value)} of 100 more by the pilot ({hundred(effect.low)} to {hundred(effect.high)}), "
            f"{hundred(truth.effect)} by the truth of the country; {REPORT}, {TRUTH}"
        )


def read_truth(home: Path) -> PilotTruth:
    """The truth of a demo's pilot."""
    return msgspec.json.decode((home / TRUTH).read_bytes(), type=PilotTruth)


def _plan(first: date) -> PilotPlan:
    return PilotPlan(
        title="A weighbridge that goes from post to post",
        question="Does weighing every lorry find more weights that are not as declared?",
        treatment="The weighbridge stands at the post, and every lorry is weighed before it is released.",
        measure="finds",
        offices=POSTS,
        first=first,
        period_days=7,
        periods=WEEKS,
        base=BY_EYE,
        effect=0.4,
        cell_size=4,
        spread=Spread(icc=0.01, cac=0.8),
        basis="examinations at the posts of the year before",
        estimator="constant",
        looks=(3, WEEKS),
        stop=(
            StopRule(code="harm", limit=0.05, person="head of the border posts"),
            StopRule(code="delay", limit=24, person="head of the border posts"),
        ),
        lock_days=_LOCK,
        board="head of risk, head of the border posts",
        hours=6,
        ethics="approved by the legal department; officers and hauliers were informed",
        frozen={"weighbridge": "one, checked on the first day"},
    )


def _told(one: Lorry, made: PilotProtocol) -> HostRow:
    """What came of a lorry, as the host tells it: the weighbridge is where the sealed order puts it."""
    registered = one.declaration.status.registered if one.declaration.status else None
    decided = datetime.combine(registered or made.plan.first, time(9, 10), UTC)
    is_weighed = one.week >= made.steps_of[one.post]
    found = one.weighed if is_weighed else one.by_eye
    return HostRow(
        reference=Reference("SAD", one.registration),
        decision=HostDecision(
            lane="red" if is_weighed else "yellow",
            found=found,
            offence="quantity" if found else None,
            duty_recovered="0.00",
            decided=decided,
        ),
        returned=decided + timedelta(hours=3),
        is_examined=True,
        depth="partial" if is_weighed else "documents",
        currency=CURRENCY,
    )
