# SPDX-License-Identifier: Apache-2.0
"""What the pages on rules call things, and the picture of a lift with its interval."""

from __future__ import annotations

import math
from typing import Final

import msgspec

from cocket.risk.estimate import Estimate
from cocket.risk.rules.figures import Why
from cocket.workbench.base.labels import _

KINDS: Final[dict[str, str]] = {"cel": _("Rule lab"), "python": _("Built in"), "host": _("Host")}

STATES: Final[dict[str, str]] = {
    "draft": _("Draft"),
    "tested": _("Tested on past declarations"),
    "shadow": _("In shadow"),
    "published": _("Published"),
    "expired": _("Expired"),
    "broken": _("Broken"),
    "ended": _("Ended"),
}

STANDINGS: Final[dict[str, str]] = {
    "works": _("finds more than chance"),
    "unproven": _("not proven"),
    "barren": _("finds less than chance"),
    "dead": _("does not fire"),
    "expired": _("expired"),
    "unmeasured": _("not measured"),
}

#: Why a rule is not proven or not measured.
WHYS: Final[dict[Why, str]] = {
    "": "",
    "none examined": _("none of its hits was examined"),
    "none drawn": _("none of its hits without another reason to be examined was drawn at random"),
    "no random draws": _("no examination was drawn at random"),
    "few finds": _("too few finds: five are needed"),
    "few examined": _("too few examinations: thirty are needed"),
    "few drawn": _("too few of its hits were drawn at random"),
    "holds one": _("its interval includes 1, the level of chance"),
}

ASKS: Final[dict[str, str]] = {
    "nothing": _("nothing; for information only"),
    "blue": _("blue lane"),
    "yellow": _("yellow lane"),
    "red": _("red lane"),
    "query": _("a query to the declarant"),
}

_LEAST, _MOST, _WIDE = math.log(0.1), math.log(50.0), 120.0


class LiftPicture(msgspec.Struct, frozen=True):
    """A lift on a scale of ratios 120 wide.

    Attributes:
        low: Where its interval begins.
        value: Where it stands.
        high: Where its interval ends.
        chance: Where 1 stands.
    """

    low: float
    value: float
    high: float
    chance: float


def picture_of(lift: Estimate) -> LiftPicture:
    """The picture of a lift; what lies outside the scale stands at its edge."""
    low, value, high, chance = map(_place, (lift.low, lift.value, lift.high, 1.0))
    return LiftPicture(low, value, high, chance)


def _place(ratio: float) -> float:
    return round(_WIDE * (min(max(math.log(max(ratio, 1e-9)), _LEAST), _MOST) - _LEAST) / (_MOST - _LEAST), 1)
