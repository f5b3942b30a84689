# SPDX-License-Identifier: Apache-2.0
"""The bodies by which something is given to a partner administration, or answered."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from cocket.pipeline.partners.subscribers import LONGEST_REASON

_MOST_NOTICES: Final = 1_000_000
_LONGEST_ANSWER: Final = 4_000


class PushBody(BaseModel):
    """What is given: records of trade of some days (`mirror`), or notices of one kind, as their file is written (TOML)."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(min_length=1, max_length=40)]
    since: date | None = None
    until: date | None = None
    notices: Annotated[str, Field(max_length=_MOST_NOTICES)] = ""
    purpose: Annotated[str, Field(min_length=1, max_length=40)] = "control"


class NoticeAnswerBody(BaseModel):
    """What a partner's request for assistance is answered: `accepted`, `declined` or `answered`, with words where they are needed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    state: Annotated[str, Field(min_length=1, max_length=20)]
    words: Annotated[str, Field(max_length=_LONGEST_ANSWER)] = ""
    purpose: Annotated[str, Field(min_length=1, max_length=40)] = "control"


class EndBody(BaseModel):
    """Why somebody's subscription is ended."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]


#: Every body of this file.
PARTNER_BODIES: Final = (PushBody, NoticeAnswerBody, EndBody)
