# SPDX-License-Identifier: Apache-2.0
"""The two standards as the house sees them: declarations and their amendments, and the answers to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from lxml import etree
from msgspec import structs

from cocket.errors import SenderError, UnreadableError
from cocket.findings import Finding
from cocket.model import Declaration, Document, Reading, Response
from cocket.model.message import Outcome
from cocket.standards.ens.answers import message_of as answer_of
from cocket.standards.ens.answers import read_response, response_node
from cocket.standards.ens.envelope import location_of, messages_in
from cocket.standards.ens.explanation import OF_THE_UNKNOWN, explain
from cocket.standards.ens.fields import ANSWERS, DECLARATIONS, MESSAGES, Message
from cocket.standards.ens.reader import AMENDMENT, MADE, read_declaration
from cocket.standards.ens.rules import check
from cocket.standards.ens.schema import accepts
from cocket.standards.ens.tree import Node, element_of, tree_of
from cocket.standards.ens.writer import declaration_node, message_of
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.written import unwritable

_NEW = "gb-ens-new"
_PROFILES = ("gb-ens", _NEW)


def recognises_declaration(source: Source) -> bool:
    """Whether a message is an entry summary declaration or an amendment of one, by its root element.

    Source: ICS functional specification, IE315 and IE313.
    """
    return _is_one_of(source, DECLARATIONS)


def recognises_answer(source: Source) -> bool:
    """Whether a message is an answer of customs to an entry summary declaration, by its root element.

    Source: ICS functional specification, IE304, IE305, IE316, IE328, IE351.
    """
    return _is_one_of(source, ANSWERS)


def _is_one_of(source: Source, names: tuple[str, ...]) -> bool:
    found = [] if source.root is None else messages_in(source.root)
    return bool(found) and found[0][0].name in names


def _messages(source: Source) -> list[tuple[Message, etree._Element]]:
    """The messages of a source (1..n), the one that is read first.

    Raises:
        UnreadableError: There is none.
    """
    found = [] if source.root is None else messages_in(source.root)
    if not found:
        raise UnreadableError("This is not an import control system message.", code="standard-unknown")
    return found


def read_as_declaration(source: Source, options: Options) -> Reading:
    """Read and check an entry summary declaration or an amendment of one.

    Args:
        source: The message.
        options: How to read; nothing is known that leniency would repair.

    Returns:
        The reading. A refused declaration is read too, as far as it goes.

    Source: ICS functional specification, IE315 and IE313; GB business rules for them.
    """
    (message, root), *others = _messages(source)
    profile = _profile(options)
    document = read_declaration(tree_of(root), message.name)
    found: Iterable[Finding]
    if accepts(root, message.name, is_new=profile == _NEW):
        found = chain(_placed(check(root, profile), root), _impossible_date(document, root, message))
    else:
        found = explain(root, message, is_new=profile == _NEW)
    findings = _told(found, others, options)
    return Reading(
        standard="ens",
        version=message.number,
        profile=profile,
        outcome=_outcome(findings),
        document=document,
        findings=findings,
        function="amendment" if message.name == AMENDMENT else "original",
        reference=document.functional_reference or document.id,
    )


def read_as_answer(source: Source, options: Options) -> Reading:
    """Read and check an answer of customs.

    Args:
        source: The message.
        options: How to read; nothing is known that leniency would repair.

    Returns:
        The reading. A refused answer is read too, as far as it goes.

    Source: ICS functional specification, IE304, IE305, IE316, IE328, IE351.
    """
    (message, root), *others = _messages(source)
    profile = _profile(options)
    document = read_response(tree_of(root), message)
    is_sound = accepts(root, message.name, is_new=profile == _NEW)
    findings = _told(() if is_sound else explain(root, message, is_new=profile == _NEW), others, options)
    return Reading(
        standard="ens-response",
        version=message.number,
        profile=profile,
        outcome=_outcome(findings),
        document=document,
        findings=findings,
        reference=document.functional_reference,
    )


def write_declaration(document: Document) -> bytes:
    """Write an entry summary declaration or, if its function asks for a change, an amendment of one.

    Args:
        document: What to write; one of another standard is completed as far as it says what is asked for.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: It is not a declaration, or does not fit into the message; `findings` say why.

    Source: ICS functional specification, IE315 and IE313.
    """
    if not isinstance(document, Declaration):
        kind = type(document).__name__
        raise SenderError(f"A {kind} cannot be written as an entry summary declaration.", found=kind)
    return _written(declaration_node(document), MESSAGES[message_of(document)])


def write_answer(document: Document) -> bytes:
    """Write an answer of customs.

    Args:
        document: What to write; its function code is the number of the message, such as `IE328`.

    Returns:
        The message as UTF-8.

    Raises:
        SenderError: It is no such answer, or does not fit into the message; `findings` say why.

    Source: ICS functional specification, IE304, IE305, IE316, IE328, IE351.
    """
    message = answer_of(document) if isinstance(document, Response) else None
    if message is None or not isinstance(document, Response):
        numbers = ", ".join(MESSAGES[name].number for name in ANSWERS)
        findings = (unwritable("function_code", document.function_code),) if isinstance(document, Response) else ()
        raise SenderError(
            "This is not a response to an entry summary declaration.", expected=numbers, findings=findings
        )
    return _written(response_node(document, message), message)


def _profile(options: Options) -> str:
    return options.profile if options.profile in _PROFILES else _PROFILES[0]


def _told(
    found: Iterable[Finding], others: list[tuple[Message, etree._Element]], options: Options
) -> tuple[Finding, ...]:
    """Findings up to the limit, and a second message in the same envelope. What is past the limit is not looked for."""
    repeated = (
        Finding(
            code="ens-message-repeated",
            severity="error",
            message="there is more than one message in the envelope",
            location=location_of(root),
        )
        for _, root in others
    )
    kept = tuple(islice(chain(repeated, found), options.limit + 1))
    if len(kept) <= options.limit:
        return kept
    note = Finding(code="findings-left-out", severity="error", message="further findings were left out")
    return (*kept[: options.limit], note)


def _outcome(findings: Iterable[Finding]) -> Outcome:
    return "refused" if any(finding.severity == "error" for finding in findings) else "accepted"


def _placed(found: Iterable[Finding], root: etree._Element) -> Iterable[Finding]:
    """Findings whose locations start at the message, with what stands around it in front."""
    parent = root.getparent()
    if parent is None:
        return found
    # A message is the only one of its name among its siblings as long as it is the only message.
    around = location_of(parent)
    return (structs.replace(each, location=f"{around}{each.location}") for each in found)


def _impossible_date(document: Declaration, root: etree._Element, message: Message) -> Iterator[Finding]:
    """The format lets days through that no year or no such year has."""
    if document.issued is None:
        for element in root.iterfind(f"HEAHEA/{MADE[message.name]}"):
            yield Finding(
                code="ens-date-impossible",
                severity="warning",
                message="there is no such date: {found}",
                location=location_of(element),
                found=element.text,
            )


def _written(node: Node, message: Message) -> bytes:
    try:
        root = element_of(node, message)
    except ValueError as error:  # lxml's word for a character or a name that XML has no way to write
        raise SenderError("This document contains text that XML does not allow.", found=str(error)) from error
    if not accepts(root, message.name, is_new=True):
        findings = tuple(explain(root, message, is_new=True))
        # A field that was unknown when read is written back where it stood, and is as unknown there.
        if any(finding.code not in OF_THE_UNKNOWN for finding in findings):
            raise SenderError(f"This document does not fit into {message.number}.", findings=findings)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


ENS = Standard(
    name="ens",
    title="Entry summary declaration (ICS IE315, IE313)",
    recognises=recognises_declaration,
    read=read_as_declaration,
    write=write_declaration,
    profiles=_PROFILES,
)

ENS_RESPONSE = Standard(
    name="ens-response",
    title="Answer to an entry summary declaration (ICS IE304, IE305, IE316, IE328, IE351)",
    recognises=recognises_answer,
    read=read_as_answer,
    write=write_answer,
    profiles=_PROFILES,
)
