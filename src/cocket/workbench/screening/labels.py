# SPDX-License-Identifier: Apache-2.0
"""What the pages of screening call things."""

from __future__ import annotations

from typing import Final

from cocket.workbench.base.labels import _

#: State → how its heading calls it.
STATES: Final[dict[str, str]] = {"open": _("To be judged"), "confirmed": _("Confirmed"), "cleared": _("Cleared")}

#: Codes of reasons that speak against a match.
AGAINST: Final = frozenset({"listed-words-missing", "words-beyond", "weak-alias"})

#: What a party or goods are to a consignment.
ROLES: Final[dict[str, str]] = {
    "importer": _("importer"),
    "exporter": _("exporter"),
    "consignor": _("consignor"),
    "consignee": _("consignee"),
    "seller": _("seller"),
    "buyer": _("buyer"),
    "notify": _("party to be notified"),
    "carrier": _("carrier"),
    "declarant": _("declarant"),
    "agent": _("agent"),
    "vessel": _("vessel"),
    "goods": _("goods"),
}

#: Kinds of listed entries.
KINDS: Final[dict[str, str]] = {
    "person": _("person"),
    "organisation": _("organisation"),
    "vessel": _("vessel"),
    "goods": _("goods"),
    "other": _("other"),
}
