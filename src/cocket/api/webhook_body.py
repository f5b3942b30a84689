# SPDX-License-Identifier: Apache-2.0
"""The bodies by which webhooks are registered and changed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cocket.exchange.webhook_calls import LONGEST_URL
from cocket.pipeline.governance.webhooks import LONGEST_NOTE, MOST_OVERLAP_HOURS, NewWebhook

Name = Annotated[str, Field(min_length=1, max_length=100)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class WebhookBody(_Body):
    """An endpoint or e-mail address: where, which events (all that are offered if none are named), how they are signed or written."""

    url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]
    types: list[Name] = Field([], max_length=50)
    senders: list[Name] = Field([], max_length=50)
    is_with_clients: bool = False
    agreement: Annotated[str, Field(max_length=64)] = ""
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    scheme: Literal["v1", "v1a"] = "v1"
    language: Annotated[str, Field(max_length=20)] = ""
    is_with_answers: bool = False

    def webhook(self) -> NewWebhook:
        """The webhook that it describes."""
        return NewWebhook(
            url=self.url,
            types=tuple(self.types),
            senders=tuple(self.senders),
            is_with_clients=self.is_with_clients,
            agreement=self.agreement,
            note=self.note,
            scheme=self.scheme,
            language=self.language,
            is_with_answers=self.is_with_answers,
        )


class SecretBody(_Body):
    """For how long the former secret signs too."""

    overlap_hours: Annotated[int, Field(ge=0, le=MOST_OVERLAP_HOURS)] = 24


class WebhookStateBody(_Body):
    """How a webhook is to stand."""

    state: Literal["active", "paused", "ended"]


class ConfirmBody(_Body):
    """The code that was sent to an e-mail address."""

    code: Annotated[str, Field(max_length=20)]


class AgainBody(_Body):
    """One event that is to be sent again; all that were given up, if none is named."""

    event: Annotated[str, Field(max_length=80)] | None = None


#: Every body of this file.
WEBHOOK_BODIES = (WebhookBody, SecretBody, WebhookStateBody, ConfirmBody, AgainBody)
