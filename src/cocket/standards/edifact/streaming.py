# SPDX-License-Identifier: Apache-2.0
"""Large interchanges message by message, and large cargo reports bill by bill.

Source: ISO 9735-1; UN/EDIFACT CUSCAR.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cocket.errors import SenderError, UnreadableError
from cocket.findings import Finding, Gathered
from cocket.model import Document, Reading
from cocket.standards.edifact.manifest import read_bill, read_manifest
from cocket.standards.edifact.messages import Group, Message, Reader
from cocket.standards.edifact.reader import DOCUMENTS, directory_of, reading_of, settled
from cocket.standards.edifact.twice import stated_twice
from cocket.standards.kind import Options
from cocket.standards.parts import Part
from cocket.standards.xml import LIMITS


class StreamedInterchange:
    """Interchanges on their way through. The bills of cargo reports are parts, and so is every other message.

    A container that no goods name is in no part: that it belongs to the only bill is known too late.

    Args:
        chunks: The bytes in order.
        options: How to read.

    Raises:
        UnreadableError: While the parts are taken: it cannot be read on.

    Source: ISO 9735-1.
    """

    def __init__(self, chunks: Iterable[bytes], options: Options) -> None:
        self._told = Gathered(options.limit)
        most = (options.limits or LIMITS).segments
        self._events = iter(Reader(chunks, directory_of(options), self._told, {"CUSCAR": "CNI"}, most))
        self._first = next(self._events, None)
        if self._first is None:
            raise UnreadableError("No message of EDIFACT can be read.", findings=self._told.result())
        message = self._first.message if isinstance(self._first, Group) else self._first
        self._head: Document | None = read_manifest(message.root.copy(), ()) if message.name == "CUSCAR" else None
        self._readings: list[Reading] = []
        self._is_done = False

    @property
    def head(self) -> Document:
        """The cargo report without bills; of other messages the first one.

        Raises:
            UnreadableError: There is none.
        """
        if self._head is None and isinstance(self._first, Message):
            self._head = DOCUMENTS[self._first.name](self._first.root)
        if self._head is None:
            raise UnreadableError("The first message has not been read.")
        return self._head

    def __iter__(self) -> Iterator[Part]:
        """The parts in order, once."""
        position, event = 0, self._first
        before = len(self._told)
        while event is not None:
            position += 1
            if isinstance(event, Group):
                document: Document | None = None
                bill = read_bill(event.node, event.message.root, is_only=False)
                self._told.extend(stated_twice(event.message.name, event.node, event.node.tag))
                findings = tuple(self._told)[before:]
                yield Part(position=position, document=bill, findings=findings)
            else:
                document = self._read(event)
                if event.name != "CUSCAR":
                    yield Part(position=position, document=document, findings=tuple(self._told)[before:])
            before = len(self._told)
            event = next(self._events, None)
        self._is_done = True

    def _read(self, message: Message) -> Document:
        """The document of a message; of all of them only the first is kept, for the reading of the whole."""
        document = (
            read_manifest(message.root, ()) if message.name == "CUSCAR" else DOCUMENTS[message.name](message.root)
        )
        if not self._readings:
            self._readings.append(reading_of(message, document))
        self._told.extend(stated_twice(message.name, message.root))
        return document

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the whole."""
        return self.reading.findings

    @property
    def reading(self) -> Reading:
        """What reading it at once gives, but for the bills in its document and for further messages.

        Raises:
            SenderError: Not all parts have been taken.
        """
        if not self._is_done or not self._readings:
            raise SenderError("The message has not been read to its end.")
        return settled(self._readings, self._told)


def stream(chunks: Iterable[bytes], options: Options) -> StreamedInterchange:
    """Begin to read large interchanges.

    Args:
        chunks: The bytes in order.
        options: How to read.

    Source: ISO 9735-1.
    """
    return StreamedInterchange(chunks, options)
