# SPDX-License-Identifier: Apache-2.0
"""What classes of offences are called, wherever a result is entered or shown."""

from __future__ import annotations

from typing import Final

from cocket.workbench.base.labels import _

#: Classes of offence in the order in which they are offered, then those that only older records have.
OFFENCES: Final[dict[str, str]] = {
    "undervaluation": _("Value declared too low"),
    "classification": _("Wrong code"),
    "origin": _("Wrong origin"),
    "quantity": _("Wrong quantity"),
    "not-declared": _("Goods not declared"),
    "prohibited": _("Prohibited or restricted goods"),
    "permit-missing": _("Permit missing"),
    "ipr": _("Intellectual property"),
    "narcotics": _("Narcotics"),
    "weapons": _("Weapons and strategic goods"),
    "cites": _("Protected species (CITES) and waste"),
    "tobacco-alcohol": _("Tobacco and alcohol"),
    "currency": _("Cash and means of payment"),
    "transit-seal": _("Transit or seal"),
    "security": _("Security"),
    "health": _("Health"),
    "other": _("Other"),
    "revenue": _("Revenue: value, code, origin or quantity"),
    "smuggling": _("Smuggling"),
}

#: Those that only older records and simple hosts have.
OLD_OFFENCES: Final = ("revenue", "smuggling")

#: Classes that a form offers.
OFFERED: Final[dict[str, str]] = {name: text for name, text in OFFENCES.items() if name not in OLD_OFFENCES}
