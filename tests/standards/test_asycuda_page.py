# SPDX-License-Identifier: Apache-2.0
"""The documentation page says what the code does, and the tables of fields fit together."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocket.standards.asycuda.c71.fields import C71_OUTLINE, INVOICE, VALUE_DECLARATION
from cocket.standards.asycuda.c71.rules import RULES as C71_RULES
from cocket.standards.asycuda.judging import code_of
from cocket.standards.asycuda.licence.fields import ITEM as LICENCE_ITEM
from cocket.standards.asycuda.licence.fields import LICENCE, LICENCE_OUTLINE
from cocket.standards.asycuda.licence.rules import RULES as LICENCE_RULES
from cocket.standards.asycuda.manifest.fields import BILL, DEGROUPAGE, MANIFEST, MANIFEST_OUTLINE
from cocket.standards.asycuda.manifest.rules import RULES as MANIFEST_RULES
from cocket.standards.asycuda.mapping import Record
from cocket.standards.asycuda.outline import Outline
from cocket.standards.asycuda.profiles import NAMES
from cocket.standards.asycuda.release.rules import RULES as RELEASE_RULES
from cocket.standards.asycuda.sad.fields import DECLARATION, ITEM, POINTERS, SAD_OUTLINE
from cocket.standards.asycuda.sad.rules import RULES as SAD_RULES

PAGE = (Path(__file__).resolve().parents[2] / "docs/standards/asycuda.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("rule", "severity"), dict([*SAD_RULES, *MANIFEST_RULES, *C71_RULES, *LICENCE_RULES, *RELEASE_RULES]).items()
)
def test_every_rule_stands_there_with_its_severity(rule: object, severity: str) -> None:
    assert f"| `{code_of(rule)}` | {severity} |" in PAGE


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_stands_there(name: str) -> None:
    assert f"| `{name}` |" in PAGE


def test_it_counts_the_known_elements_rightly() -> None:
    assert f"All {len(SAD_OUTLINE.leaves)} leaves of the SAD and {len(MANIFEST_OUTLINE.leaves)} of the manifest" in PAGE


def test_pointers_are_of_elements_that_exist() -> None:
    assert set(POINTERS) <= set(SAD_OUTLINE.leaves)


@pytest.mark.parametrize(
    ("record", "outline", "within"),
    [
        (DECLARATION, SAD_OUTLINE, ""),
        (ITEM, SAD_OUTLINE, "Item/"),
        (MANIFEST, MANIFEST_OUTLINE, ""),
        (DEGROUPAGE, MANIFEST_OUTLINE, ""),
        (BILL, MANIFEST_OUTLINE, "Bol_segment/"),
        (VALUE_DECLARATION, C71_OUTLINE, ""),
        (INVOICE, C71_OUTLINE, "Item/"),
        (LICENCE, LICENCE_OUTLINE, ""),
        (LICENCE_ITEM, LICENCE_OUTLINE, "Lic_item_segment/"),
    ],
)
def test_every_attribute_stands_in_a_known_element(record: Record, outline: Outline, within: str) -> None:
    inner = [(f"{within}{path}/", table.record) for path, table in record.tables.items()]
    for prefix, each in ((within, record), *inner):
        assert {prefix + path for entry in each.entries for path in entry.paths} <= set(outline.leaves)


def test_a_line_that_is_no_outline_is_refused() -> None:
    with pytest.raises(ValueError, match="not a line"):
        Outline("A", "Lonely")
