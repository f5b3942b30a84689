# SPDX-License-Identifier: Apache-2.0
"""The log: our heads and who witnessed them, and what is wrong with the logs of others."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.ledger import labels as log_words

routes = APIRouter()


@routes.get("/log")
def log(visit: SignedIn, logs: given.Logs) -> Response:
    """Our logs and the logs of others, as they stand now."""
    return visit.page("ledger/log", logs=logs.logs(visit.principal), said=log_words)
