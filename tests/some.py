# SPDX-License-Identifier: Apache-2.0
"""Cases of which every run tries some, and `make soak` all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def some(values: Iterable[Any], step: int) -> list[Any]:
    """The first of each `step` values, and the last, as cases of every run; the others as cases of `make soak`."""
    every = [value if isinstance(value, tuple) else (value,) for value in values]
    now = {*range(0, len(every), step), len(every) - 1}
    return [pytest.param(*value, marks=() if number in now else pytest.mark.soak) for number, value in enumerate(every)]
