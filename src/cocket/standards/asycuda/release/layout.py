# SPDX-License-Identifier: Apache-2.0
"""From the tags of a release order to tables: its elements, and where each attribute of the model stands in them.

Source: UNCTAD Customs Release Order XML message description 4.2.2, names of its segments; all else is the profile's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from cocket.codes import EquipmentNumber
from cocket.model import ReleaseOrder, Seal, TransportEquipment, Vehicle
from cocket.standards.asycuda.codecs import COUNT, DATE, NUMBER, TEXT
from cocket.standards.asycuda.mapping import Codec, Entry, Record, Table
from cocket.standards.asycuda.outline import Outline
from cocket.standards.asycuda.profiles import ReleaseTags

#: Path of the extension that carries the tags a paper was read by; no element or attribute can have this name.
TAGS_PATH = "#tags"

_KINDS: dict[str, tuple[Codec, str]] = {
    "issued": (DATE, "date"),
    "gross_mass_kg": (NUMBER, "number"),
    "packages": (COUNT, "number"),
}
_VEHICLE_NUMBER = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_TAG = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_TAGS = re.compile(rf"{_TAG.pattern}(/{_TAG.pattern})*", re.ASCII)


class Layout:
    """A release order as some tags have it.

    Args:
        tags: Where it says what.

    Raises:
        ValueError: A tag is told to be a leaf and a segment.

    Attributes:
        outline: Its elements.
        record: The whole, with containers, seals and vehicles.
    """

    def __init__(self, tags: ReleaseTags) -> None:
        self.outline = Outline(tags.root or "Release_order", "\n".join(_lines(_tree(tags))))
        seal = Record(Seal, Entry("id", TEXT, (tags.seal_mark,)))
        container = Record(
            TransportEquipment, *_entries(tags.container_fields), tables=(Table("seals", tags.seals, seal),)
        )
        vehicle = Record(Vehicle, *_entries(tags.vehicle_fields))
        self.record = Record(
            ReleaseOrder,
            *_entries(tags.fields),
            tables=(Table("equipment", tags.containers, container), Table("vehicles", tags.vehicles, vehicle)),
        )


def _entries(paths: Mapping[str, str]) -> Iterator[Entry]:
    for attribute, path in paths.items():
        yield Entry(attribute, _KINDS.get(attribute, (TEXT, "text"))[0], (path,))


def _tree(tags: ReleaseTags) -> dict[str, Any]:
    """Elements in elements; a leaf is its kind, a table is `*` and what is in it."""
    whole: dict[str, Any] = {}
    seals = f"{tags.containers}/{tags.seals}"
    for path, kind in _leaves(tags).items():
        *way, name = path.split("/")
        if not _TAGS.fullmatch(path) or isinstance(_at(whole, way).setdefault(name, kind), dict):
            raise ValueError(f"{path} is not a leaf")
        _at(whole, way)[name] = kind
    for table in (tags.containers, seals, tags.vehicles):
        _at(whole, table.split("/"))["*"] = True
    return whole


def _leaves(tags: ReleaseTags) -> dict[str, str]:
    """Every leaf that the tags tell, by its path from the root, with its kind."""
    places = dict(tags.fields)
    places |= {f"c.{name}": f"{tags.containers}/{path}" for name, path in tags.container_fields.items()}
    places |= {f"v.{name}": f"{tags.vehicles}/{path}" for name, path in tags.vehicle_fields.items()}
    if tags.seal_mark:
        places["s"] = f"{tags.containers}/{tags.seals}/{tags.seal_mark}"
    return {path: _KINDS.get(name.removeprefix("c."), (TEXT, "text"))[1] for name, path in places.items()}


def _at(inside: dict[str, Any], way: list[str]) -> dict[str, Any]:
    for name in way:
        inside = inside.setdefault(name, {})
        if not isinstance(inside, dict):
            raise ValueError(f"{name} is a leaf")  # noqa: TRY004 - the tags are wrong, not the types
    return inside


def _lines(tree: dict[str, Any], indent: str = "") -> Iterator[str]:
    for name, inner in tree.items():
        if isinstance(inner, dict):
            yield f"{indent}{name} -{' *' if '*' in inner else ''}"
            yield from _lines({k: v for k, v in inner.items() if k != "*"}, indent + "  ")
        else:
            yield f"{indent}{name} - {inner}"


def shown(tags: ReleaseTags, root: Any) -> ReleaseTags:
    """The tags, completed by what a paper shows itself: which leaf of its containers holds their numbers, and which of
    its vehicles their identification numbers.

    Args:
        tags: As far as they are known.
        root: Root element of the paper.

    Source: ISO 6346:2022, annex A (check digit); ISO 3779 (17 characters without I, O and Q).
    """
    container = _only_leaf(root, tags.containers, _is_equipment)
    vehicle = _only_leaf(root, tags.vehicles, _is_vehicle)
    if container and not tags.container_fields and container.lower() != tags.seals.partition("/")[0].lower():
        tags = msgspec.structs.replace(tags, container_fields={"id": container})
    if vehicle and not tags.vehicle_fields:
        tags = msgspec.structs.replace(tags, vehicle_fields={"chassis_number": vehicle})
    return tags


def _only_leaf(root: Any, table: str, holds: Any) -> str | None:
    """The one tag right under the rows of a table whose text is of some form; None if none or several have it."""
    found = {
        leaf.tag
        for row in root.iterfind(table)
        for leaf in row
        if not len(leaf) and leaf.text and holds(leaf.text.strip())
    }
    tag = found.pop() if len(found) == 1 else None
    return tag if tag and tag != "null" and _TAG.fullmatch(tag) else None


def _is_vehicle(text: str) -> bool:
    return _VEHICLE_NUMBER.fullmatch(text) is not None


def _is_equipment(text: str) -> bool:
    number = EquipmentNumber.parse(text)
    return number is not None and bool(number.check_digit_ok)
