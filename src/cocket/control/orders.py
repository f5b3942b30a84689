# SPDX-License-Identifier: Apache-2.0
"""Lane → control order: what the officer is to do, and what to look for."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from cocket.control.selection import Selection
from cocket.risk import Assessment, Reason

Depth = Literal["documents", "examination"]


class Task(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to look for.

    Attributes:
        code: Rule or feature it follows from; `random` for a drawn case.
        message: English sentence, the key for translation.
        reason: Why, in the assessment's words; None for a drawn case, which is never explained away.
    """

    code: str
    message: str
    reason: Reason | None = None


class ControlOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an officer is asked to do with one consignment.

    Attributes:
        consignment: Stable id.
        office: Customs office.
        issued: When, UTC.
        depth: `documents` (yellow) or `examination` of documents and goods (red).
        is_random: Whether chance chose it.
        propensity: Chance with which it was chosen (0–1), for learning.
        tasks: What to look for, most telling first (1..n).
    """

    consignment: str
    office: str
    issued: datetime
    depth: Depth
    is_random: bool
    propensity: float
    tasks: tuple[Task, ...]


#: Rule or feature → what it asks of the officer.
_LOOK_FOR = {
    "value-under-peers": "compare the invoice with payment, contract and price lists",
    "value_gap": "compare the invoice with payment, contract and price lists",
    "value_position": "compare the invoice with payment, contract and price lists",
    "papers-disagree": "count and weigh, and hold the result against both papers",
    "papers_differ": "count and weigh, and hold the result against both papers",
    "mass-per-package-odd": "weigh some packages and open the odd ones",
    "package_mass_gap": "weigh some packages and open the odd ones",
    "route-odd": "ask for the certificate of origin and the through bill of lading",
    "route_rarity": "ask for the certificate of origin and the through bill of lading",
    "preference": "ask for the certificate of origin and the through bill of lading",
    "origin_rate": "look for marks of origin on goods and packing",
    "words_astray": "open packages and compare the goods with code and description",
    "importer_heading_new": "open packages and compare the goods with code and description",
    "importer-new": "check who the importer is and where he trades from",
    "past-offence": "look for what was found with this importer before",
    "importer_found": "look for what was found with this importer before",
}
_ANYTHING = "examine in full: goods, quantity, value, origin and papers"
_MOST_TASKS = 3


def order(selection: Selection, assessment: Assessment, now: datetime) -> ControlOrder | None:
    """The control order for a selection.

    Args:
        selection: The lane given.
        assessment: Its assessment, explained where possible.
        now: When it is issued, UTC.

    Returns:
        The order; None for blue and green, which ask nothing of an officer before release.
    """
    if selection.lane not in ("red", "yellow"):
        return None
    return ControlOrder(
        consignment=selection.consignment,
        office=selection.office,
        issued=now,
        depth="examination" if selection.lane == "red" else "documents",
        is_random=selection.is_random,
        propensity=selection.propensity,
        tasks=_drawn() if selection.is_random else _tasks(assessment),
    )


def _drawn() -> tuple[Task, ...]:
    return (Task(code="random", message=_ANYTHING),)


def _tasks(assessment: Assessment) -> tuple[Task, ...]:
    """One task for each thing to do, by its strongest reason."""
    tasks: dict[str, Task] = {}
    for reason in assessment.reasons:
        message = _LOOK_FOR.get(reason.code)
        if message and message not in tasks:
            tasks[message] = Task(code=reason.code, message=message, reason=reason)
    return tuple(tasks.values())[:_MOST_TASKS] or (Task(code="examine", message=_ANYTHING),)
