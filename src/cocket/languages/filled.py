# SPDX-License-Identifier: Apache-2.0
"""Sentences that come with their places filled in, as the text of an error does: they are known again by their form.

An error says one English sentence, which logs, the command line and other programs read. A page that shows it finds the
sentence here, and says it in the reader's language with the same values.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

#: Sentences with places that pages show filled in.
FILLED: Final = (
    "Not allowed: {action}.",
    "Nothing of {view} is disclosed to this role.",
    "There is no valid key {name}.",
    "There is no officer {name}.",
    "There is a key {name} already.",
    "Notices are sent to addresses of the administration alone: {domains}.",
    "It may be valid for at most {days} days.",
    "It must run in shadow for {days} days first.",
    "The order is with {examiner} already.",
    "This order is assigned to {examiner}; take it over first.",
    "{examiner} may not examine {consignment}.",
    "A comment has at most {count} characters.",
    "A case can be put off for {days} days at most.",
    "Give the view a name of at most {count} characters.",
    "You have {count} views; remove one first.",
    "No officer who may see this consignment is called @{name}. Use the name of signing in.",
    "A table has at most {count} devices.",
    "The table cannot be read: {problem}.",
    "Line {number} is not a shift such as: {example}",
    "The payment is in {currency}, and the advice is in {other}.",
    "No charges of {country} are known.",
    "This is not a permit matrix: {problem}",
    "{name} is already suspended.",
    "{name} is not suspended.",
    # What the language of rules says against a condition.
    "unknown name {name}; available: {names}",
    "unknown function {name}; available: {names}",
    "unknown group {name}; available: {names}",
    "unknown list {name}; available: {names}",
    "it gives {kind}, not true or false",
    "it is longer than {count} characters",
    "it iterates over the items more than {count} times",
    "iterations over the items must not be nested",
    "items have no {name}; they have {names}",
    "there is no feature {name}; it is now {other}",
    "there is no feature {name}",
    "a window is a number of days from 1 to {count}, not {days}",
)

_PLACE: Final = re.compile(r"\{(\w+)\}")


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each sentence as a pattern."""
    found = []
    for sentence in FILLED:
        parts = _PLACE.split(sentence)
        text = "".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
        found.append((re.compile(text, re.DOTALL), sentence))
    return tuple(found)


@lru_cache(maxsize=4096)
def known_again(text: str) -> tuple[str, dict[str, str]] | None:
    """The sentence that a text was filled from, and what fills its places; None for a text that is none of these."""
    for pattern, sentence in _forms():
        found = pattern.fullmatch(text)
        if found is not None:
            return sentence, found.groupdict()
    return None
