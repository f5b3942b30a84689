# SPDX-License-Identifier: Apache-2.0
"""No price of our own making: neither field nor text of this room holds a value for customs other than the declared one.

Source: WTO Valuation Agreement, article 7.2(f) and (g); WCO guidelines on national valuation databases.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.source import PACKAGE, ROOT

#: Where values and doubts are spoken of.
PLACES = (
    "measures/valuation/*.py",
    "pipeline/measures/doubt*.py",
    "pipeline/measures/value_history.py",
    "cli/commands/measures/value.py",
    "workbench/measures/doubt*.py",
    "workbench/measures/**/doubt*.html",
    "workbench/measures/**/doubt*.toml",
    "workbench/measures/templates/parts/value_strip.html",
    "workbench/measures/labels.py",
    "workbench/measures/value_strip.py",
)

#: What a value may not be called in any text that people read.
FORBIDDEN = re.compile(
    r"\b(minimum|substitute|reference|indicative|floor|fair|true|correct|proper|real|normal|expected|estimated|assessed|"
    r"assumed|suggested|proposed|corrected|uplifted|presumptive|market|test|customs|new)[\s_-]+"
    r"(customs[\s_-]+)?(unit[\s_-]+)?(values?|prices?)\b",
    re.IGNORECASE,
)

#: Fields whose name speaks of a value: all hold the declared one, or none at all.
DECLARED = {"value", "declared_unit_value"}


def files() -> list[str]:
    """Every file that speaks of values, as a path below the package."""
    found = (path for place in PLACES for path in sorted(PACKAGE.glob(place)))
    return [path.relative_to(PACKAGE).as_posix() for path in found if path.suffix != ".pyc"]


def said(text: str, is_python: bool) -> Iterator[str]:
    """What a file says to people: its strings, but for docstrings, which speak to whoever changes it."""
    if not is_python:
        yield text
        return
    tree = ast.parse(text)
    silent = {id(one) for node in ast.walk(tree) if (one := _docstring(node)) is not None}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.value


def _docstring(node: ast.AST) -> ast.Constant | None:
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) or not node.body:
        return None
    first = node.body[0]
    is_one = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return first.value if is_one else None  # type: ignore[union-attr,return-value]


def fields(text: str) -> Iterator[str]:
    """Fields of structs and parameters that speak of a value or a price."""
    for node in ast.walk(ast.parse(text)):
        names: list[str] = []
        if isinstance(node, ast.ClassDef):
            names = [
                one.target.id
                for one in node.body
                if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            ]
        for name in names:
            if re.search(r"(^|_)(value|price|worth)(_|$)", name):
                yield name


def wrong(text: str, is_python: bool) -> list[str]:
    """Texts and fields that name a value which is not the declared one."""
    found = [match[0] for part in said(text, is_python) for match in FORBIDDEN.finditer(part)]
    return found + ([name for name in fields(text) if name not in DECLARED] if is_python else [])


def test_there_is_something_to_look_through() -> None:
    assert {"measures/valuation/indicator.py", "pipeline/measures/doubts.py", "cli/commands/measures/value.py"} <= set(
        files()
    )


@pytest.mark.parametrize("file", files())
def test_no_text_and_no_field_holds_a_value_of_our_own(file: str) -> None:
    assert wrong((PACKAGE / file).read_text(encoding="utf-8"), file.endswith(".py")) == []


def test_rules_speak_to_traders_without_one_either() -> None:
    from cocket.measures.valuation.additions import RULES
    from cocket.measures.valuation.inquiry import PAPERS

    texts = [*(rule.__doc__ or "" for rule, _ in RULES), *PAPERS.values()]
    assert [text for text in texts if FORBIDDEN.search(text)] == []


def test_the_page_on_valuation_says_that_there_is_none() -> None:
    text = (ROOT / "docs" / "explanation" / "measures" / "valuation.md").read_text(encoding="utf-8")
    assert "Article 7.2" in text
    assert "never a value" in text


@pytest.mark.parametrize(
    "text",
    [
        "x = 'the minimum value is'",
        "x = 'Reference price: {y}'",
        "class A:\n    customs_value: int",
        "class A:\n    unit_price: int",
    ],
)
def test_a_planted_value_is_found(text: str) -> None:
    assert wrong(text, True)


def test_what_is_said_of_the_declared_value_is_not() -> None:
    assert wrong("class A:\n    '''A minimum value.'''\n    value: int\nx = 'the declared value is low'", True) == []
