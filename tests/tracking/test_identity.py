# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

import pytest

from cocket.errors import SenderError
from cocket.tracking import device_identity, look_alike_of
from cocket.tracking.adapters import read
from cocket.tracking.identity import Likeness, compare_numbers, number_meant, same_number
from tests.corpora import corpora
from tests.tracking.device_messages import RECEIVED


@pytest.mark.parametrize("text", ["356307042441013", "KE-SEAL-000123", "urn:epc:id:giai:4000001.111", " dev1 "])
def test_an_identity_of_plain_letters_is_one(text: str) -> None:
    assert device_identity(text) == text.strip()


@pytest.mark.parametrize(
    "text",
    ["", "  ", "dev 1", "d\u0435v1", "dev\u200b1", "\uff44ev1", "-dev", "x" * 129, "dev\n1", "dev\u202e1", "a,b"],
)
def test_what_cannot_be_an_identity_is_refused(text: str) -> None:
    with pytest.raises(SenderError) as caught:
        device_identity(text)
    assert caught.value.code == "device-identity"
    assert caught.value.found is not None and caught.value.found.isascii()


def test_a_message_under_a_foreign_letter_is_refused() -> None:
    with pytest.raises(SenderError, match="identity"):
        read("osmand", "/?id=d\u0435v1&lat=1&lon=2".encode(), received_at=RECEIVED)


@pytest.mark.parametrize(
    ("new", "known"),
    [("SEAL-O1", "SEAL-01"), ("dev-l", "dev-1"), ("Dev-I1", "Dev-l1"), ("harnet", "hamet"), ("d\u0435v1", "dev1")],
)
def test_an_identity_that_looks_like_a_known_one_is_found(new: str, known: str) -> None:
    assert look_alike_of(new, ["other", known]) == known


@pytest.mark.parametrize(("new", "known"), [("DEV-1", "dev-1"), ("dev-1", "dev-1"), ("dev-2", "dev-1")])
def test_the_same_and_another_identity_are_no_look_alikes(new: str, known: str) -> None:
    assert look_alike_of(new, [known]) is None


def test_names_made_to_be_confused_are_told_from_honest_ones() -> None:
    text = corpora("hostile", "confusable-names", "manifest.jsonl").read_text(encoding="utf-8")
    cases = [json.loads(line) for line in text.splitlines()]
    wrong = []
    for case in cases:
        if case["a"] == case["b"]:  # nothing to tell apart, whatever the case wants
            assert look_alike_of(case["b"], [case["a"]]) is None
        elif (look_alike_of(case["b"], [case["a"]]) is not None) != (case["expect"] == "flag"):
            wrong.append(case["id"])
    assert len(cases) > 100
    assert wrong == []


@pytest.mark.parametrize(
    ("told", "expected", "likeness"),
    [
        ("KE0000002", "KE0000002", "same"),
        ("ke 000-0002", "KE0000002", "same"),
        ("MSKU 123456-5", "MSKU123456", "same"),
        ("KEO00OOO2", "KE0000002", "written-differently"),
        ("ke 0ooooo2", "KE0000002", "written-differently"),
        ("KEI234", "KE1234", "written-differently"),
        ("002", "0002", "written-differently"),
        ("OO2", "0002", "written-differently"),
        ("0", "000", "written-differently"),
        ("MSKU123456O", "MSKU1234560", "written-differently"),
        ("MSKUI23456-5", "MSKU 123456", "written-differently"),
        ("00LU1234567", "OOLU1234567", "written-differently"),
        ("KE2", "KE0000002", "other"),
        ("KE0000003", "KE0000002", "other"),
        ("KE000002", "KE0000002", "other"),
        ("0020", "002", "other"),
        ("MSKU1234565", "MSCU1234565", "other"),
        ("KE1", "", "other"),
        (None, "KE1", "other"),
        ("KE1", None, "other"),
    ],
)
def test_numbers_are_the_same_written_differently_or_others(
    told: str | None, expected: str | None, likeness: Likeness
) -> None:
    assert compare_numbers(told, expected) == likeness
    assert compare_numbers(expected, told) == likeness
    assert same_number(told, expected) == (likeness != "other")


def test_an_exact_match_wins_over_a_number_that_looks_alike() -> None:
    stock = ("SO001", "S0001", "S0002")
    assert compare_numbers("S0001", "SO001", stock) == "other"
    assert compare_numbers("s-0001", "SO001", stock) == "other"
    assert compare_numbers("S0001", "S0001", stock) == "same"
    assert [number_meant(told, stock) for told in ("s 0001", "SO-001", "SO002", "S0003")] == [
        "S0001",
        "SO001",
        "S0002",
        None,
    ]
    assert number_meant("SOOO1", stock) == "SO001"  # looks like either; told apart from neither
    assert number_meant("002", ("0002", "0003")) == "0002"
