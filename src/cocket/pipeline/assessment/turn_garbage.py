# SPDX-License-Identifier: Apache-2.0
"""When the assessment worker's process looks for garbage: between turns, and only among what is new.

A turn has some hundred thousand objects in memory at once, of which nearly none can go before it ends, and the history that is
held beside them only grows. Python's collector goes by numbers of objects: it would look through those of the turn again and
again, and now and then through all there are, while declarations wait (0.2 s for 350,000 objects, one lane in a hundred).
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: Turns after which all that is new is looked through, and passed over from then on (count).
_EVERY: Final = 64

#: How long what was passed over stays so while there is work, and nothing is to be done (seconds).
_WHOLE_SECONDS: Final = 3600.0


class TurnGarbage:
    """Looks for garbage that only the collector finds, for a process that does nothing but turns."""

    def __init__(self) -> None:
        self._turns = 0
        self._whole_at = time.monotonic()

    @contextmanager
    def after_turn(self) -> Iterator[None]:
        """Do a turn without looking, and look after it among what it left."""
        gc.disable()
        try:
            yield
        finally:
            gc.enable()
            self._turns += 1
            if self._turns % _EVERY:
                gc.collect(0)
            else:
                gc.collect()
                gc.freeze()  # what is left is models and the history: plain values, which go when nothing names them

    def rest(self) -> None:
        """Where there is nothing to do: look through all, once in an hour at most, for what was passed over since it was garbage."""
        if time.monotonic() - self._whole_at >= _WHOLE_SECONDS:
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            self._whole_at = time.monotonic()
