# SPDX-License-Identifier: Apache-2.0
"""A JSON message kept whole beside what was drawn from it, so that writing gives it again.

Source: RFC 8259; RFC 6901 for the paths.
"""

from __future__ import annotations

from typing import Any

from cocket.model import Extension
from cocket.standards.json import parse_json, write_json
from cocket.standards.json_shape import escaped


def kept(value: Any) -> tuple[Extension, ...]:
    """The whole message as extensions: each member of an object, or an array whole.

    Source: RFC 6901 §3.
    """
    if isinstance(value, dict):
        members = [
            Extension(f"/{escaped(name)}", write_json(each, by_name=True).decode()) for name, each in value.items()
        ]
        return tuple(sorted(members, key=lambda each: each.path))
    return (Extension("", write_json(value, by_name=True).decode()),)


def restored(extensions: tuple[Extension, ...]) -> Any:
    """The message that was kept.

    Args:
        extensions: What `kept` gave (1..n).

    Raises:
        UnreadableError: An extension holds no JSON.

    Source: RFC 6901 §4.
    """
    if extensions[0].path == "":
        return parse_json((extensions[0].value or "").encode())
    return {
        each.path[1:].replace("~1", "/").replace("~0", "~"): parse_json((each.value or "null").encode())
        for each in extensions
    }
