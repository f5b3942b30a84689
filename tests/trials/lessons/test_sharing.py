# SPDX-License-Identifier: Apache-2.0
"""Shared cards: what leaves, what comes back, and what a hostile file is answered."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from cocket.errors import CocketError, SenderError
from cocket.trials.lessons.sharing import (
    FORMAT,
    MOST_BYTES,
    CardFile,
    digest_of,
    read_file,
    schema,
    shared_card,
    write_file,
)
from tests.trials.lessons.given import TODAY, card, cost, measured


def file(**instead: Any) -> CardFile:
    given = {
        "format": FORMAT,
        "origin": "did:web:a.example",
        "administration": "Alphaland Customs",
        "card": shared_card(card()),
    }
    return CardFile(**(given | instead))


def test_a_file_reads_as_it_was_written_and_keeps_its_digest() -> None:
    told = shared_card(card(measured(), measured("missed", value=9.0, low=2.0), cost=cost("1.50", "2.00")))
    again = read_file(write_file(file(card=told)), TODAY)
    assert again == file(card=told)
    assert digest_of(again.card) == digest_of(told)


def test_no_person_no_document_and_no_small_count_leaves() -> None:
    known = card(measured(value=3.0), measured("refused", value=0.02, of=50), trial="wedge-2026")
    text = write_file(file(card=shared_card(known))).decode()
    assert "sione" not in text
    assert "wedge-2026" not in text
    assert '"rests_on_trial": true' in text
    assert [one.why for one in shared_card(known).results] == ["masked", "masked"]


def _set(place: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(told: dict[str, Any]) -> None:
        *way, last = place.split(".")
        here: Any = told
        for step in way:
            here = here[int(step)] if isinstance(here, list) else here[step]
        here[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_set("format", "cocket-use-case/2"), "card-format"),
        (_set("extra", 1), "card-form"),
        (_set("card.by", "someone"), "card-form"),
        (_set("card.status", "secret"), "card-form"),
        (_set("card.made", "2027-01-01"), "card-days"),
        (_set("card.ends", "2020-01-01"), "card-days"),
        (_set("card.revision", 0), "card-form"),
        (_set("card.revision", 10**30), "card-form"),
        (_set("card.title", "<b>bold</b>"), "text-markup"),
        (_set("card.lesson", "evil\u202etxt"), "text-hidden"),
        (_set("administration", "Alph\u0430land Customs"), "text-lookalike"),
        (_set("origin", ""), "text-length"),
        (_set("origin", "a\nb"), "card-form"),
        (_set("signature", "x" * 5000), "card-form"),
        (_set("card.results.0.measure", "profit"), "card-figure"),
        (_set("card.results.0.value", -3), "card-figure"),
        (_set("card.results.0.low", 50), "card-figure"),
        (_set("card.results.0.value", 1e300), "card-figure"),
        (_set("card.results.0.why", "nothing"), "card-figure"),
        (_set("card.results.0.note", "trust me"), "card-figure"),
        (_set("card.results.0.since", "2026-12-31"), "card-figure"),
        (_set("card.results", []), "measures-number"),
        (_set("card.cost", {"low": "5", "high": "1", "currency": "EUR"}), "cost-range"),
    ],
)
def test_a_file_that_says_what_no_card_may_say_is_refused(change: Callable[[dict[str, Any]], None], code: str) -> None:
    told = json.loads(write_file(file()))
    change(told)
    with pytest.raises(SenderError) as raised:
        read_file(json.dumps(told).encode(), TODAY)
    assert raised.value.code == code


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"\xff\xfe", b"[" * 50_000, b'{"format":1}', b" " * (MOST_BYTES + 1)]
)
def test_what_is_no_card_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(SenderError):
        read_file(content, TODAY)


def test_two_thousand_damaged_files_raise_nothing_but_our_errors() -> None:
    whole, chance, taken = write_file(file()), random.Random(7), 0
    for _ in range(2_000):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        try:
            read = read_file(bytes(content), TODAY)
        except CocketError:
            continue
        taken += 1
        assert read_file(write_file(read), TODAY) == read
    assert 0 < taken < 2_000


def test_the_schema_says_what_the_reader_takes() -> None:
    told = schema()
    text = json.dumps(told)
    assert told["$schema"].endswith("2020-12/schema")
    for name in (*CardFile.__struct_fields__, *type(file().card).__struct_fields__):
        assert f'"{name}"' in text
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(json.loads(write_file(file())), told)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**msgspec.to_builtins(file()), "extra": 1}, told)
