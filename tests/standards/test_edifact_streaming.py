# SPDX-License-Identifier: Apache-2.0
"""Large interchanges in parts: the same verdict as of the whole at once, and nothing kept of a part that is over."""

from __future__ import annotations

import gc
import tracemalloc
from io import BytesIO, RawIOBase
from pathlib import Path

import pytest

from cocket import standards
from cocket.errors import SenderError
from cocket.model import Manifest, Movement, Reading
from cocket.standards.streaming import check_stream, stream
from tests.standards.edifact_samples import BASE, MESSAGES, having, interchange, of

#: What is in hand while a large cargo report goes through (bytes).
_MOST = 12 * 1024 * 1024

EACH = [path for message in MESSAGES for path in of(message)]


def told(reading: Reading) -> tuple[object, ...]:
    """All that a reading says but its document and further readings."""
    return tuple(getattr(reading, name) for name in Reading.__struct_fields__ if name not in ("document", "further"))


@pytest.mark.parametrize("path", EACH, ids=lambda path: path.stem)
def test_an_interchange_in_parts_says_what_it_says_at_once(path: Path) -> None:
    whole, parts = standards.read(path.read_bytes()), stream(BytesIO(path.read_bytes()))
    documents = tuple(part.document for part in parts)
    if isinstance(whole.document, Manifest):
        assert documents == whole.document.bills
        assert isinstance(parts.head, Manifest)
        assert (parts.head.bills, parts.head.voyage) == ((), whole.document.voyage)
    else:
        assert documents == (whole.document,)
    assert told(parts.reading) == told(whole)


@pytest.mark.parametrize("place", range(1, len(BASE)))
def test_a_fault_anywhere_is_told_alike(place: int) -> None:
    data = interchange(having(place, "FTX++a'")).encode()
    assert told(check_stream(BytesIO(data))) == told(standards.read(data)) or (
        check_stream(BytesIO(data)).outcome == standards.read(data).outcome == "refused"
    )


def test_several_messages_are_a_part_each() -> None:
    (first, *_), count = [path.read_text() for path in of("CODECO")], 0
    inner = first[first.index("UNH") : first.index("UNZ")]
    head, tail = first[: first.index("UNH")], first[first.index("UNZ") :]
    many = "".join(inner.replace("UNH+1", f"UNH+{n}").replace("+1'\n", f"+{n}'\n") for n in range(1, 50))
    data = (head + many + tail.replace("UNZ+1", "UNZ+49")).encode()
    streamed = stream(BytesIO(data))
    for part in streamed:
        count += 1
        assert isinstance(part.document, Movement)
    assert count == 49


def test_what_is_true_of_the_whole_is_not_told_before_the_last_part() -> None:
    streamed = stream(BytesIO(interchange().encode()))
    with pytest.raises(SenderError):
        _ = streamed.findings


class Flow(RawIOBase):
    """A cargo report of very many bills, made as it is read."""

    def __init__(self, bills: int) -> None:
        self._rest = interchange(BASE[:8]).encode()
        self._bills, self._done = bills, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while len(self._rest) < len(buffer) and self._done <= self._bills:
            self._done += 1
            if self._done > self._bills:
                self._rest += f"UNT+{7 + 6 * self._bills + 1}+1'UNZ+1+R1'".encode()
            else:
                bill = (
                    "CNI+1",
                    f"RFF+BM:BL{self._done}",
                    "LOC+9+CNSHA",
                    "GID+1+10:CT",
                    "FTX+AAA+++PUMPS",
                    "MEA+AAE+G+KGM:9",
                )
                self._rest += "".join(f"{segment}'" for segment in bill).encode()
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


def test_a_report_of_thirty_thousand_bills_needs_little_memory() -> None:
    gc.collect()
    tracemalloc.start()
    reading = check_stream(Flow(30_000))  # type: ignore[arg-type]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [each.code for each in reading.findings] == ["edifact-segment-repeated"]  # CNI stands 9,999 times at most
    assert most < _MOST
