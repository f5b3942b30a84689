# SPDX-License-Identifier: Apache-2.0
"""The page on the manifest says what the code does, and its examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cocket.standards.asycuda.judging import code_of
from cocket.standards.asycuda.legibility import LEGIBILITY
from cocket.standards.asycuda.manifest.degroupage import RULES as DEGROUPAGE_RULES
from cocket.standards.asycuda.manifest.fields import MANIFEST_OUTLINE
from cocket.standards.asycuda.manifest.reader import ROOTS
from cocket.standards.asycuda.manifest.rules import RULES

HOME = Path(__file__).resolve().parents[2]
PAGE = (HOME / "docs/standards/asycuda-manifest.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
OF_MANIFESTS = [pair for pair in RULES if pair not in LEGIBILITY]


@pytest.mark.parametrize(("rule", "severity"), [*OF_MANIFESTS, *DEGROUPAGE_RULES])
def test_every_rule_stands_there_with_its_severity(rule: object, severity: str) -> None:
    assert f"| `{code_of(rule)}` | {severity} |" in PAGE


@pytest.mark.parametrize("kind", ROOTS)
def test_every_kind_stands_there_with_its_root(kind: str) -> None:
    assert f"| `{ROOTS[kind]}` | `{kind}` |" in PAGE


def test_it_counts_the_known_elements_rightly() -> None:
    assert f"all {len(MANIFEST_OUTLINE.leaves)} leaves" in PAGE


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOME)
    exec(compile(example, "asycuda-manifest.md", "exec"), {})


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 2
