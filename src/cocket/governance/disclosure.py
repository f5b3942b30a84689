# SPDX-License-Identifier: Apache-2.0
"""Which fields of an answer which role sees. The table is literal; what stands in no line nobody sees."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache, partial
from typing import Any, Final, TypeVar

import msgspec

from cocket.errors import PolicyError
from cocket.governance.events import OFFERED
from cocket.governance.principal import ROLES, Principal

Answer = TypeVar("Answer", bound=msgspec.Struct)

_ALL: Final = frozenset({"analyst", "officer", "supervisor", "auditor", "host", "feed", "trader"})
_CUSTOMS: Final = frozenset({"analyst", "officer", "supervisor", "auditor"})
_PAYS: Final = _CUSTOMS | {"host", "trader"}
_ADVISED: Final = _CUSTOMS | {"host"}
_BEHIND_THE_SCORE: Final = frozenset({"analyst", "supervisor", "auditor"})

#: View → field → roles that see it.
FIELDS: Final[dict[str, dict[str, frozenset[str]]]] = {
    "answer": {
        "id": _ALL,
        "outcome": _ALL,
        "findings": _ALL,
        "receipt": _ALL,
        "is_repeat": _ALL,
        "is_unreadable": _ALL,
        "lane": _ADVISED,  # never a trader's
    },
    "message": {
        "id": _ALL,
        "index": _ALL,
        "version": _ALL,
        "standard": _ALL,
        "reference": _ALL,
        "outcome": _ALL,
        "function": _ALL,
        "sender": _ALL,
        "received": _ALL,
        "proof_state": _ALL,
        "findings": _ALL,
        "consignment_ids": _CUSTOMS,  # naming a reference is a claim; it gives no sight of the dossier
    },
    "consignment": {
        "id": _CUSTOMS,
        "title": _CUSTOMS,
        "office": _CUSTOMS,
        "trader": _CUSTOMS,
        "goods": _CUSTOMS,
        "equipment": _CUSTOMS,
        "value": _CUSTOMS,
        "received": _CUSTOMS,
        "advice": _CUSTOMS,
        "order": _CUSTOMS,
        "differences": _CUSTOMS,
        "is_for_another": _CUSTOMS,
        "held_by": _CUSTOMS,
        "let_go": _CUSTOMS,
        "let_go_before": _CUSTOMS,
    },
    "dossier": {
        "summary": _CUSTOMS,
        "references": _CUSTOMS,
        "papers": _CUSTOMS,
        "rows": _CUSTOMS,
        "findings": _CUSTOMS,
        "timeline": _CUSTOMS,
        "results": _CUSTOMS,
        "costs": _CUSTOMS,
        "payment": _CUSTOMS,
        "needs": _CUSTOMS,
        "holds": _CUSTOMS,
        "certificates": _CUSTOMS,
        "titles": _CUSTOMS,
        "journeys": _CUSTOMS,
        "parties": _CUSTOMS,
        "files": _CUSTOMS,
        "beside": _CUSTOMS,
        "mirror": _CUSTOMS,
        "mirror_lone": _CUSTOMS,
        "partner_notices": _CUSTOMS,
        "completion": _CUSTOMS,
    },
    "papers": {  # why papers are linked, and who said what first
        "id": _CUSTOMS,
        "title": _CUSTOMS,
        "office": _CUSTOMS,
        "said": _CUSTOMS,
        "fields": _CUSTOMS,
        "links": _CUSTOMS,
        "corrections": _CUSTOMS,
        "beside": _CUSTOMS,
        "completion": _CUSTOMS,
    },
    "advice": {
        "assessment_id": _ADVISED,
        "index": _ADVISED,
        "made": _ADVISED,
        "lane": _ADVISED,
        "score": _ADVISED,
        "is_random": _BEHIND_THE_SCORE | {"officer"},  # the host need not know who was drawn and who was chosen
        "propensity": _BEHIND_THE_SCORE,
        "is_degraded": _ADVISED,
        "reasons": _ADVISED,
        "head": _CUSTOMS,
        "rank": _CUSTOMS,
        "features": _BEHIND_THE_SCORE,
        "shortfall": _BEHIND_THE_SCORE,
        "families": _BEHIND_THE_SCORE,
        "model_version": _ADVISED,
        "rules_version": _ADVISED,
        "is_query": _ADVISED,
        "asked_by": _CUSTOMS,
        "delay_minutes": _ADVISED,
        "host_lane": _ADVISED,
        "host_override": _ADVISED,
        "host_result": _CUSTOMS,
        "override": _ADVISED,
        "override_reason": _CUSTOMS,
    },
    "intelligence": {  # of a report that its handling code lets this actor read
        "id": _CUSTOMS,
        "state": _CUSTOMS,
        "threat": _CUSTOMS,
        "source_grade": _CUSTOMS,
        "information_grade": _CUSTOMS,
        "handling": _CUSTOMS,
        "text": _CUSTOMS,
        "links": _CUSTOMS,
        "asks_for": _CUSTOMS,
        "entered": _CUSTOMS,
        "expires": _CUSTOMS,
        "author": _BEHIND_THE_SCORE,
    },
    "manifest_line": {
        "id": _CUSTOMS,
        "title": _CUSTOMS,
        "office": _CUSTOMS,
        "voyage": _CUSTOMS,
        "vessel": _CUSTOMS,
        "carrier": _CUSTOMS,
        "arrives": _CUSTOMS,
        "bills": _CUSTOMS,
        "declared": _CUSTOMS,
        "open": _CUSTOMS,
        "partly": _CUSTOMS,
        "closed": _CUSTOMS,
        "over": _CUSTOMS,
        "overdue": _CUSTOMS,
        "findings": _CUSTOMS,
    },
    "manifest": {
        "summary": _CUSTOMS,
        "bills": _CUSTOMS,
        "total": _CUSTOMS,
        "strays": _CUSTOMS,
        "targets": _CUSTOMS,  # no carrier or trader may know what stands out before arrival
    },
    "standing": {
        "id": _CUSTOMS,
        "scheme": _CUSTOMS,
        "number": _CUSTOMS,
        "trader": _CUSTOMS,
        "scopes": _CUSTOMS,
        "offices": _CUSTOMS,
        "valid_from": _CUSTOMS,
        "valid_to": _CUSTOMS,
        "status": _CUSTOMS,
        "suspended_by": _CUSTOMS,
        "reason": _CUSTOMS,
        "source": _CUSTOMS,
        "changed": _CUSTOMS,
    },
    "audit-line": {
        "id": _CUSTOMS,
        "trader": _CUSTOMS,
        "name": _CUSTOMS,
        "office": _CUSTOMS,
        "first": _CUSTOMS,
        "last": _CUSTOMS,
        "kind": _CUSTOMS,
        "state": _CUSTOMS,
        "days": _CUSTOMS,
        "money": _CUSTOMS,
        "currency": _CUSTOMS,
        "reasons": _CUSTOMS,
        "is_random": _BEHIND_THE_SCORE | {"officer"},
        "last_audit": _CUSTOMS,
        "auditor": _CUSTOMS,
        "result": _CUSTOMS,
        "additional_duty": _CUSTOMS,
        "changed": _CUSTOMS,
    },
    "audit": {
        "summary": _CUSTOMS,
        "declarations": _CUSTOMS,
        "lines": _CUSTOMS,
        "sample": _CUSTOMS,
        "disclosures": _CUSTOMS,
        "open_lines": _CUSTOMS,
        "estimate": _CUSTOMS,
        "recommendation": _CUSTOMS,
        "follow_up": _CUSTOMS,
        "acts": _CUSTOMS,
        "commitment": _CUSTOMS,
        "seed": _CUSTOMS,
        "population": _CUSTOMS,
        "steps": _CUSTOMS,
        "propensity": _BEHIND_THE_SCORE,
    },
    "sampled-line": {
        "consignment": _CUSTOMS,
        "item": _CUSTOMS,
        "title": _CUSTOMS,
        "hs": _CUSTOMS,
        "value": _CUSTOMS,
        "stratum": _CUSTOMS,
        "conclusion": _CUSTOMS,
        "differences": _CUSTOMS,
        "additional_duty": _CUSTOMS,
        "penalty": _CUSTOMS,
        "is_disclosed": _CUSTOMS,
        "note": _CUSTOMS,
        "probability": _BEHIND_THE_SCORE,
    },
    "value": {
        "item": _CUSTOMS,
        "goods": _CUSTOMS,
        "indication": _CUSTOMS,  # made of what others declared, which is confidential
        "weaknesses": _CUSTOMS,
        "points": _CUSTOMS,
        "inquiry": _CUSTOMS,
        "open_questions": _CUSTOMS,
    },
    "duty-sheet": dict.fromkeys(
        ("consignment", "tariff", "edition", "day", "is_declared", "items", "findings", "payment", "questions"),
        _CUSTOMS,
    ),
    "payment": {
        "consignment": _CUSTOMS,
        "advice": _PAYS,
        "standing": _PAYS,
        "payments": _PAYS,
        "is_outdated": _PAYS,
    },
    "doubt": {
        "id": _CUSTOMS,
        "consignment": _CUSTOMS,
        "office": _CUSTOMS,
        "item": _CUSTOMS,
        "state": _CUSTOMS,
        "due": _CUSTOMS,
        "is_overdue": _CUSTOMS,
        "indication": _CUSTOMS,
        "weaknesses": _CUSTOMS,
        "points": _CUSTOMS,
        "guarantee": _CUSTOMS,
        "steps": _CUSTOMS,
        "open_steps": _CUSTOMS,
        "title": _CUSTOMS,
        "trader": _CUSTOMS,
        "goods": _CUSTOMS,
        "value": _CUSTOMS,
    },
    "question": {
        "id": _CUSTOMS,
        "sender": _CUSTOMS,
        "message": _CUSTOMS,
        "consignment": _CUSTOMS,
        "office": _CUSTOMS,
        "asks": _CUSTOMS,
        "by": _CUSTOMS,
        "words": _CUSTOMS,
        "state": _CUSTOMS,
        "asked": _CUSTOMS,
        "due": _CUSTOMS,
        "is_overdue": _CUSTOMS,
        "papers": _CUSTOMS,
        "answer": _CUSTOMS,
        "withdrawn": _CUSTOMS,
        "may_answer": _CUSTOMS,
    },
    "contest": {
        "id": _CUSTOMS,
        "message": _CUSTOMS,
        "consignment": _CUSTOMS,
        "title": _CUSTOMS,
        "office": _CUSTOMS,
        "sender": _CUSTOMS,
        "by": _CUSTOMS,
        "ground": _CUSTOMS,
        "words": _CUSTOMS,
        "state": _CUSTOMS,
        "lodged": _CUSTOMS,
        "law": _CUSTOMS,
        "lodge_by": _CUSTOMS,
        "is_late": _CUSTOMS,
        "acknowledge_by": _CUSTOMS,
        "due": _CUSTOMS,
        "is_overdue": _CUSTOMS,
        "deciders": _CUSTOMS,
        "may_answer": _CUSTOMS,
        "result": _CUSTOMS,
        "papers": _CUSTOMS,
        "acknowledged": _CUSTOMS,
        "answer": _CUSTOMS,
        "withdrawn": _CUSTOMS,
    },
}

#: What every notice to a partner says of itself, and by what consignments it names them (`cocket.governance.partner_notices`).
_NOTICE: Final = {"kind": True, "reference": True, "day": True, "office": False, "state": True}
_IDENTIFIERS: Final = {"ucrs": False, "movements": False, "transport_documents": False, "equipment": False}

#: What is given to a partner under an agreement → field → whether the exchange cannot do without it. The others are given
#: only where the agreement names them.
EXCHANGED: Final[dict[str, dict[str, bool]]] = {
    #: A request for mutual administrative assistance, and what is answered to it.
    "assistance": {
        **_NOTICE,
        "about": True,
        "authority": True,
        "measure": True,
        "object": True,
        "reason": True,
        "law": True,
        "due": True,
        "answer": True,
        "persons": False,
        "facts": False,
        "enquiries": False,
        **_IDENTIFIERS,
    },
    #: Whether a certificate of a number is known, and holds.
    "certificate": {
        **_NOTICE,
        "number": True,
        "type": True,
        "agency": False,
        "holder": False,
        "goods": False,
        "hs": False,
        "quantity": False,
        "unit": False,
        "since": False,
        "until": False,
    },
    #: Events as they happen: each kind by its name, without what stands before it in every one.
    "events": {name.removeprefix("org.cocket."): False for name in OFFERED["partner"]},
    #: eFTI: registering identifiers with our gate, asking it for identifiers and datasets, and telling a platform something.
    "efti": {"register": False, "identifiers": False, "dataset": False, "follow-up": False},
    #: Consignments within the scope of another agency that works here as a guest: what its people see of each.
    "guest": {
        "id": True,
        "title": True,
        "why": True,
        "office": False,
        "received": False,
        "trader": False,
        "goods": False,
        "value": False,
        "items": False,
        "equipment": False,
        "references": False,
        "papers": False,
    },
    #: Counts of what random examinations found, a card of the model, and taking part in sums that show no table (`cocket.risk.joint`).
    "joint": {"table": False, "card": False, "sum": False},
    "journey-hand-over": {
        "journey": True,
        "reference": True,
        "departure": True,
        "destination": True,
        "place": True,
        "starts_at": True,
        "time_limit": True,
        "mode": True,
        "equipment": True,
        "seals": True,
        "held": True,
        "alerts": False,
        "operator": False,
        "guarantee_amount": False,
        "guarantee_currency": False,
        "guarantee": False,
        "note": False,
    },
    #: A declaration as a record of a trade, and its lines (`cocket.mirror`): taken in from a partner, and given to it.
    "mirror": {
        "id": True,
        "reference": True,
        "flow": True,
        "day": True,
        "country": True,
        "lines": True,
        "number": True,
        "hs": True,
        "ucrs": False,
        "movements": False,
        "transport_documents": False,
        "equipment": False,
        "invoices": False,
        "exporter": False,
        "importer": False,
        "mode": False,
        "terms": False,
        "freight": False,
        "goods": False,
        "net_kg": False,
        "gross_kg": False,
        "packages": False,
        "quantities": False,
        "value": False,
        "price": False,
        "origin": False,
    },
    #: What a model or list is made of, and how it did on cases of which the outcome is known.
    "model-card": {**_NOTICE, "name": True, "version": True, "purpose": True, "evidence": True, "facts": False},
    #: Identifiers of consignments in a form that tells only which of them both sides have.
    "private-join": {"names": True},
    #: What a source outside is asked for: identifiers alone, documents, events, being told of changes, and telling it something.
    "sources": {
        "identifiers": True,
        "documents": False,
        "events": False,
        "subscriptions": False,
        "follow-up": False,
    },
    #: What was seized or found on a way that both share, so that the other can look.
    "seizure": {
        **_NOTICE,
        "offence": True,
        "goods": False,
        "hs": False,
        "quantity": False,
        "unit": False,
        "concealment": False,
        "conveyance": False,
        "origin": False,
        "departure": False,
        "destination": False,
        "persons": False,
        "facts": False,
        **_IDENTIFIERS,
    },
    "seizure-report": {
        "reference": True,
        "kind": True,
        "date": True,
        "office": True,
        "offence": True,
        "goods": False,
        "quantity": False,
        "unit": False,
        "concealment": False,
        "detection": False,
        "conveyance": False,
        "departure": False,
        "via": False,
        "destination": False,
        "depth": True,
        "conveyance_id": False,
        "place": False,
        "officer": False,
        "note": False,
    },
    #: Events of containers and ships as carriers pushed them: each a name in `cocket.standards.dcsa.parts.PARTS`.
    "track-and-trace": {
        "event": True,
        "equipment": False,
        "seals": False,
        "transport": False,
        "place": False,
        "documents": False,
        "parties": False,
        "readings": False,
        "reason": False,
    },
    #: A movement under transit that comes to the other side, or arrived there.
    "transit": {
        **_NOTICE,
        "movements": True,
        "about": False,
        "departure": False,
        "destination": False,
        "conveyance": False,
        "seals": False,
        "due": False,
        "facts": False,
        **{name: False for name in _IDENTIFIERS if name != "movements"},
    },
    #: Authorised economic operators, whom the other recognises.
    "trusted-trader": {
        **_NOTICE,
        "number": True,
        "type": True,
        "name": False,
        "since": False,
        "until": False,
    },
}


def exchanged(exchange: str, fields: Collection[str], answer: Answer) -> Answer:
    """What of an answer is given to a partner: what the exchange cannot do without, and the fields that the agreement names.

    Args:
        exchange: A name in `EXCHANGED`.
        fields: Fields that the agreement names (0..n).
        answer: The whole answer.

    Returns:
        The same answer; what is not given has the default of its field.
    """
    given = {field for field, is_needed in EXCHANGED[exchange].items() if is_needed or field in fields}
    return _without(answer, given)


def disclosed(principal: Principal, view: str) -> frozenset[str]:
    """Fields of a view that this actor sees, by any of his roles.

    Args:
        principal: Who asks.
        view: A name in `FIELDS`; of any other nothing is shown.

    Returns:
        Names of fields (0..n).
    """
    held = {name for role in principal.roles for name in (role, *ROLES.get(role, ()))}
    return frozenset(field for field, roles in FIELDS.get(view, {}).items() if roles & held)


def disclose(principal: Principal, view: str, answer: Answer) -> Answer:
    """An answer with only what this actor may see of it.

    Args:
        principal: Who asks.
        view: A name in `FIELDS`.
        answer: The whole answer; every field that some role may not see has a default that says nothing.

    Returns:
        The same answer; what is not disclosed has the default of its field.

    Raises:
        PolicyError: Nothing of this view is for this actor.
    """
    shown = disclosed(principal, view)
    if not shown:
        raise PolicyError(f"Nothing of {view} is disclosed to this role.", reasons=("disclosure",))
    return _without(answer, shown)


def _without(answer: Answer, shown: Collection[str]) -> Answer:
    """An answer in which every field but these has its default."""
    hidden = {name: make() for name, make in _unsaid(type(answer)).items() if name not in shown}
    return msgspec.structs.replace(answer, **hidden) if hidden else answer


@cache
def _unsaid(kind: type[msgspec.Struct]) -> dict[str, Callable[[], Any]]:
    """Field of an answer → what makes the value that says nothing; of one without a default it raises."""
    return {
        field.name: field.default_factory if field.default is msgspec.NODEFAULT else partial(_given, field.default)
        for field in msgspec.structs.fields(kind)
    }


def _given(value: Any) -> Any:
    return value
