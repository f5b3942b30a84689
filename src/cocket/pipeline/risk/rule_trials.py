# SPDX-License-Identifier: Apache-2.0
"""A rule tried on what this administration has assessed, and what it would have hit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import msgspec

from cocket.governance import Principal
from cocket.pipeline.base.access import Access
from cocket.pipeline.base.wiring import Stores
from cocket.risk import Past
from cocket.risk.rules import BackTest, Rule, try_rule
from cocket.stores.base.database import Connection


class HitLine(msgspec.Struct, frozen=True, kw_only=True):
    """A consignment that a rule hits, as an analyst reads it.

    Attributes:
        consignment: Its id.
        title: Its reference.
        trader: Who declared it; None if nobody is named.
        goods: What it is, in words; None if nothing is said.
        received: Day it was received.
        result: What examination had found when the rule was tried; `none` if it was not examined.
    """

    consignment: str
    title: str
    trader: str | None
    goods: str | None
    received: date
    result: Literal["irregular", "nothing", "none"]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A rule tried without being saved.

    Attributes:
        test: What came of it.
        assessed: Declarations assessed within a year (count); more than it was tried on where there are very many.
        hits: Its latest hits, as far as this reader may see them (0..20).
    """

    test: BackTest
    assessed: int
    hits: tuple[HitLine, ...]


def tried_on(
    rule: Rule, past: Past, in_force: Sequence[Rule], today: date, duties: Mapping[str, float] | None
) -> BackTest:
    """A rule tried on a past, beside the rules in force and those built in."""
    return try_rule(rule, past, today, in_force, duties)


def hit_lines(
    stores: Stores, connection: Connection, access: Access, principal: Principal, test: BackTest | None
) -> tuple[HitLine, ...]:
    """The latest hits of a test, newest first, as far as this reader may know what was advised on them."""
    if test is None:
        return ()
    seen = access.seen_advice(connection, principal, test.newest)
    lines = stores.consignments.lines_of(connection, sorted(seen)) if seen else {}
    shown = []
    for identity, line in lines.items():
        name = str(identity)
        shown.append(
            HitLine(
                consignment=str(line.id),
                title=line.title,
                trader=line.trader,
                goods=line.goods,
                received=line.received.date(),
                result="irregular" if name in test.newest_found else "nothing" if name in test.newest_clear else "none",
            )
        )
    return tuple(sorted(shown, key=lambda one: (one.received, one.title), reverse=True))
