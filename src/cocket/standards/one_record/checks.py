# SPDX-License-Identifier: Apache-2.0
"""Whether objects say what the ontology lets them say, and what a waybill must say.

A class or a property that this edition does not have is told and kept: the ontology grows twice a year. Places are JSON
pointers.

Source: ONE Record data model 3.3 (2026-07); API 2.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from cocket.findings import Finding
from cocket.model import Manifest
from cocket.standards.air import check_number, check_place, check_security, finding
from cocket.standards.json_shape import time_of
from cocket.standards.one_record.graph import Graph, Ref, Thing
from cocket.standards.one_record.tables import Kind, Property, ontology, properties
from cocket.standards.placi import check_placi

_CODE = "one-record"
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
_DURATION = re.compile(r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.ASCII)
_EXPECTED = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "time": "a date and time with offset",
    "duration": "a duration",
    "code": "a code",
}


def check_objects(graph: Graph) -> Iterator[Finding]:
    """What is wrong with the objects of a message (0..n), in their order.

    Source: ONE Record data model 3.3 (2026-07).
    """
    classes = ontology()
    expected: dict[str, str] = {}  # what the place of an object asks for, by its pointer
    for thing in graph.things:
        names = [name for name in thing.types if name in classes]
        names = names or [each for each in (expected.get(thing.pointer),) if each]
        for name in thing.types:
            if name not in classes and ":" not in name:
                message = "the data model has no class {found}; the object is preserved"
                yield finding(f"{_CODE}-class-unknown", "warning", message, thing.pointer or "/", found=name)
        kinds = [classes[name] for name in names]
        for name, values in thing.values.items():
            known = next((kind.properties[name] for kind in kinds if name in kind.properties), None)
            if known is None:
                if kinds and ":" not in name:
                    yield _unknown(name, names[0], thing)
                _note(values, None, expected)
                continue
            _note(values, known, expected)
            yield from _property(thing, name, values, known, classes)
        yield from _absent(thing, kinds)
        yield from _bare(thing)


def _note(values: list[Any], known: Property | None, expected: dict[str, str]) -> None:
    for value in values:
        if isinstance(value, Thing) and known is not None and known.content[:1].isupper():
            expected[value.pointer] = known.content


def _property(
    thing: Thing, name: str, values: list[Any], known: Property, classes: dict[str, Kind]
) -> Iterator[Finding]:
    where = f"{thing.pointer}/{name}"
    if known.most is not None and len(values) > known.most:
        message = "{name} may appear once but appears {found} times"
        yield finding(f"{_CODE}-repeated", "error", message, where, expected="1", found=str(len(values)), name=name)
    for value in values:
        expected = _wrong(value, known.content, classes)
        if expected is not None:
            message = "{name} is {found}, which is not {expected}"
            yield finding(f"{_CODE}-value", "error", message, where, expected=expected, found=_shown(value), name=name)


def _wrong(value: Any, content: str, classes: dict[str, Kind]) -> str | None:
    """What a value should be; None if it is."""
    kind = classes.get(content)
    if kind is not None and kind.individuals:
        name = value.id.rpartition("#")[2].rpartition("/")[2] if isinstance(value, Ref) else value
        return None if name in kind.individuals or isinstance(value, Thing) else ", ".join(sorted(kind.individuals))
    if kind is not None:
        is_code = content == "CodeListElement" and isinstance(value, str)
        if isinstance(value, Ref) or is_code:
            return None
        if not isinstance(value, Thing):
            return f"an object of {content}"
        named = [classes[name] for name in value.types if name in classes]
        return None if not named or any(content in each.above for each in named) else f"an object of {content}"
    if isinstance(value, Thing):
        return None if content == "code" else _EXPECTED[content]
    if isinstance(value, Ref):
        return None if content in ("code", "string") else _EXPECTED[content]
    return None if _is_literal(value, content) else _EXPECTED[content]


def _is_literal(value: Any, content: str) -> bool:
    if content in ("string", "code"):
        return isinstance(value, str)
    if content == "boolean":
        return isinstance(value, bool) or value in ("true", "false")
    if content in ("integer", "number"):
        text = value if isinstance(value, str) else format(value) if isinstance(value, (int, Decimal)) else ""
        is_number = not isinstance(value, bool) and _NUMBER.fullmatch(text) is not None
        return is_number and (content == "number" or Decimal(text) == Decimal(text).to_integral_value())
    if content == "time":
        return time_of(value) is not None or (isinstance(value, str) and time_of(f"{value}Z") is not None)
    return isinstance(value, str) and _DURATION.fullmatch(value) is not None


def _absent(thing: Thing, kinds: list[Kind]) -> Iterator[Finding]:
    for kind in kinds:
        for name in kind.needed:
            if not thing.values.get(name):
                message = "the object does not contain {expected}; the document at its address may"
                yield finding(f"{_CODE}-missing", "info", message, thing.pointer or "/", expected=name)


def _bare(thing: Thing) -> Iterator[Finding]:
    for name in thing.bare:
        if name in properties():
            message = "no context defines the name {found}; it is assumed to belong to the data model"
            yield finding(f"{_CODE}-context", "warning", message, f"{thing.pointer}/{name}", found=name)


def _unknown(name: str, kind: str, thing: Thing) -> Finding:
    message = "{kind} has no property {found}; it is preserved"
    return finding(f"{_CODE}-unknown", "warning", message, f"{thing.pointer}/{name}", found=name, kind=kind)


def _shown(value: Any) -> str:
    if isinstance(value, Thing):
        return f"an object of {', '.join(value.types) or 'no type'}"
    return value.id if isinstance(value, Ref) else str(value)


def check_waybills(manifest: Manifest, places: Sequence[str], *, is_placi: bool) -> Iterator[Finding]:
    """The rules of waybills (0..n).

    Args:
        manifest: What was read.
        places: Where each bill stands.
        is_placi: Whether it is pre-loading information.

    Source: IATA Resolution 600a; ONE Record data model, Waybill.
    """
    for where, bill in zip(places, manifest.bills, strict=True):
        if bill.level != "house":
            yield from check_number(_CODE, bill.id, where)
        yield from check_number(_CODE, bill.master_id, where)
        yield from check_place(_CODE, bill.loading_place, where)
        yield from check_place(_CODE, bill.unloading_place, where)
        yield from check_security(_CODE, bill, where)
        if is_placi:
            yield from check_placi(bill, where)
