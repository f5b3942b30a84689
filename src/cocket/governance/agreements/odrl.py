# SPDX-License-Identifier: Apache-2.0
"""An agreement as an ODRL policy in JSON-LD, for partners whose systems read that. It is an export: nothing is decided by it."""

from __future__ import annotations

from typing import Any, Final

from cocket.governance.agreements.agreement import Agreement, Side

_CONTEXT: Final = "http://www.w3.org/ns/odrl.jsonld"
_OURS: Final = "urn:cocket:"


def odrl_of(agreement: Agreement, administration: str, own: str) -> dict[str, Any]:
    """The agreement as an ODRL `Agreement`.

    Fields are the targets of permissions, purposes and term their constraints; service levels are obligations with an elapsed
    time. What ODRL has no word for is in words of ours, under `urn:cocket:`.

    Args:
        agreement: The agreement.
        administration: Name of this administration.
        own: An identifier of it, such as its DID.

    Source: ODRL Information Model 2.2, 2.1.3 (Agreement), 2.5.1 (Constraint), 2.6 (Rule); ODRL Vocabulary 2.2 (purpose,
    dateTime, elapsedTime).
    """
    parties = {
        "us": {"uid": own, "@type": "Party", "name": administration},
        "them": {
            "uid": agreement.partner or f"{_OURS}party:{agreement.other}",
            "@type": "Party",
            "name": agreement.other,
        },
    }
    term = [_constraint("dateTime", "gteq", agreement.begins.isoformat(), "xsd:date")]
    if agreement.ends is not None:
        term.append(_constraint("dateTime", "lteq", agreement.ends.isoformat(), "xsd:date"))
    purposes = {
        "leftOperand": "purpose",
        "operator": "isAnyOf",
        "rightOperand": [f"{_OURS}purpose:{one}" for one in agreement.purposes],
    }
    return {
        "@context": [_CONTEXT, {"xsd": "http://www.w3.org/2001/XMLSchema#", "name": "http://schema.org/name"}],
        "@type": "Agreement",
        "uid": f"{_OURS}agreement:{agreement.name}:{agreement.version}",
        "dc:title": agreement.title,
        "dc:source": agreement.source,
        "assigner": parties["us"],
        "assignee": parties["them"],
        "permission": [
            {
                "uid": f"{_OURS}permission:{exchange}",
                "target": [{"uid": f"{_OURS}field:{exchange}:{field}", "@type": "Asset"} for field in fields],
                "action": "use",
                "constraint": [purposes, *term],
            }
            for exchange, fields in agreement.exchanges.items()
        ],
        "obligation": [
            {
                "uid": f"{_OURS}service-level:{level.measure}",
                "assigner": parties[_other(level.by)]["uid"],
                "assignee": parties[level.by]["uid"],
                "action": f"{_OURS}action:{level.measure}",
                "constraint": [
                    _constraint("elapsedTime", "lteq", f"PT{level.hours:g}H", "xsd:duration"),
                    _constraint(f"{_OURS}operand:share", "gteq", f"{level.share:g}", "xsd:decimal"),
                    *term,
                ],
            }
            for level in agreement.service_levels
        ],
    }


def _other(side: Side) -> Side:
    return "them" if side == "us" else "us"


def _constraint(operand: str, operator: str, value: str, kind: str) -> dict[str, Any]:
    return {"leftOperand": operand, "operator": operator, "rightOperand": {"@value": value, "@type": kind}}
