# SPDX-License-Identifier: Apache-2.0
"""How bytes are packed before they are stored: zstd, by a compressor of each thread's own.

One compressor for all threads fails, or worse, as soon as two use it at once.
"""

from __future__ import annotations

import threading
from typing import Final

import zstandard

#: How everything begins that `pack` gave; its first byte is a round bracket, with which no JSON begins.
_PACKED: Final = zstandard.FRAME_HEADER


class _Own(threading.local):
    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=1)
        self.decompressor = zstandard.ZstdDecompressor()


_own = _Own()


def pack(content: bytes) -> bytes:
    """Bytes as they are stored."""
    return _own.compressor.compress(content)


def unpack(packed: bytes) -> bytes:
    """Bytes as they were before `pack`."""
    return _own.decompressor.decompress(packed)


def unpack_if_packed(stored: bytes) -> bytes:
    """Bytes as they were before `pack`, or as they are where they are JSON that was stored without it."""
    return unpack(stored) if stored.startswith(_PACKED) else stored
