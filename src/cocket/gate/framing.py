# SPDX-License-Identifier: Apache-2.0
"""Where one request ends and the next begins: bytes in, checked bytes out, one request at a time.

Two readers that disagree about this are what request smuggling needs. Nothing passes to the second reader that this
one has not found plain.
"""

from __future__ import annotations

import re
from typing import Final

from cocket.gate.bounds import Bounds
from cocket.gate.head import Head, check_begun, read_head, too_large
from cocket.gate.refusal import RequestError

#: Chunks that every body may have, and bytes that each further one must hold on average: one byte a chunk costs us
#: a thousand times what it costs the sender.
_FREE_CHUNKS: Final = 1000
_LEAST_CHUNK: Final = 256
#: Deviation: RFC 9112 §7.1.1 lets a server ignore chunk extensions, and §7.1.2 trailers; no sender of ours needs them.
_CHUNK_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,8}")
_LONGEST_SIZE_LINE: Final = 8 + 2
_END_OF_CHUNKS: Final = b"\r\n"


class Framing:
    """The requests of one connection, one after the other.

    Args:
        bounds: Limits of this door.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._begun = b""
        self._body: _Sized | _Chunked | None = None
        #: The head of the request that is under way; None between requests.
        self.head: Head | None = None
        #: Bytes of the last head that came, good or not; of one that has begun, what came of it.
        self.seen = b""
        #: Bytes of the body received so far, framing included.
        self.received = 0

    @property
    def is_between(self) -> bool:
        """Whether no byte of an unfinished request has come."""
        return self.head is None and not self._begun

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Take bytes as they come in, to the end of the request under way and no further.

        Args:
            data: Bytes from the connection.

        Returns:
            Bytes that are found good and may pass on (the whole head at once), and bytes of the next request.

        Raises:
            RequestError: The request is malformed or too large; the connection is of no further use.

        Source: RFC 9112 §6.3, §7.1.
        """
        if self.head is not None:
            return self._take_body(b"", data)
        whole = self._begun + data
        end = _after(b"\r\n\r\n", whole, max(0, len(self._begun) - 3))
        if not end:
            self.seen = whole
            check_begun(whole, len(self._begun), self._bounds)
            self._begun = whole
            return b"", b""
        head = self.seen = whole[:end]
        self._begun = b""
        self.head = read_head(head, self._bounds)
        self.received = 0
        length = self.head.length
        self._body = _Chunked(self._bounds) if length is None else _Sized(length)
        return self._take_body(head, whole[end:])

    def _take_body(self, head: bytes, data: bytes) -> tuple[bytes, bytes]:
        if self._body is None:
            return head, data
        used = self._body.take(data)
        self.received += used
        if self._body.is_complete:
            self.head = self._body = None
        return head + data[:used], data[used:]


class _Sized:
    """A body of a stated length."""

    def __init__(self, length: int) -> None:
        self._left = length

    @property
    def is_complete(self) -> bool:
        return self._left == 0

    def take(self, data: bytes) -> int:
        used = min(self._left, len(data))
        self._left -= used
        return used


class _Chunked:
    """A body in chunks: size lines of hexadecimal digits and nothing else, no trailers.

    Source: RFC 9112 §7.1.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._line = b""
        self._left = 0
        self._total = 0
        self._chunks = 0
        self._expects = "size"
        self.is_complete = False

    def take(self, data: bytes) -> int:
        """How many bytes belong to this body, each checked."""
        at = 0
        while at < len(data) and not self.is_complete:
            if self._expects == "data":
                used = min(self._left, len(data) - at)
                self._left -= used
                at += used
                if self._left == 0:
                    self._expects = "end-of-chunk"
            else:
                at += self._take_line(data[at : at + _LONGEST_SIZE_LINE])
        return at

    def _take_line(self, data: bytes) -> int:
        """Take bytes of a size line, or of the CRLF after a chunk or after the last one."""
        before = len(self._line)
        line = self._line + data
        longest = _LONGEST_SIZE_LINE if self._expects == "size" else len(_END_OF_CHUNKS)
        end = _after(b"\r\n", line[:longest])
        if not end:
            if len(line) >= longest or not _may_grow(line, self._expects):
                raise _malformed()
            self._line = line
            return len(data)
        self._line = b""
        self._finish_line(line[: end - 2])
        return end - before

    def _finish_line(self, line: bytes) -> None:
        if self._expects == "size":
            self._begin_chunk(line)
        elif line:
            raise _malformed()
        elif self._expects == "end-of-chunk":
            self._expects = "size"
        else:
            self.is_complete = True

    def _begin_chunk(self, line: bytes) -> None:
        if not _CHUNK_SIZE.fullmatch(line):
            raise _malformed()
        self._left = int(line, 16)
        self._total += self._left
        self._chunks += 1
        if self._total > self._bounds.body_bytes:
            raise too_large(self._bounds)
        if self._chunks > _FREE_CHUNKS + self._total // _LEAST_CHUNK:
            raise RequestError("The body comes in too many small chunks.", code="chunks-too-small")
        self._expects = "data" if self._left else "end-of-body"


def _malformed() -> RequestError:
    return RequestError("The chunks of the body are malformed.", code="chunk")


def _after(mark: bytes, data: bytes, start: int = 0) -> int:
    """Where the first `mark` ends; 0 if there is none."""
    at = data.find(mark, start)
    return 0 if at < 0 else at + len(mark)


def _may_grow(line: bytes, expects: str) -> bool:
    """Whether more bytes can still make this the line that is expected."""
    digits = line.removesuffix(b"\r")
    return digits == b"" if expects != "size" else bool(_CHUNK_SIZE.fullmatch(digits))
