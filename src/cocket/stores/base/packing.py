# SPDX-License-Identifier: Apache-2.0
"""How bytes are packed before they are stored: zstd, by a compressor of each thread's own.

One compressor for all threads fails, or worse, as soon as two use it at once.
"""

from __future__ import annotations

import threading

import zstandard


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
