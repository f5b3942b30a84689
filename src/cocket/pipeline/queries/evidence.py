# SPDX-License-Identifier: Apache-2.0
"""The evidence of a head, as far as a reader may see the consignments that it names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from cocket.consignment import search_keys
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.views import AdviceView
from cocket.risk.suspicion import Exhibit, Fact, Head
from cocket.stores.base.database import Connection

#: Kinds of names by which a host registers a declaration, each unlike any other of its house.
_REGISTERED: Final = ("SAD", "MRN")


def is_uuid(text: str) -> bool:
    """Whether a name is the id of a dossier of this house; others are references of before it."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def consignments_in(head: Head) -> tuple[str, ...]:
    """Every other consignment that a head names, each once (0..n)."""
    exhibits = (one for fact in (*head.facts, *head.against) for one in fact.evidence)
    return tuple(dict.fromkeys(one.id for one in exhibits if one.source == "consignment"))


def without_names(advice: AdviceView) -> AdviceView:
    """Advice whose facts name no other consignment, for lists: what each speaks of is counted, not told."""
    if advice.head is None:
        return advice
    return msgspec.structs.replace(advice, head=_each(advice.head, _hidden))


def registered_as(stores: Stores, connection: Connection, registrations: Sequence[str]) -> dict[str, UUID]:
    """Dossiers of declarations by their registrations at the host, as a history names them; those of which there is none are left out."""
    named = {key.pair: one for one in registrations for kind in _REGISTERED for key in search_keys(one, kind)}
    found = stores.consignments.known_by(connection, list(named)) if named else {}
    return {named[pair]: consignment for pair, consignment in found.items()}


def with_names(head: Head, names: Mapping[str, tuple[str, str]], *, past: Collection[str] = ()) -> Head:
    """A head whose evidence bears names.

    Args:
        head: As it was sealed.
        names: Id → id of the dossier as it is now, and its title; of those that the reader may see.
        past: Registrations of a history that the reader may read, though no dossier has them.
    """

    def named(one: Exhibit) -> Exhibit:
        if one.source != "consignment":
            return one
        if one.id in names:
            identity, title = names[one.id]
            return msgspec.structs.replace(one, id=identity, name=title)
        return one if one.id in past else _hidden(one)

    return _each(head, named)


def _hidden(one: Exhibit) -> Exhibit:
    return Exhibit(source="consignment", id="") if one.source == "consignment" else one


def _each(head: Head, change: Callable[[Exhibit], Exhibit]) -> Head:
    def changed(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
        return tuple(msgspec.structs.replace(fact, evidence=tuple(map(change, fact.evidence))) for fact in facts)

    return msgspec.structs.replace(head, facts=changed(head.facts), against=changed(head.against))
