# SPDX-License-Identifier: Apache-2.0
"""Bytes as the text of codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.errors import ProofError
from cocket.ledger.codes import PART_LENGTH, from_base45, from_codes, to_base45, to_codes


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", "")],
)
def test_the_examples_of_rfc_9285(data: bytes, text: str) -> None:
    assert to_base45(data) == text
    assert from_base45(text) == data


@given(st.binary())
def test_bytes_come_back(data: bytes) -> None:
    assert from_base45(to_base45(data)) == data


@pytest.mark.parametrize("text", ["GGW", ":::", "A", "AAAA", "a0", "::", "É00"])
def test_what_is_not_base45_is_refused(text: str) -> None:
    with pytest.raises(ProofError, match="not Base45"):
        from_base45(text)


@given(st.binary(min_size=1, max_size=6000), st.randoms())
def test_parts_come_back_in_any_order_and_twice(data: bytes, dice: object) -> None:
    parts = to_codes(data)
    assert all(len(part) <= PART_LENGTH + len("COCKET:99/99:") for part in parts)
    shuffled = [*parts, parts[0]]
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert from_codes("\r\n\r\n".join(shuffled).encode()) == data


def test_no_part_ends_in_a_space_and_spaces_around_it_do_no_harm() -> None:
    codes = [code for pair in range(0, 1 << 16, 257) for code in to_codes(pair.to_bytes(2) * 2000)]
    assert [code for code in codes if code.endswith(" ")] == []
    assert from_codes("\n".join(f"  {code}\t" for code in codes[-5:]).encode())


def test_a_missing_part_is_named() -> None:
    parts = to_codes(bytes(4000))
    assert len(parts) > 2
    with pytest.raises(ProofError, match=f"Code 2 of {len(parts)} is missing"):
        from_codes("\n".join(parts[:1] + parts[2:]).encode())


@pytest.mark.parametrize(
    "text", ["", "COCKET:1/1:", "COCKET:0/1:BB8", "COCKET:2/1:BB8", "COCKET:1/1:bb8", "X", "COCKET:1/1:BB8\nmore"]
)
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(ProofError):
        from_codes(text.encode())


def test_parts_of_two_proofs_are_not_mixed() -> None:
    with pytest.raises(ProofError, match="appears twice"):
        from_codes(b"COCKET:1/1:BB8\nCOCKET:1/1:BB9")
    with pytest.raises(ProofError, match="one proof"):
        from_codes(b"COCKET:1/1:BB8\nCOCKET:1/2:BB8")


def test_more_than_99_codes_are_too_many() -> None:
    with pytest.raises(ProofError, match="too long"):
        to_codes(bytes(100_000))
