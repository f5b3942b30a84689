# SPDX-License-Identifier: Apache-2.0
"""What only a person knows: a file of answers, one a question, kept from export to export."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable

import msgspec

from cocket.errors import SettingsError

_HEAD = """# What only a person knows. An empty answer does not count: the point stays open and the documents say so.
# This file is written once and never changed by an export; a question that is missing here is added by hand under its key.
"""

#: Longest answer that is read (characters).
_LONGEST = 100_000


class Answers(msgspec.Struct, frozen=True):
    """Answers by the key of their question; those that are empty are left out."""

    given: dict[str, str] = {}

    def of(self, key: str) -> str | None:
        """The answer to a question; None if there is none."""
        return self.given.get(key)


def read_answers(data: bytes) -> Answers:
    """Read a file of answers.

    Args:
        data: TOML: `"key" = "answer"`, one a line.

    Raises:
        SettingsError: It is no such file.
    """
    try:
        told = msgspec.convert(tomllib.loads(data.decode("utf-8")), dict[str, str])
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise SettingsError(f"The answers cannot be read: {error}.", code="answers-unreadable") from error
    long = next((key for key, one in told.items() if len(one) > _LONGEST), None)
    if long is not None:
        raise SettingsError(
            "An answer is too long.", code="answers-long", found=long, expected=f"{_LONGEST:,} characters"
        )
    return Answers({key: one.strip() for key, one in told.items() if one.strip()})


def write_template(questions: Iterable[tuple[str, str]]) -> bytes:
    """A file in which each question stands with its key and no answer."""
    lines = [_HEAD]
    for key, question in dict(questions).items():
        lines.append(f'# {" ".join(question.split())}\n{json.dumps(key, ensure_ascii=False)} = ""\n')
    return "\n".join(lines).encode()
