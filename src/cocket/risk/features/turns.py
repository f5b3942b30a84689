# SPDX-License-Identifier: Apache-2.0
"""Tasks that do not wait for one another: who calls decides whether they are done in turn or side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

#: Does tasks and gives what each gives, in their order.
Doing = Callable[[Sequence[Callable[[], Any]]], list[Any]]


def in_turn(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do tasks one after the other.

    Args:
        tasks: What is to be done (0..n), the longest first.
    """
    return [task() for task in tasks]
