# SPDX-License-Identifier: Apache-2.0
"""`cocket` with planted defects, for controls: a desk and a reader that trip over one message each."""

from __future__ import annotations

from typing import Any

from cocket import standards
from cocket.cli import app
from cocket.model import Reading
from cocket.pipeline.assessment import worker as desk
from cocket.pipeline.base.batch import Batch, Context
from cocket.standards import Options

_read = standards.read


def _trips(turn: Batch, context: Context) -> Batch:
    references = {message.reference for message in turn.messages}
    if "DESK-FAILS" in references:
        context.connection.execute("select 1 / 0")
    if "DESK-HANGS" in references:
        context.connection.execute("select pg_sleep(600)")
    return turn


def _fails(data: bytes, options: Options | None = None) -> Reading:
    reading = _read(data, options)
    if reading.reference == "DOOR-FAILS":
        raise KeyError(reading.reference)
    return reading


def plant() -> Any:
    """Put the defects in."""
    desk.STEPS = (*desk.STEPS[:1], _trips, *desk.STEPS[1:])
    standards.read = _fails
    return app


if __name__ == "__main__":
    plant()()
