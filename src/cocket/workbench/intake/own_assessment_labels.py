# SPDX-License-Identifier: Apache-2.0
"""Words of the pages on which a trader assesses himself."""

from __future__ import annotations

from typing import Final

from cocket.workbench.base.labels import _

THEMES: Final[dict[str, str]] = {
    "compliance": _("Compliance with customs and tax law"),
    "records": _("Records and accounts"),
    "solvency": _("Solvency"),
    "competence": _("Practical standards of competence"),
    "security": _("Safety and security"),
}

CHOICES: Final[dict[str, str]] = {
    "yes": _("Yes"),
    "in-part": _("In part"),
    "no": _("No"),
    "not-applicable": _("Does not apply"),
}

#: The same, as `forms.one_of` takes them.
CHOICE_FIELDS: Final[dict[str, tuple[str, None]]] = {name: (text, None) for name, text in CHOICES.items()}

#: Figures that are measured, in order.
FACTS: Final[dict[str, str]] = {
    "received": _("Messages received"),
    "accepted": _("Accepted"),
    "refused": _("Refused for errors"),
    "conflicts": _("Refused because the reference was used before"),
    "amendments": _("Accepted that change an earlier one"),
    "cancellations": _("Accepted that cancel an earlier one"),
}
