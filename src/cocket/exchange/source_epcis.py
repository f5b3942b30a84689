# SPDX-License-Identifier: Apache-2.0
"""A source that is a repository of EPCIS 2.0: asked by SimpleEventQuery over REST.

Source: GS1 EPCIS 2.0 §8.2.7.1, §12; OpenAPI of the REST bindings.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

from cocket.exchange.source_answers import asked_page, check_number, json_in, malformed
from cocket.exchange.source_client import SourceClient
from cocket.exchange.sources import Fetched, Identifier, Location, Source
from cocket.standards.epcis.xml_form import CONTEXT
from cocket.standards.json import write_json

_HEADERS: Final = {"accept": "application/json", "gs1-epcis-min": "2.0.0", "gs1-epcis-max": "2.0.0"}
_NEXT: Final = re.compile(r'<([^<>]*)>\s*;[^,]*\brel\s*=\s*"?next"?', re.IGNORECASE)
_PAGE: Final = 100


class EpcisSource:
    """Asks a repository for the events of a thing.

    Options: `document-prefix`, what stands before the number of a document of transport in the URI of a transaction, such as
    `urn:epcglobal:cbv:bt:0614141073467:`; `document-type`, the type of that transaction (`bol` unless told otherwise).

    Args:
        source: The source.
        client: Asks it.
    """

    def __init__(self, source: Source, client: SourceClient) -> None:
        self._source, self._client = source, client

    def find(self, identifier: Identifier) -> tuple[Location, ...]:
        """The query for the events of an identifier; none where EPCIS has no name for it (0..1)."""
        value = identifier.value.strip()
        match identifier.type:
            case "equipment":
                query = f"MATCH_anyEPC={quote(f'urn:epc:id:bic:{value.upper()}', safe=':')}"
            case "means" if re.fullmatch(r"(IMO)?\d{7}", value.upper()):
                query = f"MATCH_anyEPC=urn:epc:id:imovn:{value[-7:]}"
            case "epc" | "product":
                query = f"MATCH_anyEPC={quote(value, safe=':')}"
            case "transport-document" if prefix := self._source.options.get("document-prefix"):
                kind = self._source.options.get("document-type", "bol")
                query = f"EQ_bizTransaction_{quote(kind, safe='')}={quote(prefix + value, safe=':')}"
            case _:
                return ()
        return (Location(name=f"events?{query}", title=value),)

    def fetch(self, location: Location) -> tuple[Fetched, ...]:
        """The events that a query asks for, all pages of them as one document (0..1).

        Raises:
            PartnerError: It was not answered, or not with a document of EPCIS.
        """
        if "events" not in self._source.fields:
            return ()
        events: list[Any] = []
        contexts: list[Any] = [CONTEXT]
        path: str | None = f"{location.name}&perPage={_PAGE}"
        seen: set[str] = set()
        while path is not None:
            answer = asked_page(self._client, path, _HEADERS, seen)
            if answer is None:
                break
            document = json_in(answer)
            events += _events_in(document)
            check_number(events)
            told = document.get("@context")
            contexts += [one for one in (told if isinstance(told, list) else [told]) if one and one not in contexts]
            path = _following(answer.headers.get("link", ""), self._client.base_url)
        if not events:
            return ()
        whole = {
            "@context": contexts,
            "type": "EPCISQueryDocument",
            "schemaVersion": "2.0",
            "creationDate": max(str(one.get("recordTime") or one.get("eventTime") or "") for one in events),
            "epcisBody": {"queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": events}}},
        }
        return (Fetched(content=write_json(whole), content_type="application/ld+json", name="events.jsonld"),)


def _events_in(document: Any) -> list[Any]:
    inner: Any = document
    for step in ("epcisBody", "queryResults", "resultsBody", "eventList"):
        inner = inner.get(step) if isinstance(inner, dict) else None
    if not isinstance(inner, list) or not all(isinstance(one, dict) for one in inner):
        raise malformed("The source does not send the result of a query of EPCIS.")
    return inner


def _following(link: str, base: str) -> str | None:
    """Where the next page is: an address, a path of the server, or one below the base address."""
    found = _NEXT.search(link)
    if found is None:
        return None
    where = found[1].strip()
    if where.startswith("/"):
        scheme, _, rest = base.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}{where}"
    if where.startswith("?"):
        return f"events{where}"
    return where
