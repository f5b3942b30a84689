# SPDX-License-Identifier: Apache-2.0
"""What a model has no place for: with it a message is whole again."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.errors import SenderError
from cocket.model import Extension
from cocket.standards.json import parse_json, write_json
from cocket.standards.json_left import lay_back, left

NAMES = st.sampled_from(["a", "b", "a/b", "c~d", "", "é"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=3, alphabet="ab~/é")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(value=st.dictionaries(NAMES, VALUES, max_size=4), made=st.dictionaries(NAMES, VALUES, max_size=4))
def test_whatever_was_made_of_a_message_it_is_whole_with_what_was_left(value: Any, made: Any) -> None:
    kept = left(value, copy.deepcopy(made))
    back = lay_back(copy.deepcopy(made), kept)
    assert write_json(back, by_name=True) == write_json(value, by_name=True)
    assert left(back, copy.deepcopy(made)) == kept


def test_what_the_writer_makes_again_is_not_left() -> None:
    value = {"mass": 1, "party": {"name": "A", "phone": "1"}, "list": [{"x": 1, "y": True}]}
    made = {"mass": 1, "party": {"name": "A"}, "list": [{"x": 1, "y": 1}]}
    assert left(value, made) == (Extension("/list/0/y", "true"), Extension("/party/phone", '"1"'))
    assert left(value, value) == ()


def test_a_message_without_its_place_any_more_is_told() -> None:
    with pytest.raises(SenderError, match="changed after it was read"):
        lay_back({"list": []}, (Extension("/list/0/y", "true"),))
    with pytest.raises(SenderError, match="changed after it was read"):
        lay_back({"list": "text"}, (Extension("/list/y", "true"),))


def test_numbers_stay_as_they_were_written() -> None:
    value = parse_json(b'{"a": 1.50}')
    assert left(value, {}) == (Extension("/a", "1.50"),)
