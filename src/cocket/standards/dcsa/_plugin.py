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
from cocket.model import Document, Manifest, Movement, Reading
from cocket.standards.dcsa.bill_writer import write_bill
from cocket.standards.dcsa.drawing import named
from cocket.standards.dcsa.events import read_event, write_event
from cocket.standards.dcsa.messages import Message, message_of
from cocket.standards.dcsa.papers import read_papers
from cocket.standards.dcsa.rules import check, finding
from cocket.standards.json import write_json
from cocket.standards.json_kept import kept, restored
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.written import differences

_ONE = "A bill of lading is one transport document."
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
        raise UnreadableError("Not a DCSA message.", findings=(finding("message-unknown", ""),))
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
        function="cancellation" if _is_retraction(source.value) else "original",
        reference=_reference(document),
    )


def write(document: Document) -> bytes:
    """Write a message: one that was read as it was, movements from scratch as events of Track and Trace
    3.0, or one transport document from scratch as the draft of a bill of lading.

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
        if isinstance(document, Manifest):
            return write_json(_drafted(document))
        return write_json({"events": [write_event(each) for each in document.movements or (document,)]})
    value = restored(document.extensions)
    message = message_of(value)
    again = None if message is None else _document(value, message)
    if again != document:
        raise SenderError(
            "This document was changed after it was read, or is not a DCSA message.",
            hint="Write movements without extensions as new events instead.",
            findings=differences(document, again),
        )
    return write_json(value)


def _drafted(manifest: Manifest) -> dict[str, Any]:
    if len(manifest.bills) != 1:
        found = str(len(manifest.bills))
        raise SenderError(_ONE, code="convert-several-bills", expected="1", found=found, hint="Choose one with --bill.")
    return write_bill(manifest, manifest.bills[0])


def _document(value: Any, message: Message) -> Movement | Manifest:
    whole = kept(value)
    if message.content == "events":
        listed = value if message.is_list else value.get("events", [value]) if "events" in value else [value]
        movements = tuple(
            read_event(each) for each in (listed if isinstance(listed, list) else ()) if isinstance(each, dict)
        )
        references = named(each for movement in movements for each in movement.references)
        return Movement(message_name=message.name, movements=movements, references=references, extensions=whole)
    if message.content == "other":
        return Movement(message_name=message.name, extensions=whole)
    papers = [value.get("document", value)] if message.content == "paper" else []
    for name in ("arrivalNotices", "arrivalNoticeNotifications") if message.content == "notice" else ():
        papers += value[name] if isinstance(value.get(name), list) else []
    return structs.replace(read_papers(each for each in papers if isinstance(each, dict)), extensions=whole)


def _is_retraction(value: Any) -> bool:
    """Whether every event of a message takes one back: such a message tells nothing new."""
    listed = value.get("events") if isinstance(value, dict) else None
    events = listed if isinstance(listed, list) else []
    return bool(events) and all(isinstance(one, dict) and one.get("isRetracted") is True for one in events)


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
