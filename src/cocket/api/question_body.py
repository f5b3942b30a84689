# SPDX-License-Identifier: Apache-2.0
"""The bodies in which traders and officers ask each other, and answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cocket.governance.question import MOST_WORDS


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class QuestionBody(_Body):
    """What a trader asks: about a message of his own, or for one of his senders."""

    words: Annotated[str, Field(min_length=1, max_length=MOST_WORDS)]
    message: Annotated[str, Field(max_length=40)] | None = None
    sender: Annotated[str, Field(max_length=100)] | None = None


class MessageQuestionBody(_Body):
    """What an officer asks the sender of a message."""

    words: Annotated[str, Field(min_length=1, max_length=MOST_WORDS)]
    message: Annotated[str, Field(min_length=1, max_length=40)]


class ReplyBody(_Body):
    """The answer, in words."""

    words: Annotated[str, Field(min_length=1, max_length=MOST_WORDS)]


#: Every body of this file.
QUESTION_BODIES = (QuestionBody, MessageQuestionBody, ReplyBody)
