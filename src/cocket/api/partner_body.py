# SPDX-License-Identifier: Apache-2.0
"""The body by which something is given to a partner administration."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from cocket.governance.partner_notices import PUSHED
from cocket.governance.principal import PURPOSES

_MOST_NOTICES: Final = 1_000_000


class PushBody(BaseModel):
    """What is given: records of trade of some days (`mirror`), or notices of one kind, as their file is written (TOML)."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(pattern=f"^(mirror|{'|'.join(PUSHED)})$")]
    since: date | None = None
    until: date | None = None
    notices: Annotated[str, Field(max_length=_MOST_NOTICES)] = ""
    purpose: Annotated[str, Field(pattern=f"^({'|'.join(PURPOSES)})$")] = "control"


#: Every body of this file.
PARTNER_BODIES: Final = (PushBody,)
