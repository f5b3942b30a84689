# SPDX-License-Identifier: Apache-2.0
"""JSON in parts: the same values and the same verdict as at once, however the bytes are cut."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from cocket.errors import CocketError, UnreadableError
from cocket.standards.json import parse_json
from cocket.standards.json_parts import PART, JsonParts, head_of

MESSAGE: dict[str, Any] = {
    "first": "text with é and \U0001f600",
    "items": [
        {"n": number, "text": 'quote " brace } and \\', "mass": 1.5, "is": True, "none": None, "list": [1, 2.5e3, []]}
        for number in range(20)
    ],
    "last": {"deep": [1, 2]},
}
DATA = json.dumps(MESSAGE).encode()


def chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def in_parts(data: bytes, size: int) -> dict[str, Any]:
    parts = JsonParts(chunks(data, size), "items")
    items = list(parts)
    return parts.rest | ({"items": items} if parts.has_list else {})


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
@pytest.mark.parametrize(
    "data", [DATA, json.dumps(MESSAGE, indent=1, ensure_ascii=False).encode(), b"\xef\xbb\xbf" + DATA]
)
def test_the_values_are_the_same_however_the_bytes_are_cut(data: bytes, size: int) -> None:
    assert in_parts(data, size) == parse_json(data)


@pytest.mark.parametrize(
    "text", ["{}", '{"items": []}', '{"items": 5}', '{"items": [null, 1, "a", 12]}', ' {"a" : 1 } ']
)
def test_odd_messages_are_the_same_too(text: str) -> None:
    assert in_parts(text.encode(), 1) == parse_json(text.encode())


def test_a_damaged_message_is_refused_in_parts_if_and_only_if_it_is_at_once() -> None:
    dice = random.Random(7)
    refused = 0
    for _ in range(1500):
        damaged = bytearray(DATA)
        for _ in range(dice.randint(1, 2)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        try:
            whole: Any = parse_json(bytes(damaged))
        except CocketError:
            whole = None
        try:
            found: Any = in_parts(bytes(damaged), 50)
        except CocketError:
            found = None
        if isinstance(whole, dict) or found is not None:
            assert found == whole
        refused += whole is None
    assert 100 < refused < 1500


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": 1, "a": 2}', "json-name-repeated"),
        ('{"items": [], "items": []}', "json-name-repeated"),
        ('{"items": [{"a": 1, "a": 2}]}', "json-name-repeated"),
        ('{"items": [1 2]}', "json-not-well-formed"),
        ('{"items": [1', "json-not-well-formed"),
        ('{"items": [1]} x', "json-not-well-formed"),
        ("[1]", "json-not-well-formed"),
        ('{"items": [NaN]}', "json-number"),
        ('{"items": ["\\ud83d"]}', "json-surrogate"),
        ('{"items": [' + "[" * 70 + "]" * 70 + "]}", "json-too-deep"),
        ('{"items": ["' + "a" * (PART + 100_000) + '"]}', "json-too-large"),
        ('{"beside": "' + "a" * (PART - 100) + '", "more": "' + "a" * 200 + '"}', "json-too-large"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, code: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        in_parts(text.encode(), 64 * 1024)
    assert raised.value.findings[0].code == code


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    with pytest.raises(UnreadableError) as raised:
        in_parts(b'{"items": ["\xff"]}', 4)
    assert raised.value.findings[0].code == "json-encoding"


def test_a_long_text_over_many_pieces_is_no_fault() -> None:
    text = "a" * 500_000
    assert in_parts(json.dumps({"items": [text]}).encode(), 1000) == {"items": [text]}


def test_the_head_of_a_message_is_what_its_first_bytes_hold_whole() -> None:
    assert head_of(DATA[:100]) == {"first": MESSAGE["first"]}
    assert head_of(DATA) == MESSAGE
    assert head_of(b'{"a": 1, "b"') == {"a": 1}
    assert head_of(b"[1]") is None
