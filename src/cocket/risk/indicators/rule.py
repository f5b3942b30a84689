# SPDX-License-Identifier: Apache-2.0
"""What every indicator looks like from outside."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cached_property

from cocket.risk.facts import Case
from cocket.risk.features import Measurements

#: Values for the places of the rule's sentence, all text.
Arguments = dict[str, str]

#: Case and its features → values for the sentence if the rule fires, else None.
Check = Callable[[Case, Measurements], Arguments | None]


class Indicator:
    """One rule of thumb.

    Args:
        code: Stable kebab-case name; the function has the same name with underscores.
        check: The rule itself.
        weight: Share of cases (0–1) it is taken to catch when no model is at hand; higher is worse.
        features: Features it speaks for, so that an explanation does not say the same thing twice.
    """

    def __init__(self, code: str, check: Check, weight: float, features: tuple[str, ...]) -> None:
        self.code = code
        self.check = check
        self.weight = weight
        self.features = features

    @cached_property
    def message(self) -> str:
        """What the officer reads, with `{name}` places for the arguments."""
        paragraph = inspect.cleandoc(self.check.__doc__ or self.code).split("\n\n", 1)[0]
        return " ".join(paragraph.split()).removesuffix(".")

    @cached_property
    def source(self) -> str:
        """The law or paper the rule rests on."""
        rest = inspect.cleandoc(self.check.__doc__ or "").partition("Source:")[2]
        return " ".join(rest.split()).removesuffix(".")
