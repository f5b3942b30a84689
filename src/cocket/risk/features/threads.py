# SPDX-License-Identifier: Apache-2.0
"""Work on whole arrays side by side: sorting and adding them up lets other threads run meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


def done(tasks: Sequence[Callable[[], T]], threads: int) -> list[T]:
    """What each of some tasks gives, none of which waits for another; in their order.

    Args:
        tasks: What is to be done (0..n), the longest first.
        threads: How many are done at the same time (count); with 1 they are done one after the other, right here.

    Raises:
        Exception: What the first task raised that failed.
    """
    if threads <= 1:
        return [task() for task in tasks]
    with ThreadPoolExecutor(threads) as pool:
        # how NumPy takes a division by zero is set where we are called, and holds in the threads too
        waiting = [pool.submit(copy_context().run, task) for task in tasks]
        return [each.result() for each in waiting]
