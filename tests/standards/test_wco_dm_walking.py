# SPDX-License-Identifier: Apache-2.0
"""Reading a sound declaration in one walk gives what reading its whole tree gives."""

from __future__ import annotations

import msgspec
import pytest
from lxml import etree

from cocket.errors import UnreadableError
from cocket.standards.wco_dm.fields import CLASSES, DECLARATION_NAMESPACE
from cocket.standards.wco_dm.reader import _WALK, read_declaration, read_element
from cocket.standards.wco_dm.schema import accepts
from cocket.standards.wco_dm.tree import Left, LeftOnes, tree_of
from cocket.standards.wco_dm.walking import Plan, plan_of, walk
from cocket.standards.xml import parse_xml
from tests.standards.wco_mutations import mutants
from tests.standards.wco_samples import NAMES, accepted_samples, declaration_in, full_declaration, own

_IN = f"{{{DECLARATION_NAMESPACE}}}"


def _same(element: etree._Element) -> None:
    """Both ways give equal documents, down to the bytes that are stored and the order of what is left."""
    walked, whole = read_element(element), read_declaration(tree_of(element))
    assert walked == whole
    assert msgspec.json.encode(walked) == msgspec.json.encode(whole)


@pytest.mark.parametrize("number", range(len(accepted_samples())))
def test_each_accepted_declaration_is_read_alike(number: int) -> None:
    _same(declaration_in(accepted_samples()[number]))


@pytest.mark.parametrize("name", NAMES)
def test_our_samples_are_walked(name: str) -> None:
    assert walk(declaration_in(own(name)), plan_of(_WALK)) is not None


def test_damaged_declarations_that_the_schema_accepts_are_read_alike() -> None:
    compared = 0
    for _, damaged in mutants([*map(own, NAMES), full_declaration()], 20261130, 1_000):
        try:
            element = declaration_in(etree.tostring(damaged))
        except (UnreadableError, StopIteration):
            continue
        if accepts(element):
            _same(element)
            compared += 1
    assert compared > 50


def test_each_plain_value_left_bare_is_read_alike() -> None:
    """A value with an attribute, with white space or none, and a class with a wrong number, one place at a time."""
    compared = 0
    count = sum(1 for _ in declaration_in(full_declaration()).iter())
    for place in range(1, count, 3):
        for text, attribute in ((" 1 ", None), ("", None), ("1", "languageID")):
            element = declaration_in(full_declaration())
            target = list(element.iter())[place]
            if len(target):
                continue
            target.text = text
            if attribute:
                target.set(attribute, "en")
            if accepts(element):
                _same(element)
                compared += 1
    assert compared > 50


def test_what_is_left_of_classes_in_the_model_stands_apart() -> None:
    walked = walk(declaration_in(full_declaration()), plan_of(_WALK))
    assert walked is not None
    node, fields = walked
    assert type(node["Declarant"]) is Left
    assert type(node["AdditionalInformation"]) is LeftOnes
    assert fields["declarant"].id


def test_a_declaration_with_an_empty_class_is_left_to_the_tree() -> None:
    element = declaration_in(own("import"))
    target = element.find(f"{_IN}Declarant")
    assert target is not None
    for child in list(target):
        target.remove(child)
    assert walk(element, plan_of(_WALK)) is None
    _same(element)


def test_equipment_without_number_is_left_to_the_tree() -> None:
    element = declaration_in(own("import"))
    found = element.find(f".//{_IN}TransportEquipment/{_IN}ID")
    assert found is not None
    around = found.getparent()
    assert around is not None
    around.remove(found)
    assert walk(element, plan_of(_WALK)) is None
    _same(element)


def test_no_two_elements_of_a_plan_fill_one_field() -> None:
    plans = [plan_of(_WALK)]
    while plans:
        plan = plans.pop()
        inner = [entry for entry in plan.entries.values() if isinstance(entry, Plan)]
        fields = _fields(plan)
        assert len(fields) == len(set(fields)), plan.name
        plans += inner


def _fields(plan: Plan) -> list[str]:
    found: list[str] = []
    for entry in plan.entries.values():
        if isinstance(entry, Plan) and entry.field is None:
            found += _fields(entry)
        else:
            found.append(entry if isinstance(entry, str) else getattr(entry, "field", ""))
    return [field for field in found if field]


def test_the_walk_knows_no_element_but_those_of_the_message() -> None:
    names = {name for kind in CLASSES.values() for name in kind.fields}
    plans = [plan_of(_WALK)]
    while plans:
        plan = plans.pop()
        assert {tag.rpartition("}")[2] for tag in plan.entries} <= names | {"DateTimeString"}
        plans += [entry for entry in plan.entries.values() if isinstance(entry, Plan)]


def test_a_message_is_read_with_its_text_split_by_comments_as_before() -> None:
    data = own("import").replace(b"</TypeCode>", b"<!-- of import --></TypeCode>", 1)
    _same(next(parse_xml(data).iter(f"{_IN}Declaration")))
