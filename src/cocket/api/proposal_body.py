# SPDX-License-Identifier: Apache-2.0
"""The body in which an officer's system refuses what another proposed."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from cocket.api.permit_body import Words


class RefusalBody(BaseModel):
    """A refusal: the digest of the proposal as it was read, and why."""

    model_config = ConfigDict(extra="forbid", strict=True)

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    reason: Words
