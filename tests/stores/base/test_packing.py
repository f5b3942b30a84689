# SPDX-License-Identifier: Apache-2.0
"""What is packed by many threads at once comes out as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from cocket.stores.base.packing import pack, unpack, unpack_if_packed

CONTENTS = [os.urandom(64) * 4_000 + b"%d" % number for number in range(40)]


def at_once(pack: Callable[[bytes], bytes]) -> bool:
    """Whether many threads can pack at once and every content comes out as it was."""
    with ThreadPoolExecutor(8) as pool:
        packed = list(pool.map(pack, CONTENTS * 20))
    return [unpack(one) for one in packed] == CONTENTS * 20


def test_json_that_was_never_packed_comes_out_as_it_is() -> None:
    for body in (b"{}", b'{"lane":"red"}' * 500, b"", b"("):
        assert unpack_if_packed(body) == unpack_if_packed(pack(body)) == body


def test_many_threads_may_pack_and_unpack_at_once() -> None:
    assert at_once(pack)
    packed = [pack(one) for one in CONTENTS] * 20
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(unpack, packed)) == CONTENTS * 20


def test_one_compressor_for_all_threads_fails() -> None:
    """It raises, or takes the whole process down; in a process of its own, therefore."""
    shared = "import zstandard; from tests.stores.base.test_packing import at_once; "
    shared += "assert at_once(zstandard.ZstdCompressor(level=1).compress)"
    done = [subprocess.run([sys.executable, "-c", shared], capture_output=True, check=False) for _ in range(3)]
    assert any(one.returncode != 0 for one in done)
