# SPDX-License-Identifier: Apache-2.0
"""What the contract suite does to messages of JSON, beside what it does to any bytes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from cocket.errors import CocketError
from cocket.standards.json import looks_like_json, parse_json, write_json

KEEPSAKE_NAME = "alpha:nationalKeepsake"


def is_json(data: bytes) -> bool:
    """Whether a message is JSON, sound or not."""
    return looks_like_json(data)


def with_member(data: bytes, text: str) -> bytes:
    """A message with a member of no standard in the deepest object that has three members or more."""
    value = json.loads(data)
    objects = [(depth, each) for depth, each in _objects(value) if len(each) > 2]
    max(objects, key=lambda found: found[0])[1][KEEPSAKE_NAME] = text
    return json.dumps(value).encode()


def with_value(dice: random.Random, data: bytes, text: str) -> bytes:
    """A message in which some value has become a text, or the number that the text is."""
    return _changed(dice, data, lambda around, key: around.__setitem__(key, dice.choice([text, *_OTHERS])))


def without_value(dice: random.Random, data: bytes) -> bytes:
    """A message from which some member or entry is gone."""
    return _changed(dice, data, lambda around, key: around.__delitem__(key))


def with_value_twice(dice: random.Random, data: bytes) -> bytes:
    """A message in which some value has become a list of itself twice."""
    return _changed(dice, data, lambda around, key: around.__setitem__(key, [around[key], around[key]]))


_OTHERS: tuple[Any, ...] = (None, True, 0, -1, 10**30, [], {}, [[]], {"type": {}})


def _changed(dice: random.Random, data: bytes, change: Any) -> bytes:
    try:
        value = parse_json(data)
    except CocketError:
        return data
    places = [
        (each, key)
        for _, each in _containers(value)
        for key in (list(each) if isinstance(each, dict) else range(len(each)))
    ]
    if not places:
        return data
    around, key = dice.choice(places)
    change(around, key)
    try:
        return write_json(value)
    except (UnicodeError, ValueError):
        return data


def _objects(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    return ((depth, each) for depth, each in _containers(value) if isinstance(each, dict))


def _containers(value: Any, depth: int = 0) -> Iterator[tuple[int, Any]]:
    if isinstance(value, (dict, list)):
        yield depth, value
        for each in list(value.values() if isinstance(value, dict) else value):
            yield from _containers(each, depth + 1)
