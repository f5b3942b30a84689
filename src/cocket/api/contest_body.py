# SPDX-License-Identifier: Apache-2.0
"""The bodies in which a trader contests and gives mandates, and an officer answers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cocket.api.permit_body import Day, Name
from cocket.gate import RequestError
from cocket.governance.contest import MOST_WORDS
from cocket.pipeline.control.contests import NewAnswer, NewContest
from cocket.pipeline.governance.mandates import NewMandate

_Words = Annotated[str, Field(min_length=1, max_length=MOST_WORDS)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ContestBody(_Body):
    """What a trader holds to be wrong with what came of his own declaration."""

    ground: Literal["finding", "value", "classification", "origin", "quantity", "delay", "data", "automation"]
    words: _Words

    def contest(self) -> NewContest:
        """The contest that it describes."""
        return NewContest(ground=self.ground, words=self.words)


class AnswerBody(_Body):
    """The answer to a contest; `items` are those whose finding is withdrawn, for the effect `items-withdrawn`."""

    outcome: Literal["upheld", "upheld-in-part", "not-upheld", "explained"]
    grounds: _Words
    effect: Literal["none", "finding-withdrawn", "items-withdrawn"] = "none"
    items: list[Annotated[int, Field(ge=1, le=99_999)]] = Field([], max_length=999)

    def answer(self) -> NewAnswer:
        """The answer that it describes."""
        return NewAnswer(outcome=self.outcome, grounds=self.grounds, effect=self.effect, items=tuple(self.items))


class MandateBody(_Body):
    """Whom a client lets act for him, and until which day."""

    client: Name
    agent: Name
    until: Day

    def mandate(self) -> NewMandate:
        """The mandate that it describes.

        Raises:
            RequestError: The day is none of the calendar (422).
        """
        try:
            return NewMandate(client=self.client, agent=self.agent, until=date.fromisoformat(self.until))
        except ValueError as error:
            raise RequestError(f"until: {error}.", status=422, code="mandate-malformed") from error


#: Every body of this file.
CONTEST_BODIES = (ContestBody, AnswerBody, MandateBody)
