# SPDX-License-Identifier: Apache-2.0
"""The bodies by which a table of partners is tested, turned on and ended."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cocket.pipeline.risk.joint_deed import USUAL_BUDGET, USUAL_WEIGHT

Share = Annotated[float, Field(gt=0, le=1)]
Reason = Annotated[str, Field(min_length=1, max_length=400)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class JointTermsBody(_Body):
    """Share of the drawn cases that is examined, and the most of the table that may be taken."""

    budget: Share = USUAL_BUDGET
    weight: Share = USUAL_WEIGHT


class JointUseBody(JointTermsBody):
    """The same with a reason."""

    reason: Reason


class JointEndBody(_Body):
    """Why a table is to move scores no more."""

    reason: Reason
