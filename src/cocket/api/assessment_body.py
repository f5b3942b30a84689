# SPDX-License-Identifier: Apache-2.0
"""The body in which a trader answers a theme of the self-assessment."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cocket.control.self_assessment import LONGEST


class AnswerOfOne(BaseModel):
    """What was chosen, and in words how it is done or why not."""

    model_config = ConfigDict(extra="forbid", strict=True)

    choice: Literal["", "yes", "in-part", "no", "not-applicable"] = ""
    words: str = Field("", max_length=LONGEST)


class ThemeBody(BaseModel):
    """All answers of one theme, by the id of the question; they take the place of those before."""

    model_config = ConfigDict(extra="forbid", strict=True)

    theme: Literal["compliance", "records", "solvency", "competence", "security"]
    answers: dict[Annotated[str, Field(max_length=80)], AnswerOfOne]


#: Bodies whose parts stand among the components of the description.
ASSESSMENT_BODIES = (ThemeBody,)
