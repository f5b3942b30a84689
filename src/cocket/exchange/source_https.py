# SPDX-License-Identifier: Apache-2.0
"""A source that is a web server: a document by its address, or by an identifier at a path that the source names.

Source: RFC 9110.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from cocket.exchange.source_answers import path_for
from cocket.exchange.source_client import SourceClient, must_answer
from cocket.exchange.sources import Fetched, Identifier, Location, Source


class HttpsSource:
    """Asks a web server for a document.

    Options: `path.TYPE`, where the document of an identifier lies, such as `path.transport-document = "bills/{value}.xml"`; `accept`,
    which media types are asked for.

    Args:
        source: The source.
        client: Asks it.
    """

    def __init__(self, source: Source, client: SourceClient) -> None:
        self._source, self._client = source, client

    def find(self, identifier: Identifier) -> tuple[Location, ...]:
        """Where the document is; none for an address of another place than the source's (0..1)."""
        value = identifier.value.strip()
        if identifier.type == "url":
            base, at = urlsplit(f"{self._client.base_url}/"), urlsplit(value)
            steps = unquote(at.path).replace("\\", "/").split("/")
            is_inside = (at.scheme, at.netloc) == (base.scheme, base.netloc) and at.path.startswith(base.path)
            return (Location(name=value, title=value),) if is_inside and ".." not in steps else ()
        path = path_for(self._source, identifier)
        return (Location(name=path, title=value),) if path else ()

    def fetch(self, location: Location) -> tuple[Fetched, ...]:
        """The document (0..1).

        Raises:
            PartnerError: It was not answered.
        """
        if "documents" not in self._source.fields:
            return ()
        answer = self._client.get(location.name, {"accept": self._source.options.get("accept", "*/*")})
        if answer.status in (204, 404, 410):
            return ()
        must_answer(answer, 200)
        return (Fetched(content=answer.content, content_type=answer.content_type),) if answer.content else ()
