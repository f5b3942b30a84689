# SPDX-License-Identifier: Apache-2.0
"""What connectors to sources have in common: an answer read as JSON within bounds, and pages followed to their end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from cocket.errors import CocketError, PartnerError
from cocket.exchange.source_client import TOO_MUCH, SourceAnswer, SourceClient, must_answer
from cocket.exchange.sources import Identifier, Source
from cocket.standards.json import parse_json

#: What a source sends that is not its standard.
MALFORMED: Final = "source-malformed"

#: Pages of one answer that are followed, and things that are taken of them all (counts).
MOST_PAGES: Final = 50
MOST_THINGS: Final = 5000


def json_in(answer: SourceAnswer) -> Any:
    """What an answer holds.

    Raises:
        PartnerError: It is no JSON, or too deep.
    """
    try:
        return parse_json(answer.content)
    except CocketError as error:
        raise PartnerError("The source sends what is not JSON.", code=MALFORMED) from error


def malformed(words: str, found: str = "") -> PartnerError:
    """What is said of an answer that is not as its standard asks."""
    return PartnerError(words, code=MALFORMED, found=found[:200] or None)


def asked_page(client: SourceClient, path: str, headers: Mapping[str, str], seen: set[str]) -> SourceAnswer | None:
    """The next page of an answer; None where there is none of what is asked for (404).

    Args:
        client: Asks the source.
        path: Where the page is.
        headers: Header fields.
        seen: Pages that were asked for; this one is added.

    Raises:
        PartnerError: It was not answered, the source gives a page again, or more pages than are followed.
    """
    if path in seen:
        raise malformed("The source gives the same page again.", path)
    if len(seen) >= MOST_PAGES:
        raise PartnerError(f"The source sends more than {MOST_PAGES} pages.", code=TOO_MUCH)
    is_first = not seen
    seen.add(path)
    answer = client.get(path, headers)
    if answer.status == 404 and is_first:
        return None
    return must_answer(answer, 200)


def check_number(things: list[Any]) -> None:
    """See that no more came than is taken.

    Raises:
        PartnerError: More did.
    """
    if len(things) > MOST_THINGS:
        raise PartnerError(f"The source sends more than {MOST_THINGS} events or objects.", code=TOO_MUCH)


def path_for(source: Source, identifier: Identifier) -> str | None:
    """The path that a source has for identifiers of a type by its option `path.TYPE`, with `{value}` filled in; None for none."""
    form = source.options.get(f"path.{identifier.type}")
    return form.replace("{value}", quote(identifier.value.strip(), safe="")) if form else None
