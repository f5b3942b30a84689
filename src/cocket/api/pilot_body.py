# SPDX-License-Identifier: Apache-2.0
"""The bodies by which pilots are planned, changed, looked at and stopped, and the three questions answered."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cocket.api.permit_body import Words
from cocket.trials.pilots.plan_file import read_plan
from cocket.trials.pilots.protocol import PilotPlan
from cocket.trials.pilots.report import LONGEST_WORDS, Answer


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PlanBody(_Body):
    """A plan, with the fields of `cocket trials example`."""

    plan: dict[str, Any]

    def read(self) -> PilotPlan:
        """The plan that it holds.

        Raises:
            SenderError: It is no plan.
        """
        return read_plan(json.dumps(self.plan).encode())


class PlanChangeBody(PlanBody):
    """A plan that is to take the place of one, and why."""

    reason: Words


class PilotStopBody(_Body):
    """Why a pilot is to be stopped."""

    reason: Words


class PilotLookBody(_Body):
    """Hours of work since the last look; null where nobody counted."""

    hours: Annotated[float, Field(ge=0, lt=1_000_000)] | None = None


class PilotAnswerBody(_Body):
    """What an officer says after an examination."""

    pilot: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    useful: Literal["yes", "partly", "no"]
    time: Literal["less", "same", "more"]
    alone: Literal["yes", "no", "unsure"]
    words: Annotated[str, Field(max_length=LONGEST_WORDS)] = ""

    def read(self) -> Answer:
        """The answers."""
        return Answer(pilot=self.pilot, useful=self.useful, time=self.time, alone=self.alone, words=self.words)


#: Every body of this file.
PILOT_BODIES = (PlanBody, PlanChangeBody, PilotStopBody, PilotLookBody, PilotAnswerBody)
