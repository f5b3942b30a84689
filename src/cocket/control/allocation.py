# SPDX-License-Identifier: Apache-2.0
"""Which officer examines: drawn from the committed seed among those on duty, so that nobody chooses his own examiner.

The draw orders the officers of an office anew for each consignment. The first who may take it gets it; the others stand
by, in that order. It hangs on the seed, the consignment and the roster alone, and is made once, when the order is opened: an
amendment changes nothing, and after the seed is told anyone can order the roster again and see that the right officer had it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cocket.control.draw import commit_seed, draw_number
from cocket.errors import ProofError


class Examiner(msgspec.Struct, frozen=True, kw_only=True):
    """An officer who may examine.

    Attributes:
        id: Sign-in name.
        open_orders: Orders that are with the officer already (count).
        most_orders: How many one officer may have at once (count).
        is_barred: Whether the officer may not take this one, having dealt with this declarant too often of late, or for
            another interest of his own.
    """

    id: str
    open_orders: int = 0
    most_orders: int = 5
    is_barred: bool = False


class Allocation(msgspec.Struct, frozen=True, kw_only=True):
    """Who examines one consignment.

    Attributes:
        consignment: Stable id.
        examiner: Who has it; None where nobody on the roster may take it.
        stand_by: Who takes it where the examiner cannot, in this order (0..n).
        passed_over: Who stood before the examiner in the draw, with why he was passed over: `full` or `barred` (0..n).
        roster: Everybody among whom it was drawn, sorted (0..n).
        commitment: The commitment it was drawn under.
    """

    consignment: str
    examiner: str | None
    stand_by: tuple[str, ...]
    passed_over: tuple[tuple[str, str], ...]
    roster: tuple[str, ...]
    commitment: str


def allocate(consignment: str, examiners: Sequence[Examiner], seed: bytes) -> Allocation:
    """Draw an examiner.

    Args:
        consignment: Stable id.
        examiners: Those on duty at the office, in any order, each once (0..n).
        seed: Secret seed of the day on which the order is opened, committed to beforehand.
    """
    order = sorted(examiners, key=lambda one: (draw_number(seed, _name(consignment, one.id)), one.id))
    passed: list[tuple[str, str]] = []
    chosen, rest = None, []
    for one in order:
        reason = "barred" if one.is_barred else "full" if one.open_orders >= one.most_orders else None
        if chosen is None and reason is None:
            chosen = one.id
        elif chosen is None and reason is not None:
            passed.append((one.id, reason))
        elif not one.is_barred:
            rest.append(one.id)
    rest += [name for name, reason in passed if reason == "full"]
    return Allocation(
        consignment=consignment,
        examiner=chosen,
        stand_by=tuple(rest) if chosen else (),
        passed_over=tuple(passed),
        roster=tuple(sorted(one.id for one in examiners)),
        commitment=commit_seed(seed),
    )


def verify_allocation(seed: bytes, allocation: Allocation) -> Allocation:
    """Check an allocation after the seed was told.

    Args:
        seed: The seed as told.
        allocation: As it was sealed.

    Returns:
        The allocation, checked: everybody whom the draw put before the examiner is named as passed over, with a reason,
        and those who stand by are in its order.

    Raises:
        ProofError: The seed is another one, or the draw gives another order.
    """
    given = commit_seed(seed)
    if given != allocation.commitment:
        raise ProofError(
            "This is not the committed seed.", code="seed-other", expected=allocation.commitment, found=given
        )
    order = sorted(allocation.roster, key=lambda name: (draw_number(seed, _name(allocation.consignment, name)), name))
    before = order[: order.index(allocation.examiner)] if allocation.examiner in order else order
    told = [name for name, _ in allocation.passed_over]
    full = [name for name, reason in allocation.passed_over if reason == "full"]
    waiting = [name for name in order if name in allocation.stand_by and name not in full]
    if before != told or (allocation.examiner and list(allocation.stand_by) != waiting + full):
        raise ProofError(
            "The draw produces a different order.",
            code="allocation-other",
            expected=" ".join(before),
            found=" ".join(told),
        )
    return allocation


def _name(consignment: str, examiner: str) -> str:
    """What is drawn for; no consignment's own draw has this name."""
    return f"{consignment} examiner {examiner}"
