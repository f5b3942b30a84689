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
from cocket.standards.json import write_json
from cocket.standards.json_kept import kept, restored
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.uncefact.devices import read_notification
from cocket.standards.uncefact.messages import NOTIFICATION, check, finding, message_of
from cocket.standards.uncefact.papers import read_papers, write_bill
from cocket.standards.written import differences

_ONE = "A bill of lading is one transport document."
_NAME, _VERSION = "uncefact", "D23B"


def recognises(source: Source) -> bool:
    """Whether a message is one of UN/CEFACT in JSON, by its members.

    Source: UN/CEFACT JSON schemas D23B.
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
        UnreadableError: It is none of these messages.

    Source: UN/CEFACT JSON schemas D23B.
    """
    message = message_of(source.value)
    if message is None:
        raise UnreadableError("Not a UN/CEFACT message.", findings=(finding("message-unknown", ""),))
    told = Gathered(options.limit)
    told.extend(check(source.value, message))
    document = _document(source.value, message)
    return Reading(
        standard=_NAME,
        version=_VERSION,
        profile=_NAME,
        outcome="refused" if told.has_error else "accepted",
        document=document,
        findings=told.result(),
        reference=_reference(document),
    )


def write(document: Document) -> bytes:
    """Write a message: one that was read as it was, or one transport document from scratch as a bill of lading.

    Args:
        document: What to write.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: It is neither movement nor manifest, was changed since it was read, or is no single bill.

    Source: UN/CEFACT JSON schemas D23B.
    """
    if not isinstance(document, (Movement, Manifest)):
        raise SenderError("UN/CEFACT's JSON here has no message for this.", expected="movements, transport documents")
    if not document.extensions:
        return write_json(_made(document))
    value = restored(document.extensions)
    message = message_of(value)
    again = None if message is None else _document(value, message)
    if again != document:
        raise SenderError(
            "This document was changed after it was read, or is not a UN/CEFACT message.",
            hint="Write a manifest with one bill and without extensions as a new bill of lading instead.",
            findings=differences(document, again),
        )
    return write_json(value)


def _made(document: Movement | Manifest) -> dict[str, Any]:
    if not isinstance(document, Manifest):
        raise SenderError("Movements are written only as they were read.", found=type(document).__name__)
    if len(document.bills) != 1:
        found = str(len(document.bills))
        raise SenderError(_ONE, code="convert-several-bills", expected="1", found=found, hint="Choose one with --bill.")
    return write_bill(document, document.bills[0])


def _document(value: dict[str, Any], message: str) -> Movement | Manifest:
    document = read_notification(value) if message == NOTIFICATION else read_papers(value)
    return structs.replace(document, extensions=kept(value))


def _reference(document: Movement | Manifest) -> str | None:
    if isinstance(document, Movement):
        return document.functional_reference
    return document.bills[0].id if len(document.bills) == 1 else None


UNCEFACT = Standard(
    name=_NAME,
    title="UN/CEFACT (JSON)",
    recognises=recognises,
    read=read,
    write=write,
    profiles=(_NAME,),
)
