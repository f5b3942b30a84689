# SPDX-License-Identifier: Apache-2.0
"""The front door of the rules."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from cocket.errors import SettingsError
from cocket.findings import Finding
from cocket.standards.ens.rules.rule import broken_rules
from cocket.standards.ens.rules.sets import SETS
from cocket.standards.ens.rules.view import view

#: Profiles that the rules know: with totals in the header, and with totals left to choice.
PROFILES = ("gb-ens", "gb-ens-new")


def check(root: etree._Element, profile: str) -> Iterator[Finding]:
    """Judge a message by the business rules of its profile.

    Args:
        root: Root element CC315A (declaration) or CC313A (amendment), parsed without comments and right in structure.
        profile: One of `PROFILES`.

    Returns:
        One error for each broken rule and element (0..n), the declaration as a whole first.

    Raises:
        SettingsError: There are no rules for such a message or profile.

    Source: EU Import Control System, conditions and rules; GB Import Control System, error codes.
    """
    name = etree.QName(root).localname
    rules = SETS.get((name, profile))
    if rules is None:
        raise SettingsError(f"There are no rules for {name} in profile {profile}.", expected=", ".join(PROFILES))
    message = view(root)
    where = f"/{root.prefix}:{name}[1]" if root.prefix else f"/{name}[1]"
    return broken_rules(rules, message, message, message, where)
