# SPDX-License-Identifier: Apache-2.0
"""What is given to the library's public functions in another type than they take is refused in our own words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from cocket import codes, standards
from cocket.errors import CocketError, ProofError, SenderError
from cocket.ledger import read_proof
from cocket.model import Extension
from cocket.standards import STANDARDS, ConvertOptions, Options
from tests.contracts.test_standards import samples_of

STRANGE: tuple[Any, ...] = (None, 5, 1.5, [], b"x", object(), ("a",))

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
@pytest.mark.parametrize("strange", [None, 5, "text", b"bytes", object()], ids=repr)
def test_what_is_no_document_is_not_written(standard: Any, strange: Any) -> None:
    with pytest.raises(SenderError):
        standards.write(strange, standard.name)
