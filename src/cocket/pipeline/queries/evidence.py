# SPDX-License-Identifier: Apache-2.0
"""The evidence of a head, as far as a reader may see the consignments that it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

import msgspec

from cocket.pipeline.control.views import AdviceView
from cocket.risk.suspicion import Exhibit, Fact, Head


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


def with_names(head: Head, names: Mapping[str, tuple[str, str]], *, shows_past: bool) -> Head:
    """A head whose evidence bears names.

    Args:
        head: As it was sealed.
        names: Id → id of the dossier as it is now, and its title; of those that the reader may see.
        shows_past: Whether references of before this house are told.
    """

    def named(one: Exhibit) -> Exhibit:
        if one.source != "consignment":
            return one
        if one.id in names:
            identity, title = names[one.id]
            return msgspec.structs.replace(one, id=identity, name=title)
        return one if shows_past and not is_uuid(one.id) else _hidden(one)

    return _each(head, named)


def _hidden(one: Exhibit) -> Exhibit:
    return Exhibit(source="consignment", id="") if one.source == "consignment" else one


def _each(head: Head, change: Callable[[Exhibit], Exhibit]) -> Head:
    def changed(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
        return tuple(msgspec.structs.replace(fact, evidence=tuple(map(change, fact.evidence))) for fact in facts)

    return msgspec.structs.replace(head, facts=changed(head.facts), against=changed(head.against))
