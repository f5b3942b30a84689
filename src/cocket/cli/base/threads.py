# SPDX-License-Identifier: Apache-2.0
"""Tasks side by side: work on whole arrays lets other threads run meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any


def side_by_side(threads: int) -> Callable[[Sequence[Callable[[], Any]]], list[Any]]:
    """What does tasks at the same time and gives what each gives, in their order.

    Args:
        threads: How many at the same time (count).

    Raises:
        Exception: From what is returned: what the first task raised that failed.
    """

    def do(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
        with ThreadPoolExecutor(threads) as pool:
            # how NumPy takes a division by zero is set where we are called, and holds in the threads too
            waiting = [pool.submit(copy_context().run, task) for task in tasks]
            return [each.result() for each in waiting]

    return do
