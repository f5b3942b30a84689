# SPDX-License-Identifier: Apache-2.0
"""The table of security requirements is whole, says how each stands, and points at files that are there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tests.house.source import ROOT

PAGE = ROOT / "docs" / "reference" / "governance" / "asvs.md"
ROW = re.compile(
    r"^\| (\d+)\.(\d+)\.(\d+) \| ([12]) \| ([^|]+) \| (met|\*\*not met\*\*|n/a) \| ([^|]+) \|$", re.MULTILINE
)
#: Requirements of levels 1 and 2 by chapter, as ASVS 5.0.0 has them.
CHAPTERS = (27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7)
PLACE = re.compile(
    r"`((?:tests|docs|gate|workbench|pipeline|stores|standards|credentials|exchange|ingress|api|cli)/[\w./-]*)`"
)


def rows(text: str) -> list[tuple[str, ...]]:
    return ROW.findall(text)


def complaints(text: str) -> Iterator[str]:
    """What is wrong with the table."""
    found = rows(text)
    numbers = [tuple(map(int, row[:3])) for row in found]
    yield from (f"{number} stands there twice" for number, count in Counter(numbers).items() if count > 1)
    counts = Counter(number[0] for number in numbers)
    for chapter, expected in enumerate(CHAPTERS, start=1):
        if counts[chapter] != expected:
            yield f"V{chapter} has {counts[chapter]} rows, not {expected}"
    if numbers != sorted(numbers):
        yield "the numbers are out of order"
    stands = Counter(row[5].strip("*") for row in found)
    said = f"**Met** {stands['met']}, **not met** {stands['not met']}, **not applicable** (n/a) {stands['n/a']}."
    if said not in text:
        yield f"the sum should read: {said}"
    for place in PLACE.findall(text):
        if not any(list(base.glob(place.rstrip("/") + "*")) for base in (ROOT, ROOT / "src" / "cocket")):
            yield f"{place} is not there"


def test_every_requirement_of_levels_1_and_2_stands_in_the_table_once() -> None:
    assert sum(CHAPTERS) == 253
    assert list(complaints(PAGE.read_text())) == []


def test_a_row_left_out_doubled_or_pointing_nowhere_is_found() -> None:
    text = PAGE.read_text()
    row = next(line for line in text.splitlines() if line.startswith("| 7.2.1 |"))
    assert any("V7 has 17" in one for one in complaints(text.replace(row + "\n", "")))
    assert any("twice" in one for one in complaints(text + row + "\n"))
    assert any(
        "not there" in one for one in complaints(text.replace("`tests/gate/test_tls.py`", "`tests/gate/none.py`"))
    )
