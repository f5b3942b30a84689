# SPDX-License-Identifier: Apache-2.0
"""The reading's document → JSON or XML.

Source: GS1 EPCIS 2.0 §9, §10.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from cocket.errors import SenderError
from cocket.model import Document, Movement
from cocket.standards.epcis.events import restored, time_text, write_event
from cocket.standards.epcis.reader import BODIES, QUERY
from cocket.standards.epcis.tables import EVENTS, OLD_EVENT
from cocket.standards.epcis.xml_form import CONTEXT, xml_form
from cocket.standards.json import write_json
from cocket.standards.written import unwritable


def write_epcis(document: Document) -> bytes:
    """Write a document, an event or a query in JSON.

    Args:
        document: A movement: `message_name` says as what, `movements` are its events.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: It is no movement, or holds what EPCIS has no room for.

    Source: GS1 EPCIS 2.0 §10.
    """
    return write_json(_form(document))


def write_epcis_xml(document: Document) -> bytes:
    """Write a document or an event in XML.

    Args:
        document: A movement: `message_name` says as what, `movements` are its events.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: It is no movement, or holds what EPCIS or XML has no room for.

    Source: GS1 EPCIS 2.0 §9.
    """
    form = _form(document)
    if form.get("type") is None:
        raise SenderError("A bare query can only be written in JSON.", expected="epcis")
    return etree.tostring(xml_form(form), encoding="UTF-8", xml_declaration=True)


def _form(document: Document) -> dict[str, Any]:
    if not isinstance(document, Movement) or document.message_name is None:
        raise SenderError("Only movements can be written as events.", found=type(document).__name__)
    name = document.message_name
    if name in (*EVENTS, OLD_EVENT) or (document.occurred is not None and not document.movements):
        event = write_event(document)
        return {"@context": event.pop("@context", [CONTEXT]), **event}
    kept = restored(document.extensions)
    if name == QUERY:
        return kept
    form = {"@context": kept.pop("@context", [CONTEXT]), "type": name, **kept}
    if name in BODIES and (document.movements or not _has_body(form, name)):
        _fill(form, document)
    elif document.movements:
        raise SenderError(
            "A document of this kind has no events.",
            expected=", ".join(BODIES),
            found=name,
            findings=(unwritable("message_name", name),),
        )
    return form


def _has_body(form: dict[str, Any], name: str) -> bool:
    """Whether what was kept has a body that is not one of events, or has the list that the events go to."""
    body = form.get("epcisBody")
    if name == "EPCISQueryDocument" and isinstance(body, dict) and body.keys() - {"queryResults"}:
        return True
    inner: Any = form
    for step in BODIES[name]:
        inner = inner.get(step) if isinstance(inner, dict) else None
    return isinstance(inner, dict) and bool(inner.keys() & {"eventList", "vocabularyList"})


def _fill(form: dict[str, Any], document: Movement) -> None:
    """Put the events in, and what a document from scratch lacks."""
    inner = form
    for step in BODIES[str(document.message_name)]:
        inner = inner.setdefault(step, {})
        if not isinstance(inner, dict):
            raise SenderError("The body of this document has no room for events.", found=step)
    inner["eventList"] = [write_event(each) for each in document.movements]
    if not document.extensions:
        form["schemaVersion"] = "2.0"
        if document.occurred is not None:
            form["creationDate"] = time_text(document.occurred)
