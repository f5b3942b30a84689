# SPDX-License-Identifier: Apache-2.0
"""What `write` gives says what the document says, or `SenderError` names the fields that it would not say."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from cocket import standards
from cocket.errors import SenderError
from cocket.languages.catalogues import language
from cocket.model import Declaration, Extension
from cocket.standards import STANDARDS, Standard
from cocket.standards.written import DERIVED, HINT, differences, keeps_form, unwritten
from tests.contracts.test_standards import samples_of

MANIFEST = (
    b"UNB+UNOA:2+A+B+261130:0201+R1'UNH+1+CUSCAR:D:96B:UN'BGM+85+MF1+9'DTM+137:20261130:102'"
    b"TDT+20+22W+1++MAEU:172:20+++9321483:146::EMMA'CNI+1+BL900:9'RFF+BM:BL900'LOC+9+CNSHA:139:6'NAD+CN+++BUYER B'"
    b"GID+1+5:CT'FTX+AAA+++GOODS'MEA+AAE+G+KGM:10'UNT+12+1'UNZ+1+R1'"
)

WRITERS = [
    pytest.param(standard, id=standard.name)
    for standard in STANDARDS
    if standard.write is not None and standard.name != "certificate"
]

#: Standards whose messages are written only as they were read: the changed field itself is named.
AS_READ = {"dcsa", "uncefact"}

Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a document but those that are derived, each with its path."""
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            if name not in DERIVED:
                yield from leaves(getattr(value, name), (*path, name))
    elif isinstance(value, tuple):
        for place, one in enumerate(value):
            yield from leaves(one, (*path, place))
    elif other(value) is not None:
        yield path, value


def other(value: Any) -> Any:
    """Another value of the same kind; None for what has none."""
    if isinstance(value, str) and value:
        first, second = ("7", "3") if value[-1].isdigit() else ("Q", "P")
        return value[:-1] + (second if value[-1] == first else first)
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, Decimal)):
        return value + 1
    return value - dt.timedelta(days=1) if isinstance(value, dt.date) else None


def changed(value: Any, path: Path, to: Any) -> Any:
    """A copy of a document with one value changed."""
    if not path:
        return to
    first, *rest = path
    if isinstance(first, int):
        return (*value[:first], changed(value[first], tuple(rest), to), *value[first + 1 :])
    return replace(value, **{first: changed(getattr(value, first), tuple(rest), to)})


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step] if isinstance(step, int) else getattr(value, step)
    return value


def name_of(path: Path) -> str:
    """A field as findings name it, such as `bills[1].id`."""
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def names_of(error: SenderError) -> list[str]:
    """The fields that a refusal names, or where in the message they would be."""
    named = [one.arguments.get("place") or one.arguments.get("name") or one.location for one in error.findings]
    return [name for name in named if name]


def fields_of(standard: Standard) -> Iterator[tuple[Any, Path, Any]]:
    """Each field that the samples of a standard have, once, in a document that keeps something of its message."""
    seen = set()
    for sample in samples_of(standard):
        document = standards.read(sample.read_bytes()).document
        if document is not None and keeps_form(document):
            for path, value in leaves(document):
                name = tuple(step for step in path if isinstance(step, str))
                if name not in seen and "correction" not in name:  # a declaration in an answer is one like any other
                    seen.add(name)
                    yield document, path, value


@pytest.mark.parametrize("standard", WRITERS)
def test_each_field_that_is_changed_is_written_or_the_document_refused(standard: Standard) -> None:
    for document, path, value in fields_of(standard):
        new = other(value)
        try:
            message = standards.write(changed(document, path, new), standard.name)
        except SenderError as error:
            assert names_of(error), f"{path}: {error}"
            assert standard.name not in AS_READ or name_of(path) in names_of(error), f"{path}: {names_of(error)}"
            continue
        again = standards.read(message).document
        assert again is None or at(again, path) == new, f"{path} was {value}, is written as {at(again, path)}"


def test_the_name_of_a_party_is_written_where_it_stood() -> None:
    manifest: Any = standards.read(MANIFEST).document
    bill = manifest.bills[0]
    other_buyer = replace(bill, consignee=replace(bill.consignee, name="OTHER C"))
    message = standards.write(replace(manifest, bills=(other_buyer,)), "edifact-cuscar")
    assert b"NAD+CN+++OTHER C'" in message
    assert b"BUYER" not in message
    kept = MANIFEST.replace(b"NAD+CN+++BUYER B'", b"NAD+CN++BUYER B:OF TOWN'")
    manifest = standards.read(kept).document
    bill = manifest.bills[0]
    assert bill.consignee.name == "BUYER B\nOF TOWN"
    shorter = replace(bill, consignee=replace(bill.consignee, name="OTHER C"))
    assert b"NAD+CN++OTHER C'" in standards.write(replace(manifest, bills=(shorter,)), "edifact-cuscar")


def test_a_field_that_cannot_be_written_is_named_with_both_values() -> None:
    manifest: Any = standards.read(MANIFEST).document
    bill = manifest.bills[0]
    nameless = replace(bill, consignee=replace(bill.consignee, name=None, city="TOWN"))
    with pytest.raises(SenderError) as refused:
        standards.write(replace(manifest, bills=(nameless,)), "edifact-cuscar")
    assert refused.value.code == "not-written"
    assert refused.value.hint == HINT
    (finding,) = refused.value.findings
    assert finding.arguments["place"] == "bills[1].consignee.name"
    assert (finding.expected, finding.found) == (None, "BUYER B")


def test_a_number_that_only_the_original_form_says_cannot_be_changed_among_the_references() -> None:
    document: Any = standards.read(
        next(each for each in samples_of(_named("epcis")) if each.stem == "container-journey").read_bytes()
    ).document
    renamed = tuple(
        replace(each, value="ANOTHER") if each.value == "ALPB2026001" else each for each in document.references
    )
    assert renamed != document.references
    with pytest.raises(SenderError) as refused:
        standards.write(replace(document, references=renamed), "epcis")
    assert [each.arguments["place"] for each in refused.value.findings] == ["references"]


def test_blanks_around_a_text_and_empty_values_say_nothing() -> None:
    kept = (Extension("a", "b"),)
    one = Declaration(type_code=" IM", agent=None, functional_reference="", extensions=kept)
    assert not [*unwritten(one, Declaration(type_code="IM"))]
    assert [each.arguments["place"] for each in unwritten(one, Declaration(type_code="I M"))] == ["type_code"]
    assert [*unwritten(one, None)]


def test_what_is_derived_is_named_if_nothing_else_was_changed() -> None:
    for name in ("dcsa", "uncefact"):
        documents: list[Any] = [standards.read(sample.read_bytes()).document for sample in samples_of(_named(name))]
        document = next(each for each in documents if each is not None and each.references)
        with pytest.raises(SenderError) as refused:
            standards.write(replace(document, references=()), name)
        assert names_of(refused.value)[0].startswith("references")
    kept = Declaration(extensions=(Extension("a", "b"),))
    assert [each.arguments["place"] for each in differences(kept, Declaration())] == ["extensions"]
    assert [each.arguments["place"] for each in differences(kept, None, "bills[2]")] == ["bills[2]"]
    assert differences(kept, kept) == ()


def test_a_changed_bill_is_named_with_its_number() -> None:
    manifest: Any = standards.read(next(iter(samples_of(_named("postal-list")))).read_bytes()).document
    entry = json.loads(standards.write(manifest, "postal-list"))["items"][-1]
    text = next(name for name, value in entry.items() if isinstance(value, str))
    last = replace(manifest.bills[-1], extensions=(Extension("/surplus/0", "1"),))
    with pytest.raises(SenderError) as refused:
        standards.write(replace(manifest, bills=(*manifest.bills[:-1], last)), "postal-list")
    assert refused.value.code == "changed-since-read"
    assert names_of(refused.value) == [f"bills[{len(manifest.bills)}].extensions"]
    last = replace(last, extensions=(Extension(f"/{text}/surplus", "1"),))  # a text has no members
    with pytest.raises(SenderError) as refused:
        standards.write(replace(manifest, bills=(*manifest.bills[:-1], last)), "postal-list")
    assert names_of(refused.value) == [f"/{text}/surplus"]


def _named(name: str) -> Standard:
    return next(each for each in STANDARDS if each.name == name)


def test_a_number_that_is_made_of_what_the_document_says_may_be_left_to_the_message() -> None:
    numbers = []
    for path in samples_of(next(one for one in STANDARDS if one.name == "asycuda-sad")):
        document = standards.read(path.read_bytes()).document
        if isinstance(document, Declaration) and document.id and document.status:
            again = standards.read(standards.write(replace(document, id=None), "asycuda-sad")).document
            assert isinstance(again, Declaration)
            assert again.id == document.id
            numbers.append(document.id)
    assert numbers


@pytest.mark.parametrize("tag", ["ar", "es", "fr"])
def test_what_to_do_is_said_in_every_language(tag: str) -> None:
    assert language(tag).translate(HINT) != HINT
    assert {"{", "}"}.isdisjoint(HINT)  # it is the key of its translation as it stands
