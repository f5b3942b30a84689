# SPDX-License-Identifier: Apache-2.0
"""The groups that an entry belongs to, each under a key."""

from __future__ import annotations

from operator import attrgetter

from cocket.risk.features.canonical import canonical_address, canonical_name, canonical_phone
from cocket.risk.features.columns import GROUPS, Entry, Terms
from cocket.risk.features.editions import place_of

#: A key of a group: its name and the parts.
Key = tuple[str, ...]

#: Parts of groups that are brought to one spelling, in the order in which `keys_of` makes them, and those an entry states.
_DERIVED = ("hs2", "hs4", "hs6", "consignee", "address", "phone")
_STATED_PARTS = tuple(dict.fromkeys(part for parts in GROUPS.values() for part in parts if part not in _DERIVED))
_FIELDS = attrgetter(*_STATED_PARTS)
_PLACE = {part: place for place, part in enumerate((*_DERIVED, *_STATED_PARTS))}

#: Groups of one part and of two, with the places of their parts.
_ALONE = [(name, _PLACE[parts[0]]) for name, parts in GROUPS.items() if len(parts) == 1]
_TOGETHER = [(name, _PLACE[parts[0]], _PLACE[parts[1]]) for name, parts in GROUPS.items() if len(parts) == 2]


def keys_of(entry: Entry, terms: Terms) -> dict[str, Key]:
    """The groups an entry belongs to: name of the group → key, name first."""
    goods = place_of(entry.hs, entry.hs_edition, terms.crossings)
    derived = (
        goods.hs2,
        goods.hs4,
        goods.hs6,
        canonical_name(entry.importer_name) if entry.importer_name else None,
        canonical_address(entry.importer_address) if entry.importer_address else None,
        canonical_phone(entry.importer_phone) if entry.importer_phone else None,
    )
    values = (*derived, *_FIELDS(entry))
    keys: dict[str, Key] = {}
    for name, place in _ALONE:
        value = values[place]
        if value:
            keys[name] = (name, value)
    for name, one, other in _TOGETHER:
        if values[one] and values[other]:
            keys[name] = (name, values[one], values[other])
    return keys
