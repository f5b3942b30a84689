# SPDX-License-Identifier: Apache-2.0
"""Lists of entities as JSON lines in the FollowTheMoney model, as OpenSanctions publishes them.

Source: FollowTheMoney model, schemata Person, Organization, Company, Vessel and their properties; OpenSanctions
documentation, "Entities as JSON".
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from cocket.screening.entries import Kind, ListedName, ListEntry

#: Schema → kind; other schemata are links between entities and not looked for.
SCHEMATA: Final[dict[str, Kind]] = {
    "Person": "person",
    "Organization": "organisation",
    "Company": "organisation",
    "PublicBody": "organisation",
    "LegalEntity": "other",
    "Vessel": "vessel",
}

_NUMBERS: Final = ("registrationNumber", "taxNumber", "idNumber", "passportNumber", "innCode", "ogrnCode", "leiCode")
_COUNTRIES: Final = ("country", "nationality", "jurisdiction", "flag", "citizenship")


class _Entity(msgspec.Struct):
    id: str
    schema: str
    properties: dict[str, list[Any]] = {}
    caption: str | None = None


_DECODE: Final = msgspec.json.Decoder(_Entity)


def read_follow_the_money(data: bytes) -> tuple[list[ListEntry], list[str]]:
    """Read entities, one JSON object a line.

    Args:
        data: The file.

    Returns:
        Entries, and lines left out with the reason; entities of schemata that are not looked for are no fault.
    """
    entries: list[ListEntry] = []
    left_out: list[str] = []
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            entity = _DECODE.decode(line)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            left_out.append(f"line {number}: no entity as JSON; found: {error}")
            continue
        kind = SCHEMATA.get(entity.schema)
        if kind is None:
            continue
        entry = _entry(entity, kind)
        if entry is None:
            left_out.append(f"line {number}: no name")
        else:
            entries.append(entry)
    return entries, left_out


def _entry(entity: _Entity, kind: Kind) -> ListEntry | None:
    named = dict.fromkeys([*([entity.caption] if entity.caption else []), *_texts(entity, "name")])
    names = [ListedName(text, is_alias=place > 0) for place, text in enumerate(named)]
    others = [text for name in ("alias", "previousName") for text in _texts(entity, name)]
    names += [ListedName(text, is_alias=True) for text in dict.fromkeys(others) if text not in named]
    names += [ListedName(text, is_weak=True, is_alias=True) for text in _texts(entity, "weakAlias")]
    if not names:
        return None
    numbers = ["".join(filter(str.isalnum, text)).upper() for name in _NUMBERS for text in _texts(entity, name)]
    numbers += ["IMO" + "".join(filter(str.isdigit, text)) for text in _texts(entity, "imoNumber")]
    return ListEntry(
        id=entity.id,
        kind=kind,
        names=tuple(names),
        numbers=tuple(dict.fromkeys(number for number in numbers if len(number) >= 5)),
        countries=tuple(dict.fromkeys(text.upper() for name in _COUNTRIES for text in _texts(entity, name))),
        programme=next(iter(_texts(entity, "program") + _texts(entity, "topics")), None),
        listed=next(iter(_texts(entity, "createdAt")), None),
        note=next(iter(_texts(entity, "notes")), None),
    )


def _texts(entity: _Entity, name: str) -> list[str]:
    return [text.strip() for text in entity.properties.get(name, ()) if isinstance(text, str) and text.strip()]
