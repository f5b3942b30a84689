# SPDX-License-Identifier: Apache-2.0
"""What threats are called on the page. Every text here is looked up in the catalogue before it is shown."""

from __future__ import annotations

from typing import Final

from cocket.risk.threats import KINDS as _KINDS

#: Kind → what it is.
KINDS: Final[dict[str, str]] = {kind: title for kind, (title, _) in _KINDS.items()}


def _(sentence: str) -> str:
    """Marks a text for the catalogue; it is translated when shown."""
    return sentence


FILTERS: Final[dict[str, str]] = {"all": _("All"), "trade": _("In trade"), "insider": _("Inside")}

PERIODS: Final[dict[int, str]] = {7: _("7 days"), 30: _("30 days"), 90: _("90 days")}

ROWS: Final[dict[str, str]] = {
    "declaration": _("declared"),
    "amend": _("amended"),
    "cancel": _("cancelled"),
    "lane-set": _("advised"),
    "view": _("accessed"),
    "result": _("result recorded"),
    "override": _("lane changed"),
    "release": _("released"),
    "rule-change": _("rule changed"),
}

#: What a hub is.
IDENTITIES: Final[dict[str, str]] = {
    "address": _("address"),
    "phone": _("telephone"),
    "account": _("account"),
    "director": _("director"),
}

#: Why many share it.
HUBS: Final[dict[str, str]] = {
    "business-centre": _("business centre"),
    "broker": _("broker"),
    "chain": _("chain"),
    "forwarder": _("forwarder"),
    "other": _("other"),
}
