# SPDX-License-Identifier: Apache-2.0
"""The bodies in which an officer's system corrects how papers are linked."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cocket.api.permit_body import Words

_Id = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PartingBody(_Body):
    """A paper that does not belong: its message, which part of that (0 for the whole), and why."""

    message_id: _Id
    part: int = Field(0, ge=0, le=99_999)
    reason: Words


class JoiningBody(_Body):
    """The dossier that is of the same consignment, and why."""

    other: _Id
    reason: Words


class UndoingBody(_Body):
    """The correction that is taken back, and why."""

    correction: _Id
    reason: Words


#: Every body of this file.
LINK_BODIES = (PartingBody, JoiningBody, UndoingBody)
