# SPDX-License-Identifier: Apache-2.0
"""The write-off ledger: what declarations take off permits, reserved at lodging, confirmed at release, given back.

Nothing here waits or writes. Who keeps the ledger locks the rows concerned, asks `settle`, and writes what it says;
so what is taken is the sum of what is reserved and confirmed, and never above the limit, at every commit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.findings import Finding
from cocket.measures.permits.permit import Permit, PermitName, Taken

State = Literal["reserved", "confirmed", "returned"]
Act = Literal["reserve", "confirm", "give-back"]
Outcome = Literal["changed", "unchanged", "outdated", "refused"]

_NOTHING = Decimal(0)
_ACTIVE: tuple[State, ...] = ("reserved", "confirmed")


class Draw(msgspec.Struct, frozen=True):
    """What one item takes off one permit.

    Attributes:
        permit: The permit.
        item: Item of the declaration (1-based).
        quantity: In the permit's unit; None where it has none and nothing is counted.
        value: In the permit's currency; None where it has none.
    """

    permit: PermitName
    item: int
    quantity: Decimal | None = None
    value: Decimal | None = None


class Use(msgspec.Struct, frozen=True):
    """A draw as it stands in the ledger."""

    draw: Draw
    state: State


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a declaration stands in the ledger.

    Attributes:
        version: Version of it that was last written off; 0 for none.
        is_returned: Whether that version was given back.
        uses: Its uses (0..n), those given back too.
    """

    version: int = 0
    is_returned: bool = False
    uses: tuple[Use, ...] = ()

    @property
    def active(self) -> dict[tuple[PermitName, int], Use]:
        """Uses that count, by permit and item."""
        return {(use.draw.permit, use.draw.item): use for use in self.uses if use.state in _ACTIVE}


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the ledger for one declaration.

    Attributes:
        declaration: The declaration, by the name under which the ledger keeps it.
        version: Version of it that asks, counting up from 1; one that is older than what stands changes nothing.
        act: `reserve` puts `draws` in place of what was reserved; `confirm` makes them final; `give-back` returns all.
        draws: What is to be reserved (0..n); of no meaning for the other acts.
    """

    declaration: str
    version: int
    act: Act
    draws: tuple[Draw, ...] = ()


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a claim.

    Attributes:
        outcome: `changed`; `unchanged`, for it stood so already; `outdated`, for a newer version stands; `refused`.
        standing: How the declaration stands now.
        permits: Permits of which something else is taken now (0..n).
        findings: Why it was refused (0..n).
    """

    outcome: Outcome
    standing: Standing
    permits: tuple[Permit, ...] = ()
    findings: tuple[Finding, ...] = ()


def settle(claim: Claim, standing: Standing, permits: Mapping[PermitName, Permit]) -> Settled:
    """Work out what a claim changes. A claim that cannot be met in full changes nothing.

    Args:
        claim: What is asked.
        standing: How the declaration stands.
        permits: Every permit that it has drawn on or asks for, as it stands.

    Returns:
        What came of it; the same claim again is `unchanged`.

    Source: WCO Data Model, WriteOff 22C; write-off at lodging, release and cancellation as in ASYCUDA World licences.
    """
    if claim.version < standing.version:
        return Settled(outcome="outdated", standing=standing)
    if claim.act == "confirm":
        return _confirm(claim, standing)
    if standing.is_returned and claim.version == standing.version:
        return Settled(outcome="unchanged", standing=standing)
    wanted = {} if claim.act == "give-back" else {(draw.permit, draw.item): draw for draw in claim.draws}
    held = standing.active
    if claim.act == "reserve":
        if findings := (*_confirmed(held, wanted), *_impossible(claim), *_uncounted(wanted, permits)):
            return Settled(outcome="refused", standing=standing, findings=findings)
        if {key: use.draw for key, use in held.items()} == wanted and claim.version == standing.version:
            return Settled(outcome="unchanged", standing=standing)
    changed = _retaken(permits, [use.draw for use in held.values()], list(wanted.values()))
    if findings := _exceeded(changed, permits, claim):
        return Settled(outcome="refused", standing=standing, findings=findings)
    now = Standing(
        version=claim.version,
        is_returned=claim.act == "give-back",
        uses=_uses(standing, wanted),
    )
    return Settled(outcome="changed", standing=now, permits=changed)


def without(permits: Iterable[Permit], standing: Standing) -> tuple[Permit, ...]:
    """Permits as they would stand had a declaration taken nothing off them.

    Args:
        permits: Permits as they stand.
        standing: How the declaration stands.

    Returns:
        The same permits in the same order.
    """
    known = {one.name: one for one in permits}
    changed = _retaken(known, [use.draw for use in standing.active.values()], [])
    return tuple((known | {one.name: one for one in changed}).values())


def _confirm(claim: Claim, standing: Standing) -> Settled:
    if not standing.active or claim.version != standing.version:
        text = "nothing is reserved for this version that could be confirmed"
        return Settled(
            outcome="refused", standing=standing, findings=(_finding("write-off-not-reserved", text, claim),)
        )
    uses = tuple(
        msgspec.structs.replace(use, state="confirmed") if use.state == "reserved" else use for use in standing.uses
    )
    if uses == standing.uses:
        return Settled(outcome="unchanged", standing=standing)
    return Settled(outcome="changed", standing=msgspec.structs.replace(standing, uses=uses))


def _uses(standing: Standing, wanted: Mapping[tuple[PermitName, int], Draw]) -> tuple[Use, ...]:
    """Uses after a claim: wanted ones stand, a confirmed one stays confirmed, all others are returned."""
    was = {(use.draw.permit, use.draw.item): use for use in standing.uses}
    now = {key: msgspec.structs.replace(use, state="returned") for key, use in was.items()}
    for key, draw in wanted.items():
        is_confirmed = key in was and was[key].state == "confirmed"
        now[key] = Use(draw, "confirmed" if is_confirmed else "reserved")
    return tuple(now[key] for key in sorted(now))


def _retaken(permits: Mapping[PermitName, Permit], old: Sequence[Draw], new: Sequence[Draw]) -> tuple[Permit, ...]:
    """Permits of which something else is taken if one declaration's draws are replaced by others."""
    before, after = _sums(old), _sums(new)
    changed = []
    for name in sorted({*before, *after}):
        was, now = before.get(name, Taken()), after.get(name, Taken())
        if was != now:
            permit = permits[name]
            taken = Taken(
                permit.taken.quantity - was.quantity + now.quantity,
                permit.taken.value - was.value + now.value,
                permit.taken.uses - was.uses + now.uses,
            )
            changed.append(msgspec.structs.replace(permit, taken=taken))
    return tuple(changed)


def _sums(draws: Iterable[Draw]) -> dict[PermitName, Taken]:
    """What one declaration's draws come to; however many items it draws for, it is one use."""
    sums: defaultdict[PermitName, Taken] = defaultdict(Taken)
    for draw in draws:
        taken = sums[draw.permit]
        sums[draw.permit] = Taken(taken.quantity + (draw.quantity or 0), taken.value + (draw.value or 0), 1)
    return dict(sums)


def _exceeded(changed: Iterable[Permit], before: Mapping[PermitName, Permit], claim: Claim) -> tuple[Finding, ...]:
    """Where more would be taken than before, and than the limit allows."""
    found = []
    for one in changed:
        was = before[one.name].taken
        for what, limit, taken, earlier in (
            ("quantity", one.quantity, one.taken.quantity, was.quantity),
            ("value", one.value, one.taken.value, was.value),
            ("uses", one.uses, one.taken.uses, was.uses),
        ):
            if limit is not None and taken > limit and taken > earlier:
                text = "{number}: {found} would be written off, {expected} are allowed"
                finding = _finding(f"permit-{what}-exceeded", text, claim, number=one.number)
                found.append(msgspec.structs.replace(finding, expected=str(limit), found=str(taken)))
    return tuple(found)


def _confirmed(
    held: Mapping[tuple[PermitName, int], Use], wanted: Mapping[tuple[PermitName, int], Draw]
) -> list[Finding]:
    """Confirmed uses that an amendment would change: they have to be given back first."""
    text = "item {item}: a confirmed write-off on {number} cannot be changed, only returned"
    return [
        _finding("write-off-confirmed", text, None, item=str(use.draw.item), number=use.draw.permit.number)
        for key, use in held.items()
        if use.state == "confirmed" and wanted.get(key) != use.draw
    ]


def _uncounted(wanted: Mapping[tuple[PermitName, int], Draw], permits: Mapping[PermitName, Permit]) -> list[Finding]:
    """Draws on permits that are not there, and those that do not say how much of a limit they take."""
    found = []
    for draw in wanted.values():
        arguments = {"item": str(draw.item), "number": draw.permit.number}
        permit = permits.get(draw.permit)
        if permit is None:
            found.append(
                _finding("permit-unknown", "item {item}: permit {number} is not in the register", None, **arguments)
            )
        elif permit.quantity is not None and draw.quantity is None:
            text = "item {item}: it is not known what quantity is written off {number}"
            found.append(_finding("permit-quantity-unknown", text, None, **arguments))
        elif permit.value is not None and draw.value is None:
            text = "item {item}: it is not known what value is written off {number}"
            found.append(_finding("permit-value-unknown", text, None, **arguments))
    return found


def _impossible(claim: Claim) -> list[Finding]:
    """Draws that would put something back, and items that draw twice on one permit."""
    found = []
    seen: set[tuple[PermitName, int]] = set()
    for draw in claim.draws:
        arguments = {"item": str(draw.item), "number": draw.permit.number}
        for amount in (draw.quantity, draw.value):
            if amount is not None and (not amount.is_finite() or amount < 0):
                text = "item {item}: {found} cannot be written off {number}"
                finding = _finding("permit-number-not-possible", text, claim, **arguments)
                found.append(msgspec.structs.replace(finding, found=str(amount)))
        if (draw.permit, draw.item) in seen:
            found.append(_finding("write-off-twice", "item {item} uses {number} twice", claim, **arguments))
        seen.add((draw.permit, draw.item))
    return found


def _finding(code: str, message: str, claim: Claim | None, **arguments: str) -> Finding:
    named = {**({"declaration": claim.declaration} if claim else {}), **arguments}
    return Finding(code=code, severity="error", message=message, arguments=named)
