# SPDX-License-Identifier: Apache-2.0
"""The standard as the house sees it.

The whole message is kept, as extensions; the nouns of the model are drawn from it. Writing gives the message again and
refuses a document whose nouns were changed against it: nothing is lost unseen.
"""

from __future__ import annotations

from typing import Any

from msgspec import structs

from cocket.errors import SenderError, UnreadableError
from cocket.findings import Gathered
from cocket.model import Document, Extension, Manifest, Movement, Reading
from cocket.standards.air import finding, require_air
from cocket.standards.json import parse_json, write_json
from cocket.standards.json_shape import escaped
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.one_record.checks import check_objects, check_waybills
from cocket.standards.one_record.drawing import draw
from cocket.standards.one_record.graph import Graph, is_one_record
from cocket.standards.one_record.writer import events_of, waybills_of
from cocket.standards.placi import PROFILE
from cocket.standards.written import differences

_NAME = "one-record"
_EDITION = "2026-07"


def recognises(source: Source) -> bool:
    """Whether a message is of ONE Record, by its context or type.

    Source: ONE Record API 2.2, JSON-LD serialisation.
    """
    return source.value is not None and is_one_record(source.value)


def read(source: Source, options: Options) -> Reading:
    """Read and check one message.

    Args:
        source: The message.
        options: How to read; profile `placi` asks for pre-loading information of each waybill.

    Returns:
        The reading. A refused message is read too, as far as it goes.

    Raises:
        UnreadableError: It is no object, and no list of objects.

    Source: ONE Record data model 3.3 (2026-07).
    """
    graph = Graph(source.value)
    if not graph.top:
        said = finding("one-record-empty", "error", "there is no ONE Record object", "/")
        raise UnreadableError("Not a ONE Record message.", code="one-record-empty", findings=(said,))
    document, places = draw(graph)
    is_placi = options.profile == PROFILE
    told = Gathered(options.limit)
    told.extend(check_objects(graph))
    if isinstance(document, Manifest):
        told.extend(check_waybills(document, places, is_placi=is_placi))
    return Reading(
        standard=_NAME,
        version=_EDITION,
        profile=PROFILE if is_placi else _NAME,
        outcome="refused" if told.has_error else "accepted",
        document=structs.replace(document, extensions=_kept(source.value)),
        findings=told.result(),
        reference=graph.top[0].id,
    )


def write(document: Document) -> bytes:
    """Write a message: one that was read as it was; manifests and movements from scratch as waybills and events.

    Args:
        document: What to write.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: It is neither movement nor manifest, was changed since it was read, or lacks what an event needs.

    Source: ONE Record data model 3.3 (2026-07).
    """
    if not isinstance(document, (Movement, Manifest)):
        raise SenderError("ONE Record has no object for this.", expected="movements, transport documents")
    if not document.extensions:
        if not isinstance(document, Manifest):
            return write_json(events_of(document))
        require_air(document)
        return write_json(waybills_of(document))
    value = _restored(document.extensions)
    again = structs.replace(draw(Graph(value))[0], extensions=document.extensions)
    if again != document:
        raise SenderError(
            "This document was changed after it was read, or is not a ONE Record message.",
            code="one-record-changed",
            hint="Write it without extensions, as new objects.",
            findings=differences(document, again),
        )
    return write_json(value)


def _kept(value: Any) -> tuple[Extension, ...]:
    """The whole message: each member of an object, or an array whole."""
    if not isinstance(value, dict):
        return (Extension("", write_json(value, by_name=True).decode()),)
    members = [Extension(f"/{escaped(name)}", write_json(each, by_name=True).decode()) for name, each in value.items()]
    return tuple(sorted(members, key=lambda each: each.path))


def _restored(extensions: tuple[Extension, ...]) -> Any:
    if extensions[0].path == "":
        return parse_json((extensions[0].value or "").encode())
    return {
        each.path[1:].replace("~1", "/").replace("~0", "~"): parse_json((each.value or "null").encode())
        for each in extensions
    }


ONE_RECORD = Standard(
    name=_NAME,
    title="IATA ONE Record",
    recognises=recognises,
    read=read,
    write=write,
    profiles=(_NAME, PROFILE),
)
