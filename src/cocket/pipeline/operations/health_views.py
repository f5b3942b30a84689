# SPDX-License-Identifier: Apache-2.0
"""What a look at the house's health looks at, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from cocket.pipeline.base.wiring import Stores
from cocket.settings import Settings
from cocket.stores.base.database import Connection
from cocket.stores.base.role_states import RoleState

State = Literal["well", "degraded", "failed"]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found.

    Attributes:
        name: Which.
        state: `well`; `degraded`: messages are taken in, but something is not done in time; `failed`: they are not.
        words: What is, in a sentence or two.
        since: Since when it is not well, UTC; None if it is well, or if that is not known.
        hint: What to do; None if there is nothing.
        figures: What was measured, by name with its unit.
    """

    name: str
    state: State = "well"
    words: str
    since: datetime | None = None
    hint: str | None = None
    figures: dict[str, float] = {}


class Health(msgspec.Struct, frozen=True):
    """How the house is.

    Attributes:
        at: When it was looked at, UTC.
        checks: What each check found.
    """

    at: datetime
    checks: tuple[Check, ...]

    @property
    def word(self) -> Literal["ready", "degraded", "not-ready"]:
        """All of it in one word."""
        states = {check.state for check in self.checks}
        return "not-ready" if "failed" in states else "degraded" if "degraded" in states else "ready"

    @property
    def problems(self) -> tuple[Check, ...]:
        """Checks that are not well, the worst first."""
        return tuple(sorted((one for one in self.checks if one.state != "well"), key=lambda one: one.state != "failed"))


@dataclass
class Gaps:
    """Where leaves are looked for that are not there, from one look to the next.

    Attributes:
        next: First leaf of the next stretch.
        known: Leaves that were missing when last looked.
        is_whole: Whether every look is at the whole book.
    """

    next: int = 0
    known: set[int] = field(default_factory=set)
    is_whole: bool = False


@dataclass(frozen=True)
class Sight:
    """What the checks look at.

    Attributes:
        shelves: The stores.
        connection: A transaction.
        now: By the database's clock, UTC.
        roles: Every process known of.
        gaps: Where leaves were looked for.
    """

    stores: Stores
    connection: Connection
    now: datetime
    roles: tuple[RoleState, ...]
    gaps: Gaps

    @property
    def settings(self) -> Settings:
        """The settings of the house."""
        return self.stores.settings


def clock(moment: datetime, now: datetime) -> str:
    """A moment as people say it: the time alone where it was within the last day, UTC."""
    form = "%H:%M UTC" if now - moment < timedelta(hours=20) else "%Y-%m-%d %H:%M UTC"
    return moment.astimezone(UTC).strftime(form)
