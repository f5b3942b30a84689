# SPDX-License-Identifier: Apache-2.0
"""What an offence is called: one class for each thing an examination may bring to light, in three groups."""

from __future__ import annotations

from typing import Final, Literal, get_args

Offence = Literal[
    "undervaluation",
    "classification",
    "origin",
    "quantity",
    "not-declared",
    "prohibited",
    "permit-missing",
    "ipr",
    "narcotics",
    "weapons",
    "cites",
    "tobacco-alcohol",
    "currency",
    "transit-seal",
    "security",
    "health",
    "other",
    "revenue",
    "smuggling",
]
Group = Literal["revenue", "threat", "other"]

#: Every class, in the order in which it is offered.
OFFENCES: Final[tuple[Offence, ...]] = get_args(Offence)

#: Classes that earlier records and simple hosts use; they are read, and not offered any more.
OLD: Final[frozenset[Offence]] = frozenset({"revenue", "smuggling"})

#: What each class is called, in English.
NAMES: Final[dict[Offence, str]] = {
    "undervaluation": "Value declared too low",
    "classification": "Wrong code",
    "origin": "Wrong origin",
    "quantity": "Wrong quantity",
    "not-declared": "Goods not declared",
    "prohibited": "Prohibited or restricted goods",
    "permit-missing": "Permit missing",
    "ipr": "Intellectual property",
    "narcotics": "Narcotics",
    "weapons": "Weapons and strategic goods",
    "cites": "Protected species (CITES) and waste",
    "tobacco-alcohol": "Tobacco and alcohol",
    "currency": "Cash and means of payment",
    "transit-seal": "Transit or seal",
    "security": "Security",
    "health": "Health",
    "other": "Other",
    "revenue": "Revenue: value, code, origin or quantity",
    "smuggling": "Smuggling",
}

#: What hurts people rather than the purse: rare, and ruled by intelligence and rules rather than by a revenue model.
THREATS: Final[frozenset[Offence]] = frozenset({"narcotics", "weapons", "security", "health"})

_REVENUE: Final[frozenset[Offence]] = frozenset(
    {"undervaluation", "classification", "origin", "quantity", "not-declared", "tobacco-alcohol", "revenue"}
)


def group_of(offence: Offence) -> Group:
    """The group that an offence is counted in.

    Args:
        offence: Its class; an old one too.
    """
    if offence in THREATS:
        return "threat"
    return "revenue" if offence in _REVENUE else "other"
