# SPDX-License-Identifier: Apache-2.0
"""A figure that stands on the page of a standard and in the index of standards is the same in both."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STANDARDS = Path(__file__).resolve().parents[2] / "docs" / "standards"

_FIGURE = re.compile(r"(\d[\d,]*) of (?:the )?(\d[\d,]*)|\ball (\d[\d,]*) (?:public|published)")
_ROW = re.compile(r"\| \[`[^`]+`\]\(([\w-]+\.md)")


def figures_of(text: str) -> list[tuple[str, str]]:
    """How many of how many, in their order; all of a number is that number of it."""
    return [(count or every, total or every) for count, total, every in _FIGURE.findall(text)]


def contradictions(index: str, page: str) -> list[str]:
    """Figures of a page that its rows of the index have otherwise, or of which the first is not in the index at all."""
    told, own = figures_of(index), figures_of(page)
    totals = {total: count for count, total in told}
    found = [f"{count} of {total}" for count, total in own if totals.get(total, count) != count]
    return found + [f"{count} of {total}" for count, total in own[:1] if total not in totals]


def rows() -> dict[str, str]:
    """Page → its rows of the index."""
    found: dict[str, str] = {}
    for line in (STANDARDS / "index.md").read_text(encoding="utf-8").splitlines():
        if row := _ROW.match(line):
            found[row[1]] = f"{found.get(row[1], '')}\n{line}"
    return found


@pytest.mark.parametrize("name", sorted(rows()))
def test_page_and_index_have_the_same_figures(name: str) -> None:
    text = (STANDARDS / name).read_text(encoding="utf-8")
    page = "\n".join(line for line in text.splitlines() if line.startswith("| Conformance |"))
    assert not contradictions(rows()[name], page)


def test_a_figure_that_differs_is_found() -> None:
    assert contradictions("| 95 of 95 |", "| Conformance | 93 of 95 |") == ["93 of 95"]
    assert contradictions("| 18 of 18 |\n| 15 of 15 |", "| Conformance | 34 of 34 |") == ["34 of 34"]
    assert contradictions("| 40 of 41 |", "all 41 public messages") == ["41 of 41"]
    assert contradictions("| 41 of 41 |", "all 41 public messages; 7 of 9 others") == []
