# SPDX-License-Identifier: Apache-2.0
"""Bytes → readings: one for each message of the interchanges, all findings with the first.

Source: ISO 9735-1; UN/EDIFACT directories D.95B to D.24A.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from cocket.errors import UnreadableError
from cocket.findings import Gathered
from cocket.model import Document, Reading
from cocket.model.message import Function
from cocket.standards.edifact.declaration import read_declaration, read_response
from cocket.standards.edifact.findings import finding, unreadable
from cocket.standards.edifact.manifest import read_manifest
from cocket.standards.edifact.messages import Message, Reader
from cocket.standards.edifact.movement import read_movement
from cocket.standards.edifact.nodes import Node
from cocket.standards.edifact.tables import Directory, brought, built_in
from cocket.standards.edifact.twice import stated_twice
from cocket.standards.kind import Options, Source
from cocket.standards.xml import LIMITS

#: Bytes of interchanges that are read as a whole, at most; larger ones are read in parts.
SIZE = 8 * 1024 * 1024
#: Messages that are read as a whole, at most (count).
MESSAGES = 10_000

#: What the functions of a message (UNCL 1225) are; any other is a new one.
FUNCTIONS: dict[str, Function] = {
    "1": "cancellation",
    "3": "cancellation",
    "2": "amendment",
    "4": "amendment",
    "5": "amendment",
    "20": "amendment",
    "36": "amendment",
}

DOCUMENTS: dict[str, Callable[[Node], Document]] = {
    "CUSCAR": read_manifest,
    "CUSDEC": read_declaration,
    "GOVCBR": read_declaration,
    "CUSRES": read_response,
    **{
        name: (lambda root, name=name: read_movement(name, root))  # type: ignore[misc]  # a lambda cannot name its types
        for name in ("CUSREP", "IFTSTA", "CODECO", "COARRI", "BAPLIE")
    },
}


def directory_of(options: Options) -> Directory:
    """The tables to judge by: the user's own if there are any.

    Raises:
        SenderError: The user's are no such tables.

    Source: UN/EDIFACT directories.
    """
    return built_in() if options.package is None else brought(options.package)


def read(source: Source, options: Options) -> Reading:
    """Read and check the messages of one or more interchanges.

    Args:
        source: The bytes.
        options: How to read; `package` may hold tables of the user's own.

    Returns:
        The reading of the first message, with those of the others in `further`. A refused one is read as far as it
        goes.

    Raises:
        UnreadableError: There is no message that can be read at all.
        SenderError: The tables brought are none.

    Source: ISO 9735-1; UN/EDIFACT directories.
    """
    told = Gathered(options.limit)
    limits = options.limits or structs.replace(LIMITS, size=SIZE)
    if len(source.data) > limits.size:
        found = finding("edifact-too-large", None, expected=str(limits.size), what="bytes of the whole")
        raise UnreadableError("Too large to be read as a whole.", code=found.code, findings=(found,))
    readings: list[Reading] = []
    try:
        for message in Reader([source.data], directory_of(options), told, segments=limits.segments):
            if len(readings) == MESSAGES:
                raise unreadable(finding("edifact-too-large", None, expected=str(MESSAGES), what="messages"))
            if isinstance(message, Message):  # groups are given to a stream only
                readings.append(reading_of(message, DOCUMENTS[message.name](message.root)))
                told.extend(stated_twice(message.name, message.root))
    except UnreadableError as error:
        told.extend(error.findings)
    if not readings:
        raise UnreadableError("No message of EDIFACT can be read.", findings=told.result())
    return settled(readings, told)


def reading_of(message: Message, document: Document) -> Reading:
    """The reading of one message, as yet without findings.

    Source: UN/EDIFACT BGM, message function and number.
    """
    begin = message.root.first("BGM")
    return Reading(
        standard=f"edifact-{message.name.lower()}",
        version=f"D.{message.release}",
        profile=NAME,
        outcome="accepted",
        document=document,
        function=FUNCTIONS.get(begin.get(3), "original") if begin else "original",
        reference=(begin.get(2) or None) if begin else None,
    )


def settled(readings: list[Reading], told: Gathered) -> Reading:
    """Readings of one delivery as one, with what was found: they are accepted or refused together.

    Source: ISO 9735-4: an interchange is acknowledged as a whole.
    """
    outcome = "refused" if told.has_error else "accepted"
    first, *others = (structs.replace(each, outcome=outcome) for each in readings)
    return structs.replace(first, findings=told.result(), further=tuple(others))


#: Name of the one profile.
NAME = "un-edifact"
