# SPDX-License-Identifier: Apache-2.0
"""Events out of messages, in the order in which these were taken in: a page of them, and where the next one begins."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection
from cocket.stores.intake.messages import StoredMessage

#: What stands in the place of an event that is asked for and not given, such as one of another edition: it is counted.
LEFT_OUT: Final = "left-out"

#: An event as it is given; None for one that is not asked for.
Given = dict[str, Any] | Literal["left-out"] | None

#: Leaf index past which messages are read, and how many events of the next one are left out (count).
Place = tuple[int, int]

#: Messages that are read for one answer (count): a page ends there, and says where to go on.
MOST_READ: Final = 1000
_AT_ONCE: Final = 100


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for.

    Attributes:
        senders: Whose messages, each with since when, UTC, None for all of them; None for messages of everybody.
        standards: Standards that they were read by (1..n).
        read: Gives the events of a message in their order.
    """

    senders: Mapping[str, datetime | None] | None
    standards: tuple[str, ...]
    read: Callable[[StoredMessage], Iterable[Given]]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events.

    Attributes:
        events: Each with the id of its message (0..n).
        next: Where to go on; None where there is nothing more.
        reached: Leaf index of the last message that was read; that of the start where none was.
        left_out: Events up to there that are asked for and were left out (count).
    """

    events: tuple[tuple[str, dict[str, Any]], ...]
    next: Place | None
    reached: int = -1
    left_out: int = 0

    @property
    def messages(self) -> tuple[str, ...]:
        """Ids of the messages that they came in, each once (0..n)."""
        return tuple(dict.fromkeys(message for message, _ in self.events))


def find_events(stores: Stores, connection: Connection, wanted: Wanted, start: Place, most: int) -> Found:
    """Events of messages past a place.

    Args:
        stores: The stores.
        connection: The transaction.
        wanted: What is looked for.
        start: Where to begin; (-1, 0) for the first message.
        most: Events at most (count).
    """
    found: list[tuple[str, dict[str, Any]]] = []
    index, skip = start
    looked = left_out = 0
    while looked < MOST_READ:
        limit = min(_AT_ONCE, MOST_READ - looked)
        batch = stores.messages.of_standards(connection, wanted.senders, wanted.standards, index, limit)
        if not batch:
            return Found(events=tuple(found), next=None, reached=index, left_out=left_out)
        for message in batch:
            looked += 1
            for number, event in enumerate(wanted.read(message)):
                if number < skip or event is None:
                    continue
                if isinstance(event, str):
                    left_out += 1
                    continue
                if len(found) >= most:
                    return Found(events=tuple(found), next=(index, number), reached=index, left_out=left_out)
                found.append((str(message.id), event))
            index, skip = message.index, 0
    return Found(events=tuple(found), next=(index, 0), reached=index, left_out=left_out)


def token_of(place: Place) -> str:
    """A place as it is told outside."""
    return base64.urlsafe_b64encode(f"{place[0]}.{place[1]}".encode()).decode().rstrip("=")


def place_of(token: str, code: str, words: str) -> Place:
    """A place by what was told outside.

    Args:
        token: What was told.
        code: Of the error, where it is none of ours.
        words: What the error says.

    Raises:
        SenderError: It is none of ours.
    """
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except ValueError as error:
        raise SenderError(words, code=code) from error
    match = re.fullmatch(r"(-1|\d{1,15})\.(\d{1,6})", text)
    if match is None:
        raise SenderError(words, code=code)
    return int(match[1]), int(match[2])
