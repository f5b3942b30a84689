# SPDX-License-Identifier: Apache-2.0
"""What is given to the library's public functions in another type than they take is refused in our own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from cocket import codes, standards
from cocket.codes.trade_documents import documents_of
from cocket.errors import CocketError, ProofError, SenderError
from cocket.ledger import read_proof
from cocket.model import Extension
from cocket.standards import STANDARDS, ConvertOptions, Limits, Options
from tests.contracts.test_standards import samples_of


class Strange:
    """What no field takes."""

    def __repr__(self) -> str:
        """The same in every process, for the names of tests."""
        return "strange"


STRANGE: tuple[Any, ...] = (None, 5, 1.5, [], b"x", Strange(), ("a",))

LOOKUPS: tuple[Callable[[Any], Any], ...] = (
    codes.AirWaybillNumber.parse,
    codes.Ducr.parse,
    codes.EquipmentNumber.parse,
    codes.HsCode.parse,
    codes.PostalItemId.parse,
    codes.ShipNumber.parse,
    codes.Ucr.parse,
    codes.UnLocode.parse,
    codes.UnitLoadDevice.parse,
    codes.country,
    codes.currency,
    codes.package_kind,
    codes.unit,
)


@pytest.mark.parametrize("look_up", LOOKUPS)
@pytest.mark.parametrize("strange", STRANGE, ids=repr)
def test_what_is_no_text_is_no_code(look_up: Callable[[Any], Any], strange: Any) -> None:
    assert look_up(strange) is None


@pytest.mark.parametrize(
    "given",
    [
        {"limits": "big"},
        {"package": [1]},
        {"package": "{}"},
        {"limit": None},
        {"limit": "x"},
        {"limit": 1.5},
        {"limit": True},
        {"profile": 5},
        {"lenient": "yes"},
    ],
    ids=str,
)
def test_an_option_of_another_type_is_named(given: dict[str, Any]) -> None:
    with pytest.raises(SenderError) as refused:
        Options(**given)
    assert refused.value.code == "options-type"
    assert next(iter(given)) in refused.value.message


@pytest.mark.parametrize("given", [{"size": "a"}, {"size": 1.5}, {"text": None}, {"elements": True}], ids=str)
def test_a_limit_of_another_type_is_named(given: dict[str, Any]) -> None:
    with pytest.raises(SenderError) as refused:
        Limits(**given)
    assert refused.value.code == "options-type" and next(iter(given)) in refused.value.message


@pytest.mark.parametrize("make", [lambda: Options(limit=-1), lambda: Limits(size=0), lambda: Limits(text=-1)])
def test_a_limit_below_what_it_may_be_is_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(SenderError) as refused:
        make()
    assert refused.value.code == "options-value"


@pytest.mark.parametrize("strange", STRANGE, ids=repr)
def test_the_codebook_answers_or_refuses_whatever_it_is_asked(strange: Any) -> None:
    book, day = codes.read_codebook(), date(2026, 11, 20)
    assert book.look_up("currency", strange, day).verdict in ("unknown-code", "no-edition-then", "unknown-list")
    assert book.look_up(strange, "EUR", day).verdict == "unknown-list"
    with pytest.raises(SenderError, match="date"):
        book.look_up("currency", "EUR", strange)
    assert documents_of(strange) == ()


@pytest.mark.parametrize("given", ["x", 5, ConvertOptions(), {}], ids=repr)
def test_a_message_is_read_with_options_and_nothing_else(given: Any) -> None:
    with pytest.raises(SenderError, match="options"):
        standards.read(b"<a/>", given)


@pytest.mark.parametrize("given", ["x", 5, Options(), {}], ids=repr)
def test_a_message_is_converted_with_its_own_options_and_nothing_else(given: Any) -> None:
    with pytest.raises(SenderError, match="options"):
        standards.convert(b"<a/>", "wco-dm", given)


@pytest.mark.parametrize("strange", STRANGE, ids=repr)
def test_what_is_no_proof_is_told(strange: Any) -> None:
    with pytest.raises(ProofError):
        read_proof(strange)


WRITERS = [pytest.param(one, id=one.name) for one in STANDARDS if one.write is not None and one.name != "certificate"]


@pytest.mark.parametrize("standard", WRITERS)
@pytest.mark.parametrize("text", ["a\ud800b", "a\ufffeb", "a\x00b"], ids=ascii)
def test_characters_that_no_message_can_hold_are_refused_wherever_they_stand(standard: Any, text: str) -> None:
    for path in samples_of(standard)[:2]:
        document = standards.read(path.read_bytes()).document
        if document is None:
            continue
        for name, value in changed(document, text):
            try:
                standards.write(replace(document, **{name: value}), standard.name)
            except CocketError:
                continue


def changed(document: Any, text: str) -> Any:
    """Each field that holds a text or extensions, with another value."""
    for name in document.__struct_fields__:
        value = getattr(document, name)
        if isinstance(value, str):
            yield name, text
        elif isinstance(value, tuple) and value and isinstance(value[0], Extension):
            yield name, tuple(replace(one, value=text) for one in value)
        elif isinstance(value, tuple) and value and hasattr(value[0], "__struct_fields__"):
            for inner, other in changed(value[0], text):
                yield name, (replace(value[0], **{inner: other}), *value[1:])
        elif hasattr(value, "__struct_fields__"):
            for inner, other in changed(value, text):
                yield name, replace(value, **{inner: other})


@pytest.mark.parametrize("standard", WRITERS)
@pytest.mark.parametrize("strange", [None, 5, "text", b"bytes", Strange()], ids=repr)
def test_what_is_no_document_is_not_written(standard: Any, strange: Any) -> None:
    with pytest.raises(SenderError):
        standards.write(strange, standard.name)


@pytest.mark.parametrize("standard", WRITERS)
def test_a_field_of_another_type_is_named_wherever_it_stands(standard: Any) -> None:
    tried = 0
    for path in samples_of(standard)[:2]:
        document = standards.read(path.read_bytes()).document
        if document is None:
            continue
        for place, strange in mistyped(document):
            with pytest.raises(SenderError) as refused:
                standards.write(strange, standard.name)
            assert refused.value.code == "field-type"
            assert [each.arguments["place"] for each in refused.value.findings] == [place]
            tried += 1
    assert tried or not samples_of(standard)


def mistyped(document: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """The document with each field that holds a value, holding an object instead."""
    for name in document.__struct_fields__:
        value, here = getattr(document, name), f"{place}.{name}" if place else name
        if value is None or value == ():
            continue
        yield here, replace(document, **{name: Strange()})
        if isinstance(value, tuple) and hasattr(value[0], "__struct_fields__"):
            for inner, other in mistyped(value[0], f"{here}[1]"):
                yield inner, replace(document, **{name: (other, *value[1:])})
        elif hasattr(value, "__struct_fields__"):
            for inner, other in mistyped(value, here):
                yield inner, replace(document, **{name: other})


def test_a_literal_a_time_for_a_day_and_a_list_for_a_tuple_are_no_values_of_their_fields() -> None:
    document = standards.read(sample("ubl-invoice")).document
    for name, strange in (("kind", "proforma-2"), ("issued", datetime.now(UTC)), ("lines", list(document.lines))):
        with pytest.raises(SenderError) as refused:
            standards.write(replace(document, **{name: strange}), "ubl-invoice")
        assert [each.arguments["place"] for each in refused.value.findings] == [name]


def test_what_a_document_made_by_hand_says_and_its_message_would_not_is_named() -> None:
    document = standards.read(sample("fal-effects")).document
    bare = without_extensions(document)
    assert standards.write(replace(bare, shipment=replace(bare.shipment, items=())), "fal-effects", is_compared=True)
    assert standards.write(bare, "fal-effects")
    with pytest.raises(SenderError) as refused:
        standards.write(bare, "fal-effects", is_compared=True)
    assert refused.value.code == "not-written"
    assert {each.arguments["place"] for each in refused.value.findings} == {"shipment.items"}


def without_extensions(value: Any) -> Any:
    """A document as one would make it by hand."""
    if isinstance(value, tuple):
        return tuple(map(without_extensions, value))
    if not hasattr(value, "__struct_fields__"):
        return value
    told = {name: getattr(value, name) for name in value.__struct_fields__}
    return replace(
        value, **{name: () if name == "extensions" else without_extensions(one) for name, one in told.items()}
    )


def sample(name: str) -> bytes:
    """The first sample of a standard."""
    found = next(one for one in STANDARDS if one.name == name)
    return samples_of(found)[0].read_bytes()
