# SPDX-License-Identifier: Apache-2.0
"""Characters that nobody can see, in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.gate import RequestError, check_words, texts_of

HIDDEN = ["\0", "\x07", "\x0b", "\x0c", "\x1b", "\x1f", "\x7f", "\x80", "\x9f", "\u202a", "\u202e", "\ud800", "\udfff"]


@pytest.mark.parametrize("character", HIDDEN, ids=ascii)
def test_a_character_that_cannot_be_seen_is_named_with_its_field(character: str) -> None:
    for field, text in (("note", f"a{character}b"), (f"no{character}te", "ab")):
        with pytest.raises(RequestError) as caught:
            check_words([("words", "seen"), (field, text)])
        assert (caught.value.status, caught.value.code) == (422, "control-character")
        assert caught.value.message.startswith("note: ") and f"U+{ord(character):04X}" in caught.value.message


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u202a\u202b\u202c\u202d\u202e")))
def test_every_other_character_is_a_word_like_others_and_so_are_lines(text: str) -> None:
    check_words([("note", f"{text}\t\r\n")])


def test_texts_are_found_at_any_depth() -> None:
    assert list(texts_of({"a": ["x", {"b": "y", "c": 1}], "d": None})) == [("a.0", "x"), ("a.1.b", "y")]
    assert list(texts_of("x")) == [("the body", "x")]
