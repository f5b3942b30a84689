# SPDX-License-Identifier: Apache-2.0
"""The key trade documents: names of ours that exist, numbers of the WCO that exist, and a page in step."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator

import msgspec
import pytest

from cocket import model
from cocket.codes.trade_documents import documents_of, trade_documents, trade_elements
from cocket.standards import STANDARDS
from cocket.standards.wco_dm.fields import CLASSES
from tests.house.source import ROOT

PAGE = ROOT / "docs" / "standards" / "key-trade-documents.md"


def test_a_code_leads_to_its_documents_with_or_without_n() -> None:
    assert [document.name for document in documents_of("380")] == ["commercial invoice"]
    assert [document.name for document in documents_of(" n705 ")] == ["bill of lading"]
    assert [document.name for document in documents_of("785")] == ["air cargo manifest", "sea cargo manifest"]
    assert documents_of("000") == ()


def test_every_document_is_named_once_and_in_a_known_group() -> None:
    names = [document.name for document in trade_documents()]
    assert len(set(names)) == len(names)
    assert {document.group for document in trade_documents()} == {"commercial", "transport", "regulatory", "financial"}


def test_every_standard_named_is_one_of_the_house() -> None:
    named = {name for document in trade_documents() for name in document.standards}
    assert named <= {standard.name for standard in STANDARDS}


def test_every_element_has_a_number_of_the_wco_and_documents_that_exist() -> None:
    numbers = {field.wco_id for parent in CLASSES.values() for field in parent.fields.values()}
    names = {document.name for document in trade_documents()}
    for element in trade_elements():
        assert element.wco_id in numbers, element.field
        assert set(element.documents) <= names, element.field


@pytest.mark.parametrize("field", [element.field for element in trade_elements()])
def test_every_element_is_in_the_model(field: str) -> None:
    name, *attributes = field.split(".")
    kind: typing.Any = getattr(model, name)
    for attribute in attributes:
        assert attribute in kind.__struct_fields__, field
        kind = next(structs(typing.get_type_hints(kind)[attribute]), None)


def structs(kind: object) -> Iterator[type]:
    """The structs in a type, be it optional or a tuple."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    elif isinstance(kind, types.UnionType) or typing.get_origin(kind):
        for each in typing.get_args(kind):
            yield from structs(each)


def test_the_page_has_every_document_and_element() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for document in trade_documents():
        assert f"| {document.name} | {document.group} | {', '.join(document.codes) or '–'} |" in page
    for element in trade_elements():
        assert f"| {element.name} | {element.wco_id} | `{element.field}` |" in page
