# SPDX-License-Identifier: Apache-2.0
"""The numbered statements on governance: each once, in order, decided somewhere and shown by a test that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cocket.governance import Facts
from cocket.governance.policy_schema import YES_OR_NO
from tests.house.source import ROOT

PAGE = ROOT / "docs" / "explanation" / "governance" / "what-holds.md"
ROW = re.compile(r"^\| G(\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
FILE = re.compile(r"`((?:tests|governance|pipeline)/[\w./-]*)`")
RULE = re.compile(r"`([a-z]+(?:-[a-z]+)+)`")


def complaints(text: str) -> Iterator[str]:
    """What is wrong with the statements."""
    rows = ROW.findall(text)
    if [int(row[0]) for row in rows] != list(range(1, len(rows) + 1)) or not rows:
        yield "the numbers are out of order"
    policy = (ROOT / "src" / "cocket" / "governance" / "policy.cedar").read_text("utf-8")
    for number, _, decided, shown in rows:
        if not any(one.startswith("tests/") for one in FILE.findall(shown)):
            yield f"G{number} names no test"
        yield from (
            f"G{number}: {one} is not there"
            for one in FILE.findall(decided + shown)
            if not any((base / one).exists() for base in (ROOT, ROOT / "src" / "cocket"))
        )
        yield from (f"G{number}: no rule {one}" for one in RULE.findall(decided) if f'@id("{one}")' not in policy)


def test_every_statement_is_decided_somewhere_and_shown_by_a_test() -> None:
    assert list(complaints(PAGE.read_text("utf-8"))) == []


def test_a_statement_that_rests_on_nothing_is_found() -> None:
    text = PAGE.read_text("utf-8")
    assert "the numbers are out of order" in list(complaints(text.replace("| G2 |", "| G1 |")))
    assert any("is not there" in one for one in complaints(text.replace("test_looks.py", "test_nothing.py")))
    assert any("no rule" in one for one in complaints(text.replace("auditor-changes-nothing", "auditor-may")))


def test_the_facts_that_pages_count_are_those_that_there_are() -> None:
    words = dict(
        enumerate(
            ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
        )
    )
    flags, every = words[len(YES_OR_NO)], words[len(YES_OR_NO) + 1]
    page, table = PAGE.read_text("utf-8"), (PAGE.parent / "policies.md").read_text("utf-8")
    assert f"{every} stated facts ({flags} true or false, and the purpose)" in page
    assert f"{flags.capitalize()} facts are true or false, and one is a purpose" in table
    assert f"Cedar is given {every} facts" in (PAGE.parent / "disclosure.md").read_text("utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert {*YES_OR_NO, "purpose"} <= set(listed)
    assert set(Facts.__struct_fields__) == {*YES_OR_NO, "purpose"}
