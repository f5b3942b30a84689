# SPDX-License-Identifier: Apache-2.0
"""Why an act was refused, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from cocket.errors import SenderError
from cocket.findings import render
from cocket.pipeline.base.access import NotFoundError
from cocket.workbench.base.visits import Visit


def refusal(visit: Visit, doing: Callable[[], object]) -> tuple[str, ...]:
    """Does an act, and gives why it was refused, as sentences in the reader's language (1..n), or nothing if it was done.

    Raises:
        NotFoundError: There is nothing of that name, or the reader may not see it.
    """
    try:
        doing()
    except NotFoundError:
        raise
    except SenderError as error:
        return sentences(visit, error)
    return ()


def sentences(visit: Visit, error: SenderError) -> tuple[str, ...]:
    """What is wrong, as sentences in the reader's language (1..n)."""
    said = [render(one, visit.language.translate) for one in error.findings]
    return tuple(said) or (visit.language.translate(error.message),)
