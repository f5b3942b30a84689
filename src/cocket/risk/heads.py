# SPDX-License-Identifier: Apache-2.0
"""The head of a case: from all its facts the one suspicion, the facts that lead to it, and the chance of a find.

The chance is the model's word for any find. How often cases of such a chance were found irregular is counted over all
suspicions, so it is not told of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from cocket.risk.conflicts import MIRROR, shortages_of, suspicion_of
from cocket.risk.signs import kind_of
from cocket.risk.suspicion import NAMES, THREATS, Fact, Head, Kind, Stake, Suspicion, ground, in_place, lead, said_as

if TYPE_CHECKING:
    from cocket.risk.assessment import Assessment
    from cocket.risk.models import Model

#: Facts that lead whatever weighs else, in this order, and what they make suspicious.
FIRST: Final[dict[str, Kind]] = {"alert": "seal", "intelligence": "prohibited", "listed": "listed-party"}

#: Suspicion → its object in words, where no fact has a better one.
OBJECTS: Final[dict[Kind, str]] = {
    "value": "declared under what such goods usually cost",
    "code": "goods of another code than declared",
    "origin": "goods of another origin than declared",
    "quantity": "more goods than declared",
    "permit": "a permit is missing",
    "quota": "a quota is drawn on that does not hold",
    "prohibited": "goods that may not enter",
    "counterfeit": "marks that are not genuine",
    "listed-party": "someone named in the documents resembles a listed party",
    "seal": "a seal that was opened or changed",
}

#: Facts that are told where there is but a line for each case (count).
_TOLD: Final = 3

#: What is suspected where a permit was presented, and something stands against it.
NO_COVER: Final = "a permit does not hold for these goods"

#: What is suspected where a partner administration's record of the same shipment differs.
OTHERWISE: Final = "declared otherwise than the partner's record has it"

#: What intelligence and alerts are told as.
INTELLIGENCE_OBJECT: Final = "what intelligence says of this consignment"

ON_THE_WAY: Final = "what happened to the goods on the way"


def head_of(facts: Iterable[Fact], assessment: Assessment, model: Model | None, *, is_random: bool) -> Head:
    """The head of a case, still without what is at stake.

    Args:
        facts: Everything that speaks for or against it.
        assessment: Its assessment.
        model: The model that made it; None if rules alone spoke.
        is_random: Whether chance drew it: then nothing is suspected but what stands whatever the model says.

    Returns:
        The head; its `stake` is open.
    """
    shown, too_little, nothing_to_open = ground(facts)
    against = tuple(fact for fact in shown if fact.speaks_against)
    speaking = tuple(fact for fact in shown if not fact.speaks_against)
    first = any(fact.code in FIRST for fact in speaking)  # of which the score knows nothing
    suspicion = _suspicion(speaking, assessment.families, is_random=is_random)
    return Head(
        suspicion=suspicion,
        facts=_ordered(speaking, suspicion.kind if suspicion else None),
        against=against,
        too_little=too_little,
        nothing_to_open=nothing_to_open,
        likely=said_as(assessment.score)
        if model is not None and not (is_random or assessment.degraded or first)
        else None,
    )


def reasons_of(head: Head) -> list[dict[str, str | float]]:
    """What to look for, then the facts that lead to it, in words; nothing where nothing that can be shown speaks for a find."""
    told: list[dict[str, str | float]] = []
    named = head.suspicion
    if named is not None:
        weight = sum(fact.weight or 0.0 for fact in head.facts if fact.kind == named.kind)
        says = f"{NAMES[named.kind]}: {in_place(named.message, named.arguments)}"
        told.append({"code": named.kind, "says": says, "weight": weight})
    for fact in head.facts[:_TOLD]:
        says = in_place(fact.message, fact.arguments)
        told.append({"code": fact.code, "says": says, "weight": fact.weight or 0.0})
    return told


def with_stake(head: Head, stake: Stake) -> Head:
    """The head with what is at stake."""
    return msgspec.structs.replace(head, stake=stake)


def _suspicion(facts: Sequence[Fact], families: Mapping[str, float], *, is_random: bool) -> Suspicion | None:
    for code, first in FIRST.items():
        if leading := [fact for fact in facts if fact.code == code]:
            return _first(code, first, leading)
    standing = [fact for fact in facts if fact.weight is None and fact.kind is not None]
    if standing:
        return _standing(standing)
    if is_random:
        return None
    weighed: dict[Kind, float] = {}
    for fact in facts:
        if fact.kind is not None:
            weighed[fact.kind] = weighed.get(fact.kind, 0.0) + (fact.weight or 0.0)
    if weighed:
        return _of_kind(max(weighed, key=lambda one: weighed[one]), facts)
    likeliest = kind_of(families) if facts else None
    # What the model alone takes for likely names no threat: an officer must be able to open what speaks for that.
    return _of_kind(likeliest, facts) if likeliest and likeliest not in THREATS else None


def _first(code: str, kind: Kind, leading: Sequence[Fact]) -> Suspicion:
    if code == "alert":
        is_seal = any("seal" in fact.message for fact in leading)
        return Suspicion(kind=kind, message=OBJECTS[kind] if is_seal else ON_THE_WAY)
    return Suspicion(kind=kind, message=INTELLIGENCE_OBJECT if code == "intelligence" else OBJECTS[kind])


def _standing(facts: Sequence[Fact]) -> Suspicion:
    shortages = shortages_of(facts)
    others = [fact for fact in facts if fact.kind != "quantity" and fact.code.startswith(MIRROR)]
    if shortages and (shortages[0].missing > 0 or not others):
        return suspicion_of(*shortages)
    if shortages:  # more is declared than the partner has, and that costs nothing; what else differs may
        facts = others
    kind = facts[0].kind or "value"
    if facts[0].code.startswith(MIRROR):
        return Suspicion(kind=kind, message=OTHERWISE)
    is_presented = kind == "permit" and not any(fact.code == "permit-missing" for fact in facts)
    return Suspicion(kind=kind, message=NO_COVER if is_presented else OBJECTS[kind])


def _of_kind(kind: Kind, facts: Sequence[Fact]) -> Suspicion:
    for fact in facts:
        if kind != "value" or fact.code != "own:price":
            continue
        mine, usual = (float(fact.arguments[name].partition(" ")[0]) for name in ("mine_money", "usual_money"))
        if mine < usual:
            arguments = {"item": fact.arguments["item"], "under_count": f"{100.0 * (1.0 - mine / usual):.0f}"}
            return Suspicion(
                kind=kind, message="item {item} is {under_count} % under the usual price", arguments=arguments
            )
    return Suspicion(kind=kind, message=OBJECTS[kind])


def _ordered(facts: Sequence[Fact], kind: Kind | None) -> tuple[Fact, ...]:
    """What leads first, then facts of the suspicion, then the others."""
    order = list(FIRST)
    return tuple(
        sorted(lead(facts, kind), key=lambda fact: order.index(fact.code) if fact.code in order else len(order))
    )
