# SPDX-License-Identifier: Apache-2.0
"""A day's seed told → every draw of that day made again: who was drawn, who was not, and who was to examine."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cocket.control.allocation import Allocation, verify_allocation
from cocket.control.draw import commit_seed, draw_number
from cocket.errors import ProofError
from cocket.findings import Finding
from cocket.model.message import Lane


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """One consignment's draw, as it was sealed.

    Attributes:
        consignment: Stable id.
        number: The number drawn (0–1).
        chance: Share drawn for red at that moment (0–1).
        lane: Lane it was given.
        why: Why, as `Selection.why` has it.
    """

    consignment: str
    number: float
    chance: float
    lane: Lane
    why: str


class DrawsProof(msgspec.Struct, frozen=True, kw_only=True):
    """What came of making the draws of one seed again.

    Attributes:
        commitment: What was published before the first draw.
        drawn: Draws made again (count).
        random: Of them those below their chance (count).
        allocations: Examiners drawn again (count).
        faults: What does not follow from the seed, each with the consignment as its location (0..n); none if all is well.
    """

    commitment: str
    drawn: int
    random: int
    allocations: int
    faults: tuple[Finding, ...]


def verify_draws(
    seed: bytes, commitment: str, drawn: Sequence[Drawn], allocations: Sequence[Allocation] = ()
) -> DrawsProof:
    """Make every draw of a seed again.

    Args:
        seed: The seed as told.
        commitment: What was published before the first draw with it.
        drawn: Draws as sealed (0..n).
        allocations: Examiners drawn, as sealed (0..n).

    Returns:
        What was checked. `faults` name a number that the seed does not give, a case that was drawn and yet not examined
        though there was a place, one examined as drawn that was not, and an examiner whom the draw did not give.

    Raises:
        ProofError: The seed is not the one committed to; then nothing can be checked.
    """
    given = commit_seed(seed)
    if given != commitment:
        raise ProofError("This is not the seed committed to.", code="seed-other", expected=commitment, found=given)
    faults = [fault for one in drawn if (fault := _fault(seed, one))]
    for allocation in allocations:
        try:
            verify_allocation(seed, allocation)
        except ProofError as error:
            told = error.expected, error.found
            faults.append(_finding("allocation-other", allocation.consignment, error.message.rstrip("."), told))
    return DrawsProof(
        commitment=commitment,
        drawn=len(drawn),
        random=sum(one.number < one.chance for one in drawn),
        allocations=len(allocations),
        faults=tuple(faults),
    )


def _fault(seed: bytes, one: Drawn) -> Finding | None:
    due = draw_number(seed, one.consignment)
    if due != one.number:
        told = repr(due), repr(one.number)
        return _finding("draw-other", one.consignment, "the seed gives another number", told)
    if one.why == "given":  # an earlier version was drawn; nothing is drawn anew
        return None
    is_drawn = one.number < one.chance
    if one.why == "random" and one.lane == "red" and not is_drawn:
        return _finding("draw-false", one.consignment, "examined as drawn, which it was not", ("not drawn", "drawn"))
    if is_drawn and one.lane != "red" and one.why not in ("full", "intelligence"):
        return _finding("draw-passed-over", one.consignment, "drawn, and given a milder lane", ("red", one.lane))
    return None


def _finding(code: str, consignment: str, message: str, told: tuple[str | None, str | None]) -> Finding:
    expected, found = told
    return Finding(
        code=code,
        severity="error",
        message=message,
        location=consignment,
        expected=expected,
        found=found and found[:200],
    )
