# SPDX-License-Identifier: Apache-2.0
"""How parties are identified: condition C501, one idea in 115 codes.

A GB TIN says who a party is, and then nothing else may; any other TIN, or none, needs name and address. `fields.py`
lists parties and codes; this module makes the rules.
"""

from __future__ import annotations

from cocket.standards.ens.rules.fields import DETAILS, Party, TinOnly
from cocket.standards.ens.rules.rule import Broken, Place, Rule
from cocket.standards.ens.rules.view import Message, Node

_C501 = "EU Import Control System, condition C501"


def identified(party: Party, *rules: Rule, tin: tuple[Rule, ...] = ()) -> Place:
    """A party that a TIN, or name and address, identifies.

    Args:
        party: Which party.
        rules: Further rules of the party.
        tin: Rules of its TIN.

    Returns:
        The place of the party, with the places of its details below.

    Source: EU Import Control System, condition C501.
    """
    lacking: list[Rule] = []
    below = [Place(party.tin, tin)] if tin else []
    for at, (element, detail) in enumerate(zip(party.details, DETAILS, strict=True)):
        words = {"party": party.name, "detail": detail}
        lacking += (
            Rule(
                code=str(party.missing + at),
                broken=_lacks(party.tin, element),
                text="No TIN is given for {party}, so its {detail} is required.",
                source=_C501,
                arguments=words,
            ),
            Rule(
                code=str(party.missing_beside_foreign_tin + at),
                broken=_lacks_beside_foreign(party.tin, element),
                text="The TIN of {party} does not begin with GB, so its {detail} is required too.",
                source=_C501,
                arguments=words,
            ),
        )
        unwanted = Rule(
            code=str(party.unwanted + at),
            broken=_stands_beside_gb(party.tin),
            text="The TIN of {party} begins with GB, so its {detail} must be left out.",
            source=_C501,
            arguments=words,
        )
        below.append(Place(element, (unwanted,)))
    return Place(party.place, (*rules, *lacking), tuple(below))


def identified_by_tin(party: TinOnly, *below: Place) -> Place:
    """A party that its TIN alone identifies.

    Args:
        party: Which party.
        below: Further places in it.

    Returns:
        The place of the party, with the places of its details below.

    Source: EU Import Control System, condition C501.
    """
    unwanted = (
        Rule(
            code=str(party.unwanted + at),
            broken=_always,
            text="The TIN identifies {party}: its {detail} must be left out.",
            source=_C501,
            arguments={"party": party.name, "detail": detail},
        )
        for at, detail in enumerate(DETAILS)
    )
    details = (Place(element, (held,)) for element, held in zip(party.details, unwanted, strict=True))
    return Place(party.place, below=(*below, *details))


def _lacks(tin: str, detail: str) -> Broken:
    return lambda party, _around, _message: not (party.has(tin) or party.has(detail))


def _lacks_beside_foreign(tin: str, detail: str) -> Broken:
    return lambda party, _around, _message: (
        party.has(tin) and not party.has(detail) and not party.value(tin).startswith("GB")
    )


def _stands_beside_gb(tin: str) -> Broken:
    return lambda _detail, party, _message: party.value(tin).startswith("GB")


def _always(_detail: Node, _party: Node, _message: Message) -> bool:
    return True
