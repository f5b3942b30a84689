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
from cocket.standards.dcsa.drawing import named
from cocket.standards.dcsa.events import read_event, write_event
from cocket.standards.dcsa.messages import Message, message_of
from cocket.standards.dcsa.papers import read_papers
from cocket.standards.dcsa.rules import check, finding
from cocket.standards.json import parse_json, write_json
from cocket.standards.json_shape import escaped
from cocket.standards.kind import Options, Source, Standard

_NAME = "dcsa"


def recognises(source: Source) -> bool:
    """Whether a message is one of DCSA, by its members.

    Source: DCSA's definitions.
    """
    return message_of(source.value) is not None


def read(source: Source, options: Options) -> Reading:
    """Read and check one message.

    Args:
        source: The message.
        options: How to read; there is one profile.

    Returns:
        The reading. A refused message is read too, as far as it goes.

    Raises:
        UnreadableError: It is none of DCSA's messages.

    Source: DCSA's definitions.
    """
    message = message_of(source.value)
    if message is None:
        raise UnreadableError("Not a message of DCSA.", findings=(finding("message-unknown", ""),))
    told = Gathered(options.limit)
    told.extend(check(source.value, message))
    document = _document(source.value, message)
    return Reading(
        standard=_NAME,
        version=message.version,
        profile=_NAME,
        outcome="refused" if told.has_error else "accepted",
        document=document,
        findings=told.result(),
        reference=_reference(document),
    )


def write(document: Document) -> bytes:
    """Write a message: one that was read as it was, or movements from scratch as events of Track and Trace 3.0.

    Args:
        document: What to write.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: It is neither movement nor manifest, was changed since it was read, or lacks what an event needs.

    Source: DCSA's definitions.
    """
    if not isinstance(document, (Movement, Manifest)):
        raise SenderError("DCSA has no message for this.", expected="movements, transport documents")
    if not document.extensions:
        if not isinstance(document, Movement):
            raise SenderError("Transport documents of DCSA are written only as they were read.")
        return write_json({"events": [write_event(each) for each in document.movements or (document,)]})
    value = _restored(document.extensions)
    message = message_of(value)
    if message is None or _document(value, message) != document:
        raise SenderError(
            "This document was changed since it was read, or is none of DCSA.",
            hint="Write movements without extensions as new events instead.",
        )
    return write_json(value)


def _document(value: Any, message: Message) -> Movement | Manifest:
    kept = _kept(value)
    if message.content == "events":
        listed = value if message.is_list else value.get("events", [value]) if "events" in value else [value]
        movements = tuple(
            read_event(each) for each in (listed if isinstance(listed, list) else ()) if isinstance(each, dict)
        )
        references = named(each for movement in movements for each in movement.references)
        return Movement(message_name=message.name, movements=movements, references=references, extensions=kept)
    if message.content == "other":
        return Movement(message_name=message.name, extensions=kept)
    papers = [value.get("document", value)] if message.content == "paper" else []
    for name in ("arrivalNotices", "arrivalNoticeNotifications") if message.content == "notice" else ():
        papers += value[name] if isinstance(value.get(name), list) else []
    return structs.replace(read_papers(each for each in papers if isinstance(each, dict)), extensions=kept)


def _kept(value: Any) -> tuple[Extension, ...]:
    """The whole message: each member of an object, or an array whole."""
    if isinstance(value, dict):
        members = [
            Extension(f"/{escaped(name)}", write_json(each, by_name=True).decode()) for name, each in value.items()
        ]
        return tuple(sorted(members, key=lambda each: each.path))
    return (Extension("", write_json(value, by_name=True).decode()),)


def _restored(extensions: tuple[Extension, ...]) -> Any:
    if extensions[0].path == "":
        return parse_json((extensions[0].value or "").encode())
    return {
        each.path[1:].replace("~1", "/").replace("~0", "~"): parse_json((each.value or "null").encode())
        for each in extensions
    }


def _reference(document: Movement | Manifest) -> str | None:
    if isinstance(document, Movement):
        return document.movements[0].functional_reference if len(document.movements) == 1 else None
    bills = document.bills
    return (bills[0].id or bills[0].unique_reference) if len(bills) == 1 else None


DCSA = Standard(
    name=_NAME,
    title="DCSA",
    recognises=recognises,
    read=read,
    write=write,
    profiles=(_NAME,),
)
