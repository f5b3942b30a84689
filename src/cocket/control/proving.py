# SPDX-License-Identifier: Apache-2.0
"""A day's seed told → every draw of that day made again: who was drawn, who was not, and who was to examine."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cocket.control.allocation import Allocation, verify_allocation
from cocket.control.asking import rule_name
from cocket.control.draw import commit_seed, draw_number
from cocket.control.kept import RuleDraw
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
        drawn_as: Consignment under whose id it was drawn; None for its own, and in records of before.
    """

    consignment: str
    number: float
    chance: float
    lane: Lane
    why: str
    drawn_as: str | None = None


class RuleDrawn(msgspec.Struct, frozen=True, kw_only=True):
    """The draw of one rule on one consignment, as it was first sealed.

    Attributes:
        consignment: Stable id.
        draw: The draw.
        is_asked: Whether the rule asked.
    """

    consignment: str
    draw: RuleDraw
    is_asked: bool


class DrawsProof(msgspec.Struct, frozen=True, kw_only=True):
    """What came of making the draws of one seed again.

    Attributes:
        commitment: What was published before the first draw.
        drawn: Consignments whose draws were made again (count), each once however often it was amended.
        random: Of them those below their chance (count).
        rules: Draws of rules made again (count).
        allocations: Examiners drawn again (count).
        faults: What does not follow from the seed, each with the consignment as its location (0..n); none if all is well.
    """

    commitment: str
    drawn: int
    random: int
    allocations: int
    faults: tuple[Finding, ...]
    rules: int = 0


def verify_draws(
    seed: bytes,
    commitment: str,
    drawn: Sequence[Drawn],
    allocations: Sequence[Allocation] = (),
    rules: Sequence[RuleDrawn] = (),
) -> DrawsProof:
    """Make every draw of a seed again.

    Args:
        seed: The seed as told.
        commitment: What was published before the first draw with it.
        drawn: Draws as sealed, in the order of the book, with those of amendments on later days, which reuse them (0..n).
        allocations: Examiners drawn, as sealed (0..n).
        rules: Draws of rules, as first sealed (0..n).

    Returns:
        What was checked. `faults` name a number that the seed does not give, a case that was drawn and yet not examined
        though there was a place, one examined as drawn that was not, a draw that an amendment changed, a lane that
        is said to stand from an earlier version where none was sealed, a rule that asked against its draw, and an examiner
        whom the draw did not give.

    Raises:
        ProofError: The seed is not the one committed to; then nothing can be checked.
    """
    given = commit_seed(seed)
    if given != commitment:
        raise ProofError("This is not the committed seed.", code="seed-other", expected=commitment, found=given)
    faults = [fault for one in drawn if (fault := _fault(seed, one))]
    firsts: dict[str, Drawn] = {}
    for one in drawn:
        first = firsts.setdefault(one.drawn_as or one.consignment, one)
        faults += [fault] if (fault := _kept_fault(first, one)) else []
    faults += [fault for rule in rules if (fault := _rule_fault(seed, rule))]
    for allocation in allocations:
        try:
            verify_allocation(seed, allocation)
        except ProofError as error:
            told = error.expected, error.found
            faults.append(_finding("allocation-other", allocation.consignment, error.message.rstrip("."), told))
    return DrawsProof(
        commitment=commitment,
        drawn=len(firsts),
        random=sum(one.number < one.chance for one in firsts.values()),
        allocations=len(allocations),
        faults=tuple(faults),
        rules=len(rules),
    )


def _fault(seed: bytes, one: Drawn) -> Finding | None:
    due = draw_number(seed, one.drawn_as or one.consignment)
    if due != one.number:
        told = repr(due), repr(one.number)
        return _finding("draw-other", one.consignment, "the seed gives a different number", told)
    if one.why == "given":  # an earlier version was drawn; nothing is drawn anew
        return None
    is_drawn = one.number < one.chance
    if one.why == "random" and one.lane == "red" and not is_drawn:
        return _finding(
            "draw-false",
            one.consignment,
            "recorded as drawn for examination, but was not drawn",
            ("not drawn", "drawn"),
        )
    if is_drawn and one.lane != "red" and one.why not in ("full", "intelligence"):
        return _finding("draw-passed-over", one.consignment, "drawn, but given a milder lane", ("red", one.lane))
    return None


def _kept_fault(first: Drawn, one: Drawn) -> Finding | None:
    """What an amendment did to a draw; advice of an earlier edition did not keep the share, and is not judged by it."""
    if one.drawn_as is None:
        return None
    if one is first and one.why == "given":
        return _finding(
            "draw-given", one.consignment, "its lane does not come from an earlier version", ("a draw", "given")
        )
    if first.drawn_as is not None and one.chance != first.chance:
        told = repr(first.chance), repr(one.chance)
        return _finding("draw-changed", one.consignment, "an amendment changed the share it was drawn with", told)
    return None


def _rule_fault(seed: bytes, one: RuleDrawn) -> Finding | None:
    due = draw_number(seed, rule_name(one.draw.drawn_as, one.draw.code))
    if due != one.draw.number:
        told = repr(due), repr(one.draw.number)
        return _finding("rule-draw-other", one.consignment, "the seed gives a different number for a rule", told)
    if one.is_asked != one.draw.is_drawn:
        words = {True: "asked", False: "silent"}
        told = words[one.draw.is_drawn], words[one.is_asked]
        return _finding(
            "rule-draw-unheeded", one.consignment, f"rule {one.draw.code} was applied contrary to its draw", told
        )
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
