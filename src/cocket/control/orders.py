# SPDX-License-Identifier: Apache-2.0
"""Lane → control order: what the officer who examines is to look for."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cocket.risk.suspicion import Kind


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look for.

    Attributes:
        code: Rule or feature it follows from; `random` for a drawn case, `examine` where no reason is telling.
        message: English sentence, the key for translation.
    """

    code: str
    message: str


#: Rule or feature → what it asks of the officer.
_LOOK_FOR = {
    "intelligence": "consult the risk analyst before opening anything: intelligence concerns this consignment",
    "alert-on-the-way": "check seals, hinges and rivets, then count and weigh the goods and compare with the documents",
    "value-under-peers": "compare the invoice with payment, contract and price lists",
    "partner-differs": "count and weigh the goods, and compare invoice and origin with what the partner's export says",
    "price_gap": "compare the invoice with payment, contract and price lists",
    "price_position": "compare the invoice with payment, contract and price lists",
    "shortfall_at_reference": "compare the invoice with payment, contract and price lists",
    "papers-disagree": "count and weigh, and compare the result with both documents",
    "version-refused": "compare the paper with the version that was refused, and ask its sender which is right and why",
    "bill_differs": "count and weigh, and compare the result with both documents",
    "bill_gross_gap": "count and weigh, and compare the result with both documents",
    "bill_packages_gap": "count and weigh, and compare the result with both documents",
    "mass-per-package-odd": "weigh some packages and open unusual ones",
    "own_package_gap": "count and weigh, and compare with earlier consignments of this importer",
    "own_tare_gap": "count and weigh, and compare with earlier consignments of this importer",
    "package_gap": "weigh some packages and open unusual ones",
    "route-odd": "ask for the certificate of origin and the through bill of lading",
    "route_rarity": "ask for the certificate of origin and the through bill of lading",
    "preference": "ask for the certificate of origin and the through bill of lading",
    "origin_rate": "look for marks of origin on goods and packing",
    "text_oddity": "open packages and compare the goods with code and description",
    "text_meant_gain": "open packages and compare the goods with code and description",
    "text_least_fit": "open packages and compare the goods with code and description",
    "importer_heading_new": "open packages and compare the goods with code and description",
    "importer-new": "check who the importer is and where the importer trades from",
    "party-listed": "compare names, numbers and addresses with the listed entry before anything is released",
    "past-offence": "look for what was found with this importer before",
    "importer_found": "look for what was found with this importer before",
}

#: Suspicion → what it asks of the officer.
_BY_KIND: dict[Kind, tuple[str, ...]] = {
    "value": (
        "compare the invoice with payment, contract and price lists",
        "open packages and compare make, model and quality with the invoice",
    ),
    "code": (
        "open packages and compare the goods with code and description",
        "take a sample where inspection and documents do not settle the code",
    ),
    "origin": (
        "ask for the certificate of origin and the through bill of lading",
        "look for marks of origin on goods and packing",
    ),
    "quantity": (
        "count and weigh, and compare the result with both documents",
        "weigh some packages and open unusual ones",
    ),
    "permit": ("ask for the permit, and compare the goods with what it covers",),
    "quota": ("compare quantity and importer with the quota claimed",),
    "prohibited": (
        "consult the risk analyst before opening anything",
        "scan, then open in full with a second officer",
    ),
    "counterfeit": ("photograph marks and labels, and take samples for the right holder",),
    "listed-party": ("compare names, numbers and addresses with the listed entry before anything is released",),
    "seal": (
        "check seals, hinges and rivets, then count and weigh the goods and compare with the documents",
        "photograph every seal and door before it is opened",
    ),
}
_SEALS_FIRST = "check container number and seal before opening"
_ANYTHING = "examine fully: goods, quantity, value, origin and documents"
_MOST_TASKS = 3


def look_for(codes: Sequence[str], *, is_random: bool) -> tuple[Task, ...]:
    """What the officer is to look for.

    Args:
        codes: Rules and features that speak against the consignment, strongest first (0..n).
        is_random: Whether chance chose it; such a case is examined in full and never explained away.

    Returns:
        Tasks, the most telling first, each thing to do once, what intelligence asks before all else (1..n).
    """
    if is_random:
        return (Task(code="random", message=_ANYTHING),)
    tasks: dict[str, Task] = {}
    for code in sorted(codes, key=lambda code: code != "intelligence"):
        message = _LOOK_FOR.get(code)
        if message and message not in tasks:
            tasks[message] = Task(code=code, message=message)
    return tuple(tasks.values())[:_MOST_TASKS] or (Task(code="examine", message=_ANYTHING),)


def tasks_of(kind: Kind | None, *, has_containers: bool, others: Sequence[Kind] = ()) -> tuple[Task, ...]:
    """What the officer is to do about a suspicion.

    Args:
        kind: What is suspected; None where nothing is, so that everything is examined.
        has_containers: Whether the goods are in containers.
        others: What the reasons shown make suspicious besides: the first thing to do about each (0..n).

    Returns:
        Tasks in the order in which they are done, each once (1..n).
    """
    told = [_SEALS_FIRST] if has_containers and kind != "seal" else []
    told += _BY_KIND[kind] if kind is not None else (_ANYTHING,)
    tasks = {message: Task(code=kind or "examine", message=message) for message in told}
    for other in others:
        tasks.setdefault(_BY_KIND[other][0], Task(code=other, message=_BY_KIND[other][0]))
    return tuple(tasks.values())
