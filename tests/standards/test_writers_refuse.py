# SPDX-License-Identifier: Apache-2.0
"""Every writer refuses the nouns that are not its own, and every reader raises errors of ours only."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from cocket.errors import CocketError, SenderError
from cocket.model import (
    Declaration,
    Document,
    Licence,
    Manifest,
    Movement,
    ReleaseOrder,
    Response,
    ValueDeclaration,
)
from cocket.standards import STANDARDS, Options, Source, Standard, read, recognise
from cocket.standards.xml import parse_xml
from tests.contracts.test_standards import samples_of

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
NOUNS = (Declaration, Licence, Manifest, Movement, ReleaseOrder, Response, ValueDeclaration)

#: Messages of any kind that are none of the house's, and some that are hardly messages.
STRANGERS = (
    b"<a/>",
    b"<ASYCUDA/>",
    b"<Declaration/>",
    b'<a xmlns="urn:a"><b xmlns="urn:b" c="1">x<d/>y</b></a>',
    b"<Awmds><Bol_segment/></Awmds>",
    b"<CC315A/>",
    b"<x xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='true'/>",
)


def paths(standard: Standard) -> list[Path]:
    return sorted((SAMPLES / standard.name).glob("*.xml"))


def own_nouns(standard: Standard) -> set[type]:
    """The nouns that a standard's own samples read as."""
    return {type(read(path.read_bytes()).document) for path in samples_of(standard)}


WRITERS = [pytest.param(standard, id=standard.name) for standard in STANDARDS if standard.write]
READERS = [pytest.param(standard, id=standard.name) for standard in STANDARDS]


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
@pytest.mark.parametrize("standard", WRITERS)
def test_a_writer_refuses_what_is_not_its_own(standard: Standard, noun: type[Document]) -> None:
    if noun in own_nouns(standard):
        return
    assert standard.write is not None
    with pytest.raises(SenderError) as refused:
        standard.write(noun())
    assert refused.value.message


@pytest.mark.parametrize("standard", WRITERS)
def test_a_writer_refuses_a_text_that_xml_cannot_hold(standard: Standard) -> None:
    assert standard.write is not None
    for path in paths(standard):
        document = read(path.read_bytes()).document
        if isinstance(document, Declaration):
            with pytest.raises(SenderError):
                standard.write(Declaration(functional_reference="a\0b", type_code="a\0b"))


@pytest.mark.parametrize("data", STRANGERS)
def test_a_stranger_is_read_as_refused_with_a_finding(data: bytes) -> None:
    reading = read(data)
    assert reading.outcome == "refused"
    assert reading.findings


@pytest.mark.parametrize("standard", READERS)
def test_a_sample_of_another_standard_is_not_recognised_as_one_s_own(standard: Standard) -> None:
    for other in STANDARDS:
        for path in paths(other):
            if other is not standard:
                assert recognise(path.read_bytes())[0] is not standard


@pytest.mark.parametrize("standard", READERS)
def test_a_message_stripped_to_its_root_raises_errors_of_ours_only(standard: Standard) -> None:
    for path in paths(standard):
        root = parse_xml(path.read_bytes())
        for child in list(root):
            root.remove(child)
        bare = etree.tostring(root)
        source = Source(bare, parse_xml(bare))
        if standard.recognises(source):
            try:
                assert standard.read(source, Options()).outcome in ("accepted", "refused")
            except CocketError as error:
                assert error.message
