# SPDX-License-Identifier: Apache-2.0
"""Where the papers of a dossier disagree, as facts with both papers for evidence, and what is short by the declaration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from cocket.consignment import Paper
from cocket.findings import Finding
from cocket.risk.suspicion import Exhibit, Fact, Kind, Suspicion

#: Code of a cross-check → the paper that the declaration is held against, and what the difference makes suspicious.
_SIDES: Final[dict[str, tuple[str, Kind | None]]] = {
    "bill-packages-differ": ("bill", "quantity"),
    "bill-gross-differs": ("bill", "quantity"),
    "equipment-not-on-bill": ("bill", "quantity"),
    "seal-differs": ("bill", "seal"),
    "consignee-differs": ("bill", None),
    "invoice-value-differs": ("invoice", "value"),
    "invoice-currency-differs": ("invoice", "value"),
    "invoice-quantity-differs": ("invoice", "quantity"),
    "invoice-origin-differs": ("invoice", "origin"),
    "invoice-hs-differs": ("invoice", "code"),
    "packing-packages-differ": ("packing_list", "quantity"),
    "packing-gross-differs": ("packing_list", "quantity"),
}


#: Code of a fact by which goods may be short → names of its arguments: by the declaration, and by the other paper, surest first.
_SHORT: Final = {
    "bill-packages-differ": ("found", "expected"),
    "packing-packages-differ": ("found", "expected"),
    "mirror-packages-differ": ("ours_count", "theirs_count"),
    "bill-gross-differs": ("found", "expected"),
    "packing-gross-differs": ("found", "expected"),
    "mirror-gross-differs": ("ours_kg", "theirs_kg"),
    "mirror-net-differs": ("ours_kg", "theirs_kg"),
}

#: How the codes of facts begin that a partner administration's records lead to.
MIRROR: Final = "mirror-"

#: Code of what manifest control says where less was landed than the manifest had before arrival.
LANDED_SHORT: Final = "bill-short-landed"


class Shortage(msgspec.Struct, frozen=True, kw_only=True):
    """How much more other papers have than the declaration, or less.

    Attributes:
        declared: By the declaration (packages, or kg of gross mass); what was landed, where `is_landing`.
        other: By the other paper.
        is_mass: Whether it is mass.
        is_landing: Whether it is what a report after arrival has less than the manifest had before.
    """

    declared: Decimal
    other: Decimal
    is_mass: bool = False
    is_landing: bool = False

    @property
    def missing(self) -> Decimal:
        """What is not declared; below zero if more is declared than the other paper has."""
        return self.other - self.declared

    @property
    def part(self) -> Decimal:
        """The same, of what is declared (1 where as much again is missing)."""
        return self.missing / self.declared


def conflicts_of(findings: Iterable[Finding], papers: Sequence[Paper]) -> tuple[Fact, ...]:
    """Differences between the papers that hold today, as facts; of them none weighs, whatever the model says.

    Args:
        findings: What the cross-checks of the dossier say.
        papers: Its papers.

    Returns:
        Facts in the order of the findings (0..n).
    """
    facts = []
    for finding in findings:
        if finding.code == LANDED_SHORT and (reports := [one for one in papers if one.bill is not None]):
            facts.append(_landed_short(finding, reports))
        if finding.severity != "warning" or finding.code not in _SIDES:
            continue
        side, kind = _SIDES[finding.code]
        held = [one for one in papers if one.speaks and (one.declaration is not None or getattr(one, side) is not None)]
        if not any(one.declaration is None for one in held):
            continue
        told = {"expected": finding.expected or "–", "found": finding.found or "–"}
        facts.append(
            Fact(
                code=finding.code,
                message=finding.message,
                arguments={**told, **finding.arguments},
                kind=kind,
                evidence=tuple(Exhibit(source="paper", id=one.message_id, name=one.standard) for one in held),
            )
        )
    return tuple(facts)


def _landed_short(finding: Finding, reports: Sequence[Paper]) -> Fact:
    """What was not landed, with the manifest as it was before arrival and as it was reported after."""
    return Fact(
        code=finding.code,
        message=finding.message,
        arguments={"expected": finding.expected or "–", "found": finding.found or "–", **finding.arguments},
        kind="quantity",
        evidence=tuple(
            Exhibit(source="paper", id=one.message_id, name=one.standard, day=one.received.date().isoformat())
            for one in reports
        ),
    )


def shortages_of(facts: Iterable[Fact]) -> tuple[Shortage, ...]:
    """What is short by the papers, of the declared: by packages, by mass, or by both; the greater part of the goods first (0..2).

    Where the papers that hold agree, what was landed short of the manifest is the shortage.
    """
    # A partner's record that makes nothing suspicious is of another declaration of the dossier.
    by_code = {fact.code: fact for fact in facts if fact.kind is not None or not fact.code.startswith(MIRROR)}
    found: dict[bool, Shortage] = {}
    for code, (ours, theirs) in _SHORT.items():
        is_mass = "gross" in code or "net" in code
        if code not in by_code or is_mass in found:
            continue
        declared, other = _number(by_code[code], ours), _number(by_code[code], theirs)
        if declared and other is not None and declared > 0:
            found[is_mass] = Shortage(declared=declared, other=other, is_mass=is_mass)
    if not found and (landing := by_code.get(LANDED_SHORT)):
        landed, other = _number(landing, "found"), _number(landing, "expected")
        if landed and other is not None and 0 < landed < other:
            is_mass = landing.arguments["found"].endswith(" kg")
            return (Shortage(declared=landed, other=other, is_mass=is_mass, is_landing=True),)
    return tuple(sorted(found.values(), key=lambda one: -one.part))


def shortage_of(facts: Iterable[Fact]) -> Shortage | None:
    """The greater shortage by the papers, which is what an officer looks for first; None if nothing is short."""
    return next(iter(shortages_of(facts)), None)


def suspicion_of(*shortages: Shortage) -> Suspicion:
    """What is to be looked for where papers disagree on quantity.

    Args:
        shortages: By packages, by mass, or by both, the greater first (1..2); the other is said too where more is missing by both.
    """
    missing = [one for one in shortages if one.missing > 0]
    if len(missing) > 1:
        arguments = {name: text for one in missing for name, text in _suspicion_of(one).arguments.items()}
        return Suspicion(
            kind="quantity",
            message="{missing_count} of {all_count} packages and {missing_kg} of {all_kg} gross are not declared",
            arguments=arguments,
        )
    return _suspicion_of(shortages[0])


def _suspicion_of(shortage: Shortage) -> Suspicion:
    missing = shortage.missing
    if shortage.is_landing:
        unit = "kg" if shortage.is_mass else "count"
        return Suspicion(
            kind="quantity",
            message="{missing_kg} of {all_kg} gross were not landed"
            if shortage.is_mass
            else "{missing_count} of {all_count} packages were not landed",
            arguments={f"missing_{unit}": f"{missing:f}", f"all_{unit}": f"{shortage.other:f}"},
        )
    if shortage.is_mass:
        if missing > 0:
            arguments = {"missing_kg": f"{missing:f}", "all_kg": f"{shortage.other:f}"}
            return Suspicion(
                kind="quantity", message="{missing_kg} of {all_kg} gross are not declared", arguments=arguments
            )
        arguments = {"more_kg": f"{-missing:f}"}
        return Suspicion(
            kind="quantity", message="{more_kg} more are declared than the other paper has", arguments=arguments
        )
    if missing > 0:
        arguments = {"missing_count": f"{missing:f}", "all_count": f"{shortage.other:f}"}
        return Suspicion(
            kind="quantity", message="{missing_count} of {all_count} packages are not declared", arguments=arguments
        )
    return Suspicion(
        kind="quantity",
        message="{more_count} packages more are declared than the other paper has",
        arguments={"more_count": f"{-missing:f}"},
    )


def _number(fact: Fact, name: str) -> Decimal | None:
    try:
        number = Decimal(fact.arguments.get(name, "").split(" ", 1)[0])
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
