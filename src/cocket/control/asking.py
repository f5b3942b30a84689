# SPDX-License-Identifier: Apache-2.0
"""What rules ask for: a lane or a query, on a share of the cases they fire on, drawn from the committed seed.

A rule that asks on a share only, and had too many hits in a row without one being chosen, gets the next one: so that no
rule starves by bad luck. Each draw hangs on the seed, the consignment and the rule alone, and is made once: no amendment
draws anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from cocket.control.draw import draw_number
from cocket.control.kept import Drawing, RuleDraw
from cocket.model.message import Lane
from cocket.risk.rules import Asks

_LANES: Mapping[Asks, Lane] = {"blue": "blue", "yellow": "yellow", "red": "red"}
_RANK = {"blue": 1, "yellow": 2, "red": 3}


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that fired and asks for something.

    Attributes:
        code: The rule.
        asks: What it asks for.
        share: Share of its hits on which it asks (above 0, at most 1).
    """

    code: str
    asks: Asks
    share: float = 1.0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules together ask for on one case.

    Attributes:
        lane: The strictest lane asked for; None if none is.
        is_query: Whether a question to the declarant is asked for.
        by: Codes of the rules that asked (0..n).
        red_chance: Chance over all seeds that some rule asks for red (0–1).
        draws: What was drawn for rules, now and before (0..n).
    """

    lane: Lane | None = None
    is_query: bool = False
    by: tuple[str, ...] = ()
    red_chance: float = 0.0
    draws: tuple[RuleDraw, ...] = ()


def ask(asking: Sequence[Asking], drawing: Drawing, unchosen: dict[str, int], most_unchosen: int) -> Asked:
    """What rules ask for on one case.

    Args:
        asking: Rules that fired (0..n).
        drawing: Today's seed, and what was drawn for the consignment before.
        unchosen: Rule → hits in a row on which it did not ask; brought up to date here.
        most_unchosen: Hits in a row after which the next one is asked for; 0 for no such end.
    """
    lanes: list[Lane] = []
    draws = {one.code: one for one in drawing.kept}
    by, is_query, missed = [], False, 1.0
    for rule in asking:
        if rule.asks == "nothing":
            continue
        draw = None
        if rule.share < 1.0:
            is_due = bool(most_unchosen) and unchosen.get(rule.code, 0) >= most_unchosen
            draw = draws.get(rule.code) or _draw(rule, drawing, 1.0 if is_due else rule.share)
            draws[rule.code] = draw
        if rule.asks == "red":
            missed *= 1.0 - (draw.share if draw else 1.0)
        if draw and not draw.is_drawn:
            unchosen[rule.code] = unchosen.get(rule.code, 0) + 1
            continue
        unchosen.pop(rule.code, None)
        by.append(rule.code)
        is_query = is_query or rule.asks == "query"
        if rule.asks in _LANES:
            lanes.append(_LANES[rule.asks])
    lane = max(lanes, key=_RANK.__getitem__, default=None)
    kept = tuple(draws[code] for code in sorted(draws))
    return Asked(lane=lane, is_query=is_query, by=tuple(by), red_chance=1.0 - missed, draws=kept)


def _draw(rule: Asking, drawing: Drawing, share: float) -> RuleDraw:
    return RuleDraw(
        code=rule.code,
        drawn_as=drawing.consignment,
        number=draw_number(drawing.seed, rule_name(drawing.consignment, rule.code)),
        share=share,
        commitment=drawing.commitment,
    )


def rule_name(consignment: str, code: str) -> str:
    """What is drawn for; no consignment's own draw has this name."""
    return f"{consignment} rule {code}"
