# SPDX-License-Identifier: Apache-2.0
"""Senders who lodge under faults as a careful sender does: each message again and again until it is acknowledged."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from tests.messages import declaration

ACCEPTED, CONFLICT, UNAVAILABLE = 202, 409, 503


@dataclass(frozen=True)
class Answer:
    """One answer over HTTP."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(frozen=True)
class Acknowledged:
    """What a sender holds in hand: from here on the house is bound.

    Attributes:
        reference: Reference of the declaration, which gives its content.
        message: Id it was answered with.
        receipt: The receipt, as JSON with sorted names.
        at: When, monotonic seconds.
    """

    reference: str
    message: str
    receipt: str
    at: float

    @property
    def promise(self) -> dict[str, Any]:
        """What the receipt promises."""
        return dict(json.loads(self.receipt)["promise"])


def sorted_json(value: object) -> str:
    """JSON that is the same text for the same value."""
    return json.dumps(value, sort_keys=True)


class Line:
    """A connection to the HTTP door, kept open, and opened again at need.

    Args:
        address: Tells where the door is, as `host:port`; asked at each opening.
        key: API key.
    """

    def __init__(self, address: Callable[[], str], key: str) -> None:
        self._address = address
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/xml"}
        self._connection: http.client.HTTPConnection | None = None

    def lodge(self, content: bytes) -> Answer:
        """Lodge one message.

        Raises:
            OSError: Nothing was answered.
        """
        return self.ask("POST", "/v1/messages", content)

    def ask(self, method: str, path: str, content: bytes | None = None) -> Answer:
        """Ask one thing.

        Raises:
            OSError: Nothing was answered.
        """
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self._address() or "127.0.0.1:9", timeout=30)
            self._connection.request(method, path, content, self._headers)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise ConnectionError(str(error)) from error
        headers = {name.lower(): value for name, value in answer.getheaders()}
        is_json = headers.get("content-type") == "application/json"
        return Answer(answer.status, headers, json.loads(body) if is_json else {"text": repr(body)})

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Lodgers:
    """Threads that lodge distinct declarations and remember each acknowledgement.

    Args:
        address: Tells where the door is.
        key: API key.
        name: Begins every reference.
        threads: How many senders (count).
        per_second: Messages all of them together lodge at most.

    Attributes:
        acknowledged: What was acknowledged, in the order in which it came.
        statuses: How often each status was answered; 0 stands for no answer.
        unfit: Answers that no house may give, as sentences.
    """

    def __init__(
        self, address: Callable[[], str], key: str, name: str = "load", *, threads: int = 4, per_second: float = 120.0
    ) -> None:
        self._address = address
        self._key = key
        self._pause = threads / per_second
        self._references = _distinct(name)
        self._lock = threading.Lock()
        self._is_stopping = threading.Event()
        self._threads = [threading.Thread(target=self._lodge_on, daemon=True) for _ in range(threads)]
        self.acknowledged: list[Acknowledged] = []
        self.statuses: Counter[int] = Counter()
        self.unfit: list[str] = []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_stopping.set()
        for thread in self._threads:
            thread.join()

    def count_since(self, moment: float) -> int:
        """Acknowledgements that came after a moment, monotonic seconds."""
        return sum(1 for one in itertools.takewhile(lambda one: one.at > moment, reversed(self.acknowledged)))

    def _lodge_on(self) -> None:
        line = Line(self._address, self._key)
        while not self._is_stopping.is_set():
            with self._lock:
                reference = next(self._references)
            started = time.monotonic()
            while not self._lodge(line, reference) and not self._is_stopping.wait(0.05):
                pass
            self._is_stopping.wait(max(0.0, started + self._pause - time.monotonic()))
        line.close()

    def _lodge(self, line: Line, reference: str) -> bool:
        """Whether the message is acknowledged now."""
        try:
            answer = line.lodge(declaration(reference))
        except ConnectionError:
            self.statuses[0] += 1
            return False
        self.statuses[answer.status] += 1
        if answer.status == ACCEPTED:
            one = Acknowledged(reference, answer.body["id"], sorted_json(answer.body["receipt"]), time.monotonic())
            self.acknowledged.append(one)
        elif answer.status != UNAVAILABLE or "retry-after" not in answer.headers or "receipt" in answer.body:
            self.unfit.append(f"{answer.status} {answer.headers} {answer.body}")
        return answer.status == ACCEPTED


def _distinct(name: str) -> Iterator[str]:
    """References whose declarations are of different consignments, by the way `declaration` names these."""
    seen: set[int] = set()
    for number in itertools.count(1):
        reference = f"{name}-{number:06}"
        consignment = zlib.crc32(reference.encode()) % 10**8
        if consignment not in seen:
            seen.add(consignment)
            yield reference
