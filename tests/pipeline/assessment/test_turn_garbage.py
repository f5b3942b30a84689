# SPDX-License-Identifier: Apache-2.0
"""The collector looks between turns of the assessment worker, not within, however a turn ends."""

from __future__ import annotations

import gc
import weakref

import pytest

from cocket.pipeline.assessment.turn_garbage import TurnGarbage


class _Ring:
    """Something that only the collector finds."""

    def __init__(self) -> None:
        self.own = self


def test_what_a_turn_left_is_found_after_it_and_not_within() -> None:
    garbage = TurnGarbage()
    with garbage.after_turn():
        left = weakref.ref(_Ring())
        assert not gc.isenabled()
        assert left() is not None
    assert gc.isenabled()
    assert left() is None


def test_the_collector_goes_on_after_a_turn_that_failed() -> None:
    with pytest.raises(RuntimeError), TurnGarbage().after_turn():
        raise RuntimeError
    assert gc.isenabled()
