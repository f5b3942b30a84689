# SPDX-License-Identifier: Apache-2.0
"""Why an act was refused, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from cocket.errors import SenderError
from cocket.findings import render
from cocket.pipeline.base.access import NotFoundError
from cocket.workbench.base.rendering import capital
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit


def sentences(visit: Visit, error: SenderError) -> tuple[str, ...]:
    """What is wrong, in the reader's language (1..n)."""
    said = [render(one, visit.language.translate) for one in error.findings]
    return tuple(said) or (visit.language.translate(error.message),)


def full_sentences(visit: Visit, error: SenderError) -> tuple[str, ...]:
    """What is wrong, as sentences with a capital and an end (1..n)."""
    return tuple(capital(one) + "." * (not one.endswith((".", "…"))) for one in sentences(visit, error))


def refusal(
    visit: Visit, doing: Callable[[], object], say: Callable[[Visit, SenderError], tuple[str, ...]] = sentences
) -> tuple[str, ...]:
    """Does an act, and gives why it was refused, as `say` puts it (1..n), or nothing if it was done.

    Raises:
        NotFoundError: There is nothing of that name, or the reader may not see it.
    """
    try:
        doing()
    except NotFoundError:
        raise
    except SenderError as error:
        return say(visit, error)
    return ()


def stepped(
    visit: Visit, doing: Callable[[], object], onward: tuple[str, str], again: Callable[..., Response]
) -> Response:
    """Takes a step and goes on to a path, with a toast; where it is refused, the page that `again` makes says why.

    Raises:
        NotFoundError: There is nothing of that name, or the reader may not see it.
    """
    if problems := refusal(visit, doing, full_sentences):
        return again(problems=problems, status=UNPROCESSABLE)
    return visit.go(onward[0], Toast(onward[1]))
