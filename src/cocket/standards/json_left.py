# SPDX-License-Identifier: Apache-2.0
"""What of a JSON message has no place in the model: all that writing the model anew would not give again.

A reader draws the model from a message, the writer makes a message of the model; where the two differ, what stood there
is kept as extensions, each a JSON pointer with the JSON text. Laid back, they give the message again, value for value.

Source: RFC 6901 for the pointers; RFC 8259.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cocket.errors import SenderError
from cocket.model import Extension
from cocket.standards.json import parse_json, write_json
from cocket.standards.json_shape import escaped
from cocket.standards.written import unwritable


def left(value: Any, made: Any) -> tuple[Extension, ...]:
    """What a message has beside what was made of the model drawn from it.

    Args:
        value: The message, or a part of it.
        made: What a writer makes of the model.

    Returns:
        Extensions in the order of their paths (0..n); an empty path stands for the whole.

    Source: the notation of this module.
    """
    return tuple(sorted(_left(value, made, ""), key=lambda each: each.path))


def lay_back(made: Any, extensions: Iterable[Extension]) -> Any:
    """A message with what had no place in the model.

    Args:
        made: What a writer made of the model; it is changed.
        extensions: What `left` gave (0..n).

    Returns:
        The message.

    Raises:
        SenderError: An extension has no place any more, the model having been changed, or is of another notation.

    Source: the notation of this module.
    """
    for each in extensions:
        value = parse_json((each.value or "null").encode())
        if each.path == "":
            made = value
            continue
        *around, last = (name.replace("~1", "/").replace("~0", "~") for name in each.path.split("/")[1:] or ("",))
        try:
            holder = made
            for name in around:
                holder = holder[int(name)] if isinstance(holder, list) else holder.setdefault(name, {})
            holder[int(last) if isinstance(holder, list) else last] = value
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            raise SenderError(
                "This document was changed after it was read, or comes from another standard.",
                code="changed-since-read",
                found=each.path[:200],
                hint="Write it without its extensions.",
                findings=(unwritable(each.path, each.value),),
            ) from error
    return made


def _left(value: Any, made: Any, pointer: str) -> Iterator[Extension]:
    if isinstance(value, dict) and isinstance(made, dict) and made.keys() <= value.keys():
        for name, each in value.items():
            if name not in made:
                yield Extension(f"{pointer}/{escaped(name)}", _text(each))
            elif each is not made[name] and (not isinstance(each, str) or each != made[name]):
                yield from _left(each, made[name], f"{pointer}/{escaped(name)}")
    elif isinstance(value, list) and isinstance(made, list) and len(value) == len(made):
        for number, (each, other) in enumerate(zip(value, made, strict=True)):
            yield from _left(each, other, f"{pointer}/{number}")
    elif isinstance(value, bool) != isinstance(made, bool) or value != made:
        yield Extension(pointer, _text(value))


def _text(value: Any) -> str:
    return write_json(value, by_name=True).decode()
