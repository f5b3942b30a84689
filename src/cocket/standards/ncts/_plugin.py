# SPDX-License-Identifier: Apache-2.0
"""The standard as the house sees it."""

from __future__ import annotations

from lxml import etree

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import Declaration, Document, Movement, Reading, Response
from cocket.model.message import Function
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.leaves import Leaves, element_of, leaves_of
from cocket.standards.ncts.answers import ANSWERS, answer_leaves, read_answer
from cocket.standards.ncts.answers import message_of as answer_of
from cocket.standards.ncts.movements import MOVEMENTS, movement_leaves, read_movement
from cocket.standards.ncts.reader import FUNCTIONS, read_declaration
from cocket.standards.ncts.rules import check
from cocket.standards.ncts.tables import MESSAGES, NAMESPACE, PHASE, Edition, shape_of
from cocket.standards.ncts.writer import declaration_leaves
from cocket.standards.ncts.writer import message_of as declaration_message_of
from cocket.standards.reasons import explain, first, only_unknown
from cocket.standards.shape import Shape
from cocket.standards.written import unwritable

_NAME = "ncts"

#: By which edition each profile judges; the one with rules judges by them too.
_WITH_RULES, _BEFORE = "ncts-rules", "ncts-5.1"
_PROFILES: dict[str, Edition] = {_NAME: "6", _WITH_RULES: "6", _BEFORE: "5.1"}

#: By which profile a message is judged that states its phase and for which none was asked; any other by the first. The
#: edition of phase 5.0 is not at hand; that of phase 6 takes its messages.
_STATED = {"NCTS5.1": _BEFORE}

#: What each declaration is to an earlier one of the same reference.
_FUNCTIONS: dict[str, Function] = {"CC013C": "amendment", "CC170C": "amendment", "CC014C": "cancellation"}


def recognises(source: Source) -> bool:
    """Whether a message is one of transit, by its root element.

    Source: DDNTA, messages of the external domain and those to the export system.
    """
    space, name = source.root_name
    return space == NAMESPACE and name in MESSAGES


def read(source: Source, options: Options) -> Reading:
    """Read and check one message.

    Args:
        source: The message.
        options: How to read; nothing is known that leniency would repair.

    Returns:
        The reading; its version is the phase that the message states, by whose edition it is judged unless a profile
        was asked for. A refused message is read too, as far as it
        goes.

    Source: DG TAXUD, NCTS, DDNTA 6.4.1 and 5.1.
    """
    profile = options.profile if options.profile in _PROFILES else _STATED.get(source.root.get(PHASE), _NAME)
    shape, message = shape_of(_PROFILES[profile]), source.root_name[1] or ""
    leaves = leaves_of(source.root, shape.outline)
    document = _document(leaves, message)
    findings: tuple[Finding, ...] = ()
    if not shape.accepts(source.root):
        hint = _other_edition(source, profile) if options.profile is None else ()
        findings = (*hint, *first(explain(shape, source.root), options.limit))
    elif profile == _WITH_RULES:
        findings = first(check(source.root), options.limit)
    is_refused = any(finding.severity == "error" for finding in findings)
    return Reading(
        standard=_NAME,
        version=source.root.get(PHASE),
        profile=profile,
        outcome="refused" if is_refused else "accepted",
        document=document,
        findings=findings,
        function=_FUNCTIONS.get(message, "original"),
        reference=document.functional_reference or getattr(document, "id", None),
    )


def _other_edition(source: Source, profile: str) -> tuple[Finding, ...]:
    """A word to a sender whose message is right in the other edition than the one it was judged by."""
    other = _BEFORE if profile == _NAME else _NAME
    if not shape_of(_PROFILES[other]).accepts(source.root):
        return ()
    return (
        Finding(
            code="ncts-edition-before" if other == _BEFORE else "ncts-edition-after",
            severity="info",
            message="the message is valid in edition {edition}, which the profile {expected} uses",
            expected=other,
            found=source.root.get(PHASE),
            arguments={"edition": _PROFILES[other]},
        ),
    )


def _document(leaves: Leaves, message: str) -> Declaration | Movement | Response:
    if message in FUNCTIONS:
        return read_declaration(leaves, message)
    return read_movement(leaves, message) if message in MOVEMENTS else read_answer(leaves, message)


def draft(document: Document) -> tuple[etree._Element, Shape]:
    """A message, even if it lacks what is asked for or holds what has no room.

    Args:
        document: What to write.

    Returns:
        Its root element, and the shape it is to have: that of the edition of the phase it states, of the other one if
        only that has room for it.

    Raises:
        SenderError: It is no document of this standard, or contains text that XML does not allow.

    Source: DG TAXUD, NCTS, DDNTA 6.4.1 and 5.1.
    """
    message, leaves = _leaves(document)
    try:
        element = element_of(leaves, shape_of("6").outline, message)
        own: Edition = "5.1" if element.get(PHASE) in _STATED else "6"
        other: Edition = "6" if own == "5.1" else "5.1"
        drafts = [(element_of(leaves, shape_of(each).outline, message), shape_of(each)) for each in (own, other)]
    except ValueError as error:  # lxml's word for a character or a name that XML has no way to write
        raise SenderError("This document contains text that XML does not allow.", found=str(error)) from error
    return next((draft for draft in drafts if draft[1].accepts(draft[0])), drafts[0])


def _leaves(document: Document) -> tuple[str, Leaves]:
    if isinstance(document, Declaration):
        return declaration_message_of(document), declaration_leaves(document)
    if isinstance(document, Movement) and document.message_name in MOVEMENTS:
        return document.message_name, movement_leaves(document)
    message = answer_of(document) if isinstance(document, Response) else None
    if message is None or not isinstance(document, Response):
        known = ", ".join((*FUNCTIONS, *MOVEMENTS, *ANSWERS))
        raise SenderError(
            "This is not a transit message.",
            expected=known,
            found=type(document).__name__,
            findings=_unnamed(document),
        )
    return message, answer_leaves(document, message)


def _unnamed(document: Document) -> tuple[Finding, ...]:
    """The field by which a movement or an answer is told from others of its kind."""
    if isinstance(document, Movement):
        return (unwritable("message_name", document.message_name),)
    return (unwritable("function_code", document.function_code),) if isinstance(document, Response) else ()


def write(document: Document) -> bytes:
    """Write a message.

    Args:
        document: What to write: a declaration by its function, a movement by its name, an answer by its number.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: It is no message of transit, or does not fit into one; `findings` say why.

    Source: DG TAXUD, NCTS, DDNTA 6.4.1 and 5.1.
    """
    element, shape = draft(document)
    if not shape.accepts(element):
        findings = first(explain(shape, element), Options().limit)
        # A field that was unknown when read is written back where it stood, and is as unknown there.
        if not only_unknown(findings):
            raise SenderError("This document does not fit into a transit message.", findings=findings)
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True)


NCTS = Standard(
    name=_NAME,
    title="New Computerised Transit System (NCTS), phases 5 and 6",
    recognises=recognises,
    read=read,
    write=write,
    profiles=tuple(_PROFILES),
)
