# SPDX-License-Identifier: Apache-2.0
"""The examples of the documentation run, and the index of standards is in step with the house."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cocket.standards import STANDARDS, pairs
from tests.house.source import ROOT

DOCS = ROOT / "docs"
#: Pages whose Python runs, block after block, with what the blocks before it made.
PAGES = (
    "reference/library.md",
    "how-to/intake/convert-a-message.md",
    "how-to/intake/which-message-is-this.md",
    "standards/devices.md",
)

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(text: str, name: str) -> int:
    """Run the blocks of a page; how many there were (count)."""
    made: dict[str, object] = {"__name__": name}
    blocks = list(_BLOCK.finditer(text))
    for block in blocks:
        line = text[: block.start(1)].count("\n")
        exec(compile("\n" * line + block[1], name, "exec"), made)
    return len(blocks)


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_run(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert run((DOCS / page).read_text(encoding="utf-8"), page) > 0


def test_an_example_that_is_wrong_is_found() -> None:
    with pytest.raises(AssertionError):
        run("```python\nx = 1\n```\nand\n```python\nassert x == 2\n```\n", "page")


def rows() -> dict[str, list[str]]:
    """The rows of the index by the name of their standard."""
    found = {}
    for line in (DOCS / "standards" / "index.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        name = re.match(r"\[`([\w-]+)`\]\(([\w.#-]+)\)", cells[0])
        if name:
            found[name[1]] = [name[2], *cells[1:]]
    return found


def test_the_index_has_every_standard_once_and_no_other() -> None:
    assert list(rows()) == [standard.name for standard in STANDARDS]


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda standard: standard.name)
def test_the_index_says_what_a_standard_does(standard: object) -> None:
    page, _, direction, coverage, conformance, test = rows()[standard.name]  # type: ignore[attr-defined]
    assert (DOCS / "standards" / page.partition("#")[0]).is_file()
    can = ["read"]
    can += ["write"] if standard.write else []  # type: ignore[attr-defined]
    can += ["stream"] if standard.stream else []  # type: ignore[attr-defined]
    assert direction == ", ".join(can)
    assert coverage
    assert conformance
    for path in re.findall(r"`(tests/[\w/.]+)`", test) or [""]:
        assert Path(ROOT / path).is_file(), path


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda standard: standard.name)
def test_the_page_on_recognising_has_every_standard_and_its_samples_roots(standard: object) -> None:
    page = (DOCS / "how-to" / "intake" / "which-message-is-this.md").read_text(encoding="utf-8")
    assert f"| `{standard.name}` |" in page  # type: ignore[attr-defined]


def test_the_page_on_converting_has_every_pair() -> None:
    page = (DOCS / "how-to" / "intake" / "convert-a-message.md").read_text(encoding="utf-8")
    table = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    told = set()
    for cells in table:
        sources, targets = (re.findall(r"`([\w-]+)`", cell) for cell in cells[1:3])
        others = targets or sources
        told |= {(source, target) for source in sources for target in others if source != target}
    assert told == {(pair.source, pair.target) for pair in pairs()}


def test_every_link_of_these_pages_leads_somewhere() -> None:
    for page in (*PAGES, "standards/index.md", "standards/key-trade-documents.md"):
        text = (DOCS / page).read_text(encoding="utf-8")
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert ((DOCS / page).parent / link).resolve().exists(), f"{page}: {link}"
