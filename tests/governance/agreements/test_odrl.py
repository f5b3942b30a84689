# SPDX-License-Identifier: Apache-2.0
"""The export held against the rules of the ODRL Information Model that an agreement has to keep."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cocket.governance.agreements import odrl_of, read_agreement
from tests.governance.agreements.given import text

#: Of the ODRL vocabulary 2.2.
_OPERANDS = {"dateTime", "elapsedTime", "purpose"}
_OPERATORS = {"lteq", "gteq", "isAnyOf"}


def wrong_with(policy: dict[str, Any]) -> list[str]:
    """What an agreement of ODRL may not lack (Information Model 2.2, 2.1, 2.1.3, 2.5.1, 2.6)."""
    found = []
    if policy.get("@type") != "Agreement" or ":" not in str(policy.get("uid", "")):
        found.append("type or uid")
    for side in ("assigner", "assignee"):
        if not isinstance(policy.get(side), dict) or not policy[side].get("uid"):
            found.append(side)
    rules = [*policy.get("permission", ()), *policy.get("obligation", ())]
    if not rules:
        found.append("no rule")
    for rule in policy.get("permission", ()):
        if not rule.get("target") or rule.get("action") != "use":
            found.append("permission")
    for rule in rules:
        if not rule.get("action"):
            found.append("action")
        for one in rule.get("constraint", ()):
            is_known = one.get("leftOperand") in _OPERANDS or str(one.get("leftOperand")).startswith("urn:cocket:")
            if not is_known or one.get("operator") not in _OPERATORS or "rightOperand" not in one:
                found.append(f"constraint {one}")
    return found


def exported() -> dict[str, Any]:
    return odrl_of(read_agreement(text()), "Alphaland Customs", "did:web:customs.alphaland.example")


def test_it_is_an_agreement_with_two_parties_rules_and_constraints() -> None:
    policy = json.loads(json.dumps(exported()))
    assert wrong_with(policy) == []
    assert policy["assignee"]["uid"] == "did:web:customs.betania.example"
    permission = policy["permission"][0]
    assert "urn:cocket:field:journey-hand-over:operator" in {one["uid"] for one in permission["target"]}
    assert not any("note" in one["uid"] for one in permission["target"])
    ends = [one for one in permission["constraint"] if one["operator"] == "lteq"]
    assert [one["rightOperand"]["@value"] for one in ends] == ["2999-12-31"]
    duty = next(one for one in policy["obligation"] if one["uid"].endswith("correction"))
    assert duty["constraint"][0]["rightOperand"] == {"@value": "PT48H", "@type": "xsd:duration"}
    assert duty["assignee"] == "did:web:customs.betania.example"


@pytest.mark.parametrize("lost", ["@type", "uid", "assigner", "assignee"])
def test_an_export_without_a_part_is_found(lost: str) -> None:
    policy = exported()
    del policy[lost]
    assert wrong_with(policy) != []
