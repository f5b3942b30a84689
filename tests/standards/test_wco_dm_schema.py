# SPDX-License-Identifier: Apache-2.0
"""The verdict on structure: ours must be that of the published schema, on good messages and on damaged ones."""

from __future__ import annotations

import os

import pytest
from lxml import etree

from cocket.standards.wco_dm.fields import CLASSES, DECLARATION, Class
from cocket.standards.wco_dm.schema import accepts, faults
from tests.corpora import corpora
from tests.standards.wco_mutations import mutants
from tests.standards.wco_samples import (
    ANSWERS,
    NAMES,
    accepted_samples,
    answers,
    declaration_in,
    full_declaration,
    own,
    published_schema,
)

#: Damaged declarations to compare on; a soak sets more, with another seed.
MUTANTS = int(os.environ.get("COCKET_MUTANTS", "600"))
SEED = int(os.environ.get("COCKET_SEED", "36"))


def positions(kind: Class) -> int:
    """Elements in a class and in all classes inside it."""
    return sum(1 + (positions(CLASSES[field.block]) if field.block else 0) for field in kind.fields.values())


def test_the_tables_have_every_element_of_the_message() -> None:
    assert len(CLASSES) == 74
    assert positions(DECLARATION) == 459


def test_every_element_has_a_wco_id_and_every_class_is_used() -> None:
    used = {field.block for kind in CLASSES.values() for field in kind.fields.values() if field.block}
    assert set(CLASSES) == used | {"Declaration"}
    assert all(field.wco_id.isalnum() for kind in CLASSES.values() for field in kind.fields.values())


@pytest.mark.parametrize("name", NAMES)
def test_our_samples_are_accepted(name: str) -> None:
    assert accepts(declaration_in(own(name)))


def test_a_declaration_with_every_element_is_accepted() -> None:
    declaration = declaration_in(full_declaration())
    assert faults(declaration) == ()
    assert accepts(declaration)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("<ds:DateTimeString formatCode='304'>", "<ds:DateTimeString formatCode='203'>"),
        ("20260305093000+02", "2026-03-05"),
        ("<FunctionCode>9<", "<FunctionCode>1<"),
        ("GoodsItemQuantity>2<", "GoodsItemQuantity>2.5<"),
        ('currencyID="EUR">18250.50', 'currencyID="eur">18250.50'),
        ("18250.50", "18250.5055"),
        ("<CountryCode>XB</CountryCode>\n        <Line>", "<CountryCode>XBX</CountryCode>\n        <Line>"),
        ("<ConditionCode>CIF", "<ConditionCode>C1F"),
        ("<UNDGID>1365", "<UNDGID>13650"),
    ],
)
def test_a_value_outside_its_format_is_not_accepted(good: str, bad: str) -> None:
    sample = own("import").decode().replace('formatCode="304"', "formatCode='304'")
    assert sample.count(good) >= 1
    assert accepts(declaration_in(sample.encode()))
    assert not accepts(declaration_in(sample.replace(good, bad).encode()))


def test_the_verdict_on_every_third_party_declaration_is_the_published_one() -> None:
    corpora(ANSWERS)
    verdicts = [(accepts(declaration_in(path.read_bytes())), is_good) for path, is_good in answers()]
    assert len(verdicts) == 275
    assert sum(is_good for _, is_good in verdicts) == 274
    assert all(ours == published for ours, published in verdicts)


def test_the_verdict_on_damaged_declarations_is_the_published_one() -> None:
    published = published_schema()
    good = 0
    for damage, declaration in mutants(accepted_samples(), SEED, MUTANTS):
        verdict = published.validate(declaration)
        assert accepts(declaration) == verdict, (damage, etree.tostring(declaration))
        good += verdict
    assert 0 < good < MUTANTS, "the damage must be of both kinds, else the comparison proves nothing"
