# SPDX-License-Identifier: Apache-2.0
"""Base64 with one spelling for each value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.errors import ProofError
from cocket.ledger.encoding import from_base64, to_base64


@given(st.binary(max_size=100))
def test_bytes_come_back(data: bytes) -> None:
    assert from_base64(to_base64(data), "value") == data


@pytest.mark.parametrize(
    "text", ["A", "AA", "AA=", "AB==", "AAB=", "AAAA\n", " AAAA", "AA==AAAA", "AA-_", "é", "\ud800"]
)
def test_any_other_spelling_is_refused_and_the_value_named(text: str) -> None:
    with pytest.raises(ProofError, match="root hash"):
        from_base64(text, "root hash")
