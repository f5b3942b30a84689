# SPDX-License-Identifier: Apache-2.0
"""One log: ordinary work or trade, with one threat planted or none."""

from __future__ import annotations

from random import Random
from typing import Final

import msgspec

from cocket.simulation.threat_logs import desk as desks
from cocket.simulation.threat_logs import trade as trades

#: Kinds of threat that can be planted; `desk` and `trade` plant none.
PLANTED: Final = (*trades.TRADE_THREATS, *desks.DESK_THREATS)


class ThreatLog(msgspec.Struct, frozen=True):
    """A log, and apart from it what was planted.

    Attributes:
        content: The log, JSON lines in the order of time.
        kind: Kind of the threat; `desk` or `trade` where none was planted.
        planted: Rows of the threat, 1 for the first line (0..n).
    """

    content: bytes
    kind: str
    planted: frozenset[int]


def make_threat_log(kind: str, seed: int) -> ThreatLog:
    """Make a log.

    Args:
        kind: One of `PLANTED`; `desk` or `trade` for a log in which nothing is planted.
        seed: Everything follows from it and the kind.

    Returns:
        The log.
    """
    random = Random(f"{kind} {seed}")
    planted: list[desks.Line] = []
    lines: list[desks.Line]
    if kind == "trade" or kind in trades.TRADE_THREATS:
        trade = trades.Trade(random)
        trades.ordinary(trade)
        planted = trades.TRADE_THREATS[kind](trade) if kind in trades.TRADE_THREATS else []
        lines = trade.lines
    else:
        desk = desks.Desk(random)
        desks.ordinary(desk)
        planted = desks.DESK_THREATS[kind](desk) if kind in desks.DESK_THREATS else []
        lines = desk.lines
    lines.sort(key=lambda line: str(line["t"]))
    marked = {id(line) for line in planted}
    rows = frozenset(row for row, line in enumerate(lines, start=1) if id(line) in marked)
    return ThreatLog(b"\n".join(map(msgspec.json.encode, lines)) + b"\n", kind, rows)
